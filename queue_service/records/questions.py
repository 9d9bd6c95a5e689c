"""What people want to know of another system about a day: asked by whoever serves connections, who has the way out.

The answer is kept until it is asked for again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Connection, insert, select, update

from queue_service.records.tables import connections, questions


class Stage(StrEnum):
    ASKED = "asked"  # and nobody has begun
    BEGUN = "begun"
    ANSWERED = "answered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Question:
    """`told`: the answer as JSON; of one that failed the sentence that says why. `at_ms`: of the stage."""

    stage: Stage
    at_ms: int
    told: str


def ask(connection: Connection, name: str, day: date, at_ms: int) -> None:
    held = select(connections.c.id).where(connections.c.id == name).with_for_update()  # one after the other
    if connection.execute(held).first() is None:
        return
    values = {"stage": Stage.ASKED, "at_ms": at_ms, "told": ""}
    known = update(questions).where(questions.c.connection == name, questions.c.day == day)
    if connection.execute(known.values(**values)).rowcount == 0:
        connection.execute(insert(questions).values(connection=name, day=day, **values))


def find_question(connection: Connection, name: str, day: date) -> Question | None:
    known = select(questions).where(questions.c.connection == name, questions.c.day == day)
    row = connection.execute(known).one_or_none()
    return None if row is None else Question(Stage(row.stage), row.at_ms, row.told)


def read_asked(connection: Connection) -> list[tuple[str, date]]:
    wanted = select(questions.c.connection, questions.c.day).where(questions.c.stage == Stage.ASKED)
    return [(row.connection, row.day) for row in connection.execute(wanted)]


def take_up_question(connection: Connection, name: str, day: date) -> bool:
    """Whether it is ours: of several processes one asks."""
    of_it = questions.c.connection == name, questions.c.day == day, questions.c.stage == Stage.ASKED
    return connection.execute(update(questions).where(*of_it).values(stage=Stage.BEGUN)).rowcount == 1


def answer(connection: Connection, name: str, day: date, found: Question) -> None:
    of_it = questions.c.connection == name, questions.c.day == day
    values = {"stage": found.stage, "at_ms": found.at_ms, "told": found.told}
    connection.execute(update(questions).where(*of_it).values(**values))
