"""The hand-over from one officer of a unit to the next: a note, the open orders of that moment, and who took over (R44)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select

from civic import ledger
from civic.access.actor import Actor
from civic.departments import roster
from civic.departments.queries import headline
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound, NotPossible
from civic.kit.text import clean
from civic.models import HandOver, Referral, db


def waiting(departments: Iterable[str]) -> list[HandOver]:
    """Hand-overs nobody has confirmed yet, newest first."""
    return list(db.session.scalars(select(HandOver).where(
        HandOver.department.in_(list(departments)), HandOver.taken_at.is_(None), HandOver.replaced_at.is_(None))
        .order_by(HandOver.created_at.desc())))


def past(departments: Iterable[str], limit: int = 10) -> list[HandOver]:
    """The last ones that were taken over."""
    return list(db.session.scalars(select(HandOver).where(
        HandOver.department.in_(list(departments)), HandOver.taken_at.is_not(None))
        .order_by(HandOver.created_at.desc()).limit(limit)))


def open_orders(departments: Iterable[str]) -> list[tuple[str, str, str, datetime | None]]:
    """Number, name, state and clock of what is open, the most pressing first: what goes over to the next one."""
    due_at = func.coalesce(Referral.due_at, Referral.sign_due_at)
    rows = db.session.execute(select(Referral.number, Referral.brief, Referral.state, due_at).where(
        Referral.department.in_(list(departments)), Referral.state.in_(("sent", "working"))).order_by(due_at, Referral.number))
    return [(number, headline(brief), state, due) for number, brief, state, due in rows]


def hand_over(actor: Actor, department: str, note: str) -> HandOver:
    """Leaves a note and the list of the unit's open orders as they stand now. An older one of the same officer that
    nobody took is replaced. Both officers are named inside the unit only."""
    roster.must_keep(actor, department)
    words = clean(note)
    if not 2 <= len(words) <= 2000:
        raise Invalid({"note": "写几句交给下一班的话（2 到 2000 字）。"})
    for old in waiting([department]):
        if old.from_user_id == actor.user_id:
            old.replaced_at = clock.now()
    row = ledger.new(HandOver, department=department, from_user_id=actor.user_id, from_name=actor.name, note=words, orders=[
        {"number": number, "title": title, "state": state, "due": due.isoformat() if due else None}
        for number, title, state, due in open_orders([department])])
    db.session.add(row)
    db.session.flush()
    return row


def over(actor: Actor, over_id: uuid.UUID) -> HandOver:
    """A hand-over of the person's own unit; NotFound otherwise."""
    row = db.session.get(HandOver, over_id)
    if row is None or row.department not in actor.departments:
        raise NotFound()
    return row


def take_over(actor: Actor, row: HandOver) -> HandOver:
    """The next officer confirms: from now on it is theirs. Not the one who handed over, and once only."""
    roster.must_keep(actor, row.department)
    row = db.session.get_one(HandOver, row.id, with_for_update=True, populate_existing=True)
    if row.taken_at is not None:
        raise NotPossible(f"{row.taken_name}已经接班了。")
    if row.replaced_at is not None:
        raise NotPossible("这份交班已经换成新的一份，请接新的那份。")
    if row.from_user_id == actor.user_id:
        raise NotAllowed("交班的人不能自己接班，要由下一班的人确认。")
    row.taken_by, row.taken_name, row.taken_at = actor.user_id, actor.name, clock.now()
    db.session.flush()
    return row
