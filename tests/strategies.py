"""What Hypothesis draws: texts, drafts of every type, and whole streams as a desk would record them.

``Stream`` is a log in memory, without disk, clock or dice: the same calls give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from hashlib import sha256
from typing import Any

from hypothesis import strategies as st
from msgspec import structs

from tests.pictures import image
from tracker.domain import chain, redaction
from tracker.domain import lines as event_lines
from tracker.domain.amend import REDACTED, RETRACTED, Development
from tracker.domain.decide import decide
from tracker.domain.directory import NO_PARTIES, Directory
from tracker.domain.events import EXPECTED, SCORES, SITUATIONS, TYPES, Closes, Event, Occurrence
from tracker.domain.fold import Replay, Step
from tracker.domain.glossary import BUILT_IN, Glossary
from tracker.domain.quantities import BOUNDS
from tracker.domain.story import Situation, Story
from tracker.errors import BadInput
from tracker.text.dates import recorded_at
from tracker.text.identity import name_key
from tracker.text.visible import closed, shows

NOON = datetime(2024, 8, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)

ANYTIME = (
    *("update", "summary", "report", "statement", "suspension", "investigation", "agreement"),
    *("policy", "question", "expectation", "earnings"),
)
"""The types which every open story takes, whatever stands in it."""

OCCURRENCES = tuple(name for name, cls in TYPES.items() if issubclass(cls, Occurrence))


class Stream:
    """A story's log in memory: ``add`` decides, stamps, chains and folds, as a workspace does."""

    def __init__(
        self, slug: str = "story", glossary: Glossary = BUILT_IN, directory: Directory = NO_PARTIES
    ) -> None:
        self.slug = slug
        self.glossary = glossary
        self.directory = directory
        self.instant = NOON
        self.replayed = Replay(slug)
        self.lines: list[bytes] = []
        self.previous = chain.START

    @property
    def events(self) -> list[Event]:
        return self.replayed.events

    @property
    def story(self) -> Story:
        return self.replayed.story

    def add(self, type: str, title: str = "", *, after: timedelta = SECOND, **fields: Any) -> Step:
        """Records one event, this long after the last one; refused as when it is appended."""
        return self.take({"type": type, **({"title": title} if title else {}), **fields}, after=after)

    def take(self, values: dict[str, Any], *, after: timedelta = SECOND) -> Step:
        """Records the event of these values."""
        now = recorded_at(self.instant + after)
        return self.put(decide(self.story, values, now, self.glossary, self.directory), after=after)

    def put(self, draft: Event, *, after: timedelta = SECOND, **stamps: str) -> Step:
        """Records this draft, with these stamps if need be, without asking whether it may be appended."""
        self.instant += after
        digest = sha256(f"{self.slug}#{len(self.events) + 1}".encode()).hexdigest()
        given = {
            "id": draft.id or f"{digest[:8]}-{digest[8:12]}-7{digest[13:16]}-8{digest[17:20]}-{digest[20:32]}",
            "recorded": recorded_at(self.instant),
            "salt": digest[32:],
        }
        stamped = structs.replace(draft, **(given | stamps))
        event, line, self.previous = event_lines.encode(stamped, self.previous)
        self.lines.append(line)
        return self.replayed.step(event)

    def correct(self, seq: int, why: str = "a slip", **changes: Any) -> Step:
        return self.add("correction", corrects=f"#{seq}", changes=changes, why=why)

    def retract(self, seq: int, why: str = "it was wrong") -> Step:
        return self.add("retraction", retracts=f"#{seq}", why=why)

    def redact(self, seq: int, authority: str = "a court") -> Step:
        """Records redactions of the event and its corrections. As a log does, it takes the texts out of the lines,
        and folds the rest."""
        for each in redaction.concerned(self.story, self.story.developments[seq - 1]):
            self.add("redaction", redacts=f"#{each.seq}", reason="court-order", authority=authority)
        self.lines = chain.executed(self.lines)
        steps = Replay(self.slug)
        for line in self.lines:
            step = steps.step(event_lines.decode(line, glossary=self.glossary))
        self.replayed = steps
        return step


