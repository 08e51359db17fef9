"""Clients that create and delete without pause, and what must hold when their server ends and starts again."""

import contextlib
import datetime
import http.client
import json
import pathlib
import random
import shutil
import sqlite3
import tempfile
import threading
import time
import unittest

from server import Answer, Http, Server, rpc

KEPT = 20  # instances that all clients keep: what is due of them is less than two cores decode
PAGE = 100
SPEED = 10
CALL_SECONDS = 30
SETTLE_SECONDS = 60  # until what was open at the end has its outcome
START = datetime.datetime(2026, 3, 2, 2, 0, tzinfo=datetime.timezone.utc)
GONE = (OSError, http.client.HTTPException)

WHOLE_DAY = json.dumps([{"StartTime": "00:00:00", "EndTime": "24:00:00"}])
KINDS = (
    {"ScheduleType": "ONCE"},
    {"ScheduleType": "EVERYDAY", "ScheduleTimes": WHOLE_DAY},
    {"ScheduleType": "EVERYDAY", "ScheduleTimes": WHOLE_DAY},
)


def create(name: str, kind: dict, devices: int) -> Http:
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
    """Creates and deletes until the server is gone; what it knows of its own instances outlives the rounds.

    `lists`: it lists them, too. Those of an even number stay on one connection.
    """

    def __init__(self, number: int, port: int, seed: int, alive: set[int], newest: int, keeps: int, lists: bool):
        super().__init__(daemon=True)
        self.number, self.random = number, random.Random(seed)
        self.keeps, self.lists = keeps, lists
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=CALL_SECONDS)
        self.alive, self.newest = alive, newest
        self.deleted: set[int] = set()
        self.deleting: list[int] = []  # sent, not acknowledged
        self.calls = 0
        self.gone_at = 0.0
        self.fault = ""

    def run(self) -> None:
        try:
            while True:
                self.act()
                self.calls += 1
        except TimeoutError:
            self.fault = f"no answer within {CALL_SECONDS} s"
        except GONE:
            self.gone_at = time.monotonic()
        except Exception as error:
            self.fault = repr(error)
        finally:
            self.connection.close()

    def act(self) -> None:
        if self.lists and self.random.random() < 0.3:
            self.list_all()
        elif len(self.alive) < self.keeps or self.random.random() < 0.4:
            self.create_one()
        else:
            self.delete_some()

    def ask(self, what: str, request: Http) -> Answer:
        answer = request.over(self.connection)
        if self.number % 2:
            self.connection.close()
        if answer.status == 503:
            raise ConnectionAbortedError(answer.message)  # it is about to end
        if answer.status != 200 or answer.code != "0":
            raise AssertionError(f"{what}: {answer}")
        return answer

    def create_one(self) -> None:
        name = f"worker {self.number} call {self.calls}"
        answer = self.ask(name, create(name, self.random.choice(KINDS), self.random.randint(1, 2)))
        made = int(answer.json["Data"]["InstanceId"])
        if made <= self.newest:
            raise AssertionError(f"id {made} was given out after {self.newest}")
        self.newest = made
        self.alive.add(made)

    def delete_some(self) -> None:
        count = self.random.randint(1, min(3, len(self.alive)))
        self.deleting = self.random.sample(sorted(self.alive), count)
        self.ask(
            f"deleting {self.deleting}", rpc("BatchDeleteInstance", {"InstanceIds": [str(i) for i in self.deleting]})
        )
        self.alive -= set(self.deleting)
        self.deleted |= set(self.deleting)
        self.deleting = []

    def list_all(self) -> None:
        """What was answered before is in the list."""
        data = self.ask("list", rpc("ListInstances", {"PageSize": str(PAGE)})).json["Data"]
        listed = {int(item["InstanceId"]) for item in data["Items"]}
        if self.deleted & listed or (data["TotalCount"] <= PAGE and self.alive - listed):
            raise AssertionError(f"{self.alive} are there, {self.deleted} are deleted; listed: {listed}")


