"""Nothing of whoever complains is read by others in their words: no number, no address."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_service.screening import HIDDEN, Kind, name_words, screened

SEPARATORS = ("", " ", "-", ".", " - ", ". ", "/", "\u00a0", "\n", "\u200b")
STREETS = (
    "Jl. Mayor Ruslan No. 5",
    "Jln Veteran 12",
    "Jalan Kolonel Barlian 7",
    "Gang Mawar 3",
    "Blok C2",
    "RT 03/RW 05",
)
WORDS = st.text(alphabet="abcdefghij klmn\n,.!?", max_size=40)


@st.composite
def niks(draw: st.DrawFn) -> str:
    return f"160499{draw(st.integers(0, 9_999_999_999)):010d}"


@st.composite
def phones(draw: st.DrawFn) -> str:
    rest = f"{draw(st.integers(0, 99_999_999)):08d}"
    return draw(st.sampled_from(("08", "628", "+628", "0731"))) + rest


@st.composite
def spelt_out(draw: st.DrawFn, number: str) -> str:
    """With something between groups of its digits, as people write."""
    separator, size = draw(st.sampled_from(SEPARATORS)), draw(st.integers(2, 6))
    return separator.join(number[at : at + size] for at in range(0, len(number), size))


def digits_in(text: str) -> str:
    return re.sub(r"\D", "", text)


@settings(max_examples=80, deadline=None)
@given(st.data(), WORDS, WORDS)
def test_no_number_of_a_person_is_left(data: st.DataObject, before: str, behind: str) -> None:
    number = data.draw(st.one_of(niks(), phones()))
    found = screened(f"{before} {data.draw(spelt_out(number))} {behind}")
    assert digits_in(found.text) == ""
    assert Kind.NUMBER in found.kinds


@settings(max_examples=40, deadline=None)
@given(WORDS, st.sampled_from(STREETS), WORDS)
def test_no_address_is_left(before: str, street: str, behind: str) -> None:
    found = screened(f"{before} {street}. {behind}")
    assert street not in found.text and digits_in(found.text) == ""
    assert Kind.ADDRESS in found.kinds


NAMES = ("Suhartini", "Zulkarnain", "Fatimah", "Ny. Rosmalina Az-Zahra")


@settings(max_examples=60, deadline=None)
@given(st.data(), WORDS, st.sampled_from(NAMES), st.sampled_from(STREETS), WORDS)
def test_no_word_of_a_known_name_is_left_and_what_is_hidden_stays_so(
    data: st.DataObject, before: str, name: str, street: str, behind: str
) -> None:
    number = data.draw(st.one_of(niks(), phones()))
    written = data.draw(st.sampled_from((name, name.upper(), name.lower(), f"({name}),")))
    text = f"{before} {written} {behind} {data.draw(spelt_out(number))} {written}\n{street}, {written} {before}"
    found = screened(text, name_words(name).__contains__)
    assert not any(word in found.text.casefold() for word in name_words(name))
    again = screened(found.text, name_words(name).__contains__)
    assert (again.text, again.kinds) == (found.text, [])


def test_initials_and_short_words_are_no_name() -> None:
    assert name_words("A. di Rosa") == {"rosa"}
    assert screened("Di loket A, rosa ya", name_words("A. di Rosa").__contains__).text == f"Di loket A, {HIDDEN} ya"


@pytest.mark.parametrize(
    "text",
    [
        "Antrean A-012 di Loket 3 tidak jalan sejak 08.00 sampai 11.30.",
        "Pada 23-11-2026 09.15 saya diminta Rp 1.500.000 oleh petugas.",
        "Tanggal 2026-11-23, jalan keluar penuh, kantor kelurahan tutup.",
        "Rp 1.500.000.000 hilang",
    ],
)
def test_what_tells_nobody_s_name_stays(text: str) -> None:
    assert screened(text).text == text
    assert not screened(text).kinds


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("Alamat saya di Jl. Mayor Ruslan No. 5 RT 03/RW 02, Lahat. Petugas kasar.", f"{HIDDEN}. Petugas kasar."),
        ("saya tinggal di Desa Muara Siban dan menunggu", f"saya {HIDDEN} dan menunggu"),
        ("Tulis ke seseorang@surat.example ya", f"Tulis ke {HIDDEN} ya"),
        ("٠٨١٢٣٤٥٦٧٨٩٠", HIDDEN),
        ("Nama saya Budi Santoso, saya menunggu.", f"Nama saya {HIDDEN}, saya menunggu."),
        ("Berkas atas nama Siti Aminah hilang", f"Berkas atas nama {HIDDEN} hilang"),
        ("nama saya tidak dipanggil, nama petugas Joko", "nama saya tidak dipanggil, nama petugas Joko"),
    ],
)
def test_only_what_is_found_is_hidden(text: str, left: str) -> None:
    assert screened(text).text == left
