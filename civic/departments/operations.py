"""The verbs of an order 转办单: each asks the door, then writes the rows beside. Whoever answers does not settle."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from civic import ledger
from civic.access.actor import Actor
from civic.departments import (
    alerting,
    answers,
    conference,
    drafting,
    external,
    marks,
    objections,
    reclass,
    recount,
    reviews,
    stops,
    supervision,
    terms,
    typhoon,
)
from civic.kit import clock
from civic.kit.result import NotAllowed
from civic.ledger import clocks, timers
from civic.models import Case, Extension, Pause, Referral
from civic.reference import calendars
from civic.workflow.calendar import Due

Data = Mapping[str, Any]
DECIDE = "decide_extension"
"""The clock of a decision on an extension: one working day (R17)."""
SUPERVISED_REDO = 2
"""R23: sent back this often, the order goes to the supervising office."""
draft, suggested_unit = drafting.draft, drafting.suggested_unit
ask_return, refuse_return, grant_return = objections.ask_return, objections.refuse_return, objections.grant_return
CONFERENCE, objections_in_case = objections.CONFERENCE, objections.in_case
served = terms.served
"""For the demo world: serves an order at a moment in the past."""


def send(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
    log: dict[str, Any] = {}

    def apply(moment: datetime) -> None:
        order.sent_at, order.sent_by, order.sign_due_at = moment, actor.user_id, terms.sign_due(order, moment)
        log["sign_due"] = order.sign_due_at.isoformat()
        stops.stand(order, moment)
        log.update(alerting.announce(order, moment, "send"))
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
        log.update(terms.served(order, min(moment, order.sign_due_at or moment), deemed=True), late=True)
        log.update(alerting.announce(order, moment, "deem_served"))
    ledger.perform(actor, "referral", order, "deem_served", data, seen=seen, apply=apply, log=log)
    return order


def redo(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """Hands the answer back with the reason and a new term; the second time the supervising office hears of it."""
    log: dict[str, Any] = {"reason": data.get("reason"), "term": data.get("term"), "ticked": reviews.ticked(data)}

    def apply(moment: datetime) -> None:
        order.redo_count += 1
        reviews.handed_back(actor, order, data)
        log.update(terms.redo(order, moment, data["term"], data["reason"]), count=order.redo_count)
        if order.redo_count >= SUPERVISED_REDO:
            log.update(supervision.after_redo(actor, order, moment))
    ledger.perform(actor, "referral", order, "redo", data, seen=seen, apply=apply, log=log)
    if "supervision" in log:
        supervision.start_clock(order, clock.now())
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


settle, give_up, withdraw, discard = reviews.passing(_end("settle")), _end("give_up"), _end("withdraw"), _end("discard")


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
        timers.cancel("referral", order.id, moment, [DECIDE])
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
    timers.cancel("referral", order.id, moment, [DECIDE])
    extension = order.extensions[-1]
    extension.state, extension.decided_at, extension.decided_by = state, moment, actor.user_id
    return extension


# -- the ladder (R18, R19) --------------------------------------------------------------------------------------------


def remind(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
    def apply(_: datetime) -> None:
        order.reminders += 1
    ledger.perform(actor, "referral", order, "remind", data, seen=seen, apply=apply)
    return order


OPERATIONS: dict[tuple[str, str], Callable[..., Referral]] = {("referral", command): verb for command, verb in {
    "send": send, "sign": sign, "deem_served": deem_served, "answer": answers.answer, "file_late": answers.file_late,
    "release": answers.release, "redo": redo, "settle": settle, "give_up": give_up, "withdraw": withdraw,
    "discard": discard, "ask_return": ask_return, "refuse_return": refuse_return, "grant_return": grant_return,
    "ask_pause": ask_pause, "end_pause": end_pause, "ask_extension": ask_extension,
    "grant_extension": grant_extension, "refuse_extension": refuse_extension, "remind": remind,
    **supervision.OPERATIONS, "stop_clock": typhoon.stop_clock, "run_clock": typhoon.run_clock,
    "recount": recount.recount, "confer_call": conference.call, "confer_stay": conference.stay,
    "confer_move": conference.move, "reclass": reclass.reclass}.items()} | reviews.OPERATIONS | marks.OPERATIONS
"""Every verb on an existing order; `draft(actor, case, data)` makes one."""
ON_CASES: dict[tuple[str, str], Callable[..., Case]] = {
    ("case", "describe"): reclass.describe, ("case", "hand_over"): external.hand_over, ("case", "take_back"): external.take_back}
"""Moves on a case that reach its orders: they take the place of the cases' own (R36, R45)."""

supervise = supervision.supervise
answer, file_late, release = answers.answer, answers.file_late, answers.release
release_answer, public_words = answers.release_answer, answers.public_words
