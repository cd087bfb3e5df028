"""The map's roll-up: how many cases lie in each cell, and the changes that are not counted in yet.

Kept by triggers of the database (migration 0002): a change of a case writes rows into `tile_deltas`; `tile_fold` adds
them to `tile_cells`; readers add both, so that counts are exact at every moment. Layer 0 is what everybody may see (the
public point), layer 1 the newsroom's. Level 0 counts all cases, with or without a point; levels 12, 15 and 17 are the
cells of a web map's zoom. Kind '' knows neither category nor month, 'c' the category, 'm' the month of opening.
`x`, `y` of a change are cells of level 22 (-1 without a point); `sx`, `sy` sums of Mercator decimetres.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Identity, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from civic.models.base import Base


class TileCell(Base):
    """So many cases of one kind in one cell."""

    __tablename__ = "tile_cells"
    layer: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    x: Mapped[int] = mapped_column(primary_key=True)
    y: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(primary_key=True)
    stage: Mapped[str] = mapped_column(primary_key=True)
    outcome: Mapped[str] = mapped_column(primary_key=True)
    town: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    month: Mapped[str] = mapped_column(primary_key=True)
    n: Mapped[int]
    sx: Mapped[int] = mapped_column(BigInteger)
    sy: Mapped[int] = mapped_column(BigInteger)
    __table_args__ = (
        Index("ix_tile_cells_none", "n", postgresql_where=text("n = 0")),
        Index("ix_tile_cells_category", "layer", "level", "category", "x", "y",
              postgresql_include=["state", "stage", "outcome", "town", "n", "sx", "sy"], postgresql_where=text("kind = 'c'")),
    )


class TileDelta(Base):
    """A case came to (`n` = 1) or left (-1) a cell, or changed in another way (0)."""

    __tablename__ = "tile_deltas"
    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    layer: Mapped[int] = mapped_column(SmallInteger)
    n: Mapped[int] = mapped_column(SmallInteger)
    hidden: Mapped[bool] = mapped_column(Boolean)
    """This change took a case away from everybody."""
    x: Mapped[int]
    y: Mapped[int]
    mx: Mapped[int] = mapped_column(BigInteger)
    my: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str]
    stage: Mapped[str]
    outcome: Mapped[str]
    town: Mapped[str]
    category: Mapped[str]
    month: Mapped[str]


class TileState(Base):
    """One row: how many changes are counted in, the last of them, and how many took a case away from everybody."""

    __tablename__ = "tile_state"
    name: Mapped[str] = mapped_column(primary_key=True)
    folded: Mapped[int] = mapped_column(BigInteger)
    last: Mapped[int] = mapped_column(BigInteger)
    hidden: Mapped[int] = mapped_column(BigInteger)
