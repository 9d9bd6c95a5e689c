"""From which queues a clerk is given the next visitor."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from queue_service.records.roles import Role
from queue_service.records.staff.grants import Grant
from queue_service.web.house import House
from tests.houses import CHILDREN, PHARMACY, RSUD, a_house
from tests.houses import issue as take
from tests.staff.people import a_browser, add_person, csrf

COUNTER = f"/api/v1/branches/{RSUD}/counters/3"


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with a_house(tmp_path) as house:
        yield house


async def ask(house: House, queues: set[str], *actions: tuple[str, Any]) -> list[tuple[int, Any]]:
    """What a clerk with these queues is told, at a counter that serves two."""
    await add_person(house, [Grant(Role.CLERK, RSUD, frozenset(queues))])
    answers = []
    async with a_browser(house) as clerk:
        clerk.headers["X-CSRF-Token"] = await csrf(clerk)
        opened = await clerk.post(f"{COUNTER}/open", json={"queues": [CHILDREN, PHARMACY]})
        assert opened.status_code == 200
        for action, body in actions:
            answer = await (clerk.get(COUNTER) if action == "look" else clerk.post(f"{COUNTER}/{action}", json=body))
            answers.append((answer.status_code, answer.json() if answer.content else None))
    return answers


async def test_the_next_one_comes_from_a_queue_of_both(house: House) -> None:
    await take(house, CHILDREN)
    own = await take(house, PHARMACY)
    (_, seen), (_, called) = await ask(house, {PHARMACY, "pendaftaran"}, ("look", None), ("call-next", None))
    assert (seen["next"]["label"], called["label"]) == (own, own)


async def test_who_waits_elsewhere_does_not_count(house: House) -> None:
    await take(house, CHILDREN)
    assert [status for status, _ in await ask(house, {PHARMACY}, ("call-next", None))] == [204]


async def test_a_counter_with_none_of_ones_queues_is_refused_with_a_sentence(house: House) -> None:
    await take(house, CHILDREN)
    ((status, told),) = await ask(house, {"pendaftaran"}, ("call-next", None))
    assert (status, told["code"]) == (409, "not_allowed")
    assert told["detail"] == "Loket 3 tidak melayani satu pun antrean yang boleh Anda panggil."


async def test_a_number_may_be_called_by_its_label_and_sent_on(house: House) -> None:
    label = await take(house, CHILDREN)
    answers = await ask(house, {PHARMACY}, ("call", {"label": label}), ("transfer", {"queue": "pendaftaran"}))
    assert [status for status, _ in answers] == [200, 200]


async def test_without_queues_all_are_served(house: House) -> None:
    first = await take(house, CHILDREN)
    assert [told["label"] for _, told in await ask(house, set(), ("call-next", None))] == [first]
