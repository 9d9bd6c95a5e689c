"""OpenAPI as it is: every answer that a route may give, problems included."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from queue_service.web.problems import Problem, problems
from queue_service.web.staff import COOKIE

_ALWAYS = problems(500)
_CREDENTIALS = {
    "Key": {"type": "http", "scheme": "bearer", "description": "A key from `antrean key create`."},
    "Session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "The console's session."},
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
    for operations in schema["paths"].values():
        for operation in operations.values():
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
