"""Fires due timers and ends what has run out. Independent of the queue: it reads and writes the database only."""

from __future__ import annotations

import logging
from datetime import timedelta

from sqlalchemy import delete, exists, or_, select

from civic.access import shifts
from civic.access.actor import Actor
from civic.kit import clock, fault
from civic.kit.result import DomainError, NotPossible
from civic.ledger import objects
from civic.models import Assignment, Case, CheckIn, FormNonce, Note, Referral, Timer, db
from civic.notify import outbox
from civic.verbs import OPERATIONS
from civic.workflow import tables
from civic.workflow.dispatching import CONFERENCE_TIMER

log = logging.getLogger("civic.jobs")
NONCE_LIFE = timedelta(days=2)
MAX_TRIES = 5


def sweep(limit: int = 200) -> int:
    """Fires up to `limit` due timers, each in a transaction of its own; returns how many were handled."""
    done = 0
    while done < limit:
        timer = db.session.scalar(
            select(Timer).where(Timer.due_at <= clock.now(), Timer.fired_at.is_(None), Timer.cancelled_at.is_(None))
            .order_by(Timer.due_at).limit(1).with_for_update(skip_locked=True))
        if timer is None:
            db.session.rollback()
            break
        _fire(timer)
        done += 1
    return done


def _fire(timer: Timer) -> None:
    """Does what the timer says. A refusal by the rules ends it; an error puts it off and is shown."""
    timer_id = timer.id
    try:
        if timer.effect == "nudge":
            _nudge(timer)
        else:
            obj = objects.load(timer.machine, timer.object_id)
            OPERATIONS[timer.machine, timer.effect](Actor.system(), obj, {})
        timer = db.session.get_one(Timer, timer_id)
        timer.fired_at = clock.now()
        db.session.commit()
    except NotPossible as refusal:
        db.session.rollback()
        _end(timer_id, "; ".join(refusal.reasons))
    except DomainError as refusal:
        db.session.rollback()
        _end(timer_id, refusal.message)
    except Exception as error:
        db.session.rollback()
        log.error("timer %s failed: %s", timer_id, fault.where(error))
        _put_off(timer_id, error)


def _end(timer_id: object, why: str) -> None:
    timer = db.session.get_one(Timer, timer_id)
    timer.fired_at, timer.error = clock.now(), why[:500]
    db.session.commit()


def _put_off(timer_id: object, error: Exception) -> None:
    timer = db.session.get_one(Timer, timer_id)
    timer.tries += 1
    timer.error = fault.brief(error)
    if timer.tries >= MAX_TRIES:
        timer.fired_at = clock.now()
    else:
        timer.due_at = clock.now() + timedelta(minutes=2 ** timer.tries)
    db.session.commit()


def _nudge(timer: Timer) -> None:
    """Tells whoever has the move that time is up or nearly up."""
    obj = objects.load(timer.machine, timer.object_id)
    machine = tables.machine(timer.machine)
    known = (*machine.timers.values(), *(move.timers for move in machine.moves), (CONFERENCE_TIMER,))
    spec = next((item for specs in known for item in specs if item.name == timer.name), None)
    payload = {"object": str(timer.object_id), "note": spec.note if spec else "", "timer": timer.name}
    for recipient in sorted({here for name in _whom(timer, obj) for here in shifts.route(name)}):
        outbox.tell(f"timer:{timer.id}:{recipient}", recipient, f"{timer.machine}.nudge", payload)


def _whom(timer: Timer, obj: object) -> list[str]:
    if _moved_already(timer, obj):
        return []
    if isinstance(obj, Referral):
        late = timer.name in ("circulate", "long_overdue", "overdue")
        if obj.state in ("draft", "answered") or timer.name in ("decide_extension", "decide", CONFERENCE_TIMER.name):
            return ["role:duty"]
        if timer.name in ("control", "contact", "interim"):
            return [f"department:{obj.department}", "role:duty"]
        return [f"department:{obj.department}", *(["role:supervisor", "role:chief"] if late else [])]
    if isinstance(obj, Assignment) and obj.assignee_id and obj.state == "accepted":
        if shifts.away([obj.assignee_id]):
            return ["role:duty"]  # nobody is called back from leave: the desk decides who goes on
        return [f"user:{obj.assignee_id}", *(["role:duty"] if timer.name == "silent" else [])]
    return ["role:intake", "role:duty"] if timer.machine == "tip" else ["role:duty"]


def _moved_already(timer: Timer, obj: object) -> bool:
    """Whether what the timer asks for has happened without a change of state: dispatched or put off, gone there."""
    if isinstance(obj, Case) and timer.name == "dispatch":
        children = [exists().where(model.case_id == obj.id, model.round == obj.round) for model in (Assignment, Referral)]
        return obj.hold_until is not None or bool(db.session.scalar(select(or_(*children))))
    if isinstance(obj, Assignment) and timer.name == "contact":
        signs = [exists().where(model.assignment_id == obj.id) for model in (CheckIn, Note)]
        return bool(db.session.scalar(select(or_(*signs))))
    return False


def end_holds() -> int:
    """Ends deferrals whose day has come and reminds the desk."""
    today = clock.local(clock.now()).date()
    rows = db.session.scalars(select(Case).where(Case.state == "open", Case.hold_until <= today)).all()
    for case in rows:
        OPERATIONS["case", "resume"](Actor.system(), case, {})
        outbox.steer(f"hold:{case.id}:{today}", "role:duty", "case.nudge", {"object": str(case.id), "note": "缓办到期"})
    db.session.commit()
    return len(rows)


def forget_nonces() -> int:
    """Drops form nonces nobody can send again."""
    gone = db.session.execute(delete(FormNonce).where(FormNonce.created_at < clock.now() - NONCE_LIFE)
                              .returning(FormNonce.nonce)).all()
    db.session.commit()
    return len(gone)
