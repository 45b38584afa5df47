"""The titles of amendments, and of what they amend."""

from __future__ import annotations

import pytest

from tests.strategies import Stream
from tracker.wording import amendments
from tracker.wording.messages import Wording

ENGLISH = Wording()


def title(stream: Stream, seq: int) -> str:
    developments = stream.story.developments
    development = developments[seq - 1]
    target = developments[development.target - 1] if development.target else None
    return amendments.title(ENGLISH, development, target)


@pytest.fixture
def story() -> Stream:
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("update", "They pay")
    return stream


def test_what_is_amended_says_so(story: Stream) -> None:
    story.correct(2, title="They lend")
    assert [title(story, seq) for seq in (2, 3)] == ["They lend (corrected)", "Correction: “They lend”"]
    story.retract(2)
    assert [title(story, seq) for seq in (2, 4)] == ["They lend (withdrawn)", "Withdrawn: “They lend”"]
    assert amendments.shown(ENGLISH, story.story.developments[1]) == "They lend"


def test_what_is_removed_has_no_title(story: Stream) -> None:
    story.redact(2)
    assert [title(story, seq) for seq in (2, 3)] == ["A text that we removed", "Removed: a text of 1 August 2024"]
    assert amendments.shown(ENGLISH, story.story.developments[1]) == "A text that we removed"


def test_an_amendment_of_an_amendment_names_what_it_was_about(story: Stream) -> None:
    story.correct(2, title="They lend")
    story.retract(3)
    assert title(story, 4) == "Withdrawn: the correction of “They pay”"
    assert title(story, 3) == "Withdrawn: the correction of “They pay”"
    story.retract(2)
    story.retract(5)
    assert title(story, 5) == "Withdrawn: the withdrawal of “They pay”"
    assert title(story, 6) == "We stand by this again: “They pay”"


def test_each_amendment_tells_what_it_did_and_when(story: Stream) -> None:
    story.correct(2, title="They lend")
    story.retract(2)
    found = story.story.developments[1].amendments
    assert [amendments.done(ENGLISH, each) for each in found] == [
        "Corrected on 1 August 2024.",
        "Withdrawn on 1 August 2024.",
    ]
