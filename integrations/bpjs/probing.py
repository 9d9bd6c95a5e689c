"""Whether the insurer can be reached and lets us in: by asking for a list that changes nothing."""

from __future__ import annotations

from datetime import date

from integrations.bpjs.client import Refused
from integrations.bpjs.opening import open_line
from integrations.bpjs.settings import SendsPlan
from integrations.contract import NotReady, Opening, Undelivered


async def probe(opening: Opening, sends: SendsPlan | None, today: date | None = None) -> str:
    """`today`: of a Puskesmas, whose clinics are listed by the day. Raises NotReady, Undelivered."""
    if sends is None:
        raise NotReady("It only answers; BPJS tries that from its side.")
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
