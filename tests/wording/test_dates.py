"""Dates in words: exactly as precise as they are known, in whole phrases, in every language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import dates as any_date
from tracker.text.dates import Occurred, in_words
from tracker.wording import dates
from tracker.wording.catalogue import LANGUAGES
from tracker.wording.messages import Wording

ENGLISH = Wording()


@pytest.mark.parametrize(
    ("occurred", "on", "since", "by", "some_time"),
    [
        ("2024-01-24", "on 24 January 2024", "since 24 January 2024", "by 24 January 2024",
         "some time on 24 January 2024"),
        ("2024-03", "in March 2024", "since March 2024", "by March 2024", "some time in March 2024"),
        ("2024", "in 2024", "since 2024", "by 2024", "some time in 2024"),
        ("2024-03~", "around March 2024", "since about March 2024", "by about March 2024",
         "some time around March 2024"),
        ("2024?", "in 2024, it is thought", "since 2024, it is thought", "by 2024, it is thought",
         "some time in 2024, it is thought"),
        ("2024-02%", "around February 2024, it is thought", "since about February 2024, it is thought",
         "by about February 2024, it is thought", "some time around February 2024, it is thought"),
        ("2024-21", "in spring 2024", "since spring 2024", "by spring 2024", "some time in spring 2024"),
        ("2023-24", "in winter 2023/24", "since winter 2023/24", "by winter 2023/24",
         "some time in winter 2023/24"),
        ("2023-36", "in Q4 2023", "since Q4 2023", "by Q4 2023", "some time in Q4 2023"),
        ("2024-40", "in the first half of 2024", "since the first half of 2024", "by the first half of 2024",
         "some time in the first half of 2024"),
        ("202X", "in the 2020s", "since the 2020s", "by the 2020s", "some time in the 2020s"),
        ("200X", "in the 2000s (decade)", "since the 2000s (decade)", "by the 2000s (decade)",
         "some time in the 2000s (decade)"),
        ("19XX", "in the 1900s (century)", "since the 1900s (century)", "by the 1900s (century)",
         "some time in the 1900s (century)"),
        ("2024-01-05T17:13-08:00", "on 5 January 2024 at 17:13 (UTC−08:00)",
         "since 5 January 2024, 17:13 (UTC−08:00)",
         "by 5 January 2024, 17:13 (UTC−08:00)", "some time on 5 January 2024 at 17:13 (UTC−08:00)"),
        ("2024-01-05T17:13Z", "on 5 January 2024 at 17:13 UTC", "since 5 January 2024, 17:13 UTC",
         "by 5 January 2024, 17:13 UTC", "some time on 5 January 2024 at 17:13 UTC"),
        ("2023/2024-03", "some time between 2023 and March 2024", "since some time between 2023 and March 2024",
         "some time between 2023 and March 2024", "some time between 2023 and March 2024"),
        ("../2024-03", "by March 2024", "since March 2024 at the latest", "by March 2024",
         "by March 2024 at the latest"),
        ("2024-03/..", "some time from March 2024 on", "since March 2024", "some time from March 2024 on",
         "some time from March 2024 on"),
        ("2024/2024", "in 2024", "since 2024", "by 2024", "some time in 2024"),
        ("", "on a day we do not know", "", "", ""),
    ],
)  # fmt: skip
def test_each_use_of_a_date_is_a_whole_phrase(occurred: str, on: str, since: str, by: str, some_time: str) -> None:
    given = Occurred(occurred)
    assert (dates.when(ENGLISH, given), dates.since(ENGLISH, given)) == (on, since)
    if occurred:
        assert (dates.by(ENGLISH, given), dates.some_time(ENGLISH, given)) == (by, some_time)


@given(any_date())
def test_in_english_a_date_has_the_words_that_editors_read(occurred: str) -> None:
    assert dates.date(ENGLISH, Occurred(occurred)) == in_words(Occurred(occurred))


@pytest.mark.parametrize(
    ("occurred", "words"),
    [
        ("2024-01-24", "24. Januar 2024"),
        ("2024-03", "März 2024"),
        ("2023", "2023"),
        ("2024-07-29/2024-08-04", "29. Juli 2024 bis 4. August 2024"),
        ("2024-01-05T17:13Z", "5. Januar 2024, 17:13 UTC"),
        ("2024/..", "seit 2024"),
        ("../2024", "bis 2024"),
    ],
)
def test_another_language_has_its_own_words(occurred: str, words: str) -> None:
    assert dates.date(Wording("de"), Occurred(occurred)) == words


def test_an_instant_of_recording_has_its_day_and_its_minute() -> None:
    assert dates.day(ENGLISH, "2024-01-24T17:13:05.123Z") == "24 January 2024"
    assert dates.minute(ENGLISH, "2024-01-24T17:13:05.123Z") == "24 January 2024, 17:13 UTC"


@given(any_date(), st.sampled_from(LANGUAGES))
def test_every_date_has_words_in_every_language(occurred: str, language: str) -> None:
    """Each phrase is one line, without the marks of the notation."""
    wording = Wording(language)
    for phrase in (dates.date, dates.when, dates.since, dates.by, dates.some_time):
        words = phrase(wording, Occurred(occurred))
        assert words.strip() == words
        assert words
        assert not {"~", "%", "X", "{"} & set(words)
        assert ".." not in words
