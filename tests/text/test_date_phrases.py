"""Dates as people write them: what they resolve to, why some are refused, and that nothing is guessed."""

from __future__ import annotations

import re
import string
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from msgspec.structs import replace

from tracker.errors import BadDate
from tracker.text.date_context import EXAMPLES, FiscalYear, Reference
from tracker.text.date_phrases import as_typed, understand
from tracker.text.dates import (
    BEGINNING,
    END,
    MONTHS,
    Occurred,
    Span,
    check,
    edge,
    in_words,
    moment_at,
    simplest,
    span,
    why_not,
)


def at(instant: datetime) -> Reference:
    """An instant in UTC, to count from."""
    now = edge(moment_at(instant))
    return Reference(Span(now, now))


ONE_MOMENT = at(datetime(2024, 7, 30, 19, 5, 12, 345_000, tzinfo=UTC))
"""A Tuesday."""


def published(text: str) -> Reference:
    return Reference(span(check(text)))


def read(text: str, reference: Reference = ONE_MOMENT) -> str:
    return understand(text, reference).occurred


def refusal(text: str, reference: Reference = ONE_MOMENT) -> str:
    with pytest.raises(BadDate) as caught:
        understand(text, reference)
    assert caught.value.text == text
    return str(caught.value)


# Generated dates: the subset


def singles() -> st.SearchStrategy[str]:
    dated = st.builds(lambda day, size: day.isoformat()[:size], st.dates(), st.sampled_from([4, 7, 10]))
    grouped = st.builds(
        "{:04}-{}".format, st.integers(1, 9998), st.sampled_from([*range(21, 25), *range(33, 37), 40, 41])
    )
    marked = st.builds("{}{}".format, dated | grouped, st.sampled_from(["", "~", "?", "%"]))
    size = st.sampled_from([16, 19, 21, 22, 23])  # of minutes, seconds and one, two, three decimals
    local = st.builds(lambda now, size: now.isoformat(timespec="milliseconds")[:size], clocks(), size)
    instants = st.builds("{}{}".format, local, st.sampled_from(["Z", "+00:00", "+02:00", "-05:30", "+14:00"]))
    unspecified = st.integers(1, 999).map("{:03}X".format) | st.integers(1, 99).map("{:02}XX".format)
    return marked | instants | unspecified


def edtf() -> st.SearchStrategy[Occurred]:
    both = st.builds(in_order, singles(), singles())
    texts = singles() | both | singles().map("{}/..".format) | singles().map("../{}".format)
    return texts.map(Occurred)


def in_order(a: str, b: str) -> str:
    return f"{b}/{a}" if why_not(f"{a}/{b}") else f"{a}/{b}"


def clocks() -> st.SearchStrategy[datetime]:
    """Naive, and a year inside the years, so that there is room for offsets and for counting days."""
    return st.builds(datetime.combine, st.dates(date(2, 1, 1), date(9998, 12, 31)), st.times())


def month_name(number: int) -> str:
    return MONTHS[number - 1]


# EDTF


@given(edtf())
def test_edtf_comes_back_unchanged(occurred: Occurred) -> None:
    """What is already EDTF and has no second reading is taken as it is, and has no words to keep."""
    assume(as_typed(occurred) == occurred)
    assert understand(occurred, ONE_MOMENT) == (simplest(occurred), "")
    assert understand(f" {occurred}\n", ONE_MOMENT) == (simplest(occurred), "")


@given(edtf())
def test_a_stored_date_can_be_typed_again(occurred: Occurred) -> None:
    """As EDTF, or in words where EDTF has a second reading."""
    assert read(as_typed(occurred)) == simplest(occurred)


@given(edtf())
def test_what_is_said_in_words_is_understood_again(occurred: Occurred) -> None:
    """A date copied from a page gives the same date; so no two dates read the same."""
    assert read(in_words(occurred)) == simplest(occurred)


# Words


