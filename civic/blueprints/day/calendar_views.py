"""The calendar at /desk/calendar, and the personal feed at a secret address."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import current_app, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from civic.blueprints.day import bp, page
from civic.kit import clock
from civic.kit.result import NotFound
from civic.newsroom import day as verbs
from civic.newsroom import daycalendar, dayfeed
from civic.web import guard
from civic.web.templating import here
from civic.web.throttle import Throttle

Answer = str | Response | tuple[str, int]
VIEWS = (("month", "月"), ("week", "周"), ("day", "日"))
CELL = 4
"""Entries a day of the month shows before it says how many more."""
KNOCKS = Throttle(30, 600)
"""Wrong feed addresses from one place: a token is not guessed."""


def _day() -> date:
    try:
        found = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return verbs.today()
    return found if 2000 <= found.year <= 2100 else verbs.today()


def _links(view: str, day: date) -> dict[str, str]:
    def at(one: date, kind: str = view) -> str:
        return here(view=kind, day=one.isoformat())
    return {"back": at(daycalendar.step(view, day, -1)), "on": at(daycalendar.step(view, day, 1)), "now": at(verbs.today()),
            **{name: at(day, name) for name, _label in VIEWS}}


@bp.get("/desk/calendar")
@guard.staff("day")
def calendar() -> Answer:
    """A month, a week or a day; `mine=1` for what is mine, `kind` for one kind."""
    view, day = request.args.get("view", "month"), _day()
    view = view if view in dict(VIEWS) else "month"
    mine, kind = request.args.get("mine") == "1", request.args.get("kind", "")
    kind = kind if kind in daycalendar.KINDS else ""
    first, last = daycalendar.span(view, day)
    days = daycalendar.days(g.actor, first, last, mine=mine, kinds=[kind] if kind else ())
    weeks = [days[start:start + 7] for start in range(0, len(days), 7)]
    return render_template(
        "day/calendar.html", view=view, day=day, days=days, weeks=weeks, mine=mine, kind=kind, links=_links(view, day), views=VIEWS,
        this_day=verbs.today(), cell=CELL, kinds=_kinds(kind), fresh=clock.now(), total=sum(len(one.entries) for one in days),
        heading=_heading(view, day, first, last), whys=WHYS, weekdays=page.weekdays(),
        tabs=[{"label": _("编辑部"), "url": here(mine=None), "current": not mine}, {"label": _("我的"), "url": here(mine="1"), "current": mine}])


WHYS = {"makeup": "调休上班", "holiday": "放假", "weekend": "周末", "workday": ""}


def _kinds(chosen: str) -> list[dict[str, Any]]:
    return [{"label": _("全部"), "url": here(kind=None), "current": not chosen}, *(
        {"label": _(word), "url": here(kind=name), "current": name == chosen} for name, word in daycalendar.KINDS.items())]


def _heading(view: str, day: date, first: date, last: date) -> str:
    if view == "month":
        return _("%(year)s 年 %(month)s 月", year=day.year, month=day.month)
    if view == "week":
        return _("%(a)s 月 %(b)s 日至 %(c)s 月 %(d)s 日", a=first.month, b=first.day, c=last.month, d=last.day)
    return _("%(year)s 年 %(month)s 月 %(day)s 日", year=day.year, month=day.month, day=day.day)


# -- the feed ---------------------------------------------------------------------------------------------------------


@bp.get("/desk/calendar/feed")
@guard.staff("day")
def feed_page() -> Answer:
    """Whether there is an address, and the buttons to make, renew and end it."""
    return render_template("day/feed.html", feed=dayfeed.current(g.actor.user_id), address="")


@bp.post("/desk/calendar/feed")
@guard.staff("day")
def renew_feed() -> Answer:
    """Makes a new address and shows it this once."""
    token = dayfeed.renew(g.actor)
    html = render_template("day/feed.html", feed=dayfeed.current(g.actor.user_id),
                           address=url_for("day.feed", token=token, _external=True))
    answer = current_app.make_response(html)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@bp.post("/desk/calendar/feed/revoke")
@guard.staff("day")
def revoke_feed() -> Answer:
    dayfeed.revoke(g.actor)
    flash(_("地址已作废，手机里的订阅不会再更新。"), "ok")
    return redirect(url_for("day.feed_page"), 303)


@bp.get("/calendar/<token>.ics")
@guard.public
def feed(token: str) -> Response:
    """The feed itself: whoever holds the address. A wrong one is a 404, and after many for a while nothing else."""
    if KNOCKS.blocked(request.remote_addr):
        raise NotFound()
    try:
        actor = dayfeed.owner(token)
    except NotFound:
        KNOCKS.failed(request.remote_addr)
        raise
    body = dayfeed.build(actor, url_for("public.home", _external=True))
    answer = current_app.response_class(body, mimetype="text/calendar")
    answer.headers["Content-Type"] = "text/calendar; charset=utf-8"
    answer.headers["Content-Disposition"] = 'inline; filename="calendar.ics"'
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.cache_control.private, answer.cache_control.max_age = True, int(timedelta(minutes=15).total_seconds())
    answer.cache_control.no_cache = None
    answer.set_etag(dayfeed.etag(body))
    return answer.make_conditional(request)
