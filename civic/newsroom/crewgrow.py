"""Getting to know more: rotation goals 轮岗 (areas and beats somebody should see) and pairs 师带徒 with a goal."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import aliased

from civic import ledger
from civic.access import crewlog, teams
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import Invalid, NotFound, NotPossible
from civic.kit.text import clean
from civic.models import Assignment, Case, Mentoring, RotationGoal, User, db
from civic.newsroom import crew, crewskills
from civic.reference import lookup

TAKEN = ("accepted", "submitted", "done")
LONGEST = timedelta(days=730)


@dataclass(frozen=True, slots=True)
class Goal:
    """A goal with how far it is: `seen` tasks taken there since it was set, of `wanted`."""

    id: uuid.UUID
    user_id: uuid.UUID
    person: str
    kind: str
    code: str
    words: str
    wanted: int
    seen: int
    since_on: date
    until_on: date
    over: bool
    may_end: bool

    @property
    def met(self) -> bool:
        return self.seen >= self.wanted


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair with the tasks both had on the same case or story in its time."""

    id: uuid.UUID
    mentor_id: uuid.UUID
    mentor: str
    mentee_id: uuid.UUID
    mentee: str
    goal: str
    starts_on: date
    ends_on: date
    result: str
    ended: bool
    over: bool
    joint: int
    may_end: bool


# -- rotation ---------------------------------------------------------------------------------------------------------


def place_words(kind: str, code: str) -> str:
    """An area or beat by name."""
    return lookup.town_name(code) if kind == "town" else crewskills.beats().get(code, code)


def set_goal(actor: Actor, data: Mapping[str, Any]) -> RotationGoal:
    """Sets a goal: `user`, `target` (`town:<code>` or `beat:<code>`), `wanted` tasks, `until_on`. One open goal per target."""
    errors: dict[str, str] = {}
    user = _person(data.get("user"), "user", errors)
    kind, _, code = str(data.get("target") or "").partition(":")
    if not (kind == "town" and lookup.town(code)) and not (kind == "beat" and code in crewskills.beats()):
        errors["target"] = "请选一个镇街或一类问题。"
    number = str(data.get("wanted") or "").strip()
    if not number.isdecimal() or not 1 <= int(number) <= 50:
        errors["wanted"] = "写 1 到 50 之间的件数。"
    until = crew.day_of(data.get("until_on"), "until_on", errors)
    today = teams.today()
    if until and not today < until <= today + LONGEST:
        errors["until_on"] = "截止日要在今天以后、两年以内。"
    if user and not errors and db.session.scalar(select(RotationGoal.id).where(
            RotationGoal.user_id == user.id, RotationGoal.kind == kind, RotationGoal.code == code, RotationGoal.ended_at.is_(None))):
        errors["target"] = f"{user.name}已经有这个目标，先结束旧的再定。"
    if errors or user is None or until is None:
        raise Invalid(errors)
    crew.must_plan_for(actor, user)
    row = ledger.new(RotationGoal, user_id=user.id, kind=kind, code=code, wanted=int(number), since_on=today, until_on=until,
                     set_by=actor.user_id)
    db.session.add(row)
    db.session.flush()
    crewlog.log(actor.user_id, "rotation", f"轮岗：{place_words(kind, code)} {number} 件，到 {until}", user_id=user.id)
    return row


def _person(value: Any, field: str, errors: dict[str, str]) -> User | None:
    try:
        return crew.person(value)
    except Invalid:
        errors[field] = "请选一个人。"
        return None


def end_goal(actor: Actor, goal_id: uuid.UUID) -> None:
    """Ends a goal, met or not."""
    row = db.session.get(RotationGoal, goal_id)
    if row is None:
        raise NotFound()
    crew.must_plan_for(actor, row.user)
    if row.ended_at is not None:
        raise NotPossible("这个目标已经结束了。")
    row.ended_at = clock.now()
    crewlog.log(actor.user_id, "rotation", f"结束轮岗：{place_words(row.kind, row.code)}", user_id=row.user_id)
    db.session.flush()


def goals(actor: Actor, users: Iterable[uuid.UUID] | None = None) -> list[Goal]:
    """Open goals of these people (or all) with how far they are, the nearest end first; two statements."""
    query = select(RotationGoal).where(RotationGoal.ended_at.is_(None)).order_by(RotationGoal.until_on, RotationGoal.id).limit(500)
    if users is not None:
        query = query.where(RotationGoal.user_id.in_(list(users)))
    rows = db.session.scalars(query).all()
    seen = progress(rows)
    today, names = teams.today(), crewskills.beats()
    return [Goal(row.id, row.user_id, row.user.name, row.kind, row.code,
                 lookup.town_name(row.code) if row.kind == "town" else names.get(row.code, row.code), row.wanted,
                 seen.get(row.id, 0), row.since_on, row.until_on, row.until_on < today, crew.plans_for(actor, row.user))
            for row in rows]


def _there() -> ColumnElement[bool]:
    """A case in the area or beat of a goal."""
    return or_((RotationGoal.kind == "town") & (Case.town == RotationGoal.code),
               (RotationGoal.kind == "beat") & (func.left(Case.category, 2) == RotationGoal.code))


