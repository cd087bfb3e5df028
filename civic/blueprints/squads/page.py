"""What the squad's templates are given: addresses, words and photos around the frozen rows of `civic.newsroom`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from flask import current_app, g, request, url_for
from flask_babel import gettext as _

from civic.access.actor import Actor
from civic.access.rules import allowed
from civic.newsroom import fieldwork, sides, squads
from civic.newsroom.taskpage import OrderView, Photo, TaskPage, Verdict
from civic.reference import lookup
from civic.web import vocabulary
from civic.web.attempt import Trouble
from civic.web.forms import MoveForm
from civic.web.said import M_, many, said
from civic.web.templating import moment
from civic.workflow.assignment import DECLINE_REASONS
from civic.workflow.machine import Field, Move, MoveView

TABS = (("squads.tasks", M_("任务"), "list", "field"), ("field.start", M_("现场包"), "wifi_off", "field"),
        ("squads.squad", "小队", "user", "field"),
        ("desk.queue", "等我处理", "clock", "desk"), ("coverage.stories", M_("报道"), "pen", "newsroom"),
        ("desk.cases", M_("案件"), "search", "cases.read"))
OWN_FORMS = frozenset({"check_in", "note", "submit", "accept", "decline"})


def nav(current: str, waiting: int = 0) -> list[dict[str, Any]]:
    """The bar at the foot of the phone: only pages this person may open."""
    return [{"label": many(label), "url": url_for(name), "icon": icon, "current": name == current,
             "count": waiting if name == "squads.tasks" else None}
            for name, label, icon, right in TABS if name in current_app.view_functions and allowed(g.actor, right)]


def decline_reasons() -> list[tuple[str, str]]:
    return [(value, _(label)) for value, label in DECLINE_REASONS]


def photo(found: Photo, alt: str) -> dict[str, Any]:
    """A picture for the photo macros; staff files are checked on every request."""
    base = f"/files/{found.id}"
    return {"url": f"{base}/large", "thumb": f"{base}/thumb", "alt": found.caption or alt, "when": found.at,
            "caption": found.caption}


def photos(found: Iterable[Photo], alt: str) -> list[dict[str, Any]]:
    return [photo(item, alt) for item in found]


def _route(shown: TaskPage) -> dict[str, str] | None:
    """A geo: address (RFC 5870, WGS-84) that any map on the phone opens, and the same in digits to copy."""
    if shown.case is None or shown.case.point is None:
        return None
    lng, lat = shown.case.point
    label = quote(shown.case.place or shown.case.title)
    return {"url": f"geo:{lat:.6f},{lng:.6f}?q={lat:.6f},{lng:.6f}({label})", "digits": f"{lat:.5f}, {lng:.5f}"}


TASKS = {"investigate": "去现场核实，两方都听", "mediate": "到场协调", "cover": "写稿，送审后在这里交",
         "verify": "看答复是不是真办了"}


def _ball(shown: TaskPage) -> dict[str, Any]:
    row = shown.row
    who = row.holder or row.team or _("小虎队")
    if row.state in ("done", "declined", "cancelled"):
        return {"holder": "nobody", "who": vocabulary.term("assignment", row.state).word,
                "note": vocabulary.term("assignment_reason", row.end_reason).word if row.end_reason else ""}
    if row.state == "submitted":
        return {"holder": "newsroom", "who": _("值班编辑或队长"), "task": _("验收")}
    ball = {"holder": "newsroom", "who": _("你") if shown.mine else who, "due": row.due_at, "late": row.late}
    if row.state == "offered":
        return {**ball, "task": _("接还是不接"), "due": row.accept_by or row.due_at, "late": "none",
                "note": _("接了以后，要在 %(when)s 前交", when=moment(row.due_at)) if row.due_at and row.accept_by else ""}
    return {**ball, "task": _(TASKS[row.kind])}


def _demands(order: OrderView) -> list[dict[str, Any]]:
    return [{"no": item.number, "text": item.text, "answer": item.answer,
             "state": (order.result or "open") if item.answer else "open"} for item in order.items]


def _verdict(found: Verdict) -> dict[str, Any]:
    before, after = photos(found.before, _("整改前")), photos(found.after, _("整改后"))
    pairs = list(zip(before, after, strict=False))
    return {"verdict": found.verdict, "method": found.method, "at": found.at, "by": found.by, "note": found.note,
            "pairs": pairs, "rest": before[len(pairs):] + after[len(pairs):]}


def task(actor: Actor, shown: TaskPage) -> dict[str, Any]:
    """The whole context of a task's page."""
    bar: list[MoveView] = [view for view in shown.moves if view.move.command not in OWN_FORMS]
    order = None
    if shown.order is not None:
        order = {"row": shown.order, "items": _demands(shown.order),
                 "photos": photos(shown.order.photos, _("承办单位的照片"))}
    return {
        "task": shown, "row": shown.row, "ball": _ball(shown), "route": _route(shown), "order": order, "bar": bar,
        "tips": [{"tip": tip, "photos": photos(tip.photos, _("反映人的照片"))} for tip in shown.tips],
        "photos": photos((one for one in shown.photos if one.width), _("现场照片")), "files": len(shown.photos),
        "sides": [(key, said(word), shown.meter.counts.get(key, 0)) for key, word in sides.SIDES[:3]] if shown.meter else [],
        "verdicts": [_verdict(item) for item in shown.verdicts],
        "nav": nav("squads.tasks"), "desk": {"title": _("任务")},
        "case_url": f"/desk/cases/{shown.case.number}" if shown.case and shown.case.readable else "",
        "blocked": [view for view in shown.moves if view.move.command in ("accept", "submit") and not view.allowed],
        "actor": actor}


