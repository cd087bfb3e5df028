"""The red list and the list «to improve» 红榜·待改进: an entry a unit and month, and what was found against a unit."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from civic.models.base import Base, Keyed, Stated


class ListEntry(Keyed, Stated, Base):
    """A unit named for a month: computed, told to the unit, objected to, decided, published, run out."""

    __tablename__ = "list_entries"
    period: Mapped[str]
    """The month it is about, ``2026-10``."""
    kind: Mapped[str]
    department: Mapped[str]
    peers: Mapped[str]
    """The group it was compared with."""
    reasons: Mapped[list[Any]]
    """Of «to improve»: overdue, false_closure, leak; of red: best_quarter."""
    figures: Mapped[dict[str, Any]]
    """The numbers it rests on, as they were when it was computed: sample, solved, bound, bar, rank, of."""
    evidence: Mapped[list[Any]]
    """Numbers of the orders and cases it rests on, by reason: [{reason, order, case}, …]."""
    noticed_at: Mapped[datetime | None]
    object_until: Mapped[datetime | None]
    objection: Mapped[str] = mapped_column(default="")
    objected_at: Mapped[datetime | None]
    objected_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decision: Mapped[str] = mapped_column(default="")
    """Why the objection was upheld or not, or why the entry was struck; the unit reads it, and everybody once published."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime | None]
    published_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    expires_on: Mapped[date | None]
    ended_at: Mapped[datetime | None]
    corrections: Mapped[list[Any]] = mapped_column(default=list)
    """[{at, text}, …]: what was wrong in a published entry, shown with it."""
    is_demo: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        UniqueConstraint("period", "kind", "department"),
        CheckConstraint("kind IN ('red','improve')", name="kind"),
        CheckConstraint("state IN ('draft','noticed','objected','ready','published','struck','expired')", name="state"),
        Index("ix_list_entries_state", "state", "period", "id"),
        Index("ix_list_entries_unit", "department", "period", "id"),
    )


class Finding(Keyed, Base):
    """What was established against a unit outside the log: that it gave a citizen's identity away 泄露."""

    __tablename__ = "unit_findings"
    department: Mapped[str]
    kind: Mapped[str] = mapped_column(default="leak")
    found_on: Mapped[date]
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cases.id", ondelete="SET NULL"))
    text: Mapped[str]
    found_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    lifted_at: Mapped[datetime | None]
    lifted_why: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        CheckConstraint("kind IN ('leak')", name="kind"),
        Index("ix_unit_findings_unit", "department", "found_on"),
    )
