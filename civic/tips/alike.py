"""The same thing, told before: open cases a tip may belong to, and tips that sound like it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, false, func, literal, or_, select

from civic.access import scope
from civic.access.actor import Actor
from civic.geo.columns import from_column
from civic.geo.near import NEAR_METRES, within
from civic.kit import clock, text
from civic.models import Case, Media, Tip, TipLink, db
from civic.reference import lookup
from civic.tips.listing import TipRow, row_of

FRESH = timedelta(days=30)
CANDIDATES = 6
WORDS = 24
READ = 400
"""Waiting tips whose words are compared: the latest of the town; more would take the page longer than it is worth."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A case the tip may belong to. `link` is the suggestion's row when a search or a colleague made one."""

    case_id: uuid.UUID
    number: str
    title: str
    town: str
    stage: str
    tips: int
    why: tuple[str, ...]
    point: tuple[float, float] | None
    link: uuid.UUID | None = None


def _any_word(words: str) -> str:
    """A tsquery asking for any of the longer words."""
    wanted = [word for word in dict.fromkeys(text.cut(words)) if len(word) > 1][:WORDS]
    return " | ".join(f"'{word}'" for word in wanted)


def _near(tip: Tip, point: Any) -> ColumnElement[bool]:
    if tip.point is None:
        return false()
    here = literal(tip.point, type_=Case.point.type)
    return within(point, here, NEAR_METRES)


def candidates(actor: Actor, tip: Tip) -> list[Candidate]:
    """Open cases the tip may belong to: suggested ones first, then near and lately moved, same town and kind, same
    words. What was rejected is not offered again."""
    near = _near(tip, Case.point)
    town = Case.town == tip.town if tip.town else false()
    kind = Case.category == tip.category if tip.category else false()
    query = _any_word(f"{tip.title} {tip.text}")
    rank: Any = func.ts_rank(Case.search_vector, func.to_tsquery("simple", query)) if query else literal(0.0)
    rank = func.coalesce(rank, 0.0)
    link = select(TipLink.id).where(TipLink.tip_id == tip.id, TipLink.case_id == Case.id,
                                    TipLink.state == "suggested").scalar_subquery()
    refused = exists().where(TipLink.tip_id == tip.id, TipLink.case_id == Case.id, TipLink.state == "rejected")
    fresh = Case.updated_at > clock.now() - FRESH
    fits = or_(link.is_not(None), and_(fresh, near), and_(town, kind), and_(town, rank > 0.02), rank > 0.15)
    score = case((link.is_not(None), 4), else_=0) + case((near, 2), else_=0) + case((town, 1), else_=0) + case(
        (kind, 1), else_=0) + func.least(rank * 5, 2)
    rows = db.session.execute(select(
        Case.id, Case.number, Case.title, Case.town, Case.stage, Case.tip_count, Case.point, near.label("near"),
        town.label("same_town"), kind.label("same_kind"), rank.label("words"), link.label("link")).where(
        Case.state == "open", scope.cases(actor), ~refused, fits).order_by(
        score.desc(), Case.updated_at.desc()).limit(CANDIDATES))
    return [Candidate(row.id, row.number, row.title, lookup.town_name(row.town), row.stage, row.tip_count, _why(row),
                      from_column(row.point), row.link) for row in rows]


def _why(row: Any) -> tuple[str, ...]:
    found = [words for flag, words in ((row.near, "200 米内"), (row.same_town and not row.near, "同一镇街"),
                                       (row.same_kind, "同一类问题"), (row.words > 0.02, "用词相近")) if flag]
    return tuple(found) or ("系统建议",)


def alike(actor: Actor, tip: Tip) -> list[TipRow]:
    """Other tips that wait and sound the same, so that twelve people become one case."""
    query = _any_word(f"{tip.title} {tip.text}")
    vector = Tip.search_vector
    rank: Any = func.ts_rank(vector, func.to_tsquery("simple", query)) if query else literal(0.0)
    near = _near(tip, Tip.point)
    town = Tip.town == tip.town if tip.town else false()
    lately = select(Tip.id).where(Tip.id != tip.id, Tip.state.in_(("new", "asking")), scope.tips(actor), or_(near, town)).order_by(
        Tip.submitted_at.desc()).limit(READ)
    photos = select(func.count()).where(Media.tip_id == Tip.id).scalar_subquery()
    title = func.coalesce(func.nullif(Tip.title, ""), func.left(Tip.text, 60)).label("title")
    rows = db.session.execute(select(
        Tip.id, Tip.number, title, Tip.state, Tip.town, Tip.channel, Tip.consent, Tip.urgency, photos.label("photos"),
        literal("").label("case_number"), Tip.decline_reason, Tip.due_at, Tip.submitted_at).where(
        Tip.id.in_(lately), or_(near, and_(town, rank > 0.04))).order_by(rank.desc(), Tip.submitted_at).limit(CANDIDATES))
    moment = clock.now()
    return [row_of(row, moment) for row in rows]


