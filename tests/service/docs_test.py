"""Replays every call of docs/11-service.md, and holds docs/openapi.json to what the program prints.

Usage: docs_test.py BINARY TREE
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

from server import Server

BINARY = ""
TREE = pathlib.Path()

# What they show depends on the models that this machine has; their fields do not.
BY_MODEL = {"ListFindings", "ListEventAlgorithmDetails"}


class Page(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        text = (TREE / "docs/11-service.md").read_text(encoding="utf-8")
        self.part = text.split("## Every action")[1]
        self.ids = {}

    def same(self, shown, said, where, fields_alone):
        if isinstance(shown, str) and shown.startswith("ds_"):
            self.ids[shown] = said
            return
        self.assertIs(type(shown), type(said), where)
        if isinstance(shown, dict):
            self.assertEqual(list(shown), list(said), where)
            for key, value in shown.items():
                if value != "…":
                    self.same(value, said[key], f"{where}.{key}", fields_alone)
        elif isinstance(shown, list):
            if not fields_alone:
                self.assertEqual(len(shown), len(said), where)
            for number, (one, other) in enumerate(zip(shown, said)):
                self.same(one, other, f"{where}[{number}]", fields_alone)
        elif not fields_alone:
            self.assertEqual(shown, said, where)

    def call(self, command, server):
        for shown, given in self.ids.items():
            command = command.replace(shown, given)
        command = command.replace("127.0.0.1:8080", f"127.0.0.1:{server.port}")
        done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=60, check=True)
        return json.loads(done.stdout)

    def await_slices(self, command, server):
        """The page shows both slices ended; how long that takes is the machine's affair."""
        for _ in range(600):
            said = self.call(command, server)
            if said["Data"]["TotalCount"] == 2 and said["Data"]["Items"][0]["Outcome"] != "RUNNING":
                return said
            time.sleep(0.2)
        return said

    def test_calls(self):
        fleet = [line[4:] for line in self.part.splitlines() if re.match(r"    (devices:|  - \{id)", line)]
        (self.folder / "fleet.yaml").write_text("\n".join(fleet) + "\n")
        server = Server(BINARY, self.folder, None, "--fleet", str(self.folder / "fleet.yaml"))
        server.start("--clock", "2026-03-02T09:58:00+08:00", "--speed", "10")
        self.addCleanup(server.stop)
        called = set()
        for block in re.findall(r"((?:^    .*\n)+)", self.part, re.M):
            lines = [line[4:] for line in block.splitlines()]
            if not lines[0].startswith("curl"):
                continue
            action = re.search(r"Action=(\w+)", lines[0])[1]
            called.add(action)
            call = self.await_slices if action == "ListSlices" else self.call
            self.same(json.loads("\n".join(lines[1:])), call(lines[0], server), action, action in BY_MODEL)
        printed = json.loads(subprocess.check_output([BINARY, "serve", "--openapi"]))
        with urllib.request.urlopen(f"http://127.0.0.1:{server.port}/openapi.json", timeout=10) as answer:
            self.assertEqual(json.loads(answer.read()), printed)
            tag = answer.headers["ETag"]
        again = urllib.request.Request(f"http://127.0.0.1:{server.port}/openapi.json", headers={"If-None-Match": tag})
        with self.assertRaises(urllib.error.HTTPError) as same:
            urllib.request.urlopen(again, timeout=10)
        self.assertEqual(same.exception.code, 304)
        actions = {operation["post"]["operationId"] for operation in printed["paths"].values()}
        self.assertEqual(actions, called, "the page shows every action")

    def test_openapi_is_current(self):
        printed = subprocess.check_output([BINARY, "serve", "--openapi"], text=True)
        kept = (TREE / "docs/openapi.json").read_text(encoding="utf-8")
        self.assertEqual(kept, printed, "renew it: camfleet serve --openapi > docs/openapi.json")


if __name__ == "__main__":
    BINARY, TREE = sys.argv[1], pathlib.Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1])
