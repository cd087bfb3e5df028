"""A reporter's pages. Each form is a page that works without scripts and comes back filled after an error."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.access.roles import roles_for
from civic.blueprints.squads import bp, page
from civic.cases import tasks as verbs
from civic.insight import reach
from civic.kit.result import NotAllowed, NotFound, NotPossible
from civic.models import Assignment, db
from civic.newsroom import field, fieldwork, squads, taskpage
from civic.web import forms, guard, nonce
from civic.web.attempt import NONE, Trouble, attempt
from civic.workflow.assignment import MACHINE

Answer = str | Response | tuple[str, int]


@bp.get("/tasks")
@guard.staff("field")
def tasks() -> str:
    """My tasks: the next one first, then what is offered, held, handed in and lately ended."""
    mine = field.my_tasks(g.actor)
    return render_template("squads/tasks.html", mine=mine, nav=page.nav("squads.tasks", len(mine.offered)),
                           reasons=page.decline_reasons(), reach_due=reach.due_count(g.actor))


@bp.get("/tasks/<uuid:task_id>")
@guard.staff("cases.read")
def task(task_id: uuid.UUID) -> str:
    """One task: what to do, where, what was reported and answered, and what I have so far."""
    shown = taskpage.page(g.actor, taskpage.find(g.actor, task_id))
    return render_template("squads/task.html", **page.task(g.actor, shown), reasons=page.decline_reasons())


def _number(typed: object) -> int | None:
    """The number of the last event a form was shown at; None when it does not say."""
    text = str(typed or "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _gone() -> Answer:
    flash(_("这条任务刚被队友接走了。"), "warn")
    return redirect(url_for("squads.tasks"), 303)


@bp.post("/tasks/<uuid:task_id>/accept")
@guard.staff("field")
def accept(task_id: uuid.UUID) -> Answer:
    """Takes a task in one tap; of a squad's offer the first to accept holds it."""
    target = url_for("squads.task", task_id=task_id)
    try:
        row = taskpage.find(g.actor, task_id)
        if row.assignee_id == g.actor.user_id and row.state == "accepted":  # the second tap of two
            return redirect(target, 303)
        trouble = attempt(lambda: verbs.accept(g.actor, row))
    except (NotFound, NotAllowed):  # a teammate may have been quicker, even while this was being asked
        db.session.rollback()
        if taskpage.taken_by_teammate(g.actor, task_id):
            return _gone()
        raise
    for reason in trouble.reasons:
        flash(_(reason), "warn")
    if not trouble:
        flash(_("已接办。24 小时内先联系一次。"), "ok")
    return redirect(target, 303)


@bp.post("/tasks/<uuid:task_id>/decline")
@guard.staff("field")
def decline(task_id: uuid.UUID) -> Answer:
    """Refuses an offer with one of the five reasons; it costs nothing."""
    row = taskpage.find(g.actor, task_id)
    trouble = attempt(lambda: verbs.decline(g.actor, row, {"reason": request.form.get("reason", "")}))
    if trouble:
        for words in (*trouble.reasons, *trouble.errors.values()):
            flash(_(words), "warn")
        return redirect(url_for("squads.task", task_id=task_id), 303)
    flash(_("已回复不接，值班编辑会另派。"), "ok")
    return redirect(url_for("squads.tasks"), 303)


class _Form:
    """One of the three forms of a held task: which move, which verb, which page."""

    def __init__(self, command: str, verb: Callable[..., Any], template: str, said: str) -> None:
        self.move, self.verb = MACHINE.move(command), verb
        self.template, self.said = f"squads/{template}.html", said


FORMS = {
    "check-in": _Form("check_in", fieldwork.check_in, "check_in", "已签到。"),
    "note": _Form("note", verbs.note, "note", "记下了。"),
    "submit": _Form("submit", verbs.submit, "submit", "已交。一个工作日内验收。"),
}


