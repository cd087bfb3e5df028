"""Which rows an actor may see: one predicate a row kind for objects, one clause a row kind for lists. They must agree."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from civic.access.actor import Actor
from civic.access.roles import works_on
from civic.models import Assignment, Case, Coverage, Publication, Referral, StoryCrew, Tip, db

DESK_GRANTS = frozenset({"intake", "duty", "chief"})
READERS = DESK_GRANTS | {"review1", "review2"}


def may_see(actor: Actor, obj: Any) -> bool:
    """Whether this row exists for this person; what does not exist for them is answered with 404."""
    if actor.kind == "system":
        return True
    if isinstance(obj, Tip):
        return bool(actor.grants & DESK_GRANTS) or (actor.kind == "citizen" and actor.tip_id == obj.id)
    if isinstance(obj, Case):
        return bool(actor.grants & READERS) or _own_work(actor, obj)
    if isinstance(obj, Assignment):
        return bool(actor.grants & READERS) or _holds(actor, obj)
    if isinstance(obj, Referral):
        return _sees_referral(actor, obj)
    if isinstance(obj, Coverage):
        return bool(actor.grants & READERS) or obj.author_id == actor.user_id or (
            actor.is_reporter and obj.state == "planned") or (obj.case is not None and _own_work(actor, obj.case)) or (
            actor.kind == "user" and bool(db.session.scalar(select(_drafted(actor, obj.id)))))
    if isinstance(obj, Publication):
        return may_see(actor, obj.coverage)
    return False


def _drafted(actor: Actor, story: Any) -> ColumnElement[bool]:
    """Whether the person is on the crew of the story, or took a task on it."""
    return or_(
        exists().where(StoryCrew.coverage_id == story, StoryCrew.user_id == actor.user_id, StoryCrew.released_at.is_(None)),
        exists().where(Assignment.coverage_id == story, Assignment.assignee_id == actor.user_id,
                       Assignment.state.in_(("accepted", "submitted", "done"))))


def on_crew(actor: Actor) -> ColumnElement[bool]:
    """The clause for stories the person is drafted for."""
    return _drafted(actor, Coverage.id)


def _own_work(actor: Actor, case: Case) -> bool:
    return actor.kind == "user" and (works_on(actor, case.id) or (
        case.owner_team_id is not None and case.owner_team_id in actor.leads))


def _holds(actor: Actor, task: Assignment) -> bool:
    if actor.kind != "user":
        return False
    return task.assignee_id == actor.user_id or (task.team_id is not None and (
        task.team_id in actor.leads or (task.team_id in actor.member_of and task.assignee_id is None)))


def _sees_referral(actor: Actor, order: Referral) -> bool:
    if actor.grants & READERS:
        return True
    if order.state == "draft":
        return order.drafted_by is not None and order.drafted_by == actor.user_id
    if "supervisor" in actor.grants or order.department in actor.departments:
        return True
    return actor.kind == "user" and works_on(actor, order.case_id)


def cases(actor: Actor) -> ColumnElement[bool]:
    """The clause for lists of cases inside the newsroom."""
    if actor.grants & READERS:
        return true()
    if actor.kind != "user" or not actor.user_id:
        return false()
    mine = select(Assignment.case_id).where(Assignment.assignee_id == actor.user_id,
                                            Assignment.state.in_(("accepted", "submitted", "done")))
    clause: ColumnElement[bool] = Case.id.in_(mine)
    return or_(clause, Case.owner_team_id.in_(actor.leads)) if actor.leads else clause


def tips(actor: Actor) -> ColumnElement[bool]:
    """The clause for lists of tips."""
    return true() if actor.grants & DESK_GRANTS else false()


def assignments(actor: Actor) -> ColumnElement[bool]:
    """The clause for lists of tasks."""
    if actor.grants & READERS:
        return true()
    if actor.kind != "user":
        return false()
    parts: list[ColumnElement[bool]] = [Assignment.assignee_id == actor.user_id]
    if actor.leads:
        parts.append(Assignment.team_id.in_(actor.leads))
    if actor.member_of:
        parts.append(and_(Assignment.team_id.in_(actor.member_of), Assignment.assignee_id.is_(None)))
    return or_(*parts)


def referrals(actor: Actor) -> ColumnElement[bool]:
    """The clause for lists of referrals."""
    if actor.grants & READERS:
        return true()
    if actor.kind != "user":
        return false()
    parts: list[ColumnElement[bool]] = [and_(Referral.state == "draft", Referral.drafted_by == actor.user_id)]
    if "supervisor" in actor.grants:
        parts.append(Referral.state != "draft")
    if actor.departments:
        parts.append(and_(Referral.department.in_(actor.departments), Referral.state != "draft"))
    mine = select(Assignment.case_id).where(Assignment.assignee_id == actor.user_id,
                                            Assignment.state.in_(("accepted", "submitted", "done")))
    parts.append(and_(Referral.state != "draft", Referral.case_id.in_(mine)))
    return or_(*parts)


def coverages(actor: Actor) -> ColumnElement[bool]:
    """The clause for lists of stories."""
    if actor.grants & READERS:
        return true()
    if actor.kind != "user" or not actor.user_id:
        return false()
    mine = select(Assignment.case_id).where(Assignment.assignee_id == actor.user_id,
                                            Assignment.state.in_(("accepted", "submitted", "done")))
    parts: list[ColumnElement[bool]] = [Coverage.author_id == actor.user_id, Coverage.case_id.in_(mine),
                                        _drafted(actor, Coverage.id)]
    if actor.is_reporter:
        parts.append(Coverage.state == "planned")
    if actor.leads:
        parts.append(Coverage.case_id.in_(select(Case.id).where(Case.owner_team_id.in_(actor.leads))))
    return or_(*parts)
