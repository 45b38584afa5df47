"""Somebody at an editor: the program that $EDITOR names in tests, and how a test says what is typed in it.

Each time it is opened it keeps what it was shown, and does what it was told for that time: it fills in fields of
the form as it stands, copies the lines of a source, or writes something else. Told nothing, it leaves the file.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

Action = list[Any]


class Typist:
    """``typist.will([fill(title="T")], [replace("a", "b")])``: what to do when the editor is opened the first
    time, and the second."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.command = folder / "editor"
        self.command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" "{folder}" "$@"\n')
        self.command.chmod(0o755)
        self.will()

    def will(self, *times: list[Action]) -> None:
        """What to do each time from now on."""
        for seen in self.folder.glob("seen-*"):
            seen.unlink()
        (self.folder / "todo.json").write_text(json.dumps(times))

    @property
    def saw(self) -> list[str]:
        """What it was shown, each time."""
        return [
            (self.folder / f"seen-{number}").read_text(encoding="utf-8") for number in range(1, self.times + 1)
        ]

    @property
    def times(self) -> int:
        return len(list(self.folder.glob("seen-*")))


def fill(**fields: Any) -> Action:
    """Fills in fields of the form; texts without their quotation marks."""
    return ["fill", "", fields]


def source(number: int, **fields: str) -> Action:
    """Fills in fields of a source; of one that is not there yet after copying the lines of the first."""
    return ["fill", number, fields]


def table(name: str, number: int, **fields: str) -> Action:
    """Fills in fields of an item of a list of tables, as ``source`` does."""
    return [f"fill {name}", number, fields]


def replace(old: str, new: str) -> Action:
    return ["replace", old, new]


def save() -> Action:
    """Writes the file as it is."""
    return ["replace", "", ""]


def quit_with(status: int) -> Action:
    return ["quit", status, None]


# What the editor does.


def type_into(text: str, action: Action) -> str:
    """The text after the action."""
    what, where, new = action
    if what == "replace":
        assert where in text, f"there is no {where!r} in\n{text}"
        return text.replace(where, new, 1)
    for name, value in new.items():
        text = _filled(text, what.partition(" ")[2] or "sources", where, name, value)
    return text


def _filled(text: str, tables: str, item: int | str, name: str, value: Any) -> str:
    """The form with a field filled in, where a person would: on its line, before the comment."""
    parts = re.split(rf"^(?=\[\[{tables}\]\]$)", text, flags=re.MULTILINE)
    place = 0 if item == "" else int(item) + 1
    if place == len(parts):
        first = parts[1].partition("\n\n")[0]
        parts[-1] = parts[-1].rstrip() + "\n\n"
        parts.append(re.sub(r'= ".*?"(?=\s*(#.*)?$)', '= ""', first, flags=re.MULTILINE) + "\n")
    line = rf"^{name} = (?:'''\n.*?'''|\[\n.*?^\]|\[.*?\]|\"(?:[^\"\\]|\\.)*\"|\w+)(?=\s*(?:#.*)?$)"
    written, found = re.subn(
        line, lambda _: f"{name} = {_toml(value)}", parts[place], count=1, flags=re.MULTILINE | re.DOTALL
    )
    assert found, f"there is no field {name} in\n{parts[place]}"
    parts[place] = written
    return "".join(parts)


def _toml(value: Any) -> str:
    if isinstance(value, str) and "\n" in value:
        return f"'''\n{value}\n'''"
    return json.dumps(value, ensure_ascii=False)


def _main(folder: Path, path: Path) -> int:
    shown = path.read_bytes()
    time = len(list(folder.glob("seen-*")))
    (folder / f"seen-{time + 1}").write_bytes(shown)
    todo = json.loads((folder / "todo.json").read_text())
    for action in todo[time] if time < len(todo) else []:
        if action[0] == "quit":
            return int(action[1])
        text = path.read_text(encoding="utf-8", errors="surrogateescape")
        path.write_text(type_into(text, action), encoding="utf-8", errors="surrogateescape")
    return 0


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), Path(sys.argv[2])))
