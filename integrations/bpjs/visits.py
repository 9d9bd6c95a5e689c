"""What the history of a ticket has to tell the insurer: its bookings, and when each phase of them began.

No I/O, no clock. The insurer counts by booking, which is one clinic on one day; a ticket may go to several. Each moment
is the counter's. What was not recorded is not told; what was told is never told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from typing import Any, Literal

from integrations.contract import Item

ARRIVED, ADMITTING, WAITING, TREATING, TREATED, PREPARING, READY = range(1, 8)
ABSENT = 99

Medicine = Literal["racikan", "non racikan"]  # compounded or not

HERE = "here"  # facts' `from` of a booking that the insurer heard of from us

WANTED = frozenset(
    {
        *("issued", "booked", "given", "checked_in", "called", "serving", "completed", "transferred", "concluded"),
        *("no_show", "cancelled", "released", "lapsed", "moved", "reopened"),
    }
)


@dataclass(frozen=True)
class Ways:
    """Which queue is what to the insurer; in others nothing happens that it counts. `pharmacy`: with the kind of
    prescription. `absent_after`: so many misses."""

    clinics: frozenset[str]
    admission: frozenset[str] = frozenset()
    pharmacy: Mapping[str, Medicine] = field(default_factory=dict)
    absent_after: int = 1

    @property
    def known(self) -> frozenset[str]:
        return self.clinics | self.admission | self.pharmacy.keys()


class What(Enum):
    ADD = "add"
    TASK = "task"
    PHARMACY = "pharmacy"
    WITHDRAW = "withdraw"


@dataclass(frozen=True, slots=True)
class Word:
    """Something to be told because of the entry `seq`, of the ticket's booking `nth`. `queue`: of a booking, its
    clinic; of a task or prescription, the pharmacy that the visit goes on to, if any."""

    seq: int
    nth: int
    what: What
    ms: int
    task: int = 0
    queue: str = ""
    is_appointment: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """`codes` and `facts` of its bookings that are known to the insurer, or are about to be."""

    branch: str
    day: date
    label: str
    words: Sequence[Word]
    is_new: bool
    codes: dict[int, str]
    facts: dict[int, Mapping[str, Any]]

    def of(self, nth: int) -> list[Word]:
        return [word for word in self.words if word.nth == nth]

    def tasks(self, nth: int, up_to: int) -> list[Word]:
        return [word for word in self.of(nth) if word.what is What.TASK and word.task <= up_to]

    def beginning(self, nth: int) -> Word:
        return next(word for word in self.of(nth) if word.what is What.ADD)

    def is_ours(self, nth: int) -> bool:
        return self.facts[nth].get("from") == HERE

    def gap_before(self, word: Word) -> int | None:
        """The first task that should have come before this one, and was never recorded."""
        first = ARRIVED if self.is_new and word.nth == 1 else WAITING
        recorded = {each.task for each in self.of(word.nth)}
        return next((task for task in range(first, word.task) if task not in recorded), None)


def words_of(history: Iterable[Item], ways: Ways, is_new: bool = False) -> list[Word]:
    """`is_new`: the patient was never here before, so that the insurer counts the admission too."""
    reading = _Reading(ways, is_new)
    for item in history:
        reading.take(item)
    return reading.words


def passes_admission(history: Iterable[Item], ways: Ways) -> bool:
    return any({item.fields.get("queue"), item.fields.get("first")} & ways.admission for item in history)


def moment_of(item: Item) -> int:
    """When it happened, which may be earlier than it was written down."""
    return int(item.fields.get("occurred") or item.at_ms)


@dataclass(slots=True)
class _Booking:
    nth: int
    told: set[int] = field(default_factory=set)

    @property
    def is_open(self) -> bool:
        """Nobody has been treated yet, and nobody has given it up."""
        return not self.told & {TREATING, TREATED, ABSENT}


class _Reading:
    def __init__(self, ways: Ways, is_new: bool) -> None:
        self.words: list[Word] = []
        self._ways = ways
        self._is_new = is_new
        self._bookings: dict[str, _Booking] = {}  # by clinic
        self._queue = ""
        self._rest: Sequence[str] = ()  # queues still to come, or open beside this one
        self._latest: _Booking | None = None
        self._before: list[tuple[int, int]] = []  # tasks that were over before a clinic was known
        self._has_come = False
        self._was_admitted = False
        self._has_prescription = False
        self._misses = 0
        self._seq = 0

    def take(self, item: Item) -> None:
        self._seq, at = item.seq, moment_of(item)
        match item.kind:
            case "issued":
                self._has_come = True
                self._wait_in(item, at)
            case "booked" | "given":
                self._wait_in(item, int(item.fields["due"]), is_appointment=True)
            case "checked_in":
                self._come(str(item.fields.get("first") or ""), at)
            case "moved" | "reopened":
                self._wait_in(item, at)
            case "no_show":
                self._miss(at)
            case "released" | "lapsed" | "cancelled":
                self._give_up(at, is_withdrawn=item.kind == "cancelled")
            case _:
                self._take_at_counter(item, at)

    def _take_at_counter(self, item: Item, at: int) -> None:
        match item.kind:
            case "called":
                self._call(str(item.fields.get("queue") or self._queue), at)
            case "serving":
                self._has_come = True
                self._serve(at)
            case "completed" | "transferred" | "concluded":
                self._has_come = True
                self._leave(item, at)
            case _:
                pass

    # Where the visitor waits

    def _wait_in(self, item: Item, at: int, *, is_appointment: bool = False) -> None:
        self._queue, self._rest = str(item.fields["queue"]), _rest_of(item, self._rest)
        clinics = [queue for queue in (self._queue, *self._rest) if queue in self._ways.clinics]
        if clinics and (self._queue in self._ways.clinics or not self._bookings):
            self._book(clinics[0], at, is_appointment)
        if self._has_come:
            self._begin_to_wait(at)

    def _book(self, clinic: str, at: int, is_appointment: bool) -> None:
        if clinic not in self._bookings:
            # Sent elsewhere before anybody was treated: the insurer knows no way to change a booking's clinic.
            instead = next((c for c, b in self._bookings.items() if b.is_open and c not in self._rest), None)
            if instead is not None:
                self._bookings[clinic] = self._bookings.pop(instead)
            else:
                self._bookings[clinic] = _Booking(len(self._bookings) + 1)
                self._tell(self._bookings[clinic], What.ADD, at, queue=clinic, is_appointment=is_appointment)
        self._latest = self._bookings[clinic]
        for task, ms in self._before:
            self._tell_task(task, ms)
        self._before = []

    def _begin_to_wait(self, at: int) -> None:
        if self._queue in self._ways.admission:
            self._was_admitted = True
            self._tell_admission(ARRIVED, at)
        elif self._queue in self._ways.clinics:
            is_to_be_admitted = self._is_new and self._is_first and not self._was_admitted
            self._tell_task(ARRIVED if is_to_be_admitted else WAITING, at)
        elif self._queue in self._ways.pharmacy:
            self._prescribe(at)

    @property
    def _is_first(self) -> bool:
        return self._latest is None or self._latest.nth == 1

    def _come(self, first: str, at: int) -> None:
        """`first`: a queue that comes before the one that was booked."""
        if first:
            self._queue, self._rest = first, [self._queue, *self._rest]
        if not self._has_come:
            self._has_come = True
            self._begin_to_wait(at)

    # What happens at a counter

    def _call(self, queue: str, at: int) -> None:
        if queue != self._queue:
            self._rest = [*(other for other in self._rest if other != queue), self._queue]
            self._queue = queue
            if queue in self._ways.clinics:
                self._book(queue, at, is_appointment=False)
                self._begin_to_wait(at)
        if queue in self._ways.admission:
            self._tell_admission(ADMITTING, at)

    def _serve(self, at: int) -> None:
        if self._queue in self._ways.clinics:
            self._latest = self._bookings.get(self._queue, self._latest)
            self._tell_task(TREATING, at)
        elif self._queue in self._ways.pharmacy:
            self._prescribe(at)
            self._tell_task(PREPARING, at)

    def _leave(self, item: Item, at: int) -> None:
        to, rest = str(item.fields.get("queue") or ""), _rest_of(item, ())
        if self._queue in self._ways.clinics:
            booking = self._latest = self._bookings.get(self._queue, self._latest)
            was_treated = booking is not None and TREATING in booking.told
            # Sent to another clinic that nobody had planned is no end of an untreated visit, nor a way that leads back.
            is_planned = to in self._rest or to in self._ways.pharmacy or to not in self._ways.known
            is_end = not to or was_treated or is_planned
            if is_end and self._queue not in (to, *rest):
                self._tell_task(TREATED, at, queue=next(filter(self._ways.pharmacy.get, (to, *rest)), ""))
        elif self._queue in self._ways.pharmacy:
            self._prescribe(at)
            self._tell_task(READY, at)
        if to:
            self._rest = ()
            self._wait_in(item, at)

    def _prescribe(self, at: int) -> None:
        booking = self._latest
        if booking is not None and ABSENT not in booking.told and not self._has_prescription:
            self._has_prescription = True
            self._tell(booking, What.PHARMACY, at, queue=self._queue)

    def _miss(self, at: int) -> None:
        self._misses += 1
        if self._misses >= self._ways.absent_after:
            self._give_up(at)

    def _give_up(self, at: int, is_withdrawn: bool = False) -> None:
        """Whatever was not begun; who was treated was here, whatever became of the medicine."""
        for booking in self._bookings.values():
            if booking.is_open:
                booking.told.add(ABSENT)
                self._tell(booking, What.TASK, at, task=ABSENT)
                if is_withdrawn:
                    self._tell(booking, What.WITHDRAW, at)

    # Told

    def _tell_admission(self, task: int, at: int) -> None:
        if not self._is_new or not self._is_first:
            return
        if self._latest is not None:
            self._tell_task(task, at)
        elif task not in dict(self._before):
            self._before.append((task, at))

    def _tell_task(self, task: int, at: int, queue: str = "") -> None:
        booking = self._latest
        if booking is not None and task not in booking.told and ABSENT not in booking.told:
            booking.told.add(task)
            self._tell(booking, What.TASK, at, task=task, queue=queue)

    def _tell(
        self, booking: _Booking, what: What, at: int, task: int = 0, queue: str = "", is_appointment: bool = False
    ) -> None:
        self.words.append(Word(self._seq, booking.nth, what, at, task, queue, is_appointment))


def _rest_of(item: Item, otherwise: Sequence[str]) -> Sequence[str]:
    """Who is moved or waits again has the same way before them as ever."""
    stages = (item.fields.get("beside") or [], *(item.fields.get("ahead") or []))
    found = [queue for stage in stages for queue, _ in stage]
    return found if found or item.kind not in ("moved", "reopened") else otherwise
