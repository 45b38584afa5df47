"""Which stored files a line names: what its picture says, and nothing that only looks like it."""

from __future__ import annotations

import pytest

from tests.pictures import FILES, NAME, SMALL_NAME, WHOLE, image
from tests.strategies import Stream
from tracker.domain import media
from tracker.domain.chain import executed
from tracker.domain.events import Correction, Opened, files_of


@pytest.fixture
def stream() -> Stream:
    stream = Stream()
    stream.add("opened", "A story")
    stream.add("update", "Seen", image=image())
    return stream


def test_both_files_of_a_picture_are_named(stream: Stream) -> None:
    assert media.names_in(stream.lines[1]) == files_of(stream.events[1]) == (NAME, SMALL_NAME)
    assert list(media.named(stream.lines)) == [(2, NAME), (2, SMALL_NAME)]


def test_a_small_picture_has_one_file(stream: Stream) -> None:
    stream.add("update", "Seen", image=image(NAME, NAME))
    assert media.names_in(stream.lines[2]) == files_of(stream.events[2]) == (NAME,)


def test_a_correction_names_the_new_picture(stream: Stream) -> None:
    stream.correct(2, image=image(NAME, NAME, alt="Another"))
    stream.correct(2, image={"caption": "At noon"})
    stream.correct(2, image=None)
    stream.correct(2, title="Looked at")
    names = [media.names_in(line) for line in stream.lines[2:]]
    assert names == [files_of(event) for event in stream.events[2:]] == [(NAME,), (NAME,), (), ()]


def test_a_removed_text_names_none(stream: Stream) -> None:
    before = stream.lines
    stream.redact(2)
    assert media.gone(before, executed(stream.lines)) == {NAME, SMALL_NAME}
    assert not any(map(media.names_in, stream.lines))
    assert not any(files_of(event) for event in stream.events)
    assert media.gone(before, before) == set()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        (b'{"body":"\\"image\\":{\\"file\\":\\"%b\\"}"}' % NAME.encode(), ()),
        (b'{"image":null}', ()),
        (b'{"image":"%b"}' % NAME.encode(), ()),
        (b'{"image":{"file":"../%b"}}' % NAME.encode(), ()),
        (b'{"image":{"file":7,"small":"%b"}}' % NAME.encode(), (NAME,)),
        (b'{"image":{"file":"%b","alt":"%b"}}' % (NAME.encode(), SMALL_NAME.encode()), (NAME,)),
        (b'{"changes":{"image":{"small":"%b"}}}' % NAME.encode(), (NAME,)),
        (b'{"changes":7,"image":{}}', ()),
        (b'{"image":{"file":"%b"}' % NAME.encode(), (NAME,)),
        (b'\xff{"image":"%b %b"' % (NAME.encode(), NAME.encode()), (NAME,)),
    ],
    ids=range(10),
)
def test_a_forged_line(line: bytes, names: tuple[str, ...]) -> None:
    """A broken line keeps every file whose name is in it."""
    assert media.names_in(line) == names


def test_events_without_a_picture() -> None:
    assert files_of(Opened(title="A story")) == ()
    assert files_of(Correction(corrects="", changes={"image": "x"}, why="x")) == ()
    assert files_of(Correction(corrects="", changes={"image": {"file": 7}}, why="x")) == ()


def test_a_name_is_the_hash_of_the_file() -> None:
    assert all(media.fits(name, data) for name, data in FILES.items())
    assert not media.fits(SMALL_NAME, WHOLE)
    assert media.media_type(NAME) == "image/jpeg"
    assert [media.is_name(name) for name in (NAME, NAME[:-3] + "gif", NAME.upper(), f"x{NAME}", f"{NAME}x")] == [
        True,
        *[False] * 4,
    ]
