"""Who may ask: an account, and the tokens that we give for it."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from limits import RateLimitItemPerMinute
from sqlalchemy import Connection
from starlette.requests import Request

from integrations.bpjs.answers.replies import Declined
from integrations.contract import Opening
from queue_service.records.connection_tokens import give_token, is_token
from queue_service.web.errors import TooMany
from queue_service.web.proxies import address_of

TRIES = RateLimitItemPerMinute(30)  # of the token call, from one address; Mobile JKN needs one an hour
LONGEST = 200  # characters of a header


@dataclass(frozen=True)
class Access:
    opening: Opening
    username: bytes
    password: bytes

    @classmethod
    def of(cls, opening: Opening) -> Access:
        """Raises NotReady."""
        return cls(opening, opening.secret("X_USERNAME").encode(), opening.secret("X_PASSWORD").encode())

    async def give_token(self, request: Request) -> str:
        await self._throttle(request)
        username, password = _header(request, "x-username"), _header(request, "x-password")
        if not (username and password):
            raise Declined("Username dan Password wajib diisi")
        # Both are compared, so that nobody learns from the time which of them is wrong.
        is_known = (hmac.compare_digest(username, self.username), hmac.compare_digest(password, self.password))
        if not all(is_known):
            raise Declined("Username atau Password Tidak Sesuai")

        def give(connection: Connection) -> str:
            return give_token(connection, self.opening.connection, self._account, self._now())

        return await self.opening.house.database.write(give)

    async def check(self, request: Request) -> None:
        token, username = _header(request, "x-token"), _header(request, "x-username")
        if not (token and username):
            raise Declined("Username dan Token wajib diisi")
        if not hmac.compare_digest(username, self.username):
            raise Declined("Username salah")
        text = token.decode("latin-1")

        def look(connection: Connection) -> bool:
            return is_token(connection, self.opening.connection, self._account, text, self._now())

        if not await self.opening.house.database.read(look):
            raise Declined("Token salah/expired")

    async def _throttle(self, request: Request) -> None:
        try:
            await self.opening.house.limits.check(TRIES, f"token {self.opening.connection}", address_of(request))
        except TooMany as refused:
            seconds = refused.fields["seconds"]
            raise Declined(f"Terlalu banyak percobaan, silakan coba lagi dalam {seconds} detik") from None

    @property
    def _account(self) -> str:
        return f"{self.username.decode()}\0{self.password.decode()}"

    def _now(self) -> datetime:
        return self.opening.house.floors.clock()


def _header(request: Request, name: str) -> bytes:
    """As it came over the wire."""
    return request.headers.get(name, "")[:LONGEST].encode("latin-1")
