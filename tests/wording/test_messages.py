"""Messages: their values, their numbers, and names that are written in the other direction."""

from __future__ import annotations

from gettext import NullTranslations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.strategies import Stream, streams
from tracker.domain.events import Event
from tracker.feeds.entries import StoryFeed, build_feed
from tracker.feeds.standing import StoryStanding
from tracker.text.visible import isolated
from tracker.wording.catalogue import LANGUAGES, supported
from tracker.wording.html import in_templates
from tracker.wording.messages import Wording, capitalized, sentence

ARABIC = "شركة"


@pytest.mark.parametrize(
    ("tag", "language"), [("de", "de"), ("de-AT", "de"), ("pt_BR", "en"), ("AR", "ar"), ("", "en"), ("x", "en")]
)
def test_a_language_that_is_not_spoken_is_english(tag: str, language: str) -> None:
    assert supported(tag) == language


@pytest.mark.parametrize(
    ("names", "english", "german"),
    [
        (["A"], "A", "A"),
        (["A", "B"], "A and B", "A und B"),
        (["A", "B", "C"], "A, B and C", "A, B und C"),
    ],
)
def test_names_are_listed_as_the_language_does(names: list[str], english: str, german: str) -> None:
    assert (Wording().listed(names), Wording("de").listed(names)) == (english, german)


def test_a_number_has_the_grouping_of_the_language() -> None:
    assert (Wording().number(12345), Wording("de").number(12345)) == ("12,345", "12.345")
    assert Wording().count("One report", "{n} reports", 1200) == "1,200 reports"


def test_a_sentence_ends_once() -> None:
    assert [sentence(each) for each in ("Yes", "Yes.", "Yes?", "“Yes.”", "نعم؟")] == [
        "Yes.", "Yes.", "Yes?", "“Yes.”", "نعم؟",
    ]  # fmt: skip
    assert (capitalized("in force"), capitalized("")) == ("In force", "")


def test_a_name_in_the_other_direction_is_isolated() -> None:
    """In a sentence of either direction; a name in the direction of the sentence is left as it is."""
    assert Wording().say("{by} suspends {subject}.", by=ARABIC, subject="B") == f"\u2068{ARABIC}\u2069 suspends B."
    assert Wording().say("{by} suspends {subject}.", by="A", subject="É") == "A suspends É."
    told = Wording("ar").say("Correction: “{title}”", title="TikTok 24")
    assert "\u2068TikTok 24\u2069" in told
    assert "\u2068" not in Wording("ar").without_isolates.say("Correction: “{title}”", title="TikTok 24")


@given(st.text(max_size=20), st.sampled_from(["ltr", "rtl"]))
def test_isolation_changes_no_text(text: str, around: str) -> None:
    found = isolated(text, around)
    assert found in (text, f"\u2068{text}\u2069")


def test_templates_get_html_with_values_that_are_escaped() -> None:
    words: dict[str, Any] = in_templates(Wording())
    assert words["say"]("About {link}", link="<b>") == "About &lt;b&gt;"
    assert words["count"]("{n} development", "{n} developments", 2) == "2 developments"
    assert (words["words"], words["direction"]) == ("en", "ltr")
    assert words["date"]("2024-03") == "March 2024"
    assert in_templates(Wording("ar"))["direction"] == "rtl"


# Other words change what is read, and nothing else.


class _Reworded(NullTranslations):
    """English with a mark on every message."""

    def gettext(self, message: str) -> str:
        return f"{message} (reworded)"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return self.gettext(super().ngettext(msgid1, msgid2, n))


def reworded(tag: str) -> Wording:
    return Wording(tag or "en", messages=lambda language: _Reworded())


def frame(found: StoryFeed) -> tuple[object, ...]:
    """All that decides about ids, dates, order and pages of archives."""
    entries = [
        (each.id, each.path, each.published, each.updated, each.touched, each.since, each.removed, each.item)
        for each in found.entries
    ]  # fmt: skip
    standing = found.standing
    turns = [(each.seq, each.recorded) for each in (standing.turn, *standing.earlier)]
    return entries, standing.updated, standing.published, standing.weight, turns


def words(standing: StoryStanding) -> list[str]:
    return [line for section in standing.sections for line, _ in section.lines]


@examples(30)
@given(streams(min_size=2, max_size=8))
def test_another_wording_moves_no_date_no_id_and_no_order(events: list[Event]) -> None:
    """Of entries, of where the story stands, and of the pages of archives, which go by weight."""
    assert frame(build_feed("story", events, wordings=reworded)) == frame(build_feed("story", events))


def test_another_wording_changes_the_words() -> None:
    """The control: the property above compares feeds that read differently."""
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("suspension", "Out", subject="X", occurred="2024-01")
    was, now = (build_feed("story", stream.events, wordings=each) for each in (Wording, reworded))
    assert words(was.standing) == ["X has been suspended since January 2024."]
    assert words(now.standing) != words(was.standing)
    assert now.entries[1].changes != was.entries[1].changes


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_story_is_told_in_its_language(language: str) -> None:
    stream = Stream()
    stream.add("opened", "A story", language=language)
    found = build_feed("story", stream.events, wordings=Wording)
    assert (found.wording.language, found.entries[0].language) == (language, language)
