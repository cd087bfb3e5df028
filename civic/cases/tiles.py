"""Vector tiles of cases: counts by cell from the roll-up, single cases where there are few, exact at every zoom.

A tile holds one layer, `cases`. A feature is either one case (its number `n`, title `t`, town's code `p`, drawn pin `k`,
`late`, radius `r` in metres) or several (`count`, `late` when one of them is, `one` when all lie on one spot). Every case
with a point is in exactly one feature of exactly one tile of a zoom. The clauses are those of the list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.exc import OperationalError

from civic.access import scope
from civic.access.actor import Actor
from civic.cases import public_filters, queries, tile_read
from civic.cases import tile_store as store
from civic.cases.public_filters import ENDED, category_codes
from civic.cases.tile_read import SINGLE, Source, Tile, bounds
from civic.kit import clock
from civic.kit.result import Invalid, NotFound
from civic.models import Case, db
from civic.reference import lookup

DEEPEST = 18
FEW = 300
"""Up to so many cases in a tile each is read; of more the roll-up's counts are shown."""
KNOWN = frozenset({"state", "stage", "town", "category", "month", "outcome"})
"""Filters of the public that the roll-up knows; with any other one the cases themselves are asked."""


STEP = 15
"""Seconds in which lateness is taken as one moment, so that the statements of a view are written once."""


def moment() -> datetime:
    """Now, to the quarter of a minute."""
    return datetime.fromtimestamp(int(clock.now().timestamp()) // STEP * STEP, UTC)


# -- sources ----------------------------------------------------------------------------------------------------------


def public_source(given: public_filters.Filters, moment: datetime) -> Source:
    """What everybody may see; the box of the address is no part of a tile."""
    # an area's outline is read from the database, and may change: such a source is made anew
    return (_public_source.__wrapped__ if given.area else _public_source)(replace(given, box=None), moment)


@lru_cache(maxsize=64)
def _public_source(given: public_filters.Filters, moment: datetime) -> Source:
    return Source(store.PUBLIC, Case.public_spot, Case.public_title, public_filters.where(given, moment),
                  public_filters.late(moment), public_dims(given))


def public_dims(given: public_filters.Filters) -> dict[str, Any] | None:
    """The filters as dimensions of the roll-up; None when it does not know one of them."""
    if given.box or not set(given.active()) <= KNOWN:
        return None
    dims: dict[str, Any] = {name: getattr(given, name) for name in ("stage", "town", "month") if getattr(given, name)}
    states = {"open"} if given.state == "open" else set(ENDED) if given.state else None
    if given.outcome:
        dims["outcome"] = given.outcome
        states = set(ENDED) if states is None else states & set(ENDED)
    if states is not None:
        dims["state"] = sorted(states)
    if given.category:
        dims["category"] = category_codes(given.category)
    return dims if store.kind_of(dims) is not None else None


@dataclass(frozen=True, slots=True)
class Inside:
    """The newsroom's filters: those of the list of cases, and the state: open, ended, all but merged, or any (empty)."""

    filters: queries.Filters
    state: str = ""


def inside(args: Mapping[str, str]) -> Inside:
    state = args.get("state", "")
    return Inside(queries.Filters.read(args), state if state in ("open", "ended", "all") else "")


def inside_clauses(actor: Actor, given: Inside, moment: datetime) -> list[ColumnElement[bool]]:
    """The clauses of the list of cases for this person, and the state."""
    found = [scope.cases(actor), *queries.clauses(given.filters, moment).values()]
    if given.state:
        found.append({"open": Case.state == "open", "ended": Case.state.in_(ENDED), "all": Case.state != "merged"}[given.state])
    return found


@lru_cache(maxsize=64)
def internal_source(actor: Actor, given: Inside, moment: datetime) -> Source:
    """What this person may see in the newsroom, with exact points."""
    return Source(store.INTERNAL, Case.spot, Case.title, inside_clauses(actor, given, moment),
                  and_(Case.state == "open", Case.due_at < moment), internal_dims(actor, given))


def internal_dims(actor: Actor, given: Inside) -> dict[str, Any] | None:
    by = given.filters
    if not actor.grants & scope.READERS or by.grade or by.exposure or by.late or by.words:
        return None
    dims: dict[str, Any] = {name: getattr(by, name) for name in ("stage", "town") if getattr(by, name)}
    if given.state:
        dims["state"] = {"open": ["open"], "ended": list(ENDED), "all": ["open", *ENDED]}[given.state]
    if by.group or by.category:
        group = {row.code for row in lookup.category_tree().get(by.group, ())} if by.group else {by.category}
        dims["category"] = sorted(group & {by.category} if by.category else group)
    return dims


# -- one tile ---------------------------------------------------------------------------------------------------------


def check(tile: Tile) -> Tile:
    """NotFound with a sentence for a tile that is not on the map."""
    zoom, x, y = tile
    if not (0 <= zoom <= DEEPEST and 0 <= x < 1 << zoom and 0 <= y < 1 << zoom):
        raise NotFound(f"没有这一块地图：级别是 0 到 {DEEPEST}，行列号要在这一级之内。")
    return tile


def build(source: Source, tile: Tile) -> bytes:
    """The tile as Mapbox Vector Tile bytes. Invalid with a sentence when it takes the database too long."""
    check(tile)
    try:
        # for the rest of the request's transaction: the database works on this for so long only, and plans it for this place
        db.session.connection().exec_driver_sql("; ".join(f"SET LOCAL {name} = {value}" for name, value in tile_read.SETTINGS.items()))
        return drawn(source, tile, store.in_session)
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != "57014":
            raise
        raise Invalid(message=tile_read.TOO_MUCH) from None


def drawn(source: Source, tile: Tile, ask: store.Ask) -> bytes:
    """The tile, its statements asked by the caller's means: counts from the roll-up while there are many, then the cases."""
    zoom, ringed = tile[0], tile[0] >= 12
    if source.dims is not None and zoom < SINGLE:
        level = store.level_of(zoom, store.kind_of(source.dims) or "")
        if level is not None:
            total, body = store.counted(source.layer, tile, level, source.dims, bounds(tile), ask)
            if total > FEW or not total:
                return body
            ringed = True
    return tile_read.body(source, tile, ask, ringed=ringed or zoom >= SINGLE)


# -- counts -----------------------------------------------------------------------------------------------------------


def public_total(given: public_filters.Filters) -> int:
    """How many public cases fit, with a point or without: from the roll-up when it knows the filters."""
    dims = public_dims(given)
    known = store.total(store.PUBLIC, dims) if dims is not None else None
    return known if known is not None else public_filters.count(given, clock.now())
