"""Where things stand, in lines: every section, its order, and how dates are said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from msgspec import structs

from tests.strategies import Stream, streams
from tracker.domain.events import Event
from tracker.domain.fold import fold
from tracker.text.dates import END, Edge, Moment, Occurred, edge, moment
from tracker.views.bitemporal import as_of
from tracker.views.briefing import Section, briefing, dated, due_by, overdue, since


def lines(stream: Stream) -> dict[str, list[str]]:
    return {section.heading: [line for line, _ in section.lines] for section in briefing(stream.story)}


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "TikTok and OpenAI")
    return stream


def test_a_story_in_which_nothing_stands_has_no_sections(story: Stream) -> None:
    assert briefing(story.story) == []


def test_all_that_stands_is_said_in_a_fixed_order(story: Stream) -> None:
    story.add("question", "Will it move?")
    story.add("question", "Why?")
    story.add("expectation", "A ruling", due="2025-03")
    story.add("expectation", "A report", due="2024-12")
    story.add("statement", "They talk", speaker="ByteDance", quote="We talk.", to="CNN", occurred="2023-12")
    story.add("statement", "No comment", speaker="OpenAI")
    story.add("update", "Costs", figures=[{"name": "cost", "value": "5", "unit": "USD"}], occurred="2024")
    story.add("report", "They pay", occurred="2024-03~", sources=[{"publisher": "A"}, {"publisher": "B"}])
    story.add("report", "They stop")
    story.retract(10)
    story.add("suspension", "Stopped", subject="ByteDance", of="account", occurred="2023-12", until="2024-12")
    story.add("policy", "No training", by="OpenAI")
    story.add("investigation", "They look", into="ByteDance", occurred="2023-12-15")
    story.add("finding", "Nothing found", occurred="2024-02")
    story.add("agreement", "A deal", between=["OpenAI", "Microsoft"])
    story.add("termination", "No deal")
    story.add("update", "Because", closes="#3")
    story.add("update", "It is here", closes="#5")
    story.add("investigation", "They look again", into="OpenAI")
    story.add("report", "They train", sources=[{"publisher": "A"}])
    story.add("confirmation", "They do train", about="#21")
    story.add("report", "They lose")
    story.add("denial", "They do not lose", about="#23")
    story.add("report", "They win")
    story.add("confirmation", "They do win", about="#25", by="OpenAI")
    story.add("denial", "They do not win", about="#25", by="ByteDance")
    assert lines(story) == {
        "In force": [
            "account of ByteDance: suspended, since December 2023, announced until December 2024",
            "OpenAI policy: No training: in force",
        ],
        "Open": ["investigation into OpenAI: open"],
        "Contested": [
            "They lose: denied (1 report, no source given)",
            "They win: disputed (1 report, no source given; confirmed by OpenAI, denied by ByteDance)",
        ],
        "Confirmed": ["They train: confirmed (1 report, 1 independent origin)"],
        "Reported": ["They pay: reported, about March 2024 (1 report, 2 independent origins)"],
        "Figures": ["cost: 5 USD, 2024"],
        "Positions": ["ByteDance: “We talk.”, to CNN, December 2023", "OpenAI: No comment"],
        "Expected next": ["A ruling: expected March 2025"],
        "Open questions": ["Will it move?"],
        "Ended": [
            "Why? answered: Because (opened #3)",
            "A report: met 122 days early: It is here (opened #5)",
            "investigation into ByteDance: concluded February 2024: Nothing found (opened #14)",
            "agreement between OpenAI and Microsoft: terminated: No deal (opened #16)",
        ],
    }
    assert list(lines(story)) == [
        *("In force", "Open", "Contested", "Confirmed", "Reported"),
        *("Figures", "Positions", "Expected next", "Open questions", "Ended"),
    ]


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ("They share **all** models.\n\n- for *ten* years", "in force: They share all models. for ten years"),
        ("", "in force"),
        (f"{'word ' * 40}and more", f"in force: {'word ' * 40}…"),
    ],
)
def test_an_agreement_says_what_was_agreed(story: Stream, terms: str, words: str) -> None:
    """On one line, cut between words; the whole text is in its development and in JSON."""
    story.add("agreement", "They agree", between=["A", "B"], terms=terms)
    assert lines(story) == {"In force": [f"agreement between A and B: {words}"]}
    assert story.story.situations[0].terms == terms
    story.add("change", "It changes", state="widened")
    assert lines(story)["In force"] == [
        f"agreement between A and B: {words.replace('in force', 'widened')} (in force, #2)"
    ]


def test_a_position_says_who_spoke_and_in_which_role(story: Stream) -> None:
    story.add("statement", "t", speaker="A B", behalf="Boeing", role="chief executive", quote="We care.", to="CNN")
    story.add("statement", "No", speaker="C D", role="chair of the NTSB", occurred="2024-01")
    story.add("statement", "Yes", speaker="E", behalf="Airbus")
    assert lines(story)["Positions"] == [
        "Airbus: Yes, E",
        "Boeing: “We care.”, A B (chief executive), to CNN",
        "C D (chair of the NTSB): No, January 2024",
    ]


def test_a_rule_is_said_once(story: Stream) -> None:
    story.add("policy", "No training", by="OpenAI")
    assert lines(story) == {"In force": ["OpenAI policy: No training: in force"]}
    assert story.story.situations[0].terms == "No training"


def test_every_line_rests_on_a_development(story: Stream) -> None:
    story.add("statement", "No", speaker="OpenAI")
    story.add("statement", "Yes", speaker="OpenAI")
    assert briefing(story.story)[0].lines == (("OpenAI: Yes", 3),)


@pytest.mark.parametrize(
    ("occurred", "at", "words"),
    [
        ("2023", "2023-05", "begun some time in 2023, perhaps not yet"),
        ("2023-12-15", "2023-12-15T10:00Z", "begun some time on 15 December 2023, perhaps not yet"),
        ("../2024-03", "2023-05", "begun by March 2024 at the latest, perhaps not yet"),
        ("2023-03/..", "2023-05", "begun some time from March 2023 on, perhaps not yet"),
        ("2023/2024-03", "2023-05", "begun some time between 2023 and March 2024, perhaps not yet"),
    ],
)
def test_why_it_is_uncertain_whether_it_had_begun(story: Stream, occurred: str, at: str, words: str) -> None:
    story.add("suspension", "Stopped", subject="ByteDance", occurred=occurred)
    (section,) = briefing(as_of(story.story, moment(at)))
    assert section.lines == ((f"ByteDance: suspended (uncertain: {words})", 2),)


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("2023-01", "2024", "ended some time in 2024, perhaps not yet"),
        ("2024", "2024-02", "begun some time in 2024, perhaps not yet; ended some time in February 2024"),
        (
            "2024",
            "2024-03",
            "begun some time in 2024, perhaps not yet; ended some time in March 2024, perhaps not yet",
        ),
    ],
)
def test_why_it_is_uncertain_whether_it_had_ended(story: Stream, since: str, until: str, words: str) -> None:
    story.add("suspension", "Stopped", subject="ByteDance", occurred=since)
    story.add("reinstatement", "Back", occurred=until)
    (section,) = briefing(as_of(story.story, moment("2024-03-05")))
    assert section == ("Ended", ((f"ByteDance: reinstated (uncertain: {words}): Back (opened #2)", 3),))


def test_a_situation_tells_its_states(story: Stream) -> None:
    """The present one first, and the earlier ones with their dates and their events."""
    story.add("suspension", "Grounded", subject="Fleet", occurred="2024-01-06")
    story.add("question", "Is it safe?")
    story.add("expectation", "A ruling", due="2025-03")
    story.add("change", "Eased", about="#2", state="eased: may fly", occurred="2024-01-24", until="2024-06")
    story.add("change", "Taken up", about="#3", state="a panel looks into it")
    story.add("change", "Put off", about="#4", until="2025-04", state="put off")
    assert lines(story) == {
        "In force": [
            "Fleet: eased: may fly, since 24 January 2024, announced until June 2024"
            " (suspended 6 January 2024, #2)"
        ],
        "Expected next": ["A ruling: put off (expected March 2025, #4)"],
        "Open questions": ["Is it safe? a panel looks into it (open, #3)"],
    }
    assert [seq for section in briefing(story.story) for _, seq in section.lines] == [5, 7, 6]
    story.add("reinstatement", "Back", occurred="2024-03")
    assert lines(story)["Ended"] == [
        "Fleet: reinstated March 2024: Back (suspended 6 January 2024, #2; eased: may fly 24 January 2024, #5)"
    ]


@pytest.mark.parametrize(
    ("opener", "closer", "line"),
    [
        (
            {"type": "investigation", "into": "Boeing", "by": "NTSB"},
            {"type": "finding", "outcome": "four bolts were missing", "occurred": "2024-06-24"},
            "NTSB investigation into Boeing: concluded 24 June 2024: four bolts were missing (opened #2)",
        ),
        (
            {"type": "suspension", "subject": "A"},
            {"type": "reinstatement", "subject": "A", "title": "A is reinstated"},
            "A: reinstated (opened #2)",
        ),
        (
            {"type": "question", "text": "Is it safe?"},
            {"type": "summary", "text": "A long account", "title": "It is", "closes": "#2"},
            "Is it safe? answered: It is (opened #2)",
        ),
        (
            {"type": "policy", "by": "A", "rule": "r"},
            {"type": "repeal", "title": "No more", "occurred": "2024-02/2024-03", "state": "struck down"},
            "A policy: r: struck down February to March 2024: No more (opened #2)",
        ),
    ],
    ids=["outcome", "sentence", "answer", "state"],
)
def test_what_ended_says_how(story: Stream, opener: dict[str, str], closer: dict[str, str], line: str) -> None:
    """The outcome, the date and the event that ended it; a title that tracker made tells nothing new."""
    story.take({"title": "It begins", **opener})
    story.take({"title": "It ends", **closer})
    assert [each for section in briefing(story.story) if section.heading == "Ended" for each in section.lines] == [
        (line, 3)
    ]


def test_what_is_pending_stands_apart(story: Stream) -> None:
    story.add("agreement", "A deal", between=["A", "B"], pending="awaits the judge", occurred="2024-06")
    story.add("investigation", "They look", into="A", pending="awaits a warrant")
    story.add("policy", "No training", by="A")
    story.add("question", "And now?", pending="a ruling")
    assert lines(story) == {
        "In force": ["A policy: No training: in force"],
        "Pending": [
            "agreement between A and B: pending (awaits the judge), since June 2024",
            "investigation into A: pending (awaits a warrant)",
        ],
        "Open questions": ["And now? pending (a ruling)"],
    }
    story.add("change", "Approved", about="#2", state="approved", occurred="2024-07-10")
    assert lines(story)["In force"][0] == (
        "agreement between A and B: approved, since 10 July 2024 (pending (awaits the judge) June 2024, #2)"
    )
    story.add("termination", "Rejected", state="rejected", occurred="2024-07-20")
    assert lines(story)["Ended"] == [
        "agreement between A and B: rejected 20 July 2024: Rejected"
        " (pending (awaits the judge) June 2024, #2; approved 10 July 2024, #6)"
    ]


@pytest.mark.parametrize(
    ("at", "line"),
    [
        ("2024-01-20", "Fleet: suspended, since 6 January 2024"),
        ("2024-01-24", "Fleet: eased, since 24 January 2024 (suspended 6 January 2024, #2)"),
        (
            "2024-02-10",
            "Fleet: lifted (uncertain: begun 6; changed some time in February 2024, perhaps not yet)"
            " (suspended 6 January 2024, #2; eased 24 January 2024, #3)",
        ),
    ],
)
def test_a_state_as_of_a_date(story: Stream, at: str, line: str) -> None:
    """Changes that had not occurred by then are not told; a vague date makes the state uncertain."""
    story.add("suspension", "Grounded", subject="Fleet", occurred="2024-01-06")
    story.add("change", "Eased", state="eased", occurred="2024-01-24")
    story.add("change", "Lifted", state="lifted", occurred="2024-02")
    (section,) = briefing(as_of(story.story, moment(at)))
    assert section.lines[0][0] == line.replace("begun 6; ", "")


def claim(stream: Stream) -> str:
    ((line,),) = lines(stream).values()
    return line


def test_a_claim_says_what_it_rests_on(story: Stream) -> None:
    """Its reports, its independent origins and who takes which view of it."""
    story.add("report", "They pay", occurred="2024-03", sources=[{"publisher": "A"}])
    assert claim(story) == "They pay: reported, March 2024 (1 report, 1 independent origin)"
    story.add("report", "They do", about="#2", sources=[{"publisher": "B"}])
    story.add("confirmation", "Yes", about="#2", by="Microsoft")
    assert claim(story) == (
        "They pay: confirmed, March 2024 (reports #2 and #3, 2 independent origins; confirmed by Microsoft)"
    )
    story.add("confirmation", "Yes", about="#2", by="OpenAI")
    story.add("denial", "No", about="#2", by="ByteDance")
    assert claim(story) == (
        "They pay: disputed, March 2024 (reports #2 and #3, 2 independent origins;"
        " confirmed by Microsoft and OpenAI, denied by ByteDance)"
    )


def test_a_stance_of_nobody_in_particular_names_nobody(story: Stream) -> None:
    """It is held under its event's id, which is no name."""
    story.add("report", "They pay")
    story.add("confirmation", "Yes", about="#2")
    assert claim(story) == "They pay: confirmed (1 report, no source given)"
    story.add("denial", "No", about="#2", by="ByteDance")
    assert claim(story) == "They pay: disputed (1 report, no source given; confirmed, denied by ByteDance)"


