"""Tell a WebSub hub which documents were published (W3C Recommendation, 2018), with httpx.

The addresses that the hub has not taken yet are queued in ``.tracker/topics``, one a line. A publication adds
those that it changed; after the hub was told, those that it took are removed. Each is sent once; one that the hub
does not take stays in the queue. Deleting the file only means that the hub is not told.

The Recommendation leaves open how a publisher tells its hub. Hubs take a form with the mode ``publish`` and the
address of what changed: as ``hub.url`` those that followed PubSubHubbub 0.3, as ``hub.topic`` many later ones.
Both are sent, and a hub ignores the one that it does not read.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from tracker import __version__, atomic, extras
from tracker.errors import BadInput

if TYPE_CHECKING:
    import httpx

FILE = "topics"

_MOST_SILENT = 2
_MOST_CHUNKS = 8
_MOST_NAMED = 3


def queued(scratch: str) -> list[str]:
    """The addresses in the queue, in the order in which they came."""
    try:
        with open(os.path.join(scratch, FILE), encoding="utf-8") as file:
            return list(dict.fromkeys(file.read().split()))
    except OSError:
        return []


def enqueue(scratch: str, addresses: Iterable[str]) -> None:
    """Adds these to the queue. The caller holds the publisher's lock."""
    _write(scratch, [*queued(scratch), *addresses])


def dequeue(scratch: str, addresses: Iterable[str]) -> None:
    """Removes these from the queue. The caller holds the publisher's lock."""
    told = set(addresses)
    _write(scratch, [each for each in queued(scratch) if each not in told])


def _write(scratch: str, addresses: Iterable[str]) -> None:
    lines = "".join(f"{each}\n" for each in dict.fromkeys(addresses))
    atomic.replace(os.path.join(scratch, FILE), lines.encode())


def require_httpx() -> None:
    """Raises BadInput where httpx, an extra, is missing."""
    try:
        import httpx  # noqa: F401
    except ModuleNotFoundError:
        raise BadInput(f"story_feed a hub needs {extras.needed('websub')}") from None


def ping(hub: str, topics: Sequence[str], *, tell: Callable[[str], None], timeout: float = 10.0) -> list[str]:
    """Tells the hub which topics changed; returns those that it did not take.

    ``timeout`` is for connecting and for each read, in seconds. Nothing that the hub, the network or a proxy does
    is raised: ``tell`` is called with one sentence for each reason, which names the topics. Raises BadInput where
    httpx is missing.
    """
    require_httpx()
    reasons = _reasons(hub, topics, timeout)
    for reason in dict.fromkeys(reasons.values()):
        named = _named([topic for topic in topics if reasons.get(topic) == reason])
        tell(f"{hub} was not told that {named} changed: {reason}")
    return list(reasons)


def _reasons(hub: str, topics: Sequence[str], timeout: float) -> dict[str, str]:
    """Why the hub did not take a topic, for each that it did not take. If it does not answer twice in a row, it is
    down, and the other topics are not sent."""
    import httpx

    failures = (ImportError, OSError, ValueError, httpx.HTTPError, httpx.InvalidURL)
    reasons: dict[str, str] = {}
    silent = 0
    try:  # proxies and certificates are taken from os.environ
        client = httpx.Client(timeout=timeout, headers={"User-Agent": f"tracker/{__version__}"})
    except failures as error:
        return dict.fromkeys(topics, _reason(error))
    with client:
        for number, topic in enumerate(topics):
            try:
                reason, silent = _sent(client, hub, topic), 0
            except failures as error:
                reason, silent = _reason(error), silent + 1
            if silent == _MOST_SILENT:
                return reasons | dict.fromkeys(topics[number:], reason)
            if reason:
                reasons[topic] = reason
    return reasons


def _sent(client: httpx.Client, hub: str, topic: str) -> str:
    """Why the hub does not take the topic; empty if it takes it. A redirect is no success."""
    import httpx

    form = {"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}
    with client.stream("POST", hub, data=form) as response, contextlib.suppress(httpx.HTTPError):
        for _ in zip(range(_MOST_CHUNKS), response.iter_raw(), strict=False):
            pass  # a short body is read, so that the connection can be used again
    if response.is_success:
        return ""
    said = f"{response.status_code} {httpx.codes.get_reason_phrase(response.status_code)}".strip()
    return f"{said} to {response.next_request.url}"[:200] if response.next_request else said


def _reason(error: Exception) -> str:
    """What the library says, which may quote what was received at length."""
    return str(error).strip()[:200].rstrip(".") or type(error).__name__


def _named(topics: Sequence[str]) -> str:
    """The first few of the topics, and how many more there are."""
    others = len(topics) - _MOST_NAMED
    more = f" and {others} other{'s' if others > 1 else ''}" if others > 0 else ""
    return ", ".join(topics[:_MOST_NAMED]) + more
