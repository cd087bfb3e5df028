"""The desk as people use it: the queue, tips, cases, files."""

from __future__ import annotations

import uuid

import pytest

from civic.cases import tasks
from civic.kit import receipt
from civic.models import Event, IdentityAccess, Tip
from civic.tips import operations as tips
from tests import desk_world as make_world
from tests import factories as make


@pytest.fixture
def book(session):
    return make_world.world()


@pytest.fixture
def now(session):
    """`now(row)`: the row as it is in the database after what a request did."""
    def look(row):
        session.expire(row)
        return row
    return look


@pytest.fixture
def duty(client, book):
    return make.log_in(client, book.duty_user)


# -- the queue --------------------------------------------------------------------------------------------------------


def test_everybody_of_the_desk_gets_the_queue_of_their_own_work(client, book):
    page = make.log_in(client, book.duty_user).get("/desk")
    assert page.status_code == 200 and "等我处理" in page.text and book.case.title in page.text
    for user in (book.intake_user, book.chief_user, book.reviewer_user):
        page = make.log_in(client, user).get("/desk")
        assert page.status_code == 200 and book.case.title not in page.text
    assert make.log_in(client, book.officer_user).get("/desk").status_code == 403


def test_a_tip_is_open_beside_the_list_with_its_buttons_and_nothing_needs_a_third_click(duty, book, now):
    tip = make_world.tip_of()
    page = duty.get(f"/desk?tab=tips&sel=tip:{tip.id}")
    assert tip.text in page.text
    assert f"/move/tip/{tip.id}/accept?seen={tip.event_id}&amp;back=" in page.text and 'data-key="a"' in page.text
    form = duty.get(f"/move/tip/{tip.id}/decline?seen={tip.event_id}&back=/desk%3Ftab%3Dtips")
    done = duty.submit(form, {"reason": "out_of_scope"}, form="不予受理")
    assert done.status_code == 303 and done.location == "/desk?tab=tips"
    assert now(tip).state == "declined"


def test_what_waits_no_longer_is_said_so(duty, book):
    tip = make_world.tip_of()
    tips.decline(book.intake, tip, {"reason": "spam"})
    assert "已经有人处理了" in duty.get(f"/desk?sel=tip:{tip.id}").text
    assert duty.get("/desk?sel=nothing:else&after=not~a~key").status_code == 200


def test_a_tip_like_an_open_case_is_joined_to_it_with_one_button(duty, book, now):
    tip = make_world.tip_of()
    page = duty.get(f"/desk?tab=tips&sel=tip:{tip.id}")
    assert "可能是同一件事" in page.text and "同一镇街" in page.text
    done = duty.post(f"/move/tip/{tip.id}/accept", data={"case": book.case.number, "seen": tip.event_id, "back": "/desk"})
    assert done.status_code == 303 and now(tip).case_id == book.case.id and now(book.case).tip_count == 1


def test_spam_goes_in_one_sweep_and_each_row_says_what_became_of_it(duty, book, now):
    rows = [make_world.tip_of() for _ in range(3)]
    tips.accept(book.intake, rows[2], {"case": book.case.number})
    page = duty.post("/desk/bulk", data={"reason": "spam", "ids": [str(row.id) for row in rows] + ["nonsense"]})
    assert page.status_code == 200 and "不予受理了 2 条，共勾选 3 条" in page.text and "没有动" in page.text
    assert [now(row).state for row in rows] == ["declined", "declined", "accepted"]
    assert duty.post("/desk/bulk", data={"reason": "unfounded", "ids": [str(rows[0].id)]}).status_code == 422
    assert duty.post("/desk/bulk", data={"reason": "spam"}).status_code == 422


def test_a_sweep_needs_the_right_to_triage(client, book):
    tip = make_world.tip_of()
    make.log_in(client, book.reviewer_user)
    assert client.post("/desk/bulk", data={"reason": "spam", "ids": [str(tip.id)]}).status_code == 403
    assert tip.state == "new"


def test_an_answer_stands_in_the_pane_item_by_item(duty, book):
    make_world.answered(book)
    page = duty.get(f"/desk?tab=answers&sel=answer:{book.order.id}")
    assert "恢复每日清运" in page.text and "第1项已办" in page.text and "派回访" in page.text
    assert f"kind=verify&amp;referral={book.order.id}" in page.text
    form = duty.get(f"/move/new/assignment/offer?case={book.case.number}&kind=verify&referral={book.order.id}")
    assert (form.status_code == 200 and f'value="{book.order.id}" selected' in form.text) or "checked" in form.text


