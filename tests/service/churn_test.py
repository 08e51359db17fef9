"""Instances and cameras come and go without end: nothing of what is gone stays.

Usage: churn_test.py CAMFLEET MINUTES. Prints what the process takes, each minute.
"""

import dataclasses
import http.client
import os
import pathlib
import re
import resource
import sys
import tempfile
import time
import unittest

from server import Server, rpc

MINUTES = int(sys.argv.pop(2))
CAMFLEET = sys.argv.pop(1)
MINUTE = 60
SETTLED_MINUTES = 3  # after which nothing grows
# Without any, until all that was deleted has given back what it had: what is left is what stays. While some run,
# frames and decoders come and go by 100 MiB.
REST_MINUTES = 3
ROUND_SECONDS = 0.5
MIB = 1 << 20
DEVICES = 10_000
FOLLOWED = 20
MOST_GROWTH = 0.10  # of the memory there was when it had settled
MOST_MORE = 8  # descriptors, threads


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

    def least(self, other: "Usage") -> "Usage":
        """What is under way comes and goes: what stays shows in what is always there."""
        return Usage(*map(min, dataclasses.astuple(self), dataclasses.astuple(other)))

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
        told = f"at least {usage} in a minute; it was {settled}"
        self.assertLess(usage.descriptors, settled.descriptors + MOST_MORE, told)
        self.assertLess(usage.threads, settled.threads + MOST_MORE, told)
        self.assertLess(usage.log, settled.log + 16 * MIB, told)

    def minute(self, followed: list[str], *, rests: bool = False) -> Usage:
        """Goes on for one, or rests; what was there all the time."""
        end = time.monotonic() + MINUTE
        if rests:
            if followed:
                self.call("BatchDeleteInstance", {"InstanceIds": followed})
                followed.clear()
            self.connection.close()  # the server would, meanwhile; the next call opens it again
        least = None
        while (now := time.monotonic()) < end:
            if not rests:
                self.turn_over(followed)
            usage = Usage.of(self.server.pid, self.server.store)
            least = least.least(usage) if least else usage
            time.sleep(max(0.0, now + ROUND_SECONDS - time.monotonic()))
        return least

    def test_nothing_stays(self) -> None:
        followed: list[str] = []
        first_rest = range(SETTLED_MINUTES + 1, SETTLED_MINUTES + REST_MINUTES + 1)
        last_rest = range(MINUTES - REST_MINUTES + 1, MINUTES + 1)
        self.assertGreater(last_rest.start, first_rest.stop, "too short to settle, rest and go on")
        usages: dict[int, Usage] = {}
        for minute in range(1, MINUTES + 1):
            rests = minute in first_rest or minute in last_rest
            usages[minute] = self.minute(followed, rests=rests)
            said = f"minute {minute}, {self.rounds} rounds{', at rest' if rests else ''}: at least {usages[minute]}"
            print(said, flush=True)
            if minute > SETTLED_MINUTES:
                self.check(usages[minute], usages[SETTLED_MINUTES])
        before, after = usages[first_rest[-1]].memory, usages[last_rest[-1]].memory
        self.assertLess(after, before * (1 + MOST_GROWTH), "what stays grew")
        self.assertEqual(re.findall(r"^\S+ error .*$", self.server.said(), re.MULTILINE), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
