"""The feed that tells a story from its beginning, in Atom, RSS and JSON:
``/replay/<story>.atom?start=2026-11-23&pace=1d``.

It is for those who join late. All of it is computed from the address, the log and the time of the request
(``pacing.py`` says what is out by when); the server remembers nothing of its subscribers.

**The beginning** is in the address. Asked without, it answers 301 to the same address with today's date, and that
no cache may keep this. The redirect is permanent because readers that follow permanent ones store where they lead,
and it is that address which has to be stored; 301 and not 308, since more of them know it. A reader that stores
nothing has to be given the address with its start, or would begin anew every day.

**Ids.** An entry is not the one of the live feed: it comes at another time, and a reader that drops what it knows
from any feed (newsboat does) would never show it to somebody who follows both. Its id is made of the event's and
of the start. Pace and order are not in it: who changes them goes on in the same replay, and is told nothing twice.

**Dates.** ``published`` is the entry's turn, so that readers sort it where it belongs; when it was recorded is
said in the entry. ``updated`` moves when it is amended after that.

**Truth.** An entry reads as it stands now, as in the live feed: what was corrected since says so first, and what
was removed is a stub. The correction itself is told when it is its turn.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from urllib.parse import urlencode

from msgspec import structs
from starlette.requests import Request
from starlette.routing import BaseRoute, Route

from tracker.domain.events import Event
from tracker.errors import Unknown
from tracker.feeds import catalogue, posts, schedule
from tracker.feeds.documents import MEDIA_TYPES, Facts, Feed, Post
from tracker.feeds.entries import StoryFeed, build_feed
from tracker.feeds.paging import MOST_ITEMS, MOST_WEIGHT
from tracker.feeds.posts import named
from tracker.feeds.schedule import Plan, ScheduledEntry
from tracker.publishing.render import WRITERS
from tracker.server.api.endpoints import ApiResponse, Endpoints, Redirect
from tracker.server.api.parameters import query
from tracker.server.api.stories import fold_or_refuse, open_workspace, reading
from tracker.text.dates import Occurred, Recorded, in_words, seconds_apart
from tracker.views.bitemporal import known_at
from tracker.workspace.config import Config
from tracker.workspace.desk import Workspace

PACE = "1d"
"""Where none is asked for."""

FRESH = 60
"""Seconds for which a document may be kept, at most: something may be corrected at any time."""

KEPT = 8
"""Stories that are kept as they were told last: entries of long ones take long to make."""

_SAID = 100
"""About how many bytes it takes to say when an entry was recorded."""

_PARAMETERS = ("start", "pace", "order")

_ORDERS = {"recorded": "in which it was recorded", "occurred": "in which it occurred"}


def routes(workspace: Callable[[], Workspace], answering: Endpoints) -> list[BaseRoute]:
    """The replays of all stories; ``workspace`` gives the desk as it is now."""
    story_feeds = _StoryFeeds()

    def document(request: Request) -> ApiResponse | Redirect:
        return _document(open_workspace(workspace), story_feeds, request)

    return [Route("/replay/{document}", answering(document))]


def _document(desk: Workspace, story_feeds: _StoryFeeds, request: Request) -> ApiResponse | Redirect:
    slug, _, format = request.path_params["document"].rpartition(".")
    if format not in WRITERS:
        raise Unknown("feed", f".{format[:20]}", [], f"There are {', '.join(f'.{each}' for each in WRITERS)}.")
    now = desk.clock()
    with reading(desk, slug):
        events = _known(list(desk.log.read(slug)), slug, now)
    given = query(request, *_PARAMETERS)
    asked = {"start": now[:10], "pace": PACE, **given}
    plan = Plan(
        schedule.read_start(asked["start"]),
        schedule.read_pace(asked["pace"]),
        schedule.read_order(asked.get("order", schedule.ORDERS[0])),
    )
    address = "?" + urlencode([(name, asked[name]) for name in _PARAMETERS if name in asked], safe=":")
    if "start" not in given:
        return Redirect(f"{slug}.{format}{address}")

    def answer() -> ApiResponse:
        story_feed = story_feeds.of(desk, slug, events)
        turns = schedule.turns(story_feed.entries, events, plan)
        feed = _feed(
            desk.config, story_feed, plan, asked["start"], address, ended=schedule.due(turns, now) is None
        )
        return _answer(desk.config, story_feed, feed, format, plan, turns, now)

    return fold_or_refuse(desk, slug, answer)


def _answer(
    config: Config,
    story_feed: StoryFeed,
    feed: Feed,
    format: str,
    plan: Plan,
    turns: Sequence[ScheduledEntry],
    now: Recorded,
) -> ApiResponse:
    out, due = schedule.out(turns, now), schedule.due(turns, now)
    shown = _newest(out)
    replayed = [_post(config, story_feed, turn, plan.start) for turn in shown]
    facts = Facts(
        updated=max((each.updated for each in replayed), default=story_feed.standing.published),
        complete=len(shown) == len(out),
    )
    changed = max(story_feed.story.updated, *(each.at for each in out[-1:]))
    return ApiResponse(
        WRITERS[format](feed, facts, replayed),
        MEDIA_TYPES[format],
        fresh=min(FRESH, int(seconds_apart(now, due))) if due else FRESH,
        changed=changed if changed[:19] < now[:19] else None,  # more may come in this second
    )


def _known(events: list[Event], slug: str, now: Recorded) -> list[Event]:
    """What was recorded by now; more is there where another clock is ahead. Raises Unknown where nothing was."""
    known = list(known_at(events, now))
    if not known:
        raise Unknown("story", slug, [])
    return known


class _StoryFeeds:
    """What is told of the stories that were asked for last, as long as nothing is added to them."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._kept: OrderedDict[tuple[str, ...], StoryFeed] = OrderedDict()

    def of(self, desk: Workspace, slug: str, events: Sequence[Event]) -> StoryFeed:
        """What is told of a story."""
        key = (slug, events[-1].hash, desk.log.glossary.fingerprint)
        with self._lock:
            story_feed = self._kept.pop(key, None)
        if story_feed is None:
            story_feed = build_feed(slug, events)
        with self._lock:
            self._kept[key] = story_feed
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return story_feed


