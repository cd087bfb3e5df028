"""The department's portal in a browser without scripts: roster, inbox together, paragraphs, notes, links, paper, exports."""

from __future__ import annotations

import io
import re
import threading
import zipfile

import pytest
import time_machine
from PIL import Image

from civic.access.actor import Actor
from civic.departments import handover, links, paragraphs, roster, takeout, unitnotes
from civic.departments import operations as orders
from civic.models import Answer, OrderExport, OrderLink, Outbox, Paragraph, UnitNote, User
from tests import factories as make
from tests.calendars import at

PDF = (b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\n"
       b"xref\n0 3\ntrailer\n<< /Size 3 /Root 1 0 R >>\nstartxref\n108\n%%EOF\n")


@pytest.fixture
def monday(db):
    with time_machine.travel(at("2026-11-23 09:00"), tick=False) as moved:
        yield moved


@pytest.fixture
def person(monday):
    return make.user("officer", department="D20", name="王科")


@pytest.fixture
def colleague(monday):
    return make.user("officer", department="D20", name="李科")


@pytest.fixture
def officer(client, person):
    return make.log_in(client, person)


@pytest.fixture
def order(monday):
    return make.order(make.case(category="0101"))


def fill(order, **more):
    return {"result": "done", "text": "十一月二十三日已清运完毕，此后每天早晚各清运一次。",
            **{f"item-{item.id}": f"第 {item.position} 项办好了" for item in order.items}, **more}


def photo():
    picture = io.BytesIO()
    Image.new("RGB", (64, 48), "green").save(picture, "JPEG")
    picture.seek(0)
    return picture, "现场.jpg"


# -- roster and hand-over -----------------------------------------------------------------------------------------------


def test_an_officer_makes_the_week_and_the_gaps_are_shown(officer, person):
    page = officer.get("/orders/roster")
    assert page.status_code == 200 and "现在没有人值班" in page.text and "全天没有人" in page.text
    page = officer.submit(page, {"name": "王科", "phone": "86123456", "day": "2026-11-23"}, form="roster?")
    assert page.status_code == 303
    page = officer.get(page.location)
    assert 'href="tel:86123456"' in page.text and "17:30–24:00" in page.text and "排好了" in page.text
    page = officer.submit(page, {"name": "老陈", "phone": "138 0000 1111", "start": "17:30", "end": "08:30", "kind": "day"}, form="roster?")
    assert page.status_code == 422 and "夜班" in page.text and "老陈" in page.text and "138 0000 1111" in page.text
    assert officer.submit(page, {"kind": "night"}, form="roster?").status_code == 303
    assert "老陈" in officer.get("/orders/roster").text
    assert officer.submit("/orders/roster?week=2026-11-30", form="copy").status_code == 303
    assert "老陈" in officer.get("/orders/roster?week=2026-11-30").text


def test_a_turn_is_changed_and_taken_out(officer, person):
    row = roster.save(Actor.of(person), "D20", {"day": "2026-11-25", "start": "08:30", "end": "17:30", "kind": "day", "name": "王科",
                                                "phone": "86123456"})
    page = officer.get(f"/orders/roster/{row.id}")
    assert 'value="2026-11-25"' in page.text
    page = officer.submit(page, {"end": "明天"}, form=str(row.id))
    assert page.status_code == 422 and "17:30" in page.text
    assert officer.submit(f"/orders/roster/{row.id}", {"end": "18:00"}, form="存这一班").status_code == 303
    assert "08:30–18:00" in officer.get("/orders/roster").text
    assert officer.submit(f"/orders/roster/{row.id}", form="remove").status_code == 303
    assert "08:30–18:00" not in officer.get("/orders/roster").text


def test_the_desk_reads_every_roster_and_changes_none(client, person):
    roster.save(Actor.of(person), "D20", {"day": "2026-11-23", "start": "08:30", "end": "17:30", "kind": "day", "name": "王科", "phone": "86123456"})
    make.log_in(client, make.user("duty"))
    page = client.get("/orders/roster")
    assert page.status_code == 200 and "86123456" in page.text and "没有排班" in page.text
    page = client.get("/orders/roster?unit=D20")
    assert "王科" in page.text and "<form class=\"form\"" not in page.text
    assert client.post("/orders/roster?unit=D20", data={"name": "x"}).status_code == 403
    assert client.get("/orders/roster?unit=Z99").status_code == 404
    make.log_in(client, make.user("officer", department="D11"))
    assert client.get("/orders/roster?unit=D20").status_code == 404
    make.log_in(client, make.user("reporter"))
    assert client.get("/orders/roster").status_code == 403


