"""What this process writes about itself: one line for each event, JSON where no person reads along.

All of it goes through here, also what libraries log, warnings, and the words with which a fault ends the process.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any

import structlog

from queue_service.redaction import MASK, redacted, redacted_field
from queue_service.shelves import worker

log = logging.getLogger("antrean")

QUIET = ("alembic", "httpx2", "websockets")  # they are heard only when something is wrong

Event = MutableMapping[str, Any]

_is_json = False

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def write_logs(form: str | None) -> None:
    """`form`: json or text; None is text on a terminal, where somebody reads it, and JSON for what collects it."""
    global _is_json
    is_text = sys.stderr.isatty() if form is None else form == "text"
    _is_json = not is_text
    shape: list[Any] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if is_text:
        shape += [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), sort_keys=False)]
    else:
        shape += [_put_in_order, structlog.processors.JSONRenderer(ensure_ascii=False)]
    handler = logging.StreamHandler()
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=PROCESSORS, processors=shape))
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a fault in logging itself would be told with what should have been masked
    sys.excepthook = _last_words
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def are_json() -> bool:
    return _is_json


def _sign(_logger: object, _method: str, event: Event) -> Event:
    event["worker"] = worker()
    if (request := request_id.get()) is not None:
        event["request"] = request
    return event


def _put_in_order(_logger: object, _method: str, event: Event) -> Event:
    first = {name: event.pop(name) for name in ("level", "event", "logger", "worker")}
    return {"time": event.pop("timestamp"), **first, **event}


def _last_words(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    log.critical("A fault has ended this process", exc_info=(kind, error, trace))


def redact(_logger: object, _method: str, event: Event) -> Event:
    """Names of people, tokens, keys and idempotency keys are never logged. This is for the day on which somebody
    forgets it, or a library puts a value into its complaint."""
    return {redacted(key): _redacted_value(key, value) for key, value in event.items()}


def _redacted_value(key: str, value: Any) -> Any:
    if key.startswith("_") or value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if redacted_field(key, str(value)) == str(value) else MASK
    if isinstance(value, Mapping):
        return {redacted(str(name)): _redacted_value(str(name).lstrip("_"), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_redacted_value(key, item) for item in value]
    return redacted_field(key, value if isinstance(value, str) else repr(value))


PROCESSORS: list[Any] = [
    structlog.stdlib.ExtraAdder(),
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.format_exc_info,
    redact,
    _sign,  # what is added from here on is our own
    structlog.processors.TimeStamper(fmt="iso"),
]
