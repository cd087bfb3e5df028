"""Taking boundaries in: look at the file, see what would change, then apply all of it in one transaction or none."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import defer

from civic.geo import columns
from civic.kit import clock
from civic.kit.result import Invalid, NotFound, NotPossible
from civic.kit.text import clean
from civic.models import Area, AreaImport, Case, CaseArea, db
from civic.models.areas import AREA_KINDS
from civic.places import assign, boundaries, gazetteer, reader
from civic.places.boundaries import Wanted
from civic.reference import version

KIND_WORDS = {"town": "镇街", "village": "村社", "future": "未来社区", "grid": "网格", "custom": "自定片区"}
COUNTED = 400
"""Areas up to which the preview counts the cases inside the new outlines one by one."""
SAME = 1e-4
"""Share of the area that may differ before an outline counts as changed."""
KEPT = 50
"""Drafts that are kept; older ones make room."""


@dataclass(frozen=True, slots=True)
class Change:
    """What would become of one area. `cases_then` is None where there are too many areas to count."""

    what: str
    """added, changed, renamed, same, ended, missing"""
    code: str
    name: str
    town: str
    km2: float
    differs: float
    """Share of the old outline that changes hands."""
    cases_now: int
    cases_then: int | None


@dataclass(frozen=True, slots=True)
class Plan:
    """What an import would do, row by row, with what is odd about it."""

    kind: str
    changes: tuple[Change, ...]
    warnings: tuple[str, ...]
    outlines: tuple[BaseGeometry, ...]

    @property
    def counts(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for change in self.changes:
            found[change.what] = found.get(change.what, 0) + 1
        return found

    @property
    def does(self) -> bool:
        return any(change.what in ("added", "changed", "renamed", "ended") for change in self.changes)


def draft(name: str, raw: bytes, kind: str, *, declared: str = "file", source: str = "", end_missing: bool = False,
          by: uuid.UUID | None = None) -> AreaImport:
    """Reads and checks a file and keeps it as a draft; Invalid with a sentence on file, kind or datum. Flush only."""
    if kind not in AREA_KINDS:
        raise Invalid({"kind": "没有这种片区。"})
    found = boundaries.wanted(reader.read(name, raw), kind, declared)
    row = AreaImport(file_name=clean(name)[:120], digest=hashlib.sha256(raw).hexdigest(), kind=kind, datum=declared,
                     source=clean(source)[:200], payload=boundaries.to_payload(found), end_missing=end_missing, by_user_id=by)
    db.session.add(row)
    db.session.flush()
    old = select(AreaImport.id).where(AreaImport.state == "draft").order_by(AreaImport.created_at.desc()).offset(KEPT)
    db.session.execute(delete(AreaImport).where(AreaImport.id.in_(old)))
    return row


def get(import_id: uuid.UUID) -> AreaImport:
    row = db.session.get(AreaImport, import_id)
    if row is None:
        raise NotFound()
    return row


def recent(limit: int = 20) -> list[AreaImport]:
    """The last imports, newest first, without the outlines they brought."""
    return list(db.session.scalars(select(AreaImport).options(
        defer(AreaImport.payload)).order_by(AreaImport.created_at.desc(), AreaImport.id.desc()).limit(limit)))


def current(kind: str) -> dict[str, Area]:
    """The areas of a kind that hold today, by code."""
    today = clock.local(clock.now()).date()
    rows = db.session.scalars(select(Area).where(Area.kind == kind, or_(Area.valid_from.is_(None), Area.valid_from <= today),
                                                 or_(Area.valid_to.is_(None), Area.valid_to > today)).order_by(Area.code))
    return {row.code: row for row in rows}


def plan(row: AreaImport) -> Plan:
    """What the draft would change, against the areas that hold now."""
    found = boundaries.from_payload(row.payload)
    held = current(row.kind)
    now = _cases_now([area.id for area in held.values()])
    changes = [_change(item, held.get(item.code), now, len(found)) for item in found]
    listed = {item.code for item in found}
    for code, area in held.items():
        if code not in listed:
            changes.append(Change("ended" if row.end_missing else "missing", code, area.name, area.town or "", area.km2 or 0.0,
                                  0.0, now.get(area.id, 0), None))
    warnings = boundaries.overlaps(found)
    if any(held[item.code].geom is not None and not held[item.code].approx for item in found if item.code in held):
        warnings.append("有的片区已经有正式边界，会被新的代替；旧的留在历史里。")
    return Plan(row.kind, tuple(changes), tuple(warnings), tuple(item.outline for item in found))


def _change(item: Wanted, area: Area | None, now: dict[uuid.UUID, int], many: int) -> Change:
    then = _inside(item.outline) if many <= COUNTED else None
    if area is None:
        return Change("added", item.code, item.name, item.town, item.km2, 1.0, 0, then)
    old = columns.shape_of(area.geom)
    differs = 1.0 if old is None or area.approx else float(old.symmetric_difference(item.outline).area / max(old.area, 1e-12))
    what = "changed" if differs > SAME else "renamed" if area.name != item.name else "same"
    return Change(what, item.code, item.name, item.town, item.km2, min(differs, 1.0), now.get(area.id, 0), then)


def _cases_now(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    rows = db.session.execute(select(CaseArea.area_id, func.count()).where(
        CaseArea.area_id.in_(ids), CaseArea.to_at.is_(None)).group_by(CaseArea.area_id))
    return {area_id: count for area_id, count in rows}


def _inside(outline: BaseGeometry) -> int:
    shape = columns.shape_column(outline)
    return db.session.scalar(select(func.count()).select_from(Case).where(
        Case.point.op("&&")(shape), func.ST_Covers(shape, Case.point))) or 0


def apply(row: AreaImport) -> dict[str, int]:
    """Carries the whole draft out; NotPossible when it was already. Flush only: the caller commits all of it or nothing."""
    version.lock()
    db.session.refresh(row, with_for_update=True)
    if row.state != "draft":
        raise NotPossible(("这份边界已经处理过了。",))
    found = {item.code: item for item in boundaries.from_payload(row.payload)}
    todo, held = plan(row), current(row.kind)
    for change in todo.changes:
        if change.what in ("changed", "renamed", "ended"):
            _close(held[change.code])
    db.session.flush()
    for change in todo.changes:
        if change.what in ("added", "changed", "renamed"):
            _open(row, found[change.code])
    row.state, row.applied_at, row.counts, row.payload = "applied", clock.now(), todo.counts, []
    db.session.flush()
    if todo.does:
        gazetteer.rebuild()
        assign.changed()
    return todo.counts


def drop(row: AreaImport) -> None:
    """Forgets a draft; NotPossible when it was applied."""
    if row.state != "draft":
        raise NotPossible(("这份边界已经处理过了。",))
    row.state, row.payload = "dropped", []


def _close(area: Area) -> None:
    """Ends an area today; one that began today never held for a whole day and ends with no day at all."""
    area.valid_to = clock.local(clock.now()).date()


def _open(row: AreaImport, item: Wanted) -> None:
    db.session.add(Area(
        kind=row.kind, code=item.code, name=item.name, town=item.town or None, geom=columns.shape_column(item.outline),
        approx=False, source=row.source or row.file_name, src_datum=row.datum, km2=item.km2, import_id=row.id,
        valid_from=clock.local(clock.now()).date()))


def outline_of(area: Area) -> BaseGeometry | None:
    found = columns.shape_of(area.geom)
    return shapely.simplify(found, 0.0003) if found is not None else None
