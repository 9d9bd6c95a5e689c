"""A certificate made on the spot: browsers give a tablet its storage and its workers on pages that came by TLS only.

It is signed by an authority of this laptop, which a tablet is told to trust once. That authority may vouch for
addresses of private networks and for names that end in .local, and for nothing else: stolen, it opens no bank.
"""

from __future__ import annotations

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from queue_service.field.folders import AUTHORITY, write_durably

PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "127.0.0.0/8")))
NAME = "antrean.local"
YEARS = timedelta(days=3 * 365)
WEEKS = timedelta(days=30)
AUTHORITY_KEY = "authority.key"


@dataclass(frozen=True, slots=True)
class Certificate:
    """`authority`: what a tablet is to trust; `fingerprint`: by which it is known there."""

    chain: Path
    key: Path
    authority: Path
    fingerprint: str


def own_addresses() -> list[IPv4Address]:
    """Of this laptop, the one that leads anywhere first; 127.0.0.1 where it is in no network."""
    found = {info[4][0] for info in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("10.255.255.255", 9))  # sends nothing: it only asks for the way
            outward = [probe.getsockname()[0]]
        except OSError:
            outward = []
    known = [IPv4Address(address) for address in dict.fromkeys([*outward, *sorted(map(str, found))])]
    return [address for address in known if not address.is_loopback] or [IPv4Address("127.0.0.1")]


def certificate_for(folder: Path, shared: Path, addresses: Sequence[IPv4Address], now: datetime) -> Certificate:
    """`shared`: where the authority lies, for all trips of this laptop. The certificate is new each time."""
    authority, authority_key = _authority(shared, now)
    key = generate_private_key(SECP256R1())
    vouched = {a for a in (*addresses, IPv4Address("127.0.0.1")) if any(a in network for network in PRIVATE)}
    names = [x509.IPAddress(address) for address in sorted(vouched)]
    builder = (
        _builder(_name("Antrean, field"), authority.subject, key, now, WEEKS)
        .add_extension(x509.SubjectAlternativeName([*names, x509.DNSName(NAME)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
    )
    leaf = builder.sign(authority_key, hashes.SHA256())
    chain, key_file = folder / "field.crt", folder / "field.key"
    write_durably(chain, _pem(leaf) + _pem(authority))
    write_durably(key_file, _pem_of_key(key))
    digest = authority.fingerprint(hashes.SHA256()).hex(":").upper()
    return Certificate(chain, key_file, shared / AUTHORITY, digest)


def _authority(shared: Path, now: datetime) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    try:
        known = x509.load_pem_x509_certificate((shared / AUTHORITY).read_bytes())
        key = serialization.load_pem_private_key((shared / AUTHORITY_KEY).read_bytes(), None)
    except FileNotFoundError:
        return _new_authority(shared, now)
    if not isinstance(key, EllipticCurvePrivateKey) or known.not_valid_after_utc < now + WEEKS:
        return _new_authority(shared, now)
    return known, key


def _new_authority(shared: Path, now: datetime) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    key = generate_private_key(SECP256R1())
    name = _name(f"Antrean, {socket.gethostname()}"[:64])
    permitted = [*(x509.IPAddress(network) for network in PRIVATE), x509.DNSName("local")]
    usage = {"digital_signature": False, "content_commitment": False, "key_encipherment": False}
    usage |= {"data_encipherment": False, "key_agreement": False, "encipher_only": False, "decipher_only": False}
    certificate = (
        _builder(name, name, key, now, YEARS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=False, **usage), critical=True)
        .add_extension(x509.NameConstraints(permitted, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    write_durably(shared / AUTHORITY_KEY, _pem_of_key(key))
    write_durably(shared / AUTHORITY, _pem(certificate))
    return certificate, key


def _builder(
    subject: x509.Name, issuer: x509.Name, key: EllipticCurvePrivateKey, now: datetime, lasts: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))  # clocks of tablets differ
        .not_valid_after(now + lasts)
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_of_key(key: EllipticCurvePrivateKey) -> bytes:
    how = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, how, serialization.NoEncryption())
