"""The day of the newsroom: items of the daily list with slots and changes, grades, crews, calendar feeds, follow-ups."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.models.base import Base, Keyed
from civic.models.newsroom import Coverage
from civic.models.people import Team, User


class DayItem(Keyed, Base):
    """A story on the list of a day. The lead 主选题 is the one `DailyList.lead_coverage_id` names; a trigger holds it."""

    __tablename__ = "day_items"
    list_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("daily_lists.id", ondelete="CASCADE"))
    coverage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coverages.id"), index=True)
    position: Mapped[int]
    responsible_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(default="")
    """What the selection meeting said of it."""
    added_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    late_entry: Mapped[bool] = mapped_column(default=False)
    """Put on the list after it was confirmed."""
    struck_at: Mapped[datetime | None]
    """Taken off after the list was confirmed; the row stays as part of the plan against actual."""
    missed_reason: Mapped[str] = mapped_column(default="")
    """Why it did not go out as planned, asked the next day."""
    missed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    missed_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)
    coverage: Mapped[Coverage] = relationship(lazy="joined")
    responsible: Mapped[User | None] = relationship(foreign_keys=[responsible_id], lazy="joined")
    slots: Mapped[list[DaySlot]] = relationship(back_populates="item", lazy="selectin", cascade="all, delete-orphan",
                                                order_by="DaySlot.at")
    __table_args__ = (UniqueConstraint("list_id", "coverage_id"), Index("ix_day_items_order", "list_id", "position"))


class DaySlot(Keyed, Base):
    """When an item is to go out on one channel: the bulletin (morning, noon, evening, rolling) and its moment."""

    __tablename__ = "day_slots"
    item_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("day_items.id", ondelete="CASCADE"))
    channel: Mapped[str]
    bulletin: Mapped[str]
    at: Mapped[datetime] = mapped_column(index=True)
    item: Mapped[DayItem] = relationship(back_populates="slots")
    __table_args__ = (UniqueConstraint("item_id", "channel"),
                      CheckConstraint("bulletin IN ('morning','noon','evening','rolling')", name="bulletin"))


class DayChange(Keyed, Base):
    """One change of a list, in words, by whom. After confirmation it is an amendment and has its reason."""

    __tablename__ = "day_changes"
    list_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("daily_lists.id", ondelete="CASCADE"))
    revision: Mapped[int]
    kind: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    """The story it is about; empty when it is the whole list."""
    detail: Mapped[str] = mapped_column(default="")
    amends: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(default="")
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    by: Mapped[User | None] = relationship(lazy="joined")
    __table_args__ = (
        UniqueConstraint("list_id", "revision"),
        CheckConstraint("kind IN ('add','remove','move','lead','plan','slot','note','confirm')", name="kind"),
        CheckConstraint("NOT amends OR reason <> ''", name="amendment_has_reason"),
    )


class BoardMember(Keyed, Base):
    """Who sits on the editorial board 编委会 and as what; ended, never deleted."""

    __tablename__ = "board_members"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    post: Mapped[str] = mapped_column(default="member")
    added_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="joined")
    __table_args__ = (
        CheckConstraint("post IN ('chief','deputy','member')", name="post"),
        Index("uq_board_members_sitting", "user_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )


class GradeDecision(Keyed, Base):
    """One decision on the grade of a story 选题分级; the newest one holds, and none is ever changed."""

    __tablename__ = "grade_decisions"
    coverage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coverages.id", ondelete="CASCADE"))
    grade: Mapped[str]
    reason: Mapped[str]
    decided_on: Mapped[date | None]
    """Day of the party committee's decision (grade A)."""
    reference: Mapped[str] = mapped_column(default="")
    """Number of its minutes or paper (grade A)."""
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    by: Mapped[User | None] = relationship(lazy="joined")
    __table_args__ = (
        CheckConstraint("grade IN ('A','B','C')", name="grade"),
        CheckConstraint("grade <> 'A' OR (decided_on IS NOT NULL AND reference <> '')", name="a_has_decision"),
        Index("ix_grade_decisions_story", "coverage_id", "id"),
    )


class StoryCrew(Keyed, Base):
    """A person drafted for a story 大兵团作战: from which squad, as what, by whom; released, never deleted."""

    __tablename__ = "story_crew"
    coverage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coverages.id", ondelete="CASCADE"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    team_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    role: Mapped[str] = mapped_column(default="reporter")
    drafted: Mapped[bool] = mapped_column(default=False)
    """Comes from another squad than the story's own."""
    note: Mapped[str] = mapped_column(default="")
    added_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    released_at: Mapped[datetime | None]
    released_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="joined")
    team: Mapped[Team | None] = relationship(lazy="joined")
    __table_args__ = (
        CheckConstraint("role IN ('lead','reporter','camera','editor','liaison')", name="role"),
        Index("uq_story_crew_member", "coverage_id", "user_id", unique=True, postgresql_where=text("released_at IS NULL")),
    )


class CalendarFeed(Keyed, Base):
    """The secret address of a person's calendar; only its hash is kept. A new one ends the old one."""

    __tablename__ = "calendar_feeds"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    revoked_at: Mapped[datetime | None]
    used_on: Mapped[date | None]
    """The last day something fetched it."""
    __table_args__ = (Index("uq_calendar_feeds_live", "user_id", unique=True, postgresql_where=text("revoked_at IS NULL")),)


class FollowUp(Keyed, Base):
    """A follow-up story the calendar proposes 30 and 90 days after closing: accepted, dismissed, or open. Once each."""

    __tablename__ = "follow_ups"
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    round: Mapped[int]
    kind: Mapped[str]
    follows_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coverages.id"), index=True)
    due_at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(default="open")
    reason: Mapped[str] = mapped_column(default="")
    coverage_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("coverages.id"), index=True)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    follows: Mapped[Coverage] = relationship(foreign_keys=[follows_id], lazy="joined")
    __table_args__ = (
        UniqueConstraint("case_id", "round", "kind"),
        CheckConstraint("kind IN ('d30','d90')", name="kind"),
        CheckConstraint("outcome IN ('open','accepted','dismissed','overtaken')", name="outcome"),
        CheckConstraint("outcome <> 'accepted' OR coverage_id IS NOT NULL", name="accepted_has_story"),
        CheckConstraint("outcome <> 'dismissed' OR reason <> ''", name="dismissed_has_reason"),
        Index("ix_follow_ups_open", "due_at", "id", postgresql_where=text("outcome = 'open'")),
    )
