"""http-api.md, line by line: what anybody may ask, and what the holder of a ticket may do."""

import asyncio
import re
import urllib.request
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.service.callers import Answer, Caller
from tests.service.meters import metrics
from tests.service.offices import Office, running_office
from tests.service.plans import a_branch

TICKET_FIELDS = {"type", "label", "branch", "day", "queue", "state", "counter", "steps", "epoch", "seq", "calls"}
TICKET_FIELDS |= {"alternatives", "suspended_until", "stops", "reminded", "lapsed", "promise", "trip", "errands"}
TICKET_FIELDS |= {"slot", "released", "kept", "announced_at", "callable_at", "away_until", "can", "ahead", "wait"}
SNAPSHOT_FIELDS = {"type", "branch", "queue", "epoch", "seq", "at", "state", "waiting", "now", "wait", "why", "day"}


@pytest.fixture
async def visitor(office: Office) -> AsyncIterator[Caller]:
    async with Caller(office.port) as caller:
        yield caller


async def take(visitor: Caller, branch: str, **body: str) -> Any:
    answer = await visitor.post(f"/branches/{branch}/tickets", {"queue": "umum", **body})
    assert answer.status == 201, answer
    return answer.json


async def call_next(office: Office, branch: str, *more: str) -> None:
    async with Caller(office.port, office.administrator) as clerk:
        for action in ("open", "call-next", *more):
            assert (await clerk.post(f"/branches/{branch}/counters/1/{action}")).status == 200


def refused(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.code


# Branches and queues


async def test_branches_are_listed(visitor: Caller, branch: str) -> None:
    listed = (await visitor.get("/branches")).json["branches"]
    assert {"id": branch, "name": branch, "timezone": "Asia/Jakarta"} in listed


async def test_a_branch_tells_its_queues_counters_and_classes(visitor: Caller, branch: str) -> None:
    await take(visitor, branch)
    shown = (await visitor.get(f"/branches/{branch}")).json
    assert set(shown) == {"id", "name", "timezone", "day", "queues", "counters", "classes", "journeys"}
    first = {"id": "umum", "name": "umum", "state": "open", "waiting": 1, "walk_in": True, "wait": None, "hours": None}
    assert shown["queues"][0].pop("today") == {"hours": None, "name": None, "opens_next": None}
    asked: dict[str, object] = {"asks": {}, "purpose": None, "one_claim_per_person": False, "standard": None}
    assert shown["queues"][0] == {**first, **asked}
    counter = {"id": "1", "name": "1", "state": "closed", "queues": ["umum", "gigi"], "ticket": None}
    assert shown["counters"][0] == counter
    assert shown["classes"] == [{"id": "lansia", "name": "Lansia", "minutes": 30}]


async def test_a_queue_is_the_stream_s_object_and_the_day(visitor: Caller, branch: str) -> None:
    day = (await take(visitor, branch))["day"]
    answer = await visitor.get(f"/branches/{branch}/queues/umum")
    assert set(answer.json) == SNAPSHOT_FIELDS
    assert (answer.json["type"], answer.json["waiting"], answer.json["day"]) == ("queue", [["A", 1, 1]], day)
    assert answer.headers["content-type"] == "application/json"


async def test_a_queue_that_has_not_changed_is_answered_with_304(visitor: Caller, branch: str) -> None:
    path = f"/branches/{branch}/queues/umum"
    first = await visitor.get(path)
    known = {"If-None-Match": first.headers["etag"]}
    same = await visitor.ask("GET", path, headers=known)
    weak = await visitor.ask("GET", path, headers={"If-None-Match": f'"other", W/{first.headers["etag"]}'})
    await take(visitor, branch)
    changed = await visitor.ask("GET", path, headers=known)
    assert (first.status, same.status, weak.status, changed.status) == (200, 304, 304, 200)
    assert same.body == b""
    assert same.headers["etag"] == first.headers["etag"] != changed.headers["etag"]
    assert {answer.headers["cache-control"] for answer in (first, same)} == {"public, max-age=2"}


@pytest.mark.parametrize(
    "path", ["/branches/nowhere", "/branches/nowhere/queues/umum", "/branches/{branch}/queues/none"]
)
async def test_what_does_not_exist_is_not_found(visitor: Caller, branch: str, path: str) -> None:
    assert refused(await visitor.get(path.replace("{branch}", branch))) == (404, "not_found")


# Taking a number


async def test_a_number_comes_with_its_token(visitor: Caller, branch: str) -> None:
    taken = await take(visitor, branch)
    assert set(taken) == {"label", "token", "url", "branch", "day", "queue", "ahead", "wait", "doubts"}
    assert (taken["label"], taken["branch"], taken["queue"], taken["ahead"]) == ("A-001", branch, "umum", 0)
    assert taken["wait"] is None
    assert taken["url"] == f"/t/{taken['token']}"
    assert re.fullmatch(r"[A-Za-z0-9_-]{22,}", taken["token"]), "at least 128 bits"
    assert (await take(visitor, branch))["ahead"] == 1


async def test_a_priority_class_goes_ahead_by_its_minutes(visitor: Caller, branch: str) -> None:
    await take(visitor, branch)
    assert (await take(visitor, branch, **{"class": "lansia"}))["ahead"] == 0


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({}, 422, "invalid", "queue"),
        ({"queue": 1}, 422, "invalid", "queue"),
        ({"queue": "umum", "class": "king"}, 422, "invalid", "class"),
        ({"queue": "umum", "visitor": {"name": "x", "nik": "1", "phone": "1"}}, 422, "invalid", "Nama"),
        ({"journey": "rawat-jalan"}, 404, "not_found", "rawat-jalan"),
        ({"queue": "umum", "journey": "rawat-jalan"}, 422, "invalid", "queue"),
        ([], 422, "invalid", ""),
        ({"queue": "nothing"}, 404, "not_found", "nothing"),
    ],
)
async def test_a_number_is_not_given_for(
    visitor: Caller, branch: str, body: object, status: int, code: str, field: str
) -> None:
    answer = await visitor.post(f"/branches/{branch}/tickets", body)
    assert refused(answer) == (status, code)
    assert field in answer.json["detail"]