@pytest.mark.parametrize(
    ("text", "occurred"),
    [
        ("March 2024", "2024-03"),
        ("Mar 2024", "2024-03"),
        ("Mar. 2024", "2024-03"),
        ("Sept. 2024", "2024-09"),
        ("MARCH, 2024", "2024-03"),
        ("March of 2024", "2024-03"),
        ("may 2024", "2024-05"),
        ("15 March 2024", "2024-03-15"),
        ("5 March 2024", "2024-03-05"),
        ("March 15, 2024", "2024-03-15"),
        ("Mar 15 2024", "2024-03-15"),
        ("March 15th, 2024", "2024-03-15"),
        ("15th of March, 2024", "2024-03-15"),
        ("on 1st March 2024", "2024-03-01"),
        ("29 February 2024", "2024-02-29"),
        ("15 Mar 2024 21:05 +02:00", "2024-03-15T21:05+02:00"),
        ("15 March 2024, 21:05 (UTC+02:00)", "2024-03-15T21:05+02:00"),
        ("15 March 2024 at 9:05 UTC", "2024-03-15T09:05Z"),
        ("15 March 2024 21:05:07.5 -0530", "2024-03-15T21:05:07.5-05:30"),
        ("2024-07-30 21:05 +02:00", "2024-07-30T21:05+02:00"),
        ("2024-07-30 21:05+02:00", "2024-07-30T21:05+02:00"),
        ("2024-07-30 21:05Z", "2024-07-30T21:05Z"),
        ("2024-07-30 21:05 UTC", "2024-07-30T21:05Z"),
        ("2024-07-30 21:05 gmt", "2024-07-30T21:05Z"),
        ("2024-07-30t21:05z", "2024-07-30T21:05Z"),
        ("Q4 2024", "2024-36"),
        ("2024 Q4", "2024-36"),
        ("2024-Q4", "2024-36"),
        ("2024q1", "2024-33"),
        ("the fourth quarter of 2024", "2024-36"),
        ("2nd quarter 2024", "2024-34"),
        ("H1 2024", "2024-40"),
        ("2024 H2", "2024-41"),
        ("first half of 2024", "2024-40"),
        ("the second half of 2024", "2024-41"),
        ("spring 2024", "2024-21"),
        ("in the summer of 2024", "2024-22"),
        ("autumn 2024", "2024-23"),
        ("fall 2024", "2024-23"),
        ("winter 2024/25", "2024-24"),
        ("winter of 2024-2025", "2024-24"),
        ("winter 1999–2000", "1999-24"),
        ("the 2020s", "202X"),
        ("2020s", "202X"),
        ("202x", "202X"),
        ("the 2000s (decade)", "200X"),
        ("the 2000s (century)", "20XX"),
        ("as of March 2024", "2024-03"),
        ("in 2024", "2024"),
        ("during 2024", "2024"),
    ],
)
def test_absolute_words_resolve_to_exactly_what_they_say(text: str, occurred: str) -> None:
    """Written dates become EDTF, whatever the reference, and the words are kept."""
    assert understand(text, ONE_MOMENT) == (occurred, text)
    assert understand(text, Reference(Span(edge(BEGINNING), edge(END)))) == (occurred, text)


@given(st.dates(date(1000, 1, 1)), st.sampled_from([str.lower, str.upper, str.title]), st.booleans())
def test_a_day_is_understood_in_every_common_form(day: date, cased: object, short: bool) -> None:
    """Day first or month first, in full or short, in any case: it is that day."""
    assert callable(cased)
    name = month_name(day.month)[:3] if short else month_name(day.month)
    forms = ("{0} {1} {2}", "{1} {0}, {2}", "{1}  {0} {2}.", "{0}th of {1} {2},", " on {0} {1}. {2}")
    for form in forms:
        assert read(cased(form.format(day.day, name, day.year))) == day.isoformat()


