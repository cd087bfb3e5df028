"""Pages of the clocks: an order day by day, for staff and for everybody; supervisions; the storm."""

from __future__ import annotations

from datetime import date

import pytest
import time_machine

from civic.departments import operations as orders
from civic.departments import supervision, typhoon
from civic.models import Supervision
from tests import factories as make
from tests.calendars import at
from tests.public_world import CHECKED

MODE = {"name": "台风“梅花”应急", "reason": "气象台发布台风红色预警，启动一级响应", "notice": "台风应急期间先办险情，其他事项的办理时限暂停。"}


@pytest.fixture
def monday(session):
    with time_machine.travel(at("2026-11-23 09:00"), tick=False) as moving:
        yield moving


@pytest.fixture
def officer(session):
    return make.actor("officer", department="D20")


def public_case(**more):
    from civic.cases import operations as cases
    duty = make.actor("duty")
    row = make.case(duty, category="0101", **more)
    cases.OPERATIONS["exposure", "disclose"](make.actor("duty"), row, {
        "public_title": "菜场后巷垃圾", "public_summary": "清运不及时", "precision": "grid", **CHECKED})
    return row


def a_hard_life(monday, officer, case):
    """Signed before the National Day, paused, extended."""
    monday.move_to(at("2026-09-28 09:00"))
    order = make.order(case, officer=officer)
    monday.move_to(at("2026-09-30 16:00"))
    orders.ask_pause(officer, order, {"question": "内部问的一句话"})
    monday.move_to(at("2026-10-09 10:00"))
    orders.end_pause(make.actor("duty"), order, {"text": "北门"})
    orders.ask_extension(officer, order, {"until": date(2026, 10, 16), "reason": "要买清洗车", "interim": "先用水车冲洗"})
    orders.grant_extension(make.actor("duty"), order)
    return order


def test_the_clock_page_tells_every_day_with_holiday_makeup_pause_and_extension(client, session, monday, officer):
    order = a_hard_life(monday, officer, make.case(category="0101"))
    make.log_in(client, make.user("officer", department="D20"))
    text = client.get(f"/orders/{order.number}/clock").text
    for words in ("国庆节", "调休上班", "周末，不计", "停表等补充，不计", "延期", "原期限", "要买清洗车", "到期", "起算的那天"):
        assert words in text, words
    assert ">8<" in text.replace(" ", "") and "/ 8" in text, "five days and three of the extension"
    sign = client.get(f"/orders/{order.number}/clock?clock=sign").text
    assert "4 个工作小时" in sign and "09:00–12:00" in sign and "14:00–15:00" in sign
    stranger = make.user("officer", department="D11")
    make.log_in(client, stranger)
    assert client.get(f"/orders/{order.number}/clock").status_code == 404


def test_the_clock_page_of_an_emergency_counts_hours_of_day_and_night(client, session, monday, officer):
    order = make.order(make.case(category="0201", urgency="emergency"), officer=officer, sla="E")
    make.log_in(client, make.user("duty"))
    text = client.get(f"/orders/{order.number}/clock").text
    assert "09:00–24:00" in text and "00:00–09:00" in text and "控制措施" in text
    assert "台州市城市市容和环境卫生管理条例" in text and "第二十四条" in text, "the law's own clock beside ours"


def test_everybody_may_read_how_the_dates_of_a_public_case_came_about(client, session, monday, officer):
    case = public_case()
    monday.move_to(at("2026-09-27 09:00"))
    order = a_hard_life(monday, officer, case)
    page = client.get(f"/cases/{case.number}")
    assert f"/cases/{case.number}/clock" in page.text
    text = client.get(f"/cases/{case.number}/clock?order={order.number}").text
    assert "国庆节" in text and "要买清洗车" in text and "停表等补充" in text
    assert "内部问的一句话" not in text and officer.name not in text
    assert client.get("/cases/WL-2026-9999/clock").status_code == 404


def test_an_internal_case_has_no_public_clock(client, session, monday, officer):
    order = make.order(make.case(category="0101"), officer=officer)
    assert client.get(f"/cases/{order.case.number}/clock").status_code == 404


def test_the_public_case_page_says_in_one_sentence_that_it_is_supervised(client, session, monday, officer):
    case = public_case()
    order = make.order(case, officer=officer)
    orders.supervise(make.actor("chief"), order, {"text": "三天内清完并报照片"})
    text = client.get(f"/cases/{case.number}").text
    assert "11 月 23 日起由融媒体中心督办，要在 11 月 25 日前专门答复；还没有答复。" in text
    monday.move_to(at("2026-11-26 09:00"))
    assert "已经过期，还没有答复" in client.get(f"/cases/{case.number}").text
    supervision.answer_supervision(officer, order, {"text": "车辆坏了两台，清运没有跟上。", "measures": "12月4日前清完。"})
    text = client.get(f"/cases/{case.number}").text
    assert "单位 11 月 26 日已答复督办" in text and "车辆坏了两台" not in text


