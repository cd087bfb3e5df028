"""The only "now" of the project: aware UTC inside, Asia/Shanghai at the edges."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

TZ = ZoneInfo("Asia/Shanghai")

_moment: ContextVar[datetime | None] = ContextVar("civic.clock", default=None)


def now() -> datetime:
    """The present moment as an aware UTC datetime."""
    return _moment.get() or datetime.now(UTC)


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Inside, `now` says `moment`, in this thread only. For the demonstration world and tests, which live through a year
    of past days; nothing else may call it (a house test sees to that). ValueError for a naive datetime.
    """
    if moment.tzinfo is None:
        raise ValueError("naive datetime")
    token = _moment.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _moment.reset(token)


def local(moment: datetime) -> datetime:
    """The same moment on a Shanghai wall clock; ValueError for a naive datetime."""
    if moment.tzinfo is None:
        raise ValueError("naive datetime")
    return moment.astimezone(TZ)


def from_local(naive: datetime) -> datetime:
    """The aware UTC moment of a naive Shanghai wall-clock time; ValueError when it already carries a zone.

    Wall-clock times skipped by the summer time of 1986-1991 move forward, repeated ones mean the first.
    """
    if naive.tzinfo is not None:
        raise ValueError("aware datetime")
    return naive.replace(tzinfo=TZ).astimezone(UTC)
