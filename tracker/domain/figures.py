"""Figures: read them as an editor types them, write them in words, and compare them with the expected range.

::

    NAME=VALUE UNIT [expected LOW..HIGH] [per X] [approx] [of PARTY] [according to WHO] [as of WHEN] [about #N]

    Azure revenue growth=29 % expected 30..31
    payment to Microsoft=about 20 million USD per month
    supercomputer cost=200..900 million USD
    deaths=at least 12 people according to the coast guard as of 5 January 2024

``quantities.py`` reads the value and the range. It is imported for figures only, because most events have none.
The words of a figure (``in_words``) are read as the same figure.

Numbers are decimal strings throughout, never floats.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import structs

from tracker.domain.events import Figure
from tracker.errors import BadInput, shown
from tracker.text import dates
from tracker.text.identity import name_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from decimal import Decimal

    from tracker.domain.quantities import Quantity, SeveralCurrencies

SYNTAX = (
    "NAME=VALUE UNIT [expected LOW..HIGH] [per X] [approx] [of PARTY] [according to WHO] [as of WHEN] [about #N]"
)
EXAMPLE = "Azure revenue growth=29 % expected 30..31"

_PLAIN = r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?"
_PER = (
    r" an? (?=(?:share|unit|person|head|year|quarter|month|week|day|night|hour|minute|second|barrel|ounce|tonne"
    r"|ton|kilo|kg|pound|litre|liter|gallon|mile|user|customer|student|ticket|seat|piece)\b)",
    r"(?:(?<=\b[A-Z]{3})|(?<=[0-9%€£])|(?<=[0-9][kmb])|(?<=bn)) ?/ ?(?=[a-z]{3})",
)
"""Spellings of "per" behind an amount: 5 USD a share, €5/share."""
_KEYWORDS = ("expected", "per", "approx")
_STATEMENTS = {"of": "party", "according to": "according_to", "as of": "as_of", "about": "about"}
"""The field that each statement about a figure gives. They stand behind its value, in any order."""
_STATEMENT = r",? (according to|as of|about(?= [a-z0-9-]*#[0-9]+\b))(?= |$)|, (of)(?= |$)"
"""A statement's words. ``of`` needs a comma, because a unit may have it: 5% of GDP."""
_MOST_SHOWN = 200
"""The largest number of characters of the typed text that a refusal repeats."""
_NUMBERS = ("value", "low", "high", "expected_low", "expected_high")


def parse(text: str, *, party: str = "", field: str = "figures", dollar: str = "") -> Figure:
    """Returns the figure that ``text`` gives in the syntax above. ``dollar`` is the currency that ``$`` means.

    The date of ``as of`` and the number of ``about`` stay as they are typed. Raises BadInput with the fault and an
    example that works.
    """
    from tracker.domain.quantities import Unreadable, tidy

    name, equals, rest = text.partition("=")
    if not equals or not name.strip() or not rest.strip():
        raise _refusal(text, "a figure has a name and a value", field)
    name, words = " ".join(name.split()), tidy(rest)
    try:
        words, stated = _statements(words)
        figure = _in_one_currency(name, words, stated.pop("party", party), field, _signs(dollar))
    except Unreadable as error:
        raise _refusal(text, str(error), field) from None
    return structs.replace(figure, **stated) if stated else figure


def _statements(words: str) -> tuple[str, dict[str, str]]:
    """Returns the words before the statements of a figure, and the fields that these give. Raises Unreadable."""
    from tracker.domain.quantities import Unreadable

    value, *parts = re.split(_STATEMENT, words)
    found: dict[str, str] = {}
    for first, second, said in zip(parts[::3], parts[1::3], parts[2::3], strict=True):
        keyword, said = first or second, said.strip(" ,")
        if _STATEMENTS[keyword] in found:
            raise Unreadable(f"{keyword!r} is there twice")
        if not said:
            raise Unreadable(f"{keyword!r} with nothing after it")
        found[_STATEMENTS[keyword]] = said
    return value, found


