"""docker-compose.yml from end to end: its own images, services, networks and limits, asked through its own proxy.

`make image-test` runs it; the tests go on one from the other, as a day of an installation does.
"""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import yaml
from websockets.sync.client import ClientConnection, connect

from tests.deploy.composition import put_in, read_composition, seconds
from tests.images.building import make_base, make_services, make_stand_ins
from tests.images.podman import Podman
from tests.images.stack import Stack, in_order
from tests.servers import ROOT, free_port
from tests.service.wires import Wire

FOLDER = ROOT / "build" / "images"
BRANCH = "rsud-lahat"
QUEUE = "/api/v1/branches/rsud-lahat/queues/poli-anak"
DOMAIN = "antrean.localhost"  # for such a name Caddy makes certificates of its own
QUIET_SECONDS = 40  # longer than the proxy waits for a request, and than from tick to tick


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    FOLDER.mkdir(parents=True, exist_ok=True)
    podman = Podman(FOLDER)
    podman.clean()
    environment = {
        "ANTREAN_DATABASE_PASSWORD": secrets.token_hex(32),
        "ANTREAN_SECRET": secrets.token_hex(32),
        "ANTREAN_PEOPLE_KEYS": b64encode(secrets.token_bytes(32)).decode(),
        "ANTREAN_HTTP_PORT": str(free_port()),
        "ANTREAN_HTTPS_PORT": str(free_port()),
    }
    try:
        tree = put_in(read_composition(), environment)
        make_base(podman, FOLDER)
        make_stand_ins(podman, tree)
        (FOLDER / "connections.env").write_text(f"ANTREAN_CONNECTION_AGENCY_SECRET=whsec_{'A' * 40}\n")
        started = Stack(podman, make_services(podman, tree, FOLDER), environment, FOLDER)
        started.up()
        yield started
    finally:
        podman.clean()


@pytest.fixture(scope="module")
def key(stack: Stack) -> str:
    """An administrator's, once the example agencies are set up from a file of the host."""
    printed = stack.run_once(
        "web", ["antrean", "setup", "/tmp/mine.yaml"], {ROOT / "examples/lahat.yaml": "/tmp/mine.yaml"}
    )
    assert BRANCH in printed
    for _ in range(10):  # each worker looks for itself, once a second
        until_in_front(stack, 200)
        time.sleep(0.5)
    return stack.within("web", "antrean", "key", "create", "--role", "administrator").split()[-1]


def port(stack: Stack) -> int:
    return int(stack.environment["ANTREAN_HTTP_PORT"])


def ask(stack: Stack, method: str, path: str, body: Any = None, **headers: str) -> HTTPResponse:
    connection = HTTPConnection("127.0.0.1", port(stack), timeout=60)
    content = body if isinstance(body, bytes) else None if body is None else json.dumps(body)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, content, {"Content-Type": "application/json", **given})
    return connection.getresponse()


def take_number(stack: Stack) -> dict[str, Any]:
    answer = ask(stack, "POST", f"/api/v1/branches/{BRANCH}/tickets", {"queue": "poli-anak"})
    assert answer.status == 201
    ticket: dict[str, Any] = json.load(answer)
    return ticket


def at_counter(stack: Stack, key: str, action: str) -> HTTPResponse:
    return ask(stack, "POST", f"/api/v1/branches/{BRANCH}/counters/3/{action}", {}, Authorization=f"Bearer {key}")


def until_in_front(stack: Stack, status: int) -> HTTPResponse:
    deadline = time.monotonic() + 60
    while (answer := ask(stack, "GET", QUEUE)).status != status:
        assert time.monotonic() < deadline, answer.status
        time.sleep(0.2)
    return answer


# What each container may do


def test_every_service_is_an_ordinary_user_s_and_reads_only(stack: Stack) -> None:
    for name in in_order(stack.tree["services"]):
        status = dict(line.split(":", 1) for line in stack.within(name, "cat", "/proc/1/status").splitlines())
        assert "0" not in status["Uid"].split(), name
        rights = int(status["CapEff"], 16)
        assert rights in ({0, 1 << 10} if name == "proxy" else {0}), name  # 10: to bind low ports
        assert status["NoNewPrivs"].strip() == "1", name
        assert "Read-only" in stack.podman.try_to("exec", name, "touch", "/there").stderr, name


# Through the proxy


def test_a_call_reaches_the_phone_through_the_proxy(stack: Stack, key: str) -> None:
    ticket = take_number(stack)
    with Wire(port(stack)).open(f"ticket={ticket['token']}") as phone:
        assert phone.read("ticket")["state"] == "waiting"
        assert at_counter(stack, key, "open").status == 200
        called = json.load(at_counter(stack, key, "call-next"))
        assert called["label"] == ticket["label"]
        assert phone.read("ticket")["state"] == "called"
    assert at_counter(stack, key, "complete").status == 200


