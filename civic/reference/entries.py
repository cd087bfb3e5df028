"""Catalogue entries as plain values for the snapshot of `lookup`; changing them is `catalogue`."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields
from datetime import date

from sqlalchemy import select

from civic.models import CatalogueEntry, db


@dataclass(frozen=True, slots=True)
class EntryInfo:
    """An entry that overrides or adds to the category table (`civic.reference.catalogue`)."""

    id: uuid.UUID
    category: str
    town: str | None
    department: str
    role: str
    valid_from: date
    valid_to: date | None
    source: str
    note: str

    def holds(self, on: date) -> bool:
        return self.valid_from <= on < (self.valid_to or date.max)


def read() -> dict[str, list[EntryInfo]]:
    """All entries by category, the newest first."""
    names = [item.name for item in fields(EntryInfo)]
    found: dict[str, list[EntryInfo]] = {}
    for row in db.session.execute(select(CatalogueEntry.__table__).order_by(
            CatalogueEntry.valid_from.desc(), CatalogueEntry.created_at.desc())).mappings():
        found.setdefault(row["category"], []).append(EntryInfo(**{name: row[name] for name in names}))
    return found
