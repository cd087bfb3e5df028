"""Who leads on what, as rows an administrator keeps: catalogue entries, routing rules, conferences 会商, repeats, what others handle."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.models.base import Base, Keyed
from civic.models.cases import Case
from civic.models.orders import Referral


class CatalogueEntry(Keyed, Base):
    """Overrides or adds to the category table from a day on: who leads or assists, in one town or in all of them.

    Holds from ``valid_from`` (included) to ``valid_to`` (excluded; None is open). Never deleted; closing gives a reason.
    """

    __tablename__ = "catalogue_entries"
    category: Mapped[str]
    town: Mapped[str | None]
    department: Mapped[str]
    role: Mapped[str] = mapped_column(default="lead")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    source: Mapped[str] = mapped_column(default="manual")
    note: Mapped[str] = mapped_column(default="")
    entered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    closed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    close_reason: Mapped[str] = mapped_column(default="")
    conference_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("conferences.id"))
    __table_args__ = (
        CheckConstraint("role IN ('lead','partner')", name="role"),
        CheckConstraint("source IN ('manual','conference')", name="source"),
        CheckConstraint("valid_to >= valid_from", name="validity"),
        Index("ix_catalogue_entries_category", "category", "valid_from"),
    )


class RoutingRule(Keyed, Base):
    """One line of the ordered list that proposes a unit for a new order. The first that fits fires; none: the catalogue."""

    __tablename__ = "routing_rules"
    position: Mapped[int]
    active: Mapped[bool] = mapped_column(default=True)
    name: Mapped[str]
    category: Mapped[str | None]
    town: Mapped[str | None]
    village: Mapped[str | None]
    weekdays: Mapped[list[Any]] = mapped_column(default=list)
    """ISO days of the week, 1 Monday to 7 Sunday; empty is any day."""
    from_time: Mapped[time | None]
    to_time: Mapped[time | None]
    """Both or none, county time; a span over midnight has its end before its beginning."""
    from_on: Mapped[date | None]
    to_on: Mapped[date | None]
    """The last day it holds, included."""
    words: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    """Any one of them in title or facts; empty asks for none."""
    department: Mapped[str]
    duty: Mapped[str] = mapped_column(default="lead")
    sla: Mapped[str | None]
    note: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime]
    changed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    __table_args__ = (
        CheckConstraint("duty IN ('lead','partner')", name="duty"),
        CheckConstraint("(from_time IS NULL) = (to_time IS NULL)", name="times"),
        CheckConstraint("to_on >= from_on", name="dates"),
        UniqueConstraint("position", deferrable=True, initially="DEFERRED"),
    )


class Conference(Keyed, Base):
    """A conference 会商 over who must act (R16): opened by the second objection of a case, its decision is binding."""

    __tablename__ = "conferences"
    number: Mapped[int]
    """1, 2 … within the case."""
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id"), index=True)
    units: Mapped[list[str]] = mapped_column(ARRAY(Text))
    """Every unit that had the matter or was named for it, in the order they came up."""
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime]
    meets_at: Mapped[datetime | None]
    meets_where: Mapped[str] = mapped_column(default="")
    participants: Mapped[str] = mapped_column(default="")
    minutes: Mapped[str] = mapped_column(default="")
    decision: Mapped[str | None]
    """stay: the unit that has it keeps it; move: another unit; None while it is open."""
    decided_unit: Mapped[str | None]
    basis: Mapped[str] = mapped_column(default="")
    public_text: Mapped[str] = mapped_column(default="")
    """The reason in one plain sentence, for everybody."""
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    next_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("referrals.id"))
    """The order drafted for the unit it was moved to."""
    case: Mapped[Case] = relationship(lazy="joined", innerjoin=True)
    referral: Mapped[Referral] = relationship(foreign_keys=[referral_id], lazy="joined", innerjoin=True)
    __table_args__ = (
        UniqueConstraint("case_id", "number"),
        CheckConstraint("decision IN ('stay','move')", name="decision"),
        CheckConstraint("(decision IS NULL) = (decided_at IS NULL)", name="decided"),
        Index("ix_conferences_open", "due_at", postgresql_where=text("decided_at IS NULL")),
        Index("ix_conferences_decided", "decided_at", "id"),
    )


class ExternalHandling(Keyed, Base):
    """R45: the demand was given one way to another channel (12345 …), which then handles it alone."""

    __tablename__ = "external_handlings"
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"))
    channel: Mapped[str]
    external_no: Mapped[str]
    handed_on: Mapped[date]
    note: Mapped[str] = mapped_column(default="")
    handed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        Index("uq_external_handlings_active", "case_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        UniqueConstraint("channel", "external_no"),
        Index("ix_external_handlings_case", "case_id", "created_at"),
    )


class Repeat(Keyed, Base):
    """R08: the same person told the same fact again after the case ended; two people agree to give the earlier result."""

    __tablename__ = "repeats"
    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tips.id", ondelete="CASCADE"), index=True)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    proposed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="proposed")
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('proposed','confirmed','rejected')", name="state"),
        Index("uq_repeats_open", "tip_id", unique=True, postgresql_where=text("state = 'proposed'")),
    )
