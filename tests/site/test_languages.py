"""Every word of a page, a feed or a list that is not the desk's own comes from the catalogue of its language.

The test publishes a desk in Arabic with a catalogue whose messages are English in capitals. All texts of the desk
are Greek. So a small Latin letter in a text for readers is one that no translator can reach.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from babel.messages import pofile
from babel.messages.catalog import Catalog
from lxml import etree, html

from tests.conftest import FixedClock
from tests.wording.catalogues import collected
from tracker.publishing.publisher import publish
from tracker.site import script
from tracker.wording import catalogue, messages
from tracker.workspace import init
from tracker.workspace.desk import Workspace

Record = Callable[..., Any]

LANGUAGE = "ar"  # the dates and lists of which have no Latin letters

NAMES = re.compile(
    r"https?://\S+|desk\.example\S*|(events|heads)\.jsonl?|urn:uuid:\S+|\b(story|other)(#\d+)?\b|[0-9a-f]{8,}"
    "|JSON Feed|Atom|RSS|TimelineJS|tracker"
)
"""Words that are the same in every language: addresses, files, stories, hashes, formats."""

CODE = ("code", "pre", "script", "style")
SPOKEN = ("alt", "title", "aria-label", "placeholder")


def marked(message: str) -> str:
    """Returns a message in capitals, with its values as they are."""
    return re.sub(r"\{\w+\}|[a-z]+", lambda found: found[0] if found[0][0] == "{" else found[0].upper(), message)


@pytest.fixture(scope="module")
def in_capitals() -> Catalog:
    """The catalogue of capitals."""
    found = Catalog(LANGUAGE, fuzzy=False)
    for message in collected():
        if isinstance(message.id, tuple):
            found.add(message.id, (marked(message.id[1]),) * found.num_plurals)
        elif message.id:
            found.add(message.id, marked(message.id))
    return found


@pytest.fixture(autouse=True)
def capitals(in_capitals: Catalog, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lets tracker speak in capitals."""
    monkeypatch.setattr(pofile, "read_po", lambda *_, **__: in_capitals)
    for cached in (catalogue.translations, messages.plain):
        cached.cache_clear()
    yield
    for cached in (catalogue.translations, messages.plain):
        cached.cache_clear()


@pytest.fixture
def desk(tmp_path: Path, clock: FixedClock) -> Workspace:
    clock.instant += timedelta(days=365)
    init.init(str(tmp_path / "desk"), "Το γραφείο", "https://desk.example/", "Γραφείο", LANGUAGE, clock=clock)
    return Workspace(str(tmp_path / "desk"), clock=clock)


SOURCE = {
    "url": "https://news.example/1",
    "title": "Τίτλος",
    "publisher": "Εφημερίδα",
    "published": "2024-03",
    "via": "Πρακτορείο",
    "quote": "ναι",
}
FIGURES = [
    {"name": "ποσό", "value": "20000000", "scale": "million", "unit": "USD", "party": "Άλφα", "per": "ΜΗΝΑ"},
    {"name": "νεκροί", "value": "4", "approx": True},
    {"name": "ποσοστό", "value": "3.5", "unit": "%", "expected_low": "3", "expected_high": "4"},
]


def tell_everything(record: Record) -> None:
    """Records a development of each type, ended, changed, corrected, withdrawn and removed ones among them."""
    record("opened", "Η ιστορία", summary="Τι έγινε", short="Ιστορία")
    record("opened", "Άλλη", story="other", summary="Τι άλλο έγινε")
    record("report", "Πληρώνουν", claim="Πληρώνουν ακριβά", parties=["Άλφα"], sources=[SOURCE],
           occurred="2024-03~", tags=["χρήμα"], place="Αθήνα", key=True, figures=FIGURES)  # fmt: skip
    record("confirmation", "Το επιβεβαιώνουν", about="#2", by="Βήτα", occurred="2024-04")
    record("report", "Λένε και άλλα", claim="Και άλλα", sources=[SOURCE])
    record("denial", "Το αρνούνται", about="#4", by="Άλφα")
    record("confirmation", "Το λένε", about="#4", by="Βήτα")
    record("statement", "Μίλησαν", speaker="Άλφα", quote="Ποτέ", to="Εφημερίδα", occurred="2024-05-01")
    record("statement", "Μίλησαν πάλι", speaker="Άλφα", quote="Ίσως", occurred="2024-06-01")
    record("suspension", "Σταματά", by="Βήτα", subject="Άλφα", of="λογαριασμός", occurred="2023/2024-01")
    record("reinstatement", "Συνεχίζει", closes="#9", occurred="2024-07")
    record("suspension", "Σταματά πάλι", by="Βήτα", subject="Άλφα", occurred="2024-08-01")
    record("investigation", "Ερευνούν", by="Βήτα", into="Άλφα", question="Γιατί;", occurred="2024-02-02")
    record("finding", "Βρήκαν", closes="#12", outcome="Τίποτα", occurred="2024-09")
    record("investigation", "Ερευνούν πάλι", by="Βήτα", into="Άλφα", occurred="2024-02")
    record(
        "agreement", "Συμφωνούν", between=["Άλφα", "Βήτα"], terms="Ειρήνη", occurred="2024", figures=FIGURES[1:2]
    )
    record("policy", "Κανόνας", by="Βήτα", rule="Όχι άλλα", occurred="2024-01-01")
    record("question", "Ποιος;")
    record("question", "Πότε;")
    record("update", "Τότε", closes="#18")
    record("expectation", "Θα έρθει", due="2024-12", occurred="2024-01")
    record("expectation", "Θα φύγει", due="2024-10-10")
    record("update", "Έφυγε", closes="#21", occurred="2024-10-12")
    record("earnings", "Κέρδη", company="Άλφα", period="2024-Q1", figures=FIGURES[2:])
    record("update", "Νέα ποσά", figures=[{**FIGURES[0], "value": "30000000"}], see=["other#1"])
    record("summary", "Έτσι έχουν τα πράγματα")
    record("correction", corrects="#2", why="λάθος",
           changes={"title": "Δανείζουν", "occurred": "2024-02", "figures": FIGURES[:1]})  # fmt: skip
    record("retraction", retracts="#7", why="δεν ισχύει")
    record("redaction", redacts="#23", reason="court-order", authority="δικαστήριο")
    record("closed", "Τέλος")
    record("reopened", "Συνέχεια")
    record("pinned", why="σπουδαία")
    record("update", "Και εδώ", story="other", see=["story#2"], parties=["Άλφα"])
    record("closed", "Τέλος και εδώ", story="other")


