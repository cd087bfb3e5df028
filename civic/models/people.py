"""Accounts, grants, teams, shifts, invitations."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from civic.models.base import Base, Keyed

ROLES = ("intake", "duty", "reporter", "review1", "review2", "chief", "officer", "supervisor", "admin")


class User(Keyed, Base):
    """A staff account. Citizens have none."""

    __tablename__ = "users"
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str | None]
    password_hash: Mapped[str | None]
    active: Mapped[bool] = mapped_column(Boolean, default=True)
    session_epoch: Mapped[int] = mapped_column(default=0)
    last_login_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    grants: Mapped[list[Grant]] = relationship(back_populates="user", cascade="all, delete-orphan", lazy="selectin",
                                               foreign_keys="Grant.user_id")
    memberships: Mapped[list[Member]] = relationship(back_populates="user", lazy="selectin")


class Grant(Keyed, Base):
    """A role given to a user, for officers with the department it is for."""

    __tablename__ = "grants"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[str]
    department: Mapped[str | None]
    granted_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(back_populates="grants", foreign_keys=[user_id])
    __table_args__ = (
        UniqueConstraint("user_id", "role", "department", postgresql_nulls_not_distinct=True),
        CheckConstraint("role IN ('intake','duty','reporter','review1','review2','chief','officer','supervisor','admin')",
                        name="known_role"),
        CheckConstraint("(role = 'officer') = (department IS NOT NULL)", name="officer_has_department"),
    )


class Team(Keyed, Base):
    """A squad (standing, with an area and a beat) or a task force 专班 (dated)."""

    __tablename__ = "teams"
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="squad")
    beat: Mapped[str] = mapped_column(default="")
    charter: Mapped[str] = mapped_column(default="")
    towns: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    public: Mapped[bool] = mapped_column(default=True)
    is_demo: Mapped[bool] = mapped_column(default=False)
    members: Mapped[list[Member]] = relationship(back_populates="team", lazy="selectin", cascade="all, delete-orphan")
    __table_args__ = (CheckConstraint("kind IN ('squad','taskforce')", name="kind"),)


class Member(Keyed, Base):
    """Who is in a team, as what."""

    __tablename__ = "members"
    team_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(default="reporter")
    starts_on: Mapped[date | None]
    """From this day on; since the row was made when None."""
    ends_on: Mapped[date | None]
    """The last day; open when None. Places that are over are kept in `member_terms`."""
    team: Mapped[Team] = relationship(back_populates="members")
    user: Mapped[User] = relationship(back_populates="memberships")
    __table_args__ = (UniqueConstraint("team_id", "user_id"),
                      CheckConstraint("role IN ('lead','reporter','camera','editor','liaison')", name="role"))

    def holds(self, day: date) -> bool:
        """Whether the place is held on a day."""
        return (self.starts_on or date.min) <= day <= (self.ends_on or date.max)


class Shift(Keyed, Base):
    """Who is on duty when (值班编辑, 机动记者), and who is away (`leave`)."""

    __tablename__ = "shifts"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    kind: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    team_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("teams.id", ondelete="SET NULL"))
    """The squad a mobile reporter is on call for; None for the whole house."""
    beside: Mapped[bool] = mapped_column(Boolean, default=False, server_default="false")
    """Meant to run beside another shift of its kind; without it two at once are refused."""
    made_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    user: Mapped[User] = relationship(lazy="joined", foreign_keys=[user_id])
    team: Mapped[Team | None] = relationship(foreign_keys=[team_id])
    __table_args__ = (Index("ix_shifts_time", "starts_at", "ends_at"), Index("ix_shifts_user", "user_id", "ends_at"),
                      CheckConstraint("ends_at > starts_at", name="order"))


class Invitation(Keyed, Base):
    """A single-use link to set a password: stored hashed, opened by GET, used by POST (I11)."""

    __tablename__ = "invitations"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    purpose: Mapped[str] = mapped_column(default="invite")
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    created_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    user: Mapped[User] = relationship(foreign_keys=[user_id])


class LoginFailure(Base):
    """Failed logins per account name hash, for growing delays; no address is kept."""

    __tablename__ = "login_failures"
    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(default=0)
    last_at: Mapped[datetime]
