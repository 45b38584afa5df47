"""The writers of feed documents. A writer is imported when it is needed: feedgen takes 20 ms."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import import_module
from typing import Protocol, cast

from tracker.feeds.documents import EntryBytes, Facts, Feed, Post
from tracker.feeds.formats import FORMATS


class Writer(Protocol):
    """Writes feeds in one format. The bytes depend only on the arguments."""

    def entry(self, post: Post) -> EntryBytes:
        """Return the bytes of an entry. They are the same in every document, except for the source."""

    def document(self, feed: Feed, facts: Facts, entries: Sequence[EntryBytes], *, mixed: bool) -> bytes:
        """Return a document with these entries in the given order. ``mixed`` says that entries of several stories
        may be in it, so that each names its source."""


@cache
def writer(format: str) -> Writer:
    """Return the writer of a format, which is one of ``FORMATS``."""
    module, _, name = FORMATS[format].writer.partition(":")
    return cast(Writer, getattr(import_module(module), name))
