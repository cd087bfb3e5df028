"""The desk's board of releases, the packages people take along, the words for a channel, and what channels take."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
import time_machine
from flask import g
from PIL import Image
from sqlalchemy import event, select

from civic.access.actor import Actor
from civic.kit import clock
from civic.kit.result import Invalid, NotAllowed, NotFound, NotPossible
from civic.models import ChannelText, Correction, CountySetting, Event, db
from civic.newsroom import board, channel_texts, operations, packages, publishing
from civic.reference import outlets
from tests.outlets_world import BODY, TITLE, Newsroom, soon

LONG = "\n".join(f"第{n}天傍晚六点，记者在巷口看到两只桶都满了。旁边堆着七八个袋子，有住户绕路走。" for n in range(1, 60))


@pytest.fixture
def news(app, db):
    return Newsroom(app)


def with_picture(news: Newsroom, size: tuple[int, int] = (2048, 1536), **more):
    case = news.case()
    picture = news.picture(case, size)
    return news.signed(case=case, slots=[{"media": str(picture.id), "caption": "巷口", "credit": "李晓燕 摄", "persons": "nobody"}],
                       **more), picture


# -- the board --------------------------------------------------------------------------------------------------------


def test_the_board_says_what_is_due_what_waits_what_is_out_and_what_was_pulled(news):
    duty, row = news.actor("duty"), news.signed()
    publishing.queue(duty, row, {"channel": "douyin"})
    publishing.queue(duty, row, {"channel": "tv", "not_before": soon(5), "slot": "《今晚八点》"})
    news.live(row, "wechat")
    publishing.pull(duty, news.live(row, "app", link="https://example.com/1"), {"reason": "误发"})
    db.session.commit()
    desk = news.browser("duty")
    counts = {column.outlet.code: column.counts for column in board.board(duty, board.Filters()).columns}
    assert counts["douyin"]["due"] == counts["tv"]["queued"] == counts["wechat"]["live"] == counts["app"]["pulled"] == 1
    for state, words in (("due", "抖音"), ("queued", "定在"), ("live", "公众号"), ("pulled", "误发")):
        page = desk.get(f"/outlets?state={state}")
        assert page.status_code == 200 and TITLE in page.text and words in page.text, state
    assert TITLE not in desk.get("/outlets?state=due&channel=tv").text
    for query in ("?state=nope", "?channel=nope", "?after=nonsense", "?state=live&after=2026-01-01T00:00:00+00:00_x"):
        assert desk.get("/outlets" + query).status_code == 200


def test_a_story_that_was_taken_back_is_not_due_but_marked(news):
    row = news.signed()
    publishing.queue(news.actor("duty"), row, {"channel": "douyin"})
    operations.recall(news.actor("chief"), row, {"reason": "再看看"})
    db.session.commit()
    desk = news.browser("duty")
    assert TITLE not in desk.get("/outlets").text
    assert "收回重写了" in desk.get("/outlets?state=queued").text


def test_a_link_that_leads_elsewhere_is_marked_but_not_refused(news):
    news.live(news.signed(), "wechat", link="https://example.com/slip")
    assert "链接不在这个平台上" in news.browser("duty").get("/outlets?state=live").text
    assert not board.elsewhere("wechat", "https://mp.weixin.qq.com/s/1") and board.elsewhere("wechat", "https://mp.weixin.qq.com.evil.cn/")
    assert not board.elsewhere("app", "https://anything.example/")


def test_a_reporter_sees_the_releases_of_their_own_stories_only_and_cannot_put_out(news):
    item = publishing.queue(news.actor("duty"), news.signed(), {"channel": "douyin"})
    db.session.commit()
    mine, other = news.browser("writer").get("/outlets"), news.browser("other").get("/outlets")
    assert TITLE in mine.text and "记下已发出" not in mine.text and TITLE not in other.text
    assert "记下已发出" in news.browser("duty").get("/outlets").text
    assert news.browser("other").get(f"/outlets/{item.coverage_id}/wechat").status_code == 404
    assert news.browser("admin").get("/outlets").status_code == 403
    assert news.app.test_client().get("/outlets").status_code == 302


def test_the_board_costs_the_same_for_one_and_many(news):
    def statements() -> int:
        seen = []
        connection = db.session.connection()

        def note(*_):
            seen.append(1)
        event.listen(connection.engine, "before_cursor_execute", note)
        try:
            board.board(news.actor("duty"), board.Filters("queued"))
        finally:
            event.remove(connection.engine, "before_cursor_execute", note)
        return len(seen)
    publishing.queue(news.actor("duty"), news.signed(), {"channel": "app", "not_before": soon(1)})
    one = statements()
    for _ in range(30):
        publishing.queue(news.actor("duty"), news.signed(), {"channel": "app", "not_before": soon(1)})
    assert statements() <= one
    found = board.board(news.actor("duty"), board.Filters("queued"))
    assert len(found.items) == board.PAGE and found.total == 31
    rest = board.board(news.actor("duty"), board.Filters("queued", after=found.next_key))
    assert len(rest.items) == 6 and not {item.id for item in rest.items} & {item.id for item in found.items}


def test_one_story_is_out_with_several_upstream_media_each_with_its_level(news):
    duty, row = news.actor("duty"), news.signed()
    with pytest.raises(Invalid) as caught:
        publishing.queue(duty, row, {"channel": "upstream"})
    assert set(caught.value.errors) == {"outlet", "level"}
    with pytest.raises(Invalid):
        publishing.queue(duty, row, {"channel": "upstream", "outlet": "省台", "level": "planet"})
    for level, name in (("state", "新华社客户端"), ("province", "省广播电视台")):
        news.live(row, "upstream", level=level, outlet=name, link="https://example.com/up")
    with pytest.raises(NotPossible, match="已经有"):
        publishing.queue(duty, row, {"channel": "upstream", "outlet": "新华社客户端", "level": "state"})
    page = news.app.test_client().get(f"/news/{news.number(row)}").text
    assert "新华社客户端" in page and "央级" in page and "省级" in page


# -- the words for a channel ------------------------------------------------------------------------------------------


def test_a_text_too_long_for_a_channel_is_cut_at_a_sentence_and_says_where(news):
    row = news.signed(body=LONG)
    words = channel_texts.words(row, outlets.get("xiaohongshu"), 1)
    body = words.part("body")
    assert body.how == "sentence" and body.text.endswith("。") and body.count <= 1000 < body.source_count and body.left
    page = news.browser("duty").get(f"/outlets/{row.id}/xiaohongshu").text
    assert "截到句末" in page and "没有带上" in page


def test_what_a_person_cuts_is_remembered_and_needs_no_new_signature(news):
    row, desk = news.signed(body=LONG), news.browser("duty")
    here = f"/outlets/{row.id}/douyin"
    page = desk.submit(here, {"title": TITLE, "summary": "", "body": LONG.splitlines()[0]}, form="存下")
    assert page.status_code == 303
    words = channel_texts.words(row, outlets.get("douyin"), 1)
    assert words.part("body").text == LONG.splitlines()[0] and words.part("body").own and words.signed and not words.foreign
    assert not words.part("title").own, "the same as the story's title is not kept twice"
    item = publishing.queue(news.actor("duty"), row, {"channel": "douyin"})
    publishing.go_live(news.actor("duty"), item, {"link": "https://www.douyin.com/video/1"})
    assert item.state == "live"


def test_words_over_the_limit_come_back_whole_with_the_count_and_where_to_stop(news):
    row, desk = news.signed(), news.browser("duty")
    here, title = f"/outlets/{row.id}/xiaohongshu", "一二三四五六七八九十一二三四五六七八九十超出的几个字"
    page = desk.submit(here, {"title": title, "summary": "", "body": ""}, form="存下")
    assert page.status_code == 422 and title in page.text and "标题 26 字，最多 20 字，多了 6 字，要删到“超出的几个字”以前" in page.text
    assert db.session.scalar(select(ChannelText)) is None


@pytest.mark.promise("Z4")
def test_words_nobody_signed_wait_for_the_chief_and_the_channel_with_them(news):
    row, duty = news.signed(), news.actor("duty")
    item = publishing.queue(duty, row, {"channel": "douyin"})
    channel_texts.save(duty, row, "douyin", {"title": "震惊！后巷垃圾没人管"})
    db.session.commit()
    with pytest.raises(NotPossible, match="补签"):
        publishing.go_live(duty, item, {"link": "https://www.douyin.com/video/1"})
    with pytest.raises(NotPossible, match="补签"):
        packages.archive(duty, row, "douyin", "")
    page = news.browser("duty").get(f"/outlets/{row.id}/douyin").text
    assert "签发稿里没有这些话" in page and "震惊" in page and "补签这些话" not in page
    stamp = channel_texts.words(row, outlets.get("douyin"), 1).stamp
    with pytest.raises(NotAllowed):
        channel_texts.sign(duty, row, "douyin", stamp)
    chief = news.browser("chief")
    assert chief.submit(f"/outlets/{row.id}/douyin", {}, form="补签").status_code == 303
    db.session.expire_all()
    assert channel_texts.words(row, outlets.get("douyin"), 1).signer == "chief"
    publishing.go_live(duty, item, {"link": "https://www.douyin.com/video/1"})
    assert item.state == "live"


def test_the_chief_does_not_sign_words_of_their_own_nor_words_changed_since(news):
    row, chief = news.signed(), news.actor("chief")
    saved = channel_texts.save(chief, row, "douyin", {"title": "全新的标题"})
    with pytest.raises(NotPossible, match="自己写的话"):
        channel_texts.sign(chief, row, "douyin", saved.edited_at.isoformat())
    before = saved.edited_at.isoformat()
    with time_machine.travel(clock.now() + timedelta(minutes=1)):
        channel_texts.save(news.actor("duty"), row, "douyin", {"title": "又改的标题", "stamp": before})
    with pytest.raises(Exception, match="有人改"):
        channel_texts.sign(chief, row, "douyin", before)


def test_two_editors_of_one_channel_lose_nothing(news):
    row, one, two = news.signed(), news.browser("duty"), news.browser("writer")
    here = f"/outlets/{row.id}/douyin"
    first, second = one.get(here), two.get(here)
    assert one.submit(first, {"title": TITLE, "summary": "", "body": "居民说，气味最重的是傍晚。"}, form="存下").status_code == 303
    page = two.submit(second, {"title": TITLE, "summary": "", "body": "车修好以后，每天清一次。"}, form="存下")
    assert page.status_code == 409 and "车修好以后，每天清一次。" in page.text and "刚刚有人改过" in page.text
    db.session.expire_all()
    assert channel_texts.words(row, outlets.get("douyin"), 1).part("body").text == "居民说，气味最重的是傍晚。"


def test_a_title_for_a_channel_that_was_signed_with_the_version_is_used(news):
    row = news.signed(titles={"wechat_video": "后巷垃圾三月记"})
    words = channel_texts.words(row, outlets.get("wechat_video"), 1)
    assert words.part("title").text == "后巷垃圾三月记" and words.signed


def test_a_cut_is_kept_for_the_next_version_as_long_as_it_says_nothing_else(news):
    row, duty = news.signed(), news.actor("duty")
    channel_texts.save(duty, row, "douyin", {"body": "居民说，气味最重的是傍晚。"})
    channel_texts.save(duty, row, "bilibili", {"body": "六月以来，菜场后巷的垃圾三天才清一次。"})
    news.corrected(row, news.live(row, "wechat"))
    assert channel_texts.words(row, outlets.get("douyin"), 2).part("body").text == "居民说，气味最重的是傍晚。"
    fresh = channel_texts.words(row, outlets.get("bilibili"), 2).part("body")
    assert not fresh.own and "两天才清一次" in fresh.text, "what was wrong does not come back with the old cut"


def test_others_may_not_write_for_a_channel(news):
    row = news.signed()
    for name in ("first", "second"):
        with pytest.raises(NotAllowed):
            channel_texts.save(news.actor(name), row, "douyin", {"title": TITLE})
        assert "改这个渠道的文字" not in news.browser(name).get(f"/outlets/{row.id}/douyin").text
    with pytest.raises(NotFound):
        channel_texts.save(news.actor("duty"), row, "telegraph", {"title": TITLE})


def test_what_was_done_for_a_channel_stands_on_the_record_of_the_story(news):
    from civic import ledger
    row, duty = news.signed(), news.actor("duty")
    channel_texts.save(duty, row, "douyin", {"title": "全新的标题"})
    packages.archive(duty, row, "app", "")
    done = db.session.scalars(select(Event.command).where(Event.object_id == row.id)).all()
    assert {"channel_text", "channel_package"} <= set(done) and ledger.events.verify(f"coverage:{row.id}") is None
    db.session.commit()
    page = news.browser("duty").get(f"/stories/{row.id}").text
    assert "改渠道文字" in page and "打包带走" in page


# -- packages ---------------------------------------------------------------------------------------------------------


@pytest.mark.promise("U5")
def test_a_package_holds_the_text_in_its_lengths_and_the_pictures_in_their_sizes_without_a_trace(news):
    row, _ = with_picture(news, body=LONG)
    page = news.browser("duty").post(f"/outlets/{row.id}/douyin/zip")
    assert page.status_code == 200 and page.mimetype == "application/zip" and "no-store" in page.headers["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(page.data)) as pack:
        names = pack.namelist()
        assert {"标题.txt", "摘要.txt", "正文.txt", "说明.txt", "图片/01-1080x1440.jpg", "图片/01-1440x1080.jpg"} == set(names)
        assert len(pack.read("正文.txt").decode().rstrip("\n")) <= 1000 and "平台可能改" in pack.read("说明.txt").decode()
        for name, size in (("图片/01-1080x1440.jpg", (1080, 1440)), ("图片/01-1440x1080.jpg", (1440, 1080))):
            with Image.open(io.BytesIO(pack.read(name))) as image:
                assert image.size == size and not image.getexif() and not {"exif", "icc_profile", "comment"} & set(image.info)


def test_a_picture_that_may_not_be_shown_is_in_no_package(news):
    row, picture = with_picture(news)
    here = f"/outlets/{row.id}/app/1-0.jpg"
    desk = news.browser("duty")
    assert desk.get(here).status_code == 200
    picture.consent = "none"
    db.session.commit()
    assert desk.get(here).status_code == 404 and "没有放进来" in desk.get(f"/outlets/{row.id}/app").text
    picture.masked = True
    db.session.commit()
    assert desk.get(here).status_code == 200, "the masked derivative is what others see"
    for wrong in (f"/outlets/{row.id}/app/9-0.jpg", f"/outlets/{row.id}/app/1-9.jpg", f"/outlets/{row.id}/radio/1-0.jpg"):
        assert desk.get(wrong).status_code == 404


def test_what_is_not_signed_can_be_looked_at_but_not_taken_along(news):
    row = news.draft()
    db.session.commit()
    desk = news.browser("duty")
    page = desk.get(f"/outlets/{row.id}/app")
    assert page.status_code == 200 and "只能看样子" in page.text and "打包带走" not in page.text
    assert desk.post(f"/outlets/{row.id}/app/zip").status_code == 409


def test_a_title_that_cannot_be_cut_asks_for_a_short_one(news):
    row = news.signed("一二三四五六七八九十一二三四五六七八九十")
    assert "标题不能拦腰截断" in news.browser("duty").get(f"/outlets/{row.id}/tv").text
    assert news.browser("duty").post(f"/outlets/{row.id}/tv/zip").status_code == 409
    assert news.browser("duty").post(f"/outlets/{row.id}/app/zip").status_code == 200


def test_the_code_leads_to_the_public_page_and_a_memo_has_none(news):
    row, _ = with_picture(news)
    desk = news.browser("duty")
    assert f"/cases/{row.case.number}" in desk.get(f"/outlets/{row.id}/app").text, "before it is out: its public case"
    news.live(row, "app")
    page = desk.get(f"/outlets/{row.id}/app").text
    assert f"/news/{news.number(row)}" in page and "pack-qr" in page
    assert desk.get(f"/outlets/{row.id}/app/qr.svg").data.startswith(b"<?xml") and desk.get(f"/outlets/{row.id}/internal/qr.svg").status_code == 404
    assert "pack-qr" not in desk.get(f"/outlets/{row.id}/internal").text


# -- correction and pull ----------------------------------------------------------------------------------------------


def test_every_correction_keeps_its_own_line_with_both_versions(news):
    row = news.signed()
    item = news.live(row, "wechat")
    news.corrected(row, item, "三天应为两天")
    news.corrected(row, item, "两台应为一台", body=BODY.replace("两台", "一台"))
    kept = db.session.scalars(select(Correction).where(Correction.publication_id == item.id).order_by(Correction.at)).all()
    assert [(one.note, one.from_version, one.to_version) for one in kept] == [("三天应为两天", 1, 2), ("两台应为一台", 2, 3)]


def test_the_clock_puts_out_a_planned_slot(news):
    item = publishing.queue(news.actor("duty"), news.signed(), {"channel": "tv", "slot": "《今晚八点》", "not_before": soon(1)})
    with time_machine.travel(soon(2)):
        publishing.go_live(Actor.system(), item)
    assert item.state == "live" and item.slot == "《今晚八点》" and not item.link


# -- what channels take -----------------------------------------------------------------------------------------------


GOOD = {"title": "32", "summary": "", "body": "18000", "pictures": "头条 900×383\n方图 1:1 500x500", "domains": "mp.weixin.qq.com",
        "source": "公众平台公告", "as_of": "2026-12"}


def test_an_administrator_sets_what_a_channel_takes_and_takes_it_back(news):
    admin = news.browser("admin")
    page = admin.submit("/admin/outlets/wechat", GOOD, form="保存")
    assert page.status_code == 303
    found = outlets.get("wechat")
    assert (found.title, found.summary, found.body, found.as_of, found.changed) == (32, 0, 18000, "2026-12", True)
    assert [(size.width, size.height) for size in found.pictures] == [(900, 383), (500, 500)]
    assert "2026-12" in admin.get("/admin/outlets").text
    assert admin.post("/admin/outlets/wechat", data={"reset": "1"}).status_code == 303
    g.pop("reference_mark", None)  # a mark is trusted for five seconds within one context
    assert outlets.get("wechat").title == 64 and db.session.get(CountySetting, "outlet.wechat") is None


@pytest.mark.parametrize(("field", "value", "said"), [
    ("title", "很多", "整数"), ("title", "-1", "整数"), ("body", "999999", "整数"), ("body", "²", "整数"), ("pictures", "大图", "宽×高"),
    ("pictures", "巨图 9000×9000", "像素"), ("domains", "https://a.com/x", "域名"), ("as_of", "去年", "2026-11"), ("source", "", "哪里看来")])
def test_a_setting_that_does_not_fit_comes_back_with_a_sentence(news, field, value, said):
    page = news.browser("admin").submit("/admin/outlets/wechat", {**GOOD, field: value}, form="保存")
    assert page.status_code == 422 and said in page.text
    assert (value if field == "pictures" else "900×383") in page.text, "what was typed is still there"
    assert outlets.get("wechat").title == 64


def test_only_the_administrator_sets_it(news):
    for name in ("duty", "chief", "writer"):
        assert news.browser(name).get("/admin/outlets").status_code == 403
    assert news.browser("admin").get("/admin/outlets/telegraph").status_code == 404


def test_every_channel_of_the_county_is_described(news):
    every = {one.code: one for one in outlets.every()}
    assert {"tv", "radio", "app", "wechat", "wechat_video", "douyin", "xiaohongshu", "bilibili", "internal", "upstream"} <= set(every)
    assert all(one.source and one.as_of and one.title for one in every.values())
    assert not every["internal"].public and every["upstream"].upstream and not every["radio"].pictures


NONSENSE = ("", "x" * 500, "\x00", "😀", "' OR 1=1", "../..", "9" * 30, "²", "\u202e", "town:", "town:\x00", "2026-01-01T00:00:00+00:00_x",
            "9999-12-31T23:59:59-23:59_00000000-0000-7000-8000-000000000000")


@pytest.mark.promise("W6")
def test_nonsense_in_any_parameter_is_never_an_error_of_ours(news):
    row = news.signed()
    news.live(row)
    people = visitor, duty, admin = news.app.test_client(), news.browser("duty"), news.browser("admin")
    for client in people:
        client.check_pages = False
    for value in NONSENSE:
        for name in ("town", "category", "squad", "theme", "area", "channel", "corrected", "after"):
            for path in ("/news", "/news/feed.atom", "/news/feed.json", "/corrections"):
                assert visitor.get(path, query_string={name: value}).status_code == 200, (path, name, value)
        for name in ("state", "channel", "after"):
            assert duty.get("/outlets", query_string={"state": "live", name: value}).status_code == 200, (name, value)
        for name in ("title", "summary", "body", "version", "stamp"):
            assert duty.post(f"/outlets/{row.id}/douyin", data={name: value}).status_code in (303, 409, 422), (name, value)
        for name in ("title", "summary", "body", "pictures", "domains", "source", "as_of"):
            assert admin.post("/admin/outlets/wechat", data={name: value}).status_code == 422, (name, value)
