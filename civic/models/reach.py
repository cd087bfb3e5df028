"""Reach 传播: what a release reached on its channel, who above took it over, the index others compute, and what went with it.

Nothing here is public but sums over cases everybody may see. A figure typed or brought in is a source; `EffectCase` and
`EffectSum` are none: they follow from cases, answers and releases and may be thrown away and made anew.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.models.base import Base, Keyed
from civic.models.newsroom import Publication
from civic.models.people import User


class ReachSnapshot(Keyed, Base):
    """What the channel showed one, three, seven or thirty days after a release. `age`: that number of days.

    A figure the channel does not have is None, never nought; nothing at all needs a reason in `lacking`.
    """

    __tablename__ = "reach_snapshots"
    publication_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"))
    age: Mapped[int]
    counted_on: Mapped[date]
    """The day it was read off the channel."""
    views: Mapped[int | None] = mapped_column(BigInteger)
    likes: Mapped[int | None] = mapped_column(BigInteger)
    comments: Mapped[int | None] = mapped_column(BigInteger)
    shares: Mapped[int | None] = mapped_column(BigInteger)
    watch_seconds: Mapped[int | None] = mapped_column(BigInteger)
    """All watching together, in seconds, where the channel has it."""
    lacking: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    source: Mapped[str] = mapped_column(default="typed")
    entered_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    entered_name: Mapped[str] = mapped_column(default="")
    batch_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reach_imports.id", ondelete="SET NULL"), index=True)
    changed_at: Mapped[datetime | None]
    changes: Mapped[list[Any]] = mapped_column(default=list)
    """[{at, by, was: {field: value}}]: what stood there before, oldest first."""
    is_demo: Mapped[bool] = mapped_column(default=False)
    publication: Mapped[Publication] = relationship(lazy="joined", innerjoin=True)
    proofs: Mapped[list[ReachProof]] = relationship(order_by="ReachProof.created_at", lazy="selectin", cascade="all, delete-orphan",
                                                    passive_deletes=True)
    __table_args__ = (
        UniqueConstraint("publication_id", "age"),
        CheckConstraint("age IN (1,3,7,30)", name="age"),
        CheckConstraint("source IN ('typed','pasted','file')", name="source"),
        CheckConstraint("coalesce(least(views, likes, comments, shares, watch_seconds), 0) >= 0", name="not_negative"),
        CheckConstraint("num_nonnulls(views, likes, comments, shares, watch_seconds) > 0 OR lacking <> ''", name="something"),
    )


class ReachProof(Keyed, Base):
    """A screenshot of the channel's own figures: sealed and cleaned like any file (U5), for the newsroom only."""

    __tablename__ = "reach_proofs"
    snapshot_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("reach_snapshots.id", ondelete="CASCADE"), index=True)
    adoption_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("adoptions.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    size: Mapped[int]
    original: Mapped[str | None] = mapped_column(index=True)
    derived: Mapped[str | None] = mapped_column(index=True)
    thumb: Mapped[str | None] = mapped_column(index=True)
    width: Mapped[int | None]
    height: Mapped[int | None]
    uploaded_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    __table_args__ = (CheckConstraint("num_nonnulls(snapshot_id, adoption_id) = 1", name="one_owner"),)


class ReachChannel(Base):
    """How figures of a channel come in: who keeps them (the author of a story where nobody is named), which column is what."""

    __tablename__ = "reach_channels"
    channel: Mapped[str] = mapped_column(primary_key=True)
    keeper_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    columns: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{field: name of the column}, as it was last used and worked"""
    changed_at: Mapped[datetime]
    changed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    keeper: Mapped[User | None] = relationship(foreign_keys=[keeper_id], lazy="joined")


class ReachImport(Keyed, Base):
    """A table that was pasted or sent: read, shown, and written as a whole or not at all. `rows`: header and cells as text."""

    __tablename__ = "reach_imports"
    channel: Mapped[str]
    name: Mapped[str]
    source: Mapped[str]
    digest: Mapped[str]
    rows: Mapped[list[Any]]
    columns: Mapped[dict[str, Any]] = mapped_column(default=dict)
    state: Mapped[str] = mapped_column(default="preview")
    taken: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    known: Mapped[int] = mapped_column(default=0)
    by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    by_name: Mapped[str] = mapped_column(default="")
    done_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('preview','done','dropped')", name="state"),
        CheckConstraint("source IN ('pasted','file')", name="source"),
        Index("ix_reach_imports_by", "by", "created_at"),
        Index("ix_reach_imports_when", "created_at"),
    )


class Adoption(Keyed, Base):
    """What is known of a story an outlet above us took over 外宣, beside its release there (level, outlet and link are its)."""

    __tablename__ = "adoptions"
    publication_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), unique=True)
    adopted_on: Mapped[date]
    """The day it appeared there, which may be before it was recorded."""
    title: Mapped[str] = mapped_column(default="")
    """What they called it."""
    note: Mapped[str] = mapped_column(default="")
    by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    by_name: Mapped[str] = mapped_column(default="")
    publication: Mapped[Publication] = relationship(lazy="joined", innerjoin=True)
    proofs: Mapped[list[ReachProof]] = relationship(order_by="ReachProof.created_at", lazy="selectin", cascade="all, delete-orphan",
                                                    passive_deletes=True)
    __table_args__ = (Index("ix_adoptions_when", "adopted_on", "id"),)


class IndexSeries(Keyed, Base):
    """An index others compute about us (融媒指数), shown beside our own figures and never mixed with them."""

    __tablename__ = "index_series"
    name: Mapped[str] = mapped_column(unique=True)
    publisher: Mapped[str]
    unit: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    is_demo: Mapped[bool] = mapped_column(default=False)
    values: Mapped[list[IndexValue]] = relationship(order_by="IndexValue.month", lazy="selectin", cascade="all, delete-orphan",
                                                    passive_deletes=True)


class IndexValue(Keyed, Base):
    """One month of such an index, as its publisher gave it."""

    __tablename__ = "index_values"
    series_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("index_series.id", ondelete="CASCADE"))
    month: Mapped[str]
    value: Mapped[Decimal | None] = mapped_column(Numeric(12, 3))
    rank: Mapped[int | None]
    rank_of: Mapped[int | None]
    source: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    by_name: Mapped[str] = mapped_column(default="")
    changes: Mapped[list[Any]] = mapped_column(default=list)
    __table_args__ = (
        UniqueConstraint("series_id", "month"),
        CheckConstraint("num_nonnulls(value, rank) > 0", name="something"),
        CheckConstraint("rank IS NULL OR (rank >= 1 AND (rank_of IS NULL OR rank <= rank_of))", name="rank"),
    )


class CorrectionCause(Keyed, Base):
    """Why a live release was corrected; only an error of fact counts against a story, and the desk says which was one."""

    __tablename__ = "correction_causes"
    correction_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("corrections.id", ondelete="CASCADE"), unique=True)
    cause: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    by_name: Mapped[str] = mapped_column(default="")
    __table_args__ = (CheckConstraint("cause IN ('fact','wording','update','technical')", name="cause"),)


class EffectCase(Base):
    """A case as «what went with coverage» sees it, as of the last refresh. Moments of the first of each; None: not so far."""

    __tablename__ = "effect_cases"
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    category: Mapped[str] = mapped_column(default="")
    opened_at: Mapped[datetime]
    covered_at: Mapped[datetime | None]
    """When the first release everybody may see went out."""
    answered_at: Mapped[datetime | None]
    solved_at: Mapped[datetime | None]
    """When somebody outside the unit found it solved."""
    ended_at: Mapped[datetime | None]
    """When it was closed without that: from then on nobody looks any more."""
    __table_args__ = (Index("ix_effect_cases_kind", "category", "covered_at"),)


class EffectSum(Base):
    """What the page shows, worked out when the rows above were: by kind (empty: all), for everybody or for the newsroom."""

    __tablename__ = "effect_sums"
    seen: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    measure: Mapped[str] = mapped_column(primary_key=True)
    data: Mapped[dict[str, Any]]
    as_of: Mapped[datetime]
    __table_args__ = (CheckConstraint("seen IN ('public','all')", name="seen"),
                      CheckConstraint("measure IN ('answer','solved')", name="measure"))
