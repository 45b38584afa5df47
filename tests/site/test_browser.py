"""What readers of the pages see and can do, in a real browser: time is turned back, developments are found, and
all of it works with a keyboard, on a telephone, in the dark and, where nothing has to move, without scripts."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from tests.browser import STATUSES, Told, Visit, in_order, instants, known_at, launched, words
from tests.conftest import FixedClock, Ran
from tests.naughty import CASES, TEXTS
from tests.strategies import Stream
from tests.subscribers import serving
from tracker.feeds.entries import build_feed
from tracker.publishing.publisher import publish
from tracker.wording.messages import plain
from tracker.wording.types import type_name
from tracker.workspace import init
from tracker.workspace.desk import Workspace

pytestmark = [pytest.mark.debian, pytest.mark.xdist_group("browser")]  # which is started once

REAL = "tiktok-openai"
AT_ONCE = timedelta(0)
DAY = timedelta(days=1)
MONTH = timedelta(days=30)
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


# What is published, and to whom.


class Site(NamedTuple):
    """A published desk, and the address at which it is served."""

    url: str
    desk: Workspace

    def events(self, slug: str) -> list[Any]:
        return list(self.desk.log.read(slug))

    def path(self, name: str) -> Path:
        return Path(self.desk.feeds, name)


class Host(NamedTuple):
    """A folder that is served, with all the desks in it."""

    url: str
    folder: Path

    def site(self, name: str) -> Site:
        """What the desk of that name has published."""
        desk = Workspace(str(self.folder / name), clock=FixedClock())
        assert not publish(desk).errors
        return Site(f"{self.url}/{name}/feeds", desk)

    def desk(self, name: str, *stories: tuple[str, list[bytes]]) -> Site:
        """A desk of that name that publishes the stories, each with its lines, if it has not yet."""
        folder = self.folder / name
        if not folder.exists():
            init.init(str(folder), "The desk", "https://desk.example/", "Desk", "en", clock=FixedClock())
            for slug, lines in stories:
                (folder / "events" / f"{slug}.jsonl").write_bytes(b"".join(lines))
        return self.site(name)


def bridge() -> Stream:
    """A story of eight months in which everything happens that can."""
    story = Stream("bridge")
    add = story.add
    gazette = {"publisher": "Gazette", "url": "https://gazette.example/bridge", "quote": "costs *twice* as much"}
    cost = {"party": "City", "name": "cost", "value": "100000000", "unit": "EUR"}
    growth = {"party": "Old Bank", "name": "growth", "unit": "%"}
    add("opened", "The bridge", summary="Who **pays** for the bridge & why it is late.\n\nIn two paragraphs.")
    add("suspension", "The city stops the works", subject="Harbour Works", by="City", of="licence",
        until="2025-06", occurred="2024-07", reason="no plan")  # fmt: skip
    add("report", "It costs more", claim="The bridge costs twice as much", figures=[cost], sources=[gazette],
        parties=["City"], occurred="2024-07-20", after=20 * DAY)  # fmt: skip
    add("report", "Another paper has it", about="#3", sources=[{"publisher": "Herald", "via": "Gazette"}])
    add("confirmation", "The city confirms it", about="#3", by="City", after=MONTH)
    add("denial", "The builder denies it", about="#3", by="Harbour Works")
    add("statement", "No delay", speaker="Harbour Works", quote="There is *no* delay", to="the Gazette")
    add("question", "Who pays?", after=AT_ONCE)
    add("expectation", "The court rules", due="2024-12")
    add("investigation", "Auditors come", into="Harbour Works", by="Court of Audit", after=MONTH)
    add("agreement", "The bank lends", between=["City", "Old Bank"], terms="At *four* per cent.")
    add("policy", "No work at night", by="City", occurred="2024-09/2024-10")
    add("earnings", "The bank earns less", company="Old Bank", period="Q3 FY2024",
        figures=[{**growth, "value": "2.9", "expected_low": "3", "expected_high": "3.1"}])  # fmt: skip
    add("summary", "It stands still", text="It stands still. **Nobody** pays.\n\n- the city\n- the bank")
    story.correct(2, title="The city suspends the builder", occurred="2024-06-15", why="the letter is dated")
    story.instant += 10 * DAY
    story.correct(3, title="It costs a lot more", figures=[{**cost, "value": "", "low": "150000000",
                  "high": "200000000"}], claim="The bridge costs half as much again")  # fmt: skip
    story.retract(4)
    story.retract(17, why="it was right after all")
    story.retract(15, why="another letter")
    add("statement", "Some delay", speaker="Harbour Works", after=MONTH)
    add("reinstatement", "They may build again", subject="Harbour Works", occurred="2024-11-02")
    add("finding", "Nothing was found", into="Harbour Works", outcome="Nothing is wrong with the *plans*")
    add("termination", "The bank leaves", between=["City", "Old Bank"], occurred="2024-11")
    add("repeal", "They work at night", by="City", after=MONTH)
    add("update", "The state pays", closes="#8", parties=["State"])
    leak = {"party": "Aqueduct", "name": "leak", "value": "3", "unit": "l"}
    add("update", "The court has ruled", closes="#9", minor=True, figures=[leak, {**growth, "value": "3.2"}])
    story.correct(1, title="The bridge and the state")
    story.correct(14, text="It goes on. The *state* pays.")
    add("earnings", "The bank earns more", company="Old Bank", period="Q4 FY2024", after=MONTH,
        figures=[{**growth, "value": "3.4", "expected_low": "3", "expected_high": "3.1"}])  # fmt: skip
    add("closed", "The bridge is built", why="It is built")
    add("reopened", "The bridge has a crack", after=MONTH)
    story.retract(20, why="he never said so")
    add("report", "The engineer knew", body="A text that a court forbids", parties=["Engineer"])
    story.redact(33)
    add("expectation", "The court rules again", due="2026")
    add("expectation", "Repairs begin", due="2025-09")
    return story


ALL = in_order(bridge().events)
"""The numbers of its developments, as the page has them."""

SECRET = 33
"""The development of the bridge whose text was removed; before it, the log is as it always was."""


def naughty() -> Stream:
    """A story that is naughty wherever a text can be, and long where a text can be long."""
    story = Stream("naughty")
    script = TEXTS["script"]
    story.add("opened", script, summary=f"{script}\n\n<img src=x onerror=alert(1)> [x](javascript:alert(1))")
    address = f"https://a.example/{'very-long-' * 40}?b=%22%3E%3Cscript%3E"
    for case in (*CASES["texts"], *CASES["bodies"], *CASES["standing"]):
        values = dict(case.values)
        values["sources"] = [{**each, "url": address} for each in values["sources"]]
        story.take(values, after=DAY / 2)
    story.correct(3, why=script, title=TEXTS["tags"], body=TEXTS["ends of elements"])
    story.correct(1, why=script, title=TEXTS["ends of elements"], summary=TEXTS["tags"])
    story.retract(4, why=TEXTS["tags"])
    return story


def long() -> Stream:
    """A story of a thousand developments."""
    story = Stream("long")
    story.add("opened", "A long story", summary="It goes on and on.")
    for number in range(2, 1_001):
        party = f"Party {number % 7}"
        source = {"publisher": "Gazette", "url": f"https://gazette.example/{number}", "quote": "It is so, we hear"}
        values: dict[str, Any] = {"parties": ["City", party], "sources": [source], "after": DAY / 9}
        match number % 10:
            case 0 if number % 40 == 0:
                story.correct(number - 5, title=f"Report {number - 5}, corrected")
            case 1:
                story.add("statement", f"Word {number}", speaker=party, quote="Yes. " * 9, **values)
            case 2:
                figure = {"party": "City", "name": "cost", "value": f"{number}", "unit": "EUR"}
                story.add("update", f"Figure {number}", figures=[figure], **values)
            case 3:
                story.add("question", f"Question {number}?", **values)
            case 4:
                story.add("update", f"Answer {number}", closes=f"#{number - 1}", **values)
            case _:
                story.add("report", f"Report {number}", body="What was reported of it. " * 8, **values)
    return story


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as browser:
        yield browser


@pytest.fixture(scope="module")
def host(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    folder = tmp_path_factory.mktemp("browser")
    with serving(folder) as url:
        yield Host(url, folder)


@pytest.fixture(scope="module")
def site(host: Host) -> Site:
    """A desk with the bridge and the naughty story, and with a short one."""
    short = Stream("short")
    short.add("opened", "The Étude affair")
    short.add("question", "Is it one?")
    return host.desk("desk", *((story.slug, story.lines) for story in (bridge(), naughty(), short)))


@pytest.fixture(scope="module")
def real(host: Host) -> Site:
    """The desk of this repository, published elsewhere."""
    here = Path(__file__).parents[2]
    shutil.copytree(here / "events", host.folder / "real" / "events")
    shutil.copy(here / "tracker.toml", host.folder / "real")
    return host.site("real")


@pytest.fixture(scope="module")
def thousand(host: Host) -> Site:
    return host.desk("thousand", ("long", long().lines))


Visits = Callable[..., Visit]


@pytest.fixture(scope="module")
def windows() -> list[tuple[dict[str, Any], Visit]]:
    """Those that are open, and with which options."""
    return []


@pytest.fixture
def visits(browser: Browser, host: Host, windows: list[tuple[dict[str, Any], Visit]]) -> Iterator[Visits]:
    """``visits(site, path)`` is a reader who looks at a page; at the end, no page did anything wrong."""
    readers: list[Visit] = []

    def visits(site: Site, path: str = "", **options: Any) -> Visit:
        free = (each for has, each in windows if has == options and each not in readers)
        reader = next(free, None) or Visit(browser, host.url, **options)
        if (options, reader) not in windows:
            windows.append((options, reader))
        readers.append(reader)
        return reader.opens(f"{site.url}/{path}")

    yield visits
    for reader in readers:
        reader.ends()


def recorded(site: Site, seq: int, slug: str = "bridge") -> str:
    """When a development was recorded."""
    return str(site.events(slug)[seq - 1].recorded)


def turns_back(site: Site, reader: Visit, seq: int) -> None:
    """Drags the slider to when a development of the bridge was recorded, and waits until the page is there."""
    events, known = site.events("bridge"), recorded(site, seq)
    reader.slides(instants(events).index(known))
    reader.lists(known_at(events, known).articles)


# Time is turned back: the story of this desk, as the command line tells it.


@pytest.fixture
def shown(real: Site, cli: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Told]:
    """What ``tracker show --known-at`` prints, with the developments that were recorded by then."""
    monkeypatch.setenv("COLUMNS", "1000")
    times = [event.recorded for event in real.events(REAL)]

    def shown(known: str) -> Told:
        ran = cli("-C", real.desk.root, "show", REAL, "--known-at", known)
        assert ran.code == 0, ran.err
        (title, _, facts), summary, *sections = [block.split("\n") for block in ran.out.strip().split("\n\n")]
        assert sections.pop()[0] == "Latest developments"
        told = [(heading, [words(line) for line in lines]) for heading, *lines in sections]
        articles = in_order(real.events(REAL), sum(each <= known for each in times))
        return Told(title, STATUSES[facts.partition(",")[0]], words(" ".join(summary)), told, articles)

    return shown


def test_the_page_of_a_story_says_what_the_command_line_says(
    real: Site, visits: Visits, shown: Callable[[str], Told]
) -> None:
    """As it stands now: titles, sections and lines are the same words in the same order."""
    visits(real, f"stories/{REAL}/").shows(shown(instants(real.events(REAL))[-1]))


@pytest.mark.slow
def test_turning_time_back_key_by_key_shows_what_was_known(
    real: Site, visits: Visits, shown: Callable[[str], Told]
) -> None:
    """At every instant what ``tracker show --known-at`` says of it; and forth again."""
    times = instants(real.events(REAL))
    reader = visits(real, f"stories/{REAL}/")
    reader.page.locator("#slider").focus()
    for known in times[-2::-1]:
        reader.presses("ArrowLeft")
        reader.shows(shown(known))
    reader.keeps(known=times[0])
    for known in times[1:]:
        reader.presses("ArrowRight")
        reader.shows(shown(known))
    reader.keeps()


@pytest.mark.slow
@pytest.mark.parametrize("place", [0, 6, 12, -1])
def test_an_address_leads_to_what_was_known(
    real: Site, visits: Visits, shown: Callable[[str], Told], place: int
) -> None:
    """The instant is in it; whoever is sent it sees the same."""
    times = instants(real.events(REAL))
    reader = visits(real, f"stories/{REAL}/?known={times[place]}")
    reader.shows(shown(times[place]))
    assert reader.page.locator("#slider").input_value() == str(place % len(times))


@pytest.mark.slow
def test_back_to_now_leaves_nothing_of_the_past(real: Site, visits: Visits) -> None:
    """The page is as it was loaded, to the letter."""
    reader = visits(real, f"stories/{REAL}/")
    parts = ["#title", "#status", "#count", "#summary", "#known", "#sections", "#timeline"]

    def page() -> list[Any]:
        return [reader.page.locator(part).inner_html() for part in parts]

    before, address = page(), reader.page.url
    slider, now = reader.page.locator("#slider"), reader.page.locator("#now")
    last = slider.input_value()
    everything = reader.told().articles
    assert not now.is_enabled()
    for place in (6, 0, 9):
        reader.slides(place)
        reader.lists(in_order(real.events(REAL), place + 1))
    assert now.is_enabled()
    now.click()
    reader.lists(everything)
    assert page() == before
    assert reader.page.url == address
    assert not now.is_enabled()
    assert slider.input_value() == last


# Time is turned back: everything that can happen.


@pytest.mark.slow
def test_every_instant_of_a_story_reads_as_it_was_known(site: Site, visits: Visits) -> None:
    """Titles, status, summary, sections, lines, their order, and which developments there are; whatever was
    corrected, retracted, restored, closed or removed since."""
    events = site.events("bridge")
    reader = visits(site, "stories/bridge/")
    places = list(enumerate(instants(events)))
    for place, known in places[::-1] + places[::5]:
        reader.slides(place)
        reader.shows(known_at(events, known))


@pytest.mark.slow
def test_the_past_of_a_naughty_story_reads_as_it_was_known(site: Site, visits: Visits) -> None:
    """Texts come back as texts, whatever is in them."""
    events = site.events("naughty")
    reader = visits(site, "stories/naughty/")
    places = list(enumerate(instants(events)))
    for place, known in places[:-4:7] + places[-4:]:
        reader.slides(place)
        reader.shows(known_at(events, known))


@pytest.mark.slow
@pytest.mark.parametrize("seq", [4, 18, SECRET - 1])
def test_developments_read_as_they_did_then(site: Site, host: Host, visits: Visits, seq: int) -> None:
    """Each of them as on the page that was published when no more was known."""
    was = articles(visits(published_then(host, seq), "stories/bridge/").page)
    assert sorted(was) == sorted(str(each) for each in range(1, seq + 1))
    reader = visits(site, f"stories/bridge/?known={recorded(site, seq)}")
    reader.soon(lambda: articles(reader.page).keys() == was.keys())
    assert articles(reader.page) == was


def published_then(host: Host, seq: int) -> Site:
    """What is published when so many developments of the bridge are recorded."""
    return host.desk(f"desk-{seq}", ("bridge", bridge().lines[:seq]))


def articles(page: Page) -> dict[str, tuple[str, str]]:
    """How the developments that are to be seen look and read, by number."""
    seen = page.evaluate(
        """() => [...document.querySelectorAll("#timeline article")].filter((each) => each.checkVisibility())
                  .map((each) => [each.id, each.className, each.textContent])"""
    )
    return {seq: (look, words(text)) for seq, look, text in seen}


@pytest.mark.slow
def test_an_amended_development_is_as_it_was_before_it_was_amended(site: Site, visits: Visits) -> None:
    """Now it says by what and how; then it did not."""
    reader = visits(site, "stories/bridge/")
    corrected, retracted = "[id='3']", "[id='20']"
    assert "Corrected on" in reader.text(corrected)
    assert reader.texts(f"{corrected} h4") == ["It costs a lot more (corrected)"]
    assert "we had said “It costs more”" in reader.text(corrected)
    assert reader.texts(f"{retracted} h4") == ["Some delay (withdrawn)"]
    assert reader.page.locator(retracted).get_attribute("class") == "it retracted"
    turns_back(site, reader, 15)
    assert reader.texts(f"{corrected} h4") == ["It costs more"]
    assert "we had said" not in reader.text(corrected)
    assert reader.texts("[id='2'] h4") == ["The city suspends the builder (corrected)"]
    turns_back(site, reader, 21)
    assert reader.texts(f"{retracted} h4") == ["Some delay"]
    assert "retracted" not in (reader.page.locator(retracted).get_attribute("class") or "")
    reader.page.locator("#now").click()
    reader.lists(ALL)
    assert reader.texts(f"{retracted} h4") == ["Some delay (withdrawn)"]
    assert reader.page.locator(retracted).get_attribute("class") == "it retracted"


@pytest.mark.slow
def test_a_removed_text_is_in_no_past(site: Site, visits: Visits) -> None:
    """Turned back to when it could be read, the page does not know it either, nor does any file."""
    reader = visits(site, "stories/bridge/")
    turns_back(site, reader, SECRET)
    assert "removed" in reader.text(f"[id='{SECRET}']")
    assert "The engineer knew" not in reader.page.content()
    for path in Path(site.desk.feeds).rglob("*"):
        assert path.is_dir() or b"The engineer knew" not in path.read_bytes(), path


@pytest.mark.slow
def test_what_has_changed_since_is_said(site: Site, visits: Visits) -> None:
    """Where the past is shown, and only there: how it was, how it is, and by what."""
    reader = visits(site, "stories/bridge/")
    since = reader.page.locator("#since")
    assert not since.is_visible()
    turns_back(site, reader, 9)
    assert since.is_visible()
    changed = reader.texts("#since li")
    assert "Who pays? → Who pays? Answered. The state pays. #25" in changed
    assert "Old Bank, growth: 3.4%, above the 3 to 3.1% expected #29" in changed
    assert not any("no delay" in line for line in changed)
    assert "27 developments were recorded since." in since.inner_text()
    reader.page.locator("#now").click()
    reader.lists(ALL)
    assert not since.is_visible()


@pytest.mark.slow
def test_no_chart_shows_what_was_not_known_then(site: Site, visits: Visits) -> None:
    """Nor is there a heading above nothing."""
    reader = visits(site, "stories/bridge/")

    def known() -> list[int]:
        points = "[...document.querySelectorAll('#charts .point')].filter((each) => each.checkVisibility())"
        seqs: list[int] = reader.page.evaluate(f"{points}.map((each) => Number(each.dataset.known))")
        return seqs

    assert known() == [13, 26, 29]
    for seq in (28, 20, 5):
        turns_back(site, reader, seq)
        assert max(known(), default=0) <= seq
        assert reader.page.locator("#charts").is_visible() == bool(known())
    turns_back(site, reader, 30)
    assert known() == [13, 26, 29]


# Dates and addresses.


@pytest.mark.slow
def test_all_words_of_a_chart_are_on_the_screen_of_a_telephone(site: Site, visits: Visits) -> None:
    """Letters are larger there than the drawing counts with."""
    reader = visits(site, "stories/bridge/", viewport=PHONE)
    cut = """(texts) => texts.filter((text) => {
        const svg = text.ownerSVGElement;
        const seen = getComputedStyle(svg).overflow === "visible" ? document.body : svg;
        const [words, frame] = [text, seen].map((each) => each.getBoundingClientRect());
        return words.left < frame.left || words.right > frame.right;
    }).map((text) => text.textContent)"""
    texts = reader.page.locator("#charts text")
    assert texts.count() > 3
    assert texts.evaluate_all(cut) == []


@pytest.mark.slow
def test_a_date_shows_the_end_of_that_day(site: Site, visits: Visits) -> None:
    """What was recorded on it is known; the address says the day, and keeps it when the page is loaded again."""
    events = site.events("bridge")
    day = recorded(site, 9)[:10]
    expected = known_at(events, f"{day}T23:59:59.999Z")
    assert sorted(expected.articles) == list(range(1, 10))
    reader = visits(site, "stories/bridge/")
    reader.page.locator("#date").fill(day)
    reader.shows(expected)
    reader.keeps(known=day)
    reader.page.reload()
    reader.shows(expected)
    assert reader.page.locator("#date").input_value() == day
    assert reader.page.locator("#slider").input_value() == str(instants(events).index(recorded(site, 9)))


@pytest.mark.slow
@pytest.mark.parametrize("day", ["2024-08-01", "2024-08-31", "2024-09-30", "2024-12-24"])
def test_a_day_may_stand_in_an_address(site: Site, visits: Visits, day: str) -> None:
    """Also one on which nothing was recorded."""
    reader = visits(site, f"stories/bridge/?known={day}")
    reader.shows(known_at(site.events("bridge"), f"{day}T23:59:59.999Z"))


@pytest.mark.slow
@pytest.mark.parametrize("day", ["2024-06-14", "2024-06-15", "2024-07-31", "2024-10-01", "2025-06-30"])
@pytest.mark.parametrize("place", [5, 12, 16, 20, -1])
def test_a_day_of_the_world_shows_what_was_so(site: Site, visits: Visits, day: str, place: int) -> None:
    """As known now or at another time. The address says both, and keeps them when the page is loaded again."""
    events = site.events("bridge")
    known = instants(events)[place]
    expected = known_at(events, known, day)
    reader = visits(site, "stories/bridge/" if place == -1 else f"stories/bridge/?known={known}")
    reader.page.locator("#day").fill(day)
    reader.shows(expected)
    reader.keeps(**({} if place == -1 else {"known": known}), asof=day)
    reader.page.reload()
    reader.shows(expected)
    reader.page.locator("#now").click()
    reader.shows(known_at(events, instants(events)[-1]))
    reader.keeps()


@pytest.mark.slow
def test_what_is_no_day_of_the_world_shows_now(site: Site, visits: Visits) -> None:
    reader = visits(site, "stories/bridge/?asof=2024-02-31")
    reader.shows(known_at(site.events("bridge"), instants(site.events("bridge"))[-1]))
    assert "“2024-02-31” is no date." in reader.text("#known")


@pytest.mark.slow
@pytest.mark.parametrize(
    "known",
    [
        "",
        "yesterday",
        "2024-13-45",
        "2024-8-1",
        "%3Cscript%3Ealert(1)%3C/script%3E",
        "%00",
        "[object]",
        "9999-12-31",
    ],
)
def test_what_is_no_day_and_what_is_to_come_shows_now(site: Site, visits: Visits, known: str) -> None:
    """A mistyped address breaks nothing."""
    reader = visits(site, f"stories/bridge/?known={known}")
    reader.page.wait_for_load_state("networkidle")
    reader.lists(ALL)
    turns_back(site, reader, 1)


@pytest.mark.slow
def test_before_the_story_began_nothing_breaks(site: Site, visits: Visits) -> None:
    """Nothing was known of it, or only how it begins; time can be turned on from there."""
    events = site.events("bridge")
    reader = visits(site, "stories/bridge/?known=2019-01-01")
    reader.page.wait_for_load_state("networkidle")
    assert reader.told().articles in ([], [1])
    assert reader.told().sections == []
    reader.page.locator("#now").click()
    reader.shows(known_at(events, instants(events)[-1]))


# Developments are found.


def filed(site: Site, **wanted: str) -> list[int]:
    """The developments of the bridge of this type, or with this party, as the page has them."""
    entries = build_feed("bridge", site.events("bridge")).entries
    return [
        each.seq
        for each in (entries[seq - 1] for seq in ALL)
        if wanted.get("type", each.type) == each.type and (wanted.get("party") in (None, *each.parties))
    ]


@pytest.mark.slow
def test_developments_are_found_by_party_by_type_and_by_both(site: Site, visits: Visits) -> None:
    """The page says how many there are of how many; the address keeps it."""
    reader = visits(site, "stories/bridge/")
    party, type = reader.page.locator("#party"), reader.page.locator("#type")
    type.select_option("report")
    reader.lists(filed(site, type="report"))
    assert reader.text("#shown") == "3 of 36 developments"
    party.select_option(label="City")
    reader.lists(filed(site, type="report", party="City"))
    assert reader.text("#shown") == f"{len(filed(site, type='report', party='City'))} of 36 developments"
    reader.keeps(type="report", party="city")
    type.select_option("")
    reader.lists(filed(site, party="City"))
    reader.keeps(party="city")
    reader.page.reload()
    reader.lists(filed(site, party="City"))
    assert party.input_value() == "city"
    party.select_option("")
    reader.lists(ALL)
    reader.keeps()


@pytest.mark.slow
def test_every_party_and_type_of_a_story_can_be_chosen(site: Site, visits: Visits) -> None:
    """And finds what it names."""
    reader = visits(site, "stories/bridge/")
    entries = build_feed("bridge", site.events("bridge")).entries
    for name, values in {
        "party": {party: party for entry in entries for party in entry.parties},
        "type": {type_name(plain("en"), entry.type): entry.type for entry in entries},
    }.items():
        assert sorted(reader.texts(f"#{name} option")) == sorted({"all", *values})
        for label, value in values.items():
            reader.page.locator(f"#{name}").select_option(label=label)
            reader.lists(filed(site, **{name: value}))
        reader.page.locator(f"#{name}").select_option("")


@pytest.mark.slow
def test_the_past_is_filtered_by_the_parties_that_were_known_then(host: Host, visits: Visits) -> None:
    """Not by those that a later correction put in their place."""
    stream = Stream("moved")
    stream.add("opened", "A story")
    stream.add("update", "They meet", parties=["Alpha"])
    stream.add("correction", corrects="#2", changes={"parties": ["Zeta"]}, why="the other one")
    site = host.desk("moved", ("moved", stream.lines))
    address = f"stories/moved/?known={stream.events[1].recorded}"
    visits(site, f"{address}&party=alpha").lists([2])
    reader = visits(site, f"{address}&party=zeta")
    reader.lists([])
    reader.page.locator("#now").click()
    reader.lists([2, 3])


@pytest.fixture(scope="module")
def told(host: Host) -> Site:
    """A desk with a story in which developments are marked, some later, and with one that mentions it."""
    stream = Stream("marked")
    stream.add("opened", "A story", summary="What it is about")
    stream.add("update", "They meet", key=True, tags=["Strike", "pay talks"])
    stream.add("update", "They talk", tags=["strike"])
    stream.add("summary", "They agree", text="They agree")
    stream.correct(4, tags=["pay talks"], key=True)
    stream.add("update", "They sign", key=True)
    other = Stream("other")
    other.add("opened", "Another story")
    other.add("update", "It follows", see=[f"marked#{stream.events[1].id}"])
    return host.desk("marked", *((each.slug, each.lines) for each in (stream, other)))


@pytest.mark.slow
def test_developments_are_found_by_tag_and_as_key_events(told: Site, visits: Visits) -> None:
    """With the other filters; the address keeps it, and what it names is shown again."""
    reader = visits(told, "stories/marked/")
    tag, key, type = (reader.page.locator(each) for each in ("#tag", "#key", "#type"))
    assert reader.texts("#tag option") == ["all", "pay talks", "Strike"]
    tag.select_option(label="Strike")
    reader.lists([3, 2])
    assert reader.text("#shown") == "2 of 6 developments"
    key.select_option(label="key events")
    reader.lists([2])
    reader.keeps(tag="strike", key="key")
    reader.page.reload()
    reader.lists([2])
    tag.select_option("")
    reader.lists([6, 2, 5, 4])
    type.select_option("update")
    reader.lists([6, 2])
    visits(told, "stories/marked/?tag=nosuch&key=lock").lists([6, 3, 2, 5, 4, 1])
    assert visits(told, "stories/other/").page.locator("#tag, #key").count() == 0


@pytest.mark.slow
def test_the_past_is_filtered_by_the_marks_that_were_known_then(told: Site, visits: Visits) -> None:
    """A correction marked the summary later."""
    address = f"stories/marked/?known={recorded(told, 4, 'marked')}"
    visits(told, f"{address}&tag=pay-talks").lists([2])
    reader = visits(told, f"{address}&key=key")
    reader.lists([2])
    reader.page.locator("#now").click()
    reader.lists([6, 2, 5, 4])
    reader.page.locator("#key").select_option("")
    reader.page.locator("#tag").select_option("pay-talks")
    reader.lists([2, 5, 4])


@pytest.mark.slow
def test_the_past_does_not_know_what_is_said_of_it_now(told: Site, visits: Visits) -> None:
    """What other stories mention, and what the story is about beside its summary, are as of now."""
    reader = visits(told, "stories/marked/")
    now = reader.page.locator("#mentions, #about, #absent")
    assert [each.is_visible() for each in now.all()] == [True, True, True]
    assert "It follows" in reader.text("#mentions")
    reader.slides(3)
    reader.lists([3, 2, 4, 1])
    assert [each.is_visible() for each in now.all()] == [False, False, False]
    reader.slides(1)
    reader.lists([2, 1])
    assert reader.text("#summary") == "What it is about"
    reader.page.locator("#now").click()
    reader.lists([6, 3, 2, 5, 4, 1])
    assert [each.is_visible() for each in now.all()] == [True, True, True]


@pytest.mark.slow
def test_the_oldest_may_come_first(site: Site, visits: Visits) -> None:
    """Also among some of them, also in the past; the address keeps all three."""
    reader = visits(site, "stories/bridge/")
    order, type = reader.page.locator("#order"), reader.page.locator("#type")
    order.select_option("oldest")
    reader.lists(ALL[::-1])
    reader.keeps(order="oldest")
    type.select_option("statement")
    reader.lists([7, 20])
    known = recorded(site, 19)
    reader.slides(instants(site.events("bridge")).index(known))
    reader.lists([7])
    reader.keeps(order="oldest", type="statement", known=known)
    assert reader.text("#shown") == "1 of 19 developments"
    reader.page.reload()
    reader.lists([7])
    type.select_option("")
    reader.lists(in_order(site.events("bridge"), 19)[::-1])
    order.select_option("")
    reader.lists(in_order(site.events("bridge"), 19))
    reader.page.locator("#now").click()
    reader.lists(ALL)


@pytest.mark.slow
def test_developments_may_be_in_the_order_of_recording(site: Site, visits: Visits) -> None:
    """By month of recording, either way round; the address keeps it."""
    reader = visits(site, "stories/bridge/")
    by, order = reader.page.locator("#by"), reader.page.locator("#order")
    headings = reader.texts("#timeline h3")
    by.select_option("recorded")
    reader.lists(list(range(36, 0, -1)))
    months = dict.fromkeys(event.recorded[:7] for event in site.events("bridge"))
    assert len(reader.texts("#timeline h3")) == len(months)
    reader.keeps(by="recorded")
    order.select_option("oldest")
    reader.lists(list(range(1, 37)))
    reader.page.reload()
    reader.lists(list(range(1, 37)))
    by.select_option("")
    order.select_option("")
    reader.lists(ALL)
    assert reader.texts("#timeline h3") == headings
    reader.keeps()


@pytest.mark.slow
@pytest.mark.parametrize("query", ["type=nosuch", "party=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "order=up"])
def test_what_cannot_be_chosen_is_left_aside(site: Site, visits: Visits, query: str) -> None:
    """A mistyped address shows all."""
    visits(site, f"stories/bridge/?{query}").lists(ALL)


@pytest.mark.slow
def test_months_without_a_development_to_be_seen_are_not_named(site: Site, visits: Visits) -> None:
    """A heading stands above something."""
    reader = visits(site, "stories/bridge/?type=statement")
    reader.lists([20, 7])
    shown = reader.page.locator("#timeline h3").filter(visible=True).count()
    assert 0 < shown < reader.page.locator("#timeline h3").count()


@pytest.mark.slow
def test_a_link_to_a_development_that_is_hidden_shows_it(site: Site, visits: Visits) -> None:
    """The filter is given up for it; going back and forth breaks nothing."""
    reader = visits(site, "stories/bridge/?type=statement")
    reader.lists([20, 7])
    reader.page.locator("#sections a[href='#3']").first.click()
    reader.lists(ALL)
    is_in_view(reader.page, "[id='3']")
    assert reader.page.locator("#type").input_value() == ""
    reader.keeps()
    reader.page.go_back()
    reader.lists([20, 7])
    reader.page.go_forward()
    reader.lists(ALL)
    is_in_view(reader.page, "[id='3']")


@pytest.mark.slow
def test_what_is_chosen_after_a_link_was_followed_is_kept(site: Site, visits: Visits) -> None:
    """Whoever then filters wants that, and not the place that the link led to."""
    reader = visits(site, "stories/bridge/#3")
    reader.page.locator("#type").select_option("statement")
    reader.lists([20, 7])
    reader.keeps(type="statement")
    reader.page.reload()
    reader.lists([20, 7])


@pytest.mark.slow
def test_an_address_with_a_filter_and_a_place_leads_to_the_place(site: Site, visits: Visits) -> None:
    """What hides it is given up."""
    reader = visits(site, "stories/bridge/?type=statement#3")
    reader.lists(ALL)
    is_in_view(reader.page, "[id='3']")


def is_in_view(page: Page, selector: str) -> None:
    """The top of the element is on the screen, or soon is."""
    page.wait_for_function(
        """(selector) => {
            const top = document.querySelector(selector).getBoundingClientRect().top;
            return top >= -1 && top < innerHeight;
        }""",
        arg=selector,
    )


@pytest.mark.slow
def test_stories_are_found_by_words_of_their_titles(site: Site, visits: Visits) -> None:
    """In any case and order; the address keeps what was asked for."""
    reader = visits(site)
    stories, box = reader.page.locator("#stories > li").filter(visible=True), reader.page.locator("#q")

    def found() -> set[str]:
        return {str(link.get_attribute("href")).split("/")[1] for link in stories.locator("a").all()}

    for asked, hits in {
        "bridge": {"bridge"},
        "STATE the": {"bridge"},
        "affair": {"short"},
        "the nosuch": set(),
        "<b>": set(),
        "</title>": {"naughty"},
        "  ": {"bridge", "naughty", "short"},
    }.items():
        box.fill(asked)
        reader.soon(lambda hits=hits: found() == hits)
        assert found() == hits, asked
    box.fill("affair")
    reader.keeps(q="affair")
    assert "1" in reader.text("#found")
    reader.page.reload()
    assert box.input_value() == "affair"
    assert reader.soon(lambda: found() == {"short"})
    box.fill("")
    assert reader.soon(lambda: len(found()) == 3)
    reader.keeps()


def test_what_is_asked_for_in_an_address_is_only_text(site: Site, visits: Visits) -> None:
    """Whatever somebody puts there."""
    reader = visits(site, "?q=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E")
    assert reader.page.locator("#q").input_value() == '"><img src=x onerror=alert(1)>'
    assert reader.page.locator("img").count() == 0


# Without a mouse.

FOCUSED = """() => {
    const node = document.activeElement, style = getComputedStyle(node), box = node.getBoundingClientRect();
    const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
    const itself = node.type === "date" && !node.matches(":focus-visible"); // a part of it, which Chromium marks
    const within = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
    return {
        id: node.id, tag: node.localName, text: node.textContent.trim(), href: node.getAttribute("href") ?? "",
        marked: outlined || itself,
        seen: within && box.width > 1 && box.height > 1
            && node.checkVisibility({ opacityProperty: true, visibilityProperty: true }),
    };
}"""
"""What has the focus: what it is, and whether that is on the screen and can be told from the rest."""


def tabs_to(reader: Visit, most: int = 60, **wanted: str) -> None:
    """Presses Tab until the element with this ``id``, ``text`` or ``href`` has the focus."""
    for _ in range(most):
        reader.presses("Tab")
        if wanted.items() <= reader.page.evaluate(FOCUSED).items():
            return
    raise AssertionError(f"{most} times Tab do not lead to {wanted}")


@pytest.mark.slow
@pytest.mark.parametrize("path", ["", "stories/bridge/", "stories/bridge/3.html", "corrections/"])
def test_wherever_tab_leads_is_to_be_seen(site: Site, visits: Visits, path: str) -> None:
    """Each stop is on the screen and marked; the first is the way past what is on every page."""
    reader = visits(site, path)
    reader.presses("Tab")
    assert reader.page.evaluate(FOCUSED)["text"] == "Skip to the text"
    for _ in range(40):
        stop = reader.page.evaluate(FOCUSED)
        if stop["tag"] == "body":
            break
        assert (stop["seen"], stop["marked"]) == (True, True), stop
        reader.presses("Tab")


@pytest.mark.slow
def test_the_skip_link_skips_to_the_text(site: Site, visits: Visits) -> None:
    """What follows it is in the text."""
    reader = visits(site, "stories/bridge/")
    reader.presses("Tab", "Enter", "Tab")
    assert reader.page.evaluate("document.querySelector('main').contains(document.activeElement)")


@pytest.mark.slow
def test_a_keyboard_is_enough(site: Site, visits: Visits) -> None:
    """To turn time back and on again, to filter, and to follow a link."""
    events = site.events("bridge")
    times = instants(events)
    reader = visits(site, "stories/bridge/")
    tabs_to(reader, id="slider")
    reader.presses("ArrowLeft")
    reader.shows(known_at(events, times[-2]))
    reader.presses("Home")
    reader.shows(known_at(events, times[0]))
    reader.presses("ArrowRight", "ArrowUp")
    reader.shows(known_at(events, times[2]))
    tabs_to(reader, id="now")
    reader.presses("Enter")
    reader.shows(known_at(events, times[-1]))
    tabs_to(reader, id="type")
    reader.page.keyboard.type("stat")
    reader.lists([20, 7])
    tabs_to(reader, href="20.html")
    reader.presses("Enter")
    reader.page.wait_for_url("**/20.html")


@pytest.mark.slow
def test_back_to_now_does_not_lose_the_place_of_a_keyboard(site: Site, visits: Visits) -> None:
    """The button that was pressed cannot be pressed again; what has the focus then is beside it."""
    reader = visits(site, "stories/bridge/?known=2024-08-31")
    reader.page.wait_for_load_state("networkidle")
    tabs_to(reader, id="now")
    reader.presses("Enter")
    reader.lists(ALL)
    assert reader.page.evaluate("document.getElementById('time').contains(document.activeElement)")


# Without scripts.


@pytest.mark.slow
def test_without_scripts_a_page_offers_nothing_that_does_not_work(site: Site, visits: Visits) -> None:
    """No slider, no list to choose from, no box to type in; and says everything."""
    reader = visits(site, java_script_enabled=False)
    for path in KINDS.values():
        controls = reader.opens(f"{site.url}/{path}").page.locator(
            "input, select, button, textarea, form, [role=status]"
        )
        assert controls.filter(visible=True).count() == 0, path
    events = site.events("bridge")
    reader.opens(f"{site.url}/stories/bridge/").shows(known_at(events, instants(events)[-1]))


@pytest.mark.slow
def test_without_scripts_each_month_shows_what_was_known_at_its_end(site: Site, visits: Visits) -> None:
    """A link leads to every month in which something was recorded, except for the last."""
    events = site.events("bridge")
    reader = visits(site, "stories/bridge/", java_script_enabled=False)
    links = reader.page.locator("nav.months:not(:has(details)) a")
    months = sorted({event.recorded[:7] for event in events}, reverse=True)[1:]
    assert [link.get_attribute("href") for link in links.all()] == [f"{month}.html" for month in months]
    for number, month in enumerate(months):
        links.nth(number).click()
        reader.page.wait_for_url(f"**/{month}.html", wait_until="load")
        expected = known_at(events, f"{month}-31T23:59:59.999Z")
        assert reader.told().sections == expected.sections
        assert reader.text("h1").startswith(f"{expected.title}, as known at the end of")
        assert reader.text(".facts").startswith(f"{expected.status}. {len(expected.articles)} developments")
        assert expected.summary in reader.text("main")
        assert {recorded(site, seq)[:7] for seq in reader.told().articles} == {month}
        reader.page.go_back()


@pytest.mark.slow
def test_a_month_reads_as_it_did_at_its_end(site: Site, host: Host, visits: Visits) -> None:
    """Its developments have the titles that they had on the page that was published then."""
    month = recorded(site, 18)[:7]
    seqs = [seq for seq, event in enumerate(site.events("bridge"), 1) if event.recorded.startswith(month)]
    was = titles(visits(published_then(host, seqs[-1]), "stories/bridge/").page)
    now = titles(visits(site, f"stories/bridge/{month}.html").page)
    assert sorted(now) == sorted(map(str, seqs))
    assert now == {seq: was[seq] for seq in now}


def titles(page: Page) -> dict[str, tuple[str, bool]]:
    """The titles of the developments by number, and whether each is struck out."""
    told: dict[str, tuple[str, bool]] = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll("#timeline article")].map((each) =>
                  [each.id, [each.querySelector("h4").textContent, each.classList.contains("retracted")]]))"""
    )
    return told


