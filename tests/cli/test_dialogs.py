"""What is missing is asked for: in real terminals, by somebody who types."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_editor import TYPES
from tests.cli.test_record import last, refused
from tests.conftest import Ran
from tests.person import BACKSPACE, CTRL_C, CTRL_D, TAB, Person
from tests.pictures import jpeg
from tests.typist import Typist, fill
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]
Record = Callable[..., Any]

AT_THE_END = ("body", "also involved", "figure")


@pytest.fixture(
    params=[pytest.param((24, 60), id="narrow", marks=pytest.mark.slow), pytest.param((40, 160), id="wide")]
)
def anybody(request: pytest.FixtureRequest, desk: Workspace) -> Person:
    """Somebody at a terminal of either size."""
    return Person(desk, *request.param)


@pytest.fixture
def person(desk: Workspace) -> Person:
    """Somebody at a wide terminal."""
    return Person(desk)


@pytest.fixture
def story(desk: Workspace, record: Record) -> None:
    """Two stories, recorded long ago; in one a claim, somebody who is suspended, and a question."""
    record("opened", "Another", story="another")
    record("opened", "A story")
    record("report", "They pay", parties=["ByteDance"], occurred="2024-03",
           sources=[{"url": "https://post.example/1", "publisher": "The Post"}])  # fmt: skip
    record("suspension", "OpenAI suspends ByteDance", subject="ByteDance", by="OpenAI")
    record("question", "And now?")
    for slug in desk.log.streams():
        os.utime(desk.log.path(slug), (0, 0))


def leaves_out(person: Person, *questions: str) -> Person:
    """Answers each of these with Enter."""
    for question in questions:
        person.is_asked(question).answers()
    return person


def lines(desk: Workspace, slug: str = "story") -> int:
    return len(desk.log.lines(slug))


# From nothing.


@pytest.mark.slow
def test_an_empty_desk_is_asked_for_its_first_story(anybody: Person, desk: Workspace) -> None:
    """And then for a development of it; each is shown before it is recorded."""
    person = anybody.at("add")
    person.sees("there is no story yet; open the first one")
    person.is_asked("story").answers("A Story").sees("cannot name a story")
    person.mends("story").is_asked("title").answers().sees("an answer is needed; Ctrl-C stops and records nothing")
    person.answers("A story").is_asked("summary").answers("About it")
    person.sees("story: none → A story")
    person.is_asked("record it?")
    assert desk.log.streams() == []
    person.answers().sees("an answer is needed")
    assert desk.log.streams() == []
    person.is_asked("record it?").answers("y").sees("recorded story#1")
    person.is_asked("type").answers("update").is_asked("title").answers("They pay")
    person.is_asked("source").answers("https://post.example/1").is_asked("publisher").answers("The Post")
    person.is_asked("published").answers("2 August 2024").sees("2 August 2024 (2024-08-02)")
    person.is_asked("quoted from The Post").answers("they pay").is_asked("via").answers()
    person.is_asked("another source").answers()
    person.is_asked("occurred").answers("yesterday").sees("1 August 2024 (2024-08-01)")
    leaves_out(person, "body").is_asked("also involved").answers("ByteDance")
    leaves_out(person, "another party").is_asked("figure").answers("cost=2 million USD")
    leaves_out(person, "another figure").sees("occurred: 1 August 2024 (2024-08-01), from “yesterday”")
    person.sees("source: The Post, https://post.example/1")
    person.is_asked("record it?")
    assert lines(desk) == 1
    person.answers("y").sees("recorded story#2")
    person.has_done()
    assert last(desk) == {
        "type": "update", "title": "They pay", "occurred": "2024-08-01", "occurred_as": "yesterday",
        "parties": ["ByteDance"],
        "figures": [{"party": "ByteDance", "name": "cost", "value": "2000000", "unit": "USD"}],
        "sources": [{"url": "https://post.example/1", "publisher": "The Post", "published": "2024-08-02",
                     "quote": "they pay"}],
    }  # fmt: skip


@pytest.mark.slow
def test_opening_a_story(person: Person, desk: Workspace, story: None) -> None:
    """Its name is asked for where it was not given; a taken one is refused at once."""
    person.at("open", "--summary", "About it")
    person.is_asked("story").answers("story").sees("story is open already; add to it with tracker add")
    person.answers("-two").is_asked("title").answers("Two").is_asked("record it?").answers("y")
    person.has_done()
    assert (desk.story("story-two").title, desk.story("story-two").summary) == ("Two", "About it")


# What is not asked.


@pytest.mark.slow
def test_what_is_given_is_not_asked(person: Person, desk: Workspace, story: None) -> None:
    """The story, the type, and every field."""
    person.at("add", "statement", "story", "They comply", "--quote", "We comply", "--occurred", "2024-03",
              "--party", "CNN", "--figure", "cost=1 USD", "--body", "More", "--closes", "#4",
              "--source", "https://post.example/2")  # fmt: skip
    person.is_asked("speaker").answers("ByteDance").is_asked("to").answers().is_asked("record it?").answers("y")
    shown = person.has_done()
    asked = re.findall(r"^ ?([a-z ]+): (?!.*→)", shown.partition("story#5")[0], re.MULTILINE)
    assert set(asked) == {"speaker", "to"}
    assert last(desk)["quote"] == "We comply"


@pytest.mark.slow
def test_what_nobody_can_answer_is_not_asked(person: Person, desk: Workspace, story: None) -> None:
    """Only what is possible now is offered; the rest is refused with the reason."""
    person.at("add", "--help").has_done()
    person.at("add")
    person.is_asked("story").answers("another").is_asked("type")
    person.answers("reinstatement").sees("another has no suspension in force, so nothing ends")
    person.mends("denial").sees("another has no claim yet; add a report first")
    person.mends("reopened").sees("the story another is open already")
    person.mends("updat").sees("did you mean update?")
    person.answers("e").is_asked("title").answers("T")
    leaves_out(person, "source", "occurred", *AT_THE_END).is_asked("record it?").answers("y")
    shown = person.has_done()
    assert not re.search("closes|about|#7", shown)
    assert last_of(desk, "another") == {"type": "update", "title": "T"}


def last_of(desk: Workspace, slug: str) -> dict[str, Any]:
    values = json.loads(desk.log.lines(slug)[-1])
    return {key: values[key] for key in values if key not in ("id", "recorded", "salt", "hash", "editor")}


@pytest.mark.slow
@pytest.mark.parametrize("command", [["add", "denial", "another"], ["add", "update", "stroy"]], ids=" ".join)
def test_nothing_is_asked_for_what_cannot_be_recorded(person: Person, story: None, command: list[str]) -> None:
    shown = person.at(*command).has_done(2)
    assert "another has no claim yet; add a report first" in shown or "Did you mean story?" in shown
    assert shown.startswith("error: ")


@pytest.mark.parametrize(
    ("command", "missing"),
    [
        (["add"], "missing: TYPE"), (["add", "update"], "missing: STORY"),
        (["add", "update", "story"], "missing: TITLE"), (["correct", "story#2"], "missing: --set"),
        (["add", "statement", "story", "T"], "missing: --speaker"), (["open"], "missing: STORY"),
        (["open", "x"], "missing: TITLE"), (["correct"], "missing: STORY#N"),
        (["correct", "story#2", "--set", "title=x"], "missing: --why"), (["retract"], "missing: STORY#N"),
        (["retract", "story#2"], "missing: --why"),
    ],
)  # fmt: skip
def test_nobody_is_asked_where_nobody_is(cli: Cli, story: None, command: list[str], missing: str) -> None:
    """In a pipe what is missing is an error."""
    assert missing in refused(cli(*command))


@pytest.mark.slow
def test_programs_are_never_asked(person: Person, desk: Workspace, story: None) -> None:
    """Nor is anybody whose output goes elsewhere."""
    for command in (["add", "update", "story"], ["open", "x"], ["correct", "story#2"], ["retract", "story#2"]):
        assert "missing: " in person.at(*command, "--json").has_done(2)
    command = f"{sys.executable} -m tracker -C {desk.root} add update story >out"
    ran = subprocess.run(
        ["sh", "-c", command], cwd=desk.root, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert (ran.returncode, Path(desk.root, "out").read_text()) == (2, "")


# What is known is offered.


@pytest.mark.slow
def test_what_is_known_is_completed(anybody: Person, desk: Workspace, story: None) -> None:
    """Stories and types before anything is typed, parties and publishers while it is; a word on each will do."""
    Path(desk.log.folder, "parties.toml").write_text('["Oracle Corporation"]\n')
    person = anybody.at("add")
    person.is_asked("story").sees("another").chooses("st", "story")
    person.is_asked("type").sees("confirmation").chooses("stopped for now", "suspension")
    person.is_asked("subject").types("byt").sees("in this story").chooses("e", "ByteDance")
    person.is_asked("by").types("orac").sees("in parties.toml").chooses("l", "Oracle Corporation")
    leaves_out(person, "of", "reason", "until", "title")
    person.is_asked("source").answers("https://post.example/2")
    person.is_asked("publisher").sees("The Post").types(TAB).answers()
    leaves_out(person, "published", "quoted from The Post").is_asked("via").chooses("pos", "The Post")
    leaves_out(person, "another source").is_asked("occurred").types("#2").sees("March 2024, as #2")
    person.chooses("", "2024-03")
    leaves_out(person, *AT_THE_END).is_asked("closes").chooses("now?", "#4")
    person.is_asked("record it?").answers("y")
    person.has_done()
    said = last(desk)
    assert (said["title"], said["subject"], said["by"]) == (
        "Oracle Corporation suspends ByteDance",
        "ByteDance",
        "Oracle Corporation",
    )
    assert said["sources"] == [{"url": "https://post.example/2", "publisher": "The Post", "via": "The Post"}]
    assert said["occurred"] == "2024-03"
    assert said["closes"] == desk.story("story").developments[3].id


def test_the_one_thing_that_can_end_is_taken(person: Person, desk: Workspace, story: None) -> None:
    """Of two, one is chosen by its name or number."""
    person.at("add", "reinstatement", "story", "--source", "https://post.example/1")
    leaves_out(person, "subject", "by", "of", "reason").is_asked("title").answers("In")
    leaves_out(person, "occurred", *AT_THE_END)
    person.sees("ByteDance: suspended → reinstated")
    person.is_asked("record it?").answers("n")
    person.has_done(1)
    desk.record("story", [{"type": "suspension", "title": "Out", "subject": "Oracle"}])
    person.at("add", "reinstatement", "story", "--source", "https://post.example/1")
    leaves_out(person, "subject", "by", "of", "reason").is_asked("title").answers("In")
    leaves_out(person, "occurred", *AT_THE_END)
    person.is_asked("closes").answers("oracle").sees("there is no such development; there are #3, #5")
    person.mends("5").is_asked("record it?").answers("y")
    person.has_done()
    assert last(desk)["closes"] == desk.story("story").developments[4].id


@pytest.mark.parametrize(
    ("command", "field"),
    [(("reinstatement", "story", "In"), "closes"), (("change", "story", "Eased", "--state", "eased"), "about")],
    ids=["closer", "change"],
)
@pytest.mark.slow
def test_what_can_be_meant_is_offered(
    person: Person, desk: Workspace, story: None, command: tuple[str, ...], field: str
) -> None:
    """Nothing else is asked: the command says the rest."""
    desk.record("story", [{"type": "suspension", "title": "Out", "subject": "Oracle"}])
    person.at("add", *command).sees("several could be meant")
    person.is_asked(field).answers("5").is_asked("record it?").answers("y")
    person.has_done()
    assert last(desk)[field] == desk.story("story").developments[4].id


@pytest.mark.slow
def test_a_party_that_is_nearly_another_is_asked_about(person: Person, desk: Workspace, story: None) -> None:
    """Enter keeps the answer as it was typed; yes takes the known one."""
    person.at("add", "statement", "story", "T", "--source", "https://post.example/1")
    person.is_asked("speaker").answers("Bytedance Ltd")
    person.is_asked("Bytedance Ltd is nearly ByteDance; take ByteDance?").answers("y")
    leaves_out(person, "quote", "to", "occurred", "body").is_asked("also involved").answers("Open AI")
    person.is_asked("Open AI is nearly OpenAI; take OpenAI?").answers()
    leaves_out(person, "another party", "figure", "closes").is_asked("record it?").answers("y")
    person.has_done()
    assert last(desk)["parties"] == ["Open AI", "ByteDance"]


@pytest.mark.slow
def test_the_same_source_once_more(person: Person, desk: Workspace, story: None) -> None:
    """What was cited in this sitting stands there; what was cited earlier goes by its number."""
    person.at("add", "update", "story").is_asked("title").answers("One")
    person.is_asked("source").answers("#3").sees("that development has no sources of its own; those that have: #2")
    person.mends("#2").is_asked("quoted from The Post").answers("so it says")
    leaves_out(person, "via", "another source", "occurred", *AT_THE_END, "closes").is_asked("record it?").answers(
        "more"
    )
    person.is_asked("type").answers("update").is_asked("title").answers("Two")
    person.is_asked("source").sees("#5").types(TAB).answers()
    leaves_out(person, "quoted from The Post", "via").is_asked("another source").answers("Reuters")
    leaves_out(
        person, "published", "quoted from Reuters", "via", "another source", "occurred", *AT_THE_END, "closes"
    )
    person.is_asked("record it?").answers("y")
    person.has_done()
    post = {"url": "https://post.example/1", "publisher": "The Post"}
    assert last(desk)["sources"] == [post, {"publisher": "Reuters"}]
    assert [each.event.sources[0].quote for each in desk.story("story").developments[4:]] == ["so it says", ""]  # type: ignore[attr-defined]


@pytest.mark.slow
def test_a_guess_is_taken_by_tab_and_never_by_enter(person: Person, desk: Workspace, story: None) -> None:
    """The story of the sitting, its sources, the publisher of a host, and a title made of the other answers."""
    cited = [{"url": "https://post.example/1", "publisher": "The Post"}]
    desk.record("story", [{"type": "update", "title": "Just now", "sources": cited}])
    person.at("add").is_asked("story").answers().sees("an answer is needed")
    person.is_asked("story").types(TAB).answers()
    person.is_asked("type").answers("suspension").is_asked("subject").answers("Oracle")
    leaves_out(person, "by", "of", "reason", "until", "title", "source", "occurred", *AT_THE_END, "closes")
    person.sees("Oracle is suspended").sees("no source given").is_asked("record it?").answers("y").has_done()
    assert (last(desk)["title"], "sources" in last(desk)) == ("Oracle is suspended", False)
    person.at("add", "update", "story").is_asked("title").answers("T")
    person.is_asked("source").answers("https://post.example/2")
    leaves_out(person, "publisher", "published", "quoted from it", "via", "another source", "occurred")
    leaves_out(person, *AT_THE_END, "closes").is_asked("record it?").answers("y").has_done()
    assert last(desk)["sources"] == [{"url": "https://post.example/2"}]


# What cannot be taken.


@pytest.mark.slow
def test_a_wrong_answer_is_refused_at_once(anybody: Person, desk: Workspace, story: None) -> None:
    """It stays there, to be mended; so does what is only refused when all is known."""
    person = anybody.at("add", "earnings", "story", "Numbers")
    person.is_asked("company").answers("x" * 201).sees("is longer than 200 characters").mends("Microsoft")
    person.is_asked("period").answers("Q4 FY2024")
    person.is_asked("source").answers("https://a b/").sees("is not an address such as").mends("A")
    person.is_asked("published").answers("02/03/2024").sees("day or month first").mends("2024-07-31")
    leaves_out(person, "quoted from A", "via", "another source").is_asked("occurred").answers("2199")
    leaves_out(person, "body", "also involved").is_asked("figure").answers("growth=lots")
    person.sees("'lots' is not a number").is_asked("figure").types(BACKSPACE * 4).answers("29 %")
    leaves_out(person, "another figure", "closes").sees("2199 is still to come")
    person.is_asked("occurred").types(BACKSPACE * 4).answers("2024-07").is_asked("record it?").answers("y")
    person.has_done()
    assert last(desk)["occurred"] == "2024-07"
    assert last(desk)["figures"][0]["value"] == "29"
    assert last(desk)["sources"] == [{"publisher": "A", "published": "2024-07-31"}]


@pytest.mark.slow
def test_an_agreement_has_two_parties(person: Person, desk: Workspace, story: None) -> None:
    """One that was given stays, and the other is asked for."""
    person.at("add", "agreement", "story", "They agree", "--source", "https://post.example/1")
    person.is_asked("between").answers("OpenAI").is_asked("another party").answers()
    leaves_out(person, "terms", "occurred", *AT_THE_END, "closes").sees("between: needs at least 2 of them")
    person.is_asked("between").answers().is_asked("another party").answers("Microsoft")
    leaves_out(person, "another party").is_asked("record it?").answers("y")
    person.has_done()
    assert last(desk)["between"] == ["OpenAI", "Microsoft"]


@pytest.mark.slow
def test_a_source_that_is_refused_is_mended(person: Person, desk: Workspace, story: None) -> None:
    """Those that are right need no more than Enter."""
    person.at("add", "update", "story", "--source", "https://post.example/1", "--published", "03/04/2024")
    person.is_asked("title").answers("T")
    leaves_out(person, "occurred", *AT_THE_END, "closes").sees("day or month first")
    leaves_out(person, "source").is_asked("publisher").types(TAB).answers()
    person.is_asked("published").says_instead("2024-03")
    leaves_out(person, "quoted from The Post", "via", "another source").is_asked("record it?").answers("y")
    person.has_done()
    assert last(desk)["sources"][0]["published"] == "2024-03"


@pytest.mark.slow
def test_what_cannot_be_mended_is_kept(person: Person, desk: Workspace, story: None) -> None:
    """As a form, to go on with later: the story was closed while somebody typed."""
    person.at("add", "update", "story", "--source", "https://post.example/1").is_asked("title").answers("T")
    leaves_out(person, "occurred").is_asked("body").answers("Much that was typed")
    person.is_asked("also involved")
    desk.record("story", [{"type": "closed", "title": "It is over"}])
    leaves_out(person.answers(), "figure", "closes")
    shown = person.has_done(2)
    assert (
        "your text is kept in .tracker/forms/story.update.toml; continue with tracker add update story -e" in shown
    )
    assert "take it up again with tracker add reopened story" in shown
    assert "Much that was typed" in Path(desk.scratch, "forms", "story.update.toml").read_text()


# What is understood.


@pytest.mark.slow
def test_what_is_understood_is_said_beside_the_answer(person: Person, desk: Workspace, story: None) -> None:
    """Before Enter: a fiscal year of the company's, words counted from the source, and the source's own words."""
    Path(desk.log.folder, "parties.toml").write_text('[Microsoft]\nfiscal_year_end = "June"\n')
    person.at("add", "earnings", "story").is_asked("company").answers("Microsoft")
    person.is_asked("period").answers("Q4 FY2024").is_asked("title").answers().is_asked("source").answers("A")
    person.is_asked("published").types("2 Aug 2024").sees("2 August 2024 (2024-08-02)").answers()
    leaves_out(person, "quoted from A", "via", "another source").is_asked("occurred")
    person.types("Q4 FY2024").sees("April to June 2024 (2024-04/2024-06)")
    person.says_instead('last year "in the past year"').sees("2023")
    leaves_out(person, *AT_THE_END, "closes").is_asked("record it?").answers("y")
    person.has_done()
    assert (last(desk)["occurred"], last(desk)["occurred_as"]) == ("2023", "in the past year")


# Before it is recorded.


@pytest.fixture
def at_the_preview(person: Person, story: None) -> Person:
    """Somebody who has answered everything, and sees what it would change."""
    person.at("add", "statement", "story", "They comply", "--source", "https://post.example/1")
    person.is_asked("speaker").answers("ByteDance").is_asked("quote").answers("We comply")
    leaves_out(person, "to", "occurred", *AT_THE_END, "closes")
    return person.sees("ByteDance says: none → “We comply”").is_asked("record it?")


def test_no_records_nothing(at_the_preview: Person, desk: Workspace) -> None:
    before = lines(desk)
    assert "nothing was recorded" in at_the_preview.answers("no").has_done(1)
    assert lines(desk) == before


@pytest.mark.parametrize("key", [CTRL_C, CTRL_D], ids=["Ctrl-C", "Ctrl-D"])
@pytest.mark.slow
def test_whoever_stops_records_nothing(person: Person, at_the_preview: Person, desk: Workspace, key: str) -> None:
    """At the last question, where all that was answered is kept, and at the first."""
    before = lines(desk)
    told = at_the_preview.types(key).has_done(130)
    assert "nothing was recorded" in told
    assert "continue with tracker add statement story -e" in told
    (form,) = Path(desk.scratch, "forms").glob("story.statement*.toml")
    assert "quote = " in form.read_text()
    assert "We comply" in form.read_text()
    for command, question in (("add", "story"), ("open", "story"), ("correct", "story"), ("retract", "story")):
        assert "nothing was recorded" in person.at(command).is_asked(question).types(key).has_done(130)
    assert lines(desk) == before


def test_another_answer_is_refused(at_the_preview: Person, desk: Workspace) -> None:
    at_the_preview.answers("maybe").sees("yes (record it) or more (record it and add another) or edit (edit it")
    at_the_preview.mends("Y").has_done()
    assert last(desk)["title"] == "They comply"


@pytest.mark.slow
def test_all_of_it_may_be_opened_as_a_form(person: Person, story: None, desk: Workspace, tmp_path: Path) -> None:
    """With everything that was answered in it."""
    typist = Typist(tmp_path / "typist")
    typist.will([fill(minor=True, body="More\n\ntext")])
    person.environment["EDITOR"] = str(typist.command)
    person.at("add", "statement", "story", "They comply", "--source", "https://post.example/1")
    person.is_asked("speaker").answers("ByteDance").is_asked("quote").answers("We comply")
    leaves_out(person, "to", "occurred", *AT_THE_END, "closes").is_asked("record it?").answers("e")
    person.has_done()
    (form,) = typist.saw
    assert 'speaker = "ByteDance"  #' in form
    assert "quote = '''\nWe comply\n'''" in form
    assert 'url = "https://post.example/1"  #' in form
    assert (last(desk)["minor"], last(desk)["body"], last(desk)["quote"]) == (True, "More\n\ntext", "We comply")


def test_what_somebody_else_recorded_meanwhile_is_said(at_the_preview: Person, desk: Workspace) -> None:
    """What was shown is not what came of it."""
    desk.record("story", [{"type": "statement", "title": "x", "speaker": "ByteDance", "quote": "We do not"}])
    shown = at_the_preview.answers("y").has_done()
    assert "another editor recorded something meanwhile; your event changed:" in shown
    assert "story#6  statement  recorded " in shown
    assert "“We do not” → “We comply”" in shown


@pytest.mark.slow
def test_a_trial_shows_the_entry(person: Person, desk: Workspace, story: None) -> None:
    before = lines(desk)
    person.at("add", "update", "story", "--source", "https://post.example/1", "--dry-run")
    person.is_asked("title").answers("They comply")
    shown = leaves_out(person, "occurred", *AT_THE_END, "closes").has_done()
    assert "the feed entry\n  They comply\n" in shown
    assert shown.endswith("nothing was recorded\n")
    assert lines(desk) == before


@pytest.mark.slow
def test_a_trial_cannot_open_a_story_on_the_way(person: Person, desk: Workspace) -> None:
    person.at("add", "update", "--dry-run").is_asked("story").answers("story").is_asked("title").answers("T")
    shown = leaves_out(person, "summary").has_done()
    assert "a dry run opens no story, so there is none to add a development to" in shown
    assert desk.log.streams() == []


@pytest.mark.slow
def test_a_story_that_is_not_there_may_be_opened(person: Person, desk: Workspace, story: None) -> None:
    """After a question; what looks like a slip is said."""
    person.at("add", "update").is_asked("story").answers("stroy")
    person.is_asked("there is no story stroy (did you mean story?); open it?").answers()
    person.is_asked("story").answers("tiktok").is_asked("there is no story tiktok; open it?").answers("y")
    person.is_asked("title").answers("TikTok").is_asked("summary").answers().is_asked("record it?").answers("y")
    person.is_asked("title").types(CTRL_C)
    assert "nothing more was recorded" in person.has_done(130)
    assert desk.story("tiktok").title == "TikTok"


# Amending.


@pytest.mark.slow
def test_a_correction_opens_the_form(anybody: Person, desk: Workspace, story: None, tmp_path: Path) -> None:
    """Which development is asked; a mistake reopens the form."""
    typist = Typist(tmp_path / "typist")
    anybody.environment["EDITOR"] = str(typist.command)
    typist.will([fill(title="They pay a lot", occurred="2199", why="a slip")], [fill(occurred="")])
    person = anybody.at("correct")
    person.is_asked("story").answers("story").is_asked("development").sees("They pay").answers("2")
    person.sees("2199 is still to come").sees("#2 title: They pay → They pay a lot").has_done()
    assert 'title = "They pay"  #' in typist.saw[0]
    assert (last(desk)["why"], last(desk)["changes"]) == ("a slip", {"title": "They pay a lot", "occurred": None})


@pytest.mark.slow
def test_what_is_given_stands_in_the_form_of_a_correction(
    person: Person, desk: Workspace, story: None, tmp_path: Path
) -> None:
    """With --set and --why there is nothing to fill in."""
    typist = Typist(tmp_path / "typist")
    typist.will([fill(parties=["OpenAI"], why="w")])
    person.environment["VISUAL"] = str(typist.command)
    person.at("correct", "story#2", "--set", "title=They lend").has_done()
    assert 'title = "They lend"' in typist.saw[0]
    assert last(desk)["changes"] == {"title": "They lend", "parties": ["OpenAI"]}
    person.at("correct", "story#2", "--set", "title=They give", "--why", "w").has_done()
    assert last(desk)["changes"] == {"title": "They give"}
    assert typist.times == 1


@pytest.mark.slow
def test_a_retraction_by_questions(person: Person, desk: Workspace, story: None) -> None:
    """What cannot be withdrawn is not offered."""
    person.at("retract").is_asked("story").answers("story").is_asked("development").answers("1")
    person.sees("there is no such development; there are #4, #3, #2").mends("story#2")
    person.is_asked("why").answers("a rumour").sees("They pay: reported → retracted")
    person.is_asked("record it?").answers("y")
    person.has_done()
    assert last(desk) == {
        "type": "retraction", "retracts": desk.story("story").developments[1].id, "why": "a rumour",
    }  # fmt: skip
    assert "opens the story" in person.at("retract", "story#1").has_done(2)
    assert "was retracted already" in person.at("retract", "story#2").has_done(2)
    person.at("retract").is_asked("story").says_instead("another")
    assert "another has no development that can be corrected or retracted" in person.has_done(2)


# Types of the desk's own.


@pytest.mark.slow
def test_a_declared_type_is_asked_for_like_any_other(person: Person, desk: Workspace, story: None) -> None:
    Path(desk.log.folder, "types.toml").write_text(TYPES)
    person.at("add").is_asked("story").answers("story")
    person.is_asked("type").types("outa").sees("A service stops working.")
    person.answers("ge").is_asked("service").answers("Push").is_asked("cost").answers("lots")
    person.sees("is not one number and its currency").mends("2 million USD")
    person.is_asked("title").answers()
    leaves_out(person, "source", "occurred", *AT_THE_END, "closes").is_asked("record it?").answers("y")
    person.has_done()
    assert (last(desk)["title"], last(desk)["cost"]) == ("Push is down", "2000000 USD")


# Texts that are not harmless.


@pytest.mark.slow
def test_nothing_drives_the_terminal(person: Person, desk: Workspace, record: Record) -> None:
    """Titles, parties and publishers that would reorder lines: in menus, previews, and where they are changed."""
    bad = "bad \u202e\u202c one"
    record("opened", f"{bad} story")
    record("report", f"{bad} title", parties=[f"{bad} party"], occurred="2024-03",
           sources=[{"publisher": f"{bad} publisher", "quote": "x"}])  # fmt: skip
    person.at("correct").is_asked("story").types(TAB).answers().is_asked("development").sees("one title").types(
        CTRL_C
    )
    person.has_done(130)
    screens = [person.screen]
    person.at("add", "statement", "story").is_asked("title").answers("T").is_asked("speaker").types("bad").sees(
        "in this story"
    )
    person.types(TAB).answers()
    leaves_out(person, "quote", "to").is_asked("source").types("bad").sees("publisher").types(CTRL_C)
    person.has_done(130)
    screens.append(person.screen)
    person.at("retract").is_asked("story").types(TAB).answers().is_asked("development").sees("one title").answers(
        "2"
    )
    person.is_asked("why").answers("w").is_asked("record it?").answers("n")
    person.has_done(1)
    screens.append(person.screen)
    assert not [screen for screen in screens if "\u202e" in screen]


@pytest.mark.slow
def test_a_picture_that_is_refused_is_asked_for_again(person: Person, desk: Workspace, story: None) -> None:
    """The picture comes from the options. If it is refused, another file can be named, or none."""
    Path(desk.root, "quay.jpg").write_bytes(jpeg())
    person.at("add", "update", "story", "--image", "none.jpg", "--alt", "A quay")
    person.is_asked("title").answers("Seen")
    leaves_out(person, "source", "occurred", *AT_THE_END, "closes").sees("none.jpg: No such file or directory")
    person.is_asked("file").says_instead("quay.jpg").is_asked("alt").answers()
    person.is_asked("credit").answers("Ann").is_asked("caption").answers()
    person.is_asked("record it?").answers("y").has_done()
    shown = desk.story("story").developments[-1].event.image  # type: ignore[attr-defined]
    assert (shown.alt, shown.credit, shown.width) == ("A quay", "Ann", 64)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("refused", "remedy", "occurred", "right", "is_date"),
    [
        ("2020–21", "2020/2021", "2024-01-05 17:13–17:20 UTC", "2024-01-05T17:13Z/2024-01-05T17:20Z", True),
        ("12 people 5", "second amount", "week 5 of 2024", "2024-01-29/2024-02-04", False),
    ],
    ids=["date", "figure"],
)
def test_a_prompt_reads_values_as_an_option_does(
    person: Person,
    desk: Workspace,
    story: None,
    refused: str,
    remedy: str,
    occurred: str,
    right: str,
    is_date: bool,
) -> None:
    person.at("add", "update", "story").is_asked("title").answers("T")
    leaves_out(person, "source")
    if is_date:
        person.is_asked("occurred").answers(refused).sees(remedy).mends(occurred)
        leaves_out(person, "body", "also involved").is_asked("figure").answers("a=30 at most")
    else:
        person.is_asked("occurred").answers(occurred)
        leaves_out(person, "body", "also involved").is_asked("figure").answers(f"a={refused}").sees(remedy)
        person.mends("a=30 at most")
    leaves_out(person, "another figure", "closes").is_asked("record it?").answers("y")
    person.has_done()
    assert last(desk)["occurred"] == right
    assert last(desk)["figures"] == [{"name": "a", "high": "30"}]
