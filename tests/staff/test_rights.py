"""Roles and rights: the published table, and what a grant gives where."""

from __future__ import annotations

from pathlib import Path

import pytest

from queue_service.records.roles import RIGHTS, Right, Role
from queue_service.records.staff.grants import Grant, Staff

HERE, ELSEWHERE = "sini", "sana"


def somebody(*grants: Grant, scopes: frozenset[Right] | None = None) -> Staff:
    return Staff("clerk:0", grants, scopes)


def test_each_of_three_roles_includes_the_one_before() -> None:
    assert RIGHTS[Role.CLERK] < RIGHTS[Role.SUPERVISOR] < RIGHTS[Role.ADMINISTRATOR] == frozenset(Right)


def test_a_head_reads_what_a_supervisor_reads_and_answers_those_who_complain() -> None:
    readable = {right for right in RIGHTS[Role.SUPERVISOR] if right.endswith(":read")}
    assert RIGHTS[Role.HEAD] == readable | {Right.ANSWER_COMPLAINTS}
    assert Right.READ_REPORTS in readable


@pytest.mark.parametrize("role", [Role.INTEGRATION, Role.DEVICE])
def test_what_is_no_person_touches_no_staff_no_set_up_and_nobodys_name(role: Role) -> None:
    kept = {Right.CHANGE_STAFF, Right.CHANGE_KEYS, Right.CHANGE_SETUP, Right.REVEAL_PEOPLE, Right.CHANGE_DEVICES}
    assert not RIGHTS[role] & kept


def test_a_grant_is_for_its_branch() -> None:
    clerk = somebody(Grant(Role.CLERK, HERE))
    assert clerk.may(Right.SERVE, HERE)
    assert not clerk.may(Right.SERVE, ELSEWHERE)
    assert not clerk.may(Right.SET_QUEUES, HERE)
    assert not clerk.may(Right.SERVE, None)
    assert clerk.branches_with(Right.SERVE, [ELSEWHERE, HERE]) == [HERE]


def test_a_grant_for_all_branches_is_also_for_what_is_of_none() -> None:
    head = somebody(Grant(Role.HEAD))
    assert head.may(Right.READ_REPORTS, HERE) and head.may(Right.READ_REPORTS, None)
    assert not head.may(Right.SERVE, HERE)


def test_several_grants_add_up() -> None:
    both = somebody(Grant(Role.CLERK, HERE), Grant(Role.SUPERVISOR, ELSEWHERE))
    assert both.may(Right.SET_QUEUES, ELSEWHERE) and not both.may(Right.SET_QUEUES, HERE)
    assert both.may_somewhere(Right.SET_QUEUES)


def test_scopes_take_away_and_never_add() -> None:
    key = somebody(Grant(Role.INTEGRATION, HERE), scopes=frozenset({Right.READ_QUEUES, Right.CHANGE_STAFF}))
    assert key.may(Right.READ_QUEUES, HERE)
    assert not key.may(Right.ISSUE, HERE)
    assert not key.may(Right.CHANGE_STAFF, HERE)


def test_the_queues_of_grants_add_up_and_one_without_is_for_all() -> None:
    ktp, akta = (Grant(Role.CLERK, HERE, frozenset({queue})) for queue in ("ktp", "akta"))
    assert somebody(ktp).queues_at(HERE) == frozenset({"ktp"})
    assert somebody(ktp, akta).queues_at(HERE) == frozenset({"ktp", "akta"})
    assert somebody(ktp, Grant(Role.SUPERVISOR)).queues_at(HERE) is None
    assert somebody(ktp, Grant(Role.HEAD, HERE)).queues_at(HERE) == frozenset({"ktp"})


def test_the_table_is_published_as_it_is() -> None:
    text = (Path(__file__).parents[2] / "docs" / "staff.md").read_text(encoding="utf-8")
    published = {
        role: {
            Right(cells[1].strip(" `"))
            for line in text.splitlines()
            if len(cells := line.split("|")) == 9 and cells[1].strip().startswith("`")
            if cells[2 + place].strip() == "yes"
        }
        for place, role in enumerate(Role)
    }
    assert published == {role: set(rights) for role, rights in RIGHTS.items()}
