"""Leave: asked for by the person, decided by somebody else; approved days stand in the roster and steer everything."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from civic import ledger
from civic.access import crewlog, shifts, teams
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound, NotPossible
from civic.kit.text import clean
from civic.models import Assignment, Leave, Member, Shift, User, db
from civic.newsroom import crew
from civic.notify import outbox

LONGEST = timedelta(days=180)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class LeaveRow:
    """A request as a page shows it. `note` is empty for whoever may not read it; `held` are the open tasks in these days."""

    id: uuid.UUID
    user_id: uuid.UUID
    name: str
    first_on: date
    last_on: date
    note: str
    state: str
    answer: str
    decider: str
    held: int
    shifts: int
    mine: bool
    may_decide: bool
    may_withdraw: bool

    @property
    def days(self) -> int:
        return (self.last_on - self.first_on).days + 1


def words(row: Leave) -> str:
    """The days in digits, for messages."""
    return f"{row.first_on:%m-%d}" if row.first_on == row.last_on else f"{row.first_on:%m-%d} – {row.last_on:%m-%d}"


def ask(actor: Actor, data: Mapping[str, Any]) -> Leave:
    """Asks for leave from `first_on` to `last_on` (both included) with a `note` for whoever decides."""
    errors: dict[str, str] = {}
    first = crew.day_of(data.get("first_on"), "first_on", errors)
    last = crew.day_of(data.get("last_on"), "last_on", errors, needed=False) or first
    note = clean(str(data.get("note") or ""))
    if first and last:
        if last < first:
            errors["last_on"] = "最后一天不能早于第一天。"
        elif last < teams.today():
            errors["first_on"] = "这几天已经过去了。"
        elif last - first > LONGEST:
            errors["last_on"] = "一次最多请 180 天。"
    if len(note) > 300:
        errors["note"] = "最多 300 字。"
    if not errors and first and last and (twin := _overlapping(actor.user_id, first, last)) is not None:
        errors["first_on"] = f"{words(twin)} 已经请过了。"
    if errors or first is None or last is None:
        raise Invalid(errors)
    row = ledger.new(Leave, user_id=actor.user_id, first_on=first, last_on=last, note=note, state="asked", answer="")
    db.session.add(row)
    db.session.flush()
    crewlog.log(actor.user_id, "leave", f"请假 {words(row)}", user_id=actor.user_id)
    _tell_deciders(row)
    return row


def _overlapping(user_id: uuid.UUID | None, first: date, last: date) -> Leave | None:
    return db.session.scalar(select(Leave).where(
        Leave.user_id == user_id, Leave.state.in_(("asked", "approved")), Leave.first_on <= last, Leave.last_on >= first).limit(1))


def _tell_deciders(row: Leave) -> None:
    """The leads of the person's squads hear of it; without any the desk."""
    mine = select(Member.team_id).where(Member.user_id == row.user_id)
    leads = set(db.session.scalars(select(Member.user_id).where(
        Member.team_id.in_(mine), Member.role == "lead", Member.user_id != row.user_id,
        or_(Member.ends_on.is_(None), Member.ends_on >= teams.today()))))
    names = sorted(f"user:{user}" for user in leads) or ["role:duty"]
    payload = {"name": row.user.name if row.user else _name(row.user_id), "days": words(row), "link": "/crew/leave"}
    for name in names:
        outbox.steer(f"leave:{row.id}:{name}", name, "crew.leave", payload)


def _name(user_id: uuid.UUID) -> str:
    return db.session.get_one(User, user_id).name


def find(leave_id: uuid.UUID) -> Leave:
    """A request; NotFound."""
    row = db.session.get(Leave, leave_id, with_for_update={"of": Leave})
    if row is None:
        raise NotFound()
    return row


def may_see(actor: Actor, row: Leave) -> bool:
    return row.user_id == actor.user_id or crew.plans_for(actor, row.user)


def decide(actor: Actor, row: Leave, approve: bool, answer: str = "") -> Leave:
    """Approves or refuses; never one's own. A refusal says why. Approved, the person's shifts in these days are taken out."""
    if not crew.plans_for(actor, row.user):
        raise NotAllowed("请假由值班编辑、总编辑或队长来批，不能批自己的。")
    if row.state != "asked":
        raise NotPossible("这条请假已经有结果了。")
    said = clean(answer)[:300]
    if not approve and not said:
        raise Invalid({"answer": "不批要说明原因。"})
    row.state, row.decided_by, row.decided_at, row.answer = "approved" if approve else "refused", actor.user_id, clock.now(), said
    if approve:
        _into_roster(row)
    db.session.flush()
    crewlog.log(actor.user_id, "leave", f"{'批了' if approve else '没有批'} {words(row)}", user_id=row.user_id)
    outbox.tell(f"leave:{row.id}:{row.state}", f"user:{row.user_id}", "crew.leave_answer",
                {"days": words(row), "answer": "批了" if approve else "没有批，请看原因", "link": "/crew/leave"})
    return row


