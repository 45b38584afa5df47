"""A publication goes on from what is live, not from ``feeds/``."""

from __future__ import annotations

import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran
from tracker.maintenance.verify import verify
from tracker.publishing.publisher import publish
from tracker.publishing.rewrites import seen_heads
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]


@pytest.fixture
def live(tmp_path: Path) -> Path:
    """The folder of the live site."""
    folder = tmp_path / "live"
    folder.mkdir()
    return folder


@pytest.fixture
def address(live: Path) -> Iterator[str]:
    """The address of the live site."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=live))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture
def story(desk: Workspace, record: Callable[..., Any], live: Path) -> Path:
    """A story with two events that are live. Returns the path of its file."""
    record("opened", "A story")
    record("update", "It goes on")
    publish(desk)
    shutil.copytree(desk.feeds, live, dirs_exist_ok=True)
    return Path(desk.log.path("story"))


def test_a_fresh_clone_goes_on_from_what_is_live(
    desk: Workspace, story: Path, address: str, cli: Cli, record: Callable[..., Any]
) -> None:
    shutil.rmtree(desk.feeds)
    shutil.rmtree(desk.scratch)
    record("update", "More")
    assert cli("publish", "--against", address).code == 0
    assert verify(desk, seen_heads(desk))[2:4] == ([], [])


def test_what_is_live_already_costs_nothing(desk: Workspace, story: Path, address: str, cli: Cli) -> None:
    assert "feeds is up to date" in cli("publish", "--against", address).out


def test_a_log_that_does_not_extend_what_is_live_is_refused(
    desk: Workspace, story: Path, address: str, cli: Cli
) -> None:
    """Also in a fresh clone, which has nothing to compare it with; an accepted rewrite is told as always."""
    shutil.rmtree(desk.feeds)
    story.write_bytes(story.read_bytes().splitlines(keepends=True)[0])
    refused = cli("publish", "--against", address)
    assert refused.code == 1
    assert "Nothing was published" in refused.err
    assert "--against" not in refused.err
    assert not Path(desk.feeds).exists()
    assert cli("publish", "--against", address, "--accept-rewrite", "A mistake").code == 0
    assert [each.reason for each in seen_heads(desk).rewrites] == ["A mistake"]


def test_rewrites_that_are_live_stay_announced(
    desk: Workspace, story: Path, live: Path, address: str, cli: Cli
) -> None:
    story.write_bytes(story.read_bytes().splitlines(keepends=True)[0])
    publish(desk, accept_rewrite="A mistake")
    shutil.copytree(desk.feeds, live, dirs_exist_ok=True)
    shutil.rmtree(desk.feeds)
    shutil.rmtree(desk.scratch)
    assert cli("publish", "--against", address).code == 0
    assert [each.reason for each in seen_heads(desk).rewrites] == ["A mistake"]


def test_nothing_is_live_yet(desk: Workspace, record: Callable[..., Any], address: str, cli: Cli) -> None:
    record("opened", "A story")
    first = cli("publish", "--against", address)
    assert first.code == 0
    assert "has no heads.json (404): this is taken for the first publication there" in first.err


@pytest.mark.parametrize(
    "where", ["nowhere.json", "http://127.0.0.1:1/", "file:///etc/passwd", "ftp://h/heads.json"]
)
def test_heads_that_cannot_be_read_are_refused(desk: Workspace, story: Path, cli: Cli, where: str) -> None:
    """Only a server's own 404 means that there is nothing yet."""
    refused = cli("publish", "--against", where)
    assert (refused.code, refused.err.count("\n")) == (2, 1)


def test_a_copy_of_the_live_heads_will_do(desk: Workspace, story: Path, live: Path, cli: Cli) -> None:
    assert cli("publish", "--against", str(live / "heads.json")).code == 0


def test_a_log_is_verified_against_the_address_of_a_site(story: Path, address: str, cli: Cli) -> None:
    """Given with the slash at its end, or as the address of the file."""
    for where in (address, f"{address}heads.json"):
        verified = cli("verify", "--against", where)
        assert verified.code == 0
        assert "compared 1 story and 2 lines with" in verified.out
