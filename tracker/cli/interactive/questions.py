"""The questions about one development: which fields are asked, in which order, and the suggestions for each.

The questions begin with the event itself; then come the sources, the date and the other fields. The quotation and
``via`` are asked again even if the source is the same, because two developments from one article differ in them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from tracker.cli.interactive.prompt import Check, agrees, ask, field_check, one_of
from tracker.cli.interactive.suggestions import (
    ASKED_AGAIN,
    Cited,
    Suggestions,
    cited_just_now,
    cited_of,
    known_of,
    taken_over,
)
from tracker.cli.recording import Values, draft_of
from tracker.domain import drafts, figures, forms
from tracker.domain import values as event_values
from tracker.domain.advice import Adviser
from tracker.domain.events import (
    TYPED_OF_IMAGE,
    Closes,
    Event,
    Field,
    Image,
    Moves,
    Occurrence,
    Opened,
    Source,
    Statement,
    TakesStance,
    fields_of,
)
from tracker.domain.fold import closes_kind, may_close, may_move
from tracker.domain.glossary import shared_fields
from tracker.domain.story import Story
from tracker.domain.wording import filled
from tracker.errors import BadInput, TrackerError
from tracker.text.date_phrases import as_typed
from tracker.text.dates import Occurred, in_words
from tracker.text.names import is_reference, parse_reference
from tracker.workspace.desk import Workspace
from tracker.workspace.zones import now_of

ASKED_OF_SOURCES = ("url", "publisher", "published", "quote", "via")
ASKED_OF_STORIES = ("title", "summary")


class Asker:
    """Asks for the fields of a type of development in a story."""

    def __init__(self, desk: Workspace, story: Story, cls: type[Event]) -> None:
        self.desk = desk
        self.story = story
        self.cls = cls
        self.known: Suggestions = known_of(desk, story)
        self.cited: dict[str, Cited] = {f"#{each.seq}": each for each in cited_of(story)}
        self.adviser = Adviser(story.slug, story.developments, desk.directory)
        self.fields = {
            field.name: field
            for field in fields_of(cls)
            if field.name not in forms.LEFT_OUT and field.kind != "sayings"
        }

    def rest(self, typed: Values) -> Values:
        """Asks for every field that is not typed yet. Returns all values."""
        for name in self._order():
            if name not in typed:
                typed |= self.field(name, typed)
        return given(typed)

    def _order(self) -> Sequence[str]:
        """The names of the fields, in the order of the questions. If the type makes a title from its fields, the
        title comes after them."""
        if self.cls is Opened:
            return ASKED_OF_STORIES
        left_out = {*Occurrence.__struct_fields__, *shared_fields(self.cls), "covers"} - self.cls.redefined
        left_out |= {"behalf", "role"} if self.cls is Statement else set()
        own = [name for name in self.fields if name not in left_out]
        said = [*own, "title"] if self.cls.sentences else ["title", *own]
        return [*said, "sources", "occurred", "body", "parties", "figures", "closes", "closes_as"]

    def field(self, name: str, typed: Values) -> Values:
        """Asks for one field by its name; the editor can edit a value that is typed already. Returns the values,
        which are empty if there is nothing to ask."""
        field, current = self.fields[name], typed.get(name)
        if field.kind == "sources":
            return {name: self.sources(current or [])}
        if field.kind == "image":
            return {name: self.image(current or {})}
        if field.kind == "figures":
            return {
                name: self.items(("figure",) * 2, f"such as {figures.EXAMPLE}", current or [], self._figure_check)
            }
        if field.kind == "parties":
            help = "" if name == "parties" else field.help.partition(";")[0]
            labels = ("also involved" if name == "parties" else name, "party")
            return {name: self.items(labels, help, current or [], _party_check, self.known.parties)}
        if field.kind in ("refs", "links", "tags"):
            return {name: self.items((name, "one"), field.help, current or [], _any_text)}
        if field.kind == "ref":
            return self._reference(field, str(current or ""))
        if name == "occurred":
            return self._occurred(field, typed)
        if name == "closes_as" and str(typed.get("closes")) not in [
            f"#{each.seq}" for each in self.story.expected
        ]:
            return {}
        return {name: self.one(field, typed, str(current or ""))}

    def one(self, field: Field, typed: Values, default: str) -> str:
        """Asks for a field that has one value and returns the answer. A title that the type makes from the other
        fields can be left out."""
        made = "" if default else self._title(field.name, typed)
        help = f"{field.help}; Ctrl-X Ctrl-E opens your text editor" if field.kind == "prose" else field.help
        answer = ask(
            field.name,
            help,
            self._check(field, typed),
            self.known.parties if field.kind == "party" else None,
            required=field.required and not made,
            default=default,
            suggested=made,
            shown=self._date_words(field, typed) if field.kind == "date" else None,
        )
        return self._canonical(answer) if field.kind == "party" and answer != default else answer

    def items(
        self,
        labels: tuple[str, str],
        help: str,
        current: Sequence[str],
        check: Check,
        known: Mapping[str, str] | None = None,
    ) -> list[str]:
        """Asks for items until an answer is empty, and returns them. The editor can keep, change or empty each
        current item. ``labels`` are the label of the first item and the noun in "another …"."""
        label, one = labels
        kept = [ask(label, help, check, known, default=each) for each in current]
        while answer := ask(f"another {one}" if any(kept) else label, help, check, known):
            kept.append(self._canonical(answer) if known else answer)
        return [each for each in kept if each]

    def image(self, current: Mapping[str, Any]) -> Values:
        """Asks for the file of a picture and, if there is one, for its texts. Only a picture that was given as an
        option and refused is asked for."""
        answers: Values = {}
        for field in fields_of(Image):
            if field.name in TYPED_OF_IMAGE and (answers.get("file") or field.name == "file"):
                check = _any_text if field.name == "file" else field_check(Image, field.name)
                default = str(current.get(field.name) or "")
                required = field.name == "alt"
                answers[field.name] = ask(field.name, field.help, check, required=required, default=default)
        return given(answers)

    # Sources.

    def sources(self, current: Sequence[Mapping[str, Any]]) -> list[Values]:
        """Asks for sources until an answer is empty, and returns them. The editor can keep, change or empty each
        current source."""
        kept: list[Values] = []
        for each in current:
            kept += self._described(self._which_source(kept, str(each.get("url") or each.get("publisher"))), each)
        same = "" if current else self._same_source()
        while answer := self._which_source(kept, suggested="" if kept else same):
            kept += self._described(answer, {})
        return kept

    def _which_source(self, kept: Sequence[Values], default: str = "", suggested: str = "") -> str:
        known = {number: _words_of(each) for number, each in self.cited.items()} | self.known.publishers
        label = "another source" if kept else "source"
        help = "its address or its publisher" + ("; #7 takes the sources of #7" if self.cited else "")
        return ask(
            label,
            help,
            self._source_check,
            known,
            default=default,
            suggested=suggested,
            shown=self._source_words,
            offer=bool(suggested),
        )

    def _same_source(self) -> str:
        """The development whose sources are likely again: the latest with sources, if it was recorded in the last
        hour."""
        cited = cited_just_now(self.story, self.desk.clock())
        return f"#{cited.seq}" if cited else ""

    def _source_check(self, text: str) -> None:
        if _cites(text):
            if f"#{parse_reference(text, self.story.slug).seq}" not in self.cited:
                some = ", ".join(self.cited) or "none"
                raise BadInput(f"that development has no sources of its own; those that have: {some}")
        else:
            event_values.check_field(Source, "url" if _is_address(text) else "publisher", text)

    def _source_words(self, text: str) -> str:
        return _words_of(self.cited[text]) if text in self.cited else ""

    def _described(self, answer: str, current: Mapping[str, Any]) -> list[Values]:
        """Asks for the details of a source, or of the sources of an earlier development. Returns no source for an
        empty answer."""
        if not answer:
            return []
        if not _cites(answer):
            return [self._source(answer, dict(current))]
        cited = self.cited[f"#{parse_reference(answer, self.story.slug).seq}"]
        return [self._about_source(each, ASKED_AGAIN) for each in taken_over(cited.sources)]

    def _source(self, answer: str, source: Values) -> Values:
        first = "url" if _is_address(answer) else "publisher"
        if first == "publisher":
            source.pop("url", None)
        asked = [name for name in (*ASKED_OF_SOURCES, *source) if name not in ("url", first)]
        return self._about_source(source | {first: answer}, tuple(dict.fromkeys(asked)))

    def _about_source(self, source: Values, asked: Sequence[str]) -> Values:
        for field in fields_of(Source):
            if field.name not in asked:
                continue
            default = source.get(field.name) or ""
            guess = self._publisher(source) if field.name == "publisher" and not default else ""
            label = f"quoted from {source.get('publisher') or 'it'}" if field.name == "quote" else field.name
            source[field.name] = ask(
                label,
                field.help,
                self._published if field.kind == "date" else field_check(Source, field.name),
                self.known.publishers if field.name in ("publisher", "via") else None,
                default=str(default),
                suggested=guess,
                shown=self._published_words if field.kind == "date" else None,
            )
        return given(source)

    def _publisher(self, source: Mapping[str, str]) -> str:
        """The publisher that an earlier source names for the same host; empty if there is none."""
        return self.known.hosts.get(urlsplit(source.get("url", "")).netloc, "")

    def _published(self, text: str) -> str:
        return str(drafts.source({"published": text}, 0, now_of(self.desk))["published"])

    def _published_words(self, text: str) -> str:
        return _understood_words(self._published, text)

    # Dates.

    def _occurred(self, field: Field, typed: Values) -> Values:
        """Asks for the date; the source's own words may follow it in quotation marks."""

        def understood(text: str) -> str:
            date, words = _date_and_words(text)
            event_values.check_field(Occurrence, "occurred_as", words)
            return self._understood(field, typed | {"occurred_as": words}, date)

        help = f'{field.help}; 2024-03 "last March" also keeps the source\'s words'
        default = str(typed.get("occurred") or "")
        if default and typed.get("occurred_as"):
            default = f'{default} "{typed["occurred_as"]}"'
        answer = ask(
            "occurred",
            help,
            understood,
            self._earlier_dates(),
            default=default,
            shown=lambda text: _understood_words(understood, text),
        )
        date, words = _date_and_words(answer)
        return {"occurred": date, "occurred_as": words}

    def _earlier_dates(self) -> dict[str, str]:
        """The dates of the latest developments, at most five, each date once, with a note."""
        dates: dict[str, str] = {}
        for each in reversed(self.story.developments):
            occurred = each.event.occurred if isinstance(each.event, Occurrence) else Occurred("")
            if occurred and len(dates) < 5:
                dates.setdefault(as_typed(occurred), f"{in_words(occurred)}, as #{each.seq}")
        return dates

    def _understood(self, field: Field, typed: Values, text: str) -> str:
        """Returns the date that the words mean, given the values typed before. Raises BadInput."""
        values = drafts.values(
            self.cls, typed | {field.name: text}, now_of(self.desk), self.desk.directory, self.desk.config.dollar
        )
        return str(values[field.name])

    def _date_words(self, field: Field, typed: Values) -> Callable[[str], str]:
        return lambda text: _understood_words(partial(self._understood, field, typed), text)

    # Others.

    def _reference(self, field: Field, current: str) -> Values:
        """Asks for one of the possible developments. If there is none, asks nothing and returns no values."""
        known = self._referable(field)
        if current:
            known.setdefault(current, "the present value")
        if not known:
            return {}
        needed = isinstance(self.cls.effect, Closes if field.name == "closes" else Moves)
        if needed and len(known) == 1:
            return {field.name: next(iter(known))}
        check = reference_check(known, self.story.slug)
        offer = needed or (field.name == "about" and isinstance(self.cls.effect, TakesStance))
        answer = ask(field.name, field.help, check, known, required=needed, default=current, offer=offer)
        return {field.name: number_of(answer, self.story.slug)}

    def _referable(self, field: Field) -> dict[str, str]:
        if field.name == "about" and not isinstance(self.cls.effect, Moves):
            return {f"#{each.seq}": each.label for each in self.story.claims if not each.retracted}
        ends = closes_kind if isinstance(self.cls.effect, Closes) else may_close
        could = may_move if field.name == "about" else ends
        return {
            f"#{each.seq}": each.label
            for each in self.story.all_situations
            if each.in_force and could(self.cls, each)
        }

    def _title(self, name: str, typed: Values) -> str:
        """The title that the type's sentence makes from the typed values; empty if it cannot."""
        if name != "title" or not self.cls.sentences:
            return ""
        try:
            return filled(self.cls.sentences, self.cls, draft_of(self.desk, _name(self.cls), typed).get)
        except TrackerError:
            return ""

    def _check(self, field: Field, typed: Values) -> Check:
        if field.kind == "date":
            return lambda text: self._understood(field, typed, text)
        if field.kind == "money":
            return lambda text: figures.money(text, field=field.name, dollar=self.desk.config.dollar)
        return field_check(self.cls, field.name)

    def _figure_check(self, text: str) -> None:
        drafts.figure(text, "figures", [now_of(self.desk)], dollar=self.desk.config.dollar)

    def _canonical(self, party: str) -> str:
        """Returns the party, or the known one with nearly the same name if the editor says that it is meant."""
        near = self.adviser.near_miss(party) if party else ""
        return near if near and agrees(f"{party} is nearly {near}; take {near}?") else party


