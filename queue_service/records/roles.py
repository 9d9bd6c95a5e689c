"""Who may do what: one table, which docs/staff.md repeats and a test compares."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    CLERK = "clerk"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    HEAD = "head"
    INTEGRATION = "integration"
    DEVICE = "device"


class Right(StrEnum):
    """Also the scopes of keys. What ends in `:read` changes nothing."""

    READ_COUNTERS = "counters:read"
    SERVE = "counters:serve"  # open a counter, call, complete and all else that is done at one
    READ_QUEUES = "queues:read"
    SET_QUEUES = "queues:write"  # open, pause and close them
    GIVE_NOTICES = "notices:write"
    ISSUE = "tickets:issue"
    CORRECT_TICKETS = "tickets:correct"  # another class; an emergency before all
    READ_APPOINTMENTS = "appointments:read"
    CHANGE_APPOINTMENTS = "appointments:write"
    READ_REQUESTS = "requests:read"  # for visits
    ENTER_REQUESTS = "requests:write"  # for those who wrote or called; and note what the pre-check found
    DECIDE_REQUESTS = "requests:decide"  # ask back, decline, merge
    FIND_PEOPLE = "people:find"  # by name, phone or NIK; what is found is shown in part
    REVEAL_PEOPLE = "people:reveal"  # in full, with a reason that is kept
    READ_CASES = "cases:read"
    CHANGE_CASES = "cases:write"  # how far papers are: by hand, or from an office's export
    READ_COMPLAINTS = "complaints:read"
    ANSWER_COMPLAINTS = "complaints:answer"  # and close them, and pass them on
    READ_REPORTS = "reports:read"
    READ_DEVICES = "devices:read"
    CHANGE_DEVICES = "devices:write"  # pair and revoke them
    READ_SCREENS = "screens:read"
    READ_SETUP = "setup:read"
    CHANGE_SETUP = "setup:write"
    READ_STAFF = "staff:read"
    CHANGE_STAFF = "staff:write"
    READ_KEYS = "keys:read"
    CHANGE_KEYS = "keys:write"
    READ_AUDIT = "audit:read"
    TAKE_TO_FIELD = "field:write"  # take a team's day along, and have it taken back from who has it


_CLERKS = frozenset(
    {
        Right.READ_COUNTERS,
        Right.SERVE,
        Right.READ_QUEUES,
        Right.ISSUE,
        Right.CORRECT_TICKETS,
        Right.READ_APPOINTMENTS,
        Right.CHANGE_APPOINTMENTS,
        Right.READ_REQUESTS,
        Right.ENTER_REQUESTS,
        Right.FIND_PEOPLE,
        Right.READ_CASES,
        Right.CHANGE_CASES,
        Right.READ_SCREENS,
    }
)
_SUPERVISORS = _CLERKS | {
    Right.SET_QUEUES,
    Right.GIVE_NOTICES,
    Right.CORRECT_TICKETS,
    Right.DECIDE_REQUESTS,
    Right.REVEAL_PEOPLE,
    Right.READ_COMPLAINTS,
    Right.ANSWER_COMPLAINTS,
    Right.READ_REPORTS,
    Right.READ_DEVICES,
    Right.CHANGE_DEVICES,
    Right.READ_SETUP,
    Right.READ_STAFF,
    Right.READ_AUDIT,
    Right.TAKE_TO_FIELD,
}

RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.CLERK: _CLERKS,
        Role.SUPERVISOR: _SUPERVISORS,
        Role.ADMINISTRATOR: frozenset(Right),
        # Who answers for a branch answers also those who complain about it.
        Role.HEAD: frozenset(right for right in _SUPERVISORS if right.endswith(":read")) | {Right.ANSWER_COMPLAINTS},
        # At most; each key of this role names its own.
        Role.INTEGRATION: _CLERKS
        | {Right.SET_QUEUES, Right.GIVE_NOTICES, Right.READ_REPORTS, Right.READ_DEVICES, Right.TAKE_TO_FIELD},
        Role.DEVICE: frozenset({Right.READ_SCREENS, Right.READ_QUEUES, Right.ISSUE}),
    }
)

# What a person may be; the others are for keys.
ROLES_OF_PEOPLE = (Role.CLERK, Role.SUPERVISOR, Role.ADMINISTRATOR, Role.HEAD)
