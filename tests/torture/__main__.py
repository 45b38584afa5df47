"""Runs the named scenarios, or all, and prints a line for each."""

from __future__ import annotations

import sys

import click

from tests.torture.scenario import Scenario, Tried, tried
from tests.torture.scenarios import SCENARIOS

HEADINGS = ("scenario", "cases", "lost", "twice", "seconds", "promise")


def line(name: str, cases: str, lost: str, twice: str, seconds: str, promise: str) -> str:
    return f"{name:12} {cases:>9} {lost:>6} {twice:>6} {seconds:>8}  {promise}"


def result(scenario: Scenario, found: Tried) -> str:
    """Returns the line of a scenario, and below it a line for each fault that it found."""
    cases, lost, twice, said = found.found
    row = line(scenario.name, f"{cases:,}", f"{lost:,}", f"{twice:,}", f"{found.seconds:.1f}", scenario.promise)
    blind = [f"its control {number} found nothing" for number in found.blind]
    return "\n    ".join([row, *said, *blind])


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--quick", is_flag=True, help="Try only a sample of the cases.")
def main(names: tuple[str, ...], quick: bool) -> None:
    """Break things on purpose, and check whether tracker keeps its promises.

    The exit status is 1 if a scenario found a fault, or if it did not notice a tracker that is broken on purpose
    (a control)."""
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        raise click.UsageError(f"there is no scenario {unknown[0]}; there are: {', '.join(SCENARIOS)}")
    click.echo(line(*HEADINGS))
    all_hold = True
    for name in names or SCENARIOS:
        if lacking := SCENARIOS[name].lacking():
            click.echo(f"{name:12} does not run here: {lacking}")
            continue
        found = tried(SCENARIOS[name], quick)
        click.echo(result(SCENARIOS[name], found))
        all_hold = all_hold and found.holds
    sys.exit(0 if all_hold else 1)


if __name__ == "__main__":
    main()
