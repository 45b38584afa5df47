"""The fold: what each type of event does to the story, in words and in items; and the laws it keeps."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.examples import examples
from tests.strategies import Stream, streams
from tracker.domain.amend import single
from tracker.domain.events import Amendment, Event, Occurrence
from tracker.domain.fold import Replay, Step, apply, fold, replay, unfold
from tracker.domain.story import Story, differences
from tracker.domain.values import from_values
from tracker.text.dates import when


@pytest.fixture
def story() -> Stream:
    """A stream in which the desk has opened a story."""
    stream = Stream()
    stream.add("opened", "TikTok and OpenAI")
    return stream


def a_draft(type: str, **fields: Any) -> Event:
    """A draft that nobody has decided on."""
    return from_values({"type": type, **fields})


def words(step: Step) -> list[str]:
    return [str(change) for change in step.changes]


def named(label: str) -> str:
    """How changes name an item: a question has a mark of its own."""
    return label if label.endswith("?") else f"{label}:"


def stands(stream: Stream) -> dict[str, str]:
    """All items by label, in words."""
    return {item.label: item.words for item in stream.story.items.values()}


# The story itself


def test_opening_gives_title_and_status() -> None:
    stream = Stream()
    step = stream.add("opened", "TikTok", summary="Who pays whom", language="en")
    assert words(step) == ["story: none → TikTok", "status: none → open", "summary: none → Who pays whom"]
    story = stream.story
    assert (story.title, story.status, story.summary, story.language) == ("TikTok", "open", "Who pays whom", "en")
    assert (story.seq, story.head, story.updated) == (1, stream.events[0].hash, stream.events[0].recorded)


def test_a_story_without_events_says_nothing() -> None:
    story = fold("story", [])
    assert (story.title, story.status, story.summary, story.seq, story.head) == ("", "", "", 0, "")


def test_a_summary_replaces_the_one_before(story: Stream) -> None:
    assert words(story.add("summary", "First")) == ["summary: none → First"]
    assert words(story.add("summary", "Second", text="In full")) == ["summary: First → In full"]
    assert words(story.add("summary", "Third", text="In full")) == []


def test_a_story_is_closed_and_reopened(story: Stream) -> None:
    assert words(story.add("closed", "It is over")) == ["status: open → closed"]
    assert words(story.add("reopened", "It is not")) == ["status: closed → open"]
    assert words(story.retract(3)) == ["#3: stands → retracted", "status: open → closed"]


def test_an_update_changes_nothing(story: Stream) -> None:
    step = story.add("update", "Some background")
    assert words(step) == []
    assert step.story.seq == 2
    assert step.development.title == "Some background"


# Situations


SITUATIONS = [
    (
        {"type": "suspension", "subject": "ByteDance", "of": "OpenAI account", "by": "OpenAI"},
        "OpenAI account of ByteDance",
        ("suspended", "reinstated"),
        {"type": "reinstatement"},
    ),
    ({"type": "suspension", "subject": "ByteDance"}, "ByteDance", ("suspended", "reinstated"),
     {"type": "reinstatement", "subject": "bytedance"}),
    ({"type": "investigation", "into": "ByteDance", "by": "OpenAI"}, "OpenAI investigation into ByteDance",
     ("open", "concluded"), {"type": "finding", "outcome": "nothing found"}),
    ({"type": "investigation", "into": "ByteDance"}, "investigation into ByteDance", ("open", "concluded"),
     {"type": "finding", "into": "ByteDance"}),
    ({"type": "agreement", "between": ["Microsoft", "OpenAI"]}, "agreement between Microsoft and OpenAI",
     ("in force", "terminated"), {"type": "termination", "between": ["openai"]}),
    ({"type": "agreement", "between": ["A", "B", "C"]}, "agreement between A, B and C",
     ("in force", "terminated"), {"type": "termination", "between": ["C", "A"]}),
    ({"type": "policy", "by": "OpenAI"}, "OpenAI policy: The title", ("in force", "repealed"),
     {"type": "repeal", "by": "OpenAI", "rule": "the title"}),
    ({"type": "policy", "by": "OpenAI", "rule": "{no} training"}, "OpenAI policy: {no} training",
     ("in force", "repealed"), {"type": "repeal", "rule": "{no} training"}),
    ({"type": "question"}, "The title", ("open", "answered"), {"type": "update", "closes": "#2"}),
    ({"type": "question", "text": "Will it move?"}, "Will it move?", ("open", "answered"),
     {"type": "statement", "speaker": "ByteDance", "closes": "#2"}),
    ({"type": "expectation", "due": "2025-03", "what": "a ruling"}, "a ruling", ("expected March 2025", "missed"),
     {"type": "report", "closes": "#2", "closes_as": "missed"}),
]  # fmt: skip


@pytest.mark.parametrize(("opener", "label", "states", "closer"), SITUATIONS)
def test_a_situation_starts_and_ends(
    story: Stream, opener: dict[str, Any], label: str, states: tuple[str, str], closer: dict[str, Any]
) -> None:
    """Its closer finds it alone, where one alone can be meant, and each change is said in words."""
    before, after = states
    assert words(story.take({**opener, "title": "The title"})) == [f"{named(label)} none → {before}"]
    (situation,) = story.story.situations + story.story.questions + story.story.expected
    assert situation.in_force
    assert (situation.title, situation.seq, situation.id) == ("The title", 2, story.events[1].id)
    step = story.take({**closer, "title": "Its end", "occurred": "2024-07"})
    assert f"{named(label)} {before} → {after}" in words(step)
    (situation,) = story.story.situations + story.story.questions + story.story.expected
    assert not situation.in_force
    assert (situation.ended_by, situation.ended, situation.until) == (3, "2024-07", "2024-07")


@pytest.mark.parametrize(("opener", "label", "states", "closer"), SITUATIONS)
def test_a_situation_retracted_never_was(
    story: Stream, opener: dict[str, Any], label: str, states: tuple[str, str], closer: dict[str, Any]
) -> None:
    story.take({**opener, "title": "The title"})
    assert words(story.retract(2)) == ["#2: stands → retracted", f"{named(label)} {states[0]} → none"]


@pytest.mark.parametrize(("opener", "label", "states", "closer"), SITUATIONS)
def test_a_closer_retracted_leaves_the_situation_in_force(
    story: Stream, opener: dict[str, Any], label: str, states: tuple[str, str], closer: dict[str, Any]
) -> None:
    story.take({**opener, "title": "The title"})
    story.take({**closer, "title": "Its end"})
    assert f"{named(label)} {states[1]} → {states[0]}" in words(story.retract(3))


def test_an_announced_end_is_not_an_end(story: Stream) -> None:
    story.add("suspension", "Stopped", subject="ByteDance", until="2024-12")
    (situation,) = story.story.situations
    assert (situation.in_force, situation.until, situation.announced) == (True, "2024-12", "2024-12")
    story.add("reinstatement", "Back")
    (situation,) = story.story.situations
    assert (situation.in_force, situation.until, situation.ended) == (False, "", "")


def test_what_was_ended_stays_ended_by_the_first(story: Stream) -> None:
    """A second closer, valid when the first was withdrawn, ends nothing once the first stands again."""
    story.add("suspension", "Stopped", subject="ByteDance")
    story.add("reinstatement", "Back")
    story.retract(3)
    story.add("reinstatement", "Back again")
    assert story.story.situations[0].ended_by == 5
    story.retract(4)
    assert story.story.situations[0].ended_by == 3


def test_a_closer_of_another_kind_ends_nothing(story: Stream) -> None:
    """A line that was written by other means cannot end what its type does not end."""
    story.add("policy", "No training", by="OpenAI")
    for type in ("reinstatement", "update", "closed"):
        story.put(a_draft(type, title="Its end", closes=story.events[1].id))
    assert story.story.situations[0].in_force


SCORED = [
    # the due date, when what closes it occurred, how it says that it came out; then the words, and the days
    ("2024-03", "2024-03-10", "", "met", 0),
    ("2024-03-10", "2024-03-13", "", "met 3 days late", 3),
    ("2024-03-10", "2024-03-09", "met", "met 1 day early", -1),
    ("2024-03", "2024-04-01", "", "met 1 day late", 1),
    ("2024-03", "2024", "", "met", 0),
    ("2024-03", "2024-03/2024-05", "", "met", 0),
    ("2024-03-10T17:00Z", "2024-03-10T19:00Z", "", "met", 0),
    ("2024-03/..", "2024-07", "", "met", 0),
    ("2024-03-10", "2024-03-13", "missed", "missed", 0),
    ("2024-03-10", "2024-03-01", "withdrawn", "withdrawn", 0),
]


@pytest.mark.parametrize(("due", "occurred", "closes_as", "words_of", "days"), SCORED)
def test_an_expectation_is_scored_by_what_closes_it(
    story: Stream, due: str, occurred: str, closes_as: str, words_of: str, days: int
) -> None:
    """In time unless it definitely came before or after. The line says how, so a replay needs no default."""
    story.add("expectation", "A ruling", due=due)
    said = {"closes_as": closes_as} if closes_as else {}
    step = story.add("update", "The ruling", closes="#2", occurred=occurred, **said)
    assert any(each.endswith(f"→ {words_of}") for each in words(step))
    (expected,) = story.story.expected
    assert (expected.words, expected.score, expected.days) == (words_of, closes_as or "met", days)
    assert expected.followers == ((closes_as or "met", 3),)
    assert step.development.event.closes_as == (closes_as or "met")  # type: ignore[union-attr]
    assert fold("story", story.events) == story.story


def test_an_expectation_that_was_put_off_is_scored_by_its_last_date(story: Stream) -> None:
    story.add("expectation", "A ruling", due="2024-03-10")
    story.add("change", "It is put off", about="#2", until="2024-06")
    story.add("update", "The ruling", closes="#2", occurred="2024-07-02")
    assert story.story.expected[0].words == "met 2 days late"
    story.correct(4, occurred="2024-06-30")
    assert story.story.expected[0].words == "met"
    story.retract(4)
    assert (story.story.expected[0].in_force, story.story.expected[0].score) == (True, "")


def test_an_older_line_settles_an_expectation_without_a_score(story: Stream) -> None:
    """Only an expectation is scored, and one that has no date is met at any time."""
    story.add("expectation", "A ruling", due="2024-03-10")
    story.add("question", "Why?")
    for seq, closes_as in ((2, ""), (3, "met")):
        story.put(a_draft("update", title="It ends", closes=story.events[seq - 1].id, closes_as=closes_as))
    assert [(each.words, each.score) for each in story.story.all_situations] == [("settled", ""), ("answered", "")]


# Situations that change while they are in force


MOVED = [
    # changes: each with when it occurred; then the state, the history, the announced end
    ([("eased", "2024-01-24")], "eased", ["suspended", "eased"]),
    ([("eased", "2024-01-24"), ("lifted in part", "2024-02")], "lifted in part",
     ["suspended", "eased", "lifted in part"]),
    ([("eased", "2024-01-24"), ("widened", "2024-01-10")], "eased", ["suspended", "widened", "eased"]),
    ([("eased", "2024-01-24"), ("widened", "2024-01")], "widened", ["suspended", "eased", "widened"]),
    ([("eased", ""), ("widened", "2024-01-10")], "eased", ["suspended", "widened", "eased"]),
    ([("before it began", "2023")], "before it began", ["suspended", "before it began"]),
    ([("eased", "2024-01-24"), ("", "2024-02")], "eased", ["suspended", "eased", ""]),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "state", "history"), MOVED)
def test_a_situation_changes_while_it_is_in_force(
    story: Stream, changes: list[tuple[str, str]], state: str, history: list[str]
) -> None:
    """A change that is recorded late takes its place among the states, by when it occurred."""
    story.add("suspension", "Grounded", subject="Fleet", occurred="2024-01-06", until="2024-03")
    for words_of, occurred in changes:
        given = {"state": words_of} if words_of else {"until": "2024-05"}
        story.add("change", "It changes", **given, **({"occurred": occurred} if occurred else {}))
    (situation,) = story.story.situations
    assert situation.in_force
    assert (situation.words, [each.words for each in situation.states]) == (state, history)
    assert situation.until == ("2024-05" if "" in history else "2024-03")
    assert fold("story", story.events) == story.story


def test_a_change_is_told_in_words_and_can_be_taken_back(story: Stream) -> None:
    story.add("suspension", "Grounded", subject="Fleet")
    assert words(story.add("change", "Eased", state="may fly")) == ["Fleet: suspended → may fly"]
    assert words(story.correct(3, state="may fly again")) == [
        "#3 state: may fly → may fly again",
        "#3: stands → corrected",
        "Fleet: may fly → may fly again",
    ]
    assert words(story.retract(3)) == ["#3: corrected → retracted", "Fleet: may fly again → suspended"]
    assert words(story.retract(5)) == [
        "#5: stands → retracted",
        "Fleet: suspended → may fly again",
    ]


PENDING = [
    # the opener's own state, then a change's, then the closer's; and what each leaves
    ({"pending": "awaits the judge"}, {"state": "approved"}, {"state": "rejected"},
     ["pending (awaits the judge)", "approved", "rejected"]),
    ({"state": "agreed", "pending": "awaits the judge"}, {"pending": "awaits an appeal"}, {},
     ["agreed (awaits the judge)", "pending (awaits an appeal)", "terminated"]),
    ({"state": "agreed"}, {"state": "approved", "pending": "awaits money"}, {},
     ["agreed", "approved (awaits money)", "terminated"]),
    ({"pending": "awaits the judge"}, {"until": "2025"}, {},
     ["pending (awaits the judge)", "pending (awaits the judge)", "terminated"]),
    ({}, {"pending": "awaits a review"}, {}, ["in force", "pending (awaits a review)", "terminated"]),
]  # fmt: skip


@pytest.mark.parametrize(("opener", "change", "closer", "states"), PENDING)
def test_a_situation_may_wait_for_something(
    story: Stream, opener: dict[str, str], change: dict[str, str], closer: dict[str, str], states: list[str]
) -> None:
    """A change moves it on, and a closer may say how it ends."""
    found = []
    types = ("agreement", opener | {"between": ["A", "B"]}), ("change", change), ("termination", closer)
    for type, fields in types:
        story.add(type, "It moves", **fields)
        (situation,) = story.story.situations
        found.append(situation.words)
        assert situation.is_pending == ("(" in situation.words)
    assert found == states
    assert fold("story", story.events) == story.story


@pytest.mark.parametrize("type", ["suspension", "investigation", "policy", "question", "expectation"])
def test_every_opener_may_say_its_state_and_what_it_waits_for(story: Stream, type: str) -> None:
    needs = {"suspension": {"subject": "A"}, "investigation": {"into": "A"}, "policy": {"by": "A"}}
    fields: dict[str, Any] = needs.get(type, {"due": "2025"} if type == "expectation" else {})
    story.add(type, "It begins", state="drafted", pending="a vote", **fields)
    (situation,) = story.story.all_situations
    assert (situation.word, situation.awaits, situation.words) == ("drafted", "a vote", "drafted (a vote)")
    assert situation.is_pending == (situation.listed == "situations")


@pytest.mark.parametrize(
    ("occurred", "history"),
    [("2024-02-01", ["suspended", "eased"]), ("2024-03-01", ["suspended"]), ("2024", ["suspended"])],
)
def test_after_the_end_only_an_earlier_change_counts(story: Stream, occurred: str, history: list[str]) -> None:
    """A line that was written by other means changes nothing that had ended."""
    story.add("suspension", "Grounded", subject="Fleet", occurred="2024-01-06")
    story.add("reinstatement", "Back", occurred="2024-03-01")
    story.put(a_draft("change", title="Eased", about=story.events[1].id, state="eased", occurred=occurred))
    (situation,) = story.story.situations
    assert (situation.words, [each.words for each in situation.states]) == ("reinstated", history)


def test_a_change_of_nothing_has_no_effect(story: Stream) -> None:
    """Its opener is withdrawn, or the line names a development that opened nothing."""
    story.add("suspension", "Grounded", subject="Fleet")
    story.add("change", "Eased", state="eased")
    assert words(story.retract(2)) == ["#2: stands → retracted", "Fleet: eased → none"]
    assert words(story.put(a_draft("change", title="Eased", about=story.events[0].id, state="eased"))) == []


# Claims


def claim(stream: Stream) -> tuple[str, int, tuple[int, ...]]:
    (claim,) = stream.story.claims
    return claim.status, claim.origins, claim.reports


def test_a_report_makes_a_claim(story: Stream) -> None:
    step = story.add("report", "They pay", claim="ByteDance pays Microsoft", sources=[{"publisher": "CNN"}])
    assert words(step) == ["ByteDance pays Microsoft: none → reported"]
    assert claim(story) == ("reported", 1, (2,))


def test_a_title_says_the_claim_where_it_is_left_out(story: Stream) -> None:
    assert words(story.add("report", "They pay")) == ["They pay: none → reported"]


def test_corroboration_counts_independent_origins(story: Stream) -> None:
    story.add("report", "They pay", sources=[{"publisher": "The Information"}])
    one_more = story.add("report", "CNN too", about="#2", sources=[{"publisher": "CNN", "via": "The Information"}])
    assert words(one_more) == []
    assert claim(story) == ("reported", 1, (2, 3))
    independent = story.add("report", "So does Reuters", about="#3", sources=[{"publisher": "Reuters"}])
    assert words(independent) == ["They pay: reported → reported, 2 independent origins"]
    assert claim(story) == ("reported", 2, (2, 3, 4))
    assert words(story.retract(4)) == [
        "#4: stands → retracted",
        "They pay: reported, 2 independent origins → reported",
    ]


@pytest.mark.parametrize(
    ("stances", "status"),
    [
        ([("confirmation", "OpenAI")], "confirmed"),
        ([("denial", "OpenAI")], "denied"),
        ([("confirmation", "OpenAI"), ("confirmation", "Microsoft")], "confirmed"),
        ([("confirmation", "OpenAI"), ("denial", "ByteDance")], "disputed"),
        ([("denial", "OpenAI"), ("confirmation", "OpenAI")], "confirmed"),
        ([("denial", "OpenAI"), ("confirmation", "OpenAI"), ("denial", "Microsoft")], "disputed"),
        ([("denial", "OpenAI"), ("denial", "Microsoft"), ("confirmation", "OpenAI")], "disputed"),
        ([("confirmation", ""), ("denial", "")], "disputed"),
    ],
)
def test_a_claim_goes_by_the_latest_stance_of_each_party(
    story: Stream, stances: list[tuple[str, str]], status: str
) -> None:
    """Whoever changes their mind is no dispute; stances without a name never replace each other."""
    story.add("report", "They pay")
    for type, by in stances:
        story.add(type, "They say so", by=by)
    assert claim(story)[0] == status


def test_a_stance_is_a_change_in_words(story: Stream) -> None:
    story.add("report", "They pay")
    assert words(story.add("denial", "No", by="A")) == ["They pay: reported → denied"]
    assert words(story.add("confirmation", "Yes", by="B")) == ["They pay: denied → disputed"]
    assert words(story.retract(3)) == ["#3: stands → retracted", "They pay: disputed → confirmed"]


def test_a_retracted_report_leaves_its_claim_behind(story: Stream) -> None:
    """It rests on the other reports; where all are withdrawn it is retracted, whatever else was said of it."""
    story.add("report", "They pay", sources=[{"publisher": "A"}])
    story.add("report", "Yes", about="#2", sources=[{"publisher": "B"}])
    story.add("confirmation", "They say so")
    assert words(story.retract(2)) == [
        "#2: stands → retracted",
        "They pay: confirmed, 2 independent origins → confirmed",
    ]
    assert claim(story) == ("confirmed", 1, (3,))
    assert words(story.retract(3)) == ["#3: stands → retracted", "They pay: confirmed → retracted"]
    assert claim(story) == ("retracted", 0, ())
    assert story.story.claim(story.events[1].id) is story.story.claims[0]
    assert story.story.claim("nobody's") is None


def test_a_line_about_no_claim_has_no_effect(story: Stream) -> None:
    for type in ("report", "confirmation", "denial"):
        assert words(story.put(a_draft(type, title="About it", about=story.events[0].id))) == []
    assert story.story.claims == []


# Positions


def test_a_statement_is_its_speakers_position(story: Stream) -> None:
    first = story.add("statement", "It will work with OpenAI", speaker="ByteDance", to="CNN", quote="We will.")
    assert words(first) == ["ByteDance says: none → “We will.”"]
    second = story.add("statement", "It has its own model", speaker="ByteDance")
    assert words(second) == ["ByteDance says: “We will.” → It has its own model"]
    (position,) = story.story.positions
    assert (position.party, position.seq, position.to, position.quote) == ("ByteDance", 3, "", "")
    assert words(story.retract(3)) == [
        "#3: stands → retracted",
        "ByteDance says: It has its own model → “We will.”",
    ]


@pytest.mark.parametrize(
    ("first", "second", "kept"),
    [
        ("2024-03", "2024-02", "first"),
        ("2024-03", "2024-04", "second"),
        ("2024-03", "2024-03", "second"),
        ("2024-03-15", "2024-03", "second"),
        ("2024", "2024-02", "second"),
        ("2024-03", "2023", "first"),
        ("2024-03", "", "second"),
        ("", "2023", "first"),
        ("", "", "second"),
    ],
)
@pytest.mark.parametrize("what", ["statement", "figure"])
def test_what_occurred_last_counts_not_what_was_recorded_last(
    story: Stream, first: str, second: str, kept: str, what: str
) -> None:
    """What is recorded late does not replace what was definitely said after it; in doubt, the log's order.
    Without a date it occurred when it was recorded."""
    for title, occurred in (("first", first), ("second", second)):
        more = {"occurred": occurred} if occurred else {}
        if what == "statement":
            step = story.add("statement", title, speaker="OpenAI", **more)
        else:
            figure = {"name": "x", "value": "1", "according_to": title}
            step = story.add("update", title, figures=[figure], **more)
    assert bool(words(step)) == (kept == "second")
    item = (story.story.positions or story.story.readings)[0]
    assert kept in item.words


def test_a_statement_for_a_party_is_that_partys_position(story: Stream) -> None:
    """Whoever speaks for it next replaces it, and the speaker has no position of its own by that."""
    story.add("statement", "No", speaker="Boeing")
    step = story.add("statement", "Yes", speaker="A B", behalf="boeing", role="chief executive")
    assert words(step) == ["Boeing says: No → Yes"]
    (position,) = story.story.positions
    assert (position.party, position.speaker, position.role) == ("Boeing", "A B", "chief executive")
    assert step.development.event.parties == ("A B", "Boeing")  # type: ignore[union-attr]
    story.add("statement", "I do not", speaker="A B")
    assert [(each.party, each.speaker) for each in story.story.positions] == [("Boeing", "A B"), ("A B", "")]


def test_one_statement_has_several_speakers(story: Stream) -> None:
    """Each takes a position, with words and a role of its own; a withdrawn statement takes none."""
    story.add("statement", "No", speaker="NTSB")
    also = [
        {"speaker": "C", "quote": "We look.", "to": "CNN", "role": "chair"},
        {"speaker": "D", "behalf": "ntsb", "quote": "So do we."},
        {"speaker": "E"},
    ]
    step = story.add("statement", "They speak", speaker="A", quote="We care.", also=also)
    assert words(step) == [
        "A says: none → “We care.”",
        "C says: none → “We look.”",
        "NTSB says: No → “So do we.”",
        "E says: none → They speak",
    ]
    assert step.development.event.parties == ("A", "C", "D", "NTSB", "E")  # type: ignore[union-attr]
    found = {each.party: (each.speaker, each.role, each.to) for each in story.story.positions}
    assert found == {"NTSB": ("D", "", ""), "A": ("", "", ""), "C": ("", "chair", "CNN"), "E": ("", "", "")}
    assert "#3 also: C: “We look.”; D: “So do we.”; E → C" in words(story.correct(3, also=[{"speaker": "C"}]))
    assert fold("story", story.events) == story.story
    story.retract(3)
    assert [each.words for each in story.story.positions] == ["No"]
    assert fold("story", story.events) == story.story


# Figures


@pytest.mark.parametrize(
    ("value", "verdict"), [("29", "below"), ("30", "within"), ("31", "within"), ("32", "above")]
)
def test_earnings_are_judged_against_what_was_expected(story: Stream, value: str, verdict: str) -> None:
    growth = {"name": "Azure growth", "value": value, "unit": "%", "expected_low": "30", "expected_high": "31"}
    step = story.add("earnings", "Q4", company="Microsoft", period="Q4 FY2024", figures=[growth])
    assert words(step) == [f"Microsoft: Azure growth: none → {value}% ({verdict} the 30 to 31% expected)"]
    assert story.story.readings[0].figure.party == "Microsoft"


def test_a_figure_stands_on_any_development(story: Stream) -> None:
    """It is the latest of its party, name and unit; one of another party is another figure."""
    cost = {"name": "cost", "value": "5", "unit": "USD", "party": "TikTok"}
    assert words(story.add("update", "One", figures=[cost])) == ["TikTok: cost: none → 5 USD"]
    two = story.add("report", "Two", figures=[{**cost, "value": "6"}, {**cost, "party": "OpenAI"}])
    assert words(two) == ["Two: none → reported", "TikTok: cost: 5 USD → 6 USD", "OpenAI: cost: none → 5 USD"]
    assert words(story.retract(3)) == [
        "#3: stands → retracted",
        "TikTok: cost: 6 USD → 5 USD",
        "Two: reported → retracted",
        "OpenAI: cost: 5 USD → none",
    ]


def test_a_figure_without_a_party_is_named_alone(story: Stream) -> None:
    """Beside one that has a party, it is taken to be of the same."""
    assert words(story.add("update", "One", figures=[{"name": "cost", "value": "5"}])) == ["cost: none → 5"]
    two = story.add(
        "update", "Two", figures=[{"name": "a", "value": "1"}, {"name": "b", "value": "2", "party": "P"}]
    )
    assert words(two) == ["P: a: none → 1", "P: b: none → 2"]


def test_the_last_of_one_events_like_figures_counts(story: Stream) -> None:
    """In older lines. Of two dates in one event, the later one counts."""
    cost = {"name": "cost", "value": "5"}
    twice = structs.replace(a_draft("update", title="One", figures=[cost, {**cost, "name": "x", "value": "6"}]))
    same = tuple(structs.replace(each, name="cost") for each in twice.figures)  # type: ignore[attr-defined]
    assert words(story.put(structs.replace(twice, figures=same))) == ["cost: none → 6"]  # type: ignore[call-arg]
    dead = [{"name": "dead", "value": value, "as_of": day} for value, day in (("9", "2024-03"), ("4", "2024-01"))]
    assert words(story.add("update", "Two", figures=dead)) == ["dead: none → 9, as of March 2024"]
    assert fold("story", story.events) == story.story


@pytest.mark.parametrize(
    ("other", "stands_too"),
    [({"value": "6"}, False), ({"unit": "EUR"}, True), ({"per": "month"}, True), ({"party": "TikTok"}, True),
     ({"name": "price"}, True), ({"according_to": "CNN"}, False), ({"party": "openai"}, False)],
)  # fmt: skip
def test_a_series_has_one_party_name_and_unit(story: Stream, other: dict[str, str], stands_too: bool) -> None:
    cost = {"name": "cost", "value": "5", "unit": "USD", "party": "OpenAI"}
    story.add("update", "One", figures=[cost])
    story.add("update", "Two", figures=[{**cost, **other}])
    assert (len(story.story.readings) == 2) == stands_too


def test_a_figure_counts_from_its_own_date(story: Stream) -> None:
    """What was counted before replaces nothing, although it was told later."""
    story.add("update", "One", figures=[{"name": "dead", "value": "15"}], occurred="2024-03-10")
    early = {"name": "dead", "value": "12", "as_of": "2024-03-08", "according_to": "the police"}
    assert words(story.add("update", "Two", figures=[early], occurred="2024-03-12")) == []
    late = {**early, "value": "16", "as_of": "2024-03-11"}
    assert words(story.add("update", "Three", figures=[late], occurred="2024-03-12")) == [
        "dead: 15 → 16, according to the police, as of 11 March 2024"
    ]


STAKE = {"name": "stake", "value": "49", "unit": "%", "party": "A"}

ENDED = [
    # the opener, its closer; how its own figures are marked
    ({"type": "agreement", "between": ["A", "B"]}, "termination", "agreement terminated"),
    ({"type": "suspension", "subject": "A"}, "reinstatement", "suspension reinstated"),
    ({"type": "investigation", "into": "A"}, "finding", "investigation concluded"),
    ({"type": "question"}, "update", ""),
    ({"type": "expectation", "what": "A vote", "due": "2024-09"}, "update", ""),
]


@pytest.mark.parametrize(("opener", "closer", "mark"), ENDED)
def test_figures_of_what_ended_are_marked(story: Stream, opener: dict[str, Any], closer: str, mark: str) -> None:
    """Those of its own event, unless that is a question or an expectation, and those that name it. An amendment
    takes the mark back, and so does a later figure."""
    story.take({**opener, "title": "It begins", "figures": [STAKE]})
    story.add("update", "Told", figures=[{**STAKE, "name": "price", "about": "#2"}])
    step = story.take({"type": closer, "title": "It ends", "closes": "#2"})
    own = [f"A: stake: 49% → 49% ({mark})"] if mark else []
    assert [each for each in words(step) if "stake" in each] == own
    (situation,) = story.story.all_situations
    ended = f"{situation.kind} {situation.ended_word}"
    assert f"A: price: 49% → 49% ({ended})" in words(step)
    late = story.add("update", "Told late", figures=[{**STAKE, "name": "fee", "about": "#2"}])
    assert words(late) == [f"A: fee: none → 49% ({ended})"]
    assert fold("story", story.events) == story.story
    taken_back = words(story.retract(4))
    assert f"A: price: 49% ({ended}) → 49%" in taken_back
    assert fold("story", story.events) == story.story
    story.retract(6)
    assert fold("story", story.events) == story.story
    assert words(story.add("update", "Anew", figures=[{**STAKE, "name": "price"}])) == [
        f"A: price: 49% ({ended}) → 49%"
    ]
    story.correct(3, figures=None)
    story.redact(2)
    assert fold("story", story.events) == story.story
    assert not any(each.outdated for each in story.story.readings)


def test_a_figure_about_what_opened_nothing_is_never_marked(story: Stream) -> None:
    story.put(a_draft("update", title="Told", figures=[{**STAKE, "about": story.events[0].id}]))
    assert [each.outdated for each in story.story.readings] == [""]


def test_a_fold_that_forgets_the_mark_would_be_noticed(story: Stream, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the test above."""
    story.add("agreement", "It begins", between=["A", "B"], figures=[STAKE])
    monkeypatch.setattr("tracker.domain.fold._mark_outdated", lambda story, before: None)
    story.add("termination", "It ends")
    monkeypatch.undo()
    assert fold("story", story.events) != story.story


