"""The clocks of an order and who presses when they run out: rules R03, R13, R17–R20, R35, R37, R43, R44."""

from __future__ import annotations

import ast
from datetime import date
from pathlib import Path

import pytest
import time_machine
from sqlalchemy import func, select

from civic.access.actor import Actor
from civic.cases import queue
from civic.departments import alerting, recount, supervision, typhoon
from civic.departments import operations as orders
from civic.jobs import sweeper
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotPossible
from civic.ledger import clocks
from civic.models import Event, Outbox, Suspension, Timer, UnitDuty
from civic.reference import calendars, county, emergency, importer
from tests import factories as make
from tests.calendars import at, local

SYSTEM = Actor.system()
ANSWER = {"text": "车辆坏了两台，清运没有跟上，现在借车。", "measures": "12月4日前全部清完，每天报照片。"}


@pytest.fixture
def monday(session):
    with time_machine.travel(at("2026-11-23 09:00"), tick=False) as moving:
        yield moving


@pytest.fixture
def officer(session):
    return make.actor("officer", department="D20")


def ordinary(**more):
    """An order of class C: five working days."""
    return make.order(make.case(category="0101"), **more)


def live(moving, upto: str) -> None:
    """Time passes as the scheduler sees it: each due timer fires at its own moment."""
    end = at(upto)
    while True:
        due = next_due()
        if due is None or due > end:
            break
        moving.move_to(max(due, clock.now()))
        sweeper.sweep()
    moving.move_to(end)


def next_due():
    from civic.models import db
    return db.session.scalar(select(func.min(Timer.due_at)).where(Timer.fired_at.is_(None), Timer.cancelled_at.is_(None)))


def fired(session, order):
    """How often each rung was climbed."""
    rows = session.execute(select(Timer.name, func.count()).where(
        Timer.object_id == order.id, Timer.fired_at.is_not(None), Timer.error.is_(None)).group_by(Timer.name))
    return {name: count for name, count in rows}


def commands(session, order):
    return list(session.scalars(select(Event.command).where(Event.object_id == order.id).order_by(Event.id)))


# -- R03: pauses ------------------------------------------------------------------------------------------------------


def test_r03_two_pauses_of_five_working_days_at_most_each_moves_the_date_and_a_third_is_refused(session, monday, officer):
    order = ordinary(officer=officer)
    orders.ask_pause(officer, order, {"question": "是哪一段后巷？"})
    live(monday, "2026-12-07 09:00")  # nobody answers for two weeks: the pause ends by itself after five working days
    assert clocks.running_pause(order) is None and local(order.due_at) == "2026-12-07 17:00"
    orders.ask_pause(officer, order, {"question": "门牌号是多少？"})
    monday.move_to(at("2026-12-08 09:00"))
    orders.end_pause(make.actor("duty"), order, {"text": "没有门牌"})
    assert local(order.due_at) == "2026-12-08 17:00" and len(order.pauses) == 2
    with pytest.raises(NotPossible, match="R03"):
        orders.ask_pause(officer, order, {"question": "还有一个问题"})


# -- R13: signing -----------------------------------------------------------------------------------------------------


def test_r13_not_signed_in_time_it_counts_as_signed_and_is_marked_as_late(session, monday, client):
    order = ordinary(upto="sent")
    live(monday, "2026-11-24 10:00")
    assert order.state == "working" and order.deemed and local(order.served_at) == "2026-11-23 15:00"
    event = session.scalars(select(Event).where(Event.object_id == order.id, Event.command == "deem_served")).one()
    assert event.payload["late"] is True
    make.log_in(client, make.user("duty"))
    assert "逾期签收" in client.get(f"/orders/{order.number}").text


# -- R17: extensions --------------------------------------------------------------------------------------------------

MORE = {"until": date(2026, 12, 4), "reason": "要买清洗车", "interim": "先用水车冲洗"}


