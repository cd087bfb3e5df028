"""Squads and task forces: making them and who belongs."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from civic.kit import clock
from civic.kit.ids import uuid7
from civic.kit.result import Invalid, NotFound
from civic.models import Member, Team, User, db


def listed() -> list[Team]:
    """All teams by name."""
    return list(db.session.scalars(select(Team).order_by(Team.kind, Team.name)))


def get(team_id: uuid.UUID) -> Team:
    """One team; NotFound otherwise."""
    team = db.session.get(Team, team_id)
    if team is None:
        raise NotFound()
    return team


def save(team: Team | None, data: Mapping[str, Any]) -> Team:
    """Makes or changes a team. A task force needs an end; names in addresses are unique."""
    slug = str(data["slug"]).strip().lower()
    other = db.session.scalar(select(Team).where(Team.slug == slug))
    errors = {}
    if other is not None and other is not team:
        errors["slug"] = "这个名字已经有了。"
    if data["kind"] == "taskforce" and not data.get("ends_on"):
        errors["ends_on"] = "专班要有结束的日子。"
    if data.get("starts_on") and data.get("ends_on") and data["ends_on"] < data["starts_on"]:
        errors["ends_on"] = "结束不能早于开始。"
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


def add(team: Team, user_id: str, role: str) -> None:
    """Adds a person or changes what they are in the team."""
    try:
        user = db.session.get(User, uuid.UUID(user_id))
    except ValueError:
        user = None
    if user is None or not user.active:
        raise Invalid({"user": "没有这个人。"})
    member = next((item for item in team.members if item.user_id == user.id), None)
    if member is None:
        team.members.append(Member(id=uuid7(), created_at=clock.now(), team_id=team.id, user_id=user.id, role=role))
    else:
        member.role = role
    db.session.flush()


def remove(team: Team, member_id: uuid.UUID) -> None:
    """Takes a person out; what they hold stays theirs until cancelled."""
    member = next((item for item in team.members if item.id == member_id), None)
    if member is None:
        raise NotFound()
    team.members.remove(member)
    db.session.flush()
