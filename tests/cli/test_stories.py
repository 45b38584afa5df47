"""The commands that go over all stories: stories, expected, parties, search."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from tests.conftest import FixedClock, Ran
from tests.domain.test_custom_types import OFFICES
from tracker.cli.commands.stories import party_rows
from tracker.domain.directory import Party
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]

pytestmark = pytest.mark.usefixtures("by_the_clock")


@pytest.fixture
def story(record: Callable[..., Any]) -> None:
    """A story of twelve developments, recorded on 1 August 2024."""
    source = {"url": "https://v.example/1", "publisher": "The Verge", "quote": "buys access"}
    record("opened", "TikTok and OpenAI")
    record("report", "TikTok pays for OpenAI", occurred="2024-03", parties=["TikTok"], sources=[source])
    record("report", "It does indeed", about="#2", sources=[{"publisher": "CNN"}])
    record("suspension", "OpenAI suspends ByteDance", subject="ByteDance", by="OpenAI", of="OpenAI account",
           occurred="2023-12", reason="breach of contract")  # fmt: skip
    record("policy", "No rivals", by="OpenAI")
    record("repeal", "Rivals welcome", by="OpenAI", occurred="2024-07")
    record("statement", "ByteDance complies", speaker="ByteDance", quote="We comply", to="CNN", occurred="2024-02")
    record("earnings", "Azure below forecast", company="Microsoft", occurred="2024-07-30")
    record("question", "Will ByteDance use its own models?")
    record("expectation", "A supercomputer", due="2028")
    record("correction", corrects="#8", changes={"title": "Azure below the forecast"}, why="clearer")
    record("retraction", retracts="#6", why="never announced")


def days(clock: FixedClock, number: int) -> None:
    """So many days pass."""
    clock.instant += timedelta(days=number)


# Stories


@pytest.fixture
def stories(record: Callable[..., Any], clock: FixedClock) -> None:
    """One that is closed, one that went quiet with two dates overdue, and two that moved lately."""
    record("opened", "Long over", story="over")
    record("closed", "It is over", story="over")
    record("opened", "Nobody says anything", story="silent")
    for due in ("2024-08-15", "2024-08", "2028"):
        record("expectation", f"Due in {due}", story="silent", due=due)
    days(clock, 41)
    record("opened", "An older one", story="older")
    record("opened", "A newer one", story="newer")


def test_what_moved_and_what_went_quiet(cli: Cli, stories: None) -> None:
    """What moved last first; what is closed needs no attention."""
    assert cli("stories").out == (
        "Moved lately\n"
        "  newer  A newer one\n"
        "    open, 1 development, last recorded 2024-09-11 12:00 UTC\n"
        "  older  An older one\n"
        "    open, 1 development, last recorded 2024-09-11 12:00 UTC\n"
        "\n"
        "Quiet\n"
        "  silent  Nobody says anything\n"
        "    open, 4 developments, last recorded 2024-08-01 12:00 UTC, nothing for 41 days, 2 overdue\n"
        "\n"
        "Closed\n"
        "  over  Long over\n"
        "    closed, 2 developments, last recorded 2024-08-01 12:00 UTC\n"
    )


def test_stories_for_programs(cli: Cli, stories: None) -> None:
    """Every story in one list, the one that moved last first."""
    listed = cli("stories", "--json").json
    keys = ("story", "status", "seq", "quiet_days", "overdue")
    assert [tuple(each[key] for key in keys) for each in listed] == [
        ("newer", "open", 1, 0, 0), ("older", "open", 1, 0, 0), ("silent", "open", 4, 41, 2),
        ("over", "closed", 2, 41, 0),
    ]  # fmt: skip
    assert {each["in_force"] for each in listed} == {0}
    assert listed[2]["title"] == "Nobody says anything"


@pytest.mark.parametrize(("after", "quiet"), [("41", True), ("42", False)])
def test_when_a_story_is_quiet_may_be_chosen(cli: Cli, stories: None, after: str, quiet: bool) -> None:
    """In whole days."""
    assert ("Quiet\n" in cli("stories", "--quiet-after", after).out) is quiet
    code, out, err = cli("stories", "--quiet-after", "0")
    assert (code, out) == (2, "")
    assert "--quiet-after" in err


def test_a_story_is_quiet_for_one_day(cli: Cli, record: Callable[..., Any], clock: FixedClock) -> None:
    record("opened", "A story")
    days(clock, 1)
    assert ", nothing for 1 day\n" in cli("stories", "--quiet-after", "1").out


def test_a_clock_that_is_behind_makes_no_story_older(
    cli: Cli, record: Callable[..., Any], clock: FixedClock
) -> None:
    record("opened", "A story")
    days(clock, -3)
    assert [each["quiet_days"] for each in cli("stories", "--json").json] == [0]


def test_no_stories_yet(cli: Cli) -> None:
    """It says how to begin."""
    assert cli("stories").out == "no story yet; begin with tracker open STORY TITLE\n"
    assert cli("stories", "--json").json == []


# Search


def test_searching(cli: Cli, story: None) -> None:
    """In titles, bodies, quotations and parties; as they stand now."""
    assert cli("search", "suspending").out.splitlines()[0] == "story#4  OpenAI suspends ByteDance"
    (found,) = cli("search", "buys", "access", "--json").json
    assert found.keys() == {"story", "seq", "id", "type", "title", "recorded", "standing", "snippet", "occurred"}
    assert (found["story"], found["seq"], found["type"], found["occurred"]) == ("story", 2, "report", "2024-03")
    assert [each["seq"] for each in cli("search", "Azure", "below", "the", "forecast", "--json").json] == [8, 11]
    assert len(cli("search", "--limit", "2", "OpenAI", "--json").json) == 2


def test_nothing_found_is_no_error(cli: Cli, story: None) -> None:
    """The sentence goes to standard error."""
    assert cli("search", "zebra") == (0, "", "no development has all of these words: zebra\n")
    assert cli("search", "zebra", "--json").json == []


@pytest.mark.parametrize(
    "query", ['"unbalanced a', "title:Azure", "Azure AND", "NEAR(a b)", "a*", "'; DROP TABLE x", "-x y"]
)
def test_a_search_has_no_syntax(cli: Cli, story: None, query: str) -> None:
    """Whatever is typed is looked for."""
    code, _, err = cli("search", "--", query)
    assert code == 0, err


def test_details_are_searched(cli: Cli, story: None) -> None:
    """What only the type's own fields say, such as a reason."""
    assert cli("search", "breach", "contract").out == (
        "story#4  OpenAI suspends ByteDance\n  by: OpenAI; reason: breach of contract\n"
    )


