"""A camfleet server for tests, and clients of their own that sign what they send.

Nothing here takes a port: the server chooses a free one and says it.
"""

import base64
import contextlib
import dataclasses
import datetime
import hashlib
import hmac
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import time
import urllib.parse
import uuid

VERSION = "2020-05-15"
FORM = "application/x-www-form-urlencoded"
START_SECONDS = 30
STOP_SECONDS = 30
# Recorded, so that it is caught up with in a rehearsal, and cheap to decode.
DEMO = "file:///usr/share/doc/opencv-doc/examples/data/vtest.avi?loop=1"


class Server:
    """One `camfleet serve` on loopback. `keys`: what a keys file holds; none: --unsigned."""

    def __init__(self, binary: str, folder: pathlib.Path, keys: list[dict] | None = None, *options: str):
        self.store = folder / "store.db"
        self.log = folder / "stderr.txt"
        self.port = 0
        self._binary = binary
        self._process = None
        self._said_before = 0
        self.environment: dict[str, str] = {}  # over that of the test
        self._options = ["--demo", DEMO, *options] if "--demo" not in options else list(options)
        if keys is None:
            self._options += ["--unsigned"]
        else:
            file = folder / "keys.json"
            file.write_text(json.dumps({"keys": keys}))
            self._options += ["--keys", str(file)]

    def launch(self, *options: str) -> None:
        """Starts it, with further options for this time, and does not wait."""
        self._said_before = self.log.stat().st_size if self.log.exists() else 0
        command = [self._binary, "serve", "--listen", "127.0.0.1:0", "--store", str(self.store)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command + self._options + list(options),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | self.environment,
            )

    def start(self, *options: str) -> "Server":
        """Starts it, with further options for this time, and waits until it listens."""
        self.launch(*options)
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            said = self.said(lately=True)
            match = re.search(r"\blistening\W+url\W+https?://\S+:(\d+)", said)
            if match and re.search(r"\bready\b", said):
                self.port = int(match[1])
                return self
            if (code := self.ended()) is not None:
                raise AssertionError(f"camfleet serve ended with {code}: {said}")
            time.sleep(0.01)
        self.kill()
        raise AssertionError(f"camfleet serve did not listen within {START_SECONDS} s: {said}")

    @property
    def pid(self) -> int:
        return self._process.pid

    def send(self, by: int) -> None:
        """A signal, without waiting for what comes of it."""
        self._process.send_signal(by)

    def stop(self, by: int = signal.SIGTERM, within: float = STOP_SECONDS) -> int:
        """A signal, as an operator sends it; its exit code, killed when it does not end."""
        self.send(by)
        try:
            return self._process.wait(within)
        except subprocess.TimeoutExpired:
            self.kill()
            return -signal.SIGKILL

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL: no last word."""
        self._process.kill()
        self._process.wait()

    def kill_if_there(self) -> None:
        """The same of one that may have ended by itself, or never began."""
        if self._process is not None:
            self.kill()

    def ended(self, within: float = 0) -> int | None:
        """Its exit code when it has ended by itself, negative when by a signal; waits for that so many seconds."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self._process.wait(within)
        return None

    def said(self, lately: bool = False) -> str:
        """All of stderr so far, or since it was started last."""
        return self.log.read_bytes()[self._said_before if lately else 0 :].decode("utf-8", "replace")


@dataclasses.dataclass
class Answer:
    """An HTTP answer, its JSON read when it is some."""

    status: int
    type: str
    text: str
    retry_after: str = ""

    @property
    def json(self) -> dict:
        try:
            value = json.loads(self.text)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}

    @property
    def code(self) -> str:
        """Code, of JSON or of XML."""
        match = re.search(r"<Code>(.*?)</Code>", self.text)
        return match[1] if match else str(self.json.get("Code", ""))

    @property
    def message(self) -> str:
        match = re.search(r"<Message>(.*?)</Message>", self.text, re.DOTALL)
        return match[1] if match else str(self.json.get("Message", ""))


@dataclasses.dataclass
class Http:
    """One request, byte for byte as it goes out."""

    method: str = "POST"
    target: str = "/"
    headers: dict = dataclasses.field(default_factory=dict)
    body: bytes = b""

    def send(self, port: int, timeout: float = 30) -> Answer:
        """Sends it on a connection of its own."""
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)) as connection:
            return self.over(connection)

    def over(self, connection: http.client.HTTPConnection) -> Answer:
        """Sends it on a connection that stays open for others."""
        connection.request(self.method, self.target, self.body or None, self.headers)
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace")
        return Answer(
            response.status, response.headers.get("content-type", ""), text, response.headers.get("retry-after", "")
        )


