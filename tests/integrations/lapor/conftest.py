from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.integrations.lapor.channels import Channel, a_channel


@pytest.fixture
async def channel(tmp_path: Path) -> AsyncIterator[Channel]:
    async with a_channel(tmp_path) as opened:
        yield opened
