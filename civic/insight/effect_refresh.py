"""Works out the rows and sums of «what went with coverage» anew, now and then; the lists behind a number come from the same rows."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, case, delete, func, insert, or_, select

from civic.access.actor import Actor
from civic.insight import effect
from civic.insight.effect import Followed, Life
from civic.kit import clock
from civic.models import (
    Answer,
    Assignment,
    Case,
    Coverage,
    EffectCase,
    EffectSum,
    Publication,
    Referral,
    Verification,
    db,
)

FRESH = timedelta(hours=1)
PAGE = 40
ROWS = cast(Table, EffectCase.__table__)
COLUMNS = ("case_id", "category", "opened_at", "covered_at", "answered_at", "solved_at", "ended_at")
READERS = frozenset({"intake", "duty", "chief", "review1", "review2", "reporter"})


def stale() -> bool:
    """Whether the sums are older than an hour, or not there."""
    last = db.session.scalar(select(func.min(EffectSum.as_of)))
    return last is None or last <= clock.now() - FRESH


def run() -> int:
    """Works everything out; returns how many reported cases there are. Flush only."""
    moment = clock.now()
    db.session.execute(delete(EffectCase))
    db.session.execute(insert(ROWS).from_select(list(COLUMNS), _lives()))
    db.session.execute(delete(EffectSum))
    made, covered = [], 0
    for seen in ("public", "all"):
        for measure in effect.MEASURES:
            groups = effect.follow(lives(seen), measure, moment)
            whole = effect.together(groups.values())
            covered = len(whole.covered)
            made += [{"seen": seen, "category": kind, "measure": measure, "as_of": moment, "data": effect.summary(group, measure, moment)}
                     for kind, group in [("", whole), *sorted(groups.items())] if kind or group.covered]
    # an empty world has its row, too: the page then says so instead of «not yet counted»
    made += [{"seen": seen, "category": "", "measure": measure, "as_of": moment, "data": effect.summary(Followed(), measure, moment)}
             for seen in ("public", "all") for measure in effect.MEASURES
             if not any(row["seen"] == seen and row["measure"] == measure and row["category"] == "" for row in made)]
    db.session.execute(insert(EffectSum), made)
    db.session.flush()
    return covered


def _lives() -> Any:
    covered = select(func.min(Publication.live_at)).join(Coverage, Coverage.id == Publication.coverage_id).where(
        Coverage.case_id == Case.id, Publication.internal.is_(False)).correlate(Case).scalar_subquery()
    answered = select(func.min(Answer.created_at)).join(Referral, Referral.id == Answer.referral_id).where(
        Referral.case_id == Case.id).correlate(Case).scalar_subquery()
    solved = select(func.min(Verification.verified_at)).outerjoin(Assignment, Assignment.id == Verification.assignment_id).where(
        Verification.case_id == Case.id, Verification.verdict == "confirmed",
        or_(Verification.assignment_id.is_(None), Assignment.state == "done")).correlate(Case).scalar_subquery()
    ended = case((Case.state.in_(("closed", "archived")), Case.closed_at), else_=None)
    return select(Case.id, func.coalesce(Case.category, ""), Case.opened_at, covered, answered, solved, ended).where(
        Case.state != "merged", func.coalesce(Case.resolution, "") != "rerouted")


def lives(seen: str, category: str | None = None) -> list[Life]:
    """The lives of cases: those everybody may see, or all."""
    query = select(*(getattr(EffectCase, name) for name in COLUMNS)).join(Case, Case.id == EffectCase.case_id)
    if seen == "public":
        query = query.where(Case.exposure == "public")
    if category is not None:
        query = query.where(EffectCase.category == category)
    return [Life(*row) for row in db.session.execute(query)]


# -- reading ------------------------------------------------------------------------------------------------------------


def sums(seen: str, measure: str) -> list[EffectSum]:
    """All kinds together first, then by kind, the most reported first."""
    rows = db.session.scalars(select(EffectSum).where(EffectSum.seen == seen, EffectSum.measure == measure)).all()
    return sorted(rows, key=lambda row: (row.category != "", -row.data["counts"]["covered"], row.category))


def may_see_all(actor: Actor) -> bool:
    """The newsroom sees the figures of all cases, and opens those it may see."""
    return bool(actor.grants & READERS)


@dataclass(frozen=True, slots=True)
class Shown:
    """A case behind a number, with its moments."""

    number: str
    title: str
    state: str
    public: bool
    life: Life


@dataclass(frozen=True, slots=True)
class Behind:
    rows: Sequence[Shown]
    total: int
    next_key: str
    as_of: datetime | None


def behind(seen: str, category: str, measure: str, part: str, after: str = "", size: int | None = PAGE) -> Behind:
    """The cases a number counts, newest first: as of the moment it was worked out, by the same function."""
    row = db.session.get(EffectSum, (seen, category, measure))
    if row is None:
        return Behind((), 0, "", None)
    groups = effect.follow(lives(seen, category or None), measure, row.as_of)
    members = sorted(effect.together(groups.values()).part(part), key=lambda one: (one.opened, one.case_id), reverse=True)
    start = next((number + 1 for number, one in enumerate(members) if str(one.case_id) == after), 0) if after else 0
    shown = members[start:start + size] if size else members
    more = size is not None and len(members) > start + size
    return Behind(_named(shown, seen), len(members), str(shown[-1].case_id) if more and shown else "", row.as_of)


def _named(members: Sequence[Life], seen: str) -> list[Shown]:
    ids: list[uuid.UUID] = [one.case_id for one in members]
    rows = {row.id: row for row in db.session.execute(select(
        Case.id, Case.number, Case.title, Case.public_title, Case.stage, Case.exposure).where(Case.id.in_(ids)))} if ids else {}
    return [Shown(rows[one.case_id].number, rows[one.case_id].public_title or (rows[one.case_id].title if seen == "all" else ""),
                  rows[one.case_id].stage, rows[one.case_id].exposure == "public", one)
            for one in members if one.case_id in rows]
