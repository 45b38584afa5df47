"""A story in TimelineJS: by its documentation, with each date as precise as it is known."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given

from tests.conformance import check_timelinejs
from tests.examples import examples
from tests.exporting.exports import a_story, exported, views
from tests.pictures import NAME, SMALL_NAME, image
from tests.strategies import Stream, past
from tracker.domain.amend import REDACTED, RETRACTED
from tracker.domain.events import Update
from tracker.exporting import timelinejs
from tracker.exporting.story import DESK_ACTS, Exported, date_words
from tracker.text import markup
from tracker.text.date_context import Reference
from tracker.text.date_phrases import understand
from tracker.text.dates import check, in_words, simplest, span
from tracker.wording.messages import Wording


def told(stream: Stream) -> Any:
    data = timelinejs.write(exported(stream.events))
    check_timelinejs(data)
    return json.loads(data)


def slide(**fields: Any) -> Any:
    (made,) = told(a_story(**fields))["events"]
    return made


@pytest.mark.parametrize(
    ("occurred", "start", "end", "display"),
    [
        ("2023-12-15", (2023, 12, 15), None, "15 December 2023"),
        ("2024-03", (2024, 3), None, "March 2024"),
        ("2023", (2023,), None, "2023"),
        ("2024-33", (2024, 1), (2024, 3), "Q1 2024"),
        ("2023-24", (2023, 12), (2024, 2), "winter 2023/24"),
        ("202X", (2020,), (2029,), "the 2020s"),
        ("2024-03~", (2024, 3), None, "about March 2024"),
        ("2024-03-05?", (2024, 3, 5), None, "5 March 2024 (uncertain)"),
        ("2024-03/..", (2024, 3), None, "since March 2024"),
        ("../2024-03-15", (2024, 3, 15), None, "by 15 March 2024"),
        ("2024-03/2024-05", (2024, 3), (2024, 5), "March to May 2024"),
        ("2023/2024-33", (2023,), (2024, 3), "2023 to Q1 2024"),
        ("2024-03-05/2024-03-05", (2024, 3, 5), None, "5 March 2024"),
        ("2024-07-30T23:05-07:00", (2024, 7, 30, 23, 5), None, "30 July 2024, 23:05 (UTC-07:00)"),
        ("2024-07-30T19:05:09Z", (2024, 7, 30, 19, 5, 9), None, "30 July 2024, 19:05:09 UTC"),
        ("2024-07-30T19:05:09.12Z", (2024, 7, 30, 19, 5, 9, 120), None, "30 July 2024, 19:05:09.12 UTC"),
        ("", (2024, 8, 1), None, "recorded 1 August 2024"),
    ],
)
def test_a_date_is_as_precise_as_it_is_known(
    occurred: str, start: tuple[int, ...], end: tuple[int, ...] | None, display: str
) -> None:
    made = slide(occurred=occurred)
    assert tuple(made["start_date"].values()) == start
    assert (tuple(made["end_date"].values()) if "end_date" in made else None) == end
    assert made["display_date"] == display


@given(past().filter(bool))
def test_the_words_of_a_date_are_read_as_that_date(occurred: str) -> None:
    """So that a program which has the file has the date."""
    display = date_words(Wording(), Update(title="It happened", occurred=check(occurred)))
    assert understand(display, Reference(span(check("2026-01-01")))).occurred == simplest(check(occurred))


def test_what_a_slide_has() -> None:
    """Its title and its texts as HTML, its figures and its sources, and its picture."""
    made = slide(
        title="A < B & C", body="*More* <script>x()</script>", place="Portland", image=image(caption="A <quay>"),
        figures=[{"name": "cost", "value": "5", "unit": "USD"}],
        sources=[{"url": "https://a.example/?a&b", "title": "Q&A", "publisher": "CNN", "quote": "1 < 2",
                  "archived": "https://archive.example/1"},
                 {"publisher": "AP", "via": "AFP"}],
    )  # fmt: skip
    assert made["text"]["headline"] == "A &lt; B &amp; C"
    assert made["text"]["text"].split("\n") == [
        f"{markup.to_html('*More* <script>x()</script>')}",
        '<ul class="facts"><li>Where: Portland</li><li>cost: 5 USD</li></ul>',
        '<ul class="sources"><li><a href="https://a.example/?a&amp;b">Q&amp;A, CNN</a>'
        ' (<a href="https://archive.example/1">archived</a>): <q>1 &lt; 2</q></li>'
        "<li>AP, citing AFP</li></ul>",
    ]
    assert made["media"] == {
        "url": f"https://desk.example/media/{NAME}",
        "thumbnail": f"https://desk.example/media/{SMALL_NAME}",
        "alt": "A quay at noon",
        "caption": "A &lt;quay&gt;",
    }


def test_a_statement_is_a_quotation_of_its_speakers() -> None:
    stream = a_story()
    stream.add("statement", "They talk", speaker="OpenAI", quote="We talk.", also=[{"speaker": "TikTok"}])
    assert told(stream)["events"][1]["text"]["text"].split("\n")[:2] == [
        "<blockquote><p>We talk.</p><p><cite>OpenAI</cite></p></blockquote>",
        "<blockquote><p><cite>TikTok</cite></p></blockquote>",
    ]


def test_a_correction_is_said_and_a_withdrawn_slide_is_gone() -> None:
    stream = a_story()
    stream.add("closed", "That was all", why="done")
    stream.correct(2, "a slip", title="It did not")
    assert [each["text"] for each in told(stream)["events"]] == [
        {"headline": "It did not", "text": "<p>Corrected on 1 August 2024. a slip</p>"}
    ]
    stream.retract(2)
    assert told(stream)["events"] == []
    title = told(stream)["title"]
    assert (title["unique_id"], title["text"]["headline"]) == ("story", "A story")


@examples(60)
@given(views())
@pytest.mark.slow
def test_any_view_is_a_timeline(view: Exported) -> None:
    """A slide for each development of the world that stands, by its id, with its date in words; its rows have
    the same."""
    data = timelinejs.write(view)
    check_timelinejs(data)
    slides = json.loads(data)["events"]
    standing = [
        each
        for each in view.story.developments
        if each.standing not in (RETRACTED, REDACTED) and not each.target and each.type not in DESK_ACTS
    ]
    assert [each["unique_id"] for each in slides] == [each.id for each in standing]
    dated = [(each, occurred) for each, development in zip(slides, standing, strict=True)
             if (occurred := getattr(development.event, "occurred", ""))]  # fmt: skip
    assert all(each["display_date"] == in_words(occurred) for each, occurred in dated)
    table = csv.DictReader(io.StringIO(timelinejs.write_csv(view).decode(), newline=""))
    title, *rows = table
    assert (title["Type"], tuple(title)) == ("title", timelinejs.COLUMNS)
    for row, each in zip(rows, slides, strict=True):
        assert row["Headline"].removeprefix("'") == each["text"]["headline"].removeprefix("'")
        assert row["Display Date"] == each["display_date"]
        assert row["Year"] == str(each["start_date"]["year"])
        assert row["End Year"] == str(each.get("end_date", {}).get("year", ""))


def test_the_time_of_a_row() -> None:
    _, row = csv.DictReader(
        io.StringIO(timelinejs.write_csv(exported(a_story(occurred="2024-07-30T19:05:09.12Z").events)).decode())
    )
    assert (row["Day"], row["Time"], row["End Time"]) == ("30", "19:05:09", "")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"year":2024', '"year":"2024"'),
        ('"month":8', '"month":13'),
        ('"month":8,', ""),
        ('"display_date"', '"displayed"'),
        ('"start_date"', '"begins"'),
        ("It happened", "<script>x()</script>"),
        ('"events"', '"slides"'),
        ('"unique_id":"story"', '"unique_id":5'),
    ],
)
def test_the_check_finds_what_is_wrong(before: str, after: str) -> None:
    """A control: the documentation does not allow these."""
    data = timelinejs.write(exported(a_story().events)).decode()
    assert before in data
    with pytest.raises(AssertionError):
        check_timelinejs(data.replace(before, after).encode())
