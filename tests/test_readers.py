"""Real feed readers, as subscribers have them."""

from __future__ import annotations

import functools
import http.server
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tracker.publish import publish
from tracker.workspace import Workspace


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def served(desk: Workspace) -> Iterator[str]:
    """The address at which the desk's feeds are served, on this machine only."""
    handler = functools.partial(Quiet, directory=desk.feeds)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


Items = list[tuple[str, str, str]]


@pytest.fixture
def newsboat(tmp_path: Path, served: str) -> Callable[[str], Items]:
    """``newsboat("all.atom")`` is what newsboat has after it fetched the feed: guid, title, content."""
    program = shutil.which("newsboat")
    if not program:
        pytest.skip("needs newsboat")
    folder = tmp_path / "newsboat"
    folder.mkdir()
    for name in ("urls", "config"):
        (folder / name).touch()

    def newsboat(feed: str) -> Items:
        (folder / "urls").write_text(f"{served}/{feed}\n")
        command = [
            program,
            "-q",
            "-u",
            folder / "urls",
            "-C",
            folder / "config",
            "-c",
            folder / "cache.db",
            "-x",
            "reload",
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=30, env={"HOME": str(folder)})
        with sqlite3.connect(folder / "cache.db") as cache:
            items = cache.execute(
                "SELECT guid, title, content FROM rss_item WHERE feedurl LIKE ? ORDER BY pubDate DESC",
                [f"%{feed}"],
            ).fetchall()
        cache.close()
        return items

    return newsboat


@pytest.mark.debian
@pytest.mark.parametrize(
    "feed", ["all.atom", "all.rss", "stories/story/developments.atom", "stories/story/developments.rss"]
)
def test_newsboat_lists_the_developments(
    desk: Workspace, record: Callable[..., Any], newsboat: Callable[[str], Items], feed: str
) -> None:
    """With their names, newest first; what is naughty arrives as text."""
    record("opened", "A story")
    record("update", "AT&T <b>bold</b> ]]> 💰", body="Some *text*")
    first = record("report", "They pay")
    publish(desk)
    items = newsboat(feed)
    assert [title for _, title, _ in items] == ["They pay", "AT&T <b>bold</b> ]]> 💰", "A story"]
    assert items[0][0] == f"urn:uuid:{first.event.id}"
    assert "Some <em>text</em>" in items[1][2]


@pytest.mark.debian
def test_newsboat_sees_corrections_and_retractions(
    desk: Workspace, record: Callable[..., Any], newsboat: Callable[[str], Items]
) -> None:
    """As entries of their own; and the corrected one in place, under the same name."""
    record("opened", "A story")
    wrong = record("report", "They pay")
    publish(desk)
    before = newsboat("all.atom")
    record("correction", corrects="#2", changes={"title": "They lend"}, why="misread")
    publish(desk)
    after = newsboat("all.atom")
    assert len(after) == len(before) + 1
    titles = {guid: title for guid, title, _ in after}
    assert titles[f"urn:uuid:{wrong.event.id}"] == "Corrected: They lend"
    assert "Correction of “They lend”" in titles.values()
