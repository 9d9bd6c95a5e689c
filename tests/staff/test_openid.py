"""Signing in by a real OpenID Connect provider, and whatever may be wrong on the way."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey
from sqlalchemy import Connection, select

from queue_service.app import open_house
from queue_service.records.staff.changes import allow_openid, disable_account
from queue_service.records.staff.tables import accounts
from queue_service.settings import OpenIdSettings, SettingRefused, Settings
from queue_service.web.house import House
from queue_service.web.openid import Provider, read_client_key
from queue_service.web.providers import Attempt, ProviderFault
from tests.houses import NINE, RSUD, Clock, a_house, a_visitor, example
from tests.staff.people import add_person, csrf, status
from tests.staff.providers import BY_KEY, RealProvider, running_provider, sign_in_there

NAME = "petugas"


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealProvider]:
    with running_provider(tmp_path_factory.mktemp("provider")) as provider:
        yield provider


@asynccontextmanager
async def a_house_with(folder: Path, openid: OpenIdSettings, allowed: str | None = NAME) -> AsyncIterator[House]:
    url = f"sqlite:///{folder / 'antrean.db'}"
    async with open_house(Settings(folder, url, openid=openid), Clock()) as house:
        await house.branches.set_up(example())
        await house.branches.refresh()
        account = await add_person(house, password=None)
        await house.database.write(lambda connection: allow_openid(connection, "test", account, allowed, NINE))
        await house.sessions.look(NINE)
        yield house


async def leave(browser: httpx2.AsyncClient) -> str:
    answer = await browser.get(f"/sign-in/openid?next=/counter/{RSUD}")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def come_back(browser: httpx2.AsyncClient, name: str = NAME) -> httpx2.Response:
    return await browser.get(await sign_in_there(await leave(browser), name))


@pytest.mark.parametrize("way", ["by_secret", "by_key"])
@pytest.mark.parametrize("allowed", [NAME, f"{NAME.upper()}@rsud.example"])
async def test_a_clerk_signs_in_by_the_provider(real: RealProvider, tmp_path: Path, way: str, allowed: str) -> None:
    async with a_house_with(tmp_path, getattr(real, way)(), allowed) as house, a_visitor(house) as browser:
        assert real.issuer.removeprefix("http://") in (await browser.get("/sign-in")).text
        answer = await come_back(browser)
        assert answer.status_code == 200, answer.text
        assert f'content="0;url=/counter/{RSUD}"' in answer.text
        assert "samesite=strict" in answer.headers["set-cookie"].lower()
        assert await status(browser) == 200
        left = await browser.post("/sign-out", data={"csrf": await csrf(browser)})
        assert f"{real.issuer}/session/end?client_id=" in left.text
        assert await status(browser) == 401
        assert (await come_back(browser)).status_code == 200  # by the subject, this time


async def test_what_goes_to_the_provider_is_guarded(real: RealProvider, tmp_path: Path) -> None:
    async with a_house_with(tmp_path, real.by_secret()) as house, a_visitor(house) as browser:
        asked, again = [parse_qs(urlsplit(await leave(browser)).query) for _ in range(2)]
    assert (asked["code_challenge_method"], asked["response_type"]) == (["S256"], ["code"])
    for what in ("state", "nonce", "code_challenge"):
        assert len(asked[what][0]) >= 43 and asked[what] != again[what]


async def test_whom_nobody_allowed_is_not_let_in_and_gets_no_account(real: RealProvider, tmp_path: Path) -> None:
    async with a_house_with(tmp_path, real.by_secret()) as house, a_visitor(house) as browser:
        answer = await come_back(browser, "somebody-else")
        assert answer.status_code == 401 and "Tidak ada akun di sini" in answer.text
        assert await status(browser) == 401
        await house.sessions.look(NINE, anew=True)
        assert len(house.sessions.accounts) == 1


async def test_another_subject_of_the_same_name_is_somebody_else(real: RealProvider, tmp_path: Path) -> None:
    async with a_house_with(tmp_path, real.by_secret()) as house:
        for name, expected in ((NAME, 200), (f"{NAME}+impostor", 401), (NAME, 200)):
            async with a_visitor(house) as browser:
                assert (await come_back(browser, name)).status_code == expected
        asked = select(accounts.c.openid_subject)
        assert await house.database.read(lambda connection: connection.execute(asked).scalar_one()) == NAME


async def test_an_e_mail_that_nobody_verified_opens_nothing(real: RealProvider, tmp_path: Path) -> None:
    async with a_house_with(tmp_path, real.by_secret(), f"{NAME}@rsud.example") as house, a_visitor(house) as browser:
        assert (await come_back(browser, f"{NAME}+unverified")).status_code == 401
        assert (await come_back(browser)).status_code == 200


async def test_a_password_that_was_never_fetched_is_in_nobodys_way(real: RealProvider, tmp_path: Path) -> None:
    async with a_house_with(tmp_path, real.by_secret(), None) as house, a_visitor(house) as browser:
        account = await add_person(house, login="baru", once_until=NINE + timedelta(days=3))
        await house.database.write(lambda connection: allow_openid(connection, "test", account, NAME, NINE))
        await house.sessions.look(NINE)
        assert (await come_back(browser)).status_code == 200
        assert await status(browser) == 200


async def test_a_disabled_account_stays_out(real: RealProvider, tmp_path: Path) -> None:
    async with a_house_with(tmp_path, real.by_secret()) as house, a_visitor(house) as browser:
        assert (await come_back(browser)).status_code == 200

        def disable(connection: Connection) -> None:
            disable_account(connection, "test", connection.execute(select(accounts.c.id)).scalar_one(), NINE)

        await house.database.write(disable)
        assert (await come_back(browser)).status_code == 401


async def test_a_state_that_is_not_this_browsers_is_refused(real: RealProvider, tmp_path: Path) -> None:
    async with a_house_with(tmp_path, real.by_secret()) as house, a_visitor(house) as victim, a_visitor(house) as thief:
        theirs = await sign_in_there(await leave(thief), NAME)
        await leave(victim)
        assert (await victim.get(theirs)).status_code == 401  # an attacker's sign-in, put under
        assert (await thief.get(theirs.replace("state=", "state=x"))).status_code == 401
        assert await status(thief) == 401


async def test_a_sign_in_that_another_browser_began_is_refused(real: RealProvider, tmp_path: Path) -> None:
    async with a_house_with(tmp_path, real.by_secret()) as house, a_visitor(house) as browser:
        back = await sign_in_there(await leave(browser), NAME)
        browser.cookies.clear()
        assert "tidak dimulai di peramban ini" in (await browser.get(back)).text


async def test_a_nonce_that_is_not_this_attempts_is_refused(
    real: RealProvider, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with a_house_with(tmp_path, real.by_secret()) as house, a_visitor(house) as browser:
        address = (await leave(browser)).replace("nonce=", "nonce=x")
        answer = await browser.get(await sign_in_there(address, NAME))
        assert answer.status_code == 401
        assert "nonce" in caplog.text
        assert await status(browser) == 401


async def test_a_code_opens_once(real: RealProvider, tmp_path: Path) -> None:
    async with a_house_with(tmp_path, real.by_secret()) as house, a_visitor(house) as browser:
        back = await sign_in_there(await leave(browser), NAME)
        kept = dict(browser.cookies)
        assert (await browser.get(back)).status_code == 200
        async with a_visitor(house) as thief:
            thief.cookies.update(kept)
            assert (await thief.get(back)).status_code == 401
            assert await status(thief) == 401


async def test_a_provider_may_change_its_keys(real: RealProvider, tmp_path: Path) -> None:
    async with a_house_with(tmp_path, real.by_key()) as house, a_visitor(house) as browser:
        assert (await come_back(browser)).status_code == 200
        real.stop()
        assert (await browser.get("/sign-in/openid")).status_code in (303, 401)
        real.start(RSAKey.generate_key(2048), ECKey.generate_key("P-256"))
        assert (await come_back(browser)).status_code == 200


async def test_our_keys_are_published_without_their_private_half(real: RealProvider, tmp_path: Path) -> None:
    async with a_house_with(tmp_path, real.by_key()) as house, a_visitor(house) as browser:
        (published,) = (await browser.get("/.well-known/jwks.json")).json()["keys"]
    assert published == read_client_key(real.key_file).public()
    assert (published["crv"], published["alg"], "d" in published) == ("P-521", "ES512", False)


async def test_without_a_provider_there_is_nothing(tmp_path: Path) -> None:
    async with a_house(tmp_path) as house, a_visitor(house) as browser:
        for path in ("/.well-known/jwks.json", "/sign-in/openid", "/sign-in/openid/callback?code=x&state=x"):
            assert (await browser.get(path)).status_code == 404
        assert "/sign-in/openid" not in (await browser.get("/sign-in")).text


async def test_a_provider_that_is_away_is_said_and_the_password_still_works(tmp_path: Path) -> None:
    openid = OpenIdSettings("http://127.0.0.1:9", BY_KEY, "secret")
    async with a_house_with(tmp_path, openid) as house, a_visitor(house) as browser:
        answer = await browser.get("/sign-in/openid")
        assert answer.status_code == 401 and 'name="password"' in answer.text


# What no honest provider sends

ISSUER, CLIENT, NONCE = "https://id.example", "antrean", "n" * 43
KEY, FOREIGN = RSAKey.generate_key(2048, {"kid": "1"}), RSAKey.generate_key(2048, {"kid": "1"})


def a_token(key: RSAKey | OctKey = KEY, alg: str = "RS256", **changes: Any) -> str:
    now = int(time.time())
    claims = {"iss": ISSUER, "sub": "1", "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": NONCE} | changes
    return jwt.encode({"alg": alg, "kid": "1"}, {k: v for k, v in claims.items() if v is not None}, key, [alg])


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Provider:
    """Its metadata and keys are as if they had been fetched."""
    provider = Provider(OpenIdSettings(ISSUER, CLIENT, "secret"))

    async def signers(anew: bool = False) -> KeySet:
        return KeySet([RSAKey.import_key(KEY.as_dict(private=False))])

    monkeypatch.setattr(provider, "_read_signers", signers)
    return provider


async def test_a_token_as_it_must_be_is_taken(provider: Provider) -> None:
    claims: Mapping[str, Any] = await provider._check(a_token(), None, NONCE)
    assert claims["sub"] == "1"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://other.example"},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another-client"], "azp": "another-client"},
        {"nonce": "x" * 43},
        {"nonce": None},
        {"exp": 1_000_000_000},
        {"sub": None},
    ],
)
async def test_a_token_for_others_is_refused(provider: Provider, changes: dict[str, Any]) -> None:
    with pytest.raises(Exception, match=r"claim|expired|token"):
        await provider._check(a_token(**changes), None, NONCE)


async def test_a_token_that_another_key_signed_is_refused(provider: Provider) -> None:
    public = OctKey.import_key(KEY.thumbprint())  # what everybody knows must be nobody's secret
    for forged in (a_token(FOREIGN), a_token(public, "HS256"), _unsigned(a_token())):
        with pytest.raises(Exception, match=r"[Ss]ignature|[Aa]lg"):
            await provider._check(forged, None, NONCE)


def _unsigned(token: str) -> str:
    import base64

    header = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    return ".".join([header, token.split(".")[1], ""])


async def test_a_provider_that_calls_itself_otherwise_is_not_ours(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fetch(address: str) -> Any:
        return {"issuer": "https://other.example", "authorization_endpoint": "https://other.example/"}

    monkeypatch.setattr(provider, "_fetch", fetch)
    with pytest.raises(ProviderFault, match=r"other\.example"):
        await provider.address(Attempt("s" * 43, "n" * 43, "v" * 43), "http://antrean/")


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"ISSUER": "http://id.example", "CLIENT_ID": "a", "CLIENT_SECRET": "b"}, "https://"),
        ({"ISSUER": "https://id.example", "CLIENT_SECRET": "b"}, "CLIENT_ID"),
        ({"ISSUER": "https://id.example", "CLIENT_ID": "a"}, "one of the two"),
        ({"ISSUER": "https://id.example", "CLIENT_ID": "a", "CLIENT_SECRET": "b", "KEY_FILE": "c"}, "one of the two"),
        ({"CLIENT_ID": "a"}, "ISSUER"),
    ],
)
def test_settings_that_do_not_fit_together_are_refused(environment: dict[str, str], words: str) -> None:
    with pytest.raises(SettingRefused, match=words):
        Settings.from_environment({f"ANTREAN_OPENID_{name}": value for name, value in environment.items()})


def test_a_file_that_is_no_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "key.pem"
    file.write_text("no key")
    for path in (file, tmp_path / "nowhere.pem"):
        with pytest.raises(SettingRefused, match="KEY_FILE"):
            read_client_key(path)
