"""One module a command, or a family of commands."""

from __future__ import annotations

from typing import Any


def dialogs() -> Any:
    """Returns the module with the dialogs, which takes as long to import as everything that an append needs."""
    from tracker.cli.interactive import dialogs

    return dialogs


def forms() -> Any:
    """Returns the module with the forms, for the same reason."""
    from tracker.cli.interactive import editor as forms

    return forms