# For everybody.


KINDS = {
    "index": "",
    "stories": "stories/",
    "stories of a month": "stories/2024-08.html",
    "story": "stories/bridge/",
    "naughty story": "stories/naughty/",
    "development": "stories/bridge/3.html",
    "naughty development": "stories/naughty/3.html",
    "removed development": f"stories/bridge/{SECRET}.html",
    "month": "stories/bridge/2024-10.html",
    "party": "parties/city/",
    "type": "types/report/",
    "corrections": "corrections/",
    "about": "about/",
}
"""A page of every kind there is."""


AXE = files("axe_playwright_python").joinpath("axe.min.js")


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*(each for each in KINDS if "naughty" not in each), "embed"])
def test_nothing_keeps_anybody_from_reading(site: Site, visits: Visits, kind: str) -> None:
    """By axe's rules: in light on a telephone and in dark on a desk; the story where time was turned back, which
    has what it has now and more."""
    reader = visits(site, KINDS.get(kind, "embed/bridge/"), bypass_csp=True)
    reader.page.evaluate(AXE.read_text(encoding="utf-8"))
    if kind == "story":
        turns_back(site, reader, 21)
    found = []
    for scheme, size in (("light", PHONE), ("dark", DESK)):
        reader.page.emulate_media(color_scheme=scheme)
        reader.page.set_viewport_size(size)
        for each in reader.page.evaluate("axe.run({ resultTypes: ['violations'] })")["violations"]:
            nodes = [node["html"][:200] for node in each["nodes"][:3]]
            found.append((scheme, size["width"], each["id"], each["help"], nodes))
    assert found == []


