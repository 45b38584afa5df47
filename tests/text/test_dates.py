"""Dates as precise as known: what is taken, what it spans, how it reads, and what edtf makes of it."""

from __future__ import annotations

import re
import string
import warnings
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tracker.errors import BadDate
from tracker.text.dates import (
    BEGINNING,
    END,
    Edge,
    Moment,
    Occurred,
    Recorded,
    Span,
    apart,
    check,
    check_recorded,
    in_order,
    in_words,
    later,
    moment_at,
    recorded_at,
    simplest,
    span,
    to_datetime,
    why_not,
)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # edtf's grammar triggers pyparsing's diagnostics while it is imported
    from edtf import parse_edtf
    from edtf.parser.edtf_exceptions import EDTFParseException

# Generated dates: the whole subset

GROUPS = ("21", "22", "23", "24", "33", "34", "35", "36", "40", "41")


def years(first: int = 1, last: int = 9999) -> st.SearchStrategy[str]:
    return (st.integers(1900, 2100) | st.integers(first, last)).map(lambda year: f"{year:04}")


def months() -> st.SearchStrategy[str]:
    return st.builds("{}-{:02}".format, years(), st.integers(1, 12))


def days() -> st.SearchStrategy[str]:
    return st.dates().map(date.isoformat)


def groups() -> st.SearchStrategy[str]:
    return st.builds("{}-{}".format, years(last=9998), st.sampled_from(GROUPS))


def marked() -> st.SearchStrategy[str]:
    return st.builds("{}{}".format, years() | months() | days() | groups(), st.sampled_from(["", "~", "?", "%"]))


def unspecified() -> st.SearchStrategy[str]:
    decades = st.integers(1, 999).map(lambda decade: f"{decade:03}X")
    centuries = st.integers(1, 99).map(lambda century: f"{century:02}XX")
    return decades | centuries


def clocks() -> st.SearchStrategy[datetime]:
    """Naive, and a day inside the years, so that every offset is possible."""
    return st.builds(datetime.combine, st.dates(date(1, 1, 2), date(9999, 12, 30)), st.times())


def instants() -> st.SearchStrategy[str]:
    minutes = st.integers(-14 * 60, 14 * 60)
    return st.builds(written, clocks(), minutes, st.sampled_from(["minutes", "seconds", 1, 2, 3]), st.booleans())


def written(local: datetime, offset: int, precision: str | int, zulu: bool) -> str:
    zone = "Z" if zulu else datetime(2024, 1, 1, tzinfo=timezone(timedelta(minutes=offset))).isoformat()[-6:]
    if isinstance(precision, int):
        return f"{local.isoformat(timespec='microseconds')[: 20 + precision]}{zone}"
    return f"{local.isoformat(timespec=precision)}{zone}"


def singles() -> st.SearchStrategy[str]:
    return marked() | unspecified() | instants()


def intervals() -> st.SearchStrategy[str]:
    both = st.builds(ordered, singles(), singles())
    return both | singles().map("{}/..".format) | singles().map("../{}".format)


def ordered(a: str, b: str) -> str:
    return f"{b}/{a}" if why_not(f"{a}/{b}") else f"{a}/{b}"


def dates() -> st.SearchStrategy[Occurred]:
    return (singles() | intervals()).map(Occurred)


# What is taken


