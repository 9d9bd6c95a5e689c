"""Each thing that may be wrong has its sentence, and they are looked at in their order."""

from __future__ import annotations

from typing import Any

import pytest

from integrations.bpjs.answers import ladder
from integrations.bpjs.answers.practices import Practice, normal_hours, practices_of
from integrations.bpjs.answers.replies import Declined
from queue_service.domain.branches import Branch
from queue_service.records.setup_files import read_setup
from tests.houses import NINE
from tests.integrations.bpjs.answers.hospitals import CARD, NIK, SETUP, TODAY, a_visit, clinics


def branch() -> Branch:
    plan = read_setup(SETUP.format(timezone="Asia/Jakarta"), "rsud.yaml")
    return plan.branches[0].branch()


PRACTICES: list[Practice] = []


@pytest.fixture(autouse=True)
def _practices() -> None:
    PRACTICES[:] = practices_of([branch()], clinics())


def refused(**changes: Any) -> str:
    with pytest.raises(Declined) as caught:
        ladder.visit(a_visit(**changes), PRACTICES, NINE)
    assert caught.value.code == 201
    return caught.value.sentence


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"nomorkartu": ""}, "Nomor Kartu tidak boleh kosong"),
        ({"nomorkartu": None}, "Nomor Kartu tidak boleh kosong"),
        ({"nomorkartu": "123"}, "Nomor Kartu harus 13 digit"),
        ({"nomorkartu": "00099X0000017"}, "Format Nomor Kartu tidak sesuai"),
        ({"nomorkartu": "٠٠٠٩٩٠٠٠٠٠٠١٧"}, "Format Nomor Kartu tidak sesuai"),
        ({"nik": ""}, "NIK tidak boleh kosong"),
        ({"nik": "16999"}, "NIK harus 16 digit"),
        ({"nik": "16999955039900AB"}, "Format NIK tidak sesuai"),
        ({"nohp": ""}, "No.HP tidak boleh kosong"),
        ({"nohp": "<script>"}, "Format No.HP tidak sesuai"),
        ({"kodepoli": ""}, "Kode Poli tidak boleh kosong"),
        ({"kodepoli": "XYZ"}, "Poli tidak ditemukan"),
        ({"kodedokter": ""}, "Kode Dokter tidak boleh kosong"),
        ({"kodedokter": 1}, "Dokter tidak ditemukan"),
        ({"kodedokter": True}, "Dokter tidak ditemukan"),
        ({"tanggalperiksa": ""}, "Tanggal tidak boleh kosong"),
        ({"tanggalperiksa": "23-11-2026"}, "Format Tanggal tidak sesuai, format yang benar adalah yyyy-mm-dd"),
        ({"tanggalperiksa": "2026-02-30"}, "Format Tanggal tidak sesuai, format yang benar adalah yyyy-mm-dd"),
        ({"tanggalperiksa": "2026-W48-2"}, "Format Tanggal tidak sesuai, format yang benar adalah yyyy-mm-dd"),
        ({"tanggalperiksa": "2026-11-22"}, "Tanggal Periksa tidak berlaku mundur"),
        ({"jampraktek": ""}, "Jam Praktek tidak boleh kosong"),
        ({"jampraktek": "13:00-15:00"}, "Pendaftaran ke Poli ini tidak tersedia"),
        ({"kodedokter": 98765}, "Pendaftaran ke Poli ini tidak tersedia"),  # of another clinic
        ({"tanggalperiksa": "2026-11-29"}, "Pendaftaran ke Poli ini tidak tersedia"),  # a Sunday
        ({"tanggalperiksa": "2026-12-31"}, "Pendaftaran dibuka paling cepat 14 hari sebelum Tanggal Periksa"),
        ({"jeniskunjungan": ""}, "Jenis Kunjungan tidak boleh kosong"),
        ({"jeniskunjungan": 5}, "Jenis Kunjungan tidak ditemukan"),
        ({"nomorreferensi": ""}, "Nomor Referensi tidak boleh kosong"),
        ({"nomorreferensi": "' OR 1=1 --"}, "Format Nomor Referensi tidak sesuai"),
        ({"norm": "<b>"}, "Format Nomor Rekam Medis tidak sesuai"),
    ],
)
def test_what_is_wrong_is_said(changes: dict[str, Any], sentence: str) -> None:
    assert refused(**changes) == sentence


def test_the_first_thing_that_is_wrong_is_said() -> None:
    """All of it wrong, then less and less."""
    wrong: dict[str, Any] = dict.fromkeys(a_visit(), "")
    heard = []
    for key in ("", "nomorkartu", "nik", "nohp", "kodepoli", "kodedokter", "tanggalperiksa", "jampraktek"):
        wrong.pop(key, None)
        heard.append(refused(**wrong).removesuffix(" tidak boleh kosong"))
    assert heard[:4] == ["Nomor Kartu", "NIK", "No.HP", "Kode Poli"]
    assert heard[4:] == ["Kode Dokter", "Tanggal", "Jam Praktek", "Jenis Kunjungan"]


def test_nobody_is_given_a_number_once_the_practice_is_over() -> None:
    assert ladder.visit(a_visit(tanggalperiksa=TODAY), PRACTICES, NINE).day.isoformat() == TODAY
    with pytest.raises(Declined, match="sudah tutup"):
        ladder.visit(a_visit(tanggalperiksa=TODAY), PRACTICES, NINE.replace(hour=5))  # noon


@pytest.mark.parametrize("doctor", [12346, "12346", " 12346 "])
@pytest.mark.parametrize("hours", ["08:00-12:00", "08:00 - 12:00", "8.00 -12.00"])
@pytest.mark.parametrize("kind", [3, "3"])
def test_numbers_come_as_text_too_and_hours_with_blanks(doctor: Any, hours: str, kind: Any) -> None:
    visit = ladder.visit(a_visit(kodedokter=doctor, jampraktek=hours, jeniskunjungan=kind), PRACTICES, NINE)
    assert (visit.practice.clinic.doctor, visit.kind) == (12346, "3")


def test_hours_that_are_none_stay_what_they_are() -> None:
    assert normal_hours("pagi") == "pagi"


def a_patient(**changes: Any) -> dict[str, Any]:
    body = {
        "nomorkartu": CARD,
        "nik": NIK,
        "nomorkk": "1699990000000001",
        "nama": "Contoh",
        "jeniskelamin": "L",
        "tanggallahir": "1999-03-15",
    }
    return body | dict.fromkeys(ladder.ABOUT_THEM, "1") | changes


def test_a_new_patient_gives_all_eighteen_fields() -> None:
    today = PRACTICES[0].branch.day_of(NINE)
    assert len(a_patient()) == 18
    assert ladder.new_patient(a_patient(), today) == (CARD, NIK)
    for key in a_patient():
        with pytest.raises(Declined, match="tidak boleh kosong"):
            ladder.new_patient(a_patient(**{key: " "}), today)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"nomorkk": "12"}, "Nomor KK harus 16 digit"),
        ({"jeniskelamin": "X"}, "Jenis Kelamin tidak ditemukan"),
        ({"tanggallahir": "15/03/1999"}, "Format Tanggal Lahir tidak sesuai, format yang benar adalah yyyy-mm-dd"),
        ({"tanggallahir": "2030-01-01"}, "Tanggal Lahir tidak sesuai"),
    ],
)
def test_what_is_wrong_about_a_new_patient_is_said(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(Declined) as caught:
        ladder.new_patient(a_patient(**changes), PRACTICES[0].branch.day_of(NINE))
    assert caught.value.sentence == sentence
