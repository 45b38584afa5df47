"""What may be appended: how a draft is completed, and everything that is refused, with field and remedy."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs

from tests.domain.test_custom_types import OUTAGES, declared_by, outages
from tests.examples import examples
from tests.pictures import NAME, image
from tests.strategies import ANYTIME, Stream, drafts, recorded
from tracker.domain import directory
from tracker.domain.chain import FORMAT
from tracker.domain.decide import check_alone, decide, find
from tracker.domain.events import TYPES, Occurrence, Redacted, Redaction
from tracker.domain.fold import fold
from tracker.domain.lines import decode
from tracker.domain.redaction import concerned
from tracker.domain.values import from_values, to_values
from tracker.errors import BadInput, TrackerError, Unknown
from tracker.text.dates import Recorded

NOW = Recorded("2024-08-02T09:00:00.000Z")
NO_EVENT = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "TikTok and OpenAI")
    return stream


def refusal(stream: Stream, type: str, title: str = "It happened", **fields: Any) -> str:
    """The refusal of such a draft, which leaves everything as it was."""
    before, lines = fold("story", stream.events), list(stream.lines)
    shown = {"title": title} if issubclass(TYPES[type], Occurrence) else {}
    with pytest.raises(BadInput) as refused:
        stream.take({"type": type, **shown, **fields})
    assert refused.value.exit_code == 2
    assert (stream.story, stream.lines) == (before, lines)
    return str(refused.value)


def decided(stream: Stream, type: str, title: str = "It happened", **fields: Any) -> Any:
    return decide(stream.story, {"type": type, "title": title, **fields}, NOW)


# Completing


def test_the_first_line_carries_the_format() -> None:
    assert decide(Stream().story, {"type": "opened", "title": "t", "format": 9}, NOW).format == FORMAT  # type: ignore


@pytest.mark.parametrize(
    ("fields", "parties"),
    [
        ({"type": "update"}, ()),
        ({"type": "update", "parties": ["B", "A"]}, ("B", "A")),
        ({"type": "update", "parties": ["A", " A ", "A"]}, ("A",)),
        ({"type": "statement", "speaker": "A"}, ("A",)),
        ({"type": "statement", "speaker": "A", "parties": ["B", "A"]}, ("B", "A")),
        ({"type": "suspension", "subject": "A", "by": "B"}, ("A", "B")),
        ({"type": "agreement", "between": ["A", "B"], "parties": ["C"]}, ("C", "A", "B")),
        ({"type": "update", "figures": [{"name": "x", "value": "1", "party": "A"}]}, ("A",)),
    ],
)
def test_parties_named_in_any_field_are_in_parties(
    story: Stream, fields: dict[str, Any], parties: tuple[str, ...]
) -> None:
    """In the order they are named, each once."""
    assert decided(story, **fields).parties == parties


@pytest.mark.parametrize(
    ("fields", "party"),
    [
        ({"type": "update"}, ""),
        ({"type": "update", "parties": ["A", "B"]}, "A"),
        ({"type": "statement", "speaker": "A"}, "A"),
        ({"type": "earnings", "company": "A", "parties": ["B"]}, "A"),
        ({"type": "update", "parties": ["A"], "figures": [{"name": "x", "value": "1", "party": "B"}]}, "B"),
    ],
)
def test_a_figure_without_a_party_gets_the_one_it_is_about(
    story: Stream, fields: dict[str, Any], party: str
) -> None:
    draft = decided(story, **{"figures": [{"name": "x", "value": "1"}], **fields})
    assert draft.figures[0].party == party


@pytest.mark.parametrize("written", ["#2", "story#2", "the id"])
def test_references_become_ids(story: Stream, written: str) -> None:
    """A line never depends on how its reference was written."""
    story.add("question", "Why?")
    story.add("report", "They pay")
    question, report = (event.id for event in story.events[1:])
    of = {"#2": "#3", "story#2": "story#3", "the id": report}[written]
    assert decided(story, "update", closes=question if written == "the id" else written).closes == question
    assert decided(story, "report", about=of).about == report
    for type, field in (("retraction", "retracts"), ("correction", "corrects")):
        values = {"type": type, field: of, "why": "w"} | (
            {"changes": {"title": "n"}} if type == "correction" else {}
        )
        assert getattr(decide(story.story, values, NOW), field) == report


def test_references_in_corrections_become_ids(story: Stream) -> None:
    story.add("question", "Why?")
    story.add("update", "Because")
    story.correct(3, closes="#2")
    assert story.story.questions[0].ended_by == 3
    assert story.events[3].changes == {"closes": story.events[1].id}  # type: ignore[attr-defined]
    assert refusal(story, "correction", corrects="#3", why="w", changes={"closes": "#9"}).startswith(
        "changes.closes: there is no story#9"
    )


@pytest.mark.parametrize(
    ("corrected", "party"),
    [
        ({"name": "cost", "value": "6"}, "OpenAI"),
        ({"name": "cost", "value": "6", "party": "Oracle"}, "Oracle"),
        ({"name": "price", "value": "6"}, "Microsoft"),
    ],
)
def test_a_corrected_figure_is_still_its_partys(story: Stream, corrected: dict[str, Any], party: str) -> None:
    """That of the figure of its name; a new one's is found as when it is added."""
    costs = {"name": "cost", "value": "5", "party": "OpenAI"}
    story.add("update", "Costs", parties=["Microsoft"], figures=[costs])
    story.correct(2, figures=[corrected])
    (reading,) = story.story.readings
    assert (reading.figure.party, reading.figure.value) == (party, "6")


def test_a_closer_takes_the_one_that_can_be_meant(story: Stream) -> None:
    """And its id is written into the line."""
    story.add("suspension", "Stopped", subject="ByteDance", by="OpenAI")
    assert decided(story, "reinstatement").closes == story.events[1].id
    story.add("suspension", "Stopped too", subject="Acme", by="OpenAI")
    assert decided(story, "reinstatement", subject="bytedance").closes == story.events[1].id
    assert decided(story, "reinstatement", subject="Acme", reason="Settled").closes == story.events[2].id
    story.add("reinstatement", "Back", closes="#2")
    assert decided(story, "reinstatement").closes == story.events[2].id


