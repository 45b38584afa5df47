"""The axis of time: places keep the order of dates, quiet times are folded, ticks are at round times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.site.axis import FOLD, MARGIN, MOST_FOLDS, MOST_TICKS, Axis, Clock
from tracker.text.dates import Occurred, span

YEAR, DAY, HOUR = 31_556_952_000, 86_400_000, 3_600_000


def at(*dates: str) -> list[int]:
    """The times of these days, in milliseconds since the year 1."""
    beginning = datetime(1, 1, 1, tzinfo=UTC)
    return [
        (datetime.fromisoformat(each).replace(tzinfo=UTC) - beginning) // timedelta(milliseconds=1)
        for each in dates
    ]


def axis(*dates: str) -> Axis:
    """An axis over these days, of which the last is now."""
    times = at(*dates)
    return Axis(times, [], times[-1])


def labels(found: Axis) -> list[str]:
    forms = {"year": "%Y", "month": "%Y-%m", "day": "%m-%d", "hour": "%H:%M", "minute": "%H:%M"}
    return [each.time.strftime(forms[each.unit]) for each in found.ticks()]


def test_a_linear_axis_has_a_margin_on_both_sides() -> None:
    found = axis("2024-01-01", "2024-01-02", "2024-01-03")
    assert [found.at(each) for each in at("2024-01-01", "2024-01-02", "2024-01-03")] == [MARGIN, 50, 100 - MARGIN]
    assert found.at(at("2023-01-01")[0]) == MARGIN
    assert found.at(at("2025-01-01")[0]) == 100 - MARGIN


def test_one_time_alone_is_at_the_end() -> None:
    (now,) = at("2024-01-01")
    assert Axis([], [], now).at(now) == 100 - MARGIN


def test_a_quiet_time_is_folded() -> None:
    found = axis("2020-01-01", "2024-01-01", "2024-02-01", "2024-03-01", "2024-03-02")
    fold = found.folds[0]
    assert fold.right - fold.left == FOLD
    assert at("2020-01-01")[0] < fold.start < fold.end < at("2024-01-01")[0]
    assert found.at(at("2024-01-01")[0]) < 15


def test_a_quiet_time_before_now_need_not_be_so_long() -> None:
    days = [f"2024-01-{day:02}" for day in (1, 4, 7, 10, 13, 16, 19, 22)]
    assert axis(*days, "2024-01-29").folds
    assert not axis("2023-12-25", *days).folds


def test_times_that_are_equally_far_apart_are_not_folded() -> None:
    for count in range(2, 8):
        assert axis(*(f"2024-01-0{day}" for day in range(1, count + 1))).folds == []


def test_no_time_with_a_vague_date_in_it_is_folded() -> None:
    times = at("2020-01-01", "2024-01-01", "2024-02-01", "2024-03-01")
    assert Axis(times, [], times[-1]).folds
    assert not Axis(times, [(times[0], times[1])], times[-1]).folds


def test_all_is_never_folded() -> None:
    assert axis("2020-01-01", "2024-01-01").folds == []


@pytest.mark.parametrize(
    ("dates", "expected"),
    [
        (["2024-01-01", "2026-12-31"], ["2024-01", "2024-07", "2025-01", "2025-07", "2026-01", "2026-07"]),
        (["2014-06-01", "2024-06-01"], ["2016", "2018", "2020", "2022", "2024"]),
        (["2024-05-01", "2024-05-08"], [f"05-0{day}" for day in range(1, 9)]),
        (["2024-05-01T08:30", "2024-05-01T11:00"], ["08:30", "09:00", "09:30", "10:00", "10:30", "11:00"]),
        (["2024-05-01T08:00", "2024-05-01T08:05"], [f"08:0{minute}" for minute in range(6)]),
    ],
)
def test_ticks_are_at_round_times(dates: list[str], expected: list[str]) -> None:
    found = labels(axis(*dates))
    assert found[: len(expected)] == expected
    assert len(found) <= MOST_TICKS + 1


def test_a_part_without_a_round_time_has_one_tick() -> None:
    found = axis("2020-02-03", "2024-01-10", "2024-02-10", "2024-05-10", "2024-08-10")
    assert labels(found)[0] == "2020"


def test_instants_in_several_zones_share_one_clock() -> None:
    west, east = (span(Occurred(each)).earliest for each in ("2024-01-05T17:13-08:00", "2024-01-06T03:00+02:00"))
    clock = Clock([west, east])
    assert clock.at(east) < clock.at(west)
    assert clock.at(west) < clock.at(span(Occurred("2024-01-06")).earliest)


times = st.lists(st.integers(0, 9998 * YEAR), min_size=1, max_size=12)


@given(times, st.lists(st.tuples(st.integers(0, 9998 * YEAR), st.integers(0, 9998 * YEAR)), max_size=3))
@example([0, 1, 2], [])
@example([0, DAY, 2 * DAY, 1000 * DAY, 1001 * DAY, 5000 * DAY, 5001 * DAY], [])
@example([9998 * YEAR, 9998 * YEAR - HOUR], [])
def test_places_keep_the_order_of_times(found: list[int], vague: list[tuple[int, int]]) -> None:
    now = found[-1]
    drawn = Axis(found, vague, now)
    places = [drawn.at(each) for each in sorted(found)]
    assert places == sorted(places)
    assert all(MARGIN <= each <= 100 - MARGIN + 1e-6 for each in places)
    assert len(drawn.folds) <= MOST_FOLDS
    assert abs(drawn.segments[-1].right - (100 - MARGIN)) < 1e-6
    for before, after in zip(drawn.segments, drawn.segments[1:], strict=False):
        assert (before.end, before.right) == (after.start, after.left)
    ticks = [each.at for each in drawn.ticks()]
    assert ticks == sorted(ticks)
    assert len(ticks) <= MOST_TICKS + 2 + MOST_FOLDS
