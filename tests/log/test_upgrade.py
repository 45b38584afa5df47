"""A log of line format 1 becomes one of format 2: nothing is lost, and what was published last still verifies."""

from __future__ import annotations

import json
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from tests.conftest import Ran
from tests.servers import Server
from tracker.domain import chain
from tracker.domain import lines as event_lines
from tracker.domain.integrity import check_stream
from tracker.errors import CorruptLog
from tracker.log import checkpoints, upgrade
from tracker.log.checkpoints import Heads, PublishedHead
from tracker.log.postgres import PostgresLog
from tracker.log.postgres_schema import FORMAT_2_SINCE, SCHEMA
from tracker.workspace.desk import Workspace

IDS = [f"01a20aff-0000-7000-8000-00000000000{number}" for number in range(1, 7)]
TIMES = [f"2024-08-01T12:00:0{number}.000Z" for number in range(1, 7)]


def line_of_format_1(previous: bytes, **values: Any) -> tuple[bytes, bytes]:
    """A line of format 1 and its hash: SHA-256 of the hash before and the line's bytes up to its own."""
    stem = json.dumps(values, separators=(",", ":"), ensure_ascii=False).encode()[:-1]
    digest = sha256(previous + stem).digest()
    return b'%b,"hash":"%b"}\n' % (stem, digest.hex().encode()), digest


def a_log_of_format_1(slug: str = "story", *, finished: bool = True, minor: bool = True) -> list[bytes]:
    """A story with a correction, and a redaction that removed the texts of both that it is about."""
    previous, lines, hashes = sha256(f"tracker/1\n{slug}".encode()).digest(), [], []

    def add(type: str, **values: Any) -> None:
        nonlocal previous
        number = len(lines)
        start = {"id": IDS[number], "type": type, "recorded": TIMES[number]}
        hashes.append(previous.hex())
        line, previous = line_of_format_1(previous, **start, **values, salt=f"{number:032}")
        lines.append(line)

    add("opened", title="Ä story", format=1, summary="What it is about", language="en")
    add("update", title="A secret", **({"minor": True} if minor else {}))
    add("correction", corrects=IDS[1], changes={"title": "The secret"}, why="a slip")
    follows = [*hashes, previous.hex()]
    removed = [
        {"id": IDS[number], "was": was, "recorded": TIMES[number], **about, "hash": follows[number + 1],
         "follows": follows[number], **({"minor": True} if minor and number == 1 else {})}
        for number, was, about in ((1, "update", {}), (2, "correction", {"about": IDS[1]}))
    ]  # fmt: skip
    add("redaction", redacts=IDS[1], reason="court-order", authority="a court", removed=removed)
    add("update", title="It goes on")
    for each in removed if finished else ():
        about = f'"about":"{each["about"]}",' if "about" in each else ""
        shell = (
            f'{{"id":"{each["id"]}","type":"{each["was"]}","recorded":"{each["recorded"]}","redacted":true,'
            f'{about}"hash":"{each["hash"]}"}}\n'
        )
        lines[IDS.index(str(each["id"]))] = shell.encode()
    return lines


def converted(lines: list[bytes]) -> list[bytes]:
    """With ids and salts that are easy to tell."""
    return upgrade.converted("story", lines, "f", lambda: IDS[5], lambda: "f" * 32)


@pytest.mark.parametrize("finished", [True, False])
def test_ids_times_and_texts_stay(finished: bool) -> None:
    """A redaction that removed two lines becomes two, at the same place."""
    lines = converted(a_log_of_format_1(finished=finished))
    assert [*check_stream("story", lines, "f", {})] == []
    events = list(event_lines.decoded("story", lines, "f"))
    assert [event.id for event in events] == [*IDS[:4], IDS[5], IDS[4]]
    assert [event.recorded for event in events] == [*TIMES[:4], TIMES[3], TIMES[4]]
    assert [each["redacts"] for each in map(json.loads, lines) if "redacts" in each] == [IDS[1], IDS[2]]
    assert [chain.is_shell(line) for line in lines[1:3]] == [finished] * 2
    assert chain.split(lines[1]).minor
    assert not chain.split(converted(a_log_of_format_1(finished=finished, minor=False))[1]).minor
    assert b'"salt":"%032d"' % 4 in lines[5]


