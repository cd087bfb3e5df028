"""The names place search knows: towns and villages of the reference data, areas, and loaded roads and landmarks."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from civic.geo import columns, datum
from civic.geo.datum import Datum
from civic.kit.clock import now
from civic.kit.ids import uuid7
from civic.kit.result import Invalid
from civic.kit.text import clean
from civic.models import Area, PlaceName, db
from civic.places import sound
from civic.reference import locate, lookup, version

MAX_BYTES = 4_000_000
MAX_ROWS = 50_000
KINDS = ("road", "landmark")
BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Entry:
    """One name; the point in WGS-84 degrees where it is known."""

    kind: str
    name: str
    code: str = ""
    town: str = ""
    village: str | None = None
    point: tuple[float, float] | None = None
    approx: bool = False
    source: str = ""


def rebuild() -> int:
    """Writes the names of towns, villages and areas anew; loaded roads and landmarks stay. Flush only."""
    version.lock()
    db.session.execute(delete(PlaceName).where(PlaceName.kind.in_(("town", "village", "area"))))
    count = _write([*_towns(), *_villages(), *_areas()])
    version.bump()
    return count


def load(path: Path) -> int:
    """Loads roads and landmarks from a CSV file; Invalid names the line. See `read`. Flush only."""
    if path.stat().st_size > MAX_BYTES:
        raise Invalid({"file": f"文件超过 {MAX_BYTES // 1_000_000} MB。"})
    entries = read(path.read_bytes(), path.name)
    version.lock()
    count = _write(entries)
    version.bump()
    return count


def read(raw: bytes, source: str = "") -> list[Entry]:
    """Rows of a CSV with `name,kind` and maybe `town,lng,lat,datum`; kinds road and landmark. Invalid names the line."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = raw.decode("gb18030", errors="replace")
    rows = csv.DictReader(io.StringIO(text))
    if not {"name", "kind"} <= set(rows.fieldnames or ()):
        raise Invalid({"file": "第一行要有 name 和 kind 两列。"})
    found: list[Entry] = []
    for number, row in enumerate(rows, 2):
        if number > MAX_ROWS:
            raise Invalid({"file": f"超过 {MAX_ROWS} 行。"})
        found.append(_row({key: clean(value or "") for key, value in row.items() if isinstance(value, str)}, number, source))
    return found


def _row(row: dict[str, str], number: int, source: str) -> Entry:
    name, kind, town = row.get("name", ""), row.get("kind", ""), row.get("town", "")
    if not 2 <= len(name) <= 60 or kind not in KINDS:
        raise Invalid({"file": f"第 {number} 行：名称要 2–60 字，kind 要是 road 或 landmark。"})
    if town and lookup.snapshot().towns.latest(town) is None:
        raise Invalid({"file": f"第 {number} 行：没有镇街 {town}。"})
    point = _point(row, number)
    if point and not town:
        town = locate.town_at(*point) or ""
    return Entry(kind, name, town=town, point=point, source=row.get("source", "") or source)


def _point(row: dict[str, str], number: int) -> tuple[float, float] | None:
    if not (row.get("lng") or row.get("lat")):
        return None
    try:
        lng, lat = datum.to_wgs(float(row["lng"]), float(row["lat"]), Datum(row.get("datum") or "wgs84"))
    except (ValueError, KeyError):
        raise Invalid({"file": f"第 {number} 行：经纬度或坐标系不对。"}) from None
    if not (math.isfinite(lng) and math.isfinite(lat) and locate.inside(lng, lat)):
        raise Invalid({"file": f"第 {number} 行：这个点不在本县，会不会写反了经纬度、或是别的坐标系？"})
    return lng, lat


# -- what is known already ----------------------------------------------------------------------------------------------


def _towns() -> Iterator[Entry]:
    for row in lookup.towns():
        point = (row.lng, row.lat) if row.lng is not None and row.lat is not None else None
        yield Entry("town", row.name, row.code, row.code, point=point, approx=row.approx)


def _villages() -> Iterator[Entry]:
    for row in lookup.villages():
        point = (row.lng, row.lat) if row.lng is not None and row.lat is not None and not row.approx else None
        yield Entry("village", row.name, row.code, row.town, row.code, point)


def _areas() -> Iterator[Entry]:
    rows = db.session.execute(select(Area.kind, Area.code, Area.name, Area.town, Area.geom.ST_PointOnSurface()).where(
        Area.valid_to.is_(None), Area.kind.not_in(("town", "village")), Area.geom.is_not(None)))
    for kind, code, name, town, spot in rows:
        yield Entry("area", name, f"{kind}:{code}", town or "", point=columns.from_column(spot))


def _write(entries: Iterable[Entry]) -> int:
    rows = {(entry.kind, entry.name, entry.code, entry.town): _values(entry) for entry in entries}
    values = list(rows.values())
    for first in range(0, len(values), BATCH):
        statement = insert(PlaceName).values(values[first:first + BATCH])
        db.session.execute(statement.on_conflict_do_update(
            index_elements=["kind", "name", "code", "town"],
            set_={name: statement.excluded[name] for name in ("spot", "approx", "source", "pinyin", "sound", "initials")}))
    return len(values)


def _values(entry: Entry) -> dict[str, Any]:
    heard = sound.of(entry.name)
    return {"id": uuid7(), "created_at": now(), "kind": entry.kind, "name": entry.name, "code": entry.code, "town": entry.town,
            "village": entry.village, "spot": columns.to_column(*entry.point) if entry.point else None,
            "approx": entry.approx, "source": entry.source, "pinyin": heard.pinyin, "sound": heard.sound,
            "initials": heard.initials}
