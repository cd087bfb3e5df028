"""The promise ledger 承诺台账: each stage of a «plan» answer with its day, and what became of it (R21).

Rows are written with the answer; a confirming look keeps them, the day after theirs the clock breaks them, the desk may
settle them with a public reason. A promise kept after its day stays marked as late.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.kit import clock
from civic.models import Answer, Promise, Referral, Verification, db

Data = Mapping[str, Any]
GONE = ("withdrawn", "returned")


def record(order: Referral, answer: Answer, stages: Sequence[tuple[date, str]] = ()) -> list[Promise]:
    """Writes the stages of a new answer. One that says «done» leaves earlier promises to whoever goes and looks; any other
    replaces what has not come due. What has come due is broken, whatever is said now.
    """
    moment = clock.now()
    for row in open_ones(order, "running"):
        if row.due_on < clock.local(moment).date():
            _judge(row, "broken", moment, None)
        elif answer.result != "done":
            _judge(row, "settled", moment, None, f"第 {answer.version} 版答复代替")
    if answer.result != "plan" or answer.plan_on is None:
        return []
    steps = [(day, words) for day, words in stages if words][:3]
    if not steps or steps[-1][0] != answer.plan_on:
        steps = [*steps[:2], (answer.plan_on, _whole(order))]
    made = [ledger.new(Promise, referral_id=order.id, answer_id=answer.id, case_id=order.case_id, stage=number, text=words,
                       department=order.department, due_on=day, state="running", reason="", is_demo=order.is_demo)
            for number, (day, words) in enumerate(steps, start=1)]
    db.session.add_all(made)
    return made


def _whole(order: Referral) -> str:
    return "；".join(item.text for item in order.items) or "按答复办好"


def _judge(row: Promise, state: str, moment: datetime, by: Any, reason: str = "", look: Verification | None = None) -> None:
    row.state, row.judged_at, row.judged_by, row.reason = state, moment, by, reason
    row.verification_id = look.id if look else row.verification_id


def open_ones(order: Referral, *states: str) -> list[Promise]:
    """The promises of an order in these states, by day."""
    return list(db.session.scalars(select(Promise).where(Promise.referral_id == order.id, Promise.state.in_(states))
                                   .order_by(Promise.due_on, Promise.stage)))


def seen_kept(look: Verification) -> None:
    """A look found it done: what its order promised is kept, late or in time."""
    order = db.session.get(Referral, look.referral_id) if look.referral_id else None
    if order is None or look.verdict != "confirmed" or order.state in GONE:
        return
    rows = [row for row in open_ones(order, "running", "broken") if row.created_at <= look.verified_at]
    if not rows:
        return

    def apply(moment: datetime) -> None:
        for row in rows:
            _judge(row, "kept", look.verified_at, look.verifier_id, "", look)
    ledger.perform(Actor.system(), "referral", order, "keep_promise", apply=apply,
                   log={"stages": [row.stage for row in rows], "verification": str(look.id)})


def break_promise(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
    """The clock says that the day of a promise has passed and nobody has seen it kept."""
    today = clock.local(clock.now()).date()
    rows = [row for row in open_ones(order, "running") if row.due_on < today]

    def apply(moment: datetime) -> None:
        for row in rows:
            _judge(row, "broken", moment, None)
    ledger.perform(actor, "referral", order, "break_promise", {}, seen=seen, apply=apply,
                   log={"stages": [row.stage for row in rows], "due_on": [row.due_on.isoformat() for row in rows]})
    return order


def keep_promise(actor: Actor, order: Referral, data: Data | None = None, seen: int | None = None) -> Referral:
    """Judges by the last look of the order; nothing without one that confirms."""
    look = db.session.scalar(select(Verification).where(Verification.referral_id == order.id)
                             .order_by(Verification.verified_at.desc()).limit(1))
    if look is not None:
        seen_kept(look)
    return order


def settle_promise(actor: Actor, order: Referral, data: Data, seen: int | None = None) -> Referral:
    """The desk ends what is promised without its being kept, and says why in public."""
    rows = open_ones(order, "running", "broken")

    def apply(moment: datetime) -> None:
        for row in rows:
            _judge(row, "settled", moment, actor.user_id, str(data["reason"]))
    ledger.perform(actor, "referral", order, "settle_promise", data, seen=seen, apply=apply)
    return order


def break_due() -> int:
    """Breaks every promise whose day is over, an order at a time; promises of orders taken back end with them."""
    today = clock.local(clock.now()).date()
    found = db.session.scalars(select(Referral).where(Referral.id.in_(select(Promise.referral_id).where(
        Promise.state == "running", Promise.due_on < today)))).all()
    for order in found:
        if order.state in GONE:
            for row in open_ones(order, "running"):
                _judge(row, "settled", clock.now(), None, "转办单已撤回或退单")
        else:
            break_promise(Actor.system(), order)
        db.session.commit()
    return len(found)


OPERATIONS = {("referral", "break_promise"): break_promise, ("referral", "keep_promise"): keep_promise,
              ("referral", "settle_promise"): settle_promise}
