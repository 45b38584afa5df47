"""The first screen of a story: what holds, what is latest, what is open."""

from __future__ import annotations

from tests.strategies import Stream
from tracker.views.briefing import arranged
from tracker.views.digest import LATEST, MOST, digest
from tracker.views.timeline import groups


def test_the_most_important_lines_come_first() -> None:
    """Those of key events, and then those that rest on what occurred last, wherever they were recorded."""
    story = Stream()
    story.add("opened", "A story")
    for number in range(1, 7):
        story.add("suspension", f"Out {number}", subject=f"C{number}", occurred=f"2024-0{7 - number}",
                  key=number == 6)  # fmt: skip
    story.add("question", "And now?")
    story.add("retraction", retracts="#3", why="a slip")
    found = digest(story.story, arranged(story.story), groups(story.story.developments))
    assert [each.seq for each in found.holds] == [7, 2, 4, 5]
    assert (len(found.holds), found.holding) == (MOST, 5)
    assert ([each.seq for each in found.open], found.opened) == ([8], 1)
    assert [each.seq for each in found.latest] == [2, 4, 5]
    assert len(found.latest) == LATEST


def test_a_story_in_which_nothing_stands() -> None:
    story = Stream()
    story.add("opened", "A story")
    found = digest(story.story, {}, groups(story.story.developments))
    assert found == ([], 0, [], 0, [])


def test_where_nothing_stands_any_more_it_says_what_has_ended() -> None:
    story = Stream()
    story.add("opened", "A story")
    story.add("suspension", "Out", subject="A", occurred="2024-01")
    story.add("reinstatement", "Back", occurred="2024-02")
    found = digest(story.story, arranged(story.story), groups(story.story.developments))
    assert ([(each.heading, each.seq) for each in found.holds], found.holding) == ([("ended", 3)], 1)
    assert found.opened == 0
