"""What a file is, told from its bytes (promise U1)."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from civic.files import containers
from civic.files.sniff import RULES, FileRefused, Kind, sniff, sniff_bytes


def box(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", 8 + len(body)) + kind + body


def film(major: bytes, *compatible: bytes) -> bytes:
    return box(b"ftyp", major + b"\0\0\0\0" + b"".join(compatible)) + box(b"moov", b"x" * 20) + box(b"mdat", b"y" * 50)


MP3_FRAME = b"\xff\xfb\x90\x00" + b"\0" * 413  # MPEG 1 layer III, 128 kbit/s, 44.1 kHz: 417 bytes
ID3 = b"ID3\x03\x00\x00\x00\x00\x00\x0a" + b"t" * 10
AMR_FRAME = bytes([0x3C]) + b"\x11" * 31
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\nxref\ntrailer<<>>\nstartxref\n9\n%%EOF\n"

GOOD = [
    (Kind.MP4, film(b"isom", b"mp42", b"avc1")),
    (Kind.MP4, film(b"mp42")),
    (Kind.MOV, film(b"qt  ")),
    (Kind.MOV, box(b"wide") + box(b"mdat", b"y" * 20) + box(b"moov", b"x")),
    (Kind.M4A, film(b"M4A ", b"mp42", b"isom")),
    (Kind.MP3, MP3_FRAME * 4),
    (Kind.MP3, ID3 + MP3_FRAME * 4),
    (Kind.MP3, ID3 + b"\0" * 100 + MP3_FRAME),
    (Kind.AMR, b"#!AMR\n" + AMR_FRAME * 10),
    (Kind.AMR, b"#!AMR-WB\n" + (bytes([0x44]) + b"\x11" * 60) * 3),
    (Kind.PDF, PDF),
]


@pytest.mark.promise("U1")
@pytest.mark.parametrize(("kind", "data"), GOOD)
def test_sound_video_and_pdf_are_told_by_content(kind: Kind, data: bytes) -> None:
    file = io.BytesIO(data)
    assert sniff(file) is kind
    assert file.tell() == 0


@pytest.mark.promise("U1")
@pytest.mark.parametrize(
    ("kind", "head"),
    [
        (Kind.JPEG, b"\xff\xd8\xff\xe0"),
        (Kind.PNG, b"\x89PNG\r\n\x1a\n"),
        (Kind.WEBP, b"RIFF\0\0\0\0WEBPVP8 "),
        (Kind.HEIC, box(b"ftyp", b"heic\0\0\0\0mif1heic")),
        (Kind.HEIC, box(b"ftyp", b"mif1\0\0\0\0mif1heic")),
        (Kind.AVIF, box(b"ftyp", b"avif\0\0\0\0avifmif1")),
    ],
)
def test_pictures_are_told_by_their_first_bytes(kind: Kind, head: bytes) -> None:
    assert sniff_bytes(head + b"\0" * 50) is kind
    assert RULES[kind].picture


def archive(name: str) -> bytes:
    with io.BytesIO() as file:
        with zipfile.ZipFile(file, "w") as made:
            made.writestr(name, "x")
        return file.getvalue()


@pytest.mark.promise("U1")
@pytest.mark.parametrize(
    ("data", "hint"),
    [
        (b"", "空的"),
        (b"\x89", "暂不接收这种文件"),
        (b"<html><script>alert(1)</script>", "暂不接收"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "暂不接收"),
        (b"MZ\x90\0" + b"\0" * 100, "暂不接收"),
        (b"#!/bin/sh\nrm -rf /\n", "暂不接收"),
        (b"GIF89a\x01\0\x01\0\0\0\0;", "GIF"),
        (b"BM" + b"\0" * 60, "暂不接收"),
        (archive("a.txt"), "压缩包"),
        (archive("word/document.xml"), "Word"),
        (archive("xl/workbook.xml"), "表格"),
        (box(b"ftyp", b"3gp4\0\0\0\x003gp4isom") + box(b"moov", b"x") + box(b"mdat", b"y"), "暂不接收"),
    ],
)
def test_everything_else_is_refused_kindly(data: bytes, hint: str) -> None:
    with pytest.raises(FileRefused) as caught:
        sniff_bytes(data)
    assert hint in caught.value.reason


@pytest.mark.promise("U1")
@pytest.mark.parametrize(
    "data",
    [
        film(b"isom")[:-1],
        film(b"isom") + b"<script>",
        film(b"isom") + archive("a.txt"),
        box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", b"x"),
        box(b"ftyp", b"isom\0\0\0\0") + b"\xff\xff\xff\xffmdat",
        box(b"ftyp", b"isom\0\0\0\0") + b"\0\0\0\1mdat" + b"\xff" * 8,
        box(b"ftyp", b"isom\0\0\0\0") + b"\0\0\0\2mdat",
        MP3_FRAME + b"<script>alert(1)</script>",
        ID3 + b"<html>",
        b"ID3\x03\0\0\x7f\x7f\x7f\x7f" + MP3_FRAME * 3,
        b"#!AMR\n",
        b"#!AMR\n<script>alert(1)</script>",
        b"%PDF-1.4\n",
        b"%PDF-1.4\n" + b"x" * 5000,
        b"%PDF-1.4\nstartxref\n%%EOF" + b"x" * 5000,
    ],
)
def test_containers_that_do_not_hold_together_are_refused(data: bytes) -> None:
    with pytest.raises(FileRefused):
        sniff_bytes(data)


@pytest.mark.promise("U2")
def test_each_kind_has_a_limit_of_bytes() -> None:
    class Huge(io.BytesIO):
        def seek(self, offset: int, whence: int = 0) -> int:
            return RULES[Kind.JPEG].limit + 1 if whence == 2 else super().seek(offset, whence)

    with pytest.raises(FileRefused, match="40 MB"):
        sniff(Huge(b"\xff\xd8\xff\xe0" + b"\0" * 100))


@pytest.mark.promise("U4")
@given(st.sampled_from([data for _, data in GOOD]), st.binary(max_size=40), st.integers(0, 600), st.integers(0, 40))
def test_damage_is_refused_or_accepted_but_never_an_error(data: bytes, junk: bytes, at: int, cut: int) -> None:
    try:
        assert sniff_bytes(data[:at] + junk + data[at + cut :]) in Kind
    except FileRefused as refusal:
        assert refusal.reason


@pytest.mark.promise("U4")
@given(st.binary(max_size=200))
def test_junk_is_refused(data: bytes) -> None:
    try:
        sniff_bytes(data)
    except FileRefused as refusal:
        assert refusal.reason


def test_frame_lengths() -> None:
    assert containers.mpeg_frame(MP3_FRAME, 0) == 417
    assert containers.mpeg_frame(b"\xff\xfb\x92\x00", 0) == 418
    assert containers.mpeg_frame(b"\xff\xf3\x40\xc0", 0) == 72 * 32_000 // 22_050
    for broken in (
        b"\xff\xfb\xf0\x00",
        b"\xff\xeb\x90\x00",
        b"\xff\xfd\x90\x00",
        b"\xff\xfb\x9c\x00",
        b"\xfe\xfb\x90\x00",
    ):
        assert containers.mpeg_frame(broken, 0) is None
