"""Types that a desk declares: they become classes like tracker's own, or the refusal says where and why not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import structs

from tests.examples import examples
from tests.strategies import Stream, names, past, titles
from tests.text.test_toml import assert_names_a_line
from tracker.cli.options import type_command
from tracker.domain import custom_types, redaction
from tracker.domain import lines as event_lines
from tracker.domain import values as event_values
from tracker.domain.custom_types import KINDS
from tracker.domain.events import ADDED, TYPES, Closes, Event, Field, Occurrence, Opens, fields_of, type_of
from tracker.domain.fold import fold
from tracker.domain.glossary import Glossary, own_fields
from tracker.errors import BadInput
from tracker.text.dates import moment
from tracker.views.bitemporal import view

OUTAGES = """\
[outage]
help = "A service stops working."
opens = "outage"
label = "outage of {service}"
word = "going on"
ended = "over"
pending = true
until = "expected"
sentence = "{service} is down"

[outage.fields.service]
kind = "party"
help = "what has stopped working"
required = true

[outage.fields.expected]
kind = "date"

[outage.fields]
regions = { kind = "parties" }
cost = { kind = "money" }
page = { kind = "url" }
impact = { kind = "text", help = "who notices what" }

[recovery]
help = "The service works again."
closes = "outage"
fields.service.kind = "party"
"""


def declared_by(text: str) -> Glossary:
    return custom_types.read(text.encode(), "types.toml")


def outages() -> Stream:
    """An open story of a desk that declares outages and recoveries."""
    stream = Stream(glossary=declared_by(OUTAGES))
    stream.add("opened", "A status page")
    return stream


# What a declaration makes


def test_a_declared_type_is_a_class_like_those_of_tracker() -> None:
    cls = declared_by(OUTAGES).types["outage"]
    assert issubclass(cls, Occurrence)
    assert cls.__doc__ == "A service stops working."
    assert type_of(cls(title="t")) == "outage"
    assert cls.sentences == ("{service} is down",)
    assert cls.effect == Opens(
        "outage", ("outage of {service}",), "going on", "over", until="expected", pending=True
    )
    assert declared_by(OUTAGES).types["recovery"].effect == Closes("outage")


def test_a_declared_field_is_one_like_those_of_tracker() -> None:
    assert fields_of(declared_by(OUTAGES).types["outage"])[-6:] == (
        Field("service", "party", "what has stopped working", True),
        Field("expected", "date", "", False),
        Field("regions", "parties", "", False),
        Field("cost", "money", "", False),
        Field("page", "url", "", False),
        Field("impact", "line", "who notices what", False),
    )


def test_a_type_needs_no_more_than_its_help() -> None:
    cls = declared_by('[milestone]\nhelp = "Something is reached."').types["milestone"]
    assert cls.effect is None
    assert cls.sentences == ()


def test_a_file_that_says_nothing_declares_nothing() -> None:
    assert not declared_by("").declared
    assert not declared_by("# later").declared


def test_a_type_may_open_and_close_what_trackers_own_do() -> None:
    """A ban opens what a reinstatement closes, an acquittal closes what an investigation opened."""
    ban = '[ban]\nhelp = "h"\nopens = "suspension"\nlabel = "a ban"\n'
    acquittal = '[acquittal]\nhelp = "h"\ncloses = "investigation"\n'
    stream = Stream(glossary=declared_by(ban + acquittal))
    stream.add("opened", "t")
    stream.add("ban", "Banned")
    stream.add("investigation", "Who?", into="A")
    stream.add("acquittal", "Not A")
    stream.add("reinstatement", "Back")
    assert [each.ended_by for each in stream.story.situations] == [5, 4]


LAWSUIT = """[lawsuit]
help = "h"
opens = "lawsuit"
label = "{plaintiff} against {defendant}"
word = "filed"
fields.plaintiff.kind = "party"
fields.defendant.kind = "party"

