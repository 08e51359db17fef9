"""Opens many connections and keeps them as long as they last: crowd.py HOST PORT KIND COUNT SECONDS.

KIND is silence, garbage or half, which is the first half of what a peer of this port says. A connection that is closed is
opened again.
"""

import os
import resource
import selectors
import socket
import sys
import time

# The first bytes of a TLS ClientHello that never comes to its end, and of a ZeroMQ greeting.
HALF_HELLO = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x5a" * 40
HALF_GREETING = b"\xff\x00\x00\x00\x00\x00\x00\x00\x01\x7f\x03"


def first_bytes(kind: str, number: int) -> bytes:
    if kind == "garbage":
        return os.urandom(200)
    if kind == "half":
        return HALF_HELLO if number % 2 else HALF_GREETING
    return b""


def main() -> None:
    host, port, kind, count, seconds = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), float(sys.argv[5])
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    selector = selectors.DefaultSelector()
    opened = 0

    def connect() -> None:
        nonlocal opened
        one = socket.socket()
        one.setblocking(False)
        one.connect_ex((host, port))
        opened += 1
        selector.register(one, selectors.EVENT_READ | selectors.EVENT_WRITE, opened)

    for _ in range(count):
        connect()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for key, events in selector.select(0.2):
            one = key.fileobj
            try:
                if events & selectors.EVENT_WRITE:
                    one.send(first_bytes(kind, key.data))
                    selector.modify(one, selectors.EVENT_READ, key.data)
                if events & selectors.EVENT_READ and not one.recv(4096):
                    raise ConnectionResetError
            except BlockingIOError:
                pass
            except OSError:
                selector.unregister(one)
                one.close()
                connect()
    print(f"{opened} connections")


if __name__ == "__main__":
    main()
