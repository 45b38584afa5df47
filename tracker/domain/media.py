"""The stored files of pictures: their names, and which lines of a log name them.

The name of a file is the SHA-256 of its bytes with the ending of its format. The picture of an event names two
files, the picture and a smaller one (``events.Image``). Both names are part of the event's text: the hash of the
line covers them, and they go with the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import msgspec

from tracker.startup import sha256

_NAME = r"[0-9a-f]{64}\.(?:jpg|png|webp)"

TYPES = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
"""The media types of stored files, by ending."""


def is_name(text: str) -> bool:
    """Whether the text can name a stored file."""
    return re.fullmatch(_NAME, text) is not None


def media_type(name: str) -> str:
    """Returns the media type of a stored file."""
    return TYPES[name.rpartition(".")[2]]


def fits(name: str, data: bytes) -> bool:
    """Whether these are the bytes that the name stands for."""
    return name[:64] == sha256(data).hexdigest()


def names_in(line: bytes) -> tuple[str, ...]:
    """Returns the names in a stored line: the same as ``events.files_of``. A line whose text was removed names no
    file. In a line that is not JSON, everything that looks like a name is one."""
    if b'"image":' not in line:
        return ()
    try:
        values = msgspec.json.decode(line)
    except msgspec.MsgspecError:
        return tuple(dict.fromkeys(re.findall(_NAME, line.decode("latin-1"))))
    changes = values.get("changes")
    return _names(values.get("image") or (changes.get("image") if isinstance(changes, dict) else None))


def _names(image: Any) -> tuple[str, ...]:
    """Returns the names in the plain values of a picture, which may be forged."""
    if not isinstance(image, dict):
        return ()
    named = (image.get("file"), image.get("small"))
    return tuple(dict.fromkeys(each for each in named if isinstance(each, str) and is_name(each)))


def named(lines: Iterable[bytes]) -> Iterator[tuple[int, str]]:
    """Yields each name in the lines of a stream, with the number of its line."""
    for number, line in enumerate(lines, 1):
        for name in names_in(line):
            yield number, name


def gone(before: Iterable[bytes], after: Iterable[bytes]) -> set[str]:
    """Returns the names in the lines of a stream before texts are removed that are not in its lines after that."""
    return {name for _, name in named(before)} - {name for _, name in named(after)}
