"""The feed that tells a story from its beginning, in Atom, RSS and JSON:
``/replay/<story>.atom?start=2026-11-23&pace=1d``.

It is for subscribers who join late. The server computes it from the address, the log and the time of the request
(``schedule.py`` says when each entry is due), and keeps no state for a subscriber.

**The beginning** is in the address. To a request without a start, the server answers 301 to the same address with
today's date, which no cache may keep. The redirect is permanent because a reader stores the target of a permanent
redirect, and has to store this one. It is 301 and not 308, since more readers know 301. A reader that does not
store targets needs the address with its start; without one its replay would begin again every day.

**Ids.** A replayed entry has another id than the entry of the live feed. It comes at another time, and some
readers (newsboat) drop an entry whose id they know from any feed: a subscriber of both feeds would never see it.
The id is made of the event's id and the start. It does not depend on pace and order: a subscriber who changes
these goes on in the same replay and gets no entry twice.

**Dates.** ``published`` is the time at which the entry is due, so that readers sort it correctly. The text of the
entry says when the event was recorded. ``updated`` changes when the event is amended after that.

**Truth.** An entry has its current text, as in the live feed: a corrected entry says first that it was corrected,
and a removed entry is a stub. The correction itself is an entry with its own time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from datetime import timedelta
from threading import Lock
from urllib.parse import urlencode

from msgspec import structs
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from tracker.domain.events import Event
from tracker.errors import Unknown
from tracker.feeds import catalogue, paging, posts, schedule
from tracker.feeds.documents import Facts, Feed, Post
from tracker.feeds.entries import StoryFeed, build_feed
from tracker.feeds.formats import FORMATS
from tracker.feeds.posts import named
from tracker.feeds.schedule import Plan, ScheduledEntry
from tracker.feeds.writers import writer
from tracker.server.api.answers import ApiResponse, Asked, Question, Redirect
from tracker.server.api.endpoints import Endpoints
from tracker.server.api.parameters import query
from tracker.server.api.stories import fold_or_refuse, reading
from tracker.site.headers import FEED_TYPES
from tracker.text.dates import Occurred, Recorded
from tracker.views.bitemporal import known_at
from tracker.wording import dates
from tracker.wording.messages import N_, Wording, forms
from tracker.workspace.config import Config
from tracker.workspace.desk import Workspace

PACE = "1d"
"""The default pace: one entry a day."""

FRESH = 60
"""Most seconds for which caches may keep a document: an event may be corrected at any time."""

KEPT = 8
"""Number of stories whose entries are cached: a long story takes long to render."""

_DATE_SENTENCE = 100
"""About how many bytes the sentence takes that says when an event was recorded."""

_PARAMETERS = ("start", "pace", "order")

_ORDERS = {
    "recorded": N_(
        "A development {pace} from {date} on, in the order in which it was recorded; then as it goes on."
    ),
    "occurred": N_("A development {pace} from {date} on, in the order in which it occurred; then as it goes on."),
}
_PACES = (
    (timedelta(weeks=1), forms("every week", "every {n} weeks")),
    (timedelta(days=1), forms("every day", "every {n} days")),
    (timedelta(hours=1), forms("every hour", "every {n} hours")),
    (timedelta(minutes=1), forms("every minute", "every {n} minutes")),
)


def routes(workspace: Callable[[], Workspace], answering: Endpoints) -> list[BaseRoute]:
    """Returns the route of all replays. ``workspace`` returns the desk with its current configuration."""

    def read(request: Request) -> Question:
        document = request.path_params["document"]
        slug, _, format = document.rpartition(".")
        if format not in FORMATS:
            raise Unknown("feed", f".{format[:20]}", [], f"There are {', '.join(f'.{each}' for each in FORMATS)}.")
        return Question(replay, {"document": document, **query(request, *_PARAMETERS)}, slug)

    return [Route("/replay/{document}", answering(workspace, read))]


def replay(desk: Workspace, asked: Asked) -> ApiResponse | Redirect:
    """Returns a document of a replay, or a redirect to its address with a start."""
    slug, _, format = asked["document"].rpartition(".")
    now = desk.clock()
    with reading(desk, slug):
        events = _known_events(list(desk.log.read(slug)), slug, now)
    given = {"start": now[:10], "pace": PACE, **asked}
    plan = Plan(
        schedule.read_start(given["start"]),
        schedule.read_pace(given["pace"]),
        schedule.read_order(given.get("order", schedule.ORDERS[0])),
    )
    address = "?" + urlencode([(name, given[name]) for name in _PARAMETERS if name in given], safe=":")
    if "start" not in asked:
        return Redirect(f"{slug}.{format}{address}")

    def answer() -> ApiResponse:
        story_feed = _story_feeds.of(desk, slug, events)
        turns = schedule.turns(story_feed.entries, events, plan)
        feed = _feed(
            desk.config, story_feed, plan, given["start"], address, ended=schedule.due(turns, now) is None
        )
        return _response(desk.config, story_feed, feed, format, plan, turns, now)

    return fold_or_refuse(desk, slug, answer)


def _response(
    config: Config,
    story_feed: StoryFeed,
    feed: Feed,
    format: str,
    plan: Plan,
    turns: Sequence[ScheduledEntry],
    now: Recorded,
) -> ApiResponse:
    out, due = schedule.out(turns, now), schedule.due(turns, now)
    newest, _ = paging.newest(reversed(out), lambda turn: turn.entry.weight + _DATE_SENTENCE)
    shown = newest[::-1]
    replayed = [_post(config, story_feed, turn, plan.start) for turn in shown]
    facts = Facts(
        updated=max((each.updated for each in replayed), default=story_feed.standing.published),
        complete=len(shown) == len(out),
    )
    changed = max(story_feed.story.updated, *(each.at for each in out[-1:]))
    written = writer(format)
    return ApiResponse(
        written.document(feed, facts, [written.entry(each) for each in replayed], mixed=True),
        FEED_TYPES[format],
        FRESH,
        changed,
        until=due,
    )


def _known_events(events: list[Event], slug: str, now: Recorded) -> list[Event]:
    """Returns the events recorded by now: a clock that is ahead may record later ones. Raises Unknown if none."""
    known = list(known_at(events, now))
    if not known:
        raise Unknown("story", slug, [])
    return known


class _StoryFeeds:
    """A cache of the story feeds that were requested last. A new event makes its story's feed stale."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, ...], StoryFeed] = OrderedDict()

    def of(self, desk: Workspace, slug: str, events: Sequence[Event]) -> StoryFeed:
        """Returns the feed of a story, from the cache if that has it."""
        key = (slug, events[-1].hash, desk.log.glossary.fingerprint)
        with self._lock:
            story_feed = self._kept.pop(key, None)
        if story_feed is None:
            story_feed = build_feed(
                slug, events, canonical=desk.directory.canonical, numbers=desk.numbers, wordings=desk.wordings
            )
        with self._lock:
            self._kept[key] = story_feed
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return story_feed


