"""Stories over HTTP: four eyes hold, two editors lose nothing, and every page of the newsroom shows what it should."""

from __future__ import annotations

from datetime import timedelta

import pytest

from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.kit import clock
from civic.models import Coverage, Publication, db
from civic.newsroom import operations, publishing
from tests import factories as make

BODY = "六月以来，菜场后巷的垃圾三天才清一次。居民说，气味最重的是傍晚。"
CHECKED = {"facts_sourced": "y", "names_checked": "y", "persons_ok": "y"}


class Desk:
    """Five people with a browser each."""

    def __init__(self, app) -> None:
        self.app, self.users = app, {}
        for name, roles in {"duty": ("duty",), "writer": ("reporter",), "first": ("review1",), "second": ("review2",),
                            "chief": ("chief",)}.items():
            self.users[name] = make.user(*roles, name=name)
        db.session.commit()

    def browser(self, name: str):
        return make.log_in(self.app.test_client(), self.users[name])

    def actor(self, name: str) -> Actor:
        return Actor.of(self.users[name])

    def draft(self, critical: bool = False) -> Coverage:
        row = operations.pitch(self.actor("writer"), {"title": "后巷的垃圾谁来清", "angle": "看承诺兑现没有", "format": "text",
                                                      "critical": critical})
        operations.start(self.actor("writer"), row)
        operations.save(self.actor("writer"), row, {"title": "后巷的垃圾谁来清", "body": BODY, "facts": "三天清一次｜蹲守"})
        db.session.commit()
        return row

    def approved(self) -> Coverage:
        row = self.draft()
        operations.submit(self.actor("writer"), row, dict.fromkeys(CHECKED, True))
        operations.sign_off(self.actor("first"), row, make.ticks(row))
        operations.sign_off(self.actor("second"), row, make.ticks(row))
        operations.final_sign(self.actor("chief"), row, make.ticks(row))
        db.session.commit()
        return row


@pytest.fixture
def desk(app, db):
    return Desk(app)


def fresh(row):
    db.session.expire_all()
    return db.session.get(type(row), row.id)


def test_a_story_is_pitched_written_reviewed_and_released_in_the_browser(desk):
    writer = desk.browser("writer")
    page = writer.submit("/stories/new", {"title": "夜里的工地", "angle": "谁批的夜间施工", "format": "tv"}, form="/new")
    assert page.status_code == 303
    here = page.location
    row = db.session.query(Coverage).one()
    assert row.author_id == desk.users["writer"].id
    writer.submit(f"/move/coverage/{row.id}/start", form="开写")
    page = writer.submit(here + "/edit", {"title": "夜里的工地", "body": BODY, "facts": "凌晨两点还在打桩｜现场录音",
                                          "then": "submit"}, form="/edit")
    assert page.location.startswith(f"/move/coverage/{row.id}/submit")
    page = writer.submit(writer.get(page.location), CHECKED, form="送审")
    assert page.status_code == 303 and fresh(row).state == "in_review"
    for name, form in (("first", "sign_off"), ("second", "sign_off"), ("chief", "final_sign")):
        person = desk.browser(name)
        waiting = person.get("/stories")
        assert "待我签" in waiting.text and "夜里的工地" in waiting.text
        page = person.submit(here, {"note": "可以", **make.ticks(row)}, form=f"/{form}")
        assert page.status_code == 303 and page.location.endswith(str(row.id))
    assert fresh(row).state == "approved"
    duty = desk.browser("duty")
    assert "安排发布" in duty.get("/stories").text
    page = duty.submit(f"{here}/queue?channel=tv", {"slot": "晚间新闻"}, form="/queue")
    item = db.session.query(Publication).one()
    assert page.status_code == 303 and item.channel == "tv" and item.slot == "晚间新闻"
    duty.submit(f"/move/publication/{item.id}/go_live", {"slot": "晚间新闻第二条"}, form="发出")
    assert fresh(item).state == "live"
    shown = duty.get(here).text
    assert "晚间新闻第二条" in shown and "已经发出" in shown
    assert duty.get(here + "/print").status_code == 200


