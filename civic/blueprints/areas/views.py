"""Pages of areas and place search. Public points only; what is typed into the search is neither kept nor logged."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

from flask import Response, g, render_template, request, url_for
from flask_babel import gettext as _

from civic.blueprints.areas import bp, rates
from civic.cases import public, public_areas
from civic.cases.public_areas import AreaPage
from civic.kit.text import clean
from civic.models.areas import AREA_KINDS
from civic.places import search
from civic.places.search import Found
from civic.places.sound import QUERY_LIMIT
from civic.reference import county, lookup
from civic.web import areasketch, guard, vocabulary
from civic.web.throttle import Throttle

ASKED = Throttle(limit=240, window=60)
"""Questions to place search from one address in a minute: typing fast behind one address gets through."""
KIND = "<any('town', 'village', 'future', 'grid', 'custom'):kind>"
DOTS = 400
START = datetime(2000, 1, 1, tzinfo=UTC)
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def words(kind: str) -> str:
    """What a kind of area is called."""
    return {"town": _("镇街"), "village": _("村社"), "future": _("未来社区"), "grid": _("网格"), "custom": _("自定片区"),
            "area": _("片区"), "road": _("道路"), "landmark": _("地点")}[kind]


@bp.get("/areas")
@guard.public
def index() -> str:
    kinds = public_areas.kinds()
    rows, _next = public_areas.listing("town")
    return render_template("areas/index.html", kinds=[(kind, words(kind), count) for kind, count in kinds.items()], rows=rows,
                           q="", found=[], asked=False, words=words, approval=county.current().footer.map_approval)


@bp.get(f"/areas/{KIND}")
@guard.public
def listing(kind: str) -> str:
    town = request.args.get("town", "")
    town = town if lookup.snapshot().towns.latest(town) is not None else ""
    rows, following = public_areas.listing(kind, town, request.args.get("after", ""))
    groups: dict[str, list[public_areas.AreaRow]] = {}
    for row in rows:
        groups.setdefault(row.town_name, []).append(row)
    return render_template("areas/list.html", kind=kind, name=words(kind), groups=groups, town=town, following=following,
                           towns=[(row.code, row.name) for row in lookup.towns()], count=len(rows))


@bp.get(f"/areas/{KIND}/<code>")
@guard.public
def area(kind: str, code: str) -> str:
    found = public_areas.page(kind, code)
    given = public.Filters(area=f"{kind}:{code}")
    spots = public.points(given)
    dots = [(spot.lng, spot.lat, _tone(spot), spot.title) for spot in spots.points[:DOTS] if spot.lng is not None and spot.lat is not None]
    return render_template(
        "areas/area.html", area=found, kind=words(kind), drawing=areasketch.draw([found.rings], dots) if found.rings else None,
        open=_cards(found.open), ended=_cards(found.ended), query=_query(found), words=words,
        rates=rates.of_town(g.actor, code) if kind == "town" else [],
        approval=county.current().footer.map_approval)


def _tone(spot: public.Point) -> str:
    if spot.late:
        return "late"
    kind, value = ("outcome", spot.outcome) if spot.outcome else ("stage", spot.stage)
    return vocabulary.term(kind, value).tone


def _query(found: AreaPage) -> dict[str, str]:
    """How lists of this area are asked for: a town by the facet everybody knows."""
    return {"town": found.code} if found.kind == "town" else {"area": f"{found.kind}:{found.code}"}


def _cards(cards: tuple[public.Card, ...]) -> list[dict[str, Any]]:
    return [{"number": card.number, "url": url_for("public.case", number=card.number), "title": card.title, "summary": card.summary,
             "category": card.category, "town": card.town, "stage": card.stage, "outcome": card.outcome, "ball": card.ball,
             "news": card.news if card.news != "none" else "", "late": card.late, "opened": card.opened, "updated": card.updated}
            for card in cards]


@bp.get(f"/areas/{KIND}/<code>/feed.atom")
@guard.public
def feed(kind: str, code: str) -> Any:
    """Atom of one area: follow it without telling anybody who you are."""
    found = public_areas.page(kind, code)
    cards = public.listing(public.Filters(area=f"{kind}:{code}"), size=50).cards
    updated = max((card.updated for card in cards), default=START)
    text = render_template("areas/feed.xml", area=found, cards=cards, updated=updated)
    response = Response(_NOT_XML.sub("", text), content_type="application/atom+xml; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    response.add_etag()
    return response.make_conditional(request)


# -- finding a place ----------------------------------------------------------------------------------------------------


@bp.get("/places")
@guard.public
def places() -> Any:
    """Place search as a page: a field, and what it may mean."""
    asked, to = clean(request.args.get("q", ""))[:QUERY_LIMIT], request.args.get("to", "")
    to = to if to in ("map", "desk") else ""
    if asked and ASKED.blocked(request.remote_addr):
        return render_template("areas/places.html", q=asked, found=[], busy=True, words=words, to=to), 429
    ASKED.failed(request.remote_addr)
    found = [(item, address(item), on_map(item, to)) for item in search.find(asked)]
    return render_template("areas/places.html", q=asked, found=found, busy=False, words=words, to=to)


@bp.get("/places/search.json")
@guard.public
def find() -> Any:
    """The same for scripts: at most ten candidates, best first. 429 with a sentence for too many."""
    if ASKED.blocked(request.remote_addr):
        return _json({"error": _("查得太快了，请过一会儿再查。"), "places": []}, 429)
    ASKED.failed(request.remote_addr)
    town = request.args.get("town", "")
    found = search.find(request.args.get("q", ""), town=town if lookup.snapshot().towns.latest(town) is not None else "")
    return _json({"places": [candidate(item) for item in found]})


def candidate(item: Found) -> dict[str, Any]:
    """A candidate as scripts get it; `key` chooses it in the tip form."""
    return {"key": item.key, "kind": item.kind, "kind_name": words(item.kind), "name": item.name, "town": item.town,
            "town_name": item.town_name, "village": item.village, "lng": item.lng, "lat": item.lat, "approx": item.approx,
            "score": item.score, "url": address(item)}


def address(item: Found) -> str:
    """The page of what was found; of a road or landmark the page of its town."""
    kind, code = ("town", item.town) if item.kind in ("road", "landmark") else (item.kind, item.code)
    if item.kind == "area":
        kind, _sign, code = item.code.partition(":")
    return url_for("areas.area", kind=kind, code=code) if code and kind in AREA_KINDS else ""


def on_map(item: Found, to: str) -> str:
    """The map with the cases of what was found: of its area, or of its town. The newsroom's map knows towns only."""
    if to == "desk":
        return url_for("map.internal", town=item.town) if item.town else ""
    if item.kind == "village":
        return url_for("map.page", area=f"village:{item.code}")
    if item.kind == "area":
        return url_for("map.page", area=item.code)
    return url_for("map.page", town=item.town) if item.town else ""


def _json(data: Any, code: int = 200) -> Response:
    response = Response(json.dumps(data, ensure_ascii=False, separators=(",", ":")), status=code, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


