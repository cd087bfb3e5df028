"""The map's roll-up: its version, its totals, its upkeep. Tables and triggers: `models/tiles.py`, migration 0002."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, func, select, text, union_all

from civic.models import TileCell, TileDelta, db

PUBLIC, INTERNAL = 0, 1
BASE = 22
"""Level of the cells in `tile_deltas`."""
BATCH = 20_000
"""Changes counted in at once."""


Ask = Callable[[str, Mapping[str, Any]], Sequence[Any]]
"""Asks the database a statement in its own words with its values, and gives the one row of its answer."""


def in_session(statement: str, values: Mapping[str, Any]) -> Sequence[Any]:
    """Asks within the request's own transaction."""
    return db.session.connection().exec_driver_sql(statement, dict(values)).one()


MARK = """SELECT s.folded + w.n, greatest(s.last, w.last), s.hidden + w.hidden FROM tile_state s CROSS JOIN
  (SELECT count(*) AS n, coalesce(max(id), 0) AS last, count(*) FILTER (WHERE hidden) AS hidden FROM tile_deltas) w"""
"""Asked at every request: written out, so that nothing is built for it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """`seen` changes with every change of a case; `hidden` with every case that was taken away from everybody."""

    seen: str
    hidden: int


def mark(ask: Ask = in_session) -> Mark:
    """Exact, whoever commits in which order: changes counted in and changes waiting move in one transaction."""
    row = ask(MARK, {})
    return Mark(f"{row[0]}-{row[1]}", int(row[2]))


def fold(batch: int = BATCH) -> int:
    """Counts waiting changes in; how many. Nothing when another process is at it. The caller commits."""
    return int(db.session.scalar(select(func.tile_fold(batch))) or 0)


def work() -> None:
    """For the scheduler: everything that waits, a batch a transaction."""
    while fold() == BATCH:
        db.session.commit()
    db.session.commit()


def rebuild() -> None:
    """Counts everything anew. Writers of cases wait meanwhile."""
    db.session.execute(text("SELECT tile_rebuild()"))


def kind_of(dims: Mapping[str, Any]) -> str | None:
    """The narrowest kind of row that knows these dimensions; None when none does."""
    if "category" in dims:
        return None if "month" in dims else "c"
    return "m" if "month" in dims else ""


def _dims(table: Any, dims: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    """Clauses of dimensions: a value, or a sequence of which one."""
    return [getattr(table, name).in_(value) if isinstance(value, (list, tuple)) else getattr(table, name) == value
            for name, value in dims.items()]


def total(layer: int, dims: Mapping[str, Any]) -> int | None:
    """How many cases, with a point or without; None when the roll-up does not know these dimensions."""
    kind = kind_of(dims)
    if kind is None:
        return None
    cells = select(func.coalesce(func.sum(TileCell.n), 0)).where(
        TileCell.layer == layer, TileCell.level == 0, TileCell.kind == kind, *_dims(TileCell, dims)).scalar_subquery()
    waiting = select(func.coalesce(func.sum(TileDelta.n), 0)).where(
        TileDelta.layer == layer, *_dims(TileDelta, dims)).scalar_subquery()
    return int(db.session.scalar(select(cells + waiting)) or 0)


def unplaced(layer: int, dims: Mapping[str, Any]) -> int | None:
    """How many of them have no point; None when the roll-up does not know these dimensions."""
    kind, every = kind_of(dims), total(layer, dims)
    if kind is None or every is None:
        return None
    cells = select(func.coalesce(func.sum(TileCell.n), 0)).where(
        TileCell.layer == layer, TileCell.level == 12, TileCell.kind == kind, *_dims(TileCell, dims)).scalar_subquery()
    waiting = select(func.coalesce(func.sum(TileDelta.n), 0)).where(
        TileDelta.layer == layer, TileDelta.x >= 0, *_dims(TileDelta, dims)).scalar_subquery()
    return every - int(db.session.scalar(select(cells + waiting)) or 0)


def by_town(layer: int, dims: Mapping[str, Any]) -> dict[str, int] | None:
    """How many cases in each town; None when the roll-up does not know these dimensions."""
    kind = kind_of(dims)
    if kind is None:
        return None
    kept = select(TileCell.town.label("town"), TileCell.n.label("n")).where(
        TileCell.layer == layer, TileCell.level == 0, TileCell.kind == kind, *_dims(TileCell, dims))
    waiting = select(TileDelta.town, TileDelta.n).where(TileDelta.layer == layer, *_dims(TileDelta, dims))
    both = union_all(kept, waiting).subquery()
    return {town: int(n) for town, n in db.session.execute(select(both.c.town, func.sum(both.c.n)).group_by(both.c.town)) if n}


def level_of(zoom: int, kind: str) -> int | None:
    """The stored cells a tile of this zoom is made of, 8 cells across; None where they are not kept."""
    levels = {"": ((9, 12), (12, 15), (14, 17)), "c": ((9, 12), (12, 15)), "m": ((9, 12),)}[kind]
    return next((level for most, level in levels if zoom <= most), None)


COUNTED = """SELECT coalesce(sum(tile.count), 0), ST_AsMVT(tile, 'cases', 4096, 'geom') FROM (
  SELECT sum(n) AS count, ST_AsMVTGeom(ST_SetSRID(ST_MakePoint(
    least(greatest(sum(sx) / (sum(n) * 10.0), %(west)s), %(east)s), least(greatest(sum(sy) / (sum(n) * 10.0), %(south)s), %(north)s)), 3857),
    ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857), 4096, 8, true) AS geom
  FROM (
    SELECT x, y, n, sx, sy FROM tile_cells WHERE layer = %(layer)s AND level = %(level)s AND kind = %(kind)s
      AND x {columns} AND y BETWEEN %(y0)s AND %(y1)s {dims}
    UNION ALL
    SELECT x >> %(down)s, y >> %(down)s, n, n * mx, n * my FROM tile_deltas WHERE layer = %(layer)s AND n <> 0
      AND x BETWEEN %(dx0)s AND %(dx1)s AND y BETWEEN %(dy0)s AND %(dy1)s {dims}) cells
  GROUP BY x >> %(bits)s, y >> %(bits)s HAVING sum(n) > 0) tile"""
"""Written out: it answers in a millisecond, and building it anew would take ten."""
FEW_COLUMNS = 64
EACH, BETWEEN = "= ANY(ARRAY(SELECT generate_series(%(x0)s::int, %(x1)s::int)))", "BETWEEN %(x0)s AND %(x1)s"
"""Up to so many columns of cells are looked up one by one: between the first and the last the index is read through all rows of cells."""


@lru_cache(maxsize=64)
def _counted(names: tuple[tuple[str, bool], ...], each: bool) -> str:
    """The statement for these dimensions (their names, and whether any of several values will do)."""
    clauses = (f" AND {name} = " + (f"ANY(%({name})s::text[])" if several else f"%({name})s") for name, several in names)
    return COUNTED.format(columns=EACH if each else BETWEEN, dims="".join(clauses))


def counted(layer: int, tile: tuple[int, int, int], level: int, dims: Mapping[str, Any], box: tuple[float, float, float, float],
            ask: Ask = in_session) -> tuple[int, bytes]:
    """How many cases lie in a tile, and the tile of their counts, 8 cells across; `box` in Mercator metres."""
    zoom, x, y = tile
    step, up = level - zoom, BASE - zoom
    statement = _counted(tuple((name, isinstance(value, (list, tuple))) for name, value in dims.items()), 1 << step <= FEW_COLUMNS)
    row = ask(statement, {
        **{name: list(value) if isinstance(value, tuple) else value for name, value in dims.items()}, "layer": layer,
        "level": level, "kind": kind_of(dims) or "", "bits": max(step - 3, 0), "down": BASE - level,
        "west": box[0], "south": box[1], "east": box[2], "north": box[3],
        "x0": x << step, "x1": ((x + 1) << step) - 1, "y0": y << step, "y1": ((y + 1) << step) - 1,
        "dx0": x << up, "dx1": ((x + 1) << up) - 1, "dy0": y << up, "dy1": ((y + 1) << up) - 1})
    return int(row[0]), bytes(row[1] or b"")