def test_a_search_finds_what_was_just_added(cli: Cli, story: None) -> None:
    """And no longer what was corrected away."""
    cli("search", "forecast")
    cli("add", "update", "story", "Zebras appear")
    assert cli("search", "zebra").out.startswith("story#13")
    cli("correct", "story#13", "--set", "title=Horses appear", "--why", "x")
    assert [each["type"] for each in cli("search", "zebra", "--json").json] == []
    assert cli("search", "horse").out.startswith("story#1")


def test_a_damaged_story_is_passed_over_where_all_are_read(
    cli: Cli, story: None, desk: Workspace, record: Callable[..., Any]
) -> None:
    """With a word about it; the command succeeds."""
    record("opened", "Another", story="another")
    path = Path(desk.log.path("another"))
    path.write_bytes(path.read_bytes().replace(b"Another", b"Other.."))
    code, out, err = cli("stories")
    assert code == 0
    assert "TikTok and OpenAI" in out
    assert err.startswith("left as it was: events/another.jsonl:1: the line is not what was appended")


# Expected dates


@pytest.fixture
def dates(record: Callable[..., Any], clock: FixedClock) -> None:
    """Four dates of two stories, seen on 11 September 2024."""
    record("opened", "Models", story="models")
    record("expectation", "A supercomputer", story="models", due="2028")
    record("expectation", "A ruling", story="models", due="2024-09", body="By the court in Dublin.")
    record("opened", "Chips", story="chips")
    record("expectation", "Export rules", story="chips", due="2024-08-15")
    record("expectation", "More fabs", story="chips", due="2024/..")
    record("expectation", "A fab", story="chips", due="2024-08-02")
    record("update", "It is there", story="chips", closes="#4")
    days(clock, 41)


