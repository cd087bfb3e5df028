"""Fills the frozen facts the rules look at from rows: one function a machine, each a fixed number of statements."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import exists, func, select

from civic.access import shifts
from civic.kit import clock
from civic.kit.privacy import mask_private
from civic.ledger import clocks, facts_after, facts_day, facts_story
from civic.models import (
    Answer,
    Assignment,
    Case,
    ChannelText,
    CheckIn,
    Conference,
    Coverage,
    ExternalHandling,
    Identity,
    Publication,
    Referral,
    Repeat,
    Signature,
    Tip,
    User,
    Verification,
    Version,
    db,
)
from civic.reference import county, lookup
from civic.workflow import facts as f
from civic.workflow.external import CHANNELS
from civic.workflow.labels import LIVE_REFERRAL, LIVE_TASK, RUNNING_REFERRAL
from civic.workflow.machine import NOTHING
from civic.workflow.supervision import WAITING


def load(machine: str, obj: Any) -> f.Facts:
    """The facts of a row for its machine."""
    return _LOADERS[machine](obj)


def _tip(tip: Tip) -> f.TipFacts:
    case = db.session.get(Case, tip.case_id) if tip.case_id else None
    answered = case is not None and (case.state in ("closed", "archived") or bool(db.session.scalar(
        select(exists().where(Referral.case_id == case.id, Referral.answered_at.is_not(None))))))
    repeat = db.session.execute(select(Repeat.proposed_by).where(Repeat.tip_id == tip.id, Repeat.state == "proposed")).first()
    return f.TipFacts(
        repeat=repeat is not None, repeat_by=str(repeat.proposed_by) if repeat and repeat.proposed_by else None,
        appeals_used=tip.appeals_used or 0, decline_reason=tip.decline_reason, declined_at=tip.declined_at,
        declined_by=str(tip.declined_by) if tip.declined_by else None, appealed=bool(tip.appealed),
        case_state=case.state if case else None,
        has_identity=bool(db.session.scalar(select(exists().where(Identity.tip_id == tip.id)))),
        evaluable=answered and not facts_after.evaluated(tip, case), **facts_after.tip(tip, case),
    )


def _count(statement: Any) -> int:
    return int(db.session.scalar(statement) or 0)


def _case(case: Case) -> f.CaseFacts:
    here = (Referral.case_id == case.id, Referral.round == case.round)
    looked = db.session.execute(
        select(Verification.verified_at, Verification.verdict)
        .where(Verification.case_id == case.id, Verification.round == case.round)
        .order_by(Verification.verified_at.desc(), Verification.id.desc()).limit(1)).first()
    return f.CaseFacts(
        grade=case.grade or "C", round=case.round or 1,
        live_tasks=_count(select(func.count()).select_from(Assignment).where(
            Assignment.case_id == case.id, Assignment.round == case.round, Assignment.kind != "cover",
            Assignment.state.in_(LIVE_TASK))),
        live_referrals=_count(select(func.count()).select_from(Referral).where(
            Referral.case_id == case.id, Referral.state.in_(LIVE_REFERRAL))),
        unanswered=_count(select(func.count()).select_from(Referral).where(*here, Referral.state == "unanswered")),
        last_answer_at=db.session.scalar(select(func.max(Referral.answered_at)).where(*here)),
        last_verified_at=looked.verified_at if looked else None, last_verdict=looked.verdict if looked else None,
        closed_at=case.closed_at, citizen_reopened=bool(case.citizen_reopened),
        appeal_running=bool(db.session.scalar(select(exists().where(
            Tip.case_id == case.id, Tip.appealed, Tip.state.in_(("new", "asking")))))),
        on_hold=case.hold_until is not None, kept=case.keep_reason is not None, sensitive=bool(case.sensitive),
        external=_external(case.id),
        is_survivor=bool(db.session.scalar(select(exists().where(Case.merged_into_id == case.id)))),
        **facts_after.case(case),
    )


def _exposure(case: Case) -> f.ExposureFacts:
    return f.ExposureFacts(case_state=case.state, grade=case.grade, sensitive=case.sensitive,
                           embargo_until=case.embargo_until, disclosed_at=case.disclosed_at,
                           disclosed_by=str(case.disclosed_by) if case.disclosed_by else None,
                           danger=case.urgency == "emergency", kept_back=case.public_level in ("R", "N"))


def _assignment(task: Assignment) -> f.AssignmentFacts:
    case = db.session.get(Case, task.case_id) if task.case_id else None
    story = db.session.get(Coverage, task.coverage_id) if task.coverage_id else None
    if story is None and task.kind == "cover" and task.case_id:
        story = db.session.scalar(select(Coverage).where(Coverage.case_id == task.case_id, Coverage.state != "dropped")
                                  .order_by(Coverage.created_at.desc()).limit(1))
    return f.AssignmentFacts(
        kind=task.kind, case_state=case.state if case else None,
        assignee=str(task.assignee_id) if task.assignee_id else None, named_party=_is_party(task, case),
        checked_in=bool(task.id and db.session.scalar(select(exists().where(CheckIn.assignment_id == task.id)))),
        coverage_state=story.state if story else None, on_shift=not _on_leave(task.assignee_id),
    )


def _on_leave(user_id: uuid.UUID | None) -> bool:
    """Whether the roster says that the person is away now."""
    return bool(shifts.away([user_id]))


def _is_party(task: Assignment, case: Case | None) -> bool:
    """Whether the assignee speaks for the unit complained of."""
    if case is None or not case.named_party or not task.assignee_id:
        return False
    user = db.session.get(User, task.assignee_id)
    return user is not None and any(grant.department == case.named_party for grant in user.grants)


def _supervision(order: Referral) -> dict[str, Any]:
    """The highest supervision of an order (R19, R20)."""
    last = clocks.last_supervision(order)
    if last is None:
        return {}
    late = last.state in WAITING and last.due_at <= clock.now()
    return {"supervision": last.state, "supervision_level": last.level, "supervision_late": late}


def _referral(order: Referral) -> f.ReferralFacts:
    case = db.session.get_one(Case, order.case_id)
    answer = db.session.execute(select(Answer.result).where(Answer.referral_id == order.id)
                                .order_by(Answer.version.desc()).limit(1)).first() if order.id else None
    looked = db.session.execute(
        select(Verification.verified_at, Verification.verifier_id, Verification.verdict)
        .where(Verification.referral_id == order.id)
        .order_by(Verification.verified_at.desc(), Verification.id.desc()).limit(1)).first()
    others = select(exists().where(Referral.case_id == order.case_id, Referral.department == order.department,
                                   Referral.id != order.id, Referral.state.in_(LIVE_REFERRAL)))
    unsent = order.state in (NOTHING, "draft")  # what only a dispatch asks is not read for orders long out
    leads = _leads(order) if unsent else []
    running = clocks.running_pause(order)
    objection = order.objections[-1] if order.objections else None
    extension = order.extensions[-1] if order.extensions else None
    granted = any(item.state == "granted" for item in order.extensions)
    return f.ReferralFacts(
        case_state=case.state, grade=case.grade, drafter=str(order.drafted_by) if order.drafted_by else None,
        department=order.department, other_live_here=bool(db.session.scalar(others)),
        conflict=case.named_party is not None and case.named_party == order.department,
        objection="asked" if objection and objection.state == "asked" else None,
        objection_open=clocks.objection_open(order, clock.now()), objections_total=len(order.objections),
        paused=running is not None, pauses=len(order.pauses),
        extension="granted" if granted else ("asked" if extension and extension.state == "asked" else None),
        duty=order.duty, has_category=bool(lookup.category(case.category)),
        class_is_stale=_class_is_stale(order, case), no_lead=unsent and order.duty == "partner" and not leads,
        lead_unit=lookup.department_name(leads[0]) if leads else "", external=_external(case.id) if unsent else "",
        conference=_conference(order) if order.state in RUNNING_REFERRAL else None,
        due_at=order.due_at, long_overdue=clocks.long_overdue(order, clock.now()),
        escalated=order.escalated_at is not None, redo_count=order.redo_count or 0, **_supervision(order),
        stopped=clocks.running_stop(order) is not None,
        demand_items=tuple(str(item.id) for item in order.items),
        answer_result=answer.result if answer else None, answered_at=order.answered_at,
        verified_at=looked.verified_at if looked else None,
        verifier_outside=looked is not None and _outside(looked.verifier_id, order.department),
        verdict=looked.verdict if looked else None, names_tipster=_names_tipster(order),
        extension_cap=clocks.extension_cap(order), embargo_until=case.embargo_until,
        **facts_after.order(order),
    )


def _leads(order: Referral) -> list[str]:
    """The other units that lead in the order's round by a live order."""
    return list(db.session.scalars(select(Referral.department).where(
        Referral.case_id == order.case_id, Referral.round == order.round, Referral.id != order.id,
        Referral.duty == "lead", Referral.state.in_(LIVE_REFERRAL))))


