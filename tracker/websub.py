"""Telling a WebSub hub what was published (W3C Recommendation, 2018), with httpx.

The Recommendation leaves open how a publisher tells its hub. What hubs take is a form with the mode ``publish``
and the address of what changed; that is ``hub.url`` for those that followed PubSubHubbub 0.3 and ``hub.topic`` for
many that came later, and each passes over what it does not read. Both are sent.

httpx is an extra: importing this module raises BadInput where it is missing.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import sleep
from typing import NamedTuple

from tracker import __version__, extras
from tracker.errors import BadInput

try:
    import httpx
except ModuleNotFoundError:
    raise BadInput(f"telling a hub needs {extras.needed('websub')}") from None

LONGEST = 30.0
"""Seconds waited between two attempts at most, whatever the hub asks for."""

_MOST_REDIRECTS = 5
_MOST_CHUNKS = 8
_MOST_NAMED = 3


class _Answer(NamedTuple):
    """``reason`` says why a topic was not taken, and is empty where it was; ``again`` whether another attempt may
    help, after ``wait`` seconds at the earliest; ``silent`` that there was no answer at all."""

    reason: str = ""
    again: bool = False
    wait: float = 0.0
    silent: bool = False


def ping(
    hub: str,
    topics: Sequence[str],
    *,
    tell: Callable[[str], None],
    attempts: int = 4,
    pause: float = 1.0,
    timeout: float = 10.0,
) -> list[str]:
    """Tells the hub which topics changed; gives those that it could not be told.

    Where the hub is overloaded or does not answer, it is asked again up to so many ``attempts``, after ``pause``
    seconds and then twice as long each time, or what ``Retry-After`` says; ``timeout`` is for connecting and for
    every read. Nothing that the hub, the network or a proxy does is raised: ``tell`` is called with one sentence
    for each reason, which names the topics.
    """
    reasons: dict[str, str] = {}
    if topics:
        try:
            client = httpx.Client(timeout=timeout, headers={"User-Agent": f"tracker/{__version__}"})
        except (
            ImportError,
            OSError,
            ValueError,
            httpx.InvalidURL,
        ) as error:  # proxies and certificates in os.environ
            reasons = dict.fromkeys(topics, _reason(error))
        else:
            with client:
                reasons = _reasons(client, hub, topics, attempts, pause)
    for reason in dict.fromkeys(reasons.values()):
        named = _named([topic for topic in topics if reasons.get(topic) == reason])
        tell(f"{hub} was not told that {named} changed: {reason}")
    return list(reasons)


def _reasons(client: httpx.Client, hub: str, topics: Sequence[str], attempts: int, pause: float) -> dict[str, str]:
    """Why each topic that was not taken was not. After one for which all attempts were in vain, the next gets a
    single one; if there is no answer to that either, the hub is down and the rest is not tried."""
    reasons: dict[str, str] = {}
    last = _Answer()
    for number, topic in enumerate(topics):
        answer = _asked(client, hub, topic, 1 if last.again else attempts, pause)
        if answer.silent and last.silent:
            return reasons | dict.fromkeys(topics[number:], answer.reason)
        if answer.reason:
            reasons[topic] = answer.reason
        last = answer
    return reasons


def _asked(client: httpx.Client, hub: str, topic: str, attempts: int, pause: float) -> _Answer:
    """The last answer."""
    answer = _once(client, hub, topic)
    for number in range(attempts - 1):
        if not answer.again:
            break
        sleep(min(max(pause * 2**number, answer.wait), LONGEST))
        answer = _once(client, hub, topic)
    return answer


def _once(client: httpx.Client, hub: str, topic: str) -> _Answer:
    form = {"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}
    try:
        response = _sent(client, client.build_request("POST", hub, data=form))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:  # ValueError: of hosts such as a..b
        return _Answer(_reason(error), again=isinstance(error, httpx.TransportError), silent=True)
    if response.is_success:
        return _Answer()
    again = response.is_server_error or response.status_code in (408, 429)
    return _Answer(_refusal(response), again, _retry_after(response.headers))


def _sent(client: httpx.Client, request: httpx.Request) -> httpx.Response:
    """The answer. Of redirects, 307 and 308 are followed, within the same scheme: by the others a form becomes a
    GET (RFC 9110, 15.4), which a hub may well answer with 200 and tell nobody."""
    for _ in range(_MOST_REDIRECTS):
        response = _received(client, request)
        onward = response.next_request
        if response.status_code not in (307, 308) or not onward or onward.url.scheme != request.url.scheme:
            return response
        request = onward
    return _received(client, request)


def _received(client: httpx.Client, request: httpx.Request) -> httpx.Response:
    """The answer, of which nothing but the head counts. A short body is read off, so that the connection can be
    used again; one that is long or breaks off is left."""
    response = client.send(request, stream=True)
    with contextlib.closing(response), contextlib.suppress(httpx.HTTPError):
        for _ in zip(range(_MOST_CHUNKS), response.iter_raw(), strict=False):
            pass
    return response


def _retry_after(headers: httpx.Headers) -> float:
    """Seconds (RFC 9110, 10.2.3), or 0 where the header is missing or anything else. A date is taken from the
    answer's own ``Date``: no clock is read, and that of the hub may be wrong."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]+", text):
        return float(text)
    try:
        return (_instant(text) - _instant(headers.get("date", ""))).total_seconds()
    except (ValueError, OverflowError):
        return 0.0


def _instant(text: str) -> datetime:
    """A date of HTTP's, which is GMT whether it says so or not. Raises ValueError or OverflowError."""
    return parsedate_to_datetime(text).replace(tzinfo=UTC)


def _refusal(response: httpx.Response) -> str:
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
