"""Areas by kind with their boundaries in time, which cases lie in them, imports of boundaries, names of places.

A row of an area holds from ``valid_from`` (included; None = since ever) to ``valid_to`` (excluded; None = open) and is
never overwritten: a new boundary closes one row and opens the next. Which case lies in which area is kept likewise.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, literal_column, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from civic.geo.columns import multipolygon, point
from civic.models.base import Base, Keyed

AREA_KINDS = ("town", "village", "future", "grid", "custom")
"""What an area can be; words for them in `civic.places.imports.KIND_WORDS`."""


class Area(Keyed, Base):
    """An area and its outline (MULTIPOLYGON, WGS-84); none where neither a boundary nor a centre is known."""

    __tablename__ = "areas"
    kind: Mapped[str]
    """town, village, future (未来社区), grid (网格), custom"""
    code: Mapped[str]
    name: Mapped[str]
    town: Mapped[str | None]
    geom: Mapped[Any | None] = multipolygon(index=False)
    approx: Mapped[bool] = mapped_column(default=False)
    """A cell of what lies nearest to the centre, not a boundary; every page that draws it says so."""
    source: Mapped[str] = mapped_column(default="")
    src_datum: Mapped[str] = mapped_column(default="wgs84")
    km2: Mapped[float | None]
    import_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("area_imports.id"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    __table_args__ = (
        ExcludeConstraint((literal_column("kind"), "="), (literal_column("code"), "="),
                          (literal_column("daterange(valid_from, valid_to, '[)')"), "&&"),
                          using="gist", name="ex_areas_validity"),
        CheckConstraint("valid_to >= valid_from", name="validity"),
        CheckConstraint("kind IN ('town','village','future','grid','custom')", name="kind"),
        Index("ix_areas_geom", "geom", postgresql_using="gist"),
        Index("ix_areas_code", "kind", "code"),
        Index("ix_areas_town", "town", "kind"),
    )


class CaseArea(Base):
    """A case lay in an area from `from_at` to `to_at` (empty: it does now), by its point or by what was written."""

    __tablename__ = "case_areas"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"))
    area_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("areas.id", ondelete="CASCADE"))
    basis: Mapped[str]
    """point: inside the outline; stated: the town or village somebody wrote down"""
    from_at: Mapped[datetime]
    to_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("basis IN ('point','stated')", name="basis"),
        Index("uq_case_areas_now", "case_id", "area_id", unique=True, postgresql_where=text("to_at IS NULL")),
        Index("ix_case_areas_area", "area_id", "case_id", postgresql_where=text("to_at IS NULL")),
        Index("ix_case_areas_case", "case_id", "from_at"),
    )


class AreaImport(Keyed, Base):
    """A file of boundaries: looked at, and then applied as a whole or dropped."""

    __tablename__ = "area_imports"
    file_name: Mapped[str]
    digest: Mapped[str]
    """SHA-256 of the file, hexadecimal."""
    kind: Mapped[str]
    datum: Mapped[str]
    source: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="draft")
    payload: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    """The areas read, outlines as GeoJSON in WGS-84; emptied once it is applied or dropped."""
    counts: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    end_missing: Mapped[bool] = mapped_column(default=False)
    by_user_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    applied_at: Mapped[datetime | None]
    __table_args__ = (
        CheckConstraint("state IN ('draft','applied','dropped')", name="state"),
        Index("ix_area_imports_created", "created_at"),
    )


class AreaState(Base):
    """How far cases are sorted into areas: `upto` this event for what changed, `whole_at` for all of them."""

    __tablename__ = "area_states"
    name: Mapped[str] = mapped_column(primary_key=True)
    upto: Mapped[int] = mapped_column(BigInteger, default=0)
    whole_at: Mapped[datetime | None]
    changed_at: Mapped[datetime | None]
    """When an area last changed; later than `whole_at` means every case has to be looked at again."""


class PlaceName(Keyed, Base):
    """A name that place search and the reading of free text know: towns, villages, areas, roads, landmarks."""

    __tablename__ = "place_names"
    kind: Mapped[str]
    name: Mapped[str]
    code: Mapped[str] = mapped_column(default="")
    town: Mapped[str] = mapped_column(default="")
    village: Mapped[str | None]
    spot: Mapped[Any | None] = point(index=False)
    approx: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str] = mapped_column(default="")
    pinyin: Mapped[str]
    """The whole name's sound, letters only: ruohengzhen"""
    sound: Mapped[str]
    """The sound without the ending and without what southern ears do not tell apart: ruohen"""
    initials: Mapped[str]
    __table_args__ = (
        CheckConstraint("kind IN ('town','village','area','road','landmark')", name="kind"),
        Index("uq_place_names_once", "kind", "name", "code", "town", unique=True),
        Index("ix_place_names_pinyin", "pinyin", postgresql_using="gin", postgresql_ops={"pinyin": "gin_trgm_ops"}),
        Index("ix_place_names_sound", "sound", postgresql_using="gin", postgresql_ops={"sound": "gin_trgm_ops"}),
        Index("ix_place_names_initials", "initials", postgresql_ops={"initials": "text_pattern_ops"}),
    )
