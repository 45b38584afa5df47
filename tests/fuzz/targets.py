"""What is fuzzed: functions from any bytes to nothing.

Each gives the bytes to one reader. The reader takes them or refuses them by the error that it documents; what it
takes has to keep what is promised of it. Anything else that is raised, and ``AssertionError`` before all, is a
fault. The same functions serve the fuzzer, the replay of its corpus, and Hypothesis.
"""

from __future__ import annotations

import contextlib
import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from hashlib import sha256
from time import process_time
from typing import Any, TypeVar

import nh3
from lxml import etree
from markdown_it import MarkdownIt
from msgspec import structs

from tests import lines
from tests.lines import sealed
from tracker.domain import chain, custom_types, drafts, events, figures, forms, integrity
from tracker.domain import directory as directories
from tracker.domain import lines as event_lines
from tracker.domain import values as event_values
from tracker.domain.decide import decide
from tracker.domain.events import TYPES, Event, Occurrence
from tracker.domain.fold import Replay
from tracker.domain.glossary import MANY, Glossary
from tracker.errors import BadDate, BadInput, CorruptLog, TrackerError, Unknown
from tracker.text import date_phrases, dates, markup
from tracker.text.date_context import FiscalYear, Reference
from tracker.text.dates import Occurred, Recorded, Span
from tracker.text.names import is_absolute

Read = TypeVar("Read")
Target = Callable[[bytes], None]

SLUG = "story"
GENESIS = chain.START
PLACE = "events/story.jsonl:1"
OPENED = sealed(
    b'{"id":"%b","type":"opened","recorded":"2024-08-01T12:00:00.000Z","format":2,"title":"A story",'
    b'"slug":"story","salt":"%032x"' % (lines.STREAM.encode(), 0),
    GENESIS,
)
"""A line with which a story begins."""

NOW = Recorded("2024-08-01T12:00:00.000Z")
REFERENCE = Reference(Span(dates.edge(NOW), dates.edge(NOW)))
COMPANY = FiscalYear("Microsoft", 6)


def taken(read: Callable[[], Read], *refusals: type[TrackerError], at: str = "") -> Read | None:
    """Returns what is read, or None where it is refused in one of these ways. A refusal begins with its place."""
    try:
        return read()
    except refusals as refused:
        said = str(refused)
    assert said.removeprefix(at).strip()
    assert said.startswith(at)
    return None


def text_of(data: bytes) -> str:
    """The text as a command gets its arguments: bytes that are not UTF-8 come as half surrogates."""
    return data.decode("utf-8", "surrogateescape")


# Lines and logs.


def line(data: bytes) -> None:
    """A stored line is an event or corrupt, whatever was read before it. What is read strictly is what its JSON
    says, and written again it is one and the same line ever after. As it is, and with a hash that follows, tracker
    and the independent verifier accept or refuse it alike."""
    assert bool(chain.follows(GENESIS, data)) == bool(follows(data, GENESIS))
    event = taken(lambda: event_lines.decode(data, PLACE), CorruptLog, at=f"{PLACE}: ")
    for glossary in (Glossary(), OFTEN_USED):
        assert event == taken(partial(event_lines.decode, data, PLACE, glossary), CorruptLog)
    stem = stem_of(data)
    agrees([data] if data.endswith(b"\n") and data.count(b"\n") == 1 else [])
    for before in ([], [OPENED]):
        if b"\n" not in stem:
            agrees([*before, sealed(stem, chain.hash_of(before[-1]) if before else GENESIS)])
    strictly = taken(lambda: event_lines.decode_strictly(data, PLACE), CorruptLog, at=f"{PLACE}: ")
    if strictly is None:
        return
    assert strictly == event
    is_whole = taken(lambda: chain.split(data), CorruptLog) is not None
    if isinstance(event, events.Redacted):
        assert is_whole
        assert chain.shell(data) == data
        return
    assert event_values.convert(type(strictly), json.loads(data)) == strictly
    is_stored(strictly, is_whole=is_whole)


def stem_of(data: bytes) -> bytes:
    """A line without its ending, whole or not."""
    if b',"hash":"' in data:
        return lines.stem(data)
    return data.removesuffix(b"\n").removesuffix(b"}")


