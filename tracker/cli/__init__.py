"""The command line. This module knows the names of the commands and nothing else, so that ``--help`` and ``add``
start fast; each command lives in a module that is imported when it is called."""

from __future__ import annotations

import _signal  # type: ignore[import-not-found]  # see tracker/__main__.py
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

import click

from tracker import __version__, startup
from tracker.errors import BadInput, TrackerError, nearest

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# Command: the module it lives in, and its line in the help.
COMMANDS = {
    "init": ("maintain", "Make a workspace."),
    "open": ("record", "Begin to follow a story."),
    "add": ("record", "Record a development."),
    "correct": ("record", "Correct an earlier development, visibly."),
    "retract": ("record", "Withdraw an earlier event, visibly."),
    "redact": ("redact", "Remove an earlier event's text for good."),
    "append": ("record", "Record many developments from JSON lines."),
    "stories": ("stories", "List the stories: what moved lately, and what went quiet."),
    "show": ("show", "Show where a story stands, or where it stood."),
    "timeline": ("show", "List a story's developments."),
    "replay": ("show", "Watch a story unfold, event by event, with what each changed."),
    "diff": ("compare", "Show what changed between two points in time."),
    "hindsight": ("compare", "Show what was believed then beside what is known now."),
    "expected": ("stories", "List what is due, in all stories."),
    "parties": ("stories", "List who is involved, and in what."),
    "search": ("stories", "Search all developments."),
    "publish": ("publish", "Publish the feeds and pages."),
    "serve": ("serve", "Serve the feeds and pages, always up to date."),
    "feeds": ("feeds", "List the feeds, and which of them are stale."),
    "rebuild": ("maintain", "Build the read model anew from the log."),
    "verify": ("maintain", "Check that the log is what was appended."),
    "log": ("log", "Make and copy logs, in files and in PostgreSQL."),
    "doctor": ("doctor", "Check what the log stands on, and say what helps."),
    "types": ("types", "Show the types of events."),
    "completion": ("types", "Print what teaches a shell to complete."),
    "git-setup": ("git", "Teach git to merge this workspace's stories."),
}

HIDDEN = {"git-merge": ("git", "What git calls to merge a story.")}
"""Commands that other programs call; not listed."""


POINTS = {"as_of": "--as-of", "known_at": "--known-at", "a": "A", "b": "B"}
"""The arguments that name points in time, by the field of a BadInput."""

COMPLETE_VARIABLE = "_TRACKER_COMPLETE"
"""The variable of the environment in which a shell asks what it may offer; click's scripts set it."""


class Commands(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        known = COMMANDS | HIDDEN
        if cmd_name not in known:
            return None
        module = import_module(f"tracker.cli.commands.{known[cmd_name][0]}")
        if _signal.getsignal(_signal.SIGINT) == _signal.SIG_DFL:  # see tracker/__main__.py
            _signal.signal(_signal.SIGINT, _signal.default_int_handler)
        startup.resume_collection()
        command = getattr(module, f"{cmd_name.replace('-', '_')}_command")
        assert isinstance(command, click.Command)
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        unknown = bool(args) and args[0] not in COMMANDS | HIDDEN and not args[0].startswith("-")
        if unknown and not ctx.resilient_parsing:  # resilient: somebody is still typing
            near = nearest(args[0], COMMANDS)
            hint = f" Did you mean {near}?" if near else ""
            raise click.UsageError(f"there is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """From the table: completing a command's name imports none of them."""
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        from click.shell_completion import CompletionItem

        names = (name for name in COMMANDS if name.startswith(incomplete))
        return [CompletionItem(name, help=COMMANDS[name][1]) for name in names]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


def folder_of(given: str | None) -> str:
    """Where the workspace is looked for: what ``-C`` says, else TRACKER_HOME, else here."""
    return given or os.environ.get("TRACKER_HOME") or "."


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="tracker")
@click.option("-C", "folder", metavar="DIR", help="Work in the workspace at or above DIR.")
@click.pass_context
def main(ctx: click.Context, folder: str | None) -> None:
    """Follow developing stories: append what happens, publish it as feeds, replay what was known when.

    The events of a story are lines of events/STORY.jsonl, never rewritten; everything else is made from them.
    """
    ctx.color = False if os.environ.get("NO_COLOR") else None  # else click asks whether it is a terminal


def run() -> None:
    """Runs the command line and ends the process.

    It ends without taking the interpreter down piece by piece, which takes as long as the append itself. By then
    every file is closed; only what is printed still has to go out.
    """
    if sys.stdin is None:  # closed by the caller: there is nothing in it
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115  for as long as the process runs
    if sys.stdout:  # what the terminal's encoding lacks is escaped
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = _run()
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):  # None: the caller has closed it
            stream.flush()
    except BrokenPipeError:
        code = _quiet()
    except OSError as error:
        code = code or _say(f"standard output: {error.strerror}", 1)
    os._exit(code)


def _run() -> int:
    """The exit status; errors are one line on standard error, never a traceback."""
    try:
        if asked := os.environ.get(COMPLETE_VARIABLE):
            return _complete(asked)
        code = main(standalone_mode=False, prog_name="tracker")
        return code if isinstance(code, int) else 0
    except (click.exceptions.Abort, KeyboardInterrupt):
        return _say("stopped", 130)
    except SystemExit:  # what click makes of a broken pipe
        return _quiet()
    except Exception as error:
        return _say("stopped", 130) if _was_interrupted(error) else _failed(error)


def _was_interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C came first: what is cleaned up then may go wrong too."""
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def _failed(error: Exception) -> int:
    match error:
        case click.ClickException():
            error.show()
            return error.exit_code
        case BrokenPipeError():
            return _quiet()
        case TrackerError() | OSError():
            return _say(reason(error), getattr(error, "exit_code", 1))
    if os.environ.get("TRACKER_DEBUG"):
        raise error
    return _say(f"a fault in tracker, please report it: {type(error).__name__}: {error}", 70)


def reason(error: TrackerError | OSError) -> str:
    """What has gone wrong, in a sentence for people."""
    if isinstance(error, BadInput) and error.field in POINTS:
        return f"{POINTS[error.field]}: {error.reason}"
    if isinstance(error, TrackerError):
        return str(error)
    return f"{error.filename or 'the system'}: {error.strerror or error}"


def _complete(asked: str) -> int:
    """What the shell asks for. A shell has no place for errors: whatever goes wrong offers nothing."""
    from click.shell_completion import shell_complete

    try:
        return shell_complete(main, {}, "tracker", COMPLETE_VARIABLE, asked)
    except Exception:
        return 1


def _say(message: str, code: int) -> int:
    from tracker.cli.terminal import safe

    color = False if os.environ.get("NO_COLOR") else None
    click.echo(f"{click.style('error', fg='red')}: {safe(message)}", err=True, color=color)
    return code


def _quiet() -> int:
    """The reader of our output has gone (``tracker show | head``): say no more, to nobody."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141
