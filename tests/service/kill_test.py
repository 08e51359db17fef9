"""kill -9 at random moments: what was acknowledged holds, every slice has one outcome, no id comes twice.

Usage: kill_test.py CAMFLEET [ROUNDS] [SEED]. The seed is printed first; it gives the same plan of kills, not the same
interleaving.
"""

import contextlib
import datetime
import http.client
import json
import pathlib
import random
import shutil
import sqlite3
import sys
import tempfile
import threading
import time
import unittest

from server import Server, rpc

CAMFLEET = sys.argv[1]
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 20
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(10**9)
THREADS = 4
ALIVE = 5  # instances that a thread keeps
SPEED = 10
SETTLE_SECONDS = 60  # until what was open at the kill has its outcome
START = datetime.datetime(2026, 3, 2, 2, 0, tzinfo=datetime.timezone.utc)
GONE = (OSError, http.client.HTTPException)

WHOLE_DAY = json.dumps([{"StartTime": "00:00:00", "EndTime": "24:00:00"}])
KINDS = (
    {"ScheduleType": "ONCE"},
    {"ScheduleType": "EVERYDAY", "ScheduleTimes": WHOLE_DAY},
    {"ScheduleType": "EVERYDAY", "ScheduleTimes": WHOLE_DAY},
)


def create(name: str, kind: dict, devices: int):
    """Slices of 2 s every minute, of demo cameras, looked at by the cheapest algorithm."""
    return rpc(
        "CreateComputeInstance",
        {
            "InstanceName": name,
            "AlgorithmType": "REALTIME_STREAM",
            "Devices": [{"DeviceId": f"cam-{i}", "StartStream": True} for i in range(devices)],
            "Algorithms": [{"AlgorithmId": "3", "AlgorithmName": "motion"}],
            "IsPolling": "true",
            "SliceExecutionTime": "2",
            "OverallExecutionTime": "1",
            **kind,
        },
    )


class Worker(threading.Thread):
    """Creates and deletes until the server is gone; what it knows of its own instances outlives the rounds."""

    def __init__(self, number: int, port: int, seed: int, alive: set[int], newest: int):
        super().__init__(daemon=True)
        self.number, self.port, self.random = number, port, random.Random(seed)
        self.alive, self.newest = alive, newest
        self.deleted: set[int] = set()
        self.deleting: list[int] = []  # sent, not acknowledged
        self.calls = 0
        self.fault = ""

    def run(self) -> None:
        try:
            while True:
                if len(self.alive) < ALIVE or self.random.random() < 0.4:
                    self.create_one()
                else:
                    self.delete_some()
                self.calls += 1
        except GONE:
            pass
        except Exception as error:
            self.fault = repr(error)

    def create_one(self) -> None:
        name = f"worker {self.number} call {self.calls}"
        answer = create(name, self.random.choice(KINDS), self.random.randint(1, 2)).send(self.port)
        if answer.status != 200 or answer.code != "0":
            raise AssertionError(f"{name}: {answer}")
        made = int(answer.json["Data"]["InstanceId"])
        if made <= self.newest:
            raise AssertionError(f"id {made} was given out after {self.newest}")
        self.newest = made
        self.alive.add(made)

    def delete_some(self) -> None:
        count = self.random.randint(1, min(3, len(self.alive)))
        self.deleting = self.random.sample(sorted(self.alive), count)
        answer = rpc("BatchDeleteInstance", {"InstanceIds": [str(i) for i in self.deleting]}).send(self.port)
        if answer.status != 200 or answer.code != "0":
            raise AssertionError(f"deleting {self.deleting}: {answer}")
        self.alive -= set(self.deleting)
        self.deleted |= set(self.deleting)
        self.deleting = []


def pages(port: int, action: str, **fields) -> list[dict]:
    """Every item of a list."""
    items: list[dict] = []
    for page in range(1, 10_000):
        answer = rpc(action, fields | {"PageSize": "100", "CurrentPage": str(page)}).send(port)
        if answer.status != 200:
            raise AssertionError(f"{action}: {answer}")
        items += answer.json["Data"]["Items"]
        if len(answer.json["Data"]["Items"]) < 100:
            return items
    raise AssertionError(f"{action} has no last page")


def rows(store: pathlib.Path, query: str) -> list[tuple]:
    """Reads the store and cannot write it."""
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30)) as database:
        return database.execute(query).fetchall()


