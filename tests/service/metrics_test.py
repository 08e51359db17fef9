"""What the service says of itself: /metrics against the store and the calls that were made, /readyz, and its log.

Usage: metrics_test.py CAMFLEET
"""

import collections
import contextlib
import json
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from bad_gateway import KEY, KEYS, SECRETS
from prometheus_text import Scrape
from server import Http, Server, rpc

CAMFLEET = sys.argv[1]
FOOTAGE = "file:///usr/share/doc/opencv-doc/examples/data/vtest.avi?loop=1"
PASSWORD = "hunter2-of-a-camera"
PATIENCE = 90  # seconds, on a machine that has other work
LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (debug|info|warn|error) [a-z].*")
FAMILIES = {
    "camfleet_slices_total": "counter",
    "camfleet_slices_running": "gauge",
    "camfleet_pictures_lost_total": "counter",
    "camfleet_slices_withdrawn_total": "counter",
    "camfleet_slice_lateness_seconds": "histogram",
    "camfleet_samples_total": "counter",
    "camfleet_findings_total": "counter",
    "camfleet_findings_dropped_total": "counter",
    "camfleet_node_answers_dropped_total": "counter",
    "camfleet_instances": "gauge",
    "camfleet_streams_open": "gauge",
    "camfleet_stream_reconnects_total": "counter",
    "camfleet_clock_moves_total": "counter",
    "camfleet_api_calls_total": "counter",
    "camfleet_api_call_duration_seconds": "histogram",
    "camfleet_store_commit_duration_seconds": "histogram",
    "camfleet_store_commit_failures_total": "counter",
    "camfleet_store_changes_waiting": "gauge",
    "camfleet_build_info": "gauge",
}


def create(devices: list[str], times: tuple[str, str] = ("10:00:00", "10:02:00"), **changes):
    """Slices of 5 s every minute, with motion: an algorithm that needs no model."""
    fields = {
        "ProjectId": "2",
        "InstanceName": "gate",
        "AlgorithmType": "PICTURE",
        "Devices": [{"DeviceId": device, "StartStream": True} for device in devices],
        "Algorithms": [{"AlgorithmId": "3", "AlgorithmName": "motion"}],
        "ScheduleType": "ONCE",
        "ScheduleTimes": [{"StartTime": times[0], "EndTime": times[1]}],
        "IsPolling": "true",
        "SliceExecutionTime": "5",
        "OverallExecutionTime": "1",
    }
    return rpc("CreateComputeInstance", fields | changes)


def get(port: int, path: str):
    return Http("GET", path).send(port)


class Case(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def serve(self, *options: str, keys: list | None = None, rehearsal: tuple = ()) -> Server:
        """`rehearsal`: options of its first start alone."""
        server = Server(CAMFLEET, self.folder, keys, *options)
        self.addCleanup(lambda: server.ended() is None and server.kill())
        return server.start(*rehearsal)

    def scrape(self, server: Server) -> Scrape:
        answer = get(server.port, "/metrics")
        self.assertEqual((answer.status, answer.type), (200, "text/plain; version=0.0.4; charset=utf-8"))
        scrape = Scrape(answer.text)
        self.assertEqual(scrape.faults, [])
        if promtool := shutil.which("promtool"):
            done = subprocess.run([promtool, "check", "metrics"], input=answer.text, capture_output=True, text=True)
            self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))
        return scrape

    def until(self, what: str, seconds: float, holds) -> None:
        end = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(0.1)

    def rows(self, server: Server, query: str) -> list[tuple]:
        with contextlib.closing(sqlite3.connect(server.store, timeout=30)) as database:
            return database.execute(query).fetchall()

    def check_lines(self, server: Server) -> None:
        for line in server.said().splitlines():
            self.assertRegex(line, LINE)


