"""Calls after an answer 电话回访: every try is a row with notes; three on two days, then 未回访 (R25, R28, R32)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select

from civic import ledger
from civic.access.actor import Actor
from civic.cases import doubts, promises
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed
from civic.kit.text import clean
from civic.models import CallTry, Case, Evaluation, Identity, Referral, Tip, Verification, db
from civic.reference import calendars
from civic.workflow import policy
from civic.workflow.calendar import Term
from civic.workflow.verifying import CALL_DAYS, CALL_TRIES

Data = Mapping[str, Any]
VERDICTS = {"yes": "confirmed", "partly": "partial", "no": "not_fixed"}
WORDS = {"given": "反映人评价了", "unreached": "未回访（三次没有联系上）", "anonymous": "匿名反映，不打电话，由小虎队核实",
         "unrated": "反映人未评价", "waiting": "等反映人评价"}


def callable_tips(case: Case) -> list[Tip]:
    """The tips of a case whose senders left a phone number."""
    return list(db.session.scalars(select(Tip).join(Identity, Identity.tip_id == Tip.id).where(
        Tip.case_id == case.id, Tip.state == "accepted", Identity.phone_sealed.is_not(None)).order_by(Tip.submitted_at)))


def tries(case: Case) -> list[CallTry]:
    """The tries of the case's round, oldest first."""
    return list(db.session.scalars(select(CallTry).where(CallTry.case_id == case.id, CallTry.round == case.round)
                                   .order_by(CallTry.at)))


def unreached(rows: Sequence[CallTry]) -> bool:
    """R25: three tries on two days, and nobody was reached."""
    return (len(rows) >= CALL_TRIES and len({clock.local(row.at).date() for row in rows}) >= CALL_DAYS
            and not any(row.outcome == "reached" for row in rows))


def call(actor: Actor, case: Case, data: Data, seen: int | None = None) -> Case:
    """Records one try; one that got through brings the tipster's word and leaves a look by phone.

    `tip` is the id of a tip with a number. NotAllowed to somebody of the handling unit (R25).
    """
    units = set(db.session.scalars(select(Referral.department).where(Referral.case_id == case.id)))
    if units & set(actor.departments):
        raise NotAllowed("回访要由承办单位以外的人打（R25）。")
    known = {str(tip.id): tip for tip in callable_tips(case)}
    tip = known.get(str(data.get("tip") or ""))
    made: list[CallTry] = []

    def apply(moment: datetime) -> None:
        if tip is None:
            raise Invalid({"tip": "这一条没有留电话，不能打（R32）。"})
        row = ledger.new(CallTry, case_id=case.id, round=case.round, tip_id=tip.id, caller_id=actor.user_id, at=moment,
                         outcome=data["outcome"], notes=clean(data["notes"]))
        db.session.add(row)
        made.append(row)
    ledger.perform(actor, "case", case, "call", data, seen=seen, apply=apply, log={"outcome": data.get("outcome")})
    if made[0].outcome == "reached" and tip is not None:
        _word(actor, case, tip, made[0], data)
    return case


def _word(actor: Actor, case: Case, tip: Tip, row: CallTry, data: Data) -> None:
    """What was said on the phone: the tipster's evaluation, unless given already, and a look by phone."""
    order = db.session.scalar(select(Referral.id).where(
        Referral.case_id == case.id, Referral.round == case.round, Referral.answered_at.is_not(None))
        .order_by(Referral.answered_at.desc()).limit(1))
    look = ledger.new(Verification, case_id=case.id, round=case.round, verdict=VERDICTS[str(data["solved"])], method="call",
                      verifier_id=actor.user_id, verified_at=row.at, note=row.notes, referral_id=order)
    db.session.add(look)
    db.session.flush()
    row.verification_id = look.id
    word = db.session.scalar(select(Evaluation).where(
        Evaluation.tip_id == tip.id, Evaluation.case_id == case.id, Evaluation.round == case.round))
    if word is None:
        word = ledger.new(Evaluation, tip_id=tip.id, case_id=case.id, round=case.round, solved=data["solved"],
                          stars=int(data["stars"]), text="", changed=0)
        db.session.add(word)
        db.session.flush()
        doubts.weigh(case, word)
    promises.seen_kept(look)


def citizens_word(case: Case) -> str:
    """Where the tipsters' word on this round stands: a key of WORDS. Silence is never counted as content (R28)."""
    given = select(exists().where(Evaluation.case_id == case.id, Evaluation.round == case.round))
    if db.session.scalar(given):
        return "given"
    if not callable_tips(case) and not _any_receipt(case.id):
        return "anonymous"
    if unreached(tries(case)):
        return "unreached"
    since = case.closed_at or db.session.scalar(select(Referral.answered_at).where(
        Referral.case_id == case.id, Referral.round == case.round, Referral.answered_at.is_not(None))
        .order_by(Referral.answered_at.desc()).limit(1))
    if since is None:
        return "waiting"
    end = calendars.current().add(since, Term.parse(policy.term("citizen.unrated"))).at
    return "unrated" if clock.now() > end or case.state == "archived" else "waiting"


def _any_receipt(case_id: uuid.UUID) -> bool:
    """Whether somebody can evaluate with a receipt although no number was left."""
    return bool(db.session.scalar(select(exists().where(Tip.case_id == case_id, Tip.state == "accepted",
                                                        Tip.receipt_digest.is_not(None)))))


OPERATIONS = {("case", "call"): call}
