"""A tip from the moment it is sent: what is kept, what is not, and what its sender and the desk may do with it."""

from __future__ import annotations

import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from sqlalchemy import func, select, text

from civic.access import keys
from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.cases import tasks
from civic.kit import clock, receipt
from civic.kit.crypto import SealBroken, context
from civic.kit.result import Invalid, NotAllowed, NotFound, NotPossible
from civic.ledger import events
from civic.models import (
    Evaluation,
    Event,
    Identity,
    IdentityAccess,
    Media,
    Outbox,
    Timer,
    Tip,
    TipLink,
    TipMessage,
)
from civic.tips import contact, operations, places, queries, submission
from civic.tips.draft import Draft
from tests import factories as make

WORDS = "菜场后巷垃圾三天没清，味道很重，找过物业没人管。"
PHONE = "13857612345"


def draft(**more: Any) -> Draft:
    data = {"text": WORDS, "nonce": uuid.uuid4().hex, "place": places.columns(address="中心菜场后巷"), **more}
    return Draft(**data)


def tip(**more: Any) -> Tip:
    return submission.submit(Actor.visitor(), draft(**more))


def in_a_case(duty: Actor, **more: Any) -> Tip:
    row = tip(**more)
    return operations.accept(duty, row, {"title": "菜场后巷垃圾三天没清", "category": "0103"})


# -- sending ----------------------------------------------------------------------------------------------------------


@pytest.mark.promise("S1")
def test_a_passer_by_sends_a_tip_and_the_desk_gets_a_clock_and_a_message(session):
    row = tip()
    assert row.state == "new" and row.number and row.due_at is not None and row.title.startswith("菜场后巷")
    timer = session.scalars(select(Timer).where(Timer.object_id == row.id)).one()
    assert timer.name == "triage" and abs(timer.due_at - row.due_at) < timedelta(seconds=5)
    told = set(session.scalars(select(Outbox.recipient).where(Outbox.template == "tip.submit")))
    assert told == {"role:intake", "role:duty"}
    assert events.verify(f"tip:{row.id}") is None


@pytest.mark.promise("R9")
def test_the_same_form_sent_twice_is_one_tip(session):
    nonce = uuid.uuid4().hex
    first, second = tip(nonce=nonce), tip(nonce=nonce)
    assert first.id == second.id
    assert session.scalar(select(func.count()).select_from(Tip)) == 1


@pytest.mark.promise("R9")
def test_a_message_of_another_system_is_taken_in_once(session):
    first = tip(channel="12345", external_no="A-1")
    assert tip(channel="12345", external_no="A-1").id == first.id
    assert tip(channel="upstream", external_no="A-1").id != first.id


@pytest.mark.promise("S2")
def test_the_receipt_opens_the_tip_and_is_nowhere_in_the_database(session):
    digits = receipt.new()
    row = tip(receipt=digits)
    assert queries.by_receipt(digits).id == row.id
    assert queries.by_receipt(receipt.new()) is None
    assert not found_anywhere(session, digits)


@pytest.mark.promise("S2")
def test_two_sites_keep_different_prints_of_the_same_receipt(app, db):
    from civic.kit.crypto import KeyRing

    digits = receipt.new()
    started = time.perf_counter()
    ours = receipt.digest(digits, keys.ring())
    assert time.perf_counter() - started >= 0.05
    assert ours != receipt.digest(digits, KeyRing.fresh())


@pytest.mark.promise("S5")
def test_no_column_of_a_tip_could_hold_an_address_or_a_browser(session):
    names = set(session.scalars(text(
        "select column_name from information_schema.columns where table_name in "
        "('tips', 'identities', 'tip_messages', 'tip_links', 'identity_accesses', 'evaluations')")))
    assert not [name for name in names if name in {"ip", "agent"} or any(
        part in name for part in ("user_agent", "remote", "ip_address", "device", "browser", "fingerprint"))]


@pytest.mark.promise("S8")
def test_contact_data_are_sealed_and_bound_to_their_row(session):
    one = tip(consent="editors", phone=PHONE, name="王女士")
    other = tip(consent="pass_on", phone="13900001111", wechat="wang_8899")
    rows = {row.tip_id: row for row in session.scalars(select(Identity))}
    assert contact.open_sealed(rows[one.id]).phone == PHONE
    for secret in (PHONE, "王女士", "wang_8899"):
        assert not found_anywhere(session, secret)
    rows[one.id].phone_sealed, rows[other.id].phone_sealed = rows[other.id].phone_sealed, rows[one.id].phone_sealed
    with pytest.raises(SealBroken):
        contact.open_sealed(rows[one.id])
    place = context("identities", "name_sealed", rows[one.id].id)
    with pytest.raises(SealBroken):
        keys.ring().open_sealed(rows[one.id].name_sealed[:-1] + b"x", place)