def _class_is_stale(order: Referral, case: Case) -> bool:
    found = lookup.category(case.category)
    return found is not None and found.sla != order.sla


def _external(case_id: uuid.UUID) -> str:
    """The other channel that handles the case's demand now, with its number; empty when we do."""
    row = db.session.execute(select(ExternalHandling.channel, ExternalHandling.external_no).where(
        ExternalHandling.case_id == case_id, ExternalHandling.ended_at.is_(None))).first()
    return f"{dict(CHANNELS).get(row.channel, row.channel)}（{row.external_no}）" if row else ""


def _conference(order: Referral) -> str | None:
    """Where a conference of the case stands, seen from this order (R16)."""
    rows = db.session.execute(select(Conference.referral_id, Conference.decided_at, Referral.state).join(
        Referral, Referral.id == Conference.referral_id).where(Conference.case_id == order.case_id)
        .order_by(Conference.number)).all()
    if any(row.decided_at for row in rows):
        return "decided"
    sitting = [row.referral_id for row in rows if row.state in RUNNING_REFERRAL]
    return ("here" if order.id in sitting else "elsewhere") if sitting else None


HARMLESS = frozenset({"plate"})
"""A plate is mostly that of the lorry complained of, and the police need it."""
CONTACT = frozenset({"mobile", "landline", "email", "wechat", "qq"})


