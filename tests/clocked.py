"""The site as gunicorn runs it, with a clock that a test can move: for stories that take weeks.

Only the test's server imports this. The file named by ``CIVIC_TEST_CLOCK`` holds seconds to add to the time.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import time_machine

from civic import create_app


class Clocked:
    """A WSGI application that looks at the file before each request."""

    def __init__(self, file: Path) -> None:
        self.app, self.file, self.lock = create_app(), file, threading.Lock()
        self.ahead, self.travel = 0.0, None
        self.real = time.time

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        wanted = float(self.file.read_text() or 0) if self.file.exists() else 0.0
        with self.lock:
            if wanted != self.ahead:
                self._go(wanted - self.ahead)
                self.ahead = wanted
        return self.app(environ, start_response)

    def _go(self, seconds: float) -> None:
        """Moves the clock of the whole process by so many seconds; it goes on running."""
        target = datetime.now(UTC) + timedelta(seconds=seconds)
        if self.travel is not None:
            self.travel.stop()
        self.travel = time_machine.travel(target, tick=True)
        self.travel.start()


def site() -> Clocked:
    return Clocked(Path(os.environ["CIVIC_TEST_CLOCK"]))
