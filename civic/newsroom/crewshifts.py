"""The roster of the newsroom: who is 值班编辑, 机动记者, 受理, 初审, 复审 or 总编辑 when; filled by the week or the month.

Two shifts of one kind do not run at once (for mobile reporters: of one squad) unless that is meant and said so.
"""

from __future__ import annotations

import re
import uuid
from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import and_, func, or_, select

from civic import ledger
from civic.access import crewlog, shifts, teams
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound, NotPossible
from civic.models import Shift, Team, User, db
from civic.newsroom import crew
from civic.workflow.machine import N_

KINDS = (("duty", N_("值班编辑")), ("mobile", N_("机动记者")), ("intake", N_("受理")), ("review1", N_("初审")),
         ("review2", N_("复审")), ("chief", N_("总编辑")))
USUAL = {"duty": ("08:00", "17:00"), "mobile": ("08:00", "20:00"), "intake": ("08:00", "17:00"), "review1": ("08:30", "18:00"),
         "review2": ("08:30", "18:00"), "chief": ("08:30", "22:00")}
"""Hours the form begins with."""
LONGEST = timedelta(hours=24)
WEEK, DAY = timedelta(days=7), timedelta(days=1)
AHEAD = timedelta(days=100)
MOST_DAYS = 31
_CLOCK = re.compile(r"(\d{1,2})[:：](\d{2})")


