"""The cells of a list that somebody sends: CSV or XLSX, and never more of it than was counted before."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator

from python_calamine import CalamineWorkbook

from queue_service.domain.errors import Invalid

MOST_ROWS = 10_000
MOST_COLUMNS = 40
LONGEST_CELL = 500  # characters
LARGEST_FILE = 4 * 1024 * 1024
LARGEST_UNPACKED = 48 * 1024 * 1024
MOST_PARTS = 200
_CHUNK = 64 * 1024
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_PANIC = "PanicException"  # of the reader, which is no Exception
_KNOWN_PACKING = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_PLACES = re.compile(rb"""\br\s*=\s*["']\s*([A-Za-z]*)([0-9]+)""")
_OTHER_KINDS = ("content.xml", "xl/workbook.bin")  # of workbooks, whose cells are not counted here
_FORMULA = re.compile(rb"<(?:[A-Za-z0-9]+:)?f[\s/>]")
# What a spreadsheet would reckon out when the list is opened there. A number with a sign is none.
_is_formula = re.compile(r"[=@].*|[+\-](?![0-9 ]).*", re.DOTALL).fullmatch


def read_cells(content: bytes) -> list[list[str]]:
    """Row by row, as text. Raises Invalid for what is no list, or more than one; nothing of it was taken then."""
    if not content.strip():
        raise Invalid("The file is empty.")
    if len(content) > LARGEST_FILE:
        raise Invalid("The file is too large: at most {most} MB.", most=LARGEST_FILE // 1024 // 1024)
    if content.startswith(_OLD_EXCEL):
        raise Invalid("The file is of an old Excel, or locked with a password. Please save it as .xlsx or CSV.")
    rows = _of_workbook(content) if content.startswith(_ZIP) else _of_text(content)
    return list(_checked(rows))


def _checked(rows: Iterable[list[str]]) -> Iterator[list[str]]:
    for number, row in enumerate(rows, 1):
        if number > MOST_ROWS + 1:
            raise Invalid("The list has more than {most} rows. Please divide it.", most=MOST_ROWS)
        if len(row) > MOST_COLUMNS:
            raise Invalid("Row {row} has more than {most} columns.", row=number, most=MOST_COLUMNS)
        for cell in row:
            if len(cell) > LONGEST_CELL:
                raise Invalid(
                    "A cell in row {row} is too long: at most {most} characters.", row=number, most=LONGEST_CELL
                )
            if _is_formula(cell.strip()) and cell.strip() != "-":
                raise Invalid("Row {row} holds a formula. Please save the list with plain values.", row=number)
        yield row


def _of_text(content: bytes) -> list[list[str]]:
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError:
        raise Invalid("The file is in no encoding that is known here. Please save it as CSV UTF-8.") from None
    if "\0" in text:
        raise Invalid("The file is no list: expected CSV or XLSX.")
    head = text.lstrip().partition("\n")[0]
    divider = max(";,\t", key=head.count)
    try:
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=divider, strict=True))
    except csv.Error:
        raise Invalid("The file is no list: expected CSV or XLSX.") from None


def _of_workbook(content: bytes) -> list[list[str]]:
    try:
        counted = _unpacked(content)
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(counted))
        if not workbook.sheet_names:
            raise Invalid("The workbook has no sheet.")
        rows = workbook.get_sheet_by_index(0).to_python(skip_empty_area=False, nrows=MOST_ROWS + 2)
    except Invalid:
        raise
    except BaseException as error:
        if (
            not isinstance(error, Exception) and type(error).__name__ != "PanicException"
        ):  # the reader's own, no Exception
            raise
        raise Invalid("The workbook cannot be read. Please save it anew as .xlsx or CSV.") from None
    return [[_text(cell) for cell in row] for row in rows]


def _text(cell: object) -> str:
    """A year that a spreadsheet keeps as 1950.0 is 1950."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def _unpacked(content: bytes) -> bytes:
    """The same workbook without packing: what was counted while it was unpacked, whatever its heads say of sizes, is
    all that is read afterwards."""
    unpacked, left = io.BytesIO(), LARGEST_UNPACKED
    with zipfile.ZipFile(io.BytesIO(content)) as packed, zipfile.ZipFile(unpacked, "w") as plain:
        parts = packed.infolist()
        names = [part.filename for part in parts]
        if len(parts) > MOST_PARTS or len(set(names)) < len(names):
            raise Invalid("The workbook holds more than a list. Please save it anew as .xlsx or CSV.")
        if "xl/workbook.xml" not in names or any(kind in names for kind in _OTHER_KINDS):
            raise Invalid("The workbook cannot be read. Please save it anew as .xlsx or CSV.")
        for part in parts:
            if part.compress_type not in _KNOWN_PACKING or part.flag_bits & 1:
                raise Invalid("The workbook is packed or locked in a way that is not read here.")
            told = _inflated(packed, part, left)
            left -= len(told)
            _check_part(part.filename, told)
            plain.writestr(part.filename, told)
    return unpacked.getvalue()


def _inflated(packed: zipfile.ZipFile, part: zipfile.ZipInfo, most: int) -> bytes:
    chunks, taken = [], 0
    with packed.open(part) as opened:
        while chunk := opened.read(_CHUNK):
            taken += len(chunk)
            if taken > most:
                raise Invalid("The workbook is much larger unpacked than a list can be.")
            chunks.append(chunk)
    return b"".join(chunks)


def _check_part(name: str, told: bytes) -> None:
    """A single cell far out would make its reader keep room for all before it."""
    lower = name.casefold()
    if lower.endswith(("vbaproject.bin", ".exe", ".dll")):
        raise Invalid("The workbook holds a program. Please save it as .xlsx without macros, or as CSV.")
    if not lower.endswith((".xml", ".rels")):
        return
    if b"\0" in told or b"<!DOCTYPE" in told or b"<!ENTITY" in told:
        raise Invalid("The workbook cannot be read. Please save it anew as .xlsx or CSV.")
    if b"sheetData" not in told:  # wherever it lies: a workbook may keep its sheets anywhere
        return
    if _FORMULA.search(told):
        raise Invalid("The workbook holds formulas. Please save the list with plain values.")
    for column, row in _PLACES.findall(told):
        if len(row) > 7 or int(row) > MOST_ROWS + 1:
            raise Invalid("The list has more than {most} rows. Please divide it.", most=MOST_ROWS)
        if len(column) > 1 and (len(column) > 2 or column.upper() > b"AN"):
            raise Invalid("The list has more than {most} columns.", most=MOST_COLUMNS)
