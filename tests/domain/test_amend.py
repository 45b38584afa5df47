"""Amendments: what stands where they meet. The table in ``amend`` row by row, and what readers are told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from msgspec import structs

from tests.examples import examples
from tests.strategies import Stream, streams
from tracker.domain import amend as amending
from tracker.domain.amend import (
    UNCORRECTABLE,
    Development,
    FieldChange,
    amend,
    corrected,
    field_words,
    single,
    target_of,
)
from tracker.domain.events import Amendment, Correction, Event, Redacted, Update
from tracker.domain.fold import fold
from tracker.domain.values import from_values
from tracker.errors import BadInput, Unknown

NO_EVENT = "00000000-0000-7000-8000-000000000000"
COST = {"name": "cost", "value": "5", "unit": "USD"}
CNN = {"publisher": "CNN"}


@pytest.fixture
def story() -> Stream:
    """#1 opens a story, #2 reports that they pay."""
    stream = Stream()
    stream.add("opened", "TikTok and OpenAI")
    stream.add("report", "They pay", body="A lot")
    return stream


def title(stream: Stream, seq: int = 2) -> str:
    return amend(stream.events)[seq - 1].title


def standing(stream: Stream, seq: int = 2) -> str:
    return amend(stream.events)[seq - 1].standing


def claims(stream: Stream) -> list[str]:
    return [each.words for each in fold("story", stream.events).claims]


def amended_by(stream: Stream, seq: int = 2) -> list[int]:
    return [each.seq for each in amend(stream.events)[seq - 1].amendments]


def an_amendment(type: str, **fields: Any) -> Event:
    return from_values({"type": type, "why": "a slip", **fields})


# The table


def test_without_amendments_all_stands_as_it_was_appended(story: Stream) -> None:
    assert amend(story.events) == [single(seq, event) for seq, event in enumerate(story.events, 1)]
    assert standing(story) == "stands"
    assert amend([]) == []


def test_a_correction_is_how_its_target_stands_from_then_on(story: Stream) -> None:
    story.correct(2, "it was more", title="They pay more", body=None)
    development = amend(story.events)[1]
    assert (development.title, development.standing) == ("They pay more", "corrected")
    assert development.original == story.events[1]
    (amended,) = development.amendments
    assert (amended.seq, amended.kind, amended.why) == (3, "correction", "it was more")
    assert (amended.id, amended.recorded) == (story.events[2].id, story.events[2].recorded)
    assert amended.changes == (
        FieldChange("title", "They pay", "They pay more", "line"),
        FieldChange("body", "A lot", None, "prose"),
    )


def test_of_a_field_corrected_twice_the_later_correction_stands(story: Stream) -> None:
    story.correct(2, title="They pay 20")
    story.correct(2, title="They pay 30")
    assert title(story) == "They pay 30"
    assert amended_by(story) == [3, 4]
    assert amend(story.events)[1].amendments[1].changes == (
        FieldChange("title", "They pay 20", "They pay 30", "line"),
    )


def test_corrections_of_several_fields_add_up(story: Stream) -> None:
    story.correct(2, title="They pay 20")
    story.correct(2, body="Monthly")
    event: Any = amend(story.events)[1].event
    assert (event.title, event.body) == ("They pay 20", "Monthly")


def test_a_correction_retracted_never_was_made(story: Stream) -> None:
    story.correct(2, title="They pay 20")
    story.retract(3)
    assert (title(story), standing(story), standing(story, 3)) == ("They pay", "stands", "retracted")
    assert amended_by(story) == []


def test_of_two_corrections_the_earlier_stands_where_the_later_is_retracted(story: Stream) -> None:
    story.correct(2, title="They pay 20")
    story.correct(2, title="They pay 30")
    story.retract(4)
    assert (title(story), standing(story)) == ("They pay 20", "corrected")


def test_a_retraction_withdraws_its_target(story: Stream) -> None:
    story.retract(2)
    assert (standing(story), claims(story)) == ("retracted", ["retracted"])
    assert title(story) == "They pay"


def test_a_retraction_retracted_lets_its_target_stand_again(story: Stream) -> None:
    story.retract(2)
    story.retract(3)
    assert (standing(story), claims(story)) == ("stands", ["reported"])
    story.retract(4)
    assert (standing(story), standing(story, 3), standing(story, 4)) == ("retracted", "stands", "retracted")


def test_a_retracted_development_corrected_stays_withdrawn(story: Stream) -> None:
    story.retract(2)
    story.correct(2, title="They pay 20")
    assert (title(story), standing(story), claims(story)) == ("They pay 20", "retracted", ["retracted"])
    assert amended_by(story) == [3, 4]


def test_a_corrected_development_retracted_shows_its_corrected_text(story: Stream) -> None:
    story.correct(2, title="They pay 20")
    story.retract(2)
    assert (title(story), standing(story)) == ("They pay 20", "retracted")


