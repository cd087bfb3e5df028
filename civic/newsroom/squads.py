"""Squads 小虎队 and task forces 专班: the list and page anybody may see, and the squad's own board."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select

from civic.access import shifts
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import NotFound
from civic.models import Assignment, Case, Team, db
from civic.newsroom.field import TaskRow, task_rows
from civic.reference import lookup

LIVE = ("offered", "accepted", "submitted")
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class SquadInfo:
    """A squad as anybody may see it: what it covers and how much it has done, no names of members."""

    slug: str
    name: str
    kind: str
    beat: str
    charter: str
    towns: tuple[str, ...]
    categories: tuple[str, ...]
    members: int
    running: int
    done: int
    """Tasks finished in the last 365 days."""
    starts_on: date | None
    ends_on: date | None


def _current(today: date) -> ColumnElement[bool]:
    return Team.public.is_(True) & (Team.ends_on.is_(None) | (Team.ends_on >= today))


def _infos(teams: Sequence[Team]) -> list[SquadInfo]:
    since = clock.now() - YEAR
    counts = {(team_id, state): count for team_id, state, count in db.session.execute(
        select(Assignment.team_id, Assignment.state, func.count()).where(
            Assignment.team_id.in_([team.id for team in teams]),
            Assignment.state.in_(("accepted", "submitted"))
            | ((Assignment.state == "done") & (Assignment.ended_at >= since)))
        .group_by(Assignment.team_id, Assignment.state))} if teams else {}
    return [SquadInfo(
        team.slug, team.name, team.kind, team.beat, team.charter, tuple(lookup.town_name(code) for code in team.towns),
        tuple(lookup.category_name(code) for code in team.categories),
        sum(1 for one in team.members if one.user.active and one.holds(clock.local(clock.now()).date())),
        counts.get((team.id, "accepted"), 0) + counts.get((team.id, "submitted"), 0), counts.get((team.id, "done"), 0),
        team.starts_on, team.ends_on) for team in teams]


def public_list() -> list[SquadInfo]:
    """Every squad shown to the public that is not over, squads before task forces."""
    today = clock.local(clock.now()).date()
    return _infos(db.session.scalars(select(Team).where(_current(today)).order_by(Team.kind, Team.name)).all())


def public_page(slug: str) -> SquadInfo:
    """One squad by its slug; NotFound when it is not public. A task force that is over keeps its page."""
    team = db.session.scalar(select(Team).where(Team.slug == slug, Team.public.is_(True)))
    if team is None:
        raise NotFound()
    return _infos([team])[0]


@dataclass(frozen=True, slots=True)
class MemberLoad:
    """A member with what is in their hands."""

    id: uuid.UUID
    name: str
    role: str
    offered: int
    accepted: int
    submitted: int
    overdue: int
    on_shift: bool
    away: bool = False

    @property
    def load(self) -> int:
        """Tasks in hand; what is only offered does not count."""
        return self.accepted + self.submitted


@dataclass(frozen=True, slots=True)
class OwnedCase:
    """A case the squad answers for."""

    number: str
    title: str
    stage: str
    due_at: datetime | None
    tasks: int


@dataclass(frozen=True, slots=True)
class Board:
    """A squad's own page: open offers, who has what, the cases it answers for."""

    id: uuid.UUID
    name: str
    kind: str
    beat: str
    lead: bool
    members: list[MemberLoad]
    offers: list[TaskRow]
    running: list[TaskRow]
    cases: list[OwnedCase]


def boards(actor: Actor) -> list[Board]:
    """The boards of every squad a person is in, those they lead first."""
    if not actor.member_of:
        return []
    teams = db.session.scalars(select(Team).where(Team.id.in_(actor.member_of)).order_by(Team.name)).all()
    tasks = db.session.scalars(select(Assignment).where(
        Assignment.team_id.in_(actor.member_of), Assignment.state.in_(LIVE))
        .order_by(Assignment.due_at.asc().nulls_last(), Assignment.id)).all()
    rows = dict(zip((task.id for task in tasks), task_rows(tasks), strict=True))
    loads, on, today = _loads(teams), {one.user_id for one in shifts.now()}, clock.local(clock.now()).date()
    gone = shifts.away(one.user_id for team in teams for one in team.members)
    owned = _owned(actor)
    found = []
    for team in teams:
        here = [task for task in tasks if task.team_id == team.id]
        leads = team.id in actor.leads
        found.append(Board(
            team.id, team.name, team.kind, team.beat, leads,
            sorted((_member(one.user_id, one.user.name, one.role, loads, on, gone) for one in team.members
                    if one.user.active and one.holds(today)), key=lambda one: (one.role != "lead", one.name)),
            [rows[task.id] for task in here if task.assignee_id is None and task.state == "offered"],
            [rows[task.id] for task in here if task.assignee_id is not None
             and (leads or task.assignee_id == actor.user_id)],
            owned[team.id] if leads else []))
    return sorted(found, key=lambda board: not board.lead)


def _member(user_id: uuid.UUID, name: str, role: str, loads: dict[uuid.UUID, Counter[str]],
            on: set[uuid.UUID], gone: set[uuid.UUID]) -> MemberLoad:
    load = loads.get(user_id, Counter())
    return MemberLoad(user_id, name, role, load["offered"], load["accepted"], load["submitted"], load["overdue"],
                      user_id in on, user_id in gone)


def _loads(teams: Sequence[Team]) -> dict[uuid.UUID, Counter[str]]:
    """Live tasks per member over all squads: a load does not stop at the squad's border."""
    people = {member.user_id for team in teams for member in team.members}
    moment, found = clock.now(), defaultdict[uuid.UUID, Counter[str]](Counter)
    for user_id, state, due in db.session.execute(select(
            Assignment.assignee_id, Assignment.state, Assignment.due_at).where(
            Assignment.assignee_id.in_(people), Assignment.state.in_(LIVE))):
        if user_id is None:
            continue
        found[user_id][state] += 1
        found[user_id]["overdue"] += state == "accepted" and due is not None and due < moment
    return found


def _owned(actor: Actor) -> dict[uuid.UUID, list[OwnedCase]]:
    found: dict[uuid.UUID, list[OwnedCase]] = defaultdict(list)
    if not actor.leads:
        return found
    busy = select(Assignment.case_id, func.count().label("n")).where(Assignment.state.in_(LIVE)).group_by(
        Assignment.case_id).subquery()
    for case, count in db.session.execute(select(Case, busy.c.n).outerjoin(busy, busy.c.case_id == Case.id).where(
            Case.owner_team_id.in_(actor.leads), Case.state == "open")
            .order_by(Case.due_at.asc().nulls_last(), Case.id).limit(100)):
        if case.owner_team_id:
            found[case.owner_team_id].append(OwnedCase(case.number, case.title, case.stage, case.due_at, count or 0))
    return found


def can_take(board: Board, task: TaskRow) -> list[tuple[str, str]]:
    """Members an open offer can be given to: on shift first, then the least busy, with their load in words; nobody away."""
    free = sorted((one for one in board.members if not one.away),
                  key=lambda one: (not one.on_shift, one.load + one.offered, one.name))
    return [(str(one.id), f"{one.name} · 手头 {one.load} 件" + (" · 当班" if one.on_shift else "")) for one in free]
