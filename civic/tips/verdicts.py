"""What the tipster says of the result. The visit governs; a «no» against it asks for another (workflow section 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.cases import doubts
from civic.kit.text import clean
from civic.models import Case, Evaluation, Tip, Verification, db
from civic.notify import outbox

SECOND_LOOK = "反映人说没有解决，与现场回访不一致，请另派一个人再去看"


def record(tip: Tip, case: Case, data: Mapping[str, Any]) -> Evaluation:
    """Writes or changes the evaluation of this round; a «no» against a good visit is told to the duty editors."""
    row = mine(tip, case)
    if row is None:
        row = ledger.new(Evaluation, tip_id=tip.id, case_id=case.id, round=case.round, changed=0)
        db.session.add(row)
    else:
        row.changed += 1
    row.solved, row.stars, row.text = data["solved"], int(data["stars"]), clean(data.get("text") or "")
    db.session.flush()
    doubts.weigh(case, row)
    if row.solved == "no" and (visit := good_visit(case)) is not None:
        # once for each visit that is doubted, however many doubt it: one more look by another person settles it
        outbox.steer(f"second-look:{visit.id}", "role:duty", "case.nudge",
                    {"machine": "case", "object": str(case.id), "command": "nudge", "after": case.state,
                     "case": str(case.id), "note": SECOND_LOOK})
    return row


def mine(tip: Tip, case: Case) -> Evaluation | None:
    """The tipster's evaluation of the case's present round."""
    return db.session.scalar(select(Evaluation).where(
        Evaluation.tip_id == tip.id, Evaluation.case_id == case.id, Evaluation.round == case.round))


def good_visit(case: Case) -> Verification | None:
    """The last on-site verification of this round when it found the problem solved, wholly or in part."""
    last = db.session.scalar(
        select(Verification).where(Verification.case_id == case.id, Verification.round == case.round,
                                   Verification.method == "on_site")
        .order_by(Verification.verified_at.desc(), Verification.id.desc()).limit(1))
    return last if last is not None and last.verdict in ("confirmed", "partial") else None


def second_look_wanted(case: Case) -> bool:
    """Whether a tipster of this round says «not solved» against a good on-site visit that nobody repeated since."""
    visit = good_visit(case)
    if visit is None:
        return False
    against = select(Evaluation.id).where(Evaluation.case_id == case.id, Evaluation.round == case.round,
                                          Evaluation.solved == "no", Evaluation.created_at > visit.verified_at)
    return db.session.scalar(against.limit(1)) is not None
