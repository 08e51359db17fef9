"""The JSON Schema of scenarios against the reader: both take the scenarios of the house and refuse the same slips.

Usage: schema_check.py CAMFLEET TREE
"""

import copy
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

import jsonschema
import yaml

CAMFLEET, TREE = sys.argv[1], pathlib.Path(sys.argv[2])

GOOD = {
    "name": "one gate",
    "seed": 3,
    "clock": {"from": "2026-03-01T00:00:00Z", "for": "1d", "zone": "UTC"},
    "nodes": [{"id": "a", "acu": 1}, {"id": "b", "acu": 1}],
    "devices": [{"id": "cam-{i}", "count": 2, "source": "rtsp://cam"}],
    "instances": [
        {
            "InstanceName": "watch",
            "AlgorithmType": "PICTURE",
            "Devices": "cam-*",
            "Algorithms": [{"AlgorithmId": "2", "AlgorithmName": "person"}],
            "ScheduleType": "EVERYDAY",
            "ScheduleTimes": [{"StartTime": "10:00:00", "EndTime": "11:00:00"}],
            "IsPolling": True,
            "SliceExecutionTime": 60,
            "OverallExecutionTime": "10",
        }
    ],
    "faults": [{"at": "2026-03-01T01:00:00Z", "device": "cam-0", "kind": "freeze", "for": ["10s", "5min"]}],
    "expect": ["slices.due > 0"],
}

# Where, what is put there (None: the field is left out), and nothing else.
WRONG = [
    (["name"], None),
    (["clock"], None),
    (["clock", "from"], "yesterday"),
    (["clock", "for"], "30 days"),
    (["clock", "fro"], "2026-03-01T00:00:00Z"),
    (["seed"], -1),
    (["samples"], "some"),
    (["nodes", 0, "acu"], 0),
    (["nodes", 0, "acu"], None),
    (["nodes", 0, "colour"], "red"),
    (["devices"], None),
    (["devices"], []),
    (["devices", 0, "source"], None),
    (["devices", 0, "count"], 0),
    (["instances"], None),
    (["instances", 0, "InstanceName"], ""),
    (["instances", 0, "AlgorithmType"], "VIDEO"),
    (["instances", 0, "DatasourceType"], "TAPE"),
    (["instances", 0, "Devices"], []),
    (["instances", 0, "Devices"], [{"DeviceId": "cam-0"}]),
    (["instances", 0, "Devices"], [{"DeviceId": "cam-0", "StartStream": True, "CodingFormat": "H266"}]),
    (["instances", 0, "Devices"], [{"DeviceId": "cam-0", "StartStream": True, "ResolvingPower": "large"}]),
    (["instances", 0, "Algorithms", 0, "AlgorithmName"], None),
    (["instances", 0, "ScheduleType"], "DAILY"),
    (["instances", 0, "ScheduleDay"], 2),
    (["instances", 0, "ScheduleTimes", 0, "EndTime"], None),
    (["instances", 0, "ScheduleTimes", 0, "EndTime"], "noon"),
    (["instances", 0, "SliceExecutionTime"], 0),
    (["instances", 0, "ComputePictureType"], "fps"),
    (["instances", 0, "ComputePictureValue"], 3601),
    (["instances", 0, "IsFrameExtraction"], 2),
    (["instances", 0, "Colour"], "red"),
    (["faults", 0, "kind"], "melt"),
    (["faults", 0, "for"], ["10s"]),
    (["faults", 0, "by"], "long"),
    (["faults", 0, "times"], 1),
    (["faults", 0, "at"], None),
    (["expect"], []),
    (["expect", 0], 7),
    (["colour"], "red"),
]


def changed(path, value):
    document = copy.deepcopy(GOOD)
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    if value is None:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return document


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        printed = subprocess.run([CAMFLEET, "scenario", "--schema"], check=True, capture_output=True, text=True)
        schema = json.loads(printed.stdout)
        jsonschema.Draft202012Validator.check_schema(schema)
        cls.validator = jsonschema.Draft202012Validator(schema)

    def read(self, document):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            yaml.safe_dump(document, file)
            file.flush()
            return subprocess.run([CAMFLEET, "scenario", file.name], capture_output=True, text=True)

    def test_takes_the_scenarios_of_the_house(self):
        files = sorted([*TREE.glob("scenarios/*.yaml"), *TREE.glob("tests/scenarios/*.yaml")])
        self.assertGreater(len(files), 8)
        for file in files:
            with self.subTest(file=file.name):
                self.validator.validate(yaml.safe_load(file.read_text(encoding="utf-8")))
                self.assertEqual(subprocess.run([CAMFLEET, "scenario", file], capture_output=True).returncode, 0)

    def test_takes_what_is_right(self):
        self.validator.validate(GOOD)
        self.assertEqual(self.read(GOOD).returncode, 0)

    def test_refuses_what_is_wrong_as_the_reader_does(self):
        for path, value in WRONG:
            with self.subTest(path=path, value=value):
                document = changed(path, value)
                self.assertFalse(self.validator.is_valid(document))
                answer = self.read(document)
                self.assertEqual(answer.returncode, 2, answer.stdout)
                self.assertEqual(answer.stderr.count("\n"), 1, answer.stderr)


unittest.main(argv=sys.argv[:1])
