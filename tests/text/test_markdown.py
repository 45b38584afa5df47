"""Bodies become HTML: Markdown is rendered, nothing harmful gets through, and no text is lost."""

from __future__ import annotations

import re
from unittest import mock

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from tracker.text import markup
from tracker.text.markup import to_html, to_text, unshown


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("", ""),
        ("One\n\nTwo", "<p>One</p>\n<p>Two</p>"),
        ("*a* **b** ~~c~~ `d`", "<p><em>a</em> <strong>b</strong> <s>c</s> <code>d</code></p>"),
        ("a  \nb", "<p>a<br>\nb</p>"),
        ("---", "<hr>"),
        ("> a", "<blockquote>\n<p>a</p>\n</blockquote>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("3. a", '<ol start="3">\n<li>a</li>\n</ol>'),
        ("    code <b>", "<pre><code>code &lt;b&gt;\n</code></pre>"),
        ("```python\nx\n```", "<pre><code>x\n</code></pre>"),
        ("5 < 6 & 7", "<p>5 &lt; 6 &amp; 7</p>"),
        ("ä 😀", "<p>ä 😀</p>"),
    ],
)
def test_markdown_means_what_editors_expect(markdown: str, html: str) -> None:
    assert to_html(markdown) == html


@pytest.mark.parametrize(("level", "lowered"), [(1, 4), (2, 5), (3, 6), (4, 6), (6, 6)])
def test_headings_start_below_those_of_the_page(level: int, lowered: int) -> None:
    assert to_html(f"{'#' * level} Title") == f"<h{lowered}>Title</h{lowered}>"


def test_underlined_headings_are_lowered_too() -> None:
    assert to_html("Title\n=====") == "<h4>Title</h4>"


def test_tables_are_tables() -> None:
    html = to_html("| a | b |\n| --- | --: |\n| 1 | 2 |")
    assert html.startswith("<table>\n<thead>\n<tr>\n<th>a</th>\n<th>b</th>")
    assert "<td>1</td>" in html
    assert "style" not in html


# Links and images.

LINK = '<a href="https://a.example">https://a.example</a>'

ABSOLUTE = [
    *("https://a.example/?b=c&d", "http://a.example", "HTTPS://a.example", "https://a.example:8443/a"),
    *("https://a.example/a(b)c", "https://a.example/%20#b"),
]


@pytest.mark.parametrize("address", ABSOLUTE)
def test_absolute_links_are_links(address: str) -> None:
    """A link may be inline, in raw HTML, by reference, or an address by itself."""
    a = f'<a href="{address.replace("&", "&amp;")}">'
    assert to_html(f"[a]({address})") == f"<p>{a}a</a></p>"
    assert to_html(f'<a href="{address}">a</a>') == f"<p>{a}a</a></p>"
    assert to_html(f"[a]: {address}\n\n[a]") == f"<p>{a}a</a></p>"
    assert to_html(f"[b][a]\n\n[a]: <{address}>") == f"<p>{a}b</a></p>"
    assert to_html(f"<{address}>").startswith(f"<p>{a}")


def test_a_links_title_is_kept() -> None:
    assert to_html('[a](https://a.example "T")') == '<p><a href="https://a.example" title="T">a</a></p>'


def test_an_address_in_other_letters_is_one_in_ascii() -> None:
    html = to_html("[a](https://münchen.example/ä?b=ö)")
    assert 'href="https://xn--mnchen-3ya.example/%C3%A4?b=%C3%B6"' in html


ELSEWHERE = [
    *("/relative", "relative", "a/b", "../up", "#fragment", "?query", "//a.example", "///a.example", ".", ""),
    *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"),
    *(
        "data:image/png;base64,AAAA",
        "mailto:a.example",
        "mailto:",
        "tel:1",
        "ftp://a.example",
        "blob:https://a.example",
    ),
    *("javascript&colon;alert(1)", "java&#x73;cript:alert(1)", "java&Tab;script:alert(1)", "&#1;javascript:x"),
    *("https:", "https:/a.example", "https:a.example", "http:///a", "https://", "https://?a", "https://#a"),
    *("https://user@a.example", "https://a:b@c.example", "https://a.example:x/", "https://a.example:99999/"),
    *("https&#92;://a.example", "view-source:https://a.example", "feed:https://a.example", "https&#58;//"),
]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_other_links_are_their_words(address: str) -> None:
    """Relative ones would lead elsewhere from a feed reader; other schemes run or reveal something."""
    assert to_html(f"before [the *words*]({address}) after") == "<p>before the <em>words</em> after</p>"
    html = to_html(f'<a href="{address}">words</a>\n\n<A\nHREF={address or chr(39) * 2}>words</A>')
    assert "href" not in html
    assert html.count("words") == 2


