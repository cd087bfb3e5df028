"""The public accounts over HTTP: the ledger of the unsolved, the promise ledger, what keeps coming back, and pressing for an answer."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from civic.cases import operations as cases
from civic.cases import promises, recurrence
from civic.geo.columns import to_column
from civic.kit import clock
from civic.models import Stubborn, Urge, User
from tests import factories as make
from tests.public_world import World, one_of_each


@pytest.fixture
def world(session):
    return World()


def test_the_ledger_lists_everything_public_until_somebody_saw_it_solved(client, world):
    found = one_of_each(world)
    page = client.get("/ledger")
    for name in ("main", "waiting", "late", "planned"):
        assert found[name].number in page.text, name
    for name in ("solved", "internal", "hidden", "merged"):
        assert found[name].number not in page.text, name
    assert "市综合执法局" in page.text and "列入计划" in page.text and "截至" in page.text
    only = client.get("/ledger?only=news")
    assert found["main"].number in only.text and found["waiting"].number not in only.text
    unit = client.get("/ledger?department=D12")
    assert found["late"].number in unit.text and found["main"].number not in unit.text
    assert client.get("/ledger?only=x&town=y&after=%00").status_code == 200
    paper = client.get("/ledger/print?department=D12")
    assert paper.status_code == 200 and found["late"].number in paper.text and "只列" in paper.text


def test_the_ledger_asks_the_same_number_of_questions_however_long_it_is(client, world, count_sql):
    world.case()
    client.get("/ledger")
    with count_sql() as few:
        client.get("/ledger")
    for n in range(6):
        world.case(f"第 {n} 件没有办成的事")
    with count_sql() as many:
        client.get("/ledger")
    assert len(many) == len(few)


def promised(world, days, ago, title, **more):
    with world.at(ago):
        case = world.case(title)
        order = world.order(case, items=("冲洗后巷",))
        world.answer(order, "plan", plan_days=days, **more)
    return case, order


def test_the_promise_ledger_says_kept_broken_and_running_with_the_way_to_the_case(client, world):
    kept, order = promised(world, 3, 9, "早就答应过的事")
    with world.at(7):
        world.verify(kept, order, "confirmed")
    late, second = promised(world, 3, 20, "迟到的承诺")
    with world.at(10):
        promises.break_due()
        world.verify(late, second, "confirmed")
    broken, _ = promised(world, 2, 8, "没有兑现的承诺")
    running, _ = promised(world, 30, 2, "还在走的承诺")
    secret, _ = promised(world, 2, 6, "还没公开的答复", release=False)
    promises.break_due()
    page = client.get("/promises")
    assert all(case.number in page.text for case in (kept, late, broken, running)) and secret.number not in page.text
    assert "迟了" in page.text and "共" in page.text and "截至" in page.text
    assert broken.number in client.get("/promises?state=broken").text
    assert running.number not in client.get("/promises?state=broken").text
    assert running.number in client.get("/promises?state=running&department=D20").text
    assert running.number not in client.get("/promises?department=D12").text
    assert client.get("/promises?state=zz&after=x").status_code == 200
    assert "/promises" in client.get("/").text and "/promises" in client.get("/departments").text
    shown = client.get(f"/cases/{late.number}").text
    assert "迟了" in shown and "已兑现" in shown
    assert "承诺到期没有兑现" in client.get(f"/cases/{broken.number}").text


def test_what_keeps_coming_back_is_public_with_its_causes_and_the_desk_decides_on_a_theme(client, world, session):
    here = {"town": "331081103", "point": to_column(121.5462, 28.4063)}
    for n in range(3):
        case = make.case(category="0105", place=here, title=f"内部标题 {n}")
        cases.disclose(world.duty, case, {"public_title": f"后巷第 {n} 次堆垃圾", "public_summary": "后巷又堆起来了。", "precision": "grid",
                                          "no_identity": True, "no_private": True, "consent_kept": True})
        cases.close(world.duty, case, {"resolution": "explained", "note": "说清楚了怎么办", "root_cause": "没有清运合同" if n == 2 else ""})
    record = session.scalar(select(Stubborn))
    page = client.get("/stubborn")
    assert "后巷第 0 次堆垃圾" in page.text and "没有清运合同" in page.text and "内部标题" not in page.text
    assert "这里反复出现" in client.get(f"/cases/{case.number}").text
    make.log_in(client, session.get(User, world.duty.user_id))
    desk = client.get("/desk/stubborn")
    short = client.post(f"/desk/stubborn/{record.id}", data={"choice": "taken", "note": "好"})
    assert desk.status_code == 200 and short.status_code == 422 and "理由" in short.text
    assert client.post(f"/desk/stubborn/{record.id}", data={"choice": "taken", "note": "列为下月主攻题"}).status_code == 303
    session.expire_all()
    assert recurrence.of_case(case)[0].theme == "taken" and client.get("/desk/stubborn").status_code == 200
    assert client.post(f"/desk/stubborn/{record.id}", data={"choice": "left", "note": "再决定一次"}).status_code == 409


def test_the_citizen_presses_from_the_letter_and_is_told_politely_when_again(client, world, session):
    case = world.case()
    tip = world.tip()
    from civic.tips import operations as tips
    tips.accept(world.intake, tip, {"case": case, "category": "0103"})
    world.order(case)
    with client.session_transaction() as held:
        now = int(clock.now().timestamp())
        held.update({"tip": str(tip.id), "tip_at": now, "t0": now, "t1": now})
    letter = client.get("/follow/status")
    assert letter.status_code == 200 and "催一催" in letter.text
    assert client.submit(letter, {}, form="urge").status_code == 303
    again = client.get("/follow/status")
    assert "您催过了" in again.text and "以后可以再催" in again.text and "您催办了一次" in again.text
    assert session.scalar(select(func.count()).select_from(Urge)) == 1
    assert client.post("/follow/urge", data={}).status_code == 409
    assert "反映人催办" in client.get(f"/cases/{case.number}").text


def test_the_case_page_of_the_desk_tells_what_came_after(client, world, session):
    case, order = promised(world, 2, 6, "没有兑现的承诺")
    promises.break_due()
    make.log_in(client, session.get(User, world.duty.user_id))
    page = client.get(f"/desk/cases/{case.number}")
    assert page.status_code == 200 and "答复以后" in page.text and "未兑现" in page.text
    queue = client.get("/desk?group=answers")
    assert "承诺到日子，派人核实" in queue.text
    shown = client.get(f"/orders/{order.number}")
    assert shown.status_code == 200 and "审核" in shown.text
