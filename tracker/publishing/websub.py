"""Tell a WebSub hub which documents were published (W3C Recommendation, 2018), with httpx.

The addresses that the hub has not taken yet are queued in ``.tracker/topics``, one a line. A publication adds the
addresses of the documents that it changed. ``ping`` sends each address once; the caller then removes those that
the hub took. Deleting the file only means that the hub is not told.

The Recommendation leaves open how a publisher tells its hub. Hubs take a form with the mode ``publish`` and the
address of the changed document. Hubs that follow PubSubHubbub 0.3 read it from ``hub.url``, many later ones from
``hub.topic``. Both are sent, and a hub ignores the field that it does not read.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from tracker import __version__, atomic, extras
from tracker.errors import BadInput
from tracker.log import scratch as scratch_files

if TYPE_CHECKING:
    import httpx

FILE = "topics"

_MOST_SILENT = 2
_MOST_CHUNKS = 8
_MOST_NAMED = 3


def queued(scratch: str) -> list[str]:
    """Return the addresses in the queue, the oldest first."""
    scratch_files.check(os.path.join(scratch, FILE))
    try:
        with open(os.path.join(scratch, FILE), encoding="utf-8") as file:
            return list(dict.fromkeys(file.read().split()))
    except OSError:
        return []


def enqueue(scratch: str, addresses: Iterable[str]) -> None:
    """Add addresses to the queue. The caller holds the publisher's lock."""
    _write(scratch, [*queued(scratch), *addresses])


def dequeue(scratch: str, addresses: Iterable[str]) -> None:
    """Remove addresses from the queue. The caller holds the publisher's lock."""
    taken = set(addresses)
    _write(scratch, [each for each in queued(scratch) if each not in taken])


def _write(scratch: str, addresses: Iterable[str]) -> None:
    lines = "".join(f"{each}\n" for each in dict.fromkeys(addresses))
    atomic.replace(os.path.join(scratch, FILE), lines.encode())


def require_httpx() -> None:
    """Raise BadInput if httpx, which an extra installs, is missing."""
    try:
        import httpx  # noqa: F401
    except ModuleNotFoundError:
        raise BadInput(f"telling a hub needs {extras.needed('websub')}") from None


def ping(hub: str, topics: Sequence[str], *, tell: Callable[[str], None], timeout: float = 10.0) -> list[str]:
    """Tell the hub which topics changed; return those that it did not take.

    ``timeout`` is for connecting and for each read, in seconds. Failures of the hub, the network or a proxy are
    not raised: ``tell`` is called with one sentence for each reason, which names the topics. Raises BadInput if
    httpx is missing.
    """
    require_httpx()
    reasons = _reasons(hub, topics, timeout)
    for reason in dict.fromkeys(reasons.values()):
        named = _named([topic for topic in topics if reasons.get(topic) == reason])
        tell(f"{hub} was not told that {named} changed: {reason}")
    return list(reasons)


def _reasons(hub: str, topics: Sequence[str], timeout: float) -> dict[str, str]:
    """Return the topics that the hub did not take, each with the reason. If the hub does not answer twice in a
    row, the other topics are not sent."""
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
                reason, silent = _send(client, hub, topic), 0
            except failures as error:
                reason, silent = _reason(error), silent + 1
            if silent == _MOST_SILENT:
                return reasons | dict.fromkeys(topics[number:], reason)
            if reason:
                reasons[topic] = reason
    return reasons


def _send(client: httpx.Client, hub: str, topic: str) -> str:
    """Send a topic to the hub. Returns why the hub does not take it, or an empty text. A redirect is no
    success."""
    import httpx

    form = {"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}
    with client.stream("POST", hub, data=form) as response, contextlib.suppress(httpx.HTTPError):
        for _ in zip(range(_MOST_CHUNKS), response.iter_raw(), strict=False):
            pass  # a short body is read, so that the connection can be used again
    if response.is_success:
        return ""
    status = f"{response.status_code} {httpx.codes.get_reason_phrase(response.status_code)}".strip()
    return f"{status} to {response.next_request.url}"[:200] if response.next_request else status


def _reason(error: Exception) -> str:
    """Return the message of an error, cut to 200 characters: it may quote a long response."""
    return str(error).strip()[:200].rstrip(".") or type(error).__name__


def _named(topics: Sequence[str]) -> str:
    """Name the first few topics, and the number of the others."""
    others = len(topics) - _MOST_NAMED
    more = f" and {others} other{'s' if others > 1 else ''}" if others > 0 else ""
    return ", ".join(topics[:_MOST_NAMED]) + more
