"""Charts of figures: which are drawn, where, what they say without being seen, and that nothing breaks them."""

from __future__ import annotations

import re
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from msgspec import to_builtins

from tests.naughty import TEXTS
from tests.strategies import Stream, past, titles
from tracker.domain import figures
from tracker.domain.events import Figure, Update
from tracker.domain.fold import restricted
from tracker.domain.quantities import unit_fault
from tracker.site.charts import DRAWN, LABELLED, Chart, charts
from tracker.text.dates import Occurred
from tracker.wording import amounts
from tracker.wording.lines import label
from tracker.wording.messages import Wording

ENGLISH = Wording()
PLACES = ("x", "y", "x1", "y1", "x2", "y2", "cx", "cy")


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "OpenAI and Microsoft")
    return stream


def reads(stream: Stream, *readings: str, party: str = "") -> None:
    """Records ``2024-07: growth=29 %`` or, without a date, ``growth=29 %``; each in a development of its own."""
    for reading in readings:
        occurred, _, figure = reading.rpartition(": ")
        told(stream, to_builtins(figures.parse(figure, party=party)), occurred)


def told(stream: Stream, figure: dict[str, Any], occurred: str = "") -> None:
    """Records one reading."""
    dated: dict[str, Any] = {"occurred": occurred} if occurred else {}
    stream.add("update", "Told", figures=[figure], **dated)


def drawn(stream: Stream) -> Any:
    """The one chart there is, as a tree."""
    (chart,) = charts(stream.story, ENGLISH)
    return parsed(chart)


def parsed(chart: Chart) -> Any:
    return etree.fromstring(chart.svg.encode())


def points(svg: Any) -> list[Any]:
    return list(svg.iterfind("g[@class='point']"))


def titles_of(svg: Any) -> list[str]:
    return [point.findtext("title") for point in points(svg)]


def of_class(element: Any, name: str) -> list[Any]:
    return list(element.iterfind(f".//*[@class='{name}']"))


def at(element: Any, *names: str) -> tuple[float, ...]:
    return tuple(float(element.get(name)) for name in names)


def disc(point: Any) -> tuple[float, ...]:
    (circle,) = point.iterfind("circle[@class='chart-value']")
    return at(circle, "cx", "cy")


def written(element: Any) -> list[str]:
    return [each.text for each in of_class(element, "chart-label")]


def on_axes(svg: Any) -> list[str]:
    """The numbers on the one axis and the dates on the other."""
    return [each.text for each in svg.iterfind("text")]


# Which figures have a chart.


def test_a_story_without_figures_has_no_charts(story: Stream) -> None:
    story.add("update", "Nothing to count")
    assert charts(story.story, ENGLISH) == []


def test_one_reading_is_no_chart(story: Stream) -> None:
    reads(story, "growth=29 %")
    assert charts(story.story, ENGLISH) == []


def test_two_readings_in_one_development_are_one(story: Stream) -> None:
    """As in the fold, the last of them is the reading."""
    twice = tuple(Figure(name="growth", value=value, unit="%") for value in ("29", "30"))
    story.put(Update(title="Told", figures=twice, occurred=Occurred("2024-03")))
    assert charts(story.story, ENGLISH) == []
    reads(story, "2024-04: growth=31 %")
    assert titles_of(drawn(story)) == ["30%, March 2024, #2", "31%, April 2024, #3"]


def test_two_dates_of_one_development_are_two_points(story: Stream) -> None:
    dead = [{"name": "dead", "value": value, "as_of": day} for value, day in (("9", "2024-03"), ("4", "2024-01"))]
    story.add("update", "Told", figures=dead)
    svg = drawn(story)
    assert titles_of(svg) == ["4, January 2024, #2", "9, March 2024, #2"]
    assert [len(of_class(point, "chart-line")) for point in points(svg)] == [0, 2]


def test_every_figure_has_its_own_chart_in_the_order_of_their_keys(story: Stream) -> None:
    reads(story, "revenue=5 USD", "revenue=6 USD", "cost=7 USD", "cost=8 USD", party="OpenAI")
    reads(story, "revenue=9 USD", "revenue=8 USD", "once=1")
    assert [(each.key, each.label) for each in charts(story.story, ENGLISH)] == [
        ("figure//revenue=USD", "revenue"),
        ("figure/openai/cost=USD", "OpenAI, cost"),
        ("figure/openai/revenue=USD", "OpenAI, revenue"),
    ]


