"""The crew of a story 参战队员 (大兵团作战): people drafted across squads, as many as the story's grade allows."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from civic import ledger
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound, NotPossible
from civic.kit.text import clean
from civic.ledger import facts
from civic.models import Coverage, Member, StoryCrew, Team, User, db
from civic.notify import outbox
from civic.workflow import grading

ROLES = dict(grading.CREW_ROLES)
NOTE = 120


def of(story_id: uuid.UUID) -> Sequence[StoryCrew]:
    """Who works on the story now, its own squad first."""
    return db.session.scalars(select(StoryCrew).where(StoryCrew.coverage_id == story_id, StoryCrew.released_at.is_(None))
                              .order_by(StoryCrew.drafted, StoryCrew.id)).unique().all()


def home(story: Coverage) -> set[uuid.UUID]:
    """The squads the story belongs to: the case's owner, else those of its author."""
    if story.case is not None and story.case.owner_team_id is not None:
        return {story.case.owner_team_id}
    if story.author_id is None:
        return set()
    return set(db.session.scalars(select(Member.team_id).where(Member.user_id == story.author_id)))


def _teams(user: User) -> list[Team]:
    return list(db.session.scalars(select(Team).join(Member, Member.team_id == Team.id).where(Member.user_id == user.id)
                                   .order_by(Team.kind, Team.name)))


def _person(value: Any) -> User:
    try:
        user = db.session.get(User, uuid.UUID(str(value or "")))
    except ValueError:
        user = None
    if user is None or not Actor.of(user).is_reporter:
        raise Invalid({"user": "请选一位队员或记者。"})
    return user


def draft(actor: Actor, story: Coverage, data: Mapping[str, Any]) -> StoryCrew:
    """Puts `user` on the crew as `role`. Who comes from another squad counts against what the grade allows.

    Nobody who has signed this version is drafted: the signature would be of one of the crew.
    """
    if not actor.grants & {"duty", "chief"}:
        raise NotAllowed()
    role, note = str(data.get("role") or ""), clean(str(data.get("note") or ""))
    user, errors = _person(data.get("user")), {}
    if role not in ROLES:
        errors["role"] = "请选做什么。"
    if len(note) > NOTE:
        errors["note"] = f"说明最多 {NOTE} 字，现在 {len(note)} 字。"
    if errors:
        raise Invalid(errors)
    ledger.lock(f"coverage:{story.id}")
    db.session.refresh(story)
    if story.state not in ("planned", "drafting", "in_review"):
        raise NotPossible("已经签发或放弃的报道不再抽人。")
    crew = of(story.id)
    if any(one.user_id == user.id for one in crew):
        raise Invalid({"user": f"{user.name}已经在队里。"})
    if user.id == story.author_id:
        raise Invalid({"user": f"{user.name}就是作者。"})
    _has_not_signed(story, user)
    own, teams = home(story), _teams(user)
    foreign = bool(own) and not any(team.id in own for team in teams)
    reason = grading.room_left(story.grade, len(crew), sum(one.drafted for one in crew), foreign=foreign)
    if reason:
        raise NotPossible(reason)
    team = next((team for team in teams if team.id in own), teams[0] if teams else None)
    row = ledger.new(StoryCrew, coverage_id=story.id, user_id=user.id, team_id=team.id if team else None, role=role,
                     drafted=foreign, note=note, added_by=actor.user_id)
    db.session.add(row)
    db.session.flush()
    db.session.refresh(row)
    outbox.tell(f"crew:{row.id}", f"user:{user.id}", "coverage.nudge",
                {"machine": "coverage", "object": str(story.id), "command": "nudge", "note": f"抽你参战，{ROLES[role]}"})
    return row


def _has_not_signed(story: Coverage, user: User) -> None:
    known = facts.load("coverage", story)
    if str(user.id) in getattr(known, "signed", {}).values():
        raise NotPossible(f"{user.name}已经签过这一版，不能再参战。")


def release(actor: Actor, story: Coverage, key: uuid.UUID) -> None:
    """Sends a person back to their squad; the row stays."""
    if not actor.grants & {"duty", "chief"}:
        raise NotAllowed()
    row = db.session.get(StoryCrew, key)
    if row is None or row.coverage_id != story.id or row.released_at is not None:
        raise NotFound()
    row.released_at, row.released_by = clock.now(), actor.user_id
    db.session.flush()


def choices(story: Coverage, crew: Sequence[StoryCrew]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Who could be drafted, by squad; the story's own squad first."""
    own, taken = home(story), {one.user_id for one in crew} | {story.author_id}
    rows = db.session.execute(select(Team.id, Team.name, User.id.label("user_id"), User.name.label("person")).join(
        Member, Member.team_id == Team.id).join(User, User.id == Member.user_id).where(User.active)
        .order_by(Team.kind, Team.name, User.name)).all()
    groups: dict[tuple[bool, str], list[tuple[str, str]]] = {}
    seen: set[uuid.UUID] = set()
    for row in sorted(rows, key=lambda row: row.id not in own):
        if row.user_id in taken or row.user_id in seen:
            continue
        seen.add(row.user_id)
        groups.setdefault((row.id not in own, row.name), []).append((str(row.user_id), row.person))
    return [(name, people) for (_, name), people in groups.items()]
