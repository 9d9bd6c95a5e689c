"""Several workers on one database, each a process of its own, in which a fault may be built in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.failing import EXIT_CODE, VARIABLE
from tests.servers import Server
from tests.service.callers import Answer
from tests.service.halls import Hall
from tests.service.journals import Row, Store, read_journal
from tests.service.phones import Phone
from tests.service.plans import Plan, write_setup

SECRET = "one secret for all of these workers"


class FailingServer(Server):
    """`fault`: what is built in the next time that it starts."""

    module = "tests.faults.failing"

    @property
    def fault(self) -> str:
        return self.environment.get(VARIABLE, "")

    @fault.setter
    def fault(self, order: str) -> None:
        self.environment[VARIABLE] = order

    @property
    def has_struck(self) -> bool:
        """Whether the process has ended by the fault that was built in."""
        return self.process.poll() == EXIT_CODE


class OnItsDisk(FailingServer):
    """Its disk is a library that is loaded before it: whatever is written there is written by processes with that."""

    def set_up(self) -> None:
        if self._setup is not None:
            self.run("setup", str(self._setup))

    def key(self, role: str, branch: str | None = None) -> str:
        return self.run("key", "create", "--role", role, *(("--branch", branch) if branch else ())).split()[-1]


@dataclass
class Workers:
    servers: list[FailingServer]
    key: str
    store: Store

    @property
    def ports(self) -> list[int]:
        return [server.port for server in self.servers]

    def journal(self, branch: str) -> list[Row]:
        return read_journal(self.store, branch)


@contextmanager
def running_workers(
    folder: Path,
    plans: Sequence[Plan],
    *,
    database: str | None = None,
    store: Store | None = None,
    count: int = 1,
    faults: Sequence[str] = (),
    environments: Sequence[Mapping[str, str]] = (),
) -> Iterator[Workers]:
    """`database`: its address as the workers shall see it; otherwise SQLite. `faults` and `environments`: of each."""
    setup = write_setup(folder / "setup.yaml", list(plans))
    shared = {
        "ANTREAN_SECRET": SECRET,
        "ANTREAN_DATABASE_URL": database or f"sqlite:///{folder / 'antrean.db'}",
        "ANTREAN_DRAIN_SECONDS": "0",
    }
    with ExitStack() as stack:
        servers: list[FailingServer] = []
        for n in range(count):
            data = folder / f"worker-{n}"
            data.mkdir()
            own = environments[n] if n < len(environments) else {}
            kind = OnItsDisk if "LD_PRELOAD" in own else FailingServer
            server = kind(data, extra_env={**shared, **own}, setup=None if servers else setup)
            server.fault = faults[n] if n < len(faults) else ""
            servers.append(server)
            stack.enter_context(server)
        yield Workers(servers, servers[0].key("administrator"), store or folder)


class Patient(Hall):
    """People who, told that it cannot be done now, ask again with the same key."""

    later = 0

    def must_repeat(self, answer: Answer) -> bool:
        self.later += answer.status == 503
        return answer.status == 503

    def recovered(self) -> int:
        """What was done in the end, though at first there was no answer, or only “later”."""
        return len(self.unanswered & {asked.key for asked in self.asked})


def faults_of(hall: Hall, phones: Sequence[Phone]) -> list[str]:
    return hall.faults + [fault for phone in phones for fault in phone.faults]
