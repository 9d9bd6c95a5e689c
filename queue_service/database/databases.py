"""A database: what is done with it are plain functions of a connection."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from asyncpg import InterfaceError, PostgresError
from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from queue_service.faults import Fault
from queue_service.meters import DATABASE_UNAVAILABLE

BUSY_SECONDS = 10  # how long to wait for one's turn, at a file or for a connection

T = TypeVar("T")
Work = Callable[[Connection], T]


class Unavailable(Fault):
    """The database cannot be reached or written now."""

    heading = "The database cannot be used: "


class Database(ABC):
    """Both raise Unavailable, and let an IntegrityError through: which says that another was quicker."""

    dialect: str

    async def read(self, work: Work[T]) -> T:
        """Writes nothing, and waits for no writer; each statement sees what is durable then."""
        with _told_as_unavailable():
            return await self._read(work)

    async def write(self, work: Work[T]) -> T:
        """In one transaction. Once this returns it is on the disk; after Unavailable nothing is, unless the connection
        broke during the commit itself."""
        with _told_as_unavailable():
            return await self._write(work)

    @abstractmethod
    async def close(self) -> None: ...

    @abstractmethod
    async def _read(self, work: Work[T]) -> T: ...

    @abstractmethod
    async def _write(self, work: Work[T]) -> T: ...


@contextmanager
def _told_as_unavailable() -> Iterator[None]:
    try:
        yield
    except IntegrityError:
        raise
    except (SQLAlchemyError, PostgresError, InterfaceError, OSError) as error:  # also as one begins to connect
        DATABASE_UNAVAILABLE.add()
        raise Unavailable(str(error) or type(error).__name__) from error
