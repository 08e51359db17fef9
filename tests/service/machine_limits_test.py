"""A machine that gives no further descriptor or thread: some slices are missed by `capacity`, and nothing else is.

Usage: machine_limits_test.py CAMFLEET.
"""

import collections
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import tempfile
import unittest

CAMFLEET = sys.argv.pop(1)
TAPE = "file:///usr/share/doc/opencv-doc/examples/data/vtest.avi"
LIVE = "synthetic://empty?size=320x180&fps=5&bitrate=100kbps"
NOBODY = 65534
RUN_SECONDS = 120


class MachineLimits(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, cameras: int, source: str, **fields: str) -> None:
        names = [f"cam-{i}" for i in range(cameras)]
        instance = {
            "InstanceName": "all",
            "AlgorithmType": "REALTIME_STREAM",
            "Devices": [{"DeviceId": name, "StartStream": True} for name in names],
            "Algorithms": [{"AlgorithmId": "3", "AlgorithmName": "motion"}],
            "ScheduleType": "EVERYDAY",
            "ScheduleTimes": [{"StartTime": "10:00:05", "EndTime": "10:00:09"}],
            **fields,
        }
        scenario = {
            "name": "limits",
            "seed": 1,
            "clock": {"from": "2026-03-02T10:00:00+08:00", "for": "15s", "zone": "Asia/Shanghai"},
            "devices": [{"id": name, "source": source} for name in names],
            "instances": [instance],
        }
        (self.folder / "s.yaml").write_text(json.dumps(scenario))

    def run_it(self, limited, binary: str = CAMFLEET) -> tuple[collections.Counter, str]:
        """How many slices were missed or cut, by reason, and what it said."""
        command = [binary, "run", str(self.folder / "s.yaml"), "--speed", "1", "--out", str(self.folder / "out")]
        environment = os.environ | {"CAMFLEET_CAMERAS_DIR": str(self.folder / "cameras"), "HOME": str(self.folder)}
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=RUN_SECONDS, preexec_fn=limited, env=environment
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        lines = (self.folder / "out" / "ledger.jsonl").read_text().splitlines()
        return collections.Counter(json.loads(line)["reason"] for line in lines), done.stderr

    def test_descriptors(self) -> None:
        self.write(40, TAPE, DatasourceType="VIRTUAL_VIDEO")
        reasons, said = self.run_it(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40)))
        self.assertEqual(set(reasons), {None, "capacity"}, said)
        self.assertEqual(reasons.total(), 40)
        self.assertGreater(reasons[None], 10)
        told = [line for line in said.splitlines() if "no descriptor is left" in line]
        self.assertEqual(len(told), 1, said)
        self.assertIn("raise ulimit -n", told[0])

    @unittest.skipIf(os.geteuid() != 0, "the limit of threads is of a user of its own")
    def test_threads(self) -> None:
        self.folder.chmod(0o777)
        binary = self.folder / "camfleet"
        shutil.copy(CAMFLEET, binary)
        binary.chmod(0o755)
        self.write(200, LIVE)

        def limited() -> None:
            os.chdir(self.folder)
            resource.setrlimit(resource.RLIMIT_NPROC, (100, 100))
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)

        reasons, said = self.run_it(limited, str(binary))
        self.assertEqual(reasons.total(), 200)
        self.assertGreater(reasons["capacity"], 50, said)
        self.assertNotIn("node_lost", reasons)
        self.assertNotIn("stream_corrupt", reasons)
        self.assertNotIn("a handler failed", said)
        self.assertIn("raise ulimit -u", said)


if __name__ == "__main__":
    unittest.main()
