"""A view in an agency's database, on real servers: what changes there happens here, and nothing is written there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from integrations.contract import Undelivered
from integrations.opd.sql.client import SqlSource
from integrations.opd.sql.settings import SqlSettings
from queue_service.domain.tickets import Status
from tests.integrations.opd.agencies import MAPPING, PASSWORD, an_agency
from tests.integrations.opd.views import View, a_view
from tests.integrations.simrs.conftest import mariadb  # noqa: F401 - a fixture
from tests.postgres import Postgres
from tests.servers import free_port

KINDS = ("postgresql", "mariadb")
VIEWED = {name: source for name, source in MAPPING.items() if name != "people"} | {"day": "tanggal"}


@pytest.fixture(params=KINDS)
def view(request: pytest.FixtureRequest) -> View:
    return a_view(request.getfixturevalue("postgres" if request.param == "postgresql" else "mariadb"))


def settings_of(view: View) -> dict[str, Any]:
    return {**view.settings(), "mapping": VIEWED}


async def test_what_changes_in_the_view_happens_here_once(tmp_path: Path, view: View) -> None:
    view.put(1, "R-1", "DAFTAR", 1)
    view.put(2, "R-2", "JANJI", 1, tanggal="2026-11-24", jam="10:00")
    async with an_agency(tmp_path, "opd-sql", settings_of(view)) as agency:
        poller = agency.poller()
        assert [(await poller.look()).taken for _ in range(2)] == [2, 0]
        view.put(3, "R-3", "DAFTAR", 5)
        view.put(1, "R-1", "LAYAN", 9, loket="1")
        assert (await poller.look()).taken == 2
        view.put(4, "R-4", "DAFTAR", 2)  # written by a transaction that began before the others
        assert (await poller.look()).taken == 1
        assert (await agency.ticket("R-1")).status is Status.SERVING
        assert (await agency.ticket("R-2")).slot is not None
        await poller.close()
    async with an_agency(tmp_path, "opd-sql", settings_of(view)) as agency:
        poller = agency.poller()
        assert (await poller.look()).taken == 0
        assert (await agency.kinds()).count("issued") == 3
        view.put(1, "R-1", "SELESAI", 20)
        assert (await poller.look()).taken == 1
        await poller.close()


async def test_a_user_who_could_write_reads_nothing(tmp_path: Path, view: View) -> None:
    view.put(1, "R-1", "DAFTAR", 1)
    async with an_agency(tmp_path, "opd-sql", settings_of(view)) as agency:
        said = await agency.settings.probe(agency.opening)
        assert f"Connected to {view.database} on 127.0.0.1; its user may only read; v_antrean can be read" in said
        view.allow("SELECT ON kunjungan")
        if view.kind == "postgresql":
            assert "may only read, but more than the view" in await agency.settings.probe(agency.opening)
        view.allow("UPDATE (status) ON kunjungan")
        with pytest.raises(Undelivered, match=r"may do more than read \(UPDATE\): nothing is read"):
            await agency.settings.probe(agency.opening)
        poller = agency.poller()
        with pytest.raises(Undelivered, match="may do more than read"):
            await poller.look()
        assert await agency.kinds() == []
        await poller.close()


WAYS_TO_WRITE = {
    "CREATE ON SCHEMA public": "CREATE in public",
    "pg_write_all_data": "DELETE",
    "pg_execute_server_program": "pg_execute_server_program",
    "USAGE ON SEQUENCE nomor_urut": "UPDATE of a sequence",
}


async def test_whatever_leads_to_writing_in_postgresql_is_seen(postgres: Postgres) -> None:
    for right, beyond in WAYS_TO_WRITE.items():
        view = a_view(postgres)
        view.run("CREATE SEQUENCE nomor_urut", f"ALTER ROLE {view.user} NOINHERIT")
        view.allow(right)
        source = SqlSource(SqlSettings.model_validate(settings_of(view)), PASSWORD)
        with pytest.raises(Undelivered, match="may do more than read") as caught:
            await source.probe()
        assert beyond in str(caught.value)
        await source.close()


async def test_who_cannot_be_reached_or_read_is_a_sentence(view: View) -> None:
    view.put(1, "R-1", "DAFTAR", 1, jam="10:00")
    wrong: dict[str, dict[str, Any]] = {
        "The agency's database does not answer: .*v_lain": {"view": "v_lain"},
        "the column jam is neither a number, a text nor a moment": {"key": "jam"},
        "The agency's database does not answer: ": {"port": free_port()},
    }
    for said, more in wrong.items():
        source = SqlSource(SqlSettings.model_validate({**settings_of(view), **more}), PASSWORD)
        with pytest.raises(Undelivered, match=said):
            await source.probe()
        await source.close()
