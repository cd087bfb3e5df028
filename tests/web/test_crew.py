"""The newsroom's people: task forces, shifts, leave, skills, rotation and pairs, and who is proposed for a task."""

from __future__ import annotations

from datetime import timedelta

import pytest

from civic import ledger
from civic.access import shifts, teams
from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.cases import tasks
from civic.jobs import sweeper
from civic.kit import clock
from civic.models import (
    Assignment,
    CrewLog,
    Leave,
    MemberTerm,
    Mentoring,
    Outbox,
    PersonSkill,
    RotationGoal,
    Shift,
    Skill,
    TaskForce,
    Team,
    Timer,
    WeeklyNote,
    db,
)
from civic.newsroom import crewday, crewforces, crewgrow, crewpick, operations
from tests import factories as make

TOWN, OTHER = "331081103", "331081004"


class House:
    """A desk, a chief, two squads with their leads and members, and a case in the first squad's town."""

    def __init__(self, app) -> None:
        self.app = app
        self.duty, self.chief = make.user("duty", name="潘值班"), make.user("chief", name="郑总编")
        self.team, self.west = make.team("东片小虎队", (TOWN,)), make.team("西片小虎队", (OTHER,))
        self.lead = make.user("reporter", team=self.team, lead=True, name="陈队长")
        self.one, self.two = (make.user("reporter", team=self.team, name=name) for name in ("林队员", "江队员"))
        self.far = make.user("reporter", team=self.west, name="方远")
        self.head = make.user("reporter", team=self.west, lead=True, name="吴队长")
        self.case = make.case(Actor.of(self.duty))
        db.session.commit()

    def browser(self, who):
        return make.log_in(self.app.test_client(), who)

    def shift(self, who, kind="duty", start=-1, end=4, **more):
        row = ledger.new(Shift, user_id=who.id, kind=kind, starts_at=clock.now() + timedelta(hours=start),
                         ends_at=clock.now() + timedelta(hours=end), **more)
        db.session.add(row)
        db.session.commit()
        return row

    def away(self, who, first=0, last=2):
        """Approved leave through the pages: asked by the person, decided by the lead or the desk."""
        day = teams.today()
        who_asks = self.browser(who)
        page = who_asks.submit("/crew/leave", {"first_on": str(day + timedelta(days=first)), "last_on": str(day + timedelta(days=last))},
                               form="/crew/leave")
        assert page.status_code == 303
        row = db.session.query(Leave).filter_by(user_id=who.id).order_by(Leave.created_at.desc()).first()
        assert self.browser(self.duty).post(f"/crew/leave/{row.id}/decide", data={"decision": "approve"}).status_code == 303
        db.session.expire_all()
        return row


@pytest.fixture
def house(app, db):
    return House(app)


def days(*ahead: int) -> list[str]:
    return [str(teams.today() + timedelta(days=number)) for number in ahead]


def told(template: str) -> set[str]:
    return set(db.session.scalars(db.select(Outbox.recipient).where(Outbox.template == template)))


# -- pages ------------------------------------------------------------------------------------------------------------


def test_every_page_of_the_room_opens_for_everybody_in_the_newsroom_and_says_when_it_is_empty(house):
    for who in (house.duty, house.one, house.lead, make.user("review1"), make.user("intake")):
        browser = house.browser(who)
        for path in ("", "/shifts", "/shifts?view=month", "/leave", "/skills", "/growth", "/teams", f"/teams/{house.team.slug}",
                     f"/people/{house.one.id}"):
            assert browser.get(f"/crew{path}").status_code == 200, path
    text = house.browser(house.one).get("/crew").text
    assert "没有人。提醒发给所有不在请假的值班编辑" in text and "没有排你的班" in text and "没有定目标" in text
    assert "清单里还没有技能" in house.browser(house.one).get("/crew/skills").text


def test_nobody_outside_the_newsroom_gets_in(house, client):
    assert client.get("/crew").status_code in (302, 303)
    for role in ("officer", "supervisor", "admin"):
        who = make.user(role, department="D20" if role == "officer" else "")
        db.session.commit()
        assert house.browser(who).get("/crew/shifts").status_code == 403


def test_the_room_is_in_the_menu_and_on_the_squads_board(house):
    assert 'href="/crew"' in house.browser(house.duty).get("/desk").text
    board = house.browser(house.one).get("/squad").text
    assert "/crew/shifts" in board and "/crew/leave" in board and "/crew/teams" in board


# -- shifts -----------------------------------------------------------------------------------------------------------


