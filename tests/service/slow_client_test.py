"""Clients that are slow, many, silent or odd: they cost others nothing, and those that never end are cut off.

Usage: slow_client_test.py CAMFLEET
"""

import contextlib
import http.client
import json
import pathlib
import re
import resource
import socket
import sys
import tempfile
import threading
import time
import unittest

from bad_fields import CREATE
from server import FORM, Http, Server, ended_after, rpc

CAMFLEET = sys.argv[1]
CUT_OFF_SECONDS = 25  # a request that does not come whole is cut off within this
OTHERS_SECONDS = 2  # and nobody else waits so long meanwhile
IDLE = 1000
HEAD = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"


def trickle(port: int, first: bytes, then: bytes, ended: dict, name: str) -> None:
    """Sends `first`, then a byte a second; notes after how many seconds the server ended it, and with what."""
    with socket.create_connection(("127.0.0.1", port)) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(first)
        ended[name] = ended_after(connection, 2 * CUT_OFF_SECONDS, then)


def chunked(port: int, request: Http, size: int) -> http.client.HTTPResponse:
    """Sends the body in chunks of so many bytes, as the vendor's tea clients do."""
    parts = [request.body[at : at + size] for at in range(0, len(request.body), size)]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(request.method, request.target, iter(parts), request.headers, encode_chunked=True)
    response = connection.getresponse()
    response.text = response.read().decode()
    connection.close()
    return response


class SlowClients(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        wanted = IDLE + 200
        if soft < wanted:
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(wanted, hard), hard))
        cls.files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        cls.folder = tempfile.TemporaryDirectory()
        cls.server = Server(CAMFLEET, pathlib.Path(cls.folder.name)).start()
        answer = rpc("CreateComputeInstance", CREATE).send(cls.server.port)
        assert answer.status == 200, answer

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.kill()
        cls.folder.cleanup()

    def answers_quickly(self) -> None:
        begun = time.monotonic()
        answer = rpc("ListInstances").send(self.server.port)
        self.assertEqual(answer.status, 200, answer)
        self.assertLess(time.monotonic() - begun, OTHERS_SECONDS)

    def test_a_byte_a_second(self) -> None:
        """In the request line, the headers, a body with length and a body in chunks."""
        kinds = {
            "line": (b"G", b"E"),
            "headers": (b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ", b"a"),
            "body": (HEAD + b"Content-Length: 1000\r\n\r\n", b"a"),
            "chunks": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
            "silence": (HEAD + b"Content-Length: 1000\r\n\r\nabc", b""),
        }
        ended: dict = {}
        threads = [
            threading.Thread(target=trickle, args=(self.server.port, *kinds[name], ended, name), daemon=True)
            for name in kinds
            for _ in range(10)
        ]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self.answers_quickly()
            time.sleep(0.5)
        for name in kinds:
            with self.subTest(name):
                after, said = ended[name]
                self.assertLess(after, CUT_OFF_SECONDS)
                self.assertIn(b" 408 ", said.split(b"\r\n")[0], said)

    def test_long_lists(self) -> None:
        """A list that fills the body is refused, or taken, while others go on."""
        ids = json.dumps([str(i) for i in range(10**6, 10**6 + 150_000)], separators=(",", ":"))
        for action, name in (
            ("BatchDeleteInstance", "InstanceIds"),
            ("DeleteDevices", "DeviceIdList"),
            ("DescribeDevices", "DeviceIdList"),
            ("StopStreams", "DeviceIdList"),
        ):
            with self.subTest(action):
                request = rpc(action, {name: ids})
                thread = threading.Thread(target=request.send, args=(self.server.port, 60), daemon=True)
                begun = time.monotonic()
                thread.start()
                time.sleep(0.2)
                try:
                    self.answers_quickly()
                finally:
                    thread.join(60)
                self.assertLess(time.monotonic() - begun, OTHERS_SECONDS)

    def test_idle_connections(self) -> None:
        """A thousand that say nothing do not stop a new one."""
        if self.files < IDLE + 100:
            self.skipTest(f"{self.files} open files are too few here; ulimit -n {IDLE + 200}")
        with contextlib.ExitStack() as stack:
            for _ in range(IDLE):
                stack.enter_context(socket.create_connection(("127.0.0.1", self.server.port), timeout=10))
            for _ in range(3):
                self.answers_quickly()
        self.answers_quickly()

    def test_chunks(self) -> None:
        request = rpc("CreateComputeInstance", CREATE, where="split")
        for size in (1, 7, 4096):
            with self.subTest(size):
                response = chunked(self.server.port, request, size)
                self.assertEqual((response.status, response.text[:12]), (200, '{"Code":"0",'), response.text)

    def test_a_reader_that_does_not_read(self) -> None:
        """Asks a thousand times and reads nothing: others are answered."""
        line = rpc("ListAlgorithms", where="query").target
        with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
            connection.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                for _ in range(20_000):
                    connection.send(f"GET {line} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            self.answers_quickly()

    def test_pipelined(self) -> None:
        """Three requests at once on one connection: three answers, in order."""
        targets = [rpc("ListInstances", {"PageSize": str(size)}, where="query").target for size in (1, 2, 3)]
        with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
            connection.sendall("".join(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n" for target in targets).encode())
            said = b""
            while said.count(b'"PageSize"') < 3:
                said += connection.recv(65536)
        self.assertEqual(re.findall(rb'"PageSize":(\d)', said), [b"1", b"2", b"3"])

    def test_broken_off(self) -> None:
        """Clients that leave in the middle of a request or before the answer."""
        body = rpc("CreateComputeInstance", CREATE).body
        length = f"Content-Length: {len(body)}\r\n\r\n".encode()
        for data in (b"", b"POST", HEAD, HEAD + length, HEAD + length + body[:50], HEAD + length + body):
            for _ in range(20):
                with socket.create_connection(("127.0.0.1", self.server.port)) as connection:
                    connection.sendall(data)
        self.answers_quickly()
        self.assertIsNone(self.server.ended())

    def test_large_list_is_taken(self) -> None:
        """10,000 devices, the most of one instance, in one form body of half a megabyte."""
        devices = [{"DeviceId": str(i), "StartStream": False} for i in range(10_000)]
        answer = rpc("CreateComputeInstance", CREATE | {"Devices": devices}).send(self.server.port)
        self.assertEqual((answer.status, answer.code), (200, "0"), answer.message)

    def test_form_without_type(self) -> None:
        """A form body whose type is not said is read; nobody's client sends one, curl's shortest use does."""
        request = rpc("ListInstances")
        self.assertEqual(request.headers, {"Content-Type": FORM})
        self.assertEqual(Http("POST", "/", {}, request.body).send(self.server.port).status, 200)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
