"""R36: another category means another class; running orders are counted again from their dispatch, and the old date stays on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.departments import terms
from civic.kit import clock
from civic.ledger import timers
from civic.models import Case, Referral, db
from civic.reference import calendars, lookup
from civic.workflow.calendar import Due, Term
from civic.workflow.labels import RUNNING_REFERRAL

Data = Mapping[str, Any]
FLOOR = Term.parse("1wd")
"""Nobody is made late by a correction: the new date is at least one working day away, unless the old one was nearer."""


def describe(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """Corrects the case; when its category changes, the orders under the old category's class take the new one's."""
    before = case.category
    cases.describe(actor, case, data, seen)
    if case.category != before:
        old, new = lookup.category(before), lookup.category(case.category)
        if old is not None and new is not None and old.sla != new.sla:
            for order in _running(case, old.sla):
                reclass(actor, order, {"sla": new.sla, "category": lookup.category_name(case.category)})
    return case


def _running(case: Case, sla: str) -> list[Referral]:
    return list(db.session.scalars(select(Referral).where(
        Referral.case_id == case.id, Referral.round == case.round, Referral.sla == sla,
        Referral.state.in_(RUNNING_REFERRAL)).order_by(Referral.created_at)))


def reclass(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
    """Gives one order the class `sla` (else its case's category's) and counts its dates from the original dispatch."""
    given = dict(data or {})
    found = lookup.category(order.case.category)
    sla = str(given.get("sla") or (found.sla if found else order.sla))
    log: dict[str, Any] = {"from_sla": order.sla, "sla": sla}

    def apply(moment: datetime) -> None:
        order.sla = sla
        if order.served_at is None or order.due_at is None:
            order.sign_due_at = max(terms.sign_due(order, order.sent_at or moment), moment)
            return
        due = _due(order, moment)
        order.term = str(terms.counted(order, order.served_at)[0].closing)
        if due.at != order.due_at:
            log.update(terms.move(order, due, terms.because(order, f"类别改为{given.get('category') or '另一类'}，从转办时间重新计算")))
            terms.restart_ladder(order, moment)
    ledger.perform(actor, "referral", order, "reclass", {}, seen=seen, apply=apply, log=log)
    if order.state == "sent" and order.sign_due_at:
        timers.restart("referral", order, terms.SIGNING, clock.now())
    return order


def _due(order: Referral, moment: datetime) -> Due:
    """The closing date of the present class from the original service, moved by what pauses and extensions gave."""
    assert order.served_at is not None and order.due_at is not None
    calendar = calendars.current()
    dates, fresh = terms.counted(order, order.served_at)
    at = fresh.at
    for pause in order.pauses:
        if pause.ended_at is not None and pause.started_at <= at:
            at = calendar.shift_by_pause(at, pause.started_at, pause.ended_at, dates.closing.unit).at
    granted = [one.until for one in order.extensions if one.state == "granted"]
    floor = min(order.due_at, calendar.add(moment, FLOOR).at)
    return Due(max([at, floor, *granted]), fresh.provisional)
