"""The follow-up page as a letter: where it stands, why, whose move it is, and what the reader may do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from flask import render_template
from flask_babel import gettext as _

from civic import ledger
from civic.access.actor import Actor
from civic.blueprints.tips import forms
from civic.cases import folder, timeline, turn
from civic.files import intake
from civic.files.attach import Stored
from civic.kit import clock
from civic.models import Tip
from civic.reference import county
from civic.tips import queries
from civic.tips.queries import Following, Step
from civic.web import sealed
from civic.workflow.machine import MoveView
from civic.workflow.tip import APPEAL_DAYS

HELD = "follow-files"
FORMS: Mapping[str, type[Any] | None] = {
    "reply": forms.Reply, "appeal": forms.Appeal, "evaluate": forms.Evaluate, "reopen": forms.Reopen,
    "urge": None, "contest_mark": forms.Contest,
    "withdraw": None, "withdraw_consent": None,
}
"""What a tipster may do here, in the order of the page."""


@dataclass
class Try:
    """A form that came back: the command, what was typed, the files already taken in, and what is wrong."""

    command: str
    data: dict[str, Any] = field(default_factory=dict)
    files: list[Stored] = field(default_factory=list)
    errors: dict[str, str] = field(default_factory=dict)
    reasons: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Panel:
    """One form on the page, drawn from a move of the engine."""

    command: str
    label: str
    form: Any
    allowed: bool
    reasons: Sequence[str]
    open: bool
    tried: bool
    held: str
    files: list[dict[str, str]]


def page(tip: Tip, tried: Try | None = None) -> str:
    """The whole page."""
    known = queries.following(tip)
    book = folder.load(known.case, internal=False) if known.case is not None else None
    lines = _panels(tip, known, tried)
    return render_template(
        "tips/status.html", tip=tip, known=known, ball=_ball(known, book), steps=_steps(known, book),
        opening=_opening(known), advice=_advice(known),
        panels=[panel for panel in lines if panel.allowed or panel.tried],
        cannot=[panel for panel in lines if not panel.allowed and panel.reasons and not panel.tried], case_url=_case_url(known),
        tried=tried, organisation=county.current().organisation)


def views(tip: Tip) -> dict[str, MoveView]:
    """The moves open to the holder of the receipt now, by command; `reopen` is the case's."""
    actor = Actor.citizen(tip.id)
    found = {view.move.command: view for view in ledger.moves(actor, "tip", tip)}
    if tip.case_id is not None:
        case = queries.case_of(tip)
        found |= {view.move.command: view for view in ledger.moves(actor, "case", case)}
    return found


def _panels(tip: Tip, known: Following, tried: Try | None) -> list[Panel]:
    found = views(tip)
    panels = []
    for command, kind in FORMS.items():
        view = found.get(command)
        mine = tried if tried is not None and tried.command == command else None
        if view is None and mine is None:
            continue
        form = kind(data=mine.data if mine else _prefill(command, known)) if kind else None
        for name, message in (mine.errors if mine else {}).items():
            if form is not None and name in form:
                form[name].errors = [message]
        files = mine.files if mine else []
        panels.append(Panel(
            command, _label(command, tip, known), form, bool(view and view.allowed), view.reasons if view else (),
            mine is not None or command == "reply" or (command == "evaluate" and known.mine is None), mine is not None,
            sealed.seal(HELD, {"files": [intake.to_state(item) for item in files]}) if files else "",
            [{"name": item.name} for item in files]))
    return panels


def _prefill(command: str, known: Following) -> dict[str, Any]:
    return dict(known.mine) if command == "evaluate" and known.mine else {}


def _label(command: str, tip: Tip, known: Following) -> str:
    if command == "appeal" and tip.decline_reason == "no_reply":
        return _("补充情况，请编辑接着看")
    if command == "evaluate" and known.mine:
        return _("改一次评价")
    return {"reply": _("回答编辑的问题"), "appeal": _("申诉"), "evaluate": _("评价办理结果"),
            "reopen": _("没解决？申请重开"), "urge": _("催一催"), "contest_mark": _("不同意这个认定，申诉"), "withdraw": _("撤回这条线索"),
            "withdraw_consent": _("删除我的联系方式")}[command]


def _opening(known: Following) -> str:
    """The first sentence: where it stands and why."""
    tip, case = known.tip, known.case
    if tip.state == "new":
        return (_("您的申诉（补充）收到了，由另一位编辑重新看。") if tip.appealed
                else _("您反映的事，编辑部收到了，还在看。"))
    if tip.state == "asking":
        return _("编辑看过了，还有一件事要请您补充。")
    if tip.state == "withdrawn":
        return _("您已经撤回这条线索，联系方式也一并删除了。")
    if tip.state == "declined":
        return _("这件事这里没有受理。原因和去处写在下面。")
    if case is None or case.state == "open":
        return _("您反映的事已经受理，正在办。")
    if case.state == "merged":
        return _("您反映的事并入了另一个案件一起办。")
    return _("您反映的事已经结案。")


def _advice(known: Following) -> str:
    """What comes next, in one sentence."""
    tip, case = known.tip, known.case
    if tip.state == "new":
        return _("看完会有三种结果：受理立案、请您补充，或者告诉您该找谁。都会写在这一页。")
    if tip.state == "asking":
        return _("七天之内回答就行；过期会先结束，之后补充也会重新受理。")
    if tip.state == "declined" and tip.declined_at and tip.decline_reason != "spam" and not tip.appeals_used:
        return _("有新的事实，可以申诉一次，到 %(day)s 为止。换另一位编辑看。",
                 day=f"{clock.local(tip.declined_at + timedelta(days=APPEAL_DAYS)):%Y-%m-%d}")
    if case is not None and case.state == "closed" and not case.citizen_reopened:
        return _("没解决或又出现了，可以在结案后 90 天内申请重开一次。")
    if case is not None and case.state == "open":
        return _("每走一步，这一页都会更新。部门答复以后，请您来评价。")
    return ""


def _steps(known: Following, book: folder.Folder | None) -> list[Step]:
    """What happened to the tip in its holder's words, and the public timeline of its case, oldest first."""
    steps = list(known.steps)
    if known.case is not None and book is not None:
        steps += [Step(entry.time, entry.lane, entry.title) for entry in timeline.entries(known.case, "public", folder=book)
                  if entry.time is not None and not entry.future and not entry.hidden]
    return sorted(steps, key=lambda step: step.at)


def _ball(known: Following, book: folder.Folder | None) -> dict[str, Any] | turn.Ball:
    """Whose move it is, for the macro."""
    tip, case = known.tip, known.case
    if tip.state == "asking":
        return {"holder": "citizen", "who": _("您"), "task": _("回答编辑的问题"), "due": tip.due_at}
    if tip.state == "new":
        return {"holder": "newsroom", "who": _("编辑部"), "task": _("看一遍，决定怎么办"), "due": tip.due_at}
    if tip.state != "accepted" or case is None:
        return {"holder": "nobody", "who": _("没有下一步")}
    if case.state != "open":
        return {"holder": "nobody", "who": _("已经结案")}
    return turn.whose(book, "public") if book is not None else {}


def _case_url(known: Following) -> str:
    """The public page of the case, when there is one."""
    case = known.case
    return f"/cases/{case.number}" if case is not None and case.exposure == "public" else ""