def test_the_opener_of_a_closed_situation_retracted_never_was(story: Stream) -> None:
    """The closer stays, and ends nothing."""
    story.add("suspension", "Stopped", subject="ByteDance")
    story.add("reinstatement", "Back")
    story.retract(3)
    assert fold("story", story.events).situations == []
    assert standing(story, 4) == "stands"


def test_a_correction_of_an_amendment_changes_nothing(story: Stream) -> None:
    """It is refused when appended; in a line written by other means it is none."""
    story.correct(2, title="They pay 20")
    story.put(an_amendment("correction", corrects=story.events[2].id, changes={"why": "another"}))
    assert (title(story), standing(story, 3), amended_by(story, 3)) == ("They pay 20", "stands", [])
    story.put(an_amendment("correction", corrects=story.events[2].id, changes={"id": "x"}))
    assert standing(story, 3) == "stands"


@pytest.mark.parametrize("earlier", ["nothing", "correct", "retract"])
@pytest.mark.parametrize("later", ["nothing", "correct", "retract"])
def test_a_redacted_development_is_gone_whatever_else_was_said_of_it(
    story: Stream, earlier: str, later: str
) -> None:
    """Its text and its effects; nor do its other amendments say what it said."""

    def amended(how: str) -> None:
        if how == "correct":
            changes = {"title": f"They pay {len(story.events)}"}
            story.put(an_amendment("correction", corrects=story.events[1].id, changes=changes))
        elif how == "retract":
            story.put(an_amendment("retraction", retracts=story.events[1].id))

    amended(earlier)
    story.redact(2, "a court order")
    amended(later)
    development = amend(story.events)[1]
    assert (development.standing, development.title, development.type) == ("redacted", "[removed]", "report")
    assert isinstance(development.event, Redacted)
    assert "pay" not in repr(development)
    assert [each.kind for each in development.amendments] == ["redaction"]
    assert claims(story) == []


def test_a_correction_redacted_did_nothing(story: Stream) -> None:
    story.correct(2, title="They pay 20")
    story.redact(3)
    assert (title(story), standing(story), standing(story, 3)) == ("They pay", "stands", "redacted")
    assert (title(story, 3), amend(story.events)[2].target) == ("[removed]", 2)


def test_a_retraction_redacted_still_withdraws(story: Stream) -> None:
    """Removing its reason must not bring back what was withdrawn; also where the text is still in memory."""
    story.retract(2, why="It was a libel")
    before = list(story.events)
    redaction = story.redact(3).development.event
    for events in (story.events, [*before, redaction]):
        (report, retraction) = amend(events)[1:3]
        assert (report.standing, [each.why for each in report.amendments]) == ("retracted", ["[removed]"])
        assert (retraction.standing, retraction.title) == ("redacted", "[removed]")


def test_corrections_that_are_redacted_too_say_nothing(story: Stream) -> None:
    """They repeat its text. So before the texts are removed, and in a view from before the redactions."""
    story.correct(2, title="They pay 20")
    before = list(story.events)
    story.redact(2)
    for events in (story.events, [*before, *story.events[3:]], story.events[:3]):
        assert [each.standing for each in amend(events)[1:3]] == ["redacted", "redacted"]
        assert {each.title for each in amend(events)[1:3]} == {"[removed]"}


def test_what_was_removed_cannot_come_back(story: Stream) -> None:
    """A retraction of the redaction, as only a forger could append it, changes nothing. A redaction of it removes
    its text, and what it removed stays removed."""
    story.redact(2)
    story.put(an_amendment("retraction", retracts=story.events[2].id))
    assert [each.standing for each in amend(story.events)[1:3]] == ["redacted", "stands"]
    story.redact(3)
    assert [each.standing for each in amend(story.events)[1:3]] == ["redacted", "redacted"]


@pytest.mark.parametrize(
    "changes",
    [{"subject": "nobody"}, {"title": None}, {"title": ""}, {"title": 5}, {"parties": [["a"]]}, {"id": "x"}],
)
def test_a_correction_that_its_target_cannot_take_is_none(story: Stream, changes: dict[str, Any]) -> None:
    story.put(an_amendment("correction", corrects=story.events[1].id, changes=changes))
    assert (title(story), standing(story), amended_by(story)) == ("They pay", "stands", [])


def test_an_amendment_acts_on_earlier_events_only(story: Stream) -> None:
    """Nor on itself, nor on what is not there."""
    later, itself = (f"00000000-0000-7000-8000-00000000000{number}" for number in (1, 2))
    story.put(an_amendment("retraction", retracts=later))
    story.put(structs.replace(an_amendment("retraction", retracts=itself), id=itself))
    story.put(structs.replace(from_values({"type": "update", "title": "Later"}), id=later))
    assert [each.standing for each in amend(story.events)] == ["stands"] * 5
    assert [each.target for each in amend(story.events)] == [0] * 5


