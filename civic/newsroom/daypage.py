"""The page of a day: the list as a person may see it, plan against actual, what stands by to be put on, days gone by."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from civic.access import scope
from civic.access.actor import Actor
from civic.cases.waiting import day as waiting_day
from civic.kit import clock
from civic.models import Coverage, DailyList, DayChange, DayItem, Grant, Member, Publication, User, db
from civic.newsroom import day as verbs
from civic.newsroom import dayslots
from civic.reference import county
from civic.workflow.machine import N_

GRACE = waiting_day.GRACE
"""So long after its moment a release still counts as in its slot."""
RESULTS: Mapping[str, str] = {"waiting": N_("未到时间"), "early": N_("提前播出"), "in_slot": N_("按时播出"),
                              "late": N_("晚于时段"), "not_done": N_("没有播出")}
PAGE = 30
CANDIDATES = 60


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A slot with what became of it. `result` is of `RESULTS`; `live_at` the moment it went out on the channel."""

    channel: str
    name: str
    bulletin: str
    at: datetime
    result: str
    live_at: datetime | None


@dataclass(frozen=True, slots=True)
class ItemRow:
    """An item of the list."""

    id: uuid.UUID
    story_id: uuid.UUID
    title: str
    grade: str
    state: str
    format: str
    critical: bool
    number: str
    lead: bool
    place: int
    responsible_id: uuid.UUID | None
    responsible: str
    note: str
    slots: tuple[SlotRow, ...]
    late_entry: bool
    struck_at: datetime | None
    missed: bool
    """Something did not go out in its slot."""
    missed_reason: str
    revision: int
    embargo_until: datetime | None
    early: tuple[str, ...]
    """Channels whose queued release is timed for after the slot."""


@dataclass(frozen=True, slots=True)
class Unplanned:
    """What went out that day without being planned for that channel."""

    story_id: uuid.UUID
    title: str
    name: str
    live_at: datetime


@dataclass(frozen=True, slots=True)
class DayPage:
    """Everything the page of a day shows to one person."""

    day: date
    exists: bool
    confirmed_at: datetime | None
    confirmed_by: str
    revision: int
    note: str
    items: tuple[ItemRow, ...]
    struck: tuple[ItemRow, ...]
    hidden: int
    """Items this person may not know of."""
    changes: tuple[DayChange, ...]
    unplanned: tuple[Unplanned, ...]
    past: bool
    over: bool
    """It lies before today."""
    may_plan: bool
    missing: tuple[str, ...]
    """Why it cannot be confirmed yet."""

    @property
    def lead(self) -> ItemRow | None:
        return next((item for item in self.items if item.lead), None)


def bounds(day: date) -> tuple[datetime, datetime]:
    """The first moment of a day and of the next."""
    return dayslots.moment(day, datetime.min.time()), dayslots.moment(day + timedelta(days=1), datetime.min.time())


def judge(at: datetime, live_at: datetime | None, start: datetime, now: datetime) -> str:
    """What became of a slot: half an hour's grace after its moment, at most to the end of the day."""
    limit = at + GRACE
    if live_at is not None:
        return "early" if live_at < start else "in_slot" if live_at <= limit else "late"
    return "waiting" if now <= limit else "not_done"


def _live(ids: Sequence[uuid.UUID]) -> dict[tuple[uuid.UUID, str], Publication]:
    """The release that counts of each story on each channel: what went out first, else what is queued."""
    found: dict[tuple[uuid.UUID, str], Publication] = {}
    for item in db.session.scalars(select(Publication).where(
            Publication.coverage_id.in_(ids), or_(Publication.live_at.is_not(None), Publication.state == "queued"))
            .order_by(Publication.live_at.asc().nulls_last(), Publication.id)) if ids else ():
        found.setdefault((item.coverage_id, item.channel), item)
    return found


def _names() -> dict[str, str]:
    return {channel.code: channel.name for channel in county.current().channels}


