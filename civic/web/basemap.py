"""The offline base map: the county's outline, its neighbours and its towns. A sketch 示意图, not a boundary.

Read from the county's own data; nothing is fetched from elsewhere. Coordinates are WGS-84 degrees.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import current_app, url_for

from civic.reference import county, lookup
from civic.reference.version import Cached
from civic.web import mapbase, vocabulary
from civic.web.templating import asset

LIBRARY = "maplibre-gl"
PAD = 0.06
"""Of the county's size, kept free around it in a sketch."""


def _read(path: Path) -> dict[str, Any]:
    """A GeoJSON file of the county; an empty collection when there is none."""
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {"type": "FeatureCollection", "features": []}
    return found


_outline = Cached("basemap.outline", lambda: _read(county.current().outline))
_around = Cached("basemap.neighbours", lambda: _read(county.current().neighbours))


def library() -> dict[str, str]:
    """Addresses of the installed map library, `{module, style}`; empty when it is not installed: then lists do."""
    folder = Path(current_app.static_folder or "")
    try:
        manifest = json.loads((folder / "vendor" / "manifest.json").read_text(encoding="utf-8"))
        path = str(manifest["packages"][LIBRARY]["path"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    names = {"module": f"{path}/{LIBRARY}.mjs", "style": f"{path}/{LIBRARY}.css"}
    if not all((folder / name).is_file() for name in names.values()):
        return {}
    # the module finds its worker beside itself: no query string may stand in the way
    return {"module": url_for("static", filename=names["module"]), "style": asset(names["style"])}


def base(*, staff: bool = False) -> dict[str, Any]:
    """All a map needs to draw itself, as one JSON document; `staff`: with a base that only the newsroom may see."""
    here = county.current()
    return {
        "library": library(), "style": asset("css/map.css"), "box": list(here.map.box), "centre": list(here.map.centre),
        "zoom": here.map.zoom, "name": here.name, "outline": _outline.get(), "neighbours": _around.get(),
        "towns": [{"code": town.code, "name": town.name, "lng": town.lng, "lat": town.lat}
                  for town in lookup.towns() if town.lng is not None and town.lat is not None],
        "villages": [{"name": village.name, "lng": village.lng, "lat": village.lat} for village in lookup.villages()
                     if not village.approx and village.lng is not None and village.lat is not None],
        "looks": looks(), "provider": mapbase.document(staff),
    }


def looks() -> dict[str, dict[str, str]]:
    """Shape, tone and word of every pin: of a stage while a case runs, of its outcome once it has ended."""
    found = {}
    for kind in ("stage", "outcome"):
        for value, term in vocabulary.VOCABULARY[kind].items():
            found[f"{kind}-{value}"] = {"path": vocabulary.shape_path(term.shape), "tone": term.tone, "word": term.word}
    return found


# -- sketches without any library -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    tone: str
    title: str


@dataclass(frozen=True, slots=True)
class Sketch:
    """The outline as SVG path data and dots on it, in a box of `width` by `height`."""

    width: int
    height: int
    outline: str
    dots: tuple[Dot, ...]
    names: tuple[tuple[float, float, str], ...]


def sketch(points: Iterable[tuple[float, float, str, str]], *, width: int = 400, names: bool = False) -> Sketch:
    """A small drawing of the county with dots at (lng, lat, tone, title)."""
    west, south, east, north = county.current().map.box
    squeeze = math.cos(math.radians((south + north) / 2))
    pad = PAD * (east - west)
    scale = width / ((east - west + 2 * pad) * squeeze)
    height = round((north - south + 2 * pad) * scale)

    def put(lng: float, lat: float) -> tuple[float, float]:
        return round((lng - west + pad) * squeeze * scale, 1), round((north + pad - lat) * scale, 1)
    path = "".join("M" + "L".join(f"{x:g} {y:g}" for x, y in (put(*spot[:2]) for spot in ring)) + "Z"
                   for ring in _rings(_outline.get()))
    dots = tuple(Dot(*put(lng, lat), tone, title) for lng, lat, tone, title in points)
    labels = tuple((*put(town.lng, town.lat), town.name) for town in lookup.towns()
                   if names and town.lng is not None and town.lat is not None)
    return Sketch(width, height, path, dots, labels)


def _rings(data: Mapping[str, Any]) -> Iterator[Sequence[Sequence[float]]]:
    for feature in data.get("features", ()):
        shape: dict[str, Any] = feature.get("geometry") or {}
        spots = shape.get("coordinates") or []
        for polygon in [spots] if shape.get("type") == "Polygon" else spots if shape.get("type") == "MultiPolygon" else []:
            yield from polygon


def county_rings() -> list[Sequence[tuple[float, float]]]:
    """The rings of the county's outline, WGS-84 degrees."""
    return [[(float(spot[0]), float(spot[1])) for spot in ring] for ring in _rings(_outline.get())]


def neighbour_rings() -> list[Sequence[Sequence[float]]]:
    """The rings of the neighbours' outlines, WGS-84 degrees."""
    return list(_rings(_around.get()))
