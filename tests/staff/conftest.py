from __future__ import annotations

import pytest
from argon2 import Parameters
from argon2.profiles import CHEAPEST

from queue_service.records.staff import passwords


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> Parameters:
    """A good hash takes long, and these tests make hundreds."""
    monkeypatch.setattr(passwords, "profile", lambda: CHEAPEST)
    return CHEAPEST
