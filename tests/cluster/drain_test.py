"""Nodes that are told to end give up in order what they have.

Usage: drain_test.py CAMFLEET RTSP_SERVER [CASE].
"""

import datetime
import pathlib
import signal
import subprocess
import sys
import time
import unittest

import cluster_case

CHINA = datetime.timezone(datetime.timedelta(hours=8))


class Drain(cluster_case.ClusterTest):
    """Amid slices of a minute nodes get SIGTERM, or are drained by the operator."""

    rtsp_server = ""

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

    def test_a_camera_of_one_connection_is_closed_before_it_is_opened_elsewhere(self) -> None:
        log = self.folder / "camera.log"
        camera = pathlib.Path(__file__).with_name("one_client.py")
        self.scheduler.start(self.rtsp_server, "8560", log=self.folder / "rtsp.log")
        self.scheduler.start(sys.executable, "-B", str(camera), self.scheduler.address, "8554", "8560", log=log)
        self.until(lambda: "ready" in log.read_text() and "ready" in (self.folder / "rtsp.log").read_text(), 20)
        self.fleet(f'id: gate, source: "rtsp://{self.scheduler.address}:8554/cam#connections=1"')
        self.serve()
        nodes = {name: self.node(self.network.host(), name) for name in ("one", "two")}
        self.until(lambda: self.up() == set(nodes), 20)
        begins = datetime.datetime.now(CHINA) + datetime.timedelta(seconds=6)
        ends = begins + datetime.timedelta(seconds=24)
        self.create("motion", ["gate"], ScheduleTimes=[{"StartTime": f"{begins:%H:%M:%S}", "EndTime": f"{ends:%H:%M:%S}"}])
        time.sleep(6 + 8)
        (row,) = self.items("ListSlices")
        first, other = row["Node"], ({"one", "two"} - {row["Node"]}).pop()
        nodes[first].send_signal(signal.SIGTERM)
        self.assertEqual(nodes[first].wait(20), 0, self.logs())
        self.until(lambda: self.items("ListSlices")[0]["Outcome"] != "RUNNING", 60)
        (row,) = self.items("ListSlices")
        (counts,) = row["Algorithms"]
        self.assertEqual([part["Node"] for part in row["Parts"]], [first, other], row)
        # What passes while the other one connects: a second or two.
        self.assertGreaterEqual(counts["Analysed"], 21, (row, log.read_text(), self.logs()))
        self.assertEqual(log.read_text().split(), ["ready", "open", "closed", "open", "closed"])

    def command(self, *options: str) -> subprocess.CompletedProcess:
        command = [self.camfleet, "nodes", "--endpoint", f"http://127.0.0.1:{cluster_case.API}", *options]
        return subprocess.run(self.scheduler.command(*command), capture_output=True, text=True, timeout=30)


if __name__ == "__main__":
    cluster_case.ClusterTest.camfleet = sys.argv.pop(1)
    Drain.rtsp_server = sys.argv.pop(1)
    unittest.main()