def test_the_same_phone_is_found_again_however_it_is_written(session):
    one = tip(consent="editors", phone="+86 138-5761-2345")
    assert contact.same_phone("１３８５７６１２３４５") == [one.id]
    assert contact.same_phone("not a phone") == []


@pytest.mark.promise("S8")
def test_who_stays_anonymous_leaves_no_contact_even_when_typed(session):
    row = tip(consent="anonymous", phone=PHONE, name="王女士")
    assert contact.of(row) is None and not found_anywhere(session, PHONE)


@pytest.mark.parametrize(("more", "name"), [
    ({"text": "太短了"}, "text"), ({"text": "很" * 5001}, "text"), ({"place": {}}, "address"),
    ({"consent": "editors"}, "phone"), ({"consent": "editors", "phone": "12"}, "phone"),
    ({"consent": "editors", "wechat": "中文号"}, "wechat"), ({"consent": "everybody"}, "consent"),
])
def test_what_is_missing_is_said_by_field(session, more, name):
    with pytest.raises(Invalid) as refused:
        tip(**more)
    assert name in refused.value.errors
    assert session.scalar(select(func.count()).select_from(Tip)) == 0


def test_the_import_brings_in_what_another_desk_accepted(session):
    row = submission.submit(Actor.system(), draft(text="路灯坏", place={}, channel="12345", external_no="7"))
    assert row.state == "new" and row.place_source is None


def test_danger_is_noticed_and_waits_less(session):
    calm, words = tip(), tip(text="隔壁仓库着火了，浓烟很大，请快点来人")
    told, category = tip(emergency=True), tip(category="0602")
    assert [row.urgency for row in (calm, words, told, category)] == ["normal", "urgent", "emergency", "emergency"]
    assert words.due_at < calm.due_at or words.due_at - clock.now() <= timedelta(minutes=31)


# -- places -----------------------------------------------------------------------------------------------------------


def test_each_way_to_name_a_place_is_enough(session):
    ways = [places.Given(address="箬横镇中心菜场后巷"), places.Given(town="331081103"),
            places.Given(village="331081001003"), places.Given(unknown=True),
            places.Given(lng="121.3617", lat="28.3688"), places.Given(lng="121.3617", lat="28.3688", source="gps")]
    read = [places.read(way).columns for way in ways]
    assert [way["place_source"] for way in read] == ["address", "town", "village", "unknown", "map", "gps"]
    assert read[0]["town"] == "331081103" and read[2]["town"] == "331081001" and read[4]["town"] == "331081001"
    assert places.read(places.Given()).errors


def test_a_point_in_another_datum_is_offered_not_moved(session):
    from civic.geo import datum

    inside = (121.3617, 28.3688)
    shifted = datum.wgs_to_gcj(*inside)
    declared = places.read(places.Given(lng=str(shifted[0]), lat=str(shifted[1]), datum="gcj02"))
    assert declared.columns and declared.columns["src_datum"] == "gcj02"
    swapped = places.read(places.Given(lng="28.3688", lat="121.3617"))
    assert swapped.columns is None and swapped.offers and "是不是指这里" in swapped.question
    chosen = places.read(places.Given(lng="28.3688", lat="121.3617", pick=swapped.offers[0].key))
    assert chosen.columns and chosen.columns["point"] is not None


def test_a_pasted_pair_asks_which_map_it_is_from(session):
    read = places.read(places.Given(address="121.36171, 28.36877"))
    assert read.columns is None and {str(offer.datum) for offer in read.offers} == {"wgs84", "gcj02", "bd09"}
    assert places.read(places.Given(address="121.36171,28.36877 桥头", pick="none")).columns["place_source"] == "address"
    assert places.read(places.Given(address="121.36171, 28.36877", pick="gcj02")).columns["src_datum"] == "gcj02"


@pytest.mark.parametrize(("lng", "lat"), [("2.35", "48.85"), ("0", "0"), ("NaN", "1"), ("x", "y"), ("1e999", "3")])
def test_a_place_elsewhere_is_refused_politely(session, lng, lat):
    read = places.read(places.Given(lng=lng, lat=lat))
    assert read.columns is None and not read.offers and read.errors


