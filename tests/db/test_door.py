"""The one door: what it writes, what it refuses, and what it remembers."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text

from civic import ledger
from civic.cases import operations as cases
from civic.cases import tasks
from civic.kit.result import Conflict, NotAllowed, NotPossible
from civic.ledger import events
from civic.models import Event, Outbox, Timer
from tests import factories as make


def test_a_move_writes_event_state_timer_and_message_together(session):
    duty = make.actor("duty")
    case = make.case(duty)
    squad = make.team()
    reporter = make.actor(team=squad)
    task = make.task(duty, case, f"team:{squad.id}")
    assert case.stage == "dispatching" and case.ball == "newsroom"
    tasks.accept(reporter, task)
    assert task.state == "accepted" and task.assignee_id == reporter.user_id and case.stage == "investigating"
    live = session.scalars(select(Timer.name).where(Timer.object_id == task.id, Timer.cancelled_at.is_(None)))
    assert set(live) == {"contact", "silent"}
    assert session.scalar(select(func.count()).select_from(Outbox).where(Outbox.template == "assignment.accept"))


def test_the_log_is_chained_and_replays_to_the_same_states(session):
    duty = make.actor("duty")
    case = make.case(duty)
    squad = make.team()
    reporter = make.actor(team=squad)
    task = make.task(duty, case, f"team:{squad.id}")
    tasks.accept(reporter, task)
    tasks.cancel(duty, task, {"reason": "不用去了"})
    assert events.verify(f"case:{case.id}") is None
    states = events.replay(session.scalars(select(Event).order_by(Event.id)))
    assert states["assignment", task.id] == task.state == "cancelled"
    assert states["case", case.id] == case.state


@pytest.mark.promise("D3")
def test_the_log_cannot_be_changed(session):
    make.case()
    with pytest.raises(Exception, match="append-only"):
        session.execute(text("UPDATE events SET actor_name = 'x'"))


def test_what_was_seen_before_somebody_else_moved_is_refused_with_what_changed(session):
    duty, other = make.actor("duty"), make.actor("duty")
    case = make.case(duty)
    seen = case.event_id
    cases.hold(other, case, {"until": (__import__("datetime").date(2099, 1, 1)), "reason": "等会商"})
    with pytest.raises(Conflict) as caught:
        cases.note(duty, case, {"text": "x"}, seen=seen)
    assert "缓办" in caught.value.changes[0]


def test_no_right_is_said_before_wrong_state(session):
    case = make.case()
    with pytest.raises(NotAllowed):
        ledger.perform(make.actor("reporter"), "case", case, "unarchive", {"reason": "想看看"})
    with pytest.raises(NotPossible):
        ledger.perform(make.actor("chief"), "case", case, "unarchive", {"reason": "想看看"})


def test_a_case_with_a_live_task_cannot_close_and_says_why(session):
    duty = make.actor("duty")
    case = make.case(duty)
    squad = make.team()
    make.task(duty, case, f"team:{squad.id}")
    with pytest.raises(NotPossible, match="任务没有结束"):
        cases.close(duty, case, {"resolution": "explained", "note": "解释清楚了"})


def test_merging_cancels_tasks_and_unmerging_brings_the_tips_back(session):
    duty = make.actor("duty")
    one, two = make.case(duty), make.case(duty)
    squad = make.team()
    task = make.task(duty, one, f"team:{squad.id}")
    cases.merge(duty, one, {"into": two.number, "reason": "同一处"})
    assert one.state == "merged" and one.merged_into_id == two.id and task.state == "cancelled"
    cases.unmerge(duty, one, {"reason": "不是同一处"})
    assert one.state == "open" and one.merged_into_id is None
