"""Reads Mapbox Vector Tiles, as far as tests need it: points and their properties. No library of ours writes them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if not byte & 0x80:
            return value, at
        shift += 7


def _fields(data: bytes) -> Iterator[tuple[int, Any]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = _varint(data, at)
            yield tag >> 3, value
        else:
            size, at = (8, at) if kind == 1 else (4, at) if kind == 5 else _varint(data, at)
            yield tag >> 3, data[at:at + size]
            at += size


def _zigzag(value: int) -> int:
    return (value >> 1) ^ -(value & 1)


def _value(data: bytes) -> Any:
    number, value = next(_fields(data))
    if number == 1:
        return value.decode()
    if number == 3:
        return struct.unpack("<d", value)[0]
    if number == 6:
        return _zigzag(value)
    return bool(value) if number == 7 else value


def features(tile: bytes, layer: str = "cases") -> list[tuple[tuple[int, int], dict[str, Any]]]:
    """Position in the tile's grid (0 to 4096) and properties of every point of a layer."""
    found = []
    for number, body in _fields(tile):
        parts = list(_fields(body)) if number == 3 else []
        if not parts or next(value for key, value in parts if key == 1).decode() != layer:
            continue
        names = [value.decode() for key, value in parts if key == 3]
        values = [_value(value) for key, value in parts if key == 4]
        for key, value in parts:
            if key == 2:
                found.append(_feature(value, names, values))
    return found


def _feature(data: bytes, names: list[str], values: list[Any]) -> tuple[tuple[int, int], dict[str, Any]]:
    tags: list[int] = []
    shape: list[int] = []
    for key, value in _fields(data):
        if key in (2, 4):
            at = 0
            while at < len(value):
                number, at = _varint(value, at)
                (tags if key == 2 else shape).append(number)
    return (_zigzag(shape[1]), _zigzag(shape[2])), {names[one]: values[other] for one, other in zip(tags[::2], tags[1::2], strict=True)}


def count(tile: bytes) -> int:
    """How many cases a tile stands for."""
    return sum(int(properties.get("count", 1)) for _spot, properties in features(tile))