def progress(rows: Iterable[RotationGoal]) -> dict[uuid.UUID, int]:
    """Cases taken in the area or beat of each goal since it was set; one statement."""
    ids = [row.id for row in rows]
    if not ids:
        return {}
    day = func.date(func.timezone("Asia/Shanghai", Assignment.accepted_at))
    found = db.session.execute(
        select(RotationGoal.id, func.count(func.distinct(Assignment.case_id)))
        .join(Assignment, Assignment.assignee_id == RotationGoal.user_id).join(Case, Case.id == Assignment.case_id)
        .where(RotationGoal.id.in_(ids), Assignment.state.in_(TAKEN), day >= RotationGoal.since_on, _there())
        .group_by(RotationGoal.id))
    return {key: number for key, number in found}


# -- mentoring --------------------------------------------------------------------------------------------------------


def pair(actor: Actor, data: Mapping[str, Any]) -> Mentoring:
    """Puts two people together: `mentor`, `mentee`, `goal`, `starts_on`, `ends_on`. Two different people, one open pair."""
    errors: dict[str, str] = {}
    mentor, mentee = _person(data.get("mentor"), "mentor", errors), _person(data.get("mentee"), "mentee", errors)
    if mentor and mentee and mentor.id == mentee.id:
        errors["mentee"] = "师傅和徒弟要是两个人。"
    goal = clean(str(data.get("goal") or ""))
    if not 4 <= len(goal) <= 300:
        errors["goal"] = "写明要学会什么（4 到 300 字）。"
    first = crew.day_of(data.get("starts_on"), "starts_on", errors)
    last = crew.day_of(data.get("ends_on"), "ends_on", errors)
    if first and last and not first <= last <= first + LONGEST:
        errors["ends_on"] = "结束要在开始之后、两年以内。"
    if mentor and mentee and not errors and db.session.scalar(select(Mentoring.id).where(
            Mentoring.mentor_id == mentor.id, Mentoring.mentee_id == mentee.id, Mentoring.ended_at.is_(None))):
        errors["mentee"] = "这两个人已经结了对，先结束旧的。"
    if errors or not (mentor and mentee and first and last):
        raise Invalid(errors)
    crew.must_plan_for(actor, mentee)
    row = ledger.new(Mentoring, mentor_id=mentor.id, mentee_id=mentee.id, goal=goal, starts_on=first, ends_on=last,
                     set_by=actor.user_id)
    db.session.add(row)
    db.session.flush()
    crewlog.log(actor.user_id, "mentoring", f"师带徒：{mentor.name}带{mentee.name}", user_id=mentee.id)
    return row


def end_pair(actor: Actor, pair_id: uuid.UUID, result: str) -> None:
    """Ends a pair with what came of it, in words."""
    row = db.session.get(Mentoring, pair_id)
    if row is None:
        raise NotFound()
    if actor.user_id != row.mentor_id:
        crew.must_plan_for(actor, row.mentee)
    if row.ended_at is not None:
        raise NotPossible("这一对已经结束了。")
    said = clean(result)
    if not 2 <= len(said) <= 300:
        raise Invalid({"result": "写一句学会了什么、还差什么（2 到 300 字）。"})
    row.ended_at, row.result = clock.now(), said
    crewlog.log(actor.user_id, "mentoring", f"师带徒结束：{said}", user_id=row.mentee_id)
    db.session.flush()


def pairs(actor: Actor, user_id: uuid.UUID | None = None) -> list[Pair]:
    """Pairs (of one person), running ones first; two statements."""
    query = select(Mentoring).order_by(Mentoring.ended_at.is_not(None), Mentoring.ends_on.desc(), Mentoring.id).limit(100)
    if user_id is not None:
        query = query.where(or_(Mentoring.mentor_id == user_id, Mentoring.mentee_id == user_id))
    rows = db.session.scalars(query).all()
    joint, today = _joint([row.id for row in rows]), teams.today()
    return [Pair(row.id, row.mentor_id, row.mentor.name, row.mentee_id, row.mentee.name, row.goal, row.starts_on, row.ends_on,
                 row.result, row.ended_at is not None, row.ends_on < today, joint.get(row.id, 0),
                 actor.user_id == row.mentor_id or crew.plans_for(actor, row.mentee)) for row in rows]


def _joint(ids: list[uuid.UUID]) -> dict[uuid.UUID, int]:
    """Cases and stories on which both took a task within the days of the pair; nothing of this is typed in."""
    if not ids:
        return {}
    one, other = aliased(Assignment), aliased(Assignment)
    days = [func.date(func.timezone("Asia/Shanghai", row.accepted_at)) for row in (one, other)]
    thing = func.coalesce(one.case_id, one.coverage_id)
    found = db.session.execute(
        select(Mentoring.id, func.count(func.distinct(thing)))
        .join(one, one.assignee_id == Mentoring.mentor_id).join(other, other.assignee_id == Mentoring.mentee_id)
        .where(Mentoring.id.in_(ids), one.state.in_(TAKEN), other.state.in_(TAKEN),
               or_(one.case_id == other.case_id, one.coverage_id == other.coverage_id),
               *(day.between(Mentoring.starts_on, Mentoring.ends_on) for day in days)).group_by(Mentoring.id))
    return {key: number for key, number in found}
