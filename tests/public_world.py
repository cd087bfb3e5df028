"""A small world for the public's pages, made through the real verbs: cases in many states, some with everything.

`World(tag)` puts `tag` into every internal text field, so that a crawl can look for it (promise S7).
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import time_machine

from civic import ledger
from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.cases import tasks
from civic.departments import operations as orders
from civic.kit import clock
from civic.models import Case, DailyList, DayItem, Media, db
from civic.newsroom import operations as stories
from civic.newsroom import publishing
from civic.tips import operations as tips
from civic.tips.draft import Draft
from tests import factories as make

CHECKED = {"no_identity": True, "no_private": True, "consent_kept": True}


def point(lng: float, lat: float) -> str:
    return f"SRID=4326;POINT({lng} {lat})"


class World:
    """The people of a county and the verbs they use, at any moment of the past."""

    def __init__(self, tag: str = "") -> None:
        self.tag = tag
        self.duty, self.second, self.chief = make.actor("duty"), make.actor("duty"), make.actor("chief")
        self.intake = make.actor("intake", "duty")
        self.team = make.team("东片小虎队", ("331081103", "331081102"))
        self.team.beat, self.team.charter = "箬横、松门、石塘、滨海", "把街坊门口的事办完为止。"
        self.reporter = Actor.of(make.user("reporter", team=self.team))
        self.reviewers = [make.actor("review1"), make.actor("review2")]
        self.officers: dict[str, Actor] = {}
        db.session.flush()

    def at(self, days: float) -> AbstractContextManager[Any]:
        """So many days ago."""
        return time_machine.travel(self.now - timedelta(days=days), tick=True)

    @property
    def now(self) -> datetime:
        return clock.now()

    def mark(self, words: str) -> str:
        """Internal words, with the tag in them."""
        return f"{words} {self.tag}".strip()

    # -- tips and cases -----------------------------------------------------------------------------------------------

    def tip(self, words: str = "菜场后巷的垃圾三天没有人清，夏天臭味进屋。", *, town: str = "331081103", **more: Any) -> Any:
        draft = Draft(text=self.mark(words), nonce=str(ledger.new(Case, number="").id), consent="editors",
                      title=self.mark("有人反映"), name=self.tag[:20] or "王阿姨", phone="13900000000",
                      place={"town": town, "address": self.mark("后巷 8 号")}, **more)
        return tips.submit(self.intake, draft)

    def case(self, title: str = "箬横大道菜场后巷垃圾三天一清，夏天臭味进屋", *, category: str = "0103",
             town: str = "331081103", lng: float | None = 121.5462, lat: float | None = 28.4063, told: int = 0,
             summary: str = "后巷垃圾桶三天清运一次，居民开不了窗。", precision: str = "grid", public: bool = True,
             **more: Any) -> Case:
        place: dict[str, Any] = {"town": town, "address": self.mark("后巷 8 号")}
        if lng is not None and lat is not None:
            place["point"] = point(lng, lat)
        case = make.case(self.duty, title=self.mark("内部：" + title)[:60], facts=self.mark("内部案情"),
                         category=category, place=place, **more)
        for _ in range(told):
            tips.accept(self.intake, self.tip(town=town), {"case": case, "category": category})
        if public:
            cases.disclose(self.chief, case, {"public_title": title, "public_summary": summary, "precision": precision,
                                              **CHECKED})
        return case

    def investigate(self, case: Case) -> Any:
        task = tasks.offer(self.duty, case, {"kind": "investigate", "holder": f"team:{self.team.id}",
                                             "brief": self.mark("去现场看看"), "due_at": clock.now() + timedelta(days=2)})
        tasks.accept(self.reporter, task)
        tasks.check_in(self.reporter, task, {"note": self.mark("到了"), "place": {"address": self.mark("签到处")}})
        tasks.note(self.reporter, task, {"speaker": "citizen", "text": self.mark("采访笔记")})
        tasks.submit(self.reporter, task, {"findings": self.mark("两次到点，间隔 26 小时，垃圾未清。"),
                                           "both_sides": "both"})
        return tasks.approve(self.duty, task)

    def verify(self, case: Case, order: Any, verdict: str, photos: bool = False) -> Any:
        task = tasks.offer(self.duty, case, {"kind": "verify", "holder": f"team:{self.team.id}", "referral": order.id,
                                             "brief": self.mark("到现场回访"), "due_at": clock.now() + timedelta(days=2)})
        tasks.accept(self.reporter, task)
        tasks.check_in(self.reporter, task, {"note": self.mark("又到了")})
        tasks.submit(self.reporter, task, {"findings": self.mark("看过了"), "verdict": verdict, "method": "on_site"})
        return tasks.approve(self.duty, task)

    # -- orders -------------------------------------------------------------------------------------------------------

    def officer(self, department: str) -> Actor:
        if department not in self.officers:
            self.officers[department] = make.actor("officer", department=department)
        return self.officers[department]

    def order(self, case: Case, department: str = "D20", duty: str = "lead", upto: str = "working",
              items: tuple[str, ...] = ("恢复每日清运", "后巷冲洗除味")) -> Any:
        row = orders.draft(self.duty, case, {"department": department, "duty": duty, "items": list(items),
                                             "brief": self.mark("转办摘要"), "basis": self.mark("职责依据"),
                                             "override": self.mark("不按目录的理由")[:60]})
        if upto != "draft":
            orders.send(self.second, row, {})
        if upto == "working":
            orders.sign(self.officer(department), row, {})
        return row

    def answer(self, order: Any, result: str = "done", *, plan_days: int | None = None, release: bool = True) -> Any:
        data = {"result": result, "text": self.mark("答复原文：已安排清运公司每天早晚各清运一次。"),
                "contact": self.tag[:20], "proof": self.mark("来电记录"),
                "answers": {str(item.id): self.mark(f"第 {item.position} 项原文") for item in order.items}}
        if plan_days is not None:
            data["plan_on"] = clock.local(clock.now()).date() + timedelta(days=plan_days)
        orders.answer(self.officer(order.department), order, data)
        if release:
            lines = [f"{item.position}．{item.text}\n答：第 {item.position} 项已安排，每日早晚各一次。" for item in order.items]
            orders.release(self.second, order, {"public_text": "\n\n".join((*lines, "今后由环卫所值班人员每日巡查。"))})
        return order

    # -- stories ------------------------------------------------------------------------------------------------------

    def story(self, case: Case | None, title: str = "三天一清的后巷", upto: str = "live", channel: str = "app") -> Any:
        row = stories.pitch(self.duty, {"title": self.mark("选题 " + title)[:60], "angle": self.mark("街坊的夏天"),
                                            "format": "text", "case": case})
        stories.start(self.duty, row, {"author": str(self.reporter.user_id)})
        stories.save(self.reporter, row, {
            "title": title if upto == "live" else self.mark(title)[:60], "lead": "后巷居民：夏天开不了窗。",
            "body": "后巷的垃圾三天一清，居民关着窗。" if upto == "live" else self.mark("正文草稿，写给审稿的人看。"),
            "note": self.mark("改了导语")[:60],
            "facts": self.mark("三天一清｜两次到点")})
        if upto == "draft":
            return row
        stories.submit(self.reporter, row, {"facts_sourced": True, "names_checked": True, "persons_ok": True})
        for reviewer in self.reviewers:
            stories.sign_off(reviewer, row, {**make.ticks(row), "note": self.mark("审稿意见")})
        stories.final_sign(self.chief, row, {**make.ticks(row), "note": self.mark("签发意见")})
        item = publishing.queue(self.duty, row, {"channel": channel, "slot": "《今晚八点》"})
        return item if upto == "queued" else publishing.go_live(self.duty, item, {"link": "https://example.org/s/1"})

    def lead(self, item: Any) -> None:
        plan = ledger.new(DailyList, day=clock.local(clock.now()).date(), note=self.mark("今天的主选题"))
        db.session.add(plan)
        db.session.flush()
        db.session.add(ledger.new(DayItem, list_id=plan.id, coverage_id=item.coverage_id, position=1))
        db.session.flush()
        plan.lead_coverage_id = item.coverage_id
        db.session.flush()

    def photo(self, public: bool = True, **owner: Any) -> Media:
        row = ledger.new(Media, kind="jpeg", name=self.mark("DSC_0001"), caption="" if public else self.mark("未公开"),
                         size=1000, derived="x", thumb="y", width=1200, height=800, public=public, **owner)
        db.session.add(row)
        db.session.flush()
        return row


def one_of_each(world: World) -> dict[str, Case]:
    """Cases in the states people meet, by a short name."""
    found: dict[str, Case] = {}
    with world.at(9):
        found["main"] = case = world.case(told=6)
    with world.at(8):
        world.investigate(case)
        order = world.order(case)
        world.order(case, "T09", "partner", items=("清理历史堆积",))
    with world.at(7):
        item = world.story(case)
    with world.at(5):
        world.answer(order, "plan", plan_days=6)
    with world.at(3):
        world.verify(case, order, "partial")
    with world.at(2):
        orders.redo(world.duty, order, {"reason": "冲洗只做了一半，墙根还有污渍。", "term": "3wd"})
    found["waiting"] = world.case("城东小区路灯连续半个月不亮", category="0202", town="331081002", lng=121.3805, lat=28.3998)
    with world.at(25):
        found["late"] = late = world.case("中心小学门口早高峰没有斑马线", category="0304", town="331081001", lng=121.3617,
                                          lat=28.3688, summary="家长接送孩子，每天在车流里穿。")
        world.order(late, "D12", items=("补划斑马线",))
    with world.at(20):
        found["solved"] = solved = world.case("泽国文昌路下水道堵塞反冒", category="0204", town="331081100", lng=121.3609,
                                              lat=28.5115)
        order = world.order(solved, "D11", items=("疏通管道",))
        world.answer(order)
    with world.at(2):
        world.verify(solved, order, "confirmed")
        orders.settle(world.duty, order, make.REVIEWED)
        cases.close(world.duty, solved, {"resolution": "resolved", "note": "管道疏通，连续两天没有再反冒。"})
    with world.at(6):
        found["planned"] = planned = world.case("石塘渔港停车位不够", category="0303", town="331081105", lng=None, lat=None,
                                                precision="town")
        cases.close(world.duty, planned, {"resolution": "planned", "note": "列入明年改造计划。",
                                          "revisit_on": clock.local(clock.now()).date() + timedelta(days=200)})
    with world.at(3):
        found["hidden"] = hidden = world.case("这件事已经撤下了", category="0103")
        cases.conceal(world.chief, hidden, {"ground": "safety", "reason": "涉及当事人安全"})
        found["internal"] = inner = world.case("没有公开的案件", public=False, told=2)
        world.investigate(inner)
        world.story(inner, upto="draft")
        found["merged"] = merged = world.case("后巷垃圾又有人说")
        cases.merge(world.duty, merged, {"into": case, "reason": world.mark("同一件事")})
    cases.note(world.duty, case, {"text": world.mark("内部笔记")})
    world.photo(case_id=case.id)
    world.photo(public=False, case_id=case.id)
    world.lead(item)
    db.session.flush()
    return found

