"""Decide whether an event may be appended: from plain values and the story so far, make a complete draft or
refuse.

This module writes no file. The caller reads the stream, decides, and appends on condition that the head of the
stream is still the one it read. So a decision never rests on an outdated story.

A complete draft has all that a replay needs: references are ids, the one situation or claim that can be meant is
named, and ``parties`` has the parties of all fields.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from msgspec import structs

from tracker.domain import figures, redaction
from tracker.domain import values as event_values
from tracker.domain.amend import REDACTED, RETRACTED, Development, corrected
from tracker.domain.chain import FORMAT
from tracker.domain.directory import NO_PARTIES, Directory
from tracker.domain.events import (
    EXPECTED,
    MET,
    Amendment,
    Closer,
    Closes,
    Confirmation,
    Correction,
    Denial,
    Event,
    Mover,
    Occurrence,
    Opened,
    Opens,
    Redaction,
    Report,
    Retraction,
    SetsPin,
    SetsStatus,
    Statement,
    added,
    closed_by,
    fields_of,
    kind_of,
    lacks_source,
    links_of,
    type_of,
)
from tracker.domain.fold import closes_kind, has_ended_by, may_close, may_move, new_state, said
from tracker.domain.glossary import BUILT_IN, Glossary, shared_fields
from tracker.domain.story import Claim, Situation, Story
from tracker.domain.wording import filled, names_in
from tracker.errors import BadInput
from tracker.text.dates import Recorded, moment_at, span, to_datetime, when
from tracker.text.identity import name_key
from tracker.text.names import is_link, is_reference, parse_reference


def decide(
    story: Story,
    values: Mapping[str, Any],
    now: Recorded,
    glossary: Glossary = BUILT_IN,
    directory: Directory = NO_PARTIES,
) -> Event:
    """Returns the complete draft for ``values`` (``type`` and its fields), as the next event of ``story``.

    References may be ids, ``story#7`` or ``#7``. ``glossary`` has the types, ``directory`` the canonical names of
    parties. Raises BadInput or Unknown with the field and a remedy.
    """
    cls = glossary.types.get(str(values.get("type")))
    canonical = partial(_canonical_name, story, directory)
    completed = _with_ids(story, cls, values, canonical)
    if cls is not None and issubclass(cls, Occurrence):
        completed = _with_title(cls, _with_parties(cls, completed, canonical), glossary)
    draft = event_values.from_values(completed, glossary)
    refuse_out_of_turn(story, type(draft))
    if isinstance(draft, Correction):
        return _decide_correction(story, draft, now)
    if isinstance(draft, Retraction):
        _refuse_retraction(story, draft)
    if isinstance(draft, Redaction):
        target = _target(story, draft.redacts, "redacts")
        redaction.check(story, target, draft, glossary)
        draft = structs.replace(draft, imported=redaction.origin(target.original))
    if isinstance(draft, Statement):
        draft = _with_roles(draft, directory, now)
    if isinstance(draft, Occurrence):
        _refuse_future(draft, now)
        draft = _with_score(story, _with_closes(story, draft, directory))
        draft = _with_moved(story, draft, directory, now)
        draft = _with_about(story, draft)
        _refuse_links(story, draft, "see")
    return structs.replace(draft, format=FORMAT, slug=story.slug, was=None) if isinstance(draft, Opened) else draft


def check_alone(
    values: Mapping[str, Any], glossary: Glossary = BUILT_IN, directory: Directory = NO_PARTIES
) -> None:
    """Refuses (BadInput, Unknown) a draft that no story could take. References are not looked up."""
    complete(values, glossary, directory)


def complete(values: Mapping[str, Any], glossary: Glossary = BUILT_IN, directory: Directory = NO_PARTIES) -> Event:
    """Returns the draft for ``values`` as far as it does not depend on a story. References become the id of no
    event. Raises BadInput, Unknown."""
    cls = glossary.types.get(str(values.get("type")))
    references = {
        field.name: _each(values[field.name], lambda text: NO_EVENT)
        for field in (fields_of(cls) if cls else ())
        if field.kind in _REFERRING and field.name in values
    }
    completed = {**values, **references}
    if isinstance(figures := values.get("figures"), (list, tuple)):
        belong = [isinstance(each, dict) and is_reference(str(each.get("about", ""))) for each in figures]
        completed["figures"] = [
            {**each, "about": NO_EVENT} if refers else each for each, refers in zip(figures, belong, strict=True)
        ]
    if cls is not None and issubclass(cls, Occurrence):
        completed = _with_title(cls, _with_parties(cls, completed, directory.canonical), glossary)
    return event_values.from_values(completed, glossary)


NO_EVENT = "00000000-0000-7000-8000-000000000000"
"""The id of no event, in place of a reference that is not looked up."""


def check_sourced(draft: Event) -> None:
    """Refuses (BadInput) a development that lacks a source, and a correction that empties the sources."""
    emptied = isinstance(draft, Correction) and "sources" in draft.changes and not draft.changes["sources"]
    if emptied or lacks_source(draft):
        raise BadInput(
            "has no source, and require_source in tracker.toml asks for one; give --source or --publisher",
            field="sources",
        )


# Completing the values.


Names = Callable[[str], str]
"""A function that returns the canonical name of a party."""


def _canonical_name(story: Story, directory: Directory, name: str) -> str:
    """Returns the name of a party in the desk's directory, or else its first spelling in the story."""
    return directory.canonical(name) if directory.knows(name) else story.spelling(name)


