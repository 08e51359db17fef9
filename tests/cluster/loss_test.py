"""What is lost when a node is, with a hundred slices on it: measured, and printed.

Usage: loss_test.py CAMFLEET CASES [CASE]. CASES of kill, stop, cut, drain, busy, full, separated by commas.
"""

import datetime
import signal
import subprocess
import sys
import time
import unittest

import cluster_case

CASES = sys.argv.pop(2).split(",")
CHINA = datetime.timezone(datetime.timedelta(hours=8))
CAMERAS, FILMS = 90, 10
LEAD, LASTS = 12, 40
# A camera loses at most what passes until its slice goes on, footage nothing.
MOST_LOST = 5


class Loss(cluster_case.ClusterTest):
    """Ninety cameras and ten films are at one node, which goes when their slices have run for a while; another
    one takes them."""

    def setUp(self) -> None:
        super().setUp()
        self.fleet(
            f'id: "yard-{{i}}", count: {CAMERAS}, region: west, source: "synthetic://yard?size=160x120&fps=2&seed=1"',
            f'id: "film-{{i}}", count: {FILMS}, region: west, source: "file://{self.film()}?loop=1"',
        )
        self.serve()
        self.western = self.network.host(has_line=True)
        self.west = self.node(self.western, "west", "--region", "west", "--files", acu=40)
        self.node(self.network.host(), "east", "--region", "east", "--files", acu=40)
        self.until(lambda: self.up() == {"west", "east"}, 20)

    def begin(self, name: str) -> None:
        begins = datetime.datetime.now(CHINA) + datetime.timedelta(seconds=LEAD)
        ends = begins + datetime.timedelta(seconds=LASTS)
        times = [{"StartTime": f"{begins:%H:%M:%S}", "EndTime": f"{ends:%H:%M:%S}"}]
        devices = [f"yard-{i}" for i in range(CAMERAS)] + [f"film-{i}" for i in range(FILMS)]
        self.create(name, devices, ScheduleTimes=times)
        time.sleep(LEAD + 10)

    def rows(self) -> list[dict]:
        def are_over() -> bool:
            rows = self.items("ListSlices")
            return len(rows) == CAMERAS + FILMS and all(row["Outcome"] != "RUNNING" for row in rows)

        self.until(are_over, LASTS + 30)
        return self.items("ListSlices")

    def noticed(self) -> float:
        began = time.monotonic()
        while "west" in self.up():
            self.assertLess(time.monotonic() - began, 10)
            time.sleep(0.05)
        return time.monotonic() - began

    def tell(self, case: str, noticed: float, rows: list[dict], why: str = "node_lost", most: int = MOST_LOST) -> None:
        lost = sorted(sum(one["Due"] - one["Analysed"] for one in row["Algorithms"]) for row in rows
                      if row["DeviceId"].startswith("yard"))
        films = sum(one["Due"] - one["Analysed"] for row in rows for one in row["Algorithms"]
                    if row["DeviceId"].startswith("film"))
        print(f"{case}: noticed after {noticed:.2f} s; lost of a camera's {LASTS} samples: median {lost[len(lost) // 2]}, "
              f"p99 {lost[len(lost) * 99 // 100]}, most {lost[-1]}; of {FILMS} films: {films}", flush=True)
        self.assertEqual(films, 0)
        self.assertLessEqual(lost[len(lost) * 99 // 100], most)
        self.assertEqual({row["Node"] for row in rows}, {"east"})
        moved = [row for row in rows if [part.get("Why") for part in row.get("Parts", [])][:1] == [why]]
        self.assertEqual(len(moved), len(rows))

    @unittest.skipUnless("kill" in CASES, "not asked for")
    def test_killed(self) -> None:
        self.begin("killed")
        self.west.kill()
        noticed = self.noticed()
        self.assertLess(noticed, 1)
        self.west.wait()
        self.node(self.western, "west", "--region", "west", "--files", acu=40)
        self.tell("kill -9", noticed, self.rows())
        self.until(lambda: "west" in self.up(), 20)

    @unittest.skipUnless("stop" in CASES, "not asked for")
    def test_stopped(self) -> None:
        self.begin("stopped")
        self.west.send_signal(signal.SIGSTOP)
        noticed = self.noticed()
        self.assertLess(noticed, 3)
        time.sleep(3)
        self.west.send_signal(signal.SIGCONT)
        self.tell("SIGSTOP", noticed, self.rows())
        self.until(lambda: "west" in self.up(), 20)

    @unittest.skipUnless("cut" in CASES, "not asked for")
    def test_cut(self) -> None:
        assert self.western.line is not None
        self.begin("cut")
        self.western.line.tell("cut")
        noticed = self.noticed()
        self.assertLess(noticed, 3)
        time.sleep(5)
        self.western.line.tell("heal")
        self.tell("cut", noticed, self.rows())
        self.until(lambda: "west" in self.up(), 30)

    @unittest.skipUnless("drain" in CASES, "not asked for")
    def test_drained(self) -> None:
        self.begin("drained")
        began = time.monotonic()
        self.west.send_signal(signal.SIGTERM)
        self.assertEqual(self.west.wait(30), 0, self.logs())
        print(f"drained in {time.monotonic() - began:.1f} s", flush=True)
        self.tell("drain", 0, self.rows(), "drained", 2)

    @unittest.skipUnless("full" in CASES, "not asked for")
    def test_full_disk(self) -> None:
        """The node's spool can take nothing more: samples are analysed, and what has no room is counted."""
        disk = self.folder / "disk"
        disk.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", "size=400k", "none", str(disk)]
        subprocess.run(self.western.command(*command), check=True, timeout=20)
        self.addCleanup(subprocess.run, ["umount", "--lazy", str(disk)], timeout=20)
        self.west.terminate()
        self.west.wait(40)
        self.until(lambda: "west" not in self.up(), 20)
        self.west = self.node(self.western, "west", "--region", "west", "--files", acu=40, spool=disk / "spool")
        self.until(lambda: self.up() == {"west", "east"}, 40)
        self.begin("full")
        rows = self.rows()
        analysed = sum(one["Analysed"] for row in rows for one in row["Algorithms"])
        due = sum(one["Due"] for row in rows for one in row["Algorithms"])
        west = self.nodes()["west"]
        found = len(self.items("ListFindings"))
        print(f"full disk: {analysed} of {due} samples analysed; {found} findings are there, {west['FindingsLost']} were lost",
              flush=True)
        self.assertEqual(analysed, due)
        self.assertEqual({row["Node"] for row in rows}, {"west"})
        self.assertGreater(west["FindingsLost"], 0)
        self.assertIn("database or disk is full", (self.folder / "west.log").read_text())

    @unittest.skipUnless("busy" in CASES, "not asked for")
    def test_busy(self) -> None:
        """All cores have other work: nobody is lost."""
        self.begin("busy")
        spin = [sys.executable, "-c", "while True: pass"]
        others = [subprocess.Popen(spin) for _ in range(8)]
        try:
            rows = self.rows()
        finally:
            for other in others:
                other.kill()
                other.wait()
        analysed = sum(one["Analysed"] for row in rows for one in row["Algorithms"])
        due = sum(one["Due"] for row in rows for one in row["Algorithms"])
        print(f"busy: {analysed} of {due} samples analysed, nobody lost", flush=True)
        self.assertEqual({row["Node"] for row in rows}, {"west"})
        self.assertEqual([row for row in rows if row.get("Parts")], [])


if __name__ == "__main__":
    cluster_case.ClusterTest.camfleet = sys.argv.pop(1)
    unittest.main()
