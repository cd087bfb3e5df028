"""The duty roster of units (R44): who is on duty when, and the gaps in a week.

Names and phones are for the unit itself, the desk and the supervising office; nothing of this is ever public.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound, NotPossible
from civic.kit.text import clean
from civic.models import Grant, UnitDuty, User, db

READERS = frozenset({"duty", "chief", "supervisor"})
"""Grants that read every unit's roster; a unit's officers read and keep their own."""
LONGEST = timedelta(hours=24)
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
AHEAD = timedelta(days=92)
MOST = 60
"""Turns in one week of one unit."""
KINDS = (("day", "白班"), ("night", "夜班"))
_CLOCK = re.compile(r"(\d{1,2})[:：](\d{2})")
_PHONE = re.compile(r"[0-9+ \-]{5,20}")


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody on duty: whom to call. `user_id` is None for a person without an account."""

    id: uuid.UUID
    department: str
    name: str
    phone: str
    user_id: uuid.UUID | None
    kind: str
    starts_at: datetime
    ends_at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a week: the turns that begin on it and the spans of it that nobody has, as wall-clock texts."""

    day: date
    turns: Sequence[Duty]
    gaps: Sequence[tuple[str, str]]
    over: bool


@dataclass(frozen=True, slots=True)
class Week:
    """Seven days from a Monday."""

    department: str
    monday: date
    days: Sequence[Day]

    @property
    def empty(self) -> bool:
        return not any(day.turns for day in self.days)


def _duty(row: UnitDuty) -> Duty:
    return Duty(row.id, row.department, row.name, row.phone, row.user_id, row.kind, row.starts_at, row.ends_at, row.note)


def _between(department: str, start: datetime, end: datetime) -> list[UnitDuty]:
    return list(db.session.scalars(select(UnitDuty).where(
        UnitDuty.department == department, UnitDuty.ends_at > start, UnitDuty.starts_at < end)
        .order_by(UnitDuty.starts_at, UnitDuty.id)))


def on_duty(department: str, at: datetime) -> Sequence[Duty]:
    """Who of a unit is on duty at a moment (R44): from `starts_at` on, no longer at `ends_at`. Empty without a roster.

    One statement, by the index on (department, ends_at). The newest turn first: whoever came on last has the desk.
    """
    rows = db.session.scalars(select(UnitDuty).where(
        UnitDuty.department == department, UnitDuty.ends_at > at, UnitDuty.starts_at <= at)
        .order_by(UnitDuty.starts_at.desc(), UnitDuty.id))
    return [_duty(row) for row in rows]


def on_duty_all(at: datetime) -> dict[str, list[Duty]]:
    """Everybody on duty at a moment, by unit; one statement."""
    found: dict[str, list[Duty]] = {}
    for row in db.session.scalars(select(UnitDuty).where(UnitDuty.ends_at > at, UnitDuty.starts_at <= at)
                                  .order_by(UnitDuty.department, UnitDuty.starts_at.desc())):
        found.setdefault(row.department, []).append(_duty(row))
    return found


def following(department: str, at: datetime, limit: int = 2) -> list[Duty]:
    """Who comes on next."""
    return [_duty(row) for row in db.session.scalars(select(UnitDuty).where(
        UnitDuty.department == department, UnitDuty.starts_at > at).order_by(UnitDuty.starts_at, UnitDuty.id).limit(limit))]


# -- a week -----------------------------------------------------------------------------------------------------------


def monday(day: date) -> date:
    """The Monday of the week of a day."""
    return day - timedelta(days=day.weekday())


def _midnight(day: date) -> datetime:
    return clock.from_local(datetime.combine(day, time.min))


def week(department: str, first: date) -> Week:
    """The week from that Monday on with its gaps: every minute of a day nobody has is said. One statement."""
    rows = _between(department, _midnight(first), _midnight(first + WEEK))
    now = clock.now()
    days = []
    for number in range(7):
        day = first + timedelta(days=number)
        start, end = _midnight(day), _midnight(day + DAY)
        turns = [_duty(row) for row in rows if max(row.starts_at, _midnight(first)) >= start and row.starts_at < end
                 and (row.starts_at >= start or number == 0)]
        days.append(Day(day, turns, _gaps(rows, start, end), end <= now))
    return Week(department, first, days)


def _gaps(rows: Iterable[UnitDuty], start: datetime, end: datetime) -> list[tuple[str, str]]:
    found, reached = [], start
    for row in sorted(rows, key=lambda one: one.starts_at):
        if row.ends_at <= reached or row.starts_at >= end:
            continue
        if row.starts_at > reached:
            found.append((reached, row.starts_at))
        reached = max(reached, row.ends_at)
    if reached < end:
        found.append((reached, end))
    return [(_wall(one), _wall(other, last=other == end)) for one, other in found]


def _wall(moment: datetime, *, last: bool = False) -> str:
    return "24:00" if last else f"{clock.local(moment):%H:%M}"


def may_read(actor: Actor, department: str) -> bool:
    return department in actor.departments or bool(actor.grants & READERS)


def must_keep(actor: Actor, department: str) -> None:
    """A unit keeps its own roster: nobody writes down for others who works at night."""
    if not may_read(actor, department):
        raise NotFound()
    if department not in actor.departments:
        raise NotAllowed("值班表由本单位自己排。")


def accounts(departments: Iterable[str]) -> list[User]:
    """The active accounts of these units, by name."""
    return list(db.session.scalars(select(User).join(Grant, Grant.user_id == User.id).where(
        Grant.role == "officer", Grant.department.in_(list(departments)), User.active).distinct().order_by(User.name, User.id)))


# -- changing it ------------------------------------------------------------------------------------------------------


def find(actor: Actor, duty_id: uuid.UUID) -> UnitDuty:
    """A turn this person may change; NotFound when it is another unit's."""
    row = db.session.get(UnitDuty, duty_id)
    if row is None or row.department not in actor.departments:
        raise NotFound()
    return row


