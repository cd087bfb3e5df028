"""Follow-up stories 回访报道: proposed by the clock 30 and 90 days after closing, once each; a person takes or leaves them."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import exists, func, or_, select, update

from civic import ledger
from civic.access.actor import Actor
from civic.access.scope import may_see
from civic.cases.revisits import WITHOUT
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound, NotPossible
from civic.kit.text import clean, excerpt
from civic.models import Case, Coverage, FollowUp, Publication, db
from civic.newsroom import operations
from civic.workflow.machine import N_

AFTER: Mapping[str, timedelta] = {"d30": timedelta(days=30), "d90": timedelta(days=90)}
WORDS: Mapping[str, str] = {"d30": N_("结案 30 天"), "d90": N_("结案 90 天")}
ANGLE: Mapping[str, str] = {
    "d30": N_("结案满 30 天，回到现场：答应的事保持住了没有，当事人怎么说。"),
    "d90": N_("结案满 90 天，最后回访：有没有反弹，长效办法落地没有。")}
CATCH_UP = timedelta(days=30)
"""A clock that stood still proposes what fell due meanwhile, but nothing older than this."""
TITLE, REASON = 60, 300


def work() -> int:
    """Proposes what is due and ends proposals of cases that were opened again; how many were made."""
    moment, made = clock.now(), 0
    db.session.execute(update(FollowUp).where(FollowUp.outcome == "open", FollowUp.case_id.in_(select(Case.id).where(
        or_(Case.state.not_in(("closed", "archived")), Case.round != FollowUp.round))))
        .values(outcome="overtaken", decided_at=moment).execution_options(synchronize_session=False))
    for kind, after in AFTER.items():
        made += sum(_propose(case, kind, after) for case in _due(kind, after, moment))
    db.session.commit()
    return made


def _due(kind: str, after: timedelta, moment: datetime) -> Sequence[Case]:
    there = exists().where(FollowUp.case_id == Case.id, FollowUp.round == Case.round, FollowUp.kind == kind)
    told = exists(select(Publication.id).join(Coverage, Coverage.id == Publication.coverage_id).where(
        Coverage.case_id == Case.id, Publication.state == "live", ~Publication.internal))
    return db.session.scalars(select(Case).where(
        Case.state.in_(("closed", "archived")), Case.closed_at <= moment - after, Case.closed_at > moment - after - CATCH_UP,
        func.coalesce(Case.resolution, "").not_in(WITHOUT), ~there, told).order_by(Case.closed_at).limit(200)).all()


def _propose(case: Case, kind: str, after: timedelta) -> bool:
    """Follows the story of the case that went out last on a public channel."""
    assert case.closed_at is not None
    last = db.session.scalar(select(Coverage.id).join(Publication, Publication.coverage_id == Coverage.id).where(
        Coverage.case_id == case.id, Publication.state == "live", ~Publication.internal)
        .order_by(Publication.live_at.desc()).limit(1))
    if last is None:
        return False
    db.session.add(ledger.new(FollowUp, case_id=case.id, round=case.round, kind=kind, follows_id=last,
                              due_at=case.closed_at + after, outcome="open", reason=""))
    db.session.flush()
    return True


def find(actor: Actor, key: uuid.UUID) -> FollowUp:
    """A proposal whose story the person may know of; NotFound."""
    row = db.session.get(FollowUp, key)
    if row is None or not may_see(actor, row.follows):
        raise NotFound()
    return row


def _hold(actor: Actor, key: uuid.UUID) -> tuple[FollowUp, Case]:
    if "duty" not in actor.grants:
        raise NotAllowed()
    find(actor, key)
    row = db.session.scalars(select(FollowUp).where(FollowUp.id == key).with_for_update(of=FollowUp)
                             .execution_options(populate_existing=True)).one()
    words = {"accepted": "已经排上了回访报道。", "dismissed": f"已经决定不做：{row.reason}", "overtaken": "案件已经重开，这次回访不用做了。"}
    if row.outcome != "open":
        raise NotPossible(words[row.outcome])
    case = db.session.get_one(Case, row.case_id)
    if case.state not in ("closed", "archived") or case.round != row.round:
        raise NotPossible(words["overtaken"])
    return row, case


def accept(actor: Actor, key: uuid.UUID, data: Mapping[str, Any] | None = None) -> Coverage:
    """Plans the story that goes back: linked to the case and to what it follows. `title` and `angle` are optional."""
    row, case = _hold(actor, key)
    given = dict(data or {})
    title = clean(str(given.get("title") or "")) or excerpt(f"回访：{row.follows.title}", TITLE)
    story = operations.pitch(actor, {
        "title": title, "angle": clean(str(given.get("angle") or "")) or ANGLE[row.kind], "format": row.follows.format,
        "slot": "", "critical": False, "case": case, "follows": row.follows_id, "is_demo": case.is_demo})
    row.outcome, row.coverage_id, row.decided_at, row.decided_by = "accepted", story.id, clock.now(), actor.user_id
    db.session.flush()
    return story


def dismiss(actor: Actor, key: uuid.UUID, reason: Any) -> FollowUp:
    """Leaves it, and says why; it does not come back."""
    row, _ = _hold(actor, key)
    words = clean(str(reason or ""))
    if not 4 <= len(words) <= REASON:
        raise Invalid({"reason": f"写清为什么不做，4–{REASON} 个字。"})
    row.outcome, row.reason, row.decided_at, row.decided_by = "dismissed", words, clock.now(), actor.user_id
    db.session.flush()
    return row


def of_case(case_id: uuid.UUID) -> Sequence[FollowUp]:
    """The proposals of a case, the next first."""
    return db.session.scalars(select(FollowUp).where(FollowUp.case_id == case_id).order_by(FollowUp.due_at)).unique().all()
