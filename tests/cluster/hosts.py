"""Machines of a network, as network namespaces of this one."""

import asyncio
import contextlib
import os
import pathlib
import resource
import subprocess
import sys
import time
import unittest

NETWORK = "10.77.0."


def ip(*arguments: str, inside: int | None = None) -> None:
    command = ["ip", *arguments]
    if inside is not None:
        command = ["nsenter", "-t", str(inside), "-n", *command]
    subprocess.run(command, check=True, timeout=20)


def own_network() -> str:
    return os.readlink("/proc/self/ns/net")


def start_namespace() -> subprocess.Popen:
    """A process that keeps a network namespace of its own."""
    process = subprocess.Popen(["unshare", "-n", "sleep", "infinity"], stderr=subprocess.DEVNULL)
    end = time.monotonic() + 5
    while time.monotonic() < end and process.poll() is None:
        try:
            if os.readlink(f"/proc/{process.pid}/ns/net") != own_network():
                return process
        except OSError:
            pass
        time.sleep(0.01)
    process.kill()
    process.wait()
    raise PermissionError("network namespaces are not to be had here")


class Line:
    """Between a machine and its network: see line.py."""

    def __init__(self, *ends: str):
        command = [sys.executable, "-B", str(pathlib.Path(__file__).with_name("line.py")), *ends]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        if self.process.stdout.readline() != "ready\n":
            raise PermissionError("no line can be laid here")

    def tell(self, what: str) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(what + "\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == what + "\n", what

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


class Host:
    """One machine: its address is NETWORK and its number. With a line its connection can be cut, and slow."""

    def __init__(self, center: int, number: int, has_line: bool = False):
        self.address = f"{NETWORK}{number}"
        self.keeper = start_namespace()
        self.processes: list[subprocess.Popen] = []
        port = f"port{number}"
        inside = str(self.keeper.pid)
        self.line = Line(str(center), port, inside, "eth0") if has_line else None
        if self.line is None:
            ip("link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", inside, inside=center)
        ip("link", "set", port, "master", "bridge", "up", inside=center)
        for arguments in (
            ["link", "set", "lo", "up"],
            ["addr", "add", f"{self.address}/24", "dev", "eth0"],
            ["link", "set", "eth0", "up"],
        ):
            ip(*arguments, inside=self.keeper.pid)

    def command(self, *arguments: str) -> list[str]:
        return ["nsenter", "-t", str(self.keeper.pid), "-n", *arguments]

    def start(self, *arguments: str, log: pathlib.Path, descriptors: int = 0, **options) -> subprocess.Popen:
        def bound() -> None:
            if descriptors:
                resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))

        with log.open("ab") as out:
            process = subprocess.Popen(
                self.command(*arguments), stdin=subprocess.DEVNULL, stdout=out, stderr=out, preexec_fn=bound, **options
            )
        self.processes.append(process)
        return process

    def run(self, *arguments: str, timeout: float = 30) -> str:
        return subprocess.run(
            self.command(*arguments), check=True, capture_output=True, text=True, timeout=timeout
        ).stdout

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        if self.line is not None:
            self.line.end()
        self.keeper.kill()
        self.keeper.wait()


class Network:
    """Hosts on one wire."""

    def __init__(self):
        self.center = start_namespace()
        self.hosts: list[Host] = []
        ip("link", "add", "bridge", "type", "bridge", inside=self.center.pid)
        ip("link", "set", "bridge", "up", inside=self.center.pid)

    def host(self, has_line: bool = False) -> Host:
        with skipped_without_privilege():
            self.hosts.append(Host(self.center.pid, len(self.hosts) + 1, has_line))
        return self.hosts[-1]

    def end(self) -> None:
        for host in self.hosts:
            host.end()
        self.center.kill()
        self.center.wait()


@contextlib.contextmanager
def skipped_without_privilege():
    """What a network wants that this machine does not give has the test skipped, and fails in CI."""
    try:
        yield
    except (PermissionError, FileNotFoundError) as error:
        if os.environ.get("CI"):
            raise
        raise unittest.SkipTest(str(error)) from error


def network_for(test: unittest.TestCase) -> Network:
    """One that goes with the test."""
    with skipped_without_privilege():
        network = Network()
    test.addCleanup(network.end)
    return network


async def delayed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
    """Passes on what comes, each piece so many seconds later."""
    waiting: asyncio.Queue = asyncio.Queue()

    async def pass_on() -> None:
        while (entry := await waiting.get()) is not None:
            due, data = entry
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            writer.write(data)
            await writer.drain()

    sender = asyncio.create_task(pass_on())
    try:
        while data := await reader.read(65536):
            waiting.put_nowait((time.monotonic() + delay, data))
    except OSError:
        pass
    waiting.put_nowait(None)
    try:
        await sender
    except OSError:
        pass
    writer.close()


async def relay(listen: str, port: int, to: str, delay: float) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(to, port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(delayed(reader, far_writer, delay), delayed(far_reader, writer, delay))

    server = await asyncio.start_server(serve, listen, port)
    await server.serve_forever()


def start_relay(host: Host, to: Host, ports: list[int], delay: float, log: pathlib.Path) -> subprocess.Popen:
    """On `host`: what is said to these ports goes to those of the other, so many seconds later; and back."""
    arguments = [host.address, to.address, str(delay), *map(str, ports)]
    return host.start(sys.executable, "-B", __file__, *arguments, log=log)


async def main() -> None:
    listen, to, delay, *ports = sys.argv[1:]
    await asyncio.gather(*(relay(listen, int(port), to, float(delay)) for port in ports))


if __name__ == "__main__":
    asyncio.run(main())
