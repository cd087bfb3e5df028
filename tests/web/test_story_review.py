"""Six factors, the right of reply unit by unit, checklists per level, notes bound to paragraphs: over HTTP, without scripts."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from civic.kit import clock
from civic.kit.result import NotPossible
from civic.models import Publication, Signature, StoryContact, StoryParty, db
from civic.newsroom import operations, publishing, remarks
from civic.workflow.reviewing import CHECKS, FACTORS
from tests import factories as make
from tests.story_world import BODY, CHECKED, Newsroom, fresh


@pytest.fixture
def room(app, db):
    return Newsroom(app)


# -- the six factors --------------------------------------------------------------------------------------------------


def test_a_critical_story_is_not_handed_in_before_its_six_factors_are_in_words(room):
    row = room.draft(critical=True)
    operations.seek_reply(room.actor("writer"), row, {"units": "环卫所", "text": "车坏了两台"})
    db.session.commit()
    writer = room.browser("writer")
    page = writer.get(f"/move/coverage/{row.id}/submit")
    assert page.status_code == 409 and "六项核实这一版还缺 6 项" in page.text
    page = writer.submit(f"/stories/{row.id}/factors", {**make.SIX, "harm": "略"}, form="/factors")
    assert page.status_code == 422 and "受害人名誉受贬损的可能性" in page.text and make.SIX["source"] in page.text
    assert writer.submit(page, {"harm": make.SIX["harm"]}, form="/factors").status_code == 303
    page = writer.submit(f"/move/coverage/{row.id}/submit", dict.fromkeys(CHECKED, "y"), form="送审")
    assert page.status_code == 303 and fresh(row).state == "in_review"
    shown = room.browser("first").get(f"/stories/{row.id}/factors").text
    assert all(item.label in shown for item in FACTORS) and make.SIX["dispute"] in shown
    assert room.browser("first").post(f"/stories/{row.id}/factors", data=make.SIX).status_code == 403


def test_a_new_version_wants_its_factors_read_again(room):
    row = room.draft(critical=True)
    operations.seek_reply(room.actor("writer"), row, {"units": "环卫所", "text": "车坏了两台"})
    make.factors(room.actor("writer"), row)
    operations.save(room.actor("writer"), row, {"title": row.title, "body": BODY + "再补一句。", "facts": "三天清一次｜蹲守｜已核"})
    db.session.commit()
    writer = room.browser("writer")
    assert "六项核实" in writer.get(f"/move/coverage/{row.id}/submit").text
    page = writer.get(f"/stories/{row.id}/factors")
    assert "这些话是第 1 版的" in page.text and make.SIX["cost"] in page.text
    stale = writer.post(f"/stories/{row.id}/factors", data={**make.SIX, "version": "1"})
    assert stale.status_code == 409 and "现在是第 2 版" in stale.text and make.SIX["cost"] in stale.text
    assert writer.submit(page, form="/factors").status_code == 303
    assert remarks.factors(fresh(row), 2)


def test_every_fact_of_a_critical_story_is_checked(room):
    row = room.draft(critical=True, facts="三天清一次｜蹲守｜已核\n两台车坏了｜环卫所说")
    assert "第 2 条事实还没有核对" in room.browser("writer").get(f"/move/coverage/{row.id}/submit").text
    assert "第 2 条" not in room.browser("writer").get(f"/move/coverage/{room.draft(facts='一｜二').id}/submit").text


# -- the right of reply -----------------------------------------------------------------------------------------------


def test_each_named_unit_is_heard_told_and_waited_for(room):
    row = room.draft(critical=True)
    writer, duty = room.browser("writer"), room.browser("duty")
    for name, kind in (("环卫所", "unit"), ("王某", "person")):
        page = writer.submit(f"/stories/{row.id}/sides", {"name": name, "kind": kind, "about": "写到清运不及时"}, form="列入")
        assert page.status_code == 303
    assert "已经列了" in writer.submit(f"/stories/{row.id}/sides", {"name": "环卫所"}, form="列入").text
    first, second = db.session.query(StoryParty).order_by(StoryParty.id)
    make.factors(room.actor("writer"), row)
    db.session.commit()
    writer.submit(f"/stories/{row.id}/sides", {"text": "“车坏了两台。”", "how": "phone", "whom": "李所长"}, form=f"{first.id}/reply")
    assert "还没有记下对方怎么说：王某" in writer.get(f"/move/coverage/{row.id}/submit").text
    writer.submit(f"/stories/{row.id}/sides", {"result": "silent", "text": "三次电话未接，到今天 18:00 没有答复。"}, form=f"{second.id}/reply")
    operations.submit(room.actor("writer"), fresh(row), CHECKED)
    for name, verb in (("first", operations.sign_off), ("second", operations.sign_off), ("chief", operations.final_sign)):
        verb(room.actor(name), row, make.ticks(row))
    db.session.commit()
    page = duty.get(f"/stories/{row.id}/sides")
    assert "还不能播" in page.text
    duty.submit(page, {"text": "今晚八点播出，请在播前补充。", "how": "letter"}, form=f"{first.id}/notice")
    with pytest.raises(NotPossible, match="还没有告知：王某"):
        publishing.queue(room.actor("duty"), fresh(row), {"channel": "app"})
    assert "还没有告知：王某" in duty.get(f"/stories/{row.id}").text
    assert room.browser("duty").post(f"/stories/{row.id}/sides/{second.id}/waive", data={"reason": "找不到人"}).status_code == 403
    chief = room.browser("chief")
    assert "请写明为什么" in chief.submit(f"/stories/{row.id}/sides", {"reason": ""}, form=f"{second.id}/waive").text
    chief.submit(f"/stories/{row.id}/sides", {"reason": "三次上门找不到人"}, form=f"{second.id}/waive")
    item = publishing.queue(room.actor("duty"), fresh(row), {"channel": "app"})
    with pytest.raises(NotPossible, match="不满 2"):
        publishing.go_live(room.actor("duty"), item, {"slot": "首页"})
    with time_machine.travel(clock.now() + timedelta(hours=2, minutes=31)):
        publishing.go_live(room.actor("duty"), item, {"slot": "首页"})
    db.session.commit()
    assert item.state == "live"
    shown = duty.get(f"/stories/{row.id}/sides").text
    for words in ("“车坏了两台。”", "李所长", "电话", "函件", "到时没有答复", "三次上门找不到人", "最早可播"):
        assert words in shown
    log = duty.get(f"/stories/{row.id}").text
    assert "列入被报道的一方" in log and "免告知这一方" in log


def test_a_notice_is_neither_in_the_future_nor_long_ago_and_a_late_entry_says_so(room):
    row = room.signed(critical=True)
    duty = room.browser("duty")
    party = db.session.query(StoryParty).one()
    now = clock.local(clock.now())
    for told, words in ((now + timedelta(hours=1), "不能在以后"), (now - timedelta(days=8), "七天以内")):
        page = duty.submit(f"/stories/{row.id}/sides", {"told_at": f"{told:%Y-%m-%dT%H:%M}", "text": "今晚八点播出"}, form="/notice")
        assert page.status_code == 422 and words in page.text and "今晚八点播出" in page.text
    page = duty.submit(f"/stories/{row.id}/sides", {"told_at": "昨天", "text": "今晚八点播出"}, form="/notice")
    assert page.status_code == 422
    told = now - timedelta(hours=3)
    page = duty.submit(f"/stories/{row.id}/sides", {"told_at": f"{told:%Y-%m-%dT%H:%M}", "answer_by": f"{now:%Y-%m-%dT%H:%M}",
                                                    "text": "今晚八点播出"}, form="/notice")
    assert page.status_code == 303 and "补记" in duty.get(f"/stories/{row.id}/sides").text
    assert db.session.query(StoryContact).filter_by(kind="notice").count() == 1 and party.name == "环卫所"
    item = publishing.queue(room.actor("duty"), fresh(row), {"channel": "app"})
    publishing.go_live(room.actor("duty"), item, {"slot": "首页"})
    assert item.state == "live"


def test_somebody_named_after_the_waiver_has_to_be_told_all_the_same(room):
    row = room.signed(critical=True)
    operations.waive_notice(room.actor("chief"), row, {"reason": "险情正在扩大，先播"})
    db.session.commit()
    page = room.browser("duty").submit(f"/stories/{row.id}/sides", {"name": "城北街道"}, form="列入")
    assert page.status_code == 303
    with pytest.raises(NotPossible, match="城北街道"):
        publishing.queue(room.actor("duty"), fresh(row), {"channel": "app"})
    added = db.session.query(StoryParty).filter_by(name="城北街道").one()
    room.browser("duty").submit(f"/stories/{row.id}/sides", {"reason": "改过以后不再写它"}, form=f"{added.id}/drop")
    assert publishing.queue(room.actor("duty"), fresh(row), {"channel": "app"}).state == "queued"
    assert db.session.query(Publication).count() == 1


def test_the_author_cannot_take_a_unit_off_the_list_after_handing_in(room):
    row = room.submitted(critical=True)
    party = db.session.query(StoryParty).one()
    page = room.browser("writer").post(f"/stories/{row.id}/sides/{party.id}/drop", data={"reason": "不想等了"})
    assert page.status_code == 403
    assert room.browser("writer").post(f"/stories/{row.id}/sides/{party.id}/nothing").status_code == 404
    other = room.draft(critical=True)
    assert room.browser("duty").post(f"/stories/{other.id}/sides/{party.id}/drop", data={"reason": "不想等了"}).status_code == 404


# -- checklists and signatures ----------------------------------------------------------------------------------------


def test_a_signature_goes_with_the_whole_list_of_its_level_and_keeps_it(room):
    row = room.submitted()
    first = room.browser("first")
    page = first.get(f"/stories/{row.id}")
    assert all(item.label in page.text for item in CHECKS if item.level == 1) and CHECKS[-1].label not in page.text
    page = first.submit(page, {"checked": ["1.content"], "note": "写得清楚"}, form="/sign_off")
    assert page.status_code == 422 and "还有 4 项没有勾" in page.text and "写得清楚" in page.text
    assert not fresh(operations.current(row)).signatures
    assert first.submit(page, make.ticks(row), form="签审").status_code == 303
    sign = db.session.query(Signature).one()
    assert [line["code"] for line in sign.checked] == [item.code for item in CHECKS if item.level == 1]
    second = room.browser("second").get(f"/stories/{row.id}").text
    assert "核对了 5 项" in second and CHECKS[5].label in second


def test_the_administrator_adds_lines_and_never_takes_ours_away(room):
    row = room.submitted()
    admin = room.browser("admin")
    page = admin.submit("/admin/checklists", {"level": "1", "topic": "words", "label": "地名用民政部门的标准写法"}, form="/checklists")
    assert page.status_code == 303
    for bad in ({"level": "9"}, {"topic": "x"}, {"label": "短"}, {"label": "字" * 81}, {"label": CHECKS[0].label}):
        given = {"level": "1", "topic": "words", "label": "另外一项要核对", **bad}
        assert admin.post("/admin/checklists", data=given).status_code == 422
    shown = room.browser("first").get(f"/stories/{row.id}").text
    assert "地名用民政部门的标准写法" in shown
    operations.sign_off(room.actor("first"), row, make.ticks(row))
    db.session.commit()
    admin.submit("/admin/checklists", form="/off")
    assert "地名用民政部门" in str(db.session.query(Signature).one().checked), "what was signed stays as it was"
    assert "地名用民政部门" not in room.browser("first").get(f"/stories/{room.submitted().id}").text
    for name in ("duty", "chief"):
        assert room.browser(name).get("/admin/checklists").status_code == 403
    assert admin.post("/admin/checklists/00000000-0000-7000-8000-000000000000/off").status_code == 404


@pytest.mark.promise("Z4")
def test_any_edit_voids_every_signature_and_the_list_with_it(room):
    row = room.signed()
    operations.recall(room.actor("duty"), row, {"reason": "数字有误"})
    operations.save(room.actor("writer"), row, {"title": row.title, "body": BODY + "改了一个字。"})
    db.session.commit()
    assert {sign.voided_at is None for sign in db.session.query(Signature)} == {False}
    assert "作废" in room.browser("duty").get(f"/stories/{row.id}/versions/1").text


def test_the_reviewer_sees_what_changed_since_the_last_signature(room):
    row = room.submitted()
    operations.sign_off(room.actor("first"), row, make.ticks(row))
    operations.send_back(room.actor("second"), row, {"note": "补一句"})
    operations.save(room.actor("writer"), row, {"title": row.title, "body": BODY.replace("三天", "两天"), "titles": {"app": "后巷两天一清"}})
    operations.submit(room.actor("writer"), row, CHECKED)
    db.session.commit()
    shown = room.browser("first").get(f"/stories/{row.id}").text
    assert "第 1 版到第 2 版改了什么" in shown and "各渠道标题" in shown and "<ins>" in shown


# -- notes bound to paragraphs ----------------------------------------------------------------------------------------


def test_notes_go_back_with_their_paragraphs_and_say_what_became_of_them(room):
    row = room.submitted()
    first = room.browser("first")
    page = first.get(f"/stories/{row.id}/return")
    assert page.status_code == 200 and "批注第 1 段" in page.text
    assert first.submit(page, {"p-1": "字" * 501}, form="/return").status_code == 422
    page = first.submit(page, {"p-1": "从几号开始？", "p-4": "谁说的？"}, form="/return")
    assert page.status_code == 303 and fresh(row).state == "drafting"
    writer = room.browser("writer")
    shown = writer.get(f"/stories/{row.id}/edit").text
    for words in ("从几号开始？", "谁说的？", "第 1 段", "六月以来"):
        assert words in shown
    operations.save(room.actor("writer"), fresh(row), {"title": row.title, "body": BODY.replace("六月以来", "六月三日以来")})
    db.session.commit()
    shown = writer.get(f"/stories/{row.id}/edit").text
    assert shown.count("这一段已改动") == 1


def test_sending_back_needs_a_word_and_the_right_and_happens_once(room):
    row = room.submitted()
    first = room.browser("first")
    page = first.get(f"/stories/{row.id}/return")
    assert first.submit(page, form="/return").status_code == 422
    assert first.post(f"/stories/{row.id}/return", data={"p-99": "没有这一段的批注"}).status_code == 422
    for name in ("writer", "duty"):
        assert room.browser(name).get(f"/stories/{row.id}/return").status_code == 403
    sent = [first.submit(page, {"note": "标题太满"}, form="/return").status_code for _ in range(2)]
    assert sent == [303, 303] and fresh(row).state == "drafting"
    assert first.get(f"/stories/{row.id}/return").status_code in (403, 409)
