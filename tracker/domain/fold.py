"""Fold developments into a Story, one event at a time. The handlers of all effects are here, and only here.

::

    events ──amend──▶ developments ──apply, apply, apply…──▶ Story
                                            └──▶ Changes, in words, for every event

Rules of the fold:

- Events apply in log order. A party's position and a figure's latest value go by when they *occurred*: a statement
  recorded late does not replace one that was definitely made after it.
- A handler returns items; ``apply`` puts them into the story and returns the changes. Handlers read the story and
  never write it.
- A withdrawn development has no effect, with one exception: the claim of a withdrawn report stays in the story, as
  retracted or based on its other reports.
- An amendment folds the items of its target again. Its changes are those of its target, and the differences
  between the story before and after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Any

from msgspec import Struct, structs

from tracker.domain.amend import (
    REDACTED,
    RETRACTED,
    Development,
    FieldChange,
    Stream,
    amend,
    field_words,
    target_of,
)
from tracker.domain.events import (
    EXPECTED,
    MET,
    SITUATIONS,
    Closes,
    Confirmation,
    Denial,
    Effect,
    Event,
    Fills,
    MakesClaim,
    Mover,
    Moves,
    Occurrence,
    Opened,
    Opener,
    Opens,
    Redacted,
    Report,
    Saying,
    SetsPin,
    SetsStatus,
    SetsSummary,
    Starts,
    Statement,
    TakesPosition,
    TakesStance,
    Vacates,
    added,
    closed_by,
    fields_of,
    kind_of,
    stated,
)
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
    State,
    Story,
    Succession,
    apart,
    belongs_to,
    change_of,
    figure_key,
)
from tracker.domain.wording import filled
from tracker.text import dates
from tracker.text.dates import Recorded
from tracker.text.identity import name_key

Wanted = Callable[[Event], bool]
"""A function that says whether an event belongs to a restricted story."""

Moved = tuple[Item | None, Item | None]
"""An item of the story before and after an event; None if the story does not have it."""


class Step(Struct, frozen=True):
    """One event of a replay: what it was, what it changed, and the story right after it.

    ``story`` changes with the next step; read it before you take that one. ``changed_items`` are all items that
    the event changed, also where their words are the same.
    """

    development: Development
    changes: tuple[Change, ...]
    story: Story
    changed_items: tuple[Moved, ...] = ()


def fold(slug: str, events: Iterable[Event]) -> Story:
    """Returns the story after these events, which are a stream from its first event on."""
    return fold_developments(slug, amend(list(events)))


def fold_developments(slug: str, developments: Iterable[Development]) -> Story:
    """Returns the story after these developments."""
    story = Story(slug, developments=list(developments))
    items = story.items
    for development in story.developments:
        story.meet(development)
        for item in _items_of(story, development):
            items[item.key] = item
    _mark_outdated(story, {f"situation/{id}": None for id in story.belonging})
    _set_head(story, story.developments)
    return story


def restricted(slug: str, developments: Sequence[Development], wanted: Wanted) -> Story:
    """Returns the story after those developments that are wanted. Its number and head are those of all
    developments, because they say from which log it is made."""
    story = fold_developments(slug, (each for each in developments if wanted(each.event)))
    _set_head(story, developments)
    return story


def _set_head(story: Story, developments: Sequence[Development]) -> None:
    """Sets the story's number, head and time to those of the last development."""
    if developments:
        last = developments[-1]
        story.seq, story.head, story.updated = last.seq, last.event.hash, last.event.recorded


def replay(slug: str, events: Iterable[Event], wanted: Wanted | None = None) -> Iterator[Step]:
    """Yields a step for each event: the event as it stood when it was recorded, and its changes.

    After the last step the story equals ``fold(slug, events)``. With ``wanted`` it is the story of those
    occurrences only. Other occurrences have no step, nor have amendments that do not change that story.
    """
    replayed = Replay(slug, wanted=wanted)
    for event in events:
        step = replayed.step(event)
        if wanted is None or step.changes or wanted(event):
            yield step