def test_what_is_due(cli: Cli, dates: None) -> None:
    """In the order in which it is due at the latest; what came is no longer expected."""
    assert cli("expected").out == (
        "15 August 2024, overdue by 26 days\n"
        "  Export rules\n"
        "  chips#2  Chips\n"
        "September 2024\n"
        "  A ruling\n"
        "  models#3  Models\n"
        "2028\n"
        "  A supercomputer\n"
        "  models#2  Models\n"
        "since 2024\n"
        "  More fabs\n"
        "  chips#3  Chips\n"
    )


def test_what_is_due_for_programs(cli: Cli, dates: None, desk: Workspace) -> None:
    listed = cli("expected", "--json").json
    assert [(each["story"], each["seq"], each["overdue"], each["overdue_days"]) for each in listed] == [
        ("chips", 2, True, 26), ("models", 3, False, None), ("models", 2, False, None), ("chips", 3, False, None),
    ]  # fmt: skip
    assert listed[1] == {
        "story": "models", "story_title": "Models", "seq": 3, "id": list(desk.log.read("models"))[2].id,
        "title": "A ruling", "label": "A ruling", "words": "expected September 2024", "due": "2024-09",
        "due_by": "2024-09-30T23:59:59.999Z", "overdue": False, "overdue_days": None,
    }  # fmt: skip
    assert listed[3]["due_by"] is None


@pytest.fixture
def scored(dates: None, record: Callable[..., Any]) -> None:
    """Of the four dates two came out, and one more came late."""
    record("update", "The rules are late", story="chips", closes="#2", occurred="2024-08-18")
    record("update", "The court closes the case", story="models", closes="#3", closes_as="withdrawn")


def test_how_what_was_expected_came_out(cli: Cli, scored: None) -> None:
    assert cli("expected", "--past").out == (
        "2 August 2024: met 1 day early\n"
        "  A fab\n"
        "  chips#5  It is there\n"
        "15 August 2024: met 3 days late\n"
        "  Export rules\n"
        "  chips#6  The rules are late, 18 August 2024\n"
        "September 2024: withdrawn\n"
        "  A ruling\n"
        "  models#4  The court closes the case\n"
        "\n"
        "of 3 expected events: 2 met (1 early, 1 late), 1 withdrawn\n"
    )


def test_how_what_was_expected_came_out_for_programs(cli: Cli, scored: None, desk: Workspace) -> None:
    told = cli("expected", "--past", "--json").json
    assert told["record"] == {"met": 2, "early": 1, "late": 1, "missed": 0, "withdrawn": 1, "unscored": 0}
    assert told["expected"][1] == {
        "story": "chips", "story_title": "Chips", "seq": 2, "id": list(desk.log.read("chips"))[1].id,
        "title": "Export rules", "label": "Export rules", "words": "met 3 days late", "due": "2024-08-15",
        "ended_by": 6, "outcome": "The rules are late", "occurred": "2024-08-18", "score": "met", "days_late": 3,
    }  # fmt: skip
    assert told["expected"][2]["days_late"] is None


def test_nothing_has_come_out_yet(cli: Cli, story: None) -> None:
    assert cli("expected", "--past") == (0, "", "no expected event has come out yet\n")
    for option in ("--ics", "--within=30d"):
        assert cli("expected", "--past", option).code == 2


@pytest.mark.parametrize(
    ("within", "found"),
    [
        ("19d", ["chips"]),
        ("20d", ["chips", "models"]),
        ("3w", ["chips", "models"]),
        (" 5 y ", ["chips", "models", "models"]),
    ],
)
def test_what_is_due_soon(cli: Cli, dates: None, within: str, found: list[str]) -> None:
    """With all that is overdue; a month is due at its end, and what has no end never."""
    assert [each["story"] for each in cli("expected", "--within", within, "--json").json] == found


def test_a_time_beyond_the_calendar_is_all_time(cli: Cli, dates: None) -> None:
    assert cli("expected", "--within", "99999y").out == cli("expected").out