def test_of_several_that_can_be_meant_all_are_listed(story: Stream) -> None:
    story.add("suspension", "Stopped", subject="ByteDance", of="account")
    story.add("suspension", "Stopped", subject="Acme")
    assert refusal(story, "reinstatement") == (
        "closes: several could be meant, say which: story#2 (account of ByteDance), story#3 (Acme)"
    )


def test_where_none_can_be_meant_those_in_force_are_listed(story: Stream) -> None:
    assert refusal(story, "reinstatement") == (
        "closes: story has no suspension in force, so nothing ends; if what it ends is not in the log, say so with"
        " --unopened"
    )
    story.add("suspension", "Stopped", subject="Acme")
    assert refusal(story, "reinstatement", subject="ByteDance") == (
        "closes: none of these matches: story#2 (Acme). If it ends one of them, name that; if what it ends is not"
        " in the log, say so with --unopened"
    )


def test_an_agreement_is_meant_by_any_of_its_parties(story: Stream) -> None:
    story.add("agreement", "A deal", between=["OpenAI", "Microsoft"], terms="all")
    story.add("agreement", "Another", between=["OpenAI", "Oracle"])
    assert decided(story, "termination", between=["microsoft"], terms="none").closes == story.events[1].id
    assert "several could be meant" in refusal(story, "termination", between=["OpenAI"])
    assert "none of these matches" in refusal(story, "termination", between=["Oracle", "Microsoft"])


def test_a_policy_is_meant_by_its_rule_or_the_title_that_says_it(story: Stream) -> None:
    story.add("policy", "No training", by="OpenAI")
    story.add("policy", "A policy", by="OpenAI", rule="No scraping")
    assert decided(story, "repeal", rule="no training").closes == story.events[1].id
    assert decided(story, "repeal", rule="No scraping").closes == story.events[2].id
    assert "none of these matches" in refusal(story, "repeal", rule="A policy")


@pytest.mark.parametrize("type", ["closed", "reopened"])
def test_why_is_the_title_of_a_story_that_ends_or_goes_on(story: Stream, type: str) -> None:
    if type == "reopened":
        story.add("closed", "Over")
    assert decided(story, type, title="", why="It is over").title == "It is over"
    assert refusal(story, type, title="") == "title: is empty"


def test_a_change_takes_the_one_that_can_be_meant(story: Stream) -> None:
    """So is one that names another change of it; with several in force, they are listed."""
    assert refusal(story, "change", state="eased") == "about: story has nothing in force that this could change"
    story.add("suspension", "Out", subject="Acme", occurred="2024-01")
    assert decided(story, "change", state="eased").about == story.events[1].id
    story.add("change", "Eased", state="eased")
    assert decided(story, "change", about="#3", until="2024-12").about == story.events[1].id
    story.add("question", "And now?")
    assert refusal(story, "change", state="eased").startswith("about: several could be meant, say which: story#2")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"about": "#2"}, "state: is missing; say the state from then on"),
        (
            {"about": "#1", "state": "x"},
            "about: that opened nothing which this type can change; these can: story#2",
        ),
        ({"about": "#2", "state": "x", "closes": "#2"}, "closes: "),
        ({"about": "#3", "state": "x"}, "about: policy was ended by #4, and this did not occur before that"),
        ({"about": "#3", "state": "x", "occurred": "2024-03"}, "about: policy was ended by #4"),
    ],
)
def test_a_change_that_cannot_be_made_says_why(story: Stream, fields: dict[str, Any], message: str) -> None:
    story.add("question", "And now?")
    story.add("policy", "A rule", by="A", rule="r", occurred="2024-01")
    story.add("repeal", "No rule", occurred="2024-03")
    assert refusal(story, "change", **fields).startswith(message.replace("policy", "A policy: r"))


def test_a_change_that_is_told_late_is_taken(story: Stream) -> None:
    story.add("policy", "A rule", by="A", occurred="2024-01")
    story.add("repeal", "No rule", occurred="2024-03")
    assert decided(story, "change", about="#2", state="eased", occurred="2024-02").about == story.events[1].id


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"state": None}, "changes.state: cannot be emptied"),
        ({"about": "#1"}, "changes.about: that opened nothing before it which it could change"),
        ({"about": "#4"}, "changes.about: that opened nothing before it which it could change"),
    ],
)
def test_a_change_is_corrected_to_another_change(story: Stream, changes: dict[str, Any], message: str) -> None:
    story.add("policy", "A rule", by="A")
    story.add("change", "Eased", state="eased")
    story.add("policy", "Another rule", by="A")
    with pytest.raises(BadInput) as refused:
        story.correct(3, **changes)
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize("type", ["confirmation", "denial"])
def test_a_stance_takes_the_only_claim(story: Stream, type: str) -> None:
    assert refusal(story, type) == "about: story has no claim yet; add a report first"
    story.add("report", "They pay")
    assert decided(story, type).about == story.events[1].id
    story.add("report", "They stop")
    assert refusal(story, type) == ("about: say which claim it is about: story#2 (They pay), story#3 (They stop)")
    story.retract(3)
    assert decided(story, type).about == story.events[1].id


def test_what_is_about_a_corroborating_report_is_about_its_claim(story: Stream) -> None:
    story.add("report", "They pay")
    story.add("report", "CNN too", about="#2")
    assert decided(story, "confirmation", about="#3").about == story.events[1].id
    assert decided(story, "report", about="#3").about == story.events[1].id


# Refusing: references


def test_a_reference_out_of_range_names_the_last_one(story: Stream) -> None:
    assert refusal(story, "update", closes="#7") == "closes: there is no story#7; the last one is story#1"
    assert refusal(story, "retraction", retracts="#7", why="w") == (
        "retracts: there is no story#7; the last one is story#1"
    )


def test_a_reference_into_another_story_is_refused(story: Stream) -> None:
    assert refusal(story, "update", closes="other#1") == (
        "closes: other#1 is not in story; an event refers to its own story only"
    )


