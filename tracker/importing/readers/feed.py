"""RSS and Atom, as feedparser reads them. A feed that is no well-formed XML is refused."""

from __future__ import annotations

import io
from typing import Any

from tracker.errors import BadInput
from tracker.importing.records import Document, Options, Record, check_entities, load, needs
from tracker.text.names import is_absolute


def read_feed(path: str, options: Options) -> Document:
    data = load(path)
    check_entities(data)
    feedparser = needs("feedparser")
    found = feedparser.parse(io.BytesIO(data), sanitize_html=True)
    fault = found.get("bozo_exception") if found.get("bozo") else None
    if fault and not isinstance(fault, (feedparser.CharacterEncodingOverride, feedparser.NonXMLContentType)):
        line = getattr(fault, "getLineNumber", lambda: 0)()
        raise BadInput(f"{f'line {line}: ' if line else ''}is no well-formed feed: {' '.join(str(fault).split())}")
    if not found.get("version"):
        raise BadInput("is neither RSS nor Atom")
    feed = {name: str(found.feed.get(name) or "") for name in ("title", "link", "id", "updated", "language")}
    name = "entry" if found.version.startswith("atom") else "item"
    records = [
        Record(_entry(each), f"{name} {number}{_named(each)}") for number, each in enumerate(found.entries, 1)
    ]
    return Document(records, {"feed": feed})


def _named(entry: Any) -> str:
    return f" ({' '.join(str(entry.get('title')).split())[:40]})" if entry.get("title") else ""


def _entry(entry: Any) -> dict[str, Any]:
    """Returns an entry as plain values. ``content`` is its longest text, ``summary`` its summary, both HTML."""
    contents = [str(each.get("value") or "") for each in entry.get("content", ())]
    source = entry.get("source") or {}
    values = {
        "id": entry.get("id"),
        "title": entry.get("title"),
        "link": entry.get("link") if is_absolute(entry.get("link") or "") else "",  # an id may stand in for it
        "published": entry.get("published"),
        "updated": entry.get("updated") if "updated" in entry else None,
        "summary": entry.get("summary"),
        "content": max(contents, key=len, default=""),
        "author": entry.get("author"),
        "tags": [str(each.get("term")) for each in entry.get("tags", ()) if each.get("term")],
        "enclosures": [str(each.get("href")) for each in entry.get("enclosures", ()) if each.get("href")],
        "comments": entry.get("comments"),
        "source": {"title": source.get("title"), "link": source.get("href") or source.get("link")},
    }
    return {name: str(value) if isinstance(value, str) else value for name, value in values.items()}
