"""A restart within a slice: what was found before it is not found again, in the store, the metrics and the pictures.

Usage: found_once_test.py CAMFLEET.
"""

import datetime
import json
import math
import pathlib
import sys
import tempfile
import time
import unittest
import urllib.request

from prometheus_text import Scrape
from server import Server, rpc
from storm import rows

CAMFLEET = sys.argv[1]
SPEED = 10
SLICE_SECONDS = 150  # of the service's time; it begins anew after each restart
PART_SECONDS = 2  # of ours, between two restarts
START = datetime.datetime(2026, 3, 2, 2, 0, tzinfo=datetime.timezone.utc)
SETTLE_SECONDS = 60

SLICE = rpc(
    "CreateComputeInstance",
    {
        "InstanceName": "restarted",
        "AlgorithmType": "REALTIME_STREAM",
        "Devices": [{"DeviceId": "cam", "StartStream": True}],
        "Algorithms": [{"AlgorithmId": "3", "AlgorithmName": "motion"}],
        "ScheduleType": "ONCE",
        "IsPolling": "true",
        "SliceExecutionTime": str(SLICE_SECONDS),
        "OverallExecutionTime": "5",
    },
)


class FoundOnce(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.server = Server(CAMFLEET, self.folder)
        self.begun = time.monotonic()

    def start(self) -> None:
        """By a clock that never goes back."""
        passed = datetime.timedelta(seconds=math.ceil((time.monotonic() - self.begun) * SPEED))
        self.server.start("--clock", f"{START + passed:%Y-%m-%dT%H:%M:%SZ}", "--speed", str(SPEED))
        self.addCleanup(self.server.kill)

    def found(self) -> list[tuple]:
        return rows(self.server.store, "SELECT instance, device, due, algorithm, at FROM findings ORDER BY at")

    def counted(self) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.port}/metrics", timeout=10) as answer:
            values = Scrape(answer.read().decode()).values
        return sum(int(value) for (name, _), value in values.items() if name == "camfleet_findings_total")

    def wait(self, what: str, until) -> None:
        end = time.monotonic() + SETTLE_SECONDS
        while not until():
            self.assertLess(time.monotonic(), end, f"{what}; {self.server.said(lately=True)}")
            time.sleep(0.02)

    def check(self, end, ends: int, orphans: int) -> None:
        """`orphans`: pictures that may stay without a finding, at most."""
        self.start()
        answer = SLICE.send(self.server.port)
        self.assertEqual(answer.status, 200, answer)
        counted = 0
        for _ in range(ends):
            before = len(self.found())
            self.wait("nothing new is found", lambda: len(self.found()) > before + 3)
            time.sleep(PART_SECONDS)
            counted += self.counted()
            end()
            self.assertEqual(rows(self.server.store, "SELECT count(*) FROM slices"), [(0,)], "it is not open any more")
            self.start()
        self.wait("it has not ended", lambda: rows(self.server.store, "SELECT outcome FROM slices") != [])
        line = json.loads(rows(self.server.store, "SELECT line FROM slices")[0][0])
        found = self.found()
        self.assertEqual(len(found), len(set(found)), "a finding is there twice")
        self.assertLessEqual(len(found), line["algorithms"][0]["analysed"], line)
        pictures = {name for (name,) in rows(self.server.store, "SELECT picture FROM findings")}
        kept = {file.name for file in self.folder.rglob("*.jpg")}
        self.assertEqual(pictures - kept, set(), "pictures that are gone")
        self.assertLessEqual(len(kept - pictures), orphans)
        # What was found between asking and the end is not in the sum.
        counted += self.counted()
        self.assertLessEqual(counted, len(found))
        self.assertGreater(counted, len(found) / 2)
        self.assertGreater(len(found), SLICE_SECONDS / 2)

    def test_orderly_restarts(self) -> None:
        self.check(lambda: self.assertEqual(self.server.stop(), 0), ends=2, orphans=0)

    def test_a_kill(self) -> None:
        # It may come between a picture and its finding.
        self.check(self.server.kill, ends=1, orphans=4)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
