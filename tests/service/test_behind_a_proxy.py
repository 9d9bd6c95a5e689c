"""Behind a proxy: whose requests are counted together, and which address the pages and cookies are for."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from http.client import HTTPConnection, HTTPResponse
from itertools import count
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest
import segno

from queue_service.secrets import load_secrets
from queue_service.tokens import TicketName, Tokens
from tests.servers import Server
from tests.service.offices import Office, running_office
from tests.service.plans import a_branch
from tests.service.wires import Wire, handshake

PUBLIC = "https://antrean.example"
ENOUGH = 120  # sign-ins: twice as many as one address may try in a minute

Forwarded = Sequence[str]  # header lines


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    settings = {
        "ANTREAN_PUBLIC_URL": f"{PUBLIC}:443/",
        "ANTREAN_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.0/8, fd00::/8",
        "ANTREAN_RATE_LIMITS": "on",
    }
    with running_office(tmp_path_factory.mktemp("behind"), [a_branch("pusat")], settings) as running:
        yield running


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Without the settings: whoever connects is the visitor."""
    settings = {"ANTREAN_RATE_LIMITS": "on"}
    with running_office(tmp_path_factory.mktemp("exposed"), [a_branch("pusat")], settings) as running:
        yield running


def sign_in(office: Office, key: str = "wrong", forwarded: Forwarded = ()) -> HTTPResponse:
    return post_form(office, "/sign-in", {"key": key}, forwarded)