def test_what_was_taken_back_or_removed_is_not_drawn(story: Stream) -> None:
    reads(story, "2024-01: growth=28 %", "2024-02: growth=29 %", "2024-03: growth=30 %", "2024-04: growth=31 %")
    story.retract(2)
    assert len(points(drawn(story))) == 3
    story.redact(3)
    assert titles_of(drawn(story)) == ["30%, March 2024, #4", "31%, April 2024, #5"]
    story.retract(5)
    assert charts(story.story, ENGLISH) == []


def test_values_are_drawn_as_corrected(story: Stream) -> None:
    reads(story, "2024-01: growth=28 %", "2024-02: growth=29 %")
    story.correct(2, figures=[{"name": "growth", "value": "27", "unit": "%"}])
    assert titles_of(drawn(story)) == ["27%, January 2024, #2", "29%, February 2024, #3"]
    story.correct(2, figures=None)
    assert charts(story.story, ENGLISH) == []


@pytest.mark.parametrize("other", ["growth=29 million", "growth=29 % per year", "growth=29 points"])
def test_only_numbers_of_one_unit_share_an_axis(story: Stream, other: str) -> None:
    reads(story, f"2024-01: {other}", "2024-02: growth=29 %")
    assert charts(story.story, ENGLISH) == []
    reads(story, "2024-03: growth=30 %")
    (chart,) = charts(story.story, ENGLISH)
    assert titles_of(parsed(chart)) == ["29%, February 2024, #3", "30%, March 2024, #4"]
    assert chart.values == (("30%", "March 2024", 4), ("29%", "February 2024", 3))


def test_a_number_with_a_date_of_its_own_stands_there(story: Stream) -> None:
    reads(story, "2024-04: dead=14 according to the police as of 2024-02", "2024-03: dead=15")
    assert titles_of(drawn(story)) == ["14, according to the police, February 2024, #2", "15, March 2024, #3"]


def test_a_reading_without_a_number_is_not_drawn(story: Stream) -> None:
    """None can be appended; a log that was written otherwise may hold one."""
    reads(story, "growth=29", "growth=30")
    story.put(Update(title="Told", occurred=Occurred("2020"), figures=(Figure(name="growth"),)))
    assert len(points(drawn(story))) == 2


def test_of_a_restricted_story_only_what_is_in_it(story: Stream) -> None:
    reads(story, "growth=28", "growth=29", "growth=30")
    first = story.events[1]
    some = restricted("story", story.replayed.developments, lambda event: event != first)
    (chart,) = charts(some, ENGLISH)
    assert len(points(parsed(chart))) == 2


# Points.


def test_a_point_says_all_of_its_reading(story: Stream) -> None:
    reads(story, "2024-04: Azure growth=31 % expected 30..31", party="Microsoft")
    reads(story, "2024-07: Azure growth=29 % expected 30..31", party="Microsoft")
    svg = drawn(story)
    assert titles_of(svg) == [
        "31%, within the 30 to 31% expected, April 2024, #2",
        "29%, below the 30 to 31% expected, July 2024, #3",
    ]
    assert svg.findtext("title") == "Microsoft, Azure growth"
    assert svg.findtext("desc") == f"{'; '.join(titles_of(svg))}."


def test_a_reading_without_a_date_is_where_it_was_recorded(story: Stream) -> None:
    reads(story, "growth=29", "2024-08-02: growth=30", "2024-07-31: growth=28")
    svg = drawn(story)
    assert titles_of(svg) == ["28, 31 July 2024, #4", "29, recorded 1 August 2024, #2", "30, 2 August 2024, #3"]
    assert [disc(point)[0] for point in points(svg)] == sorted(disc(point)[0] for point in points(svg))


def test_every_point_says_since_when_it_is_known(story: Stream) -> None:
    """Which is the last event that made or amended it."""
    reads(story, "2024-01: growth=27", "2024-02: growth=28", "2024-03: growth=29")
    story.correct(3, occurred="2024-02-02")
    story.correct(3, title="Told again")
    story.correct(2, title="Told otherwise")
    story.retract(7)
    assert [point.get("data-known") for point in points(drawn(story))] == ["2", "6", "4"]


