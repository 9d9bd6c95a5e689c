"""What the crowd checks, frame by frame and book by book."""

from typing import Any

import pytest

from loadtests.crowd.books import GENERAL, Books
from loadtests.crowd.hours import people_at
from loadtests.crowd.pictures import Album, Picture
from loadtests.crowd.visits import SETTLED_SECONDS, Sight, Visit

Frame = dict[str, Any]


def a_frame(seq: int = 10, **fields: Any) -> Frame:
    known = {"type": "queue", "branch": "b", "queue": "umum", "epoch": "e", "seq": seq, "at": 1, "state": "open"}
    return {**known, "waiting": [["A", 1, 3]], "now": [], "wait": [], "why": [], **fields}


def a_picture(seq: int = 10, **fields: Any) -> Picture:
    return Picture(a_frame(seq, **fields))


def a_ticket(state: str = "waiting", seq: int = 10, counter: str | None = None, label: str = "A-002") -> Frame:
    return {"type": "ticket", "label": label, "queue": "umum", "state": state, "counter": counter, "seq": seq}


def a_visit(label: str = "A-002", *, is_general: bool = True) -> Visit:
    return Visit(label, label=label, is_general=is_general)


def test_a_picture_counts_who_stands_before_whom() -> None:
    picture = a_picture(waiting=[["B", 7, 7], ["A", 2, 3]])
    assert picture.places == {"B-007": 0, "A-002": 1, "A-003": 2}
    assert picture.faults == []


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"waiting": [["A", 1, 3], ["A", 2, 2]]}, "waits twice"),
        ({"now": [["A-002", "1", "called"]]}, "is called and waits"),
        ({"now": [["A-008", "1", "called"], ["A-008", "2", "called"]]}, "two counters"),
        ({"now": [["A-008", "1", "called"], ["A-009", "1", "serving"]]}, "has two visitors"),
        ({"now": [["Siti", "1", "called"]]}, "nobody can read"),
        ({"now": [["A-008", "1", "waiting"]]}, "nobody can read"),
    ],
)
def test_a_picture_that_cannot_be_is_a_fault(fields: Frame, sentence: str) -> None:
    assert any(sentence in fault for fault in a_picture(**fields).faults)


def test_one_state_has_one_picture_whatever_caused_it() -> None:
    album = Album()
    album.of(a_frame(why=[["A-001", "issued"]]))
    album.of(a_frame(why=[], day="2026-11-23"))
    assert album.take_faults() == []
    album.of(a_frame(waiting=[["A", 1, 2]]))
    assert ["two pictures at seq 10" in fault for fault in album.take_faults()] == [True]
    assert album.take_faults() == []


def test_a_seq_may_fall_on_a_new_connection_and_never_on_the_same() -> None:
    sight = Sight("screen")
    assert not sight.take(a_picture(5))  # what a connection begins with is no news
    assert sight.take(a_picture(6))
    sight.connected()
    assert not sight.take(a_picture(4))
    assert sight.shown["umum"].seq == 6
    assert sight.faults == []
    sight.take(a_picture(3))
    assert sight.faults == ["screen: umum went back from seq 4 to 3."]


def test_a_new_epoch_begins_anew() -> None:
    sight = Sight("screen")
    sight.take(a_picture(500))
    sight.take(a_picture(3, epoch="restored"))
    assert (sight.shown["umum"].seq, sight.faults) == (3, [])


def test_only_other_content_makes_a_phone_lag_behind() -> None:
    sight = Sight("screen")
    sight.take(a_picture(5))
    assert not sight.lags_behind(a_picture(9))  # nothing happened here; another worker counts differently
    assert sight.lags_behind(a_picture(9, waiting=[["A", 2, 3]]))
    assert not sight.lags_behind(a_picture(4, waiting=[["A", 2, 3]]))


@pytest.mark.parametrize(
    ("ticket", "picture"),
    [
        (a_ticket(), a_picture(waiting=[["A", 3, 3]])),
        (a_ticket("called", counter="1"), a_picture(waiting=[], now=[])),
        (a_ticket("called", counter="1"), a_picture(waiting=[], now=[["A-002", "2", "called"]])),
        (a_ticket("completed"), a_picture(waiting=[["A", 2, 2]])),
        (a_ticket("no_show"), a_picture(waiting=[], now=[["A-002", "2", "called"]])),
    ],
)
def test_ticket_and_queue_of_one_moment_agree(ticket: Frame, picture: Picture) -> None:
    visit = a_visit()
    visit.take_ticket(ticket)
    visit.take(picture)
    visit.settle(0)
    assert len(visit.faults) == 1


