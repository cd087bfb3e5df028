"""The department's way: inbox, order, answer item by item, paper; the supervisor's list. No word of a tip anywhere."""

from __future__ import annotations

import io
import threading
from datetime import date

import pytest
import time_machine

from civic.access.actor import Actor
from civic.departments import operations as orders
from civic.departments import queries
from civic.kit.ids import uuid7
from tests import factories as make
from tests.calendars import at


@pytest.fixture
def monday():
    with time_machine.travel(at("2026-11-23 09:00"), tick=False) as clock:
        yield clock


@pytest.fixture
def person(session):
    return make.user("officer", department="D20", name="王科")


@pytest.fixture
def officer(client, monday, person):
    """A browser in which the officer of D20 is logged in."""
    return make.log_in(client, person)


def ordinary(**more):
    return make.case(category="0101", **more)


def fill(order, **more):
    """What an officer types."""
    return {"result": "done", "text": "已于当日清运完毕，此后每天早晚各清运一次。",
            **{f"item-{item.id}": f"第 {item.position} 项办好了" for item in order.items}, **more}


# -- the officer's story ----------------------------------------------------------------------------------------------


def test_an_officer_signs_answers_item_by_item_and_sees_it_in_the_pile(officer, monday, session):
    order = make.order(ordinary(), "sent")
    page = officer.get("/orders")
    assert page.status_code == 200 and "待签收" in page.text and order.number in page.text
    page = officer.submit(f"/orders/{order.number}", form="sign")
    assert page.status_code == 303
    page = officer.get(f"/orders/{order.number}")
    assert "已签收" in page.text and "办理中" in page.text and "11月30日" in page.text
    page = officer.get(f"/orders/{order.number}/answer")
    assert "恢复每日清运" in page.text and "代录依据" not in page.text
    page = officer.submit(page, fill(order), form="answer")
    assert page.status_code == 303, page.text[:2000]
    page = officer.get(f"/orders/{order.number}")
    assert "第 1 项办好了" in page.text and "回访核实" in page.text
    assert order.number in officer.get("/orders?pile=answered").text
    session.refresh(order)
    assert order.state == "answered" and order.answers[0].answered_by is not None


def test_a_missing_item_keeps_all_that_was_typed_and_names_it(officer, session):
    order = make.order(ordinary(), officer=None)
    data = fill(order, text="写了很久的一段话，不能丢。", contact="王工 86123456", **{f"item-{order.items[1].id}": ""})
    page = officer.submit(f"/orders/{order.number}/answer", data, form="answer")
    assert page.status_code == 422
    assert "写了很久的一段话，不能丢。" in page.text and "第 1 项办好了" in page.text and "王工 86123456" in page.text
    assert "诉求第 2 项还没有回答" in page.text
    again = officer.submit(page, {f"item-{order.items[1].id}": "也办好了"}, form="answer")
    assert again.status_code == 303
    session.refresh(order)
    assert order.answers[0].contact == "王工 86123456"


def test_a_bad_date_and_an_over_long_text_are_said_in_words(officer):
    order = make.order(ordinary())
    page = officer.submit(f"/orders/{order.number}/answer", fill(order, plan_on="下周三"), form="answer")
    assert page.status_code == 422 and "2026-11-25" in page.text
    page = officer.submit(f"/orders/{order.number}/answer", fill(order, text="长" * 4001), form="answer")
    assert page.status_code == 422 and "最多 4000 字" in page.text and "长" * 4001 in page.text
    page = officer.submit(f"/orders/{order.number}/answer", fill(order, result="plan", plan_on="2026-11-01"), form="answer")
    assert page.status_code == 422 and "今天之前" in page.text


def test_vague_words_are_pointed_out_and_shown_with_the_answer(officer):
    order = make.order(ordinary())
    page = officer.submit(f"/orders/{order.number}/answer", fill(order, text="我们将尽快安排，近期完成清运。"), form="answer")
    assert page.status_code == 303
    page = officer.get(f"/orders/{order.number}")
    assert "没有日子的词" in page.text and "<mark>尽快</mark>" in page.text


