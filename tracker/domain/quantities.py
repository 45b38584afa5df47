"""Amounts as an editor types them: a number, a bound, a range, with a scale and a unit or a currency.

::

    at least 1.2bn USD      ──read──▶ Quantity(low="1200000000", high="", bound="at least", scale="bn", unit="USD")
    about 10-15 %           ──read──▶ Quantity(low="10", high="15", approx=True, unit="%")

All of the text is read, or it is refused with a form that works, made from the text. A unit begins with no digit
and holds no word of scale. A letter is a scale where it cannot be a unit: ``m`` and ``t`` only of money.

Numbers are decimal strings throughout, never floats.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct, structs

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager
    from decimal import Decimal

LONGEST = 40
"""The largest number of characters of a number, without the commas."""

SCALES = {"thousand": 3, "million": 6, "billion": 9, "trillion": 12}
"""The scales in which numbers are shown, unless another one was typed."""

TYPED_SCALES = {
    **SCALES,
    **{"hundred": 2, "k": 3, "lakh": 5, "lac": 5, "mn": 6, "mln": 6, "mio": 6, "crore": 7},
    **{"bn": 9, "bln": 9, "milliard": 9, "mrd": 9, "tn": 12, "trn": 12, "quadrillion": 15},
}
"""The exponent of each scale that can be typed. A plural has an s."""

_LETTERS = {"m": "million", "mm": "million", "b": "billion", "t": "trillion", "cr": "crore"}
"""Letters that are a scale of money."""

BOUNDS = {
    **dict.fromkeys(("at least", "no fewer than", "no less than", "not less than", "as few as"), ("low", False)),
    **dict.fromkeys(("a minimum of", "minimum", "≥", ">=", "+", "or more"), ("low", False)),
    **dict.fromkeys(
        ("more than", "over", "above", "greater than", "in excess of", "exceeding", "upwards of", ">"),
        ("low", True),
    ),
    **dict.fromkeys(
        ("at most", "up to", "no more than", "not more than", "as many as", "as much as"), ("high", False)
    ),
    **dict.fromkeys(("a maximum of", "maximum", "≤", "<=", "or fewer", "or less"), ("high", False)),
    **dict.fromkeys(("fewer than", "less than", "under", "below", "<"), ("high", True)),
}
"""The words of a bound: the side that is known, and whether the number itself is left out."""

BEHIND = ("+", "or more", "or fewer", "or less")
"""The bounds that stand behind the number."""

_SAME = {
    **dict.fromkeys(("max", "max.", "maximum of", "a max of"), "maximum"),
    **dict.fromkeys(("min", "min.", "minimum of", "a min of"), "minimum"),
    **{"not fewer than": "no fewer than", "=>": ">=", "=<": "<="},
}
"""Other words of bounds, and the bound that they mean."""

_TRAILING = {
    **{each: each for each in BEHIND[1:]},
    **{"at least": "at least", "at most": "at most", "plus": "+", "minimum": "minimum"},
    **dict.fromkeys(("maximum", "max", "max."), "maximum"),
    **dict.fromkeys(
        ("and more", "or over", "and over", "or above", "and above", "and up", "and counting"), "or more"
    ),
    **dict.fromkeys(("or under", "or below"), "or less"),
}
"""Words of bounds that may follow the number or its unit, and the bound that they mean."""

_ABOUT = (
    r"about|around|roughly|approximately|some|an estimated|estimated|(?:approx|circa|ca|c|est)\b\.?(?!\$)|[~≈∼]"
)
_ROUGHLY = r"(?:^| )(?:or so|roughly|\(?(?:approx\.?|approximately|estimated|est\.)\)?)$"

SIGNS = {
    **{"€": "EUR", "£": "GBP", "₹": "INR", "₩": "KRW", "₽": "RUB", "₺": "TRY", "₴": "UAH", "₪": "ILS", "₫": "VND"},
    **{"₱": "PHP", "₦": "NGN", "฿": "THB", "₲": "PYG", "₡": "CRC", "₸": "KZT", "₾": "GEL", "₼": "AZN", "₵": "GHS"},
    **{"៛": "KHR", "₮": "MNT", "₭": "LAK", "֏": "AMD", "₿": "BTC", "US$": "USD", "R$": "BRL", "A$": "AUD"},
    **{
        "AU$": "AUD",
        "C$": "CAD",
        "CA$": "CAD",
        "NZ$": "NZD",
        "HK$": "HKD",
        "S$": "SGD",
        "NT$": "TWD",
        "MX$": "MXN",
    },
    **{"CN¥": "CNY", "JP¥": "JPY"},
}
"""The currency of each sign that only one has."""

_CURRENCIES = {*SIGNS.values(), "JPY", "CHF", "SEK", "NOK", "DKK", "PLN", "CZK", "HUF", "ZAR", "SAR", "AED", "IDR"}
_CODE = "|".join(sorted(_CURRENCIES))
"""Codes of currencies, beside which a word is a scale that has other meanings elsewhere."""

_SEVERAL = {"$": ("USD", "CAD", "AUD"), "¥": ("JPY", "CNY")}
"""Signs that several currencies have."""

_SIGN = "|".join(re.escape(each) for each in sorted((*SIGNS, *_SEVERAL), key=len, reverse=True))
_DOLLARS = "[A-Z]{2}D|BRL|MXN|ARS|CLP|COP|UYU"
_GROUPED = r"[0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,2}(?:,[0-9]{2})+,[0-9]{3}|[0-9]{1,3}(?:[ '’][0-9]{3})+(?![0-9])"
_NUMBER = rf"(?:(?:{_GROUPED}|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+)"
_SIDE = (
    rf"(?P<minus>[-+]?) ?(?P<sign>{_SIGN}|[A-Z]{{3}})? ?(?P<minus2>-?)"
    rf"(?P<number>{_NUMBER})(?![0-9,]|\.[0-9])(?P<rest>.*)"
)
_STARTS = rf"(?:[-+]|{_SIGN}|[A-Z]{{3}} ?)*\.?[0-9]"
_BETWEEN = rf"(?:\.\.\.?|…| to | through | and | ?- ?(?={_STARTS}))"
_MONEY = (
    rf" ?(?:[A-Z]{{3}}\b|{_SIGN}|(?:dollar|euro|pound|yen|yuan|rupee|franc|rouble|ruble|won|peso|kron)[a-z]*\b)"
)
_WORDS = {"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8}
_WORDS |= {"nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15}
_WORDS |= {"sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "zero": 0}
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS |= {word: 10 * number for number, word in enumerate(_TENS, 2)}
_WORDS |= {f"{ten}-{unit}": _WORDS[ten] + _WORDS[unit] for ten in _TENS for unit in list(_WORDS)[2:10]}
_SPELLINGS = (
    (r"(?:\b|(?<=[0-9]))(?:per[ -]?cent|pct)\b\.?", "%"),
    (r"\bper[ -]?mill?e?\b", "‰"),
    (r"(?:^|(?<= to )|(?<= and ))(?:minus|negative) (?=\S*[0-9])", "-"),
)
"""Words and the signs that are read in their place."""
_FRACTIONS = {"½": "1/2", "¼": "1/4", "¾": "3/4", "⅓": "1/3", "⅔": "2/3", "⅛": "1/8"}


class Quantity(Struct, frozen=True):
    """An amount. ``low`` and ``high`` are equal for one number, and one of them is empty for a bound. ``bound``
    and ``scale`` are the words that were typed; empty if there are none."""

    low: str
    high: str
    unit: str
    bound: str = ""
    scale: str = ""
    approx: bool = False


class Unreadable(Exception):
    """The reason why an amount is refused, and what works instead. ``words`` are those of the amount from which a
    hint may be made."""

    def __init__(self, reason: str, words: str = "") -> None:
        super().__init__(reason)
        self.words = words


class SeveralCurrencies(Unreadable):
    """The refusal of a sign that several currencies have."""

    def __init__(self, sign: str) -> None:
        super().__init__(f"{sign!r} is the sign of several currencies")
        self.sign = sign
        self.codes = _SEVERAL[sign]


class _Side(Struct, frozen=True):
    """One end of a range, or the only number: its digits, its exponent, the words of its scale, and its unit."""

    digits: str
    exponent: int
    scale: str
    unit: str
    plus: bool = False


def tidy(text: str) -> str:
    """Returns the text with single plain spaces, plain hyphens and minus signs, and no invisible characters."""
    seen = re.sub("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", "", text)
    plain = re.sub("[\u2010-\u2015\u2212\ufe58\ufe63\uff0d]", "-", seen.replace("％", "%"))
    plain = re.sub(r"\+(?: ?/ ?)?-", "±", plain)
    words = re.sub(r"\d", lambda digit: str(int(digit[0])), " ".join(plain.split()))  # digits of other scripts
    for pattern, written in _SPELLINGS:
        words = re.sub(pattern, written, words, flags=re.IGNORECASE)
    return words


def read(text: str, signs: Mapping[str, str], *, signs_behind: bool = True) -> Quantity:
    """Returns the amount. ``signs`` holds the currencies of signs that several have, as the desk means them.
    ``signs_behind`` says that a sign behind the number becomes its currency as well. Raises Unreadable."""
    text = re.sub(r"(?<=[0-9%‰°])\.$", "", text.strip(" ,;"))
    try:
        return _read(text, signs, signs_behind)
    except Unreadable as error:
        if not error.words:
            raise
        raise Unreadable(f"{error}{_hint(error.words, text)}") from None


def _read(text: str, signs: Mapping[str, str], signs_behind: bool) -> Quantity:
    words = re.sub(r"(?<=[0-9kmn%]) ?-?ish\b", "", text)
    is_rough = words != text
    words, approx = _without(rf"(?:{_ABOUT}) ?(?=\S)", words)
    words, bound = _prefixed(words)
    if bound and not approx:
        words, approx = _without(rf"(?:{_ABOUT}) ?(?=\S)", words)
    between = re.match(r"(?:between|from) (?=.* (?:and|to) )", words, re.IGNORECASE)
    sides = _sides(words[between.end() :] if between else words, signs, signs_behind, listed=not between)
    *_, last = sides
    exact = re.sub(_ROUGHLY, "", last.unit, flags=re.IGNORECASE)
    unit, behind = _behind(exact)
    _check_unit(unit, text)
    bound = bound or behind or ("+" if last.plus else "")
    if bound and (len(sides) > 1 or (behind and behind != bound)):
        raise Unreadable("a bound and a range exclude each other; give one of them")
    numbers = _numbers(sides)
    scale = last.scale if all(each.scale in ("", last.scale) for each in sides) else ""
    low, high = numbers[0], numbers[-1]
    if bound:
        low, high = (low, "") if BOUNDS[bound][0] == "low" else ("", high)
    return Quantity(low, high, unit, bound, scale, approx or is_rough or exact != last.unit)


def _without(pattern: str, words: str) -> tuple[str, bool]:
    """Returns the words without what the pattern matches at their beginning, and whether it does."""
    found = re.match(pattern, words, re.IGNORECASE)
    return (words[found.end() :], True) if found else (words, False)


def _prefixed(words: str) -> tuple[str, str]:
    """Returns the words behind a bound, and the bound; empty if there is none."""
    for bound in sorted((*BOUNDS, *_SAME), key=len, reverse=True):
        end = r" ?" if not bound[-1].isalpha() else " "
        if bound not in BEHIND and (found := re.match(rf"{re.escape(bound)}{end}", words, re.IGNORECASE)):
            return words[found.end() :], _SAME.get(bound, bound)
    return words, ""


def _behind(unit: str) -> tuple[str, str]:
    """Returns the unit without a bound around it, and the bound; empty if there is none."""
    for words, bound in _TRAILING.items():
        said = rf"(?:{re.escape(words)}|\({re.escape(words)}\))"
        pattern = rf"{said}(?: (?P<after>.+))?|(?P<before>.+) {said}"
        if found := re.fullmatch(pattern, unit, re.IGNORECASE):
            return found["after"] or found["before"] or "", bound
    return unit, ""


def _sides(words: str, signs: Mapping[str, str], signs_behind: bool, *, listed: bool) -> list[_Side]:
    """Returns the two ends of a range, or the only number. ``listed``: no "between" says that 5 and 6 are one."""
    for found in re.finditer(_BETWEEN, words):
        left, right = words[: found.start()], words[found.end() :]
        if (listed and found[0] == " and ") or re.search("[0-9][eE]$", left):
            continue
        if re.match(_STARTS, left) and re.match(_STARTS, right) and not _within_word(left, found[0]):
            money = any(re.search(_MONEY, each) for each in (left, right))
            sides = [_side(each, signs, signs_behind, money=money) for each in (left, right)]
            if thousands := re.match(r"([0-9]{1,3})-([0-9]{1,3})[, ]000(?![0-9,])", words):
                _refuse_short_range(int(thousands[1]), int(thousands[2]), sides[1].unit)
            if sides[1].unit and sides[0].unit not in ("", sides[1].unit):
                raise Unreadable(f"{sides[0].unit!r} and {sides[1].unit!r} are two units; give two figures")
            unit = sides[1].unit or sides[0].unit
            return [sides[0], structs.replace(sides[1], unit=unit)]
    return [_side(words, signs, signs_behind)]


def _refuse_short_range(low: int, high: int, unit: str) -> None:
    """Refuses 20-30,000, whose first end may be short for 20,000."""
    if low <= high:
        forms = " or ".join(repr(f"{each} to {high},000 {unit}".rstrip()) for each in (f"{low},000", low))
        raise Unreadable(f"{low} may be short for {low},000; write {forms}")


def _within_word(left: str, between: str) -> bool:
    """Whether a hyphen is a part of a word, as in COVID-19."""
    return between == "-" and not re.match(_STARTS, left.rpartition(" ")[2])


def _side(words: str, signs: Mapping[str, str], signs_behind: bool, *, money: bool = False) -> _Side:
    found = re.fullmatch(_SIDE, words)
    if (
        not found
        or found["minus"] == found["minus2"] == "-"
        or re.match("[eE][-+]?[0-9]|[xX][0-9]|_|/|s of ", found["rest"])
    ):
        raise Unreadable(f"{words.split(' ')[0]!r} is not a number", words)
    if re.match(r"(?:st|nd|rd|th)\b", found["rest"]):
        raise Unreadable(f"{words.split(' ')[0]!r} is a rank and no amount")
    if behind := re.match(r"(?:h|hrs?|d|m(?![23]\b)|min|s|ft|lb|['\":])[0-9]", found["rest"]):
        raise Unreadable(f"{behind[0]!r} begins a second amount; give each amount a figure of its own")
    digits = re.sub("[ ,'’]", "", found["number"])
    minus = "-" if "-" in (found["minus"], found["minus2"]) and re.search("[1-9]", digits) else ""
    digits = f"{minus}{'0' if digits.startswith('.') else ''}{digits}"
    sign = (found["sign"] or "").strip()
    behind_number = re.sub(r"^( ?%)\+", r"+\1", found["rest"])
    exponent, scale, rest = _scale(behind_number, money or bool(sign), found["number"])
    unit = rest.strip(" ,;")
    plus = unit.startswith("+") or re.search(r"[^\W\d_]\+$", unit) is not None
    unit = unit.strip("+ ") if plus else unit
    behind = re.match(rf"({_SIGN})(?![^\W\d])", unit) if signs_behind else None
    if sign or behind:
        rest = unit[behind.end() :].strip() if behind and not sign else unit
        unit = _with_currency(sign or behind[1], rest, signs)  # type: ignore[index]
    if len(digits) > LONGEST:
        raise Unreadable(f"a number has at most {LONGEST} digits")
    return _Side(digits, exponent, scale, unit, plus)


def _with_currency(sign: str, unit: str, signs: Mapping[str, str]) -> str:
    """Returns the unit with the currency of the sign, which may stand there already."""
    stated = re.match(r"([A-Z]{3})\b", unit)
    code = signs.get(sign) or SIGNS.get(sign, sign)
    if sign in _SEVERAL:
        if stated and re.fullmatch(_DOLLARS if sign == "$" else "JPY|CNY", stated[1]):
            return unit
        if sign not in signs:
            raise SeveralCurrencies(sign)
    if stated and stated[1] != code:
        raise Unreadable(f"{sign!r} and {stated[1]} are two currencies; leave one out")
    return unit if stated else f"{code} {unit}".strip()


def _scale(rest: str, money: bool, number: str) -> tuple[int, str, str]:
    """Returns the exponent of the scale words behind a number, these words, and what follows them."""
    exponent = 0
    words: list[str] = []
    while found := re.match(r" ?([A-Za-z]+)(?:\.(?= |$))?(?![A-Za-z/])", rest):
        following = rest[found.end() :]
        word = _scale_of(found, money or bool(re.match(_MONEY, following)), following, number)
        if not word or (words and TYPED_SCALES[word] <= TYPED_SCALES[words[-1]]):
            break
        exponent, rest = exponent + TYPED_SCALES[word], following
        words.append(word)
    return exponent, " ".join(words), rest


def _scale_of(found: re.Match[str], money: bool, following: str, number: str) -> str:
    """Returns the scale that a word means, or an empty text. Raises Unreadable if it may be a unit too."""
    word, attached = found[1], not found[0].startswith(" ")
    lower = word.lower()
    singular = lower[:-1] if lower.endswith("s") and len(lower) > 3 else lower
    if word == "K" and not attached and not money and not following.strip():
        raise Unreadable(f"'K' may be a thousand or kelvin; write '{number} thousand' or '{number} kelvin'")
    if singular in TYPED_SCALES:
        return singular
    if lower in _LETTERS and money:
        return _LETTERS[lower]
    if word in ("M", "MM") or (lower == "b" and following.strip()):
        return _LETTERS[lower]
    alone = not following.strip()
    if lower == "cr" or (
        (lower in ("m", "b", "t") if attached else word == "m" and not alone)
        and (alone or following.startswith(" "))
    ):
        unit = {"m": "metres", "b": "bytes", "t": "tonnes", "cr": "credits"}[lower]
        behind = following.rstrip()
        raise Unreadable(
            f"{number + word!r} may be a scale or a unit; write '{number} {_LETTERS[lower]}{behind}' or"
            f" '{number} {unit}{behind}'"
        )
    return ""


def _numbers(sides: list[_Side]) -> list[str]:
    """Returns the numbers as decimal strings. The scale of a range may stand behind its second end only."""
    first, last = sides[0], sides[-1]
    if first.exponent and not last.exponent:
        raise Unreadable(f"say the scale of both ends, as in {first.digits} to {last.digits} {first.scale}")
    exponents = [first.exponent or last.exponent, last.exponent][: len(sides)]
    return [_shifted(each.digits, exponent) for each, exponent in zip(sides, exponents, strict=True)]


def _shifted(digits: str, exponent: int) -> str:
    """Returns the decimal string of the digits times 10 to the exponent."""
    with exactly():
        number = decimal(digits).scaleb(exponent)
        whole = exponent and number == number.to_integral_value()
        return f"{number.quantize(decimal('1')) if whole else number:f}"


def refuse_point(words: str, amount: Quantity) -> None:
    """Refuses (Unreadable) 1.234 people, whose point may stand between thousands. Counted things and money have no
    third decimal. ``words`` are those of the amount."""
    last = amount.unit.rpartition(" ")[2]
    if not (last in _CURRENCIES or (re.fullmatch(_COUNTED, last) and not re.fullmatch(_MEASURED, last))):
        return
    point = r"([1-9][0-9]{0,2})\.([0-9]{3})(?![0-9])"
    if typed := next((each for each in (amount.low, amount.high) if re.fullmatch(f"-?{point}", each)), ""):
        forms = (re.sub(rf"(?<![0-9.,]){point}", form, words) for form in (r"\1,\2", r"\1.\g<2>0"))
        raise Unreadable(f"the point of {typed} has two readings; write {' or '.join(map(repr, forms))}")


_COUNTED = "people|men|women|children|dead|injured|wounded|killed|missing|hurt|arrested|police|[a-z-]+[^s]s"
"""Words for things that are counted."""
_MEASURED = (
    r"(?:kilo|centi|milli|micro|mega|giga)?(?:met(?:er|re)|gram|lit(?:er|re)|watt|volt|byte|hertz|second)s|kgs|lbs|hrs"
    "|(?:hour|minute|day|week|month|year|mile|yard|ton|tonne|pound|ounce|kilo|degree|point|barrel|gallon|acre|hectare"
    "|time|percent|basis point)s"
)


def unit_fault(unit: str) -> str:
    """Returns why the text can be no unit; empty if it can."""
    if re.match(r"[-+.,]?[\d½¼¾⅓⅔⅛]", unit):
        return f"a unit does not begin with a digit, as {unit!r} does"
    words = re.findall(r"[^\W\d_]+", unit)
    if scale := next((each for each in words if _is_scale(each)), ""):
        return f"{scale!r} belongs before the unit, to the value, as in 20 million USD"
    foreign = _SHORT_BESIDE_MONEY if _CURRENCIES.intersection(words) else _FOREIGN
    if scale := next((each for each in words if re.fullmatch(foreign, each, re.IGNORECASE)), ""):
        return f"{scale!r} is no scale that tracker reads; write million, billion or so, as in 20 million USD"
    letters = rf"(?:^| )(?:[kmbt]|mm|bn)(?: |$)|[kmbt](?:{_CODE})|(?:{_CODE})(?:[kmbt]|bn)\b"
    if re.search(_CODE, unit) and (scale := re.search(letters, unit)):
        return f"{scale[0].strip()!r} may hold a scale; write it before the unit, as in 20 million USD"
    if any(re.match(r"\W*[\d½¼¾⅓⅔⅛]", each) or each.lower() in list(_WORDS)[3:] for each in unit.split(" ")):
        return f"{unit!r} holds a second amount; give each amount a figure of its own"
    return ""


_FOREIGN = (
    r"\w*[a-z]illions?|(?!.*aires?$)(?:mil+i?[oóa]n|mil+iar|miljo|miljar|milh[õo]|bil+i[oó]n|bilh[õo]|tausend|тыс|млн|млрд|мил+и"
    r"|[万萬億亿兆만억])\w*"
)
"""Words that are a scale in other languages."""
_SHORT_BESIDE_MONEY = rf"{_FOREIGN}|g|mille?|md|mia|ml?r?ds?|mil?j|tsd|tys"
"""Those, and shorter ones that have other meanings unless they stand beside a currency."""


def _is_scale(word: str) -> bool:
    singular = word.lower().removesuffix("s")
    return singular in ("dozen", "mil", "bil", "bio") or (len(singular) > 1 and singular in TYPED_SCALES)


def _check_unit(unit: str, text: str) -> None:
    if fault := unit_fault(unit):
        raise Unreadable(fault, text)
    if re.match(r"[-+.,;:…=<>~*_(?!]", unit):
        raise Unreadable(f"a unit begins with a letter or a sign such as %, and {unit!r} does not", text)
    if sign := re.search(r"[?!=<>~|;]", unit):
        raise Unreadable(f"a unit has no {sign[0]!r}", text)


# Hints, made from what was typed.


def _hint(words: str, text: str) -> str:
    """Returns the form of the text that works instead, or an empty text. ``words`` are those that do not."""
    for pattern, *made in _FORMS:
        if found := re.fullmatch(pattern, words, re.IGNORECASE):
            forms = [text.replace(words, found.expand(each).strip()) for each in made]
            return f"; write {' or '.join(map(repr, forms))}" if not any(map(_fault, forms)) else ""
    for _ in range(2):  # both ends of a range
        form = next((form for make in _MAKERS if (form := make(words))), "")
        if not form:
            break
        text = text.replace(words, form)
        if not (fault := _fault(text)):
            return f"; write {text!r}"
        words = fault.words
    return ""


_FORMS = (
    (r"(?:almost|nearly|just under|close to|just below) (.+)", r"about \1", r"fewer than \1"),
    (r"(?:just|well|far|slightly|a little) (?:over|above|more than) (.+)", r"more than \1"),
    (r"(?:well|far|slightly|a little) (?:under|below|fewer than|less than) (.+)", r"fewer than \1"),
    (r"(?:exactly|only|just|precisely|a total of) (.+)", r"\1"),
    (r"\((.+?)\) ?(.*)", r"-\1 \2"),
    (r"(\S+) (?:or|and) (\S+)(.*)", r"\1 to \2\3"),
    (r"(.+?) ?\(?\?+\)?", r"about \1", r"\1"),
    (r"(.+?) ?!+", r"\1"),
    (r"(rs|re|kr|zł|fr|sfr|rm|rp|kč|ksh|din|dh|lei|tk|birr)[. ]+([0-9].*)", r"\2 \1"),
)
"""Words that are refused, and the forms that are suggested in their place."""


def _fault(form: str) -> Unreadable | None:
    """Returns the reason why a form does not work either."""
    try:
        _read(form, {}, True)
    except SeveralCurrencies:
        return None  # a form for each currency is made of it
    except Unreadable as error:
        return error
    return None


def _of_share(words: str) -> str:
    """Returns the percentage of one in five, or 12 of 20."""
    found = re.fullmatch(r"(\w+) (?:in|of|out of|in every) (\w+)", words)
    part, whole = (_whole(each) for each in found.groups()) if found else (0, 0)
    return _of_fraction(f"{100 * part}/{whole} %") if part and whole else ""


def _whole(word: str) -> int:
    """Returns a whole number in digits or in letters; 0 for other words."""
    return int(word) if re.fullmatch("[0-9]{1,9}", word) else _WORDS.get(word.lower(), 0)


def _of_fraction(words: str) -> str:
    for sign, written in _FRACTIONS.items():
        words = re.sub(rf"(?<=[0-9]){sign}", f" {written}", words).replace(sign, written)
    found = re.match(r"(-?)(?:([0-9]+) )?([0-9]+)/([0-9]+)(.*)", words)
    if not found or not int(found[4]):
        return ""
    with exactly():
        number = int(found[2] or 0) + decimal(found[3]) / decimal(found[4])
        rounded = number.quantize(decimal("0.001")).normalize()
    return f"{'about ' if number != rounded else ''}{found[1]}{rounded:f}{found[5]}"


def _of_decimal_comma(words: str) -> str:
    found = re.match(r"(-?)([0-9]{1,3}(?:[. ][0-9]{3})*|[0-9]+),([0-9]+)(?![0-9,.])(.*)", words)
    if found:
        return f"{found[1]}{decimal(re.sub('[. ]', '', found[2])):,f}.{found[3]}{found[4]}"
    found = re.match(r"(-?)([0-9]{1,3}(?:[._][0-9]{3})+)(?![0-9,.])(.*)", words)
    return f"{found[1]}{decimal(re.sub('[._]', '', found[2])):,f}{found[3]}" if found else ""


def _of_words(words: str) -> str:
    """Returns the digits of half a million, 2 dozen or ten to fifteen."""
    if re.search("third|fifth|tenth|quarters", words) or (" dozen" in words and not re.match(r"\w+ dozen", words)):
        return ""
    scales = "hundred|thousand|million|billion|trillion|lakh|crore|dozen"
    number = rf"(?:an?|{'|'.join(sorted(_WORDS, key=len, reverse=True))}|[0-9]+(?=s? dozen))"
    pattern = rf"\b(?:(half|a quarter|quarter) (?:of )?)?(?:({number})\b ?)?(?:({scales})s?\b)?"
    made = re.sub(pattern, _in_digits, words, flags=re.IGNORECASE)
    return made if made != words else ""


def _in_digits(found: re.Match[str]) -> str:
    """Returns the digits of number words. A scale behind digits, and an article alone, stay as they are."""
    part, count, scale = ((found[number] or "").lower() for number in (1, 2, 3))
    if not (part or count) or (not scale and (part or count in ("a", "an"))):
        return found[0]
    times = 12 if scale == "dozen" else 10 ** TYPED_SCALES.get(scale, 0)
    number = decimal({"": "1", "half": "0.5"}.get(part, "0.25")) * times
    number *= _WORDS[count] if count in _WORDS else int(count or 1)
    return f"{number.normalize():,f}" + " " * (found[0].endswith(" "))


def _of_exponent(words: str) -> str:
    found = re.match(r"(-?[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]{1,2})(?![0-9])(.*)", words)
    return f"{decimal(found[1]):,f}{found[2]}" if found else ""


_MAKERS = (_of_share, _of_fraction, _of_decimal_comma, _of_words, _of_exponent)


def decimal(number: str) -> Decimal:
    """Returns the number of a decimal string."""
    from decimal import Decimal  # it takes 2 ms, and most events have no figure

    return Decimal(number)


def exactly() -> AbstractContextManager[object]:
    """Returns a context of arithmetic that rounds no number which a field can hold."""
    from decimal import localcontext

    return localcontext(prec=100)