class Replay:
    """A story that advances event by event, starting after ``events``.

    ``wanted`` restricts it to some of the occurrences. A correction may add one to the story or remove one.
    """

    def __init__(self, slug: str, events: Iterable[Event] = (), *, wanted: Wanted | None = None) -> None:
        self.stream = Stream(events)
        self.wanted = wanted
        self.story = self._folded(slug)
        if wanted is None:
            self.story.developments = self.developments
        self._histories: _Histories | None = None

    @property
    def events(self) -> list[Event]:
        return self.stream.events

    @property
    def developments(self) -> list[Development]:
        return self.stream.developments

    def step(self, event: Event) -> Step:
        """Applies the next event of the stream, and returns its changes."""
        changes, moved = self._amend(event) if target_of(event) else self._append(event)
        return Step(self.developments[-1], changes, self.story, moved)

    def _folded(self, slug: str) -> Story:
        if self.wanted is None:
            return fold_developments(slug, self.developments)
        return restricted(slug, self.developments, self.wanted)

    def _append(self, event: Event) -> tuple[tuple[Change, ...], tuple[Moved, ...]]:
        """Applies an event that amends no other."""
        self.stream.add(event)
        _set_head(self.story, self.developments)
        if self.wanted is not None:
            if not self.wanted(event):
                return (), ()
            self.story.developments.append(self.developments[-1])
        moved = _put_items(self.story, self.developments[-1])
        if self._histories:
            self._histories.add(self.story, self.developments[-1])
        return _changes(moved), moved

    def _amend(self, event: Event) -> tuple[tuple[Change, ...], tuple[Moved, ...]]:
        """Applies an amendment: folds those items again that its target changes, or a restricted story."""
        if self.wanted is None and self._histories is None:
            self._histories = _Histories(self.story.slug, self.developments)
        about = self.stream.places.get(target_of(event), 0)
        earlier = self.developments[about - 1] if about else None
        roots = {seq: self.developments[seq - 1] for seq in (about, self.stream.root_of(about)) if seq}
        root = self.stream.add(event)
        if self._histories is None:
            before, self.story = self.story, self._folded(self.story.slug)
            moved = tuple(apart(before, self.story))
        else:
            _set_head(self.story, self.developments)
            moved = self._histories.amend(self.story, roots[root], self.developments[root - 1]) if root else ()
        return (*self._amended(earlier), *_changes(moved)), moved

    def _amended(self, was: Development | None) -> Iterator[Change]:
        """Yields the changes of the last event, an amendment, to its target. There are none if the target is not
        in the story, before or after."""
        amendment = self.developments[-1]
        if not amendment.target or was is None:
            return
        now = self.developments[amendment.target - 1]
        if self.wanted is None or self.wanted(was.event) or self.wanted(now.event):
            fields = [change for each in now.amendments if each.seq == amendment.seq for change in each.changes]
            yield from read_differently(was, now, fields, self.stream.places)


class _Asked(dict[str, Item]):
    """No items. It notes the keys that a handler asks for."""

    def get(self, key: str, default: Any = None) -> Any:
        return self.setdefault(key, default)


