"""Referrals by programs: made, listed and answered, each by the agency whose it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from queue_service.domain.referrals import Standing
from queue_service.records.roles import Role
from queue_service.tokens import TicketName
from queue_service.web.house import House
from tests.births import ERRAND, PAPERS, REGISTRY, RSUD, a_mother, a_regency, kinds
from tests.houses import NINE, a_visitor


class Program:
    """Of the staff of one branch."""

    def __init__(self, client: httpx2.AsyncClient, branch: str, key: str) -> None:
        self._client, self._branch = client, branch
        self._at = f"/api/v1/branches/{branch}/referrals"
        self._headers = {"Authorization": f"Bearer {key}", "Accept": "application/json", "Accept-Language": "en"}

    async def list(self) -> Any:
        return (await self._client.get(self._at, headers=self._headers)).json()

    async def read(self, house: House, label: str) -> httpx2.Response:
        """As its holder."""
        token = house.tokens.token_of(TicketName(self._branch, NINE.date(), label))
        return await self._client.get(f"/api/v1/tickets/{token}")

    async def post(self, path: str = "", key: str = "", /, **body: Any) -> httpx2.Response:
        headers = {**self._headers, **({"Idempotency-Key": key} if key else {})}
        return await self._client.post(self._at + path, json=body, headers=headers)


@asynccontextmanager
async def programs(folder: Path) -> AsyncIterator[tuple[House, Program, Program]]:
    async with a_regency(folder, **PAPERS) as house, a_visitor(house) as client:
        await a_mother(house)
        hospital, registry = [
            Program(client, branch, await house.keys.create(Role.CLERK, branch, NINE)) for branch in (RSUD, REGISTRY)
        ]
        yield house, hospital, registry


async def test_a_referral_is_made_once_and_each_agency_does_its_part(tmp_path: Path) -> None:
    async with programs(tmp_path) as (house, hospital, registry):
        made = [await hospital.post("", "k1", label="k-001", errand=ERRAND, agrees=True) for _ in range(2)]
        assert [answer.status_code for answer in made] == [201, 201]
        referral = made[0].json()
        assert made[1].json() == referral
        assert (referral["standing"], referral["number"], referral["can"]) == ("accepted", "C-001", ["refuse", "ready"])
        assert [paper["id"] for paper in referral["papers"]] == ["akta", "kk", "kia"]
        assert await kinds(house, RSUD) == ["issued", "referred", "referral_accepted"]
        ticket = (await hospital.read(house, "K-001")).json()
        assert ticket["errands"] == [[referral["id"], "accepted", 3]]
        again = await hospital.post("", "k2", label="K-001", errand=ERRAND, agrees=True)
        assert (again.status_code, again.json()["code"]) == (409, "not_allowed")
        assert [one["id"] for one in (await registry.list())["come"]] == [referral["id"]]
        assert (await registry.list())["sent"] == []
        one = f"/{referral['id']}"
        assert (await registry.post(f"{one}/withdraw")).status_code == 404  # whose it is not
        assert (await hospital.post(f"{one}/refuse", reason="full")).status_code == 404
        assert (await hospital.post(f"{one}/withdraw")).status_code == 409  # it has its place
        assert (await registry.post(f"{one}/ready", paper="ktp")).status_code == 404
        told = [(await registry.post(f"{one}/ready", paper=paper)).json() for paper in ("kia", "kia")]
        assert [[paper["ready"] for paper in each["papers"]] for each in told] == [[False, False, True]] * 2
        assert (await registry.post(f"{one}/ready")).json()["standing"] == Standing.READY


async def test_a_refusal_under_a_key_is_one_and_an_offer_waits_for_the_visitor(tmp_path: Path) -> None:
    async with programs(tmp_path) as (house, hospital, registry):
        made = [(await hospital.post("", "k1", label="K-001", errand=ERRAND)).json() for _ in range(2)]
        assert [one["standing"] for one in made] == ["offered", "offered"] and made[0]["id"] == made[1]["id"]
        assert (await hospital.post("", label="K-001", errand=ERRAND)).status_code == 422
        assert (await hospital.post("", label="K-999", errand=ERRAND)).status_code == 404
        agreed = (await hospital.post("", label="K-001", errand=ERRAND, agrees=True)).json()
        assert (agreed["id"], agreed["standing"]) == (made[0]["id"], "accepted")
        one = f"/{agreed['id']}/refuse"
        assert (await registry.post(one, reason="because")).status_code == 422
        refused = [(await registry.post(one, "k2", reason="other_agency")).json() for _ in range(2)]
        assert [(each["standing"], each["reason"]) for each in refused] == [("refused", "other_agency")] * 2
        assert (await registry.post(one, "k2", reason="full")).json()["code"] == "idempotency_key_reused"
        assert (await registry.post(one, "k3", reason="full")).status_code == 409
        assert (await kinds(house, RSUD)).count("referral_refused") == 1
