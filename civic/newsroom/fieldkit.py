"""What the field kit shows and a phone may keep: the tasks a person holds, without the words of those who reported.

A phone can be lost. So its pages hold the task, the place and what the newsroom itself wrote of the case; the original
reports, contact data, photos and, of a sensitive case, the facts too are only read online.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select

from civic.access.actor import Actor
from civic.files.sniff import RULES, Kind
from civic.kit import clock
from civic.kit.result import NotFound
from civic.models import Assignment, Case, FieldItem, Media, Upload, User, Verification, db
from civic.newsroom import sides, taskpage

LATELY = timedelta(days=7)
MOST = 300


@dataclass(frozen=True, slots=True)
class Kit:
    """One held task as a phone keeps it."""

    shown: taskpage.TaskPage
    sensitive: bool
    meter: sides.Meter
    files: int
    problems: tuple[tuple[str, str], ...]
    """Name and reason of files that were refused after they had come."""
    saved_at: datetime


def find(actor: Actor, task_id: uuid.UUID) -> Assignment:
    """The task if this person holds it now; NotFound for everybody else, whatever else they may see."""
    task = db.session.get(Assignment, task_id)
    if task is None or task.assignee_id != actor.user_id or task.state != "accepted":
        raise NotFound()
    return task


def kit(actor: Actor, task: Assignment) -> Kit:
    """The page of a held task, with what a lost phone must not tell taken out."""
    shown = taskpage.page(actor, task)
    case = db.session.get(Case, task.case_id) if task.case_id else None
    sensitive = case is not None and case.sensitive
    brief = replace(shown.case, facts="" if sensitive else taskpage.covered(shown.case.facts)) if shown.case else None
    order = replace(shown.order, text="" if sensitive else shown.order.text) if shown.order else None
    files = db.session.scalar(select(func.count()).select_from(Media).where(_of(task))) or 0
    refused = db.session.execute(select(Upload.name, Upload.problem).join(FieldItem, FieldItem.upload_id == Upload.id).where(
        FieldItem.assignment_id == task.id, Upload.state == "refused").order_by(FieldItem.created_at.desc()).limit(9))
    return Kit(replace(shown, case=brief, order=order, tips=(), photos=()), sensitive, sides.meter(task), files,
               tuple((name, problem) for name, problem in refused), clock.now())


def _of(task: Assignment) -> Any:
    """Files of a task: its own, and those that became part of its verdict."""
    looks = select(Verification.id).where(Verification.assignment_id == task.id)
    return or_(Media.assignment_id == task.id, Media.verification_id.in_(looks))


def held(actor: Actor) -> list[uuid.UUID]:
    """The tasks a phone may keep pages of."""
    return list(db.session.scalars(select(Assignment.id).where(
        Assignment.assignee_id == actor.user_id, Assignment.state == "accepted").order_by(Assignment.due_at, Assignment.id).limit(60)))


def files_of_items(actor: Actor) -> dict[str, tuple[str, str]]:
    """State (taken, stored, refused, gone) and problem of my uploads of the last days, by the phone's id of the item."""
    rows = db.session.execute(select(FieldItem.client_id, Upload.state, Upload.problem).join(
        Upload, Upload.id == FieldItem.upload_id).where(FieldItem.user_id == actor.user_id, FieldItem.kind == "file",
                                                        FieldItem.created_at > clock.now() - LATELY)
        .order_by(FieldItem.created_at.desc()).limit(MOST))
    return {str(key): (state, problem) for key, state, problem in rows}


# -- the files of a task, for people at a desk or on a line ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file with where it comes from: capture and upload time, who, the hash of the original, consent."""

    media: Media
    family: str
    by: str


def files(task: Assignment) -> list[FileRow]:
    """All files of a task, oldest first."""
    rows = db.session.execute(select(Media, User.name).outerjoin(User, User.id == Media.uploaded_by).where(_of(task))
                              .order_by(Media.created_at, Media.id))
    return [FileRow(media, RULES[Kind(media.kind)].family if media.kind in set(Kind) else "document", name or "") for media, name in rows]


def media_of(task: Assignment, media_id: uuid.UUID) -> Media:
    """One file of a task; NotFound when it is another's."""
    row = db.session.scalar(select(Media).where(Media.id == media_id, _of(task)))
    if row is None:
        raise NotFound()
    return row


