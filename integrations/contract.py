"""What the engine asks of every system."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field
from starlette.types import ASGIApp

from queue_service.domain.branches import Branch
from queue_service.faults import Fault
from queue_service.journal.appends import Place
from queue_service.records.plans import ConnectionPlan
from queue_service.records.systems import UnknownSystem, settings_of
from queue_service.redaction import hide
from queue_service.web.house import House
from queue_service.web.previews import Previewed
from queue_service.web.reports import Spans


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a journal. `id` never changes, so that a receiver knows what it has had before."""

    epoch: str
    branch: str
    day: date
    seq: int
    at_ms: int
    kind: str
    fields: Mapping[str, Any]

    @property
    def id(self) -> str:
        return f"{self.epoch}_{self.branch}_{self.day}_{self.seq}"

    @property
    def place(self) -> Place:
        return self.branch, self.day


class Undelivered(Exception):
    """`is_refused`: the other side is there, and does not want this one; else it was away. `is_final`: and no further
    try will change that. `in_doubt`: it may have taken it all the same, and only its answer was lost. `rest_seconds`:
    it asks to be left alone for so long."""

    def __init__(
        self,
        sentence: str,
        *,
        is_refused: bool = False,
        is_final: bool = False,
        in_doubt: bool = False,
        rest_seconds: float | None = None,
    ) -> None:
        super().__init__(sentence)
        self.is_refused = is_refused or is_final
        self.is_final = is_final
        self.in_doubt = in_doubt
        self.rest_seconds = rest_seconds


class NotReady(Fault):
    """This connection cannot run; the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class Opening:
    """A connection as it is set up, and all that it may need."""

    plan: ConnectionPlan
    house: House
    environment: Mapping[str, str]

    @property
    def connection(self) -> str:
        return self.plan.id

    def covers(self, branch: str) -> bool:
        return not self.plan.branches or branch in self.plan.branches

    def branches(self) -> Sequence[Branch]:
        """As they are set up at this moment."""
        return [branch for branch in self.house.branches.all.values() if self.covers(branch.id)]

    def secret(self, name: str = "SECRET") -> str:
        """From `ANTREAN_CONNECTION_<ID>_<NAME>`; masked from now on wherever it is told. Raises NotReady."""
        return secret_of(self.connection, name, self.environment)

    def variable(self, name: str = "SECRET") -> str:
        return variable_of(self.connection, name)


def secret_of(connection: str, name: str, environment: Mapping[str, str]) -> str:
    """Raises NotReady."""
    given = environment.get(variable_of(connection, name), "").strip()
    if not given:
        raise NotReady(f"{variable_of(connection, name)} is not set.")
    for secret in given.split(","):  # one may replace another
        hide(secret.strip())
    return given


def variable_of(connection: str, name: str) -> str:
    return f"ANTREAN_CONNECTION_{connection.upper().replace('-', '_')}_{name}"


class Sender(ABC):
    """Outbound: it is given what the journals say."""

    parallel: int = 16  # of different tickets, under way at once

    def wants(self, kind: str) -> bool:
        return True

    @abstractmethod
    async def send(self, item: Item) -> bool:
        """Returns once the other side has taken it; False where it had nothing to be told. Raises Undelivered."""

    @abstractmethod
    async def close(self) -> None: ...


class Outbox(ABC):
    """Outbound, where what is to be told is no entry of a branch's day: a complaint that is passed on, say. It has a
    journal of its own, which says as well what became of it; so nothing more is written of it here."""

    @abstractmethod
    async def waiting(self) -> Sequence[str]:
        """What is still to be told, by its ids, the oldest first."""

    @abstractmethod
    async def send(self, id_: str) -> None:
        """Returns once the other side has taken it, and that is written. Raises Undelivered."""

    @abstractmethod
    async def give_up(self, id_: str, why: Undelivered) -> None:
        """Writes that the other side does not want it: it waits no longer."""

    @abstractmethod
    async def close(self) -> None: ...


@dataclass(slots=True)
class Looked:
    """What came of a look, where that is counted. `refused`: why, of each."""

    taken: int = 0
    refused: list[str] = field(default_factory=list)


class Poller(ABC):
    """Inbound, where the other side is asked: every so many seconds, by the process that owns the connection."""

    seconds: float

    @abstractmethod
    async def look(self) -> Looked | None:
        """And do what follows from it. Raises Undelivered when the other side is away, or cannot be understood."""

    @abstractmethod
    async def close(self) -> None: ...


class SystemSettings(BaseModel):
    """What a set-up file may say under `settings:` of every system."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    attempts: Annotated[int, Field(ge=2, le=100)] = 12  # of an entry that is refused; then it is given up


class System(SystemSettings):
    """Its settings, and what is done with them: any of the four ways. It inherits its settings, which know nothing of
    whatever is opened with them.

    Each raises NotReady where something is missing, such as a secret, which stands in the environment only.
    """

    has_preview: ClassVar[bool] = False
    carries_referrals: ClassVar[bool] = False  # to an agency whose system it is

    def sender(self, opening: Opening) -> Sender | None:
        return None

    def outbox(self, opening: Opening) -> Outbox | None:
        return None

    def poller(self, opening: Opening) -> Poller | None:
        return None

    def service(self, opening: Opening) -> ASGIApp | None:
        """Inbound, where the other side asks: what lies under `/connections/<id>/` then."""
        return None

    async def probe(self, opening: Opening) -> str:
        """For whoever wants to know now whether it works: a sentence on what was tried and found. Changes nothing on
        the other side. Raises Undelivered."""
        raise NotReady("This system cannot be tried without sending something.")

    async def preview(self, opening: Opening) -> Sequence[Previewed]:
        """What would come of the records that are there now. Changes nothing. Raises NotReady, Undelivered."""
        raise NotReady("This system has nothing that could be looked at beforehand.")

    async def figures(self, opening: Opening, day: date) -> Sequence[Spans]:
        """What the other side's own dashboard says of a day. Raises Undelivered."""
        raise NotReady("This system has no figures of its own.")


def system_for(plan: ConnectionPlan) -> System:
    """Raises NotReady."""
    try:
        system = settings_of(plan)
    except (UnknownSystem, ValueError) as error:  # set up by another version
        raise NotReady(f"its settings are not those that this version expects: {error}") from error
    if not isinstance(system, System):
        raise NotReady(f"{plan.system} cannot be connected to.")
    return system
