"""The faces: server-rendered pages. `install` adds them and their static files to the app."""

from fastapi import FastAPI


def install(app: FastAPI) -> None: ...
