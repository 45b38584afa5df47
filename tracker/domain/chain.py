"""Line format 2: the grammar of a stored line, the hash chain, and the removal of a line's text.

A stream is a file of lines, each ended by LF. A line has three parts::

    {"id":"…","type":"correction","recorded":"…","corrects":"…",   head: it is never removed
    "editor":"…","changes":{…},"why":"…","salt":"<32 hex>"   text: the other fields, and 128 random bits
    ,"hash":"<64 hex>"}⏎                                            ending: 76 bytes

    digest      = SHA-256(text)
    hash(n)     = SHA-256(hash(n-1) ‖ head(n) ‖ digest(n)),  hash(0) = SHA-256("tracker/2" LF)

A *shell* is a line whose text was removed. Its middle part is ``"removed":"<digest in hex>"``, so its hash can
still be computed and is the same as before: a removal leaves no gap in the chain behind which other lines could be
rewritten. ``docs/format.md`` is the specification for outsiders.

Nothing here parses JSON. Rules that all functions keep:

- A line is split by its grammar before anything is hashed. The head is the longest match from byte 0.
- A line makes no trusted statement about another line. A redaction names one line to remove, in its own head, and
  states nothing else about it.
- A line is a shell only if it has ``removed`` in the middle, and only a redaction further down allows one.
"""

from __future__ import annotations

import re
from binascii import hexlify
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import count
from operator import itemgetter

from msgspec import Struct

from tracker.errors import UNMERGED, BadInput, CorruptLog, is_conflict_marker, shown
from tracker.startup import Hash, for_lines, sha256
from tracker.text.dates import Recorded, check_recorded

FORMAT = 2
"""Version of the line format. The first line of each stream carries it."""

MAX_LINE = 256 * 1024
"""Longest line in bytes, the LF included."""

START = sha256(b"tracker/2\n").digest()
"""The 32 bytes that take the place of a previous hash for the first line of every stream."""

UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
MOST_IN_TYPE = 40
"""Longest name of a type in bytes."""

AMENDS = {"correction": "corrects", "retraction": "retracts", "redaction": "redacts"}
"""The types of amendments, each with the name in its head that holds the id of the amended line."""

RESTORE = "Restore the file from a copy"
"""The next step for a line that is not as it was appended."""

NAMES = ("id", "type", "recorded", "format", *AMENDS.values(), "minor")
"""The names that a head may have, in their order."""

RESERVED = frozenset([*NAMES, "removed", "hash"])
"""Names that the top level of a text may not have: those of the head, of the ending and of a shell."""

FIRST_TYPES = ("opened", "desk")
"""The types that begin a stream: ``opened`` a story, ``desk`` the desk's own publications. No later line has the
type ``opened``."""

# Possessive repetitions (++, }+) match the same heads in an eighth less time.
_UUID = UUID.replace("}", "}+").encode()
_TYPE = rb"[a-z]++(?:-[a-z]++)*+"
_TIME = rb"[0-9]{4}+-[0-9]{2}+-[0-9]{2}+T[0-9]{2}+:[0-9]{2}+:[0-9]{2}+\.[0-9]{3}+Z"
_HEAD = re.compile(
    rb'\{"id":"(?P<id>%b)","type":"(?P<type>%b)","recorded":"(?P<recorded>%b)",'
    rb'(?P<format>"format":2,)?'
    rb'(?:"(?P<amends>corrects|retracts|redacts)":"(?P<target>%b)",)?'
    rb'(?P<minor>"minor":true,)?' % (_UUID, _TYPE, _TIME, _UUID)
)
_PLAIN_HEAD = re.compile(
    rb'\{"id":"%b","type":"(?=[a-z-]{1,40}")(?!(?:%b)")%b","recorded":"(%b)",'
    rb'(?!"format":2,|"(?:corrects|retracts|redacts)":")(?:"minor":true,)?'
    % (_UUID, "|".join((*AMENDS, *FIRST_TYPES)).encode(), _TYPE, _TIME)
)
"""The head of a line that neither begins a stream nor amends, with its time as a group. Most lines have such a
head, and this expression of their own makes reading faster."""
_AMENDING_HEAD = (
    rb'\{"id":"%b","type":"(?:(correction)|(retraction)|redaction)","recorded":"(%b)",'
    rb'"(?(1)corrects|(?(2)retracts|redacts))":"(%b)",(?!"minor":true,)' % (_UUID, _TIME, _UUID)
)
"""The head of an amendment. Two groups choose the type; the next two are the time and the target. ``re``
compiles it for the first log that has an amendment."""


