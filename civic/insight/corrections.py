"""Why a live release was corrected: the desk says it, never the author; only an error of fact takes anything away."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.insight.reach import DESK, hold
from civic.kit.result import Invalid, NotAllowed, NotFound
from civic.models import Correction, CorrectionCause, Coverage, Publication, db
from civic.workflow.machine import N_

CAUSES: Mapping[str, str] = {"fact": N_("事实错误"), "wording": N_("文字差错"), "update": N_("补充进展"), "technical": N_("技术原因")}
"""Only the first takes away."""


def of(publication_id: uuid.UUID) -> list[tuple[Correction, CorrectionCause | None]]:
    """The corrections of a release with their cause, newest first."""
    return [(row, cause) for row, cause in db.session.execute(select(Correction, CorrectionCause).outerjoin(
        CorrectionCause, CorrectionCause.correction_id == Correction.id).where(
        Correction.publication_id == publication_id).order_by(Correction.at.desc()))]


def may_judge(actor: Actor, story: Coverage) -> bool:
    """The duty editor or the chief editor, never the author of the story."""
    return bool(actor.grants & DESK) and actor.user_id != story.author_id


def judge(actor: Actor, item: Publication, correction_id: uuid.UUID, cause: str, note: str = "") -> CorrectionCause:
    """Says why a release was corrected. Invalid for an unknown cause; NotAllowed for the author. Flush only."""
    row = db.session.get(Correction, correction_id)
    if row is None or row.publication_id != item.id:
        raise NotFound()
    if not may_judge(actor, item.coverage):
        raise NotAllowed()
    if cause not in CAUSES:
        raise Invalid({"cause": "请选更正的原因。"})
    hold(f"reach:{item.id}")
    kept = db.session.scalar(select(CorrectionCause).where(CorrectionCause.correction_id == row.id))
    if kept is None:
        kept = ledger.new(CorrectionCause, correction_id=row.id, cause=cause, note=note[:200], by=actor.user_id, by_name=actor.name)
        db.session.add(kept)
    else:
        kept.cause, kept.note, kept.by, kept.by_name = cause, note[:200], actor.user_id, actor.name
    db.session.flush()
    return kept
