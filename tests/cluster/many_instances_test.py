"""A hundred thousand instances on four nodes: a restart, and the loss of one node, cost no other one its lease.

Usage: many_instances_test.py CAMFLEET INSTANCES.
"""

import datetime
import sqlite3
import sys
import time
import unittest

import cluster_case

INSTANCES = int(sys.argv.pop(2))
CAMERAS = 400
NODES = ("one", "two", "three", "four")


class ManyInstances(cluster_case.ClusterTest):
    def multiply(self) -> None:
        """The only instance that the store has, again and again."""
        store = sqlite3.connect(self.folder / "db")
        names = [row[1] for row in store.execute("PRAGMA table_info(instances)")]
        (only,) = store.execute("SELECT * FROM instances").fetchall()
        kept = dict(zip(names, only))
        first = kept.pop("id")
        columns = ", ".join(["id", *kept])
        marks = ", ".join("?" * (1 + len(kept)))
        fields = kept["fields"]
        self.assertIn('"cam-0"', fields)
        rows = (
            [first + i, *(kept | {"fields": fields.replace('"cam-0"', f'"cam-{i % CAMERAS}"')}).values()]
            for i in range(1, INSTANCES)
        )
        with store:
            store.executemany(f"INSERT INTO instances ({columns}) VALUES ({marks})", rows)
        store.close()

    def left(self) -> int:
        """How often a node has lost its connection or its lease."""
        return (self.folder / "serve.log").read_text().count(" has gone")

    def test_no_node_loses_its_lease(self) -> None:
        self.fleet(f'id: "cam-{{i}}", count: {CAMERAS}, source: "rtsp://127.0.0.1:9/{{i}}"')
        self.serve()
        nodes = {name: self.node(self.network.host(), name, acu=4000) for name in NODES}
        self.until(lambda: self.up() == set(NODES), 20)
        # Nothing is due yet: what there is to do is to place them all.
        later = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))) + datetime.timedelta(hours=5)
        self.create("many", ["cam-0"], ScheduleTimes=[{"StartTime": f"{later:%H}:00:00", "EndTime": f"{later:%H}:30:00"}])
        self.serving.terminate()
        self.serving.wait(60)
        self.multiply()
        began = time.monotonic()
        before = self.left()
        self.serve(ready_within=300)
        ready = time.monotonic() - began
        self.until(lambda: self.up() == set(NODES), 60)
        states = [self.watch(seconds=30)]
        print(f"{INSTANCES} instances: ready after {ready:.1f} s; {self.left() - before} nodes have gone since", flush=True)
        self.assertEqual(self.left() - before, 0, self.logs())
        nodes["one"].kill()
        nodes["one"].wait()
        states.append(self.watch(seconds=30))
        others = set(NODES) - {"one"}
        print(f"the others: silent or away {[{name for name, count in one.items() if count and name in others} for one in states]}")
        for one in states:
            self.assertEqual({name for name, count in one.items() if count and name in others}, set())
        self.assertEqual(self.left() - before, 1, self.logs())
        self.assertEqual(self.up(), others)

    def watch(self, seconds: float) -> dict[str, int]:
        """How often each node was not up."""
        counts = dict.fromkeys(NODES, 0)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            up = self.up()
            for name in NODES:
                counts[name] += name not in up
            time.sleep(0.2)
        return counts


if __name__ == "__main__":
    cluster_case.ClusterTest.camfleet = sys.argv.pop(1)
    unittest.main()