def test_nothing_of_a_roster_is_public(app, db, client, person, order):
    roster.save(Actor.of(person), "D20", {"day": "2026-11-23", "start": "08:30", "end": "17:30", "kind": "day", "name": "值班的老贾",
                                          "phone": "86999999"})
    for path in ("/departments/D20", "/departments", "/", "/cases", "/figures/departments"):
        page = client.get(path, follow_redirects=True).text
        assert "老贾" not in page and "86999999" not in page, path


def test_hand_over_from_one_to_the_next(officer, person, colleague, order):
    page = officer.submit("/orders/handover", {"note": ""}, form="handover")
    assert page.status_code == 422 and "交给下一班" in page.text
    assert officer.submit(page, {"note": "后巷约了周三看现场。"}, form="handover").status_code == 303
    page = officer.get("/orders/handover")
    assert "后巷约了周三看现场。" in page.text and "接班</button>" not in page.text
    (row,) = handover.waiting(["D20"])
    assert officer.post(f"/orders/handover/{row.id}/take").status_code == 403
    make.log_in(officer, colleague)
    assert "王科交了班" in officer.get("/orders").text
    page = officer.get("/orders/handover")
    assert order.number in page.text
    assert officer.submit(page, form="/take").status_code == 303
    page = officer.get("/orders/handover")
    assert "李科" in page.text and "没有等您接的班" in page.text


# -- two of one unit ------------------------------------------------------------------------------------------------------


def test_a_mark_shows_in_inbox_order_and_answer_form(officer, person, colleague, order):
    assert officer.submit(f"/orders/{order.number}", form="/take").status_code == 303
    assert "您在办这张单" in officer.get(f"/orders/{order.number}").text and "我在办" in officer.get("/orders").text
    make.log_in(officer, colleague)
    page = officer.get(f"/orders/{order.number}")
    assert "<b>王科</b>" in page.text and "换我来办" in page.text and "王科在办" in officer.get("/orders").text
    assert "有同事在办" in officer.get(f"/orders/{order.number}/answer").text
    page = officer.post(f"/orders/{order.number}/take", data={})
    assert page.status_code == 409 and "王科" in page.text
    assert officer.submit(f"/orders/{order.number}", form="/take").status_code == 303
    assert officer.submit(f"/orders/{order.number}/answer", fill(order), form="answer").status_code == 303
    assert unitnotes.taken(order) is None


def test_two_officers_answering_at_once_keep_both_texts(officer, person, colleague, order, session):
    page = officer.get(f"/orders/{order.number}/answer")
    orders.answer(Actor.of(colleague), order, make.answer_data(order, text="李科写的：三号桶已换，二十三日起每天清两次。"))
    page = officer.submit(page, fill(order, text="王科也写了一份，说的是后巷冲洗。"), form="answer")
    assert page.status_code == 409
    assert "李科写的：三号桶已换" in page.text and "王科也写了一份，说的是后巷冲洗。" in page.text and "第 1 项办好了" in page.text
    session.refresh(order)
    assert [one.text for one in order.answers] == ["李科写的：三号桶已换，二十三日起每天清两次。"]


# -- paragraphs -----------------------------------------------------------------------------------------------------------


def test_paragraphs_are_made_changed_and_taken_out(officer, session):
    page = officer.get("/orders/paragraphs")
    assert "还没有常用段落" in page.text and "R24" in page.text
    page = officer.submit(page, {"title": "窗口电话", "text": "短"}, form="存下来")
    assert page.status_code == 422 and "窗口电话" in page.text
    assert officer.submit(page, {"text": "可拨打窗口电话 86123456 查询办理进度。"}, form="存下来").status_code == 303
    row = session.query(Paragraph).one()
    assert officer.submit(f"/orders/paragraphs/{row.id}", {"title": "窗口"}, form="存下来").status_code == 303
    session.refresh(row)
    assert row.title == "窗口"
    assert officer.submit("/orders/paragraphs", form="/remove").status_code == 303
    assert session.query(Paragraph).count() == 0
    make.log_in(officer, make.user("duty"))
    assert officer.get("/orders/paragraphs").status_code == 403


