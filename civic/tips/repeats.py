"""R08: the same person tells the same fact again and nothing is new: the earlier result is given, and two people say so."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased

from civic import ledger
from civic.access.actor import Actor
from civic.access.scope import may_see
from civic.kit import clock
from civic.kit.result import Invalid, NotFound
from civic.models import Case, Identity, Repeat, Tip, User, db
from civic.workflow.case import RESOLUTIONS

Data = Mapping[str, Any]
ENDED = ("closed", "archived")


def propose(actor: Actor, tip: Tip, data: Data, seen: int | None = None) -> Tip:
    """Says that this was told before by the same person and has its result; another colleague has to agree."""
    case = _named(actor, data.get("case"))

    def apply(_: datetime) -> None:
        _check(tip, case)
        db.session.add(ledger.new(Repeat, tip_id=tip.id, case_id=case.id if case else None, proposed_by=actor.user_id,
                                  note=str(data["note"]).strip(), state="proposed"))
        db.session.flush()
    ledger.perform(actor, "tip", tip, "propose_repeat", data, seen=seen, apply=apply,
                   log={"case": case.number} if case else {})
    return tip


def _named(actor: Actor, reference: Any) -> Case | None:
    if isinstance(reference, Case):
        return reference
    found = db.session.scalar(select(Case).where(Case.number == str(reference or "").strip().upper()[:40]))
    return found if found is not None and may_see(actor, found) else None


def _check(tip: Tip, case: Case | None) -> None:
    if case is None:
        raise Invalid({"case": "没有这个案件号。"})
    if case.state not in ENDED:
        raise Invalid({"case": "那一案还没有办结，请受理并入（R08）。"})
    if not same_person(tip, case):
        raise Invalid({"case": "看不出是同一个人反映的：那一案里没有同一联系方式，请照常受理（R08）。"})


def same_person(tip: Tip, case: Case) -> bool:
    """Whether a tip of the case came with the same contact; only the keyed index is compared, nothing is opened."""
    mine, theirs = aliased(Identity), aliased(Identity)
    return bool(db.session.scalar(select(exists().where(
        mine.tip_id == tip.id, mine.phone_index.is_not(None), theirs.phone_index == mine.phone_index,
        theirs.tip_id == Tip.id, Tip.case_id == case.id, Tip.id != tip.id))))


def proposed(tip: Tip) -> Repeat | None:
    """The proposal that waits for a second person."""
    return db.session.scalar(select(Repeat).where(Repeat.tip_id == tip.id, Repeat.state == "proposed"))


def proposal(tip: Tip) -> tuple[Repeat, Case, str] | None:
    """The waiting proposal with its case and who made it."""
    row = proposed(tip)
    if row is None:
        return None
    by = db.session.get(User, row.proposed_by) if row.proposed_by else None
    return row, db.session.get_one(Case, row.case_id), by.name if by else ""


def earlier(actor: Actor, tip: Tip) -> Sequence[Case]:
    """Ended cases of the same person, for the proposal; newest first."""
    mine, theirs, told = aliased(Identity), aliased(Identity), aliased(Tip)
    rows = db.session.scalars(select(Case).where(Case.state.in_(ENDED), exists().where(
        mine.tip_id == tip.id, mine.phone_index.is_not(None), theirs.phone_index == mine.phone_index,
        theirs.tip_id == told.id, told.case_id == Case.id, told.id != tip.id)).order_by(Case.closed_at.desc()).limit(5))
    return [row for row in rows if may_see(actor, row)]


def confirm(actor: Actor, tip: Tip, data: Data | None = None, seen: int | None = None) -> Tip:
    """The second person agrees: the tipster gets the earlier result, and may appeal as ever."""
    row = proposed(tip)
    case = db.session.get(Case, row.case_id) if row else None

    def apply(moment: datetime) -> None:
        if row is None or case is None:
            raise NotFound()
        _settle(row, "confirmed", actor.user_id, moment)
        tip.decline_reason, tip.decline_note, tip.declined_at = "already_settled", result_of(case), moment
        tip.declined_by, tip.question, tip.due_at, tip.appealed = actor.user_id, None, None, False
    ledger.perform(actor, "tip", tip, "confirm_repeat", data, seen=seen, apply=apply, log={"case": case.number} if case else {})
    return tip


def reject(actor: Actor, tip: Tip, data: Data | None = None, seen: int | None = None) -> Tip:
    """There is something new after all: the tip goes on as any other."""
    row = proposed(tip)

    def apply(moment: datetime) -> None:
        if row is None:
            raise NotFound()
        _settle(row, "rejected", actor.user_id, moment)
    ledger.perform(actor, "tip", tip, "reject_repeat", data, seen=seen, apply=apply)
    return tip


def _settle(row: Repeat, state: str, by: uuid.UUID | None, moment: datetime) -> None:
    row.state, row.decided_by, row.decided_at = state, by, moment


def result_of(case: Case) -> str:
    """What came of the earlier case, in the words its people were told."""
    word = dict(RESOLUTIONS).get(case.resolution or "", "已办结")
    day = clock.local(case.closed_at) if case.closed_at else None
    when = f"{day.year}年{day.month}月{day.day}日" if day else "此前"
    return (f"您反映的这件事（{case.number}）已在{when}办结，结果：{word}。{case.closing_note or ''}"
            "如果又有新情况，可以写下来申诉，由另一位同事重新看。")