def _held(task_id: uuid.UUID, what: _Form) -> tuple[Assignment, taskpage.TaskPage]:
    """The task and its page for whoever holds it; NotPossible with the reason when the form is not for now."""
    row = taskpage.find(g.actor, task_id)
    if not roles_for(g.actor, "assignment", row).intersection(what.move.roles):
        raise NotAllowed()
    shown = taskpage.page(g.actor, row)
    if row.state not in what.move.sources:
        state = dict(MACHINE.states)[row.state]
        raise NotPossible((_("任务现在是「%(state)s」，不能%(what)s。", state=_(state), what=_(what.move.label)),))
    return row, shown


def _page(what: _Form, shown: taskpage.TaskPage, form: forms.MoveForm, trouble: Trouble = NONE) -> Answer:
    html = render_template(what.template, **page.form(what.move, shown, form, trouble))
    return (html, trouble.code) if trouble else html


@bp.get("/tasks/<uuid:task_id>/<any('check-in', 'note', 'submit'):kind>")
@guard.staff("field")
def ask(task_id: uuid.UUID, kind: str) -> Answer:
    """The form to check in, to note something down, or to hand the task in."""
    what = FORMS[kind]
    row, shown = _held(task_id, what)
    form = forms.form_class(what.move, page.choices(shown))(data=page.start(what.move, shown))
    form.seen.data, form.nonce.data = str(row.event_id), nonce.fresh()
    return _page(what, shown, form)


@bp.post("/tasks/<uuid:task_id>/<any('check-in', 'note', 'submit'):kind>")
@guard.staff("field")
def do(task_id: uuid.UUID, kind: str) -> Answer:
    """Does it once; a second send of the same form, or one from a dead zone, changes nothing more."""
    what = FORMS[kind]
    done = nonce.result(request.form.get("nonce", ""))
    if done is not None:
        return redirect(done, 303)
    row, shown = _held(task_id, what)
    form = forms.form_class(what.move, page.choices(shown))()
    form.validate()
    data, unreadable = forms.payload(what.move, form)
    data = page.sent(what.move, data, request.form)
    seen = _number(form.seen.data) if what.move.command == "submit" else None
    trouble = attempt(lambda: what.verb(g.actor, row, data, seen), unreadable)
    if trouble:
        if trouble.changes:
            form.seen.data = str(row.event_id)
        return _page(what, shown, form, trouble)
    target = url_for("squads.tasks") if kind == "submit" else url_for("squads.task", task_id=task_id)
    nonce.remember(str(form.nonce.data or ""), target)
    flash(_(what.said), "ok")
    return redirect(target, 303)


@bp.get("/squad")
@guard.staff("field")
def squad() -> str:
    """My squads: open offers, who has how much in hand, and for the lead the cases the squad answers for."""
    boards = [page.board(board) for board in squads.boards(g.actor)]
    return render_template("squads/squad.html", boards=boards, nav=page.nav("squads.squad"))


@bp.post("/squad/offers/<uuid:task_id>")
@guard.staff("field")
def hand_on(task_id: uuid.UUID) -> Answer:
    """The lead gives an open offer of the squad to one member."""
    row = taskpage.find(g.actor, task_id)
    if not roles_for(g.actor, "assignment", row).intersection({"L", "D"}):
        raise NotAllowed()
    try:
        member = uuid.UUID(request.form.get("member", ""))
    except ValueError:
        flash(_("请选一位队员。"), "warn")
        return redirect(url_for("squads.squad"), 303)
    seen = _number(request.form.get("seen"))
    trouble = attempt(lambda: fieldwork.hand_on(g.actor, row, member, seen))
    for words in (*trouble.reasons, *trouble.changes, *trouble.errors.values()):
        flash(_(words), "warn")
    if not trouble:
        flash(_("已派给队员，等对方接办。"), "ok")
    return redirect(url_for("squads.squad"), 303)