@pytest.mark.parametrize("within", ["", "soon", "30", "-3d", "2m", "1.5y", "٣d"])
def test_a_time_that_is_none(cli: Cli, dates: None, within: str) -> None:
    assert cli("expected", f"--within={within}") == (
        2, "", f"error: --within: {within!r} is not a time; write days, weeks or years, like 30d, 6w or 1y\n",
    )  # fmt: skip


def test_nothing_is_expected(cli: Cli, story: None) -> None:
    """That is no error, and for programs an empty list and an empty calendar."""
    assert cli("expected", "--within", "30d") == (0, "", "nothing is expected within 30d\n")
    cli("retract", "story#10", "--why", "a rumour")
    assert cli("expected") == (0, "", "nothing is expected\n")
    assert cli("expected", "--json").json == []
    assert list(Calendar.from_ical(cli("expected", "--ics").out).walk("VEVENT")) == []


def test_the_calendar(cli: Cli, dates: None, desk: Workspace, clock: FixedClock) -> None:
    """What calendars subscribe to: the same bytes until something is recorded."""
    out = cli("expected", "--ics").out
    calendar = Calendar.from_ical(out)
    assert isinstance(calendar, Calendar)
    assert calendar["x-wr-calname"] == desk.config.title
    ruling = calendar.walk("VEVENT")[1]
    event = list(desk.log.read("models"))[2]
    assert (ruling["uid"], ruling["summary"], ruling["url"]) == (
        event.id, "A ruling", "https://desk.example/stories/models/#3",
    )  # fmt: skip
    assert ruling["description"] == "Models: expected September 2024\n\nBy the court in Dublin."
    assert (ruling["dtstart"].dt, ruling["dtend"].dt) == (date(2024, 9, 1), date(2024, 10, 1))
    assert (ruling["sequence"], f"{ruling['dtstamp'].dt:%FT%T}") == (0, event.recorded[:19])
    days(clock, 30)
    assert cli("expected", "--ics").out == out
    assert out.count("\r\n") == out.count("\n")


def test_a_calendar_shows_that_a_date_moved(cli: Cli, dates: None) -> None:
    """Programs take the version with the higher number, also where a postponement is taken back."""
    cli("correct", "models#3", "--set", "due=2024-11", "--why", "postponed")
    first = Calendar.from_ical(cli("expected", "--ics").out).walk("VEVENT")[1]
    cli("retract", "models#4", "--why", "it was not")
    second = Calendar.from_ical(cli("expected", "--ics").out).walk("VEVENT")[1]
    assert [each["dtstart"].dt.month for each in (first, second)] == [11, 9]
    assert [each["sequence"] for each in (first, second)] == [1, 2]
    assert first["uid"] == second["uid"]
    assert first["dtstamp"].dt < second["dtstamp"].dt


def test_one_format_at_a_time(cli: Cli, dates: None) -> None:
    assert cli("expected", "--ics", "--json") == (
        2, "", "error: --ics is one format and --json another; give one of them\n",
    )  # fmt: skip


# Parties


def test_who_is_involved(cli: Cli, story: None, record: Callable[..., Any]) -> None:
    """In what, what is in force for them and what they say last; the most involved first."""
    record("opened", "Chips", story="chips")
    record("statement", "Microsoft builds", speaker="Microsoft", story="chips")
    record("earnings", "Chips sell", company="Microsoft", story="chips")
    assert cli("parties").out == (
        "Microsoft\n"
        "  3 developments in chips (2) and story (1)\n"
        "  says: Microsoft builds  chips#2\n"
        "\n"
        "ByteDance\n"
        "  2 developments in story\n"
        "  OpenAI account of ByteDance: suspended  story#4\n"
        "  says: “We comply”, to CNN, February 2024  story#7\n"
        "\n"
        "OpenAI\n"
        "  2 developments in story\n"
        "  OpenAI account of ByteDance: suspended  story#4\n"
        "  OpenAI policy: No rivals: in force  story#5\n"
        "\n"
        "TikTok\n"
        "  1 development in story\n"
    )
    listed = cli("parties", "--json").json
    assert [each["party"] for each in listed] == ["Microsoft", "ByteDance", "OpenAI", "TikTok"]
    assert listed[1] == {
        "party": "ByteDance",
        "developments": 2,
        "stories": [{"story": "story", "title": "TikTok and OpenAI", "developments": 2}],
        "in_force": [{"story": "story", "seq": 4, "label": "OpenAI account of ByteDance", "words": "suspended"}],
        "offices": [],
        "position": {
            "story": "story", "seq": 7, "title": "ByteDance complies", "words": "“We comply”",
            "quote": "We comply", "to": "CNN", "occurred": "2024-02",
        },
        "aliases": [],
        "homepage": None,
        "fiscal_year_end": None,
        "kind": None,
        "roles": [],
    }  # fmt: skip
    assert listed[3]["position"] is None


