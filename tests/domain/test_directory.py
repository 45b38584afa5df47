"""Who is who: names, aliases and fiscal years, and what is refused of the file that keeps them."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.text.test_toml import assert_names_a_line
from tracker.domain import directory
from tracker.domain.directory import NO_PARTIES, Directory
from tracker.errors import BadInput
from tracker.text.date_context import FiscalYear
from tracker.text.dates import Occurred, span

KNOWN = """\
# Who is in these stories
[Microsoft]
aliases = ["Microsoft Corporation", "MSFT"]
fiscal_year_end = "June"
homepage = "https://www.microsoft.example/"

["Inland Revenue"]
fiscal_year_end = "04-05"
fiscal_year_named = "start"

[ByteDance]
aliases = [
  "字节跳动",
]
"""


def directory_of(text: str) -> Directory:
    return directory.read(text.encode(), "parties.toml")


# Names


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Microsoft", "Microsoft"),
        ("MSFT", "Microsoft"),
        ("msft", "Microsoft"),
        (" MICROSOFT corporation ", "Microsoft"),
        ("字节跳动", "ByteDance"),
        ("Micron", "Micron"),
        (" Micron", " Micron"),
        ("", ""),
    ],
)
def test_an_alias_becomes_the_name_and_what_nobody_knows_stays(said: str, name: str) -> None:
    """In any case; what is not known is not touched."""
    assert directory_of(KNOWN).canonical(said) == name


@pytest.mark.parametrize(
    ("query", "spellings"),
    [
        ("msft pays", [("msft", "Microsoft", "Microsoft Corporation", "MSFT"), ("pays",)]),
        (
            "the microsoft  corporation",
            [("the",), ("microsoft corporation", "Microsoft", "Microsoft Corporation", "MSFT")],
        ),
        ("inland revenue", [("inland revenue", "Inland Revenue")]),
        ("inland", [("inland",)]),
        ("", []),
    ],
)
def test_a_name_in_a_query_stands_for_all_names_of_its_party(query: str, spellings: list[tuple[str, ...]]) -> None:
    assert directory_of(KNOWN).spellings(query) == spellings
    assert NO_PARTIES.spellings(query) == [(each,) for each in query.split()]


def test_all_names_and_aliases_are_known() -> None:
    known = directory_of(KNOWN)
    assert known.names() == [
        *("Microsoft", "Microsoft Corporation", "MSFT", "Inland Revenue", "ByteDance", "字节跳动"),
    ]
    assert all(known.knows(each) for each in known.names())
    assert not known.knows("Micron")
    assert not NO_PARTIES.knows("Microsoft")


def test_a_file_that_says_nothing_knows_nobody() -> None:
    assert directory_of("").names() == directory_of("# later").names() == []


def test_a_party_may_be_known_by_its_name_alone() -> None:
    assert directory_of("[Micron]").names() == ["Micron"]
    assert directory_of('[Micron]\naliases = ["MICRON"]').canonical("micron") == "Micron"


# Fiscal years


@pytest.mark.parametrize(
    ("end", "year"),
    [
        ("June", FiscalYear("A", 6)),
        (" june", FiscalYear("A", 6)),
        ("04-05", FiscalYear("A", 4, 5)),
        ("06-30", FiscalYear("A", 6)),
        ("12-31", FiscalYear("A", 12)),
        ("02-28", FiscalYear("A", 2)),
        ("02-29", FiscalYear("A", 2)),
        ("12-30", FiscalYear("A", 12, 30)),
    ],
)
def test_a_fiscal_year_ends_with_a_month_or_a_day(end: str, year: FiscalYear) -> None:
    """A month's last day is its end, whatever the year."""
    assert directory_of(f'[A]\nfiscal_year_end = "{end}"').fiscal_years(["A"]) == [year]


def test_fiscal_years_are_those_of_the_parties_that_have_one() -> None:
    """By any of their names, each once, in the order in which they are named."""
    named = ["Micron", "Inland Revenue", "msft", "Microsoft", "ByteDance"]
    assert directory_of(KNOWN).fiscal_years(named) == [
        FiscalYear("Inland Revenue", 4, 5, by_start=True),
        FiscalYear("Microsoft", 6),
    ]
    assert NO_PARTIES.fiscal_years(named) == []


PEOPLE = """
["Dave Calhoun"]
kind = "person"
aliases = ["David Calhoun"]
role = "chief executive"
of = "Boeing"
since = "2020-01-13"
until = "2024-08-07"
roles = [{ role = "director", until = "2024" }, { role = "adviser", since = "2024-08-08" }]

["Kelly Ortberg"]
kind = "person"
roles = [{ role = "chief executive", of = "Boeing" }]

[Boeing]
kind = "organisation"
"""


@pytest.mark.parametrize(
    ("name", "when", "role"),
    [
        ("Dave Calhoun", "2024-01-05", "chief executive of Boeing and director"),
        ("david calhoun", "2024-08-07", "chief executive of Boeing and director"),
        ("Dave Calhoun", "2019", "director"),
        ("Dave Calhoun", "2024-08", "chief executive of Boeing and director and adviser"),
        ("Dave Calhoun", "2025", "adviser"),
        ("Kelly Ortberg", "1999", "chief executive of Boeing"),
        ("Boeing", "2024", ""),
        ("Airbus", "2024", ""),
    ],
)
def test_a_person_has_the_roles_of_that_time(name: str, when: str, role: str) -> None:
    assert directory_of(PEOPLE).role(name, span(Occurred(when))) == role


