"""Squads and departments as the public sees them: plain counts of public cases, no ranking."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import and_, case, distinct, func, or_, select

from civic.cases import public_filters as by
from civic.cases import public_lists
from civic.cases.public_filters import Filters
from civic.cases.public_shapes import Card
from civic.kit import clock
from civic.kit.result import NotFound
from civic.kit.text import clean
from civic.models import Assignment, Case, Referral, Team, db
from civic.reference import lookup

SHORT = 12


@dataclass(frozen=True, slots=True)
class Squad:
    """A squad or task force with the public cases it took: `open`, and of the ended ones how many were `solved`."""

    slug: str
    name: str
    kind: str
    beat: str
    charter: str
    towns: tuple[str, ...]
    categories: tuple[str, ...]
    ends: date | None
    open: int
    closed: int
    solved: int
    cases: int


@dataclass(frozen=True, slots=True)
class Unit:
    """A department with its orders in public cases. Counts of orders, but `cases` of cases."""

    code: str
    name: str
    short: str
    group: str
    kind: str
    cases: int = 0
    orders: int = 0
    running: int = 0
    overdue: int = 0
    answered: int = 0
    in_time: int = 0
    settled: int = 0
    unanswered: int = 0
    returned: int = 0
    redone: int = 0


@dataclass(frozen=True, slots=True)
class UnitPage:
    """A unit with the head of its lists."""

    unit: Unit
    open: tuple[Card, ...]
    open_total: int
    ended: tuple[Card, ...]
    ended_total: int
    fresh: datetime


@dataclass(frozen=True, slots=True)
class SquadPage:
    squad: Squad
    open: tuple[Card, ...]
    ended: tuple[Card, ...]
    fresh: datetime


# -- squads -----------------------------------------------------------------------------------------------------------


def squads() -> list[Squad]:
    """The public squads by name, task forces after the standing ones."""
    counts = _squad_counts()
    rows = db.session.scalars(select(Team).where(Team.public).order_by(Team.kind, Team.name))
    return [_squad(team, counts.get(team.slug)) for team in rows]


def _squad_counts() -> dict[str, tuple[int, int, int]]:
    """Open, ended and solved public cases by squad."""
    def many(clause: Any) -> Any:
        return func.count(distinct(case((clause, Case.id))))
    ended = Case.state.in_(by.ENDED)
    rows = db.session.execute(
        select(Team.slug, many(Case.state == "open"), many(ended), many(and_(ended, Case.resolution.in_(by.SOLVED))))
        .select_from(Assignment).join(Team, Team.id == Assignment.team_id).join(Case, Case.id == Assignment.case_id)
        .where(by.listed(), Team.public, Assignment.kind != "cover", Assignment.state.in_(by.TAKEN))
        .group_by(Team.slug))
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _squad(team: Team, counts: tuple[int, int, int] | None) -> Squad:
    live, ended, solved = counts or (0, 0, 0)
    return Squad(team.slug, team.name, team.kind, team.beat, team.charter,
                 tuple(lookup.town_name(code) for code in team.towns),
                 tuple(lookup.category_name(code) for code in team.categories), team.ends_on, live, ended, solved,
                 live + ended)


def squad(slug: str) -> SquadPage:
    """One public squad with its newest cases; NotFound."""
    team = db.session.scalar(select(Team).where(Team.slug == clean(slug)[:60], Team.public))
    if team is None:
        raise NotFound()
    moment = clock.now()
    updated = func.coalesce(Case.public_at, Case.disclosed_at)
    mine = by.taken_by(team.slug)
    return SquadPage(
        _squad(team, _squad_counts().get(team.slug)),
        public_lists.some([mine, Case.state == "open"], updated, SHORT, moment),
        public_lists.some([mine, Case.state.in_(by.ENDED)], Case.closed_at, SHORT, moment), moment)


def squad_names() -> dict[str, str]:
    """Name by slug, for facets and filters."""
    return {slug: name for slug, name in db.session.execute(
        select(Team.slug, Team.name).where(Team.public).order_by(Team.name))}


# -- departments ------------------------------------------------------------------------------------------------------


def departments() -> list[Unit]:
    """The units that get orders today, by code, and those of the past that have public ones."""
    counts = _counts()
    known = {row.code: row for row in lookup.departments(receiving=True)}
    for code in counts:
        row = lookup.snapshot().departments.latest(code)
        if row is not None:
            known.setdefault(code, row)
    return [_unit(row, counts.get(code)) for code, row in sorted(known.items())]


def _counts(code: str = "") -> dict[str, dict[str, int]]:
    """Figures by unit of its orders in public cases, in one statement."""
    moment = clock.now()
    overdue = and_(Referral.state == "working", Referral.due_at < moment, ~by.running_pause(), Case.state == "open",
                   Referral.round == Case.round)
    running = Referral.state.in_(("sent", "working"))
    answered = Referral.answered_at.is_not(None)

    def many(clause: Any) -> Any:
        return func.count(case((clause, 1)))
    query = select(
        Referral.department, func.count(distinct(Case.id)).label("cases"), func.count().label("orders"),
        many(running).label("running"), many(overdue).label("overdue"), many(answered).label("answered"),
        many(and_(answered, or_(Referral.due_at.is_(None), Referral.answered_at <= Referral.due_at))).label("in_time"),
        many(Referral.state == "settled").label("settled"), many(Referral.state == "unanswered").label("unanswered"),
        many(Referral.state == "returned").label("returned"), func.sum(Referral.redo_count).label("redone"),
    ).join(Case, Case.id == Referral.case_id).where(by.listed(), Referral.sent_at.is_not(None)).group_by(
        Referral.department)
    if code:
        query = query.where(Referral.department == code)
    return {row.department: {name: int(value or 0) for name, value in row._mapping.items() if name != "department"}
            for row in db.session.execute(query)}


def _unit(row: lookup.DepartmentInfo, counts: dict[str, int] | None) -> Unit:
    return Unit(row.code, row.name, row.short, row.group, row.kind, **(counts or {}))


def department(code: str) -> UnitPage:
    """One unit with the public cases it has or had; NotFound."""
    row = lookup.snapshot().departments.latest(clean(code)[:40])
    if row is None or (not row.receives and not _counts(row.code)):
        raise NotFound()
    moment = clock.now()
    mine, updated = by.sent_to(row.code), func.coalesce(Case.public_at, Case.disclosed_at)
    return UnitPage(
        _unit(row, _counts(row.code).get(row.code)),
        public_lists.some([mine, Case.state == "open"], updated, SHORT, moment),
        by.count(Filters(department=row.code, state="open"), moment),
        public_lists.some([mine, Case.state.in_(by.ENDED)], Case.closed_at, SHORT, moment),
        by.count(Filters(department=row.code, state="closed"), moment), moment)
