"""The drawing of a story: where bars, gradients and marks stand, and that nothing breaks it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from lxml import etree

from tests.domain.test_custom_types import moved, offices
from tests.examples import examples
from tests.naughty import TEXTS
from tests.strategies import Stream, streams
from tracker.domain.events import Event
from tracker.domain.fold import fold
from tracker.site.lanes import DRAWN, NUMBERED, WITH_OTHERS, Drawing, draw, outline
from tracker.site.page_words import said
from tracker.views.lanes import picture
from tracker.wording.messages import plain

ENGLISH = plain("en")


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "OpenAI and ByteDance")
    return stream


def suspends(stream: Stream, occurred: str = "2024-03-05", subject: str = "ByteDance", **more: Any) -> None:
    dated = {"occurred": occurred} if occurred else {}
    stream.add("suspension", "OpenAI suspends it", subject=subject, by="OpenAI", **dated, **more)


def drawn(stream: Stream) -> Drawing:
    found = draw(picture(stream.story), ENGLISH)
    assert found
    return found


def tracks(stream: Stream) -> list[Any]:
    return [etree.fromstring(row.svg.encode()) for row in drawn(stream).rows]


def look(element: Any) -> str:
    """What a part of a bar looks like: ``force``, ``in f`` (a gradient), ``end``, ``disc``."""
    if element.tag == "use":
        return str(element.get("href").removeprefix("#lane-"))
    fade = re.fullmatch(r"url\(#lane-(in|out)-(.)\)", element.get("fill") or "")
    return f"{fade[1]} {fade[2]}" if fade else str(element.get("class"))


def parts(track: Any) -> list[str]:
    """What is on a track, bars first, besides the grid and the folds."""
    found = (look(each) for each in track.iter("rect", "use", "line") if each.getparent().get("class") != "tr")
    return list(found)


def places(track: Any) -> list[tuple[float, float]]:
    """From where to where each bar runs, in percent."""
    bars = track.iterfind("svg/rect")
    return [
        (float(each.get("x")[:-1]), float(each.get("x")[:-1]) + float(each.get("width")[:-1])) for each in bars
    ]


def test_a_story_without_lanes_has_no_drawing(story: Stream) -> None:
    assert draw(picture(story.story), ENGLISH) is None
    assert outline(picture(story.story)) == ""


def test_what_holds_is_a_bar_with_a_disc_and_an_arrow(story: Stream) -> None:
    suspends(story)
    (track,) = tracks(story)
    assert parts(track) == ["b-f", "disc", "arrow"]
    assert places(track) == [(2, 98)]


def test_what_ended_has_a_bar_across(story: Stream) -> None:
    suspends(story, "2024-03-05")
    story.add("reinstatement", "It is over", closes="#2", occurred="2024-05-01")
    assert parts(tracks(story)[0]) == ["b-e", "disc", "end"]


def test_a_vague_date_is_a_gradient(story: Stream) -> None:
    suspends(story, "2023")
    story.add("reinstatement", "It is over", closes="#2", occurred="2024-05")
    assert parts(tracks(story)[0]) == ["in e", "b-e", "out e"]


def test_a_day_is_exact_unless_the_axis_shows_hours(story: Stream) -> None:
    suspends(story, "2024-07-30")
    assert parts(tracks(story)[0]) == ["in f", "b-f", "arrow"]
    story.add("update", "Before", occurred="2024-07-01")
    story.add("update", "Between", occurred="2024-07-15")
    assert parts(tracks(story)[0]) == ["b-f", "disc", "arrow"]


def test_an_unknown_beginning_fades_in_from_the_left_and_an_unknown_end_to_the_right(story: Stream) -> None:
    suspends(story, "../2024-02")
    story.add("update", "Something", occurred="2024-06-01")
    (track,) = tracks(story)
    assert parts(track) == ["in f", "b-f", "arrow"]
    assert places(track)[0][0] == 0
    story.add("reinstatement", "It is over", closes="#2")
    assert parts(tracks(story)[0])[:2] == ["in e", "out e"]


def test_a_beginning_and_an_end_in_one_vague_time_share_it(story: Stream) -> None:
    suspends(story, "2023")
    story.add("reinstatement", "It is over", closes="#2", occurred="2023")
    (track,) = tracks(story)
    assert parts(track) == ["in e", "out e"]
    (first, middle), (same, last) = places(track)
    assert first < middle == same < last


def test_a_claim_is_hollow_until_it_is_confirmed(story: Stream) -> None:
    story.add("report", "They used it", occurred="2024-01-01")
    story.add("confirmation", "It is so", about="#2", by="OpenAI", occurred="2024-03-01")
    assert parts(tracks(story)[0]) == ["b-r", "b-y", "disc", "arrow", "disc"]


def test_a_correction_has_a_ring_and_a_line_where_the_date_was(story: Stream) -> None:
    suspends(story, "2023")
    story.add("update", "Something", occurred="2023-06-01")
    story.add("correction", corrects="#2", changes={"occurred": "2023-12-15"}, why="the filing says so")
    (track,) = tracks(story)
    assert parts(track)[-2:] == ["gh", "corrected"]
    line = track.find(".//line")
    assert float(line.get("x1")[:-1]) < float(line.get("x2")[:-1])
    story.add("correction", corrects="#2", changes={"occurred": "2023-12-14"}, why="no, a day before")
    assert parts(tracks(story)[0])[-1] == "corrected"


def test_a_correction_of_an_exact_date_is_a_tick(story: Stream) -> None:
    suspends(story, "2023-01-01")
    story.add("correction", corrects="#2", changes={"occurred": "2024-06-01"}, why="the filing says so")
    line = tracks(story)[0].find(".//line")
    assert line.get("x1") == line.get("x2")


def test_a_due_date_is_a_diamond_even_after_now(story: Stream) -> None:
    suspends(story, until="2024-10-01")
    (track,) = tracks(story)
    assert parts(track) == ["b-f", "disc", "arrow", "due"]
    assert places(track)[0][1] < 98


def test_numbers_are_steps_above_the_bar(story: Stream) -> None:
    limit = {"party": "OpenAI", "name": "limit", "unit": "accounts"}
    suspends(story, "2024-01-01", figures=[{**limit, "value": "38"}])
    story.add("update", "It is raised", occurred="2024-03-01", figures=[{**limit, "value": "42"}])
    story.add("update", "It is raised", occurred="2024-07-28", figures=[{**limit, "value": "44"}])
    (row,) = drawn(story).rows
    assert row.tall
    track = etree.fromstring(row.svg.encode())
    assert [each.text for each in track.iter("text")] == ["38", "42", "44"]
    assert len(track.findall(".//line[@class='st2']")) == 5


def test_numbers_that_stay_the_same_are_one_line(story: Stream) -> None:
    limit = {"party": "OpenAI", "name": "limit", "value": "38"}
    suspends(story, "2024-01-01", figures=[limit])
    story.add("update", "It stays", occurred="2024-03-01", figures=[limit])
    assert {each.get("y1") for each in tracks(story)[0].iter("line") if each.get("y1") == each.get("y2")} == {"-8"}


def test_an_office_is_one_track(story: Stream) -> None:
    stream = offices()
    moved(stream, "+A 2022-01-02, +B 2024-03-04")
    assert parts(tracks(stream)[0]) == ["b-e", "b-f", "disc", "arrow", "disc"]


def test_lanes_that_began_before_a_quiet_time_come_last(story: Stream) -> None:
    suspends(story, "2010-01-01", "Old")
    for month in range(1, 8):
        suspends(story, f"2024-0{month}-01", f"Company {month}")
    assert [row.lane.seq for row in drawn(story).rows] == [3, 4, 5, 6, 7, 8, 9, 2]
    lonely = Stream()
    lonely.add("opened", "One")
    suspends(lonely, "2010-01-01")
    for day in range(1, 8):
        lonely.add("update", f"Day {day}", occurred=f"2024-07-0{day}")
    assert [row.lane.seq for row in drawn(lonely).rows] == [2]


def test_of_many_lanes_the_others_are_below_and_of_very_many_without_a_track(story: Stream) -> None:
    for number in range(DRAWN + 3):
        suspends(story, f"2024-01-{number + 1:02}", f"Company {number}")
    found = drawn(story)
    assert (len(found.rows), len(found.others), all(row.svg for row in found.others)) == (DRAWN, 3, True)
    for number in range(WITH_OTHERS):
        suspends(story, "2024-02", f"Firm {number}")
    assert not any(row.svg for row in drawn(story).others)
    assert outline(picture(story.story), most=3).count('class="b-f" x') == 3


def test_key_events_are_numbered_and_stand_below_one_another_where_they_are_close(story: Stream) -> None:
    suspends(story, "2024-01-01")
    assert drawn(story).keys == ""
    for day in ("2024-02-01", "2024-02-02", "2024-07-01"):
        story.add("update", "Key", occurred=day, key=True)
    discs = list(etree.fromstring(drawn(story).keys.encode()).iter("circle"))
    assert [each.get("cy") for each in discs] == ["10", "30", "10"]
    for _ in range(NUMBERED):
        story.add("update", "Key", occurred="2024-03-01", key=True)
    assert drawn(story).keys == ""


def test_labels_have_room_and_end_with_now(story: Stream) -> None:
    suspends(story, "2024-01-03")
    found = [each.text for each in etree.fromstring(drawn(story).axis.encode()).iter("text")]
    assert found == ["Feb 2024", "Mar", "Apr", "May", "June", "July", "Now"]


def test_the_words_beside_a_track_say_its_state_and_its_dates(story: Stream) -> None:
    suspends(story, "2024-01-03")
    suspends(story, "2023/2024", "TikTok")
    suspends(story, "", "Another")
    story.add("reinstatement", "It is over", closes="#2", occurred="2024-05-01")
    story.add("reinstatement", "It is over", closes="#4")
    told = {lane.seq: said(ENGLISH, lane)[1:5] for lane in picture(story.story).lanes}
    assert told == {
        2: ("Reinstated", "3 January 2024 to 1 May 2024", "3 January 2024", "1 May 2024"),
        3: ("Suspended", "since some time between 2023 and 2024", "2023 to 2024", "Still so"),
        4: ("Reinstated", "date not known to date not known", "date not known", "date not known"),
    }


def test_a_strict_policy_allows_all_of_it(story: Stream) -> None:
    suspends(story)
    found = drawn(story)
    for svg in (found.defs, found.axis, found.keys, *(row.svg for row in found.rows)):
        assert not re.search(r"<script|<style|style=|\bon[a-z]+=|https?:", svg)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_whatever_it_is_called_is_text(story: Stream, text: str) -> None:
    try:
        suspends(story, figures=[{"name": text, "value": "1"}, {"name": text, "value": "2", "as_of": "2024"}])
    except Exception:
        pytest.skip("refused")
    assert tracks(story)


@examples(60)
@given(streams(max_size=12))
@pytest.mark.slow
def test_any_story_is_drawn_within_its_frame(events: list[Event]) -> None:
    found = draw(picture(fold("story", events)), ENGLISH)
    if not found:
        return
    for svg in (found.defs, found.axis, found.keys or "<svg/>", *(row.svg for row in found.rows)):
        for each in etree.fromstring(svg.encode()).iter():
            for name in ("x", "x1", "x2", "cx", "width"):
                value = each.get(name) or ""
                if value.endswith("%"):
                    assert 0 <= float(value[:-1]) <= 100
    assert found == draw(picture(fold("story", events)), ENGLISH)
