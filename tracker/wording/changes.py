"""What an event changed, in sentences: first what is so now, then what was so before."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from typing import Any

from msgspec import structs

from tracker.domain.amend import FieldChange
from tracker.domain.events import EXPECTED, QUESTIONS
from tracker.domain.story import (
    Change,
    Claim,
    Item,
    KeyEvent,
    Note,
    Office,
    Pin,
    Position,
    Reading,
    Situation,
)
from tracker.wording import amounts, dates, lines, types
from tracker.wording.lines import holders, is_usual, label, line
from tracker.wording.messages import N_, Wording, capitalized, sentence
from tracker.wording.values import NOWHERE, value


def changes(wording: Wording, found: Iterable[Change], said: Iterable[str] = ()) -> list[str]:
    """Returns a sentence for each change that readers are told, except for new items that a text of ``said``, such
    as the title of the development, tells already."""
    known = {_plain(text) for text in said if text}
    sentences = (told for each in found if (told := _unsaid(wording, each, known)))
    return [each for each in sentences if _plain(each) not in known]


def _unsaid(wording: Wording, given: Change, known: Set[str]) -> str:
    """Returns the sentence of a change, without the parts that are said already: of a new situation whose label is
    said, its state, unless that is the usual one."""
    now = given.now
    if not _is_said(given, known):
        return change(wording, _without_outcome(given, known))
    if isinstance(now, Situation) and now.in_force and not is_usual(now):
        return sentence(capitalized(lines.state(wording, now, now.told_states[-1])))
    return ""


def _is_said(given: Change, known: Set[str]) -> bool:
    now = given.now
    if now is None or (given.was is not None and not isinstance(now, Note)):
        return False
    texts = [now.label, now.text if isinstance(now, Note) else ""]
    if isinstance(now, Position):
        texts += [now.quote, now.title]
    return any(_plain(text) in known for text in texts if text)


def _without_outcome(given: Change, known: Set[str]) -> Change:
    """Returns the change without how a situation ended, if that is said already."""
    now = given.now
    if isinstance(now, Situation) and _plain(now.outcome) in known:
        return structs.replace(given, now=structs.replace(now, outcome=""))
    return given


def _plain(text: str) -> str:
    """Returns a sentence without its end, to compare it with a title."""
    return text.rstrip(".!?… ").casefold()


def change(wording: Wording, given: Change) -> str:
    """Returns the sentence that says what changed; empty if readers need none, as at the opening of a story."""
    was, now = given.was, given.now
    if was is None and now is None:
        return _amended(wording, given)
    if now is None or now.retracted:
        assert was is not None
        if isinstance(was, Pin):
            return wording.say(_PINS[False])
        return wording.say("We no longer say this: {what}", what=sentence(_said(wording, was)))
    if was is not None and was.retracted:
        return wording.say("We say this again: {what}", what=sentence(_said(wording, now)))
    if was is not None and was.state == now.state:
        return wording.say("{now} Before, we had: {before}", now=sentence(line(wording, now)),
                           before=sentence(line(wording, was)))  # fmt: skip
    return _CHANGES[type(now)](wording, was, now)


def _said(wording: Wording, item: Item) -> str:
    """Returns what an item says: the line of an item whose label has only its name."""
    return label(wording, item) if isinstance(item, (Situation, Claim)) else line(wording, item)


def _amended(wording: Wording, given: Change) -> str:
    """Returns what changed of a development, a field or its standing, or of the story."""
    if given.key == "title":
        return wording.say("The story is now called “{title}”.", title=given.after)
    if given.key == "language":
        return wording.say("The story is told in another language now.")
    if given.field is not None:
        return wording.say("{development}: {change}", development=given.label.partition(" ")[0],
                           change=field(wording, "", given.field))  # fmt: skip
    standing, _, by = given.after.partition(" by ")
    if not by:
        return wording.say(_STANDINGS[standing], development=given.label)
    amendments = wording.listed(by.split(" and "))
    return wording.say(_STANDINGS_BY[standing], development=given.label, amendments=amendments)


_STANDINGS = {
    "stands": N_("{development} stands again."),
    "corrected": N_("{development} is corrected."),
    "retracted": N_("{development} is withdrawn."),
    "redacted": N_("{development} is removed."),
}
_STANDINGS_BY = {
    "corrected": N_("{development} is corrected by {amendments}."),
    "retracted": N_("{development} is withdrawn by {amendments}."),
    "redacted": N_("{development} is removed by {amendments}."),
}


def _note(wording: Wording, before: Note | None, now: Note) -> str:
    if now.key == "status":
        if now.text == "closed":
            return wording.say("We no longer follow this story.")
        return wording.say("We follow this story again.") if before else ""
    if now.key == "title":
        return wording.say("The story is now called “{title}”.", title=now.text) if before else ""
    from tracker.text import markup

    return wording.say("Where it stands: {summary}", summary=markup.to_line(now.text))


def _pin(wording: Wording, before: Pin | None, now: Pin) -> str:
    return wording.say(_PINS[now.pinned])


_PINS = {
    True: N_("The story comes first in lists."),
    False: N_("The story stands among the others in lists."),
}


def _situation(wording: Wording, before: Situation | None, now: Situation) -> str:
    if not now.in_force or now.listed in (QUESTIONS, EXPECTED):
        return line(wording, now)
    if before is None and is_usual(now):
        terms = now.terms and lines.terms(now)
        told = types.told(wording, now, "began", terms=terms, since=dates.since(wording, now.since))
        if told:
            return sentence(told)
    return line(wording, now)


def _claim(wording: Wording, before: Claim | None, now: Claim) -> str:
    if before is None:
        return wording.say("A claim is reported: {claim}", claim=sentence(now.label))
    if before.status == now.status:
        return wording.count("One independent origin says so now: {claim}",
                             "{n} independent origins say so now: {claim}",
                             now.origins, claim=sentence(now.label))  # fmt: skip
    told = line_of_status(wording, now)
    return wording.say("{now} Before: {status}.", now=told, status=wording.say(_STATUSES[before.status]))


_STATUSES = {
    "reported": N_("reported"),
    "confirmed": N_("confirmed"),
    "denied": N_("denied"),
    "disputed": N_("in dispute"),
}


def line_of_status(wording: Wording, claim: Claim) -> str:
    """Returns the sentence that says who confirms or denies a claim."""
    yes, no = holders(claim, "confirmed"), holders(claim, "denied")
    words = sentence(claim.label)
    if claim.status == "confirmed" and yes:
        return wording.count("{who} confirms it: {claim}", "{who} confirm it: {claim}",
                             wording.number_of(*yes), who=wording.listed(yes), claim=words)  # fmt: skip
    if claim.status == "denied" and no:
        return wording.count("{who} denies it: {claim}", "{who} deny it: {claim}",
                             wording.number_of(*no), who=wording.listed(no), claim=words)  # fmt: skip
    return wording.say("{status}: {claim}", status=capitalized(wording.say(_STATUSES[claim.status])), claim=words)


def _reading(wording: Wording, before: Reading | None, now: Reading) -> str:
    name, value = label(wording, now), lines.reading(wording, now)
    if before is None:
        return sentence(wording.say("{name}: {value}", name=name, value=value))
    was = amounts.figure(wording, before.figure)
    if now.outdated:
        return sentence(wording.say("{name}: {value}", name=name, value=value))
    return wording.say(_MOVES[_direction(before, now)], name=name, value=value, before=was)


_MOVES = {
    1: N_("{name}: now {value}, up from {before}."),
    -1: N_("{name}: now {value}, down from {before}."),
    0: N_("{name}: now {value}. It had been {before}."),
}


def _direction(before: Reading, now: Reading) -> int:
    """Returns 1 if the figure rose, -1 if it fell, and 0 if its numbers do not say."""
    from decimal import Decimal

    was, is_now = before.figure.value, now.figure.value
    if not was or not is_now or before.figure.bound or now.figure.bound:
        return 0
    return (Decimal(is_now) > Decimal(was)) - (Decimal(is_now) < Decimal(was))


def _office(wording: Wording, before: Office | None, now: Office) -> str:
    return line(wording, now)


def _position(wording: Wording, before: Position | None, now: Position) -> str:
    says = _says(wording, now)
    if before is None:
        return says
    if not before.occurred:
        return wording.say("{now} Before: {before}", now=says, before=_words(wording, before))
    return wording.say("{now} Before, {when}: {before}", now=says, when=dates.when(wording, before.occurred),
                       before=_words(wording, before))  # fmt: skip


def _says(wording: Wording, position: Position) -> str:
    if position.quote:
        return wording.say("{party} says: “{quote}”", party=position.party, quote=position.quote)
    return wording.say("{party}: {what}", party=position.party, what=sentence(position.title))


def _words(wording: Wording, position: Position) -> str:
    return wording.say("“{quote}”", quote=position.quote) if position.quote else sentence(position.title)


def _key_event(wording: Wording, before: KeyEvent | None, now: KeyEvent) -> str:
    return sentence(wording.say("A key event: {title}", title=now.title))


_CHANGES: dict[type[Item], Callable[[Wording, Any, Any], str]] = {
    Note: _note,
    Pin: _pin,
    Situation: _situation,
    Claim: _claim,
    Reading: _reading,
    Office: _office,
    Position: _position,
    KeyEvent: _key_event,
}


# Corrections.


def field(wording: Wording, type: str, given: FieldChange, places: Mapping[str, int] = NOWHERE) -> str:
    """Returns the sentence on the change of one field: ``Headline: we had said “They pay”; it is “They lend”.``
    ``type`` is the type of the development, ``places`` has the numbers of the story's events by id."""
    name = types.field_name(wording, type, given.field)
    was, now = (value(wording, given.kind, each, places) for each in (given.before, given.after))
    if given.kind == "flag":
        return wording.say("{field}: yes.", field=name) if given.after else wording.say("{field}: no.", field=name)
    if given.kind in ("figures", "sources", "parties", "tags", "sayings", "refs", "links"):
        return " ".join(_of_list(wording, name, given, places))
    if not was:
        return sentence(wording.say("{field}: we added “{now}”", field=name, now=now))
    if not now:
        return sentence(wording.say("{field}: we removed “{was}”", field=name, was=was))
    if given.kind == "prose":
        return wording.say("{field}: we changed the text.", field=name)
    return wording.say("{field}: we had said “{was}”; it is “{now}”.", field=name, was=was, now=now)


def _of_list(wording: Wording, name: str, given: FieldChange, places: Mapping[str, int]) -> Iterator[str]:
    """Yields what was added to a field of several values, and what was removed from it."""
    before, after = list(given.before or ()), list(given.after or ())
    added = [value(wording, given.kind, [each], places) for each in after if each not in before]
    removed = [value(wording, given.kind, [each], places) for each in before if each not in after]
    if added:
        yield sentence(wording.say("{field}: we added {now}", field=name, now="; ".join(added)))
    if removed:
        yield sentence(wording.say("{field}: we removed {was}", field=name, was="; ".join(removed)))
    if not added and not removed:
        yield wording.say("{field}: in another order.", field=name)


def one_line(wording: Wording, found: Iterable[Change]) -> str:
    """Returns all changes in one line."""
    return " ".join(changes(wording, found))
