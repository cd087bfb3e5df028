"""A reporter's day: the tasks offered to me or my squads, held, handed in, and the last that ended."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from civic.access.actor import Actor
from civic.kit import clock
from civic.models import Assignment, Case, CheckIn, Coverage, Timer, db
from civic.newsroom.turn import lateness
from civic.reference import lookup

RECENT = 10


@dataclass(frozen=True, slots=True)
class TaskRow:
    """A task in a list. `title` is the case's or story's; `accept_by` is set while it is offered."""

    id: uuid.UUID
    kind: str
    state: str
    title: str
    case_number: str
    place: str
    brief: str
    due_at: datetime | None
    late: str
    accept_by: datetime | None
    urgent: bool
    team: str
    to_team: bool
    holder: str
    missing: str
    submitted_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    event_id: int


@dataclass(frozen=True, slots=True)
class MyTasks:
    """A reporter's day: the next task first, then what is offered, held, handed in, and lately ended."""

    next: TaskRow | None
    offered: list[TaskRow]
    accepted: list[TaskRow]
    submitted: list[TaskRow]
    ended: list[TaskRow]
    fresh: datetime

    @property
    def waiting(self) -> int:
        """How many wait for this person."""
        return len(self.offered) + len(self.accepted)


def place_words(place: Case | CheckIn, *, fine: bool = True) -> str:
    """Town, village and (when `fine`) address in words."""
    address = place.address or "" if fine else ""
    return f"{lookup.area_words(place.town, place.village, address)} {address}".strip()


def task_rows(tasks: Sequence[Assignment]) -> list[TaskRow]:
    """List rows of tasks already loaded, in their order; three statements however many."""
    moment = clock.now()
    cases = _by_id(Case, (task.case_id for task in tasks))
    titles = _by_id(Coverage, (task.coverage_id for task in tasks))
    ids = [task.id for task in tasks if task.state == "offered"]
    accept_by = {key: due for key, due in db.session.execute(select(Timer.object_id, Timer.due_at).where(
        Timer.machine == "assignment", Timer.object_id.in_(ids), Timer.name == "lapse", Timer.fired_at.is_(None),
        Timer.cancelled_at.is_(None)))} if ids else {}
    found = []
    for task in tasks:
        case = cases.get(task.case_id) if task.case_id else None
        story = titles.get(task.coverage_id) if task.coverage_id else None
        ended = task.state in ("done", "declined", "cancelled")
        found.append(TaskRow(
            id=task.id, kind=task.kind, state=task.state,
            title=case.title if case else story.title if story else task.brief[:30],
            case_number=case.number if case else "",
            place=place_words(case, fine=task.state != "offered") if case else "",
            brief=task.brief, due_at=None if ended else task.due_at,
            late="none" if ended or task.state == "submitted" else lateness(task.due_at, moment, 24),
            accept_by=accept_by.get(task.id), urgent=case is not None and case.urgency != "normal",
            team=task.team.name if task.team else "", to_team=task.assignee_id is None,
            holder=task.assignee.name if task.assignee else "", missing=task.missing or "",
            submitted_at=task.submitted_at, ended_at=task.ended_at, end_reason=task.end_reason or "",
            event_id=task.event_id))
    return found


def of_story(story_id: uuid.UUID) -> list[TaskRow]:
    """Every task on a story, live ones first: several people hold one each."""
    rows = db.session.scalars(select(Assignment).where(Assignment.coverage_id == story_id)
                              .order_by(Assignment.ended_at.asc().nulls_first(), Assignment.id).limit(60)).all()
    return task_rows(rows)


def _by_id(model: Any, ids: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, Any]:
    wanted = {key for key in ids if key}
    if not wanted:
        return {}
    return {row.id: row for row in db.session.scalars(select(model).where(model.id.in_(wanted)))}


def _mine(actor: Actor) -> ColumnElement[bool]:
    held: ColumnElement[bool] = Assignment.assignee_id == actor.user_id
    if not actor.member_of:
        return held
    return or_(held, and_(Assignment.team_id.in_(actor.member_of), Assignment.assignee_id.is_(None),
                          Assignment.state == "offered"))


def my_tasks(actor: Actor) -> MyTasks:
    """What a reporter has to do: offered to me or my squads, held, handed in, and the last ten that ended."""
    live = db.session.scalars(select(Assignment).where(
        _mine(actor), Assignment.state.in_(("offered", "accepted", "submitted")))
        .order_by(Assignment.due_at.asc().nulls_last(), Assignment.id)).all()
    ended = db.session.scalars(select(Assignment).where(
        Assignment.assignee_id == actor.user_id, Assignment.state.in_(("done", "declined", "cancelled")))
        .order_by(Assignment.ended_at.desc().nulls_last()).limit(RECENT)).all()
    every = {row.id: row for row in task_rows([*live, *ended])}

    def of(state: str) -> list[TaskRow]:
        return [every[task.id] for task in live if task.state == state]
    accepted = of("accepted")
    # what was sent back to me comes before what I have not begun
    accepted.sort(key=lambda row: (row.late != "overdue", not row.missing, not row.urgent))
    return MyTasks(accepted[0] if accepted else None, of("offered"), accepted, of("submitted"),
                   [every[task.id] for task in ended], clock.now())