def choices(shown: TaskPage) -> dict[str, Any]:
    """The villages of the case's town, for a check-in without a position."""
    rows = lookup.villages(shown.case.town) if shown.case and shown.case.town else []
    return {"village": [("", _("不选")), *((row.code, row.name) for row in rows)]}


FIELDS = {
    "investigate": ("findings", "both_sides", "remote_reason", "photos"),
    "mediate": ("findings", "both_sides", "remote_reason", "photos"),
    "verify": ("verdict", "method", "findings", "remote_reason", "before", "photos"),
    "cover": (),
}
"""What handing in asks for, by kind of task, in the order of the work."""
NEEDED = frozenset({"findings", "both_sides", "verdict", "method"})


def fields(move: Move, shown: TaskPage) -> list[tuple[Field, dict[str, Any]]]:
    """The fields to draw with what differs from the table: a name that fits the kind, and whether it is needed."""
    names = FIELDS[shown.row.kind] if move.command == "submit" else [item.name for item in move.fields]
    known = {item.name: item for item in move.fields if item.kind != "place"}
    found = []
    for name in names:
        if name not in known or (name == "remote_reason" and shown.check_ins):
            continue
        words: dict[str, Any] = {"required": known[name].required, "label": _(known[name].label)}
        if move.command == "submit":
            words["required"] = name in NEEDED and not (shown.row.kind == "verify" and name == "findings")
            if shown.row.kind == "verify":
                own = {"findings": _("看到的情况，逐项说"), "photos": _("整改后的照片")}
                words["label"] = own.get(name, words["label"])
        found.append((known[name], words))
    return found


def start(move: Move, shown: TaskPage) -> dict[str, Any]:
    """What a form begins with: a returned task keeps what was handed in before."""
    if move.command == "note":
        return {"speaker": "self"}
    if move.command == "submit":
        last = shown.verdicts[0] if shown.verdicts else None
        return {"findings": shown.findings, "both_sides": shown.both_sides or None,
                "remote_reason": shown.remote_reason, "verdict": last.verdict if last else None,
                "method": last.method if last else ("on_site" if shown.check_ins else None)}
    return {}


def sent(move: Move, data: Mapping[str, Any], posted: Mapping[str, str]) -> dict[str, Any]:
    """The payload with what only the check-in page asks: where the position came from, or why there is none."""
    given = dict(data)
    if move.command == "check_in":
        place = dict(given.get("place") or {})
        if "point" in place:
            place["place_source"] = "gps"
        given.update(place=place, without=posted.get("without", ""))
    return given


def form(move: Move, shown: TaskPage, filled: MoveForm, trouble: Trouble) -> dict[str, Any]:
    """The context of one of the three forms."""
    values = {name: bound.data for name, bound in filled._fields.items()}
    return {"task": shown, "row": shown.row, "move": move, "form": filled, "values": values, "trouble": trouble,
            "fields": fields(move, shown), "without": [(value, _(label)) for value, label in fieldwork.NO_PLACE],
            "villages": choices(shown)["village"], "form_without": request.form.get("without", ""),
            "nav": nav("squads.tasks"), "desk": {"title": _(move.label)},
            "back": url_for("squads.task", task_id=shown.row.id),
            "order": {"row": shown.order, "items": _demands(shown.order),
                      "photos": photos(shown.order.photos, _("承办单位的照片"))} if shown.order else None}


def board(found: squads.Board) -> dict[str, Any]:
    """A squad's board with the members an open offer can be given to."""
    return {"board": found, "choices": {task.id: squads.can_take(found, task) for task in found.offers}}
