"""Every request: counted and, where somebody reads along, told in a line of JSON."""

from __future__ import annotations

from typing import IO

import msgspec

from tracker.log.clock import Clock
from tracker.server.metrics import Metrics


class AccessLog:
    """``stream`` takes the lines, if any are wanted."""

    def __init__(self, metrics: Metrics, stream: IO[str] | None, clock: Clock) -> None:
        self.metrics = metrics
        self.stream = stream
        self.clock = clock

    def note(
        self, client: str, method: str, target: bytes, status: int, size: int, seconds: float, agent: bytes
    ) -> None:
        """A request was answered with so many bytes of a body, within so many seconds."""
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
        except OSError:  # nobody reads along any more
            self.stream = None
