"""What Superdesk's users complain of and the day must not have: one lock holder of the featured list, embargo against schedule."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from civic.cases import operations as cases
from civic.jobs import sweeper
from civic.kit import clock
from civic.kit.result import Conflict, Invalid, NotPossible
from civic.models import Publication, db
from civic.newsroom import day as days
from civic.newsroom import daypage, publishing
from tests import factories as make
from tests.web.test_day import EVENING, Room, at, today


@pytest.fixture
def room(app, db):
    return Room(app)


# -- «featured list has one lock holder» (Superdesk planning: whoever opens the list locks everybody else out) ----------


def test_two_editors_with_the_page_open_both_get_their_change_in(room):
    here = f"/desk/day/{today().isoformat()}"
    first, second = room.browser("duty"), room.browser("other")
    one, two = room.story("甲报的选题"), room.story("乙报的选题")
    page_of_first, page_of_second = first.get(here), second.get(here)  # both have it open, nobody holds it
    assert first.submit(page_of_first, {"story": str(one.id), **EVENING}, form="/add").status_code == 303
    assert second.submit(page_of_second, {"story": str(two.id), **EVENING}, form="/add").status_code == 303
    assert [row.title for row in daypage.page(room.actor("chief"), today()).items] == ["甲报的选题", "乙报的选题"]
    assert "锁" not in first.get(here).text


def test_a_closed_laptop_locks_nobody_out(room):
    here = f"/desk/day/{today().isoformat()}"
    item = days.add(room.actor("duty"), today(), {"story": room.story(), **EVENING})
    db.session.commit()
    room.browser("duty").get(f"{here}/items/{item.id}")  # opened, never sent, the laptop is shut
    done = room.browser("other").submit(f"{here}/items/{item.id}", {"note": "我来接着排", "do": "save"}, form=str(item.id))
    assert done.status_code == 303


def test_the_one_change_of_two_that_would_hide_the_other_is_told_and_kept(room):
    here = f"/desk/day/{today().isoformat()}"
    item = days.add(room.actor("duty"), today(), {"story": room.story(), **EVENING})
    db.session.commit()
    first, second = room.browser("duty"), room.browser("other")
    pages = first.get(f"{here}/items/{item.id}"), second.get(f"{here}/items/{item.id}")
    first.submit(pages[0], {"note": "先核实再播", "do": "save"}, form=str(item.id))
    back = second.submit(pages[1], {"note": "改成晚间头条", "do": "save"}, form=str(item.id))
    assert back.status_code == 409 and "刚刚有人改过" in back.text and "改成晚间头条" in back.text and "duty" in back.text


def test_nobody_confirms_what_they_have_not_seen(room):
    duty = room.actor("duty")
    days.add(duty, today(), {"story": room.story("看过的一条"), **EVENING})
    seen = days.find(today()).revision
    days.add(room.actor("other"), today(), {"story": room.story("没看过的一条"), **EVENING})
    with pytest.raises(Conflict) as caught:
        days.confirm(duty, today(), seen)
    assert any("没看过的一条" in line for line in caught.value.changes)
    days.confirm(duty, today(), days.find(today()).revision)
    with pytest.raises(NotPossible, match="已经确认过"):
        days.confirm(room.actor("other"), today(), days.find(today()).revision)


def test_up_and_down_by_two_people_never_collide(room):
    duty, other = room.actor("duty"), room.actor("other")
    rows = [days.add(duty, today(), {"story": room.story(f"第 {number} 条选题"), **EVENING}) for number in range(4)]
    days.move(duty, today(), rows[3].id, "up")
    days.move(other, today(), rows[0].id, "down")
    days.move(other, today(), rows[1].id, "up")
    places = [item.position for item in days.items(days.find(today()))]
    assert places == [1, 2, 3, 4] and {item.id for item in days.items(days.find(today()))} == {row.id for row in rows}


# -- «embargo and schedule exclude each other» ---------------------------------------------------------------------------


def embargoed(room: Room):
    """A signed story of a case that is under embargo until noon tomorrow."""
    duty = room.actor("duty")
    case = make.case(duty)
    story = room.signed("暗访里的那家店", case=case)
    noon = at(12, day=today() + timedelta(days=1))
    case.embargo_until = noon
    db.session.commit()
    return case, story, noon


def test_a_story_under_embargo_is_planned_queued_and_goes_out_by_itself_when_both_dates_have_passed(room):
    duty, tomorrow = room.actor("duty"), today() + timedelta(days=1)
    case, story, noon = embargoed(room)
    with pytest.raises(Invalid) as caught:
        days.add(duty, tomorrow, {"story": story, "slot-tv": "morning"})
    assert "保密到" in caught.value.errors["slot-tv"], "the only thing refused is a slot before the embargo ends"
    item = days.add(duty, tomorrow, {"story": story, "slot-tv": "evening"})
    days.confirm(duty, tomorrow, days.find(tomorrow).revision)
    release = publishing.queue(duty, story, {"channel": "tv", "not_before": at(19, 30, tomorrow), "slot": "《今晚八点》"})
    db.session.commit()
    page = room.browser("duty").get(f"/desk/day/{tomorrow.isoformat()}")
    assert "案件保密到" in page.text and "到时自动解除" in page.text
    with clock.at(noon + timedelta(minutes=1)):
        sweeper.sweep()
        db.session.refresh(release)
        assert release.state == "queued", "the embargo is over, the chosen time is not here"
        assert daypage.page(duty, tomorrow).items[0].embargo_until is None, "a date that has passed is gone"
    with clock.at(at(19, 31, tomorrow)):
        sweeper.sweep()
        db.session.refresh(release)
        assert release.state == "live", "nobody had to lift anything"
        assert daypage.page(duty, tomorrow).items[0].slots[0].result == "in_slot" and item.missed_reason == ""


def test_an_embargo_set_after_planning_takes_nothing_off_the_list(room):
    duty = room.actor("duty")
    case = make.case(duty)
    story = room.signed("后来才说要保密", case=case)
    days.add(duty, today(), {"story": story, "slot-app": "rolling"})
    release = publishing.queue(duty, story, {"channel": "app", "not_before": clock.now() + timedelta(minutes=1)})
    case.embargo_until = clock.now() + timedelta(hours=2)
    db.session.commit()
    with clock.at(clock.now() + timedelta(minutes=5)), pytest.raises(NotPossible, match="保密期"):
        publishing.go_live(duty, release, {"slot": "推送"})
    assert db.session.scalar(select(Publication.state).where(Publication.id == release.id)) == "queued"
    page = daypage.page(duty, today())
    assert page.items[0].embargo_until is not None and len(page.items) == 1
    with clock.at(clock.now() + timedelta(hours=2, minutes=1)):
        publishing.go_live(duty, release, {"slot": "推送"})
    assert cases.find(duty, case.number).embargo_until is not None, "the date stays as a fact; it simply lies in the past"
