"""The distribution: what is built of a checkout works where there is no checkout."""

from __future__ import annotations

import signal
import subprocess
import tarfile
import urllib.request
import venv
import zipfile
from pathlib import Path

import pytest

from tests.offline import run_plainly as run
from tests.serving import PATIENCE
from tracker import __version__

ROOT = Path(__file__).parents[1]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("distribution")]


def test_a_wheel_and_an_sdist_are_built(built: Path) -> None:
    wheel, sdist = f"storyfold-{__version__}-py3-none-any.whl", f"storyfold-{__version__}.tar.gz"
    assert sorted(path.name for path in built.iterdir()) == [wheel, sdist]
    names = zipfile.ZipFile(built / wheel).namelist()
    assert {name.partition("/")[0] for name in names} == {"tracker", f"storyfold-{__version__}.dist-info"}
    files = (
        "templates/base.html",
        "packs/court.toml",
        "starters/Dockerfile",
        "examples/door-plug/events/door-plug.jsonl",
    )
    assert {f"tracker/{name}" for name in files} <= {*names}
    assert not [name for name in names if "/feeds/index" in name or "/.tracker/" in name]
    with tarfile.open(built / sdist) as archive:
        packed = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "LICENSE", "SECURITY.md", "constraints.txt"} <= packed


def test_an_installed_wheel_keeps_a_story(built: Path, tmp_path: Path) -> None:
    """In an empty environment, from the first command to a feed that is served. It names its extra by the name of
    the distribution, which pip takes for what is installed already."""
    venv.create(tmp_path / "venv", with_pip=True)
    programs = tmp_path / "venv" / "bin"
    (wheel,) = built.glob("*.whl")
    run(programs / "pip", "install", "-q", "-c", ROOT / "constraints.txt", wheel, cwd=tmp_path)
    tracker = programs / "tracker"
    run(tracker, "init", "desk", "--title", "The desk", "--url", "https://desk.example/", cwd=tmp_path)
    desk = tmp_path / "desk"
    ran = subprocess.run([tracker, "serve"], cwd=desk, capture_output=True, text=True, check=False)
    assert ran.stderr == "error: needs the extra serve: pip install 'storyfold[serve]'\n"
    run(programs / "pip", "install", "-q", "-c", ROOT / "constraints.txt", "storyfold[serve]", cwd=tmp_path)
    run(tracker, "open", "story", "--title", "A story", cwd=desk)
    run(tracker, "add", "update", "story", "It goes on", cwd=desk)
    assert run(tracker, "publish", cwd=desk).startswith("published to feeds: ")
    assert "It goes on" in (desk / "feeds" / "all.atom").read_text()

    serving = subprocess.Popen([tracker, "serve", "--port", "0"], cwd=desk, stderr=subprocess.PIPE, text=True)
    try:
        assert serving.stderr
        said = serving.stderr.readline()
        address = said.removeprefix("serving ").partition(";")[0]
        with urllib.request.urlopen(f"{address}all.atom", timeout=PATIENCE) as answer:
            assert b"It goes on" in answer.read()
        serving.send_signal(signal.SIGINT)
        assert serving.wait(PATIENCE) == 0
    finally:
        serving.kill()
        serving.communicate()
    ran = subprocess.run([tracker, "publish", "--ping"], cwd=desk, capture_output=True, text=True, check=False)
    assert "names no hub" in ran.stderr