@pytest.mark.parametrize("written", ["#0", "#x", "#-1", "#"])
def test_what_is_no_reference_is_refused(story: Stream, written: str) -> None:
    assert "is not a development: write the story and its number" in refusal(story, "update", closes=written)


def test_a_development_is_found_by_its_number(story: Stream) -> None:
    assert find(story.story, "#1").title == "TikTok and OpenAI"
    assert find(story.story, "story#1").seq == 1


def test_nothing_that_could_be_closed_is_refused_with_what_can_be(story: Stream) -> None:
    assert refusal(story, "update", closes="#1") == "closes: that opened nothing which could be closed"
    story.add("question", "Why?")
    story.add("policy", "No training", by="OpenAI")
    assert refusal(story, "update", closes="#1") == (
        "closes: that opened nothing which could be closed; these can be: story#2 (Why?)"
    )
    assert refusal(story, "repeal", closes=NO_EVENT) == (
        "closes: that opened nothing which could be closed; these can be: story#3 (OpenAI policy: No training),"
        " story#2 (Why?)"
    )


@pytest.mark.parametrize("type", ["reinstatement", "update", "closed", "report"])
def test_a_situation_is_ended_by_its_own_closer_only(story: Stream, type: str) -> None:
    story.add("policy", "No training", by="OpenAI")
    assert refusal(story, type, closes="#2") == (
        f"closes: {type} does not end OpenAI policy: No training (policy)"
    )


def test_what_was_ended_is_not_ended_again(story: Stream) -> None:
    story.add("question", "Why?")
    story.add("update", "Because", closes="#2")
    assert refusal(story, "update", closes="#2") == "closes: Why? was ended by #3 already"


def test_what_is_no_report_cannot_be_confirmed(story: Stream) -> None:
    assert refusal(story, "denial", about="#1") == "about: that is not a report"
    story.add("report", "They pay")
    assert refusal(story, "denial", about="#1") == "about: that is not a report; these are: story#2 (They pay)"


def test_nothing_is_added_to_a_retracted_claim(story: Stream) -> None:
    story.add("report", "They pay")
    story.add("report", "CNN too", about="#2")
    story.retract(2)
    story.retract(3)
    for about in ("#2", "#3"):
        for type in ("report", "confirmation", "denial"):
            assert refusal(story, type, about=about) == ("about: #2 was retracted, so nothing can be added to it")


# Refusing: out of turn


@pytest.mark.parametrize("type", [*ANYTIME, "closed", "reopened"])
def test_a_story_begins_with_being_opened(type: str) -> None:
    needed: dict[str, Any] = {"between": ["A", "B"], "due": "2025"}
    needed |= dict.fromkeys(("speaker", "subject", "into", "by", "company"), "A")
    fields = {name: value for name, value in needed.items() if name in TYPES[type].__struct_fields__}
    assert refusal(Stream(), type, **fields) == (
        "the story story is not open yet; start it with tracker open story TITLE"
    )


def test_a_story_is_opened_once(story: Stream) -> None:
    assert refusal(story, "opened") == "the story story is open already: TikTok and OpenAI"


def test_a_closed_story_takes_amendments_and_reopening_only(story: Stream) -> None:
    assert refusal(story, "reopened") == "the story story is open already"
    story.add("closed", "Over")
    assert refusal(story, "closed") == "the story story is closed already"
    for type in ("update", "summary"):
        assert refusal(story, type) == (
            "the story story is closed; take it up again with tracker add reopened story …"
        )
    story.correct(1, title="TikTok")
    story.retract(2)
    story.add("update", "It goes on")


@pytest.mark.parametrize("occurred", ["2024-08-04", "2025", "2024-08-03T10:00Z", "2024-09/..", "2024-24"])
@pytest.mark.parametrize("type", ["update", "opened"])
def test_what_is_still_to_come_is_an_expectation(type: str, occurred: str) -> None:
    stream = Stream()
    if type != "opened":
        stream.add("opened", "t")
    with pytest.raises(BadInput) as refused:
        decided(stream, type, occurred=occurred)
    assert str(refused.value) == (
        f"occurred: {occurred} is still to come; what is expected is recorded with type expectation and due"
    )


@pytest.mark.parametrize("occurred", ["2024-08-03", "2024-08-03T08:59Z", "2024", "2024-08/..", "../2030", "202X"])
def test_what_has_begun_somewhere_is_taken(story: Stream, occurred: str) -> None:
    """A day's grace, for those whose day has begun before UTC's."""
    assert decided(story, "update", occurred=occurred).occurred == occurred


def test_an_opening_closes_nothing() -> None:
    assert refusal(Stream(), "opened", closes=NO_EVENT) == ("closes: that opened nothing which could be closed")


# Refusing: amendments


def test_what_is_not_there_is_not_amended(story: Stream) -> None:
    assert refusal(story, "correction", corrects=NO_EVENT, changes={"title": "t"}, why="w") == (
        f"corrects: story has no event {NO_EVENT}"
    )
    assert refusal(story, "retraction", retracts=NO_EVENT, why="w") == f"retracts: story has no event {NO_EVENT}"


def correcting(stream: Stream, seq: int, **changes: Any) -> str:
    return refusal(stream, "correction", corrects=f"#{seq}", changes=changes, why="w")