def _with_ids(
    story: Story, cls: type[Event] | None, values: Mapping[str, Any], canonical: Names
) -> dict[str, Any]:
    """Returns the values with ids in place of ``story#7`` and ``#7``, in a correction's changes too."""
    completed = _resolved(story, cls, values)
    changes, corrects = completed.get("changes"), completed.get("corrects")
    if not isinstance(changes, dict):
        return completed
    target = next((each.event for each in story.developments if each.id == corrects), None)
    if target is not None:
        resolved = _canonical(type(target), _resolved(story, type(target), changes, "changes."), canonical)
        completed["changes"] = _with_image_of(target, _with_figures_of(target, resolved))
    return completed


def _with_figures_of(target: Event, changes: dict[str, Any]) -> dict[str, Any]:
    """Returns the changes with a party for every figure: the party of the figure that it corrects. Figures match
    by name and, among those of one name, by order."""
    figures = changes.get("figures")
    if not isinstance(figures, (list, tuple)):
        return changes
    unmatched = list(getattr(target, "figures", ()))
    named = []
    for each in figures:
        same = next(
            (figure for figure in unmatched if isinstance(each, dict) and figure.name == each.get("name")), None
        )
        if same:
            unmatched.remove(same)
        named.append({"party": same.party, **each} if same else each)
    completed = _with_parties(type(target), {**event_values.to_values(target), **changes, "figures": named})
    return {**changes, "figures": completed["figures"]}


def _with_image_of(target: Event, changes: dict[str, Any]) -> dict[str, Any]:
    """Returns the changes with the whole picture, if they change only texts of the target's picture."""
    texts, image = changes.get("image"), getattr(target, "image", None)
    if not isinstance(texts, dict) or "file" in texts:
        return changes
    if image is None:
        raise BadInput("has no picture whose texts could be corrected", field="changes.image")
    whole = {**event_values.to_values(image), **texts}
    return {**changes, "image": {name: value for name, value in whole.items() if value is not None}}


def _resolved(
    story: Story, cls: type[Event] | None, values: Mapping[str, Any], prefix: str = ""
) -> dict[str, Any]:
    """Returns the values with ids in the fields of kind ``ref``, in those of figures too. ``prefix`` goes before
    field names in refusals."""
    completed = dict(values)
    for field in fields_of(cls) if cls else ():
        if field.kind == "figures" and isinstance(values.get(field.name), (list, tuple)):
            completed[field.name] = [
                _with_situation(story, each, f"{prefix}{field.name}[{number}].about")
                for number, each in enumerate(values[field.name])
            ]
        elif field.kind in _REFERRING and field.name in values and field.name != "id":
            look_up = partial(_id_of, story, field=prefix + field.name)
            completed[field.name] = _each(values[field.name], look_up)
    return completed


def _with_situation(story: Story, figure: Any, field: str) -> Any:
    """Returns a figure with the id of the event that opened the situation to which it belongs. Raises BadInput."""
    about = figure.get("about") if isinstance(figure, dict) else None
    if not isinstance(about, str) or not is_reference(about):
        return figure
    id = find(story, about, field=field).id
    opened = story.situation(id) or _moved_by(story, id)
    if opened is None:
        could = _list(story, (each for each in story.situations if each.in_force))
        there = f"; these are in force: {could}" if could else ""
        raise BadInput(f"that opened nothing to which a figure could belong{there}", field=field)
    return {**figure, "about": opened.id}