def test_the_digest_of_a_removed_line_is_that_of_the_old_line() -> None:
    old = a_log_of_format_1()
    assert chain.split(converted(old)[1]).digest == sha256(old[1]).digest()


def test_a_stream_that_is_damaged_is_refused_with_its_place() -> None:
    """Rewritten behind a removed text, as a forger could: the old redaction says what the text followed."""
    lines = a_log_of_format_1()
    start = sha256(b"tracker/1\nstory").digest()
    forged, _ = line_of_format_1(start, **{**json.loads(lines[0]), "title": "Forged", "hash": 0})
    went, renamed = lines[4].replace(b"goes", b"went"), lines[1].replace(b"upd", b"rep")
    for number, line, noticed in ((1, forged, 2), (5, went, 5), (2, renamed, 2)):
        with pytest.raises(CorruptLog, match=f"^f:{noticed}: the line is not what was appended"):
            converted([*lines[: number - 1], line, *lines[number:]])


@pytest.mark.parametrize(
    "text",
    [
        {"type": "update", "recorded": TIMES[1]},
        {"id": "x", "type": "update", "recorded": TIMES[1], "title": "t", "salt": "0" * 32},
        {"id": IDS[1], "type": "update", "recorded": TIMES[1], "title": "t", "salt": 5},
        {
            "id": IDS[1],
            "type": "redaction",
            "recorded": TIMES[1],
            "redacts": IDS[0],
            "removed": 5,
            "salt": "0" * 32,
        },
        {"id": IDS[1], "type": "redaction", "recorded": TIMES[1], "removed": [{"id": IDS[0]}], "salt": "0" * 32},
    ],
    ids=["nothing", "no-id", "no-salt", "removed-is-a-number", "no-target"],
)
def test_a_line_that_is_no_event_is_refused_though_its_hash_follows(text: dict[str, Any]) -> None:
    """Nothing is written of a log that could not be read afterwards."""
    first = a_log_of_format_1()[0]
    line, _ = line_of_format_1(bytes.fromhex(first[-67:-3].decode()), **text)
    with pytest.raises(CorruptLog, match=r"^f(, upgraded)?:2: "):
        converted([first, line])


def test_a_line_that_is_not_json_is_refused() -> None:
    first = a_log_of_format_1()[0]
    for stem in (b"[", b'{"id":"\xff"', b'{"id":"%b","type":"redaction",\xff' % IDS[1].encode()):
        digest = sha256(bytes.fromhex(first[-67:-3].decode()) + stem).hexdigest()
        with pytest.raises(CorruptLog, match=r"^f:2: is no event of format 1"):
            converted([first, b'%b,"hash":"%b"}\n' % (stem, digest.encode())])


def old_head(lines: list[bytes], seq: int) -> PublishedHead:
    return PublishedHead(seq=seq, hash=lines[seq - 1][-67:-3].decode())


def test_what_was_published_at_the_upgrade_still_verifies() -> None:
    """What was published before cannot be compared, and any other hash is another history."""
    old = a_log_of_format_1()
    lines = converted(old)
    assert checkpoints.divergence(old_head(old, 5), lines) is None
    earlier, other, none = (
        checkpoints.divergence(old_head(old, 4), lines),
        checkpoints.divergence(structs.replace(old_head(old, 5), hash="0" * 64), lines),
        checkpoints.divergence(old_head(old, 5), [lines[0].replace(b'"was"', b'"wax"')]),
    )
    assert earlier
    assert "was upgraded when it had #5" in earlier.message
    unreadable = checkpoints.divergence(old_head(old, 5), [b'{"was":"\xff"}\n'])
    for found in (other, none, unreadable):
        assert found
        assert "is not what the log was upgraded from" in found.message


