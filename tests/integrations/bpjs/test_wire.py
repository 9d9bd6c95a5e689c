"""Signature, decryption, LZ-String and the envelope, by vectors that two other implementations agree on."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from lzstring import LZString

from integrations.bpjs.cipher import Unreadable, decrypt, key_of
from integrations.bpjs.envelope import read_envelope, unwrap
from integrations.bpjs.lzstring import ALPHABET, Garbled, decompress
from integrations.bpjs.signature import basic_authorization, signature_of

CONS_ID, SECRET, TIMESTAMP = "12345", "rahasia-uji-1", "1700000000"

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("cons_id", "secret", "timestamp", "signature"),
    [
        ("12345", "rahasia-uji-1", "1700000000", "otSnp9nyzltJNsdWSZrscVjsnzNO51CdE8ADqpAL1vY="),
        ("9876", "aB3+/=&é", "1767225600", "Eg7rYip9aPu2KqzSxAaEMOgjTwnjA56vDENvJujaq64="),
        ("testtesttest", "secretkey", "433223232", "qB5qkUE6X7mAoN619kAQ4tM+FOcJQphlLwvdoQgKSQc="),
    ],
)
def test_7_01_vectors_of_signatures(cons_id: str, secret: str, timestamp: str, signature: str) -> None:
    assert signature_of(cons_id, secret, timestamp) == signature


def test_7_01_vector_of_a_puskesmas_authorization() -> None:
    assert basic_authorization("pkmuji", "Sandi#1") == "Basic cGttdWppOlNhbmRpIzE6MDk1"


def test_7_01_vector_of_the_key() -> None:
    key = key_of(CONS_ID, SECRET, TIMESTAMP)
    assert key.hex() == "787732fe55bee8286da99e7649d4ce8be017893752aef21d01401868a1180cd5"


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_7_01_vectors_of_decryption(vector: dict[str, str]) -> None:
    assert decompress(vector["compressed"]) == vector["plain"]
    assert decrypt(vector["sealed"], key_of(CONS_ID, SECRET, TIMESTAMP)) == json.loads(vector["plain"])


@pytest.mark.parametrize("vector", VECTORS.values(), ids=VECTORS)
def test_7_01_vectors_with_another_timestamp_cannot_be_decrypted(vector: dict[str, str]) -> None:
    """D1 passes the check of its padding by chance."""
    with pytest.raises(Unreadable, match="cannot be decrypted"):
        decrypt(vector["sealed"], key_of(CONS_ID, SECRET, "1700000001"))


@pytest.mark.parametrize(
    ("compressed", "plain"),
    [("N4IgdiBcKLwbgAeyAvkA", '{"n":"😀"}'), ("IZA", "a"), ("IIWgTAjEA", "A-21"), ("Q", "")],
)
def test_7_01_vectors_of_lz_string(compressed: str, plain: str) -> None:
    assert decompress(compressed) == plain


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=300))
@example("aaaaaaaaaaaaaaaa")  # each run refers to the one that it makes itself
@example("\ufeffa")  # no mark of the order of bytes, but a character
@example("ab" * 200 + "–" * 50)
def test_what_the_library_compresses_is_read_back(text: str) -> None:
    assert decompress(LZString().compressToEncodedURIComponent(text)) == text


@settings(deadline=None)
@given(st.text(st.sampled_from(ALPHABET), max_size=60))
def test_nonsense_is_either_read_as_the_library_does_or_refused(nonsense: str) -> None:
    try:
        ours = decompress(nonsense, longest=1000)
    except Garbled:
        return
    theirs = LZString().decompressFromEncodedURIComponent(nonsense + "A") or ""  # it looks one letter ahead
    assert ours == theirs.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


@pytest.mark.parametrize(
    ("compressed", "reason"),
    [
        ("", "ends too early"),
        ("N4IgNglgzgLiBcBtAugX", "ends too early"),
        ("N4Ig Nglgzg", "none of the alphabet"),
        ("N4Igé", "none of the alphabet"),
        ("wAAA", "never there"),
    ],
)
def test_a_garbled_text_is_refused_with_a_reason(compressed: str, reason: str) -> None:
    with pytest.raises(Garbled, match=reason):
        decompress(compressed)


def test_what_would_become_too_long_is_refused() -> None:
    bomb = LZString().compressToEncodedURIComponent("a" * 200_000)
    assert len(bomb) < 1500
    assert len(decompress(bomb)) == 200_000
    with pytest.raises(Garbled, match="too long"):
        decompress(bomb, longest=199_999)


@pytest.mark.parametrize("response", ["", "AAAA", "no base64!", "é", VECTORS["D1"]["sealed"][:-4], "A" * 43 + "="])
def test_an_answer_that_is_none_is_refused(response: str) -> None:
    with pytest.raises(Unreadable, match="cannot be decrypted"):
        decrypt(response, key_of(CONS_ID, SECRET, TIMESTAMP))


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_whatever_comes_is_an_envelope_or_refused(body: bytes) -> None:
    with suppress(Unreadable):
        assert isinstance(read_envelope(body).code, int)


@pytest.mark.parametrize("name", ["metadata", "metaData"])
@pytest.mark.parametrize("code", [200, "200", " 200 "])
def test_an_envelope_is_read_in_either_spelling(name: str, code: Any) -> None:
    envelope = read_envelope(json.dumps({name: {"code": code, "message": "Ok"}, "response": None}).encode())
    assert (envelope.code, envelope.message, envelope.response) == (200, "Ok", None)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b"[]", b"<html>", b"null", b"\xff", b"[" * 100_000),
        *(b'{"metadata": []}', b'{"metadata": {}}', b'{"metadata": {"code": "x"}}'),
        *(b'{"metadata": {"code": true}}', b'{"metadata": {"code": 1.5}}', b'{"metadata": "200"}'),
    ],
)
def test_what_has_no_metadata_or_no_code_is_no_envelope(body: bytes) -> None:
    with pytest.raises(Unreadable):
        read_envelope(body)


@pytest.mark.parametrize(
    ("path", "code", "is_done"),
    [
        ("/ref/poli", 1, True),
        ("/ref/dokter", 1, True),
        ("/ref/poli/fp", 1, True),
        ("/ref/pasien/fp/identitas/nik/noidentitas/1", 1, True),
        ("/ref/poli", 200, True),
        ("/antrean/add", 200, True),
        ("/antrean/add", 1, False),
        ("/antrean/add", 201, False),
        ("/ref/poli", 0, False),
    ],
)
def test_one_is_success_for_references_only(path: str, code: int, is_done: bool) -> None:
    envelope = read_envelope(json.dumps({"metadata": {"code": code, "message": ""}}).encode())
    assert envelope.is_done(path) is is_done


@pytest.mark.parametrize(
    ("response", "inside"),
    [({"list": [1]}, [1]), ([1], [1]), ({"nik": "x"}, {"nik": "x"}), (None, None), ({"list": None}, None)],
)
def test_a_list_is_unwrapped_where_it_is_wrapped(response: Any, inside: Any) -> None:
    assert unwrap(response) == inside
