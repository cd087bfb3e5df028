"""Keeps cases sorted into areas: what changed every minute, everything after areas changed. One process at a time."""

from __future__ import annotations

from civic.models import db
from civic.places import assign

PERIOD = 60.0
"""Seconds."""


def work() -> int:
    """Sorts what is new; returns how many cases were looked at."""
    done = assign.run()
    db.session.commit()
    return done or 0
