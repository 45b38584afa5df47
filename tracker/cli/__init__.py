"""The command line. This module holds only the names of the commands, so that ``--help`` and ``add`` start fast.
The module of a command is imported when the command is called."""

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

MEANT = {
    **dict.fromkeys(("edit", "change", "fix", "amend", "update", "modify"), "correct"),
    **dict.fromkeys(("delete", "remove", "undo", "withdraw", "rm", "revert"), "retract"),
}
"""The commands that these words mean, which are no commands. None of them means redact, which cannot be undone."""

# By group of the help and by command: its module below tracker.cli.commands, and its line in the help.
GROUPS = {
    "Record": {
        "open": ("record", "Begin to follow a story."),
        "add": ("add", "Record a development."),
        "correct": ("amend", "Correct an earlier development, visibly."),
        "retract": ("amend", "Withdraw an earlier event, visibly."),
        "redact": ("redact", "Remove an earlier event's text for good."),
        "append": ("record", "Record many developments from JSON lines."),
        "import": ("importing", "Import events from a file of another tool."),
        "pin": ("record", "Put a story first in the desk's lists."),
        "unpin": ("record", "Put a pinned story back among the others."),
    },
    "Read": {
        "stories": ("stories", "List the stories: active, quiet and closed ones."),
        "show": ("show", "Show where a story stands, or where it stood."),
        "timeline": ("show", "List a story's developments."),
        "replay": ("show", "Watch a story unfold, event by event, with what each changed."),
        "diff": ("compare", "Show what changed between two points in time."),
        "hindsight": ("compare", "Compare what was believed then with what is known now."),
        "search": ("stories", "Search all developments."),
        "expected": ("stories", "List the expected events of all stories, by due date."),
        "parties": ("stories", "List the parties and the stories they are involved in."),
        "links": ("show", "List what other stories mention of a story."),
    },
    "Publish": {
        "publish": ("publish", "Publish the feeds and pages."),
        "serve": ("serve", "Serve the feeds and pages, always up to date."),
        "feeds": ("feeds", "List the published feeds, and which are behind or altered."),
        "export": ("export", "Write a story in the format of another program."),
        "embed": ("embed", "Print the HTML that shows a story on another site."),
    },
    "Look after": {
        "demo": ("demo", "Make a desk with example stories, serve it and open it."),
        "init": ("maintain", "Make a workspace."),
        "types": ("types", "Show the types of events, and add packs of them."),
        "verify": ("maintain", "Check that the log was not altered."),
        "doctor": ("doctor", "Check the workspace and its surroundings, and suggest remedies."),
        "rebuild": ("maintain", "Rebuild the read model from the log."),
        "log": ("log", "Make and copy logs, in files and in PostgreSQL."),
        "git-setup": ("git", "Set up git to merge this workspace's stories."),
        "merge": ("git", "Merge a branch of git, or finish or repair a merge."),
        "completion": ("types", "Print a completion script for a shell."),
    },
}

COMMANDS = {name: about for group in GROUPS.values() for name, about in group.items()}

TOGETHER = {
    "pin": ("unpin", "Put a story first in the desk's lists, or take it back."),
    "export": ("embed", "Write a story for another program, or for another site."),
}
"""Commands that share a line of the help with a related one, and that line."""

HIDDEN = {"git-merge": ("git", "Merge two branches of a story; git calls it.")}
"""Commands that other programs call. The help does not list them."""


POINTS = {"as_of": "--as-of", "known_at": "--known-at", "a": "A", "b": "B"}
"""The arguments that name points in time, by the field of a BadInput."""

COMPLETE_VARIABLE = "_TRACKER_COMPLETE"
"""The environment variable in which a shell asks for completions. click's scripts set it."""


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
        if unknown and not ctx.resilient_parsing:  # resilient: the shell completes a line
            near = MEANT.get(args[0]) or nearest(args[0], COMMANDS.keys() - {"redact"})
            hint = f" Did you mean {near}?" if near else ""
            raise click.UsageError(f"there is no command {args[0]!r}.{hint}", ctx)
        return super().resolve_command(ctx, args)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Returns the commands that begin like this. It reads the table, so no command is imported."""
        if incomplete.startswith("-"):
            return click.Command.shell_complete(self, ctx, incomplete)
        from click.shell_completion import CompletionItem

        names = (name for name in COMMANDS if name.startswith(incomplete))
        return [CompletionItem(name, help=COMMANDS[name][1]) for name in names]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the groups without empty lines between them, so that the help fits on a screen. The commands of
        all groups are aligned."""
        second = {other for other, _ in TOGETHER.values()}
        groups = {
            heading: [
                (f"{name}, {TOGETHER[name][0]}", TOGETHER[name][1]) if name in TOGETHER else (name, line)
                for name, (_, line) in group.items()
                if name not in second
            ]
            for heading, group in GROUPS.items()
        }
        width = max(len(names) for lines in groups.values() for names, _ in lines) + 2
        formatter.write("\n")
        for heading, lines in groups.items():
            formatter.write(f"{heading}:\n")
            for names, line in lines:
                formatter.write(f"  {names:{width}}{line}\n")


