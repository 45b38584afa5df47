"""What was published is remembered in a few hashes, which tell whether and where history was rewritten."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from tests.conftest import Ran
from tests.lines import STREAM
from tests.strategies import Stream
from tracker.domain import chain
from tracker.domain import lines as event_lines
from tracker.domain import values as event_values
from tracker.errors import BadInput, Rewritten
from tracker.log import checkpoints
from tracker.log.checkpoints import Heads, PublishedHead
from tracker.log.clock import now
from tracker.maintenance.verify import verify
from tracker.publishing import rewrites as rewriting
from tracker.publishing.publisher import publish
from tracker.publishing.rewrites import seen_heads
from tracker.workspace.desk import Workspace


@pytest.fixture
def story(desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A published story of six events; its file."""
    monkeypatch.chdir(desk.root)
    record("opened", "A story")
    for title in "abcde":
        record("update", title)
    publish(desk)
    return Path(desk.log.path("story"))


def rewritten(lines: list[bytes], seq: int) -> list[bytes]:
    """The lines with another title at ``seq``, and every hash from there made anew."""
    previous, written = chain.START, []
    for number, line in enumerate(lines, 1):
        title = {"title": "A forgery"} if number == seq else {}
        values = {**json.loads(line), **title}
        event = event_lines.decode(json.dumps(values).encode())
        _, line, previous = event_lines.encode(event, previous)
        written.append(line)
    return written


def where(seen: PublishedHead, lines: list[bytes]) -> str:
    found = checkpoints.divergence(seen, lines)
    return f"{found.line}: {found.message}" if found else "extends it"


def published(lines: list[bytes]) -> PublishedHead:
    return checkpoints.published(chain.id_of(lines[0]), [chain.hash_of(line).hex() for line in lines])


# Where two histories part.


@pytest.mark.parametrize("seq", range(1, 7))
def test_a_log_written_anew_is_found_at_the_line(desk: Workspace, story: Path, seq: int) -> None:
    lines = desk.log.lines("story")
    assert where(published(lines), lines) == "extends it"
    assert where(published(lines[:3]), lines) == "extends it"
    told = where(published(lines), rewritten(lines, seq))
    assert told.startswith(f"{seq}: #{seq} is not what was published: it was changed, or the log was rewritten")


def test_what_became_of_a_line_is_told(desk: Workspace, story: Path) -> None:
    lines = desk.log.lines("story")
    seen = published(lines)
    assert "#3 is not what was published: it was removed; what was published as #4 is in its place" in where(
        seen, [*lines[:2], *lines[3:]]
    )
    assert "#3 is not what was published: it was moved, and is #4 now" in where(
        seen, [*lines[:2], lines[3], lines[2], *lines[4:]]
    )
    assert "#3 is not what was published: something was put in before it, and it is #4 now" in where(
        seen, [*lines[:2], lines[1], *lines[2:]]
    )
    assert where(seen, lines[:4]).startswith(
        "4: #5 is not what was published: the log ends with #4; #5 had the hash"
    )


def test_a_long_story_needs_few_hashes() -> None:
    """The last 64 events have one each, those before fewer; all of them are of that story."""
    hashes = [sha256(b"%d" % number).hexdigest() for number in range(1, 100_001)]
    for seq in (1, 63, 64, 65, 4_096, 4_097, 100_000):
        each = checkpoints.published(STREAM, hashes[:seq])
        known = each.known()
        assert all(hashes[number - 1] == hash for number, hash in known.items())
        assert set(range(max(1, seq - 63), seq + 1)) <= set(known)
        assert len(known) <= 64 * 3
    gaps = [later - earlier for earlier, later in zip([0, *known], known, strict=False)]
    assert max(gaps) <= 4_096


def test_in_a_long_story_it_is_found_between_two_hashes() -> None:
    stream = Stream()
    stream.add("opened", "T")
    draft = event_values.from_values({"type": "update", "title": "U"})
    for _ in range(199):
        stream.put(draft)
    told = where(published(stream.lines), rewritten(stream.lines, 70))
    assert told.startswith("65: one of #65 to #128 is not what was published: it was changed")


