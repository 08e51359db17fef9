"""A store has one process, by whatever name it is opened, and as long as its name leads to it.

Usage: one_store_test.py CAMFLEET.
"""

import os
import pathlib
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
        self.first.start()
        self.assertIn("write-ahead log is gone", self.first.said(lately=True))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
