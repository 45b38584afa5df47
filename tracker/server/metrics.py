"""Counters and gauges of the server, in the text format of Prometheus (version 0.0.4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """The counts since the server started. ``lag`` is the longest time in seconds that an event of the last
    publication waited to be published."""

    def __init__(self) -> None:
        self.requests: Counter[int] = Counter()
        self.publications = 0
        self.failures = 0
        self.documents = 0
        self.events = 0
        self.stories = 0
        self.streams = 0
        self.lag = 0.0

    def text(self, wrong: str = "", *, names_it: bool = True) -> str:
        """Returns all metrics, a line for each sample. ``wrong`` says why a part of the log is not published; the
        text has it only if it ``names_it``."""
        return "".join(f"{line}\n" for line in self._lines(wrong, names_it))

    def _lines(self, wrong: str, names_it: bool) -> Iterator[str]:
        yield from _plain("healthy", "gauge", "1 if every recorded event is published.", int(not wrong))
        if wrong and names_it:
            yield from _labelled("unhealthy", "gauge", "Why not every event is published.", "reason", {wrong: 1})
        yield from _plain("events", "gauge", "Published events.", self.events)
        yield from _plain("stories", "gauge", "Published stories.", self.stories)
        yield from _plain("publications_total", "counter", "Publications that succeeded.", self.publications)
        yield from _plain(
            "publication_failures_total",
            "counter",
            "Failures to publish. A lasting failure counts once.",
            self.failures,
        )
        yield from _plain("documents_total", "counter", "Feed documents that were published.", self.documents)
        yield from _plain("open_streams", "gauge", "Open event streams.", self.streams)
        requests = {str(status): number for status, number in sorted(self.requests.items())}
        yield from _labelled(
            "requests_total", "counter", "Requests, by the status of the response.", "status", requests
        )
        yield from _plain(
            "publication_lag_seconds",
            "gauge",
            "Longest time from recording to publishing an event, in the last publication with new events.",
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
        yield f'tracker_{name}{{{label}="{_escaped(value)}"}} {number}'


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
