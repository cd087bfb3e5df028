"""The queue: RQ on the Redis protocol. Losing it loses nothing, for every job is an outbox row first (R2)."""

from __future__ import annotations

from typing import Any

from redis import Redis
from rq import Queue

from civic.kit.result import DomainError

NAME = "civic"
JOB_TIMEOUT = 120
"""Seconds one job may take."""


class QueueAway(DomainError):
    """Redis did not answer; the outbox keeps what was to be done."""

    default = "队列暂时连不上，事情已经记下，恢复后自动继续。"


def connect(url: str) -> Redis:
    """A client with short timeouts: a hanging queue must not hang us."""
    return Redis.from_url(url, socket_connect_timeout=2, socket_timeout=60)


def queue(url: str) -> Queue:
    """The one queue."""
    return Queue(NAME, connection=connect(url), default_timeout=JOB_TIMEOUT)


def push(target: Queue, outbox_id: Any, attempt: int) -> None:
    """Asks a worker to deliver an outbox row; the id keeps one attempt from being queued twice."""
    target.enqueue("civic.jobs.tasks.deliver", str(outbox_id), job_id=f"outbox-{outbox_id}-{attempt}",
                   result_ttl=60, failure_ttl=3600)
