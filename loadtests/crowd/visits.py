"""What one phone may see of its own ticket, from the first frame to the last. Pure: time is an argument."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Any

from loadtests.crowd.pictures import Picture

Json = dict[str, Any]

SETTLED_SECONDS = 5.0  # within which the ticket's own frame and its queue's must agree
REMEMBERED = 64  # pictures of the past, for comparing with what HTTP says of the same seq
AT_COUNTER = ("called", "serving")


@dataclass
class Sight:
    """The frames of one phone or screen, queue by queue."""

    who: str
    shown: dict[str, Picture] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    _here: dict[str, Picture] = field(default_factory=dict)  # what came on this connection

    def connected(self) -> None:
        """A new connection may begin with older frames than are shown: another worker may be a moment behind."""
        self._here.clear()

    def take(self, picture: Picture) -> bool:
        """Whether it is news: what a new connection begins with, or is no newer than what is shown, is not."""
        before = self._here.get(picture.queue)
        if before is not None and before.epoch == picture.epoch and picture.seq < before.seq:
            self.faults.append(f"{self.who}: {picture.queue} went back from seq {before.seq} to {picture.seq}.")
        self._here[picture.queue] = picture
        shown = self.shown.get(picture.queue)
        is_newer = shown is None or shown.epoch != picture.epoch or picture.seq >= shown.seq
        if is_newer:
            self.shown[picture.queue] = picture
        return before is not None and is_newer and picture.seq != before.seq

    def lags_behind(self, snapshot: Picture) -> bool:
        """A queue's seq is that of its last change, as its worker counts it: other content tells, not the number."""
        shown = self.shown.get(snapshot.queue)
        if shown is None or shown.epoch != snapshot.epoch:
            return shown is None
        return shown.seq < snapshot.seq and not shown.shows(snapshot)


@dataclass
class Visit(Sight):
    """The same for the holder of a ticket, whose place must never lie."""

    label: str = ""
    is_general: bool = True
    ticket: Json | None = None
    returns: set[tuple[str, str]] = field(default_factory=set)
    calls_seen: set[tuple[str, str]] = field(default_factory=set)
    passers: set[str] = field(default_factory=set)
    is_gone: bool = False  # the journal does not hold it any more
    has_stayed: bool = True  # it has waited at its place from the beginning
    _ticket_here: int = -1
    _places: OrderedDict[int, int | None] = field(default_factory=OrderedDict)
    _epoch: str = ""
    _unsettled_since: float | None = None

    def connected(self) -> None:
        super().connected()
        self._ticket_here = -1

    @property
    def state(self) -> str:
        return "" if self.ticket is None else str(self.ticket["state"])

    def take_ticket(self, ticket: Json) -> None:
        if ticket["label"] != self.label:
            self.faults.append(f"{self.who}: was told of {ticket['label']}.")
            return
        before = self.ticket
        if before is not None and ticket.get("epoch") != before.get("epoch"):
            self._ticket_here, before = -1, None  # a backup was restored: what came before is of another journal
        if ticket["seq"] < self._ticket_here:
            self.faults.append(f"{self.who}: the ticket went back from seq {self._ticket_here} to {ticket['seq']}.")
        self._ticket_here = ticket["seq"]
        if before is not None and ticket["seq"] < before["seq"]:
            return  # of a worker that is a moment behind
        self.ticket = ticket
        self._note_step("" if before is None else str(before["state"]), str(ticket["state"]))

    def _note_step(self, before: str, state: str) -> None:
        assert self.ticket is not None
        if state != "waiting" or self.ticket.get("announced_at"):  # called and back again, perhaps unseen
            self.has_stayed = False
        if before == "cancelled" and state != before:
            self.faults.append(f"{self.who}: was cancelled, and is {state}.")
        elif state == "waiting" and before not in ("", "waiting"):
            self.returns.add((self.label, before))
        if state in AT_COUNTER:
            if not self.ticket["counter"]:
                self.faults.append(f"{self.who}: is {state}, and at no counter.")
            self.calls_seen.add((self.label, str(self.ticket["counter"])))

    def take(self, picture: Picture) -> bool:
        is_news = super().take(picture)
        if picture.epoch != self._epoch:
            self._places.clear()
            self._epoch = picture.epoch
        if self.ticket is not None and picture.queue == self.ticket["queue"]:
            self._places[picture.seq] = picture.places.get(self.label)
            while len(self._places) > REMEMBERED:
                self._places.popitem(last=False)
            self._look_ahead(picture)
        return is_news

    def _look_ahead(self, picture: Picture) -> None:
        """Notes who stands before this ticket with a higher number: the books know who has a right to."""
        own = picture.places.get(self.label)
        if own is None or not (self.is_general and self.has_stayed):
            return
        prefix, _, number = self.label.rpartition("-")
        ahead = 0
        for its_prefix, first, last in picture.waiting:
            if ahead >= own:
                return
            if its_prefix == prefix and last > int(number):
                lowest = max(first, int(number) + 1)
                self.passers.update(f"{prefix}-{n:03d}" for n in range(lowest, min(last, first + own - ahead - 1) + 1))
            ahead += last - first + 1

    def settle(self, now: float) -> None:
        """To be asked whenever nothing more is on its way: does the place agree with the ticket?"""
        problem = self._disagreement()
        if problem is None:
            self._unsettled_since = None
        elif self._is_of_one_moment():
            self.faults.append(problem)
            self._unsettled_since = None
        elif self._unsettled_since is None:
            self._unsettled_since = now
        elif now - self._unsettled_since > SETTLED_SECONDS:
            self.faults.append(f"{problem[:-1]}, for {SETTLED_SECONDS:.0f} s.")
            self._unsettled_since = now

    def _picture(self) -> Picture | None:
        return None if self.ticket is None else self._here.get(self.ticket["queue"])

    def _is_of_one_moment(self) -> bool:
        picture = self._picture()
        return self.ticket is not None and picture is not None and picture.seq == self.ticket["seq"]

    def _disagreement(self) -> str | None:
        picture = self._picture()
        if self.ticket is None or picture is None:
            return None
        state, where = self.state, f"{picture.queue} at seq {picture.seq}"
        own, here = picture.places.get(self.label), picture.now.get(self.label)
        told = f"{self.who}: the ticket is {state} at seq {self.ticket['seq']}"
        if state == "waiting" and own is None:
            return f"{told}, and {where} does not show it waiting."
        if state in AT_COUNTER and here != (self.ticket["counter"], state):
            return f"{told} at counter {self.ticket['counter']}, and {where} shows it at {here}."
        if state != "waiting" and own is not None:
            return f"{told}, and {where} shows it waiting behind {own}."
        if state not in AT_COUNTER and here is not None:
            return f"{told}, and {where} shows it at counter {here[0]}."
        return None

    def compare(self, answer: Json) -> bool:
        """With what HTTP says of the same seq, where this phone was shown that seq."""
        if answer["seq"] not in self._places or answer.get("epoch", self._epoch) != self._epoch:
            return False
        place = self._places[answer["seq"]]
        if place != answer["ahead"]:
            told = f"{place} stand before it by the stream and {answer['ahead']} by HTTP"
            self.faults.append(f"{self.who}: at seq {answer['seq']} {told}.")
        return True
