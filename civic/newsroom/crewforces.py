"""Task forces 专班: made with charter, scope, days and units; a note a week; ended only with a report. And a squad's people."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import func, select

from civic import ledger
from civic.access import crewlog, teams
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound, NotPossible
from civic.kit.text import clean
from civic.models import Assignment, Case, Member, TaskForce, Team, User, WeeklyNote, db
from civic.newsroom import crew
from civic.reference import lookup

LIVE = ("offered", "accepted", "submitted")
DUE_AFTER = timedelta(days=4)
"""A week's note is due on its Friday."""
_SLUG = re.compile(r"[a-z0-9-]{2,40}")
LIMITS = {"name": (2, 40), "beat": (0, 120), "charter": (4, 1000), "scope": (4, 1000)}
NOTE_LIMITS = {"done": (4, 2000), "stuck": (0, 2000), "plan": (2, 2000)}
REPORT_LIMITS = {"report": (20, 6000), "public_report": (10, 1000)}


@dataclass(frozen=True, slots=True)
class Week:
    """A week of a task force: its note, or that it is missing."""

    monday: date
    note: WeeklyNote | None
    due_on: date
    late: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a team has done by its records: the start of a disband report."""

    tasks_done: int
    cases: int
    closed: int
    open_tasks: int


# -- making and changing ----------------------------------------------------------------------------------------------


def of_slug(actor: Actor, slug: str) -> Team:
    """A team by its slug; NotFound. Everybody of the newsroom may look at every team."""
    row = db.session.scalar(select(Team).where(Team.slug == slug[:60]))
    if row is None:
        raise NotFound()
    return row


def force_of(team: Team) -> TaskForce | None:
    """The task force's own row; None for a squad or one that was made before there were such rows."""
    return db.session.scalar(select(TaskForce).where(TaskForce.team_id == team.id))


def leads(actor: Actor, team: Team) -> bool:
    """Whether this person may change the team's people and papers: the desk and its lead."""
    return crew.plans(actor) or team.id in actor.leads


def must_lead(actor: Actor, team: Team) -> None:
    if not leads(actor, team):
        raise NotAllowed("只有值班编辑、总编辑和队长能改这支队。")


def save(actor: Actor, data: Mapping[str, Any], team: Team | None = None) -> Team:
    """Makes or changes a task force: `name`, `slug`, `beat`, `charter`, `scope`, `starts_on`, `ends_on`, `towns`,
    `departments`; a new one may name its `lead`. Invalid by field.
    """
    if team is None:
        crew.must_plan(actor)
    else:
        must_lead(actor, team)
        if team.kind != "taskforce":
            raise NotPossible("小虎队的设置在管理里改。")
        if teams.disbanded(team):
            raise NotPossible("专班已经解散，留档不改。")
    given, errors = _texts(data, LIMITS)
    slug = str(data.get("slug") or (team.slug if team else "")).strip().lower()
    if not _SLUG.fullmatch(slug):
        errors["slug"] = "用 2–40 个小写字母、数字或短横。"
    starts = crew.day_of(data.get("starts_on"), "starts_on", errors)
    ends = crew.day_of(data.get("ends_on"), "ends_on", errors)
    towns = [code for code in data.get("towns") or () if lookup.town(code)]
    units = [code for code in data.get("departments") or () if lookup.department(code)]
    if team is None and ends and ends < teams.today():
        errors["ends_on"] = "结束的日子已经过去了。"
    lead = _lead(data.get("lead"), errors) if team is None else None
    if errors:
        raise Invalid(errors)
    made = teams.save(team, {**given, "slug": slug, "kind": "taskforce", "towns": towns, "starts_on": starts, "ends_on": ends})
    force = force_of(made)
    if force is None:
        force = ledger.new(TaskForce, team_id=made.id, report="", public_report="")
        db.session.add(force)
    force.scope, force.departments = given["scope"], units
    if lead is not None:
        teams.add(made, str(lead.id), "lead", starts, None, by=actor.user_id)
    crewlog.log(actor.user_id, "team", "成立专班" if team is None else "改专班设置", team_id=made.id)
    db.session.flush()
    return made


