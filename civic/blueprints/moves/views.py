"""A move is asked for on one page and done by one POST; the page shows it again, filled, when it is not possible."""

from __future__ import annotations

import uuid
from typing import Any

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic import ledger
from civic.access.roles import roles_for
from civic.access.scope import may_see
from civic.blueprints.moves import bp, places
from civic.blueprints.moves.registry import CREATORS
from civic.cases import operations as cases
from civic.kit.result import Conflict, Invalid, NotAllowed, NotFound, NotPossible
from civic.ledger import objects
from civic.models import Case, db
from civic.verbs import OPERATIONS
from civic.web import forms, guard, nonce, options
from civic.workflow import tables
from civic.workflow.machine import Move

Answer = str | Response | tuple[str, int]


def _move(machine: str, command: str) -> Move:
    try:
        return tables.machine(machine).move(command)
    except NotPossible:
        raise NotFound() from None


def _load(machine: str, object_id: uuid.UUID) -> Any:
    """The row if this person may know of it."""
    obj = objects.load(machine, object_id)
    if not may_see(g.actor, obj):
        raise NotFound()
    return obj


def _seen(form: forms.MoveForm) -> int | None:
    text = str(form.seen.data or request.args.get("seen") or "")
    return int(text) if text.isdigit() and len(text) < 19 else None


def _page(move: Move, form: forms.MoveForm, obj: Any, case: Case | None, *, errors: dict[str, str] | None = None,
          reasons: tuple[str, ...] = (), changes: tuple[str, ...] = (), code: int = 200) -> Answer:
    html = render_template("moves/form.html", move=move, form=form, errors=errors or {}, reasons=reasons,
                           changes=changes, subject=places.subject(move.machine, obj, case),
                           back=places.page_of(move.machine, obj, case))
    return (html, code) if code != 200 else html


def _state(move: Move, obj: Any) -> int:
    return int(getattr(obj, objects.KINDS[move.machine].event) or 0)


@bp.get("/move/<machine>/<uuid:object_id>/<command>")
@guard.staff("moves")
def ask(machine: str, object_id: uuid.UUID, command: str) -> Answer:
    """The form of a move; with the reasons when it is not possible now."""
    move, obj = _move(machine, command), _load(machine, object_id)
    if (machine, command) not in OPERATIONS:
        raise NotFound()
    if not roles_for(g.actor, machine, obj).intersection(move.roles):
        raise NotAllowed()
    form = forms.form_class(move, options.for_move(move, obj, g.actor))(data=places.prefill(move, obj))
    form.seen.data = request.args.get("seen") or str(_state(move, obj))
    form.nonce.data = nonce.fresh()
    view = next((item for item in ledger.moves(g.actor, machine, obj) if item.move.command == command), None)
    reasons = view.reasons if view else (_("现在不能做这一步。"),)
    return _page(move, form, obj, None, reasons=reasons, code=200 if not reasons else 409)


@bp.post("/move/<machine>/<uuid:object_id>/<command>")
@guard.staff("moves")
def do(machine: str, object_id: uuid.UUID, command: str) -> Answer:
    """Does the move once; a second send of the same form only shows the result."""
    move, obj = _move(machine, command), _load(machine, object_id)
    operation = OPERATIONS.get((machine, command))
    if operation is None:
        raise NotFound()
    if not roles_for(g.actor, machine, obj).intersection(move.roles):
        raise NotAllowed()
    form = forms.form_class(move, options.for_move(move, obj, g.actor))()
    done = nonce.result(str(form.nonce.data or ""))
    if done is not None:
        return redirect(done or places.page_of(machine, obj, None), 303)
    form.validate()
    data, errors = forms.payload(move, form)
    try:
        if errors:
            raise Invalid(errors)
        operation(g.actor, obj, data, _seen(form))
    except Invalid as error:
        return _again(move, form, obj, None, 422, errors={**error.errors, **errors})
    except NotPossible as error:
        return _again(move, form, obj, None, 409, reasons=error.reasons)
    except Conflict as error:
        return _again(move, form, obj, None, 409, changes=error.changes or (error.message,))
    target = places.page_of(machine, obj, None)
    nonce.remember(str(form.nonce.data or ""), target)
    flash(_("已完成：%(what)s", what=_(move.label)), "ok")
    return redirect(target, 303)


def _again(move: Move, form: forms.MoveForm, obj: Any, case: Case | None, code: int, **why: Any) -> Answer:
    """The same page with everything typed still there; nothing of the failed try is kept in the database."""
    db.session.rollback()
    if obj is not None and why.get("changes"):
        form.seen.data = str(_state(move, obj))
    return _page(move, form, obj, case, code=code, **why)


def _parent() -> Case | None:
    number = request.values.get("case_no") or request.args.get("case") or ""
    return cases.find(g.actor, number) if number else None


@bp.get("/move/new/<machine>/<command>")
@guard.staff("moves")
def ask_new(machine: str, command: str) -> Answer:
    """The form of a creating move, on a case where `case` names one."""
    move, case = _creating(machine, command)
    form = forms.form_class(move, options.for_move(move, None, g.actor, case))(data=places.prefill_new(move, case))
    form.nonce.data = nonce.fresh()
    return _page(move, form, None, case)


@bp.post("/move/new/<machine>/<command>")
@guard.staff("moves")
def do_new(machine: str, command: str) -> Answer:
    """Makes the new row once and goes to its page."""
    move, case = _creating(machine, command)
    form = forms.form_class(move, options.for_move(move, None, g.actor, case))()
    done = nonce.result(str(form.nonce.data or ""))
    if done is not None:
        return redirect(done, 303)
    form.validate()
    data, errors = forms.payload(move, form)
    try:
        if errors:
            raise Invalid(errors)
        made = CREATORS[machine, command](g.actor, case, data)
    except Invalid as error:
        return _again(move, form, None, case, 422, errors={**error.errors, **errors})
    except (NotPossible, NotAllowed) as error:
        reasons = error.reasons if isinstance(error, NotPossible) else (error.message,)
        return _again(move, form, None, case, 409 if isinstance(error, NotPossible) else 403, reasons=reasons)
    target = places.page_of(machine, made, case)
    nonce.remember(str(form.nonce.data or ""), target)
    flash(_("已完成：%(what)s", what=_(move.label)), "ok")
    return redirect(target, 303)


def _creating(machine: str, command: str) -> tuple[Move, Case | None]:
    move = _move(machine, command)
    if (machine, command) not in CREATORS:
        raise NotFound()
    case = _parent()
    if case is None and machine in ("assignment", "referral"):
        raise NotFound()
    if not roles_for(g.actor, machine, None, case).intersection(move.roles):
        raise NotAllowed()
    return move, case
