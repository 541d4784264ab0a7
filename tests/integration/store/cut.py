"""Passes PostgreSQL connections on, and loses the answer to one COMMIT.

usage: cut.py PORT SERVER_PORT ARMED    both of 127.0.0.1
Once the file ARMED is there, the next COMMIT of a transaction of two jobs or more is passed on and its answer awaited; then the
file is removed and the connection closed, the answer unsaid.
"""

import asyncio
import os
import struct
import sys

port, server_port, armed = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]


class Connection:
    def __init__(self, client, server):
        self.client, self.server = client, server
        self.jobs = 0
        self.cutting = False

    def is_fatal(self, kind, body):
        """Whether the answer to this message is to be lost."""
        if kind != b"Q":
            return False
        if body.startswith(b"BEGIN"):
            self.jobs = 0
        elif body.startswith(b"SAVEPOINT"):
            self.jobs += 1
        return body.startswith(b"COMMIT") and self.jobs >= 2 and os.path.exists(armed)

    async def pass_on(self):
        reader, writer = self.client[0], self.server[1]
        kind, head = b"", await reader.readexactly(4)
        while True:
            body = await reader.readexactly(struct.unpack("!I", head)[0] - 4)
            self.cutting = self.is_fatal(kind, body)
            writer.write(kind + head + body)
            await writer.drain()
            kind = await reader.readexactly(1)
            head = await reader.readexactly(4)

    async def pass_back(self):
        reader, writer = self.server[0], self.client[1]
        while data := await reader.read(65536):
            if self.cutting:
                os.unlink(armed)
                return
            writer.write(data)
            await writer.drain()

    async def run(self):
        ways = [asyncio.create_task(way) for way in (self.pass_on(), self.pass_back())]
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)
        for _, writer in (self.client, self.server):
            writer.close()


async def accept(reader, writer):
    server = await asyncio.open_connection("127.0.0.1", server_port)
    await Connection((reader, writer), server).run()


async def main():
    async with await asyncio.start_server(accept, "127.0.0.1", port) as listener:
        await listener.serve_forever()


asyncio.run(main())
