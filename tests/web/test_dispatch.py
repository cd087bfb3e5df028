"""The pages of dispatch, conferences, the catalogue and the routing rules, used as people use them: without scripts."""

from __future__ import annotations

import re

import pytest
import time_machine
from sqlalchemy import func, select

from civic.access.actor import Actor
from civic.departments import operations as orders
from civic.models import CatalogueEntry, Conference, Referral, RoutingRule
from civic.verbs import OPERATIONS
from tests import factories as make
from tests.calendars import at
from tests.client import forms

BRIEF = "学校东门每天傍晚有摊贩占道，学生绕到机动车道上走。"


@pytest.fixture
def monday():
    with time_machine.travel(at("2026-11-23 09:00"), tick=False) as moving:
        yield moving


@pytest.fixture
def duty(client, session):
    user = make.user("duty")
    make.log_in(client, user)
    return user


def case_of(session, **more):
    row = make.case(category="0101", title="学校东门摊贩占道", **more)
    session.commit()
    return row


FILLED = {"unit-0-brief": BRIEF, "unit-0-items": "清走占道摊位\n放学时段有人值守"}


def test_from_the_case_to_the_preview_to_the_drafts(client, session, monday, duty):
    case = case_of(session)
    page = client.get(f"/desk/cases/{case.number}")
    assert f"/desk/cases/{case.number}/dispatch" in page.text
    form = client.get(f"/desk/cases/{case.number}/dispatch")
    assert "目录：占道经营与流动摊贩由它主办" in form.text
    preview = client.submit(form, {**FILLED, "unit-2-department": "D11", "unit-2-brief": BRIEF, "unit-2-items": "查围挡"},
                            form="dispatch")
    assert preview.status_code == 200 and preview.text.count('class="preview-sheet"') >= 2
    assert BRIEF in preview.text and "协办比主办早两个工作日" in preview.text and "12月14日" in preview.text
    assert session.scalar(select(func.count()).select_from(Referral)) == 0, "a preview leaves nothing behind"
    back = client.post(f"/desk/cases/{case.number}/dispatch", data={**hidden(preview), "do": "change"})
    assert BRIEF in back.text and "放学时段有人值守" in back.text
    done = client.post(f"/desk/cases/{case.number}/dispatch", data={**hidden(preview), "do": "draft"})
    assert done.status_code == 303
    assert set(session.scalars(select(Referral.department))) == {"D20", "D11"}, "a partner nobody ticked is not sent to"
    made = session.scalar(select(func.count()).select_from(Referral))
    again = client.post(f"/desk/cases/{case.number}/dispatch", data={**hidden(preview), "do": "draft"})
    assert again.status_code == 303 and session.scalar(select(func.count()).select_from(Referral)) == made, "sent twice, made once"


def hidden(page):
    """What the preview carries on to the drafts."""
    return next(one for one in forms(page.text) if "draft" in one.buttons).values


def test_the_preview_is_word_for_word_what_the_department_reads(client, session, monday, duty):
    case = case_of(session, place={"town": "331081103", "address": "学校东门 3幢2单元501室"})
    form = client.get(f"/desk/cases/{case.number}/dispatch")
    preview = client.submit(form, FILLED, form="dispatch")
    client.post(f"/desk/cases/{case.number}/dispatch", data={**hidden(preview), "do": "draft"})
    order = session.scalar(select(Referral))
    orders.send(make.actor("duty"), order, {})
    session.commit()
    make.log_in(client, make.user("officer", department="D20"))
    page = client.get(f"/orders/{order.number}")
    for part in (BRIEF, "清走占道摊位", "放学时段有人值守"):
        assert part in preview.text and part in page.text
    body = preview.text[preview.text.index("preview-body"):]
    assert "501" not in body and "501" not in page.text, "no door number in either"
    place = re.search(r"<dt>地点</dt><dd>([^<]*)</dd>", body).group(1)
    assert place and place in page.text