@pytest.mark.parametrize(
    "address",
    [
        *("java\tscript:x", "java\nscript:x", "\x01javascript:x", " javascript:x", "https://a.example/\x01"),
        *("https://a.example/ b", "ht\ntps://a.example", " https://a.example", "https://a.example/\ufffe"),
        *(
            "https://a.example/&#1;",
            "https://a.example/&#xFFFF;",
            "https://a.example\\@b.example",
            "https://a\u2028b",
        ),
        *("&#14;https://a.example", "https:\\\\a.example", "https://a.example/&lt;"),
    ],
)
def test_addresses_in_raw_html_have_nothing_hidden_in_them(address: str) -> None:
    html = to_html(f'<a href="{address}">words</a>')
    assert "href" not in html
    assert "words" in html


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("<mailto:a@b.example>", '<p><a href="mailto:a@b.example">mailto:a@b.example</a></p>'),
        ("<a@b.example>", '<p><a href="mailto:a@b.example">a@b.example</a></p>'),
        ("[a](mailto:a@b.example)", '<p><a href="mailto:a@b.example">a</a></p>'),
        ("<javascript:alert(1)>", "<p>javascript:alert(1)</p>"),
        ("<https://a.example/>", '<p><a href="https://a.example/">https://a.example/</a></p>'),
        ("https://a.example/", '<p><a href="https://a.example/">https://a.example/</a></p>'),
        ("[<https://a.example/>](https://b.example)", '<p><a href="https://b.example">https://a.example/</a></p>'),
        ("[<https://a.example/>](b)", '<p><a href="https://a.example/">https://a.example/</a></p>'),
        ("[[a](https://a.example)](/b)", '<p>[<a href="https://a.example">a</a>](/b)</p>'),
    ],
)
def test_addresses_alone_and_links_in_links(markdown: str, html: str) -> None:
    assert to_html(markdown) == html


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("see https://a.example/x.", "https://a.example/x"),
        ("(https://a.example/b_(c)) d", "https://a.example/b_(c)"),
        ("(see https://a.example/?a=1&b=2)", "https://a.example/?a=1&b=2"),
        ("**https://a.example/x**", "https://a.example/x"),
        ("*a https://a.example/__init__.py*", "https://a.example/__init__.py"),
        ("见https://a.example/x。好", "https://a.example/x"),
        ("“HTTP://a.example:80/x”", "HTTP://a.example:80/x"),
        ("write to mailto:a.b@c.example!", "mailto:a.b@c.example"),
        ("| https://a.example/x | b |\n| --- | --- |", "https://a.example/x"),
    ],
)
def test_an_address_alone_is_a_link(markdown: str, words: str) -> None:
    """The punctuation around it is not part of it."""
    (link,) = etree.HTML(to_html(markdown)).iter("a")
    assert (link.text, link.get("href")) == (words, words)


@pytest.mark.parametrize(
    ("markdown", "words"),
    [
        ("see www.a.example now", "www.a.example"),
        ("(www.a.example/b_c_(d)), e", "www.a.example/b_c_(d)"),
        ("**WWW.A.Example**", "WWW.A.Example"),
        ("_www.a.example_", "www.a.example"),
        ("见www.a.example，好", "www.a.example"),
        ("www.a.example:8080/?a=1&b=2#c.", "www.a.example:8080/?a=1&b=2#c"),
        ("www.a, www.a.example!", "www.a.example"),
    ],
)
def test_a_host_alone_is_a_link(markdown: str, words: str) -> None:
    """Without its scheme, as editors write it; http is added."""
    (link,) = etree.HTML(to_html(markdown)).iter("a")
    assert (link.text, link.get("href")) == (words, f"http://{words}")