WIDE = """() => [...document.querySelectorAll("body *")]
    .filter((node) => node.getBoundingClientRect().right > innerWidth + 1)
    .map((node) => node.outerHTML.slice(0, 120)).slice(0, 5)"""
"""What is wider than the screen."""


SKELETON = ("head > title", "body > header", "body > main", "body > footer", "h1", "main", "script[src]")
"""What every page has one of."""


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_page_is_in_one_piece_and_not_wider_than_a_telephone(site: Site, visits: Visits, kind: str) -> None:
    """However long a word or an address is, and whatever is in it."""
    reader = visits(site, KINDS[kind], viewport=PHONE)
    width = "document.documentElement.scrollWidth"
    assert reader.page.evaluate(width) <= 390, reader.page.evaluate(WIDE)
    assert {tag: reader.page.locator(tag).count() for tag in SKELETON} == dict.fromkeys(SKELETON, 1)
    assert reader.page.locator("html").get_attribute("lang")
    assert reader.page.title()
    if kind in ("story", "naughty story"):
        reader.slides(9)
        reader.soon(lambda: len(reader.told().articles) < 12)
        assert reader.page.evaluate(width) <= 390, reader.page.evaluate(WIDE)


# Against texts that mean harm. What would run is stopped by the page's policy, and every test here hears of that.