[appeal]
help = "h"
moves = "lawsuit"
state = "on appeal at {court}"
fields.court.kind = "text"
fields.plaintiff.kind = "party"
"""


@pytest.mark.parametrize(
    ("given", "state"),
    [
        ({"court": "the 9th Circuit"}, "on appeal at the 9th Circuit"),
        ({"court": "the 9th Circuit", "state": "stayed"}, "stayed"),
        ({"state": "stayed"}, "stayed"),
        ({"until": "2025"}, "filed"),
    ],
)
def test_a_declared_type_changes_what_another_opens(given: dict[str, str], state: str) -> None:
    """It finds the one that matches its fields, and leaves those of other kinds alone."""
    stream = Stream(glossary=declared_by(LAWSUIT))
    stream.add("opened", "t")
    stream.add("suspension", "Out", subject="A")
    stream.add("lawsuit", "A sues", plaintiff="A", defendant="C")
    stream.add("lawsuit", "B sues", plaintiff="B", defendant="C")
    stream.add("appeal", "An appeal", plaintiff="B", **given)
    assert [each.word for each in stream.story.situations] == ["suspended", "filed", state]


def test_a_declared_type_that_changes_nothing_says_what_is_missing() -> None:
    stream = Stream(glossary=declared_by(LAWSUIT))
    stream.add("opened", "t")
    stream.add("lawsuit", "A sues", plaintiff="A", defendant="C")
    with pytest.raises(BadInput, match="state: is missing"):
        stream.add("appeal", "An appeal")
    stream.add("lawsuit", "B sues", plaintiff="B", defendant="C")
    with pytest.raises(BadInput, match=r"about: several could be meant, say which: story#2 .*, story#3"):
        stream.add("appeal", "An appeal", state="stayed")


def test_a_field_named_state_keeps_its_own_meaning() -> None:
    """A desk may have declared one before openers and closers got theirs."""
    text = """[raid]
help = "h"
opens = "raid"
label = "raid in {state}"
fields.state.kind = "party"

[end]
help = "h"
closes = "raid"
fields.state.kind = "text"
"""
    stream = Stream(glossary=declared_by(text))
    stream.add("opened", "t")
    stream.add("raid", "A raid", state="Texas", pending="a warrant")
    (situation,) = stream.story.situations
    assert (situation.label, situation.words, situation.parties) == (
        "raid in Texas", "pending (a warrant)", ("Texas",)
    )  # fmt: skip
    assert "state" in [field.name for field in own_fields(declared_by(text).types["raid"])]
    stream.add("raid", "Another", state="Ohio")
    stream.add("end", "It ends", state="Texas")
    assert [each.words for each in stream.story.situations] == ["ended", "open"]


def test_an_outage_and_its_recovery() -> None:
    """What the fold makes of the example that the module begins with."""
    stream = outages()
    stream.add(
        "outage", service="API", regions=["EU", "US"], cost="20000 EUR", expected="2024-08-02", impact="all"
    )
    (situation,) = stream.story.situations
    assert (situation.label, situation.word, situation.announced) == ("outage of API", "going on", "2024-08-02")
    assert situation.pending
    assert situation.title == "API is down"
    assert situation.parties == ("API", "EU", "US")
    stream.add("recovery", "Back", service="API")
    assert stream.story.situations[0].ended_by == 3


def test_what_opens_a_question_stands_among_the_questions() -> None:
    """Any event may close it, as one that a question of tracker's own opened."""
    text = '[doubt]\nhelp = "h"\nopens = "question"\nlabel = "whether {it}"\nfields.it.kind = "text"'
    stream = Stream(glossary=declared_by(text))
    stream.add("opened", "A story")
    stream.add("doubt", "There is a doubt", it="it works")
    assert [each.label for each in stream.story.questions] == ["whether it works"]
    stream.add("update", "It works", closes="#2")
    assert [each.ended_by for each in stream.story.questions] == [3]


OFFICES = """
[appointment]
help = "A person takes an office."
fills = "{role} of {organisation}"
holder = "person"
sentence = "{person} becomes {role} of {organisation}"
[appointment.fields]
person = { kind = "party", required = true }
role = { kind = "text", required = true }
organisation = { kind = "party", required = true }

[resignation]
help = "A person leaves an office."
vacates = "{role} of {organisation}"
holder = "person"
sentence = "The {role} of {organisation} leaves"
[resignation.fields]
person = { kind = "party" }
role = { kind = "text" }
organisation = { kind = "party" }
"""
CHIEF = {"role": "chief executive", "organisation": "Boeing"}


def offices() -> Stream:
    """An open story of a desk that declares appointments and resignations."""
    stream = Stream(glossary=declared_by(OFFICES))
    stream.add("opened", "A company")
    return stream


