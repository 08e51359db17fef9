"""What a slice is planned to last: in seconds while it runs, and in the row of one that a restart cancels.

Usage: planned_test.py CAMFLEET
"""

import contextlib
import datetime
import json
import pathlib
import sqlite3
import sys
import tempfile
import time
import unittest

from calls import watch
from server import Http, Server, rpc

CAMFLEET = sys.argv.pop(1)
WAIT_SECONDS = 60
# A window that the instance joins a quarter of a second before a whole one.
OPTIONS = ("--clock", "2026-03-02T10:00:00.25+08:00")
NOWHERE = "rtsp://127.0.0.1:1/"
CATALOGUE = """algorithms:
  - id: "77"
    name: {zh: x, en: Own}
    kind: motion
    variants:
      - engine: motion
        input: {columns: 160, change: 18, min_cells: 4}
        labels: [motion]
        score_threshold: 0.1
        cost: 0.0006
"""


class Planned(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.fleet = self.folder / "fleet.yaml"
        self.fleet.write_text(json.dumps({"devices": [{"id": "gate", "source": NOWHERE}]}))
        self.server = Server(CAMFLEET, self.folder, None, "--fleet", str(self.fleet))
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

    def delete_behind_its_back(self) -> None:
        """Its process ends, and its instance is gone before it could say so."""
        self.server.kill()
        with contextlib.closing(sqlite3.connect(self.server.store)) as store, store:
            store.execute("UPDATE instances SET ended = 1")

    def cancelled_by_a_restart(self) -> dict:
        """The row of what ran then."""
        self.delete_behind_its_back()
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

    def test_what_the_next_start_no_longer_knows(self) -> None:
        catalogue = self.folder / "catalogue.yaml"
        catalogue.write_text(CATALOGUE)
        self.server.start(*OPTIONS, "--catalogue", str(catalogue))
        fields = watch("gate", times=("10:00:00", "10:20:00"), Algorithms=[{"AlgorithmId": "77", "AlgorithmName": "own"}])
        self.assertEqual(rpc("CreateComputeInstance", fields).send(self.server.port).code, "0")
        self.running()
        self.fleet.write_text(json.dumps({"devices": [{"id": "other", "source": NOWHERE}]}))
        row = self.cancelled_by_a_restart()
        self.assertEqual((row["device"], row["outcome"], row["reason"]), ("gate", "missed", "cancelled"))
        account = row["algorithms"][0]
        self.assertEqual(account["algorithm"], "77")
        self.assertGreater(account["due"], 1000)
        self.assertEqual(account["due"], account["dropped"]["cancelled"])
        counted = Http("GET", "/metrics").send(self.server.port).text
        self.assertIn('camfleet_slices_total{outcome="missed",reason="cancelled"} 1', counted)
        self.assertIn("camfleet_slices_running 0", counted)
        # Nobody can have the algorithm for that, nor the device.
        fields["Devices"] = watch("other")["Devices"]
        refused = rpc("CreateComputeInstance", fields).send(self.server.port)
        self.assertIn("'77' is not in the catalogue", refused.text)
        refused = rpc("CreateComputeInstance", watch("gate")).send(self.server.port)
        self.assertIn("'gate' is no device", refused.text)

    def test_what_was_removed_says_nothing_of_the_rest(self) -> None:
        devices = [{"id": name, "source": "file:///nowhere.mp4"} for name in ("one", "two")]
        self.fleet.write_text(json.dumps({"devices": devices}))
        quick = ("--clock", "2026-03-02T10:00:00+08:00", "--speed", "10")
        self.server.start(*quick)
        fields = watch("one", "two", IsPolling="true", SliceExecutionTime="50", OverallExecutionTime="1")
        self.assertEqual(rpc("CreateComputeInstance", fields).send(self.server.port).code, "0")
        end = time.monotonic() + WAIT_SECONDS
        while rpc("ListSlices", {}).send(self.server.port).json["Data"]["TotalCount"] == 0 and time.monotonic() < end:
            time.sleep(0.1)
        self.server.kill()
        due = int(datetime.datetime.fromisoformat("2026-03-02T09:59:00+08:00").timestamp()) * 10**9
        with contextlib.closing(sqlite3.connect(self.server.store)) as store, store:
            store.execute("INSERT INTO open_slices (instance, device, due, planned) VALUES (1, 'two', ?, 50000000000)", (due,))
            store.execute("INSERT INTO removed_devices (instance, device) VALUES (1, 'two')")
        self.server.start(*quick, "--accept-lost-log")
        end = time.monotonic() + WAIT_SECONDS
        status = ""
        while status != "EXCEPTION" and time.monotonic() < end:
            status = rpc("DescribeComputeInstance", {"InstanceId": "1"}).send(self.server.port).json["Data"]["Status"]
            time.sleep(0.2)
        self.assertEqual(status, "EXCEPTION", "no picture of the one that is left")

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
