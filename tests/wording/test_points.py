"""Points in time in the language of a reader."""

from __future__ import annotations

import pytest

from tests.strategies import Stream
from tracker.text.dates import Occurred
from tracker.wording import points
from tracker.wording.developments import line
from tracker.wording.messages import plain


@pytest.mark.parametrize(
    ("as_of", "known_at", "after", "english", "german"),
    [
        ("", "", 0, "", ""),
        ("2023-12", "", 0, "as of December 2023", "Stand Dezember 2023"),
        ("", "2024-08-01", 9, "known on 1 August 2024", "bekannt am 1. August 2024"),
        ("", "", 9, "known right after #9", "bekannt gleich nach #9"),
        ("2023", "2024-08", 9, "as of 2023, known in August 2024", "Stand 2023, bekannt im August 2024"),
    ],
)
def test_a_point_is_told(as_of: str, known_at: str, after: int, english: str, german: str) -> None:
    for language, told in (("en", english), ("de", german)):
        assert points.point(plain(language), Occurred(as_of), Occurred(known_at), after) == told


def test_that_a_story_had_not_begun_is_told() -> None:
    assert points.nothing(plain("en"), Occurred("1990")) == "Nothing is known to have occurred by 1990."


def test_lines_of_amendments_are_in_the_language() -> None:
    """English ones have the words by which editors know them."""
    story = Stream("story")
    story.add("opened", "A story")
    story.add("update", "They pay")
    story.correct(2, title="They lend")
    assert line(plain("de"), story.story.developments[2]) == "#3  Korrektur  #2: They lend"
    story.redact(2)
    developments = story.story.developments
    assert "Ein Text, den wir entfernt haben" in line(plain("de"), developments[1])
    assert line(plain("de"), developments[0]) == "#1  Beginn  A story"
