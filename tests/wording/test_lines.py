"""Where things stand, in lines: one for each kind of item, with its dates and its doubts."""

from __future__ import annotations

import pytest
from hypothesis import given
from msgspec import structs

from tests.domain.test_custom_types import moved, offices
from tests.examples import examples
from tests.strategies import Stream, streams
from tracker.domain.events import Event
from tracker.domain.fold import fold
from tracker.domain.story import Story
from tracker.text.dates import END, Edge, Moment, Occurred, edge, moment
from tracker.views.bitemporal import as_of
from tracker.wording import lines as wording_lines
from tracker.wording.lines import Section, overdue
from tracker.wording.messages import Wording

ENGLISH = Wording()


def briefing(story: Story, now: Edge | None = None) -> list[Section]:
    return wording_lines.briefing(story, ENGLISH, now)


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
            "ByteDance: account suspended since December 2023. It is to end by December 2024.",
            "A rule of OpenAI is in force: No training.",
        ],
        "Still open": ["OpenAI is now under investigation."],
        "In dispute": [
            "Denied: They lose. One report, by a source that is not named.",
            "In dispute: They win. Confirmed by OpenAI, and denied by ByteDance."
            " One report, by a source that is not named.",
        ],
        "Confirmed": ["Confirmed: They train. One report."],
        "Reported": [
            "They pay. It is said to have happened around March 2024. One report, 2 independent origins."
        ],
        "Figures": ["cost: 5 USD (2024)"],
        "Positions": ["“We talk.” — ByteDance, to CNN, December 2023", "No comment. — OpenAI"],
        "Expected next": ["A ruling. Expected by March 2025."],
        "Open questions": ["Will it move?"],
        "What has ended": [
            "Why? Answered. Because.",
            "A report. Met 122 days early. It is here.",
            "The investigation into ByteDance ended in February 2024: Nothing found."
            " It had begun on 15 December 2023.",
            "Agreement between OpenAI and Microsoft: terminated. No deal.",
        ],
    }
    assert list(lines(story)) == [
        *("In force", "Still open", "In dispute", "Confirmed", "Reported"),
        *("Figures", "Positions", "Expected next", "Open questions", "What has ended"),
    ]


@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ("They share **all** models.\n\n- for *ten* years", "They share all models. for ten years."),
        ("", ""),
        (f"{'word ' * 40}and more", f"{'word ' * 40}…"),
    ],
)
def test_an_agreement_says_what_was_agreed(story: Stream, terms: str, words: str) -> None:
    """On one line, cut between words; the whole text is in its development and in JSON."""
    agreed, terms_are = (f": {words}", f". Terms: {words}") if words else (".", ".")
    story.add("agreement", "They agree", between=["A", "B"], terms=terms)
    assert lines(story) == {"In force": [f"A and B have an agreement{agreed}"]}
    assert story.story.situations[0].terms == terms
    story.add("change", "It changes", state="widened")
    assert lines(story)["In force"] == [f"Agreement between A and B: widened{terms_are} Before: in force."]
    story.add("agreement", "They agree", between=["C", "D"], terms=terms, occurred="2024-03")
    assert (
        lines(story)["In force"][1] == f"The agreement between C and D has been in force since March 2024{agreed}"
    )
    story.add("change", "It changes", about="#4", state="widened", occurred="2024-04")
    assert lines(story)["In force"][1] == (
        f"Agreement between C and D: widened (since April 2024){terms_are} It had been in force since March 2024."
    )


def test_a_position_says_who_spoke_and_in_which_role(story: Stream) -> None:
    story.add("statement", "t", speaker="A B", behalf="Boeing", role="chief executive", quote="We care.", to="CNN")
    story.add("statement", "No", speaker="C D", role="chair of the NTSB", occurred="2024-01")
    story.add("statement", "Yes", speaker="E", behalf="Airbus")
    assert lines(story)["Positions"] == [
        "Airbus: Yes. — E",
        "Boeing: “We care.” — A B, chief executive, to CNN",
        "No. — C D, chair of the NTSB, January 2024",
    ]


def test_a_rule_is_said_once(story: Stream) -> None:
    story.add("policy", "No training", by="OpenAI")
    assert lines(story) == {"In force": ["A rule of OpenAI is in force: No training."]}
    assert story.story.situations[0].terms == "No training"


