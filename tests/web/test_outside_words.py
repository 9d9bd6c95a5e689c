"""What programs say of another system, said in the reader's language: no sentence of ours is left in English."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from integrations.bpjs.client import ClockWrong, NotLetIn, Refused
from integrations.simrs.compare import Known, compare
from integrations.simrs.moments import doubt_of_clock
from integrations.simrs.snapshot import Picture
from integrations.webhook.translate import read_secrets
from queue_service.web.outside import in_words
from tests.servers import ROOT

SAYING = {"Undelivered", "NotReady", "Away", "Unreadable", "Forbidden", "Unsendable"}
IN_LOGS_ONLY = {"integrations/simrs/snapshot.py"}
# What stands in a sentence where one part of it is a sentence itself.
PARTS = {
    "self._told()": "it answered 418 Teapot",
    "self._begins()": ": short and stout",
    "told": "it gives no token now",
}
NOON = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)


def written() -> Iterator[tuple[str, str]]:
    """Each sentence that is written out where it is raised, and where that is; what varies in it is 7."""
    for path in sorted((ROOT / "integrations").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name in IN_LOGS_ONLY:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING:
                yield name, filled(node.args[0])


def filled(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(filled(value) for value in values)
        case ast.FormattedValue(value=value):
            return PARTS.get(ast.unparse(value), "7")
        case _:
            return ""


def alarm(before: int, after: int) -> str:
    def picture(count: int) -> Picture:
        return Picture({str(n): ("Belum",) for n in range(count)})

    return compare(Known(picture(before)), picture(after)).alarm


def wrong_secret(given: str) -> str:
    with pytest.raises(ValueError, match="expected") as caught:
        read_secrets(given)
    return f"ANTREAN_CONNECTION_AGENCY_SECRET: {caught.value}."


def test_every_sentence_that_is_raised_has_its_indonesian_and_is_left_alone_in_english() -> None:
    found = list(written())
    assert len(found) > 50
    left = [(name, said) for name, said in found if said and in_words("id", said) == said]
    assert left == [("integrations/webhook/settings.py", "7: 7.")]  # whose sentences are below
    assert [said for _, said in found if in_words("en", said) != said] == []


@pytest.mark.parametrize(
    ("said", "in_indonesian"),
    [
        (
            str(NotLetIn("/ref/poli", 401, "Unauthorized")),
            "BPJS menolak kunci kami (cons id, secret, user key): 401 Unauthorized",
        ),
        (
            str(NotLetIn("/ref/poli", 403, "")),
            "BPJS menolak kunci kami (cons id, secret, user key): 403",
        ),
        (
            str(ClockWrong("/ref/poli", 401, "", 400)),
            "jam mesin ini tertinggal 6 min 40 s dari jam BPJS, sehingga BPJS menolak semuanya: betulkan jamnya (NTP)",
        ),
        (
            str(ClockWrong("/ref/poli", 401, "", -400)),
            "jam mesin ini mendahului jam BPJS 6 min 40 s, sehingga BPJS menolak semuanya: betulkan jamnya (NTP)",
        ),
        (
            str(Refused("/antrean/add", 201, "Peserta: tidak aktif; rujukan expired")),
            "BPJS menolak /antrean/add: 201 Peserta: tidak aktif; rujukan expired",
        ),
        (
            "what answers 200 there is not the service: the answer is no JSON",
            "yang menjawab 200 di sana bukan layanan BPJS: jawabannya bukan JSON",
        ),
        (
            "no branch of this connection has the queue “gigi”; the queue “anak” takes no appointments",
            "tidak ada cabang dari sambungan ini yang memiliki antrean “gigi”;"
            " antrean “anak” tidak menerima janji temu",
        ),
        (
            "Mobile JKN is answered at /connections/bpjs for 2 clinics."
            " BPJS let us in with these keys, and its register lists 31 clinics.",
            "Mobile JKN dijawab di /connections/bpjs untuk 2 poli."
            " BPJS menerima kunci ini, dan daftarnya memuat 31 poli.",
        ),
        (
            "no token: it cannot be reached: nobody knows where api.example is",
            "tidak ada token: tidak dapat dihubungi: alamat api.example tidak dikenal (DNS)",
        ),
        (
            "it answered 400: Patient/1 is no answer in time",
            "jawabannya 400: Patient/1 is no answer in time",  # their words, whatever they are
        ),
        (
            "it knows several Patients by one NIK: a person has to say who is meant",
            "ada beberapa Patient dengan satu NIK: petugas harus menentukan siapa yang dimaksud",
        ),
        (
            "SATUSEHAT gave a token to RSUD Lahat; organization 100 has 3 Locations there."
            " No Location is set up for gigi, mata. Mode advise: nothing is sent;"
            " `antrean satusehat advise DAY` reports the times.",
            "SATUSEHAT memberi token kepada RSUD Lahat; organisasi 100 memiliki 3 Location di sana."
            " Location untuk gigi, mata belum diatur. Mode advise: tidak ada yang dikirim;"
            " `antrean satusehat advise DAY` melaporkan waktunya.",
        ),
        (alarm(9, 0), "Semua pendaftaran hari ini hilang: tidak ada yang dibatalkan karena itu."),
        (alarm(9, 2), "7 dari 9 pendaftaran hari ini hilang sekaligus."),
        (
            "The SIMRS's database does not answer: Access denied for user 'antrean'@'10.0.0.2'.",
            "Basis data SIMRS tidak menjawab: Access denied for user 'antrean'@'10.0.0.2'.",
        ),
        (
            "Connected to sik on 10.0.0.5; its user may do more than read (DELETE, INSERT); all tables and columns are"
            " there. 41 are registered for 2026-11-23, the last at 12:00. Its clock:"
            f" {doubt_of_clock(NOON + timedelta(hours=7), NOON)}; is a time zone wrong?",
            "Tersambung ke sik di 10.0.0.5; penggunanya boleh lebih dari sekadar membaca (DELETE, INSERT); semua tabel"
            " dan kolom ada. 41 terdaftar untuk 2026-11-23, yang terakhir pukul 12:00. Jamnya: waktu pendaftaran"
            " mendahului jam kami tepat 7 jam; apakah ada zona waktu yang salah?",
        ),
        (
            "Connected to sik on db; its user may only read; all tables and columns are there."
            " Nobody is registered for 2026-11-23 yet, so the clock could not be compared.",
            "Tersambung ke sik di db; penggunanya hanya boleh membaca; semua tabel dan kolom ada."
            " Belum ada yang terdaftar untuk 2026-11-23, jadi jamnya tidak dapat dibandingkan.",
        ),
        (
            "Connected, but these tables cannot be read as they are named: reg_periksa (Unknown column 'x'; no answer"
            " in time.)",
            "Tersambung, tetapi tabel ini tidak dapat dibaca dengan nama yang diatur: reg_periksa (Unknown column 'x';"
            " no answer in time.)",
        ),
        (
            wrong_secret("abc"),
            "ANTREAN_CONNECTION_AGENCY_SECRET: rahasianya harus diawali whsec_.",
        ),
        (
            wrong_secret("whsec_YWJj"),
            "ANTREAN_CONNECTION_AGENCY_SECRET: sesudah whsec_ harus 24 sampai 64 bita, bukan 3.",
        ),
        ("Nomor tidak dikenal. Coba lagi; terima kasih", "Nomor tidak dikenal. Coba lagi; terima kasih"),
        ("", ""),
    ],
)
def test_numbers_names_and_the_words_of_others_are_kept(said: str, in_indonesian: str) -> None:
    assert in_words("id", said) == in_indonesian
    assert in_words("en", said) == said
