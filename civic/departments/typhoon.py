"""台风洪涝应急 (R43): switched on and off by hand; meanwhile the clocks of all orders but emergencies stand still.

Starting twice, ending twice, and looking again change nothing: one mode runs at a time, one stop an order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select

from civic import ledger
from civic.access.actor import Actor
from civic.departments import stops, terms
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotPossible
from civic.kit.text import clean
from civic.ledger import clocks, timers
from civic.models import Case, Referral, Suspension, TyphoonMode, User, db
from civic.notify import outbox
from civic.reference import emergency, version
from civic.workflow import tables

SWITCHERS = frozenset({"chief", "admin"})
SERVE = "serve"
RUNNING = ("sent", "working")
LIMITS = {"name": (2, 30), "reason": (4, 300), "notice": (10, 300)}
LABELS = {"name": "叫什么", "reason": "为什么启动", "notice": "给公众的告示"}


def start(actor: Actor, data: Mapping[str, Any]) -> TyphoonMode:
    """Switches the mode on with its name, reason and public notice, and stops the clocks. NotPossible when it runs."""
    _may_switch(actor)
    given = {name: clean(str(data.get(name) or "")) for name in LIMITS}
    errors = {name: f"「{LABELS[name]}」要 {least} 到 {most} 字（R43）。" for name, (least, most) in LIMITS.items()
              if not least <= len(given[name]) <= most}
    if errors:
        raise Invalid(errors)
    version.lock()
    running = _running()
    if running is not None:
        raise NotPossible(f"「{running.name}」已经在应急状态，不用再启动（R43）。")
    moment = clock.now()
    mode = ledger.new(TyphoonMode, started_at=moment, started_by=actor.user_id, ended_at=None, **given)
    db.session.add(mode)
    db.session.flush()
    version.bump()
    stop_all(actor.name)
    for role in ("duty", "chief", "supervisor", "officer"):
        outbox.tell(f"typhoon:{mode.id}:{role}", f"role:{role}", "typhoon.start", {"name": mode.name})
    return mode


def end(actor: Actor) -> TyphoonMode:
    """Switches the mode off: every clock that stood runs again, its date moved with the reason (R35)."""
    _may_switch(actor)
    version.lock()
    mode = _running()
    if mode is None:
        raise NotPossible("没有在应急状态（R43）。")
    moment = clock.now()
    for order in db.session.scalars(_standing()).all():
        if order.state in RUNNING:
            run_clock(Actor.system(), order, {"approver": actor.name})
        else:
            stops.close(order, moment)
    mode.ended_at, mode.ended_by = moment, actor.user_id
    db.session.flush()
    version.bump()
    for role in ("duty", "chief", "supervisor", "officer"):
        outbox.tell(f"typhoon-end:{mode.id}:{role}", f"role:{role}", "typhoon.end", {"name": mode.name})
    return mode


def _may_switch(actor: Actor) -> None:
    if not actor.grants & SWITCHERS:
        raise NotAllowed("应急状态由总编辑或管理员开关（R43）。")


def _running() -> TyphoonMode | None:
    return db.session.scalar(select(TyphoonMode).where(TyphoonMode.ended_at.is_(None)).with_for_update())


def _stopped() -> Any:
    return exists().where(Suspension.referral_id == Referral.id, Suspension.ended_at.is_(None))


def _standing() -> Any:
    return select(Referral).where(_stopped()).order_by(Referral.created_at)


def stop_all(approver: str = "") -> int:
    """Stops the clock of every live order that is no emergency and does not stand yet; returns how many."""
    mode = emergency.current()
    if mode is None:
        return 0
    rows = db.session.scalars(select(Referral).join(Case, Case.id == Referral.case_id).where(
        Referral.state.in_(RUNNING), Referral.sla != "E", Case.urgency != "emergency", ~_stopped())
        .order_by(Referral.created_at)).all()
    for order in rows:
        stop_clock(Actor.system(), order, {"approver": approver})
    return len(rows)


def keep() -> int:
    """For the scheduler: what was served while the mode was being switched on stands still too; what became an
    emergency meanwhile runs again."""
    found = stop_all()
    for order in db.session.scalars(_standing()).all():
        if order.state in RUNNING and clocks.urgent(order):
            run_clock(Actor.system(), order)
            found += 1
    db.session.commit()
    return found


# -- the verbs on one order -------------------------------------------------------------------------------------------


def stop_clock(actor: Actor, order: Referral, data: Mapping[str, Any] | None = None, seen: int | None = None) -> Referral:
    """Stops one order's clock while the mode runs: no reminders, no deemed service, nothing overdue meanwhile."""
    mode = emergency.current()
    log: dict[str, Any] = {"because": mode.name if mode else "", "approver": str((data or {}).get("approver") or "")}

    def apply(moment: datetime) -> None:
        stops.stand(order, moment)
        timers.cancel("referral", order.id, moment, [SERVE, *(spec.name for spec in terms.WORKING)])
    ledger.perform(actor, "referral", order, "stop_clock", {}, seen=seen, apply=apply, log=log)
    return order


def run_clock(actor: Actor, order: Referral, data: Mapping[str, Any] | None = None, seen: int | None = None) -> Referral:
    """Lets one order's clock run again; the dates move by the stop and the ladder counts from the new one."""
    log: dict[str, Any] = {"approver": str((data or {}).get("approver") or "")}

    def apply(moment: datetime) -> None:
        log.update(terms.end_stop(order, moment))
        if order.state == "sent":
            timers.cancel("referral", order.id, moment, [SERVE])
            timers.start("referral", order, tables.machine("referral").timers["sent"], moment)
        elif clocks.running_pause(order) is None:
            timers.restart("referral", order, terms.WORKING, moment)
    ledger.perform(actor, "referral", order, "run_clock", {}, seen=seen, apply=apply, log=log)
    return order




# -- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Past:
    """A mode that ran or runs, with how many clocks stood still for it."""

    mode: TyphoonMode
    orders: int
    by: str
    ended_by: str


def listed(limit: int = 30) -> list[Past]:
    """The modes, newest first. Two statements."""
    counted = select(Suspension.mode_id, func.count().label("n")).group_by(Suspension.mode_id).subquery()
    rows = db.session.execute(select(TyphoonMode, func.coalesce(counted.c.n, 0)).outerjoin(
        counted, counted.c.mode_id == TyphoonMode.id).order_by(TyphoonMode.started_at.desc()).limit(limit)).all()
    ids = {key for mode, _ in rows for key in (mode.started_by, mode.ended_by) if key}
    names = {key: name for key, name in db.session.execute(select(User.id, User.name).where(User.id.in_(ids)))}
    return [Past(mode, n, names.get(mode.started_by, ""), names.get(mode.ended_by, "")) for mode, n in rows]


def affected() -> tuple[int, int]:
    """How many live orders would stand still, and how many emergencies would go on, were it switched on now."""
    urgent = (Referral.sla == "E") | (Case.urgency == "emergency")
    rows = db.session.execute(select(urgent, func.count()).select_from(Referral).join(Case, Case.id == Referral.case_id)
                              .where(Referral.state.in_(RUNNING)).group_by(urgent))
    counts = {bool(key): int(n) for key, n in rows}
    return counts.get(False, 0), counts.get(True, 0)
