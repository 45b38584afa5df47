"""``_headers``: each of the hosts that read it sends the fields that the server sends."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.pictures import FILES, NAME, image
from tracker.feeds.paths import HEADERS_MARK
from tracker.publishing.publisher import publish
from tracker.server.files.representations import PublicAddress, version
from tracker.site.headers import host_headers
from tracker.workspace.desk import Workspace

PLACE = PublicAddress("https://desk.example/", "")
SHARED = (
    "Content-Type",
    "Cache-Control",
    "Access-Control-Allow-Origin",
    "X-Content-Type-Options",
    "Referrer-Policy",
)

ARCHIVES = [
    "stories/a/developments-2024-08.atom",
    "stories/a/developments-2024-08-2.json",
    "stories/a/corrections-2024-08.rss",
]


def rules() -> list[tuple[str, dict[str, str]]]:
    """The paths and fields of the file, as all hosts read it: comments begin with #, fields are indented."""
    found: list[tuple[str, dict[str, str]]] = []
    for line in host_headers().decode().splitlines():
        if line.startswith("/"):
            found.append((line, {}))
        elif not line.startswith("#"):
            name, _, value = line.strip().partition(": ")
            assert name not in found[-1][1]
            found[-1][1][name] = value
    return found


def cloudflare(rule: str) -> str:
    pattern = "(?P<splat>.*)".join(map(re.escape, rule.split("*")))
    return re.sub(r":([A-Za-z]\w*)", r"(?P<\1>[^/]+)", pattern)


def netlify(rule: str) -> str:
    """As its command line does: a wildcard leaves the points of its segment unescaped, and case does not count."""

    def segment(part: str) -> str:
        if part.startswith(":"):
            return "([^/]+)"
        return "?(.*)" if part == "*" else part.replace("*", "(.*)") if "*" in part else re.escape(part)

    return f"(?i:/{'/'.join(segment(part) for part in rule.split('/') if part)}/?)"


def sent(path: str, host: Callable[[str], str]) -> dict[str, str]:
    """The fields that a host sends for a path. No two rules set the same one."""
    fields: dict[str, str] = {}
    for rule, more in rules():
        if re.fullmatch(host(rule), f"/{path}"):
            assert not fields.keys() & more.keys(), rule
            fields |= more
    return fields


def of_server(path: str) -> dict[str, str]:
    plain = version(path, b"", 1, PLACE).plain
    found = {name.decode(): value.decode() for name, value in (*plain.common, *plain.own)}
    return {name: found[name.lower()] for name in SHARED if name.lower() in found}


@pytest.mark.parametrize("host", [cloudflare, netlify])
@pytest.mark.slow
def test_a_host_sends_the_fields_that_the_server_sends(
    desk: Workspace, record: Callable[..., Any], host: Callable[[str], str]
) -> None:
    """For all files but styles, scripts, icons and robots.txt: their types are known to every host, and it chooses
    how long it keeps them. It also knows the types of pictures."""
    record("opened", "A story")
    record("report", "They pay", parties=["ByteDance"])
    record("correction", corrects="#2", changes={"title": "They lend"}, why="misread")
    desk.pictures |= FILES
    record("update", "Seen", image=image())
    Path(desk.root, "events", "types.toml").write_text('[launch]\nhelp = "A launch"\n')
    publish(Workspace(desk.root, clock=desk.clock))
    published = [str(path.relative_to(desk.feeds)) for path in Path(desk.feeds).rglob("*") if path.is_file()]
    assert {"types.toml", "stories/story/3.html", "parties/bytedance/developments.rss"} <= {*published}
    for path in (*published, *ARCHIVES):
        fields = sent(path, host)
        policy = fields.pop("Content-Security-Policy", "")
        if path.endswith(".html"):
            assert policy == ("frame-ancestors *" if path.startswith("embed/") else "frame-ancestors 'none'")
        expected = of_server(path)
        if path.endswith((".css", ".js", ".svg", ".ico", ".txt")) or path == "icon.png":
            expected = {name: expected[name] for name in SHARED[3:]}
        if path.startswith("media/"):
            del expected["Content-Type"]
        assert fields == expected, path


