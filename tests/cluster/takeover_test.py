"""A scheduler that is lost, and another one that goes on with what its nodes run.

Usage: takeover_test.py CAMFLEET [CASE].
"""

import collections
import datetime
import sys
import time
import unittest

import cluster_case


class Takeover(cluster_case.ClusterTest):
    """What runs at nodes does not end with the scheduler: it is killed for 20 s amid slices of a minute."""

    def test_what_ran_is_done(self) -> None:
        self.fleet(
            'id: "yard-{i}", count: 3, source: "synthetic://yard?size=160x120&seed={i}"',
            f'id: "film-{{i}}", count: 3, source: "file://{self.film()}?loop=1"',
        )
        self.serve()
        names = {"one", "two"}
        for name in sorted(names):
            self.node(self.network.host(), name, "--files", acu=4)
        self.until(lambda: self.up() == names, 20)
        # By the machine's clock: the next one finds it where it is.
        begins = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))) + datetime.timedelta(seconds=12)
        ends = begins + datetime.timedelta(seconds=60)
        times = [{"StartTime": f"{begins:%H:%M:%S}", "EndTime": f"{ends:%H:%M:%S}"}]
        devices = [f"{kind}-{i}" for kind in ("yard", "film") for i in range(3)]
        self.create("motion", devices, ScheduleTimes=times)
        # A short one ends while nobody is there.
        short = begins + datetime.timedelta(seconds=25)
        self.create(
            "short", ["yard-0", "film-0"], ScheduleTimes=[{"StartTime": f"{begins:%H:%M:%S}", "EndTime": f"{short:%H:%M:%S}"}]
        )
        time.sleep(12 + 15)
        self.assertEqual(len(self.items("ListSlices")), 8)
        self.serving.kill()
        self.serving.wait()
        time.sleep(20)
        self.serve()
        self.until(lambda: self.up() == names, 10)
        self.until(lambda: len(self.items("ListSlices", Outcome="done")) == 8, 60)
        rows = self.items("ListSlices")
        for row in rows:
            planned = 25 if row["PlannedSeconds"] == 25 else 60
            self.assertEqual([(one["Due"], one["Analysed"]) for one in row["Algorithms"]], [(planned, planned)], row)
            self.assertEqual(row.get("Parts", []), [], row)
        self.assertEqual({row["Node"] for row in rows}, names)
        self.until(lambda: all(node["SpooledFindings"] == 0 for node in self.nodes().values()), 20)
        found = self.items("ListFindings")
        identities = collections.Counter(
            (one["InstanceId"], one["DeviceId"], one["DueAt"], one["AlgorithmId"], one["At"]) for one in found
        )
        self.assertTrue(identities)
        self.assertEqual([name for name, count in identities.items() if count > 1], [])
        known = {(row["InstanceId"], row["DeviceId"], row["DueAt"]) for row in rows}
        self.assertEqual([name for name in identities if name[:3] not in known], [])

    def test_what_had_ended_outlives_its_node(self) -> None:
        """Slices end while no scheduler is there, then their nodes are killed as well: what they came to is in
        the spools, and so is what explains it."""
        self.fleet(
            'id: "yard-{i}", count: 4, source: "synthetic://yard?size=160x120&seed={i}"',
            'id: "away", source: "rtsp://127.0.0.1:9/away"',
        )
        self.serve()
        nodes = {name: self.node(self.network.host(), name, acu=4) for name in ("one", "two")}
        self.until(lambda: self.up() == set(nodes), 20)
        begins = datetime.datetime.now(datetime.timezone(datetime.timedelta(hours=8))) + datetime.timedelta(seconds=8)
        ends = begins + datetime.timedelta(seconds=12)
        times = [{"StartTime": f"{begins:%H:%M:%S}", "EndTime": f"{ends:%H:%M:%S}"}]
        self.create("motion", ["away", *(f"yard-{i}" for i in range(4))], ScheduleTimes=times)
        time.sleep(8 + 4)
        self.serving.kill()
        self.serving.wait()
        time.sleep(11)
        for name, node in nodes.items():
            node.kill()
            node.wait()
            self.node(self.network.host(), name, acu=4)
        time.sleep(1)
        self.serve()
        self.until(lambda: len([one for one in self.items("ListSlices") if one["Outcome"] != "RUNNING"]) == 5, 20)
        for row in self.items("ListSlices"):
            (counts,) = row["Algorithms"]
            if row["DeviceId"] == "away":
                self.assertEqual((row["Outcome"], row["Reason"], counts["Due"]), ("missed", "camera_offline", 12), row)
                self.assertIn("refuse", row["Detail"])
            else:
                self.assertEqual((row["Outcome"], counts["Due"], counts["Analysed"]), ("done", 12, 12), row)
            self.assertEqual(row.get("Parts", []), [], row)
            self.assertIn(row["Node"], nodes)


if __name__ == "__main__":
    cluster_case.ClusterTest.camfleet = sys.argv.pop(1)
    unittest.main()
