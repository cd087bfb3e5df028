"""What a department keeps for itself: duty roster and hand-over, take marks, paragraphs, notes, one-time links, exports.

Nothing of this is for the public, and but for the roster and a contribution to an order nothing is for the desk.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from civic.models.base import Base, Keyed
from civic.models.orders import Referral


class UnitDuty(Keyed, Base):
    """One turn on the duty roster of a unit (R44). The phone is for the desk and the unit, never for the public."""

    __tablename__ = "unit_duties"
    department: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    kind: Mapped[str] = mapped_column(default="day")
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(default="")
    made_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    __table_args__ = (CheckConstraint("kind IN ('day','night')", name="kind"),
                      CheckConstraint("ends_at > starts_at", name="forward"),
                      Index("ix_unit_duties_when", "department", "ends_at", "starts_at"))


class HandOver(Keyed, Base):
    """What one officer leaves to the next: a note and the open orders of that moment; the next one confirms."""

    __tablename__ = "hand_overs"
    department: Mapped[str]
    from_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    from_name: Mapped[str]
    note: Mapped[str]
    orders: Mapped[list[Any]]
    """[{number, title, due}]: as they stood when it was handed over"""
    taken_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    taken_name: Mapped[str] = mapped_column(default="")
    taken_at: Mapped[datetime | None]
    replaced_at: Mapped[datetime | None]
    """Set when the same officer has written a newer one before anybody took this one over."""
    __table_args__ = (Index("ix_hand_overs_department", "department", "created_at"),)


class OrderTake(Keyed, Base):
    """Who of the unit is working on an order, so that two do not answer at once. A sign on the door, not a lock."""

    __tablename__ = "order_takes"
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"))
    department: Mapped[str]
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str]
    released_at: Mapped[datetime | None]
    __table_args__ = (Index("uq_order_takes_live", "referral_id", unique=True,
                            postgresql_where=text("released_at IS NULL")),)


class Paragraph(Keyed, Base):
    """A text a unit uses again and again in its answers."""

    __tablename__ = "unit_paragraphs"
    department: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    uses: Mapped[int] = mapped_column(default=0)
    changed_at: Mapped[datetime]
    changed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    changed_name: Mapped[str] = mapped_column(default="")
    __table_args__ = (UniqueConstraint("department", "title"),)


class UnitNote(Keyed, Base):
    """A note of a unit on its order. The desk and the public never see it."""

    __tablename__ = "unit_notes"
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=True)
    department: Mapped[str]
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    author_name: Mapped[str]
    text: Mapped[str]
    files: Mapped[list[UnitFile]] = relationship(order_by="UnitFile.created_at", lazy="selectin",
                                                 foreign_keys="UnitFile.note_id")


class OrderLink(Keyed, Base):
    """A one-time link for somebody without an account: hashed, dated, revocable; answers once, and only by POST.

    What comes in by it is a contribution for the unit to check and send: the unit stays responsible.
    """

    __tablename__ = "order_links"
    token_hash: Mapped[str] = mapped_column(unique=True)
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), index=True)
    department: Mapped[str]
    for_whom: Mapped[str]
    ask: Mapped[str] = mapped_column(default="")
    made_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    made_name: Mapped[str]
    by_desk: Mapped[bool] = mapped_column(default=False)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_name: Mapped[str] = mapped_column(default="")
    person: Mapped[str] = mapped_column(default="")
    """Who wrote it, as they signed; with `phone` for the unit only."""
    phone: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    items: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """{demand item id: text}"""
    judged_at: Mapped[datetime | None]
    judged_name: Mapped[str] = mapped_column(default="")
    verdict: Mapped[str] = mapped_column(default="")
    """used: taken into an answer · aside: not used, with the reason in `why`"""
    why: Mapped[str] = mapped_column(default="")
    referral: Mapped[Referral] = relationship(lazy="joined", innerjoin=True)
    files: Mapped[list[UnitFile]] = relationship(order_by="UnitFile.created_at", lazy="selectin",
                                                 foreign_keys="UnitFile.link_id")
    __table_args__ = (CheckConstraint("verdict IN ('','used','aside')", name="verdict"),
                      CheckConstraint("used_at IS NULL OR revoked_at IS NULL", name="one_end"))


class UnitFile(Keyed, Base):
    """A file on a note or a contribution, sealed and cleaned like any other (U5); no part of the case's files."""

    __tablename__ = "unit_files"
    note_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("unit_notes.id", ondelete="CASCADE"), index=True)
    link_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("order_links.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    size: Mapped[int]
    original: Mapped[str | None] = mapped_column(index=True)
    derived: Mapped[str | None] = mapped_column(index=True)
    thumb: Mapped[str | None] = mapped_column(index=True)
    width: Mapped[int | None]
    height: Mapped[int | None]
    __table_args__ = (CheckConstraint("num_nonnulls(note_id, link_id) = 1", name="one_owner"),)


class OrderExport(Keyed, Base):
    """Orders taken out of the house: who, which, how many, as what. The row is the record, and the job's progress."""

    __tablename__ = "order_exports"
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    name: Mapped[str]
    departments: Mapped[list[Any]]
    kind: Mapped[str]
    filters: Mapped[dict[str, Any]]
    numbers: Mapped[list[Any]]
    """For a bundle the numbers of its orders; the others keep only how many."""
    total: Mapped[int]
    done: Mapped[int] = mapped_column(default=0)
    stage: Mapped[str] = mapped_column(default="ready")
    file: Mapped[str | None]
    gone_at: Mapped[datetime | None]
    """The moment after which the file of a bundle is thrown away."""
    __table_args__ = (CheckConstraint("kind IN ('csv','xlsx','print','zip')", name="kind"),
                      CheckConstraint("stage IN ('running','ready','failed','gone')", name="stage"),
                      Index("ix_order_exports_user", "user_id", "created_at"))
