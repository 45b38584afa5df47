"""Sentences on points in time: as of a date of the world, as known at a point of the log."""

from __future__ import annotations

from tracker.text.dates import Occurred
from tracker.wording import dates
from tracker.wording.messages import N_, Wording

FROM, TO, NOW = N_("From: {point}"), N_("To: {point}"), N_("now")
UNCHANGED = N_("Nothing changed between them.")


def point(wording: Wording, as_of: Occurred, known_at: Occurred, after: int) -> str:
    """Returns ``as of 31 December 2023, known on 1 August 2024``; empty where nothing restricts it. ``after`` is
    the number of the event right after which it was known, if that is no date."""
    known = wording.say("known right after #{number}", number=after) if after else ""
    if known_at:
        known = wording.say("known {when}", when=dates.when(wording, known_at))
    if not as_of:
        return known
    if not known:
        return wording.say("as of {date}", date=dates.date(wording, as_of))
    return wording.say("as of {date}, {known}", date=dates.date(wording, as_of), known=known)


def nothing(wording: Wording, as_of: Occurred) -> str:
    """Returns the sentence that says that a story had not begun by a date."""
    return wording.say("Nothing is known to have occurred by {date}.", date=dates.date(wording, as_of))
