"""The queue: who gets what, in which order, in pages, in two statements however much waits."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import update

from civic.cases import operations as cases
from civic.cases import page as pages
from civic.cases import queries, queue, tasks, waiting
from civic.departments import operations as departments
from civic.kit import clock
from civic.models import Outbox, Timer, Tip
from civic.newsroom import operations as newsroom
from civic.newsroom import publishing
from civic.tips import desk as tiplist
from civic.tips import operations as tips
from tests import desk_world as make_world
from tests import factories as make


@pytest.fixture
def book(session):
    return make_world.world()


def kinds(actor, group=""):
    return sorted(row.kind for row in queue.desk(actor, group).rows)


def test_each_person_waits_for_their_own_things(book, session):
    tip = make_world.tip_of()
    make_world.sent(book)
    draft = departments.draft(book.duty, book.case, {
        "department": "D02", "duty": "partner", "brief": "协助清理后巷堆积的垃圾", "items": ["派人到场"]})
    assert kinds(book.duty) == ["tip"]  # the case waits for the department, the own draft for somebody else
    assert kinds(book.other_duty) == ["send", "tip"]
    assert kinds(book.intake) == ["tip"]
    assert kinds(book.chief) == kinds(book.reviewer) == []
    assert queue.one(book.other_duty, f"send:{draft.id}") and queue.one(book.duty, f"send:{draft.id}") is None
    assert queue.desk(book.reporter).total == 0 and queue.desk(book.officer).total == 0
    tips.decline(book.intake, tip, {"reason": "out_of_scope"})
    assert kinds(book.intake) == []


def test_the_way_of_an_order_through_the_queue(book, session):
    make_world.answered(book)
    assert kinds(book.duty) == ["answer"]
    task = make_world.visited(book, approve=False)
    assert kinds(book.duty) == ["task_check"]
    tasks.approve(book.duty, task)
    assert kinds(book.duty) == ["settle"]
    departments.settle(book.duty, book.order, make.REVIEWED)
    assert kinds(book.duty) == ["wrapping"]
    cases.close(book.duty, book.case, {"resolution": "resolved", "note": "后巷已恢复每日清运"})
    assert kinds(book.duty) == []


def test_requests_of_a_department_wait_for_the_editor(book, session):
    make_world.sent(book)
    departments.ask_return(book.officer, book.order, {"basis": "不属本单位职责范围", "unit": "D02"})
    assert kinds(book.duty) == ["objection"]
    departments.refuse_return(book.duty, book.order, {"reason": "目录写明由你单位主办"})
    departments.sign(book.officer, book.order)
    departments.ask_pause(book.officer, book.order, {"question": "请提供具体门牌"})
    assert kinds(book.duty) == ["pause"]
    departments.end_pause(book.duty, book.order, {"text": "菜场北门往里三十米"})
    until = clock.local(book.order.due_at).date() + timedelta(days=1)
    departments.ask_extension(book.officer, book.order, {"until": until, "reason": "要会同镇里清理", "interim": "先清一遍"})
    row = queue.desk(book.duty).rows[0]
    assert row.kind == "extension" and row.due_at <= book.order.due_at, "decided within a working day (R17)"
    departments.refuse_extension(book.duty, book.order, {"reason": "可以先清"})
    assert kinds(book.duty) == []


def test_an_answer_kept_back_on_a_public_case_is_due_within_a_day(book, session):
    make_world.disclosed(book)
    make_world.answered(book)
    assert kinds(book.duty, "answers") == ["answer", "release"]
    departments.release(book.duty, book.order, {"public_text": "已恢复每日清运。"})
    assert kinds(book.duty, "answers") == ["answer"]


def test_an_overdue_order_waits_until_somebody_reminds(book, session):
    make_world.sent(book)
    departments.sign(book.officer, book.order)
    with time_machine.travel(book.order.due_at + timedelta(hours=1)):
        assert kinds(book.duty) == ["order_late", "timers"]
        assert kinds(book.duty, "late") == ["order_late", "timers"]
        departments.remind(book.duty, book.order, {})
        assert "order_late" not in kinds(book.duty)


def test_three_people_sign_one_after_another(book, session):
    story = newsroom.pitch(book.reporter, {"title": "三天一清的后巷", "angle": "为什么清不走", "format": "text"})
    newsroom.start(book.reporter, story)
    newsroom.save(book.reporter, story, {"title": "三天一清的后巷", "body": "记者两次到现场，垃圾都没有清。" * 3})
    newsroom.submit(book.reporter, story, {"facts_sourced": True, "names_checked": True, "persons_ok": True})
    second = make.actor("review2")
    assert (kinds(book.reviewer), kinds(second), kinds(book.chief)) == (["story_sign"], [], [])
    newsroom.sign_off(book.reviewer, story, make.ticks(story))
    assert (kinds(book.reviewer), kinds(second), kinds(book.chief)) == ([], ["story_sign"], [])
    newsroom.sign_off(second, story, make.ticks(story))
    assert (kinds(second), kinds(book.chief)) == ([], ["story_sign"])
    newsroom.final_sign(book.chief, story, make.ticks(story))
    assert kinds(book.duty, "sign") == ["publish"]
    publishing.queue(book.duty, story, {"channel": "app"})
    assert kinds(book.duty, "sign") == ["go_live"]


def test_who_wrote_a_story_is_not_asked_to_sign_it(book, session):
    both = make.actor("reporter", "review1")
    story = newsroom.pitch(both, {"title": "三天一清的后巷", "angle": "为什么清不走", "format": "text"})
    newsroom.start(both, story)
    newsroom.save(both, story, {"title": "三天一清的后巷", "body": "记者两次到现场，垃圾都没有清。" * 3})
    newsroom.submit(both, story, {"facts_sourced": True, "names_checked": True, "persons_ok": True})
    assert kinds(both) == [] and kinds(book.reviewer) == ["story_sign"]


def test_an_appeal_goes_to_another_person(book, session):
    from civic.access.actor import Actor
    tip = make_world.tip_of()
    tips.decline(book.intake, tip, {"reason": "out_of_scope"})
    tips.appeal(Actor.citizen(tip.id), tip, {"text": "这条路就在城里"})
    assert kinds(book.intake) == [] and "appeal" in kinds(book.duty)


def test_what_the_clock_and_the_post_could_not_do_is_one_row_each(book, session):
    make_world.tip_of()
    session.execute(update(Timer).values(due_at=clock.now() - timedelta(hours=1)))
    session.execute(update(Outbox).values(state="dead"))
    found = {row.kind: row for row in queue.desk(book.duty).rows}
    assert {"timers", "dead_letters"} <= set(found) and int(found["timers"].extra[0]) >= 1
    assert not {"timers", "dead_letters"} & set(kinds(book.intake))


def test_emergencies_first_then_what_is_late_then_by_the_clock(book, session):
    calm, urgent, late = make_world.tip_of(), make_world.tip_of(emergency=True), make_world.tip_of()
    session.execute(update(Tip).where(Tip.id == late.id).values(due_at=clock.now() - timedelta(hours=3)))
    rows = [row.id for row in queue.desk(book.intake).rows]
    assert rows == [urgent.id, late.id, calm.id]


def test_pages_hold_every_row_once(book, session):
    made = {make_world.tip_of().id for _ in range(7)}
    seen, after = [], ""
    while True:
        desk = queue.desk(book.intake, after=after, limit=3)
        seen += [row.id for row in desk.rows]
        assert desk.total == 7
        after = desk.next_key
        if not after:
            break
    assert len(seen) == 7 and set(seen) == made


@pytest.mark.parametrize("key", ["", "x", "~~~~", "2026-01-01T00:00:00+00:00~1~x~y~tip", "2026-01-01~1~2026-01-01~0~tip"])
def test_a_wrong_page_key_is_the_first_page(book, key):
    make_world.tip_of()
    assert queue.desk(book.intake, after=key).total == 1


def test_every_kind_has_words_and_a_right(book):
    assert set(waiting.PARTS) == set(waiting.KINDS)
    everybody = make.actor("intake", "duty", "review1", "review2", "chief")
    assert len(list(waiting.parts(everybody, clock.now()))) == len(waiting.KINDS)


# -- a fixed number of statements, 1 row or 200 -----------------------------------------------------------------------


def _many(book, session, count):
    for _ in range(count):
        make_world.tip_of()
    for n in range(count // 4):
        row = make.case(book.duty, title=f"第 {n} 件事要办一办")
        if n % 2:
            task = make.task(book.duty, row, f"user:{book.reporter_user.id}")
            tasks.accept(book.reporter, task)
    session.flush()


@pytest.mark.parametrize("read", [
    lambda actor: queue.desk(actor, limit=200), lambda actor: queries.listing(actor, queries.Filters()),
    lambda actor: tiplist.listing(actor, tiplist.Filters())], ids=["queue", "cases", "tips"])
def test_a_list_runs_the_same_number_of_statements_for_one_row_and_for_two_hundred(book, session, count_sql, read):
    _many(book, session, 1)
    read(book.duty)  # reference data are read once
    with count_sql() as few:
        read(book.duty)
    _many(book, session, 200)
    with count_sql() as many:
        found = read(book.duty)
    assert len(few) == len(many) <= 8
    assert len(found.rows) >= 30


def test_the_case_page_reads_the_folder_once(book, session, count_sql):
    make_world.answered(book)
    pages.page(book.duty, book.case)
    with count_sql() as few:
        pages.page(book.duty, book.case)
    for _ in range(20):
        cases.note(book.duty, book.case, {"text": "又去看了一次"})
        make_world.with_tip(book)
    with count_sql() as many:
        page = pages.page(book.duty, book.case)
    assert len(page.tips) == 20 and len(many) <= len(few) + 2
    assert page.broken is None and [item.name for item in page.handling] == ["融媒体中心", "市综合执法局"]


def test_days_with_two_departments_at_once_are_counted_once_for_the_newsroom(book, session):
    start = clock.now() - timedelta(days=10)
    spans = [(start, start + timedelta(days=4)), (start + timedelta(days=2), start + timedelta(days=6))]
    assert pages._total(pages._union(spans)) == timedelta(days=6)


