"""What is drawn and listed beside the tiles: hexagons, towns with rates, the rows of a view, the card of a case."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from flask import g, render_template, request, url_for

from civic.blueprints.map import bp, cache, page
from civic.blueprints.map.tileviews import SHORT, bounded, mark_of
from civic.cases import map_months, map_rows, public, public_tiles, queries, tiles, town_areas
from civic.cases.tiles import Source
from civic.insight import queries as figure_queries
from civic.insight import tables
from civic.kit.result import Invalid, NotFound
from civic.reference.version import Cached
from civic.web import guard

BESIDE = 60
"""Rows of a view sent at once."""
RATES = ("on_time_rate", "solved_strict", "satisfied_rate", "overdue_rate", "recurrence_rate")
"""Figures of the figures pages that a town can be painted by, besides counts."""
PRIVATE = "private, no-cache"

_outlines = Cached("map.towns", town_areas.outlines)


def _public() -> tuple[public.Filters, Source]:
    bounded()
    given = replace(public.read(request.args), box=None)
    return given, public_tiles.source(given)


def _inside(month: str | None = None) -> Source:
    """The newsroom's cases of the address; `month` in place of the address's own."""
    bounded()
    month = map_months.read(request.args.get("month", "")) if month is None else month
    return map_months.source(g.actor, tiles.inside(request.args), tiles.moment(), month)


def _body(data: Any) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()


# -- hexagons ---------------------------------------------------------------------------------------------------------


def _hexagons(source: Source) -> bytes:
    rows = [{"type": "Feature", "geometry": json.loads(one.outline), "properties": {"count": one.count}} for one in map_rows.hexagons(source)]
    return _body({"type": "FeatureCollection", "features": rows})


@bp.get("/map/hexes.geojson")
@guard.public
def hexes() -> Any:
    given, source = _public()
    kept = cache.through(("hexes", tuple(sorted(given.active().items())), mark_of(), cache.bucket()), lambda: _hexagons(source))
    return cache.answer(kept, control=SHORT, kind="application/geo+json")


@bp.get("/desk/map/hexes.geojson")
@guard.staff("map.internal")
def internal_hexes() -> Any:
    return cache.answer(cache.pack(_hexagons(_inside())), control=PRIVATE, kind="application/geo+json")


# -- towns ------------------------------------------------------------------------------------------------------------


def _month(name: str) -> str:
    value = request.args.get(name, "")
    if value and not re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", value):
        raise Invalid({name: "月份应写成 2026-11 这样。"})
    return value


def _rates(by: str, month: str) -> dict[str, tuple[float | None, str, int]]:
    """Value, whether it may be shown, and sample of a figure by town: the cells of the public figures page."""
    found = tables.table("towns", figure_queries.scope_of(g.actor), figure_queries.period(month or "all"), by)
    return {row.key: (row.cells[by].value if row.cells[by].state == "fine" else None, row.cells[by].state, row.cells[by].sample)
            for group in found.groups for row in group.rows if not row.merged and by in row.cells}


def _painted(now: dict[str, int], then: dict[str, int] | None, by: str, month: str) -> bytes:
    people = figure_queries.populations() if by == "density" else {}
    rates = _rates(by, month) if by in RATES else {}
    features = []
    for area in _outlines.get():
        n = now.get(area.code, 0)
        said: dict[str, Any] = {"code": area.code, "name": area.name, "approx": int(area.approx), "n": n, "v": n}
        if then is not None:
            said |= {"before": then.get(area.code, 0), "v": n - then.get(area.code, 0)}
        elif by == "density":
            inhabitants = people.get(area.code, (None, ""))[0]
            said["v"] = round(n * 10_000 / inhabitants, 1) if inhabitants else None
        elif by in RATES:
            value, state, sample = rates.get(area.code, (None, "none", 0))
            said |= {"v": None if value is None else round(value * 100, 1), "state": state, "sample": sample}
        features.append({"type": "Feature", "geometry": area.geometry, "properties": said})
    return _body({"type": "FeatureCollection", "features": features, "elsewhere": sum(now.values()) - sum(
        now.get(area.code, 0) for area in _outlines.get())})


def _by() -> str:
    by = request.args.get("by", "count")
    if by not in ("count", "density", *RATES):
        raise Invalid({"by": "只能按件数、万人件数或数据页上的几个比率着色。"})
    return by


@bp.get("/map/towns.geojson")
@guard.public
def towns() -> Any:
    """Towns painted by count, by count for 10,000 inhabitants, by a figure, or by the change between two months."""
    given, _source = _public()
    by, other = _by(), _month("other")

    def build() -> bytes:
        then = public_tiles.towns(replace(given, month=other)) if other else None
        return _painted(public_tiles.towns(given), then, by, given.month)
    kept = cache.through(("towns", tuple(sorted(given.active().items())), by, other, mark_of(), cache.bucket()), build)
    return cache.answer(kept, control=SHORT, kind="application/geo+json")


@bp.get("/desk/map/towns.geojson")
@guard.staff("map.internal")
def internal_towns() -> Any:
    by, other, month = _by(), _month("other"), _month("month")
    then = map_rows.towns(_inside(other)) if other else None
    return cache.answer(cache.pack(_painted(map_rows.towns(_inside()), then, by, month)), control=PRIVATE, kind="application/geo+json")


# -- rows and cards ---------------------------------------------------------------------------------------------------


def _rows(source: Source, endpoint: str, control: str) -> Any:
    found = map_rows.listed(source, map_rows.box_of(request.args.get("box", "")), BESIDE)
    rows = [page.beside(row, endpoint) for row in found.rows]
    html = render_template("map/rows.html", rows=rows)
    return cache.answer(cache.pack(_body({"total": found.total, "shown": len(rows), "html": html})), control=control,
                        kind="application/json")


@bp.get("/map/rows.json")
@guard.public
def rows() -> Any:
    """The newest cases of a view and how many there are, for the list that follows the map."""
    return _rows(_public()[1], "public.case", "no-cache")


@bp.get("/desk/map/rows.json")
@guard.staff("map.internal")
def internal_rows() -> Any:
    return _rows(_inside(), "", PRIVATE)


@bp.get("/map/cards/<number>")
@guard.public
def card(number: str) -> Any:
    """The panel of a public case: the card that the list shows."""
    found = public_tiles.card(number)
    html = render_template("map/card.html", card=found, pair=_pair(number) if found.outcome else None, url=url_for("public.case", number=number))
    return cache.answer(cache.pack(_body({"html": html})), control="no-cache", kind="application/json")


def _pair(number: str) -> Any:
    """The latest released pictures from before and after; None without."""
    found = public.page(number)
    return next((check.pair for check in reversed(found.checks) if check.pair), None) if isinstance(found, public.PublicCase) else None


@bp.get("/desk/map/cards/<number>")
@guard.staff("map.internal")
def internal_card(number: str) -> Any:
    found = next((one for one in queries.look_up(g.actor, number, limit=1) if one.number == number), None)
    if found is None:
        raise NotFound()
    html = render_template("map/card_inside.html", card=found)
    return cache.answer(cache.pack(_body({"html": html})), control=PRIVATE, kind="application/json")
