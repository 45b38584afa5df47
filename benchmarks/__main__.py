"""Runs the named benchmarks, or all, and prints a line for each."""

from __future__ import annotations

import json

import click

from benchmarks import (
    appending,
    head,
    large,
    many,
    postgres,
    processes,
    projecting,
    publishing,
    replaying,
    serving,
    views,
)
from benchmarks.measure import FULL, QUICK

BENCHMARKS = {
    name: benchmark
    for module in (
        replaying,
        appending,
        projecting,
        processes,
        views,
        head,
        large,
        many,
        serving,
        postgres,
        publishing,
    )
    for name, benchmark in module.BENCHMARKS.items()
}


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="Run only a few rounds: they show that it works, not how fast.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
@click.option("--table", is_flag=True, help="Print rows of a Markdown table.")
@click.option("--growth", metavar="FILE", help="Instead, draw how the costs grow with the size, as an SVG file.")
def main(names: tuple[str, ...], quick: bool, as_json: bool, table: bool, growth: str | None) -> None:
    """Compare tracker with its peers, in turns, in one run. NAMEs: replay, decode, cores,
    memory, append, batch, rows, rebuild, add, help, show, complete, publish-one, publish-none, view, view-100,
    head, add-memory, publish-memory, stories, verify, corrections, serve-200, serve-304, serve-200-nginx,
    serve-304-nginx, streams, serve-304-api, postgres-append, postgres-contend, postgres-replay, publish,
    publish-stories.

    publish first publishes a million events in full, which takes half an hour and 53 GB, and keeps the result for
    the next run; publish-stories does the same with thirty thousand. With --quick both use fewer events."""
    if growth:
        from benchmarks.growth import draw

        draw(growth, quick=quick)
        return
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        raise click.UsageError(f"there is no benchmark {unknown[0]}; there are: {', '.join(BENCHMARKS)}")
    for name in names or BENCHMARKS:
        measured = BENCHMARKS[name](rounds=QUICK if quick else FULL)
        if as_json:
            click.echo(json.dumps({"name": name, **measured._asdict(), "ratio": measured.ratio}))
        elif table:
            click.echo(measured.row())
        else:
            click.echo(f"{name:16} {measured}")


if __name__ == "__main__":
    main()
