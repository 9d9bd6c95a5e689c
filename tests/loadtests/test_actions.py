"""The clients of the action test, against a server that says what it was asked."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Lock, Thread

import pytest

from loadtests.actions import CLIENTS, run


class Office(BaseHTTPRequestHandler):
    """Answers each request with a label that numbers it; the path /refuse with 409."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    seen: list[tuple[int, str, str, str]]
    lock = Lock()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        with self.lock:
            self.seen.append((self.client_address[1], self.path, body, self.headers.get("Authorization", "")))
            answer = f'{{"label":"A-{len(self.seen):03d}"}}'.encode()
        if self.path == "/refuse":
            answer = b""
        self.send_response(409 if self.path == "/refuse" else 200)
        self.send_header("content-length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class Listener(ThreadingHTTPServer):
    request_queue_size = CLIENTS


@pytest.fixture
def office() -> Iterator[ThreadingHTTPServer]:
    Office.seen = []
    with Listener(("127.0.0.1", 0), Office) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_every_request_of_the_plan_is_sent_once_and_its_answer_read(
    office: ThreadingHTTPServer, tmp_path: Path
) -> None:
    done = run(office.server_port, [f"/press/{n}" for n in range(200)], tmp_path, key="secret")
    assert sorted(path for _, path, _, _ in Office.seen) == sorted(f"/press/{n}" for n in range(200))
    assert {key for _, _, _, key in Office.seen} == {"Bearer secret"}
    assert len({answer.label for answer in done.answers}) == 200
    assert done.statuses == {200: 200}
    assert 0 < done.quantile_ms(0.5) <= done.quantile_ms(1)


def test_lines_that_belong_together_keep_their_order_and_connection(
    office: ThreadingHTTPServer, tmp_path: Path
) -> None:
    run(office.server_port, [line for n in range(50) for line in (f"/call/{n}", f"+/complete/{n}")], tmp_path)
    for n in range(50):
        order = [(port, path) for port, path, _, _ in Office.seen if path.endswith(f"/{n}")]
        assert [path for _, path in order] == [f"/call/{n}", f"/complete/{n}"]
        assert order[0][0] == order[1][0]


def test_a_body_is_sent_and_a_refusal_is_told(office: ThreadingHTTPServer, tmp_path: Path) -> None:
    done = run(office.server_port, ['/tickets\t{"queue":"poli"}', "/refuse"], tmp_path)
    assert ("/tickets", '{"queue":"poli"}') in [(path, body) for _, path, body, _ in Office.seen]
    assert [answer.status for answer in done.answers] == [200, 409]
    assert done.answers[1].label == "-"
