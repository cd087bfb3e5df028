"""Reads tiles from a PMTiles file (version 3, https://github.com/protomaps/PMTiles/blob/main/spec/v3/spec.md).

One file holds all tiles of a map behind a directory; an operator drops it in and the map has roads without a network.
Only what we need is read: raster or vector tiles, uncompressed or gzip. ValueError for anything else.
"""

from __future__ import annotations

import gzip
import json
import struct
import threading
from bisect import bisect_right
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

HEADER = 127
KINDS = {1: "application/vnd.mapbox-vector-tile", 2: "image/png", 3: "image/jpeg", 4: "image/webp", 5: "image/avif"}
DEEPEST_DIRECTORY = 4
MOST_DIRECTORY = 16 * 1024 * 1024
MOST_TILE = 4 * 1024 * 1024
LEAVES = 64
"""Directories kept in memory."""


@dataclass(frozen=True, slots=True)
class Header:
    """Places are offsets and lengths in bytes; the box is west, south, east, north in degrees."""

    root: tuple[int, int]
    metadata: tuple[int, int]
    leaves: tuple[int, int]
    tiles: tuple[int, int]
    inner: int
    outer: int
    kind: str
    least: int
    most: int
    box: tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Entry:
    first: int
    offset: int
    length: int
    run: int


def tile_id(zoom: int, x: int, y: int) -> int:
    """The number of a tile on the Hilbert curves of all zooms."""
    if not (0 <= zoom <= 26 and 0 <= x < 1 << zoom and 0 <= y < 1 << zoom):
        raise ValueError("no such tile")
    number = ((1 << (2 * zoom)) - 1) // 3
    side = 1 << zoom >> 1
    while side:
        right, down = int(bool(x & side)), int(bool(y & side))
        number += side * side * ((3 * right) ^ down)
        if not down:
            if right:
                x, y = side - 1 - (x & (side - 1)), side - 1 - (y & (side - 1))
            x, y = y & (side - 1), x & (side - 1)
        side >>= 1
    return number


def header(data: bytes) -> Header:
    """The first 127 bytes, understood."""
    if len(data) < HEADER or data[:7] != b"PMTiles":
        raise ValueError("this is not a PMTiles file")
    if data[7] != 3:
        raise ValueError(f"PMTiles version {data[7]}; only version 3 is read")
    places = struct.unpack("<8Q", data[8:72])
    inner, outer, kind, least, most = data[97], data[98], data[99], data[100], data[101]
    west, south, east, north = (value / 1e7 for value in struct.unpack("<4i", data[102:118]))
    if inner not in (1, 2) or outer not in (0, 1, 2):
        raise ValueError("its tiles are packed in a way other than gzip")
    if kind not in KINDS:
        raise ValueError("its tiles are of an unknown kind")
    return Header((places[0], places[1]), (places[2], places[3]), (places[4], places[5]), (places[6], places[7]),
                  inner, outer, KINDS[kind], least, most, (west, south, east, north))


def _numbers(data: bytes) -> list[int]:
    found, value, shift = [], 0, 0
    for byte in data:
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            found.append(value)
            value = shift = 0
    return found


def directory(data: bytes) -> list[Entry]:
    """A directory's entries: counts, steps of the number, runs, lengths, offsets, one after the other."""
    numbers = _numbers(data)
    count = numbers[0] if numbers else 0
    if len(numbers) != 1 + 4 * count:
        raise ValueError("a directory of this PMTiles file is broken")
    steps, runs, lengths, offsets = (numbers[1 + part * count:1 + (part + 1) * count] for part in range(4))
    found: list[Entry] = []
    first = 0
    for at, (step, run, length, offset) in enumerate(zip(steps, runs, lengths, offsets, strict=True)):
        first += step
        place = offset - 1 if offset else found[at - 1].offset + found[at - 1].length
        found.append(Entry(first, place, length, run))
    return found


class Archive:
    """An open file. Safe for several threads."""

    def __init__(self, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[int, int], list[Entry]] = OrderedDict()
        self.header = header(self._file.read(HEADER))
        self.metadata: dict[str, Any] = json.loads(self._unpacked(self._read(self.header.metadata), self.header.inner) or b"{}")

    def _read(self, place: tuple[int, int], most: int = MOST_DIRECTORY) -> bytes:
        offset, length = place
        if length > most:
            raise ValueError("a part of this PMTiles file is too large")
        with self._lock:
            self._file.seek(offset)
            return self._file.read(length)

    @staticmethod
    def _unpacked(data: bytes, packing: int) -> bytes:
        return gzip.decompress(data) if packing == 2 and data else data

    def _directory(self, place: tuple[int, int]) -> list[Entry]:
        found = self._kept.get(place)
        if found is None:
            found = directory(self._unpacked(self._read(place), self.header.inner))
            self._kept[place] = found
            while len(self._kept) > LEAVES:
                self._kept.popitem(last=False)
        return found

    def tile(self, zoom: int, x: int, y: int) -> bytes | None:
        """A tile, unpacked; None where the file has none."""
        number, place = tile_id(zoom, x, y), self.header.root
        for _depth in range(DEEPEST_DIRECTORY):
            entries = self._directory(place)
            at = bisect_right(entries, number, key=lambda entry: entry.first) - 1
            if at < 0:
                return None
            entry = entries[at]
            if entry.run == 0:
                place = (self.header.leaves[0] + entry.offset, entry.length)
                continue
            if number >= entry.first + entry.run:
                return None
            packed = self._read((self.header.tiles[0] + entry.offset, entry.length), MOST_TILE)
            return self._unpacked(packed, self.header.outer)
        raise ValueError("the directories of this PMTiles file go too deep")

    def close(self) -> None:
        self._file.close()