def post_form(office: Office, path: str, fields: dict[str, str], forwarded: Forwarded = ()) -> HTTPResponse:
    connection = HTTPConnection("127.0.0.1", office.port, timeout=30)
    body = urlencode(fields).encode()
    connection.putrequest("POST", path)
    for name, value in (("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(body)))):
        connection.putheader(name, value)
    for line in forwarded:
        connection.putheader("X-Forwarded-For", line.encode("latin-1"))
    connection.endheaders(body)
    return connection.getresponse()


def is_refused_in_the_end(office: Office, forwarded: Iterator[Forwarded]) -> bool:
    return any(sign_in(office, forwarded=next(forwarded)).status == 429 for _ in range(ENOUGH))


def always(*lines: str) -> Iterator[Forwarded]:
    while True:
        yield lines


# Whose requests are counted together


@pytest.mark.parametrize(
    ("mine", "somebody_else_s"),
    [
        (["203.0.113.1"], ["203.0.113.2"]),
        (["203.0.113.3, 10.1.2.3"], ["203.0.113.4, 10.1.2.3"]),
        (["203.0.113.5", "10.1.2.3, 10.9.9.9"], ["203.0.113.6", "10.1.2.3, 10.9.9.9"]),
        (["203.0.113.7:50123"], ["203.0.113.8:50123"]),
        (["2001:db8::1"], ["2001:db8::2"]),
        (["[2001:db8::3]:443, fd00::9"], ["[2001:db8::4]:443, fd00::9"]),
        (["10.7.7.7, 10.1.2.3"], ["10.7.7.8, 10.1.2.3"]),
    ],
)
def test_each_visitor_is_counted_alone(behind: Office, mine: Forwarded, somebody_else_s: Forwarded) -> None:
    assert is_refused_in_the_end(behind, always(*mine))
    assert sign_in(behind, forwarded=somebody_else_s).status == 401


@pytest.mark.parametrize(
    "forged",
    [
        "{n}.{n}.{n}.{n}, 198.51.100.1",
        "10.0.0.{n}, 198.51.100.2",
        "2001:db8:f::{n}, 198.51.100.3",
        "visitor-{n}, 198.51.100.4",
        "{n}, ,, , 198.51.100.5",
        "192.0.2.{n}, ::ffff:198.51.100.6",
    ],
)
def test_what_a_visitor_forges_before_the_proxy_s_word_changes_nothing(behind: Office, forged: str) -> None:
    assert is_refused_in_the_end(behind, ([forged.format(n=n)] for n in count(1)))


NONSENSE = (
    "",
    ",",
    "unknown",
    "_hidden",
    "999.1.1.{n}",
    "203.0.113.{n}.5",
    "[2001:db8::{n}",
    "2001:db8::{n}]",
    "[]",
    ":{n}",
    "0x7f{n}",
    "203.0.113.1/{n}",
    "\xff\xfe{n}",
    "{n}" * 4000,
    "," * 8000 + "x{n}",
)


@pytest.mark.parametrize(("hop", "nonsense"), [(f"10.200.0.{n}", line) for n, line in enumerate(NONSENSE, start=1)])
def test_what_is_no_address_is_counted_as_the_proxy_s_that_told_it(behind: Office, hop: str, nonsense: str) -> None:
    assert is_refused_in_the_end(behind, ([nonsense.format(n=n), hop] for n in count(1)))


def test_without_a_word_the_proxy_itself_is_counted(behind: Office) -> None:
    assert is_refused_in_the_end(behind, always())


def test_who_is_no_proxy_is_not_believed(exposed: Office) -> None:
    assert is_refused_in_the_end(exposed, ([f"203.0.113.{n}"] for n in count(1)))


def test_numbers_are_counted_by_visitor_too(behind: Office) -> None:
    def take(visitor: str) -> int:
        return post_form(behind, "/b/pusat/tickets", {"queue": "umum"}, [visitor]).status

    assert 429 in {take("192.0.2.1") for _ in range(200)}
    assert take("192.0.2.2") == 303


# Which address the pages and cookies are for


def test_the_session_s_cookie_is_for_the_secure_address_only(behind: Office) -> None:
    answer = sign_in(behind, behind.administrator, ["192.0.2.10"])
    assert answer.status == 303
    assert "secure" in attributes(answer)


def test_without_the_setting_the_cookie_goes_where_the_page_does(server: Server) -> None:
    office = Office(server, server.key("administrator"), iter(()))
    answer = sign_in(office, office.administrator)
    assert answer.status == 303
    assert "secure" not in attributes(answer)


def attributes(answer: HTTPResponse) -> set[str]:
    cookie = answer.headers.get("Set-Cookie", "")
    is_secure = "secure" in cookie.lower()
    assert cookie.startswith("__Host-antrean_session=" if is_secure else "antrean_session=")
    return {part.strip().lower() for part in cookie.split(";")}


def test_the_kiosk_s_code_leads_to_the_public_address(behind: Office) -> None:
    page = post_form(behind, "/kiosk/pusat", {"queue": "gigi"}, ["192.0.2.11"]).read().decode()
    tokens = Tokens(load_secrets(None, behind.folder))
    with urlopen(f"{behind.server.url}/api/v1/branches/pusat/queues/gigi", timeout=30) as answer:
        day = json.load(answer)["day"]
    token = tokens.token_of(TicketName("pusat", date.fromisoformat(day), "B-001"))
    assert drawn(f"{PUBLIC}/t/{token}") in page
    assert drawn(f"{behind.server.url}/t/{token}") not in page


def drawn(address: str) -> str:
    return segno.make(address, error="m", micro=False).svg_inline(
        border=1, omitsize=True, svgclass=None, lineclass=None
    )


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (PUBLIC, 101),
        ("http://127.0.0.1", 101),  # of the host that was asked, as before
        ("http://antrean.example", 403),
        (f"{PUBLIC}:8443", 403),
        (f"{PUBLIC}.evil.example", 403),
        ("https://evil.example", 403),
        ("null", 403),
    ],
)
def test_pages_of_the_public_address_may_read_the_stream(behind: Office, origin: str, status: int) -> None:
    """Also where the proxy asks under a name of its own."""
    assert opening(behind, origin) == status


def test_without_the_setting_that_page_is_a_foreign_one(exposed: Office) -> None:
    assert opening(exposed, PUBLIC) == 403


def opening(office: Office, origin: str) -> int:
    with Wire(office.port) as wire:
        wire.send(handshake("branch=pusat", headers={"Origin": origin}))
        return wire.reply().status
