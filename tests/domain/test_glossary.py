"""The glossary: which types of events a log may hold."""

from __future__ import annotations

import msgspec
import pytest
from msgspec import structs

from tests.domain.test_custom_types import OUTAGES, declared_by
from tracker.domain import lines as event_lines
from tracker.domain.events import (
    TYPES,
    Closed,
    Confirmation,
    Correction,
    Denial,
    Finding,
    Opened,
    Question,
    Reinstatement,
    Reopened,
    Repeal,
    Report,
    Summary,
    Termination,
    Update,
)
from tracker.domain.glossary import BUILT_IN, MANY, Glossary
from tracker.errors import Unknown

ID = "01a20aff-3af5-7fe5-9734-e753750af078"


def test_without_declarations_there_are_trackers_own_types() -> None:
    assert BUILT_IN.types == TYPES
    assert not BUILT_IN.declared
    assert Glossary().fingerprint == BUILT_IN.fingerprint == ""


def test_declared_types_stand_beside_trackers_own() -> None:
    glossary = declared_by(OUTAGES)
    assert list(glossary.declared) == ["outage", "recovery"]
    assert list(glossary.types) == [*TYPES, "outage", "recovery"]


def test_a_type_is_found_by_its_name() -> None:
    glossary = declared_by(OUTAGES)
    assert glossary.of("report") is Report
    assert glossary.of("outage") is glossary.declared["outage"]


def test_an_unknown_type_suggests_the_nearest_of_both() -> None:
    with pytest.raises(Unknown, match="Did you mean outage"):
        declared_by(OUTAGES).of("outtage")
    with pytest.raises(Unknown, match="Did you mean report"):
        declared_by(OUTAGES).of("reprot")
    for name in (5, None, ["report"]):
        with pytest.raises(Unknown, match="there is no type of event"):
            BUILT_IN.of(name)


def test_what_can_be_added_is_all_that_occurs_but_the_opening() -> None:
    addable = declared_by(OUTAGES).addable
    assert addable["outage"] is not None
    assert "closed" in addable
    assert Opened not in addable.values()
    assert Correction not in addable.values()


def test_a_line_is_read_as_the_type_that_it_says_it_is() -> None:
    """Wherever it says so."""
    glossary = declared_by(OUTAGES)
    for line in (STORED % b"outage", b'{"service":"API","type":"outage","title":"t"}'):
        event = glossary.decode(line)
        assert type(event) is glossary.types["outage"]
        assert event.service == "API"


STORED = b'{"id":"01a20aff-3af5-7fe5-9734-e753750af078","type":"%b","title":"t","service":"API"}'


def test_many_lines_are_read_as_few_are() -> None:
    """The decoder of each and that of all give the same, and refuse the same."""
    events = [
        *(Update(id=ID, title=str(number)) for number in range(2)),
        Report(id=ID, title="t"),
        *(cls(id=ID, title="t") for cls in (Question, Summary, Closed, Reopened, Confirmation, Denial)),
        *(cls(id=ID, title="t") for cls in (Reinstatement, Finding, Termination, Repeal)),
    ]
    lines = [event_lines.encode(event, b"")[1] for event in events]
    glossary = Glossary()
    first = [glossary.decode(line) for line in lines]
    again = list(map(glossary.reader(MANY + 1), lines))
    assert [structs.replace(each, hash="") for each in first] == events
    assert again == first


@pytest.mark.parametrize("lines", [1, MANY + 1])
def test_what_is_no_event_is_refused_in_a_short_log_and_in_a_long_one(lines: int) -> None:
    glossary = Glossary()
    glossary.reader(lines)
    for line in (b"", b"{}", b"[" * 99, STORED % b"nonsense", STORED % b"update", b'{"type":"update"'):
        with pytest.raises(msgspec.MsgspecError):
            glossary.decode(line)


def test_two_glossaries_of_one_fingerprint_are_of_one_text() -> None:
    assert declared_by(OUTAGES).fingerprint == declared_by(OUTAGES).fingerprint
    assert declared_by(OUTAGES).fingerprint != declared_by(OUTAGES + "\n").fingerprint