def test_points_are_joined_in_the_order_of_their_dates(story: Stream) -> None:
    reads(story, "2024-01: growth=27", "2024-03: growth=29", "2024-05: growth=28")
    svg = drawn(story)
    _, second, third = points(svg)
    assert [len(of_class(point, "chart-line")) for point in points(svg)] == [0, 2, 2]
    along, up = (at(line, "x1", "y1", "x2", "y2") for line in of_class(third, "chart-line"))
    corner = disc(third)[0], disc(second)[1]
    assert (along, up) == ((*disc(second), *corner), (*corner, *disc(third)))


def test_a_line_goes_with_the_point_that_was_known_last(story: Stream) -> None:
    """Whoever hides what was not known hides the lines to it too, so that they do not show where it was."""
    reads(story, "2024-01: growth=27", "2024-05: growth=28", "2024-03: growth=29")
    assert [point.get("data-known") for point in points(drawn(story))] == ["2", "4", "3"]
    assert [len(of_class(point, "chart-line")) for point in points(drawn(story))] == [0, 4, 0]


# Up.


def test_values_lie_as_far_apart_as_they_are(story: Stream) -> None:
    reads(story, "2024-01: growth=10", "2024-02: growth=20", "2024-03: growth=40")
    low, middle, high = (disc(point)[1] for point in points(drawn(story)))
    assert low > middle > high
    assert (middle - high) == pytest.approx(2 * (low - middle), abs=0.2)


def test_a_range_is_a_bar(story: Stream) -> None:
    reads(story, "2024-01: cost=10", "2024-02: cost=10..20", "2024-03: cost=20")
    svg = drawn(story)
    low, between, high = points(svg)
    (bar,) = between.iterfind("rect[@class='chart-value']")
    top, height = at(bar, "y", "height")
    assert (top, top + height) == pytest.approx((disc(high)[1], disc(low)[1]), abs=0.15)
    (_, line) = of_class(between, "chart-line")
    assert at(line, "y2")[0] == pytest.approx(top + height / 2, abs=0.15)


def test_a_side_that_nobody_gave_runs_to_the_edge(story: Stream) -> None:
    for occurred, bounds in (("2024-01", {"low": "5"}), ("2024-02", {"high": "5"})):
        told(story, {"name": "cost", **bounds}, occurred)
    reads(story, "2024-03: cost=1", "2024-04: cost=9")
    svg = drawn(story)
    at_least, at_most, low, high = points(svg)
    (up,), (down,) = (each.iterfind("rect[@class='chart-value']") for each in (at_least, at_most))
    assert at(up, "y")[0] < disc(high)[1]
    assert sum(at(down, "y", "height")) > disc(low)[1]
    bound = sum(at(up, "y", "height"))
    assert at(down, "y")[0] == pytest.approx(bound, abs=0.15)
    (line, _) = of_class(at_most, "chart-line")
    assert at(line, "y1", "y2") == pytest.approx((bound, bound), abs=0.15)


def test_what_was_expected_is_a_broader_bar_behind(story: Stream) -> None:
    reads(story, "2024-01: growth=30 %", "2024-02: growth=29 % expected 30..31", "2024-03: growth=31 %")
    svg = drawn(story)
    (bar,) = of_class(svg, "chart-expected")
    low, expecting, high = points(svg)
    assert bar.getparent() is expecting
    assert list(expecting).index(bar) < list(expecting).index(expecting.find("circle"))
    x, y, width, height = at(bar, "x", "y", "width", "height")
    assert x + width / 2 == disc(expecting)[0]
    assert (y, y + height) == pytest.approx((disc(high)[1], disc(low)[1]), abs=0.15)


def test_one_expected_number_is_a_bar_that_can_be_seen(story: Stream) -> None:
    reads(story, "2024-01: growth=30 %", "2024-02: growth=29 % expected 30")
    svg = drawn(story)
    (bar,) = of_class(svg, "chart-expected")
    y, height = at(bar, "y", "height")
    assert height == 2
    assert y + 1 == pytest.approx(disc(points(svg)[0])[1], abs=0.15)


