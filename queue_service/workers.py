"""Several processes behind one port: a parent that starts them, replaces those that end, and ends them all.

Each worker has a listening socket of its own, which the parent holds as well: when a worker dies, those who have just
connected wait there for its successor. Over a line between them a worker says that it answers, and the parent passes on
each signal; a worker whose line ends has lost its parent, and ends too.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from queue_service.faults import Fault
from queue_service.listening import free_port, listening_socket, turn_deaf

log = logging.getLogger("antrean.workers")

WORD = b"."
STABLE_SECONDS = 10.0  # a worker that lives for less has died at once
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0  # seconds before another attempt, after two such deaths in a row
KILL_SECONDS = 15.0  # beyond its window, before a worker that does not end is killed
AT_ONCE_SECONDS = 5.0  # the same after a second signal
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class WorkersFailed(Fault):
    """None has ever answered. What is wrong, the worker has said itself."""


class Worker:
    """A process, and the parent's end of the line to it."""

    def __init__(self, number: int, sock: socket.socket) -> None:
        self.number = number
        self.has_answered = False
        self.status: int | None = None  # once it has ended; negative for a signal
        self._changed = asyncio.Condition()
        self._line, theirs = socket.socketpair()
        self._line.setblocking(False)
        files = (sock.fileno(), theirs.fileno())
        with theirs:
            # A new interpreter, not a fork: after an update it is the new version that starts.
            self._process = subprocess.Popen(  # noqa: S603 - our own command, and numbers
                [sys.executable, "-P", "-m", "queue_service.cli", "worker", *map(str, files)],
                pass_fds=files,
                stdin=subprocess.DEVNULL,
            )
        self._watching = asyncio.create_task(self._watch())

    async def _watch(self) -> None:
        while await self._hears_a_word():
            await self._change(has_answered=True)
        self._line.close()
        await self._change(status=await asyncio.to_thread(self._process.wait))

    async def _hears_a_word(self) -> bool:
        try:
            return bool(await asyncio.get_running_loop().sock_recv(self._line, 1))
        except OSError:
            return False

    async def _change(self, **values: Any) -> None:
        async with self._changed:
            for name, value in values.items():
                setattr(self, name, value)
            self._changed.notify_all()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self.status is not None

    async def comes_up(self) -> bool:
        """Whether it answers; False when it has ended before."""
        async with self._changed:
            await self._changed.wait_for(lambda: self.has_answered or self.has_ended)
        return self.has_answered

    async def until_ended(self) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self.has_ended)

    def end(self) -> None:
        """As it should; at once when it has been told before."""
        with suppress(OSError):
            self._line.send(WORD)

    def kill(self) -> None:
        if not self.has_ended:
            self._process.kill()

    def __str__(self) -> str:
        return f"Worker {self.number} (process {self.pid})"


class Seat:
    """One worker's place among them: its number, and a socket that outlives it."""

    def __init__(self, number: int, host: str, port: int) -> None:
        self.number = number
        self.renewal = asyncio.Event()
        self._address = (host, port)
        self.sock = listening_socket(host, port, is_shared=True)
        self._early_deaths = 0

    def pause_after(self, life_seconds: float) -> float:
        """Before the next attempt, in seconds."""
        self._early_deaths = self._early_deaths + 1 if life_seconds < STABLE_SECONDS else 0
        if self._early_deaths < 2:
            return 0.0
        return min(LONGEST_PAUSE, FIRST_PAUSE * 2.0 ** (self._early_deaths - 2))

    def clear(self) -> None:
        """Its newcomers go to the other workers until someone listens here again."""
        self.sock.close()
        self.sock = listening_socket(*self._address, is_shared=True)


