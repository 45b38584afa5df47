"""Where things stand, in lines for readers: one for each item of a story."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from tracker.domain.events import EXPECTED, QUESTIONS
from tracker.domain.story import (
    Claim,
    Holder,
    Item,
    KeyEvent,
    Note,
    Office,
    Position,
    Reading,
    Situation,
    State,
    Story,
)
from tracker.text.dates import Edge, Occurred, apart
from tracker.views.briefing import Placed, arranged, since_due
from tracker.wording import amounts, dates, types
from tracker.wording.messages import N_, Wording, capitalized, sentence

HEADINGS = {
    "force": N_("In force"),
    "pending": N_("Pending"),
    "open": N_("Still open"),
    "contested": N_("In dispute"),
    "confirmed": N_("Confirmed"),
    "reported": N_("Reported"),
    "figures": N_("Figures"),
    "offices": N_("Offices"),
    "positions": N_("Positions"),
    "expected": N_("Expected next"),
    "questions": N_("Open questions"),
    "ended": N_("What has ended"),
    "key": N_("Key events"),
}


@lru_cache(maxsize=100)
def headings_of(wording: Wording) -> dict[str, str]:
    """Returns the headings of the sections, in their order."""
    return {name: wording.say(heading) for name, heading in HEADINGS.items()}


class Line(NamedTuple):
    """The line of an item: the item's key, the section that it is in, the key that sorts it there, its words, and
    the number of the development that it rests on."""

    key: str
    section: str
    order: str
    words: str
    seq: int


Items = Mapping[str, Sequence[Placed]]
"""The items of a story by section, as ``briefing.arranged`` returns them."""


class Section(NamedTuple):
    """A heading and its lines, each with the number of the development that it rests on."""

    heading: str
    lines: tuple[tuple[str, int], ...]


def briefing(story: Story, wording: Wording, now: Edge | None = None) -> list[Section]:
    """Returns the sections that have lines, in an order that does not depend on the order of events.

    A line says that something is overdue only if the caller passes ``now``. Published files cannot know the time.
    """
    return sections(arranged(story), wording, now)


def sections(items: Items, wording: Wording, now: Edge | None = None) -> list[Section]:
    """Returns the sections of the items of a briefing."""
    return [
        Section(wording.say(HEADINGS[heading]), tuple((each.words, each.seq) for each in found))
        for heading, found in lines(items, wording, now).items()
    ]


def lines(items: Items, wording: Wording, now: Edge | None = None) -> dict[str, list[Line]]:
    """Returns the lines of the items of a briefing, by section."""
    return {
        heading: [Line(each.key, heading, each.order, line(wording, each.item, now), each.seq) for each in found]
        for heading, found in items.items()
    }


def line(wording: Wording, item: Item, now: Edge | None = None) -> str:
    """Returns the line of an item; of a note, its text."""
    return _LINES[type(item)](wording, item, now)


def label(wording: Wording, item: Item) -> str:
    """Returns what an item is called."""
    if isinstance(item, Situation):
        return types.told(wording, item, "label") or item.label
    if isinstance(item, Reading) and item.figure.party:
        return wording.say("{party}, {name}", party=item.figure.party, name=item.figure.name)
    return item.label


def _note(wording: Wording, item: Note, now: Edge | None) -> str:
    return item.text


# Situations.


def _situation(wording: Wording, item: Situation, now: Edge | None) -> str:
    if not item.in_force:
        return _ended(wording, item)
    if item.listed == EXPECTED:
        return _expected(wording, item, now)
    if item.listed == QUESTIONS:
        return _question(wording, item)
    parts = [_holds(wording, item), *_announced(wording, item), *_doubt(wording, item), *_before(wording, item)]
    return " ".join(parts)


def is_usual(item: Situation) -> bool:
    """Returns whether the situation is in the state that its type gives it."""
    first, *later = item.told_states
    return not later and not first.given and not item.awaits


def _holds(wording: Wording, item: Situation) -> str:
    """Returns the sentence that says what is in force, since when, and what was agreed."""
    began = item.told_states[-1].occurred
    uncertain = item.begin_uncertain or item.state_uncertain
    since = "" if uncertain else dates.since(wording, began)
    told = ""
    if is_usual(item) and not uncertain:
        phrases = {"since": since, "terms": terms(item)}
        told = types.told(wording, item, "holds", **phrases)
        if not told and not since:
            told = types.told(wording, item, "began", **phrases)
    return sentence(told or _state(wording, item, since))


def _state(wording: Wording, item: Situation, since: str) -> str:
    """Returns ``Agreement between A and B: approved (since 6 November 2025). Terms: no prosecution``."""
    last = item.told_states[-1]
    words = types.state_name(wording, item, last.words)
    if last.awaits:
        words = wording.say("{state}: {awaits}", state=words, awaits=last.awaits)
    values = {"label": capitalized(label(wording, item)), "state": words}
    agreed = terms(item)
    if since and agreed:
        return wording.say("{label}: {state} ({since}). Terms: {terms}", since=since, terms=agreed, **values)
    if since:
        return wording.say("{label}: {state} ({since})", since=since, **values)
    if agreed:
        return wording.say("{label}: {state}. Terms: {terms}", terms=agreed, **values)
    return wording.say("{label}: {state}", **values)


def state(wording: Wording, item: Situation, given: State) -> str:
    """Returns the words of a state, with what it waits for."""
    words = types.state_name(wording, item, given.words)
    return wording.say("{state} ({awaits})", state=words, awaits=given.awaits) if given.awaits else words


TERMS_LENGTH = 200
"""Characters of what was agreed that a line tells."""


def terms(item: Situation) -> str:
    """Returns what was agreed, as plain text, cut between words; empty if the label has it already."""
    if not item.terms or item.terms in item.label:
        return ""
    from tracker.text import markup  # it reads Markdown, and few situations have terms

    agreed = markup.to_line(item.terms)
    return agreed if len(agreed) <= TERMS_LENGTH else f"{agreed[:TERMS_LENGTH].rsplit(' ', 1)[0]} …"


def _announced(wording: Wording, item: Situation) -> list[str]:
    if not item.until:
        return []
    return [wording.say("It is to end {by}.", by=dates.by(wording, item.until))]


def _before(wording: Wording, item: Situation) -> list[str]:
    """Returns the sentence on the earlier states: ``It had been grounded since 6 January 2024.``, or
    ``Before: filed, 2 March 2026; on appeal, 1 July 2026.``"""
    states = item.told_states if item.ended_by else item.told_states[:-1]
    if len(item.told_states) < 2:
        return []
    if len(states) == 1 and states[0].occurred:
        since = dates.since(wording, states[0].occurred)
        return [wording.say("It had been {state} {since}.", state=state(wording, item, states[0]), since=since)]
    told = "; ".join(_stated(wording, item, each) for each in states)
    return [sentence(wording.say("Before: {states}", states=told))]


def _stated(wording: Wording, item: Situation, each: State) -> str:
    words = state(wording, item, each)
    if not each.occurred:
        return words
    return wording.say("{state}, {date}", state=words, date=dates.date(wording, each.occurred))


def _doubt(wording: Wording, item: Situation) -> list[str]:
    """Returns the sentences that say why it is uncertain if it was in force."""
    told = []
    if item.begin_uncertain:
        told.append(wording.say("It may not have begun: {span}.", span=dates.some_time(wording, item.since)))
    if item.state_uncertain:
        span = dates.some_time(wording, item.told_states[-1].occurred)
        told.append(wording.say("It may not have changed yet: {span}.", span=span))
    if item.end_uncertain:
        told.append(wording.say("It may not have ended yet: {span}.", span=dates.some_time(wording, item.ended)))
    return told


def _question(wording: Wording, item: Situation) -> str:
    if is_usual(item):
        return item.label
    words = wording.say("{question} {state}", question=sentence(item.label),
                        state=capitalized(state(wording, item, item.told_states[-1])))  # fmt: skip
    return " ".join([sentence(words), *_before(wording, item)])


def _expected(wording: Wording, item: Situation, now: Edge | None) -> str:
    due = dates.by(wording, item.announced) if item.announced else ""
    told = types.told(wording, item, "holds", due=due, what=sentence(item.label)) if is_usual(item) else ""
    if not told:
        words = capitalized(state(wording, item, item.told_states[-1]))
        told = wording.say("{what} {state}", what=sentence(item.label), state=sentence(words))
    late = overdue(wording, item.announced, now) if now else ""
    return " ".join(filter(None, (told, late, *_before(wording, item))))


def overdue(wording: Wording, due: Occurred, now: Edge) -> str:
    """Returns ``Overdue by 41 days.``, counted from the last instant of the date; empty where it is not due
    yet."""
    late = since_due(due, now)
    return wording.say("Overdue by {time}.", time=time_apart(wording, *late)) if late else ""


def time_apart(wording: Wording, earlier: Any, later: Any) -> str:
    """Returns the time between two instants, in whole units of the largest kind that fits: ``12 days``."""
    if wording.locale is None:
        return apart(earlier, later)
    from babel.dates import format_timedelta

    from tracker.text.dates import to_datetime

    return str(format_timedelta(to_datetime(later) - to_datetime(earlier), threshold=1, locale=wording.locale))


def _ended(wording: Wording, item: Situation) -> str:
    told = _how_it_ended(wording, item)
    if item.uncertain:
        return " ".join([told, *_doubt(wording, item)])
    before = _before(wording, item)
    if not before and item.since:
        began = {"since": dates.since(wording, item.since), "began": dates.when(wording, item.since)}
        if item.announced:
            began["due"] = dates.by(wording, item.announced)
        own = types.told(wording, item, "before", **began) if is_usual(item) else ""
        before = [sentence(own) if own else wording.say("It had begun {when}.", when=began["began"])]
    return " ".join([told, *before])


def _how_it_ended(wording: Wording, item: Situation) -> str:
    """Returns ``The NTSB investigation into Boeing ended on 24 June 2025: four bolts were missing.``"""
    when = dates.when(wording, item.ended) if item.ended and not item.end_uncertain else ""
    effect = getattr(wording.glossary.types.get(item.type), "effect", None)
    if when and effect is not None and item.ended_word == getattr(effect, "ended", ""):
        told = types.told(wording, item, "ended", when=when, outcome=item.outcome)
        if told and item.outcome and item.outcome not in told:
            told = f"{sentence(told)} {capitalized(item.outcome)}"
        if told:
            return sentence(told)
    values = {"label": capitalized(label(wording, item)), "state": ended_state(wording, item)}
    if item.listed in (QUESTIONS, EXPECTED):
        values = {"label": sentence(item.label), "state": capitalized(values["state"])}
        told = wording.say("{label} {state} {when}", when=when, **values) if when else " ".join(values.values())
    elif when:
        told = wording.say("{label}: {state} {when}", when=when, **values)
    else:
        told = wording.say("{label}: {state}", **values)
    return " ".join(map(sentence, filter(None, (told, capitalized(item.outcome)))))


def ended_state(wording: Wording, item: Situation) -> str:
    """Returns how it ended, such as ``reinstated`` or ``met 3 days late``."""
    if item.score and item.days:
        days = abs(item.days)
        if item.days > 0:
            return wording.count("met one day late", "met {n} days late", days)
        return wording.count("met one day early", "met {n} days early", days)
    return types.state_name(wording, item, item.ended_word)


# Claims.


_ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"


def _claim(wording: Wording, item: Claim, now: Edge | None) -> str:
    """Returns ``Confirmed by the NTSB: the bolts were missing. It is said to have happened in January 2024. 2
    reports, one independent origin. First confirmed on 6 February 2024.``"""
    told = [_status(wording, item)]
    if item.occurred and item.status == "confirmed":
        told.append(wording.say("It happened {when}.", when=dates.when(wording, item.occurred)))
    elif item.occurred:
        told.append(wording.say("It is said to have happened {when}.", when=dates.when(wording, item.occurred)))
    told.append(_reports(wording, item))
    if item.reported:
        told.append(wording.say("First reported {when}.", when=dates.when(wording, item.reported)))
    if item.confirmed:
        told.append(wording.say("First confirmed {when}.", when=dates.when(wording, item.confirmed)))
    return " ".join(told)


def _status(wording: Wording, item: Claim) -> str:
    claim = sentence(item.label)
    yes, no = holders(item, "confirmed"), holders(item, "denied")
    if item.status == "disputed":
        named = {name: wording.listed(each) for name, each in (("yes", yes), ("no", no)) if each}
        return wording.say(_DISPUTES[tuple(named)], claim=claim, **named)
    if item.status == "confirmed":
        if yes:
            return wording.say("Confirmed by {who}: {claim}", who=wording.listed(yes), claim=claim)
        return wording.say("Confirmed: {claim}", claim=claim)
    if item.status == "denied":
        if no:
            return wording.say("Denied by {who}: {claim}", who=wording.listed(no), claim=claim)
        return wording.say("Denied: {claim}", claim=claim)
    return claim


_DISPUTES = {
    ("yes", "no"): N_("In dispute: {claim} Confirmed by {yes}, and denied by {no}."),
    ("yes",): N_("In dispute: {claim} Confirmed by {yes}, and denied."),
    ("no",): N_("In dispute: {claim} Confirmed, and denied by {no}."),
    (): N_("In dispute: {claim} Confirmed, and denied."),
}
"""By the stances whose holders are named."""


def _reports(wording: Wording, item: Claim) -> str:
    reports = wording.count("One report", "{n} reports", len(item.reports))
    if not item.origins:
        return wording.say("{reports}, by a source that is not named.", reports=reports)
    if len(item.reports) == item.origins == 1:
        return sentence(reports)
    origins = wording.count("one independent origin", "{n} independent origins", item.origins)
    return wording.say("{reports}, {origins}.", reports=reports, origins=origins)


def holders(claim: Claim, stance: str) -> list[str]:
    """Returns the names of those that take the stance. A stance without a name is stored under its event's id."""
    return [whose for whose, each in claim.stances if each == stance and not re.fullmatch(_ID, whose)]