@pytest.mark.parametrize(
    "markdown",
    [
        *("www.example", "awww.a.example", "`www.a.example`", "b@www.a.example", "www.a.b@c.example"),
        *("www..a.example", "www.-a.example", "www. a.example", "[www.a.example](/b)", "www.a.example:999999/"),
        *(
            "`https://a.example`",
            "    https://a.example",
            "xhttps://a.example",
            "https://",
            "https:// a",
            "mailto:a",
        ),
        *("mailto:a", "https://user@a.example/", "[https://a.example](/b)", "javascript://a.example/%0aalert(1)"),
    ],
)
def test_other_addresses_are_text(markdown: str) -> None:
    assert "<a" not in to_html(markdown)


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("a[^1] b\n\n[^1]: The note.", "<p>a[^1] b</p>\n<p>[^1]: The note.</p>"),
        ("a[^1] b\n\n[^1]: Note", "<p>a[^1] b</p>\n<p>[^1]: Note</p>"),
        ("a[^1]\n\n[^1]: https://a.example", f"<p>a[^1]</p>\n<p>[^1]: {LINK}</p>"),
        ("[Update]: confirmed", "<p>[Update]: confirmed</p>"),
        ("[a]\n\n[a]: /relative", "<p>[a]</p>\n<p>[a]: /relative</p>"),
        ("[a]: javascript:x\n\n[a]", "<p>[a]: javascript:x</p>\n<p>[a]</p>"),
        ("[a] b", "<p>[a] b</p>"),
    ],
)
def test_what_looks_like_a_note_is_not_lost(markdown: str, html: str) -> None:
    """Markdown takes some of them for the addresses of links, and shows nothing."""
    assert to_html(markdown) == html


IMAGE = "https://a.example/b.png"


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        (f"![a *b* `c`]({IMAGE})", f'<p><a href="{IMAGE}">a b c</a></p>'),
        (f'![a]({IMAGE} "T")', f'<p><a href="{IMAGE}" title="T">a</a></p>'),
        (f"![]({IMAGE})", f'<p><a href="{IMAGE}">{IMAGE}</a></p>'),
        (f"![a][b]\n\n[b]: {IMAGE}", f'<p><a href="{IMAGE}">a</a></p>'),
        (f"![a\nb  \nc]({IMAGE})", f'<p><a href="{IMAGE}">a b c</a></p>'),
        (f"![a ![b](c) <b>d</b>]({IMAGE})", f'<p><a href="{IMAGE}">a b d</a></p>'),
        (f"![a ![](b)]({IMAGE})", f'<p><a href="{IMAGE}">a</a></p>'),
        (f"![[a](https://c.example)]({IMAGE})", f'<p><a href="{IMAGE}">a</a></p>'),
        (f"[![a]({IMAGE})](https://c.example)", '<p><a href="https://c.example">a</a></p>'),
        (f"[![a]({IMAGE})](/relative)", f'<p><a href="{IMAGE}">a</a></p>'),
        ("![a](b.png)", "<p>a</p>"),
        ("![](b.png)", "<p>b.png</p>"),
        ("![a](javascript:x)", "<p>a</p>"),
        ("![a](data:image/png;base64,AAAA)", "<p>a</p>"),
    ],
)
def test_an_image_is_a_link_to_it(markdown: str, html: str) -> None:
    """The words of the link are the description. Reading an entry loads no image, so it tracks no reader."""
    assert to_html(markdown) == html


# What is not shown.

VIDEO = "https://www.youtube.com/embed/abc"
FRAME = "an iframe; a link leads to it"


