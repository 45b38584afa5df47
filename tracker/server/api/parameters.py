"""Reads the query of a URL: each parameter has to be known, and may be given once."""

from __future__ import annotations

from starlette.requests import Request

from tracker.errors import BadInput, nearest, shown

LONGEST = 1_000
"""Most characters of a value."""

_SHOWN = 40


def query(request: Request, *known: str) -> dict[str, str]:
    """Returns the given parameters by name. Raises BadInput, which names the parameter, if one is bad."""
    given: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in known:
            raise BadInput(_no_such(name, known))
        if name in given:
            raise BadInput("is there twice; give it once", field=name)
        if not value.strip():
            raise BadInput("is empty; give it a value, or leave it out", field=name)
        if len(value) > LONGEST:
            raise BadInput(f"is longer than {LONGEST:,} characters", field=name)
        given[name] = value
    return given


def _no_such(name: str, known: tuple[str, ...]) -> str:
    near = nearest(name, known)
    choices = f"there are: {', '.join(known)}" if known else "there is none here"
    return f"there is no parameter {shown(name, _SHOWN)!r}; {f'did you mean {near}?' if near else choices}"
