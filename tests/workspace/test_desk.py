"""A workspace: its folder and its settings."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from tests.conftest import FixedClock
from tracker.errors import BadInput, NoWorkspace
from tracker.workspace import config as configs
from tracker.workspace import desk as workspaces
from tracker.workspace import init
from tracker.workspace.config import Config
from tracker.workspace.desk import Workspace


def settings_saying(folder: Path, text: str | bytes) -> Config:
    """The configuration of a tracker.toml with this text."""
    path = folder / "tracker.toml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return configs.read_config(str(path))


# Finding one.


def test_it_is_found_from_any_folder_below(desk: Workspace) -> None:
    """As git does, by walking up."""
    below = Path(desk.root, "a", "b")
    below.mkdir(parents=True)
    assert workspaces.find(str(below)).root == desk.root
    assert workspaces.find(desk.root).root == desk.root


def test_the_nearest_one_counts(desk: Workspace) -> None:
    """One desk's folder may lie in another's."""
    inner = os.path.join(desk.root, "inner")
    init.init(inner, "Inner", "https://inner.example/", "", "en")
    assert workspaces.find(inner).config.title == "Inner"


def test_where_there_is_none_it_says_how_to_get_one(tmp_path: Path) -> None:
    """All three ways are named."""
    with pytest.raises(NoWorkspace, match=r"no tracker\.toml in .* -C DIR or TRACKER_HOME.* tracker init DIR"):
        workspaces.find(str(tmp_path))


def test_a_folder_that_is_not_there_is_no_way_into_the_one_above(desk: Workspace) -> None:
    """A typing error after -C must not work on another desk."""
    with pytest.raises(NoWorkspace, match="typo is not a folder"):
        workspaces.find(os.path.join(desk.root, "typo"))
    with pytest.raises(NoWorkspace, match=r"tracker\.toml is not a folder"):
        workspaces.find(os.path.join(desk.root, "tracker.toml"))


# Settings.


def test_an_empty_file_is_a_workspace(tmp_path: Path) -> None:
    """Every setting has a default."""
    config = settings_saying(tmp_path, "")
    assert config == Config()
    assert (config.language, config.log.url) == ("en", "events")


def test_the_address_ends_in_a_slash(tmp_path: Path) -> None:
    """However it was written, so that paths can be put after it."""
    assert settings_saying(tmp_path, 'url = "https://desk.example/news"').url == "https://desk.example/news/"
    assert settings_saying(tmp_path, 'url = "https://desk.example/news//"').url == "https://desk.example/news/"


def test_the_address_of_the_hub_stays_as_it_was_written(tmp_path: Path) -> None:
    """It is the hub's; and without one there is nobody to tell."""
    assert settings_saying(tmp_path, 'hub = "https://hub.example/?a=1"').hub == "https://hub.example/?a=1"
    assert settings_saying(tmp_path, 'hub = "http://hub.example"').hub == "http://hub.example"
    assert settings_saying(tmp_path, 'hub = ""').hub == settings_saying(tmp_path, "").hub == ""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('titel = "x"', "tracker.toml:1: titel: is not a key; did you mean title?"),
        (
            "zzz = 1",
            "tracker.toml:1: zzz: is not a key; there are: title, url, language, author, id, hub, headers, rights,"
            " timezone, dollar, require_source, log",
        ),
        ('[log]\nuri = "x"', "tracker.toml:2: log.uri: is not a key; did you mean url?"),
        (
            'title = "x"\n[log]\ntitle = "x"',
            "tracker.toml:3: log.title: belongs above the line [log], which begins a table",
        ),
        ("log = 5\nfoo = 1", "tracker.toml:1: log: has to be a table, not a number"),
        ("foo = 1\nlog = 5", "tracker.toml:1: foo: is not a key; there are: "),
        ('log = "events"', "tracker.toml:1: log: has to be a table, not a text"),
        ("title = 5", "tracker.toml:1: title: has to be a text, not a number"),
        ('title = "x', "tracker.toml:1: is not TOML: Unterminated string"),
        (b"\x00\xff\x1b[31m", "tracker.toml:1: is not UTF-8"),
        (b'title = "\xff"', "tracker.toml:1: is not UTF-8"),
        ('title = "a"\ntitle = "b"', "tracker.toml:2: is not TOML: Cannot overwrite a value"),
        ('title = "a\\u0000b"', "tracker.toml:1: title: U+0000 at character 2 is not text that a feed can carry"),
        ('author = "a\\nb"', "tracker.toml:1: author: has to be one line"),
        (
            'language = "English, please"',
            "tracker.toml:1: language: 'English, please' is not a language tag such as en",
        ),
        (
            'url = "desk.example"',
            "tracker.toml:1: url: 'desk.example' is not an address such as https://example.org",
        ),
        ('url = "javascript:alert(1)"', "tracker.toml:1: url: 'javascript:alert(1)' is not an address"),
        ('url = "https://desk.example/a b"', "tracker.toml:1: url: 'https://desk.example/a b' is not an address"),
        ('url = "https://"', "tracker.toml:1: url: 'https://' is not an address"),
        (
            'hub = "hub.example"',
            "tracker.toml:1: hub: 'hub.example' is not an address such as https://hub.example.org/",
        ),
        ('rights = "a\\nb"', "tracker.toml:1: rights: "),
        ('hub = "ftp://hub.example/"', "tracker.toml:1: hub: 'ftp://hub.example/' is not an address"),
        ('hub = "https://hub.example/a b"', "tracker.toml:1: hub: 'https://hub.example/a b' is not an address"),
        ('hub = "https://"', "tracker.toml:1: hub: 'https://' is not an address"),
        ("hub = 5", "tracker.toml:1: hub: has to be a text, not a number"),
        ('id = "mine"', "tracker.toml:1: id: 'mine' is not a UUID such as tracker init makes"),
        (
            '[log]\nurl = "mysql://me:secret@x"',
            "tracker.toml:2: log.url: 'mysql://…' is neither a folder such as",
        ),
    ],
)
def test_what_is_wrong_with_the_settings_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | bytes, message: str
) -> None:
    """With the file, the key or the line, and what would work."""
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BadInput) as refused:
        settings_saying(tmp_path, text)
    assert str(refused.value).startswith(message)


