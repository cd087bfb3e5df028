"""The accounts of a small newsroom and one department, with passwords, as an administrator would make them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from civic import ledger
from civic.access import accounts
from civic.access.actor import Actor
from civic.cases import tasks
from civic.kit import clock
from civic.models import Member, Team, User, db
from civic.newsroom import operations as stories
from tests import factories as make
from tests.browser.people import PASSWORD

SQUAD = "东片小虎队"
DEPARTMENT = "D20"
STAFF: dict[str, tuple[str, tuple[tuple[str, str | None], ...]]] = {
    "duty": ("张明", (("duty", None),)),
    "second": ("何静", (("duty", None),)),
    "writer": ("李晓燕", (("reporter", None),)),
    "lead": ("赵刚", (("reporter", None),)),
    "first": ("王建国", (("review1", None),)),
    "reader": ("陈立", (("review2", None),)),
    "chief": ("周敏", (("chief", None),)),
    "officer": ("林国平", (("officer", DEPARTMENT),)),
    "supervisor": ("郑海", (("supervisor", None),)),
    "admin": ("管理员", (("admin", None),)),
}


def people(app: Any) -> None:
    """Makes the accounts; the login is the key of STAFF."""
    with app.app_context():
        team = make.team(SQUAD, ("331081103",))
        for login, (name, grants) in STAFF.items():
            user = accounts.create(login, name, list(grants))
            accounts.set_password(user, PASSWORD, PASSWORD)
            if login in ("writer", "lead"):
                db.session.add(_member(team, user, login == "lead"))
        db.session.commit()


def _member(team: Team, user: Any, lead: bool) -> Member:
    return ledger.new(Member, team_id=team.id, user_id=user.id, role="lead" if lead else "reporter")


def cookie(app: Any, login: str) -> dict[str, str]:
    """The staff session of an account, as a cookie; for tests that are not about logging in."""
    with app.app_context():
        user = db.session.scalars(db.select(User).where(User.login == login)).one()
        moment = int(clock.now().timestamp())
        said = {"_user_id": f"{user.id}:{user.session_epoch}", "_fresh": True, "t0": moment, "t1": moment}
        value = app.session_interface.get_signing_serializer(app).dumps(said)
        return {"name": app.config["SESSION_COOKIE_NAME"], "value": value}


def _portal(order: Any) -> str:
    """Something in the department's own corner of this order; the address of a one-time link that is still open."""
    from civic.departments import links, paragraphs, roster, unitnotes

    officer = Actor.of(db.session.scalars(db.select(User).where(User.login == "officer")).one())
    unit = order.department
    day = clock.local(clock.now()).date()
    roster.save(officer, unit, {"day": str(day + timedelta(days=1)), "start": "08:30", "end": "17:30", "kind": "day",
                                "user": str(officer.user_id)})
    paragraphs.save(officer, unit, {"title": "窗口电话", "text": "可拨打窗口电话查询办理进度，工作日有人接听。"})
    unitnotes.write(officer, order, "约了物业明天上午看现场。")
    asked = {"for_whom": "路灯工程队", "ask": "写明换了哪几盏灯。", "days": "3"}
    _, used = links.make(officer, order, asked)
    links.submit(used, {"person": "赵师傅", "text": "今天上午换了三盏灯泡，已经亮了。", "items": {}})
    return f"/once/{links.make(officer, order, asked)[1]}"


def small(app: Any) -> dict[str, str]:
    """A small world with something on every page; the addresses of the pages, by name."""
    from tests.public_world import World, one_of_each

    with app.app_context():
        here = World()
        cases = one_of_each(here)
        writer = db.session.scalars(db.select(User).where(User.login == "writer")).one()
        duty, author = here.duty, Actor.of(writer)
        mine = tasks.offer(duty, cases["waiting"], {"kind": "investigate", "holder": f"user:{writer.id}", "brief": "夜里去看灯。",
                                                    "due_at": clock.now() + timedelta(days=2)})
        tasks.accept(author, mine)
        here.investigate(cases["waiting"])
        tip = here.tip("河边护栏断了一截，小孩在边上玩，没有人来修，很危险。")
        order = here.order(cases["waiting"], items=("修好路灯", "说明原因"))
        story = here.story(cases["waiting"], "路灯为什么不亮", upto="draft")
        stories.submit(here.reporter, story, {"facts_sourced": True, "names_checked": True, "persons_ok": True})
        stories.sign_off(here.reviewers[0], story, {**make.ticks(story), "note": "事实清楚"})
        once = _portal(order)
        found = {"once": once, "case": f"/cases/{cases['main'].number}", "solved": f"/cases/{cases['solved'].number}",
                 "desk-case": f"/desk/cases/{cases['main'].number}", "tip": f"/desk/tips/{tip.id}",
                 "task": f"/tasks/{mine.id}", "order": f"/orders/{order.number}", "story": f"/stories/{story.id}",
                 "squad": f"/squads/{here.team.slug}", "number": cases["main"].number}
        db.session.commit()
        return found
