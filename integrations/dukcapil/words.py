"""What is said of a connection to the population register, for the office to say in its reader's language."""

from __future__ import annotations

from queue_service.web.languages import N_

SENTENCES = (
    N_("the register refuses with code {code}"),
    N_("the register answered {code}"),
    N_("the register's answer says nothing about what was asked"),
    N_("the register's answer is none that is known here"),
    N_("the register was away, and is not asked for a while"),
    N_("nothing is kept of who has this number any more"),
    N_("no NIK was given for this number"),
    N_("nobody serves this connection"),
    N_("Mode off: no identity is checked."),
    N_("Mode format-only: the form of a NIK is looked at, and nobody is asked."),
    N_("The register's address answers ({code})."),
    N_("No NIK was asked about."),
)