def save(actor: Actor, department: str, data: Mapping[str, str], row: UnitDuty | None = None) -> UnitDuty:
    """Writes one turn from `day` (2026-11-23), `start` and `end` (17:30), `kind`, `name`, `phone`, `user`, `note`.

    A night turn that ends earlier than it starts ends the next morning. Invalid, field by field and in words, for times
    that cannot be; a turn that is over is history and stays (NotPossible).
    """
    must_keep(actor, department)
    if row is not None and row.ends_at <= clock.now():
        raise NotPossible("这一班已经值完了，不能再改。")
    values, errors = _read(department, data)
    if not errors:
        errors = _clashes(department, values, row)
    if errors:
        raise Invalid(errors)
    if row is None:
        row = ledger.new(UnitDuty, department=department, made_by=actor.user_id, **values)
        db.session.add(row)
    else:
        row.name, row.phone, row.user_id, row.kind = values["name"], values["phone"], values["user_id"], values["kind"]
        row.starts_at, row.ends_at, row.note = values["starts_at"], values["ends_at"], values["note"]
    db.session.flush()
    return row


def _read(department: str, data: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    errors: dict[str, str] = {}
    person = _person(department, data.get("user") or "")
    name, phone, note = (clean(data.get(field) or "") for field in ("name", "phone", "note"))
    name = name or (person.name if person else "")
    if data.get("user") and person is None:
        errors["user"] = "这个账号不是本单位的，或者已经停用。"
    if not 1 <= len(name) <= 40:
        errors["name"] = "写明谁值班（最多 40 字）。"
    if phone and not _PHONE.fullmatch(phone):
        errors["phone"] = "电话只写数字，可以有空格、横线和加号。"
    if not phone and person is None:
        errors["phone"] = "没有账号的人要写电话，不然夜里找不到。"
    if len(note) > 200:
        errors["note"] = "备注最多 200 字。"
    kind = data.get("kind") if data.get("kind") in dict(KINDS) else "day"
    starts_at, ends_at = _span(data, str(kind), errors)
    return {"name": name, "phone": phone, "note": note, "kind": kind, "user_id": person.id if person else None,
            "starts_at": starts_at, "ends_at": ends_at}, errors


def _person(department: str, key: str) -> User | None:
    return next((one for one in accounts([department]) if str(one.id) == key), None) if key else None


def _span(data: Mapping[str, str], kind: str, errors: dict[str, str]) -> tuple[datetime | None, datetime | None]:
    try:
        day = date.fromisoformat((data.get("day") or "").strip())
    except ValueError:
        errors["day"] = "请按「2026-11-25」这样写日期。"
        day = None
    start, end = _clock(data.get("start")), _clock(data.get("end"))
    for field, found in (("start", start), ("end", end)):
        if found is None:
            errors[field] = "请按「17:30」这样写几点几分。"
    if day is None or start is None or end is None:
        return None, None
    starts_at = clock.from_local(datetime.combine(day, time.min) + start)
    ends_at = clock.from_local(datetime.combine(day, time.min) + end)
    if kind == "night" and end <= start:
        ends_at += DAY
    if ends_at <= starts_at:
        errors["end"] = "结束要晚于开始；值到第二天早上的，选夜班。"
    elif ends_at - starts_at > LONGEST:
        errors["end"] = "一班最长 24 小时，请分成两班。"
    elif ends_at <= clock.now():
        errors["day"] = "这个时间已经过去了，不能补排。"
    elif starts_at > clock.now() + AHEAD:
        errors["day"] = "最多往后排三个月。"
    return starts_at, ends_at


def _clock(text: str | None) -> timedelta | None:
    found = _CLOCK.fullmatch((text or "").strip())
    if found is None:
        return None
    hours, minutes = int(found[1]), int(found[2])
    return timedelta(hours=hours, minutes=minutes) if minutes < 60 and timedelta(hours=hours, minutes=minutes) <= DAY else None


def _clashes(department: str, values: Mapping[str, Any], row: UnitDuty | None) -> dict[str, str]:
    """The same person is not on duty twice at once; two different people may be."""
    near = _between(department, values["starts_at"], values["ends_at"])
    same = next((one for one in near if one is not row and one.name == values["name"]), None)
    if same is not None:
        return {"start": f"{same.name}在 {clock.local(same.starts_at):%m-%d %H:%M} 到 {clock.local(same.ends_at):%H:%M} "
                         "已经有一班，时间重叠了。"}
    first = _midnight(monday(clock.local(values["starts_at"]).date()))
    if row is None and len(_between(department, first, first + WEEK)) >= MOST:
        return {"day": f"一周最多排 {MOST} 班。"}
    return {}


def remove(actor: Actor, row: UnitDuty) -> None:
    """Takes a turn out; one that has begun stays, for it tells who was there."""
    must_keep(actor, row.department)
    if row.starts_at <= clock.now():
        raise NotPossible("这一班已经开始了，不能删，只能改结束时间。")
    db.session.delete(row)
    db.session.flush()


def copy_last_week(actor: Actor, department: str, first: date) -> int:
    """Copies the turns of the week before onto this one, at the same weekday and hour; returns how many.

    A turn that is over by now, or that the same person already has, is left out. NotPossible when nothing is there to copy.
    """
    must_keep(actor, department)
    start = _midnight(first)
    before = [row for row in _between(department, start - WEEK, start) if row.starts_at >= start - WEEK]
    if not before:
        raise NotPossible("上一周没有排班，没有可以照搬的。")
    alive = {one.id for one in accounts([department])}
    made = 0
    for row in before:
        values: dict[str, Any] = {"name": row.name, "starts_at": row.starts_at + WEEK, "ends_at": row.ends_at + WEEK}
        if values["ends_at"] <= clock.now() or _clashes(department, values, None):
            continue
        db.session.add(ledger.new(
            UnitDuty, department=department, phone=row.phone, kind=row.kind, note=row.note, made_by=actor.user_id,
            user_id=row.user_id if row.user_id in alive else None, **values))
        db.session.flush()
        made += 1
    return made
