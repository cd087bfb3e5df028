"""Who could take a task: people on the squads with their load, and the squads themselves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select

from civic.access import shifts
from civic.access import teams as crews
from civic.access.actor import Actor
from civic.kit import clock
from civic.models import (
    Answer,
    Assignment,
    Case,
    Grant,
    Media,
    Member,
    Referral,
    TaskForce,
    Team,
    User,
    Verification,
    db,
)

Options = list[tuple[Any, Any]]


def loads() -> dict[Any, int]:
    """Live tasks per person."""
    rows = db.session.execute(select(Assignment.assignee_id, func.count()).where(
        Assignment.state.in_(("offered", "accepted", "submitted")), Assignment.assignee_id.is_not(None))
        .group_by(Assignment.assignee_id))
    return {user: count for user, count in rows}


def holders(actor: Actor, case: Case | None) -> Options:
    """Squads and their members as `team:<id>` / `user:<id>`, those whose area holds the case first, each with its load."""
    teams = [team for team in db.session.scalars(select(Team).order_by(Team.name))
             if "duty" in actor.grants or team.id in actor.leads]
    busy, gone, closed = loads(), shifts.away_until(clock.now(), clock.now() + timedelta(minutes=1)), _disbanded()
    town = case.town if case else None
    teams.sort(key=lambda team: (town not in team.towns if town else False, team.name))
    options: Options = []
    for team in teams:
        near = "（本片）" if town and town in team.towns else ""
        if team.id in closed:
            continue
        members = [(f"user:{member.user_id}", f"{member.user.name} · 手头 {busy.get(member.user_id, 0)} 件" + (
            f"（请假到 {clock.local(gone[member.user_id][1] - timedelta(minutes=1)):%m-%d}，不能派）"
            if member.user_id in gone else "")) for member in crews.here(team)]
        options.append((team.name + near, [(f"team:{team.id}", f"{team.name}（先接者承办）"), *members]))
    return options


def _disbanded() -> set[Any]:
    return set(db.session.scalars(select(TaskForce.team_id).where(TaskForce.disbanded_at.is_not(None))))


def reporters() -> Options:
    """Everybody who may write: id and name."""
    ids = select(Grant.user_id).where(Grant.role == "reporter").union(select(Member.user_id))
    rows = db.session.execute(select(User.id, User.name).where(User.id.in_(ids), User.active).order_by(User.name))
    return [(str(user_id), name) for user_id, name in rows]


def items_of(case: Case | None) -> Options:
    """Photos and answers of a case that can be opened, hidden or shown, as `media:<id>` / `answer:<id>`, in groups."""
    if case is None:
        return []
    answers = db.session.execute(select(Answer.id, Answer.version, Answer.hidden, Referral.number).join(Referral).where(
        Referral.case_id == case.id).order_by(Answer.created_at)).all()
    photos = db.session.scalars(select(Media).where(or_(
        Media.case_id == case.id,
        Media.verification_id.in_(select(Verification.id).where(Verification.case_id == case.id)),
        Media.assignment_id.in_(select(Assignment.id).where(Assignment.case_id == case.id)),
        Media.answer_id.in_([row.id for row in answers]))).order_by(Media.created_at))
    groups: Options = [("照片", [(f"media:{photo.id}", _photo_words(photo)) for photo in photos]),
                       ("答复", [(f"answer:{row.id}", f"{row.number} 答复第 {row.version} 版{'（已隐去）' if row.hidden else ''}")
                               for row in answers])]
    return [(name, rows) for name, rows in groups if rows]


def _photo_words(photo: Media) -> str:
    owner = ("回访" if photo.verification_id else "答复" if photo.answer_id else "任务" if photo.assignment_id else "案件")
    side = {"before": "·前", "after": "·后"}.get(photo.phase, "")
    state = "已隐去" if photo.hidden else "已公开" if photo.public else "内部"
    when = clock.local(photo.taken_at or photo.created_at)
    return f"{owner}{side} {when:%m-%d %H:%M} {photo.caption or photo.name}（{state}）"
