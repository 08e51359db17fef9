"""Which devices an instance may have: those of the fleet file as it is now, and those of its project.

Usage: fleet_test.py CAMFLEET
"""

import json
import pathlib
import signal
import sys
import tempfile
import time
import unittest

from calls import camera, watch
from server import Server, rpc

CAMFLEET = sys.argv.pop(1)
WAIT_SECONDS = 30
STREET = "file:///usr/share/doc/opencv-doc/examples/data/vtest.avi?loop=1"
TREE = "file:///usr/share/doc/opencv-doc/examples/data/tree.avi?loop=1"
ONE, TWO = ("one", "secret-1"), ("two", "secret-2")
KEYS = [{"id": key[0], "secret": key[1], "projects": [key[0]]} for key in (ONE, TWO)]


class Fleet(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.file = pathlib.Path(folder.name) / "fleet.yaml"
        self.server = Server(CAMFLEET, pathlib.Path(folder.name), KEYS)
        self.addCleanup(self.server.kill)

    def write(self, **sources: str) -> None:
        self.file.write_text(json.dumps({"devices": [{"id": id, "source": url} for id, url in sources.items()]}))

    def reload(self, said: str, **sources: str) -> None:
        """SIGHUP with this fleet, until the log says so once more."""
        before = self.server.said().count(said)
        self.write(**sources)
        self.server.signal(signal.SIGHUP)
        end = time.monotonic() + WAIT_SECONDS
        while self.server.said().count(said) == before:
            self.assertLess(time.monotonic(), end, self.server.said())
            time.sleep(0.05)

    def call(self, action: str, fields: dict, key: tuple[str, str] = ONE) -> dict:
        answer = rpc(action, fields, key).send(self.server.port)
        self.assertIn(answer.code, ("0", "200"), answer.text)
        return answer.json.get("Data", {})

    def refused(self, action: str, fields: dict, message: str, key: tuple[str, str] = ONE) -> None:
        answer = rpc(action, fields, key).send(self.server.port)
        self.assertEqual(answer.code, "RequestFailed", answer.text)
        self.assertIn(message, answer.message)

    def test_a_reload_takes_and_gives_names(self) -> None:
        self.write(gate=STREET, yard=STREET)
        self.server.start("--fleet", str(self.file))
        used = self.call("CreateComputeInstance", watch("gate"))["InstanceId"]
        self.reload("fleet reloaded", gate=STREET, hall=TREE)
        self.refused("CreateComputeInstance", watch("gate", "yard"), "Devices[1].DeviceId: 'yard'")
        self.call("CreateComputeInstance", watch("hall", "gate"))
        # One that is not used may come back with another source, one that is used may not; all or nothing.
        self.reload("fleet reloaded", gate=STREET, hall=TREE, yard=TREE)
        self.reload("device gate", gate=TREE, hall=TREE)
        self.reload("device gate", hall=TREE, lobby=TREE)
        self.reload("gopher://x cannot be pulled", gate=STREET, hall=TREE, lobby="gopher://x")
        self.call("CreateComputeInstance", watch("yard"))
        self.refused("CreateComputeInstance", watch("lobby"), "'lobby'")
        self.call("BatchDeleteInstance", {"InstanceIds": [used]})

    def test_acu_goes_by_the_cost_file(self) -> None:
        costs = self.file.parent / "costs.yaml"
        costs.write_text('analyse_us_per_sample: {"3": 2950000}\n')
        self.write(gate=STREET)
        self.server.start("--fleet", str(self.file), "--costs", str(costs))
        # 2.95 s for a sample of each second, and its decoding.
        self.assertEqual(self.call("CreateComputeInstance", watch("gate"))["AcuUsed"], 4)

    def test_devices_belong_to_their_project(self) -> None:
        self.write(gate=STREET)
        self.server.start("--fleet", str(self.file))
        self.call("CreateDevice", camera("door", "rtsp://192.0.2.1/stream"))
        self.refused("CreateComputeInstance", watch("door"), "'door'", TWO)
        self.call("CreateComputeInstance", watch("gate"), TWO)
        self.refused("DeleteDevices", {"DeviceIdList": "door"}, "'door'", TWO)
        # Streams that were switched make no device of the fleet file one of the project.
        self.call("StopStreams", {"DeviceIdList": "gate"}, TWO)
        self.assertEqual(self.call("DescribeDevices", {}, TWO)["TotalCount"], 0)
        self.refused("DeleteDevices", {"DeviceIdList": "gate"}, "'gate'", TWO)

    def test_a_deleted_device_is_gone_and_its_name_free(self) -> None:
        self.write(gate=STREET)
        self.server.start("--fleet", str(self.file))
        self.call("CreateDevice", camera("door", "rtsp://192.0.2.1/stream"))
        made = self.call("CreateComputeInstance", watch("gate", "door"))["InstanceId"]
        self.refused("DeleteDevices", {"DeviceIdList": "door"}, "is used by instance")
        self.call("DeleteDeviceForInstance", {"InstanceId": made, "Devices": [{"DeviceId": "door"}]})
        self.call("DeleteDevices", {"DeviceIdList": "door"})
        self.refused("CreateComputeInstance", watch("door"), "'door'")
        # The instance keeps the place of a device that is nowhere any more.
        self.server.kill()
        self.server.start("--fleet", str(self.file))
        described = self.call("DescribeComputeInstance", {"InstanceId": made})
        self.assertEqual([device["DeviceId"] for device in described["Devices"]], ["gate"])
        self.refused("CreateComputeInstance", watch("door"), "'door'")
        self.call("CreateDevice", camera("door", "rtsp://192.0.2.2/stream"))
        self.call("CreateComputeInstance", watch("door"))


if __name__ == "__main__":
    unittest.main()
