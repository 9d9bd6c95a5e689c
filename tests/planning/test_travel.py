"""How far it is from one village to another."""

from __future__ import annotations

import pytest

from queue_service.planning.travel import Roads, Travel, kilometres, read_matrix

A, B = (-3.80, 103.50), (-3.90, 103.60)


def test_a_straight_line_becomes_a_time_by_a_roads_length_and_speed() -> None:
    assert kilometres(A, B) == pytest.approx(15.7, abs=0.1)
    assert Travel({"a": A, "b": B}, Roads(factor=1.0, kilometres_an_hour=60)).minutes("a", "b") == 16
    assert Travel({"a": A, "b": B}, Roads(factor=2.0, kilometres_an_hour=30)).minutes("a", "b") == 63
    assert Travel({}).minutes("a", "a") == 0


def test_what_was_measured_counts_also_for_the_way_back() -> None:
    travel = Travel({"a": A, "b": B}, measured=read_matrix("from,to,minutes\na,b,70\nb,c,5\nc,b,9\n"))
    assert [travel.minutes(*pair) for pair in ("ab", "ba", "bc", "cb")] == [70, 70, 5, 9]
    assert travel.knows("a", "b") and travel.knows("b", "c") and not travel.knows("a", "c")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("from,to\na,b\n", "line 1: .*minutes is missing"),
        ("from,to,minutes\na,b,12\na,,5\n", "line 3: expected two villages"),
        ("from,to,minutes\na,b,1.5\n", "line 2: expected two villages and whole minutes"),
        ("from,to,minutes\na,b,99999\n", "line 2"),
        ("from,to,minutes\na,b\n", "line 2"),
        ("from,to,minutes\na,b,5\na,b,6\n", "line 3: a to b stands there twice"),
        ("", "line 1"),
    ],
)
def test_a_matrix_that_cannot_be_read_is_named_by_its_line(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_matrix(text)