def that_has_read_much() -> Glossary:
    """It decodes all types alike, as one does that has met many lines."""
    glossary = Glossary()
    glossary.reader(MANY + 1)
    return glossary


OFTEN_USED = that_has_read_much()


def is_stored(event: Event, *, is_whole: bool = True) -> None:
    """What is written of an event is read as the event, follows, and is written of it again, byte by byte. Where
    it is not whole, it lacks a stamp that the head has."""
    try:
        chained, written, following = event_lines.encode(event, GENESIS)
    except BadInput:
        assert sum(map(len, texts_in(event_values.to_values(event)))) > chain.MAX_LINE // 6
        return
    assert event_lines.encode(chained, GENESIS)[1] == written
    if not is_whole:
        return
    assert written == sealed(lines.stem(written), GENESIS)
    assert follows(written, GENESIS) == chain.follows(GENESIS, written) == following == chain.hash_of(written)
    assert event_lines.decode_strictly(written, PLACE) == chained == structs.replace(event, hash=following.hex())
    parts = chain.split(written)
    assert (parts.id, parts.recorded) == (event.id, event.recorded)
    assert chain.relinked(written, event.recorded, GENESIS) == (written, following)
    assert follows(chain.shell(written), GENESIS) == following


def texts_in(value: Any) -> Iterable[str]:
    """The keys and the texts of plain values, and the numbers as texts."""
    if isinstance(value, dict):
        return [each for pair in value.items() for part in pair for each in texts_in(part)]
    if isinstance(value, (list, tuple)):
        return [each for item in value for each in texts_in(item)]
    return [str(value)]


# The rules of the line format once more, as the specification has them.

UUID, HASH = rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", rb"[0-9a-f]{64}"
HEAD = re.compile(
    rb'\{"id":"(?P<id>%b)","type":"(?P<type>[a-z]+(?:-[a-z]+)*)",'
    rb'"recorded":"(?P<recorded>[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)",'
    rb'(?P<format>"format":2,)?(?:"(?P<amends>corrects|retracts|redacts)":"(?P<target>%b)",)?'
    rb'(?P<minor>"minor":true,)?' % (UUID, UUID)
)
TEXT = re.compile(rb'(?:.*,)?"salt":"[0-9a-f]{32}"', re.DOTALL)
REMOVED = re.compile(rb'"removed":"(%b)"' % HASH)
ENDING = len(b',"hash":""}\n') + 64
AMENDING = {b"correction": b"corrects", b"retraction": b"retracts", b"redaction": b"redacts"}


def follows(line: bytes, previous: bytes) -> bytes:
    """The hash of a line that keeps the grammar and follows; empty for any other line."""
    head = HEAD.match(line)
    if not head or len(head["type"]) > 40 or head["amends"] != AMENDING.get(head["type"]):
        return b""
    middle = line[head.end() : -ENDING]
    shell = REMOVED.fullmatch(middle)
    if (head["amends"] and head["minor"]) or not (shell or TEXT.fullmatch(middle)):
        return b""
    digest = bytes.fromhex(shell[1].decode()) if shell else sha256(middle).digest()
    following = sha256(previous + head[0] + digest).digest()
    return following if line[-ENDING:] == b',"hash":"%b"}\n' % following.hex().encode() else b""


def log(data: bytes) -> None:
    """A log comes through if and only if each line follows, is not recorded before the one above, amends an
    earlier one if it amends one, and a redaction further down accounts for each removed text. Of one that does, no
    bit can be flipped in silence. With its removals finished it has the same hashes. The independent verifier
    accepts or refuses the same logs."""
    stored = chained(data.removesuffix(b"\n").split(b"\n"))
    fault = first_fault(stored)
    assert fault == first_that_does_not_follow(stored)
    shorter = chain.executed(stored)
    assert [*map(chain.hash_of, shorter)] == [*map(chain.hash_of, stored)]
    assert chain.executed(shorter) == shorter
    for each in stored:
        taken(partial(event_lines.decode, each, PLACE), CorruptLog)
    taken(lambda: list(event_lines.decoded(SLUG, stored, PLACE)), CorruptLog)
    agrees(stored)
    agrees(shorter)
    if fault or not stored:
        return
    assert not first_fault(shorter)
    assert not chain.waiting(shorter)
    whole = b"".join(stored)
    bit = int.from_bytes(sha256(data).digest()) % (8 * len(whole))
    at = bit // 8
    damaged = whole[:at] + bytes([whole[at] ^ 1 << bit % 8]) + whole[at + 1 :]
    assert 0 < first_fault(split(damaged)) <= whole[:at].count(b"\n") + 1


