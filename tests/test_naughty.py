"""Texts that editors paste: each arrives in every format as it was recorded, and does no harm there."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lxml import etree

from tests.conformance import check_html, check_site
from tests.conftest import FixedClock, Ran
from tests.naughty import ADDRESS, CASES, PARTIES, REFUSED, STORIES, TEXTS, TYPED, Case
from tracker.errors import BadInput
from tracker.publishing.publisher import publish
from tracker.text.identity import name_key
from tracker.text.markup import to_html, to_text
from tracker.text.visible import isolated
from tracker.workspace import init
from tracker.workspace.desk import Workspace

TITLE, AUTHOR = "The desk </title> ]]> & “{{ x }}” 😀", TEXTS["quotation marks"]

CORRECTED = {2: TEXTS["tags"], 3: TEXTS["Jinja"], 4: TEXTS["declarations"]}
"""The corrected titles of developments of the story ``texts``, by number."""

RETRACTED = 5

ATOM, CONTENT = "{http://www.w3.org/2005/Atom}", "{http://purl.org/rss/1.0/modules/content/}encoded"


NO_FEED = re.compile(r"^(days|heads|history|oembed|timeline)\.json$")
"""Names of files that end in ``.json`` and are no JSON Feed."""


class Told(NamedTuple):
    """An entry as a reader gets it: its title, its content as HTML, its summary as plain text, its tags."""

    title: str
    content: str
    summary: str
    tags: set[str]


class Published(NamedTuple):
    """A workspace that published: the titles and cases by id, and when each file before that was written."""

    workspace: Workspace
    titles: dict[str, str]
    cases: dict[str, Case]
    before: dict[str, int]

    @property
    def root(self) -> Path:
        return Path(self.workspace.feeds)

    def feeds(self, ending: str, within: str = "**") -> list[Path]:
        """The published feeds with this ending, archives included."""
        return [path for path in sorted(self.root.glob(f"{within}/*.{ending}")) if not NO_FEED.search(path.name)]

    def read(self, ending: str, within: str = "**") -> dict[str, Told]:
        """The entries of those feeds by id, without its scheme."""
        return {id: told for path in self.feeds(ending, within) for id, told in READ[ending](path.read_bytes())}


def made(folder: Path) -> Workspace:
    """An empty workspace with a title and an author that need escaping."""
    clock = FixedClock()
    init.init(str(folder), TITLE, "https://desk.example/", AUTHOR, "en", clock=clock)
    return Workspace(str(folder), clock=clock)


def lines() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The drafts of each story."""
    for slug, cases in CASES.items():
        yield slug, [{"type": "opened", "title": slug}, *(case.values for case in cases)]
    for slug, title in STORIES.items():
        opened = {"type": "opened", "title": title, "summary": title, "language": "he"}
        yield slug, [opened, {"type": "closed", "title": title, "why": title}]
    for seq, text in CORRECTED.items():
        changes = {"title": text, "body": text}
        yield "texts", [{"type": "correction", "corrects": f"#{seq}", "changes": changes, "why": text}]
    yield "texts", [{"type": "retraction", "retracts": f"#{RETRACTED}", "why": TEXTS["tags"]}]


def titles(workspace: Workspace) -> dict[str, str]:
    """The title of each entry, by id. It begins with that of its story."""
    found = {}
    for slug in workspace.log.streams():
        events: list[Any] = list(workspace.log.read(slug))
        own = {event.id: shown_in_english(getattr(event, "title", "")) for event in events}
        for event in events:
            if event.__struct_config__.tag == "correction":
                title = event.changes["title"]
                own |= {event.corrects: f"{title} (corrected)", event.id: f"Correction: “{title}”"}
            if event.__struct_config__.tag == "retraction":
                title = own[event.retracts]
                own |= {event.retracts: f"{title} (withdrawn)", event.id: f"Withdrawn: “{title}”"}
        story = events[0].title
        found |= {
            id: story if title == shown_in_english(story) else f"{story}: {title}" for id, title in own.items()
        }
    return found


def shown_in_english(text: str) -> str:
    """The text as it stands in an English sentence, which it does not reorder."""
    return isolated(text, "ltr")


