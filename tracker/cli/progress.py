"""A bar on standard error for what takes long."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from click.termui import progressbar


@contextmanager
def bar(label: str, length: int) -> Iterator[Callable[..., None]]:
    """A bar where standard error is a terminal and there is something to wait for; what it gives is called for
    each step."""
    hidden = length < 2 or not sys.stderr.isatty()
    with progressbar(length=length, label=label, file=sys.stderr, hidden=hidden) as shown:

        def advance(step: str = "") -> None:
            shown.update(1)

        yield advance
