"""The page of one task with everything its holder may know: reports, the order, notes, pictures; never contact data."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select

from civic import ledger
from civic.access.actor import Actor
from civic.access.scope import READERS, may_see
from civic.geo.columns import from_column
from civic.kit.privacy import mask_private
from civic.kit.result import NotFound
from civic.models import (
    Answer,
    Assignment,
    Case,
    CheckIn,
    Coverage,
    Media,
    Note,
    Referral,
    Tip,
    User,
    Verification,
    db,
)
from civic.newsroom import sides
from civic.newsroom.field import TaskRow, place_words, task_rows
from civic.reference import lookup
from civic.workflow.machine import MoveView

LATER = timedelta(minutes=5)
"""A check-in that took longer than this to arrive was made without a network: the page says both times."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture by id, with its words."""

    id: uuid.UUID
    kind: str
    name: str
    caption: str
    phase: str
    width: int | None
    height: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseBrief:
    """What the holder of a task may know of the case. Before accepting: title, kind and rough place only."""

    number: str
    title: str
    category: str
    grade: str
    urgency: str
    facts: str
    town: str
    place: str
    point: tuple[float, float] | None
    """Longitude and latitude, WGS-84."""
    readable: bool


@dataclass(frozen=True, slots=True)
class TipView:
    """What was reported: words and pictures, numbers covered, no contact data."""

    number: str
    text: str
    happened_at: datetime | None
    submitted_at: datetime
    photos: tuple[Photo, ...]


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One demand and what the department says to it in its last answer."""

    number: int
    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class OrderView:
    """The referral a verification looks at."""

    number: str
    department: str
    state: str
    brief: str
    result: str
    text: str
    plan_on: object
    answered_at: datetime | None
    items: tuple[OrderItem, ...]
    photos: tuple[Photo, ...]


@dataclass(frozen=True, slots=True)
class NoteView:
    """One note from the field."""

    at: datetime
    by: str
    speaker: str
    on_record: bool
    text: str
    quote_approved: bool = False


@dataclass(frozen=True, slots=True)
class CheckInView:
    """One check-in; the point is only for the newsroom."""

    at: datetime
    by: str
    place: str
    accuracy_m: int | None
    located: bool
    note: str
    received_at: datetime | None = None
    """When the server had it, where that was notably later than the tap."""
    doubtful: datetime | None = None
    """What the phone's clock said, where that cannot be right and the moment of arrival counts."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One look after an answer."""

    verdict: str
    method: str
    at: datetime
    by: str
    note: str
    before: tuple[Photo, ...]
    after: tuple[Photo, ...]


