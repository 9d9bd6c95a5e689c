"""How far a paper is, told by an agency's system."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.contract import Opening
from integrations.opd.here import Here
from integrations.opd.mapping import FieldMap, read_record
from integrations.opd.rehearsal import rehearse
from integrations.opd.settling import Outcome, settle
from queue_service.domain.cases import Stage
from queue_service.domain.errors import Invalid
from queue_service.records.plans import ConnectionPlan
from tests.cases.offices import REGISTRY, a_case, a_registry
from tests.houses import NINE

MAPPING = FieldMap.model_validate(
    {
        "id": "permohonan",
        "action": {"is": "progress"},
        "paper": "permohonan",
        "stage": {"from": "tahap", "values": {"CETAK": "printed", "SIAP": "ready", "KENDALA": "problem"}},
        "reason": "alasan",
        "occurred": "pada",
    }
)


async def test_a_paper_goes_on_and_never_back(tmp_path: Path) -> None:
    async with a_registry(tmp_path) as house:
        case = await a_case(house)
        opening = Opening(ConnectionPlan(id="siak", system="opd-files", branches=[REGISTRY]), house, {})
        here, branches = Here(opening), {REGISTRY: house.branches.get(REGISTRY)}

        def record(tahap: str, minutes: int, permohonan: str = case.number) -> dict[str, Any]:
            return {"permohonan": permohonan, "tahap": tahap, "pada": NINE + timedelta(minutes=minutes)}

        async def tell(*given: Any) -> Outcome:
            return await settle(read_record(MAPPING, record(*given), branches), here, "m")

        (seen,) = await rehearse(opening, MAPPING, [record("SIAP", 3)])
        assert (seen.done, seen.label) == (("progress",), "A-001")
        assert (await house.cases.get(case.number)).stage is case.stage
        assert (await tell("SIAP", 3)).done == ("progress",)
        assert [(await tell(*given)).done for given in (("SIAP", 3), ("CETAK", 2))] == [(), ()]
        after = await house.cases.get(case.number)
        assert (after.stage, after.stage_at) == (Stage.READY, NINE + timedelta(minutes=3))
        assert (await tell("SIAP", 4, "261123-A001-AAAAAAAA")).is_unknown
        with pytest.raises(Invalid, match="is still to come"):
            await tell("CETAK", 600)