def expected(stream: Stream, now: Edge | None = None) -> Section:
    (section,) = briefing(stream.story, now)
    return section


def test_what_is_due_first_comes_first(story: Stream) -> None:
    """By the last instant that a date may mean: the year ends after the month, and what is open never does."""
    for due in ("2024/..", "2024", "2024-12-31T23:00Z", "2024-03", "../2024-02"):
        story.add("expectation", due, due=due)
    assert [seq for _, seq in expected(story).lines] == [6, 5, 4, 3, 2]


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2024-08-15T23:59:59.999Z", ""),
        ("2024-08-16T00:00:00.000Z", ", overdue by less than a second"),
        ("2024-08-16T05:00:00.000Z", ", overdue by 5 hours"),
        ("2024-09-25T00:00:00.000Z", ", overdue by 40 days"),
    ],
)
def test_what_is_overdue_says_for_how_long(story: Stream, now: str, words: str) -> None:
    story.add("expectation", "OpenAI decides", due="2024-08-15")
    assert expected(story, edge(Moment(now))) == (
        "Expected next",
        ((f"OpenAI decides: expected 15 August 2024{words}", 2),),
    )


def test_without_a_now_nothing_is_overdue(story: Stream) -> None:
    """What is published says the same whenever it is published."""
    story.add("expectation", "OpenAI decides", due="0001-01-01")
    assert expected(story).lines == (("OpenAI decides: expected 1 January 0001", 2),)


