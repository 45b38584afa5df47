"""Where the process starts.

Looking for garbage while everything is imported finds none, and takes a tenth of the time that an append takes. So
it begins when the imports of a command are done (``Commands.get_command``), and passes over what these made.
"""

from __future__ import annotations

import gc

from tracker import stopping


def run() -> None:
    """Runs the command line and ends the process."""
    gc.disable()
    stopping.at_once()
    from tracker.cli import run

    run()
