"""Reach over HTTP: what is to be read off, typed, pasted and brought in; nothing doubled, nothing half, nobody else's."""

from __future__ import annotations

import io
from datetime import timedelta

import openpyxl
import pytest
import time_machine
from PIL import Image

from civic.access.actor import Actor
from civic.insight import adoption, reach, reach_import
from civic.kit import clock
from civic.models import IndexSeries, Publication, ReachChannel, ReachImport, ReachProof, ReachSnapshot, db
from tests import factories as make
from tests import reach_world as world
from tests.client import forms


@pytest.fixture(autouse=True)
def today(db):
    with time_machine.travel(world.NOW, tick=False):
        yield


@pytest.fixture
def people(app, db):
    return {"duty": make.user("duty"), "writer": make.user("reporter"), "other": make.user("reporter"), "chief": make.user("chief"),
            "officer": make.user("officer", department="D20"), "admin": make.user("admin")}


@pytest.fixture
def as_(app, people):
    def browser(name):
        db.session.commit()
        return make.log_in(app.test_client(), people[name])
    return browser


def rows():
    db.session.expire_all()
    return db.session.query(ReachSnapshot).all()


# -- the quick form -------------------------------------------------------------------------------------------------------


def test_what_is_due_today_waits_for_the_author_and_is_read_off_in_one_form(as_, people):
    one, two = world.out(world.story(people["writer"], "井盖"), 3), world.out(world.story(people["writer"], "路灯"), 7, "douyin")
    world.out(world.story(people["other"], "别人的"), 3)
    world.out(world.story(people["writer"], "不到日子"), 2.5 - 1)  # out yesterday: T+1 is due, too
    writer = as_("writer")
    page = writer.get("/reach/due")
    assert "井盖" in page.text and "路灯" in page.text and "别人的" not in page.text
    assert "数据待填" in writer.get("/tasks").text
    typed = {f"{one.id.hex}-3-views": "1.2万", f"{one.id.hex}-3-likes": "340", f"{two.id.hex}-7-views": "3,400"}
    sent = writer.submit(page, typed, form="/reach/due")
    assert sent.status_code == 303
    found = {(row.publication_id, row.age): row for row in rows()}
    assert found[one.id, 3].views == 12000 and found[one.id, 3].likes == 340 and found[two.id, 7].views == 3400
    assert found[one.id, 3].entered_name == people["writer"].name and len(found) == 2
    assert "井盖" not in writer.get("/reach/due").text


def test_the_same_form_sent_twice_writes_once(as_, people):
    item = world.out(world.story(people["writer"]), 1)
    writer = as_("writer")
    page = writer.get("/reach/due")
    for _ in range(2):
        assert writer.submit(page, {f"{item.id.hex}-1-views": "50"}, form="/reach/due").status_code == 303
    assert [row.views for row in rows()] == [50] and rows()[0].changes == []


@pytest.mark.parametrize(("typed", "said"), [("-5", "不能是负数"), ("99999亿", "大得不合理"), ("很多", "看不懂"), ("1.5", "没有小数")])
def test_a_bad_number_writes_nothing_and_keeps_everything_typed(as_, people, typed, said):
    one, two = world.out(world.story(people["writer"], "井盖"), 1), world.out(world.story(people["writer"], "路灯"), 1, "app")
    writer = as_("writer")
    sent = writer.submit("/reach/due", {f"{one.id.hex}-1-views": typed, f"{two.id.hex}-1-views": "77"}, form="/reach/due")
    assert sent.status_code == 422 and said in sent.text and not rows()
    kept = next(form for form in forms(sent.text) if "/reach/due" in form.action).values
    assert kept[f"{one.id.hex}-1-views"] == typed and kept[f"{two.id.hex}-1-views"] == "77"


@pytest.mark.parametrize(("day", "said"), [("2026-12-01", "还没到"), ("2026-11-10", "不能算第 1 天"), ("2026-02-30", "没有这一天")])
def test_a_wrong_day_is_named(as_, people, day, said):
    item = world.out(world.story(people["writer"]), 1)
    sent = as_("writer").submit("/reach/due", {"counted_on": day, f"{item.id.hex}-1-views": "50"}, form="/reach/due")
    assert sent.status_code == 422 and said in sent.text and not rows()