@pytest.mark.slow
def test_what_is_recorded_is_text_and_nothing_else(site: Site, visits: Visits) -> None:
    """Each title, quotation and name is there to be read, in one article each; no link does anything."""
    reader = visits(site, "stories/naughty/")
    entries = build_feed("naughty", site.events("naughty")).entries
    seen = articles(reader.page)
    assert list(seen) == list(map(str, in_order(site.events("naughty"))))
    headings = reader.page.locator("#timeline article > h4:first-child").all_text_contents()
    titles = dict(zip(map(int, seen), headings, strict=True))
    for entry in entries:
        text = squeezed(seen[str(entry.seq)][1])
        assert squeezed(titles[entry.seq]) == squeezed(entry.title)
        for part in (entry.quote, *entry.parties, *(each.publisher for each in entry.sources)):
            assert squeezed(part) in text
    assert_harmless(reader.page)


@pytest.mark.slow
@pytest.mark.parametrize("seq", [1, 3, 4, 7, 8, 12, 40, 52])
def test_a_development_s_own_page_is_as_harmless(site: Site, visits: Visits, seq: int) -> None:
    """What machines are told in it is JSON, whatever it says."""
    reader = visits(site, f"stories/naughty/{seq}.html")
    entry = build_feed("naughty", site.events("naughty")).entries[seq - 1]
    assert squeezed(entry.title) in squeezed(reader.text("h1"))
    assert_harmless(reader.page)


