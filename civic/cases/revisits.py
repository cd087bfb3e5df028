"""Looking back 回头看: 30 and 90 days after closing and 7 days after a story, offered to the squad by itself (R29, R39)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import any_, exists, literal, or_, select, update

from civic import ledger
from civic.access.actor import Actor
from civic.access.roles import roles_for
from civic.kit import clock
from civic.ledger import timers
from civic.models import Assignment, Case, Publication, Revisit, Team, Verification, db
from civic.notify import outbox
from civic.reference import calendars
from civic.workflow.calendar import Term

Data = Mapping[str, Any]
AHEAD = timedelta(days=2)
"""A task is offered so long before the day it is for."""
TERM = "2wd"
KINDS = {"d30": "结案 30 天回头看", "d90": "结案 90 天回头看", "story": "见报 7 天跟进"}
BRIEF = {"d30": "结案满 30 天：到同一个地方再看一次，问题有没有反弹，从同一位置再拍一张。",
         "d90": "结案满 90 天：最后一次回头看，有没有保持住，从同一位置再拍一张。",
         "story": "报道发出一周：到现场看有没有动静，问问反映人和承办单位，从同一位置拍一张。"}
WITHOUT = ("unfounded", "rerouted", "stopped")
"""Closed so, there is nothing to look back at."""


def after_closing(case: Case, moment: datetime) -> None:
    """Schedules the two looks back of a closing, counted from it."""
    if case.resolution in WITHOUT:
        return
    for kind in ("d30", "d90"):
        _plan(case, kind, timers.due_at(f"revisit.{kind}", moment))


def after_story(item: Publication) -> None:
    """R39: what was in the news is looked at again within a week, once for each story that went out."""
    case = db.session.get(Case, item.coverage.case_id) if item.coverage.case_id else None
    if case is None or item.internal or item.live_at is None:
        return
    others = select(exists().where(Revisit.case_id == case.id, Revisit.kind == "story", Revisit.publication_id.in_(
        select(Publication.id).where(Publication.coverage_id == item.coverage_id))))
    if not db.session.scalar(others):
        _plan(case, "story", timers.due_at("revisit.story", item.live_at), item)


def _plan(case: Case, kind: str, due: datetime, item: Publication | None = None) -> None:
    db.session.add(ledger.new(Revisit, case_id=case.id, round=case.round, kind=kind, due_at=due, outcome="waiting",
                              publication_id=item.id if item else None))
    db.session.flush()


def overtaken(case: Case) -> None:
    """The case was reopened: the looks back of its old closing are not needed any more."""
    db.session.execute(update(Revisit).where(
        Revisit.case_id == case.id, Revisit.outcome == "waiting", Revisit.kind != "story", Revisit.round < case.round)
        .values(outcome="overtaken", judged_at=clock.now()))


def squad_of(case: Case) -> Team | None:
    """Whose turn it is: the owning squad, else the one that worked on it last, else one whose town it is."""
    if case.owner_team_id:
        return db.session.get(Team, case.owner_team_id)
    last = db.session.scalar(select(Team).join(Assignment, Assignment.team_id == Team.id).where(
        Assignment.case_id == case.id, Assignment.state.in_(("accepted", "submitted", "done")))
        .order_by(Assignment.created_at.desc()).limit(1))
    if last is not None or case.town is None:
        return last
    return db.session.scalar(select(Team).where(Team.kind == "squad", literal(case.town) == any_(Team.towns)).order_by(Team.name).limit(1))


def arrange(actor: Actor, case: Case, data: Data | None = None, seen: int | None = None) -> Case:
    """Offers the looks back that are nearly due to the squad; without a squad the desk is told to find one."""
    moment = clock.now()
    rows = list(db.session.scalars(select(Revisit).where(
        Revisit.case_id == case.id, Revisit.outcome == "waiting", Revisit.assignment_id.is_(None),
        Revisit.due_at <= moment + AHEAD).order_by(Revisit.due_at)))
    if not rows:
        return case
    ledger.perform(actor, "case", case, "revisit", {}, seen=seen, log={"kinds": [row.kind for row in rows]})
    team = squad_of(case)
    for row in rows[1:]:
        row.outcome, row.judged_at = "overtaken", moment  # two at once: one visit answers both
    if team is None:
        outbox.steer(f"revisit:{rows[0].id}", "role:duty", "case.nudge",
                    {"machine": "case", "object": str(case.id), "command": "nudge", "note": f"{KINDS[rows[0].kind]}：请指定小虎队"})
        return case
    rows[0].assignment_id = _offer(case, rows[0], team, moment).id
    return case


def _offer(case: Case, row: Revisit, team: Team, moment: datetime) -> Assignment:
    due = max(row.due_at, calendars.current().add(moment, Term.parse(TERM)).at)
    data = {"kind": "verify", "holder": f"team:{team.id}", "brief": BRIEF[row.kind], "due_at": due}
    task = ledger.new(Assignment, kind="verify", case_id=case.id, round=case.round, team_id=team.id, brief=BRIEF[row.kind],
                      due_at=due)
    ledger.create(Actor.system(), "assignment", task, "offer", data, case=case)
    return task


def work() -> int:
    """Offers every look back that is nearly due; a case at a time, each in its own transaction."""
    moment = clock.now()
    found = db.session.scalars(select(Case).where(
        Case.state.in_(("open", "closed")), Case.id.in_(select(Revisit.case_id).where(
            Revisit.outcome == "waiting", Revisit.assignment_id.is_(None), Revisit.due_at <= moment + AHEAD))).limit(50)).all()
    for case in found:
        arrange(Actor.system(), case)
        db.session.commit()
    return len(found)


def of_task(task: Assignment) -> Revisit | None:
    """The look back a task is for."""
    return db.session.scalar(select(Revisit).where(Revisit.assignment_id == task.id))


def judge(actor: Actor, task: Assignment) -> Revisit | None:
    """Reads an approved visit: it has held, or the case opens again with that as its reason (R29)."""
    row = of_task(task)
    if row is None:
        return None
    look = db.session.scalar(select(Verification).where(Verification.assignment_id == task.id)
                             .order_by(Verification.verified_at.desc()).limit(1))
    verdict = look.verdict if look else "cannot_tell"
    outcome = {"confirmed": "kept", "cannot_tell": "unclear"}.get(verdict, "failed")
    row.outcome, row.judged_at = outcome, clock.now()
    db.session.flush()
    case = db.session.get_one(Case, row.case_id)
    if outcome == "failed" and case.state == "closed":
        _reopen(actor, case, row)
    return row


def _reopen(actor: Actor, case: Case, row: Revisit) -> None:
    from civic.cases import operations  # a cycle: closing schedules what reopens

    reason = f"{KINDS[row.kind]}：没有保持住，重开（R29）。"
    if roles_for(actor, "case", case) & {"D", "E3", "L"}:
        operations.reopen(actor, case, {"reason": reason})
        return
    outbox.steer(f"revisit-failed:{row.id}", "role:duty", "case.nudge",
                {"machine": "case", "object": str(case.id), "command": "nudge", "note": reason})


def waiting(case: Case) -> list[Revisit]:
    """The looks back of a case, next first, for its page."""
    return list(db.session.scalars(select(Revisit).where(Revisit.case_id == case.id, or_(
        Revisit.outcome != "overtaken", Revisit.round == case.round)).order_by(Revisit.due_at)))


OPERATIONS = {("case", "revisit"): arrange}