@pytest.mark.parametrize(
    ("text", "occurred"),
    [
        ("about March 2024", "2024-03~"),
        ("around 15 March 2024", "2024-03-15~"),
        ("circa 2024", "2024~"),
        ("c. 2024", "2024~"),
        ("c.2024", "2024~"),
        ("ca. 2024", "2024~"),
        ("approx. Q4 2024", "2024-36~"),
        ("in about 2024", "2024~"),
        ("about the first half of 2024", "2024-40~"),
        ("~2024", "2024~"),
        ("March 2024?", "2024-03?"),
        ("March 2024 ?", "2024-03?"),
        ("March 2024 (uncertain)", "2024-03?"),
        ("about March 2024?", "2024-03%"),
        ("about 2024~", "2024~"),
        ("about 2024?", "2024%"),
        ("2024~ (uncertain)", "2024%"),
        ("about 3 days ago", "2024-07-27~"),
        ("last year?", "2023?"),
    ],
)
def test_about_and_uncertain_become_marks(text: str, occurred: str) -> None:
    """About marks with ~, a question mark with ?, and both together with %."""
    assert understand(text, ONE_MOMENT) == (occurred, text)


@pytest.mark.parametrize(
    ("text", "occurred"),
    [
        ("since March 2024", "2024-03/.."),
        ("from March 2024 on", "2024-03/.."),
        ("from 15 March 2024 onwards", "2024-03-15/.."),
        ("since about 2024", "2024~/.."),
        ("since yesterday", "2024-07-29/.."),
        ("until March 2024", "../2024-03"),
        ("by 15 March 2024", "../2024-03-15"),
        ("till 2024", "../2024"),
        ("up to Q1 2024", "../2024-33"),
        ("29 July to 4 August 2024", "2024-07-29/2024-08-04"),
        ("July 29 to August 4, 2024", "2024-07-29/2024-08-04"),
        ("12 to 15 March 2024", "2024-03-12/2024-03-15"),
        ("12th – 15th March 2024", "2024-03-12/2024-03-15"),
        ("April to June 2024", "2024-04/2024-06"),
        ("April–June 2024", "2024-04/2024-06"),
        ("from April to June 2024", "2024-04/2024-06"),
        ("between April and June 2024", "2024-04/2024-06"),
        ("April 2023 through June 2024", "2023-04/2024-06"),
        ("April 2023 until June 2024", "2023-04/2024-06"),
        ("April to 15 June 2024", "2024-04/2024-06-15"),
        ("Q1 to Q3 2024", "2024-33/2024-35"),
        ("first to second half of 2024", "2024-40/2024-41"),
        ("2023 - 2024", "2023/2024"),
        ("2024-03 to 2024-05-02", "2024-03/2024-05-02"),
        ("in 2023/2024", "2023/2024"),
        ("about March 2024 to June 2024", "2024-03~/2024-06"),
        ("April to about June 2024", "2024-04/2024-06~"),
        ("2022 to last year", "2022/2023"),
        ("yesterday to tomorrow", "2024-07-29/2024-07-31"),
        ("15 March 2024 21:05 UTC to now", "2024-03-15T21:05Z/2024-07-30T19:05Z"),
    ],
)
def test_two_ends_make_an_interval(text: str, occurred: str) -> None:
    """Since and until leave an end open; an end may leave out what the other says."""
    assert understand(text, ONE_MOMENT) == (occurred, text)


@given(st.dates(date(1000, 1, 1)), st.dates(date(1000, 1, 1)))
def test_a_shared_year_or_month_may_be_said_once(a: date, b: date) -> None:
    """Two days of one year, or of one month, need the shared part only at the end."""
    first, last = sorted((a, b.replace(year=a.year, day=min(b.day, 28))))
    end = f"{last.day} {month_name(last.month)} {last.year}"
    both = simplest(Occurred(f"{first}/{last}"))
    assert read(f"{first.day} {month_name(first.month)} to {end}") == both
    if first.month == last.month:
        assert read(f"from {first.day} to {end}") == both
        assert read(f"{first.day}-{end}") == both
        assert read(f"{month_name(last.month)} {first.day}–{last.day}, {last.year}") == both


# Relative words


