"""What a tipster may press for: an answer 催办, and against a mark; and how somebody who floods is slowed down (R30, R31)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from civic import ledger
from civic.access import keys
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import Invalid
from civic.kit.text import clean
from civic.ledger import facts_after
from civic.models import ContactLimit, DemandMark, Identity, Referral, Tip, TipMessage, Urge, db
from civic.notify import outbox
from civic.tips.contact import PHONE_PURPOSE, normal_phone

Data = Mapping[str, Any]
DAILY = 1
"""So many new tips a day from somebody who is slowed down."""


def urge(actor: Actor, tip: Tip, data: Data | None = None, seen: int | None = None) -> Tip:
    """Counts one urging and tells the desk and every unit that has the case now."""
    event = ledger.perform(actor, "tip", tip, "urge", {}, seen=seen, log={})
    db.session.add(ledger.new(Urge, case_id=tip.case_id, tip_id=tip.id))
    db.session.flush()
    for order in db.session.scalars(select(Referral).where(Referral.case_id == tip.case_id,
                                                           Referral.state.in_(("sent", "working")))):
        outbox.tell(f"urge:{event.id}:{order.id}", f"department:{order.department}", "referral.nudge",
                    {"machine": "referral", "object": str(order.id), "command": "nudge", "case": str(tip.case_id),
                     "note": "反映人催办，请看进展"})
    return tip


def count(case_id: Any) -> int:
    """How often tipsters have pressed on this case."""
    return int(db.session.scalar(select(func.count()).select_from(Urge).where(Urge.case_id == case_id)) or 0)


def mark_of(tip: Tip) -> DemandMark | None:
    """The mark on an order of the tip's case that its holder may read: once it is granted."""
    return db.session.scalar(select(DemandMark).where(
        DemandMark.case_id == tip.case_id, DemandMark.decision == "granted").order_by(
        DemandMark.appeal_decision, DemandMark.created_at).limit(1)) if tip.case_id else None


def contest(actor: Actor, tip: Tip, data: Data, seen: int | None = None) -> Tip:
    """One appeal against a mark; until it is decided the order counts in the unit's rates again."""
    def apply(moment: datetime) -> None:
        row = mark_of(tip)
        assert row is not None  # the guard saw one
        row.appealed_at, row.appeal_tip_id, row.appeal_decision, row.excluded = moment, tip.id, "asked", False
    ledger.perform(actor, "tip", tip, "contest_mark", data, seen=seen, apply=apply, log={})
    db.session.add(ledger.new(TipMessage, tip_id=tip.id, direction="in", kind="contest", text=clean(data["text"])))
    return tip


# -- slowing down (R31) -----------------------------------------------------------------------------------------------


def ask_limit(actor: Actor, tip: Tip, data: Data, seen: int | None = None) -> Tip:
    """Proposes to slow somebody down; nothing happens before another person agrees."""
    def apply(_: datetime) -> None:
        phone = db.session.scalar(select(Identity.phone_index).where(Identity.tip_id == tip.id))
        db.session.add(ledger.new(ContactLimit, tip_id=tip.id, contact_hash=phone, ground=data["ground"],
                                  reason=clean(data["reason"]), asked_by=actor.user_id, decision="asked",
                                  police_note=clean(data.get("police_note") or "")))
    ledger.perform(actor, "tip", tip, "ask_limit", data, seen=seen, apply=apply, log={"ground": data.get("ground")})
    return tip


def decide_limit(actor: Actor, tip: Tip, data: Data, seen: int | None = None) -> Tip:
    """Agrees for a number of days, or not; the holder of the receipt reads the reason either way it is in force."""
    def apply(moment: datetime) -> None:
        row = facts_after.limit_of(tip)
        assert row is not None  # the guard saw one
        row.decision, row.decided_by, row.decided_at = data["decision"], actor.user_id, moment
        if row.decision == "granted":
            row.until = clock.local(moment).date() + timedelta(days=int(data.get("days") or 7))
    ledger.perform(actor, "tip", tip, "decide_limit", data, seen=seen, apply=apply)
    return tip


def limited(phone: str) -> date | None:
    """Until when somebody with this number is slowed down and has used today's share; None when they may write."""
    plain = normal_phone(phone)
    if not plain:
        return None
    index = keys.ring().blind_index(plain, PHONE_PURPOSE)
    today = clock.local(clock.now()).date()
    until = db.session.scalar(select(func.max(ContactLimit.until)).where(
        ContactLimit.contact_hash == index, ContactLimit.decision == "granted", ContactLimit.until >= today))
    if until is None:
        return None
    begin = clock.from_local(datetime.combine(today, datetime.min.time()))
    sent = db.session.scalar(select(func.count()).select_from(Tip).join(Identity, Identity.tip_id == Tip.id).where(
        Identity.phone_index == index, Tip.created_at >= begin)) or 0
    return until if sent >= DAILY else None


def refuse_flood(phone: str) -> None:
    """Invalid with the date and the way out; never silent, and emergencies are not held up (R31)."""
    until = limited(phone)
    if until is not None:
        raise Invalid({"phone": f"这个号码目前每天收 {DAILY} 条（到 {until.month} 月 {until.day} 日），今天已经收到一条。"
                                "急事请打 110、119、120；不同意限速可以凭查询码申诉，或打本台热线。"})


OPERATIONS = {("tip", "urge"): urge, ("tip", "contest_mark"): contest, ("tip", "ask_limit"): ask_limit,
              ("tip", "decide_limit"): decide_limit}