def _row(item: DayItem, plan: DailyList, place: int, out: Mapping[tuple[uuid.UUID, str], Publication],
         names: Mapping[str, str]) -> ItemRow:
    now, (start, _) = clock.now(), bounds(plan.day)
    slots, early = [], []
    for slot in item.slots:
        release = out.get((item.coverage_id, slot.channel))
        live_at = release.live_at if release else None
        name = names.get(slot.channel, slot.channel)
        slots.append(SlotRow(slot.channel, name, slot.bulletin, slot.at, judge(slot.at, live_at, start, now), live_at))
        if release is not None and release.state == "queued" and release.not_before and release.not_before > slot.at + GRACE:
            early.append(name)
    story = item.coverage
    return ItemRow(
        item.id, story.id, story.title, story.grade, story.state, story.format, story.critical,
        story.case.number if story.case else "", plan.lead_coverage_id == story.id, place, item.responsible_id,
        item.responsible.name if item.responsible else "", item.note, tuple(slots), item.late_entry, item.struck_at,
        any(slot.result in ("late", "not_done") for slot in slots), item.missed_reason, item.revision,
        story.case.embargo_until if story.case and story.case.embargo_until and story.case.embargo_until > now else None, tuple(early))


def page(actor: Actor, day: date) -> DayPage:
    """The list of a day as one person may see it; a day without a list is an empty page, not an error."""
    plan, today = verbs.find(day), verbs.today()
    may = bool(actor.grants & verbs.MAY) and day >= today and day <= today + timedelta(days=verbs.AHEAD)
    if plan is None:
        return DayPage(day, False, None, "", 0, "", (), (), 0, (), _unplanned(actor, day, set()), day <= today, day < today, may,
                       verbs.why_not(None, ()))
    every = list(db.session.scalars(select(DayItem).where(DayItem.list_id == plan.id)
                                    .order_by(DayItem.struck_at.is_not(None), DayItem.position, DayItem.id)))
    standing = [item for item in every if item.struck_at is None]
    seen = set(db.session.scalars(select(Coverage.id).where(Coverage.id.in_([item.coverage_id for item in every]),
                                                            scope.coverages(actor))))
    out, names = _live([item.coverage_id for item in every]), _names()
    rows = [_row(item, plan, place, out, names) for place, item in enumerate(every, 1) if item.coverage_id in seen]
    planned = {(item.coverage_id, slot.channel) for item in standing for slot in item.slots}
    by = db.session.get(User, plan.confirmed_by) if plan.confirmed_by else None
    whole = bool(actor.grants & scope.READERS)
    changes = db.session.scalars(select(DayChange).where(DayChange.list_id == plan.id).order_by(DayChange.revision.desc())
                                 .limit(200)).all() if whole else ()
    return DayPage(
        day, True, plan.confirmed_at, by.name if by else "", plan.revision, plan.note if whole else "",
        tuple(row for row in rows if row.struck_at is None), tuple(row for row in rows if row.struck_at is not None),
        len(standing) - sum(1 for row in rows if row.struck_at is None), tuple(changes), _unplanned(actor, day, planned),
        day <= today, day < today, may, () if plan.confirmed_at else verbs.why_not(plan, standing))


