"""Where a connection may lead: looked at when it is made, since a name may lead elsewhere each time it is asked for."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import httpcore2

NAT64 = IPv6Network("64:ff9b::/96")

Address = IPv4Address | IPv6Address


class Forbidden(Exception):
    """The sentence names the address."""


class CarefulBackend(httpcore2.AnyIOBackend):
    """Connects to addresses that all can reach; with `allow_private`, to those of one's own network too."""

    def __init__(self, allow_private: bool) -> None:
        super().__init__()
        self._allow_private = allow_private

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the library's own
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Raises Forbidden."""
        try:
            async with asyncio.timeout(timeout):
                addresses = await addresses_of(host, port)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(f"nobody says where {host} is") from error
        except OSError as error:
            raise httpcore2.ConnectError(f"nobody knows where {host} is") from error
        for address in addresses:
            if not is_allowed(address, self._allow_private):
                raise Forbidden(f"{host} leads to {address}, which is private; allow_private: true would let it")
        # By number: asked for by name again it might lead elsewhere.
        return await self._connect_to_one(addresses, port, timeout, local_address, socket_options)

    async def _connect_to_one(
        self,
        addresses: list[Address],
        port: int,
        seconds: float | None,
        local_address: str | None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None,
    ) -> httpcore2.AsyncNetworkStream:
        for address in addresses[:-1]:
            try:
                return await super().connect_tcp(str(address), port, seconds, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await super().connect_tcp(str(addresses[-1]), port, seconds, local_address, socket_options)


async def addresses_of(host: str, port: int) -> list[Address]:
    """Raises OSError."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(sockaddr[0]) for *_, sockaddr in found))


def is_allowed(address: Address, allow_private: bool) -> bool:
    if isinstance(address, IPv6Address):
        inner = _meant_by(address)
        if inner is not None:
            return is_allowed(inner, allow_private)
    if address.is_multicast or address.is_unspecified:
        return False
    return allow_private or address.is_global


def _meant_by(address: IPv6Address) -> IPv4Address | None:
    """Whoever is reached by it in the end, where it is one of the old kind in other clothes."""
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1]
