"""Pictures for tests: files that Pillow makes, and stored files with other bytes, which no test opens."""

from __future__ import annotations

import random
from hashlib import sha256
from io import BytesIO
from typing import Any

WHOLE, SMALL = b"the picture", b"the small one"
NAME, SMALL_NAME = (f"{sha256(data).hexdigest()}.jpg" for data in (WHOLE, SMALL))
FILES = {NAME: WHOLE, SMALL_NAME: SMALL}
"""Two stored files by name."""


def stored(*data: bytes) -> dict[str, bytes]:
    """Files of these bytes by the names under which a log stores them."""
    return {f"{sha256(each).hexdigest()}.jpg": each for each in data}


def image(file: str = NAME, small: str = SMALL_NAME, **texts: str) -> dict[str, Any]:
    """The values of a picture with these files."""
    sizes = {
        "width": 1600,
        "height": 1200,
        "bytes": 11,
        "small_width": 960,
        "small_height": 720,
        "small_bytes": 13,
    }
    return {"file": file, "small": small, **sizes, "alt": "A quay at noon", **texts}


def drawing(width: int = 64, height: int = 48, mode: str = "RGB", seed: int = 1) -> Any:
    """A picture of circles, as Pillow has it."""
    from PIL import Image, ImageDraw

    drawn, chance = Image.new("RGB", (width, height), (200, 220, 240)), random.Random(seed)
    pen = ImageDraw.Draw(drawn)
    for _ in range(20):
        x, y = chance.randrange(width), chance.randrange(height)
        pen.ellipse((x, y, x + width // 8 + 1, y + height // 8 + 1), fill=tuple(chance.choices(range(256), k=3)))
    return drawn.convert(mode)


def saved(picture: Any, format: str, **settings: Any) -> bytes:
    """The picture as a file of this format."""
    file = BytesIO()
    picture.save(file, format, **settings)
    return file.getvalue()


def jpeg(width: int = 64, height: int = 48, **settings: Any) -> bytes:
    return saved(drawing(width, height), "JPEG", **settings)