def raw(port: int, data: bytes, timeout: float = 30) -> Answer:
    """Sends bytes as they are; an answer that comes before all of them are sent counts."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(data)
        response = http.client.HTTPResponse(connection)
        response.begin()
        text = response.read().decode("utf-8", "replace")
        return Answer(
            response.status, response.headers.get("content-type", ""), text, response.headers.get("retry-after", "")
        )


def ended_after(connection: socket.socket, within: float, then: bytes = b"") -> tuple[float, bytes]:
    """After how many seconds the server ends it, and what it said; sends `then` every second until it does."""
    begun = time.monotonic()
    said = b""
    connection.settimeout(1)
    with contextlib.suppress(ConnectionError, ssl.SSLEOFError):
        while time.monotonic() - begun < within:
            try:
                part = connection.recv(4096)
                said += part
                if not part:
                    break
            except TimeoutError:
                connection.sendall(then)
    return time.monotonic() - begun, said


def make_certificate(folder: pathlib.Path, name: str, subject: str) -> tuple[str, str]:
    """A self-signed certificate and its key, as files; `subject` is a subjectAltName."""
    certificate, key = str(folder / f"{name}.pem"), str(folder / f"{name}.key")
    command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command += ["-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName={subject}"]
    subprocess.run(command + ["-keyout", key, "-out", certificate], check=True, capture_output=True)
    return certificate, key


def encoded(text: str) -> str:
    """RFC 3986, as signatures have it."""
    return urllib.parse.quote(text, safe="-_.~")


def form(pairs: list[tuple[str, str]]) -> str:
    return "&".join(f"{encoded(name)}={encoded(value)}" for name, value in pairs)


def pairs_of(fields: dict | list) -> list[tuple[str, str]]:
    """Texts as they are, everything else as JSON; a list of pairs may name a field twice."""
    items = fields.items() if isinstance(fields, dict) else fields
    return [
        (name, value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)) for name, value in items
    ]


def stamp(minutes: float = 0) -> str:
    """The time as signatures have it, so many minutes from now."""
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=minutes)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def rpc_signature(method: str, pairs: list[tuple[str, str]], secret: str) -> str:
    """RPC 1.0, HMAC-SHA1: over every parameter but Signature, sorted."""
    text = f"{method}&%2F&{encoded(form(sorted(pair for pair in pairs if pair[0] != 'Signature')))}"
    return base64.b64encode(hmac.digest(f"{secret}&".encode(), text.encode(), hashlib.sha1)).decode()


def rpc(action: str, fields: dict | list = (), key: tuple[str, str] | None = None, *,
        where: str = "form", change: dict | None = None, after: dict | None = None,
        method: str | None = None) -> Http:  # fmt: skip
    """An RPC 1.0 request. `where`: "form", "query", or "split" (common ones in the query, as the SDKs do).

    `key`: (id, secret), none: unsigned. `change` sets common parameters before signing (None takes one out),
    `after` does so when the signature is made.
    """
    common = {"Action": action, "Version": VERSION, "Format": "JSON"}
    method = method or ("GET" if where == "query" else "POST")
    if key:
        common |= {
            "AccessKeyId": key[0],
            "SignatureMethod": "HMAC-SHA1",
            "SignatureVersion": "1.0",
            "SignatureNonce": uuid.uuid4().hex,
            "Timestamp": stamp(),
        }
    common |= change or {}
    common = {name: value for name, value in common.items() if value is not None}
    own = pairs_of(fields)
    if key:
        common["Signature"] = rpc_signature(method, list(common.items()) + own, key[1])
    common |= after or {}
    common = {name: value for name, value in common.items() if value is not None}
    first = list(common.items())
    if where == "query":
        return Http(method, "/?" + form(first + own))
    target = "/?" + form(first) if where == "split" else "/"
    body = form(own if where == "split" else first + own)
    return Http(method, target, {"Content-Type": FORM}, body.encode())


def acs3(action: str, fields: dict | list = (), key: tuple[str, str] = ("", ""), *,
         change: dict | None = None, after: dict | None = None, body: bytes | None = None,
         scheme: str = "ACS3-HMAC-SHA256", query: str = "", unsigned: tuple = (),
         method: str = "POST", signed: bytes | None = None) -> Http:  # fmt: skip
    """An ACS3-HMAC-SHA256 request, its fields in the form body. `change` and `after` are of headers;
    `unsigned` names headers that are not signed, `body` takes the place of the body that was signed, which is
    `signed` instead of a form where that is given."""
    signed_body = form(pairs_of(fields)).encode() if signed is None else signed
    headers = {
        "host": "127.0.0.1",
        "accept": "application/json",
        "content-type": FORM,
        "x-acs-action": action,
        "x-acs-version": VERSION,
        "x-acs-date": stamp(),
        "x-acs-signature-nonce": uuid.uuid4().hex,
        "x-acs-content-sha256": hashlib.sha256(signed_body).hexdigest(),
    }
    headers |= change or {}
    headers = {name: value for name, value in headers.items() if value is not None}
    names = sorted(
        name
        for name in headers
        if (name in ("host", "content-type") or name.startswith("x-acs-")) and name not in unsigned
    )
    lines = "".join(f"{name}:{headers[name].strip()}\n" for name in names)
    digest = hashlib.sha256(signed_body).hexdigest()
    canonical = "\n".join([method, "/", query, lines, ";".join(names), digest])
    text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(key[1].encode(), text.encode(), hashlib.sha256).hex()
    headers["Authorization"] = f"{scheme} Credential={key[0]},SignedHeaders={';'.join(names)},Signature={signature}"
    headers |= after or {}
    headers = {name: value for name, value in headers.items() if value is not None}
    target = f"/?{query}" if query else "/"
    return Http(method, target, headers, signed_body if body is None else body)
