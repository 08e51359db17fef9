"""What ListInstances and ListSlices say while instances begin, run and end.

Usage: status_test.py CAMFLEET
"""

import contextlib
import json
import pathlib
import socket
import sys
import tempfile
import time
import unittest

from server import Server, rpc

CAMFLEET = sys.argv.pop(1)
WAIT_SECONDS = 60


class Status(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.server = Server(CAMFLEET, self.folder)
        self.addCleanup(self.server.kill)

    def call(self, action: str, fields: dict) -> dict:
        answer = rpc(action, fields).send(self.server.port)
        self.assertEqual(answer.code, "0", answer.text)
        return answer.json.get("Data", {})

    def create(self, name: str, device: str, start: str, end: str, **fields) -> str:
        return self.call(
            "CreateComputeInstance",
            {
                "InstanceName": name,
                "AlgorithmType": "PICTURE",
                "Devices": [{"DeviceId": device, "StartStream": fields.pop("StartStream", True)}],
                "Algorithms": [{"AlgorithmId": "3", "AlgorithmName": "motion"}],
                "ScheduleType": "EVERYDAY",
                "ScheduleTimes": json.dumps([{"StartTime": start, "EndTime": end}]),
                **fields,
            },
        )["InstanceId"]

    def status(self, instance: str) -> str:
        return self.call("DescribeComputeInstance", {"InstanceId": instance})["Status"]

    def wait_for(self, instance: str, status: str, before: set[str]) -> None:
        """Until it has this status; until then it has one of those before."""
        end = time.monotonic() + WAIT_SECONDS
        while (now := self.status(instance)) != status:
            self.assertIn(now, before)
            self.assertLess(time.monotonic(), end, now)
            time.sleep(0.1)

    def test_init_lasts_until_the_first_frame(self) -> None:
        # A camera that takes the connection and says nothing.
        with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as mute:
            fleet = self.folder / "fleet.yaml"
            fleet.write_text(
                "devices:\n"
                f'  - {{id: mute, source: "rtsp://127.0.0.1:{mute.getsockname()[1]}/stream"}}\n'
                '  - {id: tape, source: "file:///usr/share/doc/opencv-doc/examples/data/vtest.avi?loop=1"}\n'
            )
            self.server.start("--fleet", str(fleet), "--clock", "2026-03-02T09:59:50+08:00")
            dead = self.create("dead", "mute", "10:00:00", "10:00:16")
            alive = self.create("alive", "tape", "10:00:00", "10:00:16")
            off = self.create("off", "tape", "10:00:00", "10:00:16", StartStream=False)
            for instance in (dead, alive, off):
                self.assertEqual(self.status(instance), "UN_STATE")
            self.wait_for(alive, "RUNNING", {"UN_STATE", "INIT"})
            self.wait_for(off, "RUNNING", {"UN_STATE", "INIT"})
            # Well after ten seconds it still waits for its first frame; without one it is an exception.
            time.sleep(12)
            self.assertEqual(self.status(dead), "INIT")
            self.wait_for(dead, "EXCEPTION", {"INIT"})
            self.assertEqual(self.status(alive), "RUNNING")
            self.server.kill()
            # Between its windows, in a process in which nothing of it has run yet.
            self.server.start("--fleet", str(fleet), "--clock", "2026-03-02T10:01:00+08:00")
            self.assertEqual(self.status(alive), "RUNNING")

    def test_a_once_without_times_ends(self) -> None:
        """The one round of a polled one, the footage of another; a looped clip ends where it would begin again."""
        self.server.start("--clock", "2026-03-02T10:00:00+08:00", "--speed", "60")
        polled = {"IsPolling": "true", "SliceExecutionTime": "5", "OverallExecutionTime": "1"}
        for fields in (polled, {}):
            instance = self.create("once", "tape", "", "", ScheduleType="ONCE", ScheduleTimes="", **fields)
            described = self.call("DescribeComputeInstance", {"InstanceId": instance})
            self.assertEqual(len(described["NextWindows"]), 1)
            self.assertEqual(len(described["NextWindows"][0].get("Rounds", [])), 1 if fields else 0)
            self.wait_for(instance, "UN_STATE", {"INIT", "RUNNING"})
            described = self.call("DescribeComputeInstance", {"InstanceId": instance})
            self.assertEqual(described["NextWindows"], [])

    def test_a_once_runs_through_all_its_windows(self) -> None:
        self.server.start("--clock", "2026-03-02T09:59:30+08:00", "--speed", "20")
        times = [{"StartTime": "10:00:00", "EndTime": "10:01:00"}, {"StartTime": "10:02:00", "EndTime": "10:04:00"}]
        instance = self.create("once", "tape", "", "", ScheduleType="ONCE", ScheduleTimes=json.dumps(times))
        self.wait_for(instance, "RUNNING", {"UN_STATE", "INIT"})
        end = time.monotonic() + WAIT_SECONDS
        while not self.call("ListSlices", {"InstanceId": instance, "From": "2026-03-02T10:01:30+08:00"})["Items"]:
            self.assertEqual(self.status(instance), "RUNNING")
            self.assertLess(time.monotonic(), end)
        self.assertEqual(self.status(instance), "RUNNING")
        self.wait_for(instance, "UN_STATE", {"RUNNING"})

    def test_what_is_gone_does_not_keep_a_once_going(self) -> None:
        """A camera that was taken out, and is in no fleet file any more, has no end that anybody knows."""
        fleet = self.folder / "fleet.yaml"
        tape = "file:///usr/share/doc/opencv-doc/examples/data/tree.avi"
        devices = [{"id": id, "source": tape} for id in ("one", "two")]
        fleet.write_text(json.dumps({"devices": devices}))
        start = ("--fleet", str(fleet), "--speed", "60", "--clock")
        self.server.start(*start, "2026-03-02T10:00:00+08:00")
        both = [{"DeviceId": device["id"], "StartStream": True} for device in devices]
        instance = self.create("once", "", "", "", ScheduleType="ONCE", ScheduleTimes="", Devices=both)
        self.wait_for(instance, "UN_STATE", {"INIT", "RUNNING"})
        self.call("DeleteDeviceForInstance", {"InstanceId": instance, "Devices": both[:1]})
        self.server.stop()
        fleet.write_text(json.dumps({"devices": devices[1:]}))
        self.server.start(*start, "2026-03-02T11:00:00+08:00")
        described = self.call("DescribeComputeInstance", {"InstanceId": instance})
        self.assertEqual((described["Status"], described["NextWindows"]), ("UN_STATE", []))

    def test_footage_is_as_long_as_it_is_whoever_names_it_first(self) -> None:
        self.server.start("--clock", "2026-03-02T10:00:00+08:00", "--speed", "60")
        self.create("every day", "tape", "11:00:00", "12:00:00")
        lengths = []
        for device in ("tape", "other"):
            instance = self.create("once", device, "", "", ScheduleType="ONCE", ScheduleTimes="")
            self.wait_for(instance, "UN_STATE", {"INIT", "RUNNING"})
            lengths.append(self.call("ListSlices", {"InstanceId": instance})["Items"][0]["PlannedSeconds"])
        self.assertGreater(lengths[0], 1)
        self.assertEqual(lengths[0], lengths[1])

    def test_a_slice_that_is_listed_stays_listed_once(self) -> None:
        self.server.start("--clock", "2026-03-02T09:59:58+08:00", "--speed", "20")
        instance = self.create(
            "gate",
            "cam",
            "10:00:00",
            "11:00:00",
            IsPolling="true",
            SliceExecutionTime="2",
            OverallExecutionTime="1",
            Devices=[{"DeviceId": f"cam-{i}", "StartStream": True} for i in range(30)],
        )
        seen: set[tuple[str, str]] = set()
        runs = 0
        end = time.monotonic() + WAIT_SECONDS
        while len(seen) < 60:
            self.assertLess(time.monotonic(), end, seen)
            data = self.call("ListSlices", {"InstanceId": instance, "PageSize": "100"})
            names = [(item["DeviceId"], item["DueAt"]) for item in data["Items"]]
            self.assertEqual(len(names), len(set(names)), "none is listed twice")
            self.assertEqual(data["TotalCount"], len(names))
            self.assertLessEqual(seen, set(names), "none goes away")
            runs += sum(item["Outcome"] == "RUNNING" for item in data["Items"])
            seen = set(names)
        self.assertGreater(runs, 0)


if __name__ == "__main__":
    unittest.main()
