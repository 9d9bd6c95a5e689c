"""Whether the insurer can be reached and lets us in: by asking for a list that changes nothing."""

from __future__ import annotations

from integrations.bpjs.client import Refused
from integrations.bpjs.opening import open_line
from integrations.bpjs.settings import SendsPlan
from integrations.contract import NotReady, Opening, Undelivered


async def probe(opening: Opening, sends: SendsPlan | None, path: str, *, is_puskesmas: bool = False) -> str:
    """Raises NotReady, Undelivered."""
    if sends is None:
        raise NotReady("It only answers; BPJS tries that from its side.")
    line = open_line(opening, sends, is_puskesmas=is_puskesmas)
    try:
        found = await line.get(path)
    except Refused as error:
        raise Undelivered(str(error), is_refused=True) from error
    finally:
        await line.close()
    return f"BPJS let us in with these keys, and its register lists {len(found or [])} clinics."
