"""Conferences 会商 (R16): the second objection of a case opens one; its decision binds everybody and joins the catalogue."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, tuple_

from civic import ledger
from civic.access.actor import Actor
from civic.departments import brief, drafting, terms
from civic.kit import clock, keyset
from civic.kit.result import Invalid, NotFound
from civic.ledger import timers
from civic.models import Case, CatalogueEntry, Conference, Objection, Referral, User, db
from civic.notify import outbox
from civic.reference import catalogue, lookup
from civic.workflow.dispatching import CONFERENCE_TIMER
from civic.workflow.labels import LIVE_REFERRAL, RUNNING_REFERRAL

Data = Mapping[str, Any]
PAGE = 30


def open_for(order: Referral, moment: datetime) -> Conference:
    """Opens the conference over an order: every unit that had the matter or was named for it is invited. Due in 3 wd."""
    number = int(db.session.scalar(select(func.count()).select_from(Conference).where(
        Conference.case_id == order.case_id)) or 0) + 1
    row = ledger.new(Conference, number=number, case_id=order.case_id, referral_id=order.id, units=_units(order),
                     opened_at=moment, due_at=timers.due_at("referral.conference", moment))
    db.session.add(row)
    db.session.flush()
    for unit in row.units:
        if unit != order.department:
            outbox.tell(f"conference:{row.id}:{unit}", f"department:{unit}", "referral.confer_open", _about(order, row))
    return row


def _about(order: Referral, row: Conference) -> dict[str, Any]:
    return {"machine": "referral", "object": str(order.id), "command": "confer_open", "after": order.state,
            "case": str(order.case_id), "link": f"/orders/conference/{row.id}"}


def _units(order: Referral) -> list[str]:
    """The units that objected and those they named, in the order they came up."""
    rows = db.session.execute(select(Referral.department, Objection.unit).join(
        Objection, Objection.referral_id == Referral.id).where(
        Referral.case_id == order.case_id, Referral.round == order.round).order_by(Objection.asked_at, Referral.number))
    return list(dict.fromkeys(code for pair in rows for code in pair))


def arm(order: Referral, moment: datetime) -> None:
    """Three working days now stand in place of the one the desk had alone."""
    timers.cancel("referral", order.id, moment, ["decide", CONFERENCE_TIMER.name])
    timers.start("referral", order, (CONFERENCE_TIMER,), moment)


def decide_objection(order: Referral, state: str, actor: Actor, moment: datetime, note: str) -> None:
    objection = order.objections[-1]
    objection.state, objection.decided_at, objection.decided_by, objection.note = state, moment, actor.user_id, note


def sitting(order: Referral) -> Conference | None:
    """The conference over this order that has not decided."""
    return db.session.scalar(select(Conference).where(Conference.referral_id == order.id, Conference.decided_at.is_(None)))


def of_case(case_id: uuid.UUID) -> list[Conference]:
    """The conferences of a case, oldest first."""
    return list(db.session.scalars(select(Conference).where(Conference.case_id == case_id).order_by(Conference.number)))


# -- the moves --------------------------------------------------------------------------------------------------------


def call(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """Says when and where the units meet; every invited unit is told."""
    def apply(_: datetime) -> None:
        row = _must_sit(order)
        row.meets_at, row.meets_where = data["meets_at"], str(data["meets_where"]).strip()
    event = ledger.perform(actor, "referral", order, "confer_call", data, seen=seen, apply=apply)
    row = _must_sit(order)
    for unit in row.units:
        if unit != order.department:
            outbox.tell(f"{event.id}:department:{unit}", f"department:{unit}", "referral.confer_call",
                        {**_about(order, row), "command": "confer_call"})
    return order


def _must_sit(order: Referral) -> Conference:
    row = sitting(order)
    if row is None:
        raise NotFound()
    return row


def stay(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """The unit that has the order keeps it. Its clock never stopped, and nobody objects again."""
    log = _kept(data, order.department)

    def apply(moment: datetime) -> None:
        row = _decided(actor, order, data, moment, "stay", order.department)
        decide_objection(order, "refused", actor, moment, f"会商决定：{data['public_text']}")
        timers.cancel("referral", order.id, moment, ["decide", CONFERENCE_TIMER.name])
        _enter(actor, order, row)
    ledger.perform(actor, "referral", order, "confer_stay", data, seen=seen, apply=apply, log=log)
    return order


def move(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """Another unit gets it, one that was in the quarrel or a third: the order is taken back and the next one drafted.

    The new order has a clock of its own (R14: the objection was upheld). Returns the order that ended.
    """
    unit = str(data.get("unit") or "")
    log = _kept(data, unit)
    made: list[Conference] = []

    def apply(moment: datetime) -> None:
        _check_unit(order, unit)
        row = _decided(actor, order, data, moment, "move", unit)
        terms.close_pause(order, moment)
        decide_objection(order, "granted", actor, moment, f"会商决定：{data['public_text']}")
        order.ended_at, order.end_reason = moment, f"会商决定改由{lookup.department_name(unit)}办理"
        _enter(actor, order, row)
        made.append(row)
    ledger.perform(actor, "referral", order, "confer_move", data, seen=seen, apply=apply, log=log)
    made[0].next_id = _next(actor, order, unit, made[0]).id
    db.session.flush()
    return order


def _kept(data: Data, unit: str) -> dict[str, Any]:
    """What the log keeps: the decision and its public sentence; the minutes stand on the conference."""
    return {"unit": unit, "basis": data.get("basis"), "public_text": data.get("public_text")}


def _check_unit(order: Referral, unit: str) -> None:
    info = lookup.department(unit)
    if info is None or not info.receives:
        raise Invalid({"unit": "没有这个单位，或者它不接收转办单（R10）。"})
    if unit == order.department:
        raise Invalid({"unit": "仍由这个单位办，请用「仍由这个单位办」（R16）。"})
    if unit == order.case.named_party:
        raise Invalid({"unit": "这个单位就是被反映的一方，要转它的上级或督查室（R11）。"})
    live = select(Referral.number).where(Referral.case_id == order.case_id, Referral.department == unit,
                                         Referral.state.in_(LIVE_REFERRAL))
    if number := db.session.scalar(live.limit(1)):
        raise Invalid({"unit": f"它已有一张在办的转办单 {number}；先撤那一张，再由会商定（R12）。"})


def _decided(actor: Actor, order: Referral, data: Data, moment: datetime, decision: str, unit: str) -> Conference:
    words = {name: str(data.get(name) or "") for name in ("participants", "minutes", "basis", "public_text")}
    if errors := brief.private_errors(order.case, words, ("participants", "minutes", "basis", "public_text")):
        raise Invalid(errors)
    row = _must_sit(order)
    row.decision, row.decided_unit, row.decided_at, row.decided_by = decision, unit, moment, actor.user_id
    row.participants, row.minutes, row.basis, row.public_text = (
        words["participants"], words["minutes"], words["basis"], words["public_text"])
    return row


def _enter(actor: Actor, order: Referral, row: Conference) -> None:
    """Every decision becomes a catalogue entry, so that the next case of the kind goes there at once."""
    case = order.case
    if order.duty != "lead" or not case.category or lookup.category(case.category) is None:
        return
    catalogue.add({"category": case.category, "town": case.town, "department": row.decided_unit, "role": "lead",
                   "valid_from": clock.local(row.decided_at or clock.now()).date(),
                   "note": f"{case.number} 会商：{row.basis}"}, actor.user_id, source="conference", conference=row.id)


def _next(actor: Actor, order: Referral, unit: str, row: Conference) -> Referral:
    """The draft for the unit the conference named, in the same words; another editor sends it."""
    given = {"department": unit, "duty": order.duty, "brief": order.brief, "basis": row.basis, "sla": order.sla,
             "items": [item.text for item in order.items], "override": f"会商决定（R16）：{row.public_text}"}
    return drafting.draft(actor, order.case, given)


# -- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A conference in the list. `state`: open, decided, or over when the order went another way meanwhile."""

    conference: Conference
    case_number: str
    case_title: str
    order_number: str
    department: str
    state: str
    late: bool


