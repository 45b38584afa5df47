"""Dates and figures as editors type them, with the right value beside each: by option, by question and by form."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.ways import by_form, by_prompt, refused
from tests.conftest import Ran
from tests.examples import some_quick
from tracker.domain import drafts, figures
from tracker.domain.events import Figure, Update
from tracker.errors import BadInput
from tracker.text.date_context import Reference
from tracker.text.dates import Span, edge
from tracker.workspace.desk import Workspace
from tracker.workspace.zones import zones_of

Cli = Callable[..., Ran]


def zoned(desk: Workspace, **settings: str) -> Workspace:
    """The desk with more settings in its tracker.toml; the commands that run in its folder have them too."""
    path = Path(desk.root, "tracker.toml")
    lines = "".join(f'{name} = "{value}"\n' for name, value in settings.items())
    rest = [line for line in path.read_text().splitlines() if line.partition(" ")[0] not in settings]
    path.write_text(lines + "\n".join(rest))
    return Workspace(desk.root, clock=desk.clock)


@pytest.fixture
def story(desk: Workspace) -> None:
    desk.record("s", [{"type": "opened", "title": "S"}])


# Dates

NO_ZONE = [
    ("1Q24", "2024-33"),
    ("Q1'24", "2024-33"),
    ("Q1/2024", "2024-33"),
    ("2023Q01", "2023-33"),
    ("1H24", "2024-40"),
    ("first-half 2024", "2024-40"),
    ("last quarter of 2023", "2023-36"),
    ("Sunday, 5 May 2024", "2024-05-05"),
    ("5 May 2024 (Sunday)", "2024-05-05"),
    ("Thu, 30 Apr 2015", "2015-04-30"),
    ("Thu, 30 Apr 2015 17:00:00 +0200", "2015-04-30T17:00+02:00"),
    ("Fri, 03 Feb 2023 11:57:38 EST", "2023-02-03T11:57:38-05:00"),
    ("Fri, 03 Feb 2023 11:57:38 CST", "2023-02-03T11:57:38-06:00"),
    ("Fri Jan  5 17:13:00 PST 2024", "2024-01-05T17:13-08:00"),
    ("26-29 Oct. 2009", "2009-10-26/2009-10-29"),
    ("26–29 Oct 2009", "2009-10-26/2009-10-29"),
    ("Nov 21-23, 2023", "2023-11-21/2023-11-23"),
    ("30 Oct-2 Nov 2009", "2009-10-30/2009-11-02"),
    ("Jan-Mar 2024", "2024-01/2024-03"),
    ("Sat 4 - Sun 5 May 2024", "2024-05-04/2024-05-05"),
    ("from the start of May to the end of June 2024", "2024-05-01/2024-06-30"),
    ("2024-03-05/2024-03-05", "2024-03-05"),
    ("2011-2-9", "2011-02-09"),
    ("2024/3/15", "2024-03-15"),
    ("31/12/2023", "2023-12-31"),
    ("3/3/2024", "2024-03-03"),
    ("20240315", "2024-03-15"),
    ("2024-W05", "2024-01-29/2024-02-04"),
    ("2024-W05-1", "2024-01-29"),
    ("2024‑01‑05", "2024-01-05"),
    ("2024–01–05", "2024-01-05"),
    ("2024 01 05", "2024-01-05"),
    ("13. 2. 2024", "2024-02-13"),
    ("5/May/2024", "2024-05-05"),
    ("5.May.2024", "2024-05-05"),
    ("May/2024", "2024-05"),
    ("2024年5月5日", "2024-05-05"),
    ("2024年5月", "2024-05"),
    ("٢٠٢٤-٠٥-٠٥", "2024-05-05"),
    ("2024-W5", "2024-01-29/2024-02-04"),
    ("week 5 of 2024", "2024-01-29/2024-02-04"),
    ("KW 5 2024", "2024-01-29/2024-02-04"),
    ("2024-05-03..2024-05-05", "2024-05-03/2024-05-05"),
    ("2024-05-03--2024-05-05", "2024-05-03/2024-05-05"),
    ("May 3 thru May 5, 2024", "2024-05-03/2024-05-05"),
    ("2020-present", "2020/.."),
    ("May 2020 – present", "2020-05/.."),
    ("2020 onwards", "2020/.."),
    ("2020-", "2020/.."),
    ("probably March 2024", "2024-03?"),
    ("March 2024 (?)", "2024-03?"),
    ("the year 2024", "2024"),
    ("3rd qtr 2024", "2024-35"),
    ("the day before yesterday", "2024-07-30"),
    ("2024-01-05 17:13 –08:00", "2024-01-05T17:13-08:00"),
    ("20240105T171300Z", "2024-01-05T17:13:00Z"),
    ("2024-01-05 1713 UTC", "2024-01-05T17:13Z"),
    ("Fri Jan  5 17:13:38 2024 -0500", "2024-01-05T17:13:38-05:00"),
    ("Fri, 05 Jan 2024 17:13:38 -0000", "2024-01-05T17:13:38Z"),
    ("Jan 5, 2024 5:13 pm Eastern Standard Time", "2024-01-05T17:13-05:00"),
    ("July 5, 2024 5:13 pm Eastern Daylight Time", "2024-07-05T17:13-04:00"),
    ("Fri, 05 Jul 2024 17:13:00 EST", "2024-07-05T17:13-05:00"),
    ("2024-07-05 17:13 MST", "2024-07-05T17:13-07:00"),
    ("2024-03-10 02:30 EST", "2024-03-10T02:30-05:00"),
    ("1890-01-05 12:00 EST", "1890-01-05T12:00-05:00"),
    ("2024-01-05 17:13–17:20 UTC", "2024-01-05T17:13Z/2024-01-05T17:20Z"),
    ("2024-01-05 from 5 to 6 pm ET", "2024-01-05T17:00-05:00/2024-01-05T18:00-05:00"),
    ("2024-01-05 17:13 UTC - 17:20 EST", "2024-01-05T17:13Z/2024-01-05T17:20-05:00"),
    ("11am-1pm UTC 5 Jan 2024", "2024-01-05T11:00Z/2024-01-05T13:00Z"),
    ("\u200e5\u00a0May\u202f2024", "2024-05-05"),
    ("2022-05-24T17:55:00.000000Z", "2022-05-24T17:55Z"),
    ("2022-05-24T17:55:07.120000Z", "2022-05-24T17:55:07.12Z"),
    ("2022-05-24T17:55:00.5-0800", "2022-05-24T17:55:00.5-08:00"),
    ("2024-01-05 17:13 America/Los_Angeles", "2024-01-05T17:13-08:00"),
    ("2024-07-05 17:13 america/los_angeles", "2024-07-05T17:13-07:00"),
    ("2024-01-05 17:13 PST", "2024-01-05T17:13-08:00"),
    ("Jan. 5, 2024, 5:13 p.m. PT", "2024-01-05T17:13-08:00"),
    ("5.13pm CET on 5 January 2024", "2024-01-05T17:13+01:00"),
    ("5 January 2024 17h13 UTC+1", "2024-01-05T17:13+01:00"),
    ("noon GMT 5 January 2024", "2024-01-05T12:00Z"),
    ("5 January 2024 12:30 am UTC", "2024-01-05T00:30Z"),
    ("2024-01-05 17:13 −08:00", "2024-01-05T17:13-08:00"),
    ("before 5 January 2024", "../2024-01-04"),
    ("before March 2024", "../2024-02"),
    ("after 2023", "2024/.."),
    ("before 2024-01-05 17:13 -08:00", "../2024-01-05T17:12-08:00"),
    ("before Q2 2024", "../2024-03-31"),
    ("on or after 5 January 2024", "2024-01-05/.."),
    ("until the end of March 2024", "../2024-03-31"),
    ("AD 500", "0500"),
    ("last Sunday", "2024-07-28"),
    ("yesterday 14:30 UTC", "2024-07-31T14:30Z"),
]
REFUSED = [
    ("2020-21", "write 2020/2021 or spring 2020"),
    ("2022-23", "write 2022/2023 or autumn 2022"),
    ("2020-24~", "write 2020/2024 or about winter 2020/21"),
    ("2019-20", "write 2019/2020"),
    ("2024-25", "write 2024/2025"),
    ("2010/11", "write 2010/2011 or 2010-11"),
    ("since 2020-21", "write 2020/2021 or spring 2020"),
    ("Monday, 5 May 2024", "5 May 2024 is a Sunday"),
    ("late 2024", "write 2024-09/2024-12"),
    ("early 2024", "write 2024-01/2024-04"),
    ("mid-2024", "write 2024-05/2024-08"),
    ("early March 2024", "write 2024-03-01/2024-03-10"),
    ("early yesterday", "write 2024-07-31"),
    ("late 2020s", "write 2026/2029"),
    ("end of 2024", "write 2024-09/2024-12, or 2024-12-31 for its last day"),
    ("500 BCE", "years run from 1 on"),
    ("44 B.C.", "years run from 1 on"),
    ("05/06/2024", "write 2024-06-05 or 2024-05-06"),
    ("05/06/24", "write 2024-06-05 or 2024-05-06 or 2005-06-24"),
    ("5 May 99", "which century? Write the year with four digits, like 1999"),
    ("the '90s", "Write the 1990s or the 2090s"),
    ("May 24", "which year?"),
    ("Oct 26-29", "which year?"),
    ("Sunday", "write the date: 2024-07-28 or 2024-08-04"),
    ("last quarter", "write Q2 2024 for the calendar's"),
    ("2024-07-05 5pm EST", "write 2024-07-05T17:00-04:00 for EDT, or 2024-07-05T17:00-05:00"),
    ("2024-01-05 17:13 Pacific Daylight Time", "write 2024-01-05T17:13-08:00 for PST, or 2024-01-05T17:13-07:00"),
    ("2024-07-05 17:13 CET", "CET is not in use then, but CEST is"),
    ("2024-02-30 17:13 PST", "there is no day 30"),
    ("late May", "If it is 2024, how early or late is not certain; write 2024-05-21/2024-05-31"),
    ("spring", "which year? Write it too, like spring 2024"),
    ("5 janvier 2024", "only '2024' of it is a date"),
    ("week of 5 January 2024", "only '5 January 2024' of it is a date, 2024-01-05"),
    ("night of 5-6 January 2024", "write the date alone: 2024-01-05/2024-01-06"),
    ("night of 5 janvier 2024", "all in digits; or write the date alone"),
    ("-3 days ago", "leave out the minus sign: 3 days ago"),
    ("2024-01-05 17:13 CST", "write 2024-01-05T17:13-06:00 or 2024-01-05T17:13+08:00"),
    ("2024-01-05 17:13 Mars/Olympus", "Mars/Olympus is no time zone"),
    ("2024-01-05T17:13", "as timezone in tracker.toml"),
    ("5:13 PM", "as timezone in tracker.toml"),
    ("2024-02-30 17:13 America/Los_Angeles", "there is no day 30"),
    ("2024-99-05 9 pm Europe/Paris", "there is no month 99"),
    ("2024-W54", "2024 has the weeks 01 to 52"),
    ("0000-W01", "outside the years"),
    ("9999-W52", "outside the years"),
    ("2020–21", "write 2020/2021 or spring 2020"),
    ("2020 - 22", "write 2020/2022 or summer 2020"),
    ("1999-00", "write 1999/2000"),
    ("Q5 2024", "a year has the quarters Q1 to Q4"),
    ("H3 2024", "a year has the halves H1 and H2"),
    ("FY23", "write its months, like 2023-04/2023-06"),
    ("Monday, 30 Feb 2024", "February 2024 has the days 01 to 29"),
    ("Sunday 5 May", "which year? Write it too, like Sunday 5 May 2024"),
    ("May-24", "Write May 2024, or May 24 2024"),
    ("last December", "Write December 2023 or December 2024"),
    ("next May", "Write May 2024 or May 2025"),
    ("the 1900s", "it may be ten years or a hundred"),
    ("3 and 4 May 2024", "write 2024-05-03/2024-05-04"),
    ("2020 or 2021", "write 2020/2021"),
    ("2020 and 2024-05-99", "there is no day 99"),
    ("morning of 5 May 2023", "write the day alone: 2023-05-05"),
    ("last night", "write the day alone: 2024-07-31"),
    ("2024-05-03/05", "write both ends in full: 2024-05-03/2024-05-05"),
    ("2024-05-24T17Z", "write the minutes too: 2024-05-24T17:00Z"),
    ("2024-02-28 24:00 PT", "write 2024-02-29T00:00-08:00"),
    ("24:00", "write 2024-08-02T00:00Z"),
    ("midnight ET", "write 2024-08-01T00:00-04:00 or 2024-08-02T00:00-04:00"),
    ("25:00", "hours run from 00 to 23"),
    ("2024-01-05T24:00", "write 2024-01-06T00:00Z"),
    ("2024-01-05 midnight ET", "write 2024-01-05T00:00-05:00 or 2024-01-06T00:00-05:00"),
    ("2024-02-30 midnight UTC", "midnight begins one day"),
    ("2024-01-05 05:00-08:00", "write 2024-01-05T05:00-08:00, or 05:00 to 08:00 and the zone"),
    ("2024-01-05 23:00-01:00 UTC", "write 2024-01-05T23:00Z/2024-01-06T01:00Z"),
    ("2020 - 17:20 UTC", "a time needs its day"),
    ("9:30-11 May 2024", "a time needs its offset"),
    ("5 to 6 pm May 2024", "a time needs its day"),
    ("about April to June 2024", "2024-04~/2024-06, 2024-04/2024-06~ or 2024-04~/2024-06~"),
]
LOS_ANGELES = [
    ("2024-01-05T17:13", "2024-01-05T17:13-08:00"),
    ("5 July 2023 5:13 PM", "2023-07-05T17:13-07:00"),
    ("3:13 AM", "2024-08-01T03:13-07:00"),
    ("3h13", "2024-08-01T03:13-07:00"),
    ("12:13 CEST", "2024-08-01T12:13+02:00"),
    ("yesterday 14:30", "2024-07-31T14:30-07:00"),
    ("yesterday 17:13–17:20", "2024-07-31T17:13-07:00/2024-07-31T17:20-07:00"),
    ("2024-01-05 17:13-08:00", "2024-01-05T17:13-08:00"),
    ("now", "2024-08-01T05:00-07:00"),
]
REFUSED_IN_LOS_ANGELES = [
    ("2024-03-10 02:30", "that time does not exist"),
    ("2024-03-10 02:30", "write 2024-03-10T01:30-08:00 or 2024-03-10T03:30-07:00"),
    ("2023-11-05 01:30:07", "there are two"),
    ("2023-11-05 01:30:07", "write 2023-11-05T01:30:07-07:00 or 2023-11-05T01:30:07-08:00"),
    ("1850-01-01 12:00", "no offset in whole minutes"),
    ("9999-12-31 23:30", "in UTC it falls outside the years"),
    ("5 May 2024 17:13 CST", "CST is the time of several places"),
    ("9:13 PM", "is still to come on 2024-08-01; write its day too"),
    ("13.13", "write a date like"),
]


@pytest.mark.usefixtures("story", "by_the_clock")
class TestDates:
    @pytest.mark.parametrize(("typed", "right"), NO_ZONE)
    def test_a_form_with_one_reading_is_taken(
        self, desk: Workspace, cli: Cli, capsys: Any, typed: str, right: str
    ) -> None:
        ran = cli("add", "update", "s", "T", "--occurred", typed, "--json")
        assert ran.json["event"]["occurred"] == right, ran.err
        assert by_form(desk, occurred=typed)["occurred"] == right

    @pytest.mark.parametrize(("typed", "right"), some_quick(NO_ZONE))
    def test_a_prompt_takes_it_too(self, desk: Workspace, capsys: Any, typed: str, right: str) -> None:
        assert by_prompt(desk, capsys, occurred=typed)["occurred"] == right

    @pytest.mark.parametrize(("typed", "remedy"), REFUSED)
    def test_one_with_two_readings_is_refused_with_forms_made_from_it(
        self, desk: Workspace, cli: Cli, capsys: Any, typed: str, remedy: str
    ) -> None:
        ran = cli("add", "update", "s", "T", "--occurred", typed)
        assert (ran.code, "occurred" in ran.err) == (2, True)
        assert remedy in " ".join(ran.err.split())
        assert remedy in refused(by_form, desk, occurred=typed)
        assert len(list(desk.log.read("s"))) == 1

    @pytest.mark.parametrize(("typed", "remedy"), some_quick(REFUSED))
    def test_a_prompt_refuses_it_too(self, desk: Workspace, capsys: Any, typed: str, remedy: str) -> None:
        assert remedy in refused(by_prompt, desk, capsys, occurred=typed)

    @pytest.mark.parametrize(("typed", "right"), LOS_ANGELES)
    def test_the_desks_zone_gives_a_time_its_offset(
        self, desk: Workspace, cli: Cli, capsys: Any, typed: str, right: str
    ) -> None:
        there = zoned(desk, timezone="America/Los_Angeles")
        ran = cli("add", "update", "s", "T", "--occurred", typed)
        assert f"({right})" in ran.out, ran.err
        assert by_form(there, occurred=typed)["occurred"] == right
        assert by_prompt(there, capsys, occurred=typed)["occurred"] == right

    @pytest.mark.parametrize(("typed", "remedy"), REFUSED_IN_LOS_ANGELES)
    def test_a_time_that_the_clocks_of_the_zone_skip_or_repeat_is_asked_for(
        self, desk: Workspace, cli: Cli, capsys: Any, typed: str, remedy: str
    ) -> None:
        there = zoned(desk, timezone="America/Los_Angeles")
        ran = cli("add", "update", "s", "T", "--occurred", typed)
        assert ran.code == 2
        assert remedy in " ".join(ran.err.split())
        assert remedy in refused(by_form, there, occurred=typed)
        assert remedy in refused(by_prompt, there, capsys, occurred=typed)

    def test_an_abbreviation_of_several_places_is_the_desks_own(self, desk: Workspace, cli: Cli) -> None:
        zoned(desk, timezone="America/Chicago")
        ran = cli("add", "update", "s", "T", "--occurred", "2024-01-05 17:13 CST")
        assert "(2024-01-05T17:13-06:00)" in ran.out

    def test_a_zone_that_is_none_is_refused_by_its_place(self, desk: Workspace, cli: Cli) -> None:
        zoned(desk, timezone="Mars/Olympus")
        ran = cli("add", "update", "s", "T", "--occurred", "today")
        assert "tracker.toml: timezone: 'Mars/Olympus' is no time zone" in ran.err
        with pytest.raises(BadInput, match=r"tracker\.toml:1: timezone: 'no zone' is no time zone"):
            zoned(desk, timezone="no zone")

    @pytest.mark.parametrize(
        ("typed", "right"),
        [
            ("end of 2024", "2024-12-31"),
            ("the end of June 2025", "2025-06-30"),
            ("by the end of the year", "2024-12-31"),
            ("end of this week", "2024-08-04"),
            ("2025Q01", "2025-33"),
            ("Nov 21-23, 2025", "2025-11-21/2025-11-23"),
        ],
    )
    def test_the_end_of_a_period_is_the_last_day_of_what_is_due(
        self, desk: Workspace, cli: Cli, capsys: Any, typed: str, right: str
    ) -> None:
        ran = cli("add", "expectation", "s", "T", "--due", typed, "--json")
        assert ran.json["event"]["due"] == right
        assert by_form(desk, "expectation", due=typed)["due"] == right
        assert by_prompt(desk, capsys, "expectation", due=typed)["due"] == right

    def test_a_time_alone_is_of_the_sources_day(self, desk: Workspace, cli: Cli) -> None:
        zoned(desk, timezone="America/Los_Angeles")
        source = ("--source", "https://a.example/", "--published", "5 January 2024")
        ran = cli("add", "update", "s", "T", "--occurred", "5:13 PM", *source, "--json")
        assert ran.json["event"]["occurred"] == "2024-01-05T17:13-08:00", ran.err
        assert "occurred_as" not in ran.json["event"]

    def test_json_lines_are_edtf_only(self, cli: Cli) -> None:
        line = '{"type":"update","title":"T","occurred":"2020-21"}'
        assert "spring 2020" in cli("append", "s", "-", input=line).out + cli("timeline", "s").out

    @pytest.mark.parametrize(
        ("written", "remedy"),
        [
            ("5 May 2024", "a date is EDTF here; write 2024-05-05"),
            ("last year", "a date is EDTF here; write 2023"),
            ("2024-01-05 17:13 PST", "write 2024-01-05T17:13-08:00"),
            ("2024-01-05 17:13", "a time needs its offset: write 2024-01-05T17:13Z"),
            ("late 2024", "write 2024-09/2024-12"),
            ("very soon", "write the date as EDTF"),
        ],
    )
    def test_a_hint_for_a_json_line_is_made_from_its_words(self, cli: Cli, written: str, remedy: str) -> None:
        line = f'{{"type":"update","title":"T","occurred":"{written}"}}'
        for lines in (line, f"{line}\nno JSON"):
            assert remedy in " ".join(cli("append", "s", "-", input=lines).err.split())

    def test_a_hint_for_a_json_line_counts_from_its_source(self, cli: Cli) -> None:
        line = (
            '{"type":"update","title":"T","occurred":"last year","sources":[{"publisher":"P","published":"2021"}]}'
        )
        assert "write 2020" in cli("append", "s", "-", input=line).err
        ran = cli("append", "s", "-", input=line.replace('"2021"', "1"))
        assert (ran.code, "published" in ran.err) == (2, True)


def test_the_day_of_a_source_is_that_of_its_place(desk: Workspace) -> None:
    reference = Reference(Span(edge(desk.clock()), edge(desk.clock())), zones_of(desk))
    source = {"published": "2024-01-05 17:13 -08:00", "publisher": "A"}
    typed = {"occurred": "yesterday", "sources": [source]}
    assert drafts.values(Update, typed, reference)["occurred"] == "2024-01-04"


# Figures

FIGURES = [
    ("1 234 567 NOK", {"value": "1234567", "unit": "NOK"}, "1,234,567 NOK"),
    ("1\u2009234\u2009567 NOK", {"value": "1234567", "unit": "NOK"}, "1,234,567 NOK"),
    ("12\u202f000 people", {"value": "12000", "unit": "people"}, "12,000 people"),
    ("12,34,567 INR", {"value": "1234567", "unit": "INR"}, "1,234,567 INR"),
    ("1’234’567 CHF", {"value": "1234567", "unit": "CHF"}, "1,234,567 CHF"),
    ("3 - 5 %", {"low": "3", "high": "5", "unit": "%"}, "3 to 5%"),
    ("3%–5%", {"low": "3", "high": "5", "unit": "%"}, "3 to 5%"),
    ("10-15", {"low": "10", "high": "15"}, "10 to 15"),
    ("10..15 people", {"low": "10", "high": "15", "unit": "people"}, "10 to 15 people"),
    ("between 10 and 15 people", {"low": "10", "high": "15", "unit": "people"}, "10 to 15 people"),
    ("300-20,000", {"low": "300", "high": "20000"}, "300 to 20,000"),
    ("10 people to 15", {"low": "10", "high": "15", "unit": "people"}, "10 to 15 people"),
    ("10 to 20 %", {"low": "10", "high": "20", "unit": "%"}, "10 to 20%"),
    ("5k-10k", {"low": "5000", "high": "10000", "scale": "k"}, "5 to 10 k"),
    ("1.2 bn USD", {"value": "1200000000", "unit": "USD", "scale": "bn"}, "1.2 bn USD"),
    ("1.2bn USD", {"value": "1200000000", "unit": "USD", "scale": "bn"}, "1.2 bn USD"),
    ("20 k USD", {"value": "20000", "unit": "USD", "scale": "k"}, "20 k USD"),
    ("10 billions USD", {"value": "10000000000", "unit": "USD"}, "10 billion USD"),
    ("5 crore INR", {"value": "50000000", "unit": "INR", "scale": "crore"}, "5 crore INR"),
    ("5 lakh crore INR", {"value": "5000000000000", "unit": "INR", "scale": "lakh crore"}, "5 lakh crore INR"),
    ("1200 million USD", {"value": "1200000000", "unit": "USD", "scale": "million"}, "1,200 million USD"),
    ("20m USD", {"value": "20000000", "unit": "USD"}, "20 million USD"),
    ("20M users", {"value": "20000000", "unit": "users"}, "20 million users"),
    ("20 m", {"value": "20", "unit": "m"}, "20 m"),
    ("at least 12", {"low": "12"}, "at least 12"),
    ("12+", {"low": "12", "bound": "+"}, "12+"),
    ("12 or more people", {"low": "12", "unit": "people", "bound": "or more"}, "12 people or more"),
    ("more than 100 people", {"low": "100", "unit": "people", "bound": "more than"}, "more than 100 people"),
    (">100 people", {"low": "100", "unit": "people", "bound": ">"}, ">100 people"),
    ("up to 30", {"high": "30", "bound": "up to"}, "up to 30"),
    ("fewer than 5", {"high": "5", "bound": "fewer than"}, "fewer than 5"),
    ("at least 1.2bn USD", {"low": "1200000000", "unit": "USD", "scale": "bn"}, "at least 1.2 bn USD"),
    ("about 4000", {"value": "4000", "approx": True}, "about 4,000"),
    ("~4000", {"value": "4000", "approx": True}, "about 4,000"),
    ("4000 approx", {"value": "4000", "approx": True}, "about 4,000"),
    ("200 people or so", {"value": "200", "unit": "people", "approx": True}, "about 200 people"),
    ("up to about 30", {"high": "30", "approx": True, "bound": "up to"}, "about up to 30"),
    ("€1.2bn", {"value": "1200000000", "unit": "EUR", "scale": "bn"}, "1.2 bn EUR"),
    ("£5", {"value": "5", "unit": "GBP"}, "5 GBP"),
    ("5 €", {"value": "5", "unit": "EUR"}, "5 EUR"),
    ("-€5", {"value": "-5", "unit": "EUR"}, "-5 EUR"),
    ("US$5m", {"value": "5000000", "unit": "USD"}, "5 million USD"),
    ("$5 CAD", {"value": "5", "unit": "CAD"}, "5 CAD"),
    ("USD 150 million", {"value": "150000000", "unit": "USD"}, "150 million USD"),
    ("−5 %", {"value": "-5", "unit": "%"}, "-5%"),
    (".5 %", {"value": "0.5", "unit": "%"}, "0.5%"),
    ("minus 5 %", {"value": "-5", "unit": "%"}, "-5%"),
    ("5 per cent", {"value": "5", "unit": "%"}, "5%"),
    ("5 pct.", {"value": "5", "unit": "%"}, "5%"),
    ("5 per mille", {"value": "5", "unit": "‰"}, "5 ‰"),
    ("٥ people", {"value": "5", "unit": "people"}, "5 people"),
    ("12 people at least", {"low": "12", "unit": "people"}, "at least 12 people"),
    ("30 at most", {"high": "30"}, "at most 30"),
    ("max. 30 people", {"high": "30", "unit": "people", "bound": "maximum"}, "maximum 30 people"),
    ("30 maximum", {"high": "30", "bound": "maximum"}, "maximum 30"),
    ("100 plus", {"low": "100", "bound": "+"}, "100+"),
    ("100%+", {"low": "100", "unit": "%", "bound": "+"}, "100+%"),
    ("upwards of 100", {"low": "100", "bound": "upwards of"}, "upwards of 100"),
    ("4000 approx.", {"value": "4000", "approx": True}, "about 4,000"),
    ("4000approx", {"value": "4000", "approx": True}, "about 4,000"),
    ("5per share", {"value": "5", "per": "share"}, "5 per share"),
    ("4000 people (approx.)", {"value": "4000", "unit": "people", "approx": True}, "about 4,000 people"),
    ("c 4000", {"value": "4000", "approx": True}, "about 4,000"),
    ("€1-2m", {"low": "1000000", "high": "2000000", "unit": "EUR"}, "1 to 2 million EUR"),
    (
        "900m-1.2bn EUR",
        {"low": "900000000", "high": "1200000000", "unit": "EUR"},
        "900 million to 1.2 billion EUR",
    ),
    ("CA$150", {"value": "150", "unit": "CAD"}, "150 CAD"),
    ("EUR1.2bn", {"value": "1200000000", "unit": "EUR", "scale": "bn"}, "1.2 bn EUR"),
    ("1.2 Mrd. EUR", {"value": "1200000000", "unit": "EUR", "scale": "mrd"}, "1.2 mrd EUR"),
    ("5 b people", {"value": "5000000000", "unit": "people"}, "5 billion people"),
    ("5 m3", {"value": "5", "unit": "m3"}, "5 m3"),
    ("5m²", {"value": "5", "unit": "m²"}, "5 m²"),
    ("5 t CO2", {"value": "5", "unit": "t CO2"}, "5 t CO2"),
    ("12 COVID-19 cases", {"value": "12", "unit": "COVID-19 cases"}, "12 COVID-19 cases"),
    ("5 USD a share", {"value": "5", "unit": "USD", "per": "share"}, "5 USD per share"),
    ("€5/share", {"value": "5", "unit": "EUR", "per": "share"}, "5 EUR per share"),
    ("100 km/h", {"value": "100", "unit": "km/h"}, "100 km/h"),
    ("12 deaths per 100,000", {"value": "12", "unit": "deaths", "per": "100,000"}, "12 deaths per 100,000"),
    (
        "5 USD, expected 4..6",
        {"value": "5", "unit": "USD", "expected_low": "4", "expected_high": "6"},
        "5 USD (within the 4 to 6 USD expected)",
    ),
    ("100ish", {"value": "100", "approx": True}, "about 100"),
    ("100-ish people", {"value": "100", "unit": "people", "approx": True}, "about 100 people"),
    ("12 people (at least)", {"low": "12", "unit": "people"}, "at least 12 people"),
    ("12 (at least) people", {"low": "12", "unit": "people"}, "at least 12 people"),
    ("-0.0 %", {"value": "0.0", "unit": "%"}, "0.0%"),
    ("0.0001 bn USD", {"value": "100000", "unit": "USD"}, "100,000 USD"),
    ("1.234 km", {"value": "1.234", "unit": "km"}, "1.234 km"),
    ("1.234 USD per EUR", {"value": "1.234", "unit": "USD", "per": "EUR"}, "1.234 USD per EUR"),
    ("1.234 million people", {"value": "1234000", "unit": "people"}, "1.234 million people"),
    ("12 steel mills", {"value": "12", "unit": "steel mills"}, "12 steel mills"),
    ("12 billionaires", {"value": "12", "unit": "billionaires"}, "12 billionaires"),
    ("5 people+", {"low": "5", "unit": "people", "bound": "+"}, "5+ people"),
    ("5 +", {"low": "5", "bound": "+"}, "5+"),
    ("12 C++", {"value": "12", "unit": "C++"}, "12 C++"),
    ("5 dead and counting", {"low": "5", "unit": "dead", "bound": "or more"}, "5 dead or more"),
    ("not fewer than 5", {"low": "5", "bound": "no fewer than"}, "no fewer than 5"),
    ("=> 5", {"low": "5", "bound": ">="}, ">=5"),
    ("2.5 MM", {"value": "2500000"}, "2.5 million"),
    ("5%.", {"value": "5", "unit": "%"}, "5%"),
    ("5percent", {"value": "5", "unit": "%"}, "5%"),
    ("5 USD/t", {"value": "5", "unit": "USD/t"}, "5 USD/t"),
    ("5 expected: 5", {"value": "5", "expected_low": "5", "expected_high": "5"}, "5 (within the 5 expected)"),
]
NO_FIGURES = [
    ("$150 million", "write '150 million USD' or '150 million CAD' or '150 million AUD', or set dollar ="),
    ("1 1/2 %", "write '1.5 %'"),
    ("1½ %", "write '1.5 %'"),
    ("2/3", "write 'about 0.667'"),
    ("1/0", "'1/0' is not a number"),
    ("half a million USD", "write '500,000 USD'"),
    ("a quarter of a million USD", "write '250,000 USD'"),
    ("twelve people", "write '12 people'"),
    ("a dozen people", "write '12 people'"),
    ("a few people", "'a' is not a number."),
    ("1.234,56 EUR", "write '1,234.56 EUR'"),
    ("1.234.567 EUR", "write '1,234,567 EUR'"),
    ("1,5 %", "write '1.5 %'"),
    ("1e5", "write '100,000'"),
    ("12 5 people", "a unit does not begin with a digit"),
    ("15-10", "the range 15..10 is upside down; in order it is 10..15"),
    ("--5", "'--5' is not a number."),
    ("12 people 5", "'people 5' holds a second amount"),
    ("12 dead, 5 injured", "'dead, 5 injured' holds a second amount"),
    ("3 hours 20 minutes", "'hours 20 minutes' holds a second amount"),
    ("5 ± 1 %", "'± 1 %' holds a second amount"),
    ("5 +/- 1 %", "'± 1 %' holds a second amount"),
    ("+-5 %", "'±5' is not a number"),
    ("5 bil USD", "'bil' belongs before the unit"),
    ("1.2 bio EUR", "'bio' belongs before the unit"),
    ("3 or 4 people", "write '3 to 4 people'"),
    ("one in five", "write '20 %'"),
    ("12 of 20", "write '60 %'"),
    ("1 in zero", "holds a second amount; give each amount a figure of its own."),
    ("12 of 20 people", "holds a second amount; give each amount a figure of its own."),
    ("$1-2m", "write '1 to 2 million USD' or '1 to 2 million CAD'"),
    ("$5 people 6", "'USD people 6' holds a second amount"),
    ("($5m)", "write '-$5m'"),
    ("(1,234) USD", "write '-1,234 USD'"),
    ("just over 100", "write 'more than 100'"),
    ("exactly 12", "write '12'"),
    ("Rs. 500", "write '500 Rs'"),
    ("day 5", "'day' is not a number."),
    ("2 dozen people", "write '24 people'"),
    ("between 5 and 10 dozen", "as in 20 million USD."),
    ("ten to fifteen", "write '10 to 15'"),
    ("twenty-five", "write '25'"),
    ("two thirds", "'two' is not a number."),
    ("1,5 to 2,5 %", "write '1.5 to 2.5 %'"),
    ("more than 1,5 %", "write 'more than 1.5 %'"),
    ("1,000 000", "a unit does not begin with a digit, as '000' does."),
    ("5 mil USD", "'mil' belongs before the unit"),
    (".2 expected,..4 per b", "'expected' is no unit"),
    ("5 m people", "write '5 million people' or '5 metres people'"),
    ("20–30,000 people", "write '20,000 to 30,000 people' or '20 to 30,000 people'"),
    ("1.2 bn USD (expected 1.1..1.3)", "as in 1.1..1.3 bn"),
    ("20B", "write '20 billion' or '20 bytes'"),
    ("1.2e-3", "write '0.0012'"),
    ("5 and 6 people", "write '5 to 6 people'"),
    ("three quarters", "'three' is not a number."),
    ("21st", "'21st' is a rank and no amount"),
    ("5cr", "write '5 crore' or '5 credits'"),
    ("5 EUR m", "'m' may hold a scale"),
    ("5mEUR", "'mEUR' may hold a scale"),
    ("2.5 quintillion", "'quintillion' is no scale that tracker reads"),
    ("12 people?", "write 'about 12 people' or '12 people'"),
    ("12 people (?)", "write 'about 12 people' or '12 people'"),
    ("12?", "write 'about 12' or '12'"),
    ("12 people!", "write '12 people'"),
    ("0x10", "'0x10' is not a number"),
    ("3h20", "'h2' begins a second amount"),
    ("12:30", "':3' begins a second amount"),
    ("1.234 people", "write '1,234 people' or '1.2340 people'"),
    ("1.234-2.345 people", "write '1,234-2,345 people' or '1.2340-2.3450 people'"),
    ("€12.345", "write '€12,345' or '€12.3450'"),
    ("5 mill USD", "'mill' is no scale that tracker reads"),
    ("€5 mld", "'mld' is no scale that tracker reads"),
    ("5 G EUR", "'G' is no scale that tracker reads"),
    ("5 millones de euros", "'millones' is no scale that tracker reads"),
    ("12万人", "'万人' is no scale that tracker reads"),
]


@pytest.mark.usefixtures("story", "by_the_clock")
class TestFigures:
    @pytest.mark.parametrize(("typed", "right", "words"), FIGURES)
    def test_a_figure_takes_all_that_was_typed(
        self, desk: Workspace, cli: Cli, capsys: Any, typed: str, right: dict[str, Any], words: str
    ) -> None:
        """And its words are read as the same figure."""
        ran = cli("add", "update", "s", "T", "--figure", f"a={typed}", "--json")
        assert ran.json["event"]["figures"] == [{"name": "a", **right}], ran.err
        assert by_form(desk, figures=[f"a={typed}"])["figures"] == [{"name": "a", **right}]
        assert figures.in_words(Figure(name="a", **right)) == words
        told = re.sub(r" \(((?:above|within|below) .* expected)\)", r", \1", words)
        assert f"a: {told}" in cli("show", "s").out
        assert figures.parse(f"a={words}") == Figure(name="a", **right)

    @pytest.mark.parametrize(("typed", "right", "words"), some_quick(FIGURES))
    def test_a_prompt_takes_it_too(
        self, desk: Workspace, capsys: Any, typed: str, right: dict[str, Any], words: str
    ) -> None:
        assert by_prompt(desk, capsys, figures=[f"a={typed}"])["figures"] == [{"name": "a", **right}]

    @pytest.mark.parametrize(("typed", "remedy"), NO_FIGURES)
    def test_what_is_no_figure_is_refused_with_one_made_from_it(
        self, desk: Workspace, cli: Cli, capsys: Any, typed: str, remedy: str
    ) -> None:
        ran = cli("add", "update", "s", "T", "--figure", f"a={typed}")
        assert (ran.code, "figures" in ran.err) == (2, True)
        assert remedy in " ".join(ran.err.split())
        assert remedy in refused(by_form, desk, figures=[f"a={typed}"])
        assert len(list(desk.log.read("s"))) == 1

    @pytest.mark.parametrize(("typed", "remedy"), some_quick(NO_FIGURES))
    def test_a_prompt_refuses_it_too(self, desk: Workspace, capsys: Any, typed: str, remedy: str) -> None:
        assert remedy in refused(by_prompt, desk, capsys, figures=[f"a={typed}"])

    @pytest.mark.parametrize(
        ("typed", "verdict"),
        [
            ("1.2 bn USD expected 1.1..1.3 billion", "within"),
            ("at least 12 expected 5..10", "above"),
            ("more than 10 expected 5..10", "above"),
            ("at least 10 expected 5..10", ""),
            ("fewer than 5 expected 5..10", "below"),
            ("up to 5 expected 5..10", ""),
            ("up to 5 expected at most 7", "within"),
        ],
    )
    def test_a_bound_compares_with_what_was_expected_where_it_decides(self, typed: str, verdict: str) -> None:
        assert figures.verdict(figures.parse(f"a={typed}")) == verdict

    def test_a_desk_says_which_dollar_it_means(self, desk: Workspace, cli: Cli) -> None:
        zoned(desk, dollar="CAD")
        ran = cli("add", "update", "s", "T", "--figure", "a=$150 million", "--json")
        assert ran.json["event"]["figures"] == [{"name": "a", "value": "150000000", "unit": "CAD"}]
        with pytest.raises(BadInput, match=r"tracker\.toml:1: dollar: 'bucks' is no currency"):
            zoned(desk, dollar="bucks")

    @pytest.mark.parametrize(
        ("figure", "remedy"),
        [
            ('"value":"1","unit":"million USD"', "'million' belongs before the unit"),
            ('"value":"1","unit":"000 people"', "does not begin with a digit"),
            ('"value":"−5"', "not a decimal number"),
            ('"value":"5","bound":"more than"', "does not fit the numbers"),
            ('"low":"5","bound":"roughly"', "does not fit the numbers"),
            ('"value":"5","scale":"gross"', "is no scale such as million"),
            ('"value":"5","scale":"million"', "figures[0].scale: 'million' is far larger than the number"),
            ('"value":"5","unit":"mill USD"', "'mill' is no scale that tracker reads"),
            ('"value":"5"},{"name":"a","value":"6"', "a is 5 and 6 in one event"),
        ],
    )
    def test_json_lines_have_the_same_rules(self, cli: Cli, figure: str, remedy: str) -> None:
        line = f'{{"type":"update","title":"T","figures":[{{"name":"a",{figure}}}]}}'
        ran = cli("append", "s", "-", input=line)
        assert (ran.code, remedy in " ".join(ran.err.split())) == (2, True), ran.err


@pytest.mark.usefixtures("story", "by_the_clock")
class TestTwoFiguresOfOneName:
    """A story shows one value of a party's name, so the second would hide the first."""

    def test_they_are_refused_in_every_way(self, desk: Workspace, cli: Cli) -> None:
        ran = cli("add", "update", "s", "T", "--figure", "dead=5", "--figure", "dead=at least 6")
        assert (ran.code, len(list(desk.log.read("s")))) == (2, 1)
        said = " ".join(ran.err.split())
        assert "dead is 5 and at least 6 in one event" in said
        assert "write a range, as in dead=10..15" in said
        with pytest.raises(BadInput, match=r"figures\[1\]: dead is 5 and 6"):
            desk.record("s", [by_form(desk, figures=["dead=5", "dead=6"])])

    def test_those_of_two_parties_are_two(self, desk: Workspace, cli: Cli) -> None:
        figures = [{"name": "revenue", "value": "5", "party": each} for each in ("A", "B")]
        desk.record("s", [{"type": "update", "title": "T", "figures": figures}])
        assert cli("show", "s").out.count("revenue: 5") == 2
        same = [{**each, "party": each["party"].lower().replace("b", "a")} for each in figures]
        with pytest.raises(BadInput, match="in one event"):
            desk.record("s", [{"type": "update", "title": "T", "figures": same}])

    def test_those_of_two_units_or_dates_are_two(self, cli: Cli) -> None:
        typed = ("jets=5 planes", "jets=5 USD", "jets=6 planes as of 31 March 2024")
        ran = cli("add", "update", "s", "T", *(part for each in typed for part in ("--figure", each)))
        assert ran.code == 0, ran.err

    def test_a_correction_adds_no_second_one(self, desk: Workspace, cli: Cli) -> None:
        cli("add", "update", "s", "T", "--figure", "dead=5")
        ran = cli("correct", "s#2", "--add", "figures=dead=6", "--why", "W")
        assert (ran.code, "in one event" in " ".join(ran.err.split())) == (2, True), ran.err
        ran = cli("correct", "s#2", "--set", "figures.dead=6", "--why", "W")
        assert ran.code == 0, ran.err


