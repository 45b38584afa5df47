"""The commands that append: open, add, correct, retract, append."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran
from tracker.domain.glossary import BUILT_IN
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]


@pytest.fixture
def story(cli: Cli, desk: Workspace) -> Path:
    """The file of an open story."""
    cli("open", "story", "--title", "A story")
    return Path(desk.log.path("story"))


def last(desk: Workspace) -> dict[str, Any]:
    """What the last line says, without what the log gave it."""
    values = json.loads(desk.log.lines("story")[-1])
    return {key: value for key, value in values.items() if key not in ("id", "recorded", "salt", "hash", "editor")}


def refused(ran: Ran) -> str:
    """What was said by a command that was given something it cannot take."""
    assert ran.code == 2, ran
    assert ran.out == ""
    return ran.err


# open


def test_opening_a_story(cli: Cli, desk: Workspace) -> None:
    """It is there, durable, when the command returns."""
    code, out, err = cli("open", "story", "--title", "A story", "--summary", "About it", "--language", "pt-BR")
    assert (code, err) == (0, "")
    first, *changes = out.splitlines()
    assert first.startswith("story#1  opened  recorded 20")
    assert changes == ["  story: none → A story", "  status: none → open", "  summary: none → About it"]
    assert last(desk) == {
        "type": "opened", "format": 2, "title": "A story", "slug": "story", "summary": "About it",
        "language": "pt-BR",
    }  # fmt: skip


def test_the_title_of_a_story_may_follow_its_name(cli: Cli, desk: Workspace) -> None:
    """As that of a development does; not together with the option."""
    assert cli("open", "grid", "The grid fails").code == 0
    assert desk.story("grid").title == "The grid fails"
    assert "the title is there twice: as TITLE and as --title" in refused(
        cli("open", "b", "One", "--title", "Two")
    )


def test_a_story_is_opened_once(cli: Cli, story: Path) -> None:
    """The second time it says which story that is."""
    assert refused(cli("open", "story", "--title", "Again")) == (
        "error: the story story is open already: A story\n"
    )
    assert story.read_bytes().count(b"\n") == 1


def test_who_records_is_written_down(
    cli: Cli, desk: Workspace, story: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The workspace's author, TRACKER_EDITOR or --editor, in rising order."""

    def signed() -> str:
        return list(desk.log.read("story"))[-1].editor

    assert signed() == "Desk"
    monkeypatch.setenv("TRACKER_EDITOR", "Ann")
    cli("add", "update", "story", "T")
    assert signed() == "Ann"
    cli("add", "update", "story", "T", "--editor", "Bob")
    assert signed() == "Bob"
    cli("retract", "story#2", "--why", "x", "--editor", "Cy")
    assert signed() == "Cy"


def test_a_language_that_is_none_is_refused(cli: Cli, desk: Workspace) -> None:
    """With an example; no file is left."""
    assert "language: 'English!' is not a language tag such as en" in refused(
        cli("open", "story", "--title", "T", "--language", "English!")
    )
    assert desk.log.streams() == []


# add: every type


EXAMPLES: dict[str, list[str]] = {
    "summary": ["--text", "It stands so"],
    "closed": ["--why", "over"],
    "reopened": ["--why", "not over"],
    "update": [],
    "report": ["--claim", "They pay a lot"],
    "confirmation": ["--about", "story#2", "--by", "OpenAI"],
    "denial": ["--about", "#2", "--by", "ByteDance"],
    "statement": ["--speaker", "ByteDance", "--quote", "We comply", "--to", "CNN"],
    "suspension": ["--subject", "ByteDance", "--by", "OpenAI", "--of", "account", "--reason", "terms",
                   "--until", "2024-12"],
    "reinstatement": ["--subject", "ByteDance", "--by", "OpenAI", "--of", "account", "--reason", "it complied"],
    "investigation": ["--into", "ByteDance", "--by", "OpenAI", "--question", "Did it?"],
    "finding": ["--into", "ByteDance", "--by", "OpenAI", "--outcome", "It did"],
    "agreement": ["--between", "OpenAI", "--between", "Microsoft", "--terms", "Ten years"],
    "termination": ["--between", "OpenAI", "--terms", "early"],
    "policy": ["--by", "OpenAI", "--rule", "no rivals"],
    "repeal": ["--by", "OpenAI", "--rule", "no rivals"],
    "change": ["--about", "#2", "--state", "eased", "--until", "2025"],
    "question": ["--text", "And now?"],
    "expectation": ["--due", "2025", "--what", "a supercomputer"],
    "earnings": ["--company", "Microsoft", "--period", "Q4 FY2024"],
}  # fmt: skip
NEEDS = {
    "reopened": "closed", "confirmation": "report", "denial": "report", "reinstatement": "suspension",
    "finding": "investigation", "termination": "agreement", "repeal": "policy",
    "change": "policy",
}  # fmt: skip


@pytest.mark.parametrize("name", BUILT_IN.addable)
def test_every_type_is_added_with_options_of_its_own(cli: Cli, desk: Workspace, story: Path, name: str) -> None:
    """What was given is in the line; its help names every one of them."""
    if name in NEEDS:
        assert cli("add", NEEDS[name], "story", "Before", *EXAMPLES[NEEDS[name]]).code == 0
    code, out, err = cli("add", name, "story", "The title", *EXAMPLES[name])
    assert (code, err) == (0, "")
    assert out.splitlines()[0].startswith(f"story#{3 if name in NEEDS else 2}  {name}  recorded ")
    line = last(desk)
    assert (line["type"], line["title"]) == (name, "The title")
    help = cli("add", name, "--help").out
    for option, value in zip(EXAMPLES[name][::2], EXAMPLES[name][1::2], strict=True):
        assert option in help
        field = option.removeprefix("--")
        if field == "about":
            assert line["about"] == list(desk.log.read("story"))[1].id
        elif field == "between":
            assert value in line["between"]
        else:
            assert line[field] == value
    assert cli("verify").code == 0


def test_what_every_development_may_have(cli: Cli, desk: Workspace, story: Path) -> None:
    """The common options, one by one as they are in the line."""
    code, out, _ = cli(
        "add", "update", "story", "The title", "--occurred", "March 2024", "--body", "More *text*",
        "--party", "ByteDance", "--party", "OpenAI", "--minor",
        "--figure", "payment=20 million USD per month approx", "--figure", "growth=29 % expected 30..31",
    )  # fmt: skip
    assert code == 0
    assert "  occurred: March 2024 (2024-03)" in out
    line = last(desk)
    assert (line["occurred"], line["body"], line["parties"], line["minor"]) == (
        "2024-03", "More *text*", ["ByteDance", "OpenAI"], True,
    )  # fmt: skip
    assert [(figure["name"], figure["value"], figure["unit"]) for figure in line["figures"]] == [
        ("payment", "20000000", "USD"), ("growth", "29", "%"),
    ]  # fmt: skip
    assert line["figures"][0]["per"] == "month"
    assert line["figures"][0]["approx"] is True
    assert (line["figures"][1]["expected_low"], line["figures"][1]["expected_high"]) == ("30", "31")


