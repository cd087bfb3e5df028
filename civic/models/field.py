"""Assignments 任务, check-ins and notes."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.models.base import Base, Keyed, Stated
from civic.models.people import Team, User
from civic.models.places import Placed


class Assignment(Keyed, Stated, Base):
    """One task for one person or, while offered, for a squad; the first to accept holds it."""

    __tablename__ = "assignments"
    kind: Mapped[str]
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    coverage_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("coverages.id"), index=True)
    referral_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("referrals.id"), index=True)
    round: Mapped[int] = mapped_column(default=1)
    assignee_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    team_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("teams.id"))
    offered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    brief: Mapped[str] = mapped_column(default="")
    due_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    findings: Mapped[str] = mapped_column(default="")
    both_sides: Mapped[str | None]
    remote_reason: Mapped[str | None]
    missing: Mapped[str | None]
    assignee: Mapped[User | None] = relationship(foreign_keys=[assignee_id], lazy="joined")
    team: Mapped[Team | None] = relationship(foreign_keys=[team_id], lazy="joined")
    __table_args__ = (
        CheckConstraint("state IN ('offered','accepted','submitted','done','declined','cancelled')", name="state"),
        CheckConstraint("kind IN ('investigate','mediate','cover','verify')", name="kind"),
        CheckConstraint("state <> 'accepted' OR assignee_id IS NOT NULL", name="accepted_has_holder"),
        Index("ix_assignments_mine", "assignee_id", "state", "due_at"),
        Index("ix_assignments_team", "team_id", "state", postgresql_where=text("state = 'offered'")),
    )


class CheckIn(Keyed, Placed, Base):
    """A tap on the spot: place, accuracy, time. Never public; coarse after 90 days."""

    __tablename__ = "check_ins"
    assignment_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    """When it was tapped, where the phone's clock can be right; else when it came."""
    tapped_at: Mapped[datetime | None]
    """By the phone's clock, as it said; `created_at` is when the server received it."""
    note: Mapped[str] = mapped_column(default="")


class Note(Keyed, Base):
    """A note of the newsroom on a case or a task. Never public as it is."""

    __tablename__ = "notes"
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"), index=True)
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    speaker: Mapped[str] = mapped_column(default="self")
    on_record: Mapped[bool] = mapped_column(default=False)
    quote_approved: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """The speaker heard the quotation back and agreed to these words."""
    said_at: Mapped[datetime | None]
    """When it was written down, by the phone's clock."""
    text: Mapped[str]
    author: Mapped[User | None] = relationship(lazy="joined")