@pytest.mark.promise("Z4")
def test_the_author_cannot_sign_by_any_form(desk):
    both = make.user("reporter", "review1", "chief", name="both")
    row = desk.draft()
    row.author_id = both.id
    operations.submit(Actor.of(both), row, dict.fromkeys(CHECKED, True))
    db.session.commit()
    browser = make.log_in(desk.app.test_client(), both)
    shown = browser.get(f"/stories/{row.id}")
    assert "自己写的稿子不能自己审" in shown.text and f"/{row.id}/sign_off" not in shown.text
    for command in ("sign_off", "final_sign"):
        page = browser.post(f"/move/coverage/{row.id}/{command}", data={"note": "同意"})
        assert page.status_code == 409 and "自己写的稿子不能自己审" in page.text
    assert fresh(row).state == "in_review" and not fresh(operations.current(row)).signatures


def test_a_reader_without_the_right_is_turned_away(desk):
    row = desk.draft()
    assert desk.browser("duty").get(f"/stories/{row.id}/edit").status_code == 403
    assert desk.browser("duty").get(f"/stories/{row.id}/queue").status_code == 409
    assert desk.browser("first").get(f"/stories/{row.id}/queue").status_code == 403
    stranger = make.log_in(desk.app.test_client(), make.user("reporter"))
    db.session.commit()
    for path in ("", "/edit", "/print", "/versions/1", "/queue"):
        assert stranger.get(f"/stories/{row.id}{path}").status_code == 404
    officer = make.log_in(desk.app.test_client(), make.user("officer", department="D20"))
    db.session.commit()
    assert officer.get("/stories").status_code == 403
    assert desk.app.test_client().get(f"/stories/{row.id}").status_code == 302


def test_of_two_editors_one_wins_and_the_other_keeps_every_word(desk):
    row = desk.draft()
    one, two = desk.browser("writer"), desk.browser("writer")
    first, second = one.get(f"/stories/{row.id}/edit"), two.get(f"/stories/{row.id}/edit")
    assert one.submit(first, {"title": "先存的标题", "body": BODY + "先存的一句。"}, form="/edit").status_code == 303
    page = two.submit(second, {"title": "后存的标题", "body": BODY + "后存的一句。", "facts": "甲｜乙"}, form="/edit")
    assert page.status_code == 409
    for words in ("后存的标题", "后存的一句", "甲｜乙", "有人先存了一版", "先</del>"):
        assert words in page.text
    assert fresh(row).version == 2 and fresh(row).title == "先存的标题"
    assert two.submit(page, form="/edit").status_code == 303
    assert fresh(row).version == 3 and fresh(row).title == "后存的标题"


def test_what_was_typed_survives_an_error_and_a_state_that_moved_on(desk):
    row = desk.draft()
    writer = desk.browser("writer")
    editor = writer.get(f"/stories/{row.id}/edit")
    page = writer.submit(editor, {"title": "", "body": BODY + "不能丢的一句。", "note": "x" * 130}, form="/edit")
    assert page.status_code == 422 and "不能丢的一句" in page.text and "还有 2 处要改" in page.text
    operations.submit(desk.actor("writer"), fresh(row), dict.fromkeys(CHECKED, True))
    db.session.commit()
    page = writer.submit(editor, {"body": BODY + "不能丢的一句。"}, form="/edit")
    assert page.status_code == 409 and "不能丢的一句" in page.text and fresh(row).version == 1
    page = writer.get(f"/stories/{row.id}/edit")
    assert page.status_code == 409


def test_sending_a_form_twice_saves_once(desk):
    row = desk.draft()
    writer = desk.browser("writer")
    editor = writer.get(f"/stories/{row.id}/edit")
    sent = [writer.submit(editor, {"body": BODY + "一句。"}, form="/edit").location for _ in range(2)]
    assert sent[0] == sent[1]
    assert fresh(row).version == 2
    form = writer.get("/stories/new")
    given = {"title": "只报一次的选题", "angle": "看承诺兑现没有", "format": "text"}
    sent = [writer.submit(form, given, form="/new").location for _ in range(2)]
    assert sent[0] == sent[1]
    assert db.session.query(Coverage).count() == 2