@dataclass(frozen=True, slots=True)
class Turn:
    """One shift in a grid; `mine` whether this person may take it out."""

    id: uuid.UUID
    kind: str
    name: str
    user_id: uuid.UUID
    starts_at: datetime
    ends_at: datetime
    team: str
    away: bool
    mine: bool


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the grid: its turns by kind (those that begin on it), and who is on leave."""

    day: date
    turns: Mapping[str, Sequence[Turn]]
    away: tuple[str, ...]
    over: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """The days shown and the kinds with a day that nobody has."""

    first: date
    days: tuple[Day, ...]

    def gaps(self, kind: str) -> int:
        """Days that are not over and have nobody of this kind."""
        return sum(1 for day in self.days if not day.over and not day.turns.get(kind))


# -- looking ----------------------------------------------------------------------------------------------------------


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def month_days(first: date) -> list[date]:
    """All days of the month of a day."""
    return [first.replace(day=number) for number in range(1, monthrange(first.year, first.month)[1] + 1)]


def grid(actor: Actor, days: Sequence[date]) -> Grid:
    """The roster of consecutive days; three statements."""
    start, end = crew.midnight(days[0]), crew.midnight(days[-1] + DAY)
    rows = db.session.scalars(select(Shift).where(Shift.starts_at < end, Shift.ends_at > start)
                              .order_by(Shift.starts_at, Shift.id)).all()
    names = {key: name for key, name in db.session.execute(select(Team.id, Team.name))}
    leaves = [row for row in rows if row.kind == shifts.LEAVE]
    today, found = teams.today(), []
    for day in days:
        low, high = crew.midnight(day), crew.midnight(day + DAY)
        turns: dict[str, list[Turn]] = {}
        for row in rows:
            if row.kind != shifts.LEAVE and low <= row.starts_at < high:
                gone = any(one.user_id == row.user_id and one.starts_at < row.ends_at and one.ends_at > row.starts_at
                           for one in leaves)
                turns.setdefault(row.kind, []).append(Turn(
                    row.id, row.kind, row.user.name, row.user_id, row.starts_at, row.ends_at,
                    names.get(row.team_id, "") if row.team_id else "", gone, may_change(actor, row) and row.starts_at > clock.now()))
        away = sorted({row.user.name for row in leaves if row.starts_at < high and row.ends_at > low})
        found.append(Day(day, turns, tuple(away), day < today))
    return Grid(days[0], tuple(found))


def of_person(user_id: uuid.UUID, limit: int = 10) -> list[Shift]:
    """The shifts of a person that are not over, the next first."""
    return list(db.session.scalars(select(Shift).where(
        Shift.user_id == user_id, Shift.kind != shifts.LEAVE, Shift.ends_at > clock.now())
        .order_by(Shift.starts_at, Shift.id).limit(limit)))


def may_fill(actor: Actor) -> bool:
    """Whether this person may fill any part of the roster."""
    return crew.plans(actor) or bool(actor.leads)


def may_change(actor: Actor, row: Shift) -> bool:
    """The desk changes all; a lead the mobile reporters of the squad."""
    return crew.plans(actor) or (row.kind == shifts.MOBILE and row.team_id is not None and row.team_id in actor.leads)


def candidates(actor: Actor) -> dict[str, list[crew.Person]]:
    """Who may be put on each kind of shift by this person."""
    people = crew.everybody()
    found = {kind: [one for one in people if grant in one.grants] for kind, grant in shifts.GRANT_OF.items()}
    found[shifts.MOBILE] = [one for one in people if one.field and (crew.plans(actor) or one.team_ids & actor.leads)]
    if not crew.plans(actor):
        return {shifts.MOBILE: found[shifts.MOBILE]}
    return {kind: found[kind] for kind, _ in KINDS}


# -- filling ----------------------------------------------------------------------------------------------------------


def fill(actor: Actor, data: Mapping[str, Any]) -> int:
    """Puts one person on one kind of shift on many days: `kind`, `user`, `days` (ISO), `start`, `end` (17:30), `team`,
    `beside`. All days or none; Invalid by field says which day clashes with whom. Gives how many were made.
    """
    errors: dict[str, str] = {}
    kind = str(data.get("kind") or "")
    if kind not in dict(KINDS):
        raise Invalid({"kind": "请选一种班。"})
    user = _person(data.get("user"), kind, errors)
    team_id = _team(data.get("team"), user, kind, errors)
    _must_fill(actor, kind, team_id)
    days = _days(data.get("days"), errors)
    start, end = _time(data.get("start"), "start", errors), _time(data.get("end"), "end", errors)
    if errors or user is None or start is None or end is None:
        raise Invalid(errors)
    spans = [_span(day, start, end, errors) for day in days]
    if not errors:
        _lock()
        beside = bool(data.get("beside"))
        for span in spans:
            errors.update(_clash(user, kind, team_id, span, beside))
            if errors:
                break
    if errors:
        raise Invalid(errors)
    for starts_at, ends_at in spans:
        db.session.add(ledger.new(Shift, user_id=user.id, kind=kind, starts_at=starts_at, ends_at=ends_at, team_id=team_id,
                                  beside=bool(data.get("beside")), made_by=actor.user_id))
    crewlog.log(actor.user_id, "shift", f"{dict(KINDS)[kind]}：{days[0]:%m-%d} 起 {len(days)} 天", user_id=user.id, team_id=team_id)
    db.session.flush()
    return len(spans)


def _lock() -> None:
    """One at a time fills the roster, so that two people cannot both find a day free."""
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended("crew.shifts", 0))))


def _must_fill(actor: Actor, kind: str, team_id: uuid.UUID | None) -> None:
    if crew.plans(actor):
        return
    if kind != shifts.MOBILE or team_id is None or team_id not in actor.leads:
        raise NotAllowed("队长只能排自己小队的机动记者；其他班由值班编辑或总编辑排。")


def _person(value: Any, kind: str, errors: dict[str, str]) -> User | None:
    try:
        user = crew.person(value)
    except Invalid as error:
        errors.update(error.errors)
        return None
    grant = shifts.GRANT_OF.get(kind)
    if grant and all(one.role != grant for one in user.grants):
        errors["user"] = f"{user.name}没有这种班要的角色，排上了也收不到事。"
    elif kind == shifts.MOBILE and not Actor.of(user).is_reporter:
        errors["user"] = f"{user.name}不是记者，也不在任何一支队里。"
    return user


def _team(value: Any, user: User | None, kind: str, errors: dict[str, str]) -> uuid.UUID | None:
    """The squad of a mobile shift: the one named, else the person's only one."""
    if kind != shifts.MOBILE or user is None:
        return None
    mine = {one.team_id for one in user.memberships if one.holds(teams.today())}
    if not value:
        return next(iter(mine)) if len(mine) == 1 else None
    try:
        team_id = value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))
    except ValueError:
        team_id = None
    if team_id is None or team_id not in mine:
        errors["team"] = f"{user.name}不在这支队里。"
    return team_id


def _days(value: Any, errors: dict[str, str]) -> list[date]:
    found = []
    for text in value or ():
        try:
            found.append(text if isinstance(text, date) else date.fromisoformat(str(text)))
        except ValueError:
            errors["days"] = "日期写得不对。"
    if not found and "days" not in errors:
        errors["days"] = "请至少勾一天。"
    if len(found) > MOST_DAYS:
        errors["days"] = f"一次最多排 {MOST_DAYS} 天。"
    return sorted(set(found))


def _time(value: Any, field: str, errors: dict[str, str]) -> timedelta | None:
    typed = _CLOCK.fullmatch(str(value or "").strip())
    if typed is not None:
        hours, minutes = int(typed[1]), int(typed[2])
        span = timedelta(hours=hours, minutes=minutes)
        if minutes < 60 and span <= DAY:
            return span
    errors[field] = "请按「17:30」这样写几点几分。"
    return None


