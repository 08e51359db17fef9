"""Projects that share a server: what one does to a camera, a stream or an instance is nobody else's.

Usage: projects_test.py CAMFLEET
"""

import concurrent.futures
import contextlib
import json
import pathlib
import signal
import sqlite3
import sys
import tempfile
import time
import unittest

from calls import camera, watch
from server import Server, rpc

CAMFLEET = sys.argv.pop(1)
WAIT_SECONDS = 30
STREET = "file:///usr/share/doc/opencv-doc/examples/data/vtest.avi?loop=1"
ONE, TWO = ("one", "secret-1"), ("two", "secret-2")
KEYS = [{"id": key[0], "secret": key[1], "projects": [key[0]]} for key in (ONE, TWO)]


class Projects(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        fleet = pathlib.Path(folder.name) / "fleet.yaml"
        fleet.write_text(json.dumps({"devices": [{"id": id, "source": STREET} for id in ("gate", "yard")]}))
        self.server = Server(CAMFLEET, pathlib.Path(folder.name), KEYS, "--fleet", str(fleet))
        self.addCleanup(self.server.kill)

    @contextlib.contextmanager
    def slow_disk(self):
        """What is changed meanwhile is durable only afterwards."""
        with contextlib.closing(sqlite3.connect(self.server.store, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            yield
            other.execute("ROLLBACK")

    def call(self, action: str, fields: dict, key: tuple[str, str] = ONE) -> dict:
        answer = rpc(action, fields, key).send(self.server.port)
        self.assertIn(answer.code, ("0", "200"), answer.text)
        return answer.json.get("Data", {})

    def test_a_camera_that_is_being_deleted_is_nobodys(self) -> None:
        self.server.start()
        self.call("CreateDevice", camera("hall"))
        made = self.call("CreateComputeInstance", watch("hall"))["InstanceId"]
        self.call("BatchDeleteInstance", {"InstanceIds": json.dumps([made])})
        with concurrent.futures.ThreadPoolExecutor() as pool, self.slow_disk():
            gone = pool.submit(self.call, "DeleteDevices", {"DeviceIdList": "hall"})
            time.sleep(0.3)
            for key in (ONE, TWO):
                answer = rpc("CreateComputeInstance", watch("hall"), key).send(self.server.port)
                self.assertIn("'hall' is no device", answer.message, answer.text)
        gone.result()
        self.server.stop()
        self.server.start()

    def test_two_removals_at_once_leave_no_empty_instance(self) -> None:
        self.server.start()
        made = self.call("CreateComputeInstance", watch("gate", "yard"))["InstanceId"]
        with concurrent.futures.ThreadPoolExecutor() as pool:
            with self.slow_disk():
                removals = []
                for device in ("gate", "yard"):
                    fields = {"InstanceId": made, "Devices": [{"DeviceId": device}], "DeleteInstanceFlag": True}
                    removals.append(pool.submit(self.call, "DeleteDeviceForInstance", fields))
                    time.sleep(0.2)
            for removal in removals:
                removal.result()
        self.assertEqual(self.call("ListInstances", {})["TotalCount"], 0)

    def outcomes(self, instance: str, key: tuple[str, str]) -> set[tuple[str, str]]:
        """Those of the slices that have ended, once there are two."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            items = self.call("ListSlices", {"InstanceId": instance, "PageSize": 100}, key)["Items"]
            ended = [item for item in items if item["Outcome"] != "RUNNING"]
            if len(ended) >= 2:
                return {(item["Outcome"], item["Reason"]) for item in ended}
            time.sleep(0.1)
        self.fail(f"no two slices of instance {instance}")

    def test_streams_are_switched_for_the_callers_projects_alone(self) -> None:
        polled = {"IsPolling": True, "SliceExecutionTime": 5, "OverallExecutionTime": 1}
        off = {("skipped", "stream_off")}
        clock = ("--speed", "60", "--clock")
        self.server.start(*clock, "2026-03-02T10:00:00+08:00")
        before = self.call("CreateComputeInstance", watch("gate", **polled), TWO)["InstanceId"]
        self.call("CreateComputeInstance", watch("gate"))
        self.call("StopStreams", {"DeviceIdList": "gate"})
        after = self.call("CreateComputeInstance", watch("gate", **polled), TWO)["InstanceId"]
        own = self.call("CreateComputeInstance", watch("gate", **polled))["InstanceId"]
        for instance, key in ((before, TWO), (after, TWO), (own, ONE)):
            self.assertEqual(self.outcomes(instance, key) == off, key == ONE, instance)
        # Else what they missed until the later clock would be caught up first.
        self.call("BatchDeleteInstance", {"InstanceIds": json.dumps([before, after])}, TWO)
        self.server.stop()
        self.server.start(*clock, "2026-03-02T12:00:00+08:00")
        again = self.call("CreateComputeInstance", watch("gate", **polled), TWO)["InstanceId"]
        own = self.call("CreateComputeInstance", watch("gate", **polled))["InstanceId"]
        for instance, key in ((again, TWO), (own, ONE)):
            self.assertEqual(self.outcomes(instance, key) == off, key == ONE, instance)

    def test_a_start_that_fails_leaves_switches_as_they_are(self) -> None:
        polled = {"IsPolling": True, "SliceExecutionTime": 5, "OverallExecutionTime": 1}
        clock = ("--speed", "60", "--clock", "2026-03-02T10:00:00+08:00")
        self.server.start(*clock)
        made = self.call("CreateComputeInstance", watch("gate", **polled))["InstanceId"]
        self.call("StopStreams", {"DeviceIdList": "gate"})
        self.server.stop()
        fleet = self.server.log.parent / "fleet.yaml"
        whole = fleet.read_text()
        fleet.write_text(json.dumps({"devices": [{"id": "yard", "source": STREET}]}))
        self.server.launch(*clock)
        self.assertEqual(self.server.ended(WAIT_SECONDS), 2)
        self.assertIn("'gate' is not a device of the fleet", self.server.said(lately=True))
        fleet.write_text(whole)
        self.server.start(*clock)
        later = self.call("CreateComputeInstance", watch("gate", **polled))["InstanceId"]
        self.assertNotEqual(made, later)
        self.assertEqual(self.outcomes(later, ONE), {("skipped", "stream_off")})

    def test_names_that_are_given_ten_thousand_times_stop_nobody(self) -> None:
        self.server.start()
        self.call("CreateComputeInstance", watch("gate"))
        fields = {"DeviceIdList": ",".join(["gate"] * 10_000)}
        with concurrent.futures.ThreadPoolExecutor(40) as pool:
            for one in [pool.submit(self.call, "StopStreams", fields) for _ in range(40)]:
                one.result()
        self.assertEqual(self.server.stop(signal.SIGTERM), 0)

    def test_a_fleet_takes_no_id_that_the_api_gave(self) -> None:
        self.server.start()
        self.call("CreateDevice", camera("roof"))
        fleet = self.server.log.parent / "fleet.yaml"
        fleet.write_text(json.dumps({"devices": [{"id": id, "source": STREET} for id in ("gate", "roof", "new")]}))
        self.server.signal(signal.SIGHUP)
        end = time.monotonic() + WAIT_SECONDS
        while "fleet not reloaded" not in self.server.said() and time.monotonic() < end:
            time.sleep(0.05)
        self.assertRegex(self.server.said(), "fleet not reloaded .*device roof.*was created by the API already")
        self.call("CreateComputeInstance", watch("yard"))
        answer = rpc("CreateComputeInstance", watch("new"), ONE).send(self.server.port)
        self.assertIn("'new' is no device", answer.message, answer.text)


if __name__ == "__main__":
    unittest.main()
