"""``-e``: a form is opened with the editor, taken when it is saved, and never lost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_record import last, refused
from tests.conftest import Ran
from tests.typist import Typist, fill, quit_with, replace, save, source
from tracker.errors import LogFailed
from tracker.log.files import FileLog
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]

TYPES = """
[outage]
help = "A service stops working."
opens = "outage"
label = "outage of {service}"
sentence = "{service} is down"

[outage.fields]
service = { kind = "party", help = "what stopped", required = true }
cost = { kind = "money", help = "what it cost" }
"""


@pytest.fixture
def typist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Typist:
    """Who sits at the editor."""
    typist = Typist(tmp_path / "typist")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", str(typist.command))
    return typist


@pytest.fixture
def story(cli: Cli, desk: Workspace) -> Path:
    """The file of an open story."""
    cli("open", "story", "--title", "A story")
    return Path(desk.log.path("story"))


@pytest.fixture
def report(cli: Cli, story: Path) -> None:
    """story#2, with something in every field that is corrected below."""
    cli("add", "report", "story", "They pay", "--occurred", "last year", "--body", "One\n\ntwo",
        "--party", "ByteDance", "--figure", "payment=20 million USD",
        "--source", "https://a.example/", "--published", "2024-08-02", "--quote", "says A", "--publisher", "B",
        "--publisher", "C")  # fmt: skip


def forms_of(desk: Workspace) -> list[str]:
    """The forms that were left behind."""
    folder = Path(desk.scratch, "forms")
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def stopped(ran: Ran) -> str:
    """What was said by a command that recorded nothing, though nothing was wrong."""
    assert (ran.code, ran.out) == (1, ""), ran
    return ran.err


# Filling one in.


def test_what_is_filled_in_is_recorded(cli: Cli, desk: Workspace, story: Path, typist: Typist) -> None:
    """The form says what it is for, and is gone afterwards."""
    filled = {"title": "They pay", "parties": ["A", "B"], "body": "More\n\n*text*", "minor": True}
    typist.will([fill(occurred="last year", **filled)])
    ran = cli("add", "update", "story", "-e")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("story#2  update  recorded ")
    assert last(desk) == {
        "type": "update",
        "occurred": last(desk)["occurred"],
        "occurred_as": "last year",
        **filled,
    }
    (form,) = typist.saw
    assert form.startswith(
        "# update in story: A development that changes no state of the story: context, colour, background.\n"
        "# To record it, save the file and close it. To record nothing, close it without a change.\n\n"
        'title = ""  # what happened, in one line (required)\n'
    )
    assert forms_of(desk) == []


@pytest.mark.slow
def test_a_form_left_as_it_was_records_nothing(cli: Cli, desk: Workspace, story: Path, typist: Typist) -> None:
    """Nor does one that was saved as it was, or one with what was given."""
    before = story.read_bytes()
    for options in ([], ["T"], ["T", "--source", "https://a.example/"]):
        for done in ([], [save()]):
            typist.will(done)
            ran = cli("add", "update", "story", *options, "-e")
            assert stopped(ran) == "the form was not changed; nothing was recorded\n"
            assert typist.times == 1
    assert story.read_bytes() == before
    assert forms_of(desk) == []


def test_several_sources_and_figures(cli: Cli, desk: Workspace, story: Path, typist: Typist) -> None:
    """The lines of a source are copied for another."""
    typist.will(
        [
            fill(title="T", company="Microsoft", figures=["growth=29 % expected 30..31", "loss=1.5 million USD"]),
            source(0, url="https://a.example/", published="1 August 2024", quote='says "A"'),
            source(1, publisher="B", via="A"),
        ]
    )
    assert cli("add", "earnings", "story", "-e").code == 0
    assert last(desk)["sources"] == [
        {"url": "https://a.example/", "published": "2024-08-01", "quote": 'says "A"'},
        {"publisher": "B", "via": "A"},
    ]
    assert [(each["party"], each["name"]) for each in last(desk)["figures"]] == [
        ("Microsoft", "growth"),
        ("Microsoft", "loss"),
    ]


