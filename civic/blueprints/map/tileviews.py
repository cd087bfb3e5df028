"""Vector tiles: everybody's by public points, the newsroom's by exact ones. Two endpoints that share no clause."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, g, request

from civic.access import scope
from civic.blueprints.map import bp, cache, lane
from civic.cases import map_months, public, public_tiles, tiles
from civic.kit.result import Invalid, NotFound
from civic.web import guard, mapbase

LONGEST = 2_000
"""Characters of the filters of a tile."""
SHORT = "public, max-age=5, must-revalidate"


def bounded() -> None:
    """Invalid for filters no page of ours would write."""
    if len(request.query_string) > LONGEST or len(request.args) > 30:
        raise Invalid({"q": "筛选条件太长了，去掉一些再试。"})


def mark_of() -> str:
    return cache.shelf().mark(lambda: public_tiles.mark().seen)


@bp.get("/map/tiles/<int:z>/<int:x>/<int:y>.mvt")
@guard.public
def tile(z: int, x: int, y: int) -> Any:
    bounded()
    where, given = public_tiles.check((z, x, y)), public.read(request.args)
    given = replace(given, box=None, sort="updated")  # what a tile does not know of
    seen, quarter = mark_of(), cache.bucket()
    kept = cache.through(cache.tile_name(given, where, seen, quarter), lambda: public_tiles.tile(given, where))
    request.environ[lane.MARKED] = lane.Made(given, seen, quarter, cache.unpacks())
    return cache.answer(kept, control=SHORT)


@bp.get("/desk/map/tiles/<int:z>/<int:x>/<int:y>.mvt")
@guard.staff("map.internal")
def internal_tile(z: int, x: int, y: int) -> Any:
    bounded()
    where, given, month = tiles.check((z, x, y)), tiles.inside(request.args), map_months.read(request.args.get("month", ""))

    def build() -> bytes:
        return tiles.build(map_months.source(g.actor, given, tiles.moment(), month), where)
    everything = bool(g.actor.grants & scope.READERS)
    kept = cache.through(("inside", where, given, month, mark_of(), cache.bucket()), build) if everything else cache.pack(build())
    return cache.answer(kept, control="private, no-cache")


def _base(z: int, x: int, y: int, *, staff: bool) -> Any:
    base, (zoom, column, row) = mapbase.current(), tiles.check((z, x, y))
    if base.file is None or (base.staff_only and not staff):
        raise NotFound()
    try:
        body = base.file.tile(zoom, column, row)
    except (ValueError, OSError, EOFError):
        raise NotFound("这一块底图读不出来。") from None
    if body is None:
        return Response(status=204)
    return cache.answer(cache.pack(body), control="private, max-age=86400" if staff else "public, max-age=86400", kind=base.file.header.kind)


@bp.get("/map/base/<int:z>/<int:x>/<int:y>")
@guard.public
def base_tile(z: int, x: int, y: int) -> Any:
    """A tile of the operator's own PMTiles file."""
    return _base(z, x, y, staff=False)


@bp.get("/desk/map/base/<int:z>/<int:x>/<int:y>")
@guard.staff("map.internal")
def internal_base_tile(z: int, x: int, y: int) -> Any:
    return _base(z, x, y, staff=True)
