"""Lists of villages: what is good in them, what is amiss, and what no list ever holds."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from openpyxl import Workbook

from queue_service.domain.errors import Invalid
from queue_service.domain.requests import MOST_PEOPLE, Need
from queue_service.records.outreach.given import outreach_of
from queue_service.records.outreach.lists import NEEDED, Checked, Wanted, check_rows, requests_of
from queue_service.records.outreach.sheets import read_cells
from queue_service.records.outreach.taking import Choice, take_list
from queue_service.regions import read_regions
from queue_service.web.house import House
from tests.records.outreach.cast import MONDAY_EIGHT, NIK, OFFICE, OTHER_VILLAGE, VILLAGE, an_outreach_house, received

HEAD = ",".join(NEEDED)
REGIONS = read_regions()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with an_outreach_house(tmp_path) as house:
        yield house


def csv_of(*rows: str, head: str = HEAD) -> bytes:
    return "\r\n".join((head, *rows)).encode()


def a_row(n: int, village: str = VILLAGE, need: str = "lansia", contact: str = "Pak Uji 081299004477") -> str:
    return f"{village},Warga Uji {n},19{n % 90 + 10},{need},{contact}"


def workbook(*rows: tuple[object, ...]) -> bytes:
    book, file = Workbook(), io.BytesIO()
    for row in (NEEDED, *rows):
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def packed(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, told in parts.items():
            archive.writestr(name, told)
    return file.getvalue()


def parts_of(book: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


GOOD_BOOK = workbook((VILLAGE, "Warga Uji", 1950, "lansia", "Pak Uji 081299004477"))


def a_sheet(cells: bytes) -> bytes:
    """A workbook with a sheet that no spreadsheet would write."""
    parts = parts_of(GOOD_BOOK)
    head = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    return packed({**parts, "xl/worksheets/sheet1.xml": head + cells + b"</sheetData></worksheet>"})


def a_hidden_sheet(cells: bytes) -> bytes:
    """The same where one would not look for it."""
    parts = parts_of(a_sheet(cells))
    parts["xl/elsewhere.xml"] = parts.pop("xl/worksheets/sheet1.xml")
    relations = parts["xl/_rels/workbook.xml.rels"]
    assert b"worksheets/sheet1.xml" in relations
    parts["xl/_rels/workbook.xml.rels"] = relations.replace(b"worksheets/sheet1.xml", b"elsewhere.xml")
    return packed(parts)


def lying_zip() -> bytes:
    """A bomb whose head says that it is small."""
    bomb = packed({**parts_of(GOOD_BOOK), "xl/media/image1.xml": b"0" * (60 * 1024 * 1024)})
    at = bomb.rindex(b"xl/media/image1.xml") - 46
    assert bomb[at : at + 4] == b"PK\x01\x02"
    return bomb[: at + 24] + (1000).to_bytes(4, "little") + bomb[at + 28 :]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"  \r\n ", "empty"),
        (b"a" * (4 * 1024 * 1024 + 1), "4 MB"),
        (b"\xd0\xcf\x11\xe0 old excel", "old Excel"),
        (csv_of("16.04.01.2001,Jos\xe9,1950,,x").decode().encode("latin-1"), "encoding"),
        (b"\xff\xfe\x00", "encoding"),
        (b"PK\x03\x04 broken", "cannot be read"),
        (csv_of('x,"open', a_row(1)), "no list"),
        (csv_of("a\0b,c,d,e,f"), "no list"),
        (csv_of('16.04.01.2001,"=HYPERLINK(""http://x"")",1950,,x'), "formula"),
        (csv_of("16.04.01.2001,@SUM(1),1950,,x"), "formula"),
        (csv_of("16.04.01.2001,+cmd|calc,1950,,x"), "formula"),
        (csv_of(f"16.04.01.2001,{'x' * 501},1950,,x"), "too long"),
        (csv_of(*["x"] * 10_001), "10000 rows"),
        (csv_of("," * 40), "40 columns"),
        (workbook((VILLAGE, "=1+1", 1950, "", "x")), "formulas"),
        (a_sheet(b'<row r="1048576"><c r="A1048576"><v>1</v></c></row>'), "10000 rows"),
        (a_sheet(b'<row r="1"><c r="XFD1"><v>1</v></c></row>'), "40 columns"),
        (a_sheet(b"<row r = '99999999'><c><v>1</v></c></row>"), "10000 rows"),
        (a_hidden_sheet(b'<row r="1"><c r="XFD1"><v>1</v></c></row>'), "40 columns"),
        (packed({**parts_of(GOOD_BOOK), "xl/vbaProject.bin": b"x"}), "program"),
        (packed({**parts_of(GOOD_BOOK), "content.xml": b"<x/>"}), "cannot be read"),
        (
            packed({"content.xml": b"<x/>", "mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
            "cannot be read",
        ),
        (packed({f"xl/{n}.xml": b"<x/>" for n in range(201)}), "more than a list"),
        (packed({**parts_of(GOOD_BOOK), "xl/styles.xml": b"<!DOCTYPE x [<!ENTITY a 'b'>]><x/>"}), "cannot be read"),
        (packed({**parts_of(GOOD_BOOK), "xl/media/image1.xml": b"0" * (60 * 1024 * 1024)}), "larger unpacked"),
        (lying_zip(), "cannot be read|larger unpacked"),
    ],
    ids=lambda given: given if isinstance(given, str) else None,
)
def test_what_is_no_list_is_refused_with_a_sentence(content: bytes, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        read_cells(content)


def test_csv_and_workbooks_say_the_same() -> None:
    row = [VILLAGE, "Warga Uji", "1950", "lansia", "Pak Uji 081299004477"]
    as_csv = csv_of(",".join(row))
    for content in (
        GOOD_BOOK,
        as_csv,
        as_csv.replace(b",", b";"),
        as_csv.decode().encode("utf-16"),
        b"\xef\xbb\xbf" + as_csv,
    ):
        assert read_cells(content) == [list(NEEDED), row]


def check(house: House, content: bytes, **changes: object) -> Checked:
    office = house.branches.get(OFFICE)
    given = {"service": "ktp-rekam", "agrees": True, "now": MONDAY_EIGHT, **changes}
    return check_rows(read_cells(content), Wanted(office, outreach_of(office), REGIONS, **given))  # type: ignore[arg-type]


HEADS = (
    ("desa_kode,nama,tahun_lahir,kebutuhan", "kontak_pj is missing"),
    (f"{HEAD},alamat", "alamat"),
    (f"{HEAD},nik,nik", "twice"),
)


async def test_the_columns_are_those_of_the_form(house: House) -> None:
    for head, says in HEADS:
        with pytest.raises(Invalid, match=says):
            check(house, csv_of(a_row(1), head=head))
    with pytest.raises(Invalid, match="is empty"):
        check(house, csv_of(",,,,"))


async def test_every_bad_row_is_named_with_all_that_is_amiss(house: House) -> None:
    content = csv_of(
        a_row(1),
        "16.05.01.2001,Warga A,1950,,Pak Uji 081299004477",
        f"{VILLAGE},123,50,terbang,Pak Uji",
        ",,,,",
        a_row(1),
        f"{VILLAGE},Warga B,2090,tuli dan kursi roda,0812-9900-4477 (Bu Uji)",
        f"{VILLAGE},Warga C,,ODGJ; Lansia,+62 812 9900 4477",
    )
    checked = check(house, content)
    assert [row.row for row in checked.good] == [2, 8]
    assert checked.good[1].person.needs == (Need.MENTAL, Need.OLDER) and checked.good[1].person.birth_year is None
    assert checked.good[1].contact.name == "Kembang Ayun, Tanjungsakti Pumu"
    told = {bad.row: [fault.sentence.partition(":")[0] for fault in bad.faults] for bad in checked.bad}
    assert told == {
        3: ["desa_kode"],
        4: ["nama", "tahun_lahir", "kebutuhan", "kontak_pj"],
        6: ["This person stands in row {row} already."],
        7: ["birth_year"],
    }


async def test_a_nik_needs_consent_and_a_service_may_be_named(house: House) -> None:
    content = csv_of(
        f"{a_row(1)},{NIK},Kartu Identitas Anak",
        f"{a_row(2)},{NIK},",
        f"{a_row(3)},,paspor",
        head=f"{HEAD},nik,layanan",
    )
    checked = check(house, content)
    assert [(row.person.service, row.who.nik) for row in checked.good] == [("kia", NIK)]
    assert [bad.row for bad in checked.bad] == [3, 4]
    without = check(house, content, agrees=False)
    assert [bad.row for bad in without.bad] == [2, 3, 4] and "agree" in without.bad[0].faults[0].sentence


async def test_one_request_is_made_for_each_village_and_contact(house: House) -> None:
    many = [a_row(n) for n in range(MOST_PEOPLE + 5)]
    others = [a_row(500, OTHER_VILLAGE), a_row(501, contact="Bu Lain 081299004470")]
    checked = check(house, csv_of(*many, *others))
    office = house.branches.get(OFFICE)
    wanted = Wanted(office, outreach_of(office), REGIONS, "ktp-rekam", agrees=False, now=MONDAY_EIGHT)
    made = list(requests_of(checked.good, wanted))
    assert sorted(len(one.people) for one in made) == [1, 1, 5, MOST_PEOPLE]
    assert sum(len(one.who) for one in made) == len(checked.good) == MOST_PEOPLE + 7


async def take(house: House, content: bytes, **choice: bool) -> tuple[int, int, list[str]]:
    office = house.branches.get(OFFICE)
    by = ("staff:test", MONDAY_EIGHT)
    taken = await take_list(house.requests, house.regions, office, content, Choice("ktp-rekam", **choice), by)
    return taken.rows, len(taken.bad), [one.id for one in taken.requests]


async def test_good_rows_are_kept_only_if_somebody_says_so_and_a_list_once(house: House) -> None:
    content = csv_of(a_row(1), a_row(2), "16.04.01.2001,,1950,,x")
    assert await take(house, content) == (2, 1, [])
    assert await house.requests.open(OFFICE) == []
    assert await take(house, content, keeps_good=True) == (2, 1, ["JB-26-00001"])
    assert await take(house, content, keeps_good=True) == (2, 0, ["JB-26-00001"])
    # The list once more, with its bad row mended: who is there already is not asked for twice.
    mended = csv_of(a_row(1), a_row(2), a_row(3))
    assert await take(house, mended, keeps_good=True) == (1, 2, ["JB-26-00002"])
    assert len(await house.requests.open(OFFICE)) == 2


async def test_who_is_in_a_request_already_is_named_with_it(house: House) -> None:
    request = await received(house)
    known = await house.requests.known_people(OFFICE)
    assert set(known.values()) == {request.id} and len(known) == 2


@pytest.mark.slow
async def test_ten_thousand_rows_with_three_hundred_bad_ones(house: House) -> None:
    villages = [village.code for village in REGIONS.villages_of("16.04")]
    bad_ones = set(range(0, 9_900, 33))
    rows = [
        a_row(n, villages[n % 378], "terbang" if n in bad_ones else "lansia", f"Pak Uji 08129900{n % 378:04}")
        for n in range(10_000)
    ]
    good, bad, requests = await take(house, csv_of(*rows), keeps_good=True)
    assert (good, bad, len(requests)) == (9_700, 300, 378)
