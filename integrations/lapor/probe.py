"""What the button for trying a connection does: it asks for a complaint that there is not, and sends none."""

from __future__ import annotations

from integrations.contract import Opening
from integrations.lapor.client import LaporClient
from integrations.lapor.settings import LaporSettings


async def probe(opening: Opening, settings: LaporSettings) -> str:
    """Raises Undelivered, NotReady."""
    client = LaporClient(opening, settings)
    try:
        status = await client.knock()
    finally:
        await client.close()
    return (
        f"The gateway lets us through, and LAPOR answers ({status} to a question about no complaint). Nothing was sent."
    )
