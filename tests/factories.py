"""People, squads and objects for tests, made through the real verbs wherever a verb exists."""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

from civic import ledger
from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.cases import tasks
from civic.kit import clock
from civic.models import Case, Grant, Member, Team, User, db

_count = itertools.count(1)


def user(*roles: str, name: str = "", department: str = "", team: Team | None = None, lead: bool = False) -> User:
    """An active account with these grants; an officer needs a department, a squad member a team."""
    n = next(_count)
    row = ledger.new(User, login=f"u{n}", name=name or f"测试员{n}", active=True)
    db.session.add(row)
    db.session.flush()
    for role in roles:
        db.session.add(ledger.new(Grant, user_id=row.id, role=role, department=department if role == "officer" else None))
    if team is not None:
        db.session.add(ledger.new(Member, team_id=team.id, user_id=row.id, role="lead" if lead else "reporter"))
    db.session.flush()
    db.session.refresh(row)
    return row


def actor(*roles: str, **more: Any) -> Actor:
    """An actor with these grants."""
    return Actor.of(user(*roles, **more))


def team(name: str = "东片小虎队", towns: tuple[str, ...] = ()) -> Team:
    """A standing squad."""
    row = ledger.new(Team, slug=f"team{next(_count)}", name=name, kind="squad", towns=list(towns))
    db.session.add(row)
    db.session.flush()
    return row


def case(duty: Actor | None = None, **more: Any) -> Case:
    """An open case."""
    data = {"title": "菜场后巷垃圾三天一清", "category": "0103", "place": {"town": "331081103", "address": "菜场后巷"}, **more}
    return cases.open_case(duty or actor("duty"), data)


def task(duty: Actor, on: Case, to: str, kind: str = "investigate", **more: Any) -> Any:
    """An offered task for `user:<id>` or `team:<id>`."""
    data = {"kind": kind, "holder": to, "brief": "到现场看看", "due_at": clock.now() + timedelta(days=2), **more}
    return tasks.offer(duty, on, data)


def log_in(client: Any, who: User) -> Any:
    """Gives the client a staff session of this user, as the login page would."""
    with client.session_transaction() as session:
        now = int(clock.now().timestamp())
        session.update({"_user_id": f"{who.id}:{who.session_epoch}", "_fresh": True, "t0": now, "t1": now})
    return client


REVIEWED = {"itemised": True, "found": True, "action": True}
"""What a reviewer outside the unit ticks when an answer is settled (R23)."""
BRIEF = "菜场后巷的垃圾桶三天清运一次，夏天有异味。"


def order(on: Case, upto: str = "working", *, department: str = "D20", duty: str = "",
          items: tuple[str, ...] = ("恢复每日清运", "后巷冲洗除味"), officer: Actor | None = None, **more: Any) -> Any:
    """A referral of the case brought to the state `upto` (draft, sent, working, answered) by the people it needs.

    It leads unless another live order of the round does (R12); a unit the catalogue does not name has a reason (R10).
    """
    from civic.departments import operations as orders

    duty = duty or ("partner" if _led(on) else "lead")
    more.setdefault("override", "" if _by_catalogue(on, department) else "按分管领导批示办理")

    row = orders.draft(actor("duty"), on, {"department": department, "duty": duty, "brief": BRIEF,
                                           "items": list(items), **more})
    if upto == "draft":
        return row
    orders.send(actor("duty"), row, {})
    if upto == "sent":
        return row
    officer = officer or actor("officer", department=department)
    orders.sign(officer, row, {})
    if upto == "working":
        return row
    return orders.answer(officer, row, answer_data(row))


def _led(on: Case) -> bool:
    from civic.models import Referral
    from civic.workflow.labels import LIVE_REFERRAL

    return bool(db.session.query(Referral.id).filter(
        Referral.case_id == on.id, Referral.round == on.round, Referral.duty == "lead",
        Referral.state.in_(LIVE_REFERRAL)).first())


def _by_catalogue(on: Case, department: str) -> bool:
    from civic.reference import lookup

    return not on.category or lookup.category(on.category) is None or department in lookup.catalogue(
        on.category, on.town).may_lead


def answer_data(row: Any, **more: Any) -> dict[str, Any]:
    """A complete answer to an order."""
    return {"result": "done", "text": "已于当日清运完毕，此后每天早晚各清运一次，联系人在岗。",
            "answers": {str(item.id): f"第 {item.position} 项已经办好。" for item in row.items}, **more}


def ticks(story: Any) -> dict[str, list[str]]:
    """The whole checklist of a story's next signature, as its form sends it."""
    from civic.newsroom import checks

    return checks.ticked(story)


SIX = {"source": "两位住户当面说，照片为证。", "dispute": "蹲守两天，问过环卫所。", "timely": "昨天傍晚又看过一次。",
       "order": "菜场后巷人人要走。", "harm": "只写到单位，不点个人。", "cost": "清运记录没有看到，已申请。"}
"""The six factors of verification (Civil Code 1026), as an author fills them in."""


def factors(author: Actor, story: Any) -> None:
    """The six factors of the version a story stands at."""
    from civic.newsroom import remarks

    remarks.fill(author, story, SIX)
