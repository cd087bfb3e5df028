"""The editor over HTTP without scripts: titles, facts in rows, pictures, drafts that are no versions, and who else is at it."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
import time_machine

from civic.kit import clock
from civic.models import Media, StoryDraft, StorySlot, db
from civic.newsroom import drafts, operations
from tests.story_world import BODY, CHECKED, Newsroom, fresh, photo


@pytest.fixture
def room(app, db):
    return Newsroom(app)


def edit(row) -> str:
    return f"/stories/{row.id}/edit"


def test_titles_facts_and_pictures_make_one_version(room):
    row, media = room.draft(), room.photo("given")
    writer = room.browser("writer")
    page = writer.get(edit(row))
    assert "各渠道的标题" in page.text and str(media.id) in page.text
    key = f"pic-{media.id}"
    page = writer.submit(page, {
        "title-wechat": "后巷三天一清？", "fact-2-text": "清运车两台停在院里", "fact-2-from": f"file:{media.id}",
        "fact-2-checked": "y", "fact-3-text": "公告写的是每天一清", "fact-3-from": "url", "fact-3-source": "https://example.org/a",
        f"{key}-pos": "1", f"{key}-caption": "清运车停在院里", f"{key}-credit": "测试员 摄",
        "body": BODY + "\n\n[图1]"}, form="/edit")
    assert page.status_code == 303
    version = operations.current(fresh(row))
    assert version.number == 2 and version.titles == {"wechat": "后巷三天一清？"}
    assert [fact.get("kind", "") for fact in version.facts] == ["", "file", "url"]
    assert version.facts[1]["checked"] and version.facts[1]["source"] and version.facts[2]["ref"] == "https://example.org/a"
    assert [(slot.position, slot.media_id, slot.credit) for slot in version.slots] == [(1, media.id, "测试员 摄")]
    shown = writer.get(f"/stories/{row.id}").text
    for words in ("后巷三天一清？", "清运车停在院里", "测试员 摄", f"/files/{media.id}/large", "谁来清", "车坏了两台", "已核", "未核"):
        assert words in shown
    diff = writer.get(f"/stories/{row.id}/versions/2").text
    assert "各渠道标题" in diff and "图1｜清运车停在院里" in diff
    assert writer.get(f"/stories/{row.id}/print").status_code == 200
    operations.save(room.actor("writer"), row, {"title": row.title, "body": BODY})
    assert len(operations.current(row).slots) == 1 and operations.current(row).titles, "what was not spoken of stays"


@pytest.mark.parametrize(("field", "value", "words"), [
    ("fact-1-text", "", "只有来源，没有事实"), ("fact-1-text", "字" * 501, "太长"),
    ("title-app", "字" * 81, "标题最多 40 字"), ("title", "", "请填写「标题」"), ("body", "短", "至少 10 字")])
def test_what_is_wrong_is_said_and_everything_typed_stays(room, field, value, words):
    row = room.draft()
    writer = room.browser("writer")
    page = writer.submit(edit(row), {"lead": "不能丢的导语。", field: value}, form="/edit")
    assert page.status_code == 422 and words in page.text and "不能丢的导语。" in page.text
    assert fresh(row).version == 1
    assert "没存成版本的草稿" in writer.get(edit(row)).text, "the refused text is kept as a draft too"


def test_a_web_source_that_is_none_and_too_many_facts_are_refused(room):
    row = room.draft()
    writer = room.browser("writer")
    page = writer.submit(edit(row), {"fact-1-from": "url", "fact-1-source": "javascript:alert(1)"}, form="/edit")
    assert page.status_code == 422 and "网址要以 http" in page.text
    page = writer.submit(edit(row), {"facts": "\n".join(f"第{n}件｜来源" for n in range(41))}, form="/edit")
    assert page.status_code == 422 and "最多 40 条" in page.text


def test_a_picture_of_another_matter_is_never_put_in(room):
    row, other = room.draft(), room.photo("given")
    strange = Newsroom(room.app)
    elsewhere = strange.photo("given")
    writer = room.browser("writer")
    page = writer.post(edit(row), data={"title": row.title, "body": BODY, f"pic-{elsewhere.id}-pos": "1"})
    assert page.status_code == 422 and "不是这件事的文件" in page.text
    page = writer.post(edit(row), data={"title": row.title, "body": BODY, f"pic-{other.id}-pos": "1", f"pic-{other.id}-caption": "字" * 121})
    assert page.status_code == 422 and "最多 120 字" in page.text
    assert not db.session.query(StorySlot).count()


def test_who_said_no_is_not_shown_and_who_was_not_asked_stops_the_handing_in(room):
    row, refused, unknown = room.draft(), room.photo("none"), room.photo(mark=(0, 200, 0))
    writer = room.browser("writer")
    page = writer.submit(edit(row), {f"pic-{refused.id}-pos": "1"}, form="/edit")
    assert page.status_code == 422 and "先遮挡" in page.text
    page = writer.submit(edit(row), {f"pic-{refused.id}-pos": "", f"pic-{unknown.id}-pos": "1"}, form="/edit")
    assert page.status_code == 303
    page = writer.get(f"/move/coverage/{row.id}/submit")
    assert page.status_code == 409 and "图 1" in page.text and "没有同意" in page.text
    page = writer.submit(edit(row), {f"pic-{unknown.id}-persons": "nobody"}, form="/edit")
    page = writer.submit(f"/move/coverage/{row.id}/submit", dict.fromkeys(CHECKED, "y"), form="送审")
    assert page.status_code == 303 and fresh(row).state == "in_review"


def test_a_consent_taken_back_after_the_signatures_holds_the_release(room):
    from civic.kit.result import NotPossible
    from civic.newsroom import publishing

    row = room.signed(slots=[{"media": room.photo("given").id, "caption": "后巷"}])
    item = publishing.queue(room.actor("duty"), row, {"channel": "app"})
    db.session.query(Media).update({"consent": "none"})
    db.session.expire_all()
    with pytest.raises(NotPossible, match="没有同意"):
        publishing.go_live(room.actor("duty"), item, {"slot": "首页"})


def test_a_draft_is_no_version_and_is_offered_back_with_its_difference(room):
    row = room.submitted()
    operations.send_back(room.actor("first"), row, {"note": "补一句"})
    db.session.commit()
    writer = room.browser("writer")
    page = writer.submit(edit(row), {"body": BODY + "\n\n写到一半的一句。", "then": "draft"}, form="/edit")
    assert page.status_code == 303 and "draft=" in page.location
    assert fresh(row).version == 1 and "写到一半的一句" in writer.get(page.location).text
    again = writer.get(edit(row)).text
    assert "没存成版本的草稿" in again and "放回来接着写" in again and "写到一半的一句" in again
    assert "写到一半" not in room.browser("duty").get(f"/stories/{row.id}").text, "nobody else sees it"
    held = db.session.query(StoryDraft).one()
    stranger = room.browser("mate").post(f"/stories/{row.id}/drafts/{held.id}/discard")
    assert stranger.status_code in (403, 404)
    restored = writer.get(f"{edit(row)}?draft={held.id}")
    assert writer.submit(restored, form="/edit").status_code == 303
    assert fresh(row).version == 2 and not db.session.query(StoryDraft).count()


def test_a_draft_of_another_device_stays_until_it_is_used_or_thrown_away(room):
    row = room.draft()
    phone, desk = room.browser("writer"), room.browser("writer")
    phone.submit(edit(row), {"body": BODY + "\n\n手机上写的。", "then": "draft"}, form="/edit")
    page = desk.get(edit(row))
    assert "手机上写的" in page.text
    assert desk.submit(page, {"body": BODY + "\n\n电脑上写的。"}, form="/edit").status_code == 303
    held = db.session.query(StoryDraft).one()
    page = desk.get(f"{edit(row)}?draft={held.id}")
    assert "两份都在" in page.text and "手机上写的" in page.text and "电脑上写的" in page.text, "the newer version stands beside it"
    assert desk.submit(edit(row), form="/discard").status_code == 303
    assert "手机上写的" not in desk.get(edit(row)).text


def test_more_rows_and_a_new_picture_keep_what_was_typed(room):
    row = room.draft()
    writer = room.browser("writer")
    page = writer.submit(edit(row), {"lead": "先写的导语", "then": "more"}, form="/edit")
    page = writer.get(page.location)
    assert "先写的导语" in page.text and "fact-6-text" in page.text
    page = writer.submit(page, {"then": "upload", "files": (io.BytesIO(photo()), "新.jpg")}, form="/edit")
    assert page.status_code == 303
    media = db.session.query(Media).one()
    assert media.coverage_id == row.id
    page = writer.get(page.location)
    assert f"pic-{media.id}-pos" in page.text and "先写的导语" in page.text
    page = writer.submit(page, {"then": "upload", "files": (io.BytesIO(b"MZ not a picture"), "病毒.jpg")}, form="/edit")
    assert "没有收下" in writer.get(page.location).text and fresh(row).version == 1


def test_the_script_keeps_a_draft_and_learns_who_else_is_here(room):
    row = room.draft()
    writer = room.browser("writer")
    answer = writer.post(f"/stories/{row.id}/draft", data={"device": "phone-1234", "base": "1", "title": "新题目", "body": BODY})
    told = answer.get_json()
    assert answer.status_code == 200 and told["version"] == 1 and told["others"] == [] and ":" in told["at"]
    assert fresh(row).version == 1 and fresh(row).title == "后巷的垃圾谁来清"
    assert writer.get(f"/stories/{row.id}/draft").get_json()["csrf"]
    bad = writer.post(f"/stories/{row.id}/draft", data={"device": "x", "body": BODY}, headers={"Accept": "application/json"})
    assert bad.status_code == 422
    huge = writer.post(f"/stories/{row.id}/draft", data={"device": "phone-1234", "body": "字" * 200_001}, headers={"Accept": "application/json"})
    assert huge.status_code in (413, 422)
    for name in ("duty", "first"):
        assert room.browser(name).post(f"/stories/{row.id}/draft", data={"device": "phone-1234"}).status_code == 403
    assert room.browser("mate").post(f"/stories/{row.id}/draft", data={"device": "phone-1234"}).status_code == 404


def test_drafts_of_one_person_do_not_pile_up_and_old_ones_go(room):
    row = room.draft()
    for number in range(8):
        drafts.keep(room.actor("writer"), row, f"device-{number}", 1, {"body": f"第 {number} 份"})
    assert len(drafts.mine(room.actor("writer"), row)) == drafts.MOST
    with time_machine.travel(clock.now() + timedelta(days=31)):
        assert drafts.forget() == drafts.MOST


def test_a_login_that_ran_out_loses_no_word(room):
    row = room.draft()
    writer = room.browser("writer")
    page = writer.get(edit(row))
    with writer.session_transaction() as session:
        session.clear()
    page = writer.submit(page, {"body": BODY + "\n\n登录过期前写的。"}, form="/edit")
    assert page.status_code == 401 and "登录过期前写的" in page.text and fresh(row).version == 1
    told = writer.post(f"/stories/{row.id}/draft", data={"device": "phone-1234"}, headers={"Accept": "application/json"})
    assert told.status_code == 401 and told.mimetype == "application/problem+json"


def test_a_story_is_marked_critical_in_the_editor_and_stays_so(room):
    row = room.draft()
    writer = room.browser("writer")
    page = writer.submit(edit(row), {"critical": "y", "then": "submit"}, form="/edit")
    assert page.location.endswith("/factors") and fresh(row).critical
    assert 'name="critical"' not in writer.get(edit(row)).text
    operations.save(room.actor("writer"), row, {"title": row.title, "body": BODY, "critical": False})
    assert row.critical


def test_an_editor_of_a_story_costs_the_same_number_of_questions_with_many_rows(room, count_sql):
    row = room.draft()
    writer = room.browser("writer")
    writer.get(edit(row))
    with count_sql() as few:
        writer.get(edit(row))
    for number in range(4):
        room.photo("given", mark=(number, 0, 0))
    for number in range(3):
        drafts.keep(room.actor("writer"), row, f"device-{number}", 1, {"title": "x", "body": f"第 {number} 份"})
    operations.save(room.actor("writer"), row, {"title": row.title, "body": BODY, "facts": "\n".join(f"事{n}｜源" for n in range(20))})
    db.session.commit()
    writer.get(edit(row))
    with count_sql() as many:
        writer.get(edit(row))
    assert len(many) <= len(few)
