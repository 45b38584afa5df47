"""What a published file must be, by the specification of its format.

Each check passes in silence or raises AssertionError, whose message lists every fault that it found, a line each.
"""

from tests.conformance.atom import check_atom
from tests.conformance.calendars import check_calendar
from tests.conformance.history import history_faults
from tests.conformance.json_feed import check_json_feed
from tests.conformance.markup import check_html, page_faults
from tests.conformance.opml import check_opml
from tests.conformance.rss import check_rss
from tests.conformance.shared import refuse
from tests.conformance.site import check_site
from tests.conformance.timelinejs import check_timelinejs

__all__ = [
    "check_atom",
    "check_calendar",
    "check_html",
    "check_json_feed",
    "check_opml",
    "check_rss",
    "check_site",
    "check_timelinejs",
    "history_faults",
    "page_faults",
    "refuse",
]
