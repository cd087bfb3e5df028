"""Following a tip at /follow: the code, the letter, and the moves of its holder."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, session
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError, validate_csrf
from werkzeug.wrappers import Response as AnyResponse
from wtforms.validators import ValidationError

from civic.access.actor import Actor
from civic.blueprints.tips import bp, forms, letter
from civic.blueprints.tips.letter import Try
from civic.files import intake
from civic.kit import receipt
from civic.kit.receipt import Typo
from civic.kit.result import NotFound
from civic.models import Tip
from civic.tips import operations, pressing, queries
from civic.web import context, guard, sealed
from civic.web.attempt import Trouble, attempt
from civic.web.session import enter_tip, leave_tip
from civic.web.throttle import Throttle

Answer = str | AnyResponse | tuple[str, int]

CARRY = "follow-carry"
KEYS = ("text", "reason", "solved", "stars")
wrong = Throttle(limit=10, window=900)
"""Wrong codes from one address in a quarter of an hour. A typing slip is told by the check digits and not counted."""

DONE = {"reply": "收到您的补充，编辑会接着看。", "appeal": "申诉收到了，会换一位编辑看。", "evaluate": "谢谢您的评价。",
        "reopen": "案件已重开，接着办。",
        "urge": "记下了：编辑部和承办单位都收到您的催办。", "contest_mark": "申诉收到了，由另一位编辑复核。",
        "withdraw": "已经撤回，联系方式也删除了。",
        "withdraw_consent": "联系方式已经删除，不能恢复。"}


def _enter_page(form: Any, *, carry: str = "", note: str = "", code: int = 200) -> Answer:
    html = render_template("tips/follow.html", form=form, carry=carry, note=note)
    return (html, code) if code != 200 else html


@bp.get("/follow")
@guard.public
def follow() -> Answer:
    """Where the code is typed. Sets no cookie."""
    return _enter_page(forms.Code())


@bp.post("/follow")
@guard.public
def enter() -> Answer:
    """Opens the letter for a right code. A wrong and a deleted one are answered alike, after the same work (S3)."""
    form, carry = forms.Code(request.form), request.form.get("carry", "")
    held = sealed.unseal(CARRY, carry)
    carry = "" if held.broken else carry
    if wrong.blocked(request.remote_addr):
        form.receipt.data = ""
        return _enter_page(form, carry=carry, note=_("试错太多次了，请过一刻钟再来。"), code=429)
    try:
        digits = receipt.check(str(form.receipt.data or ""))
    except Typo as typo:
        form.receipt.errors = [typo.errors["receipt"]]
        return _enter_page(form, carry=carry, code=422)
    tip = queries.by_receipt(digits)
    if tip is None:
        wrong.failed(request.remote_addr)
        form.receipt.data = ""
        form.receipt.errors = [_("没有找到。请对照回执再输一遍；已经删除的线索也查不到。")]
        return _enter_page(form, carry=carry, code=404)
    enter_tip(tip.id)
    if not held.broken:
        state = held.state
        files = [intake.from_state(item) for item in state.get("files", [])]
        return letter.page(tip, Try(str(state.get("command")), dict(state.get("data", {})), files))
    return redirect("/follow/status", 303)


def _mine() -> Tip:
    tip = queries.tip(g.actor.tip_id)
    if tip is None:
        leave_tip()
        raise guard.SessionLost()
    return tip


@bp.get("/follow/status")
@guard.tipster
def status() -> Answer:
    """The letter."""
    return letter.page(_mine())


@bp.get("/follow/leave")
@guard.public
def leave() -> Answer:
    """Ends the session and goes to a page nobody wonders about."""
    leave_tip()
    session.clear()
    return redirect(context.LEAVE_URL, 303)


@bp.post("/follow/<command>")
@guard.tipster
def act(command: str) -> Answer:
    """Does one of the moves the engine leaves to the tipster; what is not possible comes back filled, with the reason."""
    if command not in letter.FORMS:
        raise NotFound()
    _check_token()
    tip, tried = _mine(), _typed(command)
    data = {**tried.data, "photos": tried.files}
    verb = VERBS[command]
    trouble = attempt(lambda: verb(Actor.citizen(tip.id), tip, data), tried.errors or None)
    if trouble:
        return _again(g.actor.tip_id, tried, trouble)
    flash(_(DONE[command]), "ok")
    return redirect("/follow/status", 303)


VERBS = {"reply": operations.reply, "appeal": operations.appeal, "evaluate": operations.evaluate,
         "reopen": operations.reopen_case, "urge": pressing.urge, "contest_mark": pressing.contest,
         "withdraw": operations.withdraw,
         "withdraw_consent": operations.withdraw_consent}


def _check_token() -> None:
    """The blueprint has no token of its own before there is a session; from here on there is one (W3)."""
    if not current_app.config.get("WTF_CSRF_ENABLED", True):
        return
    try:
        validate_csrf(request.form.get("csrf_token"))
    except ValidationError as error:
        raise CSRFError(error.args[0]) from None


def _typed(command: str) -> Try:
    """What the form holds: words as they are, files taken in (those of an earlier try included)."""
    kind = letter.FORMS[command]
    if kind is None:
        return Try(command)
    form = kind(request.form)
    data = {name: form[name].data for name in KEYS if name in form}
    held = sealed.unseal(letter.HELD, request.form.get("held"))
    files = [intake.from_state(item) for item in held.state.get("files", [])]
    errors: dict[str, str] = {}
    if "photos" in form:
        more, problems = intake.receive_all(request.files.getlist("photos"), room=intake.MAX_FILES - len(files))
        files += more
        if problems:
            errors["photos"] = " ".join(problems)
    return Try(command, data, files, errors)


def _again(tip_id: Any, tried: Try, trouble: Trouble) -> Answer:
    tip = queries.tip(tip_id)
    if tip is None:
        raise NotFound()
    tried.errors = trouble.errors
    tried.reasons = trouble.reasons or trouble.changes
    return letter.page(tip, tried), trouble.code


@bp.errorhandler(guard.SessionLost)
def _lost(_error: guard.SessionLost) -> Answer:
    """Two quiet hours are over: the code is asked for again, and what was typed comes along, sealed."""
    command = (request.view_args or {}).get("command", "")
    if command not in letter.FORMS:
        return _enter_page(forms.Code(), note=_("请输入查询码。"), code=401)
    return _carry(command, _("时间太久，为了安全已经退出。请再输一次查询码；您写的内容还在。"), 401)


@bp.errorhandler(CSRFError)
def _stale(_error: CSRFError) -> Answer:
    """The page's token is not ours any more: the same page again, filled."""
    tip = queries.tip(g.actor.tip_id) if g.actor.tip_id else None
    command = (request.view_args or {}).get("command", "")
    if tip is None or command not in letter.FORMS:
        return _enter_page(forms.Code(), code=400)
    tried = _typed(command)
    tried.reasons = (_("页面放得太久，口令过期了。内容都还在，再点一次就行。"),)
    return letter.page(tip, tried), 400


def _carry(command: str, note: str, code: int) -> Answer:
    tried = _typed(command)
    state = {"command": command, "data": {name: value for name, value in tried.data.items() if value},
             "files": [intake.to_state(item) for item in tried.files]}
    return _enter_page(forms.Code(), carry=sealed.seal(CARRY, state), note=note, code=code)

