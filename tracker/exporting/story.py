"""The story that is exported, and what formats show of a development. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from msgspec import structs

from tracker.domain import values as event_values
from tracker.domain.amend import Development
from tracker.domain.events import (
    TYPES,
    Event,
    Occurrence,
    SetsPin,
    SetsStatus,
    SetsSummary,
    Source,
    Starts,
    Statement,
)
from tracker.domain.story import Story
from tracker.feeds.entries import no_number
from tracker.views.development import details_of, is_withdrawn, place_of
from tracker.wording import amendments, amounts, dates, values
from tracker.wording.messages import Wording, Wordings, plain
from tracker.wording.types import field_name
from tracker.workspace.config import Config


class Exported(NamedTuple):
    """A story at a point of time.

    Attributes: ``config`` is that of the desk, which names its site. ``story`` is the view. ``events`` are the
    events known then, also those that the view leaves out because they occurred later. ``as_of`` and ``known_at``
    are the instants that restrict it, or None, and ``words`` says the same to readers. ``canonical`` returns the
    name of a party, ``numbers`` the number of an event of another story, ``wordings`` the words of a language.
    """

    config: Config
    story: Story
    events: Sequence[Event]
    as_of: str | None = None
    known_at: str | None = None
    words: str = ""
    canonical: Callable[[str], str] = str
    numbers: Callable[[str, str], int] = no_number
    wordings: Wordings = plain

    @property
    def wording(self) -> Wording:
        """The words for readers, in the language of the story."""
        return self.wordings(self.story.language)

    @property
    def standing(self) -> list[Development]:
        """The developments of the view that stand, corrected, in the order of the log, as readers are shown
        them: without amendments and withdrawn ones."""
        return [shown(each) for each in self.story.developments if stands(each)]

    @property
    def happened(self) -> list[Development]:
        """Those that are about the world, and not about the story itself."""
        return [each for each in self.standing if is_of_the_world(each.event)]


def shown(development: Development) -> Development:
    """Return the development with each direction of writing ended, as feeds and pages show it."""
    return structs.replace(development, event=event_values.with_directions_closed(development.event))


def stands(development: Development) -> bool:
    """Whether the development is one that stands: no amendment, not retracted, and with its text."""
    return isinstance(development.event, Occurrence) and not is_withdrawn(development)


_OF_THE_DESK = (Starts, SetsStatus, SetsSummary, SetsPin)

DESK_ACTS = frozenset(name for name, cls in TYPES.items() if isinstance(cls.effect, _OF_THE_DESK))
"""The types of events that open, close, pin or sum up the story."""


def is_of_the_world(event: Event) -> bool:
    """Whether the event is about the world, and not one of the desk's acts."""
    return isinstance(event, Occurrence) and not isinstance(event.effect, _OF_THE_DESK)


def occurrence(development: Development) -> Occurrence:
    """Return the event of a development that ``stands`` or once stood."""
    event = development.event
    assert isinstance(event, Occurrence)
    return event


# Words.


def date_words(wording: Wording, event: Occurrence) -> str:
    """Return when it occurred: ``about March 2024``, or ``recorded 5 March 2024`` if it has no date."""
    if event.occurred:
        return dates.date(wording, event.occurred)
    return wording.say("recorded {time}", time=dates.day(wording, event.recorded))


def facts(wording: Wording, event: Occurrence) -> Iterator[str]:
    """Yield a line for the place, each detail and each figure of a development; none for the speaker of a
    quotation."""
    type, quote = str(event.__struct_config__.tag), getattr(event, "quote", "")
    if place := place_of(event):
        yield wording.say("Where: {place}", place=place)
    for name, kind, given in details_of(event):
        if not (quote and name == "speaker"):
            words = values.value(wording, kind, given)
            yield wording.say("{name}: {value}", name=field_name(wording, type, name), value=words)
    for each in event.figures:
        name = wording.say("{party}, {name}", party=each.party, name=each.name) if each.party else each.name
        yield wording.say("{name}: {value}", name=name, value=amounts.figure(wording, each))


def quotes(event: Event) -> Iterator[tuple[str, str]]:
    """Yield the verbatim words of a statement, each with its speaker. Either may be empty."""
    if quote := getattr(event, "quote", ""):
        yield getattr(event, "speaker", ""), quote
    for each in event.also if isinstance(event, Statement) else ():
        yield each.speaker, each.quote


def source_words(wording: Wording, source: Source) -> str:
    """Return a source on one line: ``Headline, Reuters, 5 March 2024, citing AP``."""
    first = source.title or source.publisher or source.url or source.archived
    publisher = source.publisher if source.title else ""
    published = dates.date(wording, source.published) if source.published else ""
    via = wording.say("citing {outlet}", outlet=source.via) if source.via else ""
    return ", ".join(filter(None, (first, publisher, published, via)))


def notes(wording: Wording, development: Development) -> Iterator[str]:
    """Yield when and why a development was corrected, for each correction."""
    for each in development.amendments:
        if each.kind == "correction":
            yield " ".join(filter(None, (amendments.done(wording, each), each.why)))
