"""The peer `websockets`: its asyncio server and `broadcast()`, set as its documentation advises for speed.

usage: by_websockets.py PORT

Each message on a connection to /publish is the new state; every other connection watches.
"""

import sys
from contextlib import suppress

import uvloop
from websockets.asyncio.server import ServerConnection, broadcast, serve
from websockets.exceptions import ConnectionClosed

watching: set[ServerConnection] = set()
newest = b""


async def attend(connection: ServerConnection) -> None:
    if connection.request is not None and connection.request.path == "/publish":
        with suppress(ConnectionClosed):
            await publish(connection)
    else:
        await connection.send(newest, text=True)
        watching.add(connection)
        try:
            await connection.wait_closed()
        finally:
            watching.discard(connection)


async def publish(connection: ServerConnection) -> None:
    global newest
    while True:
        newest = await connection.recv(decode=False)
        broadcast(watching, newest, text=True)  # bytes that are UTF-8 already, which spares the encoding


async def main(port: int) -> None:
    async with serve(attend, "127.0.0.1", port, compression=None, ping_interval=None, max_size=None) as server:
        await server.serve_forever()


uvloop.run(main(int(sys.argv[1])))