# -- the talk ---------------------------------------------------------------------------------------------------------


def test_the_desk_asks_and_the_tipster_answers(session):
    duty, row = make.actor("duty"), tip()
    operations.ask(duty, row, {"question": "是哪一天开始没人清的？"})
    assert row.state == "asking" and row.question and row.due_at > clock.now() + timedelta(days=6)
    operations.reply(Actor.citizen(row.id), row, {"text": "上周三开始。"})
    assert row.state == "new" and row.question is None
    said = [(line.mine, line.text) for line in queries.following(row).said]
    assert said == [(False, "是哪一天开始没人清的？"), (True, "上周三开始。")]


def test_silence_ends_it_and_a_later_answer_is_an_appeal(session):
    duty, row = make.actor("duty"), tip()
    operations.ask(duty, row, {"question": "具体在哪个门口？"})
    operations.lapse(Actor.system(), row)
    assert (row.state, row.decline_reason) == ("declined", "no_reply")
    operations.reply(Actor.citizen(row.id), row, {"text": "南门那个口子。"})
    assert row.state == "new" and row.appealed and row.appeals_used == 1


def test_no_means_a_reason_a_channel_and_one_appeal_seen_by_somebody_else(session):
    duty, other, row = make.actor("duty"), make.actor("duty"), tip()
    operations.decline(duty, row, {"reason": "out_of_area"})
    assert "12345" in row.decline_note
    operations.appeal(Actor.citizen(row.id), row, {"text": "就在本市，箬横镇。"})
    with pytest.raises(NotPossible):
        operations.accept(duty, row, {"title": "菜场后巷垃圾", "category": "0103"})
    operations.decline(other, row, {"reason": "out_of_scope", "note": "请找供电所。"})
    assert row.decline_note == "请找供电所。"
    with pytest.raises(NotPossible):
        operations.appeal(Actor.citizen(row.id), row, {"text": "再看一次吧。"})


def test_a_clerk_does_not_decide_that_something_is_untrue(session):
    with pytest.raises(Invalid):
        operations.decline(make.actor("intake"), tip(), {"reason": "unfounded"})


def test_withdrawing_takes_the_contact_data_along(session):
    row = tip(consent="editors", phone=PHONE)
    operations.withdraw(Actor.citizen(row.id), row)
    assert row.state == "withdrawn" and contact.of(row) is None


def test_a_stranger_moves_nothing(session):
    row, other = tip(), tip()
    with pytest.raises(NotAllowed):
        operations.withdraw(Actor.citizen(other.id), row)


@pytest.mark.promise("S13")
def test_a_department_officer_neither_moves_nor_sees_a_tip(session):
    from civic.access.scope import may_see

    row, officer = tip(), make.actor("officer", department="D20")
    assert not may_see(officer, row)
    for command, data in (("accept", {"title": "垃圾没人清", "category": "0103"}), ("ask", {"question": "谁报的？"}),
                          ("read_contact", {"reason": "想知道是谁"})):
        with pytest.raises(NotAllowed):
            operations.OPERATIONS["tip", command](officer, row, data)


# -- becoming part of a case ------------------------------------------------------------------------------------------


def test_accepting_opens_a_case_at_the_place_of_the_tip(session):
    row = in_a_case(make.actor("intake"), emergency=True)
    case = queries.case_of(row)
    assert row.state == "accepted" and case.town == row.town and case.address == "中心菜场后巷"
    assert case.urgency == "emergency" and case.tip_count == 1 and row.category == "0103"
    link = session.scalars(select(TipLink)).one()
    assert link.state == "confirmed"


def test_accepting_joins_an_open_case_by_number_or_id(session):
    duty = make.actor("duty")
    case = make.case(duty)
    one, two = tip(), tip()
    operations.accept(duty, one, {"case": case.number.lower()})
    operations.accept(duty, two, {"case": str(case.id)})
    assert case.tip_count == 2
    operations.unlink(duty, two, {"reason": "不是一回事"})
    assert case.tip_count == 1 and two.state == "new" and two.case_id is None


def test_accepting_into_nothing_or_into_a_closed_case_is_refused(session):
    duty = make.actor("duty")
    case = make.case(duty)
    cases.close(duty, case, {"resolution": "unfounded", "note": "去看过，没有这回事。"})
    for number in (case.number, "XX-2020-9999", "no such"):
        with pytest.raises(Invalid) as refused:
            operations.accept(duty, tip(), {"case": number})
        assert "case" in refused.value.errors


