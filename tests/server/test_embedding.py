"""What docs/how-to/embedding.md has a site put into its page shows a story that is served elsewhere."""

from __future__ import annotations

import http.server
import re
import shutil
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.browser import launched
from tests.serving import running
from tracker.workspace.desk import Workspace

PAGE = Path(__file__).parents[2] / "docs/how-to/embedding.md"

pytestmark = [pytest.mark.slow, pytest.mark.debian, pytest.mark.xdist_group("browser")]


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A host of the other site, which says nothing on the terminal."""

    def log_message(self, *_: object) -> None:
        pass


@pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium")
def test_a_page_of_another_site_shows_the_story(
    desk: Workspace, record: Callable[..., Any], tmp_path: Path
) -> None:
    """Where it stands, and its latest developments. Markup in a title stays text."""
    record("opened", "The bridge")
    record("update", "It is <b>closed</b>")
    found = re.search(r"^```html\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert found
    site = tmp_path / "site"
    site.mkdir()
    with running(desk) as server:
        snippet = found[1].replace("https://desk.example/stories/door-plug/", f"{server.url}/stories/story/")
        assert snippet != found[1]
        (site / "index.html").write_text(f"<!doctype html><meta charset=utf-8>{snippet}")
        host = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(site)))
        threading.Thread(target=host.serve_forever, daemon=True).start()
        with launched() as browser:
            page = browser.new_page()
            page.goto(f"http://127.0.0.1:{host.server_port}/")
            page.wait_for_selector("#story p")
            assert page.locator("#story h2").inner_text() == "The bridge: The story begins"
            assert page.locator("#story p").all_inner_texts() == ["It is <b>closed</b>", "The bridge"]
            assert (
                page.locator("#story a").last.get_attribute("href") == "https://desk.example/stories/story/1.html"
            )
        host.shutdown()
        host.server_close()
