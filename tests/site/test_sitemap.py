"""Sitemaps and ``robots.txt``: every story and development is in a file that ``robots.txt`` leads to."""

from __future__ import annotations

import pytest

from tests.conformance import refuse
from tests.conformance.sitemaps import addresses_of_sitemap, sitemap_faults
from tracker.site import sitemap

URL = "https://desk.example/a&b/"
AT = "2024-08-01T12:00:00.000Z"


def test_a_story_has_its_page_and_its_developments() -> None:
    (data,) = sitemap.of_story(URL, "story", AT, [(1, AT), (2, AT)])
    refuse(sitemap_faults(data))
    pages = ("", "1.html", "2.html")
    assert addresses_of_sitemap(data) == [f"{URL}stories/story/{page}" for page in pages]


def test_a_list_leads_to_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """More addresses than a file may have are in further parts, as are more sitemaps than a list may have."""
    monkeypatch.setattr(sitemap, "MOST", 2)
    parts = sitemap.of_story(URL, "story", AT, [(1, AT), (2, AT), (3, AT), (4, AT)])
    lists = sitemap.of_stories(URL, [("story", 4), ("other", 1)])
    for data in (*parts, *lists):
        refuse(sitemap_faults(data))
    assert [len(addresses_of_sitemap(data)) for data in parts] == [2, 2, 1]
    names = ("story/sitemap", "story/sitemap-2", "story/sitemap-3", "other/sitemap")
    found = [address for data in lists for address in addresses_of_sitemap(data)]
    assert found == [f"{URL}stories/{name}.xml" for name in names]
    robots = sitemap.robots(URL, len(lists)).decode()
    assert robots.splitlines()[1:] == [
        "User-agent: *", "Allow: /", f"Sitemap: {URL}sitemap.xml", f"Sitemap: {URL}sitemap-2.xml",
    ]  # fmt: skip


def test_a_desk_without_a_story_has_an_empty_list() -> None:
    (data,) = sitemap.of_stories(URL, [])
    refuse(sitemap_faults(data))
    assert addresses_of_sitemap(data) == []
