"""A format of feeds is a writer and its line in ``FORMATS``. Everything else follows from that."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from tests import serving
from tests.conformance import check_atom, check_json_feed, check_rss
from tracker.workspace.desk import Workspace

ROOT = Path(__file__).parent.parent.parent

Ran = subprocess.CompletedProcess[str]


@pytest.fixture
def tracker(desk: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """``tracker("publish")`` runs a tracker with one more format, ``txt``. So does ``serving.command``."""
    command = tmp_path / "tracker"
    start = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from tests.feeds.digest import add, run; add()"
    command.write_text(f"#!{sys.executable}\n{start}\nif __name__ == '__main__':\n    run()\n")
    command.chmod(0o755)
    monkeypatch.setattr(serving, "TRACKER", str(command))

    def tracker(*args: str) -> Ran:
        return subprocess.run([command, "-C", desk.root, *args], capture_output=True, text=True, check=False)

    return tracker


@pytest.fixture
def published(desk: Workspace, tracker: Callable[..., Ran]) -> Path:
    """A story with an archive, a correction and a party."""
    updates = [{"type": "update", "title": f"number {number}", "parties": ["OpenAI"]} for number in range(2, 153)]
    correction = {"type": "correction", "corrects": "#2", "changes": {"title": "two"}, "why": "a slip"}
    desk.record("story", [{"type": "opened", "title": "A story"}, *updates, correction])
    assert tracker("publish").returncode == 0
    return Path(desk.feeds)


def documents(published: Path) -> list[Path]:
    """The documents in the format."""
    return [path for path in published.rglob("*.txt") if path.name != "robots.txt"]


@pytest.mark.slow
def test_every_document_is_published_in_it(desk: Workspace, published: Path, tracker: Callable[..., Ran]) -> None:
    """Archives are too. Going on gives the same documents as beginning from nothing, which ``verify`` does."""
    assert {path.with_suffix(".txt") for path in published.rglob("*.atom")} == set(documents(published))
    archive = (published / "stories/story/developments-2024-08.txt").read_text()
    assert archive.startswith("A story\n2024-08-01 A story: number ")
    assert " two (corrected)\n" in archive
    desk.record("story", [{"type": "update", "title": "The last"}])
    assert tracker("publish").returncode == 0
    line = " The last\nhttps://desk.example/stories/story/154.html (A story)\n"
    assert line in (published / "all.txt").read_text()
    ran = tracker("verify")
    assert (ran.returncode, ran.stderr) == (0, "")


@pytest.mark.slow
def test_pages_and_documents_link_to_it(published: Path) -> None:
    for path in published.rglob("*.html"):
        html = etree.HTML(path.read_text())
        for found in ("//link[@rel='alternate']/@href", "//a/@href"):
            feeds = [each.rpartition(".") for each in html.xpath(found)]
            texts, others = ([feed for feed, _, ending in feeds if ending == each] for each in ("txt", "rss"))
            assert texts == others, path
        is_framed = path.is_relative_to(published / "embed")
        assert is_framed or html.xpath("//link[@rel='alternate' and @type='text/plain']"), path
    for check, ending in ((check_atom, "atom"), (check_rss, "rss"), (check_json_feed, "json")):
        data = (published / f"all.{ending}").read_bytes()
        check(data)
        assert b"https://desk.example/all.txt" in data


@pytest.mark.slow
def test_it_is_listed(published: Path, tracker: Callable[..., Ran]) -> None:
    (published / "all.txt").write_text("altered")
    ran = tracker("feeds", "--json")
    assert ran.returncode == 1
    feeds = {each["addresses"]["txt"]: each["altered"] for each in json.loads(ran.stdout)}
    assert len(feeds) == len(documents(published)) - 1, "all but the archive"
    assert {address for address, altered in feeds.items() if altered} == {"https://desk.example/all.txt"}
    assert feeds["https://desk.example/all.txt"] == ["txt"]


@pytest.mark.slow
def test_it_is_served(desk: Workspace, published: Path) -> None:
    """A replay is served in it too."""
    with serving.command(desk.root) as site:
        for path in ("/all.txt", "/stories/story/developments-2024-08.txt"):
            answer = site.asks(path)
            assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
            assert answer.headers["link"] == f'<https://desk.example{path}>; rel="self"'
            assert answer.body == (published / path[1:]).read_bytes()
        replay = site.asks("/replay/story.txt?start=2024-08-01")
        assert (replay.status, replay.headers["content-type"]) == (200, "text/plain; charset=utf-8")