def agrees(stored: list[bytes]) -> None:
    """tracker and the verifier of ``examples/verify.py`` accept or refuse these lines alike, but for what tracker
    asks of the types of events."""
    if not stored:
        return
    outside, _, _ = lines.outsider().check({SLUG: b"".join(stored)})
    assert bool(faults_of_format(stored)) == bool(outside), outside
    said = list(integrity.check_stream(SLUG, stored, SLUG, {}))
    assert said or not outside


def faults_of_format(stored: list[bytes]) -> set[int]:
    """The numbers of the lines in which tracker finds a fault. What their types ask for is not checked."""
    faults = {number for number, _ in chain.check(stored)}
    for number, each in enumerate(stored, 1):
        if number not in faults and _is_no_event(number, each):
            faults.add(number)
    return faults


def _is_no_event(number: int, line: bytes) -> bool:
    kind = chain.split(line).type
    if kind == "desk":  # of a stream with that name only
        return True
    if chain.is_shell(line):
        return False
    try:
        event_lines.check_format(line)
        values = event_values.parse_json(line)
    except BadInput:
        return True
    if kind == "redaction":
        return not {"reason", "authority"} <= values.keys()
    return number == 1 and values.get("slug") != SLUG


def split(data: bytes) -> list[bytes]:
    """The lines, each with its LF; the last may have none."""
    return [each for each in re.split(rb"(?<=\n)", data) if each]


def chained(pieces: Iterable[bytes]) -> list[bytes]:
    """Lines of pieces. A piece without a hash gets the one it should have, for no fuzzer will find that."""
    stored, previous = [], GENESIS
    for piece in pieces:
        line = piece + b"\n"
        if not re.search(rb',"hash":"[0-9a-f]{64}"\}$', piece):
            line = sealed(piece, previous)
        stored.append(line)
        previous = chain.hash_of(line)
    return stored


def first_fault(lines: list[bytes]) -> int:
    """The number of the first line that is refused; 0 where none is."""
    whole = 0
    try:
        for whole, line in enumerate(chain.unchain(lines, SLUG), 1):
            assert line == lines[whole - 1]
    except CorruptLog as corrupt:
        said = str(corrupt)
    else:
        assert whole == len(lines)
        return 0
    assert said.startswith(f"{SLUG}:{whole + 1}: ")
    return whole + 1


def first_that_does_not_follow(stored: list[bytes]) -> int:
    """The same by the rule alone, as docs and docstrings have it."""
    previous, last, ids = GENESIS, b"", set[bytes]()
    for number, line in enumerate(stored, 1):
        previous = follows(line, previous)
        head = HEAD.match(line)
        if not previous or not head or bool(head["format"]) != (number == 1):
            return number
        if head["type"] not in (b"opened", b"desk") if number == 1 else head["type"] == b"opened":
            return number
        if head["recorded"] < last or (head["target"] and head["target"] not in ids):
            return number
        if REMOVED.fullmatch(line[head.end() : -ENDING]) and head["id"] not in removed_by(stored[number:]):
            return number
        last = head["recorded"]
        ids.add(head["id"])
    return 0


def removed_by(stored: list[bytes]) -> list[bytes]:
    """The ids that redactions name in their heads."""
    heads = filter(None, map(HEAD.match, stored))
    return [each["target"] for each in heads if (each["type"], each["amends"]) == (b"redaction", b"redacts")]


# What is handed in.


def draft(data: bytes) -> None:
    """A line for ``append`` is refused, or an event that is stored as it is, and that its story can take."""
    values = taken(lambda: event_values.draft_values(data), BadInput)
    if values is None:
        return
    event = taken(lambda: event_values.from_values(values), BadInput, Unknown)
    if isinstance(event, Occurrence):  # an amendment depends on its story
        is_stored(stamped(event, 1))
        assert event_values.from_values(event_values.to_values(event)) == event
    decided = taken(lambda: decide(STORY.story, values, NOW), BadInput, Unknown)
    if decided is not None:
        following = stamped(decided, len(STORY.events) + 1)
        is_stored(following)
        Replay(SLUG, STORY.events).step(following)


