"""OpenAPI as it is: every answer that a route may give, problems included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from queue_service.web.errands import KEY_HEADER, KEY_PATTERN, LONGEST_KEY
from queue_service.web.problems import Problem, problems
from queue_service.web.staff import COOKIE

_ALWAYS = problems(500)
_CREDENTIALS = {
    "Key": {"type": "http", "scheme": "bearer", "description": "A key from `antrean key create`."},
    "Session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "The console's session."},
}

# Tags of what answers with a secret, or takes one that is good once: no such answer is kept to be given again.
_NOT_KEPT = frozenset({"staff", "keys", "devices"})

_IDEMPOTENCY_KEY = {
    "name": KEY_HEADER,
    "in": "header",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": KEY_PATTERN},
    "description": "The same key with the same body has one effect and gets the same answer, for 24 hours.",
}


def describe_api(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        app.openapi_schema = _make(app)
    return app.openapi_schema


def _make(app: FastAPI) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    components = schema.setdefault("components", {})
    components["securitySchemes"] = _CREDENTIALS
    schemas = components.setdefault("schemas", {})
    schemas["Problem"] = Problem.model_json_schema()
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            operation["parameters"] = [*_parameters(path, method, operation)]
            if "401" in operation["responses"]:
                operation["security"] = [{name: []} for name in _CREDENTIALS]
            _say_problems(operation["responses"], "requestBody" in operation)
    return schema


def _say_problems(responses: dict[str, Any], takes_body: bool) -> None:
    """The framework describes its own shape of a 422; what is sent is ours."""
    if "422" in responses:
        responses["422"] = problems(422)[422]
    if takes_body:
        responses["413"] = problems(413)[413]
    responses |= {str(status): answer for status, answer in _ALWAYS.items()}


def _parameters(path: str, method: str, operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Those that a route declares, and those that its errand reads."""
    declared = operation.get("parameters", [])
    yield from declared
    for name in re.findall(r"{(\w+)}", path):
        if not any(parameter["name"] == name for parameter in declared):
            yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if method == "post" and not _NOT_KEPT & {*operation.get("tags", ())}:
        yield _IDEMPOTENCY_KEY
