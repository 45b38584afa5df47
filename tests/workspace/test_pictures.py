"""The stored files of a picture: what they keep of the given file, and which files are refused."""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Callable
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms, PngImagePlugin

from tests.pictures import drawing, jpeg, saved
from tracker.domain.events import Image as Stated
from tracker.errors import BadInput
from tracker.workspace import pictures

SECRET = "qxzv"
"""What metadata say in these tests, and no stored file may."""


def taken(path: Path, data: bytes, name: str = "given") -> tuple[dict[str, Any], dict[str, bytes]]:
    """The values of the picture in a file of these bytes, and its stored files by name."""
    (path / name).write_bytes(data)
    files: dict[str, bytes] = {}
    return pictures.of_draft({"file": str(path / name), "alt": "A drawing"}, files), files


def opened(files: dict[str, bytes], name: str) -> Any:
    picture = Image.open(BytesIO(files[name]))
    picture.load()
    return picture


def exif(**more: Any) -> Any:
    """Metadata as a camera writes them: maker, place, thumbnail and orientation."""
    given = Image.Exif()
    given[0x010F] = given[0x0131] = SECRET
    given[0x0112] = more.get("orientation", 1)
    given.get_ifd(0x8825).update({1: "N", 2: (52.0, 30.0, 0.0), 29: SECRET})
    return given