_PARTS = (
    ("id", b'{"id":"', _UUID, "a UUID of hex digits in small letters"),
    ("type", b'","type":"', _TYPE, "the name of a type, which has small letters and hyphens only"),
    ("recorded", b'","recorded":"', _TIME, "an instant in UTC, such as 2024-07-30T19:05:00.000Z"),
)
"""The parts that every head begins with: the name, the bytes before the value, the value's grammar, and the
grammar in words."""
_MOST_SHOWN = 40
"""The largest number of characters of a value that a message repeats."""
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_ENDING = len(b',"hash":"') + 64 + len(b'"}\n')
_SALTED = re.compile(rb',"salt":"[0-9a-f]{32}"')
_SALT = len(b',"salt":"') + 32 + len(b'"')
_HEX_TO_ZERO = bytes.maketrans(b"0123456789abcdef", b"0" * 16)
_ZEROS = b"0" * 32
_REMOVED = re.compile(rb'"removed":"([0-9a-f]{64})"')
_HASH = re.compile(rb',"hash":"([0-9a-f]{64})"\}\n')
_CONTROL = re.compile(rb"[\x00-\x1f]")
_REDACTION = b'"type":"redaction",'
_TYPE_AT = len(b'{"id":"",') + 36
ID = slice(len(b'{"id":"'), len(b'{"id":"') + 36)
"""The place of the id in a line."""


class LineParts(Struct, frozen=True):
    """The parts of a stored line.

    ``middle`` is its text, or a shell's ``"removed":"…"``. ``target`` is the id of the line that it amends, or
    empty. ``digest`` is the digest (32 bytes) in a shell, empty for a full line.
    """

    head: bytes
    middle: bytes
    id: str
    type: str
    recorded: Recorded
    target: str
    minor: bool
    digest: bytes

    @property
    def is_shell(self) -> bool:
        return bool(self.digest)

    @property
    def digest_of_text(self) -> bytes:
        """The digest of the text (32 bytes), of a full line or a shell."""
        return self.digest or sha256(self.middle).digest()


# Splitting.


def split(line: bytes) -> LineParts:
    """Returns the parts of a stored line (LF included). Raises CorruptLog with the rule that the line breaks,
    without a place.

    It does not check that the hash follows from the line before.
    """
    found = _HEAD.match(line)
    if not found:
        raise CorruptLog(_broken_head(line))
    if message := _head_fault(found):
        raise CorruptLog(message)
    values = found.groupdict()
    middle = line[found.end() : -_ENDING]
    digest = b""
    if shell := _REMOVED.fullmatch(middle):
        digest = bytes.fromhex(shell[1].decode())
    elif len(middle) < _SALT - 1 or not _SALTED.fullmatch(line[:-_ENDING][-_SALT:]):
        raise CorruptLog(f"salt: the text of the line does not end with 32 hex digits of salt. {RESTORE}")
    return LineParts(
        found[0],
        middle,
        values["id"].decode(),
        values["type"].decode(),
        Recorded(values["recorded"].decode()),
        (values["target"] or b"").decode(),
        bool(values["minor"]),
        digest,
    )


CRLF = (
    "the line ends were changed (CRLF in place of LF), perhaps by git or an editor. Nothing is lost: change them"
    " back in the whole file, such as with dos2unix or sed -i 's/\\r$//', and keep the line *.jsonl -text in"
    " .gitattributes"
)


