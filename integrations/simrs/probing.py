"""Whether a SIMRS can be followed as it is set up, in a plain sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from integrations.contract import Opening, Undelivered
from integrations.simrs.moments import doubt_of_clock, read_moment
from integrations.simrs.poller import check_rights, follow_log
from integrations.simrs.rights import Rights

if TYPE_CHECKING:
    from integrations.simrs.client import SimrsClient
    from integrations.simrs.settings import SimrsSettings


async def probe(client: SimrsClient, settings: SimrsSettings, opening: Opening) -> str:
    """Raises Undelivered, NotReady."""
    rights = await client.rights()
    check_rights(rights, settings)
    if missing := await client.missing():
        told = "; ".join(f"{client.statements.tables[name].names.table} ({words})" for name, words in missing.items())
        raise Undelivered(f"Connected, but these tables cannot be read as they are named: {told}", is_refused=True)
    if log := follow_log(opening, settings):
        await log.check()
    (branch,) = opening.branches()
    now = opening.house.floors.clock()
    count, last = await client.today(branch.day_of(now))
    newest = read_moment(last, branch.timezone)
    told = (
        f"Connected to {settings.database} on {settings.host}; {_of_rights(rights)}; all tables and columns are there"
    )
    if not count or newest is None:
        return f"{told}. Nobody is registered for {branch.day_of(now)} yet, so the clock could not be compared."
    clock = doubt_of_clock(newest, now) if newest > now else None
    told += f". {count} are registered for {branch.day_of(now)}, the last at {newest.astimezone(branch.timezone):%H:%M}"
    return f"{told}. Its clock: {clock}; is a time zone wrong?" if clock else f"{told}."


def _of_rights(rights: Rights) -> str:
    if rights.beyond:
        return f"its user may do more than read ({', '.join(rights.beyond)})"
    if rights.is_wide:
        return "its user may only read, but more than the tables that are needed"
    return "its user may only read"