def pages(port: int, action: str, **fields) -> list[dict]:
    """Every item of a list."""
    items: list[dict] = []
    token = {}
    for _ in range(10_000):
        answer = rpc(action, fields | {"PageSize": str(PAGE)} | token).send(port)
        if answer.status != 200:
            raise AssertionError(f"{action}: {answer}")
        data = answer.json["Data"]
        items += data["Items"]
        if "NextToken" not in data:
            return items
        token = {"NextToken": data["NextToken"]}
    raise AssertionError(f"{action} has no last page")


def rows(store: pathlib.Path, query: str) -> list[tuple]:
    """Reads the store and cannot write it."""
    with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True, timeout=30)) as database:
        return database.execute(query).fetchall()


class Storm(unittest.TestCase):
    """Rounds of a server under load on one store, and what is known of that; whoever derives says how one ends."""

    binary = ""
    seed = 0
    threads = 4
    lists = False
    storms = (0.02, 0.3, 1, 2)  # the longest of a round, in seconds

    def end(self, starting: bool = False) -> None:
        """Ends the server; `starting`: it may not listen yet."""
        raise NotImplementedError

    def setUp(self) -> None:
        self.random = random.Random(self.seed)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.server = Server(self.binary, self.folder)
        self.clock, self.begun = START, time.monotonic()
        self.alive: set[int] = set()
        self.deleted: set[int] = set()
        self.ended: dict[tuple, tuple] = {}  # slices that have an outcome
        self.open: set[tuple] = set()  # slices that were open at an end
        self.deleting: list[list[int]] = []  # batches that were sent and not acknowledged
        self.calls = self.ends = self.opened = self.found = self.sound = 0

    def options(self) -> list[str]:
        """A clock that is later than any that the store has seen."""
        passed = (time.monotonic() - self.begun) * SPEED + self.random.uniform(1, 120)
        self.clock += datetime.timedelta(seconds=passed)
        self.begun = time.monotonic()
        return ["--clock", self.clock.strftime("%Y-%m-%dT%H:%M:%SZ"), "--speed", str(SPEED)]

    def end_and_note(self, starting: bool = False) -> None:
        """Ends it, and notes what the store holds, by a copy: reading a journal may write."""
        self.end(starting)
        self.ends += 1
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
            findings = database.execute("SELECT instance, device, due, algorithm, at FROM findings").fetchall()
        self.keep_ended(ended)
        self.assertEqual(len(findings), len(set(findings)), "a finding is there twice")
        self.found = len(findings)
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
        """Clients at work until it ends."""
        newest = max(self.alive | self.deleted, default=0)
        workers = []
        for i in range(self.threads):
            own = set(sorted(self.alive)[i :: self.threads])
            seed = self.random.randrange(10**9)
            workers.append(
                Worker(i, self.server.port, seed, own, newest, keeps=KEPT // self.threads, lists=self.lists)
            )
        for worker in workers:
            worker.start()
        time.sleep(self.random.choice(self.storms) * self.random.random())
        ending = time.monotonic()
        self.end_and_note()
        for worker in workers:
            worker.join(60)
            self.assertFalse(worker.is_alive(), "a call hangs though the server is gone")
            self.assertEqual(worker.fault, "")
            self.assertGreater(worker.gone_at, ending, "a client was turned away before the server was ended")
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
        # What was sent and not acknowledged may have come about: at most one call of each client.
        self.assertLessEqual(len(set(listed) - self.alive), self.threads)
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
            for account in record["algorithms"]:
                done = account["analysed"] + account["gated"] + sum(account["dropped"].values())
                self.assertEqual(account["due"], done, line)

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
            self.end_and_note(starting=True)
        self.server.start(*self.options())
        if number:
            self.check_instances()
            self.check_slices()
            if self.alive:
                self.check_listed_slices()

    def run_rounds(self, rounds: int) -> None:
        for number in range(rounds + 1):
            with self.subTest(seed=self.seed, round=number):
                self.round(number)
                if number < rounds:
                    self.storm()
                self.sound = number + 1
            if self.sound <= number:
                return self.server.kill()
        self.assertEqual(self.server.stop(), 0)
        self.assertGreater(self.calls, rounds)
        self.assertGreater(len(self.ended), 0)
        self.assertGreater(self.found, 0)