def stamps(folder: Path) -> dict[str, int]:
    """When each file below a folder was written."""
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


pytestmark = pytest.mark.xdist_group("the corpus")  # which is published once


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """The workspace with all cases, published once."""
    folder = tmp_path_factory.mktemp("naughty")
    workspace = made(folder / "desk")
    cases = {}
    for slug, drafts in lines():
        ids = [each.event.id for each in workspace.record(slug, drafts)]
        if drafts[0].get("title") == slug and slug in CASES:
            cases |= dict(zip(ids[1:], CASES[slug], strict=True))
    before = stamps(folder)
    assert not publish(workspace).errors
    return Published(workspace, titles(workspace), cases, before)


# Feeds and pages.


def _xml(data: bytes) -> etree._Element:
    return etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))


def _name(id: str | None) -> str:
    return (id or "").removeprefix("urn:uuid:")


def _atom(data: bytes) -> Iterator[tuple[str, Told]]:
    for entry in _xml(data).iter(f"{ATOM}entry"):
        text = {name: entry.findtext(f"{ATOM}{name}") or "" for name in ("id", "title", "content", "summary")}
        tags = {each.get("label") or "" for each in entry.iter(f"{ATOM}category")}
        yield _name(text["id"]), Told(text["title"], text["content"], text["summary"], tags)


def _rss(data: bytes) -> Iterator[tuple[str, Told]]:
    for item in _xml(data).iter("item"):
        summary = item.findtext("description") or ""
        assert not re.search("<|&(?!amp;|lt;|gt;)", summary), "a description is HTML: only escaped text is text"
        tags = {each.text or "" for each in item.iter("category")}
        told = Told(item.findtext("title") or "", item.findtext(CONTENT) or "", html.unescape(summary), tags)
        yield _name(item.findtext("guid")), told


def _json(data: bytes) -> Iterator[tuple[str, Told]]:
    for item in json.loads(data)["items"]:
        tags = set(item.get("tags", ()))
        yield _name(item["id"]), Told(item["title"], item["content_html"], item.get("summary", ""), tags)


READ: dict[str, Callable[[bytes], Iterator[tuple[str, Told]]]] = {"atom": _atom, "rss": _rss, "json": _json}