# The day of an event


@pytest.mark.usefixtures("by_the_clock")
def test_the_day_of_an_event_is_the_day_where_it_happened(desk: Workspace, cli: Cli) -> None:
    desk.record("door", [{"type": "opened", "title": "A door plug"}])
    cli("add", "suspension", "door", "The planes are grounded", "--subject", "MAX 9", "--occurred", "2024-01-06")
    cli("add", "update", "door", "A door plug blows out", "--occurred", "2024-01-05 17:13 -08:00")
    replayed = cli("replay", "door", "--by", "occurred").out
    assert replayed.index("blows out") < replayed.index("grounded")
    assert "#3  2024-01-05\n" in replayed
    assert "blows out" in cli("show", "door", "--as-of", "2024-01-05").out
    assert "grounded" not in cli("show", "door", "--as-of", "2024-01-05").out
    assert "blows out" not in cli("show", "door", "--as-of", "2024-01-06T01:00Z").out


@pytest.mark.parametrize(("timezone", "late"), [("UTC", True), ("America/Los_Angeles", False)])
def test_a_day_is_over_when_it_is_at_the_desk(
    desk: Workspace, cli: Cli, by_the_clock: Any, timezone: str, late: bool
) -> None:
    """At 3:00 UTC it is still the day before in Los Angeles."""
    desk.record(
        "s", [{"type": "opened", "title": "S"}, {"type": "expectation", "title": "E", "due": "2024-08-01"}]
    )
    zoned(desk, timezone=timezone)
    by_the_clock.instant = datetime(2024, 8, 2, 3, tzinfo=UTC)
    assert ("Overdue by" in cli("show", "s").out) is late
    assert ("overdue" in cli("expected").out) is late
    assert cli("expected", "--json").json[0]["overdue"] is late
    assert cli("stories", "--json").json[0]["overdue"] == late
    assert ("1 overdue" in cli("stories").out) is late


