"""What is said of a gateway, for the office to say in its reader's language."""

from __future__ import annotations

from queue_service.web.languages import N_

SENTENCES = (
    N_("the gateway wants fewer requests ({said})"),
    N_("the gateway does not accept the key ({said})"),
    N_("the gateway does not let it through ({said})"),
    N_("All {n} readings of {m} branches can be given; nothing was sent."),
)
