"""``history.json``: what turns a story's page back, as the page's script reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from tests.conformance import markup
from tests.conformance.markup import html_faults
from tests.conformance.shared import Faults, instant, parsed, repeated

_FIELDS = ("format", "story", "sections", "steps", "was")
_RECORDED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
_DAY = r"(\d{4}-\d\d-\d\d)?"
_OF_STEP = {"seq", "recorded", "day", "items"}
_OWN = {"title", "status", "summary"}
"""The keys of what the page says of the story itself."""


def history_faults(data: bytes) -> Faults:
    told, error = parsed(data)
    if error:
        yield error
        return
    yield from (f"has no {name}" for name in _FIELDS if name not in told)
    yield from (f"has a {name}" for name in told if name not in _FIELDS)
    if any(name not in told for name in _FIELDS):
        return
    if told["format"] != "tracker/1":
        yield f"its format is {told['format']!r}"
    sections = told["sections"]
    if not _texts(sections) or repeated(sections):
        yield f"the sections are {sections!r}"
        return
    yield from _step_faults(told["steps"], len(sections))
    yield from _was_faults(told["was"], len(told["steps"]))


def addresses_of_history(data: bytes) -> Iterator[str]:
    """Where the articles in it lead, and the pages of all developments that it knows."""
    told, _ = parsed(data)
    yield from (f"{step['seq']}.html" for step in told["steps"])
    for versions in told["was"].values():
        for _, html, *_ in versions:
            yield from markup.parsed(html, relative=True).addresses


def _texts(found: Any) -> bool:
    return isinstance(found, list) and all(isinstance(each, str) and each for each in found)


def _step_faults(steps: Any, sections: int) -> Faults:
    if not isinstance(steps, list) or not steps:
        yield "has no steps"
        return
    last, there = "", set[str]()
    for number, step in enumerate(steps, 1):
        fields = step.keys() if isinstance(step, dict) else set[str]()
        if not _OF_STEP <= fields <= _OF_STEP | {"of", "first", "cells"} or step["seq"] != number:
            yield f"step {number} is {str(step)[:60]}"
            return
        if not _RECORDED.fullmatch(str(step["recorded"])) or not instant(step["recorded"]):
            yield f"step {number} was recorded {step['recorded']!r}"
        if str(step["recorded"]) < last:
            yield f"step {number} was recorded before the one before it"
        last = str(step["recorded"])
        for name in ("day", "first"):
            if not re.fullmatch(_DAY, step.get(name, "")):
                yield f"step {number} has the {name} {step[name]!r}"
        if not 1 <= step.get("of", 1) < number + (number == 1):
            yield f"step {number} is of development {step['of']!r}"
        for key, *cells in step.get("cells", ()):
            days = [day for day, *_ in cells]
            if not days or days != sorted(set(days)) or not all(map(re.compile(_DAY).fullmatch, days)):
                yield f"step {number}: {key} has the days {days}"
            faults = (_item_faults([key, *item], {key}, number, sections) for _, *item in cells)
            yield from (f"step {number}: {fault}" for each in faults for fault in each)
        for item in step["items"]:
            yield from (f"step {number}: {fault}" for fault in _item_faults(item, there, number, sections))
        for key in repeated(str(item[0]) for item in step["items"]):
            yield f"step {number} has {key} twice"
        if missing := _OWN - {"summary"} - there:
            yield f"at step {number} there is no {' and no '.join(sorted(missing))}"


def _item_faults(item: Any, there: set[str], number: int, sections: int) -> Faults:
    """What is wrong with one item; ``there`` are the keys of what stood before it, and then after it."""
    if not isinstance(item, list) or len(item) not in (1, 5) or not isinstance(item[0], str) or not item[0]:
        yield f"{str(item)[:60]} is no item"
        return
    key, *rest = item
    if not rest:
        if key not in there:
            yield f"{key} is gone and was never there"
        there.discard(key)
        return
    there.add(key)
    section, order, words, seq = rest
    if type(section) is not int or not -1 <= section < sections:
        yield f"{key} stands in the section {section!r}"
    if (section == -1) != (key in _OWN):
        yield f"{key} stands where it does not belong"
    if not isinstance(order, str) or not isinstance(words, str) or (not words and key != "summary"):
        yield f"{key} says {words!r}, in the order of {order!r}"
    if type(seq) is not int or not (0 if key in _OWN else 1) <= seq <= number:
        yield f"{key} rests on {seq!r}"
    if key == "summary":
        yield from html_faults(str(words))


def _was_faults(was: Any, last: int) -> Faults:
    if not isinstance(was, dict):
        yield f"what was is {str(was)[:60]}"
        return
    for seq, versions in was.items():
        if not re.fullmatch("[1-9][0-9]*", seq) or int(seq) >= last:
            yield f"there is no development {seq} that was amended"
            continue
        before = int(seq)
        for version in versions:
            kinds = [type(each) for each in version] if isinstance(version, list) else []
            if kinds not in ([int, str, str, str], [int, str, str, str, str, str]):
                yield f"development {seq} was {str(version)[:60]}"
                break
            until, html, kind, parties, *labels = version
            if not before < until <= last:
                yield f"development {seq} read so until {until}, after {before}"
            before = until
            if kind not in ("", "retracted", "redacted"):
                yield f"development {seq} was of the kind {kind!r}"
            if not re.fullmatch("[a-z0-9-]*( [a-z0-9-]+)*", parties):
                yield f"development {seq} named the parties {parties!r}"
            if labels and (not any(labels) or labels[1] not in ("", "key")):
                yield f"development {seq} had the labels {labels}"
            yield from (f"development {seq}: {fault}" for fault in markup.parsed(html, relative=True).faults)
