"""A desk that pastes everything: what it recorded arrives as it is in every format, and does no harm there."""

from __future__ import annotations

import html
import json
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from lxml import etree

from tests.conformance import check_html, check_site
from tests.conftest import FixedClock, Ran
from tests.naughty import ADDRESS, CASES, PARTIES, REFUSED, STORIES, TEXTS, TYPED, Case
from tracker import workspace as workspaces
from tracker.errors import BadInput
from tracker.markup import to_html, to_text
from tracker.publish import publish
from tracker.workspace import Workspace

TITLE, AUTHOR = "The desk </title> ]]> & “{{ x }}” 😀", TEXTS["quotation marks"]

CORRECTED = {2: TEXTS["tags"], 3: TEXTS["Jinja"], 4: TEXTS["declarations"]}
"""What developments of the story ``texts`` were called after they had been corrected."""

RETRACTED = 5

ATOM, CONTENT = "{http://www.w3.org/2005/Atom}", "{http://purl.org/rss/1.0/modules/content/}encoded"


NO_FEED = re.compile(r"^(heads|history)\.json$|\.oembed\.json$")
"""What ends like a JSON Feed and is none."""


class Told(NamedTuple):
    """An entry as a reader gets it: its title, its content as HTML, its summary as plain text, its tags."""

    title: str
    content: str
    summary: str
    tags: set[str]


class Published(NamedTuple):
    """A desk that published; what it recorded, by id; and the files that were there before."""

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
    """An empty workspace, naughty in itself."""
    clock = FixedClock()
    workspaces.init(str(folder), TITLE, "https://desk.example/", AUTHOR, "en", clock=clock)
    return Workspace(str(folder), clock=clock)


def lines() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """All that is recorded, by story."""
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
    """What every entry is called, by its id."""
    found = {}
    for slug in workspace.log.streams():
        events: list[Any] = list(workspace.log.read(slug))
        found |= {event.id: getattr(event, "title", "") for event in events}
        for event in events:
            if event.__struct_config__.tag == "correction":
                title = event.changes["title"]
                found |= {event.corrects: f"Corrected: {title}", event.id: f"Correction of “{title}”"}
            if event.__struct_config__.tag == "retraction":
                title = found[event.retracts]
                found |= {event.retracts: f"Retracted: {title}", event.id: f"Retraction of “{title}”"}
    return found


def stamps(folder: Path) -> dict[str, int]:
    """When each file below a folder was written."""
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*") if path.is_file()}


pytestmark = pytest.mark.xdist_group("the corpus")  # which is published once


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Published:
    """Several stories, published once."""
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


# What readers get.


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
    """The text whose white space is as good as any other."""
    return " ".join(text.split())


def shown(markup: str) -> str:
    return words("".join(Text(markup).all))


@pytest.mark.slow
def test_everything_that_is_published_holds(published: Published) -> None:
    """By the specification of each format, and where the links lead."""
    check_site(published.root)


@pytest.mark.parametrize("ending", READ)
def test_titles_arrive_as_they_were_recorded(published: Published, ending: str) -> None:
    """Character by character, in every feed that has the entry; and every entry is in some."""
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
            assert called.endswith(title), path


def test_the_list_of_feeds_has_the_titles(published: Published) -> None:
    """Of stories and of parties, as they are written."""
    for path in published.root.rglob("*.opml"):
        outlines = [each.get("text") for each in _xml(path.read_bytes()).iter("outline")]
        assert set(STORIES.values()) <= set(outlines)
        for name in ("🚀", "<b>", "]]>", TEXTS["Arabic"]):
            assert f"{TITLE}: {name}" in outlines


def test_pages_show_what_was_recorded(published: Published) -> None:
    """As text, whatever it looks like; and the same to machines."""
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
    """And says how it looks on the pages of others."""
    for slug, cases in CASES.items():
        folder = published.root / "stories" / slug
        for seq, case in enumerate(cases, 2):
            page = Text((folder / f"{seq}.html").read_text())
            (shown,) = page.found["h1"]
            told = json.loads((folder / f"{seq}.oembed.json").read_bytes())
            assert told["title"] == page.metas["og:title"] == shown
            assert Text(told["html"]).found["strong"] == [shown]
            if slug != "texts" or seq not in (*CORRECTED, RETRACTED):
                assert shown == case.title


def test_a_party_has_a_page_that_names_it(published: Published) -> None:
    """As its feed is called; and every development leads to those of its parties."""
    for path in published.feeds("json", "parties/*"):
        page = Text(path.with_name("index.html").read_text())
        if "-20" not in path.name:
            assert [f"{TITLE}: {name}" for name in page.found["h1"]] == [json.loads(path.read_bytes())["title"]]
    for slug, cases in CASES.items():
        for seq, case in enumerate(cases, 2):
            page = Text((published.root / "stories" / slug / f"{seq}.html").read_text())
            assert set(case.parties) <= set(page.found["a"]), case.name


def test_every_format_says_the_same(published: Published) -> None:
    """Content and summary too, whether they stand in a CDATA section, escaped, or in a string."""
    feeds = [published.read(ending) for ending in READ]
    for other in feeds[1:]:
        assert other.keys() == feeds[0].keys()
        for id, told in feeds[0].items():
            assert other[id][:3] == told[:3]


HARM = (
    *("<script", "<iframe", "<style", "<img", "<svg", "<math", "<form", "<object"),
    *("javascript:", "vbscript:", "data:", "mailto:", "onclick", "onerror", "style=", "class="),
)


