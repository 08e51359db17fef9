"""A cluster of one machine works and fails for a long time at sixty times the real one: nothing of it grows.

Usage: soak_test.py CAMFLEET MINUTES.
"""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import unittest

import films
from children import children_of

CAMFLEET = sys.argv.pop(1)
MINUTES = int(sys.argv.pop(1))
SPEED = 60
DEVICES = 9
LOOK_EVERY = 5.0

SCENARIO = """
name: soak
clock: {{from: "2026-03-02T00:00:00+08:00", for: {minutes}min, zone: Asia/Shanghai}}
nodes:
  - {{id: steady, acu: 2}}
  - {{id: shaky, acu: 2}}
  - {{id: fragile, acu: 2}}
devices:
  - {{id: "film-{{i}}", count: {devices}, source: "file://{film}?loop=1"}}
instances:
  - InstanceName: motion
    AlgorithmType: PICTURE
    Devices: "film-*"
    Algorithms: [{{AlgorithmId: "3", AlgorithmName: motion}}]
    ScheduleType: EVERYDAY
    ScheduleTimes: [{{StartTime: "00:00:00", EndTime: "23:59:59"}}]
    IsPolling: true
    SliceExecutionTime: 120
    OverallExecutionTime: 10
    ComputePictureValue: 5
faults:
  - {{draw: {often}, from: seed, kinds: [node_crash, node_drain, node_hang], nodes: fragile, for: [10s, 6min]}}
  - {{draw: {often}, from: seed, kinds: [node_hang, link_cut, link_delay], nodes: shaky, for: [10s, 4min], by: 10s}}
  - {{draw: {seldom}, from: seed, kinds: [link_cut], nodes: steady, for: [10s, 4min]}}
  - {{draw: {often}, from: seed, kinds: [scheduler_restart], for: [10s, 3min]}}
"""


class Figures:
    """Of one process, as it went on."""

    def __init__(self, pid: int):
        self.folder = pathlib.Path(f"/proc/{pid}")
        self.looks: list[dict[str, int]] = []

    def look(self) -> None:
        try:
            status = dict(line.split(":", 1) for line in (self.folder / "status").read_text().splitlines())
            self.looks.append({
                "threads": int(status["Threads"]),
                "descriptors": len(os.listdir(self.folder / "fd")),
                "memory": int(status["VmRSS"].split()[0]),
            })
        except (OSError, KeyError):
            pass  # It has ended.

    def grown(self) -> dict[str, tuple[float, float]]:
        """The medians of the second quarter and of the last one."""
        quarter = len(self.looks) // 4
        parts = self.looks[quarter : 2 * quarter], self.looks[3 * quarter :]
        return {
            name: tuple(statistics.median(look[name] for look in part) for part in parts) for name in self.looks[0]
        }


def node_named(parent: int, name: str) -> int | None:
    for child in children_of(parent):
        if f"{name}.spool" in pathlib.Path(f"/proc/{child}/cmdline").read_text():
            return child
    return None


class Soak(unittest.TestCase):
    def test_nothing_grows(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="camfleet-soak-")
        self.addCleanup(temporary.cleanup)
        folder = pathlib.Path(temporary.name)
        film = films.make_film(folder / "film.mp4", rate=5)
        passes = MINUTES * SPEED
        scenario = folder / "soak.yaml"
        scenario.write_text(SCENARIO.format(minutes=passes, devices=DEVICES, film=film, often=passes // 12, seldom=passes // 60))
        out = folder / "out"
        command = [CAMFLEET, "run", str(scenario), "--nodes", "3", "--speed", str(SPEED), "--out", str(out)]
        with (folder / "run.log").open("wb") as log:
            run = subprocess.Popen(command, stdout=log, stderr=log, env=os.environ | {"TMPDIR": str(folder)})
        self.addCleanup(run.kill)
        scheduler, steady = Figures(run.pid), None
        spools: list[int] = []
        while run.poll() is None:
            time.sleep(LOOK_EVERY)
            scheduler.look()
            if steady is None and (pid := node_named(run.pid, "steady")):
                steady = Figures(pid)
            if steady is not None:
                steady.look()
            spools.append(sum(path.stat().st_size for path in folder.glob("camfleet-nodes-*/*.spool*")))
        text = (folder / "run.log").read_text()
        print("\n".join(text.splitlines()[-24:]))
        self.assertEqual(run.returncode, 0, text[-3000:])
        checked = subprocess.run([CAMFLEET, "check", str(out)], capture_output=True, text=True, timeout=300)
        print(checked.stdout, checked.stderr)
        self.assertEqual(checked.returncode, 0)
        assert steady is not None
        for name, figures in (("scheduler", scheduler), ("node", steady)):
            for what, (before, after) in figures.grown().items():
                print(f"{name}: {what} {before:.0f} to {after:.0f}")
                self.assertLessEqual(after, before * 1.1 + (4 if what != "memory" else 8192), f"{what} of the {name}")
        quarter = len(spools) // 4
        before, after = statistics.median(spools[quarter : 2 * quarter]), statistics.median(spools[3 * quarter :])
        print(f"spools: {before:.0f} to {after:.0f} bytes")
        self.assertLessEqual(after, before * 1.5 + (1 << 20))


if __name__ == "__main__":
    unittest.main()
