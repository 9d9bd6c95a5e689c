"""Talks to BPJS: signs, opens what comes back, and says in one of five ways why it did not go."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from integrations.bpjs.cipher import Unreadable, decrypt, key_of
from integrations.bpjs.envelope import Envelope, read_envelope, unwrap
from integrations.bpjs.refusals import Meaning, Verdict, judge
from integrations.bpjs.shapes import records
from integrations.bpjs.signature import basic_authorization, signature_of
from integrations.contract import Undelivered
from integrations.http import BUSY, Answer, Http
from queue_service.redaction import redacted

log = logging.getLogger("antrean.bpjs")

LONGEST_ANSWER = 4 * 1024 * 1024  # bytes; a day's bookings of a large hospital are a fifth of that
LONGEST_TEXT = 300  # characters of a refusal that are kept
SKEW_SECONDS = 60  # beyond which the clock is to blame
AT_ONCE_BYTES = 8 * 1024  # more than that is decrypted beside the event loop

_LONG_NUMBER = re.compile(r"\d{8,}")


@dataclass(frozen=True, slots=True)
class Account:
    """As BPJS has given it to one hospital or Puskesmas. `login`: user and password of PCare, a Puskesmas's only."""

    base_url: str
    cons_id: str
    secret: str = field(repr=False)
    user_key: str = field(repr=False)
    content_type: str = "application/json"  # of a body; it is JSON whatever this says
    login: tuple[str, str] | None = field(default=None, repr=False)


class Away(Exception):
    """Nobody is there, or what came is not theirs: try again. `rest_seconds`: for so long they want their rest."""

    def __init__(self, sentence: str, rest_seconds: float | None = None) -> None:
        super().__init__(sentence)
        self.rest_seconds = rest_seconds


class Refused(Exception):
    """They are there and do not want this. `message` is theirs, without long numbers; `call` is the path mostly."""

    def __init__(self, call: str, code: int, message: str) -> None:
        super().__init__(f"it refuses {call}: {code} {message}".rstrip())
        self.call = call
        self.code = code
        self.message = message

    @property
    def verdict(self) -> Verdict:
        return judge(self.call, self.code, self.message)


class NotLetIn(Refused):
    """Cons id, secret or user key do not fit: nothing else will go either."""

    def __init__(self, call: str, code: int, message: str) -> None:
        super().__init__(call, code, message)
        self.args = (f"it does not accept our keys (cons id, secret, user key): {code} {message}".rstrip(),)


class ClockWrong(NotLetIn):
    """They do not let in what is signed by a clock that is wrong."""

    def __init__(self, call: str, code: int, message: str, skew_seconds: float) -> None:
        super().__init__(call, code, message)
        way = "behind" if skew_seconds > 0 else "ahead of"
        self.args = (
            f"this machine's clock is {_span(abs(skew_seconds))} {way} that of BPJS,"
            " which therefore refuses everything: set it right (NTP)",
        )


@dataclass(frozen=True, slots=True)
class _Response:
    """`timestamp`: its request's, which is half of the key to it."""

    content: Any
    timestamp: str


