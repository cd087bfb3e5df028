"""Squads and task forces: making them and who belongs, from when until when."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from civic.access import crewlog
from civic.kit import clock
from civic.kit.ids import uuid7
from civic.kit.result import Invalid, NotFound
from civic.models import Member, MemberTerm, TaskForce, Team, User, db

ROLES = (("lead", "队长"), ("reporter", "记者"), ("camera", "摄像"), ("editor", "编辑"), ("liaison", "联络"))
"""What somebody is in a team."""


def listed() -> list[Team]:
    """All teams by name."""
    return list(db.session.scalars(select(Team).order_by(Team.kind, Team.name)))


def get(team_id: uuid.UUID) -> Team:
    """One team; NotFound otherwise."""
    team = db.session.get(Team, team_id)
    if team is None:
        raise NotFound()
    return team


def today() -> date:
    """The day in Shanghai."""
    return clock.local(clock.now()).date()


def here(team: Team, day: date | None = None) -> list[Member]:
    """The members whose place holds on a day (today) and whose account is on, the lead first, then by name."""
    when = day or today()
    return sorted((one for one in team.members if one.user.active and one.holds(when)),
                  key=lambda one: (one.role != "lead", one.user.name))


def disbanded(team: Team) -> bool:
    """Whether a task force has been disbanded."""
    return team.kind == "taskforce" and bool(db.session.scalar(select(TaskForce.id).where(
        TaskForce.team_id == team.id, TaskForce.disbanded_at.is_not(None))))


def save(team: Team | None, data: Mapping[str, Any]) -> Team:
    """Makes or changes a team. A task force needs an end; names in addresses are unique.

    A running task force does not end by a date in the past or by becoming a squad: it is disbanded, with its report.
    """
    slug = str(data["slug"]).strip().lower()
    other = db.session.scalar(select(Team).where(Team.slug == slug))
    errors = {}
    if other is not None and other is not team:
        errors["slug"] = "这个名字已经有了。"
    if data["kind"] == "taskforce" and not data.get("ends_on"):
        errors["ends_on"] = "专班要有结束的日子。"
    if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
        errors["ends_on"] = "结束不能早于开始。"
    if team is not None and team.kind == "taskforce":
        errors.update(_not_by_the_back_door(team, data))
    if errors:
        raise Invalid(errors)
    if team is None:
        team = Team(id=uuid7(), created_at=clock.now())
        db.session.add(team)
    team.slug, team.name, team.kind = slug, str(data["name"]).strip(), str(data["kind"])
    team.beat, team.charter = str(data.get("beat") or ""), str(data.get("charter") or "")
    team.towns = list(data.get("towns") or [])
    team.starts_on, team.ends_on = data.get("starts_on"), data.get("ends_on")
    db.session.flush()
    return team


def _not_by_the_back_door(team: Team, data: Mapping[str, Any]) -> dict[str, str]:
    if disbanded(team):
        return {"name": "专班已经解散，留档不改。"}
    if data["kind"] != "taskforce" and team.starts_on is not None and team.starts_on <= today():
        return {"kind": "专班已经开始，不能改成常设小队；办完了请写解散报告。"}
    end = data.get("ends_on")
    if end and end != team.ends_on and end < today():
        return {"ends_on": "专班要先写解散报告才能结束；这里只能改到今天以后。"}
    return {}


def add(team: Team, user_id: str, role: str, starts_on: date | None = None, ends_on: date | None = None, *,
        by: uuid.UUID | None = None) -> Member:
    """Adds a person or changes what they are in the team, from one day until another (both included, open when None)."""
    try:
        user = db.session.get(User, uuid.UUID(user_id))
    except ValueError:
        user = None
    if user is None or not user.active:
        raise Invalid({"user": "没有这个人。"})
    if role not in dict(ROLES):
        raise Invalid({"role": "没有这个角色。"})
    if starts_on and ends_on and ends_on < starts_on:
        raise Invalid({"ends_on": "结束不能早于开始。"})
    if disbanded(team):
        raise Invalid({"user": "专班已经解散，不能再加人。"})
    member = next((item for item in team.members if item.user_id == user.id), None)
    if member is None:
        member = Member(id=uuid7(), created_at=clock.now(), team_id=team.id, user_id=user.id, role=role,
                        starts_on=starts_on, ends_on=ends_on)
        team.members.append(member)
        crewlog.log(by, "member", f"加入：{dict(ROLES)[role]}", user_id=user.id, team_id=team.id)
    else:
        _change(member, role, starts_on, ends_on, by)
    db.session.flush()
    return member


def _change(member: Member, role: str, starts_on: date | None, ends_on: date | None, by: uuid.UUID | None) -> None:
    """Another role is another place: the old one is kept with its days."""
    day = today()
    begun = _begin(member)
    if (member.role != role or not member.holds(day)) and begun < (starts_on or day):
        _keep(member, min(member.ends_on or date.max, (starts_on or day) - timedelta(days=1)))
        member.starts_on = starts_on or day
    else:
        member.starts_on = starts_on or member.starts_on
    if member.role != role or member.ends_on != ends_on:
        crewlog.log(by, "member", f"改为：{dict(ROLES)[role]}" + (f"，到 {ends_on:%Y-%m-%d}" if ends_on else ""),
                    user_id=member.user_id, team_id=member.team_id)
    member.role, member.ends_on = role, ends_on


def _begin(member: Member) -> date:
    return member.starts_on or clock.local(member.created_at).date()


def _keep(member: Member, until: date) -> None:
    start = _begin(member)
    if until >= start:
        db.session.add(MemberTerm(id=uuid7(), created_at=clock.now(), team_id=member.team_id, user_id=member.user_id,
                                  role=member.role, starts_on=start, ends_on=until))


def remove(team: Team, member_id: uuid.UUID, *, by: uuid.UUID | None = None) -> None:
    """Takes a person out; what they hold stays theirs until cancelled, and that they were here stays on record."""
    member = next((item for item in team.members if item.id == member_id), None)
    if member is None:
        raise NotFound()
    _keep(member, min(member.ends_on or date.max, today()))
    crewlog.log(by, "member", f"离队：{dict(ROLES)[member.role]}", user_id=member.user_id, team_id=team.id)
    team.members.remove(member)
    db.session.flush()


def terms(team: Team) -> list[MemberTerm]:
    """Places in the team that are over, the newest first."""
    return list(db.session.scalars(select(MemberTerm).where(MemberTerm.team_id == team.id)
                                   .order_by(MemberTerm.ends_on.desc(), MemberTerm.id.desc()).limit(100)))
