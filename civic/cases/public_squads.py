"""What a squad has to show, as everybody sees it: each number is the length of a public list whose rows lead to evidence.

* solved   public cases the squad took that ended solved or partly, with a look on the spot or by a neighbour that says so
* stories  stories that are out now (`public_stories`, narrowed to the squad)
* kept     promises of units in the squad's public cases that somebody outside the unit saw kept
* over     for a task force: its days, scope, units, and the words it closed with

No names of members: only how many there are of each kind.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, tuple_

from civic.access import teams
from civic.cases import public_filters as by
from civic.cases import public_promises, public_stories
from civic.kit import clock, keyset
from civic.kit.result import NotFound
from civic.kit.text import clean
from civic.models import Answer, Case, Promise, Referral, TaskForce, Team, Verification, db
from civic.reference import lookup

PAGE = 30
GOOD = ("confirmed", "partial")


@dataclass(frozen=True, slots=True)
class Force:
    """What the page of a task force says beside that of a squad."""

    starts: date | None
    ends: date | None
    scope: str
    units: tuple[tuple[str, str], ...]
    """Code and name."""
    disbanded: date | None
    report: str


@dataclass(frozen=True, slots=True)
class Results:
    """The counts of the lists."""

    solved: int
    stories: int
    kept: int
    roles: tuple[tuple[str, int], ...]
    """How many there are of each kind of member, in words."""
    force: Force | None


@dataclass(frozen=True, slots=True)
class Solved:
    """A case that ended solved, with the look that says so."""

    number: str
    title: str
    town: str
    outcome: str
    verdict: str
    method: str
    looked_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class KeptPromise:
    """A promise that was kept."""

    text: str
    due: date
    unit: str
    code: str
    number: str
    title: str
    judged: datetime | None


@dataclass(frozen=True, slots=True)
class Page:
    """A page of one of the lists."""

    rows: Sequence[Solved] | Sequence[KeptPromise]
    total: int
    fresh: datetime
    next_key: str | None


def team(slug: str) -> Team:
    """A squad everybody may know of; NotFound."""
    row = db.session.scalar(select(Team).where(Team.slug == clean(slug)[:60], Team.public))
    if row is None:
        raise NotFound()
    return row


def results(slug: str) -> Results:
    """The counts of a squad's lists, its make-up, and a task force's own words."""
    row = team(slug)
    force = db.session.scalar(select(TaskForce).where(TaskForce.team_id == row.id)) if row.kind == "taskforce" else None
    made = Counter(one.role for one in teams.here(row))
    return Results(
        db.session.scalar(select(func.count()).select_from(Case).where(*_solved(row.slug))) or 0,
        public_stories.listing(public_stories.Filters(squad=row.slug), size=1).total,
        db.session.scalar(_kept(row.slug, func.count())) or 0,
        tuple((words, made[role]) for role, words in teams.ROLES if made[role]), _force(row, force))


def _force(row: Team, force: TaskForce | None) -> Force | None:
    if row.kind != "taskforce":
        return None
    units = tuple((code, lookup.department_name(code)) for code in force.departments) if force else ()
    over = clock.local(force.disbanded_at).date() if force and force.disbanded_at else None
    return Force(row.starts_on, row.ends_on, force.scope if force else "", units, over, force.public_report if force and over else "")


# -- verified and solved ----------------------------------------------------------------------------------------------


def _looked() -> ColumnElement[bool]:
    return and_(Verification.case_id == Case.id, Verification.round == Case.round, Verification.verdict.in_(GOOD))


def _solved(slug: str) -> tuple[ColumnElement[bool], ...]:
    return (by.listed(), by.taken_by(slug), Case.state.in_(by.ENDED), Case.resolution.in_(by.SOLVED), Case.closed_at.is_not(None),
            select(Verification.id).where(_looked()).correlate(Case).exists())


def solved(slug: str, after: str = "") -> Page:
    """Public cases the squad took that were seen solved, the newest first."""
    clauses, start = _solved(team(slug).slug), keyset.read(after)
    total = db.session.scalar(select(func.count()).select_from(Case).where(*clauses)) or 0
    last = select(Verification.id).where(_looked()).order_by(
        Verification.verified_at.desc(), Verification.id.desc()).limit(1).correlate(Case).scalar_subquery()
    query = select(Case, Verification).join(Verification, Verification.id == last).where(*clauses)
    if start is not None:
        query = query.where(tuple_(Case.closed_at, Case.id) < tuple_(*start))
    found = db.session.execute(query.order_by(Case.closed_at.desc(), Case.id.desc()).limit(PAGE + 1)).all()
    rows = [Solved(case.number, case.public_title or "", lookup.town_name(case.town), case.resolution or "", look.verdict, look.method,
                   look.verified_at, case.closed_at) for case, look in found[:PAGE]]
    end = found[PAGE - 1][0] if len(found) > PAGE else None
    return Page(rows, total, clock.now(), keyset.write(end.closed_at, end.id) if end is not None and end.closed_at else None)


# -- promises kept ----------------------------------------------------------------------------------------------------


def _kept(slug: str, *columns: Any) -> Any:
    return select(*columns).select_from(Promise).join(Answer, Answer.id == Promise.answer_id).join(
        Referral, Referral.id == Promise.referral_id).join(Case, Case.id == Promise.case_id).where(
        public_promises.shown(), by.taken_by(slug), Promise.state == "kept")


def kept(slug: str, after: str = "") -> Page:
    """Promises kept in the squad's public cases, the newest first."""
    row, start = team(slug), keyset.read(after)
    total = db.session.scalar(_kept(row.slug, func.count())) or 0
    query = _kept(row.slug, Promise, Case.number, Case.public_title)
    judged = func.coalesce(Promise.judged_at, Promise.created_at)
    if start is not None:
        query = query.where(tuple_(judged, Promise.id) < tuple_(*start))
    found = db.session.execute(query.order_by(judged.desc(), Promise.id.desc()).limit(PAGE + 1)).all()
    rows = [KeptPromise(one.text, one.due_on, lookup.department_name(one.department), one.department, number, title or "",
                        one.judged_at) for one, number, title in found[:PAGE]]
    end = found[PAGE - 1][0] if len(found) > PAGE else None
    return Page(rows, total, clock.now(), keyset.write((end.judged_at or end.created_at), end.id) if end is not None else None)
