"""tracker with one more format of feeds: a digest in plain text."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.feeds.documents import EntryBytes, Facts, Feed, Post
from tracker.feeds.formats import FORMATS, Format


class Digest:
    """Writes feeds as lines of text."""

    def entry(self, post: Post) -> EntryBytes:
        source = f" ({post.source.title})".encode()
        return EntryBytes(f"{post.published[:10]} {post.title}\n{post.link}".encode(), source)

    def document(self, feed: Feed, facts: Facts, entries: Sequence[EntryBytes], *, mixed: bool) -> bytes:
        after = [feed.address("txt", facts.previous).encode()] if facts.previous else []
        lines = (each.entry + each.source if mixed else each.entry for each in entries)
        return b"\n".join([feed.title.encode(), *lines, *after, b""])


DIGEST = Digest()


def add() -> None:
    """Add the format. Modules make constants of the formats when they are imported, so this comes first. A worker
    of the server does it too: it imports the file that was started."""
    FORMATS["txt"] = Format("Digest", "text/plain", "tests.feeds.digest:DIGEST")


def run() -> None:
    """Run the command line."""
    from tracker.__main__ import run

    run()
