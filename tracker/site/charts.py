"""Figures that were reported more than once, as small drawings (SVG) for the pages of a story.

::

    story ──▶ the readings of each figure that stands ──▶ Chart(key, label, svg)

- A reading is one development's number, as corrected; what was retracted or redacted gives none. Those in another
  unit than the latest, or per something else, cannot share its axis and are left out.
- Across is when it occurred: the middle of what its date may mean, with a thin line for all of it. An open end
  is left out of that, and without a date it is when it was recorded.
- Up is the value: a disc, or a bar for a range. What was expected is a broader bar behind it. The side of a range
  that nobody gave runs to the edge.
- Every point is a group that has in ``data-known`` the number of the event which last made or amended it. What
  joins two points belongs to the one that was known last, so that a page which hides what was not known by then
  hides that too.

Colours and strokes come from the style sheet, by class. Arithmetic is exact: numbers may have forty digits.

Pure, and the same story always gives the same bytes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from html import escape
from itertools import accumulate, count, pairwise
from math import ceil, floor
from typing import NamedTuple

from msgspec import structs

from tracker.domain import figures
from tracker.domain.amend import REDACTED, RETRACTED, Development
from tracker.domain.events import Figure, Occurrence
from tracker.domain.story import Reading, Story, figure_key
from tracker.text.dates import Moment, Occurred, Recorded, in_words, to_datetime, when

DRAWN = 200
"""Points of one chart; where there are more, the latest."""
LABELLED = 24
"""Points that have their value beside them; it is in the title of every one."""


class Chart(NamedTuple):
    """One drawing. ``key`` and ``label`` are those of the reading that stands."""

    key: str
    label: str
    svg: str


class _Point(NamedTuple):
    """One reading. ``known`` is the number of the event that last made or amended it; the dates it may mean are
    in milliseconds of the calendar."""

    figure: Figure
    seq: int
    known: int
    earliest: int
    latest: int
    date: str

    @property
    def middle(self) -> int:
        return (self.earliest + self.latest) // 2

    @property
    def words(self) -> str:
        return f"{figures.in_words(self.figure)}, {self.date}, #{self.seq}"


class _Scale(NamedTuple):
    """Where the numbers from ``low`` to ``high`` lie between two places of the drawing."""

    low: Fraction
    high: Fraction
    start: int
    end: int

    def at(self, number: Fraction | int) -> int:
        return self.start + round((number - self.low) * (self.end - self.start) / (self.high - self.low))


class _Box(NamedTuple):
    """A part of the drawing."""

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
    """A point as it is placed: its value from ``top`` to ``bottom``, its date from ``left`` to ``right``, and from
    where to where what was expected reaches. Lines run through ``x`` and ``y``."""

    point: _Point
    x: int
    y: int
    top: int
    bottom: int
    left: int
    right: int
    expected: tuple[int, int] | None


# Places and lengths are whole tenths of a unit of the view box.

_WIDTH, _HEIGHT = 6000, 1600
_TOP, _BOTTOM, _RIGHT = 220, 1280, 5960
_DATES = 1550
"""The line on which the dates are written."""
_LETTER, _WIDE_LETTER = 65, 120
"""About how wide a letter is; what they are written with is not known."""
_TEXT = 120
"""How high a line of text is."""
_LONGEST_TICK = 1500
_INSET = 100
"""Between the edges and the first and the last point, for half of what is expected."""
_RADIUS, _VALUE, _EXPECTED, _LEAST = 30, 50, 140, 20
_BEGINNING = datetime(1, 1, 1, tzinfo=UTC)
_LEADS = (1, 2, 5, 4)
"""What the steps of an axis begin with. Without the 4 there are ranges with no two or three round numbers."""


def charts(story: Story) -> list[Chart]:
    """A chart of every figure that stands and that two developments or more give a number, by key."""
    points = _points(story.developments)
    made: list[Chart] = []
    for latest in sorted(story.readings, key=lambda each: each.key):
        comparable = [each for each in points[latest.key] if _axis_of(each.figure) == _axis_of(latest.figure)]
        if len(comparable) > 1:
            made.append(Chart(latest.key, latest.label, _svg(len(made) + 1, latest, comparable)))
    return made


def _points(developments: Iterable[Development]) -> dict[str, list[_Point]]:
    """All readings that are numbers, by key."""
    points = defaultdict[str, list[_Point]](list)
    for each in developments:
        event = each.event
        if not isinstance(event, Occurrence) or each.standing in (RETRACTED, REDACTED):
            continue
        last_said = {figure_key(figure): figure for figure in event.figures}
        for key, figure in last_said.items():
            if figure.value or figure.low or figure.high:
                points[key].append(_point(figure, each, event))
    return points


def _point(figure: Figure, development: Development, event: Occurrence) -> _Point:
    earliest, latest = when(_closed(event.occurred), event.recorded)
    known = max((development.seq, *(each.seq for each in development.amendments)))
    date = _date(event.occurred, event.recorded)
    return _Point(figure, development.seq, known, _milliseconds(earliest), _milliseconds(latest), date)


def _closed(occurred: Occurred) -> Occurred:
    """The date without an end that is open."""
    return Occurred("/".join(end for end in occurred.split("/") if end != ".."))


def _date(occurred: Occurred, recorded: Recorded) -> str:
    return in_words(occurred) if occurred else f"recorded {in_words(Occurred(recorded.partition('T')[0]))}"


def _milliseconds(moment: Moment) -> int:
    return (to_datetime(moment) - _BEGINNING) // timedelta(milliseconds=1)


def _axis_of(figure: Figure) -> tuple[str, str]:
    """What two figures have in common that can be drawn on one axis."""
    return figure.unit, figure.per


# The drawing.


def _svg(number: int, latest: Reading, points: Iterable[_Point]) -> str:
    ordered = sorted(points, key=lambda each: (each.middle, each.seq))
    drawn = ordered[-DRAWN:]
    up = _up(drawn)
    ticks = [(up.at(value), _tick_words(words, latest.figure)) for value, words in _ticks(up.low, up.high)]
    left = 100 + max(_width(words) for _, words in ticks)
    across = _across(drawn, left)
    marks = [_mark(each, across, up) for each in drawn]
    title, desc = f"chart-{number}-title", f"chart-{number}-desc"
    parts = [
        f'<svg class="chart" viewBox="0 0 {_WIDTH // 10} {_HEIGHT // 10}" font-size="11" role="img"'
        f' aria-labelledby="{title} {desc}">',
        f'<title id="{title}">{escape(latest.label)}</title>',
        f'<desc id="{desc}">{escape(_described(drawn, len(ordered)))}</desc>',
        *_axes(ticks, left, drawn),
        *_groups(marks, left),
        "</svg>",
    ]
    return "\n".join(parts)


def _described(drawn: Sequence[_Point], readings: int) -> str:
    """All values in words, for those who do not see the drawing."""
    words = f"{'; '.join(each.words for each in drawn)}."
    return f"{words} Earlier ones left out: {readings - len(drawn)}." if readings > len(drawn) else words


def _across(points: Sequence[_Point], left: int) -> _Scale:
    low, high = min(each.earliest for each in points), max(each.latest for each in points)
    least = 1 if low == high else 0
    return _Scale(Fraction(low - least), Fraction(high + least), left + _INSET, _RIGHT - _INSET)


def _up(points: Iterable[_Point]) -> _Scale:
    """All numbers, those expected included, with some room above and below; but none below zero for that."""
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
    """The lowest and the highest that it may be."""
    return _number(figure.value or figure.low), _number(figure.value or figure.high)


def _expected(figure: Figure) -> tuple[Fraction | None, Fraction | None]:
    return _number(figure.expected_low), _number(figure.expected_high)


def _number(text: str) -> Fraction | None:
    return Fraction(text) if text else None


def _ticks(low: Fraction, high: Fraction) -> list[tuple[Fraction, str]]:
    """Two or three round numbers from ``low`` to ``high``, each with its digits."""
    lead, exponent = _step(low, high)
    return [
        (number * lead * Fraction(10) ** exponent, f"{Decimal(f'{number * lead}e{exponent}'):f}")
        for number in _multiples(low, high, lead, exponent)
    ]


def _step(low: Fraction, high: Fraction) -> tuple[int, int]:
    """The first of 1, 2, 5, 10, … that has two or three multiples there, as a digit and a power of ten."""
    extent = high - low
    smallest = len(str(extent.numerator)) - len(str(extent.denominator)) - 2  # ten steps or more fit in there
    steps = ((lead, exponent) for exponent in count(smallest) for lead in _LEADS)
    return next(step for step in steps if len(_multiples(low, high, *step)) in (2, 3))


def _multiples(low: Fraction, high: Fraction, lead: int, exponent: int) -> range:
    """What the step is multiplied by to get the numbers from ``low`` to ``high``."""
    step = lead * Fraction(10) ** exponent
    return range(ceil(low / step), floor(high / step) + 1)


def _tick_words(number: str, figure: Figure) -> str:
    words = figures.in_words(Figure(name=figure.name, value=number, unit=figure.unit))
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


def _mark(point: _Point, across: _Scale, up: _Scale) -> _Mark:
    low, high = _value(point.figure)
    top, bottom = _extent(low, high, up)
    y = top if low is None else bottom if high is None else (top + bottom) // 2
    left, x, right = map(across.at, (point.earliest, point.middle, point.latest))
    least, most = _expected(point.figure)
    expected = None if least is most is None else _extent(least, most, up)
    return _Mark(point, x, y, top, bottom, left, right, expected)


def _extent(low: Fraction | None, high: Fraction | None, up: _Scale) -> tuple[int, int]:
    """From where to where a range reaches, from above; to the edge where it has no bound."""
    return _TOP if high is None else up.at(high), _BOTTOM if low is None else up.at(low)


def _groups(marks: Sequence[_Mark], left: int) -> Iterator[str]:
    """One group for every point, with what joins it to those that were known before it."""
    joins, labels = _joins(marks), _labels(marks, left)
    for each in marks:
        seq = each.point.seq
        yield f'<g class="point" data-known="{each.point.known}">'
        yield f"<title>{escape(each.point.words)}</title>"
        yield from joins[seq]
        yield from _drawn(each)
        yield from labels[seq]
        yield "</g>"


def _joins(marks: Sequence[_Mark]) -> dict[int, list[str]]:
    """The lines between points, by the number of the development whose point they go with."""
    joins = defaultdict[int, list[str]](list)
    for before, after in pairwise(marks):
        whose = before if before.point.known > after.point.known else after
        joins[whose.point.seq].append(_line("chart-line", before.x, before.y, after.x, after.y))
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
    """The values that there is room for, by development, the latest first."""
    labels = defaultdict[int, list[str]](list)
    taken = [_Box(each.x - _RADIUS, each.top - _RADIUS, each.x + _RADIUS, each.bottom + _RADIUS) for each in marks]
    for place in range(len(marks) - 1, max(len(marks) - LABELLED, 0) - 1, -1):
        mark = marks[place]
        words = _value_words(mark.point.figure)
        boxes = _beside(mark, marks[max(place - 1, 0) : place + 2], _width(words), left)
        box = next((box for box in boxes if not any(map(box.overlaps, taken))), None)
        if box:
            taken.append(box)
            labels[mark.point.seq].append(_text((box.left + box.right) // 2, box.bottom - 30, words, "middle"))
    return labels


def _value_words(figure: Figure) -> str:
    """The value without what the axis says and what was expected."""
    return figures.in_words(structs.replace(figure, unit="", per="", expected_low="", expected_high=""))


def _beside(mark: _Mark, around: Iterable[_Mark], width: int, left: int) -> list[_Box]:
    """Where the value could be written, the better place first: above the point or, where lines go up from it and
    none down, below. None of it is beyond the ends of the axis."""
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
    """As much of the text as fits."""
    if _width(text) <= width:
        return text
    fitting = sum(total <= width - _LETTER for total in accumulate(map(_letter, text)))
    return f"{text[:fitting].rstrip()}…"


# Markup.


def _line(kind: str, x1: int, y1: int, x2: int, y2: int) -> str:
    return f'<line class="{kind}" x1="{_place(x1)}" y1="{_place(y1)}" x2="{_place(x2)}" y2="{_place(y2)}"/>'


def _bar(kind: str, x: int, top: int, bottom: int, width: int) -> str:
    """An upright bar around ``x``, high enough to be seen."""
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
