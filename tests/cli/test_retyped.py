"""The real story, typed in once more from an empty desk: by questions, and by forms alone.

What comes of it is what its log says, but for what a log gives its lines. How much had to be typed is printed.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran
from tests.person import TAB, Person
from tests.typist import Typist, fill, source
from tracker.domain import drafts, forms
from tracker.domain.amend import places
from tracker.domain.events import Correction, Event, Occurrence, Opened, fields_of, type_of
from tracker.domain.glossary import shared_fields
from tracker.domain.values import to_values
from tracker.log.files import FileLog
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]

SLUG = "tiktok-openai"
LOG = FileLog(str(Path(__file__).parents[2] / "events"))

IN_WORDS = {
    "../2024-08-04": "by 4 August 2024",
    "2023/2024-08-04": "2023 to 4 August 2024",
    "2024-07-29/2024-08-04": "29 July to 4 August 2024",
    "2023-12-15": "15 December 2023",
}
"""How somebody types the dates of the story."""


@pytest.fixture
def told() -> list[Event]:
    """The story as it was told."""
    return list(LOG.read(SLUG))


def says(events: list[Event]) -> list[dict[str, Any]]:
    """What events say, without what the log gave them; references are places."""
    numbers = places(events)
    given = ("id", "recorded", "salt", "hash", "editor", "was")
    return [
        {"type": type_of(event)}
        | {
            name: numbers.get(value, value) if isinstance(value, str) else value
            for name, value in to_values(event).items()
            if name not in given
        }
        for event in events
    ]


def as_typed(event: Occurrence, numbers: dict[str, int]) -> dict[str, Any]:
    """What somebody would type for it: dates in words, and of the parties those that do not follow."""
    typed = forms.typed_of(event, numbers)
    words = typed.pop("occurred_as", "")
    if words in ("last year", "this week"):
        typed["occurred"] = words
    elif "occurred" in typed:
        typed["occurred"] = IN_WORDS.get(event.occurred, event.occurred) + (f' "{words}"' if words else "")
    own = [typed.get(each.name, []) for each in fields_of(type(event)) if each.kind in ("party", "parties")][1:]
    follow = [each for value in own for each in ([value] if isinstance(value, str) else value)]
    for count in range(len(event.parties) + 1):
        named = list(event.parties[:count])
        if list(dict.fromkeys([*named, *follow])) == list(event.parties):
            break
    return typed | {"parties": named}


def shown(cli: Cli, root: Path) -> Any:
    """What ``show`` says of it, without ids and the times of recording."""

    def without(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: without(each) for key, each in value.items() if key not in _GIVEN}
        return [without(each) for each in value] if isinstance(value, list) else value

    return without(cli("-C", str(root), "show", SLUG, "--json").json)


_GIVEN = ("id", "recorded", "updated", "head", "hash", "editor", "age", "ended_recorded")


@pytest.mark.slow
def test_by_questions(told: list[Event], desk: Workspace, cli: Cli, tmp_path: Path) -> None:
    """``tracker add`` alone opens the story and asks for each development; ``tracker correct`` opens a form."""
    person, numbers = Person(desk), places(told)
    start = time.monotonic()
    opening, *rest = told
    assert isinstance(opening, Opened)
    person.at("add")
    person.is_asked("story").answers(SLUG).is_asked("title").answers(opening.title)
    person.is_asked("summary").answers(opening.summary).is_asked("record it?").answers("y")
    for number, event in enumerate(rest):
        if isinstance(event, Occurrence):
            before = {type_of(each) for each in rest[:number]}
            answer_for(person, event, as_typed(event, numbers), before)
            person.is_asked("record it?").answers("y" if isinstance(rest[number + 1], Correction) else "m")
    person.has_done()
    (correction,) = [event for event in rest if isinstance(event, Correction)]
    typist = Typist(tmp_path / "typist")
    typist.will(correction_actions(correction))
    person.environment["EDITOR"] = str(typist.command)
    person.at("correct", f"{SLUG}#7").has_done()
    took = f"{person.answered} answers, {person.skipped} of them Enter, {person.keys} keys"
    print(f"questions: {took}, {time.monotonic() - start:.1f} s", file=sys.stderr)
    assert says(list(desk.log.read(SLUG))) == says(told)
    assert shown(cli, Path(desk.root)) == shown(cli, Path(__file__).parents[2])


def answer_for(person: Person, event: Occurrence, typed: dict[str, Any], before: set[str]) -> None:
    """Answers the questions about one development; nobody is asked what cannot be answered yet."""
    person.is_asked("type").answers(type_of(event))
    own = [each.name for each in fields_of(type(event)) if each.name not in Occurrence.__struct_fields__]
    left_out = ("covers", "also", "behalf", "role", *shared_fields(type(event)))
    own = [name for name in own if name not in left_out]
    own = [name for name in own if name != "about" or "report" in before]
    for name in [*own, "title"] if event.sentences else ["title", *own]:
        value = typed.get(name, "")
        if isinstance(value, list):
            for number, each in enumerate(value):
                person.is_asked("another party" if number else name).answers(each)
            person.is_asked("another party").answers()
        elif name == "title" and event.sentences:
            person.is_asked(name).says_instead(value)
        else:
            person.is_asked(name).answers(value)
    (cited,) = typed["sources"]
    person.is_asked("source")
    if not before:
        person.answers(cited["url"]).is_asked("publisher").answers(cited["publisher"])
        person.is_asked("published").answers("29 July to 4 August 2024")
    else:
        person.types(TAB).answers()
    person.is_asked("quoted from NIXsolutions").answers(cited.get("quote", ""))
    person.is_asked("via").answers(cited.get("via", "")).is_asked("another source").answers()
    person.is_asked("occurred").answers(typed["occurred"]).is_asked("body").answers(typed.get("body", ""))
    for label, values in (("party", typed["parties"]), ("figure", typed.get("figures", []))):
        first = "also involved" if label == "party" else label
        for number, each in enumerate(values):
            person.is_asked(f"another {label}" if number else first).answers(each)
        person.is_asked(f"another {label}" if values else first).answers()
    if "question" in before:
        person.is_asked("closes").answers()


def correction_actions(correction: Correction) -> list[Any]:
    """What is filled in of the form for the correction of #7."""
    changes = correction.changes
    return [
        fill(why=correction.why, occurred="15 December 2023", body=changes["body"]),
        source(1, **changes["sources"][1]),
    ]


