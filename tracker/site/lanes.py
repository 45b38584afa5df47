"""Draw the picture of a story as SVG: an axis of time, and a track for each lane.

::

    Picture ──▶ Axis ──▶ bars and marks at their places, in percent ──▶ Drawing(defs, axis, rows, others)

- A bar runs from begin to end, a disc marks its beginning, a bar across it its end, an arrow that it still holds.
- A claim is thin: hollow while it is reported, full once it is confirmed.
- A vague date is a gradient over all of its time. An unknown beginning fades in from the left edge, an unknown end
  fades out to the right.
- A ringed C stands where a correction moved a date; a dashed line shows the date that was believed before.
- The numbers of a figure that belongs to a lane are steps above its bar.

Places are percentages of the width and lengths are pixels: one drawing for every width, without a ``style``
attribute. Colours come from the style sheet, by class. Shapes that all tracks share are in ``defs``. The page
names each lane and its dates as text beside the track, so programs that read aloud skip the drawing.

Pure: the same story always gives the same bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from html import escape
from typing import NamedTuple

from msgspec import structs

from tracker.site.axis import Axis, Clock
from tracker.site.page_words import tick_words
from tracker.text.dates import Edge, Occurred, Recorded
from tracker.views.lanes import (
    CHANGED,
    CONFIRMED,
    CORRECTION,
    DENIED,
    DISPUTED,
    DUE,
    ENDED,
    FORCE,
    OPEN,
    REPORTED,
    Bound,
    Lane,
    Mark,
    Picture,
    Stretch,
    bound,
    chosen,
)
from tracker.wording import amounts
from tracker.wording.messages import Wording, plain

DRAWN = 12
"""The most lanes that hold, and the most that ended, which are drawn at once. The others are below them."""

WITH_OTHERS = 60
"""The most lanes of which all are drawn. If there are more, the others are not drawn."""

NUMBERED = 16
"""The most key events with a number on the axis."""

_VAGUE, _VAGUE_DAY = 1.2, 8
"""The least width, in percent, of a date that is drawn as vague, and of a day that is."""

_APART = 6.6
"""The least distance, in percent, of two numbers of key events on one level, and of two values above a bar."""

_CLASS = {FORCE: "f", OPEN: "o", ENDED: "e", REPORTED: "r", CONFIRMED: "y", DENIED: "n", DISPUTED: "d"}
"""The letter of each state in the names of classes and of shapes."""

_HEIGHTS = {"claim": 6, "office": 16}
_HEIGHT = 12
"""The heights of bars, in pixels, by kind."""


class Row(NamedTuple):
    """A lane and its track as SVG. ``tall`` says that numbers stand above its bar."""

    lane: Lane
    svg: str
    tall: bool


class Drawing(NamedTuple):
    """The picture of a story: shapes that all tracks share, the key events by number (empty if there are none or
    too many), the axis, a row for each drawn lane, and the lanes that are not drawn at once; of very many, without
    a track. ``kinds`` names the states and marks that occur in it, for its key."""

    defs: str
    keys: str
    axis: str
    rows: list[Row]
    others: list[Row]
    kinds: set[str]


class _Bar(NamedTuple):
    """A part of a bar, from and to a place in percent. ``fade`` is ``in``, ``out`` or empty."""

    state: str
    left: float
    right: float
    fade: str = ""


class _Scene:
    """The axis of a picture and the places of its bounds on it."""

    def __init__(self, picture: Picture, wording: Wording | None = None) -> None:
        self.wording = wording or plain("en")
        bounds = [each for lane in picture.lanes for each in _bounds(lane)] + list(picture.happened)
        edges = {edge for each in bounds for edge in _drawn_edges(each)}
        self.clock = Clock([*edges, picture.now])
        at = self.clock.at
        vague = [(at(each.earliest), at(each.latest)) for each in bounds if each.earliest and _is_vague(each)]
        self.axis = Axis(map(at, edges), vague, at(picture.now))
        self.now = self.axis.at(self.axis.now)

    def at(self, edge: Edge) -> float:
        return self.axis.at(self.clock.at(edge))

    def span(self, found: Bound) -> tuple[float, float]:
        """Returns the places between which a bound lies: twice the same if it is exact as far as can be seen."""
        left, right = self.at(found.earliest) if found.earliest else 0.0, self.at(found.latest)
        if found.earliest and right - left < (_VAGUE if _is_vague(found) else _VAGUE_DAY):
            return left, left
        return left, right

    def point(self, found: Bound) -> float:
        """Returns the one place at which a point is drawn: of a day that can be seen, its middle; of a vague
        date, its end."""
        left, right = self.span(found)
        return right if not found.earliest or _is_vague(found) else (left + right) / 2


def draw(picture: Picture, wording: Wording) -> Drawing | None:
    """Returns the drawing of a story; None if no lane has a beginning."""
    if not picture.lanes:
        return None
    scene = _Scene(picture, wording)
    drawn, others = chosen(picture.lanes, DRAWN)
    few = len(picture.lanes) <= WITH_OTHERS
    return Drawing(
        _defs(scene.axis),
        _keys(picture, scene),
        _axis(picture, scene),
        [_row(each, scene) for each in _arranged(drawn, scene)],
        [_row(each, scene) if few else Row(each, "", False) for each in others],
        set(_kinds(picture.lanes, scene)),
    )


def _kinds(lanes: Iterable[Lane], scene: _Scene) -> Iterator[str]:
    for lane in lanes:
        yield from (each.state for each in lane.stretches)
        yield from (each.kind for each in lane.marks)
        yield from ("vague" for each in _bars(lane, scene) if each.fade)
    yield from ("folded" for _ in scene.axis.folds)


def outline(picture: Picture, most: int = DRAWN) -> str:
    """Returns the bars alone, without names: the story's own outline, for lists."""
    bar, gap = 5, 8  # the height of a bar, and the distance from one to the next, in pixels
    if not picture.lanes:
        return ""
    scene = _Scene(picture)
    lanes = _arranged(chosen(picture.lanes, most)[0], scene)
    parts = [f'<svg class="mini" height="{gap * len(lanes) + 10}" aria-hidden="true">']
    for place, lane in enumerate(lanes):
        for each in _bars(lane, scene):
            faint = ' opacity=".35"' if each.fade or each.state == REPORTED else ""
            kind = _CLASS[CONFIRMED if each.state == REPORTED else each.state]
            parts.append(_rect(each.left, each.right, place * gap, bar, f'class="b-{kind}"{faint}'))
    parts.append(_rug(picture, scene, gap * len(lanes) + 2))
    parts.append("</svg>")
    return "".join(parts)


