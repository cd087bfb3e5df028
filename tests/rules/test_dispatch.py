"""Dispatch that gets it right, objections and conferences: R06–R12, R14–R16, R36, R45, told as people live them."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.cases import public_case
from civic.cases import queue as waiting
from civic.departments import conference, dispatch, external
from civic.departments import operations as orders
from civic.departments.dispatch import Plan, Unit
from civic.jobs import sweeper
from civic.kit import clock
from civic.kit.result import Invalid, NotPossible
from civic.models import (
    Case,
    CatalogueEntry,
    Conference,
    Event,
    Outbox,
    Referral,
    Repeat,
)
from civic.reference import catalogue, lookup, routing
from civic.tips import contact, places, repeats, submission, twins
from civic.tips import operations as tips
from civic.tips.draft import Draft
from civic.verbs import OPERATIONS
from civic.workflow.routing import Question
from tests import factories as make
from tests.calendars import at, local

WEEK = "2026-11-23"
"""A Monday; an ordinary week."""
TOWN = "331081103"
PHONE = "13857612345"
MINUTES = {"participants": "市综合执法局、市住建局各一人", "minutes": "各方说明职责，核对三定方案后议定由一家牵头。",
           "basis": "三定方案第四条", "public_text": "按三定方案由它牵头"}


@pytest.fixture
def monday():
    with time_machine.travel(at(f"{WEEK} 09:00"), tick=False) as moving:
        yield moving


def stall(**more):
    """A case of category 0101, led by D20, five working days."""
    return make.case(category="0101", **more)


def placed(address="菜场后巷", town=TOWN, point=None):
    return {"town": town, "address": address, **({"point": point, "place_source": "map"} if point else {})}


def point(lng, lat):
    from geoalchemy2 import WKTElement

    return WKTElement(f"POINT({lng} {lat})", srid=4326)


def tip_of(duty, case, phone=PHONE, words="菜场后巷垃圾三天没清，味道很重，找过物业没人管。"):
    row = submission.submit(Actor.visitor(), Draft(
        text=words, nonce=uuid.uuid4().hex, place=places.columns(address="菜场后巷"), consent="editors", phone=phone))
    return tips.accept(duty, row, {"case": case}) if case is not None else row


def plan(*units, level="P"):
    return Plan(level, units)


def unit(code="D20", duty="lead", **more):
    return Unit(**{"department": code, "duty": duty, "brief": make.BRIEF, "items": ("恢复每日清运",), **more})


# -- duplicates (R06–R08) ---------------------------------------------------------------------------------------------


def test_r06_the_same_kind_within_200_metres_and_30_days_is_shown_before_dispatch(session, monday):
    duty = make.actor("duty")
    old = stall(title="学校门口的流动摊贩", place=placed("东门", point=point(121.545, 28.405)))
    monday.shift(timedelta(days=31))
    near = stall(title="水果摊占了人行道", place=placed("北门", point=point(121.5455, 28.4053)))
    far = stall(title="烧烤摊摆到路上", place=placed("南门", point=point(121.5555, 28.405)))
    other = make.case(category="0202", title="路灯三天不亮了", place=placed("北门", point=point(121.5455, 28.4053)))
    mine = stall(title="摊子把盲道堵了", place=placed("西门", point=point(121.545, 28.4055)))
    found = {twin.id: twin.why for twin in twins.of(duty, mine)}
    assert set(found) == {near.id} and "同一类，相距约" in found[near.id][0]
    assert {old.id, far.id, other.id}.isdisjoint(found), "too old, too far, another kind"


PAIRS = [("菜场后巷垃圾三天一清，夏天有异味", "菜场后巷的垃圾三天一清，有异味", True),
         ("万昌路路灯坏了三天没人修", "万昌路的路灯坏了三天，没有人来修", True),
         ("河道里漂着很多白色泡沫", "河道里漂着很多泡沫，白花花的", True),
         ("菜场后巷垃圾三天一清，夏天有异味", "万昌路路灯坏了三天没人修", False),
         ("小区门口夜里烧烤摊油烟大", "工地夜里施工吵得睡不着", False),
         ("公交车改线以后老人看病不方便", "幼儿园门口没有斑马线", False)]
"""What a person calls the same and not the same: τ is set so that every pair falls on its side."""


@pytest.mark.parametrize(("one", "two", "same"), PAIRS)
def test_r06_words_alike_beyond_the_threshold_set_by_the_pairs(session, one, two, same):
    first = make.case(category="0103", title=one, place=placed())
    second = make.case(category="0202", title=two, place=placed())
    found = [twin for twin in twins.of(make.actor("duty"), second) if twin.id == first.id]
    assert bool(found) is same
    if found:
        assert "用词相近" in found[0].why[-1]


def test_r06_the_same_contact_is_said_without_saying_who(client, session):
    duty = make.user("duty")
    actor = Actor.of(duty)
    first = make.case(title="河边护栏断了一截", category="0202", place=placed("河边", "331081101"))
    second = make.case(title="弄堂口积水过不去", category="0103", place=placed())
    tip_of(actor, first)
    tip_of(actor, second)
    assert twins.of(actor, second)[0].why == ("同一联系方式",)
    make.log_in(client, duty)
    session.commit()
    for path in (f"/desk/cases/{second.number}", f"/desk/cases/{second.number}/dispatch"):
        page = client.get(path)
        assert "同一联系方式" in page.text and first.number in page.text and PHONE not in page.text and PHONE[-4:] not in page.text


def test_r07_merging_and_unmerging_keep_each_reporters_contact_consent_and_notices(session):
    duty = make.actor("duty")
    first, second = make.case(duty), make.case(duty)
    mine, other = tip_of(duty, first), tip_of(duty, second, phone="13900001111")
    cases.merge(duty, first, {"into": second, "reason": "同一条巷子"})
    assert {mine.case_id, other.case_id} == {second.id} and second.tip_count == 2 and first.tip_count == 0
    assert mine.consent == "editors" and contact.open_sealed(contact.of(mine)).phone == PHONE
    assert contact.open_sealed(contact.of(other)).phone == "13900001111"
    told = set(session.scalars(select(Outbox.recipient).where(Outbox.template == "case.merge")))
    assert f"tip:{mine.id}" in told
    cases.unmerge(duty, first, {"reason": "查下来是两条巷子"})
    for row in (mine, other):
        session.refresh(row)
    assert (mine.case_id, other.case_id, first.state) == (first.id, second.id, "open")
    assert (first.tip_count, second.tip_count) == (1, 1)
    assert mine.consent == "editors" and contact.open_sealed(contact.of(mine)).phone == PHONE
    told = set(session.scalars(select(Outbox.recipient).where(Outbox.template == "case.unmerge")))
    assert f"tip:{mine.id}" in told
    order = make.order(second, "working")
    orders.answer(make.actor("officer", department="D20"), order, make.answer_data(order))
    heard = set(session.scalars(select(Outbox.recipient).where(Outbox.template == "referral.answer", Outbox.recipient.like("tip:%"))))
    assert heard == {f"tip:{other.id}"}, "after the parting each hears of their own case only"


def test_r07_a_merged_case_is_counted_once(session):
    duty = make.actor("duty")
    first, second = make.case(duty), make.case(duty)
    cases.merge(duty, first, {"into": second, "reason": "同一条巷子"})
    assert first.merged_into_id == second.id and first.state == "merged"
    open_now = session.scalar(select(func.count()).select_from(Case).where(Case.state == "open"))
    assert open_now == 1
    with pytest.raises(NotPossible, match="已有别的案件并入本案"):
        cases.merge(duty, second, {"into": make.case(duty), "reason": "链条"})


def ended(duty):
    case = make.case(duty)
    tip = tip_of(duty, case)
    cases.close(make.actor("chief", "duty"), case, {"resolution": "explained", "note": "清运三天一次是合同约定，已经改约。"})
    return case, tip


def test_r08_the_same_person_same_fact_gets_the_earlier_result_when_two_people_agree(session):
    duty, colleague = make.actor("duty"), make.actor("intake")
    case, _ = ended(duty)
    again = tip_of(duty, None)
    with pytest.raises(Invalid, match="R08"):
        tips.decline(duty, again, {"reason": "already_settled"})
    session.refresh(again)
    repeats.propose(duty, again, {"case": case.number, "note": "说的是同一条巷子，没有新情况"})
    assert again.state == "new" and [row.id for row in repeats.earlier(duty, again)] == [case.id]
    with pytest.raises(NotPossible, match="R08"):
        repeats.confirm(duty, again)
    repeats.confirm(colleague, again)
    assert (again.state, again.decline_reason) == ("declined", "already_settled")
    assert case.number in again.decline_note and "已经改约" in again.decline_note and "申诉" in again.decline_note
    row = session.scalar(select(Repeat))
    assert row.state == "confirmed" and row.proposed_by != row.decided_by, "counted as a repeat, by two people"


def test_r08_another_person_or_a_running_case_or_something_new_is_no_repeat(session):
    duty = make.actor("duty")
    case, _ = ended(duty)
    stranger = tip_of(duty, None, phone="13900001111")
    with pytest.raises(Invalid, match="同一联系方式"):
        repeats.propose(duty, stranger, {"case": case.number, "note": "像是同一件"})
    again = tip_of(duty, None)
    session.refresh(stranger)
    running = make.case(duty)
    with pytest.raises(Invalid, match="还没有办结"):
        repeats.propose(duty, again, {"case": running.number, "note": "像是同一件"})
    session.refresh(again)
    repeats.propose(duty, again, {"case": case.number, "note": "没有新情况"})
    repeats.reject(make.actor("intake"), again)
    assert again.state == "new" and session.scalar(select(Repeat.state)) == "rejected"
    tips.accept(duty, again, {"case": running})


# -- what a dispatch needs (R09–R12) ----------------------------------------------------------------------------------


def test_r09_dispatch_needs_category_lead_class_level_brief_and_items(session):
    duty, case = make.actor("duty"), stall()
    errors = dispatch.problems(duty, case, plan(unit(brief="", items=()), level="Z"))
    assert all("R09" in errors[name] for name in ("level", "unit-0-brief", "unit-0-items"))
    assert "R09" in dispatch.problems(duty, case, plan(Unit()))["plan"]
    assert "主办" in dispatch.problems(duty, case, plan(unit("D11", "partner")))["plan"]
    case.category = None
    with pytest.raises(NotPossible, match="R09"):
        dispatch.draft_all(duty, case, plan(unit()))
    with pytest.raises(NotPossible, match="R09"):
        orders.draft(duty, case, unit().data())
    case.category = "0101"
    made = dispatch.draft_all(duty, case, plan(unit(), level="R"))
    assert (made[0].sla, case.public_level) == ("C", "R") and made[0].items[0].text == "恢复每日清运"


def test_r09_a_level_below_public_keeps_the_case_from_the_public_unless_the_chief_decides(session):
    duty, case = make.actor("duty"), stall()
    dispatch.draft_all(duty, case, plan(unit(), level="R"))
    face = {"public_title": "路口摊贩占道", "public_summary": "摊贩占了人行道。", "precision": "town", "no_identity": True, "no_private": True,
            "consent_kept": True}
    with pytest.raises(NotPossible, match="R09"):
        cases.disclose(duty, case, face)
    assert cases.disclose(make.actor("chief"), case, face).exposure == "public"


def test_r09_a_partners_order_does_not_go_out_without_a_lead(session):
    case = stall()
    draft = make.order(case, "draft", department="D11", duty="partner")
    with pytest.raises(NotPossible, match="还没有主办单位"):
        orders.send(make.actor("duty"), draft, {})
    make.order(case, "draft", department="D20")
    assert orders.send(make.actor("duty"), draft, {}).state == "sent"


def test_r10_the_catalogues_unit_leads_another_only_with_a_reason_that_is_kept(session):
    duty, case = make.actor("duty"), stall()
    with pytest.raises(Invalid) as caught:
        orders.draft(duty, case, unit("D11").data())
    assert "R10" in caught.value.errors["department"] and "主办" in caught.value.errors["department"]
    order = orders.draft(duty, case, unit("D11", override="分管领导批示由它牵头").data())
    event = session.scalar(select(Event).where(Event.object_id == order.id, Event.command == "draft"))
    assert event.payload["off_catalogue"] is True and event.payload["override"] == "分管领导批示由它牵头"
    assert orders.draft(duty, case, unit("D20", "partner").data()).duty == "partner"


def test_r10_the_catalogue_of_the_day_decides_not_the_one_of_today(session, monday):
    by = make.user("admin").id
    catalogue.add({"category": "0101", "department": "D11", "valid_from": date(2026, 12, 1), "note": "职责划转文件〔2026〕9 号"}, by)
    assert lookup.catalogue("0101", TOWN, date(2026, 11, 30)).lead == "D20"
    assert lookup.catalogue("0101", TOWN, date(2026, 12, 1)).lead == "D11"
    monday.move_to(at("2026-12-01 09:00"))
    with pytest.raises(Invalid, match="R10"):
        orders.draft(make.actor("duty"), stall(), unit("D20").data())
    assert orders.draft(make.actor("duty"), stall(), unit("D11").data()).override == ""


def test_r10_a_towns_own_entry_comes_before_one_for_all_and_closing_one_needs_a_reason(session, monday):
    by, today = make.user("admin").id, lookup.today()
    catalogue.add({"category": "0101", "department": "D11", "valid_from": today, "note": "全市试行"}, by)
    entry = catalogue.add({"category": "0101", "town": TOWN, "department": "D13", "valid_from": today, "note": "镇里试点"}, by)
    assert lookup.catalogue("0101", TOWN).lead == "D13" and lookup.catalogue("0101", "331081101").lead == "D11"
    with pytest.raises(Invalid, match="为什么"):
        catalogue.close(entry.id, today + timedelta(days=1), "", by)
    catalogue.close(entry.id, today + timedelta(days=1), "试点结束", by)
    assert lookup.catalogue("0101", TOWN, today + timedelta(days=1)).lead == "D11"
    with pytest.raises(Invalid) as caught:
        catalogue.add({"category": "9999", "department": "D99", "town": "0", "valid_from": None, "note": ""}, by)
    assert set(caught.value.errors) == {"category", "department", "town", "valid_from", "note"}


def test_r11_the_unit_complained_of_is_never_proposed_and_never_sent_to(session):
    duty, case = make.actor("duty"), stall()
    cases.describe(duty, case, {"title": case.title, "category": "0101", "grade": "C", "urgency": "normal", "named_party": "D20"})
    found = dispatch.suggest(case)
    assert all(one.department != "D20" for one in found.units) and "R11" in found.warnings[0]
    assert "R11" in dispatch.problems(duty, case, plan(unit("D20")))["unit-0-department"]
    with pytest.raises(NotPossible, match="R11"):
        orders.draft(duty, case, unit("D20").data())
    with pytest.raises(Invalid, match="R11"):
        cases.describe(duty, case, {"title": case.title, "category": "0101", "grade": "C", "urgency": "normal", "named_party": "D99"})


def test_r11_an_objection_cannot_pass_it_to_the_unit_complained_of(session):
    case = stall()
    case.named_party = "D11"
    officer = make.actor("officer", department="D20")
    order = make.order(case, officer=officer)
    with pytest.raises(Invalid, match="R11"):
        orders.ask_return(officer, order, {"basis": "不在职责内", "unit": "D11"})


def test_r12_one_lead_any_number_of_partners_each_with_own_items_and_terms(session, monday):
    duty, case = make.actor("duty"), stall()
    errors = dispatch.problems(duty, case, plan(unit("D20"), unit("D20", "lead", department="D11", override="批示")))
    assert "R12" in errors["unit-1-duty"]
    made = dispatch.draft_all(duty, case, plan(
        unit("D20", items=("清走摊位", "三日内复查")), unit("D11", "partner", items=("查围挡",)),
        unit("D05", "partner", items=("疏导交通",), wanted_on=date(2026, 11, 26))))
    assert [(row.department, row.duty, len(row.items)) for row in made] == [
        ("D20", "lead", 2), ("D11", "partner", 1), ("D05", "partner", 1)]
    sender = make.actor("duty")
    for row in made:
        orders.send(sender, row, {})
    for row in made:
        orders.sign(make.actor("officer", department=row.department), row)
    lead, partner, early = made
    assert local(lead.due_at) == "2026-12-14 17:00" and local(partner.due_at) == "2026-12-10 17:00", "two working days before"
    assert local(early.due_at) == "2026-11-26 17:00", "the day the dispatcher asked for"
    with pytest.raises(Invalid, match="R12"):
        orders.draft(duty, case, unit("D13", "lead", override="批示").data())


def test_r12_a_day_before_today_is_refused(session, monday):
    errors = dispatch.problems(make.actor("duty"), stall(), plan(unit(wanted_on=date(2026, 11, 20))))
    assert "今天" in errors["unit-0-wanted_on"] and "R12" in errors["unit-0-wanted_on"]
    with pytest.raises(Invalid, match="R12"):
        orders.draft(make.actor("duty"), stall(), unit(wanted_on=date(2026, 11, 20)).data())


def test_r12_the_lead_alone_answers_the_public_and_reads_what_the_partners_returned(session):
    from civic.departments import queries

    case = stall()
    lead = make.order(case, "working")
    partner = make.order(case, "answered", department="D11", duty="partner")
    with pytest.raises(NotPossible, match="R12"):
        orders.release(make.actor("duty"), partner, {"public_text": "已清理。"})
    assert [row.id for row in queries.partners(lead)] == [partner.id]


# -- routing rules ----------------------------------------------------------------------------------------------------


def rule(**more):
    data = {"name": "夜里的摊贩", "category": "0101", "department": "D05", "from_time": None, "to_time": None, "words": "", **more}
    return routing.save(None, data, make.user("admin").id)


def test_the_first_rule_that_fits_fires_and_says_why_and_why_the_ones_before_did_not(session, monday):
    from datetime import time

    rule(name="夜里的摊贩", department="D05", from_time=time(22), to_time=time(6))
    rule(name="石塘的摊贩", department="D13", town="331081105")
    rule(name="烧烤", department="D12", category="", words="烧烤、油烟", sla="U")
    rule(name="兜底", department="D11", category="")
    case = stall(title="烧烤摊摆到路上", place=placed())
    found = dispatch.suggest(case)
    assert (found.lead.department, found.lead.source, found.lead.sla) == ("D12", "rule", "U") and "第 3 条" in found.lead.why
    assert [(step.fired, step.why) for step in found.steps] == [
        (False, "09:00 不在规定的时段里"), (False, "不在这个镇街"), (True, "有「烧烤」")]
    monday.move_to(at(f"{WEEK} 23:30"))
    assert dispatch.suggest(case).lead.department == "D05", "the span goes over midnight"
    order = dispatch.draft_all(make.actor("duty"), case, plan(unit("D05", override=dispatch.suggest(case).lead.override)))[0]
    assert "派单规则第 1 条" in order.override


def test_no_rule_fits_and_the_catalogue_answers_with_its_partners(session):
    found = dispatch.suggest(make.case(category="0104", place=placed()))
    assert [(one.department, one.duty, one.source) for one in found.units][:2] == [
        ("D20", "lead", "catalogue"), ("D11", "partner", "catalogue")]


def test_a_rule_that_no_longer_works_is_told_on_its_page_in_health_and_on_the_desk_never_skipped_in_silence(client, session, monday):
    from civic.insight import health

    rule(name="创建期的摊贩", to_on=date(2026, 11, 30))
    duty, admin = make.user("duty"), make.user("admin")
    assert health.look().broken_rules == () and dispatch.suggest(stall()).lead.department == "D05"
    monday.move_to(at("2026-12-01 09:00"))
    found = dispatch.suggest(stall())
    assert found.lead.department == "D20" and "已失效：截止日期已过" in found.steps[0].why and "第 1 条" in found.warnings[0]
    assert "截止日期已过" in health.look().broken_rules[0]
    desk = waiting.desk(Actor.of(duty))
    assert [row.kind for row in desk.rows if row.kind == "routing"] == ["routing"]
    session.commit()
    make.log_in(client, admin)
    for path in ("/admin/routing", "/admin/health"):
        assert "截止日期已过" in client.get(path).text
    routing.switch(routing.rows()[0], False, admin.id)
    assert "routing" not in {row.kind for row in waiting.desk(Actor.of(duty)).rows}


def test_a_rule_moves_up_and_down_and_is_taken_away_only_when_it_is_off(session):
    first, second = rule(name="甲规则"), rule(name="乙规则")
    routing.shift(second, -1, None)
    assert [row.name for row in routing.rows()] == ["乙规则", "甲规则"]
    with pytest.raises(Invalid, match="停用"):
        routing.remove(first)
    routing.switch(first, False, None)
    routing.remove(first)
    assert [(row.name, row.position) for row in routing.rows()] == [("乙规则", 1)]


@pytest.mark.parametrize(("typed", "field"), [
    ({"department": "D99"}, "department"), ({"category": "9999"}, "category"), ({"town": "1"}, "town"), ({"name": ""}, "name"),
    ({"from_on": date(2026, 12, 2), "to_on": date(2026, 12, 1)}, "to_on"), ({"sla": "X"}, "sla"), ({"village": "1"}, "village")])
def test_a_rule_that_could_not_work_is_not_saved(session, typed, field):
    with pytest.raises(Invalid) as caught:
        rule(**typed)
    assert field in caught.value.errors and not routing.rows()


def test_the_test_button_answers_without_a_case(session):
    asked = Question("0101", TOWN, None, "流动摊贩", clock.now())
    assert dispatch.suggest_for(asked).lead.department == "D20"
    assert dispatch.suggest_for(Question(None, None, None, "", clock.now())).lead is None


# -- objections (R14, R15) --------------------------------------------------------------------------------------------


def objected(case, department="D20", named="D11", **more):
    officer = make.actor("officer", department=department)
    order = make.order(case, department=department, officer=officer, **more)
    orders.ask_return(officer, order, {"basis": "三定方案里没有这一项", "unit": named})
    return order, officer


def test_r14_two_work_hours_after_signing_with_basis_and_unit_decided_within_one_working_day(session, monday):
    officer = make.actor("officer", department="D20")
    order = make.order(stall(), officer=officer)
    monday.move_to(at(f"{WEEK} 11:00"))
    for missing in ("basis", "unit"):
        with pytest.raises(Invalid) as caught:
            orders.ask_return(officer, order, {"basis": "三定方案第四条", "unit": "D11", missing: ""})
        assert missing in caught.value.errors
        session.refresh(order)
    orders.ask_return(officer, order, {"basis": "三定方案第四条", "unit": "D11"})
    assert local(order.objections[0].due_at) == "2026-11-24 17:00"
    duty = make.actor("duty")
    row = next(item for item in waiting.desk(duty).rows if item.kind == "objection")
    assert local(row.due_at) == "2026-11-24 17:00" and row.late == "none"
    monday.move_to(at("2026-11-24 17:01"))
    assert next(item for item in waiting.desk(duty).rows if item.kind == "objection").late == "overdue"
    sweeper.sweep()
    assert "role:duty" in set(session.scalars(select(Outbox.recipient).where(Outbox.template == "referral.nudge")))


def test_r14_the_clock_stops_only_when_the_objection_is_upheld(session, monday):
    order, _ = objected(stall())
    due = order.due_at
    monday.move_to(at(f"{WEEK} 16:00"))
    orders.refuse_return(make.actor("duty"), order, {"reason": "目录写明由你单位主办"})
    assert order.due_at == due and order.state == "working"
    case = stall()
    second, _ = objected(case)
    monday.move_to(at("2026-11-24 09:00"))
    orders.grant_return(make.actor("duty"), second, {"reason": "确实派错了"})
    follow = make.order(case, "working", department="D11")
    assert follow.clock_from is None and local(follow.due_at) == "2026-12-01 17:00", "a new clock from its own signature"
    assert dispatch.suggest(stall()).lead.source == "catalogue"


def test_r14_the_unit_an_upheld_objection_named_is_proposed_with_the_reason(session, monday):
    case = stall()
    order, _ = objected(case)
    orders.grant_return(make.actor("duty"), order, {"reason": "确实派错了"})
    lead = dispatch.suggest(case).lead
    assert (lead.department, lead.source) == ("D11", "objection") and order.number in lead.why
    made = dispatch.draft_all(make.actor("duty"), case, plan(unit("D11", override=lead.override)))
    assert made[0].supersedes_id == order.id


@pytest.mark.parametrize(("minute", "works"), [("11:00", True), ("11:01", False)])
def test_r15_to_the_minute_two_hours_and_one_minute_after_signing_it_is_too_late(session, monday, minute, works):
    officer = make.actor("officer", department="D20")
    order = make.order(stall(), officer=officer)
    monday.move_to(at(f"{WEEK} {minute}"))
    if works:
        assert orders.ask_return(officer, order, {"basis": "不在职责内", "unit": "D11"}).objections
        return
    with pytest.raises(NotPossible, match="R15"):
        orders.ask_return(officer, order, {"basis": "不在职责内", "unit": "D11"})
    with pytest.raises(Invalid, match="R15"):
        orders.answer(officer, order, make.answer_data(order, result="not_ours"))


def test_r15_the_hard_stop_one_working_day_after_service_holds_for_who_does_not_sign(session, monday):
    case = stall()
    order = make.order(case, "sent")
    officer = make.actor("officer", department="D20")
    monday.move_to(at("2026-11-24 17:01"))
    with pytest.raises(NotPossible, match="R15"):
        orders.ask_return(officer, order, {"basis": "不在职责内", "unit": "D11"})


# -- conferences (R16) ------------------------------------------------------------------------------------------------


def quarrel(case, duty=None):
    """Two objections: the first unit is believed, the second one is not asked alone any more."""
    duty = duty or make.actor("duty")
    first, _ = objected(case, "D20", "D11")
    orders.grant_return(duty, first, {"reason": "先转住建"})
    second, officer = objected(case, "D11", "D20")
    return first, second, officer


def test_r16_the_second_objection_opens_a_conference_and_nobody_decides_alone(session, monday):
    case = stall()
    _, second, officer = quarrel(case)
    row = session.scalar(select(Conference))
    assert (row.referral_id, row.units, local(row.due_at)) == (second.id, ["D20", "D11"], "2026-11-26 17:00")
    told = set(session.scalars(select(Outbox.recipient).where(Outbox.template == "referral.confer_open")))
    assert told == {"department:D20"}
    for verb in (orders.grant_return, orders.refuse_return):
        with pytest.raises(NotPossible, match="R16"):
            verb(make.actor("duty"), second, {"reason": "我说了算"})
        session.refresh(second)
    duty = make.actor("duty")
    kinds = {item.kind: item for item in waiting.desk(duty).rows}
    assert "objection" not in kinds and local(kinds["conference"].due_at) == "2026-11-26 17:00"
    monday.move_to(at("2026-11-26 17:01"))
    assert {item.kind: item.late for item in waiting.desk(duty).rows}["conference"] == "overdue"
    with pytest.raises(NotPossible, match="R16"):
        dispatch.draft_all(duty, case, plan(unit("D13", override="批示")))


def test_r16_a_third_unit_objecting_meanwhile_brings_it_to_the_conference(session, monday):
    case = stall()
    quarrel(case)
    officer = make.actor("officer", department="D05")
    partner = make.order(case, department="D05", duty="partner", officer=officer)
    with pytest.raises(NotPossible, match="会上提"):
        orders.ask_return(officer, partner, {"basis": "不在职责内", "unit": "D20"})


def test_r16_decided_it_stays_and_binds_and_joins_the_catalogue(session, monday):
    case = stall(place=placed())
    _, second, officer = quarrel(case)
    due = second.due_at
    OPERATIONS["referral", "confer_call"](make.actor("duty"), second, {"meets_at": at(f"{WEEK} 15:00"), "meets_where": "三楼会议室"})
    with pytest.raises(Invalid) as caught:
        OPERATIONS["referral", "confer_stay"](make.actor("duty"), second, {**MINUTES, "public_text": "找王工 13812345678"})
    assert "手机号" in caught.value.errors["public_text"]
    session.refresh(second)
    OPERATIONS["referral", "confer_stay"](make.actor("duty"), second, MINUTES)
    row = session.scalar(select(Conference))
    assert (row.decision, row.decided_unit, row.minutes) == ("stay", "D11", MINUTES["minutes"])
    assert second.state == "working" and second.due_at == due and second.objections[-1].state == "refused"
    with pytest.raises(NotPossible, match="R16"):
        orders.ask_return(officer, second, {"basis": "还是不归我们", "unit": "D20"})
    entry = session.scalar(select(CatalogueEntry))
    assert (entry.category, entry.town, entry.department, entry.source, entry.conference_id) == ("0101", TOWN, "D11", "conference", row.id)
    lead = dispatch.suggest(stall(place=placed())).lead
    assert (lead.department, lead.source) == ("D11", "conference") and case.number in lead.why


def test_r16_decided_for_a_third_unit_the_next_order_is_drafted_and_nobody_objects_again(session, monday):
    case, duty = stall(place=placed()), make.actor("duty")
    _, second, _ = quarrel(case)
    with pytest.raises(Invalid, match="仍由这个单位办"):
        OPERATIONS["referral", "confer_move"](duty, second, {**MINUTES, "unit": "D11"})
    session.refresh(second)
    monday.move_to(at("2026-11-25 10:00"))
    OPERATIONS["referral", "confer_move"](duty, second, {**MINUTES, "unit": "D13"})
    row = session.scalar(select(Conference))
    third = session.get_one(Referral, row.next_id)
    assert second.state == "returned" and (third.department, third.state, third.supersedes_id) == ("D13", "draft", second.id)
    assert [item.text for item in third.items] == [item.text for item in second.items] and "R16" in third.override
    with pytest.raises(NotPossible, match="另一位编辑"):
        orders.send(duty, third, {})
    orders.send(make.actor("duty"), third, {})
    officer = make.actor("officer", department="D13")
    orders.sign(officer, third)
    assert local(third.due_at) == "2026-12-02 17:00", "its own clock"
    with pytest.raises(NotPossible, match="R16"):
        orders.ask_return(officer, third, {"basis": "也不归我们", "unit": "D20"})
    assert lookup.catalogue("0101", TOWN).lead == "D13"


def test_r16_the_public_page_tells_whose_hands_it_passed_through_and_what_was_decided(session, monday):
    case, duty = stall(place=placed()), make.actor("duty")
    first, second, _ = quarrel(case)
    monday.move_to(at("2026-11-25 10:00"))
    OPERATIONS["referral", "confer_move"](duty, second, {**MINUTES, "unit": "D13"})
    third = session.get_one(Referral, session.scalar(select(Conference.next_id)))
    orders.send(make.actor("duty"), third, {})
    cases.disclose(make.actor("chief"), case, {"public_title": "路口摊贩占道", "public_summary": "摊贩占了人行道。", "precision": "town",
                                             "no_identity": True, "no_private": True, "consent_kept": True})
    monday.move_to(at("2026-11-27 10:00"))
    page = public_case.page(case.number)
    days = {hand.department: hand.days for hand in page.hands}
    assert days["D11"] == 2.0 and days["D13"] == 2.0 and page.returned == 2
    assert page.chain == tuple(lookup.department_name(code) for code in ("D20", "D11", "D13"))
    assert page.conferred[0].text == MINUTES["public_text"] and page.conferred[0].moved
    said = " ".join(f"{entry.title} {entry.body}" for entry in page.entries)
    assert "会商决定：改由" in said and MINUTES["minutes"] not in said and MINUTES["participants"] not in said


def test_r16_an_answer_makes_the_conference_needless(session, monday):
    _, second, officer = quarrel(stall())
    orders.answer(officer, second, make.answer_data(second))
    rows, _ = conference.listing()
    assert [row.state for row in rows] == ["over"]
    with pytest.raises(NotPossible):
        OPERATIONS["referral", "confer_stay"](make.actor("duty"), second, MINUTES)


# -- another category, another department (R36) -----------------------------------------------------------------------


def test_r36_another_category_counts_the_class_again_from_the_original_dispatch(session, monday):
    duty, case = make.actor("duty"), stall()
    order = make.order(case)
    assert local(order.due_at) == "2026-11-30 17:00"
    monday.move_to(at("2026-11-25 10:00"))
    OPERATIONS["case", "describe"](duty, case, {"title": case.title, "category": "0108", "grade": "C", "urgency": "normal"})
    assert (order.sla, local(order.due_at), local(order.original_due_at)) == ("D", "2026-12-02 17:00", "2026-11-30 17:00")
    assert "类别改为" in order.due_reason and order.term == "7wd"
    OPERATIONS["case", "describe"](duty, case, {"title": case.title, "category": "0103", "grade": "C", "urgency": "normal"})
    assert order.sla == "U" and local(order.due_at) == "2026-11-26 17:00", "three days from Monday, yet a working day away"


def test_r36_a_class_chosen_by_hand_and_one_that_stays_are_left_alone(session, monday):
    duty, case = make.actor("duty"), stall()
    chosen = make.order(case, sla="F")
    due = chosen.due_at
    OPERATIONS["case", "describe"](duty, case, {"title": case.title, "category": "0108", "grade": "C", "urgency": "normal"})
    assert (chosen.sla, chosen.due_at) == ("F", due)


def test_r36_an_unsigned_order_takes_the_new_class_before_it_is_served(session, monday):
    duty, case = make.actor("duty"), stall()
    order = make.order(case, "sent")
    OPERATIONS["case", "describe"](duty, case, {"title": case.title, "category": "0108", "grade": "C", "urgency": "normal"})
    assert order.sla == "D" and order.due_at is None
    orders.sign(make.actor("officer", department="D20"), order)
    assert local(order.due_at) == "2026-12-02 17:00"


def test_r36_another_department_counts_from_the_first_dispatch_unless_an_objection_was_upheld(session, monday):
    case = stall()
    first = make.order(case)
    monday.move_to(at("2026-11-25 10:00"))
    orders.withdraw(make.actor("duty"), first, {"reason": "自己派错了"})
    second = make.order(case, department="D11")
    assert second.supersedes_id == first.id and second.clock_from == at(f"{WEEK} 09:00")
    assert local(second.due_at) == "2026-11-30 17:00", "our mistake costs the citizen no day"
    late = stall()
    slow = make.order(late)
    monday.move_to(at("2026-12-03 10:00"))
    orders.withdraw(make.actor("duty"), slow, {"reason": "自己派错了"})
    assert local(make.order(late, department="D11").due_at) == "2026-12-04 17:00", "but the unit has one working day at least"


# -- other channels (R45) ---------------------------------------------------------------------------------------------

AWAY = {"channel": "12345", "external_no": "W202611230007", "handed_on": date(2026, 11, 23), "note": "热线已在办"}


def test_r45_what_another_channel_handles_we_do_not_handle_too(session, monday):
    duty, case = make.actor("duty"), stall()
    OPERATIONS["case", "hand_over"](duty, case, AWAY)
    row = external.running(case)
    assert (row.channel, row.external_no, row.handed_on) == ("12345", "W202611230007", date(2026, 11, 23))
    with pytest.raises(NotPossible, match="R45"):
        orders.draft(duty, case, unit().data())
    with pytest.raises(NotPossible, match="R45"):
        dispatch.draft_all(duty, case, plan(unit()))
    with pytest.raises(NotPossible, match="R45"):
        OPERATIONS["case", "hand_over"](duty, case, {**AWAY, "external_no": "W202611230008"})
    OPERATIONS["case", "take_back"](duty, case, {"reason": "热线退回，由我们办"})
    assert make.order(case).state == "working" and external.of_case(case)[0].end_reason == "热线退回，由我们办"
    with pytest.raises(NotPossible, match="R45"):
        OPERATIONS["case", "hand_over"](duty, case, {**AWAY, "external_no": "W202611230009"})


def test_r45_one_number_stands_on_one_case_and_no_day_to_come(session, monday):
    duty = make.actor("duty")
    OPERATIONS["case", "hand_over"](duty, stall(), AWAY)
    other = stall()
    with pytest.raises(Invalid, match="R45"):
        OPERATIONS["case", "hand_over"](duty, other, AWAY)
    session.refresh(other)
    with pytest.raises(Invalid, match="今天之后"):
        OPERATIONS["case", "hand_over"](duty, other, {**AWAY, "external_no": "W9", "handed_on": date(2026, 11, 24)})


def test_r45_the_public_learns_of_the_channel_not_of_the_number(session, monday):
    duty, case = make.actor("duty"), stall()
    cases.disclose(make.actor("chief"), case, {"public_title": "路口摊贩占道", "public_summary": "摊贩占了人行道。", "precision": "town",
                                             "no_identity": True, "no_private": True, "consent_kept": True})
    OPERATIONS["case", "hand_over"](duty, case, AWAY)
    said = " ".join(entry.title for entry in public_case.page(case.number).entries)
    assert "12345" in said and AWAY["external_no"] not in str(public_case.page(case.number))


