"""An answer that is a response already, so that the framework need not check and write anew what we have just made."""

from __future__ import annotations

import json

from starlette.responses import Response

from queue_service.web.shapes import Json

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def answer(content: Json, status: int = 200) -> Response:
    """For what is asked all day, by clerks and by who takes a number. Its route describes its shape all the same."""
    return Response(_encode(content), status, media_type="application/json")
