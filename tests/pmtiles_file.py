"""Writes small PMTiles files, so that no test needs one of somebody else's."""

from __future__ import annotations

import gzip
import json
import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from civic.geo.pmtiles import tile_id

Tiles = Mapping[tuple[int, int, int], bytes]


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _directory(rows: list[tuple[int, int, int, int]]) -> bytes:
    """Rows: number, run, length, offset."""
    parts, before = [_varint(len(rows))], 0
    for number, _run, _length, _offset in rows:
        parts.append(_varint(number - before))
        before = number
    parts += [_varint(run) for _number, run, _length, _offset in rows]
    parts += [_varint(length) for _number, _run, length, _offset in rows]
    parts += [_varint(offset + 1) for _number, _run, _length, offset in rows]
    return gzip.compress(b"".join(parts))


def write(path: Path, tiles: Tiles, *, kind: int = 1, leaf: bool = False, metadata: Mapping[str, Any] | None = None) -> Path:
    """A file of these tiles; with `leaf` behind a second directory."""
    packed = {tile_id(*place): gzip.compress(body) for place, body in tiles.items()}
    data, rows = b"", []
    for number in sorted(packed):
        rows.append((number, 1, len(packed[number]), len(data)))
        data += packed[number]
    leaves = _directory(rows) if leaf else b""
    root = _directory([(rows[0][0], 0, len(leaves), 0)]) if leaf else _directory(rows)
    words = gzip.compress(json.dumps(dict(metadata or {})).encode())
    places, at = [], 127
    for part in (root, words, leaves, data):
        places += [at, len(part)]
        at += len(part)
    zooms = [zoom for zoom, _x, _y in tiles]
    head = b"PMTiles\x03" + struct.pack("<8Q", *places) + struct.pack("<3Q", len(rows), len(rows), len(rows))
    head += bytes([1, 2, 2, kind, min(zooms), max(zooms)]) + struct.pack("<4i", 1211670000, 282500000, 1216520000, 285320000)
    head += bytes([11]) + struct.pack("<2i", 1213617000, 283688000)
    path.write_bytes(head + root + words + leaves + data)
    return path
