"""What a file is, told from its bytes alone: its name and declared type are not even asked for (promise U1)."""

from __future__ import annotations

import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO

import puremagic

from civic.files import containers
from civic.kit.result import DomainError

HEAD_BYTES = 4096
MIB = 1024 * 1024


class Kind(StrEnum):
    """The kinds of file that are accepted."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    HEIC = "heic"
    AVIF = "avif"
    MP4 = "mp4"
    MOV = "mov"
    MP3 = "mp3"
    M4A = "m4a"
    AMR = "amr"
    PDF = "pdf"


@dataclass(frozen=True, slots=True)
class KindRule:
    """How a kind is stored: its media type, its suffix, the most bytes of it, and whether it is a picture."""

    mime: str
    suffix: str
    limit: int
    picture: bool = False

    @property
    def family(self) -> str:
        """photo, video, audio or document: the word limits are set by."""
        return "photo" if self.picture else {"video": "video", "audio": "audio"}.get(self.mime.partition("/")[0], "document")


RULES: dict[Kind, KindRule] = {
    Kind.JPEG: KindRule("image/jpeg", "jpg", 40 * MIB, True),
    Kind.PNG: KindRule("image/png", "png", 40 * MIB, True),
    Kind.WEBP: KindRule("image/webp", "webp", 40 * MIB, True),
    Kind.HEIC: KindRule("image/heic", "heic", 40 * MIB, True),
    Kind.AVIF: KindRule("image/avif", "avif", 40 * MIB, True),
    Kind.MP4: KindRule("video/mp4", "mp4", 300 * MIB),
    Kind.MOV: KindRule("video/quicktime", "mov", 300 * MIB),
    Kind.MP3: KindRule("audio/mpeg", "mp3", 100 * MIB),
    Kind.M4A: KindRule("audio/mp4", "m4a", 100 * MIB),
    Kind.AMR: KindRule("audio/amr", "amr", 50 * MIB),
    Kind.PDF: KindRule("application/pdf", "pdf", 50 * MIB),
}

EMPTY = "这个文件是空的，请重新选择。"
UNKNOWN = "暂不接收这种文件。可以发照片（JPG、PNG、WebP、HEIC）、视频（MP4、MOV）、录音（MP3、M4A、AMR）或 PDF。"
DAMAGED = "这个文件打不开，可能没有传完整，请重新选择。"

# Friendlier words for what people really try to send; the key is what puremagic calls it.
_KINDLY = {
    ".gif": "暂不接收 GIF 动图，请发照片或视频。",
    ".bmp": "暂不接收 BMP 图片，请另存为 JPG 或截图后再发。",
    ".tif": "暂不接收 TIFF 图片，请另存为 JPG 或截图后再发。",
    ".tiff": "暂不接收 TIFF 图片，请另存为 JPG 或截图后再发。",
    ".svg": "暂不接收 SVG 图形，请截图后再发。",
    ".doc": "暂不接收 Word 文档，请转成 PDF 或拍照后再发。",
    ".docx": "暂不接收 Word 文档，请转成 PDF 或拍照后再发。",
    ".xls": "暂不接收表格文件，请转成 PDF 或拍照后再发。",
    ".xlsx": "暂不接收表格文件，请转成 PDF 或拍照后再发。",
    ".ppt": "暂不接收演示文稿，请转成 PDF 或拍照后再发。",
    ".pptx": "暂不接收演示文稿，请转成 PDF 或拍照后再发。",
    ".zip": "暂不接收压缩包，请把里面的照片或文件分别发送。",
    ".rar": "暂不接收压缩包，请把里面的照片或文件分别发送。",
    ".7z": "暂不接收压缩包，请把里面的照片或文件分别发送。",
    ".gz": "暂不接收压缩包，请把里面的照片或文件分别发送。",
    ".wav": "暂不接收 WAV 录音，请转成 MP3 或 M4A 后再发。",
    ".ogg": "暂不接收 OGG 录音，请转成 MP3 或 M4A 后再发。",
    ".opus": "暂不接收 OPUS 录音，请转成 MP3 或 M4A 后再发。",
    ".webm": "暂不接收 WebM 视频，请转成 MP4 后再发。",
    ".mkv": "暂不接收 MKV 视频，请转成 MP4 后再发。",
    ".avi": "暂不接收 AVI 视频，请转成 MP4 后再发。",
    ".3gp": "暂不接收 3GP 文件，请转成 MP4 或 M4A 后再发。",
}


class FileRefused(DomainError):
    """The file is not accepted; `reason` says why in plain Chinese and what to do instead."""

    default = UNKNOWN

    @property
    def reason(self) -> str:
        """The sentence for the sender."""
        return self.message


def sniff(source: BinaryIO, limits: Mapping[str, int] | None = None) -> Kind:
    """The kind of a seekable file, left at its start; FileRefused when empty, damaged, too big or of no accepted kind.

    `limits` are bytes by family and stand in place of the rules' own.

    Pictures are told by their first bytes and proven later by decoding; sound, video and PDF, which are not decoded
    here, must also hold together as containers.
    """
    size = source.seek(0, os.SEEK_END)
    source.seek(0)
    head = source.read(HEAD_BYTES)
    source.seek(0)
    if not head:
        raise FileRefused(EMPTY)
    kind = _by_magic(head)
    if kind is None:
        raise FileRefused(_kindly(head))
    most = (limits or {}).get(RULES[kind].family, RULES[kind].limit)
    if size > most:
        raise FileRefused(f"文件太大，这种文件最大 {most // MIB} MB，请压缩或截短后再发。")
    if not RULES[kind].picture and not _holds_together(kind, source, size):
        raise FileRefused(DAMAGED)
    source.seek(0)
    return kind


def sniff_bytes(data: bytes) -> Kind:
    """`sniff` for bytes in memory."""
    return sniff(io.BytesIO(data))


def _by_magic(head: bytes) -> Kind | None:
    if head.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    if head.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return Kind.AMR
    if head.startswith(b"%PDF-"):
        return Kind.PDF
    if head.startswith(b"ID3") or containers.mpeg_frame(head, 0):
        return Kind.MP3
    brands = containers.iso_brands(head)
    return _by_brand(brands) if brands else None


def _by_brand(brands: tuple[str, ...]) -> Kind | None:
    """ISO base media: the major brand comes first, compatible ones after it (ISO/IEC 14496-12, 4.3)."""
    major = brands[0]
    if "avif" in brands or "avis" in brands:
        return Kind.AVIF
    if {"heic", "heix", "mif1", "msf1", "heim", "heis", "hevc", "hevx"} & set(brands):
        return Kind.HEIC
    if major == "qt":
        return Kind.MOV
    if major in ("M4A", "M4B"):
        return Kind.M4A
    if major.startswith(("3gp", "3g2")):
        return None
    known = {"isom", "iso2", "iso3", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V", "MSNV", "dash", "XAVC"}
    return Kind.MP4 if known & set(brands) else None


def _holds_together(kind: Kind, source: BinaryIO, size: int) -> bool:
    if kind in (Kind.MP4, Kind.MOV, Kind.M4A):
        return containers.iso_film(source, size)
    if kind is Kind.MP3:
        return containers.mp3(source, size)
    if kind is Kind.AMR:
        return containers.amr(source, size)
    return containers.pdf(source, size)


def _kindly(head: bytes) -> str:
    """The refusal in words that fit the file; puremagic's guess is used for words only."""
    if head[:2] == b"PK":
        office = {b"word/": ".docx", b"xl/": ".xlsx", b"ppt/": ".pptx"}
        return _KINDLY[next((suffix for mark, suffix in office.items() if mark in head), ".zip")]
    try:
        guess = puremagic.from_string(head)
    except (puremagic.PureError, ValueError, IndexError, KeyError, UnicodeError, OSError):
        return UNKNOWN
    return _KINDLY.get(guess.lower(), UNKNOWN)
