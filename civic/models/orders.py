"""Referrals 转办单 with demand items, answers, pauses, extensions and objections as rows."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.models.base import Base, Keyed, Stated
from civic.models.cases import Case
from civic.models.clocks import OrderClock, Supervision, Suspension


class Referral(Keyed, Stated, Base):
    """An order to one department. Deadlines are stored dates; every change of them is a row beside."""

    __tablename__ = "referrals"
    number: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    round: Mapped[int] = mapped_column(default=1)
    department: Mapped[str]
    duty: Mapped[str] = mapped_column(default="lead")
    brief: Mapped[str]
    basis: Mapped[str] = mapped_column(default="")
    sla: Mapped[str]
    term: Mapped[str | None]
    """The closing term it was served under (``5wd``); a later change of the class does not touch it."""
    override: Mapped[str] = mapped_column(default="")
    """Why a unit leads that the catalogue does not name (R10)."""
    drafted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    sent_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime | None]
    sign_due_at: Mapped[datetime | None]
    served_at: Mapped[datetime | None]
    deemed: Mapped[bool] = mapped_column(default=False)
    original_due_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    provisional: Mapped[bool] = mapped_column(default=False)
    due_reason: Mapped[str | None]
    """Why the present due date differs from the original one, in words the public may read."""
    answered_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    redo_count: Mapped[int] = mapped_column(default=0)
    reminders: Mapped[int] = mapped_column(default=0)
    escalated_at: Mapped[datetime | None]
    supersedes_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("referrals.id"))
    external_no: Mapped[str | None]
    wanted_on: Mapped[date | None]
    """The day the dispatcher asked for, where it is earlier than the class gives (R12)."""
    clock_from: Mapped[datetime | None]
    """The original dispatch of a demand that was sent to another unit first without its objection being upheld (R36)."""
    is_demo: Mapped[bool] = mapped_column(default=False)
    case: Mapped[Case] = relationship(lazy="joined", innerjoin=True)
    items: Mapped[list[DemandItem]] = relationship(back_populates="referral", order_by="DemandItem.position",
                                                   lazy="selectin", cascade="all, delete-orphan")
    answers: Mapped[list[Answer]] = relationship(back_populates="referral", order_by="Answer.version",
                                                 lazy="selectin")
    pauses: Mapped[list[Pause]] = relationship(order_by="Pause.created_at", lazy="selectin")
    extensions: Mapped[list[Extension]] = relationship(order_by="Extension.created_at", lazy="selectin")
    objections: Mapped[list[Objection]] = relationship(order_by="Objection.created_at", lazy="selectin")
    supervisions: Mapped[list[Supervision]] = relationship(order_by="Supervision.level", lazy="selectin")
    suspensions: Mapped[list[Suspension]] = relationship(order_by="Suspension.started_at", lazy="selectin")
    clock_rows: Mapped[list[OrderClock]] = relationship(order_by="OrderClock.kind, OrderClock.number", lazy="selectin")
    __table_args__ = (
        CheckConstraint("state IN ('draft','sent','working','answered','settled','returned','unanswered','withdrawn')",
                        name="state"),
        CheckConstraint("duty IN ('lead','partner')", name="duty"),
        Index("uq_referrals_live", "case_id", "department", unique=True,
              postgresql_where=text("state IN ('draft','sent','working','answered')")),
        Index("ix_referrals_inbox", "department", "state", "due_at", "id"),
        Index("ix_referrals_due", "due_at", postgresql_where=text("state IN ('sent','working')")),
    )


class DemandItem(Keyed, Base):
    """One thing the citizen asks for; each must be answered."""

    __tablename__ = "demand_items"
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    text: Mapped[str]
    referral: Mapped[Referral] = relationship(back_populates="items")


class Answer(Keyed, Base):
    """One version of a department's answer. Never overwritten."""

    __tablename__ = "answers"
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    result: Mapped[str]
    text: Mapped[str]
    plan_on: Mapped[date | None]
    contact: Mapped[str] = mapped_column(default="")
    proof: Mapped[str] = mapped_column(default="")
    late: Mapped[bool] = mapped_column(default=False)
    answered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    released: Mapped[bool] = mapped_column(default=False)
    """Shown to the public after the desk's redaction (at most one working day)."""
    public_text: Mapped[str | None]
    hidden: Mapped[bool] = mapped_column(default=False)
    hidden_reason: Mapped[str | None]
    referral: Mapped[Referral] = relationship(back_populates="answers")
    items: Mapped[list[AnswerItem]] = relationship(lazy="selectin", cascade="all, delete-orphan")
    __table_args__ = (UniqueConstraint("referral_id", "version"),
                      CheckConstraint("result IN ('done','plan','explain','not_ours','refuse')", name="result"))


class AnswerItem(Keyed, Base):
    """The answer to one demand item."""

    __tablename__ = "answer_items"
    answer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"), index=True)
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("demand_items.id", ondelete="CASCADE"))
    text: Mapped[str]


class Pause(Keyed, Base):
    """A pause of the clock while the department waits for facts."""

    __tablename__ = "pauses"
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=True)
    question: Mapped[str]
    started_at: Mapped[datetime]
    until: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    on_citizen: Mapped[bool] = mapped_column(default=False)


class Extension(Keyed, Base):
    """A request for more time and what became of it."""

    __tablename__ = "extensions"
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=True)
    asked_at: Mapped[datetime]
    asked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str]
    interim: Mapped[str] = mapped_column(default="")
    until: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="asked")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(default="")
    __table_args__ = (CheckConstraint("state IN ('asked','granted','refused')", name="state"),)


class Objection(Keyed, Base):
    """A request to return the order with its basis and the unit named instead."""

    __tablename__ = "objections"
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=True)
    asked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    """The desk decides by then (R14)."""
    basis: Mapped[str]
    unit: Mapped[str]
    state: Mapped[str] = mapped_column(default="asked")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(default="")
    __table_args__ = (CheckConstraint("state IN ('asked','granted','refused')", name="state"),)
