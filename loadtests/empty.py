"""The yardstick for actions: the least that FastAPI can answer to a POST."""

from fastapi import FastAPI

app = FastAPI()


@app.post("/empty")
async def empty() -> dict[str, str]:
    return {}
