"""Tiles of public cases: the door of the public map views to the tile builder. Only the public clause and public points."""

from __future__ import annotations

from civic.cases import map_rows, tile_store, tiles
from civic.cases.public_filters import Filters
from civic.cases.tiles import Source, Tile


def check(tile: Tile) -> Tile:
    """The tile's address, zoom, column and row; Invalid outside the world."""
    return tiles.check(tile)


def mark() -> tile_store.Mark:
    """The state of the data the public sees; changes when a public case does."""
    return tile_store.mark()


def source(given: Filters) -> Source:
    """What a stranger's map is drawn from with these filters; what is late is known to the quarter of a minute."""
    return tiles.public_source(given, tiles.moment())


def tile(given: Filters, where: Tile) -> bytes:
    """The Mapbox vector tile."""
    return tiles.build(source(given), where)


def towns(given: Filters) -> dict[str, int]:
    """Public cases by town code."""
    return map_rows.towns(source(given))


def rows(given: Filters, size: int) -> map_rows.Rows:
    """The newest cases that fit, and how many there are."""
    return map_rows.listed(source(given), None, size)


def card(number: str) -> map_rows.Card:
    """The card of one public case; NotFound."""
    return map_rows.card(number)