# What amendments are called


def test_an_amendment_is_titled_by_what_it_is_about(story: Stream) -> None:
    story.correct(2, title="They pay 20")
    story.retract(3)
    assert title(story, 3) == "Correction of #2: They pay"
    assert title(story, 4) == "Retraction of #3: Correction of #2: They pay"
    assert [each.target for each in amend(story.events)] == [0, 0, 2, 3]
    assert target_of(story.events[2]) == story.events[1].id
    assert target_of(story.events[1]) == ""


# Correcting


@pytest.mark.parametrize("field", UNCORRECTABLE)
def test_how_an_event_came_into_the_log_cannot_be_corrected(field: str) -> None:
    with pytest.raises(BadInput, match="says how the event came into the log and cannot be corrected") as refused:
        corrected(from_values({"type": "opened", "title": "t"}), {field: "x"})  # type: ignore[arg-type]
    assert refused.value.field == field


def test_correcting_an_unknown_field_suggests_the_nearest() -> None:
    with pytest.raises(Unknown, match=r"there is no field of update 'titel'\. Did you mean title\?"):
        corrected(from_values({"type": "update", "title": "t"}), {"titel": "x"})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("change", "before", "after"),
    [
        (FieldChange("title", "a", "b", "line"), "a", "b"),
        (FieldChange("body", None, "b", "prose"), "nothing", "b"),
        (FieldChange("parties", ["a", "b"], [], "parties"), "a; b", "nothing"),
        (FieldChange("parties", ("a", "b"), (), "parties"), "a; b", "nothing"),
        (FieldChange("occurred", "2024-03~", None, "date"), "about March 2024", "nothing"),
        (FieldChange("until", None, "2024", "date"), "nothing", "2024"),
        (FieldChange("due", "2024-12", "2025-01", "date"), "December 2024", "January 2025"),
        (FieldChange("minor", None, True, "flag"), "nothing", "yes"),
        (FieldChange("closes", None, NO_EVENT, "ref"), "nothing", "#7"),
        (
            FieldChange("figures", [{"name": "cost", "value": "5", "unit": "USD"}], None, "figures"),
            "cost 5 USD",
            "nothing",
        ),
        (
            FieldChange(
                "sources", [{"publisher": "CNN"}], [{"url": "https://a.example", "publisher": "A"}], "sources"
            ),
            "CNN",
            "https://a.example, A",
        ),
    ],
)
def test_a_corrected_field_in_words(change: FieldChange, before: str, after: str) -> None:
    assert field_words(change, {NO_EVENT: 7}) == (before, after)


# Laws


@examples(60)
@given(streams(min_size=2, max_size=15))
def test_every_event_is_a_development_in_its_place(events: list[Event]) -> None:
    """None is lost, moved or edited: each keeps its id and, beside how it stands, what was appended."""
    developments = amend(events)
    assert [each.original for each in developments] == events
    assert [(each.seq, each.id) for each in developments] == [(n, each.id) for n, each in enumerate(events, 1)]


@pytest.mark.slow
@settings(max_examples=60)
@given(streams(min_size=2, max_size=15))
def test_an_amendment_retracted_leaves_all_else_as_without_it(events: list[Event]) -> None:
    """Retracting each last amendment gives back how everything before it stood."""
    assert not unlike_before(events, an_amendment)


def unlike_before(events: list[Event], undone: Any) -> str:
    for seq, event in enumerate(events, 1):
        if isinstance(event, Amendment):
            undo = structs.replace(undone("retraction", retracts=event.id), id="undo")
            before, after = amend(events[: seq - 1]), amend([*events[:seq], undo])[: seq - 1]
            if [each.event for each in before] != [each.event for each in after]:
                return f"#{seq}"
    return ""


def test_an_undoing_that_does_nothing_would_be_noticed(story: Stream) -> None:
    """The control of the law above: retracting something else leaves the correction in effect."""
    story.correct(2, title="They pay 20")
    assert not unlike_before(story.events, an_amendment)
    assert unlike_before(story.events, lambda type, **target: an_amendment(type, retracts=NO_EVENT))


@pytest.mark.parametrize("many", [1, 8])
def test_an_amendment_costs_as_much_in_a_long_stream(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only its own development is made again."""
    made: list[int] = []
    amended = amending._amended

    def counting(was: Development, amendments: Any) -> Development:
        made.append(was.seq)
        return amended(was, amendments)

    monkeypatch.setattr(amending, "_amended", counting)
    stream = amending.Stream([Update(id=str(each), title="a") for each in range(100 * many)])
    for each in range(50):
        stream.add(Correction(id=f"c{each}", corrects=str(each % 5), changes={"title": str(each)}, why="w"))
    assert len(made) == 50
    assert stream.developments == amend(stream.events)