def state_of(row: Conference, order_state: str) -> str:
    if row.decided_at is not None:
        return "decided"
    return "open" if order_state in RUNNING_REFERRAL else "over"


def listing(after: str = "") -> tuple[list[Row], str]:
    """Open ones first by their date, then the decided, newest first; a page and the key of the next."""
    moment = clock.now()
    sits = and_(Conference.decided_at.is_(None), Referral.state.in_(RUNNING_REFERRAL))
    base = select(Conference, Case.number, Case.title, Referral.number, Referral.department, Referral.state).join(
        Referral, Referral.id == Conference.referral_id).join(Case, Case.id == Conference.case_id)
    rows = [] if after else db.session.execute(base.where(sits).order_by(Conference.due_at, Conference.id)).all()
    when = func.coalesce(Conference.decided_at, Conference.opened_at)
    past = base.where(or_(Conference.decided_at.is_not(None), Referral.state.not_in(RUNNING_REFERRAL)))
    if last := keyset.read(after):
        past = past.where(tuple_(when, Conference.id) < last)
    ended = db.session.execute(past.order_by(when.desc(), Conference.id.desc()).limit(PAGE + 1)).all()
    found = [Row(row, case_number, title, number, unit, state_of(row, state),
                 row.decided_at is None and state in RUNNING_REFERRAL and row.due_at < moment)
             for row, case_number, title, number, unit, state in (*rows, *ended[:PAGE])]
    key = found[-1].conference if len(ended) > PAGE else None
    return found, keyset.write(key.decided_at or key.opened_at, key.id) if key else ""


