"""Creates that are refused leave nothing: neither the names of their devices, nor numbers.

Usage: refused_create_test.py CAMFLEET.
"""

import http.client
import pathlib
import sys
import tempfile
import time
import unittest

from server import Server, rpc

CAMFLEET = sys.argv.pop(1)
ROUNDS = 110  # of 10,000 devices: more than a process has numbers for
WAIT_SECONDS = 150  # numbers rest for a minute or two


class RefusedCreates(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.server = Server(CAMFLEET, pathlib.Path(folder.name)).start()
        self.addCleanup(self.server.kill)

    def create(self, connection: http.client.HTTPConnection, devices: list[str], algorithm: str) -> str:
        fields = {
            "InstanceName": "watch",
            "AlgorithmType": "PICTURE",
            "Devices": [{"DeviceId": device, "StartStream": True} for device in devices],
            "Algorithms": [{"AlgorithmId": algorithm, "AlgorithmName": "any"}],
            "ScheduleType": "EVERYDAY",
            "ScheduleTimes": [{"StartTime": "03:00:00", "EndTime": "03:01:00"}],
        }
        answer = rpc("CreateComputeInstance", fields).over(connection)
        return answer.message if answer.code != "0" else ""

    def test_nothing_stays(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        self.addCleanup(connection.close)
        for i in range(ROUNDS):
            said = self.create(connection, [f"cam-{i}-{k}" for k in range(10_000)], "nope")
            self.assertTrue("'nope' is not in the catalogue" in said or "can be 1048576" in said, said)
        end = time.monotonic() + WAIT_SECONDS
        while said := self.create(connection, ["a new one"], "3"):
            self.assertLess(time.monotonic(), end, said)
            time.sleep(1)


if __name__ == "__main__":
    unittest.main()