@pytest.mark.usefixtures("csrf")
def test_a_lost_token_keeps_the_text(desk):
    row = desk.draft()
    writer = desk.browser("writer")
    page = writer.submit(f"/stories/{row.id}/edit", {"body": BODY + "不能丢的一句。", "csrf_token": "old"}, form="/edit")
    assert page.status_code == 400 and "不能丢的一句" in page.text


def test_releases_are_refused_with_words_and_keep_what_was_typed(desk):
    row = desk.approved()
    duty = desk.browser("duty")
    page = duty.submit(f"/stories/{row.id}/queue", {"channel": None, "slot": "头条位置"}, form="/queue")
    assert page.status_code == 422 and "头条位置" in page.text
    duty.submit(f"/stories/{row.id}/queue", {"channel": "app"}, form="/queue")
    page = duty.post(f"/stories/{row.id}/queue", data={"channel": "app"})
    assert page.status_code == 409 and "这个渠道已经有" in page.text
    item = db.session.query(Publication).one()
    page = duty.submit(f"/move/publication/{item.id}/go_live", {"link": "javascript:alert(1)"}, form="发出")
    assert page.status_code == 422 and fresh(item).state == "queued"


def test_an_embargo_is_said_on_the_form(desk):
    case = make.case(desk.actor("duty"))
    cases.embargo(desk.actor("duty"), case, {"until": clock.now() + timedelta(days=3), "reason": "等专家"})
    row = desk.approved()
    row.case_id = case.id
    db.session.commit()
    duty = desk.browser("duty")
    soon = clock.local(clock.now() + timedelta(days=1))
    page = duty.get(f"/stories/{row.id}/queue?channel=app")
    assert "案件保密到" in page.text and "以晚的为准" in page.text
    page = duty.submit(page, {"channel": "app", "not_before": f"{soon:%Y-%m-%dT%H:%M}"}, form="/queue")
    assert page.status_code == 303, "the two dates never exclude each other (tests/web/test_complaints_outlets.py)"


def test_the_page_of_a_version_shows_the_difference_and_the_void_signatures(desk):
    row = desk.approved()
    item = publishing.queue(desk.actor("duty"), row, {"channel": "app"})
    publishing.go_live(desk.actor("duty"), item, {"slot": "首页"})
    operations.recall(desk.actor("duty"), row, {"reason": "数字有误"})
    operations.save(desk.actor("writer"), row, {"title": row.title, "body": BODY.replace("三天", "两天")})
    db.session.commit()
    duty = desk.browser("duty")
    page = duty.get(f"/stories/{row.id}/versions/2")
    assert page.status_code == 200 and "<del>" in page.text and "增 1 字" in page.text
    assert "作废" in duty.get(f"/stories/{row.id}/versions/1").text
    assert duty.get(f"/stories/{row.id}/versions/1?against=2").status_code == 200
    assert duty.get(f"/stories/{row.id}/versions/9").status_code == 404
    publishing.pull(desk.actor("chief"), item, {"reason": "事实有误"})
    db.session.commit()
    shown = duty.get(f"/stories/{row.id}").text
    assert "撤下" in shown and "事实有误" in shown and "公开页留有撤下说明" in shown


def test_every_filter_of_the_list_answers_also_with_nonsense(desk):
    desk.approved(), desk.draft()
    duty = desk.browser("duty")
    for query in ("", "?state=approved", "?state=nope", "?format=tv", "?mine=1", "?q=后巷", "?q=%25", "?after=nonsense",
                  "?q=没有的词", "?state=planned&q=x", "?after=00000000-0000-7000-8000-000000000000"):
        assert duty.get("/stories" + query).status_code == 200
    assert "没有符合条件" in duty.get("/stories?q=没有的词").text


def test_a_follow_up_knows_the_story_it_goes_back_to(desk):
    row = desk.approved()
    writer = desk.browser("writer")
    page = writer.submit(f"/stories/new?follows={row.id}", {"title": "再看后巷的垃圾", "angle": "三十天以后怎样了",
                                                                     "format": "text"}, form="/new")
    assert page.status_code == 303
    assert fresh(row).title in writer.get(page.location).text
    assert db.session.query(Coverage).filter_by(follows_id=row.id).count() == 1
    assert writer.get("/stories/new?follows=nonsense").status_code == 404
    assert writer.get(f"/stories/new?follows={make.case(desk.actor('duty')).id}").status_code == 404
