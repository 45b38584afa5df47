"""Bad input, door by door: what may not be taken is refused in a sentence, and nothing else breaks by it.

``badinput/`` is the corpus, one file for each door. Whatever is in it ends with exit status 1 or 2 (or is taken
in a form that does no harm), never with a traceback; the refusal says what is wrong, where, and what would work;
nothing reaches the terminal that it would act on; and every byte of ``events/`` stays as it was.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import shutil
import signal
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar

import click
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests import typist
from tests.conftest import FixedClock, Ran
from tests.lines import rechained
from tracker import chain, codec, declared, figures, times
from tracker.errors import BadDate, BadInput, CorruptLog, TrackerError, Unknown
from tracker.times import Occurred
from tracker.workspace import Workspace

Cli = Callable[..., Ran]
Refusal = TypeVar("Refusal", bound=TrackerError)
Bytes = str | list[str | dict[str, Any]]

CORPUS = Path(__file__).parent / "badinput"
DOORS = sorted(path.stem for path in CORPUS.glob("*.toml"))

RAW = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal would act on, line ends and tabs aside."""


class Case(dict[str, Any]):
    """One bad input, as the corpus has it."""

    @property
    def code(self) -> int:
        return int(self.get("code", 2))

    def bytes(self, key: str) -> bytes:
        return data(self[key])


def data(parts: Bytes) -> bytes:
    """What is written as a text, or as texts, bytes in hexadecimal, and texts that come many times."""
    return b"".join(
        part.encode()
        if isinstance(part, str)
        else bytes.fromhex(part["hex"])
        if "hex" in part
        else part["of"].encode() * int(part["times"])
        for part in ([parts] if isinstance(parts, str) else parts)
    )


def cases(door: str) -> list[Any]:
    """The cases of a door, as parameters of a test."""
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
"""Their files, once they were recorded."""


@pytest.fixture
def stories(cli: Cli, desk: Workspace, by_the_clock: FixedClock) -> Path:
    """The folder of a story that the input is meant for, and of another that must not suffer."""
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
    """Something would have waited for ever."""