def day_span(first: str, last: str) -> Span:
    return Span(*(Edge(each, each) for each in map(Moment, (f"{first}T00:00:00.000Z", f"{last}T23:59:59.999Z"))))


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023", "2023-01-01", "2023-12-31"),
        ("0001", "0001-01-01", "0001-12-31"),
        ("9999", "9999-01-01", "9999-12-31"),
        ("2024-03", "2024-03-01", "2024-03-31"),
        ("2024-04", "2024-04-01", "2024-04-30"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2023-02", "2023-02-01", "2023-02-28"),
        ("1900-02", "1900-02-01", "1900-02-28"),
        ("2000-02", "2000-02-01", "2000-02-29"),
        ("9999-12", "9999-12-01", "9999-12-31"),
        ("2023-12-15", "2023-12-15", "2023-12-15"),
        ("2024-02-29", "2024-02-29", "2024-02-29"),
        ("2024-03~", "2024-03-01", "2024-03-31"),
        ("2024?", "2024-01-01", "2024-12-31"),
        ("2023-12-15%", "2023-12-15", "2023-12-15"),
        ("2024-21", "2024-03-01", "2024-05-31"),
        ("2024-22", "2024-06-01", "2024-08-31"),
        ("2024-23~", "2024-09-01", "2024-11-30"),
        ("2023-24", "2023-12-01", "2024-02-29"),
        ("2024-24", "2024-12-01", "2025-02-28"),
        ("2024-33", "2024-01-01", "2024-03-31"),
        ("2024-34", "2024-04-01", "2024-06-30"),
        ("2024-35", "2024-07-01", "2024-09-30"),
        ("2024-36?", "2024-10-01", "2024-12-31"),
        ("2024-40", "2024-01-01", "2024-06-30"),
        ("2024-41%", "2024-07-01", "2024-12-31"),
        ("202X", "2020-01-01", "2029-12-31"),
        ("20XX", "2000-01-01", "2099-12-31"),
        ("001X", "0010-01-01", "0019-12-31"),
        ("2024-03/2024-05", "2024-03-01", "2024-05-31"),
        ("2024-07-29/2024-08-04", "2024-07-29", "2024-08-04"),
        ("2024~/2024-05?", "2024-01-01", "2024-05-31"),
        ("2024-07/2024", "2024-07-01", "2024-12-31"),
        ("2024/2024-03", "2024-01-01", "2024-03-31"),
        ("2024/2024", "2024-01-01", "2024-12-31"),
        ("202X/203X", "2020-01-01", "2039-12-31"),
        ("2024-33/2024-34", "2024-01-01", "2024-06-30"),
    ],
)
def test_a_date_spans_the_days_it_may_mean(text: str, first: str, last: str) -> None:
    """Every form that is made of days covers them from the first millisecond to the last, in UTC."""
    assert span(check(text)) == day_span(first, last)


@pytest.mark.parametrize(
    ("text", "earliest", "latest"),
    [
        ("2024-07-30T21:05+02:00", "2024-07-30T19:05:00.000Z", "2024-07-30T19:05:59.999Z"),
        ("2024-07-30T21:05Z", "2024-07-30T21:05:00.000Z", "2024-07-30T21:05:59.999Z"),
        ("2024-07-30T21:05:07Z", "2024-07-30T21:05:07.000Z", "2024-07-30T21:05:07.999Z"),
        ("2024-07-30T21:05:07.1Z", "2024-07-30T21:05:07.100Z", "2024-07-30T21:05:07.199Z"),
        ("2024-07-30T21:05:07.12Z", "2024-07-30T21:05:07.120Z", "2024-07-30T21:05:07.129Z"),
        ("2024-07-30T21:05:07.123-14:00", "2024-07-31T11:05:07.123Z", "2024-07-31T11:05:07.123Z"),
        ("2024-01-01T00:30+14:00", "2023-12-31T10:30:00.000Z", "2023-12-31T10:30:59.999Z"),
        ("2024-01-01T00:30+05:45", "2023-12-31T18:45:00.000Z", "2023-12-31T18:45:59.999Z"),
        ("2024-01-01T00:30+00:00", "2024-01-01T00:30:00.000Z", "2024-01-01T00:30:59.999Z"),
        ("9999-12-31T23:59Z", "9999-12-31T23:59:00.000Z", END),
        ("0001-01-01T14:00+14:00", BEGINNING, "0001-01-01T00:00:59.999Z"),
        ("2024-03/..", "2024-03-01T00:00:00.000Z", END),
        ("../2024-03~", BEGINNING, "2024-03-31T23:59:59.999Z"),
        ("2024-07-30T21:05Z/..", "2024-07-30T21:05:00.000Z", END),
        ("2024-07-29/2024-07-30T21:05+02:00", "2024-07-29T00:00:00.000Z", "2024-07-30T19:05:59.999Z"),
    ],
)
def test_an_instant_spans_its_own_precision_and_an_open_end_all_time(
    text: str, earliest: str, latest: str
) -> None:
    """An instant is a minute, a second or a fraction wide; an open end reaches to the end of the years."""
    assert tuple(each.instant for each in span(check(text))) == (earliest, latest)


