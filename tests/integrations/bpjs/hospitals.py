"""A hospital's client before the double, both with clocks that a test sets."""

from __future__ import annotations

import atexit
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from integrations.bpjs.calls import Booking, Calls
from integrations.bpjs.client import Account, BpjsClient
from integrations.bpjs.puskesmas import PuskesmasCalls
from integrations.http import Http
from integrations.reach import Reach
from tests.doubles.bpjs.double import BpjsDouble

NINE_MS = 1795399200000  # 2026-11-23 09:00 WIB, a Monday
CARD, NIK, PHONE = "0009900000001", "1604990101900001", "081299900000"


@dataclass
class Clock:
    now: float = NINE_MS / 1000

    def __call__(self) -> float:
        return self.now


@dataclass
class Hospital:
    double: BpjsDouble
    http: Http
    theirs: Clock
    ours: Clock = field(default_factory=Clock)

    def account(self, **changes: Any) -> Account:
        known = self.double.credentials
        given = {"base_url": self.double.hospital_url, "cons_id": known.cons_id, "secret": known.secret}
        return Account(**{**given, "user_key": known.user_key, **changes})

    def client(self, **changes: Any) -> BpjsClient:
        return BpjsClient(self.account(**changes), self.http, self.ours)

    @property
    def calls(self) -> Calls:
        return Calls(self.client())

    @property
    def puskesmas(self) -> PuskesmasCalls:
        return PuskesmasCalls(self.client(base_url=self.double.puskesmas_url, login=self.double.credentials.login))


@cache
def an_authority() -> Path:
    """Any one: nobody speaks TLS here, and to read all those that are known takes longer than most of these tests."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nobody")])
    begins = datetime(2026, 1, 1, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=3650))
        .sign(key, hashes.SHA256())
    )
    with NamedTemporaryFile(prefix="antrean-authority-", suffix=".pem", delete=False) as file:
        file.write(certificate.public_bytes(serialization.Encoding.PEM))
    path = Path(file.name)
    atexit.register(path.unlink)
    return path


@asynccontextmanager
async def a_hospital(*, seconds: float = 30.0) -> AsyncIterator[Hospital]:
    theirs = Clock()
    http = Http(Reach(allow_private=True, ca_file=an_authority()), seconds=seconds)
    try:
        async with BpjsDouble(clock=theirs) as double:
            yield Hospital(double, http, theirs)
    finally:
        await http.close()


def a_booking(**changes: Any) -> Booking:
    usual: Booking = {
        "kodebooking": "20261123A001",
        "jenispasien": "JKN",
        "nomorkartu": CARD,
        "nik": NIK,
        "nohp": PHONE,
        "kodepoli": "ANA",
        "namapoli": "ANAK",
        "pasienbaru": 0,
        "norm": "000123",
        "tanggalperiksa": "2026-11-23",
        "kodedokter": 100001,
        "namadokter": "DOKTER ANAK",
        "jampraktek": "08:00-12:00",
        "jeniskunjungan": 1,
        "nomorreferensi": "0001R0011126B000001",
        "nomorantrean": "B-1",
        "angkaantrean": 1,
        "estimasidilayani": NINE_MS,
        "sisakuotajkn": 29,
        "kuotajkn": 30,
        "sisakuotanonjkn": 10,
        "kuotanonjkn": 10,
        "keterangan": "Mohon datang 30 menit lebih awal.",
    }
    return {**usual, **changes}  # type: ignore[typeddict-item]  # a test knows what it changes
