"""What is said of a connection to LAPOR, for the office to say in its reader's language."""

from __future__ import annotations

from queue_service.web.languages import N_

SENTENCES = (
    N_("LAPOR does not accept the key (answer {n})"),
    N_("LAPOR refuses it: {said}"),
    N_("it took a complaint without saying its number"),
    N_("its answer is no list of follow-ups"),
    N_("it was interrupted while it waited for an answer"),
    N_("The gateway lets us through, and LAPOR answers ({n} to a question about no complaint). Nothing was sent."),
)