@given(dates())
def test_whatever_is_taken_is_unchanged_and_starts_no_later_than_it_ends(occurred: Occurred) -> None:
    """A taken date comes back as it is, and its span is in order and on the calendar."""
    assert check(occurred) == occurred
    earliest, latest = (each.instant for each in span(occurred))
    assert BEGINNING <= earliest <= END
    assert BEGINNING <= latest <= END
    assert not span(occurred).latest.is_before(span(occurred).earliest) or earliest <= latest
    assert [moment_at(to_datetime(end)) for end in (earliest, latest)] == [earliest, latest]


@given(st.dates(max_value=date(9999, 12, 30)))
def test_days_follow_each_other_without_a_gap(day: date) -> None:
    """The millisecond after a day's last is the next day's first."""
    today, tomorrow = (span(check(each.isoformat())) for each in (day, day + timedelta(days=1)))
    assert to_datetime(today.latest.instant) + timedelta(milliseconds=1) == to_datetime(tomorrow.earliest.instant)


@given(st.integers(1, 9998), st.sampled_from(["01 02 03 04 05 06 07 08 09 10 11 12", "33 34 35 36", "40 41"]))
def test_months_quarters_and_halves_tile_the_year(year: int, codes: str) -> None:
    """Together they cover the year, each beginning where the one before it ends."""
    parts = [span(check(f"{year:04}-{code}")) for code in codes.split()]
    whole = span(check(f"{year:04}"))
    assert (parts[0].earliest, parts[-1].latest) == (whole.earliest, whole.latest)
    for before, after in pairwise(parts):
        end, start = to_datetime(before.latest.instant), to_datetime(after.earliest.instant)
        assert end + timedelta(milliseconds=1) == start


@given(clocks(), st.integers(-14 * 60, 14 * 60))
def test_an_instant_is_the_same_in_every_offset(utc: datetime, minutes: int) -> None:
    """Written in any offset, an instant spans what it spans in UTC."""
    aware = utc.replace(microsecond=0, tzinfo=UTC)
    elsewhere = aware.astimezone(timezone(timedelta(minutes=minutes)))
    assert span(check(elsewhere.isoformat())).earliest.instant == moment_at(aware)