def test_every_line_rests_on_a_development(story: Stream) -> None:
    story.add("statement", "No", speaker="OpenAI")
    story.add("statement", "Yes", speaker="OpenAI")
    assert briefing(story.story)[0].lines == (("Yes. — OpenAI", 3),)


@pytest.mark.parametrize(
    ("occurred", "at", "words"),
    [
        ("2023", "2023-05", "some time in 2023"),
        ("2023-12-15", "2023-12-15T10:00Z", "some time on 15 December 2023"),
        ("../2024-03", "2023-05", "by March 2024 at the latest"),
        ("2023-03/..", "2023-05", "some time from March 2023 on"),
        ("2023/2024-03", "2023-05", "some time between 2023 and March 2024"),
    ],
)
def test_why_it_is_uncertain_whether_it_had_begun(story: Stream, occurred: str, at: str, words: str) -> None:
    story.add("suspension", "Stopped", subject="ByteDance", occurred=occurred)
    (section,) = briefing(as_of(story.story, moment(at)))
    assert section.lines == ((f"ByteDance: suspended. It may not have begun: {words}.", 2),)


@pytest.mark.parametrize(
    ("since", "until", "words"),
    [
        ("2023-01", "2024", "ByteDance: reinstated. Back. It may not have ended yet: some time in 2024."),
        (
            "2024",
            "2024-02",
            "The suspension of ByteDance ended in February 2024. Back. It may not have begun: some time in 2024.",
        ),
        (
            "2024",
            "2024-03",
            "ByteDance: reinstated. Back. It may not have begun: some time in 2024."
            " It may not have ended yet: some time in March 2024.",
        ),
    ],
)
def test_why_it_is_uncertain_whether_it_had_ended(story: Stream, since: str, until: str, words: str) -> None:
    story.add("suspension", "Stopped", subject="ByteDance", occurred=since)
    story.add("reinstatement", "Back", occurred=until)
    (section,) = briefing(as_of(story.story, moment("2024-03-05")))
    assert section == ("What has ended", ((words, 3),))


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
            "Fleet: eased: may fly (since 24 January 2024). It is to end by June 2024."
            " It had been suspended since 6 January 2024."
        ],
        "Expected next": ["A ruling. Put off. Before: expected by March 2025."],
        "Open questions": ["Is it safe? A panel looks into it. Before: open."],
    }
    assert [seq for section in briefing(story.story) for _, seq in section.lines] == [5, 7, 6]
    story.add("reinstatement", "Back", occurred="2024-03")
    assert lines(story)["What has ended"] == [
        "The suspension of Fleet ended in March 2024. Back."
        " Before: suspended, 6 January 2024; eased: may fly, 24 January 2024."
    ]


@pytest.mark.parametrize(
    ("opener", "closer", "line"),
    [
        (
            {"type": "investigation", "into": "Boeing", "by": "NTSB"},
            {"type": "finding", "outcome": "four bolts were missing", "occurred": "2024-06-24"},
            "The NTSB investigation into Boeing ended on 24 June 2024: four bolts were missing.",
        ),
        (
            {"type": "suspension", "subject": "A"},
            {"type": "reinstatement", "subject": "A", "title": "A is reinstated"},
            "A: reinstated.",
        ),
        (
            {"type": "question", "text": "Is it safe?"},
            {"type": "summary", "text": "A long account", "title": "It is", "closes": "#2"},
            "Is it safe? Answered. It is.",
        ),
        (
            {"type": "policy", "by": "A", "rule": "r"},
            {"type": "repeal", "title": "No more", "occurred": "2024-02/2024-03", "state": "struck down"},
            "A policy (r): struck down some time between February 2024 and March 2024. No more.",
        ),
        (
            {"type": "policy", "by": "A", "rule": "r", "occurred": "2023"},
            {"type": "repeal", "title": "No more", "occurred": "2024-02-03"},
            "The rule of A ended on 3 February 2024: r. No more. It had been in force since 2023.",
        ),
        (
            {"type": "expectation", "title": "A ruling", "due": "2024-03"},
            {
                "type": "update",
                "title": "No ruling",
                "closes": "#2",
                "closes_as": "missed",
                "occurred": "2024-04-02",
            },
            "A ruling. Missed on 2 April 2024. No ruling.",
        ),
        (
            {"type": "question", "text": "Is it safe?", "occurred": "2023"},
            {"type": "update", "title": "It is", "closes": "#2", "occurred": "2024-04-02"},
            "Is it safe? Answered on 2 April 2024: It is. It had been open since 2023.",
        ),
    ],
    ids=["outcome", "sentence", "answer", "state", "before", "missed", "answered"],
)
def test_what_ended_says_how(story: Stream, opener: dict[str, str], closer: dict[str, str], line: str) -> None:
    """The outcome, the date and the event that ended it; a title that tracker made tells nothing new."""
    story.take({"title": "It begins", **opener})
    story.take({"title": "It ends", **closer})
    assert [
        each for section in briefing(story.story) if section.heading == "What has ended" for each in section.lines
    ] == [(line, 3)]


