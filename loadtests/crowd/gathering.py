"""What happens around a run: options, counters for the clerks, one set of books on the master, and the last word.

Locust's master and its workers are processes of their own, perhaps on other machines. Each worker keeps books; it sends
what is new with its regular reports, and the rest when the hall closes. A single process does the same with itself.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gevent
from gevent.event import Event
from locust import events
from locust.env import Environment
from locust.rpc import Message
from locust.runners import MasterRunner, WorkerRunner

from loadtests.crowd.hall import hall
from loadtests.crowd.summaries import summary

GRACE_SECONDS = 20.0  # for everyone to get the answers that are still on their way
CLOSE, CLOSED, CUT = "close the hall", "the hall is closed", "cut every connection"
COUNTER_WANTED, COUNTER_GIVEN = "a counter is wanted", "a counter is given"

_still_open: set[str] = set()  # workers that the master waits for
_all_closed = Event()


@events.init_command_line_parser.add_listener
def add_options(parser: Any) -> None:
    add = parser.add_argument
    add("--branch", env_var="ANTREAN_LOAD_BRANCH", default="", help="where everything happens; otherwise the first one")
    key = "of a clerk there; without it nobody is called"
    add("--key", env_var="ANTREAN_LOAD_KEY", default="", is_secret=True, help=key)
    add("--scale", env_var="ANTREAN_LOAD_SCALE", type=float, default=1.0, help="factor on the people of a shape")
    add("--speed", env_var="ANTREAN_LOAD_SPEED", type=float, default=1.0, help="how much faster than life")
    add("--quota", env_var="ANTREAN_LOAD_QUOTA", type=int, default=300, help="how many numbers the opening has to give")
    add("--told", env_var="ANTREAN_LOAD_TOLD", default="", help="the file for all that people were told, as JSON")


@events.init.add_listener
def begin(environment: Environment, runner: Any, **_: object) -> None:
    environment.stop_timeout = environment.stop_timeout or GRACE_SECONDS
    runner.register_message(CUT, _cut)
    runner.register_message(COUNTER_WANTED, _give_counter)
    runner.register_message(COUNTER_GIVEN, _take_counter)
    runner.register_message(CLOSE, _close_worker, concurrent=True)
    runner.register_message(CLOSED, _note_closed)


@events.test_start.add_listener
def open_hall(environment: Environment, **_: object) -> None:
    hall.open(environment)


# Counters: a clerk has one to itself, whichever worker it is in.


def _give_counter(environment: Environment, msg: Message, **_: object) -> None:
    given = hall.counters.pop(0) if hall.counters else None
    assert environment.runner is not None
    environment.runner.send_message(COUNTER_GIVEN, {"counter": given}, client_id=msg.node_id)


def _take_counter(msg: Message, **_: object) -> None:
    hall.clerks_waiting.popleft().set(msg.data["counter"])


def ask_for_counter() -> str | None:
    """None when all are taken."""
    assert hall.environment.runner is not None
    mine = hall.wait_for_counter()
    hall.environment.runner.send_message(COUNTER_WANTED, {})
    counter: str | None = mine.get()
    return counter


# Losing every connection at once.


def cut_all() -> None:
    assert hall.environment.runner is not None
    hall.environment.runner.send_message(CUT, {})


def _cut(**_: object) -> None:
    for follower in tuple(hall.followers):
        follower.cut()


# Books


@events.report_to_master.add_listener
def send_books(data: dict[str, Any], **_: object) -> None:
    data["books"] = hall.take_books()


@events.worker_report.add_listener
def add_books(data: dict[str, Any], **_: object) -> None:
    if "books" in data:
        hall.books.add(data.pop("books"))


@events.test_stopping.add_listener
def close_hall(environment: Environment, **_: object) -> None:
    """Before anybody is stopped the hard way: nobody asks for anything new, and what was asked gets its answer."""
    runner = environment.runner
    if not isinstance(runner, MasterRunner):
        _send_home()
        return
    _still_open.update(client.id for client in runner.clients.all)
    _all_closed.clear()
    if _still_open:
        runner.send_message(CLOSE)
        _all_closed.wait(2 * GRACE_SECONDS)


def _send_home() -> None:
    for person in tuple(hall.people):
        person.leaving.set()
    with gevent.Timeout(GRACE_SECONDS, False):
        while hall.pending or hall.people:
            gevent.sleep(0.05)


def _close_worker(environment: Environment, **_: object) -> None:
    _send_home()
    assert environment.runner is not None
    environment.runner.send_message(CLOSED, hall.take_books())


def _note_closed(msg: Message, **_: object) -> None:
    hall.books.add(msg.data)
    _still_open.discard(msg.node_id)
    if not _still_open:
        _all_closed.set()


@events.quitting.add_listener
def tell(environment: Environment, **_: object) -> None:
    """The last word: the summary, the file, the exit code."""
    if isinstance(environment.runner, WorkerRunner):
        environment.process_exit_code = 0  # the master judges
        return
    hall.books.unanswered.update(hall.unanswered())
    if environment.parsed_options and environment.parsed_options.told:
        Path(environment.parsed_options.told).write_text(json.dumps(hall.books.written()))
    text, wrong = summary(hall, environment.stats)
    print(text, flush=True)
    environment.process_exit_code = 1 if wrong else 0
