"""What the newsroom's day leaves to be done: reasons for what was not broadcast, follow-ups to be decided on."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, DateTime, and_, cast, exists, func, or_, select

from civic.access.actor import Actor
from civic.cases.waiting.part import Part, part
from civic.kit import clock
from civic.models import Case, Coverage, DailyList, DayItem, DaySlot, FollowUp, Publication

GRACE = timedelta(minutes=30)
ASKED = timedelta(days=14)
"""So long a reason is asked for; afterwards the history says that none was given."""


def unexplained(moment: datetime) -> ColumnElement[bool]:
    """Items of confirmed, past days of the last two weeks that missed a slot and have no reason."""
    today = clock.local(moment).date()
    in_time = exists().where(Publication.coverage_id == DayItem.coverage_id, Publication.channel == DaySlot.channel,
                             Publication.live_at <= DaySlot.at + GRACE).correlate(DayItem, DaySlot)
    missed = exists(select(DaySlot.id).where(DaySlot.item_id == DayItem.id, ~in_time)).correlate(DayItem)
    return and_(DayItem.missed_reason == "", DayItem.struck_at.is_(None), missed, DayItem.list_id.in_(
        select(DailyList.id).where(DailyList.day < today, DailyList.day >= today - ASKED, DailyList.confirmed_at.is_not(None))))


def missed(_: Actor, moment: datetime) -> Part:
    """Planned and not broadcast in its slot: why (the day after)."""
    due = func.timezone(clock.TZ.key, cast(DailyList.day, DateTime) + timedelta(days=1, hours=12))
    return part("day_missed", DayItem.id, title=Coverage.title, number=Case.number, town=Case.town, due=due, since=DailyList.confirmed_at,
                extra=(DailyList.day,)).join(DailyList, DailyList.id == DayItem.list_id).join(
        Coverage, Coverage.id == DayItem.coverage_id).outerjoin(Case, Case.id == Coverage.case_id).where(unexplained(moment))


def follow_ups(_: Actor, __: datetime) -> Part:
    """30 or 90 days after closing: go back with a story, or say why not."""
    return part("follow_up", FollowUp.id, title=Coverage.title, number=Case.number, town=Case.town, due=FollowUp.due_at + timedelta(days=7),
                since=FollowUp.due_at, extra=(FollowUp.kind,)).join(Case, Case.id == FollowUp.case_id).join(
        Coverage, Coverage.id == FollowUp.follows_id).where(
        FollowUp.outcome == "open", or_(Case.state == "closed", Case.state == "archived"), FollowUp.round == Case.round)
