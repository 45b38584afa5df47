"""The commands on the log itself: log init, log copy, log upgrade."""

from __future__ import annotations

import os

import click

from tracker.cli.terminal import bar, count, mention, pass_desk, say
from tracker.domain.chain import FORMAT
from tracker.errors import BadInput
from tracker.log.base import EventLog
from tracker.workspace import config
from tracker.workspace import desk as workspaces
from tracker.workspace.desk import Workspace


@click.group()
def log_command() -> None:
    """Make and copy logs, in files and in PostgreSQL. See docs/scaling.md."""


@log_command.command("init")
@pass_desk
def init_command(desk: Workspace) -> None:
    """Make the tables of the log that tracker.toml names, or bring them to this version.

    They belong to the role that makes them. docs/scaling.md lists the rights to grant to editors.
    """
    if not config.is_server(desk.config.log.url):
        raise BadInput(
            "tracker.toml names a folder, which needs no tables; for a log in PostgreSQL write"
            ' url = "postgresql://HOST/NAME" below [log]'
        )
    from tracker.log import postgres

    made = postgres.init(desk.config.log.url)
    say(f"made the tables of {desk.log.name()}" if made else f"{desk.log.name()} has its tables already")


@log_command.command("copy")
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
def copy_command(source: str, target: str) -> None:
    """Copy a log byte for byte, with every hash. FROM and TO are folders or postgresql:// addresses.

    It never copies a text that a redaction removes, even if FROM still has it. If it is interrupted, run it again:
    it continues. TO may have the first events of FROM already; at the first difference the copy stops and names
    the place. types.toml and parties.toml are not copied.
    """
    from tracker.log.copy import copy

    here, there = _opened(source), _opened(target)
    if not config.is_server(source) and not os.path.isdir(source):
        raise BadInput(f"{source} is not a folder")
    with bar("copying", here.count) as progress:
        copied = copy(here, there, progress)
    where = f"from {here.name()} to {there.name()}"
    if copied.events:
        say(f"copied {count(copied.events, 'event')} of {count(copied.moved, 'story', 'stories')} {where}")
    else:
        say(f"nothing new {where}; both have {count(copied.stories, 'story', 'stories')}")


@log_command.command("upgrade")
@pass_desk
def upgrade_command(desk: Workspace) -> None:
    """Rewrite a log of line format 1 in format 2. Ids, times and texts stay; every hash changes, once.

    In format 1, a forged redaction could hide that history was rewritten. The first line of each story keeps the
    number and the hash of its last event, so that an older heads.json still verifies. A log in format 2 stays as
    it is.
    """
    with bar("upgrading", desk.log.count) as progress:
        done = desk.log.upgrade(progress)
    for slug, lines in done.items():
        say(f"{desk.log.name(slug)}: {count(lines, 'line')} in format {FORMAT}")
    if not done:
        say(f"{desk.log.name()} is in format {FORMAT} already")
    elif os.path.isdir(desk.feeds):
        say("now publish it: tracker publish")


def _opened(address: str) -> EventLog:
    """Returns the log at an address. Raises BadInput if the address is of no known kind."""
    if "://" in address and not config.is_server(address):
        raise BadInput("a log is a folder such as events, or at an address such as postgresql://HOST/NAME")
    return workspaces.open_log(address, config.EVENTS if config.is_server(address) else address, tell=mention)
