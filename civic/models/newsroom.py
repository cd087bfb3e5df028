"""Coverage 报道, versions, signatures, publications 发布, and the daily list."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.models.base import Base, Keyed, Stated
from civic.models.cases import Case
from civic.models.people import User

if TYPE_CHECKING:
    from civic.models.story import StorySlot


class Coverage(Keyed, Stated, Base):
    """A planned or running story; a case is optional."""

    __tablename__ = "coverages"
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    title: Mapped[str]
    angle: Mapped[str] = mapped_column(default="")
    format: Mapped[str] = mapped_column(default="text")
    slot: Mapped[str] = mapped_column(default="")
    critical: Mapped[bool] = mapped_column(default=False)
    grade: Mapped[str] = mapped_column(default="C", server_default="C")
    """A for the party committee, B for the editorial board, C daily; written with a `GradeDecision` only."""
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    pitched_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(default=0)
    approved_version: Mapped[int] = mapped_column(default=0)
    approved_at: Mapped[datetime | None]
    reply_sought_at: Mapped[datetime | None]
    notice_at: Mapped[datetime | None]
    notice_waived: Mapped[bool] = mapped_column(default=False)
    follows_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("coverages.id"))
    due_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    author: Mapped[User | None] = relationship(foreign_keys=[author_id], lazy="joined")
    case: Mapped[Case | None] = relationship(foreign_keys=[case_id], lazy="joined")
    versions: Mapped[list[Version]] = relationship(back_populates="coverage", order_by="Version.number")
    publications: Mapped[list[Publication]] = relationship(back_populates="coverage", lazy="selectin")
    __table_args__ = (
        CheckConstraint("state IN ('planned','drafting','in_review','approved','dropped')", name="state"),
        CheckConstraint("grade IN ('A','B','C')", name="grade"),
        Index("ix_coverages_state", "state", "due_at"),
    )


class Version(Keyed, Base):
    """One saved version of a story. A signature binds to exactly one."""

    __tablename__ = "versions"
    coverage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coverages.id", ondelete="CASCADE"), index=True)
    number: Mapped[int]
    title: Mapped[str]
    lead: Mapped[str] = mapped_column(default="")
    body: Mapped[str]
    facts: Mapped[list[Any]] = mapped_column(default=list)
    """Each {fact, source, kind, ref, checked}: see `civic.newsroom.facts_text`."""
    titles: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'::jsonb"))
    """Titles of their own by channel code."""
    note: Mapped[str] = mapped_column(default="")
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    coverage: Mapped[Coverage] = relationship(back_populates="versions")
    signatures: Mapped[list[Signature]] = relationship(back_populates="version", lazy="selectin",
                                                       order_by="Signature.level")
    slots: Mapped[list[StorySlot]] = relationship(lazy="selectin", order_by="StorySlot.position")
    __table_args__ = (UniqueConstraint("coverage_id", "number"),)


class Signature(Keyed, Base):
    """One of the three signatures; voided when anything changes, never deleted."""

    __tablename__ = "signatures"
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), index=True)
    level: Mapped[int]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(default="")
    checked: Mapped[list[Any]] = mapped_column(default=list, server_default=text("'[]'::jsonb"))
    """What was ticked: {code, label} of the level's checklist as it read then."""
    voided_at: Mapped[datetime | None]
    version: Mapped[Version] = relationship(back_populates="signatures")
    user: Mapped[User] = relationship(lazy="joined")
    __table_args__ = (
        Index("uq_signatures_level", "version_id", "level", unique=True, postgresql_where=text("voided_at IS NULL")),
        Index("uq_signatures_person", "version_id", "user_id", unique=True, postgresql_where=text("voided_at IS NULL")),
        CheckConstraint("level BETWEEN 1 AND 3", name="level"),
    )


class Publication(Keyed, Stated, Base):
    """A story on one channel."""

    __tablename__ = "publications"
    coverage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coverages.id"), index=True)
    channel: Mapped[str]
    version: Mapped[int] = mapped_column(default=0)
    not_before: Mapped[datetime | None]
    slot: Mapped[str] = mapped_column(default="")
    link: Mapped[str] = mapped_column(default="")
    live_at: Mapped[datetime | None]
    pulled_at: Mapped[datetime | None]
    pull_reason: Mapped[str | None]
    correction: Mapped[str | None]
    corrected_at: Mapped[datetime | None]
    internal: Mapped[bool] = mapped_column(default=False)
    """A channel that counts as output but is never public (内参)."""
    level: Mapped[str] = mapped_column(default="", server_default="")
    """Of an upstream outlet: state 央, province 省 or city 市; empty for our own channels."""
    outlet: Mapped[str] = mapped_column(default="", server_default="")
    """Name of the upstream outlet; one story may be out with several."""
    is_demo: Mapped[bool] = mapped_column(default=False)
    coverage: Mapped[Coverage] = relationship(back_populates="publications")
    __table_args__ = (
        CheckConstraint("state IN ('queued','live','pulled')", name="state"),
        CheckConstraint("level IN ('','state','province','city')", name="level"),
        Index("uq_publications_channel", "coverage_id", "channel", "outlet", unique=True,
              postgresql_where=text("state IN ('queued','live')")),
        Index("ix_publications_board", "channel", "state", "created_at"),
        Index("ix_publications_live", "live_at", postgresql_where=text("state = 'live'")),
    )


class DailyList(Keyed, Base):
    """The plan of a day with exactly one lead topic 主选题."""

    __tablename__ = "daily_lists"
    day: Mapped[date] = mapped_column(unique=True)
    lead_coverage_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("coverages.id"))
    note: Mapped[str] = mapped_column(default="")
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    """Number of the last change (`DayChange`): whoever confirms has seen this one."""
    confirmed_at: Mapped[datetime | None]
    confirmed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    __table_args__ = (CheckConstraint("confirmed_at IS NULL OR lead_coverage_id IS NOT NULL", name="confirmed_has_lead"),)