# What is refused


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("", "nothing is written; write a date like 2024-03-15"),
        ("last year", "write the date as EDTF"),
        ("2024-03-15 21:05+02:00", "write 2024-03-15T21:05+02:00"),
        ("2024-03-15\n", "take out the space or line break"),
        (" 2024", "take out the space"),
        ("2024-03-15T21:05 +02:00", "take out the space"),
        ("٢٠٢٤", "plain digits"),
        ("2024-0３", "plain digits"),
        ("2024-03−15", "plain digits"),
        ("2024-03-15t21:05Z", "capitals"),
        ("2024-03-15T21:05z", "capitals"),
        ("202x", "capitals"),
        ("2024-13", "there is no month 13"),
        ("2024-00", "there is no month 00"),
        ("2024-20", "seasons 21 to 24"),
        ("2024-25", "seasons 21 to 24"),
        ("2024-37", "quarters 33 to 36"),
        ("2024-42", "halves 40 and 41"),
        ("2024-21-05", "there is no month 21 with days"),
        ("2024-00-05", "there is no month 00 with days"),
        ("2024-02-30", "February 2024 has the days 01 to 29"),
        ("2023-02-29", "February 2023 has the days 01 to 28"),
        ("1900-02-29", "February 1900 has the days 01 to 28"),
        ("2024-04-31", "April 2024 has the days 01 to 30"),
        ("2024-03-00", "March 2024 has the days 01 to 31"),
        ("0000", "years run from 0001 to 9999"),
        ("0000-01-01T00:00Z", "years run from 0001 to 9999"),
        ("000X", "years run from 0001 to 9999"),
        ("00XX", "years run from 0001 to 9999"),
        ("9999-24", "it ends after the year 9999; write 9999-12"),
        ("2024-03-15T21:05", "add the offset, like 2024-07-30T21:05+02:00"),
        ("2024-03-15T21:05:00.5", "add the offset"),
        ("2024-03-15T21", "minutes and an offset"),
        ("2024-03-15T21Z", "write the minutes too: 2024-03-15T21:00Z"),
        ("2024-03-15T21:05+02", "minutes and an offset"),
        ("2024-03-15T21:05+0200", "minutes and an offset"),
        ("2024-03T21:05Z", "minutes and an offset"),
        ("2024-03-15T21:05:00.1234Z", "at most three decimals"),
        ("2024-03-15T24:00Z", "midnight is 00:00 of the day that begins"),
        ("2024-03-15T21:60Z", "run from 00 to 59"),
        ("2024-03-15T21:05:60Z", "a leap second as 59"),
        ("2024-02-30T21:05Z", "February 2024 has the days 01 to 29"),
        ("2024-13-01T21:05Z", "there is no month 13"),
        ("2024-03-15T21:05+14:01", "between -14:00 and +14:00"),
        ("2024-03-15T21:05-15:00", "between -14:00 and +14:00"),
        ("2024-03-15T21:05+02:60", "between -14:00 and +14:00"),
        ("2024-03-15T21:05-00:00", "write Z for UTC"),
        ("9999-12-31T23:00-14:00", "in UTC it falls outside the years"),
        ("0001-01-01T00:00+00:01", "in UTC it falls outside the years"),
        ("2024-03-15T21:05Z~", "an instant takes no mark; write the day, like 2024-03-15~"),
        ("202X~", "unspecified digits take no mark; write 202X"),
        ("20XX?", "unspecified digits take no mark; write 20XX"),
        ("2XXX", "write a date like"),
        ("2024-XX", "leave out what is not known: write 2024"),
        ("2024-XX-XX~", "leave out what is not known: write 2024"),
        ("2024-03-XX", "leave out what is not known: write 2024-03"),
        ("2024~?", "one mark is enough"),
        ("~2024", "put the mark at the end, like 2024-03~"),
        ("2024~-03", "put the mark at the end"),
        ("2024-3", "two digits"),
        ("2024-3-5", "two digits"),
        ("20240315", "write it with hyphens, like 2024-03-15"),
        ("2024/03/15", "a date has hyphens, like 2024-03-15"),
        ("2024/03", "a date has hyphens"),
        ("../..", "one end has to be known"),
        ("..", "write a date like"),
        ("/2024", "an open end as two dots"),
        ("2024/", "an open end as two dots"),
        ("/", "an open end as two dots"),
        ("2024/2025/2026", "a slash joins two dates"),
        ("2024-02-30/2024-03", "February 2024 has the days 01 to 29"),
        ("2024/2024-13", "there is no month 13"),
        ("2024/2023", "it ends before it starts; in order it is 2023/2024"),
        ("2024-03-15/2024-03-14", "it ends before it starts"),
        ("2024-07-30T21:05Z/2024-07-30T21:05+02:00", "it ends before it starts"),
        ("March-2024", "write a date like 2023, 2024-03"),
        ("20245", "write a date like"),
        ("-2024", "write a date like"),
        ("2" * 65, "at most 64 characters"),
    ],
)
def test_a_refusal_says_what_would_be_taken(text: str, remedy: str) -> None:
    """Whatever is not in the subset is refused, with the reason and the form to write instead."""
    with pytest.raises(BadDate, match=re.escape(remedy)):
        check(text)
    with pytest.raises(BadDate, match=re.escape(remedy)):
        span(Occurred(text))
    with pytest.raises(BadDate, match=re.escape(remedy)):
        in_words(Occurred(text))
    assert remedy in why_not(text)


def test_a_refusal_names_the_field_and_the_text() -> None:
    """The message begins with the field, then what was written, cut where it is endless."""
    with pytest.raises(BadDate, match=r"^due: '2024-13': there is no month 13") as caught:
        check("2024-13", field="due")
    assert (caught.value.text, caught.value.field) == ("2024-13", "due")
    with pytest.raises(BadDate) as caught:
        check("x" * 1_000_000)
    assert len(str(caught.value)) < 400


