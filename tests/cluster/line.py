"""A line between two machines of tests/cluster/hosts.py that is cut and delays when it is told to.

Usage: line.py PID NAME PID NAME: the network interfaces of its two ends, each made in the network namespace of
that process. On standard input, a line each: `delay SECONDS`, each way; `cut`, which drops what comes; `heal`. Says
`ready` first, and each line that it has done.
"""

import collections
import ctypes
import fcntl
import os
import selectors
import struct
import sys
import time

NEW_NETWORK = 0x40000000
SET_INTERFACE = 0x400454CA  # TUNSETIFF of linux/if_tun.h
ETHERNET_ALONE = 0x0002 | 0x1000  # IFF_TAP | IFF_NO_PI
FRAME = 65536


def end_of_line(pid: int, name: str) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    with open(f"/proc/{pid}/ns/net", "rb") as namespace:
        if libc.setns(namespace.fileno(), NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), "setns")
    end = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(end, SET_INTERFACE, struct.pack("16sH22x", name.encode(), ETHERNET_ALONE))
    return end


class Line:
    def __init__(self, ends: list[int]):
        self.ends = ends
        self.delay = 0.0
        self.is_cut = False
        # When it arrives, where, and what: a frame is never before the one that was sent before it.
        self.under_way: collections.deque = collections.deque()

    def obey(self, line: str) -> None:
        word, _, argument = line.partition(" ")
        if word == "delay":
            self.delay = float(argument)
        elif word in ("cut", "heal"):
            self.is_cut = word == "cut"
        else:
            raise ValueError(line)

    def take(self, end: int) -> None:
        while True:
            try:
                frame = os.read(end, FRAME)
            except BlockingIOError:
                return
            if not self.is_cut:
                self.under_way.append((time.monotonic() + self.delay, self.ends[end == self.ends[0]], frame))

    def deliver(self) -> float | None:
        """Until the next one arrives; none is under way: None."""
        while self.under_way:
            left = self.under_way[0][0] - time.monotonic()
            if left > 0:
                return left
            _, to, frame = self.under_way.popleft()
            try:
                os.write(to, frame)
            except (BlockingIOError, OSError):
                pass  # As on a wire that is full.
        return None


def main() -> None:
    first, first_name, second, second_name = sys.argv[1:]
    line = Line([end_of_line(int(first), first_name), end_of_line(int(second), second_name)])
    print("ready", flush=True)
    watched = selectors.DefaultSelector()
    watched.register(sys.stdin, selectors.EVENT_READ)
    for end in line.ends:
        watched.register(end, selectors.EVENT_READ)
    while True:
        for key, _ in watched.select(line.deliver()):
            if key.fileobj is not sys.stdin:
                line.take(key.fd)
                continue
            told = sys.stdin.readline().strip()
            if not told:
                return
            line.obey(told)
            print(told, flush=True)


if __name__ == "__main__":
    main()