@pytest.mark.parametrize(
    ("markdown", "named"),
    [
        (f'<iframe src="{VIDEO}"></iframe>', [FRAME]),
        (
            f"a <iframe src='{VIDEO}' width=9></iframe> b",
            ["an iframe; a link leads to it", "width of an iframe (9)"],
        ),
        ('<img src="/a.png" alt="A cat">', ["an img (/a.png)"]),
        ("<img src=https://a.example/a.png>", ["an img; a link leads to it"]),
        (f'<a href="{VIDEO}"><img src={IMAGE}></a>', [f"an img ({IMAGE})"]),
        (
            f"<video controls><source src={VIDEO}></video>",
            ["a source; a link leads to it", "a video", "controls of a video"],
        ),
        ("<script>alert(1)</script>", ["a script", "the text of a script (alert(1))"]),
        ("<style>p {}</style>", ["a style", "the text of a style (p {})"]),
        ("<!-- later -->", ["a comment (later)"]),
        ("a <!-- later --> b", ["a comment (later)"]),
        ("<?php a ?>", ["an instruction (php a ?)"]),
        ("<!DOCTYPE html>", ["a declaration (DOCTYPE html)"]),
        ("<![CDATA[a]]>", ["a declaration (CDATA[a)"]),
        (
            "<details><summary>a</summary>b</details>",
            ["a <details> tag, only its text", "a <summary> tag, only its text"],
        ),
        ('<input value="a">', ["an input", "value of an input (a)"]),
        ('<p title="a" style="b">c</p>', ["title of a p (a)", "style of a p (b)"]),
        ('<a href="/a">b</a>', ["href of an a (/a)"]),
        ("[guide](/guide)", ["the address of a link (/guide)"]),
        ('[guide](guide "T")', ["the address of a link (guide)", "the title of a link (T)"]),
        ('![a](b.png "T")', ["the address of an image (b.png)", "the title of an image (T)"]),
        (f"[![a]({IMAGE})](https://c.example)", [f"the address of an image ({IMAGE})"]),
        (f"![a]({IMAGE})", ["an image; a link leads to it"]),
        (
            f"![a <b>c</b>]({IMAGE})",
            [*(f"{t} in the description of an image" for t in ("<b>", "</b>")), "an image; a link leads to it"],
        ),
        (
            f"![[a](/c) ![d](/e)]({IMAGE})",
            ["the address of a link (/c)", "the address of an image (/e)", "an image; a link leads to it"],
        ),
        ('[a]: https://a.example "T"', ["the definition of [a] (https://a.example T)"]),
        ("[a]: https://a.example\n[a]: https://b.example\n\n[a]", ["the definition of [a] (https://b.example)"]),
        ("```python\nx\n```", ["the language of a code block (python)"]),
        ("1. a\n7. b", ["the number 7 of an item, which is shown as 2"]),
        ("<table>a<td>b</table>", []),
        ("| a |\n|---|\n| b | c |\n| d |", ["the cells after the last column of a table (c)"]),
        ("a | b\n--|--\n1 | 2 | 3 \\| 4 | 5", ["the cells after the last column of a table (3 \\| 4 | 5)"]),
        ("> | a |\n> |---|\n> | b | c |", ["the cells after the last column of a table (c)"]),
        (f'<audio src="{VIDEO}"></audio><p>Go</p>', ["an audio; a link leads to it"]),
        ("1. a\n2. b\n\n- c\n\n| a |\n| --: |", []),
        (f"[a]({VIDEO}) <{VIDEO}> {VIDEO} *a* &amp; `<b>` <b>c</b> <br> 5 < 6", []),
        (f"[a][b] [^1]\n\n[b]: {VIDEO}\n\n[^1]: a note", []),
        ("<div>\n<![foo bar]>\n</div>", ["a <div> tag, only its text", "a declaration"]),
        ("mailto:a?b@c.example", []),
        ("https://a:99999/ and https:///x", []),
    ],
)
def test_what_is_not_shown_is_named(markdown: str, named: list[str]) -> None:
    assert list(unshown(markdown)) == named


def test_a_frame_is_a_link_to_it() -> None:
    """Also in the middle of a text. The words between its tags stay."""
    link = f'<a href="{VIDEO}">{VIDEO}</a>'
    assert to_html(f'<iframe src="{VIDEO}"></iframe>') == link
    assert to_html(f'a <iframe src="{VIDEO}">b</iframe> c') == f"<p>a {link}b c</p>"
    assert to_html(f'<iframe title="A talk" src="{VIDEO}"></iframe>') == f'<a href="{VIDEO}">A talk</a>'


# Raw HTML.


@pytest.mark.parametrize(
    "raw",
    [
        "<script>alert(1)</script>",
        "<style>p{}</style>",
        '<img src="https://a.example/pixel.png" onerror="alert(1)">',
        '<iframe src="https://a.example"></iframe>',
        '<p onclick="alert(1)" style="x" class="y" id="z">a</p>',
        "<svg onload=alert(1)>",
        '<form action="https://a.example"><input></form>',
        "<object data=x></object>",
        "<!-- a comment -->",
        "<h1>Big</h1>",
        '<a href="https://a.example" onclick="x" target="_blank">a</a>',
        "<scr<script>ipt>alert(1)</scr</script>ipt>",
        "![pixel](https://a.example/pixel.png)",
        "<math><mtext><script>x</script></mtext></math>",
    ],
)
def test_raw_html_keeps_only_what_is_harmless(raw: str) -> None:
    html = to_html(f"before\n\n{raw}\n\nafter")
    assert not harmful(html)
    assert "before" in html
    assert "after" in html


