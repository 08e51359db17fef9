"""A whole scenario over nodes on machines of their own, which are network namespaces.

Usage: synthetic_day_test.py CAMFLEET TREE.
"""

import datetime
import fnmatch
import json
import pathlib
import subprocess
import sys
import unittest

import cluster_case
import yaml

TREE = pathlib.Path()


def instant(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


class SyntheticDay(cluster_case.ClusterTest):
    """Three nodes do what one process does: what is due, what becomes of it, and the counts."""

    def test_it_is_as_in_one_process(self) -> None:
        path = TREE / "scenarios/synthetic_day.yaml"
        day = yaml.safe_load(path.read_text())
        # A scenario's devices are those of a fleet file.
        (self.folder / "fleet.yaml").write_text(yaml.safe_dump({"devices": day["devices"]}))
        ids = [group["id"].replace("{i}", str(i)) for group in day["devices"] for i in range(group["count"])]
        self.serve("--clock", "2026-03-02T09:59:25+08:00")
        names = {"one", "two", "three"}
        for name in sorted(names):
            self.node(self.network.host(), name, "--scenario", str(path), acu=8)
        # Where nobody has filmed its loops yet, they do that first.
        self.until(lambda: self.up() == names, 120)
        instances = {self.create_of(fields, ids): fields["InstanceName"] for fields in day["instances"]}
        expected = self.in_one_process(path)
        self.until(lambda: len(self.ended()) == len(expected), 150)
        rows = self.ended()
        known = {(instances[row["InstanceId"]], row["DeviceId"], instant(row["DueAt"])): row for row in rows}
        self.assertEqual(known.keys(), expected.keys())
        for name, one in expected.items():
            row = known[name]
            self.assertEqual((row["Outcome"], row.get("Reason")), (one["outcome"], one["reason"]), row)
            # How long a camera that broke off is waited for is drawn anew each time.
            most = 2 if one["outcome"] == "partial" else 0
            for counted, samples in zip(row["Algorithms"], one["algorithms"], strict=True):
                self.assertEqual(counted["Due"], samples["due"], row)
                self.assertLessEqual(abs(counted["Analysed"] - samples["analysed"]), most, row)
        self.assertEqual({row["Node"] for row in rows} - {""}, names)

    def create_of(self, fields: dict, ids: list[str]) -> str:
        devices = fields["Devices"]
        if isinstance(devices, str):
            devices = [{"DeviceId": name, "StartStream": True} for name in fnmatch.filter(ids, devices)]
        texts = {name: str(value) if isinstance(value, int) else value for name, value in fields.items()}
        answer = self.call("CreateComputeInstance", **(texts | {"Devices": devices}))
        self.assertEqual(answer.get("Code"), "0", answer)
        return answer["Data"]["InstanceId"]

    def in_one_process(self, path: pathlib.Path) -> dict[tuple, dict]:
        out = self.folder / "day"
        command = [self.camfleet, "run", str(path), "--world", "virtual", "--out", str(out)]
        subprocess.run(command, check=True, capture_output=True, timeout=60)
        rows = [json.loads(line) for line in (out / "ledger.jsonl").read_text().splitlines()]
        return {(row["instance"], row["device"], instant(row["due_at"])): row for row in rows}

    def ended(self) -> list[dict]:
        return [row for row in self.items("ListSlices") if row["Outcome"] != "RUNNING"]


if __name__ == "__main__":
    cluster_case.ClusterTest.camfleet = sys.argv.pop(1)
    TREE = pathlib.Path(sys.argv.pop(1))
    unittest.main()