def test_figures_belong_to_the_company(cli: Cli, desk: Workspace, story: Path) -> None:
    """And are told against what was expected."""
    out = cli(
        "add", "earnings", "story", "Below", "--company", "Microsoft", "--figure", "growth=29 % expected 30..31"
    ).out
    assert "  Microsoft: growth: none → 29% (below the 30 to 31% expected)" in out
    assert last(desk)["figures"][0]["party"] == "Microsoft"


@pytest.mark.parametrize(
    ("figure", "message"),
    [("growth", "a figure has a name and a value"), ("growth=lots", "'lots' is not a number"),
     ("=5", "a figure has a name and a value"), ("a=5..1", "the range 5..1 is upside down"),
     ("a=1 USD expected", "'expected' with nothing after it")],
)  # fmt: skip
def test_a_figure_that_cannot_be_read_is_refused(cli: Cli, story: Path, figure: str, message: str) -> None:
    """Naming which figure it was."""
    err = refused(cli("add", "update", "story", "T", "--figure", "ok=1 USD", "--figure", figure))
    assert err.startswith("error: figures[1]")
    assert message in err


# add: sources


def sources(desk: Workspace) -> list[dict[str, str]]:
    return list(last(desk).get("sources", []))


def test_options_describe_the_source_before_them(cli: Cli, desk: Workspace, story: Path) -> None:
    """Two sources, each with its own publisher, quotation, date and outlet."""
    cli("add", "update", "story", "T",
        "--source", "https://a.example/1", "--publisher", "A", "--headline", "Head A", "--quote", "says A",
        "--published", "2 August 2024", "--via", "Reuters", "--archived", "https://archive.example/a",
        "--source", "https://b.example/2", "--quote", "says B", "--publisher", "B")  # fmt: skip
    assert sources(desk) == [
        {"url": "https://a.example/1", "publisher": "A", "title": "Head A", "published": "2024-08-02",
         "quote": "says A", "archived": "https://archive.example/a", "via": "Reuters"},
        {"url": "https://b.example/2", "publisher": "B", "quote": "says B"},
    ]  # fmt: skip


def test_a_source_without_an_address_starts_with_its_publisher(cli: Cli, desk: Workspace, story: Path) -> None:
    """Print and broadcasts have none."""
    cli(
        "add",
        "update",
        "story",
        "T",
        "--publisher",
        "A",
        "--quote",
        "says A",
        "--publisher",
        "B",
        "--quote",
        "says B",
    )
    assert sources(desk) == [{"publisher": "A", "quote": "says A"}, {"publisher": "B", "quote": "says B"}]


def test_other_options_between_do_not_matter(cli: Cli, desk: Workspace, story: Path) -> None:
    """Nor does the place of story and title."""
    cli("add", "update", "--source", "https://a.example/", "story", "--party", "X", "T", "--quote=says A")
    assert sources(desk) == [{"url": "https://a.example/", "quote": "says A"}]


@pytest.mark.parametrize("option", ["--headline", "--quote", "--published", "--via", "--archived"])
def test_what_describes_a_source_comes_after_it(cli: Cli, story: Path, option: str) -> None:
    """Before it, nobody knows which it would be."""
    err = refused(cli("add", "update", "story", "T", option, "2024", "--source", "https://a.example/"))
    assert f"{option} describes a source: put it after its --source URL or --publisher" in err


def test_a_statement_s_own_quotation_comes_before_the_sources(cli: Cli, desk: Workspace, story: Path) -> None:
    """After a source it is that source's."""
    cli("add", "statement", "story", "T", "--speaker", "ByteDance", "--quote", "We comply",
        "--source", "https://a.example/", "--quote", "A spokesperson said")  # fmt: skip
    assert last(desk)["quote"] == "We comply"
    assert sources(desk) == [{"url": "https://a.example/", "quote": "A spokesperson said"}]
    cli("add", "statement", "story", "T", "--speaker", "ByteDance",
        "--source", "https://a.example/", "--quote", "A spokesperson said")  # fmt: skip
    assert "quote" not in last(desk)
    assert sources(desk)[0]["quote"] == "A spokesperson said"


def test_a_statement_has_one_quotation(cli: Cli, story: Path) -> None:
    """Of two, neither is lost without a word."""
    err = refused(cli("add", "statement", "story", "T", "--speaker", "X", "--quote", "one", "--quote", "two"))
    assert "--quote was given twice for one speaker; put --speaker before it" in err


def test_a_statement_has_several_speakers(cli: Cli, desk: Workspace, story: Path) -> None:
    """Each option describes the speaker before it; behind a source, a quotation is the source's."""
    given = ["--quote", "We care.", "--speaker", "A", "--for", "Boeing", "--speaker", "C", "--role", "chair"]
    more = ["--quote", "We look.", "--to", "CNN", "--source", "https://x.example/", "--quote", "They said so"]
    assert cli("add", "statement", "story", "They speak", *given, *more).code == 0
    event = last(desk)
    assert (event["speaker"], event["quote"], event["behalf"]) == ("A", "We care.", "Boeing")
    assert event["also"] == [{"speaker": "C", "quote": "We look.", "to": "CNN", "role": "chair"}]
    assert sources(desk)[0]["quote"] == "They said so"
    assert (
        "C, chair, to CNN: “We look.”"
        in cli("add", "statement", "story", "They speak", *given, *more, "--dry-run").out
    )


def test_a_party_has_a_role_in_the_list(cli: Cli, desk: Workspace, story: Path) -> None:
    people = '["A B"]\nkind = "person"\nrole = "chief"\nof = "Boeing"\nsince = "2024"\n'
    Path(desk.log.folder, "parties.toml").write_text(people)
    assert cli("parties", "A B").out.splitlines()[1] == "  chief of Boeing, from 2024"
    assert cli("parties", "A B", "--json").json["roles"] == [
        {"role": "chief", "of": "Boeing", "since": "2024", "until": None}
    ]


