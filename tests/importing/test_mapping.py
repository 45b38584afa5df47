"""A mapping is checked as a whole: a refusal names the file, the line, the table and the key."""

from __future__ import annotations

import pytest

from tests.importing.samples import FILES
from tracker.domain.custom_types import read as read_types
from tracker.domain.glossary import BUILT_IN
from tracker.errors import BadInput, Unknown
from tracker.importing import mapping as mappings
from tracker.importing.dating import of_parts
from tracker.importing.mapping import parse_mapping
from tracker.importing.templates import leaves, names_in, parse, text_of

HEAD = 'format = "csv"\nid = "{id}"\n'
EVENT = '[event]\ntype = "update"\ntitle = "{title}"\n'

REFUSED = [
    ("", "my.toml: format: is missing"),
    ('format = "csv"\n' + EVENT, "my.toml: id: is missing"),
    (HEAD, "my.toml: event.type: is missing; name a type"),
    ('format = "tracker-csv"\nid = "{id}"\n' + EVENT, "my.toml:3: event: each row of tracker-csv says what it is"),
    ("format = csv", "my.toml:1: is not TOML: "),
    (HEAD + "titel = 1\n" + EVENT, "my.toml:3: titel: "),
    ('format = "yml"\nid = "{id}"\n' + EVENT, "my.toml:1: format: there is no format 'yml'. Did you mean yaml?"),
    (HEAD + 'records = "a"\n' + EVENT, "my.toml:3: records: belongs to the formats json and yaml"),
    (HEAD + 'order = "up"\n' + EVENT, "my.toml:3: order: "),
    (HEAD + 'skip = "a b"\n' + EVENT, "my.toml:3: skip: 'a b' is no JMESPath"),
    (HEAD + '[event]\ntitle = "{t}"\n', "my.toml:3: event.type: is missing; name a type"),
    (HEAD + '[event]\ntype = "{kind}"\n', "my.toml:4: event.type: is missing; name a type"),
    (HEAD + '[event]\ntype = "updat"\n', "event.type: there is no type of event 'updat'. Did you mean update?"),
    (HEAD + 'pack = "status"\n[event]\ntype = "outage"\n', "Copy it with tracker types add status."),
    (HEAD + '[event]\ntype = "opened"\n', "my.toml:4: event.type: opened cannot be imported"),
    (HEAD + '[event]\ntype = "correction"\n', "my.toml:4: event.type: correction cannot be imported"),
    (HEAD + EVENT + 'speaker = "{x}"\n', "my.toml:6: event.speaker: is no field of update; tracker types update"),
    (HEAD + EVENT + 'image = "{x}"\n', "my.toml:6: event.image: pictures are not imported"),
    (HEAD + EVENT + "backfilled = true\n", "my.toml:6: event.backfilled: is written above [event]"),
    (HEAD + EVENT + 'imported = "{x}"\n', "my.toml:6: event.imported: is no field of update"),
    (HEAD + EVENT + "body = 7\n", 'my.toml:6: event.body: has to be a text such as "{name}"'),
    (HEAD + EVENT + "body = true\n", "my.toml:6: event.body: has to be a text"),
    (HEAD + EVENT + 'body = ["{a}"]\n', "my.toml:6: event.body: has one value"),
    (HEAD + EVENT + 'body = { a = "{a}" }\n', "my.toml:6: event.body: has to be a text"),
    (HEAD + EVENT + 'body = "{a"\n', "my.toml:6: event.body: has a { that is not closed"),
    (HEAD + EVENT + 'body = "a}"\n', "my.toml:6: event.body: has a } without a {"),
    (HEAD + EVENT + 'body = "{}"\n', "my.toml:6: event.body: has {} without a name in it"),
    (HEAD + EVENT + 'body = "{a[}"\n', "my.toml:6: event.body: 'a[' is no JMESPath: "),
    (HEAD + EVENT + 'occurred = { year = "{y}", week = "{w}" }\n', "event.occurred.week: is none of year, month"),
    (HEAD + EVENT + 'occurred = { from = "{y}" }\n', "event.occurred.from: is none of start, end, words"),
    (
        HEAD + EVENT + 'sources = ["{url}"]\n',
        "my.toml:6: event.sources[0]: a source is a table with url, publisher",
    ),
    (HEAD + EVENT + '[[event.sources]]\naddress = "{url}"\n', "event.sources[0]: a source is a table with url"),
    (HEAD + EVENT + '[[when]]\ntype = "report"\n', "my.toml:6: when[0].if: is missing; say when it applies"),
    (HEAD + EVENT + '[[when]]\nif = "a b"\n', "my.toml:7: when[0].if: 'a b' is no JMESPath"),
    (HEAD + EVENT + '[[when]]\nif = "a"\ntype = "nothing"\n', "my.toml:8: when[0].type: there is no type"),
    (HEAD + EVENT + '[[when]]\nif = "a"\nquote = "{q}"\n', "my.toml:8: when[0].quote: is no field of update"),
    (
        HEAD + EVENT + '[fields]\ntitle = "overwrite"\n',
        "my.toml:7: fields.title: 'overwrite' is none of correct, update",
    ),
    (
        HEAD + EVENT + '[fields]\nacres = "ignore"\n',
        "my.toml:7: fields.acres: is no field and no figure of this mapping",
    ),
    (HEAD + EVENT + '[fields]\ntitle = "update"\n', "my.toml: changed: is missing; an update needs the time"),
    (
        HEAD + 'changed = "{m}"\n' + EVENT + 'occurred = "{d}"\n[fields]\noccurred = "update"\n',
        "my.toml:9: fields.occurred: an update can tell title, body, tags, place, figures",
    ),
]