def test_r17_reason_new_date_and_interim_measure_before_due_once_and_everybody_is_told(session, monday, officer):
    order = ordinary(officer=officer)
    for missing in ("until", "reason", "interim"):
        with pytest.raises(Invalid) as refusal:
            orders.ask_extension(officer, order, {**MORE, missing: None})
        assert "R17" in refusal.value.errors[missing]
        session.refresh(order)
    orders.ask_extension(officer, order, MORE)
    orders.grant_extension(make.actor("duty"), order)
    step = clocks.due_history(order)[-1]
    assert (local(step.before), local(step.after)) == ("2026-11-30 17:00", "2026-12-04 17:00")
    assert "要买清洗车" in step.because and step.by, "reason and approver stay on record (R35)"
    with pytest.raises(NotPossible, match="R17"):
        orders.ask_extension(officer, order, {**MORE, "until": date(2026, 12, 5)})


@pytest.mark.parametrize(("until", "words"), [
    (date(2026, 11, 20), "今天之前"), (date(2026, 11, 30), "原期限之后"), (date(2026, 12, 8), "最晚只能延到 2026-12-07")])
def test_r17_a_date_before_today_or_longer_than_the_original_term_is_refused_in_plain_words(
        session, monday, officer, until, words):
    order = ordinary(officer=officer)
    with pytest.raises(Invalid) as refusal:
        orders.ask_extension(officer, order, {**MORE, "until": until})
    assert words in refusal.value.errors["until"] and "R17" in refusal.value.errors["until"]


def test_r17_a_refused_request_shows_what_was_typed_again(client, session, monday, officer):
    user = make.user("officer", department="D20")
    order = ordinary(officer=officer)
    make.log_in(client, user)
    page = client.post(f"/move/referral/{order.id}/ask_extension", data={
        "until": "2026-12-08", "reason": "要买清洗车", "interim": "先用水车"})
    assert page.status_code == 422 and "R17" in page.text and "先用水车" in page.text


def test_r17_on_the_date_it_is_too_late_and_nobody_of_the_unit_approves(session, monday, officer):
    order = ordinary(officer=officer)
    orders.ask_extension(officer, order, MORE)
    with pytest.raises(NotAllowed, match="R17"):
        orders.grant_extension(make.actor("duty", "officer", department="D20"), order)
    late = ordinary(officer=officer)
    monday.move_to(at("2026-11-30 17:01"))
    with pytest.raises(NotPossible, match="R17"):
        orders.ask_extension(officer, late, MORE)


def test_r17_an_undecided_request_is_overdue_on_the_desk_after_one_working_day(session, monday, officer):
    order = ordinary(officer=officer)
    orders.ask_extension(officer, order, MORE)
    duty = make.actor("duty")

    def waiting():
        return next(row for row in queue.desk(duty).rows if row.kind == "extension")
    assert local(waiting().due_at) == "2026-11-24 17:00" and waiting().late == "none"
    live(monday, "2026-11-24 17:30")
    assert waiting().late == "overdue" and waiting().id == order.id
    nudged = session.scalars(select(Outbox.recipient).where(Outbox.template == "referral.nudge",
                                                            Outbox.payload["timer"].astext == "decide_extension")).all()
    assert nudged == ["role:duty"]
    orders.refuse_extension(duty, order, {"reason": "用现有车辆"})
    assert not [row for row in queue.desk(duty).rows if row.kind == "extension"]


# -- R18: the ladder --------------------------------------------------------------------------------------------------


def test_r18_every_rung_is_climbed_exactly_once_and_two_sweepers_change_nothing(session, monday):
    order = ordinary()
    live(monday, "2026-12-07 09:00")
    sweeper.sweep()
    climbed = fired(session, order)
    rungs = ("remind", "remind_head", "due_today", "overdue", "chase", "supervise", "circulate")
    assert {name: climbed.get(name) for name in rungs} == dict.fromkeys(rungs, 1)
    assert commands(session, order).count("remind") == 1 and commands(session, order).count("supervise") == 1


def test_r18_no_rung_is_climbed_twice_after_a_pause_and_an_extension(session, monday, officer):
    order = ordinary(officer=officer)
    live(monday, "2026-11-26 10:00")  # the reminder two days before has gone out
    orders.ask_pause(officer, order, {"question": "是哪一段后巷？"})
    live(monday, "2026-11-30 10:00")
    orders.end_pause(make.actor("duty"), order, {"text": "北门"})
    assert local(order.due_at) == "2026-12-02 17:00"
    orders.ask_extension(officer, order, {**MORE, "until": date(2026, 12, 7)})
    orders.grant_extension(make.actor("duty"), order)
    live(monday, "2026-12-16 09:00")
    rungs = ("remind", "remind_head", "due_today", "overdue", "chase", "supervise", "circulate")
    assert {name: fired(session, order).get(name) for name in rungs} == dict.fromkeys(rungs, 1)


