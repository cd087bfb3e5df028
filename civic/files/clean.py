"""The one way a file gets in: told by its bytes, pictures made new in a cage, the rest kept only as sealed original."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, BinaryIO

from civic.files import child
from civic.files.skeleton import bare_jpeg
from civic.files.sniff import DAMAGED, RULES, FileRefused, Kind, sniff
from civic.kit import clock

DERIVATIVE_MIME = "image/jpeg"
DERIVATIVE_SUFFIX = "jpg"

_REFUSALS = {
    "too_many_pixels": "图片太大了（超过 5000 万像素），请缩小或截图后再发。",
    "damaged": DAMAGED,
    "too_heavy": "这张图片处理不了，请换一张，或截图后再发。",
    "deadline": "这张图片处理时间太长，请换一张，或截图后再发。",
    "busy": "现在上传的人较多，请过一会儿再试。",
}
_ZONE = re.compile(r"([+-])(\d\d):([0-5]\d)")
_EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # before phones and digital cameras a time stamp is a wrong clock


Box = tuple[int, int, int, int, str]
"""Left, top, width, height in ten-thousandths of the upright picture; fill or pixel (`civic.files.pictures`)."""


@dataclass(frozen=True, slots=True)
class ExifOffer:
    """What the photo says of itself, offered to the sender and used only on yes: WGS-84 degrees, aware UTC time.

    A zone-less camera time is read as Shanghai time; a time in the future or before 1995 is left out.
    """

    lng: float | None = None
    lat: float | None = None
    taken_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file that was accepted.

    For pictures `main` (long edge up to 2048) and `thumb` (up to 480) are JPEG bytes without any metadata, `width` and
    `height` those of `main` in pixels. For sound, video and PDF they are None: only the sealed original is kept.
    """

    kind: Kind
    size: int
    width: int | None = None
    height: int | None = None
    main: bytes | None = None
    thumb: bytes | None = None
    offer: ExifOffer | None = None

    @property
    def mime(self) -> str:
        """The media type of the original."""
        return RULES[self.kind].mime


def clean(source: bytes | BinaryIO, limits: Mapping[str, int] | None = None) -> Cleaned:
    """Accepts a file (bytes, or a seekable binary file left at its start) or raises FileRefused; at most 10 s.

    `limits`: see `sniff`.
    """
    file = io.BytesIO(source) if isinstance(source, bytes) else source
    kind = sniff(file, limits)
    if not RULES[kind].picture:
        size = file.seek(0, io.SEEK_END)
        file.seek(0)
        return Cleaned(kind, size)
    data = file.read()
    file.seek(0)
    return _picture(kind, data)


def mask(data: bytes, boxes: Sequence[Box]) -> Cleaned:
    """A picture made new with `boxes` covered for good; FileRefused as in `clean`, also for what is no picture."""
    kind = sniff(io.BytesIO(data))
    if not RULES[kind].picture:
        raise FileRefused("只有照片能遮挡。")
    return _picture(kind, data, boxes)


def _picture(kind: Kind, data: bytes, boxes: Sequence[Box] = ()) -> Cleaned:
    try:
        answer = child.run(child.cage_command(kind.value, boxes=json.dumps(boxes) if boxes else ""), data)
    except child.ChildFailed as failure:
        raise FileRefused(_REFUSALS.get(failure.why, _REFUSALS["too_heavy"])) from failure
    header, parts = _parsed(answer)
    if "refused" in header:
        raise FileRefused(_REFUSALS.get(str(header["refused"]), DAMAGED))
    main, thumb = parts
    if not (bare_jpeg(main) and bare_jpeg(thumb)):
        raise FileRefused(DAMAGED)
    return Cleaned(kind, len(data), int(header["width"]), int(header["height"]), main, thumb, _offer(header["exif"]))


def _parsed(answer: bytes) -> tuple[dict[str, Any], tuple[bytes, bytes]]:
    """Header and derivatives of the child's answer, which is not trusted either."""
    line, _, body = answer.partition(b"\n")
    try:
        header = json.loads(line)
        if "refused" in header:
            return header, (b"", b"")
        first, second = (int(size) for size in header["sizes"])
        fits = isinstance(header["exif"], dict) and min(first, second) > 0 and first + second == len(body)
        int(header["width"]), int(header["height"])
    except (ValueError, KeyError, TypeError) as error:
        raise FileRefused(DAMAGED) from error
    if not fits:
        raise FileRefused(DAMAGED)
    return header, (body[:first], body[first:])


def _offer(exif: dict[str, Any]) -> ExifOffer | None:
    lng, lat = exif.get("lng"), exif.get("lat")
    taken = _moment(str(exif.get("taken", "")), str(exif.get("zone", "")))
    if isinstance(lng, float) and isinstance(lat, float) and abs(lng) <= 180 and abs(lat) <= 90:
        return ExifOffer(round(lng, 6), round(lat, 6), taken)
    return ExifOffer(taken_at=taken) if taken else None


def _moment(taken: str, zone: str) -> datetime | None:
    try:
        wall = datetime.strptime(taken, "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 - EXIF times carry no zone; added below
        if match := _ZONE.fullmatch(zone):
            offset = timedelta(hours=int(match[2]), minutes=int(match[3])) * (-1 if match[1] == "-" else 1)
            moment = wall.replace(tzinfo=timezone(offset)).astimezone(UTC)
        else:
            moment = clock.from_local(wall)
    except (ValueError, OverflowError):
        return None
    return moment if _EARLIEST <= moment <= clock.now() + timedelta(days=1) else None
