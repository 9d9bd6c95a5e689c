"""Takes the files of a folder, one after the other, and puts each away with a report on its rows."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from integrations.contract import Looked, Opening, Poller, Undelivered
from integrations.opd.files.folder import DONE, REFUSED, Found, list_files, mark_of, put_away, stands_so
from integrations.opd.files.tables import Row, read_rows
from integrations.opd.here import Here
from integrations.opd.lists import Listed, settle_list
from integrations.opd.mapping import FieldMap, Wanted, read_record
from integrations.opd.pulling import digest_of
from integrations.opd.settling import Outcome
from integrations.opd.sources import Unmapped, read_text, told
from queue_service.domain.errors import Invalid, Refusal
from queue_service.web.languages import N_, sentence
from queue_service.web.outside import in_words

if TYPE_CHECKING:
    from integrations.opd.files.settings import FilesSettings

log = logging.getLogger("antrean.integrations.opd")

LANGUAGE = "id"  # of reports: they lie where the agency's people look

_HEAD = N_("{file}, taken on {time}")
_COUNTS = N_("{n} rows: {taken} did something, {same} were so already, {bad} were refused.")
_NOTHING = N_("Nothing of this file was done: {why}")
_ROW = N_("row {n} ({id}): {why}")
_MEND = N_("some rows cannot be understood. Mend them and put the file here again; rows that were done stay done.")


@dataclass(frozen=True, slots=True)
class Bad:
    """A row that was refused. `why`: in words for the agency; `said`: for our own people."""

    row: int
    id: str
    why: str
    said: str


class FilesPoller(Poller):
    def __init__(self, opening: Opening, settings: FilesSettings, mapping: FieldMap) -> None:
        """Raises NotReady."""
        self.seconds = settings.seconds
        self._opening = opening
        self._settings = settings
        self._mapping = mapping
        self._here = Here(opening)
        self._still: dict[Found, float] = {}  # since when it is seen so

    async def look(self) -> Looked:
        """Raises Undelivered, Unavailable: then a file stays where it is, and is taken once more from its beginning."""
        looked = Looked()
        found = await asyncio.to_thread(list_files, self._settings.folder)
        now = time.monotonic()
        self._still = {each: self._still.get(each, now) for each in found}
        for each in found:
            if self._is_complete(each, now):
                await self._take(each, looked)
        return looked

    async def close(self) -> None:
        pass

    def _is_complete(self, found: Found, now: float) -> bool:
        if self._settings.complete == "done":
            return mark_of(found.path).exists()
        return now - self._still[found] >= self._settings.still_seconds

    async def _take(self, found: Found, looked: Looked) -> None:
        try:
            rows = await asyncio.to_thread(read_rows, found.path, self._mapping.fields)
        except Invalid as refusal:
            if not stands_so(found):
                return None
            looked.refused.append(f"{found.path.name}: {refusal}")
            why = sentence(LANGUAGE, refusal.sentence, **refusal.fields)
            return await self._put_away(found, REFUSED, [sentence(LANGUAGE, _NOTHING, why=why)])
        except OSError as error:
            raise Undelivered(f"the file {found.path.name} cannot be read: {error.strerror or error}") from error
        if not stands_so(found):
            return None  # somebody is still writing it
        wanted, bad = await asyncio.to_thread(self._read, rows)  # thousands, while clerks call
        if bad and self._settings.bad_rows == "refuse":
            looked.refused += [f"{found.path.name}: row {each.row}: {each.said}" for each in bad]
            nothing = sentence(LANGUAGE, _NOTHING, why=sentence(LANGUAGE, _MEND))
            return await self._put_away(found, REFUSED, [nothing, "", *_lines(bad)])
        taken, listed = 0, await asyncio.to_thread(_listed, wanted)
        for (row, each), settled in zip(wanted, await settle_list(listed, self._here), strict=True):
            if isinstance(settled, Outcome):
                taken += bool(settled.done)
            else:
                bad.append(_bad(row, each.id, settled))
        looked.taken += taken
        looked.refused += [f"{found.path.name}: row {each.row}: {each.said}" for each in bad]
        same = len(rows) - taken - len(bad)
        counts = sentence(LANGUAGE, _COUNTS, n=len(rows), taken=taken, same=same, bad=len(bad))
        await self._put_away(found, DONE, [counts, "", *_lines(sorted(bad, key=lambda each: each.row))])
        return None

    def _read(self, rows: Sequence[Row]) -> tuple[list[tuple[Row, Wanted]], list[Bad]]:
        branches = {branch.id: branch for branch in self._opening.branches()}
        wanted, bad = list[tuple[Row, Wanted]](), list[Bad]()
        for row in rows:
            try:
                wanted.append((row, read_record(self._mapping, row.record, branches)))
            except Unmapped as error:
                bad.append(_bad(row, self._id_of(row), error))
        return wanted, bad

    def _id_of(self, row: Row) -> str:
        try:
            return told(read_text(self._mapping.id, row.record, "id")) or "?"
        except Unmapped:
            return "?"

    async def _put_away(self, found: Found, where: str, report: Sequence[str]) -> None:
        now = self._now()
        head = sentence(LANGUAGE, _HEAD, file=found.path.name, time=f"{now:%d-%m-%Y %H.%M.%S}")
        await asyncio.to_thread(put_away, found, where, [head, *report], now)
        log.info("%s: %s is put into %s.", self._opening.connection, found.path.name, where)

    def _now(self) -> datetime:
        now = self._opening.house.floors.clock()
        branch = next(iter(self._opening.branches()), None)
        return branch.local(now) if branch else now


def _listed(wanted: Sequence[tuple[Row, Wanted]]) -> list[Listed]:
    return [Listed(row.number, each, f"{each.id}:{digest_of(row.record)}") for row, each in wanted]


def _bad(row: Row, id_: str, error: Unmapped | Refusal) -> Bad:
    if isinstance(error, Refusal):
        why = sentence(LANGUAGE, error.sentence, **error.fields)
    else:
        why = in_words(LANGUAGE, str(error))
    return Bad(row.number, id_, why, str(error))


def _lines(bad: Sequence[Bad]) -> Iterator[str]:
    return (sentence(LANGUAGE, _ROW, n=each.row, id=each.id, why=each.why) for each in bad)
