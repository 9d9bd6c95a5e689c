"""Where settings and secrets become a way to the insurer."""

from __future__ import annotations

import time

from integrations.bpjs.client import Account, BpjsClient
from integrations.bpjs.line import Line
from integrations.bpjs.settings import SendsPlan
from integrations.contract import Opening
from integrations.http import Http


def open_line(
    opening: Opening, sends: SendsPlan, *, is_puskesmas: bool = False, per_second: float | None = None
) -> Line:
    """`per_second`: a part of what was agreed. Raises NotReady."""
    login = (opening.secret("PCARE_USER"), opening.secret("PCARE_PASSWORD")) if is_puskesmas else None
    account = Account(
        sends.base_url, sends.cons_id, opening.secret(), opening.secret("USER_KEY"), sends.content_type, login
    )
    http = Http(sends)
    return Line(opening.connection, BpjsClient(account, http, time.time), per_second or sends.per_second, http.close)
