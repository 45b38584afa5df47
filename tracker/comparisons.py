"""A story at two points in time beside each other: of the log, or of the world."""

from __future__ import annotations

from typing import NamedTuple

from tracker import points
from tracker.errors import Inapplicable
from tracker.fold import places
from tracker.history import Difference, difference
from tracker.points import Called, Point
from tracker.shapes import ComparisonShape, PointShape, difference_shape
from tracker.times import END
from tracker.workspace import Workspace


class Names(NamedTuple):
    """What the points are called where they are asked for, and what is said to whoever gives them in the wrong
    order."""

    a: str = "a"
    b: str = "b"
    as_of: str = "as_of"
    known_at: str = "known_at"
    remedy: str = ""


PARAMETERS = Names()


class Comparison(NamedTuple):
    """The two points that are compared, the earlier first."""

    before: Point
    after: Point

    def difference(self) -> Difference:
        """What the later one says differently."""
        longest = self.before if len(self.before.events) > len(self.after.events) else self.after
        numbers = places(longest.events)
        return difference(self.before.view(), self.after.view(), numbers)


def compare(
    desk: Workspace,
    slug: str,
    a: str,
    b: str = "",
    *,
    as_of: str = "",
    known_at: str = "",
    names: Names = PARAMETERS,
) -> Comparison:
    """What this desk knew at two points, the later of which is now where it is left out; with ``as_of``, of what
    had occurred by then. With ``known_at``, what held at two dates of the world, as it was known then. Raises
    BadInput, Unknown."""
    if as_of and known_at:
        raise Inapplicable(
            f"{names.as_of} compares what was known at A and at B, {names.known_at} what held at A and at B; give"
            " one of them"
        )
    if known_at:
        found = _in_the_world(desk, slug, a, b, known_at, names)
    else:
        found = _in_the_log(desk, slug, a, b, as_of, names)
    if _place(found.before) > _place(found.after):
        raise Inapplicable(f"{names.a} is later than {names.b}; the earlier comes first{names.remedy}")
    return found


def _in_the_log(desk: Workspace, slug: str, a: str, b: str, as_of: str, names: Names) -> Comparison:
    events, now = list(desk.log.read(slug)), desk.clock()
    before = points.among(slug, events, now, as_of, a, Called(names.as_of, names.a))
    return Comparison(before, points.among(slug, events, now, as_of, b, Called(names.as_of, names.b)))


def _in_the_world(desk: Workspace, slug: str, a: str, b: str, known_at: str, names: Names) -> Comparison:
    known = points.point(desk, slug, known_at=known_at, called=Called(names.as_of, names.known_at))
    now = desk.clock()
    first, last = points.date(a, now, names.a), points.date(b or "now", now, names.b)
    return Comparison(known._replace(as_of=first), known._replace(as_of=last))


def _place(point: Point) -> tuple[str, int, str]:
    """What orders points: the date of the world, how many events are known, then the instant; now is after all."""
    as_of, known_at = point.instants
    return as_of or END, len(point.events), known_at or END


def comparison_shape(slug: str, compared: Comparison) -> ComparisonShape:
    """The two points, and what the later one says differently."""
    return {
        "story": slug,
        "from": _point_shape(compared.before),
        "to": _point_shape(compared.after),
        **difference_shape(compared.difference()),
    }


def _point_shape(point: Point) -> PointShape:
    as_of, known_at = point.instants
    return {"as_of": as_of, "known_at": known_at, "seq": len(point.events)}
