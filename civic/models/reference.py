"""Reference data: who is there, what is handled how fast, which days are worked, what a county has set.

Rows of dated tables hold from ``valid_from`` (included; None = since ever) to ``valid_to`` (excluded; None = open).
They are never deleted and never overwritten: a change closes one row and opens the next. Other tables hold the *code*.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Text, literal_column
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.schema import SchemaItem

from civic.kit.clock import now
from civic.models.base import Base, Keyed


class Dated(Keyed):
    """A coded row that holds for a time."""

    code: Mapped[str]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


def _dated(table: str, *more: SchemaItem) -> tuple[SchemaItem, ...]:
    """No two rows of one code hold on the same day (needs the btree_gist extension)."""
    return (
        ExcludeConstraint(
            (literal_column("code"), "="),
            (literal_column("daterange(valid_from, valid_to, '[)')"), "&&"),
            using="gist",
            name=f"ex_{table}_validity",
        ),
        CheckConstraint("valid_to >= valid_from", name="validity"),
        *more,
    )


class Department(Dated, Base):
    """A unit that may receive referrals: department, town government, public enterprise, the media centre."""

    __tablename__ = "departments"
    name: Mapped[str]
    short: Mapped[str]
    group: Mapped[str] = mapped_column("peer_group")
    kind: Mapped[str]
    """department, town, enterprise, media"""
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    town: Mapped[str | None]
    """The town this unit governs, for town governments."""
    receives: Mapped[bool] = mapped_column(default=True)
    """Whether case copies may be sent there at all (never to the discipline inspection by default)."""
    confidence: Mapped[str] = mapped_column(default="")
    evidence: Mapped[str] = mapped_column(default="")
    __table_args__ = _dated("departments")


class Category(Dated, Base):
    """A kind of problem, who leads on it, how fast and how public it is."""

    __tablename__ = "categories"
    l1: Mapped[str]
    l2: Mapped[str]
    gb: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    """Codes of GB/T 30428.2 where there are any."""
    lead: Mapped[str]
    partners: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)
    town_role: Mapped[str]
    """lead 主办, assist 协办, none: what the town government may be (R10)."""
    sla: Mapped[str]
    pub: Mapped[str]
    """P public, R restricted (no individual case), N never."""
    basis: Mapped[str] = mapped_column(default="")
    __table_args__ = _dated(
        "categories",
        CheckConstraint("town_role IN ('lead','assist','none')", name="town_role"),
        CheckConstraint("pub IN ('P','R','N')", name="pub"),
    )


class Town(Dated, Base):
    """A town, street district or functional zone. Longitude and latitude in WGS-84 degrees."""

    __tablename__ = "towns"
    name: Mapped[str]
    kind: Mapped[str]
    lng: Mapped[float | None]
    lat: Mapped[float | None]
    approx: Mapped[bool] = mapped_column(default=False)
    coord_source: Mapped[str] = mapped_column(default="")
    area_km2: Mapped[float | None]
    population: Mapped[int | None]
    note: Mapped[str] = mapped_column(default="")
    __table_args__ = _dated("towns")


class Village(Dated, Base):
    """A village or community. Without a point of its own (``approx``) the town's centre stands for it."""

    __tablename__ = "villages"
    name: Mapped[str]
    town: Mapped[str] = mapped_column(index=True)
    lng: Mapped[float | None]
    lat: Mapped[float | None]
    approx: Mapped[bool] = mapped_column(default=True)
    __table_args__ = _dated("villages")


class SlaClass(Dated, Base):
    """The terms of one class of work order, written as ``4wh``, ``5wd`` (``civic.workflow.calendar.Term``)."""

    __tablename__ = "sla_classes"
    name: Mapped[str]
    clock: Mapped[str]
    sign: Mapped[str]
    contact: Mapped[str]
    closing: Mapped[str]
    accept: Mapped[str | None]
    control: Mapped[str | None]
    extension_max: Mapped[str | None]
    extension_times: Mapped[int] = mapped_column(default=0)
    interim_every: Mapped[str | None]
    stage_plan: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    __table_args__ = _dated("sla_classes", CheckConstraint("clock IN ('natural','working','law')", name="clock"))


class Redirect(Dated, Base):
    """Where to send a person whose matter belongs elsewhere. ``reason`` is the decline reason of the tip machine."""

    __tablename__ = "redirects"
    reason: Mapped[str]
    matter: Mapped[str]
    channel: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    advice: Mapped[str]
    sort: Mapped[int] = mapped_column(default=0)
    __table_args__ = _dated("redirects")


class CalendarDay(Base):
    """One day that differs from the plain week or carries a name. ``statutory`` days hold until the notice is out."""

    __tablename__ = "calendar_days"
    day: Mapped[date] = mapped_column(primary_key=True)
    is_workday: Mapped[bool]
    label: Mapped[str] = mapped_column(default="")
    statutory: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(default="")
    imported_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)


class CalendarYear(Base):
    """Whether the holiday notice of a year is out."""

    __tablename__ = "calendar_years"
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    status: Mapped[str]
    source: Mapped[str] = mapped_column(default="")
    imported_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    __table_args__ = (CheckConstraint("status IN ('published','unpublished')", name="status"),)


class CountySetting(Base):
    """A value that overrides the county's settings file. ``reference.version`` marks the state of reference rows."""

    __tablename__ = "county_settings"
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSONB)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    updated_by: Mapped[uuid.UUID | None]
