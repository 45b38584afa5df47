"""Describes the API in OpenAPI 3.1, from its operations and the types that they return."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

from tracker import __version__
from tracker.server.api.answers import PROBLEM, ApiResponse, Asked, Problem
from tracker.server.api.parameters import LONGEST
from tracker.workspace.config import Config
from tracker.workspace.desk import Workspace

JSON = "application/json"

_SCHEMA = "#/components/schemas/{name}"

_ABOUT = """Read only, and open to the scripts of all pages. The API returns the same JSON as commands
print with `--json`.

Dates of the world are EDTF; instants are UTC, to the millisecond. Responses have an `ETag`, and caches may keep
them for a minute. The API refuses unknown parameters."""

_REFUSALS = {
    HTTPStatus.BAD_REQUEST: "A parameter is unreadable, missing, or unknown.",
    HTTPStatus.NOT_FOUND: "There is no such story.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The request does not fit the story.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Too many requests wait, or the log cannot be read now.",
}


class Parameter(NamedTuple):
    """A parameter: a text, or a whole number if ``number`` has its least and greatest value."""

    name: str
    about: str
    place: str = "query"
    required: bool = False
    number: tuple[int, int] | None = None


class Operation(NamedTuple):
    """An operation of the API: the function that does it, its path, and the type that it returns."""

    work: Callable[[Workspace, Asked], ApiResponse]
    path: str
    about: str
    returns: Any
    parameters: tuple[Parameter, ...] = ()

    @property
    def name(self) -> str:
        return self.work.__name__


def document(config: Config, operations: Sequence[Operation]) -> dict[str, Any]:
    """Returns the OpenAPI document."""
    (problem, *returned), components = msgspec.json.schema_components(
        [Problem, *(each.returns for each in operations)], ref_template=_SCHEMA
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": config.title, "version": __version__, "description": _ABOUT},
        "servers": [{"url": config.url}],
        "paths": {
            each.path: {"get": _operation(each, schema, problem)}
            for each, schema in zip(operations, returned, strict=True)
        },
        "components": {"schemas": components},
    }


def _operation(operation: Operation, returned: Any, problem: Any) -> dict[str, Any]:
    given = {
        "description": "The result.",
        "headers": {"ETag": {"description": "The entity tag of these bytes.", "schema": {"type": "string"}}},
        "content": {JSON: {"schema": returned}},
    }
    refused = {
        str(int(status)): {"description": about, "content": {PROBLEM: {"schema": problem}}}
        for status, about in _REFUSALS.items()
    }
    return {
        "operationId": operation.name,
        "summary": operation.about,
        "parameters": [_parameter(each) for each in operation.parameters],
        "responses": {"200": given, "304": {"description": "The client has the same bytes."}, **refused},
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": LONGEST}
    if parameter.number:
        least, most = parameter.number
        schema = {"type": "integer", "minimum": least, "maximum": most}
    return {
        "name": parameter.name,
        "in": parameter.place,
        "description": parameter.about,
        "required": parameter.required,
        "schema": schema,
    }