def fill(browser, **data):
    given = {"kind": "duty", "start": "08:00", "end": "17:00", **data}
    return browser.post("/crew/shifts", data=given)


def test_a_week_is_filled_in_one_go_and_copied_to_the_next(house):
    duty = house.browser(house.duty)
    monday = teams.today() + timedelta(days=7 - teams.today().weekday())
    week = [str(monday + timedelta(days=number)) for number in range(5)]
    assert fill(duty, user=house.duty.id, days=week).status_code == 303
    page = duty.get(f"/crew/shifts?day={monday}")
    assert page.text.count("08:00–17:00") == 5 and "没有机动记者" in page.text
    following = monday + timedelta(days=7)
    assert duty.post(f"/crew/shifts/copy?day={following}").status_code == 303
    rows = db.session.query(Shift).filter(Shift.kind == "duty").count()
    assert rows == 10
    again = duty.post(f"/crew/shifts/copy?day={following}", follow_redirects=True)
    assert "这天已经有人" in again.text or "照上周排了 0 班" in again.text
    assert db.session.query(Shift).filter(Shift.kind == "duty").count() == 10
    assert duty.post(f"/crew/shifts/copy?day={following + timedelta(days=14)}").status_code == 409


def test_two_at_once_are_refused_with_the_name_and_allowed_when_meant(house):
    other = make.user("duty", name="颜值班")
    db.session.commit()
    duty = house.browser(house.duty)
    assert fill(duty, user=house.duty.id, days=days(1, 2)).status_code == 303
    page = fill(duty, user=other.id, days=days(2, 3))
    assert page.status_code == 422 and "潘值班已经在这个班" in page.text and "和别人同时值" in page.text
    assert f'value="{other.id}" selected' in page.text and f'value="{days(3)[0]}" checked' in page.text
    assert db.session.query(Shift).filter_by(user_id=other.id).count() == 0, "all days or none"
    assert fill(duty, user=other.id, days=days(2, 3), beside="y").status_code == 303
    page = fill(duty, user=other.id, days=days(3), beside="y")
    assert page.status_code == 422 and "时间重叠" in page.text


@pytest.mark.parametrize(("given", "said"), [
    ({"start": "25:00"}, "17:30"), ({"end": "08:00"}, "不能一样"), ({"days": []}, "至少勾一天"), ({"days": ["2026-13-01"]}, "日期写得不对"),
    ({"user": "nobody"}, "请选一个人"), ({"kind": "boss"}, "请选一种班"), ({"days": ["2020-01-01"]}, "已经过去"),
    ({"days": ["2031-01-01"]}, "三个月"),
])
def test_what_cannot_be_a_shift_comes_back_with_a_sentence(house, given, said):
    page = fill(house.browser(house.duty), **{"user": house.duty.id, "days": days(1), **given})
    assert page.status_code == 422 and said in page.text
    assert db.session.query(Shift).count() == 0


def test_a_night_shift_ends_the_next_morning(house):
    assert fill(house.browser(house.duty), user=house.duty.id, days=days(1), start="22:00", end="06:00").status_code == 303
    row = db.session.query(Shift).one()
    assert row.ends_at - row.starts_at == timedelta(hours=8)


def test_a_lead_fills_only_the_mobile_shifts_of_the_own_squad(house):
    lead = house.browser(house.lead)
    assert fill(lead, kind="mobile", user=house.one.id, days=days(1)).status_code == 303
    assert db.session.query(Shift).one().team_id == house.team.id
    assert fill(lead, kind="duty", user=house.duty.id, days=days(1)).status_code == 403
    assert fill(lead, kind="mobile", user=house.far.id, days=days(1)).status_code == 403
    assert fill(house.browser(house.one), kind="mobile", user=house.one.id, days=days(2)).status_code == 403


def test_a_shift_that_has_begun_stays(house):
    row = house.shift(house.duty)
    duty = house.browser(house.duty)
    page = duty.post(f"/crew/shifts/{row.id}/remove")
    assert page.status_code == 409 and "已经开始" in page.text
    later = house.shift(house.duty, start=30, end=38)
    assert duty.post(f"/crew/shifts/{later.id}/remove").status_code == 303
    assert db.session.query(Shift).count() == 1


# -- whom a message reaches -------------------------------------------------------------------------------------------


def test_messages_to_the_desk_go_to_whoever_is_on_shift(house):
    other = make.user("duty", name="颜值班")
    house.shift(house.duty)
    task = make.task(Actor.of(house.duty), house.case, f"user:{house.one.id}")
    tasks.decline(Actor.of(house.one), task, {"reason": "load"})
    assert told("assignment.decline") == {f"user:{house.duty.id}"}, f"not {other.name}"


