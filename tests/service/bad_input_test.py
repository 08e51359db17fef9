"""Wrong requests of every kind: each gets its status, its Code and a message that helps, and the server goes on.

Usage: bad_input_test.py CAMFLEET
"""

import http.client
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import bad_fields
import bad_gateway
from bad_gateway import ALL, KEY, KEYS, NINE, SECRETS
from server import Answer, Http, Server, raw, rpc

CAMFLEET = sys.argv[1]


def answer_of(port: int, request) -> Answer:
    """Of an Http, or of bytes as they are."""
    return request.send(port) if isinstance(request, Http) else raw(port, request)


def faults(answer: Answer, status: int, code: str, said) -> list[str]:
    """What is wrong with an answer to a wrong request."""
    found = []
    if answer.status != status or (code and answer.code != code):
        found.append(f"{answer.status} {answer.code} instead of {status} {code}")
    for text in said:
        if text not in answer.message:
            found.append(f"the message lacks {text!r}")
    members = ["RequestId", "Code", "Message"]
    members += ["Success"] if answer.code == "RequestFailed" else ["HostId", "Recommend"]
    for name in members if answer.type.startswith("application/json") else []:
        if name not in answer.json:
            found.append(f"no {name}")
    if answer.code == "RequestFailed" and answer.json.get("Success") is not False:
        found.append("Success is not false")
    if len(answer.message) > 2000 and answer.code != "SignatureDoesNotMatch":
        found.append(f"a message of {len(answer.message)} characters")
    if any(secret in answer.text for secret in [*SECRETS.values(), bad_fields.PASSWORD]):
        found.append("a secret in the answer")
    return [f"{one}: {answer.text[:300]}" for one in found]


