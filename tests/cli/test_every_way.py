"""Parties, origins, texts and amendments as editors type them: by option, by question, by form and as a JSON
line."""

from __future__ import annotations

import html
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.cli.ways import at_the_editor, by_form, by_prompt, typing
from tests.conftest import Ran
from tests.typist import Action, fill, replace, table
from tracker.cli.interactive import dialogs, editor
from tracker.cli.recording import How
from tracker.domain.decide import find
from tracker.errors import BadInput
from tracker.text.names import Reference
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]
OPTIONS = {"parties": "party", "sources": "source"}


class Said(NamedTuple):
    """What a way of typing says: a refusal, or what it remarks after recording."""

    refusal: str
    remarks: str


Add = Callable[..., Said]


@pytest.fixture(params=["option", pytest.param("prompt", marks=pytest.mark.slow), "form", "line"])
def add(request: pytest.FixtureRequest, desk: Workspace, cli: Cli, capsys: Any) -> Add:
    """Adds a development of a type to the story ``s`` in one of the four ways."""
    desk.record("s", [{"type": "opened", "title": "S"}])

    def by_option(type: str, **typed: Any) -> Said:
        arguments = [typed.pop("title", "T")]
        for name, value in typed.items():
            for each in value if isinstance(value, list) else [value]:
                if isinstance(each, dict):
                    arguments += [argument for key, text in each.items() for argument in (_SOURCE[key], text)]
                else:
                    arguments += [f"--{OPTIONS.get(name, name)}", each]
        ran = cli("add", type, "s", *arguments)
        said = " ".join((ran.out + ran.err).split())
        return Said(said if ran.code else "", said)

    def by_record(make: Callable[[], dict[str, Any]]) -> Said:
        try:
            (recorded,) = desk.record("s", [make()])
        except BadInput as error:
            return Said(str(error), "")
        return Said("", " ".join(recorded.advice))

    ways: dict[str, Callable[..., Said]] = {
        "option": by_option,
        "prompt": lambda type, **typed: by_record(lambda: by_prompt(desk, capsys, type, **typed)),
        "form": lambda type, **typed: by_record(lambda: by_form(desk, type, **typed)),
        "line": lambda type, **typed: by_record(lambda: {"type": type, "title": "T", **typed}),
    }
    return ways[request.param]


_SOURCE = {"url": "--source", "publisher": "--publisher", "quote": "--quote"}


# Parties and origins


@pytest.mark.parametrize(
    "names",
    [
        ("OpenAI", "OPENAI", "openai"),
        ("Köner", "Ko\u0308ner", "KÖNER"),
        ("A  B", "A B", "a\u00a0b"),
        ("O’Neil", "O'Neil", "O`Neil"),
    ],
)
def test_spellings_of_a_name_are_one_party(desk: Workspace, cli: Cli, add: Add, names: tuple[str, ...]) -> None:
    first, *others = (add("suspension", subject=each) for each in names)
    assert not first.remarks.count("already")
    assert all("already" in each.remarks for each in others)
    (party,) = {each["party"] for each in cli("parties", "--json").json}
    assert party == names[0]


def test_a_correction_adds_no_other_spelling_of_a_party(desk: Workspace, cli: Cli) -> None:
    desk.record("s", [{"type": "opened", "title": "S"}, {"type": "update", "title": "T", "parties": ["A", "B"]}])
    ran = cli("correct", "s#2", "--add", "parties=b", "--why", "W")
    assert (ran.code, "s#2 says that already" in ran.err) == (2, True)
    assert cli("correct", "s#2", "--set", "parties=C", "--add", "parties=c", "--why", "W").code == 0
    assert desk.story("s").developments[1].event.parties == ("C",)  # type: ignore[attr-defined]


def test_names_that_differ_in_a_sign_are_three_parties(desk: Workspace, cli: Cli, add: Add) -> None:
    for name in ("A&B", "A/B", "A B"):
        add("suspension", subject=name)
    assert len(cli("parties", "--json").json) == 3


