"""The timeline: the newsroom reads everything, everybody else only what an allow-list of sentences says."""

from __future__ import annotations

import dataclasses
import itertools
import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from civic.access.actor import Actor
from civic.cases import folder, insider, sentences, tasks, timeline, turn
from civic.cases import operations as cases
from civic.departments import operations as departments
from civic.kit import clock
from civic.models import Coverage, Note
from civic.newsroom import operations as newsroom
from civic.newsroom import publishing
from civic.tips import operations as tips
from civic.workflow import tables
from tests import desk_world as make_world
from tests import factories as make

_count = itertools.count(1)


def canary(what: str) -> str:
    """A text of the newsroom's own that must not come out."""
    return f"内部{what}金丝雀{next(_count):03d}"


@pytest.fixture
def book(session):
    return make_world.world()


def public_text(case: Any) -> str:
    """Everything the public timeline and its «whose move» line say."""
    book = folder.load(case, internal=False)
    said = [str(dataclasses.asdict(entry)) for entry in timeline.entries(case, "public", folder=book)]
    return "\n".join([*said, str(turn.whose(book, "public"))])


def a_whole_life(book: Any) -> None:
    """Every text field the newsroom, a tipster or a department can fill holds a canary of its own."""
    case = make.case(book.duty, title=canary("标题"), facts=canary("案情"), place={"town": "331081103", "address": canary("地址")})
    book.case = case
    tip = tips.submit(Actor.visitor(), tips.Draft(
        text=canary("原话") + "足够长的一句话", nonce=canary("n"), title=canary("线索标题"), consent="editors", name=canary("称呼"),
        phone="13812345678", place={"town": "331081103", "address": canary("线索地址"), "place_source": "address"}))
    tips.ask(book.intake, tip, {"question": canary("问题")})
    tips.reply(Actor.citizen(tip.id), tip, {"text": canary("回复")})
    tips.accept(book.intake, tip, {"case": case.number})
    cases.note(book.duty, case, {"text": canary("笔记")})
    cases.hold(book.duty, case, {"until": clock.local(clock.now()).date() + timedelta(days=3), "reason": canary("缓办")})
    cases.resume(book.duty, case)
    task = make.task(book.duty, case, f"user:{book.reporter_user.id}", brief=canary("任务要求"))
    tasks.accept(book.reporter, task)
    tasks.check_in(book.reporter, task, {"note": canary("到点")})
    tasks.note(book.reporter, task, {"speaker": "party", "text": canary("采访")})
    tasks.submit(book.reporter, task, {"findings": canary("查到"), "both_sides": "both", "remote_reason": canary("没到")})
    tasks.send_back(book.duty, task, {"missing": canary("还缺")})
    tasks.submit(book.reporter, task, {"findings": canary("再查"), "both_sides": "both"})
    tasks.approve(book.duty, task)
    cover = make.task(book.duty, case, f"user:{book.reporter_user.id}", "cover", brief=canary("报道任务"))
    tasks.accept(book.reporter, cover)
    make_world.sent(book, brief=canary("转办摘要"), basis=canary("依据"), items=["恢复每日清运"])
    departments.ask_return(book.officer, book.order, {"basis": canary("异议"), "unit": "D02"})
    departments.refuse_return(book.duty, book.order, {"reason": canary("驳回")})
    departments.sign(book.officer, book.order)
    departments.ask_pause(book.officer, book.order, {"question": canary("要补充")})
    departments.end_pause(book.duty, book.order, {"text": canary("补充")})
    until = clock.local(book.order.due_at).date() + timedelta(days=1)
    departments.ask_extension(book.officer, book.order, {"until": until, "reason": "公开的延期原因", "interim": canary("措施")})
    departments.grant_extension(book.duty, book.order)
    departments.remind(book.duty, book.order, {"text": canary("催办")})
    departments.supervise(book.chief, book.order, {"text": canary("督办")})
    answers = {str(item.id): canary("逐项") for item in book.order.items}
    departments.answer(book.officer, book.order, {"result": "done", "text": canary("答复") + "十个字以上", "answers": answers,
                                                  "contact": canary("经办")})
    make_world.visited(book, "not_fixed")
    departments.redo(book.duty, book.order, {"reason": "公开的退回原因", "term": "3wd"})
    book.story = newsroom.pitch(book.reporter, {"title": canary("选题"), "angle": canary("角度"), "format": "text", "case": case.number})


@pytest.mark.promise("S10")
def test_no_internal_word_ever_comes_out(book, session):
    a_whole_life(book)
    make_world.disclosed(book)
    internal = "\n".join(str(dataclasses.asdict(entry)) for entry in timeline.entries(book.case))
    assert internal.count("金丝雀") >= 18  # the newsroom does read them
    said = public_text(book.case)
    assert "金丝雀" not in said and "13812345678" not in said
    for name in ("林守拙", "郑晓", "叶记者", "吴科员", "陈受理", "东片"):
        assert name not in said
    for words in ("立案", "小虎队接办调查", "小虎队到现场", "转办市综合执法局（主办）", "诉求 1：恢复每日清运", "公开的延期原因",
                  "公开的退回原因", "回访："):
        assert words in said, words