def test_what_is_given_stands_in_it(cli: Cli, desk: Workspace, story: Path, typist: Typist) -> None:
    """Every option, as it was typed."""
    typist.will([fill(body="More")])
    options = [
        "--party",
        "A",
        "--occurred",
        "last year",
        "--minor",
        "--source",
        "https://a.example/",
        "--via",
        "B",
    ]
    assert cli("add", "update", "story", 'The "title"', *options, "-e").code == 0
    (form,) = typist.saw
    for line in (
        'title = "The \\"title\\""  #', 'occurred = "last year"  #', 'parties = ["A"]  #', "minor = true  #",
        'url = "https://a.example/"  #', 'via = "B"  #',
    ):  # fmt: skip
        assert f"\n{line}" in form
    assert last(desk)["body"] == "More"
    assert last(desk)["sources"] == [{"url": "https://a.example/", "via": "B"}]


def test_a_title_may_follow_from_the_rest(cli: Cli, story: Path, typist: Typist) -> None:
    """It is said then."""
    typist.will([fill(subject="ByteDance", by="OpenAI")])
    assert "  OpenAI suspends ByteDance\n" in cli("add", "suspension", "story", "-e").out


def test_json_and_who_records_it(cli: Cli, story: Path, typist: Typist) -> None:
    typist.will([fill(title="T")])
    event = cli("add", "update", "story", "-e", "--json", "--editor", "Ann").json["event"]
    assert (event["title"], event["editor"]) == ("T", "Ann")


# Which story.


@pytest.mark.slow
def test_without_a_story_the_form_asks_which(cli: Cli, desk: Workspace, story: Path, typist: Typist) -> None:
    """One that does not exist is marked there."""
    typist.will([fill(title="T")], [fill(story="stroy")], [fill(story="story")])
    ran = cli("add", "update", "-e")
    assert ran.code == 0
    first, second, third = typist.saw
    assert '\nstory = ""  # its short name, such as tiktok-openai (required)\ntitle = ' in first
    assert '#>>> story: is missing; name the story\nstory = ""' in second
    assert "#>>> story: there is no story 'stroy'. Did you mean story?" in third
    assert last(desk)["title"] == "T"
    assert forms_of(desk) == []


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["add", "update", "stroy"], "there is no story 'stroy'. Did you mean story?"),
        (["add", "update", "stroy"], "To begin a new one: tracker open stroy TITLE"),
        (["add", "reopened", "story"], "the story story is open already"),
        (["open", "story"], "the story story is open already: A story"),
        (["open", "A Story"], "'A Story' cannot name a story: use"),
        (["correct", "story#9"], "there is no story#9; the last one is story#3"),
        (["correct", "story#3"], "story#3 (retraction) cannot be corrected; retract it and amend again"),
    ],
)
def test_nobody_fills_in_what_cannot_be_recorded(
    cli: Cli, report: None, typist: Typist, command: list[str], message: str
) -> None:
    """It is refused before a form is opened."""
    cli("retract", "story#2", "--why", "x")
    assert message in refused(cli(*command, "-e"))
    assert typist.times == 0


def test_nothing_is_filled_in_for_a_closed_story(cli: Cli, story: Path, typist: Typist) -> None:
    cli("add", "closed", "story", "It is over")
    assert "take it up again with tracker add reopened story" in refused(cli("add", "update", "story", "-e"))
    assert typist.times == 0


def test_opening_a_story(cli: Cli, desk: Workspace, typist: Typist) -> None:
    """With the desk's language; named on the command line or in the form."""
    typist.will([fill(title="One", summary="About\n\nit")])
    assert cli("open", "one", "-e").code == 0
    assert '\nlanguage = "en"  # language tag' in typist.saw[0]
    typist.will([fill(story="two", title="Two", language="pt-BR")])
    assert cli("open", "-e").code == 0
    assert [(slug, desk.story(slug).title, desk.story(slug).summary) for slug in desk.log.streams()] == [
        ("one", "One", "About\n\nit"),
        ("two", "Two", ""),
    ]
    typist.will([fill(story="two", title="Three")])
    assert "the story two is open already: Two" in stopped(cli("open", "-e"))


