"""How the server is doing, in the text format of Prometheus (version 0.0.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """What is counted since the server started. ``lag`` is the longest time in seconds that an event of the last
    publication waited for it."""

    def __init__(self) -> None:
        self.requests: Counter[int] = Counter()
        self.publications = 0
        self.failures = 0
        self.documents = 0
        self.events = 0
        self.stories = 0
        self.streams = 0
        self.lag = 0.0

    def text(self) -> str:
        """All of it."""
        return "".join(f"{line}\n" for line in self._lines())

    def _lines(self) -> Iterator[str]:
        yield from _plain("events", "gauge", "Events that are published.", self.events)
        yield from _plain("stories", "gauge", "Stories that are published.", self.stories)
        yield from _plain("publications_total", "counter", "Publications that went well.", self.publications)
        yield from _plain(
            "publication_failures_total",
            "counter",
            "Failures to publish; one that lasts counts once.",
            self.failures,
        )
        yield from _plain("documents_total", "counter", "Feeds' documents that were published.", self.documents)
        yield from _plain("open_streams", "gauge", "Event streams that are open.", self.streams)
        requests = {str(status): number for status, number in sorted(self.requests.items())}
        yield from _labelled(
            "requests_total", "counter", "Requests, by the status of the answer.", "status", requests
        )
        yield from _plain(
            "publication_lag_seconds",
            "gauge",
            "Seconds from when an event was recorded to when it was published; the longest of the last time.",
            self.lag,
        )


def _plain(name: str, type: str, help: str, number: float) -> Iterator[str]:
    yield f"# HELP tracker_{name} {help}"
    yield f"# TYPE tracker_{name} {type}"
    yield f"tracker_{name} {number}"


def _labelled(name: str, type: str, help: str, label: str, numbers: Mapping[str, int]) -> Iterator[str]:
    yield f"# HELP tracker_{name} {help}"
    yield f"# TYPE tracker_{name} {type}"
    for value, number in numbers.items():
        yield f'tracker_{name}{{{label}="{value}"}} {number}'
