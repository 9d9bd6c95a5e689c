"""What is made of the texts that were met in the field, and of those that were not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.bpjs.refusals import ADD, CANCEL, PHARMACY, TIME, Meaning, Verdict, judge


@pytest.mark.parametrize(
    ("call", "code", "message", "meaning"),
    [
        (ADD, 208, "Terdapat duplikasi Kode Booking", Meaning.DONE),
        (ADD, 201, "TERDAPAT DUPLIKASI KODE BOOKING", Meaning.DONE),
        (ADD, 201, "Rujukan tidak valid", Meaning.REFUSED),
        (ADD, 201, "Masa berlaku rujukan expired", Meaning.REFUSED),  # no reason to stop all the others
        (ADD, 201, "Nomor kartu tidak terdaftar", Meaning.REFUSED),  # there is nothing to add first
        (ADD, 201, "Jadwal dokter tidak ditemukan", Meaning.REFUSED),
        (TIME, 208, "TaskId=3 sudah ada", Meaning.DONE),
        (TIME, 201, "TaskId=3  sudah\nada", Meaning.DONE),
        (TIME, 201, "TaskId=4 belum ada", Meaning.EARLIER_MISSING),
        (TIME, 201, "TaskId sebelumnya belum terkirim", Meaning.EARLIER_MISSING),
        (TIME, 201, "Waktu tidak boleh kurang dari waktu sebelumnya", Meaning.OUT_OF_ORDER),
        (TIME, 201, "Kode Booking tidak ditemukan", Meaning.UNKNOWN_BOOKING),
        (CANCEL, 201, "Kode booking tidak terdaftar", Meaning.UNKNOWN_BOOKING),
        (CANCEL, 201, "Antrean sudah dibatalkan", Meaning.DONE),
        (PHARMACY, 201, "Antrean farmasi sudah ada", Meaning.DONE),
        ("/antrean/getlisttask", 201, "Data tidak ditemukan", Meaning.UNKNOWN_BOOKING),
        ("/ref/poli", 204, "", Meaning.NOTHING_FOUND),
        ("/antrean/pendaftaran/aktif", 201, "No Content", Meaning.NOTHING_FOUND),
        ("/ref/poli", 401, "", Meaning.NOT_LET_IN),
        (TIME, 201, "Signature tidak sesuai", Meaning.NOT_LET_IN),
        (TIME, 201, "Timestamp expired", Meaning.NOT_LET_IN),
        (TIME, 201, "Gagal dicoba kembali", Meaning.PASSING),
        (TIME, 503, "apa saja", Meaning.PASSING),
    ],
)
def test_a_known_text_has_a_meaning(call: str, code: int, message: str, meaning: Meaning) -> None:
    assert judge(call, code, message) == Verdict(meaning)


@pytest.mark.parametrize(("message", "last"), [("TaskId terakhir 5", 5), ("taskid terakhir=99", 99)])
def test_how_far_they_are_is_told(message: str, last: int) -> None:
    verdict = judge(TIME, 201, message)
    assert verdict == Verdict(Meaning.BEHIND, last)
    assert verdict.is_over is (last == 99)


@settings(deadline=None)
@given(
    st.sampled_from([ADD, TIME, CANCEL, PHARMACY, "/ref/poli"]), st.integers(202, 203), st.text("bcdefg ", max_size=60)
)
def test_an_unknown_text_is_refused_for_good(call: str, code: int, message: str) -> None:
    assert judge(call, code, message) == Verdict(Meaning.REFUSED)
