"""When two spellings are one: of the names of parties and publishers, of hosts, and of web addresses.

Each function returns a key. Two spellings are one if their keys are equal, so that "is the same as" is an
equivalence. A key is for comparing only: people are shown a spelling.
"""

from __future__ import annotations

import re
from functools import lru_cache


@lru_cache(10_000)
def name_key(name: str) -> str:
    """Returns the key of a name: without case, Unicode forms (NFC, NFKC), kinds and numbers of spaces, kinds of
    apostrophes, quotation marks and dashes, and invisible characters. Other punctuation stays, so that ``A&B``,
    ``A/B`` and ``A B`` differ."""
    if name.isascii():
        return _plainly(name.lower())
    from unicodedata import category, normalize  # most names are ASCII

    folded = normalize("NFKC", normalize("NFKD", name).casefold())
    dotted = normalize("NFKC", folded.replace("i\u0307", "i").replace("ı", "i")).casefold()
    seen = "".join(each for each in dotted if each not in _FILLERS and category(each) != "Cf")
    return _plainly(seen.replace(" \u0301", "'").translate(_TYPED))  # NFKC makes that of an acute accent


def _plainly(name: str) -> str:
    return " ".join(name.replace("`", "'").replace("''", '"').split())


_TYPED = {
    **dict.fromkeys(map(ord, "\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a"), "'"),
    **dict.fromkeys((0x2B9, *range(0x2BB, 0x2C0), 0x55A, 0x5F3, 0xA78C), "'"),  # letters that look like one
    **dict.fromkeys(map(ord, "«»\u201c\u201d\u201e\u201f\u02ba\u05f4\u301d\u301e\u301f"), '"'),
    **dict.fromkeys((*range(0x2010, 0x2016), 0x58A, 0x5BE, 0x2043, 0x2212, 0xFE58), "-"),
}
"""The character that a keyboard has for each typographic apostrophe, quotation mark and dash."""


_FILLERS = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
)
"""Characters besides the format characters (Cf) that show nothing: fillers and variation selectors."""


@lru_cache(10_000)
def host_key(address: str) -> str:
    """Returns the key of the outlet at a web address: its host without port, ``www.``, ``m.`` and the like, and
    with the letters that ``xn--`` stands for. The copy in an archive has the key of its original; if its address
    does not name that, it has a key of its own."""
    host, rest = _split(_original(address))
    return host if host not in _ARCHIVES else host + rest


@lru_cache(10_000)
def address_key(address: str) -> str:
    """Returns the key of a web address: that of its host, its path without a slash at the end, and its query
    without the parameters that follow readers. Scheme and fragment do not matter."""
    host, rest = _split(_original(address))
    path, _, query = rest.partition("?")
    kept = sorted(each for each in query.split("&") if each and not re.match(_TRACKING, each, re.IGNORECASE))
    path = re.sub(
        r"/(?:amp|index\.(?:html?|php))?/*$", "", re.sub("/+", "/", _unquoted(path)), flags=re.IGNORECASE
    )
    return host + path + ("?" + "&".join(map(_unquoted, kept)) if kept else "")


def _split(address: str) -> tuple[str, str]:
    """Returns the key of the host, and the path with the query."""
    found = re.match(r"(?:[a-z]+:/{0,2}(?!/)|//)?([^/?#\\]*)([^#]*)", address, re.IGNORECASE)
    assert found  # every text has such a beginning, perhaps an empty one
    host = found[1].rpartition("@")[2]
    labels = re.sub(":[0-9]*$", "", host).replace("。", ".").strip(".").split(".")
    key = ".".join(name_key(_letters(label)) for label in labels)
    while shorter := re.fullmatch(r"(?:www[0-9]*|m|mobile|amp|touch)\.(.+\..+)", key):
        key = shorter[1]
    key = re.sub(r"^([a-z]{2})\.m\.(?=.+\.)", r"\1.", key)  # en.m.wikipedia.org
    return key, found[2]


