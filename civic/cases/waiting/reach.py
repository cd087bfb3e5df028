"""Figures of releases that are to be read off their channels today, and by whom: the channel's keeper, or the author."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    DateTime,
    Integer,
    Select,
    Uuid,
    and_,
    case,
    cast,
    column,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
    values,
)

from civic.access.actor import Actor
from civic.cases.waiting.part import NOBODY, Part, part
from civic.kit import clock
from civic.models import Coverage, Publication, ReachChannel, ReachSnapshot, User
from civic.reference import county
from civic.workflow.machine import N_
from civic.workflow.reach import AGES, ASKED_KINDS, GRACE

LONGEST = timedelta(days=max(AGES) + GRACE[max(AGES)] + 1)
_AGES = values(column("age", Integer), column("grace", Integer), name="reach_ages").data([(age, GRACE[age]) for age in AGES])
AGE: ColumnElement[int] = _AGES.c.age
OUT_ON: ColumnElement[date] = cast(func.timezone(clock.TZ.key, Publication.live_at), Date)
LAST: ColumnElement[date] = type_coerce(OUT_ON.op("+")(_AGES.c.age + _AGES.c.grace), Date)
"""The last day on which a figure still counts for its age."""
WHO: ColumnElement[Any] = case((User.active.is_(True), User.id), else_=None)
"""Who is to read it; None: the duty editor, because nobody else is there to."""


def asked_channels() -> list[str]:
    """Channels of the county that show figures anybody could read."""
    return [channel.code for channel in county.current().channels if channel.kind in ASKED_KINDS]


def open_figures(moment: datetime) -> Select[Any]:
    """(publication id, age, last day, who) of everything to be read now, for anybody."""
    today = clock.local(moment).date()
    have = exists().where(ReachSnapshot.publication_id == Publication.id, ReachSnapshot.age == _AGES.c.age)
    return select(Publication.id, AGE, LAST.label("last"), WHO.label("who")).join(
        Coverage, Coverage.id == Publication.coverage_id).join(_AGES, true()).outerjoin(
        ReachChannel, ReachChannel.channel == Publication.channel).outerjoin(
        User, User.id == func.coalesce(ReachChannel.keeper_id, Coverage.author_id)).where(
        Publication.state == "live", Publication.live_at >= moment - LONGEST, Publication.live_at <= moment,
        Publication.internal.is_(False), Publication.channel.in_(asked_channels()),
        type_coerce(OUT_ON.op("+")(_AGES.c.age), Date) <= today, today <= LAST, ~have)


def mine(actor: Actor) -> ColumnElement[bool]:
    """Whether it is this person's to read."""
    own: ColumnElement[bool] = and_(User.active.is_(True), User.id == actor.user_id)
    return or_(own, User.id.is_(None), User.active.is_(False)) if "duty" in actor.grants else own


def figures(actor: Actor, moment: datetime) -> Part:
    """One row «数据待填» for everything this person is to read off today."""
    found = open_figures(moment).where(mine(actor)).subquery("reach_open")
    evening = func.timezone(clock.TZ.key, cast(func.min(found.c.last), DateTime) + timedelta(hours=18))
    return part("reach", literal(NOBODY, Uuid), title=N_("数据待填"), due=evening, since=literal(moment, DateTime(timezone=True)),
                extra=(func.count(), func.min(found.c.last))).select_from(found).having(func.count() > 0)