class _Histories:
    """For each item of a story, the developments that may change it and its state after each of them.

    An amendment changes the items of its target only. No item depends on another item, so the others stay, and the
    states of these are made again from the target on, until one is as it was.
    """

    def __init__(self, slug: str, developments: Iterable[Development]) -> None:
        self.seqs: dict[str, list[int]] = {}
        self.states: dict[str, list[Item | None]] = {}
        self.born: dict[str, tuple[int, int]] = {}
        story = Story(slug)
        for development in developments:
            _move(story, development)
            self.add(story, development)

    def add(self, story: Story, development: Development) -> None:
        """Adds the states of the story's items after the development, which is the last."""
        for key in concerns_of(development):
            self.seqs.setdefault(key, []).append(development.seq)
            self.states.setdefault(key, []).append(story.items.get(key))
            self._find_birth(story, key)

    def amend(self, story: Story, was: Development, now: Development) -> tuple[Moved, ...]:
        """Puts the items of a development that was amended into the story. Returns those that differ."""
        if now.seq == 1:
            partial = Story(story.slug)
            _items_of(partial, now)  # the opening also says the language
            story.language = partial.language
        if any(getattr(was.event, name, ()) != getattr(now.event, name, ()) for name in ("parties", "figures")):
            story.meet_again()
        concerns = concerns_of(now)
        born: dict[str, tuple[int, int]] = {}
        before: dict[str, Item | None] = {}
        for key in {**concerns_of(was), **concerns}:
            born[key], before[key] = self.born.get(key, (0, 0)), story.items.get(key)
            self._fold(story, key, now.seq, concerns=key in concerns)
        self._put(story, born)
        _mark_outdated(story, before)
        moved = {key: (item, story.items.get(key)) for key, item in before.items()}
        moved = {key: (item, after) for key, (item, after) in moved.items() if item != after}
        places = {**self.born, **{key: born[key] for key in moved.keys() & born.keys() if moved[key][0]}}
        order = sorted(moved, key=lambda key: (moved[key][0] is None, places[key]))
        return tuple(moved[key] for key in order)

    def _fold(self, story: Story, key: str, seq: int, *, concerns: bool) -> None:
        """Makes the states of an item again, from the development of this number on."""
        from bisect import bisect_left  # only corrections and retractions need it

        seqs, states = self.seqs.setdefault(key, []), self.states.setdefault(key, [])
        start = bisect_left(seqs, seq)
        is_there = seqs[start : start + 1] == [seq]
        if is_there and not concerns:
            del seqs[start], states[start]
        elif concerns and not is_there:
            seqs.insert(start, seq)
            states.insert(start, None)
        state = states[start - 1] if start else None
        for index in range(start, len(seqs)):
            state = _state(story, key, state, story.developments[seqs[index] - 1])
            if seqs[index] > seq and state == states[index]:
                break
            states[index] = state
        self._find_birth(story, key)

    def _find_birth(self, story: Story, key: str) -> None:
        """Notes the development that makes the item, and its place among the items that the development makes. A
        story lists its items in that order."""
        born = next((seq for seq, state in zip(self.seqs[key], self.states[key], strict=True) if state), 0)
        if not born:
            self.born.pop(key, None)
        elif self.born.get(key, (0,))[0] != born:
            self.born[key] = born, list(concerns_of(story.developments[born - 1])).index(key)

    def _put(self, story: Story, born: Mapping[str, tuple[int, int]]) -> None:
        """Puts the last states of these items into the story. ``born`` has where each was made before."""
        for key in born:
            if item := self.states[key][-1] if self.states[key] else None:
                story.items[key] = item
            else:
                story.items.pop(key, None)
        if any(self.born[key] != was for key, was in born.items() if key in self.born):
            items = sorted(story.items.items(), key=lambda item: self.born[item[0]])
            story.items.clear()
            story.items.update(items)


def concerns_of(development: Development) -> dict[str, None]:
    """Returns the keys of the items that a development may make or change, in any story: first those that
    it makes."""
    asked = _Asked()
    made = [item.key for item in _items_of(Story("", items=asked), development)]
    return dict.fromkeys([*made, *asked])


def _state(story: Story, key: str, state: Item | None, development: Development) -> Item | None:
    """Returns the state of an item after a development; ``state`` is the one before it."""
    for item in _items_of(Story(story.slug, items={key: state} if state else {}), development):
        if item.key == key:
            state = item
    return state


def read_differently(
    was: Development, now: Development, fields: Iterable[FieldChange], places: Mapping[str, int], by: str = ""
) -> Iterator[Change]:
    """Yields the changes of a development: of these fields, then of its standing. ``by`` is a text that follows
    the new standing."""
    key, label = f"development/{now.id}", f"#{now.seq}"
    for change in fields:
        words = field_words(change, places)
        yield Change(f"{key}/{change.field}", f"{label} {change.field}", *words, field=change)
    if was.standing != now.standing:
        yield Change(key, label, was.standing, f"{now.standing}{by}")


def unfold(slug: str, developments: Sequence[Development]) -> Iterator[Step]:
    """Yields a step for each occurrence as it stands, in ``world_order``, with its changes in that order.

    The situations end as in the fold, which goes by log order.
    """
    story = Story(slug)
    for development in world_order(developments):
        yield Step(development, apply(story, development), story)