@pytest.mark.parametrize(("bound", "edge"), [("expected_low", "top"), ("expected_high", "bottom")])
def test_an_expectation_with_one_bound_runs_to_the_edge(story: Stream, bound: str, edge: str) -> None:
    reads(story, "2024-01: growth=20")
    told(story, {"name": "growth", "value": "40", bound: "30"})
    svg = drawn(story)
    (bar,) = of_class(svg, "chart-expected")
    top, height = at(bar, "y", "height")
    lines = [at(each, "y1")[0] for each in of_class(svg, "chart-axis")]
    if edge == "top":
        assert top < min(y for _, y in map(disc, points(svg)))
    else:
        assert top + height == max(lines)


@pytest.mark.parametrize(
    ("first", "second", "ticks"),
    [
        ("28 %", "33 %", ["28%", "30%", "32%"]),
        ("20 million USD", "25 million USD", ["20 million USD", "22 million USD", "24 million USD"]),
        ("15 million USD per month", "30 million USD per month", ["20 million USD", "30 million USD"]),
        ("700 million", "1 billion", ["800 million", "1 billion"]),
        ("0.1", "0.2", ["0.10", "0.15", "0.20"]),
        ("-5", "5", ["-5", "0", "5"]),
        ("6", "13.8", ["8", "12"]),  # one multiple of five, five of two
        ("0", "0", ["0", "1", "2"]),
        ("29 %", "29 %", ["0%", "20%", "40%"]),
        ("-3", "-3", ["-5", "0"]),
        ("12345", "12346", ["12,345.0", "12,345.5", "12,346.0"]),
        ("0..1000", "5", ["0", "500", "1,000"]),
    ],
)
def test_two_or_three_round_numbers_with_their_unit(
    story: Stream, first: str, second: str, ticks: list[str]
) -> None:
    reads(story, f"2024-01: x={first}", f"2024-02: x={second}")
    assert on_axes(drawn(story))[:-2] == ticks


def test_the_axis_does_not_go_below_zero_for_room(story: Stream) -> None:
    reads(story, "2024-01: x=1", "2024-02: x=100")
    svg = drawn(story)
    assert on_axes(svg)[0] == "0"
    y = {each.text: at(each, "y")[0] for each in svg.iterfind("text")}
    assert y["0"] - 4 == max(at(each, "y1")[0] for each in of_class(svg, "chart-axis"))


def test_numbers_that_differ_in_their_last_digit_are_told_apart(story: Stream) -> None:
    reads(story, *(f"2024-0{n}: x=123456789012345678901234567890123456789{n}" for n in (1, 2, 3)))
    low, middle, high = (disc(point)[1] for point in points(drawn(story)))
    assert low - middle == pytest.approx(middle - high, abs=0.15)
    assert low - middle > 20


# Across.


def test_dates_lie_as_far_apart_as_they_are(story: Stream) -> None:
    reads(story, "2024-01-01: x=1", "2024-01-11: x=2", "2024-01-31: x=3")
    first, second, third = (disc(point)[0] for point in points(drawn(story)))
    assert third - second == pytest.approx(2 * (second - first), abs=0.2)


def test_a_vague_date_is_a_line_around_its_middle(story: Stream) -> None:
    reads(story, "2023-07-02: x=1", "2024-07-02: x=2", "2023: x=3", "2023/2024: x=4")
    svg = drawn(story)
    spans = [of_class(point, "chart-span") for point in points(svg)]
    day, year, _, late = points(svg)
    assert [len(each) for each in spans] == [0, 1, 1, 0]
    assert disc(day)[0] == pytest.approx(disc(year)[0], abs=0.5)
    left, y, right = at(spans[1][0], "x1", "y1", "x2")
    assert ((left + right) / 2, y) == pytest.approx(disc(year), abs=0.15)
    assert at(spans[2][0], "x2")[0] > disc(late)[0]


def test_open_ends_are_where_the_other_end_is(story: Stream) -> None:
    reads(story, "2024-01: x=1", "2024-02: x=2", "2024-02/..: x=3", "../2024-01: x=4")
    svg = drawn(story)
    assert titles_of(svg) == [
        *("1, January 2024, #2", "4, by January 2024, #5"),
        *("2, February 2024, #3", "3, since February 2024, #4"),
    ]
    across = [disc(point)[0] for point in points(svg)]
    assert across[0] == across[1]
    assert across[2] == across[3]


