"""The in-app inbox of a person: notices to them, their roles, teams and departments."""

from __future__ import annotations

from sqlalchemy import ColumnElement, func, or_, select

from civic.access.actor import Actor
from civic.models import Notice, db


def names(actor: Actor) -> list[str]:
    """Every recipient name that reaches this person."""
    found = [f"user:{actor.user_id}", *(f"role:{grant}" for grant in sorted(actor.grants)),
             *(f"team:{team}" for team in actor.member_of), *(f"department:{code}" for code in sorted(actor.departments))]
    return found if actor.kind == "user" else []


def _mine(actor: Actor) -> ColumnElement[bool]:
    return or_(Notice.recipient.in_(names(actor)))


def latest(actor: Actor, limit: int = 50) -> list[Notice]:
    """The newest notices, newest first."""
    if actor.kind != "user":
        return []
    return list(db.session.scalars(select(Notice).where(_mine(actor)).order_by(Notice.created_at.desc(), Notice.id)
                                   .limit(limit)))


def unread(actor: Actor) -> int:
    """How many notices of the person were not read yet."""
    if actor.kind != "user":
        return 0
    return db.session.scalar(select(func.count()).select_from(Notice).where(_mine(actor), Notice.read_at.is_(None))) or 0
