"""Guess a mapping for a file, to begin with. A comment marks each line that is a guess."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from tracker.errors import BadInput
from tracker.importing import readers
from tracker.importing.dating import Dates
from tracker.importing.mapping import text_of_mapping
from tracker.importing.readers import structured
from tracker.importing.records import Options, Record, load, text_of
from tracker.importing.templates import leaves
from tracker.text.date_context import Zones
from tracker.text.names import is_absolute
from tracker.workspace.zones import find_zone

_ENDINGS = {
    **{
        "csv": "csv",
        "tsv": "tsv",
        "tab": "tsv",
        "xlsx": "xlsx",
        "json": "json",
        "jsonl": "jsonl",
        "ndjson": "jsonl",
    },
    **{"yaml": "yaml", "yml": "yaml", "xml": "feed", "rss": "feed", "atom": "feed", "ics": "ics", "ical": "ics"},
}
_NAMES = {
    "title": r"title|headline|name|summary|event|subject|what",
    "body": r"text|body|description|details?|notes?|content|message|summary",
    "url": r"url|link|source|href|address|media",
    "id": r"id|guid|uid|uuid|key|number|no\.?|ref(?:erence)?|unique_id|slug|cveid",
    "changed": r"updated(?:_?at)?|modified(?:_?at)?|last[ _-]?modified|date_modified",
    "tags": r"tags?|categor(?:y|ies)|group|labels?",
    "parties": r"part(?:y|ies)|who|people|persons?|organi[sz]ations?|compan(?:y|ies)|vendor(?:project)?|actors?",
    "place": r"place|location|where|city|venue",
    "date": r".*date.*|when|day|published(?:_?at)?|created(?:_?at)?|time|timestamp|year|start",
}
_SAMPLE = 50
"""The number of records that are looked at."""


def guess(path: str) -> str:
    """Returns the text of a mapping for the file: one that comes with tracker if it is for such files, else a new
    one. Raises BadInput with the path."""
    format = _format(path)
    if known := _known(path, format):
        text, _, _ = text_of_mapping(known)
        command = f"tracker import {known} {path} --story STORY"
        return f"# This file is for the mapping {known}: {command}\n\n{text.decode()}"
    options, extra = _options(path, format)
    document = readers.read(format, path, options)
    if not document.records:
        raise BadInput(f"{path}: has no records to guess from")
    return _mapping(path, format, document.records, extra)


def _format(path: str) -> str:
    if os.path.isdir(path):
        return "frontmatter"
    ending = os.path.splitext(path)[1].lower().removeprefix(".")
    if ending in _ENDINGS:
        return _ENDINGS[ending]
    try:
        data = load(path)
        start = data[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n")
        if data.startswith(b"PK"):
            return "xlsx"
        if ending in ("md", "markdown") or start.startswith((b"---\n", b"---\r\n", b"+++\n")):
            return _of_markdown(text_of(data))
        if start.startswith((b"{", b"[")):
            return "json"
        if start.startswith(b"BEGIN:VCALENDAR"):
            return "ics"
        if start.startswith(b"<"):
            return "feed"
    except BadInput as error:
        raise error.at(path) from None
    if b"\t" in start.partition(b"\n")[0]:
        return "tsv"
    if b"," in start or b";" in start:
        return "csv"
    known = ", ".join(readers.FORMATS)
    raise BadInput(f"{path}: is of no format that can be guessed; write a mapping with one of {known}")


def _of_markdown(text: str) -> str:
    if re.match(r"(---|\+\+\+)[ \t]*\r?\n", text):
        return "frontmatter"
    if re.search(r"^## +\[?v?[0-9]+\.[0-9]", text, re.MULTILINE):
        return "changelog"
    return "markdown-table"


def _known(path: str, format: str) -> str:
    """Returns the name of a mapping that comes with tracker for files like this one; empty if there is none."""
    if format in ("ics", "changelog"):
        return format
    if format == "feed":
        return "atom" if re.search(rb"<(?:\w+:)?feed[\s>]", _data(path)[:5_000]) else "rss"
    if format == "csv":
        header = _data(path).removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0]
        return "timelinejs-csv" if {b"Year", b"Headline", b"Media"} <= {*header.strip().split(b",")} else ""
    if format == "frontmatter":
        first = readers.read(format, path, Options()).records[0].values
        return "cstate" if {"severity", "affected"} <= first.keys() else ""
    if format not in ("json", "yaml"):
        return ""
    root = _root(path, format)
    first = root[0] if isinstance(root, list) and root else root
    if not isinstance(first, dict):
        return ""
    events = first.get("events")
    has_slides = isinstance(events, list) and events and isinstance(events[0], dict) and "start_date" in events[0]
    signs = {
        "timelinejs": has_slides,
        "jsonfeed": "jsonfeed.org" in str(first.get("version")),
        "statuspage": "incidents" in first and "page" in first,
        "kev": "vulnerabilities" in first and "catalogVersion" in first,
        "liveblog": "liveBlogUpdate" in first,
        "osv": {"id", "affected"} <= first.keys(),
        "ninjs": "uri" in first and ("eventDetails" in first or "headlines" in first or "versionCreated" in first),
    }
    return next((name for name, is_one in signs.items() if is_one), "")


def _data(path: str) -> bytes:
    try:
        return load(path)
    except BadInput as error:
        raise error.at(path) from None


def _root(path: str, format: str) -> Any:
    read = structured.read_json if format == "json" else structured.read_yaml
    try:
        return read(path, Options(records="@ | [{root: @}]")).root
    except BadInput as error:
        raise error.at(path) from None


def _options(path: str, format: str) -> tuple[Options, list[str]]:
    """Returns the options with which the file can be read, and the lines of the mapping that say so."""
    if format in ("csv", "tsv"):
        return _of_table(path, format)
    if format == "xlsx":
        return _of_workbook(path)
    if format in ("json", "yaml"):
        found = max(_lists(_root(path, format)), key=lambda each: each[1], default=("", 0))
        if found[0]:
            return Options(records=found[0]), [f"records = {_string(found[0])} # ? the longest list"]
    return Options(), []


def _of_table(path: str, format: str) -> tuple[Options, list[str]]:
    data, encoding = _data(path), "utf-8"
    try:
        text = text_of(data)
    except BadInput:
        encoding = "utf-16" if data.startswith((b"\xff\xfe", b"\xfe\xff")) else "cp1252"
        text = text_of(data, encoding)
    delimiter = "\t" if format == "tsv" else ","
    lines = text.splitlines()[:20]
    other = max(";\t|", key=lambda each: sum(line.count(each) for line in lines))
    if format == "csv" and sum(line.count(other) for line in lines) > sum(line.count(",") for line in lines):
        delimiter = other
    try:
        rows = list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        rows = []
    header = _header(rows)
    said = [f"header = {header} # ? the row with the names of the columns"] if header > 1 else []
    said += [f"encoding = {_string(encoding)} # ?"] if encoding != "utf-8" else []
    default = "\t" if format == "tsv" else ","
    said += [f"delimiter = {_string(delimiter)}"] if delimiter != default else []
    return Options(header=header, encoding=encoding, delimiter=delimiter), said


def _of_workbook(path: str) -> tuple[Options, list[str]]:
    """Tries the first rows as the one with the names of the columns."""
    refused: BadInput | None = None
    best: tuple[int, int] = (0, 1)
    for header in range(1, 11):
        try:
            document = readers.read("xlsx", path, Options(header=header))
        except BadInput as error:
            refused = refused or error
            continue
        if document.records:
            best = max(best, (len(document.records[0].values), -header))
    if not best[0]:
        raise refused or BadInput(f"{path}: has no table")
    header = -best[1]
    said = [f"header = {header} # ? the row with the names of the columns"] if header > 1 else []
    return Options(header=header), said


def _header(rows: Sequence[Sequence[str]]) -> int:
    """Returns the number of the first row that has as many different names as any."""
    filled: list[int] = [len({each.strip() for each in row if each.strip()}) for row in rows]
    most = max(filled, default=0)
    return filled.index(most) + 1 if most else 1


def _lists(value: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, int]]:
    """Yields the paths of the lists of objects, with their lengths; those further down count less."""
    if isinstance(value, dict) and depth < 4:
        for name, each in value.items():
            quoted = name if re.fullmatch(r"[A-Za-z_]\w*", name) else f'"{name}"'
            yield from _lists(each, f"{path}.{quoted}" if path else quoted, depth + 1)
    elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        yield (path or "@"), len(value)


# The mapping.


def _mapping(path: str, format: str, records: Sequence[Record], extra: Sequence[str]) -> str:
    """Returns the text of a mapping by the names and the values of the columns."""
    sample = records[:_SAMPLE]
    names = list(dict.fromkeys(name for each in sample for name in _columns(each)))
    texts = {name: [text for each in sample if (text := _text(each, name))] for name in names}
    names = [name for name in names if texts[name]]
    formats = list(dict.fromkeys(filter(None, (_day_format(texts[name]) for name in names))))
    dates = Dates(Zones("UTC", find_zone), formats)
    dated = [name for name in names if _share(texts[name], lambda text: _is_date(dates, text)) > 0.6]
    addresses = [name for name in names if _share(texts[name], is_absolute) > 0.6]
    left = [name for name in names if name not in dated and name not in addresses]
    changed = _named("changed", dated)
    date = _named("date", [each for each in dated if each != changed]) or next(iter(dated), "")
    title = _named("title", left) or next((each for each in left if _is_line(texts[each])), "")
    rest = [name for name in left if name != title]
    body = _named("body", rest) or max(rest, key=lambda each: _length(texts[each]), default="")
    body = body if body and _length(texts[body]) > 40 else _named("body", rest)
    id = _named("id", [name for name in names if _is_unique(name, records)]) or (
        title if _is_unique(title, records) else ""
    )
    plain = Dates(Zones("", find_zone), formats)
    needs_zone = any(_is_date(dates, text) and not _is_date(plain, text) for text in texts.get(date, ()))
    lines = [
        f"# A guess for {os.path.basename(path)}. Look at the lines with a question mark, then try it:",
        f"# tracker import MAPPING.toml {path} --story STORY --dry-run",
        "",
        f"format = {_string(format)}",
        *extra,
        f"id = {_braced(id)} # ? has to name a record for ever"
        if id
        else f"id = {_braced(title, date)} # ? no column names"
        " the records; titles that are corrected there come as new",
        'timezone = "UTC" # ? of times that name none' if needs_zone else "",
        f"dates = {_string_list(formats)} # ? the day first, or the month first" if formats else "",
        f"changed = {_braced(changed)} # ? when a record was changed" if changed else "",
        "# backfill = true # for what is long past, and no news",
        "",
        "[event]",
        'type = "update" # ? tracker types lists others',
        f"title = {_braced(title)} # ?" if title else 'title = "" # ? no column looks like a title',
        f"occurred = {_braced(date)} # ?" if date else 'occurred = "" # ? no column looks like a date',
        f"body = {_braced(body)} # ?" if body else "",
    ]
    used = {id, date, title, body, changed}
    for field in ("parties", "place", "tags"):
        if name := _named(field, [each for each in left if each not in used]):
            used.add(name)
            lines.append(f"{field} = {_braced(name)} # ?")
    if url := _named("url", addresses) or next(iter(addresses), ""):
        used.add(url)
        lines += ["", "[[event.sources]]", f"url = {_braced(url)} # ?"]
    others = [name for name in names if name not in used]
    lines += ["", f"# not used: {', '.join(others)}"] if others else []
    return "\n".join(line for at, line in enumerate(lines) if line or (lines[at - 1] and at)) + "\n"


def _columns(record: Record) -> list[str]:
    return [each for each in dict.fromkeys(leaves(record.values)) if not each.startswith("_links")]


def _text(record: Record, name: str) -> str:
    value: Any = record.values
    for part in [name] if name in record.values else name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return str(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _share(texts: Sequence[str], is_one: Callable[[str], bool]) -> float:
    return sum(map(is_one, texts)) / len(texts) if texts else 0


def _is_date(dates: Dates, text: str) -> bool:
    try:
        return bool(re.search("[0-9]{4}", text)) and bool(dates.read(text))
    except BadInput:
        return False


def _day_format(texts: Sequence[str]) -> str:
    """Returns the form of dates such as 31.12.2024, in which the day or the month is first; empty if there are
    none. Where both are possible, the day is."""
    found = [
        each for text in texts if (each := re.fullmatch(r"([0-9]{1,2})([./-])([0-9]{1,2})[./-][0-9]{4}", text))
    ]
    if not found:
        return ""
    mark = found[0][2]
    return f"%m{mark}%d{mark}%Y" if any(int(each[3]) > 12 for each in found) else f"%d{mark}%m{mark}%Y"


def _named(field: str, names: Sequence[str]) -> str:
    """Returns the name that is most like the names that such a field has."""
    plain = {name: name.rpartition(".")[2].casefold().strip() for name in names}
    patterns = _NAMES[field].split("|") if "(" not in _NAMES[field] and field != "date" else [_NAMES[field]]
    return next((name for pattern in patterns for name in names if re.fullmatch(pattern, plain[name])), "")


def _is_line(texts: Sequence[str]) -> bool:
    return bool(texts) and max(map(len, texts)) <= 300 and _length(texts) > 3


def _length(texts: Sequence[str]) -> float:
    return sum(map(len, texts)) / len(texts) if texts else 0


def _is_unique(name: str, records: Sequence[Record]) -> bool:
    found = [_text(each, name) for each in records] if name else []
    return bool(found) and all(found) and len(set(found)) == len(found)


def _braced(*names: str) -> str:
    quoted = (name if re.fullmatch(r"[\w .-]+", name) else f'"{name}"' for name in names if name)
    return _string(" ".join(f"{{{name}}}" for name in quoted))


def _string_list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_string, texts))}]"


def _string(text: str) -> str:
    return msgspec.json.encode(text).decode()
