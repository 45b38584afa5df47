"""Bad input: tracker refuses it in a sentence, and nothing else breaks.

``badinput/`` has a file of cases for each door: a way by which input reaches tracker. The command ends with exit
status 1 or 2, never with a traceback. The refusal says what is wrong, where, and what would work. No control
character reaches the terminal. Each byte of ``events/`` stays. What a rule refuses in detail is tested with the
rule; a door has one case for each kind of refusal.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import signal
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import pytest

from tests import typist
from tests.conftest import FixedClock, Ran
from tests.lines import rechained
from tracker.domain import chain
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]
Bytes = str | list[str | dict[str, Any]]

CORPUS = Path(__file__).parent / "badinput"
DOORS = sorted(path.stem for path in CORPUS.glob("*.toml"))

RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that a terminal acts on, without line ends and tabs."""


class Case(dict[str, Any]):
    """One case of the corpus."""

    @property
    def code(self) -> int:
        return int(self.get("code", 2))

    def bytes(self, key: str) -> bytes:
        return data(self[key])


def data(parts: Bytes) -> bytes:
    """The bytes of a text, or of a list of texts, bytes in hexadecimal and repeated texts."""
    return b"".join(
        part.encode()
        if isinstance(part, str)
        else bytes.fromhex(part["hex"])
        if "hex" in part
        else part["of"].encode() * int(part["times"])
        for part in ([parts] if isinstance(parts, str) else parts)
    )


def cases(door: str) -> list[Any]:
    """The cases of a door as parameters of a test."""
    return [
        pytest.param(case, id=case["name"])
        for case in map(Case, tomllib.loads((CORPUS / f"{door}.toml").read_text(encoding="utf-8"))["case"])
    ]


STORIES: dict[str, list[dict[str, Any]]] = {
    "story": [
        {"type": "opened", "title": "A story", "language": "en"},
        {"type": "report", "title": "They pay", "occurred": "2023"},
        {"type": "suspension", "title": "Out", "subject": "ByteDance"},
        {"type": "question", "title": "And now?"},
        {"type": "update", "title": "Colour", "body": "More *text*",
         "sources": [{"url": "https://a.example/1", "quote": "says A"}],
         "figures": [{"name": "cost", "value": "20", "unit": "USD"}]},
    ],
    "other": [{"type": "opened", "title": "Another"}, {"type": "update", "title": "Calm"}],
}  # fmt: skip
_RECORDED: dict[str, bytes] = {}
"""The files of these stories, by story. The first test that needs a file records it."""


@pytest.fixture
def stories(cli: Cli, desk: Workspace, by_the_clock: FixedClock) -> Path:
    """The folder of the log. The input is meant for ``story``, and must not harm ``other``."""
    folder = Path(desk.log.folder)
    for slug, drafts in STORIES.items():
        if slug in _RECORDED:
            (folder / f"{slug}.jsonl").write_bytes(_RECORDED[slug])
        else:
            desk.record(slug, drafts)
            _RECORDED[slug] = (folder / f"{slug}.jsonl").read_bytes()
    by_the_clock.instant = by_the_clock.instant.replace(minute=30)
    return folder


class _Waits(Exception):
    """The command waits for something that does not come."""


