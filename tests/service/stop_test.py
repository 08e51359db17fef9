"""SIGTERM and SIGINT under load and with connections open: the service ends in order and soon, and goes on after it.

Usage: stop_test.py CAMFLEET [ROUNDS] [SEED]. The seed is printed first; it gives the same plan of stops, not the same
interleaving.
"""

import contextlib
import http.client
import json
import pathlib
import random
import re
import signal
import socket
import sys
import tempfile
import threading
import time
import unittest

import storm
from server import FORM, Server, rpc

CAMFLEET = sys.argv[1]
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 10
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else random.randrange(10**9)
STOP_SECONDS = 20  # under load
PROMPT_SECONDS = 5  # with little to do
HEAD = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\n".encode()
LIST = rpc("ListInstances", where="query").target
ASKED = f"GET {LIST} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()

# Models need not be there, and a machine may be too slow for a camera: warnings are no fault.
WELL = re.compile(r"\S+Z (info|warn) .*")


class Stopping(unittest.TestCase):
    """What an end in order is."""

    def assert_stops(self, server: Server, by: int, within: float, codes: tuple = (0,)) -> float:
        """Sends the signal; after how many seconds it has ended."""
        begun = time.monotonic()
        code = server.stop(by, within)
        took = time.monotonic() - begun
        said = server.said(lately=True)
        self.assertNotEqual(code, -signal.SIGKILL, f"it had not ended {within} s after {signal.Signals(by).name}")
        self.assertIn(code, codes, said)
        self.assertEqual([line for line in said.splitlines() if not WELL.fullmatch(line)], [])
        if code == 0:
            self.assertRegex(said, r"\S+Z info stopped\n\Z")
        return took


class Storm(Stopping, storm.Storm):
    """Eight clients create, list and delete at every stop."""

    binary = CAMFLEET
    seed = SEED
    threads = 8
    lists = True
    storms = (0.02, 1, 3, 6)
    longest = 0.0

    def end(self, starting: bool = False) -> None:
        if starting:
            # Before it watches for signals it ends by them.
            self.assert_stops(self.server, signal.SIGTERM, STOP_SECONDS, (0, -signal.SIGTERM))
            return
        by = signal.SIGINT if self.ends % 3 == 2 else signal.SIGTERM
        self.longest = max(self.longest, self.assert_stops(self.server, by, STOP_SECONDS))

    def test_rounds(self) -> None:
        self.run_rounds(ROUNDS)
        print(
            f"{self.calls} calls, {self.ends} stops, the longest {self.longest:.1f} s, "
            f"{self.opened} slices open at them, {len(self.ended)} ended",
            file=sys.stderr,
        )


class Idle(Stopping):
    """Nothing is under way that would be worth waiting for."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.server = Server(CAMFLEET, pathlib.Path(folder.name))

    def assert_stops_promptly(self, by: int) -> None:
        self.assert_stops(self.server, by, PROMPT_SECONDS)

    def test_open_connections(self) -> None:
        """One that asked before and is kept, and ones that never ask to the end: both sides of each end."""
        kinds = {
            "silent": b"",
            "kept": ASKED,
            "half a line": b"POST / HT",
            "half a header": HEAD,
            "half a body": HEAD + b"Content-Length: 1000\r\n\r\nAction=ListInst",
            "half of the chunks": HEAD + b"Transfer-Encoding: chunked\r\n\r\n6\r\nAction\r\n",
        }
        for by in (signal.SIGTERM, signal.SIGINT):
            for name, data in kinds.items():
                with self.subTest(name, by=by.name), contextlib.ExitStack() as stack:
                    self.server.start()
                    stack.callback(self.server.kill)
                    address = ("127.0.0.1", self.server.port)
                    connection = stack.enter_context(socket.create_connection(address, timeout=10))
                    connection.sendall(data)
                    if data == ASKED:
                        response = http.client.HTTPResponse(connection)
                        response.begin()
                        self.assertEqual((response.status, response.will_close), (200, False), response.read())
                    # Another's answer: what was sent before it has come in.
                    self.assertEqual(rpc("ListInstances").send(self.server.port).status, 200)
                    self.assert_stops_promptly(by)
                    with contextlib.suppress(ConnectionResetError):
                        self.assertEqual(connection.recv(1), b"")

    def test_connections_that_wait_for_answers(self) -> None:
        """Each asks on and reads nothing."""
        self.server.start()
        self.addCleanup(self.server.kill)
        with contextlib.ExitStack() as stack:
            for _ in range(8):
                connection = stack.enter_context(socket.create_connection(("127.0.0.1", self.server.port)))
                connection.setblocking(False)
                with contextlib.suppress(BlockingIOError):
                    for _ in range(20_000):
                        connection.send(ASKED)
            self.assert_stops_promptly(signal.SIGTERM)

    def test_deleted_instances(self) -> None:
        """The cameras of instances that are gone are not opened any more, however many were to be."""
        self.server.start("--clock", "2026-03-02T02:00:00Z", "--speed", str(storm.SPEED))
        self.addCleanup(self.server.kill)
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        self.addCleanup(connection.close)
        for batch in range(30):
            ids = []
            for number in range(50):
                answer = storm.create(f"batch {batch}, {number}", {"ScheduleType": "ONCE"}, 1).over(connection)
                self.assertEqual(answer.status, 200, answer)
                ids.append(answer.json["Data"]["InstanceId"])
            answer = rpc("BatchDeleteInstance", {"InstanceIds": json.dumps(ids)}).over(connection)
            self.assertEqual(answer.status, 200, answer)
        self.assert_stops_promptly(signal.SIGTERM)

    def test_asked_twice(self) -> None:
        """Somebody is impatient, or a wrapper passes on what its group got: still an end in order."""
        self.server.start()
        self.addCleanup(self.server.kill)
        self.server.send(signal.SIGTERM)
        self.assert_stops_promptly(signal.SIGINT)

    def test_creates_on_their_way(self) -> None:
        """They are answered, or not; those that were answered are there."""
        self.server.start()
        self.addCleanup(self.server.kill)
        made: list[str] = []

        def burst() -> None:
            with contextlib.suppress(*storm.GONE):
                answer = storm.create("burst", storm.KINDS[0], 1).send(self.server.port)
                # One that came too late is turned away.
                if answer.status == 200:
                    made.append(answer.json["Data"]["InstanceId"])

        threads = [threading.Thread(target=burst, daemon=True) for _ in range(64)]
        for thread in threads:
            thread.start()
        self.assert_stops_promptly(signal.SIGTERM)
        for thread in threads:
            thread.join(60)
        self.server.start()
        there = {item["InstanceId"] for item in storm.pages(self.server.port, "ListInstances")}
        self.assertEqual(set(made) - there, set())
        self.assert_stops_promptly(signal.SIGINT)


if __name__ == "__main__":
    print(f"seed {SEED}", file=sys.stderr, flush=True)
    unittest.main(argv=sys.argv[:1])
