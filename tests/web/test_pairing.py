"""Screens and kiosks: accepted by a code, known by a cookie, changed and ended by staff."""

from __future__ import annotations

from pathlib import Path

from queue_service.app import open_house
from queue_service.records.audit import read_audit
from queue_service.records.devices.pairing import ALPHABET, CODE_LENGTH
from queue_service.records.roles import Role
from queue_service.records.setup_files import read_setup
from queue_service.settings import Settings
from queue_service.web.limits import ACCEPTS, CODES
from tests.backups.conftest import everything, opened
from tests.houses import CHILDREN, LAHAT, RSUD, Clock, a_house, labels_in_journal
from tests.web.screens import HOME, SIZE, a_supervisor, a_television, both

DISDUKCAPIL = "disdukcapil-lahat"
PAIRED_ONLY = LAHAT.read_text().replace("  - id: rsud-lahat\n", "  - id: rsud-lahat\n    screens: paired\n")


async def test_a_screen_is_accepted_by_its_code_and_stays_so(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, both(house) as (television, supervisor):
        assert "screen.js" in (await television.browser.get("/screen")).text
        code = await television.ask()
        assert len(code) == CODE_LENGTH and set(code) <= set(ALPHABET)
        assert await television.page() == "/screen"
        shown = await supervisor.submit(f"{HOME}/code", code=f"{code[:3].lower()}-{code[3:]}")
        assert "1920 × 1080" in shown.text and "jaringan yang sama" in shown.text
        assert await supervisor.accept(code, **{f"queue/{RSUD}/{CHILDREN}": "on"}) == 303
        assert await television.page() == f"/lobby/{RSUD}?queues={CHILDREN}"
        begun = await television.browser.get("/screen")
        assert (begun.status_code, begun.headers["location"]) == (303, f"/lobby/{RSUD}?queues={CHILDREN}")
        cookie = begun.headers["set-cookie"].lower()
        assert "httponly" in cookie and "samesite=strict" in cookie and "max-age=34560000" in cookie
        assert '"is_paired": true' in (await television.browser.get(begun.headers["location"])).text
        late = await television.browser.post("/screen/code", json=SIZE)
        assert late.json() == {"page": f"/lobby/{RSUD}?queues={CHILDREN}"}


async def test_a_code_that_is_wrong_too_old_replaced_or_used_accepts_nothing(tmp_path: Path) -> None:
    clock = Clock()
    async with a_house(tmp_path, clock) as house, both(house) as (television, supervisor):
        codes = {"wrong": "CCCCCC", "none": "", "replaced": await television.ask()}
        codes["too old"] = await television.ask()
        clock.turn(minutes=10)
        for code in codes.values():
            refused = await supervisor.submit(f"{HOME}/code", code=code)
            assert refused.status_code == 404 and "Tidak ada layar" in refused.text
            assert await supervisor.accept(code) == 404
        clock.turn(minutes=1)
        good = await television.ask()
        assert await supervisor.accept(good) == 303
        assert await supervisor.accept(good) == 404
        assert len(house.devices.at(RSUD)) == 1


async def test_guessing_codes_and_asking_for_them_is_throttled(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, both(house) as (television, supervisor):
        statuses = [await supervisor.accept("CCCCCC") for _ in range(ACCEPTS.amount + 1)]
        assert statuses == [404] * ACCEPTS.amount + [429]
        code = await television.ask()
        assert await supervisor.accept(code) == 429  # also the right one
        asking = [await television.browser.post("/screen/code", json=SIZE) for _ in range(CODES.amount)]
        assert [answer.status_code for answer in asking][-2:] == [200, 429]


async def test_a_screen_whose_pairing_was_ended_while_it_was_away_is_nobody(tmp_path: Path) -> None:
    clock = Clock()
    async with a_house(tmp_path, clock) as house, both(house) as (television, supervisor):
        await supervisor.accept(await television.ask())
        clock.turn(minutes=1)
        ((device, _),) = house.devices.at(RSUD)
        assert (await supervisor.submit(f"{HOME}/{device.id}/revoke")).status_code == 303
        assert (await television.browser.get("/screen")).status_code == 200  # a code, and no way to its page
        assert await television.page() == "/screen"
        assert await television.report() == 403
        clock.turn(minutes=1)
        assert await supervisor.accept(await television.ask(), name="TV lobi") == 303
        assert [device.shows.name for device, _ in house.devices.at(RSUD)] == ["TV lobi"]
        async with opened(house.settings.database_url) as database:
            told = [found.deed for found in reversed(await database.read(read_audit))]
        deeds = [deed for deed in told if deed.what.startswith("device.")]
        assert [deed.what for deed in deeds] == ["device.paired", "device.revoked", "device.paired"]
        assert {deed.branch for deed in deeds} == {RSUD} and all(deed.by for deed in deeds)


async def test_the_office_changes_what_a_screen_shows(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, both(house) as (television, supervisor):
        await supervisor.accept(await television.ask())
        ((device, _),) = house.devices.at(RSUD)
        path = f"{HOME}/{device.id}"
        assert 'value="TV lobi lantai 1"' in (await supervisor.browser.get(path)).text
        changed = await supervisor.submit(path, shows=f"kiosk/{RSUD}", name="Kiosk pintu utama")
        assert changed.status_code == 303
        assert await television.page() == f"/kiosk/{RSUD}"
        for bad in ({"shows": "counter/rsud-lahat"}, {"name": " "}, {"name": "x" * 81}):
            form = {"shows": f"lobby/{RSUD}", "name": "TV", **bad}
            assert (await supervisor.submit(path, **form)).status_code == 422, bad
        assert await television.page() == f"/kiosk/{RSUD}"


async def test_a_supervisor_of_another_branch_neither_sees_nor_touches_it(tmp_path: Path) -> None:
    async with (
        a_house(tmp_path) as house,
        both(house) as (television, supervisor),
        a_supervisor(house, DISDUKCAPIL) as other,
        a_supervisor(house, RSUD, Role.CLERK) as clerk,
        a_television(house) as second,
    ):
        code = await television.ask()
        assert await other.accept(code) == 403
        assert await clerk.accept(code) == 403
        await supervisor.accept(code)
        ((device, _),) = house.devices.at(RSUD)
        assert "TV lobi" not in (await other.browser.get(HOME)).text
        assert (await other.browser.get(f"{HOME}/{device.id}")).status_code == 404
        assert (await other.submit(f"{HOME}/{device.id}/revoke")).status_code == 404
        assert (await other.submit(f"{HOME}/{device.id}", shows=f"lobby/{RSUD}", name="x")).status_code == 404
        assert await supervisor.accept(await second.ask(), shows=f"lobby/{DISDUKCAPIL}") == 403
        assert await television.page() == f"/lobby/{RSUD}"


async def test_a_form_from_elsewhere_accepts_nothing(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, both(house) as (television, supervisor):
        form = {"code": await television.ask(), "shows": f"lobby/{RSUD}", "name": "TV"}
        assert (await supervisor.browser.post(HOME, data=form)).status_code == 403  # without the session's own token
        assert (await supervisor.browser.post(HOME, data={**form, "csrf": "é"})).status_code == 403
        elsewhere = {"Sec-Fetch-Site": "cross-site"}
        assert (await supervisor.browser.post(HOME, data=form, headers=elsewhere)).status_code == 403
        assert house.devices.at(RSUD) == []


async def test_neither_code_nor_cookie_is_kept_as_it_is(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, both(house) as (television, supervisor):
        code = await television.ask()
        kept = repr(await everything(house.settings.database_url))
        await supervisor.accept(code)
        kept += repr(await everything(house.settings.database_url))
        secret = television.browser.cookies["antrean_device"].partition(".")[2]
        assert len(secret) >= 32 and secret not in kept and code not in kept


async def test_a_cookie_that_somebody_made_up_is_nobodys(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, both(house) as (television, supervisor), a_television(house) as other:
        await supervisor.accept(await television.ask())
        known = television.browser.cookies["antrean_device"]
        name = known.partition(".")[0]
        for cookie in ("", ".", "a.b", "ü.ü", "x" * 4000, known[:-1], known.swapcase(), name, f"{name}.", f"{name}.x"):
            headers = {b"Cookie": f"antrean_device={cookie}".encode()}
            state = await other.browser.get("/screen/state", headers=headers)
            assert state.json() == {"page": "/screen", "waits": False}, cookie


async def test_where_screens_must_be_paired_others_see_nothing(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, both(house) as (television, supervisor):
        await house.branches.set_up(read_setup(PAIRED_ONLY, "setup.yaml"))
        await house.branches.refresh()
        lobby, kiosk = f"/lobby/{RSUD}", f"/kiosk/{RSUD}"
        refused = await television.browser.get(lobby)
        assert refused.status_code == 403 and 'href="/screen"' in refused.text
        await supervisor.accept(await television.ask())
        assert (await television.browser.get(lobby)).status_code == 200
        assert (await television.browser.get(kiosk)).status_code == 403  # it was accepted for the lobby
        taken = await television.browser.post(kiosk, data={"queue": CHILDREN})
        assert taken.status_code == 403 and await labels_in_journal(house) == []
        assert (await supervisor.browser.get(kiosk)).status_code == 200
        assert (await television.browser.get(f"/lobby/{DISDUKCAPIL}")).status_code == 200  # open there, as ever


async def test_every_worker_knows_what_another_was_told(tmp_path: Path) -> None:
    clock = Clock()
    settings = Settings(tmp_path, f"sqlite:///{tmp_path / 'antrean.db'}")
    async with a_house(tmp_path, clock) as one, open_house(settings, clock) as other:
        await other.branches.refresh()
        async with both(one) as (television, supervisor), a_television(other) as elsewhere:
            await supervisor.accept(await television.ask())
            elsewhere.browser.cookies = television.browser.cookies
            assert await elsewhere.page() == f"/lobby/{RSUD}"  # at once
            assert await elsewhere.report() == 204
            await one.devices.refresh(anew=True)
            ((device, health),) = one.devices.at(RSUD)
            assert health.report is not None and health.report.width == 1920
            await one.devices.revoke(device.id, "supervisor:x", clock())
            await other.devices.refresh()
            assert await elsewhere.page() == "/screen"