@given(dates(), st.data())
def test_whitespace_foreign_digits_and_small_letters_are_refused_anywhere(
    occurred: Occurred, data: st.DataObject
) -> None:
    """No date survives a space, a line break, a digit of another script or a letter in lower case."""
    at = data.draw(st.integers(0, len(occurred)))
    blank = data.draw(st.sampled_from(" \n\t\r\u00a0\u2028\x00"))
    assert why_not(f"{occurred[:at]}{blank}{occurred[at:]}")
    digit = data.draw(st.sampled_from([n for n, char in enumerate(occurred) if char.isdigit()]))
    for zero in ("\u0660", "\uff10", "\u0966"):
        assert why_not(f"{occurred[:digit]}{chr(ord(zero) + int(occurred[digit]))}{occurred[digit + 1 :]}")
    if occurred.lower() != occurred:
        assert why_not(occurred.lower())


@given(dates(), st.data())
def test_a_changed_character_is_refused_or_makes_another_sound_date(
    occurred: Occurred, data: st.DataObject
) -> None:
    """A slip of the keyboard never gives a date without a sound span and words of its own."""
    at = data.draw(st.integers(0, len(occurred) - 1))
    slipped = occurred[:at] + data.draw(st.sampled_from(string.printable)) + occurred[at + 1 :]
    if not why_not(slipped):
        earliest, latest = span(check(slipped))
        assert earliest.instant <= latest.instant or not latest.is_before(earliest)
        same = simplest(Occurred(slipped)) == simplest(occurred)
        assert (in_words(Occurred(slipped)) == in_words(occurred)) == same


@given(st.text() | st.text("0123456789-:/.TZX~?%+ ", max_size=70))
@example("2024-03")
def test_any_text_is_either_taken_or_refused(text: str) -> None:
    """Nothing but ``BadDate`` ever comes out of a check."""
    if why_not(text):
        with pytest.raises(BadDate):
            check(text)
    else:
        assert check(text) == text


# Comparing and marks


# Instants


@pytest.mark.parametrize("stamp", [recorded_at, moment_at])
def test_an_instant_is_stamped_in_utc_and_cut_to_the_millisecond(stamp: object) -> None:
    """Any aware datetime becomes the one form, and what is finer than a millisecond is dropped."""
    assert callable(stamp)
    local = datetime(2024, 7, 30, 21, 5, 7, 123_999, tzinfo=timezone(timedelta(hours=2)))
    assert stamp(local) == "2024-07-30T19:05:07.123Z"
    assert stamp(datetime(1, 1, 1, tzinfo=UTC)) == BEGINNING


@pytest.mark.parametrize("stamp", [recorded_at, moment_at])
def test_a_naive_or_unreachable_datetime_is_a_mistake(stamp: object) -> None:
    """Without an offset, or outside the years in UTC, there is no instant to stamp."""
    assert callable(stamp)
    with pytest.raises(ValueError, match="use an aware datetime"):
        stamp(datetime(2024, 7, 30))  # noqa: DTZ001
    with pytest.raises(ValueError, match="outside the years 1 to 9999"):
        stamp(datetime.max.replace(tzinfo=timezone(timedelta(hours=-14))))


@given(st.datetimes(), st.datetimes())
def test_the_order_of_stamps_is_the_order_of_time(a: datetime, b: datetime) -> None:
    """Stamps sort as text as their instants do, and lead back to them."""
    first, second = (recorded_at(each.replace(tzinfo=UTC)) for each in (a, b))
    assert (first < second) == (to_datetime(first) < to_datetime(second))
    assert recorded_at(to_datetime(first)) == first == check_recorded(first)
    assert timedelta() <= a.replace(tzinfo=UTC) - to_datetime(first) < timedelta(milliseconds=1)