def _into_roster(row: Leave) -> None:
    start, end = crew.midnight(row.first_on), crew.midnight(row.last_on + DAY)
    for turn in db.session.scalars(select(Shift).where(
            Shift.user_id == row.user_id, Shift.kind != shifts.LEAVE, Shift.starts_at < end, Shift.ends_at > start,
            Shift.starts_at > clock.now())):
        db.session.delete(turn)
    shift = ledger.new(Shift, user_id=row.user_id, kind=shifts.LEAVE, starts_at=start, ends_at=end, made_by=row.decided_by)
    db.session.add(shift)
    db.session.flush()
    row.shift_id = shift.id


def withdraw(actor: Actor, row: Leave) -> Leave:
    """Takes a request back, or ends approved leave early: who comes back is there from now on. Days gone by stay on record."""
    if row.user_id != actor.user_id and not crew.plans_for(actor, row.user):
        raise NotAllowed()
    today = teams.today()
    if row.state not in ("asked", "approved") or row.last_on < today:
        raise NotPossible("这条请假已经结束了。")
    turn = db.session.get(Shift, row.shift_id) if row.shift_id else None
    if turn is not None and turn.starts_at < clock.now():
        turn.ends_at = max(clock.now(), turn.starts_at + timedelta(minutes=1))  # what has been stays
        row.last_on = max(row.first_on, today)
        row.answer = f"{row.answer}（{today:%m-%d} 提前回来）"
    else:
        row.state, row.shift_id = "withdrawn", None
        db.session.flush()
        if turn is not None:
            db.session.delete(turn)
    db.session.flush()
    crewlog.log(actor.user_id, "leave", f"撤回或提前结束 {words(row)}", user_id=row.user_id)
    return row


# -- lists ------------------------------------------------------------------------------------------------------------


def mine(actor: Actor, limit: int = 30) -> list[LeaveRow]:
    """A person's own requests, the newest first."""
    rows = db.session.scalars(select(Leave).where(Leave.user_id == actor.user_id)
                              .order_by(Leave.last_on.desc(), Leave.id.desc()).limit(limit)).all()
    return _rows(actor, rows)


def to_decide(actor: Actor) -> list[LeaveRow]:
    """What waits for this person's word, the nearest days first."""
    rows = db.session.scalars(select(Leave).where(Leave.state == "asked", Leave.last_on >= teams.today())
                              .order_by(Leave.first_on, Leave.id).limit(200)).all()
    return [one for one in _rows(actor, rows) if one.may_decide]


def coming(actor: Actor, days: int = 60) -> list[LeaveRow]:
    """Approved leave that is not over, of people this person may plan for (all of it for the desk)."""
    today = teams.today()
    rows = db.session.scalars(select(Leave).where(
        Leave.state == "approved", Leave.last_on >= today, Leave.first_on <= today + timedelta(days=days))
        .order_by(Leave.first_on, Leave.id).limit(200)).all()
    return [one for one in _rows(actor, rows) if one.mine or one.may_decide or crew.plans(actor)]


def _rows(actor: Actor, rows: Any) -> list[LeaveRow]:
    users = {row.user_id for row in rows}
    held = {user: count for user, count in db.session.execute(select(Assignment.assignee_id, func.count()).where(
        Assignment.assignee_id.in_(users), Assignment.state == "accepted").group_by(Assignment.assignee_id))} if users else {}
    turns = db.session.execute(select(Shift.user_id, Shift.starts_at, Shift.ends_at).where(
        Shift.user_id.in_(users), Shift.kind != shifts.LEAVE, Shift.ends_at > clock.now())).all() if users else []
    today, found = teams.today(), []
    for row in rows:
        own, plans = row.user_id == actor.user_id, crew.plans_for(actor, row.user)
        start, end = crew.midnight(row.first_on), crew.midnight(row.last_on + DAY)
        found.append(LeaveRow(
            row.id, row.user_id, row.user.name, row.first_on, row.last_on, row.note if own or plans else "", row.state,
            row.answer if own or plans else "", row.decider.name if row.decider else "",
            held.get(row.user_id, 0), sum(1 for one in turns if one.user_id == row.user_id and one.starts_at < end
                                          and one.ends_at > start), own, plans,
            (own or plans) and row.state in ("asked", "approved") and row.last_on >= today))
    return found