@dataclass(frozen=True, slots=True)
class TaskPage:
    """Everything the page of a task shows to one person."""

    row: TaskRow
    mine: bool
    open_book: bool
    """Whether reports, orders and notes are shown: to whoever holds the task and to the desk."""
    offered_by: str
    accepted_at: datetime | None
    findings: str
    both_sides: str
    remote_reason: str
    case: CaseBrief | None
    tips: tuple[TipView, ...] = ()
    order: OrderView | None = None
    story: tuple[uuid.UUID, str, str] | None = None
    """Id, title and state of the story of a coverage task."""
    notes: tuple[NoteView, ...] = ()
    check_ins: tuple[CheckInView, ...] = ()
    photos: tuple[Photo, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    moves: tuple[MoveView, ...] = field(default=())
    meter: sides.Meter | None = None
    """Who has been heard in the matter so far."""

    def can(self, command: str) -> bool:
        """Whether this person can make the move now."""
        return any(view.allowed for view in self.moves if view.move.command == command)


def find(actor: Actor, task_id: uuid.UUID) -> Assignment:
    """The task if this person may know of it; NotFound otherwise."""
    task = db.session.get(Assignment, task_id)
    if task is None or not may_see(actor, task):
        raise NotFound()
    return task


def taken_by_teammate(actor: Actor, task_id: uuid.UUID) -> bool:
    """Whether somebody else took an offer to this person's squad: said plainly instead of «not found»."""
    task = db.session.get(Assignment, task_id)
    return (task is not None and task.team_id in actor.member_of
            and task.assignee_id not in (None, actor.user_id) and task.state != "offered")


def page(actor: Actor, task: Assignment) -> TaskPage:
    """The page of a task as one person may see and use it."""
    mine = task.assignee_id is not None and task.assignee_id == actor.user_id
    leads = task.team_id is not None and task.team_id in actor.leads
    open_book = bool(actor.grants & READERS) or (
        (mine or leads) and task.state in ("accepted", "submitted", "done"))
    case = db.session.get(Case, task.case_id) if task.case_id else None
    offered_by = db.session.get(User, task.offered_by) if task.offered_by else None
    shut = TaskPage(
        row=task_rows([task])[0], mine=mine, open_book=open_book, offered_by=offered_by.name if offered_by else "",
        accepted_at=task.accepted_at, findings=task.findings, both_sides=task.both_sides or "",
        remote_reason=task.remote_reason or "", case=_brief(actor, case, open_book) if case else None,
        moves=tuple(ledger.moves(actor, "assignment", task)))
    return _opened(shut, task, case) if open_book else shut


def _brief(actor: Actor, case: Case, open_book: bool) -> CaseBrief:
    return CaseBrief(
        case.number, case.title, lookup.category_name(case.category), case.grade, case.urgency,
        case.facts if open_book else "", case.town or "", place_words(case, fine=open_book),
        from_column(case.point) if open_book else None, may_see(actor, case))


def _opened(shut: TaskPage, task: Assignment, case: Case | None) -> TaskPage:
    story = _story(task)
    return replace(
        shut, tips=_tips(case) if case else (), order=_order(task), story=story, notes=_notes(task),
        check_ins=_check_ins(task), photos=_photos(Media.assignment_id == task.id), verdicts=_verdicts(task),
        meter=sides.meter(task) if task.kind != "cover" else None)


def _photo(media: Media) -> Photo:
    return Photo(media.id, media.kind, media.name, media.caption, media.phase, media.width, media.height,
                 media.taken_at or media.created_at)


def _photos(clause: ColumnElement[bool]) -> tuple[Photo, ...]:
    found = db.session.scalars(select(Media).where(clause).order_by(Media.created_at))
    return tuple(_photo(media) for media in found)


def covered(words: str) -> str:
    """The words of a report with numbers that lead to a person taken out; plates stay, they are evidence."""
    for finding in sorted(mask_private(words)[1], key=lambda one: one.start, reverse=True):
        if finding.kind != "plate":
            words = f"{words[:finding.start]}〔{finding.label}已遮〕{words[finding.end:]}"
    return words


def _tips(case: Case) -> tuple[TipView, ...]:
    tips = db.session.scalars(select(Tip).where(Tip.case_id == case.id, Tip.state == "accepted")
                              .order_by(Tip.submitted_at)).all()
    pictures: dict[uuid.UUID, list[Photo]] = {tip.id: [] for tip in tips}
    for media in db.session.scalars(select(Media).where(Media.tip_id.in_(list(pictures)), Media.hidden.is_(False))
                                    .order_by(Media.created_at)):
        if media.tip_id:
            pictures[media.tip_id].append(_photo(media))
    return tuple(TipView(tip.number, covered(tip.text), tip.happened_at, tip.submitted_at, tuple(pictures[tip.id]))
                 for tip in tips)


def _order(task: Assignment) -> OrderView | None:
    order = _order_row(task)
    if order is None:
        return None
    answer: Answer | None = order.answers[-1] if order.answers else None
    said = {item.item_id: item.text for item in answer.items} if answer else {}
    return OrderView(
        order.number, lookup.department_name(order.department), order.state, order.brief,
        answer.result if answer else "", answer.text if answer else "", answer.plan_on if answer else None,
        order.answered_at, tuple(OrderItem(item.position, item.text, said.get(item.id, "")) for item in order.items),
        _photos(Media.answer_id == answer.id) if answer else ())


def _order_row(task: Assignment) -> Referral | None:
    """The order named in the task; for a verification without one the last answered of the case's round."""
    if task.referral_id:
        return db.session.get(Referral, task.referral_id)
    if task.kind != "verify" or not task.case_id:
        return None
    return db.session.scalar(select(Referral).where(
        Referral.case_id == task.case_id, Referral.round == task.round, Referral.answered_at.is_not(None))
        .order_by(Referral.answered_at.desc()).limit(1))


def _story(task: Assignment) -> tuple[uuid.UUID, str, str] | None:
    if task.kind != "cover":
        return None
    story = db.session.get(Coverage, task.coverage_id) if task.coverage_id else None
    if story is None and task.case_id:
        story = db.session.scalar(select(Coverage).where(Coverage.case_id == task.case_id, Coverage.state != "dropped")
                                  .order_by(Coverage.created_at.desc()).limit(1))
    return (story.id, story.title, story.state) if story else None


def _notes(task: Assignment) -> tuple[NoteView, ...]:
    found = db.session.scalars(select(Note).where(Note.assignment_id == task.id).order_by(Note.created_at.desc()))
    return tuple(NoteView(note.created_at, note.author.name if note.author else "", note.speaker, note.on_record,
                          note.text, note.quote_approved) for note in found)


def _check_ins(task: Assignment) -> tuple[CheckInView, ...]:
    found = db.session.execute(select(CheckIn, User.name).join(User, User.id == CheckIn.user_id).where(
        CheckIn.assignment_id == task.id).order_by(CheckIn.at.desc()))
    return tuple(CheckInView(
        row.at, name, place_words(row), row.accuracy_m, row.point is not None, row.note,
        received_at=row.created_at if row.created_at - row.at > LATER else None,
        doubtful=row.tapped_at if row.tapped_at and abs(row.tapped_at - row.at) > LATER else None) for row, name in found)


def _verdicts(task: Assignment) -> tuple[Verdict, ...]:
    if task.kind != "verify":
        return ()
    records = db.session.execute(select(Verification, User.name).outerjoin(User, User.id == Verification.verifier_id)
                                 .where(Verification.assignment_id == task.id)
                                 .order_by(Verification.verified_at.desc())).all()
    ids = [record.id for record, _ in records]
    pictures = _photos_by_record(ids)
    return tuple(Verdict(
        record.verdict, record.method, record.verified_at, name or "", record.note,
        tuple(photo for photo in pictures[record.id] if photo.phase == "before"),
        tuple(photo for photo in pictures[record.id] if photo.phase != "before")) for record, name in records)


def _photos_by_record(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Photo]]:
    found: dict[uuid.UUID, list[Photo]] = {key: [] for key in ids}
    if ids:
        for media in db.session.scalars(select(Media).where(Media.verification_id.in_(ids)).order_by(Media.created_at)):
            if media.verification_id:
                found[media.verification_id].append(_photo(media))
    return found
