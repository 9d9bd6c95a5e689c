"""An independent validator of FHIR R4, which runs under Node."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
INSTALLED = HERE / "build" / "validator"
PATIENCE = 60  # seconds

Judge = Callable[[Iterable[Any]], list[list[str]]]


def an_independent_judge() -> Judge:
    if not (INSTALLED / ".ready").exists():
        lacking = INSTALLED / ".lacking"
        assert lacking.exists(), "`make provider` installs the validator, or says why it cannot"
        pytest.skip(lacking.read_text().strip())
    return judged


def judged(resources: Iterable[Any]) -> list[list[str]]:
    """What is wrong with each."""
    command = ["node", str(HERE / "validator" / "validator.mjs"), str(INSTALLED)]
    given = json.dumps(list(resources))
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=PATIENCE, check=True)
    found: list[list[str]] = json.loads(done.stdout)
    return found