def test_a_story_that_is_gone_is_told() -> None:
    seen = Heads(stories={"story": PublishedHead(seq=3, hash="0" * 64)})
    assert checkpoints.extended(seen, {})["story"].message == "the story is gone; 3 events of it were published"


# The file.


def test_what_was_written_is_read_again(desk: Workspace, story: Path) -> None:
    data = Path(desk.feeds, "heads.json").read_bytes()
    read = checkpoints.read(data, "f")
    assert read == seen_heads(desk)
    assert checkpoints.serialize(read) == data
    assert read.stories["story"].seq == 6


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "f: is not JSON"),
        ("[]", "f: is not a heads.json of tracker"),
        ('{"format": "tracker/2", "stories": {"\\ud800": {}}}', "f: "),
        (
            '{"format": "tracker/2", "rewrites": [{"at": "", "reason": "\\ud800", "stories": []}]}',
            "f: has half a surrogate pair",
        ),
        ('{"format": "tracker/2", "stories": {"story": 5}}', "f: is not a heads.json of tracker"),
        ('{"stories": {}}', "f: format: is missing"),
        ('{"format": "tracker/9"}', "f: is of format 'tracker/9'"),
        ('{"format": "tracker/2", "stories": {"s": {"seq": 1, "hash": "x"}}}', "f: stories.s: has something else"),
        (
            '{"format": "tracker/1", "stories": {"s": {"seq": 1, "hash": "' + "0" * 64 +
            '", "checkpoints": {"1": "' + "1" * 64 + '"}}}}', "f: stories.s: has something else",
        ),
        (
            '{"format": "tracker/1", "stories": {"s": {"seq": 1, "hash": "' + "0" * 64 +
            '", "checkpoints": {"-1": ""}}}}', "f: stories.s",
        ),
    ],
)  # fmt: skip
def test_what_is_no_heads_file_is_refused(text: str, message: str) -> None:
    with pytest.raises(BadInput) as refused:
        checkpoints.read(text.encode(), "f")
    assert str(refused.value).startswith(message)


# Publishing.


def test_a_log_that_was_rewritten_is_not_published(desk: Workspace, story: Path, cli: Callable[..., Ran]) -> None:
    """Nothing at all is written, and the sentence says where and what to do."""
    story.write_bytes(b"".join(rewritten(desk.log.lines("story"), 3)))
    before = {path: path.read_bytes() for path in Path(desk.feeds).rglob("*") if path.is_file()}
    with pytest.raises(Rewritten):
        publish(desk)
    code, _, err = cli("publish")
    assert code == 1
    assert "events/story.jsonl:3: #3 is not what was published" in err
    assert "tracker publish --accept-rewrite REASON" in err
    assert before == {path: path.read_bytes() for path in Path(desk.feeds).rglob("*") if path.is_file()}
    assert "events/story.jsonl:3" in cli("verify").err


def test_a_rewrite_can_be_accepted_with_a_reason(desk: Workspace, story: Path, cli: Callable[..., Ran]) -> None:
    """Which goes into the log of publications, and onto the first page, and stays there."""
    story.write_bytes(b"".join(rewritten(desk.log.lines("story"), 3)))
    assert cli("publish", "--accept-rewrite", "A judge <said> so").code == 0
    (rewrite,) = seen_heads(desk).rewrites
    assert (rewrite.reason, rewrite.stories) == ("A judge <said> so", ("story",))
    assert rewrite.at <= now()
    assert "A judge &lt;said&gt; so" in Path(desk.feeds, "index.html").read_text()
    assert publish(desk).written == []
    assert verify(desk)[2:4] == ([], [])
    assert cli("publish", "--accept-rewrite", "Again").code == 0
    assert len(seen_heads(desk).rewrites) == 1


@pytest.mark.parametrize("reason", ["", " ", "a\nb", "\udcff", "x" * 301])
def test_a_reason_that_no_page_could_carry_is_refused(
    desk: Workspace, story: Path, cli: Callable[..., Ran], reason: str
) -> None:
    code, out, err = cli("publish", "--accept-rewrite", reason)
    assert (code, out, err[:25]) == (2, "", "error: --accept-rewrite: ")


