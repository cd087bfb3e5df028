"""The newsroom's calendar: slots, releases, due dates, looks back, shifts and rest days of a span; one statement a kind.

What it shows a person is what that person may see elsewhere; «mine» narrows it to what they answer for.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select

from civic.access import scope
from civic.access.actor import Actor
from civic.kit import clock
from civic.models import (
    Assignment,
    Case,
    Coverage,
    DailyList,
    DayItem,
    DaySlot,
    FollowUp,
    Publication,
    Referral,
    Revisit,
    Shift,
    Theme,
    db,
)
from civic.newsroom import dayslots
from civic.reference import calendars, county, lookup
from civic.workflow.assignment import KINDS as TASKS
from civic.workflow.labels import RUNNING_REFERRAL
from civic.workflow.machine import N_

MOST = 600
"""Rows of one kind in one span."""
KINDS: Mapping[str, str] = {
    "slot": N_("时段"), "release": N_("发布"), "story": N_("交稿"), "task": N_("任务到期"), "order": N_("转办单到期"),
    "revisit": N_("回头看"), "follow": N_("回访报道"), "shift": N_("值班"), "leave": N_("请假"), "theme": N_("专题结束")}
SHIFTS: Mapping[str, str] = {"duty": N_("值班编辑"), "intake": N_("受理值班"), "mobile": N_("机动记者"), "review1": N_("初审值班"),
                             "review2": N_("复审值班"), "chief": N_("总编辑值班"), "leave": N_("请假")}
LOOKS: Mapping[str, str] = {"d30": N_("结案 30 天回头看"), "d90": N_("结案 90 天回头看"), "story": N_("见报 7 天跟进")}
GO_BACK: Mapping[str, str] = {"d30": N_("结案 30 天回访报道"), "d90": N_("结案 90 天回访报道")}


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing on the calendar. `until` for what lasts; `label` is a word of the kind, `title` may name a story.

    `plain` is what may leave the house in a personal feed: no title of a case, which may hold a tipster's words.
    """

    kind: str
    id: uuid.UUID
    at: datetime
    until: datetime | None
    label: str
    title: str
    plain: str
    number: str
    who: str
    path: str
    late: bool
    done: bool
    since: datetime

    @property
    def day(self) -> date:
        return clock.local(self.at).date()


@dataclass(frozen=True, slots=True)
class Day:
    """A day with what is on it. `why` is workday, makeup, weekend or holiday; `name` of the holiday."""

    day: date
    why: str
    name: str
    provisional: bool
    entries: tuple[Entry, ...]


Span = tuple[datetime, datetime]
Maker = Callable[[Actor, Span, bool], Iterable[Entry]]


def _channel(code: str) -> str:
    found = county.current().channel(code)
    return found.name if found else code


def _at(value: datetime | None) -> datetime:
    """A moment the statement has asked for, and so is there."""
    assert value is not None
    return value


def _my_stories(actor: Actor) -> Any:
    return or_(Coverage.author_id == actor.user_id, scope.on_crew(actor))


def _slots(actor: Actor, span: Span, mine: bool) -> Iterable[Entry]:
    """Planned slots; with the release on that channel they are one entry, not two."""
    query = select(DaySlot, DayItem, Coverage, DailyList.day, Publication.live_at, Case.number).join(
        DayItem, DayItem.id == DaySlot.item_id).join(DailyList, DailyList.id == DayItem.list_id).join(
        Coverage, Coverage.id == DayItem.coverage_id).outerjoin(Case, Case.id == Coverage.case_id).outerjoin(
        Publication, and_(Publication.coverage_id == Coverage.id, Publication.channel == DaySlot.channel, Publication.state == "live")).where(
        DaySlot.at >= span[0], DaySlot.at < span[1], DayItem.struck_at.is_(None), scope.coverages(actor))
    if mine:
        query = query.where(or_(DayItem.responsible_id == actor.user_id, _my_stories(actor)))
    now = clock.now()
    for slot, item, story, day, live_at, number in db.session.execute(query.order_by(DaySlot.at).limit(MOST)).unique():
        name = _channel(slot.channel)
        label = f"{name} {dayslots.BULLETINS[slot.bulletin][0]}"
        yield Entry("slot", slot.id, slot.at, None, label, story.title, story.title, number or "",
                    item.responsible.name if item.responsible else "", f"/desk/day/{day.isoformat()}",
                    live_at is None and slot.at < now, live_at is not None, slot.created_at)


