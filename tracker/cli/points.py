"""Options that name points in time: ``--as-of WHEN``, ``--known-at WHEN``. ``tracker.points`` understands them."""

from __future__ import annotations

import click

from tracker import points
from tracker.errors import BadInput
from tracker.points import Called, Point
from tracker.workspace import Workspace


def given(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
    """The option's text, empty where it was left out. One that was given empty was meant to restrict something."""
    if value is not None and not value.strip():
        raise BadInput("is empty; write a date like 2024-12-31, or leave it out", field=param.opts[0])
    return value or ""


as_of_option = click.option(
    "--as-of",
    metavar="WHEN",
    callback=given,
    help="Only what had occurred by then: a date or words, like 2023-12.",
)
known_at_option = click.option(
    "--known-at",
    metavar="WHEN",
    callback=given,
    help="Only what was recorded by then: a date, or an event like #9.",
)


def point(desk: Workspace, slug: str, as_of: str = "", known_at: str = "") -> Point:
    """The point that the two options name. Raises BadInput, naming the option, and Unknown."""
    return points.point(desk, slug, as_of, known_at, Called("--as-of", "--known-at"))
