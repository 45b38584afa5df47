"""Compare a story at two points in time, of the log or of the world."""

from __future__ import annotations

from typing import NamedTuple

from tracker.domain.amend import places
from tracker.errors import Inapplicable
from tracker.text.dates import END
from tracker.views.as_json import ComparisonShape, PointShape, difference_shape
from tracker.views.bitemporal import Difference, difference
from tracker.workspace import points
from tracker.workspace.desk import Workspace
from tracker.workspace.points import Point
from tracker.workspace.zones import now_of


class Comparison(NamedTuple):
    """The two points that are compared, the earlier first."""

    before: Point
    after: Point

    def difference(self) -> Difference:
        """Returns the differences of the later point from the earlier one."""
        longest = self.before if len(self.before.events) > len(self.after.events) else self.after
        numbers = places(longest.events)
        return difference(self.before.view(), self.after.view(), numbers)


def compare(desk: Workspace, slug: str, a: str, b: str = "", *, as_of: str = "", known_at: str = "") -> Comparison:
    """Returns the points ``a`` and ``b`` of the log; ``as_of`` restricts both to what had occurred by then. With
    ``known_at``, they are two dates of the world, as known then. ``b`` is now where it is left out. Raises
    Unknown, and BadInput whose field is the parameter's name."""
    if as_of and known_at:
        reason = "is for two points of the log, known_at for two dates of the world; give one of them"
        raise Inapplicable(reason, field="as_of")
    found = _in_the_world(desk, slug, a, b, known_at) if known_at else _in_the_log(desk, slug, a, b, as_of)
    if _is_later(found.before, found.after):
        raise Inapplicable("is later than the other point; the earlier comes first", field="a")
    return found


def _in_the_log(desk: Workspace, slug: str, a: str, b: str, as_of: str) -> Comparison:
    events, now = list(desk.log.read(slug)), now_of(desk)
    before = points.among(slug, events, now, as_of, a, "a")
    return Comparison(before, points.among(slug, events, now, as_of, b, "b"))


def _in_the_world(desk: Workspace, slug: str, a: str, b: str, known_at: str) -> Comparison:
    known = points.point(desk, slug, known_at=known_at)
    now = now_of(desk)
    first, last = points.date(a, now, "a"), points.date(b or "now", now, "b")
    return Comparison(known._replace(as_of=first), known._replace(as_of=last))


def _is_later(a: Point, b: Point) -> bool:
    """Returns whether ``a`` is later than ``b``: in the world if that is where they differ, else in the log."""
    if a.as_of and b.as_of and a.as_of.edge != b.as_of.edge:
        return b.as_of.edge.is_before(a.as_of.edge)
    return _place(a) > _place(b)


def _place(point: Point) -> tuple[int, str]:
    """Returns the sort key of a point of the log: the number of known events, then the instant."""
    return len(point.events), point.known.instant if point.known else END


def comparison_shape(slug: str, compared: Comparison) -> ComparisonShape:
    """Returns the two points, and the differences of the later one."""
    return {
        "story": slug,
        "from": _point_shape(compared.before),
        "to": _point_shape(compared.after),
        **difference_shape(compared.difference()),
    }


def _point_shape(point: Point) -> PointShape:
    as_of, known_at = point.instants
    return {"as_of": as_of, "known_at": known_at, "seq": len(point.events)}
