"""Talks to an agency's system with REST and JSON."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from integrations.contract import Opening, Undelivered
from integrations.http import Answer, Http
from integrations.opd.pulling import Batch, Position, RecordSource
from integrations.opd.sources import Record, Unmapped, plain_text, read_moment, value_at, write_moment

if TYPE_CHECKING:
    from integrations.opd.rest.settings import PullPlan, SuccessPlan, WithToken

LONGEST_PAGE = 4 * 1024 * 1024
MOST_PAGES = 1000
NOT_MODIFIED = 304


def open_http(opening: Opening, settings: WithToken) -> Http:
    """Raises NotReady."""
    token, plan = opening.secret("TOKEN"), settings.header
    headers = {plan.name: f"{plan.scheme} {token}".strip(), "Accept": "application/json"}
    return Http(settings, headers, seconds=14.0)


class RestSource(RecordSource):
    def __init__(self, opening: Opening, settings: WithToken, plan: PullPlan) -> None:
        """Raises NotReady."""
        self._plan = plan
        self._zone = next((branch.timezone for branch in opening.branches()), ZoneInfo("UTC"))
        self._http = open_http(opening, settings)

    async def pull(self, position: Position) -> AsyncIterator[Batch]:
        """An answer that is whole in one page is not asked for again while it is the same there."""
        url, newest, asked = self._first(position), position.get("changed", ""), 0
        answer = await self._ask(url, _conditions(position, url))
        first, tags = url, _tags(answer)
        if answer.status == NOT_MODIFIED:
            return
        before: Sequence[Record] = ()
        while True:
            body = self._body(answer)
            records, asked = self._records(body), asked + 1
            newest = max([newest, *self._changed(records)])
            url = self._next(url, body, records, asked)
            if url and (asked >= MOST_PAGES or (before and records == before)):
                raise Undelivered(
                    f"page {asked} is not the last, or says the same as the one before: is “pages” right?"
                )
            if not url:
                known = {"url": first, **tags} if asked == 1 else {}
                yield Batch(records, {**({"changed": newest} if newest else {}), **known})
                return
            yield Batch(records)
            before, answer = records, await self._ask(url, {})

    async def sample(self, most: int) -> Sequence[Record]:
        return self._records(self._body(await self._ask(self._first({}), {})))[:most]

    async def close(self) -> None:
        await self._http.close()

    def _first(self, position: Position) -> str:
        url, since, pages = self._plan.url, self._plan.since, self._plan.pages
        if pages and pages.parameter and not pages.next:
            url = with_parameter(url, pages.parameter, str(pages.first))
        if since and position.get("changed"):
            begin = datetime.fromisoformat(position["changed"]) - timedelta(seconds=since.overlap_seconds)
            url = with_parameter(url, since.parameter, write_moment(begin, since.format, self._zone))
        return url

    def _next(self, url: str, body: Any, records: Sequence[Record], asked: int) -> str:
        """The address of the page after this one; empty: there is none. Raises Undelivered."""
        pages = self._plan.pages
        if pages is None:
            return ""
        if not pages.next:
            return with_parameter(url, pages.parameter, str(pages.first + asked)) if records else ""
        named = value_at(body, pages.next)
        if named in (None, "", False):
            return ""
        if pages.parameter:
            return with_parameter(url, pages.parameter, str(named))
        there = urljoin(url, str(named))
        if urlsplit(there)[:2] != urlsplit(self._plan.url)[:2]:  # who would be shown the token then?
            raise Undelivered(f"its next page is elsewhere ({urlsplit(there).netloc}), where nobody is asked")
        return there

    async def _ask(self, url: str, headers: Mapping[str, str]) -> Answer:
        answer = await self._http.ask("GET", url, headers=headers, longest=LONGEST_PAGE)
        if not answer.is_success and not (headers and answer.status == NOT_MODIFIED):
            raise answer.failure()
        return answer

    def _body(self, answer: Answer) -> Any:
        body = answer.json()
        check_success(self._plan.success, body)
        return body

    def _records(self, body: Any) -> Sequence[Record]:
        """Raises Undelivered."""
        found = value_at(body, self._plan.records) if self._plan.records else body
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise Undelivered(f"its answer has no list of records at “{self._plan.records}”")
        return found

    def _changed(self, records: Sequence[Record]) -> list[str]:
        """In a form in which the greater is the later. Raises Undelivered."""
        if self._plan.since is None:
            return []
        try:
            read = [read_moment(self._plan.since.changed, each, "changed", self._zone) for each in records]
        except Unmapped as error:
            raise Undelivered(f"a record does not say when it was changed: {error}") from error
        return [moment.astimezone(UTC).isoformat(timespec="microseconds") for moment in read if moment]


def check_success(plan: SuccessPlan | None, body: Any) -> None:
    """Where a body may say that it is none, whatever the status. Raises Undelivered."""
    if plan is None:
        return
    try:
        text = plain_text(value_at(body, plan.named), plan.named)
    except Unmapped as error:
        raise Undelivered(f"its answer does not say whether it is a success: {error}") from error
    if text not in plan.values:
        raise Undelivered(f"it answered {plan.named}: {text or 'nothing'}", is_refused=True)


def with_parameter(url: str, name: str, value: str) -> str:
    """In the place of what stood for it before."""
    parts = urlsplit(url)
    kept = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] != name]
    return urlunsplit(parts._replace(query=urlencode([*kept, (name, value)])))


def _tags(answer: Answer) -> Position:
    found = {"etag": answer.headers.get("etag", ""), "modified": answer.headers.get("last-modified", "")}
    return {name: value for name, value in found.items() if 0 < len(value) <= 200}


def _conditions(position: Position, url: str) -> dict[str, str]:
    if position.get("url") != url:
        return {}
    named = {"If-None-Match": position.get("etag"), "If-Modified-Since": position.get("modified")}
    return {name: value for name, value in named.items() if value}
