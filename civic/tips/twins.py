"""R06: cases that may be the same thing told twice, before anything is sent: near, alike in words, or from one contact."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, literal, or_, select
from sqlalchemy.orm import aliased

from civic.access import scope
from civic.access.actor import Actor
from civic.geo.near import NEAR_METRES, metres_between, within
from civic.kit import clock
from civic.models import Case, Identity, Tip, db
from civic.reference import lookup

LATELY = timedelta(days=30)
ALIKE = 0.30
"""τ: share of common three-sign groups in title and facts; see `tests/rules/test_dispatch.py` for the pairs it was set by."""
READ = 400
"""Open cases whose words are compared: the latest of the town; the rest of the county only by place and contact."""
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Twin:
    """A case that may be the same one. `why` never says who told either of them."""

    id: uuid.UUID
    number: str
    title: str
    town: str
    stage: str
    state: str
    opened_at: datetime
    tips: int
    why: tuple[str, ...]
    merge_url: str


def of(actor: Actor, row: Case) -> Sequence[Twin]:
    """The candidates for a case, the most telling first; one statement. Merged cases and the case itself are left out."""
    near, metres = _near(row)
    kind = Case.category == row.category if row.category else false()
    fresh = Case.opened_at > clock.now() - LATELY
    close = and_(kind, near, fresh)
    words: Any = func.similarity(Case.title + literal(" ") + Case.facts, literal(f"{row.title} {row.facts}"))
    lately = select(Case.id).where(Case.id != row.id, Case.state == "open", Case.town == row.town).order_by(
        Case.updated_at.desc()).limit(READ).scalar_subquery()
    alike = and_(Case.id.in_(lately), words >= ALIKE)
    same = _same_contact(row)
    score = case((close, 2), else_=0) + case((same, 2), else_=0) + case((alike, 1), else_=0) + words
    found = db.session.execute(select(
        Case.id, Case.number, Case.title, Case.town, Case.stage, Case.state, Case.opened_at, Case.tip_count,
        close.label("close"), same.label("same"), alike.label("alike"), words.label("words"), metres.label("metres")).where(
        Case.id != row.id, scope.cases(actor), or_(
            and_(Case.state == "open", or_(close, alike)), and_(Case.state.in_(("open", "closed")), same, fresh)))
        .order_by(score.desc(), Case.opened_at.desc()).limit(SHOWN))
    return [Twin(one.id, one.number, one.title, lookup.town_name(one.town), one.stage, one.state, one.opened_at, one.tip_count,
                 _why(one), f"/move/case/{row.id}/merge?into={one.number}&seen={row.event_id}"
                 if row.state == one.state == "open" else "") for one in found]


def _near(row: Case) -> tuple[ColumnElement[bool], Any]:
    if row.point is None:
        return false(), literal(None)
    here = literal(row.point, type_=Case.point.type)
    return func.coalesce(within(Case.point, here, NEAR_METRES), false()), metres_between(Case.point, here)


def _same_contact(row: Case) -> ColumnElement[bool]:
    """Whether a tip of either came with the same contact: keyed indexes are compared, nobody's number is opened."""
    mine, theirs, told, other = aliased(Identity), aliased(Identity), aliased(Tip), aliased(Tip)
    return exists().where(told.case_id == row.id, mine.tip_id == told.id, mine.phone_index.is_not(None),
                          theirs.phone_index == mine.phone_index, theirs.tip_id == other.id, other.case_id == Case.id)


def _why(one: Any) -> tuple[str, ...]:
    near = f"同一类，相距约 {max(round(float(one.metres or 0), -1), 10):.0f} 米" if one.close else ""
    return tuple(words for words in (
        near, "同一联系方式" if one.same else "", f"用词相近（{float(one.words):.2f}）" if one.alike else "") if words)
