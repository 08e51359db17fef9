"""A service and its nodes on machines of their own, which are network namespaces.

Usage: hosts_test.py CAMFLEET [CASE].
"""

import collections
import math
import pathlib
import re
import signal
import subprocess
import sys
import time
import unittest

import hosts
from cluster_case import EVERY_DAY, JOIN, RESULTS, ClusterTest

# One more algorithm, as motion, that not every node has.
CATALOGUE = """
algorithms:
  - id: "77"
    name: {zh: 移动, en: Odd motion}
    kind: motion
    variants:
      - engine: motion
        input: {columns: 160, change: 18, min_cells: 4}
        labels: [motion]
        score_threshold: 0.1
        cost: 0.0006
"""


EVERY_MINUTE = EVERY_DAY | {
    "IsPolling": True,
    "SliceExecutionTime": 4,
    "OverallExecutionTime": 1,
}
PEOPLE = [{"AlgorithmId": "1", "AlgorithmName": "people"}]
MOTION = [{"AlgorithmId": "3", "AlgorithmName": "motion"}]
NOBODY_HAS = [{"AlgorithmId": "78", "AlgorithmName": "nobody's"}]
REHEARSAL = ["--clock", "2026-03-02T09:59:40+08:00", "--speed", "8"]


class Joining(ClusterTest):
    def test_each_has_what_it_is_for(self) -> None:
        catalogue = self.folder / "odd.yaml"
        catalogue.write_text(CATALOGUE)
        more = self.folder / "more.yaml"
        more.write_text(CATALOGUE + CATALOGUE.partition("algorithms:")[2].replace('"77"', '"78"'))
        self.fleet(
            'id: "gate-{i}", count: 4, region: north, source: "synthetic://lobby?size=160x120&seed={i}"',
            'id: "yard-{i}", count: 2, region: south, source: "synthetic://lobby?size=160x120&seed=1{i}"',
            'id: "wall-{i}", count: 120, source: "synthetic://lobby?size=160x120&seed=3"',
            'id: "odd-{i}", count: 2, source: "synthetic://lobby?size=160x120&seed=2{i}"',
            f'id: "film-{{i}}", count: 2, source: "file://{self.film()}?loop=1"',
        )
        self.serve(*REHEARSAL, "--catalogue", str(more))
        self.node(self.network.host(), "north", "--region", "north")
        self.until(lambda: self.up() == {"north"}, 20)
        refused = self.ask("films", ["gate-0", "film-0"], Algorithms=MOTION, **EVERY_MINUTE)
        self.assertEqual(refused.get("Code"), "RequestFailed", refused)
        self.assertIn("'film-0' is read by 'file'", refused["Message"])
        self.assertIn("none was started with --files", refused["Message"])
        self.node(self.network.host(), "files", "--region", "east", "--files", "--catalogue", str(catalogue))
        self.node(self.network.host(), "south", "--region", "south")
        self.until(lambda: self.up() == {"north", "files", "south"}, 20)
        self.create("motion", ["gate-0", "gate-1", "gate-2", "gate-3", "yard-0", "yard-1"], **EVERY_MINUTE)
        self.create("films", ["film-0", "film-1"], **EVERY_MINUTE)
        self.create("odd", ["odd-0", "odd-1"], "77", **EVERY_MINUTE)
        # What all of them together can never carry, and what none of them has.
        for refused, why in (
            (self.ask("large", [f"wall-{i}" for i in range(120)], Algorithms=PEOPLE), "too few"),
            (self.ask("none", ["gate-0"], Algorithms=NOBODY_HAS), "none has its model"),
        ):
            self.assertEqual(refused.get("Code"), "RequestFailed", refused)
            self.assertIn(why, refused["Message"])
        self.until(lambda: len(self.items("ListSlices", Outcome="done")) >= 20, 40)
        self.node(self.network.host(), "late", "--region", "north")
        self.until(lambda: "late" in {row["Node"] for row in self.items("ListSlices", Outcome="done")}, 60)
        rows = self.items("ListSlices")
        ended = [row for row in rows if row["Outcome"] != "RUNNING"]
        self.assertEqual([row for row in ended if row["Outcome"] != "done"], [])
        where = collections.defaultdict(set)
        for row in ended:
            where[row["DeviceId"].split("-")[0]].add(row["Node"])
            # The first may be the rest of one that had begun before its instance was there.
            self.assertEqual([one["Analysed"] for one in row["Algorithms"]], [math.ceil(row["PlannedSeconds"])], row)
        self.assertEqual(where["yard"], {"south"})
        self.assertEqual(where["film"], {"files"})
        self.assertEqual(where["odd"], {"files"})
        self.assertEqual(where["gate"], {"north", "late"})
        self.until(lambda: all(node["SpooledFindings"] == 0 for node in self.nodes().values()), 20)
        self.each_finding_has_a_row(rows)
        self.keys_that_vanish_end_nothing()

    def keys_that_vanish_end_nothing(self) -> None:
        before = self.up()
        (self.folder / "cluster").rename(self.folder / "elsewhere")
        self.serving.send_signal(signal.SIGHUP)
        log = self.folder / "serve.log"
        self.until(lambda: "list of nodes not read again" in log.read_text(), 10)
        self.assertEqual(self.up(), before)
        (self.folder / "elsewhere").rename(self.folder / "cluster")
        self.keys("remove", "late", str(self.folder / "cluster"))
        self.serving.send_signal(signal.SIGHUP)
        self.until(lambda: self.up() == before - {"late"}, 2)
        self.assertNotIn("late", self.nodes())

    def each_finding_has_a_row(self, rows: list[dict]) -> None:
        slices = {(row["InstanceId"], row["DeviceId"], row["DueAt"]) for row in rows}
        slices |= {(row["InstanceId"], row["DeviceId"], row["DueAt"]) for row in self.items("ListSlices")}
        found = self.items("ListFindings")
        self.assertTrue(found)
        names = [(one["InstanceId"], one["DeviceId"], one["DueAt"], one["AlgorithmId"], one["At"]) for one in found]
        self.assertEqual(len(names), len(set(names)), "none is there twice")
        self.assertEqual([name for name in names if name[:3] not in slices], [])
        self.assertTrue(all(one["HasPicture"] for one in found))