def test_a_quiet_stream_outlives_what_is_waited_for_requests(stack: Stack) -> None:
    with Wire(port(stack)).open(f"branch={BRANCH}&queue=poli-anak") as screen:
        screen.read("queue")
        began = time.monotonic()
        while time.monotonic() < began + QUIET_SECONDS:
            screen.read("tick")
        assert screen.is_alive()


@pytest.mark.parametrize("path", ["/metrics", "/readyz", "/%6detrics", "/metrics?all", "//metrics", "/x/../metrics"])
def test_what_is_for_those_who_run_it_stays_inside(stack: Stack, path: str) -> None:
    answer = ask(stack, "GET", path)
    assert answer.status == 404
    assert b"antrean_" not in answer.read()


def test_inside_the_metrics_answer(stack: Stack) -> None:
    read = "from urllib.request import urlopen; print(urlopen('http://web:8000/metrics', timeout=10).read().decode())"
    assert "antrean_connections" in stack.within("web", "python3", "-c", read)


def test_the_database_cannot_be_reached_from_the_proxy(stack: Stack) -> None:
    def reach(name: str, network: str, door: int) -> int:
        address = stack.podman.inspect(name)["NetworkSettings"]["Networks"][network]["IPAddress"]
        asked = ["timeout", "3", "bash", "-c", f"exec 3<>/dev/tcp/{address}/{door}"]
        return stack.podman.try_to("exec", "proxy", *asked).returncode

    assert reach("web", "proxied", 8000) == 0
    assert reach("postgres", "inside", 5432) != 0
    assert reach("redis", "inside", 6379) != 0


def test_headers_are_added_only_where_ours_lack_them(stack: Stack) -> None:
    page, api = ask(stack, "GET", "/", Accept="text/html"), ask(stack, "GET", "/api/v1/branches")
    assert (
        page.headers.get_all("X-Content-Type-Options") == api.headers.get_all("X-Content-Type-Options") == ["nosniff"]
    )
    assert "default-src 'self'" in page.headers["Content-Security-Policy"]
    assert {"Server", "Via", "Strict-Transport-Security"} & set(page.headers) == set()


def test_what_is_too_large_is_refused(stack: Stack) -> None:
    for size in (20_000, 200_000):
        assert ask(stack, "POST", f"/api/v1/branches/{BRANCH}/tickets", b"x" * size).status == 413


def test_visitors_are_told_apart_and_forged_addresses_are_not_believed(stack: Stack) -> None:
    form = urlencode({"key": "wrong"}).encode()
    kind = {"Content_Type": "application/x-www-form-urlencoded"}
    answers = [
        ask(stack, "POST", "/sign-in", form, X_Forwarded_For=f"203.0.113.{n}", **kind).status for n in range(135)
    ]
    assert 429 in answers
    other = (
        "from urllib.request import urlopen\nfrom urllib.error import HTTPError\n"
        "try:\n    urlopen('http://proxy:8080/sign-in', b'key=wrong', timeout=10)\n"
        "except HTTPError as error:\n    print(error.code)\n"
    )
    assert stack.within("web", "python3", "-c", other).strip() == "401"


# Out to other systems

TAKES_ONE = """
from http.server import BaseHTTPRequestHandler, HTTPServer
class Taker(BaseHTTPRequestHandler):
    def do_POST(self):
        print(self.headers['webhook-signature'], self.rfile.read(int(self.headers['content-length'])).decode())
        self.send_response(204)
        self.end_headers()
HTTPServer(('', 9000), Taker).handle_request()
"""


def test_what_happens_is_delivered_to_another_system(stack: Stack, key: str, tmp_path: Path) -> None:
    """The receiver runs in another container, and takes one."""
    plan = yaml.safe_load((ROOT / "examples/lahat.yaml").read_text(encoding="utf-8"))
    settings = {"url": "http://web:9000/", "allow_private": True, "events": ["ticket.issued"]}
    plan["connections"] = [{"id": "agency", "system": "webhook", "settings": settings}]
    written = tmp_path / "connected.yaml"
    written.write_text(yaml.safe_dump(plan))
    told = stack.run_once("web", ["antrean", "setup", "/tmp/mine.yaml"], {written: "/tmp/mine.yaml"})
    assert "connection agency" in told
    with ThreadPoolExecutor() as threads:
        taking = threads.submit(stack.within, "web", "timeout", "90", "python3", "-c", TAKES_ONE)
        ticket = take_number(stack)
        taken = taking.result()
    assert taken.startswith("v1,")
    assert f'"label":"{ticket["label"]}"' in taken


# Stopped, killed, begun again


def test_a_stop_says_goodbye_and_loses_nothing(stack: Stack, key: str) -> None:
    ticket = take_number(stack)
    before = json.load(ask(stack, "GET", QUEUE))["waiting"]
    with Wire(port(stack)).open(f"ticket={ticket['token']}") as phone:
        phone.read("ticket")
        took = stack.stop("web")
        assert phone.ended().code == 1001
    assert took < seconds(stack.tree["services"]["web"]["stop_grace_period"])
    away = until_in_front(stack, 503)
    assert away.headers["Retry-After"] == "2"
    assert json.load(away)["code"] == "unavailable"
    assert ask(stack, "GET", f"/api/v1/tickets/{ticket['token']}").status == 503
    stack.start("web")
    assert json.load(until_in_front(stack, 200))["waiting"] == before
    assert json.load(ask(stack, "GET", f"/api/v1/tickets/{ticket['token']}"))["label"] == ticket["label"]