def _broken_head(line: bytes) -> str:
    """Returns a message that names the wrong part of the head, for a line that does not begin with a head."""
    if line.startswith(_BYTE_ORDER_MARK):
        return "begins with a byte order mark, the bytes EF BB BF. Remove them, or restore the file from a copy"
    end = 0
    for name, before, grammar, wanted in _PARTS:
        start = end + len(before)
        if line[end:start] != before:
            return f"{name}: is not where format 2 wants it: id, type and recorded, in this order. {RESTORE}"
        value = line[start:].partition(b'"')[0]
        if not re.fullmatch(grammar, value):
            quoted = shown(value.decode("utf-8", "replace"), _MOST_SHOWN)
            return f"{name}: {quoted!r} is not {wanted}. {RESTORE}"
        end = start + len(value)
    return f"recorded: no comma follows it, so that the head has no end. {RESTORE}"


def _head_fault(found: re.Match[bytes]) -> str:
    """Returns a message with the rule that a head breaks although it matches the expression; empty if it breaks
    none."""
    kind, amends = found["type"].decode(), (found["amends"] or b"").decode()
    if len(kind) > MOST_IN_TYPE:
        return f"type: takes more than {MOST_IN_TYPE} bytes"
    if amends != AMENDS.get(kind, ""):
        return f"{amends or AMENDS[kind]}: stands in the heads of amendments only, each type under its own name"
    if amends and found["minor"]:
        return "minor: does not belong in the head of an amendment"
    return ""


def _other_format(middle: bytes) -> str:
    """Returns a message if a first line with these bytes after its head has another line format; empty if not."""
    if b'"format":1,' in middle:
        return UPGRADE
    found = re.match(rb'"format":([0-9]{1,4}),', middle)
    if not found or found[1] == b"%d" % FORMAT:
        return ""
    return f"is written in format {found[1].decode()}; this tracker reads {FORMAT}. Upgrade tracker"


UPGRADE = (
    "is written in format 1, in which a forged redaction could hide that history was rewritten."
    " Run tracker log upgrade"
)
"""The message about a log in format 1."""


def _split_if_whole(line: bytes) -> LineParts | None:
    """Returns the parts of a line, or None if it breaks the grammar."""
    try:
        return split(line)
    except CorruptLog:
        return None


def id_of(line: bytes) -> str:
    """Returns the id at the beginning of a stored line."""
    return line[ID].decode("ascii", "replace")


def type_of(line: bytes) -> bytes:
    """Returns the type of a stored line that begins with an id and a type; empty for any other line."""
    start = _TYPE_AT + len(b'"type":"')
    return line[start : line.find(b'"', start)] if line[_TYPE_AT - 2 : start] == b'","type":"' else b""


def hash_of(line: bytes) -> bytes:
    """Returns the hash (32 bytes) in the ending of a line; empty if the line does not end with a hash."""
    found = _HASH.fullmatch(line[-_ENDING:])
    return bytes.fromhex(found[1].decode()) if found else b""


def is_shell(line: bytes) -> bool:
    """Whether the line's text was removed."""
    found = _HEAD.match(line)
    return bool(found and _REMOVED.fullmatch(line, found.end(), max(len(line) - _ENDING, found.end())))


def is_redaction(line: bytes) -> bool:
    """Whether the line is a redaction. It looks at the head only."""
    return line.startswith(_REDACTION, _TYPE_AT)


# Hashing.


def join(head: bytes, middle: bytes, digest: bytes, previous: bytes, hashed: Hash = sha256) -> tuple[bytes, bytes]:
    """Returns the line with these parts that follows the hash ``previous``, and its own hash (32 bytes). Raises
    BadInput if the line would be longer than MAX_LINE."""
    if (length := len(head) + len(middle) + _ENDING) > MAX_LINE:
        raise BadInput(f"the event takes {length:,} bytes; a line may have {MAX_LINE:,}. Shorten its texts")
    following = hashed(b"%b%b%b" % (previous, head, digest)).digest()
    return b'%b%b,"hash":"%b"}\n' % (head, middle, following.hex().encode()), following


def seal(head: bytes, text: bytes, previous: bytes, hashed: Hash = sha256) -> tuple[bytes, bytes]:
    """Returns the full line with this head and text that follows the hash ``previous``, and its own hash (32
    bytes). Raises BadInput as ``join`` does."""
    return join(head, text, hashed(text).digest(), previous, hashed)