@pytest.mark.parametrize(
    "address", ["example.org", "ftp://x.example/", "javascript:alert(1)", "https://user@evil.example/",
                "https://a b.example/", "https:///nohost", "https://x.example\\@evil"],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(cli: Cli, story: Path, address: str) -> None:
    """Only http and https, without tricks."""
    err = refused(cli("add", "update", "story", "T", "--source", address))
    assert err.startswith(
        f"error: sources[0].url: {address!r} is not an address such as https://example.org/article"
    )


# add: dates


def test_dates_are_told_as_they_were_understood(cli: Cli, desk: Workspace, story: Path) -> None:
    """In words, as they are kept, and what they were read from."""
    out = cli("add", "suspension", "story", "T", "--subject", "X", "--occurred", "last year", "--until", "2024-12",
              "--source", "https://a.example/", "--published", "2024-08-02").out  # fmt: skip
    assert "  occurred: 2023 (2023), from “last year”" in out
    assert "  until: December 2024 (2024-12)" in out
    assert (last(desk)["occurred"], last(desk)["occurred_as"]) == ("2023", "last year")


def test_relative_dates_are_read_from_the_first_dated_source(cli: Cli, desk: Workspace, story: Path) -> None:
    """Not from today, where there is one."""
    cli("add", "update", "story", "T", "--occurred", "yesterday", "--publisher", "A", "--publisher", "B",
        "--published", "2020-03-01")  # fmt: skip
    assert last(desk)["occurred"] == "2020-02-29"


@pytest.mark.parametrize(
    ("when", "message"),
    [("03/04/2024", "day or month first; write 2024-04-03 or 2024-03-04"),
     ("soonish", "'soonish'"), ("2024-02-30", "2024-02-30"),
     ("2199", "2199 is still to come; what is expected is recorded with type expectation and due")],
)  # fmt: skip
def test_a_date_that_cannot_be_meant_is_refused(cli: Cli, story: Path, when: str, message: str) -> None:
    """With the field and what would work."""
    err = refused(cli("add", "update", "story", "T", "--occurred", when))
    assert err.startswith("error: occurred: ")
    assert message in err


# add: bodies, trials, references


def test_a_body_may_come_from_standard_input(cli: Cli, desk: Workspace, story: Path) -> None:
    """Line ends and white space around it are made plain."""
    cli("add", "update", "story", "T", "--body", "-", input="  one\r\n\r\ntwo ü\n\n")
    assert last(desk)["body"] == "one\n\ntwo ü"


def test_a_body_that_is_not_text_is_refused(cli: Cli, story: Path) -> None:
    """By the byte."""
    assert refused(cli("add", "update", "story", "T", "--body", "-", input=b"ab\xff")) == (
        "error: body: is not UTF-8 (byte 2 of standard input)\n"
    )
    assert "body: takes more than the 262,144 bytes that a line may have" in refused(
        cli("add", "update", "story", "T", "--body", "-", input="ü" * 200_000)
    )


def test_a_trial_records_nothing(cli: Cli, desk: Workspace, story: Path) -> None:
    """It says so, and what it would change."""
    before = sorted(Path(desk.root).rglob("*")), story.read_bytes()
    for command in (
        ["add", "question", "story", "And now?"],
        ["correct", "story#1", "--set", "title=Another", "--why", "x"],
    ):
        code, out, err = cli(*command, "--dry-run")
        assert code == 0
        assert err == "nothing was recorded; a real run would record:\n"
        assert out.startswith("story#2  ")
        assert "recorded" not in out
    assert (sorted(Path(desk.root).rglob("*")), story.read_bytes()) == before


def test_a_closer_says_what_it_closes(cli: Cli, desk: Workspace, story: Path) -> None:
    """Where several could be meant, they are listed."""
    for subject in ("ByteDance", "Oracle"):
        cli("add", "suspension", "story", "Out", "--subject", subject)
    err = refused(cli("add", "reinstatement", "story", "In"))
    assert err == "error: closes: several could be meant, say which: story#2 (ByteDance), story#3 (Oracle)\n"
    assert cli("add", "reinstatement", "story", "In", "--closes", "story#3").code == 0
    assert last(desk)["closes"] == list(desk.log.read("story"))[2].id
    assert "was ended by #4 already" in refused(cli("add", "reinstatement", "story", "In", "--closes", "#3"))
    assert "there is no story#99" in refused(cli("add", "update", "story", "In", "--closes", "story#99"))
    assert "an event refers to its own story only" in refused(
        cli("add", "update", "story", "In", "--closes", "other#1")
    )


def test_a_closed_story_takes_nothing_more(cli: Cli, story: Path) -> None:
    """Until it is reopened; both can be said once."""
    cli("add", "closed", "story", "It is over")
    assert "tracker add reopened story" in refused(cli("add", "update", "story", "T"))
    assert "is closed already" in refused(cli("add", "closed", "story", "T"))
    assert cli("add", "reopened", "story", "It goes on").code == 0
    assert "is open already" in refused(cli("add", "reopened", "story", "T"))
    assert cli("add", "update", "story", "T").code == 0


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["T" * 301], "title: is longer than 300 characters"),
        ([""], "missing: TITLE (what happened, in one line)"),
        (["T", "--body", "x" * 50_001], "body: is longer than 50000 characters"),
        (["T", "--party", "x" * 201], "parties"),
        (["two\nlines"], "title: has to be one line without tabs"),
        (["T", "--body", "a\x00b"], "body: U+0000 at character 2"),
        (["T", "--body", "a\uffffb"], "body: U+FFFF at character 2"),
    ],
)
def test_what_no_line_can_hold_is_refused(cli: Cli, story: Path, options: list[str], message: str) -> None:
    """Naming the field."""
    before = story.read_bytes()
    assert message in refused(cli("add", "update", "story", *options))
    assert story.read_bytes() == before


# correct


@pytest.fixture
def report(cli: Cli, story: Path) -> None:
    """story#2, with something in every field that is corrected below."""
    cli("add", "report", "story", "They pay", "--occurred", "last year", "--body", "Text", "--party", "ByteDance",
        "--source", "https://a.example/", "--published", "2024-08-02",
        "--figure", "payment=20 million USD")  # fmt: skip


def stands(cli: Cli) -> dict[str, Any]:
    return dict(cli("show", "story", "--json").json["developments"][1])


@pytest.mark.parametrize(
    ("settings", "changes"),
    [
        (["title=They lend = money"], {"title": "They lend = money"}),
        (["occurred=2023-12-15"], {"occurred": "2023-12-15", "occurred_as": None}),
        (["occurred=December 2023"], {"occurred": "2023-12", "occurred_as": None}),
        (["occurred=2023-12", "occurred_as=in December"], {"occurred": "2023-12", "occurred_as": "in December"}),
        (["parties=OpenAI", "parties=Microsoft"], {"parties": ["OpenAI", "Microsoft"]}),
        (["parties="], {"parties": None}),
        (["occurred_as="], {"occurred_as": None}),
        (["body="], {"body": None}),
        (["minor=yes"], {"minor": True}),
        (["claim=They pay a lot", "title=Payments"], {"claim": "They pay a lot", "title": "Payments"}),
        (["sources=https://b.example/"], {"sources": [{"url": "https://b.example/"}]}),
        (['sources={"publisher":"B","quote":"says B"}', "sources=https://c.example/"],
         {"sources": [{"publisher": "B", "quote": "says B"}, {"url": "https://c.example/"}]}),
    ],
)  # fmt: skip
def test_fields_are_corrected(
    cli: Cli, desk: Workspace, report: None, settings: list[str], changes: dict[str, Any]
) -> None:
    """What was typed is what the correction says; the development stands corrected."""
    options = [part for setting in settings for part in ("--set", setting)]
    code, out, err = cli("correct", "story#2", *options, "--why", "a slip")
    assert code == 0
    assert all("this takes away from" in line for line in err.splitlines())
    assert out.startswith("story#3  correction  recorded ")
    assert "  #2: stands → corrected" in out
    line = last(desk)
    assert line["changes"] == changes
    assert (line["why"], line["corrects"]) == ("a slip", list(desk.log.read("story"))[1].id)
    assert stands(cli)["standing"] == "corrected"
    assert cli("verify").code == 0


