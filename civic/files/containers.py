"""Whether sound, video and PDF files hold together, by walking their outer structure; nothing is decoded.

Each walk reads a bounded number of small pieces, whatever the file claims.
"""

from __future__ import annotations

from typing import BinaryIO

_MAX_BOXES = 10_000
_MAX_FRAMES = 200_000
_ISO_TOP = frozenset(
    {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"udta", b"uuid", b"meta", b"moof", b"mfra"}
)
_ISO_TOP_MORE = frozenset({b"sidx", b"styp", b"pdin", b"prft", b"emsg", b"pnot", b"PICT", b"ssix"})

_MP3_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_MP3_KBPS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_KBPS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
# Bytes after the frame header by frame type (RFC 4867, section 5.3); None is not a speech frame.
_AMR_NARROW = (12, 13, 15, 17, 19, 20, 26, 31, 5, None, None, None, None, None, None, 0)
_AMR_WIDE = (17, 23, 32, 36, 40, 46, 50, 58, 60, 5, None, None, None, None, 0, 0)


def iso_brands(head: bytes) -> tuple[str, ...] | None:
    """The brands of an ISO base media file, major first; None when it does not start with a sound `ftyp` box.

    QuickTime files older than the `ftyp` box begin with another box; they count as brand "qt".
    """
    if len(head) < 12:
        return None
    size, kind = int.from_bytes(head[:4]), head[4:8]
    if kind in (b"wide", b"moov", b"mdat") and (size == 8 or size >= 16 or size == 1):
        return ("qt",)
    if kind != b"ftyp" or size < 16 or size > len(head) or size % 4:
        return None
    raw = [head[8:12], *(head[at : at + 4] for at in range(16, size, 4))]
    return tuple(brand.decode("latin-1").rstrip(" \0") for brand in raw)


def iso_film(source: BinaryIO, size: int) -> bool:
    """Whether the top boxes fill the file and a `moov` with media (`mdat` or `moof`) is among them."""
    seen: set[bytes] = set()
    at = 0
    for _ in range(_MAX_BOXES):
        if at == size:
            return b"moov" in seen and bool(seen & {b"mdat", b"moof"})
        source.seek(at)
        header = source.read(16)
        if len(header) < 8:
            return False
        length, kind = int.from_bytes(header[:4]), header[4:8]
        if length == 1:
            length = int.from_bytes(header[8:16])
        elif length == 0:
            length = size - at
        if kind not in _ISO_TOP:
            return False
        if length < 8 or at + length > size:
            return False
        seen.add(kind)
        at += length
    return False


def mpeg_frame(data: bytes, at: int) -> int | None:
    """The length in bytes of the MPEG audio layer III frame at an offset; None when there is none."""
    if len(data) < at + 4 or data[at] != 0xFF or data[at + 1] & 0xE0 != 0xE0:
        return None
    version, layer = data[at + 1] >> 3 & 3, data[at + 1] >> 1 & 3
    kbps_index, rate_index, padding = data[at + 2] >> 4, data[at + 2] >> 2 & 3, data[at + 2] >> 1 & 1
    if version == 1 or layer != 1 or kbps_index in (0, 15) or rate_index == 3:
        return None
    rate = _MP3_RATES[version][rate_index]
    kbps = (_MP3_KBPS_1 if version == 3 else _MP3_KBPS_2)[kbps_index]
    return (144 if version == 3 else 72) * kbps * 1000 // rate + padding


def mp3(source: BinaryIO, size: int) -> bool:
    """Whether, after ID3 tags, three frames follow one another (or fewer fill the file)."""
    at = 0
    source.seek(0)
    while (tag := source.read(10))[:3] == b"ID3" and len(tag) == 10 and at < size:
        length = tag[6] << 21 | tag[7] << 14 | tag[8] << 7 | tag[9]
        at += 10 + length + (10 if tag[5] & 0x10 else 0)
        source.seek(at)
    source.seek(at)
    window = source.read(64 * 1024)
    start = len(window) - len(window.lstrip(b"\0"))
    frames = 0
    while frames < 3:
        length_or_none = mpeg_frame(window, start)
        if length_or_none is None:
            return frames > 0 and at + start >= size
        frames, start = frames + 1, start + length_or_none
    return True


def amr(source: BinaryIO, size: int) -> bool:
    """Whether the file is speech frames from the header to the end; the last but not the only one may be cut short."""
    source.seek(0)
    wide = source.read(9) == b"#!AMR-WB\n"
    at = 9 if wide else 6
    source.seek(at)
    body, table = source.read(size - at), _AMR_WIDE if wide else _AMR_NARROW
    place = 0
    for count in range(_MAX_FRAMES):
        if place >= len(body):
            return place == len(body) > 0 or count > 1
        length = table[body[place] >> 3 & 15]
        # First bit and the last two are padding and must be zero.
        if body[place] & 0x83 or length is None:
            return False
        place += 1 + length
    return True


def pdf(source: BinaryIO, size: int) -> bool:
    """Whether a PDF starts at the first byte and has its end mark near the end (ISO 32000-1, 7.5)."""
    source.seek(max(0, size - 2048))
    tail = source.read(2048)
    return b"%%EOF" in tail and b"startxref" in tail