def test_a_sent_back_order_says_why_and_starts_from_the_last_words(officer, monday):
    order = make.order(ordinary(), "answered")
    orders.redo(make.actor("duty"), order, {"reason": "后巷还有积水", "term": "3wd"})
    page = officer.get(f"/orders/{order.number}")
    assert "退回重办" in page.text and "后巷还有积水" in page.text and "现期限" in page.text
    page = officer.get(f"/orders/{order.number}/answer")
    assert "后巷还有积水" in page.text and "第 2 项已经办好。" in page.text
    officer.submit(page, fill(order), form="answer")
    page = officer.get(f"/orders/{order.number}")
    assert "第 1 次答复" in page.text and "第 2 次答复" in page.text


def test_a_photo_received_before_an_error_need_not_be_sent_again(officer, session):
    from PIL import Image

    order = make.order(ordinary())
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(picture, "JPEG")
    picture.seek(0)
    data = fill(order, **{f"item-{order.items[0].id}": ""})
    page = officer.submit(f"/orders/{order.number}/answer", {**data, "photos": (picture, "现场.jpg")}, form="answer")
    assert page.status_code == 422 and "现场.jpg" in page.text
    page = officer.submit(page, {f"item-{order.items[0].id}": "办好了"}, form="answer")
    assert page.status_code == 303
    session.refresh(order)
    files = queries.files_of(order.answers[0])
    assert [media.name for media in files] == ["现场.jpg"] and files[0].public is False
    assert f"/files/{files[0].id}/thumb" in officer.get(f"/orders/{order.number}").text


def test_not_a_picture_is_refused_by_name_and_the_text_stays(officer):
    order = make.order(ordinary())
    data = {**fill(order), "photos": (io.BytesIO(b"MZ" + b"\0" * 400), "照片.jpg")}
    page = officer.submit(f"/orders/{order.number}/answer", data, form="answer")
    assert page.status_code == 422 and "照片.jpg" in page.text and "早晚各清运一次" in page.text


# -- two at once ------------------------------------------------------------------------------------------------------


def test_a_page_left_open_while_a_colleague_answered_keeps_the_text_and_says_who(officer, session):
    order = make.order(ordinary())
    page = officer.get(f"/orders/{order.number}/answer")
    colleague = make.actor("officer", department="D20", name="李科")
    orders.answer(colleague, order, make.answer_data(order))
    page = officer.submit(page, fill(order, text="我也写了一份很长的答复。"), form="answer")
    assert page.status_code == 409 and "李科" in page.text and "我也写了一份很长的答复。" in page.text
    session.refresh(order)
    assert len(order.answers) == 1


def test_the_same_form_sent_twice_makes_one_answer(officer, session):
    order = make.order(ordinary())
    page = officer.get(f"/orders/{order.number}/answer")
    first, second = (officer.submit(page, fill(order), form="answer") for _ in range(2))
    assert first.status_code == second.status_code == 303
    session.refresh(order)
    assert len(order.answers) == 1


def test_signing_twice_shows_the_order(officer):
    order = make.order(ordinary(), "sent")
    page = officer.get(f"/orders/{order.number}")
    assert officer.submit(page, form="sign").status_code == 303
    assert officer.submit(page, form="sign").status_code == 409


