"""The words that pages add to what a story says: headings of its timeline, and what stands beside a track of its
picture, in its table and on its axis."""

from __future__ import annotations

from typing import NamedTuple

from tracker.domain.story import Claim, Office, Situation
from tracker.site.axis import Tick
from tracker.text.dates import MONTHS, Occurred
from tracker.views.lanes import CONFIRMED, CORRECTION, DENIED, DISPUTED, REPORTED, Bound, Lane
from tracker.views.timeline import NOTES, Group
from tracker.wording import dates, lines
from tracker.wording.messages import N_, Wording, capitalized

_CLAIMS = {
    REPORTED: N_("Reported"),
    CONFIRMED: N_("Confirmed"),
    DENIED: N_("Denied"),
    DISPUTED: N_("In dispute"),
}


class Said(NamedTuple):
    """What stands beside a track, and in its row of the table: its name, its state, its dates, when it began and
    ended, and whether something in it was corrected."""

    name: str
    state: str
    dates: str
    began: str
    ended: str
    corrected: bool


def heading(wording: Wording, group: Group) -> str:
    """Return the heading of a part of the timeline."""
    if group.occurred == NOTES:
        return wording.say("Notes of the desk")
    return dates.date(wording, Occurred(group.occurred)) if group.occurred else wording.say("Date not known")


def said(wording: Wording, lane: Lane) -> Said:
    """Return the words for a lane."""
    began = _date(wording, lane.begin)
    if lane.end:
        ended = _date(wording, lane.end)
        ran = wording.say("{first} to {last}", first=began, last=ended)
    else:
        ended, ran = wording.say("Still so"), dates.since(wording, lane.stretches[-1].begin.occurred)
    corrected = any(each.kind == CORRECTION for each in lane.marks)
    name = capitalized(lines.label(wording, lane.item))
    return Said(name, capitalized(_state(wording, lane)), ran, began, ended, corrected)


def _state(wording: Wording, lane: Lane) -> str:
    item = lane.item
    if isinstance(item, Claim):
        return wording.say(_CLAIMS[lane.state])
    if isinstance(item, Office):
        return item.holder.party if item.holder else wording.say("vacant")
    assert isinstance(item, Situation)
    return lines.state(wording, item, item.told_states[-1]) if item.in_force else lines.ended_state(wording, item)


def _date(wording: Wording, bound: Bound) -> str:
    return dates.date(wording, bound.occurred) if bound.occurred else wording.say("date not known")


def tick_words(wording: Wording, tick: Tick, before: Tick | None) -> str:
    """Return the label of a tick. It has the year or the day where that is not the one of the label before it."""
    time = tick.time
    if tick.unit == "year":
        return str(time.year)
    same_year = before is not None and before.time.year == time.year
    if tick.unit in ("month", "day"):
        return _localized(wording, tick, "" if same_year else "y")
    clock = f"{time.hour:02}:{time.minute:02}"
    if before is not None and before.time.date() == time.date():
        return clock
    return wording.say("{day}, {time}", day=_localized(wording, tick, ""), time=clock)


def _localized(wording: Wording, tick: Tick, year: str) -> str:
    """Return a month, or a day with its month, in short, with the year if ``year`` is ``y``."""
    time, day = tick.time, "" if tick.unit == "month" else "d"
    if wording.locale is None:
        month = MONTHS[time.month - 1]
        words = (
            [str(time.day)] * bool(day) + [month if len(month) < 5 else month[:3]] + [str(time.year)] * bool(year)
        )
        return " ".join(words)
    from babel.dates import format_skeleton

    return str(format_skeleton(f"{year}MMM{day}", time, locale=wording.locale))
