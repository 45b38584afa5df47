"""Runs the benchmarks that are named, or all, and prints a line for each."""

from __future__ import annotations

import json

import click

from benchmarks import head, processes, publishing, views
from benchmarks.measure import FULL, QUICK

BENCHMARKS = {**processes.BENCHMARKS, **views.BENCHMARKS, **head.BENCHMARKS, **publishing.BENCHMARKS}


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="A few rounds only: shows that it runs, not how fast.")
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def main(names: tuple[str, ...], quick: bool, as_json: bool) -> None:
    """Compare tracker with its peers, in turns, in one run. NAMEs: add, help, show,
    complete, view, view-100, head, publish, publish-stories.

    publish makes a million events public in full first, which takes most of an hour and 65 GB, and keeps them for
    the next time; publish-stories does so with thirty thousand. With --quick both do with less."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        raise click.UsageError(f"there is no benchmark {unknown[0]}; there are: {', '.join(BENCHMARKS)}")
    for name in names or BENCHMARKS:
        measured = BENCHMARKS[name](rounds=QUICK if quick else FULL)
        if as_json:
            click.echo(json.dumps({"name": name, **measured._asdict(), "ratio": measured.ratio}))
        else:
            click.echo(f"{name:8} {measured}")


if __name__ == "__main__":
    main()