def test_ticket_and_queue_of_two_moments_have_a_while_to_agree() -> None:
    visit = a_visit()
    visit.take(a_picture(10))
    visit.take_ticket(a_ticket("called", seq=11, counter="1"))
    visit.settle(0)
    visit.settle(SETTLED_SECONDS)
    assert visit.faults == []
    visit.settle(SETTLED_SECONDS + 0.1)
    assert "for 5 s" in visit.faults[0]
    visit.take(a_picture(12, waiting=[["A", 1, 1]], now=[["A-002", "1", "called"]]))
    visit.settle(20)
    visit.settle(30)
    assert len(visit.faults) == 1


def test_the_place_by_http_is_the_place_by_the_stream() -> None:
    visit = a_visit()
    visit.take_ticket(a_ticket())
    visit.take(a_picture(10))
    assert visit.compare({"seq": 10, "ahead": 1}) and visit.faults == []
    assert not visit.compare({"seq": 11, "ahead": 0})
    assert visit.compare({"seq": 10, "ahead": 2})
    assert visit.faults == ["A-002: at seq 10 1 stand before it by the stream and 2 by HTTP."]


def test_a_cancelled_ticket_stays_so_and_a_ticket_of_others_is_nobodys_business() -> None:
    visit = a_visit()
    visit.take_ticket(a_ticket("cancelled", seq=10))
    visit.take_ticket(a_ticket("waiting", seq=11))
    visit.take_ticket(a_ticket(label="A-009", seq=12))
    assert visit.faults == ["A-002: was cancelled, and is waiting.", "A-002: was told of A-009."]


def test_a_restored_backup_takes_a_ticket_back_and_is_no_fault() -> None:
    visit = a_visit()
    visit.take_ticket(a_ticket("called", seq=40, counter="1") | {"epoch": "e"})
    visit.take(a_picture(40, waiting=[], now=[["A-002", "1", "called"]]))
    visit.take_ticket(a_ticket(seq=9) | {"epoch": "restored"})
    visit.take(a_picture(9, epoch="restored"))
    visit.settle(0)
    assert (visit.state, visit.faults, visit.returns) == ("waiting", [], set())
    assert not visit.compare({"seq": 9, "ahead": 0, "epoch": "e"})


def test_who_stands_before_a_lower_number_is_noted_until_that_one_has_moved() -> None:
    visit = a_visit()
    visit.take_ticket(a_ticket())
    visit.take(a_picture(11, waiting=[["B", 1, 2], ["A", 5, 6], ["A", 1, 4], ["A", 7, 9]]))
    assert visit.passers == {"A-005", "A-006"}
    visit.passers.clear()
    visit.take_ticket(a_ticket(seq=12) | {"announced_at": 1})
    visit.take(a_picture(12, waiting=[["A", 3, 9], ["A", 2, 2]]))
    assert visit.passers == set()


def test_a_ticket_that_waits_again_needs_somebody_who_brought_it_back() -> None:
    visit, books = a_visit(), Books()
    visit.take_ticket(a_ticket("called", seq=11, counter="1"))
    visit.take_ticket(a_ticket("waiting", seq=12))
    books.returns |= visit.returns
    assert books.verdict() == ["A-002 was called and waits again, and nobody brought it back."]
    books.note("undone", "A-002", "1")
    assert books.verdict() == []


def test_a_label_called_twice_is_wrong_unless_it_was_let_go_of() -> None:
    books = Books()
    books.note("called", "A-001", "1")
    books.note("no_show", "A-001", "1")
    books.note("called", "A-001", "2")
    assert books.verdict() == []
    books.note("called", "A-001", "3")
    assert books.verdict() == ["A-001 was called twice: 3 clerks were told so, and 1 of them let go of it."]
    books.unanswered["here"] = [("undone", None, "2")]
    assert books.verdict() == []


def test_a_number_given_twice_and_one_that_jumped_the_queue_are_wrong() -> None:
    books = Books()
    books.note("issued", "A-001")
    books.note("issued", "A-001")
    books.passers = {"A-004", "A-005"}
    books.classes = {"A-004": GENERAL, "A-005": "lansia"}
    assert books.verdict() == [
        "A-001 was given to 2 visitors.",
        "A-004 stood before a lower number without any right to.",
    ]


def test_the_master_adds_up_the_books_of_its_workers() -> None:
    master, worker, other = Books(), Books(), Books()
    worker.note("called", "A-001", "1")
    other.note("called", "A-001", "2")
    other.unanswered["there"] = [("issued", None, None)]
    other.wrong_state("one sentence")
    for books in (worker, other):
        master.add(books.written())
    assert len(master.verdict()) == 2 and master.told.total() == 2
    assert master.unanswered == {"there": [("issued", None, None)]}
    other.unanswered["there"] = []
    master.add(Books(unanswered=other.unanswered).written())
    assert master.unanswered == {"there": []}


def test_people_come_and_go_along_the_curve() -> None:
    points = ((0, 0), (1, 100), (2, 50))
    assert [people_at(points, hours) for hours in (0, 0.5, 1, 1.5, 2)] == [0, 50, 100, 75, None]