def find(conference_id: uuid.UUID) -> Conference:
    row = db.session.get(Conference, conference_id)
    if row is None:
        raise NotFound()
    return row


def invited(actor: Actor, conference_id: uuid.UUID) -> Conference:
    """The conference if a unit of the actor is invited; NotFound otherwise."""
    row = find(conference_id)
    if not actor.departments.intersection(row.units):
        raise NotFound()
    return row


def of_order(order: Referral) -> list[Conference]:
    """The conferences of the case that the order's unit is invited to, for its order page."""
    return [row for row in of_case(order.case_id) if order.department in row.units]


def next_of(row: Conference) -> Referral | None:
    """The order that was drafted for the unit it was moved to."""
    return db.session.get(Referral, row.next_id) if row.next_id else None


def decider(row: Conference) -> str:
    """Who wrote the decision down."""
    found = db.session.get(User, row.decided_by) if row.decided_by else None
    return found.name if found else ""


def objections(row: Conference) -> Sequence[tuple[Objection, str]]:
    """The objections that led to it, with the unit that raised each, oldest first."""
    found = db.session.execute(select(Objection, Referral.department).join(
        Referral, Referral.id == Objection.referral_id).where(
        Referral.case_id == row.case_id, Referral.round == row.referral.round, Objection.asked_at <= row.opened_at)
        .order_by(Objection.asked_at))
    return [(objection, unit) for objection, unit in found]


def entry_of(row: Conference) -> CatalogueEntry | None:
    """The catalogue entry the decision became."""
    return db.session.scalar(select(CatalogueEntry).where(CatalogueEntry.conference_id == row.id))


def earlier(category: str | None, town: str | None) -> Conference | None:
    """The last conference that decided who has this kind of problem in this town, while its entry holds."""
    lead = lookup.catalogue(category, town) if category and lookup.category(category) else None
    if lead is None or lead.entry is None or lead.entry.source != "conference":
        return None
    return db.session.scalar(select(Conference).join(CatalogueEntry, CatalogueEntry.conference_id == Conference.id).where(
        CatalogueEntry.id == lead.entry.id))
