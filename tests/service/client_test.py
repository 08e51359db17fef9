"""The command line's own client before servers that lie, stumble or are others: one line says what was wrong.

Usage: client_test.py CAMFLEET
"""

import contextlib
import json
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from collections.abc import Callable

from server import make_certificate

CAMFLEET = sys.argv.pop(1)
FAILED, WRONG = 3, 2  # exit codes: nobody answers, and what is answered is no answer
SOON_SECONDS = 8
BODY = json.dumps({"Code": "0", "Message": "", "RequestId": "1", "Data": {"Items": [], "TotalCount": 0}}).encode()
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
TOO_LARGE = json.dumps({"Code": "RequestEntityTooLarge", "Message": "less, please"}).encode()
REFUSAL = b"HTTP/1.1 413 Content Too Large\r\nContent-Length: %d\r\n\r\n%s" % (len(TOO_LARGE), TOO_LARGE)


class Liar:
    """Treats each connection by a function, on a thread of its own."""

    def __init__(self, treat: Callable[[socket.socket], None], tls: ssl.SSLContext | None = None):
        self._treat, self._tls = treat, tls
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = self.socket.accept()[0]
                threading.Thread(target=self._meet, args=(connection,), daemon=True).start()

    def _meet(self, connection: socket.socket) -> None:
        connection.settimeout(60)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with contextlib.suppress(OSError), connection:
            if self._tls is None:
                self._treat(connection)
                return
            with self._tls.wrap_socket(connection, server_side=True) as shaken:
                self._treat(shaken)
                shaken.unwrap()


def read_request(connection: socket.socket) -> bytes:
    said = b""
    while b"\r\n\r\n" not in said:
        said += connection.recv(65536) or b"\r\n\r\n"
    length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", said)
    end = said.index(b"\r\n\r\n") + 4 + (int(length[1]) if length else 0)
    while len(said) < end and (part := connection.recv(65536)):
        said += part
    return said


def answers(*parts: bytes) -> Callable[[socket.socket], None]:
    """Reads the request, says these and closes."""

    def treat(connection: socket.socket) -> None:
        read_request(connection)
        for part in parts:
            connection.sendall(part)

    return treat


