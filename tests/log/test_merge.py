"""Two branches of a story become one log that verifies, loses nothing, and leaves what was published in place."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from tests.domain.test_custom_types import OUTAGES, declared_by, outages
from tests.examples import examples
from tests.lines import rechained
from tests.strategies import Stream
from tracker.domain import chain
from tracker.domain import lines as event_lines
from tracker.domain import values as event_values
from tracker.domain.chain import FORMAT
from tracker.domain.fold import fold
from tracker.domain.glossary import BUILT_IN, Glossary
from tracker.domain.integrity import check_stream
from tracker.errors import BadInput, CorruptLog
from tracker.log.merge import merge
from tracker.text.dates import to_datetime


def lines_of(*titles: str, slug: str = "story") -> list[bytes]:
    return branch([], *titles, slug=slug)


def branch(before: list[bytes], *titles: str, slug: str = "story", second: int = 0) -> list[bytes]:
    """The lines and, after them, an update for each title; ``second`` makes ids differ between branches."""
    lines = list(before)
    for title in titles:
        stream = replayed(lines, slug)
        number = f"{second:02x}{len(lines):02x}"
        values = {"type": "update" if lines else "opened", "title": title}
        draft = structs.replace(
            event_values.from_values(values), id=f"0190{number}-0000-7000-8000-{title.encode().hex():0>12.12}"
        )
        stream.put(draft if lines else structs.replace(draft, format=FORMAT, slug=slug))
        lines = stream.lines
    return lines


def replayed(lines: list[bytes], slug: str = "story", glossary: Glossary = BUILT_IN) -> Stream:
    stream = Stream(slug, glossary)
    for line in lines:
        stream.lines.append(line)
        stream.previous = chain.hash_of(line)
        event = event_lines.decode(line, glossary=glossary)
        stream.replayed.step(event)
        stream.instant = to_datetime(event.recorded)
    return stream


def titles(lines: list[bytes]) -> list[str]:
    return [str(getattr(event_lines.decode(line), "title", "[removed]")) for line in lines]


def ids(lines: list[bytes]) -> list[str]:
    return [event_lines.decode(line).id for line in lines]


def problems(lines: list[bytes]) -> list[str]:
    return [str(each) for each in check_stream("story", lines, "story.jsonl", {})]


def head(lines: list[bytes], seq: int) -> tuple[int, str]:
    return seq, chain.hash_of(lines[seq - 1]).hex()


COMMON = lines_of("The story", "one")


def test_the_other_branch_follows_ours() -> None:
    ours, theirs = branch(COMMON, "a", "b"), branch(COMMON, "c", "d", second=1)
    merged = merge("story", ours, theirs)
    assert (merged.moved, merged.ours_first) == (2, True)
    assert merged.lines[:4] == ours
    assert titles(merged.lines) == ["The story", "one", "a", "b", "c", "d"]
    assert ids(merged.lines)[4:] == ids(theirs)[2:]
    assert not problems(merged.lines)


def test_what_is_published_keeps_its_place() -> None:
    """Whichever side more was published of comes first; what is common to both says nothing."""
    ours, theirs = branch(COMMON, "a", "b"), branch(COMMON, "c", "d", second=1)
    merged = merge("story", ours, theirs, [head(COMMON, 2), head(theirs, 3)])
    assert (merged.lines[:4], merged.ours_first) == (theirs, False)
    assert titles(merged.lines)[4:] == ["a", "b"]
    assert merge("story", ours, theirs, [head(theirs, 3), head(ours, 4)]).lines[:4] == ours
    assert merge("story", ours, theirs, [(3, "0" * 64), (99, "0" * 64)]).lines[:4] == ours


def test_what_the_upstream_branch_has_keeps_its_place_before_what_is_published() -> None:
    """Others have pulled it already; a preview that one editor published is seen by no reader."""
    ours, theirs = branch(COMMON, "a", "b"), branch(COMMON, "c", "d", second=1)
    merged = merge("story", ours, theirs, [head(ours, 4)], [theirs[:3]])
    assert (merged.lines[:4], merged.ours_first) == (theirs, False)


def test_two_texts_under_one_id_are_refused() -> None:
    """One of them was rewritten; dropping one would hide it."""
    theirs = branch(COMMON, "c", second=1)
    merged = merge("story", branch(COMMON, "a"), theirs).lines
    rewritten = rechained([*COMMON, theirs[2].replace(b'"c"', b'"C"')])
    with pytest.raises(BadInput, match="has one text in one branch and another in the other"):
        merge("story", merged, rewritten)


@pytest.mark.parametrize(
    "change", [(b'"update"', b'"report"'), (b'"title"', b'"minor":true,"title"')], ids=["type", "minor"]
)
def test_two_heads_under_one_id_are_refused(change: tuple[bytes, bytes]) -> None:
    """The text is the same; without the head a removal could be dropped."""
    theirs = branch(COMMON, "c", second=1)
    merged = merge("story", branch(COMMON, "a"), theirs).lines
    rewritten = rechained([*COMMON, theirs[2].replace(*change)])
    assert rewritten[2] != theirs[2]
    with pytest.raises(BadInput, match="has one head in one branch and another in the other"):
        merge("story", merged, rewritten)


def test_a_redaction_that_waits_removes_nothing_in_a_merge() -> None:
    """It may be forged: only what is a shell on one side is one in the result."""
    ours = replayed(branch(COMMON, "a"))
    ours.add("redaction", redacts="#2", reason="safety", authority="a court")
    merged = merge("story", ours.lines, branch(COMMON, "c", second=1))
    assert merged.lines[1] == COMMON[1]
    assert merged.remarks == [
        (2, "#4 removes this text, which is still there. If the removal is right: tracker redact --finish story#4")
    ]
    assert not problems(merged.lines)


def test_a_correction_that_crosses_a_removal_is_told() -> None:
    """It repeats the removed text, and no redaction removes it."""
    corrects = replayed(COMMON)
    values = {"corrects": ids(COMMON)[1], "changes": {"title": "one more"}, "why": "a slip"}
    corrects.put(
        event_values.from_values({"type": "correction", **values}), id="01900000-0000-7000-8000-000000000009"
    )
    merged = merge("story", redacted(COMMON, 2), corrects.lines)
    assert b"one more" in b"".join(merged.lines)
    ((number, message),) = merged.remarks
    assert number == 4
    assert message.startswith(
        "corrects #2, whose text was removed, and may repeat it. To remove it: tracker redact"
    )


@pytest.mark.parametrize("longer", ["ours", "theirs"])
def test_a_branch_that_only_goes_on_is_taken_as_it_is(longer: str) -> None:
    long = branch(COMMON, "a")
    sides = (long, COMMON) if longer == "ours" else (COMMON, long)
    assert merge("story", *sides).lines == long
    assert merge("story", *((COMMON, []) if longer == "ours" else ([], COMMON))).lines == COMMON


def test_nothing_is_moved_twice() -> None:
    ours, theirs = branch(COMMON, "a"), branch(COMMON, "c", second=1)
    merged = merge("story", ours, theirs).lines
    assert merge("story", merged, theirs).lines == merged
    assert titles(merge("story", merged, branch(theirs, "e", second=1)).lines)[-3:] == ["a", "c", "e"]


def test_recorded_times_do_not_go_back() -> None:
    ours = replayed(branch(COMMON, "a"))
    late = ours.put(
        event_values.from_values({"type": "update", "title": "late"}), recorded="2024-08-09T00:00:00.000Z"
    )
    merged = merge("story", ours.lines, branch(COMMON, "c", second=1)).lines
    assert event_lines.decode(merged[-1]).recorded == late.development.event.recorded
    assert not problems(merged)


def test_stories_that_were_opened_separately_are_refused() -> None:
    with pytest.raises(BadInput, match="both branches opened the story story"):
        merge("story", lines_of("Ours"), branch([], "Theirs", second=1))


def test_a_damaged_branch_is_refused() -> None:
    damaged = [COMMON[0], COMMON[1].replace(b"one", b"two")]
    with pytest.raises(CorruptLog, match=r"story \(theirs\):2"):
        merge("story", COMMON, damaged)


def redacted(lines: list[bytes], seq: int) -> list[bytes]:
    stream = replayed(lines)
    stream.redact(seq)
    return stream.lines


@pytest.mark.parametrize("ours_removes", [True, False])
def test_a_text_removed_on_either_branch_is_gone(ours_removes: bool) -> None:
    """``merge=union`` would bring it back."""
    removed, other = redacted(COMMON, 2), branch(COMMON, "c", second=1)
    merged = merge("story", removed, other) if ours_removes else merge("story", other, removed)
    assert b'"one"' not in b"".join(merged.lines)
    assert (titles(merged.lines)[1], len(merged.lines)) == ("[removed]", 4)
    assert not problems(merged.lines)


def test_a_moved_redaction_follows_what_it_removed() -> None:
    """What is left of a moved line cannot get another hash; the redaction says what it follows now."""
    theirs = redacted(branch(COMMON, "secret", "d", second=1), 3)
    merged = merge("story", branch(COMMON, "a"), theirs).lines
    assert titles(merged) == ["The story", "one", "a", "[removed]", "d", "[removed]"]
    assert not problems(merged)
    assert fold("story", [event_lines.decode(line) for line in merged]).developments[3].standing == "redacted"


def test_a_redaction_of_what_was_moved_before_finds_it() -> None:
    theirs = branch(COMMON, "secret", second=1)
    merged = merge("story", branch(COMMON, "a"), theirs).lines
    again = merge("story", merged, redacted(theirs, 3)).lines
    assert titles(again) == ["The story", "one", "a", "[removed]", "[removed]"]
    assert not problems(again)


# Declared types


def outage_on(lines: list[bytes], service: str, id: str) -> list[bytes]:
    """The branch with one more outage."""
    stream = outages() if not lines else replayed(lines, glossary=declared_by(OUTAGES))
    draft = event_values.from_values(
        {"type": "outage", "title": f"{service} is down", "service": service}, stream.glossary
    )
    stream.put(structs.replace(draft, id=f"0190{id}-0000-7000-8000-000000000000"))
    return stream.lines


def test_branches_with_declared_types_are_merged() -> None:
    """Redactions of them included; the branch that git is on need not declare them."""
    glossary = declared_by(OUTAGES)
    common = outages().lines
    ours, theirs = outage_on(common, "API", "0001"), outage_on(common, "Website", "0002")
    stream = replayed(theirs, glossary=glossary)
    stream.redact(2)
    merged = merge("story", ours, theirs).lines
    assert [event_lines.decode(line, glossary=glossary).title for line in merged] == [  # type: ignore[attr-defined]
        *("A status page", "API is down", "Website is down"),
    ]
    assert not [*check_stream("story", merged, "story.jsonl", {}, glossary)]
    without = merge("story", ours, stream.lines).lines
    assert b"Website" not in b"".join(without)
    assert not [*check_stream("story", without, "story.jsonl", {}, glossary)]


# Laws


def branches() -> st.SearchStrategy[tuple[list[bytes], list[bytes]]]:
    names = st.lists(st.sampled_from("abcdefgh"), max_size=4, unique=True)
    return st.tuples(names, names, names).map(
        lambda each: _forked(branch([], "The story", *(f"common {one}" for one in each[0])), each[1], each[2])
    )


def _forked(common: list[bytes], ours: list[str], theirs: list[str]) -> tuple[list[bytes], list[bytes]]:
    return branch(common, *ours), branch(common, *theirs, second=1)


Merge = Callable[[list[bytes], list[bytes]], list[bytes]]


def faults(ours: list[bytes], theirs: list[bytes], merging: Merge) -> list[str]:
    """What is wrong with a merge: it does not verify, loses or doubles an event, moves ours, or merges anew."""
    merged = merging(ours, theirs)
    wrong = [] if not problems(merged) else ["does not verify"]
    wrong += [] if sorted(ids(merged)) == sorted({*ids(ours), *ids(theirs)}) else ["lost or doubled"]
    wrong += [] if merged[: len(ours)] == ours else ["ours was moved"]
    wrong += [] if set(ids(merging(theirs, ours))) == set(ids(merged)) else ["not the same from the other side"]
    wrong += [] if "does not verify" in wrong or merging(merged, theirs) == merged else ["merges anew"]
    return wrong


@examples(40)
@given(branches())
def test_a_merge_verifies_and_loses_nothing(sides: tuple[list[bytes], list[bytes]]) -> None:
    assert not faults(*sides, lambda ours, theirs: merge("story", ours, theirs).lines)


def test_lines_of_both_sides_one_after_the_other_would_be_noticed() -> None:
    """The control of the law above: what ``merge=union`` makes."""
    sides = _forked(COMMON, ["a"], ["c"])
    assert "does not verify" in faults(*sides, lambda ours, theirs: [*ours, *theirs[len(COMMON) :]])
    assert "lost or doubled" in faults(*sides, lambda ours, theirs: ours)