def test_figures_are_corrected(cli: Cli, desk: Workspace, report: None) -> None:
    """The corrected figure is the same party's."""
    before = cli("show", "story", "--json").json["figures"]
    cli("correct", "story#2", "--set", "figures=payment=21 million USD", "--why", "a slip")
    after = cli("show", "story", "--json").json["figures"]
    assert [(each["party"], each["name"], each["value"]) for each in before] == [
        ("ByteDance", "payment", "20000000")
    ]
    assert [(each["party"], each["name"], each["value"]) for each in after] == [
        ("ByteDance", "payment", "21000000")
    ]


def test_was_and_is_are_told(cli: Cli, report: None) -> None:
    """Field by field."""
    out = cli("correct", "story#2", "--set", "title=They lend", "--set", "parties=", "--why", "misread").out
    assert "  #2 title: They pay → They lend" in out
    assert "  #2 parties: ByteDance → nothing" in out
    assert "#2  report  They lend" in cli("timeline", "story").out


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["titel=x"], "there is no correctable report field 'titel'. Did you mean title?"),
        (["subject=x"], "there is no correctable report field 'subject'."),
        (["recorded=2020"], "there is no correctable report field 'recorded'."),
        (["type=update"], "there is no correctable report field 'type'."),
        (["title"], "--set: 'title' is not FIELD=VALUE, such as occurred=2023-12"),
        (["title=They pay"], "changes.title: story#2 says that already"),
        (["occurred=2023"], "changes.occurred: story#2 says that already"),
        (["title="], "changes.title: cannot be emptied"),
        (["title=a", "title=b"], "title: takes one value, and was set more than once"),
        (["minor=perhaps"], "minor: 'perhaps' is neither yes nor no"),
        (["occurred=03/04/2024"], "occurred: '03/04/2024'"),
        (["sources={]"], "is not JSON"),
        (["sources={}"], "changes.sources[0]: a source needs a url or a publisher"),
        (["sources=nowhere"], "changes.sources[0].url: 'nowhere' is not an address"),
        (["figures=lots"], "figures[0]: 'lots': a figure has a name and a value"),
        (["body=a\x07b"], "changes.body: U+0007 at character 2"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(
    cli: Cli, story: Path, report: None, settings: list[str], message: str
) -> None:
    """Naming the field; nothing is recorded."""
    before = story.read_bytes()
    options = [part for setting in settings for part in ("--set", setting)]
    assert message in refused(cli("correct", "story#2", *options, "--why", "x"))
    assert story.read_bytes() == before


def test_a_correction_needs_something_to_set_and_a_reason(cli: Cli, report: None) -> None:
    """Readers are told why."""
    assert "missing: --set FIELD=VALUE" in refused(cli("correct", "story#2", "--why", "x"))
    assert "missing: --why" in refused(cli("correct", "story#2", "--set", "title=x"))
    assert "missing: --why" in refused(cli("correct", "story#2", "--set", "title=x", "--why", ""))


def test_amendments_are_not_corrected(cli: Cli, report: None) -> None:
    """They are retracted, and made again."""
    cli("correct", "story#2", "--set", "title=x", "--why", "x")
    assert "story#3 (correction) cannot be corrected; retract it" in refused(
        cli("correct", "story#3", "--set", "why=y", "--why", "x")
    )
    assert cli("retract", "story#3", "--why", "x").code == 0
    assert (stands(cli)["title"], stands(cli)["standing"]) == ("They pay", "stands")


# retract


def test_a_development_is_withdrawn(cli: Cli, report: None) -> None:
    """Its effect is undone; it stays visible."""
    code, out, err = cli("retract", "story#2", "--why", "a rumour")
    assert (code, err) == (0, "")
    assert "  #2: stands → retracted" in out
    assert "  They pay: reported → retracted" in out
    assert stands(cli)["standing"] == "retracted"
    assert "#2  report  They pay  (2023)  [retracted by #3]" in cli("timeline", "story").out
    assert "story#2 was retracted already" in refused(cli("retract", "story#2", "--why", "x"))


def test_a_retraction_is_retracted(cli: Cli, report: None) -> None:
    """The development stands again."""
    cli("retract", "story#2", "--why", "a rumour")
    out = cli("retract", "story#3", "--why", "it was true").out
    assert "  They pay: retracted → reported" in out
    assert stands(cli)["standing"] == "stands"


def test_the_opening_of_a_story_stays(cli: Cli, story: Path) -> None:
    """It says how a story is ended."""
    assert "story#1 opens the story; end that with tracker add closed story" in refused(
        cli("retract", "story#1", "--why", "x")
    )


def test_a_retraction_may_be_tried(cli: Cli, story: Path, report: None) -> None:
    """And records nothing then."""
    before = story.read_bytes()
    assert cli("retract", "story#2", "--why", "x", "--dry-run").out.startswith("story#3  retraction\n")
    assert story.read_bytes() == before


# append


def lines(*values: dict[str, Any] | str) -> str:
    return "".join(f"{value if isinstance(value, str) else json.dumps(value)}\n" for value in values)


def update(title: str, **values: Any) -> dict[str, Any]:
    return {"type": "update", "title": title, **values}


def test_many_events_are_appended_from_a_file_or_standard_input(cli: Cli, desk: Workspace, story: Path) -> None:
    """Blank lines are passed over; a byte for byte copy is not asked for."""
    code, out, err = cli("append", "story", input=lines(update("one"), "", update("two")))
    assert (code, out) == (0, "recorded 2 events: story#2 to story#3\n")
    assert err == "no source given for 2 events, the first is story#2\n"
    Path("more.jsonl").write_text(lines(update("three", occurred="2024-03", parties=["OpenAI"])).rstrip())
    assert cli("append", "story", "more.jsonl").out == "recorded 1 event: story#4\n"
    assert last(desk) == {**update("three"), "occurred": "2024-03", "parties": ["OpenAI"]}
    assert cli("verify").code == 0


def test_a_whole_story_is_appended(cli: Cli, desk: Workspace) -> None:
    """From its opening on, with references by number."""
    ran = cli("append", "story", input=lines(
        {"type": "opened", "title": "A story", "language": "en"},
        {"type": "suspension", "title": "Out", "subject": "ByteDance"},
        {"type": "question", "title": "And now?"},
        update("answered", closes="#3"),
        {"type": "reinstatement", "title": "In", "closes": "story#2"},
        {"type": "retraction", "retracts": "#5", "why": "not so"},
    ))  # fmt: skip
    assert (ran.code, ran.out) == (0, "recorded 6 events: story#1 to story#6\n")
    shown = cli("show", "story", "--json").json
    assert [each["state"] for each in shown["situations"]] == ["in force"]
    assert [each["state"] for each in shown["questions"]] == ["ended"]


def test_checking_a_file_records_nothing(cli: Cli, story: Path) -> None:
    """But says that it could be."""
    before = story.read_bytes()
    ran = cli("append", "story", "--dry-run", input=lines(update("one"), update("two")))
    assert ran[:2] == (0, "2 events can be recorded; nothing was recorded\n")
    assert story.read_bytes() == before


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("not json", "is not JSON: Expecting value (character 0)"),
        ("[1]", "is not a JSON object such as"),
        ('"text"', "is not a JSON object such as"),
        ("{}", "type: is missing"),
        ('{"type":"updat","title":"T"}', "there is no type of event 'updat'. Did you mean update?"),
        ('{"type":["update"],"title":"T"}', "there is no type of event"),
        ('{"type":null,"title":"T"}', "type: is missing"),
        ('{"type":7,"title":"T"}', "there is no type of event '7'"),
        ('{"type":"update"}', "title: is missing"),
        ('{"type":"update","title":7}', "title: has to be a"),
        ('{"type":"update","title":"T","titel":"T"}', "there is no field of update 'titel'. Did you mean title?"),
        (
            '{"type":"update","title":"T","id":"x"}',
            "id: is given by the log when the event is appended; leave it out",
        ),
        ('{"type":"update","title":"T","recorded":"x"}', "recorded: is given by the log"),
        ('{"type":"update","title":"T","salt":""}', "salt: is given by the log"),
        ('{"type":"update","title":"T","hash":""}', "hash: is given by the log"),
        ('{"type":"update","title":"T","title":"U"}', "title: is there twice in one object"),
        ('{"type":"update","title":"T","figures":[{"name":"a","value":NaN}]}', "NaN is not a number"),
        ('{"type":"update","title":"T","figures":[{"name":"a","value":-Infinity}]}', "-Infinity is not a number"),
        ('{"type":"update","title":"T","minor":9007199254740993}', "9007199254740993 is past 2^53"),
        ('{"type":"update","title":"T","minor":1e400}', "1e400 is past 2^53"),
        ('{"type":"update","title":"T","body":"\\ud800"}', "body: U+D800 at character 1"),
        ('{"type":"update","title":"T","body":"a\\u0000"}', "body: U+0000 at character 2"),
        ('{"type":"update","title":"T","occurred":"last year"}', "occurred: 'last year'"),
        ('{"type":"update","title":"T","occurred":"2024-02-30"}', "occurred: '2024-02-30'"),
        ('{"type":"update","title":"T","parties":[["x"]]}', "parties"),
        ('{"type":"update","title":"T","parties":{"a":1}}', "parties"),
        ('{"type":"update","title":"T","parties":5}', "parties"),
        ('{"type":"update","title":"T","figures":[{"party":["x"],"name":"n","value":"1"}]}', "figures"),
        ('{"type":"update","title":"T","figures":[7]}', "figures"),
        ('{"type":"update","title":"T","figures":{"a":1}}', "figures"),
        ('{"type":"update","title":"T","sources":["https://a.example/"]}', "sources"),
        ('{"type":"update","title":"T","sources":[{"link":"https://a.example/"}]}', "sources"),
        ('{"type":"agreement","title":"T","between":[["a"],"b"]}', "between"),
        ('{"type":"agreement","title":"T","between":["a"]}', "between: needs at least 2 of them"),
        ('{"type":"update","title":"T","closes":"#99"}', "closes: there is no story#99"),
        ('{"type":"update","title":"T","closes":7}', "closes"),
        ('{"type":"correction","corrects":"#1","changes":{},"why":"x"}', "changes: needs at least 1"),
        ('{"type":"correction","corrects":"#1","changes":{"title":["x"]},"why":"x"}', "changes.title"),
        ('{"type":"correction","corrects":"#1","changes":{"titel":"x"},"why":"x"}', "Did you mean title?"),
        ('{"type":"correction","corrects":"#1","changes":{"hash":"x"},"why":"x"}', "changes.hash"),
        ('{"type":"correction","corrects":"#1","changes":7,"why":"x"}', "changes"),
        ('{"type":"correction","corrects":7,"changes":{"title":"x"},"why":"x"}', "corrects"),
        ('{"type":"redaction","redacts":"#1","why":"x"}', "type: a text is removed by tracker redact"),
        ('{"type":"redaction","redacts":"#1","reason":"A Court","authority":"x"}', "type: a text is removed"),
        ('{"type":"redaction","redacts":"#1","reason":"court-order"}', "type: a text is removed"),
        (
            '{"type":"redaction","redacts":"#1","reason":"court-order","authority":"x"}',
            "type: a text is removed by tracker redact STORY#N, and by nothing else",
        ),
        ('{"type":"opened","title":"T"}', "the story story is open already"),
        ('{"type":"update","title":"T","body":' + "[" * 100_000 + "]" * 100_000 + "}", "nested too deeply"),
        ('{"type":"update","title":"' + "x" * 300_000 + '"}', "a line may have 262,144"),
        (b'{"type":"update","title":"\xff"}', "is not UTF-8"),
        (b"\x00\xff\x1b[31m", "is not "),
    ],
)
def test_one_bad_line_and_nothing_is_recorded(cli: Cli, story: Path, line: str | bytes, message: str) -> None:
    """The refusal names file, line and field, and is one line long."""
    before = story.read_bytes()
    data = lines(update("good"), "").encode() + (line.encode() if isinstance(line, str) else line) + b"\n"
    Path("in.jsonl").write_bytes(data + lines(update("good too")).encode())
    err = refused(cli("append", "story", "in.jsonl"))
    assert err.startswith("error: in.jsonl:3: ")
    assert message in err
    assert err.count("\n") == 1
    assert story.read_bytes() == before


