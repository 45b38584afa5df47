"""The commands that read one story: show, timeline, replay."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import FixedClock, Ran
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]

UNSOURCED = "  [no source given]\n"


@pytest.fixture
def story(desk: Workspace, record: Callable[..., Any]) -> None:
    """A story with one of everything, recorded on 1 August 2024."""
    source = {"url": "https://v.example/1", "publisher": "The Verge", "quote": "buys access"}
    record("opened", "TikTok and OpenAI", summary="Who pays whom")
    record("report", "TikTok pays for OpenAI", occurred="2024-03", parties=["TikTok"], sources=[source])
    record("report", "It does indeed", about="#2", sources=[{"publisher": "CNN"}])
    record("suspension", "OpenAI suspends ByteDance", subject="ByteDance", by="OpenAI", of="OpenAI account",
           occurred="2023-12", until="2025")  # fmt: skip
    record("policy", "No rivals", by="OpenAI")
    record("repeal", "Rivals welcome", by="OpenAI", occurred="2024-07")
    record("statement", "ByteDance complies", speaker="ByteDance", quote="We comply", to="CNN", occurred="2024-02")
    figures = [{"name": "growth", "value": "29", "unit": "%", "expected_low": "30", "expected_high": "31"}]
    record("earnings", "Azure below forecast", company="Microsoft", figures=figures, occurred="2024-07-30")
    record("question", "Will ByteDance use its own models?")
    record("expectation", "A supercomputer", due="2028")
    record("correction", corrects="#8", changes={"title": "Azure below the forecast"}, why="clearer")
    record("retraction", retracts="#5", why="never announced")


def test_where_a_story_stands(cli: Cli, story: None) -> None:
    """Every section, each line with the number of what it rests on, and the latest developments."""
    code, out, err = cli("show", "story")
    assert (code, err) == (0, "")
    for line in (
        "TikTok and OpenAI",
        "open, 12 developments, last recorded 2024-08-01 12:00 UTC",
        "Who pays whom",
        "In force",
        "  OpenAI has suspended ByteDance since December 2023: OpenAI account. It is to end by 2025.  #4",
        "Reported",
        "  TikTok pays for OpenAI. It is said to have happened in March 2024. 2 reports, 2 independent",
        "Figures",
        "  Microsoft, growth: 29%, below the 30 to 31% expected (30 July 2024)  #8  [no source given]",
        "Positions",
        "  “We comply” — ByteDance, to CNN, February 2024  #7  [no source given]",
        "Expected next",
        "  A supercomputer. Expected by 2028.  #10  [no source given]",
        "Open questions",
        "  Will ByteDance use its own models?  #9",
        "Latest developments",
        "  #12  retraction  Retraction of #5: No rivals",
        "  #8  earnings  Azure below the forecast  (30 July 2024)  [corrected by #11]  [no source given]",
    ):
        assert any(each.startswith(line) for each in out.splitlines()), line
    assert "OpenAI policy" not in out
    assert out.count("\n  #") == 5


def test_long_lines_are_wrapped(cli: Cli, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """To the width of the terminal, under each other."""
    record("opened", "A story" + " of many words" * 10, summary="word " * 60)
    record("update", "A title " * 30, parties=["OpenAI"])
    monkeypatch.setenv("COLUMNS", "60")
    for command in (["show", "story"], ["timeline", "story"], ["replay", "story"], ["diff", "story", "#1"]):
        out = cli(*command).out
        assert 50 < max(map(len, out.splitlines())) <= 60, command
    assert cli("show", "story").out.count("word ") + cli("show", "story").out.count("word\n") == 60


def test_what_is_overdue(cli: Cli, record: Callable[..., Any], by_the_clock: FixedClock) -> None:
    """By now; seen from an earlier point, by that."""
    record("opened", "A story")
    record("expectation", "A ruling", due="2024-08-15")
    record("expectation", "A machine", due="2024-08")
    by_the_clock.instant += timedelta(days=32)
    headed = "Expected next\n  A ruling. Expected by 15 August 2024."
    second = "  A machine. Expected by August 2024. Overdue by 1 day.  #3"
    assert f"{headed} Overdue by 17 days.  #2{UNSOURCED}{second}{UNSOURCED}" in cli("show", "story").out
    for earlier in (["--as-of", "2024-08-15"], ["--known-at", "2024-08-15"], ["--known-at", "#3"]):
        assert f"{headed}  #2{UNSOURCED}" in cli("show", "story", *earlier).out
    assert f"{headed} Overdue by 2 days.  #2{UNSOURCED}" in cli("show", "story", "--as-of", "2024-08-17").out


def test_how_long_ago_is_for_people(cli: Cli, record: Callable[..., Any], by_the_clock: FixedClock) -> None:
    """What is piped, kept and compared reads the same whenever it is printed."""
    record("opened", "A story")
    first = cli("show", "story").out
    by_the_clock.instant += timedelta(days=3)
    assert cli("show", "story").out == first


SHAPE = {
    "situations": {"kind", "title", "parties", "since", "until", "state"},
    "claims": {"title", "status", "origins", "occurred"},
    "figures": {"party", "name", "value", "unit", "expected_low", "expected_high", "verdict", "occurred"},
    "positions": {"party", "quote", "occurred"},
    "developments": {"seq", "id", "type", "title", "occurred", "recorded", "standing"},
}


def test_where_a_story_stands_for_programs(cli: Cli, desk: Workspace, story: None) -> None:
    """The shape that was promised, with what the terminal shows."""
    shown = cli("show", "story", "--json").json
    assert {"story", "title", "status", "seq", "head", "questions", "expected", *SHAPE} <= shown.keys()
    for part, keys in SHAPE.items():
        assert shown[part], part
        assert all(keys <= each.keys() for each in shown[part]), part
    assert (shown["story"], shown["title"], shown["status"], shown["seq"], shown["head"]) == (
        "story", "TikTok and OpenAI", "open", 12, desk.log.head("story").hash,
    )  # fmt: skip
    (suspension,) = shown["situations"]
    assert {key: suspension[key] for key in SHAPE["situations"]} == {
        "kind": "suspension", "title": "OpenAI suspends ByteDance", "parties": ["ByteDance", "OpenAI"],
        "since": "2023-12", "until": "2025", "state": "in force",
    }  # fmt: skip
    (claim,) = shown["claims"]
    assert (claim["title"], claim["status"], claim["origins"], claim["occurred"]) == (
        "TikTok pays for OpenAI", "reported", 2, "2024-03",
    )  # fmt: skip
    (figure,) = shown["figures"]
    assert {key: figure[key] for key in SHAPE["figures"]} == {
        "party": "Microsoft", "name": "growth", "value": "29", "unit": "%", "expected_low": "30",
        "expected_high": "31", "verdict": "below", "occurred": "2024-07-30",
    }  # fmt: skip
    (position,) = shown["positions"]
    assert {key: position[key] for key in SHAPE["positions"]} == {
        "party": "ByteDance", "quote": "We comply", "occurred": "2024-02",
    }  # fmt: skip
    assert [each["title"] for each in shown["questions"]] == ["Will ByteDance use its own models?"]
    assert [(each["title"], each["due"]) for each in shown["expected"]] == [("A supercomputer", "2028")]
    assert [each["seq"] for each in shown["developments"]] == list(range(1, 13))
    standings = {each["seq"]: each["standing"] for each in shown["developments"]}
    assert (standings[5], standings[8], standings[4]) == ("retracted", "corrected", "stands")


def test_what_ended_is_said(cli: Cli, record: Callable[..., Any]) -> None:
    """With when."""
    record("opened", "A story")
    record("suspension", "Out", subject="X", occurred="2023")
    record("reinstatement", "In", occurred="2024-07")
    told = "The suspension of X ended in July 2024. In. It had been suspended since 2023. #3 [no source given]"
    assert f"What has ended {told}" in _unwrapped(cli("show", "story").out)
    (situation,) = cli("show", "story", "--json").json["situations"]
    assert (situation["state"], situation["since"], situation["until"]) == ("ended", "2023", "2024-07")


def test_the_timeline(cli: Cli, story: None) -> None:
    """A line for each development, in the order of the log with that time, and the same for programs."""
    lines = cli("timeline", "story", "--by", "recorded").out.splitlines()
    assert [line.split()[0] for line in lines if line.startswith("#")] == [f"#{seq}" for seq in range(1, 13)]
    assert "#5  policy  No rivals  [retracted by #12]  [no source given]  recorded 2024-08-01 12:00 UTC" in lines
    listed = cli("timeline", "story", "--by", "recorded", "--json").json
    assert listed == cli("show", "story", "--json").json["developments"]
    assert (listed[10]["type"], listed[10]["target"], listed[7]["amended_by"]) == ("correction", 8, [11])


def test_in_full(cli: Cli, story: None) -> None:
    """With the texts, the sources and the figures of each development, of any view; for programs only."""
    view = ("--as-of", "2024-07", "--known-at", "#9")
    for command in ("show", "timeline"):
        brief, whole = (
            cli(command, "story", "--json", *view).json,
            cli(command, "story", "--full", "--json", *view).json,
        )
        listed = [each["developments"] if command == "show" else each for each in (brief, whole)]
        assert [(each["seq"], "body" in each) for each in listed[0]] == [
            (each["seq"], False) for each in listed[1]
        ]
        assert {"body", "sources", "figures", "fields"} <= listed[1][0].keys()
        refused = cli(command, "story", "--full")
        assert (refused.code, "--full goes with --json" in refused.err) == (2, True)


def test_the_timeline_is_in_the_order_of_the_world_unless_it_is_asked_for(cli: Cli, story: None) -> None:
    """What has no date counts when it was recorded; amendments, which happen in the log, come last."""
    seqs = [each["seq"] for each in cli("timeline", "story", "--json").json]
    assert seqs == [int(line[1:].split()[0]) for line in cli("timeline", "story").out.splitlines()]
    assert seqs == [1, 4, 7, 2, 8, 3, 5, 6, 9, 10, 11, 12]


def test_the_replay(cli: Cli, story: None) -> None:
    """Every event as it was when it was recorded, with what it changed."""
    out = cli("replay", "story").out
    begins = "#1  2024-08-01 12:00 UTC\n    opened  TikTok and OpenAI\n      Where it stands: Who pays whom\n"
    assert out.startswith(begins)
    assert "    earnings  Azure below forecast  (30 July 2024)\n" in out
    assert "      OpenAI suspends ByteDance: OpenAI account.\n" in out
    assert "      The rule of OpenAI ended in July 2024: No rivals." in out
    assert "      #8: Headline: we had said “Azure below forecast”; it is “Azure below the forecast”.\n" in out
    steps = cli("replay", "story", "--json").json
    assert [step["seq"] for step in steps] == list(range(1, 13))
    assert steps[3]["changes"][0]["words"] == "OpenAI account of ByteDance: none → suspended"
    assert {"key", "label", "before", "after"} <= steps[3]["changes"][0].keys()


@pytest.mark.slow
def test_nothing_that_reads_writes_to_the_log(cli: Cli, story: None, desk: Workspace) -> None:
    """Not even its times."""
    path = Path(desk.log.path("story"))
    before = path.read_bytes(), path.stat().st_mtime_ns
    for command in (["show", "story"], ["timeline", "story"], ["replay", "story"], ["stories"], ["expected"],
                    ["parties"], ["search", "x"], ["publish"], ["rebuild"], ["verify"]):  # fmt: skip
        assert cli(*command).code == 0
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def test_json_is_in_no_need_of_the_terminal(cli: Cli, story: None) -> None:
    """UTF-8, two spaces, no escapes for letters."""
    out = cli("show", "story", "--json").out
    assert re.match(r'\{\n  "story": "story",\n', out)
    cli("add", "update", "story", "Ünïcode 💰 \u2028")
    assert "Ünïcode 💰" in cli("timeline", "story", "--json").out


# Points in time


@pytest.fixture
def told(cli: Cli, record: Callable[..., Any], clock: FixedClock) -> None:
    """A story told over three days: opened on 1 August 2024, more on the 2nd, corrected on the 13th."""
    record("opened", "TikTok and OpenAI")
    record("report", "They pay", occurred="2024-03", sources=[{"publisher": "A"}])
    clock.instant += timedelta(days=1)
    record("suspension", "Out", subject="ByteDance", occurred="2023/2024-07")
    record("denial", "No", by="OpenAI", occurred="2024-07-30")
    clock.instant += timedelta(days=11)
    record("correction", corrects="#2", changes={"occurred": "2024-02"}, why="a slip")
    record("reinstatement", "In", occurred="2024-06")


def test_where_a_story_stood(cli: Cli, told: None) -> None:
    """Both points are said in words, and why something is uncertain."""
    out = cli("show", "story", "--as-of", "2023-12-31", "--known-at", "2 August 2024").out
    assert out.splitlines()[:3] == [
        "TikTok and OpenAI",
        "as of 31 December 2023, known at 2 August 2024",
        "open, 4 developments, last recorded 2024-08-02 12:00 UTC",
    ]
    assert "It may not have begun: some time between 2023 and July 2024." in _unwrapped(out)
    assert "They pay" not in out
    assert (
        "Reported\n  They pay. It is said to have happened"
        in cli("show", "story", "--known-at", "yesterday", "--as-of", "2024-04").out
    )
    shown = cli("show", "story", "--as-of", "2023", "--known-at", "#4", "--json").json
    assert (shown["as_of"], shown["known_at"], shown["seq"]) == (
        "2023-12-31T23:59:59.999Z", shown["updated"], 4,
    )  # fmt: skip


def _unwrapped(text: str) -> str:
    return " ".join(text.split())


def test_what_was_known_right_after_an_event(cli: Cli, told: None) -> None:
    """By number, because several may have been recorded at one instant."""
    for reference in ("#3", "story#3"):
        out = cli("show", "story", "--known-at", reference).out
        assert "known right after #3\nopen, 3 developments" in out
    assert len(cli("timeline", "story", "--known-at", "#2", "--json").json) == 2
    assert len(cli("timeline", "story", "--known-at", "2030").out.splitlines()) == 6
    assert [each["seq"] for each in cli("timeline", "story", "--as-of", "2024-02", "--json").json] == [1, 3, 2]


def test_before_anything_occurred(cli: Cli, told: None) -> None:
    sentence = "Nothing is known to have occurred by 1990."
    for command in ("show", "timeline", "replay"):
        code, out, _ = cli(command, "story", "--as-of", "1990")
        assert (code, out.splitlines()[-1]) == (0, sentence)


@pytest.mark.parametrize("command", ["show", "timeline", "replay", "hindsight", "diff"])
@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ("2023", "story was opened on 1 August 2024 at 12:00 UTC; nothing was known of it by 2023"),
        ("2024/..", "'2024/..' has no end; write the last day that counts, like 2024-12-31"),
        ("since March 2024", "'since March 2024' has no end; write the last day that counts, like 2024-12-31"),
        ("#9", "there is no story#9; the last one is story#6"),
        ("other#1", "other#1 is not in story; name one of its own events, like story#1"),
        ("#x", "'#x' is not a development: write the story and its number, such as tiktok-openai#7"),
        ("soonish", "'soonish': write a date like 15 March 2024"),
    ],
)
def test_points_that_are_refused(cli: Cli, told: None, command: str, when: str, sentence: str) -> None:
    """With the option's name, and what would work."""
    field, given = ("A", [when]) if command == "diff" else ("--known-at", ["--known-at", when])
    code, out, err = cli(command, "story", *given)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {field}: {sentence}")


