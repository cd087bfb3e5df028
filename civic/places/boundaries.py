"""From a file's outlines to areas: declared datum, the checks with a sentence each, and the plan of what would change."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy
import shapely
from shapely.geometry import MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry

from civic.geo import datum
from civic.geo.datum import Datum
from civic.kit.result import Invalid
from civic.places import crs
from civic.places.reader import Shape, Source
from civic.reference import county, locate, lookup

DECLARED = ("file", *(str(item) for item in Datum))
"""What the operator may say of the numbers: as the file says, or a datum."""
MANY = 5
"""Problems shown; of more it says how many."""
NO_CRS = ("文件没有说明坐标系（Shapefile 缺 .prj，或 GeoPackage 没登记）。"
          "请补上，或在「坐标系」里说清是 CGCS2000、WGS-84、GCJ-02 还是 BD-09。")
PLANE = "文件里的数字是平面坐标（米），不能当作 {datum} 经纬度。请在「坐标系」里选「按文件」。"
NOT_DEGREES = "文件里的数字不像经纬度（超出 ±180、±90）。它可能是平面坐标，请补上 .prj 再导入。"
_CODE = re.compile(r"[0-9A-Za-z_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """An area as the file would have it, in WGS-84 degrees."""

    line: int
    code: str
    name: str
    town: str
    outline: MultiPolygon

    @property
    def km2(self) -> float:
        return square_km(self.outline)


def square_km(outline: BaseGeometry) -> float:
    """Area in km², on a plane squeezed by latitude; within 1 % for a county."""
    if outline.is_empty:
        return 0.0
    scale = float(numpy.cos(numpy.radians(outline.centroid.y)))
    return round(float(outline.area) * scale * 111.195**2, 3)


def wanted(source: Source, kind: str, declared: str = "file") -> list[Wanted]:
    """The areas of a file, checked; Invalid on `file` or `datum` with one sentence that names what is wrong."""
    shapes = in_degrees(source, declared)
    for item in shapes:
        _whole(item)
    _inside(shapes, declared)
    found = [_named(item, kind) for item in shapes]
    _once(found)
    return found


def in_degrees(source: Source, declared: str) -> list[Shape]:
    """The outlines in WGS-84 degrees as the operator or the file says; Invalid when neither can be right."""
    if declared not in DECLARED:
        raise Invalid({"datum": "没有这种坐标系。"})
    outlines = [item.geometry for item in source.shapes]
    for item in source.shapes:
        if not numpy.isfinite(shapely.get_coordinates(item.geometry)).all():
            raise Invalid({"file": f"{_which(item)}里有不是数字的坐标。"})
    if declared == "file":
        if source.srid == crs.UNKNOWN:
            raise Invalid({"datum": NO_CRS})
        outlines = crs.to_degrees(outlines, source.srid)
    elif source.srid not in (crs.UNKNOWN, *crs.GEOGRAPHIC):
        raise Invalid({"datum": PLANE.format(datum=declared.upper())})
    west, south, east, north = shapely.total_bounds(outlines)
    if not (west >= -180 and east <= 180 and abs(south) <= 180 and abs(north) <= 180):
        raise Invalid({"file": NOT_DEGREES})
    if declared in (Datum.GCJ02, Datum.BD09):
        kind = Datum(declared)
        outlines = [shapely.transform(one, lambda xy: numpy.array([datum.to_wgs(x, y, kind) for x, y in xy])) for one in outlines]
    return [replace(item, geometry=outline) for item, outline in zip(source.shapes, outlines, strict=True)]


def _which(item: Shape) -> str:
    return f"第 {item.line} 个片区「{item.name or item.code or '没有名称'}」"


def _whole(item: Shape) -> None:
    """Refuses an outline that crosses itself; repairing it would be guessing where the boundary runs."""
    if item.geometry.is_valid and item.geometry.area > 0:
        return
    if item.geometry.convex_hull.area == 0:
        raise Invalid({"file": f"{_which(item)}没有面积。"})
    reason = str(shapely.is_valid_reason(item.geometry))
    at = re.search(r"\[(-?[\d.]+) (-?[\d.]+)\]", reason)
    where = f"（在 {float(at[1]):.5f}, {float(at[2]):.5f} 附近）" if at else ""
    raise Invalid({"file": f"{_which(item)}的边界自己和自己相交{where}。请在制图软件里改好再导入。"})


def _inside(shapes: Sequence[Shape], declared: str) -> None:
    """Every outline has to lie in the county, by its inner point; what it may have meant instead is said."""
    for item in shapes:
        spot = item.geometry.representative_point()
        if locate.inside(spot.x, spot.y):
            continue
        name, meant = county.current().name, datum.reinterpret(spot.x, spot.y, locate.inside)
        if any(offer.swapped for offer in meant) and not any(not offer.swapped for offer in meant):
            raise Invalid({"file": f"{_which(item)}的经度和纬度写反了：应先写经度（东经），再写纬度。"})
        if meant:
            raise Invalid({"datum": f"{_which(item)}按现在的读法不在{name}，按 {meant[0].datum.upper()} 读就在。请改选坐标系。"})
        raise Invalid({"file": f"{_which(item)}不在{name}。"})


def _named(item: Shape, kind: str) -> Wanted:
    code, name, town = item.code, item.name, item.town
    if kind == "town":
        row = lookup.snapshot().towns.latest(code[:9]) or next((one for one in lookup.towns() if one.name == name), None)
        if row is None:
            raise Invalid({"file": f"{_which(item)}：参考数据里没有这个镇街，代码和名称都对不上。"})
        code, name, town = row.code, row.name, row.code
    elif kind == "village":
        known = lookup.village(code) if code else None
        same = [one for one in lookup.villages() if one.name == name]
        known = known or (same[0] if len(same) == 1 else None)
        if known is None:
            raise Invalid({"file": f"{_which(item)}：" + ("这个村社名称在几个镇街都有，要写代码。" if same else "参考数据里没有这个村社。")})
        code, name, town = known.code, known.name, known.town
    elif not name and not code:
        raise Invalid({"file": f"第 {item.line} 个片区既没有代码（code）也没有名称（name）。"})
    code = code or re.sub(r"[^0-9A-Za-z_-]", "", _slug(name))[:40]
    if not _CODE.fullmatch(code):
        raise Invalid({"file": f"{_which(item)}的代码只能用字母、数字、- 和 _，最多 40 个。"})
    spot = item.geometry.representative_point()
    return Wanted(item.line, code, name or code, _town(town) or locate.town_at(spot.x, spot.y) or "", _multi(item.geometry))


def _town(words: str) -> str:
    row = lookup.snapshot().towns.latest(words) or next((one for one in lookup.towns() if one.name == words), None)
    return row.code if row else ""


def _slug(name: str) -> str:
    from civic.places import sound
    return sound.of(name).pinyin


def _multi(outline: BaseGeometry) -> MultiPolygon:
    return MultiPolygon([outline]) if isinstance(outline, Polygon) else MultiPolygon(list(getattr(outline, "geoms", [])))


def _once(found: Sequence[Wanted]) -> None:
    seen: dict[str, Wanted] = {}
    for item in found:
        if (first := seen.setdefault(item.code, item)) is not item:
            raise Invalid({"file": f"第 {first.line} 个和第 {item.line} 个片区的代码都是 {item.code}。"})


def overlaps(found: Sequence[Wanted], least: float = 0.01) -> list[str]:
    """Sentences for pairs that share more than a hundredth of the smaller: worth a look, no reason to refuse."""
    words: list[str] = []
    if not found:
        return words
    tree = shapely.STRtree([item.outline for item in found])
    for one, other in zip(*tree.query([item.outline for item in found], predicate="intersects"), strict=True):
        if one < other:
            first, second = found[one], found[other]
            shared = first.outline.intersection(second.outline).area / min(first.outline.area, second.outline.area)
            if shared > least:
                words.append(f"「{first.name}」和「{second.name}」重叠 {shared:.0%}。")
    return words[:MANY] + ([f"还有 {len(words) - MANY} 对片区重叠。"] if len(words) > MANY else [])


def to_payload(found: Sequence[Wanted]) -> list[dict[str, Any]]:
    """Plain values to keep until the plan is applied; outlines as WKT with 7 decimals, about a centimetre."""
    return [{"line": item.line, "code": item.code, "name": item.name, "town": item.town,
             "wkt": shapely.to_wkt(item.outline, rounding_precision=7)} for item in found]


def from_payload(payload: Sequence[Any]) -> list[Wanted]:
    return [Wanted(item["line"], item["code"], item["name"], item["town"], _multi(shapely.from_wkt(item["wkt"])))
            for item in payload]
