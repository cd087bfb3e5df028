"""The verbs of an assignment 任务: offered, accepted, checked in, handed in, approved."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from civic import ledger
from civic.access.actor import Actor
from civic.cases import looks
from civic.files import attach
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotPossible
from civic.models import Assignment, Case, CheckIn, Media, Note, Referral, Team, User, Verification, db

Data = Mapping[str, Any]
LIVE = ("offered", "accepted", "submitted")
WRONG = timedelta(minutes=5)
"""How far a phone's clock may be off and still be believed."""


def holder(text: str) -> tuple[uuid.UUID | None, uuid.UUID | None]:
    """User id and team id of `user:<id>` or `team:<id>`; Invalid when nobody of that name is active."""
    kind, _, key = text.partition(":")
    found: User | Team | None
    try:
        found = db.session.get(User, uuid.UUID(key)) if kind == "user" else db.session.get(Team, uuid.UUID(key))
    except ValueError:
        found = None
    if found is None or (isinstance(found, User) and not found.active):
        raise Invalid({"holder": "没有这个人或这支队。"})
    return (found.id, None) if kind == "user" else (None, found.id)


def offer(actor: Actor, case: Case | None, data: Data, *, coverage_id: uuid.UUID | None = None) -> Assignment:
    """Offers a task to a person or a squad. A squad lead offers inside the own squad only."""
    user_id, team_id = holder(str(data.get("holder") or ""))
    if "duty" not in actor.grants and not _in_my_squad(actor, user_id, team_id):
        raise NotAllowed("队长只能派给自己的小虎队。")
    if user_id and actor.leads:
        team_id = _shared_team(actor, user_id)
    task = ledger.new(Assignment, kind=data.get("kind") or "investigate", case_id=case.id if case else None,
                      coverage_id=coverage_id, round=case.round if case else 1, assignee_id=user_id, team_id=team_id,
                      offered_by=actor.user_id, brief=data.get("brief") or "", due_at=data.get("due_at"),
                      referral_id=_referral(case, data.get("referral")))
    ledger.create(actor, "assignment", task, "offer", data, case=case)
    return task


def _in_my_squad(actor: Actor, user_id: uuid.UUID | None, team_id: uuid.UUID | None) -> bool:
    return team_id in actor.leads if team_id else user_id is not None and _shared_team(actor, user_id) is not None


def _shared_team(actor: Actor, user_id: uuid.UUID) -> uuid.UUID | None:
    user = db.session.get_one(User, user_id)
    return next((member.team_id for member in user.memberships
                 if member.team_id in actor.leads and member.holds(clock.local(clock.now()).date())), None)


def _referral(case: Case | None, reference: Any) -> uuid.UUID | None:
    if not reference or case is None:
        return None
    try:
        order = db.session.get(Referral, reference if isinstance(reference, uuid.UUID) else uuid.UUID(str(reference)))
    except ValueError:
        order = None
    if order is None or order.case_id != case.id:
        raise Invalid({"referral": "没有这张转办单。"})
    return order.id


def accept(actor: Actor, task: Assignment, data: Data | None = None, seen: int | None = None) -> Assignment:
    """Takes the task; the first of a squad to accept holds it. Whoever speaks for the party complained of may not."""
    case = db.session.get(Case, task.case_id) if task.case_id else None
    if case is not None and case.named_party in actor.departments:
        raise NotPossible("您所在的单位是案件的当事方，不能承办。")
    def apply(moment: datetime) -> None:
        task.assignee_id, task.accepted_at = task.assignee_id or actor.user_id, moment
    ledger.perform(actor, "assignment", task, "accept", data, seen=seen, apply=apply)
    return task


def _end(command: str, reason_field: str = "reason") -> Any:
    def verb(actor: Actor, task: Assignment, data: Data | None = None, seen: int | None = None) -> Assignment:
        given = dict(data or {})

        def apply(moment: datetime) -> None:
            task.ended_at, task.end_reason = moment, given.get(reason_field) or "no_answer"
        ledger.perform(actor, "assignment", task, command, given, seen=seen, apply=apply)
        return task
    return verb


decline, lapse, hand_back, cancel = _end("decline"), _end("lapse"), _end("hand_back"), _end("cancel")


def check_in(actor: Actor, task: Assignment, data: Data, seen: int | None = None) -> Assignment:
    """Records that the holder is on the spot. The place is never public; the public sees only the day.

    `tapped_at` is what the phone's clock said: it counts where that clock can be right, else the moment of arrival.
    """
    ledger.perform(actor, "assignment", task, "check_in", data, seen=seen, log={})
    tapped = data.get("tapped_at")
    db.session.add(ledger.new(CheckIn, assignment_id=task.id, user_id=actor.user_id, at=believed(task, tapped), tapped_at=tapped,
                              note=data.get("note") or "", **dict(data.get("place") or {})))
    attach.to(data.get("photos"), assignment_id=task.id, actor=actor)
    return task


