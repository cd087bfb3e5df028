"""Which areas a case lies in, for the newsroom: now, and before."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from civic.models import Area, CaseArea, db


@dataclass(frozen=True, slots=True)
class In:
    """An area of a case; `to_at` is set once it lies there no longer."""

    kind: str
    code: str
    name: str
    basis: str
    from_at: datetime
    to_at: datetime | None


def of_case(case_id: uuid.UUID) -> list[In]:
    """The areas of a case, those of now first. Exact: for the newsroom only, never for a public page (S10)."""
    rows = db.session.execute(select(Area.kind, Area.code, Area.name, CaseArea.basis, CaseArea.from_at, CaseArea.to_at).join(
        Area, Area.id == CaseArea.area_id).where(CaseArea.case_id == case_id)
        .order_by(CaseArea.to_at.is_not(None), Area.kind, Area.name, CaseArea.id).limit(60))
    return [In(*row) for row in rows]


def words(case_id: uuid.UUID) -> str:
    """The finer areas a case lies in now, in one line; its town and village stand beside it already."""
    return "、".join(item.name for item in of_case(case_id) if item.to_at is None and item.kind not in ("town", "village"))