class BpjsClient:
    """Many requests may be under way at once. `http` is closed by whoever made it; `clock` gives seconds since 1970."""

    def __init__(self, account: Account, http: Http, clock: Callable[[], float]) -> None:
        self._account = account
        self._http = http
        self._clock = clock
        self.skew_seconds: float | None = None  # their clock less ours, by the newest answer

    async def get(self, path: str, *, call: str | None = None) -> Any:
        """`path`: from the base address on, its values percent-encoded. `call`: what is told of it instead, where the
        path holds somebody's number. Answers with what is inside; raises Away, Refused and Unreadable."""
        return await self._inside(await self._ask("GET", path, None, call or path))

    async def listed(self, path: str) -> list[dict[str, Any]]:
        """A `get` of a list; of nothing it is empty, and no refusal."""
        try:
            return records(await self.get(path))
        except Refused as refused:
            if refused.verdict.meaning is Meaning.NOTHING_FOUND:
                return []
            raise

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        """Raises Away, Refused and Unreadable."""
        return await self._inside(await self._ask("POST", path, body, path))

    async def tell(self, path: str, body: Mapping[str, Any]) -> None:
        """A `post` that is done once they say so: whatever else stands in the answer cannot undo it."""
        await self._ask("POST", path, body, path)

    async def _ask(self, method: str, path: str, body: Mapping[str, Any] | None, call: str) -> _Response:
        timestamp = str(int(self._clock()))
        url = self._account.base_url.rstrip("/") + path
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        try:
            answer = await self._http.ask(
                method, url, content=content, headers=self._headers(timestamp, body), longest=LONGEST_ANSWER
            )
        except Undelivered as error:
            raise Away(str(error)) from None
        self._notice_skew(answer.headers.get("date", ""))
        booking = str((body or {}).get("kodebooking", ""))
        envelope = self._opened(call, answer, booking)
        if not envelope.is_done(path):
            raise self._refusal(call, envelope.code, _told(envelope.message, booking))
        return _Response(envelope.response, timestamp)

    def _headers(self, timestamp: str, body: object) -> dict[str, str]:
        account = self._account
        headers = {
            "X-cons-id": account.cons_id,
            "X-timestamp": timestamp,
            "X-signature": signature_of(account.cons_id, account.secret, timestamp),
            "user_key": account.user_key,
        }
        if account.login is not None:
            headers["X-authorization"] = basic_authorization(*account.login)
        return headers if body is None else {**headers, "Content-Type": account.content_type}

    def _opened(self, call: str, answer: Answer, booking: str) -> Envelope:
        if answer.status >= 500 or answer.status in BUSY:
            failure = answer.failure()
            raise Away(_told(str(failure), booking), failure.rest_seconds)
        if not answer.is_whole:
            raise Unreadable(f"the answer is longer than {LONGEST_ANSWER // 1024**2} MiB")
        try:
            envelope = read_envelope(answer.body)
        except Unreadable as error:
            if answer.status in (401, 403):
                raise self._refusal(call, answer.status, "") from None
            raise Away(f"what answers {answer.status} there is not the service: {error}") from None
        log.debug("BPJS answered %s: %d %s", call, envelope.code, _told(envelope.message, booking))
        return envelope

    def _refusal(self, call: str, code: int, message: str) -> Refused:
        if judge(call, code, message).meaning is not Meaning.NOT_LET_IN:
            return Refused(call, code, message)
        if self.skew_seconds is not None and abs(self.skew_seconds) > SKEW_SECONDS:
            wrong = ClockWrong(call, code, message, self.skew_seconds)
            log.error("BPJS refuses everything: %s", wrong)
            return wrong
        return NotLetIn(call, code, message)

    async def _inside(self, response: _Response) -> Any:
        sealed = response.content
        if not isinstance(sealed, str):
            return unwrap(sealed)  # the dashboards are not encrypted
        if not sealed:
            return None
        key = key_of(self._account.cons_id, self._account.secret, response.timestamp)
        if len(sealed) <= AT_ONCE_BYTES:
            return unwrap(decrypt(sealed, key))
        return unwrap(await asyncio.to_thread(decrypt, sealed, key))

    def _notice_skew(self, date: str) -> None:
        try:
            theirs = parsedate_to_datetime(date)
        except ValueError:
            return
        before, now = self.skew_seconds, (theirs if theirs.tzinfo else theirs.replace(tzinfo=UTC)).timestamp()
        self.skew_seconds = now - self._clock()
        was_wrong, is_wrong = (skew is not None and abs(skew) > SKEW_SECONDS for skew in (before, self.skew_seconds))
        if is_wrong and not was_wrong:
            log.warning("This machine's clock and that of BPJS differ by %s", _span(abs(self.skew_seconds)))
        elif was_wrong and not is_wrong:
            log.info("This machine's clock and that of BPJS agree again")


def _told(message: str, booking: str) -> str:
    """Without whatever may be a card, a NIK or a phone; the booking code is how people find what it is about."""
    text = "".join(c if c.isprintable() else " " for c in message)
    parts = re.split(rf"\b({re.escape(booking)})\b", text) if booking else [text]
    masked = (part if part == booking else _LONG_NUMBER.sub("[masked]", redacted(part)) for part in parts)
    return "".join(masked)[:LONGEST_TEXT]


def _span(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes < 120 else f"{minutes // 60} h {minutes % 60} min"
