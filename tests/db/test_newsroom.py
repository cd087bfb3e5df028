"""Stories: three signatures by three people on one version, releases on what was signed, and nothing ever overwritten."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from civic import ledger
from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.cases import tasks
from civic.kit import clock
from civic.kit.result import Conflict, Invalid, NotAllowed, NotPossible
from civic.models import Case, Outbox, Signature, Timer, Version, db
from civic.newsroom import diff, facts_text, field, fieldwork, operations, publishing, squads, stories, story, taskpage
from tests import factories as make

BODY = "六月以来，菜场后巷的垃圾三天才清一次。居民说，气味最重的是傍晚。"
CHECKED = {"facts_sourced": True, "names_checked": True, "persons_ok": True}


class Room:
    """A small newsroom: a reporter, the desk, three reviewers."""

    def __init__(self) -> None:
        self.duty, self.reporter = make.actor("duty"), make.actor("reporter")
        self.first, self.second, self.chief = make.actor("review1"), make.actor("review2"), make.actor("chief")

    def draft(self, critical: bool = False, case: Case | None = None):
        """A story with one saved version."""
        if case is not None:
            tasks.accept(self.reporter, make.task(self.duty, case, f"user:{self.reporter.user_id}"))
        row = operations.pitch(self.reporter, {
            "title": "后巷的垃圾谁来清", "angle": "看承诺兑现没有", "format": "text", "critical": critical,
            "case": case.number if case else None})
        operations.start(self.reporter, row)
        operations.save(self.reporter, row, {"title": "后巷的垃圾谁来清", "body": BODY, "facts": "三天清一次｜现场蹲守记录｜已核"})
        return row

    def signed(self, **more):
        """A story signed by all three."""
        row = self.draft(**more)
        if row.critical:
            operations.seek_reply(self.reporter, row, {"units": "环卫所", "text": "车坏了两台"})
            make.factors(self.reporter, row)
        operations.submit(self.reporter, row, CHECKED)
        self.sign(row)
        return row

    def sign(self, row) -> None:
        operations.sign_off(self.first, row, make.ticks(row))
        operations.sign_off(self.second, row, make.ticks(row))
        operations.final_sign(self.chief, row, {**make.ticks(row), "note": "可发"})


@pytest.fixture
def room(session):
    return Room()


def test_a_story_goes_from_pitch_to_release_by_five_people(room):
    row = room.signed()
    assert row.state == "approved" and row.approved_version == 1 and row.approved_at
    item = publishing.queue(room.duty, row, {"channel": "wechat"})
    publishing.go_live(room.duty, item, {"link": "https://example.org/a"})
    assert item.state == "live" and item.version == 1 and item.live_at and row.due_at is None
    assert ledger.events.verify(f"coverage:{row.id}") is None
    assert {sign.level for sign in operations.current(row).signatures} == {1, 2, 3}


@pytest.mark.promise("Z4")
def test_whoever_wrote_does_not_sign_at_any_level(room):
    writer = make.actor("reporter", "review1", "review2", "chief")
    row = operations.pitch(writer, {"title": "自己写自己审", "angle": "这样是不行的", "format": "text"})
    operations.start(writer, row)
    operations.save(writer, row, {"title": "自己写自己审", "body": BODY})
    operations.submit(writer, row, CHECKED)
    with pytest.raises(NotPossible, match="自己写的稿子不能自己审"):
        operations.sign_off(writer, row, make.ticks(row))
    operations.sign_off(room.first, row, make.ticks(row))
    operations.sign_off(room.second, row, make.ticks(row))
    with pytest.raises(NotPossible, match="自己写的稿子不能自己审"):
        operations.final_sign(writer, row, make.ticks(row))


def test_one_person_signs_one_level_only(room):
    both = make.actor("review1", "review2", "chief")
    row = room.draft()
    operations.submit(room.reporter, row, CHECKED)
    operations.sign_off(both, row, make.ticks(row))
    with pytest.raises(NotPossible, match="三审要三个人"):
        operations.sign_off(both, row, make.ticks(row))
    operations.sign_off(room.second, row, make.ticks(row))
    with pytest.raises(NotPossible, match="三审要三个人"):
        operations.final_sign(both, row, make.ticks(row))


def test_the_order_of_levels_holds(room):
    row = room.draft()
    operations.submit(room.reporter, row, CHECKED)
    with pytest.raises(NotPossible, match="初审、复审签完"):
        operations.final_sign(room.chief, row, make.ticks(row))
    with pytest.raises(NotPossible, match="先由初审签"):
        operations.sign_off(room.second, row, make.ticks(row))
    operations.sign_off(room.first, row, make.ticks(row))
    with pytest.raises(NotPossible, match="轮到复审"):
        operations.sign_off(make.actor("review1"), row, make.ticks(row))


def test_the_database_itself_refuses_a_second_signature_of_one_person(room, session):
    row = room.signed()
    version = operations.current(row)
    with pytest.raises(IntegrityError), session.begin_nested():
        session.add(ledger.new(Signature, version_id=version.id, level=1, user_id=room.chief.user_id, note=""))
        session.flush()


def test_a_return_voids_the_signatures_and_an_edit_makes_a_new_version(room, session):
    row = room.draft()
    operations.submit(room.reporter, row, CHECKED)
    operations.sign_off(room.first, row, make.ticks(row))
    operations.send_back(room.second, row, {"note": "标题太满"})
    assert row.state == "drafting" and not standing(session, row)
    operations.save(room.reporter, row, {"title": "后巷垃圾多久清一次", "body": BODY + "环卫所回应了。"})
    assert row.version == 2 and row.title == "后巷垃圾多久清一次"
    operations.submit(room.reporter, row, CHECKED)
    operations.sign_off(room.first, row, make.ticks(row))
    assert standing(session, row) == {1}


def standing(session, row) -> set[int]:
    return set(session.scalars(select(Signature.level).join(Version).where(
        Version.coverage_id == row.id, Signature.voided_at.is_(None))))


def test_a_recall_voids_everything_but_what_is_live_stays(room, session):
    row = room.signed()
    item = publishing.queue(room.duty, row, {"channel": "app"})
    publishing.go_live(room.duty, item, {"slot": "首页"})
    operations.recall(room.duty, row, {"reason": "数字有误"})
    assert row.state == "drafting" and not standing(session, row)
    operations.save(room.reporter, row, {"title": row.title, "body": BODY.replace("三天", "两天")})
    assert item.state == "live" and item.version == 1 and row.approved_version == 1
    with pytest.raises(NotPossible, match="新的签发版本"):
        publishing.correct(room.duty, item, {"note": "三天应为两天"})


def test_a_signature_is_for_the_version_that_was_read(room):
    row = room.draft()
    operations.submit(room.reporter, row, CHECKED)
    seen = row.event_id
    operations.send_back(room.first, row, {"note": "补一句"})
    operations.save(room.reporter, row, {"title": row.title, "body": BODY + "补一句。"})
    operations.submit(room.reporter, row, CHECKED)
    with pytest.raises(Conflict):
        operations.sign_off(room.first, row, make.ticks(row), seen=seen)
    with pytest.raises(Conflict, match="刚刚有人改动"):
        operations.sign_off(room.first, row, {**make.ticks(row), "version": "1"})


def test_what_is_not_signed_cannot_be_queued_or_go_out(room):
    row = room.draft()
    with pytest.raises(NotPossible, match="还没有终审签发"):
        publishing.queue(room.duty, row, {"channel": "app"})
    operations.submit(room.reporter, row, CHECKED)
    room.sign(row)
    item = publishing.queue(room.duty, row, {"channel": "app"})
    operations.recall(room.chief, row, {"reason": "再看看"})
    with pytest.raises(NotPossible, match="还没有终审签发"):
        publishing.go_live(room.duty, item, {"slot": "首页"})
    with pytest.raises(NotPossible, match="先撤下"):
        operations.drop(room.duty, row, {"reason": "不做了"})


def test_a_correction_moves_what_is_live_while_another_channel_is_still_queued(room):
    row = room.signed()
    live = publishing.queue(room.duty, row, {"channel": "app"})
    waiting = publishing.queue(room.duty, row, {"channel": "tv", "slot": "《今晚八点》", "not_before": clock.now() + timedelta(days=1)})
    publishing.go_live(room.duty, live, {"slot": "首页"})
    operations.recall(room.duty, row, {"reason": "数字有误"})
    operations.save(room.reporter, row, {"title": row.title, "body": BODY.replace("三天", "两天")})
    operations.submit(room.reporter, row, CHECKED)
    room.sign(row)
    assert live.version == 1 and stories.waiting(room.duty)[0].turn.task == "把已发渠道更正到新版本"
    publishing.correct(room.duty, live, {"note": "三天应为两天"})
    assert live.version == 2 and live.correction and waiting.state == "queued"
    with time_machine.travel(clock.now() + timedelta(days=1, minutes=1)):
        publishing.go_live(Actor.system(), waiting)
    assert waiting.state == "live" and waiting.version == 2


def test_nothing_goes_out_before_the_embargo_also_when_it_came_later(room):
    case = make.case(room.duty)
    cases.embargo(room.duty, case, {"until": clock.now() + timedelta(days=2), "reason": "等专家到场"})
    row = room.signed(case=case)
    item = publishing.queue(room.duty, row, {"channel": "app", "slot": "首页", "not_before": clock.now() + timedelta(days=3)})
    cases.embargo(room.duty, case, {"until": clock.now() + timedelta(days=5), "reason": "再等等"})
    with time_machine.travel(clock.now() + timedelta(days=4)), pytest.raises(NotPossible, match="保密期"):
        publishing.go_live(Actor.system(), item)


def test_a_critical_story_hears_the_other_side_and_tells_it_before_broadcast(room):
    row = room.draft(critical=True)
    with pytest.raises(NotPossible, match="先听取"):
        operations.submit(room.reporter, row, CHECKED)
    operations.seek_reply(room.reporter, row, {"units": "环卫所", "text": "车坏了两台"})
    make.factors(room.reporter, row)
    operations.submit(room.reporter, row, CHECKED)
    room.sign(row)
    with pytest.raises(NotPossible, match="先告知"):
        publishing.queue(room.duty, row, {"channel": "tv"})
    operations.notify_units(room.duty, row, {"units": "环卫所", "text": "今晚八点播出"})
    item = publishing.queue(room.duty, row, {"channel": "tv"})
    with pytest.raises(NotPossible, match=r"不满 2\.5 小时"):
        publishing.go_live(room.duty, item, {"slot": "20:00"})
    with time_machine.travel(clock.now() + timedelta(hours=2, minutes=31)):
        publishing.go_live(room.duty, item, {"slot": "20:00"})
    assert item.state == "live"


def test_only_the_chief_waives_the_notice_and_says_why(room):
    row = room.signed(critical=True)
    with pytest.raises(NotAllowed):
        operations.waive_notice(room.duty, row, {"reason": "来不及了"})
    with pytest.raises(Invalid):
        operations.waive_notice(room.chief, row, {"reason": ""})
    operations.waive_notice(room.chief, row, {"reason": "险情正在扩大，先播"})
    item = publishing.queue(room.duty, row, {"channel": "tv"})
    publishing.go_live(room.duty, item, {"slot": "插播"})
    assert item.state == "live" and story.page(room.chief, row).waived == "险情正在扩大，先播"
    with pytest.raises(NotPossible, match="不是批评性报道"):
        operations.waive_notice(room.chief, room.signed(), {"reason": "不需要的"})


def test_a_pull_leaves_a_tombstone_and_frees_the_channel(room):
    row = room.signed()
    item = publishing.queue(room.duty, row, {"channel": "app"})
    publishing.go_live(room.duty, item, {"link": "https://example.org/a"})
    with pytest.raises(NotPossible, match="这个渠道已经有"):
        publishing.queue(room.duty, row, {"channel": "app"})
    publishing.pull(room.chief, item, {"reason": "当事人撤回同意"})
    shown = story.page(room.duty, row)
    assert shown.releases[0].tombstone and shown.releases[0].pull_reason == "当事人撤回同意"
    again = publishing.queue(room.duty, row, {"channel": "app"})
    publishing.unqueue(room.duty, again, {"reason": "改走广播"})
    assert not next(item for item in story.page(room.duty, row).releases if item.id == again.id).tombstone


def test_a_memo_counts_as_output_but_is_never_news_of_the_case(room):
    case = make.case(room.duty)
    row = room.signed(case=case)
    memo = publishing.queue(room.duty, row, {"channel": "internal"})
    publishing.go_live(room.duty, memo, {"slot": "内参第 12 期"})
    assert memo.internal and case.news == "signed"
    item = publishing.queue(room.duty, row, {"channel": "app"})
    publishing.go_live(room.duty, item, {"slot": "首页"})
    assert case.news == "published" and case.news_count == 1


@pytest.mark.parametrize("link", ["javascript:alert(1)", "ftp://example.org", "//example.org", "https://", "https://a b"])
def test_a_link_that_is_not_a_web_address_is_refused(room, link):
    item = publishing.queue(room.duty, room.signed(), {"channel": "app"})
    with pytest.raises(Invalid, match="链接"):
        publishing.go_live(room.duty, item, {"link": link})


def test_unknown_channels_are_refused(room):
    with pytest.raises(Invalid, match="没有这个渠道"):
        publishing.queue(room.duty, room.signed(), {"channel": "telegraph"})


def test_going_out_stops_the_reminder_to_publish(room, session):
    row = room.signed()
    live = select(Timer.name).where(Timer.object_id == row.id, Timer.cancelled_at.is_(None))
    assert session.scalars(live).all() == ["publish"] and row.due_at
    publishing.go_live(room.duty, publishing.queue(room.duty, row, {"channel": "app"}), {"slot": "首页"})
    assert session.scalars(live).all() == []


def test_the_second_of_two_saves_is_refused_and_the_first_stays(room):
    row = room.draft()
    seen = row.event_id
    operations.save(room.reporter, row, {"title": "甲的标题", "body": BODY + "甲"}, seen=seen)
    with pytest.raises(Conflict) as caught:
        operations.save(room.reporter, row, {"title": "乙的标题", "body": BODY + "乙"}, seen=seen)
    assert "存稿" in caught.value.changes[0] and row.version == 2 and row.title == "甲的标题"


def test_facts_need_sources_before_review(room):
    row = room.draft()
    operations.save(room.reporter, row, {"title": row.title, "body": BODY, "facts": "三天清一次|蹲守\n两台车坏了"})
    assert operations.current(row).facts[1] == {"fact": "两台车坏了", "source": ""}
    with pytest.raises(NotPossible, match="第 2 条事实还没有来源"):
        operations.submit(room.reporter, row, CHECKED)


def test_fact_lines_read_bars_of_both_widths_and_come_back_as_typed():
    rows = facts_text.parse("一条 ｜ 来源甲\n\n二条|来源乙｜再说\n三条")
    assert rows == [{"fact": "一条", "source": "来源甲"}, {"fact": "二条", "source": "来源乙｜再说"}, {"fact": "三条", "source": ""}]
    assert facts_text.parse("四条｜来源丙｜已核") == [{"fact": "四条", "source": "来源丙", "checked": True}]
    assert facts_text.parse(facts_text.lines(rows)) == rows
    with pytest.raises(Invalid, match="最多 40 条"):
        facts_text.parse("\n".join(["事"] * 41))


def test_the_desk_names_the_author_and_a_reporter_takes_an_open_pitch(room):
    row = operations.pitch(room.duty, {"title": "夜里的工地", "angle": "谁批的夜间施工", "format": "tv"})
    assert row.author_id is None
    with pytest.raises(Invalid, match="请选一位记者"):
        operations.start(room.duty, row, {})
    with pytest.raises(Invalid, match="只有值班编辑"):
        operations.start(room.reporter, row, {"author": str(make.actor("reporter").user_id)})
    assert [item.id for item in stories.open_pitches(room.reporter)] == [row.id]
    operations.start(room.reporter, row)
    assert row.author_id == room.reporter.user_id and row.state == "drafting"


def test_a_dropped_story_comes_back_as_a_plan(room):
    row = room.draft()
    operations.drop(room.duty, row, {"reason": "线索不实"})
    assert row.state == "dropped" and row.due_at is None
    operations.revive(room.duty, row, {"reason": "又有新证据"})
    assert row.state == "planned"
    operations.start(room.reporter, row)
    operations.save(room.reporter, row, {"title": row.title, "body": BODY + "新证据。"})
    assert row.version == 2


def test_each_reviewer_sees_only_what_waits_for_their_level(room):
    row = room.draft()
    operations.submit(room.reporter, row, CHECKED)
    def ids(who):
        return [item.id for item in stories.waiting(who)]
    assert ids(room.first) == [row.id] and ids(room.second) == [] == ids(room.chief)
    operations.sign_off(room.first, row, make.ticks(row))
    assert ids(room.second) == [row.id] and ids(room.first) == [] == ids(room.chief)
    operations.sign_off(room.second, row, make.ticks(row))
    assert ids(room.chief) == [row.id]
    reviewers = set(db.session.scalars(select(Outbox.recipient).where(Outbox.template.like("coverage.%"))))
    assert {"role:review1", "role:review2", "role:chief"} <= reviewers


def test_the_chief_sees_what_changed_since_the_last_signature(room):
    row = room.signed()
    operations.recall(room.duty, row, {"reason": "数字有误"})
    operations.save(room.reporter, row, {"title": row.title, "body": BODY.replace("三天", "两天"),
                                         "facts": "三天清一次｜现场蹲守记录｜已核"})
    operations.submit(room.reporter, row, CHECKED)
    operations.sign_off(room.first, row, make.ticks(row))
    operations.sign_off(room.second, row, make.ticks(row))
    [item] = stories.to_sign(room.chief)
    assert item.since == 1 and (item.came, item.went) == (1, 1)
    assert ("ins", "两") in item.parts and ("del", "三") in item.parts


@pytest.mark.promise("Z6")
def test_lists_hold_only_stories_their_reader_may_open(room):
    row, other = room.draft(), make.actor("reporter")
    assert story.find(room.duty, row.id) is row
    assert stories.listing(other, stories.Filters()).total == 0
    with pytest.raises(Exception, match="没有找到"):
        story.find(other, row.id)
    assert stories.listing(room.reporter, stories.Filters(mine=True)).total == 1


def test_lists_use_the_same_number_of_statements_for_one_story_and_for_twenty(room, session, count_statements):
    room.signed()
    with count_statements() as one:
        stories.listing(room.duty, stories.Filters())
        stories.waiting(room.chief)
    for _ in range(19):
        publishing.queue(room.duty, room.signed(), {"channel": "app"})
    session.expire_all()
    with count_statements() as many:
        assert len(stories.listing(room.duty, stories.Filters()).rows) == 20
        stories.waiting(room.chief)
    assert many.count <= one.count + 1


@pytest.fixture
def count_statements(session):
    from contextlib import contextmanager
    from types import SimpleNamespace

    from sqlalchemy import event

    @contextmanager
    def count():
        seen, connection = SimpleNamespace(count=0), session.connection()

        def note(*_):
            seen.count += 1
        event.listen(connection, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            event.remove(connection, "before_cursor_execute", note)
    return count


def test_diff_keeps_both_texts_whole():
    old, new = "垃圾三天清一次。居民不满。环卫所说车坏了。", "垃圾两天清一次。环卫所说车坏了两台。下周修好。"
    parts = diff.diff(old, new)
    assert "".join(text for op, text in parts if op != "ins") == old
    assert "".join(text for op, text in parts if op != "del") == new
    assert ("del", "居民不满。") in parts or any("居民不满" in text for op, text in parts if op == "del")
    assert diff.size([("ins", "两 台"), ("del", "三")]) == (2, 1)


# -- the squad's way -----------------------------------------------------------------------------------------------------


@pytest.fixture
def squad(room):
    team = make.team("东片小虎队", ("331081103",))
    lead, one, two = (Actor.of(make.user(team=team, lead=leads)) for leads in (True, False, False))
    return team, lead, one, two


def test_a_task_lives_from_offer_to_approval(room, squad):
    team, lead, one, two = squad
    case = make.case(room.duty)
    task = make.task(room.duty, case, f"team:{team.id}")
    assert [row.id for row in field.my_tasks(one).offered] == [task.id] == [row.id for row in field.my_tasks(two).offered]
    tasks.accept(one, task)
    assert task.assignee_id == one.user_id and field.my_tasks(two).offered == []
    assert taskpage.taken_by_teammate(two, task.id) and not taskpage.taken_by_teammate(one, task.id)
    with pytest.raises(NotAllowed):
        tasks.accept(two, task)
    fieldwork.check_in(one, task, {"place": {"address": "菜场后巷"}, "note": "还堆着"})
    tasks.note(one, task, {"speaker": "citizen", "text": "三天没人来", "on_record": True})
    tasks.submit(one, task, {"findings": "确实三天一清", "both_sides": "both"})
    with pytest.raises(NotAllowed):
        tasks.approve(one, task)
    tasks.send_back(lead, task, {"missing": "缺环卫所的说法"})
    assert task.state == "accepted" and taskpage.page(one, task).row.missing == "缺环卫所的说法"
    tasks.submit(one, task, {"findings": "确实三天一清，环卫所认", "both_sides": "both"})
    tasks.approve(lead, task)
    assert task.state == "done"


@pytest.mark.promise("Z4")
def test_a_lead_cannot_approve_the_own_task(room, squad):
    team, lead, _, _ = squad
    task = make.task(room.duty, make.case(room.duty), f"team:{team.id}")
    tasks.accept(lead, task)
    tasks.submit(lead, task, {"findings": "看过了", "both_sides": "one", "remote_reason": "电话核实"})
    with pytest.raises(NotPossible, match="不能验收自己的任务"):
        tasks.approve(lead, task)


def test_checking_in_without_a_position_needs_a_reason(room, squad):
    team, _, one, _ = squad
    task = make.task(room.duty, make.case(room.duty), f"team:{team.id}")
    tasks.accept(one, task)
    with pytest.raises(Invalid, match="给一个位置"):
        fieldwork.check_in(one, task, {})
    fieldwork.check_in(one, task, {"without": "source", "note": "在对面楼上"})
    [found] = taskpage.page(one, task).check_ins
    assert not found.located and "会暴露反映人" in found.note and "在对面楼上" in found.note


def test_before_accepting_only_the_rough_place_and_no_report_is_shown(room, squad):
    team, _, one, _ = squad
    case = make.case(room.duty, facts="堆在 12 号门口")
    task = make.task(room.duty, case, f"team:{team.id}")
    shut = taskpage.page(one, task)
    assert not shut.open_book and shut.case.facts == "" and "后巷" not in shut.case.place
    tasks.accept(one, task)
    opened = taskpage.page(one, task)
    assert opened.case.facts and "后巷" in opened.case.place


def test_numbers_in_a_report_are_covered_but_plates_stay():
    words = taskpage.covered("车牌浙J12345，打我电话13812345678，微信同号")
    assert "13812345678" not in words and "已遮" in words and "浙J12345" in words


def test_a_lead_hands_an_open_offer_to_a_member(room, squad):
    team, lead, one, two = squad
    task = make.task(room.duty, make.case(room.duty), f"team:{team.id}")
    with pytest.raises(NotAllowed):
        fieldwork.hand_on(one, task, two.user_id)
    made = fieldwork.hand_on(lead, task, two.user_id)
    assert task.state == "cancelled" and made.assignee_id == two.user_id and made.team_id == team.id
    [board] = squads.boards(lead)
    assert board.lead and board.offers == [] and {one.name: one.offered for one in board.members}[two.name] == 1
    stranger = make.actor("reporter")
    again = make.task(room.duty, make.case(room.duty), f"team:{team.id}")
    with pytest.raises(NotAllowed, match="只能派给自己的"):
        fieldwork.hand_on(lead, again, stranger.user_id)


def test_squads_are_shown_to_the_public_without_names(room, squad):
    team, _, one, _ = squad
    task = make.task(room.duty, make.case(room.duty), f"team:{team.id}")
    tasks.accept(one, task)
    [info] = squads.public_list()
    assert info.members == 3 and info.running == 1 and info.towns and squads.public_page(team.slug) == info
    assert one.name not in repr(info)
