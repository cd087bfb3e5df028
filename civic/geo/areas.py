"""The county: its outline, the town centres in it, distances. Everything in WGS-84 degrees and metres."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import shapely
from shapely.geometry import MultiPolygon, Point, Polygon, shape
from shapely.geometry.base import BaseGeometry

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG


@dataclass(frozen=True, slots=True)
class Centre:
    """The centre of a town or village: its code and WGS-84 point."""

    code: str
    lng: float
    lat: float


@dataclass(frozen=True)
class County:
    """The outline of the county, prepared for many questions."""

    outline: BaseGeometry

    @classmethod
    def load(cls, path: Path) -> County:
        """Reads a GeoJSON file (WGS-84); ValueError when there is no polygon in it."""
        return cls.from_geojson(json.loads(path.read_text(encoding="utf-8")))

    @classmethod
    def from_geojson(cls, data: Mapping[str, Any]) -> County:
        """The county of a GeoJSON geometry, Feature or FeatureCollection; ValueError when there is no polygon in it."""
        outline = shapely.make_valid(shapely.union_all([shape(dict(geometry)) for geometry in _geometries(data)]))
        if outline.is_empty or outline.area == 0:
            raise ValueError("no polygon in the GeoJSON")
        shapely.prepare(outline)
        return cls(outline)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north."""
        west, south, east, north = self.outline.bounds
        return west, south, east, north

    def contains(self, lng: float, lat: float) -> bool:
        """Whether a WGS-84 point lies in the county or on its border; False for what is no number."""
        if not (math.isfinite(lng) and math.isfinite(lat)):
            return False
        return bool(self.outline.intersects(Point(lng, lat)))


def distance_m(lng1: float, lat1: float, lng2: float, lat2: float) -> float:
    """Great-circle metres between two WGS-84 points (haversine; within 0.5 % of the ellipsoid)."""
    phi1, phi2 = math.radians(lat1), math.radians(lat2)
    half = math.sin((phi2 - phi1) / 2) ** 2
    half += math.cos(phi1) * math.cos(phi2) * math.sin(math.radians(lng2 - lng1) / 2) ** 2
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(half)))


def nearest(lng: float, lat: float, centres: Iterable[Centre]) -> tuple[Centre, float] | None:
    """The centre nearest to a point and how many metres away it is; None when there are no centres.

    Of two equally near the smaller code wins, so that the answer does not depend on the order of rows.
    """
    ranked = [(distance_m(lng, lat, centre.lng, centre.lat), centre.code, centre) for centre in centres]
    if not ranked:
        return None
    metres, _, centre = min(ranked, key=lambda item: item[:2])
    return centre, metres


def voronoi_cells(centres: Iterable[Centre], outline: BaseGeometry) -> dict[str, MultiPolygon]:
    """A made-up area around each centre inside the outline, by code: for demonstrations, not a boundary.

    ValueError for two centres at one place or a centre outside every cell.
    """
    towns = list(centres)
    if len({(town.lng, town.lat) for town in towns}) != len(towns):
        raise ValueError("two centres at one place")
    if len(towns) < 2:
        return {town.code: _polygons(outline) for town in towns}
    # Degrees are squeezed to metres first: one degree east is shorter than one degree north.
    squeeze = math.cos(math.radians(outline.centroid.y))
    flat = shapely.transform(outline, lambda xy: xy * (squeeze, 1.0))
    points = [Point(town.lng * squeeze, town.lat) for town in towns]
    regions = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=flat.envelope)
    cells = {}
    for town, point in zip(towns, points, strict=True):
        region = next((cell for cell in regions.geoms if cell.intersects(point)), None)
        if region is None:
            raise ValueError(f"no cell for {town.code}")
        piece = shapely.intersection(region, flat)
        cells[town.code] = _polygons(shapely.transform(piece, lambda xy: xy / (squeeze, 1.0)))
    return cells


def _polygons(geometry: BaseGeometry) -> MultiPolygon:
    parts = geometry.geoms if hasattr(geometry, "geoms") else [geometry]
    return MultiPolygon([part for part in parts if isinstance(part, Polygon) and not part.is_empty])


def _geometries(data: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if data.get("type") == "FeatureCollection":
        found = [feature.get("geometry") for feature in data.get("features", ())]
    elif data.get("type") == "Feature":
        found = [data.get("geometry")]
    else:
        found = [data]
    return [geometry for geometry in found if geometry and geometry.get("type") in ("Polygon", "MultiPolygon")]