def test_a_figure_that_falls_is_a_warning_not_a_refusal(as_, people):
    item = world.out(world.story(people["writer"]), 3)
    world.read(item, 900, 1)
    writer = as_("writer")
    writer.submit("/reach/due", {f"{item.id.hex}-3-views": "800"}, form="/reach/due")
    assert "比别的天数还小" in writer.get("/reach/due").text and {row.views for row in rows()} == {900, 800}


def test_nothing_to_be_had_needs_a_reason(as_, people):
    item = world.out(world.story(people["writer"]), 1)
    writer = as_("writer")
    writer.submit("/reach/due", {f"{item.id.hex}-1-lacking": "平台后台维护"}, form="/reach/due")
    assert rows()[0].lacking == "平台后台维护" and rows()[0].views is None


def test_broadcast_internal_and_upstream_are_not_asked_for(as_, people):
    story = world.story(people["writer"])
    world.out(story, 1, "tv")
    world.out(story, 1, "internal", internal=True)
    world.out(story, 1, "upstream", level="province", outlet="某报")
    assert "今天没有要抄的数" in as_("writer").get("/reach/due").text


def test_a_named_keeper_gets_the_channel_and_an_author_who_left_is_replaced_by_the_desk(as_, people):
    world.out(world.story(people["writer"], "井盖"), 1)
    gone = world.out(world.story(people["other"], "路灯"), 1, "app")
    people["other"].active = False
    duty = as_("duty")
    assert "路灯" in duty.get("/reach/due").text and "井盖" not in duty.get("/reach/due").text
    assert "井盖" in duty.get("/reach/due?who=all").text
    duty.submit("/reach/due", {"channel": "wechat", "keeper": str(people["chief"].id)}, form="/reach/keepers")
    assert "井盖" in as_("chief").get("/reach/due").text and "井盖" not in as_("writer").get("/reach/due").text
    assert "数据待填" in as_("chief").get("/desk").text
    assert reach.due_count(Actor.of(people["duty"])) == 1 and gone.id


def test_a_screenshot_is_proof_for_the_newsroom_only(as_, people):
    item = world.out(world.story(people["writer"]), 1)
    picture = io.BytesIO()
    Image.new("RGB", (320, 200), "white").save(picture, "PNG")
    writer = as_("writer")
    writer.submit("/reach/due", {f"{item.id.hex}-1-views": "50"}, form="/reach/due")
    here = f"/reach/releases/{item.id}"
    page = writer.get(here)
    form = next(form for form in forms(page.text) if form.values.get("age") == "1")
    sent = writer.post(here, data={**form.values, "views": "60", "proof": (io.BytesIO(picture.getvalue()), "截图.png")})
    assert sent.status_code == 303
    proof = db.session.query(ReachProof).one()
    address = f"/reach/proofs/{proof.id}/thumb"
    assert writer.get(address).status_code == 200 and as_("duty").get(address).status_code == 200
    assert as_("other").get(address).status_code == 404 and as_("officer").get(address).status_code == 403
    assert writer.application.test_client().get(address).status_code == 302
    assert rows()[0].changes[0]["was"] == {"views": 50}
    bad = writer.post(here, data={**form.values, "nonce": "x", "views": "61", "proof": (io.BytesIO(b"not a picture"), "a.png")})
    assert bad.status_code == 422 and rows()[0].views == 60


def test_only_those_who_have_to_do_with_it_may_enter(as_, people):
    item = world.out(world.story(people["writer"]), 1)
    here = f"/reach/releases/{item.id}"
    assert as_("other").get(here).status_code == 404
    assert as_("officer").get(here).status_code == 403 and as_("admin").get("/reach").status_code == 403
    assert as_("chief").get(here).status_code == 200


# -- compared with the usual ------------------------------------------------------------------------------------------------


