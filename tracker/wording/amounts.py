"""Figures in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import structs

from tracker.domain import figures
from tracker.wording import dates
from tracker.wording.messages import N_, Wording

if TYPE_CHECKING:
    from tracker.domain.events import Figure


def figure(wording: Wording, given: Figure) -> str:
    """Returns the amount, who counted it, and as of when: ``12 people, according to the coast guard, as of 5
    January 2024``. Raises BadInput for a number that cannot be read, as after a forged correction."""
    words = amount(wording, given)
    if given.according_to:
        words = wording.say("{amount}, according to {who}", amount=words, who=given.according_to)
    if given.as_of:
        words = wording.say("{amount}, as of {date}", amount=words, date=dates.date(wording, given.as_of))
    return words


def amount(wording: Wording, given: Figure) -> str:
    """Returns ``about 20 million USD a month``, ``between 200 and 900 million USD`` or ``29%, below the 30% to 31%
    expected``. Raises BadInput."""
    words = _bounded(wording, given)
    if given.approx:
        words = wording.say("about {amount}", amount=words)
    if given.per:
        words = wording.say("{amount} per {unit}", amount=words, unit=given.per)
    if not (given.expected_low or given.expected_high):
        return words
    plain = structs.replace(given, value="", low=given.expected_low, high=given.expected_high, bound="", per="",
                            approx=False, expected_low="", expected_high="")  # fmt: skip
    is_bound = not (given.expected_low and given.expected_high)
    message = _EXPECTED["" if is_bound else figures.verdict(given)]
    return wording.say(message, amount=words, expected=_bounded(wording, plain))


_EXPECTED = {
    "above": N_("{amount}, above the {expected} expected"),
    "within": N_("{amount}, within the {expected} expected"),
    "below": N_("{amount}, below the {expected} expected"),
    "": N_("{amount}, where {expected} was expected"),
}

_BOUNDS = {
    "low": {False: N_("at least {amount}"), True: N_("more than {amount}")},
    "high": {False: N_("at most {amount}"), True: N_("less than {amount}")},
}
"""The words of a bound: by the side that is known, and whether the number itself is left out."""

_SCALES = {
    3: N_("{number} thousand"),
    6: N_("{number} million"),
    9: N_("{number} billion"),
    12: N_("{number} trillion"),
}


def _bounded(wording: Wording, given: Figure) -> str:
    """Returns the value or the range, with its bound and its unit. English keeps the words of the bound and the
    scale that the editor typed."""
    if wording.language == "en":
        return figures.bounded(given)
    low, high = given.value or given.low, given.value or given.high
    if low and high and low != high:
        first, last = _scaled(wording, low, given.scale), _scaled(wording, high, given.scale)
        if first[1] == last[1]:
            words = wording.say("{first} to {last}", first=first[0], last=last[0])
            return _with_unit(wording, _in_scale(wording, words, last[1]), given.unit)
        words = wording.say("{first} to {last}", first=_in_scale(wording, *first), last=_in_scale(wording, *last))
        return _with_unit(wording, words, given.unit)
    words = _with_unit(wording, _in_scale(wording, *_scaled(wording, low or high, given.scale)), given.unit)
    if low == high:
        return words
    from tracker.domain.quantities import BOUNDS

    side, is_left_out = BOUNDS.get(given.bound, ("low" if low else "high", False))
    return wording.say(_BOUNDS[side][bool(is_left_out)], amount=words)


def _scaled(wording: Wording, number: str, scale: str) -> tuple[str, int]:
    """Returns the digits of a number in a scale, and the scale as a power of ten."""
    from babel.numbers import format_decimal

    value, exponent = figures.scaled(number, scale, _SCALES)
    return format_decimal(value, locale=wording.locale, decimal_quantization=False), exponent


def _in_scale(wording: Wording, digits: str, exponent: int) -> str:
    return wording.say(_SCALES[exponent], number=digits) if exponent else digits


def _with_unit(wording: Wording, words: str, unit: str) -> str:
    if unit == "%":
        return wording.say("{number}%", number=words)
    return wording.say("{number} {unit}", number=words, unit=unit) if unit else words