@pytest.mark.parametrize("ending", READ)
def test_contents_do_no_harm(published: Published, ending: str) -> None:
    """No scripts, frames, styles or handlers; only absolute addresses; nothing left open."""
    for path in published.feeds(ending):
        for id, told in READ[ending](path.read_bytes()):
            check_html(told.content)
            tags = "".join(re.findall("<[^>]*>", told.content)).lower()
            for harm in HARM:
                assert harm not in tags, (path, id)


@pytest.mark.parametrize("ending", READ)
def test_no_text_is_lost_on_the_way(published: Published, ending: str) -> None:
    """The body, the quotation, every party, and all that is said of the source are in the entry."""
    told = published.read(ending)
    for id, case in published.cases.items():
        if published.titles[id] != case.title:  # it was amended, and says so
            continue
        text = shown(told[id].content)
        said = [case.quote, *case.source.values()] if case.source else []
        for each in said:
            assert each == ADDRESS or words(each) in text, (case.name, each)
        assert words(shown(to_html(case.body))) in text, case.name
        assert set(case.parties) <= told[id].tags, case.name


def test_summaries_are_plain(published: Published) -> None:
    """What they begin with is what the body says."""
    for id, told in published.read("atom").items():
        case = published.cases.get(id)
        if case and case.body and published.titles[id] == case.title and not case.more:
            start = words(to_text(case.body))[:6]
            assert told.summary.startswith(start), case.name
            assert len(told.summary) <= 290


@pytest.mark.slow
def test_a_party_has_a_feed_of_all_that_names_it(published: Published) -> None:
    """Whatever it is called: names that differ in case or punctuation only may share one."""
    named = {id: case.parties[0] for id, case in published.cases.items() if case.parties}
    together: dict[Path, set[str]] = {}
    for path in published.feeds("atom", "parties/*"):
        names = {named[id] for id, _ in _atom(path.read_bytes()) if id in named}
        together.setdefault(path.parent, set()).update(names)
    for names in together.values():
        assert len({folded(name) for name in names}) == 1, names
    everybody = {name for names in PARTIES.values() for name in names}
    assert everybody <= set().union(*together.values())


def folded(name: str) -> str:
    """The letters and digits of a name, without case and accents; the name where it has none."""
    return "".join(each for each in unicodedata.normalize("NFKD", name.casefold()) if each.isalnum()) or name


# Files.

DEVICE = re.compile("con|prn|aux|nul|(com|lpt)[0-9]")
"""What Windows takes for something else, whatever its ending."""


def test_nothing_is_written_elsewhere(published: Published) -> None:
    """Neither beside the site, whatever a party is called, nor into the log."""
    root = Path(published.workspace.root)
    after = stamps(root.parent)
    assert published.before.items() <= after.items()
    for path in after.keys() - published.before.keys():
        assert Path(path).relative_to(root).parts[0] in ("feeds", ".tracker"), path


def test_the_names_of_files_are_portable(published: Published) -> None:
    """On every file system and in every address; no two of them the same where case does not count."""
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
    """A publication that goes on from the last one finds its way in what that wrote, whatever is said there."""
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


# What the log takes.


def test_what_was_recorded_is_what_was_written(published: Published) -> None:
    """To the character."""
    for slug, cases in CASES.items():
        events: list[Any] = list(published.workspace.log.read(slug))
        for event, case in zip(events[1:], cases, strict=False):
            assert (event.title, event.body) == (case.title, case.body)
            assert set(case.parties) <= set(event.parties)
            for source in event.sources:
                assert (source.publisher, source.title, source.quote) == (case.title, case.title, case.quote)


def test_the_command_line_takes_it(cli: Callable[..., Ran], desk: Workspace, record: Callable[..., Any]) -> None:
    """Title, body, party and quotation as arguments."""
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
    """All of it in one batch of JSON lines, escaped or not."""
    for number, ascii in enumerate((True, False)):
        story = f"story-{number}"
        record("opened", "A story", story=story)
        lines = [json.dumps(case.values, ensure_ascii=ascii) for case in CASES["texts"]]
        assert cli("append", story, "-", input="\n".join(lines).encode()).code == 0
        events: list[Any] = list(desk.log.read(story))
        assert [event.title for event in events[1:]] == list(TEXTS.values())


@pytest.mark.parametrize("name", TYPED)
def test_what_nobody_meant_is_taken_out(record: Callable[..., Any], name: str) -> None:
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


@pytest.mark.parametrize("field", PLACES)
@pytest.mark.parametrize("name", REFUSED)
def test_what_no_feed_can_carry_is_refused(
    desk: Workspace, record: Callable[..., Any], name: str, field: str
) -> None:
    """Wherever it is said; the refusal names the field and the character, and nothing was recorded."""
    record("opened", "A story")
    before = stamps(Path(desk.root))
    character = REFUSED[name]
    with pytest.raises(BadInput) as refused:
        desk.record("story", [{"type": "update", "title": "T", **PLACES[field](f"a{character}b")}])
    assert refused.value.field == field
    assert f"U+{ord(character[0]):04X} at character " in refused.value.reason
    assert stamps(Path(desk.root)) == before


@pytest.mark.parametrize("name", [name for name in REFUSED if name != "NUL"])
def test_the_command_line_refuses_it(
    cli: Callable[..., Ran], desk: Workspace, record: Callable[..., Any], name: str
) -> None:
    """As an argument; no argument can hold NUL."""
    record("opened", "A story")
    before = stamps(Path(desk.root))
    for field, given in (("title", ["story", "a{}b"]), ("body", ["story", "T", "--body", "a{}b"])):
        ran = cli("add", "update", *(each.format(REFUSED[name]) for each in given))
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith(f"error: {field}: U+{ord(REFUSED[name][0]):04X} at character 2 is not text")
    assert stamps(Path(desk.root)) == before
