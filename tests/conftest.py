"""Fixtures of all tests: a fixed clock, an empty desk, ``record`` and ``cli``. No test has a deadline."""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis.strategies import just

from tests.offline import run_plainly
from tests.servers import Server, a_server
from tracker import cli as command_line
from tracker.domain.decide import find
from tracker.domain.redaction import concerned
from tracker.domain.story import Story
from tracker.readmodel import cores
from tracker.text.dates import Recorded, recorded_at
from tracker.workspace import desk as workspaces
from tracker.workspace import init
from tracker.workspace.desk import Workspace

if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:  # as for a job in the background; children would inherit it
    signal.signal(signal.SIGINT, signal.default_int_handler)

_THOROUGH = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow], print_blob=True, max_examples=100
)
settings.register_profile("thorough", _THOROUGH)  # in .ci/run
settings.register_profile("tracker", _THOROUGH, max_examples=25)
settings.register_profile("glance", _THOROUGH, max_examples=5)  # while one writes
settings.load_profile("tracker")


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A PostgreSQL server. Tests that use it are marked ``xdist_group("postgres")`` and share one."""
    with a_server() as server:
        yield server


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with what ``python -m build`` makes: an sdist, and a wheel of that. Tests that use it are marked
    ``xdist_group("distribution")`` and share one."""
    folder = tmp_path_factory.mktemp("dist")
    run_plainly(sys.executable, "-m", "build", "--outdir", folder, Path(__file__).parents[1], cwd=folder)
    return folder


class FixedClock:
    """A clock that stands at 1 August 2024, noon, and moves a second whenever it is read."""

    def __init__(self) -> None:
        self.instant = datetime(2024, 8, 1, 12, tzinfo=UTC)

    def __call__(self) -> Recorded:
        self.instant += timedelta(seconds=1)
        return recorded_at(self.instant)


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def desk(tmp_path: Path, clock: FixedClock) -> Workspace:
    """An empty workspace with a fixed clock."""
    init.init(str(tmp_path / "desk"), "The desk", "https://desk.example/", "Desk", "en", clock=clock)
    return Workspace(str(tmp_path / "desk"), clock=clock)


def removals(story: Story, values: dict[str, Any]) -> list[dict[str, Any]]:
    """The redaction of these values, and one for each correction of its target."""
    target = find(story, values["redacts"])
    return [{**values, "redacts": f"#{each.seq}"} for each in concerned(story, target)]


@pytest.fixture
def record(desk: Workspace) -> Callable[..., Any]:
    """``record("report", "Title", story="s", …fields)`` appends one event and returns what was recorded. A
    redaction also redacts the corrections of its target, as ``tracker redact`` does; the first is returned."""

    def record(type: str, title: str = "", *, story: str = "story", **fields: Any) -> Any:
        values = {"type": type, **({"title": title} if title else {}), **fields}
        drafts = removals(desk.story(story), values) if type == "redaction" else [values]
        return desk.record(story, drafts, removes=True)[0]

    return record


class Ran(NamedTuple):
    """The output and the exit status of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def cli(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ran]:
    """``cli("add", "update", …)`` runs the whole command line in this process, in the desk's folder."""
    monkeypatch.chdir(desk.root)
    monkeypatch.setenv("COLUMNS", "100")

    def cli(*args: str, input: str | bytes | None = None) -> Ran:
        with CliRunner().isolation(input=input) as (out, err, _), monkeypatch.context() as patched:
            patched.setattr(sys, "argv", ["tracker", *args])
            patched.setattr(os, "_exit", sys.exit)
            with pytest.raises(SystemExit) as stopped:
                command_line.run()
            code = stopped.value.code
            ran = Ran(code if isinstance(code, int) else 0, out.getvalue().decode(), err.getvalue().decode())
        assert "Traceback" not in ran.err, ran.err
        assert "a fault in tracker" not in ran.err, ran.err
        return ran

    return cli


@pytest.fixture
def by_the_clock(clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> FixedClock:
    """Commands that ``cli`` runs take the time from the fixed clock."""
    monkeypatch.setattr(workspaces, "find", partial(workspaces.find, clock=clock))
    return clock


@pytest.fixture(autouse=True)
def _plain_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of the user who runs the tests does not reach them."""
    for name in ("TRACKER_HOME", "TRACKER_EDITOR", "TRACKER_DEBUG", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_waiting_for_the_disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Skip flushes, which take milliseconds, in quick tests. Processes that a test starts do flush."""
    if request.node.get_closest_marker("slow") is None:
        monkeypatch.setattr(os, "fsync", lambda descriptor: None)


TESTS = count(1)
"""The tests that this process has run."""


@pytest.fixture(autouse=True)
def _nothing_is_left_open() -> Iterator[None]:
    """A connection or a file that a test leaves open fails that test, not a later one during which Python collects
    the garbage."""
    yield
    gc.collect()
    if next(TESTS) % 100 == 0:
        gc.freeze()  # or each collection would look at all that the tests before it left in caches


LONGEST_ID = 100
"""Characters of a test's id after the name of its file. A longer one floods the terminal."""


ROOM = pytest.StashKey[int]()
"""Characters of each parameter in the ids of the test that is collected now."""


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    names = [mark.args[0] for mark in metafunc.definition.iter_markers("parametrize")]
    count = sum(len(each.split(",") if isinstance(each, str) else each) for each in names)
    left = LONGEST_ID - len(metafunc.definition.nodeid.partition("::")[2]) - len("[]")
    metafunc.config.stash[ROOM] = min(24, left // max(count, 1) - len("-00"))


def pytest_make_parametrize_id(config: pytest.Config, val: object) -> str | None:
    """Shorten a long text or long bytes in the id of a test. pytest numbers the ids that become the same."""
    said = ascii(val)[1:-1] if isinstance(val, str) else ascii(val)[2:-1] if isinstance(val, bytes) else ""
    room = config.stash[ROOM]
    return f"{said[: room - 2]}.." if len(said) > room else None


@pytest.hookimpl(tryfirst=True)  # before xdist adds the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse ids that are too long: their parameters need ``ids=`` or ``pytest.param(id=…)``."""
    ids = [item.nodeid.partition("::")[2] for item in items]
    if long := [f"{len(id)} characters: {id[:LONGEST_ID]}" for id in ids if len(id) > LONGEST_ID]:
        raise pytest.UsageError("\n".join([f"ids of more than {LONGEST_ID} characters:", *long]))


def pytest_collection_finish() -> None:
    """Freeze the objects that are there before the first test, so that collecting garbage takes a millisecond.

    Hypothesis warns when no object that the collector tracks holds its random numbers. It makes them in its first
    test, so one runs before the objects of its modules are frozen."""
    given(just(None))(lambda _: None)()
    gc.collect()
    gc.freeze()


def pytest_xdist_auto_num_workers() -> int:
    """Run one worker more than there are processors: tests also wait, for processes that they start."""
    return cores.count() + 1


def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> None:
    """With TRACKER_NO_SKIPS a skipped test fails: .ci/run installs all programs that tests need."""
    if os.environ.get("TRACKER_NO_SKIPS") and call.excinfo and call.excinfo.errisinstance(pytest.skip.Exception):
        failed = AssertionError(f"skipped: {call.excinfo.value}").with_traceback(call.excinfo.tb)
        call.excinfo = pytest.ExceptionInfo.from_exception(failed)