ARTICLE = "https://example.org/a"


@pytest.mark.parametrize(
    ("one", "other", "origins"),
    [
        (ARTICLE, "http://example.org/a", 1),
        (ARTICLE, "https://www.example.org/a", 1),
        (ARTICLE, "https://m.example.org/a", 1),
        (ARTICLE, f"{ARTICLE}#x", 1),
        (ARTICLE, f"{ARTICLE}?utm_source=y", 1),
        (ARTICLE, f"{ARTICLE}/", 1),
        (ARTICLE, "https://example.org:443/a", 1),
        (ARTICLE, f"https://web.archive.org/web/2024/{ARTICLE}", 1),
        (ARTICLE, "https://other.example/a", 2),
    ],
)
def test_spellings_of_an_address_are_one_origin(
    desk: Workspace, add: Add, one: str, other: str, origins: int
) -> None:
    for number, url in enumerate((one, other)):
        about = {"about": "#2"} if number else {}
        assert not add("report", title=f"R{number}", **about, sources=[{"url": url}]).refusal
    (claim,) = desk.story("s").claims
    assert claim.origins == origins


def test_spellings_of_a_publisher_are_one_origin(desk: Workspace, add: Add) -> None:
    for number, publisher in enumerate(("The Example", "The  Example", "the example")):
        about = {"about": "#2"} if number else {}
        assert not add("report", title=f"R{number}", **about, sources=[{"publisher": publisher}]).refusal
    (claim,) = desk.story("s").claims
    assert claim.origins == 1


# Texts


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", "\u200b"),
        ("title", "\u3164"),
        ("subject", "\u200b"),
        ("subject", "\u2060\ufe0f"),
        ("by", "\u200d"),
    ],
)
def test_a_text_that_shows_nothing_is_refused(desk: Workspace, add: Add, field: str, value: str) -> None:
    said = add("suspension", **{"subject": "A", field: value})
    assert field in said.refusal
    assert "nothing to see" in said.refusal
    assert len(list(desk.log.read("s"))) == 1


@pytest.mark.parametrize("text", ["Is <x> so?", "The <model> name", "a < b > c & d", "*so* [it](is) `x`"])
def test_a_plain_text_stands_as_it_was_typed(desk: Workspace, add: Add, text: str) -> None:
    add("suspension", subject="A", reason=text, title=text)
    add("question", title=text)
    for development in desk.story("s").developments[1:]:
        assert development.title == text


@pytest.mark.parametrize(
    ("body", "unshown"),
    [
        ('<iframe src="https://www.youtube.com/embed/abc"></iframe>', "not shown: an iframe"),
        ('<img src="https://a.example/b.png" alt="B">', "not shown: an img; a link leads to it"),
        ("![B](https://a.example/b.png)", "not shown: an image; a link leads to it"),
        ("see https://example.org/x and [mail](mailto:a@example.org)", ""),
    ],
)
def test_markup_that_is_not_shown_is_told(desk: Workspace, cli: Cli, add: Add, body: str, unshown: str) -> None:
    said = add("update", body=body)
    assert not said.refusal
    assert ("not shown" in said.remarks) is bool(unshown)
    assert unshown in said.remarks
    cli("publish")
    page = Path(desk.feeds, "stories/s/2.html").read_text()
    for address in ("https://www.youtube.com/embed/abc", "https://example.org/x", "mailto:a@example.org"):
        assert (f'href="{address}"' in page) is (address in body)


# Amendments

Correct = Callable[..., None]
SECOND = Reference("s", 2)


