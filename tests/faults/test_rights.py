"""Who comes back with a right that ended while they were away is refused, before anything of anybody's is shown."""

import asyncio
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

from tests.faults.offices import SECRET, FailingServer, running_workers
from tests.faults.rows import Count, Report
from tests.service.callers import Caller
from tests.service.plans import a_branch
from tests.service.wires import Wire, handshake

HALL = "balai"
NEXT_SECRET = "the secret that comes after the first"
COUNTER = f"/branches/{HALL}/counters/1"


async def test_tickets_of_a_secret_that_was_replaced(tmp_path: Path, report: Report) -> None:
    """While the old secret stands beside the new one its tokens hold; afterwards nobody is told anything for them."""
    with running_workers(tmp_path, [a_branch(HALL)]) as workers:
        (server,), (port,) = workers.servers, workers.ports
        async with Caller(port) as caller:
            tokens = [
                (await caller.post(f"/branches/{HALL}/tickets", {"queue": "umum"})).json["token"] for _ in range(5)
            ]
        with Wire(port).open(f"ticket={tokens[0]}") as phone:
            label = phone.read("ticket")["label"]
            await restart_with(server, f"{NEXT_SECRET},{SECRET}")
        kept = [open_status(port, token) for token in tokens]
        with Wire(port).open(f"ticket={tokens[0]}") as phone:
            assert phone.read("ticket")["label"] == label
        await restart_with(server, NEXT_SECRET)
        refused = [open_status(port, token) for token in tokens]
        async with Caller(port) as caller:
            acted = [(await caller.post(f"/tickets/{token}/cancel")).status for token in tokens]
        kinds = {row.kind for row in workers.journal(HALL)}
    assert kinds == {"issued"}
    report(
        "R28",
        "5 tickets of a secret that was replaced",
        Count(
            lost=len(kept) - kept.count(101),
            unexpected=len(refused) - refused.count(404) + len(acted) - acted.count(404),
            recovered=kept.count(101),
        ),
    )


async def restart_with(server: FailingServer, secret: str) -> None:
    await asyncio.to_thread(server.stop)
    server.environment["ANTREAN_SECRET"] = secret
    await asyncio.to_thread(server.start)


def open_status(port: int, token: str) -> int:
    with Wire(port) as wire:
        wire.send(handshake(f"ticket={token}"))
        return wire.reply().status


async def test_a_key_that_was_revoked_while_the_worker_was_away(tmp_path: Path, report: Report) -> None:
    """Neither the key nor the console's session that was opened with it does anything any more; other keys go on."""
    with running_workers(tmp_path, [a_branch(HALL)]) as workers:
        (server,), (port,) = workers.servers, workers.ports
        key = server.run("key", "create", "--role", "clerk", "--branch", HALL).split()[-1]
        session = await asyncio.to_thread(sign_in, server.url, key)
        before = [await status_with(port, key), await status_with(port, None, session)]
        await asyncio.to_thread(server.stop)
        server.run("key", "revoke", key.split("_")[1])
        await asyncio.to_thread(server.start)
        after = [await status_with(port, key), await status_with(port, None, session)]
        others = await status_with(port, workers.key)
    assert before == [200, 200]
    count = Count(lost=int(others != 200), unexpected=len(after) - after.count(401), recovered=int(others == 200))
    report("R28", "a key and its session, revoked while the worker was away", count)


async def status_with(port: int, key: str | None, cookie: str | None = None) -> int:
    async with Caller(port, key) as caller:
        return (await caller.ask("GET", COUNTER, headers={"Cookie": cookie} if cookie else {})).status


def sign_in(url: str, key: str) -> str:
    """The cookie of a console that was opened with this key."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    form = urllib.parse.urlencode({"key": key, "next": f"/counter/{HALL}/1"}).encode()
    browser.open(f"{url}/sign-in", form, timeout=30).close()
    (cookie,) = [cookie for cookie in jar if cookie.name == "antrean_session"]
    return f"{cookie.name}={cookie.value}"