@pytest.mark.parametrize(
    ("text", "occurred"),
    [
        ("now", "2024-07-30T19:05Z"),
        ("today", "2024-07-30"),
        ("as of today", "2024-07-30"),
        ("Yesterday", "2024-07-29"),
        ("tomorrow", "2024-07-31"),
        ("last week", "2024-07-22/2024-07-28"),
        ("this week", "2024-07-29/2024-08-04"),
        ("next week", "2024-08-05/2024-08-11"),
        ("last month", "2024-06"),
        ("this month", "2024-07"),
        ("next month", "2024-08"),
        ("last year", "2023"),
        ("this year", "2024"),
        ("next year", "2025"),
        ("3 days ago", "2024-07-27"),
        ("a day ago", "2024-07-29"),
        ("two weeks ago", "2024-07-15/2024-07-21"),
        ("1 month ago", "2024-06"),
        ("7 months ago", "2023-12"),
        ("a year ago", "2023"),
        ("twelve years ago", "2012"),
        ("in 3 days", "2024-08-02"),
        ("in a week", "2024-08-05/2024-08-11"),
        ("in 6 months", "2025-01"),
        ("in 2 years", "2026"),
        ("0 days ago", "2024-07-30"),
    ],
)
def test_relative_words_are_as_precise_as_their_unit(text: str, occurred: str) -> None:
    """Days give a day, weeks an ISO week, months a month, years a year, now a minute."""
    assert understand(text, ONE_MOMENT) == (occurred, text)


@pytest.mark.parametrize(
    ("text", "source", "occurred"),
    [
        ("yesterday", "2024-01-01", "2023-12-31"),
        ("now", "2024-07-30T21:05+02:00", "2024-07-30T21:05+02:00"),
        ("last month", "2024-01", "2023-12"),
        ("last year", "2024-01/2024-06", "2023"),
        ("last year", "2024-33", "2023"),
        ("last week", "2024-01-01/2024-01-07", "2023-12-25/2023-12-31"),
    ],
)
def test_words_are_relative_to_when_the_source_was_published(text: str, source: str, occurred: str) -> None:
    """Where both ends of the publication date give one answer, that is it."""
    assert read(text, published(source)) == occurred


@pytest.mark.parametrize(
    ("text", "source", "readings"),
    [
        ("last year", "2023-12-30/2024-01-02", ("2022", "2023")),
        ("yesterday", "2024-03", ("2024-02-29", "2024-03-30")),
        ("now", "2024-07-30", ("2024-07-30T00:00Z", "2024-07-30T23:59Z")),
        ("this week", "2024-07-28/2024-07-29", ("2024-07-22/2024-07-28", "2024-07-29/2024-08-04")),
        ("since last month", "2024", ("2023-12", "2024-11")),
        ("about 3 months ago", "2024-07/..", ("2024-04", "9999-09")),
    ],
)
def test_words_with_two_answers_are_refused_with_both(text: str, source: str, readings: tuple[str, str]) -> None:
    """Where the two ends of the publication date disagree, nothing is guessed."""
    said = refusal(text, published(source))
    assert f"it is {readings[0]}, relative to" in said
    assert f"it is {readings[1]}; write the date itself" in said