def moved(stream: Stream, moves: str) -> None:
    """Records ``+A 2024-03`` (A takes the office) and ``-A 2024-05`` (A leaves it), one after the other."""
    for move in moves.split(", ") if moves else ():
        party, _, occurred = move[1:].partition(" ")
        fields = {"person": party, "occurred": occurred, **CHIEF}
        given = {name: value for name, value in fields.items() if value}
        stream.add("appointment" if move[0] == "+" else "resignation", **given)


SUCCESSIONS = [
    # how the office moved; then its holders with their dates, and the present one
    ("+A 2020", ["A 2020 to "], "A"),
    ("+A 2020, +B 2024-08", ["A 2020 to 2024-08", "B 2024-08 to "], "B"),
    ("+A 2020, -A 2024-03", ["A 2020 to 2024-03"], "vacant"),
    ("+A 2020, - 2024-03", ["A 2020 to 2024-03"], "vacant"),
    ("+A 2020, -A 2024-03, +B 2024-08", ["A 2020 to 2024-03", "B 2024-08 to "], "B"),
    ("-A 2024-03", ["A  to 2024-03"], "vacant"),
    ("-A 2024-03, +B 2024-08", ["A  to 2024-03", "B 2024-08 to "], "B"),
    ("+B 2024-08, +A 2020", ["A 2020 to 2024-08", "B 2024-08 to "], "B"),
    ("+A 2020, +B 2024, -A 2024", ["A 2020 to 2024", "B 2024 to "], "B"),
    ("+B 2024, -A 2024", ["A  to 2024", "B 2024 to "], "B"),
    ("+A 2020, +a 2021", ["A 2020 to "], "A"),
    ("+A 2020, -A 2023, -A 2024", ["A 2020 to 2023"], "vacant"),
    ("+A 2020, -A 2022, +A 2023, -a 2024", ["A 2020 to 2022", "A 2023 to 2024"], "vacant"),
    ("- 2024", [], "vacant"),
]


@pytest.mark.parametrize(("moves", "holders", "present"), SUCCESSIONS)
def test_an_office_has_one_line_of_succession(moves: str, holders: list[str], present: str) -> None:
    """One who takes it follows the present holder; the dates decide, not the order of recording."""
    stream = offices()
    moved(stream, moves)
    (office,) = stream.story.offices
    assert (office.label, office.words) == ("chief executive of Boeing", present)
    assert [f"{each.party} {each.since} to {each.until}" for each in office.holders] == holders
    assert fold("story", stream.events) == stream.story


def test_another_role_or_organisation_is_another_office() -> None:
    stream = offices()
    stream.add("appointment", person="A", **CHIEF)
    stream.add("appointment", person="B", **{**CHIEF, "role": "Chief  Executive", "organisation": "BOEING"})
    stream.add("appointment", person="C", **{**CHIEF, "role": "chair"})
    step = stream.add("appointment", person="D", **{**CHIEF, "organisation": "Spirit"})
    assert [str(each) for each in step.changes] == ["chief executive of Spirit: none → D"]
    assert [each.words for each in stream.story.offices] == ["B", "C", "D"]
    assert stream.story.offices[0].parties == ("A", "B")


def test_a_succession_is_taken_back_and_reads_as_known() -> None:
    """An amendment moves the office, a view goes by both axes, and an event that names no office moves none."""
    stream = offices()
    moved(stream, "+A 2020, +B 2024-08")
    known = stream.events[1].recorded
    assert [each.words for each in view(stream.events, as_of=moment("2023")).offices] == ["A"]
    assert [each.words for each in view(stream.events, known_at=known).offices] == ["A"]
    assert [str(each) for each in stream.retract(3).changes][1:] == ["chief executive of Boeing: B → A"]
    stream.correct(2, role="chair")
    assert [(each.label, each.words) for each in stream.story.offices] == [("chair of Boeing", "A")]
    stream.add("resignation", "It is not said which", person="A")
    assert len(stream.story.offices) == 1
    stream.put(event_values.from_values({"type": "resignation", "title": "t", "role": "chair"}, stream.glossary))
    stream.put(structs.replace(stream.events[1], id="", person=""))
    assert fold("story", stream.events) == stream.story


