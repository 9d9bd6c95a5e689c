"""Booking codes: no sign that may be misread or needs care in an address, and as good as impossible to guess."""

from __future__ import annotations

import secrets

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
LENGTH = 14  # 69 random bits


def new_code() -> str:
    return "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