_REFERRING = ("ref", "refs", "links")
"""The kinds of fields that name other events."""


def _each(value: Any, change: Callable[[str], str]) -> Any:
    """Returns a field's value with each reference in it changed, such as ``#7``; ids stay."""
    if isinstance(value, (list, tuple)):
        return [_each(each, change) for each in value]
    return change(value) if isinstance(value, str) and is_reference(value) and not is_link(value) else value


def _id_of(story: Story, text: str, *, field: str) -> str:
    return find(story, text, field=field).id


def find(story: Story, reference: str, *, field: str = "") -> Development:
    """Returns the development that ``story#7`` or ``#7`` means. Raises BadInput."""
    named = parse_reference(reference, story.slug)
    if named.slug != story.slug:
        raise BadInput(f"{reference} is not in {story.slug}; an event refers to its own story only", field=field)
    if named.seq > (last := len(story.developments)):
        raise BadInput(f"there is no {named}; the last one is {story.slug}#{last}", field=field)
    return story.developments[named.seq - 1]


def _with_title(cls: type[Occurrence], values: dict[str, Any], glossary: Glossary) -> dict[str, Any]:
    """Returns the values with the type's sentence as the title, if they have no title and the sentence's fields
    are set. If they give no title, a fault in another field is refused first (BadInput)."""
    if values.get("title") or not cls.sentences:
        return values
    title = ""
    with contextlib.suppress(BadInput, ArithmeticError, AttributeError, TypeError):
        title = filled(cls.sentences, cls, lambda name: _tidy(values.get(name)))
    if not title:
        event_values.from_values({**values, "title": "-"}, glossary)
    return {**values, "title": title} if title else values


