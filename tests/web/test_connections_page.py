"""The office's page of connections: how each does in words, and what a person decides."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import Connection, select

from integrations.run import tending
from queue_service.domain.events import to_ms
from queue_service.floors import wall_clock
from queue_service.records.audit import Deed, read_audit
from queue_service.records.connections import drop_connection
from queue_service.records.healths import Part, State, read_healths, write_health
from queue_service.records.roles import Role
from queue_service.records.tables import deliveries, healths
from queue_service.web import connections
from queue_service.web.connections import read_meters
from tests.houses import LAHAT, NINE, RSUD, Clock, a_visitor
from tests.integrations.receiver import SECRET
from tests.integrations.test_http import whoever_says
from tests.servers import free_port
from tests.web.offices import Administrator, Form, an_office, signed_in
from tests.web.wired import AGENCY, DAY, HOSPITAL, INSURER, MUTE, a_plan, set_up_connections, tally, wire

PAGE = "/office/connections"
FIRST = f"{RSUD}/{DAY}/1"


def section(page: str, name: str) -> str:
    """What is read of one connection."""
    found = re.search(rf'<section[^>]*id="c-{name}".*?</section>', page, re.DOTALL)
    assert found, page
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", found[0]))


def figure(page: str, name: str, words: str) -> str:
    found = re.search(rf"{words} (\S+)", section(page, name))
    assert found, section(page, name)
    return found[1]


async def press(at: Administrator, path: str, **sent: str) -> str:
    """A button; answers with the page that follows."""
    answer = await at.send(f"{PAGE}/{path}", Form("", [("csrf", at.csrf(await at.open(PAGE))), *sent.items()]))
    assert answer.status_code == 303, answer.text
    return await at.open(answer.headers["location"].partition("#")[0])


async def states(at: Administrator) -> dict[int, str]:
    asked = select(deliveries.c.seq, deliveries.c.state).where(deliveries.c.connection == AGENCY)
    rows = await at.house.database.read(lambda c: c.execute(asked).all())
    return {row.seq: row.state for row in rows}


async def deeds(at: Administrator) -> list[Deed]:
    found = await at.house.database.read(read_audit)
    return [one.deed for one in found if one.deed.what in ("connection.retry", "connection.drop", "connection.tested")]


async def test_each_connection_says_how_it_does_in_plain_words(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as at:
        await wire(at.house)
        page = await at.open(PAGE)
        assert "Sambungan ini berjalan" in section(page, AGENCY)
        assert "tidak dapat dihubungi sejak 07.25" in section(page, INSURER)
        assert "tidak dapat dihubungi: semua percobaan menyambung gagal" in section(page, INSURER)
        assert "ANTREAN_CONNECTION_HOSPITAL_SECRET belum diisi" in section(page, HOSPITAL)
        assert "tidak berjalan di mana pun" in section(page, MUTE)
        assert [figure(page, AGENCY, words) for words in ("Terkirim hari ini", "Ditolak hari ini")] == ["412", "3"]
        assert [figure(page, AGENCY, words) for words in ("Menunggu", "Gagal", "Tertinggal")] == ["5", "1", "12"]
        assert figure(page, INSURER, "Menunggu") == "2"
        assert "2 lagi dari nomor ini menunggu di belakangnya" in section(page, AGENCY)
        assert page.index('id="c-hospital"') < page.index('id="c-agency"')  # what needs somebody stands first
        assert '<noscript><meta http-equiv="refresh"' in page
        assert 'aria-current="page">Sambungan' in page


async def test_who_refuses_one_number_after_the_other_is_said_to_since_when_and_why(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as at:
        await wire(at.house)
        why = {"error": "it answered 401 Unauthorized: token salah", "error_ms": to_ms(NINE), "refused": 12}
        refuses = tally(Part.OUT, State.REFUSES, 35, **why)
        await at.house.database.write(lambda connection: write_health(connection, AGENCY, refuses))
        page = await at.open(PAGE)
        assert 'id="c-agency" data-state="refuses"' in page
        told = section(page, AGENCY)
        assert "Semuanya ditolak Sistem di seberang menolak nomor demi nomor sejak 08.25." in told
        assert "Kesalahan terakhir, 09.00: jawabannya 401 Unauthorized: token salah" in told
        assert figure(page, AGENCY, "Ditolak hari ini") == "15"
        assert page.index('id="c-agency"') < page.index('id="c-insurer"')  # what was given up stands first
        assert "It refuses one number after the other since 08:25." in section(await at.open(f"{PAGE}?lang=en"), AGENCY)


async def test_what_was_counted_yesterday_does_not_count_today(tmp_path: Path) -> None:
    clock = Clock()
    async with an_office(tmp_path, LAHAT, clock=clock) as at:
        await wire(at.house)
        clock.turn(hours=24)
        await at.sign_in()
        page = await at.open(PAGE)
        assert figure(page, AGENCY, "Terkirim hari ini") == "0"
        assert "tidak berjalan di mana pun" in section(page, AGENCY)  # nobody has renewed its lease


async def test_one_click_tries_one_again_or_all_or_drops_it(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as at:
        await wire(at.house)
        assert await states(at) == {1: "dead", 90: "behind", 91: "behind", 2: "waiting"}
        assert "Akan dicoba lagi" in await press(at, f"{AGENCY}/retry")
        assert await states(at) == {1: "waiting", 90: "behind", 91: "behind", 2: "waiting"}
        assert "Tidak ada yang gagal" in await press(at, f"{AGENCY}/retry")
        assert "Akan dicoba lagi" in await press(at, f"{AGENCY}/retry", entry=FIRST)
        assert "Tidak akan dikirim" in await press(at, f"{AGENCY}/drop", entry=FIRST)
        assert await states(at) == {90: "waiting", 91: "behind", 2: "waiting"}
        assert "sudah tidak ada" in await press(at, f"{AGENCY}/drop", entry=FIRST)
        assert "sudah tidak ada" in await press(at, f"{AGENCY}/retry", entry="nonsense")
        assert "Tidak ada yang gagal" in await press(at, f"{AGENCY}/drop")  # never all at one click
        assert await states(at) == {90: "waiting", 91: "behind", 2: "waiting"}
        noted = [(deed.what, deed.subject, deed.detail) for deed in reversed(await deeds(at))]
        assert noted == [
            ("connection.retry", AGENCY, {"entries": 1}),
            ("connection.retry", AGENCY, {"entries": 1, "entry": FIRST}),
            ("connection.drop", AGENCY, {"entries": 1, "entry": FIRST}),
        ]


async def test_a_connection_is_tested_by_whoever_serves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTREAN_CONNECTION_AGENCY_SECRET", raising=False)
    monkeypatch.setattr(connections, "TEST_SECONDS", 0.1)
    async with an_office(tmp_path, LAHAT, clock=Clock(wall_clock())) as at:
        nowhere = f"http://127.0.0.1:{free_port()}/"
        await set_up_connections(at.house, a_plan(AGENCY, url=nowhere, allow_private=True))
        assert "Pengujian belum dimulai" in section(await press(at, f"{AGENCY}/test"), AGENCY)
        monkeypatch.setattr(connections, "TEST_SECONDS", 30.0)
        async with tending(at.house):
            page = await press(at, f"{AGENCY}/test")
            assert "Diuji baru saja: ANTREAN_CONNECTION_AGENCY_SECRET belum diisi" in section(page, AGENCY)
            monkeypatch.setenv("ANTREAN_CONNECTION_AGENCY_SECRET", SECRET)
            assert "tidak dapat dihubungi: " in section(await press(at, f"{AGENCY}/test"), AGENCY)
            async with whoever_says(b"HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n") as url:
                await set_up_connections(at.house, a_plan(AGENCY, url=url, allow_private=True))
                assert "terhubung: jawabannya 405" in section(await press(at, f"{AGENCY}/test"), AGENCY)
        assert [deed.subject for deed in await deeds(at)] == [AGENCY] * 4
        form = Form("", [("csrf", at.csrf(await at.open(PAGE))), ("entry", FIRST)])
        for what in ("test", "retry", "drop"):
            assert (await at.send(f"{PAGE}/nobody/{what}", form)).status_code == 404


async def test_a_supervisor_reads_and_changes_nothing(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as admin:
        await wire(admin.house)
        await set_up_connections(admin.house, a_plan("elsewhere", "disdukcapil-lahat"))
        async with a_visitor(admin.house) as browser:
            at = await signed_in(admin.house, browser, Role.SUPERVISOR, RSUD)
            page = await at.open(PAGE)
            assert "B-001" in section(page, AGENCY)
            assert "elsewhere" not in page
            assert "/day" not in page  # nothing to be told of a day by these
            assert (await at.browser.get(f"{PAGE}/{AGENCY}/day")).status_code == 404
            assert "Uji sambungan" not in page
            csrf = re.findall(r'name="csrf" value="([^"]+)"', page)[0]
            for action in ("test", "retry", "drop"):
                answer = await at.send(f"{PAGE}/{AGENCY}/{action}", Form("", [("csrf", csrf), ("entry", FIRST)]))
                assert answer.status_code == 403
        assert (await states(admin))[1] == "dead"


async def test_without_connections_the_page_says_so(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as at:
        assert "Tidak ada sambungan yang boleh Anda lihat" in await at.open(PAGE)


async def test_what_is_told_outside_is_escaped_and_masked(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as at:
        await wire(at.house)
        error = {"error": "it answered 400: <script>alert(1)</script>", "error_ms": to_ms(NINE)}
        away = tally(Part.OUT, State.AWAY, 1, **error)
        await at.house.database.write(lambda connection: write_health(connection, INSURER, away))
        page = await at.open(PAGE)
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


async def test_the_meters_tell_of_each_connection(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as at:
        await wire(at.house)
        await read_meters(at.house)
        text = (await at.browser.get("/metrics")).text
        told = {
            (sample.name.removeprefix("antrean_connection_"), *sample.labels.values()): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
            if sample.name.startswith("antrean_connection_")
        }
        assert [told[name, AGENCY] for name in ("sent_today", "refused_today", "waiting", "given_up")] == [412, 3, 5, 1]
        assert told["lag_seconds", AGENCY] == 720
        running = {names[1]: names[2] for names, value in told.items() if names[0] == "state" and value}
        assert running == {AGENCY: "runs", INSURER: "away", HOSPITAL: "not_ready", MUTE: "stopped"}
        for name in (AGENCY, MUTE):
            await at.house.database.write(partial(drop_connection, id_=name))
        await read_meters(at.house)
        assert 'connection="agency"' not in (await at.browser.get("/metrics")).text


async def test_counts_are_added_up_and_begin_anew_each_day(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as at:
        await set_up_connections(at.house, a_plan(AGENCY))

        async def write(*tallies: object) -> None:
            def work(connection: Connection) -> None:
                for one in tallies:
                    write_health(connection, AGENCY, one)  # type: ignore[arg-type]

            await at.house.database.write(work)

        await write(tally(Part.OUT, State.RUNS, 60, taken=3, success_ms=5), tally(Part.OUT, State.RUNS, 0, taken=4))
        (found,) = (await at.house.database.read(read_healths))[AGENCY].values()
        since = to_ms(NINE) - 3_600_000
        assert (found.taken, found.since_ms, found.success_ms) == (7, since, 5)
        await write(tally(Part.OUT, State.AWAY, 1, refused=1, error="x" * 900, error_ms=9))
        (found,) = (await at.house.database.read(read_healths))[AGENCY].values()
        assert (found.state, found.since_ms, len(found.error), found.refused) == (State.AWAY, since + 3_540_000, 500, 1)
        await at.house.database.write(
            lambda connection: connection.execute(healths.update().values(counted_on=DAY.replace(day=1)))
        )
        await write(tally(Part.OUT, State.AWAY, 0, taken=2))
        (found,) = (await at.house.database.read(read_healths))[AGENCY].values()
        assert (found.taken, found.refused, found.counted_on) == (2, 0, DAY)


async def test_what_is_no_connection_leaves_nothing(tmp_path: Path) -> None:
    async with an_office(tmp_path, LAHAT) as at:
        one = tally(Part.OUT, State.RUNS, 0)
        await at.house.database.write(lambda connection: write_health(connection, "gone", one))
        assert await at.house.database.read(read_healths) == {}