@pytest.mark.parametrize(("text", "refusal"), REFUSED)
def test_a_wrong_mapping_is_refused_with_its_place(text: str, refusal: str) -> None:
    with pytest.raises(BadInput) as refused:
        parse_mapping(text.encode(), "my", "my.toml", BUILT_IN)
    assert refusal in str(refused.value)
    assert str(refused.value).startswith("my.toml")


def test_a_desk_s_own_field_of_the_name_cannot_be_imported_over() -> None:
    glossary = read_types(
        b'[mine]\nhelp = "A."\n[mine.fields.imported]\nkind = "text"\nhelp = "b"\n', "types.toml"
    )
    with pytest.raises(BadInput, match="this desk's type mine has its own field imported or backfilled"):
        parse_mapping((HEAD + '[event]\ntype = "mine"\n').encode(), "my", "my.toml", glossary)


def test_an_unknown_mapping_offers_the_nearest() -> None:
    with pytest.raises(Unknown, match=r"there is no mapping 'atm'. Did you mean atom\? tracker import --list"):
        mappings.read("atm", BUILT_IN)
    with pytest.raises(BadInput, match=r"^none.toml: cannot be read: No such file"):
        mappings.read("none.toml", BUILT_IN)


def test_a_mapping_is_named_after_its_file_or_as_it_says() -> None:
    assert mappings.read(str(FILES / "fires.toml"), BUILT_IN).name == "fires"
    text = ('importer = "county"\n' + HEAD + EVENT).encode()
    assert parse_mapping(text, "my", "my.toml", BUILT_IN).name == "county"


VALUES = {
    "a": "A",
    "n": 3,
    "f": 2.0,
    "d": 2.5,
    "yes": True,
    "no": False,
    "End Year": "1852",
    "list": ["x", " ", "y"],
    "in": {"er": "deep"},
    "empty": "",
    "null": None,
}


@pytest.mark.parametrize(
    ("template", "filled"),
    [
        ("{a}-{n}", "A-3"),
        ("{f} {d} {yes}", "2 2.5 true"),
        ("{no}{null}", ""),
        ("{End Year}", "1852"),
        ("plain", "plain"),
        ("Size: {empty}", ""),
        ("{a}: {empty}", "A: "),
        ("{list}", ["x", "y"]),
        ("all of {list}", "all of x,  , y"),
        ("{in.er}", "deep"),
        ("{empty || a}", "A"),
        ("{[a, in.er] | join('}', @)}", "A}deep"),
        ("{ {b: a}.b }", "A"),
        ("{missing}", ""),
    ],
)
def test_templates(template: str, filled: object) -> None:
    assert parse(template).fill(VALUES) == filled


@pytest.mark.parametrize(
    ("template", "refusal"), [("{in}", "is a table with er"), ("{join(a, a)}", "cannot be worked")]
)
def test_templates_that_give_no_text(template: str, refusal: str) -> None:
    with pytest.raises(BadInput, match=refusal):
        text_of(parse(template).fill(VALUES))


def test_the_names_in_expressions() -> None:
    """With them, an import tells which values it does not use."""
    assert names_in("media.url || join(', ', parts[?kind=='x'].name) && \"odd name\".b") == [
        "media.url",
        "parts.name",
        "odd name.b",
    ]
    assert names_in("End Year") == ["End Year"]
    assert list(leaves({"a": [{"b": 1, "c": ""}, {"b": 2}], "d": {}})) == ["a.b", "a.b"]


@pytest.mark.parametrize(
    ("parts", "date"),
    [
        ({"year": "622"}, "0622"),
        ({"year": "2024", "month": "3"}, "2024-03"),
        ({"year": "2024", "month": "3", "day": "5", "time": "2:30 pm"}, "2024-03-05 2:30 pm"),
        (
            {"year": "2024", "month": "3", "day": "5", "hour": "9", "minute": "5", "second": "7"},
            "2024-03-05 09:05:07",
        ),
        ({"year": "2024", "time": "9:00"}, "2024"),
        ({"year": "", "month": ""}, ""),
    ],
)
def test_dates_in_parts(parts: dict[str, str], date: str) -> None:
    assert of_parts(parts) == date


@pytest.mark.parametrize(
    ("parts", "refusal"),
    [
        ({"month": "3"}, "has no year"),
        ({"year": "2024", "day": "3"}, r"has a day \(3\) and no month"),
        ({"year": "-50"}, "the year '-50' is before the year 1"),
        ({"year": "2024", "month": "March"}, "the month 'March' is no number"),
    ],
)
def test_parts_that_make_no_date(parts: dict[str, str], refusal: str) -> None:
    with pytest.raises(BadInput, match=refusal):
        of_parts(parts)
