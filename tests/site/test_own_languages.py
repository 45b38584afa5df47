"""A desk in a language that tracker speaks: no word of its pages, feeds and lists is English.

All texts of the desk are Greek. So a Latin word is tracker's, and English if only the English messages have it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from lxml import html

from tests.conftest import FixedClock
from tests.site.test_languages import NAMES, in_atom, in_calendar, in_json, tell_everything, texts_of
from tracker.publishing.publisher import publish
from tracker.workspace import init
from tracker.workspace.desk import Workspace

WORD = re.compile(r"[^\W\d_]{3,}")
LANGUAGES = ["de", "fr", "es", "ar"]


@pytest.fixture(params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def desk(tmp_path: Path, clock: FixedClock, language: str) -> Workspace:
    """An empty desk in that language."""
    clock.instant += timedelta(days=365)
    init.init(str(tmp_path / "desk"), "Το γραφείο", "https://desk.example/", "Γραφείο", language, clock=clock)
    return Workspace(str(tmp_path / "desk"), clock=clock)


def words_of(text: str) -> set[str]:
    return {word.casefold() for word in WORD.findall(NAMES.sub(" ", re.sub(r"\{\w+\}", " ", text)))}


def english(language: str) -> set[str]:
    """The words that only the English messages have, and no message in the language."""
    with files("tracker.wording").joinpath("locales", f"{language}.po").open("rb") as file:
        messages = [each for each in read_po(file, language) if each.id]
    ids, spoken = (
        {word for each in messages for word in words_of(str(getattr(each, name)))} for name in ("id", "string")
    )
    return ids - spoken


def texts_in(path: Path) -> Iterator[str]:
    if path.suffix == ".html":
        page = html.parse(path).getroot()
        for element in page.xpath("//*[@lang='en']"):
            element.drop_tree()
        yield from texts_of(page)
    elif path.suffix in (".atom", ".rss", ".opml"):
        yield from in_atom(path)
    elif path.suffix == ".ics":
        yield from in_calendar(path.read_bytes())
    elif path.suffix == ".json" and path.name not in ("heads.json", "history.json"):
        yield from in_json(json.loads(path.read_text()))


@pytest.mark.slow
def test_nothing_is_english(desk: Workspace, record: Callable[..., Any], language: str) -> None:
    tell_everything(record)
    publish(desk)
    foreign = english(language)
    assert len(foreign) > 300, "the catalogue has English words"
    found = {
        (str(path.relative_to(desk.feeds)), word): text.strip()
        for path in sorted(Path(desk.feeds).rglob("*"))
        for text in texts_in(path)
        for word in words_of(text) & foreign
    }
    assert found == {}
