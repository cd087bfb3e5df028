"""Orders to departments: what is written, when it is due, how often it may move, and who may say that it is done."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from civic import ledger
from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.cases import tasks
from civic.departments import operations as orders
from civic.departments import queries
from civic.kit.result import Conflict, Invalid, NotAllowed, NotFound, NotPossible
from civic.ledger import clocks, events
from civic.models import Event, Outbox, Referral, Timer
from tests import factories as make
from tests.calendars import at, local

SYSTEM = Actor.system()
WEEK = "2026-11-23"
"""A Monday; an ordinary week."""


@pytest.fixture
def monday():
    with time_machine.travel(at(f"{WEEK} 09:00"), tick=False) as clock:
        yield clock


@pytest.fixture
def officer(session):
    return make.actor("officer", department="D20")


def ordinary(**more):
    """A case of class C: five working days."""
    return make.case(category="0101", **more)


def waiting(session, order, *names):
    found = session.execute(select(Timer.name, Timer.due_at).where(
        Timer.object_id == order.id, Timer.fired_at.is_(None), Timer.cancelled_at.is_(None)))
    rows = {row.name: local(row.due_at) for row in found}
    return {name: rows.get(name) for name in names} if names else rows


def looked(case, order, verdict="confirmed"):
    """A verification by a squad after the answer."""
    squad = make.team()
    reporter = make.actor(team=squad)
    task = make.task(make.actor("duty"), case, f"team:{squad.id}", kind="verify", referral=str(order.id))
    tasks.accept(reporter, task)
    tasks.submit(reporter, task, {"verdict": verdict, "method": "on_site", "findings": "到现场看过。",
                                "remote_reason": "手机没电，没有签到"})
    return task


# -- drafting (R09–R12, R33) ------------------------------------------------------------------------------------------


def test_a_draft_gets_the_next_number_the_category_s_class_and_its_items_in_order(session):
    case = ordinary()
    first = make.order(case, "draft")
    second = make.order(case, "draft", department="D11", duty="partner")
    assert [first.number, second.number] == [f"{case.number}-Z1", f"{case.number}-Z2"]
    assert first.sla == "C" and [item.text for item in first.items] == ["恢复每日清运", "后巷冲洗除味"]
    assert first.state == "draft" and waiting(session, first).keys() == {"send"}


@pytest.mark.promise("S13")
@pytest.mark.parametrize(("field", "words", "named"), [
    ("brief", "王阿姨 13812345678 反映垃圾没人清", "手机号"),
    ("items", "请回电 0576-86123456", "座机号"),
    ("basis", "身份证 331081199003077714 的住户", "身份证号"),
])
def test_r33_private_data_in_the_order_is_refused_and_named(session, field, words, named):
    data = {"department": "D20", "brief": "垃圾没人清运", "items": ["清运"], field: [words] if field == "items" else words}
    with pytest.raises(Invalid) as caught:
        orders.draft(make.actor("duty"), ordinary(), data)
    assert named in caught.value.errors[field] and words not in caught.value.errors[field]
    assert session.scalar(select(func.count()).select_from(Referral)) == 0


def test_r33_the_plate_of_the_lorry_complained_of_may_stand_in_the_order(session):
    assert make.order(ordinary(), "draft", basis="渣土车浙JA1234夜间抛洒").state == "draft"


def test_r10_a_town_leads_only_where_the_catalogue_says_so_or_with_a_reason(session):
    town = "331081103"
    from civic.reference import lookup
    own = lookup.town_department(town)
    case = ordinary(place={"town": town})
    with pytest.raises(Invalid) as caught:
        make.order(case, "draft", department=own, override="")
    assert "R10" in caught.value.errors["department"]
    assert make.order(case, "draft", department=own, override="会商决定由镇里牵头").override
    assert make.order(ordinary(place={"town": town}), "draft", department=own, duty="partner").state == "draft"
    assert make.order(make.case(category="0103", place={"town": town}), "draft", department=own).state == "draft"


def test_an_unknown_unit_class_or_two_live_orders_to_one_unit_are_refused(session):
    case = ordinary()
    with pytest.raises(Invalid, match="没有这个单位"):
        make.order(case, "draft", department="D99")
    with pytest.raises(Invalid, match="没有这一类时限"):
        make.order(case, "draft", sla="X")
    make.order(case, "draft")
    with pytest.raises(NotPossible, match="已有一张"):
        make.order(case, "draft")


def test_r11_the_party_complained_of_gets_no_order(session):
    case = ordinary()
    case.named_party = "D20"
    with pytest.raises(NotPossible, match="R11"):
        make.order(case, "draft")


def test_the_drafter_does_not_send_and_a_grave_case_needs_the_chief(session):
    duty = make.actor("duty")
    order = orders.draft(duty, ordinary(), {"department": "D20", "brief": make.BRIEF, "items": ["清运"]})
    with pytest.raises(NotPossible, match="拟单的人"):
        orders.send(duty, order)
    grave = make.order(ordinary(grade="A"), "draft")
    with pytest.raises(NotPossible, match="总编辑"):
        orders.send(make.actor("duty"), grave)
    assert orders.send(make.actor("chief"), grave).state == "sent"


# -- serving (R12, R13) and the working calendar ----------------------------------------------------------------------


def test_r13_signed_in_time_or_deemed_at_that_moment_however_late_the_sweeper_is(session, monday, officer):
    order = make.order(ordinary(), "sent")
    assert local(order.sign_due_at) == "2026-11-23 15:00" == waiting(session, order)["serve"]
    monday.move_to(at("2026-11-25 10:00"))
    orders.deem_served(SYSTEM, order)
    assert order.deemed and local(order.served_at) == "2026-11-23 15:00" and local(order.due_at) == "2026-11-30 17:00"
    with pytest.raises(NotPossible):
        orders.sign(officer, order)


@pytest.mark.parametrize(("category", "served", "due"), [
    ("0101", "2026-11-23 09:00", "2026-11-30 17:00"),  # C: five working days
    ("0103", "2026-11-23 09:00", "2026-11-26 17:00"),  # U: three working days
    ("0101", "2026-09-24 16:00", "2026-10-09 17:00"),  # 中秋、国庆; the two make-up days 9-20 and 10-10 do not count here
    ("0101", "2026-09-30 16:00", "2026-10-13 17:00"),  # 10-08, 10-09, Saturday 10-10 is worked, 10-12, 10-13
])
def test_the_due_date_counts_working_days_across_holidays_and_make_up_days(session, category, served, due):
    with time_machine.travel(at(served), tick=False):
        order = make.order(make.case(category=category))
        assert local(order.due_at) == due and order.original_due_at == order.due_at


def test_r37_a_date_in_a_year_without_a_holiday_notice_is_provisional(session):
    with time_machine.travel(at("2027-12-29 09:00"), tick=False):
        assert make.order(ordinary()).provisional


def test_r12_several_units_make_it_complex_and_a_partner_is_due_two_working_days_before_the_lead(session, monday):
    case = ordinary()
    lead, partner = make.order(case, "sent"), make.order(case, "sent", department="D11", duty="partner")
    orders.sign(make.actor("officer", department="D20"), lead)
    orders.sign(make.actor("officer", department="D11"), partner)
    assert local(lead.due_at) == "2026-12-14 17:00" and lead.term == "15wd"
    assert local(partner.due_at) == "2026-12-10 17:00"


def test_an_urgent_case_has_the_earlier_date(session, monday):
    order = make.order(ordinary(urgency="urgent"))
    assert local(order.due_at) == "2026-11-26 17:00"


def test_a_running_order_keeps_the_term_it_was_served_under(session, monday):
    order = make.order(ordinary())
    order.sla = "F"
    assert clocks.long_overdue(order, at("2026-12-08 09:00")) and order.term == "5wd"


# -- answers (R15, R22, R34) ------------------------------------------------------------------------------------------


def test_r22_every_item_is_answered_or_the_missing_one_is_named(session, officer):
    order = make.order(ordinary())
    data = make.answer_data(order)
    data["answers"].pop(str(order.items[1].id))
    with pytest.raises(Invalid) as caught:
        orders.answer(officer, order, data)
    assert "第 2 项" in caught.value.errors["answers"]
    with pytest.raises(Invalid) as caught:
        orders.answer(officer, order, make.answer_data(order, result="plan"))
    assert "哪一天" in caught.value.errors["plan_on"]
    with pytest.raises(Invalid, match="不是答复"):
        orders.answer(officer, order, make.answer_data(order, text="已转办相关部门处理。"))


def test_an_answer_is_a_version_with_its_items_and_the_vague_words_are_kept_in_the_log(session, monday, officer):
    case = ordinary()
    order = make.order(case)
    orders.answer(officer, order, make.answer_data(order, text="将尽快安排人员，近期进一步加大清运力度。", contact="王工 86123456"))
    answer = order.answers[0]
    assert (answer.version, answer.late, len(answer.items)) == (1, False, 2)
    event = session.scalar(select(Event).where(Event.object_id == order.id, Event.command == "answer"))
    assert event.payload["vague"] == ["近期", "尽快", "进一步"] and "86123456" not in str(event.payload)
    assert order.state == "answered" and case.stage == "verifying" and case.ball == "newsroom"
    assert waiting(session, order).keys() == {"verify"}


def test_answering_before_signing_signs_too(session, monday, officer):
    order = make.order(ordinary(), "sent")
    orders.answer(officer, order, make.answer_data(order))
    assert order.served_at == order.answered_at and local(order.due_at) == "2026-11-30 17:00" and not order.deemed


def test_a_late_answer_is_marked_late(session, monday, officer):
    order = make.order(ordinary())
    monday.move_to(at("2026-12-01 09:00"))
    assert orders.answer(officer, order, make.answer_data(order)).answers[0].late


def test_the_desk_may_record_an_answer_but_names_its_source(session):
    order = make.order(ordinary())
    with pytest.raises(Invalid, match="来源"):
        orders.answer(make.actor("duty"), order, make.answer_data(order))
    assert orders.answer(make.actor("duty"), order, make.answer_data(order, proof="来函〔2026〕8 号")).state == "answered"


def test_r15_not_ours_is_no_answer_after_the_window(session, monday, officer):
    order = make.order(ordinary())
    monday.move_to(at("2026-11-25 09:00"))
    with pytest.raises(Invalid, match="R15"):
        orders.answer(officer, order, make.answer_data(order, result="not_ours"))


def test_another_department_can_do_nothing(session):
    order, stranger = make.order(ordinary()), make.actor("officer", department="D11")
    with pytest.raises(NotAllowed):
        orders.answer(stranger, order, make.answer_data(order))
    with pytest.raises(NotFound):
        queries.find(stranger, order.number)


def test_of_two_officers_with_the_same_page_one_wins_and_the_other_learns_what_happened(session, officer):
    order = make.order(ordinary())
    seen = order.event_id
    orders.answer(officer, order, make.answer_data(order), seen)
    with pytest.raises(Conflict) as caught:
        orders.answer(make.actor("officer", department="D20"), order, make.answer_data(order), seen)
    assert "答复" in caught.value.changes[0] and len(order.answers) == 1


def test_an_answer_is_public_only_after_the_desk_released_it_without_private_data(session, officer):
    order = make.order(ordinary(), "answered")
    duty = make.actor("duty")
    with pytest.raises(NotAllowed):
        orders.release(officer, order, {"public_text": "已清运。"})
    with pytest.raises(Invalid, match="手机号"):
        orders.release(duty, order, {"public_text": "找王师傅 13812345678。"})
    orders.release(duty, order, {"public_text": "已清运，每天两次。"})
    assert order.answers[0].released and order.answers[0].public_text == "已清运，每天两次。" and order.state == "answered"


def test_a_late_answer_on_a_closed_case_is_filed_and_changes_nothing_else(session, monday, officer):
    case = ordinary()
    order = overdue_and_given_up(monday, case)
    cases.close(make.actor("chief", "duty"), case, {"resolution": "unanswered", "note": "部门没有答复。"})
    orders.file_late(officer, order, make.answer_data(order))
    assert (order.state, order.answers[0].late, case.state) == ("unanswered", True, "closed")
    with pytest.raises(NotPossible):
        orders.answer(officer, order, make.answer_data(order))


def overdue_and_given_up(clock, case):
    order = make.order(case)
    clock.move_to(at("2026-12-09 09:00"))
    with pytest.raises(NotPossible, match="督办"):
        orders.give_up(make.actor("chief"), order, {"reason": "一直没有答复"})
    orders.supervise(SYSTEM, order)
    return orders.give_up(make.actor("chief"), order, {"reason": "一直没有答复"})


def test_given_up_is_unanswered_and_an_answer_revives_it(session, monday, officer):
    order = overdue_and_given_up(monday, ordinary())
    assert order.state == "unanswered" and order.end_reason and not waiting(session, order)
    orders.answer(officer, order, make.answer_data(order))
    assert order.state == "answered" and order.answers[0].late and order.ended_at is None


# -- settling and sending back (R23) ----------------------------------------------------------------------------------


def test_done_is_a_claim_settling_needs_a_look_from_outside_after_the_answer(session, monday):
    case = ordinary()
    order = make.order(case, "answered")
    with pytest.raises(NotPossible, match="没有回访"):
        orders.settle(make.actor("duty"), order, make.REVIEWED)
    monday.shift(timedelta(hours=3))
    looked(case, order)
    orders.settle(make.actor("duty"), order, make.REVIEWED)
    assert order.state == "settled" and order.ended_at and not waiting(session, order)


def test_a_look_that_saw_nothing_fixed_cannot_settle(session, monday):
    case = ordinary()
    order = make.order(case, "answered")
    monday.shift(timedelta(hours=3))
    looked(case, order, "not_fixed")
    with pytest.raises(NotPossible, match="退回重办"):
        orders.settle(make.actor("duty"), order, make.REVIEWED)


def test_the_officer_cannot_settle(session, officer):
    order = make.order(ordinary(), "answered")
    with pytest.raises(NotAllowed):
        orders.settle(officer, order)


def test_an_explanation_is_accepted_with_a_written_reason(session, officer):
    order = make.order(ordinary())
    orders.answer(officer, order, make.answer_data(order, result="explain"))
    with pytest.raises(Invalid, match="理由"):
        orders.settle(make.actor("duty"), order, make.REVIEWED)
    assert orders.settle(make.actor("duty"), order, {"reason": "依据充分", **make.REVIEWED}).state == "settled"


def test_r23_sent_back_twice_goes_to_the_supervising_office_and_keeps_every_date(session, monday, officer):
    order = make.order(ordinary(), "answered")
    orders.redo(make.actor("duty"), order, {"reason": "后巷还有积水", "term": "3wd"})
    assert (order.state, order.redo_count, local(order.due_at)) == ("working", 1, "2026-11-26 17:00")
    assert local(order.original_due_at) == "2026-11-30 17:00" and "后巷还有积水" in order.due_reason
    assert told(session, "redo") == {"department:D20"} and order.escalated_at is None
    orders.answer(officer, order, make.answer_data(order))
    orders.redo(make.actor("duty"), order, {"reason": "还是没有清", "term": "5wd"})
    assert order.escalated_at and told(session, "redo") == {"department:D20", "role:supervisor"}
    steps = clocks.due_history(order)
    assert [local(step.after) for step in steps] == ["2026-11-30 17:00", "2026-11-26 17:00", "2026-11-30 17:00"]
    orders.answer(officer, order, make.answer_data(order))
    assert [answer.version for answer in order.answers] == [1, 2, 3]


def told(session, command):
    return set(session.scalars(select(Outbox.recipient).where(Outbox.template == f"referral.{command}")))


# -- objections (R14–R16) ---------------------------------------------------------------------------------------------


def test_r14_two_work_hours_after_signing_then_the_first_receiver_leads(session, monday, officer):
    order = make.order(ordinary(), officer=officer)
    monday.move_to(at(f"{WEEK} 11:01"))
    with pytest.raises(NotPossible, match="R15"):
        orders.ask_return(officer, order, {"basis": "不在职责内", "unit": "D11"})


def test_r14_upheld_the_order_ends_and_the_next_draft_is_linked_and_suggests_the_unit(session, monday, officer):
    case = ordinary()
    order = make.order(case, officer=officer)
    with pytest.raises(Invalid, match="另一个单位"):
        orders.ask_return(officer, order, {"basis": "三定方案第四条", "unit": "D20"})
    session.refresh(order)
    orders.ask_return(officer, order, {"basis": "三定方案第四条", "unit": "D11"})
    assert order.state == "working", "the clock runs until the desk agrees"
    with pytest.raises(NotPossible, match="已经提出"):
        orders.ask_return(officer, order, {"basis": "再说一次吧", "unit": "D11"})
    orders.grant_return(make.actor("duty"), order, {"reason": "确不属其职责"})
    assert order.state == "returned" and not waiting(session, order) and orders.suggested_unit(case) == "D11"
    follow = make.order(case, "sent", department="D11")
    assert follow.supersedes_id == order.id and queries.predecessor(follow) is order
    third = make.order(case, "draft", department="D04", duty="partner")
    assert third.supersedes_id is None


def test_r14_refused_the_clock_never_stopped(session, monday, officer):
    order = make.order(ordinary(), officer=officer)
    due = order.due_at
    orders.ask_return(officer, order, {"basis": "不在职责内", "unit": "D11"})
    orders.refuse_return(make.actor("duty"), order, {"reason": "首接负责"})
    assert order.due_at == due and order.objections[0].state == "refused" and order.state == "working"


def test_r16_the_second_objection_of_a_case_calls_for_a_conference(session, monday):
    case = ordinary()
    for number, unit in enumerate(("D20", "D11"), start=1):
        officer = make.actor("officer", department=unit)
        order = make.order(case, department=unit, officer=officer)
        orders.ask_return(officer, order, {"basis": "不在职责内", "unit": "D04"})
        event = session.scalar(select(Event).where(Event.object_id == order.id, Event.command == "ask_return"))
        assert (event.payload["number"], event.payload["conference"]) == (number, number == 2)
        if number == 1:
            orders.grant_return(make.actor("duty"), order, {"reason": "改派"})
    with pytest.raises(NotPossible, match="R16"):
        orders.grant_return(make.actor("duty"), order, {"reason": "改派"})


# -- pauses and extensions (R03, R17, R18, R35) -----------------------------------------------------------------------


def test_a_pause_moves_the_date_by_its_working_days_and_silences_the_ladder(session, monday, officer):
    case = ordinary()
    order = make.order(case, officer=officer)
    monday.move_to(at("2026-11-24 10:00"))
    orders.ask_pause(officer, order, {"question": "是哪一段后巷？"})
    assert waiting(session, order) == {"pause": "2026-12-01 17:00"}
    assert case.stage == "paused" and case.ball == "newsroom"
    with pytest.raises(NotPossible, match="已经暂停"):
        orders.ask_pause(officer, order, {"question": "再问一次"})
    monday.move_to(at("2026-11-26 15:00"))
    orders.end_pause(make.actor("duty"), order, {"text": "菜场北门那一段"})
    assert local(order.due_at) == "2026-12-02 17:00" and local(order.original_due_at) == "2026-11-30 17:00"
    assert order.due_reason == "11月24日至11月26日等补充材料停表"
    assert waiting(session, order, "pause", "remind", "chase") == {
        "pause": None, "remind": "2026-11-30 08:30", "chase": "2026-12-03 08:30"}
    assert case.stage == "with_department"


def test_r03_a_pause_ends_by_itself_at_its_cap_and_there_is_no_third(session, monday, officer):
    order = make.order(ordinary(), officer=officer)
    orders.ask_pause(officer, order, {"question": "是哪一段后巷？"})
    monday.move_to(at("2026-12-07 09:00"))
    orders.end_pause(SYSTEM, order)
    assert local(order.due_at) == "2026-12-07 17:00", "five working days, not the ten the sweeper slept"
    orders.ask_pause(officer, order, {"question": "门牌号是多少？"})
    orders.end_pause(make.actor("duty"), order, {"text": "没有门牌"})
    with pytest.raises(NotPossible, match="两次"):
        orders.ask_pause(officer, order, {"question": "还有一个问题"})


def test_a_pause_that_begins_too_late_moves_nothing(session, monday, officer):
    order = make.order(ordinary(), officer=officer)
    monday.move_to(at("2026-12-01 09:00"))
    orders.ask_pause(officer, order, {"question": "是哪一段后巷？"})
    monday.move_to(at("2026-12-03 09:00"))
    orders.end_pause(make.actor("duty"), order, {"text": "北门"})
    assert local(order.due_at) == "2026-11-30 17:00" and order.due_reason is None
    assert clocks.lateness(order, at("2026-12-03 09:00")) == "overdue"
    assert waiting(session, order, "remind", "chase")["remind"] is None, "a missed reminder is not sent again"
    assert waiting(session, order)["chase"] == "2026-12-01 08:30"


def test_r17_an_extension_is_asked_before_the_date_once_within_the_cap_and_decided_outside(session, monday, officer):
    order = make.order(ordinary(), officer=officer)
    with pytest.raises(Invalid, match="最晚只能延到 2026-12-07"):
        orders.ask_extension(officer, order, {"until": date(2026, 12, 8), "reason": "要买清洗车", "interim": "先用水车"})
    session.refresh(order)
    orders.ask_extension(officer, order, {"until": date(2026, 12, 5), "reason": "要买清洗车", "interim": "先用水车"})
    with pytest.raises(NotPossible, match="等编辑决定"):
        orders.ask_extension(officer, order, {"until": date(2026, 12, 3), "reason": "要买清洗车", "interim": "先用水车"})
    both = make.actor("duty", "officer", department="D20")
    with pytest.raises(NotAllowed, match="R17"):
        orders.grant_extension(both, order)
    before = waiting(session, order)["remind"]
    orders.grant_extension(make.actor("duty"), order)
    assert local(order.due_at) == "2026-12-07 17:00", "a Saturday is kept on the Monday after"
    assert order.due_reason == "申请延期获准：要买清洗车"
    assert (before, waiting(session, order)["remind"]) == ("2026-11-26 08:30", "2026-12-03 08:30")
    assert told(session, "grant_extension") == {"department:D20"}
    with pytest.raises(NotPossible, match="一次"):
        orders.ask_extension(officer, order, {"until": date(2026, 12, 8), "reason": "再延一次", "interim": "先用水车"})


def test_r17_not_after_the_date_and_a_refusal_leaves_it(session, monday, officer):
    order = make.order(ordinary(), officer=officer)
    orders.ask_extension(officer, order, {"until": date(2026, 12, 4), "reason": "要买清洗车", "interim": "先用水车"})
    orders.refuse_extension(make.actor("duty"), order, {"reason": "用现有车辆"})
    assert local(order.due_at) == "2026-11-30 17:00" and order.extensions[0].note == "用现有车辆"
    monday.move_to(at("2026-12-01 09:00"))
    with pytest.raises(NotPossible, match="已到期"):
        orders.ask_extension(officer, order, {"until": date(2026, 12, 4), "reason": "要买清洗车", "interim": "先用水车"})


def test_r17_an_emergency_is_not_extended(session, monday, officer):
    order = make.order(ordinary(), officer=officer, sla="E")
    with pytest.raises(NotPossible, match="不能延期"):
        orders.ask_extension(officer, order, {"until": date(2026, 12, 1), "reason": "人手不够", "interim": "先围挡"})


def test_pause_extension_and_redo_in_one_life_across_the_national_holiday(session):
    """R35: served before the holiday, paused over a make-up day, extended, answered, sent back: five dates, one history."""
    officer, duty = make.actor("officer", department="D20"), make.actor("duty")
    with time_machine.travel(at("2026-09-28 09:00"), tick=False) as clock:
        order = make.order(ordinary(), officer=officer)
        assert local(order.due_at) == "2026-10-10 17:00"  # 9-29, 9-30, 10-08, 10-09, Saturday 10-10 is worked
        clock.move_to(at("2026-09-30 16:00"))
        orders.ask_pause(officer, order, {"question": "是哪一段后巷？"})
        clock.move_to(at("2026-10-09 10:00"))
        orders.end_pause(duty, order, {"text": "北门"})
        assert local(order.due_at) == "2026-10-13 17:00"  # two working days stood still: 10-08, 10-09
        orders.ask_extension(officer, order, {"until": date(2026, 10, 16), "reason": "要买清洗车", "interim": "先用水车"})
        orders.grant_extension(duty, order)
        assert local(order.due_at) == "2026-10-16 17:00"
        assert order.due_reason == "9月30日至10月9日等补充材料停表；申请延期获准：要买清洗车"
        clock.move_to(at("2026-10-16 16:00"))
        orders.answer(officer, order, make.answer_data(order))
        assert not order.answers[0].late
        orders.redo(duty, order, {"reason": "后巷还有积水", "term": "4wd"})
        assert local(order.due_at) == "2026-10-22 17:00"
        assert waiting(session, order, "remind", "overdue") == {
            "remind": "2026-10-20 08:30", "overdue": "2026-10-22 17:00"}
        steps = [(step.command, local(step.before)[5:10] if step.before else None, local(step.after)[5:10])
                 for step in clocks.due_history(order)]
        assert steps == [("sign", None, "10-10"), ("end_pause", "10-10", "10-13"),
                         ("grant_extension", "10-13", "10-16"), ("redo", "10-16", "10-22")]
        assert local(order.original_due_at) == "2026-10-10 17:00"
        orders.withdraw(duty, order, {"reason": "并入另案"})
        assert not waiting(session, order) and events.verify(f"case:{order.case_id}") is None


def test_r18_the_ladder_of_a_served_order_and_its_end(session, monday, officer):
    order = make.order(ordinary(), officer=officer)
    assert waiting(session, order) == {
        "remind": "2026-11-26 08:30", "remind_head": "2026-11-27 08:30", "due_today": "2026-11-30 08:30",
        "overdue": "2026-11-30 17:00", "chase": "2026-12-01 08:30", "supervise": "2026-12-03 08:30",
        "circulate": "2026-12-07 08:30", "long_overdue": "2026-12-07 17:00", "contact": "2026-11-24 17:00"}
    orders.remind(SYSTEM, order)
    orders.supervise(make.actor("supervisor"), order, {"text": "请报进展"})
    assert order.reminders == 1 and order.escalated_at and "role:supervisor" in told(session, "supervise")
    with pytest.raises(NotPossible, match="已经督办"):
        orders.supervise(SYSTEM, order)
    orders.answer(officer, order, make.answer_data(order))
    assert waiting(session, order).keys() == {"verify", "supervision"}, "the supervision wants an answer of its own (R19)"


def test_a_draft_can_be_thrown_away(session):
    order = make.order(ordinary(), "draft")
    orders.discard(make.actor("duty"), order, {"reason": "写错单位"})
    assert order.state == "withdrawn" and not waiting(session, order)


# -- reading ----------------------------------------------------------------------------------------------------------


def test_the_inbox_has_piles_counts_and_a_fixed_number_of_statements(session, monday, officer, count_sql):
    late = make.order(ordinary(), officer=officer)
    monday.move_to(at("2026-12-01 08:00"))
    due_soon, unsigned = make.order(ordinary(sla="B"), officer=officer), make.order(ordinary(), "sent")
    make.order(ordinary(), "draft")
    make.order(ordinary(), "sent", department="D11")
    orders.ask_pause(officer, due_soon, {"question": "是哪一段后巷？"})
    with count_sql() as few:
        box = queries.inbox(officer)
    assert {name: n for name, n in box.counts.items() if n} == {"overdue": 1, "paused": 1, "unsigned": 1}
    assert [row.number for row in box.rows if row.pile == "overdue"] == [late.number]
    assert [row.number for row in box.by_pile["unsigned"]] == [unsigned.number] and box.total == 3
    for _ in range(12):
        make.order(ordinary(), officer=officer)
    with count_sql() as many:
        box = queries.inbox(officer)
    assert len(few) == len(many) and len(box.by_pile["rest"]) == queries.SHORT and box.counts["rest"] == 12
    assert queries.inbox(officer, words=late.number[-8:]).counts["overdue"] == 1
    assert queries.inbox(officer, words="100%_没有").total == 0


def test_paging_by_key_shows_every_order_once(session, monday, officer, monkeypatch):
    monkeypatch.setattr(queries, "PAGE", 3)
    numbers = {make.order(ordinary(), officer=officer).number for _ in range(8)}
    seen, after = [], ""
    while True:
        box = queries.inbox(officer, pile="rest", after=after)
        seen += [row.number for row in box.rows]
        if not box.next_key:
            break
        after = box.next_key
    assert len(seen) == 8 and set(seen) == numbers
    assert queries.inbox(officer, pile="rest", after="nonsense").rows


def test_the_digest_and_the_supervisor_s_list_hold_what_is_late(session, monday, officer):
    late, fresh = make.order(ordinary(), officer=officer), make.order(ordinary(), "sent")
    monday.move_to(at("2026-12-01 09:00"))
    digest = queries.digest("D20")
    assert [row.number for row in digest.overdue] == [late.number] and [row.number for row in digest.unsigned] == [fresh.number]
    assert queries.departments_to_remind() == ["D20"]
    found = queries.late_orders(make.actor("supervisor"))
    assert [row.number for row in found.rows] == [late.number] and found.by_department == [("D20", 1)]
    assert queries.late_orders(make.actor("officer", department="D11")).total == 0


def test_the_door_gives_officers_their_buttons_and_the_reasons(session, monday, officer):
    order = make.order(ordinary(), officer=officer)
    views = {view.move.command: view for view in ledger.moves(officer, "referral", order)}
    assert set(views) >= {"answer", "ask_return", "ask_pause", "ask_extension", "report", "answer_supervision"}
    assert not views["answer_supervision"].allowed, "nobody supervises it"
    assert all(views[command].allowed for command in ("answer", "ask_return", "ask_pause", "ask_extension", "report"))
    monday.move_to(at("2026-12-01 09:00"))
    views = {view.move.command: view for view in ledger.moves(officer, "referral", order)}
    assert not views["ask_extension"].allowed and "已到期" in views["ask_extension"].reasons[0]
