"""Somebody at a terminal: runs a command in a pseudo-terminal, reads what it says and answers what it asks.

``person.at("add")`` starts it; ``person.is_asked("type")`` waits for that question, ``person.answers("report")``
types it and presses Enter. What reached the terminal is in ``person.screen``, as it came.
"""

from __future__ import annotations

import os
import re
import sys
import time
from typing import Any

import pexpect

from tracker.workspace.desk import Workspace

SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]|\x1b\][^\x07]*\x07")
"""What moves the cursor, clears and colours."""

ENTER, TAB, BACKSPACE, CLEAR = "\r", "\t", "\x7f", "\x05\x15"
CTRL_C, CTRL_D = "\x03", "\x04"


class Person:
    """One command at a time, in a terminal of this size."""

    def __init__(self, desk: Workspace, rows: int = 40, columns: int = 160, **environment: str) -> None:
        self.desk = desk
        self.size = (rows, columns)
        self.environment = {
            "PATH": os.environ["PATH"],
            "HOME": desk.root,
            "TERM": "xterm",
            "LANG": "C.UTF-8",
            "PROMPT_TOOLKIT_NO_CPR": "1",
            **environment,
        }
        self.screen, self.place = "", 0
        self.question = ""
        self.keys = 0
        self.answered = self.skipped = 0
        self.child: Any = None

    def at(self, *command: str) -> Person:
        """Starts the command."""
        self.child = pexpect.spawn(
            sys.executable,
            ["-m", "tracker", "-C", self.desk.root, *command],
            dimensions=self.size,
            env=self.environment,
            encoding="utf-8",
            timeout=20,
            cwd=self.desk.root,
        )
        self.child.delaybeforesend = None
        self.screen, self.place = "", 0
        return self

    def sees(self, text: str) -> Person:
        """Waits until the terminal shows the text, after what was waited for before; lines may break in it,
        and the cursor jump."""
        return self._reads(r"\s*".join(re.escape(each) for each in text if not each.isspace()))

    def _reads(self, pattern: str) -> Person:
        while not (found := re.compile(pattern).search(self.shown, self.place)):
            try:
                self.screen += self.child.read_nonblocking(4096, 10)
            except (pexpect.EOF, pexpect.TIMEOUT) as error:
                rest = self.shown[self.place :]
                raise AssertionError(f"{pattern!r} was not shown, but:\n{rest}\nafter {self.shown}") from error
        self.place = found.end()
        return self

    @property
    def shown(self) -> str:
        """What the terminal showed so far, as text."""
        return SEQUENCE.sub("", self.screen)

    def is_asked(self, question: str) -> Person:
        """Waits for the question."""
        self.question = question
        label = re.escape(question)
        return self._reads(label if question.endswith("?") else rf"(?:^|[\r\n]) ?{label}:")

    def types(self, keys: str) -> Person:
        self.keys += len(keys)
        self.child.send(keys)
        return self

    def answers(self, text: str = "") -> Person:
        """Types the answer, after the default that stands there, and Enter."""
        self.answered += 1
        self.skipped += not text
        return self.types(text + ENTER)

    def mends(self, text: str) -> Person:
        """Clears what was refused, once it is asked again, and answers."""
        return self.is_asked(self.question).says_instead(text)

    def chooses(self, keys: str, answer: str) -> Person:
        """Types a part of an answer, looks at what is offered, and takes it with Tab."""
        self.types(keys)
        time.sleep(0.2)
        return self.types(TAB).sees(answer).answers()

    def says_instead(self, text: str) -> Person:
        """Clears the default that stands there, and answers."""
        return self.types(CLEAR).answers(text)

    def has_done(self, status: int = 0) -> str:
        """Waits until the command ends with this status; gives all that the terminal showed."""
        while True:
            try:
                self.screen += self.child.read_nonblocking(4096, 10)
            except pexpect.EOF:
                break
        self.child.close()
        assert self.child.exitstatus == status, (self.child.exitstatus, self.shown)
        assert "Traceback" not in self.screen
        return self.shown.replace("\r\n", "\n")
