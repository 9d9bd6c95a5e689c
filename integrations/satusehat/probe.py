"""What the button for trying a connection does: it asks for a token and reads, and changes nothing there."""

from __future__ import annotations

from integrations.contract import Opening
from integrations.satusehat.opening import client_of
from integrations.satusehat.settings import SatusehatSettings

MODES = {
    "off": "Mode off: nothing is sent.",
    "advise": "Mode advise: nothing is sent; `antrean satusehat advise DAY` reports the times.",
    "own": "Mode own: Encounters are sent.",
}


async def probe(opening: Opening, settings: SatusehatSettings) -> str:
    """Raises Undelivered, NotReady."""
    async with client_of(settings, opening.secret) as client:
        token = await client.tokens.get()
        known, total = await client.locations()
    holder = f" to {token.holder}" if token.holder else ""
    told = f"SATUSEHAT gave a token{holder}; organization {settings.organization} has {total} Locations there."
    named = [clinic for clinic in settings.clinics if clinic.location]
    is_whole = len(known) >= total  # else more stand on a further page, which is not asked for
    unknown = [clinic.queue for clinic in named if is_whole and clinic.location not in known]
    lacking = [clinic.queue for clinic in settings.clinics if clinic.location is None]
    if unknown:
        told += f" The Location of {', '.join(unknown)} is not among them."
    if lacking:
        told += f" No Location is set up for {', '.join(lacking)}."
    return f"{told} {MODES[settings.mode]}"
