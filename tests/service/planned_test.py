"""What a slice is planned to last: in seconds while it runs, and in the row of one that a restart cancels.

Usage: planned_test.py CAMFLEET
"""

import contextlib
import json
import pathlib
import sqlite3
import sys
import tempfile
import time
import unittest

from calls import watch
from server import Server, rpc

CAMFLEET = sys.argv.pop(1)
WAIT_SECONDS = 60
# A window that the instance joins a quarter of a second before a whole one.
OPTIONS = ("--clock", "2026-03-02T10:00:00.25+08:00")
NOWHERE = "rtsp://127.0.0.1:1/"


class Planned(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        fleet = self.folder / "fleet.yaml"
        fleet.write_text(json.dumps({"devices": [{"id": "gate", "source": NOWHERE}]}))
        self.server = Server(CAMFLEET, self.folder, None, "--fleet", str(fleet))
        self.addCleanup(self.server.kill)

    def running(self) -> dict:
        """The one slice, as soon as it runs."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            answer = rpc("ListSlices", {"Outcome": "RUNNING"}).send(self.server.port)
            self.assertEqual(answer.code, "0", answer.text)
            if items := answer.json["Data"]["Items"]:
                return items[0]
            time.sleep(0.05)
        self.fail("no slice runs")

    def cancelled_by_a_restart(self) -> dict:
        """Its row, when its instance is gone before the process that ran it could say so."""
        self.server.kill()
        with contextlib.closing(sqlite3.connect(self.server.store)) as store, store:
            store.execute("UPDATE instances SET ended = 1")
        # Who wrote to it has taken its log into it.
        self.server.start(*OPTIONS, "--accept-lost-log")
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            with contextlib.closing(sqlite3.connect(self.server.store)) as store:
                rows = store.execute("SELECT line FROM slices").fetchall()
            if rows:
                return json.loads(rows[0][0])
            time.sleep(0.05)
        self.fail("it has no row")

    def create(self, **fields: object) -> None:
        self.server.start(*OPTIONS)
        made = rpc("CreateComputeInstance", watch("gate", **fields)).send(self.server.port)
        self.assertEqual(made.code, "0", made.text)

    def test_seconds(self) -> None:
        self.create(times=("10:00:00", "10:20:00"))
        planned = self.running()["PlannedSeconds"]
        self.assertGreater(planned, 1200 - 2 * WAIT_SECONDS)
        self.assertLess(planned, 1200)
        self.assertNotEqual(planned, int(planned), "the rest of a window that was joined")
        self.assertEqual(self.cancelled_by_a_restart()["planned_s"], planned)

    def test_a_slice_without_an_end_has_no_plan(self) -> None:
        self.create(ScheduleType="ONCE", ScheduleTimes="")
        self.assertIsNone(self.running()["PlannedSeconds"])
        row = self.cancelled_by_a_restart()
        self.assertGreaterEqual(row["planned_s"], 0)
        self.assertLess(row["planned_s"], 2 * WAIT_SECONDS)


if __name__ == "__main__":
    unittest.main()