class SlowLink(ClusterTest):
    def test_three_tenths_of_a_second_lose_nothing(self) -> None:
        self.fleet('id: "yard-{i}", count: 3, source: "synthetic://lobby?size=160x120&seed={i}"')
        self.serve("--clock", "2026-03-02T09:59:45+08:00")
        way = self.network.host()
        hosts.start_relay(way, self.scheduler, [JOIN, RESULTS], 0.15, self.folder / "relay.log")
        self.node(self.network.host(), "far", join=way.address)
        self.until(lambda: self.up() == {"far"}, 12)
        times = [{"StartTime": f"10:00:{at:02}", "EndTime": f"10:00:{at + 4:02}"} for at in (4, 12, 20)]
        self.create("motion", ["yard-0", "yard-1", "yard-2"], ScheduleTimes=times)
        self.until(lambda: len(self.items("ListSlices", Outcome="done")) == 9, 60)
        for row in self.items("ListSlices"):
            self.assertEqual((row["Node"], row["Outcome"]), ("far", "done"), row)
            self.assertEqual([one["Analysed"] for one in row["Algorithms"]], [4], row)
        far = self.nodes()["far"]
        self.assertGreater(far["RoundTripSeconds"], 0.3)
        self.assertLess(far["RoundTripSeconds"], 0.6)
        self.until(lambda: self.nodes()["far"]["SpooledFindings"] == 0, 20)
        self.assertTrue(self.items("ListFindings"))


class FrozenResults(ClusterTest):
    def connections(self) -> int:
        """That the service has at the port of results."""
        lines = self.scheduler.run("ss", "-Htn", "state", "established", f"sport = :{RESULTS}").splitlines()
        return len(lines)

    def test_what_does_not_get_through_is_told_and_comes_later(self) -> None:
        self.fleet(f'id: "film-{{i}}", count: 4, source: "file://{self.film()}?loop=1"')
        self.serve(*REHEARSAL)
        way = self.network.host()
        log = self.folder / "relay.log"
        hosts.start_relay(way, self.scheduler, [JOIN], 0, log)
        results = hosts.start_relay(way, self.scheduler, [RESULTS], 0, log)
        self.node(self.network.host(), "a", "--files", join=way.address)
        self.until(lambda: self.up() == {"a"}, 20)
        self.create("films", [f"film-{i}" for i in range(4)], **EVERY_MINUTE)
        self.until(lambda: len(self.items("ListFindings")) > 4, 30)
        results.send_signal(signal.SIGSTOP)
        self.until(lambda: "do not get through" in (self.folder / "serve.log").read_text(), 40)
        self.assertIn("do not get through", (self.folder / "a.log").read_text())
        self.assertGreater(self.nodes()["a"]["SpooledFindings"], 0)
        self.until(lambda: self.connections() == 0, 20)
        results.send_signal(signal.SIGCONT)
        self.until(lambda: self.nodes()["a"]["SpooledFindings"] < 5, 30)
        self.until(lambda: self.connections() == 1, 20)