@examples(30)
@given(
    st.lists(st.tuples(st.sampled_from("+-"), st.sampled_from("AB"), past()), min_size=1, max_size=6), st.data()
)
def test_a_succession_amended_is_as_if_folded_anew(moves: list[tuple[str, str, str]], data: st.DataObject) -> None:
    """And nothing that is recorded later is known before."""
    stream = offices()
    moved(stream, ", ".join(f"{sign}{party} {date}" for sign, party, date in moves))
    before = [fold("story", stream.events[:seq]) for seq in range(1, len(stream.events) + 1)]
    stream.retract(data.draw(st.integers(2, len(stream.events))))
    moved(stream, "+C 2024-02")
    assert fold("story", stream.events) == stream.story
    assert before == [view(stream.events, known_at=each.updated, slug="story") for each in before]


def test_an_office_by_the_order_of_recording_would_be_noticed() -> None:
    """The control of the tables above."""
    stream = offices()
    moved(stream, "+B 2024-08, +A 2020")
    (office,) = stream.story.offices
    by_log = structs.replace(office, line=tuple(sorted(office.line, key=lambda each: each.seq)))
    assert (office.words, by_log.words) == ("B", "A")


def test_a_removal_may_name_a_party_of_what_it_removes_but_not_repeat_its_text() -> None:
    """Also a party that a correction gave, and a text in a field that keeps a party in other types."""
    banned = '[ban]\nhelp = "h"\nfields.service.kind = "party"\nfields.by.kind = "text"\n'
    stream = Stream(glossary=declared_by(banned))
    stream.add("opened", "A story")
    stream.add("ban", "It is banned", service="Example Services", by="order of the lower court")
    stream.correct(2, service="Other Example Services")
    with pytest.raises(BadInput, match="authority: repeats the text that is to be removed"):
        stream.redact(2, authority="the order of the lower court")
    assert "order of the lower court" in redaction.texts(
        stream.story, stream.story.developments[1], stream.glossary
    )
    stream.redact(2, authority="Example Services and Other Example Services")
    assert [each.type for each in stream.story.developments if each.standing == "redacted"] == [
        "ban",
        "correction",
    ]


def test_where_no_field_of_the_label_says_anything_the_title_does() -> None:
    stream = Stream(glossary=declared_by(OUTAGES.replace("required = true", "")))
    stream.add("opened", "t")
    stream.add("outage", "Something is down")
    assert stream.story.situations[0].label == "Something is down"


def test_a_type_says_its_sentences_in_several_languages() -> None:
    """By language; the empty one is the desk's. A sentence may have a singular and a plural."""
    glossary = declared_by(
        OUTAGES
        + """
[outage.sentences]
began = "{service} is down."
holds = { one = "{service} has been down {since}.", other = "{service} have been down {since}." }
[outage.sentences.de]
name = "Ausfall"
fields = { service = "Was ausgefallen ist" }
"""
    )
    assert glossary.sentences == {
        "outage": {
            "": {
                "began": "{service} is down.",
                "holds": ("{service} has been down {since}.", "{service} have been down {since}."),
            },
            "de": {"name": "Ausfall", "fields": {"service": "Was ausgefallen ist"}},
        }
    }
    assert declared_by(OUTAGES).sentences == {}


# What is refused


