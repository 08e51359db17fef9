"""What camfleet export writes is read back by other programs' readers.

Usage: export_test.py CAMFLEET SCENARIO.yaml.
"""

import csv
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest


class Export(unittest.TestCase):
    camfleet = ""
    scenario = ""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="camfleet-export-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def run_camfleet(self, *arguments: str) -> subprocess.CompletedProcess:
        return subprocess.run([self.camfleet, *arguments], capture_output=True, timeout=60)

    def table(self, what: str) -> list[dict[str, str]]:
        done = self.run_camfleet("export", str(self.folder), "--what", what)
        self.assertEqual(done.returncode, 0, done.stderr)
        text = done.stdout.decode()
        header, _, rest = text.partition("\n")
        self.assertTrue(header.endswith("\r") and rest.endswith("\r\n"), "lines end as RFC 4180 has it")
        return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))

    def lines(self, what: str) -> list[dict]:
        done = self.run_camfleet("export", str(self.folder), "--what", what, "--format", "jsonl")
        self.assertEqual(done.returncode, 0, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def test_its_sums_are_those_of_the_summary(self) -> None:
        ran = self.run_camfleet("run", self.scenario, "--world", "virtual", "--out", str(self.folder))
        self.assertEqual(ran.returncode, 0, ran.stderr)
        summary = json.loads((self.folder / "summary.json").read_text())
        for rows in (self.table("slices"), self.lines("slices")):
            self.assertEqual(len(rows), summary["slices"]["due"])
            for outcome in ("done", "partial", "missed", "skipped"):
                self.assertEqual(sum(row["outcome"] == outcome for row in rows), summary["slices"][outcome])
            for column in ("due", "analysed", "gated"):
                self.assertEqual(sum(int(row[column]) for row in rows), summary["samples"][column])
            self.assertEqual(sum(int(row["dropped"]) for row in rows), sum(summary["samples"]["dropped"].values()))
            by_reason: dict[str, int] = {}
            for row in rows:
                for part in filter(None, row["dropped_by"].split("; ")):
                    reason, count = part.split()
                    by_reason[reason] = by_reason.get(reason, 0) + int(count)
            self.assertEqual(by_reason, summary["samples"]["dropped"])
        boxes = sum(algorithm["boxes"] for algorithm in summary["algorithms"])
        for rows in (self.table("findings"), self.lines("findings")):
            self.assertEqual(len(rows), boxes)
            self.assertTrue(all(0 < float(row["score"]) <= 1 and int(row["w"]) > 0 for row in rows))

    def test_names_stay_what_they_are(self) -> None:
        odd = 'a, "b"\nc;ü'
        row = {"instance": odd, "device": "=1+1", "due_at": "2026-03-01T00:00:00Z", "outcome": "done", "node": None,
               "parts": [], "algorithms": [{"algorithm": "1", "due": 2, "analysed": 2, "gated": 0, "dropped": {}},
                                           {"algorithm": "2", "due": 2, "analysed": 1, "gated": 0,
                                            "dropped": {"overload": 1}}]}
        (self.folder / "ledger.jsonl").write_text(json.dumps(row) + "\n")
        for rows in (self.table("slices"), self.lines("slices")):
            self.assertEqual([(row["instance"], row["device"], row["algorithm"]) for row in rows],
                             [(odd, "=1+1", "1"), (odd, "=1+1", "2")])
            self.assertEqual([str(row["dropped"]) for row in rows], ["0", "1"])
            self.assertEqual([str(row["nodes"]) for row in rows], ["0", "0"])

    def test_what_is_wrong_is_one_line(self) -> None:
        (self.folder / "ledger.jsonl").write_text("{}\n")
        for arguments, code, words in (
            (["--what", "slices"], 2, "ledger.jsonl:1: has no list of algorithms"),
            (["--what", "findings"], 2, "findings.jsonl: "),
            (["--what", "frames"], 2, "--what: 'frames' is nothing to export; write slices or findings"),
            (["--what", "slices", "--format", "xlsx"], 2, "--format: 'xlsx' is not a format; write csv or jsonl"),
            ([], 2, "--what"),
        ):
            done = self.run_camfleet("export", str(self.folder), *arguments)
            self.assertEqual(done.returncode, code, done.stderr)
            self.assertIn(words, done.stderr.decode())
            self.assertEqual(done.stderr.count(b"\n"), 1)


if __name__ == "__main__":
    Export.camfleet, Export.scenario = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main()
