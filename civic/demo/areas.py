"""Areas of the demonstration: two invented 未来社区 and a grid, by the same import as a real file."""

from __future__ import annotations

import json

from civic.models import db
from civic.places import assign, imports, seed
from civic.reference import county, lookup

NAMES = ("晴湖未来社区", "望山未来社区")
HALF = 0.009
"""Degrees from the middle of such an area to its side, about a kilometre."""
METRES = 2_000


def make() -> None:
    """Takes the outlines in, cuts the grid, and sorts the cases into all of it."""
    towns = [row for row in lookup.towns() if row.lng is not None and row.lat is not None][:len(NAMES)]
    features = [{"type": "Feature", "properties": {"code": f"demo-{number}", "name": name, "town": row.code},
                 "geometry": {"type": "Polygon", "coordinates": [_ring(row.lng or 0.0, row.lat or 0.0)]}}
                for number, (name, row) in enumerate(zip(NAMES, towns, strict=False), 1)]
    raw = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    imports.apply(imports.draft("演示.geojson", raw, "future", source=f"{county.current().brand.squad}演示数据，虚构"))
    seed.grid(METRES)
    db.session.commit()
    assign.run(whole=True)


def _ring(lng: float, lat: float) -> list[list[float]]:
    """A six-cornered outline around a point."""
    corners = ((-1.0, -0.4), (-0.3, -1.0), (0.8, -0.8), (1.1, 0.2), (0.4, 0.9), (-0.7, 0.8), (-1.0, -0.4))
    return [[round(lng + x * HALF, 6), round(lat + y * HALF, 6)] for x, y in corners]
