"""Callers who mean harm: pages of other sites, bodies without a key, signatures that are dear to check, no memory left.

Usage: hostile_caller_test.py CAMFLEET.
"""

import base64
import contextlib
import http.client
import json
import os
import pathlib
import re
import resource
import socket
import struct
import sys
import tempfile
import threading
import time
import unittest
import zlib

from server import FORM, Server, rpc

CAMFLEET = sys.argv[1]
KEY = ("tester", "secret of the tester")
KEYS = [{"id": KEY[0], "secret": KEY[1], "projects": ["*"]}]
MIB = 1 << 20
CONNECTIONS = 60
BODY = 15 * MIB
MOST_GROWTH = 128 * MIB  # 870 MB where each body was read before anybody asked for a key
MOST_CPU_SECONDS = 2.0  # 5 where the string to sign stood in memory
PROBE_SECONDS = 2
IDLE = 1100


def memory(pid: int) -> int:
    """Resident bytes."""
    return int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1]) * resource.getpagesize()


def cpu(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Hostile(unittest.TestCase):
    keys: list | None = None

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.server = Server(CAMFLEET, pathlib.Path(folder.name), self.keys)
        self.server.start()
        self.addCleanup(self.server.kill)

    def ask(self, method: str, target: str, headers: dict, body: bytes = b"") -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        with contextlib.closing(connection):
            connection.request(method, target, body or None, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def assert_well(self) -> None:
        begun = time.monotonic()
        status, text = self.ask("GET", "/healthz", {})
        self.assertEqual((status, text), (200, "ok\n"))
        self.assertLess(time.monotonic() - begun, PROBE_SECONDS)


class Pages(Hostile):
    """Without signatures, on loopback, with a browser open on the same machine."""

    def test_other_sites(self) -> None:
        delete = rpc("BatchDeleteInstance", {"InstanceIds": ["1"]}, where="query").target
        listing = rpc("ListInstances", where="query").target
        own = f"127.0.0.1:{self.server.port}"
        cases = [
            ("a link or a picture", "GET", delete, {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}, 403),
            ("another port", "POST", delete, {"Origin": "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site"}, 403),
            ("a form", "POST", delete, {"Origin": "https://evil.example"}, 403),
            ("a form of a file", "POST", delete, {"Origin": "null"}, 403),
            ("a rebound name", "GET", delete, {"Host": "evil.example"}, 403),
            ("a rebound name, reading", "GET", listing, {"Host": f"evil.example:{self.server.port}"}, 403),
            ("a rebound name, figures", "GET", "/metrics", {"Host": "evil.example"}, 403),
            ("the address bar, changing", "GET", delete, {"Sec-Fetch-Site": "none"}, 405),
            ("the address bar, reading", "GET", listing, {"Sec-Fetch-Site": "none"}, 200),
            ("a page of our own", "POST", listing, {"Origin": f"http://{own}", "Sec-Fetch-Site": "same-origin"}, 200),
            ("a tunnel", "GET", listing, {"Host": "localhost:9000"}, 200),
            ("no browser", "GET", listing, {}, 200),
        ]
        for what, method, target, headers, status in cases:
            with self.subTest(what):
                self.assertEqual(self.ask(method, target, {"Host": own} | headers)[0], status)


class Bodies(Hostile):
    keys = KEYS

    def flood(self, head: bytes) -> list[bytes]:
        """Large bodies at once; what each of them was answered."""
        before = memory(self.server.pid)
        head += f"Content-Type: {FORM}\r\nContent-Length: {BODY}\r\n\r\n".encode()
        with contextlib.ExitStack() as stack:
            sockets = [
                stack.enter_context(socket.create_connection(("127.0.0.1", self.server.port), timeout=30))
                for _ in range(CONNECTIONS)
            ]
            piece = b"a" * MIB
            for one in sockets:
                one.sendall(head)
            most = 0
            for _ in range(BODY // MIB - 1):
                for one in sockets:
                    one.settimeout(0.5)
                    with contextlib.suppress(OSError):
                        one.sendall(piece)
                most = max(most, memory(self.server.pid) - before)
            self.assert_well()
            self.assertLess(most, self.most_growth)
            answers = []
            for one in sockets:
                one.settimeout(2)
                answers.append(b"")
                with contextlib.suppress(OSError):
                    answers[-1] = one.recv(4096)
        return answers

    def test_without_a_key(self) -> None:
        self.most_growth = MOST_GROWTH
        answers = self.flood(b"POST / HTTP/1.1\r\nHost: x\r\n")
        self.assertEqual({answer[9:12] for answer in answers if answer}, {b"400"})

    def test_with_a_key_for_all_the_room(self) -> None:
        """One budget for all; the others hear of it."""
        self.most_growth = 512 * MIB
        target = f"/?AccessKeyId={KEY[0]}&Action=UploadFile".encode()
        answers = self.flood(b"POST " + target + b" HTTP/1.1\r\nHost: x\r\n")
        # Who is refused makes room after a while, for one that then never comes to its end.
        statuses = {answer[9:12] for answer in answers if answer}
        self.assertIn(b"503", statuses)
        self.assertLessEqual(statuses, {b"503", b"408"})
        self.assertIn(b"Retry-After: ", next(answer for answer in answers if answer[9:12] == b"503"))

    def test_a_wrong_signature_over_much(self) -> None:
        fields = {"CorpId": "1", "DataSourceId": "1", "FileName": "a", "FileType": "jpg", "FileContent": "+" * (5 * MIB)}
        request = rpc("UploadFile", fields, (KEY[0], "wrong"))
        self.assertGreater(len(request.body), 14 * MIB)
        before = cpu(self.server.pid)
        answer = request.send(self.server.port, timeout=60)
        self.assertEqual(answer.code, "SignatureDoesNotMatch")
        self.assertLess(len(answer.text), 64 * 1024)
        self.assertLess(cpu(self.server.pid) - before, MOST_CPU_SECONDS)


class Probes(Hostile):
    """They answer soon whatever others do."""

    keys = KEYS

    def setUp(self) -> None:
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * IDLE)), hard))
        super().setUp()
        self.server.kill()
        self.server.start("--probe-listen", "127.0.0.1:0")
        self.probe_port = int(re.search(r"probes url=http://127\.0\.0\.1:(\d+)", self.server.said(lately=True))[1])

    def probe(self, port: int) -> float:
        begun = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", "/healthz")
            self.assertEqual(connection.getresponse().read(), b"ok\n")
        return time.monotonic() - begun

    def test_idle_connections(self) -> None:
        """More than there may be: those that have waited longest give way."""
        for port in (self.server.port, self.probe_port):
            with contextlib.ExitStack() as stack:
                address = ("127.0.0.1", port)
                idle = [stack.enter_context(socket.create_connection(address, timeout=30)) for _ in range(IDLE)]
                for one in idle[IDLE // 2 :]:
                    one.sendall(b"GET /healthz HTTP/1.1\r\nHost: ")
                for _ in range(5):
                    self.assertLess(self.probe(port), 1.0)
                self.assertEqual(idle[0].recv(1), b"", "the first one gave way")

    def test_dear_calls(self) -> None:
        fields = {"CorpId": "1", "DataSourceId": "1", "FileName": "a", "FileType": "jpg", "FileContent": "+" * (5 * MIB)}
        # Made once: what the attackers do must not keep this process from asking.
        request = rpc("UploadFile", fields, (KEY[0], "wrong"))
        done = threading.Event()

        def attack() -> None:
            while not done.is_set():
                with contextlib.suppress(OSError, http.client.HTTPException):
                    request.send(self.server.port, timeout=60)

        attackers = [threading.Thread(target=attack) for _ in range(4)]
        for one in attackers:
            one.start()
        try:
            time.sleep(1)
            slowest = max(self.probe(port) for port in (self.probe_port, self.server.port) for _ in range(20))
        finally:
            done.set()
            for one in attackers:
                one.join()
        self.assertLess(slowest, 1.0)

    def test_large_pictures(self) -> None:
        """A PNG of 33 megapixels costs 2 s and 420 MB: of many at once some are refused, and nobody else waits."""
        rows = zlib.compress((b"\0" + bytes(7680 * 3)) * 4320)
        head = struct.pack(">IIBBBBB", 7680, 4320, 8, 2, 0, 0, 0)
        chunks = [(b"IHDR", head), (b"IDAT", rows), (b"IEND", b"")]
        packed = (struct.pack(">I", len(d)) + n + d + struct.pack(">I", zlib.crc32(n + d)) for n, d in chunks)
        picture = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(packed)).decode()
        known = {"CorpId": "1", "DataSourceName": "shelf", "DataSourceType": "PIC"}
        source = rpc("AddDataSource", known, KEY).send(self.server.port).json["Data"]["DataSourceId"]
        fields = {"CorpId": "1", "DataSourceId": source, "FileName": "a", "FileType": "png", "FileContent": picture}
        requests = [rpc("UploadFile", fields, KEY) for _ in range(80)]
        answers: list = []

        def attack(request) -> None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                answers.append(request.send(self.server.port, timeout=120))

        before = memory(self.server.pid)
        attackers = [threading.Thread(target=attack, args=(one,)) for one in requests]
        for one in attackers:
            one.start()
        time.sleep(1)
        slowest = max(self.probe(port) for port in (self.probe_port, self.server.port) for _ in range(20))
        begun = time.monotonic()
        listed = rpc("ListFindings", {"PageSize": "100"}, KEY).send(self.server.port)
        took = time.monotonic() - begun
        growth = memory(self.server.pid) - before
        self.server.kill()  # it would go on for a minute
        for one in attackers:
            one.join()
        self.assertLess(slowest, 1.0)
        self.assertEqual(listed.code, "0", listed.text)
        self.assertLess(took, 2.0)
        self.assertLess(growth, 1500 * MIB)
        refused = [one for one in answers if one.status == 503]
        self.assertGreaterEqual(len(refused), 10, [one.text for one in answers])
        self.assertEqual({one.retry_after for one in refused}, {"1"})

    def test_nothing_else_is_answered_there(self) -> None:
        for target in ("/", rpc("ListInstances", where="query").target, "/healthz/"):
            connection = http.client.HTTPConnection("127.0.0.1", self.probe_port, timeout=30)
            with contextlib.closing(connection):
                connection.request("GET", target)
                self.assertEqual(connection.getresponse().status, 404)
        for path in ("/readyz", "/metrics"):
            connection = http.client.HTTPConnection("127.0.0.1", self.probe_port, timeout=30)
            with contextlib.closing(connection):
                connection.request("GET", path)
                self.assertEqual(connection.getresponse().status, 200)


