"""What the pages of the documentation tell a reader to type works, and prints what they show."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.pages_of_docs import Difference, commands, differences, matches, rewritten

ROOT = Path(__file__).parents[1]
PAGES = {str(path.relative_to(ROOT)): path for path in sorted(ROOT.glob("docs/**/*.md"))}
TYPED = {name: path for name, path in PAGES.items() if "```console" in path.read_text()}


@pytest.mark.slow
@pytest.mark.parametrize("page", TYPED)
def test_the_commands_of_a_page_work(page: str, tmp_path: Path) -> None:
    assert differences(TYPED[page].read_text(encoding="utf-8"), tmp_path) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_command_is_executed_or_marked(page: str) -> None:
    """A block of commands is ``console``, which a test runs, or has the comment ``host`` above it. What cog makes
    has been executed."""
    text = re.sub(r"<!-- \[\[\[cog.*?\[\[\[end\]\]\] -->", "", PAGES[page].read_text(), flags=re.DOTALL)
    blocks = re.findall(r"^ *(<!-- host -->\n *)?```(\w*)\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    typed = r"^ *(?:\$ )?(?:tracker|git|pip|curl|python3?|echo|newsboat|createdb|docker|sudo) (?!.*──)"
    assert not [
        block
        for host, language, block in blocks
        if language in ("", "sh") and not host and re.search(typed, block, re.MULTILINE)
    ]


def test_the_tutorial_is_long_enough_to_learn_from() -> None:
    """An hour, from nothing to a served, corrected, verified story."""
    typed = re.findall(r"^\$ tracker ([a-z-]+)", PAGES["docs/tutorial.md"].read_text(), re.MULTILINE)
    wanted = "init open add show correct retract publish serve hindsight verify"
    assert {*wanted.split()} <= {*typed}


PAGE = """\
```console
$ cat > file <<'END'
one
END
$ cat \\
    file
one
```

<!-- host -->
```console
$ false
```

<!-- fails -->
```console
$ cd .. && cat missing
cat: missing: No such file or directory
```
"""


def test_the_control(tmp_path: Path) -> None:
    """A command that prints something else is found, and so is one that fails, or succeeds, against the page."""
    assert differences(PAGE, tmp_path) == []
    two = PAGE.replace("file\none\n```", "file\ntwo\n```")
    assert [each.command for each in differences(two, tmp_path)] == ["cat \\\n    file"]
    assert differences("```console\n$ true && false\n```", tmp_path) == [Difference("true && false", "", "")]
    assert differences("<!-- fails -->\n```console\n$ true\n```", tmp_path) == [Difference("true", "", "")]
    assert rewritten("```console\n$ echo one\ntwo\n```", tmp_path) == "```console\n$ echo one\none\n```"


def test_what_differs_each_time_is_left_out() -> None:
    assert matches("recorded 2026-11-23T23:10:58.174Z\n", "recorded 2027-01-02T03:04:05.678Z\n")
    assert not matches("5 March 2024\n", "6 March 2024\n")
    assert matches("first\n…\nlast\n", "first\nsecond\nthird\nlast\n")
    assert [each.typed for each in commands("$ one\n$ two \\\n    more\nshown\n")] == ["one", "two \\\n    more"]