# Values. The strategies are made once: making them takes longer than drawing from them.


@cache
def texts(max_size: int = 40, *, lines: bool = True) -> st.SearchStrategy[str]:
    """Texts as they are kept: any script, no controls, nothing around them; ``lines``: LF and tab within."""
    within = "\n\t" if lines else ""
    characters = st.characters(
        exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff", include_characters=within
    )
    return st.text(characters, min_size=1, max_size=max_size).map(str.strip).map(closed).filter(shows)


@cache
def titles() -> st.SearchStrategy[str]:
    return texts(lines=False)


@cache
def names() -> st.SearchStrategy[str]:
    """Parties and outlets: mostly the same few, so that what is said of them meets."""
    return st.sampled_from(["ByteDance", "OpenAI", "Microsoft"]) | texts(12, lines=False)


@cache
def past() -> st.SearchStrategy[str]:
    """Dates of every form that had begun when the streams are recorded."""
    return st.sampled_from(
        [
            *("2023", "2023-12", "2023-12-15", "2024-03~", "2024?", "2024-02%", "2024-21", "2023-36", "2024-40"),
            *("2024-07-30T21:05+02:00", "2024-07-30T19:05:00.123Z", "202X", "19XX", "2024-03/2024-05"),
            *("2024-03/..", "../2024-03", "0001-01-01", "2024-08-01"),
        ]
    )


@cache
def dates() -> st.SearchStrategy[str]:
    return past() | st.sampled_from(["2024-12", "2025", "2026-24?", "9999", "2025-01/.."])


@cache
def decimals() -> st.SearchStrategy[str]:
    return st.decimals(-10_000_000, 10_000_000, places=2).map(str) | st.integers(0, 10**15).map(str)


@cache
def sources() -> st.SearchStrategy[dict[str, Any]]:
    optional = {
        "url": st.integers(0, 9).map("https://outlet.example/{}?a=b&c=d".format),
        "title": titles(),
        "published": dates(),
        "quote": texts(),
        "via": names(),
        "archived": st.just("https://archive.example/1"),
    }
    return st.fixed_dictionaries({"publisher": names()}, optional=optional)


@cache
def figures() -> st.SearchStrategy[dict[str, Any]]:
    amounts = (("value",), ("low", "high"), ("low",), ("high",))
    expectations: tuple[tuple[str, ...], ...] = ((), ("expected_low", "expected_high"), ("expected_high",))
    optional = {"party": names(), "unit": st.sampled_from(["%", "USD"]), "per": titles(), "approx": st.booleans()}
    optional |= {"according_to": names(), "as_of": past()}
    rest = st.fixed_dictionaries({"name": st.sampled_from(["revenue", "cost"]) | titles()}, optional=optional)
    words = (
        st.sampled_from(["", "more than", ">", "+", "up to", "fewer than"]),
        st.sampled_from(["", "bn", "k", "crore"]),
    )
    return st.builds(_figure, _numbers(amounts), _numbers(expectations), rest, *words)


def _figure(
    amount: dict[str, str], expected: dict[str, str], rest: dict[str, Any], bound: str, scale: str
) -> dict[str, Any]:
    """The values of a figure, with the bound and the scale if they fit the amount."""
    fits = bound and tuple(amount) == (BOUNDS[bound][0],)
    is_large = all(abs(Decimal(number)) >= 10**6 for number in amount.values())
    words = {"bound": bound if fits else "", "scale": scale if is_large else ""}
    return _merged((amount, expected, rest, {name: word for name, word in words.items() if word}))


def _numbers(choices: tuple[tuple[str, ...], ...]) -> st.SearchStrategy[dict[str, str]]:
    """Numbers for one of these choices of fields, the lower first."""
    two = st.lists(decimals(), min_size=2, max_size=2)
    return st.builds(
        lambda fields, numbers: dict(zip(fields, sorted(numbers[: len(fields)], key=Decimal), strict=True)),
        st.sampled_from(choices),
        two,
    )


