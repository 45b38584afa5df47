"""Which feeds there are, and where."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.strategies import Stream
from tracker.feeds.catalogue import memberships
from tracker.feeds.entries import entries
from tracker.text.names import folder_name


@pytest.mark.parametrize(
    ("names", "folder"),
    [
        (["ByteDance", "Bytedance", "BYTEDANCE"], "bytedance"),
        (["Open AI", "open  ai", "Open\u00a0AI", "Open\u2009AI", "Ｏpen AI"], "open-ai"),
        (["Open\u200bAI", "OpenAI", "Open\u00adAI"], "openai"),
        (["K\u00f6ner", "Ko\u0308ner", "K\u00d6NER"], "koner-eee0a89afa"),
        (["x" * 60], "x" * 60),
    ],
)
def test_spellings_of_one_party_share_a_feed(names: list[str], folder: str) -> None:
    assert {folder_name(name) for name in names} == {folder}


def test_names_that_differ_in_more_do_not() -> None:
    """In accents, in signs, in letters that no address should have, or in what is cut off."""
    names = [
        "A&B",
        "A/B",
        "A B",
        "A-B",
        "Société Générale",
        "Societe Generale",
        "C",
        "C++",
        "C#",
        "字节跳动",
        "腾讯",
        "Ørsted",
        "Orsted",
        "💰",
        "🏦",
        "y " * 99 + "y",
        "y " * 50 + "z",
        "CON",
        "../..",
    ]
    folders = [folder_name(name) for name in names]
    assert len(set(folders)) == len(names)


@given(st.text(min_size=1, max_size=300))
def test_any_name_can_be_a_folder(name: str) -> None:
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", folder_name(name))
    assert len(folder_name(name)) <= 71


def test_an_entry_belongs_to_the_feeds_of_its_story_type_and_parties() -> None:
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("report", "They pay", parties=["ByteDance", "bytedance", "OpenAI"])
    stream.correct(2, title="They lend")
    stream.add("update", "By the way", minor=True)
    assert [list(memberships(entry)) for entry in entries("story", stream.events)] == [
        ["all", "types/opened/developments"],
        ["all", "types/report/developments", "parties/bytedance/developments", "parties/openai/developments"],
        ["all", "corrections", "types/correction/developments", "parties/bytedance/developments",
         "parties/openai/developments"],
        [],
    ]  # fmt: skip
