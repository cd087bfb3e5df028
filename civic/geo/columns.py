"""Geometry columns, and the step between them and plain longitude and latitude (WGS-84, SRID 4326)."""

from __future__ import annotations

from typing import Any

from geoalchemy2 import Geometry, WKBElement, WKTElement
from geoalchemy2.shape import from_shape, to_shape
from shapely.geometry.base import BaseGeometry
from sqlalchemy import Computed
from sqlalchemy.orm import MappedColumn, mapped_column

SRID = 4326
MERCATOR = 3857


def point(*, nullable: bool = True, index: bool = True, **options: Any) -> MappedColumn[Any]:
    """A `geometry(Point,4326)` column, with a GiST index unless the table brings its own composite one."""
    return mapped_column(Geometry("POINT", srid=SRID, spatial_index=index), nullable=nullable, **options)


def multipolygon(*, nullable: bool = True, index: bool = True, **options: Any) -> MappedColumn[Any]:
    """A `geometry(MultiPolygon,4326)` column, with a GiST index unless told otherwise."""
    return mapped_column(Geometry("MULTIPOLYGON", srid=SRID, spatial_index=index), nullable=nullable, **options)


def mercator_of(column: str, *, index: bool = False) -> MappedColumn[Any]:
    """A stored generated `geometry(Point,3857)` column for tiles, computed by the database from `column`.

    `column` is a name from the code, never from a request.
    """
    if not column.isidentifier():
        raise ValueError("a column name")
    computed = Computed(f"ST_Transform({column}, {MERCATOR})", persisted=True)
    return mapped_column(Geometry("POINT", srid=MERCATOR, spatial_index=index), computed)


def to_column(lng: float, lat: float) -> WKTElement:
    """The value to store for a WGS-84 point; 6 decimals, about 0.1 m."""
    return WKTElement(f"POINT({lng:.6f} {lat:.6f})", srid=SRID)


def from_column(value: WKBElement | WKTElement | None) -> tuple[float, float] | None:
    """Longitude and latitude of a stored point; None for none."""
    if value is None:
        return None
    (lng, lat), *_ = to_shape(value).coords
    return float(lng), float(lat)


def shape_column(outline: BaseGeometry) -> WKBElement:
    """The value to store for a WGS-84 outline."""
    return from_shape(outline, srid=SRID)


def shape_of(value: WKBElement | WKTElement | None) -> BaseGeometry | None:
    """A stored outline as a shape; None for none."""
    return None if value is None else to_shape(value)