@pytest.mark.parametrize(
    "text",
    [
        "2024-07-30T19:05:00Z",
        "2024-07-30T19:05:00.000+00:00",
        "2024-07-30T19:05:00.000z",
        "2024-07-30 19:05:00.000Z",
        "2024-07-30T19:05:00.000Z\n",
        "2024-02-30T19:05:00.000Z",
        "2024-07-30T24:00:00.000Z",
        "2024-07-30T23:59:60.000Z",
        "0000-07-30T19:05:00.000Z",
        "2024-07-30",
        "",
        "2" * 1000,
    ],
)
def test_a_recorded_instant_has_one_form_only(text: str) -> None:
    """What is stored as recorded is UTC to the millisecond and on the calendar, or it is refused."""
    with pytest.raises(BadDate, match=r"^recorded: "):
        check_recorded(text, field="recorded")


def test_what_is_no_instant_has_no_datetime() -> None:
    """A broken instant is a mistake of the caller."""
    with pytest.raises(ValueError, match="Invalid isoformat"):
        to_datetime(Recorded("yesterday"))


# Words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("2023", "2023"),
        ("2024-03", "March 2024"),
        ("2023-12-15", "15 December 2023"),
        ("2023-12-05", "5 December 2023"),
        ("2024-07-30T21:05+02:00", "30 July 2024, 21:05 (UTC+02:00)"),
        ("2024-07-30T21:05:07.5-05:30", "30 July 2024, 21:05:07.5 (UTC-05:30)"),
        ("2024-07-30T19:05Z", "30 July 2024, 19:05 UTC"),
        ("2024-03~", "about March 2024"),
        ("2024-03?", "March 2024 (uncertain)"),
        ("2024-03%", "about March 2024 (uncertain)"),
        ("2024-21", "spring 2024"),
        ("2024-22", "summer 2024"),
        ("2024-23", "autumn 2024"),
        ("2024-24", "winter 2024/25"),
        ("1999-24~", "about winter 1999/00"),
        ("2024-36", "Q4 2024"),
        ("2024-40", "first half of 2024"),
        ("2024-41", "second half of 2024"),
        ("202X", "the 2020s"),
        ("200X", "the 2000s (decade)"),
        ("20XX", "the 2000s (century)"),
        ("2024-07-29/2024-08-04", "29 July to 4 August 2024"),
        ("2024-07-29/2024-07-31", "29 to 31 July 2024"),
        ("2024-07-04/2024-08-04", "4 July to 4 August 2024"),
        ("2023-07-04/2024-07-04", "4 July 2023 to 4 July 2024"),
        ("2024-04/2024-06", "April to June 2024"),
        ("2023-04/2024-06", "April 2023 to June 2024"),
        ("2024-04/2024-04", "April 2024"),
        ("2023/2024", "2023 to 2024"),
        ("2024-33/2024-35", "Q1 to Q3 2024"),
        ("2024-40/2024-41", "first to second half of 2024"),
        ("2024-03~/2024-06", "about March 2024 to June 2024"),
        ("2024-03/2024-06?", "March 2024 to June 2024 (uncertain)"),
        ("2024-03/2024-06-04", "March 2024 to 4 June 2024"),
        ("2024-07-30T19:05Z/2024-07-30T21:05Z", "30 July 2024, 19:05 UTC to 30 July 2024, 21:05 UTC"),
        ("202X/203X", "the 2020s to the 2030s"),
        ("2024-03/..", "since March 2024"),
        ("2024-03~/..", "since about March 2024"),
        ("../2024-03", "by March 2024"),
    ],
)
def test_words_are_exactly_as_precise_as_the_date(text: str, words: str) -> None:
    """A year reads as a year, an instant with its offset, and intervals say what they share only once."""
    assert in_words(check(text)) == words


# Another reader of EDTF as an oracle

KNOWN_DIFFERENCES = {
    "it drops the time of instants, and wants seconds, no decimals and no interval": r".*T.*",
    "it has no bounds for open ends": r".*\.\..*",
    "its winter ends with December": r"(?:.*/)?[0-9]{4}-24(?![0-9-]).*",
    "it takes no mark on seasons, quarters and halves": r"(?:.*/)?[0-9]{4}-(?:2[1-4]|3[3-6]|4[01])[~?%].*",
    "it takes no quarters and halves in intervals": (
        r"[0-9]{4}-(?:3[3-6]|4[01])[~?%]?/.*|.*/[0-9]{4}-(?:3[3-6]|4[01])[~?%]?"
    ),
    "it takes no marks beside unspecified digits": r".*X.*[~?%]|.*[~?%].*X.*",
}


