"""What our channels usually do, and our own figures month by month: of releases, never of people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from civic.access.actor import Actor
from civic.insight import reach_formulas as formulas
from civic.insight.reach import Filters, clauses, counted, out_on, reached
from civic.insight.reach_formulas import Usual
from civic.kit import clock
from civic.models import Coverage, Publication, ReachSnapshot, db
from civic.workflow.reach import STANDARD


@dataclass(frozen=True, slots=True)
class Habit:
    """What a channel does with a format in the last ninety days."""

    channel: str
    format: str
    out: int
    read: int
    usual: Usual = field(default_factory=lambda: Usual(None, 0))


def habits(actor: Actor) -> list[Habit]:
    """Channels by format over the last ninety days: how many are out, how many were read off, what is usual now."""
    since = clock.now() - formulas.TRAILING
    views = aliased(ReachSnapshot)
    rows = db.session.execute(select(Publication.channel, Coverage.format, views.views).join(
        Coverage, Coverage.id == Publication.coverage_id).outerjoin(
        views, and_(views.publication_id == Publication.id, views.age == STANDARD)).where(
        *clauses(actor, Filters()), Publication.live_at >= since)).all()
    grouped: dict[tuple[str, str], list[int | None]] = {}
    for channel, form, number in rows:
        grouped.setdefault((channel, form), []).append(number)
    order = {code: number for number, code in enumerate(counted())}
    made = [Habit(channel, form, len(found), sum(value is not None for value in found),
                  formulas.usual([value for value in found if value is not None])) for (channel, form), found in grouped.items()]
    return sorted(made, key=lambda one: (order.get(one.channel, 99), one.format))


@dataclass(frozen=True, slots=True)
class Month:
    """Our own figures of one month, for standing beside an index of others'."""

    month: str
    out: int
    compared: int
    times: float | None
    """The middle of what its releases reached of the usual."""


def months(actor: Actor, many: int = 12) -> list[Month]:
    """The last months, the newest first: releases out, and the middle of what they reached of the usual."""
    since = clock.now() - timedelta(days=31 * many)
    items = db.session.scalars(select(Publication).join(Coverage, Coverage.id == Publication.coverage_id).where(
        *clauses(actor, Filters()), Publication.live_at >= since)).all()
    found: dict[str, list[float | None]] = {}
    for one in reached(items):
        found.setdefault(f"{out_on(one.item):%Y-%m}", []).append(one.times)
    made = []
    for month, values in sorted(found.items(), reverse=True)[:many]:
        known = [value for value in values if value is not None]
        made.append(Month(month, len(values), len(known), formulas.spread(known) if len(known) >= formulas.LEAST else None))
    return made
