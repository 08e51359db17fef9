"""Machines and their network fail at random while a fleet works: whatever happens, the records are as they should be.

Usage: chaos_test.py CAMFLEET ROUNDS SEED [CASE]. SEED 0 draws one. What is done, and when, is printed.
"""

import collections
import datetime
import heapq
import random
import signal
import subprocess
import sys
import time
import unittest

import cluster_case
import hosts

ROUNDS = int(sys.argv.pop(2))
SEED = int(sys.argv.pop(2)) or time.time_ns() % 1_000_000
ROUND = 18.0  # seconds
# In which the nodes have served their probation, and what is due is done.
CALM = 85.0
LEAD = 15.0
CHINA = datetime.timezone(datetime.timedelta(hours=8))
NODES = ("one", "two", "three")


class Machine:
    """A node's: its host, and its process as long as it is there."""

    def __init__(self, name: str, host: hosts.Host):
        self.name = name
        self.host = host
        self.process: subprocess.Popen | None = None


class Chaos(cluster_case.ClusterTest):
    def setUp(self) -> None:
        super().setUp()
        self.random = random.Random(SEED)
        self.events: list = []
        self.order = 0
        self.began = time.monotonic()
        self.note(f"seed {SEED}, {ROUNDS} rounds")

    def note(self, what: str) -> None:
        print(f"{time.monotonic() - self.began:7.2f} {what}", flush=True)

    def later(self, seconds: float, what: str, action) -> None:
        self.order += 1
        heapq.heappush(self.events, (time.monotonic() + seconds, self.order, what, action))

    def go_through(self, seconds: float) -> None:
        """What was to be done, each at its time; those that come after are left."""
        end = time.monotonic() + seconds
        while self.events and self.events[0][0] <= end:
            due, _, what, action = heapq.heappop(self.events)
            time.sleep(max(0.0, due - time.monotonic()))
            self.note(what)
            action()
        time.sleep(max(0.0, end - time.monotonic()))

    def begin(self, machine: Machine) -> None:
        if machine.process is not None and machine.process.poll() is None:
            machine.process.kill()
        if machine.process is not None:
            machine.process.wait()
        machine.process = self.node(machine.host, machine.name, "--files", acu=4)

    def befall(self, machine: Machine) -> None:
        """One fault of a machine or of its line, from some seconds on, for some."""
        assert machine.process is not None and machine.host.line is not None
        at, length = self.random.uniform(0, 6), self.random.choice((0.3, 1.0, 1.7, 2.5, 4.0, 7.0))
        kind = self.random.choice(("kill", "stop", "cut", "delay", "drain"))
        name = f"{kind} {machine.name} for {length} s"
        process, line = machine.process, machine.host.line
        if kind == "kill":
            self.later(at, name, process.kill)
            self.later(at + length, f"begin {machine.name}", lambda: self.begin(machine))
        elif kind == "stop":
            self.later(at, name, lambda: process.send_signal(signal.SIGSTOP))
            self.later(at + length, f"go on {machine.name}", lambda: process.send_signal(signal.SIGCONT))
        elif kind == "drain":
            self.later(at, name, lambda: process.send_signal(signal.SIGTERM))
            self.later(at + length, f"begin {machine.name}", lambda: self.begin(machine))
        else:
            told = "cut" if kind == "cut" else f"delay {self.random.choice((0.03, 0.15, 0.4))}"
            self.later(at, f"{told} {machine.name} for {length} s", lambda: line.tell(told))
            healed = "heal" if kind == "cut" else "delay 0"
            self.later(at + length, f"{healed} {machine.name}", lambda: line.tell(healed))

    def restart(self) -> None:
        at, length = self.random.uniform(0, 5), self.random.choice((0.1, 2.0, 5.0))
        self.later(at, f"kill the scheduler for {length} s", self.end_scheduler)
        self.later(at + length, "begin the scheduler", self.serve)

    def end_scheduler(self) -> None:
        self.serving.kill()
        self.serving.wait()

    def window(self) -> dict:
        begins = datetime.datetime.now(CHINA) + datetime.timedelta(seconds=LEAD)
        ends = begins + datetime.timedelta(seconds=ROUNDS * ROUND + CALM)
        times = [{"StartTime": f"{begins:%H:%M:%S}", "EndTime": f"{ends:%H:%M:%S}"}]
        return {"ScheduleTimes": times}

    def polled(self, seconds: int) -> dict:
        return self.window() | {"IsPolling": True, "SliceExecutionTime": seconds, "OverallExecutionTime": 1}

    def test_records_are_as_they_should_be(self) -> None:
        self.fleet(
            'id: "yard-{i}", count: 5, source: "synthetic://yard?size=160x120&seed={i}"',
            f'id: "film-{{i}}", count: 5, source: "file://{self.film()}?loop=1"',
        )
        self.serve()
        machines = [Machine(name, self.network.host(has_line=True)) for name in NODES]
        for machine in machines:
            self.begin(machine)
        self.until(lambda: self.up() == set(NODES), 20)
        polled = [f"{kind}-{i}" for kind in ("yard", "film") for i in range(4)]
        self.create("short", polled, **self.polled(6))
        self.create("longer", polled, **self.polled(20))
        self.create("all along", ["yard-4", "film-4"], **self.window())
        self.go_through(LEAD)
        for _ in range(ROUNDS):
            for machine in self.random.sample(machines, self.random.choice((1, 1, 2, 3))):
                self.befall(machine)
            if self.random.random() < 0.3:
                self.restart()
            self.go_through(ROUND)
        healed = datetime.datetime.now(datetime.timezone.utc)
        self.note("calm")
        self.go_through(CALM)
        self.until(lambda: all(row["Outcome"] != "RUNNING" for row in self.items("ListSlices")), 60)
        self.until(lambda: all(node["SpooledFindings"] == 0 for node in self.nodes().values()), 20)
        rows = self.items("ListSlices")
        self.note(str(dict(collections.Counter((row["Outcome"], row.get("Reason")) for row in rows))))
        settled = healed + datetime.timedelta(seconds=CALM - 20)
        late = [row for row in rows if datetime.datetime.fromisoformat(row["DueAt"]) > settled]
        self.assertTrue(late)
        self.assertEqual([row for row in late if row["Outcome"] != "done"], [])
        self.assertEqual(self.up(), set(NODES))


if __name__ == "__main__":
    cluster_case.ClusterTest.camfleet = sys.argv.pop(1)
    unittest.main()
