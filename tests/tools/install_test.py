"""What cmake --install puts where, and that it works from there.

Usage: install_test.py CMAKE BUILD
"""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

CMAKE = ""
BUILD = ""


class Installed(unittest.TestCase):
    def setUp(self):
        self.prefix = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.prefix)
        subprocess.run([CMAKE, "--install", BUILD, "--prefix", self.prefix], check=True, stdout=subprocess.DEVNULL)

    def camfleet(self, *arguments: str) -> str:
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.prefix / "home")}
        command = [self.prefix / "bin/camfleet", *arguments]
        return subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=self.prefix).stdout

    def test_everything_is_in_its_place(self):
        for name in (
            "bin/camfleet",
            "share/camfleet/algorithms.yaml",
            "share/camfleet/scenarios/first_look.yaml",
            "share/doc/camfleet/README.md",
            "share/doc/camfleet/CHANGELOG.md",
            "share/doc/camfleet/docs/11-service.md",
        ):
            self.assertTrue((self.prefix / name).is_file(), name)

    def test_it_works_from_there(self):
        self.assertRegex(self.camfleet("--version"), r"^camfleet \d+\.\d+\.\d+\n")
        scenario = self.prefix / "share/camfleet/scenarios/busy_minute.yaml"
        said = self.camfleet("run", str(scenario), "--world", "virtual", "--out", str(self.prefix / "out"))
        self.assertIn("held", said)
        self.assertTrue((self.prefix / "out/ledger.jsonl").is_file())


if __name__ == "__main__":
    CMAKE, BUILD = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])
