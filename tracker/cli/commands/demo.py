"""The command demo: a desk with examples, published and served."""

from __future__ import annotations

import contextlib
import os
import shlex
import socket
import sys
from collections.abc import Iterator

import click

from tracker import extras
from tracker.cli import reason
from tracker.cli.commands.publish import publish_once, teller
from tracker.cli.terminal import mention, say
from tracker.workspace import demo
from tracker.workspace.desk import Workspace


@click.command()
@click.argument("folder", metavar="[DIR]", default="tracker-demo")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port to serve at."
)
@click.option("--temporary", is_flag=True, help="Delete the folder at the end.")
@click.option("--no-open", is_flag=True, help="Do not open a browser.")
def demo_command(folder: str, port: int, temporary: bool, no_open: bool) -> None:
    """Make a desk with example stories, serve it and open it. Its folder is DIR, or tracker-demo.

    Ctrl-C ends it. Without the extra serve, it publishes the desk and opens the first page.
    """
    with _folder(folder, temporary) as chosen:
        _demo(chosen, port, temporary, no_open)


@contextlib.contextmanager
def _folder(folder: str, temporary: bool) -> Iterator[str]:
    """Yields the folder of the desk, which is gone afterwards if it is temporary."""
    if not temporary:
        yield folder
        return
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="tracker-demo-", ignore_cleanup_errors=True) as made:
        yield os.path.join(made, "desk")


def _demo(folder: str, port: int, temporary: bool, no_open: bool) -> None:
    try:
        from tracker.server.run import address, listening
    except ImportError:
        desk = _published(folder, f"http://localhost:{port}/")
        first = os.path.join(os.path.abspath(desk.feeds), "index.html")
        say(f"open {first}; to serve it, install {extras.needed('serve')}")
        if temporary:
            click.pause("press a key to delete it ")
        _open(f"file://{first}", no_open)
        return
    listener = listening("127.0.0.1", port)
    with listener:
        desk = _published(folder, address(listener))
        _serve(desk, listener, no_open)


def _published(folder: str, url: str) -> Workspace:
    desk = demo.make(folder, url)
    publish_once(desk)
    say("\nin another terminal:")
    home = "" if os.path.samefile(folder, ".") else f" -C {shlex.quote(folder)}"
    for command in (
        "stories",
        "show door-plug",
        "show door-plug --as-of 2024-08-01",
        "replay door-plug",
        'add update door-plug "Something happens"',
    ):
        say(f"  tracker{home} {command}")
    say()
    return desk


def _serve(desk: Workspace, listener: socket.socket, no_open: bool) -> None:
    from tracker.server.run import address, serve, server

    told = teller(desk, [], mention, ping=False)
    serving = server(desk, told, lambda error: mention(f"{reason(error)}; still serving"))
    mention(f"serving {address(listener)}; Ctrl-C ends it")
    _open(address(listener), no_open)  # the browser's request waits until the server takes it
    serve(serving, listener)


def _open(url: str, no_open: bool) -> None:
    """Opens the browser of the desktop, if there is one. A browser in the terminal would take the terminal."""
    has_desktop = sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if has_desktop and not no_open:
        click.launch(url)
