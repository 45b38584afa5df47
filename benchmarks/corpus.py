"""A log of any length: stories of a hundred events each. The same size always gives the same bytes.

Stories begin at even intervals and run for about a month, so that many develop side by side and the feeds of all
stories, of parties and of types hold entries of many. Every party and every type has enough events, also in a
small log, for its feed to have archives.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from itertools import islice
from random import Random

from msgspec import structs

from tracker.domain import chain
from tracker.domain import lines as event_lines
from tracker.domain import values as event_values
from tracker.text.dates import Recorded, moment_at, recorded_at

EVENTS = 100
"""Events of each story."""

WORDS = 55
"""Words in the body of an event."""

SEED = 20
START = datetime(2018, 1, 1, tzinfo=UTC)
APART = timedelta(hours=6)
"""Time from the beginning of a story to that of the next."""

STEP = timedelta(hours=8)
"""Approximate time from an event of a story to the next."""

PARTIES = tuple(f"{first} {second}" for first in ("North", "Blue", "Old", "Grand", "First")
                for second in ("Harbour", "Union", "Press", "Works"))  # fmt: skip

_WORDS = re.findall(
    "[a-z]+",
    "the court agency talks delay ruling filing company board says plans to review its terms after a week of"
    " pressure from partners and regulators who want more time while engineers look into the cause and customers"
    " wait for an answer about service prices access data safety and jobs",
)


def slug(story: int) -> str:
    return f"story-{story:05d}"


def end(stories: int) -> datetime:
    """Returns a time after the last event of a log of this number of stories."""
    return START + stories * APART + (EVENTS + 1) * STEP


def write(folder: str, stories: int, moving: int, quiet: int = EVENTS) -> int:
    """Writes stories into the folder of a log, and returns the number of bytes. All but the last ``moving``
    stories end after ``quiet`` events."""
    total = 0
    for story in range(stories):
        data = b"".join(islice(lines(story), quiet if story < stories - moving else EVENTS))
        with open(os.path.join(folder, f"{slug(story)}.jsonl"), "wb") as file:
            file.write(data)
        total += len(data)
    return total


def kept(stories: int) -> str:
    """Returns the folder of a log of this number of stories. The first call creates it."""
    folder = os.path.join(cache(), f"log-{fingerprint(stories)}")
    if not os.path.isdir(folder):
        aside = f"{folder}.new"
        shutil.rmtree(aside, ignore_errors=True)
        os.makedirs(aside)
        write(aside, stories, 0)
        os.rename(aside, folder)
    return folder


def cache() -> str:
    """Returns the folder that keeps logs and sites between runs."""
    folder = os.environ.get("TRACKER_BENCHMARKS") or os.path.expanduser("~/.cache/tracker-benchmarks")
    os.makedirs(folder, exist_ok=True)
    return folder


def fingerprint(stories: int) -> str:
    """Returns a name for a log, with a hash of its first and last story."""
    first = b"".join(lines(0)) + b"".join(lines(stories - 1))
    return f"{stories * EVENTS}-{blake2b(first, digest_size=6).hexdigest()}"


def lines(story: int, length: int = EVENTS, words: int = WORDS) -> Iterator[bytes]:
    """Yields the lines of a story, with this number of words in a body. Ids are unique among stories of at most
    EVENTS events."""
    dice = Random(f"{SEED} {story}")
    previous = chain.START
    for number in range(length):
        event = event_values.from_values(values(story, number, dice, words))
        event = structs.replace(
            event, id=_id(story, number), recorded=_recorded(story, number), salt=f"{dice.getrandbits(128):032x}"
        )
        event, line, previous = event_lines.encode(event, previous)
        yield line


def values(story: int, number: int, dice: Random, words: int = WORDS) -> dict[str, object]:
    """Returns the values of the event of this number, from 0. A twentieth of the events amend earlier ones."""
    first, second = dice.sample(PARTIES, 2)
    day = moment_at(_instant(story, number) - timedelta(hours=5))[:10]
    base = {"title": f"{first} and {second}: {_words(dice, 6)}", "body": _words(dice, words).capitalize() + ".",
            "parties": [first, second], "occurred": day}  # fmt: skip
    source = {"url": f"https://outlet.example/{story}/{number}", "publisher": f"Outlet {number % 9}"}
    if not number:
        return {"type": "opened", "format": chain.FORMAT, "slug": slug(story), "summary": _words(dice, 12), **base}
    match number % 10:
        case 1:
            return {"type": "report", "sources": [source], **base}
        case 2:
            return {"type": "confirmation", "about": _id(story, number - 1), "by": first, **base}
        case 3:
            return {"type": "suspension", "subject": first, "by": second, **base}
        case 4:
            return {"type": "statement", "speaker": first, "quote": _words(dice, 8), **base}
        case 5:
            figure = {"party": first, "name": f"figure {number % 30}", "value": str(number), "unit": "USD"}
            return {"type": "earnings", "company": first, "figures": [figure], **base}
        case 6:
            return {"type": "reinstatement", "closes": _id(story, number - 3), **base}
        case 9 if number % 20 == 9:
            changes = {"title": f"{first} alone: {_words(dice, 6)}"}
            return {"type": "correction", "corrects": _id(story, number - 2), "changes": changes,
                    "why": _words(dice, 40)}  # fmt: skip
    return {"type": "update", "sources": [source], **base}


def _words(dice: Random, words: int) -> str:
    return " ".join(dice.choices(_WORDS, k=words))


def _instant(story: int, number: int) -> datetime:
    return START + story * APART + number * STEP + timedelta(seconds=(story * 7919 + number * 104729) % 25200)


def _recorded(story: int, number: int) -> Recorded:
    return recorded_at(_instant(story, number))


def _id(story: int, number: int) -> str:
    return f"00000000-0000-7000-8000-{story * EVENTS + number:012x}"