# The holder's own


async def test_a_ticket_is_the_stream_s_object_with_place_and_wait(visitor: Caller, branch: str) -> None:
    await take(visitor, branch)
    taken = await take(visitor, branch)
    shown = (await visitor.get(f"/tickets/{taken['token']}")).json
    assert set(shown) == TICKET_FIELDS
    assert (shown["type"], shown["label"], shown["state"], shown["ahead"]) == ("ticket", "A-002", "waiting", 1)
    assert shown["steps"] == [["umum", "waiting"]]
    assert shown["can"] == ["cancel", "step-away"]


async def test_cancel_withdraws(visitor: Caller, branch: str) -> None:
    token = (await take(visitor, branch))["token"]
    cancelled = await visitor.post(f"/tickets/{token}/cancel")
    assert (cancelled.status, cancelled.json["state"], cancelled.json["can"]) == (200, "cancelled", [])
    assert set(cancelled.json) == TICKET_FIELDS
    assert refused(await visitor.post(f"/tickets/{token}/cancel")) == (409, "not_allowed")


async def test_who_steps_away_and_returns_in_time_keeps_the_place(visitor: Caller, branch: str) -> None:
    token = (await take(visitor, branch))["token"]
    await take(visitor, branch)
    away = (await visitor.post(f"/tickets/{token}/step-away")).json
    assert (away["state"], away["can"], away["ahead"]) == ("held", ["cancel", "check-in"], None)
    minutes = (away["away_until"] / 1000 - datetime.now(UTC).timestamp()) / 60
    assert 10 < minutes < 20
    back = (await visitor.post(f"/tickets/{token}/check-in")).json
    assert (back["state"], back["ahead"], back["away_until"]) == ("waiting", 0, None)
    assert refused(await visitor.post(f"/tickets/{token}/step-away")) == (409, "not_allowed")


async def test_who_was_missed_may_come_back_and_rests_first(office: Office, visitor: Caller, branch: str) -> None:
    token = (await take(visitor, branch))["token"]
    await call_next(office, branch, "no-show")
    missed = (await visitor.get(f"/tickets/{token}")).json
    assert (missed["state"], missed["calls"], missed["can"]) == ("no_show", 1, ["cancel", "check-in"])
    back = (await visitor.post(f"/tickets/{token}/check-in")).json
    assert (back["state"], back["calls"]) == ("waiting", 1)
    assert back["callable_at"] == missed["callable_at"]


