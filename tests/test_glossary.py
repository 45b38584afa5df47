"""The glossary: which types of events a log may hold."""

from __future__ import annotations

import pytest

from tests.test_declared import OUTAGES, declared_by
from tracker.errors import Unknown
from tracker.events import TYPES, Correction, Opened, Report
from tracker.glossary import BUILT_IN, Glossary


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
    line = b'{"id":"","type":"outage","title":"t","service":"API"}'
    event = declared_by(OUTAGES).decoder.decode(line)
    assert type(event) is not type(BUILT_IN.decoder.decode(b'{"type":"update","title":"t"}'))
    assert event.service == "API"  # type: ignore[attr-defined]


def test_two_glossaries_of_one_fingerprint_are_of_one_text() -> None:
    assert declared_by(OUTAGES).fingerprint == declared_by(OUTAGES).fingerprint
    assert declared_by(OUTAGES).fingerprint != declared_by(OUTAGES + "\n").fingerprint
