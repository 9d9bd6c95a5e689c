from __future__ import annotations

import pytest

from queue_service.domain.errors import NotAllowed
from queue_service.domain.tickets import TRANSITIONS, Action, Status, Ticket
from tests.domain.examples import CLINIC, NINE


def a_ticket(status: Status) -> Ticket:
    return Ticket("A-001", "A", 1, CLINIC, status, due=NINE, issued_at=NINE, changed=1)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("action", Action)
def test_every_cell_of_the_table_of_transitions(action: Action, status: Status) -> None:
    allowed, target = TRANSITIONS[action]
    if status in allowed:
        after = a_ticket(status).after(action, seq=9)
        assert (after.status, after.changed) == (target, 9)
    else:
        with pytest.raises(NotAllowed, match="A-001"):
            a_ticket(status).after(action, seq=9)


def test_a_no_show_can_come_back() -> None:
    missed = a_ticket(status=Status.NO_SHOW)
    assert missed.after(Action.REQUEUE, seq=2).status is Status.WAITING


def test_nothing_leads_out_of_a_cancelled_ticket_but_the_word_of_a_system_that_leads() -> None:
    leads_out = {action for action, (allowed, _) in TRANSITIONS.items() if Status.CANCELLED in allowed}
    assert leads_out == {Action.REOPEN}


def test_each_status_is_reached_by_some_action() -> None:
    reached = {target for _, target in TRANSITIONS.values()}
    assert reached == set(Status)
