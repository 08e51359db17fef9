"""DeleteDeviceForInstance: the device's slices end and no more are due, the others keep their times; for good.

Usage: device_removal_test.py CAMFLEET
"""

import json
import pathlib
import sys
import tempfile
import time
import unittest

from server import Server, rpc
from storm import rows

CAMFLEET = sys.argv.pop(1)
WAIT_SECONDS = 60
INSTANCES = 300


def dues(items: list[dict], device: str) -> set[str]:
    return {item["DueAt"] for item in items if item["DeviceId"] == device}


def runs(items: list[dict], device: str) -> bool:
    return any(item["DeviceId"] == device and item["Outcome"] == "RUNNING" for item in items)


class DeviceRemoval(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.server = Server(CAMFLEET, pathlib.Path(folder.name), None, "--speed", "60")
        self.addCleanup(self.server.kill)

    def call(self, action: str, fields: dict) -> dict:
        answer = rpc(action, fields).send(self.server.port)
        self.assertEqual(answer.code, "0", answer.text)
        return answer.json

    def refused(self, action: str, fields: dict) -> None:
        answer = rpc(action, fields).send(self.server.port)
        self.assertNotEqual(answer.code, "0", answer.text)

    def slices(self) -> list[dict]:
        return self.call("ListSlices", {"InstanceId": "1", "PageSize": "100"})["Data"]["Items"]

    def until(self, holds) -> list[dict]:
        end = time.monotonic() + WAIT_SECONDS
        while not holds(items := self.slices()):
            self.assertLess(time.monotonic(), end, items)
            time.sleep(0.1)
        return items

    def test_what_was_due_before_a_delete_has_its_row(self) -> None:
        """The first slice of each is due at once; few of them have begun when they are deleted."""
        self.server.start("--clock", "2026-03-02T09:59:50+08:00")
        polled = {"IsPolling": "true", "SliceExecutionTime": "2", "OverallExecutionTime": "1"}
        for number in range(INSTANCES):
            made = self.call(
                "CreateComputeInstance",
                {
                    "InstanceName": f"gate {number}",
                    "AlgorithmType": "PICTURE",
                    "Devices": [{"DeviceId": "a", "StartStream": True}],
                    "Algorithms": [{"AlgorithmId": "3", "AlgorithmName": "motion"}],
                    "ScheduleType": "ONCE",
                    **polled,
                },
            )
            self.call("BatchDeleteInstance", {"InstanceIds": json.dumps([made["Data"]["InstanceId"]])})
        self.assertEqual(self.server.stop(), 0)
        kept = rows(self.server.store, "SELECT instance, count(*) FROM slices GROUP BY instance")
        self.assertEqual([count for _, count in kept if count != 1], [])
        self.assertEqual(len(kept), INSTANCES)
        self.assertEqual(rows(self.server.store, "SELECT count(*) FROM open_slices"), [(0,)])

    def test_a_removed_device_stays_away(self) -> None:
        self.server.start("--clock", "2026-03-02T09:59:50+08:00")
        self.call(
            "CreateComputeInstance",
            {
                "InstanceName": "gate",
                "AlgorithmType": "PICTURE",
                "Devices": [{"DeviceId": name, "StartStream": True} for name in ("a", "b")],
                "Algorithms": [{"AlgorithmId": "3", "AlgorithmName": "motion"}],
                "ScheduleType": "EVERYDAY",
                "ScheduleTimes": json.dumps([{"StartTime": "10:00:00", "EndTime": "11:00:00"}]),
                "IsPolling": "true",
                "SliceExecutionTime": "60",
                "OverallExecutionTime": "2",
            },
        )
        begun = dues(self.until(lambda items: dues(items, "a") and dues(items, "b")), "b")
        for wrong in ([{"DeviceId": "b"}, {"DeviceId": "c"}], [{}], ["b"], [{"DeviceId": 3.5}], []):
            self.refused("DeleteDeviceForInstance", {"InstanceId": "1", "Devices": wrong})
        b = {"InstanceId": "1", "Devices": [{"DeviceId": "b", "RegionId": "x"}], "AlgorithmId": "3"}
        self.refused("DeleteDeviceForInstance", {**b, "DeviceCount": "2"})
        self.call("DeleteDeviceForInstance", {**b, "DeviceCount": "1", "DeleteInstanceFlag": "true"})
        self.refused("DeleteDeviceForInstance", b)
        described = self.call("DescribeComputeInstance", {"InstanceId": "1"})["Data"]
        self.assertEqual([device["DeviceId"] for device in described["Devices"]], ["a"])
        self.assertEqual(described["DeviceNumber"], 1)

        # A slice that was cancelled is listed once its end is on the disk.
        left = dues(self.until(lambda items: dues(items, "b") >= begun and not runs(items, "b")), "b")
        seen = len(dues(self.slices(), "a"))
        items = self.until(lambda items: len(dues(items, "a")) >= seen + 3)
        self.assertEqual(dues(items, "b"), left)
        self.assertFalse(runs(items, "b"), items)
        self.server.kill()

        self.server.start("--clock", "2026-03-02T10:30:10+08:00")
        items = self.until(lambda items: len(dues(items, "a")) >= seen + 10)
        self.assertEqual(dues(items, "b"), left)
        # Rounds of two minutes: the times of the other device have not moved.
        self.assertEqual({due[17:] for due in dues(items, "a")}, {min(dues(items, "a"))[17:]})
        a = {"InstanceId": "1", "Devices": [{"DeviceId": "a"}]}
        self.call("DeleteDeviceForInstance", {**a, "DeleteInstanceFlag": "true"})
        self.assertEqual(self.call("ListInstances", {})["Data"]["TotalCount"], 0)


if __name__ == "__main__":
    unittest.main()