def test_amendments_are_not_corrected(story: Stream) -> None:
    story.correct(1, title="TikTok")
    assert correcting(story, 2, why="another") == (
        "corrects: story#2 (correction) cannot be corrected; retract it and amend again"
    )
    story.redact(1)
    assert correcting(story, 1, title="t") == (
        "corrects: story#1 (opened) cannot be corrected; its text is removed"
    )


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"title": "TikTok and OpenAI"}, "changes.title: story#1 says that already"),
        ({"body": None}, "changes.body: story#1 says that already"),
        ({"minor": False}, "changes.minor: story#1 says that already"),
        ({"title": "a", "summary": None}, "changes.summary: story#1 says that already"),
        ({"title": ""}, "changes.title: is empty"),
        ({"title": None}, "changes.title: cannot be emptied"),
        ({"title": "a\nb"}, "changes.title: has to be one line without tabs"),
        ({"title": "\ud800"}, "changes.title: U+D800 at character 1"),
        ({"occurred": "2023-02-30"}, "changes.occurred: '2023-02-30': there is no day 30"),
        ({"id": "x"}, "changes.id: says how the event came into the log and cannot be corrected"),
        ({"type": "update"}, "changes.type: says how the event came into the log and cannot be corrected"),
        ({"format": 2}, "changes.format: says how the event came into the log and cannot be corrected"),
        ({"sources": [{"url": "javascript:x"}]}, "changes.sources[0].url: 'javascript:x' is not an address"),
        ({}, "changes: "),
    ],
)
def test_a_correction_that_cannot_be_made_says_why(story: Stream, changes: dict[str, Any], reason: str) -> None:
    assert correcting(story, 1, **changes).startswith(reason)


def test_correcting_an_unknown_field_suggests_the_nearest(story: Stream) -> None:
    with pytest.raises(Unknown, match=r"there is no field of opened 'titel'\. Did you mean title\?") as unknown:
        story.correct(1, titel="t")
    assert unknown.value.exit_code == 2


def test_a_correction_may_say_again_what_was_said_first(story: Stream) -> None:
    story.correct(1, title="TikTok")
    story.correct(1, title="TikTok and OpenAI")
    assert story.story.title == "TikTok and OpenAI"


def test_the_opening_is_not_retracted(story: Stream) -> None:
    assert refusal(story, "retraction", retracts="#1", why="w") == (
        "retracts: story#1 opens the story; end that with tracker add closed story …"
    )


def test_what_was_withdrawn_is_not_withdrawn_again(story: Stream) -> None:
    story.add("update", "Two")
    story.add("update", "Three")
    story.retract(2)
    story.redact(3)
    assert refusal(story, "retraction", retracts="#2", why="w") == "retracts: story#2 was retracted already"
    assert refusal(story, "retraction", retracts="#3", why="w") == "retracts: story#3 was redacted already"
    assert isinstance(story.story.developments[2].event, Redacted)


def test_a_redaction_names_one_line_and_says_nothing_else_of_it(story: Stream) -> None:
    """The corrections of it, which repeat its text, each need a redaction of their own."""
    story.add("report", "They pay", claim="They pay a lot")
    story.correct(2, title="They lend", why="It was a loan")
    event = decide(story.story, {"type": "redaction", "redacts": "#2", **BY_COURT}, story.events[-1].recorded)
    assert event == Redaction(redacts=story.events[1].id, **BY_COURT)
    assert [each.seq for each in concerned(story.story, story.story.developments[1])] == [2, 3]
    assert [each.seq for each in concerned(story.story, story.story.developments[2])] == [3]


BY_COURT = {"reason": "court-order", "authority": "a court"}


def test_what_cannot_be_redacted_is_refused(story: Stream) -> None:
    story.add("update", "A secret that must go")
    story.redact(2)
    assert refusal(story, "redaction", redacts="#2", **BY_COURT) == "redacts: story#2 was redacted already"
    story.redact(3)
    assert refusal(story, "redaction", redacts="#3", **BY_COURT) == "redacts: story#3 was redacted already"
    assert refusal(story, "retraction", retracts="#3", why="w").startswith(
        "retracts: story#3 removed a text for good"
    )
    assert refusal(story, "redaction", redacts="#9", **BY_COURT).startswith("redacts: there is no story#9")
    assert refusal(story, "redaction", redacts="#1", **{**BY_COURT, "reason": "Court!"}).startswith("reason: ")
    story.add("update", "Another secret text")
    repeated = {"reason": "safety", "authority": "says Another secret text, too"}
    told = refusal(story, "redaction", redacts=f"#{len(story.events)}", **repeated)
    assert told == "authority: repeats the text that is to be removed"


AN_ID = "01910dcf-0000-7000-8000-000000000000"


# Refusing: what codec refuses, whatever shape it has


@pytest.mark.parametrize(
    "fields",
    [
        {"parties": [["A"]]},
        {"parties": [{"A": 1}]},
        {"parties": 5},
        {"speaker": ["A"], "type": "statement"},
        {"figures": 5},
        {"figures": [5]},
        {"figures": [{"name": "x", "value": "1", "party": ["A"]}]},
        {"figures": [{"name": "x", "value": "1"}], "parties": [["A"]]},
        {"company": ["A"], "type": "earnings", "figures": [{"name": "x", "value": "1"}]},
        {"closes": 7},
        {"closes": "7"},
    ],
)
def test_values_of_the_wrong_shape_are_refused_by_name(story: Stream, fields: dict[str, Any]) -> None:
    message = refusal(story, **{"type": "update", **fields})
    assert message.partition(":")[0].partition("[")[0] in ("parties", "speaker", "figures", "company", "closes")


def anything() -> st.SearchStrategy[Any]:
    """Any JSON."""
    plain = st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=5)
    return st.recursive(
        plain, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    )


def is_taken_or_refused(stream: Stream, values: dict[str, Any]) -> bool:
    """Whether the draft is taken, or refused with the exit status of bad input. Any other error is raised."""
    try:
        stream.take(values)
    except TrackerError as error:
        return error.exit_code == 2
    return True


@pytest.mark.slow
@settings(max_examples=150)
@given(drafts(), st.data())
def test_any_draft_is_taken_or_refused_and_never_crashes(values: dict[str, Any], data: st.DataObject) -> None:
    """Whatever is put in place of one of its fields."""
    stream = Stream()
    stream.add("opened", "t")
    field = data.draw(st.sampled_from([*values, "closes", "figures", "parties", "sources", "type"]))
    values = {**values, field: data.draw(anything())}
    assert is_taken_or_refused(stream, values)