def test_an_answer_is_public_in_the_released_words_only(book, session):
    make_world.answered(book, text=canary("答复") + "已经清运完毕")
    make_world.disclosed(book)
    assert "编辑部核对后公开" in public_text(book.case)
    departments.release(book.duty, book.order, {"public_text": "每日清运已经恢复。"})
    said = public_text(book.case)
    assert "每日清运已经恢复。" in said and "金丝雀" not in said and "已办好" in said
    cases.hide_item(book.duty, book.case, {"item": f"answer:{book.order.answers[-1].id}", "reason": "涉及住户隐私"})
    said = public_text(book.case)
    assert "每日清运已经恢复。" not in said and "涉及住户隐私" in said


def test_a_story_is_unknown_until_it_is_live_and_an_inside_paper_for_ever(book, session):
    story = newsroom.pitch(book.duty, {"title": "没发的标题", "angle": "角度在这里", "format": "text", "case": book.case.number})
    newsroom.start(book.duty, story, {"author": str(book.reporter_user.id)})
    newsroom.save(book.reporter, story, {"title": "三天一清的后巷", "body": "记者两次到现场，垃圾都没有清。" * 3})
    newsroom.submit(book.reporter, story, {"facts_sourced": True, "names_checked": True, "persons_ok": True})
    assert "后巷" not in public_text(book.case)
    newsroom.sign_off(book.reviewer, story, {**make.ticks(story), "note": canary("审稿")})
    newsroom.sign_off(make.actor("review2"), story, make.ticks(story))
    newsroom.final_sign(book.chief, story, {**make.ticks(story), "note": canary("签发")})
    first = publishing.queue(book.duty, story, {"channel": "app"})
    assert "后巷" not in public_text(book.case)
    publishing.go_live(book.duty, first, {"link": "https://example.org/a"})
    said = public_text(book.case)
    assert "《三天一清的后巷》" in said and "'/news/2026-0001'" in said.replace(str(clock.local(clock.now()).year), "2026") and "金丝雀" not in said
    newsroom.recall(book.duty, story, {"reason": canary("收回")})
    newsroom.save(book.reporter, story, {"title": "还没签的新标题", "body": "新的一版还没有人签。" * 4})
    assert "还没签的新标题" not in public_text(book.case)
    publishing.pull(book.duty, first, {"reason": "事实有误，撤下重写"})
    said = public_text(book.case)
    assert "事实有误，撤下重写" in said and "https://example.org/a" not in said
    assert session.get(Coverage, story.id).title == "还没签的新标题"


def test_a_disclosure_taken_back_leaves_no_line(book, session):
    make_world.disclosed(book)
    cases.undo(book.duty, book.case)
    make_world.disclosed(book)
    titles = [entry.title for entry in timeline.entries(book.case, "public")]
    assert titles.count("本案公开") == 1


def test_the_newsroom_sees_who_did_what_and_what_the_public_sees(book, session):
    make_world.with_tip(book)
    make_world.with_tip(book)
    make_world.answered(book)
    entries = timeline.entries(book.case)
    assert [entry.title for entry in entries if "线索" in entry.title] == ["并入 2 条线索"]
    opened = next(entry for entry in entries if entry.title == "立案")
    assert opened.public and "林守拙" in opened.by
    answer = next(entry for entry in entries if "答复（第 1 版）" in entry.title)
    assert any("第1项已办" in line for line in answer.children)


def test_dates_ahead_come_last_and_are_marked(book, session):
    make_world.sent(book)
    departments.sign(book.officer, book.order)
    entries = timeline.entries(book.case, "public")
    assert entries[-1].future and entries[-1].title == "市综合执法局答复到期"
    tomorrow = clock.local(clock.now()).date() + timedelta(days=4)
    make_world.answered(book, "plan", "计划在四天后完成冲洗除味。", plan_on=tomorrow)
    assert not any(entry.future for entry in timeline.entries(book.case, "public"))
    assert timeline.entries(book.case)[-1].day == tomorrow
    departments.release(book.duty, book.order, {"public_text": "计划在四天后完成冲洗。"})
    assert timeline.entries(book.case, "public")[-1].title == "市综合执法局承诺办好"


def test_photos_are_public_one_by_one(book, session):
    make_world.answered(book)
    make_world.visited(book)
    check = folder.load(book.case, internal=True).checks[-1]
    before = make_world.picture(verification_id=check.id, phase="before")
    make_world.picture(verification_id=check.id, phase="after")
    assert "/photos/" not in public_text(book.case)
    inside = next(entry for entry in timeline.entries(book.case) if entry.title.startswith("回访："))
    assert inside.pair and inside.pair.before.url == f"/files/{before.id}/large"
    cases.open_item(book.duty, book.case, {"item": f"media:{before.id}", "masked": True, "caption": "后巷北口"})
    outside = next(entry for entry in timeline.entries(book.case, "public") if entry.title.startswith("回访："))
    assert [photo.url for photo in outside.photos] == [f"/photos/{before.id}-large.jpg"] and outside.pair is None