@pytest.mark.slow
@pytest.mark.parametrize("change", [{}, {"reason": "x"}, {"stories": ("other",)}], ids=["gone", "reason", "story"])
def test_a_rewrite_that_is_announced_no_more_is_told(
    desk: Workspace, story: Path, cli: Callable[..., Ran], change: dict[str, Any]
) -> None:
    """A reader kept the announcement; who took it away may write files of the desk."""
    story.write_bytes(b"".join(rewritten(desk.log.lines("story"), 3)))
    cli("publish", "--accept-rewrite", "A judge said so")
    kept = seen_heads(desk)
    assert verify(desk, kept).problems == []
    path = Path(desk.feeds, "heads.json")
    path.write_bytes(
        checkpoints.serialize(
            structs.replace(kept, rewrites=[structs.replace(kept.rewrites[0], **change)] if change else ())
        )
    )
    publish(desk)
    (problem,) = verify(desk, kept).problems
    assert problem.message == f"the rewrite of {kept.rewrites[0].at} (A judge said so) is not announced any more"
    path.write_bytes(b"{")
    assert "is not announced" not in str(verify(desk, kept).problems)
    path.unlink()
    assert "is not announced" not in str(verify(desk, kept).problems)


def test_heads_without_a_story_compare_nothing(desk: Workspace, story: Path, cli: Callable[..., Ran]) -> None:
    """An empty file is no proof."""
    Path("kept.json").write_text('{"format":"tracker/2","stories":{}}')
    ran = cli("verify", "--against", "kept.json")
    assert ran.code == 1
    assert "heads.json: has no story, so that there is nothing to compare the log with" in ran.err
    Path("kept.json").write_text("{}")
    ran = cli("verify", "--against", "kept.json")
    assert ran.code == 2
    assert "kept.json: format: is missing" in ran.err
    assert cli("verify", "--against", "").code == 2
    ran = cli("verify", "--against", "feeds/heads.json")
    assert (ran.code, "compared 1 story and 6 lines with feeds/heads.json" in ran.out) == (0, True)


@pytest.mark.parametrize("loss", ["file", "story"])
def test_what_is_published_of_each_story_is_asked_too(desk: Workspace, story: Path, loss: str) -> None:
    """A heads.json that was lost, or lacks the story, does not make a rewritten log look new."""
    path = Path(desk.feeds, "heads.json")
    if loss == "file":
        path.unlink()
    else:
        path.write_bytes(checkpoints.serialize(Heads()))
    lines = desk.log.lines("story")
    story.write_bytes(b"".join(rewritten(lines, 3)))
    with pytest.raises(Rewritten, match="#3 is not what was published"):
        publish(desk)
    story.write_bytes(b"".join(lines))
    assert publish(desk).errors == []