def test_two_officers_answering_in_the_same_moment_leave_one_answer(committed):
    """Real commits, two threads, one page: exactly one wins."""
    from civic.models import Answer, Referral, db

    with committed.app_context():
        order = make.order(ordinary())
        db.session.flush()
        people = [make.user("officer", department="D20") for _ in range(2)]
        number, items, seen = order.number, [str(item.id) for item in order.items], order.event_id
        db.session.commit()
        clients = [make.log_in(committed.test_client(), who) for who in people]
        db.session.remove()
    codes, gate = [], threading.Barrier(2)

    def send(client):
        data = {"result": "done", "text": "已经清运完毕，每天两次。", "seen": str(seen), "nonce": uuid7().hex,
                **{f"item-{key}": "办好了" for key in items}}
        gate.wait()
        codes.append(client.post(f"/orders/{number}/answer", data=data).status_code)

    threads = [threading.Thread(target=send, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with committed.app_context():
        assert sorted(codes) == [303, 409]
        found = db.session.scalar(db.select(Referral).where(Referral.number == number))
        assert db.session.scalar(db.select(db.func.count()).select_from(Answer).where(Answer.referral_id == found.id)) == 1
        db.session.remove()


# -- who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.promise("Z1")
def test_other_departments_drafts_and_unknown_numbers_do_not_exist(officer):
    other = make.order(ordinary(), department="D11")
    draft = make.order(ordinary(), "draft")
    for number in (other.number, draft.number, "WL-2026-9999-Z1"):
        for path in ("", "/answer", "/print"):
            assert officer.get(f"/orders/{number}{path}").status_code == 404
        for path in ("/answer", "/sign"):
            assert officer.post(f"/orders/{number}{path}").status_code == 404
    assert other.number not in officer.get("/orders").text and draft.number not in officer.get("/orders").text


def test_officers_do_not_open_the_desk_s_or_the_supervisor_s_pages(officer):
    assert officer.get("/supervision").status_code == 403


def test_reviewers_read_but_neither_sign_nor_answer(client, monday):
    order = make.order(ordinary())
    make.log_in(client, make.user("review1"))
    assert client.get(f"/orders/{order.number}").status_code == 200
    assert client.get(f"/orders/{order.number}/answer").status_code == 403
    assert client.post(f"/orders/{order.number}/sign").status_code == 403
    assert client.get("/orders").status_code == 403


def test_the_desk_records_an_answer_with_its_source(client, monday, session):
    order = make.order(ordinary())
    make.log_in(client, make.user("duty"))
    page = client.submit(f"/orders/{order.number}/answer", fill(order), form="answer")
    assert page.status_code == 422 and "来源" in page.text
    assert client.submit(page, {"proof": "来函〔2026〕8 号"}, form="answer").status_code == 303
    assert "来函〔2026〕8 号" in client.get(f"/orders/{order.number}").text


def test_a_stranger_is_asked_to_log_in(client, monday):
    order = make.order(ordinary())
    assert client.get(f"/orders/{order.number}").location.startswith("/login")
    assert client.post(f"/orders/{order.number}/answer", data={}).status_code == 401


# -- what an officer must never read (S13) ----------------------------------------------------------------------------

CANARIES = {"title": "金丝雀标题甲", "text": "金丝雀正文乙", "name": "金丝雀姓名丙", "phone": "13811112222", "note": "金丝雀笔记丁",
            "finding": "金丝雀调查戊",
            "verify": "金丝雀回访己", "file": "金丝雀文件庚.jpg", "message": "金丝雀留言辛", "facts": "金丝雀案情壬"}


@pytest.mark.promise("S13")
def test_no_page_for_an_officer_holds_a_word_of_a_tip_or_of_the_newsroom_s_work(officer, session, monday, person):
    case = make.case(category="0101", title=CANARIES["title"], facts=CANARIES["facts"])
    tip = plant(session, case)
    order = make.order(case, "answered")
    monday.move_to(at("2026-11-23 13:00"))
    verified(case, order)
    orders.release(make.actor("duty"), order, {"public_text": "已清运。"})
    orders.redo(make.actor("duty"), order, {"reason": "后巷还有积水", "term": "3wd"})
    make.log_in(officer, person)
    base = f"/orders/{order.number}"
    pages = [officer.get(path) for path in (
        "/orders", "/orders?pile=rest", "/orders?q=金丝雀", base, f"{base}/answer", f"{base}/print",
        f"/move/referral/{order.id}/ask_pause", f"/move/referral/{order.id}/ask_extension")]
    pages.append(officer.post(f"{base}/answer", data={"text": "短", "seen": "1"}))
    pages.append(officer.post(f"{base}/sign", data={}))
    pages.append(officer.get(base, headers={"Accept": "application/json"}))
    assert [page.status_code for page in pages[:8]] == [200] * 8
    for page in pages:
        for name, words in CANARIES.items():
            assert words not in page.text, f"{name} on {page.request.path}"
        assert str(tip.id) not in page.text and tip.number not in page.text
    assert "/files/" not in pages[3].text


def plant(session, case):
    """A tip full of canaries, accepted into the case, with identity, file, message, note and a finding."""
    from civic import ledger
    from civic.files import attach
    from civic.models import Identity, Note, Tip, TipMessage

    tip = ledger.new(Tip, number="X-CANARY-1", nonce=uuid7().hex, title=CANARIES["title"], text=CANARIES["text"],
                     submitted_at=at("2026-11-20 09:00"), state="accepted", case_id=case.id, consent="editors",
                     receipt_digest=b"x" * 32)
    session.add(tip)
    session.flush()
    session.add(ledger.new(Identity, tip_id=tip.id, name_sealed=CANARIES["name"].encode(),
                           phone_sealed=CANARIES["phone"].encode()))
    session.add(ledger.new(TipMessage, tip_id=tip.id, direction="in", text=CANARIES["message"]))
    session.add(ledger.new(Note, case_id=case.id, text=CANARIES["note"]))
    stored = attach.Stored("jpeg", CANARIES["file"], 10, "vault/x")
    attach.to([stored], actor=Actor.system(), tip_id=tip.id)
    session.flush()
    return tip


def verified(case, order):
    from civic.cases import tasks
    squad = make.team()
    reporter = make.actor(team=squad)
    task = make.task(make.actor("duty"), case, f"team:{squad.id}", kind="verify", referral=str(order.id))
    tasks.accept(reporter, task)
    tasks.submit(reporter, task, {"verdict": "not_fixed", "method": "on_site", "findings": CANARIES["verify"],
                                  "remote_reason": CANARIES["finding"]})


@pytest.mark.promise("S13")
def test_a_sensitive_place_is_only_its_town_and_no_door_number_is_ever_shown(officer, session):
    place = {"town": "331081103", "address": "前进路 12 号 3单元502室"}
    open_, closed = (make.case(category="0101", place=place) for _ in range(2))
    closed.sensitive = True
    session.flush()
    page = officer.get(f"/orders/{make.order(open_).number}").text
    assert "前进路 12 号" in page and "502" not in page
    assert "前进路" not in officer.get(f"/orders/{make.order(closed).number}").text


# -- clock, paper, supervision ----------------------------------------------------------------------------------------


def test_the_page_tells_how_the_date_moved(officer, monday, person):
    order = make.order(ordinary(), officer=Actor.of(person))
    orders.ask_extension(Actor.of(person), order, {"until": date(2026, 12, 4), "reason": "要买清洗车", "interim": "先用水车"})
    assert "延期待批" in officer.get(f"/orders/{order.number}").text
    orders.grant_extension(make.actor("duty"), order)
    page = officer.get(f"/orders/{order.number}").text
    assert "原期限" in page and "现期限" in page and "要买清洗车" in page and "期限怎么变的" in page


def test_the_sheet_of_paper_has_a_code_and_nothing_inline(officer):
    order = make.order(ordinary())
    page = officer.get(f"/orders/{order.number}/print")
    assert page.status_code == 200 and 'class="qr-dark"' in page.text and order.number in page.text
    assert "恢复每日清运" in page.text and "经办人" in page.text


def test_r12_the_lead_reads_the_partner_s_return_and_the_partner_only_how_far_the_lead_is(officer, monday, client):
    case = ordinary()
    lead = make.order(case)
    partner = make.order(case, "answered", department="D11", duty="partner")
    assert partner.answers[0].text in officer.get(f"/orders/{lead.number}").text
    make.log_in(client, make.user("officer", department="D11"))
    page = client.get(f"/orders/{partner.number}").text
    assert "主办" in page and "协办" in page and lead.number not in page


def test_the_supervisor_sees_what_is_late_everywhere_and_how_late(client, monday):
    late, ok = make.order(ordinary()), make.order(ordinary(), department="D11", sla="F")
    monday.move_to(at("2026-12-02 09:00"))
    make.log_in(client, make.user("supervisor"))
    page = client.get("/supervision/late")
    assert late.number in page.text and ok.number not in page.text and "督办" in page.text
    assert client.get(f"/orders/{late.number}").status_code == 200
    assert client.get("/supervision/late?only=supervised").text.count(late.number) == 0


def test_the_inbox_is_searched_filtered_and_empty_in_words(officer, count_sql):
    one = make.order(ordinary())
    assert one.number in officer.get(f"/orders?q={one.number}").text
    assert one.number not in officer.get("/orders?q=没有这样的").text
    assert "空的" in officer.get("/orders?pile=ended").text
    for _ in range(3):
        make.order(ordinary())
    with count_sql() as few:
        officer.get("/orders")
    for _ in range(9):
        make.order(ordinary())
    with count_sql() as many:
        officer.get("/orders")
    assert len(few) == len(many)


def test_forms_cannot_set_what_they_do_not_show(officer, session):
    order = make.order(ordinary())
    data = fill(order, seen=str(order.event_id), nonce="n1", proof="伪造", released="1", state="settled", late="0",
                department="D11", answered_by=str(uuid7()), version="9", public_text="x")
    assert officer.post(f"/orders/{order.number}/answer", data=data).status_code == 303
    session.refresh(order)
    answer = order.answers[0]
    assert (order.state, order.department, answer.version, answer.released, answer.public_text) == (
        "answered", "D20", 1, False, None)
    assert answer.proof == ""