def test_the_source_that_was_cited_last_stands_in_the_form(
    cli: Cli, desk: Workspace, story: Path, typist: Typist
) -> None:
    """In one sitting, without what was quoted from it; left as it is, such a form records nothing."""
    cli("add", "update", "story", "One", "--source", "https://a.example/", "--publisher", "A", "--quote", "says A")
    typist.will([fill(title="Two")])
    assert cli("add", "update", "story", "-e").code == 0
    assert "the same as #2: change it where that is not so" in typist.saw[0]
    assert last(desk)["sources"] == [{"url": "https://a.example/", "publisher": "A"}]
    typist.will([])
    assert "was not changed" in stopped(cli("add", "update", "story", "-e"))
    typist.will([fill(body="More")])
    assert cli("add", "update", "story", "Three", "--source", "https://b.example/", "-e").code == 0
    assert last(desk)["sources"] == [{"url": "https://b.example/"}]


# Mistakes.


def test_a_mistake_reopens_the_form_with_a_word_at_its_line(
    cli: Cli, desk: Workspace, story: Path, typist: Typist
) -> None:
    """And at the top; once mended, it is recorded."""
    typist.will([fill(title="T", occurred="03/04/2024")], [fill(occurred="March 2024")])
    ran = cli("add", "update", "story", "-e")
    assert ran.code == 0
    assert ran.err.startswith("occurred: '03/04/2024': ")
    _, second = typist.saw
    assert second.startswith("#>>> not recorded yet: what is wrong is said below, above its line\n# update in ")
    above, _, below = second.partition('occurred = "03/04/2024"')
    assert above.splitlines()[-1].startswith("#>>> occurred: '03/04/2024': ")
    assert below
    assert last(desk) == {"type": "update", "title": "T", "occurred": "2024-03"}
    assert forms_of(desk) == []


@pytest.mark.slow
def test_one_mistake_after_the_other(cli: Cli, desk: Workspace, story: Path, typist: Typist) -> None:
    """Of every kind, each at its line; what is empty is not counted."""
    typist.will(
        [replace('title = ""', "title = ")],
        [replace("\ntitle = ", '\ntitel = "T"')],
        [replace("\ntitel = ", "\ntitle = "), fill(figures=["", "a=1", "b=lots"])],
        [fill(figures=["a=1"]), source(1, url="nowhere")],
        [source(1, url="https://b.example/"), fill(closes="#9")],
        [fill(closes="", body="a\x07b")],
        [fill(body="ab")],
    )
    ran = cli("add", "update", "story", "-e")
    assert ran.code == 0
    marks = [
        (lines[place], lines[place + 1])
        for lines in (each.split("\n") for each in typist.saw[1:])
        for place in range(1, len(lines) - 1)
        if lines[place].startswith("#>>> ")
    ]
    told = [
        ("#>>> is not TOML: Invalid value; write it like title = ", "title =   # what"),
        ("#>>> titel: there is no field 'titel'. Did you mean title?", 'titel = "T"'),
        ("#>>> figures[1]: 'b=lots': 'lots' is not a number", "figures = "),
        ("#>>> sources[0].url: 'nowhere' is not an address", 'url = "nowhere"'),
        ("#>>> closes: there is no story#9; the last one is story#1", 'closes = "#9"'),
        ("#>>> body: ", "body = "),
    ]
    assert len(marks) == len(told)
    for (mark, line), (said, at) in zip(marks, told, strict=True):
        assert mark.startswith(said)
        assert line.startswith(at)
    assert last(desk)["figures"][0]["name"] == "a"
    assert "#>>>" not in story.read_text()


def test_a_text_that_is_not_utf8_is_marked_too(cli: Cli, desk: Workspace, story: Path, typist: Typist) -> None:
    """By its line; an editor that writes Latin-1 loses nothing."""
    typist.will([fill(title="Caf\udce9")], [fill(title="Café")])
    assert "is not UTF-8" in cli("add", "update", "story", "-e").err
    assert "#>>> is not UTF-8" in Path(typist.folder, "seen-2").read_bytes().decode("latin-1")
    assert last(desk)["title"] == "Café"


