"""Paint share cards: the picture that a link to a story shows on other sites, as PNG.

A card is a value; the same card always has the same digest, which stands in its file. So a card is painted again
only if what it shows has changed. Other versions of Pillow or other fonts paint other bytes. Needs the extra
``images``.
"""

from __future__ import annotations

from functools import cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from tracker.startup import sha256

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

WIDTH, HEIGHT = 1200, 630
COLOURS = {
    **{"force": "#58aee6", "open": "#eba544", "ended": "#7b858c", "confirmed": "#62cb8e", "reported": "#62cb8e"},
    **{"denied": "#ff8f86", "disputed": "#ff8f86"},
}
_PAPER, _INK = (0x14, 0x17, 0x1A), (0xFF, 0xFF, 0xFF)
_STEPS = 63
_WHITE, _SECOND, _RULE = _STEPS, 48, 9
"""Numbers of colours. The first ones of the palette lead from the paper (0) to the ink in equal steps, so that the
edges of letters are smooth; those of the bars follow."""
_SERIF = ("DejaVuSerif-Bold.ttf", "NotoSerif-Bold.ttf", "LiberationSerif-Bold.ttf", "Georgia Bold.ttf")
_SANS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "LiberationSans-Regular.ttf", "Arial.ttf")
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 1140, 330, 570
MOST_BARS = 12


class Bar(NamedTuple):
    """A part of a bar: its row, its state, and from where to where it runs, in percent."""

    row: int
    state: str
    left: int
    right: int


class Card(NamedTuple):
    """What a card shows: the name of the desk, the status, the title and where the story stands, all as plain
    text, and the bars of the picture of the story."""

    desk: str
    status: str
    title: str
    stands: str
    bars: tuple[Bar, ...]

    @property
    def digest(self) -> str:
        return sha256(repr(self).encode()).hexdigest()

    @property
    def is_paintable(self) -> bool:
        """Whether Pillow is installed, and fonts that are everywhere have the letters of the texts. Scripts from
        right to left would need a shaper."""
        texts = (self.desk, self.status, self.title, self.stands)
        return _has_pillow() and all(
            ord(letter) < 0x590 or 0x2000 <= ord(letter) < 0x2070 for letter in "".join(texts)
        )


@cache
def _has_pillow() -> bool:
    from importlib.util import find_spec

    return find_spec("PIL") is not None


def is_of(card: Card, data: bytes) -> bool:
    """Returns whether a file shows this card."""
    return card.digest.encode() in data[:1000]


def paint(card: Card) -> bytes:
    """Returns the card as a PNG of 1200 × 630 pixels."""
    from PIL import Image, ImageColor, ImageDraw
    from PIL.PngImagePlugin import PngInfo

    picture = Image.new("L", (WIDTH, HEIGHT), 0)  # of numbers of colours: reducing true colours takes 40 ms
    draw = ImageDraw.Draw(picture)
    draw.text((_LEFT, 40), card.desk, _WHITE, _font(_SANS, 24))
    draw.text((_RIGHT, 40), card.status, _SECOND, _font(_SANS, 24), anchor="ra")
    height = _paragraph(draw, card.title, 92, _font(_SERIF, 52), _WHITE, 62, 2)
    _paragraph(draw, card.stands, height + 14, _font(_SANS, 30), _SECOND, 40, 2)
    draw.line((_LEFT, _BOTTOM + 12, _RIGHT, _BOTTOM + 12), _RULE, 2)
    rows = max((each.row for each in card.bars), default=0) + 1
    step = (_BOTTOM - _TOP) / max(rows, 6)
    scale = (_RIGHT - _LEFT) / 100
    for each in card.bars:
        top = _TOP + each.row * step
        box = (_LEFT + each.left * scale, top, _LEFT + max(each.right, each.left + 1) * scale, top + step * 0.6)
        draw.rectangle(box, _STEPS + 1 + list(COLOURS).index(each.state))
    ramp = (
        paper + (ink - paper) * step // _STEPS
        for step in range(_STEPS + 1)
        for paper, ink in zip(_PAPER, _INK, strict=True)
    )
    picture.putpalette([*ramp, *(part for each in COLOURS.values() for part in ImageColor.getrgb(each)[:3])])
    info, file = PngInfo(), BytesIO()
    info.add_text("Card", card.digest)
    picture.save(file, "PNG", pnginfo=info)
    return file.getvalue()


def _paragraph(draw: ImageDraw, text: str, top: int, font: Any, colour: int, leading: int, most: int) -> int:
    """Draws a text in up to ``most`` lines, cut between words. Returns where it ends."""
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if draw.textlength(longer, font) <= _RIGHT - _LEFT:
            lines[-1] = longer
        else:
            lines.append(word)
    if len(lines) > most:
        lines[most - 1 :] = [f"{lines[most - 1]} …"]
    for each in lines:
        draw.text((_LEFT, top), each, colour, font)
        top += leading
    return top


@cache
def _font(names: tuple[str, ...], size: int) -> Any:
    """Returns the first of these fonts that the machine has, or the one of Pillow."""
    from PIL import ImageFont

    for name in names:
        try:
            return ImageFont.truetype(name, size)
        except OSError:
            continue
    return ImageFont.load_default(size)
