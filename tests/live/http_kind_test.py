"""Network videos whose URLs do not say what they are: their servers are asked.

Usage: http_kind_test.py CAMFLEET.
"""

import contextlib
import http.server
import json
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.parse
import urllib.request

CAMFLEET = sys.argv.pop(1)
BOUNDARY = b"frame"
FRAMES_A_SECOND = 10


def ffmpeg(*arguments: str) -> bytes:
    source = ["-f", "lavfi", "-i", f"testsrc2=size=160x120:rate={FRAMES_A_SECOND}:duration=30"]
    command = ["ffmpeg", "-nostdin", "-v", "error", *source, *arguments]
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout


def h265_in_flv(codec_byte: bytes) -> bytes:
    """An FLV whose video tags have H.265's bytes behind `codec_byte`: one a tenth of a second."""
    stream = b"FLV\x01\x01\x00\x00\x00\x09\x00\x00\x00\x00"
    for frame in range(60):
        body = codec_byte + bytes([0 if frame == 0 else 1, 0, 0, 0]) + bytes(400)
        at = frame * 100
        head = b"\x09" + len(body).to_bytes(3, "big") + (at & 0xFFFFFF).to_bytes(3, "big") + b"\x00\x00\x00\x00"
        stream += head + body + (len(head) + len(body)).to_bytes(4, "big")
    return stream


class Media:
    """What the servers send, made once."""

    def __init__(self, folder: pathlib.Path) -> None:
        jpegs = ffmpeg("-c:v", "mjpeg", "-f", "image2pipe", "-")
        starts = [match.start() for match in re.finditer(b"\xff\xd8\xff", jpegs)]
        self.jpegs = [jpegs[a:b] for a, b in zip(starts, [*starts[1:], len(jpegs)])]
        video = ["-c:v", "libx264", "-preset", "veryfast", "-g", "10", "-pix_fmt", "yuv420p"]
        recorded = folder / "recorded.mp4"
        ffmpeg(*video, "-movflags", "+faststart", "-y", str(recorded))
        self.mp4 = recorded.read_bytes()
        self.endless = ffmpeg(*video, "-movflags", "frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", "-")
        segments = ["-hls_time", "2", "-hls_list_size", "0", "-hls_segment_filename", str(folder / "%d.ts")]
        ffmpeg(*video, *segments, "-y", str(folder / "list.m3u8"))
        self.segments = [(folder / f"{n}.ts").read_bytes() for n in range(len(list(folder.glob("*.ts"))))]
        lines = (folder / "list.m3u8").read_text().splitlines(keepends=True)
        self.playlist = "".join(re.sub(r"^(\d+)\.ts$", r"/segment?n=\1", line) for line in lines).encode()
        self.flv = {"/twelve.flv": h265_in_flv(b"\x1c"), "/hvc1.flv": h265_in_flv(b"\x90hvc1")}


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, media: Media) -> None:
        self.media = media
        self.asked: list[str] = []
        super().__init__(("127.0.0.1", 0), Handler)
        self.port = self.server_address[1]
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, *_: object) -> None:
        pass

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            super().handle()

    def do_GET(self) -> None:
        url = urllib.parse.urlparse(self.path)
        self.server.asked.append(url.path)
        media = self.server.media
        path = url.path
        if path in ("/video", "/video.cgi", "/axis/VIDEO.MJPG"):
            self.send_pictures(leads_with_line=path == "/video.cgi")
        elif path in ("/clip", "/CLIP.MP4", "/films/7"):
            self.send_part(media.mp4, "application/octet-stream" if path == "/films/7" else "video/mp4")
        elif path in ("/endless", "/endless.mp4"):
            self.send_as_filmed(media.endless)
        elif path in ("/playlist", "/LIST.M3U8"):
            self.send_part(media.playlist, "application/vnd.apple.mpegurl")
        elif path == "/segment":
            self.send_part(media.segments[int(urllib.parse.parse_qs(url.query)["n"][0])], "application/octet-stream")
        elif path in media.flv:
            self.send_part(media.flv[path], "video/x-flv")
        elif path == "/silent":
            time.sleep(20)
        elif path == "/packed":
            self.send_packed()
        elif path == "/page":
            self.send_part(b"<!DOCTYPE html><html><body>a camera</body></html>", "text/html")
        else:
            self.send_error(404)

    def send_part(self, body: bytes, kind: str) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        first = int(asked[1]) if asked else 0
        end = int(asked[2]) + 1 if asked and asked[2] else len(body)
        self.send_response(206 if asked else 200)
        self.send_header("Content-Type", kind)
        self.send_header("Accept-Ranges", "bytes")
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{end - 1}/{len(body)}")
        self.send_header("Content-Length", str(end - first))
        self.end_headers()
        self.wfile.write(body[first:end])

    def send_packed(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "video/x-flv")
        self.send_header("Content-Encoding", "br")
        self.send_header("Content-Length", "400")
        self.end_headers()
        self.wfile.write(bytes(400))

    def send_pictures(self, *, leads_with_line: bool) -> None:
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={BOUNDARY.decode()}")
        self.send_header("Connection", "close")
        self.end_headers()
        if leads_with_line:
            self.wfile.write(b"\r\n")
        for picture in self.server.media.jpegs:
            head = b"--%s\r\nContent-Type: image/jpeg\r\nContent-Length: %d\r\n\r\n" % (BOUNDARY, len(picture))
            self.wfile.write(head + picture + b"\r\n")
            time.sleep(1 / FRAMES_A_SECOND)

    def send_as_filmed(self, body: bytes) -> None:
        """In chunks, over the seconds that it lasts."""
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        parts = body.split(b"moof")
        for n, part in enumerate(parts):
            chunk = (b"moof" if n else b"") + part
            self.wfile.write(b"%x\r\n%s\r\n" % (len(chunk), chunk))
            time.sleep(1 if n else 0)
        self.wfile.write(b"0\r\n\r\n")


