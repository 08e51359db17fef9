"""UploadFile: pictures of a data source are looked at by the next slices, in the order in which they came.

Usage: upload_test.py CAMFLEET
"""

import base64
import hashlib
import http.client
import pathlib
import socket
import sys
import tempfile
import time
import unittest

from server import FORM, Answer, Server, rpc

CAMFLEET = sys.argv.pop(1)
PICTURES = pathlib.Path("/usr/share/doc/opencv-doc/examples/data")
NAMES = ("messi5.jpg", "basketball1.png")
WAIT_SECONDS = 60


class Upload(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.server = Server(CAMFLEET, self.folder, None, "--speed", "60")
        self.server.start("--clock", "2026-03-02T09:59:50+08:00")
        self.addCleanup(self.server.kill)

    def ask(self, action: str, fields: dict) -> Answer:
        return rpc(action, fields).send(self.server.port)

    def call(self, action: str, fields: dict) -> dict:
        answer = self.ask(action, fields)
        self.assertIn(answer.code, ("0", "200"), answer.text)
        return answer.json

    def add_source(self, **fields: str) -> str:
        fields = {"CorpId": "2", "DataSourceName": "gate", "DataSourceType": "PIC", **fields}
        return self.call("AddDataSource", fields)["Data"]["DataSourceId"]

    def upload(self, source: str, picture: bytes, **fields: str) -> Answer:
        content = base64.b64encode(picture).decode()
        known = {"CorpId": "2", "DataSourceId": source, "FileName": "a.jpg", "FileType": "jpg", "FileContent": content}
        return self.ask("UploadFile", {**known, **fields})

    def test_a_client_that_asks_before_it_sends_is_told_to(self) -> None:
        """As curl does with a body of more than 1 MiB (RFC 9110, section 10.1.1)."""
        request = rpc("ListInstances", {"InstanceName": "x" * 100})
        head = f"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: {FORM}\r\nContent-Length: {len(request.body)}\r\n"
        for length, told in ((len(request.body), b"HTTP/1.1 100 Continue\r\n\r\n"), (50_000_000, b"HTTP/1.1 413 ")):
            with socket.create_connection(("127.0.0.1", self.server.port), timeout=10) as connection:
                sized = head.replace(str(len(request.body)), str(length))
                connection.sendall(f"{sized}Expect: 100-continue\r\n\r\n".encode())
                self.assertEqual(connection.recv(len(told), socket.MSG_WAITALL), told)
                if length > len(request.body):
                    continue
                connection.sendall(request.body)
                response = http.client.HTTPResponse(connection)
                response.begin()
                self.assertEqual(response.status, 200, response.read())

    def files(self, source: str) -> list[str]:
        return sorted(path.name for path in (self.folder / "store.uploads" / source).iterdir())

    def create(self, source: str) -> str:
        fields = {
            "InstanceName": "gate",
            "AlgorithmType": "PICTURE",
            "DatasourceType": "PICTURE",
            "Devices": [{"DeviceId": source, "StartStream": True}],
            "Algorithms": [{"AlgorithmId": "3", "AlgorithmName": "motion"}],
            "ScheduleType": "ONCE",
        }
        return self.call("CreateComputeInstance", fields)["Data"]["InstanceId"]

    def slice_of(self, instance: str) -> dict:
        end = time.monotonic() + WAIT_SECONDS
        while True:
            items = self.call("ListSlices", {"InstanceId": instance})["Data"]["Items"]
            if items and items[0]["Outcome"] != "RUNNING":
                return items[0]
            self.assertLess(time.monotonic(), end, items)
            time.sleep(0.1)

    def test_what_was_uploaded_is_looked_at(self) -> None:
        source = self.add_source()
        for name in NAMES:
            picture = (PICTURES / name).read_bytes()
            md5 = hashlib.md5(picture).hexdigest().upper()
            answer = self.upload(source, picture, FileName="../../" + name, MD5=md5)
            self.assertEqual((answer.code, answer.status), ("0", 200), answer.text)
            self.assertEqual(answer.json["Data"]["Records"][0]["SourceId"], source)
        self.assertEqual(self.files(source), ["00000001_messi5.jpg", "00000002_basketball1.png"])
        done = self.slice_of(self.create(source))
        self.assertEqual((done["Outcome"], done["Algorithms"][0]["Analysed"]), ("done", 2), done)

        self.server.kill()
        self.server.start("--clock", "2026-03-02T10:30:00+08:00")
        self.assertEqual(self.upload(source, (PICTURES / NAMES[0]).read_bytes()).code, "0")
        self.assertEqual(self.files(source)[2:], ["00000003_a.jpg"])
        done = self.slice_of(self.create(source))
        self.assertEqual((done["Outcome"], done["Algorithms"][0]["Analysed"]), ("done", 3), done)

        self.assertEqual(self.ask("DeleteDataSources", {"DataSourceIdList": source}).code, "RequestFailed")
        self.call("BatchDeleteInstance", {"InstanceIds": ["1", "2"]})
        self.call("DeleteDataSources", {"DataSourceIdList": source})
        self.assertFalse((self.folder / "store.uploads" / source).exists())

    def test_a_finding_names_its_picture(self) -> None:
        source = self.add_source()
        for name in ("left01.jpg", "left02.jpg"):
            self.assertEqual(self.upload(source, (PICTURES / name).read_bytes(), FileName=name).code, "0")
        instance = self.create(source)
        self.assertEqual(self.slice_of(instance)["Outcome"], "done")
        items = self.call("ListFindings", {"InstanceId": instance})["Data"]["Items"]
        self.assertEqual([item["File"] for item in items], ["00000002_left02.jpg"])

    def test_what_is_wrong_is_refused(self) -> None:
        source = self.add_source()
        picture = (PICTURES / NAMES[0]).read_bytes()
        video = self.add_source(DataSourceType="VIDEO", Url="http://192.0.2.1/a.m3u8")
        wrong = (
            (self.upload(source, picture, FileContent="a=b="), "FileContent: is no base64"),
            (self.upload(source, picture, FileContent="abc"), "FileContent: is no base64"),
            (self.upload(source, picture, FileContent="YWJj*aaa"), "FileContent: is no base64"),
            (self.upload(source, picture, MD5="0" * 32), "MD5: "),
            (self.upload(source, picture, FilePath="bucket/a.jpg"), "FilePath: "),
            (self.upload(source, picture[:1000]), "a.jpg"),
            (self.upload(source, b"no picture"), "a.jpg"),
            (self.upload("ds_1", picture), "is no data source here"),
            (self.upload("../x", picture), "is no data source here"),
            (self.upload(video, picture), "takes no pictures"),
        )
        for answer, words in wrong:
            self.assertEqual((answer.code, answer.status), ("RequestFailed", 500), answer.text)
            self.assertIn(words, answer.message)
        self.assertEqual(self.upload(source, picture, FileContent="").code, "MissingFileContent")
        self.assertEqual(self.ask("AddDataSource", {"CorpId": "2", "DataSourceName": "v", "DataSourceType": "VIDEO"}).code,
                         "MissingUrl")  # fmt: skip
        # Between the limit of other actions and its own; then beyond that.
        self.assertEqual(self.upload(source, bytes(6 << 20)).code, "RequestFailed")
        self.assertEqual(self.upload(source, bytes(13 << 20)).status, 413)
        self.assertFalse((self.folder / "store.uploads" / source).exists())


if __name__ == "__main__":
    unittest.main()