@pytest.mark.parametrize("name", ["ByteDance", "bytedance", " BYTEDANCE "])
def test_one_party(cli: Cli, story: None, record: Callable[..., Any], name: str) -> None:
    """All that it says, in every story, and its latest developments."""
    record("opened", "Chips", story="chips")
    record("statement", "ByteDance builds", speaker="ByteDance", occurred="2024-07", story="chips")
    assert cli("parties", name).out == (
        "ByteDance\n"
        "  3 developments in story (2) and chips (1)\n"
        "  OpenAI account of ByteDance: suspended  story#4\n"
        "  says: ByteDance builds, July 2024  chips#2\n"
        "  says: “We comply”, to CNN, February 2024  story#7\n"
        "\n"
        "Latest developments\n"
        "  chips#2  statement  ByteDance builds  (July 2024)\n"
        "  story#7  statement  ByteDance complies  (February 2024)\n"
        "  story#4  suspension  OpenAI suspends ByteDance  (December 2023)\n"
    )
    shown = cli("parties", name, "--json").json
    assert [each["story"] for each in shown["positions"]] == ["chips", "story"]
    assert shown["position"] == shown["positions"][0]
    assert [(each["story"], each["seq"], each["type"], each["occurred"]) for each in shown["latest"]] == [
        ("chips", 2, "statement", "2024-07"), ("story", 7, "statement", "2024-02"),
        ("story", 4, "suspension", "2023-12"),
    ]  # fmt: skip


def test_only_the_latest_developments_of_a_party_are_listed(cli: Cli, record: Callable[..., Any]) -> None:
    """The most recent first; one without a date has none."""
    record("opened", "A story")
    for number in range(2, 9):
        record("update", f"Number {number}", parties=["OpenAI"])
    lines = cli("parties", "OpenAI").out.splitlines()
    assert lines[1] == "  7 developments in story"
    assert lines[lines.index("Latest developments") + 1 :] == [
        f"  story#{number}  update  Number {number}" for number in (8, 7, 6, 5, 4)
    ]


def test_a_party_that_is_unknown(cli: Cli, story: None) -> None:
    assert cli("parties", "ByteDanse") == (
        2, "", "error: there is no party 'ByteDanse'. Did you mean ByteDance? tracker parties lists them all\n",
    )  # fmt: skip


def test_names_that_differ_in_case_only(cli: Cli, desk: Workspace, record: Callable[..., Any]) -> None:
    """They are one party, under the spelling that was recorded first in any story."""
    for story, party in (("a", "OpenAI"), ("b", "OPENAI"), ("a", "Openai")):
        if story not in desk.log.streams():
            record("opened", "A story", story=story)
        record("update", f"About {party}", parties=[party], story=story)
    for name in ("OpenAI", "openai", "Open\u200bAI"):
        row = cli("parties", name, "--json").json
        assert (row["party"], row["developments"]) == ("OpenAI", 3)
    assert len(cli("parties", "--json").json) == 1


def test_what_was_withdrawn_involves_nobody(cli: Cli, story: None) -> None:
    cli("retract", "story#2", "--why", "a rumour")
    assert "TikTok" not in [each["party"] for each in cli("parties", "--json").json]


def test_nobody_is_involved_yet(cli: Cli) -> None:
    assert cli("parties") == (0, "", "no development names a party yet\n")
    assert cli("parties", "--json").json == []