def world_order(developments: Sequence[Development]) -> list[Development]:
    """Returns the occurrences sorted by their dates (``dates.in_order``), then by log order.

    The opening comes first. An occurrence that refers to a development (closes, about) with the same or a later
    date follows right after it. An event without its text has no date, and is sorted by when it was recorded.
    """
    occurred = [each for each in developments if _has_place(each.event)]
    spans = [_when(each.event) for each in occurred]
    order: dict[str, tuple[Any, ...]] = {}
    for each, dated in zip(occurred, dates.in_order(spans), strict=True):
        own: tuple[Any, ...] = () if each.type == "opened" else (*dated, each.seq)
        last = max(order.get(id, ()) for id in (*closed_by(each.event), getattr(each.event, "about", "")))
        order[each.id] = own if own > last or each.type == "opened" else (*last, each.seq)
    return sorted(occurred, key=lambda each: order[each.id])


def _when(event: Event) -> dates.Span:
    return dates.when(getattr(event, "occurred", dates.Occurred("")), event.recorded)


def _has_place(event: Event) -> bool:
    """Whether an event has a place in the order of the world. Amendments have none."""
    return isinstance(event, Occurrence) or (isinstance(event, Redacted) and not event.about)


def apply(story: Story, development: Development) -> tuple[Change, ...]:
    """Applies one development to the story, and returns the changes."""
    return _changes(_move(story, development))


def _move(story: Story, development: Development) -> tuple[Moved, ...]:
    """Applies one development to the story, and returns the items that it changes."""
    story.developments.append(development)
    _set_head(story, story.developments)
    return _put_items(story, development)


def _put_items(story: Story, development: Development) -> tuple[Moved, ...]:
    """Puts the items of a development into the story, and returns those that it changes."""
    before: dict[str, Item | None] = {}
    story.meet(development)
    for item in _items_of(story, development):
        before.setdefault(item.key, story.items.get(item.key))
        story.items[item.key] = item
    _mark_outdated(story, before)
    return tuple((item, story.items[key]) for key, item in before.items())


def _mark_outdated(story: Story, before: dict[str, Item | None]) -> None:
    """Marks the readings that belong to a situation that ended, of those that ``before`` names by their own keys
    or by that of their situation. Adds each that it changes to ``before``, as it was."""
    for key in [*before, *(key for each in before for key in story.belonging.get(each.partition("/")[2], ()))]:
        reading = story.items.get(key)
        if not isinstance(reading, Reading):
            continue
        whose = story.situation(reading.about)
        outdated = f"{whose.kind} {whose.words}" if whose and not whose.in_force else ""
        if reading.outdated != outdated:
            before.setdefault(key, reading)
            story.items[key] = structs.replace(reading, outdated=outdated)


def _changes(moved: Iterable[Moved]) -> tuple[Change, ...]:
    return tuple(change for before, after in moved if (change := change_of(before, after)))


def _items_without_text(development: Development) -> Sequence[Item]:
    """Returns the items of an event that has no text any more. An opening still gives the story a title and a
    status."""
    if development.standing == REDACTED and development.type == "opened":
        return (
            Note(key="title", label="story", text=development.title),
            Note(key="status", label="status", text="open"),
        )
    return ()


# The handlers: one for each effect.

_WITHDRAWN = frozenset((RETRACTED, REDACTED))


def _items_of(story: Story, development: Development) -> Sequence[Item]:
    """Returns the items that the next development of the story makes or changes, in their new state."""
    event = development.event
    if not isinstance(event, Occurrence):
        return _items_without_text(development)
    if development.standing in _WITHDRAWN:
        if isinstance(event, Report) and not event.about:
            return (structs.replace(_claim(development, event), reports=(), sources=()),)
        return ()
    made = _HANDLERS[type(event.effect)](story, development, event) if event.effect is not None else ()
    if event.figures:
        made = (*made, *_figures(story, development, event))
    if added(event, "key"):
        made = (*made, _key_event(development, event))
    for id in closed_by(event):
        made = (*made, *_end(story.situation(id), development, event))
    return made