def follows(previous: bytes, line: bytes) -> bytes:
    """Returns the hash (32 bytes) of a line that keeps the grammar and follows the hash ``previous``; empty for
    any other line."""
    parts = _split_if_whole(line)
    return _following(previous, line, parts) if parts else b""


def _following(previous: bytes, line: bytes, parts: LineParts) -> bytes:
    """Returns the hash (32 bytes) of a line with these parts if it follows the hash ``previous``; empty if not."""
    following = sha256(b"%b%b%b" % (previous, parts.head, parts.digest_of_text)).digest()
    return following if line[-_ENDING:] == b',"hash":"%b"}\n' % hexlify(following) else b""


def unchain(lines: Sequence[bytes], place: str, checked: int = 0) -> Iterator[bytes]:
    """Yields the lines after a check of each: it keeps the grammar, follows the line before it, is recorded no
    earlier than that, and names an earlier line if it amends.

    ``place`` is the file's name for messages. The caller has ``checked`` as many lines at the beginning, which are
    left out. Raises CorruptLog at the first line that fails a check, and at a shell that no redaction further down
    names.
    """
    previous, hashed = hash_of(lines[checked - 1]) if checked else START, for_lines(len(lines) - checked)
    plain_head, ending = _PLAIN_HEAD.match, slice(-77, None)
    earlier, last = _Earlier(lines), split(lines[checked - 1]).recorded.encode() if checked else b""
    for number, line in enumerate(lines[checked:] if checked else lines, checked + 1):
        # The last 76 bytes are the ending, and the 42 before them ,"salt":"…". Slices by number are fast. The
        # quote that closes the salt is compared together with the ending.
        plain = plain_head(line)
        found = plain or (re.match(_AMENDING_HEAD, line) if number > 1 else None)
        if (
            found
            and number > 1
            and line[-118:-109] == b',"salt":"'  # no head has these bytes, so the salt is in the text
            and line[-109:-77].translate(_HEX_TO_ZERO) == _ZEROS
        ):
            end = found.end()
            previous = hashed(previous + line[:end] + hashed(line[end:-76]).digest()).digest()
            if line[ending] != b'","hash":"%b"}\n' % hexlify(previous):
                raise CorruptLog(f"{place}:{number}: {fault(line)}")
            if plain:
                recorded = plain[1]
            elif earlier.have(found[4], number):
                recorded = found[3]
            else:
                raise CorruptLog(f"{place}:{number}: {_no_target(split(line))}")
        else:
            parts = _split_if_whole(line)
            previous = _following(previous, line, parts) if parts else b""
            message = earlier.fault(parts, number) if parts and previous else fault(line, is_first=number == 1)
            if not parts or message:
                raise CorruptLog(f"{place}:{number}: {message}")
            recorded = parts.recorded.encode()
        if recorded < last:
            raise CorruptLog(f"{place}:{number}: {_TOO_EARLY.format(recorded.decode(), last.decode())}")
        last = recorded
        yield line


_TOO_EARLY = "recorded: {} is before the event above it ({})"


def _no_target(parts: LineParts) -> str:
    """Returns the message about an amendment that names no earlier line."""
    return f"{AMENDS[parts.type]}: {parts.target} is no earlier event of this story"


class _Earlier:
    """The lines of a stream, for checks of lines that name an earlier one. It reads ids only as far as a check
    needs them."""

    def __init__(self, lines: Sequence[bytes]) -> None:
        self._lines = lines
        self._ids: set[bytes] = set()
        self._seen = 0
        self._removals: dict[str, int] | None = None

    def have(self, id: bytes, number: int) -> bool:
        """Whether a line before line ``number`` has the id."""
        self._ids.update(map(itemgetter(ID), self._lines[self._seen : number - 1]))
        self._seen = number - 1
        return id in self._ids

    def fault(self, parts: LineParts, number: int) -> str:
        """Returns a message about a line that keeps the grammar but contradicts its place or another line; empty
        if it has no such fault."""
        if parts.target and not self.have(parts.target.encode(), number):
            return _no_target(parts)
        if parts.is_shell:
            self._removals = removals(self._lines) if self._removals is None else self._removals
            if number >= self._removals.get(parts.id, 0):
                return UNACCOUNTED
        return _misplaced(parts, is_first=number == 1)