def test_with_nobody_on_shift_all_hear_but_those_on_leave_and_with_all_on_leave_the_whole_role_does(house):
    other = make.user("duty", name="颜值班")
    db.session.commit()
    assert shifts.route("role:duty") == ["role:duty"]
    house.shift(other, kind="leave")
    assert shifts.route("role:duty") == [f"user:{house.duty.id}"]
    house.shift(house.duty, kind="leave")
    assert shifts.route("role:duty") == ["role:duty"]
    assert shifts.route("role:supervisor") == ["role:supervisor"] and shifts.route("tip:x") == ["tip:x"]


def test_somebody_on_shift_and_on_leave_is_not_disturbed(house):
    other = make.user("duty", name="颜值班")
    house.shift(house.duty)
    house.shift(house.duty, kind="leave")
    house.shift(other)
    assert shifts.route("role:duty") == [f"user:{other.id}"]
    house.duty.active = False
    db.session.commit()
    assert [one.name for one in shifts.now("duty")] == ["颜值班"]


def test_a_review_is_told_to_the_reviewer_on_shift(house):
    first, second = make.user("review1", name="蔡初审"), make.user("review1", name="阮初审")
    house.shift(first, kind="review1")
    assert shifts.route("role:review1") == [f"user:{first.id}"] != [f"user:{second.id}"]


def test_an_offer_to_a_squad_is_told_to_its_mobile_reporters(house):
    house.shift(house.one, kind="mobile", team_id=house.team.id)
    make.task(Actor.of(house.duty), house.case, f"team:{house.team.id}")
    assert told("assignment.offer") == {f"user:{house.one.id}"}
    assert house.browser(house.two).get("/tasks").text.count("接办") >= 1, "the others may still take it"
    assert shifts.route(f"team:{house.west.id}") == [f"team:{house.west.id}"]


def test_nobody_is_nudged_while_on_leave_the_desk_is(house):
    task = make.task(Actor.of(house.duty), house.case, f"user:{house.one.id}")
    tasks.accept(Actor.of(house.one), task)
    house.away(house.one)
    timer = db.session.query(Timer).filter_by(object_id=task.id, name="contact").one()
    assert sweeper._whom(timer, task) == ["role:duty"]


def test_the_queue_says_who_is_on_or_that_nobody_is(house):
    duty = house.browser(house.duty)
    assert "现在没有值班编辑当班" in duty.get("/desk").text
    house.shift(house.duty)
    assert "当班值班编辑：潘值班" in duty.get("/desk").text


# -- leave ------------------------------------------------------------------------------------------------------------


def test_leave_is_asked_decided_by_somebody_else_and_takes_the_shifts_out(house):
    fill(house.browser(house.lead), kind="mobile", user=house.one.id, days=days(1, 2, 5))
    house.away(house.one, 1, 3)
    kinds = sorted(row.kind for row in db.session.query(Shift).filter_by(user_id=house.one.id))
    assert kinds == ["leave", "mobile"], "the shifts of these days went, the one after stays"
    page = fill(house.browser(house.lead), kind="mobile", user=house.one.id, days=days(2))
    assert page.status_code == 422 and "林队员请假" in page.text
    assert f"user:{house.lead.id}" in told("crew.leave") and told("crew.leave_answer") == {f"user:{house.one.id}"}


def test_nobody_decides_their_own_leave_and_strangers_do_not_see_it(house):
    lead = house.browser(house.lead)
    lead.submit("/crew/leave", {"first_on": days(1)[0], "note": "家里有事"}, form="/crew/leave")
    row = db.session.query(Leave).one()
    assert row.last_on == row.first_on
    assert lead.post(f"/crew/leave/{row.id}/decide", data={"decision": "approve"}).status_code == 403
    assert house.browser(house.one).post(f"/crew/leave/{row.id}/decide", data={"decision": "approve"}).status_code == 404
    assert "家里有事" not in house.browser(house.head).get("/crew/leave").text
    assert "家里有事" in house.browser(house.duty).get("/crew/leave").text
    page = house.browser(house.duty).post(f"/crew/leave/{row.id}/decide", data={"decision": "refuse"})
    assert page.status_code == 422 and "不批要说明原因" in page.text
    assert house.browser(house.duty).post(f"/crew/leave/{row.id}/decide", data={"decision": "refuse", "answer": "那天全员值守"}).status_code == 303
    assert "那天全员值守" in lead.get("/crew/leave").text
    assert all("家里有事" not in line.text for line in db.session.query(CrewLog)), "why somebody is away is in no log"


