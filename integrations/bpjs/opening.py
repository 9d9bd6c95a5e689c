"""Where settings and secrets become a way to the insurer."""

from __future__ import annotations

import ssl
import time

import httpx2

from integrations.bpjs.client import Account, BpjsClient
from integrations.bpjs.line import Line
from integrations.bpjs.settings import SendsPlan
from integrations.contract import NotReady, Opening
from integrations.http import ANSWER_SECONDS, CONNECT_SECONDS, CarefulTransport
from queue_service.version import VERSION


def open_line(
    opening: Opening, sends: SendsPlan, *, is_puskesmas: bool = False, per_second: float | None = None
) -> Line:
    """`per_second`: a part of what was agreed. Raises NotReady."""
    login = (opening.secret("PCARE_USER"), opening.secret("PCARE_PASSWORD")) if is_puskesmas else None
    account = Account(
        sends.base_url, sends.cons_id, opening.secret(), opening.secret("USER_KEY"), sends.content_type, login
    )
    try:
        trust = ssl.create_default_context(cafile=sends.ca_file)
    except (OSError, ssl.SSLError) as error:
        raise NotReady(f"ca_file {sends.ca_file} cannot be used: {error}.") from error
    http = httpx2.AsyncClient(
        transport=CarefulTransport(trust, sends.allow_private),
        timeout=httpx2.Timeout(ANSWER_SECONDS, connect=CONNECT_SECONDS),
        follow_redirects=False,
        trust_env=False,
        headers={"User-Agent": f"Antrean/{VERSION}"},
    )
    return Line(opening.connection, BpjsClient(account, http, time.time), per_second or sends.per_second, http.aclose)
