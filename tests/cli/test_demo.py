"""tracker demo: from one command to pages that are served."""

from __future__ import annotations

import re
import shlex
import signal
import subprocess
import sys
from itertools import dropwhile, takewhile
from pathlib import Path
from typing import IO, Any

import pytest

from tests.serving import PATIENCE, TRACKER, Site, eventually

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("options", [["--no-open"], ["--temporary", "--no-open"]], ids=" ".join)
def test_the_examples_are_served(tmp_path: Path, options: list[str]) -> None:
    """The commands that it proposes work meanwhile, and what they record is published. A temporary folder is gone
    at the end."""
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen([TRACKER, "demo", "--port", "0", *options], cwd=tmp_path, **pipes) as process:
        try:
            assert process.stderr
            assert process.stdout
            found = re.match(r"serving (http://\S+/);", process.stderr.readline())
            assert found
            site = Site(found[1])
            assert eventually(lambda: b"stories/door-plug/" in site.asks("/").body)
            commands = proposed(process.stdout)
            assert len(commands) == 5
            for command in commands:
                typed = [TRACKER, *shlex.split(command)]
                done = subprocess.run(typed, cwd=tmp_path, capture_output=True, check=False)
                assert done.returncode == 0, (command, done.stderr)
            assert eventually(lambda: b"Something happens" in site.asks("/all.atom").body)
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
    folder = tmp_path / shlex.split(commands[0])[1]
    assert folder.exists() is ("--temporary" not in options)


def proposed(output: IO[str]) -> list[str]:
    """The arguments of the commands that it proposes, as they are typed after ``tracker``."""
    said = iter(output.readline, "")
    begun = dropwhile(lambda line: not line.startswith("  tracker "), said)
    return [line.split(maxsplit=1)[1] for line in takewhile(lambda line: line.startswith("  "), begun)]


WITHOUT_SERVE = """
import sys
sys.modules["uvicorn"] = None
from tracker.cli import main
main(sys.argv[1:], standalone_mode=False, prog_name="tracker")
"""


def test_without_a_server_it_is_published(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_SERVE, "demo", "here", "--no-open"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert f"open {tmp_path}/here/feeds/index.html; to serve it, install the extra serve: " in done.stdout
    assert "stories/door-plug/" in (tmp_path / "here/feeds/index.html").read_text()
