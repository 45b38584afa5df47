"""Share cards: pictures of one size, painted again only if what they show has changed."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from PIL import Image

from tracker.publishing.publisher import publish
from tracker.workspace import cards
from tracker.workspace.cards import Bar, Card, is_of, paint
from tracker.workspace.desk import Workspace

CARD = Card("The desk", "Still developing", "A bridge", "It stands still.", (Bar(0, "force", 10, 98),))
MOST = 60_000
"""The most bytes of a card."""


@pytest.mark.parametrize(
    "card",
    [
        CARD,
        CARD._replace(title="Word " * 60, stands="Long" * 75, desk="", bars=()),
        CARD._replace(bars=tuple(Bar(row, state, row, 60 + row) for row in range(12) for state in cards.COLOURS)),
    ],
)
def test_a_card_has_its_size_and_says_what_it_is_of(card: Card) -> None:
    data = paint(card)
    with Image.open(BytesIO(data)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 630))
    assert len(data) <= MOST
    assert is_of(card, data)
    assert not is_of(card._replace(status="No longer followed"), data)
    assert not is_of(card, b"")


def test_a_machine_without_fonts_paints_with_that_of_pillow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cards, "_SERIF", ("nosuch.ttf",))
    assert is_of(CARD, paint(CARD))


def test_texts_that_fonts_lack_and_a_machine_without_pillow_have_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CARD.is_paintable
    assert not CARD._replace(title="الجسر").is_paintable
    monkeypatch.setattr(cards, "_has_pillow", lambda: False)
    assert not CARD.is_paintable


@pytest.mark.slow
def test_a_card_is_painted_again_only_if_what_it_shows_has_changed(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page of the story names it; a card that another program changed is painted again, too."""
    painted: list[Card] = []
    monkeypatch.setattr(cards, "paint", lambda card: painted.append(card) or paint(card))
    record("opened", "A story")
    record("suspension", "Out", subject="ByteDance", occurred="2023-12")
    publish(desk)
    record("update", "More")
    publish(desk)
    publish(desk, anew=True)
    assert len(painted) == 1
    record("summary", "It stands", text="It stands still.")
    publish(desk)
    assert [each.stands for each in painted] == ["", "It stands still."]
    page = etree.HTML(Path(desk.feeds, "stories/story/index.html").read_text())
    (address,) = page.xpath("//meta[@property='og:image']/@content")
    assert address == "https://desk.example/embed/story/card.png"
    path = Path(desk.feeds, "embed/story/card.png")
    assert is_of(painted[-1], path.read_bytes())
    path.write_bytes(b"another")
    publish(desk, anew=True)
    assert is_of(painted[-1], path.read_bytes())


@pytest.mark.slow
def test_a_machine_without_pillow_keeps_the_card_until_it_would_show_something_else(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, page = Path(desk.feeds, "embed/story/card.png"), Path(desk.feeds, "stories/story/index.html")
    record("opened", "A story")
    publish(desk)
    painted = path.read_bytes()
    monkeypatch.setattr(cards, "_has_pillow", lambda: False)
    publish(desk, anew=True)
    assert path.read_bytes() == painted
    assert "card.png" in page.read_text()
    record("summary", "It stands", text="It stands still.")
    publish(desk)
    assert "card.png" not in page.read_text()
    publish(desk, anew=True)
    assert not path.exists()
