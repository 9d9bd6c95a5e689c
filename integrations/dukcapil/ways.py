"""The ways in which an identity is checked, by the mode of a connection."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from integrations.contract import Undelivered
from integrations.dukcapil.client import DukcapilClient
from integrations.dukcapil.settings import DukcapilSettings
from integrations.dukcapil.translate import Account
from integrations.http import Http
from queue_service.domain.identity_checks import Verdict, look_at

Secret = Callable[[str], str]  # of a name; raises NotReady
CALL = "dukcapil/get_json/{customer}/CALL_VERIFY_BY_ELEMEN"


class ByFormat:
    """Asks nobody."""

    failure: Undelivered | None = None

    async def verify_identity(self, nik: str, name: str, birth_date: date | None) -> Verdict:
        return look_at(nik, birth_date)

    async def close(self) -> None:
        pass


Way = ByFormat | DukcapilClient


def open_way(settings: DukcapilSettings, secret: Secret) -> Way:
    """Raises NotReady."""
    if settings.mode != "official":
        return ByFormat()
    account = Account(secret("USER_ID"), secret("PASSWORD"), settings.ip_user or "", settings.threshold)
    return DukcapilClient(Http(settings, seconds=settings.seconds), address_of(settings), account)


def address_of(settings: DukcapilSettings) -> str:
    return f"{str(settings.base_url).rstrip('/')}/{CALL.format(customer=settings.customer)}"