PLAIN = '[a]\nhelp = "h"\n'
OPENER = f'{PLAIN}opens = "b"\nlabel = "l"\n'
SAYING = f"{PLAIN}sentences = "
FIELD = PLAIN + "[a.fields.{name}]\nkind = {kind}\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        # the file
        ('help = "h"', "1: help: stands outside of a type; put it below a heading such as [outage]"),
        ("x = 1", "1: x: is not a type, which begins with its name in brackets: [x]"),
        ("[[a]]", "1: a: is a list; a type has single brackets: [a]"),
        ("[a\n", "1: is not TOML: Expected"),
        ("[a]\n[a]", "2: is not TOML: Cannot declare"),
        ("".join(f'[a{"b" * n}]\nhelp = "h"\n' for n in range(101)), " declares 101 types; 100 is the most"),
        # the name
        ('\n[report]\nhelp = "h"', "2: report: is a type of tracker's own; choose another name"),
        ('["a b"]\nhelp = "h"', "1: a b: cannot name a type: use at most 40 small letters and single hyphens"),
        (f'[{"a" * 41}]\nhelp = "h"', f"1: {'a' * 41}: cannot name a type"),
        ('[Outage]\nhelp = "h"', "1: Outage: cannot name a type"),
        # the keys
        ("[a]", '1: a: has no help; add help = "A service stops working."'),
        ('[a]\nhelp = ""', "2: a.help: is empty; say what happens when an event of this type occurs"),
        ("[a]\nhelp = 5", "2: a.help: has to be a text, not a number"),
        ("[a]\nhelp = 2024-03-15", "2: a.help: has to be a text, not a date"),
        ('[a]\nhelp = """x\ny"""', "2: a.help: has to be one line of at most 300 printable characters"),
        (f'[a]\nhelp = "{"x" * 301}"', "2: a.help: has to be one line of at most 300 printable characters"),
        (PLAIN + 'opnes = "b"', "3: a.opnes: is not a key; did you mean opens?"),
        (PLAIN + "zzz = 1", "3: a.zzz: is not a key; there are: help, opens, closes, moves, label, word, ended"),
        # what it does
        (OPENER + 'closes = "b"', "5: a.closes: a type either opens a situation, or changes or closes one, or"),
        (PLAIN + 'opens = "B"', "3: a.opens: 'B' cannot name a kind of situation; write it like 'a'"),
        (PLAIN + f'closes = "{"b" * 41}"', "3: a.closes: 'bbbb"),
        (PLAIN + 'opens = "b"', "1: a: opens a situation, which needs a label such as label = "),
        (PLAIN + 'label = "l"', "3: a.label: belongs to a type that opens a situation"),
        (PLAIN + 'until = "u"', "3: a.until: belongs to a type that opens a situation"),
        (PLAIN + 'word = "w"', "3: a.word: belongs to a type that opens a situation"),
        (PLAIN + 'closes = "b"\nended = "w"', "4: a.ended: belongs to a type that opens a situation"),
        (PLAIN + "pending = true", "3: a.pending: belongs to a type that opens a situation"),
        (OPENER + 'word = ""', "5: a.word: is empty; say what the situation's state is"),
        (OPENER + 'ended = ""', "5: a.ended: is empty; say what the situation's state is"),
        (PLAIN + 'closes = "suspensio"', "3: a.closes: nothing opens 'suspensio'; did you mean suspension?"),
        (PLAIN + 'closes = "zzz"', "3: a.closes: nothing opens 'zzz'; declare a type with opens = 'zzz'"),
        # the fields
        (PLAIN + "fields = 5", "3: a.fields: has to be a table, not a number"),
        (PLAIN + "[a.fields]\nb = 5", '4: a.fields.b: has to be a table such as { kind = "text" }'),
        (PLAIN + "[a.fields.b]", '3: a.fields.b: has no kind; add kind = "text"'),
        (PLAIN + '[a.fields.b]\nkind = "txt"', "4: a.fields.b.kind: 'txt' is not a kind of field; did you mean"),
        (
            PLAIN + '[a.fields.b]\nkind = "zzz"',
            "4: a.fields.b.kind: 'zzz' is not a kind of field; there are: text, party, parties, date, money, url",
        ),
        (PLAIN + '[a.fields.b]\nknd = "text"', "4: a.fields.b.knd: is not a key; did you mean kind?"),
        (PLAIN + '[a.fields.b]\nkind = "text"\nrequired = "yes"', "5: a.fields.b.required: has to be true"),
        (PLAIN + '[a.fields.b]\nkind = "text"\nhelp = "a\\nb"', "5: a.fields.b.help: has to be one line"),
        (PLAIN + '[a.fields.B]\nkind = "text"', "3: a.fields.B: cannot name a field: use at most 40 small"),
        (PLAIN + '[a.fields.class]\nkind = "text"', "3: a.fields.class: cannot name a field"),
        (PLAIN + f'[a.fields.{"b" * 41}]\nkind = "text"', "3: a.fields.bbbb"),
        *(
            (PLAIN + f'[a.fields.{name}]\nkind = "text"', f"3: a.fields.{name}: every event has a field or")
            for name in ("title", "occurred", "url", "headline", "dry_run", "effect", "type", "id")
        ),
        (
            PLAIN + "".join(f'[a.fields.b{"c" * n}]\nkind = "text"\n' for n in range(39))
            + "".join(f'[a.fields.d{"e" * n}]\nkind = "text"\n' for n in range(39))
            + "".join(f'[a.fields.f{"g" * n}]\nkind = "text"\n' for n in range(39)),
            "3: a.fields: has 117 fields; 100 is the most",
        ),
        # the templates
        (PLAIN + 'sentence = "{b} is"', "3: a.sentence: {b} is not a field of this type"),
        (PLAIN + 'sentence = "{b is"', "3: a.sentence: has a brace that names no field; write"),
        (PLAIN + 'sentence = "{b!r} is"', "3: a.sentence: has a brace that names no field"),
        (PLAIN + 'sentence = "{title}"', "3: a.sentence: {title} is not a field of this type"),
        (OPENER + 'word = "{due}"', "5: a.word: {due} is not a field of this type"),
        (OPENER + 'ended = "{due}"', "5: a.ended: is the same for all of this kind; leave the braces out"),
        (OPENER.replace('"l"', '"{x}"'), "4: a.label: {x} is not a field of this type"),
        (OPENER + 'until = "due"', "5: a.until: 'due' is not a field of this type of kind date"),
        (OPENER + 'until = "x"\nfields.x.kind = "text"', "5: a.until: 'x' is not a field of this type"),
        (OPENER + 'terms = "y"', "5: a.terms: 'y' is not a field of this type of kind text"),
        (OPENER + 'terms = "x"\nfields.x.kind = "date"', "5: a.terms: 'x' is not a field of this type"),
        (PLAIN + 'fills = "mayor"', "1: a.holder: is missing; say which field of kind party has the office"),
        (PLAIN + 'fills = "mayor"\nholder = "x"', "4: a.holder: 'x' is not a field of this type of kind party"),
        (PLAIN + 'holder = "x"', "3: a.holder: belongs to a type that fills or vacates an office"),
        (PLAIN + 'vacates = "mayor of {x}"\nholder = "y"\nfields.y.kind = "party"',
         "3: a.vacates: {x} is not a field of this type"),
        (OPENER + 'fills = "mayor"', "5: a.fills: a type either opens a situation, or changes"),
        (PLAIN + 'terms = "u"', "3: a.terms: belongs to a type that opens a situation"),
        # the sentences
        (SAYING + "5", "3: a.sentences: "),
        (SAYING.removesuffix("sentences = ") + '[a.sentences]\nbegun = "b"',
         "4: a.sentences.begun: is neither a sentence nor a language such as de"),
        (SAYING + '{ de = "b" }', "3: a.sentences.de: "),
        (SAYING + '{ de = { begun = "b" } }', "3: a.sentences.de.begun: is not a key; did you mean began?"),
        (SAYING + '{ began = "{service}" }', "3: a.sentences.began: {service} is neither a field of this"),
        (SAYING + '{ began = "{" }', "3: a.sentences.began: has a brace that names no field"),
        (SAYING + '{ began = 5 }', "3: a.sentences.began: has to be one line of at most 300 characters"),
        (SAYING + '{ began = "a\\nb" }', "3: a.sentences.began: has to be one line"),
        (SAYING + f'{{ began = "{"x" * 301}" }}', "3: a.sentences.began: has to be one line"),
        (SAYING + '{ began = { one = "x" } }', "3: a.sentences.began: has to be one line of at most 300"),
        (SAYING + '{ began = { one = "x", other = 5 } }', "3: a.sentences.began: has to be one line"),
        (SAYING + '{ began = { one = "x", other = "{y}" } }', "3: a.sentences.began: {y} is neither"),
        (SAYING + '{ fields = { b = "c" } }', "3: a.sentences.fields.b: is not a field of this type"),
        (SAYING + '{ fields = { b = 5 } }', "3: a.sentences.fields"),
        (SAYING + '{ label = 5 }', "3: a.sentences.label: "),
    ],
)  # fmt: skip
def test_a_broken_declaration_is_refused_with_its_line_and_key(text: str, message: str) -> None:
    with pytest.raises(BadInput) as refused:
        declared_by(text)
    assert str(refused.value).startswith(f"types.toml:{message}")


