"""Commands that read the read model of all stories, and first bring it up to date: stories, expected, parties,
search."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeVar

import click

from tracker.cli.completion import complete_party
from tracker.cli.terminal import (
    HEADING,
    PLAIN,
    WARNING,
    StyledText,
    bar,
    count,
    json_option,
    laid_out,
    mention,
    minute,
    paged,
    pass_desk,
    say,
    say_json,
    say_page,
    wrapped,
)
from tracker.domain.directory import Party, Role
from tracker.domain.story import introduced
from tracker.errors import BadInput, Unknown
from tracker.readmodel import tables
from tracker.text.dates import (
    END,
    Moment,
    Occurred,
    Recorded,
    apart,
    days_apart,
    in_words,
    moment_at,
    recorded_at,
    to_datetime,
)
from tracker.text.identity import name_key
from tracker.views.as_json import event_shape, found_shape, listed_shape
from tracker.views.briefing import since_due
from tracker.workspace.desk import Workspace
from tracker.workspace.zones import at_the_desk

if TYPE_CHECKING:
    from sqlite_utils import Database

    from tracker.readmodel.projection import Ask

LATEST = 5
"""The number of latest developments of a party that are listed."""

ListRow = dict[str, Any]
Answer = TypeVar("Answer")


@contextmanager
def caught_up(desk: Workspace) -> Iterator[Database]:
    """A context with the read model, brought up to date with the log. Raises BadInput if a declaration is
    broken."""
    from tracker.readmodel import projection

    assert desk.log.glossary  # a broken declaration is reported first, or each story would look damaged
    with ExitStack() as stack:
        with bar("reading the log", desk.log.count, after=1) as progress:
            model = projection.caught_up(desk.database_path, desk.log, mention, progress)
            database = stack.enter_context(model)
        yield database


# Stories.


@click.command()
@click.option("--quiet-after", metavar="DAYS", default=14, show_default=True, type=click.IntRange(1, 36_500),
              help="A story is quiet after this many days without an event.")  # fmt: skip
@json_option
@pass_desk
def stories_command(desk: Workspace, quiet_after: int, as_json: bool) -> None:
    """List the stories: active, quiet and closed ones. Pinned stories come first, then the latest; closed ones
    come last.

    The list marks stories with overdue events.
    """
    now = desk.clock()
    edge = at_the_desk(now, desk)
    if as_json:
        with caught_up(desk) as database:
            say_json([listed_shape(row, now) for row in tables.stories(database, edge)])
        return
    listed = answer(
        desk, lambda found: laid_out(_texts(tables.listed(found), tables.overdue(found, edge), now, quiet_after))
    )
    if listed:
        say_page(listed)
    else:
        none = "no story yet; begin with tracker open STORY TITLE"
        say("no story could be read; tracker verify says why" if desk.log.streams() else none)


def answer(desk: Workspace, ask: Ask[Answer]) -> Answer:
    """Returns what ``ask`` finds in the read model, as it finds it in the context ``caught_up``."""
    from tracker.readmodel import projection

    assert desk.log.glossary
    with bar("reading the log", desk.log.count, after=1) as progress:
        return projection.answer(desk.database_path, desk.log, ask, mention, progress)


def _texts(
    rows: Iterable[tables.Listed], overdue: Mapping[str, int], now: Recorded, quiet_after: int
) -> Iterator[StyledText]:
    """Yields the texts of the list. ``overdue`` has the number of overdue events of each story that has any."""
    quiet_since = recorded_at(to_datetime(now) - timedelta(days=quiet_after))
    groups: dict[str, list[tables.Listed]] = {"Pinned": [], "Moved lately": [], "Quiet": [], "Closed": []}
    for row in rows:
        _, _, status, _, updated, pinned = row
        heading = "Pinned" if pinned else "Moved lately" if updated > quiet_since else "Quiet"
        groups["Closed" if status == "closed" else heading].append(row)
    for number, (heading, group) in enumerate((heading, group) for heading, group in groups.items() if group):
        if number:
            yield "\n", "", PLAIN
        yield heading, "", HEADING
        for story, title, status, seq, updated, _ in group:
            nothing = f", nothing for {count(days_apart(updated, now), 'day')}" if heading == "Quiet" else ""
            late = f", {overdue[story]} overdue" if story in overdue else ""
            moved = f"{count(seq, 'development')}, last recorded {minute(updated)}"
            yield f"{story}  {title}", "  ", HEADING
            yield f"{status}, {moved}{nothing}{late}", "    ", WARNING if late else PLAIN


# Expected dates.


@click.command()
@click.option(
    "--within",
    metavar="TIME",
    help="Only events due within that time, such as 30d or 6w. Overdue events are always listed.",
)
@click.option("--ics", "as_ics", is_flag=True, help="Print a calendar (iCalendar), for programs.")
@click.option(
    "--past", is_flag=True, help="List what is no longer awaited, how it came out, and the desk's record."
)
@json_option
@pass_desk
def expected_command(desk: Workspace, within: str | None, as_ics: bool, past: bool, as_json: bool) -> None:
    """List the expected events of all stories, by due date. An overdue one is marked with how long it is overdue.

    A date that is not exact is due at its end: March 2024 on the 31st. A date without an end is never due.
    """
    if as_ics and as_json:
        raise BadInput("--ics is one format and --json another; give one of them")
    if past and (as_ics or within is not None):
        raise BadInput("lists what is no longer awaited; leave out --within and --ics", field="--past")
    if past:
        _list_past(desk, as_json)
        return
    now = Moment(desk.clock())
    until = END if within is None else _later(now, _days(within))
    with caught_up(desk) as database:
        rows = list(tables.expected(database, until))
    if as_ics:
        click.echo(_calendar(desk, rows), nl=False)
    elif as_json:
        say_json([_expected_shape(row, now, desk) for row in rows])
    elif rows:
        with paged():
            for row in rows:
                _say_expected(row, now, desk)
    else:
        mention("nothing is expected" + (f" within {within}" if within else ""))


_UNITS = {"d": 1, "w": 7, "y": 365}


def _days(text: str) -> int:
    found = re.fullmatch(r"([0-9]{1,5}) ?([dwy])", text.strip())
    if not found:
        raise BadInput(f"{text!r} is not a time; write days, weeks or years, like 30d, 6w or 1y", field="--within")
    return int(found[1]) * _UNITS[found[2]]


def _later(now: Moment, days: int) -> Moment:
    try:
        return moment_at(to_datetime(now) + timedelta(days=days))
    except OverflowError:
        return END


def _calendar(desk: Workspace, rows: Iterable[ListRow]) -> bytes:
    from tracker.feeds.icalendar_feed import DueDate, calendar

    config = desk.config
    return calendar(
        config.title,
        config.url,
        config.id,
        [
            DueDate(
                id=row["id"],
                story=row["story"],
                title=row["label"],
                text="\n\n".join(filter(None, [f"{row['story_title']}: {row['words']}", row["body"]])),
                due=Occurred(row["due"]),
                updated=Recorded(row["updated"]),
                amendments=row["amendments"],
                url=f"{config.url}stories/{row['story']}/#{row['seq']}",
            )
            for row in rows
        ],
    )


def _expected_shape(row: ListRow, now: Moment, desk: Workspace) -> ListRow:
    """An expected event for programs. ``due_by`` is the last instant of its due date, null if there is none.
    ``overdue_days`` is the number of whole days since then, null if it is not overdue."""
    late = since_due(Occurred(row["due"]), at_the_desk(now, desk))
    return {
        **{key: row[key] for key in ("story", "story_title", "seq", "id", "title", "label", "words", "due")},
        "due_by": row["due_by"] if row["due_by"] != END else None,
        "overdue": late is not None,
        "overdue_days": days_apart(*late) if late else None,
    }


def _say_expected(row: ListRow, now: Moment, desk: Workspace) -> None:
    late = since_due(Occurred(row["due"]), at_the_desk(now, desk))
    words = in_words(Occurred(row["due"])) + (f", overdue by {apart(*late)}" if late else "")
    wrapped(words, **(WARNING if late else {}))
    wrapped(row["label"], "  ")
    wrapped(f"{row['story']}#{row['seq']}  {row['story_title']}", "  ")


def _list_past(desk: Workspace, as_json: bool) -> None:
    with caught_up(desk) as database:
        rows = list(tables.expected_before(database))
    if as_json:
        say_json({"expected": [_past_shape(row) for row in rows], "record": _record(rows)})
        return
    with paged():
        for row in rows:
            wrapped(f"{in_words(Occurred(row['due']))}: {row['words']}")
            wrapped(row["label"], "  ")
            when = f", {in_words(Occurred(row['occurred']))}" if row["occurred"] else ""
            wrapped(f"{row['story']}#{row['ended_by']}  {row['outcome']}{when}", "  ")
        if rows:
            say()
            wrapped(_record_words(_record(rows), len(rows)), bold=True)
    if not rows:
        mention("no expected event has come out yet")


def _past_shape(row: ListRow) -> ListRow:
    keys = ("story", "story_title", "seq", "id", "title", "label", "words", "due", "ended_by", "outcome")
    return {key: row[key] for key in keys} | {
        "occurred": row["occurred"] or None,
        "score": row["score"] or None,
        "days_late": row["days_late"],
    }


def _record(rows: Sequence[ListRow]) -> dict[str, int]:
    """Returns how many expected events came out in each way. ``early`` and ``late`` are parts of ``met``."""
    scores = Counter(row["score"] or "unscored" for row in rows)
    days = [row["days_late"] or 0 for row in rows]
    met = {"met": scores["met"], "early": sum(each < 0 for each in days), "late": sum(each > 0 for each in days)}
    return met | {each: scores[each] for each in ("missed", "withdrawn", "unscored")}


def _record_words(record: Mapping[str, int], total: int) -> str:
    """``of 12 expected events: 7 met (1 early, 2 late), 3 missed, 2 withdrawn``"""
    timing = ", ".join(f"{record[each]} {each}" for each in ("early", "late") if record[each])
    met = f"{record['met']} met" + (f" ({timing})" if timing else "")
    others = [f"{record[each]} {each}" for each in ("missed", "withdrawn", "unscored") if record[each]]
    return f"of {count(total, 'expected event')}: {', '.join([met, *others])}"


# Parties.


@click.command()
@click.argument("party", required=False, shell_complete=complete_party)
@json_option
@pass_desk
def parties_command(desk: Workspace, party: str | None, as_json: bool) -> None:
    """List the parties and the stories they are involved in. With PARTY, show all about that one, in any
    spelling and under any alias.

    A retracted development does not count, and a correction does not count as another development.
    """
    with caught_up(desk) as database:
        tables.join_parties(database, desk.directory.canonical)
        positions = list(tables.positions(database))
        rows = party_rows(
            tables.involved(database),
            tables.held(database),
            positions,
            tables.offices(database),
            desk.directory.parties,
        )
        if party is not None:
            rows = [_row_of(rows, desk.directory.canonical(party))]
            rows[0] |= {
                "positions": [_position_shape(each) for each in positions if each["party"] == rows[0]["party"]],
                "latest": [event_shape(each) for each in tables.involving(database, rows[0]["party"], LATEST)],
            }
    if as_json:
        say_json(rows if party is None else rows[0])
        return
    with paged():
        for number, row in enumerate(rows):
            if number:
                say()
            _say_party(row)
    if not rows:
        mention("no development names a party yet")


def party_rows(
    involved: Iterable[ListRow],
    held: Iterable[ListRow],
    positions: Iterable[ListRow],
    offices: Iterable[ListRow],
    known: Mapping[str, Party],
) -> list[ListRow]:
    """Returns a row for each party, the one with the most developments first. ``known`` are the parties in the
    desk's directory, by name."""
    in_force, said, filled = _by_party(held), _by_party(positions), _by_party(offices)
    stories_of = {name: list[ListRow]() for name in known} | _by_party(involved)
    rows = [
        {
            "party": party,
            "developments": sum(each["developments"] for each in stories),
            "stories": [
                {"story": each["story"], "title": each["story_title"], "developments": each["developments"]}
                for each in stories
            ],
            "in_force": [
                {key: each[key] for key in ("story", "seq", "label", "words")} for each in in_force.get(party, ())
            ],
            "offices": [_office_shape(each) for each in filled.get(party, ())],
            "position": next(map(_position_shape, said.get(party, ())), None),
            **_directory_shape(known.get(party, Party())),
        }
        for party, stories in stories_of.items()
    ]
    return sorted(rows, key=lambda row: (-row["developments"], row["party"].casefold(), row["party"]))


