"""每日主选题: the list of a day, its items, the paper for the meeting, the days gone by. Every button works without script."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from flask import flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.blueprints.day import bp, page
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound
from civic.newsroom import day as verbs
from civic.newsroom import daypage
from civic.web import guard
from civic.web.attempt import NONE, Trouble, attempt

Answer = str | Response | tuple[str, int]


def _seen() -> int | None:
    text = request.form.get("seen", "")
    return int(text) if text.isdecimal() and len(text) < 10 else None


def _draw(day_text: str, trouble: Trouble = NONE, part: str = "", typed: Mapping[str, Any] | None = None) -> Answer:
    """The page of a day; `part` says which form the trouble belongs to, `typed` what stood in it."""
    day = page.read_day(day_text)
    shown = daypage.page(g.actor, day)
    free = daypage.candidates(g.actor, day) if shown.may_plan else []
    given = dict(typed or {})
    chosen = given.get("story") or request.args.get("story", "")
    suggestion = next((page.suggested(one) for one in free if str(one.id) == chosen), {})
    html = render_template(
        "day/day.html", page=shown, around=page.days_around(day), trouble=trouble, part=part, typed={**suggestion, **given}, chosen=chosen,
        free=free, people=daypage.people() if shown.may_plan else [], channels=page.channels({**suggestion, **given}),
        bulletins=page.bulletins(), results=daypage.RESULTS, kinds=verbs.KINDS,
        weekdays=page.weekdays(), ask=daypage.to_explain(g.actor), fresh=clock.now())
    return (html, trouble.code) if trouble else html


@bp.get("/desk/day")
@guard.staff("day")
def today() -> Response:
    """Today's list."""
    return redirect(url_for("day.show", day=verbs.today().isoformat(), story=request.args.get("story")), 303)


@bp.get("/desk/day/<day>")
@guard.staff("day")
def show(day: str) -> Answer:
    return _draw(day)


@bp.get("/desk/day/<day>/print")
@guard.staff("day")
def paper(day: str) -> Answer:
    """The list on paper for the meeting before the bulletin 编前会."""
    here = page.read_day(day)
    return render_template("day/print.html", page=daypage.page(g.actor, here), results=daypage.RESULTS,
                           back_url=url_for("day.show", day=day))


@bp.get("/desk/days")
@guard.staff("day")
def history() -> Answer:
    """Days gone by, plan against actual."""
    text = request.args.get("before", "")
    before = page.read_day(text) if text else verbs.today()
    rows, more = daypage.history(g.actor, before)
    return render_template("day/history.html", rows=rows, fresh=clock.now(),
                           next_url=url_for("day.history", before=more.isoformat()) if more else "")


@bp.post("/desk/day/<day>/add")
@guard.staff("day.plan")
def add(day: str) -> Answer:
    here = page.read_day(day)
    trouble = attempt(lambda: verbs.add(g.actor, here, request.form))
    if trouble:
        return _draw(day, trouble, "add", request.form)
    flash(_("已上单。"), "ok")
    return redirect(url_for("day.show", day=day, _anchor="list"), 303)


@bp.post("/desk/day/<day>/note")
@guard.staff("day.plan")
def note(day: str) -> Answer:
    here = page.read_day(day)
    trouble = attempt(lambda: verbs.note(g.actor, here, request.form.get("meeting"), request.form.get("reason")))
    if trouble:
        return _draw(day, trouble, "note", request.form)
    flash(_("会议记录已存。"), "ok")
    return redirect(url_for("day.show", day=day, _anchor="meeting"), 303)


@bp.post("/desk/day/<day>/confirm")
@guard.staff("day.plan")
def confirm(day: str) -> Answer:
    """Freezes what was on the page; something newer comes back with what it is."""
    here, seen = page.read_day(day), _seen()
    trouble = attempt(lambda: verbs.confirm(g.actor, here, -1 if seen is None else seen))
    if trouble:
        return _draw(day, trouble, "confirm")
    flash(_("单子已确认。此后的改动都要写理由。"), "ok")
    return redirect(url_for("day.show", day=day), 303)


def _item(shown: daypage.DayPage, key: uuid.UUID) -> daypage.ItemRow:
    found = next((item for item in (*shown.items, *shown.struck) if item.id == key), None)
    if found is None:
        raise NotFound()
    return found


def _draw_item(day: str, key: uuid.UUID, trouble: Trouble = NONE, typed: Mapping[str, Any] | None = None) -> Answer:
    shown = daypage.page(g.actor, page.read_day(day))
    item = _item(shown, key)
    if not shown.may_plan or item.struck_at:
        raise NotAllowed() if not g.actor.grants & verbs.MAY else NotFound()
    given = dict(typed or page.typed_of(item))
    html = render_template("day/item.html", page=shown, item=item, trouble=trouble, typed=given, channels=page.channels(given),
                           people=daypage.people(), bulletins=page.bulletins())
    return (html, trouble.code) if trouble else html


@bp.get("/desk/day/<day>/items/<uuid:key>")
@guard.staff("day.plan")
def item(day: str, key: uuid.UUID) -> Answer:
    """One item: who answers for it, the meeting's note, its slots; of a confirmed list with the reason."""
    return _draw_item(day, key)


@bp.post("/desk/day/<day>/items/<uuid:key>")
@guard.staff("day.plan")
def change(day: str, key: uuid.UUID) -> Answer:
    """Whatever `do` says: up, down, lead, remove, or save the form."""
    here, do, reason = page.read_day(day), request.form.get("do", "save"), request.form.get("reason")
    ways = {"up": lambda: verbs.move(g.actor, here, key, "up", reason), "down": lambda: verbs.move(g.actor, here, key, "down", reason),
            "lead": lambda: verbs.set_lead(g.actor, here, key, reason), "remove": lambda: verbs.remove(g.actor, here, key, reason),
            "save": lambda: verbs.plan_item(g.actor, here, key, request.form, _seen())}
    if do not in ways:
        raise Invalid({"do": _("没有这个操作。")})
    trouble = attempt(ways[do])
    if trouble:
        plan = verbs.find(here)
        if do != "save" and plan is not None and plan.confirmed_at is None:
            return _draw(day, trouble)
        return _draw_item(day, key, trouble, request.form if "note" in request.form else None)
    if do == "save":
        flash(_("已保存。"), "ok")
    return redirect(url_for("day.show", day=day, _anchor="list"), 303)


@bp.post("/desk/day/<day>/items/<uuid:key>/missed")
@guard.staff("day")
def explain(day: str, key: uuid.UUID) -> Answer:
    """Why it did not go out as planned."""
    page.read_day(day)
    trouble = attempt(lambda: verbs.explain(g.actor, key, request.form.get("missed")))
    if trouble:
        return _draw(day, trouble, f"missed-{key}", request.form)
    flash(_("原因已记下。"), "ok")
    return redirect(url_for("day.show", day=day, _anchor="list"), 303)
