"""What is written down, who sees it, how long it stays (governance reference, section 2: R33, R34, R38, R40, R46)."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.departments import operations as orders
from civic.departments import queries
from civic.kit import clock
from civic.kit.result import Invalid, NotPossible
from civic.ledger import events
from civic.models import Case, CheckIn, Event, Identity
from civic.tips import contact, operations, places, retention, submission
from civic.tips.draft import Draft
from tests import factories as make

WORDS = "菜场后巷垃圾三天没清，味道很重，找过物业没人管。"
PHONE, NAME = "13857612345", "林小满"


def in_a_case(duty: Actor):
    row = submission.submit(Actor.visitor(), Draft(
        text=WORDS, nonce=uuid.uuid4().hex, place=places.columns(address="菜场后巷"), consent="editors", phone=PHONE, name=NAME))
    return operations.accept(duty, row, {"title": "菜场后巷垃圾三天没清", "category": "0103"})


def test_r33_the_unit_gets_a_paper_without_name_phone_or_words_of_the_tip(client, session):
    duty = make.actor("duty")
    case = session.get_one(Case, in_a_case(duty).case_id)
    with pytest.raises(Invalid):
        make.order(case, "draft", items=(f"请联系 {PHONE}",))
    order = make.order(case)
    make.log_in(client, make.user("officer", department="D20"))
    session.commit()
    for path in (f"/orders/{order.number}", f"/orders/{order.number}/print"):
        page = client.get(path)
        assert page.status_code == 200
        assert PHONE not in page.text and NAME not in page.text and "找过物业没人管" not in page.text


def test_r34_every_move_names_who_when_from_and_to_and_the_log_cannot_be_altered(session):
    case = make.case()
    order = make.order(case)
    rows = session.scalars(select(Event).where(Event.case_id == case.id).order_by(Event.id)).all()
    assert [row.command for row in rows] == ["open", "draft", "send", "sign"]
    assert all(row.at and row.actor_role and row.after for row in rows)
    assert all(row.actor_name for row in rows)
    assert rows[-1].before == "sent" and rows[-1].after == "working" and rows[-1].object_id == order.id
    assert events.verify(f"case:{case.id}") is None
    session.flush()
    for change in ("UPDATE events SET command = 'nothing'", "DELETE FROM events", "TRUNCATE events"):
        with pytest.raises(DBAPIError, match="append-only"), session.begin_nested():
            session.execute(text(change))


def test_r38_the_public_page_says_who_holds_it_since_when_and_never_who_told(client, session):
    duty = make.actor("duty")
    tip = in_a_case(duty)
    case = session.get_one(Case, tip.case_id)
    make.order(case)
    cases.disclose(duty, case, {"public_title": "菜场后巷垃圾清运不及时", "public_summary": "居民反映后巷垃圾三天一清。",
                                "precision": "grid", "no_identity": True, "no_private": True, "consent_kept": True})
    session.commit()
    page = client.get(f"/cases/{case.number}")
    assert page.status_code == 200
    assert case.number in page.text and "菜场后巷垃圾清运不及时" in page.text and "综合" in page.text
    assert PHONE not in page.text and NAME not in page.text and WORDS not in page.text


def test_r40_an_embargo_keeps_the_case_from_units_and_public_until_an_editor_ends_it(session):
    duty, chief = make.actor("duty"), make.actor("chief")
    case = make.case(duty)
    order = make.order(case, "draft")
    cases.embargo(duty, case, {"until": clock.now() + timedelta(days=3), "reason": "暗访还没有完成"})
    with pytest.raises(NotPossible, match="R40"):
        orders.send(make.actor("duty"), order, {})
    assert not queries.inbox(make.actor("officer", department="D20")).rows
    cases.embargo(chief, case, {"until": clock.now() - timedelta(minutes=1), "reason": "暗访完成，解除"})
    orders.send(make.actor("duty"), order, {})
    assert order.state == "sent"
    kept = session.scalars(select(Event).where(Event.command == "embargo").order_by(Event.id)).all()
    assert [row.payload.get("reason") for row in kept] == ["暗访还没有完成", "暗访完成，解除"]


def test_r40_what_keeps_people_safe_is_never_kept_back(session):
    duty = make.actor("duty")
    case = make.case(duty)
    cases.describe(duty, case, {"title": case.title, "category": case.category, "grade": case.grade, "urgency": "emergency"})
    with pytest.raises(NotPossible, match="R40"):
        cases.embargo(duty, case, {"until": clock.now() + timedelta(days=3), "reason": "暗访"})


def filed_away(session, duty: Actor):
    tip = in_a_case(duty)
    case = session.get_one(Case, tip.case_id)
    cases.close(duty, case, {"resolution": "explained", "note": "已说明情况，依规办理。"})
    with time_machine.travel(clock.now() + timedelta(days=181)):
        cases.archive(Actor.system(), case)
    session.commit()
    return tip, case


def test_r46_contact_data_go_a_year_after_the_case_was_filed_away(session):
    tip, _ = filed_away(session, make.actor("duty"))
    with time_machine.travel(clock.now() + timedelta(days=181 + 364)):
        assert retention.erase() == (0, 0) and contact.of(tip) is not None
    with time_machine.travel(clock.now() + timedelta(days=181 + 366)):
        assert retention.erase() == (1, 0) and contact.of(tip) is None
    assert session.scalar(select(Identity.id)) is None
    assert session.scalars(select(Event)).all(), "the log stays"


def test_r46_what_a_court_wants_is_kept_until_the_chief_lets_it_go(session):
    tip, case = filed_away(session, make.actor("duty"))
    chief = make.actor("chief")
    cases.keep(chief, case, {"reason": "行政诉讼需要保全"})
    session.commit()
    with time_machine.travel(clock.now() + timedelta(days=900)):
        assert retention.erase() == (0, 0) and contact.of(tip) is not None
        cases.let_go(chief, case, {"reason": "诉讼结束"})
        session.commit()
        assert retention.erase() == (1, 0) and contact.of(tip) is None


def test_r46_the_exact_place_of_a_check_in_goes_after_ninety_days(session):
    from civic.cases import tasks

    duty, team = make.actor("duty"), make.team()
    reporter = make.actor(team=team)
    task = make.task(duty, make.case(duty), f"team:{team.id}")
    tasks.accept(reporter, task)
    tasks.check_in(reporter, task, {"place": {"point": "SRID=4326;POINT(121.36 28.36)", "place_source": "gps"}})
    session.commit()
    assert retention.erase() == (0, 0)
    with time_machine.travel(clock.now() + timedelta(days=91)):
        assert retention.erase() == (0, 1)
    session.expire_all()
    row = session.scalars(select(CheckIn)).one()
    assert row.point is None and row.at

