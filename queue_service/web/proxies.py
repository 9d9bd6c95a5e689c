"""Behind a proxy: who the visitor is, and how the visitor's browser sees us."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

from starlette.requests import HTTPConnection, Request

from queue_service.settings import Network
from queue_service.web.house import house_of

_HOP = re.compile(r"\[(?P<six>[^\]]*)\](?::[0-9]+)?|(?P<four>[0-9.]+):[0-9]+|(?P<bare>[^\[\]]+)")


def public_url(request: Request) -> str:
    """Without a slash at the end."""
    return house_of(request).settings.public_url or str(request.base_url).rstrip("/")


def is_secure(request: Request) -> bool:
    """Whether a cookie that travels by TLS only can be set and comes back."""
    return public_url(request).startswith("https:") or came_encrypted(request)


def came_encrypted(connection: HTTPConnection) -> bool:
    """To us, or to whoever stands between and is trusted to tell it: of several such, to the first."""
    if connection.scope["scheme"] == "https":
        return True
    if not house_of(connection).settings.trusted_proxies:
        return False
    told = connection.headers.get("x-forwarded-proto", "").partition(",")[0].strip().lower()
    return told == "https" and _is_trusted(connection)


def _is_trusted(connection: HTTPConnection) -> bool:
    peer = None if connection.client is None else _read_address(connection.client.host)
    return peer is not None and any(peer in network for network in house_of(connection).settings.trusted_proxies)


def address_of(request: Request) -> str:
    """The visitor's own, where whoever stands between is trusted to tell it; what others tell, they may invent."""
    if request.client is None:
        return "unknown"
    told = ",".join(request.headers.getlist("x-forwarded-for")).split(",")
    return visitor_address(request.client.host, told, house_of(request).settings.trusted_proxies)


def visitor_address(peer: str, told: Iterable[str], trusted: Sequence[Network]) -> str:
    """`told`: each hop's word on who came to it, the nearest last; believed as far as it comes from the trusted."""
    believed = peer
    for hop in reversed([*told, peer]):
        address = _read_address(hop)
        if address is None:
            break
        believed = str(address)
        if not any(address in network for network in trusted):
            break
    return believed


def _read_address(text: str) -> IPv4Address | IPv6Address | None:
    """Some proxies write the port as well, and IPv4 may come in the clothes of IPv6."""
    read = _HOP.fullmatch(text.strip())
    if read is None:
        return None
    try:
        address = ip_address(read["six"] or read["four"] or read["bare"] or "")
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address
