"""Keeps the figures fresh: what changed every few minutes, everything once a day. One process at a time."""

from __future__ import annotations

from civic.insight import effect_refresh, history, refresh
from civic.models import db

PERIOD = 300.0
"""Seconds; the pages say as of when they are."""


def work(whole: bool = False) -> int:
    """Works out what changed; returns how many cases were looked at."""
    done = refresh.run(whole)
    history.refresh_stale()
    if effect_refresh.stale():
        effect_refresh.run()
    db.session.commit()
    return done.cases if done else 0
