"""What comes after an answer: reviews, promises, calls, second looks, revisits, recurrence, urges (R21–R32, R39, R42)."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from civic.models.base import Base, Keyed


class Promise(Keyed, Base):
    """One stage of a «plan» answer: what will be done by which day, and what became of it (R21)."""

    __tablename__ = "promises"
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=True)
    answer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"), index=True)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    department: Mapped[str]
    stage: Mapped[int]
    text: Mapped[str]
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(default="running")
    reason: Mapped[str] = mapped_column(default="")
    """Why it was settled without being kept; public."""
    judged_at: Mapped[datetime | None]
    judged_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    """None when the clock judged."""
    verification_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("verifications.id"))
    is_demo: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        UniqueConstraint("answer_id", "stage"),
        CheckConstraint("stage BETWEEN 1 AND 3", name="stage"),
        CheckConstraint("state IN ('running','kept','broken','settled')", name="state"),
        Index("ix_promises_due", "due_on", "id", postgresql_where=sql("state = 'running'")),
        Index("ix_promises_list", "state", "due_on", "id"),
        Index("ix_promises_unit", "department", "due_on", "id"),
    )


class AnswerReview(Keyed, Base):
    """What somebody outside the unit ticked on one version of an answer, and whether it passed (R23)."""

    __tablename__ = "answer_reviews"
    answer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"), index=True)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=True)
    version: Mapped[int]
    reviewer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    itemised: Mapped[bool] = mapped_column(default=False)
    found: Mapped[bool] = mapped_column(default=False)
    basis: Mapped[bool] = mapped_column(default=False)
    action: Mapped[bool] = mapped_column(default=False)
    dated: Mapped[bool] = mapped_column(default=False)
    contact: Mapped[bool] = mapped_column(default=False)
    substantive: Mapped[bool] = mapped_column(default=False)
    """Item by item and with basis, evidence or a date: what 实质答复率 counts (governance section 7)."""
    passed: Mapped[bool]
    note: Mapped[str] = mapped_column(default="")
    __table_args__ = (UniqueConstraint("answer_id", "passed"),)


class AnswerFlag(Keyed, Base):
    """An answer that reads like a template or like an answer to something else (R24)."""

    __tablename__ = "answer_flags"
    answer_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"), unique=True)
    similarity: Mapped[float]
    alike_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("answers.id", ondelete="SET NULL"))
    overlap: Mapped[float]
    warned: Mapped[bool] = mapped_column(default=False)
    """The officer was shown the warning and sent it all the same."""
    confirmed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")


class CallTry(Keyed, Base):
    """One attempt to reach a tipster by phone after an answer (R25)."""

    __tablename__ = "call_tries"
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    round: Mapped[int]
    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tips.id", ondelete="CASCADE"), index=True)
    caller_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    outcome: Mapped[str]
    notes: Mapped[str]
    verification_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("verifications.id"))
    __table_args__ = (CheckConstraint("outcome IN ('reached','no_answer','refused','wrong_number')", name="outcome"),)


class SecondLook(Keyed, Base):
    """A citizen's «no», or a squad and a citizen who disagree, and what was decided (R27)."""

    __tablename__ = "second_looks"
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    round: Mapped[int]
    referral_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("referrals.id"))
    evaluation_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("evaluations.id", ondelete="SET NULL"))
    verification_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("verifications.id"))
    why: Mapped[str]
    """no: the citizen says not solved or is not satisfied; against: and a visit found the opposite"""
    due_at: Mapped[datetime]
    decision: Mapped[str] = mapped_column(default="open")
    reason: Mapped[str] = mapped_column(default="")
    handler: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    __table_args__ = (
        CheckConstraint("why IN ('no','against')", name="why"),
        CheckConstraint("decision IN ('open','redo','upheld')", name="decision"),
        Index("ix_second_looks_open", "due_at", postgresql_where=sql("decision = 'open'")),
        Index("uq_second_looks_open", "case_id", unique=True, postgresql_where=sql("decision = 'open'")),
    )


