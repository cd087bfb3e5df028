"""Pictures drawn from derivatives: a photo in the sizes a channel wants, and the card other sites show for a story.

Only what `clean` has made comes in here (U5), never a sealed original; what goes out is made from pixels alone, so it
carries no metadata either.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont, ImageOps

QUALITY = 88
CARD = (1200, 630)
"""The size Open Graph readers agree on, in pixels."""
PAPER, INK, GREY, RULE, NEWS = "#faf8f3", "#1d1b18", "#524e47", "#c6bdab", "#ad2b19"
_FONTS: Sequence[tuple[str, str, int]] = (
    ("serif", "/usr/share/fonts/opentype/noto/NotoSerifCJK-Bold.ttc", 2),
    ("serif", "/usr/share/fonts/opentype/noto/NotoSansCJK-Bold.ttc", 2),
    ("serif", "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("serif", "/usr/share/fonts/google-noto-cjk/NotoSerifCJK-Bold.ttc", 2),
    ("serif", "/System/Library/Fonts/Supplemental/Songti.ttc", 0),
    ("sans", "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", 2),
    ("sans", "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", 2),
    ("sans", "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", 0),
    ("sans", "/System/Library/Fonts/PingFang.ttc", 0),
)
"""Where fonts with Chinese signs lie, by kind: file and face (2 is Simplified Chinese in the collections of Noto)."""
_NO_START = "，。！？；：、）》」』”’…%"
_NO_END = "（《「『“‘"


@dataclass(frozen=True, slots=True)
class Drawn:
    """A JPEG and its size in pixels; `cropped` when something of the photo is not on it, `enlarged` when it was small."""

    data: bytes
    width: int
    height: int
    cropped: bool
    enlarged: bool


def fit(photo: bytes, width: int, height: int) -> Drawn:
    """A derivative brought to exactly this size, cut evenly from its middle."""
    with Image.open(io.BytesIO(photo), formats=("JPEG", "WEBP", "PNG")) as image:
        image.load()
        plain = image.convert("RGB")
    shape = plain.width * height - plain.height * width
    drawn = ImageOps.fit(plain, (width, height), Image.Resampling.LANCZOS)
    return Drawn(_jpeg(drawn), width, height, abs(shape) > plain.width * 2, plain.width < width or plain.height < height)


def _jpeg(image: Image.Image) -> bytes:
    fresh = Image.new("RGB", image.size)
    fresh.paste(image)
    with io.BytesIO() as file:
        fresh.save(file, "JPEG", quality=QUALITY, subsampling=0, optimize=True)
        return file.getvalue()


# -- the card ---------------------------------------------------------------------------------------------------------


def can_write() -> bool:
    """Whether this machine has a font with Chinese signs; without one a card has a photo and lines, but no words."""
    return _face("serif") is not None


@lru_cache(maxsize=4)
def _face(kind: str) -> tuple[str, int] | None:
    return next(((path, index) for name, path, index in _FONTS if name == kind and Path(path).is_file()), None)


@lru_cache(maxsize=24)
def _font(kind: str, size: int) -> Any:
    found = _face(kind) or _face("serif")
    return ImageFont.truetype(found[0], size, index=found[1]) if found else None


def card(title: str, kicker: str, foot: str, photo: bytes | None = None) -> bytes:
    """The picture other sites show: headline on paper, the photo beside it where there is one; JPEG, 1200 × 630."""
    page = Image.new("RGB", CARD, PAPER)
    pen = ImageDraw.Draw(page)
    right = CARD[0] - 64
    if photo is not None:
        with Image.open(io.BytesIO(photo), formats=("JPEG", "WEBP", "PNG")) as image:
            image.load()
            page.paste(ImageOps.fit(image.convert("RGB"), (430, CARD[1]), Image.Resampling.LANCZOS), (CARD[0] - 430, 0))
        right = CARD[0] - 430 - 48
    pen.rectangle((0, 0, 14, CARD[1]), fill=NEWS)
    pen.line((64, CARD[1] - 108, right, CARD[1] - 108), fill=RULE, width=2)
    if can_write():
        _write(pen, title, kicker, foot, right)
    return _jpeg(page)


def _write(pen: ImageDraw.ImageDraw, title: str, kicker: str, foot: str, right: int) -> None:
    pen.text((64, 60), _one(kicker, _font("sans", 30), right - 64), font=_font("sans", 30), fill=NEWS)
    size, lines = 44, [title]
    for size in (76, 66, 56, 48, 44):
        lines = wrap(title, _font("serif", size).getlength, right - 64)
        if len(lines) * size * 1.32 <= CARD[1] - 108 - 150:
            break
    most = int((CARD[1] - 108 - 150) // (size * 1.32))
    if len(lines) > most:
        lines = [*lines[:most - 1], lines[most - 1][:-1] + "…"]
    for number, line in enumerate(lines):
        pen.text((64, 124 + int(number * size * 1.32)), line, font=_font("serif", size), fill=INK)
    pen.text((64, CARD[1] - 84), _one(foot, _font("sans", 30), right - 64), font=_font("sans", 30), fill=GREY)


def _one(text: str, font: Any, width: int) -> str:
    line = " ".join(text.split())
    while line and font.getlength(line) > width:
        line = line[:-2].rstrip() + "…" if len(line) > 2 else ""
    return line


def wrap(text: str, measure: Any, width: int) -> list[str]:
    """Lines no wider than `width` by `measure`: Latin words whole, no closing sign first, no opening sign last."""
    lines, line = [], ""
    for piece in _pieces(" ".join(text.split())):
        if line and measure(line + piece) > width and piece not in _NO_START:
            carry = line[-1] if line[-1] in _NO_END and len(line) > 1 else ""
            lines.append((line[:-1] if carry else line).rstrip())
            line = carry + piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def _pieces(text: str) -> list[str]:
    found: list[str] = []
    for sign in text:
        if found and sign.isascii() and sign.isalnum() and found[-1][-1].isascii() and found[-1][-1].isalnum() and len(found[-1]) < 24:
            found[-1] += sign
        else:
            found.append(sign)
    return found
