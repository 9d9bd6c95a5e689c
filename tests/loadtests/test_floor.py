from loadtests.busy_day import ENTRIES, TICKETS, busy_day, busy_plan
from loadtests.floor import floor
from queue_service.domain.floors import Floor
from queue_service.domain.fold import apply


def test_the_busy_day_is_a_day_that_the_rules_allow() -> None:
    branch = busy_plan().branches[0].branch()
    full, entries = busy_day(branch)
    again = Floor(branch, full.day)
    for entry in entries:
        apply(again, entry)
    assert again == full
    assert (len(again.tickets), again.seq) == (TICKETS, ENTRIES)


def test_the_floor_that_is_timed_is_the_one_that_was_written() -> None:
    assert all(result.value > 0 for result in floor(1))