# Several effects of one event


def test_one_event_can_change_several_things(story: Stream) -> None:
    story.add("question", "Will it move?")
    step = story.add(
        "statement", "It will", speaker="ByteDance", closes="#2", figures=[{"name": "models", "value": "2"}]
    )
    assert words(step) == [
        "ByteDance says: none → It will",
        "ByteDance: models: none → 2",
        "Will it move? open → answered",
    ]
    assert stands(story) == {
        "story": "TikTok and OpenAI",
        "status": "open",
        "Will it move?": "answered",
        "ByteDance says": "It will",
        "ByteDance: models": "2",
    }


# Amendments, in words


def test_a_correction_says_what_it_did_to_its_target_and_to_the_story(story: Stream) -> None:
    story.add("report", "They pay 20 million", occurred="2024-02")
    step = story.correct(2, title="They pay 30 million", occurred="2024-03~")
    assert words(step) == [
        "#2 title: They pay 20 million → They pay 30 million",
        "#2 occurred: February 2024 → about March 2024",
        "#2: stands → corrected",
    ]
    assert step.development.title == "Correction of #2: They pay 30 million"
    assert story.story.claims[0].label == "They pay 30 million"
    assert words(story.correct(2, body="More")) == ["#2 body: nothing → More"]


def test_an_amendment_of_no_earlier_event_does_nothing(story: Stream) -> None:
    """A line written by other means may name anything."""
    step = story.put(a_draft("retraction", why="a slip", retracts="00000000-0000-7000-8000-000000000000"))
    assert words(step) == []
    assert step.development.target == 0


