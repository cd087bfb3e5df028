"""The place columns a tip, a case and a check-in share."""

from __future__ import annotations

from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy.orm import Mapped, mapped_column


class Placed:
    """A place as given: WGS-84 point (EPSG:4326) when there is one, and words, village or town otherwise."""

    point: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False), nullable=True)
    accuracy_m: Mapped[int | None]
    place_source: Mapped[str | None]
    """map, gps, exif, address, village, town, unknown"""
    src_datum: Mapped[str | None]
    address: Mapped[str] = mapped_column(default="")
    village: Mapped[str | None]
    town: Mapped[str | None]
