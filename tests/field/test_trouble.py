"""A day in the field and what goes wrong with it: lost laptops, two who change the same, broken transfers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import Engine, event, insert, select, update

from queue_service.database import Unavailable
from queue_service.domain.actions import CheckIn, Issue, Notify
from queue_service.domain.asking import Field
from queue_service.domain.entries import event_fields
from queue_service.domain.events import Completed, DayClosed
from queue_service.domain.trip_actions import ReachStop
from queue_service.domain.trip_events import FieldReclaimed, FieldReturned
from queue_service.field.boxes import Shut
from queue_service.field.centre import Away, Centre, Refused
from queue_service.field.desks import FieldDesk
from queue_service.field.returning import give_back
from queue_service.field.syncing import sync
from queue_service.leases.annex import Reason, read_annex
from queue_service.leases.standing import Standing
from queue_service.leases.tables import differences
from queue_service.leases.wire import digest_of, in_json, read_entry
from queue_service.records.audit import read_audit
from queue_service.records.people.people import closed
from queue_service.records.people.tables import people
from queue_service.web.house import House
from queue_service.web.leases import take_back
from tests.field.days import (
    PASSPHRASE,
    PLACE,
    SEVEN,
    TEAM,
    a_centre,
    a_key,
    a_line,
    at_the_desk,
    in_the_field,
    journal,
    lines,
    plan,
    take_along,
)
from tests.houses import Clock

NAME, NIK = "Sitti Ramlah", "9916044107900001"


async def keep(house: House, label: str, name: str, row: str = "0" * 32) -> None:
    values = closed(house.people.keys, row, {Field.NAME: name, Field.NIK: NIK})
    whose = {"branch": PLACE[0], "day": PLACE[1], "label": label, "queue": "a", "source": "clerk", "wording": "w"}
    statement = insert(people).values(id=row, at_ms=0, agreed="", **whose, **values)
    await house.database.write(lambda connection: connection.execute(statement))


async def rename(house: House, name: str, row: str = "0" * 32) -> None:
    values = closed(house.people.keys, row, {Field.NAME: name, Field.NIK: NIK})
    await house.database.write(lambda c: c.execute(update(people).where(people.c.id == row).values(**values)))


async def names(house: House) -> dict[str, str]:
    rows = await house.database.read(lambda c: c.execute(select(people.c.label)).scalars().all())
    return {label: (await house.people.get((*PLACE, label))).values[Field.NAME] for label in rows}


async def kept(house: House) -> list[tuple[str, str, str]]:
    """What gave way: of which part, why, and what it was."""
    rows = await house.database.read(lambda connection: connection.execute(select(differences)).all())
    keys = house.people.keys
    return [(row.part, row.reason, keys.decrypt(row.key, row.id, "difference", row.kept)) for row in rows]


async def serve_some(field: House) -> None:
    await field.desk.act(TEAM, ReachStop("a"), "clerk:field")
    await field.desk.act(TEAM, CheckIn("A-001"), "visitor")
    await field.desk.act(TEAM, Issue("a"), "visitor")


async def test_what_a_lost_laptop_brings_late_is_kept_beside_the_day(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        taken = await take_along(tmp_path / "laptop", line, await a_key(centre), clock)
        async with in_the_field(taken, clock) as field, at_the_desk(taken, line, clock) as desk:
            await field.desk.act(TEAM, ReachStop("a"), "clerk:field")
            await sync(desk)
            await field.desk.act(TEAM, Issue("a"), "visitor")
            await keep(field, "A-004", NAME)
            await take_back(centre, PLACE, desk.lease, "Laptop jatuh ke sungai", "clerk:office")
            await centre.desk.act(TEAM, Issue("a"), "visitor")
            before = await journal(centre)
            for _ in range(2):  # the same once more changes nothing
                progress = await give_back(desk)
                assert progress.standing is Standing.RECLAIMED
            assert await journal(centre) == before
            aside = await centre.database.read(lambda connection: read_annex(connection, PLACE))
            assert [one.entry.event.kind for one in aside[desk.lease]] == ["issued"]
            assert {one.reason for one in aside[desk.lease]} == {Reason.RECLAIMED}
            found = await kept(centre)
            assert [(part, reason) for part, reason, _ in found] == [("people", "reclaimed")] and NAME in found[0][2]
            assert await names(centre) == {}
            told = {one.deed.what for one in await centre.database.read(read_audit)}
            assert {"field.taken", "field.reclaimed", "field.annexed"} <= told
            with pytest.raises(Refused):  # and it is told nothing more
                await desk.centre.get(f"/{desk.lease}/parts/people")


async def test_the_field_wins_and_what_the_office_wrote_is_kept(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        await keep(centre, "A-001", NAME)
        await keep(centre, "A-002", "Untouched", "2" * 32)
        taken = await take_along(tmp_path / "laptop", line, await a_key(centre), clock)
        async with in_the_field(taken, clock) as field, at_the_desk(taken, line, clock) as desk:
            assert (await names(field))["A-001"] == NAME
            await rename(field, "By the team")
            await rename(centre, "By the office")
            await keep(field, "A-003", "New there", "3" * 32)
            await sync(desk)
            assert (await give_back(desk)).kept == 0  # told once
        assert await names(centre) == {"A-001": "By the team", "A-002": "Untouched", "A-003": "New there"}
        found = await kept(centre)
        assert [(part, reason) for part, reason, _ in found] == [("people", "changed")]
        assert "By the office" in found[0][2]


async def test_whoever_was_erased_at_the_centre_does_not_come_back(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        await keep(centre, "A-001", NAME)
        taken = await take_along(tmp_path / "laptop", line, await a_key(centre), clock)
        erased = dict.fromkeys(("name", "nik", "nik_digest")) | {"erased_ms": 1}
        await centre.database.write(lambda connection: connection.execute(update(people).values(**erased)))
        async with in_the_field(taken, clock) as field, at_the_desk(taken, line, clock) as desk:
            await rename(field, "Changed there")
            await give_back(desk)
        row = await centre.database.read(lambda connection: connection.execute(select(people)).one())
        assert (row.name, row.nik, row.nik_digest, row.erased_ms) == (None, None, None, 1)
        assert not any("Changed there" in content for _, _, content in await kept(centre))


async def test_a_taking_that_breaks_anywhere_goes_on_from_there(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre:
        await plan(centre)
        await keep(centre, "A-001", NAME)
        key, whole, tries = await a_key(centre), False, 0
        while not whole:
            tries += 1
            left = [tries]  # each try comes one request further before the link goes

            def cut(request: httpx2.Request, left: list[int] = left) -> str:
                left[0] -= 1
                return "" if left[0] > 0 else "after"

            async with a_line(centre, cut) as line:
                try:
                    taken = await take_along(tmp_path / "laptop", line, key, clock)
                    whole = True
                except Away:
                    continue
        assert tries > 5
        async with in_the_field(taken, clock) as field:
            assert await journal(field) == await journal(centre)
            assert await names(field) == {"A-001": NAME}


@contextmanager
def a_full_disk(pages: int) -> Iterator[None]:
    """SQLite finds room for no more than so many pages."""

    def limit(connection: Any, _record: Any) -> None:
        connection.execute(f"PRAGMA max_page_count={pages}")

    event.listen(Engine, "connect", limit)
    try:
        yield
    finally:
        event.remove(Engine, "connect", limit)


async def test_a_disk_that_is_full_in_the_middle_loses_nothing(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        taken = await take_along(tmp_path / "laptop", line, await a_key(centre), clock)
        acknowledged = [await journal(centre)]
        with a_full_disk(1):  # what is there already is as large as it gets
            async with in_the_field(taken, clock) as field, at_the_desk(taken, line, clock) as desk:
                notice = Notify("Mohon sabar, antrean berjalan. " * 9, SEVEN + timedelta(hours=9), None)

                async def write_on() -> None:
                    for _ in range(200):
                        await field.desk.act(TEAM, notice, "clerk:field")
                        acknowledged.append(await journal(field))

                with pytest.raises(Unavailable):
                    await write_on()
                with suppress(Unavailable):  # what the centre has by now cannot be noted here
                    await sync(desk)
        async with in_the_field(taken, clock) as field, at_the_desk(taken, line, clock) as desk:
            assert (await journal(field))[: len(acknowledged[-1])] == acknowledged[-1]
            assert (await give_back(desk)).standing is Standing.RETURNED
            assert await journal(centre) == await journal(field)


async def test_forged_and_damaged_entries_never_stand_in_the_day(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        taken = await take_along(tmp_path / "laptop", line, await a_key(centre), clock)
        async with in_the_field(taken, clock) as field, at_the_desk(taken, line, clock) as desk:
            await serve_some(field)
            before = await journal(centre)
            good = [in_json(entry) for entry in (await field.journal.read(PLACE))[len(before) :]]
            for bad in (
                [{**good[0], "kind": "field_taken_over"}],
                [{**good[0], "fields": {"queue": "a", "more": 1}}],
                [{**good[0], "fields": {}}],
                [{**good[0], "by": "x" * 65}],
                [good[0], good[2]],
                [{**good[0], "by": "clerk:somebody"}],  # of another digest then
            ):
                with pytest.raises(Refused):
                    await post(desk, bad)
            assert await journal(centre) == before
            for event in (
                FieldReturned("0" * 24, "0" * 64),  # it says of the day what is not so
                Completed("Z-999", "1"),
                FieldReclaimed(desk.lease),  # what only the centre does
                DayClosed("0" * 64, "0" * 64),
            ):
                forged = {**good[0], "kind": event.kind, "fields": event_fields(event)}
                assert (await post(desk, [forged], True))["reason"] == "unfit"
            assert await journal(centre) == before
            assert (await give_back(desk)).standing is Standing.RETURNED
            assert await journal(centre) == lines(await field.journal.read(PLACE))


async def post(desk: FieldDesk, sent: list[dict[str, Any]], is_true: bool = False) -> dict[str, Any]:
    """With the digest of what stands here, or of what is sent."""
    here, first = await desk.journal.read(PLACE), sent[0]["seq"]
    true = [*here[: first - 1], *map(read_entry, sent)] if is_true else here[: sent[-1]["seq"]]
    digest = digest_of(PLACE, desk.lease, true)
    return await desk.centre.post(f"/{desk.lease}/entries", {"entries": sent, "digest": digest})


async def test_without_the_pass_nothing_is_told_or_taken(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        key = await a_key(centre)
        folder, keys = await take_along(tmp_path / "laptop", line, key, clock)
        for shown in ("", key, keys.shown[:-1] + ("0" if keys.shown[-1] != "0" else "1")):
            for path in ("", "/entries", "/parts/people"):
                with pytest.raises(Refused):
                    await Centre(line, PLACE, shown).get(f"/{folder.lease}{path}")
        other = ("bola-1", PLACE[1].replace(day=24))
        with pytest.raises(Refused):  # the pass of one day opens no other
            await Centre(line, other, keys.shown).get(f"/{folder.lease}")
        away = httpx2.ASGITransport(line._transport._to.app, client=("192.0.2.7", 5))  # type: ignore[attr-defined]
        async with httpx2.AsyncClient(transport=away, base_url="http://antrean") as plain:
            with pytest.raises(Refused, match="HTTPS"):
                await Centre(plain, PLACE, keys.shown).get(f"/{folder.lease}")


async def test_a_folder_opens_by_its_passphrase_only(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        await keep(centre, "A-001", NAME)
        folder, keys = await take_along(tmp_path / "laptop", line, await a_key(centre), clock)
    with pytest.raises(Shut):
        folder.keys("another passphrase")
    assert folder.keys(PASSPHRASE) == keys
    found = b"".join(path.read_bytes() for path in folder.path.iterdir())
    for secret in (NAME, NIK, keys.secret, keys.people, keys.shown, *keys.days, PASSPHRASE):
        assert secret.encode() not in found