def is_comparable(text: str) -> bool:
    return not any(re.fullmatch(pattern, text) for pattern in KNOWN_DIFFERENCES.values())


def oracle(text: str) -> tuple[str, str] | None:
    """The first and the last day as edtf sees them; ``None`` where it takes no such text."""
    try:
        parsed = parse_edtf(text)
        return iso(parsed.lower_strict()), iso(parsed.upper_strict())
    except (EDTFParseException, TypeError):  # TypeError: an open end, see the differences
        return None


def iso(bound: tuple[int, ...]) -> str:
    return "{:04}-{:02}-{:02}".format(*bound[:3])


def our_days(text: str) -> tuple[str, str]:
    earliest, latest = span(check(text))
    return earliest.day, latest.day


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given((singles() | intervals()).filter(is_comparable))
def test_edtf_sees_the_same_days(text: str) -> None:
    """Apart from the listed differences, edtf takes what we take and finds the same first and last day."""
    assert oracle(text) == our_days(text)


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given(st.from_regex(r"[0-9]{4}(-[0-4][0-9](-[0-3][0-9])?)?", fullmatch=True))
def test_edtf_refuses_the_same_dates(text: str) -> None:
    """Of everything shaped like a date, we refuse what edtf refuses; what only we refuse is listed."""
    lax = r"0000.*|.*-02-29|[0-9]{4}-(?:2[5-9]|3[0-2]|3[7-9])"  # see test_edtf_takes_what_we_refuse
    if not re.fullmatch(lax, text) and is_comparable(text):
        assert (oracle(text) is None) == bool(why_not(text))


@pytest.mark.parametrize(
    ("text", "theirs"),
    [
        ("2021-02-29", ("2021-02-29", "2021-02-29")),
        ("2024/2023", ("2024-01-01", "2023-12-31")),
        ("0000", ("0000-01-01", "0000-12-31")),
        ("2024-25", ("2024-03-01", "2024-05-31")),
        ("2024-37", ("2024-01-01", "2024-04-30")),
        ("2024-03-XX", ("2024-03-01", "2024-03-31")),
        ("202X~", ("2020-01-01", "2029-12-31")),
        ("2024-07-30T21:05:00", ("2024-07-30", "2024-07-30")),
        ("2024-07-30T24:00:00Z", ("2024-07-30", "2024-07-30")),
    ],
)
def test_edtf_takes_what_we_refuse(text: str, theirs: tuple[str, str]) -> None:
    """The dates that edtf takes and we do not; one that it learns to refuse may leave this list."""
    assert oracle(text) == theirs
    assert why_not(text)


@pytest.mark.parametrize(
    ("text", "ours", "theirs"),
    [
        ("2024-24", ("2024-12-01", "2025-02-28"), ("2024-12-01", "2024-12-31")),
        ("2024-07-30T21:05+02:00", ("2024-07-30", "2024-07-30"), None),
        ("2024-07-30T21:05:00.5Z", ("2024-07-30", "2024-07-30"), None),
        ("2024-07-29/2024-07-30T21:05:00Z", ("2024-07-29", "2024-07-30"), None),
        ("2024-03/..", ("2024-03-01", "9999-12-31"), None),
        ("2024-21~", ("2024-03-01", "2024-05-31"), None),
        ("2024-33/2024-34", ("2024-01-01", "2024-06-30"), None),
        ("202X/2031~", ("2020-01-01", "2031-12-31"), None),
    ],
)
def test_edtf_reads_otherwise_what_we_take(
    text: str, ours: tuple[str, str], theirs: tuple[str, str] | None
) -> None:
    """One example of each listed difference; one that edtf gives up may leave the list."""
    assert not is_comparable(text)
    assert our_days(text) == ours
    assert oracle(text) == theirs