@given(clocks(), st.integers(0, 300))
def test_days_ago_are_counted_on_the_calendar(now: datetime, count: int) -> None:
    """So many days ago is that many days back, and a week ago lies in the week that holds that day."""
    reference = at(now.replace(tzinfo=UTC))
    assert read(f"{count} days ago", reference) == (now.date() - timedelta(days=count)).isoformat()
    assert read(f"in {count} days", reference) == (now.date() + timedelta(days=count)).isoformat()
    first, _, last = read(f"{count // 7} weeks ago", reference).partition("/")
    assert first <= (now.date() - timedelta(weeks=count // 7)).isoformat() <= last
    assert date.fromisoformat(first).weekday() == 0


@pytest.mark.parametrize(
    "text", ["9999 years ago", "in 9999 months", "in 9999 years", "in 1 day", "next week", "in 9999 weeks"]
)
def test_relative_words_stay_within_the_years(text: str) -> None:
    """Before year 1 and after year 9999 there are no dates."""
    assert "outside the years 0001 to 9999" in refusal(text, Reference(Span(edge(END), edge(END))))


# Refusals


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("3/4/2024", "day or month first; write 2024-04-03 or 2024-03-04"),
        ("3.4.2024", "day or month first; write 2024-04-03 or 2024-03-04"),
        ("since 3-4-2024", "day or month first"),
        ("99/99/2024", "write a date like"),
        ("3/2024", "write the year first: 2024-3"),
        ("2024/03", "write 2024-03"),
        ("in December", "which year?"),
        ("as of March", "which year?"),
        ("15 March", "which year?"),
        ("3 March to 5 April", "which year?"),
        ("Monday", "a weekday does not say which week"),
        ("next Friday", "write the date: 2024-08-02 or 2024-08-09"),
        ("this Friday", "write the date: 2024-07-26 or 2024-08-02"),
        ("Mon, 30 Jul 2024", "30 July 2024 is a Tuesday; write Tuesday 30 Jul 2024"),
        ("winter 2024", "write winter 2023/2024 or winter 2024/25"),
        ("last winter", "write both, like winter 2024/25"),
        ("the 2000s", "write 200X for the decade or 20XX for the century"),
        ("early 2024", "how early or late is not certain"),
        ("mid-2024", "how early or late is not certain"),
        ("end of March 2024", "how early or late is not certain"),
        ("before 31 April 2024", "April 2024 has the days 01 to 30"),
        ("2024-01-05 17:13 Europe/Paris", "Europe/Paris is no time zone"),
        ("before about March 2024", "write until about march 2024 or since about march 2024"),
        ("from March 2024", "write since March 2024 where it went on"),
        ("Q4 FY2024", "depends on the company's year end; write its months, like 2024-04/2024-06"),
        ("FY 2024", "depends on the company's year end"),
        ("fiscal 2024", "depends on the company's year end"),
        ("last quarter", "the company's or the calendar's"),
        ("15 March 2024 21:05", "write 2024-03-15T21:05Z for UTC"),
        ("15 March 2024 9 a.m.", "write 2024-03-15T09:00Z for UTC"),
        ("15 March 2024 21 pm UTC", "there is no hour 21 pm; write 21:00 without pm"),
        ("15 March 2024 11:05 noon UTC", "noon is 12:00"),
        ("15 March 2024 midnight UTC", "midnight begins one day and ends another"),
        ("March 2024 21:05 UTC", "write the day, the time"),
        ("2024-07-30 25:05Z", "hours run from 00 to 23"),
        ("30 July 2024 21:05 +15:00", "between -14:00 and +14:00"),
        ("31 April 2024", "April 2024 has the days 01 to 30"),
        ("since 31 April 2024", "April 2024 has the days 01 to 30"),
        ("5 May to 31 June 2024", "June 2024 has the days 01 to 30"),
        ("31 to 15 June 2024", "June 2024 has the days 01 to 30"),
        ("29 February 2023", "February 2023 has the days 01 to 28"),
        ("March 0000", "years run from 0001 to 9999"),
        ("2024-02-30", "February 2024 has the days 01 to 29"),
        ("since 2024-02-30", "February 2024 has the days 01 to 29"),
        ("2024-13", "there is no month 13"),
        ("2024-XX", "write 2024"),
        ("../..", "one end has to be known"),
        ("/2024", "two dots"),
        ("29 to 4 August 2024", "write month and year at both ends"),
        ("November to 3 February 2025", "write month and year at both ends"),
        ("June 2024 to April 2024", "it ends before it starts"),
        ("about April to June 2024", "write both ends in full"),
        ("April to June 2024?", "write both ends in full"),
        ("~April - June 2024", "write both ends in full"),
        ("about last week", "go with a single date"),
        ("since last week", "last week is itself an interval, 2024-07-22/2024-07-28"),
        ("last week to today", "is itself an interval"),
        ("about now", "an instant takes no mark"),
        ("about the 2020s", "unspecified digits take no mark"),
        ("since forever", "write a date like"),
        ("until forever", "write a date like"),
        ("then to now", "write a date like"),
        ("now to then", "write a date like"),
        ("soon", "write a date like"),
        ("2024 or so", "only '2024' of it is a date"),
        ("?", "write a date like"),
        ("", "write a date like"),
        (" \n", "write a date like"),
    ],
)
def test_what_is_not_certain_is_refused_with_what_to_write(text: str, remedy: str) -> None:
    """Ambiguous, impossible and unknown words are refused, and the message shows a form that works."""
    assert remedy in refusal(text)


