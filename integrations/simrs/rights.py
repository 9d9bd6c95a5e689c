"""What the database user may do, from what the server says of it (SHOW GRANTS). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

READING = frozenset({"SELECT", "USAGE", "SHOW VIEW"})
# For following the binary log, by the names of several versions.
FOLLOWING = frozenset(
    {
        "REPLICATION SLAVE",
        "REPLICATION REPLICA",
        "REPLICATION CLIENT",
        "BINLOG MONITOR",
        "SLAVE MONITOR",
        "REPLICA MONITOR",
    }
)
_is_grant = re.compile(r"GRANT (?P<rights>.+?) ON (?P<what>.+?) TO ", re.IGNORECASE | re.DOTALL).match
_OF_COLUMNS = re.compile(r"\([^)]*\)")


@dataclass(frozen=True, slots=True)
class Rights:
    """`beyond`: what it may do more than read. `is_wide`: it may read more than the tables that were named."""

    beyond: tuple[str, ...]
    is_wide: bool


def read_rights(grants: Iterable[str]) -> Rights:
    """What cannot be understood counts as a right too many."""
    beyond: set[str] = set()
    is_wide = False
    for grant in grants:
        found = _is_grant(grant)
        if found is None:
            beyond.add("a role")  # whatever that may do
            continue
        rights = {right.strip().upper() for right in _OF_COLUMNS.sub("", found["rights"]).split(",")}
        beyond |= rights - READING - FOLLOWING
        if "WITH GRANT OPTION" in grant.upper():
            beyond.add("GRANT OPTION")
        is_wide = is_wide or ("SELECT" in rights and found["what"].strip().endswith("*"))
    return Rights(tuple(sorted(beyond)), is_wide)
