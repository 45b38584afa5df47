"""Convert streams of line format 1 to today's line format. Pure.

In format 1 nothing proves the hash of a removed line: a reader has to believe the redaction that removed it. So a
forged redaction could hide that everything before it was rewritten. ``converted`` checks a stream by the rules of
format 1 and writes every line in today's format::

    ids, times, salts, texts            stay
    a line without its text             a shell; its digest is the SHA-256 of the old line, LF included
    a redaction that removed k lines    k redactions of one line each, at the same place
    the first line                      gets the story's name and, as ``was``, the old stream's last number and
    hash

A line without its text stays minor if the redaction that removed it says that it was.

A reader who kept a head of the old stream finds it in ``was``, and can check the old file against the new one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from tracker.domain import chain
from tracker.errors import CorruptLog
from tracker.startup import sha256
from tracker.text import messages

_HASH_KEY = b',"hash":"'
_TO_HASH = -len(_HASH_KEY) - 64 - len(b'"}\n')
_SHELL = re.compile(
    rb'\{"id":"(?P<id>%b)","type":"(?P<was>[a-z-]+)","recorded":"(?P<recorded>[0-9TZ:.-]{24})","redacted":true,'
    rb'(?:"about":"(?P<about>%b)",)?"hash":"(?P<hash>[0-9a-f]{64})"\}\n'
    % (chain.UUID.encode(), chain.UUID.encode())
)

New = Callable[[], str]
"""Returns a new id, or a new salt."""


def is_format_1(lines: Sequence[bytes]) -> bool:
    """Whether the first line of a stream is of format 1."""
    return bool(lines) and b'"format":1,' in lines[0] and b'"format":2,' not in lines[0][:160]


class _Removed(Struct):
    """One line that a redaction of format 1 removed, as the redaction describes it."""

    id: str
    was: str
    recorded: str
    hash: str
    about: str = ""
    follows: str = ""
    minor: bool = False

    @property
    def line(self) -> bytes:
        """The line without its text."""
        about = f'"about":"{self.about}",' if self.about else ""
        return (
            f'{{"id":"{self.id}","type":"{self.was}","recorded":"{self.recorded}","redacted":true,'
            f'{about}"hash":"{self.hash}"}}\n'
        ).encode()


class _Redaction(Struct):
    """A redaction of format 1, without the fields that conversion does not need."""

    removed: tuple[_Removed, ...] = ()


def converted(slug: str, lines: Sequence[bytes], place: str, new_id: New, new_salt: New) -> list[bytes]:
    """Converts the lines of a stream of format 1 and returns lines of today's format. Raises CorruptLog at the
    first line that is not what was appended, or that has no equivalent; ``place`` is the file's name for
    messages."""
    last = {"format": 1, "seq": len(lines), "hash": _literal(lines[-1]).decode("ascii", "replace")}
    removed = [each for line in lines for each in _removed_by(line)]
    minor = {each.id for each in removed if each.minor}
    previous, result = chain.START, []
    for number, line in enumerate(_checked(slug, lines, place), 1):
        try:
            made = list(_parts(line, slug, last if number == 1 else None, minor, new_id, new_salt))
        except (msgspec.MsgspecError, LookupError, TypeError, ValueError):
            raise CorruptLog(f"{place}:{number}: is no event of format 1, though its hash follows") from None
        for head, middle, digest in made:
            new, previous = chain.join(head, middle, digest, previous)
            result.append(new)
    for _ in chain.unchain(result, f"{place}, upgraded"):
        pass
    return result


def _checked(slug: str, lines: Sequence[bytes], place: str) -> Iterator[bytes]:
    """Yields the lines, each after it was checked by the rules of format 1. Raises CorruptLog."""
    previous = sha256(f"tracker/1\n{slug}".encode()).digest()
    removals = {
        (each.line, each.follows): number for number, line in enumerate(lines, 1) for each in _removed_by(line)
    }
    for number, line in enumerate(lines, 1):
        following = sha256(previous + line[:_TO_HASH]).digest()
        if line[_TO_HASH:] != b'%b%b"}\n' % (_HASH_KEY, following.hex().encode()):
            if not _SHELL.fullmatch(line) or removals.get((line, previous.hex()), 0) <= number:
                raise CorruptLog(
                    f"{place}:{number}: the line is not what was appended, by the rules of format 1. Restore the"
                    " file from a copy, then run tracker log upgrade again"
                )
            following = bytes.fromhex(_literal(line).decode())
        previous = following
        yield line


def _removed_by(line: bytes) -> tuple[_Removed, ...]:
    """The lines that a line removed, if it is a redaction that still has its text."""
    if not chain.is_redaction(line) or _SHELL.fullmatch(line):
        return ()
    try:
        return msgspec.json.decode(messages.utf8(line), type=_Redaction).removed
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ()


def _literal(line: bytes) -> bytes:
    """The hash at the end of a line, as hex digits."""
    return line[_TO_HASH:][len(_HASH_KEY) : -3]


def _parts(
    line: bytes, slug: str, was: dict[str, Any] | None, minor: Container[str], new_id: New, new_salt: New
) -> Iterator[tuple[bytes, bytes, bytes]]:
    """The head, the middle and the digest of every line that a line of format 1 becomes. ``was`` is the old
    stream's end, and given for its first line only. ``minor`` has the ids of the lines without a text that were
    minor."""
    if shell := _SHELL.fullmatch(line):
        fields = {name: (value or b"").decode() for name, value in shell.groupdict().items()}
        head: dict[str, Any] = {"id": fields["id"], "type": fields["was"], "recorded": fields["recorded"]}
        head |= {"format": chain.FORMAT} if was else {}
        if amends := chain.AMENDS.get(fields["was"]):
            head[amends] = fields["about"]
        elif fields["id"] in minor:
            head["minor"] = True
        digest = sha256(line).digest()
        yield _head(head), b'"removed":"%b"' % digest.hex().encode(), digest
        return
    values = msgspec.json.decode(messages.utf8(line))
    del values["hash"]
    removed = values.pop("removed", [])
    if was:
        values["format"] = chain.FORMAT
        names = list(values)
        own = names.index("format")  # where the first line's own fields begin, and where they go on
        values |= {"slug": slug, "was": was}
        values = {name: values[name] for name in (*names[:own], "format", "slug", "was", *names[own + 1 :])}
    yield _full(values)
    for each in removed:
        if each["id"] != values["redacts"]:
            yield _full(values | {"id": new_id(), "redacts": each["id"], "salt": new_salt()})


def _full(values: dict[str, Any]) -> tuple[bytes, bytes, bytes]:
    """The head, the middle and the digest of a line with these fields."""
    head = {name: values[name] for name in chain.NAMES if name in values}
    text = {name: value for name, value in values.items() if name not in chain.NAMES and name != "salt"}
    middle = msgspec.json.encode(text | {"salt": values["salt"]})[1:-1]
    return _head(head), middle, sha256(middle).digest()


def _head(values: dict[str, Any]) -> bytes:
    return msgspec.json.encode(values)[:-1] + b","
