"""A real browser, Debian's Chromium, that reads what is served on this machine, and what is seen in it.

``with launched() as browser`` starts it. ``visit = Visit(browser, host)`` is one reader, in a window of its own:
``visit.opens(f"{host}/stories/story/")`` loads a page, ``visit.page`` is playwright's, ``visit.told()`` is what
the page of a story says. ``visit.ends()`` refuses what no page may do: an error, a warning in the console,
something that its content security policy stopped, a question to another host. The window stays: to open one takes
longer than to read in it.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from time import monotonic
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urldefrag, urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, Response, sync_playwright

from tracker.domain.amend import amend
from tracker.domain.events import Event
from tracker.site.pages import MOST_LINES
from tracker.text.dates import Recorded, moment
from tracker.text.markup import to_text
from tracker.views.bitemporal import view
from tracker.views.timeline import groups
from tracker.wording.lines import HEADINGS, briefing
from tracker.wording.messages import plain

PATIENCE = 10.0
"""Seconds in which a page is expected to have done what it was asked for."""

ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)

POLICY = """
document.addEventListener("securitypolicyviolation", (event) =>
    console.error(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`));
"""

TOLD = """() => {
    const text = (id) => document.getElementById(id)?.textContent ?? "";
    const headings = [...document.querySelectorAll(":is(#sections, #stands) > h3")];
    const top = (article) => article.getBoundingClientRect().top;
    const articles = [...document.querySelectorAll("#timeline article")].filter((each) => each.checkVisibility());
    return {
        title: text("title"), status: text("status"), summary: text("summary").trim() || text("about"),
        sections: headings.map((heading) => [heading.textContent,
            [...heading.nextElementSibling.querySelectorAll("li")].map((line) => line.textContent)]),
        articles: articles.sort((one, other) => top(one) - top(other)).map((each) => Number(each.id)),
    };
}"""


class Told(NamedTuple):
    """What a story's page says: its title, status and summary; the sections of where things stand; the numbers of
    the developments that are to be seen, from top to bottom."""

    title: str
    status: str
    summary: str
    sections: list[tuple[str, list[str]]]
    articles: list[int]


STATUSES = {"open": "Still developing", "closed": "No longer followed"}
"""What a page says of a story."""


def words(text: str) -> str:
    """The text, in which any white space is as good as any other."""
    return " ".join(text.split())


def instants(events: list[Event]) -> list[str]:
    """Those at which something was recorded, which are the places of the slider."""
    return sorted({event.recorded for event in events})


def known_at(events: list[Event], known: str, day: str = "") -> Told:
    """What the page of a story with these events is to say of what was known then; with a day, of what was so on
    that day."""
    story = view(events, known_at=Recorded(known), as_of=moment(day) if day else None)
    sections = [
        (section.heading, [words(f"{line} #{seq}") for line, seq in section.lines])
        for section in briefing(story, plain("en"))
    ]
    there = {each.seq for each in story.developments}
    articles = [seq for seq in in_order(events) if seq in there]
    return Told(words(story.title), STATUSES[story.status], words(to_text(story.summary)), sections, articles)


def in_order(events: list[Event], known: int | None = None) -> list[int]:
    """Returns the numbers of the developments in the order of the page: all, or the first ``known`` ones."""
    seqs = (seq for group in groups(amend(events)) for seq in group.seqs)
    return [seq for seq in seqs if known is None or seq <= known]


ELSEWHERE = (HEADINGS["figures"], HEADINGS["key"])
"""The sections that a page shows in another form, unless it is turned back."""


@contextlib.contextmanager
def launched() -> Iterator[Browser]:
    """The browser; whoever wants it is skipped where it is not installed."""
    program = shutil.which("chromium") or pytest.skip("needs chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


class Visit:
    """One reader of what is served at ``host``. ``options`` are those of playwright's contexts."""

    def __init__(self, browser: Browser, host: str, **options: Any) -> None:
        self.host = host
        self.faults: list[str] = []
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(PATIENCE * 1_000)
        self.context.add_init_script(POLICY)
        self.context.on("request", self._asked_for)
        self.context.on("response", self._answered)
        self.context.on("console", self._logged)
        self.context.on("weberror", lambda error: self.faults.append(f"error: {error.error}"))
        self.context.on("dialog", self._asked)
        self.page: Page = self.context.new_page()

    def _asked_for(self, request: Request) -> None:
        if not request.url.startswith(f"{self.host}/"):
            self.faults.append(f"elsewhere: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.faults.append(f"{response.status}: {response.url}")

    def _logged(self, message: ConsoleMessage) -> None:
        if message.location["url"].endswith("/favicon.ico"):  # which browsers ask for unasked
            return
        if message.type in ("error", "warning", "assert"):
            self.faults.append(f"console: {message.text}")

    def _asked(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def opens(self, address: str) -> Visit:
        """Loads a page."""
        if urldefrag(self.page.url)[0] == urldefrag(address)[0]:
            self.page.goto("about:blank")  # otherwise the page that is there would stay
        self.page.goto(address)
        return self

    def ends(self) -> None:
        """No page has done anything wrong, and none asked another host for anything."""
        faults, self.faults = self.faults, []
        assert not faults, faults

    # What is seen.

    def keeps(self, **chosen: str) -> None:
        """The address has this behind its question mark, or soon does, and nothing else."""

        def query() -> dict[str, str]:
            return {key: value for key, (value,) in parse_qs(urlsplit(self.page.url).query).items()}

        self.soon(lambda: query() == chosen)
        assert query() == chosen, (query(), chosen)

    def text(self, selector: str) -> str:
        """The text of the one element."""
        return words(self.page.locator(selector).text_content() or "")

    def texts(self, selector: str) -> list[str]:
        """The texts of all such elements."""
        return [words(text) for text in self.page.locator(selector).all_text_contents()]

    def told(self) -> Told:
        """What the page of a story says now."""
        seen = self.page.evaluate(TOLD)
        sections = [(words(heading), [words(line) for line in lines]) for heading, lines in seen["sections"]]
        return Told(*(words(seen[name]) for name in Told._fields[:3]), sections, seen["articles"])

    def shows(self, expected: Told) -> None:
        """The page of a story says this, or does so soon."""
        then, sections = (
            expected,
            [(heading, lines[:MOST_LINES]) for heading, lines in expected.sections if heading not in ELSEWHERE],
        )

        def wanted() -> Told:
            is_then = self.page.evaluate("document.documentElement.hasAttribute('data-then')")
            return then if is_then else then._replace(sections=sections)

        if self.soon(lambda: self.told() == wanted()):
            return  # the page may turn at any time: what it says is not asked again
        told, expected = self.told(), wanted()
        raise AssertionError(
            {
                name: (says, wanted)
                for name, says, wanted in zip(Told._fields, told, expected, strict=True)
                if says != wanted
            }
        )

    def lists(self, articles: list[int]) -> None:
        """The page of a story shows these developments in this order, or does so soon."""
        self.soon(lambda: self.told().articles == articles)
        assert self.told().articles == articles, (self.told().articles, articles)

    def soon(self, true: Any) -> bool:
        """Whether that becomes true."""
        deadline = monotonic() + PATIENCE
        while not true():
            if monotonic() > deadline:
                return False
            self.page.wait_for_timeout(10)
        return True

    # What is done.

    def slides(self, position: int) -> None:
        """Drags the slider to a position, as a mouse does."""
        self.page.locator("#slider").evaluate(
            """(slider, position) => {
                slider.value = position;
                slider.dispatchEvent(new Event("input", { bubbles: true }));
                slider.dispatchEvent(new Event("change", { bubbles: true }));
            }""",
            position,
        )

    def presses(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
