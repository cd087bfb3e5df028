"""What the figures are counted from: one row an order and one a case, worked out by a job, and when that was last done.

Nothing here is a source: every value follows from the rows and the log, and all of it may be thrown away and made anew.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from civic.models.base import Base


class FigureOrder(Base):
    """A dispatched order as the figures see it, as of the last refresh."""

    __tablename__ = "figure_orders"
    referral_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("referrals.id", ondelete="CASCADE"), primary_key=True)
    month: Mapped[str]
    """Month of dispatch, ``2026-11``: the period of everything about time."""
    excluded: Mapped[str] = mapped_column(default="")
    """Why it counts nowhere: withdrawn, returned, merged, marked (R30), rerouted; empty when it counts."""
    sign_due: Mapped[bool]
    signed: Mapped[bool]
    contact_due: Mapped[bool]
    contacted: Mapped[bool]
    closing_due: Mapped[bool]
    closed: Mapped[bool]
    pending: Mapped[bool]
    """Handed in before the date and not reviewed yet: no fault of the unit, so not counted until it is."""
    term_over: Mapped[bool]
    extended: Mapped[bool]
    objected: Mapped[bool]
    upheld: Mapped[bool]
    running: Mapped[bool]
    overdue: Mapped[bool]
    finished: Mapped[bool]
    work_minutes: Mapped[int]
    natural_minutes: Mapped[int]
    claimed: Mapped[bool]
    """The unit's own last word is «done»."""
    callback_due: Mapped[bool]
    verdict_month: Mapped[str]
    """Month of the first verdict; without one that of the answer; empty before any answer."""
    solved: Mapped[str | None]
    satisfaction: Mapped[int | None]
    redone: Mapped[bool]
    sound: Mapped[bool | None]
    """Whether the last reviewed answer goes into each demand with basis, evidence or a date; None without a review."""
    __table_args__ = (
        CheckConstraint("excluded IN ('','withdrawn','returned','merged','marked','rerouted')", name="excluded"),
        CheckConstraint("solved IN ('yes','partly','no')", name="solved"),
        CheckConstraint("satisfaction BETWEEN 1 AND 5", name="satisfaction"),
        Index("ix_figure_orders_month", "month"),
        Index("ix_figure_orders_verdict_month", "verdict_month"),
    )


class FigureCase(Base):
    """A case as the figures see it, as of the last refresh."""

    __tablename__ = "figure_cases"
    case_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True)
    month: Mapped[str]
    closed_month: Mapped[str]
    excluded: Mapped[str] = mapped_column(default="")
    publishable: Mapped[bool]
    closed: Mapped[bool]
    watched: Mapped[bool]
    """Closed, and the ninety days in which it might come back are over."""
    recurred: Mapped[bool]
    reported: Mapped[bool]
    effective: Mapped[bool]
    lag_days: Mapped[int | None]
    __table_args__ = (
        Index("ix_figure_cases_month", "month"),
        Index("ix_figure_cases_closed_month", "closed_month"),
    )


class FigureState(Base):
    """When the rows above were last made: `as_of` for what changed, `whole_at` for all of them."""

    __tablename__ = "figure_states"
    name: Mapped[str] = mapped_column(primary_key=True)
    as_of: Mapped[datetime]
    whole_at: Mapped[datetime]
    orders: Mapped[int] = mapped_column(default=0)
    cases: Mapped[int] = mapped_column(default=0)
