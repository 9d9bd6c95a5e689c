"""Whose key opens what: clerks their branch's counters, supervisors its queues, administrators everything."""

import re
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookiejar import CookieJar

import pytest

from tests.service.callers import Caller
from tests.service.offices import Office, running_office
from tests.service.plans import a_branch

HERE, ELSEWHERE = "sini", "sana"
FAR = "2099-01-01T00:00:00Z"
FOR_CLERKS = [
    ("GET", "counters/1", None),
    *(("POST", f"counters/1/{action}", None) for action in ("open", "pause", "close", "call-next", "recall", "serve")),
    *(("POST", f"counters/1/{action}", None) for action in ("complete", "no-show", "hold", "requeue", "undo")),
    ("POST", "counters/1/call", {"label": "A-001"}),
    ("POST", "counters/1/transfer", {"queue": "gigi"}),
]
FOR_SUPERVISORS = [
    *(("POST", f"queues/umum/{action}", None) for action in ("open", "pause", "close")),
    ("POST", "notices", {"text": "Istirahat", "until": FAR}),
]
LET_IN = {200, 201, 204, 409}


@dataclass
class Keys:
    office: Office
    clerk: str
    supervisor: str
    elsewhere: str
    revoked: str


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keys]:
    with running_office(tmp_path_factory.mktemp("roles"), [a_branch(HERE), a_branch(ELSEWHERE)]) as office:
        server = office.server
        revoked = server.run("key", "create", "--role", "clerk", "--branch", HERE).split()[-1]
        server.run("key", "revoke", revoked.split("_")[1])
        yield Keys(
            office,
            clerk=server.key("clerk", HERE),
            supervisor=server.key("supervisor", HERE),
            elsewhere=server.key("supervisor", ELSEWHERE),
            revoked=revoked,
        )


async def status_of(keys: Keys, key: str | None, method: str, path: str, body: object) -> tuple[int, str | None]:
    async with Caller(keys.office.port, key) as caller:
        answer = await caller.ask(method, f"/branches/{HERE}/{path}", body)
    if answer.status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")
    return answer.status, answer.code


@pytest.mark.parametrize(("method", "path", "body"), [*FOR_CLERKS, *FOR_SUPERVISORS])
async def test_without_a_valid_key_it_is_401(keys: Keys, method: str, path: str, body: object) -> None:
    wrong = keys.clerk[:-1] + ("x" if keys.clerk[-1] != "x" else "y")
    for key in (None, "nonsense", wrong, keys.revoked):
        assert await status_of(keys, key, method, path, body) == (401, "unauthorized"), key


@pytest.mark.parametrize(("method", "path", "body"), [*FOR_CLERKS, *FOR_SUPERVISORS])
async def test_with_the_key_of_another_branch_it_is_403(keys: Keys, method: str, path: str, body: object) -> None:
    assert await status_of(keys, keys.elsewhere, method, path, body) == (403, "forbidden")


@pytest.mark.parametrize(("method", "path", "body"), FOR_CLERKS)
async def test_clerks_and_those_above_them_may(keys: Keys, method: str, path: str, body: object) -> None:
    for key in (keys.clerk, keys.supervisor, keys.office.administrator):
        assert (await status_of(keys, key, method, path, body))[0] in {*LET_IN, 404}


@pytest.mark.parametrize(("method", "path", "body"), FOR_SUPERVISORS)
async def test_supervisors_may_and_clerks_may_not(keys: Keys, method: str, path: str, body: object) -> None:
    assert await status_of(keys, keys.clerk, method, path, body) == (403, "forbidden")
    for key in (keys.supervisor, keys.office.administrator):
        assert (await status_of(keys, key, method, path, body))[0] in LET_IN


async def test_a_key_made_while_the_server_runs_is_known_at_once(keys: Keys) -> None:
    key = keys.office.server.run("key", "create", "--role", "clerk", "--branch", HERE).split()[-1]
    assert (await status_of(keys, key, "GET", "counters/1", None))[0] == 200


async def test_a_branch_that_does_not_exist_says_nothing_to_strangers(keys: Keys) -> None:
    async with Caller(keys.office.port, keys.clerk) as clerk:
        assert (await clerk.post("/branches/nowhere/counters/1/open")).status == 403
    async with Caller(keys.office.port, keys.office.administrator) as head:
        assert (await head.post("/branches/nowhere/counters/1/open")).status == 404


# The console's session


@dataclass
class Session:
    cookie: str
    csrf: str


@pytest.fixture(scope="module")
def session(keys: Keys) -> Session:
    """Signed in on the page, with the key that a clerk would paste there."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    console = f"/counter/{HERE}/1"
    form = urllib.parse.urlencode({"key": keys.clerk, "next": console}).encode()
    browser.open(f"{keys.office.server.url}/sign-in", form, timeout=30)
    page = browser.open(f"{keys.office.server.url}{console}", timeout=30).read().decode()
    (cookie,) = [cookie for cookie in jar if cookie.name == "antrean_session"]
    assert cookie.has_nonstandard_attr("HttpOnly")
    assert cookie.get_nonstandard_attr("SameSite", "").lower() == "strict"
    csrf = re.search(r'<meta name="csrf" content="([^"]+)"', page)
    assert csrf is not None
    return Session(f"{cookie.name}={cookie.value}", csrf[1])


async def with_session(keys: Keys, method: str, path: str, headers: dict[str, str]) -> tuple[int, str | None]:
    async with Caller(keys.office.port) as caller:
        answer = await caller.ask(method, f"/branches/{HERE}/{path}", None, headers)
        return answer.status, answer.code


async def test_a_session_with_its_csrf_header_is_as_good_as_a_key(keys: Keys, session: Session) -> None:
    headers = {"Cookie": session.cookie, "X-CSRF-Token": session.csrf}
    assert (await with_session(keys, "POST", "counters/2/open", headers))[0] == 200
    assert (await with_session(keys, "GET", "counters/2", {"Cookie": session.cookie}))[0] == 200


@pytest.mark.parametrize("csrf", [None, "", "0" * 64, "wrong"])
async def test_a_session_without_its_csrf_header_changes_nothing(
    keys: Keys, session: Session, csrf: str | None
) -> None:
    headers = {"Cookie": session.cookie} | ({} if csrf is None else {"X-CSRF-Token": csrf})
    assert await with_session(keys, "POST", "counters/2/open", headers) == (403, "forbidden")


async def test_a_session_has_its_owner_s_role(keys: Keys, session: Session) -> None:
    headers = {"Cookie": session.cookie, "X-CSRF-Token": session.csrf}
    assert await with_session(keys, "POST", "queues/umum/pause", headers) == (403, "forbidden")


async def test_a_session_that_somebody_made_up_is_none(keys: Keys, session: Session) -> None:
    name, _, value = session.cookie.partition("=")
    id_, mac = value.split(".")
    for made_up in (f"{id_[:-1]}x.{mac}", f"{id_}.{mac[:-1]}", f"{id_}.", id_, "x", ""):
        headers = {"Cookie": f"{name}={made_up}", "X-CSRF-Token": session.csrf}
        assert await with_session(keys, "GET", "counters/2", headers) == (401, "unauthorized")