def _starts(story: Story, development: Development, event: Opened) -> Sequence[Item]:
    story.language = event.language
    title = Note(key="title", label="story", text=event.title)
    status = Note(key="status", label="status", text="open")
    if event.summary:
        return title, status, Note(key="summary", label="summary", text=event.summary)
    return title, status


def _sets_status(story: Story, development: Development, event: Occurrence) -> Sequence[Item]:
    assert isinstance(event.effect, SetsStatus)
    return (Note(key="status", label="status", text=event.effect.status),)


def _sets_pin(story: Story, development: Development, event: Occurrence) -> Sequence[Item]:
    assert isinstance(event.effect, SetsPin)
    return (Pin(key="pinned", label="place in lists", pinned=event.effect.pinned),)


def _sets_summary(story: Story, development: Development, event: Occurrence) -> Sequence[Item]:
    return (Note(key="summary", label="summary", text=said(event)),)


def _claims(story: Story, development: Development, event: Report) -> Sequence[Item]:
    if not event.about:
        return (_claim(development, event),)
    claim = story.claim(event.about)
    if not claim:
        return ()
    reports, sources = (*claim.reports, development.seq), (*claim.sources, *event.sources)
    return (structs.replace(claim, reports=reports, sources=sources),)


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


def _stance(story: Story, development: Development, event: Confirmation | Denial) -> Sequence[Item]:
    assert isinstance(event.effect, TakesStance)
    claim = story.claim(event.about)
    if not claim:
        return ()
    key = name_key(event.by or event.id)
    whose = next((each for each, _ in claim.stances if name_key(each) == key), event.by or event.id)
    others = tuple(each for each in claim.stances if each[0] != whose)
    stances = (*others, (whose, event.effect.stance))
    answers = (*claim.answers, (development.seq, event.effect.stance))
    answered = (*claim.answered, event.occurred)
    return (structs.replace(claim, stances=stances, answers=answers, answered=answered),)


def _positions(story: Story, development: Development, event: Statement) -> Sequence[Item]:
    own = Saying(speaker=event.speaker, quote=event.quote, to=event.to, behalf=event.behalf, role=event.role)
    return [item for each in (own, *event.also) for item in _position(story, development, event, each)]


def _position(story: Story, development: Development, event: Statement, said: Saying) -> Sequence[Item]:
    whose = said.behalf or said.speaker
    key = f"position/{name_key(whose)}"
    earlier = story.items.get(key)
    party = earlier.party if isinstance(earlier, Position) else whose
    new = Position(
        key=key,
        label=f"{party} says",
        party=party,
        seq=development.seq,
        title=event.title,
        quote=said.quote,
        to=said.to,
        speaker=said.speaker if said.behalf else "",
        role=said.role,
        occurred=event.occurred,
        recorded=event.recorded,
    )
    return () if _is_overtaken(earlier, event) else (new,)


def _opens(story: Story, development: Development, event: Occurrence) -> Sequence[Item]:
    effect = event.effect
    assert isinstance(effect, Opens)
    get = partial(_field_or_title, event)
    state = State(
        seq=development.seq,
        words=new_state(event) or filled((effect.word,), type(event), get) or effect.kind,
        awaits=stated(event, "pending"),
        given=bool(new_state(event)),
        until=announced_end(event),
        occurred=event.occurred,
        recorded=event.recorded,
    )
    opened = Situation(
        key=f"situation/{event.id}",
        label=filled(effect.labels, type(event), get) or event.title,
        kind=effect.kind,
        type=development.type,
        listed=effect.listed,
        id=event.id,
        seq=development.seq,
        title=event.title,
        values=tuple((name, get(name)) for name in own_fields(type(event))),
        terms=str(get(effect.terms)) if effect.terms else "",
        word=state.words,
        ended_word=effect.ended,
        pending=effect.pending,
        awaits=state.awaits,
        parties=event.parties,
        since=event.occurred,
        recorded=event.recorded,
        announced=state.until,
        states=(state,),
    )
    return (opened,)


@cache
def own_fields(cls: type[Event]) -> tuple[str, ...]:
    """Returns the names of the fields of an opener's type that a sentence may name: its own plain ones."""
    common = {*Opener.__struct_fields__} - cls.redefined
    kinds = ("line", "party", "parties", "date", "money")
    return tuple(each.name for each in fields_of(cls) if each.name not in common and each.kind in kinds)