class Metrics(Case):
    def test_counts_match_the_store_and_the_calls(self) -> None:
        (self.folder / "fleet.yaml").write_text(
            "devices:\n"
            f"  - {{id: gate, source: {json.dumps(FOOTAGE)}}}\n"
            f"  - {{id: yard, source: {json.dumps(FOOTAGE)}}}\n"
            '  - {id: gone, source: "file:///nowhere/at/all.mp4"}\n'
        )
        fleet = ("--fleet", str(self.folder / "fleet.yaml"), "--log-level", "debug")
        # Made long before they are due, however slow the machine is.
        server = self.serve(*fleet, rehearsal=("--clock", "2026-03-02T09:00:00+08:00"))
        for devices in (["gate", "yard"], ["gone"]):
            answer = create(devices).send(server.port)
            self.assertEqual(answer.status, 200, answer)
        self.assertEqual(self.scrape(server).value("camfleet_instances"), 2)
        self.assertEqual(server.stop(), 0)
        server.start("--clock", "2026-03-02T09:59:55+08:00", "--speed", "10")
        calls: collections.Counter = collections.Counter()
        for request, action, code in (
            (create(["nobody"]), "CreateComputeInstance", "RequestFailed"),
            (rpc("ListInstances"), "ListInstances", "0"),
            (rpc("ListInstances", change={"Version": "1"}), "ListInstances", "InvalidVersion"),
            (rpc("DescribeDevices"), "DescribeDevices", "200"),
            *((rpc(f"Attack{i}"), "unknown", "InvalidAction.NotFound") for i in range(20)),
            (Http("GET", "/attack"), "unknown", "InvalidApi.NotFound"),
        ):
            answer = request.send(server.port)
            self.assertEqual(answer.code, code, answer)
            calls[action, code] += 1
        self.until("all six slices end", PATIENCE, lambda: self.scrape(server).total("camfleet_slices_total") == 6)
        answer = rpc("BatchDeleteInstance", {"InstanceIds": ["2"]}).send(server.port)
        self.assertEqual(answer.status, 200, answer)
        calls["BatchDeleteInstance", "0"] += 1
        self.until("all is stored", PATIENCE, lambda: self.scrape(server).value("camfleet_store_changes_waiting") == 0)
        self.check_scrape(server, calls)
        self.check_log(server)
        self.assertEqual(server.stop(), 0)
        server.start("--clock", "2026-03-02T10:30:00+08:00")
        again = self.scrape(server)
        self.assertEqual(again.value("camfleet_instances"), 1)
        self.assertEqual(again.total("camfleet_slices_total"), 0)
        self.assertEqual(again.total("camfleet_api_calls_total"), 0)

    def check_scrape(self, server: Server, calls: collections.Counter) -> None:
        scrape = self.scrape(server)
        self.assertEqual(scrape.types, FAMILIES)
        ended = [(outcome, json.loads(line)) for outcome, line in self.rows(server, "SELECT outcome, line FROM slices")]
        self.assertEqual(self.rows(server, "SELECT count(*) FROM open_slices"), [(0,)])
        self.assertEqual(scrape.value("camfleet_slice_lateness_seconds_count"), len(ended))
        self.assertEqual(scrape.value("camfleet_slices_running"), 0)
        reasons = collections.Counter((outcome, line["reason"] or "none") for outcome, line in ended)
        self.assertEqual(scrape.by("camfleet_slices_total", "outcome", "reason"), reasons)
        self.assertEqual(reasons["missed", "camera_offline"], 2, "the file that is not there")
        accounts = [account for _, line in ended for account in line["algorithms"]]
        samples = scrape.by("camfleet_samples_total", "result")
        for result in ("analysed", "gated"):
            self.assertEqual(samples.get(result, 0), sum(account[result] for account in accounts), result)
        self.assertEqual(sum(samples.values()), sum(account["due"] for account in accounts))
        self.assertGreater(samples["analysed"], 0)
        self.assertGreater(samples["dropped"], 0)
        found = dict(self.rows(server, "SELECT algorithm, count(*) FROM findings GROUP BY algorithm"))
        self.assertEqual(scrape.by("camfleet_findings_total", "algorithm"), found)
        self.assertEqual(scrape.by("camfleet_api_calls_total", "action", "code"), calls)
        of_action: collections.Counter = collections.Counter()
        for (action, _), count in calls.items():
            of_action[action] += count
        self.assertEqual(scrape.by("camfleet_api_call_duration_seconds_count", "action"), of_action)
        self.assertEqual(scrape.value("camfleet_instances"), 1)
        self.assertGreater(scrape.value("camfleet_store_commit_duration_seconds_count"), 0)
        self.assertEqual(scrape.value("camfleet_store_commit_failures_total"), 0)

    def check_log(self, server: Server) -> None:
        self.check_lines(server)
        said = server.said()
        for pattern in (
            r" info starting store=",
            r" info recovered instances=2 devices=3 open_slices=0 ",
            r" info instance created instance=1 project=2\n",
            r" info instance deleted instance=2 project=2\n",
            r" debug slice ended instance=1 device=gate slice=2026-03-02T02:00:00Z outcome=done reason=none ",
            r" warn slice ended instance=2 device=gone slice=2026-03-02T02:01:\d\dZ outcome=missed reason=camera_offline ",
            r" warn stream failed device=gone reason=camera_offline ",
            r" debug api call action=unknown code=InvalidAction.NotFound status=404 ",
            r" warn api call failed action=CreateComputeInstance code=RequestFailed status=500 ",
        ):
            self.assertRegex(said, pattern)
        self.assertNotIn("Attack", said)

    def test_a_camera_that_does_not_answer(self) -> None:
        """Its reconnects are counted and said, without its password."""
        with socket.create_server(("127.0.0.1", 0)) as nobody:
            port = nobody.getsockname()[1]
        server = self.serve("--log-format", "json")
        address = f"rtsp://viewer:{PASSWORD}@127.0.0.1:{port}/cam"
        device = {"DeviceId": "away", "DeviceType": "IPC", "DataSourceType": "VIDEO", "DeviceName": "away"}
        for request in (
            rpc("CreateDevice", device | {"CorpId": "2", "DeviceAddress": address}),
            create(["away"], ("00:00:00", "24:00:00"), IsPolling="false", ScheduleType="EVERYDAY",
                   SliceExecutionTime="0", OverallExecutionTime="0"),
        ):  # fmt: skip
            answer = request.send(server.port)
            self.assertEqual(answer.status, 200, answer)
        counted = lambda: self.scrape(server).value("camfleet_stream_reconnects_total")  # noqa: E731
        self.until("it is tried again", PATIENCE, lambda: counted() >= 2)
        running = lambda: self.scrape(server).value("camfleet_slices_running")  # noqa: E731
        self.until("its slice is due", PATIENCE, lambda: running() == 1)
        lines = [json.loads(line) for line in server.said().splitlines()]
        for message in ("stream failed", "stream reconnecting"):
            told = [line for line in lines if line["message"] == message]
            self.assertEqual({(line["level"], line["device"]) for line in told}, {("warn", "away")}, message)
        failed = next(line for line in lines if line["message"] == "stream failed")
        self.assertEqual((failed["reason"], failed["where"]), ("camera_offline", address.replace(PASSWORD, "***")))
        self.assertNotIn(PASSWORD, server.said())