def test_readings_of_one_instant_are_in_the_middle(story: Stream) -> None:
    reads(story, "2024-07-30T21:05:00.000Z: x=1", "2024-07-30T21:05:00.000Z: x=2")
    svg = drawn(story)
    (first, _), (second, _) = map(disc, points(svg))
    axis = at(of_class(svg, "chart-axis")[0], "x1", "x2")
    assert first == second == pytest.approx(sum(axis) / 2, abs=0.15)


def test_the_first_and_the_last_date_are_said(story: Stream) -> None:
    reads(story, "2024-03~: x=1", "2024-05: x=2", "2024-33: x=3", "x=4")
    assert on_axes(drawn(story))[-2:] == ["Q1 2024", "recorded 1 August 2024"]


def test_one_date_is_said_once(story: Stream) -> None:
    reads(story, "2024-03: x=1", "2024-03: x=2")
    svg = drawn(story)
    assert on_axes(svg)[-1] == "March 2024"
    assert written(svg).count("March 2024") == 1


# Words in the drawing.


def labels(svg: Any) -> list[list[str]]:
    return [written(point) for point in points(svg)]


def test_values_are_beside_their_points(story: Stream) -> None:
    """Without what the axis says, and what was expected."""
    reads(story, "2024-01: cost=20 million USD per month approx", "2024-04: cost=18..30 million USD per month")
    reads(story, "2024-07: cost=25 million USD per month expected 24..26 million")
    assert labels(drawn(story)) == [["about 20 million"], ["18 to 30 million"], ["25 million"]]


def test_values_are_above_their_points_or_below_where_lines_go_up(story: Stream) -> None:
    reads(story, "2024-01: x=1", "2024-03: x=9", "2024-05: x=2", "2024-07: x=2")
    svg = drawn(story)
    sides = [at(of_class(point, "chart-label")[0], "y")[0] - disc(point)[1] for point in points(svg)]
    assert [side > 0 for side in sides] == [True, False, True, False]


def test_values_for_which_there_is_no_room_are_left_to_the_title(story: Stream) -> None:
    """The latest are written first, and no two overlap."""
    reads(story, *(f"2024-01-{day:02}: x={1_000_001 + day % 2 * 1_000_000}" for day in range(1, 31)))
    svg = drawn(story)
    assert labels(svg)[-2:] == [["2,000,001"], ["1,000,001"]]
    for y in {at(each, "y") for each in of_class(svg, "chart-label")} - {(155.0,)}:
        across = [at(each, "x")[0] for each in svg.iterfind("g/text") if at(each, "y") == y]
        assert all(right - left > 58 for left, right in pairwise(across))
    assert 10 < sum(map(len, labels(svg))) < LABELLED


def test_no_more_values_than_can_be_read(story: Stream) -> None:
    reads(story, *(f"{1900 + n}: x={n % 2}" for n in range(40)))
    assert sum(map(len, labels(drawn(story)))) == LABELLED
    assert labels(drawn(story))[:16] == [[]] * 16


def test_a_value_wider_than_the_drawing_is_left_to_the_title(story: Stream) -> None:
    reads(story, "2024-01: x=1", f"2024-02: x={'1' * 40}..{'2' * 40}")
    assert labels(drawn(story)) == [["1"], []]


def test_words_that_are_too_long_are_cut(story: Stream) -> None:
    reads(story, f"2024-01: x=1 {'word ' * 50}", f"2024-02: x=2 {'word ' * 50}")
    assert on_axes(drawn(story))[0] == "1.0 word word word wor…"


def test_of_wide_letters_fewer_fit(story: Stream) -> None:
    reads(story, f"2024-01: x=1 {'人' * 50}", f"2024-02: x=2 {'人' * 50}")
    assert on_axes(drawn(story))[0] == f"1.0 {'人' * 9}…"


@pytest.mark.slow
def test_the_latest_are_drawn_where_there_are_very_many(story: Stream) -> None:
    reads(story, *(f"{1700 + n}: x={n}" for n in range(DRAWN)))
    assert "left out" not in drawn(story).findtext("desc")
    reads(story, "1600: x=10000", "1601: x=3")
    svg = drawn(story)
    assert len(points(svg)) == DRAWN
    assert titles_of(svg)[0] == "0, 1700, #2"
    assert svg.findtext("desc").endswith("199, 1899, #201. Earlier ones left out: 2.")
    assert on_axes(svg) == ["0", "100", "200", "1700", "1899"]


