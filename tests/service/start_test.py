"""What is wrong is said at the start or at the call, and what clients send in other shapes is taken.

Usage: start_test.py CAMFLEET
"""

import json
import pathlib
import sys
import tempfile
import unittest

from calls import camera, watch
from server import Http, Server, acs3, rpc

CAMFLEET = sys.argv.pop(1)
KEY = ("one", "secret-1")
KEYS = [{"id": KEY[0], "secret": KEY[1], "projects": [KEY[0]]}]
JSON = "application/json"


def json_call(action: str, fields: dict, query: str = "", kind: str = JSON) -> Http:
    """An unsigned call whose parameters are a JSON object."""
    body = json.dumps({"Action": action, "Version": "2020-05-15", "Format": "JSON"} | fields)
    return Http("POST", "/?" + query, {"Content-Type": kind}, body.encode())


def signed_json(fields: dict) -> Http:
    """An ACS3 call as the vendor's clients make it for JSON bodies."""
    body = json.dumps(fields).encode()
    return acs3("CreateComputeInstance", {}, KEY, change={"content-type": JSON}, signed=body)


class Start(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def serve(self, keys: list[dict] | None = None, *options: str) -> Server:
        server = Server(CAMFLEET, self.folder, keys, *options)
        self.addCleanup(server.kill)
        return server.start()

    def made(self, server: Server, call: Http) -> dict:
        answer = call.send(server.port)
        self.assertIn(answer.code, ("0", "200"), answer.text)
        return answer.json.get("Data", {})

    def test_a_fleet_source_that_cannot_be_read(self) -> None:
        fleet = self.folder / "fleet.yaml"
        text = self.folder / "text.mp4"
        text.write_text("no film")
        sources = {"gone": "file:///nowhere/gone.mp4", "text": f"file://{text}", "far": "rtsp://192.0.2.1/"}
        fleet.write_text(json.dumps({"devices": [{"id": id, "source": url} for id, url in sources.items()]}))
        said = self.serve(None, "--fleet", str(fleet)).said()
        for device in ("gone", "text"):
            self.assertRegex(said, rf"warn fleet source cannot be read device={device} ")
        self.assertNotIn("device=far", said)

    def test_many_fleet_sources_that_cannot_be_read(self) -> None:
        fleet = self.folder / "fleet.yaml"
        fleet.write_text('devices: [{id: "cam-{i}", count: 30, source: "file:///nowhere/{i}.mp4"}]')
        said = self.serve(None, "--fleet", str(fleet)).said()
        self.assertEqual(said.count("warn fleet source cannot be read"), 20)
        self.assertIn("more fleet sources cannot be read devices=10", said)

    def test_a_mistyped_camera_is_warned_of(self) -> None:
        server = self.serve()
        self.made(server, rpc("CreateDevice", camera("gate")))
        self.made(server, rpc("CreateComputeInstance", watch("gate")))
        self.assertNotIn("demo camera", server.said())
        self.made(server, rpc("CreateComputeInstance", watch("gate", "gaet")))
        self.assertRegex(server.said(), r"warn unknown devices show the demo camera devices=1 ids='?\"?'gaet'")

    def test_an_nvr_says_how_many_cameras_it_has(self) -> None:
        server = self.serve()
        nvr = camera("nvr") | {"DeviceType": "NVR"}
        self.assertEqual(rpc("CreateDevice", nvr).send(server.port).code, "MissingSubDeviceCount")
        self.made(server, rpc("CreateDevice", nvr | {"SubDeviceCount": "4"}))

    def test_true_has_no_case(self) -> None:
        server = self.serve()
        for truth in ("True", "TRUE", "true"):
            fields = watch(Devices=[{"DeviceId": "gate", "StartStream": truth}], IsPolling="False")
            self.made(server, rpc("CreateComputeInstance", fields))

    def test_a_json_body(self) -> None:
        server = self.serve()
        fields = watch("gate") | {"ScheduleTimes": [{"StartTime": "10:00:00", "EndTime": "11:00:00"}]}
        for kind in (JSON, "Application/JSON; charset=utf-8"):
            made = self.made(server, json_call("CreateComputeInstance", fields, kind=kind))
        self.made(server, json_call("BatchDeleteInstance", {"InstanceIds": [int(made["InstanceId"])]}))
        self.assertEqual(self.made(server, json_call("ListInstances", {"PageSize": 5}))["TotalCount"], 1)
        self.made(server, json_call("ListInstances", {"PageSize": 5}, "PageSize=5"))
        differs = json_call("ListInstances", {"PageSize": 5}, "PageSize=6").send(server.port)
        self.assertEqual((differs.status, differs.code), (400, "InvalidParameter"), differs.text)
        common = json_call("ListInstances", {}, "Action=CreateDevice").send(server.port)
        self.assertEqual((common.status, common.code), (400, "InvalidParameter"), common.text)
        broken = Http("POST", "/?Action=ListInstances", {"Content-Type": JSON}, b'{"A":').send(server.port)
        self.assertEqual((broken.status, broken.code), (400, "InvalidParameter"), broken.text)
        self.assertIn("body", broken.message)

    def test_a_json_body_is_signed_as_a_whole(self) -> None:
        server = self.serve(KEYS)
        self.made(server, signed_json(watch("gate")))
        forged = signed_json(watch("gate"))
        forged.body = forged.body.replace(b"gate", b"yard")
        self.assertEqual(forged.send(server.port).code, "SignatureDoesNotMatch")
        common = rpc("ListInstances", {}, KEY, where="query")
        by_rpc = Http("POST", common.target, {"Content-Type": JSON}, b'{"PageSize":5}').send(server.port)
        self.assertEqual((by_rpc.status, by_rpc.code), (400, "InvalidParameter"), by_rpc.text)
        self.assertIn("ACS3", by_rpc.message)


if __name__ == "__main__":
    unittest.main()
