"""Makes the screenshots in this folder: ``python docs/screenshots/make.py``, with the extra ``test`` and Chromium.

It publishes the examples and this repository's desk into a folder of their own, serves them, and looks at their
pages in a browser. A screenshot has few colours, so that it is small.
"""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tracker.publishing.publisher import publish
from tracker.workspace.desk import Workspace

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DESKS = ("door-plug", "outages", "court", "newsroom", "markets", "regulator")
DOOR_PLUG, OUTAGE, OWN = "stories/door-plug/", "stories/sync-outage/", "stories/tiktok-openai/"
WIDE, NARROW, NARROWEST = 1280, 390, 360
COLOURS = 64


class Shot(NamedTuple):
    """A screenshot: its name, the desk and the path of the page, the width of the window, and what is shown of the
    page: the first screen, or an element."""

    name: str
    desk: str
    path: str = ""
    width: int = WIDE
    element: str = ""
    scheme: str = "light"
    media: str = "screen"


SHOTS = (
    Shot("index", "door-plug"),
    Shot("index-dark", "door-plug", scheme="dark"),
    Shot("index-phone", "outages", width=NARROW),
    Shot("index-two-stories", "outages"),
    Shot("story", "door-plug", DOOR_PLUG),
    Shot("story-dark", "door-plug", DOOR_PLUG, scheme="dark"),
    Shot("story-phone", "door-plug", DOOR_PLUG, NARROW),
    Shot("story-phone-dark", "door-plug", DOOR_PLUG, NARROW, scheme="dark"),
    Shot("picture", "door-plug", DOOR_PLUG, element="#picture"),
    Shot("picture-dark", "door-plug", DOOR_PLUG, element="#picture", scheme="dark"),
    Shot("picture-phone", "door-plug", DOOR_PLUG, NARROWEST, "#picture"),
    Shot("picture-printed", "door-plug", DOOR_PLUG, element="#picture", media="print"),
    Shot("picture-of-a-day", "outages", OUTAGE, element="#picture"),
    Shot("picture-of-vague-dates", "own", OWN, element="#picture"),
    Shot("picture-of-vague-dates-phone", "own", OWN, NARROWEST, "#picture"),
    Shot("picture-with-one-lane", "newsroom", "stories/harbour-fire/", element="#picture"),
    Shot("key-events", "door-plug", DOOR_PLUG, element="#keys"),
    Shot("timeline", "door-plug", f"{DOOR_PLUG}?key=key", element=".two"),
    Shot("timeline-recorded", "outages", f"{OUTAGE}?by=recorded", element=".two"),
    Shot("story-then", "outages", OUTAGE),
    Shot("story-asof", "door-plug", f"{DOOR_PLUG}?asof=2024-01-20"),
    Shot("story-asof-phone", "door-plug", f"{DOOR_PLUG}?asof=2024-01-20", NARROW),
    Shot("month-asof", "door-plug", f"{DOOR_PLUG}asof-2024-01.html"),
    Shot("story-vague", "own", OWN),
    Shot("story-court", "court", "stories/mill-v-energy/"),
    Shot("story-markets-phone", "markets", "stories/larkspur-pellmark/", NARROW),
    Shot("development", "door-plug", f"{DOOR_PLUG}28.html"),
    Shot("development-phone", "door-plug", f"{DOOR_PLUG}10.html", NARROW),
    Shot("party", "door-plug", "parties/boeing/"),
    Shot("party-phone", "door-plug", "parties/faa/", NARROW),
    Shot("corrections", "door-plug", "corrections/"),
    Shot("embed", "door-plug", "embed/door-plug/", 640),
    Shot("embed-dark-phone", "door-plug", "embed/door-plug/", NARROW, scheme="dark"),
)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for name in DESKS:
            made(ROOT / "examples" / name, Path(folder, name))
        made(ROOT, Path(folder, "own"))
        with served(folder) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            for each in SHOTS:
                shoot(browser, url, each)
            browser.close()
    total = sum(path.stat().st_size for path in HERE.glob("*.png"))
    print(f"{len(SHOTS)} screenshots, {total:,} bytes")


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and logs nothing."""

    def log_message(self, format: str, *args: object) -> None:
        pass


@contextmanager
def served(folder: str) -> Iterator[str]:
    """Serves a folder, and gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def made(source: Path, folder: Path) -> None:
    """Copies the log of a desk, and publishes it."""
    shutil.copytree(source / "events", folder / "events")
    shutil.copy(source / "tracker.toml", folder)
    publish(Workspace(str(folder)))


def shoot(browser: Browser, url: str, shot: Shot) -> None:
    context = browser.new_context(viewport={"width": shot.width, "height": 844 if shot.width < 640 else 900})
    page = context.new_page()
    page.emulate_media(color_scheme="dark" if shot.scheme == "dark" else "light")
    page.goto(f"{url}/{shot.desk}/feeds/{shot.path}")
    if shot.name == "story-then":
        page.locator("#slider").fill("5")
    page.wait_for_load_state("networkidle")
    if shot.element:
        page.set_viewport_size({"width": shot.width, "height": 3000})
    if shot.media == "print":
        page.emulate_media(media="print")
    data = page.locator(shot.element).first.screenshot() if shot.element else page.screenshot()
    picture = Image.open(BytesIO(data)).convert("RGB")
    picture = picture.crop((0, 0, picture.width, min(picture.height, 2200)))
    picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        HERE / f"{shot.name}.png", optimize=True
    )
    context.close()


if __name__ == "__main__":
    main()
