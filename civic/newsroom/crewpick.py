"""Who could take a task, with reasons: gathers what the score asks for and leaves out whoever cannot be asked.

A person on leave is never proposed. No check-in is read: where somebody is comes from the town they told or the squad's.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select

from civic.access import shifts, teams
from civic.access.actor import Actor
from civic.geo.areas import distance_m
from civic.kit import clock
from civic.models import Assignment, Case, Coverage, Grant, RotationGoal, Team, db
from civic.newsroom import crew, crewgrow, crewscore, crewskills
from civic.reference import lookup
from civic.workflow.machine import N_

LIVE = ("offered", "accepted", "submitted")
TAKEN = ("accepted", "submitted", "done")
SHOWN = 8


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Somebody who fits, with the score, its parts and what to mind. `key` is `user:<id>`, as the offer form takes it."""

    key: str
    name: str
    teams: tuple[str, ...]
    on_call: bool
    score: crewscore.Score
    warnings: tuple[tuple[str, Mapping[str, object]], ...]


@dataclass(frozen=True, slots=True)
class Left:
    """Somebody who is not proposed, and why."""

    name: str
    why: str
    words: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The suggestions, best first, and who was left out; `on_call` whether any mobile reporter is on shift now."""

    wanted: tuple[str, ...]
    found: tuple[Suggestion, ...]
    left: tuple[Left, ...]
    on_call: bool


def suggest(actor: Actor, case: Case | None, story: Coverage | None, kind: str, due_at: datetime | None = None) -> Proposal:
    """Proposes people for a task of a kind on a case or a story, of those this person may offer to.

    A fixed number of statements. Nothing is decided here: choosing one only fills the form.
    """
    case = case or (story.case if story else None)
    people = crew.field_people(actor)
    wanted = crewskills.wanted(kind, story.format if story else "", case.category if case else None)
    ids = [one.id for one in people]
    rows, moment = _Rows.load(ids), clock.now()
    until = max(due_at or moment, moment) + timedelta(minutes=1)
    leaves, barred = shifts.away_until(moment, until), _barred(case, story, ids)
    on_call = {one.user_id for one in shifts.now(shifts.MOBILE)}
    asked, left, warnings = [], [], {}
    for one in people:
        gone = leaves.get(one.id)
        why = barred.get(one.id) or ((N_("请假到 %(day)s"), {"day": _back(gone[1])}) if gone and gone[0] <= moment else None)
        if why:
            left.append(Left(one.name, *why))
            continue
        warnings[f"user:{one.id}"] = ((N_("%(day)s 起请假，早于期限"), {"day": f"{clock.local(gone[0]):%m-%d}"}),) if gone else ()
        asked.append((rows.person(one, case, one.id in on_call, moment), f"user:{one.id}"))
    by_key = {f"user:{one.id}": one for one in people}
    found = tuple(Suggestion(key, by_key[key].name, by_key[key].teams, by_key[key].id in on_call, made, warnings[key])
                  for key, made in crewscore.rank(asked, wanted)[:SHOWN])
    return Proposal(wanted.skills, found, tuple(left), bool(on_call & set(ids)))


def _back(moment: datetime) -> str:
    return f"{clock.local(moment - timedelta(minutes=1)):%m-%d}"


@dataclass(frozen=True, slots=True)
class _Rows:
    """What was read of everybody at once."""

    skills: Mapping[uuid.UUID, Sequence[crewskills.Held]]
    open_tasks: Mapping[uuid.UUID, int]
    last: Mapping[uuid.UUID, datetime]
    homes: Mapping[uuid.UUID, str]
    towns: Mapping[uuid.UUID, Sequence[str]]
    goals: Mapping[uuid.UUID, Sequence[RotationGoal]]
    seen: Mapping[uuid.UUID, int]

    @classmethod
    def load(cls, ids: Sequence[uuid.UUID]) -> _Rows:
        skills: dict[uuid.UUID, list[crewskills.Held]] = defaultdict(list)
        for one in crewskills.held(ids):
            skills[one.user_id].append(one)
        open_tasks = {user: n for user, n in db.session.execute(select(Assignment.assignee_id, func.count()).where(
            Assignment.assignee_id.in_(ids), Assignment.state.in_(LIVE)).group_by(Assignment.assignee_id)) if user}
        last = {user: at for user, at in db.session.execute(select(Assignment.assignee_id, func.max(Assignment.accepted_at)).where(
            Assignment.assignee_id.in_(ids), Assignment.accepted_at.is_not(None)).group_by(Assignment.assignee_id)) if user and at}
        towns = {key: codes for key, codes in db.session.execute(select(Team.id, Team.towns))}
        goals: dict[uuid.UUID, list[RotationGoal]] = defaultdict(list)
        for goal in db.session.scalars(select(RotationGoal).where(
                RotationGoal.user_id.in_(ids), RotationGoal.ended_at.is_(None), RotationGoal.until_on >= teams.today())):
            goals[goal.user_id].append(goal)
        seen = crewgrow.progress([goal for rows in goals.values() for goal in rows])
        return cls(skills, open_tasks, last, crew.homes(ids), towns, goals, seen)

    def person(self, one: crew.Person, case: Case | None, on_call: bool, moment: datetime) -> crewscore.Person:
        """What the score needs to know of somebody for a task there."""
        held, last = self.skills.get(one.id, ()), self.last.get(one.id)
        return crewscore.Person(
            name=one.name, skills={item.skill: item.level for item in held if item.state != "expired"},
            expired=frozenset(item.skill for item in held if item.state == "expired"), km=self._km(one, case),
            open_tasks=self.open_tasks.get(one.id, 0), days=(moment - last).days if last else None,
            goal=self._goal(one, case), on_call=on_call)

    def _km(self, one: crew.Person, case: Case | None) -> float | None:
        """Kilometres between town centres: home, else the nearest town of the person's squads. Never a check-in."""
        if case is None or not case.town:
            return None
        home = self.homes.get(one.id)
        codes = [home] if home else [code for team in one.team_ids for code in self.towns.get(team, ())]
        return nearest_km(case.town, codes)

    def _goal(self, one: crew.Person, case: Case | None) -> str:
        if case is None:
            return ""
        for goal in self.goals.get(one.id, ()):
            there = case.town == goal.code if goal.kind == "town" else (case.category or "")[:2] == goal.code
            if there and self.seen.get(goal.id, 0) < goal.wanted:
                return crewgrow.place_words(goal.kind, goal.code)
        return ""