async def test_feedback_is_given_once_and_after_the_visit(office: Office, visitor: Caller, branch: str) -> None:
    token = (await take(visitor, branch))["token"]
    path = f"/tickets/{token}/feedback"
    assert refused(await visitor.post(path, {"score": 4})) == (409, "not_allowed")
    await call_next(office, branch, "serve", "complete")
    assert (await visitor.get(f"/tickets/{token}")).json["can"] == ["feedback"]
    for score in (0, 5, "good", None):
        answer = await visitor.post(path, {"score": score})
        assert refused(answer) == (422, "invalid")
        assert "score" in answer.json["detail"]
    assert (await visitor.post(path, {"score": 4})).json["can"] == []
    assert refused(await visitor.post(path, {"score": 1})) == (409, "not_allowed")


async def test_a_token_opens_its_own_ticket_only(visitor: Caller, branch: str) -> None:
    tokens = [(await take(visitor, branch))["token"] for _ in range(3)]
    assert len(set(tokens)) == 3
    for wrong in (tokens[0][:-1], tokens[0] + "A", tokens[0] + "=", tokens[0][::-1], tokens[0].swapcase(), "A" * 43):
        assert refused(await visitor.get(f"/tickets/{wrong}")) == (404, "not_found")
        assert refused(await visitor.post(f"/tickets/{wrong}/cancel")) == (404, "not_found")


async def test_no_single_wrong_letter_in_a_token_is_overlooked(visitor: Caller, branch: str) -> None:
    token = (await take(visitor, branch))["token"]
    statuses = {
        (await visitor.get(f"/tickets/{token[:n]}{'A' if token[n] != 'A' else 'B'}{token[n + 1 :]}")).status
        for n in range(len(token))
    }
    assert statuses == {404}


# Rules of single branches


@pytest.fixture(scope="module")
def strict_office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One branch with two numbers a day, one that is never open at this hour, and a limit for each device."""
    hours = {"hours": [{"days": ["mon"], "from": "00:00", "to": "00:01"}]}
    plans = [a_branch("kuota", queue_extras={"quota": 2}), a_branch("tutup", queue_extras=hours), a_branch("ramai")]
    folder = tmp_path_factory.mktemp("strict")
    with running_office(folder, plans, {"ANTREAN_RATE_LIMITS": "on"}) as running:
        yield running


async def test_the_numbers_of_a_day_are_counted(strict_office: Office) -> None:
    async with Caller(strict_office.port) as visitor:
        for label in ("A-001", "A-002"):
            assert (await take(visitor, "kuota"))["label"] == label
        answer = await visitor.post("/branches/kuota/tickets", {"queue": "umum"})
    assert refused(answer) == (409, "quota_full")


async def test_outside_its_hours_a_queue_is_closed(strict_office: Office) -> None:
    async with Caller(strict_office.port) as visitor:
        answer = await visitor.post("/branches/tutup/tickets", {"queue": "umum"})
        queue = (await visitor.get("/branches/tutup")).json["queues"][0]
    assert refused(answer) == (409, "queue_closed")
    assert (queue["state"], queue["hours"]) == ("closed", [{"days": [1], "from": "00:00", "to": "00:01"}])


async def test_too_many_numbers_from_one_device_are_refused_for_a_while(strict_office: Office) -> None:
    async with Caller(strict_office.port) as visitor:
        for _ in range(500):
            answer = await visitor.post("/branches/ramai/tickets", {"queue": "umum"})
            if answer.status != 201:
                break
    assert refused(answer) == (429, "too_many_requests")
    assert 1 <= int(answer.headers["retry-after"]) <= 60


# Every answer


async def test_errors_are_problem_details_in_indonesian_unless_english_is_asked_for(visitor: Caller) -> None:
    answers = {
        language: await visitor.ask("GET", "/branches/nowhere", headers={"Accept-Language": language})
        for language in ("id", "en", "en-US,en;q=0.9", "de", "id;q=0.5,en;q=0.9", "")
    }
    by_default = (await visitor.get("/branches/nowhere")).json
    assert set(by_default) == {"type", "title", "status", "detail", "code"}
    assert (by_default["title"], by_default["status"]) == ("Not Found", 404)
    english = "There is no branch “nowhere”."
    assert answers["en"].json["detail"] == answers["en-US,en;q=0.9"].json["detail"] == english
    assert answers["id;q=0.5,en;q=0.9"].json["detail"] == english
    assert by_default["detail"] != english
    assert "nowhere" in by_default["detail"]
    assert {answers[language].json["detail"] for language in ("id", "de", "")} == {by_default["detail"]}


@pytest.mark.parametrize("body", [{}, {"queue": 7}, {"queue": "umum", "color": "red"}])
async def test_what_is_wrong_with_a_field_is_said_in_indonesian_too(
    visitor: Caller, branch: str, body: dict[str, object]
) -> None:
    """A clerk should understand it."""
    path = f"/branches/{branch}/tickets"
    indonesian = (await visitor.post(path, body)).json["detail"]
    english = (await visitor.ask("POST", path, body, {"Accept-Language": "en"})).json["detail"]
    assert indonesian != english


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/branches/", 404, "not_found"),
        ("DELETE", "/branches", 405, "method_not_allowed"),
        ("GET", "/tickets/x/cancel", 405, "method_not_allowed"),
    ],
)
async def test_an_address_that_is_none_is_a_problem_too(
    visitor: Caller, method: str, path: str, status: int, code: str
) -> None:
    answer = await visitor.ask(method, path)
    assert refused(answer) == (status, code)
    assert ("allow" in answer.headers) == (status == 405)


async def test_a_body_larger_than_any_that_is_needed_is_refused_unread(visitor: Caller, branch: str) -> None:
    answer = await visitor.post(f"/branches/{branch}/tickets", {"queue": "a" * 20_000})
    assert refused(answer) == (413, "too_large")


async def test_headers_without_end_are_refused(office: Office) -> None:
    """Two megabytes of headers: whoever sends them fills the memory of everybody's server."""
    reader, writer = await asyncio.open_connection("127.0.0.1", office.port)
    writer.write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"X-Long: " + b"a" * 2_000_000 + b"\r\n\r\n")
    status = (await reader.readline()).split()[1]
    writer.close()
    assert status in (b"400", b"431")


