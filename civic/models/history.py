"""Closed complaints of somebody else's system, brought in to be counted: never cases of ours, so never in a queue.

No receipt, no event, no timer hangs on them, and no words of the citizens are kept. `flask civic import history` writes
the records; the sums beside them are worked out when an import ends and may be thrown away.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from civic.models.base import Base, Keyed


class HistorySource(Keyed, Base):
    """A file or system the records came from."""

    __tablename__ = "history_sources"
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    """Where it is from and under which licence, for people to read."""
    public: Mapped[bool] = mapped_column(default=False)
    """Shown to everybody; otherwise to staff alone."""
    as_of: Mapped[datetime | None]
    """The last moment the file knows of: what is open then has lasted until then."""
    changed_at: Mapped[datetime]
    summed_at: Mapped[datetime | None]
    upto: Mapped[int] = mapped_column(BigInteger, default=0)
    """The last record that is in the sums: the lists behind them go no further."""


class HistoryRecord(Base):
    """One complaint of theirs: from when to when, through whose hands."""

    __tablename__ = "history_records"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    source_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("history_sources.id", ondelete="CASCADE"))
    number: Mapped[str]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    month: Mapped[str]
    """Month of opening, on the clocks of the place it is from."""
    unit: Mapped[str] = mapped_column(default="")
    kind: Mapped[str] = mapped_column(default="")
    area: Mapped[str] = mapped_column(default="")
    channel: Mapped[str] = mapped_column(default="")
    passed_on: Mapped[int | None]
    """How often it was handed to another unit 转办次数; None where the file does not say."""
    chain: Mapped[list[Any]] = mapped_column(default=list)
    """The units one after the other, where the file names them."""
    excluded: Mapped[str] = mapped_column(default="")
    print: Mapped[str]
    """Hash of what is kept: the same row again changes nothing."""
    __table_args__ = (
        UniqueConstraint("source_id", "number"),
        CheckConstraint("excluded IN ('','backwards')", name="excluded"),
        CheckConstraint("passed_on >= 0", name="passed_on"),
        Index("ix_history_records_opened", "source_id", "opened_at", "id"),
        Index("ix_history_records_unit", "source_id", "unit"),
        Index("ix_history_records_kind", "source_id", "kind"),
        Index("ix_history_records_area", "source_id", "area"),
        Index("ix_history_records_month", "source_id", "month"),
    )


class HistorySum(Base):
    """What the page shows of one unit, kind, area or month (or of all): counts, and times in seconds."""

    __tablename__ = "history_sums"
    source_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("history_sources.id", ondelete="CASCADE"), primary_key=True)
    cut: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    counts: Mapped[dict[str, Any]]
    times: Mapped[dict[str, Any]]
    __table_args__ = (CheckConstraint("cut IN ('','unit','kind','area','month')", name="cut"),)