def test_refusals_of_standard_input_name_it(cli: Cli, story: Path) -> None:
    """There is no file to name."""
    assert re.match("error: (-|<stdin>):1: is not JSON", refused(cli("append", "story", input="x\n")))


def test_what_has_no_events_is_refused(cli: Cli, story: Path) -> None:
    """An empty file is probably the wrong one."""
    Path("empty.jsonl").touch()
    assert refused(cli("append", "story", "empty.jsonl")) == "error: empty.jsonl has no events\n"
    assert "No such file" in refused(cli("append", "story", "missing.jsonl"))
    Path("folder").mkdir()
    assert "Is a directory" in refused(cli("append", "story", "folder"))


def test_a_batch_for_an_unknown_story_begins_with_its_opening(cli: Cli, story: Path, desk: Workspace) -> None:
    """Else it is a typing error."""
    err = refused(cli("append", "stroy", input=lines(update("one"))))
    assert "there is no story 'stroy'. Did you mean story?" in err
    assert desk.log.streams() == ["story"]


# What a person could have meant otherwise


def test_the_address_of_a_source_comes_first(cli: Cli, desk: Workspace, story: Path) -> None:
    """Else its publisher would count as a source, and an origin, of its own."""
    wrong = cli("add", "report", "story", "T", "--publisher", "The Post", "--source", "https://post.example/1")
    assert "put --source before the --publisher" in refused(wrong)
    twice = cli("add", "report", "story", "T", "--source", "https://post.example/1", "--via", "A", "--via", "B")
    assert "--via was given twice for one source" in refused(twice)


