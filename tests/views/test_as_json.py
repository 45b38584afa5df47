"""The JSON that people's programs read: one shape a thing, whole, and JSON all the way down."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from tests.domain.test_custom_types import moved, offices
from tests.examples import examples
from tests.strategies import Stream, streams
from tracker.domain import values as event_values
from tracker.domain.events import Event
from tracker.domain.fold import fold, replay
from tracker.text.dates import moment
from tracker.views.as_json import change_shape, step_shape, story_shape
from tracker.views.bitemporal import as_of


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "TikTok and OpenAI")
    return stream


def shape(stream: Stream) -> dict[str, Any]:
    return story_shape(stream.story)


def test_an_empty_story_has_every_key(story: Stream) -> None:
    event = story.events[0]
    (development,) = shape(story).pop("developments")
    assert {**shape(story), "developments": []} == {
        "story": "story", "as_of": None, "known_at": None, "title": "TikTok and OpenAI",
        "short": None, "status": "open", "pinned": False, "about": None, "summary": None, "language": None,
        "seq": 1, "head": event.hash, "updated": event.recorded, "situations": [], "claims": [], "figures": [],
        "series": [], "offices": [], "positions": [], "questions": [], "expected": [], "developments": [],
    }  # fmt: skip
    assert development == {
        "seq": 1, "id": event.id, "type": "opened", "title": "TikTok and OpenAI", "occurred": None,
        "occurred_as": None, "recorded": event.recorded, "standing": "stands", "parties": [], "key": False,
        "tags": [], "place": None, "image": None, "backfilled": False, "imported": None, "target": None,
        "amended_by": [], "see": [], "followed_by": [],
    }  # fmt: skip


def test_a_development_names_what_followed_it(story: Stream) -> None:
    story.add("suspension", "Out", subject="A")
    story.add("report", "They pay", claim="They pay")
    story.add("question", "Why?")
    story.add("change", "Eased", about="#2", state="eased")
    story.add("denial", "No", about="#3")
    story.add("report", "They do", about="#3")
    story.add("reinstatement", "Back")
    story.add("update", "Because", closes="#4")
    followed = {each["seq"]: each["followed_by"] for each in shape(story)["developments"]}
    assert followed[2] == [{"did": "changed", "seq": 5}, {"did": "ended", "seq": 8}]
    assert followed[3] == [{"did": "denied", "seq": 6}, {"did": "corroborated", "seq": 7}]
    assert followed[4] == [{"did": "answered", "seq": 9}]
    story.retract(8)
    followed = {each["seq"]: each["followed_by"] for each in shape(story)["developments"]}
    assert followed[2] == [{"did": "changed", "seq": 5}]


def test_a_situation(story: Stream) -> None:
    story.add("suspension", "Stopped", subject="ByteDance", of="account", occurred="2023", until="2024-12")
    (situation,) = shape(story)["situations"]
    assert situation == {
        "kind": "suspension", "title": "Stopped", "label": "account of ByteDance", "terms": None,
        "parties": ["ByteDance"],
        "since": "2023", "until": "2024-12", "state": "in force", "words": "suspended", "uncertain": False,
        "pending": None,
        "states": [{"words": "suspended", "pending": None, "until": "2024-12", "occurred": "2023", "seq": 2}],
        "seq": 2, "outcome": None, "ended_by": None,
    }  # fmt: skip
    (doubtful,) = story_shape(as_of(story.story, moment("2023-05")))["situations"]
    assert doubtful == situation | {"uncertain": True}
    story.add("reinstatement", "Back")
    (ended,) = shape(story)["situations"]
    assert ended == situation | {
        "state": "ended",
        "words": "reinstated",
        "until": None,
        "outcome": "Back",
        "ended_by": 3,
    }


def test_questions_and_expected_dates(story: Stream) -> None:
    story.add("question", "Why?")
    story.add("expectation", "A ruling", due="2025-03")
    assert [(each["title"], each["state"]) for each in shape(story)["questions"]] == [("Why?", "in force")]
    (expected,) = shape(story)["expected"]
    assert (expected["due"], expected["words"]) == ("2025-03", "expected March 2025")
    story.add("update", "It is here", closes="#3", occurred="2024")
    (expected,) = shape(story)["expected"]
    assert (expected["due"], expected["until"], expected["state"]) == ("2025-03", "2024", "ended")


def test_a_claim(story: Stream) -> None:
    story.add("report", "They pay", sources=[{"publisher": "CNN"}], parties=["ByteDance"], occurred="2024-03~")
    story.add("report", "They do", about="#2", sources=[{"publisher": "Reuters"}])
    story.add("denial", "No")
    assert shape(story)["claims"] == [
        {"title": "They pay", "status": "denied", "origins": 2, "reports": [2, 3], "parties": ["ByteDance"],
         "occurred": "2024-03~", "reported": None, "confirmed": None, "seq": 2}
    ]  # fmt: skip


def test_a_claim_keeps_three_dates_apart(story: Stream) -> None:
    """When it is said to have happened, when a source first published it, and when it was first confirmed, while a
    confirmation stands."""

    def dates() -> list[str | None]:
        (claim,) = shape(story)["claims"]
        return [claim["occurred"], claim["reported"], claim["confirmed"]]

    cnn, reuters = ({"publisher": name, "published": date} for name, date in (("CNN", "2024-05-03"),
                                                                              ("Reuters", "2024-05")))  # fmt: skip
    story.add("report", "They pay", sources=[{"publisher": "AP"}, cnn], occurred="2024-03")
    assert dates() == ["2024-03", "2024-05-03", None]
    story.add("report", "They do", sources=[reuters], about="#2")
    story.add("denial", "No", by="B", occurred="2024-06")
    assert dates() == ["2024-03", "2024-05", None]
    story.add("confirmation", "Yes", by="A", occurred="2024-07-02")
    story.add("confirmation", "Yes", by="A", occurred="2024-07-01")
    assert dates() == ["2024-03", "2024-05", "2024-07-01"]
    story.retract(6)
    story.retract(3)
    assert dates() == ["2024-03", "2024-05-03", "2024-07-02"]
    story.retract(5)
    assert dates() == ["2024-03", "2024-05-03", None]


def test_an_office() -> None:
    """The present holder, and all holders in their order."""
    stream = offices()
    moved(stream, "+A 2020, -A 2024-03, +B 2024-08, -C 2019")
    (office,) = shape(stream)["offices"]
    assert office == {
        "office": "chief executive of Boeing", "holder": "B", "seq": 4,
        "holders": [
            {"party": "C", "since": None, "until": "2019", "seq": None, "left": 5},
            {"party": "A", "since": "2020", "until": "2024-03", "seq": 2, "left": 3},
            {"party": "B", "since": "2024-08", "until": None, "seq": 4, "left": None},
        ],
    }  # fmt: skip
    moved(stream, "-B ")
    assert shape(stream)["offices"][0]["holder"] is None


def test_a_figure(story: Stream) -> None:
    growth = {"name": "growth", "value": "29", "unit": "%", "expected_low": "30", "expected_high": "31"}
    story.add("earnings", "Q4", company="Microsoft", figures=[growth], occurred="2024-07-30")
    story.add("update", "Cost", figures=[{"name": "cost", "low": "1", "high": "2", "per": "day", "approx": True}])
    first, second = shape(story)["figures"]
    assert first == {
        **growth, "party": "Microsoft", "per": None, "low": None, "high": None, "approx": False, "bound": None,
        "verdict": "below", "words": "29% (below the 30 to 31% expected)", "occurred": "2024-07-30", "seq": 2,
        "according_to": None, "about": None, "outdated": None,
    }  # fmt: skip
    assert second == {
        "party": None, "name": "cost", "value": None, "unit": None, "per": "day", "low": "1", "high": "2",
        "approx": True, "bound": None, "expected_low": None, "expected_high": None, "verdict": None,
        "words": "about 1 to 2 per day", "occurred": None, "seq": 3,
        "according_to": None, "about": None, "outdated": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("closes_as", "score", "days"), [("met", "met", 31), ("missed", "missed", None), (None, None, None)]
)
def test_an_expected_event_has_its_score(
    story: Stream, closes_as: str | None, score: str | None, days: int | None
) -> None:
    story.add("expectation", "A ruling", due="2024-03")
    if closes_as:
        story.add("update", "It is here", closes="#2", closes_as=closes_as, occurred="2024-05-01")
    (expected,) = shape(story)["expected"]
    assert (expected["score"], expected["days_late"]) == (score, days)


def test_a_series_of_figures(story: Stream) -> None:
    """The values in the order of their dates, the last one as it stands; one that is withdrawn is left out."""
    story.add("agreement", "They agree", between=["A", "B"])
    stake = {"name": "stake", "value": "49", "unit": "%", "party": "A", "about": "#2"}
    story.add("update", "One", figures=[stake], occurred="2024-03")
    story.add("update", "Two", figures=[{**stake, "value": "20", "as_of": "2023"}], occurred="2024-07")
    story.add("update", "Three", figures=[{**stake, "value": "99"}], occurred="2024-06")
    story.add("update", "Four", figures=[{**stake, "value": "3", "unit": "seats"}], occurred="2024-05")
    story.add("termination", "It ends")
    story.retract(5)
    (percent, seats) = shape(story)["series"]
    assert [(each["value"], each["occurred"], each["seq"]) for each in percent["values"]] == [
        ("20", "2023", 4),
        ("49", "2024-03", 3),
    ]
    assert (percent["party"], percent["name"], percent["unit"], percent["per"]) == ("A", "stake", "%", None)
    assert [each["value"] for each in seats["values"]] == ["3"]
    figure = shape(story)["figures"][0]
    assert (figure["outdated"], figure["about"]) == ("agreement terminated", story.events[1].id)
    assert {**percent["values"][-1], "words": figure["words"], "outdated": figure["outdated"]} == figure


def test_a_position(story: Stream) -> None:
    story.add("statement", "They talk", speaker="ByteDance", quote="We talk.", to="CNN", occurred="2023")
    story.add("statement", "No comment", speaker="OpenAI")
    assert shape(story)["positions"] == [
        {
            "party": "ByteDance",
            "quote": "We talk.",
            "title": "They talk",
            "to": "CNN",
            "speaker": None,
            "role": None,
            "occurred": "2023",
            "seq": 2,
        },
        {
            "party": "OpenAI",
            "quote": None,
            "title": "No comment",
            "to": None,
            "speaker": None,
            "role": None,
            "occurred": None,
            "seq": 3,
        },
    ]


def test_a_timeline_with_amendments(story: Stream) -> None:
    story.add("update", "Two", occurred="2023", occurred_as="last year")
    story.correct(2, title="The second")
    story.redact(2)
    _, second, third, fourth, fifth = shape(story)["developments"]
    assert (second["title"], second["standing"], second["amended_by"]) == ("[removed]", "redacted", [4])
    assert (third["amended_by"], fifth["target"]) == ([5], 3)
    assert (second["occurred"], second["occurred_as"], second["parties"]) == (None, None, [])
    assert (third["title"], third["target"], third["occurred"]) == ("[removed]", 2, None)
    assert fourth["type"] == "redaction"


def test_a_step_is_a_development_with_its_changes(story: Stream) -> None:
    step = story.add("statement", "No", speaker="OpenAI", occurred="2023", occurred_as="last year")
    told = step_shape(step)
    assert (told["seq"], told["occurred"], told["occurred_as"]) == (2, "2023", "last year")
    assert told["changes"] == [change_shape(step.changes[0])]
    assert change_shape(step.changes[0]) == {
        "key": "position/openai", "label": "OpenAI says", "before": "none", "after": "No",
        "words": "OpenAI says: none → No",
    }  # fmt: skip


@examples(40)
@given(streams())
def test_any_story_is_json_and_its_shape_never_varies(events: list[Event]) -> None:
    """The same keys for every thing of a kind, and nothing that JSON would turn into something else."""
    told = story_shape(fold("story", events))
    assert json.loads(json.dumps(told)) == told
    for things in (each for each in told.values() if isinstance(each, list)):
        assert len({tuple(each) for each in things}) <= 1
    for step in replay("story", events):
        assert json.loads(json.dumps(step_shape(step))) == step_shape(step)


def test_in_full_a_development_has_all_that_its_line_has(story: Stream) -> None:
    """Its text, its sources and its figures as they stand, and the fields of its type."""
    story.add(
        "statement", "They talk", speaker="OpenAI", quote="We talk.", body="*More*", minor=True, editor="me",
        occurred="2024-03", sources=[{"publisher": "CNN", "published": "2024"}],
        figures=[{"name": "cost", "value": "5", "unit": "USD"}],
    )  # fmt: skip
    story.correct(2, body="*Less*")
    _, told, correction = story_shape(story.story, full=True)["developments"]
    assert (told["body"], told["minor"], told["editor"]) == ("*Less*", True, "me")
    assert told["fields"] == {"speaker": "OpenAI", "quote": "We talk."}
    assert told["sources"] == [
        {"url": None, "publisher": "CNN", "title": None, "published": "2024", "quote": None, "archived": None,
         "via": None}
    ]  # fmt: skip
    assert [(each["words"], each["occurred"], each["seq"]) for each in told["figures"]] == [
        ("5 USD", "2024-03", 2)
    ]
    assert (correction["body"], correction["sources"], correction["figures"]) == (None, [], [])
    assert correction["fields"] == {"corrects": told["id"], "changes": {"body": "*Less*"}, "why": "a slip"}
    brief = {key for each in shape(story)["developments"] for key in each}
    assert not brief & {"body", "minor", "editor", "sources", "fields"}


@given(streams())
def test_in_full_nothing_of_a_line_is_missing(events: list[Event]) -> None:
    """What an event has, corrected, is in its shape, and the shape is otherwise the same."""
    story = fold("story", events)
    full = story_shape(story, full=True)["developments"]
    for brief, whole, development in zip(
        story_shape(story)["developments"], full, story.developments, strict=True
    ):
        assert brief.items() <= whole.items()
        stored = event_values.to_values(development.event)
        assert (whole["body"] or "") == stored.pop("body", "")
        for each in stored.get("figures", []):
            each["occurred"] = each.pop("as_of", stored.get("occurred"))
            each.pop("scale", "")  # the words have it
        for name in ("sources", "figures"):
            for was, now in zip(stored.pop(name, []), whole[name], strict=True):
                assert was.items() <= now.items()
        assert whole["fields"].items() <= stored.items()
        assert stored.keys() <= {*whole, *whole["fields"], "salt", "hash", "at"}