def _misplaced(parts: LineParts, *, is_first: bool) -> str:
    """Returns a message about a line whose head does not belong at its place in the stream; empty if it does."""
    if is_first and b'"format":2,' not in parts.head:
        missing = f"format: is missing, so that this is not the first line of a story. {RESTORE}"
        return _other_format(parts.middle) or missing
    if not is_first and b'"format":2,' in parts.head:
        return f"format: stands on the first line of a story, and on no other. {RESTORE}"
    if parts.type not in FIRST_TYPES if is_first else parts.type == "opened":
        return "type: the first event, and no other, is opened"
    return ""


UNACCOUNTED = f"lost its text without a redaction: no line of the story removes it. {RESTORE}"


def fault(line: bytes, *, is_first: bool = False) -> str:
    """Returns a sentence on why a line does not follow the line before. ``is_first``: the line begins a stream."""
    found = _HEAD.match(line)
    if is_first and found and not found["format"] and (message := _other_format(line[found.end() :])):
        return message
    if is_conflict_marker(line):
        return UNMERGED
    if line.endswith(b"\r\n"):
        return CRLF
    if not hash_of(line):
        return "the line does not end with its hash"
    try:
        parts = split(line)
    except CorruptLog as error:
        return str(error)
    return _misplaced(parts, is_first=is_first) or (
        "the line is not what was appended: its hash does not follow from the line before and its own text."
        f" {RESTORE}; an earlier event is amended with tracker correct, never by editing"
    )


def check(lines: Sequence[bytes]) -> Iterator[tuple[int, str]]:
    """Yields the faults of a stream by the rules that need bytes only (docs/format.md, verifying, steps 1 to 5):
    the number of the line and a sentence.

    After a line that does not follow, the check goes on from the hash in the line itself, so that each fault is
    reported once.
    """
    previous, last = START, Recorded("")
    ids: dict[str, int] = {}
    earlier = _Earlier(lines)
    for number, line in enumerate(lines, 1):
        parts = _split_if_whole(line)
        if not parts or not _following(previous, line, parts):
            yield number, fault(line, is_first=number == 1)
        elif message := earlier.fault(parts, number):
            yield number, message
        previous = hash_of(line)
        if len(line) > MAX_LINE:
            yield number, f"takes {len(line):,} bytes; a line may have {MAX_LINE:,}"
        if control := _CONTROL.search(line, 0, len(line) - 1):
            yield number, f"has the byte 0x{control[0][0]:02x} at byte {control.start()}, which no line may have"
        if parts:
            if parts.id in ids:
                yield number, f"id: {parts.id} is the id of #{ids[parts.id]} already"
            if message := _check_time(parts.recorded, last):
                yield number, message
            else:
                last = parts.recorded
            ids.setdefault(parts.id, number)


def _check_time(recorded: Recorded, last: Recorded) -> str:
    """Returns a message about a wrong time of recording; empty if the time is right. ``last`` is the latest time
    above the line."""
    try:
        check_recorded(recorded, field="recorded")
    except BadInput as error:
        return str(error)
    return _TOO_EARLY.format(recorded, last) if recorded < last else ""


# Removing texts.


def removals(lines: Sequence[bytes]) -> dict[str, int]:
    """Returns the ids that redactions among the lines name, each with the number of the last redaction of it."""
    found: dict[str, int] = {}
    at = slice(_TYPE_AT, _TYPE_AT + len(_REDACTION))  # startswith takes half as long again
    if _REDACTION not in map(itemgetter(at), lines):  # most logs have none, and this is the fastest way to see it
        return found
    for number, line in enumerate(lines, 1):
        if line[at] == _REDACTION:
            head = _HEAD.match(line)
            if head and head["amends"] == b"redacts":
                found[head["target"].decode()] = number
    return found


