"""Asking for what is missing, a question at a time, with what is known to choose from.

::

    story? type? fields? ──▶ typed values ──▶ what it will change ──yes──▶ recorded
                                 ▲                     │
                                 └── a mistake asks again, e opens all of it as a form

What was given as an option is not asked. An answer is checked as it is given; Enter leaves out what is not
required. Ctrl-C and Ctrl-D stop at any question, and nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

import click

from tracker import codec, drafts, figures, forms
from tracker.advice import Adviser
from tracker.amend import UNCORRECTABLE, Development
from tracker.cli import editing
from tracker.cli.asking import Check, ask, field_check, one_of, yes_or_no
from tracker.cli.known import Known, known_of
from tracker.cli.options import short_help
from tracker.cli.recording import How, Values, correction_of, draft_of, now_of, preview, signed, tell, tell_entry
from tracker.cli.terminal import mention, safe, say, wrapped
from tracker.decide import find
from tracker.errors import BadInput, TrackerError
from tracker.events import Closes, Event, Field, Occurrence, Opened, Report, Source, fields_of
from tracker.fold import may_close, places
from tracker.names import Reference, check_slug, parse_reference
from tracker.story import Story
from tracker.times import Occurred, in_words
from tracker.words import filled
from tracker.workspace import Recorded, Workspace

ASKED_OF_SOURCES = ("url", "publisher", "published", "quote", "via")
NOT_ASKED = ("occurred_as", "minor", "covers")
"""Fields that follow from others or are rare; -e has them all."""


# The commands.


def open_story(desk: Workspace, slug: str | None, typed: Values, how: How) -> str:
    """Opens a story and returns its slug."""
    slug = slug or ask("story", "its short name, such as tiktok-openai", check=_new_slug(desk), required=True)
    typed = {name: value for name, value in typed.items() if value}
    for field, help, required in (
        ("title", "what readers will call it", True),
        ("summary", "what it is about", False),
    ):
        if field not in typed:
            typed[field] = ask(field, help, check=field_check(Opened, field), required=required)
    if "language" not in typed:
        typed["language"] = ask(
            "language", "", default=desk.config.language, check=field_check(Opened, "language")
        )
    _settle(desk, "opened", slug, typed, how, lambda field, values: values)
    return slug


def add(desk: Workspace, name: str | None, slug: str | None, typed: Values, how: How) -> None:
    """Asks for whatever of a development is not given, and records it."""
    slug = slug or _ask_story(desk, how)
    story = desk.story(slug)
    types = desk.log.glossary.addable
    if name is None:
        meta = {each: short_help(cls) for each, cls in types.items()}
        name = ask("type", "what kind of development", one_of(meta, "type"), meta, required=True)
    asker = _Asker(desk, story, types[name])
    typed = asker.rest({field: value for field, value in typed.items() if not drafts.is_empty(value)})
    _settle(desk, name, slug, typed, how, asker.again)


def correct(desk: Workspace, reference: Reference | None, typed: Values, why: str | None, how: How) -> None:
    """Asks which fields of which development should say what else, and why."""
    if reference is None:
        slug = _ask_story(desk, how)
        reference = _ask_development(desk.story(slug), "which development was wrong")
    story = desk.story(reference.slug)
    target = find(story, str(reference))
    if not isinstance(target.event, Occurrence):
        raise BadInput(f"{reference} ({target.type}) cannot be corrected; retract it and amend again")
    asker = _Asker(desk, story, type(target.event))
    typed = typed or asker.changes(target)
    why = why or ask("why", "for the readers", check=field_check(Report, "claim"), required=True)
    values = correction_of(desk, reference, target, typed, why)
    _confirmed(
        desk, reference.slug, values, how, lambda: editing.correct(desk, reference, target, typed, why, how)
    )


def retract(desk: Workspace, development: str | None, why: str | None, how: How) -> None:
    """Asks what is withdrawn, and why."""
    if development is None:
        reference = _ask_development(desk.story(_ask_story(desk, how)), "which event is withdrawn")
    else:
        reference = parse_reference(development)
    find(desk.story(reference.slug), str(reference))
    why = why or ask("why", "for the readers", check=field_check(Report, "claim"), required=True)
    _confirmed(desk, reference.slug, {"type": "retraction", "retracts": str(reference), "why": why}, how)


# From the answers to the log.


def _settle(
    desk: Workspace, name: str, slug: str, typed: Values, how: How, again: Callable[[str, Values], Values]
) -> None:
    """Previews and records; what is refused is asked again."""
    while True:
        try:
            values = draft_of(desk, name, typed)
            _confirmed(desk, slug, values, how, partial(editing.fill_in, desk, name, slug, typed, how))
            return
        except BadInput as error:
            field = error.field.partition("[")[0].partition(".")[0]
            asked = again(field, {key: value for key, value in typed.items() if key != field})
            if asked.get(field) == typed.get(field):
                raise
            wrapped(str(error), "  ", fg="red")
            typed = asked


def _confirmed(
    desk: Workspace, slug: str, values: Values, how: How, edit: Callable[[], None] | None = None
) -> None:
    """Says what recording it would change and records it on yes. Raises BadInput before anything is asked."""
    say()
    previewed = preview(desk, slug, values, how)
    if how.dry_run:
        tell_entry(desk, previewed)
        mention("nothing was recorded")
        return
    say()
    answers = {"yes": "record it", "no": "record nothing"} | ({"edit": "open it as a form"} if edit else {})
    answer = ask(
        "record it?",
        "Enter or " + ", ".join(f"{each[0]}: {meta}" for each, meta in answers.items()),
        check=one_of({each: "" for word in answers for each in (word, word[0])}, "answer"),
        known=answers,
    )
    if answer[:1] == "n":
        mention("nothing was recorded")
        raise click.exceptions.Exit(1)
    if answer[:1] == "e" and edit:
        edit()
        return
    (recorded,) = desk.record(slug, [signed(values, desk, how.editor)])
    if _said(recorded) != _said(previewed):
        mention("somebody else has recorded something meanwhile; this is what it changed in the end:")
        tell(recorded, dry_run=False, title=True)
    say(f"recorded {recorded.reference}", bold=True)


def _said(recorded: Recorded) -> tuple[Reference, list[str]]:
    """What was told of it, whatever its id."""
    return recorded.reference, [str(change) for change in recorded.changes]


# The questions.


class _Asker:
    """Asks for the fields of a type of development in a story."""

    def __init__(self, desk: Workspace, story: Story, cls: type[Event]) -> None:
        self.desk = desk
        self.story = story
        self.cls = cls
        self.known: Known = known_of(desk, story)
        self.adviser = Adviser(story.slug, story.developments, desk.directory)
        names = [field for field in fields_of(cls) if field.name not in (*forms.LEFT_OUT, *NOT_ASKED)]
        self.fields = {field.name: field for field in names}

    def rest(self, typed: Values) -> Values:
        """The typed values with an answer to every question that they leave open."""
        own = [name for name in self.fields if name not in _COMMON]
        titled = ["title"] if not self._sentences else []
        late = [] if titled else ["title"]
        for name in (*titled, *own, *late, "sources", "occurred", "body", "parties", "figures", "closes"):
            if name in self.fields and name not in typed:
                typed |= self.field(name, typed)
        return {name: value for name, value in typed.items() if not drafts.is_empty(value)}

    def again(self, name: str, typed: Values) -> Values:
        """The typed values with a new answer for one field; unchanged where that cannot be asked."""
        return typed | self.field(name, typed) if name in self.fields else typed

    def field(self, name: str, typed: Values) -> Values:
        """The answer for one field, by its name; nothing where there is nothing to ask."""
        field = self.fields[name]
        if field.kind == "sources":
            return {name: self.sources([])}
        if field.kind == "figures":
            return {name: self.items("figure", f"such as {figures.EXAMPLE}", [], _figure_check)}
        if field.kind == "parties":
            label = "also involved" if name == "parties" else name
            help = "" if name == "parties" else field.help.partition(";")[0]
            return {name: self.items(label, help, [], self._check(field, typed), self.known.parties)}
        if field.kind == "ref":
            return self._reference(field)
        return {name: self.one(field, typed, default=self._default(name, typed))}

    def one(self, field: Field, typed: Values, default: str = "") -> str:
        """The answer for a field that has one value."""
        known = self.known.parties if field.kind == "party" else {}
        answer = ask(
            field.name,
            field.help,
            self._check(field, typed),
            known,
            required=field.required,
            default=default,
            shown=self._date_words(field, typed) if field.kind == "date" else None,
        )
        return self._canonical(answer) if field.kind == "party" else answer

    def items(
        self,
        label: str,
        help: str,
        current: Sequence[str],
        check: Check,
        known: Mapping[str, str] | None = None,
    ) -> list[str]:
        """Answers until one is empty; each of the current ones may be kept, changed or emptied."""
        kept = [ask(label, help, check, known, default=each) for each in current]
        while answer := ask(label if not kept else "another", help, check, known):
            kept.append(self._canonical(answer) if known else answer)
        return [each for each in kept if each]

    def sources(self, current: Sequence[Mapping[str, Any]]) -> list[Values]:
        """Sources until an address is left out; each of the current ones may be kept, changed or emptied."""
        kept = [self._source(each) for each in current]
        while source := self._source({}, another=bool(kept)):
            kept.append(source)
        return [each for each in kept if each]

    def changes(self, target: Development) -> Values:
        """What the fields should say that are wrong."""
        before = forms.typed_of(target.event, places(self.desk.log.read(self.story.slug)))
        names = {
            name: _shortened(before.get(name))
            for name in (field.name for field in fields_of(self.cls))
            if name not in (*UNCORRECTABLE, "covers")
        }
        changed: Values = {}
        while True:
            help = "which field is wrong" if not changed else "another; Enter: that was all"
            name = ask("field", help, one_of(names, "field"), names, required=not changed)
            if not name:
                return changed
            changed[name] = self._changed(name, before)

    def _changed(self, name: str, before: Values) -> Any:
        field = next(each for each in fields_of(self.cls) if each.name == name)
        value = before.get(name)
        if field.kind == "sources":
            return self.sources(value or [])
        if field.kind in ("figures", "parties"):
            check = _figure_check if field.kind == "figures" else self._check(field, before)
            return self.items(name, "", [str(each) for each in value or []], check)
        if field.kind == "flag":
            return ask(name, "yes or no", lambda text: _flag_check(text, name), {"yes": "", "no": ""})
        default = str(value or "")
        return ask(name, f"{field.help}; emptied, it says nothing", self._check(field, before), default=default)

    def _source(self, current: Mapping[str, Any], *, another: bool = False) -> Values:
        """What is to be said of one source; nothing where neither an address nor a publisher is given."""
        source: Values = dict(current)
        first = str(current.get("url", "") or current.get("publisher", ""))
        label = "another source" if another else "source"
        answer = ask(
            label, "its address, or who published it", _address_check, self.known.publishers, default=first
        )
        if not answer:
            return {}
        source |= {"url": answer} if _is_address(answer) else {"publisher": answer}
        for field in fields_of(Source):
            name = field.name
            if name == "url" or (name == "publisher" and not source.get("url")):
                continue
            if name not in ASKED_OF_SOURCES and name not in current:
                continue
            default = source.get(name, "") or (self._publisher(source) if name == "publisher" else "")
            check = field_check(Source, name) if field.kind != "date" else self._published_check
            known = self.known.publishers if name in ("publisher", "via") else None
            label = "quoted from it" if name == "quote" else name
            source[name] = ask(label, field.help, check, known, default=str(default))
        return {name: value for name, value in source.items() if value}

    def _publisher(self, source: Mapping[str, str]) -> str:
        """Who has published at that address before."""
        return self.known.hosts.get(urlsplit(source.get("url", "")).netloc, "")

    def _published_check(self, text: str) -> None:
        drafts.source({"published": text}, 0, now_of(self.desk))

    def _reference(self, field: Field) -> Values:
        """One of the developments that can be meant; nothing to ask where there is none."""
        known = self._referable(field)
        if not known:
            return {}
        needed = field.name == "closes" and isinstance(self.cls.effect, Closes)
        if needed and len(known) == 1:
            return {field.name: next(iter(known))}
        return {field.name: ask(field.name, field.help, one_of(known, "development"), known, required=needed)}

    def _referable(self, field: Field) -> dict[str, str]:
        if field.name == "about":
            return {f"#{each.seq}": safe(each.label) for each in self.story.claims if not each.retracted}
        return {
            f"#{each.seq}": safe(each.label)
            for each in self.story.all_situations
            if each.in_force and may_close(self.cls, each.kind)
        }

    def _default(self, name: str, typed: Values) -> str:
        """The title that the type's sentence makes of what was typed."""
        if name != "title" or not self._sentences:
            return ""
        try:
            return filled(self._sentences, self.cls, draft_of(self.desk, _name(self.cls), typed).get)
        except TrackerError:
            return ""

    @property
    def _sentences(self) -> tuple[str, ...]:
        return self.cls.sentences

    def _check(self, field: Field, typed: Values) -> Check:
        if field.kind == "date":
            return lambda text: self._understood(field, typed, text)
        if field.kind == "money":
            return lambda text: figures.money(text, field=field.name)
        if field.kind == "parties":
            return lambda text: codec.check_field(self.cls, field.name, (text,))
        return field_check(self.cls, field.name)

    def _understood(self, field: Field, typed: Values, text: str) -> str:
        """The date that the words mean beside what was typed before."""
        values = drafts.values(self.cls, typed | {field.name: text}, now_of(self.desk), self.desk.directory)
        return str(values[field.name])

    def _date_words(self, field: Field, typed: Values) -> Callable[[str], str]:
        def shown(text: str) -> str:
            try:
                understood = self._understood(field, typed, text) if text.strip() else ""
            except TrackerError:
                return ""
            words = in_words(Occurred(understood)) if understood else ""
            return words if words == understood else f"{words} ({understood})"

        return shown

    def _canonical(self, party: str) -> str:
        """The party, or the known one that it is nearly called like, if that is the same."""
        near = self.adviser.near_miss(party) if party else ""
        if not near:
            return party
        answer = ask(f"{party} is nearly {near}; take {near}?", "Enter or y: yes, n: no", yes_or_no)
        return party if answer[:1] == "n" else near


