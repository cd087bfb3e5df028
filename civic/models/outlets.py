"""What a story is on its outlets: the words cut for a channel, the corrections that stay, and its own public page."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from civic.models.base import Base, Keyed


class ChannelText(Keyed, Base):
    """The words of one version of a story on one channel; an empty part is cut from the version when it is asked for.

    Written while the story is drafted they are signed with the version. Written later they may only leave out; words
    the version does not have wait for a signature of their own.
    """

    __tablename__ = "channel_texts"
    coverage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coverages.id", ondelete="CASCADE"))
    version: Mapped[int]
    """Number of the version the words belong to."""
    channel: Mapped[str]
    title: Mapped[str] = mapped_column(default="")
    summary: Mapped[str] = mapped_column(default="")
    body: Mapped[str] = mapped_column(default="")
    edited_at: Mapped[datetime]
    edited_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    foreign_words: Mapped[list[Any]] = mapped_column(default=list)
    """What the signed version does not say; not empty: it waits for `signed_by`, somebody else."""
    signed_at: Mapped[datetime | None]
    signed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    __table_args__ = (UniqueConstraint("coverage_id", "version", "channel"),)


class Correction(Keyed, Base):
    """One public correction of a release: what was wrong, when it was put right. Never overwritten, never deleted."""

    __tablename__ = "corrections"
    publication_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("publications.id", ondelete="CASCADE"), index=True)
    coverage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coverages.id", ondelete="CASCADE"), index=True)
    channel: Mapped[str]
    at: Mapped[datetime]
    note: Mapped[str]
    from_version: Mapped[int]
    to_version: Mapped[int]
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    internal: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (Index("ix_corrections_list", "at", "id"),)


class StoryPage(Keyed, Base):
    """The product's own public page of a story: made when it first goes out on a public channel, and kept."""

    __tablename__ = "story_pages"
    coverage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coverages.id", ondelete="CASCADE"), unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    """``2026-0007``: part of the address."""
    first_live_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    """The last public change: out on a channel, corrected, pulled."""
    __table_args__ = (Index("ix_story_pages_list", "first_live_at", "id"), Index("ix_story_pages_changed", "changed_at", "id"))
