"""What the replay makes of each answer of a service. The service is faked at the wire."""

import json
from collections.abc import Iterator

import httpx2
import pytest

from queue_service.replay import client as client_module
from queue_service.replay.client import Client, Refused, ReplayStopped
from queue_service.replay.lanes import OpenLane
from queue_service.replay.order import Happening, Kind
from queue_service.replay.recordings import Lane
from queue_service.replay.tally import Account
from tests.replay.test_order import at

URL = "http://service.test"
FARMASI = Lane("rsud-lahat", "farmasi")


def problem(status: int, code: str = "some_code") -> httpx2.Response:
    body = {"type": "about:blank", "title": "…", "status": status, "detail": "A sentence.", "code": code}
    return httpx2.Response(status, json=body)


def answering(*answers: httpx2.Response, asked: list[httpx2.Request] | None = None) -> Client:
    to_come: Iterator[httpx2.Response] = iter(answers)

    def answer(request: httpx2.Request) -> httpx2.Response:
        if asked is not None:
            asked.append(request)
        return next(to_come)

    return Client(httpx2.AsyncClient(transport=httpx2.MockTransport(answer), base_url=URL), URL)


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "_PAUSES", (0.0, 0.0))


async def test_a_ticket_is_an_answer_and_nobody_waiting_is_one_too() -> None:
    client = answering(httpx2.Response(201, json={"label": "D-001"}), httpx2.Response(204))
    assert await client.post("/x") == {"label": "D-001"}
    assert await client.post("/x") is None
    assert len(client.seconds) == 2


async def test_a_refusal_by_the_rules_carries_its_code_and_sentence() -> None:
    with pytest.raises(Refused) as refused:
        await answering(problem(409, "counter_busy")).post("/x")
    assert (refused.value.code, refused.value.detail) == ("counter_busy", "A sentence.")


async def test_an_answer_that_is_no_problem_description_is_a_refusal_all_the_same() -> None:
    with pytest.raises(Refused) as refused:
        await answering(httpx2.Response(404, text="<h1>Not here</h1>")).post("/x")
    assert refused.value.code == "http_404"


async def test_a_database_that_is_away_for_a_moment_is_waited_for() -> None:
    assert await answering(problem(503), problem(503), httpx2.Response(200, json={})).post("/x") == {}


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (401, "does not know this key"),
        (403, "may not do that"),
        (429, "ANTREAN_RATE_LIMITS=off"),
        (500, r"failed with 500 at /x: A sentence\."),
    ],
)
async def test_what_makes_going_on_pointless_ends_it(status: int, sentence: str) -> None:
    with pytest.raises(ReplayStopped, match=sentence):
        await answering(problem(status)).post("/x")


async def test_a_database_that_stays_away_ends_it() -> None:
    with pytest.raises(ReplayStopped, match="failed with 503"):
        await answering(*[problem(503)] * 3).post("/x")


def ticket(number: int, day: str = "2026-11-23") -> httpx2.Response:
    return httpx2.Response(201, json={"label": f"D-00{number}", "token": f"T{number}", "day": day})


def acted_on(label: str) -> httpx2.Response:
    return httpx2.Response(200, json={"label": label})


def lane_of(account: Account, *answers: httpx2.Response, asked: list[httpx2.Request]) -> OpenLane:
    return OpenLane(answering(*answers, asked=asked), account, FARMASI, "5", has_strangers=False)


def issue(number: str) -> Happening:
    return Happening(at(1), Kind.ISSUE, number)


def call(number: str) -> Happening:
    return Happening(at(2), Kind.CALL, number)


async def test_who_came_first_is_called_by_the_rules_and_others_by_their_label() -> None:
    account, asked = Account(), list[httpx2.Request]()
    answers = [*(ticket(n) for n in (1, 2, 3)), acted_on("D-001"), acted_on("D-001"), acted_on("D-003")]
    lane = lane_of(account, *answers, asked=asked)
    for happening in (issue("901"), issue("902"), issue("903"), call("901"), call("903")):
        await lane.do(happening)
    paths = [request.url.path.rpartition("/")[2] for request in asked]
    assert paths == ["tickets"] * 3 + ["call-next", "complete", "call"]
    assert json.loads(asked[-1].content) == {"label": "D-003"}
    assert (account.by_rule, account.by_label, account.surprises) == (1, 1, [])


async def test_somebody_else_whom_the_rules_choose_goes_back_to_the_line() -> None:
    account, asked = Account(), list[httpx2.Request]()
    lane = lane_of(account, ticket(2), acted_on("D-001"), acted_on("D-001"), acted_on("D-002"), asked=asked)
    await lane.do(issue("901"))
    await lane.do(call("901"))
    assert [request.url.path.rpartition("/")[2] for request in asked] == ["tickets", "call-next", "undo", "call"]
    assert account.surprises == ["rsud-lahat/farmasi: call-next chose D-001 where D-002 (recorded as 901) was due"]
    assert account.lanes[FARMASI].called == 1


async def test_a_day_that_changes_meanwhile_ends_it() -> None:
    lane = lane_of(Account(), ticket(1), ticket(1, day="2026-11-24"), asked=[])
    await lane.do(issue("901"))
    with pytest.raises(ReplayStopped, match="A new day began"):
        await lane.do(issue("902"))


async def test_who_was_refused_a_number_is_not_called() -> None:
    account, asked = Account(), list[httpx2.Request]()
    lane = lane_of(account, problem(409, "quota_full"), asked=asked)
    await lane.do(issue("901"))
    await lane.do(call("901"))
    assert len(asked) == 1
    assert [refusal.code for refusal in account.refusals] == ["quota_full"]
