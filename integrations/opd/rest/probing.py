"""Whether an agency's system can be asked and told as it is set up, in a plain sentence."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from integrations.contract import Opening
from integrations.opd.mapping import FieldMap, read_record
from integrations.opd.rest.client import open_http
from integrations.opd.sources import Record, Unmapped

if TYPE_CHECKING:
    from integrations.opd.rest.settings import PullPlan, WithToken


def look_over(pull: PullPlan, mapping: FieldMap, records: Sequence[Record], opening: Opening) -> str:
    """Whether what it showed can be understood."""
    branches = {branch.id: branch for branch in opening.branches()}
    wrong: list[str] = []
    for record in records:
        try:
            read_record(mapping, record, branches)
        except Unmapped as error:
            wrong.append(str(error))
    said = f"{urlsplit(pull.url).netloc} let us in and showed {len(records)} records"
    if not wrong:
        return f"{said}, all of which can be mapped."
    return f"{said}, {len(wrong)} of which cannot be mapped; the first: {wrong[0]}."


async def knock(settings: WithToken, opening: Opening, url: str) -> str:
    """Where nothing is read, all that can be tried without telling anything. Raises NotReady, Undelivered."""
    http = open_http(opening, settings)
    try:
        answer = await http.ask("GET", url)
    finally:
        await http.close()
    return f"it is there: it answered {answer.status} to a plain GET, and nothing was sent"
