"""Accounts, keys, devices and the audit trail over the API: what the office pages do, by the same rules."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from queue_service.records.audit import read_audit
from queue_service.records.roles import Right, Role
from queue_service.web.house import House
from queue_service.web.limits import ACCEPTS
from tests.houses import CHILDREN, RSUD, Clock, a_house, a_visitor
from tests.web.screens import a_television

OTHER = "disdukcapil-lahat"
STAFF, KEYS, AUDIT = "/api/v1/staff", "/api/v1/keys", "/api/v1/audit"
DEVICES = f"/api/v1/branches/{RSUD}/devices"
CLERK = {"role": "clerk", "branch": RSUD, "queues": [CHILDREN]}
RINA = {"login": "rina", "name": "Rina", "grants": [CLERK]}
CHIEF: dict[str, Any] = {"role": "administrator", "branch": None, "queues": []}


@asynccontextmanager
async def somebody(
    house: House, role: Role = Role.ADMINISTRATOR, branch: str | None = None, scopes: Iterable[Right] = ()
) -> AsyncIterator[httpx2.AsyncClient]:
    async with a_visitor(house) as client:
        key = await house.keys.create(role, branch, house.floors.clock(), scopes=scopes)
        client.headers |= {"Authorization": f"Bearer {key}", "Accept": "application/json", "Accept-Language": "en"}
        yield client


async def added(client: httpx2.AsyncClient, **account: Any) -> dict[str, Any]:
    answer = await client.post(STAFF, json={**RINA, **account})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def deeds(house: House, subject: str) -> list[str]:
    """In no order: the clock stands still."""
    return sorted(one.deed.what for one in await house.database.read(read_audit) if one.deed.subject == subject)


async def test_an_account_from_its_first_password_to_its_end(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, somebody(house) as client, a_visitor(house) as browser:
        made = await added(client, openid="Rina@RSUD.example")
        id_, password = made.pop("id"), made.pop("password")
        assert made == {
            "login": "rina",
            "name": "Rina",
            "openid": "rina@rsud.example",
            "openid_linked": False,
            "disabled": False,
            "has_password": True,
            "password_until": "2026-11-26T02:00:00Z",
            "grants": [CLERK],
        }
        again = await client.post(STAFF, json=RINA)
        assert (again.status_code, again.json()["detail"]) == (409, "The login “rina” is taken.")
        one = f"{STAFF}/{id_}"
        assert (await client.get(one)).json() == {"id": id_, **made} and password not in (await client.get(STAFF)).text
        signed_in = await browser.post("/sign-in", data={"login": "rina", "password": password})
        assert signed_in.status_code == 303
        [session] = (await client.get(f"{one}/sessions")).json()["sessions"]
        assert session["way"] == "password"
        assert (await client.delete(f"{one}/sessions/{session['id']}")).status_code == 204
        assert (await client.delete(f"{one}/sessions/{session['id']}")).status_code == 404
        assert (await browser.get("/account")).headers["location"].startswith("/sign-in")
        renewed = (await client.post(f"{one}/password")).json()
        assert renewed["password"] != password and renewed["password_until"] == made["password_until"]
        changed = await client.patch(one, json={"name": "Rina Hartati", "openid": None, "disabled": True})
        assert changed.json() == {"id": id_, **made, "name": "Rina Hartati", "openid": None, "disabled": True}
        assert (await client.patch(one, json={"disabled": False})).json()["name"] == "Rina Hartati"
        assert (await client.patch(one, json={"disabled": False, "login": "x"})).status_code == 422
        noted = [what for what in await deeds(house, id_) if what != "sign-in"]
    once, twice = ["added", "disabled", "enabled", "granted", "renamed", "signed-out"], ["openid", "password"]
    assert noted == sorted(f"account.{what}" for what in once + 2 * twice)


async def test_grants_are_put_as_a_whole_and_end_the_sessions(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, somebody(house) as client, a_visitor(house) as browser:
        made = await added(client)
        put = f"{STAFF}/{made['id']}/grants"
        await browser.post("/sign-in", data={"login": "rina", "password": made["password"]})
        assert (await client.put(put, json={"grants": [CLERK]})).status_code == 200
        assert (await browser.get("/account")).headers["location"] == "/account/password"  # nothing has changed
        head = {"role": "head", "branch": OTHER, "queues": []}
        assert (await client.put(put, json={"grants": [head, CHIEF]})).json()["grants"] == [CHIEF, head]
        assert (await browser.get("/account")).headers["location"].startswith("/sign-in")
        for wrong, status in (
            ({"role": "root"}, 422),
            ({"role": "clerk", "branch": "nowhere"}, 404),
            ({**CLERK, "queues": ["ktp-el"]}, 404),
            ({"role": "clerk", "queues": [CHILDREN]}, 422),
        ):
            assert (await client.put(put, json={"grants": [wrong]})).status_code == status, wrong
            assert (await client.post(STAFF, json={**RINA, "login": "budi", "grants": [wrong]})).status_code == status
        assert (await client.get(f"{STAFF}/{made['id']}")).json()["grants"] == [CHIEF, head]
        assert (await client.put(put, json={"grants": []})).json()["grants"] == []
        assert len((await client.get(STAFF)).json()["accounts"]) == 1


async def test_an_administrator_of_a_branch_has_no_hold_on_others(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, somebody(house) as above, somebody(house, branch=RSUD) as client:
        elsewhere = {"role": "clerk", "branch": OTHER, "queues": []}
        both = await added(above, grants=[CLERK, elsewhere])
        chief, budi = await added(above, login="kepala", grants=[CHIEF]), await added(above, login="budi", grants=[])
        assert [one["login"] for one in (await client.get(STAFF)).json()["accounts"]] == ["rina"]
        for hidden in (chief, budi):
            at = f"{STAFF}/{hidden['id']}"
            assert (await client.get(at)).status_code == 404
            assert (await client.patch(at, json={"name": "X"})).status_code == 404
            assert (await client.post(f"{at}/password")).status_code == 404
            assert (await client.put(f"{at}/grants", json={"grants": []})).status_code == 404
        at = f"{STAFF}/{both['id']}"
        # She works elsewhere too: what concerns all of her account is not this administrator's.
        for method, path in (("PATCH", at), ("POST", f"{at}/password"), ("GET", f"{at}/sessions")):
            assert (await client.request(method, path, json={} if method == "PATCH" else None)).status_code == 403
        assert (await client.delete(f"{at}/sessions/none")).status_code == 403
        supervisor = {"role": "supervisor", "branch": RSUD, "queues": []}
        for grants, status in (
            ([CLERK], 403),  # takes away what is elsewhere
            ([elsewhere, CHIEF], 403),
            ([elsewhere, supervisor], 200),
        ):
            assert (await client.put(f"{at}/grants", json={"grants": grants})).status_code == status, grants
        for grants in ([], [elsewhere], [supervisor, CHIEF]):
            refused = await client.post(STAFF, json={**RINA, "login": "joko", "grants": grants})
            assert refused.status_code == 403
        assert (await client.post(STAFF, json={**RINA, "login": "joko"})).status_code == 201


async def test_a_key_for_staff_alone_does_not_open_what_it_may_not_do(tmp_path: Path) -> None:
    """Else it would make a password for an administrator, or another key."""
    scopes = (Right.READ_STAFF, Right.CHANGE_STAFF, Right.READ_KEYS, Right.CHANGE_KEYS)
    async with a_house(tmp_path) as house, somebody(house) as above, somebody(house, scopes=scopes) as client:
        made = await added(above)
        assert (await client.post(f"{STAFF}/{made['id']}/password")).status_code == 403
        assert (await client.post(STAFF, json={**RINA, "login": "budi"})).status_code == 403
        assert (await client.post(STAFF, json={**RINA, "login": "budi", "grants": []})).status_code == 201
        assert (await client.post(KEYS, json={"role": "clerk", "branch": RSUD})).status_code == 403
        narrow = {"role": "administrator", "branch": None, "scopes": ["staff:read"]}
        refused = await client.post(KEYS, json=narrow)
        assert refused.status_code == 201, refused.text


async def test_nobody_disables_their_own_account(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, somebody(house) as above, a_visitor(house) as browser:
        made = await added(above, grants=[CHIEF])
        await browser.post("/sign-in", data={"login": "rina", "password": made["password"]})
        page = (await browser.get("/account/password")).text
        csrf = page.partition('name="csrf" value="')[2].partition('"')[0]
        new = {"old": made["password"], "new": "empat kata acak sekali", "again": "empat kata acak sekali"}
        assert (await browser.post("/account/password", data={"csrf": csrf, **new})).status_code == 303
        csrf = (await browser.get("/office/keys")).text.partition('name="csrf" value="')[2].partition('"')[0]
        browser.headers |= {"X-CSRF-Token": csrf, "Accept-Language": "en"}
        refused = await browser.patch(f"{STAFF}/{made['id']}", json={"disabled": True, "name": "X"})
        assert refused.json()["detail"] == "Nobody can take their own account away."
        assert house.sessions.accounts[made["id"]].name == "Rina"


async def test_a_key_is_told_once_and_ends_when_it_is_revoked(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, somebody(house) as client, a_visitor(house) as program:
        wanted = {"role": "integration", "branch": RSUD, "name": "SIMRS", "days": 30, "scopes": ["counters:read"]}
        made = (await client.post(KEYS, json=wanted)).json()
        key = made.pop("key")
        assert made == {
            "id": key.split("_")[1],
            **{name: value for name, value in wanted.items() if name != "days"},
            "created_at": "2026-11-23T02:00:00Z",
            "expires_at": "2026-12-23T02:00:00Z",
            "revoked_at": None,
        }
        listed = await client.get(KEYS)
        assert made in listed.json()["keys"] and key not in listed.text
        program.headers |= {"Authorization": f"Bearer {key}"}
        counter = f"/api/v1/branches/{RSUD}/counters/3"
        assert (await program.get(counter)).status_code == 200
        assert (await program.post(f"{counter}/open")).status_code == 403
        for _ in range(2):
            assert (await client.delete(f"{KEYS}/{made['id']}")).status_code == 204
        assert (await program.get(counter)).status_code == 401
        assert await deeds(house, made["id"]) == ["key.created", "key.revoked"]
        assert (await client.delete(f"{KEYS}/00000000")).status_code == 404
        for wrong, status, detail in (
            ({"scopes": []}, 422, "scopes: a key of the role integration names what it may do, such as queues:read."),
            ({"scopes": ["keys:write"]}, 422, "scopes: a key of the role integration cannot have keys:write."),
            ({"branch": "nowhere"}, 404, "There is no branch “nowhere”."),
            ({"days": 0}, 422, "days: is too small."),
        ):
            answer = await client.post(KEYS, json={**wanted, **wrong})
            assert (answer.status_code, answer.json()["detail"]) == (status, detail)
        assert (await client.post(KEYS, json={"role": "clerk"})).json()["detail"] == "branch: is needed."
        assert len((await client.get(KEYS)).json()["keys"]) == 2


async def test_each_sees_and_makes_keys_of_their_own_branch(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, somebody(house, branch=OTHER), somebody(house, branch=RSUD) as client:
        listed = (await client.get(KEYS)).json()["keys"]
        assert [key["branch"] for key in listed] == [RSUD]
        foreign = next(key.id for key in house.keys.all if key.staff.grants[0].branch == OTHER)
        assert (await client.delete(f"{KEYS}/{foreign}")).status_code == 404
        for branch, status in ((RSUD, 201), (OTHER, 403), (None, 403)):
            assert (await client.post(KEYS, json={"role": "clerk", "branch": branch})).status_code == status


async def test_a_screen_is_paired_changed_and_let_go(tmp_path: Path) -> None:
    async with (
        a_house(tmp_path) as house,
        somebody(house) as client,
        somebody(house, Role.SUPERVISOR, OTHER) as stranger,
        a_television(house) as television,
    ):
        wanted = {"name": "TV lobi", "shows": "lobby", "queues": [CHILDREN], "code": await television.ask()}
        assert (await client.post(DEVICES, json={**wanted, "queues": ["none"]})).status_code == 404
        assert (await stranger.post(DEVICES, json=wanted)).status_code == 403
        paired = await client.post(DEVICES, json=wanted)
        assert paired.status_code == 201, paired.text
        assert (await client.post(DEVICES, json=wanted)).status_code == 404  # the code was good once
        assert await television.page() == f"/lobby/{RSUD}?queues={CHILDREN}"
        assert (await client.get(DEVICES)).json()["devices"] == [paired.json()]
        id_ = paired.json()["id"]
        one, elsewhere = f"{DEVICES}/{id_}", f"/api/v1/branches/{OTHER}/devices/{id_}"
        for method in ("PATCH", "DELETE"):
            body: dict[str, str] | None = {} if method == "PATCH" else None
            assert (await client.request(method, elsewhere, json=body)).status_code == 404
            assert (await stranger.request(method, elsewhere, json=body)).status_code == 404
            assert (await stranger.request(method, one, json=body)).status_code == 403
        renamed = await client.patch(one, json={"name": "TV apotek"})
        assert renamed.json() == {**paired.json(), "name": "TV apotek"}
        assert (await client.patch(one, json={"branch": OTHER})).json()["page"] == f"/lobby/{OTHER}"
        assert (await client.delete(one)).status_code == 404
        assert (await client.delete(elsewhere)).status_code == 204
        assert await television.page() == "/screen"
        assert await deeds(house, id_) == [*["device.assigned"] * 2, "device.paired", "device.revoked"]


async def test_guessing_codes_is_throttled(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, somebody(house) as client:
        wanted = {"name": "TV", "shows": "kiosk", "code": "CCCCCC"}
        heard = [(await client.post(DEVICES, json=wanted)).status_code for _ in range(ACCEPTS.amount + 1)]
        assert heard == [404] * ACCEPTS.amount + [429]


async def test_the_trail_is_read_page_by_page_and_by_question(tmp_path: Path) -> None:
    clock = Clock()
    async with a_house(tmp_path, clock) as house, somebody(house) as client:
        made = await added(client)
        clock.turn(days=1)
        for _ in range(60):
            await house.keys.create(Role.CLERK, RSUD, clock(), by=f"clerk:{made['id']}")
            clock.turn(seconds=1)
        first = (await client.get(AUDIT)).json()
        rest = (await client.get(AUDIT, params={"before": first["before"]})).json()
        assert len(first["deeds"]) == 50 and rest["before"] is None
        ids = [int(deed["id"]) for deed in first["deeds"] + rest["deeds"]]
        assert ids == sorted(ids, reverse=True) and len(set(ids)) == len(ids) == 60 + 1 + 3  # and the asker's key
        assert {**first["deeds"][0], "id": ""} == {
            "id": "",
            "at": "2026-11-24T02:00:59Z",
            "by": f"clerk:{made['id']}",
            "login": "rina",
            "what": "key.created",
            "subject": first["deeds"][0]["subject"],
            "branch": RSUD,
            "detail": {"role": "clerk"},
        }
        for asked, whats in (
            ({"what": "account.", "day": "2026-11-23"}, {"account.added", "account.granted", "account.password"}),
            ({"what": "account.", "day": "2026-11-24"}, set()),
            ({"by": "rina", "what": "account."}, {"account.added", "account.granted", "account.password"}),
            ({"by": "nobody"}, set()),
            ({"branch": OTHER}, set()),
        ):
            found = (await client.get(AUDIT, params=asked)).json()["deeds"]
            assert {deed["what"] for deed in found} == whats, asked
        older = (await client.get("/office/audit", params={"before": first["before"]})).text  # the page goes on as well
        assert all(
            (deed["subject"] in older) == (deed in rest["deeds"]) for deed in first["deeds"] + rest["deeds"][:10]
        )
        assert (await client.get(AUDIT, params={"before": "9" * 19})).json()["deeds"] == first["deeds"]
        for wrong in ({"before": "x"}, {"day": "yesterday"}, {"by": "\0"}):
            assert (await client.get(AUDIT, params=wrong)).status_code == 422


async def test_each_reads_the_trail_of_their_own_branches(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, somebody(house) as above, somebody(house, Role.HEAD, RSUD) as head:
        await added(above)
        for branch in (RSUD, OTHER):
            await house.keys.create(Role.CLERK, branch, house.floors.clock(), by="clerk:0123")
        found = (await head.get(AUDIT)).json()["deeds"]
        assert {deed["branch"] for deed in found} == {RSUD} and {deed["login"] for deed in found} == {None}
        assert (await head.get(AUDIT, params={"branch": OTHER})).status_code == 403
        async with somebody(house, Role.CLERK, RSUD) as clerk:
            for path in (AUDIT, STAFF, KEYS):
                assert (await clerk.get(path)).status_code == 403
        async with a_visitor(house) as stranger:
            for path in (AUDIT, STAFF, KEYS):
                assert (await stranger.get(path)).status_code == 401


async def test_the_description_promises_no_second_answer_with_a_secret(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, a_visitor(house) as client:
        paths = (await client.get("/api/v1/openapi.json")).json()["paths"]
    takes_key = {path: "Idempotency-Key" in str(there["post"]) for path, there in paths.items() if "post" in there}
    assert not any(takes_key[path] for path in (STAFF, KEYS, f"{STAFF}/{{account}}/password"))
    assert takes_key["/api/v1/branches/{branch}/tickets"]