def test_a_paragraph_is_put_into_the_answer_and_everything_typed_stays(officer, person, order, session):
    row = paragraphs.save(Actor.of(person), "D20", {"title": "窗口电话", "text": "可拨打窗口电话 86123456 查询。"})
    other = paragraphs.save(Actor.of(make.user("officer", department="D11")), "D11", {"title": "别家的", "text": "别的单位的段落。"})
    page = officer.get(f"/orders/{order.number}/answer")
    assert "用常用段落" in page.text and "别家的" not in page.text
    data = fill(order, text="先写了一句。", contact="王工", photos=photo())
    page = officer.submit(page, {**data, "use": str(row.id)}, form="answer")
    assert page.status_code == 200 and "先写了一句。\n可拨打窗口电话" in page.text and "王工" in page.text and "现场.jpg" in page.text
    page = officer.submit(page, {"use": str(row.id), "into": f"item-{order.items[0].id}"}, form="answer")
    assert "第 1 项办好了\n可拨打窗口电话" in page.text
    page = officer.submit(page, {"use": str(other.id)}, form="answer")
    assert "别的单位的段落" not in page.text
    session.refresh(order)
    session.refresh(row)
    assert order.answers == [] and row.uses == 2
    page = officer.submit(page, form="answer")
    assert page.status_code == 422 and "R24" in page.text, "a paragraph alone does not get past the guard"
    page = officer.submit(page, {"text": "菜场后巷的垃圾桶从十一月二十三日起每天早晚清运，二十四日冲洗除味。"}, form="answer")
    assert page.status_code == 303, re.findall(r'href="#f-[^<]*', page.text)


# -- notes and files --------------------------------------------------------------------------------------------------------


def test_a_note_with_a_photo_and_a_pdf_is_for_the_unit_alone(officer, person, colleague, order, session):
    base = f"/orders/{order.number}"
    page = officer.submit(base, {"text": "约了物业，资料在附件。", "files": [photo(), (io.BytesIO(PDF), "清单.pdf")]}, form="notes")
    assert page.status_code == 303
    note = session.query(UnitNote).one()
    addresses = [f"/orders/unit-files/{note.files[0].id}/thumb", f"/orders/unit-files/{note.files[1].id}/original"]
    make.log_in(officer, colleague)
    page = officer.get(base).text
    assert "约了物业，资料在附件。" in page and all(address in page for address in addresses)
    opened = [officer.get(address) for address in addresses]
    assert [one.status_code for one in opened] == [200, 200] and opened[1].data == PDF
    assert "attachment" in opened[1].headers["Content-Disposition"] and "sandbox" in opened[1].headers["Content-Security-Policy"]
    assert officer.post(f"{base}/notes/{note.id}/remove").status_code == 403
    for who in (make.user("duty"), make.user("chief"), make.user("supervisor")):
        make.log_in(officer, who)
        page = officer.get(base)
        assert page.status_code == 200 and "约了物业" not in page.text and 'id="notes"' not in page.text
        assert {officer.get(address).status_code for address in addresses} == {404}
        assert officer.post(f"{base}/notes", data={"text": "x"}).status_code == 403
    make.log_in(officer, person)
    assert officer.submit(base, form="/remove").status_code == 303
    assert session.query(UnitNote).count() == 0


def test_a_note_without_words_or_with_a_bad_file_says_why(officer, order):
    page = officer.submit(f"/orders/{order.number}", form="notes")
    assert page.status_code == 422 and "写几个字" in page.text
    page = officer.submit(f"/orders/{order.number}", {"text": "留着的话", "files": (io.BytesIO(b"MZ" + b"\0" * 99), "坏.jpg")}, form="notes")
    assert page.status_code == 422 and "坏.jpg" in page.text and "留着的话" in page.text


def test_a_pdf_on_an_answer_can_be_opened_on_a_phone(officer, order, session):
    page = officer.submit(f"/orders/{order.number}/answer", {**fill(order), "photos": (io.BytesIO(PDF), "验收单.pdf")}, form="answer")
    assert page.status_code == 303
    page = officer.get(f"/orders/{order.number}")
    assert "验收单.pdf" in page.text
    opened = officer.submit(page, form="/original")
    assert opened.status_code == 200 and opened.data == PDF


# -- one-time links -----------------------------------------------------------------------------------------------------------


def make_link(officer, order, **more):
    page = officer.submit(f"/orders/{order.number}/links", {"for_whom": "兴达路灯工程队", "ask": "写明换了哪几盏", **more}, form="做一个链接")
    assert page.status_code == 200, page.text[:3000]
    found = re.search(r'value="[^"]*(/once/[\w-]+)"', page.text)
    return found[1], page