def test_what_refusals_propose_works() -> None:
    """Doing what each says, one after the other, ends in a declaration."""
    text = '[outage]\nopens = "outage"\n[outage.fields]\nservice = "party"'
    for old, proposed in (
        ("opens", 'help = "A service stops working."\nopens'),
        ('"party"', '{ kind = "text" }'),
        ("[outage.fields]", 'label = "outage of {service}"\n[outage.fields]'),
    ):
        with pytest.raises(BadInput) as refused:
            declared_by(text)
        assert proposed.removesuffix(old).strip() in str(refused.value)
        text = text.replace(old, proposed, 1)
    assert list(declared_by(text).declared) == ["outage"]


def test_no_field_takes_the_name_of_an_option_that_every_type_has() -> None:
    """Which tracker add calls its own. The options that describe a picture give way: the type's field has them."""
    options = {param.name for param in type_command("update", TYPES["update"], lambda ctx: None).params}
    for name in sorted(filter(None, options - {"alt", "credit", "caption", *ADDED})):
        with pytest.raises(BadInput, match="every event has a field or an option of that name"):
            declared_by(f'{PLAIN}[a.fields.{name}]\nkind = "text"')


@pytest.mark.parametrize(
    "name",
    [
        "format",
        "removed",
        "changes",
        "about",
        "company",
        "period",
        "covers",
        "text",
        "summary",
        "terms",
        "language",
    ],
)
def test_no_field_takes_a_name_that_means_something_to_tracker(name: str) -> None:
    """It would be left out of forms, say whose the figures are, or be told as the event's body."""
    with pytest.raises(BadInput, match=f"fields.{name}: is a field of tracker's own types, .*; choose another"):
        declared_by(f'{PLAIN}[a.fields.{name}]\nkind = "party"')


