"""How far apart two points are, in the database: clauses for lists and one distance."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, func

DEGREES_A_METRE = 0.000015
"""More than a metre in either direction everywhere in China, so that the index narrows before the exact distance."""

NEAR_METRES = 200
"""What counts as the same place: duplicates before dispatch (R06) and recurrence (R42)."""


def within(column: Any, point: Any, metres: float) -> ColumnElement[bool]:
    """Rows whose point lies within so many metres of a point (both WGS-84)."""
    return and_(func.ST_DWithin(column, point, metres * DEGREES_A_METRE), func.ST_DistanceSphere(column, point) <= metres)


def metres_between(one: Any, other: Any) -> ColumnElement[float]:
    """Metres between two points; null when either is not known."""
    found: ColumnElement[float] = func.ST_DistanceSphere(one, other)
    return found
