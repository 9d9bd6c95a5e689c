"""What makes a password, and what it is kept as."""

from __future__ import annotations

import pytest
from argon2 import Type, extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY, get_default_parameters

from queue_service.domain.errors import Invalid
from queue_service.records.staff.passwords import Passwords, check_new_password, new_one_time_password

NAMES = ("petugas.farmasi", "Petugas Farmasi")


@pytest.mark.parametrize(
    "password",
    [
        "empat kuda makan jagung",
        "x9 {{}} ' OR 1=1 --",
        "🐎🐎🐎🐎 makan jagung",
        "kata sandi yang panjang " * 5,
        "aZ3$aZ3$kL8!",
    ],
)
def test_anything_long_enough_will_do(password: str) -> None:
    check_new_password(password, NAMES)


@pytest.mark.parametrize(
    "password",
    [
        "password1234",
        "Bismillah12345",
        "indonesia1945!",
        "Antrean 2026 Antrean",
        "petugas.farmasi",
        "PetugasFarmasi123",
        "aaaaaaaaaaaaaa",
        "abcabcabcabcabc",
        "123456789012",
        "987654321098",
        "1q2w3e4r5t6y",
        "        antrean        ",
    ],
)
def test_what_others_would_guess_is_refused(password: str) -> None:
    with pytest.raises(Invalid, match="guess"):
        check_new_password(password, NAMES)


@pytest.mark.parametrize(("password", "words"), [("kurang satu", "at least 12"), ("x" * 129, "at most 128")])
def test_too_short_and_too_long_are_refused(password: str, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        check_new_password(password, NAMES)


async def test_the_same_letters_of_another_keyboard_are_the_same() -> None:
    passwords = Passwords()
    kept = await passwords.hash("ébène dan jati tua")
    assert (await passwords.verify(kept, "e\u0301be\u0300ne dan jati tua")).is_right
    assert not (await passwords.verify(kept, "ebene dan jati tua")).is_right
    assert not (await passwords.verify("no hash at all", "ebene dan jati tua")).is_right


def test_what_the_library_recommends_is_argon2id_as_published() -> None:
    assert get_default_parameters() == RFC_9106_LOW_MEMORY
    assert RFC_9106_LOW_MEMORY.type is Type.ID


async def test_a_hash_says_how_it_was_made() -> None:
    assert extract_parameters(await Passwords().hash("empat kuda")).type is Type.ID


def test_one_time_passwords_are_good_ones_and_never_the_same() -> None:
    made = {new_one_time_password() for _ in range(100)}
    assert len(made) == 100
    for password in made:
        check_new_password(password, NAMES)
