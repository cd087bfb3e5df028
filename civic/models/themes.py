"""Monthly themes 月度主攻题: one kind of problem a month, with a lead unit, a goal and an account at the end (R41)."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from civic.models.base import Base, Keyed


class Theme(Keyed, Base):
    """What a month is for. Its cases keep their own clocks; the theme only counts and accounts for them."""

    __tablename__ = "themes"
    month: Mapped[str]
    """``2026-11``"""
    title: Mapped[str]
    lead: Mapped[str]
    """Department code of the unit that answers for the whole."""
    goal: Mapped[str]
    public: Mapped[bool] = mapped_column(default=False)
    opened_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime | None]
    published_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    report: Mapped[str] = mapped_column(default="")
    """What was reached, written when the month is over; public with the theme."""
    is_demo: Mapped[bool] = mapped_column(default=False)
    kind: Mapped[str] = mapped_column(default="month", server_default="month")
    """month 月度主攻题, column 专栏 (runs on), long 长篇/系列报道 (its stories stand in an order)."""
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]
    target_cases: Mapped[int] = mapped_column(default=0, server_default="0")
    """Cases to be solved; 0 when no number was set."""
    target_stories: Mapped[int] = mapped_column(default=0, server_default="0")
    """Stories to be out; 0 when no number was set."""
    stubborn_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("stubborn.id"), unique=True)
    """The stubborn problem it was taken on for (R42)."""
    __table_args__ = (CheckConstraint(r"month ~ '^\d{4}-(0[1-9]|1[0-2])$'", name="month"),
                      CheckConstraint("kind IN ('month','column','long')", name="kind"),
                      CheckConstraint("ends_on IS NULL OR starts_on IS NULL OR ends_on >= starts_on", name="period"),
                      CheckConstraint("target_cases >= 0 AND target_stories >= 0", name="targets"),
                      Index("ix_themes_month", "month", "id"))


class ThemeCase(Keyed, Base):
    """A case that belongs to a theme."""

    __tablename__ = "theme_cases"
    theme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("themes.id", ondelete="CASCADE"))
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), index=True)
    added_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    __table_args__ = (UniqueConstraint("theme_id", "case_id"),)


class ThemeStory(Keyed, Base):
    """A story that belongs to a theme; of a long one its place in the order."""

    __tablename__ = "theme_stories"
    theme_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("themes.id", ondelete="CASCADE"))
    coverage_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("coverages.id", ondelete="CASCADE"), index=True)
    position: Mapped[int]
    added_by: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id"))
    __table_args__ = (UniqueConstraint("theme_id", "coverage_id"), Index("ix_theme_stories_order", "theme_id", "position"))