def test_an_unreadable_as_of(cli: Cli, told: None) -> None:
    code, _, err = cli("show", "story", "--as-of", "3/4/2024")
    assert (code, err) == (
        2, "error: --as-of: '3/4/2024': it may be day or month first; write 2024-04-03 or 2024-03-04\n",
    )  # fmt: skip


# Replay


def test_a_replay_of_what_had_occurred(cli: Cli, told: None) -> None:
    """A corrected date brings the report in; what it does not touch is passed over."""
    out = cli("replay", "story", "--as-of", "2024-02").out
    assert re.findall("^#[0-9]+", out, re.MULTILINE) == ["#1", "#3", "#5"]
    assert "      #2: When it happened: we had said “March 2024”; it is “February 2024”.\n" in out
    assert [each["seq"] for each in cli("replay", "story", "--known-at", "#4", "--json").json] == [1, 2, 3, 4]


def test_a_replay_in_the_order_of_the_world(cli: Cli, told: None, record: Callable[..., Any]) -> None:
    """With how exactly each date is known; amendments are no occurrences."""
    record("update", "Undated")
    record("update", "Long ago", occurred="../2020")
    out = cli("replay", "story", "--by", "occurred").out
    assert re.findall("^#.*", out, re.MULTILINE) == [
        "#1  opened here on 2024-08-01",
        "#8  … 2020-12-31",
        "#3  2023-01-01 … 2024-07-31",
        "#2  2024-02-01 … 2024-02-29",
        "#6  2024-06-01 … 2024-06-30",
        "#4  2024-07-30",
        "#7  2024-08-13 (no date; counted from when it was recorded)",
    ]
    assert "    report  They pay  (February 2024)  [corrected by #5]\n" in out
    assert "      The suspension of ByteDance ended" in out
    known = cli("replay", "story", "--by", "occurred", "--known-at", "#2", "--as-of", "2024-04", "--json").json
    assert [each["seq"] for each in known] == [1, 2]
