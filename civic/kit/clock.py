"""The only "now" of the project: aware UTC inside, Asia/Shanghai at the edges."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

TZ = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present moment as an aware UTC datetime."""
    return datetime.now(UTC)


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
