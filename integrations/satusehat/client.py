"""Talks to SATUSEHAT. A NIK goes into an address here, as the platform wants it: no address is ever logged or told."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from integrations.contract import Undelivered
from integrations.http import Answer, Http
from integrations.satusehat.translate import (
    NIK,
    encounter_system,
    is_duplicate,
    location_system,
    resources_in,
    rule_in,
)

RENEW_SECONDS = 300.0  # before a token ends
BETWEEN_TRIES = 60.0  # seconds after a token call that failed
LONGEST_ANSWER = 512 * 1024  # bytes: a list of locations is long
UNAUTHORIZED = 401

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = "application/fhir+json"


class Duplicate(Undelivered):
    """The platform has one with this identifier."""


@dataclass(frozen=True, slots=True)
class Account:
    base_url: str
    organization: str
    client_id: str
    client_secret: str


@dataclass(frozen=True, slots=True)
class Token:
    value: str
    renew_at: float
    holder: str  # the organization's name, as the platform knows it


class Tokens:
    """One at a time, renewed by whoever needs it first; the others wait for that."""

    def __init__(self, account: Account, http: Http, clock: Callable[[], float]) -> None:
        self._account = account
        self._http = http
        self._clock = clock
        self._token: Token | None = None
        self._next_try = 0.0
        self._renewing = asyncio.Lock()

    async def get(self, refused: Token | None = None) -> Token:
        """`refused`: one that the platform did not take. Raises Undelivered."""
        async with self._renewing:
            token = self._token
            if token is not None and token is not refused and self._clock() < token.renew_at:
                return token
            self._token = None
            return await self._renew()

    def give_up(self, token: Token) -> None:
        """It was refused although it was new: more of them would be refused too."""
        if self._token is token:
            self._token = None
            self._next_try = self._clock() + BETWEEN_TRIES

    async def _renew(self) -> Token:
        now = self._clock()
        if now < self._next_try:
            wait = self._next_try - now
            raise Undelivered("it gave no token a moment ago, and is asked once a minute", rest_seconds=wait)
        self._next_try = now + BETWEEN_TRIES  # also when this is broken off
        answer = await self._ask()
        if not answer.is_success:
            told = "client id or client secret are not accepted" if answer.status < 500 else "it gives no token now"
            raise Undelivered(f"{told} (answer {answer.status} to the token call)", rest_seconds=BETWEEN_TRIES)
        self._token = _read_token(answer.json(), now)
        self._next_try = 0.0
        return self._token

    async def _ask(self) -> Answer:
        given = {"client_id": self._account.client_id, "client_secret": self._account.client_secret}
        body = "&".join(f"{name}={quote(value, safe='')}" for name, value in given.items()).encode()
        url = f"{self._account.base_url}/oauth2/v1/accesstoken?grant_type=client_credentials"
        try:
            return await self._http.ask("POST", url, content=body, headers=FORM)
        except Undelivered as error:
            raise Undelivered(f"no token: {error}", rest_seconds=BETWEEN_TRIES) from error


def _read_token(given: Any, now: float) -> Token:
    """Numbers come as text. Raises Undelivered."""
    try:
        value, seconds = str(given["access_token"]), float(given["expires_in"])
    except (KeyError, TypeError, ValueError):
        raise Undelivered("its answer to the token call holds no token", rest_seconds=BETWEEN_TRIES) from None
    ahead = min(RENEW_SECONDS, seconds / 2)  # else one that lives for minutes would be renewed at each request
    return Token(value, now + seconds - ahead, str(given.get("organization_name") or ""))


class SatusehatClient:
    def __init__(self, account: Account, http: Http, clock: Callable[[], float] = time.monotonic) -> None:
        self.organization = account.organization
        self.tokens = Tokens(account, http, clock)
        self._base = f"{account.base_url}/fhir-r4/v1"
        self._http = http

    async def close(self) -> None:
        await self._http.close()

    # Who and where

    async def find_patient(self, nik: str) -> str | None:
        """The IHS number. Raises Undelivered, as everything here does."""
        return await self._find_person("Patient", nik)

    async def find_practitioner(self, nik: str) -> str | None:
        return await self._find_person("Practitioner", nik)

    async def find_location(self, value: str) -> str | None:
        found = await self._find_ours("Location", location_system(self.organization), value)
        return None if found is None else str(found["id"])

    async def find_encounter(self, number: str) -> Mapping[str, Any] | None:
        return await self._find_ours("Encounter", encounter_system(self.organization), number)

    async def locations(self) -> tuple[set[str], int]:
        """Ids of the organization's own, as far as one answer holds them; and how many there are."""
        found, total = await self._search("Location", organization=self.organization)
        return {str(each["id"]) for each in found}, total

    async def _find_person(self, kind: str, nik: str) -> str | None:
        found, _ = await self._search(kind, identifier=f"{NIK}|{nik}")
        ids = {str(each["id"]) for each in found}
        if len(ids) > 1:
            raise Undelivered(f"it knows several {kind}s by one NIK: a person has to say who is meant", is_final=True)
        return ids.pop() if ids else None

    async def _find_ours(self, kind: str, system: str, value: str) -> Mapping[str, Any] | None:
        """Only what says that it is: a search that is not understood may answer with anything."""
        found, _ = await self._search(kind, identifier=f"{system}|{value}")
        wanted = {"system": system, "value": value}
        ours = (each for each in found for known in each.get("identifier") or () if wanted.items() <= known.items())
        return next(ours, None)

    async def _search(self, kind: str, **query: str) -> tuple[list[Mapping[str, Any]], int]:
        """What was found, and how much there is."""
        asked = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
        bundle = await self._ask("GET", f"{kind}?{asked}")
        try:
            found = [each for each in resources_in(bundle) if each.get("resourceType") == kind]
        except ValueError:
            raise Undelivered(f"its answer to a search for a {kind} is no list of them") from None
        total = bundle.get("total")
        return found, total if isinstance(total, int) else len(found)

    # What is sent

    async def create(self, resource: Mapping[str, Any]) -> str:
        """Its id. Raises Duplicate."""
        made = await self._ask("POST", resource["resourceType"], resource)
        if not isinstance(made, dict) or not isinstance(made.get("id"), str) or not made["id"]:
            raise Undelivered(f"it took a {resource['resourceType']} without saying its id")
        return str(made["id"])

    async def change(self, resource: Mapping[str, Any]) -> None:
        await self._ask("PUT", f"{resource['resourceType']}/{quote(resource['id'], safe='')}", resource)

    async def _ask(self, method: str, path: str, resource: Mapping[str, Any] | None = None) -> Any:
        token = await self.tokens.get()
        answer = await self._ask_with(token, method, path, resource)
        if answer.status == UNAUTHORIZED:
            token = await self.tokens.get(refused=token)
            answer = await self._ask_with(token, method, path, resource)
        if answer.status == UNAUTHORIZED:
            self.tokens.give_up(token)
            raise Undelivered("it does not accept the token that it has just given", rest_seconds=BETWEEN_TRIES)
        if not answer.is_success:
            raise _failure(answer)
        return answer.json()

    async def _ask_with(self, token: Token, method: str, path: str, resource: Mapping[str, Any] | None) -> Answer:
        headers = {"Authorization": f"Bearer {token.value}", "Accept": JSON}
        content = None
        if resource is not None:
            headers["Content-Type"] = JSON
            content = json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode()
        url = f"{self._base}/{path}"
        return await self._http.ask(method, url, content=content, headers=headers, longest=LONGEST_ANSWER)


def _failure(answer: Answer) -> Undelivered:
    """With the rule that it names, where it is one that no further try will change."""
    failure = answer.failure()
    try:
        outcome = answer.json()
    except Undelivered:
        return _plain(answer, failure)
    if not (rule := rule_in(outcome)):
        return _plain(answer, failure)
    kind = Duplicate if failure.is_refused and is_duplicate(outcome) else Undelivered
    told = f"it answered {answer.status}: {rule}"
    return kind(told, is_final=failure.is_refused, rest_seconds=failure.rest_seconds)


def _plain(answer: Answer, failure: Undelivered) -> Undelivered:
    """Without what it says: that may hold anybody's number, in words that are not known."""
    told = f"it answered {answer.status} {answer.reason}".rstrip()
    return Undelivered(told, is_refused=failure.is_refused, rest_seconds=failure.rest_seconds)