def _directory_shape(party: Party) -> ListRow:
    """The directory's data on a party, for programs."""
    return {
        "aliases": list(party.aliases),
        "homepage": party.homepage or None,
        "fiscal_year_end": party.fiscal_year_end or None,
        "kind": party.kind or None,
        "roles": [
            {"role": each.role, **{key: getattr(each, key) or None for key in ("of", "since", "until")}}
            for each in party.all_roles
        ],
    }


def _by_party(rows: Iterable[ListRow]) -> dict[str, list[ListRow]]:
    """Groups the rows by party. They have to be sorted by party."""
    return {party: list(group) for party, group in groupby(rows, itemgetter("party"))}


def _row_of(rows: Sequence[ListRow], name: str) -> ListRow:
    """Returns the row of the party with that name, in any spelling. Raises Unknown."""
    for row in rows:
        if name_key(row["party"]) == name_key(name):
            return row
    raise Unknown("party", name, [row["party"] for row in rows], "tracker parties lists them all")


def _office_shape(row: ListRow) -> ListRow:
    """An office that a party holds or held. ``seq`` and ``ended_by`` are the numbers of the events by which the
    party took the office and left it."""
    return {"story": row["story"], "office": row["office"], "holds": bool(row["holds"])} | {
        key: row[key] or None for key in ("since", "seq", "until", "ended_by")
    }