def test_a_refusal_names_the_field_and_shows_examples_that_work() -> None:
    """Whoever gets lost sees forms to copy, each of which is understood."""
    with pytest.raises(BadDate, match=r"^due: 'soon': write a date like") as caught:
        understand("soon", ONE_MOMENT, field="due")
    for form in EXAMPLES:
        assert form in str(caught.value)
        assert read(form)


def test_endless_text_is_refused_unread() -> None:
    """A pasted article is no date, and the message does not repeat it."""
    with pytest.raises(BadDate, match="at most 120 characters") as caught:
        understand("March " * 100_000, ONE_MOMENT, field="occurred")
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("  last \t year. ", "last year"),
        ("March 2024,", "March 2024"),
        ("15 Mar. 2024", "15 Mar. 2024"),
        ("2024-03.", ""),
        (" 2024-03/.. ", ""),
        ("April–June 2024", "April–June 2024"),
    ],
)
def test_the_words_are_kept_as_typed_with_tidy_spaces(text: str, kept: str) -> None:
    """Case and punctuation stay, spacing and the mark at the end do not; EDTF has no words."""
    assert understand(text, ONE_MOMENT).occurred_as == kept


WORDS = st.sampled_from(
    [
        *(
            "about",
            "around",
            "c.",
            "since",
            "until",
            "by",
            "from",
            "on",
            "to",
            "and",
            "between",
            "-",
            "the",
            "of",
        ),
        *(
            "in",
            "last",
            "this",
            "next",
            "week",
            "month",
            "year",
            "days",
            "ago",
            "3",
            "12",
            "31",
            "now",
            "today",
        ),
        *(
            "March",
            "Apr.",
            "2024",
            "2023?",
            "Q4",
            "FY",
            "first",
            "half",
            "(uncertain)",
            "2020s",
            "21:05",
            "UTC",
        ),
        *("..", "/", "~"),
    ]
)


@given(st.text() | st.text(string.printable, max_size=40) | st.lists(WORDS, max_size=8).map(" ".join))
@example("????????????????????????????????????????????????????????????????????????????????2024")
def test_any_text_is_either_understood_or_refused(text: str) -> None:
    """Nothing but a date of the subset or ``BadDate`` ever comes out, and its words lead to it again."""
    try:
        occurred, words = understand(text, ONE_MOMENT)
    except BadDate:
        return
    assert check(occurred) == occurred
    assert read(words or occurred) == occurred


@given(st.text(string.ascii_lowercase, min_size=1, max_size=12))
def test_a_single_unknown_word_is_never_taken(word: str) -> None:
    """Of all lower-case words, only four are dates by themselves."""
    if not re.fullmatch("now|today|yesterday|tomorrow", word):
        assert refusal(word)


@pytest.mark.parametrize(
    ("words", "occurred"),
    [
        ("an hour ago", "2024-08-01T11:34Z"),
        ("2 hours ago", "2024-08-01T10:34Z"),
        ("10 minutes ago", "2024-08-01T12:24Z"),
        ("in 90 minutes", "2024-08-01T14:04Z"),
    ],
)
def test_hours_and_minutes_count_from_the_instant(words: str, occurred: str) -> None:
    """To the minute, as now is."""
    assert read(words, at(datetime(2024, 8, 1, 12, 34, 56, tzinfo=UTC))) == occurred


@pytest.mark.parametrize("words", ["this morning", "tonight"])
def test_a_part_of_the_day_is_refused(words: str) -> None:
    assert "needs the day and the clock, like 2024-07-30 21:05 +02:00" in refusal(words)


def test_hours_that_leave_the_calendar_are_refused() -> None:
    assert "outside the years" in refusal("2 hours ago", at(datetime(1, 1, 1, tzinfo=UTC)))