class Revisit(Keyed, Base):
    """A look back 回头看: 30 and 90 days after closing, and 7 days after a story went out (R29, R39)."""

    __tablename__ = "revisits"
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    round: Mapped[int]
    kind: Mapped[str]
    due_at: Mapped[datetime]
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("assignments.id"), index=True)
    publication_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("publications.id"))
    outcome: Mapped[str] = mapped_column(default="waiting")
    judged_at: Mapped[datetime | None]
    __table_args__ = (
        UniqueConstraint("case_id", "round", "kind", "publication_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("kind IN ('d30','d90','story')", name="kind"),
        CheckConstraint("outcome IN ('waiting','kept','failed','unclear','overtaken')", name="outcome"),
        Index("ix_revisits_waiting", "due_at", postgresql_where=sql("outcome = 'waiting'")),
    )


class Stubborn(Keyed, Base):
    """A problem that keeps coming back 顽疾: three closed cases of one kind in one place within 90 days (R42)."""

    __tablename__ = "stubborn"
    category: Mapped[str]
    town: Mapped[str | None]
    subject: Mapped[str | None]
    """Department code of the party complained of, when that is what the cases share."""
    point: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False), nullable=True)
    found_at: Mapped[datetime]
    cases: Mapped[int] = mapped_column(default=0)
    theme: Mapped[str] = mapped_column(default="proposed")
    theme_note: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    is_demo: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        CheckConstraint("theme IN ('proposed','taken','left')", name="theme"),
        Index("ix_stubborn_list", "found_at", "id"),
        Index("ix_stubborn_category", "category", "found_at"),
        Index("ix_stubborn_point", "point", postgresql_using="gist"),
    )


class StubbornCase(Base):
    """A case of a stubborn problem, with the root cause its closing named."""

    __tablename__ = "stubborn_cases"
    stubborn_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("stubborn.id", ondelete="CASCADE"), primary_key=True)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True, index=True)
    root_cause: Mapped[str] = mapped_column(default="")


class Urge(Keyed, Base):
    """A tipster presses for an answer 催办; counted in public, without who."""

    __tablename__ = "urges"
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tips.id", ondelete="CASCADE"))
    __table_args__ = (Index("ix_urges_tip", "tip_id", "created_at"),)


class DemandMark(Keyed, Base):
    """A demand the unit calls unreasonable or beyond its duty: proposed, decided, appealed once (R30)."""

    __tablename__ = "demand_marks"
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), unique=True)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    basis: Mapped[str]
    asked_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decision: Mapped[str] = mapped_column(default="asked")
    reason: Mapped[str] = mapped_column(default="")
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    appealed_at: Mapped[datetime | None]
    appeal_tip_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("tips.id", ondelete="SET NULL"))
    appeal_decision: Mapped[str] = mapped_column(default="")
    appeal_reason: Mapped[str] = mapped_column(default="")
    excluded: Mapped[bool] = mapped_column(default=False)
    """Left out of the unit's rates: granted, and no appeal runs or has won."""
    __table_args__ = (
        CheckConstraint("kind IN ('unreasonable','beyond_duty')", name="kind"),
        CheckConstraint("decision IN ('asked','granted','refused')", name="decision"),
        CheckConstraint("appeal_decision IN ('','asked','upheld','overturned')", name="appeal"),
    )


class ContactLimit(Keyed, Base):
    """Somebody who floods or threatens the desk: slowed down by two people, never silently, never shut out (R31)."""

    __tablename__ = "contact_limits"
    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tips.id", ondelete="CASCADE"), index=True)
    contact_hash: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    """Keyed fingerprint of the phone number; without a number only this receipt is slowed down."""
    ground: Mapped[str]
    reason: Mapped[str]
    """Shown to the holder of the receipt."""
    asked_by: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    decision: Mapped[str] = mapped_column(default="asked")
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    until: Mapped[date | None]
    police_note: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        CheckConstraint("ground IN ('flood','abuse','threat')", name="ground"),
        CheckConstraint("decision IN ('asked','granted','refused')", name="decision"),
        CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="two_people"),
    )