def _position_shape(row: ListRow) -> ListRow:
    keys = ("story", "seq", "title", "words")
    return {key: row[key] for key in keys} | {key: row[key] or None for key in ("quote", "to", "occurred")}


def _places(stories: Sequence[ListRow]) -> str:
    """``in tiktok-openai``, ``in tiktok-openai (9) and azure (2)``"""
    if len(stories) == 1:
        return f"in {stories[0]['story']}"
    *most, last = (f"{each['story']} ({each['developments']})" for each in stories)
    return f"in {', '.join(most)} and {last}"


def _say_party(row: ListRow) -> None:
    wrapped(row["party"], bold=True)
    if kept := _directory_words(row):
        wrapped(kept, "  ")
    places = _places(row["stories"]) if row["stories"] else "yet"
    wrapped(f"{count(row['developments'], 'development')} {places}", "  ")
    for each in row["in_force"]:
        wrapped(f"{introduced(each['label'])} {each['words']}  {each['story']}#{each['seq']}", "  ")
    for each in row["offices"]:
        if each["holds"] or "latest" in row:
            wrapped(f"{_office_words(each)}  {each['story']}#{each['seq'] or each['ended_by']}", "  ")
    for each in row.get("positions") or filter(None, [row["position"]]):
        to = f", to {each['to']}" if each["to"] else ""
        date = f", {in_words(Occurred(each['occurred']))}" if each["occurred"] else ""
        words = f"says: {each['words']}{to}{date}"
        wrapped(f"{words}  {each['story']}#{each['seq']}", "  ")
    if row.get("latest"):
        say()
        say("Latest developments", bold=True)
    for each in row.get("latest", ()):
        date = f"  ({in_words(Occurred(each['occurred']))})" if each["occurred"] else ""
        wrapped(f"{each['story']}#{each['seq']}  {each['type']}  {each['title']}{date}", "  ")


