"""What editors paste: texts that break what does not expect them, all of which a log takes; and what it
refuses.

``CASES`` are developments, ``STORIES`` the titles of stories. Every text is written as the log keeps it, save
those in ``TYPED``. ``REFUSED`` are characters that no feed can carry.
"""

from __future__ import annotations

from typing import Any, NamedTuple

FAMILY = "👩‍👩‍👧‍👦"
FLAGS = "🏳️‍🌈🇺🇸🏴󠁧󠁢󠁷󠁬󠁳󠁿"
ARABIC = "مرحبا بالعالم"
HEBREW = "שלום עולם"

TEXTS = {
    "end of CDATA": "]]>",
    "CDATA in CDATA": "a <![CDATA[ b ]]> c ]]]]><![CDATA[>",
    "script": "</script><script>alert(1)</script>",
    "ends of elements": "</title></entry></item></feed></channel></article></textarea></q></del>",
    "entries": "<entry><id>urn:uuid:00000000-0000-7000-8000-000000000000</id></entry> <item><guid>x</guid></item>",
    "JSON": '{"id":"urn:uuid:00000000-0000-7000-8000-000000000000","date_modified":"2099-01-01T00:00:00.000Z"},',
    "comment begins": "<!-- to be continued",
    "comment ends": "--> <!--> <!---> -- --!>",
    "declarations": "<?xml version='1.0'?> <?php x ?> <!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]> &e;",
    "entities": "&amp; &lt; &#x26; &nbsp; &copy &quot; & &&amp;amp; &#0; &#xFFFE; &nosuch;",
    "tags": "AT&T <b>bold</b> <i>italics <br> 1 < 2 > 0 <a href='javascript:alert(1)' onclick=alert(1)>",
    "quotation marks": "\"double\" 'single' `back` “curly” «guillemets» „low“ \u2032 ＂wide＂ \\\"escaped\\'",
    "backslashes": r"\ \\ \n \t \0 \x41 \u0041 \" \' C:\new\table \\server\share \1 \g<0>",
    "formatting": "%s %d %(x)s %% {} {0} {x} {{}} {0.__class__} ${x} $x $(id) `id` #{x} %20 %00 %",
    "Jinja": "{{ 7 * 7 }} {% raw %} {# comment #} {%- endraw -%} {{ ''.__class__ }} {% for x in y %}",
    "Markdown": "*em* **strong** `code` [a](https://a.example) ![b](c) # not a heading | cell | ~~gone~~ <https://b.example>",
    "underscores": "__proto__ constructor _x_ __init__ prototype.toString",
    "nothing": "null",
    "not a number": "NaN",
    "false": "false",
    "zero": "0",
    "dash": "-",
    "dots": "…",
    "option": "--help",
    "emoji": f"{FAMILY} {FLAGS} 👍🏽 💰 ❤️ 1️⃣",
    "only emoji": "🚀",
    "astral letters": "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𠜎𠜱 \U0010fffd",
    "Chinese": "字节跳动暂停使用OpenAI的模型",
    "Korean": "한국어 제목",
    "Arabic": ARABIC,
    "Hebrew": HEBREW,
    "both directions": f"OpenAI {HEBREW} (123, ABC) {ARABIC}: \u200fmore\u200e",
    "bidi overrides": "\u202eevil\u202c \u2066isolated\u2069 \u2067\u2068x\u2069\u2069 \u202a\u202by\u202c\u202c",
    "combining": "Za\u0335\u031b\u0300\u0301l\u0338g\u0336o\u0337 e\u0301 \u00e9 n\u0303",
    "many combining": "a" + "\u0301" * 100,
    "zero width": "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg\u180eh\u034f",
    "byte order mark": "\ufeffbegins with it \ufeff",
    "no-break spaces": "a\u00a0b\u202fc\u2007d\u3000e  two  spaces",
    "line separators": "a\u2028b\u2029c",
    "control pictures": "␀ ␛ \ufffd \ufffc \ufff9\ufffa\ufffb",
    "harmless non-characters": "\ufdd0 \ufdef \U0001fffe \U0010ffff",
    "private use": "\ue000 \uf8ff \U000f0000 \U0010fffd",
    "variation": "\ufe0e\ufe0f \u2640\ufe0e \U000e0100",
    "case that grows": "ß ẞ İ ı ŉ ǰ ΐ ﬃ Σς",
    "dates": "2024-08-01 yesterday Q4 FY2024 100 million USD story#7 #7",
    "address": "https://a.example/?b=c&d=e#f javascript:alert(1) mailto:a@b.example //c.example",
    "300 letters": "x" * 300,
    "300 emoji": "😀" * 300,
    "300 of the right to left": "א" * 300,
    "300 angles": "<" * 300,
    "300 ampersands": "&" * 300,
    "300 quotation marks": '"' * 300,
    "300 of three bytes": "字" * 300,
    "300 in words": ("Word " * 60).strip() + "!",
}

