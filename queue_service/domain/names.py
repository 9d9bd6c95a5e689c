from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Name:
    """What something is called on screens, in both languages."""

    id: str
    en: str

    def in_language(self, language: str) -> str:
        return self.en if language == "en" else self.id