def _office_words(office: ListRow) -> str:
    """``chief executive of Boeing, since 8 August 2024``, ``mayor of X, until March 2024``; of an office that the
    party left on no known date, ``formerly mayor of X``."""
    since, until = (office[key] and in_words(Occurred(office[key])) for key in ("since", "until"))
    if office["holds"]:
        return f"{office['office']}, since {since}" if since else str(office["office"])
    dates = " ".join(filter(None, (since and f"from {since}", until and f"until {until}")))
    return f"{office['office']}, {dates}" if dates else f"formerly {office['office']}"


def _directory_words(row: ListRow) -> str:
    """``chief executive of Boeing, from 8 August 2024; also MSFT; fiscal year to June; https://…``"""
    aliases = f"also {', '.join(row['aliases'])}" if row["aliases"] else ""
    year = f"fiscal year to {row['fiscal_year_end']}" if row["fiscal_year_end"] else ""
    roles = (Role(**{key: text or "" for key, text in each.items()}).words for each in row["roles"])
    return "; ".join(filter(None, (*roles, aliases, year, row["homepage"])))


# Search.


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="The largest number of results."
)
@json_option
@pass_desk
def search_command(desk: Workspace, query: tuple[str, ...], limit: int, as_json: bool) -> None:
    """Search all developments. Titles, bodies, quotations, parties, figures, sources and other details are
    searched.

    The name of a party in parties.toml also finds its aliases, and an alias the name.
    """
    words = tables.words_of(" ".join(query))
    with caught_up(desk) as database:
        found = list(tables.search(database, words, limit, desk.directory))
    if as_json:
        say_json([found_shape(row) for row in found])
        return
    with paged():
        for row in found:
            _say_found(row)
    if not found:
        mention(f"no development has all of these words: {words}")


def _say_found(row: ListRow) -> None:
    standing = f"  [{row['standing']}]" if row["standing"] != "stands" else ""
    wrapped(f"{row['story']}#{row['seq']}  {row['title']}{standing}", bold=True)
    snippet = " ".join(row["snippet"].split())
    if snippet != row["title"]:
        wrapped(snippet, "  ")
