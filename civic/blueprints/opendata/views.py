"""Files of public cases with the filters of the list, streamed; and the map other sites may frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Any
from urllib.parse import quote

from flask import Response, current_app, make_response, render_template, request, url_for
from flask_babel import gettext as _

from civic.blueprints.opendata import bp, shapes
from civic.cases import public, public_open
from civic.cases.public_open import OpenCase
from civic.insight.export import Sheet, Value, csv_lines
from civic.kit import clock
from civic.reference import county
from civic.web import areasketch, guard, security, vocabulary

EMBED_ROWS = 12
EMBED_DOTS = 1_000


@bp.get("/opendata")
@guard.public
def index() -> str:
    """What there is to take, how to open it, and what it may not be used for: telling where somebody lives."""
    given = public.read(request.args)
    return render_template("opendata/index.html", active=given.active(), count=public.count(given, clock.now()), fields=shapes.FIELDS,
                           ogc=url_for("opendata.landing", _external=True), embed=url_for("opendata.embed", _external=True))


@bp.get("/opendata/cases.geojson")
@guard.public
def geojson() -> Response:
    """All public cases that fit, as one FeatureCollection, written while it is read."""
    given = public.read(request.args)
    head = {"type": "FeatureCollection", "name": "cases", "generated": clock.now().isoformat(), "attribution": _owner()}

    said, batches = shapes.words(), _batches(given)

    def body() -> Iterator[str]:
        yield shapes.dumps(head)[:-1] + ',"features":[\n'
        first = True
        for rows in batches:
            yield ("" if first else ",\n") + ",\n".join(shapes.dumps(shapes.feature(row, said)) for row in rows)
            first = False
        yield "\n]}\n"
    return _file(body(), "cases.geojson", shapes.GEOJSON)


@bp.get("/opendata/cases.csv")
@guard.public
def csv_file() -> Response:
    """The same as a table with longitude and latitude; no cell begins a formula (W9)."""
    given = public.read(request.args)

    said, batches = shapes.words(), _batches(given)

    def lines() -> Iterator[Sequence[Value]]:
        for row in chain.from_iterable(batches):
            found = shapes.properties(row, said)
            yield [*(_cell(found[name]) for name in shapes.FIELDS), row.lng, row.lat]
    notes = (_("点是公开的大概位置（WGS-84），radius_m 是它代表的半径，单位米。"), _owner())
    return _file(csv_lines(Sheet("cases", [*shapes.FIELDS, "lng", "lat"], lines(), notes)), "cases.csv", "text/csv; charset=utf-8")


def _batches(given: public.Filters) -> Iterator[tuple[OpenCase, ...]]:
    """All cases that fit, some at a time. Each time in a context of its own: no connection is held while lines travel."""
    app: Any = current_app._get_current_object()  # type: ignore[attr-defined]
    return _read(app, given)


def _read(app: Any, given: public.Filters) -> Iterator[tuple[OpenCase, ...]]:
    key, more = "", True
    while more:
        with app.app_context():
            rows, key = public_open.batch(given, key)
        more = bool(key)
        if rows:
            yield rows


def _cell(value: Any) -> Value:
    return int(value) if isinstance(value, bool) else value


def _owner() -> str:
    here = county.current()
    return f"{here.organisation} {here.brand.squad}"


def _file(body: Iterator[str], name: str, kind: str) -> Response:
    response = Response(body, content_type=kind)
    response.headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    response.headers["Cache-Control"] = "no-cache"
    return response


# -- on other sites -----------------------------------------------------------------------------------------------------


@bp.get("/embed/map")
@guard.public
def embed() -> Response:
    """A small map with its list for the frames of sites that are named in the settings; it sets no cookie."""
    given = public.read(request.args)
    found = public.points(given)
    dots = [(spot.lng, spot.lat, _tone(spot), spot.title) for spot in found.points[:EMBED_DOTS]
            if spot.lng is not None and spot.lat is not None]
    cells = [(cell.lng, cell.lat, "gov", str(cell.count)) for cell in found.cells[:EMBED_DOTS]]
    newest = public.listing(given, size=EMBED_ROWS)
    html = render_template("opendata/embed.html", drawing=areasketch.draw([], dots or cells, close=False), cards=newest.cards,
                           total=found.total, fresh=found.fresh, active=given.active(), approval=county.current().footer.map_approval)
    response = make_response(html)
    origins = current_app.config["CIVIC"].embed_origins
    response.headers["Content-Security-Policy"] = security.CSP.replace(
        "frame-ancestors 'none'", f"frame-ancestors {' '.join(origins) or chr(39) + 'none' + chr(39)}")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _tone(spot: public.Point) -> str:
    if spot.late:
        return "late"
    kind, value = ("outcome", spot.outcome) if spot.outcome else ("stage", spot.stage)
    return vocabulary.term(kind, value).tone