def test_edtf_pads_an_approximate_month_and_we_do_not() -> None:
    """Marks flag, they do not widen: edtf's fuzzy bounds are over a year from ours."""
    assert our_days("2021-03~") == ("2021-03-01", "2021-03-31")
    assert iso(parse_edtf("2021-03~").lower_fuzzy()) < "2021-01-01"


@pytest.mark.parametrize(
    ("later", "words"),
    [
        ("2024-08-01T12:00:00.400Z", "less than a second"),
        ("2024-08-01T12:00:01.000Z", "1 second"),
        ("2024-08-01T12:00:59.999Z", "59 seconds"),
        ("2024-08-01T12:01:00.000Z", "1 minute"),
        ("2024-08-01T15:59:00.000Z", "3 hours"),
        ("2024-08-02T12:00:00.000Z", "1 day"),
        ("2025-08-01T12:00:00.000Z", "365 days"),
    ],
)
def test_how_much_later(later: str, words: str) -> None:
    """In the largest unit that fits, whole ones only."""
    assert apart(Recorded("2024-08-01T12:00:00.000Z"), Recorded(later)) == words


# The order of the world


def placed(*texts: str) -> list[str]:
    """The dates in the order of ``in_order``."""
    keys = in_order([span(check(each)) for each in texts])
    return [text for _, text in sorted(zip(keys, texts, strict=True))]


def test_a_day_follows_the_instants_of_the_day_before_at_their_place() -> None:
    assert placed("2024-01-06", "2024-01-05T17:13-08:00") == ["2024-01-05T17:13-08:00", "2024-01-06"]
    assert placed("2024-01-06T00:30+09:00", "2024-01-05") == ["2024-01-05", "2024-01-06T00:30+09:00"]


def test_a_day_stands_before_its_instants_and_a_longer_date_after_it() -> None:
    assert placed("2024-01-01T00:00Z", "2024", "2024-01-01", "2024-01") == [
        *("2024-01-01", "2024-01", "2024", "2024-01-01T00:00Z"),
    ]


def test_instants_of_two_zones_keep_the_order_of_time_around_a_day() -> None:
    """00:30 UTC is before 17:13 in Los Angeles, which is on the day before 6 January."""
    earlier, later = "2024-01-06T00:30Z", "2024-01-05T17:13-08:00"
    assert placed("2024-01-06", later, earlier) == [earlier, later, "2024-01-06"]
    assert placed("2024-01-06", earlier) == ["2024-01-06", earlier]


def test_instants_of_one_moment_stand_by_their_days() -> None:
    """11:30 UTC on 1 February is 23:30 on 31 January elsewhere, and the day stands between them."""
    west, east = "2024-01-31T23:30-12:00", "2024-02-01T11:30Z"
    assert placed(east, "2024-02-01", west) == [west, "2024-02-01", east]


def near() -> st.SearchStrategy[str]:
    """Days and instants of few days, in offsets that are at most a day apart."""
    days = st.integers(1, 4).map("2024-01-{:02}".format)
    offsets = st.sampled_from(["-12:00", "-08:00", "+00:00", "+05:30", "+12:00"])
    return days | st.builds("{}T{:02}:30{}".format, days, st.integers(0, 23), offsets)


@given(st.lists(near(), max_size=8))
def test_no_two_dates_of_a_list_stand_against_their_comparison(texts: list[str]) -> None:
    """The order is one key's, and never puts what is later before what is earlier."""
    ordered = [span(check(each)) for each in placed(*texts)]
    for number, first in enumerate(ordered):
        assert not any(second.latest.is_before(first.earliest) for second in ordered[number + 1 :])


def test_a_comparison_by_pairs_has_a_circle() -> None:
    """The control of the law above: with a day before all its instants, three dates have no order."""
    texts = ("2024-01-06", "2024-01-06T00:30Z", "2024-01-05T17:13-08:00")
    day, early, late = (span(check(each)).earliest for each in texts)
    assert late.is_before(day)
    assert early.is_before(late)
    assert day.is_before(early)


def test_nothing_is_later_than_the_end_of_time() -> None:
    assert later(Recorded("2024-08-01T12:00:00.999Z"), 1) == "2024-08-01T12:00:01.000Z"
    assert later(Recorded(END), 1) == END
