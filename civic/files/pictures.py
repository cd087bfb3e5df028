"""Inside the cage only: decode a picture, turn it upright, bring it to sRGB, make it small, write it new.

The new file is made from pixels alone, so no metadata block can come along (promise U5). Position and time of the
photo are read first and handed back as raw values for the sender to accept or not (promise S11).
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from PIL import AvifImagePlugin, ExifTags, Image, ImageCms, MpoImagePlugin, TiffImagePlugin

MAX_PIXELS = 50_000_000
MAIN_EDGE = 2048
THUMB_EDGE = 480
_QUALITY = 85
UNITS = 10_000
"""Boxes are given in ten-thousandths of the upright picture, so that they fit every size of it."""
BLOCKS, SHADE, INK = 5, 32, (24, 24, 24)
Box = tuple[int, int, int, int, str]
"""Left, top, width, height, and fill or pixel."""
_THUMB_QUALITY = 78
_FORMATS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "heic": "HEIF", "avif": "AVIF"}
# Pillow imports these only when a photo has EXIF or several frames; in the cage that would be too late.
_EARLY = (AvifImagePlugin, MpoImagePlugin, TiffImagePlugin)
_LOSSLESS = frozenset({"png", "webp"})  # screenshots: keep the edges of coloured text


class Refused(Exception):
    """Not accepted; `code` is too_many_pixels, not_what_it_was or damaged."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class Picture:
    """Two JPEG files without metadata, the size of the first, and what the original's EXIF said."""

    main: bytes
    thumb: bytes
    width: int
    height: int
    exif: dict[str, Any]


def prepare(kind: str) -> None:
    """Loads everything needed for a kind while files may still be opened, by running a tiny picture through."""
    Image.MAX_IMAGE_PIXELS = None  # our own limit is checked on the header, before any decoding
    for encoding in ("ascii", "latin-1", "utf-16", "utf-16-le", "utf-16-be"):
        "".encode(encoding)
    if kind == "heic":
        import pillow_heif

        pillow_heif.options.DECODE_THREADS = 1
        pillow_heif.register_heif_opener()
    with io.BytesIO() as file:
        # Not every build can write HEIC and AVIF; their decoders are in memory once imported, so a JPEG will do.
        format_ = _FORMATS[kind] if kind in ("png", "webp") else "JPEG"
        profile = ImageCms.ImageCmsProfile(_srgb()).tobytes()
        sample = Image.new("RGB", (16, 16), (120, 130, 140))
        sample.save(file, format_, icc_profile=profile, exif=_sample_exif())
        clean(file.getvalue(), kind if format_ != "JPEG" else "jpeg", ((0, 0, 5000, 5000, "fill"), (0, 0, 10_000, 10_000, "pixel")))


def _sample_exif() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 1
    exif[ExifTags.Base.DateTime] = "2020:01:01 00:00:00"
    exif[ExifTags.Base.XResolution] = 72.0
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2020:01:01 00:00:00"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (1.0, 1.0, 1.0)
    return exif


