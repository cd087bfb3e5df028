"""Some sixty lives of cases, made through the verbs over four months: every way an order can go, from a fixed seed."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import time_machine

from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.cases import promises, tasks
from civic.departments import operations as orders
from civic.kit import clock
from civic.models import Case, db
from civic.tips import operations as tips
from civic.verbs import OPERATIONS
from tests.public_world import World

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
TOWNS = ("331081103", "331081100", "331081001", "331081002", "331081105")
KINDS = (("0101", "D20"), ("0103", "D20"), ("0202", "D20"), ("0204", "D20"), ("0303", "D20"), ("0304", "D05"),
         ("0501", "D11"), ("0601", "E01"))
WAYS = ("solved", "solved", "solved", "late", "redone", "unhappy", "explained", "paused", "extended", "objected",
        "returned", "withdrawn", "working", "unsigned", "merged", "rerouted", "asked_by_phone", "promised", "reopened",
        "waiting")


class NotYet(Exception):
    """The life goes on tomorrow."""


class Lives(World):
    """`many` cases; each lives one of the ways."""

    def __init__(self, many: int = 60, seed: int = 20261120) -> None:
        super().__init__()
        self.dice, self.made, self.told = random.Random(seed), [], {}
        for number in range(many):
            self.begin = NOW - timedelta(days=self.dice.randrange(4, 115), hours=self.dice.randrange(0, 6))
            while self.begin.weekday() > 4 or not 9 <= self.begin.hour <= 15:
                self.begin -= timedelta(hours=7)
            with self.on(0):
                case = self._case(number)
            with suppress(NotYet):
                getattr(self, WAYS[number % len(WAYS)])(case)
            self.made.append(case)
        db.session.flush()

    @contextmanager
    def on(self, days: float) -> Iterator[None]:
        """So many days into the life; what would come after now does not come."""
        moment = self.begin + timedelta(days=days)
        if moment > NOW - timedelta(minutes=5):
            raise NotYet
        with time_machine.travel(moment, tick=False):
            yield

    def _case(self, number: int) -> Case:
        kind, self.unit = KINDS[self.dice.randrange(len(KINDS))]
        told, town = self.dice.randrange(0, 4), TOWNS[self.dice.randrange(len(TOWNS))]
        case = self.case(f"第 {number} 件事，门前的路不好走", category=kind, town=town, public=number % 5 != 3,
                         lng=121.4 + self.dice.randrange(3) / 100, lat=28.4)
        self.told[case.id] = []
        for _ in range(told):
            tip = self.tip(town=town)
            tips.accept(self.intake, tip, {"case": case, "category": kind})
            self.told[case.id].append(tip)
        return case

    # -- steps --------------------------------------------------------------------------------------------------------

    def sent(self, case: Case, signed: float | None = 0.05, unit: str = "", duty: str = "lead") -> Any:
        with self.on(0.02):
            order = self.order(case, unit or self.unit, duty, upto="sent")
        if signed is not None:
            with self.on(signed):
                orders.sign(self.officer(order.department), order, {})
        return order

    def answered(self, order: Any, days: float, result: str = "done", **more: Any) -> None:
        with self.on(days):
            self.answer(order, result, release=self.dice.random() < 0.7, **more)

    def looked(self, case: Case, order: Any, days: float, verdict: str = "confirmed", method: str = "on_site") -> None:
        with self.on(days):
            task = tasks.offer(self.duty, case, {
                "kind": "verify", "holder": f"team:{self.team.id}", "referral": order.id, "brief": "到现场回访",
                "due_at": clock.now() + timedelta(days=2)})
            tasks.accept(self.reporter, task)
            tasks.check_in(self.reporter, task, {"note": "到了"})
            tasks.submit(self.reporter, task, {"findings": "看过了", "verdict": verdict, "method": method})
            tasks.approve(self.duty, task)

    def settled(self, order: Any, days: float, **data: Any) -> None:
        with self.on(days):
            orders.settle(self.duty, order, {"itemised": True, "basis": len(self.made) % 3 > 0, **data})

    def judged(self, case: Case, days: float, good: bool = True) -> None:
        """Some of the citizens say what they think."""
        with self.on(days):
            for tip in self.told[case.id]:
                if self.dice.random() < 0.85:
                    solved = self.dice.choice(("yes", "yes", "partly") if good else ("no", "no", "partly"))
                    stars = self.dice.choice(("5", "4", "3") if good else ("1", "2", "3"))
                    tips.evaluate(Actor.citizen(tip.id), tip, {"solved": solved, "stars": stars})

    def closed(self, case: Case, days: float, resolution: str = "resolved", **more: Any) -> None:
        with self.on(days):
            cases.close(self.chief, case, {"resolution": resolution, "note": "就是这样了。", **more})

    # -- ways ---------------------------------------------------------------------------------------------------------

    def solved(self, case: Case, after: float = 1.2) -> Any:
        order = self.sent(case)
        if self.dice.random() < 0.3:
            self.sent(case, unit="D12", duty="partner")
        self.answered(order, after)
        self.judged(case, after + 0.5)
        self.looked(case, order, after + 1)
        self.settled(order, after + 1.2)
        if not any(row.state in ("sent", "working", "answered") for row in self._others(case, order)):
            self.closed(case, after + 1.5)
        if self.dice.random() < 0.3:
            with self.on(after + 2):
                self.story(case, upto="live")
        return order

    def _others(self, case: Case, order: Any) -> list[Any]:
        from civic.models import Referral
        return list(db.session.scalars(db.select(Referral).where(Referral.case_id == case.id, Referral.id != order.id)))

    def late(self, case: Case) -> None:
        self.solved(case, after=12 + 6 * self.dice.random())

    def redone(self, case: Case) -> None:
        order = self.sent(case)
        self.answered(order, 1.1)
        self.judged(case, 1.5, good=False)
        self.looked(case, order, 2, "not_fixed")
        with self.on(2.2):
            orders.redo(self.duty, order, {"reason": "只做了一半，墙根还有。", "term": "3wd"})
        self.answered(order, 4)
        self.looked(case, order, 5)
        self.settled(order, 5.2)

    def unhappy(self, case: Case) -> None:
        order = self.sent(case)
        self.answered(order, 2)
        self.judged(case, 2.5, good=False)

    def explained(self, case: Case) -> None:
        order = self.sent(case)
        self.answered(order, 2, self.dice.choice(("explain", "refuse")))
        self.judged(case, 2.6, good=False)
        self.settled(order, 3, reason="依据写得清楚，接受这个解释。")
        self.closed(case, 3.5, "explained")

    def paused(self, case: Case) -> None:
        order = self.sent(case)
        with self.on(0.1):
            orders.ask_pause(self.officer(order.department), order, {"question": "是哪一段路，请说清楚"})
        with self.on(1.9):
            orders.end_pause(self.duty, order, {"text": "是菜场后面那一段"})
        self.answered(order, 3)
        self.judged(case, 3.4)
        self.looked(case, order, 4)
        self.settled(order, 4.2)

    def extended(self, case: Case) -> None:
        order = self.sent(case)
        with self.on(0.2):
            day = clock.local(order.due_at).date() + timedelta(days=1)
            while day.weekday() > 4:
                day += timedelta(days=1)
            orders.ask_extension(self.officer(order.department), order, {
                "until": day, "reason": "要等材料进场才能施工", "interim": "先围起来，放提示牌"})
        with self.on(0.3):
            (orders.grant_extension if self.dice.random() < 0.7 else orders.refuse_extension)(
                self.duty, order, {"reason": "理由不够，按原期限办。"})
        self.answered(order, 4.5)
        self.looked(case, order, 5)
        self.settled(order, 5.2)

    def _objects(self, case: Case) -> Any:
        order = self.sent(case)
        with self.on(0.06):
            orders.ask_return(self.officer(order.department), order, {"basis": "三定方案里没有这一项", "unit": "D12"})
        return order

    def objected(self, case: Case) -> None:
        order = self._objects(case)
        with self.on(0.3):
            orders.refuse_return(self.duty, order, {"reason": "目录写明由你单位主办。"})
        self.answered(order, 2)

    def returned(self, case: Case) -> None:
        order = self._objects(case)
        with self.on(0.3):
            orders.grant_return(self.duty, order, {"reason": "确实派错了。"})
        again = self.sent(case, 0.5, unit="D12")
        self.answered(again, 3)
        self.judged(case, 3.5)

    def withdrawn(self, case: Case) -> None:
        order = self.sent(case)
        with self.on(1):
            orders.withdraw(self.duty, order, {"reason": "反映人说不用了。"})

    def working(self, case: Case) -> None:
        order = self.sent(case, 0.5 * self.dice.random())
        if len(self.made) % 3 == 0:
            with self.on(0.6):
                OPERATIONS["referral", "ask_mark"](self.officer(order.department), order, {
                    "kind": "beyond_duty", "basis": "要求给自家修围墙，不是公共设施。"})
                OPERATIONS["referral", "decide_mark"](self.duty, order, {
                    "decision": "granted", "reason": "确属个人围墙，不是单位职责。"})

    def unsigned(self, case: Case) -> None:
        order = self.sent(case, None)
        if self.dice.random() < 0.7 and order.sign_due_at < NOW:
            with time_machine.travel(order.sign_due_at + timedelta(minutes=1), tick=False):
                orders.deem_served(Actor.system(), order, {})

    def merged(self, case: Case) -> None:
        order = self.sent(case)
        self.answered(order, 1)
        self.settled_by_reason(case, order)
        into = next((other for other in self.made if other.state == "open"), None)
        if into is not None and case.state == "open":
            with self.on(4):
                cases.merge(self.duty, case, {"into": into, "reason": "同一件事"})

    def settled_by_reason(self, case: Case, order: Any) -> None:
        self.looked(case, order, 2)
        self.settled(order, 2.2)

    def rerouted(self, case: Case) -> None:
        order = self.sent(case)
        self.answered(order, 1, "explain")
        self.settled(order, 2, reason="这件事归法院管，说得清楚。")
        self.closed(case, 2.5, "rerouted")

    def asked_by_phone(self, case: Case) -> None:
        order = self.sent(case)
        self.answered(order, 1.4)
        self.looked(case, order, 2.4, self.dice.choice(("confirmed", "partial", "cannot_tell")), "call")
        self.settled(order, 2.6)

    def promised(self, case: Case) -> None:
        order = self.sent(case)
        self.answered(order, 2, "plan", plan_days=20)
        self.judged(case, 2.5)
        self.settled(order, 3, reason="有日子，盯着办。")
        ends = len(self.made) % 3
        if ends == 0:
            self.looked(case, order, 12)  # kept
        elif ends == 1:
            with self.on(24):
                promises.break_promise(Actor.system(), order)
        else:
            with self.on(10):
                promises.settle_promise(self.duty, order, {"reason": "路由业主自己修，不用单位再办。"})

    def reopened(self, case: Case) -> None:
        self.solved(case)
        if case.state == "closed":
            self.judged_again(case)
            with self.on(9):
                cases.reopen(self.duty, case, {"reason": "又坏了，和原来一样。"})
            self.sent(case, 9.1)

    def judged_again(self, case: Case) -> None:
        """One who was content is not any more; the change counts, the month stays that of the first word."""
        with self.on(7):
            for tip in self.told[case.id][:1]:
                tips.evaluate(Actor.citizen(tip.id), tip, {"solved": "no", "stars": "1"})

    def waiting(self, case: Case) -> None:
        order = self.sent(case, 0.01 + 0.4 * self.dice.random())
        days = 1 + 4 * self.dice.random()
        if len(self.made) % 3 == 1:  # promised for a day that has not come
            self.answered(order, days, "plan", plan_days=(NOW - self.begin).days + 10)
        else:
            self.answered(order, days)