def stamped(event: Event, seq: int) -> Event:
    return structs.replace(event, id=id_of(seq), recorded=NOW, salt="0" * 32)


def id_of(seq: int) -> str:
    return f"00000000-0000-7000-8000-{seq:012}"


def a_story() -> Replay:
    """One in which there is something to confirm, to close, to correct."""
    story = Replay(SLUG)
    told: tuple[dict[str, Any], ...] = (
        {"type": "opened", "title": "A story", "language": "en"},
        {"type": "report", "title": "They pay", "occurred": "2023", "parties": ["OpenAI"]},
        {"type": "suspension", "title": "Out", "subject": "ByteDance", "by": "OpenAI"},
        {"type": "question", "title": "And now?"},
        {"type": "update", "title": "Colour", "figures": [{"name": "cost", "value": "20", "unit": "USD"}]},
        {"type": "correction", "corrects": "#5", "changes": {"body": "More"}, "why": "a slip"},
    )
    for seq, values in enumerate(told, 1):
        story.step(stamped(decide(story.story, values, NOW), seq))
    return story


STORY = a_story()


def form(data: bytes) -> None:
    """A form as an editor leaves it, its type by the first byte: what cannot be taken is marked, and the marks
    come out again; what can be is the same in a form that is written of it."""
    cls = FORMS[data[0] % len(FORMS)] if data else FORMS[0]
    text = text_of(data[1:])
    asked = forms.Form(cls, ["A form"])
    try:
        typed = asked.read(forms.unmarked(text), "form")
        event = event_values.from_values(
            {"type": cls.__struct_config__.tag, **drafts.values(cls, typed, REFERENCE)}
        )
    except (BadInput, Unknown) as error:
        in_toml = re.match("form:([0-9]+)?", str(error))
        field, line = ("", int(in_toml[1] or 1)) if in_toml else (getattr(error, "field", ""), 0)
        marked = forms.marked(text, str(error), field, line)
        assert forms.unmarked(marked) == forms.unmarked(text)
        assert marked.startswith(forms.MARK)
        return
    numbers: dict[str, int] = defaultdict(lambda: 1)
    typed = forms.typed_of(event, numbers)
    assert asked.read(asked.text(typed), "form") == typed


FORMS = [cls for cls in TYPES.values() if issubclass(cls, Occurrence)]


# Dates and figures.


def date(data: bytes) -> None:
    """A text is a date or refused. One that is has a sound span and words of its own, which lead to it again, as
    do the words that it was understood from."""
    text = text_of(data)
    occurred = taken(lambda: dates.check(text), BadDate)
    assert (occurred is None) == bool(dates.why_not(text))
    assert (taken(lambda: dates.moment(text), BadDate) is None) == (occurred is None)
    if occurred is not None:
        is_sound(occurred)
    recorded = taken(lambda: dates.check_recorded(text), BadDate)
    if recorded is not None:
        assert recorded == text == dates.recorded_at(dates.to_datetime(recorded))
    for fiscal in ((), (COMPANY,)):
        understood = taken(partial(understand, text, fiscal), BadDate)
        if occurred is not None and date_phrases.as_typed(occurred) == occurred:
            assert understood == (dates.simplest(occurred), "")
        if understood is not None:
            is_sound(understood.occurred)
            again = understand(understood.occurred_as or understood.occurred, fiscal)
            assert again.occurred == understood.occurred


def understand(text: str, fiscal: tuple[FiscalYear, ...] = ()) -> date_phrases.Understood:
    return date_phrases.understand(text, REFERENCE, fiscal=fiscal)


def is_sound(occurred: Occurred) -> None:
    assert dates.check(occurred) == occurred
    event_values.check_field(events.Update, "occurred", occurred)
    for edge in dates.span(occurred):
        assert dates.BEGINNING <= edge.instant <= dates.END
        assert dates.moment_at(dates.to_datetime(edge.instant)) == edge.instant
    assert understand(dates.in_words(occurred)).occurred == dates.simplest(occurred)
    assert understand(date_phrases.as_typed(occurred)).occurred == dates.simplest(occurred)


