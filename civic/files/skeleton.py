"""A second lock on what leaves the cage: the JPEG's skeleton, read by us, must hold pixels and nothing else.

A decoder that was taken over could answer with any bytes; this is checked in the parent, on markers only (promise U5;
ITU-T T.81, annex B).
"""

from __future__ import annotations

_START, _END, _SCAN = 0xD8, 0xD9, 0xDA
# Frame headers, Huffman and quantisation tables, restart interval, JFIF header: what an encoder needs and no more.
_PLAIN = frozenset({0xC0, 0xC1, 0xC2, 0xC4, 0xDB, 0xDD})
_JFIF = 0xE0


def bare_jpeg(data: bytes) -> bool:
    """Whether the bytes are one JPEG of image segments and a JFIF header without thumbnail, and nothing after it."""
    if data[:2] != b"\xff\xd8":
        return False
    at = 2
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return False
        marker = data[at + 1]
        if marker == _END:
            return at + 2 == len(data)
        length = int.from_bytes(data[at + 2 : at + 4])
        body = data[at + 4 : at + 2 + length]
        if length < 2 or not _allowed(marker, body):
            return False
        at += 2 + length
        if marker == _SCAN:
            at = _after_scan(data, at)
    return data[at:] == b"\xff\xd9"


def _allowed(marker: int, body: bytes) -> bool:
    if marker == _JFIF:
        return len(body) == 14 and body.startswith(b"JFIF\0") and body[12:14] == b"\0\0"
    return marker in _PLAIN or marker == _SCAN


def _after_scan(data: bytes, at: int) -> int:
    """The offset of the first marker after entropy-coded data; FF00 is a stuffed byte, FFD0-FFD7 are restarts."""
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        if data[at + 1] != 0 and not 0xD0 <= data[at + 1] <= 0xD7:
            return at
        at += 2
    return len(data)