def test_what_editors_of_other_systems_write(cli: Cli, desk: Workspace, story: Path, typist: Typist) -> None:
    """A mark at the beginning, and line ends of two characters."""
    typist.will([fill(title="T", occurred="x", body="a\nb"), replace("#", "\ufeff#"), replace("\n", "\r\n")],
                [fill(occurred="2024")])  # fmt: skip
    assert cli("add", "update", "story", "-e").code == 0
    assert "#>>> occurred: " in typist.saw[1]
    assert last(desk)["body"] == "a\nb"


@pytest.mark.slow
def test_what_is_left_after_a_mistake_is_kept(cli: Cli, desk: Workspace, story: Path, typist: Typist) -> None:
    """And taken up by the next -e, with what was wrong."""
    before = story.read_bytes()
    typist.will([fill(title="T", occurred="soonish")])
    said = stopped(cli("add", "update", "story", "-e"))
    assert said.endswith(
        "nothing was recorded; the form is kept in .tracker/forms/story.update.toml;"
        " continue with tracker add update story -e\n"
    )
    assert story.read_bytes() == before
    typist.will([])
    assert stopped(cli("add", "update", "story", "-e")).startswith(
        "continuing with .tracker/forms/story.update-2.toml, which is not recorded yet;"
        " delete it to begin another\n"
    )
    assert "#>>> occurred: 'soonish'" in typist.saw[0]
    typist.will([fill(occurred="2024-03")])
    assert cli("add", "update", "story", "-e").code == 0
    assert last(desk) == {"type": "update", "title": "T", "occurred": "2024-03"}
    assert forms_of(desk) == []


@pytest.mark.slow
def test_options_begin_another_form(cli: Cli, desk: Workspace, story: Path, typist: Typist) -> None:
    """A form that was not recorded is named; the command without options takes up the newest."""
    typist.will([fill(occurred="soonish")])
    stopped(cli("add", "update", "story", "One", "-e"))
    typist.will([fill(body="More")])
    ran = cli("add", "update", "story", "Two", "-e")
    assert ran.err.startswith(
        ".tracker/forms/story.update.toml is not recorded yet; continue with tracker add update story -e\n"
    )
    assert last(desk) == {"type": "update", "title": "Two", "body": "More"}
    typist.will([replace('title = "', "title = ")])
    stopped(cli("add", "update", "story", "Three", "-e"))
    os.utime(Path(desk.scratch, "forms", "story.update.toml"), (0, 0))
    for title, action in (("Three", replace('title = Three"', 'title = "Three"')), ("One", fill(occurred="2024"))):
        typist.will([action])
        assert "continuing with" in cli("add", "update", "story", "-e").err
        assert last(desk)["title"] == title
    assert forms_of(desk) == []