def _letters(label: str) -> str:
    """Returns a part of a host with the letters that ``xn--`` stands for."""
    if label[:4].lower() != "xn--":
        return label
    try:
        return label[4:].lower().encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _unquoted(text: str) -> str:
    """Returns the text without percent encoding, except of characters that would then mean something else."""
    from unicodedata import normalize

    decoded = re.sub(
        "(?:%[0-9a-f]{2})+",
        lambda found: _decoded(bytes.fromhex(found[0].replace("%", "")), found[0].upper()),
        text,
        flags=re.IGNORECASE,
    )
    return normalize("NFC", decoded)


def _decoded(data: bytes, encoded: str) -> str:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return encoded
    return re.sub(r"[%/?#&=+\s]", lambda found: f"%{ord(found[0]):02X}", text)


def _original(address: str) -> str:
    """Returns the address of which this one is a copy: in a web archive, in a cache of pages for telephones."""
    for _ in range(3):  # an archive may have a copy of such a cache
        host, rest = _split(address)
        if host in _ARCHIVES:
            found = re.search(_ARCHIVED, rest, re.IGNORECASE)
        elif host in _FORWARDS:
            found = re.search(r"[?&](?:q|u|url)=(https?(?::|%3a)[^&]+)", rest, re.IGNORECASE) or re.match(
                _CACHED, rest
            )
        elif host.endswith(".translate.goog"):
            whole = host.removesuffix(".translate.goog")
            found = re.match("(.*)", re.sub("--?", lambda each: "-" if each[0] == "--" else ".", whole) + rest)
        elif host.endswith(".cdn.ampproject.org"):
            found = re.match(_CACHED, rest)
        else:
            return address
        if not found:
            return address
        inner = next(filter(None, found.groups()))
        address = _unquoted(inner).replace("%2F", "/") if "%3a" in inner[:12].lower() else inner
    return address


_CACHED = r"/(?:amp|[civ])/(?:s/)?([^/]+\..+)"
_FORWARDS = ("google.com", "translate.google.com", "l.facebook.com", "lm.facebook.com", "l.instagram.com")
"""Hosts of links that lead on to the address in their query."""

_ARCHIVED = (
    r"(?:^|[/=:])(https?:/{0,2}[^/].*)"  # …/web/2024/https://example.org/a
    r"|[/=:](https?%3a[^&]+)"  # …?url=https%3A%2F%2Fexample.org%2Fa
    r"|^/(?:web/)?(?:[0-9]{1,14}(?:[a-z]{2}_)?\*?|\*|newest|oldest)/([^/]+\..+)"  # …/web/2024/example.org/a
)
_ARCHIVES = {
    *("web.archive.org", "archive.org", "web-beta.archive.org", "wayback.archive.org", "perma.cc", "arquivo.pt"),
    *(f"archive.{end}" for end in ("today", "is", "ph", "li", "vn", "md", "fo")),
    *("webcache.googleusercontent.com", "ghostarchive.org", "megalodon.jp", "freezepage.com", "webcitation.org"),
    *(
        "12ft.io",
        "r.jina.ai",
        "removepaywall.com",
        "webarchive.org.uk",
        "webarchive.nationalarchives.gov.uk",
        "archive.wikiwix.com",
        "cc.bingj.com",
    ),
}
"""The hosts of copies of other sites."""

_TRACKING = (
    r"(?:utm_\w+|_x_tr_\w+|mtm_\w+|pk_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid|li_fat_id|igshid"
    r"|igsh|mc_[ce]id|_ga|_gl|_hsenc|_hsmi|mkt_tok|vero_id|oly_(?:anon|enc)_id|wickedid|ref_src|ref_url|rss_id"
    r"|cmpid|ns_\w+|at_(?:medium|campaign|link_\w+)|smid|s_cid|ncid|sr_share|guccounter|amp|outputtype)(?:=|$)"
)
