"""The scheduler process: relays the outbox every second, sweeps timers, and does the daily work."""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType

from flask import Flask
from sqlalchemy.exc import OperationalError

from civic.cases import promises, revisits, tile_store
from civic.departments import recount, typhoon
from civic.files import unclaimed
from civic.insight import listings
from civic.jobs import areas, bundle, digest, figures, queue, relay, sweeper
from civic.kit import fault
from civic.models import db
from civic.newsroom import crewday, drafts, followups
from civic.tips import retention

log = logging.getLogger("civic.jobs")
BEAT = 1.0
"""Seconds between two looks at the outbox."""


class Every:
    """Runs an action when its period (seconds) has passed."""

    def __init__(self, period: float, action: Callable[[], object]) -> None:
        self.period, self.action, self.next_at = period, action, 0.0

    def tick(self, moment: float) -> None:
        if moment >= self.next_at:
            self.next_at = moment + self.period
            self.action()


def run(app: Flask, stop: threading.Event | None = None) -> None:
    """Runs until told to stop. A database or queue that is away is waited for."""
    stop = stop or threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
    target = queue.queue(app.config["CIVIC"].redis_url)
    beats = (Every(BEAT, lambda: relay.relay(target)), Every(15, relay.reclaim), Every(5, sweeper.sweep), Every(2, tile_store.work),
             Every(300, sweeper.end_holds), Every(300, promises.break_due), Every(300, revisits.work), Every(300, followups.work),
             Every(300, recount.recount_all), Every(60, typhoon.keep), Every(figures.PERIOD, figures.work),
             Every(areas.PERIOD, areas.work), Every(figures.PERIOD, listings.tick),
             Every(3600, sweeper.forget_nonces), Every(21_600, drafts.forget), Every(3600, retention.erase),
             Every(digest.PERIOD, digest.work), Every(3600, bundle.clean),
             Every(crewday.PERIOD, crewday.work), Every(21_600, unclaimed.remove))
    with app.app_context():
        while not stop.is_set():
            beat(beats)
            stop.wait(BEAT)


def beat(beats: tuple[Every, ...]) -> None:
    """One round; an error of one action does not stop the others."""
    for item in beats:
        try:
            item.tick(time.monotonic())
        except OperationalError as error:
            log.error("database is away: %s", type(error.orig).__name__)
        except Exception as error:
            log.error("scheduled action failed: %s", fault.where(error))
        finally:
            db.session.remove()
