"""What every page knows about the site, the person and where they can go."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, has_request_context, request, url_for
from sqlalchemy.exc import SQLAlchemyError

from civic.access.actor import Actor
from civic.access.rules import allowed
from civic.reference import county, emergency
from civic.web.language import choose
from civic.web.said import M_, many, said

PUBLIC_NAV = (("public.home", "首页"), ("public.cases", M_("案件")), ("public.news", M_("报道")), ("map.page", "地图"), ("public.squads", "小虎队"),
              ("public.departments", M_("承办单位")), ("insight.overview", "数据"), ("public.about", "怎么运作"))
STAFF_NAV = (("desk.queue", "等我处理", "desk"), ("desk.tips", M_("线索"), "desk.tips"),
             ("desk.cases", M_("案件"), "cases.read"), ("squads.tasks", M_("任务"), "field"),
             ("coverage.stories", M_("报道"), "newsroom"), ("reach.listing", "传播", "reach"), ("day.today", "选题单", "day"),
             ("crew.home", M_("队伍"), "crew"), ("departments.inbox", M_("转办单"), "departments"),
             ("departments.supervision", "督办", "supervision"),
             ("departments.conferences", M_("会商"), "conferences"), ("storm.page", "应急", "typhoon.page"), ("map.internal", "地图", "map.internal"),
             ("admin.home", "管理", "admin"))


LEAVE_URL = "https://www.gov.cn/"
"""Where the quick-leave link of the tip pages goes: an address nobody wonders about."""


def _known(endpoint: str) -> bool:
    return endpoint in current_app.view_functions


def _county() -> county.County:
    """The county as it is set now; as its file says while the database is away, for the page that tells so."""
    try:
        return county.current()
    except SQLAlchemyError:
        return county.load(current_app.config["CIVIC"].county_file)


def _storm() -> emergency.Mode | None:
    """The typhoon mode, for the banner on every page (R43); nothing while the database is away."""
    try:
        return emergency.current()
    except SQLAlchemyError:
        return None


def _site() -> dict[str, Any]:
    here = _county()
    settings = current_app.config["CIVIC"]
    return {
        "brand": here.brand.squad, "slogan": here.brand.slogan, "county_name": here.name,
        "county_short": here.short_name, "demo": settings.demo,
        "footer": here.footer.lines, "lang": choose().replace("_", "-"),
        "view": request.args.get("view", request.cookies.get("view", "")), "theme": request.cookies.get("theme", ""), "home_url": "/",
        "report_url": "/tip", "leave_url": LEAVE_URL, "hotline": here.phone, "emblem": "", "storm": _storm(),
    }


PUBLIC_ROOMS = frozenset({"public", "map", "areas", "opendata", "insight"})
"""Blueprints whose pages are for everybody; staff who look at them see what everybody sees, and the way back."""
WITHIN = {
    **dict.fromkeys(("areas.area", "areas.index", "areas.listing", "areas.places"), "map.page"),
    "opendata.index": "insight.overview", "rounds.day": "squads.tasks", "rounds.areas": "admin.home", "rounds.preview": "admin.home",
    "public.case": "public.cases", "public.story": "public.news", "public.corrections": "public.news",
    "public.squad": "public.squads", "public.department": "public.departments",
    "desk.tip": "desk.tips", "desk.register": "desk.tips", "desk.case": "desk.cases", "departments.plan_order": "desk.cases",
    "desk.themes_list": "desk.cases", "desk.theme": "desk.cases", "squads.task": "squads.tasks",
    "departments.one_conference": "departments.conferences", "departments.invited": "departments.inbox",
    **dict.fromkeys(("outlets.board", "outlets.package"), "coverage.stories"),
    **dict.fromkeys(("outlets.channel_list", "outlets.channel"), "admin.home"),
    **dict.fromkeys(("coverage.show", "coverage.edit", "coverage.version", "coverage.sides", "coverage.factors", "coverage.ask_return"),
                    "coverage.stories"),
    **dict.fromkeys((
        "crew.roster", "crew.leave", "crew.skills", "crew.skill_list", "crew.person", "crew.growth", "crew.team_list", "crew.team",
        "crew.new_force", "crew.week"), "crew.home"),
    **dict.fromkeys(("day.show", "day.item", "day.history", "day.calendar", "day.feed_page", "day.follow_up", "day.board"), "day.today"),
    "day.force": "coverage.stories",
    **dict.fromkeys(("reach.due", "reach.release", "reach.usual", "reach.importing", "reach.imported", "reach.adoptions", "reach.index",
                     "reach.effect", "reach.effect_list"), "reach.listing"),
    **dict.fromkeys(("departments.late_orders", "departments.circular"), "departments.supervision"),
    **dict.fromkeys((
        "departments.order", "departments.answer", "departments.clock_page", "departments.roster_week", "departments.roster_turn",
        "departments.handover_page", "departments.digest", "departments.paragraph_list", "departments.paragraph",
        "departments.export_page", "departments.export_show", "departments.link_list"), "departments.inbox"),
}
"""Pages that belong to an entry of the navigation without being it."""


def _nav(actor: Actor) -> list[dict[str, Any]]:
    staff = [(name, label) for name, label, right in STAFF_NAV if allowed(actor, right)]
    outside = request.blueprint in PUBLIC_ROOMS and not str(request.endpoint).startswith("map.internal")
    links = list(PUBLIC_NAV) if outside or actor.kind != "user" else staff
    if outside and actor.kind == "user":
        links.append(("account.home", M_("工作台")))
    return [{"label": many(label), "url": url_for(name), "current": request.endpoint == name or (
        "within" if WITHIN.get(str(request.endpoint)) == name else False)} for name, label in links if _known(name)]


def _provide() -> dict[str, Any]:
    if not has_request_context():
        return {}
    actor: Actor = getattr(g, "actor", None) or Actor.visitor()
    me = None
    if actor.kind == "user":
        me = {"name": actor.name, "role": _roles(actor), "url": "/account", "logout_url": "/logout"}
    return {"site": _site(), "nav": _nav(actor), "public_nav": _nav(Actor.visitor()), "me": me, "actor": actor}


ROLE_WORDS = {"intake": "受理员", "duty": "值班编辑", "reporter": "记者", "review1": "初审", "review2": "复审",
              "chief": "总编辑", "officer": "承办单位", "supervisor": "督查室", "admin": "管理员"}


def _roles(actor: Actor) -> str:
    return " · ".join(said(word) for key, word in ROLE_WORDS.items() if key in actor.grants)


def init_app(app: Flask) -> None:
    app.context_processor(_provide)
