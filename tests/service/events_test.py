"""What was found, as the vendor's events: their times are wall times, and every filter filters.

Usage: events_test.py CAMFLEET
"""

import datetime
import pathlib
import sys
import tempfile
import time
import unittest

from calls import watch
from server import Server, rpc

CAMFLEET = sys.argv.pop(1)
WAIT_SECONDS = 60
WALL = "%Y-%m-%d %H:%M:%S"


class Events(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.server = Server(CAMFLEET, pathlib.Path(folder.name))
        self.addCleanup(self.server.kill)

    def events(self, **fields: object) -> list[dict]:
        answer = rpc("ListEventAlgorithmDetails", {"CorpId": "default", "PageSize": 100} | fields)
        said = answer.send(self.server.port)
        self.assertEqual(said.code, "200", said.text)
        return said.json["Data"]

    def test_filters(self) -> None:
        self.server.start("--clock", "2026-03-02T10:00:00+08:00", "--speed", "30", "--zone", "Asia/Shanghai")
        instance = watch("gate", "yard", times=("10:00:00", "10:00:40"))
        self.assertEqual(rpc("CreateComputeInstance", instance).send(self.server.port).code, "0")
        end = time.monotonic() + WAIT_SECONDS
        while self.done() < 2:
            self.assertLess(time.monotonic(), end)
            time.sleep(0.1)
        all = self.events()
        times = sorted({datetime.datetime.strptime(event["ShotTime"], WALL) for event in all})
        self.assertTrue(all and times[0] >= datetime.datetime(2026, 3, 2, 10), times[0])
        self.assertLess(times[-1], datetime.datetime(2026, 3, 2, 10, 1))
        middle = times[len(times) // 2].strftime(WALL)
        one = all[0]
        for fields, wanted in (
            ({"StartTime": middle}, lambda event: event["ShotTime"] >= middle),
            ({"EndTime": middle}, lambda event: event["ShotTime"] < middle),
            ({"StartTime": middle.replace(" ", "T") + "+08:00"}, lambda event: event["ShotTime"] >= middle),
            ({"DataSourceId": "yard"}, lambda event: event["DataSourceId"] == "yard"),
            ({"SourceId": "yard"}, lambda event: event["DataSourceId"] == "yard"),
            ({"SourceId": "nobody"}, lambda event: False),
            ({"RecordId": one["RecordId"]}, lambda event: event["RecordId"] == one["RecordId"]),
            ({"EventType": "3"}, lambda event: True),
            ({"EventType": "2"}, lambda event: False),
            ({"EventValue": one["EventValue"]}, lambda event: event["EventValue"] == one["EventValue"]),
            ({"EventValue": "zebra"}, lambda event: False),
        ):
            with self.subTest(fields):
                self.assertEqual(self.events(**fields), [event for event in all if wanted(event)])

    def done(self) -> int:
        """How many slices have ended, and all that was found in them is listed."""
        return rpc("ListSlices", {"Outcome": "done"}).send(self.server.port).json["Data"]["TotalCount"]


if __name__ == "__main__":
    unittest.main()
