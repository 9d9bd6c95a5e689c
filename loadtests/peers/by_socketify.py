"""The peer socketify: uWebSockets, with its own publishing to all who have subscribed to a topic.

usage: by_socketify.py PORT
"""

import sys
from typing import Any

from socketify import App, CompressOptions, OpCode

TOPIC = "queue"
newest = b""
app = App()


def welcome(socket: Any) -> None:
    socket.subscribe(TOPIC)
    socket.send(newest, OpCode.TEXT)


def publish(response: Any, request: Any) -> None:
    def take(response: Any, chunk: bytes, is_end: bool) -> None:
        global newest
        body.extend(chunk or b"")
        if is_end:
            newest = bytes(body)
            app.publish(TOPIC, newest, OpCode.TEXT)
            response.write_status(204).end_without_body()

    body = bytearray()
    response.on_data(take)


app.ws("/stream", {"compression": CompressOptions.DISABLED, "idle_timeout": 0, "open": welcome})
app.post("/publish", publish)
app.listen({"port": int(sys.argv[1]), "host": "127.0.0.1"})
# `app.run()` gives asyncio's loop and this one turns, and between two states neither rests. Nothing here needs asyncio,
# and the inner loop alone sleeps while nothing happens.
app.loop.uv_loop.run()
