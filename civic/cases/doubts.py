"""A citizen's «no» 分歧: opened by an evaluation, decided by the desk within two working days (R27)."""

from __future__ import annotations

from sqlalchemy import select

from civic import ledger
from civic.kit import clock
from civic.ledger import timers
from civic.models import Case, Evaluation, Referral, SecondLook, Verification, db

GOOD = ("confirmed", "partial")
DISSATISFIED = 2
"""Stars up to here are 不满意."""


def weigh(case: Case, word: Evaluation) -> SecondLook | None:
    """Opens a doubt for «not solved» or «not satisfied»; a word changed to the better closes the one it opened."""
    unhappy = word.solved == "no" or word.stars <= DISSATISFIED
    row = open_one(case)
    if not unhappy:
        if row is not None and row.evaluation_id == word.id:
            row.decision, row.reason, row.decided_at = "upheld", "反映人改了评价。", clock.now()
        return None
    if row is not None:
        return row
    look = _last_visit(case)
    against = word.solved == "no" and look is not None and look.verdict in GOOD
    row = ledger.new(
        SecondLook, case_id=case.id, round=case.round, evaluation_id=word.id, verification_id=look.id if look else None,
        referral_id=_answered(case), why="against" if against else "no", decision="open", reason="", handler="",
        due_at=timers.due_at("doubt.decide", clock.now()))
    db.session.add(row)
    db.session.flush()
    return row


def open_one(case: Case) -> SecondLook | None:
    """The doubt of a case that waits for its decision."""
    return db.session.scalar(select(SecondLook).where(SecondLook.case_id == case.id, SecondLook.decision == "open"))


def of_case(case: Case) -> list[SecondLook]:
    """All doubts of a case, oldest first."""
    return list(db.session.scalars(select(SecondLook).where(SecondLook.case_id == case.id).order_by(SecondLook.created_at)))


def _last_visit(case: Case) -> Verification | None:
    return db.session.scalar(select(Verification).where(
        Verification.case_id == case.id, Verification.round == case.round, Verification.method == "on_site")
        .order_by(Verification.verified_at.desc(), Verification.id.desc()).limit(1))


def _answered(case: Case) -> object:
    """The lead's answered order of this round, else the last that was answered."""
    return db.session.scalar(select(Referral.id).where(
        Referral.case_id == case.id, Referral.round == case.round, Referral.answered_at.is_not(None))
        .order_by((Referral.duty == "lead").desc(), Referral.answered_at.desc()).limit(1))