def _moves(story: Story, development: Development, event: Mover) -> Sequence[Item]:
    """Returns the situation with the state that the event gives it. A change that is recorded late is put among
    the states before those that definitely occurred after it. After the end, only a change that definitely
    occurred before it counts."""
    situation = story.situation(event.about)
    if not (situation and may_move(event, situation)) or has_ended_by(situation, event):
        return ()
    state = State(
        seq=development.seq,
        words=new_state(event),
        awaits=event.pending,
        until=event.until,
        occurred=event.occurred,
        recorded=event.recorded,
    )
    first, *later = situation.states
    states = (first, *placed(tuple(later), state))
    present = next(each for each in reversed(states) if each.words)
    return (
        structs.replace(
            situation,
            states=states,
            word=present.words,
            awaits=present.awaits,
            announced=next((each.until for each in reversed(states) if each.until), dates.Occurred("")),
        ),
    )


def _succeeds(story: Story, development: Development, event: Occurrence) -> Sequence[Item]:
    """Returns the office with this change in its line of succession. One that is recorded late is put before those
    that definitely occurred after it."""
    effect = event.effect
    assert isinstance(effect, (Fills, Vacates))
    name = filled((effect.office,), type(event), partial(getattr, event))
    party = str(getattr(event, effect.holder))
    if not name or (isinstance(effect, Fills) and not party):
        return ()
    key = f"office/{name_key(name)}"
    office = story.items.get(key) or Office(key=key, label=name, line=())
    assert isinstance(office, Office)
    change = Succession(
        seq=development.seq,
        party=party,
        fills=isinstance(effect, Fills),
        occurred=event.occurred,
        recorded=event.recorded,
    )
    return (structs.replace(office, line=placed(office.line, change)),)


def placed(line: tuple[Any, ...], new: Any) -> tuple[Any, ...]:
    """Returns the line with a new part, before those that definitely occurred after it."""
    place = len(line)
    while place and _is_overtaken(line[place - 1], new):
        place -= 1
    return (*line[:place], new, *line[place:])


def _closes(story: Story, development: Development, event: Occurrence) -> Sequence[Item]:
    """Returns no item: ``_items_of`` ends the situations that the event names."""
    return ()


def _figures(story: Story, development: Development, event: Occurrence) -> Iterator[Item]:
    made: dict[str, Item] = {}  # an event may give numbers of several dates
    for each in event.figures:
        key = figure_key(each)
        earlier = made.get(key) or story.items.get(key)
        figure = structs.replace(each, party=earlier.figure.party) if isinstance(earlier, Reading) else each
        new = Reading(
            key=key,
            label=f"{figure.party}: {figure.name}" if figure.party else figure.name,
            figure=figure,
            seq=development.seq,
            occurred=each.as_of or event.occurred,
            recorded=event.recorded,
            about=belongs_to(event, each),
        )
        if not _is_overtaken(earlier, new):
            made[key] = new
    yield from made.values()


def _key_event(development: Development, event: Occurrence) -> Item:
    return KeyEvent(
        key=f"key/{event.id}",
        label="key event",
        seq=development.seq,
        title=event.title,
        occurred=event.occurred,
        recorded=event.recorded,
    )


def _end(situation: Situation | None, development: Development, event: Occurrence) -> Sequence[Item]:
    """Returns the situation as ended by this event, or no item if there is none that this event may end."""
    if not (situation and situation.in_force and may_close(event, situation)):
        return ()
    score, days = score_of(situation, event)
    stated_end = stated(event, "state") if closes_kind(event, situation) else ""
    return (
        structs.replace(
            situation,
            ended_word=stated_end or in_time(score, days) or situation.ended_word,
            outcome=outcome_of(event),
            score=score,
            days=days,
            ended_by=development.seq,
            ended=event.occurred,
            ended_recorded=event.recorded,
        ),
    )


_HANDLERS: dict[type[Effect], Callable[[Story, Development, Any], Sequence[Item]]] = {
    Starts: _starts,
    SetsStatus: _sets_status,
    SetsSummary: _sets_summary,
    SetsPin: _sets_pin,
    MakesClaim: _claims,
    TakesStance: _stance,
    TakesPosition: _positions,
    Opens: _opens,
    Moves: _moves,
    Closes: _closes,
    Fills: _succeeds,
    Vacates: _succeeds,
}


