"""Servers that a lying camera may be, and a network of their own for them."""

import concurrent.futures
import contextlib
import ctypes
import http.server
import os
import pathlib
import socket
import socketserver
import subprocess
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
MIB = 1 << 20


class Victim(socketserver.ThreadingTCPServer):
    """Who says something to it is kept."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, at: str = "127.0.0.1") -> None:
        self.came: list[str] = []
        super().__init__((at, 0), None)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request: socket.socket, client_address: tuple) -> None:
        request.settimeout(1)
        try:
            said = request.recv(200).decode(errors="replace").split("\r\n")[0]
            # FFmpeg connects to where a camera leads it over RTSP before anybody can ask, and says nothing.
            if said:
                self.came.append(said)
        except OSError:
            pass


class Redirector(socketserver.ThreadingTCPServer):
    """A camera that answers everything over RTSP by the address of another."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, location: str, at: str = "127.0.0.1") -> None:
        self.location = location
        super().__init__((at, 0), None)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request: socket.socket, client_address: tuple) -> None:
        text = request.recv(4096).decode(errors="replace")
        number = next((line for line in text.split("\r\n") if line.lower().startswith("cseq")), "CSeq: 1")
        request.sendall(f"RTSP/1.0 302 Found\r\n{number}\r\nLocation: {self.location}\r\n\r\n".encode())


class Describer(socketserver.ThreadingTCPServer):
    """A camera over RTSP whose SDP has `claimed` bytes: `line`, again and again. With `login` it asks for one first."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, claimed: int, line: bytes, *, login: bool = False) -> None:
        self.claimed, self.line, self.login = claimed, line, login
        super().__init__(("127.0.0.1", 0), None)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def finish_request(self, request: socket.socket, client_address: tuple) -> None:
        with contextlib.suppress(OSError):
            while text := request.recv(8192).decode(errors="replace"):
                self.answer(request, text)

    def answer(self, request: socket.socket, text: str) -> None:
        number = next(line for line in text.split("\r\n") if line.lower().startswith("cseq"))
        if text.startswith("OPTIONS"):
            request.sendall(f"RTSP/1.0 200 OK\r\n{number}\r\nPublic: DESCRIBE, SETUP, PLAY\r\n\r\n".encode())
        elif self.login and "Authorization:" not in text:
            asked = 'Digest realm="camera", nonce="1", algorithm=SHA-256'
            request.sendall(f"RTSP/1.0 401 No\r\n{number}\r\nWWW-Authenticate: {asked}\r\n\r\n".encode())
        elif text.startswith("DESCRIBE"):
            head = f"Content-Type: application/sdp\r\nContent-Length: {self.claimed}\r\n\r\n"
            request.sendall(f"RTSP/1.0 200 OK\r\n{number}\r\n{head}v=0\n".encode())
            block = self.line * (MIB // len(self.line))
            left = self.claimed % (4 << 30) - 4
            while left > 0:
                request.sendall(block[:left])
                left -= len(block)


def playlist(*lines: str) -> bytes:
    head = ["#EXTM3U", "#EXT-X-VERSION:7", "#EXT-X-TARGETDURATION:4", "#EXT-X-MEDIA-SEQUENCE:0"]
    return "\n".join([*head, *lines, ""]).encode()


class Camera(http.server.SimpleHTTPRequestHandler):
    """Files of a folder; `moved` leads elsewhere, `said` is answered as it stands, `endless` never ends."""

    protocol_version = "HTTP/1.1"
    moved: dict[str, str] = {}
    said: dict[str, bytes] = {}
    endless: dict[str, tuple[bytes, bytes]] = {}
    later: dict[str, list[bytes]] = {}
    login = "Basic dmlld2VyOnMzY3JldA=="  # viewer:s3cret

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            super().handle()

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path in self.moved:
            self.send_response(302)
            self.send_header("Location", self.moved[path])
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path in self.said:
            self.say(self.said[path])
        elif path in self.later:
            answers = self.later[path]
            self.say(answers.pop(0) if len(answers) > 1 else answers[0])
        elif path in self.endless:
            self.send_without_end(*self.endless[path])
        elif path.startswith("/closed/") and self.headers.get("Authorization") != self.login:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="camera"')
            self.send_header("Content-Length", "0")
            self.end_headers()
        elif path.startswith("/parts/"):
            self.send_part(pathlib.Path(self.directory, path.removeprefix("/parts/")).read_bytes())
        else:
            super().do_GET()

    def say(self, text: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def send_part(self, whole: bytes) -> None:
        first, _, last = self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")
        part = whole[int(first) : int(last) + 1 if last else None]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{int(first) + len(part) - 1}/{len(whole)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)

    def send_without_end(self, head: bytes, again: bytes) -> None:
        self.close_connection = True
        self.send_response(200)
        self.end_headers()
        block = again * (MIB // len(again))
        try:
            self.wfile.write(head)
            while True:
                self.wfile.write(block)
        except OSError:
            pass


def serve(folder: pathlib.Path, at: str = "127.0.0.1", **answers: dict) -> int:
    """The port of a camera that shows what lies in the folder."""
    handler = type("OneCamera", (Camera,), answers)
    server = http.server.ThreadingHTTPServer((at, 0), lambda *parts: handler(*parts, directory=str(folder)))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server.server_address[1]


class Network:
    """A network of its own, in which a camera has two addresses; this machine is its neighbour at a third."""

    here, camera, neighbour = "10.213.7.1", "10.213.7.2", "10.213.7.3"

    def __init__(self) -> None:
        self.name = f"camfleet-{os.getpid()}"
        inside = ["ip", "-n", self.name]
        near, far = f"cf{os.getpid()}a", f"cf{os.getpid()}b"
        for command in (
            ["ip", "netns", "add", self.name],
            ["ip", "link", "add", near, "type", "veth", "peer", "name", far, "netns", self.name],
            ["ip", "address", "add", f"{self.here}/29", "dev", near],
            ["ip", "link", "set", near, "up"],
            *([*inside, "address", "add", f"{at}/29", "dev", far] for at in (self.camera, self.neighbour)),
            [*inside, "link", "set", far, "up"],
            [*inside, "link", "set", "lo", "up"],
        ):
            subprocess.run(command, check=True, capture_output=True, timeout=20)

    def remove(self) -> None:
        subprocess.run(["ip", "netns", "delete", self.name], check=False, timeout=20)

    def within(self, make: Callable[[], T]) -> T:
        """What `make` makes there: its sockets stay there."""
        with concurrent.futures.ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(self._enter, make).result()

    def _enter(self, make: Callable[[], T]) -> T:
        libc = ctypes.CDLL(None, use_errno=True)
        with pathlib.Path("/run/netns", self.name).open() as namespace:
            if libc.setns(namespace.fileno(), 0) != 0:
                raise OSError(ctypes.get_errno(), "setns")
        return make()