def harmful(html: str) -> set[str]:
    """Tags and attributes that no body may have."""
    tags = {"script", "style", "img", "iframe", "svg", "form", "input", "object", "math", "h1", "h2", "h3", "!--"}
    found = {tag.lower() for tag in re.findall(r"<(!--|[a-zA-Z0-9]+)", html)} & tags
    inside = " ".join(re.findall(r"<[^>]*>", html)).lower()
    attributes = ("onclick", "onerror", "onload", "style=", "class=", "id=", "target=", "javascript:", "src=")
    return found | {each for each in attributes if each in inside}


def test_harmless_raw_html_is_kept() -> None:
    assert to_html("H<sub>2</sub>O <abbr title='x'>y</abbr>") == '<p>H<sub>2</sub>O <abbr title="x">y</abbr></p>'


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("an injected <script> tag\n\nand more", "an injected <script> tag\nand more"),
        ("a <style>b</style> c", "a <style>b</style> c"),
        ("a <title>b</title> c\n\nd", "a <title>b</title> c\nd"),
        ("a <textarea> b\n\n*c*", "a <textarea> b\nc"),
        ("a\n\n<script>\n\nb", "a\n<script>  b"),
        ("a\n\n<!-- b\n\nc", "a\n<!-- b  c"),
        ("a\n\n<?php b\n\nc", "a\n<?php b  c"),
        ("<iframe>\n\na", "<iframe>\na"),
        ("<template>\n\na", "<template>\na"),
        ("<plaintext>\n\na", "<plaintext>\na"),
        ('<div title="a\n\nb', '<div title="a\nb'),
        ("<div>\n<a title='a>b</a>\n\nc", "<div> <a title='a>b</a>\nc"),
        ("<del>a\n\nb", "a\nb"),
        ("a <!-- b --> c", "a  c"),
        ("<script>a</script>\n\nb", "b"),
        ("</script>a", "</script>a"),
    ],
)
def test_nothing_swallows_what_comes_after_it(markdown: str, text: str) -> None:
    """A body may write about a script tag. The text behind the tag is shown."""
    assert not harmful(to_html(markdown))
    assert to_text(markdown) == text


@given(st.text("<>/\"'=()[]!#*`&;: \nabjsrciptonhef", max_size=60))
@example("<select><option>x")
@example("<a href=https://a.example><table><a href=https://b.example>")
def test_no_text_at_all_becomes_harmful(markdown: str) -> None:
    html = to_html(markdown)
    assert not harmful(html)
    assert well_formed(html)


@given(st.lists(st.sampled_from([
    *("<p>", "</p>", "<b>", "</b>", "<a href='https://a.example'>", "</a>", "<ul>", "<li>", "</ul>", "<table>"),
    *("<td>", "</table>", "<select>", "<option>", "<svg>", "<math>", "<title>", "<style>", "</style>", "<script>"),
    *("</script>", "<blockquote>", "</blockquote>", "<del>", "</del>", "<dl>", "<dt>", "<h4>", "<i>", "<button>"),
    *("<!--", "-->", "<form>", "<template>", "<caption>", "<br>", "x", "\n", "\n\n", "> ", "* ", "```", "<div"),
    *("&#1;", "&#xFFFE;", "&nbsp;", "<ol start='&#1;'>", "<abbr title='&#2;&quot;<b>'>", "]]>", "<![CDATA["),
]), max_size=9))  # fmt: skip
def test_tags_in_any_order_become_well_formed(parts: list[str]) -> None:
    html = to_html("".join(parts))
    assert not harmful(html)
    assert well_formed(html)


def well_formed(html: str) -> bool:
    """Whether each element is closed in its place, so that an XML parser accepts the HTML."""
    etree.fromstring(f"<div>{re.sub('<(br|hr)>', '', html).replace('&nbsp;', ' ')}</div>")
    return True