def given(order, **more):
    return {"person": "赵师傅", "phone": "86120000", "text": "十一月二十三日上午换了三盏灯泡，已经亮了。",
            f"item-{order.items[0].id}": "三盏都亮了", **more}


def test_a_link_is_shown_once_and_opening_it_changes_nothing(officer, app, order, session):
    path, page = make_link(officer, order)
    assert "只显示这一次" in page.text and "qr-dark" in page.text and session.query(OrderLink).one().token_hash not in page.text
    assert path not in officer.get(f"/orders/{order.number}/links").text
    stranger = app.test_client()
    for _ in range(3):
        assert stranger.head(path).status_code == 200
        page = stranger.get(path)
    assert page.status_code == 200 and order.brief in page.text and "写明换了哪几盏" in page.text
    assert "Set-Cookie" not in page.headers and not stranger._cookies
    assert page.headers["Referrer-Policy"] == "no-referrer" and "no-store" in page.headers["Cache-Control"]
    assert "noindex" in page.headers["X-Robots-Tag"]
    assert 'class="nav' not in page.text and "<nav" not in page.text and "/login" not in page.text
    assert session.query(OrderLink).one().used_at is None


def test_the_page_of_a_link_shows_the_order_and_nobody(officer, app, monday, session):
    case = make.case(category="0101", title="金丝雀标题", facts="金丝雀案情", place={"town": "331081103", "address": "前进路 12 号 3单元502室"})
    order = make.order(case)
    orders.remind(make.actor("duty", name="编辑金丝雀"), order, {"text": "金丝雀催办"})
    unitnotes.write(Actor.of(make.user("officer", department="D20")), order, "金丝雀备注")
    path, _ = make_link(officer, order)
    page = app.test_client().get(path).text
    assert "金丝雀" not in page and "502" not in page and "王科" not in page


def test_what_a_link_brings_is_checked_by_the_unit_and_marked_in_its_answer(officer, app, order, session):
    path, _ = make_link(officer, order)
    stranger = app.test_client()
    page = stranger.submit(path, {**given(order, person=""), "photos": photo()}, form="")
    assert page.status_code == 422 and "十一月二十三日上午" in page.text and "现场.jpg" in page.text
    page = stranger.submit(page, {"person": "赵师傅"}, form="")
    assert page.status_code == 200 and "收到了" in page.text and not stranger._cookies
    page = officer.get(f"/orders/{order.number}")
    assert "交来的材料" in page.text and "兴达路灯工程队" in page.text and "赵师傅" in page.text and "三盏都亮了" in page.text
    assert "1 份经一次性链接" in officer.get("/orders").text
    row = session.query(OrderLink).one()
    page = officer.get(f"/orders/{order.number}/answer?from={row.id}")
    assert "（经一次性链接由兴达路灯工程队提交，本单位已核对。）" in page.text and "现场.jpg" in page.text
    page = officer.submit(page, {"result": "done", f"item-{order.items[1].id}": "已冲洗"}, form="answer")
    assert page.status_code == 303, page.text[:3000]
    session.refresh(row)
    answer = session.query(Answer).one()
    assert row.verdict == "used" and "兴达路灯工程队提交" in answer.text
    assert "已采用" in officer.get(f"/orders/{order.number}").text


def test_a_used_revoked_expired_or_ended_link_is_gone_and_says_what_to_do(officer, app, person, order, session, monday):
    used, _ = make_link(officer, order)
    stranger = app.test_client()
    page = stranger.get(used)
    assert stranger.submit(page, given(order)).status_code == 200
    again = stranger.submit(page, given(order, text="第二次按下提交，写的话不能丢。"))
    assert again.status_code == 410 and "已经用过" in again.text and "写的话不能丢" in again.text
    assert stranger.get(used).status_code == 410
    revoked, _ = make_link(officer, order)
    open_page = stranger.get(revoked)
    assert officer.submit(f"/orders/{order.number}/links", form="revoke").status_code == 303
    for page in (stranger.get(revoked), stranger.submit(open_page, given(order))):
        assert page.status_code == 410 and "撤销" in page.text and "再要一个" in page.text
    late, _ = make_link(officer, order, days="1")
    ended, _ = make_link(officer, order, days="7")
    monday.move_to(at("2026-11-24 10:00"))
    page = stranger.get(late)
    assert page.status_code == 410 and "过期" in page.text and order.brief not in page.text
    orders.answer(Actor.of(person), order, make.answer_data(order))
    page = stranger.get(ended)
    assert page.status_code == 410 and "不等答复" in page.text
    assert session.query(OrderLink).filter(OrderLink.used_at.is_not(None)).count() == 1


