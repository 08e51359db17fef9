"""Scenarios over node processes of this machine: what they do is what one process would do.

Usage: nodes_run_test.py CAMFLEET.
"""

import collections
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

import films
from children import children_of

CAMFLEET = sys.argv.pop(1)
DEVICES = 6

SCENARIO = """
name: nodes
clock: {{from: "2026-03-02T09:59:55+08:00", for: {seconds}s, zone: Asia/Shanghai}}
devices:
  - {{id: "film-{{i}}", count: {devices}, source: "file://{film}?loop=1"}}
instances:
  - InstanceName: motion
    AlgorithmType: PICTURE
    Devices: "film-*"
    Algorithms: [{{AlgorithmId: "3", AlgorithmName: motion}}]
    ScheduleType: EVERYDAY
    ScheduleTimes: [{{StartTime: "10:00:00", EndTime: "11:00:00"}}]
{polling}
expect:
  - slices.done == slices.due
"""
POLLING = """    IsPolling: true
    SliceExecutionTime: 8
    OverallExecutionTime: 1"""


def lines(path: pathlib.Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


class NodesRun(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        cls.temporary = tempfile.TemporaryDirectory(prefix="camfleet-nodes-test-")
        cls.folder = pathlib.Path(cls.temporary.name)
        # Files of the run's own nodes are seen to go.
        cls.own_temporary = cls.folder / "tmp"
        cls.own_temporary.mkdir()
        films.make_film(cls.folder / "film.mp4")

    @classmethod
    def tearDownClass(cls) -> None:
        cls.temporary.cleanup()

    def scenario(self, seconds: int, polling: str = POLLING) -> str:
        path = self.folder / "nodes.yaml"
        text = SCENARIO.format(seconds=seconds, devices=DEVICES, film=self.folder / "film.mp4", polling=polling)
        path.write_text(text)
        return str(path)

    def start(self, *arguments: str) -> subprocess.Popen:
        environment = os.environ | {"TMPDIR": str(self.own_temporary)}
        command = [CAMFLEET, "run", *arguments]
        return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment)

    def run_it(self, *arguments: str, code: int = 0) -> str:
        process = self.start(*arguments)
        out, errors = process.communicate(timeout=200)
        self.assertEqual(process.returncode, code, out + errors)
        return out + errors

    def assert_nothing_is_left(self) -> None:
        self.assertEqual(list(self.own_temporary.iterdir()), [])

    def assert_findings_belong(self, out: pathlib.Path) -> None:
        rows = collections.Counter((row["instance"], row["device"], row["due_at"]) for row in lines(out / "ledger.jsonl"))
        self.assertEqual(set(rows.values()), {1}, "each slice has one row")
        findings = lines(out / "findings.jsonl")
        samples = collections.Counter(
            (one["instance"], one["device"], one["due_at"], one["at"], one["algorithm"]) for one in findings)
        self.assertEqual(set(samples.values()), {1}, "no sample's finding is there twice")
        for one in findings:
            self.assertIn((one["instance"], one["device"], one["due_at"]), rows)

    def test_two_nodes_do_what_one_process_does(self) -> None:
        path = self.scenario(125)
        alone, several = self.folder / "alone", self.folder / "several"
        self.run_it(path, "--speed", "10", "--out", str(alone))
        self.run_it(path, "--speed", "10", "--nodes", "2", "--out", str(several))
        self.assert_findings_belong(several)
        self.assert_nothing_is_left()

        def told(folder: pathlib.Path) -> dict:
            keep = ("outcome", "reason", "algorithms", "planned_s")
            return {(row["device"], row["due_at"]): [row[key] for key in keep] for row in lines(folder / "ledger.jsonl")}

        self.assertEqual(told(several), told(alone))
        self.assertEqual({row["node"] for row in lines(several / "ledger.jsonl")}, {"node-1", "node-2"})
        found = [sorted(json.dumps(one, sort_keys=True) for one in lines(f / "findings.jsonl"))
                 for f in (several, alone)]
        self.assertEqual(*found)
        self.assertGreater(len(found[0]), DEVICES)
        pictures = [{path.name for path in (f / "pictures").iterdir()} for f in (several, alone)]
        self.assertEqual(*pictures)
        summary = json.loads((several / "summary.json").read_text())
        self.assertIsNone(summary["core_s"], "nobody tells it")
        nodes = summary["nodes"]
        self.assertEqual([node["id"] for node in nodes], ["node-1", "node-2"])
        self.assertEqual(sum(node["samples"] for node in nodes), DEVICES * 2 * 8)

    def test_a_node_that_is_killed_loses_no_footage(self) -> None:
        out = self.folder / "killed"
        process = self.start(self.scenario(65, ""), "--speed", "5", "--nodes", "2", "--out", str(out))
        deadline = time.monotonic() + 60
        while not (out / "ledger.jsonl").exists() or len(children_of(process.pid)) < 2:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        # In the slices, which are a minute of five times the real time.
        time.sleep(4)
        os.kill(children_of(process.pid)[0], signal.SIGKILL)
        text, errors = process.communicate(timeout=120)
        self.assertEqual(process.returncode, 0, text + errors)
        self.assertIn("ended before the run did", text + errors)
        rows = lines(out / "ledger.jsonl")
        self.assertEqual({row["outcome"] for row in rows}, {"done"})
        self.assertTrue(any(row["parts"] for row in rows), "slices of the node that was killed have moved")
        self.assert_nothing_is_left()

    def test_faults_of_a_scenario_befall_its_processes(self) -> None:
        """A crash, a process that stands still, a cut, a slow line, a drain and a restart: footage loses nothing."""
        path = pathlib.Path(self.scenario(1565))
        nodes = "".join(f"  - {{id: {name}, acu: 2}}\n" for name in ("left", "middle", "right"))
        faults = "".join(
            f'  - {{at: "2026-03-02T10:{at}+08:00", kind: {kind}, for: {span}}}\n'
            for at, kind, span in (
                ("03:05", "node_crash, node: left", "2min"),
                ("07:05", "node_hang, node: middle", "90s"),
                ("11:05", "link_cut, node: right", "100s"),
                ("14:00", 'link_delay, by: 5s, node: "*"', "2min"),
                ("18:05", "node_drain, node: left", "2min"),
                ("22:05", "scheduler_restart", "60s"),
            ))
        polling = "    IsPolling: true\n    SliceExecutionTime: 120\n    OverallExecutionTime: 4"
        text = path.read_text().replace(POLLING, polling)
        path.write_text(text.replace("expect:", f"nodes:\n{nodes}faults:\n{faults}expect:"))
        out = self.folder / "faults"
        text = self.run_it(str(path), "--speed", "30", "--nodes", "3", "--out", str(out))
        self.assertRegex(text, r"moved    slices went on elsewhere \d+ times: \d+ drained \+ \d+ node_lost")
        rows = lines(out / "ledger.jsonl")
        self.assertEqual({row["outcome"] for row in rows}, {"done"})
        self.assertEqual({algorithm["analysed"] for row in rows for algorithm in row["algorithms"]}, {120})
        moved = {(part["node"], part["why"]) for row in rows for part in row["parts"]}
        for one in (("left", "node_lost"), ("middle", "node_lost"), ("right", "node_lost"), ("left", "drained")):
            self.assertIn(one, moved)
        self.assert_findings_belong(out)
        checked = subprocess.run([CAMFLEET, "check", str(out)], capture_output=True, text=True, timeout=60)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)
        self.assert_nothing_is_left()

    def test_what_nodes_meet_is_told(self) -> None:
        path = pathlib.Path(self.scenario(65))
        path.write_text(path.read_text().replace("film.mp4", "nowhere.mp4"))
        text = self.run_it(str(path), "--speed", "20", "--nodes", "2", code=1)
        self.assertIn("nowhere.mp4?loop=1: there is no such file", text)
        self.assertIn("camera_offline", text)

    def test_a_signal_ends_all_processes(self) -> None:
        process = self.start(self.scenario(600), "--nodes", "3")
        deadline = time.monotonic() + 60
        while len(children := children_of(process.pid)) < 3:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        time.sleep(3)
        process.send_signal(signal.SIGINT)
        text, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 3, text + errors)
        self.assertIn("SIGINT ended the run early; the ledger is complete", errors)
        for child in children:
            self.assertFalse(pathlib.Path(f"/proc/{child}").exists())
        self.assert_nothing_is_left()

    def test_what_cannot_be_is_refused(self) -> None:
        path = self.scenario(10)
        self.assertIn("--speed", self.run_it(path, "--nodes", "2", "--speed", "max", code=2))
        self.assertIn("'abc' is not a speed", self.run_it(path, "--nodes", "2", "--speed", "abc", code=2))
        self.assertIn("at most 1000", self.run_it(path, "--nodes", "2", "--speed", "5000", code=2))
        self.assertIn("replay", self.run_it(path, "--nodes", "2", "--world", "replay", code=2))
        self.assertIn("--nodes", self.run_it(path, "--nodes", "65", code=2))
        text = pathlib.Path(path).read_text()
        for kind, count, why in (("node_slow", "2", "node_slow is simulated alone"),
                                 ("node_crash", "1", "write --nodes 2"),
                                 ("node_crash", "3", "matches no node")):
            fault = f'{{at: "2026-03-02T10:00:00+08:00", node: a, kind: {kind}, for: 5s}}'
            nodes = "[{id: a, acu: 1}, {id: b, acu: 1}]"
            pathlib.Path(path).write_text(text + f"nodes: {nodes}\nfaults: [{fault}]\n")
            self.assertIn(why, self.run_it(path, "--nodes", count, code=2))


if __name__ == "__main__":
    unittest.main()
