from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_service.domain.nik import Doubt, last_four, read_nik

# The day of birth of a woman has 40 added; district 99 is nobody's.
MAN, WOMAN = "1604990107900017", "1604994107900017"

digits = st.text("0123456789", min_size=16, max_size=16)


def doubts(text: str) -> list[Doubt]:
    nik = read_nik(text)
    assert nik is not None
    return list(nik.doubts)


@given(digits)
def test_sixteen_digits_are_taken_whatever_they_say_and_nothing_else_is_a_must(text: str) -> None:
    nik = read_nik(text)
    assert (nik is None) == (text == "0" * 16)


@given(st.text())
def test_what_has_not_sixteen_digits_is_none(text: str) -> None:
    kept = "".join(character for character in text if character not in " .-")
    is_one = len(kept) == 16 and all(character in "0123456789" for character in kept) and set(kept) != {"0"}
    assert (read_nik(text) is not None) == is_one


@given(digits.filter(lambda text: set(text) != {"0"}), st.sampled_from(" .-"), st.integers(0, 16))
def test_what_stands_between_the_digits_is_how_somebody_wrote_it(text: str, mark: str, at: int) -> None:
    nik = read_nik(f" {text[:at]}{mark}{text[at:]} ")
    assert nik is not None and nik.digits == text


@given(st.dates(), st.booleans(), st.integers(1, 9999))
def test_a_day_that_there_was_is_not_doubted_of_women_or_men(born: date, is_woman: bool, serial: int) -> None:
    day = born.day + (40 if is_woman else 0)
    text = f"160499{day:02d}{born.month:02d}{born.year % 100:02d}{serial:04d}"
    nik = read_nik(text)
    assert nik is not None
    assert nik.birth == (born.day, born.month, born.year % 100)
    assert Doubt.BIRTH not in nik.doubts


def test_a_good_one_leaves_no_doubt() -> None:
    assert doubts(MAN) == doubts(WOMAN) == []
    assert last_four(MAN) == "0017"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0004990107900017", [Doubt.PROVINCE]),
        ("5404990107650017", []),
        ("1604990002900017", [Doubt.BIRTH]),
        ("1604993202900017", [Doubt.BIRTH]),
        ("1604997202900017", [Doubt.BIRTH]),
        ("1604990113900017", [Doubt.BIRTH]),
        ("1604992902000017", []),
        ("1604992902010017", [Doubt.BIRTH]),
        ("1604990107900000", [Doubt.SERIAL]),
    ],
)
def test_what_looks_odd_is_doubted_and_taken(text: str, expected: list[Doubt]) -> None:
    assert doubts(text) == expected