@unittest.skipIf(b"__asan_init" in pathlib.Path(CAMFLEET).read_bytes(), "its allocator ends the process")
class NoMemory(Hostile):
    """Of an address space that is nearly used up."""

    def test_a_connection_ends_alone(self) -> None:
        used = int(re.search(r"VmSize:\s+(\d+) kB", pathlib.Path(f"/proc/{self.server.pid}/status").read_text())[1])
        resource.prlimit(self.server.pid, resource.RLIMIT_AS, (used * 1024 + 40 * MIB,) * 2)
        fields = {"CorpId": "1", "DataSourceId": "1", "FileName": "a", "FileType": "jpg", "FileContent": "a" * (15 * MIB)}
        for _ in range(5):
            with contextlib.suppress(OSError, http.client.HTTPException):
                rpc("UploadFile", fields, where="query").send(self.server.port)
            request = rpc("UploadFile", fields)
            with contextlib.suppress(OSError, http.client.HTTPException):
                request.send(self.server.port)
            self.assert_well()
        text = self.ask("GET", "/metrics", {})[1]
        self.assertRegex(text, r'camfleet_api_calls_total\{action="unknown",code="OutOfMemory"\} \d+')
        self.assertIn("no memory for a call", self.server.said())


if __name__ == "__main__":
    unittest.main(argv=[sys.argv[0], *sys.argv[2:]])