@pytest.fixture
def patience() -> Iterator[None]:
    """Who has waited for a second, once that counts, waits no longer."""

    def enough(*_: object) -> None:
        raise _Waits

    before = signal.signal(signal.SIGALRM, enough)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def contents(folder: Path) -> dict[str, bytes]:
    """Every byte below a folder, and where symbolic links lead."""
    return {
        str(path): os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def assert_harmless(ran: Ran) -> None:
    """Nothing was said that only a programmer understands, or that a terminal would act on."""
    assert "Traceback" not in ran.out + ran.err
    assert (found := RAW.search(ran.out + ran.err)) is None, (found, ran)


def assert_refused(ran: Ran, case: Case) -> None:
    """As the case says: with this exit status and these words."""
    assert_harmless(ran)
    assert case.code in (1, 2)
    assert ran.code == case.code, ran
    for words in case["says"]:
        assert words in ran.out + ran.err, (words, ran)


@pytest.mark.parametrize("case", cases("arguments"))
def test_an_argument_that_cannot_be_taken_is_refused(cli: Cli, stories: Path, case: Case) -> None:
    before = contents(stories)
    ran = cli(*(os.fsdecode(data(each)) for each in case["args"]))
    assert_refused(ran, case)
    assert contents(stories) == before


@pytest.mark.parametrize("case", cases("lines"))
def test_a_line_that_cannot_be_taken_is_refused(cli: Cli, stories: Path, case: Case) -> None:
    """With its file and line, whether it comes from a file or from standard input; the good lines around it are
    not recorded either."""
    before = contents(stories)
    good = b'{"type":"update","title":"good"}\n'
    given = good + case.bytes("line") + b"\n" + good
    Path("in.jsonl").write_bytes(given)
    ran, piped = cli("append", "story", "in.jsonl"), cli("append", "story", input=given)
    assert_refused(ran, case)
    assert_refused(piped, case)
    assert ran.err.startswith("error: in.jsonl:2: "), ran.err
    assert piped.err.partition(":2: ")[2] == ran.err.partition(":2: ")[2]
    assert contents(stories) == before


@pytest.fixture
def form(monkeypatch: pytest.MonkeyPatch) -> Callable[[Case], None]:
    """Somebody who saves the form as a case says, and leaves the editor when it comes back with a mistake."""

    def saved(case: Case, form: bytes) -> bytes:
        if "whole" in case:
            return case.bytes("whole")
        if "drop" in case:
            form = form.replace(data(case["drop"]), b"", 1)
        if "replace" in case:
            old, new = map(data, case["replace"])
            assert old in form, form.decode()
            form = form.replace(old, new, 1)
        return typist._type(form.decode(), typist.fill(**case.get("fill", {}))).encode()

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
def test_a_form_that_cannot_be_taken_comes_back(
    cli: Cli, stories: Path, form: Callable[[Case], None], case: Case
) -> None:
    """With what is wrong with it; who leaves it like that records nothing, and is told where it is kept."""
    before = contents(stories)
    form(case)
    ran = cli(*case.get("command", ["add", "update", "story", "-e"]))
    assert_refused(ran, Case({**case, "code": 1}))
    assert "nothing was recorded; the form is kept in .tracker/forms/" in ran.err
    assert contents(stories) == before


# A file of events that somebody has edited.


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
"""Forged with their hashes, so that those who read may trust them."""

REWRITTEN = [param for param in EDITED if param.values[0].get("rewritten")]
"""What only whoever remembers what was published can notice."""


@pytest.mark.parametrize("case", [param for param in EDITED if param not in REWRITTEN])
def test_a_file_that_was_edited_is_noticed(cli: Cli, desk: Workspace, stories: Path, case: Case) -> None:
    """With its file and line, by verify and by whoever reads or appends. Where somebody has forged the hashes too,
    those who read trust what they can."""
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


def test_a_redaction_that_somebody_forged_is_said_and_removes_nothing(
    cli: Cli, desk: Workspace, stories: Path
) -> None:
    """The text is hidden at once. verify says where it still is and what removes it, so that the desk can judge.
    No command but that one takes its bytes."""
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
    """The files of a story that readers have."""
    return contents(Path(desk.feeds, "stories", slug))


def assert_other_is_published(cli: Cli, desk: Workspace, code: int = 0) -> Ran:
    """Another story goes on: what is added to it now reaches its readers."""
    assert cli("add", "update", "other", "Something new").code == 0
    ran = cli("publish")
    assert_harmless(ran)
    assert ran.code == code or (code == -1 and ran.code in (0, 1)), ran
    files = {Path(path).name: data for path, data in published(desk, "other").items()}
    for name in ("index.html", "developments.atom", "developments.rss", "developments.json"):
        assert b"Something new" in files[name], (name, ran)
    return ran


def damaged_at_once(desk: Workspace, stories: Path, chosen: list[Case]) -> dict[str, bytes]:
    """A story for each case, as it was before, and what its file is to be."""
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


def test_stories_that_were_edited_keep_their_last_publication(cli: Cli, desk: Workspace, stories: Path) -> None:
    """Many at once: each is reported with its file, none is touched, and the other story goes on."""
    chosen = [
        param.values[0] for param in EDITED if param not in REWRITTEN and param.values[0].get("publish", 1) == 1
    ]
    damaged = damaged_at_once(desk, stories, chosen[::2])
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


def assert_no_link_runs_a_script(desk: Workspace) -> None:
    for path, page in contents(Path(desk.feeds)).items():
        assert not re.search(rb"""(href|src)=(["']|&quot;|&#34;)?javascript:""", page), path


def test_what_was_forged_with_its_hashes_stops_no_other_story(cli: Cli, desk: Workspace, stories: Path) -> None:
    """Whether or not its own story can still be told; what a page could run does not get there."""
    chosen = [param.values[0] for param in TRUSTED]
    damaged = damaged_at_once(desk, stories, chosen)
    assert len(damaged) > 10
    for slug, data in damaged.items():
        (stories / f"{slug}.jsonl").write_bytes(data)
    assert_other_is_published(cli, desk, 1)
    assert_no_link_runs_a_script(desk)


@pytest.mark.parametrize("case", REWRITTEN)
def test_what_was_published_and_is_gone_is_noticed(cli: Cli, desk: Workspace, stories: Path, case: Case) -> None:
    """Nothing is published over it until somebody says why; then the other story goes on."""
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


# The files that people write beside the log.


FILES = {"settings": "tracker.toml", "types": "events/types.toml", "parties": "events/parties.toml"}
BESIDE = [
    pytest.param(file, *param.values, id=f"{file}: {param.id}", marks=param.marks)
    for door, file in FILES.items()
    for param in cases(door)
]


@pytest.mark.parametrize(("file", "case"), BESIDE)
def test_a_file_beside_the_log_that_cannot_be_read_is_refused(
    cli: Cli, stories: Path, patience: None, file: str, case: Case
) -> None:
    """With its line and key, before anything is recorded or published."""
    Path(file).write_bytes(case.bytes("text"))
    before = contents(stories)
    ran = cli("add", "update", "story", "T")
    assert_refused(ran, case)
    assert ran.err.startswith(f"error: {file}:{case['at']}: " if case["at"] else f"error: {file}: "), ran.err
    assert contents(stories) == before


@pytest.mark.parametrize("door", FILES)
def test_a_file_beside_the_log_that_is_mended_leaves_no_trace(
    cli: Cli, desk: Workspace, stories: Path, door: str
) -> None:
    """What was published stays meanwhile; afterwards everything goes on."""
    assert cli("publish").code == 0
    had, file = contents(Path(desk.feeds)), Path(FILES[door])
    before = file.read_bytes() if file.exists() else b""
    for param in cases(door)[:3]:
        file.write_bytes(param.values[0].bytes("text"))
        for command in ("publish", "verify"):
            ran = cli(command)
            assert_harmless(ran)
            if door != "parties":  # which only what is appended asks for
                assert ran.code in (1, 2)
                assert str(file) in ran.err
        assert contents(Path(desk.feeds)) == had
    file.write_bytes(before)
    assert_other_is_published(cli, desk)


# What lies in the folder of the log.


def put(case: Case, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts into the folder what the case says."""
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
    """It is never followed to somewhere else, and the stories beside it go on."""
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


# What is looked for.


@pytest.mark.parametrize("case", cases("searches"))
def test_a_search_has_no_language_of_its_own(cli: Cli, stories: Path, case: Case) -> None:
    """Whatever is typed is words."""
    before = contents(stories)
    ran = cli("search", *(os.fsdecode(data(each)) for each in case["args"]))
    assert_harmless(ran)
    assert ran.code == 0, ran
    for words in case["says"]:
        assert words in ran.out + ran.err
    assert contents(stories) == before


# What is taken.


def test_what_is_taken_does_no_harm(cli: Cli, desk: Workspace, stories: Path) -> None:
    """Neither on a terminal, nor in a page or feed."""
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


# Afterwards.


@pytest.mark.parametrize("door", ["arguments", "lines", "editor"])
def test_everything_can_be_published_after_what_was_refused(
    cli: Cli, desk: Workspace, stories: Path, form: Callable[[Case], None], door: str
) -> None:
    """The story that the input was meant for, too."""
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
    """At least 60 inputs through at least 5 doors, each with a name of its own."""
    refused = [door for door in DOORS if door not in ("taken", "searches")]
    names = [(door, param.id) for door in DOORS for param in cases(door)]
    assert len(set(names)) == len(names)
    assert len(refused) >= 5
    assert sum(len(cases(door)) for door in refused) >= 60
    for door in refused:
        assert all("says" in param.values[0] for param in cases(door)), door


# Anything at all.


def refusal(kind: type[Refusal], call: Callable[..., Any], *given: Any) -> Refusal | None:
    """What a call raises of this kind, if it does."""
    try:
        call(*given)
    except kind as error:
        return error
    return None


STRUCTURE = st.sampled_from(
    [b'"', b"{", b"}", b"[", b"]", b":", b",", b"\\", b"\\ud800", b"\n", b"\0", b"\xff", b"1e400", b"NaN", b"null"]
)
LINE = (
    b'{"id":"0190f000-0000-7000-8000-000000000001","type":"report","recorded":"2024-08-01T12:00:00.000Z",'
    b'"occurred":"2023-12","title":"They pay","parties":["A"],"figures":[{"name":"cost","value":"20"}],'
    b'"sources":[{"url":"https://a.example/"}],"salt":"00000000000000000000000000000000","hash":"%b"}\n'
    % (b"0" * 64)
)
SHELL = (
    b'{"id":"0190f000-0000-7000-8000-000000000001","type":"report","recorded":"2024-08-01T12:00:00.000Z",'
    b'"removed":"%b","hash":"%b"}\n' % (b"0" * 64, b"0" * 64)
)


@st.composite
def broken_lines(draw: st.DrawFn) -> bytes:
    """A line of a log with parts of it replaced by others."""
    line = draw(st.sampled_from([LINE, SHELL]))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(line)))
        end = min(len(line), start + draw(st.integers(0, 20)))
        line = line[:start] + draw(STRUCTURE | st.binary(max_size=8)) + line[end:]
    return line


@settings(max_examples=150)
@given(
    st.binary(max_size=200) | broken_lines() | st.text(max_size=100).map(lambda text: f'{{"type":{text}'.encode())
)
@example(b"")
@example(LINE)
@example(SHELL)
@example(b"[" * 100_000)
@example(b'{"type":' * 50_000)
@example(LINE.replace(b'"They pay"', b"9" * 100_000))
@example(LINE.replace(b"2023-12", b"0000"))
def test_whatever_a_line_says_is_an_event_or_a_damaged_line(line: bytes) -> None:
    """The decoder raises CorruptLog with the place, and nothing else."""
    for decode in (codec.decode, codec.decode_strictly):
        error = refusal(CorruptLog, decode, line, "events/story.jsonl:7")
        assert error is None or str(error).startswith("events/story.jsonl:7: ")


@settings(max_examples=150)
@given(st.binary(max_size=200) | st.lists(STRUCTURE, max_size=40).map(b"".join))
@example(b"[" * 100_000)
@example(b"9" * 100_000)
@example(b'"\\ud800"')
def test_whatever_is_handed_in_is_a_draft_or_refused(line: bytes) -> None:
    """BadInput or Unknown, and nothing else."""
    with contextlib.suppress(BadInput, Unknown):
        codec.from_values(codec.draft_values(line))


DATES = st.text(max_size=70) | st.text("0123456789-/.:TZX~?%+ \n٣", max_size=64)


@settings(max_examples=250)
@given(DATES)
@example("9999-12-31T23:59-14:00")
@example("0001-01-01T00:00+14:00")
@example("9999-24")
@example("../..")
@example("2024" * 100_000)
@example("2024-02-30\n")
@example("\ud800")
def test_whatever_a_date_says_is_a_date_or_a_bad_one(text: str) -> None:
    """What can be checked has a first and a last moment; everything else is BadDate, which says why."""
    error = refusal(BadDate, times.check, text)
    assert (refusal(BadDate, times.span, text) is None) == (error is None)
    if error is None:
        earliest, latest = times.span(Occurred(text))
        assert times.BEGINNING <= earliest <= latest <= times.END
    else:
        assert error.reason


FIGURES = st.text(max_size=60) | st.lists(
    st.sampled_from(
        ["a", "=", "20", "-5", "1..2", "..", "million", "trillion", "%", "USD",
         "expected", "per", "approx", " ", "9" * 39]
    ),
    max_size=12,
).map(" ".join) | st.text("0123456789.,-+ %", max_size=50).map("a={}".format)  # fmt: skip


@settings(max_examples=250)
@given(FIGURES)
@example("a=" + "9" * 100_000)
@example("a=" + "9" * 40 + " trillion USD expected " + "9" * 40 + " trillion")
@example("a=1" + ",000" * 30 + " USD")
@example("a=NaN")
@example("a=-0.0 USD")
@example("a=1e9999999999")
@example("\ud800=1")
def test_whatever_a_figure_says_is_a_figure_or_refused(text: str) -> None:
    """What is read can be told in words and in the same notation; everything else is BadInput."""
    error = refusal(BadInput, figures.parse, text)
    if error is None:
        figure = figures.parse(text)
        assert figures.in_words(figure)
        figures.check(figure)
    else:
        assert error.field == "figures"


DECLARATIONS = st.text(max_size=100) | st.lists(
    st.sampled_from(
        ["[a]\n", "[[a]]\n", "[b.fields]\n", "[a.fields.x]\n", "help = 'h'\n", "opens = 'b'\n", "closes = 'b'\n",
         "label = '{x}'\n", "kind = 'text'\n", "kind = 'date'\n", "until = 'x'\n", "pending = 1\n",
         "sentence = '{x'\n",
         "fields.x.kind = 'date'\n", "fields = []\n", "'\ue000' = inf\n", "\"\\u0000\" = 2024-01-01\n",
         "'''", "{", "]"]
    ),
    max_size=12,
).map("".join)  # fmt: skip


@settings(max_examples=150)
@given(DECLARATIONS.map(lambda text: text.encode("utf-8", "replace")) | st.binary(max_size=60))
@example(b"a = " + b"[" * 100_000)
@example(b"a = " + b"9" * 5_000)
@example(b"[a]\nhelp = 'h'\n" * 2)
@example(b"\xef\xbb\xbf[a]\nhelp = 'h'\n")
@example(b"[a]\r\nhelp = 'h'\r\n")
@example(b"[a]\rhelp = 'h'")
def test_whatever_declarations_say_is_a_glossary_or_refused(text: bytes) -> None:
    """BadInput with the file, and nothing else."""
    error = refusal(BadInput, declared.read, text, "events/types.toml")
    assert error is None or str(error).startswith("events/types.toml")