def _signs(dollar: str) -> dict[str, str]:
    return {"$": dollar} if dollar else {}


def _in_one_currency(name: str, words: str, party: str, field: str, signs: Mapping[str, str]) -> Figure:
    """Returns the figure, or raises Unreadable with its words in each currency that a sign may mean."""
    from tracker.domain.quantities import SeveralCurrencies, Unreadable

    try:
        return _parsed(name, words, party, field, signs)
    except SeveralCurrencies as error:
        raise Unreadable(f"{error}; write {_in_currencies(words, field, error)}") from None


def _in_currencies(words: str, field: str, error: SeveralCurrencies) -> str:
    """Returns the words in each currency that their sign may mean."""
    forms = (in_words(_parsed("-", words, "", field, {error.sign: code})) for code in error.codes)
    hint = ', or set dollar = "USD" in tracker.toml' if error.sign == "$" else ""
    return " or ".join(map(repr, forms)) + hint


def _parsed(name: str, words: str, party: str, field: str, signs: Mapping[str, str]) -> Figure:
    """Returns the figure of tidy words. Raises Unreadable, and BadInput if its numbers make no sense."""
    from tracker.domain.quantities import Quantity, Unreadable, read, refuse_point

    words, said = _printed_expectation(words)
    words = re.sub(r"(?<=[0-9])(?=(?:approx|per|expected)\b)", " ", words)
    for pattern in _PER:
        words = re.sub(pattern, " per ", words)
    clauses = _clauses(words.split(" "))
    amount = read(clauses["value"], signs)
    if {*_KEYWORDS} & {*re.split(r"\W+", amount.unit.lower())}:
        raise Unreadable(f"{amount.unit!r} is no unit; put spaces around expected, per and approx")
    if not clauses["per"]:
        refuse_point(clauses["value"], amount)
    expected = Quantity("", "", "")
    if stated := said or clauses["expected"]:
        expected = read(stated, signs)
        _check_expected(amount, expected, printed=bool(said))
    exact = amount.low == amount.high
    figure = Figure(
        party=party,
        name=name,
        unit=amount.unit,
        per=clauses["per"],
        approx=amount.approx or bool(clauses["approx"]),
        value=amount.low if exact else "",
        low="" if exact else amount.low,
        high="" if exact else amount.high,
        expected_low=expected.low,
        expected_high=expected.high,
        bound=amount.bound if amount.bound not in ("at least", "at most") else "",
    )
    check(figure, field=field)
    is_shown = _shows(figure, amount.scale) or not _fits(figure, amount.scale)
    return figure if is_shown else structs.replace(figure, scale=amount.scale)


def _check_expected(amount: Quantity, expected: Quantity, *, printed: bool) -> None:
    """Refuses (Unreadable) an expected range that the figure cannot hold, or whose scale is not certain."""
    from tracker.domain.quantities import BOUNDS, Unreadable

    if expected.unit and expected.unit != amount.unit:
        raise Unreadable(f"{expected.unit!r} after the expected range is not its unit")
    if amount.scale and not expected.scale and not (printed and expected.unit == amount.unit):
        stated = _amount_in_digits(expected.low, expected.high)
        raise Unreadable(f"say the scale of what was expected too, as in {stated} {amount.scale}")
    if expected.approx or (expected.bound and BOUNDS[expected.bound][1]):
        raise Unreadable("what was expected is a number, a range, at least or at most a number")


def _shows(figure: Figure, scale: str) -> bool:
    """Whether the words of the figure have this scale without being told."""
    numbers = [number for number in (figure.value, figure.low, figure.high) if number]
    return not scale or all(_human(number).endswith(f" {scale}") for number in numbers)


def _fits(figure: Figure, scale: str) -> bool:
    """Whether the numbers of the figure are written in this scale with at most three leading zeros."""
    stated = (_stored(number) for number in (figure.value, figure.low, figure.high) if number)
    return not scale or all(not number or number.adjusted() >= _exponent(scale) - 3 for number in stated)