@pytest.mark.slow
@settings(max_examples=100)
@given(st.data())
def test_any_correction_is_taken_or_refused_and_never_crashes(data: st.DataObject) -> None:
    stream = Stream()
    stream.add("opened", "t")
    stream.add("earnings", "Q4", company="A", figures=[{"name": "x", "value": "1"}])
    fields = st.sampled_from(["title", "company", "figures", "parties", "sources", "closes", "minor", "id", "x"])
    figures = st.lists(st.fixed_dictionaries({"name": anything()}, optional={"party": anything()}), max_size=2)
    changes = data.draw(st.dictionaries(fields, anything() | figures, max_size=3) | anything())
    values = {
        "type": "correction",
        "corrects": data.draw(st.just("#2") | anything()),
        "changes": changes,
        "why": "w",
    }
    assert is_taken_or_refused(stream, values)


def test_an_unknown_type_suggests_the_nearest(story: Stream) -> None:
    with pytest.raises(Unknown, match="Did you mean report"):
        story.take({"type": "reprot", "title": "t"})


# Laws


@examples(50)
@given(recorded(min_size=2))
def test_what_was_decided_needs_no_more_deciding(stream: Stream) -> None:
    """A recorded line, handed in again at its place, is completed to itself: replays depend on it alone."""
    again = Stream()
    for event in stream.events:
        draft = decide(again.story, what_it_says(event), event.recorded)
        assert what_it_says(draft) == what_it_says(event)
        again.put(draft)


def what_it_says(event: Any) -> dict[str, Any]:
    return {
        name: value for name, value in to_values(event).items() if name not in ("id", "recorded", "salt", "hash")
    }


def test_a_draft_that_was_not_decided_is_not_complete(story: Stream) -> None:
    """The control of the law above."""
    values = {"type": "statement", "title": "t", "speaker": "A"}
    assert what_it_says(from_values(values)) != what_it_says(decide(story.story, values, NOW))


# Corrections that reach beyond their target


@pytest.fixture
def suspended(story: Stream) -> Stream:
    """#2 suspends, #3 reports, #4 reinstates, #5 denies."""
    story.add("suspension", "It stops", subject="ByteDance", by="OpenAI")
    story.add("report", "It is said")
    story.add("reinstatement", "It goes on")
    story.add("denial", "It is not so", by="ByteDance")
    return story


@pytest.mark.parametrize(
    ("seq", "changes", "reason"),
    [
        (4, {"closes": "#3"}, "changes.closes: that opened nothing which could be closed"),
        (3, {"closes": "#2"}, "changes.closes: report does not end ByteDance (suspension)"),
        (2, {"closes": "#2"}, "changes.closes: suspension does not end ByteDance (suspension)"),
        (5, {"about": "#2"}, "changes.about: that is not the report which first made a claim before it"),
        (3, {"about": "#3"}, "changes.about: that is not the report which first made a claim before it"),
        (3, {"occurred": "2031"}, "changes.occurred: 2031 is still to come"),
    ],
)
def test_a_corrected_reference_or_date_has_to_make_sense(
    suspended: Stream, seq: int, changes: dict[str, Any], reason: str
) -> None:
    """As it would have had to when the development was recorded."""
    assert correcting(suspended, seq, **changes).startswith(reason)


def test_a_question_is_closed_by_a_correction(story: Stream) -> None:
    """But only by something that came after it."""
    story.add("update", "Earlier")
    story.add("question", "Why?")
    story.add("update", "Because")
    assert correcting(story, 2, closes="#3").startswith("changes.closes: update does not end Why?")
    story.correct(4, closes="#3")
    assert not story.story.questions[0].in_force


def test_a_denial_is_moved_to_another_claim_by_a_correction(suspended: Stream) -> None:
    suspended.add("report", "Something else is said")
    suspended.add("denial", "Nor is that so", about="#3", by="OpenAI")
    suspended.correct(7, about="#6")
    assert [claim.status for claim in suspended.story.claims] == ["denied", "denied"]


def test_parties_follow_a_corrected_field(suspended: Stream) -> None:
    """The name that was wrong is no longer among them, the right one is."""
    suspended.correct(2, subject="TikTok")
    assert suspended.story.developments[1].event.parties == ("TikTok", "OpenAI")
    suspended.correct(3, title="It is claimed")
    assert "parties" not in suspended.events[-1].changes
    suspended.correct(2, by=None, parties=["TikTok"])
    assert suspended.story.developments[1].event.parties == ("TikTok",)


def test_a_title_that_is_the_types_sentence_follows_what_it_says(story: Stream) -> None:
    """Unless another one is given; one that somebody wrote stands."""
    story.add("suspension", "", subject="ByteDance", by="OpenAI")
    story.correct(2, subject="TikTok")
    assert story.story.developments[1].title == "OpenAI suspends TikTok"
    story.correct(2, reason="terms of use")
    assert "title" not in story.events[-1].changes  # type: ignore[attr-defined]
    story.correct(2, by=None)
    assert story.story.developments[1].title == "TikTok is suspended"
    story.correct(2, by="Microsoft", title="An account is suspended")
    story.correct(2, by="OpenAI")
    assert story.story.developments[1].title == "An account is suspended"


def test_a_title_with_nothing_left_to_say_stays() -> None:
    """Its sentence has lost a field, and there is no shorter one."""
    stream = Stream(
        glossary=declared_by('[rain]\nhelp = "h"\nsentence = "Rain on {place}"\nfields.place.kind = "text"')
    )
    stream.add("opened", "t")
    stream.add("rain", "", place="Rome")
    stream.correct(2, place=None)
    assert stream.story.developments[1].title == "Rain on Rome"


def test_a_sentence_that_is_too_long_for_a_title_is_refused(story: Stream) -> None:
    """Whoever corrects gives one that fits."""
    story.add("suspension", "", subject="ByteDance", by="O" * 150)
    with pytest.raises(BadInput, match=r"changes\.title: is longer than 300 characters"):
        story.correct(2, subject="B" * 190)


