"""What the button for trying a connection does: it sees whether somebody is there, and asks about nobody."""

from __future__ import annotations

from integrations.contract import Opening
from integrations.dukcapil.settings import DukcapilSettings
from integrations.dukcapil.ways import open_way
from integrations.http import Http


async def probe(opening: Opening, settings: DukcapilSettings) -> str:
    """Raises Undelivered, NotReady."""
    if settings.mode == "off":
        return "Mode off: no identity is checked."
    if settings.mode == "format-only":
        return "Mode format-only: the form of a NIK is looked at, and nobody is asked."
    await open_way(settings, opening.secret).close()  # whether the secrets are there
    http = Http(settings, seconds=settings.seconds)
    try:
        answer = await http.ask("GET", str(settings.base_url))
    finally:
        await http.close()
    return f"The register's address answers ({answer.status}). No NIK was asked about."