def private_kinds(case_id: uuid.UUID, words: str) -> frozenset[str]:
    """What in these words looks like somebody's number or address, less what a tipster agreed to pass on (R33)."""
    found = frozenset(finding.kind for finding in mask_private(words)[1]) - HARMLESS
    if found & CONTACT and db.session.scalar(select(exists().where(
            Tip.case_id == case_id, Tip.state == "accepted", Tip.consent == "pass_on"))):
        found -= CONTACT
    return found


def _names_tipster(order: Referral) -> bool:
    if order.state not in (NOTHING, "draft"):
        return False
    return bool(private_kinds(order.case_id, "\n".join((order.brief, order.basis, *(i.text for i in order.items)))))


def _outside(user_id: Any, department: str) -> bool:
    """Whether the verifier is no officer of that department. A citizen's confirmation has no user and is outside."""
    user = db.session.get(User, user_id) if user_id else None
    return user is None or all(grant.department != department for grant in user.grants)


def _coverage(story: Coverage) -> f.CoverageFacts:
    version = db.session.execute(select(Version.id, Version.facts).where(
        Version.coverage_id == story.id, Version.number == story.version)).first() if story.version else None
    signed = {} if version is None else {
        level: str(user) for level, user in db.session.execute(select(Signature.level, Signature.user_id).where(
            Signature.version_id == version.id, Signature.voided_at.is_(None)))}
    writers = db.session.scalars(select(Version.author_id).where(Version.coverage_id == story.id).distinct())
    day = facts_day.coverage(story)
    authors = {str(user) for user in (story.author_id, *writers) if user} | day.pop("writers")
    return f.CoverageFacts(
        authors=frozenset(authors), version=story.version or 0, signed=signed,
        queued_or_live=_count(select(func.count()).select_from(Publication).where(
            Publication.coverage_id == story.id, Publication.state.in_(("queued", "live")))),
        has_body=version is not None,
        unsourced=tuple(number for number, fact in enumerate(version.facts if version else (), 1)
                        if not fact.get("source")), critical=bool(story.critical), reply_sought=story.reply_sought_at is not None,
        **facts_story.coverage(story, version, next(level for level in (1, 2, 3, 4) if level not in signed)),
        **day,
    )


def _publication(item: Publication) -> f.PublicationFacts:
    story = db.session.get_one(Coverage, item.coverage_id)
    embargo: datetime | None = db.session.scalar(select(Case.embargo_until).where(Case.id == story.case_id))
    channel = county.current().channel(item.channel)
    taken = select(exists().where(Publication.coverage_id == item.coverage_id, Publication.channel == item.channel,
                                  Publication.outlet == item.outlet, Publication.id != item.id,
                                  Publication.state.in_(("queued", "live"))))
    unsigned = select(exists().where(
        ChannelText.coverage_id == item.coverage_id, ChannelText.version == (story.approved_version or 0),
        ChannelText.channel == item.channel, ChannelText.foreign_words != [], ChannelText.signed_at.is_(None)))
    return f.PublicationFacts(
        coverage_state=story.state, channel_taken=bool(db.session.scalar(taken)), embargo_until=embargo,
        not_before=item.not_before, critical=story.critical, version=item.version or 0,
        approved_version=story.approved_version or 0, was_live=item.live_at is not None, **facts_story.publication(story),
        upstream=channel is not None and channel.kind == "upstream", words_unsigned=bool(db.session.scalar(unsigned)),
    )


_LOADERS: dict[str, Callable[[Any], f.Facts]] = {
    "tip": _tip, "case": _case, "exposure": _exposure, "assignment": _assignment, "referral": _referral,
    "coverage": _coverage, "publication": _publication,
}
