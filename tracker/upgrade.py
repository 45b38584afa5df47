"""Streams of line format 1 in today's line format. Pure.

Format 1 kept the hash of a removed line without anything to compute it from, and believed the redaction that
removed it about what the line had been. A forged redaction could therefore hide that everything before it was
rewritten. ``converted`` checks a stream by the rules of format 1 and writes every line anew::

    ids, times, salts, texts            stay
    a line without its text             a shell; its digest is the SHA-256 of the old line, LF included
    a redaction that removed k lines    k redactions of one line each, at the same place
    the first line                      gets the story's name and, as ``was``, the old stream's last number and
    hash

A reader who kept a head of the old stream finds it in ``was``, and can check the old file against the new one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from tracker import chain
from tracker.errors import CorruptLog
from tracker.hashing import sha256

_HASH_KEY = b',"hash":"'
_TO_HASH = -len(_HASH_KEY) - 64 - len(b'"}\n')
_SHELL = re.compile(
    rb'\{"id":"(?P<id>%b)","type":"(?P<was>[a-z-]+)","recorded":"(?P<recorded>[0-9TZ:.-]{24})","redacted":true,'
    rb'(?:"about":"(?P<about>%b)",)?"hash":"(?P<hash>[0-9a-f]{64})"\}\n'
    % (chain.UUID.encode(), chain.UUID.encode())
)

New = Callable[[], str]
"""Gives a new id, or a new salt."""


def is_format_1(lines: Sequence[bytes]) -> bool:
    """Whether a stream begins as one of format 1 does."""
    return bool(lines) and b'"format":1,' in lines[0] and b'"format":2,' not in lines[0][:160]


def converted(slug: str, lines: Sequence[bytes], place: str, new_id: New, new_salt: New) -> list[bytes]:
    """The lines of a stream of format 1 as lines of today's format. Raises CorruptLog at the first line that is
    not what was appended; ``place`` is the file's name for messages."""
    last = {"format": 1, "seq": len(lines), "hash": _literal(lines[-1]).decode()}
    previous, result = chain.START, []
    for number, line in enumerate(_checked(slug, lines, place), 1):
        for head, middle in _parts(line, slug, last if number == 1 else None, new_id, new_salt):
            found = re.fullmatch(rb'"removed":"([0-9a-f]{64})"', middle)
            digest = bytes.fromhex(found[1].decode()) if found else sha256(middle).digest()
            new, previous = chain.join(head, middle, digest, previous)
            result.append(new)
    return result


def _checked(slug: str, lines: Sequence[bytes], place: str) -> Iterator[bytes]:
    """The lines as they come, each checked by the rules of format 1."""
    previous = sha256(f"tracker/1\n{slug}".encode()).digest()
    removals = _removals(lines)
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


def _removals(lines: Sequence[bytes]) -> dict[tuple[bytes, str], int]:
    """What the redactions account for: each line as it reads without its text and the hash that it follows, with
    the number of the redaction."""
    found = {}
    for number, line in enumerate(lines, 1):
        if chain.is_redaction(line) and not _SHELL.fullmatch(line):
            for each in msgspec.json.decode(line).get("removed", ()):
                about = f'"about":"{each["about"]}",' if each.get("about") else ""
                shell = (
                    f'{{"id":"{each["id"]}","type":"{each["was"]}","recorded":"{each["recorded"]}","redacted":true,'
                    f'{about}"hash":"{each["hash"]}"}}\n'
                )
                found[shell.encode(), each.get("follows", "")] = number
    return found


def _literal(line: bytes) -> bytes:
    return line[_TO_HASH:][len(_HASH_KEY) : -3]


def _parts(
    line: bytes, slug: str, was: dict[str, Any] | None, new_id: New, new_salt: New
) -> Iterator[tuple[bytes, bytes]]:
    """The head and the middle of every line that a line of format 1 becomes; ``was`` is given for the first
    one."""
    if shell := _SHELL.fullmatch(line):
        values = {name: (value or b"").decode() for name, value in shell.groupdict().items()}
        head = {"id": values["id"], "type": values["was"], "recorded": values["recorded"]}
        head |= {"format": chain.FORMAT} if was else {}
        if amends := chain.AMENDS.get(values["was"]):
            head[amends] = values["about"]
        yield _head(head), b'"removed":"%b"' % sha256(line).hexdigest().encode()
        return
    values = msgspec.json.decode(line)
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


def _full(values: dict[str, Any]) -> tuple[bytes, bytes]:
    head = {name: values[name] for name in chain.NAMES if name in values}
    text = {name: value for name, value in values.items() if name not in chain.NAMES and name != "salt"}
    return _head(head), msgspec.json.encode(text | {"salt": values["salt"]})[1:-1]


def _head(values: dict[str, Any]) -> bytes:
    return msgspec.json.encode(values)[:-1] + b","