@pytest.fixture
def patience() -> Iterator[None]:
    """Raise _Waits in a command when the alarm that a test sets goes off."""

    def enough(*_: object) -> None:
        raise _Waits

    before = signal.signal(signal.SIGALRM, enough)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def contents(folder: Path) -> dict[str, bytes]:
    """The bytes of each file below a folder, and the target of each symbolic link."""
    return {
        str(path): os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def assert_harmless(ran: Ran) -> None:
    """The output has no traceback and no control character."""
    assert "Traceback" not in ran.out + ran.err
    assert (found := RAW.search(ran.out + ran.err)) is None, (found, ran)


def assert_refused(ran: Ran, case: Case) -> None:
    """The command ended with the exit status of the case, and its output has the words of the case."""
    assert_harmless(ran)
    assert case.code in (1, 2)
    assert ran.code == case.code, ran
    for words in case["says"]:
        assert words in ran.out + ran.err, (words, ran)


@pytest.mark.parametrize("case", cases("arguments"))
def test_a_bad_argument_is_refused(cli: Cli, stories: Path, case: Case) -> None:
    before = contents(stories)
    ran = cli(*(os.fsdecode(data(each)) for each in case["args"]))
    assert_refused(ran, case)
    assert contents(stories) == before


GOOD = b'{"type":"update","title":"good"}\n'


@pytest.mark.parametrize("case", cases("lines"))
def test_a_bad_line_is_refused(cli: Cli, stories: Path, case: Case) -> None:
    """The refusal names the file and the line. The good lines around it are not recorded either."""
    before = contents(stories)
    Path("in.jsonl").write_bytes(GOOD + case.bytes("line") + b"\n" + GOOD)
    ran = cli("append", "story", "in.jsonl")
    assert_refused(ran, case)
    assert ran.err.startswith("error: in.jsonl:2: "), ran.err
    assert contents(stories) == before


def test_a_bad_line_from_standard_input_is_refused_in_the_same_words(cli: Cli, stories: Path) -> None:
    before = contents(stories)
    for param in cases("lines")[::10]:
        given = GOOD + param.values[0].bytes("line") + b"\n" + GOOD
        Path("in.jsonl").write_bytes(given)
        ran, piped = cli("append", "story", "in.jsonl"), cli("append", "story", input=given)
        assert_refused(piped, param.values[0])
        assert piped.err.partition(":2: ")[2] == ran.err.partition(":2: ")[2] != ""
    assert contents(stories) == before


@pytest.fixture
def form(monkeypatch: pytest.MonkeyPatch) -> Callable[[Case], None]:
    """An editor that saves the form as the case says, and is closed when the form comes back with a mistake."""

    def saved(case: Case, form: bytes) -> bytes:
        if "whole" in case:
            return case.bytes("whole")
        if "drop" in case:
            form = form.replace(data(case["drop"]), b"", 1)
        if "replace" in case:
            old, new = map(data, case["replace"])
            assert old in form, form.decode()
            form = form.replace(old, new, 1)
        return typist.type_into(form.decode(), typist.fill(**case.get("fill", {}))).encode()

    def will(case: Case) -> None:
        opened: list[str] = []

        def edit(filename: str) -> None:
            if not opened:
                Path(filename).write_bytes(saved(case, Path(filename).read_bytes()))
            opened.append(filename)

        monkeypatch.setenv("EDITOR", "true")
        monkeypatch.setattr(click, "edit", edit)

    return will


@pytest.mark.parametrize("case", cases("editor"))
def test_a_bad_form_comes_back(cli: Cli, stories: Path, form: Callable[[Case], None], case: Case) -> None:
    """The form comes back with the mistake. If the editor leaves it, nothing is recorded, and the form is kept."""
    before = contents(stories)
    form(case)
    ran = cli(*case.get("command", ["add", "update", "story", "-e"]))
    assert_refused(ran, Case({**case, "code": 1}))
    assert "nothing was recorded; the form is kept in .tracker/forms/" in ran.err
    assert contents(stories) == before


# Files of events that were edited by hand.


def edited(case: Case, file: Path, other: bytes) -> bytes:
    """The file of a story after what the case does to it."""
    lines = file.read_bytes().splitlines(keepends=True)
    ids = {f"ID{number}": line[7:43] for number, line in enumerate(lines, 1)}
    hashes = {f"HASH{number}": chain.hash_of(line).hex().encode() for number, line in enumerate(lines, 1)}

    def named(text: bytes, number: int) -> bytes:
        for name, value in {**ids, **hashes}.items():
            text = text.replace(name.encode(), value)
        line = lines[number - 1]
        own = {b"LINE": line[:-1] if "replace" in case else line[: line.rindex(b',"hash"')]}
        own |= {b"ID": ids[f"ID{number}"], b"HASH": hashes[f"HASH{number}"], b"SHELL": chain.shell(line)[:-1]}
        return own.get(text, text)

    if "whole" in case:
        return other if case["whole"] == "OTHER" else case.bytes("whole")
    for change in ("replace", "forged"):
        if change in case:
            number, old, new = case[change]
            before, after = named(data(old), number), named(data(new), number)
            if before == after:
                after = after.upper()
            assert before in lines[number - 1], lines[number - 1]
            lines[number - 1] = lines[number - 1].replace(before, after, 1)
            if change == "forged":
                lines[number - 1 :] = chained(lines, number)
    if "insert" in case:
        lines.insert(case["insert"][0] - 1, data(case["insert"][1]))
    if "lines" in case:
        lines = [lines[number - 1] for number in case["lines"]]
    whole = data(case.get("start", "")) + b"".join(lines) + data(case.get("end", ""))
    match case.get("encoding"):
        case "CRLF":
            whole = whole.replace(b"\n", b"\r\n")
        case "CR":
            whole = whole.replace(b"\n", b"\r")
        case str(encoding):
            whole = whole.decode().encode(encoding)
    return whole[: -case["cut"]] if "cut" in case else whole


def chained(lines: list[bytes], number: int) -> list[bytes]:
    """The lines from this one on with hashes that follow from each other."""
    return rechained(lines[number - 1 :], chain.hash_of(lines[number - 2]) if number > 1 else chain.START)


EDITED = cases("edited")
TRUSTED = [param for param in cases("edited") if param.values[0].get("publish") == -1]
"""Cases in which the hashes are forged too. A command that reads cannot notice some of them."""

REWRITTEN = [param for param in EDITED if param.values[0].get("rewritten")]
"""Cases that only the state of the last publication shows."""


@pytest.mark.slow
@pytest.mark.parametrize("case", [param for param in EDITED if param not in REWRITTEN])
def test_a_file_that_was_edited_is_noticed(cli: Cli, desk: Workspace, stories: Path, case: Case) -> None:
    """``verify`` names the file and the line, and so do commands that read or append. Where the hashes are forged
    too, commands that read may trust the file."""
    file = stories / "story.jsonl"
    file.write_bytes(edited(case, file, (stories / "other.jsonl").read_bytes()))
    before = contents(stories)
    ran = cli("verify")
    place = f"events/story.jsonl:{case['at']}: "
    assert_refused(ran, Case({**case, "code": 1}))
    assert any(line.startswith(place) and case["says"][0] in line for line in ran.err.splitlines()), ran
    for name, args in (("show", ("show", "story")), ("add", ("add", "update", "story", "T", "--dry-run"))):
        read = cli(*args)
        assert_harmless(read)
        if (code := case.get(name, 1)) >= 0:
            assert read.code == code, read
        if code == 1:
            assert place in read.err
    for args in (("stories",), ("search", "calm")) if "forged" in case else ():
        listed = cli(*args)
        assert_harmless(listed)
        assert "other" in listed.out, listed
    assert contents(stories) == before


def test_a_forged_redaction_is_reported_and_removes_nothing(cli: Cli, desk: Workspace, stories: Path) -> None:
    """The text is hidden at once. ``verify`` says where the text still is, and which command removes its bytes. No
    other command removes them."""
    file = stories / "story.jsonl"
    redaction = (
        '{"id":"ID5","type":"redaction","recorded":"2024-08-01T12:10:00.000Z","redacts":"ID2","reason":"x",'
        f'"authority":"y","salt":"{"0" * 32}"'
    )
    file.write_bytes(edited(Case(forged=[5, "LINE", redaction]), file, b""))
    before = contents(stories)
    ran = cli("verify")
    assert_harmless(ran)
    assert ran.code == 0
    assert "events/story.jsonl:2: #5 removes this text, which is still there" in ran.err
    assert "tracker redact --finish story#5" in ran.err
    for args in (
        ("show", "story"),
        ("timeline", "story"),
        ("add", "update", "story", "T", "--dry-run"),
        ("publish",),
    ):
        read = cli(*args)
        assert_harmless(read)
        assert read.code == 0, read
        assert "They pay" not in read.out
    assert not any(b"They pay" in data for data in contents(Path(desk.feeds)).values())
    assert contents(stories) == before


def published(desk: Workspace, slug: str) -> dict[str, bytes]:
    """The published files of a story."""
    return contents(Path(desk.feeds, "stories", slug))


def assert_other_is_published(cli: Cli, desk: Workspace, code: int = 0) -> Ran:
    """A development that is added to the other story now is published."""
    assert cli("add", "update", "other", "Something new").code == 0
    ran = cli("publish")
    assert_harmless(ran)
    assert ran.code == code or (code == -1 and ran.code in (0, 1)), ran
    files = {Path(path).name: data for path, data in published(desk, "other").items()}
    for name in ("index.html", "developments.atom", "developments.rss", "developments.json"):
        assert b"Something new" in files[name], (name, ran)
    return ran


def damaged_at_once(desk: Workspace, stories: Path, chosen: list[Case]) -> dict[str, bytes]:
    """Record a story for each case. Returns the damaged bytes by story."""
    damaged = {}
    other = (stories / "other.jsonl").read_bytes()
    for number, case in enumerate(chosen):
        slug = f"case-{number}"
        desk.record(slug, STORIES["story"])
        file = stories / f"{slug}.jsonl"
        damaged[slug] = edited(case, file, other)
        seen = file.read_bytes().splitlines(keepends=True)[: case["forged"][0] - 1 if "forged" in case else None]
        file.write_bytes(b"".join(seen))
        if not seen:
            file.unlink()
    return damaged


@pytest.mark.slow
def test_stories_that_were_edited_keep_their_last_publication(cli: Cli, desk: Workspace, stories: Path) -> None:
    """``publish`` reports each damaged file, leaves its pages alone, and publishes the other story."""
    chosen = [
        param.values[0]
        for param in EDITED
        if param not in REWRITTEN and param.values[0].get("publish", 1) == 1 and "hides" not in param.values[0]
    ]
    damaged = damaged_at_once(desk, stories, chosen)
    assert len(damaged) > 15
    assert cli("publish").code == 0
    had = {slug: published(desk, slug) for slug in damaged}
    for slug, data in damaged.items():
        (stories / f"{slug}.jsonl").write_bytes(data)
    before = contents(stories)
    ran = assert_other_is_published(cli, desk, 1)
    for slug in damaged:
        assert f"events/{slug}.jsonl:" in ran.err, slug
        assert published(desk, slug) == had[slug], slug
    after = contents(stories)
    del before[str(stories / "other.jsonl")], after[str(stories / "other.jsonl")]
    assert after == before


def test_a_text_that_a_damaged_redaction_names_is_not_published(cli: Cli, desk: Workspace, stories: Path) -> None:
    """``publish`` reports the damage, and takes the text out of the published files all the same."""
    (case,) = [param.values[0] for param in EDITED if "hides" in param.values[0]]
    ((slug, data),) = damaged_at_once(desk, stories, [case]).items()
    assert cli("publish").code == 0
    assert any(b"They pay" in page for page in published(desk, slug).values())
    (stories / f"{slug}.jsonl").write_bytes(data)
    ran = assert_other_is_published(cli, desk, 1)
    assert f"events/{slug}.jsonl:5: " in ran.err
    assert not any(b"They pay" in page for page in published(desk, slug).values())


def assert_no_link_runs_a_script(desk: Workspace) -> None:
    for path, page in contents(Path(desk.feeds)).items():
        assert not re.search(rb"""(href|src)=(["']|&quot;|&#34;)?javascript:""", page), path


def test_what_was_forged_with_its_hashes_stops_no_other_story(cli: Cli, desk: Workspace, stories: Path) -> None:
    """``publish`` publishes the other story, and no page gets a link that runs a script."""
    chosen = [param.values[0] for param in TRUSTED]
    damaged = damaged_at_once(desk, stories, chosen)
    assert len(damaged) > 10
    for slug, data in damaged.items():
        (stories / f"{slug}.jsonl").write_bytes(data)
    assert_other_is_published(cli, desk, 1)
    assert_no_link_runs_a_script(desk)


@pytest.mark.slow
@pytest.mark.parametrize("case", REWRITTEN)
def test_what_was_published_and_is_gone_is_noticed(cli: Cli, desk: Workspace, stories: Path, case: Case) -> None:
    """``publish`` refuses until the editor gives a reason. Then the other story is published."""
    file = stories / "story.jsonl"
    assert cli("publish").code == 0
    had = contents(Path(desk.feeds))
    file.write_bytes(edited(case, file, b""))
    before = contents(stories)
    ran = cli("verify")
    assert_refused(ran, Case({**case, "code": 1}))
    assert f"events/story.jsonl:{case['at']}: " in ran.err
    refused = cli("publish")
    assert_harmless(refused)
    assert (refused.code, contents(Path(desk.feeds))) == (1, had)
    assert "Restore the log from a copy or, if this was meant, tell readers why" in refused.err
    assert contents(stories) == before
    accepted = cli("publish", "--accept-rewrite", "It was lost")
    assert_harmless(accepted)
    assert_other_is_published(cli, desk, -1)


# Configuration files.


FILES = {"settings": "tracker.toml", "types": "events/types.toml", "parties": "events/parties.toml"}
BESIDE = [
    pytest.param(file, *param.values, id=f"{door}: {param.id}", marks=param.marks)
    for door, file in FILES.items()
    for param in cases(door)
]


@pytest.mark.parametrize(("file", "case"), BESIDE)
def test_a_bad_file_is_refused(cli: Cli, stories: Path, patience: None, file: str, case: Case) -> None:
    """The refusal names the line and the key. Nothing is recorded."""
    Path(file).write_bytes(case.bytes("text"))
    before = contents(stories)
    ran = cli("add", "update", "story", "T")
    assert_refused(ran, case)
    assert ran.err.startswith(f"error: {file}:{case['at']}: " if case["at"] else f"error: {file}: "), ran.err
    assert contents(stories) == before


@pytest.mark.slow
@pytest.mark.parametrize("door", FILES)
def test_a_file_beside_the_log_that_is_mended_leaves_no_trace(
    cli: Cli, desk: Workspace, stories: Path, door: str
) -> None:
    """The published files stay while it is bad. Once it is good again, ``publish`` publishes."""
    assert cli("publish").code == 0
    had, file = contents(Path(desk.feeds)), Path(FILES[door])
    before = file.read_bytes() if file.exists() else b""
    for param in cases(door)[:3]:
        file.write_bytes(param.values[0].bytes("text"))
        for command in ("publish", "verify"):
            ran = cli(command)
            assert_harmless(ran)
            assert ran.code in (1, 2)
            assert str(file) in ran.err
        assert contents(Path(desk.feeds)) == had
    file.write_bytes(before)
    assert_other_is_published(cli, desk)


# Files in the folder of the log that are no stories.


def put(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the file, folder, link or pipe of the case into the folder."""
    path = folder / os.fsdecode(case.bytes("put"))
    if "denied" in case:
        really = os.open

        def denied(opened: Any, *args: Any, **options: Any) -> int:
            if os.path.abspath(opened) == str(path):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
            return really(opened, *args, **options)

        monkeypatch.setattr(os, "open", denied)
    elif "folder" in case:
        path.mkdir()
    elif "pipe" in case:
        os.mkfifo(path)
    elif "link" in case:
        if path.exists():
            path.rename(folder / "../../elsewhere.jsonl")
        path.symlink_to(case["link"])
    else:
        path.write_bytes(case.bytes("file"))


@pytest.mark.slow
@pytest.mark.parametrize("case", cases("files"))
def test_a_file_that_cannot_be_a_story_is_refused_or_passed_over(
    cli: Cli, desk: Workspace, stories: Path, patience: None, monkeypatch: pytest.MonkeyPatch, case: Case
) -> None:
    """No command reads what a link leads to. The other stories are published."""
    put(case, stories, monkeypatch)
    slug = os.fsdecode(case.bytes("put")).removesuffix(".jsonl")
    is_beside = slug.endswith(".toml")
    before = contents(stories)
    if case.get("pipe"):
        signal.alarm(1)
    ran = cli("verify")
    if case["says"]:
        assert_refused(ran, Case({**case, "code": 2 if is_beside else 1}))
        read = cli("show", "other" if is_beside else slug)
        assert_harmless(read)
        assert read.code in (1, 2)
        assert f"events/{slug}" in read.err or "there is no story" in read.err
    else:
        assert_harmless(ran)
        assert ran.code == 0
        assert all("is no story: a story is named with small letters" in line for line in ran.err.splitlines())
    assert_harmless(cli("stories"))
    assert_harmless(cli("add", "update", "other" if is_beside else slug, "T", "--dry-run"))
    assert contents(stories) == before
    if not is_beside:
        assert_other_is_published(cli, desk, -1)


# Searches.


def test_a_search_has_no_language_of_its_own(cli: Cli, stories: Path) -> None:
    """``search`` takes any text as words to look for."""
    before = contents(stories)
    for param in cases("searches"):
        case = param.values[0]
        ran = cli("search", *(os.fsdecode(data(each)) for each in case["args"]))
        assert_harmless(ran)
        assert ran.code == 0, ran
        for words in case["says"]:
            assert words in ran.out + ran.err, (case["name"], ran)
    assert contents(stories) == before


# Input that is taken in a harmless form.


def test_what_is_taken_does_no_harm(cli: Cli, desk: Workspace, stories: Path) -> None:
    """It does no harm on a terminal, in a page or in a feed."""
    taken = [param.values[0] for param in cases("taken")]
    for case in taken:
        ran = cli("append", "story", input=case.bytes("line") + b"\n")
        assert_harmless(ran)
        assert ran.code == 0, (case["name"], ran)
        assert case["kept"].encode() in desk.log.lines("story")[-1], case["name"]
    ran = cli("publish")
    assert_harmless(ran)
    assert ran.code == 0
    for args in (("show", "story"), ("timeline", "story"), ("replay", "story"), ("search", "evil"), ("stories",)):
        assert_harmless(cli(*args))
        assert_harmless(cli(*args, "--json"))
    pages = contents(Path(desk.feeds))
    assert all(os.path.realpath(path).startswith(os.path.realpath(desk.feeds)) for path in pages)
    for path, page in pages.items():
        if path.endswith(".html"):
            for case in taken:
                for harm in case["unpublished"]:
                    assert harm.encode() not in page, (case["name"], path)


# After a refusal.


@pytest.mark.slow
@pytest.mark.parametrize("door", ["arguments", "lines", "editor"])
def test_everything_can_be_published_after_what_was_refused(
    cli: Cli, desk: Workspace, stories: Path, form: Callable[[Case], None], door: str
) -> None:
    """Both stories can be published, also the story that the input was meant for."""
    for param in cases(door)[::10]:
        case = param.values[0]
        if door == "arguments":
            cli(*(os.fsdecode(data(each)) for each in case["args"]))
        elif door == "lines":
            cli("append", "story", input=case.bytes("line") + b"\n")
        else:
            form(case)
            shutil.rmtree(".tracker/forms", ignore_errors=True)
            cli(*case.get("command", ["add", "update", "story", "-e"]))
    assert_other_is_published(cli, desk)
    assert {"index.html", "developments.atom"} <= {Path(path).name for path in published(desk, "story")}
    assert cli("verify").code == 0


def test_the_corpus_is_large_enough() -> None:
    """There are at least 60 cases at 5 doors or more, each with a name of its own and the words of its refusal."""
    refused = [door for door in DOORS if door not in ("taken", "searches")]
    names = [(door, param.id) for door in DOORS for param in cases(door)]
    assert len(set(names)) == len(names)
    assert len(refused) >= 5
    assert sum(len(cases(door)) for door in refused) >= 60
    for door in refused:
        assert all("says" in param.values[0] for param in cases(door)), door
