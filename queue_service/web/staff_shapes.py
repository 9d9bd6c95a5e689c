"""What those who look after staff, keys and the audit trail are told."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from queue_service.records.roles import Role
from queue_service.web.shapes import Shape


class GrantShape(Shape):
    """`branch` null: all branches. `queues` empty: all of the branch."""

    role: Role
    branch: str | None
    queues: list[str]


class AccountShape(Shape):
    """`password_until`: by then its owner must have chosen another than the one that was made for them.
    `openid_linked`: whether the provider has signed its owner in."""

    id: str
    login: str
    name: str
    openid: str | None
    openid_linked: bool
    disabled: bool
    has_password: bool
    password_until: datetime | None
    grants: list[GrantShape]


class AccountList(Shape):
    """In the order of their logins."""

    accounts: list[AccountShape]


class NewAccountShape(AccountShape):
    """`password`: this once; at the first sign-in its owner chooses another."""

    password: str


class PasswordShape(Shape):
    """`password`: this once, and good until then; at the next sign-in its owner chooses another."""

    password: str
    password_until: datetime


class SessionShape(Shape):
    """`ends_at`: unless it is used before."""

    id: str
    way: Literal["password", "key", "openid"]
    device: str
    begun_at: datetime
    used_at: datetime
    ends_at: datetime


class SessionList(Shape):
    """Those that are not over, the latest first."""

    sessions: list[SessionShape]


class KeyShape(Shape):
    """`branch` null: all branches. `scopes` empty: all that its role may do."""

    id: str
    role: Role
    branch: str | None
    name: str | None
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class KeyList(Shape):
    """Also those that are over: first what holds, of each the newest first."""

    keys: list[KeyShape]


class NewKeyShape(KeyShape):
    """`key`: this once; nobody can see it again."""

    key: str = Field(examples=["antrean_0a1b2c3d_…"])


class DeedShape(Shape):
    """`by` and `subject` are ids; `login` is of the account that `by` is, for those who may see all accounts."""

    id: str
    at: datetime
    by: str
    login: str | None
    what: str = Field(examples=["account.added"])
    subject: str
    branch: str | None
    detail: dict[str, str | int]


class Trail(Shape):
    """The newest first. `before`: with this the next page is asked for; null: this is the last."""

    deeds: list[DeedShape]
    before: str | None
