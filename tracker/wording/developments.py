"""Developments in lines for the terminal: ``#5  suspension  OpenAI suspends …  (December 2023)``."""

from __future__ import annotations

from tracker.domain.amend import CORRECTED, REDACTED, RETRACTED, Development, attributed
from tracker.domain.events import Occurrence, added
from tracker.domain.story import Story
from tracker.wording import dates, types
from tracker.wording.messages import N_, Wording

HEADINGS = {
    "latest": N_("Latest developments"),
    "related": N_("Related"),
    "changes": N_("What stands"),
    "added": N_("New"),
    "removed": N_("No longer there"),
    "amended": N_("Reads differently"),
}


def facts(wording: Wording, story: Story, updated: str, ago: str) -> str:
    """Returns ``open, 14 developments, last recorded 2026-11-24 12:10 UTC``. ``ago`` is how long ago that was, or
    empty."""
    values = {
        "status": wording.say("closed") if story.status == "closed" else wording.say("open"),
        "developments": wording.count("{n} development", "{n} developments", story.seq),
        "updated": updated,
    }
    if ago:
        return wording.say("{status}, {developments}, last recorded {updated}, {ago} ago", ago=ago, **values)
    return wording.say("{status}, {developments}, last recorded {updated}", **values)


def mentions(wording: Wording, seq: int, slug: str, other: int) -> str:
    """Returns ``#6 mentions door-plug#2``."""
    return wording.say("#{seq} mentions {slug}#{other}", seq=seq, slug=slug, other=other)


def line(wording: Wording, development: Development, *, seq: bool = True) -> str:
    """Returns ``#5  suspension  OpenAI suspends …  (December 2023)  [corrected by #9]``. In English, a type has
    the name by which editors record it."""
    event, type = development.event, development.type
    parts = [f"#{development.seq}"] if seq else []
    if wording.language == "en":
        parts += [type, development.title]
    else:
        parts += [types.type_name(wording, type), _title(wording, development)]
    if isinstance(event, Occurrence) and event.occurred:
        parts.append(f"({dates.date(wording, event.occurred)})")
    parts += [f"[{wording.say('key event')}]"] if added(event, "key") else []
    return "  ".join([*parts, *filter(None, [_amended(wording, development)])])


def _title(wording: Wording, development: Development) -> str:
    if development.standing == REDACTED:
        return wording.say("A text that we removed")
    if development.target:
        return f"#{development.target}: {development.target_title}"
    return development.title


def _amended(wording: Wording, development: Development) -> str:
    """Returns ``[retracted by #10; corrected by #9]``; the text is empty if no event amends it."""
    states = attributed(development).items()
    words = "; ".join(
        wording.say(_AMENDED[state], numbers=", ".join(f"#{seq}" for seq in by)) for state, by in states
    )
    return f"[{words}]" if words else ""


_AMENDED = {
    CORRECTED: N_("corrected by {numbers}"),
    RETRACTED: N_("retracted by {numbers}"),
    REDACTED: N_("redacted by {numbers}"),
}