def test_a_suggested_case_is_confirmed_or_rejected_by_a_person(session):
    duty = make.actor("duty")
    case, row = make.case(duty), tip()
    link = operations.suggest_link(row, case, 0.8, ["同一镇街", "三天内"])
    assert [item.id for item in queries.suggestions(row)] == [link.id]
    operations.reject_link(duty, link)
    operations.suggest_link(row, case, 0.9, ["又来一次"])
    assert link.state == "rejected" and queries.suggestions(row) == []
    with pytest.raises(NotFound):
        operations.reject_link(make.actor("officer", department="D20"), link)
    other = operations.suggest_link(row, make.case(duty), 0.7, [])
    operations.confirm_link(duty, other)
    assert row.state == "accepted" and row.case_id == other.case_id


# -- contact data -----------------------------------------------------------------------------------------------------


@pytest.mark.promise("S9")
def test_looking_at_contact_data_needs_a_reason_and_the_tipster_sees_it(session):
    duty = make.actor("duty", name="陈值班")
    row = tip(consent="editors", phone=PHONE)
    with pytest.raises(Invalid):
        operations.read_contact(duty, row, {})
    assert session.scalar(select(func.count()).select_from(IdentityAccess)) == 0
    assert contact.shown_to(duty, row) is None
    opened = operations.read_contact(duty, row, {"reason": f"回电核实，打 {PHONE}"})
    assert opened.phone == PHONE and PHONE not in repr(opened)
    assert contact.shown_to(duty, row).phone == PHONE and contact.shown_to(make.actor("duty"), row) is None
    look = queries.following(row).looks[0]
    assert look.who == "陈值班" and "回电核实" in look.reason and PHONE not in look.reason
    event = session.scalars(select(Event).where(Event.command == "read_contact")).one()
    assert event.actor_id == duty.user_id and event.payload == {}
    assert not found_anywhere(session, PHONE)
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        assert contact.shown_to(duty, row) is None


@pytest.mark.promise("S12")
def test_contact_data_are_gone_once_consent_is_withdrawn_and_the_case_goes_on(session):
    row = in_a_case(make.actor("duty"), consent="pass_on", phone=PHONE, name="王女士")
    sealed = contact.of(row).phone_sealed
    operations.withdraw_consent(Actor.citizen(row.id), row)
    assert contact.of(row) is None and row.consent == "anonymous" and row.state == "accepted"
    assert session.scalar(select(func.count()).select_from(Identity)) == 0
    assert not found_anywhere(session, sealed.hex())
    with pytest.raises(NotPossible):
        operations.withdraw_consent(Actor.citizen(row.id), row)


# -- the result -------------------------------------------------------------------------------------------------------


def closed(duty: Actor, row: Tip, verdict: str = "confirmed") -> Any:
    case = queries.case_of(row)
    squad = make.team()
    reporter = make.actor(team=squad)
    task = make.task(duty, case, f"team:{squad.id}", kind="verify")
    tasks.accept(reporter, task)
    tasks.check_in(reporter, task, {"place": {"point": "SRID=4326;POINT(121.36 28.36)", "place_source": "gps"}})
    tasks.submit(reporter, task, {"findings": "看过，清了", "verdict": verdict, "method": "on_site"})
    tasks.approve(duty, task)
    cases.close(duty, case, {"resolution": "resolved", "note": "已经清理，回访确认。"})
    return case


def test_the_citizen_says_solved_or_not_and_may_change_it_once(session):
    duty = make.actor("duty")
    row = in_a_case(duty)
    me = Actor.citizen(row.id)
    with pytest.raises(NotPossible):
        operations.evaluate(me, row, {"solved": "yes", "stars": "5"})
    closed(duty, row)
    operations.evaluate(me, row, {"solved": "yes", "stars": "5", "text": "谢谢"})
    operations.evaluate(me, row, {"solved": "partly", "stars": "3"})
    given = session.scalars(select(Evaluation)).one()
    assert (given.solved, given.stars, given.changed) == ("partly", 3, 1)
    with pytest.raises(NotPossible):
        operations.evaluate(me, row, {"solved": "no", "stars": "1"})


