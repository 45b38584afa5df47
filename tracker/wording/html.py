"""Messages in templates: the same as ``Wording``, for HTML."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

from markupsafe import Markup, escape

from tracker.text.dates import Occurred
from tracker.wording import dates, types
from tracker.wording.catalogue import supported
from tracker.wording.messages import Wording


class _Html(Wording):
    """The messages of another wording, with values that are HTML or become it. Elements isolate the values."""

    def __init__(self, wording: Wording) -> None:
        self.__dict__.update(wording.__dict__)
        self._plain: dict[str, str] = {}

    def _shown(self, values: Any) -> dict[str, object]:
        return {name: escape(value) for name, value in values.items()}

    def say(self, message: str, /, **values: object) -> str:
        if values:
            return Markup(super().say(message, **values))
        if message not in self._plain:
            self._plain[message] = Markup(super().say(message))
        return self._plain[message]

    def count(self, one: str, other: str, n: int, /, **values: object) -> str:
        return Markup(super().count(one, other, n, **values))


@lru_cache(maxsize=100)
def in_templates(wording: Wording) -> dict[str, Any]:
    """Returns the functions and values that templates use for words: ``say`` and ``count``, which take and return
    HTML; ``date`` for an EDTF text, ``day`` and ``minute`` for an instant of recording; ``type_name``; the
    language and the direction of the words; ``own``, the attribute for texts of the story if tracker does not
    speak its language."""
    html = _Html(wording)
    return {
        "say": html.say,
        "count": html.count,
        "date": lambda text: dates.date(wording, Occurred(text)),
        "day": partial(dates.day, wording),
        "minute": partial(dates.minute, wording),
        "type_name": partial(types.type_name, wording),
        "words": wording.language,
        "own": Markup("") if supported(wording.tag, "") else Markup(' lang="{}"').format(wording.tag),
        "direction": wording.direction,
    }
