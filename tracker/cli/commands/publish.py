"""The command that publishes: once, or whenever something is recorded."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING

import click

from tracker.cli import reason
from tracker.cli.terminal import bar, count, mention, pass_desk, say, second
from tracker.domain import values
from tracker.errors import BadInput
from tracker.workspace.desk import Workspace

if TYPE_CHECKING:
    from tracker.publishing.publisher import PublishResult


@click.command()
@click.option("--accept-rewrite", metavar="REASON",
              help="Publish a log that does not extend what was published, and tell readers why.")  # fmt: skip
@click.option("--ping", is_flag=True, help="Tell the WebSub hub in tracker.toml which feeds changed.")
@click.option("--anew", is_flag=True, help="Make every file anew, whatever is there.")
@click.option("--watch", is_flag=True, help="Go on, and publish whatever is recorded, until Ctrl-C.")
@pass_desk
def publish_command(desk: Workspace, accept_rewrite: str | None, ping: bool, anew: bool, watch: bool) -> None:
    """Publish the feeds and pages. Those of all stories go into feeds/.

    A log that no longer has what heads.json says was published is refused.
    """
    _check_reason(accept_rewrite)
    if ping:
        check_hub(desk)
    wrong = _publish(desk, accept_rewrite or "", anew=anew, ping=ping)
    if watch:
        _watch(desk, wrong, ping=ping)
        return
    if wrong:
        raise click.exceptions.Exit(1)
    folder = os.path.relpath(desk.feeds)
    say(f"subscribe to {os.path.join(folder, 'all.atom')} or {os.path.join(folder, 'all.rss')}")


def check_hub(desk: Workspace) -> None:
    """Refuses before anything is published what could not be done afterwards."""
    if not desk.config.hub:
        raise BadInput('tracker.toml names no hub to tell; add hub = "https://…" to it', field="--ping")
    from tracker.publishing import websub

    websub.require_httpx()


def _check_reason(reason: str | None) -> None:
    """Refuses a reason that no page could carry."""
    if reason is None:
        return
    if not values.is_visible(reason):
        raise BadInput("says nothing that a reader could see", field="--accept-rewrite")
    try:
        values.from_values({"type": "update", "title": reason})
    except BadInput as error:
        raise BadInput(error.reason, field="--accept-rewrite") from None


def republish(desk: Workspace) -> None:
    """Publishes, and says what that did; a story that could not be published makes the command fail at its end."""
    if _publish(desk):
        raise click.exceptions.Exit(1)


def _publish(desk: Workspace, accept_rewrite: str = "", *, anew: bool = False, ping: bool = False) -> list[str]:
    """Publishes, and says what that did; gives what could not be published."""
    from tracker.publishing.publisher import publish, tell_hub

    with bar("publishing", desk.log.count) as progress:
        published = publish(desk, progress, accept_rewrite=accept_rewrite, anew=anew)
    folder = os.path.relpath(desk.feeds)
    say(f"published to {folder}: {count(len(published.written), 'file')} written" if published.written
        else f"{folder} is up to date")  # fmt: skip
    if ping:
        tell_hub(desk, mention)
    wrong = _wrong(desk, published)
    for sentence in wrong:
        mention(sentence)
    return wrong


def _watch(desk: Workspace, wrong: list[str], *, ping: bool) -> None:
    """Publishes whatever is recorded, until the process is told to end. What is cut short then, the next
    publication finishes. What is ``wrong`` is said where it is not known."""
    from threading import Event

    from tracker.publishing.watch import watch

    told = teller(desk, wrong, say, ping=ping)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        say(f"watching {desk.log.name()}; Ctrl-C ends it")
        watch(desk, told, lambda error: mention(f"{reason(error)}; still watching"), Event())


def teller(
    desk: Workspace, wrong: list[str], say: Callable[[str], None], *, ping: bool
) -> Callable[[PublishResult], None]:
    """What says what publications did; what was ``wrong`` before is not said again."""
    from tracker.publishing.publisher import tell_hub

    def told(published: PublishResult) -> None:
        nonlocal wrong
        if published.written:
            say(f"{second(desk.clock())}: {count(len(published.written), 'file')} written")
            if ping:
                tell_hub(desk, mention)
        known, wrong = wrong, _wrong(desk, published)
        for sentence in wrong if wrong != known else ():
            mention(sentence)

    return told


def _wrong(desk: Workspace, published: PublishResult) -> list[str]:
    """What could not be published, and why."""
    folder = os.path.relpath(desk.feeds)
    missing = [f"{os.path.join(folder, lacking.path)}: {lacking}" for lacking in published.missing]
    return [*missing, *map(str, published.errors)]