def floods(head: bytes, part: bytes) -> Callable[[socket.socket], None]:
    """Reads the request, says `head` once, and `part` without end."""

    def treat(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(head)
        while True:
            connection.sendall(part)

    return treat


def refuses_early(connection: socket.socket) -> None:
    """Closes while most of the request is unread, so that its kernel resets the connection."""
    connection.recv(100)
    connection.sendall(REFUSAL)


class Client(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.here, cls.here_key = make_certificate(cls.folder, "here", "IP:127.0.0.1,DNS:localhost")
        cls.there, cls.there_key = make_certificate(cls.folder, "there", "DNS:there.example")
        cls.large = cls.folder / "large.json"
        cls.large.write_text(json.dumps({"InstanceName": "x" * 4_000_000}))

    def serve(self, treat: Callable[[socket.socket], None], tls: bool | str = False) -> str:
        """A server; its URL."""
        context = None
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*((self.there, self.there_key) if tls == "there" else (self.here, self.here_key)))
        liar = Liar(treat, context)
        self.addCleanup(liar.socket.close)
        return f"http{'s' if tls else ''}://127.0.0.1:{liar.port}"

    def run_it(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [CAMFLEET, *arguments], capture_output=True, text=True, timeout=100, env=os.environ | environment
        )

    def fails(self, endpoint: str, *words: str, ca: str = "", code: int = FAILED, place: str = "") -> str:
        """One line that names the endpoint, or another place, and has these words; at once."""
        begun = time.monotonic()
        done = self.run_it("list", "--endpoint", endpoint, *(("--ca", ca) if ca else ()))
        after = time.monotonic() - begun
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (code, "", 1), done)
        self.assertIn(f"{place or endpoint}: ", done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)
        self.assertLess(after, SOON_SECONDS, done)
        return done.stderr

    def lists(self, endpoint: str, *options: str, **environment: str) -> None:
        done = self.run_it("list", "--json", "--endpoint", endpoint, *options, **environment)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done)
        self.assertEqual(json.loads(done.stdout)["Code"], "0")

    def test_the_request(self) -> None:
        heard: list[bytes] = []

        def treat(connection: socket.socket) -> None:
            heard.append(read_request(connection))
            connection.sendall(WHOLE)
            heard.append(connection.recv(100))

        endpoint = self.serve(treat)
        # A proxy of the environment is not asked.
        self.lists(endpoint + "/a/../b%2f", http_proxy="http://127.0.0.1:1", ALL_PROXY="http://127.0.0.1:1")
        head, _, body = heard[0].partition(b"\r\n\r\n")
        first, *lines = head.decode().split("\r\n")
        fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
        self.assertEqual(first, "POST /a/../b%2f HTTP/1.1")
        self.assertEqual(fields.pop("content-length"), str(len(body)))
        expected = {
            "host": endpoint.removeprefix("http://"),
            "user-agent": "camfleet",
            "content-type": "application/x-www-form-urlencoded",
            "connection": "close",
        }
        self.assertEqual(fields, expected)
        self.assertIn(b"Action=ListInstances", body)
        for _ in range(100):
            if len(heard) == 2:
                break
            time.sleep(0.02)
        self.assertEqual(heard[1:], [b""], "the connection is closed, and there is no other")

    def test_answers(self) -> None:
        chunks = b"".join(b"%x;a=b\r\n%s\r\n" % (len(part), part) for part in (BODY[:7], BODY[7:]))
        head = b"HTTP/1.1 200 OK\r\n"
        for name, parts in {
            "whole": (WHOLE,),
            "byte by byte": tuple(WHOLE[at : at + 1] for at in range(len(WHOLE))),
            "chunks": (head + b"Transfer-Encoding: chunked\r\n\r\n", chunks, b"0\r\nA: b\r\n\r\n"),
            "until it closes": (head + b"\r\n", BODY),
            "HTTP/1.0": (WHOLE.replace(b"HTTP/1.1", b"HTTP/1.0"),),
            "more than it announced": (WHOLE, b"and more"),
        }.items():
            for tls in (False, True):
                with self.subTest(name, tls=tls):
                    self.lists(self.serve(answers(*parts), tls), *(("--ca", self.here) if tls else ()))

    def test_a_large_request(self) -> None:
        """It is sent at once, without asking whether it may."""
        heard: list[bytes] = []

        def treat(connection: socket.socket) -> None:
            heard.append(read_request(connection))
            connection.sendall(WHOLE)

        for tls in (False, True):
            ca = ("--ca", self.here) if tls else ()
            done = self.run_it("create", "--endpoint", self.serve(treat, tls), "--file", str(self.large), *ca)
            self.assertEqual((done.returncode, done.stderr), (0, ""), done)
            self.assertIn(b"InstanceName=" + b"x" * 4_000_000, heard[-1])
            self.assertNotIn(b"expect", heard[-1].partition(b"\r\n\r\n")[0].lower())

    def test_an_answer_before_the_request_is_read(self) -> None:
        for tls in (False, True):
            endpoint = self.serve(refuses_early, tls)
            ca = ("--ca", self.here) if tls else ()
            said = [
                self.run_it("create", "--endpoint", endpoint, "--file", str(self.large), *ca).stderr for _ in range(10)
            ]
            # The reset may come between a look for an answer and the sending, which loses it.
            heard = [line for line in said if "RequestEntityTooLarge: less, please" in line]
            self.assertGreaterEqual(len(heard), 9, set(said))

    def test_an_answer_while_the_request_is_read_no_more(self) -> None:
        """Nor is the connection closed; an answer that is whole is enough."""
        closing = REFUSAL.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")

        def treat(connection: socket.socket) -> None:
            connection.recv(100)
            time.sleep(0.3)
            connection.sendall(closing)
            time.sleep(30)

        begun = time.monotonic()
        done = self.run_it("create", "--endpoint", self.serve(treat), "--file", str(self.large))
        self.assertIn("RequestEntityTooLarge: less, please", done.stderr)
        self.assertLess(time.monotonic() - begun, SOON_SECONDS)

    def test_no_connection(self) -> None:
        with contextlib.closing(socket.socket()) as bound:
            bound.bind(("127.0.0.1", 0))
            for scheme in ("http", "https"):
                endpoint = f"{scheme}://127.0.0.1:{bound.getsockname()[1]}"
                self.fails(endpoint, "cannot be reached: Connection refused")
        self.fails("http://nobody.invalid", "no such host: ")

    def test_no_http(self) -> None:
        for name, parts in {
            "garbage": (b"\x00\x01garbage\r\n\r\n", bytes(1000)),
            "HTTP/0.9": (BODY,),
            "SSH": (b"SSH-2.0-OpenSSH_9.2\r\n",),
            "RTSP": (b"RTSP/1.0 200 OK\r\n\r\n",),
            "HTTP/2": (b"HTTP/2 200 OK\r\nContent-Length: 2\r\n\r\n{}",),
            "no status": (b"HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\n{}",),
            "no chunk": (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",),
            "no length": (b"HTTP/1.1 200 OK\r\nContent-Length: abc\r\n\r\n{}",),
        }.items():
            with self.subTest(name):
                self.fails(self.serve(answers(*parts)), "what it answers is not HTTP: ", code=WRONG)

    def test_a_header_without_end(self) -> None:
        head = b"HTTP/1.1 200 OK\r\n"
        for name, treat in {
            "lines": floods(head, b"X-Padding: " + b"x" * 100 + b"\r\n"),
            "one line": floods(head + b"X-Padding: ", b"x" * 1000),
            "status line": floods(b"HTTP/1.1 200 ", b"x" * 1000),
        }.items():
            with self.subTest(name):
                self.fails(self.serve(treat), "the header of its answer is larger than 65536 bytes", code=WRONG)

    def test_a_body_without_end(self) -> None:
        head = b"HTTP/1.1 200 OK\r\n"
        # One that is announced is not waited for.
        announced = head + b"Content-Length: %d\r\n\r\n"
        for name, treat in {
            "announced": floods(announced % (64 * 1024 * 1024 + 1), b""),
            "terabytes": floods(announced % (1 << 50), b""),
            "beyond numbers": floods(announced % (10**30), b""),
            "chunks": floods(head + b"Transfer-Encoding: chunked\r\n\r\n", b"100000\r\n" + bytes(1 << 20) + b"\r\n"),
            "without length": floods(head + b"\r\n", bytes(1 << 20)),
        }.items():
            with self.subTest(name):
                self.fails(self.serve(treat), f"its answer is larger than {64 * 1024 * 1024} bytes", code=WRONG)

    def test_broken_off(self) -> None:
        head = b"HTTP/1.1 200 OK\r\n"
        for name, parts in {
            "at once": (),
            "in the status line": (b"HTTP/1.1 2",),
            "in the header": (head + b"Content-Type: applic",),
            "after a line of the header": (head + b"Content-Type: text/plain\r\n",),
            "after the header": (head + b"Content-Length: 5\r\n\r\n",),
            "in the body": (WHOLE[:-5],),
            "in a chunk": (head + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab",),
            "after a chunk": (head + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n",),
        }.items():
            for tls in (False, True):
                with self.subTest(name, tls=tls):
                    endpoint = self.serve(answers(*parts), tls)
                    self.fails(endpoint, "broke off before its answer was whole: ", ca=self.here if tls else "")

    def test_trust(self) -> None:
        here, there = self.serve(answers(WHOLE), True), self.serve(answers(WHOLE), "there")
        self.lists(here, "--ca", self.here)
        self.lists(here.replace("127.0.0.1", "localhost"), "--ca", self.here)
        self.lists(here, SSL_CERT_FILE=self.here)
        # A CA that is named stands beside the system's, not in their place.
        self.lists(here, "--ca", self.there, SSL_CERT_FILE=self.here)
        for ca in ("", self.there):
            self.fails(here, "its certificate is not trusted: ", "; name its CA with --ca", ca=ca)
        self.fails(there, "its certificate is of another host: ", ca=self.there)
        for text in (b"no certificate", b"", pathlib.Path(self.here_key).read_bytes()):
            file = self.folder / "bad.pem"
            file.write_bytes(text)
            with self.subTest(text[:20]):
                self.fails(here, "is no file of PEM certificates: ", ca=str(file), code=WRONG, place=str(file))

    def test_no_tls(self) -> None:
        for name, treat in {
            "HTTP": lambda connection: (connection.recv(100), connection.sendall(REFUSAL)),
            "nothing": lambda connection: connection.recv(1 << 20),
        }.items():
            with self.subTest(name):
                endpoint = self.serve(treat).replace("http://", "https://")
                self.fails(endpoint, "no TLS: ", "; does it speak https?")

    def test_a_redirect_is_not_followed(self) -> None:
        other = self.serve(answers(WHOLE))
        leads = f"HTTP/1.1 307 Elsewhere\r\nLocation: {other}\r\nContent-Length: 0\r\n\r\n"
        endpoint = self.serve(answers(leads.encode()))
        self.fails(endpoint, "answers HTTP 307 with what is no answer of the API", code=WRONG)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
