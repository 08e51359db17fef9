"""A store that takes nothing for a minute: nobody waits for it, and nothing that was due is without its row.

Usage: store_behind_test.py CAMFLEET.
"""

import collections
import datetime
import json
import pathlib
import re
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
import unittest

from server import Answer, Http, Server, rpc
from storm import pages

CAMFLEET = sys.argv.pop(1)
DEVICES = 200  # every other one a camera, the others footage
CHANGES = 1000
BLOCKED_SECONDS = 60
SPEED = 10
ROUND_SECONDS = 60
CAUGHT_UP_SECONDS = 90
PROBE_SECONDS = 1.0
MIB = 1 << 20
MOST_GROWTH = 200 * MIB


class StoreBehind(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        # So small that frames and decoders, which are bounded by themselves, do not hide what waits.
        clip = self.folder / "clip.mp4"
        picture = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=5:duration=60", "-pix_fmt", "yuv420p"]
        subprocess.run(["ffmpeg", "-v", "error", *picture, "-c:v", "libx264", "-g", "5", clip], check=True)
        sources = ("synthetic://lobby?size=320x180&fps=5&gop=5", f"file://{clip}?loop=1")
        devices = [{"id": f"cam-{i}", "region": "", "source": sources[i % 2]} for i in range(DEVICES)]
        (self.folder / "fleet.yaml").write_text(json.dumps({"devices": devices}))
        options = ("--fleet", str(self.folder / "fleet.yaml"), "--speed", str(SPEED), "--changes-waiting", str(CHANGES))
        self.server = Server(CAMFLEET, self.folder, None, *options)
        self.server.start("--clock", "2026-03-02T09:59:00+08:00")
        self.addCleanup(self.server.kill)

    def create(self) -> str:
        fields = {
            "InstanceName": "all",
            "AlgorithmType": "REALTIME_STREAM",
            "Devices": [{"DeviceId": f"cam-{i}", "StartStream": True} for i in range(DEVICES)],
            "Algorithms": [{"AlgorithmId": "3", "AlgorithmName": "motion"}],
            "ScheduleType": "EVERYDAY",
            "ScheduleTimes": [{"StartTime": "00:00:00", "EndTime": "24:00:00"}],
            "IsPolling": "true",
            "SliceExecutionTime": "1",
            "OverallExecutionTime": "1",
        }
        answer = rpc("CreateComputeInstance", fields).send(self.server.port)
        self.assertEqual(answer.status, 200, answer)
        return answer.json["Data"]["InstanceId"]

    def get(self, path: str) -> Answer:
        return Http("GET", path).send(self.server.port)

    def memory(self) -> int:
        pages_held = pathlib.Path(f"/proc/{self.server.pid}/statm").read_text().split()[1]
        return int(pages_held) * resource.getpagesize()

    def waiting(self) -> int:
        text = self.get("/metrics").text
        return int(float(re.search(r"^camfleet_store_changes_waiting (\S+)$", text, re.MULTILINE)[1]))

    def block(self) -> None:
        """Another process writes, and does not come to an end."""
        other = sqlite3.connect(self.server.store, isolation_level=None, timeout=20)
        other.execute("BEGIN IMMEDIATE")
        before = self.memory()
        most = 0
        end = time.monotonic() + BLOCKED_SECONDS
        while time.monotonic() < end:
            asked = time.monotonic()
            self.assertEqual(self.get("/healthz").status, 200)
            most = max(most, self.waiting())
            self.assertLess(time.monotonic() - asked, PROBE_SECONDS)
            time.sleep(1)
        growth = self.memory() - before
        print(f"{most} changes waited at most, memory grew by {growth / MIB:.0f} MiB", flush=True)
        # What was begun has a row each, and so have its findings.
        self.assertGreaterEqual(most, CHANGES)
        self.assertLess(most, CHANGES + 5 * DEVICES)
        self.assertLess(growth, MOST_GROWTH)
        other.execute("ROLLBACK")
        other.close()

    def catch_up(self, said_before: int) -> None:
        end = time.monotonic() + CAUGHT_UP_SECONDS
        while "the disk has caught up" not in self.server.said()[said_before:]:
            self.assertLess(time.monotonic(), end, self.server.said())
            self.waiting()
            time.sleep(0.5)
        time.sleep(3 * ROUND_SECONDS / SPEED)

    def test_nothing_is_lost(self) -> None:
        instance = self.create()
        time.sleep(2 * ROUND_SECONDS / SPEED)
        self.block()
        said = self.server.said()
        self.assertEqual(said.count("the disk is behind"), 1)
        self.assertNotIn("the disk has caught up", said)
        self.catch_up(len(said))
        # One that ends between two pages is on both.
        listed = pages(self.server.port, "ListSlices", InstanceId=instance)
        rows = list({(row["DeviceId"], row["DueAt"]): row for row in listed}.values())
        due = collections.defaultdict(list)
        for row in rows:
            due[row["DeviceId"]].append(datetime.datetime.fromisoformat(row["DueAt"].replace("Z", "+00:00")))
        self.assertEqual(len(due), DEVICES)
        newest = max(max(times) for times in due.values())
        for device, times in due.items():
            times.sort()
            steps = {(later - earlier).total_seconds() for earlier, later in zip(times, times[1:], strict=False)}
            self.assertEqual(steps, {ROUND_SECONDS}, f"{device}: {times}")
            self.assertLessEqual((newest - times[-1]).total_seconds(), ROUND_SECONDS, device)
        outcomes = collections.Counter((row["Outcome"], row.get("Reason")) for row in rows)
        print(dict(outcomes), flush=True)
        missed = [row for row in rows if (row["Outcome"], row.get("Reason")) == ("missed", "store_behind")]
        self.assertGreater(len(missed), DEVICES)
        self.assertEqual({int(row["DeviceId"].removeprefix("cam-")) % 2 for row in missed}, {0}, "footage is caught up")
        for row in missed[:3]:
            self.assertEqual(row["Algorithms"][0]["Dropped"], {"store_behind": row["Algorithms"][0]["Due"]})
        errors = re.findall(r"^\S+ error (?!store commit failed).*$", self.server.said(), re.MULTILINE)
        self.assertEqual(errors, [])


if __name__ == "__main__":
    unittest.main(verbosity=2)