@pytest.fixture
def site(desk: Workspace, record: Record, clock: FixedClock) -> Path:
    tell_everything(record)
    publish(desk)
    return Path(desk.feeds)


def foreign(text: str) -> str:
    """Returns the small Latin letters of a text, with what is around them; empty if it has none."""
    return text.strip() if re.search("[a-z]", NAMES.sub("", text)) else ""


def texts_of(page: etree._Element) -> Iterator[str]:
    """Yields the texts of a page that readers see or hear."""
    for element in page.iter():
        if not isinstance(element.tag, str):
            continue
        if not any(each.tag in CODE for each in (element, *element.iterancestors())):
            yield element.text or ""
        yield from (element.get(name, "") for name in SPOKEN)
        if element.tag == "meta" and "description" in f"{element.get('name')} {element.get('property')}":
            yield element.get("content", "")
        parent = element.getparent()
        if parent is not None and not any(each.tag in CODE for each in (parent, *parent.iterancestors())):
            yield element.tail or ""


def in_html(text: str) -> Iterator[str]:
    return texts_of(html.fragment_fromstring(text, create_parent="div"))


def in_json(found: Any, name: str = "") -> Iterator[str]:
    """Yields the texts for readers in a JSON Feed or in ``history.json``."""
    if isinstance(found, dict):
        for key, value in found.items():
            yield from () if key in MACHINE else in_json(value, key)
    elif isinstance(found, list):
        for each in found:
            yield from in_json(each, name)
    elif isinstance(found, str):
        yield from in_html(found) if "<" in found else (found,)


MACHINE = (
    "id",
    "unique_id",
    "_tracker",
    "type",
    "version",
    "language",
    "tags",
    "date_published",
    "date_modified",
    "url",
    "hubs",
    "author",
)


def in_atom(path: Path) -> Iterator[str]:
    for element in etree.parse(path).iter():
        name = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if name in ("title", "subtitle", "summary", "rights", "description"):
            yield from in_html(element.text) if "<" in (element.text or "") else (element.text or "",)
        elif name in ("content", "encoded"):
            yield from in_html(element.text or "")
        elif name == "link":
            yield element.get("title", "")
        elif name == "outline":
            yield element.get("text", "")


def in_calendar(calendar: bytes) -> Iterator[str]:
    for line in calendar.replace(b"\r\n ", b"").decode().splitlines():
        name, _, value = line.partition(":")
        if name in ("NAME", "X-WR-CALNAME", "SUMMARY", "DESCRIPTION"):
            yield value


@pytest.mark.slow
def test_every_word_comes_from_the_catalogue(site: Path) -> None:
    found = {}
    for path in sorted(site.rglob("*")):
        name = str(path.relative_to(site))
        if name.endswith(".html"):
            texts = texts_of(html.parse(path).getroot())
        elif name.endswith((".atom", ".rss", ".opml")):
            texts = in_atom(path)
        elif name.endswith(".json") and not name.endswith(("heads.json", "history.json")):
            texts = in_json(json.loads(path.read_text()))
        elif name.endswith(".ics"):
            texts = in_calendar(path.read_bytes())
        else:
            continue
        found |= {text: name for each in texts if (text := foreign(each))}
    assert found == {}


@pytest.mark.slow
def test_the_past_of_a_page_is_in_its_language(site: Path) -> None:
    history = json.loads((site / "stories/story/history.json").read_text())
    lines = [
        item[3] for step in history["steps"] for item in step["items"] if len(item) > 3 and item[0] != "status"
    ]
    lines += [
        cell[3]
        for step in history["steps"]
        for key, *cells in step.get("cells", ())
        for cell in cells
        if len(cell) > 3 and key != "status"
    ]
    read = [version[1] for versions in history["was"].values() for version in versions]
    texts = [*history["sections"], *(each for text in (*lines, *read) for each in in_html(text))]
    assert [each for each in map(foreign, texts) if each] == []


def test_the_page_has_the_words_of_the_script(site: Path) -> None:
    for name in ("index.html", "stories/index.html", "stories/story/index.html"):
        (block,) = html.parse(site / name).xpath("//script[@id='messages']")
        found = json.loads(block.text)
        assert found["As known now"] == "AS KNOWN NOW"
        assert found["{n} development"].keys() == {"zero", "one", "two", "few", "many", "other"}
    words = (site / "script.js").read_text()
    assert len(found) == len(script.ids())
    assert all(json.dumps(each, ensure_ascii=False) in words for each in found)