def test_a_speakers_role_is_written_into_the_line() -> None:
    """As the desk's directory has it at the time of the statement. A corrected speaker has no role of another."""
    people = b'["A B"]\nkind = "person"\naliases = ["AB"]\nrole = "chief"\nof = "Boeing"\nuntil = "2024-03"'
    stream = Stream(directory=directory.read(people, "parties.toml"))
    stream.add("opened", "A company")
    for occurred, said, role in (("2024-01", {}, "chief of Boeing"), ("2024-05", {}, ""),
                                 ("2024-01", {"role": "spokesman"}, "spokesman")):  # fmt: skip
        event: Any = stream.add("statement", "Told", speaker="AB", occurred=occurred, **said).development.event
        assert (event.speaker, event.role) == ("A B", role)
    stream.correct(2, speaker="C")
    stream.correct(4, speaker="C", role="chair")
    events: list[Any] = [each.event for each in stream.story.developments]
    assert [events[1].role, events[3].role] == ["", "chair"]


def test_further_speakers_have_their_names_and_roles_too() -> None:
    people = b'["A B"]\nkind = "person"\naliases = ["AB"]\nrole = "chief"'
    stream = Stream(directory=directory.read(people, "parties.toml"))
    stream.add("opened", "A company", parties=["Boeing"])
    event: Any = stream.add(
        "statement",
        "Told",
        speaker="C",
        also=[{"speaker": "ab", "behalf": "BOEING"}, {"speaker": "D", "role": "chair"}],
    ).development.event
    assert [(each.speaker, each.behalf, each.role) for each in event.also] == [
        ("A B", "Boeing", "chief"),
        ("D", "", "chair"),
    ]
    for also, field in ((5, "also"), ([5], "also[0]"), ([{"quote": "x"}], "also[0].speaker"),
                        ([{"speaker": "x\ny"}], "also[0].speaker"), ([{"speaker": "\u200b"}], "also[0].speaker"),
                        ([{"speaker": ["A"]}], "also[0].speaker")):  # fmt: skip
        assert refusal(stream, "statement", speaker="C", also=also).partition(":")[0] == field


def test_only_an_expectation_is_scored(story: Stream) -> None:
    """A correction of what an event closes takes its score along."""
    story.add("expectation", "A ruling", due="2025")
    story.add("question", "Why?")
    assert refusal(story, "update", closes="#2", closes_as="late") == (
        "closes_as: 'late' is none of met, missed, withdrawn"
    )
    assert refusal(story, "update", closes="#3", closes_as="met") == (
        "closes_as: says how an expectation came out, and Why? is no expectation"
    )
    assert refusal(story, "update", closes_as="met") == (
        "closes_as: says how an expectation came out, and closes names no expectation"
    )
    story.add("update", "Told")
    assert story.correct(4, closes="#2").development.event.changes["closes_as"] == "met"
    story.correct(4, closes_as="missed")
    assert story.story.expected[0].words == "missed"
    assert story.correct(4, closes="#3").development.event.changes["closes_as"] is None
    with pytest.raises(BadInput, match=r"^changes\.closes_as: says how"):
        story.correct(4, closes_as="missed")


def test_a_figure_belongs_to_a_situation(story: Stream) -> None:
    """Named by its opener or by a change of it; of what opened nothing, it cannot be."""
    fee = {"name": "fee", "value": "1"}
    story.add("agreement", "They agree", between=["A", "B"])
    story.add("change", "It changes", state="eased")
    for reference in ("#2", "story#3", story.events[1].id):
        story.add("update", "Told", figures=[{**fee, "about": reference}])
        assert story.story.readings[0].about == story.events[1].id
    story.correct(4, figures=[{**fee, "value": "2", "about": "#3"}])
    assert story.story.developments[3].event.figures[0].about == story.events[1].id
    opened = r"that opened nothing to which a figure could belong; these are in force: story#2 \(agreement"
    with pytest.raises(BadInput, match=rf"^figures\[0\]\.about: {opened}"):
        story.add("update", "Told", figures=[{**fee, "about": "#1"}])
    with pytest.raises(BadInput, match=rf"^changes\.figures\[0\]\.about: {opened}"):
        story.correct(4, figures=[{**fee, "about": "#1"}])
    story.add("termination", "It ends")
    with pytest.raises(BadInput, match=r"could belong$"):
        story.add("update", "Told", figures=[{**fee, "about": "#1"}])
    check_alone({"type": "update", "title": "Told", "figures": [{**fee, "about": "#9"}, {**fee, "name": "x"}]})
    with pytest.raises(BadInput, match=r"^figures\[0\]"):
        check_alone({"type": "update", "title": "Told", "figures": [5]})


def test_corrected_figures_of_one_name_keep_their_parties_in_order(story: Stream) -> None:
    story.add(
        "update", "Costs", figures=[{"name": "cost", "value": str(n), "party": p} for n, p in ((1, "A"), (2, "B"))]
    )
    story.correct(2, figures=[{"name": "cost", "value": "3"}, {"name": "cost", "value": "4"}])
    assert [(each.party, each.value) for each in story.story.developments[1].event.figures] == [
        ("A", "3"),
        ("B", "4"),
    ]


# The names that parties go by


KNOWN = """
[OpenAI]
aliases = ["Open AI"]
[Microsoft]
aliases = ["MSFT"]
"""


@pytest.fixture
def known() -> Stream:
    """A story of a desk that keeps its parties."""
    stream = Stream(directory=directory.read(KNOWN.encode(), "parties.toml"))
    stream.add("opened", "TikTok and OpenAI", parties=["open ai"])
    return stream


@pytest.mark.parametrize(
    ("type", "fields", "canonical"),
    [
        ("statement", {"speaker": "msft"}, {"speaker": "Microsoft"}),
        ("suspension", {"subject": "MSFT", "by": " Open AI "}, {"subject": "Microsoft", "by": "OpenAI"}),
        ("agreement", {"between": ["MSFT", "Oracle"]}, {"between": ("Microsoft", "Oracle")}),
        ("earnings", {"company": "MSFT"}, {"company": "Microsoft"}),
        ("update", {"parties": ["MSFT", "Microsoft", "Oracle"]}, {"parties": ("Microsoft", "Oracle")}),
    ],
)
def test_aliases_become_names_in_every_field(
    known: Stream, type: str, fields: dict[str, Any], canonical: dict[str, Any]
) -> None:
    """And in ``parties``; whom the desk does not know is taken as written."""
    event: Any = known.add(type, "It happened", **fields).development.event
    assert {name: getattr(event, name) for name in canonical} == canonical
    assert not {"MSFT", "msft", "Open AI"} & {*event.parties}