def test_the_maps_card_of_a_solved_case_shows_the_released_pair_and_never_half_of_it(book, session, app):
    make_world.answered(book)
    make_world.visited(book)
    make_world.disclosed(book)
    check = folder.load(book.case, internal=True).checks[-1]
    shots = [make_world.picture(verification_id=check.id, phase=phase) for phase in ("before", "after")]
    departments.settle(book.duty, book.order, make.REVIEWED)
    cases.close(book.duty, book.case, {"resolution": "resolved", "note": "后巷每天清运，气味没有了。"})

    def card() -> str:
        return json.loads(app.test_client().get(f"/map/cards/{book.case.number}").data)["html"]
    cases.open_item(book.duty, book.case, {"item": f"media:{shots[0].id}", "masked": True, "caption": "后巷北口"})
    assert "/photos/" not in card(), "before without after says nothing"
    cases.open_item(book.duty, book.case, {"item": f"media:{shots[1].id}", "masked": True, "caption": "后巷北口"})
    assert all(f"/photos/{shot.id}" in card() for shot in shots)


def test_a_visit_nobody_approved_yet_is_not_public(book, session):
    make_world.answered(book)
    make_world.visited(book, "not_fixed", approve=False)
    assert "回访：" not in public_text(book.case)


# -- the tables and the allow-list ------------------------------------------------------------------------------------


def test_every_public_move_has_a_sentence_and_no_other_has_one():
    public = {move.key for machine in tables.MACHINES.values() for move in machine.moves if move.public}
    assert set(sentences.PUBLIC) | sentences.ELSEWHERE == public
    assert not set(sentences.PUBLIC) & sentences.ELSEWHERE


def test_a_sentence_is_handed_only_fields_everybody_may_read():
    closed = SimpleNamespace(machine="case", command="close", payload={"resolution": "resolved", "note": "给大家的话", "x": "y"})
    assert sentences.released(closed) == {"note": "给大家的话"}
    asked = SimpleNamespace(machine="referral", command="ask_pause", payload={"question": "只给编辑"})
    assert sentences.released(asked) == {}


def test_the_newsroom_has_a_line_for_every_move(book):
    for machine in tables.MACHINES.values():
        for move in machine.moves:
            assert move.label and timeline.lane_of(type("E", (), {"machine": move.machine, "command": move.command})) in (
                "news", "gov")
    assert {machine for machine, _ in insider.QUIET} <= set(tables.MACHINES)


# -- whose move it is -------------------------------------------------------------------------------------------------


def whose(case: Any, audience: str = "internal") -> turn.Ball:
    return turn.whose(folder.load(case, internal=True), audience)


def test_the_line_says_who_must_do_what_and_until_when(book, session):
    assert whose(book.case).task == "派任务，或转办" and whose(book.case, "public").who == "小虎队"
    task = make.task(book.duty, book.case, f"user:{book.reporter_user.id}")
    assert (whose(book.case).who, whose(book.case).task) == ("叶记者", "接办调查")
    assert whose(book.case, "public").who == "小虎队"
    tasks.cancel(book.duty, task, {"reason": "换人"})
    make_world.sent(book)
    assert (whose(book.case).holder, whose(book.case).task) == ("department", "签收")
    departments.sign(book.officer, book.order)
    ball = whose(book.case)
    assert ball.task == "办理并答复" and ball.due == book.order.due_at and ball.progress is not None
    departments.ask_pause(book.officer, book.order, {"question": "请提供门牌号"})
    assert whose(book.case).task == "给承办单位补充材料"
    departments.end_pause(book.duty, book.order, {})
    until = clock.local(book.order.due_at).date() + timedelta(days=1)
    departments.ask_extension(book.officer, book.order, {"until": until, "reason": "会同镇里清理", "interim": "先清一遍"})
    departments.grant_extension(book.duty, book.order)
    ball = whose(book.case)
    assert ball.original != ball.due and "会同镇里清理" in ball.because
    make_world.answered(book)
    assert whose(book.case).task == "核对答复、安排回访"
    make_world.visited(book)
    departments.settle(book.duty, book.order, make.REVIEWED)
    assert whose(book.case).task == "结案，或再派"
    cases.close(book.duty, book.case, {"resolution": "resolved", "note": "恢复清运了"})
    assert whose(book.case).holder == "nobody"


def test_notes_of_the_newsroom_are_its_own(book, session):
    cases.note(book.duty, book.case, {"text": canary("笔记")})
    assert session.query(Note).count() == 1 and "金丝雀" not in public_text(book.case)
