"""A cache of answers."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable

from tracker.server.api.answers import Answer
from tracker.text.dates import Recorded

MOST = 64 * 1024 * 1024
"""Most bytes of all bodies."""

MOST_ANSWERS = 10_000
"""Most answers without their bodies."""


class KeptAnswer:
    """An answer, and the time at which it was made."""

    __slots__ = ("answer", "made")

    def __init__(self, answer: Answer, made: Recorded) -> None:
        self.answer = answer
        self.made = made

    def holds(self, now: Recorded) -> bool:
        """Returns whether it is still the answer, if nothing was recorded."""
        until = self.answer.until
        return until is None or self.made <= now < until


class KeptAnswers:
    """The answers that were given last, by question and version of the log. The bodies of the older ones are
    dropped first: without its body, an answer still tells that a client has the same bytes."""

    def __init__(self) -> None:
        self._answers: OrderedDict[Hashable, KeptAnswer] = OrderedDict()
        self._bodies: OrderedDict[Hashable, int] = OrderedDict()
        self._size = 0

    def find(self, key: Hashable) -> KeptAnswer | None:
        """Returns the answer, or None."""
        if found := self._answers.get(key):
            self._answers.move_to_end(key)
            if key in self._bodies:
                self._bodies.move_to_end(key)
        return found

    def put(self, key: Hashable, kept: KeptAnswer) -> None:
        """Keeps an answer."""
        self._drop_body(key)
        self._answers[key] = kept
        self._bodies[key] = size = len(kept.answer.body or b"")
        self._size += size
        while self._size > MOST:
            self._drop_body(next(iter(self._bodies)))
        while len(self._answers) > MOST_ANSWERS:
            oldest = next(iter(self._answers))
            self._drop_body(oldest)
            del self._answers[oldest]

    def clear(self) -> None:
        """Drops all answers."""
        self._answers.clear()
        self._bodies.clear()
        self._size = 0

    def _drop_body(self, key: Hashable) -> None:
        if key in self._bodies:
            self._size -= self._bodies.pop(key)
            kept = self._answers[key]
            kept.answer = kept.answer._replace(body=None)
