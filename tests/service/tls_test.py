"""HTTPS from outside: who connects right is answered; the others are turned away and cost nobody anything.

Usage: tls_test.py CAMFLEET
"""

import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import warnings
from unittest import mock

from bad_fields import CREATE
from server import FORM, Http, Server, acs3, ended_after, make_certificate, rpc

CAMFLEET = sys.argv[1]
KEY = ("operator", "a secret of the test")
KEYS = [{"id": KEY[0], "secret": KEY[1], "projects": ["2"]}]
CUT_OFF_SECONDS = 25  # a handshake or a request that does not come whole is cut off within this
SOON_SECONDS = 3

# A machine that allows every version: it is the server that must not.
LAX = """
openssl_conf = lax
[lax]
ssl_conf = parts
[parts]
system_default = any
[any]
MinProtocol = TLSv1
CipherString = DEFAULT@SECLEVEL=0
"""


class Tls(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.certificate, cls.key = make_certificate(cls.folder, "here", "IP:127.0.0.1,DNS:localhost")
        cls.other, cls.other_key = make_certificate(cls.folder, "there", "DNS:there.example")
        lax = cls.folder / "lax.cnf"
        lax.write_text(LAX)
        files = ("--tls-cert", cls.certificate, "--tls-key", cls.key)
        with mock.patch.dict(os.environ, OPENSSL_CONF=str(lax)):
            cls.server = Server(CAMFLEET, cls.folder, KEYS, *files).start()
        cls.addClassCleanup(cls.server.kill)

    def trusting(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.certificate)

    def connect(self, timeout: float = 30) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=timeout)

    def https(self) -> http.client.HTTPSConnection:
        return http.client.HTTPSConnection("127.0.0.1", self.server.port, timeout=30, context=self.trusting())

    def assert_answers(self) -> None:
        """Whatever others do, who comes new is answered soon."""
        begun = time.monotonic()
        with contextlib.closing(self.https()) as connection:
            answer = rpc("ListInstances", key=KEY).over(connection)
        self.assertEqual((answer.status, answer.code), (200, "0"), answer)
        self.assertLess(time.monotonic() - begun, SOON_SECONDS)

    def curl(self, host: str, request: Http, *options: str) -> subprocess.CompletedProcess:
        url = f"https://{host}:{self.server.port}{request.target}"
        command = ["curl", "-sS", "--max-time", "20", "--noproxy", "*", "-H", f"Content-Type: {FORM}"]
        return subprocess.run(
            command + ["--data-binary", "@-", *options, url], input=request.body, capture_output=True, timeout=60
        )

    def test_curl(self) -> None:
        trusted = ("--cacert", self.certificate)
        for host in ("127.0.0.1", "localhost"):
            for signed in (rpc("CreateComputeInstance", CREATE, KEY), rpc("ListInstances", key=KEY)):
                with self.subTest(host, body=signed.body[:40]):
                    done = self.curl(host, signed, *trusted)
                    self.assertEqual((done.returncode, json.loads(done.stdout)["Code"]), (0, "0"), done)
        items = json.loads(done.stdout)["Data"]["Items"]
        self.assertIn(CREATE["InstanceName"], [item["InstanceName"] for item in items])
        self.assertEqual(self.curl("127.0.0.1", signed).returncode, 60, "curl trusts it without its certificate")

    def test_keep_alive(self) -> None:
        with contextlib.closing(self.https()) as connection:
            connection.connect()
            first = connection.sock
            devices = [{"DeviceId": str(i), "StartStream": False} for i in range(10_000)]
            for request in (
                rpc("ListInstances", key=KEY),
                rpc("CreateComputeInstance", CREATE | {"Devices": devices}, KEY),  # many records
                acs3("ListInstances", {"PageSize": "1"}, KEY),
            ):
                answer = request.over(connection)
                self.assertEqual((answer.status, answer.code), (200, "0"), answer)
                self.assertIs(connection.sock, first, "the connection was not kept")
            self.assertEqual(rpc("ListInstances").over(connection).status, 400, "unsigned")

    def test_close(self) -> None:
        """The end is said: without that a client cannot know that the answer was whole (RFC 8446, section 6.1)."""
        context = self.trusting()
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        wrapped = context.wrap_socket(self.connect(), server_hostname="127.0.0.1", suppress_ragged_eofs=False)
        with wrapped as connection:
            begun = time.monotonic()
            connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            said = b""
            while part := connection.recv(4096):
                said += part
            self.assertTrue(said.startswith(b"HTTP/1.1 200 ") and said.endswith(b"ok\n"), said)
            self.assertLess(time.monotonic() - begun, SOON_SECONDS)

    def test_plain_http(self) -> None:
        """Ends at once, without an answer that could be taken for one of the service."""
        get = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        for data in (get, rpc("ListInstances", key=KEY).body, b"POST / HTTP/1.1\r\n" + b"a" * 100_000, bytes(1000)):
            with self.subTest(data[:20]), self.connect() as connection:
                with contextlib.suppress(ConnectionError):
                    connection.sendall(data)
                after, said = ended_after(connection, 2 * CUT_OFF_SECONDS)
                self.assertLess(after, SOON_SECONDS)
                self.assertFalse(said.startswith(b"HTTP/1.1 2"), said)
        self.assert_answers()

    def test_slow_handshakes(self) -> None:
        """A client that never shakes hands, or does and asks nothing whole."""
        out = ssl.MemoryBIO()
        with contextlib.suppress(ssl.SSLWantReadError):
            self.trusting().wrap_bio(ssl.MemoryBIO(), out, server_hostname="localhost").do_handshake()
        hello = out.read()
        # What is sent first, and then every second.
        kinds = {
            "silent": (b"", b""),
            "half a hello": (hello[:100], b""),
            "a byte a second": (hello[:1], hello[1:2]),
            "half a request": (b"POST / HTTP/1.1\r\nHost: localhost\r\n", b"a"),
        }
        ended: dict = {}

        def go(name: str, first: bytes, then: bytes) -> None:
            with self.connect() as connection:
                if name == "half a request":
                    connection = self.trusting().wrap_socket(connection, server_hostname="127.0.0.1")
                connection.sendall(first)
                ended[name] = ended_after(connection, 2 * CUT_OFF_SECONDS, then)
                connection.close()

        threads = [threading.Thread(target=go, args=(name, *kinds[name]), daemon=True) for name in kinds]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            self.assert_answers()
            time.sleep(0.5)
        for name in kinds:
            with self.subTest(name):
                self.assertLess(ended[name][0], CUT_OFF_SECONDS)
                self.assertFalse(ended[name][1].startswith(b"HTTP/1.1 2"), ended[name][1])

    def test_versions(self) -> None:
        for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
            with self.subTest(version.name), warnings.catch_warnings(), self.connect() as connection:
                warnings.simplefilter("ignore", DeprecationWarning)
                context = self.trusting()
                context.set_ciphers("DEFAULT:@SECLEVEL=0")
                context.minimum_version = context.maximum_version = version
                if version >= ssl.TLSVersion.TLSv1_2:
                    with context.wrap_socket(connection, server_hostname="127.0.0.1") as shaken:
                        self.assertEqual(shaken.version(), version.name.replace("_", "."))
                    continue
                with self.assertRaises(ssl.SSLError) as refused:
                    context.wrap_socket(connection, server_hostname="127.0.0.1")
                # The server's own word, not the client's inability.
                self.assertEqual(refused.exception.reason, "TLSV1_ALERT_PROTOCOL_VERSION")

    def list_at(self, endpoint: str, *options: str) -> subprocess.CompletedProcess:
        command = [CAMFLEET, "list", "--endpoint", endpoint, "--keys", str(self.folder / "keys.json"), *options]
        return subprocess.run(command, capture_output=True, text=True, timeout=60)

    def test_own_client(self) -> None:
        with contextlib.closing(self.https()) as connection:
            named = CREATE | {"InstanceName": "for the client"}
            self.assertEqual(rpc("CreateComputeInstance", named, KEY).over(connection).status, 200)
        port = self.server.port
        for host in ("127.0.0.1", "localhost"):
            done = self.list_at(f"https://{host}:{port}", "--ca", self.certificate)
            self.assertEqual((done.returncode, "for the client" in done.stdout), (0, True), done)
        for endpoint, ca, code, word in (
            (f"https://127.0.0.1:{port}", (), 3, "--ca"),
            (f"https://127.0.0.1:{port}", ("--ca", self.other), 3, "--ca"),
            (f"https://127.0.0.1:{port}", ("--ca", "/nowhere.pem"), 2, "/nowhere.pem"),
            (f"http://127.0.0.1:{port}", (), 3, f"http://127.0.0.1:{port}"),
        ):
            with self.subTest(endpoint, ca=ca):
                done = self.list_at(endpoint, *ca)
                self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (code, "", 1), done)
                self.assertIn(word, done.stderr)

    def test_name_of_another(self) -> None:
        """A certificate that is trusted, but is of another host."""
        folder = self.folder / "other"
        folder.mkdir()
        server = Server(CAMFLEET, folder, KEYS, "--tls-cert", self.other, "--tls-key", self.other_key).start()
        self.addCleanup(server.kill)
        done = self.list_at(f"https://127.0.0.1:{server.port}", "--ca", self.other)
        self.assertEqual((done.returncode, done.stdout, done.stderr.count("\n")), (3, "", 1), done)

    def test_stop(self) -> None:
        """With connections open before, in and after the handshake."""
        folder = self.folder / "stop"
        folder.mkdir()
        server = Server(CAMFLEET, folder, KEYS, "--tls-cert", self.certificate, "--tls-key", self.key).start()
        self.addCleanup(server.kill)
        with contextlib.ExitStack() as stack:
            for kept in range(3):
                raw = stack.enter_context(socket.create_connection(("127.0.0.1", server.port)))
                if kept:
                    stack.enter_context(self.trusting().wrap_socket(raw, server_hostname="127.0.0.1"))
            self.assertEqual(server.stop(signal.SIGTERM, SOON_SECONDS), 0, server.said())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
