"""The parties that a desk knows, from ``events/parties.toml``::

    [Microsoft]
    aliases = ["Microsoft Corporation", "MSFT"]
    fiscal_year_end = "June"             # or a day: "04-05"
    fiscal_year_named = "end"            # FY2024 ends in 2024; "start": it starts in 2024
    homepage = "https://www.microsoft.com/"

    ["Passengers of flight 1282"]
    plural = true                        # they sue, and do not "sues"

    ["Kelly Ortberg"]
    kind = "person"                      # or "organisation"
    role = "chief executive"
    of = "Boeing"
    since = "2024-08-08"                 # and until; further roles in roles = [{ role = …, of = … }]

An alias is replaced by the name when an event is appended, so that a replay depends on the log alone. A party that
is not in the file keeps the name that the editor writes.

This module is pure: ``read`` takes the text, and returns a directory or raises a refusal that names the line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct

from tracker.domain import values as event_values
from tracker.domain.events import Statement, Update
from tracker.errors import BadInput
from tracker.text import dates, toml
from tracker.text.date_context import FiscalYear
from tracker.text.dates import MONTHS, Occurred, month_length
from tracker.text.identity import name_key

FILE = "parties.toml"
EXAMPLE = '["Microsoft Corporation"], and below it aliases = ["MSFT"]'


class Role(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A role of a person, such as chief executive of Boeing. The dates ``since`` and ``until`` may be empty."""

    role: Annotated[str, Meta(min_length=1)]
    of: str = ""
    since: str = ""
    until: str = ""

    def __str__(self) -> str:
        return f"{self.role} of {self.of}" if self.of else self.role

    @property
    def words(self) -> str:
        """The role with its dates."""
        ends = (f"{word} {dates.in_words(Occurred(end))}" if end else ""
                for word, end in (("from", self.since), ("until", self.until)))  # fmt: skip
        dated = " ".join(filter(None, ends))
        return f"{self}, {dated}" if dated else str(self)

    def held(self, when: dates.Span) -> bool:
        """Whether the role may have been held at that time."""
        began = not self.since or not when.latest.is_before(dates.span(Occurred(self.since)).earliest)
        return began and (not self.until or not dates.span(Occurred(self.until)).latest.is_before(when.earliest))


KINDS = ("person", "organisation")


