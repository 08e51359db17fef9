"""What a service does when the machine's clock is set: to slices that run, to those that are due, and to its store.

Usage: clock_test.py CAMFLEET
"""

import datetime
import glob
import json
import pathlib
import sys
import tempfile
import time
import unittest

from calls import watch
from server import Server, rpc

CAMFLEET = sys.argv.pop(1)
WAIT_SECONDS = 60
NOTICED_SECONDS = 10  # a second by the rules; the rest is what a busy machine adds
UTC = datetime.timezone.utc
TAPE = "file:///usr/share/doc/opencv-doc/examples/data/vtest.avi?loop=1"
DAY = 24 * 3600


class Clock(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        fleet = self.folder / "fleet.yaml"
        # Nothing listens at the address of cam.
        devices = [{"id": "tape", "source": TAPE}, {"id": "cam", "source": "rtsp://127.0.0.1:1/"}]
        fleet.write_text(json.dumps({"devices": devices}))
        self.offset = 0.0
        self.server = Server(CAMFLEET, self.folder, None, "--fleet", str(fleet), "--zone", "UTC")
        self.addCleanup(self.server.kill)
        self.server.environment = {
            "LD_PRELOAD": glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0],
            "FAKETIME_TIMESTAMP_FILE": str(self.folder / "offset"),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
        self.set_clock(0)

    def set_clock(self, offset: float) -> None:
        """The service's clock is so many seconds ahead from now on."""
        self.offset = offset
        part = self.folder / "offset.part"
        part.write_text(f"{offset:+.0f}\n")
        part.rename(self.folder / "offset")

    def now(self) -> datetime.datetime:
        """As the service has it."""
        return datetime.datetime.now(UTC) + datetime.timedelta(seconds=self.offset)

    def times(self, begins: float, lasts: float) -> tuple[str, str]:
        """A window of whole seconds, so many seconds from now."""
        opens = self.now() + datetime.timedelta(seconds=begins)
        return tuple((opens + datetime.timedelta(seconds=s)).strftime("%H:%M:%S") for s in (0, lasts))

    def create(self, device: str, times: tuple[str, str], **fields: object) -> str:
        answer = rpc("CreateComputeInstance", watch(device, times=times, **fields)).send(self.server.port)
        self.assertEqual(answer.code, "0", answer.text)
        return answer.json["Data"]["InstanceId"]

    def slices(self, **fields: object) -> dict:
        answer = rpc("ListSlices", {"PageSize": 100} | fields).send(self.server.port)
        self.assertEqual(answer.code, "0", answer.text)
        return answer.json["Data"]

    def wait_until(self, holds, what: str, within: float = WAIT_SECONDS) -> None:
        end = time.monotonic() + within
        while not holds():
            if time.monotonic() > end:
                self.fail(f"{what}; slices: {self.slices()}; log: {self.server.said()}")
            time.sleep(0.1)

    def wait_for_word(self, word: str, within: float = WAIT_SECONDS) -> None:
        self.wait_until(lambda: word in self.server.said(lately=True), word, within)

    def wait_for_done(self) -> dict:
        self.wait_until(lambda: any(s["Outcome"] == "done" for s in self.slices()["Items"]), "none is done")
        return self.slices()

    def midnight_is_near(self) -> bool:
        return self.now().hour == 23 and self.now().minute >= 50

    def test_windows_follow_a_clock_that_is_set_right(self) -> None:
        for offset, word in ((-7200, "clock was put forward"), (1800, "clock was put back")):
            with self.subTest(offset=offset):
                self.set_clock(offset)
                self.server.start()
                self.set_clock(0)
                self.wait_for_word(word, NOTICED_SECONDS)
                begins, ends = self.times(4, 3)
                instance = self.create("tape", (begins, ends))
                items = self.wait_for_done()["Items"]
                self.assertEqual([(item["DueAt"][11:19], item["Outcome"]) for item in items], [(begins, "done")])
                described = rpc("DescribeComputeInstance", {"InstanceId": instance}).send(self.server.port)
                self.assertEqual(described.json["Data"]["NextWindows"][0]["Opens"][11:19], begins)
                self.server.kill()
                # With its log, which is no other store's.
                for file in self.folder.glob("store.db*"):
                    file.unlink()

    def test_slices_that_run_and_that_are_due(self) -> None:
        """A minute each: put forward, what passed is missed; put back, nothing is due twice."""
        self.set_clock(-600 if self.midnight_is_near() else 0)
        self.server.start()
        begun = self.now()
        self.create(
            "cam", ("00:00:00", "24:00:00"), IsPolling=True, SliceExecutionTime=50, OverallExecutionTime=1
        )
        running = self.create("tape", self.times(-1, 3600), ComputePictureValue=1)
        self.wait_until(lambda: self.slices(InstanceId=running)["TotalCount"] == 1, "no slice runs")
        time.sleep(2)
        self.set_clock(self.offset + 600)
        self.wait_for_word("clock was put forward", NOTICED_SECONDS)

        def passed() -> list[dict]:
            return [s for s in self.slices(InstanceId="1")["Items"] if s.get("Reason") == "late_start"]

        self.wait_until(lambda: len(passed()) >= 9, "the rounds that passed have no row")
        for item in passed():
            self.assertEqual(item["Outcome"], "missed", item)
        # Footage does not film: its slice runs on, and catches up.
        self.assertEqual([s["Outcome"] for s in self.slices(InstanceId=running)["Items"]], ["RUNNING"])
        self.set_clock(self.offset - 600)
        self.wait_for_word("clock was put back", NOTICED_SECONDS)
        time.sleep(2)
        due = [s["DueAt"] for s in self.slices(InstanceId="1")["Items"]]
        self.assertEqual(len(due), len(set(due)), "due twice")
        # Whole minutes but for the first, which was joined; none is missing.
        instants = sorted(datetime.datetime.fromisoformat(one) for one in due)
        steps = {later - earlier for earlier, later in zip(instants[1:], instants[2:])}
        self.assertEqual(steps, {datetime.timedelta(minutes=1)}, instants)
        self.assertLess(abs((instants[0] - begun).total_seconds()), 62)
        self.assertEqual(self.server.stop(), 0)

    def test_a_store_from_a_time_when_the_clock_was_ahead(self) -> None:
        self.server.start()
        begins, ends = self.times(25, 3)
        instance = self.create("tape", (begins, ends))
        self.assertEqual(self.server.stop(), 0)
        self.set_clock(30 * DAY)
        self.server.start("--settle", "3d")
        # Footage is caught up: three days of it, one by one.
        self.wait_until(lambda: self.slices(Outcome="done")["TotalCount"] == 3, "not settled")
        items = self.slices()["Items"]
        span = [item for item in items if "Slices" in item]
        self.assertEqual([s["Slices"] for s in span], [27], items)
        self.assertEqual((span[0]["Outcome"], span[0]["Reason"]), ("missed", "scheduler_down"))
        self.assertEqual(self.slices()["TotalCount"], 4)
        self.assertIn("slices of a long absence", self.server.said(lately=True))
        self.assertEqual(self.server.stop(), 0)
        self.set_clock(0)
        self.server.start()
        said = self.server.said(lately=True)
        self.assertRegex(said, r"clock is behind what the store knows.*withdrawn\W+0\W.*withdrawn_spans\W+1\b")
        self.assertEqual(self.slices()["TotalCount"], 3, "what was done stays")
        described = rpc("DescribeComputeInstance", {"InstanceId": instance}).send(self.server.port)
        self.assertEqual(described.json["Data"]["NextWindows"][0]["Opens"][11:19], begins)

    def test_slices_that_a_wrong_clock_wrote_off_are_due_again_once(self) -> None:
        self.server.start()
        begins, _ = times = self.times(20, 4)
        self.create("cam", times)
        self.assertEqual(self.server.stop(), 0)
        self.set_clock(30 * DAY)
        self.server.start()
        self.wait_until(lambda: self.slices()["TotalCount"] == 8, "seven days, then one row")
        self.server.kill()
        self.set_clock(0)
        self.server.start()
        self.assertRegex(self.server.said(lately=True), r"withdrawn\W+7\W.*withdrawn_spans\W+1\b")
        self.assertLess(self.now().strftime("%H:%M:%S"), begins, "this machine is too slow for the test")
        self.assertEqual(self.slices()["TotalCount"], 0)
        self.wait_until(lambda: self.slices(Outcome="missed")["TotalCount"] == 1, "not due again")
        row = self.slices()["Items"][0]
        self.assertEqual((row["DueAt"][11:19], row["Reason"]), (begins, "camera_offline"))
        self.server.kill()
        self.server.start()
        self.assertEqual(self.slices()["TotalCount"], 1)
        self.assertNotIn("clock is behind", self.server.said(lately=True))

    def test_a_clock_that_moves_by_days_is_taken_as_a_restart(self) -> None:
        self.server.start()
        self.create("cam", self.times(3600, 4))
        port = self.server.port
        self.set_clock(3 * DAY)
        self.wait_for_word("the clock moved by a day or more", NOTICED_SECONDS)
        self.wait_until(lambda: self.server.said().count(" ready") == 2, "does not come back")
        self.wait_until(lambda: self.slices()["TotalCount"] == 3, "not all of three days are written off")
        self.assertEqual({s["Reason"] for s in self.slices()["Items"]}, {"scheduler_down"})
        self.set_clock(0)
        self.wait_until(lambda: self.server.said().count(" ready") == 3, "does not come back")
        self.assertEqual(self.slices()["TotalCount"], 0, "they are due again")
        self.assertEqual(self.server.port, port)
        self.assertEqual(self.server.stop(), 0)

    def test_rehearsals_and_real_time_do_not_share_a_store(self) -> None:
        self.server.start()
        self.assertEqual(self.server.stop(), 0)
        self.server.launch("--clock", "2026-03-02T10:00:00Z")
        self.assertEqual(self.server.ended(WAIT_SECONDS), 2)
        self.assertIn("was used in real time", self.server.said(lately=True))
        self.server.store.unlink()
        self.server.start("--clock", "2026-03-02T10:00:00Z")
        self.assertEqual(self.server.stop(), 0)
        self.server.launch()
        self.assertEqual(self.server.ended(WAIT_SECONDS), 2)
        self.assertIn("was used by a rehearsal", self.server.said(lately=True))


if __name__ == "__main__":
    unittest.main()