@pytest.mark.parametrize("host", [cloudflare, netlify])
def test_archives_are_kept_longer_than_heads(host: Callable[[str], str]) -> None:
    assert sent("all.atom", host)["Cache-Control"] == "public, max-age=60"
    assert sent("stories/a/developments-2024-08-12.atom", host)["Cache-Control"] == "public, max-age=3600"


@pytest.mark.parametrize("host", [cloudflare, netlify])
def test_pictures_are_kept_long(host: Callable[[str], str]) -> None:
    """A file of that name never has other bytes. Other files in that folder are the desk's own."""
    assert sent(f"media/{NAME}", host)["Cache-Control"] == "public, max-age=2592000, immutable"
    assert of_server("media/logo.png")["Cache-Control"] == "public, max-age=60"


def test_the_hosts_limits_are_kept() -> None:
    """Those that Cloudflare documents: 100 rules, 2,000 characters a line, one wildcard in a path."""
    assert host_headers().startswith(HEADERS_MARK)
    assert len(rules()) == len(dict(rules())) <= 100
    assert all(rule.count("*") <= 1 for rule, _ in rules())
    assert max(map(len, host_headers().splitlines())) <= 2000


# The file in feeds/: tracker's, the editor's, or none.

ASKED = b"headers = true\n"


def asking(desk: Workspace, asked: bytes = ASKED) -> Workspace:
    """The desk, with that in its tracker.toml."""
    config = Path(desk.root, "tracker.toml")
    text = config.read_bytes().replace(ASKED, b"")
    config.write_bytes(asked + text)
    return Workspace(desk.root, clock=desk.clock)


def there(desk: Workspace) -> Path:
    return Path(desk.feeds, "_headers")


@pytest.mark.slow
def test_it_is_published_if_the_editor_asks_for_it_and_removed_if_not(
    desk: Workspace, record: Callable[..., Any]
) -> None:
    record("opened", "A story")
    publish(desk)
    assert not there(desk).exists()
    assert publish(asking(desk)).written == ["_headers"]
    assert there(desk).read_bytes() == host_headers()
    assert publish(asking(desk)) == ([], False, [], [])
    record("update", "More")
    assert "_headers" not in publish(asking(desk)).written
    assert publish(asking(desk, b"")).written == []
    assert not there(desk).exists()


def test_a_change_of_it_is_overwritten(desk: Workspace, record: Callable[..., Any]) -> None:
    """As in every published file; its first line says so."""
    record("opened", "A story")
    publish(asking(desk))
    with there(desk).open("ab") as file:
        file.write(b"/mine\n  X: y\n")
    assert publish(asking(desk)).written == ["_headers"]
    assert there(desk).read_bytes() == host_headers()


@pytest.mark.slow
def test_one_of_the_editor_s_own_stays(
    desk: Workspace, record: Callable[..., Any], cli: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If tracker is asked to write one too, it says so and publishes nothing."""
    record("opened", "A story")
    os.makedirs(desk.feeds)
    there(desk).write_bytes(b"/*\n  X-Mine: yes\n")
    for _ in range(2):
        publish(desk, anew=True)
        assert there(desk).read_bytes() == b"/*\n  X-Mine: yes\n"
    assert cli("verify").code == 0
    record("update", "More")
    asking(desk)
    refused = cli("publish")
    assert refused.code == 2
    assert "headers: tracker did not write feeds/_headers, so it does not overwrite it." in refused.err
    said = "feeds/_headers: was not written by tracker. Remove it, or headers = true in tracker.toml"
    assert said in cli("verify").err
    assert there(desk).read_bytes() == b"/*\n  X-Mine: yes\n"
    there(desk).unlink()
    assert cli("publish").code == 0
    assert there(desk).read_bytes() == host_headers()