class BadInput(unittest.TestCase):
    """One server for all rows; one that a row brings down is started again."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = tempfile.TemporaryDirectory()
        cls.server = Server(CAMFLEET, pathlib.Path(cls.folder.name), KEYS).start()
        own = bad_fields.DEVICE | {"DeviceId": "own-cam"}
        other = own | {"DeviceId": "other-cam", "CorpId": "9"}
        camera = {"Devices": [{"DeviceId": "own-cam", "StartStream": False}]}
        for request in (
            rpc("CreateDevice", own, KEY),
            rpc("CreateDevice", other, NINE),
            rpc("CreateComputeInstance", bad_fields.CREATE | camera, KEY),
            rpc("CreateComputeInstance", bad_fields.CREATE, NINE),
            rpc("CreateComputeInstance", bad_fields.CREATE, KEY),
            rpc("BatchDeleteInstance", {"InstanceIds": ["3"]}, KEY),
        ):
            answer = request.send(cls.server.port)
            assert answer.status == 200, answer

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.kill()
        cls.folder.cleanup()

    def check(self, what: str, make, status: int, code: str, said) -> None:
        with self.subTest(what):
            ended = None
            try:
                found = faults(answer_of(self.server.port, make(self.server.port)), status, code, said)
            except (OSError, http.client.HTTPException) as error:
                found = [f"no answer: {error!r}"]
                ended = self.server.ended(2)
            if ended is not None:
                found.append(f"the server ended with {ended}")
                self.server.start()
            self.assertEqual(found, [])

    def test_fields(self) -> None:
        for what, action, fields, status, code, said in bad_fields.ROWS:
            self.check(f"{action}: {what}", lambda port, a=action, f=fields: rpc(a, f, KEY), status, code, said)
        self.check_unharmed()

    def test_gateway(self) -> None:
        for what, make, status, code, said in bad_gateway.ROWS:
            self.check(what, make, status, code, said)
        self.check_unharmed()

    def check_unharmed(self) -> None:
        """What was there still is, nothing else came to be, and no secret was said."""
        for key, names in ((KEY, ["1"]), (NINE, ["2"])):
            answer = rpc("ListInstances", {"PageSize": "100"}, key).send(self.server.port)
            self.assertEqual([item["InstanceId"] for item in answer.json["Data"]["Items"]], names, answer)
        answer = rpc("DescribeDevices", {"PageSize": "100"}, KEY).send(self.server.port)
        self.assertEqual([item["DeviceId"] for item in answer.json["Data"]["Records"]], ["own-cam"])
        said = self.server.said()
        for secret in [*SECRETS.values(), bad_fields.PASSWORD]:
            self.assertNotIn(secret, said)
        self.assertNotIn("terminate", said)

    def test_xml(self) -> None:
        """Errors in XML: gateway's under Error, the action's under its own root; text/xml as the SDKs compare it."""
        for format in ("XML", "xml", None):
            change = {"Format": format}
            with self.subTest(format):
                answer = rpc("BatchDeleteInstance", {}, KEY, change=change).send(self.server.port)
                self.assertEqual((answer.status, answer.type), (400, "text/xml;charset=utf-8"))
                self.assertRegex(answer.text, r"<Error>.*<Code>MissingInstanceIds</Code>")
                answer = rpc("BatchDeleteInstance", {"InstanceIds": "<&>"}, KEY, change=change).send(self.server.port)
                self.assertEqual((answer.status, answer.type), (500, "text/xml;charset=utf-8"))
                self.assertRegex(answer.text, r"<BatchDeleteInstanceResponse>.*'&lt;&amp;&gt;'")

    def test_head(self) -> None:
        answer = Http("HEAD", "/?Action=ListInstances").send(self.server.port)
        self.assertEqual((answer.status, answer.text), (400, ""))

    def test_hosts_secret_is_not_in_devices(self) -> None:
        for i, url in enumerate((
            f"rtsp://admin:{bad_fields.PASSWORD}@192.0.2.7/x",
            f"rtsp://192.0.2.7/user=admin&password={bad_fields.PASSWORD}&channel=1&stream=0.sdp?real_stream",
            f"rtsp://192.0.2.7/user=admin_password={bad_fields.PASSWORD}_channel=1_stream=0.sdp",
            f"http://192.0.2.7/live.flv?X-Amz-Signature={bad_fields.PASSWORD}&at=1",
            f"http://192.0.2.7/get.flv?u=rtsp%3A%2F%2Fadmin%3A{bad_fields.PASSWORD}%40192.0.2.8%2Fx",
        )):  # fmt: skip
            with self.subTest(url):
                corp = str(70 + i)
                device = bad_fields.DEVICE | {"DeviceId": f"hosts-{i}", "DeviceAddress": url, "CorpId": corp}
                made = rpc("CreateDevice", device, ALL).send(self.server.port)
                self.assertEqual(made.status, 200, made)
                listed = rpc("DescribeDevices", {"CorpIdList": corp}, ALL).send(self.server.port)
                self.assertIn("***", listed.text)
                for text in (made.text, listed.text, self.server.said()):
                    self.assertNotIn(bad_fields.PASSWORD, text)

    def test_what_is_fine(self) -> None:
        """The limits from inside, so that the table does not pass by refusing everything."""
        create = bad_fields.CREATE
        for what, changes in (
            ("128 characters", {"InstanceName": "名" * 128}),
            ("deprecated fields", {name: "已废弃" for name in ("PicType", "PicTopic", "AcuUsed", "StorageUsed")}),
            ("touching", {"ScheduleTimes": bad_fields.windows("10:00:00-11:00:00", "11:00:00-24:00:00")}),
            ("over midnight", {"ScheduleTimes": bad_fields.windows("22:00:00-02:00:00", "02:00:00-03:00:00")}),
            ("day 0", bad_fields.MONTH | {"ScheduleCycleDate": "0"}),
            ("a date that is ignored", {"ScheduleCycleDate": "EVERY_WEEK"}),
            ("texts for others", {"Devices": [{"DeviceId": 1, "StartStream": "true"}]}),
            ("a slice as long as its round", bad_fields.POLLING | {"SliceExecutionTime": "600"}),
            ("16 MiB are not needed for 1000 devices",
             {"Devices": [{"DeviceId": str(i), "StartStream": False} for i in range(1000)]}),
        ):  # fmt: skip
            with self.subTest(what):
                answer = rpc("CreateComputeInstance", create | {"ProjectId": "7"} | changes, ALL).send(self.server.port)
                self.assertEqual((answer.status, answer.code), (200, "0"), answer)
        for minutes in (-14, 14):
            answer = bad_gateway.listing(change={"Timestamp": bad_gateway.stamp(minutes)}).send(self.server.port)
            self.assertEqual(answer.status, 200, answer)


def filled(parameters: list[dict]) -> dict:
    """The required ones, each with something that is fine by its schema."""
    fields = {}
    for one in parameters:
        schema = one["schema"]
        fine = schema["enum"][0] if "enum" in schema else str(schema.get("minimum", 1))
        fields[one["name"]] = "2" if one["name"] in ("CorpId", "ProjectId") else fine
    return {one["name"]: fields[one["name"]] for one in parameters if one["required"]}


class EveryAction(unittest.TestCase):
    """What the OpenAPI document says is required, whole or one of a few is checked so, for each action there is."""

    @classmethod
    def setUpClass(cls) -> None:
        said = subprocess.run([CAMFLEET, "serve", "--openapi"], capture_output=True, check=True, timeout=60).stdout
        cls.actions = {
            one["post"]["operationId"]: [p for p in one["post"]["parameters"] if p["name"] != "Action"]
            for one in json.loads(said)["paths"].values()
        }
        cls.folder = tempfile.TemporaryDirectory()
        cls.server = Server(CAMFLEET, pathlib.Path(cls.folder.name), KEYS).start()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.server.kill()
        cls.folder.cleanup()

    def check(self, action: str, fields: dict, status: int, code: str, *said: str) -> None:
        with self.subTest(action=action, fields=fields):
            answer = rpc(action, fields, KEY).send(self.server.port)
            self.assertEqual(faults(answer, status, code, said), [])

    def test_actions(self) -> None:
        self.assertGreater(len(self.actions), 10)

    def test_required(self) -> None:
        for action, parameters in self.actions.items():
            fields = filled(parameters)
            for name in fields:
                self.check(action, bad_fields.changed(fields, **{name: None}), 400, "Missing" + name, name)

    def test_whole_numbers(self) -> None:
        for action, parameters in self.actions.items():
            for one in parameters:
                if one["schema"].get("type") != "integer":
                    continue
                values = ["x", "1.5", bad_fields.BIG, str(one["schema"]["minimum"] - 1)]
                values += [str(one["schema"]["maximum"] + 1)] if "maximum" in one["schema"] else []
                for value in values:
                    self.check(action, filled(parameters) | {one["name"]: value}, 500, "RequestFailed", one["name"])

    def test_choices(self) -> None:
        for action, parameters in self.actions.items():
            for one in parameters:
                if "enum" in one["schema"]:
                    fields = filled(parameters) | {one["name"]: "something else"}
                    self.check(action, fields, 500, "RequestFailed", one["name"], "'something else'")

    def test_twice(self) -> None:
        for action, parameters in self.actions.items():
            for one in parameters:
                fields = [*filled(parameters).items(), (one["name"], "a"), (one["name"], "b")]
                with self.subTest(action=action, name=one["name"]):
                    answer = rpc(action, fields, KEY).send(self.server.port)
                    self.assertEqual(faults(answer, 400, "InvalidParameter", [one["name"]]), [])


class UnknownDevices(unittest.TestCase):
    """With a fleet file a DeviceId that is not in it is wrong; without one it becomes a demo camera."""

    def test_fleet(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            fleet = folder / "fleet.yaml"
            source = f"rtsp://admin:{bad_fields.PASSWORD}@127.0.0.1:9/x"
            fleet.write_text(f'devices: [{{id: gate, source: "{source}"}}]\n')
            server = Server(CAMFLEET, folder, None, "--fleet", str(fleet)).start()
            self.addCleanup(server.kill)
            devices = [{"DeviceId": one, "StartStream": True} for one in ("gate", "nobody")]
            answer = rpc("CreateComputeInstance", bad_fields.CREATE | {"Devices": devices}).send(server.port)
            self.assertEqual(faults(answer, 500, "RequestFailed", ["Devices[1]", "'nobody'"]), [])
            self.assertNotIn(bad_fields.PASSWORD, answer.text + server.said())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