@pytest.mark.parametrize(("first", "last", "said"), [
    ("", "", "请按"), ("2026-02-30", "", "请按"), ("2020-01-01", "2020-01-02", "已经过去"),
])
def test_leave_that_cannot_be_comes_back_filled(house, first, last, said):
    page = house.browser(house.one).submit("/crew/leave", {"first_on": first, "last_on": last, "note": "探亲"}, form="/crew/leave")
    assert page.status_code == 422 and said in page.text and "探亲" in page.text


def test_leave_twice_for_the_same_days_is_one_leave(house):
    one = house.browser(house.one)
    one.submit("/crew/leave", {"first_on": days(2)[0], "last_on": days(4)[0]}, form="/crew/leave")
    page = one.submit("/crew/leave", {"first_on": days(4)[0], "last_on": days(6)[0]}, form="交给队长批")
    assert page.status_code == 422 and "已经请过" in page.text and db.session.query(Leave).count() == 1


def test_whoever_comes_back_early_is_there_again(house):
    row = house.away(house.one)
    assert shifts.away([house.one.id]) == {house.one.id}
    assert "提前回来" in house.browser(house.one).get("/crew/leave").text and "林队员" in house.browser(house.duty).get("/crew/leave").text
    assert house.browser(house.one).post(f"/crew/leave/{row.id}/withdraw").status_code == 303
    assert shifts.away([house.one.id]) == set()
    later = house.away(house.two, 5, 6)
    assert house.browser(house.two).post(f"/crew/leave/{later.id}/withdraw").status_code == 303
    db.session.expire_all()
    assert later.state == "withdrawn" and db.session.query(Shift).filter_by(user_id=house.two.id).count() == 0


# -- skills -----------------------------------------------------------------------------------------------------------


def skill(house, name="航拍", **more):
    page = house.browser(house.duty).post("/crew/skills/list", data={"name": name, "kinds": ["investigate"], **more})
    assert page.status_code == 303
    return db.session.query(Skill).filter_by(name=name).one()


def learn(house, who, row, **more):
    given = {"skill": row.id, "level": "2", "evidence": "training", "training": "无人机执照培训", "held_on": str(teams.today()), **more}
    return house.browser(house.duty).post(f"/crew/people/{who.id}/skills", data=given)


def test_a_training_is_signed_by_somebody_else_and_runs_out_by_the_list(house):
    row = skill(house, months="12")
    assert learn(house, house.one, row).status_code == 303
    held = db.session.query(PersonSkill).one()
    assert held.signed_by == house.duty.id and 364 <= (held.expires_on - teams.today()).days <= 366
    page = house.browser(house.one).post(f"/crew/people/{house.one.id}/skills", data={"skill": row.id, "level": "3", "evidence": "training"})
    assert page.status_code == 403, "nobody signs for oneself"
    assert "无人机执照培训" in house.browser(house.two).get("/crew/skills").text


def test_a_story_counts_only_when_it_is_approved_and_theirs(house):
    row = skill(house)
    story = operations.pitch(Actor.of(house.two), {"title": "后巷的垃圾", "angle": "看承诺兑现没有", "format": "text"})
    db.session.commit()
    page = learn(house, house.two, row, evidence="story", story=str(story.id), training="")
    assert page.status_code == 422 and "已经签发" in page.text
    story.approved_version, story.approved_at = 1, clock.now()
    db.session.commit()
    assert learn(house, house.one, row, evidence="story", story=str(story.id), training="").status_code == 422
    assert learn(house, house.two, row, evidence="story", story=str(story.id), training="").status_code == 303


@pytest.mark.parametrize(("given", "said"), [
    ({"level": "9"}, "1、2、3 级"), ({"training": ""}, "什么培训"), ({"held_on": "2031-01-01"}, "不能在以后"),
    ({"held_on": "昨天"}, "请按"), ({"evidence": "gossip"}, "签了字的培训"), ({"expires_on": "2001-01-01"}, "失效日"),
    ({"skill": "x"}, "请选清单里的一项"),
])
def test_evidence_that_is_none_comes_back_with_a_sentence(house, given, said):
    page = learn(house, house.one, skill(house), **given)
    assert page.status_code == 422 and said in page.text and db.session.query(PersonSkill).count() == 0