# In part, and in the order of the world


def by_2024_06(event: Event) -> bool:
    return isinstance(event, Occurrence) and when(event.occurred, event.recorded).earliest.local < "2024-07"


def told_in_part(stream: Stream) -> dict[int, list[str]]:
    return {step.development.seq: words(step) for step in replay("story", stream.events, by_2024_06)}


def test_a_replay_of_some_passes_over_the_others(story: Stream) -> None:
    """An amendment of what is in it neither before nor after is passed over too."""
    story.add("statement", "Yes", speaker="OpenAI", occurred="2024-01")
    story.add("statement", "No", speaker="OpenAI", occurred="2024-07")
    story.correct(3, title="Never")
    story.correct(2, body="More")
    story.retract(4)
    assert told_in_part(story) == {
        2: ["OpenAI says: none → Yes"],
        5: ["#2 body: nothing → More", "#2: stands → corrected"],
    }


def test_a_corrected_date_brings_a_development_in_or_puts_it_out(story: Stream) -> None:
    story.add("statement", "Yes", speaker="OpenAI", occurred="2024-07")
    story.correct(2, occurred="2024-01")
    story.correct(2, occurred="2024-07")
    told = told_in_part(story)
    assert told[3] == [
        "#2 occurred: July 2024 → January 2024",
        "#2: stands → corrected",
        "OpenAI says: none → Yes",
    ]
    assert told[4] == ["#2 occurred: January 2024 → July 2024", "OpenAI says: Yes → none"]
    assert 2 not in told