def _merged(parts: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return {name: value for part in parts for name, value in part.items()}


@cache
def drafts(*types: str) -> st.SearchStrategy[dict[str, Any]]:
    """Values of one event: of these types, or of any that every open story takes."""
    return st.sampled_from(types or ANYTIME).flatmap(_draft)


@cache
def _draft(type: str) -> st.SearchStrategy[dict[str, Any]]:
    needed, own = _FIELDS.get(type, ((), ()))
    required = {"type": st.just(type), "title": titles()} | {name: _VALUES[name] for name in needed}
    return st.fixed_dictionaries(required, optional={name: _VALUES[name] for name in (*own, *_ALWAYS)})


_ALWAYS = ("occurred", "occurred_as", "body", "parties", "figures", "image", "sources", "minor", "editor",
           "key", "tags", "place", "imported", "backfilled")  # fmt: skip
_FIELDS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "opened": ((), ("summary", "short", "language")),
    "summary": ((), ("text",)),
    "closed": ((), ("why",)),
    "reopened": ((), ("why",)),
    "report": ((), ("claim",)),
    "confirmation": ((), ("by",)),
    "denial": ((), ("by",)),
    "statement": (("speaker",), ("quote", "to", "behalf", "role", "also")),
    "suspension": (("subject",), ("by", "of", "reason", "until", "state", "pending")),
    "reinstatement": ((), ("reason",)),
    "investigation": (("into",), ("by", "question", "state", "pending")),
    "finding": ((), ("outcome", "state")),
    "agreement": (("between",), ("terms", "state", "pending")),
    "termination": ((), ("terms", "state")),
    "policy": (("by",), ("rule", "state", "pending")),
    "change": (("state",), ("until", "pending")),
    "expectation": (("due",), ("what", "state", "pending")),
    "earnings": (("company",), ("period",)),
}
"""The fields of each type that are always and sometimes given, besides those of all types."""

_VALUES: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(("speaker", "behalf", "subject", "by", "into", "company", "editor"), names()),
    **dict.fromkeys(("body", "quote", "terms", "summary", "text"), texts()),
    **dict.fromkeys(("occurred_as", "why", "claim", "to", "of", "reason", "question", "outcome"), titles()),
    **dict.fromkeys(("title", "short", "rule", "what", "period", "state", "pending", "role"), titles()),
    **dict.fromkeys(("until", "due"), dates()),
    "occurred": past(),
    "language": st.sampled_from(["en", "pt-BR"]),
    "parties": st.lists(names(), max_size=3),
    "between": st.lists(names(), min_size=2, max_size=3, unique_by=name_key),
    "figures": st.lists(figures(), max_size=2, unique_by=lambda each: each["name"].strip()),
    "image": st.builds(
        image, alt=st.sampled_from(["A quay", "Ein Kai"]), caption=texts(lines=False) | st.just("")
    ),
    "also": st.lists(st.fixed_dictionaries({"speaker": names()}, optional={"quote": texts()}), max_size=2),
    "sources": st.lists(sources(), max_size=3),
    "minor": st.booleans(),
    "key": st.booleans(),
    "tags": st.lists(st.sampled_from(["safety", "Boeing", "ÿ!"]), max_size=2, unique=True),
    "place": st.sampled_from(["Portland, Oregon", "Köln"]),
    "imported": st.fixed_dictionaries(
        {"importer": st.sampled_from(["rss", "kev"]), "key": titles()},
        optional={"at": dates(), "batch": st.just("a1b2c3")},
    ),
    "backfilled": st.booleans(),
}


# Streams


