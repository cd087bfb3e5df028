"""The squad's way on a phone, without scripts: take a task, check in, note, hand in, be sent back, verify with photos."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from civic.access.actor import Actor
from civic.cases import tasks
from civic.models import Assignment, Media, Tip, User, Verification, db
from civic.newsroom import operations
from tests import factories as make


def picture(colour: str) -> io.BytesIO:
    """A small real photograph."""
    out = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(out, "JPEG")
    out.seek(0)
    return out


class Squad:
    """A squad with a lead and two members, a desk, and a case of the area."""

    def __init__(self, app) -> None:
        self.app = app
        self.team = make.team("东片小虎队", ("331081103",))
        self.duty = make.user("duty", name="值班")
        self.lead = make.user(team=self.team, lead=True, name="队长")
        self.one, self.two = make.user(team=self.team, name="队员甲"), make.user(team=self.team, name="队员乙")
        self.case = make.case(Actor.of(self.duty), facts="堆在 12 号门口", place={
            "town": "331081103", "address": "菜场后巷 12 号", "point": "SRID=4326;POINT(121.3861 28.3683)"})
        db.session.commit()

    def browser(self, who: User):
        return make.log_in(self.app.test_client(), who)

    def offer(self, kind: str = "investigate", to: str = "", **more) -> Assignment:
        task = make.task(Actor.of(self.duty), self.case, to or f"team:{self.team.id}", kind, **more)
        db.session.commit()
        return task

    def held(self, kind: str = "investigate") -> Assignment:
        task = self.offer(kind)
        tasks.accept(Actor.of(self.one), task)
        db.session.commit()
        return task


@pytest.fixture
def squad(app, db):
    return Squad(app)


def fresh(row):
    db.session.expire_all()
    return db.session.get(type(row), row.id)


def test_a_task_goes_from_offer_to_approval_on_a_phone_without_scripts(squad):
    task = squad.offer()
    one, two, lead = (squad.browser(who) for who in (squad.one, squad.two, squad.lead))
    assert "等你接" in one.get("/tasks").text and "等你接" in two.get("/tasks").text
    page = one.submit("/tasks", form="/accept")
    assert page.status_code == 303 and fresh(task).assignee_id == squad.one.id
    late = two.post(f"/tasks/{task.id}/accept")
    assert late.status_code == 303 and "刚被队友接走" in two.get(late.location).text
    shown = one.get(f"/tasks/{task.id}").text
    assert "12 号" in shown and "geo:28.368300,121.386100" in shown and "签到" in shown
    page = one.submit(f"/tasks/{task.id}/check-in", {"place_address": "菜场后巷", "note": "还堆着"}, form="/check-in")
    assert page.status_code == 303 and "还堆着" in one.get(page.location).text
    page = one.submit(f"/tasks/{task.id}/note", {"speaker": "citizen", "text": "三天没人来收", "on_record": "y"}, form="/note")
    assert page.status_code == 303 and "三天没人来收" in one.get(page.location).text
    page = one.submit(f"/tasks/{task.id}/submit", {"findings": "确实三天一清", "both_sides": "both"}, form="/submit")
    assert page.status_code == 303 and fresh(task).state == "submitted"
    assert one.post(f"/move/assignment/{task.id}/approve").status_code == 403
    lead.submit(f"/move/assignment/{task.id}/return", {"missing": "缺环卫所的说法"}, form="退回补充")
    assert "缺环卫所的说法" in one.get("/tasks").text
    editor = one.get(f"/tasks/{task.id}/submit")
    assert "确实三天一清" in editor.text
    one.submit(editor, {"findings": "确实三天一清，环卫所认"}, form="/submit")
    lead.submit(f"/move/assignment/{task.id}/approve", form="验收")
    assert fresh(task).state == "done" and "环卫所认" in squad.browser(squad.duty).get(f"/tasks/{task.id}").text


def test_refusing_takes_one_tap_and_a_reason(squad):
    task = squad.offer(to=f"user:{squad.one.id}")
    one = squad.browser(squad.one)
    page = one.post(f"/tasks/{task.id}/decline", data={"reason": "nonsense"})
    assert page.status_code == 303 and fresh(task).state == "offered"
    assert one.post(f"/tasks/{task.id}/decline", data={"reason": "leave"}).status_code == 303
    assert fresh(task).state == "declined" and fresh(task).end_reason == "leave"
    assert squad.browser(squad.two).get(f"/tasks/{task.id}").status_code == 404


def test_checking_in_with_coordinates_keeps_them_for_the_newsroom_only(squad):
    task = squad.held()
    one = squad.browser(squad.one)
    place = {"place_lng": "121.38612", "place_lat": "28.36834", "place_accuracy": "14", "place_datum": "WGS-84"}
    assert one.submit(f"/tasks/{task.id}/check-in", place, form="/check-in").status_code == 303
    shown = one.get(f"/tasks/{task.id}").text
    assert "误差 14 米" in shown and "121.38612" not in shown
    page = one.submit(f"/tasks/{task.id}/check-in", {"place_lng": "999", "place_lat": "x"}, form="/check-in")
    assert page.status_code == 422 and "说明为什么不给" in page.text


def test_a_check_in_without_a_place_asks_for_the_reason_and_keeps_the_note(squad):
    task = squad.held()
    one = squad.browser(squad.one)
    page = one.submit(f"/tasks/{task.id}/check-in", {"note": "看到三袋垃圾"}, form="/check-in")
    assert page.status_code == 422 and "看到三袋垃圾" in page.text and "说明为什么不给" in page.text
    page = one.submit(page, {"without": "unsafe"}, form="/check-in")
    assert page.status_code == 303 and "不便暴露位置" in one.get(page.location).text


def test_words_survive_every_refusal_on_the_way_in(squad):
    task = squad.held()
    one = squad.browser(squad.one)
    page = one.submit(f"/tasks/{task.id}/submit", {"findings": "写了很多的发现"}, form="/submit")
    assert page.status_code == 422 and "写了很多的发现" in page.text and "两方是否都听了" in page.text
    page = one.submit(f"/tasks/{task.id}/note", {"speaker": "self", "text": "字" * 4001}, form="/note")
    assert page.status_code == 422 and "字" * 4001 in page.text
    form = one.get(f"/tasks/{task.id}/submit")
    tasks.cancel(Actor.of(squad.duty), fresh(task), {"reason": "并案了"})
    db.session.commit()
    page = one.submit(form, {"findings": "写了很多的发现", "both_sides": "both", "remote_reason": "电话"}, form="/submit")
    assert page.status_code == 409 and "写了很多的发现" in page.text


def test_a_verification_leaves_its_verdict_with_photos_before_and_after(squad):
    task = squad.held("verify")
    one = squad.browser(squad.one)
    sent = {"verdict": "partial", "method": "on_site", "findings": "清了一半", "remote_reason": "走到门口手机没电",
            "before": (picture("brown"), "before.jpg"), "photos": [(picture("green"), "after.jpg"), (picture("blue"), "2.jpg")]}
    form = one.get(f"/tasks/{task.id}/submit")
    assert "整改前的照片" in form.text and "整改后的照片" in form.text
    page = one.submit(form, sent, form="/submit", content_type="multipart/form-data")
    assert page.status_code == 303, page.text
    [record] = db.session.query(Verification).all()
    assert (record.verdict, record.method, record.note) == ("partial", "on_site", "清了一半")
    phases = sorted(media.phase for media in db.session.query(Media).filter_by(verification_id=record.id))
    assert phases == ["after", "after", "before"]
    shown = one.get(f"/tasks/{task.id}").text
    assert "前后对照" in shown and "部分解决" in shown


def test_a_file_that_is_no_picture_is_refused_and_the_words_stay(squad):
    task = squad.held()
    one = squad.browser(squad.one)
    page = one.submit(f"/tasks/{task.id}/note", {"speaker": "self", "text": "照片在这里", "photos": (io.BytesIO(b"MZ\x90"), "x.jpg")},
                      form="/note", content_type="multipart/form-data")
    assert page.status_code == 422 and "照片在这里" in page.text and "没有收下" in page.text
    assert db.session.query(Media).count() == 0


def test_the_holder_reads_the_report_with_numbers_covered_and_no_contact(squad):
    task = squad.offer()
    tip = Tip(id=make.ledger.new(Tip).id, number="X1", nonce="n", text="后巷臭，打我 13812345678 找王阿姨", state="accepted",
              submitted_at=make.clock.now(), created_at=make.clock.now(), case_id=squad.case.id)
    db.session.add(tip)
    db.session.commit()
    one = squad.browser(squad.one)
    shut = one.get(f"/tasks/{task.id}").text
    assert "后巷臭" not in shut and "12 号" not in shut
    one.post(f"/tasks/{task.id}/accept")
    shown = one.get(f"/tasks/{task.id}").text
    assert "后巷臭" in shown and "13812345678" not in shown and "手机号已遮" in shown


def test_a_coverage_task_is_handed_in_when_the_story_is_in_review(squad):
    task = squad.held("cover")
    one, me = squad.browser(squad.one), Actor.of(squad.one)
    assert "报选题、开写" in one.get(f"/tasks/{task.id}").text
    page = one.submit(f"/tasks/{task.id}/submit", form="/submit")
    assert page.status_code == 409 and "稿件送审以后才能交" in page.text
    row = operations.pitch(me, {"title": "后巷的垃圾", "angle": "看承诺兑现", "format": "text", "case": squad.case.number})
    operations.start(me, row)
    operations.save(me, row, {"title": "后巷的垃圾", "body": "六月以来三天才清一次。"})
    operations.submit(me, row, {"facts_sourced": True, "names_checked": True, "persons_ok": True})
    db.session.commit()
    page = one.submit(f"/tasks/{task.id}/submit", form="/submit")
    assert page.status_code == 303 and fresh(task).state == "submitted"


def test_the_lead_sees_loads_and_gives_an_offer_to_a_member(squad):
    task = squad.offer()
    lead, one = squad.browser(squad.lead), squad.browser(squad.one)
    board = lead.get("/squad").text
    assert "等人接" in board and "手头 0 件" in board and "指定队员" in board
    assert "指定队员" not in one.get("/squad").text
    assert one.post(f"/squad/offers/{task.id}", data={"member": str(squad.two.id)}).status_code == 403
    page = lead.submit("/squad", {"member": str(squad.two.id)}, form="/squad/offers")
    assert page.status_code == 303 and fresh(task).state == "cancelled"
    made = db.session.query(Assignment).filter_by(assignee_id=squad.two.id).one()
    assert made.state == "offered" and made.brief == task.brief
    stranger = make.user("reporter")
    db.session.commit()
    again = squad.offer()
    lead.post(f"/squad/offers/{again.id}", data={"member": str(stranger.id)})
    assert fresh(again).state in ("offered", "cancelled") and not db.session.query(Assignment).filter_by(
        assignee_id=stranger.id).count()


def test_who_is_not_of_the_squad_finds_nothing(squad):
    task = squad.held()
    other = make.team("西片小虎队")
    stranger = make.user(team=other)
    officer = make.user("officer", department="D20")
    db.session.commit()
    browser = squad.browser(stranger)
    for path in ("", "/check-in", "/note", "/submit"):
        assert browser.get(f"/tasks/{task.id}{path}").status_code == 404
    assert browser.post(f"/tasks/{task.id}/accept").status_code == 404
    assert squad.browser(officer).get("/tasks").status_code == 403
    assert squad.browser(squad.duty).get(f"/tasks/{task.id}").status_code == 200
    assert squad.browser(squad.duty).get("/tasks").status_code == 403


def test_a_form_sent_twice_from_a_dead_zone_counts_once(squad):
    task = squad.held()
    one = squad.browser(squad.one)
    form = one.get(f"/tasks/{task.id}/note")
    for _ in range(2):
        assert one.submit(form, {"speaker": "self", "text": "只记一次"}, form="/note").status_code == 303
    assert one.get(f"/tasks/{task.id}").text.count("只记一次") == 1