# Figures, offices, positions, key events.


def _reading(wording: Wording, item: Reading, now: Edge | None) -> str:
    words = wording.say("{name}: {value}", name=label(wording, item), value=reading(wording, item))
    if item.occurred and not item.figure.as_of:
        words = wording.say("{figure} ({date})", figure=words, date=dates.date(wording, item.occurred))
    return words


def reading(wording: Wording, item: Reading) -> str:
    """Returns the value of a figure, and that it no longer holds if what it belongs to has ended."""
    words = amounts.figure(wording, item.figure)
    return wording.say("{value}, at the time", value=words) if item.outdated else words


def _office(wording: Wording, item: Office, now: Edge | None) -> str:
    """Returns ``Kelly Ortberg has been chief executive of Boeing since 8 August 2024. Before: Dave Calhoun, until
    7 August 2024.``"""
    holder = item.holder
    if holder and holder.since:
        told = wording.say("{person} has been {office} {since}.", person=holder.party, office=item.label,
                           since=dates.since(wording, holder.since))  # fmt: skip
    elif holder:
        told = wording.say("{person} is {office}.", person=holder.party, office=item.label)
    else:
        told = wording.say("{office}: vacant.", office=capitalized(item.label))
    before = "; ".join(_held(wording, each) for each in reversed(item.holders) if each != holder)
    return f"{told} {sentence(wording.say('Before: {states}', states=before))}" if before else told


