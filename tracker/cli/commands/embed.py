"""The command that prints what other sites paste: embed."""

from __future__ import annotations

import click

from tracker.cli.completion import complete_story
from tracker.cli.terminal import pass_desk, say
from tracker.workspace.desk import Workspace


@click.command()
@click.argument("story", shell_complete=complete_story)
@click.option("--badge", is_flag=True, help="Print a badge with its status instead.")
@pass_desk
def embed_command(desk: Workspace, story: str, badge: bool) -> None:
    """Print the HTML that shows a story on another site.

    It is a frame with where the story stands. It has no script, and follows the story whenever it is published.
    """
    from html import escape

    from tracker.feeds import paths
    from tracker.site import embeds

    told, url = desk.story(story), desk.config.url
    if badge:
        page, image = (escape(url + path) for path in (paths.story(story), paths.badge(story)))
        say(f'<a href="{page}"><img src="{image}" alt="{escape(told.name)}" height="20"></a>')
    else:
        say(embeds.frame(url, story, told.title))