class Party(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A party in ``parties.toml``: its aliases, its fiscal year, its homepage, whether its name is a plural, and
    a person's role with its dates. ``roles`` has further roles."""

    aliases: tuple[str, ...] = ()
    fiscal_year_end: str = ""
    fiscal_year_named: str = "end"
    homepage: str = ""
    plural: bool = False
    kind: str = ""
    role: str = ""
    of: str = ""
    since: str = ""
    until: str = ""
    roles: tuple[Role, ...] = ()

    @property
    def all_roles(self) -> tuple[Role, ...]:
        own = Role(role=self.role, of=self.of, since=self.since, until=self.until)
        return (own, *self.roles) if self.role else self.roles


class Directory:
    """The parties that a desk knows, by their canonical names. Names are compared by ``identity.name_key``."""

    def __init__(self, parties: Mapping[str, Party] | None = None) -> None:
        self.parties: Mapping[str, Party] = dict(parties or {})
        self._canonical: dict[str, str] = {}
        for name, party in self.parties.items():
            for each in (name, *party.aliases):
                self._canonical[name_key(each)] = name

    def canonical(self, name: str) -> str:
        """Returns the canonical name of a party, or ``name`` itself if the desk does not know it."""
        return self._canonical.get(name_key(name), name)

    @property
    def plural(self) -> list[str]:
        """The names and aliases that are plurals, as in ``Passengers sue``."""
        return [each for name, party in self.parties.items() if party.plural for each in (name, *party.aliases)]

    def role(self, name: str, when: dates.Span) -> str:
        """Returns the roles that a person may have had at that time, such as ``chief executive of Boeing``. The
        text is empty if the desk knows none."""
        party = self.parties.get(self.canonical(name), Party())
        return " and ".join(str(each) for each in party.all_roles if each.held(when))

    def names(self) -> list[str]:
        """Returns every name and every alias."""
        return [each for name, party in self.parties.items() for each in (name, *party.aliases)]

    def knows(self, name: str) -> bool:
        """Whether this is a name or an alias of a party."""
        return name_key(name) in self._canonical

    def spellings(self, query: str) -> list[tuple[str, ...]]:
        """Returns the words of a query, in their order, each with its alternatives. Words that are a name of a
        party stand together, and their alternatives are all names of that party."""
        words, found = query.split(), []
        longest = max((len(each.split()) for each in self.names()), default=1)
        while words:
            lengths = range(min(longest, len(words)), 0, -1)
            length = next((each for each in lengths if self.knows(" ".join(words[:each]))), 1)
            said, words = " ".join(words[:length]), words[length:]
            name = self.canonical(said)
            others = (name, *self.parties[name].aliases) if self.knows(said) else ()
            found.append(tuple(dict.fromkeys((said, *others))))
        return found

    def fiscal_years(self, names: Iterable[str]) -> list[FiscalYear]:
        """Returns the fiscal years of these parties, as far as the desk has them."""
        known = dict.fromkeys(self.canonical(name) for name in names)
        return [
            _fiscal_year(name, self.parties[name])
            for name in known
            if name in self.parties and self.parties[name].fiscal_year_end
        ]


NO_PARTIES = Directory()
"""The directory of a desk that has no ``parties.toml``."""


def read(text: bytes, place: str) -> Directory:
    """Returns the directory in a ``parties.toml``. Raises BadInput with ``place``, line and key."""
    values = toml.read(text, place, EXAMPLE)
    parties: dict[str, Party] = {}
    names: dict[str, str] = {}
    for name, value in values.items():
        try:
            parties[name] = _party(name, value)
            for field, each in _keyed_names(name, parties[name]):
                if names.setdefault(name_key(each), name) != name:
                    raise BadInput(f"{each!r} is {names[name_key(each)]} already", field=field)
        except BadInput as error:
            line = toml.line_of(toml.decoded(text), (name, *toml.path_of(error.field.removeprefix(name))))
            raise error.at(f"{place}:{line}") from None
    return Directory(parties)


def _keyed_names(name: str, party: Party) -> Iterator[tuple[str, str]]:
    """Yields the name and the aliases of a party, each after its key in the file."""
    yield name, name
    for number, alias in enumerate(party.aliases):
        yield f"{name}.aliases[{number}]", alias


def _party(name: str, value: Any) -> Party:
    if not isinstance(value, dict):
        raise BadInput(toml.no_table(name, value, Party, "party", "Microsoft"), field=name)
    try:
        party = toml.convert(value, Party)
    except BadInput as error:
        dotted = isinstance(value.get(error.field), dict)  # [example.com] is a table com inside of example
        hint = f". A name with a dot in it is quoted: {toml.heading(f'{name}.{error.field}')}" if dotted else ""
        raise BadInput(f"{error.reason}{hint}", field=f"{name}.{error.field}") from None
    _check_names(name, party)
    if party.homepage:
        try:
            event_values.check(event_values.convert(Update, {"title": "-", "sources": [{"url": party.homepage}]}))
        except BadInput as error:
            raise BadInput(error.reason, field=f"{name}.homepage") from None
    _check_roles(name, party)
    if party.fiscal_year_named not in ("end", "start"):
        raise BadInput(
            f'{party.fiscal_year_named!r} is neither "end" nor "start", which FY2024 takes its number from',
            field=f"{name}.fiscal_year_named",
        )
    if party.fiscal_year_end:
        _fiscal_year(name, party)
    return party


def _check_roles(name: str, party: Party) -> None:
    if party.kind and party.kind not in KINDS:
        raise BadInput(f"{party.kind!r} is none of {', '.join(KINDS)}", field=f"{name}.kind")
    if party.all_roles and party.kind != "person":
        raise BadInput(
            'belongs to a person; add kind = "person"', field=f"{name}.{'role' if party.role else 'roles'}"
        )
    lonely = next((key for key in ("of", "since", "until") if getattr(party, key) and not party.role), "")
    if lonely:
        raise BadInput("belongs to a role; say which with role", field=f"{name}.{lonely}")
    for place, each in ((name, party), *((f"{name}.roles[{n}]", role) for n, role in enumerate(party.roles))):
        for key, like in (("role", "role"), ("of", "role"), ("since", "occurred"), ("until", "occurred")):
            try:
                if text := getattr(each, key):
                    event_values.check_field(Statement, like, text)
            except BadInput as error:
                raise BadInput(error.reason, field=f"{place}.{key}") from None


def _check_names(name: str, party: Party) -> None:
    for field, each in _keyed_names(name, party):
        try:
            named = event_values.convert(Update, {"title": "-", "parties": [each]})
            event_values.check(named)
            event_values.check_shown(named)
        except BadInput as error:
            raise BadInput(error.reason, field=field) from None
        if each != each.strip():
            raise BadInput(f"{each!r} has white space around it", field=field)


def _fiscal_year(name: str, party: Party) -> FiscalYear:
    """Returns the party's fiscal year. Raises BadInput if its end is not a month or a day."""
    text = party.fiscal_year_end.strip()
    months = {month.lower(): number for number, month in enumerate(MONTHS, 1)}
    found = re.fullmatch(r"([0-9]{2})-([0-9]{2})", text)
    month = int(found[1]) if found else months.get(text.lower(), 0)
    day = int(found[2]) if found else 0
    if not 1 <= month <= 12 or day > month_length(2024, month) or (found and not day):
        raise BadInput(
            f'{text!r} is no end of a year; write a month like "June", or a day like "04-05"',
            field=f"{name}.fiscal_year_end",
        )
    if day >= month_length(2023, month):
        day = 0
    return FiscalYear(name, month, day, by_start=party.fiscal_year_named == "start")