def _lead(value: Any, errors: dict[str, str]) -> User | None:
    if not value:
        errors["lead"] = "专班要有队长。"
        return None
    try:
        return crew.person(value)
    except Invalid:
        errors["lead"] = "没有这个人。"
        return None


def _texts(data: Mapping[str, Any], limits: Mapping[str, tuple[int, int]]) -> tuple[dict[str, str], dict[str, str]]:
    given = {name: clean(str(data.get(name) or "")) for name in limits}
    errors = {}
    for name, (least, most) in limits.items():
        if len(given[name]) < least:
            errors[name] = f"至少写 {least} 个字。" if given[name] else "请填写。"
        elif len(given[name]) > most:
            errors[name] = f"最多 {most} 字。"
    return given, errors


def set_member(actor: Actor, team: Team, data: Mapping[str, Any]) -> Member:
    """Puts a person into a team or changes their place: `user`, `role`, `starts_on`, `ends_on`. A team keeps its lead."""
    must_lead(actor, team)
    errors: dict[str, str] = {}
    first = crew.day_of(data.get("starts_on"), "starts_on", errors, needed=False)
    last = crew.day_of(data.get("ends_on"), "ends_on", errors, needed=False)
    role, user = str(data.get("role") or ""), str(data.get("user") or "")
    if role != "lead" and (last_lead := _only_lead(team)) is not None and str(last_lead.user_id) == user:
        errors["role"] = "队里要有一位队长：先把队长交给别人。"
    if errors:
        raise Invalid(errors)
    return teams.add(team, user, role, first, last, by=actor.user_id)


def remove_member(actor: Actor, team: Team, member_id: uuid.UUID) -> None:
    """Takes a person out; not the only lead. That they were here stays on record."""
    must_lead(actor, team)
    last = _only_lead(team)
    if last is not None and last.id == member_id:
        raise NotPossible("队里要有一位队长：先把队长交给别人。")
    teams.remove(team, member_id, by=actor.user_id)


def _only_lead(team: Team) -> Member | None:
    found = [one for one in teams.here(team) if one.role == "lead"]
    return found[0] if len(found) == 1 else None


# -- the weekly note --------------------------------------------------------------------------------------------------


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def weeks(team: Team, limit: int = 26) -> list[Week]:
    """The weeks of a task force up to this one, newest first, each with its note or without."""
    if team.kind != "taskforce" or team.starts_on is None:
        return []
    notes = {row.monday: row for row in db.session.scalars(select(WeeklyNote).where(WeeklyNote.team_id == team.id)
                                                           .order_by(WeeklyNote.monday.desc()).limit(limit + 1))}
    return _weeks(team, set(notes), notes, limit)


def _weeks(team: Team, have: set[date], notes: Mapping[date, WeeklyNote], limit: int) -> list[Week]:
    today = teams.today()
    over = _over(team)
    last, first = monday(min(today, over) if over else today), monday(team.starts_on or today)
    found: list[Week] = []
    while last >= first and len(found) < limit:
        due = last + DUE_AFTER
        found.append(Week(last, notes.get(last), due, last not in have and today > due))
        last -= timedelta(days=7)
    return found


def _over(team: Team) -> date | None:
    force = force_of(team)
    return clock.local(force.disbanded_at).date() if force is not None and force.disbanded_at else None


def write_note(actor: Actor, team: Team, week: Any, data: Mapping[str, Any]) -> WeeklyNote:
    """Writes or betters the note of a week: `done`, `stuck`, `plan`. By a member; not for weeks to come or before it began."""
    if not leads(actor, team) and team.id not in actor.member_of:
        raise NotAllowed("周报由专班的人写。")
    if team.kind != "taskforce" or team.starts_on is None:
        raise NotPossible("只有专班要写周报。")
    if teams.disbanded(team):
        raise NotPossible("专班已经解散，周报留档不改。")
    given, errors = _texts(data, NOTE_LIMITS)
    day = crew.day_of(week, "week", errors)
    if day and not monday(team.starts_on) <= monday(day) <= monday(teams.today()):
        errors["week"] = "这一周不在专班的期限里。"
    if errors or day is None:
        raise Invalid(errors)
    row = db.session.scalar(select(WeeklyNote).where(WeeklyNote.team_id == team.id, WeeklyNote.monday == monday(day))
                            .with_for_update(of=WeeklyNote))
    if row is None:
        row = ledger.new(WeeklyNote, team_id=team.id, monday=monday(day), author_id=actor.user_id, **given)
        db.session.add(row)
    else:
        row.done, row.stuck, row.plan, row.changed_at = given["done"], given["stuck"], given["plan"], clock.now()
    db.session.flush()
    crewlog.log(actor.user_id, "team", f"周报 {monday(day):%m-%d}", team_id=team.id)
    return row


