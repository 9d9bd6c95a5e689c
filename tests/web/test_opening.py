"""What a visitor finds before the door is open."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from queue_service.records.setup_files import read_setup_file
from tests.houses import LAHAT, Clock, a_house, a_visitor

OFFICE = "kecamatan-contoh"


@pytest.mark.parametrize(
    ("moment", "state", "name", "opens_next"),
    [
        ("2026-11-23T09:00+07:00", "open", None, None),
        ("2026-11-23T12:30+07:00", "closed", None, "2026-11-23T13:00:00+07:00"),
        ("2026-12-24T11:30+07:00", "closed", "Pulang lebih awal", "2026-12-28T07:30:00+07:00"),
        ("2026-12-25T09:00+07:00", "closed", "Hari Natal", "2026-12-28T07:30:00+07:00"),
        ("2027-02-09T07:45+07:00", "closed", "Ramadan", "2027-02-09T08:00:00+07:00"),
        ("2027-02-09T12:15+07:00", "open", "Ramadan", None),
    ],
)
async def test_a_closed_queue_says_why_and_from_when_it_is_open(
    tmp_path: Path, moment: str, state: str, name: str | None, opens_next: str | None
) -> None:
    async with a_house(tmp_path, Clock(datetime.fromisoformat(moment))) as house, a_visitor(house) as visitor:
        await house.branches.set_up(read_setup_file(LAHAT.with_name("office-hours.yaml")))
        await house.branches.refresh()
        shown = (await visitor.get(f"/api/v1/branches/{OFFICE}")).json()["queues"][0]
        taken = await visitor.post(f"/api/v1/branches/{OFFICE}/tickets", json={"queue": "pelayanan"})
        page = (await visitor.get(f"/b/{OFFICE}")).text
    assert (shown["state"], shown["today"]["name"], shown["today"]["opens_next"]) == (state, name, opens_next)
    assert taken.status_code == (201 if state == "open" else 409)
    assert "Buka lagi" in page  # the other queue is open on two days of the week only
    if opens_next == "2026-12-28T07:30:00+07:00":
        assert "Buka lagi Senin, 28 Desember 2026, pukul 07.30" in page
    assert (name == "Hari Natal") is ("Hari Natal" in page)


async def test_a_holiday_that_is_put_into_the_table_closes_what_is_running(tmp_path: Path) -> None:
    clock = Clock(datetime.fromisoformat("2027-01-04T09:00+07:00"))
    text = LAHAT.with_name("office-hours.yaml").read_text()
    async with a_house(tmp_path, clock) as house, a_visitor(house) as visitor:
        for version, expected in ((text, "open"), (text.replace("2027-01-01:", "2027-01-04:"), "closed")):
            file = tmp_path / "setup.yaml"
            file.write_text(version)
            await house.branches.set_up(read_setup_file(file))
            await house.floors.look()
            shown = (await visitor.get(f"/api/v1/branches/{OFFICE}")).json()["queues"][0]
            assert shown["state"] == expected
