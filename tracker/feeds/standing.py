"""Where a story stands: a new entry whenever that changes, for subscribers who follow only that.

Most feed readers never show an entry again that was edited, so each change is an entry of its own, and a feed has
the last one of a story. A removed text may be quoted in entries that subscribers have of earlier changes. These
are published again as stubs without text (``removed``).

An event changes it if a value that the briefing tells, the title, the status or the summary is another one
afterwards, even if only a date or the number of reports differs (``briefing.facts``). Not every development does.
A removal always changes it, because words may have gone with the text. ``StandingTracker`` follows a replay and
returns the state after the last such event, so what the entry says never changes without its ``updated``.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import NamedTuple

from msgspec import Struct

from tracker.domain.amend import REDACTED
from tracker.domain.events import Redaction
from tracker.domain.fold import Step
from tracker.domain.story import NONE, Change, Item, Story, change_of
from tracker.feeds.paging import weight
from tracker.text.dates import Recorded, later
from tracker.views.briefing import Placed, arranged, facts
from tracker.wording.changes import changes
from tracker.wording.lines import Section, sections
from tracker.wording.messages import Wording

EARLIER = 10
"""How many of the earlier changes the entry lists, besides the last one."""

MOST_STUBS = 20
"""The most stubs of a story in feeds. They are those of the latest changes."""


class StandingChange(NamedTuple):
    """An event that changed where the story stands: when it was recorded, its number, and the changes. A removal
    has no changes, because the removed text must not be shown."""

    recorded: Recorded
    seq: int
    changes: tuple[Change, ...]

    def told(self, wording: Wording) -> list[str]:
        """Returns a sentence for each change."""
        if self.seq == 1:
            return [wording.say("The story begins.")]
        return changes(wording, self.changes) or [wording.say("We removed a text.")]


class Stub(NamedTuple):
    """An earlier entry that may quote a removed text: when it was published, the number of its event, when the
    text was removed, and when the entry was published again without it."""

    recorded: Recorded
    seq: int
    removed: Recorded
    updated: Recorded


_LINE = 100
"""About how many bytes the sentence of an item has beyond its values, with its markup."""


class StoryStanding(Struct, frozen=True, kw_only=True):
    """Where a story stands.

    Attributes: ``turn`` is the last event that changed it, ``earlier`` are the changes before that, the latest
    first. ``removed`` are the earlier entries without text, the latest first. ``items`` are those of the
    briefing. ``opener`` is the id of the story's first event. ``status`` is ``open`` or ``closed``. ``title`` is
    the short one if there is one. ``has_key_events`` says whether feeds ever had a key event of the story.
    """

    slug: str
    opener: str
    title: str
    language: str
    status: str
    about: str
    summary: str
    published: Recorded
    turn: StandingChange
    earlier: tuple[StandingChange, ...]
    items: Mapping[str, list[Placed]]
    wording: Wording
    removed: tuple[Stub, ...] = ()
    has_key_events: bool = False

    @property
    def updated(self) -> Recorded:
        return self.turn.recorded

    @property
    def sections(self) -> list[Section]:
        """The lines of the briefing, with their headings."""
        return sections(self.items, self.wording)

    @property
    def weight(self) -> int:
        """About how many bytes its entry takes in a feed. It goes by values, so that other words change no
        pages."""
        items = [f"{each.item.label} {each.item.words}" for found in self.items.values() for each in found]
        turns = [str(change) for turn in (self.turn, *self.earlier) for change in turn.changes]
        lines = weight([self.title, self.summary, *items, *turns]) + _LINE * len([*items, *turns])
        return lines + len(self.removed) * weight([self.title])


def name_of(story: Story) -> str:
    """Return the name of a story in titles. If its own is removed, that is its slug."""
    return story.slug if story.developments[0].standing == REDACTED else story.name


class StandingTracker:
    """Follows a replay from its first step and collects the changes of where the story stands."""

    def __init__(self) -> None:
        self._turns: deque[StandingChange] = deque(maxlen=EARLIER + 1)
        self._all: dict[int, Recorded] = {}
        self._removed: dict[int, Stub] = {}
        self._language = ""
        self._name = ""

    def take(self, step: Step) -> None:
        """Take the next step, while the story is as the step left it."""
        event, language, name = step.development.event, step.story.language, step.story.name
        changes = [change for before, after in step.changed_items if (change := _change(before, after))]
        if self._turns and language != self._language:
            changes.append(Change("language", "language", self._language or NONE, language or NONE))
        if self._turns:  # the entry has the name of the story, which may be the short title
            changes = [each for each in changes if each.key != "title"]
            if name != self._name:
                changes.insert(0, Change("title", "story", self._name or NONE, name or NONE))
        if changes or not self._turns or isinstance(event, Redaction):
            self._turns.append(StandingChange(event.recorded, step.development.seq, tuple(changes)))
            self._all[step.development.seq] = event.recorded
        if isinstance(event, Redaction):
            self._remove(step)
        self._language, self._name = language, name

    def _remove(self, step: Step) -> None:
        """Note the entries since the event whose text the step removes. That event has an entry, too, as it told
        something then."""
        redaction = step.development
        removed = step.story.developments[redaction.target - 1]
        self._all.setdefault(removed.seq, removed.event.recorded)
        quoting = sorted(seq for seq in self._all if removed.seq <= seq < redaction.seq)
        for number, seq in enumerate(quoting, 1):
            removal = redaction.event.recorded
            self._removed[seq] = Stub(self._all[seq], seq, removal, later(removal, number))

    def standing(self, story: Story, wording: Wording) -> StoryStanding:
        """Return where the story stands after the last step taken; ``story`` is the story of that step."""
        opened = story.developments[0]
        *earlier, last = self._turns
        return StoryStanding(
            slug=story.slug,
            opener=opened.id,
            title=name_of(story),
            about=story.about,
            language=story.language,
            status=story.status,
            summary=story.summary,
            published=opened.event.recorded,
            turn=last,
            earlier=tuple(earlier[::-1]),
            removed=tuple(self._removed[seq] for seq in sorted(self._removed, reverse=True)[:MOST_STUBS]),
            items=arranged(story),
            wording=wording,
        )


def _change(before: Item | None, after: Item | None) -> Change | None:
    """Return the change of an item: of its state or, if that is the same, of another value that its line tells."""
    item = after or before
    if item is None or facts(before) == facts(after):
        return None
    words = before.words if before else NONE, after.words if after else NONE
    return change_of(before, after) or Change(item.key, item.label, *words, before, after)