def shell(line: bytes) -> bytes:
    """Returns the shell of a line: the same head, the digest of the text, the same hash. A shell is returned as it
    is. Raises CorruptLog if the line breaks the grammar."""
    parts = split(line)
    if parts.is_shell:
        return line
    return b'%b"removed":"%b"%b' % (parts.head, sha256(parts.middle).hexdigest().encode(), line[-_ENDING:])


def executed(lines: Sequence[bytes]) -> Sequence[bytes]:
    """Returns the lines as they may leave the log. Every line that a redaction further down names is a shell, even
    if the file still has its text."""
    return _with_shells(lines, removals(lines))


def without_texts(lines: Sequence[bytes], ids: Collection[str]) -> Sequence[bytes]:
    """Returns the lines, with a shell in place of each line that has one of the ids and is named by a redaction
    further down."""
    return _with_shells(lines, {id: number for id, number in removals(lines).items() if id in ids})


def _with_shells(lines: Sequence[bytes], named: Mapping[str, int]) -> Sequence[bytes]:
    """Returns the lines, with a shell in place of each line for which ``named`` has the number of a later
    redaction."""
    if not named:
        return lines

    def line_or_shell(number: int, line: bytes) -> bytes:
        return _shell_of_any(line) if number < named.get(id_of(line), 0) else line

    if isinstance(lines, list):
        return list(map(line_or_shell, count(1), lines))
    from tracker.domain.lazy import Lazy  # most streams are a list

    return Lazy(lines, line_or_shell)


def _shell_of_any(line: bytes) -> bytes:
    """Returns the line's shell even if the text breaks the grammar, because a removed text must not be shown. A
    line without a head or a hash is returned as it is, and the check of the chain refuses it."""
    try:
        return shell(line)
    except CorruptLog:
        found = _HEAD.match(line)
        if not found or not hash_of(line) or is_shell(line):
            return line
        digest = sha256(line[found.end() : -_ENDING]).hexdigest().encode()
        return b'%b"removed":"%b"%b' % (found[0], digest, line[-_ENDING:])


def waiting(lines: Sequence[bytes]) -> list[tuple[int, int]]:
    """Returns the removals that are recorded but not finished: the number of the redaction, and the number of the
    line that still has its text."""
    named = removals(lines)
    if not named:
        return []
    return [
        (named[id], number)
        for number, line in enumerate(lines, 1)
        if number < named.get(id := id_of(line), 0) and not is_shell(line)
    ]


def remarks(slug: str, lines: Sequence[bytes]) -> Iterator[tuple[int, str]]:
    """Yields remarks on a stream that are not faults: the number of the line and a sentence."""
    if not removals(lines):
        return
    for redaction, number in waiting(lines):
        command = f"tracker redact --finish {slug}#{redaction}"
        yield number, f"#{redaction} removes this text, which is still there. If the removal is right: {command}"
    yield from repeats(slug, lines)


def repeats(slug: str, lines: Sequence[bytes]) -> Iterator[tuple[int, str]]:
    """Yields a remark on each correction of a removed text: the number of its line and a sentence."""
    named = removals(lines)
    if not named:
        return
    numbers = {id_of(line): number for number, line in enumerate(lines, 1)}
    for number, line in enumerate(lines, 1):
        head = _HEAD.match(line)
        target = head["target"].decode() if head and head["amends"] == b"corrects" else ""
        if target in named and id_of(line) not in named and not is_shell(line):
            about, command = numbers.get(target, 0), f"tracker redact {slug}#{number}"
            yield number, f"corrects #{about}, whose text was removed, and may repeat it. To remove it: {command}"


def relinked(line: bytes, recorded: Recorded, previous: bytes) -> tuple[bytes, bytes]:
    """Returns a stored line with another time of recording, made to follow the hash ``previous``, and its new hash
    (32 bytes). The id, the text and the digest stay. The type may be unknown. Raises CorruptLog."""
    parts = split(line)
    found = _HEAD.match(line)
    assert found
    start, end = found.span("recorded")
    head = b"%b%b%b" % (parts.head[:start], recorded.encode(), parts.head[end:])
    return join(head, parts.middle, parts.digest_of_text, previous)
