"""Figures that are fair (governance, section 7): what counts, what is left out and said, who is named and how it may object."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.cases import tasks
from civic.departments import operations as orders
from civic.insight import listings, lists, queries, refresh, rows
from civic.insight.figures import FIGURES
from civic.insight.queries import Only, Tally
from civic.kit import clock
from civic.kit.result import Conflict, Invalid, NotAllowed, NotPossible
from civic.ledger import events
from civic.models import Case, ListEntry, Outbox
from civic.verbs import OPERATIONS
from tests import factories as make
from tests.calendars import at
from tests.public_world import World


@pytest.fixture
def november(session: Any) -> Any:
    with time_machine.travel(at("2026-11-04 09:00"), tick=False) as moving:
        yield moving


def counted(**only: str) -> dict[str, int]:
    """What the whole newsroom counts, fresh."""
    refresh.run(whole=True)
    return queries.tally("", listings.ALL, queries.period("all"), Only(**only)).get("", Tally()).counts


def on(moving: Any, text: str) -> None:
    moving.move_to(at(text))


def explained(order: Any, duty: Actor, ticks: dict[str, bool]) -> None:
    """Answered by an explanation, which settles without a visit."""
    orders.answer(make.actor("officer", department=order.department), order, make.answer_data(order, result="explain"))
    orders.settle(duty, order, {**ticks, "reason": "说明合理，予以认可。"})


# -- what counts ------------------------------------------------------------------------------------------------------


def test_fixture_8_a_unit_with_three_of_three_satisfied_is_not_ranked() -> None:
    def unit(key: str, satisfied: int, graded: int) -> rows.Row:
        tally = Tally()
        tally.counts.update({"graded": graded, "satisfied": satisfied, "counted": graded})
        return rows.Row(key, key, "民生服务", tally, rows.cells([FIGURES["satisfied_rate"]], tally, seal=False))
    found = rows.ranked([unit("three", 3, 3), unit("fifty", 46, 50), unit("many", 180, 200)], "satisfied_rate")
    assert [(row.key, row.rank) for row in found] == [("many", 1), ("fifty", 2), ("three", None)]
    assert found[2].cells["satisfied_rate"].state == rows.SMALL


def test_fixture_9_the_rates_leave_out_what_was_withdrawn_misdirected_or_rerouted(november: Any) -> None:
    """And say how much of each."""
    duty = make.actor("duty")
    kept, gone, wrong = (make.order(make.case(category="0101")) for _ in range(3))
    orders.withdraw(duty, gone, {"reason": "反映人说不用了。"})
    officer = make.actor("officer", department="D20")
    orders.ask_return(officer, wrong, {"basis": "三定方案里没有这一项", "unit": "D12"})
    orders.grant_return(duty, wrong, {"reason": "确实派错了。"})
    on(november, "2026-11-23 09:00")
    found = counted()
    assert (found["sent"], found["counted"], found["out_withdrawn"], found["out_returned"]) == (3, 1, 1, 1)
    assert found["contact_due"] == found["closing_due"] == 1, "neither helps or hurts the unit"
    assert (found["dispatched"], found["upheld"]) == (2, 1), "but dispatching is judged by it"
    behind = queries.behind(next(c for c in queries.COUNTS.values() if c.code == "counted"), listings.ALL, queries.period("all"), Only())
    assert [row.id for row in behind.rows] == [kept.id]


def test_r07_merged_children_leave_the_rates_and_come_back_when_unmerged(november: Any) -> None:
    duty = make.actor("duty")
    into, child = make.case(category="0101"), make.case(category="0101")
    order = make.order(into)
    explained(make.order(child), duty, make.REVIEWED)
    assert counted()["counted"] == 2
    cases.merge(duty, child, {"into": into, "reason": "同一件事"})
    found = counted()
    assert (found["counted"], found["out_merged"], found["cases"], found["cases_out"]) == (1, 1, 1, 1)
    cases.unmerge(duty, child, {"reason": "其实是两件事"})
    assert counted()["counted"] == 2 and order.state == "working"


def test_r30_excluded_from_the_rates_once_the_mark_is_granted_and_back_when_the_appeal_wins(november: Any) -> None:
    world = World()
    case = world.case(category="0101", told=1, public=False)
    order = make.order(case)
    officer, duty, second = make.actor("officer", department="D20"), make.actor("duty"), make.actor("duty")
    verb = {name: OPERATIONS["referral", name] for name in ("ask_mark", "decide_mark", "decide_mark_appeal")}
    verb["ask_mark"](officer, order, {"kind": "beyond_duty", "basis": "要求给自家修围墙，不是公共设施。"})
    assert counted()["out_marked"] == 0, "asking changes nothing"
    verb["decide_mark"](duty, order, {"decision": "granted", "reason": "确属个人围墙，不是单位职责。"})
    found = counted()
    assert (found["counted"], found["out_marked"]) == (0, 1)
    tip = case_tip(case)
    OPERATIONS["tip", "contest_mark"](Actor.citizen(tip.id), tip, {"text": "围墙是公家的，图纸在村里。", "reason": "围墙是公家的，图纸在村里。"})
    assert counted()["counted"] == 1, "while the appeal runs nothing is left out"
    verb["decide_mark_appeal"](second, order, {"decision": "overturned", "reason": "图纸证明是公共围墙。"})
    assert counted()["out_marked"] == 0


def case_tip(case: Case) -> Any:
    from civic.models import Tip, db
    return db.session.scalars(db.select(Tip).where(Tip.case_id == case.id)).first()


def test_r23_the_substance_of_answers_is_what_the_reviewers_ticked(november: Any) -> None:
    duty = make.actor("duty")
    for ticks in ({"itemised": True, "basis": True}, {"itemised": True}):
        explained(make.order(make.case(category="0101")), duty, ticks)
    make.order(make.case(category="0101"), "answered")
    found = counted()
    assert (found["sampled"], found["sound"]) == (2, 1)


def test_r21_promises_kept_and_broken_are_counted_by_the_day_they_were_due(november: Any) -> None:
    from civic.cases import promises
    world = World()
    for _ in range(2):
        order = make.order(make.case(category="0101"))
        world.answer(order, "plan", plan_days=9, release=False)
    assert counted()["promises_running"] == 2
    on(november, "2026-11-30 09:00")
    kept = order
    with time_machine.travel(at("2026-11-12 09:00"), tick=False):
        world.verify(kept.case, kept, "confirmed")
    _break(promises)
    found = counted(department="D20")
    assert (found["promises_due"], found["promises_kept"], found["promises_broken"], found["promises_running"]) == (2, 1, 1, 0)
    november_only = queries.tally("month", listings.ALL, queries.period("all"))
    assert november_only["2026-11"].counts["promises_due"] == 2


def _break(promises: Any) -> None:
    """As the scheduler does after the day."""
    from civic.jobs import sweeper
    for name in ("break_due", "sweep", "tick", "overdue"):
        if hasattr(promises, name):
            getattr(promises, name)()
            return
    sweeper.sweep()


# -- who is named -----------------------------------------------------------------------------------------------------


def falsely_closed(november: Any) -> Any:
    """«Done», says the unit in October; a visit finds that it is not."""
    world = World()
    on(november, "2026-10-13 09:00")
    order = make.order(world.case(category="0101"), "answered")
    on(november, "2026-10-15 09:00")
    world.verify(order.case, order, "not_fixed")
    on(november, "2026-11-04 09:00")
    refresh.run(whole=True)
    return order


def test_a_verified_false_closure_names_the_unit_with_its_order_as_evidence(november: Any) -> None:
    order = falsely_closed(november)
    made = listings.compute("2026-10")
    assert [(one.kind, one.department, one.reasons, one.state) for one in made] == [("improve", order.department, ["false_closure"], "draft")]
    assert made[0].evidence == [{"reason": "false_closure", "order": order.number, "case": order.case.number}]
    assert listings.compute("2026-10") == [], "once a month"
    assert events.verify(f"listing:{made[0].id}") is None


def test_a_call_by_the_unit_itself_or_a_visit_not_approved_names_nobody(november: Any) -> None:
    world = World()
    on(november, "2026-10-13 09:00")
    order = make.order(world.case(category="0101"), "answered")
    task = tasks.offer(world.duty, order.case, {"kind": "verify", "holder": f"team:{world.team.id}", "referral": order.id,
                                                "brief": "到现场回访", "due_at": clock.now() + timedelta(days=2)})
    tasks.accept(world.reporter, task)
    tasks.check_in(world.reporter, task, {"note": "到了"})
    tasks.submit(world.reporter, task, {"findings": "看过了", "verdict": "not_fixed", "method": "on_site"})
    on(november, "2026-11-04 09:00")
    refresh.run(whole=True)
    assert listings.compute("2026-10") == []


def test_three_orders_overdue_after_two_reminders_name_the_unit_two_do_not(november: Any) -> None:
    on(november, "2026-10-13 09:00")
    late = [make.order(make.case(category="0101")) for _ in range(3)]
    for order in late:
        order.reminders = 2
    late[2].reminders = 1
    on(november, "2026-11-04 09:00")
    refresh.run(whole=True)
    assert listings.compute("2026-10") == []
    late[2].reminders = 2
    made = listings.compute("2026-10")
    assert [one.reasons for one in made] == [["overdue"]]
    assert {item["order"] for item in made[0].evidence} == {order.number for order in late}


def test_a_leak_names_the_unit_and_keeps_it_off_the_red_list(november: Any, monkeypatch: Any) -> None:
    tallies: dict[str, Tally] = defaultdict(Tally)
    for unit, solved in (("D20", 20), ("D05", 18), ("D09", 12), ("D10", 10), ("D11", 8)):
        tallies[unit].counts.update({"asked": 20, "solved": solved})
    monkeypatch.setattr(queries, "tally", lambda *_: tallies)
    monkeypatch.setattr(rows, "peers", lambda _: "同一组")
    assert [(one.kind, one.department) for one in listings.compute("2026-09")] == [("red", "D20")]
    listings.find_leak(make.actor("chief"), "D20", None, "把反映人的电话给了被反映的店家。")
    made = listings.compute("2026-11")
    assert [(one.kind, one.department) for one in made] == [("improve", "D20")]
    assert lists.red([lists.Standing("a", 20, 0.9), lists.Standing("b", 9, 1.0)]) == [], "one alone is best of nothing"


def entry_of(november: Any) -> ListEntry:
    falsely_closed(november)
    return listings.compute("2026-10")[0]


def test_the_unit_is_told_and_has_two_working_days_to_object(november: Any, session: Any) -> None:
    entry = entry_of(november)
    duty, officer, stranger = make.actor("duty"), make.actor("officer", department="D20"), make.actor("officer", department="D05")
    assert not listings.may_see(officer, entry), "a draft is nobody's business yet"
    listings.act(duty, entry, "notify", {})
    assert session.query(Outbox).filter(Outbox.recipient == "department:D20", Outbox.template == "lists.notify").count() == 1
    assert clock.local(entry.object_until).strftime("%m-%d") == "11-06"
    assert listings.may_see(officer, entry) and not listings.may_see(stranger, entry)
    with pytest.raises(NotAllowed):
        listings.act(stranger, entry, "object", {"text": "不是我们的事。"})
    with pytest.raises(Invalid):
        listings.act(officer, entry, "object", {"text": ""})
    on(november, "2026-11-09 09:00")
    with pytest.raises(NotPossible):
        listings.act(officer, entry, "object", {"text": "照片是另一条巷子的。"})


def test_an_objection_is_decided_with_a_reason_and_may_strike_the_entry(november: Any) -> None:
    entry = entry_of(november)
    duty, chief, officer = make.actor("duty"), make.actor("chief"), make.actor("officer", department="D20")
    listings.act(duty, entry, "notify", {})
    listings.act(officer, entry, "object", {"text": "照片拍的是另一条巷子，请核对门牌。"})
    with pytest.raises(NotPossible):
        listings.act(chief, entry, "publish", {})
    with pytest.raises(Invalid):
        listings.act(chief, entry, "uphold", {"reason": ""})
    listings.act(chief, entry, "uphold", {"reason": "核对门牌，确实不是同一条巷子。"})
    assert (entry.state, entry.decision) == ("struck", "核对门牌，确实不是同一条巷子。")
    assert entry not in listings.shown(), "it never was public"


def test_only_the_chief_publishes_and_it_runs_out_after_one_period(november: Any) -> None:
    entry = entry_of(november)
    duty, chief = make.actor("duty"), make.actor("chief")
    listings.act(duty, entry, "notify", {})
    with pytest.raises(NotAllowed):
        listings.act(duty, entry, "publish", {})
    listings.tick()
    assert entry.state == "noticed", "the two days are not over"
    on(november, "2026-11-09 09:00")
    listings.tick()
    assert entry.state == "ready"
    listings.act(chief, entry, "publish", {})
    assert entry in listings.shown() and entry.expires_on.isoformat() == "2026-12-09"
    listings.act(chief, entry, "correct", {"text": "日期应为10月15日。"})
    assert entry.corrections[0]["text"] == "日期应为10月15日。" and entry.state == "published"
    with pytest.raises(Conflict):
        listings.act(chief, entry, "withdraw", {"reason": "过时的页面"}, seen=1)
    on(november, "2026-12-10 09:00")
    listings.tick()
    assert entry.state == "expired" and entry in listings.shown(), "what was shown stays to be seen"
    assert events.verify(f"listing:{entry.id}") is None


def test_the_scheduler_computes_last_month_once(november: Any, session: Any) -> None:
    falsely_closed(november)
    on(november, "2026-11-02 09:00")
    listings.tick()
    assert session.query(ListEntry).count() == 0, "too early"
    on(november, "2026-11-04 09:00")
    listings.tick()
    listings.tick()
    assert session.query(ListEntry).count() == 1
    assert session.query(Outbox).filter(Outbox.template == "lists.drafted").count() == 1


def test_the_pages_tell_the_unit_the_chief_and_everybody_their_part(november: Any, client: Any, app: Any) -> None:
    entry = entry_of(november)
    people = {name: make.user(*who.split(), department="D20") for name, who in
              (("duty", "duty"), ("chief", "chief"), ("officer", "officer"))}
    browsers = {name: make.log_in(app.test_client(), user) for name, user in people.items()}
    address = f"/lists/{entry.id}"
    assert client.get(address).status_code == 404 == browsers["officer"].get(address).status_code
    assert browsers["duty"].submit(address, form="notify").status_code == 302
    page = browsers["officer"].submit(address, {"text": ""}, form="/object")
    assert page.status_code == 422
    assert browsers["officer"].submit(address, {"text": "照片拍的是另一条巷子。"}, form="/object").status_code == 302
    assert browsers["officer"].post(f"{address}/publish").status_code == 403
    assert browsers["chief"].submit(address, {"reason": "门牌一致，异议不成立。"}, form="/refuse").status_code == 302
    assert "现在没有公布的" in client.get("/lists").text
    assert browsers["chief"].submit(address, form="/publish").status_code == 302
    seen = client.get(address).text
    assert "虚假办结" in seen and entry.evidence[0]["case"] in seen and "门牌一致" in seen
    assert "照片拍的是另一条巷子" not in seen, "the objection is the desk's, its decision everybody's"
    assert "待改进" in client.get("/lists").text
    page = browsers["chief"].submit("/lists", {"department": "D20", "text": "短"}, form="findings")
    assert page.status_code == 422
    assert browsers["chief"].submit("/lists", {"department": "D20", "text": "把电话给了被反映的店家。"}, form="findings").status_code == 302
    assert client.post("/lists/findings").status_code == 401


# -- each number has one definition -----------------------------------------------------------------------------------


def test_every_formula_of_section_7_is_one_function_with_one_definition_on_the_page(client: Any) -> None:
    page = client.get("/figures/about").text
    for name in ("响应率", "按时签收率", "按时办结率", "解决率（严）", "解决率（宽）", "满意率", "回访率", "综合得分", "退单率", "退单成立率",
                 "一次派准率", "延期率", "超期率", "重办率", "复发率", "实质答复率", "见效率（媒体）", "公开率", "公开滞后", "万人诉求比",
                 "办理用时（中位数）", "办理用时（九成）", "办结偏差"):
        assert page.count(f"<h3>{name}</h3>") == 1, name
    functions = [figure.compute for figure in FIGURES.values()]
    assert len(functions) == len(set(functions)), "no function stands for two figures"


