"""GeoJSON and words of the maps."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, request, url_for
from flask_babel import gettext as _

from civic.cases import field_map, map_rows
from civic.cases.public import Filters, Points
from civic.geo import datum
from civic.kit import clock
from civic.reference import county, locate, lookup
from civic.web import basemap, mapbase, mapstill, vocabulary

LISTED = 200
"""Cases the list beside the map holds; of more it shows the newest, says so, and follows the view."""
DATUM_WORDS = {"wgs84": "经纬度写反了", "gcj02": "高德、腾讯地图的坐标", "bd09": "百度地图的坐标"}


def look(stage: str, outcome: str) -> str:
    """Which drawn pin stands for a case."""
    return f"outcome-{outcome}" if outcome else f"stage-{stage}"


def _feature(lng: float | None, lat: float | None, **properties: Any) -> dict[str, Any]:
    spot = {"type": "Point", "coordinates": [lng, lat]} if lng is not None and lat is not None else None
    return {"type": "Feature", "geometry": spot, "properties": properties}


def public_features(found: Points) -> dict[str, Any]:
    """Points or, when they are too many, counts of cells; `total` counts every case that fits."""
    rows = [_feature(point.lng, point.lat, n=point.number, t=point.title, p=point.town,
                     k=look(point.stage, point.outcome), late=int(point.late), r=point.radius_m)
            for point in found.points]
    rows += [_feature(cell.lng, cell.lat, count=cell.count) for cell in found.cells]
    return {"type": "FeatureCollection", "total": found.total, "cells": bool(found.cells), "features": rows}


def internal_features(found: field_map.Spots) -> dict[str, Any]:
    rows = [_feature(spot.lng, spot.lat, n=spot.number, t=spot.title, p=spot.town, k=look(spot.stage, spot.outcome),
                     late=int(spot.late), r=0 if spot.exact else 3_000) for spot in found.rows]
    return {"type": "FeatureCollection", "total": found.total, "cells": False, "features": rows}


def document(data: Any, *, kept: str = "no-cache", kind: str = "application/json") -> Any:
    """JSON with a tag of its content, packed when the browser can unpack it."""
    body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
    tag = hashlib.sha256(body).hexdigest()[:24]
    packed = len(body) > 1_000 and request.accept_encodings.quality("gzip") > 0
    response = Response(gzip.compress(body, 6, mtime=0) if packed else body, content_type=kind)
    if packed:
        response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
    response.headers["Cache-Control"] = kept
    response.set_etag(tag, weak=True)
    return response.make_conditional(request)


# -- filters as a plain form ------------------------------------------------------------------------------------------


def choices(given: Filters) -> list[dict[str, Any]]:
    """The selects above the public map."""
    towns = [(row.code, row.name) for row in lookup.towns()]
    levels = [(level, level) for level in lookup.category_tree()]
    if given.category and given.category not in lookup.category_tree():
        levels.append((given.category, lookup.category_name(given.category)))
    stages = [(value, word) for value, word in vocabulary.words("stage") if value != "merged"]
    return [
        {"name": "state", "label": _("进度"), "value": given.state, "options": [("open", _("在办")), ("closed", _("已结案"))]},
        {"name": "stage", "label": _("阶段"), "value": given.stage, "options": stages},
        {"name": "town", "label": _("镇街"), "value": given.town, "options": towns},
        {"name": "category", "label": _("问题类别"), "value": given.category, "options": levels},
        {"name": "late", "label": _("期限"), "value": given.late, "options": [("1", _("超期未兑现"))]},
    ]


def internal_choices(given: dict[str, str]) -> list[dict[str, Any]]:
    kinds = [(row.code, f"{row.l1} · {row.l2}") for row in lookup.categories()]
    return [
        {"name": "state", "label": _("进度"), "value": given["state"], "needed": True,
         "options": [("open", _("在办")), ("ended", _("已结")), ("all", _("全部"))]},
        {"name": "stage", "label": _("阶段"), "value": given["stage"], "options": vocabulary.words("stage")},
        {"name": "town", "label": _("镇街"), "value": given["town"],
         "options": [(row.code, row.name) for row in lookup.towns()]},
        {"name": "category", "label": _("问题类别"), "value": given["category"], "options": kinds},
    ]


def beside(row: map_rows.Row, endpoint: str) -> dict[str, Any]:
    """A row of the equal list; without an endpoint it leads to the case inside."""
    return {"number": row.number, "title": row.title, "town": row.town, "stage": row.stage, "outcome": row.outcome,
            "late": "overdue" if row.late else "", "placed": row.lng is not None, "lng": row.lng, "lat": row.lat, "radius": row.radius,
            "url": url_for(endpoint, number=row.number) if endpoint else f"/desk/cases/{row.number}"}


def addresses(front: str, query: Mapping[str, str]) -> dict[str, str]:
    """What the map reads, with the filters of the page."""
    return {"tiles": f"{front}/tiles", "rows": f"{front}/rows.json", "hexes": f"{front}/hexes.geojson", "towns": f"{front}/towns.geojson",
            "cards": f"{front}/cards", "areas": f"{request.script_root}/areas/town", "query": urlencode(query)}


def preload(base: str) -> dict[str, Any]:
    """What the map needs first, so that the browser asks for all of it at once: scripts, and the base map's document."""
    parts = ("map", "basemap", "map_layers", "map_modes", "map_panel", "map_ways", "map_cells", "map_pictures")
    library = basemap.library()
    return {"scripts": [url_for("static", filename=f"js/{name}.js") for name in parts] + ([library["module"]] if library else []),
            "base": url_for(base), "style": library.get("style", "")}