@pytest.mark.parametrize(("typed", "rule", "words"), [
    ({"unit-0-wanted_on": "2026-11-20"}, "R12", "今天"),
    ({"unit-0-department": "D99"}, "", "没有这个单位"),
    ({"unit-2-department": "D11", "unit-2-duty": "lead", "unit-2-items": "查围挡", "unit-2-brief": BRIEF, "unit-2-override": "批示"}, "R12",
     "只能有一个主办"),
    ({"unit-0-department": "D12"}, "R10", "主办"),
    ({"unit-0-brief": "请联系 13812345678"}, "R33", "手机号"),
    ({"unit-0-items": ""}, "R09", "诉求"),
    ({"unit-0-wanted_on": "下周三"}, "", "写日期"),
])
@pytest.mark.parametrize("do", ["preview", "draft"])
def test_what_is_wrong_is_named_with_its_rule_and_nothing_typed_is_lost(client, session, monday, duty, typed, rule, words, do):
    case = case_of(session)
    form = client.get(f"/desk/cases/{case.number}/dispatch")
    values = next(one for one in forms(form.text) if "dispatch" in one.action).values
    answer = client.post(f"/desk/cases/{case.number}/dispatch", data={**values, **FILLED, **typed, "do": do})
    assert answer.status_code == 422 and rule in answer.text and words in answer.text
    for kept in (typed.get("unit-0-brief", BRIEF), *typed.get("unit-0-items", FILLED["unit-0-items"]).splitlines()):
        assert kept in answer.text
    assert session.scalar(select(func.count()).select_from(Referral)) == 0


def test_nobody_dispatches_without_the_right_and_a_closed_case_says_why(client, session, duty):
    case = case_of(session)
    make.log_in(client, make.user("review1"))
    assert client.get(f"/desk/cases/{case.number}/dispatch").status_code == 403
    assert client.post(f"/desk/cases/{case.number}/dispatch", data={"do": "draft"}).status_code == 403
    make.log_in(client, make.user("officer", department="D20"))
    assert client.get(f"/desk/cases/{case.number}/dispatch").status_code == 403
    make.log_in(client, duty)
    OPERATIONS["case", "hand_over"](Actor.of(duty), case, {"channel": "12345", "external_no": "W1", "handed_on": at("2026-11-23 09:00").date()})
    session.commit()
    page = client.get(f"/desk/cases/{case.number}/dispatch")
    assert page.status_code == 409 and "R45" in page.text


def test_the_dispatch_page_reads_in_a_fixed_number_of_statements(client, session, monday, duty, count_sql):
    case = case_of(session)
    client.get(f"/desk/cases/{case.number}/dispatch")
    with count_sql() as few:
        client.get(f"/desk/cases/{case.number}/dispatch")
    for _ in range(8):
        make.case(category="0101", title="学校东门摊贩占道", place={"town": "331081103"})
    session.commit()
    client.get(f"/desk/cases/{case.number}/dispatch")
    with count_sql() as many:
        client.get(f"/desk/cases/{case.number}/dispatch")
    assert len(few) == len(many)


# -- conferences ------------------------------------------------------------------------------------------------------

MINUTES = {"participants": "执法局一人、住建局一人", "minutes": "各方说明职责，议定由一家牵头。", "basis": "三定方案第四条",
           "public_text": "围挡里的摊位由住建牵头清理"}


def quarrel(session):
    case = case_of(session)
    for unit, named in (("D20", "D11"), ("D11", "D20")):
        officer = make.actor("officer", department=unit)
        order = make.order(case, department=unit, officer=officer)
        orders.ask_return(officer, order, {"basis": "三定方案里没有这一项", "unit": named})
        if unit == "D20":
            orders.grant_return(make.actor("duty"), order, {"reason": "先转住建"})
    session.commit()
    return case, order, session.scalar(select(Conference))


def test_a_conference_from_the_list_to_its_decision_and_who_may_look(client, session, monday, duty):
    case, order, row = quarrel(session)
    page = client.get("/desk/conferences")
    assert case.title in page.text and "等决定" in page.text
    one = client.get(f"/desk/conferences/{row.id}")
    assert "三定方案里没有这一项" in one.text and "会商决定：改由另一单位办" in one.text
    done = client.submit(client.get(f"/move/referral/{order.id}/confer_move"), {"unit": "D13", **MINUTES}, form="会商决定")
    assert done.status_code == 303
    assert MINUTES["minutes"] in client.get(f"/desk/conferences/{row.id}").text
    assert "已列入目录" in client.get(f"/desk/conferences/{row.id}").text
    assert f"/desk/conferences/{row.id}" in client.get(f"/desk/cases/{case.number}").text
    for person, code in (("supervisor", 200), ("chief", 200), ("reporter", 403), ("intake", 403), ("admin", 403)):
        make.log_in(client, make.user(person))
        assert client.get(f"/desk/conferences/{row.id}").status_code == code, person


def test_an_invited_unit_reads_the_conference_another_unit_does_not(client, session, monday):
    _, order, row = quarrel(session)
    make.log_in(client, make.user("officer", department="D20"))
    page = client.get(f"/orders/conference/{row.id}")
    assert page.status_code == 200 and "各单位怎么说" in page.text and "/desk/" not in page.text
    make.log_in(client, make.user("officer", department="D11"))
    assert f"/orders/conference/{row.id}" in client.get(f"/orders/{order.number}").text
    make.log_in(client, make.user("officer", department="D04"))
    assert client.get(f"/orders/conference/{row.id}").status_code == 404


