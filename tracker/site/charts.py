"""Draw the figures that were reported more than once as small SVG charts for the pages of a story.

::

    story ──▶ the series of each figure that stands ──▶ Chart(key, label, svg, values)

- A reading is a value of a series (``views/series.py``).
- The horizontal axis is the time of occurrence. A point stands at the middle of the time that its date may mean,
  and a thin line covers all of that time. The open end of a date is left out. Without a date, the time of
  recording counts.
- The vertical axis is the value: a disc, or a bar for a range. A broader bar behind it shows the expected value. A
  side of a range without a bound runs to the edge. A number holds until the next one: the lines are steps.
- Every point is a group. Its ``data-known`` is the number of the event that last made or amended it. The line
  between two points belongs to the point that became known later, so a page that is turned back in time hides it
  together with that point.

Colours and strokes come from the style sheet, by class. Arithmetic is exact: numbers may have forty digits.

Pure: the same story always gives the same bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from html import escape
from itertools import accumulate, count, pairwise
from math import ceil, floor
from typing import NamedTuple

from msgspec import structs

from tracker.domain.events import Figure
from tracker.domain.story import Story
from tracker.site.axis import Clock
from tracker.text.dates import Edge, Occurred, when
from tracker.views.series import Value, series
from tracker.wording import amounts, dates
from tracker.wording.lines import label
from tracker.wording.messages import Wording

DRAWN = 200
"""The most points in one chart. If there are more, the chart has the latest."""
LABELLED = 24
"""The most points with their value beside them. The title of every point has its value."""


class Chart(NamedTuple):
    """One chart, as SVG. ``key`` and ``label`` are those of the latest reading that was not withdrawn. ``values``
    are its readings, the latest first: the words of each, its date and the number of its development."""

    key: str
    label: str
    svg: str
    values: tuple[tuple[str, str, int], ...]


class _Point(NamedTuple):
    """One reading. ``known`` is the number of the event that last made or amended it. ``earliest`` and ``latest``
    are the ends of the time that its date may mean. ``date`` is it in words, ``said`` the value, ``short`` the
    value without the unit that the axis has and without the expected value."""

    figure: Figure
    seq: int
    known: int
    earliest: Edge
    latest: Edge
    date: str
    said: str
    short: str

    @property
    def words(self) -> str:
        return f"{self.said}, {self.date}, #{self.seq}"


class _Scale(NamedTuple):
    """A linear scale from the numbers ``low`` to ``high`` to the places ``start`` to ``end`` of the drawing."""

    low: Fraction
    high: Fraction
    start: int
    end: int

    def at(self, number: Fraction | int) -> int:
        return self.start + round((number - self.low) * (self.end - self.start) / (self.high - self.low))


class _Box(NamedTuple):
    """A rectangle in the drawing."""

    left: int
    top: int
    right: int
    bottom: int

    def overlaps(self, other: _Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


class _Mark(NamedTuple):
    """A point with its place in the drawing. Its value reaches from ``top`` to ``bottom``, its date from ``left``
    to ``right``, its expected value over the two heights of ``expected``. Lines run through ``x`` and ``y``."""

    point: _Point
    x: int
    y: int
    top: int
    bottom: int
    left: int
    right: int
    expected: tuple[int, int] | None


# All places and lengths are whole numbers, in tenths of a unit of the view box.

_WIDTH, _HEIGHT = 6000, 1600
_TOP, _BOTTOM, _RIGHT = 220, 1280, 5960
_DATES = 1550
"""The base line of the dates."""
_LETTER, _WIDE_LETTER = 65, 120
"""About how wide a letter is. The font of the reader is not known."""
_TEXT = 120
"""The height of a line of text."""
_LONGEST_TICK = 1500
_INSET = 100
"""The space between the edges and the first and last point: half of the bar of an expected value needs it."""
_RADIUS, _VALUE, _EXPECTED, _LEAST = 30, 50, 140, 20
_LEADS = (1, 2, 5, 4)
"""The leading digits of the steps of an axis. Without the 4, some ranges have no two or three round numbers."""


def charts(story: Story, wording: Wording) -> list[Chart]:
    """Return a chart, in the order of keys, of every current figure that at least two developments give a
    number."""
    made: list[Chart] = []
    for each in series(story):
        points = [_point(value, wording) for value in each.values if _is_number(value.figure)]
        if len(points) > 1:
            values = tuple((point.said, point.date, point.seq) for point in reversed(points))
            name = label(wording, each.latest)
            svg = _svg(len(made) + 1, name, each.latest.figure, points, wording)
            made.append(Chart(each.latest.key, name, svg, values))
    return made


def _is_number(figure: Figure) -> bool:
    return bool(figure.value or figure.low or figure.high)


def _point(value: Value, wording: Wording) -> _Point:
    earliest, latest = when(_closed(value.occurred), value.recorded)
    seq = value.development.seq
    known = max((seq, *(each.seq for each in value.development.amendments)))
    said = amounts.figure(wording, structs.replace(value.figure, as_of=Occurred("")))
    if value.occurred:
        date = dates.date(wording, value.occurred)
    else:
        date = wording.say("recorded {day}", day=dates.day(wording, value.recorded))
    bare = structs.replace(value.figure, unit="", per="", expected_low="", expected_high="")
    return _Point(value.figure, seq, known, earliest, latest, date, said, amounts.amount(wording, bare))


def _closed(occurred: Occurred) -> Occurred:
    """Return the date without its open end."""
    return Occurred("/".join(end for end in occurred.split("/") if end != ".."))


# The drawing.


def _middle(point: _Point, clock: Clock) -> int:
    return (clock.at(point.earliest) + clock.at(point.latest)) // 2


def _svg(number: int, name: str, latest: Figure, points: Iterable[_Point], wording: Wording) -> str:
    points = list(points)
    clock = Clock(edge for each in points for edge in (each.earliest, each.latest))
    ordered = sorted(points, key=lambda each: (_middle(each, clock), each.seq))
    drawn = ordered[-DRAWN:]
    up = _up(drawn)
    ticks = [(up.at(value), _tick_words(words, latest, wording)) for value, words in _ticks(up.low, up.high)]
    left = 100 + max(_width(words) for _, words in ticks)
    across = _across(drawn, clock, left)
    marks = [_mark(each, clock, across, up) for each in drawn]
    title, desc = f"chart-{number}-title", f"chart-{number}-desc"
    parts = [
        f'<svg class="chart" viewBox="0 0 {_WIDTH // 10} {_HEIGHT // 10}" font-size="11" role="img"'
        f' aria-labelledby="{title} {desc}">',
        f'<title id="{title}">{escape(name)}</title>',
        f'<desc id="{desc}">{escape(_described(drawn, len(ordered), wording))}</desc>',
        *_axes(ticks, left, drawn),
        *_groups(marks, left),
        "</svg>",
    ]
    return "\n".join(parts)


def _described(drawn: Sequence[_Point], readings: int, wording: Wording) -> str:
    """Return all values in words, for readers who do not see the drawing."""
    words = f"{'; '.join(each.words for each in drawn)}."
    if readings == len(drawn):
        return words
    left_out = wording.say("Earlier ones left out: {n}.", n=wording.number(readings - len(drawn)))
    return f"{words} {left_out}"


def _across(points: Sequence[_Point], clock: Clock, left: int) -> _Scale:
    low, high = min(clock.at(each.earliest) for each in points), max(clock.at(each.latest) for each in points)
    least = 1 if low == high else 0
    return _Scale(Fraction(low - least), Fraction(high + least), left + _INSET, _RIGHT - _INSET)


def _up(points: Iterable[_Point]) -> _Scale:
    """Return a scale for all numbers and expected numbers, with room above and below, but no room below zero."""
    numbers = [
        number
        for each in points
        for number in (*_value(each.figure), *_expected(each.figure))
        if number is not None
    ]
    low, high = min(numbers), max(numbers)
    room = (high - low) / 12 or abs(high) or Fraction(2)
    return _Scale(low - room if low < 0 else max(low - room, Fraction(0)), high + room, _BOTTOM, _TOP)


def _value(figure: Figure) -> tuple[Fraction | None, Fraction | None]:
    """Return the lowest and the highest value of a figure; None where a side has no bound."""
    return _number(figure.value or figure.low), _number(figure.value or figure.high)


def _expected(figure: Figure) -> tuple[Fraction | None, Fraction | None]:
    return _number(figure.expected_low), _number(figure.expected_high)


def _number(text: str) -> Fraction | None:
    return Fraction(text) if text else None


def _ticks(low: Fraction, high: Fraction) -> list[tuple[Fraction, str]]:
    """Return two or three round numbers from ``low`` to ``high``, each with its digits."""
    lead, exponent = _step(low, high)
    return [
        (number * lead * Fraction(10) ** exponent, f"{Decimal(f'{number * lead}e{exponent}'):f}")
        for number in _multiples(low, high, lead, exponent)
    ]


def _step(low: Fraction, high: Fraction) -> tuple[int, int]:
    """Return the first step of those (1, 2, 5, 4 times a power of ten) with two or three multiples from ``low`` to
    ``high``, as its digit and its exponent."""
    extent = high - low
    smallest = len(str(extent.numerator)) - len(str(extent.denominator)) - 2  # so small that ten steps or more fit
    steps = ((lead, exponent) for exponent in count(smallest) for lead in _LEADS)
    return next(step for step in steps if len(_multiples(low, high, *step)) in (2, 3))


def _multiples(low: Fraction, high: Fraction, lead: int, exponent: int) -> range:
    """Return the factors by which the step gives the numbers from ``low`` to ``high``."""
    step = lead * Fraction(10) ** exponent
    return range(ceil(low / step), floor(high / step) + 1)


def _tick_words(number: str, figure: Figure, wording: Wording) -> str:
    words = amounts.figure(wording, Figure(name=figure.name, value=number, unit=figure.unit))
    return _shortened(words, _LONGEST_TICK)


def _axes(ticks: Iterable[tuple[int, str]], left: int, points: Sequence[_Point]) -> Iterator[str]:
    for y, words in ticks:
        yield _line("chart-axis", left, y, _RIGHT, y)
        yield _text(left - 60, y + 40, words, "end")
    yield _line("chart-axis", left, _BOTTOM, _RIGHT, _BOTTOM)
    first, last = (_shortened(each.date, (_RIGHT - left) // 2 - 100) for each in (points[0], points[-1]))
    if first == last:
        yield _text((left + _RIGHT) // 2, _DATES, first, "middle")
    else:
        yield _text(left, _DATES, first, "start")
        yield _text(_RIGHT, _DATES, last, "end")


def _mark(point: _Point, clock: Clock, across: _Scale, up: _Scale) -> _Mark:
    low, high = _value(point.figure)
    top, bottom = _extent(low, high, up)
    y = top if low is None else bottom if high is None else (top + bottom) // 2
    left, x, right = map(across.at, (clock.at(point.earliest), _middle(point, clock), clock.at(point.latest)))
    least, most = _expected(point.figure)
    expected = None if least is most is None else _extent(least, most, up)
    return _Mark(point, x, y, top, bottom, left, right, expected)


def _extent(low: Fraction | None, high: Fraction | None, up: _Scale) -> tuple[int, int]:
    """Return the top and the bottom of a range. A side without a bound reaches to the edge."""
    return _TOP if high is None else up.at(high), _BOTTOM if low is None else up.at(low)


def _groups(marks: Sequence[_Mark], left: int) -> Iterator[str]:
    """Yield a group for every point, with the lines to neighbours that were known before it."""
    joins, labels = _joins(marks), _labels(marks, left)
    for place, each in enumerate(marks):
        yield f'<g class="point" data-known="{each.point.known}">'
        yield f"<title>{escape(each.point.words)}</title>"
        yield from joins[place]
        yield from _drawn(each)
        yield from labels[place]
        yield "</g>"


def _joins(marks: Sequence[_Mark]) -> dict[int, list[str]]:
    """Return the lines between points, by the place of the point to whose group they belong. The earlier number
    holds until the later one."""
    joins = defaultdict[int, list[str]](list)
    for place, (before, after) in enumerate(pairwise(marks)):
        joins[place if before.point.known > after.point.known else place + 1] += [
            _line("chart-line", before.x, before.y, after.x, before.y),
            _line("chart-line", after.x, before.y, after.x, after.y),
        ]
    return joins


def _drawn(mark: _Mark) -> Iterator[str]:
    if mark.expected:
        yield _bar("chart-expected", mark.x, *mark.expected, _EXPECTED)
    if mark.right - mark.left > 2 * _RADIUS + _LEAST:
        yield _line("chart-span", mark.left, mark.y, mark.right, mark.y)
    if mark.point.figure.value:
        yield f'<circle class="chart-value" cx="{_place(mark.x)}" cy="{_place(mark.y)}" r="{_place(_RADIUS)}"/>'
    else:
        yield _bar("chart-value", mark.x, mark.top, mark.bottom, _VALUE)


# Values beside their points.


def _labels(marks: Sequence[_Mark], left: int) -> dict[int, list[str]]:
    """Return the values that fit beside their points, by the place of the point. The latest come first."""
    labels = defaultdict[int, list[str]](list)
    taken = [_Box(each.x - _RADIUS, each.top - _RADIUS, each.x + _RADIUS, each.bottom + _RADIUS) for each in marks]
    for place in range(len(marks) - 1, max(len(marks) - LABELLED, 0) - 1, -1):
        mark = marks[place]
        words = mark.point.short
        boxes = _beside(mark, marks[max(place - 1, 0) : place + 2], _width(words), left)
        box = next((box for box in boxes if not any(map(box.overlaps, taken))), None)
        if box:
            taken.append(box)
            labels[place].append(_text((box.left + box.right) // 2, box.bottom - 30, words, "middle"))
    return labels


def _beside(mark: _Mark, around: Iterable[_Mark], width: int, left: int) -> list[_Box]:
    """Return the boxes beside a point where its value could stand, the better one first, all within the axis. The
    better one is above the point, unless lines go up from it and none go down."""
    if width > _RIGHT - left:
        return []
    start = min(max(mark.x - width // 2, left), _RIGHT - width)
    above, below = mark.top - _RADIUS - 10 - _TEXT, mark.bottom + _RADIUS + 10
    ys = [each.y for each in around]
    tops = (below, above) if min(ys) < mark.y == max(ys) else (above, below)
    return [_Box(start, top, start + width, top + _TEXT) for top in tops]


def _width(text: str) -> int:
    return sum(map(_letter, text))


def _letter(letter: str) -> int:
    return _LETTER if letter < "\u1100" else _WIDE_LETTER  # from there on, most scripts are as wide as high


def _shortened(text: str, width: int) -> str:
    """Cut a text to this width."""
    if _width(text) <= width:
        return text
    fitting = sum(total <= width - _LETTER for total in accumulate(map(_letter, text)))
    return f"{text[:fitting].rstrip()}…"


# Markup.


def _line(kind: str, x1: int, y1: int, x2: int, y2: int) -> str:
    return f'<line class="{kind}" x1="{_place(x1)}" y1="{_place(y1)}" x2="{_place(x2)}" y2="{_place(y2)}"/>'


def _bar(kind: str, x: int, top: int, bottom: int, width: int) -> str:
    """Return an upright bar around ``x``, at least ``_LEAST`` high, so that it can be seen."""
    if bottom - top < _LEAST:
        top = (top + bottom - _LEAST) // 2
        bottom = top + _LEAST
    return (
        f'<rect class="{kind}" x="{_place(x - width // 2)}" y="{_place(top)}"'
        f' width="{_place(width)}" height="{_place(bottom - top)}"/>'
    )


def _text(x: int, y: int, words: str, anchor: str) -> str:
    return (
        f'<text class="chart-label" x="{_place(x)}" y="{_place(y)}" text-anchor="{anchor}">{escape(words)}</text>'
    )


def _place(tenths: int) -> str:
    return f"{tenths // 10}.{tenths % 10}"