BODIES = {
    "raw HTML": "<script>alert(1)</script>\n\n<style>body{display:none}</style>\n\n<iframe src='https://e.example/'></iframe>"
    "\n\n<p onclick='alert(1)' style='position:fixed' class='x' id='y'>text</p><img src=x onerror=alert(1)>",
    "unclosed HTML": "<div><p><b>bold <i>both\n\n<table><tr><td>cell\n\n<a href='https://a.example'>link\n\n</ul></td>",
    "an injected script": "It had a <script> tag.\n\nThe rest is read *too*.\n\n<!-- never closed\n\nand this.",
    "links": "[js](javascript:alert(1)) [JS](JaVaScRiPt:x) [data](data:text/html,x) [mail](mailto:a@b.example)"
    ' [rel](/a) [rel](a/b) [rel](#f) [rel](?q) [rel](//h.example/x) [good](https://a.example/?b=c&d "T ]]> <b>")'
    " <https://b.example/> <javascript:alert(1)> <a href='java&#10;script:x'>raw</a> <a href='/x'>raw</a>",
    "images": "![a chart](https://a.example/chart.png) ![](https://a.example/pixel.gif) ![rel](chart.png) ![](x)",
    "references": '[a] [b][a] [c]\n\n[a]: https://a.example "T"\n[c]: /relative\n\n[Update]: confirmed',
    "footnotes": "A claim[^1] and another[^note].\n\n[^1]: Where it is from.\n[^note]: https://a.example",
    "table": "| a | b |\n|:--|--:|\n| `1|2` | <b>x |\n| ]]> | {{ y }} |",
    "lists": "- a\n  - b\n    - c\n      1. d\n         > e\n\n            code <b>\n- [ ] f\n- [x] g",
    "deep lists": "\n".join(f"{'  ' * depth}- {depth}" for depth in range(40)),
    "deep quotations": ">" * 500 + " deep",
    "deep brackets": "[" * 2_000 + "x" + "]" * 2_000,
    "headings": "# One\n## Two\n###### Six\n\nUnder\n=====\n\nlined\n---",
    "code": "```html\n<script>alert(1)</script> ]]>\n{{ x }}\n```\n\n    indented &amp; <b>\n\n`</script>`",
    "entities": "&#xFFFE; &#x1; &#0; &#xD800; <b title='&#x1;'>x</b>\n\n<p>&#x1;&#x8;&#xFFFF;</p>"
    "\n\n&nbsp;&copy;&amp;lt;b&amp;gt;",
    "templates": "{{ config }} {% include '/etc/passwd' %} {{ '%s' | format }} %(x)s {0} ${x}",
    "one long word": "x" * 20_000,
    "long": "Word after word, & more.\n" * 799 + "The last.",
    "line separators": "a\u2028b\u2029c\u000a\u000ad\te",
    "directions": f"{ARABIC} *{HEBREW}* [both](https://a.example/{HEBREW})\n\n> {ARABIC}\n\n\u202eevil",
    "emoji": f"{FAMILY} **{FLAGS}** 👍🏽\n\n- 1️⃣\n- 2️⃣",
    "ends of files": "</content></entry>\n\n</body></html>\n\n</item>]]></content:encoded>",
    "lines that look like others": '{"id":"x"}\n\n}\n\n]}\n\n</feed>\n\n<entry>\n\n---\nid: x\n---',
}

