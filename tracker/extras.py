"""Parts of tracker that need more packages than it is installed with: the extras of its distribution."""

from __future__ import annotations

COMMAND = "tracker.__main__:run"
"""What the command ``tracker`` runs. The distribution that has such a command is this one."""

UNKNOWN = "storyfold"
"""The distribution's name where the package is imported without being installed."""


def needed(extra: str) -> str:
    """Returns ``the extra serve: pip install 'storyfold[serve]'``, for an error text.

    pip takes an installed distribution as it is and adds the packages of the extra, from whichever place the
    distribution came.
    """
    return f"the extra {extra}: pip install '{distribution()}[{extra}]'"


def distribution() -> str:
    """Returns the name of the installed distribution that holds tracker. Only for error texts: it reads the
    metadata of every distribution in the environment."""
    from importlib.metadata import entry_points  # 20 ms

    commands = entry_points(group="console_scripts", name="tracker")
    names = (each.dist.name for each in commands if each.dist and each.value == COMMAND)
    return next(names, UNKNOWN)
