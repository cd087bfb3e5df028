"""The maps and the documents they are drawn from. Without the library, or without WebGL, the list says the same."""

from __future__ import annotations

import math
from typing import Any

from flask import g, render_template, request, url_for

from civic.blueprints.map import bp, page
from civic.cases import field_map, public
from civic.kit.result import Invalid
from civic.reference import county
from civic.web import basemap, guard


@bp.get("/map", endpoint="page")
@guard.public
def public_map() -> str:
    given = public.read(request.args)
    found = public.points(given)
    return render_template(
        "map/page.html", given=given, found=found, rows=page.listed(given, found), choices=page.choices(given),
        active=given.active(), src=url_for("map.cases", **given.active()), limit=page.LISTED,
        approval=county.current().footer.map_approval, lonely=sum(point.lng is None for point in found.points))


@bp.get("/map/cases.geojson")
@guard.public
def cases() -> Any:
    return page.document(page.public_features(public.points(public.read(request.args))), kind="application/geo+json")


@bp.get("/map/base.json")
@guard.public
def base() -> Any:
    """The county's outline, its neighbours, its towns, and how pins look. The same for everybody."""
    return page.document(basemap.base(), kept="public, max-age=300")


@bp.get("/map/where")
@guard.public
def where() -> Any:
    """The town nearest to a point, and other readings of a point outside the county. Nothing is kept."""
    found = page.where(_degrees("lng", 180), _degrees("lat", 180))
    return page.document(found, kept="no-store")


def _degrees(name: str, most: float) -> float:
    try:
        value = float(request.args.get(name, ""))
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and abs(value) <= most):
        raise Invalid({name: "应为经纬度，单位是度。"})
    return value


@bp.get("/desk/map")
@guard.staff("map.internal")
def internal() -> str:
    given = field_map.wanted(request.args)
    return render_template("map/internal.html", given=given, found=field_map.spots(g.actor, given),
                           choices=page.internal_choices(given), src=url_for("map.internal_cases", **given))


@bp.get("/desk/map/cases.geojson")
@guard.staff("map.internal")
def internal_cases() -> Any:
    found = field_map.spots(g.actor, field_map.wanted(request.args))
    return page.document(page.internal_features(found), kept="no-store", kind="application/geo+json")
