"""Schemathesis over the whole OpenAPI: no 5xx, and no answer that the description does not know."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.service.callers import Caller
from tests.service.offices import Office, running_office
from tests.service.plans import a_branch
from tests.service.wires import Wire

SCHEMATHESIS = str(Path(sys.executable).with_name("st"))
SNAPSHOT = "/api/v1/branches/{branch}/queues/{queue}"
CONFIG = f"""
[checks.positive_data_acceptance]
# Which labels exist and which moments are past is no matter of a schema.
enabled = false

[checks.negative_data_rejection]
# Its own, and 413: what is wrong may also be too large to be read.
expected-statuses = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429]

[[operations]]
include-path = "{SNAPSHOT}"
# It takes this tuple's `prefixItems` for an error of ours; the snapshot is checked below instead.
checks.response_schema_conformance.enabled = false
"""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """Of its own, for whatever thousands of odd requests leave behind."""
    with running_office(tmp_path_factory.mktemp("openapi"), [a_branch("balai"), a_branch("known")]) as running:
        yield running


def described(office: Office) -> Any:
    with urllib.request.urlopen(f"{office.server.url}/api/v1/openapi.json", timeout=30) as answer:
        return json.load(answer)


ALL_PHASES = "examples,coverage,fuzzing"


def run_schemathesis(
    office: Office, folder: Path, known: dict[str, str], examples: int, phases: str = ALL_PHASES
) -> None:
    """`known`: parameters that are always these, so that requests get past the 404."""
    fixed = {**known, "key": "00000000"}  # else it would learn its own from the list, and revoke it
    parameters = "".join(f"{name} = {json.dumps(value)}\n" for name, value in fixed.items())
    config = folder / "schemathesis.toml"
    config.write_text(f"{CONFIG}\n[parameters]\n{parameters}")
    command = [SCHEMATHESIS, "--config-file", str(config), "run", f"{office.server.url}/api/v1/openapi.json"]
    command += ["--header", f"Authorization: Bearer {office.administrator}", "--phases", phases]
    command += ["--max-examples", str(examples), "--seed", "20261123", "--continue-on-failure", "--no-color"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=3000)
    print(done.stdout[-2500:])
    assert done.returncode == 0, done.stdout
    assert "Traceback" not in office.server.log.read_text(errors="replace")


@pytest.mark.parametrize("examples", [3, pytest.param(300, marks=pytest.mark.slow)])
async def test_whatever_is_sent_to_what_exists_gets_an_answer_that_is_described(
    office: Office, tmp_path: Path, examples: int
) -> None:
    """The first of them: what is sent anywhere learns from answers what exists, and may shut it."""
    async with Caller(office.port) as visitor:
        token = (await visitor.post("/branches/known/tickets", {"queue": "umum"})).json["token"]
    known = {"branch": "known", "queue": "umum", "counter": "1", "token": token}
    run_schemathesis(office, tmp_path, known, examples)


@pytest.mark.parametrize(
    ("examples", "phases"), [(3, "fuzzing"), pytest.param(300, ALL_PHASES, marks=pytest.mark.slow)]
)
def test_whatever_is_sent_anywhere_gets_an_answer_that_is_described(
    office: Office, tmp_path: Path, examples: int, phases: str
) -> None:
    run_schemathesis(office, tmp_path, {}, examples, phases)


async def test_the_snapshot_is_as_described(office: Office) -> None:
    async with Caller(office.port, office.administrator) as clerk:
        await clerk.post("/branches/balai/queues/umum/open")
        await clerk.post("/branches/balai/counters/2/open")
        for _ in range(3):
            await clerk.post("/branches/balai/tickets", {"queue": "umum"})
        with Wire(office.port).open("branch=balai&queue=umum"):
            await clerk.post("/branches/balai/counters/2/call-next")
            snapshot = (await clerk.get("/branches/balai/queues/umum")).json
    schema = described(office)
    root = {"$ref": "#/components/schemas/QueueSnapshot", "components": schema["components"]}
    jsonschema_rs.Draft202012Validator(root, validate_formats=True).validate(snapshot)
    assert snapshot["waiting"]
    assert snapshot["now"]
    assert snapshot["why"]


def test_the_description_names_every_route_of_the_contract(office: Office) -> None:
    counter = "/api/v1/branches/{branch}/counters/{counter}"
    queue = "/api/v1/branches/{branch}/queues/{queue}"
    actions = ("open", "pause", "close", "call-next", "call", "recall", "serve", "complete", "no-show", "hold")
    expected = {("get", path) for path in ("/api/v1/branches", "/api/v1/branches/{branch}", queue, counter)}
    expected |= {("get", path) for path in ("/api/v1/tickets/{token}", "/healthz", "/readyz", "/metrics")}
    expected |= {("post", f"{counter}/{action}") for action in (*actions, "requeue", "transfer", "undo")}
    expected |= {("post", f"{queue}/{action}") for action in ("open", "pause", "close")}
    expected |= {("post", f"/api/v1/branches/{{branch}}/{what}") for what in ("tickets", "notices")}
    holder = ("cancel", "check-in", "step-away", "feedback")
    expected |= {("post", f"/api/v1/tickets/{{token}}/{action}") for action in holder}
    paths = described(office)["paths"]
    found = {(method, path) for path, methods in paths.items() for method in methods}
    assert expected <= found
    operations = [operation for methods in paths.values() for operation in methods.values()]
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    for method, path in expected:
        if method == "post":
            headers = [parameter["name"].lower() for parameter in paths[path]["post"]["parameters"]]
            assert "idempotency-key" in headers, path