def test_aliases_become_names_in_figures(known: Stream) -> None:
    figures = [{"name": "cost", "value": "1", "party": "MSFT"}, {"name": "gain", "value": "2"}]
    event: Any = known.add("earnings", "Q4", company="Open AI", figures=figures).development.event
    assert [each.party for each in event.figures] == ["Microsoft", "OpenAI"]
    assert event.parties == ("OpenAI", "Microsoft")


def test_aliases_become_names_in_corrections(known: Stream) -> None:
    """In each field that is changed, and in what follows from it."""
    known.add("suspension", "It stops", subject="Oracle", figures=[{"name": "cost", "value": "1"}])
    known.correct(2, subject="MSFT")
    assert known.events[-1].changes == {  # type: ignore[attr-defined]
        "subject": "Microsoft",
        "figures": [{"party": "Microsoft", "name": "cost", "value": "1"}],
        "parties": ["Microsoft"],
    }
    known.correct(2, figures=[{"name": "cost", "value": "2", "party": "Open AI"}], parties=["open ai", 5][:1])
    changed = known.story.developments[1].event
    assert [each.party for each in changed.figures] == ["OpenAI"]  # type: ignore[attr-defined]
    assert changed.parties == ("OpenAI",)  # type: ignore[attr-defined]


def test_a_correction_leaves_names_alone_that_it_does_not_change(story: Stream) -> None:
    """They were written so before the desk knew who that is."""
    story.add("update", "It happened", parties=["MSFT"], figures=[{"name": "cost", "value": "1"}])
    story.directory = directory.read(KNOWN.encode(), "parties.toml")
    story.correct(2, title="It did happen")
    assert story.events[-1].changes == {"title": "It did happen"}  # type: ignore[attr-defined]
    assert story.story.developments[1].event.parties == ("MSFT",)  # type: ignore[attr-defined]


def test_a_line_does_not_depend_on_who_was_known_when_it_was_recorded(known: Stream) -> None:
    """A closer finds what it closes by the names, however they are written."""
    known.add("suspension", "It stops", subject="MSFT")
    known.add("suspension", "It stops too", subject="Oracle")
    known.add("reinstatement", "It goes on", subject="Microsoft")
    assert known.story.situations[0].ended_by == 4
    assert fold("story", known.events) == known.story


def test_a_closer_finds_what_was_recorded_by_what_is_an_alias_since(story: Stream) -> None:
    story.add("suspension", "It stops", subject="MSFT")
    story.add("agreement", "They agree", between=["MSFT", "Oracle"])
    story.directory = directory.read(KNOWN.encode(), "parties.toml")
    story.add("reinstatement", "It goes on", subject="MSFT")
    story.add("termination", "It is over", between=["Microsoft"])
    assert [each.ended_by for each in story.story.situations] == [4, 5]


# What the type's sentence says


def test_a_title_that_is_left_out_is_the_types_sentence(story: Stream) -> None:
    """It is written into the line, so that a later change of the sentence changes no line."""
    story.add("suspension", subject="ByteDance", by="OpenAI")
    story.add("suspension", subject="Acme")
    story.add("agreement", between=["A", "B", "C"])
    assert [each.title for each in story.story.developments[1:]] == [
        *("OpenAI suspends ByteDance", "Acme is suspended", "A, B and C agree"),
    ]
    assert b'"title":"OpenAI suspends ByteDance"' in story.lines[1]


def test_a_title_that_is_given_stands(story: Stream) -> None:
    story.add("suspension", "ByteDance loses its account", subject="ByteDance")
    assert story.story.developments[1].title == "ByteDance loses its account"


def test_the_sentence_has_names_as_they_are_kept(known: Stream) -> None:
    known.add("suspension", subject="  MSFT ", by=" Oracle ")
    assert known.story.developments[1].title == "Oracle suspends Microsoft"


