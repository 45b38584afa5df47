"""A bar on standard error for what takes long."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from click.termui import progressbar


@contextmanager
def bar(label: str, length: int | Callable[[], int]) -> Iterator[Callable[..., None]]:
    """A bar where standard error is a terminal and there is something to wait for; what it gives is called for
    each step. ``length`` is only asked for where it is shown."""
    shows = sys.stderr.isatty()
    steps = (length if isinstance(length, int) else length()) if shows else 0
    hidden = steps < 2
    with progressbar(length=steps, label=label, file=sys.stderr, hidden=hidden) as shown:

        def advance(step: str = "") -> None:
            shown.update(1)

        yield advance
