"""A public case as a GeoJSON feature and as a line of a table: the same fields, named once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask import Response, url_for

from civic.cases.public_open import OpenCase
from civic.web import vocabulary

GEOJSON = "application/geo+json"


@dataclass(frozen=True, slots=True)
class Words:
    """Words of states in the reader's language and the address of cases: known while the request is, kept for the stream."""

    stages: dict[str, str]
    outcomes: dict[str, str]
    address: str


def words() -> Words:
    return Words(dict(vocabulary.words("stage")), dict(vocabulary.words("outcome")), url_for("public.case", number="0", _external=True)[:-1])


def properties(row: OpenCase, said: Words) -> dict[str, Any]:
    """What everybody may know of a case, flat. Moments are ISO 8601 in UTC."""
    return {
        "number": row.number, "title": row.title, "summary": row.summary, "category": row.category,
        "category_name": row.category_name, "town": row.town, "town_name": row.town_name, "village_name": row.village_name,
        "stage": row.stage, "stage_name": said.stages.get(row.stage, row.stage), "outcome": row.outcome,
        "outcome_name": said.outcomes.get(row.outcome, row.outcome), "late": row.late,
        "opened": row.opened.isoformat(), "closed": row.closed.isoformat() if row.closed else None,
        "updated": row.updated.isoformat(), "supports": row.supports, "radius_m": row.radius_m,
        "url": said.address + quote(row.number),
    }


FIELDS = ("number", "title", "summary", "category", "category_name", "town", "town_name", "village_name", "stage", "stage_name",
          "outcome", "outcome_name", "late", "opened", "closed", "updated", "supports", "radius_m", "url")


def feature(row: OpenCase, said: Words) -> dict[str, Any]:
    """The case with its public point, CRS84 longitude and latitude; no geometry where not even a town is known."""
    point = {"type": "Point", "coordinates": [row.lng, row.lat]} if row.lng is not None and row.lat is not None else None
    return {"type": "Feature", "id": row.number, "geometry": point, "properties": properties(row, said)}


def dumps(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))


def document(data: Any, kind: str = "application/json", code: int = 200) -> Response:
    """JSON that may be kept but must be asked for again: what is concealed has to be gone at once."""
    response = Response(dumps(data), status=code, content_type=kind)
    response.headers["Cache-Control"] = "no-cache"
    return response
