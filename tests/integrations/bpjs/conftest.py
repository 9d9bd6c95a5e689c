from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.integrations.bpjs.hospitals import Hospital, a_hospital


@pytest.fixture
async def hospital() -> AsyncIterator[Hospital]:
    async with a_hospital() as opened:
        yield opened