def test_what_is_harmful_would_be_noticed() -> None:
    """The control of the law above."""
    assert harmful("<p onclick='x'><script>") == {"script", "onclick"}
    with pytest.raises(etree.XMLSyntaxError):
        well_formed("<p><b></p></b>")


# Characters.


@pytest.mark.parametrize(
    ("markdown", "html"),
    [
        ("&nbsp;a", "<p>&nbsp;a</p>"),
        ("&copy; &#x1F600; &lt;b&gt; &amp;lt;", "<p>© 😀 &lt;b&gt; &amp;lt;</p>"),
        ("&nosuch; &", "<p>&amp;nosuch; &amp;</p>"),
        ("`&lt;`", "<p><code>&amp;lt;</code></p>"),
        ("]]> --> </script>", "<p>]]&gt; --&gt; &lt;/script&gt;</p>"),
        ("\u202eevil\u202c \u2066x\u2069 \u200b\ufeff", "<p>\u202eevil\u202c \u2066x\u2069 \u200b\ufeff</p>"),
        ("مرحبا *بالعالم* (123)", "<p>مرحبا <em>بالعالم</em> (123)</p>"),
        ("👩‍👩‍👧‍👦 🏳️‍🌈", "<p>👩‍👩‍👧‍👦 🏳️‍🌈</p>"),
        ("a\u2028b\u2029c", "<p>a\u2028b\u2029c</p>"),
    ],
)
def test_characters_stay_what_they_are(markdown: str, html: str) -> None:
    assert to_html(markdown) == html


NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")


@pytest.mark.parametrize(
    "markdown",
    [
        *("a{}b", "`{}`", "<p>{}</p>", "<b>{}</b>", "    {}", "<pre>{}</pre>", "<li>{}", "# {}", "| {} |\n|---|"),
        *("[a](https://a.example/{})", "[a](https://a.example '{}')", "![{}](https://a.example)", "[{}](b)"),
        *("<a href='https://a.example/{}'>a</a>", "<a title='{}'>a</a>", "<abbr title='{}'>a</abbr>"),
        *("<ol start='{}'><li>a</ol>", "<p>\n{}", "<table><td>{}", "<script>{}", "<q>{}</q>"),
    ],
)
def test_no_entity_makes_what_a_feed_cannot_carry(markdown: str) -> None:
    """One such character makes the whole feed unreadable."""
    for entity in ("&#0;", "&#1;", "&#x1B;", "&#13;", "&#xC;", "&#xD800;", "&#xFFFE;", "&#xFFFF;"):
        for text in (to_html(markdown.format(entity)), to_text(markdown.format(entity))):
            assert not NO_TEXT.search(text), entity


# Size.


@pytest.mark.slow
@pytest.mark.parametrize("part", [
    *("[", "]", "![", "[a](", "[](", "[[]", "*", "_", "*a ", "**a_b ", "~~a ", "`", "`a``", "<", "<a ", "<b>"),
    *("&", "&#", "\\", ">", "> ", ">a\n", "- ", "- a\n", "1. ", "#", "|", "|a", "a|b\n", "x", "x ", "x\n"),
    *("\t", "[a]: https://a.example\n", "[^a]: b\n", "[a]:\n", "```\n", "<div>", "<table><td>", "<p><b>", " "),
    *("<a href='https://a.example'>", "<script>", "<!--", "[x](<", "[x](a '", "(", "<https://a", "字", "👩‍🚀"),
])  # fmt: skip
def test_whatever_a_body_repeats_is_rendered(part: str) -> None:
    """Twice the text takes about twice the time; if it took four times as long, this would not end."""
    assert len(to_text((part * 20_000)[:20_000])) <= 20_000


@pytest.mark.slow
@pytest.mark.parametrize("part", ["字", "word ", "*word* ", "word\n\n", "אב ", "[a](https://a.example) "])
def test_the_longest_body_is_rendered(part: str) -> None:
    """All words are there."""
    (word,), times = re.findall(r"\w+", part)[:1], 50_000 // len(part)
    assert to_text(part * times).count(word) == times


