"""Where the process starts.

Looking for garbage while everything is imported finds none, and takes a tenth of the time that an append takes. So
it begins when the imports of a command are done (``Commands.get_command``), and passes over what these made.
"""

from __future__ import annotations

import gc
import os


def run() -> None:
    """Runs the command line and ends the process."""
    gc.disable()
    try:
        from tracker.cli import run

        run()
    except KeyboardInterrupt:  # before the command line can say so
        os.write(2, b"error: stopped\n")
        os._exit(130)