@pytest.fixture(params=["option", "prompt", "form"])
def correct(request: pytest.FixtureRequest, desk: Workspace, cli: Cli, monkeypatch: Any) -> Correct:
    """Corrects ``s#2``: with the option, or with what the editor does in the form. On the prompt, the editor says
    first which development it is."""

    def by_option(setting: str, _: Action, why: str) -> None:
        assert cli("correct", "s#2", "--set", setting, "--why", why).code == 0

    def by_form(_: str, action: Action, why: str, wrong: Reference = SECOND) -> None:
        at_the_editor(monkeypatch, action, fill(why=why))
        editor.correct(desk, wrong, find(desk.story("s"), str(wrong)), {}, None, How())

    def by_prompt(setting: str, action: Action, why: str) -> None:
        with typing("s", "2"):
            wrong = dialogs.wrong_development(desk)
        by_form(setting, action, why, wrong)

    ways: dict[str, Correct] = {"option": by_option, "prompt": by_prompt, "form": by_form}
    return ways[request.param]


@pytest.fixture(params=["option", "prompt"])
def retract(request: pytest.FixtureRequest, desk: Workspace, cli: Cli) -> Callable[[str], None]:
    """Retracts ``s#2`` for this reason. A retraction has no form."""

    def by_option(why: str) -> None:
        assert cli("retract", "s#2", "--why", why).code == 0

    def by_prompt(why: str) -> None:
        with typing("s", "2", why, "yes"):
            dialogs.retract(desk, None, None, How())

    return by_option if request.param == "option" else by_prompt


def test_each_state_names_the_event_that_caused_it(
    desk: Workspace, cli: Cli, correct: Correct, retract: Callable[[str], None]
) -> None:
    desk.record("s", [{"type": "opened", "title": "S"}, {"type": "update", "title": "News"}])
    correct("title=Other news", fill(title="Other news"), "a slip")
    assert "#2  update  Other news  [corrected by #3]" in cli("timeline", "s").out
    retract("it was wrong")
    assert "#2  update  Other news  [retracted by #4; corrected by #3]" in cli("timeline", "s").out


def test_a_correction_of_one_figure_keeps_the_others(desk: Workspace, cli: Cli, correct: Correct) -> None:
    figures = [{"name": "revenue", "value": "5", "unit": "USD"}, {"name": "loss", "value": "0.5", "unit": "USD"}]
    opened = {"type": "opened", "title": "S"}
    desk.record(
        "s", [opened, {"type": "update", "title": "T", "figures": [*figures, {"name": "a", "value": "9"}]}]
    )
    correct("figures.loss=0.05 USD", replace("loss=0.5 USD", "loss=0.05 USD"), "a slip")
    development = desk.story("s").developments[1]
    stated = [(each.name, each.value) for each in development.event.figures]  # type: ignore[attr-defined]
    assert stated == [("revenue", "5"), ("loss", "0.05"), ("a", "9")]


SPEAKERS = [{"speaker": "B", "quote": "Yes"}, {"speaker": "C", "quote": "No", "to": "CNN"}]


def test_one_speaker_of_several_is_corrected(desk: Workspace, correct: Correct) -> None:
    statement = {"type": "statement", "title": "They speak", "speaker": "A", "quote": "Hm", "also": SPEAKERS}
    desk.record("s", [{"type": "opened", "title": "S"}, statement])
    correct('also={"speaker":"C","quote":"Not now","to":"CNN"}', table("also", 1, quote="Not now"), "a slip")
    event: Any = desk.story("s").developments[1].event
    assert [(each.speaker, each.quote, each.to) for each in event.also][-1] == ("C", "Not now", "CNN")
    assert event.speaker == "A"