def given(typed: Values) -> Values:
    """Returns the typed values without empty ones."""
    return {name: value for name, value in typed.items() if not drafts.is_empty(value)}


def _name(cls: type[Event]) -> str:
    return str(cls.__struct_config__.tag)


def reference_check(known: Mapping[str, str], slug: str) -> Check:
    """Returns a check that a development is known. ``#7``, ``7`` and ``story#7`` are the same one."""
    check = one_of(known, "development")
    return lambda text: check(number_of(text, slug))


def number_of(text: str, slug: str) -> str:
    """Returns ``#7`` for a development of this story; any other text as it is."""
    if not is_reference(text):
        return text
    reference = parse_reference(text, slug)
    return f"#{reference.seq}" if reference.slug == slug else text


def _date_and_words(text: str) -> tuple[str, str]:
    """Returns the date and the words in quotation marks after it, which may be empty."""
    found = re.fullmatch(r'(.*?)\s*["“”«](.+)["”“»]', text.strip())
    return (found[1], found[2].strip()) if found else (text.strip(), "")


def _understood_words(understood: Callable[[str], str], text: str) -> str:
    """The date in words and as it is recorded; empty if it is not understood yet."""
    try:
        date = understood(text) if text.strip() else ""
    except TrackerError:
        return ""
    words = in_words(Occurred(date)) if date else ""
    return words if words == date else f"{words} ({date})"


def _is_address(text: str) -> bool:
    return "://" in text or text.startswith("www.")


def _cites(text: str) -> bool:
    """Whether the answer names a development whose sources are meant, such as #7."""
    return re.fullmatch("(?:[a-z0-9-]*#)?[0-9]+", text) is not None


def _words_of(cited: Cited) -> str:
    return "; ".join(", ".join(filter(None, (each.publisher, each.url))) for each in cited.sources)


def _party_check(text: str) -> None:
    event_values.check_field(Occurrence, "parties", (text,))


def _any_text(text: str) -> None:
    """Accepts every answer: a picture is decoded when all values are known."""
