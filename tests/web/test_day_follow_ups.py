"""Follow-up stories: proposed once 30 and 90 days after closing, taken on or left by a person; what follows is public."""

from __future__ import annotations

from datetime import timedelta

import pytest

from civic.cases import operations as cases
from civic.kit import clock
from civic.kit.result import NotAllowed, NotPossible
from civic.models import Coverage, FollowUp, db
from civic.newsroom import followups, operations, publishing
from tests import factories as make
from tests.web.test_day import Room, make_signed

SHOWN = {"public_title": "菜场后巷垃圾清运不及时", "public_summary": "居民反映后巷垃圾三天一清。", "precision": "grid",
         "no_identity": True, "no_private": True, "consent_kept": True}


@pytest.fixture
def room(app, db):
    return Room(app)


def closed(room: Room, days: int, *, told: bool = True):
    """A case closed so many days ago, and the story about it."""
    duty, moment = room.actor("duty"), clock.now() - timedelta(days=days)
    with clock.at(moment - timedelta(days=5)):
        case = make.case(duty)
        cases.disclose(duty, case, SHOWN)
        story = room.story("后巷的垃圾谁来清", case=case)
        operations.start(room.actor("writer"), story)
        operations.save(room.actor("writer"), story, {"title": "后巷的垃圾谁来清", "body": "垃圾三天才清一次，夏天有味。", "facts": "三天｜蹲守"})
        make_signed(room, story)
        if told:
            publishing.go_live(duty, publishing.queue(duty, story, {"channel": "app"}), {"link": "https://example.org/1"})
    with clock.at(moment):
        case.resolution, case.closed_at = "resolved", moment
        db.session.execute(db.text("update cases set state = 'closed', closed_at = :at, resolution = 'resolved' where id = :id"),
                           {"at": moment, "id": case.id})
    db.session.commit()
    return case, story


def test_the_clock_proposes_once_each_and_only_for_what_was_in_the_news(room):
    told, story = closed(room, 31)
    closed(room, 31, told=False)
    closed(room, 12)
    old, _ = closed(room, 95)
    assert followups.work() == 2 and followups.work() == 0
    rows = {row.case_id: row for row in db.session.query(FollowUp)}
    assert rows[told.id].kind == "d30" and rows[told.id].follows_id == story.id and rows[old.id].kind == "d90"
    assert (rows[told.id].due_at - told.closed_at) == timedelta(days=30)


def test_the_desk_takes_one_on_from_the_queue(room):
    case, story = closed(room, 31)
    followups.work()
    desk = room.browser("duty")
    queue = desk.get("/desk?tab=dispatch")
    assert "回访报道：排上，或说明不做" in queue.text and "后巷的垃圾谁来清" in queue.text
    row = db.session.query(FollowUp).one()
    here = f"/desk/follow-ups/{row.id}"
    assert here in queue.text
    page = desk.get(here)
    assert "结案 30 天" in page.text
    done = desk.submit(page, {"angle": "保洁合同改了没有"}, form="/accept")
    assert done.status_code == 303
    db.session.expire_all()
    made = db.session.get(Coverage, db.session.get(FollowUp, row.id).coverage_id)
    assert made.follows_id == story.id and made.case_id == case.id and made.state == "planned" and made.angle == "保洁合同改了没有"
    assert made.title == "回访：后巷的垃圾谁来清" and done.location.endswith(str(made.id))
    again = desk.post(here + "/accept", data={"title": "再来一次的回访", "angle": "同一件事"})
    assert again.status_code == 409 and "已经排上了" in again.text and db.session.query(Coverage).count() == 2
    assert "回访报道：排上" not in desk.get("/desk").text
    assert followups.work() == 0


def test_left_with_a_reason_it_does_not_come_back(room):
    case, _ = closed(room, 31)
    followups.work()
    row = db.session.query(FollowUp).one()
    desk, here = room.browser("duty"), f"/desk/follow-ups/{row.id}"
    back = desk.submit(here, {"reason": "忙"}, form="/dismiss")
    assert back.status_code == 422 and "写清为什么不做" in back.text and "忙" in back.text
    assert desk.submit(back, {"reason": "上周《看见》已经回访过"}, form="/dismiss").status_code == 303
    assert "上周《看见》已经回访过" in desk.get(here).text and "上周《看见》已经回访过" in desk.get(f"/desk/cases/{case.number}").text
    assert followups.work() == 0
    with pytest.raises(NotPossible, match="决定不做"):
        followups.accept(room.actor("duty"), row.id)


def test_only_the_duty_editor_decides_and_a_reopened_case_ends_it(room):
    case, _ = closed(room, 31)
    followups.work()
    row = db.session.query(FollowUp).one()
    with pytest.raises(NotAllowed):
        followups.dismiss(room.actor("chief"), row.id, "总编说了算")
    assert room.browser("second").get(f"/desk/follow-ups/{row.id}").status_code == 404
    cases.reopen(room.actor("duty"), case, {"reason": "又堆起来了，重新办"})
    db.session.commit()
    followups.work()
    db.session.refresh(row)
    assert row.outcome == "overtaken"


def test_the_public_page_says_what_happened_after_the_story(room, client):
    case, story = closed(room, 31)
    duty = room.actor("duty")
    page = client.get(f"/cases/{case.number}")
    assert "播出后" in page.text and "结案" in page.text and "不等于因果" in page.text
    back = operations.pitch(duty, {"title": "回访：后巷干净了吗", "angle": "回到现场", "format": "text", "case": case, "follows": story.id})
    operations.start(duty, back, {"author": room.users["writer"].id})
    operations.save(room.actor("writer"), back, {"title": "回访：后巷干净了吗", "body": "一个月后，后巷每天清两次。", "facts": "每天两次｜蹲守"})
    assert "后巷干净了吗" not in client.get(f"/cases/{case.number}").text, "nothing before it is out"
    make_signed(room, back)
    publishing.go_live(duty, publishing.queue(duty, back, {"channel": "app"}), {"link": "https://example.org/2"})
    db.session.commit()
    text = client.get(f"/cases/{case.number}").text
    block = text[text.index('id="aired"'):]
    assert "回访报道" in block and "回访：后巷干净了吗" in block and "第 36 天" in block
    quiet, _ = closed(room, 3, told=False)
    assert "播出后" not in client.get(f"/cases/{quiet.number}").text