def test_a_log_that_is_rewritten_while_it_is_published_is_refused(
    desk: Workspace, story: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The comparison with what was published and the pages are of one reading. heads.json stays as it was."""
    lines, seen = desk.log.lines("story"), seen_heads(desk)
    compare = rewriting._rewritten

    def and_then_rewrite(*arguments: Any) -> Any:
        found = compare(*arguments)
        story.write_bytes(b"".join(rewritten(lines, 3)))
        return found

    with monkeypatch.context() as patched:
        patched.setattr("tracker.publishing.rewrites._rewritten", and_then_rewrite)
        with pytest.raises(Rewritten, match="The log was changed while it was being published; publish again"):
            publish(desk, anew=True)
    assert seen_heads(desk) == seen
    with pytest.raises(Rewritten, match="Nothing was published"):
        publish(desk)


def test_another_story_under_the_name_is_told(desk: Workspace, story: Path) -> None:
    other = Stream()
    other.add("opened", "Another")
    told = where(structs.replace(published(desk.log.lines("story")), stream=STREAM), other.lines)
    assert told == f"1: is another story than the one that was published, whose first event is {STREAM}"


def test_a_story_that_was_deleted_is_history_rewritten(desk: Workspace, story: Path) -> None:
    story.unlink()
    with pytest.raises(Rewritten, match="the story is gone; 6 events of it were published"):
        publish(desk)
    assert publish(desk, accept_rewrite="It was a test").errors == []
    assert seen_heads(desk).stories == {}


def test_two_rewritten_stories_are_counted(desk: Workspace, story: Path, record: Callable[..., Any]) -> None:
    record("opened", "Another", story="another")
    publish(desk)
    story.unlink()
    Path(desk.log.path("another")).unlink()
    with pytest.raises(Rewritten, match=r"\(and 1 more\)"):
        publish(desk)


def test_a_damaged_story_is_left_out_and_what_was_published_of_it_remembered(desk: Workspace, story: Path) -> None:
    """Its chain is broken, so nothing of it is published anyway; the rest is."""
    seen = seen_heads(desk)
    story.write_bytes(story.read_bytes().replace(b'"c"', b'"C"'))
    assert len(publish(desk).errors) == 1
    assert seen_heads(desk) == seen


def test_a_heads_file_that_cannot_be_read_stops_the_publication(
    desk: Workspace, story: Path, cli: Callable[..., Ran]
) -> None:
    Path(desk.feeds, "heads.json").write_text("{")
    assert cli("publish").code == 2
    assert "Restore it from a copy, or delete it and publish again" in cli("verify").err


# Verifying.


def test_lagging_behind_is_said_and_no_failure(desk: Workspace, story: Path, cli: Callable[..., Ran]) -> None:
    desk.record("story", [{"type": "update", "title": "f"}])
    code, out, err = cli("verify")
    assert (code, err) == (0, "feeds: is 1 event behind the log; tracker publish catches up\n")
    assert "all is well" in out
    desk.record("story", [{"type": "update", "title": "g"}])
    assert cli("verify", "--json").json["remarks"] == [
        {"place": "feeds", "message": "is 2 events behind the log; tracker publish catches up"}
    ]


@pytest.mark.parametrize("lags", [False, True])
def test_what_is_published_has_to_be_what_the_log_says(desk: Workspace, story: Path, lags: bool) -> None:
    if lags:
        desk.record("story", [{"type": "update", "title": "f"}])
    feed = Path(desk.feeds, "all.atom")
    feed.write_bytes(feed.read_bytes().replace(b": c</title>", b": C</title>"))
    Path(desk.feeds, "all.rss").unlink()
    assert [str(each) for each in verify(desk).problems] == [
        f"feeds/{name}: is not what the log publishes. tracker publish makes it again"
        for name in ("all.atom", "all.rss")
    ]


def test_a_log_against_heads_that_were_kept(desk: Workspace, story: Path, cli: Callable[..., Ran]) -> None:
    """The first divergence comes first, before what else is wrong."""
    kept = Path(desk.root, "kept.json")
    kept.write_bytes(Path(desk.feeds, "heads.json").read_bytes())
    assert cli("verify", "--against", "kept.json").code == 0
    story.write_bytes(b"".join(rewritten(desk.log.lines("story"), 2)))
    publish(desk, accept_rewrite="to hide it")
    code, _, err = cli("verify", "--against", "kept.json")
    assert (code, err.splitlines()[0][:55]) == (1, "events/story.jsonl:2: #2 is not what was published: it ")
    assert cli("verify").code == 0


@pytest.fixture
def address(desk: Workspace, story: Path) -> Iterator[str]:
    """Where the published files are served."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=desk.feeds))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_log_against_heads_that_are_published(desk: Workspace, address: str, cli: Callable[..., Ran]) -> None:
    assert cli("verify", "--against", f"{address}/heads.json").code == 0
    lines = desk.log.lines("story")
    Path(desk.log.path("story")).write_bytes(b"".join(lines[:5]))
    assert "the log ends with #5" in cli("verify", "--against", f"{address}/heads.json").err
    code, _, err = cli("verify", "--against", f"{address}/none.json")
    assert (code, "404" in err) == (2, True)


@pytest.mark.parametrize("where", ["nowhere.json", "http://127.0.0.1:1/heads.json", "http://[", "."])
def test_heads_that_cannot_be_had_are_told(
    desk: Workspace, story: Path, cli: Callable[..., Ran], where: str
) -> None:
    code, out, err = cli("verify", "--against", where)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert where in err


def test_a_file_larger_than_any_heads_is_not_read(
    desk: Workspace, story: Path, cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.publishing.live.MOST_BYTES", 10)
    assert "is larger than any heads.json" in cli("verify", "--against", "feeds/heads.json").err
