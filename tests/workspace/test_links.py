"""Links between stories: as they are typed, as commands and the API show them, and on pages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.ways import at_the_editor
from tests.conftest import Ran
from tests.publishing.test_incremental import anew
from tests.publishing.test_publisher import site
from tests.typist import fill, replace
from tracker.cli.commands import show
from tracker.domain import chain
from tracker.errors import BadInput
from tracker.maintenance.verify import verify
from tracker.publishing.publisher import publish
from tracker.workspace import links
from tracker.workspace.desk import Workspace


@pytest.fixture
def two(record: Callable[..., Any]) -> None:
    """A story, and another one that mentions its second event."""
    for slug in ("one", "two"):
        record("opened", f"Story {slug}", story=slug)
        record("update", f"Update {slug}", story=slug)
    record("update", "It follows", story="two", see=["one#2", "#2"])


@pytest.mark.usefixtures("two")
def test_an_event_of_another_story_is_stored_by_its_id(desk: Workspace) -> None:
    (_, second), (*_, last) = (list(desk.log.read(slug)) for slug in ("one", "two"))
    assert last.see[0] == f"one#{second.id}"  # type: ignore[attr-defined]
    assert desk.numbers("one", second.id) == 2
    again = desk.record("two", [{"type": "update", "title": "T", "see": [f"one#{second.id}", f"two#{last.id}"]}])
    assert again[0].event.see == (f"one#{second.id}", last.id)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize(
    ("see", "reason"),
    [
        ("one#9", "see: there is no one#9; the last one is one#2"),
        ("none#1", "see: there is no story 'none'"),
        ("none#01910000-0000-7000-8000-000000000000", "see: none has no event 01910000-"),
        ("One#1", "'One' cannot name a story"),
    ],
    ids=["range", "story", "id", "slug"],
)
def test_an_event_that_is_not_there_is_refused(record: Callable[..., Any], see: str, reason: str) -> None:
    for type, fields in (
        ("update", {"see": [see]}),
        ("correction", {"corrects": "#2", "changes": {"see": [see]}}),
    ):
        with pytest.raises(BadInput, match=re.escape(reason)):
            record(
                type,
                "T" if type == "update" else "",
                story="two",
                **fields,
                **{"why": "w"} if "changes" in fields else {},
            )


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("most", [0, 1_000], ids=["read-model", "files"])
def test_what_is_mentioned_links_back(
    cli: Callable[..., Ran], record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    """In the text of show, and for programs; by then, and no longer once the mention is withdrawn."""
    monkeypatch.setattr(show, "MOST_SCANNED", most)
    assert "  #3 mentions one#2\n  #3 mentions two#2\n" in cli("show", "two").out
    assert "Related\n  #2 is mentioned by two#3  It follows\n" in cli("show", "one").out
    assert cli("links", "one").out == "#2 is mentioned by two#3  It follows\n"
    (link,) = cli("links", "one", "--json").json
    assert (link["story"], link["seq"], link["to"], link["title"]) == ("two", 3, 2, "It follows")
    assert cli("links", "one", "--known-at", "#2", "--json").json == []
    assert cli("links", "one", "--as-of", "2020", "--json").json == []
    (see,) = [each["see"] for each in cli("show", "two", "--json").json["developments"] if each["see"]]
    assert [(each["story"], each["seq"]) for each in see] == [("one", 2), ("two", 2)]
    record("retraction", story="two", retracts="#3", why="wrong")
    assert "Related" not in cli("show", "one").out
    assert cli("links", "two").err == "no other story mentions two\n"


@pytest.mark.usefixtures("two")
def test_a_damaged_story_links_nowhere(cli: Callable[..., Ran], desk: Workspace) -> None:
    path = Path(desk.log.path("two"))
    path.write_bytes(path.read_bytes().replace(b"It follows", b"It FOLLOWS"))
    assert cli("links", "one", "--json").json == []


def test_closes_and_see_are_given_several_times(cli: Callable[..., Ran], record: Callable[..., Any]) -> None:
    record("opened", "A story")
    record("question", "Why?")
    record("question", "Who?")
    cli("add", "update", "story", "Because", "--closes", "#2", "--closes", "3", "--see", "#1", "--see", "2")
    assert [each["ended_by"] for each in cli("show", "story", "--json").json["questions"]] == [4, 4]
    assert cli("correct", "story#4", "--remove", "see=#1", "--add", "see=#3", "--why", "a slip").code == 0
    assert "#4 mentions story#3" in cli("show", "story").out


@pytest.mark.parametrize("typed", ["one#2", "ID", "one#ID"])
@pytest.mark.usefixtures("two")
def test_a_link_is_removed_as_it_is_written(cli: Callable[..., Ran], desk: Workspace, typed: str) -> None:
    """By the number in the other story, or by the id that the log has; the other links stay."""
    typed = typed.replace("ID", desk.story("one").developments[1].id)
    ran = cli("correct", "two#3", "--remove", f"see={typed}", "--why", "a slip")
    if "#" not in typed:
        assert f"'{typed}' is not there; there are: one#2, #2" in ran.err
        return
    assert ran.code == 0, ran
    (see,) = [each["see"] for each in cli("show", "two", "--json").json["developments"] if each["see"]]
    assert [(each["story"], each["seq"]) for each in see] == [("two", 2)]


@pytest.mark.usefixtures("two")
def test_a_form_has_links_as_they_are_written(
    cli: Callable[..., Ran], desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    record("update", "More", story="one")
    at_the_editor(monkeypatch, replace('"one#2"', '"one#3"'), fill(why="a slip"))
    assert cli("correct", "two#3", "-e").code == 0
    (see,) = [each["see"] for each in cli("show", "two", "--json").json["developments"] if each["see"]]
    assert [(each["story"], each["seq"]) for each in see] == [("one", 3), ("two", 2)]


@pytest.mark.usefixtures("two")
def test_a_link_that_leads_nowhere_is_remarked(
    desk: Workspace, record: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no fault of the log: the other story can be in another clone. A link that was withdrawn does not
    count."""
    monkeypatch.chdir(desk.root)
    record("update", "Again", story="two", see=["one#1"])
    record("update", "And again", story="two", see=["one#2"])
    record("retraction", story="two", retracts="#5", why="wrong")
    assert verify(desk).remarks == []
    path, lines = Path(desk.log.path("one")), Path(desk.log.path("one")).read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0])
    gone = chain.id_of(lines[1])
    (remark,) = verify(desk).remarks
    assert str(remark) == f"events/two.jsonl:3: see: leads nowhere, because one has no event {gone}"
    path.unlink()
    checked = verify(desk)
    assert [str(each) for each in checked.remarks] == [
        f"events/two.jsonl:{number}: see: leads nowhere, because there is no story one" for number in (3, 4)
    ]
    assert checked.problems == []
    record("correction", story="two", corrects="#4", changes={"see": None}, why="a slip")
    assert [each.place for each in verify(desk).remarks] == ["events/two.jsonl:3"]


