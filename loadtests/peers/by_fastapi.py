"""The peer FastAPI: a WebSocket route as its documentation shows it, under uvicorn with all that makes it fast.

usage: by_fastapi.py PORT
"""

import sys

import uvicorn
from fastapi import FastAPI, Request, WebSocket, WebSocketDisconnect

app = FastAPI()
watching: set[WebSocket] = set()
newest = ""


@app.websocket("/stream")
async def stream(socket: WebSocket) -> None:
    await socket.accept()
    await socket.send_text(newest)
    watching.add(socket)
    try:
        while True:
            await socket.receive_text()
    except WebSocketDisconnect:
        watching.discard(socket)


@app.post("/publish", status_code=204)
async def publish(request: Request) -> None:
    global newest
    newest = (await request.body()).decode()
    for socket in tuple(watching):
        try:
            await socket.send_text(newest)
        except (RuntimeError, WebSocketDisconnect):  # it is leaving
            watching.discard(socket)


if __name__ == "__main__":
    uvicorn.run(
        app,
        port=int(sys.argv[1]),
        loop="uvloop",
        http="httptools",
        ws="websockets-sansio",  # the fastest of uvicorn's three
        ws_per_message_deflate=False,
        ws_ping_interval=None,
        access_log=False,
        log_level="warning",
    )