def test_a_release_is_compared_with_its_own_channel_and_format_and_opens_to_what_it_is_compared_with(as_, people):
    earlier = world.habit([100, 200, 300, 400, 500])
    world.habit([9000] * 6, channel="douyin")
    world.habit([9000] * 6, form="video")
    item = world.out(world.story(people["writer"], "本篇"), 8)
    world.read(item, 600)
    chief = as_("chief")
    page = chief.get(f"/reach/releases/{item.id}")
    assert "2.00" in page.text and "比的是此前 5 条" in page.text
    listed = chief.get(f"/reach/releases/{item.id}/usual")
    assert all(one.coverage.title in listed.text for one in earlier) and listed.text.count("从前的第") == 5
    sheet = chief.get("/reach?format=csv").text
    assert "本篇" in sheet and people["writer"].name not in sheet and "2.0" in sheet


def test_too_few_before_and_no_number_is_shown(as_, people):
    world.habit([100, 200, 300, 400])
    item = world.out(world.story(people["writer"]), 8)
    world.read(item, 600)
    assert "只有 4 条" in as_("chief").get(f"/reach/releases/{item.id}").text


# -- tables -----------------------------------------------------------------------------------------------------------------


HEAD = "作品链接\t统计日期\t播放量\t点赞"


def bring(browser, text="", *, channel="wechat", file=None):
    data = {"channel": channel, "text": text}
    if file:
        data["file"] = (io.BytesIO(file[1]), file[0])
    sent = browser.post("/reach/import", data=data, content_type="multipart/form-data")
    return sent if sent.status_code != 303 else browser.get(sent.location)


def write(browser, page, **more):
    return browser.submit(page, more, form="/write", follow_redirects=True)


def test_a_pasted_table_is_read_shown_and_then_written_once(as_, people):
    world.out(world.story(None, "井盖"), 3, link="https://mp.weixin.qq.com/s/aaa")
    world.out(world.story(None, "路灯"), 7, link="https://mp.weixin.qq.com/s/bbb?scene=1")
    duty = as_("duty")
    text = f"{HEAD}\nhttps://mp.weixin.qq.com/s/aaa?scene=27\t2026-11-20\t1.2万\t340\nhttps://mp.weixin.qq.com/s/bbb\t11月20日\t3400\t--"
    page = bring(duty, text)
    assert "新记 2" in page.text and "还没有写入" in page.text and not rows()
    done = write(duty, page)
    assert "新记 2 条" in done.text and {row.views for row in rows()} == {12000, 3400} and {row.source for row in rows()} == {"pasted"}
    again = bring(duty, text)
    assert "已经导入过" in again.text and "已有 2" in again.text
    write(duty, again)
    assert len(rows()) == 2 and all(row.changes == [] for row in rows())
    assert db.session.query(ReachImport).filter_by(state="done").count() == 2


def test_the_mapping_is_remembered_for_the_channel(as_, people):
    world.out(world.story(None, "井盖"), 3)
    duty = as_("duty")
    text = "节目\t哪天\t人气\n井盖\t2026-11-20\t50"
    page = bring(duty, text)
    assert "要选哪一列是链接" in page.text and not any("/write" in form.action for form in forms(page.text))
    page = duty.get(duty.submit(page, {"col_title": "节目", "col_counted_on": "哪天", "col_views": "人气"}, form="/columns").location)
    write(duty, page)
    assert rows()[0].views == 50
    assert db.session.get(ReachChannel, "wechat").columns == {"title": "节目", "counted_on": "哪天", "views": "人气"}
    assert "已有 1" in bring(duty, text).text
    wrong = duty.submit(bring(duty, text + "\n"), {"col_title": "节目", "col_views": "节目"}, form="/columns")
    assert wrong.status_code == 422 and "选了两次" in wrong.text


ERRORS = [
    ("https://mp.weixin.qq.com/s/zzz\t2026-11-20\t5\t1", "没有发过这个链接"),
    ("https://mp.weixin.qq.com/s/aaa\t2026-11-16\t5\t1", "不在第 1、3、7、30 天"),
    ("https://mp.weixin.qq.com/s/aaa\t2026-12-24\t5\t1", "还没到"),
    ("https://mp.weixin.qq.com/s/aaa\t2026-11-01\t5\t1", "早于发布日"),
    ("https://mp.weixin.qq.com/s/aaa\t2026-13-40\t5\t1", "没有这一天"),
    ("https://mp.weixin.qq.com/s/aaa\t2026-11-20\t-5\t1", "不能是负数"),
    ("https://mp.weixin.qq.com/s/aaa\t2026-11-20\t999亿\t1", "大得不合理"),
    ("https://mp.weixin.qq.com/s/aaa\t2026-11-20\t约五百\t1", "看不懂这个数"),
    ("\t2026-11-20\t5\t1", "链接和标题都空着"),
    ("https://mp.weixin.qq.com/s/aaa\t2026-11-20\t\t", "一个数都没有"),
]


