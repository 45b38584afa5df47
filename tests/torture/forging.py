"""Attacks on a published log, by a forger who may write its files or its tables.

Each attack is a set of streams that replaces the published one. ``attacks`` yields them for one line of the story.
An attack is either a fault, which a reader who kept a ``heads.json`` notices, or a removal, which every writer can
make and every view shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tests.lines import rechained, sealed, stem
from tracker.domain import chain
from tracker.log.clock import new_id, now

STORY, OTHER, COPY = "story", "other", "copy"
"""The slugs of the attacked story, of another story of the desk, and of a story that the forger adds."""

AUTHORITY = "an authority that a forger invented"

Lines = Sequence[bytes]
Streams = Mapping[str, Lines]


class Published(NamedTuple):
    """The published log: the lines of the story, its lines before texts were removed (``full``), and the lines of
    another story."""

    lines: Lines
    full: Lines
    other: Lines

    def hash_before(self, number: int) -> bytes:
        return chain.hash_of(self.lines[number - 2]) if number > 1 else chain.START

    def is_named(self, number: int) -> bool:
        """Returns whether a redaction names the line of this number."""
        return chain.id_of(self.lines[number - 1]) in chain.removals(self.lines)


class Attack(NamedTuple):
    """A description of an attack, and the streams after it. ``visible`` is the number of the line that the story
    has to show as removed, if the attack is only a removal."""

    what: str
    streams: Streams
    visible: int = 0


def attacks(log: Published, number: int) -> Iterator[Attack]:
    """Yields all attacks on the line of this number, from 1."""
    kinds = (_hidden_rewritings, _shells, _texts, _redactions, _heads, _orders, _streams, _removals)
    for kind in kinds:
        for what, changed, *visible in kind(log, number):
            streams = changed if isinstance(changed, dict) else {STORY: changed, OTHER: log.other}
            yield Attack(f"#{number}: {what}", streams, *visible)


Forgeries = Iterator[tuple[str, Lines] | tuple[str, dict[str, Lines]] | tuple[str, Lines, int]]


# The forger's tools.


def edited(line: bytes) -> bytes:
    """Returns the line with another text and its old ending. A shell gets another digest."""
    if digest := re.search(rb'"removed":"([0-9a-f]{64})"', line):
        return line.replace(digest[1], sha_like(digest[1]))
    said = next(each for each in (b'"why":"', b'"authority":"', b'"title":"') if each in line)
    return line.replace(said, said + b"Never ", 1)


def sha_like(digest: bytes) -> bytes:
    """Returns a digest with another first digit."""
    return (b"1" if digest[:1] == b"0" else b"0") + digest[1:]


def continued(lines: Lines, previous: Lines) -> list[bytes]:
    """Returns the previous lines and the lines, with new hashes that follow from the previous ones."""
    return [*previous, *rechained(lines, chain.hash_of(previous[-1]) if previous else chain.START)]


def with_line(log: Published, number: int, line: bytes) -> list[bytes]:
    """Returns the published story with another line at this number."""
    return [*log.lines[: number - 1], line, *log.lines[number:]]


def both(log: Published, what: str, number: int, changed: bytes) -> Forgeries:
    """Yields the story with a replaced line, once with the published hashes, once with new ones."""
    lines = with_line(log, number, changed)
    yield what, lines
    yield f"{what}, with new hashes", continued(lines[number - 1 :], lines[: number - 1])


def appended(lines: Lines, *stems: bytes) -> list[bytes]:
    """Returns the lines and new lines of these stems, each with the hash that follows."""
    made = [*lines]
    for each in stems:
        made.append(sealed(each, chain.hash_of(made[-1])))
    return made


def a_redaction(lines: Lines, target: str, more: bytes = b"", id: str = "") -> bytes:
    """Returns the stem of a redaction that could follow these lines."""
    return _a_head(lines, "redaction", id)[:-1] + (
        b',"redacts":"%b",%b"reason":"court-order","authority":"%b","salt":"%032x"'
        % (target.encode(), more, AUTHORITY.encode(), 7)
    )


def an_update(lines: Lines, id: str = "") -> bytes:
    return _a_head(lines, "update", id) + b'"title":"What the forger adds","salt":"%032x"' % 8


def _a_head(lines: Lines, type: str, id: str) -> bytes:
    recorded = chain.split(lines[-1]).recorded
    return b'{"id":"%b","type":"%b","recorded":"%b",' % (
        (id or new_id(now())).encode(),
        type.encode(),
        recorded.encode(),
    )


# The attacks.


def _hidden_rewritings(log: Published, number: int) -> Forgeries:
    """Yields lines rewritten up to a shell that keeps its old hash, with a redaction of that shell."""
    for span in (1, 63):
        last = number + span - 1
        if last >= len(log.lines):
            continue
        changed = continued([edited(each) for each in log.lines[number - 1 : last]], log.lines[: number - 1])
        after = log.lines[last]
        invented = edited(chain.shell(after))
        for what, shell in (("its own digest", chain.shell(after)), ("an invented digest", invented)):
            lines = [*changed, shell, *log.lines[last + 1 :]]
            forged = appended(lines, a_redaction(lines, chain.id_of(after)))
            yield f"{span} rewritten behind a shell that keeps its hash and has {what}", forged
    changed = [edited(log.lines[number - 1]), *log.lines[number:]]
    yield "rewritten with all that follows", continued(changed, log.lines[: number - 1])


def _shells(log: Published, number: int) -> Forgeries:
    line = log.lines[number - 1]
    invented = edited(chain.shell(line))
    lines = with_line(log, number, invented)
    yield (
        "a shell with an invented digest, and a redaction",
        appended(lines, a_redaction(lines, chain.id_of(line))),
    )
    lines = continued(lines[number - 1 :], lines[: number - 1])
    redacted = appended(lines, a_redaction(lines, chain.id_of(line)))
    yield "a shell with an invented digest, a redaction, and new hashes", redacted
    if not log.is_named(number):
        yield "a shell without a redaction", with_line(log, number, chain.shell(line))
    else:
        text = b'"title":"Another text","salt":"%032x"' % 9
        full = chain.split(line).head + text + line[len(stem(line)) :]
        yield "another text in place of the one that was removed", with_line(log, number, full)


def _texts(log: Published, number: int) -> Forgeries:
    line = log.lines[number - 1]
    yield "another text under the same hash", with_line(log, number, edited(line))
    yield "a hash in capitals", with_line(log, number, line[:-67] + line[-67:].upper())
    yield "a line end of two bytes", with_line(log, number, line[:-1] + b"\r\n")
    yield "an empty line before it", [*log.lines[: number - 1], b"\n", *log.lines[number - 1 :]]
    if b',"salt":' in line:
        without = re.sub(rb',"salt":"[0-9a-f]{32}"', b"", line)
        yield from both(log, "without its salt", number, without)


def _redactions(log: Published, number: int) -> Forgeries:
    """Yields redactions that remove a line against the rules."""
    line, lines = log.lines[number - 1], log.lines
    id, shell = chain.id_of(line), chain.shell(line)
    kept = chain.hash_of(line).hex().encode()
    claim = b'"removed":[{"id":"%b","was":"update","recorded":"%b","hash":"%b"}],' % (
        id.encode(),
        chain.split(line).recorded.encode(),
        kept,
    )
    another = chain.id_of(lines[1 if number != 2 else 2])
    claiming = appended(lines, a_redaction(lines, another, claim))
    yield "claimed in the text of a redaction of another event", claiming
    if log.is_named(number):
        return
    gone = with_line(log, number, shell)
    yield "removed by the text of a redaction of another event", appended(gone, a_redaction(gone, another, claim))
    yield "removed by a redaction of no event", appended(gone, a_redaction(gone, new_id(now())))
    yield (
        "removed by a redaction that names itself",
        appended(gone, a_redaction(gone, own := new_id(now()), id=own)),
    )
    yield "removed by a redaction with its id", appended(gone, a_redaction(gone, id, id=id))
    foreign = appended(log.other, a_redaction(log.other, id))
    yield "removed by a redaction in another story", {STORY: gone, OTHER: foreign}
    before = appended(lines[: number - 1], a_redaction(lines[: number - 1], id)) if number > 1 else []
    if before:
        yield "removed by a redaction before it, with new hashes", continued(gone[number - 1 :], before)
    later = new_id(now())
    yield (
        "named by nothing, while a redaction names an event that comes later",
        appended(lines, a_redaction(lines, later), an_update(lines, id=later)),
    )
    sealed_up = chain.shell(appended(lines, an_update(lines, id=later))[-1])
    yield (
        "followed by a redaction of a shell that comes later",
        appended(lines, a_redaction(lines, later), stem(sealed_up)),
    )


def _heads(log: Published, number: int) -> Forgeries:
    """Yields changed heads of lines, with and without their text."""
    given = log.lines[number - 1]
    shells = [] if chain.is_shell(given) else [("in a shell, ", chain.shell(given))]
    for where, line in (("", given), *shells):
        head = chain.split(line).head
        rest = line[len(head) :]
        minor = b'"minor":true,'
        other_minor = head.replace(minor, b"") if minor in head else head + minor
        recorded = chain.split(line).recorded.encode()
        earlier = recorded[:2] + b"19" + recorded[4:]
        type = chain.split(line).type.encode()
        other_type = b"summary" if type == b"update" else b"update"
        changes = {
            "minor changed": other_minor,
            "dated back": head.replace(recorded, earlier),
            "dated on": head.replace(recorded, recorded[:2] + b"99" + recorded[4:]),
            "another type": head.replace(b'"type":"%b"' % type, b'"type":"%b"' % other_type),
            "opened in the middle": head.replace(b'"type":"%b"' % type, b'"type":"opened"'),
            "the format moved": head.replace(b'"format":2,', b"") if number == 1 else head + b'"format":2,',
            "another id": head.replace(chain.id_of(line).encode(), new_id(now()).encode()),
        }
        if target := chain.split(line).target.encode():
            first = chain.id_of(log.lines[0]).encode()
            named = first if target != first else chain.id_of(log.lines[1]).encode()
            changes["another target"] = head.replace(target, named)
        for what, changed in changes.items():
            if changed != head:
                found = both(log, where + what, number, changed + rest)
                for said, lines in found:  # type: ignore[misc]
                    shelled = where and not log.is_named(number)
                    redaction = [a_redaction(lines, chain.id_of(lines[number - 1]))] if shelled else []
                    yield said, appended(lines, *redaction)


def _orders(log: Published, number: int) -> Forgeries:
    """Yields lines taken out, repeated or moved, and a log that is cut short."""
    lines, line = log.lines, log.lines[number - 1]
    before, after = lines[: number - 1], lines[number:]
    other = number % (len(lines) - 1) + 1
    swapped = list(lines)
    swapped[number - 1], swapped[other - 1] = swapped[other - 1], swapped[number - 1]
    changes = {
        "taken out": [*before, *after],
        "twice": [*before, line, line, *after],
        "repeated at the end": [*lines, line],
        f"swapped with #{other}": swapped,
        "moved to the end": [*before, *after, line],
    }
    for what, changed in changes.items():
        if changed != lines:
            yield what, changed
            yield f"{what}, with new hashes", rechained(changed)
    yield "the log ends before it", before
    yield "the log ends in it", [*before, line[: len(line) // 2]]
    dated = an_update(lines).replace(chain.split(lines[-1]).recorded.encode(), b"2001-01-01T00:00:00.000Z")
    yield "an event put at the end that is dated before it", appended(lines, dated)
    yield (
        "an event put before it, with new hashes",
        continued([line, *after], appended(before or lines[:1], dated)),
    )


def _streams(log: Published, number: int) -> Forgeries:
    """Yields streams replaced, copied, renamed or deleted."""
    lines = log.lines
    ids = {chain.id_of(each).encode(): new_id(now()).encode() for each in lines[:number]}
    renewed = [
        re.sub(chain.UUID.encode(), lambda each: ids.get(each[0], each[0]), each) for each in lines[:number]
    ]
    yield "all up to it replaced by another stream", rechained(renewed)
    first = chain.shell(lines[0])
    shelled = [first, *lines[1 : max(number, 1)]]
    anonymous = appended(shelled, a_redaction(shelled, chain.id_of(first)))
    base = {STORY: lines, OTHER: log.other}
    yield "all up to it copied to another name", {**base, COPY: lines[:number]}
    yield "all up to it copied to another name, without the name in it", {**base, COPY: anonymous}
    slug = [line.replace(b'"slug":"story"', b'"slug":"copy"') for line in lines[:number]]
    yield "all up to it copied to another name, with new hashes", {**base, COPY: rechained(slug)}
    if number == 1:
        yield "the story under another name", {COPY: lines, OTHER: log.other}
        yield "the story under another name, with new hashes", {COPY: rechained(slug), OTHER: log.other}
        yield "the story gone", {OTHER: log.other}
        yield "the story in the place of the other", {STORY: log.other, OTHER: lines}


def _removals(log: Published, number: int) -> Forgeries:
    """Yields attacks that every writer can do and every reader sees: a text removed on an invented authority; a
    removed text put back."""
    lines, line = log.lines, log.lines[number - 1]
    if chain.is_shell(line):
        yield "its text put back", with_line(log, number, log.full[number - 1]), number
        return
    forged = appended(lines, a_redaction(lines, chain.id_of(line)))
    yield "a redaction that is not carried out", forged, number
    yield "a redaction, carried out", [*lines[: number - 1], chain.shell(line), *forged[number:]], number
    if number == 1:
        named = {COPY: [chain.shell(line), *forged[1:]], OTHER: log.other}
        yield "the story under another name, its own removed", named, number  # type: ignore[misc]