def still(rows: Sequence[map_rows.Row], total: int, towns: Callable[[], Mapping[str, int]]) -> mapstill.Still:
    """The picture for readers without WebGL or script: the listed cases, or towns with counts when not all are listed."""
    if total > len(rows):
        return mapstill.draw((), towns())
    spots = [(row.lng, row.lat, _tone(row), row.title) for row in rows if row.lng is not None and row.lat is not None]
    return mapstill.draw(spots)


def _tone(row: map_rows.Row) -> str:
    if row.late:
        return "late"
    kind, value = ("outcome", row.outcome) if row.outcome else ("stage", row.stage)
    return vocabulary.term(kind, value).tone


def marks() -> dict[str, str]:
    """What has to stand on the map: its approval number and who made the base."""
    here = mapbase.current()
    return {"approval": here.approval or county.current().footer.map_approval, "credit": here.credit}


def months(least: str = "2000-01") -> list[str]:
    """The last 24 months, the oldest first, for the time slider."""
    now = clock.local(clock.now())
    found = [f"{(now.year * 12 + now.month - 1 - back) // 12}-{(now.year * 12 + now.month - 1 - back) % 12 + 1:02d}" for back in range(23, -1, -1)]
    return [month for month in found if month >= least]


# -- where is this ----------------------------------------------------------------------------------------------------


def where(lng: float, lat: float) -> dict[str, Any]:
    """What is known of a point: in the county or not, the nearest town, other readings of a pair from elsewhere."""
    inside = locate.inside(lng, lat)
    town = locate.town_at(lng, lat) if inside else None
    offers = [{"datum": str(one.datum), "swapped": one.swapped, "lng": round(one.lng, 6), "lat": round(one.lat, 6),
               "town": lookup.town_name(locate.town_at(one.lng, one.lat)), "words": _reading(one)}
              for one in datum.reinterpret(lng, lat, locate.inside)]
    return {"inside": inside, "town": {"code": town, "name": lookup.town_name(town)} if town else None,
            "offers": offers}


def _reading(one: datum.Candidate) -> str:
    words = _(DATUM_WORDS[str(one.datum)]) if str(one.datum) in DATUM_WORDS else str(one.datum)
    return words + _("，而且经纬度写反了") if one.swapped and one.datum is not datum.Datum.WGS84 else words