@pytest.mark.parametrize(("line", "said"), ERRORS)
def test_one_bad_row_is_named_and_nothing_is_written(as_, people, line, said):
    world.out(world.story(None, "井盖"), 10 if "2026-11-16" in line else 3, link="https://mp.weixin.qq.com/s/aaa")
    world.out(world.story(None, "路灯"), 7, link="https://mp.weixin.qq.com/s/bbb")
    duty = as_("duty")
    page = bring(duty, f"{HEAD}\n{line}\nhttps://mp.weixin.qq.com/s/bbb\t2026-11-20\t9\t1")
    assert said in page.text and "出错 1" in page.text
    refused = duty.submit(page, {}, form="/write")
    assert refused.status_code == 409 and "什么都没有写进去" in refused.text and not rows()
    write(duty, page, skip="y")
    assert [row.views for row in rows()] == [9]


def test_two_rows_that_disagree_are_an_error_and_two_that_agree_are_one(as_, people):
    world.out(world.story(None, "井盖"), 3, link="https://mp.weixin.qq.com/s/aaa")
    line = "https://mp.weixin.qq.com/s/aaa\t2026-11-20\t{}\t1\n"
    duty = as_("duty")
    assert "数却不一样" in bring(duty, HEAD + "\n" + line.format(5) + line.format(6)).text
    write(duty, bring(duty, HEAD + "\n" + line.format(5) + line.format(5)))
    assert [row.views for row in rows()] == [5]


def test_a_changed_figure_is_shown_with_the_old_one_and_the_old_one_stays_on_record(as_, people):
    item = world.out(world.story(None, "井盖"), 3, link="https://mp.weixin.qq.com/s/aaa")
    world.read(item, 40, 3)
    duty = as_("duty")
    page = bring(duty, HEAD + "\nhttps://mp.weixin.qq.com/s/aaa\t2026-11-20\t50\t1")
    assert "改数 1" in page.text and "原来 40" in page.text
    write(duty, page)
    assert rows()[0].views == 50 and rows()[0].changes[0]["was"] == {"views": 40}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_a_csv_in_any_usual_encoding(as_, people, encoding):
    world.out(world.story(None, "井盖缺了角"), 3)
    table = "标题,统计日期,阅读量\n井盖缺了角,2026/11/20,2.5万\n"
    duty = as_("duty")
    write(duty, bring(duty, file=("公众号.csv", table.encode(encoding))))
    assert rows()[0].views == 25000 and rows()[0].source == "file"


def test_a_workbook_with_a_title_above_real_dates_and_real_numbers(as_, people):
    world.out(world.story(None, "井盖缺了角"), 3, "douyin")
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["抖音作品数据导出"])
    sheet.append(["作品名称", "统计日期", "播放量", "点赞", "评论", "总播放时长"])
    sheet.append(["井盖缺了角", world.NOW.replace(tzinfo=None, hour=0), 12345, 67, 8.0, timedelta(hours=3, minutes=20)])
    out = io.BytesIO()
    book.save(out)
    duty = as_("duty")
    write(duty, bring(duty, channel="douyin", file=("导出.xlsx", out.getvalue())))
    row = rows()[0]
    assert (row.views, row.likes, row.comments, row.watch_seconds) == (12345, 67, 8, 12000)


@pytest.mark.parametrize(("name", "data", "said"), [
    ("a.csv", b"", "请粘贴表格"), ("a.xls", b"\xd0\xcf\x11\xe0" + b"\0" * 600, "旧版 Excel"), ("a.xlsx", b"PK\x03\x04broken", "打不开"),
    ("a.csv", b"\xff\xfe\xff\xff\x00", "读不出来"), ("a.csv", "标题,阅读量\n".encode(), "没有数据"),
    ("a.csv", b"x" * 5_000_001, "文件太大")])
