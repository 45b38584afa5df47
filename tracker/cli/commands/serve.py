"""The command serve: serve the published files, and publish each new event."""

from __future__ import annotations

import sys

import click

from tracker import extras
from tracker.cli import reason
from tracker.cli.commands.publish import check_hub, teller
from tracker.cli.terminal import mention, pass_desk
from tracker.errors import BadInput
from tracker.workspace.desk import Workspace


@click.command()
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port to listen on."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--ping", is_flag=True, help="Tell the WebSub hub in tracker.toml which feeds changed.")
@click.option("--access-log", is_flag=True, help="Log every request as a JSON line.")
@pass_desk
def serve_command(desk: Workspace, port: int, host: str, ping: bool, access_log: bool) -> None:
    """Serve the feeds and pages, always up to date. It publishes each new event within a second.

    Ctrl-C ends it. It needs the extra: pip install 'storyfold[serve]'.
    """
    if ping:
        check_hub(desk)
    try:
        from tracker.server.run import address, listening, serve, server
    except ImportError as error:
        raise BadInput(f"needs {extras.needed('serve')}") from error
    listener = listening(host, port)
    told = teller(desk, [], mention, ping=ping)
    serving = server(
        desk, told, lambda error: mention(f"{reason(error)}; still serving"), sys.stdout if access_log else None
    )
    mention(f"serving {address(listener)}; subscribe to {address(listener)}all.atom; Ctrl-C ends it")
    serve(serving, listener)