def swapped_profile() -> bytes:
    """The profile of a device whose red and green are those of sRGB the other way round."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    (count,) = struct.unpack(">I", profile[128:132])
    tags = {bytes(profile[at : at + 4]): at for at in range(132, 132 + 12 * count, 12)}
    red, green = tags[b"rXYZ"] + 4, tags[b"gXYZ"] + 4
    profile[red : red + 8], profile[green : green + 8] = profile[green : green + 8], profile[red : red + 8]
    return bytes(profile)


XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{SECRET}</x:xmpmeta>".encode()
TEXTS = PngImagePlugin.PngInfo()
TEXTS.add_text("Comment", SECRET)
TEXTS.add_text("Long", SECRET * 100, zip=True)
TEXTS.add_itxt("XML:com.adobe.xmp", XMP.decode())

GIVEN: dict[str, Callable[[], bytes]] = {
    "jpg": lambda: jpeg(1200, 400, exif=exif(), comment=SECRET, xmp=XMP, icc_profile=swapped_profile()),
    "jpg-cmyk": lambda: saved(drawing(mode="CMYK"), "JPEG", exif=exif()),
    "jpg-grey": lambda: saved(drawing(mode="L"), "JPEG", exif=exif(), comment=SECRET),
    "jpg-of-two-views": lambda: saved(
        drawing(), "MPO", save_all=True, append_images=[drawing(seed=2)], exif=exif()
    ),
    "png": lambda: saved(drawing(mode="RGBA"), "PNG", exif=exif(), pnginfo=TEXTS, dpi=(300, 300)),
    "png-of-colours": lambda: saved(drawing(mode="P"), "PNG", pnginfo=TEXTS),
    "png-of-two": lambda: saved(drawing(mode="1"), "PNG", pnginfo=TEXTS),
    "png-of-16-bits": lambda: saved(drawing(mode="L").convert("I;16"), "PNG", pnginfo=TEXTS),
    "webp": lambda: saved(drawing(), "WEBP", exif=exif(), xmp=XMP, icc_profile=swapped_profile()),
    "gif": lambda: saved(drawing(mode="P"), "GIF", comment=SECRET),
}
ENDINGS = {"gif": "png"}


@pytest.mark.parametrize("name", GIVEN)
def test_only_the_pixels_are_stored(tmp_path: Path, name: str) -> None:
    """Place, camera, software, comments, texts and profile are in the given file and not in the stored ones."""
    given = GIVEN[name]()
    values, files = taken(tmp_path, given)
    for stored, data in files.items():
        assert stored == f"{sha256(data).hexdigest()}.{ENDINGS.get(name, name.partition('-')[0])}"
        picture = opened(files, stored)
        assert not picture.getexif()
        assert {*picture.info} <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive",
                                   "progression", "loop", "background", "timestamp", "duration"}  # fmt: skip
        assert SECRET.encode() not in data
        assert b"ICC" not in data
        assert b"http://ns.adobe.com" not in data
    assert Stated(**values).bytes == len(files[values["file"]])
    assert opened(files, values["file"]).size == (values["width"], values["height"])
    assert opened(files, values["small"]).size == (values["small_width"], values["small_height"])


def test_the_secrets_were_there() -> None:
    """A control: each given file but those without metadata has what the stored one must not have."""
    for name, made in GIVEN.items():
        data = made()
        picture = Image.open(BytesIO(data))
        picture.load()
        assert SECRET in repr({**picture.info, **picture.getexif()}), name


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_stored_upright(tmp_path: Path, orientation: int) -> None:
    """The camera was held in one of eight ways, and says so in the metadata that are not stored."""
    red_corner = Image.new("RGB", (60, 40), "white")
    red_corner.paste("red", (0, 0, 20, 20))
    turned = {1: (0, 0), 2: (1, 0), 3: (1, 1), 4: (0, 1), 5: (0, 0), 6: (1, 0), 7: (1, 1), 8: (0, 1)}
    values, files = taken(tmp_path, saved(red_corner, "JPEG", exif=exif(orientation=orientation), quality=95))
    picture = opened(files, values["file"])
    assert picture.size == ((60, 40) if orientation < 5 else (40, 60))
    right, down = turned[orientation]
    red, green, _ = picture.getpixel((right * (picture.width - 1), down * (picture.height - 1)))
    assert red > 200
    assert green < 60


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_the_colours_of_a_profile_are_converted(tmp_path: Path, format: str) -> None:
    """Red by a profile that swaps red and green is stored as green, because the profile is not stored."""
    red = Image.new("RGB", (40, 40), (255, 0, 0))
    values, files = taken(tmp_path, saved(red, format, icc_profile=swapped_profile()))
    stored_red, stored_green, _ = opened(files, values["file"]).convert("RGB").getpixel((20, 20))
    assert stored_green > 180 > 80 > stored_red


def test_colours_with_transparency_are_converted_too(tmp_path: Path) -> None:
    red = Image.new("RGBA", (40, 40), (255, 0, 0, 128))
    values, files = taken(tmp_path, saved(red, "PNG", icc_profile=swapped_profile()))
    stored_red, stored_green, _, alpha = opened(files, values["file"]).getpixel((20, 20))
    assert stored_green > 180 > 80 > stored_red
    assert alpha == 128


def test_a_broken_profile_is_left_out(tmp_path: Path) -> None:
    values, files = taken(tmp_path, jpeg(icc_profile=b"no profile"))
    assert opened(files, values["file"]).getpixel((0, 0)) == pytest.approx((200, 220, 240), abs=8)


def test_transparency_and_grey_values_are_kept(tmp_path: Path) -> None:
    clear = Image.new("P", (8, 8), 0)
    values, files = taken(tmp_path, saved(clear, "GIF", transparency=0))
    assert opened(files, values["file"]).getpixel((0, 0))[3] == 0
    grey = Image.new("I;16", (8, 8), 128 * 256)
    values, files = taken(tmp_path, saved(grey, "PNG"))
    assert opened(files, values["file"]).getpixel((0, 0)) == 128


@pytest.mark.parametrize(
    ("size", "small"),
    [((960, 700), (960, 700)), ((961, 480), (960, 480)), ((700, 1920), (350, 960)), ((5000, 2), (960, 1))],
)
def test_the_smaller_size(tmp_path: Path, size: tuple[int, int], small: tuple[int, int]) -> None:
    """The longer side has 960 pixels at most. A picture that has no more needs no second file."""
    values, files = taken(tmp_path, jpeg(*size))
    assert (values["small_width"], values["small_height"]) == small
    assert len(files) == (1 if size == small else 2)


def animation(format: str) -> bytes:
    return saved(drawing(), format, save_all=True, append_images=[drawing(seed=2), drawing(seed=3)])


def bomb(width: int, height: int) -> bytes:
    """A PNG file of a few kB that is as large as this when it is decoded."""
    head = saved(Image.new("1", (1, 1)), "PNG")
    header = struct.pack(">4sIIBBBBB", b"IHDR", width, height, 1, 0, 0, 0, 0)
    import zlib

    return head[:12] + header + struct.pack(">I", zlib.crc32(header)) + head[33:]


KINDS = "given is no picture of a kind that tracker can read; JPEG, PNG, WebP and GIF work"
BROKEN = "given is broken or cut short; save it again with a program that can show it"
ANIMATION = "given is an animation of 3 frames; save one of them as a picture"
REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "given is empty"),
    "text": (lambda: b"a text", KINDS),
    "bmp": (lambda: saved(drawing(), "BMP"), KINDS),
    "tiff": (lambda: saved(drawing(), "TIFF"), KINDS),
    "svg": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", KINDS),
    "heic": (lambda: b"\0\0\0\x18ftypheic" + bytes(100), KINDS),
    "riff": (lambda: b"RIFF\0\0\0\0WAVE" + bytes(100), KINDS),
    "jpeg-begun": (lambda: jpeg()[:20], BROKEN),
    "jpeg-half": (lambda: jpeg(400, 300)[:4000], BROKEN),
    "png-half": (lambda: saved(drawing(400, 300), "PNG")[:3000], BROKEN),
    "webp-half": (lambda: saved(drawing(400, 300), "WEBP")[:2000], BROKEN),
    "gif-half": (lambda: saved(drawing(400, 300, "P"), "GIF")[:2000], BROKEN),
    "png-of-no-pixels": (lambda: bomb(0, 0), BROKEN),
    "gif-moves": (lambda: animation("GIF"), ANIMATION),
    "webp-moves": (lambda: animation("WEBP"), ANIMATION),
    "png-moves": (lambda: animation("PNG"), ANIMATION),
    "large": (lambda: bomb(10_000, 5_001), "given has 10,000 × 5,001 pixels; 50 million is the most. Save it"),
    "bomb": (lambda: bomb(2**31 - 1, 2**31 - 1), "given has 2,147,483,647 × 2,147,483,647 pixels; 50 million"),
    "heavy": (lambda: jpeg() + bytes(20_000_001), "/given has more than 20 MB; save it smaller"),
    "text-bomb": (lambda: _with_text(b"x" * 200_000_000), BROKEN),
}


def _with_text(text: bytes) -> bytes:
    """A PNG file with a compressed text that is as long as this when it is unpacked."""
    import zlib

    data = saved(drawing(), "PNG")
    chunk = b"zTXtComment\0\0" + zlib.compress(text)
    return data[:33] + struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk)) + data[33:]


@pytest.mark.slow
@pytest.mark.parametrize("name", REFUSED)
def test_refused(tmp_path: Path, name: str) -> None:
    """A file that is no picture, or none that can be kept, is refused by its name, with the next step."""
    made, reason = REFUSED[name]
    with pytest.raises(BadInput) as refused:
        taken(tmp_path, made())
    assert reason in refused.value.reason
    assert refused.value.field == "image"


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name, reason in {
        "missing.jpg": "No such file or directory",
        "": "is a folder",
        "pipe": "is a FIFO",
        "a\0b": "embedded null",
    }.items():
        with pytest.raises(BadInput, match=reason):
            pictures.of_draft({"file": f"{tmp_path}/{name}", "alt": "x"}, {})


def test_a_text_is_checked_before_the_picture_is_decoded(tmp_path: Path) -> None:
    for alt, reason in {"": "is missing; say what the picture shows", "a\nb": "has to be one line"}.items():
        with pytest.raises(BadInput, match=reason) as refused:
            pictures.of_draft({"file": str(tmp_path / "none"), "alt": alt}, {})
        assert refused.value.field == "image.alt"
    with pytest.raises(BadInput, match="name the file of the picture"):
        pictures.of_draft({"alt": "x"}, {})


def test_without_pillow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The refusal names the extra."""
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(BadInput, match=r"a picture needs the extra images: pip install 'storyfold\[images\]'"):
        taken(tmp_path, b"anything")


def test_the_same_picture_is_the_same_file(tmp_path: Path) -> None:
    """So it is stored once, however often it is shown."""
    first, _ = taken(tmp_path, jpeg(seed := 64, exif=exif()), "one.jpg")
    second, _ = taken(tmp_path, jpeg(seed, exif=exif(orientation=1)), "two.jpg")
    assert first["file"] == second["file"]