def test_what_is_no_table_is_refused_in_words(as_, people, name, data, said):
    sent = bring(as_("duty"), file=(name, data) if data else None)
    assert sent.status_code == 422 and said in sent.text and not db.session.query(ReachImport).count()


def test_without_a_day_the_rows_count_for_the_day_that_is_given(as_, people):
    world.out(world.story(None, "井盖"), 4)
    duty = as_("duty")
    page = bring(duty, "标题\t阅读量\n井盖\t9")
    page = duty.get(duty.submit(page, {"counted_on": "2026-11-19"}, form="/columns").location)
    write(duty, page)
    assert rows()[0].age == 3 and f"{rows()[0].counted_on}" == "2026-11-19"


def test_two_releases_of_one_title_need_the_link(as_, people):
    for letter in "ab":
        world.out(world.story(None, "一周回头看"), 3, link=f"https://mp.weixin.qq.com/s/{letter}")
    assert "请带上链接" in bring(as_("duty"), "标题\t阅读量\n一周回头看\t9").text


def test_imports_are_for_the_desk_and_the_keeper_and_ones_own(as_, people):
    world.out(world.story(people["writer"], "井盖"), 3)
    assert "没有归你导入的渠道" in as_("writer").get("/reach/import").text
    assert bring(as_("writer"), "标题\t阅读量\n井盖\t9").status_code == 403
    reach.name_keeper(Actor.of(people["duty"]), "wechat", people["writer"].id)
    page = bring(as_("writer"), "标题\t阅读量\n井盖\t9")
    assert "新记 1" in page.text
    made = db.session.query(ReachImport).one()
    assert as_("other").get(f"/reach/import/{made.id}").status_code == 404
    dropped = as_("writer").submit(page, {}, form="/drop")
    assert dropped.status_code == 303 and db.session.get(ReachImport, made.id).state == "dropped" and not rows()


def test_a_second_tap_on_write_changes_nothing(as_, people):
    world.out(world.story(None, "井盖"), 3)
    duty = as_("duty")
    page = bring(duty, "标题\t阅读量\n井盖\t9")
    write(duty, page)
    write(duty, page)
    assert len(rows()) == 1 and db.session.query(ReachImport).one().taken == 1


def test_a_title_like_a_formula_leaves_as_text(as_, people):
    item = world.out(world.story(None, "=HYPERLINK(1)"), 3)
    world.read(item, 9, 3)
    assert "'=HYPERLINK(1)" in as_("duty").get("/reach?format=csv").text


# -- 外宣 and others' index ---------------------------------------------------------------------------------------------------


def adopted(people, story, level="province", outlet="省日报", **more):
    with_ = {"level": level, "outlet": outlet, "link": "https://example.org/a", "adopted_on": "2026-11-18", **more}
    return adoption.record(Actor.of(people["duty"]), story, with_)


def test_a_take_over_is_recorded_with_level_outlet_link_and_day(as_, people):
    story = world.story(people["writer"], "井盖")
    duty = as_("duty")
    sent = duty.submit("/reach/adoptions", {"story": str(story.id), "level": "state", "outlet": "某央媒", "link": "https://example.org/x",
                                           "adopted_on": "2026-11-18"}, form="/reach/adoptions")
    assert sent.status_code == 303
    page = duty.get("/reach/adoptions")
    assert "某央媒" in page.text and "央级" in page.text and "11月18日" in page.text
    assert db.session.query(Publication).one().level == "state"
    assert "某央媒" in duty.get("/reach/adoptions?format=csv").text
    assert "记一次采用" not in as_("writer").get("/reach/adoptions").text
    assert as_("writer").post("/reach/adoptions", data={}).status_code == 403


@pytest.mark.parametrize(("change", "said"), [
    ({"level": ""}, "请选是央级"), ({"outlet": ""}, "请写是哪一家"), ({"link": ""}, "请填链接"), ({"adopted_on": "2027-01-01"}, "还没到"),
    ({"adopted_on": "2020-01-01"}, "早于这篇稿子签发"), ({"link": "javascript:alert(1)"}, "http://")])
