"""Who may ask, at which address and how, and in which envelope it is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from integrations.bpjs.answers.paths import PATHS, Family, Service, method_of
from integrations.bpjs.answers.service import make_service
from integrations.bpjs.answers.settings import AnswerSettings
from integrations.contract import NotReady, Opening
from queue_service.records.connection_tokens import is_token, revoke_tokens
from queue_service.records.plans import ConnectionPlan
from queue_service.records.tables import connection_tokens
from queue_service.web.limits import RateLimits
from tests.houses import NINE
from tests.integrations.bpjs.answers.hospitals import (
    PASSWORD,
    SECRETS,
    TOMORROW,
    USERNAME,
    MobileJkn,
    Told,
    a_caller,
    a_hospital,
    a_visit,
    clinics,
    read,
)

WHO = {"X-Username": USERNAME, "X-Password": PASSWORD}


async def token_call(jkn: MobileJkn, headers: dict[str, str]) -> Told:
    return read(await jkn.http.get(jkn.settings.all_paths[Service.TOKEN], headers=headers))


async def test_a_token_is_given_for_the_right_name_and_password_only(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:
        wrong = "Username atau Password Tidak Sesuai"
        for headers, sentence in (
            ({}, "Username dan Password wajib diisi"),
            ({"x-username": USERNAME}, "Username dan Password wajib diisi"),
            (WHO | {"X-Password": PASSWORD[:-1]}, wrong),
            (WHO | {"X-Username": "siapa"}, wrong),
        ):
            told = await token_call(jkn, headers)
            assert (told.code, told.message, told.response) == (201, sentence, None)
        given = [(await token_call(jkn, WHO))["token"] for _ in range(2)]
        assert given[0] != given[1] and min(map(len, given)) >= 43
        rows = await jkn.house.database.read(lambda c: c.execute(connection_tokens.select()).all())
        assert len(rows) == 3 and not any(token in str(rows) for token in given)


async def test_every_other_service_asks_for_the_token(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:
        good = jkn.headers
        for service in jkn.settings.all_paths.keys() - {Service.TOKEN}:
            for headers, sentence in (
                ({}, "Username dan Token wajib diisi"),
                ({"x-username": USERNAME}, "Username dan Token wajib diisi"),
                (good | {"x-username": "siapa"}, "Username salah"),
                (good | {"x-token": good["x-token"] + "x"}, "Token salah/expired"),
            ):
                jkn.headers = headers
                told = await jkn.ask(service, a_visit())
                assert (told.code, told.message, told.response) == (201, sentence, None)
        jkn.headers = {"X-USERNAME": USERNAME, "X-Token": good["x-token"]}
        assert (await jkn.take()).code == 200


async def test_a_token_ends_after_an_hour_with_the_password_and_when_it_is_revoked(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:
        opening = Opening(ConnectionPlan(id="bpjs", system="bpjs"), jkn.house, SECRETS)
        database, token = jkn.house.database, jkn.headers["x-token"]
        account = f"{USERNAME}\0{PASSWORD}"

        async def is_good(name: str = "bpjs", account: str = account, minutes: int = 0) -> bool:
            at = NINE + timedelta(minutes=minutes)
            return await database.read(lambda c: is_token(c, name, account, token, at))

        assert await is_good(minutes=59) and not await is_good(minutes=60)
        assert not await is_good("other")
        changed = replace(opening, environment=SECRETS | {"ANTREAN_CONNECTION_BPJS_X_PASSWORD": "lain-lagi"})
        async with a_caller(jkn.house, jkn.clock, jkn.settings, secrets=changed.environment) as other:
            other.headers = jkn.headers
            assert (await other.take()).message == "Token salah/expired"
        assert (await jkn.take()).code == 200
        assert await database.write(lambda c: revoke_tokens(c, "bpjs", "command", NINE)) == 1
        assert (await jkn.take()).message == "Token salah/expired"


async def test_tokens_are_not_asked_for_without_end(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:
        house = replace(jkn.house, limits=RateLimits(is_on=True, redis_url=None))
        async with a_caller(house, jkn.clock, jkn.settings) as caller:
            told = [await token_call(caller, WHO | {"X-Password": f"{n}"}) for n in range(31)]
            assert {each.message for each in told[:30]} == {"Username atau Password Tidak Sesuai"}
            assert told[30].code == 201 and told[30].message.startswith("Terlalu banyak percobaan")
            assert (await token_call(caller, WHO)).message.startswith("Terlalu banyak percobaan")


@pytest.mark.parametrize("family", [Family.KHANZA, Family.MLITE])
async def test_each_family_has_all_eleven_services_at_its_own_addresses(tmp_path: Path, family: Family) -> None:
    async with a_hospital(tmp_path, family=family) as jkn:
        assert jkn.settings.all_paths.keys() == set(Service) and len(Service) == 11
        for service in Service:
            assert (await jkn.ask(service, {})).message not in ("Service tidak terdaftar", "Ok") or (
                service is Service.TOKEN
            )
        nowhere = read(await jkn.http.post("/antrian/apa", headers=jkn.headers))
        assert (nowhere.status, nowhere.code, nowhere.message) == (200, 201, "Service tidak terdaftar")
        wrong = read(await jkn.http.get(PATHS[family][Service.TAKE], headers=jkn.headers))
        assert (wrong.status, wrong.code, wrong.message) == (200, 201, "Methode tersebut tidak bisa digunakan")
        if family is Family.MLITE:
            old = read(await jkn.http.post("/pasien/checkin", headers=jkn.headers, json={}))
            assert old.message == "Kode Booking tidak boleh kosong"


async def test_an_address_of_ones_own_takes_the_place_of_the_familys(tmp_path: Path) -> None:
    async with a_hospital(tmp_path, paths={"ambil": "/v1/nomor"}) as jkn:
        assert (await jkn.take()).code == 200
        assert read(await jkn.http.post("/ambilantrean", headers=jkn.headers)).message == "Service tidak terdaftar"
    for paths in ({"ambil": "/auth"}, {"ambil": "antrean"}, {"ambil": "/antrean/{nik}"}, {"lain": "/x"}):
        with pytest.raises(ValidationError):
            AnswerSettings.model_validate({"paths": paths})


async def test_the_http_status_says_the_same_only_where_it_is_asked_to(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:
        assert (await jkn.take(nik="")).status == 200
    async with a_hospital(tmp_path, tells_status=True, patients="enrolled") as jkn:
        assert [(await jkn.take(**change)).status for change in ({"nik": ""}, {"norm": ""}, {})] == [201, 202, 200]


async def test_a_body_is_read_as_json_whatever_it_is_called(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:
        body = f'{{"kodepoli":"INT","kodedokter":12346,"tanggalperiksa":"{TOMORROW}","jampraktek":"08:00-12:00"}}'
        for label in ("application/json", "Application/x-www-form-urlencoded", "text/plain"):
            headers = jkn.headers | {"Content-Type": label}
            told = read(await jkn.http.post("/statusantrean", headers=headers, content=body))
            assert told["totalantrean"] == 0


async def test_without_a_password_nobody_is_answered(tmp_path: Path) -> None:
    async with a_hospital(tmp_path) as jkn:
        opening = Opening(ConnectionPlan(id="bpjs", system="bpjs"), jkn.house, {})
        with pytest.raises(NotReady, match="ANTREAN_CONNECTION_BPJS_X_USERNAME is not set"):
            make_service(opening, jkn.settings, clinics())


def test_no_address_of_a_hospitals_holds_what_is_anybodys() -> None:
    """A Puskesmas's do, by BPJS's own word."""
    hospitals = [path for family in (Family.KHANZA, Family.MLITE) for path in PATHS[family].values()]
    assert not any("{" in path for path in hospitals)
    assert {method_of(service, Family.KHANZA) for service in set(Service) - {Service.TOKEN}} == {"POST"}