@pytest.mark.parametrize(
    ("type", "fields", "reason"),
    [
        ("suspension", {}, "subject: is missing"),
        ("reinstatement", {"by": "OpenAI"}, "title: is missing"),
        ("suspension", {"subject": 5}, "subject: has to be a text, not a number"),
        ("suspension", {"subject": {"a": "b"}}, "subject: has to be a text, not an object"),
        ("agreement", {"between": [["A"], "B"]}, "between[0]: has to be a text, not a list"),
        ("suspension", {"subject": "A" * 301}, "subject: is longer than 200 characters"),
    ],
)
def test_where_there_is_nothing_to_make_a_title_of_the_refusal_says_so(
    story: Stream, type: str, fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(BadInput) as refused:
        story.add(type, **fields)
    assert str(refused.value) == reason


# Declared types


def test_a_declared_type_makes_its_title() -> None:
    stream = outages()
    stream.add("outage", service="API")
    assert stream.story.developments[1].title == "API is down"


@pytest.mark.parametrize("cost", ["20", "many EUR", "x", ["1 EUR"], 5])
def test_an_amount_in_a_sentence_that_is_none_is_refused_by_its_field(cost: Any) -> None:
    sentence = 'sentence = "{service} is down, at {cost}"'
    stream = Stream(glossary=declared_by(OUTAGES.replace('sentence = "{service} is down"', sentence)))
    stream.add("opened", "t")
    with pytest.raises(BadInput, match=r"^cost: "):
        stream.add("outage", service="API", cost=cost)
    stream.add("outage", service="API", cost="2000000 EUR")
    assert stream.story.developments[1].title == "API is down, at 2 million EUR"


def test_an_amount_that_was_recorded_as_a_text_is_corrected() -> None:
    """The title that said it is left alone."""
    text = '[rain]\nhelp = "h"\nsentence = "It costs {cost}"\nfields.cost.kind = "text"'
    stream = Stream(glossary=declared_by(text))
    stream.add("opened", "t")
    stream.add("rain", "", cost="soonish")
    stream.glossary = declared_by(text.replace('"text"', '"money"'))
    event = decode(stream.lines[1], glossary=stream.glossary)
    stream.events[1] = event
    draft: Any = decide(
        fold("story", stream.events),
        {"type": "correction", "corrects": "#2", "changes": {"cost": "5 EUR"}, "why": "w"},
        NOW,
        stream.glossary,
    )
    assert draft.changes == {"cost": "5 EUR"}


def test_what_a_declared_type_requires_is_asked_when_it_is_appended() -> None:
    """And not of lines that were stored before; nor may a correction take it away."""
    stream = outages()
    with pytest.raises(BadInput, match="service: is missing"):
        stream.add("outage", "Something is down")
    before = structs.replace(stream.glossary.types["outage"](title="Something is down"))  # type: ignore[call-arg]
    stream.put(before)
    assert stream.story.situations[0].label == "Something is down"
    stream.correct(2, impact="many notice")
    assert stream.story.developments[1].event.impact == "many notice"  # type: ignore[attr-defined]
    stream.add("outage", service="API")
    with pytest.raises(BadInput, match=r"changes\.service: cannot be emptied"):
        stream.correct(4, service=None)


def test_an_outage_is_closed_by_its_own_recovery() -> None:
    stream = outages()
    stream.add("outage", service="API")
    stream.add("outage", service="Website")
    with pytest.raises(BadInput, match="several could be meant, say which"):
        stream.add("recovery", "Back")
    with pytest.raises(BadInput, match="none of these matches"):
        stream.add("recovery", "Back", service="Mail")
    with pytest.raises(BadInput, match="update does not end outage of API"):
        stream.add("update", "Back", closes="#2")
    stream.add("recovery", "Back", service="website")
    assert [each.ended_by for each in stream.story.situations] == [0, 4]


@pytest.mark.parametrize(("kind", "fields"), [("question", {}), ("expectation", {"due": "2024-10"})])
def test_a_declared_type_closes_the_question_or_expectation_that_it_can_mean(
    kind: str, fields: dict[str, str]
) -> None:
    """Like any other situation, without being told which; of several it has to be told."""
    stream = Stream(glossary=declared_by(f'[verdict]\nhelp = "h"\ncloses = "{kind}"'))
    stream.add("opened", "t")
    with pytest.raises(BadInput, match=f"story has no {kind} in force, so nothing ends"):
        stream.add("verdict", "Guilty")
    stream.add(kind, "Who did it", **fields)
    stream.add("verdict", "Guilty")
    assert [each.ended_by for each in stream.story.all_situations] == [3]
    stream.add(kind, "And why", **fields)
    stream.add(kind, "And how", **fields)
    with pytest.raises(BadInput, match="several could be meant, say which"):
        stream.add("verdict", "Guilty")


def test_a_closer_goes_by_parties_and_by_what_labels_name() -> None:
    """Other fields say something about the end, not about what ends."""
    text = OUTAGES.replace('label = "outage of {service}"', 'label = "outage of {service}: {impact}"')
    closer = 'fields.service.kind = "party"\nfields.impact.kind = "text"\nfields.page.kind = "url"\n'
    stream = Stream(glossary=declared_by(text.replace('fields.service.kind = "party"\n', closer)))
    stream.add("opened", "t")
    stream.add("outage", service="API", impact="slow", page="https://status.example/1")
    stream.add("outage", service="API", impact="down", page="https://status.example/1")
    event: Any = stream.add("recovery", "Back", impact="DOWN", page="https://status.example/2").development.event
    assert event.closes == stream.events[2].id


def test_a_declared_type_is_corrected_like_any_other() -> None:
    stream = outages()
    stream.add("outage", service="API", regions=["EU"])
    stream.correct(2, service="Website", cost="5 EUR")
    event: Any = stream.story.developments[1].event
    assert (event.service, event.cost, event.parties) == ("Website", "5 EUR", ("Website", "EU"))
    assert stream.story.situations[0].label == "outage of Website"
    with pytest.raises(Unknown, match=r"there is no field of outage 'servise'\. Did you mean service"):
        stream.correct(2, servise="API")


def test_a_type_that_is_not_declared_is_unknown(story: Stream) -> None:
    with pytest.raises(Unknown, match="there is no type of event 'outage'"):
        story.add("outage", "Down")


def test_a_correction_may_name_the_texts_of_a_picture_alone() -> None:
    """It is completed with the picture, so that a replay needs nothing else."""
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("update", "Seen", image=image(credit="Ann"))
    stream.correct(2, image={"alt": "A pier", "credit": None})
    assert stream.events[2].changes["image"] == image(alt="A pier")  # type: ignore[attr-defined]
    with pytest.raises(BadInput, match=r"changes.image: has no picture whose texts could be corrected"):
        stream.correct(1, image={"alt": "A pier"})
    with pytest.raises(BadInput, match=r"changes.image.width: is missing"):
        stream.correct(2, image={"file": NAME})


@pytest.mark.parametrize(
    ("type", "fields"),
    [
        ("reinstatement", {"subject": "Acme"}),
        ("finding", {"into": "Acme"}),
        ("termination", {"between": ["A", "B"]}),
        ("repeal", {"by": "Acme"}),
    ],
)
def test_what_was_never_opened_is_closed_by_saying_so(type: str, fields: dict[str, Any]) -> None:
    """It ends nothing else, though something of its kind is in force."""
    stream = Stream()
    stream.add("opened", "A story")
    openers: dict[str, tuple[str, dict[str, Any]]] = {
        "reinstatement": ("suspension", {"subject": "B"}),
        "finding": ("investigation", {"into": "B"}),
        "termination": ("agreement", {"between": ["B", "C"]}),
        "repeal": ("policy", {"by": "B", "rule": "R"}),
    }
    opener, opened = openers[type]
    stream.add(opener, "Opened", **opened)
    with pytest.raises(BadInput, match="say so with --unopened"):
        stream.add(type, "It ends", **fields)
    assert stream.add(type, "It ends", unopened=True, **fields).changes == ()
    with pytest.raises(BadInput, match="leave out closes or unopened"):
        stream.add(type, "It ends", unopened=True, closes="#2", **fields)