def scenario(devices: dict[str, str]) -> str:
    """Two slices, of 6 s and of 5: what is live is there in both."""
    instance = {
        "InstanceName": "kinds",
        "AlgorithmType": "REALTIME_STREAM",
        "Devices": "*",
        "Algorithms": [{"AlgorithmId": "3", "AlgorithmName": "motion"}],
        "ScheduleType": "EVERYDAY",
        "ScheduleTimes": [
            {"StartTime": "00:00:06", "EndTime": "00:00:12"},
            {"StartTime": "00:00:13", "EndTime": "00:00:18"},
        ],
    }
    return json.dumps(
        {
            "name": "kinds",
            "clock": {"from": "2026-03-01T00:00:00Z", "for": "22s", "zone": "UTC"},
            "devices": [{"id": name, "source": source} for name, source in devices.items()],
            "instances": [instance],
        }
    )


class HttpKind(unittest.TestCase):
    @classmethod
    def setUpClass(cls) -> None:
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        media = Media(cls.folder)
        cls.server, cls.other = Server(media), Server(media)
        for server in (cls.server, cls.other):
            cls.addClassCleanup(server.server_close)
            cls.addClassCleanup(server.shutdown)

    def run_scenario(self, devices: dict[str, str], *more: str) -> tuple[dict[str, list[dict]], str]:
        given = self.folder / "kinds.yaml"
        given.write_text(scenario(devices))
        out = self.folder / "out"
        command = [CAMFLEET, "run", str(given), "--out", str(out), *more]
        ran = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        rows: dict[str, list[dict]] = {name: [] for name in devices}
        for line in (out / "ledger.jsonl").read_text().splitlines():
            row = json.loads(line)
            rows[row["device"]].append(row)
        return rows, ran.stderr

    def test_what_a_server_sends_is_what_its_device_is(self) -> None:
        url = self.server.url
        devices = {
            "mjpeg": url("/video"),
            "mjpeg-that-leads-with-a-line": url("/video.cgi"),
            "mjpeg-by-ending": url("/axis/VIDEO.MJPG"),
            "recorded": url("/clip"),
            "recorded-by-ending": url("/CLIP.MP4"),
            "recorded-by-its-bytes": url("/films/7"),
            "recorded-as-said": url("/films/7") + "#kind=mp4",
            "endless": url("/endless"),
            "endless-by-ending": url("/endless.mp4"),
            "hls": url("/playlist"),
            "hls-by-ending": url("/LIST.M3U8"),
        }
        rows, said = self.run_scenario(devices)
        for name, of_device in rows.items():
            with self.subTest(name):
                self.assertEqual([row["outcome"] for row in of_device], ["done", "done"], of_device)
        # Footage is analysed at its media time, from its beginning in each window.
        for name in ("recorded", "recorded-by-ending", "recorded-by-its-bytes", "recorded-as-said"):
            self.assertEqual([row["observed_s"] for row in rows[name]], [6, 5], rows[name])
        self.assertRegex(said, r"/clip: is recorded footage by its server, and live by its URL alone; write #kind=mp4")
        self.assertRegex(said, r"/endless\.mp4: goes on and on by its server, and is live")
        self.assertNotRegex(said, r"/CLIP\.MP4: is|/video: is|/films/7#kind")

    def test_h265_in_flv_is_refused_with_what_would_be_right(self) -> None:
        devices = {"twelve": self.server.url("/twelve.flv"), "hvc1": self.server.url("/hvc1.flv")}
        rows, _ = self.run_scenario(devices)
        for name, of_device in rows.items():
            for row in of_device:
                self.assertEqual(row["reason"], "stream_corrupt", name)
                self.assertRegex(row["detail"], "H.265.*right would be H.265 over RTSP or HLS")

    def test_the_virtual_world_asks_nobody(self) -> None:
        self.server.asked.clear()
        rows, _ = self.run_scenario({"clip": self.server.url("/clip")}, "--world", "virtual")
        self.assertEqual([row["outcome"] for row in rows["clip"]], ["done", "done"])
        self.assertEqual(self.server.asked, [])

    def test_a_server_that_is_silent_holds_nothing_up(self) -> None:
        devices = {f"silent-{n}": self.server.url(f"/silent?n={n}") for n in range(400)}
        devices["gone"] = "http://127.0.0.1:9/video"
        rows, said = self.run_scenario({**devices, "clip": self.other.url("/clip")})
        # It was asked last of all.
        self.assertEqual([row["observed_s"] for row in rows["clip"]], [6, 5])
        for name in devices:
            self.assertEqual({row["reason"] for row in rows[name]}, {"camera_offline"})
        self.assertRegex(said, r"devices: 401 have sources like http.*, which is taken for live, as its server did not")

    def test_a_signal_ends_the_asking(self) -> None:
        given = self.folder / "silent.yaml"
        given.write_text(scenario({"silent": self.server.url("/silent")}))
        before = len(self.server.asked)
        run = subprocess.Popen([CAMFLEET, "run", str(given)], stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        while len(self.server.asked) == before:
            time.sleep(0.01)
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=30)
        self.assertIn("servers of http URLs: were asked what they are when a signal came", said)

    def test_what_is_no_video_is_told(self) -> None:
        rows, said = self.run_scenario({"packed": self.server.url("/packed"), "page": self.server.url("/page")})
        self.assertRegex(said, "/packed: .*packs what it sends by 'br', which nobody asked for")
        self.assertRegex(said, "/page: is taken for live.*is a page, and no video; right would be HLS")
        self.assertEqual({row["reason"] for row in rows["page"]}, {"stream_corrupt"})

    def test_a_kind_that_is_none_is_told(self) -> None:
        given = self.folder / "wrong.yaml"
        given.write_text(scenario({"clip": self.server.url("/clip#kind=webm")}))
        ran = subprocess.run([CAMFLEET, "run", str(given)], capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(ran.returncode, 2)
        self.assertRegex(ran.stderr, "kind is 'webm'; right would be hls, flv, mp4 or mjpeg")


if __name__ == "__main__":
    unittest.main()
