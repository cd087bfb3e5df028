"""Looking again: calls, verdicts, doubts, reopening, marks, limits, revisits, exposure and recurrence (R25–R32, R39, R42)."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select

from civic import ledger
from civic.access.actor import Actor
from civic.cases import doubts, looks, public, recurrence, revisits, stubborn_themes, tasks
from civic.cases import operations as cases
from civic.departments import doubts as decisions
from civic.departments import marks
from civic.departments import operations as orders
from civic.geo.columns import to_column
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotPossible
from civic.models import (
    Assignment,
    CallTry,
    CheckIn,
    DemandMark,
    Evaluation,
    Outbox,
    Revisit,
    SecondLook,
    Stubborn,
    StubbornCase,
    Urge,
    Verification,
)
from civic.tips import calls, pressing
from civic.tips import operations as tips
from civic.tips.draft import Draft
from tests import factories as make
from tests.calendars import at, local
from tests.public_world import World

MONDAY = "2026-11-23 09:00"
PHONE = "13900001111"


@pytest.fixture
def monday():
    with time_machine.travel(at(MONDAY), tick=False) as moment:
        yield moment


@pytest.fixture
def duty(session):
    return make.actor("duty")


@pytest.fixture
def squad(session):
    return make.team()


def told(case, phone=PHONE, nonce="", **more):
    """A tip of the case, accepted into it, with a phone number unless none is given."""
    tip = tips.submit(make.actor("intake"), Draft(
        text="菜场后巷的垃圾三天没有人清，夏天臭味进屋。", nonce=nonce or str(uuid4()), consent="editors" if phone else "anonymous", phone=phone,
        name="王阿姨" if phone else "", place={"town": "331081103", "address": "菜场后巷"}, **more))
    tips.accept(make.actor("intake"), tip, {"case": case, "category": case.category})
    return tip


def answered(officer=None, phone=PHONE, **more):
    case = make.case(category="0101", **more)
    tip = told(case, phone)
    order = make.order(case, "answered", officer=officer)
    return case, tip, order


def visit(case, order, verdict, squad, **more):
    reporter = make.actor(team=squad)
    task = make.task(make.actor("duty"), case, f"team:{squad.id}", kind="verify", **({"referral": str(order.id)} if order else {}))
    tasks.accept(reporter, task)
    tasks.submit(reporter, task, {"verdict": verdict, "method": "on_site", "findings": "到现场看过。", "remote_reason": "没带手机", **more})
    return tasks.approve(make.actor("duty"), task)


def closed(monday, duty, squad, *, phone=PHONE, **more):
    """A case answered, seen, settled and closed as resolved."""
    case, tip, order = answered(phone=phone, **more)
    monday.shift(timedelta(hours=3))
    visit(case, order, "confirmed", squad)
    orders.settle(duty, order, make.REVIEWED)
    cases.close(duty, case, {"resolution": "resolved", "note": "每日清运，连看两天没有再堆。", "root_cause": "清运频次写进合同"})
    return case, tip, order


def say(tip, solved, stars="3", text=""):
    return tips.evaluate(Actor.citizen(tip.id), tip, {"solved": solved, "stars": stars, "text": text})


# -- R25 --------------------------------------------------------------------------------------------------------------


def test_r25_a_call_needs_notes_and_one_that_got_through_brings_both_answers(session, monday, duty):
    case, tip, order = answered()
    with pytest.raises(Invalid) as caught:
        calls.call(duty, case, {"tip": str(tip.id), "outcome": "no_answer"})
    assert "notes" in caught.value.errors
    with pytest.raises(Invalid) as caught:
        calls.call(duty, case, {"tip": str(tip.id), "outcome": "reached", "notes": "本人接的"})
    assert "solved" in caught.value.errors
    calls.call(duty, case, {"tip": str(tip.id), "outcome": "reached", "notes": "9 点 05 分本人接，说已经清干净。", "solved": "yes", "stars": "4"})
    look = session.scalar(select(Verification))
    assert (look.method, look.verdict, look.verifier_id, look.referral_id) == ("call", "confirmed", duty.user_id, order.id)
    assert session.scalar(select(Evaluation.solved)) == "yes" and calls.citizens_word(case) == "given"


def test_r25_three_tries_on_two_days_are_unreached_and_never_content(session, monday, duty):
    case, tip, _ = answered()
    for _ in range(3):
        calls.call(duty, case, {"tip": str(tip.id), "outcome": "no_answer", "notes": "响了一分钟没人接"})
    assert not calls.unreached(calls.tries(case)), "three tries on one day are not enough"
    monday.shift(timedelta(days=1))
    calls.call(duty, case, {"tip": str(tip.id), "outcome": "no_answer", "notes": "还是没人接"})
    assert calls.unreached(calls.tries(case)) and calls.citizens_word(case) == "unreached"
    assert session.scalar(select(func.count()).select_from(CallTry)) == 4
    assert not session.scalar(select(func.count()).select_from(Evaluation))


def test_r25_nobody_of_the_handling_unit_calls(session, monday):
    case, tip, _ = answered()
    with pytest.raises(NotAllowed, match="R25"):
        calls.call(make.actor("duty", "officer", department="D20"), case,
                   {"tip": str(tip.id), "outcome": "no_answer", "notes": "没人接"})


# -- R26 --------------------------------------------------------------------------------------------------------------


def test_r26_two_questions_and_one_change_within_seven_days(session, monday, duty):
    case, tip, _ = answered()
    say(tip, "partly", "3")
    monday.shift(timedelta(days=6))
    say(tip, "yes", "5")
    with pytest.raises(NotPossible):
        say(tip, "no", "1")
    other, second, _ = answered()
    say(second, "partly")
    monday.shift(timedelta(days=8))
    with pytest.raises(NotPossible):
        say(second, "yes")
    word = session.scalar(select(Evaluation).where(Evaluation.tip_id == tip.id))
    assert (word.solved, word.stars, word.changed) == ("yes", 5, 1)


# -- R27 --------------------------------------------------------------------------------------------------------------


def test_r27_a_citizen_s_no_waits_two_working_days_for_a_decision(session, monday, duty):
    case, tip, _ = answered()
    say(tip, "no", "1")
    row = doubts.open_one(case)
    assert row.why == "no" and local(row.due_at) == "2026-11-25 17:00"
    views = {view.move.command: view for view in ledger.moves(duty, "case", case)}
    assert views["second_look"].allowed
    say(tip, "yes", "4")
    assert doubts.open_one(case) is None, "a word changed to the better closes it"


def test_r27_a_no_against_a_good_visit_is_a_disagreement(session, monday, duty, squad):
    case, tip, order = answered()
    monday.shift(timedelta(hours=3))
    visit(case, order, "confirmed", squad)
    say(tip, "no", "1")
    assert doubts.open_one(case).why == "against"


def test_r27_redo_once_with_five_days_and_another_handler(session, monday, duty):
    officer = make.actor("officer", department="D20")
    colleague = make.actor("officer", department="D20")
    case, tip, order = answered(officer)
    say(tip, "no", "1")
    with pytest.raises(Invalid) as caught:
        decisions.decide(duty, case, {"decision": "redo", "reason": "现场仍有积存"})
    assert "换谁办" in caught.value.errors["handler"]
    decisions.decide(duty, case, {"decision": "redo", "reason": "现场仍有积存", "handler": "二中队"})
    assert order.state == "working" and local(order.due_at) == "2026-11-30 17:00" and "二中队" in order.due_reason
    with pytest.raises(Invalid, match="R27"):
        orders.answer(officer, order, make.answer_data(order))
    orders.answer(colleague, order, make.answer_data(order))
    word = session.scalar(select(Evaluation))
    word.solved = "no"
    doubts.weigh(case, word)
    with pytest.raises(Invalid) as caught:
        decisions.decide(duty, case, {"decision": "redo", "reason": "还是没有办好", "handler": "三中队"})
    assert "重办过一次" in caught.value.errors["decision"]
    decisions.decide(duty, case, {"decision": "upheld", "reason": "两次到现场都已清干净。"})
    assert [row.decision for row in doubts.of_case(case)] == ["redo", "upheld"]


def test_r27_the_only_officer_of_a_unit_may_answer_again(session, monday, duty):
    officer = make.actor("officer", department="D44")
    case = make.case(category="0101")
    tip = told(case)
    order = make.order(case, "answered", department="D23", officer=make.actor("officer", department="D23"), override="试点")
    say(tip, "no", "1")
    decisions.decide(duty, case, {"decision": "redo", "reason": "仍有积存", "handler": "所长"})
    again = session.get(type(order), order.id)
    assert officer and orders.answer(make.actor("officer", department="D23"), again, make.answer_data(again)).state == "answered"


def test_r27_on_a_closed_case_redo_opens_it_again_and_uphold_says_why_in_public(session, monday, duty, squad):
    case, tip, _ = closed(monday, duty, squad)
    say(tip, "no", "2")
    decisions.decide(duty, case, {"decision": "redo", "reason": "又堆起来了", "handler": "城西中队"})
    assert case.state == "open" and case.round == 2


# -- R28 --------------------------------------------------------------------------------------------------------------


def test_r28_after_ten_working_days_silence_is_unrated_never_satisfied(session, monday, duty, squad):
    case, _, _ = closed(monday, duty, squad)
    assert calls.citizens_word(case) == "waiting"
    monday.shift(timedelta(days=15))
    assert calls.citizens_word(case) == "unrated" and "未评价" in calls.WORDS["unrated"]
    assert not session.scalar(select(func.count()).select_from(Evaluation))


# -- R29 --------------------------------------------------------------------------------------------------------------


def test_r29_the_citizen_reopens_once_within_ninety_days_with_a_fact(session, monday, duty, squad):
    case, tip, _ = closed(monday, duty, squad)
    citizen = Actor.citizen(tip.id)
    with pytest.raises(Invalid):
        tips.reopen_case(citizen, tip, {})
    monday.shift(timedelta(days=80))
    tips.reopen_case(citizen, tip, {"reason": "这三天又没有人来清。"})
    assert case.state == "open" and case.round == 2
    other, late, _ = closed(monday, duty, squad)
    monday.shift(timedelta(days=91))
    with pytest.raises(NotPossible, match="90 天"):
        tips.reopen_case(Actor.citizen(late.id), late, {"reason": "又堆起来了"})


def test_r29_the_looks_back_schedule_themselves_and_one_that_failed_reopens(session, monday, duty, squad):
    case, _, _ = closed(monday, duty, squad)
    rows = revisits.waiting(case)
    assert [row.kind for row in rows] == ["d30", "d90"] and (rows[0].due_at - case.closed_at).days in (30, 31)
    assert revisits.work() == 0
    monday.shift(timedelta(days=29))
    assert revisits.work() == 1 and revisits.work() == 0
    task = session.get(Assignment, revisits.waiting(case)[0].assignment_id)
    assert (task.kind, task.state, task.team_id) == ("verify", "offered", squad.id)
    reporter = make.actor(team=squad)
    tasks.accept(reporter, task)
    tasks.submit(reporter, task, {"verdict": "not_fixed", "method": "on_site", "findings": "又堆起来了", "remote_reason": "没带手机"})
    assert case.state == "closed", "nothing opens before somebody has checked the visit"
    tasks.approve(duty, task)
    assert case.state == "open" and case.round == 2
    assert [(row.kind, row.outcome) for row in session.scalars(select(Revisit).where(Revisit.case_id == case.id).order_by(Revisit.due_at))] == [
        ("d30", "failed"), ("d90", "overtaken")]


def test_r29_a_squad_lead_reopens_what_a_look_back_found_and_nothing_else(session, monday, duty, squad):
    case, _, _ = closed(monday, duty, squad)
    case.owner_team_id = squad.id
    lead = make.actor("reporter", team=squad, lead=True)
    with pytest.raises(NotPossible, match="R29"):
        cases.reopen(lead, case, {"reason": "我觉得没好"})
    monday.shift(timedelta(days=30))
    revisits.work()
    task = session.get(Assignment, revisits.waiting(case)[0].assignment_id)
    reporter = make.actor(team=squad)
    tasks.accept(reporter, task)
    tasks.submit(reporter, task, {"verdict": "not_fixed", "method": "on_site", "findings": "又堆了", "remote_reason": "没带手机"})
    tasks.approve(lead, task)
    assert case.state == "open"


def test_r29_a_look_back_that_held_is_written_down_and_the_case_stays_closed(session, monday, duty, squad):
    case, _, _ = closed(monday, duty, squad)
    monday.shift(timedelta(days=30))
    revisits.work()
    task = session.get(Assignment, revisits.waiting(case)[0].assignment_id)
    reporter = make.actor(team=squad)
    tasks.accept(reporter, task)
    tasks.submit(reporter, task, {"verdict": "confirmed", "method": "on_site", "findings": "干净", "remote_reason": "没带手机"})
    tasks.approve(duty, task)
    assert case.state == "closed" and revisits.waiting(case)[0].outcome == "kept"


# -- R30 --------------------------------------------------------------------------------------------------------------


def test_r30_the_unit_proposes_the_desk_decides_the_citizen_appeals_once(session, monday, duty):
    officer = make.actor("officer", department="D20")
    case, tip, order = answered(officer)
    with pytest.raises(NotPossible):
        tips.OPERATIONS["tip", "contest_mark"](Actor.citizen(tip.id), tip, {"text": "我不同意这个认定"})
    marks.ask(officer, order, {"kind": "beyond_duty", "basis": "河道不归本局，条例第三条。"})
    with pytest.raises(NotPossible, match="R30"):
        marks.ask(officer, order, {"kind": "beyond_duty", "basis": "再提一次看看"})
    row = session.scalar(select(DemandMark))
    assert not row.excluded
    with pytest.raises(NotAllowed):
        marks.decide(officer, order, {"decision": "granted", "reason": "自己批"})
    marks.decide(duty, order, {"decision": "granted", "reason": "目录写明归水利。"})
    assert row.excluded and pressing.mark_of(tip).reason == "目录写明归水利。"
    tips.OPERATIONS["tip", "contest_mark"](Actor.citizen(tip.id), tip, {"text": "垃圾是保洁公司倒的，归执法局管"})
    assert not row.excluded, "while the appeal runs it counts"
    with pytest.raises(NotPossible, match="另一个人"):
        marks.decide_appeal(duty, order, {"decision": "upheld", "reason": "维持原来的认定"})
    marks.decide_appeal(make.actor("duty"), order, {"decision": "upheld", "reason": "复核过目录，维持。"})
    assert row.excluded
    with pytest.raises(NotPossible, match="R30"):
        tips.OPERATIONS["tip", "contest_mark"](Actor.citizen(tip.id), tip, {"text": "再申诉一次"})


# -- R31 --------------------------------------------------------------------------------------------------------------


def test_r31_two_people_slow_somebody_down_never_silently_and_never_shut_out(session, monday, duty):
    case, tip, _ = answered()
    clerk = make.actor("intake")
    with pytest.raises(Invalid) as caught:
        pressing.ask_limit(clerk, tip, {"ground": "threat", "reason": "扬言要来砸车"})
    assert "police_note" in caught.value.errors
    pressing.ask_limit(clerk, tip, {"ground": "flood", "reason": "一天来了四十条一样的"})
    same = make.actor("duty")
    with pytest.raises(NotAllowed):
        pressing.decide_limit(clerk, tip, {"decision": "granted", "days": "7"})
    pressing.decide_limit(same, tip, {"decision": "granted", "days": "7"})
    with pytest.raises(Invalid, match="每天收 1 条"):
        told(case, nonce="n2")
    assert told(case, nonce="n3", emergency=True), "an emergency is never held up"
    assert told(case, phone="13900002222", nonce="n4"), "nobody else is touched"
    monday.shift(timedelta(days=1))
    assert told(case, nonce="n5"), "one a day gets through"
    monday.shift(timedelta(days=8))
    told(case, nonce="n6")
    assert told(case, nonce="n7"), "and it ends by itself"


def test_r31_the_one_who_asked_does_not_decide(session, monday, duty):
    _, tip, _ = answered()
    pressing.ask_limit(duty, tip, {"ground": "abuse", "reason": "连续辱骂接线员"})
    with pytest.raises(NotPossible, match="以外的人"):
        pressing.decide_limit(duty, tip, {"decision": "granted", "days": "7"})
    pressing.decide_limit(make.actor("duty"), tip, {"decision": "refused"})


# -- R32 --------------------------------------------------------------------------------------------------------------


def test_r32_an_anonymous_tip_is_not_called_a_squad_goes_there(session, monday, duty, squad):
    case, _, order = answered(phone="")
    views = {view.move.command: view for view in ledger.moves(duty, "case", case)}
    assert not views["call"].allowed and "R32" in "".join(views["call"].reasons)
    monday.shift(timedelta(hours=3))
    visit(case, order, "confirmed", squad)
    assert orders.settle(duty, order, make.REVIEWED).state == "settled"


# -- the pair ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lng", "metres", "same"), [(121.5462, 0, True), (121.5466, 39, True), (121.5480, 176, False)])
def test_a_pair_is_of_one_place_when_it_is_within_fifty_metres(session, monday, squad, lng, metres, same):
    case = make.case(category="0101", place={"town": "331081103", "point": to_column(121.5462, 28.4063)})
    order = make.order(case, "answered")
    reporter = make.actor(team=squad)
    task = make.task(make.actor("duty"), case, f"team:{squad.id}", kind="verify", referral=str(order.id))
    tasks.accept(reporter, task)
    tasks.check_in(reporter, task, {"place": {"point": to_column(lng, 28.4063)}})
    tasks.submit(reporter, task, {"verdict": "confirmed", "method": "on_site", "findings": "看过"})
    look = session.scalar(select(Verification))
    assert session.scalar(select(func.count()).select_from(CheckIn)) == 1 and look.distance_m == pytest.approx(metres, abs=2)
    said = looks.warnings(look, 1, 1)
    assert (not said) == same and "两张" in looks.warnings(look, 0, 1)[0]


# -- R39 --------------------------------------------------------------------------------------------------------------


def test_r39_a_story_that_goes_out_starts_a_follow_up_within_seven_days(session):
    world = World()
    with world.at(10):
        case = world.case()
    with world.at(6):
        world.story(case)
        world.story(case, "再说后巷", channel="app")
    rows = revisits.waiting(case)
    assert [row.kind for row in rows] == ["story", "story"]
    assert revisits.work() == 1, "two at once are one visit"
    rows = list(session.scalars(select(Revisit).where(Revisit.kind == "story").order_by(Revisit.created_at)))
    assert rows[0].assignment_id and rows[1].outcome == "overtaken"
    assert case.number in [line.card.number for line in public.ledger_page(public.ledger_asked({"only": "news"})).lines]


# -- R42 --------------------------------------------------------------------------------------------------------------


def test_r42_the_third_closing_in_one_place_opens_a_record_and_wants_the_root_cause(session, monday, duty, squad):
    place = {"town": "331081103", "point": to_column(121.5462, 28.4063)}
    near = {"town": "331081103", "point": to_column(121.5470, 28.4063)}
    for where in (place, near):
        closed(monday, duty, squad, place=where)
    assert session.scalar(select(Stubborn)) is None
    case, _, order = answered(place=place)
    monday.shift(timedelta(hours=3))
    visit(case, order, "confirmed", squad)
    orders.settle(duty, order, make.REVIEWED)
    with pytest.raises(Invalid) as caught:
        cases.close(duty, case, {"resolution": "resolved", "note": "清干净了，看过两天。"})
    assert "R42" in caught.value.errors["root_cause"]
    cases.close(duty, case, {"resolution": "resolved", "note": "清干净了，看过两天。", "root_cause": "清运合同只写三天一次，已改成每日。"})
    record, cause = recurrence.of_case(case)
    assert record.cases == 3 and record.theme == "proposed" and "合同" in cause
    assert session.scalar(select(func.count()).select_from(StubbornCase)) == 3
    closed(monday, duty, squad, place=near)
    assert session.scalar(select(func.count()).select_from(Stubborn)) == 1 and record.cases == 4
    stubborn_themes.decide_theme(duty, record, "taken", "列为十二月主攻题", clock.now())
    with pytest.raises(NotPossible):
        stubborn_themes.decide_theme(duty, record, "left", "再决定一次", clock.now())


def test_r42_far_away_long_ago_another_kind_or_nothing_there_do_not_count(session, monday, duty, squad):
    here = {"town": "331081103", "point": to_column(121.5462, 28.4063)}
    closed(monday, duty, squad, place=here)
    monday.shift(timedelta(days=91))
    closed(monday, duty, squad, place=here)
    closed(monday, duty, squad, place={"town": "331081103", "point": to_column(121.5500, 28.4063)})
    other = make.case(category="0202", place=here)
    cases.close(duty, other, {"resolution": "unfounded", "note": "到现场看，路灯是亮的。"})
    closed(monday, duty, squad, place=here)
    assert session.scalar(select(Stubborn)) is None


# -- pressing for an answer -------------------------------------------------------------------------------------------


def test_the_citizen_presses_once_in_three_working_days_and_the_unit_hears(session, monday):
    case = make.case(category="0101")
    tip = told(case)
    order = make.order(case)
    citizen = Actor.citizen(tip.id)
    tips.OPERATIONS["tip", "urge"](citizen, tip, {})
    told_to = set(session.scalars(select(Outbox.recipient).where(Outbox.key.like("urge:%"))))
    assert told_to == {"department:D20"} and session.scalar(select(func.count()).select_from(Urge)) == 1
    with pytest.raises(NotPossible, match="11 月 26 日"):
        tips.OPERATIONS["tip", "urge"](citizen, tip, {})
    monday.shift(timedelta(days=3, hours=9))
    tips.OPERATIONS["tip", "urge"](citizen, tip, {})
    assert pressing.count(case.id) == 2 and order.reminders == 0


def test_a_doubt_is_a_row_and_never_two(session, monday):
    case, tip, _ = answered()
    second = told(case, phone="13900003333", nonce="n9")
    say(tip, "no", "1")
    say(second, "no", "2")
    assert session.scalar(select(func.count()).select_from(SecondLook)) == 1