def test_the_sources_are_told(cli: Cli, story: Path) -> None:
    told = cli(
        "add", "update", "story", "T", "--source", "https://a.example/", "--publisher", "A", "--publisher", "B"
    )
    assert "  source: A, https://a.example/\n  source: B\n" in told.out


def test_relative_words_count_from_every_dated_source(cli: Cli, desk: Workspace, story: Path) -> None:
    """Where they count to the same date they are certain; the words and the reference are told."""
    one = ["--source", "https://a.example/", "--published", "2024-08-01"]
    other = ["--source", "https://b.example/", "--published"]
    told = cli("add", "update", "story", "T", "--occurred", "last year", *one, *other, "2024-02")
    assert "occurred: 2023 (2023), from “last year” counted from 1 August 2024" in told.out
    message = refused(cli("add", "update", "story", "T", "--occurred", "last year", *one, *other, "2023-01-01"))
    assert "it means 2022 and 2023; write the date" in message


def test_a_corrected_date_counts_from_the_source_too(cli: Cli, report: None) -> None:
    """Not from the day of the correction."""
    cli("correct", "story#2", "--set", "occurred=yesterday", "--why", "w")
    assert stands(cli)["occurred"] == "2024-08-01"


@pytest.mark.parametrize("words", ["tomorrow", "next month", "in 2 days"])
def test_what_is_yet_to_come_is_an_expectation(cli: Cli, story: Path, words: str) -> None:
    assert "tracker add expectation" in refused(cli("add", "update", "story", "T", "--occurred", words))


def test_any_long_text_may_come_from_standard_input(cli: Cli, desk: Workspace, story: Path) -> None:
    """But only one, for there is only one standard input."""
    cli("add", "summary", "story", "Where it stands", "--text", "-", input="It stands.\n\nFirmly.")
    assert last(desk)["text"] == "It stands.\n\nFirmly."
    both = cli("add", "summary", "story", "T", "--text", "-", "--body", "-", input="x")
    assert "only one text can come from standard input" in refused(both)


def test_a_number_alone_is_a_reference(cli: Cli, story: Path) -> None:
    """A shell takes an unquoted # for a comment."""
    cli("add", "question", "story", "Why?")
    assert "Why? open → answered" in cli("add", "update", "story", "Because", "--closes", "2").out


def test_a_corrected_company_takes_its_figures_along(cli: Cli, story: Path) -> None:
    cli("add", "earnings", "story", "Numbers", "--company", "Acme", "--figure", "loss=1 USD")
    cli("correct", "story#2", "--set", "company=Beta", "--why", "w")
    shown = cli("show", "story", "--json").json
    assert [(each["party"], each["name"]) for each in shown["figures"]] == [("Beta", "loss")]
    assert shown["developments"][1]["parties"] == ["Beta"]


def test_the_source_s_own_words_may_be_given(cli: Cli, desk: Workspace, story: Path) -> None:
    """They are kept as they are, beside a date that the editor made of them."""
    options = ["--source", "https://a.example/", "--published", "2024-08-01", "--occurred", "2024-03"]
    told = cli("add", "update", "story", "T", *options, "--occurred-as", "As of March")
    assert "  occurred: March 2024 (2024-03), from “As of March”\n" in told.out
    assert last(desk)["occurred_as"] == "As of March"


@pytest.mark.parametrize("name", ["how", "desk"])
def test_a_field_may_have_the_name_of_an_argument(cli: Cli, desk: Workspace, name: str) -> None:
    Path(desk.root, "events", "types.toml").write_text(
        f'[outage]\nhelp = "An outage"\n[outage.fields.{name}]\nkind = "text"\n'
    )
    cli("open", "story", "--title", "A story")
    added = cli("add", "outage", "story", "It is down", f"--{name}", "slowly", "--json")
    assert added.json["event"][name] == "slowly"


# Amendments of lists, quiet amendments

NUMBERS = ("--figure", "revenue=5 USD", "--figure", "loss per share=0.5 USD", "--figure", "staff=9")


@pytest.fixture
def earnings(cli: Cli, story: Path) -> None:
    """Earnings with three figures, a party besides the company, and two sources, as development #2."""
    cli(
        "add", "earnings", "story", "They report", "--company", "Acme", "--party", "Beta", *NUMBERS,
        "--source", "https://a.example/1", "--publisher", "The A", "--source", "https://b.example/2",
    )  # fmt: skip


def lists(desk: Workspace) -> dict[str, list[str]]:
    """The lists of #2 as it stands."""
    event: Any = desk.story("story").developments[1].event
    return {
        "figures": [f"{each.party}: {each.name} {each.value} {each.unit}".strip() for each in event.figures],
        "parties": list(event.parties),
        "sources": [each.url for each in event.sources],
    }


REVENUE, LOSS, STAFF = "Acme: revenue 5 USD", "Acme: loss per share 0.5 USD", "Acme: staff 9"
ALL = {
    "figures": [REVENUE, LOSS, STAFF],
    "parties": ["Beta", "Acme"],
    "sources": ["https://a.example/1", "https://b.example/2"],
}