def _unplanned(actor: Actor, day: date, planned: set[tuple[uuid.UUID, str]]) -> tuple[Unplanned, ...]:
    start, end = bounds(day)
    if start > clock.now():
        return ()
    names = _names()
    found = db.session.execute(select(Publication.coverage_id, Publication.channel, Publication.live_at, Coverage.title).join(
        Coverage, Coverage.id == Publication.coverage_id).where(
        Publication.live_at >= start, Publication.live_at < end, scope.coverages(actor)).order_by(Publication.live_at).limit(100))
    return tuple(Unplanned(row.coverage_id, row.title, names.get(row.channel, row.channel), row.live_at)
                 for row in found if (row.coverage_id, row.channel) not in planned)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A story that could be put on the list, with the slots its queued releases suggest (channel → time)."""

    id: uuid.UUID
    title: str
    grade: str
    state: str
    author: str
    due_at: datetime | None
    slots: dict[str, datetime]


def candidates(actor: Actor, day: date) -> list[Candidate]:
    """Stories that are being made or wait to go out and are not on the list: queued for the day first, then by date."""
    on = select(DayItem.coverage_id).join(DailyList, DailyList.id == DayItem.list_id).where(
        DailyList.day == day, DayItem.struck_at.is_(None))
    start, end = bounds(day)
    timed = exists().where(Publication.coverage_id == Coverage.id, Publication.state == "queued",
                           Publication.not_before >= start, Publication.not_before < end)
    waits = or_(Coverage.state.in_(("planned", "drafting", "in_review")), and_(Coverage.state == "approved", or_(
        ~exists().where(Publication.coverage_id == Coverage.id, Publication.state.in_(("queued", "live"))),
        exists().where(Publication.coverage_id == Coverage.id, Publication.state == "queued"))))
    found = db.session.scalars(select(Coverage).where(waits, Coverage.id.not_in(on), scope.coverages(actor)).order_by(
        timed.desc(), Coverage.state.in_(("approved", "in_review")).desc(), Coverage.grade, Coverage.due_at.asc().nulls_last(),
        Coverage.id).limit(CANDIDATES)).unique().all()
    return [Candidate(story.id, story.title, story.grade, story.state, story.author.name if story.author else "", story.due_at, {
        item.channel: item.not_before for item in story.publications
        if item.state == "queued" and item.not_before and start <= item.not_before < end}) for story in found]


def people() -> list[tuple[str, str]]:
    """Who can answer for an item: everybody of the newsroom, by name."""
    found = db.session.execute(select(User.id, User.name).where(User.active, or_(
        exists().where(Grant.user_id == User.id, Grant.role.in_(("duty", "reporter", "review1", "review2", "chief"))),
        exists().where(Member.user_id == User.id))).order_by(User.name, User.id).limit(300))
    return [(str(key), name) for key, name in found]


@dataclass(frozen=True, slots=True)
class PastDay:
    """A day in the history: how many items, how many slots went out in time."""

    day: date
    lead: str
    items: int
    confirmed: bool
    slots: int
    kept: int
    late: int
    undone: int
    unexplained: int


def history(actor: Actor, before: date, limit: int = PAGE) -> tuple[list[PastDay], date | None]:
    """Lists of the days before `before`, newest first, and the key of the next page."""
    plans = db.session.scalars(select(DailyList).where(DailyList.day < before).order_by(DailyList.day.desc()).limit(limit + 1)).all()
    shown, more = plans[:limit], len(plans) > limit
    every = db.session.scalars(select(DayItem).where(DayItem.list_id.in_([plan.id for plan in shown]), DayItem.struck_at.is_(None))
                               .order_by(DayItem.position)).all() if shown else []
    out, names = _live([item.coverage_id for item in every]), _names()
    of: dict[uuid.UUID, list[DayItem]] = defaultdict(list)
    for item in every:
        of[item.list_id].append(item)
    return [_past(plan, [_row(item, plan, 0, out, names) for item in of[plan.id]], bool(actor.grants & scope.READERS))
            for plan in shown], shown[-1].day if more else None


def _past(plan: DailyList, rows: list[ItemRow], whole: bool) -> PastDay:
    results = [slot.result for row in rows for slot in row.slots]
    lead = next((row.title for row in rows if row.lead), "")
    return PastDay(plan.day, lead if whole else "", len(rows), plan.confirmed_at is not None, len(results),
                   sum(result in ("early", "in_slot") for result in results), results.count("late"), results.count("not_done"),
                   sum(1 for row in rows if row.missed and not row.missed_reason))


def to_explain(actor: Actor, limit: int = 20) -> list[tuple[uuid.UUID, date, str]]:
    """Items this person answered for that did not go out as planned and have no reason yet: (item, day, title)."""
    found = db.session.execute(select(DayItem.id, DailyList.day, Coverage.title).join(
        DailyList, DailyList.id == DayItem.list_id).join(Coverage, Coverage.id == DayItem.coverage_id).where(
        DayItem.responsible_id == actor.user_id, unexplained(clock.now())).order_by(DailyList.day.desc()).limit(limit))
    return [(row.id, row.day, row.title) for row in found]


def unexplained(moment: datetime) -> ColumnElement[bool]:
    """The clause of items of confirmed, past days of the last two weeks that missed a slot and have no reason."""
    return waiting_day.unexplained(moment)


def counts(plans: Sequence[date]) -> dict[date, int]:
    """How many items stand on the lists of these days."""
    return {day: number for day, number in db.session.execute(select(DailyList.day, func.count(DayItem.id)).join(
        DayItem, DayItem.list_id == DailyList.id).where(DailyList.day.in_(plans), DayItem.struck_at.is_(None))
        .group_by(DailyList.day))}