def test_r18_a_redo_has_a_ladder_of_its_own(session, monday, officer):
    order = ordinary(officer=officer)
    live(monday, "2026-11-26 10:00")
    orders.answer(officer, order, make.answer_data(order))
    monday.move_to(at("2026-11-27 10:00"))
    orders.redo(make.actor("duty"), order, {"reason": "后巷还有积水", "term": "5wd"})
    live(monday, "2026-12-03 10:00")
    assert fired(session, order)["remind"] == 2, "one a handling"


def test_r18_the_circular_lists_what_is_five_working_days_over_and_prints(client, session, monday, officer):
    order, newer = ordinary(officer=officer), None
    live(monday, "2026-12-04 10:00")
    make.log_in(client, make.user("supervisor"))
    assert order.number not in client.get("/supervision/circular").text
    live(monday, "2026-12-07 09:00")
    newer = ordinary(officer=officer)
    make.log_in(client, make.user("supervisor"))
    page = client.get("/supervision/circular")
    assert order.number in page.text and newer.number not in page.text and "5 个工作日" in page.text
    make.log_in(client, make.user("officer", department="D20"))
    assert client.get("/supervision/circular").status_code == 403


# -- R19, R20: supervision --------------------------------------------------------------------------------------------


def test_r19_by_hand_only_the_chief_editor_or_the_supervisor_and_with_what_is_wanted(session, monday):
    order = ordinary()
    with pytest.raises(NotAllowed):
        orders.supervise(make.actor("duty"), order, {"text": "三天内清完"})
    with pytest.raises(Invalid) as refusal:
        orders.supervise(make.actor("chief"), order, {})
    assert "R19" in refusal.value.errors["text"]
    orders.supervise(make.actor("chief"), order, {"text": "三天内清完并报照片"})
    row = order.supervisions[0]
    assert (row.level, row.state, row.requirement) == (1, "open", "三天内清完并报照片")
    assert local(row.due_at) == "2026-11-25 17:00", "a deadline of its own, in working days"
    with pytest.raises(NotPossible, match="R20"):
        orders.supervise(make.actor("supervisor"), order, {"text": "再督办一次"})


def test_r19_the_unit_answers_apart_from_the_order_and_the_issuer_sends_back_or_accepts(client, session, monday, officer):
    order = ordinary(officer=officer)
    chief = make.actor("chief")
    orders.supervise(chief, order, {"text": "三天内清完并报照片"})
    make.log_in(client, make.user("officer", department="D20"))
    assert "答复督办" in client.get(f"/orders/{order.number}").text
    supervision.answer_supervision(officer, order, ANSWER)
    assert order.state == "working" and order.answered_at is None and order.supervisions[0].state == "answered"
    with pytest.raises(NotPossible, match="R19"):
        supervision.answer_supervision(officer, order, ANSWER)
    with pytest.raises(NotAllowed):
        supervision.accept_supervision(officer, order, {})
    supervision.return_supervision(chief, order, {"reason": "没有写哪天清完"})
    assert order.supervisions[0].returns == 1 and order.supervisions[0].state == "returned"
    supervision.answer_supervision(officer, order, ANSWER)
    supervision.accept_supervision(chief, order, {"note": "按此办"})
    assert order.supervisions[0].state == "accepted" and order.supervisions[0].ended_at


def test_r20_an_unanswered_supervision_goes_up_a_level_to_another_owner_each_level_once(session, monday):
    order = ordinary()
    live(monday, "2026-12-03 09:00")  # three working days over: the clock supervises
    first = order.supervisions[0]
    assert (first.level, first.issued_by, local(first.due_at)) == (1, None, "2026-12-07 17:00")
    live(monday, "2026-12-08 09:00")
    session.refresh(order)
    assert [(row.level, row.state) for row in order.supervisions] == [(1, "raised"), (2, "open")]
    live(monday, "2027-01-08 09:00")
    session.refresh(order)
    assert [(row.level, row.state) for row in order.supervisions] == [(1, "raised"), (2, "raised"), (3, "open")]
    assert commands(session, order).count("raise_supervision") == 2
    told = set(session.scalars(select(Outbox.recipient).where(Outbox.template == "referral.raise_supervision")))
    assert {"department:D20", "role:supervisor"} <= told


