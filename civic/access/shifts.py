"""Who is on shift and who is away, and so whom a message to a role reaches now.

A shift steers, it does not lock: rights come from grants alone. What is addressed to a role goes to those of the role who
are on shift; with nobody on shift, to all of the role who are not on leave; with everybody on leave, to the whole role,
for somebody must hear.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, select

from civic.kit import clock
from civic.models import Grant, Member, Shift, User, db

LEAVE = "leave"
MOBILE = "mobile"
GRANT_OF = {"duty": "duty", "intake": "intake", "review1": "review1", "review2": "review2", "chief": "chief"}
"""Kinds of shifts that are a role's, and the grant one needs to be steered to."""


@dataclass(frozen=True, slots=True)
class OnShift:
    """Somebody on shift now; `team_id` is the squad a mobile reporter is on call for."""

    user_id: uuid.UUID
    name: str
    kind: str
    ends_at: datetime
    team_id: uuid.UUID | None


def _running(at: datetime) -> ColumnElement[bool]:
    return and_(Shift.starts_at <= at, Shift.ends_at > at)


def away(users: Iterable[uuid.UUID | None] | None = None, at: datetime | None = None) -> set[uuid.UUID]:
    """Who is on leave at a moment, of these users or of all; one statement."""
    wanted = None if users is None else [user for user in users if user]
    if wanted == []:
        return set()
    query = select(Shift.user_id).where(Shift.kind == LEAVE, _running(at or clock.now()))
    return set(db.session.scalars(query if wanted is None else query.where(Shift.user_id.in_(wanted))))


def away_until(start: datetime, end: datetime) -> dict[uuid.UUID, tuple[datetime, datetime]]:
    """Everybody with leave inside a span, with the first moment away and the moment they are back; one statement."""
    found: dict[uuid.UUID, tuple[datetime, datetime]] = {}
    for row in db.session.execute(select(Shift.user_id, Shift.starts_at, Shift.ends_at).where(
            Shift.kind == LEAVE, Shift.starts_at < end, Shift.ends_at > start).order_by(Shift.starts_at, Shift.id)):
        held = found.get(row.user_id)
        found[row.user_id] = (held[0], max(held[1], row.ends_at)) if held else (row.starts_at, row.ends_at)
    return found


def now(*kinds: str, at: datetime | None = None) -> list[OnShift]:
    """Who is on shift, those who began last first; people on leave and switched-off accounts are not there."""
    moment = at or clock.now()
    gone = select(Shift.user_id).where(Shift.kind == LEAVE, _running(moment))
    query = select(Shift.user_id, User.name, Shift.kind, Shift.ends_at, Shift.team_id).join(User, User.id == Shift.user_id).where(
        _running(moment), Shift.kind != LEAVE, User.active, Shift.user_id.not_in(gone))
    if kinds:
        query = query.where(Shift.kind.in_(kinds))
    return [OnShift(*row) for row in db.session.execute(query.order_by(Shift.starts_at.desc(), User.name, Shift.id))]


def route(recipient: str, at: datetime | None = None) -> list[str]:
    """The recipients a message to `recipient` goes to now. Only roles of the newsroom and squads are steered."""
    kind, _, key = recipient.partition(":")
    if kind == "role" and key in GRANT_OF:
        return _role(key, recipient, at or clock.now())
    if kind == "team":
        return _team(key, recipient, at or clock.now())
    return [recipient]


def _role(key: str, recipient: str, moment: datetime) -> list[str]:
    holders = select(Grant.user_id).join(User, User.id == Grant.user_id).where(Grant.role == key, User.active)
    on: set[uuid.UUID] = set()
    gone: set[uuid.UUID] = set()
    for user_id, shift in db.session.execute(select(Shift.user_id, Shift.kind).where(
            _running(moment), Shift.kind.in_((key, LEAVE)), Shift.user_id.in_(holders))):
        (gone if shift == LEAVE else on).add(user_id)
    here = on - gone
    if here:
        return _names(here)
    if not gone:
        return [recipient]
    left = set(db.session.scalars(holders)) - gone
    return _names(left) if left else [recipient]


def _team(key: str, recipient: str, moment: datetime) -> list[str]:
    """A squad's offer is told to its members on call; with none of them on call, to the whole squad."""
    try:
        team_id = uuid.UUID(key)
    except ValueError:
        return [recipient]
    today = clock.local(moment).date()
    crew = select(Member.user_id).join(User, User.id == Member.user_id).where(
        Member.team_id == team_id, User.active, or_(Member.starts_on.is_(None), Member.starts_on <= today),
        or_(Member.ends_on.is_(None), Member.ends_on >= today))
    on: set[uuid.UUID] = set()
    gone: set[uuid.UUID] = set()
    for user_id, shift, squad in db.session.execute(select(Shift.user_id, Shift.kind, Shift.team_id).where(
            _running(moment), Shift.kind.in_((MOBILE, LEAVE)), Shift.user_id.in_(crew))):
        if shift == LEAVE:
            gone.add(user_id)
        elif squad in (None, team_id):
            on.add(user_id)
    here = on - gone
    if here:
        return _names(here)
    if not gone:
        return [recipient]
    left = set(db.session.scalars(crew)) - gone
    return _names(left) if left else [recipient]


def _names(users: Iterable[uuid.UUID]) -> list[str]:
    return sorted(f"user:{user}" for user in users)
