"""Markdown: front matter with a body, the first table of a page, and a changelog with a section a version."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from typing import Any

from tracker.errors import BadInput
from tracker.importing.readers.structured import parse_yaml
from tracker.importing.records import Document, Options, Record, load, rows_to_records, text_of

_DATED_NAME = r"([0-9]{4}(?:-[0-9]{2}){0,2})[-_ ](.+)|([0-9]{4}-[0-9]{2}-[0-9]{2})()"
_VERSION = (
    r"##\s+(?:\[(?P<linked>[^\]]+)\](?:\((?P<address>[^)]*)\))?|(?P<plain>[^\s\[]\S*))"
    r"(?:\s*[-–—:(]?\s*(?P<date>[0-9]{4}[-/.][0-9]{2}[-/.][0-9]{2})\)?)?(?P<rest>.*)"
)
_DEFINED = r"^\[([^\]]+)\]:[ \t]+<?(\S+?)>?[ \t]*$"


def read_frontmatter(path: str, options: Options) -> Document:
    """Reads a file, or all files of a folder that end with ``.md`` or ``.markdown``."""
    if not os.path.isdir(path):
        return Document([_page(path, "front matter", options)])
    names = sorted(each for each in os.listdir(path) if each.lower().endswith((".md", ".markdown")))
    names = [each for each in names if not each.startswith(("_", "README"))]
    if not names:
        raise BadInput("has no file that ends with .md")
    records = []
    for name in names:
        try:
            records.append(_page(os.path.join(path, name), name, options))
        except BadInput as error:
            raise error.at(name) from None
    return Document(records)


def _page(path: str, place: str, options: Options) -> Record:
    """Returns a page as a record: its front matter, its ``body``, and the ``_date`` and the ``_slug`` in its
    name."""
    text = text_of(load(path), options.encoding).replace("\r\n", "\n")
    found = re.match(r"(---|\+\+\+)[ \t]*\n(.*?\n)??\1[ \t]*(?:\n|$)", text, re.DOTALL)
    if not found:
        raise BadInput("line 1: has no front matter; it begins and ends with a line of three hyphens")
    try:
        values = tomllib.loads(found[2] or "") if found[1] == "+++" else parse_yaml(found[2]) if found[2] else {}
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"is not TOML: {error}") from None
    if not isinstance(values, dict):
        raise BadInput("line 2: the front matter has no names; write it like title: What happened")
    stem = os.path.splitext(os.path.basename(path))[0]
    dated = re.fullmatch(_DATED_NAME, stem)
    own = {"_date": dated[1] or dated[3] if dated else "", "_slug": (dated[2] or stem) if dated else stem}
    plain = {name: each if isinstance(each, (str, int, float, bool, list, dict)) else str(each)
             for name, each in values.items() if each is not None}  # fmt: skip
    return Record({**plain, "body": text[found.end() :].strip(), **own}, place)


def read_markdown_table(path: str, options: Options) -> Document:
    """Reads the first table. The addresses of links in a cell are in ``_links``, by column."""
    from markdown_it import MarkdownIt

    text = text_of(load(path), options.encoding)
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    starts = [at for at, token in enumerate(tokens) if token.type == "table_open"]
    if not starts:
        raise BadInput("has no table; one begins with a line of names between | and a line of hyphens")
    rows: list[tuple[int, str, list[str]]] = []
    links: list[list[list[str]]] = []
    for token in tokens[starts[0] :]:
        if token.type == "table_close":
            break
        if token.type == "tr_open":
            line = token.map[0] + 1 if token.map else 0
            rows.append((len(rows) + 1, f"row {len(rows) + 1} (line {line})", []))
            links.append([])
        elif token.type == "inline":
            rows[-1][2].append(token.content)
            links[-1].append(
                [str(each.attrs["href"]) for each in token.children or () if each.type == "link_open"]
            )
    records = rows_to_records(rows, 1)
    names = [" ".join(each.split()) for each in rows[0][2]]
    by_place = {place: found for (_, place, _), found in zip(rows, links, strict=True)}
    records = [
        Record(
            {**each.values, "_links": dict(zip(names, by_place[each.place], strict=False))}, each.place, each.cells
        )
        for each in records
    ]
    more = (f"{len(starts) - 1} more tables are not read",) if len(starts) > 1 else ()
    return Document(records, lost=more)


def read_changelog(path: str, options: Options) -> Document:
    """Reads a changelog in the form of Keep a Changelog: a heading ``## [1.2.0] - 2024-03-15`` for each
    version."""
    text = text_of(load(path), options.encoding).replace("\r\n", "\n")
    defined = {found[1].casefold(): found[2] for found in re.finditer(_DEFINED, text, re.MULTILINE)}
    sections: list[tuple[int, re.Match[str], list[str]]] = []
    for number, line, is_code in _lines(text):
        found = None if is_code else re.fullmatch(_VERSION, line)
        if found:
            sections.append((number, found, []))
        elif sections and (is_code or not re.match(_DEFINED, line)):
            sections[-1][2].append(line)
    if not sections:
        raise BadInput("has no version; one begins with a line such as ## [1.2.0] - 2024-03-15")
    return Document([_version(number, found, lines, defined) for number, found, lines in sections])


def _lines(text: str) -> Iterator[tuple[int, str, bool]]:
    """Yields each line with its number, and whether it is in a block of code."""
    fence = ""
    for number, line in enumerate(text.split("\n"), 1):
        mark = re.match(r" {0,3}(```+|~~~+)", line)
        is_code = bool(fence or mark)
        if mark:
            fence = "" if fence and mark[1].startswith(fence) else fence or mark[1]
        yield number, line, is_code


def _version(number: int, found: re.Match[str], lines: list[str], defined: dict[str, str]) -> Record:
    name = (found["linked"] or found["plain"]).strip()
    body = "\n".join(lines).strip()
    used = {each.casefold(): each for each in re.findall(r"\[([^\]\[]+)\](?!\()", body)}
    definitions = [f"[{each}]: {defined[key]}" for key, each in used.items() if key in defined]
    values: dict[str, Any] = {
        "version": name,
        "date": re.sub("[/.]", "-", found["date"] or ""),
        "body": "\n".join([body, *(["", *definitions] if definitions else [])]),
        "url": found["address"] or defined.get(name.casefold(), ""),
        "yanked": "yanked" in found["rest"].casefold(),
        "unreleased": name.casefold() == "unreleased",
    }
    return Record(values, f"line {number} ({name})")
