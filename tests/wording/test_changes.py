"""What an event changed, in sentences: every kind of item when it is new, when it moves and when it is gone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from tests.domain.test_custom_types import moved, offices
from tests.examples import examples
from tests.strategies import Stream, streams
from tracker.domain.events import Event
from tracker.domain.fold import replay
from tracker.domain.story import Change
from tracker.wording.catalogue import LANGUAGES
from tracker.wording.changes import change, changes, one_line
from tracker.wording.messages import Wording

ENGLISH = Wording()

Values = dict[str, Any]


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "A story")
    return stream


def figure(value: str, **more: Any) -> Values:
    return {"type": "update", "title": "T", "figures": [{"name": "cost", "value": value, "unit": "USD", **more}]}


def says(quote: str = "", **more: Any) -> Values:
    return {
        "type": "statement",
        "title": "They speak",
        "speaker": "A",
        **({"quote": quote} if quote else {}),
        **more,
    }


REPORT = {"type": "report", "title": "They pay", "sources": [{"publisher": "CNN"}]}
SUSPENSION = {"type": "suspension", "title": "Out", "subject": "X", "occurred": "2024-01"}

TOLD: dict[str, tuple[list[Values], str]] = {
    # notes
    "summary": ([{"type": "summary", "title": "T", "text": "All *is* well."}], "Where it stands: All is well."),
    "closed": ([{"type": "closed", "title": "T"}], "We no longer follow this story."),
    "reopened": ([{"type": "closed", "title": "T"}, {"type": "reopened", "title": "T"}],
                 "We follow this story again."),
    "title": ([{"type": "correction", "corrects": "#1", "changes": {"title": "Another"}, "why": "w"}],
              "#1: Headline: we had said “A story”; it is “Another”. #1 is corrected."
              " The story is now called “Another”."),
    "pinned": ([{"type": "pinned", "title": "T"}], "The story comes first in lists."),
    "unpinned": ([{"type": "pinned", "title": "T"}, {"type": "unpinned", "title": "T"}],
                 "The story stands among the others in lists."),
    "pin withdrawn": ([{"type": "pinned", "title": "T"}, {"type": "retraction", "retracts": "#2", "why": "w"}],
                      "#2 is withdrawn. The story stands among the others in lists."),
    # situations
    "suspended": ([SUSPENSION], "X is suspended."),
    "by several": ([{"type": "suspension", "title": "Out", "subject": "X", "by": "Y", "of": "account"}],
                   "Y suspends X: account."),
    "a state": ([SUSPENSION | {"state": "grounded"}], "X: grounded (since January 2024)."),
    "moved": ([SUSPENSION, {"type": "change", "title": "T", "state": "eased", "occurred": "2024-02"}],
              "X: eased (since February 2024). It had been suspended since January 2024."),
    "ended": ([SUSPENSION, {"type": "reinstatement", "title": "Back", "occurred": "2024-02"}],
              "The suspension of X ended in February 2024. Back. It had been suspended since January 2024."),
    "agreement": ([{"type": "agreement", "title": "T", "between": ["A", "B"], "terms": "**They** share."}],
                  "A and B have an agreement: They share."),
    "expected": ([{"type": "expectation", "title": "A ruling", "due": "2025"}], "A ruling. Expected by 2025."),
    "gone": ([SUSPENSION, {"type": "retraction", "retracts": "#2", "why": "w"}],
             "#2 is withdrawn. We no longer say this: X."),
    # claims
    "reported": ([REPORT], "A claim is reported: They pay."),
    "corroborated": ([REPORT, REPORT | {"about": "#2", "sources": [{"publisher": "BBC"}]}],
                     "2 independent origins say so now: They pay."),
    "confirmed": ([REPORT, {"type": "confirmation", "title": "T", "about": "#2", "by": "A"}],
                  "A confirms it: They pay. Before: reported."),
    "denied": ([REPORT, {"type": "denial", "title": "T", "about": "#2", "by": "A"}],
               "A denies it: They pay. Before: reported."),
    "denied by no name": ([REPORT, {"type": "denial", "title": "T", "about": "#2"}],
                          "Denied: They pay. Before: reported."),
    "disputed": ([REPORT, {"type": "denial", "title": "T", "about": "#2", "by": "A"},
                  {"type": "confirmation", "title": "T", "about": "#2", "by": "B"}],
                 "In dispute: They pay. Before: denied."),
    "withdrawn": ([REPORT, {"type": "retraction", "retracts": "#2", "why": "w"}],
                  "#2 is withdrawn. We no longer say this: They pay."),
    "said again": ([REPORT, {"type": "retraction", "retracts": "#2", "why": "w"},
                    {"type": "retraction", "retracts": "#3", "why": "w"}],
                   "#3 is withdrawn. We say this again: They pay."),
    # figures
    "figure": ([figure("5")], "cost: 5 USD."),
    "up": ([figure("5"), figure("6")], "cost: now 6 USD, up from 5 USD."),
    "down": ([figure("5"), figure("-6")], "cost: now -6 USD, down from 5 USD."),
    "otherwise": ([figure("5"), figure("5", approx=True)], "cost: now about 5 USD. It had been 5 USD."),
    "a range": ([figure("5"), {"type": "update", "title": "T",
                               "figures": [{"name": "cost", "low": "5", "high": "7", "unit": "USD"}]}],
                "cost: now 5 to 7 USD. It had been 5 USD."),
    "outdated": ([SUSPENSION, figure("5", about="#2"), {"type": "reinstatement", "title": "Back"}],
                 "X: reinstated. Back. It had been suspended since January 2024. cost: 5 USD, at the time."),
    # positions
    "position": ([says("We care.")], "A says: “We care.”"),
    "position without a quotation": ([says(title="No comment")], "A: No comment."),
    "another position": ([says("We care.", occurred="2024-01"), says("We do not.")],
                         "A says: “We do not.” Before, in January 2024: “We care.”"),
    "another without a date": ([says(title="No comment"), says("We do.")], "A says: “We do.” Before: No comment."),
    # developments
    "a date": ([SUSPENSION,
                {"type": "correction", "corrects": "#2", "changes": {"occurred": "2024-02"}, "why": "w"}],
               "#2: When it happened: we had said “January 2024”; it is “February 2024”. #2 is corrected."),
    "removed": ([{"type": "update", "title": "T"},
                 {"type": "redaction", "redacts": "#2", "reason": "court-order", "authority": "a court"}],
                "#2 is removed."),
}  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_the_last_event_is_told(story: Stream, name: str) -> None:
    events, told = TOLD[name]
    for values in events:
        step = story.take(values)
    assert one_line(ENGLISH, step.changes) == told


def test_what_is_the_same_but_for_a_date_is_told_with_what_we_had(story: Stream) -> None:
    (before,) = story.take(SUSPENSION).story.situations
    (after,) = story.correct(2, occurred="2024-02").story.situations
    assert change(ENGLISH, Change(before.key, "", "", "", before, after)) == (
        "X has been suspended since February 2024. Before, we had: X has been suspended since January 2024."
    )


@pytest.mark.parametrize(
    ("key", "told"),
    [("title", "The story is now called “B”."), ("language", "The story is told in another language now.")],
)
def test_a_change_of_the_story_itself(key: str, told: str) -> None:
    assert change(ENGLISH, Change(key, key, "A", "B")) == told


def test_a_new_key_event_has_its_title(story: Stream) -> None:
    story.add("update", "They meet", key=True)
    key_event = story.story.items[f"key/{story.events[1].id}"]
    assert change(ENGLISH, Change(key_event.key, "", "", "", None, key_event)) == "A key event: They meet."


def test_an_opening_needs_no_words() -> None:
    assert changes(ENGLISH, Stream().add("opened", "A story").changes) == []


def test_an_office_names_who_has_it_now() -> None:
    stream = offices()
    moved(stream, "+A 2020")
    moved(stream, "+B 2024-03")
    *_, last = replay("story", stream.events)
    assert one_line(ENGLISH, last.changes) == (
        "B has been chief executive of Boeing since March 2024. Before: A, from 2020 to March 2024."
    )


@pytest.mark.parametrize(
    ("by", "words"), [("A", "A confirms it: They pay."), (["A", "B"], "A and B confirm it: They pay.")]
)
def test_a_verb_agrees_with_those_who_confirm(story: Stream, by: str | list[str], words: str) -> None:
    story.take(REPORT)
    story.add("denial", "No", about="#2", by="C")
    for each in by:
        story.add("confirmation", "Yes", about="#2", by=each)
    step = story.retract(3)
    assert words in one_line(ENGLISH, step.changes)


# Said once


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (REPORT, "They pay"),
        (says("We care."), "We care."),
        (says(title="No comment"), "No comment"),
        ({"type": "question", "title": "Will it end?"}, "Will it end?"),
        ({"type": "summary", "title": "T", "text": "All is well."}, "All is well"),
        (SUSPENSION | {"title": "X is suspended"}, "X is suspended"),
    ],
    ids=["claim", "quote", "title", "question", "summary", "sentence"],
)
def test_what_is_said_already_is_not_said_again(story: Stream, values: Values, said: str) -> None:
    step = story.take(values)
    assert changes(ENGLISH, step.changes)
    assert changes(ENGLISH, step.changes, [said]) == []


def test_how_it_ended_is_left_out_where_the_title_says_it(story: Stream) -> None:
    story.take(SUSPENSION)
    step = story.add("reinstatement", "It may fly again", occurred="2024-02")
    assert changes(ENGLISH, step.changes, ["It may fly again"]) == [
        "The suspension of X ended in February 2024. It had been suspended since January 2024."
    ]


# Corrections

CORRECTED: dict[str, tuple[Values, Values, str]] = {
    "text": ({}, {"body": "New."}, "Text: we added “New.”"),
    "another text": ({"body": "Old."}, {"body": "New."}, "Text: we changed the text."),
    "no date": ({"occurred": "2024"}, {"occurred": None}, "When it happened: we removed “2024”."),
    "flag": ({}, {"minor": True}, "Minor: yes."),
    "no flag": ({"minor": True}, {"minor": None}, "Minor: no."),
    "parties": ({"parties": ["A", "B"]}, {"parties": ["B", "C", "D"]},
                "Parties: we added C; D. Parties: we removed A."),
    "order": ({"parties": ["A", "B"]}, {"parties": ["B", "A"]}, "Parties: in another order."),
    "figures": ({"figures": [{"name": "cost", "value": "5"}]}, {"figures": None}, "Figures: we removed cost: 5."),
    "sources": ({}, {"sources": [{"publisher": "CNN", "title": "They pay"}, {"url": "https://a.example/1"}]},
                "Sources: we added They pay, CNN; https://a.example/1."),
}  # fmt: skip


@pytest.mark.parametrize("name", CORRECTED)
def test_a_correction_says_what_was_and_what_is(story: Stream, name: str) -> None:
    before, after, told = CORRECTED[name]
    story.add("update", "T", **before)
    first, *_ = changes(ENGLISH, story.correct(2, **after).changes)
    assert first == f"#2: {told}"


# Laws


@examples(30)
@given(streams(min_size=3))
def test_every_change_but_the_opening_is_told(events: list[Event]) -> None:
    """In every language, in whole sentences; what is told is told in one line."""
    for step in replay("story", events):
        found = step.changes if step.development.seq > 1 else ()
        for language in LANGUAGES:
            told = changes(Wording(language), found)
            assert len(told) == len(found)
            assert all(told)
