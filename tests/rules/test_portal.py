"""The department's portal: roster and hand-over (R44), partners' returns (R12), one-time links, notes, paragraphs, exports."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import time_machine

from civic.access.actor import Actor
from civic.departments import handover, links, papers, paragraphs, queries, roster, takeout, unitnotes
from civic.departments import operations as orders
from civic.jobs import digest
from civic.kit import clock
from civic.kit.result import Conflict, Invalid, NotAllowed, NotFound, NotPossible
from civic.models import OrderExport, Outbox, UnitDuty
from tests import factories as make
from tests.calendars import at


@pytest.fixture
def monday(db):
    with time_machine.travel(at("2026-11-23 09:00"), tick=False) as moved:
        yield moved


@pytest.fixture
def wang(monday):
    return make.actor("officer", department="D20", name="王科")


@pytest.fixture
def li(monday):
    return make.actor("officer", department="D20", name="李科")


def turn(**more):
    return {"day": "2026-11-23", "start": "08:30", "end": "17:30", "kind": "day", "name": "王科", "phone": "0576-86123456", **more}


# -- R44: the roster ----------------------------------------------------------------------------------------------------


def test_r44_roster_tells_who_is_on_duty_at_a_moment_of_the_night(wang):
    roster.save(wang, "D20", turn())
    roster.save(wang, "D20", turn(kind="night", start="17:30", end="08:30", name="老陈", phone="13800001111"))
    assert [one.name for one in roster.on_duty("D20", at("2026-11-23 17:29"))] == ["王科"]
    assert [one.name for one in roster.on_duty("D20", at("2026-11-23 17:30"))] == ["老陈"]
    night = roster.on_duty("D20", at("2026-11-24 03:00"))
    assert [(one.name, one.phone, one.user_id) for one in night] == [("老陈", "13800001111", None)]
    assert roster.on_duty("D20", at("2026-11-24 08:30")) == []
    assert roster.on_duty("D11", at("2026-11-24 03:00")) == []
    assert set(roster.on_duty_all(at("2026-11-24 03:00"))) == {"D20"}


def test_r44_roster_names_the_account_so_that_the_message_reaches_it(wang):
    roster.save(wang, "D20", turn(user=str(wang.user_id), name="", phone=""))
    (one,) = roster.on_duty("D20", clock.now())
    assert one.user_id == wang.user_id and one.name == "王科"


@pytest.mark.parametrize(("more", "field", "words"), [
    ({"start": "25:00"}, "start", "17:30"), ({"end": "五点"}, "end", "17:30"), ({"day": "下周一"}, "day", "2026-11-25"),
    ({"end": "08:00"}, "end", "夜班"), ({"start": "00:00", "end": "24:00", "kind": "night", "day": "2026-11-22"}, "day", "已经过去"),
    ({"day": "2027-06-01"}, "day", "三个月"), ({"name": "", "phone": ""}, "name", "谁值班"), ({"phone": ""}, "phone", "夜里"),
    ({"phone": "打座机"}, "phone", "数字"), ({"user": "00000000-0000-7000-8000-000000000000"}, "user", "本单位")])
def test_r44_roster_refuses_bad_times_and_people_in_words(wang, more, field, words):
    with pytest.raises(Invalid) as refused:
        roster.save(wang, "D20", turn(**more))
    assert words in refused.value.errors[field]


def test_r44_roster_knows_no_person_twice_at_once_but_two_people(wang):
    roster.save(wang, "D20", turn())
    with pytest.raises(Invalid) as refused:
        roster.save(wang, "D20", turn(start="17:00", end="20:00"))
    assert "重叠" in refused.value.errors["start"]
    roster.save(wang, "D20", turn(name="李科"))


def test_r44_roster_shows_its_gaps(wang):
    roster.save(wang, "D20", turn())
    roster.save(wang, "D20", turn(kind="night", start="17:30", end="08:30", name="老陈"))
    week = roster.week("D20", date(2026, 11, 23))
    assert week.days[0].gaps == [("00:00", "08:30")]
    assert week.days[1].gaps == [("08:30", "24:00")] and week.days[2].gaps == [("00:00", "24:00")]


def test_r44_roster_copies_last_week_once(wang, monday):
    roster.save(wang, "D20", turn(day="2026-11-24"))
    roster.save(wang, "D20", turn(kind="night", start="17:30", end="08:30", name="老陈", day="2026-11-29"))
    assert roster.copy_last_week(wang, "D20", date(2026, 11, 30)) == 2
    assert roster.copy_last_week(wang, "D20", date(2026, 11, 30)) == 0
    assert [one.name for one in roster.on_duty("D20", at("2026-12-01 10:00"))] == ["王科"]
    assert [one.name for one in roster.on_duty("D20", at("2026-12-07 02:00"))] == ["老陈"]
    with pytest.raises(NotPossible):
        roster.copy_last_week(wang, "D20", date(2026, 11, 23))


def test_r44_roster_is_kept_by_its_own_unit_and_read_by_the_desk(wang):
    row = roster.save(wang, "D20", turn())
    duty, other = make.actor("duty"), make.actor("officer", department="D11")
    assert roster.may_read(duty, "D20") and not roster.may_read(other, "D20")
    with pytest.raises(NotAllowed):
        roster.save(duty, "D20", turn(name="李科"))
    with pytest.raises(NotFound):
        roster.save(other, "D20", turn(name="李科"))
    with pytest.raises(NotFound):
        roster.find(other, row.id)


def test_r44_roster_keeps_what_is_over(wang, monday):
    row = roster.save(wang, "D20", turn())
    with pytest.raises(NotPossible):
        roster.remove(wang, row)
    monday.move_to(at("2026-11-24 09:00"))
    with pytest.raises(NotPossible):
        roster.save(wang, "D20", turn(name="李科"), row)


def test_r44_roster_hand_over_lists_the_open_orders_and_another_confirms(wang, li, session):
    order = make.order(make.case(category="0101"), "sent")
    done = make.order(make.case(category="0101"), "answered")
    row = handover.hand_over(wang, "D20", "后巷那张单约了周三看现场。")
    assert [one["number"] for one in row.orders] == [order.number] and done.number not in str(row.orders)
    with pytest.raises(NotAllowed):
        handover.take_over(wang, row)
    with pytest.raises(NotFound):
        handover.over(make.actor("officer", department="D11"), row.id)
    handover.take_over(li, row)
    assert row.taken_name == "李科" and row.taken_at == clock.now() and handover.waiting(["D20"]) == []
    with pytest.raises(NotPossible):
        handover.take_over(li, row)


def test_r44_roster_a_newer_hand_over_replaces_the_one_nobody_took(wang, li):
    first = handover.hand_over(wang, "D20", "第一份")
    second = handover.hand_over(wang, "D20", "第二份")
    assert handover.waiting(["D20"]) == [second]
    with pytest.raises(NotPossible):
        handover.take_over(li, first)


# -- R12: partners' returns -----------------------------------------------------------------------------------------------


def test_r12_lead_sees_partners_returns_and_a_partner_only_who_leads(client, wang, session):
    case = make.case(category="0101")
    lead = make.order(case, department="D20")
    helper = make.actor("officer", department="D11", name="协办的")
    partner = make.order(case, department="D11", duty="partner", items=("清点后巷桶数",), officer=helper)
    orders.answer(helper, partner, {"result": "done", "text": "已清点二十三只桶，全部换新，明细随附。",
                                    "answers": {str(partner.items[0].id): "共二十三只。"}})
    from civic.models import User
    make.log_in(client, session.get(User, wang.user_id))
    page = client.get(f"/orders/{lead.number}").text
    assert "已清点二十三只桶" in page and "共二十三只。" in page
    orders.answer(wang, lead, make.answer_data(lead, text="主办的话，只给公众看审核后的。"))
    make.log_in(client, session.get(User, helper.user_id))
    page = client.get(f"/orders/{partner.number}").text
    assert "主办" in page and "主办的话" not in page


# -- one-time links ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def order(monday):
    return make.order(make.case(category="0101"))


def made(who, order, **more):
    return links.make(who, order, {"for_whom": "兴达路灯工程队", "ask": "写明换了哪几盏", "days": "3", **more})


def brought(order, **more):
    return {"person": "赵师傅", "phone": "86120000", "text": "十一月二十三日上午换了三盏灯泡，已经亮了。",
            "items": {str(order.items[0].id): "三盏都亮了"}, **more}


def test_a_link_answers_once_and_lands_with_the_unit_not_as_an_answer(wang, order, session):
    row, token = made(wang, order)
    assert token not in row.token_hash and links.status(row) == links.OPEN
    links.submit(token, brought(order))
    assert links.status(row) == links.USED and order.answers == [] and order.state == "working"
    told = session.scalars(session.query(Outbox).where(Outbox.template == "portal.contribution").statement).all()
    assert [one.recipient for one in told] == ["department:D20"]
    with pytest.raises(links.Gone) as gone:
        links.submit(token, brought(order, text="第二个人也写了一份，很长很长。"))
    assert gone.value.status == links.USED and row.text.startswith("十一月二十三日")


def test_a_link_that_could_not_be_read_is_not_used_up(wang, order):
    row, token = made(wang, order)
    with pytest.raises(Invalid) as refused:
        links.submit(token, brought(order, text="短", person=""))
    assert set(refused.value.errors) == {"text", "person"} and links.status(row) == links.OPEN


def test_a_link_ends_by_date_by_revocation_and_with_the_order(wang, order, monday):
    late, token_late = made(wang, order, days="1")
    gone, token_gone = made(wang, order)
    ended, token_ended = made(wang, order, days="7")
    links.revoke(wang, gone)
    monday.shift(timedelta(days=1))
    assert links.status(late) == links.EXPIRED and links.status(gone) == links.REVOKED
    orders.answer(wang, order, make.answer_data(order))
    assert links.status(ended) == links.ENDED
    for token, status in ((token_late, "expired"), (token_gone, "revoked"), (token_ended, "ended")):
        with pytest.raises(links.Gone) as refused:
            links.submit(token, brought(order))
        assert refused.value.status == status
    with pytest.raises(NotFound):
        links.submit("never-made-never-made-never-made", brought(order))


def test_a_link_is_made_by_the_unit_or_the_desk_and_by_nobody_else(wang, order):
    desk = make.actor("duty")
    row, token = made(desk, order)
    assert row.by_desk and links.seen_by(desk, order) == [row]
    own, _ = made(wang, order)
    assert set(links.seen_by(wang, order)) == {row, own} and links.seen_by(desk, order) == [row]
    for other in (make.actor("officer", department="D11"), make.actor("review1"), make.actor("supervisor")):
        with pytest.raises(NotAllowed):
            made(other, order)
        assert links.seen_by(other, order) == ()
    links.submit(token, brought(order))
    with pytest.raises(NotAllowed):
        links.set_aside(desk, row, "不行")
    with pytest.raises(NotPossible):
        links.revoke(wang, row)


def test_a_link_carries_no_private_number_and_not_without_end(wang, order):
    with pytest.raises(Invalid) as refused:
        made(wang, order, ask="反映人电话 13857612345")
    assert "R33" in refused.value.errors["ask"]
    with pytest.raises(Invalid):
        made(wang, order, days="365")
    for _ in range(links.MOST):
        made(wang, order)
    with pytest.raises(NotPossible):
        made(wang, order)


# -- notes, marks, paragraphs -------------------------------------------------------------------------------------------------


def test_notes_are_the_units_own(wang, li, order):
    unitnotes.write(wang, order, "约了物业周三到场。")
    assert [one.text for one in unitnotes.notes(li, order)] == ["约了物业周三到场。"]
    for other in (make.actor("duty"), make.actor("chief"), make.actor("supervisor"), make.actor("officer", department="D11")):
        assert unitnotes.notes(other, order) == ()
        with pytest.raises(NotFound):
            unitnotes.write(other, order, "我也写")
    with pytest.raises(NotAllowed):
        unitnotes.remove(li, order, unitnotes.notes(wang, order)[0].id)
    with pytest.raises(Invalid):
        unitnotes.write(wang, order, "   ")


def test_a_mark_names_who_is_working_and_is_taken_over_knowingly(wang, li, order, monday):
    mark = unitnotes.take(wang, order)
    with pytest.raises(Conflict) as refused:
        unitnotes.take(li, order)
    assert "王科" in refused.value.changes[0]
    unitnotes.put_down(li, order)
    assert unitnotes.taken(order).name == "王科"
    assert unitnotes.take(li, order, over=str(mark.id)).name == "李科"
    assert unitnotes.taken_by(wang, [order.id])[order.id].name == "李科"
    monday.shift(timedelta(hours=13))
    assert unitnotes.taken(order) is None and unitnotes.take(wang, order).name == "王科"


def test_paragraphs_belong_to_the_unit(wang, li):
    row = paragraphs.save(wang, "D20", {"title": "窗口电话", "text": "可拨打窗口电话 86123456 查询。"})
    with pytest.raises(Invalid):
        paragraphs.save(li, "D20", {"title": "窗口电话", "text": "另一段也叫这个名字。"})
    paragraphs.save(li, "D20", {"title": "窗口电话", "text": "改过的话也不长。"}, row)
    assert paragraphs.used(row) == "改过的话也不长。" and row.uses == 1 and row.changed_name == "李科"
    with pytest.raises(NotFound):
        paragraphs.find(make.actor("officer", department="D11"), row.id)


# -- exports ------------------------------------------------------------------------------------------------------------------


def test_an_export_holds_own_orders_only_and_is_written_down(wang, order, session):
    make.order(make.case(category="0101"), department="D11")
    wanted, errors = takeout.read(wang, {"state": "open"})
    assert not errors and takeout.count(wang, wanted) == 1
    (line,) = takeout.table(wang, wanted)
    assert line[0] == order.number and len(line) == len(takeout.HEADS)
    takeout.note(wang, "csv", wanted, 1)
    kept = session.query(OrderExport).one()
    assert (kept.name, kept.kind, kept.total, kept.filters) == ("王科", "csv", 1, {"state": "open"})
    foreign, _ = takeout.read(wang, {"unit": "D11"})
    assert foreign.unit == "" and takeout.numbers(wang, foreign, 9) == [order.number]
    _, errors = takeout.read(wang, {"first": "昨天", "last": "2026-11-01"})
    assert "2026-11-25" in errors["first"]
    with pytest.raises(Invalid):
        takeout.note(wang, "csv", takeout.Wanted(words="没有这样的"), 0)


def test_paper_shows_the_order_and_a_code_that_opens_it(order):
    sheet = papers.paper(order, "https://example.test/")
    assert sheet.address == f"https://example.test/orders/{order.number}" and sheet.qr.startswith("M") and sheet.answer is None


# -- the morning message --------------------------------------------------------------------------------------------------------


def told(session):
    return session.query(Outbox).where(Outbox.template == "portal.digest").order_by(Outbox.key).all()


def test_the_morning_message_goes_once_a_day_to_who_is_on_duty(wang, li, session, monday):
    make.order(make.case(category="0101"), "sent")
    roster.save(wang, "D20", turn(user=str(wang.user_id)))
    assert digest.work() == 1 and digest.work() == 0
    assert [(row.recipient, row.payload["unsigned"]) for row in told(session)] == [(f"user:{wang.user_id}", 1)]
    monday.move_to(at("2026-11-24 09:00"))
    assert digest.work() == 1
    assert told(session)[-1].recipient == "department:D20"


def test_the_morning_message_is_silent_at_night_and_when_there_is_nothing(wang, session, monday):
    order = make.order(make.case(category="0101"), "sent")
    for hour in ("2026-11-23 07:50", "2026-11-23 20:10", "2026-11-23 03:00"):
        monday.move_to(at(hour))
        assert digest.work() == 0
    monday.move_to(at("2026-11-23 09:00"))
    orders.sign(wang, order, {})
    assert queries.digest("D20").empty and digest.work() == 0
    monday.move_to(at("2026-11-28 09:00"))
    assert digest.work() == 0, "a Saturday without anybody on duty"


def test_the_unit_s_own_tables_are_no_part_of_the_case(order):
    """No relationship leads from a case or an order to what a unit keeps for itself."""
    from sqlalchemy import inspect

    from civic.models import Case, Referral
    names = {relation.mapper.class_.__name__ for model in (Case, Referral) for relation in inspect(model).relationships}
    assert not names & {"UnitNote", "OrderLink", "OrderTake", "UnitFile", UnitDuty.__name__}
    assert isinstance(Actor.visitor(), Actor)
