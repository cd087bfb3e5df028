"""The day's list over HTTP: one lead, order, slots, confirmation, amendments, plan against actual, paper, calendar."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from civic import ledger
from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import Conflict, Invalid, NotAllowed, NotPossible
from civic.models import Coverage, DailyList, DayItem, db
from civic.newsroom import day as days
from civic.newsroom import daypage, operations, publishing
from tests import factories as make


class Room:
    """A desk, a chief, two reporters and some stories."""

    def __init__(self, app) -> None:
        self.app = app
        self.users = {name: make.user(*roles, name=name) for name, roles in {
            "duty": ("duty",), "other": ("duty",), "writer": ("reporter",), "second": ("reporter",), "e1": ("review1",), "e2": ("review2",),
            "chief": ("chief",)}.items()}
        db.session.commit()

    def actor(self, name: str) -> Actor:
        return Actor.of(self.users[name])

    def browser(self, name: str):
        return make.log_in(self.app.test_client(), self.users[name])

    def story(self, title: str = "后巷的垃圾谁来清", **more) -> Coverage:
        row = operations.pitch(self.actor("duty" if "case" in more else "writer"), {
            "title": title, "angle": "看承诺兑现没有", "format": "tv", **more})
        row.author_id = self.users["writer"].id
        db.session.commit()
        return row

    def signed(self, title: str = "后巷的垃圾谁来清", **more) -> Coverage:
        row = self.story(title, **more)
        operations.start(self.actor("writer"), row)
        operations.save(self.actor("writer"), row, {"title": title, "body": "六月以来，菜场后巷的垃圾三天才清一次。", "facts": "三天一次｜蹲守"})
        make_signed(self, row)
        db.session.commit()
        return row


def make_signed(room: Room, row: Coverage, chief: str = "chief", second: str = "e2") -> None:
    operations.submit(room.actor("writer"), row, {"facts_sourced": True, "names_checked": True, "persons_ok": True})
    operations.sign_off(room.actor("e1"), row, ticks(row))
    operations.sign_off(room.actor(second), row, ticks(row))
    operations.final_sign(room.actor(chief), row, ticks(row))


def ticks(row: Coverage) -> dict:
    """Every line of the checklist of the next signature, ticked."""
    from civic.ledger import facts
    return {"checked": [code for code, _ in getattr(facts.load("coverage", row), "must_check", ())]}


@pytest.fixture
def room(app, db):
    return Room(app)


def today():
    return days.today()


def at(hour: int, minute: int = 0, day=None):
    return clock.from_local(datetime.combine(day or today(), time(hour, minute)))


EVENING = {"slot-tv": "evening", "slot-app": "noon", "time-app": "12:30"}


# -- the list ---------------------------------------------------------------------------------------------------------


def test_the_desk_makes_the_list_of_the_day_in_the_browser(room):
    first, second = room.story("夜里的工地"), room.story("后巷的垃圾")
    desk = room.browser("duty")
    page = desk.get(desk.get("/desk/day").location)
    assert "单子上还没有选题" in page.text and "还不能确认" in page.text
    here = f"/desk/day/{today().isoformat()}"
    assert desk.submit(page, {"story": str(first.id), **EVENING}, form="/add").status_code == 303
    page = desk.get(here)
    assert "主选题" in page.text and "19:30" in page.text and "12:30" in page.text and "writer" in page.text
    desk.submit(page, {"story": str(second.id), "slot-radio": "morning", "note": "先问清运公司"}, form="/add")
    page = desk.get(here)
    assert page.text.index("夜里的工地") < page.text.index("后巷的垃圾") and "先问清运公司" in page.text
    plan = days.find(today())
    items = days.items(plan)
    assert plan.lead_coverage_id == first.id and [item.coverage_id for item in items] == [first.id, second.id]
    assert desk.post(f"{here}/items/{items[1].id}", data={"do": "up"}).status_code == 303
    assert desk.post(f"{here}/items/{items[1].id}", data={"do": "lead"}).status_code == 303
    db.session.expire_all()
    assert [item.coverage_id for item in days.items(plan)] == [second.id, first.id] and plan.lead_coverage_id == second.id
    done = desk.submit(desk.get(here), {}, form="/confirm")
    assert done.status_code == 303
    db.session.expire_all()
    assert plan.confirmed_by == room.users["duty"].id and plan.confirmed_at is not None
    assert "已确认" in desk.get(here).text


def test_there_is_exactly_one_lead_whatever_writes_into_the_database(room, session):
    one, two = room.story("第一条选题"), room.story("第二条选题")
    item = days.add(room.actor("duty"), today(), {"story": one, **EVENING})
    plan = days.find(today())
    with pytest.raises(IntegrityError, match="lead"), session.begin_nested():
        plan.lead_coverage_id = two.id  # not on the list
        session.flush()
    session.refresh(plan)
    with pytest.raises(IntegrityError, match="lead"), session.begin_nested():
        session.delete(item)
        session.flush()
    with pytest.raises(IntegrityError), session.begin_nested():
        session.execute(db.text("update daily_lists set confirmed_at = now(), lead_coverage_id = null where id = :id"), {"id": plan.id})
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(ledger.new(DayItem, list_id=plan.id, coverage_id=one.id, position=2))
        session.flush()


def test_a_list_is_confirmed_only_with_lead_people_and_slots(room):
    duty = room.actor("duty")
    with pytest.raises(NotPossible, match="还没有选题"):
        days.confirm(duty, today(), 0)
    story = operations.pitch(duty, {"title": "没有作者的选题", "angle": "谁去写还没定", "format": "tv"})
    days.add(duty, today(), {"story": story})
    with pytest.raises(NotPossible) as caught:
        days.confirm(duty, today(), days.find(today()).revision)
    assert "第 1 条还没有责任人。" in caught.value.reasons and "第 1 条还没有排时段。" in caught.value.reasons


def test_what_is_confirmed_changes_only_with_a_reason_that_stays_marked(room):
    duty = room.actor("duty")
    lead, other = room.story("主打的一条"), room.story("跟着的一条")
    first = days.add(duty, today(), {"story": lead, **EVENING})
    days.add(duty, today(), {"story": other, **EVENING})
    plan = days.confirm(duty, today(), days.find(today()).revision)
    late = room.story("突发的一条")
    for verb in (lambda: days.add(duty, today(), {"story": late, **EVENING}), lambda: days.move(duty, today(), first.id, "down"),
                 lambda: days.set_lead(duty, today(), first.id), lambda: days.remove(duty, today(), first.id, "太短"),
                 lambda: days.note(duty, today(), "改了")):
        with pytest.raises(Invalid) as caught:
            verb()
        assert "理由" in caught.value.errors["reason"]
    with pytest.raises(NotPossible, match="先把另一条定为主选题"):
        days.remove(duty, today(), first.id, "临时撤下，等核实")
    added = days.add(duty, today(), {"story": late, **EVENING, "reason": "刚刚发生的火情"})
    days.set_lead(duty, today(), added.id, "火情优先报道")
    days.remove(duty, today(), first.id, "当事人要求再核实")
    with pytest.raises(NotPossible, match="已经确认过"):
        days.confirm(duty, today(), plan.revision)
    page = daypage.page(duty, today())
    assert page.lead.title == "突发的一条" and page.lead.late_entry and [row.title for row in page.struck] == ["主打的一条"]
    assert {change.reason for change in page.changes if change.amends} == {"刚刚发生的火情", "火情优先报道", "当事人要求再核实"}
    text = room.browser("duty").get(f"/desk/day/{today().isoformat()}").text
    assert "确认后加的" in text and "火情优先报道" in text
    assert db.session.get(DayItem, first.id).struck_at is not None, "what was planned stays on record"


def test_in_the_browser_a_missing_reason_brings_the_form_back_with_what_was_typed(room):
    duty = room.actor("duty")
    item = days.add(duty, today(), {"story": room.story(), **EVENING})
    days.confirm(duty, today(), days.find(today()).revision)
    db.session.commit()
    desk, here = room.browser("duty"), f"/desk/day/{today().isoformat()}/items/{item.id}"
    page = desk.get(here)
    assert "单子已在" in page.text
    back = desk.submit(page, {"note": "改到夜里播", "slot-tv": "evening", "time-tv": "21:40", "do": "save"}, form=here)
    assert back.status_code == 422 and "改动要写理由" in back.text and "改到夜里播" in back.text and "21:40" in back.text
    assert desk.submit(back, {"reason": "球赛延后转播", "do": "save"}, form=here).status_code == 303
    db.session.expire_all()
    assert {clock.local(slot.at).strftime("%H:%M") for slot in db.session.get(DayItem, item.id).slots} >= {"21:40"}


@pytest.mark.parametrize(("given", "field"), [
    ({"slot-tv": "midnight"}, "slot-tv"), ({"slot-tv": "evening", "time-tv": "25:99"}, "time-tv"), ({"time-tv": "19:30"}, "slot-tv"),
    ({"responsible": "not-a-person"}, "responsible"), ({"note": "长" * 301}, "note"), ({"story": "nothing"}, "story")])
def test_what_is_wrong_is_said_by_field_and_nothing_is_put_on(room, given, field):
    with pytest.raises(Invalid) as caught:
        days.add(room.actor("duty"), today(), {"story": room.story(), **given})
    assert field in caught.value.errors and not db.session.query(DayItem).count()


def test_twice_on_a_day_dropped_past_and_far_days_are_refused_in_words(room):
    duty, story = room.actor("duty"), room.story()
    days.add(duty, today(), {"story": story, **EVENING})
    with pytest.raises(Invalid, match="已经在单子上"):
        days.add(duty, today(), {"story": story})
    dropped = room.story("放弃的选题")
    operations.drop(duty, dropped, {"reason": "不做了"})
    with pytest.raises(Invalid, match="已经放弃"):
        days.add(duty, today(), {"story": dropped})
    with pytest.raises(NotPossible, match="已经过去"):
        days.add(duty, today() - timedelta(days=1), {"story": story})
    with pytest.raises(NotPossible, match="60 天"):
        days.add(duty, today() + timedelta(days=61), {"story": story})
    assert room.browser("duty").get("/desk/day/2026-13-40").status_code == 404


def test_only_the_desk_plans_and_a_reporter_sees_what_is_theirs(room):
    mine = room.story("作者自己的选题")
    theirs = operations.pitch(room.actor("second"), {"title": "别人写的选题", "angle": "另一件事", "format": "tv"})
    operations.start(room.actor("second"), theirs)
    for story in (mine, theirs):
        days.add(room.actor("duty"), today(), {"story": story, **EVENING})
    db.session.commit()
    with pytest.raises(NotAllowed):
        days.add(room.actor("writer"), today(), {"story": mine})
    browser, here = room.browser("writer"), f"/desk/day/{today().isoformat()}"
    page = browser.get(here)
    assert "作者自己的选题" in page.text and "别人写的选题" not in page.text and "另有 1 条" in page.text
    assert browser.post(here + "/add", data={"story": str(mine.id)}).status_code == 403
    assert browser.post(here + "/confirm").status_code == 403
    assert room.app.test_client().get(here).status_code in (302, 303), "strangers are sent to log in"


# -- plan against actual ----------------------------------------------------------------------------------------------


def test_the_next_day_shows_plan_against_actual_and_asks_why(room):
    yesterday = today() - timedelta(days=1)
    duty = room.actor("duty")
    kept, late, undone = (room.signed(title) for title in ("按时的一条", "晚了的一条", "没播的一条"))
    with clock.at(at(8, day=yesterday)):
        for story in (kept, late, undone):
            days.add(duty, yesterday, {"story": story, "slot-tv": "noon"})
        days.confirm(duty, yesterday, days.find(yesterday).revision)
    with clock.at(at(12, 5, yesterday)):
        publishing.go_live(duty, publishing.queue(duty, kept, {"channel": "tv"}), {"slot": "午间新闻"})
        publishing.go_live(duty, publishing.queue(duty, kept, {"channel": "radio"}), {"slot": "午间广播"})
    with clock.at(at(15, 0, yesterday)):
        publishing.go_live(duty, publishing.queue(duty, late, {"channel": "tv"}), {"slot": "下午"})
    db.session.commit()
    page = daypage.page(duty, yesterday)
    assert [(row.title, row.slots[0].result) for row in page.items] == [
        ("按时的一条", "in_slot"), ("晚了的一条", "late"), ("没播的一条", "not_done")]
    assert [(one.title, one.name) for one in page.unplanned] == [("按时的一条", "广播")]
    desk, here = room.browser("duty"), f"/desk/day/{yesterday.isoformat()}"
    shown = desk.get(here).text
    assert "按时播出" in shown and "晚于时段" in shown and "没有播出" in shown and "计划外播出" in shown
    queue = desk.get("/desk?tab=sign").text
    assert "写没按计划播出的原因" in queue
    writer = room.browser("writer")
    assert "请你写原因" in writer.get(f"/desk/day/{today().isoformat()}").text, "the responsible person is asked"
    missed = page.items[2]
    back = writer.post(f"{here}/items/{missed.id}/missed", data={"missed": "短"})
    assert back.status_code == 422 and "写清原因" in back.text
    assert writer.post(f"{here}/items/{missed.id}/missed", data={"missed": "设备故障，片子没传回来"}).status_code == 303
    assert room.browser("second").post(f"{here}/items/{page.items[1].id}/missed", data={"missed": "与我无关的人"}).status_code in (403, 404)
    history = desk.get("/desk/days").text
    assert "差 1 条" in history and "按时的一条" in history
    with pytest.raises(NotPossible, match="已经过去"):
        days.move(duty, yesterday, missed.id, "up")


def test_half_an_hour_of_grace_and_early_is_not_late():
    slot, start = at(12), at(0)
    judge = daypage.judge
    assert judge(slot, at(12, 30), start, at(18)) == "in_slot" and judge(slot, at(12, 31), start, at(18)) == "late"
    assert judge(slot, at(23, day=today() - timedelta(days=1)), start, at(18)) == "early"
    assert judge(slot, None, start, at(12, 10)) == "waiting" and judge(slot, None, start, at(12, 31)) == "not_done"


def test_the_paper_for_the_meeting_has_everything_and_no_buttons(room):
    duty = room.actor("duty")
    days.add(duty, today(), {"story": room.story(), **EVENING, "note": "先问清运公司"})
    days.note(duty, today(), "今天重点盯垃圾清运。")
    db.session.commit()
    page = room.browser("duty").get(f"/desk/day/{today().isoformat()}/print")
    assert page.status_code == 200 and "编前会选题单" in page.text and "先问清运公司" in page.text and "今天重点盯垃圾清运" in page.text
    assert "<form" not in page.text


def test_a_page_of_a_day_asks_the_database_the_same_number_of_times_for_one_and_for_many(room, count_sql):
    def ask() -> int:
        db.session.expire_all()
        with count_sql() as statements:
            daypage.page(room.actor("duty"), today())
        return len(statements)
    days.add(room.actor("duty"), today(), {"story": room.story("唯一的选题"), **EVENING})
    ask()
    one = ask()
    for number in range(8):
        days.add(room.actor("duty"), today(), {"story": room.story(f"第 {number} 条选题"), **EVENING})
    assert ask() <= one + 1


def test_the_lead_of_today_is_the_front_pages_lead_once_it_is_out(room, client):
    story = room.signed("今天的主打")
    duty = room.actor("duty")
    days.add(duty, today(), {"story": story, "slot-app": "rolling"})
    db.session.commit()
    assert "今天的主打" not in client.get("/").text
    publishing.go_live(duty, publishing.queue(duty, story, {"channel": "app"}), {"link": "https://example.org/a"})
    db.session.commit()
    assert "今天的主打" in client.get("/").text


def test_two_people_stand_on_the_same_item_and_lose_nothing(room):
    item = days.add(room.actor("duty"), today(), {"story": room.story(), **EVENING})
    seen = item.revision
    days.plan_item(room.actor("duty"), today(), item.id, {**EVENING, "note": "先核实"}, seen)
    with pytest.raises(Conflict) as caught:
        days.plan_item(room.actor("other"), today(), item.id, {**EVENING, "note": "改到广播"}, seen)
    assert any("duty" in line for line in caught.value.changes)
    assert db.session.get(DayItem, item.id).note == "先核实" and db.session.query(DailyList).count() == 1
