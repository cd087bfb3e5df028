"""What comes after the answers, made visible: promises kept, broken and running, a template answer, a stubborn problem, calls."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update

from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.cases import tasks
from civic.demo.world import Steps, World
from civic.departments import operations as orders
from civic.departments import reviews, template
from civic.departments.answers import public_words
from civic.geo.columns import to_column
from civic.kit import clock
from civic.kit.ids import uuid7
from civic.ledger import facts_after
from civic.models import Case, Grant, Referral, Revisit, Team, User, db
from civic.reference import lookup
from civic.reference.lookup import TownInfo
from civic.tips import calls, pressing
from civic.tips import operations as tips
from civic.tips.draft import Draft

UNIT = "D20"
CHECKED = {"itemised": True, "found": True, "action": True, "dated": True}
OPEN = {"no_identity": True, "no_private": True, "consent_kept": True, "precision": "grid"}
TEMPLATE = ("您反映的问题已收悉。我局高度重视，立即组织人员到现场核查，并要求保洁单位落实每日清运责任，加强日常巡查，"
            "建立长效管理机制，同时加强宣传引导，感谢您对城市管理工作的关心、理解和支持。")
CAUSE = "清运合同只写三天一次，夏天不够用；已改为每日两次并写进合同，由街道按周抽查。"


def stand_for(life: Any, order: Referral) -> None:
    """Somebody else at the desk stands for an answer the template guard has flagged."""
    flag = template.of(order.answers[-1] if order.answers else None)
    if flag is not None and flag.confirmed_by is None:
        reviews.confirm_answer(life.other_duty(), order, {"note": "核对过现场照片和清运记录，情况与上一件相同。"})


def cause_of(case: Case) -> dict[str, str]:
    """The root cause a closing has to name where the problem keeps coming back."""
    return {"root_cause": CAUSE} if facts_after.recurs(case) else {}


def settle_past(end: datetime) -> None:
    """The looks back of the lived year count as made and held: nobody lived them, and they must not flood the squads."""
    db.session.execute(update(Revisit).where(Revisit.outcome == "waiting", Revisit.due_at < end - timedelta(days=1))
                       .values(outcome="kept", judged_at=Revisit.due_at))
    db.session.commit()


def scenes(world: World) -> None:
    """Begins the scenes, each at its own time in the year; a world too small for them has none."""
    cast = _cast(world.end)
    if cast is None:
        return
    for days, due, title, seen in ((21.0, 8, "菜场后巷公厕门坏了关不上", 14.0), (16.0, 5, "文化礼堂前的果皮箱全部破损", 0.0),
                                   (6.0, 20, "老街三处花坛缺株露土", 0.0)):
        world.spawn(cast.ago(days), f"promise/{days}", _promise(cast, days, due, title, seen))
    for days, title in ((3.0, "农贸市场东门垃圾桶两天没清"), (2.0, "车站路菜摊收摊后垃圾没人收")):
        world.spawn(cast.ago(days), f"template/{days}", _template(cast, days, title))
    world.spawn(cast.ago(62), "stubborn", _stubborn(cast))
    world.spawn(cast.ago(9), "calls", _calls(cast))


@dataclass(frozen=True)
class _Cast:
    """The people of the scenes, taken from the world, and what they do."""

    duty: Actor
    second: Actor
    intake: Actor
    officer: Actor
    reporter: Actor
    team: Team
    town: TownInfo
    end: datetime

    def other_duty(self) -> Actor:
        return self.second

    def ago(self, days: float) -> datetime:
        return self.end - timedelta(days=days)

    def case(self, title: str, category: str, n: int = 0) -> Case:
        here = to_column(float(self.town.lng or 0) + 0.0004 * n, float(self.town.lat or 0) + 0.0101)
        case = cases.open_case(self.duty, {"title": title, "category": category, "is_demo": True,
                                           "place": {"town": self.town.code, "point": here, "address": "菜场后巷"}})
        cases.disclose(self.duty, case, {"public_title": title, "public_summary": title + "。（演示）", **OPEN})
        return case

    def order(self, case: Case, items: tuple[str, ...]) -> Referral:
        order = orders.draft(self.duty, case, {"department": UNIT, "duty": "lead", "brief": case.title + "，请核实处理。",
                                               "items": list(items), "override": "演示：由综合执法局牵头"})
        orders.send(self.second, order, {})
        return orders.sign(self.officer, order, {})

    def answer(self, order: Referral, result: str, text: str, **more: Any) -> None:
        orders.answer(self.officer, order, {
            "result": result, "text": text, "contact": "二中队值班电话",
            "answers": {str(item.id): f"{item.text}：见总的说明。" for item in order.items}, **more})

    def release(self, order: Referral) -> None:
        stand_for(self, order)
        orders.release(self.duty, order, {"public_text": public_words(order.answers[-1]), **CHECKED})

    def visit(self, case: Case, order: Referral, verdict: str) -> None:
        task = tasks.offer(self.duty, case, {"kind": "verify", "holder": f"team:{self.team.id}", "brief": "到现场看办没办成",
                                             "referral": str(order.id), "due_at": clock.now() + timedelta(days=2)})
        tasks.accept(self.reporter, task)
        tasks.submit(self.reporter, task, {"verdict": verdict, "method": "on_site", "findings": "到现场看过。",
                                           "remote_reason": "信号不好，没签上到"})
        tasks.approve(self.duty, task)


def _cast(end: datetime) -> _Cast | None:
    """The people, or None in a world too small for the scenes."""
    def who(role: str, department: str | None = None) -> list[Actor]:
        rows = select(User).join(Grant, Grant.user_id == User.id).where(Grant.role == role, User.active).order_by(User.created_at)
        if department:
            rows = rows.where(Grant.department == department)
        return [Actor.of(user) for user in db.session.scalars(rows)]
    duty, intake, officers = who("duty"), who("intake"), who("officer", UNIT)
    team = db.session.scalar(select(Team).where(Team.kind == "squad", Team.members.any()).order_by(Team.name).limit(1))
    town = next((row for row in lookup.towns() if row.lng is not None), None)
    if len(duty) < 2 or not intake or not officers or team is None or town is None:
        return None
    return _Cast(duty[0], duty[1], intake[0], officers[0], Actor.of(team.members[0].user), team, town, end)


def _promise(cast: _Cast, days: float, due: int, title: str, seen: float) -> Steps:
    """A promise that is kept, broken by the clock, or runs in three steps."""
    case = cast.case(title, "0107", 3)
    yield cast.ago(days - 0.5)
    order = cast.order(case, ("修好并管起来",))
    yield cast.ago(days - 1)
    day = clock.local(clock.now()).date()
    last = day + timedelta(days=due)
    stages = [(day + timedelta(days=7), "定方案、备料"), (day + timedelta(days=14), "进场施工"), (last, "完工验收")]
    cast.answer(order, "plan", f"已到现场看过，配件要定做，{last.month} 月 {last.day} 日前修好。依据《城市公厕管理办法》由本局负责。",
                plan_on=last, stages=stages if due > 14 else [])
    yield cast.ago(days - 1.2)
    cast.release(order)
    if seen:
        yield cast.ago(seen)
        cast.visit(case, order, "confirmed")


def _template(cast: _Cast, days: float, title: str) -> Steps:
    """The same words for two places: the second answer waits for two people."""
    case = cast.case(title, "0105", 8)
    yield cast.ago(days - 0.4)
    order = cast.order(case, ("恢复每日清运",))
    yield cast.ago(days - 1.1)
    cast.answer(order, "done", TEMPLATE, sure=True)


def _stubborn(cast: _Cast) -> Steps:
    """Three times within ninety days in one back lane; the third closing names the root cause."""
    for days, title in ((62, "菜场后巷垃圾堆到路上"), (38, "菜场后巷垃圾又没人清"), (17, "菜场后巷垃圾第三次堆起来")):
        yield cast.ago(days - 0.1)
        case = cast.case(title, "0105")
        yield cast.ago(days - 0.5)
        order = cast.order(case, ("清掉积存垃圾", "定下清运频次"))
        yield cast.ago(days - 1.5)
        cast.answer(order, "done", f"当天下午清掉后巷积存垃圾约 {days // 8} 桶，并冲洗地面；清运改为每日一次，由保洁公司王队长负责。")
        yield cast.ago(days - 2)
        cast.release(order)
        yield cast.ago(days - 3)
        cast.visit(case, order, "confirmed")
        yield cast.ago(days - 3.2)
        orders.settle(cast.duty, order, CHECKED)
        cases.close(cast.duty, case, {"resolution": "resolved", "note": "连看两天没有再堆。", **cause_of(case)})


def _calls(cast: _Cast) -> Steps:
    """Two tries without an answer, a doubt that waits, and somebody who pressed."""
    case = cast.case("车站路公厕晚上不开灯", "0107", 14)
    yield cast.ago(8.9)
    tip = tips.submit(cast.intake, Draft(
        text="车站路公厕晚上不开灯，老人进去要摸黑，想请人修一下。", nonce=str(uuid7()), consent="editors", phone="13900000000",
        name="演示反映人", place={"town": cast.town.code, "address": "车站路"}, is_demo=True))
    tips.accept(cast.intake, tip, {"case": case, "category": case.category})
    yield cast.ago(8.5)
    order = cast.order(case, ("晚上开灯到十点",))
    yield cast.ago(8)
    pressing.urge(Actor.citizen(tip.id), tip, {})
    yield cast.ago(5)
    cast.answer(order, "done", "路灯和公厕灯已接好，晚上六点到十点开灯，请监督。")
    for days in (4.2, 3.1):
        yield cast.ago(days)
        calls.call(cast.duty, case, {"tip": str(tip.id), "outcome": "no_answer", "notes": "响铃一分钟没人接，晚些再打。"})
    yield cast.ago(0.6)
    tips.evaluate(Actor.citizen(tip.id), tip, {"solved": "no", "stars": "2", "text": "昨晚八点去看还是黑的。"})