@pytest.mark.slow
@pytest.mark.parametrize("saved", ["", "x"], ids=["untouched", "saved"])
def test_two_forms_at_once(cli: Cli, desk: Workspace, story: Path, typist: Typist, saved: str) -> None:
    """Each editor saves to a file of its own, also if one takes up what the other has saved meanwhile."""
    marker, buffer, slow = (Path(desk.root, name) for name in ("open", "buffer", "slow"))
    save = f'echo "body = \'{saved}\'" >"$1"\n' if saved else ""
    waiting = f'cp "$1" {buffer}\n{save}touch {marker}\nwhile [ -e {marker} ]; do sleep 0.05; done\n'
    slow.write_text(f'#!/bin/sh\n{waiting}cp {buffer} "$1"\nexec {typist.command} "$1"\n')
    slow.chmod(0o755)
    second = replace("body = 'x'", "title = 'second'\nbody = 'x'") if saved else fill(title="second")
    typist.will([second], [fill(title="first")])
    command = [sys.executable, "-m", "tracker", "add", "update", "story", "-e"]
    environment = os.environ | {"EDITOR": str(slow)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as first:
        while not marker.exists():
            time.sleep(0.02)
        assert cli("add", "update", "story", "-e").out.startswith("story#2")
        marker.unlink()
        assert first.stdout is not None
        assert first.stdout.read().startswith("story#3")
    assert [each.title for each in desk.story("story").developments[1:]] == ["second", "first"]
    assert forms_of(desk) == []


def test_a_form_outlives_a_command_that_is_killed(cli: Cli, desk: Workspace, story: Path, typist: Typist) -> None:
    """What the editor saved is taken up by the next command."""
    deadly = Path(desk.root, "deadly")
    deadly.write_text(f'#!/bin/sh\n{typist.command} "$1"\nkill -9 $PPID\n')
    deadly.chmod(0o755)
    typist.will([fill(title="T")], [save()])
    command = [sys.executable, "-m", "tracker", "add", "update", "story", "-e"]
    assert subprocess.run(command, env=os.environ | {"EDITOR": str(deadly)}).returncode == -9
    assert forms_of(desk) == ["story.update.toml"]
    ran = cli("add", "update", "story", "-e")
    assert "continuing with .tracker/forms/story.update-2.toml" in ran.err
    assert last(desk)["title"] == "T"


def test_an_editor_that_fails(cli: Cli, desk: Workspace, story: Path, typist: Typist, monkeypatch: Any) -> None:
    """Nothing is recorded; what was typed into the form is kept."""
    before = story.read_bytes()
    typist.will([quit_with(1)])
    ran = cli("add", "update", "story", "-e")
    assert (ran.code, ran.out) == (1, "")
    assert "Editing failed. Set the variable EDITOR to your editor" in ran.err
    assert forms_of(desk) == []
    typist.will([fill(title="T"), quit_with(1)])
    assert "the form is kept in .tracker/forms/story.update.toml" in cli("add", "update", "story", "-e").err
    monkeypatch.setenv("EDITOR", "no-such-editor")
    ran = cli("add", "update", "story", "-e")
    assert ran.code == 1
    assert "error: no-such-editor: Editing failed" in ran.err
    assert forms_of(desk) == ["story.update-2.toml"]
    assert story.read_bytes() == before


def test_a_program_that_never_gets_it_right(
    cli: Cli, desk: Workspace, story: Path, tmp_path: Path, monkeypatch: Any
) -> None:
    """The command ends; the form is kept."""
    command = tmp_path / "junk"
    command.write_text('#!/bin/sh\necho junk >> "$1"\n')
    command.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(command))
    monkeypatch.setattr("tracker.cli.interactive.editor.MOST_OPENED", 3)
    said = refused(cli("add", "update", "story", "-e"))
    assert "the form was opened 3 times, and is still refused" in said
    assert "the form is kept in .tracker/forms/story.update.toml" in said
    assert forms_of(desk) == ["story.update.toml"]


