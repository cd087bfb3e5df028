"""What is read about tips: by receipt, and what its holder may know."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from civic.access import keys
from civic.cases import doubts
from civic.kit import receipt
from civic.ledger import facts_after
from civic.models import (
    Case,
    ContactLimit,
    DemandMark,
    Event,
    IdentityAccess,
    SecondLook,
    Tip,
    TipLink,
    TipMessage,
    User,
    Verification,
    db,
)
from civic.tips import contact, pressing, verdicts
from civic.tips.contact import shown_to as contact_shown_to

__all__ = ["by_receipt", "case_of", "contact_shown_to", "following", "suggestions", "tip"]

LONGEST = 200


def by_receipt(digits: str) -> Tip | None:
    """The tip behind 20 right-looking digits. A wrong and a deleted one cost the same work: the slow hash (S3)."""
    return db.session.scalar(select(Tip).where(Tip.receipt_digest == receipt.digest(digits, keys.ring())))


def tip(tip_id: uuid.UUID) -> Tip | None:
    return db.session.get(Tip, tip_id)


def case_of(of: Tip) -> Case:
    """The case of a tip that has one."""
    return db.session.get_one(Case, of.case_id)


def suggestions(of: Tip) -> list[TipLink]:
    """The cases this tip may belong to that nobody has decided on, likeliest first."""
    return list(db.session.scalars(select(TipLink).where(TipLink.tip_id == of.id, TipLink.state == "suggested")
                                   .order_by(TipLink.score.desc().nulls_last(), TipLink.id)))


@dataclass(frozen=True, slots=True)
class Said:
    """One line of the conversation. `mine` when the tipster said it."""

    at: datetime
    mine: bool
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class Step:
    """One dated thing that happened, in words for everybody."""

    at: datetime
    lane: str
    text: str


@dataclass(frozen=True, slots=True)
class Look:
    """Who looked at the contact data, when and why."""

    at: datetime
    who: str
    reason: str


@dataclass(frozen=True, slots=True)
class Following:
    """All that the holder of a receipt may know of a tip and its case."""

    tip: Tip
    case: Case | None
    said: tuple[Said, ...]
    steps: tuple[Step, ...]
    looks: tuple[Look, ...]
    has_contact: bool
    mine: Mapping[str, str] | None
    """The evaluation given in this round: solved, stars, text, and whether it was changed."""
    verdict: Verification | None
    urges: int = 0
    """How often anybody has pressed on the case."""
    mark: DemandMark | None = None
    """What the unit's demand mark says, once granted, with its one appeal (R30)."""
    limit: ContactLimit | None = None
    """The limit in force, with its reason: never silent (R31)."""
    doubts: tuple[SecondLook, ...] = ()


def following(of: Tip) -> Following:
    """The tip, its case, and what happened; a fixed number of statements."""
    case = db.session.get(Case, of.case_id) if of.case_id else None
    return Following(
        tip=of, case=case, said=_said(of), steps=_steps(of), looks=_looks(of),
        has_contact=contact.of(of) is not None, mine=_mine(of, case), verdict=_verdict(case),
        urges=pressing.count(case.id) if case else 0, mark=pressing.mark_of(of), limit=_limit(of),
        doubts=tuple(doubts.of_case(case)) if case else ())


def _said(of: Tip) -> tuple[Said, ...]:
    rows = db.session.scalars(select(TipMessage).where(TipMessage.tip_id == of.id, TipMessage.direction != "note")
                              .order_by(TipMessage.created_at, TipMessage.id).limit(LONGEST))
    return tuple(Said(row.created_at, row.direction == "in", row.kind, row.text) for row in rows)


TIP_WORDS = {"submit": "您反映了这件事", "ask": "编辑问了您一个问题", "reply": "您做了补充", "accept": "受理，并入案件",
             "decline": "没有受理", "lapse": "七天没有收到补充，先结束", "withdraw": "您撤回了", "appeal": "申诉，换一位编辑重新看",
             "unlink": "从案件里拆出来，重新看", "withdraw_consent": "您删除了联系方式", "evaluate": "您做了评价",
             "urge": "您催办了一次", "contest_mark": "您对认定提出申诉"}


def _steps(of: Tip) -> tuple[Step, ...]:
    """The events of the tip itself in the tipster's words, oldest first."""
    rows = db.session.execute(select(Event.at, Event.command).where(Event.machine == "tip", Event.object_id == of.id)
                              .order_by(Event.id.desc()).limit(LONGEST)).all()
    return tuple(Step(at, "both", TIP_WORDS[command]) for at, command in reversed(rows) if command in TIP_WORDS)


def _looks(of: Tip) -> tuple[Look, ...]:
    rows = db.session.execute(select(IdentityAccess.created_at, User.name, IdentityAccess.reason)
                              .join(User, User.id == IdentityAccess.user_id).where(IdentityAccess.tip_id == of.id)
                              .order_by(IdentityAccess.created_at.desc()).limit(LONGEST))
    return tuple(Look(at, name, reason) for at, name, reason in rows)


def _mine(of: Tip, case: Case | None) -> dict[str, str] | None:
    row = verdicts.mine(of, case) if case is not None else None
    return None if row is None else {"solved": row.solved, "stars": str(row.stars), "text": row.text,
                                     "changed": "yes" if row.changed else ""}


def _limit(of: Tip) -> ContactLimit | None:
    row = facts_after.limit_of(of)
    return row if row is not None and row.decision == "granted" else None


def _verdict(case: Case | None) -> Verification | None:
    """The last verification of this round."""
    if case is None:
        return None
    return db.session.scalar(select(Verification).where(Verification.case_id == case.id,
                                                        Verification.round == case.round)
                             .order_by(Verification.verified_at.desc()).limit(1))
