"""Lines to Redis, or to a Valkey: one to a plain server, one to each primary of a cluster."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from typing import Any
from urllib.parse import urlsplit

from redis.asyncio import Redis, RedisCluster
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ClusterDownError

DEAF_SECONDS = 3.0  # without anything, not even what we have said ourselves
ANSWER_SECONDS = 2.0  # for Redis to take a message

Message = Mapping[str, Any]


class Deaf(Exception):
    """Redis holds the connection, and nothing comes through."""


class Line:
    """What is said to one server, and what is heard from it.

    In a cluster, messages are sharded: each channel lives on one server, and only there is anything said about it.
    """

    def __init__(self, server: Redis, canary: str, is_sharded: bool) -> None:
        self.canary = canary  # a channel of our own
        self.is_heard = False
        self._server = server
        self._pubsub: PubSub = server.pubsub()
        self._is_sharded = is_sharded

    async def subscribe(self, channels: Collection[str]) -> None:
        async with asyncio.timeout(ANSWER_SECONDS):
            await (self._pubsub.ssubscribe if self._is_sharded else self._pubsub.subscribe)(*channels)

    async def messages(self) -> AsyncIterator[Message]:
        """Raises Deaf."""
        while True:
            message: Message | None = await self._pubsub.get_message(timeout=DEAF_SECONDS)
            if message is None:
                raise Deaf(f"Nothing has come for {DEAF_SECONDS:.0f} seconds.")
            if message["type"].endswith("unsubscribe"):
                raise Deaf("A subscription has ended.")  # its channel has moved to another server of the cluster
            if not message["type"].endswith("subscribe"):
                self.is_heard = True
                yield message

    async def say(self, messages: Iterable[tuple[str, str]]) -> None:
        """Each on its channel."""
        pipeline = self._server.pipeline(transaction=False)
        for channel, text in messages:
            pipeline.execute_command("SPUBLISH" if self._is_sharded else "PUBLISH", channel, text)
        async with asyncio.timeout(ANSWER_SECONDS):
            await pipeline.execute()

    async def close(self) -> None:
        await self._pubsub.aclose()  # type: ignore[no-untyped-call]
        await self._server.aclose()


class Lines:
    def __init__(self, all_lines: Collection[Line], line_of: Callable[[str], Line]) -> None:
        self.all = all_lines
        self.of = line_of  # by channel


@asynccontextmanager
async def open_lines(address: str, canary: str) -> AsyncIterator[Lines]:
    """Raises RedisError, OSError."""
    async with AsyncExitStack() as stack:
        first = _server(address)
        stack.push_async_callback(first.aclose)
        async with asyncio.timeout(ANSWER_SECONDS):
            is_cluster = (await first.info("cluster"))["cluster_enabled"]
        if is_cluster:
            yield await _lines_to_cluster(address, canary, stack)
        else:
            line = Line(first, canary, is_sharded=False)
            stack.push_async_callback(line.close)
            yield Lines([line], lambda channel: line)


async def _lines_to_cluster(address: str, canary: str, stack: AsyncExitStack) -> Lines:
    cluster = RedisCluster.from_url(address, socket_timeout=None)  # as for `_server`
    stack.push_async_callback(cluster.aclose)
    async with asyncio.timeout(ANSWER_SECONDS):
        await cluster.initialize()
    lines: dict[str, Line] = {}
    for node in cluster.get_primaries():
        # One that this server keeps: some name's slot is among its own.
        own = next(name for n in count() if _home(cluster, name := f"{canary}:{n}") == node.name)
        line = Line(_server(_at(address, node.host, int(node.port))), own, is_sharded=True)
        stack.push_async_callback(line.close)
        lines[node.name] = line
    return Lines(lines.values(), lambda channel: lines[_home(cluster, channel)])


def _home(cluster: RedisCluster, channel: str) -> str:
    node = cluster.get_node_from_key(channel)
    if node is None:
        raise ClusterDownError(f"No server of the cluster keeps {channel}.")
    return node.name


def _server(address: str) -> Redis:
    """One that does not come back by itself: a fault is to be noticed, and all lines are opened anew.

    The library's own timeout for what it sends is not used. It rests on `asyncio.wait_for`, which in Python 3.11 loses
    a cancellation that comes as the sending ends; and a task that was not cancelled keeps the others waiting for ever.
    """
    never = Retry(NoBackoff(), 0)
    return Redis.from_url(address, retry=never, socket_timeout=None, socket_connect_timeout=ANSWER_SECONDS)


def _at(address: str, host: str, port: int) -> str:
    parts = urlsplit(address)
    credentials, at, _ = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{credentials}{at}{f'[{host}]' if ':' in host else host}:{port}").geturl()
