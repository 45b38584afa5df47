"""Every way tracker says no, in one tree.

A ``TrackerError`` is for people: its text names the place (file, line, field) and what would work, and
the class carries the exit status. Anything else that is raised is a bug in tracker.

====  =====================================================================================
exit  meaning
====  =====================================================================================
1     what is stored is damaged or locked, or the disk did not take the event
2     what was typed or handed in cannot be taken, by itself or as the story stands; nothing was written
====  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable


class TrackerError(Exception):
    """Base of all errors that a user may see. ``exit_code`` is the process's exit status."""

    exit_code = 1


class BadInput(TrackerError):
    """Something handed in is refused, before anything was written.

    ``field`` is the name of the event's field (``title``, ``figures[0].value``) where there is one.
    """

    exit_code = 2

    def __init__(self, reason: str, *, field: str = "") -> None:
        self.reason = reason
        self.field = field
        super().__init__(f"{field}: {reason}" if field else reason)

    def at(self, place: str) -> BadInput:
        """The same refusal with the place (``file:line``) it happened at in front."""
        return BadInput(f"{place}: {self}")


class Inapplicable(BadInput):
    """What can be read by itself, and not as the story stands."""


class BadDate(BadInput):
    """A date that is malformed, impossible, or that can be read in more than one way."""

    def __init__(self, text: str, reason: str, *, field: str = "") -> None:
        self.text = text
        super().__init__(f"{text!r}: {reason}", field=field)


class Unknown(TrackerError):
    """A story, type, field or development that does not exist; offers the nearest that does."""

    exit_code = 2

    def __init__(self, kind: str, name: str, known: Iterable[str], remedy: str = "") -> None:
        self.kind = kind
        self.name = name
        self.known = list(known)
        self.nearest = nearest(name, self.known)
        hint = f" Did you mean {self.nearest}?" if self.nearest else ""
        super().__init__(f"there is no {kind} {name!r}.{hint}{' ' + remedy if remedy else ''}")

    def with_remedy(self, remedy: str) -> Unknown:
        """The same error, saying what would work where it happened."""
        return Unknown(self.kind, self.name, self.known, remedy)


class Conflict(TrackerError):
    """The head of the stream is not the expected one: somebody else appended in between."""


class CorruptLog(TrackerError):
    """A stored line is not what was appended, says what tracker would not have recorded, or its file cannot be
    read. Names the place; nothing is changed."""


class Rewritten(TrackerError):
    """The log does not extend what was published of it."""


class Diverged(TrackerError):
    """Two logs of the same story part: one of them is another history."""


class Busy(TrackerError):
    """A lock could not be had within the time limit: somebody else is at it."""


class LogFailed(TrackerError):
    """The disk did not take the events (full, failing, read-only): they are not acknowledged."""


class Unsure(LogFailed):
    """Whether the events are recorded cannot be known. With the same ids they can be tried again, and are then
    recorded once."""


class Unreachable(TrackerError):
    """The server that keeps the log does not answer, or does not let us in."""


class NoWorkspace(TrackerError):
    """No ``tracker.toml`` here or above."""

    exit_code = 2


def shown(text: str, most: int) -> str:
    """The text as a refusal repeats it: so many characters of it at most."""
    return text if len(text) <= most else f"{text[:most]}…"


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that ``name`` most resembles, or an empty string where none is near."""
    from difflib import get_close_matches  # only on the way to an error

    return next(iter(get_close_matches(name, list(known), n=1, cutoff=0.6)), "")
