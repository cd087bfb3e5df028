"""Answers that answer: the promise ledger, the gate, the review and the template guard (R21–R24)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from civic import ledger
from civic.cases import operations as cases
from civic.cases import promises, public_promises, tasks
from civic.departments import operations as orders
from civic.departments import reviews, template
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotPossible
from civic.models import AnswerReview, Event, Outbox, Promise, User
from tests import factories as make
from tests.calendars import at, local

MONDAY = "2026-11-23 09:00"
LONG = ("您反映的问题已收悉。我局高度重视，立即组织人员到现场核查，并要求保洁单位落实每日清运责任，加强日常巡查，"
        "建立长效管理机制，同时加强宣传引导，感谢您对城市管理工作的关心、理解和支持。")


@pytest.fixture
def monday():
    with time_machine.travel(at(MONDAY), tick=False) as moment:
        yield moment


@pytest.fixture
def officer(session):
    return make.actor("officer", department="D20")


@pytest.fixture
def duty(session):
    return make.actor("duty")


def visit(case, order, verdict="confirmed", squad=None):
    squad = squad or make.team()
    reporter = make.actor(team=squad)
    task = make.task(make.actor("duty"), case, f"team:{squad.id}", kind="verify", referral=str(order.id))
    tasks.accept(reporter, task)
    tasks.submit(reporter, task, {"verdict": verdict, "method": "on_site", "findings": "到现场看过。", "remote_reason": "没带手机"})
    return tasks.approve(make.actor("duty"), task)


def promised(officer, days=5, stages=(), **more):
    case = make.case(category="0101", **more)
    order = make.order(case, officer=officer)
    day = clock.local(clock.now()).date() + timedelta(days=days)
    orders.answer(officer, order, make.answer_data(order, result="plan", plan_on=day, stages=list(stages)))
    return case, order


def states(session, order):
    return list(session.scalars(select(Promise.state).where(Promise.referral_id == order.id).order_by(Promise.due_on, Promise.created_at)))


# -- R21 --------------------------------------------------------------------------------------------------------------


def test_r21_a_promise_without_a_date_is_refused_and_one_with_a_date_lands_in_the_ledger(session, monday, officer):
    order = make.order(make.case(category="0101"), officer=officer)
    with pytest.raises(Invalid, match="哪一天"):
        orders.answer(officer, order, make.answer_data(order, result="plan"))
    with pytest.raises(Invalid, match="今天之前"):
        orders.answer(officer, order, make.answer_data(order, result="plan", plan_on=date(2026, 11, 20)))
    orders.answer(officer, order, make.answer_data(order, result="plan", plan_on=date(2026, 11, 30)))
    row = session.scalar(select(Promise))
    assert (row.stage, row.state, row.due_on, row.department) == (1, "running", date(2026, 11, 30), "D20")
    assert "恢复每日清运" in row.text and order.case.state == "open"


def test_r21_three_stages_at_most_each_with_its_day_in_order(session, monday, officer):
    three = [(date(2026, 11, 25), "定方案"), (date(2026, 11, 27), "进场"), (date(2026, 11, 28), "完工")]
    _, order = promised(officer, stages=three)
    assert list(session.scalars(select(Promise.text).order_by(Promise.stage))) == ["定方案", "进场", "完工"]
    other = make.order(make.case(category="0101"), officer=officer)
    for wrong in ([*three, (date(2026, 12, 1), "验收")], [(None, "尽快")], [three[1], three[0]], [(date(2026, 11, 1), "早了")]):
        with pytest.raises(Invalid) as caught:
            orders.answer(officer, other, make.answer_data(other, result="plan", plan_on=date(2026, 12, 30), stages=wrong))
        assert "stages" in caught.value.errors
    assert states(session, order) == ["running"] * 3


def test_r21_the_day_after_the_clock_breaks_it_once_and_everybody_hears(session, monday, officer):
    _, order = promised(officer, days=3)
    assert promises.break_due() == 0
    monday.shift(timedelta(days=4))
    assert promises.break_due() == 1 and promises.break_due() == 0
    assert states(session, order) == ["broken"]
    event = session.scalar(select(Event).where(Event.command == "break_promise"))
    assert event.actor_role == "Y" and event.payload["due_on"] == ["2026-11-26"]
    told = set(session.scalars(select(Outbox.recipient).where(Outbox.template == "referral.break_promise")))
    assert {"role:duty", "department:D20", "role:supervisor"} <= told


def test_r21_a_look_keeps_the_promise_and_late_is_shown_as_late(session, monday, officer):
    case, order = promised(officer, days=3)
    monday.shift(timedelta(days=1))
    visit(case, order)
    assert states(session, order) == ["kept"]
    second, late = promised(officer, days=3)
    monday.shift(timedelta(days=6))
    promises.break_due()
    visit(second, late)
    row = session.scalar(select(Promise).where(Promise.referral_id == late.id))
    assert row.state == "kept" and clock.local(row.judged_at).date() > row.due_on
    shown = public_promises.counts(clock.now())
    assert shown["kept"] == 0, "neither case is public"


def test_r21_a_promise_may_be_settled_with_a_public_reason_and_replaced_by_a_later_answer(session, monday, officer, duty):
    _, order = promised(officer, days=20)
    with pytest.raises(Invalid):
        promises.settle_promise(duty, order, {})
    promises.settle_promise(duty, order, {"reason": "道路改造提前，由住建局一并施工。"})
    row = session.scalar(select(Promise))
    assert row.state == "settled" and "住建局" in row.reason
    with pytest.raises(NotPossible):
        promises.settle_promise(duty, order, {"reason": "再了结一次"})
    second, again = promised(officer, days=20)
    visit(second, again, "not_fixed")
    orders.redo(duty, again, {"reason": "现场没有动静", "term": "3wd"})
    orders.answer(officer, again, make.answer_data(again))
    assert states(session, again) == ["running"], "«done» is a claim: the promise runs until somebody has looked"
    third, other = promised(officer, days=20)
    visit(third, other, "not_fixed")
    orders.redo(duty, other, {"reason": "现场没有动静", "term": "3wd"})
    orders.answer(officer, other, make.answer_data(other, result="explain"))
    assert states(session, other) == ["settled"]


def test_r21_the_case_stays_open_until_the_day(session, monday, officer, duty):
    case, order = promised(officer, days=5)
    with pytest.raises(NotPossible, match="转办单没有结束"):
        cases.close(duty, case, {"resolution": "planned", "note": "等承诺到期", "revisit_on": date(2026, 12, 20)})


# -- R22 --------------------------------------------------------------------------------------------------------------


def test_r22_each_demand_item_is_answered_and_passed_on_never_closes(session, monday, officer):
    order = make.order(make.case(category="0101"), officer=officer)
    first = str(order.items[0].id)
    with pytest.raises(Invalid, match="第 2 项"):
        orders.answer(officer, order, {"result": "done", "text": "已经恢复每日清运，派人冲洗。", "answers": {first: "已恢复清运"}})
    for result in ("done", "explain", "refuse"):
        with pytest.raises(Invalid, match="已转办"):
            orders.answer(officer, order, make.answer_data(order, result=result, text="您反映的问题已转办，请耐心等待。"))


def test_r22_done_comes_with_evidence_where_the_category_says_so(session, monday, officer):
    order = make.order(make.case(category="0201", title="路口井盖破损"), officer=officer, items=("换好井盖",))
    with pytest.raises(Invalid) as caught:
        orders.answer(officer, order, make.answer_data(order, text="井盖已于当天换好，周边也检查了一遍。"))
    assert "R22" in caught.value.errors["photos"]
    orders.answer(officer, order, make.answer_data(order, result="explain", text="井盖属于电信公司，已约定明天上午换好。"))


def test_r22_there_is_always_somebody_to_ask(session, monday, officer):
    order = make.order(make.case(category="0101"), officer=officer)
    orders.answer(officer, order, make.answer_data(order))
    assert officer.name in order.answers[-1].contact


# -- R23 --------------------------------------------------------------------------------------------------------------


def test_r23_settling_needs_a_review_and_the_row_says_whether_it_was_substantive(session, monday, officer, duty):
    case = make.case(category="0101")
    order = make.order(case, "answered", officer=officer)
    monday.shift(timedelta(hours=3))
    visit(case, order)
    with pytest.raises(Invalid) as caught:
        orders.settle(duty, order, {})
    assert "R23" in caught.value.errors["itemised"]
    orders.settle(duty, order, {"itemised": True, "dated": True})
    row = session.scalar(select(AnswerReview))
    assert row.passed and row.substantive and row.version == 1 and row.reviewer_id == duty.user_id


def test_r23_a_tick_without_item_by_item_is_not_substantive(session, monday, officer, duty):
    order = make.order(make.case(category="0101"), "answered", officer=officer)
    orders.release(duty, order, {"public_text": "已清运，每天两次。", "basis": True})
    assert not session.scalar(select(AnswerReview.substantive))
    orders.release(duty, order, {"public_text": "已清运，每天两次。", "itemised": True})
    assert session.scalar(select(AnswerReview.substantive)), "what was ticked before still counts"


def test_r23_nobody_of_the_unit_reviews(session, monday, officer):
    order = make.order(make.case(category="0101"), "answered", officer=officer)
    insider = make.actor("duty", "officer", department="D20")
    for verb, data in ((reviews.return_answer, {"reason": "没有回应"}), (orders.settle, make.REVIEWED)):
        with pytest.raises(NotAllowed):
            verb(insider, order, data)


def test_r23_sent_back_by_the_review_the_clock_goes_on_and_the_second_time_it_is_supervised(session, monday, officer, duty):
    order = make.order(make.case(category="0101"), officer=officer)
    due = order.due_at
    for turn in (1, 2):
        orders.answer(officer, order, make.answer_data(order))
        orders.OPERATIONS["referral", "return_answer"](duty, order, {"reason": "没有写何时办好", "itemised": True})
        assert order.state == "working" and order.due_at == due, "R23: no new clock"
        assert (order.escalated_at is not None) == (turn == 2)
    orders.answer(officer, order, make.answer_data(order))
    with pytest.raises(NotPossible, match="两次"):
        reviews.return_answer(duty, order, {"reason": "还是没有写"})
    kept = list(session.execute(select(AnswerReview.version, AnswerReview.passed).order_by(AnswerReview.version)))
    assert kept == [(1, False), (2, False)] and local(order.due_at) == local(due)


def test_r23_after_a_look_it_is_a_second_handling_with_a_term_of_its_own(session, monday, officer, duty):
    case = make.case(category="0101")
    order = make.order(case, "answered", officer=officer)
    due = order.due_at
    monday.shift(timedelta(days=1))
    visit(case, order, "not_fixed")
    with pytest.raises(NotPossible, match="退回重办"):
        reviews.return_answer(duty, order, {"reason": "没有办好"})
    orders.redo(duty, order, {"reason": "现场没有动静", "term": "5wd"})
    assert order.due_at != due


# -- R24 --------------------------------------------------------------------------------------------------------------


def answered(officer, text=LONG, **more):
    order = make.order(make.case(category="0101"), officer=officer)
    return orders.answer(officer, order, make.answer_data(order, text=text, **more))


def test_r24_the_same_words_as_an_earlier_answer_are_flagged_and_a_changed_one_is_not(session, monday, officer):
    assert template.of(answered(officer).answers[-1]) is None
    again = answered(officer)
    flag = template.of(again.answers[-1])
    assert flag.similarity >= 0.9 and flag.alike_id and "像模板" in template.why(flag)[0]
    other = answered(officer, "11月23日上午到后巷核查：原清运频次为三天一次。依据《城市市容和环境卫生管理条例》，已责成泽惠保洁公司改为"
                              "每日早晚各清运一次，24日起执行；后巷当天冲洗两遍，除味剂每周三喷洒。")
    assert template.of(other.answers[-1]) is None


def test_r24_an_answer_that_touches_nothing_of_the_demand_is_flagged(session, monday, officer):
    order = make.order(make.case(category="0101"), officer=officer)
    found = template.check(
        order, "建议您购买降噪耳机，携带手电筒出行，注意个人安全，感谢您的关心、理解和支持。", {str(item.id): "请自行防护。" for item in order.items})
    assert found.beside and found.flagged
    assert not template.check(order, "后巷垃圾每日清运。", {}).flagged


def test_r24_a_flagged_answer_goes_out_only_with_two_people(session, monday, officer, duty):
    answered(officer)
    order = answered(officer)
    with pytest.raises(NotPossible, match="确认这份答复"):
        orders.release(duty, order, {"public_text": "已清运。", **make.REVIEWED})
    orders.OPERATIONS["referral", "confirm_answer"](duty, order, {"note": "两处是同一家保洁公司，情况一样。"})
    with pytest.raises(NotPossible, match="另一位编辑"):
        orders.release(duty, order, {"public_text": "已清运。", **make.REVIEWED})
    orders.release(make.actor("duty"), order, {"public_text": "已清运，每天两次。", **make.REVIEWED})
    assert order.answers[-1].released
    views = {view.move.command: view for view in ledger.moves(duty, "referral", order)}
    assert not views["settle"].allowed and "另一位编辑" in "".join(views["settle"].reasons)


def test_r24_short_honest_answers_are_not_compared(session, monday, officer):
    for _ in range(2):
        order = make.order(make.case(category="0101"), "answered", officer=officer)
    assert template.of(order.answers[-1]) is None


def test_r24_the_officer_is_warned_before_sending_and_loses_nothing(session, client, monday, officer):
    answered(officer)
    order = make.order(make.case(category="0101"), officer=officer)
    make.log_in(client, session.get(User, officer.user_id))
    page = f"/orders/{order.number}/answer"
    typed = {"result": "done", "text": LONG, **{f"item-{item.id}": f"第 {item.position} 项已经办好。" for item in order.items}}
    warned = client.submit(page, typed, form="answer")
    assert warned.status_code == 422 and "像模板" in warned.text and LONG[:20] in warned.text
    assert not order.answers
    sent = client.submit(warned, {"sure": "y"}, form="answer")
    assert sent.status_code == 303
    session.expire_all()
    assert template.of(order.answers[-1]).warned


def test_r24_two_hundred_answers_are_compared_in_one_statement(session, monday, officer, count_sql):
    for _ in range(4):
        answered(officer)
    order = make.order(make.case(category="0101"), officer=officer)
    with count_sql() as statements:
        found = template.check(order, LONG, {str(item.id): "已经办好。" for item in order.items})
    assert len(statements) <= 2 and found.compared == 4
    assert session.scalar(select(func.count()).select_from(Promise)) == 0
