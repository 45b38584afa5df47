"""The entry point of the process.

Until the imports of a command are done (``Commands.get_command``), no garbage is collected, and Ctrl-C ends the
process at once. The import system may swallow a KeyboardInterrupt, and there is no work to clean up yet.
"""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # built in; the module around it takes a millisecond

from tracker import startup


def run() -> None:
    """Runs the command line and ends the process."""
    startup.pause_collection()
    if _signal.getsignal(_signal.SIGINT) is _signal.default_int_handler:
        _signal.signal(_signal.SIGINT, _signal.SIG_DFL)
    from tracker.cli import run

    run()


if __name__ == "__main__":
    run()
