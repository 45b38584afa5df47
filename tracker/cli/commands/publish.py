"""The command publish: publish once, or after each new event."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

import click

from tracker.cli import reason
from tracker.cli.terminal import bar, count, mention, pass_desk, say, second
from tracker.domain import chain, values
from tracker.errors import BadInput, CorruptLog
from tracker.workspace import unmerged
from tracker.workspace.desk import Workspace

if TYPE_CHECKING:
    from tracker.log.checkpoints import Heads
    from tracker.publishing.publisher import PublishResult


@click.command()
@click.option("--accept-rewrite", metavar="REASON",
              help="Publish a log that was rewritten since the last publication. Readers see REASON.")  # fmt: skip
@click.option("--against", metavar="URL",
              help="Extend what is live at URL (or in a copy of its heads.json), not feeds/.")  # fmt: skip
@click.option("--ping", is_flag=True, help="Tell the WebSub hub in tracker.toml which feeds changed.")
@click.option("--anew", is_flag=True, help="Rewrite every file, even those that are up to date.")
@click.option("--watch", is_flag=True, help="Continue, and publish each new event, until Ctrl-C.")
@pass_desk
def publish_command(
    desk: Workspace, accept_rewrite: str | None, against: str | None, ping: bool, anew: bool, watch: bool
) -> None:
    """Publish the feeds and pages. The files of all stories are written into feeds/.

    It refuses a log that lacks events which heads.json lists as published, or that has a text again which a commit
    of git removed. In a clone of git, feeds/ may have a
    publication that no reader has seen, or none: --against takes the heads.json that is live.
    """
    _check_reason(accept_rewrite)
    if ping:
        check_hub(desk)
    live = None if against is None else _live(against)
    failures = publish_once(desk, accept_rewrite or "", anew=anew, ping=ping, live=live)
    if watch:
        _watch(desk, failures, ping=ping)
        return
    if failures:
        raise click.exceptions.Exit(1)
    folder = os.path.relpath(desk.feeds)
    say(f"subscribe to {os.path.join(folder, 'all.atom')} or {os.path.join(folder, 'all.rss')}")


def check_hub(desk: Workspace) -> None:
    """Refuses --ping before anything is published if no hub is configured or httpx is missing. Raises BadInput."""
    if not desk.config.hub:
        raise BadInput('tracker.toml names no hub to tell; add hub = "https://…" to it', field="--ping")
    from tracker.publishing import websub

    websub.require_httpx()


def _check_reason(reason: str | None) -> None:
    """Refuses a reason that a page cannot show. Raises BadInput."""
    if reason is None:
        return
    if not values.is_visible(reason):
        raise BadInput("has no visible text; give readers a reason", field="--accept-rewrite")
    try:
        values.from_values({"type": "update", "title": reason})
    except BadInput as error:
        raise BadInput(error.reason, field="--accept-rewrite") from None


def _live(against: str) -> Heads:
    """Returns the live heads, which are empty before the first publication. Raises BadInput."""
    from tracker.publishing.live import live_heads

    live = live_heads(against)
    if live is None:
        from tracker.log.checkpoints import Heads

        mention(f"{against} has no heads.json (404): this is taken for the first publication there")
        return Heads()
    return live


def publish_once(
    desk: Workspace,
    accept_rewrite: str = "",
    *,
    anew: bool = False,
    ping: bool = False,
    live: Heads | None = None,
) -> list[str]:
    """Publishes and reports the result. Returns the failures, a sentence each."""
    from tracker.publishing.publisher import publish, tell_hub

    with bar("publishing", desk.log.count) as progress:
        published = publish(
            desk, progress, accept_rewrite=accept_rewrite, anew=anew, live=live, check=partial(_check, desk)
        )
    folder = os.path.relpath(desk.feeds)
    say(f"published to {folder}: {count(len(published.written), 'file')} written" if published.written
        else f"{folder} is up to date")  # fmt: skip
    if ping:
        tell_hub(desk, mention)
    failures = _failures(desk, published)
    for sentence in failures:
        mention(sentence)
    return failures


def _check(desk: Workspace, slugs: Iterable[str], last: str) -> str:
    """Says which of the stories may repeat a removed text, and which events git has and the log lacks. Returns the
    commit up to which it found nothing, as ``last`` is, or nothing. Raises CorruptLog where a removed text came
    back."""
    for slug in slugs:
        for number, message in chain.repeats(slug, desk.log.lines_if_any(slug)):
            mention(f"{desk.log.place(slug, number)}: {message}")
    if not unmerged.top_of(desk.root):
        return ""  # there is no repository to compare with
    from tracker.maintenance import history

    compared = history.compare(desk, last)
    for problem in compared.problems:
        mention(str(problem))
    if compared.returned:
        raise CorruptLog(f"{compared.returned[0]}. Nothing was published")
    return "" if compared.problems else compared.head


def _watch(desk: Workspace, failures: list[str], *, ping: bool) -> None:
    """Publishes each new event until SIGINT or SIGTERM. The next publication finishes one that is interrupted.
    ``failures`` are known already and not reported again."""
    import signal
    from threading import Event

    from tracker.publishing.watch import watch

    report = teller(desk, failures, say, ping=ping)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with contextlib.suppress(KeyboardInterrupt):
        say(f"watching {desk.log.name()}; Ctrl-C ends it")
        watch(desk, report, lambda error: mention(f"{reason(error)}; still watching"), Event())


def teller(
    desk: Workspace, failures: list[str], say: Callable[[str], None], *, ping: bool
) -> Callable[[PublishResult], None]:
    """Returns a function that reports a publication. It prints failures only if they differ from those of the
    publication before; ``failures`` are those of the first."""
    from tracker.publishing.publisher import tell_hub

    def report(published: PublishResult) -> None:
        nonlocal failures
        if published.written:
            say(f"{second(desk.clock())}: {count(len(published.written), 'file')} written")
            if ping:
                tell_hub(desk, mention)
        known, failures = failures, _failures(desk, published)
        for sentence in failures if failures != known else ():
            mention(sentence)

    return report


def _failures(desk: Workspace, published: PublishResult) -> list[str]:
    """The failures of a publication, a sentence each: the files and the stories that it left out, with the
    reason."""
    folder = os.path.relpath(desk.feeds)
    missing = [os.path.join(folder, lacking) for lacking in published.missing]
    return [*missing, *map(str, published.errors)]
