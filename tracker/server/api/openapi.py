"""The API for programs that read OpenAPI 3.1: made of its operations, and of the types of what they give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, NamedTuple

import msgspec

from tracker import __version__
from tracker.server.api.endpoints import PROBLEM, Problem
from tracker.server.api.parameters import LONGEST
from tracker.workspace.config import Config
from tracker.workspace.desk import Workspace

JSON = "application/json"

_SCHEMA = "#/components/schemas/{name}"

_ABOUT = """Read only, and open to the scripts of every page. What is given are the shapes that commands print with
`--json`.

Dates of the world are EDTF; instants are UTC, to the millisecond. Answers have an `ETag`, and may be kept for a
minute. A parameter that there is not is refused."""

_REFUSALS = {
    HTTPStatus.BAD_REQUEST: "A parameter cannot be read, is missing, or is none.",
    HTTPStatus.NOT_FOUND: "There is no such story.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "What is asked does not fit the story.",
}


Asked = Mapping[str, str]
"""The values of parameters, by name."""


class Parameter(NamedTuple):
    """Something that may be asked; a text, or a ``number`` from one to another."""

    name: str
    about: str
    place: str = "query"
    required: bool = False
    number: tuple[int, int] | None = None


class Operation(NamedTuple):
    """Something that can be asked, what answers it, and the type of the answer."""

    work: Callable[[Workspace, Asked], Any]
    path: str
    about: str
    returns: Any
    parameters: tuple[Parameter, ...] = ()

    @property
    def name(self) -> str:
        return self.work.__name__


def document(config: Config, operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole description."""
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
        "description": "What was asked for.",
        "headers": {"ETag": {"description": "Of these very bytes.", "schema": {"type": "string"}}},
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
        "responses": {"200": given, "304": {"description": "The client has these very bytes."}, **refused},
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
