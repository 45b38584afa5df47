"""Makes the pictures of newsboat in this folder: ``python docs/screenshots/newsboat.py``, with the extra ``test``,
Chromium, newsboat and tmux.

It subscribes to the feed of the story of the door plug, looks at the list and at three entries in a terminal of
100 columns, and draws what the terminal shows.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import tempfile
import time
from io import BytesIO
from pathlib import Path

import feedparser
from make import HERE, ROOT, made, served
from PIL import Image
from playwright.sync_api import sync_playwright

FEED = "door-plug/feeds/stories/door-plug/developments.atom"
ENTRIES = {"newsboat-new": "The FAA allows 42", "newsboat-corrected": "plead guilty (corrected)",
           "newsboat-withdrawn": "Withdrawn:"}  # fmt: skip
COLUMNS, ROWS = 100, 34
COLOURS = ("#000", "#c33", "#3a3", "#cc3", "#24c", "#a3a", "#3aa", "#ddd")
ENDED = {22: "font-weight", 39: "color", 49: "background"}
PAGE = '<body style="margin:0;background:#111"><pre style="margin:0;padding:10px;display:inline-block;color:#ddd;'
PAGE += "font:15px/1.3 'Liberation Mono',monospace\">"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder, served(folder) as url:
        made(ROOT / "examples" / "door-plug", Path(folder, "door-plug"))
        Path(folder, "urls").write_text(f"{url}/{FEED}\n")
        tmux("new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), "newsboat", "-r", "-u", f"{folder}/urls",
             "-c", f"{folder}/cache")  # fmt: skip
        try:
            press()
            shown = {"newsboat-list": press("Enter")}
            titles = [each.title for each in feedparser.parse(f"{url}/{FEED}").entries]
            for name, words in ENTRIES.items():
                number = next(number for number, title in enumerate(titles, 1) if words in title)
                shown[name] = press(str(number), "Enter", "Enter")
                press("q")
        finally:
            tmux("kill-server")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        page = browser.new_page()
        for name, screen in shown.items():
            page.set_content(PAGE + drawn(screen))
            picture = Image.open(BytesIO(page.locator("pre").screenshot())).convert("RGB")
            picture.quantize(16, dither=Image.Dither.NONE).save(HERE / f"{name}.png", optimize=True)
        browser.close()


def tmux(*arguments: str) -> str:
    """Runs a command of tmux, in a server of its own."""
    return subprocess.run(["tmux", "-L", "tracker", *arguments], capture_output=True, text=True, check=True).stdout


def press(*keys: str) -> str:
    """Presses keys, and returns what the terminal shows then, with its colours."""
    for key in keys or ("",):
        tmux("send-keys", key)
        time.sleep(1)
    return tmux("capture-pane", "-p", "-e")


def drawn(screen: str) -> str:
    """Returns what a terminal shows as HTML. Escape sequences set the colours."""
    style: dict[str, str] = {}
    parts = []
    for text, codes in re.findall(r"([^\x1b]*)(?:\x1b\[([\d;]*)m|\x1b\(B|$)", screen):
        shown = "".join(f"{name}:{value};" for name, value in style.items())
        parts.append(f'<span style="{shown}">{html.escape(text)}</span>')
        for code in codes.split(";") if codes else ():
            number = int(code or 0)
            if number == 0:
                style = {}
            elif number == 1:
                style["font-weight"] = "bold"
            elif number in ENDED:
                style.pop(ENDED[number], None)
            elif 30 <= number < 38:
                style["color"] = COLOURS[number - 30]
            elif 40 <= number < 48:
                style["background"] = COLOURS[number - 40]
    return "".join(parts)


if __name__ == "__main__":
    main()