def running(day: date) -> Sequence[Team]:
    """Task forces that have begun and are not disbanded, whether or not their last day has passed."""
    over = select(TaskForce.team_id).where(TaskForce.disbanded_at.is_not(None))
    return db.session.scalars(select(Team).where(Team.kind == "taskforce", Team.starts_on <= day, Team.id.not_in(over))
                              .order_by(Team.ends_on, Team.name)).all()


def missing(rows: Sequence[Team]) -> dict[uuid.UUID, list[date]]:
    """The Mondays of weeks whose note is late, of the last eight weeks, by team; one statement."""
    have: dict[uuid.UUID, set[date]] = {team.id: set() for team in rows}
    for team_id, day in db.session.execute(select(WeeklyNote.team_id, WeeklyNote.monday).where(
            WeeklyNote.team_id.in_(list(have)))) if have else ():
        have[team_id].add(day)
    today, found = teams.today(), {}
    for team in rows:
        first, last = monday(team.starts_on or today), monday(today)
        every = [last - timedelta(days=7 * number) for number in range(8)]
        found[team.id] = [day for day in every if day >= first and day not in have[team.id] and today > day + DUE_AFTER]
    return found


# -- the end ----------------------------------------------------------------------------------------------------------


def outcome(team: Team) -> Outcome:
    """What the records say the team has done; one statement."""
    row = db.session.execute(select(
        func.count().filter(Assignment.state == "done"),
        func.count(func.distinct(Assignment.case_id)).filter(Assignment.state.in_(("accepted", "submitted", "done"))),
        func.count(func.distinct(Assignment.case_id)).filter(
            Assignment.state == "done", Case.state.in_(("closed", "archived"))),
        func.count().filter(Assignment.state.in_(LIVE)))
        .select_from(Assignment).outerjoin(Case, Case.id == Assignment.case_id).where(Assignment.team_id == team.id)).one()
    return Outcome(*row)


def disband(actor: Actor, team: Team, data: Mapping[str, Any]) -> TaskForce:
    """Ends a task force with its `report` and the `public_report` its page keeps; never without. Everybody's place in it
    ends today; NotPossible while tasks or cases are still its own.
    """
    must_lead(actor, team)
    if team.kind != "taskforce":
        raise NotPossible("常设小虎队不解散。")
    force = force_of(team)
    if force is None:
        force = ledger.new(TaskForce, team_id=team.id, scope="", departments=[])
        db.session.add(force)
    if force.disbanded_at is not None:
        raise NotPossible("这个专班已经解散了。")
    given, errors = _texts(data, REPORT_LIMITS)
    if errors:
        raise Invalid(errors)
    _nothing_left(team)
    today = teams.today()
    for member in list(team.members):
        teams.remove(team, member.id, by=actor.user_id)
    force.report, force.public_report = given["report"], given["public_report"]
    force.disbanded_at, force.disbanded_by = clock.now(), actor.user_id
    team.ends_on = max(today, team.starts_on or today)
    crewlog.log(actor.user_id, "team", "解散专班", team_id=team.id)
    db.session.flush()
    return force


def _nothing_left(team: Team) -> None:
    left = db.session.scalar(select(func.count()).select_from(Assignment).where(
        Assignment.team_id == team.id, Assignment.state.in_(LIVE))) or 0
    owned = db.session.scalar(select(func.count()).select_from(Case).where(Case.owner_team_id == team.id, Case.state == "open")) or 0
    reasons = [text for number, text in ((left, f"还有 {left} 条任务没有结束，先验收或取消。"),
                                         (owned, f"还有 {owned} 件在办案件由它负责，先交给别的队。")) if number]
    if reasons:
        raise NotPossible(reasons)
