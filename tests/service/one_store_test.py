"""A store has one process, by whatever name it is opened, and as long as its name leads to it.

Usage: one_store_test.py CAMFLEET.
"""

import contextlib
import fcntl
import os
import pathlib
import sqlite3
import sys
import tempfile
import unittest

from server import Server, rpc

CAMFLEET = sys.argv[1]
NOTICED_SECONDS = 10


class OneStore(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.first = self.server(self.folder / "first").start()

    def server(self, folder: pathlib.Path) -> Server:
        folder.mkdir()
        server = Server(CAMFLEET, folder)
        self.addCleanup(server.kill_if_there)
        return server

    def assert_refused(self, server: Server) -> None:
        server.launch()
        self.assertEqual(server.ended(30), 2, server.said())
        self.assertIn("belongs to another process that runs", server.said())
        self.assertEqual(rpc("ListInstances").send(self.first.port).status, 200)

    def test_by_its_name(self) -> None:
        second = self.server(self.folder / "second")
        second.store = self.first.store
        self.assert_refused(second)

    def test_by_links(self) -> None:
        for link in (os.symlink, os.link):
            second = self.server(self.folder / link.__name__)
            link(self.first.store, second.store)
            self.assert_refused(second)

    def test_though_files_beside_it_are_removed(self) -> None:
        for file in self.first.store.parent.glob("store.db.*"):
            if file.is_file():
                file.unlink()
        second = self.server(self.folder / "second")
        second.store = self.first.store
        self.assert_refused(second)

    def test_ends_when_it_is_moved(self) -> None:
        moved = self.folder / "moved.db"
        self.first.store.rename(moved)
        self.assertEqual(self.first.ended(NOTICED_SECONDS), 3, self.first.said())
        self.assertIn("was moved, removed or replaced", self.first.said())

    def test_ends_when_it_is_replaced(self) -> None:
        other = self.first.store.with_name("other.db")
        other.write_bytes(b"")
        other.rename(self.first.store)
        self.assertEqual(self.first.ended(NOTICED_SECONDS), 3, self.first.said())

    def test_a_lost_log_is_told(self) -> None:
        self.first.kill()
        for log in self.first.store.parent.glob("*-wal"):
            log.unlink()
        self.first.launch()
        self.assertNotIn(self.first.ended(30), (0, None), self.first.said())
        self.assertIn("its -wal, which holds its last changes, is gone", self.first.said(lately=True))
        self.first.start("--accept-lost-log")
        self.assertIn("went on without the store's write-ahead log", self.first.said(lately=True))

    def test_an_earlier_version_has_it(self) -> None:
        """That one locks a file beside it."""
        self.assertEqual(self.first.stop(), 0)
        with self.first.store.with_name("store.db.lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            self.first.launch()
            self.assertEqual(self.first.ended(30), 2, self.first.said())
            self.assertIn("belongs to another process that runs", self.first.said(lately=True))
        self.first.start()

    def test_a_replacement_is_not_touched(self) -> None:
        """What was stored meanwhile goes with the file that it was stored in."""
        backup = self.first.store.with_name("backup.db")
        with contextlib.closing(sqlite3.connect(self.first.store)) as source:
            with contextlib.closing(sqlite3.connect(backup)) as target:
                source.backup(target)
        for number in range(200):
            fields = {
                "CorpId": "2",
                "DeviceType": "IPC",
                "DataSourceType": "VIDEO",
                "DeviceName": str(number),
                "DeviceAddress": "rtsp://127.0.0.1:1/",
            }
            self.assertEqual(rpc("CreateDevice", fields).send(self.first.port).status, 200)
        backup.rename(self.first.store)
        self.assertEqual(self.first.ended(NOTICED_SECONDS), 3, self.first.said())
        self.first.start("--accept-lost-log")
        devices = rpc("DescribeDevices", {"PageSize": "10"}).send(self.first.port).json
        self.assertEqual(devices["Data"]["TotalCount"], 0, devices)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
