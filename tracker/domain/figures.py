"""Figures: read them as an editor types them, write them in words, and compare them with the expected range.

::

    NAME=VALUE UNIT [expected LOW..HIGH] [per X] [approx]

    Azure revenue growth=29 % expected 30..31
    payment to Microsoft=20 million USD per month approx
    supercomputer cost=200..900 million USD

Numbers are decimal strings throughout, never floats.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tracker.domain.events import Figure
from tracker.errors import BadInput, shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from decimal import Decimal

SYNTAX = "NAME=VALUE UNIT [expected LOW..HIGH] [per X] [approx]"
EXAMPLE = "Azure revenue growth=29 % expected 30..31"

SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}

_NUMBER = r"[-+]?(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?"
_PLAIN = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
_KEYWORDS = ("expected", "per", "approx")
_LONGEST = 40
"""The largest number of characters of a number, without the commas."""
_MOST_SHOWN = 200
"""The largest number of characters of the typed text that a refusal repeats."""
_NUMBERS = ("value", "low", "high", "expected_low", "expected_high")


def parse(text: str, *, party: str = "", field: str = "figures") -> Figure:
    """Returns the figure that ``text`` gives in the syntax above.

    Raises BadInput with the fault and an example that works.
    """
    name, equals, rest = text.partition("=")
    words = re.sub(r"(?<=[0-9])%", " %", rest).split()
    if not equals or not name.strip() or not words:
        raise _refusal(text, "a figure has a name and a value", field)
    low, high, scaled, words = _amount(text, words, field)
    clauses = _clauses(text, words, field)
    expected = clauses["expected"]
    expected_low = expected_high = ""
    if expected:
        expected_low, expected_high, expected_scaled, unit = _amount(text, expected, field)
        if unit and unit != clauses["unit"]:
            raise _refusal(text, f"{' '.join(unit)!r} after the expected range is not its unit", field)
        if scaled and not expected_scaled:
            raise _refusal(text, "say the scale of what was expected too, as in 18..19 million", field)
    figure = Figure(
        party=party,
        name=" ".join(name.split()),
        unit=" ".join(clauses["unit"]),
        per=" ".join(clauses["per"]),
        approx=clauses["approx"] == ["approx"],
        value=low if low == high else "",
        low=low if low != high else "",
        high=high if low != high else "",
        expected_low=expected_low,
        expected_high=expected_high,
    )
    check(figure, field=field)
    return figure


def money(text: str, *, field: str = "") -> str:
    """Returns ``20000000 USD`` for ``20 million USD``: a decimal number, a space, and the currency. Raises
    BadInput."""
    words = text.split()
    try:
        low, high, _, currency = _amount(text, words or [""], field)
        amount = f"{low} {' '.join(currency)}"
        if low == high:
            check_money(amount)
            return amount
    except BadInput:
        pass
    raise BadInput(
        f"{shown(text, _MOST_SHOWN)!r} is not one number and its currency, like 20 million USD", field=field
    )


def check_money(text: str, *, field: str = "") -> None:
    """Refuses (BadInput) an amount that is not in the form that ``money`` returns."""
    number, _, currency = text.partition(" ")
    words = currency.split()
    if (
        not re.fullmatch(_PLAIN, number)
        or len(number) > _LONGEST
        or not words
        or currency != " ".join(words)
        or {*SCALES, *_KEYWORDS} & {word.lower() for word in words}
    ):
        raise BadInput(f"{shown(text, _MOST_SHOWN)!r} is not an amount such as 20000000 USD", field=field)


def money_in_words(text: str) -> str:
    """Returns ``20 million USD`` for ``20000000 USD``.

    Raises BadInput for other texts. An event may hold one, recorded before the field was declared as money.
    """
    check_money(text)
    number, _, currency = text.partition(" ")
    return f"{_human(number)} {currency}"


def check(figure: Figure, *, field: str = "figures") -> None:
    """Refuses (BadInput) a figure whose numbers are malformed or missing, or whose range begins above its end."""
    for name in _NUMBERS:
        number = getattr(figure, name)
        if number:
            _check_number(number, f"{field}.{name}")
    if not (figure.value or figure.low or figure.high):
        raise BadInput("has no value; give value, or low and high", field=field)
    if figure.value and (figure.low or figure.high):
        raise BadInput("give either value or low and high", field=field)
    for low, high in ((figure.low, figure.high), (figure.expected_low, figure.expected_high)):
        if low and high and _decimal(low) > _decimal(high):
            raise BadInput(f"the range {low}..{high} is upside down", field=field)


def verdict(figure: Figure) -> str:
    """Returns ``above``, ``within`` or ``below``: how the figure compares with the expected range. The text is
    empty if the numbers do not decide it.

    A range may lack an end: at least 30 was expected, or the value is at least 200.
    """
    low, high = (
        _stored(text) if text else None for text in (figure.value or figure.low, figure.value or figure.high)
    )
    least, most = (_stored(text) if text else None for text in (figure.expected_low, figure.expected_high))
    if high is not None and least is not None and high < least:
        return "below"
    if low is not None and most is not None and low > most:
        return "above"
    reaches = least is None or (low is not None and low >= least)
    keeps = most is None or (high is not None and high <= most)
    return "within" if reaches and keeps and (least, most) != (None, None) else ""


def in_words(figure: Figure) -> str:
    """Returns ``about 20 million USD per month`` or ``29% (below the 30 to 31% expected)``. Raises BadInput."""
    words = _with_unit(_range(figure.value or figure.low, figure.value or figure.high), figure.unit)
    if figure.approx:
        words = f"about {words}"
    if figure.per:
        words = f"{words} per {figure.per}"
    if not (figure.expected_low or figure.expected_high):
        return words
    expected = _with_unit(_range(figure.expected_low, figure.expected_high), figure.unit)
    judged = verdict(figure)
    return f"{words} ({judged} the {expected} expected)" if judged else f"{words} (expected {expected})"


def _amount(text: str, words: list[str], field: str) -> tuple[str, str, bool, list[str]]:
    """Returns the low end, the high end, whether there is a scale word, and the words after the amount. Raises
    BadInput."""
    first, dots, second = words[0].partition("..")
    exponent = SCALES.get(words[1].lower(), 0) if len(words) > 1 else 0
    low = _number(text, first, exponent, field)
    high = _number(text, second, exponent, field) if dots else low
    return low, high, bool(exponent), words[2 if exponent else 1 :]


def _number(text: str, word: str, exponent: int, field: str) -> str:
    """Returns the decimal string of a typed number times 10 to the exponent. Raises BadInput."""
    digits = word.replace(",", "")
    if not re.fullmatch(_NUMBER, word):
        raise _refusal(text, f"{shown(word, _MOST_SHOWN)!r} is not a number{_hint(word)}", field)
    if len(digits) > _LONGEST:
        raise _refusal(text, f"a number has at most {_LONGEST} digits", field)
    with _exactly():
        number = _decimal(digits).scaleb(exponent)
        whole = exponent and number == number.to_integral_value()
        return f"{number.quantize(_decimal('1')) if whole else number:f}"


def _hint(word: str) -> str:
    """Returns a suggestion for a word that is not a number, or an empty text."""
    if word.lower() in ("about", "around", "almost", "nearly", "some", "approx") or word.startswith("~"):
        return "; say approx at the end, as in 200 USD approx"
    if re.fullmatch(rf"[^\w\s+-]{_NUMBER}", word):
        return "; write the currency after it, as in 20 million USD"
    if re.fullmatch(rf"{_NUMBER}(?:k|m|bn|b|tn)", word.lower()):
        return "; write its scale as a word, as in 20 million USD"
    return ""


def _clauses(text: str, words: list[str], field: str) -> dict[str, list[str]]:
    """Returns the words after the value by the keyword before them. Words before any keyword are the unit. Raises
    BadInput."""
    clauses: dict[str, list[str]] = {"unit": [], "expected": [], "per": [], "approx": []}
    current = "unit"
    for word in words:
        keyword = word.lower()
        if keyword in _KEYWORDS:
            if clauses[keyword]:
                raise _refusal(text, f"{keyword!r} is there twice", field)
            current = keyword
            if keyword == "approx":
                clauses["approx"] = ["approx"]
        elif current == "approx":
            raise _refusal(text, f"{word!r} after 'approx' means nothing", field)
        else:
            clauses[current].append(word)
    scale = next((word for word in clauses["unit"] if word.lower() in SCALES), "")
    if scale:
        raise _refusal(text, f"{scale!r} belongs before the unit, as in 20 million USD", field)
    for keyword in ("expected", "per"):
        if keyword in (word.lower() for word in words) and not clauses[keyword]:
            raise _refusal(text, f"{keyword!r} with nothing after it", field)
    return clauses


def _refusal(text: str, reason: str, field: str) -> BadInput:
    """Returns the error to raise, with the reason, the syntax and an example."""
    return BadInput(
        f"{shown(text, _MOST_SHOWN)!r}: {reason}. The form is {SYNTAX}; for example {EXAMPLE!r}", field=field
    )


def _range(low: str, high: str) -> str:
    if low and high and low != high:
        first, second = _human(low), _human(high)
        scales = first.partition(" ")[2], second.partition(" ")[2]
        if all(scales):
            return f"{first.partition(' ')[0] if scales[0] == scales[1] else first} to {second}"
        return f"{_grouped(low)} to {_grouped(high)}"
    if low and not high:
        return f"at least {_human(low)}"
    if high and not low:
        return f"at most {_human(high)}"
    return _human(low)


def _with_unit(words: str, unit: str) -> str:
    if unit == "%":
        return f"{words}%"
    return f"{words} {unit}" if unit else words


def _human(number: str) -> str:
    """Returns ``20 million`` for ``20000000`` and ``1,234,567`` for ``1234567``. It rounds nothing, and keeps all
    decimals. Raises BadInput."""
    value = _stored(number)
    with _exactly():
        for scale, exponent in reversed(SCALES.items()):
            shifted = value.scaleb(-exponent)
            if "." not in number and exponent > 3 and abs(shifted) >= 1 and shifted == round(shifted, 3):
                return f"{shifted.normalize():f} {scale}"
    return _grouped(number)


def _grouped(number: str) -> str:
    return f"{_decimal(number):,f}"


def _decimal(number: str) -> Decimal:
    from decimal import Decimal  # it takes 2 ms, and most events have no figure

    return Decimal(number)


def _stored(number: str) -> Decimal:
    """Returns the number of a figure. Raises BadInput if it is malformed, as after a forged correction."""
    _check_number(number)
    return _decimal(number)


def _check_number(number: str, field: str = "") -> None:
    if not re.fullmatch(_PLAIN, number):
        raise BadInput(f"{number!r} is not a decimal number such as 29 or -0.5", field=field)


def _exactly() -> AbstractContextManager[object]:
    """Returns a context of arithmetic that rounds no number which a field can hold."""
    from decimal import localcontext

    return localcontext(prec=100)


def notation(figure: Figure) -> str:
    """Returns the notation that ``parse`` reads as this figure, without its party. The text is empty if no
    notation gives the figure."""
    for amount in (_amount_in_words, _amount_in_digits):
        try:
            text = _notation(figure, amount)
            if parse(text, party=figure.party) == figure:
                return text
        except BadInput:
            pass
    return ""


def _notation(figure: Figure, amount: Callable[[str, str], str]) -> str:
    text = f"{figure.name}={amount(figure.value or figure.low, figure.value or figure.high)} {figure.unit}".strip()
    if figure.expected_low or figure.expected_high:
        text += f" expected {amount(figure.expected_low, figure.expected_high)}"
    text += f" per {figure.per}" if figure.per else ""
    return text + (" approx" if figure.approx else "")


def _amount_in_words(low: str, high: str) -> str:
    """Returns ``200..900 million`` if both ends have the same scale word, else the ends in digits."""
    first, _, scale = _human(low).partition(" ") if low else ("", "", "")
    second, _, other = _human(high).partition(" ") if high else ("", "", "")
    digits = _amount_in_digits(first, second) if scale and scale == other else ""
    return f"{digits} {scale}" if digits else _amount_in_digits(low, high)


def _amount_in_digits(low: str, high: str) -> str:
    return low if low == high else f"{low}..{high}"
