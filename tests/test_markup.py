"""Bodies to HTML: what Markdown means, and that nothing harmful gets through."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.markup import to_html


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


@pytest.mark.parametrize("address", ["https://a.example/?b=c&d", "http://a.example", "HTTPS://a.example"])
def test_absolute_links_are_links(address: str) -> None:
    assert to_html(f"[a]({address})") == f'<p><a href="{address.replace("&", "&amp;")}">a</a></p>'


def test_a_links_title_is_kept() -> None:
    assert to_html('[a](https://a.example "T")') == '<p><a href="https://a.example" title="T">a</a></p>'


@pytest.mark.parametrize(
    "address",
    [
        *("javascript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd"),
        *("mailto:a@b.example", "/relative", "relative", "../up", "#fragment", "?query", "//a.example"),
    ],
)
def test_other_links_are_text(address: str) -> None:
    """Relative ones would lead elsewhere from a feed reader; other schemes run or reveal something."""
    for markdown in (f"[a]({address})", f'<a href="{address}">a</a>', f"[a]\n\n[a]: {address}"):
        assert "href" not in to_html(markdown)


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


@given(st.text("<>/\"'=()[]!#*`&;: \nabjsrciptonhef", max_size=60))
def test_no_text_at_all_becomes_harmful(markdown: str) -> None:
    assert not harmful(to_html(markdown))


def test_what_is_harmful_would_be_noticed() -> None:
    """The control of the law above."""
    assert harmful("<p onclick='x'><script>") == {"script", "onclick"}
