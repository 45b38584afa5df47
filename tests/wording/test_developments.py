"""Developments in lines for the terminal."""

from __future__ import annotations

from tests.strategies import Stream
from tracker.wording.developments import facts, line
from tracker.wording.messages import Wording


def test_a_line_has_the_type_the_date_and_what_became_of_it() -> None:
    """In English, the type has the name by which editors record it."""
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("report", "They pay", occurred="2024-03", key=True)
    stream.correct(2, title="They lend")
    stream.retract(2)
    development = stream.story.developments[1]
    assert line(Wording(), development) == (
        "#2  report  They lend  (March 2024)  [key event]  [retracted by #4; corrected by #3]"
    )
    assert line(Wording(), stream.story.developments[0], seq=False) == "opened  A story"
    german = line(Wording("de"), development)
    assert german.startswith("#2  Bericht  They lend  (März 2024)")


def test_the_facts_of_a_story_say_how_long_ago_it_moved() -> None:
    """Only where that is known."""
    stream = Stream()
    stream.add("opened", "A story")
    told = "open, 1 development, last recorded 2024-08-01"
    assert facts(Wording(), stream.story, "2024-08-01", "") == told
    assert facts(Wording(), stream.story, "2024-08-01", "2 days") == f"{told}, 2 days ago"