# Evolving


def test_a_field_that_is_added_later_leaves_old_lines_readable() -> None:
    """And what is required from now on is asked of new events only."""
    before = declared_by('[milestone]\nhelp = "h"')
    after = declared_by('[milestone]\nhelp = "h"\nfields.version = { kind = "text", required = true }')
    stream = Stream(glossary=before)
    stream.add("opened", "t")
    stream.add("milestone", "1.0")
    assert event_lines.decode_strictly(stream.lines[1], glossary=after).version == ""  # type: ignore[attr-defined]
    stream.glossary = after
    with pytest.raises(BadInput, match="version: is missing"):
        stream.add("milestone", "2.0")
    stream.add("milestone", "2.0", version="2.0")


# Laws


SLUGS = st.sampled_from(["outage", "power-cut", "ruling", "vote", "storm-warning"])
FIELDS = st.sampled_from(["service", "expected", "page", "impact", "cost_of_it", "members", "place", "body_count"])


@st.composite
def declarations(draw: st.DrawFn) -> str:
    """The text of a types.toml with one to three types, each with an effect or none and fields of any kind."""
    text = ""
    opened: list[str] = []
    for name in draw(st.lists(SLUGS, min_size=1, max_size=3, unique=True)):
        fields = draw(st.dictionaries(FIELDS, st.tuples(st.sampled_from([*KINDS]), st.booleans()), max_size=5))
        text += (
            f"[{name}]\nhelp = {json.dumps(draw(st.sampled_from(['A thing occurs.', 'Ein “Ding” tritt ein.'])))}\n"
        )
        effects = ["", "opens", *(["closes"] if opened else [])]
        effect = draw(st.sampled_from(effects))
        if effect == "opens":
            opened.append(name)
            text += opening(draw, name, fields)
        elif effect == "closes":
            text += f'closes = "{draw(st.sampled_from(opened))}"\n'
        if draw(st.booleans()):
            text += f'sentence = "{template(draw, fields)} it is"\n'
        for field, (kind, required) in fields.items():
            text += f'fields.{field} = {{ kind = "{kind}", required = {str(required).lower()} }}\n'
    return text


def opening(draw: st.DrawFn, kind: str, fields: dict[str, tuple[str, bool]]) -> str:
    dates = [f'until = "{name}"\n' for name, (kind, _) in fields.items() if kind == "date"]
    return (
        f'opens = "{kind}"\nlabel = "{kind} {template(draw, fields)}"\nword = "on {template(draw, fields)}"\n'
        f"pending = {draw(st.sampled_from(['true', 'false']))}\n{draw(st.sampled_from(['', *dates]))}"
    )


def template(draw: st.DrawFn, fields: dict[str, tuple[str, bool]]) -> str:
    return (
        " ".join(f"{{{name}}}" for name in draw(st.lists(st.sampled_from([*fields]), max_size=2)) if fields)
        if fields
        else ""
    )


VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": titles(),
    "party": names(),
    "parties": st.lists(names(), min_size=1, max_size=3),
    "date": past(),
    "money": st.integers(0, 10**9).map("{} EUR".format),
    "url": st.integers(0, 9).map("https://status.example/{}?a=b".format),
    "flag": st.just(False),
}