# Markup.


def test_a_whole_drawing(story: Stream) -> None:
    reads(story, "2024-04: Azure growth=31 %", "2024-07: Azure growth=29 % expected 30..31", party="Microsoft")
    (chart,) = charts(story.story, ENGLISH)
    assert chart.svg.split("\n") == [
        '<svg class="chart" viewBox="0 0 600 160" font-size="11" role="img"'
        ' aria-labelledby="chart-1-title chart-1-desc">',
        '<title id="chart-1-title">Microsoft, Azure growth</title>',
        '<desc id="chart-1-desc">31%, April 2024, #2; 29%, below the 30 to 31% expected, July 2024, #3.</desc>',
        '<line class="chart-axis" x1="29.5" y1="120.4" x2="596.0" y2="120.4"/>',
        '<text class="chart-label" x="23.5" y="124.4" text-anchor="end">29%</text>',
        '<line class="chart-axis" x1="29.5" y1="75.0" x2="596.0" y2="75.0"/>',
        '<text class="chart-label" x="23.5" y="79.0" text-anchor="end">30%</text>',
        '<line class="chart-axis" x1="29.5" y1="29.6" x2="596.0" y2="29.6"/>',
        '<text class="chart-label" x="23.5" y="33.6" text-anchor="end">31%</text>',
        '<line class="chart-axis" x1="29.5" y1="128.0" x2="596.0" y2="128.0"/>',
        '<text class="chart-label" x="29.5" y="155.0" text-anchor="start">April 2024</text>',
        '<text class="chart-label" x="596.0" y="155.0" text-anchor="end">July 2024</text>',
        '<g class="point" data-known="2">',
        "<title>31%, April 2024, #2</title>",
        '<line class="chart-span" x1="39.5" y1="29.6" x2="173.9" y2="29.6"/>',
        '<circle class="chart-value" cx="106.7" cy="29.6" r="3.0"/>',
        '<text class="chart-label" x="106.7" y="22.6" text-anchor="middle">31</text>',
        "</g>",
        '<g class="point" data-known="3">',
        "<title>29%, below the 30 to 31% expected, July 2024, #3</title>",
        '<line class="chart-line" x1="106.7" y1="29.6" x2="516.6" y2="29.6"/>',
        '<line class="chart-line" x1="516.6" y1="29.6" x2="516.6" y2="120.4"/>',
        '<rect class="chart-expected" x="509.6" y="29.6" width="14.0" height="45.4"/>',
        '<line class="chart-span" x1="447.1" y1="120.4" x2="586.0" y2="120.4"/>',
        '<circle class="chart-value" cx="516.6" cy="120.4" r="3.0"/>',
        '<text class="chart-label" x="516.6" y="133.4" text-anchor="middle">29</text>',
        "</g>",
        "</svg>",
    ]


def test_the_ids_on_a_page_are_unlike(story: Stream) -> None:
    reads(story, "a=1", "a=2", "b=1", "once=1", "c=1", "c=2")
    reads(story, "b=2")
    ids = [
        each.get("id") for chart in charts(story.story, ENGLISH) for each in parsed(chart).iterfind(".//*[@id]")
    ]
    assert len(ids) == len(set(ids)) == 6


def test_only_what_a_strict_policy_allows(story: Stream) -> None:
    """No styles and no scripts, not even in attributes."""
    reads(story, "2023: a=1 % expected 3", "2024: a=2..5 %")
    names = {each.tag for each in drawn(story).iter()} | {
        name for each in drawn(story).iter() for name in each.attrib
    }
    assert names == {
        *("svg", "title", "desc", "g", "line", "rect", "circle", "text"),
        *("class", "id", "role", "aria-labelledby", "viewBox", "data-known", "font-size", "text-anchor"),
        *("x", "y", "x1", "y1", "x2", "y2", "cx", "cy", "r", "width", "height"),
    }


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_whatever_it_is_called_is_text(story: Stream, text: str) -> None:
    for value in ("1", "2"):
        told(story, {"party": text[:200], "name": text, "unit": "" if unit_fault(text) else text, "value": value})
    (chart,) = charts(story.story, ENGLISH)
    svg = parsed(chart)
    assert svg.findtext("title") == chart.label == label(ENGLISH, story.story.readings[0])
    assert [each.tag for each in svg.iter()].count("title") == 3
    assert titles_of(svg)[1] == f"{story.story.readings[0].words}, recorded 1 August 2024, #3"