# Fiscal periods


MICROSOFT = FiscalYear("Microsoft", 6)
ACME = FiscalYear("Acme", 6)
CALENDAR = FiscalYear("Calendar", 12, by_start=True)
RETAIL = FiscalYear("Retail", 1, by_start=True)
FEBRUARY = FiscalYear("February", 2)
TAXES = FiscalYear("Taxes", 4, 5)
LATE = FiscalYear("Late", 5, 30)


def fiscal(text: str, *years: FiscalYear, reference: Reference = ONE_MOMENT) -> str:
    understood = understand(text, reference, fiscal=years)
    assert understood.occurred_as == text
    return understood.occurred


def fiscal_refusal(text: str, *years: FiscalYear, reference: Reference = ONE_MOMENT) -> str:
    with pytest.raises(BadDate) as caught:
        understand(text, reference, fiscal=years)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "year", "occurred"),
    [
        ("FY2024", MICROSOFT, "2023-07/2024-06"),
        ("Q1 FY2024", MICROSOFT, "2023-07/2023-09"),
        ("Q2 FY2024", MICROSOFT, "2023-10/2023-12"),
        ("Q3 FY2024", MICROSOFT, "2024-01/2024-03"),
        ("Q4 FY2024", MICROSOFT, "2024-04/2024-06"),
        ("H1 FY2024", MICROSOFT, "2023-07/2023-12"),
        ("H2 FY2024", MICROSOFT, "2024-01/2024-06"),
        ("FY2024", CALENDAR, "2024-01/2024-12"),
        ("Q1 FY2024", CALENDAR, "2024-01/2024-03"),
        ("FY2024", RETAIL, "2024-02/2025-01"),
        ("Q4 FY2024", RETAIL, "2024-11/2025-01"),
        ("FY2024", FEBRUARY, "2023-03/2024-02"),
        ("FY2024", TAXES, "2023-04-06/2024-04-05"),
        ("Q1 FY2024", TAXES, "2023-04-06/2023-07-05"),
        ("Q4 FY2024", TAXES, "2024-01-06/2024-04-05"),
        ("H1 FY2024", TAXES, "2023-04-06/2023-10-05"),
        ("FY2024", replace(TAXES, by_start=True), "2024-04-06/2025-04-05"),
        ("Q3 FY2024", LATE, "2023-12-01/2024-02-29"),
        ("FY0001", CALENDAR, "0001-01/0001-12"),
        ("FY9999", MICROSOFT, "9998-07/9999-06"),
    ],
)
def test_a_fiscal_period_is_that_of_the_company(text: str, year: FiscalYear, occurred: str) -> None:
    """Named by the year it ends in or begins in; to the day, where the year ends within a month."""
    assert fiscal(text, year) == occurred


@pytest.mark.parametrize(
    "text",
    [
        *(
            "Q4 FY2024",
            "Q4 FY 2024",
            "Q4 FY24",
            "q4 fy'24",
            "Q4 of FY2024",
            "FY2024 Q4",
            "FY24 Q4",
            "in Q4 FY2024",
        ),
        *(
            "Q4 fiscal 2024",
            "Q4 of fiscal year 2024",
            "fiscal Q4 2024",
            "fiscal Q4 of 2024",
            "during fiscal Q4 2024",
        ),
        *("the fourth quarter of fiscal 2024", "fourth fiscal quarter of 2024", "the 4th quarter of FY2024"),
        *("the fourth quarter of the financial year 2024", "for the 4th fiscal quarter 2024", "FY2024, Q4."),
    ],
)
def test_a_fiscal_quarter_is_understood_in_every_common_form(text: str) -> None:
    assert understand(text, ONE_MOMENT, fiscal=[MICROSOFT]).occurred == "2024-04/2024-06"


@pytest.mark.parametrize(
    "text", ["FY2024", "fiscal 2024", "the fiscal year 2024", "in FY24", "financial year 2024"]
)
def test_so_is_a_whole_fiscal_year(text: str) -> None:
    assert fiscal(text, MICROSOFT) == "2023-07/2024-06"


