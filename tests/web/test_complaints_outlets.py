"""What Superdesk's users complain about, and ours need not: an embargo and a schedule that exclude one another.

Superdesk once refused a schedule for a story under embargo and an embargo for a scheduled one; whoever had both typed one of
them into a note and forgot it. Here each is a date that simply expires, and the later one counts, whatever the order.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from civic.access.actor import Actor
from civic.cases import operations as cases
from civic.jobs import sweeper
from civic.kit import clock
from civic.kit.result import NotPossible
from civic.models import Outbox, Timer, db
from civic.newsroom import publishing
from tests.outlets_world import Newsroom, soon

HOUR = timedelta(hours=1)


@pytest.fixture
def news(app, db):
    return Newsroom(app)


def waiting(item) -> list:
    """Moments at which the clock will try to put the release out."""
    return list(db.session.scalars(select(Timer.due_at).where(Timer.object_id == item.id, Timer.fired_at.is_(None), Timer.cancelled_at.is_(None))))


@pytest.mark.parametrize("first", ["embargo", "schedule"])
@pytest.mark.parametrize(("embargo", "schedule"), [(2, 5), (5, 2), (3, 3)])
def test_embargo_and_schedule_stand_beside_each_other_in_any_order_and_the_later_counts(news, first, embargo, schedule):
    case = news.case(public=False)
    row, duty = news.signed(case=case), news.actor("duty")
    until, start = soon(embargo), soon(schedule)
    if first == "embargo":
        cases.embargo(duty, case, {"until": until, "reason": "等专家到场"})
    item = publishing.queue(duty, row, {"channel": "tv", "slot": "《今晚八点》", "not_before": start})
    if first == "schedule":
        cases.embargo(duty, case, {"until": until, "reason": "等专家到场"})
    later = max(until, start)
    assert waiting(item) == [later]
    with time_machine.travel(later - timedelta(minutes=1)), pytest.raises(NotPossible):
        publishing.go_live(duty, item, {"slot": "《今晚八点》"})
    with time_machine.travel(later + timedelta(minutes=1)):
        publishing.go_live(Actor.system(), item)
    assert item.state == "live"


def test_an_embargo_that_is_lifted_lets_the_schedule_count_again_and_one_that_is_moved_keeps_it_back(news):
    case = news.case(public=False)
    row, duty = news.signed(case=case), news.actor("duty")
    start = soon(2)
    item = publishing.queue(duty, row, {"channel": "tv", "slot": "《今晚八点》", "not_before": start})
    for hours in (10, 20, 1):
        until = soon(hours)
        cases.embargo(duty, case, {"until": until, "reason": "再等等"})
        assert waiting(item) == [max(until, start)]


def test_a_release_the_clock_was_refused_is_tried_again_when_the_embargo_moves(news):
    """What Superdesk lost: the schedule came while the embargo held, and never came again."""
    case = news.case(public=False)
    row, duty = news.signed(case=case), news.actor("duty")
    item = publishing.queue(duty, row, {"channel": "tv", "slot": "《今晚八点》", "not_before": soon(1)})
    db.session.commit()
    with time_machine.travel(soon(0.5)):
        cases.embargo(duty, case, {"until": soon(3), "reason": "等专家"})
        db.session.commit()
    with time_machine.travel(soon(1.5)):
        sweeper.sweep()
        assert db.session.get(type(item), item.id).state == "queued"
    with time_machine.travel(soon(4)):
        sweeper.sweep()
        assert db.session.get(type(item), item.id).state == "live"


def test_both_dates_and_the_one_that_counts_are_said_in_words(news):
    case = news.case(public=False)
    row, duty = news.signed(case=case), news.actor("duty")
    cases.embargo(duty, case, {"until": soon(50), "reason": "等专家"})
    publishing.queue(duty, row, {"channel": "app", "not_before": soon(20)})
    publishing.queue(duty, row, {"channel": "wechat"})
    db.session.commit()
    page = news.browser("duty").get("/outlets?state=queued").text
    assert "案件保密期更晚，以它为准" in page and "没有定时；案件保密到" in page
    assert "案件保密期更晚，以它为准" in news.browser("duty").get(f"/stories/{row.id}").text
    form = news.browser("duty").get(f"/stories/{row.id}/queue?channel=douyin").text
    assert "可以早也可以晚，以晚的为准" in form


def test_the_form_takes_a_time_before_the_end_of_the_embargo(news):
    case = news.case(public=False)
    row = news.signed(case=case)
    cases.embargo(news.actor("duty"), case, {"until": soon(72), "reason": "等专家"})
    db.session.commit()
    start = clock.local(soon(24))
    page = news.browser("duty").submit(f"/stories/{row.id}/queue", {"channel": "app", "not_before": f"{start:%Y-%m-%dT%H:%M}"}, form="/queue")
    assert page.status_code == 303
    db.session.expire_all()
    [item] = row.publications
    assert item.state == "queued" and waiting(item)[0] > soon(71)


def test_the_clock_never_says_that_something_is_out_when_nobody_has_said_where(news):
    """We do not post to platforms: without a slot or a link the clock only tells the desk that it is time, once."""
    row, duty = news.signed(), news.actor("duty")
    item = publishing.queue(duty, row, {"channel": "douyin", "not_before": soon(1)})
    db.session.commit()
    with time_machine.travel(soon(2)):
        sweeper.sweep()
        sweeper.sweep()
        assert db.session.get(type(item), item.id).state == "queued"
        told = db.session.scalars(select(Outbox).where(Outbox.template == "publication.nudge")).all()
        assert told and all("链接" in row.payload["note"] for row in told) and len({row.recipient for row in told}) == len(told)
        assert "可以发了" in news.browser("duty").get("/outlets").text
