"""Make the pictures of the README: the page of the story in this repository, on a light and on a dark screen.

::

    events/ ─▶ a copy ─▶ tracker serve ─▶ Chromium ─▶ PNG ─▶ WebP ─▶ docs/pictures/

``python -m tests.screenshots`` writes them. They need Debian's Chromium.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image, ImageStat

from tests.serving import command

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
STORY = "tiktok-openai"
SCHEMES = ("light", "dark")
SIZE = {"width": 1100, "height": 760}
"""What the window holds, in CSS pixels. The pictures have twice as many in each direction."""

MOST_BYTES = 300_000
"""The bytes that all pictures may have together."""


def picture(scheme: str) -> Path:
    return PICTURES / f"story-{scheme}.webp"


def taken() -> dict[str, bytes]:
    """The pictures, by their scheme, as WebP."""
    from tests.browser import Visit, launched  # playwright takes half a second

    with tempfile.TemporaryDirectory() as folder:
        desk = Path(folder, "desk")
        shutil.copytree(ROOT / "events", desk / "events")
        shutil.copy(ROOT / "tracker.toml", desk)
        with command(str(desk)) as site, launched() as browser:
            return {scheme: _webp(_seen(Visit(browser, site.url, **_screen(scheme)))) for scheme in SCHEMES}


def _screen(scheme: str) -> dict[str, object]:
    return {"color_scheme": scheme, "viewport": SIZE, "device_scale_factor": 2, "locale": "en-GB"}


def _seen(visit: Any) -> bytes:
    visit.opens(f"{visit.host}/stories/{STORY}/")
    picture = visit.page.screenshot(animations="disabled")
    visit.ends()
    return picture


def _webp(png: bytes) -> bytes:
    stored = io.BytesIO()
    Image.open(io.BytesIO(png)).convert("RGB").save(stored, "WEBP", quality=70, method=6)
    return stored.getvalue()


def brightness(webp: bytes) -> float:
    """The mean brightness of a picture, from 0 to 255."""
    return float(ImageStat.Stat(Image.open(io.BytesIO(webp)).convert("L")).mean[0])


if __name__ == "__main__":
    PICTURES.mkdir(exist_ok=True)
    for scheme, data in taken().items():
        picture(scheme).write_bytes(data)
        print(f"{picture(scheme).relative_to(ROOT)}: {len(data):,} bytes")
