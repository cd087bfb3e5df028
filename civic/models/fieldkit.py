"""What a phone brings home: resumable uploads, items of its outbox, and who agreed to be in a picture."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.models.base import Base, Keyed
from civic.models.people import User


class Upload(Keyed, Base):
    """A file on its way in by the tus protocol; its bytes lie in `var/uploads` until the pipeline has taken them."""

    __tablename__ = "uploads"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    client_id: Mapped[uuid.UUID | None]
    """The sender's own id of it: created twice under one id it is one upload."""
    name: Mapped[str] = mapped_column(default="")
    said: Mapped[str] = mapped_column(default="")
    """`Upload-Metadata` as it came: the protocol wants it back."""
    kind: Mapped[str] = mapped_column(default="")
    """photo, video, audio or document, as announced; it sets the limit, the bytes decide what it is."""
    size: Mapped[int] = mapped_column(BigInteger)
    received: Mapped[int] = mapped_column(BigInteger, default=0)
    """Bytes that are safely here: the offset. The file on disk may be longer after a crash, and is cut back."""
    state: Mapped[str] = mapped_column(default="open")
    problem: Mapped[str] = mapped_column(default="")
    """Why the pipeline refused it, in words."""
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    cleared: Mapped[bool] = mapped_column(default=False)
    """Whether its bytes were removed from `var/uploads`."""
    __table_args__ = (
        CheckConstraint("state IN ('open','whole','taken','stored','refused','gone')", name="state"),
        CheckConstraint("received BETWEEN 0 AND size", name="received"),
        UniqueConstraint("user_id", "client_id"),
        Index("ix_uploads_expires", "expires_at", postgresql_where=text("NOT cleared")),
    )


class FieldItem(Keyed, Base):
    """One item of a phone's outbox, once: its id is the phone's, `digest` what was in it, `words` what was answered."""

    __tablename__ = "field_items"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    client_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    digest: Mapped[str]
    assignment_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("assignments.id", ondelete="SET NULL"), index=True)
    upload_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("uploads.id", ondelete="SET NULL"), index=True)
    media_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("media.id", ondelete="SET NULL"), index=True)
    tapped_at: Mapped[datetime | None]
    """By the phone's clock."""
    outcome: Mapped[str] = mapped_column(default="done")
    """done: part of the task; kept: the task was no longer this person's, it went to the desk as a note."""
    words: Mapped[str] = mapped_column(default="")
    phase: Mapped[str] = mapped_column(default="")
    """Of a file: before, after or neither."""
    consent: Mapped[str] = mapped_column(default="")
    consent_words: Mapped[str] = mapped_column(default="")
    __table_args__ = (
        CheckConstraint("kind IN ('check_in','note','file','submit')", name="kind"),
        CheckConstraint("outcome IN ('done','kept')", name="outcome"),
        UniqueConstraint("user_id", "client_id"),
        Index("ix_field_items_mine", "user_id", "created_at"),
    )


class MediaConsent(Keyed, Base):
    """Who said when whether the persons shown in a file agreed; the newest also stands on the file."""

    __tablename__ = "media_consents"
    media_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)
    consent: Mapped[str]
    words: Mapped[str] = mapped_column(default="")
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    by: Mapped[User | None] = relationship(lazy="joined")
    __table_args__ = (CheckConstraint("consent IN ('given','none','not_needed')", name="consent"),)
