"""A draw from its announcement to its check, as a service holds it; and what the clock does about places."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from queue_service.cli import main
from queue_service.domain.events import Drawn, Given
from queue_service.draw_check import check
from queue_service.records.setup_files import SetupRefused, read_setup
from tests.drawing import (
    API,
    CLOSES,
    DRAW,
    DRAWN_AT,
    MANUAL,
    OFFICE,
    OPENS,
    QUEUE,
    WEDNESDAY,
    a_setup,
    an_office,
    hold_a_draw,
    rounds_of,
    show,
    submit,
)
from tests.houses import Clock, a_house


async def test_a_draw_is_promised_entered_closed_and_drawn_and_each_step_is_published(tmp_path: Path) -> None:
    clock = Clock(OPENS - timedelta(days=3))
    async with an_office(tmp_path, clock, draw=DRAW) as (house, visitor, rounds):
        await rounds.go()
        assert (await visitor.get(f"{API}/draw?day={WEDNESDAY}")).status_code == 409  # too early for a promise
        clock.now = OPENS - timedelta(hours=1)
        await rounds.go()
        promised = await show(visitor, f"{API}/draw?day={WEDNESDAY}")
        assert (promised["state"], promised["quota"], promised["opens"]) == ("announced", 4, OPENS.isoformat())
        assert re.fullmatch("[0-9a-f]{64}", promised["commitment"]) and promised["seed"] is None
        early = await visitor.post(f"{API}/draw/entries?day={WEDNESDAY}")
        assert (early.status_code, early.json()["code"]) == (409, "not_allowed")
        entered = await hold_a_draw(visitor, rounds, clock, 9)
        record = await show(visitor, f"{API}/draw/record?day={WEDNESDAY}")
        assert record["commitment"] == promised["commitment"]
        assert record["entries"] == sorted(one["entry"] for one in entered)
        assert [place["label"] for place in record["given"]] == ["A-001", "A-002", "A-003", "A-004"]
        assert list(check(record)) == []
        for one in entered:
            told = await show(visitor, f"/api/v1/entries/{one['token']}")
            place = record["order"].index(one["entry"])
            if place < 4:
                assert told["state"] == "given" and told["ticket"]["label"] == f"A-00{place + 1}"
                assert (await show(visitor, f"/api/v1/tickets/{told['ticket']['token']}"))["state"] == "booked"
            else:
                assert (told["state"], told["ahead"], told["ticket"]) == ("waiting", place - 4, None)
        entries = await house.journal.read((OFFICE, WEDNESDAY))
        await rounds.go()
        assert await house.journal.read((OFFICE, WEDNESDAY)) == entries
        assert sum(isinstance(entry.event, Drawn) for entry in entries) == 1


async def test_every_kind_of_cheating_is_found_from_what_is_published(tmp_path: Path) -> None:
    clock = Clock(OPENS)
    async with an_office(tmp_path, clock, draw=DRAW) as (_, visitor, rounds):
        await hold_a_draw(visitor, rounds, clock, 9)
        record = await show(visitor, f"{API}/draw/record?day={WEDNESDAY}")
    friend, order = record["order"][7], record["order"]
    cheats: list[dict[str, Any]] = [
        {"seed": "0" * 64},  # another seed, chosen afterwards
        {"entries": [*record["entries"][:-1], "ZZZZZZZZZZ"]},  # one entry taken for another
        {"entries": record["entries"][::-1]},
        {"order": [friend, *(entry for entry in order if entry != friend)]},
        {"given": [{"entry": friend, "label": "A-001"}, *record["given"][1:]]},
        {"given": [record["given"][1], record["given"][0], *record["given"][2:]]},
        {"given": record["given"][1:]},  # the first was passed over
    ]
    for cheat in cheats:
        assert list(check({**record, **cheat})), cheat


async def test_the_page_of_a_draw_and_the_page_of_an_entry(tmp_path: Path) -> None:
    clock = Clock(OPENS - timedelta(hours=1))
    async with an_office(tmp_path, clock, draw=DRAW) as (_, visitor, rounds):
        path = f"/b/{OFFICE}/draw/{QUEUE}"
        assert f'href="{path}"' in (await visitor.get(f"/b/{OFFICE}")).text
        await rounds.go()
        page = (await visitor.get(f"{path}?day={WEDNESDAY}")).text
        assert "Belum dibuka" in page and "Rabu, 25 November 2026" in page
        closed_too = await submit(visitor, path, key="a" * 32, queue=QUEUE, day="2026-11-25")
        assert closed_too.status_code == 409 and "23.11.2026, 08:00" in closed_too.text
        clock.now = OPENS
        page = (await visitor.get(path)).text  # the first that can be entered: tomorrow's
        assert "Selasa, 24 November 2026</h2>" in page
        page = (await visitor.get(f"{path}?day={WEDNESDAY}")).text
        assert "Ikut undian" in page
        key = re.findall(r'name="key" value="([0-9a-f]{32})"', page)[0]
        taken = [await submit(visitor, path, key=key, queue=QUEUE, day="2026-11-25") for _ in range(2)]
        assert taken[0].status_code == 303
        assert taken[0].headers["location"] == taken[1].headers["location"]  # a double tap
        mine = taken[0].headers["location"]
        assert mine.startswith("/e/")
        assert "Anda ikut undian." in (await visitor.get(mine)).text
        for n in range(6):
            await submit(visitor, path, key=f"{n:032x}", queue=QUEUE, day="2026-11-25")
        booking = (await visitor.get(f"/b/{OFFICE}/book?queue={QUEUE}&day=2026-11-25")).text
        assert f'href="{path}?day=2026-11-25"' in booking
        clock.now = CLOSES
        await rounds.go()
        assert "segera diundi" in (await visitor.get(mine)).text
        refused = await submit(visitor, f"{mine}/withdraw")
        assert refused.status_code == 409
        clock.now = DRAWN_AT
        await rounds.go()
        assert "A-004" in (await visitor.get(f"{path}?day=2026-11-25")).text
        words = (await visitor.get(mine)).text
        assert "Anda mendapat tempat" in words or "daftar tunggu" in words
        assert (await visitor.get("/e/nobody")).status_code == 404
        assert (await visitor.get(f"/b/{OFFICE}/draw/rekam-ktp")).status_code == 200
        assert (await visitor.get(f"/b/{OFFICE}/draw/{QUEUE}?day=never")).status_code == 200
        odd = await submit(visitor, path, key="b" * 32, queue=QUEUE, day="0001-01-01")
        assert odd.status_code == 409


async def test_two_processes_hold_one_draw_and_the_seed_is_the_same_after_a_new_secret(tmp_path: Path) -> None:
    clock = Clock(OPENS)
    async with (
        an_office(tmp_path, clock, draw=DRAW) as (house, visitor, rounds),
        a_house(tmp_path, clock) as other,
    ):
        await other.branches.refresh(anew=True)
        await rounds.go()
        await visitor.post(f"{API}/draw/entries?day={WEDNESDAY}")
        clock.now = DRAWN_AT
        for one in (rounds_of(other), rounds, rounds_of(other), rounds):
            await one.go()
        kinds = [entry.event.kind for entry in await house.journal.read((OFFICE, WEDNESDAY))]
        assert kinds == ["draw_announced", "draw_entered", "draw_closed", "drawn", "given"]


def type_in(block: str, folder: Path) -> subprocess.CompletedProcess[str]:
    words = ["bash", "-euo", "pipefail", "-c", block]
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def run_cli(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, words)
    return result.exit_code, result.output


async def test_the_check_is_a_command_and_the_manuals_own_commands_agree(tmp_path: Path) -> None:
    """What docs/draw.md tells to type, typed: sha256sum, openssl and a line of Python, without this program."""
    clock = Clock(OPENS)
    async with an_office(tmp_path, clock, draw=DRAW) as (_, visitor, rounds):
        await hold_a_draw(visitor, rounds, clock, 9)
        record = await show(visitor, f"{API}/draw/record?day={WEDNESDAY}")
    file = tmp_path / "draw.json"
    file.write_text(json.dumps(record))
    code, said = run_cli("draw", "check", str(file))
    assert (code, said) == (
        0,
        "ok      kecamatan-contoh, pelayanan, 2026-11-25: 9 entries, 4 for 4 places, seed and list as published.\n",
    )
    blocks = re.findall(r"^```sh\n(.*?)^```", MANUAL.read_text(), re.DOTALL | re.MULTILINE)
    typed = [block for block in blocks if "curl" not in block and "antrean " not in block]
    assert len(typed) == 3
    for block in typed:
        done = await asyncio.to_thread(type_in, block, tmp_path)
        assert done.returncode == 0, (block, done.stdout, done.stderr)
    order = "".join(f"{entry}\n" for entry in record["order"])
    assert (tmp_path / "by-openssl.txt").read_text() == (tmp_path / "by-python.txt").read_text() == order
    file.write_text(json.dumps({**record, "seed": "0" * 64}))
    code, said = run_cli("draw", "check", str(file))
    assert code == 1 and "BROKEN  The seed is not the one" in said
    for content in ("{}", "soon", json.dumps({**record, "state": "closed"})):
        file.write_text(content)
        code, said = run_cli("draw", "check", str(file))
        assert code == 1 and ("no record" in said or "not drawn yet" in said), said
    assert run_cli("draw", "check", str(tmp_path / "nothing"))[0] == 1
    code, said = run_cli("draw", "check", "http://127.0.0.1:9/draw?day=2026-11-25")
    assert code == 1 and "cannot be read" in said


@pytest.mark.parametrize(
    ("draw", "sentence"),
    [
        ({**DRAW, "closes": {"days_before": 3, "at": "08:00"}}, "expected “opens” before “closes”"),
        ({**DRAW, "drawn_at": {"days_before": 1, "at": "15:00"}}, "“closes” not after “drawn_at”"),
        ({**DRAW, "drawn_at": {"days_before": 0, "at": "06:00"}}, "greater than or equal to 1"),
        ({**DRAW, "quota": 0}, "greater than or equal to 1"),
    ],
)
def test_a_draw_that_cannot_be_is_refused_as_it_is_set_up(draw: dict[str, Any], sentence: str) -> None:
    with pytest.raises(SetupRefused, match=re.escape(sentence)):
        read_setup(a_setup(draw=draw), "setup.yaml")


def test_places_are_drawn_by_lot_only_where_there_are_opening_hours() -> None:
    with pytest.raises(SetupRefused, match="needs opening hours"):
        read_setup(a_setup(draw=DRAW, hours=[], appointments=None), "setup.yaml")


async def test_given_numbers_are_told_to_no_stream_and_hold_no_personal_data(tmp_path: Path) -> None:
    clock = Clock(OPENS)
    async with an_office(tmp_path, clock, draw=DRAW) as (house, visitor, rounds):
        await hold_a_draw(visitor, rounds, clock, 5)
        given = [e.event for e in await house.journal.read((OFFICE, WEDNESDAY)) if isinstance(e.event, Given)]
        assert len(given) == 4
        assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{10}", event.entry) for event in given)


ONCE = {
    "asks": {"nik": "required"},
    "purpose": {"id": "satu orang satu pendaftaran", "en": "one entry for each person"},
    "one_claim_per_person": True,
}
FIRST, SECOND = "1604991708450001", "1604994101900002"  # of a district that there is not


async def test_where_the_nik_is_asked_for_each_person_enters_once(tmp_path: Path) -> None:
    clock = Clock(OPENS - timedelta(hours=1))
    async with an_office(tmp_path, clock, draw=DRAW, **ONCE) as (house, visitor, rounds):
        await rounds.go()
        clock.now = OPENS
        path = f"{API}/draw/entries?day={WEDNESDAY}"
        assert (await visitor.post(path)).status_code == 422
        first = await visitor.post(path, json={"visitor": {"nik": FIRST}})
        assert first.status_code == 201, first.text
        again = await visitor.post(path, json={"visitor": {"nik": FIRST}})
        assert (again.status_code, again.json()["code"]) == (409, "already_claimed")
        assert (await visitor.post(path, json={"visitor": {"nik": SECOND}})).status_code == 201
        page = f"/b/{OFFICE}/draw/{QUEUE}"
        asked = await submit(visitor, page, key="a" * 32, queue=QUEUE, day=str(WEDNESDAY))
        assert asked.status_code == 200 and 'name="nik"' in asked.text and f'value="{WEDNESDAY}"' in asked.text
        form = {"key": "b" * 32, "queue": QUEUE, "day": str(WEDNESDAY), "asked": "1", "sure": "1", "nik": FIRST}
        assert (await submit(visitor, page, **form)).status_code == 409
        withdrawn = await visitor.post(f"/api/v1/entries/{first.json()['token']}/withdraw")
        assert withdrawn.json()["state"] == "withdrawn"
        assert (await submit(visitor, page, **{**form, "key": "c" * 32})).status_code == 303
        clock.now = CLOSES
        await rounds.go()
        clock.now = DRAWN_AT
        await rounds.go()
        entries = await house.journal.read((OFFICE, WEDNESDAY))
        assert sum(isinstance(entry.event, Given) for entry in entries) == 2
        assert not any(nik in str(entry) for entry in entries for nik in (FIRST, SECOND))
        elsewhere = await visitor.post(f"{API}/draw/entries?day=2026-11-26", json={"visitor": {"nik": FIRST}})
        assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "already_claimed")  # who has a place has one
