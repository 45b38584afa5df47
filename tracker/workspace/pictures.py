"""Make the stored files of a picture: without its metadata, upright, in sRGB, and once more in a smaller size.

::

    photo.jpg ──check: kind, size, pixels──▶ decode all ──turn, convert, forget the rest──▶ encode ──▶ two files

The stored files are encoded again from the pixels. So they have no place, camera, thumbnail, profile or comment
of the given file, and nothing that was hidden in it. Only ``tracker add`` and ``tracker correct`` do this, and
only if they are given a picture, because Pillow is an extra. The publisher copies the stored files, so a
publication has the same bytes on every machine.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from tracker import extras
from tracker.domain import values
from tracker.domain.events import TYPED_OF_IMAGE, Image
from tracker.errors import BadInput, InTheWay
from tracker.log.beside import of_a_file
from tracker.startup import sha256

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

MOST_BYTES = 20_000_000
"""The most bytes of a picture, as it is given and as it is stored."""

MOST_PIXELS = 50_000_000

SMALL = 960
"""The pixels of the longer side of the smaller size."""

_FORMATS = ("JPEG", "PNG", "WEBP", "GIF")
_WORK = "JPEG, PNG, WebP and GIF work"

_BEGINNINGS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a")

_SAVED: dict[str, tuple[str, dict[str, Any]]] = {
    "JPEG": ("jpg", {"quality": 90, "optimize": True, "progressive": True}),
    "PNG": ("png", {}),
    "WEBP": ("webp", {"quality": 90, "method": 4}),
}
"""The ending and the settings of each format in which pictures are stored."""

TEXTS = TYPED_OF_IMAGE[1:]


class _Stored(NamedTuple):
    """A file to store: its name, its bytes, and its size in pixels."""

    name: str
    data: bytes
    width: int
    height: int


def of_draft(typed: Mapping[str, Any], files: dict[str, bytes]) -> dict[str, Any]:
    """Returns the values of a picture from typed ones, which have a path as ``file``. Puts the files to store into
    ``files``. Raises BadInput."""
    texts = {name: typed[name] for name in TEXTS if typed.get(name)}
    path = typed.get("file", "")
    if not path:
        raise BadInput("is missing; name the file of the picture", field="image")
    if not str(texts.get("alt", "")).strip():
        raise BadInput("is missing; say what the picture shows, for readers who cannot see it", field="image.alt")
    for name, text in texts.items():
        _check_text(name, text)
    whole, small = _files(_read(path), os.path.basename(path) or path)
    files |= {each.name: each.data for each in (whole, small)}
    return {
        "file": whole.name, "width": whole.width, "height": whole.height, "bytes": len(whole.data),
        "small": small.name, "small_width": small.width, "small_height": small.height,
        "small_bytes": len(small.data), **texts,
    }  # fmt: skip


def of_correction(typed: Mapping[str, Any], image: Image | None, files: dict[str, bytes]) -> dict[str, Any]:
    """Returns the same for a correction of an event with this picture. If the file stays, only the texts are
    returned; None empties one."""
    if image and typed.get("file") in (None, "", image.file):
        return {name: typed.get(name) or None for name in TEXTS}
    return of_draft(typed, files)


def _check_text(name: str, text: Any) -> None:
    """Refuses a text before the picture is decoded, which takes longer."""
    try:
        values.check_field(Image, name, text)
    except BadInput as error:
        raise BadInput(error.reason, field=f"image.{name}") from None


def _read(path: str) -> bytes:
    """Returns the bytes of a file. Raises BadInput if it cannot be read, or is too large."""
    path = os.path.expanduser(path)
    try:
        with open(os.path.realpath(path), "rb", opener=of_a_file) as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, ValueError, InTheWay) as error:
        reason = (
            f"is {error.what.removesuffix(' is in the way of a file')}"
            if isinstance(error, InTheWay)
            else (getattr(error, "strerror", None) or str(error))
        )
        raise BadInput(f"{path}: {reason}", field="image") from None
    if len(data) > MOST_BYTES:
        raise BadInput(f"{path} has more than {MOST_BYTES // 1_000_000} MB; save it smaller", field="image")
    return data


@lru_cache(maxsize=1)
def _files(data: bytes, name: str) -> tuple[_Stored, _Stored]:
    """Returns the picture in these bytes as it is stored, in both sizes. Raises BadInput, which calls it
    ``name``."""
    try:
        import PIL.Image
    except ImportError:
        raise BadInput(f"a picture needs {extras.needed('images')}", field="image") from None
    limit, PIL.Image.MAX_IMAGE_PIXELS = PIL.Image.MAX_IMAGE_PIXELS, None  # checked here, before it is decoded
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about metadata, which is not kept
            with PIL.Image.open(BytesIO(data), formats=_FORMATS) as picture:
                return _both(picture, name)
    except BadInput:
        raise
    except Exception as error:  # a decoder raises what it likes
        raise BadInput(_refusal(data, name, error), field="image") from None
    finally:
        PIL.Image.MAX_IMAGE_PIXELS = limit


def _refusal(data: bytes, name: str, error: Exception) -> str:
    """Returns the message on a file that cannot be decoded."""
    if not data:
        return f"{name} is empty"
    known = data.startswith(_BEGINNINGS) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")
    if not known:
        return f"{name} is no picture of a kind that tracker can read; {_WORK}"
    what = "is too large to be decoded" if isinstance(error, MemoryError) else "is broken or cut short"
    return f"{name} {what}; save it again with a program that can show it"


def _both(picture: Picture, name: str) -> tuple[_Stored, _Stored]:
    width, height = picture.size
    if width * height > MOST_PIXELS:
        pixels = f"{width:,} × {height:,} pixels"
        raise BadInput(
            f"{name} has {pixels}; {MOST_PIXELS // 1_000_000} million is the most. Save it smaller", field="image"
        )
    if picture.format != "MPO" and getattr(picture, "n_frames", 1) > 1:  # MPO: a photo with a second view
        raise BadInput(
            f"{name} is an animation of {getattr(picture, 'n_frames', 0)} frames; save one of them as a picture",
            field="image",
        )
    format = {"MPO": "JPEG", "GIF": "PNG"}.get(str(picture.format), str(picture.format))
    clean = _clean(picture, is_jpeg=format == "JPEG")
    whole = _stored(clean, format, name)
    if max(clean.size) <= SMALL:
        return whole, whole
    clean.thumbnail((SMALL, SMALL))
    return whole, _stored(clean, format, name)


def _clean(picture: Picture, *, is_jpeg: bool) -> Picture:
    """Returns the pixels of a picture: upright, in sRGB or grey, without anything else of the file."""
    from PIL import ImageOps

    profile = picture.info.get("icc_profile")
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    if upright.mode.startswith(("I", "F")):  # 16 bits a pixel
        upright = upright.point(lambda value: value / 256).convert("L")
    has_alpha = not is_jpeg and (
        upright.mode in ("LA", "La", "PA", "RGBA", "RGBa") or "transparency" in upright.info
    )
    plain = upright.convert("RGBA") if has_alpha else _in_srgb(upright, profile)
    if has_alpha and profile:
        colours = _in_srgb(plain.convert("RGB"), profile)
        colours.putalpha(plain.getchannel("A"))
        plain = colours
    plain.info.clear()
    return plain


def _in_srgb(picture: Picture, profile: bytes | None) -> Picture:
    """Returns the picture in sRGB or grey. If its profile cannot be used, its numbers are taken as sRGB."""
    grey = picture.mode in ("1", "L", "LA")
    plain = picture.convert("RGB") if picture.mode not in ("1", "L", "LA", "RGB", "CMYK") else picture
    if profile and plain.mode in ("RGB", "CMYK", "L"):
        from PIL import ImageCms

        try:
            given = ImageCms.ImageCmsProfile(BytesIO(profile))
            changed = ImageCms.profileToProfile(plain, given, ImageCms.createProfile("sRGB"), outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            changed = None
        if changed is not None:
            return changed.convert("L") if grey else changed
    return plain.convert("L" if grey else "RGB")


def _stored(picture: Picture, format: str, name: str) -> _Stored:
    """Returns the file to store. Raises BadInput if it is too large."""
    ending, settings = _SAVED[format]
    file = BytesIO()
    picture.save(file, format, **settings)
    data = file.getvalue()
    if len(data) > MOST_BYTES:
        raise BadInput(
            f"{name} takes {len(data) // 1_000_000} MB as it would be stored; {MOST_BYTES // 1_000_000} MB is the"
            " most. Save it smaller, or as JPEG",
            field="image",
        )
    return _Stored(f"{sha256(data).hexdigest()}.{ending}", data, *picture.size)
