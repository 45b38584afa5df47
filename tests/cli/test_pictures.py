"""A picture, as an editor adds, corrects and removes it, and as readers get it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import feedparser
import pytest

from tests.conftest import Ran
from tests.pictures import FILES, NAME, image, jpeg, stored
from tracker.publishing.publisher import publish
from tracker.workspace.desk import Workspace

Cli = Callable[..., Ran]


@pytest.fixture
def photo(desk: Workspace, cli: Cli, tmp_path: Path) -> str:
    """An open story, and a file to show in it."""
    assert cli("open", "story", "A story").code == 0
    path = tmp_path / "quay.jpg"
    path.write_bytes(jpeg(1200, 800))
    return str(path)


def media(desk: Workspace) -> list[str]:
    return desk.log.picture_names()


def published(desk: Workspace) -> list[str]:
    return sorted(path.name for path in Path(desk.feeds, "media").glob("*"))


@pytest.mark.slow
def test_added_published_corrected_and_removed(desk: Workspace, cli: Cli, photo: str) -> None:
    """The whole life of a picture."""
    texts = ["--alt", "A quay", "--credit", "Ann", "--caption", "The quay at noon"]
    added = cli("add", "update", "story", "Seen", "--image", photo, *texts)
    assert "  picture: 1200 × 800, " in added.out
    assert added.out.splitlines()[1].endswith(" kB: A quay")
    names = media(desk)
    assert len(names) == 2
    assert cli("publish").code == 0
    assert published(desk) == names
    page = Path(desk.feeds, "stories/story/2.html").read_text()
    (stated,) = [
        each.event.image for each in desk.story("story").developments if getattr(each.event, "image", None)
    ]
    assert f'<img src="../../media/{stated.small}" alt="A quay" width="960" height="640" loading="lazy">' in page
    assert "<figcaption>The quay at noon <small>Picture: Ann</small></figcaption>" in page
    assert f'<meta property="og:image" content="https://desk.example/media/{stated.file}">' in page
    assert cli("correct", "story#2", "--set", "alt=A pier", "--set", "credit=", "--why", "It is one").code == 0
    shown = cli("show", "story", "--json").json["developments"][1]["image"]
    assert (shown["alt"], shown["caption"], shown.get("credit")) == ("A pier", "The quay at noon", None)
    assert media(desk) == names
    assert cli("verify").code == 0
    removed = cli("redact", "story#2", "--reason", "copyright", "--authority", "A photographer", "--yes")
    assert removed.code == 0, removed.err
    assert media(desk) == []
    assert cli("publish").code == 0
    assert published(desk) == []
    for path in (*Path(desk.root).rglob("*"),):
        assert path.is_dir() or stated.file[:64].encode() not in path.read_bytes(), path
    assert cli("verify").code == 0


@pytest.mark.slow
def test_what_subscribers_get(desk: Workspace, cli: Cli, photo: str) -> None:
    """The picture is in the text, and an enclosure, a thumbnail and the image of the entry, where a format has
    that."""
    cli("add", "update", "story", "Seen", "--image", photo, "--alt", 'A "quay" & <pier>')
    publish(desk)
    (stated,) = [
        each.event.image for each in desk.story("story").developments if getattr(each.event, "image", None)
    ]
    url, small = (f"https://desk.example/media/{name}" for name in (stated.file, stated.small))
    folder = Path(desk.feeds, "stories/story")
    for name in ("developments.rss", "developments.atom"):
        entry, plain = feedparser.parse((folder / name).read_bytes()).entries
        (enclosure,) = entry.enclosures
        assert (enclosure.href, enclosure.type, enclosure.length) == (url, "image/jpeg", str(stated.bytes))
        assert f'src="{small}"' in entry.content[0].value
        assert not plain.enclosures
        assert entry.link == "https://desk.example/stories/story/2.html"
    rss = feedparser.parse((folder / "developments.rss").read_bytes()).entries[0]
    (content,) = rss.media_content
    assert (content["url"], content["medium"], content["width"], content["height"]) == (
        url,
        "image",
        "1200",
        "800",
    )
    assert [(each["url"], each["width"]) for each in rss.media_thumbnail] == [(small, "960")]
    item = json.loads((folder / "developments.json").read_bytes())["items"][0]
    assert item["image"] == url
    assert item["attachments"] == [
        {"url": url, "mime_type": "image/jpeg", "title": 'A "quay" & <pier>', "size_in_bytes": stated.bytes}
    ]
    sizes = f'src="{small}" alt="A &#34;quay&#34; &amp; &lt;pier&gt;" width="960" height="640">'
    assert f'<a href="{url}"><img {sizes}</a>' in item["content_html"]


def test_a_retracted_picture_is_struck_out(desk: Workspace, cli: Cli, photo: str) -> None:
    """It stays visible, as all that is retracted, and no program is offered it."""
    cli("add", "update", "story", "Seen", "--image", photo, "--alt", "A quay")
    cli("retract", "story#2", "--why", "Another quay")
    publish(desk)
    page = Path(desk.feeds, "stories/story/2.html").read_text()
    assert page.index("<del>") < page.index("<figure") < page.index("</del>")
    assert "og:image" not in page
    assert (
        not feedparser.parse(Path(desk.feeds, "stories/story/developments.atom").read_bytes())
        .entries[1]
        .enclosures
    )
    assert "ImageObject" not in Path(desk.feeds, "stories/story/index.html").read_text()
    assert len(published(desk)) == 2


def test_a_dry_run_stores_nothing(desk: Workspace, cli: Cli, photo: str) -> None:
    """It still decodes the picture, so it refuses what a real run would refuse."""
    run = cli("add", "update", "story", "Seen", "--image", photo, "--alt", "A quay", "--dry-run")
    assert "  picture: 1200 × 800" in run.out
    assert "  [A quay]" in run.out
    assert media(desk) == []
    assert not Path(desk.log.folder, "media").exists()
    refused = cli("add", "update", "story", "Seen", "--image", "tracker.toml", "--alt", "A quay", "--dry-run")
    assert refused.code == 2
    assert refused.err.startswith("error: image: tracker.toml is no picture of a kind that tracker can read;")


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (["--image", "quay.jpg"], "missing: --alt (what the picture shows, for readers who cannot see it)"),
        (["--image", "quay.jpg", "--alt", " "], "--alt is empty"),
        (["--image", "", "--alt", "A quay"], "--image is empty"),
        (["--alt", "A quay"], "--alt describes a picture: name its file with --image"),
        (["--caption", "x", "--credit", "y"], "describes a picture: name its file with --image"),
        (["--image", "a", "--image", "b", "--alt", "x"], "--image was given twice; a development has one picture"),
        (["--image", "a.jpg", "--alt", "x"], "image: a.jpg: No such file or directory"),
        (["--image", ".", "--alt", "x"], "image: .: is a folder"),
        (["--image", "tracker.toml", "--alt", "…"], "JPEG, PNG, WebP and GIF work"),
        (["--image", "a.jpg", "--alt", "x" * 1001], "image.alt: is longer than 1000 characters"),
    ],
    ids=lambda value: (value if isinstance(value, str) else " ".join(value))[:30],
)
def test_refused(desk: Workspace, cli: Cli, photo: str, options: list[str], reason: str) -> None:
    """By the name of the option or of the file, before anything is stored."""
    refused = cli("add", "update", "story", "Seen", *options)
    assert refused.code == 2
    assert reason in refused.err
    assert desk.log.head("story").seq == 1
    assert media(desk) == []


def test_an_alt_text_that_says_nothing(desk: Workspace, cli: Cli, photo: str) -> None:
    refused = cli("add", "update", "story", "Seen", "--image", photo, "--alt", "…")
    assert refused.err == "error: image.alt: says nothing; say what the picture shows\n"
    assert media(desk) == []


def test_a_desk_s_own_credit(desk: Workspace, cli: Cli, photo: str) -> None:
    """A declared field of the name of a picture's option has the option."""
    Path(desk.log.folder, "types.toml").write_text(
        '[rating]\nhelp = "A rating changes."\nfields.credit = { kind = "text", help = "the rating" }\n'
    )
    assert "  --credit TEXT   The rating.\n" in cli("add", "rating", "--help").out.replace("     ", " ")
    added = cli("add", "rating", "story", "Down", "--credit", "AA", "--image", photo, "--alt", "A chart")
    assert added.code == 0, added.err
    shown = desk.log.lines("story")[1]
    assert b'"credit":"AA"' in shown
    assert cli("correct", "story#2", "--set", "credit=A", "--set", "caption=The chart", "--why", "x").code == 0


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (["alt="], "changes.image.alt: is missing"),
        (["alt=A quay"], "changes.image: story#2 says that already"),
        (["image=", "alt=x"], "alt: describes a picture; it cannot be removed at the same time"),
        (["image=none.jpg"], "image.alt: is missing; say what the picture shows"),
        (["image=none.jpg", "alt=x"], "image: none.jpg: No such file or directory"),
        (["alt=a", "alt=b"], "alt: takes one value, and was set more than once"),
        (["caption=a\nb"], "changes.image.caption: has to be one line without tabs"),
    ],
    ids=lambda value: (value if isinstance(value, str) else " ".join(value))[:30],
)
def test_a_correction_refused(cli: Cli, photo: str, settings: list[str], reason: str) -> None:
    cli("add", "update", "story", "Seen", "--image", photo, "--alt", "A quay")
    refused = cli("correct", "story#2", *(word for each in settings for word in ("--set", each)), "--why", "x")
    assert refused.code == 2
    assert reason in refused.err