def test_not_solved_against_a_good_visit_asks_for_another_pair_of_eyes(session):
    from civic.tips import verdicts

    duty = make.actor("duty")
    row = in_a_case(duty)
    case = closed(duty, row)
    operations.evaluate(Actor.citizen(row.id), row, {"solved": "no", "stars": "1"})
    note = session.scalars(select(Outbox).where(Outbox.key.like("second-look:%"))).one()
    assert note.recipient == "role:duty" and verdicts.second_look_wanted(case)


def test_the_citizen_reopens_once_and_the_words_stay_out_of_the_log(session):
    duty = make.actor("duty")
    row = in_a_case(duty)
    case = closed(duty, row)
    me = Actor.citizen(row.id)
    operations.reopen_case(me, row, {"reason": "昨天又堆满了，绿色桶边上"})
    assert case.state == "open" and case.round == 2 and case.citizen_reopened
    assert session.scalars(select(TipMessage.text).where(TipMessage.kind == "reopen")).one().startswith("昨天")
    assert not found_anywhere(session, "昨天又堆满了", tables=("events", "outbox"))
    cases.close(duty, case, {"resolution": "unfounded", "note": "再去看过了。"})
    with pytest.raises(NotPossible):
        operations.reopen_case(me, row, {"reason": "还是不行啊"})


@pytest.mark.promise("S6")
def test_the_log_and_the_messages_hold_no_word_of_the_tipster(session):
    duty = make.actor("duty")
    row = tip(text="金丝雀一号在唱歌，垃圾没人清")
    operations.ask(duty, row, {"question": "金丝雀二号是哪天？"})
    operations.reply(Actor.citizen(row.id), row, {"text": "金丝雀三号说周三"})
    operations.decline(duty, row, {"reason": "spam", "note": "金丝雀四号"})
    assert not found_anywhere(session, "金丝雀", tables=("events", "outbox", "timers", "notices"))


# -- in bulk ----------------------------------------------------------------------------------------------------------


def test_bulk_import_is_fast_enough_and_the_same_intake(session):
    rows = [draft(channel="bulk", external_no=str(n), text=f"{WORDS}第 {n} 条", consent="editors",
                  phone=PHONE if n % 10 == 0 else "", wechat="wxid_abc123") for n in range(300)]
    submission.submit_many(rows[:5])
    started = time.perf_counter()
    made = submission.submit_many(rows[5:])
    session.flush()
    rate = len(made) / (time.perf_counter() - started)
    print(f"{rate:.0f} tips a second")
    assert rate > 100  # the machine that builds is slow and shared; alone it does far more
    assert events.verify(f"tip:{made[0].id}") is None and contact.of(made[5]).phone_index is not None
    assert session.scalar(select(func.count()).select_from(Timer)) == 300
    assert not found_anywhere(session, PHONE)


def found_anywhere(session: Any, needle: str, tables: tuple[str, ...] = ()) -> bool:
    """Whether a text stands in any column of any table (or of these), whatever its type."""
    session.flush()
    names = tables or tuple(session.scalars(text(
        "select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'")))
    return any(session.scalar(text(f'select exists (select 1 from "{name}" t where t::text like :needle)'),
                              {"needle": f"%{needle}%"}) for name in names if name != "spatial_ref_sys")


def test_the_photos_of_a_tip_are_its_rows(session):
    from civic.files.attach import Stored

    row = tip(text="", photos=(Stored("jpeg", "a.jpg", 10, "0" * 64, "x", "y"),))
    assert row.title == "（只有照片）"
    assert session.scalars(select(Media.tip_id)).one() == row.id


@pytest.mark.promise("D2")
def test_uploads_that_nobody_sent_go_after_some_days_and_the_others_stay(session):
    import io
    import os

    from PIL import Image

    from civic.files import intake, store, unclaimed

    def picture(colour: str) -> bytes:
        out = io.BytesIO()
        Image.new("RGB", (64, 64), colour).save(out, "JPEG")
        return out.getvalue()

    sent, left = intake.receive(picture("red"), "sent.jpg"), intake.receive(picture("blue"), "left.jpg")
    tip(photos=(sent,))
    vault, derived = store.vault(), store.derived()
    assert unclaimed.remove() == 0
    for folder in (vault.root, derived.root):
        for file in folder.rglob("*"):
            if file.is_file():
                os.utime(file, (1, 1))
    unclaimed.remove()
    assert vault.exists(sent.original) and derived.read(sent.derived) and derived.read(sent.thumb)
    assert not vault.exists(left.original)
    with pytest.raises(NotFound):
        derived.read(left.derived)
