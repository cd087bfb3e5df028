"""People of the newsroom: who may plan for whom, and the lists every page of this topic begins with."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import or_, select

from civic.access import teams
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound
from civic.models import Grant, Home, Member, Team, User, db
from civic.reference import lookup

PLANNERS = frozenset({"duty", "chief"})
"""Grants that plan for everybody; a squad's lead plans for the squad."""
CREW_GRANTS = ("intake", "duty", "reporter", "review1", "review2", "chief")


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the newsroom with the squads they are in now."""

    id: uuid.UUID
    name: str
    grants: frozenset[str]
    teams: tuple[str, ...]
    team_ids: frozenset[uuid.UUID]
    field: bool
    """Whether tasks are offered to this person."""


def plans(actor: Actor) -> bool:
    """Whether this person plans for everybody."""
    return bool(actor.grants & PLANNERS)


def plans_for(actor: Actor, user: User | Person) -> bool:
    """Whether this person plans for that one: the desk for all, a lead for the members of the squad, nobody for oneself."""
    if user.id == actor.user_id:
        return False
    if plans(actor):
        return True
    mine = user.team_ids if isinstance(user, Person) else {one.team_id for one in user.memberships if one.holds(teams.today())}
    return bool(actor.leads & mine)


def must_plan_for(actor: Actor, user: User | Person) -> None:
    """NotAllowed unless `plans_for`."""
    if not plans_for(actor, user):
        raise NotAllowed("只有值班编辑、总编辑和这个人的队长能安排；自己的要别人来定。")


def must_plan(actor: Actor) -> None:
    """NotAllowed unless this person plans for everybody."""
    if not plans(actor):
        raise NotAllowed("只有值班编辑和总编辑能安排。")


def everybody() -> list[Person]:
    """Active people of the newsroom by name, with their squads; three statements."""
    day = teams.today()
    current = select(Member.user_id).where(or_(Member.ends_on.is_(None), Member.ends_on >= day))
    ids = select(Grant.user_id).where(Grant.role.in_(CREW_GRANTS)).union(current)
    users = db.session.scalars(select(User).where(User.id.in_(ids), User.active).order_by(User.name, User.id)).all()
    names = {team_id: name for team_id, name in db.session.execute(select(Team.id, Team.name))}
    found = []
    for user in users:
        grants = frozenset(grant.role for grant in user.grants)
        mine = [one.team_id for one in user.memberships if one.holds(day) and one.team_id in names]
        found.append(Person(user.id, user.name, grants, tuple(sorted(names[key] for key in mine)), frozenset(mine),
                            "reporter" in grants or bool(mine)))
    return found


def field_people(actor: Actor) -> list[Person]:
    """Those tasks are offered to, as far as this person plans for them."""
    return [one for one in everybody() if one.field and (plans(actor) or one.team_ids & actor.leads)]


def person(value: object) -> User:
    """An active account by id; Invalid on the field `user` otherwise."""
    try:
        found = db.session.get(User, value if isinstance(value, uuid.UUID) else uuid.UUID(str(value)))
    except ValueError:
        found = None
    if found is None or not found.active:
        raise Invalid({"user": "请选一个人。"})
    return found


def find(user_id: uuid.UUID) -> User:
    """An active account of the newsroom; NotFound otherwise."""
    found = db.session.get(User, user_id)
    if found is None or not found.active or not (
            any(grant.role in CREW_GRANTS for grant in found.grants) or found.memberships):
        raise NotFound()
    return found


def my_teams(actor: Actor) -> list[Team]:
    """The teams a person plans for: all for the desk, those they lead otherwise."""
    query = select(Team).order_by(Team.kind, Team.name)
    if not plans(actor):
        query = query.where(Team.id.in_(actor.leads))
    return list(db.session.scalars(query))


def day_of(text: object, field: str, errors: dict[str, str], *, needed: bool = True) -> date | None:
    """A day from a form; what cannot be read is told under its field."""
    if isinstance(text, date):
        return text
    typed = str(text or "").strip()
    if not typed and not needed:
        return None
    try:
        return date.fromisoformat(typed)
    except ValueError:
        errors[field] = "请按「2026-11-25」这样写日期。"
        return None


def midnight(day: date) -> datetime:
    """The first moment of a day in Shanghai."""
    return clock.from_local(datetime.combine(day, time.min))


def homes(users: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Home towns by user."""
    return {user: town for user, town in db.session.execute(select(Home.user_id, Home.town).where(Home.user_id.in_(list(users))))}


def set_home(actor: Actor, town: str) -> None:
    """Tells the town one works from, or takes it back with an empty one."""
    assert actor.user_id is not None
    row = db.session.get(Home, actor.user_id)
    if not town:
        if row is not None:
            db.session.delete(row)
    elif lookup.town(town) is None:
        raise Invalid({"town": "没有这个镇街。"})
    elif row is None:
        db.session.add(Home(user_id=actor.user_id, town=town))
    else:
        row.town = town
    db.session.flush()