def test_companies_that_agree_on_the_months_are_no_obstacle() -> None:
    assert fiscal("Q4 FY2024", MICROSOFT, ACME) == "2024-04/2024-06"
    assert fiscal("FY2024", FiscalYear("A", 12), CALENDAR) == "2024-01/2024-12"


def test_companies_that_do_not_agree_are_told_with_their_months() -> None:
    assert fiscal_refusal("FY2024", MICROSOFT, TAXES).endswith(
        "it is 2023-07/2024-06 for Microsoft, 2023-04-06/2024-04-05 for Taxes; write the months of the one that is"
        " meant"
    )


def test_a_fiscal_period_of_nobody_whose_year_is_known_is_refused() -> None:
    """With both ways out: the months, or the company."""
    for text in ("Q4 FY2024", "FY24", "fourth fiscal quarter of 2024"):
        assert "write its months, like 2024-04/2024-06, or name the company" in fiscal_refusal(text)


@pytest.mark.parametrize(
    "text",
    [
        *("since FY2024", "FY2023 to FY2024", "about FY2024", "FY2024?", "FY2023-24", "Q5 FY2024", "FY10000"),
        *("third half of FY2024", "third fiscal half of 2024", "FY", "end of fiscal 2024", "FY0000"),
    ],
)
def test_more_than_a_fiscal_period_by_itself_is_refused(text: str) -> None:
    """Though the company's year is known: its months say what is meant."""
    assert fiscal_refusal(text, MICROSOFT).endswith("like Q4 FY2024 or FY2024; write its months")


@pytest.mark.parametrize(
    ("text", "year"),
    [("FY0001", MICROSOFT), ("Q1 FY0001", TAXES), ("FY9999", RETAIL), ("FY9999", replace(TAXES, by_start=True))],
)
def test_fiscal_years_stay_within_the_years(text: str, year: FiscalYear) -> None:
    assert "outside the years 0001 to 9999" in fiscal_refusal(text, year)


def test_a_year_of_two_digits_is_one_that_has_come_or_is_near() -> None:
    """Ten years on it may as well be of the last century."""
    assert fiscal("FY34", CALENDAR) == "2034-01/2034-12"
    assert "which century? Write the year with four digits, like FY1935" in fiscal_refusal("FY35", CALENDAR)
    assert fiscal("FY35", CALENDAR, reference=published("2025")) == "2035-01/2035-12"


def test_what_is_no_fiscal_period_is_not_touched_by_whose_year_it_is() -> None:
    assert fiscal("Q4 2024", MICROSOFT) == "2024-36"
    assert understand("2024-07", ONE_MOMENT, fiscal=[MICROSOFT]) == ("2024-07", "")


def years_of_companies() -> st.SearchStrategy[FiscalYear]:
    ends = st.tuples(st.integers(1, 12), st.integers(0, 27))
    return st.builds(lambda end, by_start: FiscalYear("A", *end, by_start), ends, st.booleans())


@given(years_of_companies(), st.integers(1000, 9000))
def test_the_quarters_of_a_fiscal_year_are_the_year(year: FiscalYear, number: int) -> None:
    """One follows the other without a gap, two make a half, and four the whole; the next year follows."""
    quarters = [days_of(f"Q{each} FY{number}", year) for each in range(1, 5)]
    halves = [days_of(f"H{each} FY{number}", year) for each in (1, 2)]
    whole, following = days_of(f"FY{number}", year), days_of(f"FY{number + 1}", year)
    for (_, end), (start, _) in zip(quarters, [*quarters[1:], following], strict=True):
        assert end + timedelta(days=1) == start
    assert halves == [(quarters[0][0], quarters[1][1]), (quarters[2][0], quarters[3][1])]
    assert whole == (halves[0][0], halves[1][1])


def days_of(text: str, year: FiscalYear) -> tuple[date, date]:
    first, last = span(check(understand(text, ONE_MOMENT, fiscal=[year]).occurred))
    return date.fromisoformat(first.day), date.fromisoformat(last.day)
