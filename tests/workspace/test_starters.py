"""Starters: their files are valid, and their steps do what they say. No container and no forge runs here."""

from __future__ import annotations

import http.server
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
import yaml

from tests.clones import Clone, run
from tests.conftest import Ran
from tests.offline import Offline
from tests.servers import Server
from tests.serving import PATIENCE, Site, eventually
from tracker import __version__
from tracker.errors import BadInput
from tracker.workspace import init, starters
from tracker.workspace.desk import Workspace

SCHEMAS = {
    "github-workflows": ("github-pages", ".github/workflows/desk.yml"),
    "gitlab-ci": ("gitlab-pages", ".gitlab-ci.yml"),
    "compose-spec": ("docker", "compose.yaml"),
}
"""By the schema of check-jsonschema: a starter and its file of that kind."""

Cli = Callable[..., Ran]

TOOLS = Path(sys.executable).parent


def begun(folder: Path, *names: str, url: str = "https://desk.example/") -> Path:
    """A new desk with the files of these starters."""
    init.init(str(folder), "The desk", url, "Desk", "en", begun_with=names)
    return folder


def valid(schema: str, path: Path) -> bool:
    command = [TOOLS / "check-jsonschema", "--builtin-schema", f"vendor.{schema}", path]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def linted(dockerfile: str) -> str:
    """What the linter of Dockerfiles says."""
    command = [TOOLS / "hadolint", "-"]
    return subprocess.run(command, input=dockerfile, capture_output=True, text=True, check=False).stdout


# What is written


@pytest.mark.parametrize("name", starters.STARTERS)
def test_a_desk_begins_with_its_files(tmp_path: Path, name: str) -> None:
    desk = begun(tmp_path / "desk", name)
    for path in starters.STARTERS[name]:
        text = (desk / path).read_text()
        assert not re.search("@[a-z]+@", text), path
    assert (desk / "requirements.txt").read_text().endswith(f"\nstoryfold[images,postgres,serve]=={__version__}\n")
    assert Workspace(str(desk)).config.log.url == starters.LOGS.get(name, "events")


