"""Which letters of the state model an actor holds towards one row of one machine."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from sqlalchemy import exists, select

from civic.access.actor import Actor
from civic.models import Assignment, Case, Coverage, Publication, Referral, StoryCrew, Tip, db
from civic.workflow.grading import WRITERS


def roles_for(actor: Actor, machine: str, obj: Any = None, case: Case | None = None) -> frozenset[str]:
    """The letters (C I D L R K E1 E2 E3 O S Y) for this row; for a creating move `obj` is None and `case` the parent."""
    if actor.kind == "system":
        return frozenset({"Y"})
    if actor.kind == "citizen":
        return _citizen(actor, machine, obj)
    if actor.kind != "user":
        return frozenset({"C"}) if machine == "tip" and obj is None else frozenset()
    return _STAFF[machine](actor, obj, case)


def _citizen(actor: Actor, machine: str, obj: Any) -> frozenset[str]:
    if machine == "tip" and isinstance(obj, Tip) and obj.id == actor.tip_id:
        return frozenset({"C"})
    if machine == "case" and isinstance(obj, Case) and actor.tip_id:
        mine = db.session.scalar(select(exists().where(Tip.id == actor.tip_id, Tip.case_id == obj.id,
                                                       Tip.state == "accepted")))
        return frozenset({"C"}) if mine else frozenset()
    return frozenset()


def works_on(actor: Actor, case_id: uuid.UUID | None) -> bool:
    """Whether the person holds or held a task on the case."""
    if not actor.user_id or not case_id:
        return False
    return bool(db.session.scalar(select(exists().where(Assignment.case_id == case_id,
                                                        Assignment.assignee_id == actor.user_id,
                                                        Assignment.state.in_(("accepted", "submitted", "done"))))))


def _tip(actor: Actor, obj: Tip | None, _: Case | None) -> frozenset[str]:
    letters = actor.letters & {"I", "D"}
    return letters | {"R"} if obj is None and actor.is_reporter else letters


def _case(actor: Actor, obj: Case | None, _: Case | None) -> frozenset[str]:
    letters = set(actor.letters & {"I", "D", "E3"})
    if actor.is_reporter and (obj is None or works_on(actor, obj.id)):
        letters.add("R")
    if obj is not None and actor.leads and obj.owner_team_id in actor.leads:
        letters.add("L")
    return frozenset(letters)


def _exposure(actor: Actor, _obj: Case | None, _: Case | None) -> frozenset[str]:
    return actor.letters & {"D", "E3"}


def _assignment(actor: Actor, obj: Assignment | None, _: Case | None) -> frozenset[str]:
    letters = set(actor.letters & {"D"})
    if obj is None:
        return frozenset(letters | {"L"}) if actor.leads else frozenset(letters)
    if obj.team_id and obj.team_id in actor.leads:
        letters.add("L")
    if obj.assignee_id and obj.assignee_id == actor.user_id:
        letters.add("R")
    if obj.assignee_id is None and obj.team_id in actor.member_of:
        letters.add("K")
    return frozenset(letters)


def _referral(actor: Actor, obj: Referral | None, case: Case | None) -> frozenset[str]:
    letters = set(actor.letters & {"D", "E3", "S"})
    if obj is None:
        if case is not None and works_on(actor, case.id):
            letters.add("R")
    elif obj.department in actor.departments and obj.state != "draft":
        letters.add("O")
    return frozenset(letters)


def _coverage(actor: Actor, obj: Coverage | None, _: Case | None) -> frozenset[str]:
    letters = set(actor.letters & {"D", "E1", "E2", "E3"})
    if actor.is_reporter and (obj is None or obj.author_id == actor.user_id
                              or (obj.state == "planned" and obj.author_id is None) or writes_with(actor, obj.id)):
        letters.add("R")
    return frozenset(letters)


def writes_with(actor: Actor, story_id: uuid.UUID) -> bool:
    """Whether the person is drafted for the story as one who writes it with its author."""
    return actor.user_id is not None and bool(db.session.scalar(select(exists().where(
        StoryCrew.coverage_id == story_id, StoryCrew.user_id == actor.user_id, StoryCrew.released_at.is_(None),
        StoryCrew.role.in_(WRITERS)))))


def _publication(actor: Actor, _obj: Publication | None, _: Case | None) -> frozenset[str]:
    return actor.letters & {"D", "E3"}


_STAFF: dict[str, Callable[[Actor, Any, Case | None], frozenset[str]]] = {
    "tip": _tip, "case": _case, "exposure": _exposure, "assignment": _assignment, "referral": _referral,
    "coverage": _coverage, "publication": _publication,
}