def clean(data: bytes, kind: str, boxes: Iterable[Box] = ()) -> Picture:
    """A picture of a kind (jpeg, png, webp, heic, avif) made new; Refused, or anything a decoder raises.

    What lies in `boxes` is replaced before anything is encoded: nothing of it is in either file.
    """
    with Image.open(io.BytesIO(data), formats=(_FORMATS[kind],)) as image:
        _check_size(image)
        exif = _exif(image)
        image.draft("RGB", (MAIN_EDGE, MAIN_EDGE))  # JPEG only: decode a huge photo at 1/2, 1/4 or 1/8
        image.load()
        _check_size(image)
        pixels = _upright_rgb(image)
    main = _fresh(pixels)
    for box in boxes:
        _mask(main, box)
    thumb = main.copy()
    thumb.thumbnail((THUMB_EDGE, THUMB_EDGE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    sharp = kind in _LOSSLESS
    return Picture(
        _encode(main, _QUALITY, sharp=sharp), _encode(thumb, _THUMB_QUALITY, sharp=False), main.width, main.height, exif
    )


def _mask(image: Image.Image, box: Box) -> None:
    """Covers one box: one dark colour, or (faces only) at most `BLOCKS` coarse blocks of few shades.

    Never a blur: that can be turned back, and so can a fine mosaic over digits, which is why plates and numbers are filled.
    """
    x, y, w, h, style = box
    left, top = x * image.width // UNITS, y * image.height // UNITS
    right, bottom = -(-(x + w) * image.width // UNITS), -(-(y + h) * image.height // UNITS)
    area = (max(left, 0), max(top, 0), min(right, image.width), min(bottom, image.height))
    if area[0] >= area[2] or area[1] >= area[3]:
        return
    if style != "pixel":
        image.paste(INK, area)
        return
    size = area[2] - area[0], area[3] - area[1]
    step = max(min(size) / BLOCKS, 1.0)
    few = image.crop(area).resize((max(1, round(size[0] / step)), max(1, round(size[1] / step))), Image.Resampling.BOX)
    coarse = few.point([value // SHADE * SHADE + SHADE // 2 for value in range(256)] * 3)
    image.paste(coarse.resize(size, Image.Resampling.NEAREST), area)


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    if width < 1 or height < 1:
        raise Refused("damaged")
    if width * height > MAX_PIXELS:
        raise Refused("too_many_pixels")


def _upright_rgb(image: Image.Image) -> Image.Image:
    """At most MAIN_EDGE long, sRGB, no alpha, turned as the camera meant it."""
    profile = image.info.get("icc_profile")
    turn = _orientation(image)
    work = _plain_mode(image)
    work.thumbnail((MAIN_EDGE, MAIN_EDGE), Image.Resampling.LANCZOS, reducing_gap=2.0)
    work = _on_white(_to_srgb(work, profile))
    return work.transpose(turn) if turn is not None else work


def _plain_mode(image: Image.Image) -> Image.Image:
    """A mode that can be scaled: grey, colour or CMYK, with or without alpha, 8 bits."""
    if image.mode.startswith("I;16") or image.mode == "I":
        return image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.mode in ("RGB", "RGBA", "L", "CMYK"):
        return image.copy()
    transparent = "transparency" in image.info or image.mode in ("LA", "La", "PA", "RGBa")
    return image.convert("RGBA" if transparent else "RGB")


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours a screen expects; a damaged or foreign profile is ignored rather than the photo refused."""
    if profile and image.mode in ("RGB", "RGBA", "CMYK", "L"):
        target = "RGBA" if image.mode == "RGBA" else "RGB"
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            changed = ImageCms.profileToProfile(image, source, _srgb(), outputMode=target)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            changed = None
        if changed is not None:
            return changed
    return image if image.mode in ("RGB", "RGBA") else image.convert("RGB")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode != "RGBA":
        return image
    page = Image.new("RGB", image.size, (255, 255, 255))
    page.paste(image, mask=image.getchannel("A"))
    return page


def _srgb() -> Any:
    return ImageCms.createProfile("sRGB")


_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def _orientation(image: Image.Image) -> Image.Transpose | None:
    try:
        return _TURNS.get(int(image.getexif().get(ExifTags.Base.Orientation, 1)))
    except Exception:  # a damaged EXIF block costs the turn, not the photo
        return None


def _fresh(image: Image.Image) -> Image.Image:
    """The same pixels in an image object that never saw the original file's blocks."""
    fresh = Image.new("RGB", image.size)
    fresh.paste(image)
    return fresh


def _encode(image: Image.Image, quality: int, *, sharp: bool) -> bytes:
    with io.BytesIO() as file:
        image.save(file, "JPEG", quality=quality, subsampling=0 if sharp else 2, optimize=True)
        return file.getvalue()


def _exif(image: Image.Image) -> dict[str, Any]:
    """Raw position (degrees), time and zone of the photo, each left out when missing, damaged or impossible."""
    found: dict[str, Any] = {}
    try:
        block = image.getexif()
        shot, gps = block.get_ifd(ExifTags.IFD.Exif), block.get_ifd(ExifTags.IFD.GPSInfo)
    except Exception:  # hostile EXIF raises from deep inside; then there is simply nothing to offer
        return found
    lat = _degrees(gps.get(ExifTags.GPS.GPSLatitude), gps.get(ExifTags.GPS.GPSLatitudeRef), "N", "S", 90)
    lng = _degrees(gps.get(ExifTags.GPS.GPSLongitude), gps.get(ExifTags.GPS.GPSLongitudeRef), "E", "W", 180)
    # A receiver without a fix writes 0, 0, a spot in the Gulf of Guinea.
    if lat is not None and lng is not None and (lat, lng) != (0.0, 0.0):
        found["lng"], found["lat"] = lng, lat
    taken = shot.get(ExifTags.Base.DateTimeOriginal) or block.get(ExifTags.Base.DateTime)
    if isinstance(taken, str):
        found["taken"] = taken[:19]
        zone = shot.get(ExifTags.Base.OffsetTimeOriginal)
        found["zone"] = zone[:6] if isinstance(zone, str) else ""
    return found


def _degrees(parts: Any, ref: Any, plus: str, minus: str, most: int) -> float | None:
    try:
        degrees, minutes, seconds = (float(part) for part in parts)
        sign = {plus: 1, minus: -1}[str(ref).strip("\0 ").upper()]
        value = sign * (degrees + minutes / 60 + seconds / 3600)
    except (TypeError, ValueError, ZeroDivisionError, KeyError, OverflowError):
        return None
    return value if math.isfinite(value) and abs(value) <= most else None