def drawn(draw: st.DrawFn, cls: type[Event]) -> dict[str, Any]:
    """Values for a declared type: of all fields that it asks for, and of some others."""
    values: dict[str, Any] = {"type": str(cls.__struct_config__.tag), "title": draw(titles())}
    kinds = {"line": "text"}
    for field in own_fields(cls):
        if field.required or draw(st.booleans()):
            values[field.name] = draw(VALUES[kinds.get(field.kind, field.kind)])
    return values


@st.composite
def recorded_of_declared_types(draw: st.DrawFn) -> Stream:
    """A stream of events of declared types, as a desk would record it."""
    stream = Stream(glossary=declared_by(draw(declarations())))
    stream.add("opened", draw(titles()))
    for _ in range(draw(st.integers(1, 6))):
        cls = draw(st.sampled_from([*stream.glossary.declared.values()]))
        values = drawn(draw, cls)
        if isinstance(cls.effect, Closes):
            in_force = [each for each in stream.story.situations if each.in_force and each.kind == cls.effect.kind]
            if not in_force:
                continue
            values["closes"] = draw(st.sampled_from(in_force)).id
        stream.take(values)
    return stream


@examples(60)
@given(recorded_of_declared_types())
def test_what_is_encoded_is_decoded_to_itself(stream: Stream) -> None:
    for line, event in zip(stream.lines, stream.events, strict=True):
        assert event_lines.decode_strictly(line, glossary=stream.glossary) == event


@examples(60)
@given(recorded_of_declared_types())
def test_folding_event_by_event_equals_folding_anew(stream: Stream) -> None:
    """And every type does what it declares."""
    assert stream.story == fold("story", stream.events)
    opened = [event for event in stream.events if isinstance(getattr(event, "effect", None), Opens)]
    assert [each.id for each in stream.story.situations] == [event.id for event in opened]


@examples(60)
@given(st.data())
def test_the_values_of_a_draft_fill_the_declared_fields(data: st.DataObject) -> None:
    """Every value comes to stand in the field of its name, and in no other."""
    glossary = declared_by(data.draw(declarations()))
    cls = data.draw(st.sampled_from([*glossary.declared.values()]))
    values = drawn(data.draw, cls)
    event = event_values.from_values(values, glossary)
    assert event_values.to_values(event) == event_values.to_values(cls(**{"title": "", **plain(values)}))


def plain(values: dict[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in values.items()
        if name != "type"
    }


def test_a_value_in_another_field_would_be_noticed() -> None:
    """The control of the law above."""
    cls = declared_by(OUTAGES).types["outage"]
    one = cls(title="t", service="API")
    assert event_values.to_values(one) != event_values.to_values(structs.replace(one, service="", impact="API"))


def assert_read_or_refused(text: str) -> None:
    try:
        declared_by(text)
    except BadInput as refused:
        assert_names_a_line(str(refused), "types.toml", text.encode())


@given(st.text(max_size=80))
@example("\ufeff[a]\nhelp = 5")
def test_any_text_is_a_glossary_or_refused_with_a_line_that_is_there(text: str) -> None:
    assert_read_or_refused(text)


def anything() -> st.SearchStrategy[str]:
    """The text of any value."""
    words = st.sampled_from(
        ['"h"', '""', '"{service}"', '"text"', '"outage"', "1", "true", "1979-05-27", "[]", "[{}]"]
    )
    keys = st.sampled_from(["kind", "help", "a", '"b.c"'])
    return words | st.dictionaries(keys, words, max_size=2).map(
        lambda pairs: f"{{ {', '.join(f'{key} = {value}' for key, value in pairs.items())} }}"
    )


@examples(300)
@given(st.data())
def test_a_declaration_with_anything_anywhere_is_a_glossary_or_refused(data: st.DataObject) -> None:
    """Whatever stands in place of one of its values, or beside it."""
    lines = OUTAGES.splitlines()
    number = data.draw(st.integers(0, len(lines) - 1))
    key = lines[number].partition(" =")[0]
    lines[number] = (
        f"{data.draw(st.sampled_from([key, 'x', 'fields', 'closes', '[outage.fields']))} = {data.draw(anything())}"
    )
    assert_read_or_refused("\n".join(lines))
