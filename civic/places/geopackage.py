"""A GeoPackage (OGC 12-128): SQLite, opened in memory and for reading only, with a limit on what it may compute."""

from __future__ import annotations

import sqlite3
import struct

from civic.places import crs
from civic.places.reader import Collector, Source, refuse

STEPS = 40_000_000
"""Steps of SQLite's machine for the whole file: a layer that is really a view over a bomb is stopped."""
ENVELOPES = (0, 32, 48, 48, 64)
"""Bytes of the envelope by its kind in the blob's header."""
READS = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_PRAGMA})


def read(raw: bytes) -> Source:
    """The polygons of the layer that has them; Invalid with a sentence."""
    line = sqlite3.connect(":memory:")
    try:
        line.deserialize(raw)
        line.text_factory = lambda value: value.decode("utf-8", "replace")
        line.execute("PRAGMA trusted_schema=OFF")
        line.set_authorizer(lambda action, *_: sqlite3.SQLITE_OK if action in READS else sqlite3.SQLITE_DENY)
        budget = [STEPS // 10_000]
        line.set_progress_handler(lambda: _spend(budget), 10_000)
        return _layer(line)
    except (sqlite3.Error, struct.error, OverflowError, MemoryError):
        raise refuse("GeoPackage 读不出来：文件不全，或者坏了。") from None
    finally:
        line.close()


def _spend(budget: list[int]) -> int:
    budget[0] -= 1
    return int(budget[0] < 0)


def _layer(line: sqlite3.Connection) -> Source:
    layers = line.execute(
        "SELECT c.table_name, g.column_name, s.organization, s.organization_coordsys_id "
        "FROM gpkg_contents c JOIN gpkg_geometry_columns g ON g.table_name = c.table_name "
        "LEFT JOIN gpkg_spatial_ref_sys s ON s.srs_id = g.srs_id "
        "WHERE c.data_type = 'features' AND upper(g.geometry_type_name) IN "
        "('POLYGON', 'MULTIPOLYGON', 'GEOMETRY', 'SURFACE', 'MULTISURFACE') ORDER BY c.table_name LIMIT 20").fetchall()
    if len(layers) > 1:
        raise refuse("GeoPackage 里有几个面图层。请只留要导入的那一个。")
    if not layers:
        return Source("geopackage", (), crs.UNKNOWN)
    table, column, organisation, code = layers[0]
    rows = line.execute(f"SELECT * FROM {_quoted(table)}")  # noqa: S608 - a quoted name inside the uploaded file itself
    names = [item[0] for item in rows.description]
    if column not in names:
        raise refuse("GeoPackage 读不出来：文件不全，或者坏了。")
    at, collect = names.index(column), Collector()
    for row in rows:
        if isinstance(row[at], bytes):
            values = {name: value for name, value in zip(names, row, strict=True)
                      if name != column and isinstance(value, (str, int, float))}
            collect.add(values, _wkb(row[at]))
    srid = int(code) if str(organisation or "").upper() == "EPSG" and isinstance(code, int) and crs.known(code) else crs.UNKNOWN
    return Source("geopackage", collect.shapes, srid)


def _quoted(name: str) -> str:
    return '"' + str(name).replace('"', '""') + '"'


def _wkb(blob: bytes) -> bytes:
    """The plain WKB behind a GeoPackage header: GP, version, flags, four bytes of SRS, an envelope."""
    if blob[:2] != b"GP" or len(blob) < 13:
        raise refuse("GeoPackage 里的边界读不出来。")
    kind = (blob[3] >> 1) & 0b111
    if kind >= len(ENVELOPES):
        raise refuse("GeoPackage 里的边界读不出来。")
    return blob[8 + ENVELOPES[kind]:]
