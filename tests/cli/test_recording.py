"""What a command says of what it recorded, of what it would record, and of what is worth a look about it."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_editor import TYPES
from tests.conftest import FixedClock, Ran
from tracker.domain.values import to_values
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]
Record = Callable[..., Any]


@pytest.fixture
def story(record: Record) -> None:
    """A story with a claim, a rumour that is minor, and something that is expected."""
    record("opened", "A story")
    record("report", "They pay", parties=["ByteDance"], occurred="2024-03",
           sources=[{"url": "https://post.example/1", "publisher": "The Post"}])  # fmt: skip
    record("expectation", "A ruling", due="2024-09", parties=["OpenAI"])


@pytest.fixture
def tried(cli: Cli, desk: Workspace, story: None) -> Callable[..., str]:
    """``tried("add", …)``: what a trial says; it leaves the desk as it was."""

    def contents() -> dict[str, bytes]:
        return {str(path): path.read_bytes() for path in Path(desk.root).rglob("*") if path.is_file()}

    def tried(*command: str) -> str:
        before = contents()
        ran = cli(*command, "--dry-run")
        assert ran.code == 0, ran
        assert ran.err.startswith("nothing was recorded; a real run would record:\n")
        assert contents() == before
        return ran.out

    return tried


def advice(ran: Ran) -> list[str]:
    """What is worth a look; it is said on standard error, so that the output stays what it is."""
    assert ran.code == 0, ran
    assert "worth a look" not in ran.out
    start = "worth a look: "
    return [line.removeprefix(start) for line in ran.err.splitlines() if line.startswith(start)]


# Trials.


def test_a_trial_shows_what_would_change_and_what_readers_would_get(tried: Callable[..., str]) -> None:
    """All of the entry, in plain text."""
    source = ["--source", "https://post.example/2", "--publisher", "The Post", "--headline", "Head"]
    said = ["--speaker", "ByteDance", "--quote", "We comply", "--to", "CNN", "--figure", "cost=5 USD"]
    when = ["--occurred", "March 2024", "--body", "More *text*"]
    out = tried("add", "statement", "story", "They comply", *said, *when, *source, "--quote", "it says")
    assert out == (
        "story#4  statement\n"
        "  They comply\n"
        "  occurred: March 2024 (2024-03)\n"
        "  source: The Post, https://post.example/2\n"
        "  ByteDance says: none → “We comply”\n"
        "  ByteDance: cost: none → 5 USD\n"
        "\n"
        "the feed entry\n"
        "  They comply\n"
        "  When: March 2024\n"
        "  Speaker: ByteDance\n"
        "  To: CNN\n"
        "  “We comply”\n"
        "  More text\n"
        "\n"
        "  What this changed\n"
        "  - ByteDance, cost: 5 USD.\n"
        "\n"
        "  Sources\n"
        "  - Head, The Post, https://post.example/2: “it says”\n"
    )


def test_a_minor_one_is_kept_out_of_the_feeds(tried: Callable[..., str]) -> None:
    out = tried("add", "update", "story", "Colour", "--minor")
    assert "  the state of the story is unchanged\n" in out
    assert "\nthe feed entry, kept out of the feeds because it is minor\n  Colour\n" in out


def test_a_correction_shows_how_the_amended_entry_would_begin(tried: Callable[..., str]) -> None:
    out = tried("correct", "story#2", "--set", "title=They lend", "--why", "misread")
    assert "  #2 title: They pay → They lend\n" in out
    entry, _, amended = out.partition("\nthe entry of #2 would begin with\n")
    assert "\nthe feed entry\n  Correction: “" in entry
    assert amended.startswith("  They lend (corrected)\n")
    assert amended.endswith("Misread.\n")


def test_a_retraction_too(tried: Callable[..., str]) -> None:
    out = tried("retract", "story#2", "--why", "a rumour")
    assert "  They pay: reported → retracted\n" in out
    assert "\nthe entry of #2 would begin with\n" in out
    assert out.endswith("A rumour.\n")


def test_the_opening_of_a_story(cli: Cli, desk: Workspace) -> None:
    """It would be the first entry."""
    ran = cli("open", "story", "--title", "A story", "--summary", "About it", "--dry-run")
    assert ran.out.startswith("story#1  opened\n  A story\n  story: none → A story\n")
    assert "\nthe feed entry\n  A story\n" in ran.out
    assert desk.log.streams() == []


def test_a_declared_type(tried: Callable[..., str], desk: Workspace) -> None:
    Path(desk.log.folder, "types.toml").write_text(TYPES)
    out = tried("add", "outage", "story", "--service", "Push", "--cost", "2 million USD")
    assert out.startswith("story#4  outage\n  Push is down\n  cost: 2 million USD\n  outage of Push: none → ")
    assert "\nthe feed entry\n  Push is down\n" in out


def test_a_redaction(tried: Callable[..., str]) -> None:
    """The entry is the one that readers get: it does not say once more what has to go."""
    out = tried("redact", "story#2", "--reason", "court-order", "--authority", "a court")
    assert out.startswith("story#4  redaction\n")
    entry = out.partition("\nthe feed entry\n")[2]
    assert "a court" in entry
    assert "They pay" not in entry


# For programs.


def test_as_json(cli: Cli, desk: Workspace, story: None) -> None:
    """What was recorded, as the log has it, what it changed, and what is worth a look."""
    for command, type in (
        (["open", "other", "--title", "Other"], "opened"),
        (["add", "update", "story", "T", "--party", "ByteDanse"], "update"),
        (["correct", "story#2", "--set", "title=They lend", "--why", "w"], "correction"),
        (["retract", "story#2", "--why", "w"], "retraction"),
    ):
        ran = cli(*command, "--json")
        assert (ran.code, ran.err) == (0, "")
        assert set(ran.json) == {"recorded", "reference", "event", "changes", "worth_a_look"}
        assert ran.json["recorded"] is True
        slug, _, seq = ran.json["reference"].partition("#")
        event = list(desk.log.read(slug))[int(seq) - 1]
        assert ran.json["event"] == json.loads(json.dumps(to_values(event)))
        assert event.__struct_config__.tag == type
        assert bool(ran.json["worth_a_look"]) == (type == "update")
        assert all(set(each) >= {"label", "before", "after"} for each in ran.json["changes"])


def test_a_trial_as_json(cli: Cli, desk: Workspace, story: None) -> None:
    """It says that it recorded nothing."""
    ran = cli("add", "update", "story", "T", "--dry-run", "--json")
    assert (ran.code, ran.err) == (0, "")
    assert (ran.json["recorded"], ran.json["reference"]) == (False, "story#4")
    assert len(desk.log.lines("story")) == 3


def test_a_batch_as_json(cli: Cli, desk: Workspace, story: None) -> None:
    lines = '{"type":"update","title":"a"}\n{"type":"update","title":"b"}\n'
    ran = cli("append", "story", "--json", input=lines)
    assert ran.json == {"recorded": True, "references": ["story#4", "story#5"]}
    tried = cli("append", "story", "--json", "--dry-run", input='{"type":"update","title":"c"}\n')
    assert tried.json == {"recorded": False, "references": ["story#6"]}


# What is worth a look.


def test_a_party_that_is_nearly_another(cli: Cli, story: None) -> None:
    (sentence,) = advice(cli("add", "update", "story", "T", "--party", "ByteDanse"))
    assert sentence.startswith(
        "ByteDanse is spelt almost like ByteDance; if you mean that party, correct the name"
    )


def test_a_source_that_was_cited_already(cli: Cli, story: None) -> None:
    assert advice(cli("add", "update", "story", "T", "--source", "https://post.example/1")) == [
        "https://post.example/1 is cited by #2 already"
    ]


def test_what_may_be_what_was_expected(cli: Cli, story: None) -> None:
    (sentence,) = advice(cli("add", "update", "story", "A ruling comes", "--party", "OpenAI"))
    assert sentence.startswith("this may be what #3 expects (A ruling); if it is, say --closes '#3' or, ")
    assert advice(cli("add", "update", "story", "So it was", "--party", "OpenAI", "--closes", "#3")) == []


def test_the_same_title_twice(cli: Cli, story: None, by_the_clock: FixedClock) -> None:
    """Within the hour; later it may well happen again."""
    cli("add", "update", "story", "They deny it")
    by_the_clock.instant += timedelta(minutes=2)
    (sentence,) = advice(cli("add", "update", "story", "they deny it"))
    assert sentence == (
        "#4, recorded 2 minutes earlier, has the same title; if this event repeats it, withdraw it with"
        " tracker retract story#5"
    )
    by_the_clock.instant += timedelta(minutes=61)
    assert advice(cli("add", "update", "story", "They deny it")) == []


def test_nothing_is_worth_a_look_about_what_is_new(cli: Cli, story: None) -> None:
    ran = cli("add", "update", "story", "T", "--party", "ByteDance", "--source", "https://post.example/3")
    assert (advice(ran), ran.err) == ([], "")


def test_a_trial_says_it_too(cli: Cli, story: None) -> None:
    assert advice(cli("add", "update", "story", "T", "--party", "ByteDanse", "--dry-run"))


# Titles.


def test_a_title_that_was_made_is_said(cli: Cli, story: None) -> None:
    """One that was typed is known."""
    made = cli("add", "suspension", "story", "--subject", "ByteDance", "--by", "OpenAI")
    assert made.out.splitlines()[1] == "  OpenAI suspends ByteDance"
    typed = cli("add", "suspension", "story", "Out", "--subject", "Oracle")
    assert typed.out.splitlines()[1] == "  Oracle: none → suspended"
