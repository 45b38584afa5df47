"""The names that people write: a story's slug, ``slug#7`` for its seventh development, and web addresses."""

from __future__ import annotations

import re
from functools import lru_cache

from msgspec import Struct

from tracker.errors import BadInput
from tracker.startup import sha256
from tracker.text.identity import name_key

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_ID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_REFERENCE = r"([^#]*)#([1-9][0-9]{0,8})"

# Files of these names cannot exist on Windows, whatever their ending.
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))]
)


DESK = "desk"
"""The name of the desk's own stream, which is no story. No story can have this name."""


class Reference(Struct, frozen=True):
    """The name of a development: its story, and its number there, from 1."""

    slug: str
    seq: int

    def __str__(self) -> str:
        return f"{self.slug}#{self.seq}"


def check_slug(slug: str) -> str:
    """Returns the slug. Raises BadInput unless it can name a story on every file system and in every address."""
    if not _SLUG.fullmatch(slug) or len(slug) > 80:
        raise BadInput(
            f"{slug!r} cannot name a story: use at most 80 small letters, digits and single hyphens,"
            " such as tiktok-openai"
        )
    if slug == DESK:
        raise BadInput(f"{slug!r} cannot name a story: tracker keeps that name for the desk itself")
    if is_device(slug):
        raise BadInput(f"{slug!r} cannot name a story: Windows reserves that file name")
    return slug


def is_slug(text: str) -> bool:
    """Returns whether the text can name a story."""
    return len(text) <= 80 and _SLUG.fullmatch(text) is not None and text not in _DEVICES and text != DESK


def is_device(name: str) -> bool:
    """Returns whether Windows reserves the name."""
    return name in _DEVICES


def is_reference(text: str) -> bool:
    """Returns whether the text looks like a reference: ``tiktok-openai#7``, ``#7``, ``7``."""
    return "#" in text or re.fullmatch("[0-9]+", text) is not None


def is_link(text: str) -> bool:
    """Returns whether the text names an event of another story by its id: ``tiktok-openai#0191…``."""
    return re.fullmatch(f"[^#]*#{_ID}", text) is not None


def parse_reference(text: str, slug: str = "") -> Reference:
    """Reads ``tiktok-openai#7``, or ``#7`` and ``7`` of the story ``slug``. Raises BadInput."""
    match = re.fullmatch(_REFERENCE, text if "#" in text else f"#{text}")
    story = (match[1] or slug) if match else ""
    if not match or not story:
        raise BadInput(f"{text!r} is not a development: write the story and its number, such as tiktok-openai#7")
    return Reference(check_slug(story), int(match[2]))


# Web addresses.

_NOT_IN_ADDRESSES = r"[\x00-\x20\x7f\s\\<>\"\ufffe\uffff]"

_PLAIN = r"https?://[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]{1,4})?(?:/[A-Za-z0-9._~/-]*)?"
"""A pattern of most addresses. One that matches needs no further check."""


def is_absolute(address: str) -> bool:
    """Returns whether the address leads to the same place from anywhere: http(s), a host, and no user name."""
    return bool(re.fullmatch(_PLAIN, address)) or _is_absolute(address)


def _is_absolute(address: str) -> bool:
    from urllib.parse import urlsplit  # 4 ms

    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    known = parts.scheme in ("http", "https") and host and "@" not in parts.netloc
    return bool(known and not re.search(_NOT_IN_ADDRESSES, address))


@lru_cache(maxsize=1024)
def folder_name(party: str) -> str:
    """Returns the name of the folder of a party. Spellings of one party (``identity.name_key``) share a folder,
    and no others do. A name with more than small letters, digits and spaces in it gets a hash, such as C++."""
    key = name_key(party)
    slug = "-".join(re.findall("[a-z0-9]+", without_accents(key)))
    if slug and slug.replace("-", " ") == key and len(slug) <= 60 and not is_device(slug):
        return slug
    return f"{slug[:60].rstrip('-')}-{sha256(key.encode()).hexdigest()[:10]}".lstrip("-")


def type_folder(type: str) -> str:
    """Returns the name of the folder of a type: the type's name, unless Windows reserves that."""
    return f"{type}-type" if is_device(type) else type


def without_accents(text: str) -> str:
    """Returns the text with each accented letter as its base letter."""
    if text.isascii():
        return text
    from unicodedata import combining, normalize

    return "".join(char for char in normalize("NFKD", text) if not combining(char))