@pytest.mark.parametrize(
    ("options", "speakers"),
    [
        (["--remove", "also=b"], ["C"]),
        (["--remove", "also=B", "--set", "speaker=B"], ["C"]),
        (["--add", "also=D"], ["B", "C", "D"]),
        (["--remove", "also=C", "--add", 'also={"speaker":"D","role":"chair"}'], ["B", "D"]),
        (["--set", "also=D", "--set", "also=E"], ["D", "E"]),
        (["--set", "also="], []),
    ],
)
def test_speakers_are_added_and_removed(
    desk: Workspace, cli: Cli, options: list[str], speakers: list[str]
) -> None:
    statement = {"type": "statement", "title": "They speak", "speaker": "A", "also": SPEAKERS}
    desk.record("s", [{"type": "opened", "title": "S"}, statement])
    assert cli("correct", "s#2", *options, "--why", "a slip").code == 0
    event: Any = desk.story("s").developments[1].event
    assert [each.speaker for each in event.also] == speakers
    assert sorted(event.parties) == sorted(dict.fromkeys([event.speaker, *speakers]))  # who does not speak is none


def test_what_is_taken_out_of_these_lists_is_said(desk: Workspace, cli: Cli) -> None:
    statement = {"type": "statement", "title": "They speak", "speaker": "A", "also": SPEAKERS}
    given = {"see": ["#1", "o#1"], "tags": ["x", "y"]}
    desk.record("o", [{"type": "opened", "title": "O"}])
    desk.record("s", [{"type": "opened", "title": "S"}, {**statement, **given}])
    removed = ("--remove", "also=B", "--remove", "see=#1", "--remove", "see=o#1", "--remove", "tags=X")
    lines = cli("correct", "s#2", *removed, "--why", "a slip").err.splitlines()
    lost = [line.partition("takes away from ")[2] for line in lines if "takes away" in line]
    assert lost[:2] == ["also: B: “Yes”", "see: #1"]
    assert lost[2].startswith("see: o (")
    assert lost[3:] == ["tags: x", "parties: B"]


def test_a_speaker_that_is_not_there_is_refused(desk: Workspace, cli: Cli) -> None:
    statement = {"type": "statement", "title": "They speak", "speaker": "A", "also": SPEAKERS}
    desk.record("s", [{"type": "opened", "title": "S"}, statement])
    ran = cli("correct", "s#2", "--remove", "also=D", "--why", "a slip")
    assert (ran.code, "also: 'D' is not there; there are: B, C" in ran.err) == (2, True)
    ran = cli("correct", "s#2", "--add", 'also={"speaker":"D","words":"x"}', "--why", "a slip")
    assert (ran.code, "also[2]" in ran.err) == (2, True), ran.err


def test_the_form_of_a_statement_has_several_speakers(
    desk: Workspace, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that were given, and those that are typed below; a mistake stands above its line."""
    desk.record("s", [{"type": "opened", "title": "S"}])
    given = ["They speak", "--speaker", "A", "--speaker", "B", "--quote", "Yes"]
    at_the_editor(monkeypatch, table("also", 1, speaker="C", quote="No\nnever"))
    assert cli("add", "statement", "s", *given, "-e").code == 0
    event: Any = desk.story("s").developments[1].event
    assert [(each.speaker, each.quote) for each in event.also] == [("B", "Yes"), ("C", "No\nnever")]
    assert event.parties == ("A", "B", "C")
    at_the_editor(monkeypatch, replace("[[also]]", '[[also]]\nword = "x"'))
    ran = cli("add", "statement", "s", *given, "-e")
    assert "also[0].word: there is no field of a speaker 'word'" in ran.err


def test_the_reason_of_an_amendment_stands_as_it_was_typed(
    desk: Workspace, cli: Cli, correct: Correct, retract: Callable[[str], None]
) -> None:
    desk.record("s", [{"type": "opened", "title": "S"}, {"type": "update", "title": "T"}])
    correct("title=X", fill(title="X"), "The <model> name was wrong")
    retract("The <b> of it")
    cli("publish")
    story = Path(desk.feeds, "stories/s")
    for name in ("2.html", "index.html", "developments.atom", "developments.rss", "developments.json"):
        text = html.unescape(html.unescape(Path(story, name).read_text()))
        assert "The <model> name was wrong" in text, name
        assert "The <b> of it" in text, name