@pytest.fixture
def old_desk(desk: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A desk with a story of format 1."""
    monkeypatch.chdir(desk.root)
    path = Path(desk.log.path("story"))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"".join(a_log_of_format_1()))
    return desk


def test_reading_says_what_to_run_and_writes_nothing(old_desk: Workspace, cli: Callable[..., Ran]) -> None:
    before = Path(old_desk.log.path("story")).read_bytes()
    for command in (["show", "story"], ["add", "update", "story", "More"], ["publish"], ["verify"]):
        ran = cli(*command)
        assert ran.code == 1, command
        assert "events/story.jsonl:1: is written in format 1" in ran.out + ran.err
        assert "Run tracker log upgrade" in ran.out + ran.err
    assert Path(old_desk.log.path("story")).read_bytes() == before


def test_the_command_upgrades_and_the_heads_of_before_still_verify(
    old_desk: Workspace, cli: Callable[..., Ran], tmp_path: Path
) -> None:
    old = a_log_of_format_1()
    kept = tmp_path / "kept.json"
    kept.write_text(
        json.dumps({"format": "tracker/1", "stories": {"story": {"seq": 5, "hash": old_head(old, 5).hash}}})
    )
    ran = cli("log", "upgrade")
    assert (ran.code, ran.out) == (0, "events/story.jsonl: 6 lines in format 2\n")
    assert cli("log", "upgrade").out == "events is in format 2 already\n"
    ran = cli("verify", "--against", str(kept))
    assert ran.code == 0
    assert f"compared 1 story and 0 lines with {kept}" in ran.out
    assert cli("add", "update", "story", "More").code == 0
    assert cli("publish").code == 0
    assert cli("verify", "--against", str(kept)).code == 0


def test_a_publication_of_format_1_goes_on_after_the_upgrade(old_desk: Workspace, cli: Callable[..., Ran]) -> None:
    """And is refused before it: no head of format 1 could be published."""
    old = a_log_of_format_1()
    feeds = Path(old_desk.feeds)
    feeds.mkdir()
    seen = Heads(format="tracker/1", stories={"story": old_head(old, 5)})
    (feeds / "heads.json").write_bytes(checkpoints.serialize(seen))
    assert "Run tracker log upgrade" in cli("publish").err
    assert checkpoints.read((feeds / "heads.json").read_bytes(), "f") == seen
    assert "now publish it: tracker publish" in cli("log", "upgrade").out
    assert cli("publish").code == 0
    assert checkpoints.read((feeds / "heads.json").read_bytes(), "f").stories["story"].stream == IDS[0]
    assert cli("verify").code == 0


@pytest.mark.slow
@pytest.mark.xdist_group("postgres")
def test_a_log_in_postgresql_is_upgraded_in_one_transaction(desk: Workspace, server: Server) -> None:
    """Its tables get the checks of format 2 with it; a damaged story leaves all as it was."""
    url = server.database()
    for statements in SCHEMA[: FORMAT_2_SINCE - 1]:
        server.run(url, statements)
    server.run(url, f"UPDATE tracker.version SET version = {FORMAT_2_SINCE - 1}")
    server.run(url, "SET session_replication_role = replica", *inserts("story", a_log_of_format_1()))
    log = PostgresLog(url, desk.log.folder, clock=desk.clock)
    assert log.upgrade() == {"story": 6}
    assert [*check_stream("story", log.lines("story"), "f", {})] == []
    assert log.upgrade() == {}


def inserts(slug: str, lines: list[bytes]) -> list[str]:
    return [
        f"INSERT INTO tracker.events VALUES ('{slug}', {seq}, '{line[7:43].decode()}', '\\x{line.hex()}')"
        for seq, line in enumerate(lines, 1)
    ]
