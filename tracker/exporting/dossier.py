"""Write a story as a dossier in Markdown, which reads as well as text: to mail, to file, to print.

::

    # The title                      what it is about, where it stands, and how current that is
    ## Where things stand            the briefing
    ## Developments                  each development that stands, in the order in which they occurred
    ### 15 December 2023: a title    its text, figures and sources

A heading in the text of a development becomes one below those of the dossier. A text in which a block stays open,
such as a fence of code, is a quotation, so that it ends where the text does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt

from tracker.domain.amend import Development
from tracker.domain.events import Occurrence, lacks_source
from tracker.exporting.story import Exported, date_words, facts, notes, occurrence, quotes, source_words
from tracker.feeds import paths
from tracker.text.dates import in_order, when
from tracker.text.names import is_absolute
from tracker.views.development import body_of, said_of
from tracker.wording import dates
from tracker.wording.lines import briefing
from tracker.wording.messages import Wording, capitalized
from tracker.wording.types import type_name

_DEEPEST = 6
"""The deepest level of a heading."""

_ABOVE = 3
"""The level of the headings above the text of a development."""


def write(exported: Exported) -> bytes:
    """Return the dossier of a story, in UTF-8."""
    return ("\n\n".join(filter(None, _blocks(exported))) + "\n").encode()


def _blocks(exported: Exported) -> Iterator[str]:
    config, story, wording = exported.config, exported.story, exported.wording
    yield f"# {escaped(story.title)}"
    status = wording.say("No longer followed") if story.status == "closed" else wording.say("Still developing")
    count = wording.count("{n} development", "{n} developments", story.seq)
    recorded = wording.say("updated {time}", time=dates.day(wording, story.updated))
    yield escaped(" · ".join(filter(None, (status, count, recorded, exported.words))))
    yield from (_body(text, 1) for text in dict.fromkeys(filter(None, (story.about, story.summary))))
    yield f"<{config.url}{paths.story(story.slug)}>"
    yield f"## {wording.say('Where things stand')}"
    for section in briefing(story, wording):
        yield f"### {section.heading}"
        yield "\n".join(f"- {escaped(words)} (#{seq})" for words, seq in section.lines)
    yield f"## {wording.say('Developments')}"
    happened = exported.happened
    order = in_order([when(occurrence(each).occurred, each.event.recorded) for each in happened])
    ranked = sorted(zip(order, happened, strict=True), key=lambda pair: (pair[0], pair[1].seq))
    for _, development in ranked:
        yield from _development(wording, development, config.url, story.slug)


def _development(wording: Wording, development: Development, url: str, slug: str) -> Iterator[str]:
    event, address = occurrence(development), url + paths.development(slug, development.seq)
    yield f"### {escaped(capitalized(f'{date_words(wording, event)}: {event.title}'))}"
    about = (type_name(wording, development.type), *event.parties)
    yield f"[#{development.seq}]({address}) · {escaped(', '.join(about))}"
    yield from (f"*{escaped(each)}*" for each in notes(wording, development))
    for speaker, words in quotes(event):
        yield _quoted("\n\n".join(filter(None, (_lines(words), f"— {escaped(speaker)}" if speaker else ""))))
    yield escaped(said_of(event))
    if image := event.image:
        yield f"![{escaped(image.alt)}]({url}{paths.media(image.file)})"
        credit = wording.say("Picture: {credit}", credit=image.credit) if image.credit else ""
        yield escaped(" ".join(filter(None, (image.caption, credit))))
    yield _body(body_of(event), _ABOVE)
    yield "\n".join(f"- {escaped(each)}" for each in facts(wording, event))
    yield _sources(wording, event)


def _sources(wording: Wording, event: Occurrence) -> str:
    if lacks_source(event):
        return escaped(wording.say("No source recorded."))
    lines = []
    for source in event.sources:
        words, quote = escaped(source_words(wording, source)), " ".join(source.quote.split())
        line = f"[{words}]({_address(source.url)})" if is_absolute(source.url) else words
        if is_absolute(source.archived):
            line += f" ([{wording.say('archived')}]({_address(source.archived)}))"
        lines.append(f"- {line}" + (f": “{escaped(quote)}”" if quote else ""))
    heading = wording.count("Source", "Sources", len(lines))
    return "\n".join([f"{heading}:\n", *lines]) if lines else ""


# Markdown.

_MARKUP = re.compile(r"[\\`*_\[\]<>~|]|&(?=[#\w])|#(?=\s*$)")
"""What is markup within a line."""


def escaped(text: str) -> str:
    """Return a plain text on one line as Markdown that reads as this text."""
    line = _MARKUP.sub(lambda found: f"\\{found[0]}", " ".join(text.split()))
    if number := re.match(r"(\d{1,9})([.)])", line):
        return f"{number[1]}\\{line[len(number[1]) :]}"
    return f"\\{line}" if re.match(r"[#>+=-]", line) else line


def _lines(text: str) -> str:
    """Return a plain text of several lines as Markdown."""
    return "\\\n".join(escaped(each) for each in text.split("\n") if each.strip())


def _quoted(block: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in block.split("\n"))


def _address(url: str) -> str:
    return f"<{re.sub('[<> ]', lambda found: f'%{ord(found[0]):02X}', url)}>"


def _body(markdown: str, above: int) -> str:
    """Return a body with its headings below the level ``above``."""
    parser = MarkdownIt("commonmark")
    lines = markdown.split("\n")
    tokens = parser.parse(markdown)
    for number, token in reversed(list(enumerate(tokens))):
        if token.type == "heading_open" and token.level == 0 and token.map:
            first, after = token.map
            level = min(int(token.tag[1:]) + above, _DEEPEST)
            words = " ".join(tokens[number + 1].content.split("\n"))
            lines[first:after] = [f"{'#' * level} {words}".rstrip()]
    lowered = "\n".join(lines)
    return lowered if _ends(parser, lowered) else _quoted(lowered)


def _ends(parser: MarkdownIt, markdown: str) -> bool:
    """Whether every block ends with the text: a heading behind it is a heading."""
    *_, last = parser.parse(f"{markdown}\n\n# end")
    return last.type == "heading_close" and last.level == 0