# -- tips -------------------------------------------------------------------------------------------------------------


def test_contact_data_are_behind_a_reason_and_shown_once(client, book, session):
    tip = make_world.tip_of(consent="editors", phone="13812345678", name="王女士")
    make.log_in(client, book.intake_user)
    page = client.get(f"/desk/tips/{tip.id}")
    assert "13812345678" not in page.text and "王女士" not in page.text and "查看联系方式" in page.text
    bare = client.post(f"/move/tip/{tip.id}/read_contact", data={"reason": ""})
    assert bare.status_code == 422 and "13812345678" not in bare.text
    shown = client.submit(f"/move/tip/{tip.id}/read_contact", {"reason": "要约时间去现场"}, form="查看联系方式")
    assert shown.status_code == 200 and "13812345678" in shown.text and "王女士" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    after = client.get(f"/desk/tips/{tip.id}")
    assert "13812345678" not in after.text and "要约时间去现场" in after.text and "陈受理" in after.text
    assert session.query(IdentityAccess).filter_by(tip_id=tip.id).count() == 1


def test_only_the_desk_reads_tips(client, book):
    tip = make_world.tip_of()
    for user in (book.officer_user, book.reporter_user, book.reviewer_user):
        make.log_in(client, user)
        assert client.get(f"/desk/tips/{tip.id}").status_code == 403
        assert client.get(f"/move/tip/{tip.id}/accept").status_code == 404


def test_a_clerk_registers_a_call_and_reads_the_code_out(client, book, session):
    make.log_in(client, book.intake_user)
    form = client.get("/desk/tips/new")
    typed = {"text": "河边的路灯坏了半个月，晚上很黑", "address": "河边步道", "consent": "editors", "phone": "13987654321"}
    short = client.submit(form, {**typed, "text": "灯坏"}, form="登记")
    assert short.status_code == 422 and "河边步道" in short.text
    done = client.submit(form, typed, form="登记")
    assert done.status_code == 200 and "念查询码" in done.text
    again = client.submit(form, typed, form="登记")
    rows = session.query(Tip).filter_by(channel="phone").all()
    assert len(rows) == 1 and rows[0].number in again.text
    code = done.text.split('data-copy="')[1][:20]
    assert receipt.check(code) == code and code in again.text
    assert rows[0].receipt_digest and code not in rows[0].text


def test_a_suggested_case_can_be_refused(duty, book, now):
    tip = make_world.tip_of()
    link = tips.suggest_link(tip, book.case, 0.8, ["同一地点"])
    page = duty.get(f"/desk/tips/{tip.id}")
    assert "不是同一件" in page.text
    assert duty.post(f"/desk/tips/{tip.id}/links/{link.id}/reject").status_code == 303
    assert now(link).state == "rejected"
    assert book.case.number not in duty.get(f"/desk/tips/{tip.id}").text
    assert duty.post(f"/desk/tips/{tip.id}/links/{uuid.uuid4()}/reject").status_code == 404


def test_the_list_of_tips_narrows_by_state_town_and_words(duty, book):
    one = make_world.tip_of("河道发黑发臭，连着好几天")
    make_world.tip_of()
    tips.decline(book.intake, one, {"reason": "out_of_area"})
    assert one.number in duty.get("/desk/tips?state=declined").text
    assert one.number not in duty.get("/desk/tips?state=new").text
    found = duty.get("/desk/tips?q=河道")
    assert one.number in found.text and "共 <b class=\"num\">1</b> 条" in found.text
    assert "没有这样的线索" in duty.get("/desk/tips?q=没有人说过的话").text


# -- cases ------------------------------------------------------------------------------------------------------------


def test_the_case_page_has_everything_and_says_why_it_cannot_be_closed(duty, book):
    make_world.with_tip(book)
    make_world.answered(book)
    page = duty.get(f"/desk/cases/{book.case.number}")
    assert page.status_code == 200
    for words in ("现在轮到", "新闻这一路", "办理这一路", "还不能结案：1 张转办单没有结束。", "派任务", "报选题", "记录链完整",
                  "融媒体中心", book.tip.number, "第1项已办", "只能添加，不能修改"):
        assert words in page.text, words