def test_newer_evidence_ends_the_older_and_withdrawing_needs_a_reason(house):
    row = skill(house)
    learn(house, house.one, row)
    learn(house, house.one, row, level="3")
    assert sorted((one.level, one.ended_at is None) for one in db.session.query(PersonSkill)) == [(2, False), (3, True)]
    held = db.session.query(PersonSkill).filter(PersonSkill.ended_at.is_(None)).one()
    duty = house.browser(house.duty)
    assert duty.post(f"/crew/people/{house.one.id}/skills/{held.id}/withdraw", data={"reason": ""}).status_code == 422
    assert duty.post(f"/crew/people/{house.one.id}/skills/{held.id}/withdraw", data={"reason": "执照吊销"}).status_code == 303
    assert "执照吊销" in duty.get(f"/crew/people/{house.one.id}").text


def test_the_gaps_say_nobody_one_person_and_soon_expiring(house):
    drone, live, data = skill(house), skill(house, "直播"), skill(house, "数据")
    learn(house, house.one, drone, expires_on=days(20)[0])
    for who in (house.one, house.two):
        learn(house, who, live)
    assert learn(house, house.one, data, held_on="2020-01-01", expires_on="2021-01-01").status_code == 303
    text = house.browser(house.lead).get("/crew/skills").text
    part = text[text.index("东片小虎队"):text.index("西片小虎队")]
    assert "只有一人" in part and "林队员" in part and "没有人" in part and "过期的" in part and "直播" not in part
    db.session.expire_all()
    crewday_work(house)
    assert told("crew.expiring") == {f"user:{house.one.id}"}


def crewday_work(house, hour=10):
    here = clock.local(clock.now()).replace(hour=hour, minute=0)
    with clock.at(here):
        return crewday.work()


# -- rotation and mentoring -------------------------------------------------------------------------------------------


def test_a_rotation_goal_counts_cases_taken_there(house):
    lead = house.browser(house.lead)
    given = {"user": house.one.id, "target": f"town:{TOWN}", "wanted": "2", "until_on": days(60)[0]}
    assert lead.post("/crew/growth/goals", data=given).status_code == 303
    assert "0 / 2 件" in house.browser(house.one).get("/crew").text
    tasks.accept(Actor.of(house.one), make.task(Actor.of(house.duty), house.case, f"user:{house.one.id}"))
    db.session.commit()
    assert "1 / 2 件" in house.browser(house.one).get("/crew").text
    twin = lead.post("/crew/growth/goals", data=given)
    assert twin.status_code == 422 and "已经有这个目标" in twin.text
    assert house.browser(house.head).post("/crew/growth/goals", data={**given, "target": f"town:{OTHER}"}).status_code == 403
    assert "林队员" not in house.browser(house.far).get("/crew/growth").text, "goals are for the person, the lead and the desk"
    row = db.session.query(RotationGoal).one()
    assert lead.post(f"/crew/growth/goals/{row.id}/end").status_code == 303
    bad = lead.post("/crew/growth/goals", data={"user": house.one.id, "target": "town:x", "wanted": "0", "until_on": days(-1)[0]})
    assert bad.status_code == 422 and "镇街或一类问题" in bad.text and "1 到 50" in bad.text


def test_a_pair_counts_what_both_worked_on(house):
    duty = house.browser(house.duty)
    given = {"mentor": house.lead.id, "mentee": house.one.id, "goal": "独立做一次暗访", "starts_on": days(0)[0], "ends_on": days(90)[0]}
    assert duty.post("/crew/growth/pairs", data={**given, "mentee": house.lead.id}).status_code == 422
    assert duty.post("/crew/growth/pairs", data=given).status_code == 303
    for who in (house.lead, house.one):
        tasks.accept(Actor.of(who), make.task(Actor.of(house.duty), house.case, f"user:{who.id}"))
    tasks.accept(Actor.of(house.one), make.task(Actor.of(house.duty), make.case(Actor.of(house.duty)), f"user:{house.one.id}"))
    db.session.commit()
    assert "一起办了 1 件" in house.browser(house.one).get("/crew/growth").text
    row = db.session.query(Mentoring).one()
    assert duty.post(f"/crew/growth/pairs/{row.id}/end", data={"result": ""}).status_code == 422
    assert house.browser(house.lead).post(f"/crew/growth/pairs/{row.id}/end", data={"result": "能独立做了"}).status_code == 303


# -- task forces ------------------------------------------------------------------------------------------------------

FORCE = {"name": "清河专班", "slug": "qinghe", "beat": "河道排口", "charter": "三个月内查清每个排口", "scope": "只管河道排口，不管饮用水",
         "towns": [TOWN], "departments": ["D10"]}
REPORT = {"report": "三个月查清了四十一个排口，封堵三十九个，两个移交法院，因为产权有争议。", "public_report": "四十一个排口查清，三十九个已经封堵。"}


