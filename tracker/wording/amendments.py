"""Titles of developments and of amendments, and what an amended development says of its amendments."""

from __future__ import annotations

from tracker.domain.amend import CORRECTED, REDACTED, REMOVED, RETRACTED, Amended, Development
from tracker.wording import dates
from tracker.wording.messages import N_, Wording, capitalized, sentence


def title(wording: Wording, development: Development, target: Development | None = None) -> str:
    """Returns the title of a development as it stands; of an amendment, that of its ``target`` in a sentence."""
    if development.standing == REDACTED:
        return wording.say("A text that we removed")
    if target and not target.target and development.standing == RETRACTED:
        withdrawn = _OF_AMENDMENTS["retraction", development.type]
        return wording.say(withdrawn, title=shown(wording, target))
    text = _amending(wording, development, target) if target else development.title
    message = _STANDINGS.get(development.standing)
    return wording.say(message, title=text) if message else text


_STANDINGS = {CORRECTED: N_("{title} (corrected)"), RETRACTED: N_("{title} (withdrawn)")}


def _amending(wording: Wording, development: Development, target: Development) -> str:
    """Returns the title of an amendment. To retract a retraction is to restore."""
    kind, what = development.type, target.type
    if kind == "redaction":
        return wording.say("Removed: a text of {date}", date=dates.day(wording, target.event.recorded))
    if kind == what == "retraction":
        return wording.say("We stand by this again: “{title}”", title=target.target_title)
    if target.target:
        message = _OF_AMENDMENTS.get((kind, what), N_("An amendment of an amendment of “{title}”"))
        return wording.say(message, title=target.target_title)
    if kind == "retraction":
        return wording.say("Withdrawn: “{title}”", title=shown(wording, target))
    return wording.say("Correction: “{title}”", title=shown(wording, target))


_OF_AMENDMENTS = {
    ("correction", "correction"): N_("Correction of the correction of “{title}”"),
    ("correction", "retraction"): N_("Correction of the withdrawal of “{title}”"),
    ("correction", "redaction"): N_("Correction of the removal of “{title}”"),
    ("retraction", "retraction"): N_("Withdrawn: the withdrawal of “{title}”"),
    ("retraction", "correction"): N_("Withdrawn: the correction of “{title}”"),
    ("retraction", "redaction"): N_("Withdrawn: the removal of “{title}”"),
}


def shown(wording: Wording, development: Development) -> str:
    """Returns the title of a development without its standing."""
    return wording.say("A text that we removed") if development.standing == REDACTED else development.title


def done(wording: Wording, amended: Amended) -> str:
    """Returns what an amendment did, and when: ``Corrected on 24 November 2026.``"""
    return wording.say(_DONE[amended.kind], day=dates.day(wording, amended.recorded))


_DONE = {
    "correction": N_("Corrected on {day}."),
    "retraction": N_("Withdrawn on {day}."),
    "redaction": N_("We removed this text on {day}."),
}


def reason(wording: Wording, kind: str, why: str) -> str:
    """Returns the reason of an amendment as a sentence: the editor's words, or those for the code and the
    authority of a removal, which are ``court-order, a court``."""
    if why == REMOVED:
        return wording.say("The reason was removed.")
    if kind != "redaction":
        return sentence(capitalized(why)) if why else ""
    code, _, authority = why.partition(", ")
    named = wording.say(_REASONS[code]) if code in _REASONS else code.replace("-", " ")
    return wording.say("Reason: {reason}, at the request of {authority}.", reason=named, authority=authority)


_REASONS = {
    "court-order": N_("court order"),
    "data-protection": N_("data protection"),
    "copyright": N_("copyright"),
    "defamation": N_("defamation"),
    "safety": N_("safety"),
}