def test_supervisions_by_state_with_their_answers_and_the_moves_of_the_owner(client, session, monday, officer, count_sql):
    made = [make.order(make.case(category="0101"), officer=officer) for _ in range(3)]
    for order in made:
        orders.supervise(make.actor("chief"), order, {"text": "三天内清完并报照片"})
    make.log_in(client, make.user("chief"))
    with count_sql() as few:
        text = client.get("/supervision").text
    assert all(order.number in text for order in made) and "三天内清完并报照片" in text
    for _ in range(6):
        orders.supervise(make.actor("chief"), make.order(make.case(category="0101"), officer=officer), {"text": "尽快清完，报照片"})
    with count_sql() as many:
        client.get("/supervision")
    assert len(few) == len(many)
    supervision.answer_supervision(officer, made[0], {"text": "车辆坏了两台，清运没有跟上。", "measures": "12月4日前清完。"})
    answered = client.get("/supervision?tab=answered").text
    assert "车辆坏了两台" in answered and f"/move/referral/{made[0].id}/accept_supervision" in answered
    assert "认可督办答复" in client.get("/desk").text, "it waits for the chief editor"
    monday.move_to(at("2026-11-26 09:00"))
    make.log_in(client, make.user("chief"))
    late = client.get("/supervision?tab=overdue").text
    assert made[1].number in late and "raise_supervision" in late
    make.log_in(client, make.user("officer", department="D20"))
    assert client.get("/supervision").status_code == 403


def test_supervisions_are_paged_by_key(client, session, monday, officer, monkeypatch):
    from civic.departments import supervised
    monkeypatch.setattr(supervised, "PAGE", 2)
    numbers = set()
    for _ in range(5):
        order = make.order(make.case(category="0101"), officer=officer)
        orders.supervise(make.actor("chief"), order, {"text": "三天内清完并报照片"})
        numbers.add(order.number)
    seen, after, actor = [], "", make.actor("supervisor")
    while True:
        found = supervised.listing(actor, after=after)
        seen += [row.number for row in found.rows]
        if not found.next_key:
            break
        after = found.next_key
    assert set(seen) == numbers and len(seen) == 5
    assert supervised.listing(actor, after="rubbish").rows


def test_an_officer_answers_a_supervision_from_the_inbox(client, session, monday, officer):
    order = make.order(make.case(category="0101"), officer=officer)
    orders.supervise(make.actor("chief"), order, {"text": "三天内清完并报照片"})
    make.log_in(client, make.user("officer", department="D20"))
    inbox = client.get("/orders").text
    assert "督办等您答复" in inbox and f"/move/referral/{order.id}/answer_supervision" in inbox
    page = client.get(f"/orders/{order.number}").text
    assert "三天内清完并报照片" in page and "转办单的答复不能代替" in page
    done = client.post(f"/move/referral/{order.id}/answer_supervision", data={
        "text": "车辆坏了两台，清运没有跟上。", "measures": "12月4日前清完。"})
    assert done.status_code == 303
    session.expire_all()
    assert session.query(Supervision).one().state == "answered"
    short = client.post(f"/move/referral/{order.id}/answer_supervision", data={"text": "再写一次", "measures": "一"})
    assert short.status_code == 409 and "R19" in short.text
    assert "督办等您答复" not in client.get("/orders").text


def test_the_switch_of_the_storm_keeps_what_was_typed_and_is_pressed_once(client, session, monday, officer):
    make.order(make.case(category="0101"), officer=officer)
    make.log_in(client, make.user("chief"))
    assert "1 张在办单停表" in client.get("/typhoon").text
    bad = client.post("/typhoon/start", data={"name": "台风“梅花”应急", "reason": "", "notice": "短"})
    assert bad.status_code == 422 and "台风“梅花”应急" in bad.text and "R43" in bad.text
    assert client.post("/typhoon/start", data=MODE).status_code == 303
    assert MODE["notice"] in client.get("/typhoon").text
    assert client.post("/typhoon/start", data=MODE).status_code == 409
    assert client.post("/typhoon/end").status_code == 303
    assert client.post("/typhoon/end").status_code == 409
    page = client.get("/typhoon").text
    assert "1 张单停过表" in page and "现在不在应急状态" in page
    make.log_in(client, make.user("duty"))
    assert client.get("/typhoon").status_code == 200 and client.post("/typhoon/start", data=MODE).status_code == 403


def test_in_the_storm_the_public_page_says_that_the_clock_stands(client, session, monday, officer):
    case = public_case()
    order = make.order(case, officer=officer)
    typhoon.start(make.actor("chief"), MODE)
    monday.move_to(at("2026-11-25 09:00"))
    text = client.get(f"/cases/{case.number}").text
    assert "办理时限停着" in text
    typhoon.end(make.actor("chief"))
    text = client.get(f"/cases/{case.number}/clock?order={order.number}").text
    assert "因台风“梅花”应急，11月23日至11月25日停表" in text and "应急停表，不计" in text