class Text(HTMLParser):
    """The text of some HTML: all of it, and by the tags that it stands in; and what it says in its head."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.all: list[str] = []
        self.found: dict[str, list[str]] = {}
        self.metas: dict[str, str] = {}
        self.open: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found.setdefault(tag, []).append("")
        given = dict(attributes)
        if tag == "meta":
            self.metas[given.get("property") or given.get("name") or ""] = given.get("content") or ""
        if tag not in ("br", "hr", "input", "link", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.open[-1:]:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.all.append(data)
        for tag in set(self.open):
            self.found[tag][-1] += data


def words(text: str) -> str:
    """The text with single spaces."""
    return " ".join(text.split())


def shown(markup: str) -> str:
    return words("".join(Text(markup).all))


@pytest.mark.slow
def test_everything_that_is_published_holds(published: Published) -> None:
    """Each file keeps the specification of its format, and each link leads somewhere."""
    check_site(published.root)


@pytest.mark.parametrize("ending", READ)
def test_titles_arrive_as_they_were_recorded(published: Published, ending: str) -> None:
    """A title is the same in every feed that has the entry. Each entry is in a feed."""
    seen = set()
    for path in published.feeds(ending):
        for id, told in READ[ending](path.read_bytes()):
            if id in published.titles:
                assert told.title == published.titles[id], path
                seen.add(id)
    assert seen == published.titles.keys()


@pytest.mark.parametrize("ending", READ)
def test_a_feed_is_called_as_its_story(published: Published, ending: str) -> None:
    for slug, title in STORIES.items():
        for path in published.feeds(ending, f"stories/{slug}"):
            data = path.read_bytes()
            called = json.loads(data)["title"] if ending == "json" else _xml(data).findtext(".//{*}title")
            assert called is not None
            assert called.endswith((title, shown_in_english(title))), path


def test_the_list_of_feeds_has_the_titles(published: Published) -> None:
    """The list has the titles of stories and the names of parties as they were recorded."""
    for path in published.root.rglob("*.opml"):
        outlines = [each.get("text") for each in _xml(path.read_bytes()).iter("outline")]
        assert set(STORIES.values()) <= set(outlines)
        for name in ("🚀", "<b>", "]]>", TEXTS["Arabic"]):
            assert f"{TITLE}: {shown_in_english(name)}" in outlines


def test_pages_show_what_was_recorded(published: Published) -> None:
    """A page shows a title as text, and its metadata has the same title."""
    for slug, title in STORIES.items():
        page = Text((published.root / "stories" / slug / "index.html").read_text())
        assert page.found["title"] == [f"{title}: {TITLE}"]
        assert page.found["h1"] == [title]
        assert page.found["h4"] == [title, title]
        assert page.metas["og:title"] == title
        told = json.loads(page.found["script"][1])
        assert [told["headline"], *(each["headline"] for each in told["liveBlogUpdate"])] == [title] * 3
    for slug, cases in CASES.items():
        page = Text((published.root / "stories" / slug / "index.html").read_text())
        headings = page.found["h4"]
        untouched = cases[RETRACTED:] if slug == "texts" else cases
        assert [case.title for case in reversed(untouched)] == [
            each for each in headings if each in {case.title for case in untouched}
        ]
    index = Text((published.root / "index.html").read_text())
    assert index.found["title"] == index.found["h1"] == [TITLE]
    assert set(STORIES.values()) <= set(index.found["a"])


def test_every_development_has_a_page_that_shows_it(published: Published) -> None:
    """The page and its metadata have the title of the development."""
    for slug, cases in CASES.items():
        folder = published.root / "stories" / slug
        for seq, case in enumerate(cases, 2):
            page = Text((folder / f"{seq}.html").read_text())
            (shown,) = page.found["h1"]
            assert page.metas["og:title"] == shown
            if slug != "texts" or seq not in (*CORRECTED, RETRACTED):
                assert shown == case.title


def test_a_party_has_a_page_that_names_it(published: Published) -> None:
    """The page of a party has the name of its feed. A development links to the page of each of its parties."""
    for path in published.feeds("json", "parties/*"):
        page = Text(path.with_name("index.html").read_text())
        if "-20" not in path.name:
            named = [f"{TITLE}: {shown_in_english(name)}" for name in page.found["h1"]]
            assert named == [json.loads(path.read_bytes())["title"]]
    for slug, cases in CASES.items():
        for seq, case in enumerate(cases, 2):
            page = Text((published.root / "stories" / slug / f"{seq}.html").read_text())
            assert keys(case.parties) <= keys(page.found["a"]), case.name


def test_every_format_says_the_same(published: Published) -> None:
    """Title, content and summary are the same in a CDATA section, escaped, and in a JSON string."""
    feeds = [published.read(ending) for ending in READ]
    for other in feeds[1:]:
        assert other.keys() == feeds[0].keys()
        for id, told in feeds[0].items():
            assert other[id][:3] == told[:3]


HARM = (
    *("<script", "<iframe", "<style", "<img", "<svg", "<math", "<form", "<object"),
    *("javascript:", "vbscript:", "data:", "onclick", "onerror", "style=", "class="),
)


@pytest.mark.parametrize("ending", READ)
def test_contents_do_no_harm(published: Published, ending: str) -> None:
    """Contents have no scripts, frames, styles or handlers, only absolute addresses, and no open tags."""
    for path in published.feeds(ending):
        for id, told in READ[ending](path.read_bytes()):
            check_html(told.content)
            tags = "".join(re.findall("<[^>]*>", told.content)).lower()
            for harm in HARM:
                assert harm not in tags, (path, id)


def test_no_text_is_lost_on_the_way(published: Published) -> None:
    """The body, the quotation and the source are in the content of the entry, and each party is a tag. All formats
    have the same content."""
    told = published.read("atom")
    tags = {ending: {id: each.tags for id, each in published.read(ending).items()} for ending in READ}
    for id, case in unamended(published).items():
        text = shown(told[id].content)
        said = [case.quote, *case.source.values()] if case.source else []
        for each in said:
            assert each == ADDRESS or words(each) in text, (case.name, each)
        assert words(shown(to_html(case.body))) in text, case.name
        for ending in READ:
            assert keys(case.parties) <= keys(tags[ending][id]), case.name


def unamended(published: Published) -> dict[str, Case]:
    """The cases by id, without those whose title was corrected or retracted."""
    found = {
        id: case
        for id, case in published.cases.items()
        if published.titles[id].endswith(f": {shown_in_english(case.title)}")
    }
    assert len(found) == len(published.cases) - len(CORRECTED) - 1
    return found


def test_summaries_are_plain(published: Published) -> None:
    """A summary begins as the body does."""
    told = published.read("atom")
    for id, case in unamended(published).items():
        if case in CASES["bodies"]:
            start = words(to_text(case.body))[:6]
            assert start
            assert told[id].summary.startswith(start), case.name
            assert len(told[id].summary) <= 290


@pytest.mark.slow
def test_a_party_has_a_feed_of_all_that_names_it(published: Published) -> None:
    """Spellings of one party share a feed, and no other names do."""
    named = {id: case.parties[0] for id, case in published.cases.items() if case.parties}
    together: dict[Path, set[str]] = {}
    for path in published.feeds("atom", "parties/*"):
        names = {named[id] for id, _ in _atom(path.read_bytes()) if id in named}
        together.setdefault(path.parent, set()).update(names)
    for names in together.values():
        assert len(keys(names)) == 1, names
    everybody = {name for names in PARTIES.values() for name in names}
    assert keys(everybody) <= keys(set().union(*together.values()))


def keys(names: Iterable[str]) -> set[str]:
    """The parties that these are: the first spelling of a party in a story stands."""
    return set(map(name_key, names))


# Files.

DEVICE = re.compile("con|prn|aux|nul|(com|lpt)[0-9]")
"""Names of devices in Windows, with any ending."""


def test_nothing_is_written_elsewhere(published: Published) -> None:
    """Publishing writes only below ``feeds`` and ``.tracker``, whatever a party is called."""
    root = Path(published.workspace.root)
    after = stamps(root.parent)
    assert published.before.items() <= after.items()
    for path in after.keys() - published.before.keys():
        assert Path(path).relative_to(root).parts[0] in ("feeds", ".tracker"), path


def test_the_names_of_files_are_portable(published: Published) -> None:
    """Every file system takes the names, also one that ignores case, and an address needs no escapes."""
    paths = [path.relative_to(published.root) for path in published.root.rglob("*")]
    for path in paths:
        for part in path.parts:
            assert re.fullmatch(r"[a-z0-9]+([.-][a-z0-9]+)*", part), path
            assert not DEVICE.fullmatch(part.partition(".")[0]), path
            assert len(part) <= 100, path
    assert len({str(path).casefold() for path in paths}) == len(paths)


# Going on from what was published.


def site(workspace: Workspace) -> dict[str, bytes]:
    root = Path(workspace.feeds)
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


@pytest.mark.slow
def test_published_bit_by_bit_it_is_the_same(tmp_path: Path) -> None:
    """Many publications, each of a few events, write the same bytes as one publication of all events."""
    workspace = made(tmp_path / "desk")
    for slug, drafts in lines():
        if slug in (*CASES, "entries", "json", "script"):
            workspace.record(slug, drafts[:1])
            publish(workspace)
            for part in (drafts[1:9], drafts[9:]):
                if part:
                    workspace.record(slug, part)
                    publish(workspace)
    gradually = site(workspace)
    for folder in ("feeds", ".tracker"):
        shutil.rmtree(Path(workspace.root, folder))
    publish(workspace)
    assert site(workspace) == gradually


# Recording.


def test_what_was_recorded_is_what_was_written(published: Published) -> None:
    """The log gives back each text, character by character."""
    for slug, cases in CASES.items():
        events: list[Any] = list(published.workspace.log.read(slug))
        for event, case in zip(events[1:], cases, strict=False):
            assert (event.title, event.body) == (case.title, case.body)
            assert keys(case.parties) <= keys(event.parties)
            for source in event.sources:
                assert (source.publisher, source.title, source.quote) == (case.title, case.title, case.quote)


def test_the_command_line_takes_it(cli: Callable[..., Ran], desk: Workspace, record: Callable[..., Any]) -> None:
    """Title, body, party and quotation are given as arguments."""
    record("opened", "A story")
    for name, text in TEXTS.items():
        party, body = text[:200].strip(), f"{text}\n\n{text}"
        given = (f"--body={body}", f"--party={party}", f"--publisher={text}", f"--quote={text}")
        ran = cli("add", "update", *given, "--", "story", text)
        assert ran.code == 0, (name, ran.err)
        event: Any = list(desk.log.read("story"))[-1]
        assert (event.title, event.body, event.sources[0].quote) == (text, body, text)
        assert event.parties == (party,)


def test_files_are_taken(cli: Callable[..., Ran], desk: Workspace, record: Callable[..., Any]) -> None:
    """``append`` takes all texts in one batch of JSON lines, with and without escapes."""
    for number, ascii in enumerate((True, False)):
        story = f"story-{number}"
        record("opened", "A story", story=story)
        lines = [json.dumps(case.values, ensure_ascii=ascii) for case in CASES["texts"]]
        assert cli("append", story, "-", input="\n".join(lines).encode()).code == 0
        events: list[Any] = list(desk.log.read(story))
        assert [event.title for event in events[1:]] == list(TEXTS.values())


@pytest.mark.parametrize("name", TYPED)
def test_control_characters_and_white_space_around_are_taken_out(record: Callable[..., Any], name: str) -> None:
    typed, kept = TYPED[name]
    record("opened", "A story")
    assert record("update", "more", body=typed).event.body == kept


PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "title": lambda text: {"title": text},
    "body": lambda text: {"body": text},
    "editor": lambda text: {"editor": text},
    "parties[1]": lambda text: {"parties": ["a", text]},
    "sources[0].publisher": lambda text: {"sources": [{"publisher": text}]},
    "sources[0].title": lambda text: {"sources": [{"publisher": "a", "title": text}]},
    "sources[0].quote": lambda text: {"sources": [{"publisher": "a", "quote": text}]},
    "sources[1].url": lambda text: {"sources": [{"publisher": "a"}, {"url": f"https://a.example/{text}"}]},
    "figures[0].name": lambda text: {"figures": [{"name": text, "value": "1"}]},
    "to": lambda text: {"type": "statement", "speaker": "a", "to": text},
    "quote": lambda text: {"type": "statement", "speaker": "a", "quote": text},
}


@pytest.mark.parametrize(
    ("name", "field"), [*((name, "title") for name in REFUSED), *(("escape", field) for field in PLACES)]
)
def test_what_no_feed_can_carry_is_refused(
    desk: Workspace, record: Callable[..., Any], name: str, field: str
) -> None:
    """The refusal names the field and the character, and nothing is recorded."""
    record("opened", "A story")
    before = stamps(Path(desk.root))
    character = REFUSED[name]
    with pytest.raises(BadInput) as refused:
        desk.record("story", [{"type": "update", "title": "T", **PLACES[field](f"a{character}b")}])
    assert refused.value.field == field
    assert f"U+{ord(character[0]):04X} at character " in refused.value.reason
    assert stamps(Path(desk.root)) == before


@pytest.mark.parametrize("name", ["escape", "a byte that was no UTF-8"])
def test_the_command_line_refuses_it(
    cli: Callable[..., Ran], desk: Workspace, record: Callable[..., Any], name: str
) -> None:
    """An argument may have control characters, and bytes that are not UTF-8."""
    record("opened", "A story")
    before = stamps(Path(desk.root))
    for field, given in (("title", ["story", "a{}b"]), ("body", ["story", "T", "--body", "a{}b"])):
        ran = cli("add", "update", *(each.format(REFUSED[name]) for each in given))
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"error: {field}: U+{ord(REFUSED[name][0]):04X} at character 2 is not text")
    assert stamps(Path(desk.root)) == before