def test_a_due_time_is_over_at_its_instant(desk: Workspace, cli: Cli, by_the_clock: Any) -> None:
    """On any clock that it names, and with any clock of the desk."""
    due = {"type": "expectation", "title": "E", "due": "../2024-08-01T20:00-07:00"}
    desk.record("s", [{"type": "opened", "title": "S"}, due])
    zoned(desk, timezone="Asia/Tokyo")
    for hour, late in ((3, 0), (4, 1)):  # in UTC, of the next day
        by_the_clock.instant = datetime(2024, 8, 2, hour, tzinfo=UTC)
        assert cli("stories", "--json").json[0]["overdue"] == late
        assert cli("expected", "--json").json[0]["overdue"] == bool(late)


@pytest.mark.parametrize("timezone", ["UTC", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_a_day_of_the_log_is_in_utc(desk: Workspace, cli: Cli, by_the_clock: Any, timezone: str) -> None:
    """Like the times of recording that are shown, and like the published page."""
    for day, draft in ((1, {"type": "opened", "title": "S"}), (2, {"type": "update", "title": "U"})):
        by_the_clock.instant = datetime(2024, 8, day, 3, tzinfo=UTC)
        desk.record("s", [draft])
    zoned(desk, timezone=timezone)
    assert len(cli("show", "s", "--known-at", "2024-08-01", "--json").json["developments"]) == 1
    assert len(cli("show", "s", "--known-at", "2024-08-02", "--json").json["developments"]) == 2