class Readiness(Case):
    def test_a_store_that_cannot_be_written(self) -> None:
        server = self.serve()
        self.assertEqual((get(server.port, "/readyz").status, get(server.port, "/readyz").text), (200, "ok\n"))
        with contextlib.closing(sqlite3.connect(server.store, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            refused = []
            thread = threading.Thread(target=lambda: refused.append(create(["cam"]).send(server.port, PATIENCE)))
            thread.start()
            self.until("it is not ready", PATIENCE, lambda: get(server.port, "/readyz").status == 503)
            self.assertRegex(get(server.port, "/readyz").text, r"^not ready: store: the last commit failed\n$")
            self.assertEqual(get(server.port, "/healthz").status, 200)
            thread.join(PATIENCE)
            self.assertEqual(refused[0].status, 500, refused)
            scrape = self.scrape(server)
            self.assertGreater(scrape.value("camfleet_store_commit_failures_total"), 0)
            self.assertEqual(scrape.value("camfleet_instances"), 0)
            other.execute("ROLLBACK")
        self.until("it is ready again, though nothing is asked of it", PATIENCE,
                   lambda: get(server.port, "/readyz").status == 200)  # fmt: skip
        self.assertRegex(server.said(), r" error store commit failed where=\S+ error=\"")
        self.assertEqual(server.stop(), 0)


class Log(Case):
    def test_nothing_that_is_secret_or_forged(self) -> None:
        server = self.serve("--log-level", "debug", keys=KEYS)
        forged = "x\n2026-11-24T10:00:00.000Z error forged\r\x1b[2J"
        signatures = []
        for action, fields in (
            ("ListInstances", {"InstanceName": forged}),
            ("CreateDevice", {"DeviceId": forged, "Password": PASSWORD}),
            ("CreateComputeInstance", {"InstanceName": forged, "ProjectId": forged}),
            (forged, {"ProjectId": forged}),
        ):
            for where in ("form", "query"):
                request = rpc(action, fields, KEY, where=where)
                signatures += re.findall(r"Signature=([^&]+)", request.target + request.body.decode())
                self.assertIn(request.send(server.port).status, (200, 400, 404, 500))
        self.check_lines(server)
        said = server.said()
        self.assertEqual(len(signatures), 8)
        for secret in (*SECRETS.values(), *signatures, PASSWORD, "forged", "SignatureNonce"):
            self.assertNotIn(secret, said)

    def test_names_that_look_like_fields(self) -> None:
        """A project is a caller's word, and is said."""
        server = self.serve()
        answer = create(["cam"], ProjectId='a" instance=7\u2028').send(server.port)
        self.assertEqual(answer.status, 200, answer)
        said = r'project="a\" instance=7\u2028"'
        self.until("the project is said", PATIENCE, lambda: said in server.said())
        self.check_lines(server)

    def test_json_lines(self) -> None:
        fleet = self.folder / "fleet.yaml"
        fleet.write_text(f"devices:\n  - {{id: gate, source: {json.dumps(FOOTAGE)}}}\n")
        server = self.serve("--log-format", "json", "--fleet", str(fleet))
        fleet.write_text("devices: 7\n")
        server.signal(signal.SIGHUP)
        self.until("it is refused", PATIENCE, lambda: "fleet not reloaded" in server.said())
        fleet.write_text(f"devices:\n  - {{id: gate, source: {json.dumps(FOOTAGE)}}}\n")
        server.signal(signal.SIGHUP)
        self.until("it is read again", PATIENCE, lambda: "fleet reloaded" in server.said())
        self.assertEqual(server.stop(), 0)
        lines = [json.loads(line) for line in server.said().splitlines()]
        self.assertEqual(
            [(line["level"], line["message"]) for line in lines if line["message"] != "problem"],
            [
                ("info", "starting"),
                ("info", "listening"),
                ("info", "recovered"),
                ("info", "ready"),
                ("error", "fleet not reloaded"),
                ("info", "fleet reloaded"),
                ("info", "stopping"),
                ("info", "stopped"),
            ],
        )
        self.assertEqual(lines[-3]["devices"], 1)
        for line in lines:
            self.assertEqual(list(line)[:3], ["time", "level", "message"])

    def test_wrong_options(self) -> None:
        for option, value in (("--log-format", "xml"), ("--log-level", "loud")):
            command = [CAMFLEET, "serve", "--unsigned", "--store", str(self.folder / "s.db"), option, value]
            done = subprocess.run(command, capture_output=True, text=True, timeout=30)
            self.assertEqual(done.returncode, 2, done)
            self.assertIn(option, done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
