"""Grades and crews over HTTP: who may set them, who must sign, who may be drafted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from civic import ledger
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import Conflict, Invalid, NotAllowed, NotPossible
from civic.models import Coverage, GradeDecision, StoryCrew, db
from civic.newsroom import grades, operations, storycrew
from tests import factories as make
from tests.web.test_day import Room, make_signed, ticks

DECIDED = {"grade": "A", "reason": "全县防汛，党委会专题研究", "decided_on": "2026-11-20", "reference": "融媒党〔2026〕18 号"}


@pytest.fixture
def room(app, db):
    return Room(app)


def written(room: Room, title: str = "全县防汛三日") -> Coverage:
    row = room.story(title)
    operations.start(room.actor("writer"), row)
    operations.save(room.actor("writer"), row, {"title": title, "body": "三天三夜，堤上一直有人。", "facts": "三天三夜｜蹲守"})
    return row


def test_grade_a_is_the_chiefs_and_keeps_the_committees_decision(room):
    row = written(room)
    with pytest.raises(NotPossible, match="由总编辑决定"):
        grades.decide(room.actor("duty"), row, DECIDED)
    with pytest.raises(NotAllowed):
        grades.decide(room.actor("writer"), row, DECIDED)
    for wrong, field in (({"decided_on": ""}, "decided_on"), ({"reference": ""}, "reference"), ({"reason": "急"}, "reason"),
                         ({"decided_on": (clock.now() + timedelta(days=3)).date().isoformat()}, "decided_on"), ({"grade": "S"}, "grade"),
                         ({"decided_on": "昨天"}, "decided_on")):
        with pytest.raises(Invalid) as caught:
            grades.decide(room.actor("chief"), row, {**DECIDED, **wrong})
        assert field in caught.value.errors
    assert row.grade == "C"
    grades.decide(room.actor("chief"), row, DECIDED)
    assert row.grade == "A" and grades.decisions(row.id)[0].reference == DECIDED["reference"]
    with pytest.raises(NotPossible, match="由总编辑决定"):
        grades.decide(room.actor("duty"), row, {"grade": "C", "reason": "恢复日常"})
    with pytest.raises(Conflict):
        grades.decide(room.actor("chief"), row, {"grade": "B", "reason": "改由编委会统筹"}, seen="C")


def test_the_database_too_wants_the_decision_of_grade_a(room, session):
    row = written(room)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(ledger.new(GradeDecision, coverage_id=row.id, grade="A", reason="没有文号", reference="", by_id=None))
        session.flush()


def test_a_grade_a_story_is_signed_last_by_the_chief_editor_himself(room):
    row = written(room)
    boss = room.users["boss"] = make.user("chief", name="boss")
    grades.seat(room.actor("chief"), {"user": str(boss.id), "post": "chief"})
    grades.decide(room.actor("chief"), row, DECIDED)
    with pytest.raises(NotPossible, match="总编辑本人"):
        make_signed(room, row)
    db.session.refresh(row)
    assert row.state == "in_review"
    db.session.commit()
    shown = room.browser("chief").get(f"/stories/{row.id}").text
    assert "总编辑本人" in shown, "the page says why the other chief cannot sign"
    assert "待我签" not in room.browser("chief").get("/stories").text or "全县防汛三日" not in room.browser("chief").get("/desk?tab=sign").text
    operations.final_sign(room.actor("boss"), row, ticks(row))
    assert row.state == "approved"
    with pytest.raises(NotPossible, match="先收回再改"):
        other = written(room, "另一篇日常稿")
        make_signed(room, other)
        grades.decide(room.actor("duty"), other, {"grade": "B", "reason": "编委会要统筹"})


def test_grade_b_wants_one_of_the_board_at_the_second_or_third_level(room):
    boss, second = make.user("chief", name="boss"), room.users["e2"]
    grades.seat(room.actor("chief"), {"user": str(boss.id), "post": "chief"})
    row = written(room)
    grades.decide(room.actor("duty"), row, {"grade": "B", "reason": "三个队一起做"})
    with pytest.raises(NotPossible, match="一位编委"):
        make_signed(room, row)
    grades.seat(room.actor("chief"), {"user": str(second.id), "post": "member"})
    operations.final_sign(room.actor("chief"), row, ticks(row))
    assert row.state == "approved", "the second signature is of the board now"


def test_the_board_is_kept_by_the_chief_and_has_one_chief_editor(room):
    chief, duty = room.actor("chief"), room.actor("duty")
    with pytest.raises(NotAllowed):
        grades.seat(duty, {"user": str(room.users["e1"].id), "post": "member"})
    with pytest.raises(Invalid, match="权限"):
        grades.seat(chief, {"user": str(room.users["e1"].id), "post": "chief"})
    grades.seat(chief, {"user": str(room.users["chief"].id), "post": "chief"})
    other = make.user("chief", name="副职")
    with pytest.raises(Invalid, match="已经有一位总编辑"):
        grades.seat(chief, {"user": str(other.id), "post": "chief"})
    db.session.commit()
    browser = room.browser("chief")
    browser.submit("/desk/board", {"user": str(other.id), "post": "deputy"}, form="登记")
    page = browser.get("/desk/board")
    assert "副总编辑" in page.text and "副职" in page.text
    seat = next(one for one in grades.board() if one.name == "副职")
    assert browser.post(f"/desk/board/{seat.id}/end").status_code == 303
    assert [one.post for one in grades.board()] == ["chief"]
    assert room.browser("duty").post("/desk/board", data={"user": str(other.id), "post": "member"}).status_code == 403


# -- crews ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def squads(room):
    east, west = make.team("东片小虎队"), make.team("西片小虎队")
    room.users["writer"] = make.user(name="东写", team=east)
    room.users["east"] = make.user(name="东摄", team=east)
    for number in range(3):
        room.users[f"west{number}"] = make.user(name=f"西{number}", team=west)
    db.session.commit()
    return room


def test_a_crew_across_squads_as_large_as_the_grade_allows(squads):
    room, row = squads, written(squads)
    duty = room.actor("duty")

    def draft(name: str, role: str = "camera"):
        return storycrew.draft(duty, row, {"user": str(room.users[name].id), "role": role})
    assert not draft("east").drafted
    assert draft("west0", "reporter").drafted
    with pytest.raises(NotPossible, match="先提高等级"):
        draft("west1")
    with pytest.raises(Invalid, match="已经在队里"):
        draft("west0")
    with pytest.raises(Invalid, match="就是作者"):
        draft("writer")
    grades.decide(duty, row, {"grade": "B", "reason": "两个队一起做"})
    draft("west1")
    with pytest.raises(NotPossible, match="先放人归队"):
        grades.decide(duty, row, {"grade": "C", "reason": "降回日常"})
    storycrew.release(duty, row, next(one.id for one in storycrew.of(row.id) if one.user.name == "西1"))
    grades.decide(duty, row, {"grade": "C", "reason": "降回日常"})
    assert db.session.query(StoryCrew).count() == 3, "who was there stays on record"


def test_who_is_drafted_sees_the_story_and_a_reporter_of_the_crew_writes_it(squads):
    room, row = squads, written(squads)
    db.session.commit()
    assert room.browser("west0").get(f"/stories/{row.id}").status_code == 404
    storycrew.draft(room.actor("duty"), row, {"user": str(room.users["west0"].id), "role": "reporter"})
    db.session.commit()
    assert room.browser("west0").get(f"/stories/{row.id}").status_code == 200
    operations.save(room.actor("west0"), row, {"title": "全县防汛三日", "body": "两个队一起写的第二版。", "facts": ""}, row.event_id)
    assert row.version == 2
    with pytest.raises(NotAllowed):
        operations.save(room.actor("west1"), row, {"title": "外人", "body": "不在队里的人写不进来。", "facts": ""})


def test_who_works_on_it_does_not_sign_it_and_who_signed_is_not_drafted(squads):
    room, row = squads, written(squads)
    both = room.users["both"] = make.user("review1", name="两栖", team=make.team("南片小虎队"))
    storycrew.draft(room.actor("duty"), row, {"user": str(both.id), "role": "camera"})
    operations.submit(room.actor("writer"), row, {"facts_sourced": True, "names_checked": True, "persons_ok": True})
    with pytest.raises(NotPossible, match="参战队员"):
        operations.sign_off(room.actor("both"), row, ticks(row))
    storycrew.release(room.actor("duty"), row, storycrew.of(row.id)[0].id)
    operations.sign_off(room.actor("both"), row, ticks(row))
    with pytest.raises(NotPossible, match="已经签过"):
        storycrew.draft(room.actor("duty"), row, {"user": str(both.id), "role": "camera"})


def test_the_page_of_grade_and_crew_works_in_the_browser(squads):
    room, row = squads, written(squads)
    db.session.commit()
    here, desk = f"/stories/{row.id}/force", room.browser("duty")
    page = desk.get(f"/stories/{row.id}")
    assert here in page.text and "C 日常" in page.text
    page = desk.get(here)
    assert "还没有参战队员" in page.text and "西片小虎队" in page.text
    assert desk.submit(page, {"user": str(room.users["west0"].id), "role": "camera", "note": "航拍"}, form="/crew").status_code == 303
    assert "航拍" in desk.get(here).text
    back = desk.submit(desk.get(here), {"grade": "A", "reason": "短"}, form="/grade")
    assert back.status_code == 422 and "A 级要写党委会决定的日期" in back.text
    chief = room.browser("chief")
    assert chief.submit(here, DECIDED, form="/grade").status_code == 303
    shown = chief.get(here).text
    assert "融媒党〔2026〕18 号" in shown and Actor.of(room.users["chief"]).name in shown
    assert room.browser("west0").get(here).status_code == 200
    assert room.browser("west0").post(f"/stories/{row.id}/grade", data=DECIDED).status_code == 403
