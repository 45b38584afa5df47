"""The thread that publishes. After each publication it updates the cache, the event streams and the metrics."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress

import msgspec

from tracker.errors import TrackerError
from tracker.feeds import paths
from tracker.feeds.formats import FORMATS
from tracker.log.checkpoints import PublishedHead as Head
from tracker.publishing import below
from tracker.publishing.publisher import PublishResult
from tracker.publishing.rewrites import seen_heads
from tracker.publishing.watch import watch
from tracker.server.current import CurrentWorkspace
from tracker.server.files.cache import CachedFile, FileCache
from tracker.server.metrics import Metrics
from tracker.server.sse import EventStreams
from tracker.text.dates import Recorded, seconds_apart

OnPublished = Callable[[PublishResult], None]
OnFailure = Callable[[TrackerError | OSError], None]


class PublisherThread:
    """Publishes new events, from ``start`` to ``stop``.

    ``wrong`` says why a part of the log is not published; it is empty if everything is. ``was_tried`` is true
    after the first publication, also if that failed.
    """

    def __init__(
        self,
        current: CurrentWorkspace,
        table: FileCache,
        live: EventStreams,
        metrics: Metrics,
        on_published: OnPublished,
        on_failure: OnFailure,
    ) -> None:
        self.current = current
        self.table = table
        self.live = live
        self.metrics = metrics
        self.wrong = "nothing has been published yet"
        self.was_tried = False
        self._on_published, self._on_failure = on_published, on_failure
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="publishing")
        self._heads: Mapping[str, Head] = {}

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._heads = self._published_heads()
        self._put_in_place({}, self._heads)
        self._thread.start()

    async def stop(self) -> None:
        """Stops the thread, after the publication that is running."""
        self._stop.set()
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        try:
            watch(self.current(), self._after, self._after_failure, self._stop)
        except BaseException as error:
            self.wrong = f"a fault in tracker, nothing is published any more: {type(error).__name__}: {error}"
            raise

    def _after(self, published: PublishResult) -> None:
        found = self._published_heads()
        if published.written:
            self.metrics.publications += 1
            self.metrics.documents += sum(path.rpartition(".")[2] in FORMATS for path in published.written)
        if self._heads:  # not the first publication, in which every event is new
            self._measure(found)
        wanted = self.table.paths() if published.anew else filter(self.table.__contains__, published.written)
        entries = {path: self.table.load(path) for path in wanted}
        self._loop.call_soon_threadsafe(self._put_in_place, entries, found)
        wrong = [*map(str, published.errors), *published.missing]
        self.wrong, self.was_tried, self._heads = "; ".join(wrong), True, found
        with suppress(OSError):  # a closed terminal does not undo the publication
            self._on_published(published)

    def _after_failure(self, error: TrackerError | OSError) -> None:
        self.metrics.failures += 1
        self.wrong, self.was_tried = str(error), True
        with suppress(OSError):
            self._on_failure(error)

    def _put_in_place(self, entries: Mapping[str, CachedFile | None], found: Mapping[str, Head]) -> None:
        """Updates the cache, the streams and the metrics. It runs in the event loop, in one step."""
        now = self._loop.time()
        for path, entry in entries.items():
            if entry:
                self.table.put(entry, now)
            else:
                self.table.drop(path)
        self.table.doubt()
        self.live.tell(found)
        self.metrics.stories = len(found)
        self.metrics.events = sum(head.seq for head in found.values())

    def _published_heads(self) -> Mapping[str, Head]:
        """Returns the published heads by story; none if they cannot be read."""
        try:
            return seen_heads(self.current()).stories
        except (TrackerError, OSError):
            return {}

    def _measure(self, found: Mapping[str, Head]) -> None:
        """Sets the lag: the longest time that a new event has waited. Without new events the lag stays."""
        now = self.current().clock()
        before = {slug: head.seq for slug, head in self._heads.items()}
        new = [(slug, before.get(slug, 0)) for slug, head in found.items() if head.seq > before.get(slug, 0)]
        lags = [seconds_apart(recorded, now) for each in new for recorded in self._recorded(*each)]
        self.metrics.lag = max(lags, default=self.metrics.lag)

    def _recorded(self, slug: str, after: int) -> list[Recorded]:
        """Returns when each event of a story was recorded, without the first ``after`` events."""
        log = below.read(self.current().feeds, paths.log(slug))
        return [msgspec.json.decode(line, type=_Line).recorded for line in log.splitlines()[after:]]


class _Line(msgspec.Struct):
    recorded: Recorded