@pytest.mark.parametrize(
    ("options", "changed"),
    [
        (
            ["--set", "figures.loss per share=0.05 USD"],
            {"figures": [REVENUE, "Acme: loss per share 0.05 USD", STAFF]},
        ),
        (["--set", "figures.Acme: STAFF=10"], {"figures": [REVENUE, LOSS, "Acme: staff 10"]}),
        (["--set", "figures.staff="], {"figures": [REVENUE, LOSS]}),
        (["--remove", "figures=revenue"], {"figures": [LOSS, STAFF]}),
        (["--remove", "figures.revenue"], {"figures": [LOSS, STAFF]}),
        (["--add", "figures.cash=3"], {"figures": [REVENUE, LOSS, STAFF, "Acme: cash 3"]}),
        (["--add", "figures=cash=3 USD"], {"figures": [REVENUE, LOSS, STAFF, "Acme: cash 3 USD"]}),
        (
            ["--set", "figures.staff=8", "--add", "figures=cash=3"],
            {"figures": [REVENUE, LOSS, "Acme: staff 8", "Acme: cash 3"]},
        ),
        (["--add", "parties=Gamma"], {"parties": ["Beta", "Acme", "Gamma"]}),
        (["--remove", "parties=BETA"], {"parties": ["Acme"]}),
        (["--remove", "parties=Beta", "--add", "parties=Gamma"], {"parties": ["Acme", "Gamma"]}),
        (["--add", "sources=https://c.example/"], {"sources": [*ALL["sources"], "https://c.example/"]}),
        (["--remove", "sources=http://www.b.example/2/"], {"sources": ALL["sources"][:1]}),
        (["--remove", "sources=the a"], {"sources": ALL["sources"][1:]}),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_a_correction_changes_what_it_names(
    cli: Cli, desk: Workspace, earnings: None, options: list[str], changed: dict[str, list[str]]
) -> None:
    """The other items of the list stay."""
    assert lists(desk) == ALL
    ran = cli("correct", "story#2", *options, "--why", "a slip")
    assert ran.code == 0, ran
    assert lists(desk) == ALL | changed


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--set", "figures.cost=3"], "figures: 'cost' is not there; there are: Acme: revenue, Acme: loss per"),
        (["--set", "figures.cost=3"], "staff. To add it: --add figures.cost=VALUE"),
        (["--remove", "parties=Gamma"], "parties: 'Gamma' is not there; there are: Beta, Acme"),
        (["--add", "title=x"], "--add: title is no list; give its value with --set title=…"),
        (["--remove", "staff"], "--remove: 'staff' is not FIELD=VALUE"),
        (["--add", "nothing=x"], "there is no correctable earnings field 'nothing'"),
        (["--set", "figures.staff=many"], "figures[2]: "),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_a_correction_of_something_else_is_refused(
    cli: Cli, earnings: None, options: list[str], reason: str
) -> None:
    assert reason in refused(cli("correct", "story#2", *options, "--why", "a slip"))


def test_what_a_correction_takes_away_is_said(cli: Cli, desk: Workspace, earnings: None) -> None:
    """Before it is recorded, too."""
    options = (
        "--set",
        "figures=loss per share=0.05 USD",
        "--set",
        "sources=",
        "--set",
        "parties=Acme",
        "--why",
        "x",
    )
    for ran in (cli("correct", "story#2", *options, "--dry-run"), cli("correct", "story#2", *options)):
        lost = [line.removeprefix("worth a look: ") for line in ran.err.splitlines() if "takes away" in line]
        assert lost == [
            "this takes away from figures: revenue 5 USD",
            "this takes away from figures: staff 9",
            "this takes away from sources: https://a.example/1, The A",
            "this takes away from sources: https://b.example/2",
            "this takes away from parties: Beta",
        ]


def test_a_quiet_amendment_has_no_entry_of_its_own(cli: Cli, desk: Workspace, story: Path) -> None:
    """The entry is edited in place, and has both readings."""
    cli("add", "update", "story", "Nwes")
    ran = cli("correct", "story#2", "--set", "title=News", "--why", "a typo", "--quiet", "--dry-run")
    assert "the feed entry, kept out of the feeds because it is quiet" in ran.out
    assert cli("correct", "story#2", "--set", "title=News", "--why", "a typo", "--quiet").code == 0
    assert last(desk)["quiet"] is True
    cli("add", "update", "story", "Twice")
    assert cli("retract", "story#4", "--why", "it is there twice", "--quiet").code == 0
    cli("publish")
    feed = json.loads(Path(desk.feeds, "stories/story/developments.json").read_text())
    assert [each["title"] for each in feed["items"]] == [
        "A story: Twice (withdrawn)",
        "A story: News (corrected)",
        "A story",
    ]
    assert "Headline: we had said “Nwes”; it is “News”." in feed["items"][1]["content_html"]
    assert json.loads(Path(desk.feeds, "corrections.json").read_text())["items"] == []


# Texts that show nothing

INVISIBLE = ("\u200b", "\u2060", "\u00ad", "\u3164", "\u2800", "\u0301", "\U000e0041", "\ufe0f", "\u3000")
PLACES = {
    "title": ["add", "update", "story", "{}"],
    "parties[0]": ["add", "update", "story", "T", "--party", "{}"],
    "sources[0].publisher": ["add", "update", "story", "T", "--publisher", "{}"],
    "sources[0].quote": ["add", "update", "story", "T", "--publisher", "A", "--quote", "{}"],
    "quote": ["add", "statement", "story", "T", "--speaker", "A", "--quote", "{}"],
    "body": ["add", "update", "story", "T", "--body", "{}"],
    "claim": ["add", "report", "story", "T", "--claim", "{}"],
    "editor": ["add", "update", "story", "T", "--editor", "{}"],
    "changes.title": ["correct", "story#1", "--set", "title={}", "--why", "x"],
    "why": ["retract", "story#2", "--why", "{}"],
}


@pytest.mark.parametrize("field", PLACES)
def test_a_text_that_shows_nothing_is_refused(cli: Cli, story: Path, field: str) -> None:
    cli("add", "update", "story", "News")
    before = story.read_bytes()
    for text in INVISIBLE[: 9 if field == "title" else 2]:
        ran = cli(*(each.replace("{}", text) for each in PLACES[field]))
        if text != "\u3000":  # white space around a text is taken out, so this is an empty one
            assert refused(ran) == f"error: {field}: has nothing to see: it needs a visible character\n", ascii(
                text
            )
    assert story.read_bytes() == before


def test_a_direction_that_a_line_leaves_open_is_refused(cli: Cli, story: Path, desk: Workspace) -> None:
    """In a body it is taken. Pages and feeds end it."""
    assert refused(cli("add", "update", "story", "A \u202eT")) == (
        "error: title: U+202E at character 3 changes the direction of the text behind it, and nothing ends that;"
        " end it with U+202C, or remove it\n"
    )
    assert cli("add", "update", "story", "A \u202eT\u202c \u2067B", "--body", "\u202ebody").code == 0
    cli("publish")
    item = json.loads(Path(desk.feeds, "all.json").read_text())["items"][0]
    assert item["title"] == "A story: A \u202eT\u202c \u2067B\u2069"
    assert "<p>\u202ebody\u202c</p>" in item["content_html"]


# Files that append is given

ONE = '{"type":"update","title":"T"}'
BAD = "is not JSON: Expecting value (character 0)"


def test_a_byte_order_mark_is_taken(cli: Cli, desk: Workspace, story: Path) -> None:
    assert cli("append", "story", input=f"\ufeff{ONE}\n{ONE}\r\n").code == 0
    assert [each.title for each in desk.story("story").developments[1:]] == ["T", "T"]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (f"[{ONE}]", "1: is a JSON array; one object a line is wanted"),
        (f"\n[\n  {ONE}\n]\n", "2: is a JSON array; one object a line is wanted"),
        ('{\n  "type": "update"\n}\n', "1: is one JSON object over several lines; one object a line is wanted"),
        ('{"type": "update",\n "title": "T"}\n', "1: is one JSON object over several lines"),
        ("type,title,occurred\nupdate,T,2024\n", "1: is a table (CSV); one object a line is wanted"),
        ('"type";"title"\n"update";"T"\n', "1: is a table (CSV)"),
        ("type\ttitle\n", "1: is a table (CSV)"),
        (f"{ONE},\n{ONE},\n", "1: ends with a comma; one object a line is wanted"),
        (f"{ONE} {ONE}\n", "1: has several objects in one line"),
        (f"{ONE}\r{ONE}\r", "1: has several objects in one line"),
        ("<rss></rss>", "1: is XML or HTML"),
        ("- type: update\n  title: T\n", "1: is YAML, TOML or another format"),
        ('[event]\ntitle = "T"\n', "1: is YAML, TOML or another format"),
        ("# a comment\n{}", "1: begins with a comment"),
        ("{'type':'update'}", "1: has single quotation marks"),
        ("%PDF-1.4", "1: is a PDF"),
        (ONE.encode("utf-16"), "1: is UTF-16; save it as UTF-8"),
        (b"\x1f\x8b\x08\0", "1: is compressed; unpack it first"),
        ("hello", f"1: {BAD}"),
    ],
    ids=[
        *("array", "pretty array", "pretty object", "object in two lines", "CSV", "semicolons", "tabs"),
        *(
            "commas",
            "two objects",
            "CR",
            "XML",
            "YAML",
            "TOML",
            "comment",
            "quotes",
            "PDF",
            "UTF-16",
            "gzip",
            "text",
        ),
    ],
)
def test_a_file_of_another_format_is_refused(cli: Cli, story: Path, given: str | bytes, reason: str) -> None:
    """It says what the file is, and what is wanted."""
    assert refused(cli("append", "story", input=given)).startswith(f"error: -:{reason}")