def test_r20_unsolved_after_two_handlings_it_is_supervised_and_then_raised(session, monday, officer):
    order = ordinary(officer=officer)
    duty = make.actor("duty")
    for _ in range(2):
        orders.answer(officer, order, make.answer_data(order))
        orders.redo(duty, order, {"reason": "后巷还有积水", "term": "3wd"})
    assert [(row.level, row.why) for row in order.supervisions] == [(1, supervision.TWICE_WORDS)]
    chief = make.actor("chief")
    supervision.answer_supervision(officer, order, ANSWER)
    supervision.accept_supervision(chief, order, {})
    supervision.raise_supervision(make.actor("supervisor"), order, {"text": "仍未解决，由督查室盯办"})
    assert [(row.level, row.state) for row in order.supervisions] == [(1, "accepted"), (2, "open")]


def test_r20_the_supervision_ends_with_the_order(session, monday, officer):
    order = ordinary(officer=officer)
    orders.supervise(make.actor("chief"), order, {"text": "三天内清完"})
    orders.withdraw(make.actor("duty"), order, {"reason": "并入另案"})
    assert order.supervisions[0].state == "ended"
    assert not session.scalars(select(Timer).where(Timer.object_id == order.id, Timer.fired_at.is_(None),
                                                   Timer.cancelled_at.is_(None))).all()


# -- R35: never edited in place ---------------------------------------------------------------------------------------


def test_r35_only_two_functions_write_the_due_date_and_both_leave_a_row(root: Path):
    """Every assignment to a referral's due date in the product stands in `departments.terms`: served, and moved with a reason."""
    found = set()
    for path in (root / "civic").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AugAssign) else []
            for target in [item for one in targets for item in (one.elts if isinstance(one, ast.Tuple) else [one])]:
                if isinstance(target, ast.Attribute) and target.attr in ("due_at", "original_due_at") and isinstance(
                        target.value, ast.Name) and target.value.id in ("order", "referral"):
                    found.add(path.name)
    assert found == {"terms.py"}


def test_r35_every_change_of_the_date_has_its_reason_and_the_citizen_reads_it(client, session, monday, officer):
    case = make.public_case() if hasattr(make, "public_case") else make.case(category="0101")
    order = make.order(case, officer=officer)
    orders.ask_extension(officer, order, {**MORE, "until": min(MORE["until"], clocks.extension_cap(order))})
    orders.grant_extension(make.actor("duty"), order)
    history = clocks.due_history(order)
    assert [step.command for step in history] == ["sign", "grant_extension"]
    assert all(step.by for step in history) and order.original_due_at == history[0].after != order.due_at


# -- R37: provisional dates -------------------------------------------------------------------------------------------


NOTICE = """2027年部分节假日安排的通知
一、元旦：1月1日（星期五）至3日（星期日）放假，共3天。
二、春节：2月5日（星期五）至12日（星期五）放假调休，共8天。2月14日（星期日）上班。
三、清明节：4月3日至5日放假，共3天。
四、劳动节：5月1日至5日放假调休，共5天。
五、端午节：6月9日放假，共1天。
六、中秋节：9月15日放假，共1天。
七、国庆节：10月1日至7日放假调休，共7天。
"""


def test_r37_a_provisional_date_says_so_and_is_counted_again_never_earlier(client, session):
    with time_machine.travel(at("2026-12-29 10:00"), tick=False):
        order = ordinary()
        told = order.due_at
        make.log_in(client, make.user("duty"))
        assert order.provisional and "暂定" in client.get(f"/orders/{order.number}/clock").text
        importer.apply(calendars.preview(NOTICE, year=2027, source="test"))
        assert recount.recount_all() == 1
        assert not order.provisional and order.due_at >= told


def test_r37_a_holiday_file_with_gaps_is_refused_by_name(session):
    without = NOTICE.replace("七、国庆节：10月1日至7日放假调休，共7天。\n", "").replace("2月14日（星期日）上班。", "")
    plan = calendars.preview(without, year=2027, source="test")
    words = "；".join(problem.text for problem in plan.problems)
    assert "国庆节" in words and "R37" in words


