"""The documentation names what exists: helps, files, links, keys of the configuration, names of the API."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

import tracker
from tracker.cli import COMMANDS
from tracker.domain.glossary import BUILT_IN
from tracker.exporting.formats import FORMATS
from tracker.workspace.config import Config

ROOT = Path(__file__).parent.parent
DOCUMENTED = (ROOT / "docs" / "cli.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
OTHER = {"__init__.pyi", "__pycache__", "py.typed"}

EVERY = [
    [],
    *([name] for name in COMMANDS),
    *(["add", name] for name in BUILT_IN.addable),
    *(["log", name] for name in ("init", "copy")),
]


@pytest.mark.slow
@pytest.mark.parametrize("command", EVERY, ids=" ".join)
def test_every_help_is_documented(tmp_path: Path, command: list[str]) -> None:
    """Word for word, below its name."""
    heading = f"{'###' if command[1:] else '##'} {' '.join(['tracker', *command])}"
    ran = subprocess.run(
        [sys.executable, "-m", "tracker", *command, "--help"],
        cwd=tmp_path,
        env=os.environ | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert f"{heading}\n\n```\n{ran.stdout.rstrip()}\n```\n" in DOCUMENTED


def test_every_file_in_the_architecture_exists() -> None:
    """Paths in the text are below ``tracker/`` or the repository."""
    paths = re.findall(r"`((?:\w+/)+(?:\w+\.\w+)?)`", ARCHITECTURE)
    assert len(paths) > 100
    found = {path for path in paths if any((base / path).exists() for base in (ROOT / "tracker", ROOT))}
    assert set(paths) - found == {"events/types.toml"}  # of a desk that declares types


def test_every_room_is_in_the_architecture() -> None:
    """The tree has a line on each module and package directly below ``tracker/``."""
    tree = re.findall(r"^  (\w+(?:/|\.py)) ", ARCHITECTURE, re.MULTILINE)
    below = [path for path in (ROOT / "tracker").iterdir() if path.name not in OTHER]
    assert sorted(tree) == sorted(path.name + "/" * path.is_dir() for path in below)


# Links, the configuration, the public API, the workflow of a contributor

TEXTS = {
    str(path.relative_to(ROOT)): path
    for pattern in ("*.md", "docs/**/*.md", "examples/*/*.md")
    for path in ROOT.glob(pattern)
}


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text(), re.DOTALL | re.MULTILINE)


def anchors(text: str) -> set[str]:
    """The anchors of the headings, as forges and the website make them."""
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    headings = re.findall(r"^#+ (.*)$", prose, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", TEXTS)
def test_links_lead_somewhere(name: str) -> None:
    """To a file of the repository, and to a heading that it has."""
    page = TEXTS[name]
    links = re.findall(r"\]\(([^)\s]+)\)|(?:src|srcset|href)=\"([^\"]+)\"", page.read_text())
    for link in (first or second for first, second in links):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text()), link


def test_every_key_of_the_configuration_is_documented() -> None:
    keys = re.findall(r"^\| `([a-z_]+)` \| ", (ROOT / "docs/configuration.md").read_text(), re.MULTILINE)
    assert sorted(keys) == sorted(Config.__struct_fields__)


def test_every_public_name_is_documented() -> None:
    rows = re.findall(r"^\| (`.*?) \| ", (ROOT / "docs/python.md").read_text(), re.MULTILINE)
    assert sorted(name for row in rows for name in re.findall(r"`(\w+)", row)) == sorted(tracker.__all__)


def test_python_reads_and_makes_a_desk_as_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reads, makes = blocks("docs/python.md", "python")
    monkeypatch.chdir(ROOT)
    exec(reads, {})
    claims, then = capsys.readouterr().out.splitlines()
    assert claims.count("reported") == 3
    assert "OpenAI account of ByteDance" in then
    assert "Will ByteDance" not in then
    monkeypatch.chdir(tmp_path)
    exec(makes, {})
    refused, numbers, problems = capsys.readouterr().out.splitlines()
    assert refused.startswith("occurred: 'soon'")
    assert (numbers, problems) == ("[1, 2]", "[]")


def test_contributing_quotes_a_test() -> None:
    """The example of a test is one, word for word."""
    (example,) = blocks("CONTRIBUTING.md", "python")
    assert example in (ROOT / "tests/feeds/test_subscribers.py").read_text()


def test_what_contributing_names_exists() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    paths = re.findall(r"\b(?:tests|tracker|docs)/[\w/.-]*\w", text)
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []
    assert [module for module in re.findall(r"-m (tests\.\w+)", text) if not find_spec(module)] == []


def test_every_format_of_an_export_is_documented() -> None:
    text = (ROOT / "docs" / "exporting.md").read_text()
    assert [name for name in FORMATS if f"| `{name}` |" not in text] == []


@pytest.mark.slow
@pytest.mark.parametrize(("schema", "names"), [("forms", "fault.yml wish.yml"), ("config", "config.yml")])
def test_forms_for_issues_are_valid(schema: str, names: str) -> None:
    """By the schema of the forge that shows them."""
    files = [ROOT / ".github/ISSUE_TEMPLATE" / name for name in names.split()]
    command = [
        Path(sys.executable).parent / "check-jsonschema",
        "--builtin-schema",
        f"vendor.github-issue-{schema}",
    ]
    subprocess.run([*command, *files], check=True)


@pytest.mark.slow
def test_the_hooks_of_pre_commit_are_valid() -> None:
    """Each runs a program of the environment that CONTRIBUTING makes."""
    text = (ROOT / ".pre-commit-config.yaml").read_text()
    programs = re.findall(r"entry: (\S+)", text)
    assert len(programs) == text.count("- id:")
    assert {str(Path(program).parent) for program in programs} == {".venv/bin"}