def _printed_expectation(words: str) -> tuple[str, str]:
    """Returns the words before an expectation, and the expected range, as ``in_words`` prints it or as readers are
    told it: ``29%, below the 30 to 31% expected``."""
    told = r"(?:above|within|below) the (.+) expected"
    found = re.fullmatch(rf"(.+?)(?: \((?:{told}|expected (.+))\)|, {told}|, where (.+) was expected)", words)
    return (found[1], next(filter(None, found.groups()[1:]))) if found else (words, "")


def money(text: str, *, field: str = "", dollar: str = "") -> str:
    """Returns ``20000000 USD`` for ``20 million USD``: a decimal number, a space, and the currency. ``dollar`` is
    the currency that ``$`` means. Raises BadInput."""
    from tracker.domain.quantities import Unreadable, read, refuse_point, tidy

    hint, words = "", tidy(text)
    try:
        found = read(words, _signs(dollar), signs_behind=False)
        refuse_point(words, found)
        amount = f"{found.low} {found.unit}"
        if found.low == found.high and not found.bound and not found.approx:
            check_money(amount)
            return amount
    except Unreadable as error:
        hint = f": {error}" if "write" in str(error) else ""
    except BadInput:
        pass
    raise BadInput(
        f"{shown(text, _MOST_SHOWN)!r} is not one number and its currency, like 20 million USD{hint}", field=field
    )


