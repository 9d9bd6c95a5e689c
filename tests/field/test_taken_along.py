"""What goes along with a day: those who may serve, the requests of its visits, and a certificate for tablets."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509 import DNSName, IPAddress
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError
from sqlalchemy import select

from queue_service.domain.errors import NotAllowed
from queue_service.domain.referral_actions import Refer
from queue_service.domain.referrals import Standing as OfReferral
from queue_service.domain.requesting import ChangeContact, TakeOut
from queue_service.domain.tickets import Status
from queue_service.domain.trip_actions import Enlist, ReachStop
from queue_service.field.certificates import NAME, certificate_for
from queue_service.field.commands import print_status
from queue_service.field.folders import FolderRefused, read_trip, the_folder
from queue_service.field.returning import give_back
from queue_service.field.syncing import sync
from queue_service.journal import Beside
from queue_service.records.outreach.given import Contact
from queue_service.records.people.wordings import consent_id
from queue_service.records.roles import Role
from queue_service.records.staff.grants import Grant
from queue_service.records.staff.tables import accounts
from queue_service.tokens import TicketName
from queue_service.web.house import House
from queue_service.web.pages.codes import code_of
from tests.field.days import (
    DAY,
    OFFICE,
    SEVEN,
    TEAM,
    a_centre,
    a_key,
    a_line,
    at_the_desk,
    floor_of,
    in_the_field,
    plan,
    take_along,
)
from tests.field.test_trouble import kept
from tests.houses import Clock, a_visitor
from tests.records.outreach.cast import a_new_request
from tests.staff.people import PASSWORD, add_person, sign_in

PAGE = f"/office/trips/{OFFICE}/{TEAM}/{DAY}"


async def test_who_serves_signs_in_without_a_signal(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        await add_person(centre, (Grant(Role.SUPERVISOR, TEAM), Grant(Role.CLERK, OFFICE)), "petugas.tim")
        await add_person(centre, (Grant(Role.CLERK),), "petugas.semua")
        await add_person(centre, (Grant(Role.ADMINISTRATOR),), "kepala.ti")
        await add_person(centre, (Grant(Role.CLERK, "rsud-lahat"),), "petugas.lain")
        taken = await take_along(tmp_path / "laptop", line, await a_key(centre), clock)
        async with in_the_field(taken, clock) as field:
            there = await field.database.read(lambda c: c.execute(select(accounts.c.login)).scalars().all())
            assert sorted(there) == ["petugas.semua", "petugas.tim"]
            async with a_visitor(field) as tablet:
                assert (await sign_in(tablet, "petugas.tim", PASSWORD)).status_code == 303
                assert (await tablet.get(f"/counter/{TEAM}/1")).status_code == 200
                page = (await tablet.get(PAGE)).text
                assert 'value="reach:a"' in page  # the day is in these hands
        async with a_visitor(centre) as office:
            assert (await sign_in(office, "petugas.tim", PASSWORD)).status_code == 303
            page = (await office.get(PAGE)).text
            assert 'value="reach:a"' not in page and "Laptop 1" in page


async def scheduled(house: House) -> str:
    """A request whose people have a time on that day."""
    (request,) = await house.requests.receive(
        [a_new_request(house, office=house.branches.get(OFFICE))], "visitor", house.floors.clock()
    )
    beside = Beside(house.requests.scheduling(request.id, ["1"], "a"))
    await house.desk.act(TEAM, Enlist("a", (10,)), "clerk:planner", day=DAY, beside=beside)
    return request.id


async def test_requests_of_the_day_s_visits_go_along_and_come_back(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        id_ = await scheduled(centre)
        await centre.requests.receive(
            [a_new_request(centre, office=centre.branches.get(OFFICE))], "visitor", centre.floors.clock()
        )
        taken = await take_along(tmp_path / "laptop", line, await a_key(centre), clock)
        async with in_the_field(taken, clock) as field, at_the_desk(taken, line, clock) as desk:
            assert [one.id for one in await field.requests.of_visit(TEAM, DAY)] == [id_]
            assert await field.requests.get(id_) == await centre.requests.get(id_)
            # Of two people one has a time on that day: the other stays at home.
            assert (await field.requests.people_of(id_)).keys() == {"contact", "1"}
            with pytest.raises(NotAllowed, match="taken at the centre"):
                await field.requests.receive(
                    [a_new_request(field, office=field.branches.get(OFFICE))], "visitor", clock()
                )
            contact = Contact("Kakak Uji", "+628111111111", place="Rumah baru")
            clock.turn(hours=3)
            await field.requests.act(id_, ChangeContact(), "clerk:field", clock(), contact)
            before = await centre.requests.history(id_)
            await sync(desk)
            await sync(desk)  # what came before does not come twice
            assert await centre.requests.history(id_) == [*before, (await field.requests.history(id_))[-1]]
            assert (await centre.requests.people_of(id_))["contact"].contact.place == "Rumah baru"
            assert await kept(centre) == []
            # Both act on it: what each did is there.
            await centre.requests.act(id_, TakeOut(("1",), "moved"), "clerk:office", clock())
            await field.requests.act(id_, ChangeContact(), "clerk:later", clock(), contact)
            await give_back(desk)
            assert [entry.by for entry in await centre.requests.history(id_)][-2:] == ["clerk:office", "clerk:later"]


async def test_who_is_sent_to_another_agency_there_is_carried_there_by_the_centre(tmp_path: Path) -> None:
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        offered = await centre.referring.offer(TicketName(TEAM, DAY, "A-001"), "lanjut", "clerk:office")
        taken = await take_along(tmp_path / "laptop", line, await a_key(centre), clock)
        async with in_the_field(taken, clock) as field, at_the_desk(taken, line, clock) as desk:
            begun = await field.referring.get(offered.id)
            consent = consent_id(field.branches.get(TEAM).errand("lanjut"))
            sent = await field.referring.refer(Refer(begun, "lanjut", consent, ()), "clerk:field")
            assert sent.standing is OfReferral.SENT
            await field.referring.go()
            assert (await field.referring.get(begun.id)).standing is OfReferral.SENT  # nobody is there who could refuse
            await give_back(desk)
        await centre.referring.go()
        after = await centre.referring.get(begun.id)
        assert (after.standing, after.number) == (OfReferral.ACCEPTED, "A-001")
        assert "A-001" in (await centre.floors.get((OFFICE, DAY))).tickets


async def test_what_would_stay_on_the_laptop_is_not_taken_there(tmp_path: Path) -> None:
    """But for the day itself: a code that somebody got at home is good in the village."""
    clock = Clock(SEVEN)
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        code = code_of(centre.secrets, TicketName(TEAM, DAY, "A-001"))
        taken = await take_along(tmp_path / "laptop", line, await a_key(centre), clock)
        async with in_the_field(taken, clock) as field, a_visitor(field) as phone:
            await field.desk.act(TEAM, ReachStop("a"), "clerk:field")
            shown = await phone.post(f"/kiosk/{TEAM}/check-in", data={"code": code})
            assert "A-001" in shown.text and (await floor_of(field)).tickets["A-001"].status is Status.WAITING
            words = {"category": "waiting", "words": "Terlalu lama menunggu di sini."}
            for branch in (TEAM, OFFICE):
                refused = await phone.post(f"/b/{branch}/complaint", data=words)
                assert refused.status_code == 409 and "Ini tidak diterima di lapangan" in refused.text
            other = await phone.post(f"/b/{OFFICE}/tickets", data={"queue": "umum"})
            assert other.status_code == 409
            assert not (await field.floors.get((OFFICE, DAY))).tickets


def test_a_certificate_vouches_for_private_addresses_only(tmp_path: Path) -> None:
    ours, public = IPv4Address("10.42.0.1"), IPv4Address("203.0.113.5")
    first = certificate_for(tmp_path / "trip", tmp_path, [ours, public], SEVEN)
    again = certificate_for(tmp_path / "other", tmp_path, [ours], SEVEN + timedelta(days=1))
    assert first.fingerprint == again.fingerprint  # tablets trust one laptop once
    authority = x509.load_pem_x509_certificate(first.authority.read_bytes())
    (leaf, _) = x509.load_pem_x509_certificates(first.chain.read_bytes())
    policy = PolicyBuilder().store(Store([authority])).time(SEVEN)
    for subject in (IPAddress(ours), DNSName(NAME)):
        assert policy.build_server_verifier(subject).verify(leaf, [])
    with pytest.raises(VerificationError):
        policy.build_server_verifier(IPAddress(public)).verify(leaf, [])
    constraints = authority.extensions.get_extension_for_class(x509.NameConstraints)
    assert constraints.critical
    assert (tmp_path / "authority.key").stat().st_mode & 0o077 == 0


async def test_a_folder_says_how_it_stands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    clock, root = Clock(SEVEN), tmp_path / "laptop"
    async with a_centre(tmp_path / "centre", clock) as centre, a_line(centre) as line:
        await plan(centre)
        with pytest.raises(FolderRefused, match="none"):
            the_folder(root, None)
        taken = await take_along(root, line, await a_key(centre), clock)
        await print_status(root, f"{TEAM}/{DAY}")
        assert "Not all of it has come yet" in capsys.readouterr().out
        folder, _ = taken
        replace(folder, is_whole=True).keep()
        async with in_the_field(taken, clock) as field, at_the_desk(taken, line, clock) as desk:
            await field.desk.act(TEAM, Enlist("b", (5, 5)), "clerk:field")
            await print_status(root, None)
            said = capsys.readouterr().out
            assert "In the field since" in said and "2 are here only" in said
            await give_back(desk)
        await print_status(root, None)
        assert "Given back at" in capsys.readouterr().out
    with pytest.raises(FolderRefused, match="expected a team and a day"):
        read_trip("bola-1 2026-11-23")