def test_a_picture_is_exchanged_given_and_taken_away(
    desk: Workspace, cli: Cli, photo: str, tmp_path: Path
) -> None:
    """Readers are told the old and the new one. The old file stays: the log shows what was published."""
    cli("add", "update", "story", "Seen")
    assert cli("correct", "story#2", "--set", "alt=A pier", "--why", "x").err == (
        "error: alt: has no picture; add one with --set image=FILE\n"
    )
    cli("correct", "story#2", "--set", f"image={photo}", "--set", "alt=A quay", "--why", "It was left out")
    (tmp_path / "pier.jpg").write_bytes(jpeg(70, 50))
    other = cli("correct", "story#2", "--set", f"image={tmp_path}/pier.jpg", "--set", "alt=A pier", "--why", "x")
    assert "#2 image: A quay (picture " in other.out
    assert "→ A pier (picture " in other.out
    taken = cli("correct", "story#2", "--set", "image=", "--why", "x")
    assert "→ nothing" in taken.out
    assert len(media(desk)) == 3
    publish(desk)
    assert published(desk) == media(desk)
    assert "<figure" not in Path(desk.feeds, "stories/story/2.html").read_text()


@pytest.mark.slow
def test_by_forms(desk: Workspace, cli: Cli, photo: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A form has the file and its texts. A mistake is marked, and a picture that is not touched stays as it is."""

    def replacing(*pairs: tuple[str, str]) -> None:
        script = tmp_path / "editor"
        lines = "".join(f"text = text.replace({old!r}, {new!r}, 1)\n" for old, new in pairs)
        read, write = "path = sys.argv[1]\ntext = open(path).read()\n", "open(path, 'w').write(text)\n"
        script.write_text(f"#!{sys.executable}\nimport sys\n{read}{lines}{write}")
        script.chmod(0o755)
        monkeypatch.setenv("EDITOR", str(script))

    replacing(('title = ""', 'title = "Seen"'), ('file = ""', f'file = "{photo}"'), ('alt = ""', 'alt = "A quay"'))
    added = cli("add", "update", "story", "-e")
    assert added.code == 0, added.err
    names = media(desk)
    replacing(('caption = ""', 'caption = "At noon"'), ('why = ""', 'why = "It was left out"'))
    corrected = cli("correct", "story#2", "-e")
    assert corrected.code == 0, corrected.err
    assert "#2 image: A quay (picture" in corrected.out
    assert "A quay; At noon (picture" in corrected.out
    assert media(desk) == names
    replacing(('alt = "A quay"', 'alt = ""'), ('why = ""', 'why = "x"'), ("[image]\n", "[image]\nwidth = 3\n"))
    refused = cli("correct", "story#2", "-e")
    assert "image.width: there is no field of a picture 'width'" in refused.err


def test_json_lines_name_pictures_that_are_there(desk: Workspace, cli: Cli, photo: str) -> None:
    """``tracker append`` stores no files."""
    values = {"type": "update", "title": "Seen", "image": image()}
    refused = cli("append", "story", input=json.dumps(values))
    assert refused.code == 2
    assert refused.err == (
        f"error: -:1: image: events/media/{NAME} is missing or was changed; tracker add --image stores a picture\n"
    )
    for name, data in FILES.items():
        desk.log.put_picture(name, data)
    assert cli("append", "story", input=json.dumps(values)).code == 0
    values["image"] = {**image(), "file": "../../secret.jpg"}
    assert (
        "image.file: is not the name of a stored picture" in cli("append", "story", input=json.dumps(values)).err
    )


def test_a_correction_in_json_lines_may_name_texts_alone(
    desk: Workspace, record: Any, cli: Cli, photo: str
) -> None:
    """The line has the whole picture, so that a replay needs nothing else."""
    desk.pictures |= FILES
    record("update", "Seen", image=image(credit="Ann"))
    changes = {"image": {"caption": "At noon", "credit": None}}
    correction = {"type": "correction", "corrects": "#2", "changes": changes, "why": "x"}
    assert cli("append", "story", input=json.dumps(correction)).code == 0
    assert desk.log.lines("story")[2].count(NAME.encode()) == 1
    shown = desk.story("story").developments[1].event.image  # type: ignore[attr-defined]
    assert (shown.caption, shown.credit, shown.file) == ("At noon", "", NAME)
    record("update", "Plain")
    correction["corrects"] = "#4"
    refused = cli("append", "story", input=json.dumps(correction))
    assert "changes.image: has no picture whose texts could be corrected" in refused.err


@pytest.mark.slow
def test_publishing_event_by_event_is_publishing_at_once(desk: Workspace, record: Any, photo: str) -> None:
    """With pictures, too, whether a picture is new or shown again."""
    other = stored(b"another")
    (name,) = other
    desk.pictures |= FILES | other
    record("update", "Seen", image=image())
    publish(desk)
    record("update", "Again", image=image(name, name))
    publish(desk)
    record("correction", corrects="#2", changes={"image": image(name, name, alt="Another")}, why="x")
    assert not publish(desk).anew
    step_by_step = {path: path.read_bytes() for path in Path(desk.feeds).rglob("*") if path.is_file()}
    assert publish(desk, anew=True).written == []
    assert {path: path.read_bytes() for path in Path(desk.feeds).rglob("*") if path.is_file()} == step_by_step
    assert published(desk) == sorted([*FILES, name])


@pytest.mark.slow
def test_a_lost_picture(desk: Workspace, record: Any, cli: Cli, photo: str) -> None:
    """``verify`` names it, the rest is published, and the published copy is kept and can be put back."""
    desk.pictures |= FILES
    record("update", "Seen", image=image())
    assert cli("publish").code == 0
    stored_file = Path(desk.log.folder, "media", NAME)
    for lose, what in ((stored_file.unlink, "is missing"), (lambda: stored_file.write_bytes(b"x"), "was changed")):
        lose()
        found = cli("verify")
        assert found.code == 1
        assert found.err.startswith(
            f"events/story.jsonl:2: image: events/media/{NAME}: {what}. Restore it from a copy"
        )
        assert f"events/media/{NAME}: {what}" in cli("doctor").out.replace("\n    ", " ")
        record("update", "It goes on")
        ran = cli("publish", "--anew")
        assert ran.code == 1
        assert f"events/media/{NAME}: {what}" in ran.err
        assert "It goes on" in Path(desk.feeds, "stories/story/index.html").read_text()
        assert cli("publish").code == 1
    stored_file.write_bytes(Path(desk.feeds, "media", NAME).read_bytes())
    assert cli("publish").code == 0
    assert cli("verify").code == 0


@pytest.mark.slow
def test_a_published_picture_that_was_changed(desk: Workspace, record: Any, cli: Cli, photo: str) -> None:
    desk.pictures |= FILES
    record("update", "Seen", image=image())
    publish(desk)
    Path(desk.feeds, "media", NAME).write_bytes(b"another")
    Path(desk.feeds, "media", "notes.txt").write_bytes(b"the desk's own")
    found = cli("verify")
    assert found.code == 1
    assert f"feeds/media/{NAME}: is not what the log publishes. tracker publish makes it again" in found.err
    assert cli("publish").code == cli("verify").code == 0


def test_files_that_no_event_names(desk: Workspace, record: Any, cli: Cli, photo: str) -> None:
    """Remarks, and no faults: a killed command left them."""
    desk.log.put_picture(NAME, FILES[NAME])
    Path(desk.log.folder, "media", "notes.txt").write_bytes(b"x")
    found = cli("verify")
    assert found.code == 0
    said = found.out + found.err
    assert (
        f"events/media/{NAME}: no event names this picture; a command that was cut short left it. Delete it"
        in said
    )
    assert "events/media/notes.txt: is no picture that tracker stored" in said
    looked = cli("doctor").out.replace("\n    ", " ")
    assert f"events/media/{NAME}: no event names this picture" in looked