@pytest.mark.slow
@pytest.mark.parametrize("path", ["", "stories/", "corrections/", "types/statement/"])
def test_lists_are_as_harmless(site: Site, visits: Visits, path: str) -> None:
    """They name what the stories say."""
    assert_harmless(visits(site, path).page)


def squeezed(text: str) -> str:
    return re.sub(r"\s+", "", text)


HARM = """() => {
    const loads = "img, iframe, object, embed, base, style, math";
    const runs = (each) => /^on|^style$/.test(each.name)
        || (/href|src|action/.test(each.name) && /^\\s*(javascript|data|vbscript):/i.test(each.value));
    return [...document.querySelectorAll("*")]
        .filter((node) => node.matches(loads) || [...node.attributes].some(runs))
        .map((node) => node.outerHTML.slice(0, 200));
}"""
"""What has no place on any page: what loads something, what waits to run, an address that is a script."""


def assert_harmless(page: Page) -> None:
    """No script but the site's own, no handler, no address that is none, and JSON where it is promised."""
    scripts = page.locator("script:not([type='application/ld+json'])")
    assert [script.get_attribute("src") is not None for script in scripts.all()] == [True]
    for text in page.locator("script[type='application/ld+json']").all_text_contents():
        json.loads(text)
    assert page.evaluate(HARM) == []


