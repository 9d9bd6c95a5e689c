"""A file that is not whole, not ours or not of these tables is refused, whatever is wrong with it."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from queue_service.backups.files import BackupFile, BackupRefused, BackupWriter, Header, TableHead
from queue_service.backups.restore import Wanted, check, restore
from queue_service.database import open_database
from tests.backups.conftest import NewAddress, Vault, everything, house_at, live_a_little
from tests.houses import NINE

HEAD = TableHead("keys", ("id", "revoked_ms"))
ROWS: list[list[Any]] = [["a", None], ["b", 7], ["ébène\n", 0]]


def a_backup() -> bytes:
    file = BytesIO()
    writer = BackupWriter(file, Header(1, "e1", "0001", "0.1.0"))
    writer.begin_table(HEAD)
    for row in ROWS:
        writer.add(row)
    writer.close()
    return file.getvalue()


def read(content: bytes) -> list[Any]:
    return list(BackupFile(BytesIO(content), Path("a-backup")).rows())


def repacked(change: Callable[[list[bytes]], list[bytes]]) -> bytes:
    """A well-packed file with other lines in it."""
    return gzip.compress(b"".join(change(gzip.decompress(a_backup()).splitlines(keepends=True))))


def test_what_was_written_is_read_as_often_as_need_be() -> None:
    backup = BackupFile(BytesIO(a_backup()), Path("a-backup"))
    for _ in range(2):
        assert list(backup.rows()) == [(HEAD, row) for row in ROWS]
    assert backup.header == Header(1, "e1", "0001", "0.1.0")


def test_a_file_that_was_cut_off_anywhere_is_refused() -> None:
    whole = a_backup()
    assert [end for end in range(len(whole)) if not is_refused(whole[:end])] == []


def test_a_file_in_which_anything_was_altered_is_refused_or_says_the_same() -> None:
    """Of gzip's own header some bytes mean nothing to anybody."""
    whole, rng = a_backup(), random.Random(5)
    accepted = 0
    for place in range(len(whole)):
        altered = bytearray(whole)
        altered[place] ^= rng.randrange(1, 256)
        if not is_refused(bytes(altered)):
            accepted += 1
            assert read(bytes(altered)) == read(whole)
    assert accepted < 10


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"branches:\n  - id: rsud-lahat\n", id="text"),
        pytest.param(b"SQLite format 3\0" + bytes(4096), id="a database"),
        pytest.param(gzip.compress(b""), id="packed emptiness"),
        pytest.param(gzip.compress(b"a picture"), id="something packed"),
        pytest.param(gzip.compress(b'{"antrean backup": 1}\n'), id="a header that is none"),
        pytest.param(gzip.compress(b'["antrean backup"]\n'), id="a list"),
        pytest.param(gzip.compress(b"[" * 100_000), id="brackets"),
        pytest.param(repacked(lambda lines: lines[:-1]), id="no last line"),
        pytest.param(repacked(lambda lines: lines[:2] + lines[3:]), id="a row is missing"),
        pytest.param(
            repacked(lambda lines: [*lines[:2], lines[3], lines[2], *lines[4:]]), id="two rows changed places"
        ),
        pytest.param(repacked(lambda lines: lines + lines[1:]), id="goes on"),
        pytest.param(repacked(lambda lines: [lines[0], *lines[2:]]), id="rows of no table"),
        pytest.param(a_backup() + a_backup(), id="two in one"),
        pytest.param(a_backup() + b"more", id="more behind it"),
    ],
)
def test_what_is_no_backup_is_refused(content: bytes) -> None:
    assert is_refused(content)


def is_refused(content: bytes) -> bool:
    try:
        read(content)
    except BackupRefused as refused:
        return str(refused).startswith("a-backup ")  # a sentence that names the file
    return False


def test_a_later_format_is_refused() -> None:
    def later(lines: list[bytes]) -> list[bytes]:
        header = json.loads(lines[0])
        header["antrean backup"]["format"] = 2
        return [json.dumps(header).encode() + b"\n", *lines[1:]]

    with pytest.raises(BackupRefused, match="format 2"):
        read(repacked(later))


@pytest.mark.parametrize("revision", ["0000", "9999"])
def test_a_backup_of_unknown_tables_names_the_version_that_can_restore_it(revision: str) -> None:
    file = BytesIO()
    BackupWriter(file, Header(1, "e1", revision, "7.7.7")).close()
    with pytest.raises(BackupRefused, match=r"Restore it with Antrean 7\.7\.7, which wrote it"):
        check(BackupFile(file, Path("a-backup")))


async def test_a_file_that_is_altered_after_it_was_checked_changes_nothing(
    tmp_path: Path, new_address: NewAddress
) -> None:
    """It is read once to check it, and once to restore it."""
    address, path = new_address("sqlite"), tmp_path / "backup"
    async with house_at(tmp_path, address) as house:
        await live_a_little(house)
    await Vault(tmp_path, address).back_up()
    before, database = await everything(address), open_database(address)
    with path.open("rb") as file:
        checked = check(BackupFile(file, path))
        path.write_bytes(path.read_bytes()[:-40])
        with pytest.raises(BackupRefused, match="cut off"):
            await restore(database, checked, NINE, Wanted())
    await database.close()
    assert await everything(address) == before
