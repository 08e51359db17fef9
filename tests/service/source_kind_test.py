"""What a network video without an ending is, is asked when it is made, and kept.

Usage: source_kind_test.py CAMFLEET
"""

import http.server
import json
import pathlib
import sqlite3
import sys
import tempfile
import threading
import unittest

from calls import camera, watch
from server import Server, rpc

CAMFLEET = sys.argv.pop(1)
# Recorded footage alone may be analysed in a rehearsal, which so tells what a device was taken for.
REHEARSAL = ("--clock", "2026-03-02T10:00:00+08:00", "--speed", "20")
ANSWERS = {
    "/film": ("application/octet-stream", b"\x00\x00\x00\x18ftypmp42" + bytes(500)),
    "/video": ("multipart/x-mixed-replace; boundary=x", b"--x\r\nContent-Type: image/jpeg\r\n\r\n"),
}


class Handler(http.server.BaseHTTPRequestHandler):
    asked: list[str] = []

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self.asked.append(self.path)
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

    def add(self, path: str) -> str:
        fields = {"CorpId": "2", "DataSourceName": "mall", "DataSourceType": "VIDEO", "Url": self.address + path}
        answer = rpc("AddDataSource", fields).send(self.server.port)
        self.assertEqual(answer.code, "200", answer.text)
        return answer.json["Data"]["DataSourceId"]

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
        with sqlite3.connect(self.server.store) as store:
            kinds = {id: json.loads(fields).get("Kind") for id, fields in store.execute("SELECT id, fields FROM devices")}
        self.assertEqual(kinds, {film: "recorded", video: "live", flv: None})
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

    def test_a_wrong_kind_is_refused(self) -> None:
        self.server.start(*REHEARSAL)
        fields = {"CorpId": "2", "DataSourceName": "m", "DataSourceType": "VIDEO", "Url": self.address + "/film#kind=avi"}
        answer = rpc("AddDataSource", fields).send(self.server.port)
        self.assertEqual(answer.code, "RequestFailed")
        self.assertIn("kind is 'avi'; right would be hls, flv, mp4 or mjpeg", answer.message)
        self.assertEqual(Handler.asked, [])


if __name__ == "__main__":
    unittest.main()