# However long a story is.


@pytest.mark.slow
def test_a_thousand_developments_are_a_page_of_a_moderate_size(thousand: Site) -> None:
    """And what every page needs besides is small."""
    assert thousand.path("stories/long/index.html").stat().st_size <= 400_000
    assert thousand.path("style.css").stat().st_size + thousand.path("script.js").stat().st_size <= 40_000


@pytest.mark.slow
def test_nothing_waits_for_the_script(thousand: Site, visits: Visits) -> None:
    """The text is there before it has run."""
    reader = visits(thousand, "stories/long/")
    assert reader.page.evaluate(
        "performance.getEntriesByType('resource').filter((each) => each.name.endsWith('.js'))"
        ".map((each) => each.renderBlockingStatus)"
    ) == ["non-blocking"]
    assert reader.page.locator("script[src]").evaluate("(script) => script.defer")


ANSWER = """async (positions) => {
    const slider = document.getElementById("slider"), known = document.getElementById("known"), times = [];
    for (const position of positions) {
        const before = known.textContent, start = performance.now();
        slider.value = position;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
        while (known.textContent === before) await new Promise(requestAnimationFrame);
        document.body.getBoundingClientRect();
        times.push(performance.now() - start);
        await new Promise((next) => requestAnimationFrame(() => setTimeout(next)));
    }
    return times;
}"""
"""How many milliseconds go by from each move of the slider until the page is laid out anew."""


@pytest.mark.slow
def test_the_slider_answers_at_once_over_a_thousand_developments(thousand: Site, visits: Visits) -> None:
    """Within a tenth of a second it shows what was known at any instant, when the machine has nothing else to do:
    the best of some rounds counts."""
    events = thousand.events("long")
    reader = visits(thousand, "stories/long/")
    reader.slides(998)
    reader.shows(known_at(events, instants(events)[998]))
    positions = [500, 0, 900, 100, 998, 3, 750, 250, 600, 400, 50]
    rounds: list[float] = []
    while not rounds or (min(rounds) > 100 and len(rounds) < 5):
        rounds.append(median(reader.page.evaluate(ANSWER, positions)))
    assert min(rounds) <= 100, rounds
    reader.shows(known_at(events, instants(events)[50]))
    reader.page.locator("#now").click()
    reader.shows(known_at(events, instants(events)[-1]))