def _span(day: date, start: timedelta, end: timedelta, errors: dict[str, str]) -> tuple[datetime, datetime]:
    """The moments of a turn; one that ends earlier than it starts ends the next day."""
    noon = datetime.combine(day, time.min)
    starts_at, ends_at = clock.from_local(noon + start), clock.from_local(noon + end + (DAY if end <= start else timedelta()))
    if ends_at - starts_at > LONGEST or start == end:
        errors["end"] = "一班最长不到 24 小时，开始和结束不能一样。"
    elif ends_at <= clock.now():
        errors["days"] = f"{day:%m-%d} 的这一班已经过去了，不能补排。"
    elif starts_at > clock.now() + AHEAD:
        errors["days"] = "最多往后排三个月。"
    return starts_at, ends_at


def _clash(user: User, kind: str, team_id: uuid.UUID | None, span: tuple[datetime, datetime], beside: bool) -> dict[str, str]:
    here = and_(Shift.starts_at < span[1], Shift.ends_at > span[0])
    same_kind = Shift.kind == kind
    if kind == shifts.MOBILE:
        same_kind = and_(same_kind, Shift.team_id == team_id) if team_id else and_(same_kind, Shift.team_id.is_(None))
    day = f"{clock.local(span[0]):%m-%d}"
    for row in db.session.scalars(select(Shift).where(here, or_(same_kind, Shift.user_id == user.id)).order_by(Shift.starts_at)):
        if row.user_id == user.id and row.kind == shifts.LEAVE:
            return {"user": f"{day}：{user.name}请假，不能排班。"}
        if row.user_id == user.id and row.kind == kind:
            return {"days": f"{day}：{user.name}已经有这个班（{_hours(row)}），时间重叠了。"}
        if row.kind == kind and row.user_id != user.id and not beside and not row.beside:
            return {"days": f"{day}：{row.user.name}已经在这个班（{_hours(row)}）。确实要两个人一起，请勾「和别人同时值」。"}
    return {}


def _hours(row: Shift) -> str:
    return f"{clock.local(row.starts_at):%H:%M}–{clock.local(row.ends_at):%H:%M}"


def remove(actor: Actor, shift_id: uuid.UUID) -> Shift:
    """Takes a turn out of the roster; one that has begun stays, for it tells who was there."""
    row = db.session.get(Shift, shift_id)
    if row is None or row.kind == shifts.LEAVE:
        raise NotFound()
    if not may_change(actor, row):
        raise NotAllowed("这一班不归你排。")
    if row.starts_at <= clock.now():
        raise NotPossible("这一班已经开始了，留着，看得出那时是谁。")
    crewlog.log(actor.user_id, "shift", f"去掉 {clock.local(row.starts_at):%m-%d} {_hours(row)}", user_id=row.user_id, team_id=row.team_id)
    db.session.delete(row)
    db.session.flush()
    return row


@dataclass(frozen=True, slots=True)
class Copied:
    """How many turns were copied, and those left out with the reason: day, name, why."""

    made: int
    left: tuple[str, ...]


def copy_last_week(actor: Actor, first: date, kind: str = "") -> Copied:
    """Copies the turns of the week before onto the week from `first` (a Monday), of one kind or of all this person may fill.

    What is over, what the person already has, and whoever is on leave or no longer fits is left out and said.
    NotPossible when there is nothing to copy.
    """
    start = crew.midnight(first)
    query = select(Shift).where(Shift.kind != shifts.LEAVE, Shift.starts_at >= start - WEEK, Shift.starts_at < start)
    if kind:
        query = query.where(Shift.kind == kind)
    before = [row for row in db.session.scalars(query.order_by(Shift.starts_at, Shift.id)) if may_change(actor, row)]
    if not before:
        raise NotPossible("上一周没有你能照搬的班。")
    _lock()
    made, left = 0, []
    for row in before:
        span = row.starts_at + WEEK, row.ends_at + WEEK
        why = _left_out(row, span)
        if why:
            left.append(f"{clock.local(span[0]):%m-%d} {row.user.name}：{why}")
            continue
        db.session.add(ledger.new(Shift, user_id=row.user_id, kind=row.kind, starts_at=span[0], ends_at=span[1],
                                  team_id=row.team_id, beside=row.beside, made_by=actor.user_id))
        db.session.flush()
        made += 1
    if made:
        crewlog.log(actor.user_id, "shift", f"照搬上周，{first:%m-%d} 这周 {made} 班")
        db.session.flush()
    return Copied(made, tuple(left))


def _left_out(row: Shift, span: tuple[datetime, datetime]) -> str:
    if span[1] <= clock.now():
        return "已经过去了"
    errors: dict[str, str] = {}
    if not row.user.active or _person(row.user_id, row.kind, errors) is None or errors:
        return "不再做这个班"
    clash = _clash(row.user, row.kind, row.team_id, span, row.beside)
    return "请假" if "user" in clash else "这天已经有人" if clash else ""
