"""The commands that compare: diff, hindsight."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.conftest import FixedClock, Ran

Cli = Callable[..., Ran]


@pytest.fixture(autouse=True)
def story(record: Callable[..., Any], clock: FixedClock) -> None:
    """A story told on 1 and 2 August 2024, and put right on the 13th."""
    record("opened", "TikTok and OpenAI", summary="Who pays whom")
    record("report", "They pay", occurred="2024-03", sources=[{"publisher": "A"}])
    clock.instant += timedelta(days=1)
    record("suspension", "Out", subject="ByteDance", occurred="2023/2024-07")
    record("statement", "No", speaker="OpenAI", occurred="2024-07-30")
    clock.instant += timedelta(days=11)
    record("correction", corrects="#2", changes={"occurred": "2024-02"}, why="a slip")
    record("reinstatement", "In", occurred="2024-06")
    record("retraction", retracts="#4", why="misheard")


def test_what_changed_between_two_points(cli: Cli) -> None:
    assert cli("diff", "story", "1 August 2024", "#6").out == (
        "From: known at 1 August 2024\n"
        "To: known right after #6\n"
        "\n"
        "What stands\n"
        "  The suspension of ByteDance ended in June 2024. In. It had been suspended since some time between\n"
        "      2023 and July 2024.\n"
        "  OpenAI: No.\n"
        "\n"
        "New\n"
        "  #3  suspension  Out  (2023 to July 2024)\n"
        "  #4  statement  No  (30 July 2024)\n"
        "  #5  correction  Correction of #2: They pay\n"
        "  #6  reinstatement  In  (June 2024)\n"
        "\n"
        "Reads differently\n"
        "  #2: When it happened: we had said “March 2024”; it is “February 2024”.\n"
        "  #2 is corrected by #5.\n"
    )


def test_up_to_now(cli: Cli) -> None:
    """B left out is now."""
    out = cli("diff", "story", "story#6").out
    assert out.startswith("From: known right after #6\nTo: now\n")
    assert "  We no longer say this: No. — OpenAI, 30 July 2024.\n" in out
    assert "  #4 is withdrawn by #7.\n" in out


def test_nothing_changed(cli: Cli) -> None:
    assert cli("diff", "story", "#7").out == (
        "From: known right after #7\nTo: now\n\nNothing changed between them.\n"
    )


def test_restricted_to_what_had_occurred(cli: Cli) -> None:
    """A corrected date brings the report in."""
    out = cli("diff", "story", "#4", "--as-of", "2024-02").out
    assert out.startswith("From: as of February 2024, known right after #4\nTo: as of February 2024\n")
    assert "New\n  #2  report  They pay  (February 2024)  [corrected by #5]\n" in out
    cli("correct", "story#3", "--set", "occurred=2024-05", "--why", "a slip")
    assert "No longer there\n  #3  suspension  Out" in cli("diff", "story", "#4", "--as-of", "2024-02").out


def test_between_two_dates_of_the_world(cli: Cli) -> None:
    """Both as known at one time."""
    out = cli("diff", "story", "2024-01", "2024-06", "--known-at", "now").out
    assert out.startswith("From: as of January 2024, known at ")
    assert "  The suspension of ByteDance" in out
    out = cli("diff", "story", "2024-01", "--known-at", "#4").out
    assert "  ByteDance" not in out
    assert "  OpenAI: No.\n" in out


def test_the_difference_for_programs(cli: Cli) -> None:
    found = cli("diff", "story", "#4", "#6", "--as-of", "2024", "--json").json
    assert found.keys() == {"story", "from", "to", "changes", "added", "amended", "left"}
    assert (found["story"], found["from"]["seq"], found["to"]["seq"]) == ("story", 4, 6)
    assert found["from"]["as_of"] == found["to"]["as_of"] == "2024-12-31T23:59:59.999Z"
    assert [each["words"] for each in found["changes"]] == ["ByteDance: suspended → reinstated"]
    assert [each["seq"] for each in found["added"]] == [6]
    ((amended,), left) = found["amended"], found["left"]
    assert (amended["seq"], [each["words"] for each in amended["changes"]], left) == (
        2, ["#2 occurred: March 2024 → February 2024", "#2: stands → corrected by #5"], [],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["#4", "#2"], "A: is later than the other point; the earlier comes first"),
        (["2025", "2024-09"], "A: is later than the other point; the earlier comes first"),
        (["2024", "2023", "--known-at", "now"], "A: is later than the other point; the earlier comes first"),
        (
            ["#2", "--as-of", "2023", "--known-at", "now"],
            "--as-of: is for two points of the log, known_at for two dates of the world; give one of them",
        ),
        (["#2", "#9"], "B: there is no story#9; the last one is story#7"),
        (["#2", "--known-at", "now"], "A: '#2': write a date like"),
    ],
)
def test_comparisons_that_are_refused(cli: Cli, arguments: list[str], sentence: str) -> None:
    code, out, err = cli("diff", "story", *arguments)
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {sentence}")


def test_a_future_date_is_later_than_now(cli: Cli) -> None:
    assert "From: known at 2030\nTo: now\n" in cli("diff", "story", "2030").out


def test_what_was_believed_then(cli: Cli) -> None:
    """What did not stay the same, the rest counted, and what was not known then."""
    assert cli("hindsight", "story", "--known-at", "#2").out == (
        "then: known right after #2; now: all that is known\n"
        "\n"
        "They pay  #2\n"
        "  then and now: reported\n"
        "  corrected 12 days later by #5\n"
        "    #2 occurred: March 2024 → February 2024\n"
        "\n"
        "1 other stands as it was\n"
        "\n"
        "Not known then\n"
        "  #3  suspension  Out  (2023 to July 2024): learned 1 day later\n"
        "  #6  reinstatement  In  (June 2024): learned 12 days later\n"
    )


def test_each_as_it_was_first_told(cli: Cli) -> None:
    out = cli("hindsight", "story").out
    assert out.startswith("then: as first told; now: all that is known\n")
    assert "ByteDance  #3\n  then: suspended\n  now: reinstated\n  ended since by #6\n" in out
    assert "OpenAI says  #4\n  then: No\n  now: none\n  retracted 11 days later by #7\n" in out
    assert "Not known then" not in out


def test_hindsight_for_programs(cli: Cli) -> None:
    """The unchanged too."""
    found = cli("hindsight", "story", "--known-at", "#2", "--json").json
    assert (found["story"], found["known_at"][:10]) == ("story", "2024-08-01")
    assert [(each["seq"], each["verdict"], each["same"], each["by"]) for each in found["items"]] == [
        (1, "unchanged", True, []), (2, "corrected 12 days later by #5", False, [5]),
    ]  # fmt: skip
    assert [each["words"] for each in found["items"][1]["changes"]] == ["#2 occurred: March 2024 → February 2024"]
    assert [(each["seq"], each["learned"]) for each in found["not_known_then"]] == [
        (3, "learned 1 day later"), (6, "learned 12 days later"),
    ]  # fmt: skip
    assert cli("hindsight", "story", "--json").json["known_at"] is None


def test_nothing_was_believed(cli: Cli, record: Callable[..., Any]) -> None:
    record("opened", "A story", story="another")
    assert cli("hindsight", "another").out.endswith("\n\nnothing was believed then\n")


def test_nothing_stands_as_it_was(cli: Cli, record: Callable[..., Any]) -> None:
    record("opened", "A story", story="another")
    record("question", "Why?", story="another")
    record("update", "Therefore", story="another", closes="#2")
    assert cli("hindsight", "another").out.endswith("  answered since by #3\n")


def test_all_stands_as_it_was(cli: Cli, record: Callable[..., Any]) -> None:
    record("opened", "A story", story="another", summary="It began")
    record("question", "Why?", story="another")
    assert cli("hindsight", "another").out.endswith("\n\n2 items stand as they were\n")


@pytest.mark.parametrize("command", ["show", "timeline", "replay", "diff", "hindsight"])
def test_an_option_that_was_given_empty_is_refused(cli: Callable[..., Ran], command: str) -> None:
    """As by a variable of the shell that is not set: everything is not what was asked for."""
    more = ["#1"] if command == "diff" else []
    code, out, err = cli(command, "story", *more, "--known-at", "")
    assert (code, out) == (2, "")
    assert err == "error: --known-at: is empty; write a date like 2024-12-31, or leave it out\n"