def test_what_is_pending_stands_apart(story: Stream) -> None:
    story.add("agreement", "A deal", between=["A", "B"], pending="awaits the judge", occurred="2024-06")
    story.add("investigation", "They look", into="A", pending="awaits a warrant")
    story.add("policy", "No training", by="A")
    story.add("question", "And now?", pending="a ruling")
    assert lines(story) == {
        "In force": ["A rule of A is in force: No training."],
        "Pending": [
            "Agreement between A and B: pending: awaits the judge (since June 2024).",
            "Investigation into A: pending: awaits a warrant.",
        ],
        "Open questions": ["And now? Pending (a ruling)."],
    }
    story.add("change", "Approved", about="#2", state="approved", occurred="2024-07-10")
    assert lines(story)["In force"][0] == (
        "Agreement between A and B: approved (since 10 July 2024)."
        " It had been pending (awaits the judge) since June 2024."
    )
    story.add("termination", "Rejected", state="rejected", occurred="2024-07-20")
    assert lines(story)["What has ended"] == [
        "Agreement between A and B: rejected on 20 July 2024. Rejected."
        " Before: pending (awaits the judge), June 2024; approved, 10 July 2024."
    ]


@pytest.mark.parametrize(
    ("at", "line"),
    [
        ("2024-01-20", "Fleet has been suspended since 6 January 2024."),
        ("2024-01-24", "Fleet: eased (since 24 January 2024). It had been suspended since 6 January 2024."),
        (
            "2024-02-10",
            "Fleet: lifted. It may not have changed yet: some time in February 2024."
            " Before: suspended, 6 January 2024; eased, 24 January 2024.",
        ),
    ],
)
def test_a_state_as_of_a_date(story: Stream, at: str, line: str) -> None:
    """Changes that had not occurred by then are not told; a vague date makes the state uncertain."""
    story.add("suspension", "Grounded", subject="Fleet", occurred="2024-01-06")
    story.add("change", "Eased", state="eased", occurred="2024-01-24")
    story.add("change", "Lifted", state="lifted", occurred="2024-02")
    (section,) = briefing(as_of(story.story, moment(at)))
    assert section.lines[0][0] == line


def claim(stream: Stream) -> str:
    ((line,),) = lines(stream).values()
    return line


def test_a_claim_says_what_it_rests_on(story: Stream) -> None:
    """Its reports, its independent origins and who takes which view of it."""
    story.add("report", "They pay", occurred="2024-03", sources=[{"publisher": "A"}])
    happened = "It is said to have happened in March 2024."
    assert claim(story) == f"They pay. {happened} One report."
    story.add("report", "They do", about="#2", sources=[{"publisher": "B", "published": "2024-03-05"}])
    story.add("confirmation", "Yes", about="#2", by="Microsoft", occurred="2024-03-07")
    first = "First reported on 5 March 2024. First confirmed on 7 March 2024."
    assert claim(story) == (
        f"Confirmed by Microsoft: They pay. It happened in March 2024. 2 reports, 2 independent origins. {first}"
    )
    story.add("confirmation", "Yes", about="#2", by="OpenAI")
    story.add("denial", "No", about="#2", by="ByteDance")
    assert claim(story) == (
        "In dispute: They pay. Confirmed by Microsoft and OpenAI, and denied by ByteDance."
        f" {happened} 2 reports, 2 independent origins. {first}"
    )


@pytest.mark.parametrize(
    ("yes", "no", "words"),
    [
        (None, None, "They pay."),
        ("", None, "Confirmed: They pay."),
        (None, "", "Denied: They pay."),
        (None, "B", "Denied by B: They pay."),
        ("", "B", "In dispute: They pay. Confirmed, and denied by B."),
        ("A", "", "In dispute: They pay. Confirmed by A, and denied."),
        ("", "", "In dispute: They pay. Confirmed, and denied."),
    ],
)
def test_a_stance_without_a_name_names_no_party(
    story: Stream, yes: str | None, no: str | None, words: str
) -> None:
    """It is held under its event's id, which is no name."""
    story.add("report", "They pay")
    for type, by in (("confirmation", yes), ("denial", no)):
        if by is not None:
            story.add(type, "Yes or no", about="#2", by=by)
    assert claim(story) == f"{words} One report, by a source that is not named."


