"""The log, the timers, the outbox and the nonces: what makes a move happen once and be remembered."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Identity, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from civic.models.base import Base, Keyed


class Stream(Base):
    """The head of one chain of events (a case, or a tip or story without one); locked by whoever writes."""

    __tablename__ = "streams"
    key: Mapped[str] = mapped_column(primary_key=True)
    seq: Mapped[int] = mapped_column(default=0)
    head: Mapped[bytes] = mapped_column(LargeBinary, default=b"")


class Event(Base):
    """One move: append-only, chained by hash to the one before in its stream. State columns are its projection."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    stream: Mapped[str]
    seq: Mapped[int]
    machine: Mapped[str]
    object_id: Mapped[uuid.UUID]
    command: Mapped[str]
    before: Mapped[str]
    after: Mapped[str]
    actor_id: Mapped[uuid.UUID | None]
    actor_name: Mapped[str] = mapped_column(default="")
    actor_role: Mapped[str]
    at: Mapped[datetime]
    payload: Mapped[dict[str, Any]]
    case_id: Mapped[uuid.UUID | None]
    prev_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    __table_args__ = (
        UniqueConstraint("stream", "seq"),
        Index("ix_events_object", "machine", "object_id", "id"),
        Index("ix_events_case", "case_id", "at", "id"),
        Index("ix_events_actor", "actor_id", "at"),
    )


class Timer(Keyed, Base):
    """A due moment with a stated effect. The sweeper asks what is due; nothing else schedules."""

    __tablename__ = "timers"
    machine: Mapped[str]
    object_id: Mapped[uuid.UUID]
    name: Mapped[str]
    effect: Mapped[str]
    due_at: Mapped[datetime]
    fired_at: Mapped[datetime | None]
    cancelled_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None]
    __table_args__ = (
        Index("ix_timers_due", "due_at", postgresql_where=text("fired_at IS NULL AND cancelled_at IS NULL")),
        Index("ix_timers_object", "machine", "object_id"),
    )


class Outbox(Keyed, Base):
    """A message or a job to be done after the commit, at least once to us, once to people (key is unique)."""

    __tablename__ = "outbox"
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    """message or job"""
    channel: Mapped[str] = mapped_column(default="inbox")
    recipient: Mapped[str] = mapped_column(default="")
    """user:<id>, role:<role>, department:<code>, team:<id>, tip:<id>, supervisor; or the task's name for a job"""
    template: Mapped[str] = mapped_column(default="")
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(default="waiting")
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]
    __table_args__ = (
        CheckConstraint("state IN ('waiting','queued','sent','dead')", name="state"),
        Index("ix_outbox_waiting", "next_try_at", postgresql_where=text("state IN ('waiting','queued')")),
    )


class Notice(Keyed, Base):
    """A line in somebody's in-app inbox. Carries no tip content (S15)."""

    __tablename__ = "notices"
    recipient: Mapped[str]
    text: Mapped[str]
    link: Mapped[str] = mapped_column(default="")
    outbox_key: Mapped[str] = mapped_column(unique=True)
    read_at: Mapped[datetime | None]
    __table_args__ = (Index("ix_notices_recipient", "recipient", "created_at"),)


class FormNonce(Base):
    """A form that was sent: the second send finds what the first one made (R9)."""

    __tablename__ = "form_nonces"
    nonce: Mapped[str] = mapped_column(primary_key=True)
    result: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
