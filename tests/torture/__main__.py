"""Runs the scenarios that are named, or all, and prints a line for each."""

from __future__ import annotations

import sys

import click

from tests.torture.scenario import Scenario, Tried, tried
from tests.torture.scenarios import SCENARIOS

HEADINGS = ("scenario", "promise", "cases", "lost", "twice", "seconds")


def line(name: str, promise: str, *columns: object) -> str:
    cases, lost, twice, seconds = columns
    return f"{name:12} {promise:88} {cases:>8} {lost:>6} {twice:>6} {seconds:>8}"


def result(scenario: Scenario, found: Tried) -> str:
    """The scenario's line, and below it what went wrong."""
    cases, lost, twice, said = found.found
    columns = f"{cases:,}", f"{lost:,}", f"{twice:,}", f"{found.seconds:.1f}"
    blind = [f"its control {number} found nothing" for number in found.blind]
    return "\n    ".join([line(scenario.name, scenario.promise, *columns), *said, *blind])


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="A sample of the cases only.")
def main(names: tuple[str, ...], quick: bool) -> None:
    """Break things on purpose, and look whether what tracker promises still holds.

    The exit status is 1 where anything was lost, or where a scenario did not notice a tracker that is broken on
    purpose."""
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        raise click.UsageError(f"there is no scenario {unknown[0]}; there are: {', '.join(SCENARIOS)}")
    click.echo(line(*HEADINGS))
    all_hold = True
    for name in names or SCENARIOS:
        if lacking := SCENARIOS[name].lacking():
            click.echo(f"{name:12} is not tried here: {lacking}")
            continue
        found = tried(SCENARIOS[name], quick)
        click.echo(result(SCENARIOS[name], found))
        all_hold = all_hold and found.holds
    sys.exit(0 if all_hold else 1)


if __name__ == "__main__":
    main()