def figure(data: bytes) -> None:
    """A text is a figure or refused. One that is can be said and judged, stored where its words can be, and
    written down again; an amount of money likewise."""
    text = text_of(data)
    read = taken(lambda: figures.parse(text), BadInput)
    if read is not None:
        figures.check(read)
        assert figures.in_words(read)
        assert figures.verdict(read) in ("", "above", "within", "below")
        assert figures.parse(figures.notation(read)) == read
        values = {"type": "update", "title": "t", "figures": [event_values.to_values(read)]}
        event = taken(lambda: event_values.from_values(values), BadInput)
        if event is not None:
            is_stored(stamped(event, 1))
    amount = taken(lambda: figures.money(text), BadInput)
    if amount is not None:
        figures.check_money(amount)
        assert figures.money(amount) == amount
        assert figures.money(figures.money_in_words(amount)) == amount


# Files beside the log.


def types(data: bytes) -> None:
    """A ``types.toml`` is a glossary or refused with a line that is there. Each type of the glossary has a form,
    and events of it can be recorded, stored and folded."""
    glossary = read_or_named(lambda: custom_types.read(data, "types.toml"), "types.toml", data)
    if glossary is None:
        return
    assert custom_types.read(data, "types.toml").fingerprint == glossary.fingerprint
    for name, cls in glossary.declared.items():
        assert forms.Form(cls, []).read(forms.Form(cls, []).text({}), "form") == {}
        is_recorded(name, cls, glossary)
    events.fields_of.cache_clear()
    events.kind_of.cache_clear()


def is_recorded(name: str, cls: type[Event], glossary: Glossary) -> None:
    own = events.fields_of(cls)[len(Occurrence.__struct_fields__) :]
    values = {"type": name, "title": "t"} | {field.name: SAYS[field.kind] for field in own}
    is_kept = event_values.from_values(values, glossary)
    line = event_lines.encode(is_kept, GENESIS)[1]
    again = event_lines.decode_strictly(line, PLACE, glossary)
    assert event_values.to_values(is_kept) | {"hash": again.hash} == event_values.to_values(again)
    event = taken(
        lambda: decide(STORY.story, values, NOW, glossary), BadInput
    )  # a closer may find nothing to close
    if event is not None:
        Replay(SLUG, STORY.events).step(stamped(event, len(STORY.events) + 1))


SAYS: dict[str, Any] = {
    **dict.fromkeys(("line", "prose", "party"), "says"),
    **{"parties": ["one", "two"], "date": "2024-03", "money": "20 EUR", "url": "https://a.example/", "flag": True},
}
"""What a field of a kind can say."""


def directory(data: bytes) -> None:
    """A ``parties.toml`` is a directory or refused with a line that is there. Every name leads to one that leads
    to itself."""
    known = read_or_named(lambda: directories.read(data, "parties.toml"), "parties.toml", data)
    if known is None:
        return
    for name in known.names():
        assert known.knows(name)
        assert known.canonical(name) in known.parties
        assert known.canonical(known.canonical(name)) == known.canonical(name)
    assert len(known.fiscal_years(known.names())) == sum(
        bool(each.fiscal_year_end) for each in known.parties.values()
    )


def read_or_named(read: Callable[[], Read], place: str, data: bytes) -> Read | None:
    """What is read; nothing where it is refused, and then the refusal names the file and a line of it, or none."""
    try:
        return read()
    except BadInput as refused:
        found = re.match(rf"{place}(?::([0-9]+))?: ", str(refused))
        assert found
        assert 1 <= int(found[1] or 1) <= data.count(b"\n") + 1
        return None


# Bodies.


