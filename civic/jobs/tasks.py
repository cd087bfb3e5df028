"""What a worker runs: one outbox row, delivered at most once to people however often it is run."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import timedelta

from flask import current_app
from sqlalchemy import select

import config
from civic.jobs import registry
from civic.kit import clock, fault
from civic.models import Outbox, db
from civic.notify import deliver as notify

log = logging.getLogger("civic.jobs")
MAX_TRIES = 5
WAITS = (10, 60, 300, 1800, 7200)
"""Seconds before the next try after each failure (R5)."""


def deliver(outbox_id: str) -> str:
    """Entry point for RQ, inside the worker's application context: delivers one row with a session of its own."""
    try:
        return run(uuid.UUID(outbox_id), current_app.config["CIVIC"])
    finally:
        db.session.remove()


def run(outbox_id: uuid.UUID, settings: config.Settings) -> str:
    """Delivers one row: locked, so that the same row run five times at once has one effect. Returns its state."""
    row = db.session.scalar(select(Outbox).where(Outbox.id == outbox_id).with_for_update(skip_locked=True))
    if row is None or row.state in ("sent", "dead"):
        db.session.rollback()
        return "nothing to do"
    try:
        with db.session.begin_nested():
            _handler(row)(row, settings)
    except Exception as error:  # whatever a channel raises must be retried, then shown to a person
        log.warning("outbox %s failed: %s", row.id, type(error).__name__)
        _later(row, error)
    else:
        row.state, row.sent_at, row.error = "sent", clock.now(), None
    state = row.state
    db.session.commit()
    return state


def _handler(row: Outbox) -> Callable[[Outbox, config.Settings], None]:
    return notify.message if row.kind == "message" else registry.TASKS[row.recipient]


def _later(row: Outbox, error: Exception) -> None:
    row.tries += 1
    row.error = fault.brief(error)
    if row.tries >= MAX_TRIES:
        row.state = "dead"
    else:
        row.state = "waiting"
        row.next_try_at = clock.now() + timedelta(seconds=WAITS[row.tries - 1])


def retry(outbox_id: uuid.UUID) -> None:
    """Gives a dead row another life; a person asked for it."""
    row = db.session.get_one(Outbox, outbox_id)
    row.state, row.tries, row.next_try_at = "waiting", 0, clock.now()