@pytest.mark.slow
def test_by_forms_alone(
    told: list[Event], desk: Workspace, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """``-e`` for each; the source is typed once."""
    typist, numbers = Typist(tmp_path / "typist"), places(told)
    monkeypatch.setenv("EDITOR", str(typist.command))
    start, filled = time.monotonic(), 0

    def edits(*actions: Any) -> None:
        nonlocal filled
        typist.will(list(actions))
        filled += sum(len(action[2]) for action in actions)

    for number, event in enumerate(told):
        if isinstance(event, Opened):
            edits(fill(title=event.title, summary=event.summary))
            assert cli("open", SLUG, "-e").code == 0
        elif isinstance(event, Occurrence):
            edits(*fill_in_for(event, as_typed(event, numbers), is_first=number == 1))
            assert cli("add", type_of(event), SLUG, "-e").code == 0
        elif isinstance(event, Correction):
            edits(*correction_actions(event))
            assert cli("correct", f"{SLUG}#7", "-e").code == 0
    print(f"forms: {filled} fields, {time.monotonic() - start:.1f} s", file=sys.stderr)
    assert says(list(desk.log.read(SLUG))) == says(told)
    assert shown(cli, Path(desk.root)) == shown(cli, Path(__file__).parents[2])


def fill_in_for(event: Occurrence, typed: dict[str, Any], *, is_first: bool) -> list[Any]:
    """What is filled in of a form; the source only in the first one, and what is quoted from it in each."""
    date, _, words = typed["occurred"].partition(' "')
    own = {name: value for name, value in typed.items() if name not in ("sources", "occurred")}
    own |= {"occurred": date} | ({"occurred_as": words.rstrip('"')} if words else {})
    (cited,) = typed["sources"]
    again = {name: value for name, value in cited.items() if is_first or name in ("quote", "via")}
    return [fill(**{name: value for name, value in own.items() if not drafts.is_empty(value)}), source(0, **again)]
