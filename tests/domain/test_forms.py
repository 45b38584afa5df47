"""Forms: what is written of typed values is read back as them, and a mistake stands above its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.domain.test_custom_types import OUTAGES, declared_by
from tests.examples import examples
from tests.pictures import NAME, image
from tests.strategies import drafts as drawn_drafts
from tests.strategies import streams, texts
from tracker.domain import drafts, forms
from tracker.domain.amend import places
from tracker.domain.events import (
    TYPES,
    Agreement,
    Event,
    Figure,
    Occurrence,
    Opened,
    Report,
    Statement,
    Suspension,
    Update,
)
from tracker.domain.forms import Form
from tracker.domain.values import from_values, to_values
from tracker.errors import BadInput
from tracker.text.date_context import Reference
from tracker.text.dates import Moment, Span, edge

INSTANT = Moment("2024-08-01T12:00:00.000Z")
NOW = Reference(Span(edge(INSTANT), edge(INSTANT)))

TYPED = {
    "title": 'They "pay"',
    "occurred": "last year",
    "parties": ["ByteDance", "OpenAI"],
    "body": "One\n\ntwo\tthree",
    "figures": ["payment=20 million USD", "growth=29 % expected 30..31"],
    "sources": [{"url": "https://a.example/", "quote": "says\nA"}, {"publisher": "B"}],
    "minor": True,
}


def form(cls: type[Event] = Report, **extra: str) -> Form:
    return Form(cls, ["report in story: Somebody reports."], extra)


def read(text: str, cls: type[Event] = Report, **extra: str) -> dict[str, Any]:
    return form(cls, **extra).read(text, "form")


def refusal(text: str, cls: type[Event] = Report) -> str:
    with pytest.raises(BadInput) as refused:
        read(text, cls)
    return str(refused.value)


# Laws.


def without_what_follows(event: Occurrence) -> dict[str, Any]:
    """What an event says, without what a form leaves to be worked out: a figure's party, and a period's dates."""
    values = {
        key: value for key, value in to_values(event).items() if key not in (*forms.LEFT_OUT, "covers", "imported")
    }
    stored = [{**each, "party": ""} for each in values.get("figures", ())]
    return values | ({"figures": stored} if stored else {})


def assert_a_form_keeps(event: Occurrence, numbers: dict[str, int]) -> None:
    """What is read is what was written and, drafted again, what the event says."""
    typed = forms.typed_of(event, numbers)
    back = read(form(type(event)).text(typed), type(event))
    assert back == typed
    values = drafts.values(type(event), back, NOW)
    if event.image:  # the rest of a picture follows from its file
        values["image"] = {**to_values(event.image), **values["image"]}
    ids = {f"#{seq}": id for id, seq in numbers.items()}
    references = {name: ids[values[name]] for name in ("closes", "about") if values.get(name)}
    lists = {name: [ids.get(each, each) for each in values.get(name, ())] for name in ("also_closes", "see")}
    again = from_values({"type": event.__struct_config__.tag, **values, **references, **lists})
    assert isinstance(again, Occurrence)
    assert without_what_follows(again) == without_what_follows(event)


@examples(50)
@given(streams())
def test_a_form_keeps_what_an_event_says(events: list[Event]) -> None:
    """Of every type that is recorded, with references by number."""
    for event in events:
        if isinstance(event, Occurrence):
            assert_a_form_keeps(event, places(events))


@given(drawn_drafts())
def test_what_is_drawn_is_kept_too(values: dict[str, Any]) -> None:
    """Whatever stands in a story before it."""
    event = from_values(values)
    assert isinstance(event, Occurrence)
    assert_a_form_keeps(event, {})


def test_every_type_has_a_form() -> None:
    """In which every field of the type has its line; left empty, it says nothing."""
    for cls in TYPES.values():
        if issubclass(cls, Occurrence):
            text = form(cls).text({})
            assert read(text, cls) == {}
            named = {each.name for each in forms.fields_of(cls)} - {*forms.LEFT_OUT, "imported"}
            assert set(tomllib.loads(text)) == named


def test_declared_types_have_one_too() -> None:
    cls = declared_by(OUTAGES).of("outage")
    text = form(cls).text({"service": "Push"})
    assert 'service = "Push"  # ' in text
    assert read(text, cls) == {"service": "Push"}


def test_an_amount_is_typed_in_words() -> None:
    """And is the same amount when it was read."""
    glossary = declared_by('[fine]\nhelp = "x"\n[fine.fields.amount]\nkind = "money"\nhelp = "how much"\n')
    event = from_values({"type": "fine", "title": "t", "amount": "20000000 USD"}, glossary)
    typed = forms.typed_of(event, {})
    assert typed["amount"] == "20 million USD"
    assert drafts.values(type(event), typed, NOW)["amount"] == "20000000 USD"


def lines_of(texts: Iterable[str]) -> str:
    return "\n".join(texts)


@given(st.lists(texts(), max_size=6).map(lines_of), texts(), st.integers(0, 30))
def test_marks_are_gone_in_the_next_reading(text: str, reason: str, line: int) -> None:
    """However often something was wrong, and wherever."""
    marked = forms.marked(text, reason, "", line)
    assert forms.unmarked(marked) == forms.unmarked(text)
    assert forms.unmarked(forms.marked(marked, reason, "", 1)) == forms.unmarked(text)


# What a form looks like.


def test_a_form_reads_like_a_page() -> None:
    """What happened first, each field with a word on it, long texts as they read, the sources last."""
    assert form(why="the reason, for readers").text(TYPED) == (
        "# report in story: Somebody reports.\n"
        "\n"
        'why = ""  # the reason, for readers\n'
        'title = "They \\"pay\\""  # what happened, in one line (required)\n'
        'claim = ""  # the claim; by default the title\n'
        'about = ""  # the earlier report that this one corroborates\n'
        'occurred = "last year"  # when it occurred, as precisely as is known\n'
        'occurred_as = ""  # the source\'s own words for that date\n'
        "parties = [\n"
        '  "ByteDance",\n'
        '  "OpenAI",\n'
        "]  # the parties involved; a list of texts\n"
        'closes = ""  # the development that opened the situation which this one ends\n'
        "also_closes = []  # the developments that opened further ones which it ends; a list of texts\n"
        "see = []  # related developments, also of other stories, such as other#3; a list of texts\n"
        'closes_as = ""  # how the expectation that it ends came out: met, missed or withdrawn\n'
        "key = false  # one of the events that make the story\n"
        "tags = []  # words by which readers can follow it; a list of texts\n"
        'place = ""  # where it occurred, such as Portland, Oregon\n'
        'at = ""  # latitude and longitude of the place: 45.5152,-122.6784\n'
        "minor = true  # keep it out of the feeds\n"
        "backfilled = false  # it belongs to the past of the story, and is no news\n"
        '# figures: one text each, such as "Azure revenue growth=29 % expected 30..31"\n'
        "figures = [\n"
        '  "payment=20 million USD",\n'
        '  "growth=29 % expected 30..31",\n'
        "]\n"
        "# body: more text, in Markdown\n"
        "body = '''\nOne\n\ntwo\tthree\n'''\n"
        "\n# A picture of it. Empty its file to show none.\n"
        "[image]\n"
        'file = ""  # a JPEG, PNG, WebP or GIF file\n'
        'alt = ""  # what it shows, for readers who cannot see it; required\n'
        'credit = ""  # who made it, or whose it is\n'
        'caption = ""  # a sentence below it\n'
        "\n# Where it was read. For another source, copy these lines.\n"
        "[[sources]]\n"
        'url = "https://a.example/"  # address, http or https\n'
        'publisher = ""  # name of the publisher\n'
        'title = ""  # its headline\n'
        'published = ""  # when it was published\n'
        'quote = "says\\nA"  # verbatim quotation\n'
        'archived = ""  # address of an archived copy\n'
        'via = ""  # the outlet whose reporting it rests on\n'
        "\n"
        "[[sources]]\n"
        'url = ""\npublisher = "B"\ntitle = ""\npublished = ""\nquote = ""\narchived = ""\nvia = ""\n'
    )
    assert read(form().text(TYPED)) == TYPED


def test_a_title_may_be_left_to_the_rest() -> None:
    """Where the type makes a sentence of it; elsewhere it is required."""
    told = "what happened, in one line; by default a sentence made from the other fields\n"
    assert f'title = ""  # {told}' in form(Suspension).text({})
    assert 'title = ""  # what happened, in one line (required)\n' in form(Update).text({})
    assert "title" not in read(form(Suspension).text({}), Suspension)


@pytest.mark.parametrize(
    "body",
    [
        "it's '''quoted'''",
        "#>>> looks like a mark",
        "below\n#>>> looks like a mark",
        "a line separator\u2028and a bidi override \u202e",
        "next \x85 line",
        "delete \x7f it",
        "zero-width joiners: \u0dc1\u0dca\u200d\u0dbb\u0dd3",
        "backslash \\ and 'quotes'",
        'ends in quotes"',
        "#!/bin/sh\necho",
        "\u200f" + "مرحبا",
        "a\ttab\n\tand another",
    ],
)
def test_any_text_survives_a_form(body: str) -> None:
    """As it reads where that can be; else with escapes. What would reorder a line in an editor is escaped."""
    text = form().text({"title": body.partition("\n")[0], "body": body, "sources": [{"quote": body}]})
    assert not set("\u2028\u202e\x7f\x85") & set(text)
    assert read(text)["body"] == body
    assert read(forms.unmarked(forms.marked(text, "is wrong", "body")))["body"] == body


@pytest.mark.parametrize("body", ["字节\n跳动", "क्‍ष\nnext", "#!/bin/sh\necho"])
def test_scripts_of_the_world_read_as_they_are(body: str) -> None:
    """Joiners are part of their words."""
    assert f"'''\n{body}\n'''" in form().text({"body": body})


def test_sources_that_were_taken_over_are_said_to_be() -> None:
    """Where they stand, and only there."""
    text = Form(Update, [], as_in="#12").text({"sources": [{"publisher": "A"}]})
    assert "\n# Where it was read, as it stands the same as #12: change it where that is not so." in text
    assert "the same as" not in form(Update).text({"sources": [{"publisher": "A"}]})


@pytest.mark.parametrize(("value", "told"), [(True, "true"), ("yes", "true"), ("no", "false"), ("", "false")])
def test_a_flag_that_was_set_in_words(value: Any, told: str) -> None:
    assert f"minor = {told}" in form().text({"minor": value})


def test_a_figure_that_the_notation_cannot_say_stands_field_by_field() -> None:
    """Such as one of a party that would not follow."""
    event = Statement(
        title="t",
        speaker="A",
        parties=("A", "B"),
        figures=(
            Figure(party="A", name="cost", low="5"),
            Figure(party="B", name="cost", value="6", approx=True),
            Figure(party="A", name="cost", value="7"),
        ),
    )
    typed = forms.typed_of(event, {})
    assert typed["figures"] == [
        "cost=at least 5",
        {"party": "B", "name": "cost", "value": "6", "approx": True},
        "cost=7",
    ]
    text = form(Statement).text(typed)
    assert '  { party = "B", name = "cost", value = "6", approx = true },\n' in text
    assert read(text, Statement) == typed


def test_figures_of_a_company_need_no_party() -> None:
    event = from_values(
        {
            "type": "earnings",
            "title": "t",
            "company": "A",
            "parties": ["B", "A"],
            "figures": [{"party": "A", "name": "loss", "value": "1"}],
        }
    )
    assert forms.typed_of(event, {})["figures"] == ["loss=1"]


# What people write into one.


def test_numbers_and_dates_need_no_quotation_marks() -> None:
    """TOML has its own; they are read as what they look like."""
    text = "title = 2024\noccurred = 2024-07-30\nclaim = 1.5\nabout = 7\n"
    assert read(text) == {"title": "2024", "occurred": "2024-07-30", "claim": "1.5", "about": "7"}
    assert read("title = 1.10\nclaim = 1e400") == {"title": "1.10", "claim": "1e400"}  # no digit more or less
    assert read("occurred = 2024-07-30 21:05:00+02:00")["occurred"] == "2024-07-30T21:05:00+02:00"


def test_what_is_empty_says_nothing() -> None:
    fields = 'title = " "\nparties = ["", " "]\nminor = false\nbody = """\n\n"""\n'
    assert read(f'{fields}[[sources]]\nurl = " "\n[[sources]]\n') == {}


def test_one_party_needs_no_list() -> None:
    assert read('parties = "OpenAI"') == {"parties": ["OpenAI"]}
    assert read('figures = "a=1"') == {"figures": ["a=1"]}
    both = read('figures = ["", "a=1", {name = "b", value = "2"}]')["figures"]
    assert both == ["a=1", {"name": "b", "value": "2"}]


def test_fields_beside_the_event_s_own() -> None:
    assert read('story = " tiktok "\ntitle = "t"', Update, story="which") == {"story": "tiktok", "title": "t"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("title = ", "form:1: is not TOML: Invalid value; write it like title = "),
        ('title = "a"\ntitle = "b"', "form:2: is not TOML: Cannot overwrite a value"),
        ('titel = "a"', "titel: there is no field 'titel'. Did you mean title?"),
        ("title = true", 'title: has to be a text in quotation marks, like "…"'),
        ("parties = 5", 'parties: has to be a list of texts, like ["…", "…"]'),
        ('parties = ["", "A", ["B"]]', "parties[1]: has to be a text"),
        ('minor = "yes"', "minor: has to be true or false"),
        ('sources = "https://a.example/"', "sources: each source begins with a line [[sources]]"),
        ('sources = ["https://a.example/"]', "sources: each source begins with a line [[sources]]"),
        ('[sources]\nurl = "x"', "sources: each source begins with a line [[sources]]"),
        ('[[sources]]\n[[sources]]\nlink = "x"', "sources[0].link: there is no field of a source 'link'"),
        ("[[sources]]\nurl = true", "sources[0].url: has to be a text"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, message: str) -> None:
    """By its line, or by its field."""
    assert refusal(text).startswith(message)


def test_amendments_have_no_sources() -> None:
    assert "[[sources]]" not in form(TYPES["retraction"]).text({})
    assert "there is no field 'sources'" in refusal("sources = []", TYPES["retraction"])


# Marks.


def above(text: str) -> tuple[str, str]:
    """What a mark says, and the line below it."""
    lines = text.split("\n")
    (place,) = [number for number, line in enumerate(lines[1:], 1) if line.startswith("#>>> ")]
    return lines[place].removeprefix("#>>> "), lines[place + 1]


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("title", 'title = "They \\"pay\\""  # what happened, in one line (required)'),
        ("occurred", 'occurred = "last year"  # when it occurred, as precisely as is known'),
        ("changes.occurred", 'occurred = "last year"  # when it occurred, as precisely as is known'),
        ("body", "body = '''"),
        ("parties", "parties = ["),
        ("parties[1]", '  "OpenAI",'),
        ("figures[1]", '  "growth=29 % expected 30..31",'),
        ("figures[1].value", '  "growth=29 % expected 30..31",'),
        ("sources", "[[sources]]"),
        ("sources[0].quote", 'quote = "says\\nA"  # verbatim quotation'),
        ("changes.sources[1].publisher", 'publisher = "B"'),
        ("sources[1].nonsense", "[[sources]]"),
    ],
)
def test_a_mistake_is_marked_above_its_line(field: str, line: str) -> None:
    """Of the field, the item of a list, or the source; and a word of it stands at the top."""
    text = form().text(TYPED)
    marked = forms.marked(text, "is wrong,\nit seems", field)
    assert marked.startswith("#>>> not recorded yet: what is wrong is said below, above its line\n# report")
    assert above(marked) == (f"{field}: is wrong, it seems", line)
    assert forms.unmarked(marked) == text
    assert read(marked) == TYPED


def test_the_second_source_is_marked_at_the_second() -> None:
    marked = forms.marked(form().text(TYPED), "is wrong", "sources[1]")
    assert marked.index("#>>> sources[1]") > marked.index('quote = "says\\nA"')


def test_what_says_nothing_is_not_counted() -> None:
    """As it was passed over when the values were numbered."""
    text = 'parties = [\n "",\n "A",\n]\n[[sources]]\nurl = " "\n[[sources]]\nurl = "x"\n'
    assert above(forms.marked(text, "is wrong", "parties[0]")) == ("parties[0]: is wrong", ' "A",')
    assert above(forms.marked(text, "is wrong", "sources[0].url")) == ("sources[0].url: is wrong", 'url = "x"')
    assert above(forms.marked(text, "is wrong", "sources[7]")) == ("sources[7]: is wrong", "[[sources]]")
    one = 'title = "t"\nparties = "A"\n'
    assert above(forms.marked(one, "is wrong", "parties[0]")) == ("parties[0]: is wrong", 'parties = "A"')


def test_a_mistake_of_no_line_is_marked_at_the_top() -> None:
    """That of no field, and that of one which the form does not have."""
    text = form().text(TYPED)
    assert forms.marked(text, "is closed", "") == f"#>>> is closed\n{text}"
    assert forms.marked(text, "is missing", "story") == f"#>>> story: is missing\n{text}"


def test_a_mistake_is_marked_at_the_line_that_was_given() -> None:
    """Counted as an editor does, in which a line separator ends no line; the next mistake replaces it."""
    text = "a\u2028b\x85c\x0cd\r\ne\nf"
    marked = forms.marked(text, "is not TOML", "", 3)
    assert above(marked) == ("is not TOML", "f")
    assert above(forms.marked(marked, "still not", "", 2)) == ("still not", "e")
    assert forms.unmarked(marked) == text


def test_a_line_past_the_end_takes_the_mark_at_the_end() -> None:
    marked = forms.marked("a\nb", "is not closed", "", 9)
    assert marked.split("\n")[1:] == ["a", "b", "#>>> is not closed"]


def test_lists_of_a_type_s_own() -> None:
    assert read('between = ["A", "B"]', Agreement) == {"between": ["A", "B"]}
    assert 'language = "pt-BR"  # language tag' in form(Opened).text({"language": "pt-BR"})


def test_a_picture_in_a_form() -> None:
    """Its file and texts are typed; the rest of it follows from the file. Without a value there is no picture."""
    read = Form(Update, []).read
    assert read(Form(Update, []).text({"title": "Seen", "image": image(credit="Ann")}), "form")["image"] == {
        "file": NAME,
        "alt": "A quay at noon",
        "credit": "Ann",
    }
    assert "image" not in read(Form(Update, []).text({"title": "Seen"}), "form")
    for text, refusal in {
        "image = 'quay.jpg'": "image: the picture begins with a line [image]",
        "[image]\nwidth = 7": "image.width: there is no field of a picture 'width'",
        "[image]\nalt = true": "image.alt: has to be a text in quotation marks",
    }.items():
        with pytest.raises(BadInput, match=re.escape(refusal)):
            read(text, "form")