def test_what_else_is_known_of_a_party_stands_in_its_row() -> None:
    """Also of those that are involved in nothing yet."""
    involved = [
        {"party": party, "story": "story", "story_title": "A story", "developments": 1} for party in ("a", "b")
    ]
    rows = party_rows(
        involved, [], [], [], {"a": Party(aliases=("A",)), "c": Party(homepage="https://c.example/")}
    )
    told = [(row["party"], row["developments"], row["aliases"], row["homepage"]) for row in rows]
    assert told == [("a", 1, ["A"], None), ("b", 1, [], None), ("c", 0, [], "https://c.example/")]


def test_who_holds_which_office(cli: Cli, desk: Workspace, record: Callable[..., Any]) -> None:
    """A party has the offices that it holds; asked about alone, also those that it left."""
    Path(desk.log.folder, "types.toml").write_text(OFFICES)
    Path(desk.log.folder, "parties.toml").write_text('[Dora]\naliases = ["D."]\n')
    record("opened", "A story")
    record("appointment", person="Cora", role="chair", organisation="A", occurred="2023-05-01")
    record("appointment", person="D.", role="chair", organisation="A", occurred="2024-03")
    record("appointment", person="Cora", role="mayor", organisation="B")
    record("resignation", person="Dora", role="treasurer", organisation="B")
    assert (
        "Dora\n  also D.\n  2 developments in story\n  chair of A, since March 2024  story#3\n"
        in cli("parties").out
    )
    assert "Cora\n  2 developments in story\n  mayor of B  story#4\n\n" in cli("parties").out
    assert (
        "\n  mayor of B  story#4\n  chair of A, from 1 May 2023 until March 2024  story#2\n"
        in cli("parties", "cora").out
    )
    assert "\n  formerly treasurer of B  story#5\n" in cli("parties", "d.").out
    assert cli("parties", "Cora", "--json").json["offices"] == [
        {"story": "story", "office": "mayor of B", "holds": True, "since": None, "seq": 4, "until": None,
         "ended_by": None},
        {"story": "story", "office": "chair of A", "holds": False, "since": "2023-05-01", "seq": 2,
         "until": "2024-03", "ended_by": 3},
    ]  # fmt: skip


def test_the_desk_s_directory_is_told_beside(cli: Cli, desk: Workspace, story: None) -> None:
    """A party is found by its alias; one that is involved in nothing yet is listed too."""
    Path(desk.log.folder, "parties.toml").write_text(
        '[ByteDance]\naliases = ["Byte Dance"]\nfiscal_year_end = "December"\n[CNN]\n'
    )
    told = cli("parties", "byte dance").out.splitlines()
    assert told[:3] == ["ByteDance", "  also Byte Dance; fiscal year to December", "  2 developments in story"]
    assert cli("parties").out.endswith("CNN\n  0 developments yet\n")


def test_a_party_is_found_by_the_name_that_it_was_recorded_by(
    cli: Cli, desk: Workspace, record: Callable[..., Any]
) -> None:
    """That has become an alias of another since, and both are one party."""
    record("opened", "A story")
    record("update", "About MSFT", parties=["MSFT"])
    Path(desk.log.folder, "parties.toml").write_text('[Microsoft]\naliases = ["MSFT"]\n')
    record("update", "About Microsoft", parties=["Microsoft"])
    for name in ("MSFT", "msft", "Microsoft"):
        assert cli("parties", name).out.startswith("Microsoft\n  also MSFT\n  2 developments in story\n")


def test_lists_are_wrapped(cli: Cli, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """To the width of the terminal; what names a development stays whole."""
    record("opened", "A title of many words " * 8, story="a-story")
    record("expectation", "Words that go on " * 8, story="a-story", due="2024-08-01T11:00Z", parties=["OpenAI"])
    record(
        "statement", "Words that are said " * 8, story="a-story", speaker="OpenAI", quote="so many of them " * 9
    )
    monkeypatch.setenv("COLUMNS", "60")
    for command in (["stories"], ["expected"], ["parties"], ["parties", "OpenAI"], ["search", "words"]):
        lines = cli(*command).out.splitlines()
        assert 50 < max(map(len, lines)) <= 60, command
        assert not [line for line in lines if line.endswith("-")]
