"""How far it is between the villages of an office: as measured where somebody has, else by where they lie."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path

from queue_service.domain.branches import Branch
from queue_service.planning.travel import Roads, Travel, read_matrix
from queue_service.web.house import House

log = logging.getLogger("antrean.trips")

FOLDER = "travel"  # of the data folder: a file for each regency, such as 1604.csv

Matrix = Mapping[tuple[str, str], int]

_read: dict[Path, tuple[float, Matrix]] = {}  # as of when it was changed last


def travel_of(house: House, office: Branch) -> Travel:
    outreach = office.outreach
    if outreach is None:
        return Travel({})
    villages = house.regions.villages_of(outreach.regency)
    places = {village.code: (village.latitude, village.longitude) for village in villages}
    measured = _measured(house.settings.data_dir / FOLDER / f"{outreach.regency.replace('.', '')}.csv")
    return Travel(places, Roads(outreach.road_factor, outreach.kilometres_an_hour), measured)


def _measured(path: Path) -> Matrix:
    """Empty where there is no such file; one that cannot be read counts as before, and the log says why."""
    try:
        changed = path.stat().st_mtime
    except OSError:
        return {}
    known = _read.get(path)
    if known is None or known[0] != changed:
        try:
            known = changed, read_matrix(path.read_text(encoding="utf-8-sig"))
        except (OSError, ValueError) as error:
            log.error("The travel times of %s are not used: %s", path.name, error)
            known = changed, {} if known is None else known[1]
        _read[path] = known
    return known[1]
