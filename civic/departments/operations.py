"""The verbs of an order 转办单: each asks the door, then writes the rows beside. Whoever answers does not settle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from civic import ledger
from civic.access.actor import Actor
from civic.access.roles import roles_for
from civic.departments import answers, brief, recount, terms
from civic.kit.result import Invalid, NotAllowed
from civic.ledger import clocks, numbers, timers
from civic.models import Case, DemandItem, Extension, Objection, Pause, Referral, db
from civic.reference import calendars, lookup
from civic.workflow.calendar import Due

Data = Mapping[str, Any]
CONFERENCE = 2
"""R16: from this objection on within a case the units sit down together."""
SUPERVISED_REDO = 2
"""R23: sent back this often, the order goes to the supervising office."""
served = terms.served
"""For the demo world: serves an order at a moment in the past."""


def draft(actor: Actor, case: Case, data: Data) -> Referral:
    """Drafts an order from department, duty, brief, items and optional basis, sla, override, supersedes.

    Invalid when the words still hold private data (R33) or a town is to lead that may not (R10).
    """
    given, today = {**data, "items": brief.items(data.get("items"))}, brief.today()
    given["duty"] = given.get("duty") or "lead"
    order = ledger.new(
        Referral, number="", case_id=case.id, round=case.round, department=str(given.get("department") or ""),
        duty=given["duty"], brief=str(given.get("brief") or ""), basis=str(given.get("basis") or ""),
        sla=brief.sla_code(case, given.get("sla"), today), override=str(given.get("override") or ""),
        drafted_by=actor.user_id, external_no=given.get("external_no"), is_demo=case.is_demo)
    former = _replaced(case)
    order.supersedes_id = former.id if former else None
    for position, text in enumerate(given["items"], start=1):
        order.items.append(ledger.new(DemandItem, position=position, text=text))
    errors = {**brief.private_errors(case, given), **brief.unit_errors(case, given, today)}
    kept = {"department": order.department, "duty": order.duty, "sla": order.sla, "items": len(given["items"]),
            "override": order.override, "off_catalogue": brief.off_catalogue(case, order.department, today),
            "supersedes": former.number if former else None}
    if errors and roles_for(actor, "referral", None, case) & {"R", "D"}:
        raise Invalid(errors)
    order.number = numbers.referral_number(case.number)
    ledger.create(actor, "referral", order, "draft", given, case=case, log=kept)
    return order


def _replaced(case: Case) -> Referral | None:
    """The order that was returned last and that nothing has taken the place of yet."""
    followed = select(Referral.supersedes_id).where(Referral.case_id == case.id, Referral.supersedes_id.is_not(None))
    return db.session.scalar(select(Referral).where(
        Referral.case_id == case.id, Referral.round == case.round, Referral.state == "returned",
        Referral.id.not_in(followed)).order_by(Referral.ended_at.desc()).limit(1))


def suggested_unit(case: Case) -> str | None:
    """The unit named in the objection that was upheld: who the next order should go to."""
    former = _replaced(case)
    granted = [item.unit for item in former.objections if item.state == "granted"] if former else []
    return granted[-1] if granted else None


def send(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
    log: dict[str, Any] = {}

    def apply(moment: datetime) -> None:
        order.sent_at, order.sent_by, order.sign_due_at = moment, actor.user_id, terms.sign_due(order, moment)
        log["sign_due"] = order.sign_due_at.isoformat()
    ledger.perform(actor, "referral", order, "send", data, seen=seen, apply=apply, log=log)
    return order


def sign(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
    """The officer signs: the clock of the class starts now."""
    log: dict[str, Any] = {}

    def apply(moment: datetime) -> None:
        log.update(terms.served(order, moment))
        log["late"] = bool(order.sign_due_at and moment > order.sign_due_at)
    ledger.perform(actor, "referral", order, "sign", data, seen=seen, apply=apply, log=log)
    return order


def deem_served(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
    """Not signed in time: counts as signed at that moment, however late the clock comes to it (R13)."""
    log: dict[str, Any] = {}

    def apply(moment: datetime) -> None:
        log.update(terms.served(order, min(moment, order.sign_due_at or moment), deemed=True))
    ledger.perform(actor, "referral", order, "deem_served", data, seen=seen, apply=apply, log=log)
    return order


def redo(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """Hands the answer back with the reason and a new term; the second time the supervising office hears of it."""
    log: dict[str, Any] = {"reason": data.get("reason"), "term": data.get("term")}

    def apply(moment: datetime) -> None:
        order.redo_count += 1
        log.update(terms.redo(order, moment, data["term"], data["reason"]), count=order.redo_count)
        if order.redo_count >= SUPERVISED_REDO and order.escalated_at is None:
            order.escalated_at, log["escalated"] = moment, True
    ledger.perform(actor, "referral", order, "redo", data, seen=seen, apply=apply, log=log)
    return order


def _end(command: str) -> Callable[..., Referral]:
    def verb(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
        given = dict(data or {})

        def apply(moment: datetime) -> None:
            terms.close_pause(order, moment)
            order.ended_at, order.end_reason = moment, given.get("reason") or None
        ledger.perform(actor, "referral", order, command, given, seen=seen, apply=apply)
        return order
    return verb


settle, give_up, withdraw, discard = _end("settle"), _end("give_up"), _end("withdraw"), _end("discard")


# -- objections (R14–R16) ---------------------------------------------------------------------------------------------


def ask_return(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """The department says why it is not its duty and whose it is. The clock runs until the desk agrees."""
    unit = str(data.get("unit") or "")
    log: dict[str, Any] = {"basis": data.get("basis"), "unit": unit}

    def apply(moment: datetime) -> None:
        if lookup.department(unit) is None or unit == order.department:
            raise Invalid({"unit": "请选应当办理的另一个单位。"})
        order.objections.append(ledger.new(Objection, asked_by=actor.user_id, asked_at=moment, unit=unit,
                                           basis=data["basis"], state="asked", note=""))
        db.session.flush()
        log["number"] = objections_in_case(order)
        log["conference"] = log["number"] >= CONFERENCE
    ledger.perform(actor, "referral", order, "ask_return", data, seen=seen, apply=apply, log=log)
    return order


def objections_in_case(order: Referral) -> int:
    """How many objections this round of the case has seen, whoever raised them (R16)."""
    return int(db.session.scalar(select(func.count()).select_from(Objection).join(
        Referral, Referral.id == Objection.referral_id).where(
        Referral.case_id == order.case_id, Referral.round == order.round)) or 0)


def _decide(order: Referral, state: str, actor: Actor, moment: datetime, note: str) -> None:
    objection = order.objections[-1]
    objection.state, objection.decided_at, objection.decided_by, objection.note = state, moment, actor.user_id, note


def refuse_return(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    ledger.perform(actor, "referral", order, "refuse_return", data, seen=seen,
                   apply=lambda moment: _decide(order, "refused", actor, moment, data["reason"]))
    return order


def grant_return(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """Takes the order back; the next draft of the case is linked to it and suggests the unit named."""
    def apply(moment: datetime) -> None:
        terms.close_pause(order, moment)
        _decide(order, "granted", actor, moment, data["reason"])
        order.ended_at, order.end_reason = moment, data["reason"]
    ledger.perform(actor, "referral", order, "grant_return", data, seen=seen, apply=apply)
    return order


# -- pauses and extensions (R03, R17, R35) ----------------------------------------------------------------------------


def ask_pause(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """Stops the clock until the question is answered, five working days at most."""
    def apply(moment: datetime) -> None:
        order.pauses.append(ledger.new(Pause, question=data["question"], started_at=moment,
                                       until=timers.due_at("referral.pause", moment), on_citizen=False))
        terms.stop_ladder(order, moment)
    ledger.perform(actor, "referral", order, "ask_pause", data, seen=seen, apply=apply)
    return order


def end_pause(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
    """Lets the clock run again from where it stood; the due date moves by the pause."""
    given = dict(data or {})
    log: dict[str, Any] = {"text": given.get("text") or ""}

    def apply(moment: datetime) -> None:
        log.update(terms.end_pause(order, moment))
        timers.cancel("referral", order.id, moment, ["pause"])
        terms.restart_ladder(order, moment)
    ledger.perform(actor, "referral", order, "end_pause", given, seen=seen, apply=apply, log=log)
    return order


def ask_extension(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    def apply(moment: datetime) -> None:
        order.extensions.append(ledger.new(
            Extension, asked_at=moment, asked_by=actor.user_id, reason=data["reason"], state="asked", note="",
            interim=data.get("interim") or "", until=terms.end_of(data["until"])))
    ledger.perform(actor, "referral", order, "ask_extension", data, seen=seen, apply=apply)
    return order


def grant_extension(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
    """«原期限 → 现期限, because»: once, and not by somebody of the department that asks (R17)."""
    if order.department in actor.departments:
        raise NotAllowed("延期要由申请单位以外的人批准（R17）。")
    log: dict[str, Any] = {}

    def apply(moment: datetime) -> None:
        extension = _decide_extension(order, "granted", actor, moment)
        calendar = calendars.current()
        until = max(extension.until, order.due_at or extension.until)
        day = calendar.local_day(until)
        words = terms.because(order, f"申请延期获准：{extension.reason}")
        log.update(terms.move(order, Due(until, calendar.is_provisional(day)), words), interim=extension.interim)
        if clocks.running_pause(order) is None:
            terms.restart_ladder(order, moment)
    ledger.perform(actor, "referral", order, "grant_extension", data, seen=seen, apply=apply, log=log)
    return order


def refuse_extension(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    def apply(moment: datetime) -> None:
        _decide_extension(order, "refused", actor, moment).note = data["reason"]
    ledger.perform(actor, "referral", order, "refuse_extension", data, seen=seen, apply=apply)
    return order


def _decide_extension(order: Referral, state: str, actor: Actor, moment: datetime) -> Extension:
    extension = order.extensions[-1]
    extension.state, extension.decided_at, extension.decided_by = state, moment, actor.user_id
    return extension


# -- the ladder (R18, R19) --------------------------------------------------------------------------------------------


def remind(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
    def apply(_: datetime) -> None:
        order.reminders += 1
    ledger.perform(actor, "referral", order, "remind", data, seen=seen, apply=apply)
    return order


def supervise(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
    def apply(moment: datetime) -> None:
        order.escalated_at = moment
    ledger.perform(actor, "referral", order, "supervise", data, seen=seen, apply=apply)
    return order


OPERATIONS: dict[tuple[str, str], Callable[..., Referral]] = {("referral", command): verb for command, verb in {
    "send": send, "sign": sign, "deem_served": deem_served, "answer": answers.answer, "file_late": answers.file_late,
    "release": answers.release, "redo": redo, "settle": settle, "give_up": give_up, "withdraw": withdraw,
    "discard": discard, "ask_return": ask_return, "refuse_return": refuse_return, "grant_return": grant_return,
    "ask_pause": ask_pause, "end_pause": end_pause, "ask_extension": ask_extension,
    "grant_extension": grant_extension, "refuse_extension": refuse_extension, "remind": remind,
    "supervise": supervise, "recount": recount.recount}.items()}
"""Every verb on an existing order; `draft(actor, case, data)` makes one."""

answer, file_late, release = answers.answer, answers.file_late, answers.release
release_answer, public_words = answers.release_answer, answers.public_words
