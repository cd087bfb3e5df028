"""Reading a file of boundaries: GeoJSON, a zipped shapefile, a GeoPackage. Bounded work; a sentence for what is wrong.

The file says what it says: outlines as they stand in it, with the coordinate system when the file names one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.errors import GEOSException
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from civic.kit.result import Invalid
from civic.kit.text import clean
from civic.places import crs

MAX_BYTES = 20_000_000
MAX_AREAS = 3_000
MAX_VERTICES = 200_000
LAYER_WORDS = "文件里没有面（多边形）。只有点或线划不出片区。"
CODES = ("code", "区划代码", "xzqdm", "adcode", "dm", "代码", "编码", "bm", "id")
NAMES = ("name", "名称", "xzqmc", "mc", "名字", "wgmc", "sqmc", "title")
TOWNS = ("town", "town_code", "镇街", "所属镇街", "xzmc")


@dataclass(frozen=True, slots=True)
class Shape:
    """One outline with what the file says of it. `line` counts from 1."""

    line: int
    code: str
    name: str
    town: str
    geometry: BaseGeometry


@dataclass(frozen=True, slots=True)
class Source:
    """What a file holds. `srid` is 0 where the file does not say in which system its numbers are."""

    form: str
    shapes: tuple[Shape, ...]
    srid: int


def refuse(sentence: str) -> Invalid:
    return Invalid({"file": sentence})


def read(name: str, raw: bytes) -> Source:
    """The outlines of a file by what its bytes are, not by its name; Invalid on `file` with one sentence."""
    from civic.places import geopackage, shapefiles
    if not raw:
        raise refuse("文件是空的。")
    if len(raw) > MAX_BYTES:
        raise refuse(f"文件超过 {MAX_BYTES // 1_000_000} MB。请只导出要用的图层，或先简化边界。")
    if raw.startswith(b"PK\x03\x04"):
        source = shapefiles.read(raw)
    elif raw.startswith(b"SQLite format 3\x00"):
        source = geopackage.read(raw)
    elif raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        source = _geojson(raw)
    elif raw[:4] == b"\x00\x00\x27\x0a":
        raise refuse("只上传 .shp 不够：请把同名的 .shp、.dbf、.prj 一起打成一个 zip。")
    else:
        raise refuse("认不出这个文件。可以用 GeoJSON、打成 zip 的 Shapefile，或 GeoPackage。")
    if not source.shapes:
        raise refuse(LAYER_WORDS)
    return source


def _geojson(raw: bytes) -> Source:
    try:
        data = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise refuse("这不是完整的 GeoJSON。") from None
    kind = data.get("type") if isinstance(data, dict) else None
    features = data.get("features") if kind == "FeatureCollection" else [data] if kind == "Feature" else None
    if not isinstance(features, list):
        raise refuse("这个 GeoJSON 里没有要素（FeatureCollection）。")
    collect = Collector()
    for item in features:
        if isinstance(item, Mapping) and item.get("geometry"):
            properties = item.get("properties")
            more = {"id": item["id"]} if item.get("id") is not None else {}
            collect.add({**more, **(properties if isinstance(properties, Mapping) else {})}, item["geometry"])
    return Source("geojson", collect.shapes, _named_crs(data))


def _named_crs(data: Mapping[str, Any]) -> int:
    """Of the member that RFC 7946 took out and GDAL still writes; WGS-84 without it, as the standard has it."""
    named = data.get("crs")
    properties = named.get("properties") if isinstance(named, Mapping) else None
    name = str(properties.get("name", "")) if isinstance(properties, Mapping) else ""
    return crs.of_name(name) if name else 4326


class Collector:
    """Gathers outlines and stops when there are too many of them or of their points."""

    def __init__(self) -> None:
        self._shapes: list[Shape] = []
        self._vertices = 0
        self._line = 0

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return tuple(self._shapes)

    def add(self, properties: Mapping[str, Any], geometry: Any) -> None:
        """An outline as a GeoJSON mapping or WKB; points and lines are passed over."""
        self._line += 1
        if self._line > MAX_AREAS:
            raise refuse(f"超过 {MAX_AREAS} 个片区。请分几个文件导入。")
        try:
            outline = shapely.from_wkb(geometry) if isinstance(geometry, bytes) else _shape(geometry)
        except (GEOSException, ValueError, TypeError, KeyError, AttributeError, IndexError, RecursionError):
            raise refuse(f"第 {self._line} 个要素的边界读不出来。") from None
        if outline.geom_type not in ("Polygon", "MultiPolygon"):
            return
        self._vertices += int(shapely.get_num_coordinates(outline))
        if self._vertices > MAX_VERTICES:
            raise refuse(f"边界的点超过 {MAX_VERTICES:,} 个。请先简化（例如 QGIS 的「简化」，容差 5 米）。")
        self._shapes.append(Shape(self._line, _pick(properties, CODES), _pick(properties, NAMES), _pick(properties, TOWNS),
                                  shapely.force_2d(outline)))


def _shape(geometry: Any) -> BaseGeometry:
    count = _count(geometry.get("coordinates", ()), 0)
    if count > MAX_VERTICES:
        raise refuse(f"边界的点超过 {MAX_VERTICES:,} 个。请先简化（例如 QGIS 的「简化」，容差 5 米）。")
    return shape(dict(geometry))


def _count(part: Any, depth: int) -> int:
    """How many positions, before anything is built of them."""
    if not isinstance(part, (list, tuple)) or depth > 6:
        return 0
    if part and isinstance(part[0], (int, float)):
        return 1
    return sum(_count(item, depth + 1) for item in part)


def _pick(properties: Mapping[str, Any], names: tuple[str, ...]) -> str:
    lower = {str(key).strip().lower(): value for key, value in properties.items()}
    for name in names:
        value = lower.get(name)
        if value not in (None, ""):
            text = f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
            return clean(text)[:60]
    return ""
