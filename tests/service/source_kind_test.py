"""What a network video without an ending is, is asked when it is made, and kept.

Usage: source_kind_test.py CAMFLEET
"""

import http.server
import json
import pathlib
import signal
import sqlite3
import sys
import tempfile
import threading
import time
import unittest

from calls import camera, watch
from server import Answer, Server, rpc

CAMFLEET = sys.argv.pop(1)
# Recorded footage alone may be analysed in a rehearsal, which so tells what a device was taken for.
REHEARSAL = ("--clock", "2026-03-02T10:00:00+08:00", "--speed", "20")
ANSWERS = {
    "/page": ("text/html", b"<html></html>"),
    "/picture": ("image/jpeg", b"\xff\xd8\xff\xe0" + bytes(100)),
    "/film": ("application/octet-stream", b"\x00\x00\x00\x18ftypmp42" + bytes(500)),
    "/video": ("multipart/x-mixed-replace; boundary=x", b"--x\r\nContent-Type: image/jpeg\r\n\r\n"),
}


class Handler(http.server.BaseHTTPRequestHandler):
    asked: list[str] = []
    is_up = True

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if not self.is_up:
            self.send_error(503)
            return
        kind, body = ANSWERS[self.path]
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class SourceKind(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.server = Server(CAMFLEET, self.folder)
        self.addCleanup(self.server.kill)
        self.media = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.media.server_address[1]}"
        threading.Thread(target=self.media.serve_forever, daemon=True).start()
        self.addCleanup(self.media.server_close)
        self.addCleanup(self.media.shutdown)
        Handler.asked.clear()
        Handler.is_up = True

    def ask_to_add(self, path: str) -> Answer:
        fields = {"CorpId": "2", "DataSourceName": "mall", "DataSourceType": "VIDEO", "Url": self.address + path}
        return rpc("AddDataSource", fields).send(self.server.port)

    def add(self, path: str) -> str:
        answer = self.ask_to_add(path)
        self.assertEqual(answer.code, "200", answer.text)
        return answer.json["Data"]["DataSourceId"]

    def kinds(self) -> dict[str, str | None]:
        with sqlite3.connect(self.server.store) as store:
            rows = store.execute("SELECT id, fields FROM devices").fetchall()
        return {id: json.loads(fields).get("Kind") for id, fields in rows}

    def create(self, device: str) -> str:
        """What creating an instance on it says."""
        answer = rpc("CreateComputeInstance", watch(device)).send(self.server.port)
        return "" if answer.code == "0" else answer.message

    def test_what_a_data_source_is_is_kept(self) -> None:
        self.server.start(*REHEARSAL)
        film, video, flv = self.add("/film"), self.add("/video"), self.add("/live.flv")
        self.assertEqual(self.create(film), "")
        self.assertIn("is live, and films in real time", self.create(video))
        self.assertIn("is live, and films in real time", self.create(flv))
        self.assertEqual(Handler.asked[:2], ["/film", "/video"], "an FLV is live whatever its server says")
        self.assertEqual(self.kinds(), {film: "recorded", video: "live", flv: None})
        self.server.stop()
        # Nobody is there to ask any more.
        self.media.shutdown()
        self.media.server_close()
        self.server.start(*REHEARSAL)
        self.assertEqual(self.create(film), "")
        self.assertIn("is live, and films in real time", self.create(video))

    def test_a_camera_and_a_fleet_are_asked_too(self) -> None:
        fleet = self.folder / "fleet.yaml"
        fleet.write_text(json.dumps({"devices": [{"id": "film", "source": self.address + "/film"}]}))
        self.server.start("--fleet", str(fleet), *REHEARSAL)
        self.assertEqual(self.create("film"), "")
        self.assertIn("is recorded footage by its server, and live by its URL alone", self.server.said())
        answer = rpc("CreateDevice", camera("gate", self.address + "/film", "2")).send(self.server.port)
        self.assertEqual(answer.code, "200", answer.text)
        self.assertEqual(self.create("gate"), "")

        self.server.signal(signal.SIGHUP)
        end = time.monotonic() + 30
        while "fleet reloaded" not in self.server.said():
            self.assertLess(time.monotonic(), end, self.server.said())
            time.sleep(0.05)

    def test_a_kind_is_one_devices_own(self) -> None:
        self.server.start(*REHEARSAL)
        Handler.is_up = False
        early = self.add("/film")
        Handler.is_up = True
        late = self.add("/film")
        self.assertEqual(self.kinds(), {early: "live", late: "recorded"})
        for _ in range(2):
            self.assertEqual(self.create(late), "")
            self.assertIn("is live, and films in real time", self.create(early))
            self.server.stop()
            self.server.start(*REHEARSAL)

    def test_what_is_no_video_is_refused(self) -> None:
        self.server.start(*REHEARSAL)
        for path, said in {
            "/film#kind=avi": "kind is 'avi'; right would be hls, flv, mp4 or mjpeg",
            "/film#kind=hls&loop=1": "loop and start are of recorded footage, and kind 'hls' is live",
            "/page": "is a page, and no video; right would be HLS",
            "/picture": "is a picture, and no video",
        }.items():
            answer = self.ask_to_add(path)
            self.assertEqual(answer.code, "RequestFailed", path)
            self.assertIn(said, answer.message)
        self.assertEqual(Handler.asked, ["/page", "/picture"])


if __name__ == "__main__":
    unittest.main()