def bars(picture: Picture, most: int) -> list[tuple[int, str, int, int]]:
    """Returns the parts of the bars of up to ``most`` lanes that hold and as many that ended, without claims: the
    number of the row, the state, and from where to where it runs, in percent."""
    if not picture.lanes:
        return []
    scene = _Scene(picture)
    lanes = chosen([each for each in picture.lanes if each.kind != "claim"], most // 2)[0]
    return [
        (row, each.state, round(each.left), round(each.right))
        for row, lane in enumerate(_arranged(lanes, scene))
        for each in _bars(lane, scene)
    ]


def _bounds(lane: Lane) -> Iterator[Bound]:
    for each in lane.stretches:
        yield each.begin
        if each.end:
            yield each.end
    for mark in lane.marks:
        yield mark.at
        if mark.was:
            yield mark.was


def _is_vague(found: Bound) -> bool:
    return found.earliest is not None and found.earliest.day != found.latest.day


def _drawn_edges(found: Bound) -> list[Edge]:
    """Returns the edges of a bound that have a place on the axis: no open end, and of a day its beginning."""
    edges = [found.earliest, found.latest] if _is_vague(found) else [found.earliest or found.latest]
    return [each for each in edges if each and "0001" < each.day[:4] < "9999"]


def _arranged(lanes: Sequence[Lane], scene: _Scene) -> list[Lane]:
    """Returns the lanes in the order in which they began. Those that began before a quiet time at the start come
    last."""
    folds = scene.axis.folds
    if not folds or folds[0].left > 100 / 3:
        return list(lanes)
    early = {each.key for each in lanes if each.begin.earliest and scene.at(each.begin.earliest) < folds[0].left}
    if len(early) == len(lanes):
        return list(lanes)
    return sorted(lanes, key=lambda each: each.key in early)


# Bars.


def _bars(lane: Lane, scene: _Scene) -> Iterator[_Bar]:
    for each in lane.stretches:
        yield from _bar(each, scene)


def _bar(stretch: Stretch, scene: _Scene) -> Iterator[_Bar]:
    """Yields the parts of a stretch: the span of a vague beginning, what is certain, the span of a vague end."""
    left, begun = scene.span(stretch.begin)
    ending, right = scene.span(stretch.end) if stretch.end else (max(scene.now, begun),) * 2
    if stretch.end and not stretch.end.earliest:
        ending = begun
    if begun > ending:
        begun = ending = min(max((begun + ending) / 2, left), right)
    if begun > left:
        yield _Bar(stretch.state, left, begun, "in")
    if ending > begun:
        yield _Bar(stretch.state, begun, ending)
    if right > ending:
        yield _Bar(stretch.state, ending, right, "out")


def _row(lane: Lane, scene: _Scene) -> Row:
    height = _HEIGHTS.get(lane.kind, _HEIGHT)
    tall = bool(lane.figures)
    middle = 9 if tall else 0
    top = middle - height // 2
    bars = "".join(_drawn_bar(each, top, height) for each in _bars(lane, scene))
    marks = "".join((*_edges(lane, scene, middle, height), *_marks(lane, scene, middle), *_steps(lane, scene)))
    svg = (
        '<svg class="tr" width="100%" height="100%" aria-hidden="true">'
        f'{_GRID}<svg y="50%" width="100%" height="1" overflow="visible">{bars}</svg>'
        f"{_FOLDS if scene.axis.folds else ''}"
        f'<svg y="50%" width="100%" height="1" overflow="visible">{marks}</svg></svg>'
    )
    return Row(lane, svg, tall)


_FOLDS = '<use href="#lane-fold" width="100%" height="100%"/>'


def _drawn_bar(bar: _Bar, top: int, height: int) -> str:
    kind = _CLASS[bar.state]
    look = f'fill="url(#lane-{bar.fade}-{_GRADIENTS[kind]})"' if bar.fade else f'class="b-{kind}"'
    return _rect(bar.left, bar.right, top, height, look)


_GRADIENTS = {"f": "f", "o": "o", "e": "e", "r": "y", "y": "y", "n": "n", "d": "o"}


def _edges(lane: Lane, scene: _Scene, middle: int, height: int) -> Iterator[str]:
    """Yields the disc of an exact beginning, and the arrow of a lane that still holds or the bar of its exact
    end."""
    state = _CLASS[lane.stretches[0].state]
    left, begun = scene.span(lane.begin)
    if left == begun:
        yield _use("disc", begun, middle, state)
    state = _CLASS[lane.stretches[-1].state]
    if lane.end is None:
        yield _use("arrow", max(scene.now, begun), middle, state)
    else:
        ending, right = scene.span(lane.end)
        if ending == right:
            yield _use("end", right, middle, state)


def _marks(lane: Lane, scene: _Scene, middle: int) -> Iterator[str]:
    for each in lane.marks:
        yield from _mark(each, lane, scene, middle)


def _mark(mark: Mark, lane: Lane, scene: _Scene, middle: int) -> Iterator[str]:
    left, right = scene.span(mark.at)
    if mark.kind == CHANGED and left == right:
        state = next(each.state for each in lane.stretches if each.seq == mark.seq)
        yield _use("disc", left, middle, _CLASS[state])
    elif mark.kind == DUE:
        yield _use("due", right, middle, "o")
    elif mark.kind == CORRECTION:
        if mark.was:
            before, after = scene.span(mark.was)
            y = middle + 11
            if before == after:
                yield f'<line class="gh" x1="{_n(before)}%" x2="{_n(before)}%" y1="{middle - 11}" y2="{y}"/>'
            else:
                yield f'<line class="gh" x1="{_n(before)}%" x2="{_n(after)}%" y1="{y}" y2="{y}"/>'
        yield _use("corrected", left if left == right else right, middle, "")


def _steps(lane: Lane, scene: _Scene) -> Iterator[str]:
    """Yields the numbers of the lane's figure as steps above its bar, with the first and the last value and those
    for which there is room."""
    if not lane.figures:
        return
    numbers = [Fraction(each.figure.value) for each in lane.figures]
    low, high = min(numbers), max(numbers)
    places = [scene.point(_bound_of(each.occurred, each.recorded)) for each in lane.figures]
    heights = [-4 - round(12 * (each - low) / (high - low)) if high > low else -8 for each in numbers]
    ends = [*places[1:], max(scene.now, places[-1])]
    told = places[0] - 2 * _APART
    for place, (x, end, y, value) in enumerate(zip(places, ends, heights, lane.figures, strict=True)):
        yield f'<line class="st2" x1="{_n(x)}%" x2="{_n(end)}%" y1="{y}" y2="{y}"/>'
        if place:
            yield f'<line class="st2" x1="{_n(x)}%" x2="{_n(x)}%" y1="{heights[place - 1]}" y2="{y}"/>'
        if x - told > _APART or (place == len(places) - 1 and x - told > _APART / 2):
            told = x
            words = escape(amounts.amount(scene.wording, structs.replace(value.figure, **_PLAIN)))
            side = ('dx="-5"', "end") if x > 80 else ('dx="5"', "start")
            yield f'<text class="v" x="{_n(x)}%" {side[0]} y="{y - 4}" text-anchor="{side[1]}">{words}</text>'


_PLAIN = {"unit": "", "per": "", "expected_low": "", "expected_high": ""}


# The axis.


def _axis(picture: Picture, scene: _Scene) -> str:
    labels = "".join(_labels(scene))
    return f'<svg height="36" aria-hidden="true">{_GRID}{labels}{_rug(picture, scene, 24)}</svg>'


def _keys(picture: Picture, scene: _Scene) -> str:
    """Returns the numbers of the key events above the axis."""
    levels = _levels([scene.point(_bound_of(each.occurred, each.recorded)) for each in picture.keys])
    if not levels:
        return ""
    height = 20 * max(level for level, _ in levels) + 22
    parts = []
    for number, ((level, at), key) in enumerate(zip(levels, picture.keys, strict=True), 1):
        x, y = f"{_n(at)}%", 10 + 20 * level
        parts.append(
            f'<line class="g" x1="{x}" x2="{x}" y1="{y}" y2="{height}"/>'
            f'<a href="#{key.seq}" tabindex="-1"><circle class="kc" cx="{x}" cy="{y}" r="9"/>'
            f'<text class="kn" x="{x}" y="{y + 4}">{number}</text></a>'
        )
    return f'<svg height="{height}" aria-hidden="true">{_GRID}{"".join(parts)}</svg>'


_GRID = '<use href="#lane-grid" width="100%" height="100%"/>'


def _levels(places: Sequence[float]) -> list[tuple[int, float]]:
    """Returns the level and the place of each key event; none if there are too many. Those that are close to each
    other stand below one another."""
    if len(places) > NUMBERED:
        return []
    last = defaultdict[int, float](lambda: -100.0)
    found = []
    for at in places:
        level = next(level for level in range(len(places)) if abs(at - last[level]) >= _APART)
        last[level] = at
        found.append((level, at))
    return found


def _labels(scene: _Scene) -> Iterator[str]:
    """Yields the labels for which there is room. Of those that are marked, a narrow screen shows none."""
    free, count, before = -100.0, 0, None
    now = scene.wording.say("Now")
    until = scene.now - 1.2 * len(now)
    for each in scene.axis.ticks():
        words = tick_words(scene.wording, each, before)
        end = each.at + len(words) + 1
        if each.at > free and end < until:
            odd = ' class="tk2"' if count % 2 else ""
            yield f'<text x="{_n(each.at)}%" dx="3" y="14"{odd}>{escape(words)}</text>'
            free, before, count = end, each, count + 1
    yield f'<text x="{_n(scene.now)}%" y="14" text-anchor="end" dx="8">{escape(now)}</text>'


def _rug(picture: Picture, scene: _Scene, y: int) -> str:
    """Returns a tick for each development, as one path that is as wide as the drawing."""
    places = sorted({round(10 * scene.point(each)) for each in picture.happened})
    path = "".join(f"M{each} 0v1" for each in places)
    return (
        f'<svg class="rug" y="{y}" width="100%" height="8" viewBox="0 0 1000 1" preserveAspectRatio="none">'
        f'<path vector-effect="non-scaling-stroke" d="{path}"/></svg>'
    )


def _defs(axis: Axis) -> str:
    """Returns the shapes that all tracks share: gradients, the hatching of a quiet time, marks, the grid and the
    folds."""
    grid = "".join(
        f'<line class="g" x1="{_n(each.at)}%" x2="{_n(each.at)}%" y1="0" y2="100%"/>' for each in axis.ticks()
    )
    folds = "".join(_rect(each.left, each.right, 0, "100%", 'class="fo"') for each in axis.folds)
    return (
        f'<svg class="vh" width="0" height="0" aria-hidden="true" focusable="false"><defs>{_SHAPES}'
        f'<symbol id="lane-grid">{grid}</symbol><symbol id="lane-fold">{folds}</symbol></defs></svg>'
    )


def _gradient(kind: str) -> str:
    """Returns the gradients of a state, from faint to full and back."""
    return "".join(
        f'<linearGradient id="lane-{fade}-{kind}" class="gr-{kind}"><stop stop-opacity="{first}"/>'
        f'<stop offset="1" stop-opacity="{last}"/></linearGradient>'
        for fade, first, last in (("in", ".08", ".95"), ("out", ".95", ".08"))
    )


_SHAPES = (
    "".join(map(_gradient, "foeyn"))
    + '<pattern id="lane-hatch" width="6" height="6" patternUnits="userSpaceOnUse"'
    ' patternTransform="rotate(45)"><rect class="hp" width="6" height="6"/><path class="hl" d="M0 0V6"/></pattern>'
    '<circle id="lane-disc" class="m" r="6.5"/><path id="lane-end" class="m" d="M-2.5-10h5v20h-5z"/>'
    '<path id="lane-arrow" d="M-1-10L10 0L-1 10z"/><path id="lane-due" class="m" d="M0-8L8 0L0 8L-8 0z"/>'
    '<g id="lane-corrected"><circle class="cm" r="8"/><text class="ct" x="-3.8" y="4">C</text></g>'
)


def _bound_of(occurred: Occurred, recorded: Recorded) -> Bound:
    found = bound(occurred, recorded)
    return found._replace(earliest=found.earliest or found.latest)


def _use(shape: str, at: float, y: int, kind: str) -> str:
    look = f' class="b-{_GRADIENTS[kind]}"' if kind else ""
    return f'<use href="#lane-{shape}" x="{_n(at)}%" y="{y}"{look}/>'


def _rect(left: float, right: float, y: int, height: int | str, look: str) -> str:
    return f'<rect {look} x="{_n(left)}%" width="{_n(right - left)}%" y="{y}" height="{height}"/>'


def _n(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
