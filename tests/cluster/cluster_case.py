"""What the tests share that have a service and its nodes on machines of their own."""

import json
import pathlib
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.parse

import films
import hosts

JOIN, RESULTS, API = 7400, 7401, 8080

EVERY_DAY = {
    "ScheduleType": "EVERYDAY",
    "ScheduleTimes": [{"StartTime": "10:00:00", "EndTime": "12:00:00"}],
}


class ClusterTest(unittest.TestCase):
    """A scheduler on the first host, nodes on others."""

    camfleet = ""

    def setUp(self) -> None:
        temporary = tempfile.TemporaryDirectory(prefix="camfleet-hosts-")
        self.addCleanup(temporary.cleanup)
        self.network = hosts.network_for(self)
        self.folder = pathlib.Path(temporary.name)
        self.scheduler = self.network.host()
        self.keys("init", str(self.folder / "cluster"))

    def tearDown(self) -> None:
        """Whatever was done to it: what the service has written down is as it should be."""
        if not (self.folder / "db").exists():
            return
        command = [self.camfleet, "check", str(self.folder / "db"), "--fleet", str(self.folder / "fleet.yaml")]
        checked = subprocess.run(command, capture_output=True, text=True, timeout=60)
        self.assertEqual(checked.returncode, 0, checked.stdout + checked.stderr)

    def keys(self, *arguments: str) -> None:
        subprocess.run([self.camfleet, "keys", *arguments], check=True, capture_output=True, timeout=30)

    def fleet(self, *devices: str) -> None:
        (self.folder / "fleet.yaml").write_text("devices:\n" + "".join(f"  - {{{device}}}\n" for device in devices))

    def film(self) -> pathlib.Path:
        return films.make_film(self.folder / "film.mp4")

    def serve(self, *options: str, descriptors: int = 0, ready_within: float = 30) -> subprocess.Popen:
        """Until it is ready."""
        log = self.folder / "serve.log"
        before = log.stat().st_size if log.exists() else 0
        command = [self.camfleet, "serve", "--unsigned", "--listen", f"127.0.0.1:{API}", "--store", str(self.folder / "db")]
        command += ["--fleet", str(self.folder / "fleet.yaml"), "--cluster-keys", str(self.folder / "cluster")]
        command += ["--cluster-listen", f"{self.scheduler.address}:{JOIN}"]
        command += ["--results-listen", f"{self.scheduler.address}:{RESULTS}", *options]
        process = self.serving = self.scheduler.start(*command, log=log, descriptors=descriptors)
        self.until(lambda: " ready" in log.read_text()[before:] or process.poll() is not None, ready_within)
        self.assertIsNone(process.poll(), log.read_text())
        return process

    def node(self, host: hosts.Host, name: str, *options: str, join: str = "", acu: int = 2,
             spool: pathlib.Path | None = None) -> subprocess.Popen:
        if not (self.folder / "cluster/nodes" / name).exists():
            self.add_key(name)
        command = [self.camfleet, "node", "--join", f"{join or self.scheduler.address}:{JOIN}", "--acu", str(acu)]
        command += ["--keys", str(self.folder / "cluster/nodes" / name), "--spool", str(spool or self.folder / f"{name}.spool")]
        return host.start(*command, *options, log=self.folder / f"{name}.log")

    def add_key(self, name: str) -> None:
        """The service has heard of it then."""
        self.keys("add", name, str(self.folder / "cluster"))
        log = self.folder / "serve.log"
        before = log.read_text().count("list of nodes read again")
        self.serving.send_signal(signal.SIGHUP)
        self.until(lambda: log.read_text().count("list of nodes read again") > before, 20)

    def call(self, action: str, **fields: object) -> dict:
        query = {"Version": "2020-05-15", "Format": "JSON", "Action": action}
        query |= {name: value if isinstance(value, str) else json.dumps(value) for name, value in fields.items()}
        url = f"http://127.0.0.1:{API}/?{urllib.parse.urlencode(query)}"
        return json.loads(self.scheduler.run("curl", "-s", "--max-time", "20", url))

    def ask(self, name: str, devices: list[str], **fields: object) -> dict:
        """The answer to a create."""
        return self.call(
            "CreateComputeInstance",
            InstanceName=name,
            AlgorithmType="PICTURE",
            Devices=[{"DeviceId": device, "StartStream": True} for device in devices],
            **(EVERY_DAY | fields),
        )

    def create(self, name: str, devices: list[str], algorithm: str = "3", **fields: object) -> str:
        answer = self.ask(name, devices, Algorithms=[{"AlgorithmId": algorithm, "AlgorithmName": "x"}], **fields)
        self.assertEqual(answer.get("Code"), "0", answer)
        return answer["Data"]["InstanceId"]

    def items(self, action: str, **fields: object) -> list[dict]:
        found: list[dict] = []
        token: dict = {}
        while True:
            data = self.call(action, PageSize="100", **fields, **token)["Data"]
            found += data["Items"]
            if "NextToken" not in data:
                return found
            token = {"NextToken": data["NextToken"]}

    def nodes(self) -> dict[str, dict]:
        return {node["Name"]: node for node in self.call("DescribeNodes")["Data"]["Nodes"]}

    def up(self) -> set[str]:
        return {name for name, node in self.nodes().items() if node["State"] == "UP"}

    def until(self, is_so, seconds: float) -> None:
        end = time.monotonic() + seconds
        while not is_so():
            self.assertLess(time.monotonic(), end, self.logs())
            time.sleep(0.2)

    def logs(self) -> str:
        return "\n".join(f"{path.name}:\n{path.read_text()[-3000:]}" for path in sorted(self.folder.glob("*.log")))