def force(house, start=-10, **more):
    given = {**FORCE, "starts_on": days(start)[0], "ends_on": days(60)[0], "lead": house.lead.id, **more}
    page = house.browser(house.duty).post("/crew/teams", data=given)
    return page, db.session.query(Team).filter_by(slug="qinghe").one_or_none()


def test_a_task_force_has_charter_scope_units_days_and_a_lead(house):
    page, team = force(house)
    assert page.status_code == 303 and team.kind == "taskforce" and teams.here(team)[0].user_id == house.lead.id
    text = house.browser(house.one).get("/crew/teams/qinghe").text
    assert "只管河道排口" in text and "三个月内查清" in text and "陈队长" in text
    for given, said in (({"slug": "二"}, "小写字母"), ({"ends_on": days(-20)[0]}, "结束"), ({"charter": ""}, "请填写"), ({"lead": ""}, "要有队长"),
                        ({"slug": "qinghe"}, "已经有了")):
        page, _ = force(house, **{"slug": "other", **given})
        assert page.status_code == 422 and said in page.text and "清河专班" in page.text
    assert house.browser(house.one).post("/crew/teams", data=FORCE).status_code == 403


def test_people_come_and_go_with_their_days_and_the_team_keeps_a_lead(house):
    _, team = force(house)
    lead = house.browser(house.lead)
    assert lead.post("/crew/teams/qinghe/members", data={"user": house.far.id, "role": "camera", "ends_on": days(20)[0]}).status_code == 303
    db.session.expire_all()
    member = next(one for one in team.members if one.user_id == house.far.id)
    assert Actor.of(house.far).member_of >= {team.id}
    member.starts_on = teams.today() - timedelta(days=9)
    db.session.commit()
    assert lead.post("/crew/teams/qinghe/members", data={"user": house.far.id, "role": "liaison"}).status_code == 303
    assert [(row.role, (row.ends_on - row.starts_on).days) for row in db.session.query(MemberTerm)] == [("camera", 8)]
    own = next(one for one in team.members if one.user_id == house.lead.id)
    page = lead.post(f"/crew/teams/qinghe/members/{own.id}/remove")
    assert page.status_code == 409 and "要有一位队长" in page.text
    assert lead.post(f"/crew/teams/qinghe/members/{member.id}/remove").status_code == 303
    db.session.expire_all()
    assert team.id not in Actor.of(house.far).member_of
    assert house.browser(house.one).post("/crew/teams/qinghe/members", data={"user": house.one.id, "role": "lead"}).status_code == 403


def test_a_place_that_has_ended_or_not_begun_gives_no_rights(house):
    member = house.one.memberships[0]
    member.ends_on = teams.today() - timedelta(days=1)
    db.session.commit()
    db.session.expire_all()
    assert Actor.of(house.one).member_of == frozenset()
    member.ends_on, member.starts_on = None, teams.today() + timedelta(days=3)
    db.session.commit()
    assert Actor.of(house.one).member_of == frozenset()


def test_a_missing_weekly_note_is_shown_and_reminded_once(house):
    _, team = force(house, start=-20)
    assert "还没写" in house.browser(house.lead).get("/crew/teams/qinghe").text
    assert "周周报" in house.browser(house.duty).get("/crew/teams").text
    crewday_work(house)
    crewday_work(house)
    rows = db.session.query(Outbox).filter_by(template="crew.weekly", recipient=f"user:{house.lead.id}").count()
    assert rows == 2, "two weeks are late, each told once"
    week = crewforces.monday(teams.today() - timedelta(days=7))
    page = house.browser(house.lead).submit(f"/crew/teams/qinghe/weeks/{week}", {"done": "查", "plan": "封堵"}, form="/weeks/")
    assert page.status_code == 422 and "至少写 4 个字" in page.text and "封堵" in page.text
    page = house.browser(house.lead).submit(f"/crew/teams/qinghe/weeks/{week}", {"done": "查清十二个排口", "plan": "封堵"}, form="/weeks/")
    assert page.status_code == 303 and db.session.query(WeeklyNote).one().monday == week
    house.browser(house.lead).submit(f"/crew/teams/qinghe/weeks/{week}", {"done": "查清十三个排口"}, form="/weeks/")
    assert db.session.query(WeeklyNote).count() == 1 and "查清十三个" in house.browser(house.one).get("/crew/teams/qinghe").text
    assert house.browser(house.far).post(f"/crew/teams/qinghe/weeks/{week}", data={"done": "查清十二个排口", "plan": "封堵"}).status_code == 403
    future = crewforces.monday(teams.today() + timedelta(days=14))
    assert house.browser(house.lead).get(f"/crew/teams/qinghe/weeks/{future}").status_code == 404


