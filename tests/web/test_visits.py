"""Visits with several stops, as their holder and the clerks meet them over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from queue_service.records.roles import Role
from tests.web.clinics import CLINIC, Clinic, a_clinic


@pytest.fixture
async def clinic(tmp_path: Path) -> AsyncIterator[Clinic]:
    async with a_clinic(tmp_path) as clinic:
        yield clinic


async def test_one_number_goes_all_the_way_and_its_page_tells_each_stop(clinic: Clinic) -> None:
    taken = await clinic.take(journey="rawat-jalan")
    assert (taken["label"], taken["queue"]) == ("A-001", "pendaftaran")
    clinic.clock.turn(minutes=1)
    await clinic.take(queue="farmasi")
    page = (await clinic.visitor.get(taken["url"])).text
    for words in ("Pendaftaran", "Dokter A", "Laboratorium", "Rontgen", "Farmasi", "1 orang menunggu di sana sekarang"):
        assert words in page
    for counter in ("1", "2"):
        clinic.clock.turn(minutes=1)
        await clinic.at(counter, "call-next")
        done = await clinic.at(counter, "complete", label="A-001")
    assert (done.json()["state"], done.json()["queue"]) == ("waiting", "laboratorium")
    shown = await clinic.ticket(taken["token"])
    assert shown["steps"] == [
        ["pendaftaran", "completed"],
        ["dokter-a", "completed"],
        ["laboratorium", "waiting"],
        ["rontgen", "waiting"],
        ["farmasi", "ahead"],
    ]
    assert [(stop["queue"], stop["ahead"]) for stop in shown["stops"]] == [
        ("laboratorium", 0),
        ("rontgen", 0),
        ("farmasi", 1),
    ]
    for counter in ("5", "4"):
        assert (await clinic.at(counter, "call-next")).json()["label"] == "A-001"
        await clinic.at(counter, "complete")
    await clinic.at("6", "call-next")
    await clinic.at("6", "complete")
    await clinic.at("6", "call-next")
    assert (await clinic.at("6", "complete")).json() == {
        "label": "A-001",
        "branch": CLINIC,
        "queue": "farmasi",
        "state": "completed",
        "counter": "6",
    }


async def test_a_console_tells_where_completing_sends_a_visitor_and_why_the_next_is_next(clinic: Clinic) -> None:
    await clinic.take(journey="rawat-jalan")
    await clinic.take(journey="rawat-jalan", **{"class": "lansia"})
    assert (await clinic.counter("1"))["next"]["why"].startswith("Lansia")
    await clinic.at("1", "call-next")
    shown = await clinic.counter("1")
    assert (shown["ticket"]["beside"], shown["ticket"]["ahead"]) == (
        [],
        [["dokter-a"], ["laboratorium", "rontgen"], ["farmasi"]],
    )
    assert shown["next"]["why"] == "Mengambil nomor pukul 09.00."


async def test_a_doctor_sends_to_the_laboratory_and_gets_the_visitor_back(clinic: Clinic) -> None:
    taken = await clinic.take(journey="kontrol")
    await clinic.at("2", "call-next")
    sent = await clinic.at("2", "transfer", queue="laboratorium", comes_back=True)
    assert sent.json()["queue"] == "laboratorium"
    assert [stop[0] for stop in (await clinic.ticket(taken["token"]))["steps"]] == [
        *("dokter-a", "laboratorium", "dokter-a", "farmasi"),
    ]
    await clinic.at("4", "call-next")
    assert (await clinic.at("4", "complete")).json()["queue"] == "dokter-a"


async def test_a_late_word_from_an_old_desk_does_not_befall_the_next_visitor(clinic: Clinic) -> None:
    await clinic.take(queue="farmasi")
    await clinic.take(queue="farmasi")
    await clinic.at("6", "call-next")
    await clinic.at("6", "complete")
    await clinic.at("6", "call-next")
    late = await clinic.at("6", "complete", label="F-001")
    assert (late.status_code, late.json()["code"]) == (409, "not_allowed")
    assert "F-002" in late.json()["detail"]
    assert (await clinic.counter("6"))["ticket"]["label"] == "F-002"


async def test_who_is_called_and_left_alone_may_be_taken_over_by_another_counter(clinic: Clinic) -> None:
    taken = await clinic.take(queue="dokter-a")
    await clinic.at("2", "call-next")
    await clinic.at("3", "open", queues=["dokter-a", "dokter-b"])
    assert (await clinic.counter("3"))["unattended"] == []
    early = await clinic.at("3", "take-over", label=taken["label"])
    assert (early.status_code, early.json()["code"]) == (409, "not_allowed")
    clinic.clock.turn(minutes=5)
    assert [each["label"] for each in (await clinic.counter("3"))["unattended"]] == [taken["label"]]
    assert (await clinic.at("3", "take-over", label=taken["label"])).json()["counter"] == "3"
    late = await clinic.at("2", "complete", label=taken["label"])
    assert (late.status_code, late.json()["code"]) == (409, "nobody_at_counter")
    assert (await clinic.at("3", "complete", label=taken["label"])).status_code == 200


async def test_a_counter_that_closes_sends_back_whom_it_has_called(clinic: Clinic) -> None:
    first, second = await clinic.take(queue="farmasi"), await clinic.take(queue="farmasi")
    await clinic.at("6", "call-next")
    assert (await clinic.at("6", "close")).json()["code"] == "counter_busy"
    closed = await clinic.at("6", "close", sends_back=True)
    assert (closed.json()["state"], closed.json()["ticket"]) == ("closed", None)
    assert (await clinic.ticket(first["token"]))["ahead"] == 0
    assert (await clinic.ticket(second["token"]))["ahead"] == 1


async def test_an_emergency_is_before_all_and_the_published_order_says_so(clinic: Clinic) -> None:
    await clinic.take(queue="dokter-a", **{"class": "lansia"})
    urgent = await clinic.staff("urgent-tickets", {"queue": "dokter-a"})
    second = await clinic.staff("urgent-tickets", {"queue": "dokter-a"})
    assert (urgent.status_code, urgent.json()["ahead"], second.json()["ahead"]) == (201, 0, 1)
    order = (await clinic.visitor.get(f"/api/v1/branches/{CLINIC}/queues/dokter-a/order")).json()["order"]
    assert [place["label"] for place in order] == ["B-002", "B-003", "B-001"]
    assert "gawat darurat" in order[0]["why"]
    stranger = await clinic.visitor.post(f"/api/v1/branches/{CLINIC}/urgent-tickets", json={"queue": "dokter-a"})
    assert stranger.status_code == 401


async def test_a_class_is_corrected_with_a_reason_and_the_place_with_it(clinic: Clinic) -> None:
    wrong = await clinic.take(queue="farmasi", **{"class": "lansia"})
    clinic.clock.turn(minutes=1)
    right = await clinic.take(queue="farmasi")
    for taken, kind, reason, ahead in ((wrong, "general", "mistake", 0), (right, "lansia", "seen", 0)):
        answer = await clinic.staff(f"labels/{taken['label']}/class", {"class": kind, "reason": reason})
        assert (answer.status_code, answer.json()["ahead"]) == (200, ahead)
    assert (await clinic.ticket(wrong["token"]))["ahead"] == 1
    refused = await clinic.staff(f"labels/{wrong['label']}/class", {"class": "lansia", "reason": "a friend of mine"})
    assert refused.status_code == 422


async def test_an_absent_doctor_is_told_to_all_and_each_chooses(clinic: Clinic) -> None:
    takers = [await clinic.take(queue="dokter-a") for _ in range(3)]
    told = await clinic.staff("queues/dokter-a/suspend", {"text": "Dokter A sakit."}, role=Role.SUPERVISOR)
    assert (told.status_code, told.json()["told"]) == (200, 3)
    assert (await clinic.at("2", "call-next")).status_code == 204
    late = await clinic.visitor.post(f"/api/v1/branches/{CLINIC}/tickets", json={"queue": "dokter-a"})
    assert (late.status_code, late.json()["code"]) == (409, "queue_closed")
    page = (await clinic.visitor.get(takers[0]["url"])).text
    assert "Dokter A sakit." in page and "Pindah ke Dokter B" in page and "Datang di hari lain" in page
    own = {"Sec-Fetch-Site": "same-origin"}
    await clinic.visitor.post(f"{takers[0]['url']}/move", data={"queue": "dokter-b"}, headers=own)
    moved = await clinic.ticket(takers[0]["token"])
    assert (moved["queue"], moved["ahead"]) == ("dokter-b", 0)
    days = (await clinic.visitor.get(f"{takers[1]['url']}/postpone")).text
    assert "Selasa, 24 November 2026" in days
    for _ in range(2):  # a double tap
        await clinic.visitor.post(f"{takers[1]['url']}/postpone", data={"day": "2026-11-24"}, headers=own)
    kept = await clinic.ticket(takers[1]["token"])
    assert (kept["state"], kept["kept"]) == ("cancelled", ["2026-11-24", "B-001"])
    assert "nomor B-001" in (await clinic.visitor.get(takers[1]["url"])).text
    floor = await clinic.house.floors.get((CLINIC, clinic.clock().date().replace(day=24)))
    assert list(floor.tickets) == ["B-001"]
    await clinic.staff("queues/dokter-a/resume", {}, role=Role.SUPERVISOR)
    assert (await clinic.at("2", "call-next")).json()["label"] == takers[2]["label"]


async def test_a_doctor_who_is_late_is_not_called_for_until_then(clinic: Clinic) -> None:
    taken = await clinic.take(queue="dokter-a")
    body = {"text": "Dokter A datang pukul 10.", "until": "2026-11-23T10:00:00+07:00"}
    assert (await clinic.staff("queues/dokter-a/suspend", body, role=Role.SUPERVISOR)).status_code == 200
    assert "sampai 10.00" in (await clinic.visitor.get(taken["url"])).text
    shown = (await clinic.visitor.get(f"/api/v1/branches/{CLINIC}")).json()["queues"]
    assert {queue["id"]: queue["state"] for queue in shown}["dokter-a"] == "paused"
    assert (await clinic.at("2", "call-next")).status_code == 204
    clinic.clock.turn(hours=1)
    assert (await clinic.at("2", "call-next")).json()["label"] == taken["label"]


async def test_a_day_of_a_doctor_is_cancelled_beforehand(clinic: Clinic) -> None:
    slot = {"queue": "dokter-a", "slot": "2026-11-24T09:00:00+07:00"}
    booked = (await clinic.visitor.post(f"/api/v1/branches/{CLINIC}/appointments", json=slot)).json()
    body = {"text": "Dokter A cuti.", "day": "2026-11-24"}
    assert (await clinic.staff("queues/dokter-a/suspend", body, role=Role.SUPERVISOR)).json()["told"] == 1
    again = await clinic.visitor.post(f"/api/v1/branches/{CLINIC}/appointments", json=slot)
    assert again.status_code == 409
    assert (await clinic.ticket(booked["token"]))["can"] == ["cancel", "move", "postpone"]
    answer = await clinic.visitor.post(f"/api/v1/tickets/{booked['token']}/postpone", json={"day": "2026-11-25"})
    assert (answer.json()["state"], answer.json()["kept"]) == ("cancelled", ["2026-11-25", "B-001"])
    wrong = await clinic.visitor.post(f"/api/v1/tickets/{booked['token']}/postpone", json={"day": "2026-11-29"})
    assert wrong.status_code == 422  # a Sunday


async def test_branch_page_and_kiosk_offer_journeys(clinic: Clinic) -> None:
    for path in (f"/b/{CLINIC}", f"/kiosk/{CLINIC}"):
        page = (await clinic.visitor.get(path)).text
        assert 'name="journey" value="rawat-jalan"' in page
        assert "Pendaftaran → Dokter A → Laboratorium + Rontgen → Farmasi" in page
    own = {"Sec-Fetch-Site": "same-origin"}
    taken = await clinic.visitor.post(f"/b/{CLINIC}/tickets", data={"journey": "kontrol"}, headers=own)
    assert taken.status_code == 303
    printed = await clinic.visitor.post(f"/kiosk/{CLINIC}", data={"journey": "rawat-jalan"}, headers=own)
    assert "A-001" in printed.text


async def test_a_queue_that_only_clerks_and_journeys_lead_to_gives_no_numbers(clinic: Clinic) -> None:
    refused = await clinic.visitor.post(f"/api/v1/branches/{CLINIC}/tickets", json={"queue": "rontgen"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_allowed")
    assert 'value="rontgen"' not in (await clinic.visitor.get(f"/b/{CLINIC}")).text
    assert (await clinic.staff("urgent-tickets", {"queue": "rontgen"})).status_code == 201