@pytest.mark.usefixtures("two")
def test_links_of_damaged_stories_are_not_followed(desk: Workspace) -> None:
    """Their lines are problems already."""
    for slug in ("one", "two"):
        path = Path(desk.log.path(slug))
        path.write_bytes(path.read_bytes().replace(b'"title":"Update', b'"title":7,"x":"'))
        assert verify(desk).remarks == []
        assert verify(desk).problems


# Pages


@pytest.mark.slow
@pytest.mark.usefixtures("two")
def test_pages_link_both_ways(desk: Workspace, record: Callable[..., Any]) -> None:
    """Whichever story is published first; the pages that a new mention changes are made again."""
    publish(desk)
    pages = site(desk)
    assert b'See also: <a href="../../stories/one/2.html">one#2</a>' in pages["stories/two/3.html"]
    for path in ("stories/one/index.html", "stories/one/2.html"):
        assert b'<a href="../two/3.html"><bdi>It follows</bdi></a> <small>two#3</small>' in pages[path]
    assert b"Mentioned by" in pages["stories/two/2.html"]
    record("update", "Back", story="one", see=["two#3"])
    for changed in ("stories/two/index.html", "stories/two/3.html"):
        assert changed in publish(desk).written + [path for path in pages if pages[path] != site(desk).get(path)]
    record("correction", story="two", corrects="#3", changes={"title": "It came later"}, why="a slip")
    publish(desk)
    assert b"It came later" in site(desk)["stories/one/2.html"]
    record("correction", story="two", corrects="#3", changes={"see": None}, why="a slip")
    publish(desk)
    assert b"Mentioned in other stories" not in site(desk)["stories/one/2.html"]
    record("update", "Again", story="two", see=["one#1"])
    record("redaction", story="two", redacts="#6", reason="court-order", authority="A court")
    publish(desk)
    assert site(desk) == anew(desk)


@pytest.mark.usefixtures("two")
@pytest.mark.slow
def test_verify_knows_what_other_stories_mention(desk: Workspace, cli: Callable[..., Ran]) -> None:
    """Only what is published counts. A page that lacks the link is found."""
    publish(desk)
    assert "all is well" in cli("verify").out
    assert cli("add", "update", "two", "Once more", "--see", "one#1").code == 0
    assert "all is well" in cli("verify").out
    page = Path(desk.feeds, "stories/one/2.html")
    page.write_bytes(page.read_bytes().replace(b"two#3", b""))
    assert "stories/one/2.html: is not what the log publishes" in cli("verify").err


@pytest.mark.usefixtures("two")
def test_a_damaged_story_keeps_the_links_that_were_published(desk: Workspace) -> None:
    publish(desk)
    before = site(desk)["stories/one/2.html"]
    path = Path(desk.log.path("two"))
    path.write_bytes(path.read_bytes() + b"nonsense\n")
    assert publish(desk).errors
    assert site(desk)["stories/one/2.html"] == before


def test_no_number_is_known_of_a_story_that_is_gone(desk: Workspace) -> None:
    assert links.Numbers(desk.log)("gone", "01910000-0000-7000-8000-000000000000") == 0