def test_what_has_no_due_date_or_no_end_is_never_overdue() -> None:
    for due in ("", "2024-03/..", "9999"):
        assert (due_by(Occurred(due)), overdue(Occurred(due), Edge(END, END))) == (END, "")
    assert overdue(Occurred("../2024-03"), moment("2024-04-02")) == "overdue by 2 days"


@pytest.mark.parametrize(
    ("occurred", "words"),
    [
        ("2023-12", "since December 2023"),
        ("2024-03~", "since about March 2024"),
        ("2024-03/..", "since March 2024"),
        ("../2024-03", "since March 2024 at the latest"),
        ("2023/2024-08-04", "since some time between 2023 and 4 August 2024"),
    ],
)
def test_since_when(occurred: str, words: str) -> None:
    assert since(Occurred(occurred)) == words


def test_a_date_follows_what_it_dates() -> None:
    assert dated("It ended", Occurred("2023-12")) == "It ended, December 2023"
    assert dated("It ended", Occurred("")) == "It ended"


@settings(max_examples=40)
@given(streams(min_size=3))
def test_any_story_can_be_told(events: list[Event]) -> None:
    """Nothing that can be recorded stops a briefing, and no line is empty or rests on nothing."""
    story = fold("story", events)
    for section in briefing(story):
        assert section.lines
        assert all(line and 0 < seq <= story.seq for line, seq in section.lines)
    assert briefing(story) == briefing(structs.replace(story))
