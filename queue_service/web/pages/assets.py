"""Styles, browser modules and pictures, held in memory and compressed once.

The version stands in the path (`/static/VERSION/phone.js`), so that the modules which a module imports
are of the same version without anyone rewriting them.
"""

from __future__ import annotations

import gzip
import mimetypes
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from queue_service.web.headers import NOTHING

_FOREVER = "public, max-age=31536000, immutable"
# A worker may look after the pages of counters, wherever it lies itself, and ask for what they ask for.
_WORKER = {
    "Service-Worker-Allowed": "/counter/",
    "Content-Security-Policy": f"{NOTHING}; connect-src 'self'",
}
_HEADERS: Mapping[str, Mapping[str, str]] = {"console_worker.js": _WORKER}
_IMPORTED = re.compile(rb'(?:from |import\()"\./([\w.]+)"')
_TYPES = {".js": "text/javascript", ".svg": "image/svg+xml", ".css": "text/css"}


@dataclass(frozen=True)
class Asset:
    content: bytes
    compressed: bytes
    media_type: str
    etag: str


class Assets:
    """An ASGI app to mount at `path`."""

    def __init__(self, folder: Path, path: str = "/static") -> None:
        self._path = path
        self._assets = dict(_read(folder))
        together = "".join(f"{name} {asset.etag}\n" for name, asset in sorted(self._assets.items()))
        self.version = sha256(together.encode()).hexdigest()[:10]

    def url(self, name: str) -> str:
        if name not in self._assets:
            raise LookupError(f"There is no {name} in display/static.")
        return f"{self._path}/{self.version}/{name}"

    def with_imports(self, *names: str) -> list[str]:
        """The addresses of these, and of all modules that they import."""
        found = dict.fromkeys(names)
        to_read = list(names)
        while to_read:
            for match in _IMPORTED.findall(self._assets[to_read.pop()].content):
                if (name := match.decode()) not in found:
                    found[name] = None
                    to_read.append(name)
        return [self.url(name) for name in found]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._answer(Request(scope)) if scope["type"] == "http" else PlainTextResponse("", 404)
        await response(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        version, _, name = request.url.path.removeprefix(self._path + "/").partition("/")
        asset = self._assets.get(name)
        if asset is None or request.method not in {"GET", "HEAD"}:
            return PlainTextResponse("Not found", 404)
        headers = {
            # A page of an older version gets today's file, and asks again next time.
            "Cache-Control": _FOREVER if version == self.version else "no-cache",
            "ETag": asset.etag,
            "Vary": "Accept-Encoding",
            **_HEADERS.get(name, {}),
        }
        if request.headers.get("if-none-match") == asset.etag:
            return Response(status_code=304, headers=headers)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return Response(
                asset.compressed, headers=headers | {"Content-Encoding": "gzip"}, media_type=asset.media_type
            )
        return Response(asset.content, headers=headers, media_type=asset.media_type)


def _read(folder: Path) -> Iterator[tuple[str, Asset]]:
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        content = file.read_bytes()
        media_type = _TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        compressed = gzip.compress(content, mtime=0)
        etag = f'"{sha256(content).hexdigest()[:20]}"'
        yield file.relative_to(folder).as_posix(), Asset(content, compressed, media_type, etag)