def test_all_refusals_of_a_file_are_told(cli: Cli, story: Path) -> None:
    """Each with its line, in the order of the file; those that depend on a refused line are not."""
    lines = [
        ONE,
        "x",
        '{"type":"updat","title":"T"}',
        ONE.replace("T", ""),
        '{"type":"retraction","retracts":"#2"}',
    ]
    told = refused(cli("append", "story", input="\n".join(lines))).splitlines()
    assert told[0] == f"error: -:2: {BAD}"
    assert [each.partition(":")[2][:2] for each in told[1:]] == ["3:", "4:", "5:"]
    lines = [
        ONE,
        '{"type":"retraction","retracts":"#9","why":"x"}',
        '{"type":"retraction","retracts":"#3","why":"x"}',
    ]
    told = refused(cli("append", "story", input="\n".join([*lines, ONE.replace("T", "")]))).splitlines()
    assert told == [
        "error: -:2: retracts: there is no story#9; the last one is story#2",
        "-:4: title: is missing",
    ]


def test_twenty_refusals_are_told(cli: Cli, story: Path) -> None:
    told = refused(cli("append", "story", input="x\n" * 23)).splitlines()
    assert [each.removeprefix("error: ") for each in told[:20]] == [f"-:{n}: {BAD}" for n in range(1, 21)]
    assert told[20:] == ["and 3 more"]
    assert story.read_bytes().count(b"\n") == 1


def test_changed_line_ends_of_a_log_are_named(cli: Cli, story: Path) -> None:
    cli("add", "update", "story", "News")
    story.write_bytes(story.read_bytes().replace(b"\n", b"\r\n"))
    ran = cli("show", "story")
    assert ran.code == 1
    assert ran.err.startswith("error: events/story.jsonl:1: the line ends were changed (CRLF in place of LF)")


def test_everything_that_is_not_shown_is_named(cli: Cli, story: Path) -> None:
    """Other advice on many events is cut off, but not what readers do not get."""
    lines = [json.dumps({"type": "update", "title": "T", "body": f"<!-- {number} -->"}) for number in range(15)]
    told = cli("append", "story", input="\n".join(lines)).err.splitlines()
    assert [each for each in told if "not shown" in each] == [
        f"worth a look: story#{number + 2}: not shown: a comment ({number})" for number in range(15)
    ]


# Sources.


@pytest.mark.parametrize(
    ("command", "lacks"),
    [
        (["add", "report", "story", "T"], True),
        (["add", "statement", "story", "T", "--speaker", "P"], True),
        (["add", "suspension", "story", "T", "--subject", "P"], True),
        (["add", "earnings", "story", "T", "--company", "P"], True),
        (["add", "expectation", "story", "T", "--due", "2199"], True),
        (["add", "update", "story", "T"], True),
        (["add", "update", "story", "T", "--publisher", "The Post"], False),
        (["add", "update", "story", "T", "--source", "https://a.example/"], False),
        (["add", "question", "story", "T?"], False),
        (["add", "summary", "story", "T"], False),
        (["add", "closed", "story", "T"], False),
        (["open", "another", "T"], False),
    ],
    ids=lambda value: " ".join(value)[:60] if isinstance(value, list) else "",
)
def test_what_has_no_source_says_so(
    cli: Cli, desk: Workspace, story: Path, command: list[str], lacks: bool
) -> None:
    """In the report, in a trial, in the briefing, in feeds and on its page. The desk's own acts need no source."""
    tried, ran = cli(*command, "--dry-run"), cli(*command)
    slug, _, seq = ran.out.split()[0].partition("#")
    cli("publish")
    feed, page = (Path(desk.feeds, "stories", slug, name) for name in ("developments.json", f"{seq}.html"))
    (item,) = [each for each in json.loads(feed.read_text())["items"] if each["_tracker"]["seq"] == int(seq)]
    assert ("\n\n  No source recorded.\n" in tried.out) == lacks
    said = (ran.out, cli("show", slug).out, cli("timeline", slug).out)
    assert ["no source given" in each for each in said] == [lacks] * 3
    assert [each.count("No source recorded.") for each in (item["content_html"], page.read_text())] == [lacks] * 2


def test_append_says_what_has_no_source(cli: Cli, story: Path) -> None:
    sourced = ONE.replace("}", ',"sources":[{"publisher":"The Post"}]}')
    ran = cli("append", "story", input=f"{sourced}\n{ONE}\n{ONE}\n")
    assert "no source given for 2 events, the first is story#3" in ran.err
    assert "no source" not in cli("append", "story", input=sourced).err