_story_feeds = _StoryFeeds()
"""The story feeds of this process: every worker has some."""


def _feed(config: Config, story_feed: StoryFeed, plan: Plan, start: str, query: str, *, ended: bool) -> Feed:
    """Returns the feed's own fields. It names no hub. It is complete if the story is, and all entries are out."""
    live, wording = catalogue.of_standing(config, story_feed.standing)["developments"], story_feed.wording
    return structs.replace(
        live,
        path=schedule.place(story_feed.standing.slug),
        id=f"urn:uuid:{_id(story_feed.standing.opener, plan.start)}",
        title=wording.say("{story}, from the beginning", story=live.title),
        subtitle=wording.say(
            _ORDERS[plan.order], pace=_pace(wording, plan.pace.time), date=dates.date(wording, Occurred(start))
        ),
        hub="",
        expired=live.expired and ended,
        query=query,
    )


def _pace(wording: Wording, time: timedelta) -> str:
    """Returns a whole number of minutes in words: ``every 12 hours``."""
    unit, words = next((unit, words) for unit, words in _PACES if not time % unit)
    return wording.count(*words, time // unit)


def _post(config: Config, story_feed: StoryFeed, turn: ScheduledEntry, start: Recorded) -> Post:
    entry = story_feed.with_body(turn.entry)
    post = posts.of_entry(entry, catalogue.of_entry(config, entry, story_feed.standing.opener))
    extension = {"event": post.id, "recorded": entry.published}
    return structs.replace(
        post,
        id=f"urn:uuid:{_id(entry.id, start)}",
        published=turn.at,
        updated=max(turn.at, entry.updated),
        content=_date_sentence(entry.wording, turn) + post.content,
        about=(f"urn:uuid:{_id(entry.about_id, start)}", post.about[1]) if entry.about else post.about,
        more=post.more | extension,
    )


def _date_sentence(wording: Wording, turn: ScheduledEntry) -> str:
    """Returns a sentence that says when the event was recorded, if the entry is published later."""
    recorded = turn.entry.published
    if turn.at <= recorded:
        return ""
    told = wording.say("Recorded on {minute}.", minute=dates.minute(wording, recorded))
    return f"<p>{told}</p>\n"


def _id(of: str, start: Recorded) -> str:
    return named(of, f"replay/{start}")
