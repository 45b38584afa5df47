"""Options that name points in time: ``--as-of WHEN``, ``--known-at WHEN``. ``tracker.points`` reads them."""

from __future__ import annotations

import click

from tracker.errors import BadInput


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