# -- R43: typhoon -----------------------------------------------------------------------------------------------------

MODE = {"name": "台风“梅花”应急", "reason": "气象台发布台风红色预警，市防指启动一级响应",
        "notice": "台风应急期间先办险情，其他事项的办理时限暂停，结束后恢复。"}


def test_r43_only_chief_or_administrator_switch_it_with_a_reason_and_once(session, monday):
    with pytest.raises(NotAllowed, match="R43"):
        typhoon.start(make.actor("duty"), MODE)
    with pytest.raises(Invalid) as refusal:
        typhoon.start(make.actor("chief"), {"name": "台风应急"})
    assert set(refusal.value.errors) == {"reason", "notice"}
    typhoon.start(make.actor("chief"), MODE)
    with pytest.raises(NotPossible, match="R43"):
        typhoon.start(make.actor("admin"), MODE)
    typhoon.end(make.actor("admin"))
    assert emergency.current() is None
    with pytest.raises(NotPossible, match="R43"):
        typhoon.end(make.actor("chief"))


def test_r43_other_clocks_stand_still_and_run_on_with_the_reason_emergencies_never_stop(session, monday, officer):
    order, unsigned = ordinary(officer=officer), ordinary(upto="sent", department="D11")
    danger = make.order(make.case(category="0201", urgency="emergency"), officer=officer)
    before = danger.due_at
    live(monday, "2026-11-24 10:00")
    session.refresh(unsigned)
    late = ordinary(upto="sent", department="D12")
    typhoon.start(make.actor("chief"), MODE)
    live(monday, "2026-12-10 10:00")  # far beyond every date: no reminder, no supervision, nothing deemed signed
    assert order.state == "working" and not order.supervisions and late.state == "sent"
    assert set(fired(session, order)) <= {"contact"} and clocks.lateness(order, clock.now()) == "none"
    assert danger.due_at == before and danger.supervisions, "the emergency went on"
    fresh = ordinary(upto="sent", department="D13")
    orders.sign(make.actor("officer", department="D13"), fresh)
    assert clocks.running_stop(fresh) is not None, "served meanwhile, it waits too"
    typhoon.end(make.actor("chief"))
    assert local(order.due_at) == "2026-12-16 17:00" and "台风“梅花”应急" in order.due_reason
    assert local(order.original_due_at) == "2026-11-30 17:00"
    assert not session.scalars(select(Suspension).where(Suspension.ended_at.is_(None))).all()
    step = clocks.due_history(order)[-1]
    assert step.command == "run_clock" and "11月24日至12月10日停表" in step.because
    live(monday, "2026-12-14 10:00")
    session.refresh(late)
    assert late.state == "working" and late.deemed, "the time to sign runs again"
    assert fired(session, order).get("remind") == 1


def test_r43_in_the_storm_nothing_stopped_is_shown_as_late_and_emergencies_come_first(client, session, monday, officer):
    order = ordinary(officer=officer)
    danger = make.order(make.case(category="0201", urgency="emergency"), "draft")
    typhoon.start(make.actor("chief"), MODE)
    monday.move_to(at("2026-12-10 10:00"))
    make.log_in(client, make.user("supervisor"))
    assert order.number not in client.get("/supervision/late").text and order.number not in client.get("/supervision/circular").text
    duty = make.actor("duty")
    rows = queue.desk(duty).rows
    top = [row for row in rows if row.urgency == "emergency"]
    assert list(rows[:len(top)]) == top and danger.id in {row.id for row in top}
    assert not [row for row in rows if row.kind == "order_late" and row.id == order.id]
    session.refresh(order.case)
    assert order.case.due_at is None


def test_r43_a_pause_inside_the_storm_is_not_counted_twice(session, monday, officer):
    order = ordinary(officer=officer)
    orders.ask_pause(officer, order, {"question": "是哪一段后巷？"})
    monday.move_to(at("2026-11-24 10:00"))
    typhoon.start(make.actor("chief"), MODE)
    monday.move_to(at("2026-11-25 10:00"))
    orders.end_pause(make.actor("duty"), order, {"text": "北门"})
    assert local(order.due_at) == "2026-12-02 17:00"  # two working days of pause
    monday.move_to(at("2026-11-27 10:00"))
    typhoon.end(make.actor("chief"))
    assert local(order.due_at) == "2026-12-04 17:00"  # two more of storm, not four


