"""A story as a table: all that it takes to record it again comes back."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from hypothesis import given

from tests.examples import examples
from tests.exporting.exports import a_story, exported
from tests.pictures import NAME, image
from tests.strategies import Stream, streams
from tracker.domain import drafts
from tracker.domain import values as event_values
from tracker.domain.amend import REDACTED, RETRACTED
from tracker.domain.events import TYPED_OF_IMAGE, Closer, Event, Occurrence
from tracker.domain.glossary import BUILT_IN
from tracker.errors import BadInput, Unknown
from tracker.exporting import table
from tracker.text.date_context import Reference
from tracker.text.dates import Occurred, span
from tracker.wording.lines import briefing
from tracker.wording.messages import Wording

NOW = Reference(span(Occurred("2026-01-01")))


def rows(stream: Stream) -> list[dict[str, str]]:
    """The rows as any program reads them."""
    return list(csv.DictReader(io.StringIO(table.write(exported(stream.events)).decode("utf-8-sig"), newline="")))


def read(stream: Stream) -> list[dict[str, Any]]:
    return list(table.read(table.write(exported(stream.events)).decode()))


def again(typed: dict[str, Any]) -> dict[str, Any]:
    """The values of the event that a row is recorded as, with the id of the row and its picture as typed."""
    kept = {name: typed[name] for name in ("id", "image") if name in typed}
    others = {name: value for name, value in typed.items() if name not in kept}
    event = event_values.from_values(drafts.values(BUILT_IN.of(typed["type"]), others, NOW))
    return with_party(event_values.to_values(event)) | kept


def with_party(values: dict[str, Any]) -> dict[str, Any]:
    """The values with the party that recording gives to a figure without one."""
    whose = values.get("company") or next(iter(values.get("parties", ())), None)
    for figure in values.get("figures", ()) if whose else ():
        figure.setdefault("party", whose)
    return values


def wanted(event: Event, there: set[str]) -> dict[str, Any]:
    """The same values of an event in the log, without what the log sets and what is about a row that is not
    there."""
    values = with_party(event_values.to_values(event))
    for name in ("recorded", "salt", "hash", "format", "slug", "imported", "backfilled"):
        values.pop(name, None)
    for name in ("closes", "about"):
        if values.get(name, "") not in there:
            values.pop(name, None)
    if isinstance(event, Closer) and event.closes and event.closes not in there:
        values["unopened"] = True
    for name in ("also_closes", "see"):
        kept = tuple(each for each in values.pop(name, ()) if "#" in each or each in there)
        values |= {name: kept} if kept else {}
    if image := values.get("image"):
        values["image"] = {name: image[name] for name in TYPED_OF_IMAGE if name in image}
    return values


@examples(60)
@given(streams(max_size=8))
@pytest.mark.slow
def test_a_table_is_read_back_as_the_same_events(events: list[Event]) -> None:
    """Each development that stands, corrected, with all fields that an editor gives."""
    story = exported(events)
    typed = list(table.read(table.write(story).decode()))
    standing = [
        each
        for each in story.story.developments
        if isinstance(each.event, Occurrence) and each.standing not in (RETRACTED, REDACTED)
    ]
    there = {each.id for each in standing}
    assert [each["id"] for each in typed] == [each.id for each in standing]
    for each, development in zip(typed, standing, strict=True):
        assert again(each) == wanted(development.event, there)


def test_what_a_row_has() -> None:
    """The columns that each table has first, a line for each of several values, and the address of its page."""
    stream = a_story(
        occurred="2024-03~", body="=1+1", parties=["OpenAI", "-- Inc"], tags=["ai"], key=True, place="Portland",
        at="-45.5152,122.6784", image=image(caption="Quay"),
        figures=[{"name": "cost", "value": "5000000", "unit": "USD"},
                 {"party": "TikTok", "name": "cost", "value": "5", "unit": "USD"}],
        sources=[{"url": "https://outlet.example/1"}, {"publisher": "CNN", "published": "2024-03-05"}],
    )  # fmt: skip
    opened, row = rows(stream)
    assert list(row)[:10] == list(table.FIRST)
    assert list(row)[-3:] == list(table.LAST)
    assert (opened["type"], opened["title"], opened["summary"]) == ("opened", "A story", "What it is *about*")
    assert (row["occurred"], row["body"], row["at"]) == ("2024-03~", "'=1+1", "'-45.5152,122.6784")
    assert (row["parties"], row["tags"], row["key"], row.get("minor", "")) == (
        "OpenAI\n-- Inc\nTikTok", "ai", "yes", ""
    )  # fmt: skip
    assert row["figures"].split("\n") == [
        "cost=5 million USD",
        '{"party": "TikTok", "name": "cost", "value": "5", "unit": "USD"}',
    ]
    assert row["sources"].split("\n") == [
        "https://outlet.example/1",
        '{"publisher": "CNN", "published": "2024-03-05"}',
    ]
    assert row["image"] == f"https://desk.example/media/{NAME}"
    assert (row["image_alt"], row["image_caption"]) == (image()["alt"], "Quay")
    assert row["page"] == "https://desk.example/stories/story/2.html"
    assert row["standing now"] == "stands"
    assert read(stream)[1]["image"]["file"] == NAME


def test_a_row_is_what_stands() -> None:
    """Corrected; a withdrawn development has no row, and no other row is about it."""
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("suspension", "Stopped", subject="ByteDance")
    stream.add("report", "They pay", about="")
    stream.add("question", "Why?")
    stream.add("reinstatement", "Back", closes="#2", also_closes=["#4"])
    stream.correct(3, title="They lend")
    stream.retract(2)
    stream.retract(4)
    assert [(row["type"], row["title"], row["standing now"]) for row in rows(stream)] == [
        ("opened", "A story", "stands"),
        ("report", "They lend", "corrected"),
        ("reinstatement", "Back", "stands"),
    ]
    back = read(stream)[-1]
    assert (back.get("closes"), back.get("also_closes"), back["unopened"]) == (None, None, True)


def test_a_table_is_recorded_again_as_the_same_story() -> None:
    """Row by row, where each row refers to the others by their ids."""
    stream = Stream()
    stream.add("opened", "A story", summary="What it is about")
    stream.add("suspension", "Stopped", subject="ByteDance", by="OpenAI", occurred="2023-12-15")
    stream.add("report", "They pay", sources=[{"publisher": "CNN"}], parties=["ByteDance"])
    stream.add("denial", "No", about="#3", by="OpenAI")
    stream.add("statement", "We talk", speaker="OpenAI", quote="We talk.", also=[{"speaker": "ByteDance"}])
    stream.add("expectation", "A ruling", due="2025-03")
    stream.add("reinstatement", "Back", closes="#2", also_closes=["#6"], closes_as="met", see=["#3"])
    again = Stream()
    ids: dict[str, str] = {}
    for typed in read(stream):
        id = typed.pop("id")
        values = drafts.values(BUILT_IN.of(typed["type"]), typed, NOW)
        for name in ("closes", "about"):
            values |= {name: ids[values[name]]} if name in values else {}
        for name in ("also_closes", "see"):
            values |= {name: [ids[each] for each in values[name]]} if name in values else {}
        ids[id] = again.take(values).development.id
    before, after = (briefing(each.story, Wording()) for each in (stream, again))
    assert before == after
    assert [each["title"] for each in rows(again)] == [each["title"] for each in rows(stream)]


def test_a_season_that_reads_like_two_years_is_in_words() -> None:
    (_, row), (_, typed) = rows(a_story(occurred="2020-21")), read(a_story(occurred="2020-21"))
    assert row["occurred"] == "spring 2020"
    assert again(typed)["occurred"] == "2020-21"


@pytest.mark.parametrize(
    ("text", "field"),
    [('type,sources\nupdate,"{""url"""\n', "sources"), ('type\n""\nnews,\n', ""), ("title\nx\n", "")],
)
def test_a_table_that_is_broken_is_refused(text: str, field: str) -> None:
    with pytest.raises((BadInput, Unknown)) as refused:
        list(table.read(text))
    assert getattr(refused.value, "field", "") == field
