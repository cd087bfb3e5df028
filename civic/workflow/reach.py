"""When the figures of a release are read off its channel: on the first, third, seventh and thirtieth day. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

AGES = (1, 3, 7, 30)
"""Days after the release; a figure stands for one of them, so that like is compared with like."""
GRACE: Mapping[int, int] = {1: 1, 3: 2, 7: 3, 30: 7}
"""How many days later a figure may still be read and count for that age; the windows do not overlap."""
ASKED_KINDS = frozenset({"app", "article", "video", "social"})
"""Kinds of channel whose figures somebody is asked for; a broadcast has none to read off, what is internal no audience."""
STANDARD = 7
"""The age a release is compared at."""


def window(out_on: date, age: int) -> tuple[date, date]:
    """The first and last day on which a figure counts for that age."""
    first = out_on + timedelta(days=age)
    return first, first + timedelta(days=GRACE[age])


def age_of(out_on: date, read_on: date) -> int | None:
    """The age a figure read on that day stands for; None between two windows."""
    for age in AGES:
        first, last = window(out_on, age)
        if first <= read_on <= last:
            return age
    return None


def due(out_on: date, today: date) -> list[int]:
    """The ages whose window is open today."""
    return [age for age in AGES if window(out_on, age)[0] <= today <= window(out_on, age)[1]]


def missed(out_on: date, today: date) -> list[int]:
    """The ages whose window has passed."""
    return [age for age in AGES if window(out_on, age)[1] < today]