def body(data: bytes) -> None:
    """Any Markdown is a tree that XML can hold, of harmless tags and links, that stays as it is when it is cleaned
    once more; without links, HTML and deep nesting, it is what CommonMark makes of it. Where nothing but words and
    emphasis was written, no letter is lost."""
    text = data.decode("utf-8", "replace")
    html = markup.to_html(text)
    tree = etree.fromstring(f"<div>{re.sub('<(br|hr)>', '', html).replace('&nbsp;', ' ')}</div>")
    for element in tree.iterdescendants():
        assert element.tag in HARMLESS
        assert {*element.attrib} <= ATTRIBUTES.get(str(element.tag), set())
        address = element.get("href", "https://a.example/")
        assert is_absolute(address) or address.startswith("mailto:")
    assert "<!--" not in html
    assert clean(html) == html
    if not re.search(r"[<&\[!\x00-\x08\x0b-\x1f\ufffe\uffff]|(?:(?:[>*+-]|[0-9]+[.)])\s*){9}", text):
        assert html == clean(re.sub("(?<=<h)[1-6](?=>)|(?<=</h)[1-6](?=>)", lowered, COMMON_MARK.render(text)))
    if not re.search(r"[<&\[\\`|:~]", text):
        assert letters(markup.to_text(text)) == letters(text)
    assert "\n" not in markup.to_line(text)


COMMON_MARK = MarkdownIt("commonmark").enable(["table", "strikethrough"])


def lowered(level: re.Match[str]) -> str:
    return str(min(int(level[0]) + 3, 6))


def clean(html: str) -> str:
    return nh3.clean(html, tags=HARMLESS, attributes={**ATTRIBUTES, "*": set()}, link_rel=None).strip()


def letters(text: str) -> str:
    return "".join(re.findall("[a-zA-Z]", text))


HARMLESS = {
    *("p", "br", "hr", "h4", "h5", "h6", "blockquote", "pre", "code", "ul", "ol", "li", "dl", "dt", "dd"),
    *("table", "thead", "tbody", "tfoot", "tr", "th", "td"),
    *("a", "abbr", "em", "strong", "b", "i", "s", "del", "ins", "q", "sub", "sup"),
}
ATTRIBUTES = {"a": {"href", "title"}, "abbr": {"title"}, "ol": {"start"}}


# Long input.

LONG = 32_000
SMALL_ENOUGH = 0.3  # seconds, in which a long input may take as long as it likes


def long(data: bytes) -> None:
    """What is repeated until it is long takes about eight times as long as an eighth of it. The first byte says
    which reader gets it; NUL parts what stands before, what is repeated, and what stands behind."""
    read = LONG_READERS[data[0] % len(LONG_READERS)] if data else LONG_READERS[0]
    before, piece, after = (*data[1:].split(b"\0", 2), b"", b"")[:3]
    if not piece or (read in READ_TOML and b"." in piece):  # a key's parts take tomllib quadratic time
        return
    took = seconds(read, before + piece * (LONG // len(piece)) + after)
    if took > SMALL_ENOUGH:
        short = seconds(read, before + piece * (LONG // 8 // len(piece)) + after)
        took = min(took, seconds(read, before + piece * (LONG // len(piece)) + after))
        assert took < SMALL_ENOUGH or took < 24 * short, f"{took:.2f} s, where an eighth takes {short:.3f} s"


def seconds(read: Callable[[bytes], object], data: bytes) -> float:
    started = process_time()
    with contextlib.suppress(TrackerError):
        read(data)
    return process_time() - started


def rendered(data: bytes) -> None:
    markup.to_html.cache_clear()
    markup.to_text.cache_clear()
    markup.to_text(data.decode("utf-8", "replace"))


READ_TOML: list[Callable[[bytes], object]] = [
    lambda data: custom_types.read(data, "types.toml"),
    lambda data: directories.read(data, "parties.toml"),
    lambda data: forms.Form(events.Update, []).read(forms.unmarked(text_of(data)), "form"),
]

LONG_READERS: list[Callable[[bytes], object]] = [
    lambda data: event_lines.decode_strictly(data, PLACE),
    lambda data: event_values.from_values(event_values.draft_values(data)),
    lambda data: dates.check(text_of(data)),
    lambda data: date_phrases.understand(text_of(data), REFERENCE, fiscal=(COMPANY,)),
    lambda data: figures.parse(text_of(data)),
    lambda data: figures.money(text_of(data)),
    *READ_TOML,
    lambda data: is_absolute(text_of(data)),
    lambda data: event_values.check_field(events.Update, "body", text_of(data)),
    rendered,
]

TARGETS: dict[str, Target] = {
    "line": line,
    "log": log,
    "draft": draft,
    "date": date,
    "figure": figure,
    "types": types,
    "parties": directory,
    "form": form,
    "body": body,
    "long": long,
}
