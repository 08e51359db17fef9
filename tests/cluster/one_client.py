"""A camera that takes one connection: hands the first client on to a server, and hangs up on any other.

Usage: one_client.py ADDRESS PORT SERVER_PORT. Prints "ready", then "open", "closed" and "refused" as they come to pass.
"""

import asyncio
import sys


def say(word: str) -> None:
    print(word, flush=True)


async def hand_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()
    except ConnectionError:
        pass
    sink.close()


class Door:
    def __init__(self, server_port: int):
        self.server_port = server_port
        self.is_taken = False

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_taken:
            say("refused")
            writer.close()
            return
        self.is_taken = True
        say("open")
        try:
            from_server, to_server = await asyncio.open_connection("127.0.0.1", self.server_port)
            outward = asyncio.ensure_future(hand_on(from_server, writer))
            await hand_on(reader, to_server)
            outward.cancel()
        finally:
            writer.close()
            self.is_taken = False
            say("closed")


async def main() -> None:
    address, port, server_port = sys.argv[1:]
    server = await asyncio.start_server(Door(int(server_port)).client, address, int(port))
    say("ready")
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
