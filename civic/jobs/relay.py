"""Moves waiting outbox rows into the queue, and back when the queue lost them."""

from __future__ import annotations

import logging
from datetime import timedelta

from redis.exceptions import RedisError
from rq import Queue
from sqlalchemy import func, select, update

from civic.jobs.queue import push
from civic.kit import clock
from civic.models import Outbox, db

log = logging.getLogger("civic.jobs")
BATCH = 200
LOST_AFTER = timedelta(seconds=90)
"""A row queued for longer than this is taken as lost with the queue and sent again (R2, R4)."""
ALARM_AFTER = timedelta(minutes=5)


def relay(target: Queue) -> int:
    """Queues up to a batch of due rows; returns how many. When Redis is away they go back to waiting.

    They are marked and unlocked before the first is pushed: an idle worker is quicker than the rest of a batch, and a
    row it finds locked it leaves alone. Killed in between, the rows are as if the queue had lost them.
    """
    rows = db.session.scalars(select(Outbox).where(Outbox.state == "waiting", Outbox.next_try_at <= clock.now())
                              .order_by(Outbox.next_try_at).limit(BATCH).with_for_update(skip_locked=True)).all()
    batch = [(row.id, row.tries) for row in rows]
    for row in rows:
        row.state, row.next_try_at = "queued", clock.now()
    db.session.commit()
    sent = 0
    try:
        for row_id, tries in batch:
            push(target, row_id, tries)
            sent += 1
    except RedisError as error:
        log.warning("queue is away: %s", type(error).__name__)
        left = [row_id for row_id, _ in batch[sent:]]
        db.session.execute(update(Outbox).where(Outbox.id.in_(left), Outbox.state == "queued").values(state="waiting"))
        db.session.commit()
    return sent


def reclaim() -> int:
    """Puts rows back that were queued long ago and never sent; returns how many."""
    moved = db.session.execute(update(Outbox).where(
        Outbox.state == "queued", Outbox.next_try_at < clock.now() - LOST_AFTER)
        .values(state="waiting", tries=Outbox.tries + 1).returning(Outbox.id)).all()
    db.session.commit()
    return len(moved)


def lag() -> timedelta:
    """The age of the oldest row that should have been sent by now; zero when nothing waits (R6)."""
    oldest = db.session.scalar(select(func.min(Outbox.next_try_at)).where(Outbox.state.in_(("waiting", "queued"))))
    return max(clock.now() - oldest, timedelta(0)) if oldest else timedelta(0)


def dead() -> int:
    """How many rows a person must look at."""
    return db.session.scalar(select(func.count()).select_from(Outbox).where(Outbox.state == "dead")) or 0
