"""The people of the newsroom: task forces, weekly notes, past places in a team, leave, skills, rotation, mentoring.

Nothing of this is public but what a public page of a task force says (`scope`, `departments`, `public_report`).
"""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import Text

from civic.models.base import Base, Keyed
from civic.models.people import Team, User


class TaskForce(Keyed, Base):
    """What a dated team 专班 has beside a squad: its scope, the units that work with it, and its report at the end."""

    __tablename__ = "task_forces"
    team_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), unique=True)
    scope: Mapped[str] = mapped_column(default="")
    departments: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    report: Mapped[str] = mapped_column(default="")
    """What was done, for the newsroom; a task force is not disbanded without it."""
    public_report: Mapped[str] = mapped_column(default="")
    disbanded_at: Mapped[datetime | None]
    disbanded_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    team: Mapped[Team] = relationship(lazy="joined")


class WeeklyNote(Keyed, Base):
    """The note of a task force on one week 周报, by the Monday the week begins with."""

    __tablename__ = "weekly_notes"
    team_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    monday: Mapped[date]
    done: Mapped[str]
    stuck: Mapped[str] = mapped_column(default="")
    plan: Mapped[str]
    author_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    changed_at: Mapped[datetime | None]
    author: Mapped[User | None] = relationship(lazy="joined")
    __table_args__ = (UniqueConstraint("team_id", "monday"),)


class MemberTerm(Keyed, Base):
    """A place in a team that is over: who was what from when until when. `members` holds the present ones."""

    __tablename__ = "member_terms"
    team_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    role: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    user: Mapped[User] = relationship(lazy="joined")
    __table_args__ = (CheckConstraint("ends_on >= starts_on", name="order"),)


class Home(Base):
    """The town a person works from, for distances; told by the person, never taken from a check-in."""

    __tablename__ = "homes"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    town: Mapped[str]


class Leave(Keyed, Base):
    """Days somebody asks to be away. Approved, it stands in the roster as a shift of the kind `leave`."""

    __tablename__ = "leaves"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    first_on: Mapped[date]
    last_on: Mapped[date]
    note: Mapped[str] = mapped_column(default="")
    """For whoever decides only."""
    state: Mapped[str] = mapped_column(default="asked")
    decided_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")
    shift_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("shifts.id", ondelete="SET NULL"))
    is_demo: Mapped[bool] = mapped_column(default=False)
    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="joined")
    decider: Mapped[User | None] = relationship(foreign_keys=[decided_by], lazy="joined")
    __table_args__ = (
        CheckConstraint("last_on >= first_on", name="order"),
        CheckConstraint("state IN ('asked','approved','refused','withdrawn')", name="state"),
        Index("ix_leaves_state", "state", "first_on", "id"),
        Index("ix_leaves_user", "user_id", "last_on"),
    )


class Skill(Keyed, Base):
    """One line of the skill list 技能清单, and the tasks it helps with."""

    __tablename__ = "skills"
    name: Mapped[str] = mapped_column(unique=True)
    note: Mapped[str] = mapped_column(default="")
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    """Kinds of tasks; with `formats` and `categories` empty it helps with all of these kinds."""
    formats: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    """First-level category codes."""
    months: Mapped[int | None]
    """How long evidence holds; None for ever."""
    ended_at: Mapped[datetime | None]
    __table_args__ = (CheckConstraint("months IS NULL OR months BETWEEN 1 AND 120", name="months"),)


class PersonSkill(Keyed, Base):
    """How well somebody can do something, and what shows it. A newer row ends the older one; nothing is overwritten."""

    __tablename__ = "person_skills"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    skill_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("skills.id", ondelete="CASCADE"), index=True)
    level: Mapped[int]
    evidence: Mapped[str]
    coverage_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("coverages.id", ondelete="SET NULL"))
    training: Mapped[str] = mapped_column(default="")
    shown_on: Mapped[date]
    expires_on: Mapped[date | None]
    signed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str] = mapped_column(default="")
    is_demo: Mapped[bool] = mapped_column(default=False)
    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="joined")
    signer: Mapped[User | None] = relationship(foreign_keys=[signed_by], lazy="joined")
    skill: Mapped[Skill] = relationship(lazy="joined")
    __table_args__ = (
        CheckConstraint("level BETWEEN 1 AND 3", name="level"),
        CheckConstraint("evidence IN ('story','training')", name="evidence"),
        CheckConstraint("(evidence = 'training') = (training <> '')", name="training_named"),
        Index("uq_person_skills_now", "user_id", "skill_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_person_skills_expiry", "expires_on", postgresql_where=text("ended_at IS NULL")),
    )


class RotationGoal(Keyed, Base):
    """A beat or area somebody should get to know 轮岗: `wanted` tasks there by `until_on`."""

    __tablename__ = "rotation_goals"
    user_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    code: Mapped[str]
    """A town's code, or a first-level category's."""
    wanted: Mapped[int] = mapped_column(default=3)
    since_on: Mapped[date]
    until_on: Mapped[date]
    set_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    ended_at: Mapped[datetime | None]
    is_demo: Mapped[bool] = mapped_column(default=False)
    user: Mapped[User] = relationship(foreign_keys=[user_id], lazy="joined")
    __table_args__ = (
        CheckConstraint("kind IN ('town','beat')", name="kind"),
        CheckConstraint("wanted BETWEEN 1 AND 50", name="wanted"),
        CheckConstraint("until_on >= since_on", name="order"),
        Index("uq_rotation_goals_open", "user_id", "kind", "code", unique=True, postgresql_where=text("ended_at IS NULL")),
    )


class Mentoring(Keyed, Base):
    """A pair 师带徒 with what it is for; joint tasks are counted, not typed in."""

    __tablename__ = "mentorings"
    mentor_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    mentee_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    goal: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    result: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]
    set_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    is_demo: Mapped[bool] = mapped_column(default=False)
    mentor: Mapped[User] = relationship(foreign_keys=[mentor_id], lazy="joined")
    mentee: Mapped[User] = relationship(foreign_keys=[mentee_id], lazy="joined")
    __table_args__ = (
        CheckConstraint("mentor_id <> mentee_id", name="two_people"),
        CheckConstraint("ends_on >= starts_on", name="order"),
        Index("uq_mentorings_open", "mentor_id", "mentee_id", unique=True, postgresql_where=text("ended_at IS NULL")),
    )


class CrewLog(Keyed, Base):
    """Who changed what about people and teams: only ever added to."""

    __tablename__ = "crew_log"
    by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    topic: Mapped[str]
    user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    team_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("teams.id", ondelete="CASCADE"))
    text: Mapped[str]
    by: Mapped[User | None] = relationship(foreign_keys=[by_id], lazy="joined")
    __table_args__ = (Index("ix_crew_log_team", "team_id", "created_at"), Index("ix_crew_log_user", "user_id", "created_at"),
                      Index("ix_crew_log_time", "created_at", "id"))