# Anything.

DIGITS = st.integers(0, 10**15) | st.integers(0, 10**19)

AMOUNTS = st.sampled_from([["value"], ["low", "high"], ["low"], ["high"]])
EXPECTED = st.sampled_from([[], ["expected_low", "expected_high"], ["expected_low"], ["expected_high"]])


@st.composite
def numbers(draw: st.DrawFn) -> str:
    """Decimal numbers of up to forty characters."""
    fraction = draw(st.just("") | DIGITS.map(".{:019}".format) | st.sampled_from([".0", ".5", ".000001"]))
    number = f"{draw(DIGITS | st.integers(0, 5))}{fraction}"[:39]
    return f"-{number}" if draw(st.booleans()) else number


@st.composite
def readings(draw: st.DrawFn) -> tuple[dict[str, Any], str]:
    """A figure and when it was so; most share their name and unit."""
    figure: dict[str, Any] = {"name": draw(st.sampled_from(["cost", "<i>&\"'"])), "approx": draw(st.booleans())}
    if unit := draw(
        st.sampled_from(["USD", "USD", "USD", "%", ""]) | titles().filter(lambda each: not unit_fault(each))
    ):
        figure["unit"] = unit
    for names in (draw(AMOUNTS), draw(EXPECTED)):
        given = sorted((draw(numbers()) for _ in names), key=Decimal)
        figure |= dict(zip(names, given, strict=True))
    return figure, draw(past() | st.just(""))


@pytest.mark.slow
@given(st.lists(readings(), min_size=2, max_size=8))
@example([({"name": "x", "value": "0"}, "0001-01-01"), ({"name": "x", "value": "0"}, "2024-03/..")])
@example([({"name": "x", "value": "9" * 40}, ""), ({"name": "x", "value": f"-{'9' * 39}"}, "19XX")])
@example([({"name": "x", "value": f"0.{'0' * 37}1"}, ""), ({"name": "x", "value": "9" * 40}, "2023")])
def test_any_figures_make_a_drawing_that_is_well_formed(drawn: list[tuple[dict[str, Any], str]]) -> None:
    stream = Stream()
    stream.add("opened", "A story")
    for figure, occurred in drawn:
        told(stream, figure, occurred)
    made = charts(stream.story, ENGLISH)
    assert charts(stream.story, ENGLISH) == made
    for chart in made:
        svg = parsed(chart)
        standing = next(each for each in stream.story.readings if each.key == chart.key)
        assert svg.findtext("title") == standing.label
        assert any(each.startswith(amounts.figure(ENGLISH, standing.figure)) for each in titles_of(svg))
        assert 2 <= len(on_axes(svg)) - len(dates_of(svg)) <= 3
        _check_places(svg)


def dates_of(svg: Any) -> set[str]:
    """What is written on the line of the dates."""
    return {each.text for each in svg.iterfind("text") if each.get("y") == "155.0"}


def _check_places(svg: Any) -> None:
    for element in svg.iter():
        for name in {*PLACES, "width", "height", "r"} & set(element.attrib):
            assert re.fullmatch(r"[0-9]{1,3}\.[0-9]", element.get(name)), etree.tostring(element)
            upright = name in ("y", "y1", "y2", "cy", "height")
            assert float(element.get(name)) <= (160 if upright else 600)
    for bar in svg.iter("rect"):
        x, y, width, height = at(bar, "x", "y", "width", "height")
        assert x + width <= 600
        assert y + height <= 160
        assert min(width, height) > 0


# Clocks.


def test_readings_with_times_stand_in_the_order_of_the_world(story: Stream) -> None:
    """Two instants by time, and a day after the evening before it at its place."""
    for occurred in ("2024-01-06", "2024-01-05T23:30-11:30", "2024-01-05T20:00Z"):
        told(story, {"name": "cost", "value": "5"}, occurred)
    (chart,) = charts(story.story, ENGLISH)
    assert [title[-2:] for title in titles_of(parsed(chart))] == ["#4", "#3", "#2"]
