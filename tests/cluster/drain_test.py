"""Nodes that are told to end give up in order what they have.

Usage: drain_test.py CAMFLEET [CASE].
"""

import datetime
import signal
import subprocess
import sys
import time
import unittest

import cluster_case

CHINA = datetime.timezone(datetime.timedelta(hours=8))


class Drain(cluster_case.ClusterTest):
    """Of three nodes one gets SIGTERM, then another one is drained by the operator, amid slices of a minute."""

    def test_what_runs_goes_on_elsewhere(self) -> None:
        self.fleet(
            'id: "yard-{i}", count: 6, source: "synthetic://yard?size=160x120&seed={i}"',
            f'id: "film-{{i}}", count: 6, source: "file://{self.film()}?loop=1"',
        )
        self.serve()
        nodes = {name: self.node(self.network.host(), name, "--files", acu=4) for name in ("one", "two", "three")}
        self.until(lambda: self.up() == set(nodes), 20)
        begins = datetime.datetime.now(CHINA) + datetime.timedelta(seconds=10)
        ends = begins + datetime.timedelta(seconds=60)
        times = [{"StartTime": f"{begins:%H:%M:%S}", "EndTime": f"{ends:%H:%M:%S}"}]
        devices = [f"{kind}-{i}" for kind in ("yard", "film") for i in range(6)]
        self.create("motion", devices, ScheduleTimes=times)
        time.sleep(10 + 12)
        self.assertEqual({row["Node"] for row in self.items("ListSlices")}, set(nodes))
        nodes["one"].send_signal(signal.SIGTERM)
        self.assertEqual(nodes["one"].wait(20), 0, self.logs())
        self.assertEqual(self.nodes()["one"]["State"], "AWAY")
        drained = self.command("--drain", "two")
        self.assertEqual((drained.returncode, drained.stdout), (0, "two is being drained, and ends\n"), drained.stderr)
        self.assertEqual(nodes["two"].wait(20), 0, self.logs())
        for name, why in (("two", "'two' is not there now"), ("four", "'four' is no node of this server")):
            refused = self.command("--drain", name)
            self.assertNotEqual(refused.returncode, 0)
            self.assertIn(why, refused.stderr)
        self.until(lambda: len([row for row in self.items("ListSlices") if row["Outcome"] != "RUNNING"]) == 12, 60)
        parts: dict[str, int] = {}
        for row in self.items("ListSlices"):
            (counts,) = row["Algorithms"]
            # A camera has connected where its slice goes before it does.
            self.assertEqual((row["Outcome"], counts["Due"], counts["Analysed"]), ("done", 60, 60), row)
            for part in row.get("Parts", []):
                parts[f"{part['Node']} {part['Why']}"] = parts.get(f"{part['Node']} {part['Why']}", 0) + 1
            self.assertEqual(row["Node"], "three")
        self.assertEqual({name for name in parts if not name.endswith("None")}, {"one drained", "two drained"}, parts)
        self.assertEqual(parts["one drained"], 4, parts)

    def command(self, *options: str) -> subprocess.CompletedProcess:
        command = [self.camfleet, "nodes", "--endpoint", f"http://127.0.0.1:{cluster_case.API}", *options]
        return subprocess.run(self.scheduler.command(*command), capture_output=True, text=True, timeout=30)


if __name__ == "__main__":
    cluster_case.ClusterTest.camfleet = sys.argv.pop(1)
    unittest.main()