def test_a_reporter_on_the_case_reads_it_without_the_tips(client, book):
    make_world.with_tip(book)
    assert make.log_in(client, book.reporter_user).get(f"/desk/cases/{book.case.number}").status_code == 404
    task = make.task(book.duty, book.case, f"user:{book.reporter_user.id}")
    tasks.accept(book.reporter, task)
    page = client.get(f"/desk/cases/{book.case.number}")
    assert page.status_code == 200 and book.tip.number not in page.text.split("线索</h2>")[-1]
    assert book.tip.text not in page.text


def test_a_merged_case_leads_to_the_one_that_goes_on(duty, book):
    from civic.cases import operations as cases
    other = make.case(book.duty)
    cases.merge(book.duty, book.case, {"into": other.number, "reason": "同一处"})
    away = duty.get(f"/desk/cases/{book.case.number}")
    assert away.status_code == 302 and away.location.startswith(f"/desk/cases/{other.number}")
    assert book.case.number in duty.get(away.location).text
    assert "拆案" in duty.get(f"/desk/cases/{book.case.number}?stay=1").text


def test_the_list_of_cases_filters_from_the_address(duty, book):
    from civic.cases import index
    other = make.case(book.duty, title="路灯坏了半个月没人修", category="0201", place={"town": "331081101"}, grade="B")
    index.refresh(other)
    page = duty.get("/desk/cases")
    assert book.case.number in page.text and other.number in page.text
    assert other.number not in duty.get("/desk/cases?grade=C").text
    assert book.case.number not in duty.get("/desk/cases?town=331081101").text
    assert other.number in duty.get("/desk/cases?q=路灯").text and book.case.number not in duty.get("/desk/cases?q=路灯").text
    assert other.number in duty.get(f"/desk/cases?q={other.number[:9]}").text
    assert "没有这样的案件" in duty.get("/desk/cases?stage=archived").text
    assert duty.get("/desk/cases?stage=x&town=y&after=z&grade=%00").status_code == 200


# -- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.promise("Z1")
def test_pictures_go_only_to_whom_the_row_belongs(client, app, book):
    tip = make_world.with_tip(book)
    seen = make_world.picture(tip_id=tip.id)
    order = make_world.answered(book)
    proof = make_world.picture(answer_id=order.answers[-1].id)
    expected = {book.duty_user: (200, 200), book.intake_user: (200, 200), book.reporter_user: (404, 404),
                book.officer_user: (404, 200), make.user("officer", department="D02"): (404, 404),
                book.reviewer_user: (404, 200)}
    for user, codes in expected.items():
        make.log_in(client, user)
        got = (client.get(f"/files/{seen.id}/large").status_code, client.get(f"/files/{proof.id}/thumb").status_code)
        assert got == codes, user.name
    stranger = app.test_client()
    assert stranger.get(f"/files/{seen.id}/large").status_code == 302
    assert stranger.get(f"/photos/{seen.id}-large.jpg").status_code == 404


def test_a_picture_is_public_only_when_case_and_picture_are(client, book, session):
    photo = make_world.picture(case_id=book.case.id)
    address = f"/photos/{photo.id}-large.jpg"
    assert client.get(address).status_code == 404
    photo.public = True
    session.flush()
    assert client.get(address).status_code == 404
    make_world.disclosed(book)
    answer = client.get(address)
    assert answer.status_code == 200 and answer.mimetype == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff" and "sandbox" in answer.headers["Content-Security-Policy"]
    assert client.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code == 304
    photo.hidden = True
    session.flush()
    assert client.get(address).status_code == 404
    assert client.get(f"/photos/{uuid.uuid4()}-large.jpg").status_code == 404
    assert client.get(f"/photos/{photo.id}-original.jpg").status_code == 404


@pytest.mark.promise("U6")
def test_a_sealed_original_opens_only_with_a_reason_which_stays_on_record(client, book, session):
    photo = make_world.picture(case_id=book.case.id)
    address = f"/files/{photo.id}/original"
    make.log_in(client, book.reviewer_user)
    assert client.post(address, data={"reason": "想看看原图"}).status_code == 403
    make.log_in(client, book.duty_user)
    assert client.get(address).status_code == 404
    assert client.post(address, data={"reason": ""}).status_code == 422
    opened = client.post(address, data={"reason": "核对拍摄时间"})
    assert opened.status_code == 200 and opened.data == b"the original"
    assert opened.headers["Content-Disposition"].startswith("attachment") and opened.headers["Cache-Control"] == "no-store"
    logged = session.query(Event).filter_by(command="open_original").one()
    assert logged.payload["reason"] == "核对拍摄时间" and logged.actor_id == book.duty_user.id
    assert "打开原件" in client.get(f"/desk/cases/{book.case.number}").text
