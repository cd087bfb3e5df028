"""Cases, verification records, supports and media."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from civic.models.base import Base, Keyed, Stated
from civic.models.places import Placed


class Case(Keyed, Stated, Placed, Base):
    """A problem being worked on. `stage`, `ball`, `news` and `late` are caches written by one function of the door."""

    __tablename__ = "cases"
    number: Mapped[str] = mapped_column(unique=True)
    round: Mapped[int] = mapped_column(default=1)
    title: Mapped[str]
    facts: Mapped[str] = mapped_column(default="")
    category: Mapped[str | None]
    grade: Mapped[str] = mapped_column(default="C")
    urgency: Mapped[str] = mapped_column(default="normal")
    credibility: Mapped[str] = mapped_column(default="unchecked")
    sensitive: Mapped[bool] = mapped_column(default=False)
    named_party: Mapped[str | None]
    """Department code of the party complained of (R11), if it is one."""
    public_level: Mapped[str | None]
    """P public, R restricted, N never, where the dispatcher chose another than the category's (R09)."""
    owner_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    owner_team_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("teams.id"))
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    resolution: Mapped[str | None]
    closing_note: Mapped[str | None]
    revisit_on: Mapped[date | None]
    hold_until: Mapped[date | None]
    hold_reason: Mapped[str | None]
    keep_reason: Mapped[str | None]
    """Why nothing of this case may be erased for now (a lawsuit, an inquiry); empty when retention runs (R46)."""
    embargo_until: Mapped[datetime | None]
    merged_into_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cases.id"))
    citizen_reopened: Mapped[bool] = mapped_column(default=False)
    exposure: Mapped[str] = mapped_column(default="internal")
    exposure_event_id: Mapped[int] = mapped_column(default=0)
    disclosed_at: Mapped[datetime | None]
    disclosed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    tombstone: Mapped[str | None]
    public_title: Mapped[str | None]
    public_summary: Mapped[str | None]
    precision: Mapped[str] = mapped_column(default="grid")
    public_point: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=4326, spatial_index=False), nullable=True)
    public_spot: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=3857, spatial_index=False), nullable=True, deferred=True)
    spot: Mapped[Any | None] = mapped_column(Geometry("POINT", srid=3857, spatial_index=False), nullable=True, deferred=True)
    """The public point and the exact one (or the town's centre) in the map's projection; written by a trigger only."""
    stage: Mapped[str] = mapped_column(default="queued")
    ball: Mapped[str] = mapped_column(default="newsroom")
    news: Mapped[str] = mapped_column(default="none")
    news_count: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    """The nearest due moment of whoever has the ball; lateness is computed from it."""
    updated_at: Mapped[datetime]
    public_at: Mapped[datetime | None]
    """The last move everybody may know of. `updated_at` would tell strangers when something internal happened."""
    tip_count: Mapped[int] = mapped_column(default=0)
    support_count: Mapped[int] = mapped_column(default=0)
    search_vector: Mapped[Any | None] = mapped_column(TSVECTOR, nullable=True)
    public_vector: Mapped[Any | None] = mapped_column(TSVECTOR, nullable=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        CheckConstraint("state IN ('open','closed','merged','archived')", name="state"),
        CheckConstraint("exposure IN ('internal','public')", name="exposure"),
        CheckConstraint("grade IN ('A','B','C')", name="grade"),
        CheckConstraint("(state = 'merged') = (merged_into_id IS NOT NULL)", name="merged_into"),
        Index("ix_cases_public", "public_at", "id", postgresql_where=text("exposure = 'public'")),
        Index("ix_cases_public_listed", text("coalesce(public_at, disclosed_at)"), "id",
              postgresql_where=text("exposure = 'public' AND state <> 'merged'")),
        Index("ix_cases_public_opened", "opened_at", "id", postgresql_where=text("exposure = 'public' AND state <> 'merged'")),
        Index("ix_cases_stage", "stage", "due_at", "id"),
        Index("ix_cases_town", "town", "updated_at"),
        Index("ix_cases_category", "category", "updated_at"),
        Index("ix_cases_point", "point", postgresql_using="gist"),
        Index("ix_cases_public_point", "public_point", postgresql_using="gist",
              postgresql_where=text("exposure = 'public'")),
        Index("ix_cases_public_spot", "public_spot", postgresql_using="gist",
              postgresql_where=text("exposure = 'public' AND state <> 'merged'")),
        Index("ix_cases_spot", "spot", postgresql_using="gist"),
        Index("ix_cases_search", "search_vector", postgresql_using="gin"),
        Index("ix_cases_public_search", "public_vector", postgresql_using="gin"),
        Index("ix_cases_merged_into", "merged_into_id"),
    )


class Verification(Keyed, Base):
    """A look after an answer 回访: verdict, method, who, when. A record, not a machine (section 8)."""

    __tablename__ = "verifications"
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    referral_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("referrals.id"), index=True)
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("assignments.id"))
    round: Mapped[int]
    verdict: Mapped[str]
    method: Mapped[str]
    verifier_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    verified_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")
    public_note: Mapped[str] = mapped_column(default="")
    distance_m: Mapped[int | None]
    """Metres between where «before» and «after» were taken, when both are known; over 50 is not the same place."""
    __table_args__ = (
        CheckConstraint("verdict IN ('confirmed','partial','not_fixed','cannot_tell')", name="verdict"),
        CheckConstraint("method IN ('on_site','call','citizen','observer')", name="method"),
    )


class Support(Keyed, Base):
    """«我也遇到»: one per person, by a keyed hash of a cookie token; revocable."""

    __tablename__ = "supports"
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (UniqueConstraint("case_id", "token_hash"),)


class Media(Keyed, Base):
    """A file: the sealed original in the vault and the clean derivative others see. Owner is exactly one row."""

    __tablename__ = "media"
    tip_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("tips.id", ondelete="CASCADE"), index=True)
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("assignments.id", ondelete="CASCADE"), index=True)
    answer_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("answers.id", ondelete="CASCADE"), index=True)
    verification_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("verifications.id", ondelete="CASCADE"),
                                                              index=True)
    coverage_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("coverages.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    caption: Mapped[str] = mapped_column(default="")
    phase: Mapped[str] = mapped_column(default="")
    """before or after, for the pair of a verification; empty otherwise"""
    original: Mapped[str | None]
    derived: Mapped[str | None]
    thumb: Mapped[str | None]
    width: Mapped[int | None]
    height: Mapped[int | None]
    size: Mapped[int]
    taken_at: Mapped[datetime | None]
    uploaded_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    public: Mapped[bool] = mapped_column(default=False)
    hidden: Mapped[bool] = mapped_column(default=False)
    hidden_reason: Mapped[str | None]
    client_id: Mapped[str | None] = mapped_column(unique=True)
    masked: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    """`derived` and `thumb` were made with masks over faces, plates or numbers; what they hid is only in the original."""
    sha256: Mapped[str | None]
    """Of the original as it came, 64 hex digits: what was filmed can be proven later."""
    consent: Mapped[str] = mapped_column(default="", server_default="")
    """Of the persons shown: given, none (not asked, or refused), not_needed; empty where nobody said (`MediaConsent`)."""
    consent_words: Mapped[str] = mapped_column(default="", server_default="")
    __table_args__ = (
        CheckConstraint("num_nonnulls(tip_id, case_id, assignment_id, answer_id, verification_id, coverage_id) = 1",
                        name="one_owner"),
    )


class Watermark(Base):
    """Counters that must not repeat: case numbers by year, tip numbers by day."""

    __tablename__ = "watermarks"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(default=0)
