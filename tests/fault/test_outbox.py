"""What was promised happens once, however often it is tried and whatever is lost on the way."""

from __future__ import annotations

import email
import email.policy
import threading
from datetime import timedelta

import pytest
from rq import SimpleWorker
from sqlalchemy import func, select

from civic.jobs import queue, relay, sweeper, tasks
from civic.kit import clock
from civic.models import Notice, Outbox, Timer, db
from civic.notify import outbox
from tests import factories as make


@pytest.fixture
def world(committed):
    with committed.app_context():
        yield committed
        db.session.remove()


def _promise(n: int = 1) -> None:
    case = make.case()
    db.session.query(Outbox).delete()
    for i in range(n):
        outbox.tell(f"test:{i}", "role:duty", "case.reopen", {"object": str(case.id)})
    db.session.commit()


def _count(model: type, *where: object) -> int:
    return db.session.scalar(select(func.count()).select_from(model).where(*where)) or 0


def _work(app: object) -> None:
    target = queue.queue(app.config["CIVIC"].redis_url)
    SimpleWorker([target], connection=target.connection).work(burst=True, logging_level="ERROR")
    db.session.rollback()


@pytest.mark.promise("R3")
def test_a_message_run_five_times_at_once_reaches_the_person_once(world):
    _promise()
    row_id = db.session.scalar(select(Outbox.id))
    settings = world.config["CIVIC"]

    def run() -> None:
        with world.app_context():
            tasks.run(row_id, settings)
            db.session.remove()
    threads = [threading.Thread(target=run) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert tasks.run(row_id, settings) == "nothing to do"
    assert _count(Notice) == 1 and _count(Outbox, Outbox.state == "sent") == 1


@pytest.mark.promise("R2")
def test_a_flushed_queue_loses_nothing(world, redis):
    _promise(3)
    target = queue.queue(world.config["CIVIC"].redis_url)
    assert relay.relay(target) == 3
    redis.flushdb()
    _work(world)
    assert _count(Notice) == 0
    db.session.execute(Outbox.__table__.update().values(next_try_at=clock.now() - timedelta(minutes=3)))
    db.session.commit()
    assert relay.reclaim() == 3
    assert relay.relay(target) == 3
    _work(world)
    assert _count(Notice) == 3


@pytest.mark.promise("R2")
def test_with_the_queue_down_the_move_is_done_and_the_message_waits(world):
    _promise()
    away = queue.queue("redis://127.0.0.1:1/0")
    assert relay.relay(away) == 0
    assert _count(Outbox, Outbox.state == "waiting") == 1


@pytest.mark.promise("R5")
def test_a_poisoned_message_is_tried_five_times_and_then_shown_to_a_person(world):
    _promise()
    row = db.session.scalar(select(Outbox))
    row.template, row.payload = "case.reopen", {"object": "no such thing"}
    db.session.commit()
    row_id = row.id
    for _ in range(tasks.MAX_TRIES):
        tasks.run(row_id, world.config["CIVIC"])
    row = db.session.get(Outbox, row_id)
    assert row.state == "dead" and "ValueError" in row.error
    tasks.retry(row_id)
    assert db.session.get(Outbox, row_id).state == "waiting"


@pytest.mark.promise("R3")
def test_a_message_is_promised_once_per_person_and_event(world):
    _promise()
    _ = [outbox.tell("test:0", "role:duty", "case.reopen", {}) for _ in range(3)]
    assert _count(Outbox) == 1


def test_the_clock_lapses_an_offer_nobody_took_and_tells_the_desk(world):
    duty = make.actor("duty")
    case, squad = make.case(duty), make.team()
    task = make.task(duty, case, f"team:{squad.id}")
    db.session.execute(Timer.__table__.update().where(Timer.object_id == task.id).values(due_at=clock.now()))
    db.session.commit()
    sweeper.sweep()
    db.session.refresh(task)
    assert task.state == "declined" and task.end_reason == "no_answer"
    assert _count(Outbox, Outbox.template == "assignment.lapse") == 1
    assert sweeper.sweep() == 0


def test_a_timer_of_what_already_ended_does_nothing(world):
    duty = make.actor("duty")
    case, squad = make.case(duty), make.team()
    task = make.task(duty, case, f"team:{squad.id}")
    from civic.cases import tasks as work
    work.cancel(duty, task, {"reason": "不用了"})
    db.session.commit()
    assert _count(Timer, Timer.object_id == task.id, Timer.cancelled_at.is_(None)) == 0


def test_a_mail_goes_to_a_file_in_development_without_a_word_of_the_tip(world):
    user = make.user("duty")
    user.email = "duty@example.org"
    case = make.case(title="菜场后巷垃圾秘密标题")
    number = case.number
    db.session.query(Outbox).delete()
    outbox.tell("m", f"user:{user.id}", "case.reopen", {"object": str(case.id)})
    db.session.commit()
    target = queue.queue(world.config["CIVIC"].redis_url)
    for _ in range(2):
        relay.relay(target)
        _work(world)
    letters = list((world.config["CIVIC"].var_dir / "mail").glob("*.eml"))
    assert len(letters) == 1
    letter = email.message_from_bytes(letters[0].read_bytes(), policy=email.policy.default)
    assert number in letter["Subject"] and "秘密标题" not in letter.get_content() + letter["Subject"]
