#!/usr/bin/env python3
"""Plays a raw H.264 file as a camera does, over RTSP on the loopback, RTP within the connection.

usage: rtsp_camera.py PORT FILE --fps N [--login ALGORITHM ...] [--from-key]

FILE has access unit delimiters. It is played over and over, from the start of the program on; who joins gets
it from where it is, with --from-key from its first frame. With --login the user viewer with the password
s3cret alone may see it; each ALGORITHM is one challenge, in this order: MD5, SHA-256, Basic, or anything that
nobody knows. The only path is /cam; /plain is it without a login, and one that begins with /user= too, for
whoever has password=s3cret in it. Prints "ready" once it listens, and a line for each request.
"""
import argparse
import base64
import hashlib
import os
import re
import socketserver
import struct
import threading
import time

MOST_BYTES = 1200
CLOCK = 90_000
HASHES = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
began = time.monotonic()


def nal_units(data):
    return [part.rstrip(b"\0") for part in re.split(b"\0\0\1", data) if part.strip(b"\0")]


def pictures(data):
    """Lists of NAL units, one list a picture: each begins with a delimiter, which is left out."""
    found = []
    for unit in nal_units(data):
        if unit[0] & 31 == 9:
            found.append([])
        else:
            found[-1].append(unit)
    return found


def packets(unit):
    """The payloads that carry a NAL unit: itself, or its fragments (RFC 6184, FU-A)."""
    if len(unit) <= MOST_BYTES:
        return [unit]
    body = unit[1:]
    parts = [body[at:at + MOST_BYTES] for at in range(0, len(body), MOST_BYTES)]
    made = []
    for i, part in enumerate(parts):
        ends = (0x80 if i == 0 else 0) | (0x40 if i == len(parts) - 1 else 0)
        made.append(bytes([unit[0] & 0x60 | 28, ends | unit[0] & 31]) + part)
    return made


class Camera(socketserver.StreamRequestHandler):
    def setup(self):
        super().setup()
        self.nonce = os.urandom(8).hex()
        self.ended = threading.Event()
        self.writing = threading.Lock()

    def finish(self):
        self.ended.set()

    def send(self, data):
        with self.writing:
            self.connection.sendall(data)

    def handle(self):
        try:
            while self.handle_one():
                pass
        except OSError:
            pass

    def handle_one(self):
        first = self.rfile.read(1)
        if first == b"$":
            self.rfile.read(struct.unpack("!xH", self.rfile.read(3))[0])
            return True
        head = first
        while head and not head.endswith(b"\r\n\r\n"):
            line = self.rfile.readline()
            if not line:
                return False
            head += line
        if not head:
            return False
        lines = head.decode("latin1").split("\r\n")
        method, url, _ = lines[0].split(" ")
        fields = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in lines[1:] if line)}
        print(method, url, fields.get("authorization", ""), flush=True)
        return self.answer(method, url, fields)

    def reply(self, fields, status="200 OK", more=(), body=""):
        head = [f"RTSP/1.0 {status}", f"CSeq: {fields['cseq']}", *more]
        if body:
            head += ["Content-Type: application/sdp", f"Content-Length: {len(body)}"]
        self.send(("\r\n".join(head) + "\r\n\r\n" + body).encode())
        return True

    def answer(self, method, url, fields):
        path = re.sub(r"^rtsp://[^/]*", "", url)
        if method == "OPTIONS":
            return self.reply(fields, more=["Public: OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"])
        is_open = path.startswith("/plain") or path.startswith("/user=viewer&password=s3cret&")
        if options.login and not is_open and not self.is_known(method, fields.get("authorization", "")):
            return self.reply(fields, "401 Unauthorized", [self.challenge(one) for one in options.login])
        if not is_open and not path.startswith("/cam"):
            return self.reply(fields, "404 Not Found")
        if method == "DESCRIBE":
            return self.reply(fields, more=[f"Content-Base: {url}/"], body=description())
        if method == "SETUP":
            if "TCP" not in fields["transport"]:
                return self.reply(fields, "461 Unsupported Transport")
            return self.reply(fields, more=["Transport: RTP/AVP/TCP;unicast;interleaved=0-1", "Session: 1"])
        if method == "PLAY":
            self.reply(fields, more=["Session: 1"])
            threading.Thread(target=self.play, daemon=True).start()
            return True
        return self.reply(fields) and method != "TEARDOWN"

    def challenge(self, algorithm):
        if algorithm == "Basic":
            return 'WWW-Authenticate: Basic realm="yard"'
        return f'WWW-Authenticate: Digest realm="yard", nonce="{self.nonce}", algorithm="{algorithm}"'

    def is_known(self, method, given):
        kind, _, rest = given.partition(" ")
        if kind == "Basic":
            return "Basic" in options.login and base64.b64decode(rest) == b"viewer:s3cret"
        fields = dict(re.findall(r'(\w+)="?([^",]*)"?', rest))
        algorithm = fields.get("algorithm", "MD5")
        if kind != "Digest" or algorithm not in options.login or algorithm not in HASHES:
            return False

        def digest(text):
            return HASHES[algorithm](text.encode()).hexdigest()
        who, what = digest("viewer:yard:s3cret"), digest(f"{method}:{fields['uri']}")
        return fields["response"] == digest(f"{who}:{self.nonce}:{what}")

    def play(self):
        """Stamps say when the camera films; the stream's own parameters may say something else."""
        started = time.monotonic()
        first = 0 if options.from_key else int((started - began) * options.fps)
        sequence = 0
        try:
            for played in range(10_000_000):
                self.ended.wait(max(0, started + played / options.fps - time.monotonic()))
                if self.ended.is_set():
                    return
                units = shots[(first + played) % len(shots)]
                parts = [part for unit in units for part in packets(unit)]
                for part in parts:
                    mark = 0x80 if part is parts[-1] else 0
                    stamp = int(played * CLOCK / options.fps) & 0xFFFFFFFF
                    data = struct.pack("!BBHII", 0x80, 96 | mark, sequence & 0xFFFF, stamp, 7) + part
                    sequence += 1
                    self.send(struct.pack("!cBH", b"$", 0, len(data)) + data)
        except OSError:
            pass


def description():
    sets = [unit for unit in shots[0] if unit[0] & 31 in (7, 8)]
    coded = ",".join(base64.b64encode(unit).decode() for unit in sets)
    return "\r\n".join(["v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=yard", "t=0 0", "m=video 0 RTP/AVP 96",
                        "a=rtpmap:96 H264/90000",
                        f"a=fmtp:96 packetization-mode=1;sprop-parameter-sets={coded}", "a=control:track1", ""])


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


parser = argparse.ArgumentParser()
parser.add_argument("port", type=int)
parser.add_argument("file")
parser.add_argument("--fps", type=float, required=True)
parser.add_argument("--login", nargs="*", default=[])
parser.add_argument("--from-key", action="store_true")
options = parser.parse_args()
with open(options.file, "rb") as file:
    shots = pictures(file.read())
with Server(("127.0.0.1", options.port), Camera) as server:
    print("ready", flush=True)
    server.serve_forever()
