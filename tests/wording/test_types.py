"""What types say: tracker's own and those of a desk, in the reader's language or the desk's, with plurals."""

from __future__ import annotations

import pytest

from tests.strategies import Stream
from tracker.domain import custom_types
from tracker.domain.events import Event, Occurrence, fields_of
from tracker.domain.fold import replay
from tracker.domain.glossary import BUILT_IN, Glossary
from tracker.wording import lines as wording_lines
from tracker.wording import types
from tracker.wording.changes import changes
from tracker.wording.messages import Wording, wordings

OUTAGES = b"""\
[outage]
help = "A service stops working."
opens = "outage"
label = "outage of {services}"
word = "going on at {stage}"
ended = "over"
[outage.fields]
services = { kind = "parties" }
stage = { kind = "text" }
expected = { kind = "date" }
cost = { kind = "money" }
[outage.sentences]
began = { one = "{services} is down, until {expected}.", other = "{services} are down, until {expected}." }
holds = { one = "{services} has been down {since}.", other = "{services} have been down {since}." }
ended = "{services}: up again {when}."
before = "Down {since}, at {cost}."
[outage.sentences.de]
name = "Ausfall"
label = "Ausfall von {services}"
word = "dauert an: {stage}"
over = "behoben"
holds = "{services}: {since} ausgefallen."
fields = { services = "Was ausgefallen ist" }
[recovery]
help = "It works again."
closes = "outage"
"""


@pytest.fixture(scope="module")
def glossary() -> Glossary:
    return custom_types.read(OUTAGES, "types.toml")


@pytest.fixture
def story(glossary: Glossary) -> Stream:
    stream = Stream(glossary=glossary)
    stream.add("opened", "A story")
    return stream


def lines(stream: Stream, language: str = "en") -> list[str]:
    wording = Wording(language, stream.glossary)
    return [line for section in wording_lines.briefing(stream.story, wording) for line, _ in section.lines]


def test_a_declared_type_says_its_own_sentences(story: Stream) -> None:
    """With dates and amounts in words, from its beginning to its end."""
    step = story.add(
        "outage", "T", services=["API"], expected="2024-08-02", occurred="2024-07", cost="20000000 USD"
    )
    assert changes(Wording("en", story.glossary), step.changes) == ["API is down, until 2 August 2024."]
    assert lines(story) == ["API has been down since July 2024."]
    assert lines(story, "de") == ["API: seit Juli 2024 ausgefallen."]
    story.add("recovery", "It works", occurred="2024-08-01")
    assert lines(story) == ["API: up again on 1 August 2024. It works. Down since July 2024, at 20 million USD."]
    assert lines(story, "de")[0].startswith("API: up again am 1. August 2024.")


def test_several_parties_take_the_plural(story: Stream) -> None:
    story.add("outage", "T", services=["API", "Web"], occurred="2024-07")
    assert lines(story) == ["API and Web have been down since July 2024."]


def test_a_state_has_its_name_in_the_language(story: Stream) -> None:
    """That of the type, and not one that the editor gave."""
    story.add("outage", "T", services=["API"], stage="night")
    story.add("outage", "T", services=["Web"], state="slow")
    assert lines(story) == ["Outage of API: going on at night.", "Outage of Web: slow."]
    assert lines(story, "de") == ["Ausfall von API: dauert an: night.", "Ausfall von Web: slow."]
    for each in ("#2", "#3"):
        story.add("recovery", "It works", closes=each)
    assert lines(story, "de") == ["Ausfall von API: behoben. It works.", "Ausfall von Web: behoben. It works."]
    assert lines(story)[0] == "Outage of API: over. It works."


def test_a_type_and_its_fields_have_names(glossary: Glossary) -> None:
    """In the reader's language, else in the desk's, else those of the file."""
    german, french = Wording("de", glossary), Wording("fr", glossary)
    assert (types.type_name(german, "outage"), types.type_name(french, "outage")) == ("Ausfall", "outage")
    assert types.field_name(german, "outage", "services") == "Was ausgefallen ist"
    assert types.field_name(french, "outage", "services") == "Services"
    assert types.field_name(Wording(), "suspension", "subject") == "Who is concerned"
    assert types.type_name(Wording(), "no-such-type") == "no such type"


@pytest.mark.parametrize(
    ("plural", "words"), [((), "Passengers suspends X."), (("passengers",), "Passengers suspend X.")]
)
def test_a_party_that_is_a_plural_takes_its_verb(plural: tuple[str, ...], words: str) -> None:
    """Whatever the spelling of its name."""
    stream = Stream()
    stream.add("opened", "A story")
    step = stream.add("suspension", "T", subject="X", by="Passengers")
    assert changes(wordings("en", BUILT_IN, plural)(""), step.changes) == [words]


def test_a_party_that_stops_something_of_its_own_is_named_once() -> None:
    stream = Stream()
    stream.add("opened", "A story")
    step = stream.add("suspension", "T", subject="X", by="X")
    assert changes(Wording(), step.changes) == ["X is suspended."]


def test_every_type_and_field_of_tracker_has_a_name() -> None:
    """But for the fields that only tracker writes."""
    assert set(types.NAMES) >= set(BUILT_IN.types)
    classes = [cls for cls in BUILT_IN.types.values() if issubclass(cls, Occurrence)]
    fields = {field.name for cls in classes for field in fields_of(cls)} - {*Event.__struct_fields__}
    assert fields - types.FIELDS.keys() == {"format", "unopened", "slug", "was", "backfilled"}


def test_a_type_without_sentences_is_told_by_its_label_and_its_states() -> None:
    plain = OUTAGES[: OUTAGES.index(b"[outage.sentences]")] + OUTAGES[OUTAGES.index(b"[recovery]") :]
    glossary = custom_types.read(plain, "types.toml")
    stream = Stream(glossary=glossary)
    stream.add("opened", "A story")
    stream.add("outage", "Down", services=["API"], stage="noon", occurred="2024-07")
    *_, step = replay("story", stream.events)
    assert changes(Wording("en", glossary), step.changes) == ["Outage of API: going on at noon (since July 2024)."]
    stream.add("recovery", "It works", occurred="2024-08-01")
    assert lines(stream) == ["Outage of API: over on 1 August 2024. It works. It had begun in July 2024."]


def test_an_expectation_says_by_how_much_it_came_late() -> None:
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("expectation", "A ruling", due="2024-07-01", occurred="2024-06")
    stream.add("update", "It is here", closes="#2", closes_as="met", occurred="2024-07-03")
    assert "Met 2 days late on 3 July 2024." in lines(stream)[0]
