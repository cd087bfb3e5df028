"""Tips, the conversation with the tipster, and the sealed identity in a table of its own."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Computed, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.models.base import Base, Keyed, Stated
from civic.models.places import Placed


class Tip(Keyed, Stated, Placed, Base):
    """What a citizen submitted. Never public itself."""

    __tablename__ = "tips"
    number: Mapped[str] = mapped_column(unique=True)
    receipt_digest: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    receipt_kept: Mapped[bool] = mapped_column(default=False)
    nonce: Mapped[str] = mapped_column(unique=True)
    channel: Mapped[str] = mapped_column(default="web")
    external_no: Mapped[str | None]
    title: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    emergency: Mapped[bool] = mapped_column(default=False)
    urgency: Mapped[str] = mapped_column(default="normal")
    consent: Mapped[str] = mapped_column(default="anonymous")
    category: Mapped[str | None]
    happened_at: Mapped[datetime | None]
    submitted_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    case_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    question: Mapped[str | None]
    decline_reason: Mapped[str | None]
    decline_note: Mapped[str | None]
    declined_at: Mapped[datetime | None]
    declined_by: Mapped[uuid.UUID | None]
    appeals_used: Mapped[int] = mapped_column(default=0)
    appealed: Mapped[bool] = mapped_column(default=False)
    search: Mapped[str] = mapped_column(default="")
    search_vector: Mapped[Any | None] = mapped_column(
        TSVECTOR, Computed("to_tsvector('simple'::regconfig, search)", persisted=True), deferred=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    messages: Mapped[list[TipMessage]] = relationship(back_populates="tip", order_by="TipMessage.created_at")
    links: Mapped[list[TipLink]] = relationship(back_populates="tip")
    __table_args__ = (
        CheckConstraint("state IN ('new','asking','accepted','declined','withdrawn')", name="state"),
        CheckConstraint("consent IN ('anonymous','editors','pass_on')", name="consent"),
        Index("ix_tips_queue", "state", "urgency", "due_at", postgresql_where=sql("state IN ('new','asking')")),
        Index("ix_tips_submitted", "submitted_at", "id"),
        Index("ix_tips_search", "search_vector", postgresql_using="gin"),
        Index("ix_tips_point", "point", postgresql_using="gist"),
        Index("uq_tips_external", "channel", "external_no", unique=True,
              postgresql_where=sql("external_no IS NOT NULL")),
    )


class TipMessage(Keyed, Base):
    """One question of the desk or reply of the tipster."""

    __tablename__ = "tip_messages"
    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tips.id", ondelete="CASCADE"), index=True)
    direction: Mapped[str]
    """in (from the tipster), out (to the tipster)"""
    kind: Mapped[str] = mapped_column(default="message")
    text: Mapped[str]
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    tip: Mapped[Tip] = relationship(back_populates="messages")


class Identity(Keyed, Base):
    """Contact data, sealed with a key outside the database and bound to table, column and row (S8)."""

    __tablename__ = "identities"
    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tips.id", ondelete="CASCADE"), unique=True)
    name_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    wechat_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    phone_index: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    consent_version: Mapped[str] = mapped_column(default="1")


class IdentityAccess(Keyed, Base):
    """Who read contact data, when and why (S9). The tipster sees these rows."""

    __tablename__ = "identity_accesses"
    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tips.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str]


class TipLink(Keyed, Base):
    """Tip–case link: suggested, confirmed or rejected, with score and reasons."""

    __tablename__ = "tip_links"
    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tips.id", ondelete="CASCADE"), index=True)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    state: Mapped[str] = mapped_column(default="suggested")
    score: Mapped[float | None]
    reasons: Mapped[list[Any]] = mapped_column(default=list)
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    tip: Mapped[Tip] = relationship(back_populates="links")
    __table_args__ = (UniqueConstraint("tip_id", "case_id"),
                      CheckConstraint("state IN ('suggested','confirmed','rejected')", name="state"))


class Evaluation(Keyed, Base):
    """The citizen's three taps on a case: solved or not, stars, words. One change allowed."""

    __tablename__ = "evaluations"
    tip_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("tips.id", ondelete="CASCADE"))
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    round: Mapped[int]
    solved: Mapped[str]
    stars: Mapped[int]
    text: Mapped[str] = mapped_column(default="")
    changed: Mapped[int] = mapped_column(default=0)
    __table_args__ = (UniqueConstraint("tip_id", "case_id", "round"),
                      CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
                      CheckConstraint("solved IN ('yes','partly','no')", name="solved"))
