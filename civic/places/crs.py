"""Which coordinate system a file names: EPSG codes by name or by the text of a .prj, and the step to WGS-84 degrees.

Known are those official files here come in: geographic CGCS2000 and WGS-84, CGCS2000 Gauss-Krüger in belts of 3 and 6
degrees, UTM, Web Mercator. Beijing 1954 and Xi'an 1980 need local parameters nobody publishes and are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import text

from civic.models import db

UNKNOWN = 0
OLD = -1
GEOGRAPHIC = (4326, 4490)
_EPSG = re.compile(r"EPSG[^0-9]{1,8}(\d{4,6})", re.I)
_NAMES = ((re.compile(r"cgcs2000_?3_?degree_?gk_?cm_?(\d+)e"), lambda n: 4534 + (n - 75) // 3),
          (re.compile(r"cgcs2000_?3_?degree_?gk_?zone_?(\d+)"), lambda n: 4513 + n - 25),
          (re.compile(r"cgcs2000_?gk_?cm_?(\d+)e"), lambda n: 4502 + (n - 75) // 6),
          (re.compile(r"cgcs2000_?gk_?zone_?(\d+)"), lambda n: 4491 + n - 13),
          (re.compile(r"cgcs2000/3-degreegauss-krugercm(\d+)e"), lambda n: 4534 + (n - 75) // 3),
          (re.compile(r"cgcs2000/3-degreegauss-krugerzone(\d+)"), lambda n: 4513 + n - 25),
          (re.compile(r"wgs_?(?:19)?84_?(?:/)?utm_?zone_?(\d+)n"), lambda n: 32600 + n))
_MERCATOR = re.compile(r"web_?mercator|pseudo-?mercator")


def known(srid: int) -> bool:
    """Whether PostGIS can be asked to turn it into degrees."""
    return srid in GEOGRAPHIC or srid == 3857 or 4491 <= srid <= 4554 or 32601 <= srid <= 32660


def of_name(name: str) -> int:
    """The code of `urn:ogc:def:crs:EPSG::4490`, `EPSG:4326` or CRS84; UNKNOWN for others."""
    if "CRS84" in name.upper():
        return 4326
    found = _EPSG.search(name)
    return int(found[1]) if found and known(int(found[1])) else UNKNOWN


def of_prj(words: str) -> int:
    """The code of a .prj (WKT, ESRI's spelling or EPSG's); OLD for the datums before 2000, UNKNOWN for others."""
    flat = re.sub(r"\s+", "", words).lower()
    if re.search(r"beijing_?1954|beijing_?54|xian_?1980|xian_?80", flat):
        return OLD
    projected = "projcs[" in flat or "projcrs[" in flat
    if projected:
        for pattern, code in _NAMES:
            if (found := pattern.search(flat)) and known(srid := code(int(found[1]))):
                return srid
        if _MERCATOR.search(flat):
            return 3857
    codes = [int(code) for code in re.findall(r'authority\["epsg","?(\d{4,6})', flat)]
    if codes and known(codes[-1]) and (codes[-1] in GEOGRAPHIC) != projected:
        return codes[-1]
    if projected:
        return UNKNOWN
    if re.search(r"cgcs_?2000|china_?2000|china_geodetic_coordinate_system_2000", flat):
        return 4490
    return 4326 if re.search(r"wgs_?(19)?84", flat) else UNKNOWN


def to_degrees(outlines: Sequence[BaseGeometry], srid: int) -> list[BaseGeometry]:
    """Outlines in WGS-84 degrees, in one statement; those in degrees already stay as they are."""
    if srid in GEOGRAPHIC:
        return list(outlines)
    rows = db.session.scalars(text(
        "SELECT ST_AsBinary(ST_Transform(ST_GeomFromWKB(one.wkb, :srid), 4326)) "
        "FROM unnest(CAST(:wkbs AS bytea[])) WITH ORDINALITY AS one(wkb, no) ORDER BY one.no"),
        {"srid": srid, "wkbs": [shapely.to_wkb(outline) for outline in outlines]})
    return [shapely.from_wkb(bytes(row)) for row in rows]