def _releases(actor: Actor, span: Span, mine: bool) -> Iterable[Entry]:
    """Releases that are out or have their time, unless a slot of that day stands for them."""
    at = or_(and_(Publication.live_at >= span[0], Publication.live_at < span[1]),
             and_(Publication.state == "queued", Publication.not_before >= span[0], Publication.not_before < span[1]))
    planned = select(DaySlot.id).join(DayItem, DayItem.id == DaySlot.item_id).where(
        DayItem.coverage_id == Publication.coverage_id, DaySlot.channel == Publication.channel, DayItem.struck_at.is_(None),
        DaySlot.at >= span[0], DaySlot.at < span[1]).correlate(Publication).exists()
    query = select(Publication, Coverage, Case.number).join(Coverage, Coverage.id == Publication.coverage_id).outerjoin(
        Case, Case.id == Coverage.case_id).where(at, ~planned, Publication.state != "pulled", scope.coverages(actor))
    if mine:
        query = query.where(_my_stories(actor))
    for item, story, number in db.session.execute(query.order_by(Publication.created_at).limit(MOST)).unique():
        moment = _at(item.live_at or item.not_before)
        yield Entry("release", item.id, moment, None, _channel(item.channel), story.title, story.title, number or "",
                    story.author.name if story.author else "", f"/stories/{story.id}#releases", False, item.live_at is not None, item.created_at)


def _stories(actor: Actor, span: Span, mine: bool) -> Iterable[Entry]:
    words = {"planned": N_("开写"), "drafting": N_("交稿"), "in_review": N_("审完"), "approved": N_("发布")}
    query = select(Coverage, Case.number).outerjoin(Case, Case.id == Coverage.case_id).where(
        Coverage.due_at >= span[0], Coverage.due_at < span[1], Coverage.state.in_(tuple(words)), scope.coverages(actor))
    if mine:
        query = query.where(_my_stories(actor))
    for story, number in db.session.execute(query.order_by(Coverage.due_at).limit(MOST)).unique():
        yield Entry("story", story.id, _at(story.due_at), None, words[story.state], story.title, story.title, number or "",
                    story.author.name if story.author else "", f"/stories/{story.id}", _at(story.due_at) < clock.now(), False, story.created_at)


def _tasks(actor: Actor, span: Span, mine: bool) -> Iterable[Entry]:
    query = select(Assignment, Case).outerjoin(Case, Case.id == Assignment.case_id).where(
        Assignment.due_at >= span[0], Assignment.due_at < span[1], Assignment.state.in_(("offered", "accepted", "submitted")),
        scope.assignments(actor))
    if mine:
        query = query.where(Assignment.assignee_id == actor.user_id)
    for task, case in db.session.execute(query.order_by(Assignment.due_at).limit(MOST)).unique():
        who = task.assignee.name if task.assignee else task.team.name if task.team else ""
        label = TASK_WORDS.get(task.kind, task.kind)
        yield Entry("task", task.id, _at(task.due_at), None, label, case.title if case else "", label, case.number if case else "", who,
                    f"/tasks/{task.id}" if task.assignee_id == actor.user_id else f"/desk/cases/{case.number}" if case else "",
                    _at(task.due_at) < clock.now() and task.state == "accepted", task.state == "submitted", task.created_at)


def _orders(actor: Actor, span: Span, mine: bool) -> Iterable[Entry]:
    query = select(Referral, Case).join(Case, Case.id == Referral.case_id).where(
        Referral.due_at >= span[0], Referral.due_at < span[1], Referral.state.in_(RUNNING_REFERRAL), scope.referrals(actor))
    if mine:
        query = query.where(or_(Referral.drafted_by == actor.user_id, Case.owner_user_id == actor.user_id))
    for order, case in db.session.execute(query.order_by(Referral.due_at).limit(MOST)).unique():
        unit = lookup.department_name(order.department)
        yield Entry("order", order.id, _at(order.due_at), None, unit, case.title, unit, order.number, "", f"/orders/{order.number}",
                    _at(order.due_at) < clock.now(), False, order.created_at)


def _revisits(actor: Actor, span: Span, mine: bool) -> Iterable[Entry]:
    query = select(Revisit, Case, Assignment).join(Case, Case.id == Revisit.case_id).outerjoin(
        Assignment, Assignment.id == Revisit.assignment_id).where(
        Revisit.due_at >= span[0], Revisit.due_at < span[1], Revisit.outcome == "waiting", scope.cases(actor))
    if mine:
        query = query.where(or_(Assignment.assignee_id == actor.user_id, Case.owner_user_id == actor.user_id))
    for look, case, task in db.session.execute(query.order_by(Revisit.due_at).limit(MOST)).unique():
        who = "" if task is None else task.assignee.name if task.assignee else task.team.name if task.team else ""
        yield Entry("revisit", look.id, look.due_at, None, LOOKS[look.kind], case.title, LOOKS[look.kind], case.number, who,
                    f"/desk/cases/{case.number}", look.due_at < clock.now(), False, look.created_at)


