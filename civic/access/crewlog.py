"""Who changed what about people and teams. Rows are only ever added."""

from __future__ import annotations

import uuid

from sqlalchemy import select

from civic.kit import clock
from civic.kit.ids import uuid7
from civic.models import CrewLog, db


def log(by: uuid.UUID | None, topic: str, text: str, *, user_id: uuid.UUID | None = None,
        team_id: uuid.UUID | None = None) -> None:
    """Writes one line; `topic` is member, team, shift, leave, skill, rotation or mentoring. Never why somebody is away."""
    db.session.add(CrewLog(id=uuid7(), created_at=clock.now(), by_id=by, topic=topic, text=text[:300], user_id=user_id,
                           team_id=team_id))


def of_team(team_id: uuid.UUID, limit: int = 30) -> list[CrewLog]:
    """The newest lines about a team."""
    return list(db.session.scalars(select(CrewLog).where(CrewLog.team_id == team_id)
                                   .order_by(CrewLog.created_at.desc(), CrewLog.id.desc()).limit(limit)))


def of_user(user_id: uuid.UUID, limit: int = 30) -> list[CrewLog]:
    """The newest lines about a person."""
    return list(db.session.scalars(select(CrewLog).where(CrewLog.user_id == user_id)
                                   .order_by(CrewLog.created_at.desc(), CrewLog.id.desc()).limit(limit)))