def test_r43_a_late_order_stays_late_but_is_not_pressed_for_the_days_of_the_storm(session, monday):
    order = ordinary()
    live(monday, "2026-12-01 09:00")  # one working day over
    assert commands(session, order).count("remind") == 1
    typhoon.start(make.actor("chief"), MODE)
    live(monday, "2026-12-04 09:00")
    typhoon.end(make.actor("chief"))
    assert local(order.due_at) == "2026-11-30 17:00" and not order.supervisions
    live(monday, "2026-12-08 09:00")
    session.refresh(order)
    assert len(order.supervisions) == 1 and local(order.supervisions[0].issued_at) == "2026-12-08 08:30"


def test_r43_answered_in_the_storm_is_in_time(session, monday, officer):
    order = ordinary(officer=officer)
    typhoon.start(make.actor("chief"), MODE)
    monday.move_to(at("2026-12-10 10:00"))
    orders.answer(officer, order, make.answer_data(order))
    assert not order.answers[0].late and clocks.running_stop(order) is None
    typhoon.end(make.actor("chief"))
    assert order.state == "answered"


def test_r43_the_banner_is_on_every_page_and_goes_with_the_mode(client, session, monday):
    typhoon.start(make.actor("chief"), MODE)
    for path in ("/", "/cases", "/about", "/tip"):
        assert MODE["notice"] in client.get(path).text
    make.log_in(client, make.user("duty"))
    assert MODE["notice"] in client.get("/desk").text
    typhoon.end(make.actor("chief"))
    assert MODE["notice"] not in client.get("/desk").text


def test_r43_many_orders_from_one_template_drafted_by_one_and_sent_by_another(client, session, monday):
    cases = [make.case(category=code, urgency="emergency") for code in ("0201", "0605", "0204")]
    drafter, sender = make.user("duty"), make.user("duty")
    make.log_in(client, drafter)
    page = client.get("/typhoon/orders")
    assert all(case.number in page.text for case in cases)
    done = client.post("/typhoon/orders/draft", data={
        "template": "danger", "cases": [case.number for case in cases]}, follow_redirects=True)
    assert done.status_code == 200
    from civic.models import Referral
    made = session.scalars(select(Referral).where(Referral.case_id.in_([case.id for case in cases]))).all()
    assert len(made) == 3 and {row.state for row in made} == {"draft"} and {row.sla for row in made} == {"E"}
    ids = [row.number for row in made]
    own = client.post("/typhoon/orders/send", data={"orders": ids}, follow_redirects=True)
    assert "不能自己发出" in own.text and {row.state for row in made} == {"draft"}
    make.log_in(client, sender)
    client.post("/typhoon/orders/send", data={"orders": ids})
    for row in made:
        session.refresh(row)
    assert {row.state for row in made} == {"sent"}
    again = client.post("/typhoon/orders/send", data={"orders": ids}, follow_redirects=True)
    assert again.status_code == 200, "a second press sends nothing twice"


# -- R44: night duty --------------------------------------------------------------------------------------------------


def told(session, template="referral.alert"):
    return set(session.scalars(select(Outbox.recipient).where(Outbox.template == template)))


def test_r44_an_emergency_order_at_night_goes_to_whoever_is_on_duty_in_the_unit(session):
    with time_machine.travel(at("2026-11-23 23:10"), tick=False) as moving:
        on_duty, off = make.user("officer", department="D20"), make.user("officer", department="D20")
        from civic import ledger
        for user, first, last in ((on_duty, "2026-11-23 18:00", "2026-11-24 08:00"), (off, "2026-11-23 08:00", "2026-11-23 18:00")):
            session.add(ledger.new(UnitDuty, department="D20", name=user.name, phone="86120000", user_id=user.id,
                                   kind="night", starts_at=at(first), ends_at=at(last), note=""))
        session.flush()
        order = make.order(make.case(category="0201", urgency="emergency"), "sent")
        assert f"user:{on_duty.id}" in told(session) and f"user:{off.id}" not in told(session)
        event = session.scalars(select(Event).where(Event.object_id == order.id, Event.command == "send")).one()
        assert event.payload["alerted"] == [on_duty.name] and event.payload["roster"] is True
        before = session.scalar(select(func.count()).select_from(Outbox).where(Outbox.template == "referral.alert"))
        moving.move_to(at("2026-11-23 23:50"))
        sweeper.sweep()  # not signed in thirty minutes: told once more
        after = session.scalar(select(func.count()).select_from(Outbox).where(Outbox.template == "referral.alert"))
        assert order.state == "working" and after > before