def test_the_visual_editor_comes_first(
    cli: Cli, desk: Workspace, story: Path, typist: Typist, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where neither variable says which editor, what is used is said."""
    monkeypatch.setenv("EDITOR", "no-such-editor")
    monkeypatch.setenv("VISUAL", f"'{typist.command}'")
    typist.will([fill(title="T")])
    assert cli("add", "update", "story", "-e").code == 0
    monkeypatch.delenv("EDITOR")
    monkeypatch.delenv("VISUAL")
    Path(typist.folder, "sensible-editor").symlink_to(typist.command)
    monkeypatch.setenv("PATH", f"{typist.folder}:{os.environ['PATH']}")
    ran = cli("add", "update", "story", "-e")
    assert ran.err.startswith("VISUAL and EDITOR are not set; opening an editor of this system\n")


def test_what_the_disk_does_not_take_is_kept(
    cli: Cli, desk: Workspace, story: Path, typist: Typist, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing that was typed depends on it."""

    def full(*_: Any) -> None:
        raise LogFailed("the disk is full")

    typist.will([fill(title="T")])
    with monkeypatch.context() as patched:
        patched.setattr(FileLog, "append", full)
        ran = cli("add", "update", "story", "-e")
    assert (ran.code, ran.out) == (1, "")
    assert "nothing was recorded; the form is kept in .tracker/forms/story.update.toml" in ran.err
    assert ran.err.endswith("error: the disk is full\n")
    typist.will([save()])
    assert cli("add", "update", "story", "-e").code == 0
    assert last(desk)["title"] == "T"


# Trying.


def test_a_trial_keeps_the_form(cli: Cli, desk: Workspace, story: Path, typist: Typist) -> None:
    """It says what it would record; the next time saving the form, even as it is, records it."""
    before = story.read_bytes()
    typist.will([fill(title="T")])
    ran = cli("add", "update", "story", "-e", "--dry-run")
    assert ran.code == 0
    assert ran.out.startswith("story#2  update\n  T\n")
    assert ran.err == (
        "nothing was recorded; a real run would record:\n"
        "the form is kept in .tracker/forms/story.update.toml; continue with tracker add update story -e\n"
    )
    typist.will([])
    assert "the form is kept" in stopped(cli("add", "update", "story", "-e"))
    assert story.read_bytes() == before
    typist.will([save()])
    assert cli("add", "update", "story", "-e").code == 0
    assert last(desk) == {"type": "update", "title": "T"}
    assert forms_of(desk) == []


# Correcting.


def test_only_what_differs_is_corrected(cli: Cli, desk: Workspace, report: None, typist: Typist) -> None:
    """The form has the development as it stands."""
    typist.will([fill(title="They pay a lot", why="misread")])
    assert cli("correct", "story#2", "-e").code == 0
    assert (last(desk)["changes"], last(desk)["why"]) == ({"title": "They pay a lot"}, "misread")
    (form,) = typist.saw
    assert form.startswith(
        "# story#2: change the fields that are wrong, and say why. Empty a field to remove its value.\n"
        "# To record it, save the file and close it. To record nothing, close it without a change.\n\n"
        'why = ""  # the reason, for readers (required)\n'
    )
    for line in (
        *('occurred_as = "last year"  #', 'figures = ["payment=20 million USD"]\n', "body = '''\nOne\n\ntwo\n'''"),
        *('publisher = "B"  #', 'quote = "says A"  #', 'publisher = "C"\n'),
    ):
        assert f"\n{line}" in form


@pytest.mark.parametrize(
    ("actions", "changes"),
    [
        ([fill(body="")], {"body": None}),
        ([fill(occurred="")], {"occurred": None, "occurred_as": None}),
        ([fill(occurred="December 2023")], {"occurred": "2023-12", "occurred_as": None}),
        ([fill(parties=["OpenAI", "ByteDance"])], {"parties": ["OpenAI", "ByteDance"]}),
        ([fill(parties=[])], {"parties": None}),
        ([fill(minor=True)], {"minor": True}),
        ([source(1, publisher="")], {"sources": [
            {"url": "https://a.example/", "published": "2024-08-02", "quote": "says A", "publisher": "B"},
        ]}),
    ],
)  # fmt: skip
def test_fields_are_changed_and_emptied(
    cli: Cli, desk: Workspace, report: None, typist: Typist, actions: list[Any], changes: dict[str, Any]
) -> None:
    typist.will([*actions, fill(why="a slip")])
    ran = cli("correct", "story#2", "-e")
    assert ran.code == 0
    assert last(desk)["changes"] == changes
    assert cli("verify").code == 0


def test_sources_and_figures_are_corrected(cli: Cli, desk: Workspace, report: None, typist: Typist) -> None:
    typist.will(
        [
            fill(why="w", figures=["payment=21 million USD"]),
            source(1, url="https://c.example/"),
            source(2, publisher="D"),
        ]
    )
    assert cli("correct", "story#2", "-e").code == 0
    changes = last(desk)["changes"]
    assert [each["party"] for each in changes["figures"]] == ["ByteDance"]
    assert [each.get("publisher") for each in changes["sources"]] == ["B", "C", "D"]


@pytest.mark.slow
def test_a_correction_wants_a_reason_and_a_difference(
    cli: Cli, desk: Workspace, report: None, typist: Typist
) -> None:
    """The form stays open until it has both."""
    typist.will([fill(title="X")], [fill(title="They pay", why="w")], [fill(title="")], [fill(title="Y")])
    ran = cli("correct", "story#2", "-e")
    assert ran.code == 0
    _, second, third, fourth = typist.saw
    assert '#>>> why: is missing; give the reason, for readers\nwhy = ""' in second
    assert third.startswith("#>>> no field is changed; change one, or close the form without a change\n")
    assert "#>>> changes.title: cannot be emptied\ntitle = " in fourth
    assert last(desk)["changes"] == {"title": "Y"}


def test_what_is_to_be_set_stands_in_the_form(cli: Cli, desk: Workspace, report: None, typist: Typist) -> None:
    typist.will([fill(parties=["OpenAI"])])
    assert cli("correct", "story#2", "--set", "title=X", "--set", "minor=no", "--why", "w", "-e").code == 0
    (form,) = typist.saw
    assert 'why = "w"' in form
    assert 'title = "X"' in form
    assert "minor = false" in form
    assert last(desk)["changes"] == {"title": "X", "parties": ["OpenAI"]}


def test_leaving_a_correction_records_nothing(cli: Cli, desk: Workspace, report: None, typist: Typist) -> None:
    typist.will([])
    assert "was not changed" in stopped(cli("correct", "story#2", "-e"))
    typist.will([fill(why="w")])
    assert "the form is kept in .tracker/forms/story.correction-2.toml" in stopped(cli("correct", "story#2", "-e"))


# Types of the desk's own, and texts that have to go.


@pytest.mark.slow
def test_a_declared_type(cli: Cli, desk: Workspace, story: Path, typist: Typist) -> None:
    Path(desk.log.folder, "types.toml").write_text(TYPES)
    typist.will([fill(cost="lots")], [fill(service="Push")], [fill(cost="2 million USD")])
    assert cli("add", "outage", "story", "-e").code == 0
    first, second, third = typist.saw
    assert '\nservice = ""  # what stopped (required)\ncost = ""  # what it cost\n' in first
    assert "#>>> cost: 'lots' is not one number and its currency, like 20 million USD\ncost = " in second
    assert "#>>> cost: " in third
    assert last(desk) == {
        "type": "outage", "title": "Push is down", "parties": ["Push"], "service": "Push", "cost": "2000000 USD",
    }  # fmt: skip


@pytest.mark.slow
def test_a_redaction_deletes_the_forms_of_its_story(
    cli: Cli, desk: Workspace, report: None, typist: Typist
) -> None:
    """They may repeat the text; also what editors keep beside them, and forms that only say which story."""
    folder = Path(desk.scratch, "forms")
    for name, command in (("x", ["add", "update", "story"]), ("y", ["correct", "story#2"])):
        typist.will([fill(title=name, occurred="soonish")])
        stopped(cli(*command, "-e"))
    typist.will([fill(story="story", title="z", occurred="soonish")])
    stopped(cli("add", "update", "-e"))
    typist.will([fill(story="other", title="z", occurred="soonish")])
    stopped(cli("add", "question", "-e"))
    (folder / ".story.update.toml.swp").touch()
    (folder / "story.update.toml~").touch()
    cli("open", "story-2", "--title", "Another")
    typist.will([fill(title="x", occurred="soonish")])
    stopped(cli("add", "update", "story-2", "-e"))
    assert len(forms_of(desk)) == 7
    cli("redact", "story#2", "--reason", "court-order", "--authority", "a court", "--dry-run")
    assert len(forms_of(desk)) == 7
    cli("redact", "story#2", "--reason", "court-order", "--authority", "a court", "--yes")
    assert forms_of(desk) == ["_.question.toml", "story-2.update.toml"]
    assert "its text is removed" in refused(cli("correct", "story#2", "-e"))
