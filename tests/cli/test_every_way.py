"""Parties, origins and texts as editors type them: by option, by question, by form and as a JSON line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.cli.ways import by_form, by_prompt
from tests.conftest import Ran
from tracker.errors import BadInput
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]
OPTIONS = {"parties": "party", "sources": "source"}


class Said(NamedTuple):
    """What a way of typing says: a refusal, or what it remarks after recording."""

    refusal: str
    remarks: str


Add = Callable[..., Said]


@pytest.fixture(params=["option", "prompt", "form", "line"])
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
    "names", [("OpenAI", "OPENAI", "openai"), ("Köner", "Ko\u0308ner", "KÖNER"), ("A  B", "A B", "a\u00a0b")]
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