def test_a_task_force_cannot_be_disbanded_without_its_report_nor_with_work_in_hand(house):
    _, team = force(house)
    lead = house.browser(house.lead)
    page = lead.post("/crew/teams/qinghe/disband", data={"report": "", "public_report": ""})
    assert page.status_code == 422 and "请填写" in page.text and db.session.query(TaskForce).one().disbanded_at is None
    task = make.task(Actor.of(house.duty), house.case, f"team:{team.id}")
    db.session.commit()
    page = lead.post("/crew/teams/qinghe/disband", data=REPORT)
    assert page.status_code == 409 and "还有 1 条任务" in page.text and "四十一个排口" in page.text
    tasks.cancel(Actor.of(house.duty), task, {"reason": "并到别处"})
    db.session.commit()
    assert lead.post("/crew/teams/qinghe/disband", data=REPORT).status_code == 303
    db.session.expire_all()
    assert db.session.query(TaskForce).one().disbanded_at and team.members == []
    assert db.session.query(MemberTerm).filter_by(team_id=team.id).count() == 1
    shown = house.app.test_client().get("/squads/qinghe").text
    assert "三十九个已经封堵" in shown and "移交法院" not in shown, "the inner report stays inside"
    assert house.browser(house.duty).post("/crew/teams/qinghe/disband", data=REPORT).status_code == 409
    assert f"team:{team.id}" not in house.browser(house.duty).get(f"/move/new/assignment/offer?case={house.case.number}").text


def test_the_administrators_form_is_no_back_door_around_the_report(house):
    _, team = force(house)
    admin = house.browser(make.user("admin"))
    given = {"name": "清河专班", "slug": "qinghe", "kind": "taskforce", "starts_on": days(-10)[0], "ends_on": days(-1)[0]}
    page = admin.post(f"/admin/teams/{team.id}", data=given)
    assert page.status_code == 422 and "解散报告" in page.text
    page = admin.post(f"/admin/teams/{team.id}", data={**given, "kind": "squad", "ends_on": ""})
    assert page.status_code == 422 and "不能改成常设小队" in page.text


# -- the public page --------------------------------------------------------------------------------------------------


def test_the_public_page_of_a_squad_opens_each_number_and_names_nobody(house):
    client = house.app.test_client()
    page = client.get(f"/squads/{house.team.slug}")
    assert page.status_code == 200 and "队长 1 人" in page.text and "记者 2 人" in page.text
    assert all(who.name not in page.text for who in (house.lead, house.one, house.two))
    for path in (f"/squads/{house.team.slug}/solved", f"/squads/{house.team.slug}/kept", f"/news?squad={house.team.slug}"):
        assert path in page.text and client.get(path).status_code == 200
    assert "还没有" in client.get(f"/squads/{house.team.slug}/solved").text
    assert client.get("/squads/nosuch/solved").status_code == 404
    assert client.get(f"/squads/{house.team.slug}/kept?after=zzz").status_code == 200


# -- who is proposed --------------------------------------------------------------------------------------------------


def names(house, kind="investigate", actor=None):
    return [one.name for one in crewpick.suggest(actor or Actor.of(house.duty), house.case, None, kind).found]


def test_suggestions_come_with_reasons_and_scores_and_choosing_fills_the_form_only(house):
    row = skill(house)
    learn(house, house.two, row, level="3")
    duty = house.browser(house.duty)
    path = f"/move/new/assignment/offer?case={house.case.number}"
    page = duty.get(path)
    assert "建议谁来" in page.text and "会航拍 3 级" in page.text and "手头没有任务" in page.text and "就在本片" in page.text
    assert "只是建议" in page.text and "现在没有机动记者当班" in page.text and names(house)[0] == "江队员"
    chosen = duty.post(path, data={"pick": f"user:{house.two.id}", "kind": "investigate", "brief": "到现场看看后巷", "due_at": "2031-01-01T10:00"})
    assert chosen.status_code == 200 and "到现场看看后巷" in chosen.text and f'selected value="user:{house.two.id}"' in chosen.text
    assert db.session.query(Assignment).count() == 0, "a person decides"
    sent = duty.submit(chosen, form="offer")
    assert sent.status_code == 303 and db.session.query(Assignment).one().assignee_id == house.two.id


