"""The catalogue of who leads on what: the category table, and the entries an administrator or a conference laid over it.

An entry is never changed: a new one takes its place from a day on, and closing one gives the reason.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from civic.kit.clock import now
from civic.kit.ids import uuid7
from civic.kit.result import Invalid, NotFound, NotPossible
from civic.kit.text import clean
from civic.models import CatalogueEntry, User, db
from civic.reference import lookup, version
from civic.reference.entries import EntryInfo

ROLES = ("lead", "partner")
SOURCES = {"manual": "管理员登记", "conference": "会商决定"}


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of problem on a day: who leads by the table and now, who assists, what the towns may be, which entries hold."""

    category: lookup.CategoryInfo
    lead: str
    entry: EntryInfo | None
    partners: tuple[str, ...]
    entries: Sequence[EntryInfo]


def lines(on: date, town: str | None = None) -> dict[str, list[Line]]:
    """The whole catalogue on a day, by first level; `town` also counts the entries of that town."""
    found: dict[str, list[Line]] = {}
    held = lookup.snapshot().entries
    for row in lookup.categories(on):
        lead = lookup.catalogue(row.code, town, on)
        entries = [item for item in held.get(row.code, ()) if item.holds(on)]
        found.setdefault(row.l1, []).append(Line(row, lead.lead, lead.entry, lead.partners, entries))
    return found


def all_entries(category: str = "") -> list[tuple[CatalogueEntry, str]]:
    """Entries with the name of who made them, newest first; past ones too."""
    wanted = select(CatalogueEntry, User.name).outerjoin(User, User.id == CatalogueEntry.entered_by).order_by(
        CatalogueEntry.valid_from.desc(), CatalogueEntry.created_at.desc())
    if category:
        wanted = wanted.where(CatalogueEntry.category == category)
    return [(row, name or "") for row, name in db.session.execute(wanted.limit(300))]


def add(data: Mapping[str, Any], by: uuid.UUID | None, *, source: str = "manual",
        conference: uuid.UUID | None = None) -> CatalogueEntry:
    """Lays an entry over the catalogue from `category`, `department`, `valid_from` and optional town, role, valid_to, note.

    Invalid by field for what does not exist. An older open entry of the same kind, town and role ends that day.
    """
    wanted, errors = _read(data, source)
    if errors:
        raise Invalid(errors)
    version.lock()
    row = CatalogueEntry(id=uuid7(), created_at=now(), entered_by=by, source=source, conference_id=conference, close_reason="",
                         **wanted)
    if row.role == "lead":
        _end_older(row, by)
    db.session.add(row)
    db.session.flush()
    version.bump()
    return row


def _read(data: Mapping[str, Any], source: str) -> tuple[dict[str, Any], dict[str, str]]:
    errors: dict[str, str] = {}
    start, end = data.get("valid_from"), data.get("valid_to")
    on = start if isinstance(start, date) else lookup.today()
    category, town, unit = (str(data.get(name) or "") for name in ("category", "town", "department"))
    if lookup.category(category, on) is None:
        errors["category"] = "没有这个类别。"
    if town and lookup.town(town, on) is None:
        errors["town"] = "没有这个镇街。"
    info = lookup.department(unit, on)
    if info is None or not info.receives:
        errors["department"] = "没有这个单位，或者它不接收转办单（R10）。"
    elif info.kind == "town" and not town:
        errors["town"] = "镇街只能在自己的辖区里主办或协办，请选镇街（R10）。"
    if not isinstance(start, date):
        errors["valid_from"] = "请填从哪天起。"
    elif end and end <= start:
        errors["valid_to"] = "结束要在开始之后。"
    note = clean(str(data.get("note") or ""))[:500]
    if source == "manual" and len(note) < 4:
        errors["note"] = "请写依据（文件、会议），至少 4 个字。"
    role = data.get("role") if data.get("role") in ROLES else "lead"
    return {"category": category, "town": town or None, "department": unit, "role": role, "valid_from": start,
            "valid_to": end or None, "note": note}, errors


def _end_older(row: CatalogueEntry, by: uuid.UUID | None) -> None:
    older = db.session.scalars(select(CatalogueEntry).where(
        CatalogueEntry.category == row.category, CatalogueEntry.town.is_not_distinct_from(row.town),
        CatalogueEntry.role == "lead", CatalogueEntry.valid_to.is_(None)))
    for one in older:
        one.valid_to, one.closed_by = max(row.valid_from, one.valid_from), by
        one.close_reason = one.close_reason or f"{row.valid_from.isoformat()} 起由新的条目代替"


def close(entry_id: uuid.UUID, on: date | None, reason: str, by: uuid.UUID | None) -> CatalogueEntry:
    """Ends an entry from a day on, with the reason. NotPossible when it has ended; a conference's stays on record."""
    row = db.session.get(CatalogueEntry, entry_id)
    if row is None:
        raise NotFound()
    errors = {}
    if len(clean(reason)) < 2:
        errors["reason"] = "请写为什么结束。"
    if on is None or on < row.valid_from:
        errors["valid_to"] = "结束日不能早于开始日。"
    if errors:
        raise Invalid(errors)
    if row.valid_to is not None and row.valid_to <= lookup.today():
        raise NotPossible("这一条已经结束。")
    version.lock()
    row.valid_to, row.close_reason, row.closed_by = on, clean(reason)[:300], by
    db.session.flush()
    version.bump()
    return row
