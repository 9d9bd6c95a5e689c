"""A number that leaves its first counter begins a case, and brings it forward, whatever happens to the process."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

from queue_service.app import open_house
from queue_service.domain.actions import CallNext, Complete, Undo
from queue_service.domain.cases import Stage, Step
from queue_service.records.people.retention import Retention
from queue_service.settings import Settings
from tests.cases.offices import (
    CLERK,
    FRONT,
    HAND_OVER,
    LAST_DAY,
    PRINTING,
    REGISTRY,
    VERIFICATION,
    a_case,
    a_registry,
    casework,
    come,
    pass_through,
)
from tests.houses import NINE, Clock


async def test_each_stop_that_is_done_brings_the_paper_forward(tmp_path: Path) -> None:
    clock = Clock()
    async with a_registry(tmp_path, clock) as house:
        case = await a_case(house)
        assert (case.stage, case.service, case.due) == (Stage.RECORDED, "ktp-cetak", NINE + timedelta(hours=24))
        for counter, stage in (
            (VERIFICATION, Stage.VERIFIED),
            (PRINTING, Stage.PRINTED),
            (HAND_OVER, Stage.HANDED_OVER),
        ):
            clock.turn(minutes=5)
            await pass_through(house, counter)
            await casework(house).follow()
            assert (await house.cases.get(case.number)).stage is stage
        steps = await house.cases.steps_of(case.number)
        assert [step.stage for step in steps] == [Stage.RECORDED, Stage.VERIFIED, Stage.PRINTED, Stage.HANDED_OVER]
        assert {step.by for step in steps} == {"visit"}


async def test_who_has_not_left_the_first_counter_has_no_case_and_other_numbers_never(tmp_path: Path) -> None:
    async with a_registry(tmp_path) as house:
        await come(house)
        await come(house, "ikd")  # nothing is printed for it
        await casework(house).follow()
        await house.desk.act(REGISTRY, CallNext(FRONT), CLERK)
        await casework(house).follow()
        assert await house.cases.of_branch(REGISTRY, None) == []


async def test_a_step_that_was_taken_back_and_done_again_is_one_step(tmp_path: Path) -> None:
    async with a_registry(tmp_path) as house:
        follower = casework(house)
        await come(house)
        await pass_through(house, FRONT)
        await follower.follow()
        await house.desk.act(REGISTRY, Undo(FRONT), CLERK)
        await follower.follow()
        await house.desk.act(REGISTRY, Complete(FRONT), CLERK)
        await follower.follow()
        (case,) = await house.cases.of_branch(REGISTRY, None)
        assert (case.stage, case.steps) == (Stage.RECORDED, 1)


async def test_what_a_process_left_undone_before_midnight_is_done_after_it(tmp_path: Path) -> None:
    clock = Clock(LAST_DAY)
    async with a_registry(tmp_path, clock) as house:
        await come(house)
        await pass_through(house, FRONT)
        clock.turn(hours=1)
        await casework(house).follow()
        assert await house.cases.of_ticket(REGISTRY, LAST_DAY.date(), "A-001")


async def test_of_two_processes_that_follow_one_number_each_step_is_taken_once(tmp_path: Path) -> None:
    async with a_registry(tmp_path) as house, AsyncExitStack() as stack:
        settings = Settings(tmp_path, f"sqlite:///{tmp_path / 'antrean.db'}")
        other = await stack.enter_async_context(open_house(settings, Clock()))
        for _ in range(3):
            await come(house)
            await pass_through(house, FRONT)
        await other.floors.catch_up(other.floors.today(REGISTRY))
        await asyncio.gather(*(casework(each).follow() for each in (house, other, house, other)))
        cases = await house.cases.of_branch(REGISTRY, None)
        assert sorted(case.label for case in cases) == ["A-001", "A-002", "A-003"]
        assert {case.steps for case in cases} == {1}


async def test_news_of_the_office_stand_where_the_visit_says_less(tmp_path: Path) -> None:
    clock = Clock()
    async with a_registry(tmp_path, clock) as house:
        case = await a_case(house)
        later = NINE + timedelta(minutes=5)
        await house.cases.step(REGISTRY, case.number, Step(Stage.READY, later), CLERK, later)
        clock.turn(minutes=2)
        await pass_through(house, VERIFICATION)
        await casework(house).follow()
        assert (await house.cases.get(case.number)).stage is Stage.READY


async def test_a_paper_is_forgotten_some_time_after_its_last_step(tmp_path: Path) -> None:
    clock = Clock()
    async with a_registry(tmp_path, clock) as house:
        case = await a_case(house)
        retention = Retention(house.database, house.branches, clock)
        clock.turn(days=179)
        await retention.run()
        assert await house.cases.of_branch(REGISTRY, None) == [case]
        clock.turn(days=2)
        run = await retention.run()
        assert run is not None
        assert [(one.rows, one.left) for one in run.erased if one.field == "case"] == [(1, 0)]
        assert await house.cases.of_branch(REGISTRY, None) == [] and await house.cases.steps_of(case.number) == []