def test_people_on_leave_are_never_suggested_and_an_offer_to_them_says_so(house):
    house.away(house.one)
    assert "林队员" not in names(house)
    duty = house.browser(house.duty)
    path = f"/move/new/assignment/offer?case={house.case.number}"
    page = duty.get(path)
    assert "请假到" in page.text and "不能派" in page.text
    refused = duty.submit(page, {"holder": f"user:{house.one.id}", "brief": "到现场看看"}, form="offer")
    assert refused.status_code == 409 and "不当班" in refused.text and "到现场看看" in refused.text
    house.away(house.two, 1, 4)
    due = clock.now() + timedelta(days=3)
    found = crewpick.suggest(Actor.of(house.duty), house.case, None, "investigate", due).found
    assert any(one.name == "江队员" and one.warnings for one in found), "leave before the task is due is said"


def test_whoever_has_less_in_hand_and_waited_longer_comes_first(house):
    for _ in range(2):
        tasks.accept(Actor.of(house.one), make.task(Actor.of(house.duty), make.case(Actor.of(house.duty)), f"user:{house.one.id}"))
    db.session.commit()
    found = names(house)
    assert found.index("江队员") < found.index("林队员") and found.index("江队员") < found.index("方远"), "nearer and free"


def test_a_rotation_goal_lifts_and_is_given_as_the_reason(house):
    before = {one.name: one.score.total for one in crewpick.suggest(Actor.of(house.duty), house.case, None, "investigate").found}
    crewgrow.set_goal(Actor.of(house.duty), {"user": str(house.far.id), "target": f"town:{TOWN}", "wanted": "1", "until_on": days(30)[0]})
    db.session.commit()
    after = {one.name: one for one in crewpick.suggest(Actor.of(house.duty), house.case, None, "investigate").found}
    assert round(after["方远"].score.total - before["方远"], 1) == 10
    assert "轮岗目标" in house.browser(house.duty).get(f"/move/new/assignment/offer?case={house.case.number}").text


def test_distance_is_between_town_centres_and_never_from_a_check_in(house):
    task = make.task(Actor.of(house.duty), house.case, f"user:{house.far.id}")
    tasks.accept(Actor.of(house.far), task)
    tasks.check_in(Actor.of(house.far), task, {"place": {"point": "SRID=4326;POINT(121.38 28.37)", "place_source": "gps"}})
    tasks.submit(Actor.of(house.far), task, {"findings": "看过了", "both_sides": "both"})
    tasks.approve(Actor.of(house.duty), task)
    db.session.commit()
    def parts():
        found = crewpick.suggest(Actor.of(house.duty), house.case, None, "investigate").found
        return {part.name: part for part in next(one for one in found if one.name == "方远").score.parts}
    assert parts()["near"].value < 1
    assert house.browser(house.far).submit("/crew", {"town": TOWN}, form="/crew/home").status_code == 303
    db.session.expire_all()
    assert parts()["near"].value == 1
    assert "121.38" not in house.browser(house.duty).get(f"/move/new/assignment/offer?case={house.case.number}").text


def test_those_on_call_come_first_and_it_is_said(house):
    house.shift(house.far, kind="mobile", team_id=house.west.id)
    assert names(house)[0] == "方远"
    assert "当班的机动记者排在前面" in house.browser(house.duty).get(f"/move/new/assignment/offer?case={house.case.number}").text


def test_a_lead_is_proposed_only_the_own_squad_and_holders_are_not_asked_twice(house):
    cases.own(Actor.of(house.duty), house.case, {"owner": f"team:{house.team.id}"})
    make.task(Actor.of(house.duty), house.case, f"user:{house.one.id}")
    db.session.commit()
    found = names(house, actor=Actor.of(house.lead))
    assert "方远" not in found and "林队员" not in found and "江队员" in found
    assert "这件事上已经有任务" in house.browser(house.lead).get(f"/move/new/assignment/offer?case={house.case.number}").text


def test_suggestions_take_a_fixed_number_of_queries(house, count_sql):
    def count():
        db.session.expire_all()
        duty = Actor.of(house.duty)
        with count_sql() as statements:
            crewpick.suggest(duty, house.case, None, "investigate")
        return len(statements)
    few = count()
    for number in range(12):
        make.user("reporter", team=house.team, name=f"新人{number}")
    db.session.commit()
    assert count() <= few + 2


def test_the_roster_takes_a_fixed_number_of_queries(house, count_sql):
    duty = house.browser(house.duty)
    def count():
        with count_sql() as statements:
            assert duty.get("/crew/shifts?view=month").status_code == 200
        return len(statements)
    few = count()
    for number in range(10):
        house.shift(make.user("duty", name=f"编辑{number}"), beside=True, start=number, end=number + 3)
    assert count() <= few + 2
