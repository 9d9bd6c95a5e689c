"""The command `antrean-double`. What it runs stands among the tests, so only a checkout has it: nothing that pretends
to be an insurance belongs where an agency works."""

from __future__ import annotations

import sys


def main() -> None:
    try:
        from tests.doubles.command import main as run
    except ModuleNotFoundError as error:
        if error.name is None or not error.name.startswith("tests"):
            raise
        sys.exit("antrean-double: the doubles are among the tests, which are not here. Run it from a checkout.")
    run()
