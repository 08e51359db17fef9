"""Instances and cameras come and go without end: nothing of what is gone stays.

Usage: churn_test.py CAMFLEET MINUTES. Prints what the process takes, each half minute.
"""

import dataclasses
import http.client
import os
import pathlib
import resource
import sys
import tempfile
import time
import unittest

from server import Server, rpc

MINUTES = float(sys.argv.pop(2))
CAMFLEET = sys.argv.pop(1)
SETTLING_SECONDS = 60  # numbers rest for a minute
SETTLED_SECONDS = 180  # after which nothing grows
ROUND_SECONDS = 0.5
MIB = 1 << 20
DEVICES = 10_000
FOLLOWED = 20
MOST_GROWTH = 0.10  # of the memory there was when it had settled
MOST_MORE = 16  # descriptors, threads


@dataclasses.dataclass
class Usage:
    """What a process takes."""

    memory: int = 0
    descriptors: int = 0
    threads: int = 0
    log: int = 0

    @staticmethod
    def of(pid: int, store: pathlib.Path) -> "Usage":
        process = pathlib.Path(f"/proc/{pid}")
        log = store.with_name(store.name + "-wal")
        return Usage(
            int((process / "statm").read_text().split()[1]) * resource.getpagesize(),
            len(os.listdir(process / "fd")),
            len(os.listdir(process / "task")),
            log.stat().st_size if log.exists() else 0,
        )

    def most(self, other: "Usage") -> "Usage":
        return Usage(*map(max, dataclasses.astuple(self), dataclasses.astuple(other)))

    def __str__(self) -> str:
        return (
            f"{self.memory / MIB:.0f} MiB, {self.descriptors} descriptors, {self.threads} threads, "
            f"log of {self.log / MIB:.1f} MiB"
        )


class Churn(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.server = Server(CAMFLEET, pathlib.Path(folder.name), None, "--speed", "60")
        self.server.start("--clock", "2026-03-02T09:00:00+08:00")
        self.addCleanup(self.server.kill)
        self.connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=120)
        self.addCleanup(self.connection.close)
        self.rounds = 0

    def call(self, action: str, fields: dict) -> dict:
        answer = rpc(action, fields).over(self.connection)
        self.assertIn(answer.code, ("0", "200"), f"{action}: {answer.text[:500]}")
        return answer.json

    def create(self, name: str, devices: list[str], **fields: object) -> str:
        known = {
            "InstanceName": name,
            "AlgorithmType": "PICTURE",
            "Devices": [{"DeviceId": device, "StartStream": True} for device in devices],
            "Algorithms": [{"AlgorithmId": "3", "AlgorithmName": "motion"}],
            "ScheduleType": "EVERYDAY",
            "ScheduleTimes": [{"StartTime": "00:00:00", "EndTime": "24:00:00"}],
            "IsPolling": "true",
            "SliceExecutionTime": "5",
            "OverallExecutionTime": "10",
            "SPF": "5",
        }
        return self.call("CreateComputeInstance", known | fields)["Data"]["InstanceId"]

    def turn_over(self, followed: list[str]) -> None:
        """Large ones that nothing is due of, small ones that run, cameras, and names that nobody said before."""
        self.rounds += 1
        at_night = {"ScheduleTimes": [{"StartTime": "03:00:00", "EndTime": f"03:{self.rounds % 59 + 1:02}:00"}]}
        large = self.create("large", [f"cam-{i}" for i in range(DEVICES)], **at_night)
        camera = f"made-{self.rounds}"
        self.call("CreateDevice", {"CorpId": "2", "DeviceType": "IPC", "DataSourceType": "VIDEO", "DeviceName": "yard",
                                   "DeviceId": camera, "DeviceAddress": "http://127.0.0.1:9/clip.mp4"})  # fmt: skip
        using = self.create("using", [camera], **at_night)
        followed.append(self.create("small", [f"gate-{self.rounds}-{i}" for i in range(2)]))
        gone = [large, using]
        while len(followed) > FOLLOWED:
            gone.append(followed.pop(0))
        self.call("BatchDeleteInstance", {"InstanceIds": gone})
        self.call("DeleteDevices", {"DeviceIdList": [camera]})

    def check(self, usage: Usage, settled: Usage) -> None:
        told = f"{usage}; at most it was {settled}"
        self.assertLess(usage.memory, settled.memory * (1 + MOST_GROWTH) + 16 * MIB, told)
        self.assertLess(usage.descriptors, settled.descriptors + MOST_MORE, told)
        self.assertLess(usage.threads, settled.threads + MOST_MORE, told)
        self.assertLess(usage.log, settled.log * 2 + 16 * MIB, told)

    def test_nothing_stays(self) -> None:
        followed: list[str] = []
        begun = time.monotonic()
        settled = Usage()
        told = -30.0
        while (passed := time.monotonic() - begun) < MINUTES * 60:
            self.turn_over(followed)
            usage = Usage.of(self.server.pid, self.server.store)
            if passed - told >= 30:
                told = passed
                print(f"{passed:6.0f} s, {self.rounds} rounds: {usage}", flush=True)
            if SETTLING_SECONDS < passed < SETTLED_SECONDS:
                settled = settled.most(usage)
            if passed >= SETTLED_SECONDS:
                self.check(usage, settled)
            time.sleep(max(0.0, begun + self.rounds * ROUND_SECONDS - time.monotonic()))
        print(f"in the end, after {self.rounds} rounds: {usage}; at most before: {settled}", flush=True)
        self.assertNotIn("defect", self.server.said())


if __name__ == "__main__":
    unittest.main(verbosity=2)