def folder_of(given: str | None) -> str:
    """The folder from which the search for the workspace starts: ``-C``, else TRACKER_HOME, else the current
    one."""
    return given or os.environ.get("TRACKER_HOME") or "."


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="tracker")
@click.option("-C", "folder", metavar="DIR", help="Work in the workspace at or above DIR.")
@click.pass_context
def main(ctx: click.Context, folder: str | None) -> None:
    """Follow developing stories: record, publish, and replay what was known when."""
    ctx.color = False if os.environ.get("NO_COLOR") else None  # None: click colours what goes to a terminal


def run() -> None:
    """Runs the command line and ends the process.

    It skips the interpreter's own shutdown, which takes as long as an append. Every file is closed by then; only
    the standard streams still have to be flushed.
    """
    if sys.stdin is None:  # the caller closed it: read it as empty
        sys.stdin = open(os.devnull, encoding="utf-8")  # noqa: SIM115  for as long as the process runs
    if sys.stdout:  # escape what the terminal's encoding lacks
        sys.stdout.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    code = _run()
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):  # None: the caller has closed it
            stream.flush()
    except BrokenPipeError:
        code = _reader_gone()
    except OSError as error:
        code = code or _say(f"standard output: {error.strerror}", 1)
    os._exit(code)


def _run() -> int:
    """Runs the command and returns the exit status. An error is one line on standard error, never a traceback."""
    try:
        if asked := os.environ.get(COMPLETE_VARIABLE):
            return _complete(asked)
        code = main(standalone_mode=False, prog_name="tracker")
        return code if isinstance(code, int) else 0
    except (click.exceptions.Abort, KeyboardInterrupt):
        return _say("stopped", 130)
    except SystemExit:  # click raises it for a broken pipe
        return _reader_gone()
    except Exception as error:
        return _say("stopped", 130) if _was_interrupted(error) else _failed(error)


def _was_interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C came before this error: the cleanup after an interrupt may fail too."""
    while error and not isinstance(error, KeyboardInterrupt):
        error = error.__context__
    return error is not None


def _failed(error: Exception) -> int:
    """Reports the error and returns the exit status."""
    match error:
        case click.ClickException():
            error.show()
            return error.exit_code
        case BrokenPipeError():
            return _reader_gone()
        case TrackerError() | OSError():
            return _say(reason(error), getattr(error, "exit_code", 1))
    if os.environ.get("TRACKER_DEBUG"):
        raise error
    return _say(f"a fault in tracker, please report it: {type(error).__name__}: {error}", 70)


def reason(error: TrackerError | OSError) -> str:
    """The error as a sentence for the editor."""
    if isinstance(error, BadInput) and error.field in POINTS:
        return f"{POINTS[error.field]}: {error.reason}"
    if isinstance(error, TrackerError):
        return str(error)
    return f"{error.filename or 'the system'}: {error.strerror or error}"


def _complete(asked: str) -> int:
    """Prints the completions that the shell asks for and returns the exit status. On any error it prints nothing,
    because a shell cannot show errors."""
    from click.shell_completion import shell_complete

    try:
        return shell_complete(main, {}, "tracker", COMPLETE_VARIABLE, asked)
    except Exception:
        return 1


def _say(message: str, code: int) -> int:
    """Prints an error message and returns ``code``."""
    from tracker.cli.terminal import safe

    color = False if os.environ.get("NO_COLOR") else None
    click.echo(f"{click.style('error', fg='red')}: {safe(message)}", err=True, color=color)
    return code


def _reader_gone() -> int:
    """The reader closed the pipe (``tracker show | head``). Discards further output and returns the exit
    status."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141
