"""The errors that tracker raises on purpose, in one tree.

A ``TrackerError`` is for people: its text names the place (file, line, field) and a remedy, and the class
carries the exit status. Any other exception is a bug in tracker.

====  =====================================================================================
exit  meaning
====  =====================================================================================
1     the stored data is damaged or locked, or the disk did not take the event
2     the input is refused, by itself or because of the story's state; nothing was written
====  =====================================================================================
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class TrackerError(Exception):
    """Base of all errors that a user may see. ``exit_code`` is the process's exit status."""

    exit_code = 1


class BadInput(TrackerError):
    """An input that is refused before anything is written.

    ``field`` is the name of the event's field (``title``, ``figures[0].value``), or empty.
    """

    exit_code = 2

    def __init__(self, reason: str, *, field: str = "") -> None:
        self.reason = reason
        self.field = field
        super().__init__(f"{field}: {reason}" if field else reason)

    def at(self, place: str) -> BadInput:
        """Returns the same refusal, preceded by the place (``file:line``) of the input."""
        return BadInput(f"{place}: {self}")


MOST_TOLD = 20
"""The number of refusals that are told of one file."""


def together(refusals: Sequence[BadInput]) -> BadInput:
    """Returns one refusal of all these, which are at least one: a line for each of the first ``MOST_TOLD``."""
    if len(refusals) == 1:
        return refusals[0]
    more = len(refusals) - MOST_TOLD
    told = [str(each) for each in refusals[:MOST_TOLD]]
    return BadInput("\n".join([*told, *([f"and {more} more"] if more > 0 else [])]))


class Inapplicable(BadInput):
    """An input that is valid by itself, but not with the other inputs or the story's state."""


class BadDate(BadInput):
    """A date that is malformed, impossible or ambiguous."""

    def __init__(self, text: str, reason: str, *, field: str = "") -> None:
        self.text = text
        super().__init__(f"{text!r}: {reason}", field=field)


class Unknown(TrackerError):
    """A name of no story, type, field or development. The text offers the nearest of the ``known`` names."""

    exit_code = 2

    def __init__(self, kind: str, name: str, known: Iterable[str], remedy: str = "") -> None:
        self.kind = kind
        self.name = name
        self.known = list(known)
        self.nearest = nearest(name, self.known)
        hint = f" Did you mean {self.nearest}?" if self.nearest else ""
        super().__init__(f"there is no {kind} {name!r}.{hint}{' ' + remedy if remedy else ''}")

    def with_remedy(self, remedy: str) -> Unknown:
        """Returns the same error with a sentence that says what to do."""
        return Unknown(self.kind, self.name, self.known, remedy)


class Conflict(TrackerError):
    """The head of the stream is not the expected one: another process appended in between."""


class CorruptLog(TrackerError):
    """A stored line differs from the appended one or holds an event that tracker refuses, or its file cannot be
    read. The text names the place; nothing is changed."""


class Rewritten(TrackerError):
    """The log does not begin with the events that were published from it."""


class Diverged(TrackerError):
    """Two logs of the same story have different histories: neither is the beginning of the other."""


class Busy(TrackerError):
    """Another process holds a lock for longer than the time limit."""


class InTheWay(TrackerError):
    """Something else, such as a symbolic link or a FIFO, has the path of a file or folder of tracker's. tracker
    neither follows nor replaces it. ``place`` is the path, ``what`` a sentence on it, ``then`` what to do when it
    is gone."""

    def __init__(self, place: str, what: str, then: str = "publish again") -> None:
        self.place = place
        self.what = what
        self.remedy = f"Remove it or move it away, and {then}"
        super().__init__(f"{place}: {what}. {self.remedy}")


class LogFailed(TrackerError):
    """The disk did not take the events (full, failing, read-only): they are not acknowledged."""


class Unsure(LogFailed):
    """It is unknown whether the events are recorded. A retry with the same ids records them once."""


class Unreachable(TrackerError):
    """The database server that keeps the log does not answer or refuses the login."""


class Unmerged(TrackerError):
    """Git has merged two branches of a file of the log only in part."""

    exit_code = 2


class NoWorkspace(TrackerError):
    """There is no ``tracker.toml`` in the folder or above it."""

    exit_code = 2


UNMERGED = "is a conflict marker of git: two branches are not merged yet. tracker merge finishes that"


def is_conflict_marker(line: bytes) -> bool:
    """Whether git wrote the line because it could not merge two branches. No line of a log or of TOML is one."""
    return line.startswith((b"<<<<<<< ", b"||||||| ", b">>>>>>> ")) or line.rstrip(b"\r\n") == b"======="


def shown(text: str, most: int) -> str:
    """Returns the text for a refusal that quotes it, cut off after ``most`` characters."""
    return text if len(text) <= most else f"{text[:most]}…"


def nearest(name: str, known: Iterable[str]) -> str:
    """Returns the known name that ``name`` most resembles, or an empty string where none is near."""
    from difflib import get_close_matches  # only on the way to an error

    return next(iter(get_close_matches(name, list(known), n=1, cutoff=0.6)), "")