def _newest(out: Sequence[ScheduledEntry]) -> list[ScheduledEntry]:
    """As many as a document has, the newest first."""
    shown: list[ScheduledEntry] = []
    weight = 0
    for turn in reversed(out):
        weight += turn.entry.weight + _SAID
        if shown and (len(shown) == MOST_ITEMS or weight > MOST_WEIGHT):
            break
        shown.append(turn)
    return shown


def _feed(config: Config, story_feed: StoryFeed, plan: Plan, start: str, query: str, *, ended: bool) -> Feed:
    """What the feed says of itself. No hub is told of it. It is at its end where the story is, and all is told."""
    live = catalogue.of_standing(config, story_feed.standing)["developments"]
    return structs.replace(
        live,
        path=schedule.place(story_feed.standing.slug),
        id=f"urn:uuid:{_id(story_feed.standing.opener, plan.start)}",
        title=f"{live.title}, from the beginning",
        subtitle=(
            f"A development {plan.pace.words} from {in_words(Occurred(start))} on, in the order"
            f" {_ORDERS[plan.order]}; then as it goes on."
        ),
        hub="",
        expired=live.expired and ended,
        query=query,
    )


def _post(config: Config, story_feed: StoryFeed, turn: ScheduledEntry, start: Recorded) -> Post:
    entry = turn.entry
    post = posts.of_entry(entry, catalogue.of_entry(config, entry, story_feed.standing.opener))
    told = {"event": post.id, "recorded": entry.published}
    return structs.replace(
        post,
        id=f"urn:uuid:{_id(entry.id, start)}",
        published=turn.at,
        updated=max(turn.at, entry.updated),
        content=_said(turn) + post.content,
        about=(f"urn:uuid:{_id(entry.about_id, start)}", post.about[1]) if entry.about else post.about,
        more=post.more | told,
    )


def _said(turn: ScheduledEntry) -> str:
    """When it was recorded, where it is told later."""
    recorded = turn.entry.published
    return f"<p>Recorded on {in_words(Occurred(f'{recorded[:16]}Z'))}.</p>\n" if turn.at > recorded else ""


def _id(of: str, start: Recorded) -> str:
    return named(of, f"replay/{start}")
