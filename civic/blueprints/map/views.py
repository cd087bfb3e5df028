"""The maps and the documents they are drawn from. Without the library, or without WebGL, the list says the same."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from flask import g, render_template, request

from civic.blueprints.map import bp, page
from civic.cases import field_map, map_months, map_rows, public, public_tiles, tiles
from civic.kit import clock
from civic.kit.result import Invalid
from civic.web import basemap, guard


@bp.get("/map", endpoint="page")
@guard.public
def public_map() -> str:
    given, moment = replace(public.read(request.args), box=None), clock.now()
    found = public_tiles.rows(given, page.LISTED)
    # the number changes when a case is taken away, so that no cache holds a page's tiles with it
    at = page.addresses("/map", {**given.active(), "v": str(public_tiles.mark().hidden)})
    return render_template(
        "map/page.html", given=given, found=found, rows=[page.beside(row, "public.case") for row in found.rows], fresh=moment,
        choices=page.choices(given), active=given.active(), at=at, limit=page.LISTED, months=page.months(),
        still=page.still(found.rows, found.total, lambda: public_tiles.towns(given)), preload=page.preload("map.base"), **page.marks())


@bp.get("/map/cases.geojson")
@guard.public
def cases() -> Any:
    return page.document(page.public_features(public.points(public.read(request.args))), kind="application/geo+json")


@bp.get("/map/base.json")
@guard.public
def base() -> Any:
    """The county's outline, its neighbours, its towns, and how pins look. The same for everybody."""
    return page.document(basemap.base(), kept="public, max-age=300")


@bp.get("/desk/map/base.json")
@guard.staff("map.internal")
def internal_base() -> Any:
    """The same with a base that only the newsroom may see."""
    return page.document(basemap.base(staff=True), kept="private, no-cache")


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
    known = field_map.wanted(request.args)
    args = {**request.args.to_dict(), "state": known["state"]}
    given, moment, month = tiles.inside(args), clock.now(), map_months.read(request.args.get("month", ""))
    source = map_months.source(g.actor, given, moment, month)
    found = map_rows.listed(source, None, page.LISTED)
    hidden = {name: request.args.get(name, "")[:100] for name in ("group", "grade", "exposure", "late", "q")}
    query = {name: value for name, value in {**known, **hidden, "month": month}.items() if value}
    return render_template("map/internal.html", given=given, found=found, rows=[page.beside(row, "") for row in found.rows], fresh=moment,
                           choices=page.internal_choices(known), at=page.addresses("/desk/map", query), hidden=query, months=page.months(),
                           still=page.still(found.rows, found.total, lambda: map_rows.towns(source)), preload=page.preload("map.internal_base"),
                           **page.marks())


@bp.get("/desk/map/cases.geojson")
@guard.staff("map.internal")
def internal_cases() -> Any:
    found = field_map.spots(g.actor, field_map.wanted(request.args))
    return page.document(page.internal_features(found), kept="no-store", kind="application/geo+json")