def nearest_km(town: str, codes: Iterable[str]) -> float | None:
    """Kilometres from a town's centre to the nearest centre of these towns; None when a centre is not known."""
    if town in (codes := list(codes)):
        return 0.0
    here = lookup.town(town)
    if here is None or here.lng is None or here.lat is None:
        return None
    found = [distance_m(here.lng, here.lat, there.lng, there.lat) / 1000 for code in codes
             if (there := lookup.town(code)) is not None and there.lng is not None and there.lat is not None]
    return min(found) if found else None


def _barred(case: Case | None, story: Coverage | None, ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[str, Mapping[str, object]]]:
    """Who cannot be asked for this case or story: holds a task on it already, said no to it, or is of the unit complained of."""
    found: dict[uuid.UUID, tuple[str, Mapping[str, object]]] = {}
    on = [Assignment.case_id == case.id] if case is not None else []
    on += [Assignment.coverage_id == story.id] if story is not None else []
    if not on:
        return found
    for user, state, reason in db.session.execute(select(Assignment.assignee_id, Assignment.state, Assignment.end_reason).where(
            or_(*on), Assignment.assignee_id.in_(ids), Assignment.state.in_((*LIVE, "declined"))).order_by(Assignment.created_at)):
        if user is None:
            continue
        if state in LIVE:
            found[user] = N_("这件事上已经有任务"), {}
        elif reason == "conflict_of_interest":
            found.setdefault(user, (N_("说过与当事方有关系"), {}))
    if case is not None and case.named_party:
        for user in db.session.scalars(select(Grant.user_id).where(Grant.department == case.named_party, Grant.user_id.in_(ids))):
            found[user] = N_("是当事方的人"), {}
    return found