def test_a_role_in_words_has_its_dates() -> None:
    assert [each.words for each in directory_of(PEOPLE).parties["Dave Calhoun"].all_roles] == [
        "chief executive of Boeing, from 13 January 2020 until 7 August 2024",
        "director, until 2024",
        "adviser, from 8 August 2024",
    ]
    assert directory_of(PEOPLE).parties["Kelly Ortberg"].all_roles[0].words == "chief executive of Boeing"


# Refusals


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[Open AI]", """1: is not TOML: Expected ']' at the end of a table declaration; write it like ["Micro"""),
        ('aliases = ["A"]', "1: aliases: stands outside of a party; put it below a heading such as [Microsoft]"),
        ('MSFT = "A"', "1: MSFT: is not a party, which begins with its name in brackets: [MSFT]"),
        ('"A B" = 1', '1: A B: is not a party, which begins with its name in brackets: ["A B"]'),
        ("[[A]]", "1: A: is a list; a party has single brackets: [A]"),
        ("[example.com]", "1: example.com: is not a key; there are: aliases, fiscal_year_end, fiscal_year_named, "
         'homepage, plural, kind, role, of, since, until, roles. A name with a dot in it is quoted:'
         ' ["example.com"]'),
        ('[A]\nfiscal_yearend = "June"', "2: A.fiscal_yearend: is not a key; did you mean fiscal_year_end?"),
        ('[A]\naliases = "B"', "2: A.aliases: has to be a list, not a text"),
        ('[A]\naliases = [\n"B",\n5]', "4: A.aliases[1]: has to be a text, not a number"),
        ('[A]\naliases = ["B", ""]', "2: A.aliases[1]: a party needs a name"),
        ('[A]\naliases = ["B\\nC"]', "2: A.aliases[0]: has to be one line without tabs"),
        ('[A]\naliases = ["B "]', "2: A.aliases[0]: 'B ' has white space around it"),
        (f'[A]\naliases = ["{"B" * 201}"]', "2: A.aliases[0]: is longer than 200 characters"),
        ('\n[""]', "2: a party needs a name"),
        ('\n[" A"]', "2:  A: ' A' has white space around it"),
        (f'["{"A" * 201}"]', f"1: {'A' * 201}: is longer than 200 characters"),
        ('["A\\u0000"]', "1: A\0: U+0000 at character 2 is not text that a feed can carry"),
        ('[A]\n[B]\naliases = [\n"C",\n"a"]', "5: B.aliases[1]: 'a' is A already"),
        ('[A]\naliases = ["B"]\n[b]', "3: b: 'b' is A already"),
        ('[A]\nkind = "man"', "2: A.kind: 'man' is none of person, organisation"),
        ('[A]\nrole = "chair"', '2: A.role: belongs to a person; add kind = "person"'),
        ('[A]\nroles = [{ role = "chair" }]', '2: A.roles: belongs to a person; add kind = "person"'),
        ('[A]\nkind = "person"\nof = "B"', "3: A.of: belongs to a role; say which with role"),
        ('[A]\nkind = "person"\nrole = "chair"\nsince = "May 2024"', "4: A.since: 'May 2024'"),
        ('[A]\nkind = "person"\nroles = [{ role = "a\\tb" }]', "3: A.roles[0].role: has to be one line"),
        ('[A]\nkind = "person"\nroles = [{ of = "B" }]', "3: A.roles[0].role: is missing"),
        ('[A]\nkind = "person"\nroles = [{ role = "" }]', "3: A.roles[0].role: is empty"),
        ('[A]\nhomepage = "a.example"', "2: A.homepage: 'a.example' is not an address such as https://example.org"),
        ("[A]\nfiscal_year_end = 06-30", "2: is not TOML: "),
        ("[A]\nfiscal_year_end = 2024-06-30", "2: A.fiscal_year_end: has to be a text, not a date"),
        *(
            (f'[A]\nfiscal_year_end = "{end}"', f"2: A.fiscal_year_end: '{end}' is no end of a year; write a")
            for end in ("30 June", "13-01", "00-10", "02-30", "06-00", "6-30", "1२-01", "Jun")
        ),
        (
            '[A]\nfiscal_year_named = "both"',
            "2: A.fiscal_year_named: 'both' is neither \"end\" nor \"start\", which FY2024 takes its number from",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_party_is_said_with_line_and_key(text: str, message: str) -> None:
    with pytest.raises(BadInput) as refused:
        directory_of(text)
    assert str(refused.value).startswith(f"parties.toml:{message}")


def assert_read_or_refused(text: str) -> None:
    try:
        known = directory_of(text)
    except BadInput as refused:
        assert_names_a_line(str(refused), "parties.toml", text.encode())
    else:
        assert {known.canonical(each) for each in known.names()} == {*known.parties}


@given(st.text(max_size=80))
@example("\ufeff[A]\naliases = 5")
@example('[A]\n"b.c" = 5')
@example('[A]\n"aliases[0]" = 5')
@example('["A"]\n["a"]')
def test_any_text_is_a_directory_or_refused_with_a_line_that_is_there(text: str) -> None:
    """And every name in a directory is one party's."""
    assert_read_or_refused(text)


@given(st.data())
def test_a_party_with_anything_anywhere_is_known_or_refused(data: st.DataObject) -> None:
    lines = KNOWN.splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    keys = st.sampled_from(
        ["[A.b]", "[[A]]", "[Microsoft]", "aliases", "homepage", "fiscal_year_end", '"a.b"', '""']
    )
    values = st.sampled_from(
        ['"MSFT"', '["msft"]', "[[]]", "1", "{}", "1979-05-27", '""', '"June"', '["\\u0000"]']
    )
    key = data.draw(keys)
    lines[number] = key if key.startswith("[") else f"{key} = {data.draw(values)}"
    assert_read_or_refused("\n".join(lines))
