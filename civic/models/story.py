"""What stands beside the versions of a story: drafts, presence, pictures, factors, the other side, remarks, masks."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.models.base import Base, Keyed
from civic.models.cases import Media
from civic.models.people import User


class StorySlot(Keyed, Base):
    """A picture of one version: a file of the case or the task with its caption and credit, in order from 1."""

    __tablename__ = "story_slots"
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"))
    position: Mapped[int]
    media_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("media.id", ondelete="SET NULL"), index=True)
    """None when the file was erased by retention: the caption stays, so that the version still reads the same."""
    caption: Mapped[str] = mapped_column(default="")
    credit: Mapped[str] = mapped_column(default="")
    persons: Mapped[str] = mapped_column(default="")
    """What the author says of the people in it: nobody, agreed, or empty while that is not known."""
    media: Mapped[Media | None] = relationship(lazy="joined")
    __table_args__ = (UniqueConstraint("version_id", "position"),
                      CheckConstraint("persons IN ('','nobody','agreed')", name="persons"))


class StoryDraft(Keyed, Base):
    """Words on the way to a version, kept for one person on one device. Never a version by itself."""

    __tablename__ = "story_drafts"
    coverage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coverages.id", ondelete="CASCADE"))
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    device: Mapped[str]
    base_version: Mapped[int] = mapped_column(default=0)
    """The version the person had before them when they began."""
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    saved_at: Mapped[datetime]
    __table_args__ = (UniqueConstraint("coverage_id", "user_id", "device"), Index("ix_story_drafts_saved", "saved_at"))


class StoryPresence(Base):
    """Who has the editor of a story open: a hint that runs out by itself, never a lock."""

    __tablename__ = "story_presences"
    coverage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coverages.id", ondelete="CASCADE"), primary_key=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    device: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    seen_at: Mapped[datetime]
    __table_args__ = (Index("ix_story_presences_seen", "seen_at"),)


class StoryFactors(Keyed, Base):
    """The six factors of Civil Code 1026 for one version, each in words."""

    __tablename__ = "story_factors"
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), unique=True)
    words: Mapped[dict[str, Any]] = mapped_column(default=dict)
    by_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id"))
    filled_at: Mapped[datetime]
    by: Mapped[User] = relationship(lazy="joined")


class StoryParty(Keyed, Base):
    """A unit or person named in a story who has a right to be heard and told."""

    __tablename__ = "story_parties"
    coverage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coverages.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(default="unit")
    department: Mapped[str | None]
    """Code of the department, when it is one of the county's."""
    name: Mapped[str]
    about: Mapped[str] = mapped_column(default="")
    """What the story says of them."""
    added_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    waived_at: Mapped[datetime | None]
    waived_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    waive_reason: Mapped[str] = mapped_column(default="")
    gone_at: Mapped[datetime | None]
    gone_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    gone_reason: Mapped[str] = mapped_column(default="")
    """Why it is no longer counted (no longer named in the story); the row stays."""
    contacts: Mapped[list[StoryContact]] = relationship(
        back_populates="party", lazy="selectin", order_by="StoryContact.at, StoryContact.id")
    __table_args__ = (
        CheckConstraint("kind IN ('unit','person')", name="kind"),
        Index("uq_story_parties_name", "coverage_id", "name", unique=True, postgresql_where=text("gone_at IS NULL")),
    )


class StoryContact(Keyed, Base):
    """One time the other side was asked or told, and what it answered."""

    __tablename__ = "story_contacts"
    party_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("story_parties.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    how: Mapped[str] = mapped_column(default="")
    whom: Mapped[str] = mapped_column(default="")
    """Who took the call or the letter on their side."""
    at: Mapped[datetime]
    answer_by: Mapped[datetime | None]
    text: Mapped[str] = mapped_column(default="")
    result: Mapped[str] = mapped_column(default="waiting")
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    party: Mapped[StoryParty] = relationship(back_populates="contacts")
    by: Mapped[User | None] = relationship(lazy="joined")
    __table_args__ = (
        CheckConstraint("kind IN ('ask','notice')", name="kind"),
        CheckConstraint("result IN ('waiting','answered','refused','silent')", name="result"),
    )


class StoryRemark(Keyed, Base):
    """A reviewer's note on one paragraph of a version that went back; paragraph 0 is the whole."""

    __tablename__ = "story_remarks"
    version_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("versions.id", ondelete="CASCADE"), index=True)
    paragraph: Mapped[int] = mapped_column(default=0)
    quote: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    by: Mapped[User | None] = relationship(lazy="joined")


class MediaMask(Keyed, Base):
    """One masking of a photo: which boxes, by whom. The picture others see was made new with all of them."""

    __tablename__ = "media_masks"
    media_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)
    boxes: Mapped[list[Any]] = mapped_column(default=list)
    """Each {x, y, w, h} in ten-thousandths of the upright picture, kind, style."""
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    anew: Mapped[bool] = mapped_column(default=False)
    """Drawn anew on the opened original, not added to what was masked before."""
    by: Mapped[User | None] = relationship(lazy="joined")


class CheckItem(Keyed, Base):
    """A line the administrator added to the checklist of a review level."""

    __tablename__ = "check_items"
    level: Mapped[int]
    topic: Mapped[str]
    label: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    added_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 3", name="level"),
        UniqueConstraint("level", "label"),
    )
