"""OGC API – Features, part 1 (OGC 17-069r4): core, GeoJSON and OpenAPI 3.0 of one collection, the public cases.

QGIS, GDAL and owslib open the address /ogc as it is. Points are the public ones; a small box finds nothing out (S10).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from flask import Response, request, url_for
from flask_babel import gettext as _

from civic.blueprints.opendata import bp, shapes
from civic.cases import public, public_open
from civic.cases.public_filters import Box
from civic.cases.public_open import Span
from civic.kit import clock, keyset
from civic.kit.result import Invalid
from civic.reference import county
from civic.web import guard

CORE = "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/"
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
JSON, GEOJSON = "application/json", shapes.GEOJSON
LIMIT, MOST = 100, 1_000
FILTERS = ("state", "stage", "town", "category", "outcome", "late", "area")
"""Filters of the public list that are offered here; a value that is not known is an error, not ignored."""
KNOWN = frozenset({"bbox", "datetime", "limit", "after", "f", *FILTERS})
_NUMBER = re.compile(r"[-+]?(\d{1,6}(\.\d{0,15})?|\.\d{1,15})([eE][-+]?\d{1,2})?")


def _link(rel: str, endpoint: str, kind: str, title: str = "", **args: Any) -> dict[str, str]:
    found = {"rel": rel, "type": kind, "href": url_for(endpoint, _external=True, **args)}
    return {**found, "title": title} if title else found


def _refused(code: str, words: str, status: int = 400) -> Response:
    return shapes.document({"code": code, "description": words}, code=status)


def _plain() -> Response | None:
    """Refuses parameters these addresses do not have."""
    unknown = set(request.args) - {"f"}
    if unknown:
        return _refused("InvalidParameterValue", _("没有这个参数：%(name)s", name=sorted(unknown)[0][:40]))
    return None if request.args.get("f", "json") == "json" else _refused("InvalidParameterValue", _("只有 f=json。"))


@bp.get("/ogc/", strict_slashes=False)
@guard.public
def landing() -> Response:
    here = county.current()
    return _plain() or shapes.document({
        "title": f"{here.brand.squad} {here.short_name}", "description": _("公开案件，位置是公开的大概位置。"),
        "links": [_link("self", "opendata.landing", JSON), _link("service-desc", "opendata.api", OPENAPI),
                  _link("conformance", "opendata.conformance", JSON), _link("data", "opendata.collections", JSON),
                  _link("service-doc", "opendata.index", "text/html")]})


@bp.get("/ogc/conformance")
@guard.public
def conformance() -> Response:
    return _plain() or shapes.document({"conformsTo": [CORE + name for name in ("core", "oas30", "geojson")]})


@bp.get("/ogc/collections")
@guard.public
def collections() -> Response:
    return _plain() or shapes.document({"links": [_link("self", "opendata.collections", JSON)], "collections": [_collection()]})


def _collection() -> dict[str, Any]:
    return {
        "id": "cases", "title": _("公开案件"), "description": _("每件案件一个点；radius_m 是点代表的半径，单位米。"),
        "itemType": "feature", "crs": [CRS84],
        "extent": {"spatial": {"bbox": [list(county.current().map.box)], "crs": CRS84}, "temporal": {"interval": [[None, None]]}},
        "links": [_link("self", "opendata.collection", JSON, name="cases"),
                  _link("items", "opendata.items", GEOJSON, _("公开案件"), name="cases"),
                  _link("alternate", "public.cases", "text/html")]}


@bp.get("/ogc/collections/<name>")
@guard.public
def collection(name: str) -> Response:
    if name != "cases":
        return _refused("NotFound", _("没有这个集合。"), 404)
    return _plain() or shapes.document(_collection())


@bp.get("/ogc/collections/<name>/items")
@guard.public
def items(name: str) -> Response:
    """A page of features; `next` leads on until all have been seen."""
    if name != "cases":
        return _refused("NotFound", _("没有这个集合。"), 404)
    try:
        given, span, boxes, limit, after = _asked(request.args)
    except Invalid as error:
        return _refused("InvalidParameterValue", " ".join(error.errors.values()))
    found = public_open.page(given, span=span, boxes=boxes, after=after, size=limit)
    kept = {key: value for key, value in request.args.items() if key != "after"}
    said = shapes.words()
    links = [_link("self", "opendata.items", GEOJSON, name="cases", **request.args.to_dict()),
             _link("collection", "opendata.collection", JSON, name="cases")]
    if found.next_key:
        links.append(_link("next", "opendata.items", GEOJSON, name="cases", **{**kept, "after": found.next_key}))
    return shapes.document({
        "type": "FeatureCollection", "timeStamp": found.fresh.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "numberMatched": found.total, "numberReturned": len(found.rows), "links": links,
        "features": [shapes.feature(row, said) for row in found.rows]}, GEOJSON)


@bp.get("/ogc/collections/<name>/items/<number>")
@guard.public
def item(name: str, number: str) -> Response:
    found = public_open.one(number) if name == "cases" else None
    if found is None:
        return _refused("NotFound", _("没有这件公开案件。"), 404)
    return _plain() or shapes.document({**shapes.feature(found, shapes.words()), "links": [
        _link("self", "opendata.item", GEOJSON, name="cases", number=found.number),
        _link("collection", "opendata.collection", JSON, name="cases"),
        _link("alternate", "public.case", "text/html", number=found.number)]}, GEOJSON)


# -- parameters ---------------------------------------------------------------------------------------------------------


def _asked(args: Mapping[str, str]) -> tuple[public.Filters, Span, tuple[Box, ...], int, str]:
    """The parameters of /items; Invalid by name for what is unknown or cannot be read."""
    unknown = set(args) - KNOWN
    if unknown:
        raise Invalid({"args": _("没有这个参数：%(name)s", name=sorted(unknown)[0][:40])})
    if args.get("f", "json") not in ("json", "geojson"):
        raise Invalid({"f": _("只有 f=json。")})
    given = public.read({name: args[name] for name in FILTERS if args.get(name)})
    for name in FILTERS:
        if args.get(name) and not getattr(given, name):
            raise Invalid({name: _("%(name)s 的值不认识。", name=name)})
    after = args.get("after", "")
    if after and keyset.read(after) is None:
        raise Invalid({"after": _("after 要用上一页给的值。")})
    return given, span_of(args.get("datetime", "")), boxes_of(args.get("bbox", "")), _limit(args.get("limit", "")), after


def _limit(words: str) -> int:
    if not words:
        return LIMIT
    if not (words.isdecimal() and words.isascii() and len(words) < 10 and int(words) >= 1):
        raise Invalid({"limit": _("limit 要是 1 或更大的整数。")})
    return min(int(words), MOST)


def boxes_of(words: str) -> tuple[Box, ...]:
    """`west,south,east,north` (or six numbers with heights) as boxes: two where it crosses the 180th meridian."""
    if not words:
        return ()
    wrong = Invalid({"bbox": _("bbox 要是「西,南,东,北」四个数，单位是度。")})
    parts = words.split(",")
    if len(parts) not in (4, 6) or not all(_NUMBER.fullmatch(part.strip()) for part in parts):
        raise wrong
    numbers = [float(part) for part in parts]
    west, south, east, north = numbers if len(numbers) == 4 else (numbers[0], numbers[1], numbers[3], numbers[4])
    if not (abs(west) <= 180 and abs(east) <= 180 and -90 <= south <= north <= 90):
        raise wrong
    return ((west, south, east, north),) if west <= east else ((west, south, 180.0, north), (-180.0, south, east, north))


def span_of(words: str) -> Span:
    """An RFC 3339 moment or day, or two of them with a stroke between; `..` or nothing is open. Both ends belong to it."""
    if not words:
        return None, None
    wrong = Invalid({"datetime": _("datetime 要是时刻，或「起/止」，例如 2026-01-01T00:00:00Z/..")})
    parts = words.split("/")
    try:
        if len(parts) == 1:
            return _moment(words, False), _moment(words, True)
        if len(parts) != 2 or all(part in ("", "..") for part in parts):
            raise wrong
        start, end = (None if part in ("", "..") else _moment(part, last) for part, last in zip(parts, (False, True), strict=True))
    except (ValueError, OverflowError):
        raise wrong from None
    if start and end and start > end:
        raise wrong
    return start, end


def _moment(words: str, last: bool) -> datetime:
    """A moment; of a day its first or its last, in local time."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", words):
        day = datetime.combine(datetime.fromisoformat(words).date(), time.min, clock.TZ)
        return day + timedelta(days=1, microseconds=-1) if last else day
    found = datetime.fromisoformat(words.replace("Z", "+00:00").replace("z", "+00:00"))
    if found.tzinfo is None or len(words) > 40:
        raise ValueError(words)
    return found.astimezone(UTC)