def test_the_command_writes_them(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli("init", "new", "--template", "github-pages", "--url", "https://n.example").code == 0
    assert 'DESK: "https://n.example/"' in Path("new/.github/workflows/desk.yml").read_text()
    assert cli("init", "new", "--template", "systemd").out == "added tracker.service\n"
    assert cli("init", "new", "--template", "systemd").out == "all its files are there already\n"
    _, out, err = cli("init", "new", "--template", "docker")
    assert out == "added Dockerfile, compose.yaml, .dockerignore\n"
    assert 'set url = "postgresql://db/desk" below [log]' in err


def test_nothing_is_overwritten(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the same name refuses the whole, before anything is written."""
    monkeypatch.chdir(begun(tmp_path / "new"))
    Path("Dockerfile").write_text("FROM scratch\n")
    before = sorted(tmp_path.rglob("*"))
    code, _, err = cli("init", ".", "--template", "docker")
    assert (code, err) == (2, "error: Dockerfile is there already; move it away first\n")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", starters.ON_PAGES)
def test_pages_need_their_address(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="needs the address"):
        begun(tmp_path / "desk", name, url="http://localhost:8000/")
    assert not (tmp_path / "desk").exists()


def test_a_forge_reads_its_workflow_at_the_top(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run(tmp_path, "init", "-q")
    arguments = ("--template", "gitlab-pages", "--url", "https://n.example")
    assert "at the top of a repository, and this is inner/ of one" in cli("init", "inner", *arguments).err
    assert cli("init", ".", *arguments).err == ""


@pytest.mark.slow
@pytest.mark.parametrize("schema", SCHEMAS)
def test_workflows_and_compose_files_are_valid(tmp_path: Path, schema: str) -> None:
    """By the schemas that their makers publish. A misspelt key is refused."""
    name, path = SCHEMAS[schema]
    file = begun(tmp_path / "desk", name) / path
    assert valid(schema, file)
    misspelt = {"github-workflows": "steps:", "gitlab-ci": "artifacts:", "compose-spec": "volumes:"}[schema]
    assert misspelt in file.read_text()
    file.write_text(file.read_text().replace(misspelt, f"x{misspelt}"))
    assert not valid(schema, file)


def test_the_dockerfile_is_linted(tmp_path: Path) -> None:
    """And it ends neither as root nor without a health check."""
    dockerfile = (begun(tmp_path / "desk", "docker") / "Dockerfile").read_text()
    assert linted(dockerfile) == ""
    assert "DL3006" in linted(dockerfile.replace("FROM python:3.13-slim", "FROM python"))
    instructions = re.findall(r"^[A-Z]+(?= )", dockerfile, re.MULTILINE)
    assert {"USER", "HEALTHCHECK"} <= {*instructions}
    assert re.findall(r"^USER (.*)$", dockerfile, re.MULTILINE)[-1] == "10001:10001"


@pytest.mark.debian
@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_reads_the_unit(tmp_path: Path) -> None:
    """Also in a folder with a blank and a percent sign. A misspelt key is told."""
    desk = begun(tmp_path / "a 100% desk", "systemd")
    program = desk / ".venv/bin/tracker"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)

    def told() -> str:
        command = ["systemd-analyze", "verify", desk / "tracker.service"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        return "\n".join(line for line in done.stderr.splitlines() if "tracker.service" in line)

    assert told() == ""
    unit = (desk / "tracker.service").read_text()
    (desk / "tracker.service").write_text(unit.replace("ExecStart=", "ExecBegin="))
    assert "ExecBegin" in told()


# What the steps do, as shell


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory, built: Path) -> Offline:
    return Offline(tmp_path_factory.mktemp("offline"), built)


class Live(NamedTuple):
    """A site on this machine that is published by copying ``feeds/`` into its folder."""

    url: str
    folder: Path

    def publish(self, clone: Path, made: str) -> None:
        shutil.copytree(clone / made, self.folder, dirs_exist_ok=True)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    folder = tmp_path / "live"
    folder.mkdir()
    serving = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=serving.serve_forever, daemon=True).start()
    yield Live(f"http://127.0.0.1:{serving.server_port}/", folder)
    serving.shutdown()
    serving.server_close()


class Ci(NamedTuple):
    """What a forge runs of its file for a branch: each step with its own shell, until one fails."""

    name: str
    made: str  # the folder that goes to Pages
    steps: Callable[[Path], list[str]]
    variables: Callable[[dict[str, Any], str, str], dict[str, str]]


def github_steps(clone: Path) -> list[str]:
    workflow = yaml.safe_load((clone / ".github/workflows/desk.yml").read_text())
    return [step["run"] for step in workflow["jobs"]["check"]["steps"] if "run" in step]


def gitlab_steps(clone: Path) -> list[str]:
    jobs = yaml.safe_load((clone / ".gitlab-ci.yml").read_text())
    before = jobs["default"]["before_script"]
    return ["\n".join([*before, *jobs[name]["script"]]) for name in ("check", "pages")]


FORGES = {
    "github-pages": Ci(
        ".github/workflows/desk.yml",
        "feeds",
        github_steps,
        lambda file, base, reason: {"DESK": file["env"]["DESK"], "BASE": base, "REASON": reason},
    ),
    "gitlab-pages": Ci(
        ".gitlab-ci.yml",
        "public",
        gitlab_steps,
        lambda file, base, reason: {
            **{name: value for name, value in file["variables"].items() if isinstance(value, str)},
            "CI_DEFAULT_BRANCH": base,
            "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": base,
            "ACCEPT_REWRITE": reason,
        },
    ),
}


@pytest.mark.slow
@pytest.mark.xdist_group("distribution")
@pytest.mark.parametrize("name", FORGES)
def test_a_workflow_checks_and_publishes(name: str, offline: Offline, live: Live, tmp_path: Path) -> None:
    """The first publication, a branch that extends it, and a rewritten history, which needs a reason."""
    forge = FORGES[name]
    origin = tmp_path / "origin.git"
    run(tmp_path, "init", "-q", "--bare", "-b", "main", str(origin))
    run(tmp_path, "clone", "-q", str(origin), "editor")
    editor = Clone(tmp_path / "editor")
    begun(editor.root, name, url=live.url)
    editor.open("story", "A story")
    editor.add("The first")
    editor.git("checkout", "-q", "-B", "main")
    push(editor, "main")
    numbers = iter(range(100))

    def runs(branch: str, reason: str = "") -> tuple[str, Path]:
        """Runs the steps in a new clone, as a runner has it, and returns what they said; empty if all was well."""
        clone = tmp_path / f"runner{next(numbers)}"
        run(tmp_path, "clone", "-q", str(origin), clone.name)
        run(clone, "checkout", "-q", "--detach", f"origin/{branch}")
        variables = forge.variables(yaml.safe_load((clone / forge.name).read_text()), "main", reason)
        for step in forge.steps(clone):
            done = offline.run(step, clone, **variables)
            if done.returncode:
                return done.stdout + done.stderr, clone
        return "", clone

    told, first = runs("main")
    assert told == ""
    assert "The first" in (first / forge.made / "all.atom").read_text()
    live.publish(first, forge.made)

    editor.git("checkout", "-q", "-b", "topic")
    editor.add("On a branch")
    push(editor, "topic")
    editor.git("checkout", "-q", "main")
    editor.add("On the default branch")
    push(editor, "main")
    told, merged = runs("topic")
    assert told == ""
    feed = (merged / forge.made / "all.atom").read_text()
    assert "On a branch" in feed
    assert "On the default branch" in feed

    log = editor.root / "events/story.jsonl"
    log.unlink()
    editor.open("story", "Another story")
    push(editor, "main")
    told, _ = runs("main")
    assert "--accept-rewrite" in told
    told, rewritten = runs("main", "The old log named a minor")
    assert told == ""
    assert "The old log named a minor" in (rewritten / forge.made / "index.html").read_text()

    log.write_text(log.read_text().replace("Another", "A forged"))
    push(editor, "main")
    assert "story.jsonl:1" in runs("main")[0]


def push(clone: Clone, branch: str) -> None:
    clone.git("add", "-A")
    clone.git("commit", "-q", "-m", "More")
    clone.git("push", "-q", "origin", branch)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def serves(offline: Offline, command: str, cwd: Path, port: int, healthy: str, **variables: str) -> None:
    """The command serves the desk until SIGINT; what is recorded meanwhile is published."""
    process = offline.start(f"exec {command}", cwd, **variables)
    try:
        assert eventually(lambda: offline.run(healthy, cwd, **variables).returncode == 0)
        commands = "tracker open story 'A story'; tracker add update story 'It goes on'"
        done = offline.run(commands, cwd, **variables)
        assert done.returncode == 0, done.stderr
        site = Site(f"http://127.0.0.1:{port}/")
        assert eventually(lambda: b"It goes on" in site.asks("/all.atom").body)
        process.send_signal(signal.SIGINT)
        assert process.wait(PATIENCE) == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
@pytest.mark.xdist_group("distribution")
def test_the_unit_serves(offline: Offline, tmp_path: Path) -> None:
    """Its installation up to the commands of the system's manager, and what that starts."""
    desk = begun(tmp_path / "a desk", "systemd")
    unit = (desk / "tracker.service").read_text()
    settings = dict(line.split("=", 1) for line in unit.splitlines() if "=" in line and not line.startswith("#"))
    steps = re.findall("^#   (.*)$", unit, re.MULTILINE)
    assert [step for step in steps if step.startswith("sudo")] == steps[2:]
    (desk / ".venv").symlink_to(offline.folder)  # as its first step makes it, with libraries
    assert steps[0] == "python3 -m venv .venv"
    assert offline.run(steps[1], desk).returncode == 0
    port = free_port()
    healthy = f"python -c 'import urllib.request as r; r.urlopen(\"http://127.0.0.1:{port}/healthz\")'"
    assert settings["WorkingDirectory"] == str(desk)
    assert settings["KillSignal"] == "SIGINT"
    serves(offline, settings["ExecStart"].replace("8000", str(port)), desk, port, healthy)


@pytest.mark.slow
@pytest.mark.xdist_group("distribution")
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, as the steps of a Dockerfile have it")
def test_the_container_serves(offline: Offline, tmp_path: Path, server: Server) -> None:
    """Each instruction of the Dockerfile, and the commands of the compose file, with a PostgreSQL server of this
    machine in place of the service ``db``."""
    source = begun(tmp_path / "source", "docker")
    compose = yaml.safe_load((source / "compose.yaml").read_text())["services"]
    desk, port, variables = tmp_path / "desk", free_port(), {}
    dockerfile = (source / "Dockerfile").read_text().replace("\\\n", "")
    command = healthy = ""
    for instruction, given in re.findall(r"^([A-Z]+) +(.*)$", dockerfile, re.MULTILINE):
        given = given.replace("/tmp/", f"{tmp_path}/").replace("/desk", str(desk)).replace("8000", str(port))
        match instruction:
            case "WORKDIR":
                Path(given).mkdir()
            case "ENV":
                name, _, value = given.partition("=")
                variables[name] = value
            case "COPY":
                copied(source, desk, *shlex.split(given))
            case "RUN":
                done = offline.run(given, desk if desk.exists() else tmp_path, **variables)
                assert done.returncode == 0, done.stderr
            case "CMD":
                command = shlex.join(yaml.safe_load(given))
            case "HEALTHCHECK":
                healthy = shlex.join(yaml.safe_load(given[given.index("[") :]))
            case _:
                assert instruction in ("FROM", "USER", "EXPOSE")
    assert {path.name for path in desk.iterdir()} >= {"tracker.toml", "events", "feeds", ".tracker"}
    assert (desk / "feeds").stat().st_uid == 10001

    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE ROLE desk SUPERUSER LOGIN")
        connection.execute("CREATE DATABASE desk OWNER desk")
    config = desk / "tracker.toml"
    config.write_text(config.read_text().replace("//db/desk", f"///desk?host={server.sockets}"))
    variables |= compose["desk"]["environment"] | {"PGPASSWORD": "secret"}
    done = offline.run(shlex.join(compose["prepare"]["command"]), desk, **variables)
    assert done.returncode == 0, done.stderr
    again = offline.run(shlex.join(compose["prepare"]["command"]), desk, **variables)
    assert again.returncode == 0, again.stderr
    serves(offline, command, desk, port, healthy, **variables)


def copied(source: Path, desk: Path, path: str, target: str) -> None:
    """COPY, which leaves out what ``.dockerignore`` names."""
    if path == ".":
        ignored = (source / ".dockerignore").read_text().split()
        shutil.copytree(source, desk, ignore=shutil.ignore_patterns(*ignored), dirs_exist_ok=True)
    else:
        shutil.copy(source / path, target)