def _held(wording: Wording, holder: Holder) -> str:
    """Returns a former holder with the dates that are known."""
    since, until = (dates.date(wording, each) if each else "" for each in (holder.since, holder.until))
    if since and until:
        return wording.say("{person}, from {since} to {until}", person=holder.party, since=since, until=until)
    if since:
        return wording.say("{person}, from {since}", person=holder.party, since=since)
    if until:
        return wording.say("{person}, until {until}", person=holder.party, until=until)
    return holder.party


def _position(wording: Wording, item: Position, now: Edge | None) -> str:
    """Returns ``Boeing: “…” — Kelly Ortberg, chief executive of Boeing, to CNN, March 2024``."""
    who = item.speaker or item.party
    if item.role:
        who = wording.say("{who}, {role}", who=who, role=item.role)
    if item.to:
        who = wording.say("{who}, to {to}", who=who, to=item.to)
    if item.occurred:
        who = wording.say("{who}, {date}", who=who, date=dates.date(wording, item.occurred))
    if item.quote and item.speaker:
        return wording.say("{party}: “{quote}” — {who}", party=item.party, quote=item.quote, who=who)
    if item.quote:
        return wording.say("“{quote}” — {who}", quote=item.quote, who=who)
    if item.speaker:
        return wording.say("{party}: {what} — {who}", party=item.party, what=sentence(item.title), who=who)
    return wording.say("{what} — {who}", what=sentence(item.title), who=who)


def _key_event(wording: Wording, item: KeyEvent, now: Edge | None) -> str:
    if not item.occurred:
        return item.title
    return wording.say("{date}: {title}", date=dates.date(wording, item.occurred), title=item.title)


_LINES: dict[type[Item], Callable[[Wording, Any, Edge | None], str]] = {
    Note: _note,
    Situation: _situation,
    Claim: _claim,
    Reading: _reading,
    Office: _office,
    Position: _position,
    KeyEvent: _key_event,
}
