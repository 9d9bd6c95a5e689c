"""Whether a connection works: the insurer is asked for a list that changes nothing, what is answered is looked over."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from integrations.bpjs.answers.probing import look_over
from integrations.bpjs.client import Refused
from integrations.bpjs.opening import open_line
from integrations.contract import NotReady, Opening, Undelivered

if TYPE_CHECKING:
    from integrations.bpjs.settings import BpjsSettings, PuskesmasSettings, SendsPlan


async def probe(opening: Opening, settings: BpjsSettings | PuskesmasSettings, today: date | None = None) -> str:
    """`today`: of a Puskesmas, whose clinics are listed by the day. Raises NotReady, Undelivered."""
    told = []
    if settings.answers is not None:
        told.append(await look_over(opening, settings.answers, settings.clinics))
    if settings.sends is not None:
        told.append(await _ask(opening, settings.sends, today))
    if not told:
        raise NotReady("It neither sends nor answers: its settings have no “sends” and no “answers”.")
    return " ".join(told)


async def _ask(opening: Opening, sends: SendsPlan, today: date | None) -> str:
    line = open_line(opening, sends, is_puskesmas=today is not None)

    async def count() -> int:
        return len(await line.puskesmas.clinics(today) if today else await line.calls.clinics())

    try:
        found = await line.ask(count)
    except Refused as error:
        raise Undelivered(str(error), is_refused=True) from error
    finally:
        await line.close()
    return f"BPJS let us in with these keys, and its register lists {found} clinics."
