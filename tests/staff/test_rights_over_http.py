"""What each role may do, asked of the service itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from queue_service.records.roles import RIGHTS, Right, Role
from tests.houses import CHILDREN, RSUD, a_house, a_visitor

AT = f"/api/v1/branches/{RSUD}"
NOTICE = {"text": "Istirahat", "until": "2026-11-23T05:00:00Z"}
ASKED: list[tuple[Right, str, str, Any]] = [
    (Right.READ_COUNTERS, "GET", f"{AT}/counters/3", None),
    (Right.SERVE, "POST", f"{AT}/counters/3/open", None),
    (Right.SERVE, "GET", f"/counter/{RSUD}/3", None),
    (Right.SET_QUEUES, "POST", f"{AT}/queues/{CHILDREN}/pause", None),
    (Right.GIVE_NOTICES, "POST", f"{AT}/notices", NOTICE),
]


@pytest.mark.parametrize("role", Role)
async def test_a_role_may_do_what_the_table_says_and_nothing_else(tmp_path: Path, role: Role) -> None:
    async with a_house(tmp_path) as house, a_visitor(house) as staff:
        scopes = RIGHTS[role] if role is Role.INTEGRATION else ()
        key = await house.keys.create(role, RSUD, house.floors.clock(), scopes=scopes)
        staff.headers["Authorization"] = f"Bearer {key}"
        answers = [(right, await staff.request(method, path, json=body)) for right, method, path, body in ASKED]
        assert [(right, answer.status_code < 300) for right, answer in answers] == [
            (right, right in RIGHTS[role]) for right, _ in answers
        ]
        assert {answer.status_code for _, answer in answers} <= {200, 201, 403}
        elsewhere = [path.replace(RSUD, "disdukcapil-lahat") for _, method, path, _ in ASKED if method == "GET"]
        assert {(await staff.get(path)).status_code for path in elsewhere} == {403}