# Questions about an event, for the handlers here and for decide.py.


def may_close(event: Event | type[Event], situation: Situation | Opens) -> bool:
    """Whether an event (or all events of a type) may end this situation (or the situations that an effect opens).
    A closer may end those of its kind, every event a question or an expectation."""
    return closes_kind(event, situation) or situation.listed != SITUATIONS


def closes_kind(event: Event | type[Event], situation: Situation | Opens) -> bool:
    """Whether an event (or all events of a type) is there to end situations of this kind."""
    return isinstance(event.effect, Closes) and event.effect.kind == situation.kind


def may_move(event: Event | type[Event], situation: Situation | Opens) -> bool:
    """Whether an event (or all events of a type) may change this situation (or the situations that an effect
    opens)."""
    return isinstance(event.effect, Moves) and event.effect.kind in ("", situation.kind)


def has_ended_by(situation: Situation, event: Occurrence) -> bool:
    """Whether the situation ended, and the event did not definitely occur before that."""
    return not situation.in_force and not _is_before(event, situation.ended, situation.ended_recorded)


def new_state(event: Occurrence) -> str:
    """Returns the state that an opener or a change gives a situation. It is empty if the opener gives it the usual
    state, or if the change leaves the state as it is."""
    declared = event.effect.state if isinstance(event.effect, Moves) else ""
    words = stated(event, "state") or filled((declared,), type(event), partial(_field_or_title, event))
    return words or ("pending" if stated(event, "pending") else "")


def score_of(situation: Situation, event: Occurrence) -> tuple[str, int]:
    """Returns how an expectation comes out that the event ends, and by how many calendar days it is met late; a
    negative number means early. It is in time unless the event definitely occurred before or after the due
    date."""
    score = event.closes_as if situation.listed == EXPECTED else ""
    if score != MET or not situation.announced:
        return score, 0
    due, came = dates.span(situation.announced), _when(event)
    if came.latest.is_before(due.earliest):
        return score, -dates.calendar_days(came.latest, due.earliest)
    return score, dates.calendar_days(due.latest, came.earliest) if due.latest.is_before(came.earliest) else 0


def in_time(score: str, days: int) -> str:
    """Returns ``met``, ``met 3 days late`` or ``met 1 day early``."""
    unit = "day" if abs(days) == 1 else "days"
    return f"{score} {abs(days)} {unit} {'late' if days > 0 else 'early'}" if days else score


def outcome_of(event: Occurrence) -> str:
    """Returns the outcome that an event gives what it ends: its field of that name, or its title. It is empty if
    the title only says that it ends."""
    if kind_of(type(event), "outcome") == "line" and (own := getattr(event, "outcome", "")):
        return str(own)
    words = said(event) if kind_of(type(event), event.title_says) == "line" else event.title
    return "" if words == filled(event.sentences, type(event), partial(getattr, event)) else words


def said(event: Occurrence) -> str:
    """Returns the event's field that defaults to the title, or the title if that field is empty."""
    return getattr(event, event.title_says, "") or event.title


def _field_or_title(event: Occurrence, field: str) -> Any:
    return said(event) if field == event.title_says else getattr(event, field)


def announced_end(event: Occurrence) -> dates.Occurred:
    """Returns the announced end of the situation that this event opens (a suspension's until, an expectation's
    due)."""
    field = event.effect.until if isinstance(event.effect, Opens) else ""
    return dates.Occurred(getattr(event, field)) if field else dates.Occurred("")


def _is_overtaken(current: Any, event: Any) -> bool:
    """Whether the current position or value, if there is one, definitely occurred after this event or value."""
    return current is not None and _is_before(event, current.occurred, current.recorded)


def _is_before(event: Any, occurred: dates.Occurred, recorded: Recorded) -> bool:
    """Whether the event definitely occurred before another one of these dates."""
    return dates.when(event.occurred, event.recorded).latest.is_before(dates.when(occurred, recorded).earliest)