PARTIES = {
    "emoji": ("🚀", FAMILY, "🏳️‍🌈", "🏳️"),
    "other scripts": ("字节跳动", "바이트댄스", HEBREW, ARABIC, "Яндекс", "Ωμέγα", "भारत"),
    "paths": (
        "../../etc/passwd",
        "..\\..\\windows",
        "a/b",
        "/",
        "//",
        ".",
        "..",
        "...",
        "~",
        "C:\\",
        "/etc",
        "a\\b",
    ),
    "devices": ("CON", "con", "nul", "AUX.txt", "com1", "COM¹", "LPT9", "prn ."),
    "case": ("OpenAI", "openai", "OPENAI", "OpenAİ", "Straße", "STRASSE", "strasse"),
    "punctuation": ("A.B.", "A B", "A-B", "a_b", "AB", "A & B", "A+B", "C", "C++", "C#", "Yahoo!", "Yahoo?"),
    "accents": (
        "Société",
        "Socie\u0301te\u0301",
        "Societe",
        "Ångström",
        "\u212bngstr\u00f6m",
        "Łódź",
        "Øre",
        "Ore",
    ),
    "widths": ("ＡＣＭＥ", "Acme", "ﬁrm", "firm", "①", "1"),
    "hidden": (
        "index.html",
        ".htaccess",
        ".git",
        "-",
        "-rf",
        "--help",
        "*",
        "?",
        "%2e%2e%2f",
        "%00",
        "a\u202eb\u202c",
    ),
    "programs": (
        "null",
        "undefined",
        "__proto__",
        "constructor",
        "{{ x }}",
        "%s",
        "$(id)",
        "; rm -rf",
        "' OR 1=1 --",
    ),
    "markup": ("<b>", "</category>", "&amp;", "&", "]]>", '"', "'", "<script>alert(1)</script>", "a,b", "a;b"),
    "long": ("x" * 200, "x" * 199, "y " * 99 + "y", "字" * 200, "😀" * 200, "a/" * 100, "." * 200),
    "numbers": ("0", "00", "1e3", "2024-08", "-1"),
    "types": ("update", "developments", "all", "corrections", "standing", "stories"),
}

TYPED = {
    "CRLF": ("One\r\n\r\n- two\r\n- three", "One\n\n- two\n- three"),
    "DEL and C1 controls": ("a\x7fb\x85c\x9fd", "abcd"),
    "space around": ("\n\t \u2028 text \u2029\u00a0\n", "text"),
}
"""Bodies as they are typed, and as they are kept."""

REFUSED = {
    "NUL": "\0",
    "escape": "\x1b",
    "backspace": "\b",
    "vertical tab": "\v",
    "form feed": "\f",
    "carriage return": "\r",
    "unit separator": "\x1f",
    "high surrogate": "\ud800",
    "low surrogate": "\udfff",
    "both, the wrong way round": "\udc00\ud800",
    "a byte that was no UTF-8": "\udcff",
    "swapped byte order mark": "\ufffe",
    "last of its plane": "\uffff",
}


class Case(NamedTuple):
    """One development."""

    name: str
    title: str
    body: str = ""
    quote: str = ""
    parties: tuple[str, ...] = ()
    source: dict[str, str] = {}
    more: dict[str, Any] = {}

    @property
    def values(self) -> dict[str, Any]:
        """It as ``tracker append`` takes it."""
        told = {"type": "update", "title": self.title, "body": self.body, "parties": list(self.parties)}
        sources = [{**self.source, "quote": self.quote}] if self.source else []
        return {**told, "sources": sources, **self.more}


ADDRESS = "https://a.example/b?c=d&e=%22#f"


def _everywhere(name: str, text: str) -> Case:
    """A statement that says the text wherever it can."""
    source = {"url": ADDRESS, "publisher": text, "title": text, "via": text}
    more = {"type": "statement", "speaker": text[:200].strip(), "quote": text, "to": text, "editor": text[:200]}
    return Case(name, text, text, text, (text[:200].strip(),), source, more)


def _standing(name: str) -> Case:
    """A suspension of what the text names, so that it stands in the story."""
    text = TEXTS[name]
    more = {
        "type": "suspension",
        "subject": text[:200].strip(),
        "by": text[:200].strip(),
        "of": text,
        "reason": text,
    }
    return Case(name, f"Suspended: {name}", parties=(text[:200].strip(),), more=more)


_SOME = (
    *("end of CDATA", "CDATA in CDATA", "script", "ends of elements", "entries", "JSON", "comment begins"),
    *("declarations", "entities", "tags", "quotation marks", "backslashes", "formatting", "Jinja", "Markdown"),
    *("emoji", "both directions", "bidi overrides", "line separators", "harmless non-characters", "300 angles"),
)

CASES = {
    "texts": [_everywhere(name, text) for name, text in TEXTS.items()],
    "bodies": [Case(name, name, f"before\n\n{body}") for name, body in BODIES.items()],
    "parties": [Case(name, f"Of {name}", parties=(each,)) for name, names in PARTIES.items() for each in names],
    "standing": [_standing(name) for name in _SOME],
}
"""The developments by the story that they are recorded in."""

STORIES = {name.lower().replace(" ", "-"): TEXTS[name] for name in _SOME}
"""The titles of stories, by story."""