class Strangers(ClusterTest):
    CROWD = 1200
    SECONDS = 7

    def memory_peak(self) -> int:
        """Of the service, in MB."""
        status = pathlib.Path(f"/proc/{self.serving.pid}/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024

    def crowd(self, host: hosts.Host, port: int, kind: str) -> subprocess.Popen:
        command = [sys.executable, "-B", str(pathlib.Path(__file__).parent / "crowd.py"), self.scheduler.address]
        command += [str(port), kind, str(self.CROWD), str(self.SECONDS)]
        return host.start(*command, log=self.folder / "crowd.txt")

    def test_crowds_at_both_ports(self) -> None:
        self.fleet(f'id: "film-{{i}}", count: 4, source: "file://{self.film()}?loop=1"')
        self.serve(*REHEARSAL, descriptors=256)
        for name in ("a", "b"):
            self.node(self.network.host(), name, "--files")
        self.until(lambda: self.up() == {"a", "b"}, 20)
        since = {name: node["Since"] for name, node in self.nodes().items()}
        self.create("films", [f"film-{i}" for i in range(4)], **EVERY_MINUTE)
        outside = self.network.host()
        log = self.folder / "serve.log"
        for number, (port, kind) in enumerate((port, kind) for kind in ("silence", "garbage", "half") for port in (JOIN, RESULTS)):
            lines, began = log.read_text().count("\n"), time.monotonic()
            crowd = self.crowd(outside, port, kind)
            time.sleep(1)
            late = f"late-{number}"
            process = self.node(self.network.host(), late, "--files")
            self.until(lambda: late in self.up(), self.SECONDS - 2)
            process.terminate()
            self.assertEqual(crowd.wait(self.SECONDS + 20), 0)
            said = log.read_text().count("\n") - lines
            # One a second of strangers at each port, and what there is to say of the new node and the signal.
            self.assertLess(said, 2 * (time.monotonic() - began) + 8, (port, kind, self.logs()))
        nodes = self.nodes()
        self.assertEqual({name: nodes[name]["Since"] for name in since}, since, self.logs())
        self.assertLess(self.memory_peak(), 300)
        rows = [row for row in self.items("ListSlices") if row["Outcome"] != "RUNNING"]
        self.assertGreater(len(rows), 8)
        self.assertEqual([row for row in rows if row["Outcome"] != "done"], [])
        self.until(lambda: all(node["SpooledFindings"] == 0 for node in self.nodes().values()), 20)
        self.assertTrue(self.items("ListFindings"))
        self.assertIn("refused", log.read_text())


class Restart(ClusterTest):
    def test_what_is_in_spools_is_there_once(self) -> None:
        self.fleet(f'id: "film-{{i}}", count: 4, source: "file://{self.film()}?loop=1"')
        serving = self.serve(*REHEARSAL)
        way = self.network.host()
        log = self.folder / "relay.log"
        # Results do not get through.
        first = hosts.start_relay(way, self.scheduler, [JOIN], 0, log)
        machine = self.network.host()
        node = self.node(machine, "a", "--files", join=way.address)
        self.until(lambda: self.up() == {"a"}, 20)
        once = EVERY_MINUTE | {"ScheduleTimes": [{"StartTime": "10:00:00", "EndTime": "10:02:00"}]}
        self.create("films", [f"film-{i}" for i in range(4)], **once)
        self.until(lambda: len(self.items("ListSlices", Outcome="done")) == 8, 60)
        # It is told with each heartbeat.
        time.sleep(1.5)
        spooled = self.nodes()["a"]["SpooledFindings"]
        self.assertGreater(spooled, 8)
        self.assertEqual(self.items("ListFindings"), [])
        # All three end at once, without a word.
        for process in (serving, node, first):
            process.kill()
            process.wait()
        self.serve("--clock", "2026-03-02T10:03:30+08:00", "--speed", "8")
        hosts.start_relay(way, self.scheduler, [JOIN, RESULTS], 0, log)
        self.node(machine, "a", "--files", join=way.address)
        self.until(lambda: self.up() == {"a"} and self.nodes()["a"]["SpooledFindings"] == 0, 30)
        found = self.items("ListFindings")
        names = {(one["DeviceId"], one["DueAt"], one["At"]) for one in found}
        self.assertEqual((len(found), len(names)), (spooled, spooled))
        rows = {(row["DeviceId"], row["DueAt"]) for row in self.items("ListSlices", Outcome="done")}
        self.assertLessEqual({name[:2] for name in names}, rows)


if __name__ == "__main__":
    ClusterTest.camfleet = sys.argv.pop(1)
    unittest.main()