# -- the description for programs ----------------------------------------------------------------------------------------


def _parameter(name: str, schema: dict[str, Any], words: str, where: str = "query") -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "in": where, "description": words, "required": where == "path", "schema": schema}
    return {**found, "style": "form", "explode": False} if where == "query" else found


def _answers(kind: str, words: str) -> dict[str, Any]:
    return {"200": {"description": words, "content": {kind: {"schema": {"type": "object"}}}},
            "400": {"description": "invalid parameter", "content": {JSON: {"schema": {"type": "object"}}}}}


@bp.get("/ogc/api")
@guard.public
def api() -> Response:
    """OpenAPI 3.0 of these addresses."""
    text = {"type": "string"}
    query = [
        _parameter("bbox", {"type": "array", "minItems": 4, "maxItems": 6, "items": {"type": "number"}}, "west,south,east,north"),
        _parameter("datetime", text, "RFC 3339 instant or interval, of when a case was opened"),
        _parameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": LIMIT}, "features a page"),
        _parameter("after", text, "where the page before ended"), *(_parameter(name, text, f"filter by {name}") for name in FILTERS)]
    number = _parameter("number", text, "number of the case", "path")

    def get(kind: str, words: str, parameters: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        return {"get": {"summary": words, "parameters": parameters or [], "responses": _answers(kind, words)}}
    base = url_for("opendata.landing", _external=True).rstrip("/")
    found = {
        "openapi": "3.0.3", "info": {"title": county.current().brand.squad, "version": "1.0.0"}, "servers": [{"url": base}],
        "paths": {"/": get(JSON, "landing page"), "/conformance": get(JSON, "conformance"), "/collections": get(JSON, "collections"),
                  "/collections/cases": get(JSON, "the collection"), "/collections/cases/items": get(GEOJSON, "features", query),
                  "/collections/cases/items/{number}": get(GEOJSON, "a feature", [number])}}
    return _plain() or shapes.document(found, OPENAPI)