def test_a_replay_of_some_goes_on_from_any_place(story: Stream) -> None:
    """Its number and head are the log's."""
    story.add("statement", "Yes", speaker="OpenAI", occurred="2024-07")
    replayed = Replay("story", story.events, wanted=by_2024_06)
    assert (replayed.story.seq, replayed.story.head, replayed.story.items) == (2, story.events[1].hash, {})
    assert Replay("story", wanted=by_2024_06).story == Story("story")


def in_the_world(stream: Stream) -> list[int]:
    return [step.development.seq for step in unfold("story", stream.story.developments)]


def test_the_order_of_the_world(story: Stream) -> None:
    """By the earliest instant, the latest, the log; the opening first, and no amendments."""
    story.add("update", "Late", occurred="2024-03")
    story.add("update", "Undated")
    story.add("update", "A year", occurred="2023")
    story.add("update", "A month", occurred="2023-01")
    story.add("update", "Another", occurred="2023-01")
    story.correct(2, body="More")
    assert in_the_world(story) == [1, 5, 6, 4, 2, 3]


def test_a_removed_text_takes_the_place_of_an_undated_one(story: Stream) -> None:
    story.add("update", "One", occurred="2023")
    story.add("update", "Two", occurred="2024-03")
    story.correct(2, occurred="2022")
    story.redact(2)
    assert in_the_world(story) == [1, 3, 2]


