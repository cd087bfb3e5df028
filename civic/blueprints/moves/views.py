"""A move is asked for on one page and done by one POST; the page shows it again, filled, when it is not possible."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import flash, g, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic import ledger
from civic.access.roles import roles_for
from civic.access.scope import may_see
from civic.blueprints.moves import blocks, bp, picks, places
from civic.blueprints.moves.about import about
from civic.blueprints.moves.registry import CREATORS
from civic.cases import operations as cases
from civic.cases import queries
from civic.kit.result import Conflict, Invalid, NotAllowed, NotFound, NotPossible
from civic.ledger import objects
from civic.models import Case, Tip, db
from civic.tips import desk as tips
from civic.verbs import OPERATIONS
from civic.web import forms, guard, nonce, options
from civic.workflow import tables
from civic.workflow.machine import Move, wrong_state

Answer = str | Response | tuple[str, int]


def _move(machine: str, command: str) -> Move:
    try:
        return tables.machine(machine).move(command)
    except NotPossible:
        raise NotFound() from None


def _load(machine: str, object_id: uuid.UUID, move: Move) -> Any:
    """The row if this person may know of it, and may ask for this move: 404 before 403."""
    obj = objects.load(machine, object_id)
    if not may_see(g.actor, obj):
        raise NotFound()
    if (machine, move.command) not in OPERATIONS:
        raise NotFound()
    if not roles_for(g.actor, machine, obj).intersection(move.roles):
        raise NotAllowed()
    return obj


def _seen(form: forms.MoveForm) -> int | None:
    text = str(form.seen.data or request.args.get("seen") or "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _back(fallback: str) -> str:
    """Where to return to: the page that sent us here when it is one of ours (W5)."""
    return places.local(request.values.get("back"), fallback)


def _page(move: Move, form: forms.MoveForm, obj: Any, case: Case | None, *, errors: dict[str, str] | None = None,
          reasons: tuple[str, ...] = (), changes: tuple[str, ...] = (), code: int = 200) -> Answer:
    errors = errors or {}
    parts = blocks.blocks(move, form, errors)
    shown = {field.name for part in parts for field in part.fields}
    parent = case or (obj if isinstance(obj, Case) else None)
    html = render_template(
        "moves/form.html", move=move, form=form, pieces=parts, reasons=reasons, changes=changes, about=about(obj, case),
        errors={form[name].id if name in form else ("place_address" if name == "place" else name): text
                for name, text in errors.items()},
        loose=[text for name, text in errors.items() if name not in shown and name not in ("place", "answers")],
        subject=places.subject(move.machine, obj, case), warnings=blocks.warnings(move, obj),
        back=_back(places.page_of(g.actor, move.machine, obj, case)), found=_found(move, form, obj, errors),
        catalogue=blocks.unit_notes(parent) if move.key == ("referral", "draft") else "", guide=blocks.guide(move),
        pictures=blocks.pictures(move, form), **picks.picks(move, form, case, picks.story()))
    return (html, code) if code != 200 else html


def _found(move: Move, form: forms.MoveForm, obj: Any, errors: dict[str, str]) -> list[Any]:
    """Cases to choose from beside a case field: what the words typed in it find, or what the tip may belong to."""
    field = next((item for item in move.fields if item.kind == "case"), None)
    if field is None or field.name not in form:
        return []
    typed = str(form[field.name].data or "")
    if typed and field.name in errors:
        return list(queries.look_up(g.actor, typed, only_open=move.machine != "coverage"))
    return list(tips.candidates(g.actor, obj)) if isinstance(obj, Tip) and not typed else []


def _form(move: Move, obj: Any, case: Case | None, data: dict[str, Any] | None = None) -> forms.MoveForm:
    letters = roles_for(g.actor, move.machine, obj, case)
    kind = forms.form_class(move, options.for_move(move, obj, g.actor, case), blocks.leave_out(move, obj, letters))
    return kind() if data is None else kind(data=data)


def _asked(move: Move) -> dict[str, str]:
    """What a link put into the address for the form to start with."""
    return {item.name: request.args[item.name][:200] for item in move.fields
            if item.kind in ("choice", "case", "holder", "department", "category", "media") and item.name in request.args}


def _state(move: Move, obj: Any) -> int:
    return int(getattr(obj, objects.KINDS[move.machine].event) or 0)


def _must_be_open(move: Move, obj: Any, seen: int | None) -> None:
    """State and freshness come before fields (409 before 422): the same questions the door asks again under its lock."""
    ledger.verify_seen(move.machine, obj, seen)
    view = next((item for item in ledger.moves(g.actor, move.machine, obj) if item.move.command == move.command), None)
    if view is None:
        raise NotPossible((wrong_state(tables.machine(move.machine), move, objects.state_of(move.machine, obj)),))
    if not view.allowed:
        raise NotPossible(view.reasons)


@bp.get("/move/<machine>/<uuid:object_id>/<command>")
@guard.staff("moves")
def ask(machine: str, object_id: uuid.UUID, command: str) -> Answer:
    """The form of a move; with the reasons when it is not possible now."""
    move = _move(machine, command)
    obj = _load(machine, object_id, move)
    form = _form(move, obj, None, {**places.prefill(move, obj), **_asked(move)})
    form.seen.data = request.args.get("seen") or str(_state(move, obj))
    form.nonce.data = nonce.fresh()
    try:
        _must_be_open(move, obj, _seen(form))
    except NotPossible as error:
        return _page(move, form, obj, None, reasons=error.reasons, code=409)
    except Conflict as error:
        form.seen.data = str(_state(move, obj))
        return _page(move, form, obj, None, changes=error.changes)
    return _page(move, form, obj, None)


@bp.post("/move/<machine>/<uuid:object_id>/<command>")
@guard.staff("moves")
def do(machine: str, object_id: uuid.UUID, command: str) -> Answer:
    """Does the move once; a second send of the same form only shows the result."""
    move = _move(machine, command)
    obj = _load(machine, object_id, move)
    form = _form(move, obj, None)
    home = places.page_of(g.actor, machine, obj, None)
    done = nonce.result(str(form.nonce.data or ""))
    if done is not None:
        return redirect(done or home, 303)
    made: list[Any] = []

    def run(data: dict[str, Any]) -> None:
        made.append(OPERATIONS[machine, command](g.actor, obj, data, _seen(form)))
    trouble = _try(move, form, obj, None, run)
    if trouble is not None:
        return trouble
    target = _back(home)
    nonce.remember(str(form.nonce.data or ""), target)
    if move.key == ("tip", "read_contact"):
        return render_template("moves/contact.html", contact=made[0], tip=obj, back=target)
    flash(_("已完成：%(what)s", what=_(move.label)), "ok")
    return redirect(target, 303)


def _try(move: Move, form: forms.MoveForm, obj: Any, case: Case | None,
         run: Callable[[dict[str, Any]], None]) -> Answer | None:
    """Runs the verb on what was typed; the form again when it is not possible, with everything still in it."""
    try:
        if obj is not None:
            _must_be_open(move, obj, _seen(form))
        form.validate()
        data, errors = forms.payload(move, form)
        if request.form.get("case_pick"):
            data["case" if "case" in data else "into"] = request.form["case_pick"][:40]
        if errors:
            raise Invalid(errors)
        run(data)
    except Invalid as error:
        return _again(move, form, obj, case, 422, errors=error.errors)
    except NotPossible as error:
        return _again(move, form, obj, case, 409, reasons=error.reasons)
    except Conflict as error:
        return _again(move, form, obj, case, 409, changes=error.changes or (error.message,))
    return None


def _again(move: Move, form: forms.MoveForm, obj: Any, case: Case | None, code: int, **why: Any) -> Answer:
    """The same page with everything typed still there; nothing of the failed try is kept in the database."""
    db.session.rollback()
    if obj is not None and why.get("changes"):
        form.seen.data = str(_state(move, obj))
    return _page(move, form, obj, case, code=code, **why)


def _creating(machine: str, command: str) -> tuple[Move, Case | None]:
    """The move and the case it is for: 404 without one where one is needed, then 403."""
    move = _move(machine, command)
    if (machine, command) not in CREATORS:
        raise NotFound()
    number = request.values.get("case") or ""
    case = cases.find(g.actor, number) if number and machine != "coverage" else None
    if case is None and (story := picks.story() if machine == "assignment" else None) is not None:
        case = story.case
    elif case is None and machine in ("assignment", "referral"):
        raise NotFound()
    if not roles_for(g.actor, machine, None, case).intersection(move.roles):
        raise NotAllowed()
    return move, case


@bp.get("/move/new/<machine>/<command>")
@guard.staff("moves")
def ask_new(machine: str, command: str) -> Answer:
    """The form of a creating move, on a case where `case` names one."""
    move, case = _creating(machine, command)
    form = _form(move, None, case, {**places.prefill_new(move, case), **_asked(move)})
    form.nonce.data = nonce.fresh()
    reasons = places.closed(move, case)
    return _page(move, form, None, case, reasons=reasons, code=409 if reasons else 200)


@bp.post("/move/new/<machine>/<command>")
@guard.staff("moves")
def do_new(machine: str, command: str) -> Answer:
    """Makes the new row once and goes to its page."""
    move, case = _creating(machine, command)
    form = _form(move, None, case)
    done = nonce.result(str(form.nonce.data or ""))
    if done is not None:
        return redirect(done, 303)
    made: list[Any] = []

    if move.key == picks.OFFER and picks.chosen(form):
        return _page(move, form, None, case)
    story = picks.story() if move.key == picks.OFFER else None

    def run(data: dict[str, Any]) -> None:
        made.append(CREATORS[machine, command](g.actor, case, {**data, **({"coverage_id": story.id} if story else {})}))
    reasons = places.closed(move, case)
    trouble = (_again(move, form, None, case, 409, reasons=reasons) if reasons
               else _try(move, form, None, case, run))
    if trouble is not None:
        return trouble
    target = _back(places.page_of(g.actor, machine, made[0], case))
    nonce.remember(str(form.nonce.data or ""), target)
    flash(_("已完成：%(what)s", what=_(move.label)), "ok")
    return redirect(target, 303)
