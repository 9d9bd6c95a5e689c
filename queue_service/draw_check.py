"""`antrean draw check`: whether a draw went as was promised, from nothing but what is published."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import click
import httpx2

MOST_BYTES = 10 * 1024 * 1024
PATIENCE = 30.0

Json = dict[str, Any]


def print_check(source: str) -> bool:
    """Whether all is as it should be. Raises ValueError or OSError where there is nothing to check."""
    record = _read(source)
    if record["state"] != "drawn":
        raise ValueError(
            f"The draw of {record['queue']} for {record['day']} is not drawn yet: it is {record['state']}."
        )
    faults = list(check(record))
    for fault in faults:
        click.echo(f"BROKEN  {fault}")
    if not faults:
        drawn = min(record["quota"], len(record["entries"]))
        click.echo(
            f"ok      {record['branch']}, {record['queue']}, {record['day']}: "
            f"{len(record['entries'])} entries, {drawn} for {record['quota']} places, seed and list as published."
        )
    return not faults


def check(record: Json) -> Iterator[str]:
    """What is wrong, in words."""
    entries, seed = record["entries"], record["seed"]
    if hashlib.sha256(seed.encode()).hexdigest() != record["commitment"]:
        yield "The seed is not the one that was promised before anybody entered."
    if entries != sorted(set(entries)):
        yield "The list of entries is not in its order, or holds one twice."
    digest = hashlib.sha256("".join(f"{entry}\n" for entry in entries).encode()).hexdigest()
    if digest != record["list_digest"]:
        yield "The list of entries is not the one that was published as the draw closed."

    def lot(entry: str) -> str:
        return hmac.new(seed.encode(), f"{digest}:{entry}".encode(), "sha256").hexdigest()

    if record["order"] != sorted(entries, key=lot):
        yield "The order is not the one that seed and list make."
    given = [place["entry"] for place in record["given"]]
    stayed = [entry for entry in record["order"] if entry not in set(record["withdrawn"])]
    if given != stayed[: len(given)]:
        yield "Somebody was passed over: places were not given in the drawn order."
    numbers = [int(place["label"].rpartition("-")[2]) for place in record["given"]]
    if numbers != sorted(set(numbers)):
        yield "The numbers were not given in the drawn order."


def _read(source: str) -> Json:
    """From a file, or from the draw's own address."""
    is_address = source.startswith(("http://", "https://"))
    text = _fetch(_record_address(source)) if is_address else Path(source).read_bytes()
    try:
        record = json.loads(text)
        needed = ("state", "queue", "day", "branch", "quota", "commitment", "entries", "order", "given", "withdrawn")
        if not isinstance(record, dict) or any(name not in record for name in needed):
            raise ValueError
    except ValueError:
        raise ValueError(f"{source} holds no record of a draw.") from None
    return record


def _record_address(url: str) -> str:
    """`…/draw` is as good as `…/draw/record`."""
    parts = urlsplit(url)
    path = parts.path if parts.path.endswith("/record") else f"{parts.path.rstrip('/')}/record"
    return urlunsplit(parts._replace(path=path))


def _fetch(url: str) -> bytes:
    try:
        with httpx2.stream("GET", url, timeout=PATIENCE, follow_redirects=True) as answer:
            body = b""
            for part in answer.iter_bytes():
                body += part
                if len(body) > MOST_BYTES:
                    raise ValueError(f"{url} answers with too much.")
    except httpx2.HTTPError as error:
        raise ValueError(f"{url} cannot be read: {error}") from error
    if answer.status_code != 200:
        raise ValueError(f"{url} answers {answer.status_code}: {_detail(body)}")
    return body


def _detail(body: bytes) -> str:
    try:
        return str(json.loads(body)["detail"])
    except (ValueError, KeyError, TypeError):
        return "no record of a draw"