def test_r44_without_a_roster_the_towns_phone_and_the_editor_on_duty(client, session):
    county.save({"duty.town_phone": "0576-86000001", "duty.editor_phone": "0576-86000002"})
    with time_machine.travel(at("2026-11-23 23:10"), tick=False):
        order = make.order(make.case(category="0201", urgency="emergency"), "sent")
        assert {"role:duty", "role:chief", "department:D20"} <= told(session)
        calls = alerting.calls(order, clock.now())
        assert [call.phone for call in calls] == ["0576-86000001", "0576-86000002"]
        make.log_in(client, make.user("duty"))
        assert "0576-86000001" in client.get(f"/orders/{order.number}").text


def test_r44_an_ordinary_order_wakes_nobody(session, monday):
    ordinary()
    assert not told(session)


# -- the other clocks -------------------------------------------------------------------------------------------------


def test_first_contact_and_control_measure_have_clocks_and_are_met_by_a_report(session, monday, officer):
    danger = make.order(make.case(category="0201", urgency="emergency"), officer=officer, sla="E")
    held = {row.kind: local(row.due_at) for row in danger.clock_rows}
    assert held == {"contact": "2026-11-23 11:00", "control": "2026-11-23 11:00"}
    live(monday, "2026-11-23 10:00")
    supervision.report(officer, danger, {"kind": "control", "text": "已围挡并设警示灯"})
    assert clocks.open_clock(danger, "control") is None and clocks.open_clock(danger, "contact") is not None
    live(monday, "2026-11-23 11:30")
    assert "contact" in fired(session, danger) and "control" not in fired(session, danger)


def test_interim_reports_of_a_statutory_order_come_every_ten_working_days(session, monday, officer):
    order = make.order(make.case(category="0702"), officer=officer)
    row = clocks.open_clock(order, "interim")
    assert row is not None and local(row.due_at) == "2026-12-07 17:00"
    monday.move_to(at("2026-12-04 10:00"))
    supervision.report(officer, order, {"kind": "interim", "text": "已受理，正在调解"})
    again = clocks.open_clock(order, "interim")
    assert again is not None and again.number == 2 and local(again.due_at) == "2026-12-18 17:00"


def test_the_laws_own_clock_stands_beside_ours_and_shortens_nothing(client, session, monday):
    from civic.reference import lookup, statutory
    known = {row.code for row in lookup.categories()} if hasattr(lookup, "categories") else set()
    for row in statutory.every():
        assert row.source and row.article and row.clock
        assert not known or row.categories <= known, row.code
        assert not row.after or row.after in {other.code for other in statutory.every()}
    order = make.order(make.case(category="0201", urgency="emergency"), "working", sla="E")
    assert local(order.due_at) == "2026-11-24 09:00", "twenty-four hours, although the law says at once"
    found = statutory.dues("0702", at("2026-11-23 09:00"))
    assert [local(one.due)[:10] for one in found if one.due][:1] == ["2026-12-02"], "accept or refuse within seven working days"
    make.log_in(client, make.user("duty"))
    for page in (f"/orders/{order.number}", f"/orders/{order.number}/clock", f"/desk/cases/{order.case.number}"):
        assert "台州市城市市容和环境卫生管理条例" in client.get(page).text, page


def test_r17_the_citizen_is_told_of_a_granted_extension_without_anybody_asking(session, monday, officer):
    from tests.rules.test_intake import tip
    row, case = tip(), make.case(category="0101")
    from civic.tips import operations as tips
    tips.OPERATIONS["tip", "accept"](make.actor("duty"), row, {"case": case.number})
    order = make.order(case, officer=officer)
    orders.ask_extension(officer, order, MORE)
    orders.grant_extension(make.actor("duty"), order)
    assert f"tip:{row.id}" in told(session, "referral.grant_extension")
