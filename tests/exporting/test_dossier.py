"""A story as a dossier in Markdown: its headings in order, and every text as it is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.examples import examples
from tests.exporting.exports import a_story, exported, views
from tests.pictures import NAME, image
from tests.strategies import Stream, titles
from tracker.exporting import dossier
from tracker.exporting.story import Exported
from tracker.text.dates import in_words


def parsed(markdown: str) -> list[Token]:
    return MarkdownIt("commonmark").parse(markdown)


def headings(markdown: str) -> list[tuple[int, str]]:
    """The level and the words of each heading that is not within another block."""
    tokens = parsed(markdown)
    return [
        (int(token.tag[1:]), words(tokens[number + 1]))
        for number, token in enumerate(tokens)
        if token.type == "heading_open" and token.level == 0
    ]


def words(inline: Token) -> str:
    """What readers see of a line."""
    return "".join(each.content for each in inline.children or () if each.type in ("text", "code_inline"))


def text_of(stream: Stream) -> str:
    return dossier.write(exported(stream.events)).decode()


def test_a_dossier() -> None:
    """What the story is about, where it stands, and what happened, in the order of the world."""
    stream = a_story(occurred="2024-03", body="More.", parties=["OpenAI"],
                     image=image(caption="A quay.", credit="Ann"),
                     figures=[{"name": "cost", "value": "5", "unit": "USD"}],
                     sources=[{"url": "https://a.example/1", "title": "They do", "publisher": "CNN",
                               "quote": "a\nb"},
                              {"publisher": "AP", "archived": "https://archive.example/1"}])  # fmt: skip
    stream.add("statement", "1. They talk", speaker="OpenAI", quote="We\n*talk*.", occurred="2024-02")
    stream.correct(2, "a *slip*", title="It did happen")
    text = text_of(stream)
    assert headings(text) == [
        (1, "A story"),
        (2, "Where things stand"),
        (3, "Figures"),
        (3, "Positions"),
        (2, "Developments"),
        (3, "February 2024: 1. They talk"),
        (3, "March 2024: It did happen"),
    ]
    assert "Still developing · 4 developments · updated 1 August 2024\n" in text
    assert "What it is *about*" in text
    assert "[#2](https://desk.example/stories/story/2.html) · update, OpenAI" in text
    assert "*Corrected on 1 August 2024. a \\*slip\\**" in text
    assert "- OpenAI, cost: 5 USD" in text
    assert "- [They do, CNN](<https://a.example/1>): “a b”" in text
    assert "- AP ([archived](<https://archive.example/1>))" in text
    assert f"![A quay at noon](https://desk.example/media/{NAME})\n\nA quay. Picture: Ann" in text
    assert "> We\\\n> \\*talk\\*.\n>\n> — OpenAI" in text
    assert "No source recorded." in text


def test_a_dossier_is_in_the_language_of_its_story() -> None:
    stream = Stream()
    stream.add("opened", "Eine Geschichte", language="de")
    stream.add("update", "Es geschah", occurred="2024-03~")
    assert headings(text_of(stream))[1:] == [
        (2, "Stand der Dinge"),
        (2, "Entwicklungen"),
        (3, "Etwa März 2024: Es geschah"),
    ]


def test_a_view_says_so() -> None:
    view = exported(a_story(occurred="2024-03").events)._replace(words="as of 31 December 2024")
    assert "1 August 2024 · as of 31 December 2024\n" in dossier.write(view).decode()


@pytest.mark.parametrize(
    ("body", "below"),
    [
        ("# One\n\nText", [(4, "One")]),
        ("One\n===\n\nTwo\nlines\n---", [(4, "One"), (5, "Two lines")]),
        ("###### Six", [(6, "Six")]),
        ("```\n# no heading\n```", []),
        ("> # quoted", []),
        ("#", [(4, "")]),
    ],
)
def test_a_heading_of_a_text_is_below_those_of_the_dossier(body: str, below: list[tuple[int, str]]) -> None:
    found = headings(text_of(a_story(body=body)))
    at = [number for number, (level, _) in enumerate(found) if level == 3][-1]
    assert found[at + 1 :] == below


@pytest.mark.parametrize("body", ["```\nopen", "<script>\nopen", "<!-- open", "<pre>\nopen"])
def test_a_block_that_stays_open_ends_with_its_text(body: str) -> None:
    """It is a quotation: what comes after it is read as what it is."""
    stream = a_story(body=body)
    stream.add("update", "The next")
    assert headings(text_of(stream))[-1] == (3, "Recorded 1 August 2024: The next")
    assert "> " in text_of(stream)


@given(titles() | st.text("*_`[]<>\\\\#&~|1.)-+=> a", min_size=1).map(str.strip).filter(bool))
def test_a_plain_text_is_read_as_it_is(text: str) -> None:
    """In a line of its own, in a list and in a heading."""
    plain = " ".join(text.split())
    for before in ("", "- ", "### "):
        tokens = parsed(f"{before}{dossier.escaped(text)}\n")
        (inline,) = (token for token in tokens if token.type == "inline")
        assert words(inline) == plain
        assert {token.type for token in tokens} <= {
            *("inline", "paragraph_open", "paragraph_close", "heading_open", "heading_close"),
            *("bullet_list_open", "bullet_list_close", "list_item_open", "list_item_close"),
        }


@examples(60)
@given(views())
@pytest.mark.slow
def test_any_view_has_its_headings_in_order(view: Exported) -> None:
    """One of the first level, two of the second; and one of the third for each development of the world."""
    found = headings(dossier.write(view).decode())
    assert [level for level, _ in found[:2]] == [1, 2]
    assert [text for level, text in found if level == 2] == ["Where things stand", "Developments"]
    assert all(after <= before + 1 or after > 3 for (before, _), (after, _) in pairwise(found))
    behind = found[found.index((2, "Developments")) + 1 :]
    told = [text for level, text in behind if level == 3]
    assert len(told) == len(view.happened)
    for each in view.happened:
        occurred = getattr(each.event, "occurred", "")
        title = " ".join(each.title.split())
        assert not occurred or any(text[1:] == f"{in_words(occurred)}: {title}"[1:] for text in told)
