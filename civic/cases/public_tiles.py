"""Tiles of public cases: the door of the public map views to the tile builder. Only the public clause and public points."""

from __future__ import annotations

from civic.cases import map_rows, tile_store, tiles
from civic.cases.public_filters import Filters
from civic.cases.tiles import DEEPEST as DEEPEST
from civic.cases.tiles import Source, Tile


def check(tile: Tile) -> Tile:
    """The tile's address, zoom, column and row; Invalid outside the world."""
    return tiles.check(tile)


def mark(ask: tile_store.Ask = tile_store.in_session) -> tile_store.Mark:
    """The state of the data the public sees; changes when a public case does."""
    return tile_store.mark(ask)


def source(given: Filters) -> Source:
    """What a stranger's map is drawn from with these filters; what is late is known to the quarter of a minute."""
    return tiles.public_source(given, tiles.moment())


def tile(given: Filters, where: Tile) -> bytes:
    """The Mapbox vector tile."""
    return tiles.build(source(given), where)


NEAR = 12
"""From this zoom on a tile is so small that any filter is answered soon."""


def quick(given: Filters, where: Tile, ask: tile_store.Ask) -> bytes | None:
    """The same, asked by the caller's means; None where cases have to be searched for far and wide, or by an outline first read."""
    found = source(given) if not given.area else None
    return tiles.drawn(found, where, ask) if found and (found.dims is not None or where[0] >= NEAR) else None


def towns(given: Filters) -> dict[str, int]:
    """Public cases by town code."""
    return map_rows.towns(source(given))


def rows(given: Filters, size: int) -> map_rows.Rows:
    """The newest cases that fit, and how many there are."""
    return map_rows.listed(source(given), None, size)


def card(number: str) -> map_rows.Card:
    """The card of one public case; NotFound."""
    return map_rows.card(number)
