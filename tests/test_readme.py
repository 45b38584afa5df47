"""The README is short, its pictures are small, and what it tells people to type works."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pexpect
import pytest
from PIL import Image

from tests import screenshots
from tests.pages_of_docs import differences
from tests.serving import command
from tracker.workspace.desk import Workspace

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
TUTORIAL = (ROOT / "docs/tutorial.md").read_text(encoding="utf-8")


def test_it_is_short() -> None:
    """At most 900 words outside of code."""
    blocks = r"^```.*?^```$|<!--.*?-->|<[^>]*>|\]\([^)]*\)"
    words = re.findall(r"[\w'’./-]+", re.sub(blocks, " ", README, flags=re.DOTALL | re.MULTILINE))
    assert 300 < len(words) <= 900


def test_its_two_commands_are_marked_for_the_gate() -> None:
    """One runs the main job, one passes the tests; each is one line, which ``.ci/run`` takes from here."""
    lines = dict(re.findall(r"^<!-- (run|test) -->\n```sh\n(.*)\n```$", README, re.MULTILINE))
    made = "python3 -m venv .venv && .venv/bin/pip install -q"
    locked = "-c constraints.txt -e"
    assert lines == {
        "run": f"{made} {locked} . && .venv/bin/tracker publish && .venv/bin/tracker show tiktok-openai",
        "test": f"{made} --no-compile {locked} '.[test]' && .venv/bin/pytest -m 'not slow'",
    }


@pytest.mark.slow
def test_a_story_is_kept_as_it_says(tmp_path: Path) -> None:
    assert differences(README, tmp_path) == []


def test_its_pictures_are_small() -> None:
    """A light and a dark one, in twice the pixels of the window, of at most 300 KB together."""
    paths = [screenshots.picture(scheme) for scheme in screenshots.SCHEMES]
    assert [str(path.relative_to(ROOT)) in README for path in paths] == [True, True]
    assert sum(path.stat().st_size for path in paths) <= screenshots.MOST_BYTES
    for path in paths:
        with Image.open(path) as picture:
            assert picture.size == (2 * screenshots.SIZE["width"], 2 * screenshots.SIZE["height"])


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium")
def test_its_pictures_can_be_made_again() -> None:
    """They are dark and light, and small enough."""
    taken = screenshots.taken()
    assert sum(map(len, taken.values())) <= screenshots.MOST_BYTES
    light, dark = (screenshots.brightness(taken[scheme]) for scheme in screenshots.SCHEMES)
    assert light > 180 > 80 > dark


@pytest.mark.debian
@pytest.mark.skipif(not shutil.which("newsboat"), reason="needs newsboat")
def test_a_newcomer_subscribes_as_the_tutorial_says(desk: Workspace, tmp_path: Path) -> None:
    """What the feed reader shows is the desk, with what was recorded. The port is another."""
    desk.record("story", [{"type": "opened", "title": "The bridge"}])
    found = re.search(r"^<!-- host -->\n```console\n(\$ echo http.*?)^```$", TUTORIAL, re.DOTALL | re.MULTILINE)
    assert found
    commands = "set -e\n" + re.sub(r"^\$ ", "", found[1], flags=re.MULTILINE)
    assert "127.0.0.1:8000" in commands
    with command(desk.root) as process:
        typed = commands.replace("http://127.0.0.1:8000", process.url)
        environment = {**os.environ, "HOME": str(tmp_path), "TERM": "xterm"}
        reader = pexpect.spawn("bash", ["-c", typed], cwd=str(tmp_path), env=environment, timeout=20)
        try:
            reader.expect(r"\(1/1\).*The desk")
            reader.send("\r")
            reader.expect("The bridge")
        finally:
            reader.close(force=True)
