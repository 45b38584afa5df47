"""The command doctor: check the workspace and its surroundings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from tracker.cli.terminal import WARNING, count, json_option, pass_desk, say, say_json, wrapped
from tracker.workspace.desk import Workspace

if TYPE_CHECKING:
    from tracker.maintenance.doctor import CheckResult

MARKS: dict[bool | None, tuple[str, dict[str, Any]]] = {
    True: ("well", {}),
    None: ("look", WARNING),
    False: ("wrong", {"fg": "red"}),
}
"""By the result of a check: the word that its line begins with, and the style of the line."""


@click.command()
@json_option
@pass_desk
def doctor_command(desk: Workspace, as_json: bool) -> None:
    """Check the workspace and its surroundings, and suggest remedies. Nothing is changed.

    It checks the folders and their file system, the log, leftover files, the read model, what is published, the
    clock, git and the configuration. tracker verify also compares each row of the read model and each published
    file. The exit status is 1 if something is wrong. A line that begins with "look" is a hint and no fault; with
    --json its "ok" is null.
    """
    from tracker.maintenance.doctor import examine

    findings = examine(desk)
    if as_json:
        say_json([finding._asdict() for finding in findings])
    else:
        for finding in findings:
            _say_finding(finding)
        _sum_up(findings)
    if any(finding.ok is False for finding in findings):
        raise click.exceptions.Exit(1)


def _say_finding(finding: CheckResult) -> None:
    mark, style = MARKS[finding.ok]
    wrapped(f"{mark:<5}  {finding.check}: {finding.what}", **style)
    if finding.remedy:
        wrapped(f"→ {finding.remedy}", "       ")


def _sum_up(findings: list[CheckResult]) -> None:
    wrong = sum(finding.ok is False for finding in findings)
    hints = sum(finding.ok is None for finding in findings)
    look = f"; {count(hints, 'thing')} to look at" if hints else ""
    say(f"{count(wrong, 'thing')} wrong{look}" if wrong else f"all is well{look}")
