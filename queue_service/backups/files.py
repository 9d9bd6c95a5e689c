"""The file: lines of JSON, packed by gzip. A header; for each table a line with its columns, and its rows; a last line
with their number and the digest of all lines before it, so that what was cut off or altered is known as such."""

from __future__ import annotations

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from queue_service.faults import Fault

FORMAT = 1
LONGEST_LINE = 16 * 1024 * 1024
LEVEL = 6  # of compression

Values = list[Any]
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


class BackupRefused(Fault):
    """The sentence says why nothing was done."""


@dataclass(frozen=True, slots=True)
class Header:
    """`epoch`: of the journal that was copied. `revision`: of the tables; `version` wrote it."""

    taken_ms: int
    epoch: str
    revision: str
    version: str
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class TableHead:
    table: str
    columns: tuple[str, ...]


class BackupWriter:
    def __init__(self, file: BinaryIO, header: Header) -> None:
        self._zip = gzip.GzipFile(filename="", mode="wb", compresslevel=LEVEL, fileobj=file, mtime=0)
        self._digest = hashlib.sha256()
        self._rows = 0
        self._write({"antrean backup": asdict(header)})

    def begin_table(self, head: TableHead) -> None:
        self._write({"table": head.table, "columns": head.columns})

    def add(self, row: Values) -> None:
        self._rows += 1
        self._write(row)

    def close(self) -> None:
        """Without this it is no backup."""
        self._write({"rows": self._rows, "sha256": self._digest.hexdigest()})
        self._zip.close()

    def _write(self, value: Any) -> None:
        line = _encode(value).encode() + b"\n"
        self._digest.update(line)
        self._zip.write(line)


class BackupFile:
    """A file to be read, as often as need be."""

    def __init__(self, file: BinaryIO, path: Path) -> None:
        """Raises BackupRefused."""
        self._file = file
        self.path = path
        self.header = self._header(self._first_line())

    def rows(self) -> Iterator[tuple[TableHead, Values]]:
        """Raises BackupRefused, at the end at the latest, when this is not what was written."""
        digest, head, count = hashlib.sha256(), None, 0
        lines = self._lines()
        digest.update(next(lines))
        for line in lines:
            value = self._parsed(line)
            if isinstance(value, list) and head is not None and len(value) == len(head.columns):
                count += 1
                yield head, value
            elif isinstance(value, dict) and value.keys() == {"table", "columns"}:
                head = TableHead(value["table"], tuple(value["columns"]))
            elif value == {"rows": count, "sha256": digest.hexdigest()}:
                if next(lines, None) is not None:
                    raise self.refused("goes on after its end")
                return
            else:
                raise self.refused("is damaged")
            digest.update(line)
        raise self.refused("was cut off")

    def _first_line(self) -> Any:
        try:
            return self._parsed(next(self._lines()))
        except StopIteration:
            raise self.refused("is empty") from None

    def _header(self, value: Any) -> Header:
        try:
            header = Header(**value["antrean backup"])
        except (TypeError, KeyError):
            raise self.refused("is no backup of Antrean, or of a later version") from None
        if header.format != FORMAT:
            raise self.refused(f"has format {header.format}; this version reads {FORMAT}")
        return header

    def _parsed(self, line: bytes) -> Any:
        try:
            return json.loads(line)
        except (ValueError, RecursionError):
            raise self.refused("is damaged") from None

    def _lines(self) -> Iterator[bytes]:
        self._file.seek(0)
        try:
            with gzip.GzipFile(fileobj=self._file, mode="rb") as unpacked:
                while line := unpacked.readline(LONGEST_LINE):
                    yield line
        except EOFError:
            raise self.refused("was cut off") from None
        except (gzip.BadGzipFile, zlib.error):
            raise self.refused("is damaged, or no backup of Antrean") from None

    def refused(self, why: str) -> BackupRefused:
        return BackupRefused(f"{self.path} {why}. Nothing was changed.")
