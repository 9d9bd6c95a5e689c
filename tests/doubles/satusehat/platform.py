"""SATUSEHAT at the wire, as far as a queue asks it: tokens, look-ups, Locations and Encounters, and its refusals."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID, uuid5

from tests.doubles.web import HANG_UP, Answer, Request, WebServer

ORGANIZATION = "10000004"
CLIENT_ID, CLIENT_SECRET = "the-client", "a secret of theirs & ours"
NIK_SYSTEM = "https://fhir.kemkes.go.id/id/nik"
BETWEEN_TOKEN_CALLS = 60.0
FHIR = "/fhir-r4/v1/"
_NAMES = UUID("5f0c2a91-0000-4000-8000-000000000000")

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    status: int
    body: Any
    headers: Mapping[str, str] = field(default_factory=dict)

    def written(self) -> Answer:
        return Answer(json.dumps(self.body).encode(), self.status, "application/fhir+json", self.headers)


class Platform:
    """`patients` and `practitioners`: IHS numbers by NIK, with blanks between several. `away`: what everything is
    answered with. `loses`: of how many answers to requests of that method nothing is heard, though they are obeyed."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self.patients: dict[str, str] = {}
        self.practitioners: dict[str, str] = {}
        self.stored: dict[str, dict[str, Json]] = {"Location": {}, "Encounter": {}}
        self.versions: list[Json] = []  # of Encounters, as they were taken
        self.asked: list[Request] = []
        self.away: Reply | None = None
        self.is_token_call_well = False  # though it is away
        self.hangs_up = False  # on everybody
        self.loses: dict[str, int] = {}
        self.hides_searches = 0  # for an Encounter; so many find nothing
        self.ignores_searches = False  # and answers with everything
        self.lifetime = 3599
        self.url = ""
        self._clock = clock
        self._tell = tell
        self._tokens: dict[str, float] = {}
        self._token_calls_from = 0.0
        self.token_calls = 0

    def forget_tokens(self) -> None:
        self._tokens.clear()

    @property
    def encounters(self) -> list[Json]:
        return list(self.stored["Encounter"].values())

    def requests(self, method: str, kind: str) -> list[Request]:
        return [each for each in self.asked if each.method == method and each.path.startswith(f"{FHIR}{kind}")]

    async def answer(self, asked: Request) -> Answer | None:
        if self.hangs_up:
            return HANG_UP
        self.asked.append(asked)
        reply = self._reply(asked)
        if asked.path.startswith(FHIR) and self.loses.get(asked.method, 0):
            self.loses[asked.method] -= 1
            return HANG_UP
        return reply.written()

    def _reply(self, asked: Request) -> Reply:
        if asked.path == "/oauth2/v1/accesstoken":
            return self._token(asked)
        if self.away is not None:
            return self.away
        scheme, _, token = asked.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer" or self._tokens.get(token, 0.0) <= self._clock():
            return Reply(401, {"fault": {"faultstring": "Invalid access token"}})
        return self._fhir(asked, asked.path.removeprefix(FHIR))

    def _token(self, asked: Request) -> Reply:
        self.token_calls += 1
        given = {name: values[0] for name, values in parse_qs(asked.body.decode()).items()}
        is_form = asked.headers.get("content-type") == "application/x-www-form-urlencoded"
        if self._clock() < self._token_calls_from:
            return Reply(429, {"fault": {"faultstring": "one attempt a minute"}})
        if self.away is not None and not self.is_token_call_well:
            self._token_calls_from = self._clock() + BETWEEN_TOKEN_CALLS
            return self.away
        right = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
        if given != right or _read_query(asked) != {"grant_type": "client_credentials"} or not is_form:
            self._token_calls_from = self._clock() + BETWEEN_TOKEN_CALLS
            return Reply(401, {"ErrorCode": "invalid_client", "Error": "ClientId is Invalid"})
        token = f"token-{self.token_calls}"
        self._tokens[token] = self._clock() + self.lifetime
        told = {"access_token": token, "token_type": "BearerToken", "expires_in": str(self.lifetime)}
        more = {"issued_at": "1795413600123", "refresh_token_expires_in": "0", "status": "approved"}
        return Reply(200, {**told, **more, "client_id": CLIENT_ID, "organization_name": "RSUD Double"})

    def _fhir(self, asked: Request, path: str) -> Reply:
        kind, _, wanted = path.partition("/")
        if asked.method == "GET":
            return Reply(200, _bundle(self._found(kind, _read_query(asked))))
        resource = json.loads(asked.body)
        if refusal := self._refusal(kind, resource, wanted):
            return Reply(400, refusal)
        if asked.method == "POST":
            resource = {**resource, "id": str(uuid5(_NAMES, f"{kind}/{len(self.stored[kind])}"))}
        elif resource.get("id") != wanted or wanted not in self.stored[kind]:
            return Reply(404, outcome("not-found", f"{kind} {wanted} is not known"))
        self.stored[kind][resource["id"]] = resource
        if kind == "Encounter":
            self.versions.append(resource)
        self._tell(f"{asked.method} {kind} {resource['id']}: {json.dumps(resource)}")
        return Reply(201 if asked.method == "POST" else 200, resource)

    def _found(self, kind: str, query: Mapping[str, str]) -> Iterable[Json]:
        system, _, value = query.get("identifier", "").partition("|")
        if kind in ("Patient", "Practitioner"):
            known = (self.patients if kind == "Patient" else self.practitioners).get(value, "")
            return [{"resourceType": kind, "id": one} for one in known.split() if system == NIK_SYSTEM]
        every = self.stored[kind].values()
        if self.ignores_searches:
            return every
        if kind == "Encounter" and self.hides_searches:
            self.hides_searches -= 1
            return []
        if "organization" in query:
            wanted = {"reference": f"Organization/{query['organization']}"}
            return [each for each in every if each.get("managingOrganization") == wanted]
        if "subject" in query:
            return [each for each in every if each["subject"]["reference"] == f"Patient/{query['subject']}"]
        return [each for each in every if {"system": system, "value": value} in each["identifier"]]

    def _refusal(self, kind: str, resource: Json, wanted: str) -> Json | None:
        system = f"http://sys-ids.kemkes.go.id/{kind.lower()}/{ORGANIZATION}"
        identifier = resource["identifier"][0]
        if identifier["system"] != system:
            text = f"Wrong organization ID in {identifier['system']} (RuleNumber: 10117)"
            return outcome("business-rule", text, f"{kind}.identifier[0].system")
        if not wanted and any(identifier in each["identifier"] for each in self.stored[kind].values()):
            return outcome("duplicate", "the identifier is known")
        if kind == "Location":
            return None
        if not resource.get("statusHistory"):
            return outcome("required", "statusHistory is needed", "Encounter.statusHistory")
        patient = resource["subject"]["reference"]
        if patient.removeprefix("Patient/") not in self.patients.values():
            return outcome("value", f"{patient} of NIK 1604990101900009 is not known")
        return None


def _read_query(asked: Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(asked.query).items()}


def outcome(code: str, text: str, *expression: str) -> Json:
    issue = {"severity": "error", "code": code, "details": {"text": text}}
    return {"resourceType": "OperationOutcome", "issue": [{**issue, "expression": list(expression)}]}


def _bundle(found: Iterable[Json]) -> Json:
    entries = [{"fullUrl": f"{each['resourceType']}/{each['id']}", "resource": each} for each in found]
    return {"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries}


@dataclass
class Turned:
    """A clock in seconds that the test turns."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


@asynccontextmanager
async def a_platform(clock: Callable[[], float] = time.monotonic) -> AsyncIterator[Platform]:
    platform = Platform(clock)
    async with WebServer(platform.answer) as server:
        platform.url = server.url
        yield platform
