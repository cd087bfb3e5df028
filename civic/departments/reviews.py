"""Review of an answer by somebody outside the unit 审核: a checklist per version, passed or sent back (R23, R24)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from civic import ledger
from civic.access.actor import Actor
from civic.departments import supervision, template, terms
from civic.kit.result import NotAllowed
from civic.models import Answer, AnswerReview, Event, Referral, db
from civic.workflow.answering import MAX_RETURNS, TICKS, substantive

Data = Mapping[str, Any]


def outside(actor: Actor, order: Referral) -> None:
    """NotAllowed to somebody of the unit: nobody reviews their own answer (R23)."""
    if order.department in actor.departments:
        raise NotAllowed("审核要由承办单位以外的人做（R23）。")


def keep(actor: Actor, order: Referral, row: Answer, data: Data, *, passed: bool, note: str = "") -> AnswerReview:
    """Writes the checklist of a version; a later tick adds to what was ticked before, and takes nothing away."""
    found = db.session.scalar(select(AnswerReview).where(AnswerReview.answer_id == row.id, AnswerReview.passed == passed))
    if found is None:
        found = ledger.new(AnswerReview, answer_id=row.id, referral_id=order.id, version=row.version, passed=passed,
                           reviewer_id=actor.user_id, note=note, **dict.fromkeys(TICKS, False), substantive=False)
        db.session.add(found)
    ticks = {name: bool(data.get(name)) or bool(getattr(found, name)) for name in TICKS}
    found.itemised, found.found, found.basis = ticks["itemised"], ticks["found"], ticks["basis"]
    found.action, found.dated, found.contact = ticks["action"], ticks["dated"], ticks["contact"]
    found.substantive = substantive(ticks)
    if note:
        found.note = note
    db.session.flush()
    return found


def ticked(data: Data) -> list[str]:
    """The names that were ticked, for the log."""
    return [name for name in TICKS if data.get(name)]


def of_order(order: Referral) -> list[AnswerReview]:
    """The reviews of an order's answers, by version."""
    return list(db.session.scalars(select(AnswerReview).where(AnswerReview.referral_id == order.id)
                                   .order_by(AnswerReview.version, AnswerReview.created_at)))


def return_answer(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """Sends an answer back before anybody has looked: the clock goes on from where it was; the second time it is
    put before the supervising office (R23)."""
    outside(actor, order)
    log: dict[str, Any] = {"reason": data.get("reason"), "ticked": ticked(data)}
    row = order.answers[-1] if order.answers else None

    def apply(moment: datetime) -> None:
        assert row is not None  # an answered order has an answer
        keep(actor, order, row, data, passed=False, note=str(data["reason"]))
        before = returns(order)
        log["count"], log["version"] = before + 1, row.version
        if before + 1 >= MAX_RETURNS:
            log.update(supervision.after_redo(actor, order, moment))
    event = ledger.perform(actor, "referral", order, "return_answer", data, seen=seen, apply=apply, log=log)
    terms.restart_ladder(order, event.at)
    if "supervision" in log:
        supervision.start_clock(order, event.at)
    return order


def returns(order: Referral) -> int:
    """How often a review has sent this order back."""
    return db.session.scalar(select(func.count()).select_from(Event).where(
        Event.machine == "referral", Event.object_id == order.id, Event.command == "return_answer")) or 0


def passing(verb: Callable[..., Referral]) -> Callable[..., Referral]:
    """A verb that also passes the last version with what was ticked in its form."""
    def settle(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
        outside(actor, order)
        done = verb(actor, order, data, seen)
        if done.answers:
            keep(actor, done, done.answers[-1], dict(data or {}), passed=True)
        return done
    return settle


def handed_back(actor: Actor, order: Referral, data: Data) -> None:
    """Keeps the ticks and the reason of a version that goes back after a look."""
    if order.answers:
        keep(actor, order, order.answers[-1], data, passed=False, note=str(data.get("reason") or ""))


def confirm_answer(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """The first of two people at the desk stands for a flagged answer; somebody else then releases or settles (R24)."""
    outside(actor, order)
    flag = template.of(order.answers[-1] if order.answers else None)

    def apply(moment: datetime) -> None:
        assert flag is not None  # the guard saw one
        flag.confirmed_by, flag.confirmed_at, flag.note = actor.user_id, moment, str(data["note"])
    ledger.perform(actor, "referral", order, "confirm_answer", data, seen=seen, apply=apply,
                   log={"version": len(order.answers)})
    return order


OPERATIONS = {("referral", "return_answer"): return_answer, ("referral", "confirm_answer"): confirm_answer}