def test_guessing_links_is_slowed_down(app, db):
    stranger = app.test_client()
    codes = [stranger.get(f"/once/never-made-{number:040d}").status_code for number in range(22)]
    assert codes[:20] == [404] * 20 and codes[20:] == [429, 429]


def test_the_desk_makes_a_link_and_the_unit_judges(client, app, person, order, session):
    make.log_in(client, make.user("duty"))
    path, _ = make_link(client, order)
    app.test_client().submit(path, given(order))
    row = session.query(OrderLink).one()
    assert {one.recipient for one in session.query(Outbox).where(Outbox.template == "portal.contribution")} == {"department:D20", "role:duty"}
    page = client.get(f"/orders/{order.number}/links")
    assert "赵师傅" in page.text and "由承办单位核对" in page.text
    assert client.post(f"/orders/{order.number}/links/{row.id}/aside", data={"why": "不行"}).status_code == 403
    make.log_in(client, person)
    page = client.post(f"/orders/{order.number}/links/{row.id}/aside", data={"why": ""})
    assert page.status_code == 422
    assert client.submit(page, {"why": "照片不是这个路口"}, form="aside").status_code == 303
    assert "照片不是这个路口" in client.get(f"/orders/{order.number}/links").text
    for who in (make.user("review1"), make.user("supervisor")):
        make.log_in(client, who)
        assert client.get(f"/orders/{order.number}/links").status_code == 403
    make.log_in(client, make.user("officer", department="D11"))
    assert client.get(f"/orders/{order.number}/links").status_code == 404


def test_the_form_of_a_link_sent_twice_makes_one_and_hides_the_second(officer, order, session):
    page = officer.get(f"/orders/{order.number}/links")
    data = {"for_whom": "兴达路灯工程队"}
    assert officer.submit(page, data, form="做一个链接").status_code == 200
    assert officer.submit(page, data, form="做一个链接").status_code == 303
    assert session.query(OrderLink).count() == 1
    page = officer.submit(f"/orders/{order.number}/links", {"for_whom": "", "ask": "反映人电话 13857612345"}, form="做一个链接")
    assert page.status_code == 422 and "R33" in page.text and "给谁用" in page.text