def test_a_wrong_take_over_is_refused_and_kept(as_, people, change, said):
    story = world.story(people["writer"], "井盖")
    data = {"story": str(story.id), "level": "city", "outlet": "某市报", "link": "https://example.org/x", "adopted_on": "2026-11-18", **change}
    sent = as_("duty").submit("/reach/adoptions", data, form="/reach/adoptions")
    assert sent.status_code == 422 and said in sent.text and not db.session.query(Publication).count()


def test_the_same_outlet_twice_is_one_take_over(as_, people):
    story = world.story(people["writer"], "井盖")
    adopted(people, story)
    from civic.kit.result import Invalid
    with pytest.raises(Invalid):
        adopted(people, story)
    adopted(people, story, outlet="省电视台")
    assert adoption.points(adoption.listing(Actor.of(people["duty"]), size=None).rows) == 2  # a story counts once a level


TABLE = "月份\t数值\t名次\t共多少家\t来源\n2026-09\t88.5\t12\t90\t通报\n2026年10月\t90\t第9\t90\t通报"


def test_an_index_of_others_stands_beside_ours_and_a_second_paste_doubles_nothing(as_, people):
    duty = as_("duty")
    duty.submit("/reach/index", {"name": "融媒传播指数", "publisher": "省网信办", "unit": "分"}, form="/reach/index")
    row = db.session.query(IndexSeries).one()
    here = f"/reach/index/{row.id}"
    tried = duty.submit("/reach/index", {"text": TABLE, "act": "read"}, form=here)
    assert tried.status_code == 200 and "新记" in tried.text
    for _ in range(2):
        duty.submit("/reach/index", {"text": TABLE, "act": "write"}, form=here)
    db.session.expire_all()
    assert [(one.month, float(one.value), one.rank) for one in row.values] == [("2026-09", 88.5, 12), ("2026-10", 90.0, 9)]
    page = as_("chief").get("/reach/index")
    assert "我们自己的数" in page.text and "第 9（共 90）" in page.text
    assert as_("chief").get(f"{here}.json").json["series"][0]["values"] == [88.5, 90.0]


@pytest.mark.parametrize(("line", "said"), [
    ("2027-05\t1\t1\t2\tx", "还没到"), ("2026-13\t1\t1\t2\tx", "月份看不懂"), ("2026-08\t好\t1\t2\tx", "数值看不懂"),
    ("2026-08\t\t\t2\tx", "都空着"), ("2026-08\t5\t9\t2\tx", "名次"), ("2026-09\t5\t1\t2\tx", "也是 2026-09")])
def test_a_wrong_month_writes_nothing(as_, people, line, said):
    from civic.insight import index_series
    row = index_series.make(Actor.of(people["duty"]), {"name": "指数", "publisher": "某处"})
    sent = as_("duty").submit("/reach/index", {"text": f"{TABLE}\n{line}", "act": "write"}, form=f"/reach/index/{row.id}")
    assert sent.status_code == 422 and said in sent.text and line in sent.text
    db.session.expire_all()
    assert not row.values


def test_the_pages_are_empty_with_a_word(as_, people):
    chief = as_("chief")
    for address, said in (("/reach", "没有这样的发布"), ("/reach/due", "今天没有要抄的数"), ("/reach/adoptions", "还没有记过"),
                          ("/reach/index", "还没有外部指数"), ("/reach/import", "先读一遍"), ("/reach/effect", "还没有算过")):
        page = chief.get(address)
        assert page.status_code == 200 and said in page.text


def test_lists_take_a_fixed_number_of_statements(as_, people, count_sql):
    world.out(world.story(people["writer"]), 1)
    chief = as_("chief")
    chief.get("/reach")
    with count_sql() as few:
        chief.get("/reach")
    for number in range(12):
        world.read(world.out(world.story(people["writer"], f"第 {number} 篇"), 40 + number), 10)
        world.out(world.story(people["writer"], f"新的第 {number} 篇"), 1)
    chief = as_("chief")
    with count_sql() as many:
        chief.get("/reach")
    assert len(many) <= len(few) + 2, (len(few), len(many))
    assert reach_import.KEPT and clock.now()