def expected(stream: Stream, now: Edge | None = None) -> Section:
    (section,) = briefing(stream.story, now)
    return section


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2024-08-15T23:59:59.999Z", ""),
        ("2024-08-16T00:00:00.000Z", " Overdue by less than a second."),
        ("2024-08-16T05:00:00.000Z", " Overdue by 5 hours."),
        ("2024-09-25T00:00:00.000Z", " Overdue by 40 days."),
    ],
)
def test_what_is_overdue_says_for_how_long(story: Stream, now: str, words: str) -> None:
    story.add("expectation", "OpenAI decides", due="2024-08-15")
    assert expected(story, edge(Moment(now))) == (
        "Expected next",
        ((f"OpenAI decides. Expected by 15 August 2024.{words}", 2),),
    )


def test_without_a_now_nothing_is_overdue(story: Stream) -> None:
    """What is published says the same whenever it is published."""
    story.add("expectation", "OpenAI decides", due="0001-01-01")
    assert expected(story).lines == (("OpenAI decides. Expected by 1 January 0001.", 2),)


def test_what_has_no_due_date_or_no_end_is_never_overdue() -> None:
    for due in ("", "2024-03/..", "9999"):
        assert overdue(ENGLISH, Occurred(due), Edge(END, END)) == ""
    assert overdue(ENGLISH, Occurred("../2024-03"), moment("2024-04-02")) == "Overdue by 2 days."
    assert "2 Tage" in overdue(Wording("de"), Occurred("../2024-03"), moment("2024-04-02"))


def test_an_office_names_its_holder_and_those_before() -> None:
    """The present holder, and those before with the dates that are known."""
    stream = offices()
    moved(stream, "+A 2020, -A 2024-03, +B 2024-08, -C 2019")
    assert lines(stream)["Offices"] == [
        "B has been chief executive of Boeing since August 2024."
        " Before: A, from 2020 to March 2024; C, until 2019."
    ]
    moved(stream, "-B ")
    assert lines(stream)["Offices"] == [
        "Chief executive of Boeing: vacant."
        " Before: B, from August 2024; A, from 2020 to March 2024; C, until 2019."
    ]
    stream = offices()
    moved(stream, "+A , -A , +B ")
    assert lines(stream)["Offices"] == ["B is chief executive of Boeing. Before: A."]


def test_a_figure_says_whose_it_is_and_when(story: Stream) -> None:
    """By the date as of which it was counted, if it has one. It was so at the time if what it belongs to ended."""
    story.add("suspension", "Stopped", subject="Boeing", occurred="2024-01-05")
    fleet = {"name": "grounded", "party": "Boeing", "value": "171", "unit": "aircraft"}
    story.add("update", "The fleet", figures=[fleet | {"about": "#2"}], occurred="2024-01-06")
    story.add("update", "Dead", figures=[{"name": "dead", "value": "12", "as_of": "2024-01"}], occurred="2024-02")
    assert lines(story)["Figures"] == [
        "dead: 12, as of January 2024",
        "Boeing, grounded: 171 aircraft (6 January 2024)",
    ]
    story.add("reinstatement", "Back", occurred="2024-02-01")
    assert lines(story)["Figures"][1] == "Boeing, grounded: 171 aircraft, at the time (6 January 2024)"


def test_a_key_event_begins_with_its_date(story: Stream) -> None:
    story.add("update", "They meet", key=True, occurred="2024-01-05")
    story.add("update", "They part", key=True)
    assert lines(story)["Key events"] == ["5 January 2024: They meet", "They part"]


@examples(40)
@given(streams(min_size=3))
def test_any_story_can_be_told(events: list[Event]) -> None:
    """Nothing that can be recorded stops a briefing, and no line is empty or rests on nothing."""
    story = fold("story", events)
    for section in briefing(story):
        assert section.lines
        assert all(line and 0 < seq <= story.seq for line, seq in section.lines)
    assert briefing(story) == briefing(structs.replace(story))
