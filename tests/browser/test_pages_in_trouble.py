"""What pages show when there is nothing good to show: a day that is over, a database that is away, a fault."""

from __future__ import annotations

from pathlib import Path

import pytest

from queue_service.database import Unavailable
from queue_service.tokens import TicketName
from tests.houses import CHILDREN, RSUD, Clock, a_house, a_visitor, issue


async def test_a_ticket_of_yesterday_says_that_the_day_is_over(tmp_path: Path) -> None:
    clock = Clock()
    async with a_house(tmp_path, clock) as house, a_visitor(house) as visitor:
        day = house.floors.today(RSUD)[1]
        token = house.tokens.token_of(TicketName(RSUD, day, await issue(house)))
        clock.turn(days=1)
        page = await visitor.get(f"/t/{token}")
        refused = await visitor.post(f"/t/{token}/check-in")
    assert page.status_code == 200
    assert 'data-state="over"' in page.text
    assert "Nomor ini untuk Senin, 23 November 2026." in page.text
    assert 'data-can="cancel" data-asks="ask-cancel" hidden' in page.text
    assert "http-equiv" not in page.text
    assert refused.status_code == 409


async def test_without_its_database_a_page_says_so_and_tries_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_house(tmp_path) as house, a_visitor(house) as visitor:

        async def away(*_: object) -> None:
            raise Unavailable("no such host")

        monkeypatch.setattr(house.journal, "append", away)
        monkeypatch.setattr(house.journal, "read_with_epoch", away)
        page = await visitor.get(f"/b/{RSUD}")
        taken = await visitor.post(f"/b/{RSUD}/tickets", data={"queue": CHILDREN})
    assert (page.status_code, taken.status_code) == (503, 503)
    assert "Tidak ada nomor yang hilang." in page.text
    assert '<meta http-equiv="refresh"' in page.text
    assert '<meta http-equiv="refresh"' not in taken.text  # a form is not sent again by itself
    assert "no such host" not in page.text + taken.text
    assert page.headers["Retry-After"]


async def test_a_fault_shows_no_trace_of_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_house(tmp_path) as house, a_visitor(house) as visitor:

        def break_down(*_: object) -> None:
            raise ZeroDivisionError("the inside")

        monkeypatch.setattr(house.hub, "snapshot", break_down)
        day = house.floors.today(RSUD)[1]
        token = house.tokens.token_of(TicketName(RSUD, day, await issue(house)))
        page = await visitor.get(f"/t/{token}")
        machine = await visitor.get(f"/api/v1/branches/{RSUD}/queues/{CHILDREN}", headers={"Accept": "*/*"})
    assert (page.status_code, machine.status_code) == (500, 500)
    assert "Ini kesalahan kami" in page.text
    assert "the inside" not in page.text
    assert machine.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    "form", [{}, {"queue": ""}, {"queue": "nothing"}, {"queue": CHILDREN, "class": "king"}, {"queue": "\x00" * 99}]
)
async def test_a_bent_form_makes_no_ticket_and_no_fault(tmp_path: Path, form: dict[str, str]) -> None:
    async with a_house(tmp_path) as house, a_visitor(house) as visitor:
        for path in (f"/b/{RSUD}/tickets", f"/kiosk/{RSUD}"):
            answer = await visitor.post(path, data=form)
            assert answer.status_code in (404, 422)
        assert not (await house.floors.get_today(RSUD)).tickets
