"""A store that is cut off in the middle of an instant, or cannot be written for a while: every slice is there.

Usage: store_trouble_test.py CAMFLEET
"""

import contextlib
import datetime
import json
import pathlib
import sqlite3
import sys
import tempfile
import time
import unittest

from calls import watch
from server import Server, rpc

CAMFLEET = sys.argv.pop(1)
WAIT_SECONDS = 60
DEVICES = 3000
TRIES = 10


class Trouble(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def serve(self, *options: str) -> Server:
        server = Server(CAMFLEET, pathlib.Path(self.folder.name), None, *options)
        self.addCleanup(server.kill)
        return server.start()

    def slices(self, server: Server, **fields: object) -> dict:
        answer = rpc("ListSlices", fields).send(server.port)
        self.assertEqual(answer.code, "0", answer.text)
        return answer.json["Data"]

    def rows(self, store: pathlib.Path) -> int:
        # Who can write takes the log into the file when it is the last to close it.
        with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as reader:
            return sum(
                reader.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("open_slices", "slices")
            )

    def test_what_is_due_at_one_instant_is_known_though_a_kill_cuts_it_in_two(self) -> None:
        """Nothing listens at these addresses: such a camera costs nothing."""
        folder = pathlib.Path(self.folder.name)
        fleet = folder / "fleet.yaml"
        names = [f"c{i}" for i in range(DEVICES)]
        fleet.write_text(json.dumps({"devices": [{"id": id, "source": "rtsp://127.0.0.1:1/"} for id in names]}))
        for _ in range(TRIES):
            server = self.serve("--fleet", str(fleet))
            self.assertEqual(rpc("CreateComputeInstance", watch(*names)).send(server.port, 60).code, "0")
            while self.rows(server.store) == 0:
                time.sleep(0.001)
            server.kill()
            cut = self.rows(server.store)
            if cut < DEVICES:
                break
            for file in folder.glob("store.*"):
                if file.is_file():
                    file.unlink()
        else:
            self.fail(f"no kill in {TRIES} cut it")
        server.start()
        end = time.monotonic() + WAIT_SECONDS
        while self.slices(server)["TotalCount"] < DEVICES and time.monotonic() < end:
            time.sleep(0.1)
        self.assertEqual(self.slices(server)["TotalCount"], DEVICES, f"{cut} were there before")

    def test_a_store_that_cannot_be_written_for_a_while_loses_no_slice(self) -> None:
        server = self.serve("--clock", "2026-03-02T10:00:00+08:00", "--speed", "20")
        polled = {"IsPolling": True, "SliceExecutionTime": 5, "OverallExecutionTime": 1}
        made = rpc("CreateComputeInstance", watch("gate", "yard", **polled)).send(server.port)
        self.assertEqual(made.code, "0", made.text)
        with contextlib.closing(sqlite3.connect(server.store, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            time.sleep(1)
            begun = time.monotonic()
            refused = rpc("CreateComputeInstance", watch("hall")).send(server.port, 60)
            self.assertEqual(refused.code, "RequestFailed", refused.text)
            self.assertIn("cannot be written", refused.message)
            # More than one commit has been tried and given up.
            time.sleep(max(0.0, 13 - (time.monotonic() - begun)))
            other.execute("ROLLBACK")
        # As long again, at 20 minutes a minute.
        time.sleep(10)
        page = self.slices(server, PageSize=100)
        items = page["Items"]
        while "NextToken" in page:
            page = self.slices(server, PageSize=100, NextToken=page["NextToken"])
            items += page["Items"]
        self.assertEqual(len(items), page["TotalCount"])
        due: dict[str, list] = {}
        for item in items:
            due.setdefault(item["DeviceId"], []).append(datetime.datetime.fromisoformat(item["DueAt"]))
        self.assertEqual(sorted(due), ["gate", "yard"])
        for device, instants in due.items():
            # The first began with the instance, in the middle of its round.
            rounds = sorted(instants)[1:]
            steps = {later - earlier for earlier, later in zip(rounds, rounds[1:])}
            self.assertEqual(steps, {datetime.timedelta(minutes=1)}, device)
            self.assertGreater(len(instants), 6)
        self.assertEqual(server.stop(), 0)
        self.assertNotIn("without being due", server.said())


if __name__ == "__main__":
    unittest.main()
