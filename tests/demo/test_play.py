"""The living day on a real house: people come, are served, and make room for real ones."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from queue_service.app import open_house
from queue_service.demo import stage as stage_module
from queue_service.demo.casts import CASTS
from queue_service.demo.opening import NotOurs, take_up_examples
from queue_service.demo.play import FIRST_IN_LINE, open_doors, play
from queue_service.demo.shapes import read_shapes
from queue_service.demo.stage import BY, Stage
from queue_service.demo.visitors import TOO_LONG, Holding, give_up, step_away
from queue_service.domain.actions import CallNext, Cancel, Issue, SetCounter
from queue_service.domain.counters import CounterState
from queue_service.domain.events import Called, Completed, CounterSet, Entry, Issued, Served, Transferred
from queue_service.domain.floors import Floor
from queue_service.domain.tickets import Status
from queue_service.floors import wall_clock
from queue_service.records.setup_files import read_setup
from queue_service.settings import Settings
from queue_service.web.house import House

SPEED = 600
PATIENCE_SECONDS = 90  # on a machine that has much else to do
RSUD = "rsud-lahat"
CLERK = "clerk:1234abcd"
VISITOR = "visitor"
TAKE_OVER = SetCounter("1", CounterState.PAUSED, ("pendaftaran", "farmasi"))  # a change even during a clerk's break


@pytest.fixture
async def settings(tmp_path: Path) -> Settings:
    return Settings.from_environment({"ANTREAN_DATA_DIR": str(tmp_path)})


@pytest.fixture
async def house(settings: Settings) -> AsyncIterator[House]:
    async with open_house(settings) as house:
        await take_up_examples(house, settings)
        yield house


@pytest.fixture
async def living(house: House) -> AsyncIterator[Stage]:
    """The play, going on."""
    stage = a_stage(house)
    await open_doors(stage)
    playing = asyncio.create_task(play(stage))
    yield stage
    playing.cancel()
    with pytest.raises(asyncio.CancelledError):  # an exception that nobody foresaw fails the test here
        await playing


def a_stage(house: House) -> Stage:
    return Stage(house, read_shapes(), Random(11), SPEED)


async def entries_of(house: House, branch: str = RSUD) -> list[Entry]:
    return await house.journal.read(house.floors.today(branch))


async def until(is_so: Callable[[Floor], bool], house: House, branch: str = RSUD) -> Floor:
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not is_so(floor := await house.floors.get_today(branch)):
            await asyncio.sleep(0.02)
    return floor


def is_done(count: int) -> Callable[[Floor], bool]:
    return lambda floor: done_on(floor) >= count


def done_on(floor: Floor) -> int:
    return sum(ticket.status is Status.COMPLETED for ticket in floor.tickets.values())


async def test_those_who_stood_outside_are_there_when_the_day_begins(house: House) -> None:
    await open_doors(a_stage(house))
    for branch in CASTS:
        floor = await house.floors.get_today(branch)
        assert {queue: len(floor.line(queue)) for queue in CASTS[branch].queues} == {
            queue: FIRST_IN_LINE if cast.an_hour else 0 for queue, cast in CASTS[branch].queues.items()
        }


async def test_a_second_beginning_finds_the_line_of_the_first(house: House) -> None:
    await open_doors(a_stage(house))
    await open_doors(a_stage(house))
    assert len((await house.floors.get_today(RSUD)).tickets) == 4 * FIRST_IN_LINE


async def test_a_day_lives_by_the_actions_that_people_take(house: House, living: Stage) -> None:
    floor = await until(is_done(40), house)
    kinds = {type(entry.event) for entry in await entries_of(house)}
    assert {Issued, CounterSet, Called, Served, Completed, Transferred} <= kinds
    assert all(len(floor.line(queue)) <= 2 * TOO_LONG for queue in CASTS[RSUD].queues)
    assert {entry.by.partition(":")[0] for entry in await entries_of(house)} == {"demo"}
    assert living.refused.keys() <= {"not_allowed", "nobody_waiting", "nobody_at_counter"}
    assert living.done["CallNext"] > 0


async def test_every_counter_of_both_branches_is_at_work(house: House, living: Stage) -> None:
    for branch in CASTS:
        counters = house.branches.get(branch).counters.keys()
        await until(lambda floor, counters=counters: floor.counters.keys() == counters, house, branch)  # type: ignore[misc]


async def test_a_person_who_takes_over_a_counter_keeps_it(house: House, living: Stage) -> None:
    await until(is_done(3), house)
    await house.desk.act(RSUD, TAKE_OVER, CLERK)
    before = done_on(await house.floors.get_today(RSUD))
    # What the clerk had begun at that very moment is over when others have come so far.
    taken_at = (await until(is_done(before + 3), house)).seq
    await until(is_done(before + 25), house)
    later = [entry for entry in await entries_of(house) if entry.seq > taken_at]
    assert len(later) > 20
    assert [entry for entry in later if getattr(entry.event, "counter", None) == "1"] == []


async def test_a_counter_that_a_person_has_left_is_taken_up_again(
    house: House, living: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stage_module, "LEFT_ALONE_SECONDS", 0.2)
    await until(is_done(3), house)
    await house.desk.act(RSUD, TAKE_OVER, CLERK)
    assert (await house.floors.get_today(RSUD)).counter("1").by == CLERK
    await until(lambda floor: floor.counter("1").by.startswith(BY), house)


async def test_nobody_comes_by_themselves_to_a_queue_that_another_system_feeds(house: House) -> None:
    stage = a_stage(house)
    stage.fed = {(RSUD, "poli-dalam")}
    await open_doors(stage)
    floor = await house.floors.get_today(RSUD)
    assert {queue: len(floor.line(queue)) for queue in CASTS[RSUD].queues} == {
        **dict.fromkeys(CASTS[RSUD].queues, FIRST_IN_LINE),
        "poli-dalam": 0,
    }
    cast = CASTS[RSUD].without_arrivals({"poli-dalam"})
    assert cast.queues["poli-dalam"].an_hour == 0 and cast.queues["poli-dalam"].onward == {"farmasi": 0.7}
    assert not any("poli-dalam" in each.onward for each in cast.queues.values())
    assert cast.queues["poli-anak"] == CASTS[RSUD].queues["poli-anak"]
    await house.desk.act(RSUD, Issue("poli-dalam"), "system:simrs-tiruan")
    assert stage.is_ours(RSUD, floor.day, "C-001")  # and is served as everybody in the play


async def test_the_play_goes_on_into_a_new_day(house: House, living: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    before = await until(is_done(3), house)
    monkeypatch.setattr(house.floors, "clock", lambda: wall_clock() + timedelta(days=1))
    everywhere = before.branch.counters.keys()
    after = await until(lambda floor: is_done(3)(floor) and floor.counters.keys() == everywhere, house)
    assert after.day == before.day + timedelta(days=1)
    assert not living.is_ours(RSUD, before.day, "A-001")


async def test_a_person_with_a_number_is_called_and_served_and_never_missed(
    house: House, living: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("queue_service.demo.steps.PERSON_LEAST", 0.1)
    told = await house.desk.act(RSUD, Issue("pendaftaran"), VISITOR, answer=lambda floor, events, now: {"l": events})
    label = told["l"][0].label
    await until(lambda floor: floor.tickets[label].status is Status.COMPLETED, house)
    kinds = [entry.event.kind for entry in await entries_of(house) if getattr(entry.event, "label", None) == label]
    assert kinds[:3] == ["issued", "called", "serving"]
    assert not {"no_show", "recalled", "held", "requeued", "cancelled"} & set(kinds)


async def test_a_refusal_is_counted_by_its_code(house: House) -> None:
    stage = a_stage(house)
    assert await stage.act(RSUD, CallNext("1"), "counter-1") is None
    assert await stage.act(RSUD, Cancel("A-001"), "visitor") is None
    assert stage.refused == {"counter_closed": 1, "not_found": 1}
    assert stage.done == {}


async def test_an_exception_that_nobody_foresaw_ends_the_play(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("queue_service.demo.steps.pace", lambda waiting: 1 / 0)
    stage = a_stage(house)
    await open_doors(stage)
    with pytest.raises(ExceptionGroup) as group:
        async with asyncio.timeout(30):
            await play(stage)
    assert group.group_contains(ZeroDivisionError)


async def test_visitors_change_their_minds(house: House) -> None:
    stage = a_stage(house)
    for _ in range(2):
        await stage.act(RSUD, Issue("farmasi"), "visitor")
    branch, day = house.floors.today(RSUD)
    await asyncio.gather(give_up(stage, Holding(branch, day, "D-001")), step_away(stage, Holding(branch, day, "D-002")))
    floor = await house.floors.get_today(RSUD)
    assert floor.tickets["D-001"].status is Status.CANCELLED
    assert floor.tickets["D-002"].status is Status.WAITING
    assert floor.tickets["D-002"].has_stepped_away


async def test_only_the_tickets_of_the_play_are_its_own_and_those_done_are_forgotten(house: House) -> None:
    stage = a_stage(house)
    await stage.act(RSUD, Issue("farmasi"), "visitor")
    await house.desk.act(RSUD, Issue("farmasi"), VISITOR)
    day = house.floors.today(RSUD)[1]
    assert [stage.is_ours(RSUD, day, label) for label in ("D-001", "D-002")] == [True, False]
    again = a_stage(house)
    await again.recognise(RSUD)
    assert [again.is_ours(RSUD, day, label) for label in ("D-001", "D-002")] == [True, False]
    await stage.act(RSUD, Cancel("D-001"), "visitor")
    assert not stage.is_ours(RSUD, day, "D-001")


OFFICE = """
branches:
  - id: kecamatan
    name: Kecamatan
    queues: [{id: umum, prefix: A, name: Umum}]
    counters: [{id: "1", name: Loket 1, queues: [umum]}]
"""


async def test_the_play_refuses_a_real_office(settings: Settings) -> None:
    async with open_house(settings) as house:
        await house.branches.set_up(read_setup(OFFICE, "office"))
        await house.branches.refresh()
        with pytest.raises(NotOurs, match=r"“kecamatan”.*ANTREAN_DATA_DIR="):
            await take_up_examples(house, settings)
        assert list(house.branches.all) == ["kecamatan"]


async def test_the_play_refuses_an_example_that_somebody_has_changed(settings: Settings) -> None:
    async with open_house(settings) as house:
        await house.branches.set_up(read_setup(OFFICE.replace("kecamatan", RSUD), "office"))
        await house.branches.refresh()
        with pytest.raises(NotOurs, match=f"“{RSUD}”"):
            await take_up_examples(house, settings)


async def test_the_examples_may_be_there_already(house: House, settings: Settings) -> None:
    await take_up_examples(house, settings)
    assert [id_ for id_, branch in house.branches.all.items() if branch.team is None] == list(CASTS)