def test_two_sending_a_link_in_the_same_moment_leave_one(committed):
    """Real commits, two threads, one link: one is thanked, the other is told it is used."""
    from civic.models import db

    with committed.app_context():
        order = make.order(make.case(category="0101"))
        row, token = links.make(make.actor("officer", department="D20"), order, {"for_whom": "工程队", "days": "3"})
        key, data = row.id, {name: value for name, value in given(order).items()}
        db.session.commit()
        db.session.remove()
    codes, gate = [], threading.Barrier(2)

    def send(name):
        client = committed.test_client()
        gate.wait()
        codes.append(client.post(f"/once/{token}", data={**data, "person": name}).status_code)
    threads = [threading.Thread(target=send, args=(name,)) for name in ("甲师傅", "乙师傅")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with committed.app_context():
        assert sorted(codes) == [200, 410]
        assert db.session.get(OrderLink, key).person in ("甲师傅", "乙师傅")
        assert db.session.query(Outbox).filter(Outbox.template == "portal.contribution").count() == 1
        db.session.remove()


# -- today, paper, exports --------------------------------------------------------------------------------------------------------


def test_todays_list_has_the_piles_that_press_and_says_when_there_is_nothing(officer, order, monday):
    assert "今天没有要赶的单" in officer.get("/orders/digest").text
    monday.move_to(at("2026-11-30 10:00"))
    make.log_in(officer, make.user("officer", department="D20"))
    page = officer.get("/orders/digest")
    assert "今天到期" in page.text and order.number in page.text


def test_the_message_of_the_morning_reads_as_numbers(db):
    from civic.notify.words import letter
    said = letter("portal.digest", {"overdue": 2, "today": 0, "soon": 1, "unsigned": 0}, "department:D20")
    assert said.text == "今日清单：超期 2 件、两天内到期 1 件" and said.link == "/orders/digest"


def test_one_sheet_and_many(officer, order):
    other = make.order(make.case(category="0101"), "answered")
    page = officer.get(f"/orders/{order.number}/print")
    assert page.status_code == 200 and "qr-dark" in page.text and order.number in page.text
    page = officer.submit("/orders/export", {"kind": "print", "n": [order.number, other.number]}, form="kind")
    assert page.status_code == 200 and page.text.count("paper-sheet") == 2 and "2 张" in page.text


def test_the_table_comes_as_csv_and_xlsx_harmless_and_written_down(officer, session, monday):
    order = make.order(make.case(category="0101"))
    order.brief = "=HYPERLINK(\"http://x\") 后巷垃圾三天一清"
    make.order(make.case(category="0101"), department="D11")
    session.commit()
    page = officer.get("/orders/export")
    assert order.number in page.text
    csv = officer.submit(page, {"kind": "csv"}, form="kind")
    text = csv.data.decode("utf-8-sig")
    assert csv.mimetype == "text/csv" and order.number in text and "'=HYPERLINK" in text and "-Z2" not in text
    assert len(text.strip().splitlines()) == 4
    xlsx = officer.submit(page, {"kind": "xlsx"}, form="kind")
    assert zipfile.ZipFile(io.BytesIO(xlsx.data)).testzip() is None
    kept = session.query(OrderExport).order_by(OrderExport.created_at).all()
    assert [(one.kind, one.total, one.name) for one in kept] == [("csv", 1, "王科"), ("xlsx", 1, "王科")]
    assert "XLSX" in officer.get("/orders/export").text
    page = officer.get("/orders/export?first=昨天&last=2026-11-01")
    assert "2026-11-25" in page.text
    assert "没有符合条件" in officer.get("/orders/export?words=没有这样的话").text
    assert officer.post("/orders/export", data={"kind": "exe"}).status_code == 422


def test_a_bundle_is_made_by_the_queue_piece_by_piece(officer, person, order, session, app):
    from civic.jobs import bundle

    second = make.order(make.case(category="0101"))
    page = officer.submit("/orders/export", {"kind": "zip"}, form="kind")
    assert page.status_code == 303
    address = page.location
    page = officer.get(address)
    assert "做好了 0 张，共 2 张" in page.text and 'http-equiv="refresh"' in page.text
    job = session.query(Outbox).where(Outbox.recipient == takeout.TASK).one()
    bundle.CHUNK, before = 1, bundle.CHUNK
    try:
        bundle.work(job, app.config["CIVIC"])
        assert "做好了 1 张" in officer.get(address).text and officer.get(f"{address}/file").status_code == 404
        more = session.query(Outbox).where(Outbox.recipient == takeout.TASK, Outbox.id != job.id).one()
        bundle.work(more, app.config["CIVIC"])
        bundle.work(more, app.config["CIVIC"])
    finally:
        bundle.CHUNK = before
    session.commit()
    assert "下载 ZIP" in officer.get(address).text
    archive = zipfile.ZipFile(io.BytesIO(officer.get(f"{address}/file").data))
    assert sorted(archive.namelist()) == sorted([f"{order.number}.pdf", f"{second.number}.pdf", "orders.csv"])
    assert archive.read(f"{order.number}.pdf").startswith(b"%PDF") and order.number in archive.read("orders.csv").decode()
    make.log_in(officer, make.user("officer", department="D20"))
    assert officer.get(address).status_code == officer.get(f"{address}/file").status_code == 404


def test_a_bundle_of_somebody_who_lost_the_unit_is_not_made(officer, person, order, session, app):
    from civic.jobs import bundle

    officer.submit("/orders/export", {"kind": "zip"}, form="kind")
    job = session.query(Outbox).where(Outbox.recipient == takeout.TASK).one()
    session.get(User, person.id).active = False
    session.flush()
    bundle.work(job, app.config["CIVIC"])
    assert session.query(OrderExport).one().stage == "failed"


def test_lists_cost_the_same_for_one_and_for_many(officer, order, count_sql):
    def cost(path):
        with count_sql() as seen:
            assert officer.get(path).status_code == 200
        return len(seen)
    paths = ("/orders", "/orders/digest", "/orders/export", "/orders/handover")
    before = [cost(path) for path in paths]
    for _ in range(4):
        unitnotes.take(make.actor("officer", department="D20"), make.order(make.case(category="0101")))
    assert [cost(path) for path in paths] == before