async def test_requests_sent_without_waiting_are_answered_in_their_order(office: Office, branch: str) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", office.port)
    paths = (f"/api/v1/branches/{branch}", "/healthz", "/api/v1/branches/nowhere", "/healthz")
    writer.write(b"".join(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode() for path in paths))
    bodies = []
    for _ in paths:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        bodies.append(await reader.readexactly(int(head.partition("content-length: ")[2].split("\r\n")[0])))
    writer.close()
    assert [body[:10] for body in bodies] == [
        f'{{"id":"{branch}'.encode()[:10],
        b'{"status":',
        b'{"type": "',
        b'{"status":',
    ]


# Operations


def test_metrics_are_text(office: Office) -> None:
    with urllib.request.urlopen(f"{office.server.url}/metrics", timeout=30) as answer:
        assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(("path", "status"), [("/healthz", "up"), ("/readyz", "ready")])
def test_operations_are_answered(office: Office, path: str, status: str) -> None:
    with urllib.request.urlopen(f"{office.server.url}{path}", timeout=30) as answer:
        assert answer.read() == f'{{"status":"{status}"}}'.encode()


async def test_metrics_count_what_happens(office: Office, visitor: Caller, branch: str) -> None:
    before = metrics(office.port)
    await visitor.post(f"/branches/{branch}/tickets", {"queue": "umum"}, idempotency=f"{branch}-m")
    await visitor.post(f"/branches/{branch}/tickets", {"queue": "umum"}, idempotency=f"{branch}-m")
    after = metrics(office.port)
    changed = {name.removeprefix("antrean_"): after[name] - before[name] for name in after if name in before}
    assert (changed["entries_appended_total"], changed["idempotent_replays_total"]) == (1, 1)


# The order, for everybody


async def test_the_order_is_told_in_words_and_nobodys_right_is_named(visitor: Caller, branch: str) -> None:
    labels = [(await take(visitor, branch))["label"] for _ in range(2)]
    aged = (await take(visitor, branch, **{"class": "lansia"}))["label"]
    shown = (await visitor.get(f"/branches/{branch}/queues/umum/order")).json
    assert set(shown) == {"branch", "queue", "day", "seq", "rules", "order"}
    assert [place["label"] for place in shown["order"]] == [aged, *labels]
    assert "Lansia: giliran dihitung 30 menit sebelum nomor diambil." in shown["rules"]
    assert "hak didahulukan" in shown["order"][0]["why"] and "ansia" not in str(shown["order"])
    assert all(place["why"].startswith("Mengambil nomor pukul ") for place in shown["order"][1:])
    english = await visitor.ask("GET", f"/branches/{branch}/queues/umum/order", headers={"Accept-Language": "en"})
    assert "A number is due when it is taken." in english.json["rules"]
    assert refused(await visitor.get(f"/branches/{branch}/queues/none/order")) == (404, "not_found")
