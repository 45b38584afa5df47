"""The access log: counts every request, and can write a line of JSON for each."""

from __future__ import annotations

from typing import IO

import msgspec

from tracker.log.clock import Clock
from tracker.server.metrics import Metrics


class AccessLog:
    """Counts requests in ``metrics``, and writes a line for each to ``stream`` unless that is None."""

    def __init__(self, metrics: Metrics, stream: IO[str] | None, clock: Clock) -> None:
        self.metrics = metrics
        self.stream = stream
        self.clock = clock

    def note(
        self, client: str, method: str, target: bytes, status: int, size: int, seconds: float, agent: bytes
    ) -> None:
        """Logs a request. ``size`` is the number of bytes of the response body, ``seconds`` the time it took."""
        self.metrics.requests[status] += 1
        if self.stream is None:
            return
        line = {
            "at": self.clock(),
            "client": client,
            "method": method,
            "target": target.decode("ascii", "backslashreplace"),
            "status": status,
            "bytes": size,
            "seconds": round(seconds, 6),
            "agent": agent.decode("ascii", "backslashreplace"),
        }
        try:
            self.stream.write(msgspec.json.encode(line).decode() + "\n")
            self.stream.flush()
        except OSError:  # the reader of the log has closed it
            self.stream = None
