"""A disk that is nearly full, and one that is: what matters most is still written, and nothing half written stays.

Usage: disk_test.py CAMFLEET. Where a small disk cannot be mounted, it is skipped.
"""

import base64
import contextlib
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

from server import Server, rpc

CAMFLEET = sys.argv.pop(1)
KIB, MIB = 1 << 10, 1 << 20
WAIT_SECONDS = 30
TAPE = "file:///usr/share/doc/opencv-doc/examples/data/vtest.avi"
# A picture that no compression makes small.
NOISE = b"P5 1000 1000 255\n" + b"".join(hashlib.sha256(bytes([i & 255, i >> 8])).digest() for i in range(31_250))


class SmallDisk(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.disk = pathlib.Path(folder.name) / "disk"
        self.disk.mkdir()

    def mount(self, size: int) -> None:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(self.disk)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            self.skipTest(f"no disk can be mounted here: {done.stderr.strip()}")
        self.addCleanup(subprocess.run, ["umount", "-l", str(self.disk)], check=False)

    def fill(self, left: int) -> None:
        """All of the disk but so many bytes."""
        ballast = self.disk / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while file.write(bytes(64 * KIB)):
                pass
        with ballast.open("r+b") as file:
            file.truncate(max(0, ballast.stat().st_size - left))

    def parts(self) -> list[str]:
        return [str(file) for file in self.disk.rglob("*.part")]


class Service(SmallDisk):
    def setUp(self) -> None:
        super().setUp()
        self.mount(32 * MIB)
        self.server = Server(CAMFLEET, self.disk)
        self.server.log = self.disk.parent / "stderr.txt"
        self.server.start("--speed", "10", "--clock", "2026-03-02T02:00:00Z")
        self.addCleanup(self.server.kill)
        made = rpc("AddDataSource", {"CorpId": "1", "DataSourceName": "a", "DataSourceType": "PIC"})
        self.source = made.send(self.server.port).json["Data"]["DataSourceId"]

    def upload(self):
        fields = {
            "CorpId": "1",
            "DataSourceId": self.source,
            "FileName": "a.pgm",
            "FileType": "pgm",
            "FileContent": base64.b64encode(NOISE).decode(),
        }
        return rpc("UploadFile", fields).send(self.server.port)

    def create(self):
        fields = {
            "InstanceName": "gate",
            "AlgorithmType": "REALTIME_STREAM",
            "Devices": [{"DeviceId": "cam", "StartStream": True}],
            "Algorithms": [{"AlgorithmId": "3", "AlgorithmName": "motion"}],
            "ScheduleType": "ONCE",
        }
        return rpc("CreateComputeInstance", fields).send(self.server.port)

    def test_what_does_not_fit_is_taken_away(self) -> None:
        self.assertEqual(self.upload().code, "0")
        self.fill(left=4 * MIB + 200 * KIB)
        for _ in range(3):
            answer = self.upload()
            self.assertEqual(answer.code, "RequestFailed", answer)
            self.assertIn("are kept for what matters more; make room", answer.message)
            self.assertNotIn(str(self.disk), answer.text)
        self.assertEqual(self.parts(), [])
        self.assertIn(str(self.disk), self.server.said())
        self.assertEqual(self.create().code, "0", "an upload that fails stops nobody else")
        (self.disk / "ballast").unlink()
        self.assertEqual(self.upload().code, "0")

    def test_pictures_leave_the_store_its_room(self) -> None:
        self.fill(left=4 * MIB + 300 * KIB)
        self.assertEqual(self.create().code, "0")
        end = time.monotonic() + WAIT_SECONDS
        while "pictures removed for space" not in self.server.said():
            self.assertLess(time.monotonic(), end, "no picture gave way")
            time.sleep(0.1)
        self.assertEqual(self.create().code, "0")
        found = rpc("ListFindings", {"PageSize": "100"}).send(self.server.port).json["Data"]["Items"]
        self.assertGreater(len(found), 0)
        self.assertGreater(len(list(self.disk.rglob("*.jpg"))), 0, "the newest is kept")
        for picture in self.disk.rglob("*.jpg"):
            self.assertEqual(picture.read_bytes()[-2:], b"\xff\xd9", "a picture that is cut off")
        self.assertEqual(self.server.stop(), 0)
        self.assertNotIn("store commit failed", self.server.said())


class Run(SmallDisk):
    def run_it(self) -> subprocess.CompletedProcess:
        scenario = self.disk.parent / "s.yaml"
        window = {"StartTime": "10:00:00", "EndTime": "10:00:20"}
        instance = {
            "InstanceName": "gate",
            "AlgorithmType": "REALTIME_STREAM",
            "DatasourceType": "VIRTUAL_VIDEO",
            "Devices": [{"DeviceId": "cam", "StartStream": True}],
            "Algorithms": [{"AlgorithmId": "3", "AlgorithmName": "motion"}],
            "ScheduleType": "EVERYDAY",
            "ScheduleTimes": [window],
        }
        scenario.write_text(
            json.dumps(
                {
                    "name": "disk",
                    "seed": 1,
                    "clock": {"from": "2026-03-02T10:00:00+08:00", "for": "1min", "zone": "Asia/Shanghai"},
                    "devices": [{"id": "cam", "source": TAPE}],
                    "instances": [instance],
                }
            )
        )
        command = [CAMFLEET, "run", str(scenario), "--world", "replay", "--out", str(self.disk / "out")]
        return subprocess.run(command, capture_output=True, text=True, timeout=120)

    def test_the_ledger_comes_before_the_pictures(self) -> None:
        self.mount(800 * KIB)
        self.fill(left=116 * KIB)
        done = self.run_it()
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("are kept for what matters more", done.stderr)
        ledger = (self.disk / "out" / "ledger.jsonl").read_text().splitlines()
        self.assertEqual([json.loads(line)["outcome"] for line in ledger], ["done"])
        self.assertEqual(json.loads((self.disk / "out" / "summary.json").read_text())["slices"]["done"], 1)
        self.assertEqual(list((self.disk / "out" / "pictures").iterdir()), [])

    def test_a_full_disk_says_so(self) -> None:
        self.mount(800 * KIB)
        self.fill(left=8 * KIB)
        (self.disk / "out").mkdir()
        (self.disk / "out" / "filler").write_bytes(bytes(4 * KIB))
        done = self.run_it()
        self.assertEqual(done.returncode, 3, done.stderr)
        self.assertIn("No space left on device", done.stderr)


if __name__ == "__main__":
    unittest.main()