def test_nothing_comes_before_what_it_refers_to(story: Stream) -> None:
    """It follows right after that, before what is dated later."""
    story.add("report", "They pay", occurred="2024-03")
    story.add("confirmation", "Yes", about="#2", by="OpenAI", occurred="2024-01")
    story.add("question", "Why?", occurred="2024-02")
    story.add("update", "Therefore", closes="#4", occurred="../2024-02")
    story.add("update", "Later", occurred="2024-03-02")
    assert in_the_world(story) == [1, 4, 5, 2, 3, 6]


# Laws


def _items(story: Story) -> Story:
    return structs.replace(story, items=dict(story.items), developments=list(story.developments))


def disagreement(events: list[Event], step_of: Any = None) -> str:
    """Where the changes that a step reports are not the difference it makes."""
    replayed, stepping = Replay("story"), step_of or (lambda step: step.changes)
    for event in events:
        before = _items(replayed.story)
        step = replayed.step(event)
        if not isinstance(event, Amendment) and set(stepping(step)) != set(differences(before, step.story)):
            return f"at {event}"
    return ""


@examples(60)
@given(streams())
def test_the_changes_of_a_step_are_the_difference_it_makes(events: list[Event]) -> None:
    assert not disagreement(events)


def test_a_change_left_out_would_be_noticed(story: Stream) -> None:
    """The control of the law above."""
    story.add("report", "They pay")
    assert disagreement(story.events, lambda step: step.changes[1:])


