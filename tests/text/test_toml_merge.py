"""Two versions of a TOML file become one with the changes of both, or are refused."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import BadInput
from tracker.text.toml_merge import merged

BASE = """\
# The desk's types.

[ruling]
help = "A court rules."
closes = "lawsuit"

# Suits.
[lawsuit]
help = "A party sues."
opens = "lawsuit"
"""
OUTAGE = '\n[outage]\nhelp = "A service stops."\n'
STRIKE = '\n# Since 2024.\n[strike]\nhelp = "Work stops."\n\n[strike.fields.union]\nkind = "party"\n'


def merge(base: str, ours: str, theirs: str) -> str:
    return merged(base.encode(), ours.encode(), theirs.encode(), "types.toml").decode()


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        pytest.param(BASE + OUTAGE, BASE + STRIKE, BASE + STRIKE + OUTAGE, id="a table on both sides"),
        pytest.param(BASE + OUTAGE, BASE + OUTAGE + STRIKE, BASE + OUTAGE + STRIKE, id="one table on both sides"),
        pytest.param(BASE + OUTAGE, BASE, BASE + OUTAGE, id="ours only"),
        pytest.param(BASE, BASE + OUTAGE, BASE + OUTAGE, id="theirs only"),
        pytest.param(
            BASE.replace("A court", "A high court"),
            BASE.replace("A party", "Somebody"),
            BASE.replace("A court", "A high court").replace("A party", "Somebody"),
            id="keys of two tables",
        ),
        pytest.param(
            BASE + 'label = "suit"\n' + OUTAGE,
            BASE + "minor = true\n" + STRIKE,
            BASE + "minor = true\n" + 'label = "suit"\n' + STRIKE + OUTAGE,
            id="keys of one table, and tables after it",
        ),
        pytest.param(
            BASE.replace('closes = "lawsuit"\n', ""),
            BASE.replace('opens = "lawsuit"\n', "") + OUTAGE,
            BASE.replace('closes = "lawsuit"\n', "").replace('opens = "lawsuit"\n', "") + OUTAGE,
            id="removed keys",
        ),
        pytest.param(BASE.replace("\n", "\r\n"), BASE + OUTAGE, BASE + OUTAGE, id="CRLF"),
        pytest.param(BASE.rstrip("\n"), BASE + OUTAGE + "# End", BASE + OUTAGE + "# End\n", id="no line end"),
        pytest.param(
            "a = 1\n" + BASE, "b = 2\n" + BASE, "b = 2\na = 1\n" + BASE, id="keys before the first table"
        ),
    ],
)  # fmt: skip
def test_changes_of_both_sides_are_kept(ours: str, theirs: str, expected: str) -> None:
    assert merge(BASE, ours, theirs) == expected


def test_two_files_that_were_both_added() -> None:
    assert merge("", OUTAGE, STRIKE) == STRIKE + OUTAGE


@pytest.mark.parametrize(
    ("ours", "theirs", "message"),
    [
        pytest.param(
            BASE.replace("A court", "One"), BASE.replace("A court", "Two"),
            "types.toml: both branches changed ruling.help, each in its own way", id="one key",
        ),
        pytest.param(
            BASE.replace('closes = "lawsuit"\n', ""), BASE.replace('closes = "lawsuit"', 'closes = "x"'),
            "types.toml: both branches changed ruling.closes", id="removed and changed",
        ),
        pytest.param(BASE + "[", BASE, "types.toml:11: is not TOML", id="no TOML"),
        pytest.param(
            'a = [\n["x"]\n]\n', 'a = [\n["x"]\n]\n[b]\n', "", id="brackets that are no heading",
        ),
        pytest.param(
            BASE + '[x]\ntext = """\n[y]\n"""\n', BASE + '[x]\nmore = """\n[y]\n"""\n',
            "types.toml: both branches changed it, and tracker cannot put the changes together", id="in a string",
        ),
        pytest.param(
            "[[x]]\na = 1\n[[x]]\na = 2\n", BASE + "[[x]]\na = 1\n",
            "types.toml: both branches changed x", id="lists",
        ),
    ],
)  # fmt: skip
def test_other_changes_are_refused(ours: str, theirs: str, message: str) -> None:
    if not message:
        assert tomllib.loads(merge("", ours, theirs)) == tomllib.loads(theirs)
        return
    with pytest.raises(BadInput) as refused:
        merge(BASE, ours, theirs)
    assert str(refused.value).startswith(message)


VALUES = st.sampled_from(["1", "2", '"""\n[b]\nx = 1\n"""', "[\n1,\n]", "{x = 1}", '"#"'])
TABLE = st.dictionaries(st.sampled_from("xyz"), VALUES, max_size=3)
TABLES = st.dictionaries(st.sampled_from(["a", "b", '"c d"', "e.f"]), TABLE, max_size=3)


def text_of(tables: dict[str, dict[str, str]]) -> str:
    return "\n".join(
        f"# {name}\n[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in table.items())
        for name, table in tables.items()
    )


@given(TABLES, TABLES, TABLES)
def test_the_merged_text_has_the_merged_values_or_is_refused(
    base: dict[str, dict[str, str]], ours: dict[str, dict[str, str]], theirs: dict[str, dict[str, str]]
) -> None:
    """The same change on either side gives the same values, with either side as ours."""
    texts = text_of(base), text_of(ours), text_of(theirs)
    try:
        found = tomllib.loads(merge(*texts))
    except BadInput:
        return
    try:
        swapped = merge(texts[0], texts[2], texts[1])
    except BadInput:
        return
    assert tomllib.loads(swapped) == found
    for side, other in ((ours, theirs), (theirs, ours)):
        if base == other:
            assert found == tomllib.loads(text_of(side))