def _tidy(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _canonical(cls: type[Event], values: dict[str, Any], canonical: Names) -> dict[str, Any]:
    """Returns the values with the canonical names of parties."""
    completed = dict(values)
    for field in fields_of(cls):
        value = values.get(field.name)
        if field.kind == "party" and isinstance(value, str):
            completed[field.name] = canonical(value)
        elif field.kind == "parties" and isinstance(value, (list, tuple)):
            named = [canonical(each) if isinstance(each, str) else each for each in value]
            completed[field.name] = list(_once(named)) if all(isinstance(each, str) for each in named) else named
        elif field.kind in ("figures", "sayings") and isinstance(value, (list, tuple)):
            completed[field.name] = [_named_in(each, canonical) for each in value]
    return completed


def _once(names: Iterable[str]) -> Iterable[str]:
    """Returns the names without later spellings of an earlier one."""
    spelled: dict[str, str] = {}
    for each in names:
        spelled.setdefault(name_key(each), each.strip())
    return spelled.values()


def _named_in(part: Any, canonical: Names) -> Any:
    """Returns a figure or a saying with the canonical names of its parties."""
    named = [(name, part.get(name)) for name in ("party", *_SPEAKERS)] if isinstance(part, dict) else []
    return {**part, **{name: canonical(of) for name, of in named if isinstance(of, str) and of}} if named else part


_SPEAKERS = ("speaker", "behalf")
"""The fields of a saying that name a party."""


def _with_parties(cls: type[Event], values: dict[str, Any], canonical: Names = str) -> dict[str, Any]:
    """Returns the values with canonical names of parties, with the parties of all fields in ``parties``, and with
    a party for every figure."""
    values = _canonical(cls, values, canonical)
    named = _listed(values.get("parties"))
    for field in fields_of(cls):
        if field.kind in ("party", "parties") and field.name != "parties":
            named += _listed(values.get(field.name))
    also = values.get("also") if kind_of(cls, "also") == "sayings" else None
    for each in also if isinstance(also, (list, tuple)) else ():
        named += [each[name] for name in _SPEAKERS if each.get(name)] if isinstance(each, dict) else []
    figures = values.get("figures")
    if isinstance(figures, (list, tuple)):
        named += [each["party"] for each in figures if isinstance(each, dict) and each.get("party")]
        whose = values.get("company") or next(iter(named), "")
        values["figures"] = [
            {**each, "party": each.get("party") or whose} if isinstance(each, dict) else each for each in figures
        ]
    if not all(isinstance(each, str) for each in named):
        return values  # from_values refuses them
    return {**values, "parties": list(_once(named))} if named else values


def _with_roles(draft: Statement, directory: Directory, now: Recorded) -> Statement:
    """Returns the statement with the roles that its speakers had then by the directory, where it gives none."""
    span_of = when(draft.occurred, now)
    also = tuple(
        structs.replace(each, role=each.role or directory.role(each.speaker, span_of)) for each in draft.also
    )
    return structs.replace(draft, role=draft.role or directory.role(draft.speaker, span_of), also=also)


def _listed(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else [value] if value else []


def _with_closes(story: Story, draft: Occurrence, directory: Directory) -> Occurrence:
    """Returns the draft with the id of the situation that it closes: the one it names, or the only one that
    matches. Raises BadInput."""
    effect = draft.effect
    if isinstance(draft, Closer) and draft.unopened:
        if draft.closes:
            raise BadInput("is named, so what it ends is in the log; leave out closes or unopened", field="closes")
        return draft
    named = [_closable(story, draft, id) for id in dict.fromkeys(closed_by(draft))]
    if not isinstance(effect, Closes) or any(closes_kind(draft, each) for each in named):
        return _closing(draft, named)
    open_ones = [each for each in story.all_situations if each.kind == effect.kind and each.in_force]
    matching = _the_one(story, draft, open_ones, "closes", directory)
    if matching:
        return _closing(draft, [matching, *named])
    if not open_ones:
        raise BadInput(f"{story.slug} has no {effect.kind} in force, so nothing ends; {_UNOPENED}", field="closes")
    raise BadInput(
        f"none of these matches: {_list(story, open_ones)}. If it ends one of them, name that; {_UNOPENED}",
        field="closes",
    )


def _with_score(story: Story, draft: Occurrence) -> Occurrence:
    """Returns the draft with how the expectations come out that it ends: met, if it does not say. Raises
    BadInput."""
    closed = [each for id in closed_by(draft) if (each := story.situation(id))]
    if any(each.listed == EXPECTED for each in closed):
        return structs.replace(draft, closes_as=draft.closes_as or MET)
    if draft.closes_as:
        refused = f"{closed[0].label} is no expectation" if closed else "closes names no expectation"
        raise BadInput(f"says how an expectation came out, and {refused}", field="closes_as")
    return draft


def _closable(story: Story, draft: Occurrence, id: str) -> Situation:
    """Returns the situation that this event opened. Raises BadInput if the draft cannot end it."""
    situation = story.situation(id)
    if situation is None or not may_close(draft, situation):
        raise BadInput(_cannot_close(story, draft, situation), field="closes")
    if not situation.in_force:
        raise BadInput(f"{situation.label} was ended by #{situation.ended_by} already", field="closes")
    return situation


def _closing(draft: Occurrence, situations: Sequence[Situation]) -> Occurrence:
    """Returns the draft with the ids of the situations that it ends. A closer names one of its kind first. Raises
    BadInput for several if the desk's type has a field ``also_closes`` of its own."""
    if not situations:
        return draft
    first, *also = (each.id for each in sorted(situations, key=lambda each: not closes_kind(draft, each)))
    if added(draft, "also_closes") is None:
        if also:
            reason = f"{type_of(draft)} can end one situation: its field also_closes has another meaning"
            raise BadInput(reason, field="closes")
        return structs.replace(draft, closes=first)
    return structs.replace(draft, closes=first, also_closes=tuple(also))


_UNOPENED = "if what it ends is not in the log, say so with --unopened"


def _the_one(
    story: Story, draft: Occurrence, situations: Iterable[Situation], field: str, directory: Directory
) -> Situation | None:
    """Returns the situation that matches the draft, or None if there is none. Raises BadInput if there are
    several."""
    matching = [each for each in situations if _matches(story, draft, each, directory)]
    if len(matching) > 1:
        raise BadInput(f"several could be meant, say which: {_list(story, matching)}", field=field)
    return matching[0] if matching else None


def _with_moved(story: Story, draft: Occurrence, directory: Directory, now: Recorded) -> Occurrence:
    """Returns a change with the id of the situation that it changes: the one it names, or the only one that
    matches. Raises BadInput."""
    if not isinstance(draft, Mover):
        return draft
    _refuse_no_change(draft)
    could = [each for each in story.all_situations if may_move(draft, each) and each.in_force]
    listed = f"; these can: {_list(story, could)}" if could else ""
    if draft.about:
        situation = story.situation(draft.about) or _moved_by(story, draft.about)
        if situation is None or not may_move(draft, situation):
            raise BadInput(f"that opened nothing which this type can change{listed}", field="about")
        if has_ended_by(situation, structs.replace(draft, recorded=now)):
            ended = f"{situation.label} was ended by #{situation.ended_by}"
            raise BadInput(f"{ended}, and this did not occur before that{listed}", field="about")
    else:
        found = _the_one(story, draft, could, "about", directory)
        if not found:
            raise BadInput(
                f"none of these matches: {_list(story, could)}. If it changes one of them, name that"
                if could
                else f"{story.slug} has nothing in force that this could change",
                field="about",
            )
        situation = found
    if situation.id in closed_by(draft):
        raise BadInput("names what this event changes; it either changes that or ends it", field="closes")
    return structs.replace(draft, about=situation.id)


def _moved_by(story: Story, id: str) -> Situation | None:
    """Returns the situation that the change ``id`` changed, if there is one."""
    event = next((each.event for each in story.developments if each.id == id), None)
    return story.situation(event.about) if isinstance(event, Mover) else None


def _refuse_no_change(event: Mover) -> None:
    """Refuses (BadInput) a change that changes nothing."""
    if not (new_state(event) or event.until):
        raise BadInput("is missing; say the state from then on, such as 'eased: may fly again'", field="state")


def _matches(story: Story, draft: Occurrence, situation: Situation, directory: Directory) -> bool:
    """Whether the draft and the situation's opener agree in the fields that hold parties or make up the label. A
    name in the opener may have become an alias since."""
    opener = story.developments[situation.seq - 1].event
    assert isinstance(opener, Occurrence)
    assert isinstance(opener.effect, Opens)
    called = names_in("".join(opener.effect.labels))
    base = Mover if isinstance(draft, Mover) else Occurrence
    common = {*base.__struct_fields__, *shared_fields(type(draft))} - draft.redefined
    own = [
        (field.name, directory if field.kind in ("party", "parties") else NO_PARTIES)
        for field in fields_of(type(draft))
        if field.name not in common and (field.kind == "party" or field.name in called)
    ]
    return all(
        _same(getattr(draft, name), said(opener) if name == opener.title_says else getattr(opener, name), known)
        for name, known in own
        if getattr(draft, name) and hasattr(opener, name)
    )


def _same(one: Any, other: Any, directory: Directory) -> bool:
    if isinstance(one, tuple) and isinstance(other, tuple):
        return {name_key(directory.canonical(each)) for each in one} <= {
            name_key(directory.canonical(each)) for each in other
        }
    return name_key(directory.canonical(str(one))) == name_key(directory.canonical(str(other)))


def _cannot_close(story: Story, draft: Occurrence, situation: Situation | None) -> str:
    """Returns the reason why the draft cannot close this situation, or a development that opened none."""
    if situation:
        return f"{event_values.to_values(draft)['type']} does not end {situation.label} ({situation.kind})"
    could = [
        each
        for each in (*story.situations, *story.questions, *story.expected)
        if each.in_force and may_close(draft, each)
    ]
    return "that opened nothing which could be closed" + (
        f"; these can be: {_list(story, could)}" if could else ""
    )


def _with_about(story: Story, draft: Occurrence) -> Occurrence:
    """Returns the draft with the id of the claim it is about. Raises BadInput."""
    if not isinstance(draft, (Report, Confirmation, Denial)) or (isinstance(draft, Report) and not draft.about):
        return draft
    claims = [each for each in story.claims if not each.retracted]
    if not draft.about:
        if len(claims) == 1:
            return structs.replace(draft, about=claims[0].id)
        listed = (
            f"say which claim it is about: {_list(story, claims)}"
            if claims
            else f"{story.slug} has no claim yet; add a report first"
        )
        raise BadInput(listed, field="about")
    claim = story.claim(draft.about) or _corroborated(story, draft.about)
    if claim is None:
        raise BadInput(
            f"that is not a report{'; these are: ' + _list(story, claims) if claims else ''}", field="about"
        )
    if claim.retracted:
        raise BadInput(f"#{claim.seq} was retracted, so nothing can be added to it", field="about")
    return structs.replace(draft, about=claim.id)


def _corroborated(story: Story, id: str) -> Claim | None:
    """Returns the claim that the report ``id`` corroborates, if there is one."""
    event = next((each.event for each in story.developments if each.id == id), None)
    return story.claim(event.about) if isinstance(event, Report) else None


def _refuse_links(story: Story, event: Occurrence, field: str, before: int = 0) -> None:
    """Refuses (BadInput) a related event of this story that is not in it, or not ``before`` this number."""
    if not (links := links_of(event)):
        return  # most events: knowing all others takes long in a long story
    known = {each.id for each in (story.developments[: before - 1] if before else story.developments)}
    for slug, id in links:
        if slug == story.slug or (not slug and id not in known):
            raise BadInput(f"{story.slug} has no earlier event {id}", field=field)


def _list(story: Story, items: Iterable[Situation | Claim]) -> str:
    return ", ".join(f"{story.slug}#{each.seq} ({each.label})" for each in items)


# Refusing.


def refuse_out_of_turn(story: Story, cls: type[Event]) -> None:
    """Refuses (BadInput) a type of event that cannot come next in the story, such as one after it is closed."""
    if not story.seq and cls is not Opened:
        raise BadInput(f"the story {story.slug} is not open yet; start it with tracker open {story.slug} TITLE")
    if story.seq and cls is Opened:
        raise BadInput(f"the story {story.slug} is open already: {story.title}")
    if issubclass(cls, (Opened, Amendment)):
        return
    if isinstance(cls.effect, SetsPin):
        if cls.effect.pinned == story.pinned:
            raise BadInput(f"the story {story.slug} is {'pinned already' if story.pinned else 'not pinned'}")
        return
    wanted = cls.effect.status if isinstance(cls.effect, SetsStatus) else ""
    if wanted == story.status:
        raise BadInput(f"the story {story.slug} is {story.status} already")
    if story.status == "closed" and wanted != "open":
        raise BadInput(
            f"the story {story.slug} is closed; take it up again with tracker add reopened {story.slug} …"
        )


def _refuse_future(draft: Occurrence, now: Recorded) -> None:
    """Refuses (BadInput) an event of the future, which is an expectation. One day is allowed for time zones ahead
    of UTC."""
    tomorrow = moment_at(to_datetime(now) + timedelta(days=1))
    if draft.occurred and span(draft.occurred).earliest.instant > tomorrow:
        raise BadInput(
            f"{draft.occurred} is still to come; what is expected is recorded with type expectation and due",
            field="occurred",
        )


def _target(story: Story, id: str, field: str) -> Development:
    """Returns the development with this id. Raises BadInput."""
    for development in story.developments:
        if development.id == id:
            return development
    raise BadInput(f"{story.slug} has no event {id}", field=field)


def _decide_correction(story: Story, draft: Correction, now: Recorded) -> Correction:
    """Returns the correction, with the changes that follow from it. Raises BadInput if its target cannot take
    them."""
    target = _target(story, draft.corrects, "corrects")
    place = f"{story.slug}#{target.seq}"
    if not isinstance(target.event, Occurrence):
        remedy = "its text is removed" if target.standing == REDACTED else "retract it and amend again"
        raise BadInput(f"{place} ({target.type}) cannot be corrected; {remedy}", field="corrects")
    try:
        after = corrected(target.event, draft.changes)
        event_values.check(after)
        event_values.check_shown(after, only=draft.changes)
        if draft.changes.get("figures"):
            figures.check_stated(after.figures)
        _refuse_emptied(target.event, after)
        _refuse_future(after, now)
        _refuse_reference(story, target, after, draft.changes)
        follows = _changes_that_follow(target.event, after, draft.changes) | _score_that_follows(
            story, after, draft.changes
        )
        if "title" in follows:
            event_values.check_field(type(after), "title", follows["title"])
    except BadInput as error:
        emptied = draft.changes.get(error.field, "") is None
        raise BadInput("cannot be emptied" if emptied else error.reason, field=f"changes.{error.field}") from None
    before, corrected_values = event_values.to_values(target.event), event_values.to_values(after)
    for field in draft.changes:
        if before.get(field) == corrected_values.get(field):
            raise BadInput(f"{place} says that already", field=f"changes.{field}")
    return structs.replace(draft, changes={**draft.changes, **follows})


def _refuse_emptied(before: Occurrence, after: Occurrence) -> None:
    """Refuses (BadInput) a correction that empties a required field. A field that was empty before may stay so."""
    for field in fields_of(type(after)):
        if field.required and getattr(before, field.name) and not getattr(after, field.name):
            raise BadInput("is missing", field=field.name)


def _refuse_reference(story: Story, target: Development, after: Occurrence, changes: Mapping[str, Any]) -> None:
    """Refuses (BadInput) a corrected reference that does not name a fitting earlier development."""
    if changes.get("see"):
        _refuse_links(story, after, "see", target.seq)
    for field in ("closes", "also_closes"):
        for id in closed_by(after) if changes.get(field) else ():
            situation = story.situation(id)
            if situation is None or situation.seq >= target.seq or not may_close(after, situation):
                raise BadInput(_cannot_close(story, after, situation), field=field)
    if isinstance(after, Mover):
        _refuse_no_change(after)
        moved = story.situation(after.about)
        if changes.get("about") and (moved is None or moved.seq >= target.seq or not may_move(after, moved)):
            raise BadInput("that opened nothing before it which it could change", field="about")
    elif changes.get("about"):
        claim = story.claim(str(changes["about"]))
        if claim is None or claim.seq >= target.seq:
            raise BadInput("that is not the report which first made a claim before it", field="about")


def _changes_that_follow(before: Occurrence, after: Occurrence, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the changes that follow from a corrected speaker, company and so on: of ``parties``, of the parties
    of figures, and of a title that is the type's sentence."""
    kinds = {field.name: field.kind for field in fields_of(type(after)) if field.name in changes}
    renamed = {getattr(before, name): getattr(after, name) for name, kind in kinds.items() if kind == "party"}
    follows: dict[str, Any] = {}
    if "figures" not in changes:
        figures = tuple(structs.replace(each, party=renamed.get(each.party, each.party)) for each in after.figures)
        after = structs.replace(after, figures=figures)
        if figures != before.figures:
            follows["figures"] = [event_values.to_values(each) for each in figures]
    if isinstance(after, Statement) and after.role and "speaker" in changes and "role" not in changes:
        follows["role"] = None
    if "parties" not in changes:
        gone = _said_also(before) - _said_also(after)
        kept = [renamed.get(party, party) for party in before.parties if party not in gone]
        named = {**event_values.to_values(after), "parties": [party for party in kept if party]}
        values = _with_parties(type(after), named)  # changed names are canonical; others stay as recorded
        if tuple(values.get("parties", ())) != before.parties:
            follows["parties"] = values.get("parties")
    if "title" not in changes and before.title == _sentence(before):
        title = _sentence(after)
        if title and title != before.title:
            follows["title"] = title
    return follows


def _said_also(event: Event) -> set[str]:
    """Returns the parties that a statement names as further speakers, or for which they speak."""
    also = event.also if isinstance(event, Statement) else ()
    return {getattr(each, name) for each in also for name in _SPEAKERS}


def _score_that_follows(story: Story, after: Occurrence, changes: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the change of ``closes_as`` that follows from a corrected ``closes``. Raises BadInput if the event
    scores what is no expectation."""
    if not {"closes", "also_closes", "closes_as"} & changes.keys():
        return {}
    given = after.closes_as if "closes_as" in changes else ""
    score = _with_score(story, structs.replace(after, closes_as=given)).closes_as
    return {"closes_as": score or None} if score != after.closes_as else {}


def _sentence(event: Occurrence) -> str:
    """Returns the event's title by the type's sentence, or an empty text if its fields are not set."""
    with contextlib.suppress(BadInput):
        return filled(event.sentences, type(event), partial(getattr, event))
    return ""


def _refuse_retraction(story: Story, draft: Retraction) -> None:
    """Refuses (BadInput) a retraction whose target cannot be withdrawn."""
    target = _target(story, draft.retracts, "retracts")
    place = f"{story.slug}#{target.seq}"
    if isinstance(target.event, Opened):
        raise BadInput(
            f"{place} opens the story; end that with tracker add closed {story.slug} …", field="retracts"
        )
    if target.type == "redaction":
        raise BadInput(f"{place} removed a text for good; it cannot be withdrawn", field="retracts")
    if target.standing in (RETRACTED, REDACTED):
        raise BadInput(f"{place} was {target.standing} already", field="retracts")