@examples(60)
@given(streams(max_size=15))
def test_a_replay_ends_where_the_fold_does(events: list[Event]) -> None:
    (*_, last) = replay("story", events)
    assert last.story == fold("story", events)


@examples(60)
@given(st.data(), streams(min_size=2))
def test_a_story_goes_on_from_any_place_to_the_same_end(data: st.DataObject, events: list[Event]) -> None:
    """The fold is incremental: a prefix folded at once and the rest step by step is the whole."""
    place = data.draw(st.integers(0, len(events)))
    assert resumed(Replay, events, place) == fold("story", events)


def resumed(kind: type[Replay], events: list[Event], place: int) -> Story:
    replayed = kind("story", events[:place])
    for event in events[place:]:
        replayed.step(event)
    return replayed.story


class ForgetsAmendments(Replay):
    """A replay that takes an amendment for an event like any other."""

    def step(self, event: Event) -> Step:
        self.events.append(event)
        changes = apply(self.story, single(len(self.events), event))
        return Step(self.story.developments[-1], changes, self.story)


def test_a_replay_that_forgets_amendments_would_be_noticed(story: Stream) -> None:
    """The control of the two laws above."""
    story.add("statement", "Yes", speaker="OpenAI")
    story.retract(2)
    assert resumed(Replay, story.events, 2) == fold("story", story.events)
    assert resumed(ForgetsAmendments, story.events, 2) != fold("story", story.events)


@examples(40)
@given(streams())
def test_a_step_tells_of_its_own_event(events: list[Event]) -> None:
    for number, step in enumerate(replay("story", events), 1):
        assert (step.development.seq, step.development.original) == (number, events[number - 1])
        assert (step.story.seq, step.story.head) == (number, events[number - 1].hash)


@examples(40)
@given(streams())
def test_folding_leaves_the_events_alone_and_says_the_same_again(events: list[Event]) -> None:
    assert fold("story", events) == fold("story", list(events))
    assert fold("story", events).items.keys() == {item.key for item in fold("story", events).items.values()}
