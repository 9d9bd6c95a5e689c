"""Which patients the hospital knows. Its own information system knows better, and can answer in our place."""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from integrations.bpjs.answers.replies import UNKNOWN_PATIENT, Declined
from integrations.contract import Opening
from queue_service.records.enrolments import enrol, find_record

UNKNOWN = "Data pasien ini tidak ditemukan, silakan melakukan registrasi pasien baru"
KNOWN_ALREADY = "Pasien dengan NIK dan No.Kartu tersebut sudah terdaftar"
PREFIX = "BARU-"  # until admission gives the real one
SIGNS = "0123456789"
LENGTH = 8


@dataclass(frozen=True, slots=True)
class Patient:
    """`record`: their number here; empty where we do not have it. `is_new`: they were never here before."""

    record: str
    is_new: bool = False


class Patients(ABC):
    @abstractmethod
    async def get(self, card: str, nik: str, record: str) -> Patient:
        """`record`: the number that the request names, if it does. Raises Declined for somebody unknown."""

    @abstractmethod
    async def enrol(self, card: str, nik: str) -> str:
        """The record number that they are given. Raises Declined where they are known already."""


class EnrolledPatients(Patients):
    """Without a system to ask: `expects_all` takes everybody for known, and admission finds their records; else those
    are known who have a record number or were introduced here."""

    def __init__(self, opening: Opening, *, expects_all: bool) -> None:
        self._opening = opening
        self._expects_all = expects_all

    async def get(self, card: str, nik: str, record: str) -> Patient:
        enrolled = await self._find(card, nik)
        if enrolled is not None and record in ("", enrolled):
            return Patient(enrolled, is_new=True)
        if not record and not self._expects_all:
            raise Declined(UNKNOWN, UNKNOWN_PATIENT)
        return Patient(record)

    async def enrol(self, card: str, nik: str) -> str:
        record = PREFIX + "".join(secrets.choice(SIGNS) for _ in range(LENGTH))
        digests, now = self._digests(card, nik), self._opening.house.floors.clock()

        def write(connection: Connection) -> bool:
            if find_record(connection, self._opening.connection, digests) is not None:
                return False
            enrol(connection, self._opening.connection, digests[0], record, now)
            return True

        try:
            is_first = await self._opening.house.database.write(write)
        except IntegrityError:  # in this very moment
            is_first = False
        if not is_first:
            raise Declined(KNOWN_ALREADY)
        return record

    async def _find(self, card: str, nik: str) -> str | None:
        digests = self._digests(card, nik)
        name = self._opening.connection
        return await self._opening.house.database.read(lambda connection: find_record(connection, name, digests))

    def _digests(self, card: str, nik: str) -> tuple[str, ...]:
        return self._opening.house.people.keys.digests("bpjs patient", f"{card} {nik}")