def believed(task: Assignment, tapped: datetime | None) -> datetime:
    """The moment of a tap: the phone's, if that lies between taking the task and now; else now."""
    moment = clock.now()
    if tapped is None or tapped > moment + WRONG or (task.accepted_at is not None and tapped < task.accepted_at - WRONG):
        return moment
    return min(tapped, moment)


def note(actor: Actor, task: Assignment, data: Data, seen: int | None = None) -> Assignment:
    """Writes down what somebody said, or what the reporter saw; `said_at` is the phone's clock."""
    ledger.perform(actor, "assignment", task, "note", data, seen=seen, log={"speaker": data.get("speaker")})
    db.session.add(ledger.new(Note, assignment_id=task.id, case_id=task.case_id, author_id=actor.user_id,
                              speaker=data["speaker"], on_record=bool(data.get("on_record")), text=data["text"],
                              quote_approved=bool(data.get("quote_approved")), said_at=data.get("said_at")))
    attach.to(data.get("photos"), assignment_id=task.id, actor=actor)
    return task


def submit(actor: Actor, task: Assignment, data: Data, seen: int | None = None) -> Assignment:
    """Hands the task in; a verification leaves its verdict as a record with before and after photos."""
    kept = {name: data.get(name) for name in ("both_sides", "verdict", "method") if data.get(name)}

    def apply(moment: datetime) -> None:
        task.submitted_at, task.findings = moment, data.get("findings") or ""
        task.both_sides, task.remote_reason, task.missing = data.get("both_sides"), data.get("remote_reason"), None
    ledger.perform(actor, "assignment", task, "submit", data, seen=seen, apply=apply, log=kept)
    if task.kind == "verify" and task.case_id:
        record = record_verification(actor, db.session.get_one(Case, task.case_id), data, task=task)
        attach.to(data.get("before"), verification_id=record.id, actor=actor, phase="before")
        attach.to(data.get("photos"), verification_id=record.id, actor=actor, phase="after")
        _pair(task, record)
    else:
        attach.to(data.get("photos"), assignment_id=task.id, actor=actor)
    return task


def _pair(task: Assignment, record: Verification) -> None:
    """Pictures of before and after that came from the phone ahead of the verdict become part of it."""
    db.session.execute(update(Media).where(Media.assignment_id == task.id, Media.phase.in_(("before", "after")))
                       .values(assignment_id=None, verification_id=record.id))


def record_verification(actor: Actor, case: Case, data: Data, *, task: Assignment | None = None) -> Verification:
    """Writes a verdict row (workflow section 8); a redone visit of the same task replaces nothing."""
    record = ledger.new(Verification, case_id=case.id, round=case.round, verdict=data["verdict"],
                        method=data["method"], verified_at=clock.now(), verifier_id=actor.user_id,
                        note=data.get("findings") or "", referral_id=task.referral_id if task else None,
                        assignment_id=task.id if task else None)
    if record.referral_id is None:
        record.referral_id = db.session.scalar(select(Referral.id).where(
            Referral.case_id == case.id, Referral.round == case.round, Referral.state == "answered")
            .order_by(Referral.answered_at.desc()).limit(1))
    record.distance_m = looks.distance(case, task)
    db.session.add(record)
    db.session.flush()
    return record


def send_back(actor: Actor, task: Assignment, data: Data, seen: int | None = None) -> Assignment:
    def apply(_: datetime) -> None:
        task.missing = data["missing"]
    ledger.perform(actor, "assignment", task, "return", data, seen=seen, apply=apply)
    return task


def approve(actor: Actor, task: Assignment, data: Data | None = None, seen: int | None = None) -> Assignment:
    def apply(moment: datetime) -> None:
        task.ended_at = moment
    ledger.perform(actor, "assignment", task, "approve", data, seen=seen, apply=apply)
    if task.kind == "verify":
        looks.approved(actor, task)
    return task


OPERATIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("assignment", "accept"): accept, ("assignment", "decline"): decline, ("assignment", "lapse"): lapse,
    ("assignment", "hand_back"): hand_back, ("assignment", "check_in"): check_in, ("assignment", "note"): note,
    ("assignment", "submit"): submit, ("assignment", "return"): send_back, ("assignment", "approve"): approve,
    ("assignment", "cancel"): cancel,
}
