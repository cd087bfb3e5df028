"""Tips, cases, tasks, and what the machine room could not do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    DateTime,
    Uuid,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from civic.access.actor import Actor
from civic.cases.waiting.part import NOBODY, STUCK, Part, part, timer
from civic.kit import clock
from civic.models import (
    Assignment,
    Case,
    Event,
    Media,
    Outbox,
    Team,
    Timer,
    Tip,
    User,
)
from civic.reference import routing
from civic.workflow.machine import N_


def tips(actor: Actor, _: datetime) -> Part:
    return _tip_part("tip").where(Tip.state == "new", ~Tip.appealed)


def appeals(actor: Actor, _: datetime) -> Part:
    """An appeal waits for somebody other than the person who declined it."""
    return _tip_part("appeal").where(Tip.state == "new", Tip.appealed,
                                     or_(Tip.declined_by.is_(None), Tip.declined_by != actor.user_id))


def _tip_part(kind: str) -> Part:
    photos = select(func.count()).where(Media.tip_id == Tip.id).scalar_subquery()
    title = func.coalesce(func.nullif(Tip.title, ""), func.left(Tip.text, 60))
    return part(kind, Tip.id, title=title, number=Tip.number, town=Tip.town, due=Tip.due_at, urgency=Tip.urgency,
                since=Tip.submitted_at, extra=(Tip.consent, photos, Tip.channel))


def _case_part(kind: str, due: Any) -> Part:
    return part(kind, Case.id, title=Case.title, number=Case.number, town=Case.town, due=due, urgency=Case.urgency,
                since=Case.updated_at, extra=(Case.tip_count, Case.grade))


def dispatch(_: Actor, moment: datetime) -> Part:
    today = clock.local(moment).date()
    return _case_part("dispatch", timer("case", Case.id, "dispatch")).where(
        Case.state == "open", Case.stage == "queued", or_(Case.hold_until.is_(None), Case.hold_until <= today))


def wrapping(actor: Actor, _: datetime) -> Part:
    """Grade A is closed by the chief editor, the rest by the desk."""
    grades = [Case.grade == "A"] if "chief" in actor.grants else []
    grades += [Case.grade != "A"] if "duty" in actor.grants else []
    return _case_part("wrapping", None).where(Case.state == "open", Case.stage == "wrapping", or_(*grades))


def revisit(_: Actor, moment: datetime) -> Part:
    today = clock.local(moment).date()
    due = func.timezone(clock.TZ.key, cast(Case.revisit_on, DateTime) + timedelta(hours=17))
    again = exists().where(Assignment.case_id == Case.id, Assignment.kind == "verify",
                           Assignment.created_at >= func.timezone(clock.TZ.key, cast(Case.revisit_on, DateTime)))
    return _case_part("revisit", due).where(Case.state == "closed", Case.revisit_on <= today, ~again)


def _task_part(kind: str, due: Any) -> Part:
    return part(kind, Assignment.id, title=Case.title, number=Case.number, town=Case.town, due=due,
                urgency=Case.urgency, since=Assignment.created_at,
                extra=(Assignment.kind, func.coalesce(User.name, Team.name))).join(
        Case, Case.id == Assignment.case_id).outerjoin(User, User.id == Assignment.assignee_id).outerjoin(
        Team, Team.id == Assignment.team_id)


def task_check(actor: Actor, _: datetime) -> Part:
    return _task_part("task_check", timer("assignment", Assignment.id, "check")).where(
        Assignment.state == "submitted",
        or_(Assignment.assignee_id.is_(None), Assignment.assignee_id != actor.user_id))


def task_late(_: Actor, moment: datetime) -> Part:
    """A task past its date, or one its holder has been silent on since the clock asked."""
    asked = aliased(Timer)
    moved = exists().where(Event.machine == "assignment", Event.object_id == Assignment.id, Event.at > asked.fired_at)
    silent = exists(select(asked.id).where(
        asked.machine == "assignment", asked.object_id == Assignment.id, asked.name == "silent",
        asked.fired_at.is_not(None), ~moved))
    return _task_part("task_late", Assignment.due_at).where(
        Assignment.state == "accepted", or_(Assignment.due_at < moment, silent))


def stuck(_: Actor, moment: datetime) -> Part:
    """One row for all timers the clock should have fired."""
    return part("timers", literal(NOBODY, Uuid), title=N_("到时的动作没有执行"), due=func.min(Timer.due_at),
                since=func.coalesce(func.min(Timer.due_at), moment), extra=(func.count(),)).where(
        Timer.fired_at.is_(None), Timer.cancelled_at.is_(None), Timer.due_at < moment - STUCK).having(func.count() > 0)


def broken_rules(_: Actor, moment: datetime) -> Part:
    """One row for all routing rules that are switched on and do not work any more."""
    count = len(routing.troubles())
    return part("routing", literal(NOBODY, Uuid), title=N_("有派单规则已经失效"), since=literal(moment, DateTime(timezone=True)),
                extra=(literal(count),)).where(literal(count) > 0)


def dead(_: Actor, moment: datetime) -> Part:
    """One row for all messages that could not be delivered."""
    return part("dead_letters", literal(NOBODY, Uuid), title=N_("有消息没有送到"), due=func.min(Outbox.created_at),
                since=func.coalesce(func.min(Outbox.created_at), moment), extra=(func.count(),)).where(
        Outbox.state == "dead").having(func.count() > 0)