def test_a_health_check_can_fail(stack: Stack) -> None:
    stack.stop("postgres")
    assert not stack.is_healthy("web")
    stack.start("postgres")
    stack.until_healthy("web")


def test_the_health_check_of_deliveries_can_fail(stack: Stack) -> None:
    stack.stop("postgres")
    deadline = time.monotonic() + 90
    while stack.is_healthy("integrations"):
        assert time.monotonic() < deadline, "it claims to be well without a database"
        time.sleep(1)
    stack.start("postgres")
    stack.until_healthy("integrations")


def test_a_backup_can_be_taken_within(stack: Stack) -> None:
    stack.within("web", "antrean", "backup", "/var/lib/antrean/day.backup")
    assert int(stack.within("web", "stat", "--format=%s", "/var/lib/antrean/day.backup")) > 1000


def test_what_dies_is_started_again(stack: Stack) -> None:
    before = json.load(ask(stack, "GET", QUEUE))["waiting"]
    for name in ("web", "redis", "postgres"):
        died = stack.podman.inspect(name)["State"]["Pid"]
        os.kill(died, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while stack.podman.inspect(name)["State"]["Pid"] in (0, died):
            assert time.monotonic() < deadline, f"{name} stays dead"
            time.sleep(0.2)
        stack.until_healthy(name)
    stack.until_healthy("web")
    assert json.load(until_in_front(stack, 200))["waiting"] == before


def test_the_proxy_s_log_names_no_ticket(stack: Stack) -> None:
    ticket = take_number(stack)
    stack.stop("web")
    assert ask(stack, "GET", f"/t/{ticket['token']}").status == 503
    stack.start("web")
    assert "serving initial configuration" in stack.log("proxy")
    assert ticket["token"] not in stack.log("proxy")
    assert ticket["token"] not in stack.log("web")


# Tried out


def test_a_crowd_comes_by_the_profile(stack: Stack, key: str) -> None:
    quieter = Stack(stack.podman, stack.images, {**stack.environment, "ANTREAN_LOAD_KEY": key})
    command = quieter.tree["services"]["load"]["command"]
    briefly = ["--headless", "--only-summary", "--users=6", "--spawn-rate=6", "--run-time=10s"]
    told = quieter.run_once("load", [*command, *briefly], {})
    assert "Aggregated" in told


# With TLS


def test_with_a_domain_everything_is_encrypted_and_the_day_goes_on(stack: Stack, key: str) -> None:
    before = json.load(ask(stack, "GET", QUEUE))["waiting"]
    stack.down()
    secure = Stack(stack.podman, stack.images, {**stack.environment, "ANTREAN_DOMAIN": DOMAIN})
    secure.up()
    door = int(secure.environment["ANTREAN_HTTPS_PORT"])
    trust = ssl.create_default_context(
        cadata=secure.within("proxy", "cat", "/data/caddy/pki/authorities/local/root.crt")
    )

    moved = ask(secure, "GET", "/", Host=DOMAIN)
    assert (moved.status, moved.headers["Location"]) == (308, f"https://{DOMAIN}/")
    origin: Any = f"https://{DOMAIN}:{door}"
    with connect(
        f"wss://{DOMAIN}:{door}/stream?branch={BRANCH}&queue=poli-anak",
        sock=socket.create_connection(("127.0.0.1", door), 60),
        ssl=trust,
        server_hostname=DOMAIN,
        origin=origin,
        proxy=None,
        compression=None,
        open_timeout=60,
    ) as phone:
        assert next_queue(phone)["waiting"] == before
        signed_in = by_tls(door, trust, "/sign-in", {"key": key})
        assert signed_in.status == 303
        assert "secure" in signed_in.headers["Set-Cookie"].lower()
        assert signed_in.headers["Strict-Transport-Security"] == "max-age=31536000"
        assert by_tls(door, trust, f"/b/{BRANCH}/tickets", {"queue": "poli-anak"}).status == 303
        assert next_queue(phone)["waiting"] != before


def by_tls(door: int, trust: ssl.SSLContext, path: str, form: dict[str, str]) -> HTTPResponse:
    """As a browser asks that knows the domain."""
    connection = HTTPConnection("127.0.0.1", door, timeout=60)
    connection.sock = trust.wrap_socket(socket.create_connection(("127.0.0.1", door), 60), server_hostname=DOMAIN)
    kind = {"Content-Type": "application/x-www-form-urlencoded", "Host": f"{DOMAIN}:{door}"}
    connection.request("POST", path, urlencode(form), kind)
    return connection.getresponse()


def next_queue(phone: ClientConnection) -> Any:
    while (frame := json.loads(phone.recv(timeout=40)))["type"] != "queue":
        pass
    return frame