@st.composite
def recorded(draw: st.DrawFn, min_size: int = 1, max_size: int = 12, slug: str = "story") -> Stream:
    """A whole stream as a desk recorded it, with its lines."""
    stream = Stream(slug)
    stream.take(draw(drafts("opened")))
    size = draw(st.integers(min_size, max_size))
    while len(stream.events) < size:
        after = draw(st.sampled_from([timedelta(0), SECOND, timedelta(days=1)]))
        stream.take(draw(next_event(stream.story)), after=after)
    return stream


@cache
def streams(min_size: int = 1, max_size: int = 12, slug: str = "story") -> st.SearchStrategy[list[Event]]:
    """The recorded events of one story: all types, amendments, closers and closings included."""
    return recorded(min_size, max_size, slug).map(lambda stream: stream.events)


@st.composite
def next_event(draw: st.DrawFn, story: Story) -> dict[str, Any]:
    """Any event that may follow this story."""
    claims = [each.id for each in story.claims if not each.retracted]
    in_force = [each for each in (*story.situations, *story.questions, *story.expected) if each.in_force]
    correctable = [each for each in story.developments if isinstance(each.event, Occurrence)]
    standing = [
        each
        for each in story.developments[1:]
        if each.standing not in (RETRACTED, REDACTED) and each.type != "redaction"
    ]
    ways = {"correct": correctable, "retract": standing}
    if story.status == "open":
        ways |= {"anything": [story], "move": in_force, "end": in_force, "about": claims, "close": [story]}
    else:
        ways |= {"reopen": [story]}
    way = draw(st.sampled_from([way for way, of in ways.items() for _ in range(_WEIGHTS.get(way, 1)) if of]))
    match way:
        case "correct":
            return _correction(draw, story, draw(st.sampled_from(correctable)))
        case "retract":
            return {"type": "retraction", "retracts": draw(st.sampled_from(standing)).id, "why": draw(titles())}
        case "move":
            return draw(drafts("change")) | {"about": draw(st.sampled_from(in_force)).id}
        case "end":
            return _closer(draw, draw(st.sampled_from(in_force)), in_force)
        case "about":
            return draw(drafts("confirmation", "denial", "report")) | {"about": draw(st.sampled_from(claims))}
    see = draw(st.lists(st.sampled_from(story.developments), max_size=2, unique_by=lambda each: each.seq))
    links = [f"elsewhere#{each.id}" if each.seq % 2 else each.id for each in see]
    return draw(drafts(*{"close": ("closed",), "reopen": ("reopened",)}.get(way, ()))) | {"see": links}


_WEIGHTS = {"anything": 6, "end": 3, "about": 3, "correct": 2}


def _closer(draw: st.DrawFn, situation: Situation, in_force: list[Situation]) -> dict[str, Any]:
    ends = [name for name, cls in TYPES.items() if cls.effect == Closes(situation.kind)]
    others = [each for each in in_force if each.listed != SITUATIONS and each != situation]
    also = draw(st.lists(st.sampled_from(others), max_size=2, unique_by=lambda each: each.id)) if others else []
    is_scored = any(each.listed == EXPECTED for each in (situation, *also))
    scored = {"closes_as": draw(st.sampled_from(SCORES))} if is_scored else {}
    more = {"also_closes": [each.id for each in also]} if also else {}
    return draw(drafts(*ends)) | {"closes": situation.id} | more | scored


_CORRECTED = ("occurred", "body", "parties", "figures", "image", "sources", "minor", "key", "tags", "place")


def _correction(draw: st.DrawFn, story: Story, target: Development) -> dict[str, Any]:
    """A correction of one field; where that says so already, of another."""
    field = draw(st.sampled_from(["title", *_CORRECTED]))
    value = draw(_VALUES[field] if field == "title" else _VALUES[field] | st.none())
    values = {"type": "correction", "corrects": target.id, "changes": {field: value}, "why": draw(titles())}
    try:
        decide(story, values, story.updated)
    except BadInput:
        values["changes"] = {"occurred_as": f"not {getattr(target.event, 'occurred_as', '') or 'then'}"}
    return values