_COMMON = ("title", "occurred", "occurred_as", "body", "parties", "figures", "closes", "sources", "minor")


def _name(cls: type[Event]) -> str:
    return str(cls.__struct_config__.tag)


def _ask_story(desk: Workspace, how: How) -> str:
    slugs = desk.log.streams()
    if not slugs:
        mention("there is no story yet; this opens the first one")
        return open_story(desk, None, {}, how)
    slug = ask("story", "which one", _check_slug, dict.fromkeys(slugs, ""), required=True)
    if slug not in slugs:
        answer = ask(f"there is no story {slug}; open it?", "y: yes; Enter or n: no", yes_or_no)
        if answer[:1] != "y":
            raise click.exceptions.Exit(1)
        open_story(desk, slug, {}, how)
    return slug


def _ask_development(story: Story, help: str) -> Reference:
    known = {f"#{each.seq}": safe(each.title) for each in reversed(story.developments)}
    return parse_reference(
        ask("development", help, one_of(known, "development"), known, required=True), story.slug
    )


def _is_address(text: str) -> bool:
    return "://" in text or text.startswith("www.")


def _address_check(text: str) -> None:
    codec.check_field(Source, "url" if _is_address(text) else "publisher", text)


def _figure_check(text: str) -> None:
    figures.parse(text)


def _flag_check(text: str, name: str) -> None:
    drafts.flag(text, name)


def _check_slug(text: str) -> None:
    check_slug(text)


def _new_slug(desk: Workspace) -> Check:
    def check(text: str) -> None:
        if check_slug(text) in desk.log.streams(text):
            raise BadInput(f"{text} is open already; tracker add adds to it")

    return check


def _shortened(value: Any) -> str:
    words = " ".join(str(value or "nothing").split())
    return safe(words if len(words) <= 60 else f"{words[:59]}…")
