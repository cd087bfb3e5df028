"""Clocks beside the due date: supervisions with their own, first contact and progress reports, and the typhoon mode."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from civic.models.base import Base, Keyed


class Supervision(Keyed, Base):
    """督办 of one order at one level (R19, R20): its own requirement, deadline and answer. Each level comes once."""

    __tablename__ = "supervisions"
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"))
    level: Mapped[int] = mapped_column(default=1)
    issued_at: Mapped[datetime]
    issued_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    """None: the clock issued it."""
    why: Mapped[str] = mapped_column(default="")
    """Why it was issued or raised, in words everybody may read."""
    requirement: Mapped[str]
    original_due_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    answer: Mapped[str] = mapped_column(default="")
    measures: Mapped[str] = mapped_column(default="")
    returns: Mapped[int] = mapped_column(default=0)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(default="open")
    """open, answered, returned (sent back), accepted, raised (to the next level), ended (the order ended)"""
    __table_args__ = (
        UniqueConstraint("referral_id", "level"),
        CheckConstraint("state IN ('open','answered','returned','accepted','raised','ended')", name="state"),
        CheckConstraint("level BETWEEN 1 AND 3", name="level"),
        Index("uq_supervisions_live", "referral_id", unique=True,
              postgresql_where=text("state IN ('open','answered','returned')")),
        Index("ix_supervisions_list", "state", "due_at", "id"),
    )


class OrderClock(Keyed, Base):
    """A clock of an order beside its closing date: first contact, control measure (E), interim report (S1, S2)."""

    __tablename__ = "order_clocks"
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    number: Mapped[int] = mapped_column(default=1)
    term: Mapped[str]
    started_at: Mapped[datetime]
    original_due_at: Mapped[datetime]
    due_at: Mapped[datetime]
    because: Mapped[str] = mapped_column(default="")
    met_at: Mapped[datetime | None]
    __table_args__ = (UniqueConstraint("referral_id", "kind", "number"),
                      CheckConstraint("kind IN ('contact','control','interim')", name="kind"))


class Report(Keyed, Base):
    """What a unit reported while it works: that it made contact, what it secured, how far it is."""

    __tablename__ = "order_reports"
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    reported_at: Mapped[datetime]
    reported_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    text: Mapped[str]
    late: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (CheckConstraint("kind IN ('contact','control','interim')", name="kind"),)


class TyphoonMode(Keyed, Base):
    """台风洪涝应急 (R43): while it runs, emergencies come first and the clocks of all other orders stand still."""

    __tablename__ = "typhoon_modes"
    name: Mapped[str]
    reason: Mapped[str]
    notice: Mapped[str]
    started_at: Mapped[datetime]
    started_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    is_demo: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        CheckConstraint("ended_at >= started_at", name="order"),
        Index("uq_typhoon_modes_running", text("(ended_at IS NULL)"), unique=True, postgresql_where=text("ended_at IS NULL")),
    )


class Suspension(Keyed, Base):
    """The clock of one order stood still for a typhoon mode (R43); the due date moved by it when it ended (R35)."""

    __tablename__ = "suspensions"
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"))
    mode_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("typhoon_modes.id"))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    __table_args__ = (
        Index("ix_suspensions_referral", "referral_id"),
        Index("uq_suspensions_running", "referral_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )
