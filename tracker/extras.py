"""The extras of tracker's distribution: parts that need packages which a plain installation lacks."""

from __future__ import annotations

COMMAND = "tracker.__main__:run"
"""The entry point of the command ``tracker``. It identifies the distribution that holds tracker."""

UNKNOWN = "storyfold"
"""The name of the distribution, for a package that is imported without being installed."""


def needed(extra: str) -> str:
    """Returns ``the extra serve: pip install 'storyfold[serve]'``, for an error text.

    pip keeps a distribution that is installed, wherever it came from, and adds the packages of the extra.
    """
    return f"the extra {extra}: pip install '{distribution()}[{extra}]'"


def distribution() -> str:
    """Returns the name of the installed distribution that holds tracker. Only for error texts: it reads the
    metadata of every distribution in the environment."""
    from importlib.metadata import entry_points  # 20 ms

    commands = entry_points(group="console_scripts", name="tracker")
    names = (each.dist.name for each in commands if each.dist and each.value == COMMAND)
    return next(names, UNKNOWN)
