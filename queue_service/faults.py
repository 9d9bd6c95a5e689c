"""What a command says when it cannot do what was asked."""

from __future__ import annotations

from typing import ClassVar


class Fault(Exception):
    """Its sentence is all that whoever gave the command needs to know; there is nothing to be found in a trace."""

    heading: ClassVar[str] = ""  # for a sentence that is somebody else's
