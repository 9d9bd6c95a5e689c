"""Encryption: only the right key, the right row, the right field and the untouched bytes give the value back."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from queue_service.records.people.keys import FILE, KeyRing, Unreadable, load_key_ring

ROW, OTHER_ROW = "a" * 32, "b" * 32
OLD, NEW = bytes(range(32)), bytes(range(32, 64))
RING = KeyRing([OLD])

texts = st.text(min_size=1, max_size=80)


@given(texts, st.sampled_from(["name", "phone", "nik"]))
def test_what_is_encrypted_comes_back_and_never_looks_the_same_twice(text: str, field: str) -> None:
    one, other = RING.encrypt(ROW, field, text), RING.encrypt(ROW, field, text)
    assert RING.decrypt(RING.newest, ROW, field, one) == RING.decrypt(RING.newest, ROW, field, other) == text
    assert one != other and one[:12] != other[:12]


@given(texts, st.binary(min_size=32, max_size=32))
def test_another_key_opens_nothing(text: str, key: bytes) -> None:
    assume(key != OLD)
    value, strange = RING.encrypt(ROW, "nik", text), KeyRing([key])
    with pytest.raises(Unreadable):
        strange.decrypt(RING.newest, ROW, "nik", value)  # it is not among its keys
    with pytest.raises(Unreadable):
        strange.decrypt(strange.newest, ROW, "nik", value)


@given(texts)
def test_a_value_copied_to_another_row_or_field_does_not_open(text: str) -> None:
    value = RING.encrypt(ROW, "nik", text)
    for row, field in ((OTHER_ROW, "nik"), (ROW, "phone"), (ROW, ""), (ROW[:-1], "nik")):
        with pytest.raises(Unreadable):
            RING.decrypt(RING.newest, row, field, value)


@given(texts, st.data())
def test_a_flipped_bit_or_a_missing_byte_is_noticed(text: str, data: st.DataObject) -> None:
    value = bytearray(RING.encrypt(ROW, "nik", text))
    at = data.draw(st.integers(0, len(value) * 8 - 1))
    cut = bytes(value[: data.draw(st.integers(0, len(value) - 1))])
    value[at // 8] ^= 1 << at % 8
    for broken in (bytes(value), cut):
        with pytest.raises(Unreadable):
            RING.decrypt(RING.newest, ROW, "nik", broken)


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    value, both = RING.encrypt(ROW, "nik", "x"), KeyRing([NEW, OLD])
    assert both.decrypt(RING.newest, ROW, "nik", value) == "x"
    assert both.newest == KeyRing([NEW]).newest != RING.newest
    with pytest.raises(Unreadable):
        RING.decrypt(both.newest, ROW, "nik", both.encrypt(ROW, "nik", "x"))


def test_digests_are_of_their_key_their_field_and_their_text_only() -> None:
    both = KeyRing([NEW, OLD])
    assert both.digests("nik", "1")[1] == RING.digest("nik", "1")
    told = {RING.digest(field, text) for field in ("nik", "phone") for text in ("1", "2")}
    assert len(told | {both.digest("nik", "1")}) == 5


def test_keys_are_made_once_where_none_are_given_and_are_private(tmp_path: Path) -> None:
    first, second = (load_key_ring(None, tmp_path) for _ in range(2))
    assert first.newest == second.newest
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600
    given_keys = ",".join(b64encode(key).decode() for key in (NEW, OLD))
    assert load_key_ring(given_keys, tmp_path).ids == [KeyRing([NEW]).newest, RING.newest]


@pytest.mark.parametrize("bad", ["short", b64encode(bytes(31)).decode(), b64encode(OLD).decode() + ",", "é"])
def test_what_is_no_key_is_refused_with_what_was_expected(bad: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ANTREAN_PEOPLE_KEYS"):
        load_key_ring(bad, tmp_path)
