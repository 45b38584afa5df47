"""Developments to a Story, one event at a time. What an event's ``effect`` means is written here, and only here.

::

    events ──amend──▶ developments ──apply, apply, apply…──▶ Story
                                            └──▶ Changes, in words, for every event

Rules of the fold:

- Events apply in log order. What a party said last, and a figure's latest value, go by when it *occurred*:
  a statement recorded late does not replace one that was definitely made after it.
- A handler yields items; ``apply`` puts them into the story and reports what that changed. Handlers read the
  story and never write it.
- A withdrawn development has no effect, save that a withdrawn report leaves its claim behind: as retracted, or
  resting on the other reports of it.
- An amendment refolds its stream; its changes are what it did to its target, and the differences between the
  story before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from msgspec import structs

from tracker import times
from tracker.amend import REDACTED, RETRACTED, Development, amend, field_words, single
from tracker.events import (
    Amendment,
    Closes,
    Confirmation,
    Denial,
    Effect,
    Event,
    Expectation,
    MakesClaim,
    Occurrence,
    Opened,
    Opens,
    Report,
    SetsStatus,
    SetsSummary,
    Starts,
    Statement,
    Suspension,
    TakesPosition,
    TakesStance,
)
from tracker.story import (
    Change,
    Claim,
    Item,
    Note,
    Position,
    Reading,
    Situation,
    Story,
    change_of,
    differences,
)


class Step(NamedTuple):
    """One event of a replay: what it was, what it changed, and the story right after it.

    ``story`` goes on changing with the next step; read it before taking that.
    """

    development: Development
    changes: tuple[Change, ...]
    story: Story


def fold(slug: str, events: Iterable[Event]) -> Story:
    """The story that these events (a stream from its first event on) amount to."""
    return fold_developments(slug, amend(list(events)))


def fold_developments(slug: str, developments: Iterable[Development]) -> Story:
    """The story that these developments amount to."""
    story = Story(slug)
    for development in developments:
        apply(story, development)
    return story


def replay(slug: str, events: Iterable[Event]) -> Iterator[Step]:
    """Each event in turn, as it stood when it was recorded, with what it changed.

    After the last step the story equals ``fold(slug, events)``.
    """
    replayed = Replay(slug)
    return (replayed.step(event) for event in events)


class Replay:
    """A story that moves on event by event, from where ``events`` left it."""

    def __init__(self, slug: str, events: Iterable[Event] = ()) -> None:
        self.events = list(events)
        self.story = fold(slug, self.events)

    def step(self, event: Event) -> Step:
        """Takes the next event of the stream."""
        self.events.append(event)
        if isinstance(event, Amendment):
            before, self.story = self.story, fold(self.story.slug, self.events)
            changes = (*_amended(before, self.story), *differences(before, self.story))
        else:
            changes = apply(self.story, single(len(self.events), event))
        return Step(self.story.developments[-1], changes, self.story)


def _amended(before: Story, after: Story) -> Iterator[Change]:
    """What the amendment that ``after`` ends with did to the development it is about."""
    amendment = after.developments[-1]
    if not amendment.target:
        return
    was, now = before.developments[amendment.target - 1], after.developments[amendment.target - 1]
    key, label = f"development/{now.id}", f"#{now.seq}"
    places = {each.id: each.seq for each in after.developments}
    for each in now.amendments:
        if each.seq == amendment.seq:
            for change in each.changes:
                yield Change(f"{key}/{change.field}", f"{label} {change.field}", *field_words(change, places))
    if was.standing != now.standing:
        yield Change(key, label, was.standing, now.standing)


def apply(story: Story, development: Development) -> tuple[Change, ...]:
    """Moves the story on by one development; gives what that changed."""
    event = development.event
    story.developments.append(development)
    story.seq, story.head, story.updated = development.seq, event.hash, event.recorded
    if not isinstance(event, Occurrence):
        return ()
    if isinstance(event, Opened):
        story.language = event.language
    before: dict[str, Item | None] = {}
    for item in _items(story, development, event):
        before.setdefault(item.key, story.items.get(item.key))
        story.items[item.key] = item
    changes = (change_of(item, story.items[key]) for key, item in before.items())
    return tuple(change for change in changes if change)


# The handlers: one for each effect.


def _items(story: Story, development: Development, event: Occurrence) -> Iterator[Item]:
    """Every item that the development makes or changes."""
    if development.standing in (RETRACTED, REDACTED):
        if isinstance(event, Report) and not event.about:
            yield structs.replace(_claim(development, event), reports=(), sources=())
        return
    if event.effect is not None:
        yield from _HANDLERS[type(event.effect)](story, development, event)
    yield from _figures(story, development, event)
    if event.closes:
        yield from _end(story.situation(event.closes), development, event)


def _starts(story: Story, development: Development, event: Opened) -> Iterator[Item]:
    yield Note(key="title", label="story", text=event.title)
    yield Note(key="status", label="status", text="open")
    if event.summary:
        yield Note(key="summary", label="summary", text=event.summary)


def _sets_status(story: Story, development: Development, event: Occurrence) -> Iterator[Item]:
    assert isinstance(event.effect, SetsStatus)
    yield Note(key="status", label="status", text=event.effect.status)


def _sets_summary(story: Story, development: Development, event: Occurrence) -> Iterator[Item]:
    yield Note(key="summary", label="summary", text=said(event))


def _claims(story: Story, development: Development, event: Report) -> Iterator[Item]:
    claim = story.claim(event.about) if event.about else None
    if not event.about:
        yield _claim(development, event)
    elif claim:
        yield structs.replace(
            claim, reports=(*claim.reports, development.seq), sources=(*claim.sources, *event.sources)
        )


def _claim(development: Development, event: Report) -> Claim:
    return Claim(
        key=f"claim/{event.id}",
        label=said(event),
        id=event.id,
        seq=development.seq,
        occurred=event.occurred,
        parties=event.parties,
        reports=(development.seq,),
        sources=event.sources,
    )


def _stance(story: Story, development: Development, event: Confirmation | Denial) -> Iterator[Item]:
    assert isinstance(event.effect, TakesStance)
    claim = story.claim(event.about)
    if claim:
        whose = event.by or event.id
        others = tuple(each for each in claim.stances if each[0] != whose)
        yield structs.replace(claim, stances=(*others, (whose, event.effect.stance)))


def _position(story: Story, development: Development, event: Statement) -> Iterator[Item]:
    new = Position(
        key=f"position/{event.speaker}",
        label=f"{event.speaker} says",
        party=event.speaker,
        seq=development.seq,
        title=event.title,
        quote=event.quote,
        to=event.to,
        occurred=event.occurred,
        recorded=event.recorded,
    )
    if not _is_overtaken(story.items.get(new.key), event):
        yield new


def _opens(story: Story, development: Development, event: Occurrence) -> Iterator[Item]:
    effect = event.effect
    assert isinstance(effect, Opens)
    words = _words(event)
    label = next(filled for template in effect.labels if (filled := _fill(template, words)))
    yield Situation(
        key=f"situation/{event.id}",
        label=label,
        kind=effect.kind,
        id=event.id,
        seq=development.seq,
        title=event.title,
        word=_fill(effect.word, words) or effect.kind,
        ended_word=effect.ended,
        parties=event.parties,
        since=event.occurred,
        recorded=event.recorded,
        announced=announced_end(event),
    )


def _closes(story: Story, development: Development, event: Occurrence) -> Iterator[Item]:
    """A closer has written into ``closes`` what it closes; ``_items`` ends that."""
    return iter(())


def _figures(story: Story, development: Development, event: Occurrence) -> Iterator[Item]:
    for figure in event.figures:
        new = Reading(
            key=f"figure/{figure.party}/{figure.name}",
            label=f"{figure.party}: {figure.name}" if figure.party else figure.name,
            figure=figure,
            seq=development.seq,
            occurred=event.occurred,
            recorded=event.recorded,
        )
        if not _is_overtaken(story.items.get(new.key), event):
            yield new


def _end(situation: Situation | None, development: Development, event: Occurrence) -> Iterator[Item]:
    """The situation as ended by this event, if it is there and this event may end it."""
    if situation and situation.in_force and may_close(event, situation.kind):
        yield structs.replace(
            situation, ended_by=development.seq, ended=event.occurred, ended_recorded=event.recorded
        )


_HANDLERS: dict[type[Effect], Callable[[Story, Development, Any], Iterator[Item]]] = {
    Starts: _starts,
    SetsStatus: _sets_status,
    SetsSummary: _sets_summary,
    MakesClaim: _claims,
    TakesStance: _stance,
    TakesPosition: _position,
    Opens: _opens,
    Closes: _closes,
}


# What handlers, and those who decide what may be appended, need to know of an event.


def may_close(event: Event, kind: str) -> bool:
    """Whether an event of this type may end a situation of this kind: any event a question or an expected date,
    a closer its own kind."""
    effect = getattr(event, "effect", None)
    if isinstance(effect, Closes):
        return kind == effect.kind
    return kind in ("question", "expectation")


def said(event: Occurrence) -> str:
    """What the event says in the field that its title stands in for when it is left out."""
    return getattr(event, event.title_says, "") or event.title


def announced_end(event: Occurrence) -> times.Occurred:
    """When what this event opens is announced to end (a suspension's until, an expectation's due)."""
    if isinstance(event, Suspension):
        return event.until
    return event.due if isinstance(event, Expectation) else times.Occurred("")


def _is_overtaken(current: Item | None, event: Occurrence) -> bool:
    """Whether what stands definitely occurred after this event."""
    if not isinstance(current, (Position, Reading)):
        return False
    began = times.when(current.occurred, current.recorded).earliest
    return times.when(event.occurred, event.recorded).latest < began


def _words(event: Occurrence) -> dict[str, str]:
    """The event's own fields in words, for labels."""
    words = {}
    for name in event.__struct_fields__:
        value = getattr(event, name)
        if isinstance(value, tuple) and value and isinstance(value[0], str):
            words[name] = " and ".join((", ".join(value[:-1]), value[-1]) if len(value) > 1 else value)
        elif isinstance(value, str):
            words[name] = value
    if event.title_says:
        words[event.title_says] = said(event)
    if isinstance(event, Expectation):
        words["due"] = times.in_words(event.due)
    return words


def _fill(template: str, words: dict[str, str]) -> str:
    """The template with the words in place; empty where one of them is."""
    filled = {name: word for name, word in words.items() if word}
    try:
        return template.format_map(filled)
    except KeyError:
        return ""