@pytest.mark.parametrize(
    ("opening", "closing"),
    [
        *((">", ""), ("> ", ""), ("- ", ""), ("1. ", ""), ("> - ", ""), ("<b>", "</b>"), ("<blockquote>", "")),
        *(("[", "]"), ("[", "](https://a.example)"), ("![", "](https://a.example)"), ("[![", "](a)](b)")),
        *(("*", "*"), ("**a ", "**"), ("(", ")"), ("~~a", "~~")),
    ],
)
def test_what_is_nested_too_deeply_is_text(opening: str, closing: str) -> None:
    """The text is there, and deep nesting exhausts no stack."""
    for deep in (1, 9, 20, 21, 100, 3_000):
        markdown = f"{opening * deep}needle{closing * deep}\n\nafter"
        assert to_text(markdown).count("needle") == 1
        assert to_html(markdown).endswith("after</p>" if not opening.startswith("<") else ">")


def test_lists_nest() -> None:
    """Lists nest nine levels deep. The items of deeper lists are shown too."""
    html = to_html("\n".join(f"{'  ' * depth}- item {depth}" for depth in range(30)))
    assert html.count("<ul>") == 9
    assert all(f"item {depth}" in html for depth in range(30))


# Plain text.


@pytest.mark.parametrize(
    ("markdown", "text"),
    [
        ("", ""),
        ("The company\nsaid *so*.\n\nAnd `more`", "The company said so.\nAnd more"),
        ("a  \nb<br>c", "a\nb\nc"),
        ("- a\n- b\n  - c\n\n1. d", "a\nb\nc\nd"),
        ("| a | b |\n| - | - |\n| 1 | 2 |", "a\nb\n1\n2"),
        ("# a\nb\n***\nc\n> d", "a\nb\nc\nd"),
        ("```\na\n\n  b\n```\nc", "a\nb\nc"),
        ("<p>a</p><p>b</p><dl><dt>c<dd>d</dl>", "a\nb\nc\nd"),
        ("<b>a</b>b H<sub>2</sub>O", "ab H2O"),
        ("5 < 6 &amp; 7 &lt;b&gt; &amp;lt;", "5 < 6 & 7 <b> &lt;"),
        ("[a](https://b.example) ![c](https://d.example) [e](f)", "a c e"),
        ("a[^1]\n\n[^1]: b", "a[^1]\n[^1]: b"),
        ("\u05d0 \u202eb\u202c \U0001f600", "\u05d0 \u202eb\u202c \U0001f600"),
    ],
)
def test_plain_text_is_a_paragraph_a_line(markdown: str, text: str) -> None:
    assert to_text(markdown) == text


@given(st.text("<>/\"'=()[]!#*`&;: \nabscript", max_size=60))
def test_plain_text_has_what_is_shown(markdown: str) -> None:
    """The plain text has the words of the HTML in their order."""
    shown = etree.HTML(f"<div>{to_html(markdown)}</div>")
    words = "".join(shown.itertext()) if shown is not None else ""
    assert "".join(to_text(markdown).split()) == "".join(words.split())


@given(
    st.text(
        st.one_of(
            st.sampled_from("abcXYZ .,;:'\"?()%$-+=#|@{}^/0123456789\u2014\u2019é字\n\u00a0\u2028\t"),
            st.sampled_from("\\`*_[]!&<>~"),
            st.characters(exclude_categories=["Cs"]),
        ),
        max_size=40,
    )
    | st.lists(st.from_regex(r"[a-zA-Z][a-z0-9 .,;:'\"?()%$+=#|@{}^/-]*", fullmatch=True), max_size=3).map(
        "\n\n".join
    )
)
@example("Ünï — “quoted” text; 5% of $3 (a+b=c) #1 | that's 'it'.\n\nAnd 1. more")
@example("a\n\n\nb")
@example("")
@example("www.example.org and https://example.org/a-b?c=d")
def test_what_has_no_markup_in_it_is_as_if_it_had_been_parsed(markdown: str) -> None:
    """The shortcut for a body without markup renders what the parser renders."""
    shorter = to_html(markdown), to_text(markdown)
    to_html.cache_clear()
    to_text.cache_clear()
    with mock.patch.object(markup, "_plain", return_value=None):
        assert (to_html(markdown), to_text(markdown)) == shorter
    to_html.cache_clear()
    to_text.cache_clear()


@pytest.mark.parametrize("text", ["mailto:a?b@c.example", "https://a:99999/"])
def test_an_address_that_leads_nowhere_is_no_link(text: str) -> None:
    assert to_html(text) == f"<p>{text}</p>"
