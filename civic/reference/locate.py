"""Which county, town or village a point or a written address lies in, as far as reference data can tell."""

from __future__ import annotations

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import select

from civic.geo import areas, columns
from civic.models import Area, db
from civic.reference import county, lookup
from civic.reference.version import Cached

_SUFFIXES = ("街道", "镇", "乡", "社区", "村", "居")


def _load() -> areas.County:
    return areas.County.load(county.current().outline)


_outline = Cached("locate.outline", _load)
_centres = Cached("locate.centres", lambda: [
    areas.Centre(row.code, row.lng, row.lat) for row in lookup.towns() if row.lng is not None and row.lat is not None])


def inside(lng: float, lat: float) -> bool:
    """Whether a WGS-84 point lies in the county."""
    return _outline.get().contains(lng, lat)


def _load_bounds() -> list[tuple[str, BaseGeometry]]:
    """True boundaries of towns that hold now; none while only nearest-centre cells are known."""
    rows = db.session.execute(select(Area.code, Area.geom).where(
        Area.kind == "town", ~Area.approx, Area.valid_to.is_(None), Area.geom.is_not(None)).order_by(Area.code))
    found = [(code, shape) for code, value in rows if (shape := columns.shape_of(value)) is not None]
    for _, shape in found:
        shapely.prepare(shape)
    return found


_bounds = Cached("locate.bounds", _load_bounds)


def town_at(lng: float, lat: float) -> str | None:
    """The town whose boundary holds a point; without one, that with the nearest centre: a good guess."""
    spot = shapely.Point(lng, lat)
    for code, outline in _bounds.get():
        if outline.intersects(spot):
            return code
    found = areas.nearest(lng, lat, _centres.get())
    return found[0].code if found else None


def distance_to(lng: float, lat: float, town: str) -> float | None:
    """Metres from a point to a town's centre; None when the centre is not known."""
    centre = next((row for row in _centres.get() if row.code == town), None)
    return areas.distance_m(lng, lat, centre.lng, centre.lat) if centre else None


def _build_names() -> list[tuple[str, str, str | None]]:
    """(name, town, village) of every place, longest name first: 箬横镇 before 箬横, a village before its town."""
    names: list[tuple[str, str, str | None]] = []
    for town in lookup.towns():
        names += [(name, town.code, None) for name in _spellings(town.name)]
    counted: dict[str, set[str]] = {}
    for village in lookup.villages():
        counted.setdefault(village.name, set()).add(village.code)
    for village in lookup.villages():
        if len(counted[village.name]) == 1 and len(village.name) >= 3:
            names.append((village.name, village.town, village.code))
    return sorted(names, key=lambda entry: -len(entry[0]))


def _spellings(name: str) -> list[str]:
    short = next((name.removesuffix(end) for end in _SUFFIXES if name.endswith(end)), name)
    return [name, short] if len(short) >= 2 and short != name else [name]


_names = Cached("locate.names", _build_names)


def named_in(address: str) -> tuple[str | None, str | None]:
    """Town and village named in a written address; a village only when its name is one of a kind in the county."""
    town: str | None = None
    for name, code, village in _names.get():
        if name in address:
            if village is not None:
                return code, village
            town = town or code
    return town, None
