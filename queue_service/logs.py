"""What this process writes about itself: one line for each event, JSON where no person reads along.

All of it goes through here, also what libraries log, warnings, and the words with which a fault ends the process.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Mapping, MutableMapping
from contextvars import ContextVar
from types import TracebackType
from typing import Any

import structlog

from queue_service.shelves import worker

log = logging.getLogger("antrean")

MASK = "[masked]"
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


# Names of people, tokens, keys and idempotency keys are never logged. What follows is for the day on which somebody
# forgets it, or a library puts a value into its complaint.

_SECRET_OF_KEY = re.compile(r"(antrean_[0-9a-f]{8}_)[A-Za-z0-9_-]+")
_RUN = re.compile(r"[A-Za-z0-9_-]{32,}")
_is_harmless = re.compile(  # a log without them tells less
    r"[0-9a-f]{32}"  # as proxies and traces count
    r"|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # a UUID
    r"|ANTREAN(_[A-Z0-9]{1,40})+"  # a setting's name
    r"|[a-z0-9]{0,20}([-_]+[a-z0-9]{1,20})+"  # words, joined
).fullmatch
_PEOPLES_NUMBERS = re.compile(
    r"(?<!\d)\d{16,}(?!\d)"  # a NIK
    r"|(?<!\d)(?:\+?62[ .-]?|0)8\d(?:[ .-]?\d){6,10}(?!\d)"  # a mobile phone of Indonesia
    r"|\+\d(?:[ .-]?\d){7,14}(?!\d)"  # any phone, as it is called from abroad
)


def redact(_logger: object, _method: str, event: Event) -> Event:
    """Masks whatever looks like a token, a key, a NIK or a phone number."""
    return {redacted(key): _redacted_value(key, value) for key, value in event.items()}


def redacted(text: str) -> str:
    text = _SECRET_OF_KEY.sub(rf"\1{MASK}", text)
    return _PEOPLES_NUMBERS.sub(MASK, _RUN.sub(_mask_of_run, text))


def _mask_of_run(run: re.Match[str]) -> str:
    return run[0] if _is_harmless(run[0]) else MASK


def _redacted_value(key: str, value: Any) -> Any:
    if key.startswith("_") or value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if redacted(str(value)) == str(value) else MASK
    if isinstance(value, Mapping):
        return {redacted(str(name)): _redacted_value("", inner) for name, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return _redacted_items(value)
    return redacted(value if isinstance(value, str) else repr(value))


def _redacted_items(values: Iterable[Any]) -> list[Any]:
    return [_redacted_value("", value) for value in values]


PROCESSORS: list[Any] = [
    structlog.stdlib.ExtraAdder(),
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.format_exc_info,
    redact,
    _sign,  # what is added from here on is our own
    structlog.processors.TimeStamper(fmt="iso"),
]