def test_a_file_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    """With the system's reason."""
    (tmp_path / "tracker.toml").mkdir()
    with pytest.raises(BadInput, match=r"tracker\.toml: Is a directory"):
        configs.read_config(str(tmp_path / "tracker.toml"))


def test_the_log_may_be_elsewhere(tmp_path: Path, clock: FixedClock) -> None:
    """In any folder, named relative to the workspace; its torn tails stay in the workspace."""
    settings_saying(tmp_path, '[log]\nurl = "archive/lines"')
    desk = Workspace(str(tmp_path), clock=clock)
    desk.record("story", [{"type": "opened", "title": "A story"}])
    assert (tmp_path / "archive" / "lines" / "story.jsonl").is_file()
    assert desk.log.scratch == str(tmp_path / ".tracker")


# Making one.


def test_a_new_workspace_is_ready(tmp_path: Path) -> None:
    """Its settings are what was given, it has a name for ever, and git is told what to leave alone."""
    path = init.init(str(tmp_path / "new"), 'The "Desk" \\ 📰', "https://desk.example", "Ann", "pt-BR")
    config = configs.read_config(path)
    assert (config.title, config.url, config.author, config.language) == (
        'The "Desk" \\ 📰', "https://desk.example/", "Ann", "pt-BR",
    )  # fmt: skip
    assert len(config.id) == 36
    assert (tmp_path / "new" / "events").is_dir()
    assert (tmp_path / "new" / ".gitignore").read_text() == "/.tracker/\n/feeds/\n/.env\n/.venv/\n"


def test_two_workspaces_have_different_names(tmp_path: Path) -> None:
    """Their feeds are different feeds, though they were made with the same words."""
    ids = {
        tomllib.loads(Path(init.init(str(tmp_path / name), "T", "https://x.example/", "", "en")).read_text())["id"]
        for name in "ab"
    }
    assert len(ids) == 2


def test_a_workspace_is_not_made_twice(desk: Workspace) -> None:
    """Its settings stay."""
    before = Path(desk.root, "tracker.toml").read_bytes()
    with pytest.raises(BadInput, match=r"tracker\.toml is there already; this folder is a workspace"):
        init.init(desk.root, "Other", "https://other.example/", "", "en")
    assert Path(desk.root, "tracker.toml").read_bytes() == before


def test_files_of_git_that_are_there_stay(tmp_path: Path) -> None:
    """A repository may become a workspace."""
    (tmp_path / ".gitignore").write_text("mine\n")
    init.init(str(tmp_path), "T", "https://x.example/", "", "en")
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"url": "desk"}, "is not an address"),
        ({"language": "English, please"}, "is not a language tag"),
        ({"title": "two\nlines"}, "has to be one line"),
        ({"title": "a\x7fb"}, "Illegal character"),
        ({"author": "\udcff"}, "is not UTF-8"),
    ],
)
def test_a_workspace_that_would_not_work_is_not_made(tmp_path: Path, given: dict[str, str], message: str) -> None:
    """Nothing is left behind."""
    with pytest.raises(BadInput, match=message):
        init.init(str(tmp_path / "new"), **{
            "title": "T", "url": "https://x.example/", "author": "", "language": "en", **given,
        })  # fmt: skip
    assert list(tmp_path.iterdir()) == []