def check_money(text: str, *, field: str = "") -> None:
    """Refuses (BadInput) an amount that is not in the form that ``money`` returns."""
    from tracker.domain.quantities import LONGEST, SCALES

    number, _, currency = text.partition(" ")
    words = currency.split()
    if (
        not re.fullmatch(_PLAIN, number)
        or len(number) > LONGEST
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
    from tracker.domain.quantities import BOUNDS, TYPED_SCALES, decimal

    for name in _NUMBERS:
        number = getattr(figure, name)
        if number:
            _check_number(number, f"{field}.{name}")
    if not (figure.value or figure.low or figure.high):
        raise BadInput("has no value; give value, or low and high", field=field)
    if figure.value and (figure.low or figure.high):
        raise BadInput("give either value or low and high", field=field)
    side, _ = BOUNDS.get(figure.bound, ("", False))
    if figure.bound and (not side or figure.value or not getattr(figure, side) or (figure.low and figure.high)):
        raise BadInput(f"{figure.bound!r} does not fit the numbers, or is no bound such as more than", field=field)
    if figure.scale and not all(word in TYPED_SCALES for word in figure.scale.split(" ")):
        raise BadInput(f"{figure.scale!r} is no scale such as million", field=field)
    for low, high in ((figure.low, figure.high), (figure.expected_low, figure.expected_high)):
        if low and high and decimal(low) > decimal(high):
            raise BadInput(f"the range {low}..{high} is upside down; in order it is {high}..{low}", field=field)


def check_stated(stated: Sequence[Figure]) -> None:
    """Refuses (BadInput) figures of a draft with a unit or a scale that older lines may have, and two of one
    series and date, of which the story would show the second only."""
    from tracker.domain import quantities

    seen: dict[tuple[str, ...], Figure] = {}
    for number, figure in enumerate(stated):
        field = f"figures[{number}]"
        if fault := quantities.unit_fault(figure.unit):
            raise BadInput(fault, field=f"{field}.unit")
        if not _fits(figure, figure.scale):
            fault = f"{figure.scale!r} is far larger than the number; write all digits, as 5000000 with million"
            raise BadInput(fault, field=f"{field}.scale")
        key = name_key(figure.party), figure.name, figure.unit, figure.per, figure.as_of
        if earlier := seen.get(key):
            both = f"{figure.name} is {in_words(earlier)} and {in_words(figure)} in one event"
            remedy = f"write a range, as in {figure.name}=10..15, or give each a name of its own"
            raise BadInput(f"{both}, and readers see one value of a name and unit; {remedy}", field=field)
        seen[key] = figure


def verdict(figure: Figure) -> str:
    """Returns ``above``, ``within`` or ``below``: how the figure compares with the expected range. The text is
    empty if the numbers do not decide it.

    A range may lack an end: at least 30 was expected, or the value is at least 200.
    """
    from tracker.domain.quantities import BOUNDS

    low, high = (
        _stored(text) if text else None for text in (figure.value or figure.low, figure.value or figure.high)
    )
    least, most = (_stored(text) if text else None for text in (figure.expected_low, figure.expected_high))
    strict = BOUNDS.get(figure.bound, ("", False))[1]
    if high is not None and least is not None and (high < least or (strict and high == least)):
        return "below"
    if low is not None and most is not None and (low > most or (strict and low == most)):
        return "above"
    reaches = least is None or (low is not None and low >= least)
    keeps = most is None or (high is not None and high <= most)
    return "within" if reaches and keeps and (least, most) != (None, None) else ""


def in_words(figure: Figure) -> str:
    """Returns ``about 20 million USD per month``, ``29% (below the 30 to 31% expected)`` or ``12 people, according
    to the coast guard, as of 5 January 2024``. Raises BadInput."""
    words = amount_in_words(figure)
    words += f", according to {figure.according_to}" if figure.according_to else ""
    return words + (f", as of {dates.in_words(figure.as_of)}" if figure.as_of else "")


def amount_in_words(figure: Figure) -> str:
    """Returns the words of the figure without those on who counted, and when. Raises BadInput."""
    words = bounded(figure)
    if figure.approx:
        words = f"about {words}"
    if figure.per:
        words = f"{words} per {figure.per}"
    if not (figure.expected_low or figure.expected_high):
        return words
    expected = _with_unit(_range(figure.expected_low, figure.expected_high, figure.scale), figure.unit)
    judged = verdict(figure)
    return f"{words} ({judged} the {expected} expected)" if judged else f"{words} (expected {expected})"


def _clauses(words: list[str]) -> dict[str, str]:
    """Returns the words of each clause by the keyword before them; those before any keyword by ``value``. Raises
    Unreadable."""
    from tracker.domain.quantities import Unreadable

    clauses: dict[str, list[str]] = {"value": [], "expected": [], "per": [], "approx": []}
    current = "value"
    for word in words:
        keyword = word.lower().rstrip(",:")
        if keyword in _KEYWORDS and clauses["value"]:
            if clauses[keyword]:
                raise Unreadable(f"{keyword!r} is there twice")
            current = keyword
            if keyword == "approx":
                clauses["approx"] = ["approx"]
        elif current == "approx":
            raise Unreadable(f"{word!r} after 'approx' means nothing")
        else:
            clauses[current].append(word)
    for keyword in ("expected", "per"):
        if keyword in (word.lower() for word in words) and not clauses[keyword]:
            raise Unreadable(f"{keyword!r} with nothing after it")
    return {name: " ".join(found) for name, found in clauses.items()}


def _refusal(text: str, reason: str, field: str) -> BadInput:
    """Returns the error to raise, with the reason, the syntax and an example."""
    return BadInput(
        f"{shown(text, _MOST_SHOWN)!r}: {reason}. The form is {SYNTAX}; for example {EXAMPLE!r}", field=field
    )


def bounded(figure: Figure) -> str:
    """Returns the value or the range in words, with its bound and its unit."""
    from tracker.domain.quantities import BEHIND

    low, high = figure.value or figure.low, figure.value or figure.high
    if not figure.bound or figure.value:
        return _with_unit(_range(low, high, figure.scale), figure.unit)
    number = _human(low or high, figure.scale)
    if figure.bound == "+":
        return _with_unit(f"{number}+", figure.unit)
    if figure.bound in BEHIND:
        return f"{_with_unit(number, figure.unit)} {figure.bound}"
    gap = " " if figure.bound[-1].isalpha() else ""
    return _with_unit(f"{figure.bound}{gap}{number}", figure.unit)


def _range(low: str, high: str, scale: str = "") -> str:
    if low and high and low != high:
        first, second = _human(low, scale), _human(high, scale)
        scales = first.partition(" ")[2], second.partition(" ")[2]
        if all(scales):
            return f"{first.partition(' ')[0] if scales[0] == scales[1] else first} to {second}"
        return f"{_grouped(low)} to {_grouped(high)}"
    if low and not high:
        return f"at least {_human(low, scale)}"
    if high and not low:
        return f"at most {_human(high, scale)}"
    return _human(low, scale)


def _with_unit(words: str, unit: str) -> str:
    if unit == "%":
        return f"{words}%"
    return f"{words} {unit}" if unit else words


def _human(number: str, scale: str = "") -> str:
    """Returns ``20 million`` for ``20000000`` and ``1,234,567`` for ``1234567``; in a scale, if one is given. It
    rounds nothing, and keeps all decimals. Raises BadInput."""
    from tracker.domain.quantities import SCALES, exactly

    value = _stored(number)
    with exactly():
        if scale:
            return f"{_trimmed(value.scaleb(-_exponent(scale))):,f} {scale}"
        for each, exponent in reversed(SCALES.items()):
            shifted = value.scaleb(-exponent)
            if "." not in number and exponent > 3 and abs(shifted) >= 1 and shifted == round(shifted, 3):
                return f"{shifted.normalize():f} {each}"
    return _grouped(number)


def scaled(number: str, scale: str, known: Iterable[int]) -> tuple[Decimal, int]:
    """Returns a number in a scale, and the scale as a power of ten: in the given scale if it is ``known``, else in
    that in which ``in_words`` shows the number; 0 is no scale. Raises BadInput."""
    from tracker.domain.quantities import SCALES, exactly

    value = _stored(number)
    with exactly():
        if scale:
            exponent = _exponent(scale)
            return (_trimmed(value.scaleb(-exponent)), exponent) if exponent in known else (value, 0)
        for exponent in sorted({*SCALES.values()} & {*known}, reverse=True):
            shifted = value.scaleb(-exponent)
            if "." not in number and exponent > 3 and abs(shifted) >= 1 and shifted == round(shifted, 3):
                return _trimmed(shifted), exponent
    return value, 0


def _trimmed(number: Decimal) -> Decimal:
    """Returns the number without zeros at the end of its decimals."""
    from tracker.domain.quantities import decimal

    return number.quantize(decimal("1")) if number == number.to_integral_value() else number.normalize()


def _exponent(scale: str) -> int:
    from tracker.domain.quantities import TYPED_SCALES

    return sum(TYPED_SCALES[word] for word in scale.split(" "))


def _grouped(number: str) -> str:
    from tracker.domain.quantities import decimal

    return f"{decimal(number):,f}"


def _stored(number: str) -> Decimal:
    """Returns the number of a figure. Raises BadInput if it is malformed, as after a forged correction."""
    from tracker.domain.quantities import decimal

    _check_number(number)
    return decimal(number)


def _check_number(number: str, field: str = "") -> None:
    if not re.fullmatch(_PLAIN, number):
        raise BadInput(f"{number!r} is not a decimal number such as 29 or -0.5", field=field)


def notation(figure: Figure) -> str:
    """Returns the notation that ``parse`` reads as this figure, without its party. The text is empty if no
    notation gives the figure."""
    for write in (_amount_in_words, _amount_in_digits, None):
        try:
            text = _notation(figure, write) if write else f"{figure.name}={in_words(figure)}"
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
    text += " approx" if figure.approx else ""
    text += f" according to {figure.according_to}" if figure.according_to else ""
    return text + (f" as of {figure.as_of}" if figure.as_of else "")


def _amount_in_words(low: str, high: str) -> str:
    """Returns ``200..900 million`` if both ends have the same scale word, else the ends in digits."""
    first, _, scale = _human(low).partition(" ") if low else ("", "", "")
    second, _, other = _human(high).partition(" ") if high else ("", "", "")
    digits = _amount_in_digits(first, second) if scale and scale == other else ""
    return f"{digits} {scale}" if digits else _amount_in_digits(low, high)


def _amount_in_digits(low: str, high: str) -> str:
    return low if low == high else f"{low}..{high}"