class Workers:
    def __init__(self, host: str, port: int, count: int, drain_seconds: float) -> None:
        """Raises OSError when the port is taken."""
        self.port = free_port(host, port)
        self._seats = [Seat(number, host, self.port) for number in range(1, count + 1)]
        self._drain_seconds = drain_seconds
        self._workers: list[Worker] = []  # with those who are leaving
        self._answering: set[int] = set()  # numbers of which a worker has answered
        self._first_answers = asyncio.Event()
        self._renewing = asyncio.Lock()
        self._stopping = asyncio.Event()
        self._hurry = asyncio.Event()

    async def run(self, on_listening: Callable[[], object]) -> None:
        """Until a signal ends it. Raises WorkersFailed. SIGHUP lets a new worker take each one's place, in turn."""
        filling = [asyncio.create_task(self._fill(seat, on_listening)) for seat in self._seats]
        with self._signals():
            try:
                await _first(self._stopping.wait(), *(_result(task) for task in filling))
            finally:
                for task in filling:
                    task.cancel()
                await self._dismiss()
                await asyncio.gather(*filling, return_exceptions=True)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number, answer in zip(SIGNALS, (self._end, self._end, self._renew), strict=True):
            loop.add_signal_handler(number, answer)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)

    def _end(self) -> None:
        if self._stopping.is_set():
            self._hurry.set()
        self._stopping.set()

    def _renew(self) -> None:
        for seat in self._seats:
            seat.renewal.set()

    # Filling a seat

    async def _fill(self, seat: Seat, on_listening: Callable[[], object]) -> None:
        if seat is not self._seats[0]:
            await self._first_answers.wait()  # what is wrong with the set-up is said once; migrations run once
        while True:
            worker, life = self._start(seat), 0.0  # however long it took to fail: it never lived
            if await worker.comes_up():
                answered = time.monotonic()
                self._greet(seat, on_listening)
                worker = await self._attend(seat, worker)
                life = time.monotonic() - answered
            elif not self._answering:
                raise WorkersFailed(f"{worker} ended with status {worker.status} before it could answer.")
            pause = seat.pause_after(life)
            log.error("%s ended with status %s; the next starts in %g seconds.", worker, worker.status, pause)
            if pause:
                seat.clear()
                await asyncio.sleep(pause)

    def _start(self, seat: Seat) -> Worker:
        seat.renewal.clear()
        self._workers = [worker for worker in self._workers if not worker.has_ended]
        self._workers.append(Worker(seat.number, seat.sock))
        return self._workers[-1]

    def _greet(self, seat: Seat, on_listening: Callable[[], object]) -> None:
        self._first_answers.set()
        before = len(self._answering)
        self._answering.add(seat.number)
        if before < len(self._answering) == len(self._seats):
            on_listening()

    async def _attend(self, seat: Seat, worker: Worker) -> Worker:
        """Whoever held this seat last, once it is empty: on a renewal others take it."""
        while True:
            await _first(worker.until_ended(), seat.renewal.wait())
            if worker.has_ended:
                return worker
            async with self._renewing:
                if seat.renewal.is_set():  # still: none before it failed
                    worker = await self._relieve(seat, worker)

    async def _relieve(self, seat: Seat, old: Worker) -> Worker:
        new = self._start(seat)
        if not await new.comes_up():
            log.error("%s ended with status %s before it could answer; %s stays.", new, new.status, old)
            for other in self._seats:
                other.renewal.clear()
            return old
        old.end()
        await _first(old.until_ended(), new.until_ended(), asyncio.sleep(self._drain_seconds + KILL_SECONDS))
        if not new.has_ended:
            old.kill()  # its time is over, if it is still there
        log.info("%s has taken the place of %s.", new, old)
        return new

    # The end

    async def _dismiss(self) -> None:
        """Those who have connected are still taken, nobody is after them."""
        for seat in self._seats:
            turn_deaf(seat.sock)
            seat.sock.close()
        leaving = [worker for worker in self._workers if not worker.has_ended]
        everyone = asyncio.gather(*(worker.until_ended() for worker in leaving))
        for worker in leaving:
            worker.end()
        await _first(_result(everyone), self._hurry.wait(), asyncio.sleep(self._drain_seconds + KILL_SECONDS))
        for worker in leaving:
            worker.end()
        await _first(_result(everyone), asyncio.sleep(AT_ONCE_SECONDS))
        for worker in leaving:
            worker.kill()
        await everyone


async def _first(*things: Coroutine[Any, Any, object]) -> None:
    """Until one of them is done, or has failed; the others are given up."""
    tasks = [asyncio.create_task(thing) for thing in things]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()


async def _result(of: asyncio.Future[Any]) -> None:
    await asyncio.shield(of)


class Parent:
    """The worker's end of the line."""

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._line.setblocking(False)

    def tell(self) -> None:
        """That this worker answers."""
        with suppress(OSError):  # a parent that has gone is noticed by reading
            self._line.send(WORD)

    def obey(self, end: Callable[[], object]) -> None:
        """Calls `end` at each word of the parent's, and when there is no parent any more."""
        asyncio.get_running_loop().add_reader(self._line, self._hear, end)

    def _hear(self, end: Callable[[], object]) -> None:
        words = self._line.recv(16)
        for _ in words or WORD:
            end()
        if not words:
            asyncio.get_running_loop().remove_reader(self._line)


def leave_signals_to_parent() -> None:
    """A terminal and a service manager send theirs to every process; each must count once."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
