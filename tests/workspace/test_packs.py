"""Packs of types: they read, their examples use them, and a desk copies them into its own declarations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran
from tracker.domain.custom_types import read
from tracker.domain.events import TYPES, Closes, Moves, Occurrence, Opens, fields_of, type_of
from tracker.domain.fold import fold
from tracker.errors import BadInput, Unknown
from tracker.workspace import packs
from tracker.workspace.desk import Workspace
from tracker.workspace.packs import Pack, add

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
EXAMPLE = {"status": "outages"}
"""The example of a pack, if it is not called like the pack."""

PACKS = {pack.name: pack for pack in packs.packs()}
each_pack = pytest.mark.parametrize("pack", PACKS.values(), ids=PACKS)


def declarations(desk: Workspace) -> Path:
    return Path(desk.log.folder, "types.toml")


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("newsroom", "incident casualties appointment resignation vote protest"),
        ("court", "lawsuit charge plea ruling appeal settlement sentence"),
        ("regulator", "recall fine approval ban inspection"),
        ("markets", "deal funding layoffs guidance"),
        ("status", "outage degradation maintenance recovery post-mortem"),
    ],
)
def test_there_are_packs(name: str, types: str) -> None:
    assert {*types.split()} <= PACKS[name].types.keys()


@each_pack
def test_each_type_says_what_it_is(pack: Pack) -> None:
    """All have help and fields with help; what a pack opens it also ends; no name is tracker's own."""
    declared = read("\n".join(pack.types.values()).encode(), pack.name).declared
    assert list(declared) == list(pack.types)
    assert not {*declared} & {*TYPES}
    opened = {cls.effect.kind for cls in declared.values() if isinstance(cls.effect, Opens)}
    ended = {cls.effect.kind for cls in declared.values() if isinstance(cls.effect, Closes)}
    changed = {cls.effect.kind for cls in declared.values() if isinstance(cls.effect, Moves)}
    assert opened == ended
    assert changed <= opened
    for name, cls in declared.items():
        own = [field for field in fields_of(cls) if field.name not in Occurrence.__struct_fields__]
        assert own, name
        assert all(field.help for field in own), name


@each_pack
def test_each_pack_has_an_example(pack: Pack, desk: Workspace) -> None:
    """A desk with the pack's declarations, whose log uses most of its types and ends what it opens."""
    example = Workspace(str(EXAMPLES / EXAMPLE.get(pack.name, pack.name)))
    add(desk.log, pack.name)
    assert declarations(example).read_bytes() == declarations(desk).read_bytes()
    stories = {slug: list(example.log.read(slug)) for slug in example.log.streams()}
    used = {type_of(event) for events in stories.values() for event in events}
    assert 3 * len(used & pack.types.keys()) >= 2 * len(pack.types)
    assert any(each.ended_by for slug, events in stories.items() for each in fold(slug, events).situations)


# A desk adds one


def test_a_pack_is_copied_after_what_the_desk_declares(desk: Workspace) -> None:
    own = '# Ours.\n[sighting]\nhelp = "Seen."\n\n\n'
    declarations(desk).write_text(own)
    assert add(desk.log, "markets").copied == list(PACKS["markets"].types)
    text = declarations(desk).read_text()
    assert text.startswith(own.rstrip() + '\n\n[deal]\nhelp = "A company')
    assert text == text.rstrip() + "\n"
    again = Workspace(desk.root)
    assert [*again.log.glossary.declared] == ["sighting", *PACKS["markets"].types]
    assert add(again.log, "markets") == ([], [], list(PACKS["markets"].types))
    assert declarations(desk).read_text() == text


def test_some_types_of_a_pack_are_copied(desk: Workspace) -> None:
    assert add(desk.log, "court", ["charge", "sentence"]).copied == ["charge", "sentence"]
    assert add(desk.log, "court").declared == ["charge", "sentence"]


def test_what_cannot_be_copied_is_refused_and_nothing_is_written(desk: Workspace) -> None:
    with pytest.raises(Unknown, match="there is no pack 'curt'"):
        add(desk.log, "curt")
    with pytest.raises(Unknown, match=r"there is no type in the pack court 'plee'\. Did you mean plea"):
        add(desk.log, "court", ["plee"])
    with pytest.raises(BadInput, match="nothing opens 'charge'"):
        add(desk.log, "court", ["plea"])
    assert not declarations(desk).exists()
    declarations(desk).write_text('[ruling]\nhelp = "Ours."\n')
    with pytest.raises(
        BadInput, match="declares a type ruling already, and another one; nothing was copied"
    ) as told:
        add(desk.log, "court")
    assert "you want: lawsuit appeal settlement" in str(told.value)
    assert declarations(desk).read_text() == '[ruling]\nhelp = "Ours."\n'


def test_trackers_own_type_is_not_copied(desk: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a type of a pack becomes one of tracker's own, that one is used."""
    (tmp_path / "small.toml").write_text('# small: two\n\n[report]\nhelp = "R."\n\n[storm]\nhelp = "S."\n')
    monkeypatch.setattr(packs, "FOLDER", str(tmp_path))
    assert add(desk.log, "small") == (["storm"], ["report"], [])


def test_packs_are_listed_and_added_on_the_command_line(cli: Callable[..., Ran]) -> None:
    assert "court: lawsuits, and criminal charges\n  lawsuit, ruling" in cli("types", "--packs").out
    assert {each["pack"] for each in cli("types", "--packs", "--json").json} == {*PACKS}
    assert cli("types", "add", "status", "outage", "recovery").out == (
        "copied into events/types.toml: outage, recovery\n"
    )
    assert cli("types", "add", "status", "--json").json["declared"] == ["outage", "recovery"]
    assert cli("types", "add", "status", "outage").err == "outage: declared already\n"
    assert "outage  (this desk's own)" in cli("types", "outage").out
    assert "missing: PACK; tracker types --packs lists them" in cli("types", "add").err
    assert "show one type, or add a pack" in cli("types", "outage", "recovery").err
    assert cli("add", "outage", "story", "--service", "API").code == 2  # no such story


def test_what_is_not_copied_is_said(
    cli: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "small.toml").write_text('# small: one\n\n[report]\nhelp = "R."\n')
    monkeypatch.setattr(packs, "FOLDER", str(tmp_path))
    assert cli("types", "add", "small").err == "report: among tracker's own types, and not copied\n"
