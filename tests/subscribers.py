"""Real feed readers, which fetch a published folder over HTTP, on this machine only.

``with serving(folder) as url`` serves it. A subscriber remembers what it fetched, as the program does that it
stands for: ``subscriber.polls(f"{url}/all.atom")`` fetches the feed, and any others that are named, and gives what
it shows of them then.
"""

from __future__ import annotations

import contextlib
import functools
import http.server
import mailbox
import shutil
import sqlite3
import subprocess
import threading
from collections.abc import Iterator
from email.header import decode_header, make_header
from email.message import Message
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import feedparser
import pytest
import reader

MEDIA_TYPES = {
    ".atom": "application/atom+xml",
    ".rss": "application/rss+xml",
    ".json": "application/feed+json",
    ".opml": "text/x-opml",
    ".html": "text/html; charset=utf-8",
    ".css": "text/css",
    ".js": "text/javascript",
}


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves the folder, with no Last-Modified: it knows whole seconds, and tests publish twice in one."""

    extensions_map = MEDIA_TYPES

    def send_header(self, keyword: str, value: str) -> None:
        if keyword != "Last-Modified":
            super().send_header(keyword, value)

    def log_message(self, format: str, *args: Any) -> None:
        pass


@contextlib.contextmanager
def serving(folder: str | Path) -> Iterator[str]:
    """The address at which the folder is served, without a slash at its end."""
    handler = functools.partial(_Handler, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()


class Item(NamedTuple):
    """One entry as a subscriber has it."""

    id: str
    title: str
    content: str


class Subscriber(Protocol):
    def polls(self, *feeds: str) -> list[Item]:
        """Fetches the feeds; gives what it has of them, newest first, each feed's items after the other's."""


class Feedparser:
    """The parser of many readers; it remembers nothing itself."""

    def __init__(self, folder: Path) -> None:
        pass

    def polls(self, *feeds: str) -> list[Item]:
        return [item for feed in feeds for item in self._items(feed)]

    def _items(self, feed: str) -> list[Item]:
        parsed = feedparser.parse(feed)
        assert not parsed.bozo, parsed.get("bozo_exception")
        assert parsed.status == 200
        return [Item(entry.id, entry.title, entry.content[0].value) for entry in parsed.entries]


class Reader:
    """lemon24's reader, with its defaults; ``counts`` is what it said of each feed when it was last fetched."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "reader.sqlite")
        self.counts: dict[str, reader.UpdatedFeed | None] = {}

    def polls(self, *feeds: str) -> list[Item]:
        with contextlib.closing(reader.make_reader(self.path)) as program:
            for feed in feeds:
                program.add_feed(feed, exist_ok=True)
                self.counts[feed] = program.update_feed(feed)
            return [item for feed in feeds for item in self._items(program, feed)]

    def _items(self, program: reader.Reader, feed: str) -> list[Item]:
        entries = sorted(program.get_entries(feed=feed), key=lambda each: str(each.published), reverse=True)
        return [Item(entry.id, entry.title or "", entry.content[0].value) for entry in entries]


class Newsboat:
    """newsboat, of which a test is skipped where it is not installed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = shutil.which("newsboat") or pytest.skip("needs newsboat")
        (folder / "config").touch()

    def polls(self, *feeds: str) -> list[Item]:
        (self.folder / "urls").write_text("".join(f"{feed}\n" for feed in feeds))
        files = {"-u": "urls", "-C": "config", "-c": "cache.db"}
        options = [str(each) for option, name in files.items() for each in (option, self.folder / name)]
        command = [self.program, "-q", *options, "-x", "reload"]
        subprocess.run(command, check=True, capture_output=True, timeout=30, env={"HOME": str(self.folder)})
        with contextlib.closing(sqlite3.connect(self.folder / "cache.db")) as cache:
            return [item for feed in feeds for item in self._items(cache, feed)]

    def _items(self, cache: sqlite3.Connection, feed: str) -> list[Item]:
        query = "SELECT guid, title, content FROM rss_item WHERE feedurl = ? ORDER BY pubDate DESC"
        return [Item(*row) for row in cache.execute(query, [feed])]


class Rss2email:
    """rss2email, which sends a mail for each new entry. Here it puts them into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = shutil.which("r2e") or pytest.skip("needs rss2email")
        self.known: list[str] = []
        self._run("new", "me@desk.example")
        (folder / "config").write_text(
            "[DEFAULT]\nfrom = desk@desk.example\nto = me@desk.example\nemail-protocol = maildir\n"
            f"maildir-path = {folder}/mail\nmaildir-mailbox = new-entries\n"
        )
        (folder / "mail").mkdir()

    def polls(self, *feeds: str) -> list[Item]:
        for feed in feeds:
            if feed not in self.known:
                self.known.append(feed)
                self._run("add", f"feed{len(self.known)}", feed)
        self._run("run")
        mails = mailbox.Maildir(self.folder / "mail" / "new-entries")
        newest_first = sorted(mails, key=lambda mail: parsedate_to_datetime(mail["Date"]), reverse=True)
        return [Item(mail["X-RSS-ID"], self._title(mail), "") for mail in newest_first]

    def _run(self, *words: str) -> None:
        files = ("-c", self.folder / "config", "-d", self.folder / "seen.json")
        command = [str(word) for word in (self.program, *files, *words)]
        subprocess.run(command, check=True, capture_output=True, timeout=60, env={"HOME": str(self.folder)})

    def _title(self, mail: Message) -> str:
        return str(make_header(decode_header(mail["Subject"])))


class Sfeed:
    """sfeed, a few small programs, which keeps each feed as a file of lines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.program = shutil.which("sfeed_update") or pytest.skip("needs sfeed")

    def polls(self, *feeds: str) -> list[Item]:
        names = {f"feed{number}": feed for number, feed in enumerate(feeds)}
        lines = "".join(f"feed {name} {feed}\n" for name, feed in names.items())
        (self.folder / "sfeedrc").write_text(f"sfeedpath={self.folder}\nfeeds() {{\n{lines}}}\n")
        subprocess.run([self.program, self.folder / "sfeedrc"], check=True, capture_output=True, timeout=60)
        return [item for name in names for item in self._items((self.folder / name).read_text())]

    def _items(self, lines: str) -> list[Item]:
        fields = (line.split("\t") for line in sorted(lines.splitlines(), reverse=True))
        return [Item(id, title, content) for _, title, _, content, _, id, *_ in fields]