# -- the catalogue and the rules --------------------------------------------------------------------------------------


def test_an_administrator_adds_and_ends_an_entry_and_the_desk_reads_it(client, session, monday):
    make.log_in(client, make.user("admin"))
    page = client.get("/admin/catalogue")
    wrong = client.submit(page, {"category": "0101", "department": "D11", "valid_from": "2026-11-23", "note": ""}, form="加入目录")
    assert wrong.status_code == 422 and "依据" in wrong.text
    done = client.submit(wrong, {"note": "职责划转文件〔2026〕9 号"}, form="加入目录")
    assert done.status_code == 303
    entry = session.scalar(select(CatalogueEntry))
    assert entry.department == "D11"
    make.log_in(client, make.user("duty"))
    read = client.get("/admin/catalogue")
    assert "职责划转文件" in read.text and "原为" in read.text and 'name="valid_from"' not in read.text
    assert client.post("/admin/catalogue", data={}).status_code == 403
    make.log_in(client, make.user("admin"))
    client.submit(client.get("/admin/catalogue"), {"valid_to": "2026-11-24", "reason": "文件废止"}, form=f"{entry.id}/close")
    session.refresh(entry)
    assert str(entry.valid_to) == "2026-11-24" and entry.close_reason == "文件废止"
    assert "原为" not in client.get("/admin/catalogue?on=2026-11-24").text and client.get("/admin/catalogue?on=xx").status_code == 200


def test_an_administrator_writes_orders_tries_and_switches_rules(client, session, monday):
    make.log_in(client, make.user("admin"))
    page = client.get("/admin/routing")
    wrong = client.submit(page, {"name": "夜里的摊贩", "department": "D05", "from_time": "22:00", "weekdays": ["6", "7"]}, form="保存")
    assert wrong.status_code == 422 and "有头有尾" in wrong.text and 'value="夜里的摊贩"' in wrong.text
    assert client.submit(wrong, {"to_time": "06:00", "category": "0101"}, form="保存").status_code == 303
    assert client.submit(client.get("/admin/routing"), {"name": "兜底规则", "department": "D12"}, form="保存").status_code == 303
    tried = client.get("/admin/routing?try=1&category=0101&text=摊贩&at=2026-11-28T23:00")
    assert "主办：" in tried.text and "命中" in tried.text and "日子相符" in tried.text
    other = client.get("/admin/routing?try=1&category=0101&at=2026-11-25T10:00")
    assert "星期三不在规定的日子里" in other.text and "兜底规则" in other.text
    first, second = session.scalars(select(RoutingRule).order_by(RoutingRule.position)).all()
    client.submit(client.get("/admin/routing"), form=f"{second.id}/up")
    session.expire_all()
    assert [row.name for row in session.scalars(select(RoutingRule).order_by(RoutingRule.position))] == ["兜底规则", "夜里的摊贩"]
    client.submit(client.get("/admin/routing"), form=f"{first.id}/off")
    session.expire_all()
    assert not session.get_one(RoutingRule, first.id).active
    edit = client.get(f"/admin/routing/{second.id}")
    assert 'value="兜底规则"' in edit.text
    client.submit(edit, {"name": "最后兜底"}, form="保存")
    session.expire_all()
    assert session.get_one(RoutingRule, second.id).name == "最后兜底"
    make.log_in(client, make.user("duty"))
    assert client.get("/admin/routing").status_code == 200 and client.post(f"/admin/routing/{second.id}/off").status_code == 403


def test_a_repeated_tip_is_proposed_by_one_and_confirmed_by_another(client, session, monday, duty):
    from tests.rules import test_dispatch as rules

    case, _ = rules.ended(Actor.of(duty))
    again = rules.tip_of(Actor.of(duty), None)
    session.commit()
    assert case.number in client.get(f"/desk/tips/{again.id}").text
    done = client.submit(client.get(f"/move/tip/{again.id}/propose_repeat?case={case.number}"), {"note": "没有新情况"}, form="按原结果答复")
    assert done.status_code == 303
    assert "等另一位" in client.get(f"/desk/tips/{again.id}").text
    make.log_in(client, make.user("intake"))
    client.submit(client.get(f"/desk/tips/{again.id}"), form="confirm_repeat")
    session.refresh(again)
    assert again.decline_reason == "already_settled"
