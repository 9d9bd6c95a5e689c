"""Connections in every state in which an office may find them."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import Connection, insert, update

from queue_service.cursors import begin_cursors
from queue_service.domain.events import to_ms
from queue_service.records.connections import keep_connection
from queue_service.records.healths import Part, State, Tally, write_health
from queue_service.records.plans import ConnectionPlan
from queue_service.records.tables import connections, deliveries
from queue_service.web.house import House
from tests.houses import NINE, RSUD, issue

AGENCY, INSURER, HOSPITAL, MUTE = "agency", "insurer", "hospital", "mute"
UNSET = "ANTREAN_CONNECTION_HOSPITAL_SECRET is not set."
AWAY_SINCE = NINE - timedelta(minutes=95)
DAY = NINE.date()


def tally(part: Part, state: State, minutes: int, **more: object) -> Tally:
    since = to_ms(NINE - timedelta(minutes=minutes))
    return Tally(part, state, since, DAY, **more)  # type: ignore[arg-type]


async def set_up_connections(house: House, *plans: ConnectionPlan) -> None:
    def work(connection: Connection) -> None:
        for plan in plans:
            keep_connection(connection, plan)
        begin_cursors(connection, NINE)

    await house.database.write(work)


def a_plan(name: str, *branches: str, url: str = "https://agency.example/", **settings: object) -> ConnectionPlan:
    return ConnectionPlan(id=name, system="webhook", branches=list(branches), settings={"url": url, **settings})


def delivery(seq: int, lane: str, state: str, error: str = "", day: date = DAY) -> dict[str, object]:
    since, then = to_ms(NINE - timedelta(minutes=12)), to_ms(NINE + timedelta(minutes=2))
    waits = state != "behind"
    times = {"since_ms": since if waits else 0, "next_at_ms": then if waits else 0}
    counts = {"failures": 3 * waits, "refusals": 3 * waits}
    return {"branch": RSUD, "day": day, "seq": seq, "lane": lane, "state": state, "error": error, **times, **counts}


async def wire(house: House) -> None:
    """The agency takes what it is told, but for two numbers; the insurer is away; the hospital's secret is missing;
    nobody serves the mute one. Each is behind by two numbers that were just issued."""
    await set_up_connections(house, *(a_plan(name, RSUD) for name in (AGENCY, INSURER, HOSPITAL, MUTE)))
    for _ in range(2):
        await issue(house)
    now = to_ms(NINE)
    away = {"error": "it cannot be reached: All connection attempts failed", "error_ms": now - 30_000}
    refused = {"error": "it answered 422 Unprocessable: nomor tidak dikenal", "error_ms": now - 720_000}

    def work(connection: Connection) -> None:
        for name in (AGENCY, INSURER):
            served = update(connections).where(connections.c.id == name)
            connection.execute(served.values(owner="somebody", until_ms=now + 30_000))
            write_health(connection, name, tally(Part.BEGINNING, State.RUNS, 200))
        well = tally(Part.OUT, State.RUNS, 200, success_ms=now - 4_000, taken=412, refused=3, **refused)
        write_health(connection, AGENCY, well)
        gone = tally(Part.OUT, State.AWAY, 95, success_ms=now - 5_700_000, taken=88, **away)
        write_health(connection, INSURER, gone)
        write_health(connection, HOSPITAL, tally(Part.BEGINNING, State.NOT_READY, 5, error=UNSET, error_ms=now))
        rows = [
            delivery(1, "B-001", "dead", "it answered 422 Unprocessable: nomor tidak dikenal"),
            delivery(90, "B-001", "behind"),
            delivery(91, "B-001", "behind"),
            delivery(2, "B-002", "waiting", "it answered 409 Conflict"),
        ]
        connection.execute(insert(deliveries), [{"connection": AGENCY, **row} for row in rows])

    await house.database.write(work)