def _follows(actor: Actor, span: Span, mine: bool) -> Iterable[Entry]:
    query = select(FollowUp, Case.number).join(Case, Case.id == FollowUp.case_id).join(
        Coverage, Coverage.id == FollowUp.follows_id).where(
        FollowUp.due_at >= span[0], FollowUp.due_at < span[1], FollowUp.outcome == "open", scope.coverages(actor))
    if mine:
        query = query.where(_my_stories(actor))
    for row, number in db.session.execute(query.order_by(FollowUp.due_at).limit(MOST)).unique():
        yield Entry("follow", row.id, row.due_at, None, GO_BACK[row.kind], row.follows.title, row.follows.title, number, "",
                    f"/desk/follow-ups/{row.id}", False, False, row.created_at)


def _shifts(actor: Actor, span: Span, mine: bool) -> Iterable[Entry]:
    """Shifts and absences; why somebody is away stands nowhere here."""
    query = select(Shift).where(Shift.starts_at < span[1], Shift.ends_at > span[0])
    if mine:
        query = query.where(Shift.user_id == actor.user_id)
    for shift in db.session.scalars(query.order_by(Shift.starts_at).limit(MOST)).unique():
        label = SHIFTS.get(shift.kind, shift.kind)
        yield Entry("leave" if shift.kind == "leave" else "shift", shift.id, shift.starts_at, shift.ends_at, label, "", label, "",
                    shift.user.name, "", False, False, shift.created_at)


def _themes(actor: Actor, span: Span, mine: bool) -> Iterable[Entry]:
    first, last = clock.local(span[0]).date(), clock.local(span[1]).date()
    query = select(Theme).where(Theme.ends_on >= first, Theme.ends_on < last, Theme.closed_at.is_(None))
    for theme in () if mine or not actor.grants & {"duty", "chief"} else db.session.scalars(query.order_by(Theme.ends_on).limit(MOST)):
        assert theme.ends_on is not None  # the statement asks for it
        at = calendars.current().end_of(theme.ends_on)
        yield Entry("theme", theme.id, at, None, KINDS["theme"], theme.title, theme.title, "", "", f"/desk/themes/{theme.id}",
                    at < clock.now(), False, theme.created_at)


TASK_WORDS: Mapping[str, str] = dict(TASKS)
MAKERS: Sequence[Maker] = (_slots, _releases, _stories, _tasks, _orders, _revisits, _follows, _shifts, _themes)


def entries(actor: Actor, start: datetime, end: datetime, *, mine: bool = False, kinds: Iterable[str] = ()) -> list[Entry]:
    """Everything of a span in time order; `kinds` narrows it, empty is all."""
    wanted = set(kinds)
    found = [entry for make in MAKERS for entry in make(actor, (start, end), mine) if not wanted or entry.kind in wanted]
    return sorted(found, key=lambda one: (one.at, one.kind, str(one.id)))


def days(actor: Actor, first: date, last: date, *, mine: bool = False, kinds: Iterable[str] = ()) -> list[Day]:
    """The days of a span, each with its entries and what the working calendar says of it; a shift stands on all its days."""
    start, end = dayslots.moment(first, datetime.min.time()), dayslots.moment(last + timedelta(days=1), datetime.min.time())
    by: dict[date, list[Entry]] = defaultdict(list)
    for entry in entries(actor, start, end, mine=mine, kinds=kinds):
        here = max(entry.day, first)
        until = min(clock.local(entry.until - timedelta(seconds=1)).date(), last) if entry.until else here
        while here <= until:
            by[here].append(entry)
            here += timedelta(days=1)
    calendar, found, day = calendars.current(), [], first
    while day <= last:
        why, name = calendar.why(day)
        found.append(Day(day, why, name, calendar.is_provisional(day), tuple(by[day])))
        day += timedelta(days=1)
    return found


def span(view: str, day: date) -> tuple[date, date]:
    """First and last day a view shows: a month in whole weeks from Monday, a week, a day."""
    if view == "day":
        return day, day
    if view == "week":
        first = day - timedelta(days=day.weekday())
        return first, first + timedelta(days=6)
    first = day.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return first - timedelta(days=first.weekday()), last + timedelta(days=6 - last.weekday())


def step(view: str, day: date, by: int) -> date:
    """The same view one step further or back."""
    if view == "day":
        return day + timedelta(days=by)
    if view == "week":
        return day + timedelta(days=7 * by)
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1) if by > 0 else (day.replace(day=1) - timedelta(days=1)).replace(day=1)