class Kill(unittest.TestCase):
    def setUp(self) -> None:
        self.random = random.Random(SEED)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.server = Server(CAMFLEET, self.folder)
        self.clock, self.begun = START, time.monotonic()
        self.alive: set[int] = set()
        self.deleted: set[int] = set()
        self.ended: dict[tuple, tuple] = {}  # slices that have an outcome
        self.open: set[tuple] = set()  # slices that were open at a kill
        self.deleting: list[list[int]] = []  # batches that were sent and not acknowledged
        self.calls = self.kills = self.opened = self.sound = 0

    def options(self) -> list[str]:
        """A clock that is later than any that the store has seen."""
        passed = (time.monotonic() - self.begun) * SPEED + self.random.uniform(1, 120)
        self.clock += datetime.timedelta(seconds=passed)
        self.begun = time.monotonic()
        return ["--clock", self.clock.strftime("%Y-%m-%dT%H:%M:%SZ"), "--speed", str(SPEED)]

    def kill(self) -> None:
        """Kills it, and notes what the store holds, by a copy: reading a journal may write."""
        self.server.kill()
        self.kills += 1
        copy = self.folder / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for file in self.folder.glob(self.server.store.name + "*"):
            shutil.copy(file, copy)
        store = copy / self.server.store.name
        if not store.exists():
            return
        with contextlib.closing(sqlite3.connect(store)) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
            if not database.execute("SELECT 1 FROM sqlite_master WHERE name = 'open_slices'").fetchall():
                return
            open_now = database.execute("SELECT instance, device, due FROM open_slices").fetchall()
            ended = database.execute("SELECT instance, device, due, outcome, line FROM slices").fetchall()
        self.keep_ended(ended)
        self.assertEqual(set(open_now) & self.ended.keys(), set(), "open and ended at once")
        self.open |= set(open_now)
        self.opened += len(open_now)

    def keep_ended(self, ended: list[tuple]) -> None:
        """No slice twice; one that has an outcome keeps it, to the letter."""
        found = {row[:3]: row[3:] for row in ended}
        self.assertEqual(len(found), len(ended), "a slice is there twice")
        changed = {key: (was, found.get(key)) for key, was in self.ended.items() if found.get(key) != was}
        self.assertEqual(changed, {}, "outcomes that changed")
        self.ended = found

    def storm(self) -> None:
        """Four threads at work until it is killed."""
        newest = max(self.alive | self.deleted, default=0)
        own = sorted(self.alive)
        workers = [
            Worker(i, self.server.port, self.random.randrange(10**9), set(own[i::THREADS]), newest)
            for i in range(THREADS)
        ]
        for worker in workers:
            worker.start()
        time.sleep(self.random.choice((0.02, 0.3, 1, 2)) * self.random.random())
        self.kill()
        for worker in workers:
            worker.join(60)
            self.assertFalse(worker.is_alive(), "a call hangs though the server is gone")
            self.assertEqual(worker.fault, "")
        made = [one for worker in workers for one in worker.alive | worker.deleted if one > newest]
        self.assertEqual(len(made), len(set(made)), "an id was given out twice")
        self.alive = set().union(*(worker.alive for worker in workers))
        self.deleted |= set().union(*(worker.deleted for worker in workers))
        self.deleting = [worker.deleting for worker in workers if worker.deleting]
        self.calls += sum(worker.calls for worker in workers)

    def check_instances(self) -> None:
        listed = [int(item["InstanceId"]) for item in pages(self.server.port, "ListInstances")]
        self.assertEqual(len(listed), len(set(listed)), "an instance is listed twice")
        unsure = {one for batch in self.deleting for one in batch}
        self.assertEqual((self.alive - unsure) - set(listed), set(), "acknowledged creates that are gone")
        self.assertEqual(self.deleted & set(listed), set(), "acknowledged deletes that are still there")
        for batch in self.deleting:
            self.assertIn(len(set(batch) & set(listed)), (0, len(batch)), f"{batch} was deleted in part")
        # What was sent and not acknowledged may have come about: at most one call of each thread.
        self.assertLessEqual(len(set(listed) - self.alive), THREADS)
        self.deleted |= self.alive - set(listed)
        self.alive = set(listed)

    def check_slices(self) -> None:
        end = time.monotonic() + SETTLE_SECONDS
        while True:
            self.keep_ended(rows(self.server.store, "SELECT instance, device, due, outcome, line FROM slices"))
            self.open -= self.ended.keys()
            if not self.open:
                break
            self.assertLess(time.monotonic(), end, f"still without outcome: {sorted(self.open)[:5]}")
            time.sleep(0.05)
        for key, (outcome, line) in self.ended.items():
            record = json.loads(line)
            self.assertEqual((record["instance"], record["device"]), (str(key[0]), key[1]))
            self.assertEqual(record["outcome"], outcome)

    def check_listed_slices(self) -> None:
        """Of one instance, as the API tells it."""
        one = self.random.choice(sorted(self.alive))
        slices = pages(self.server.port, "ListSlices", InstanceId=str(one), To=self.clock.isoformat())
        names = [(item["DeviceId"], item["DueAt"]) for item in slices]
        self.assertEqual(len(names), len(set(names)), f"a slice of instance {one} is listed twice")

    def round(self, number: int) -> None:
        if number and self.random.random() < 0.25:
            self.server.launch(*self.options())
            time.sleep(self.random.uniform(0, 0.4))
            self.kill()
        self.server.start(*self.options())
        if number:
            self.check_instances()
            self.check_slices()
            if self.alive:
                self.check_listed_slices()

    def test_rounds(self) -> None:
        for number in range(ROUNDS + 1):
            with self.subTest(seed=SEED, round=number):
                self.round(number)
                if number < ROUNDS:
                    self.storm()
                self.sound = number + 1
            if self.sound <= number:
                return self.server.kill()
        self.assertEqual(self.server.stop(), 0)
        said = f"{self.calls} calls, {self.kills} kills, {self.opened} slices open at them, {len(self.ended)} ended"
        print(said, file=sys.stderr)
        self.assertGreater(self.calls, ROUNDS)
        self.assertGreater(len(self.ended), 0)


if __name__ == "__main__":
    print(f"seed {SEED}", file=sys.stderr, flush=True)
    unittest.main(argv=sys.argv[:1])
