"""Whether the typhoon and flood mode runs (R43): kept per application until it is switched, so that every page may ask."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from civic.models import TyphoonMode, db
from civic.reference.version import Cached


@dataclass(frozen=True, slots=True)
class Mode:
    """The mode that runs now: its name (台风「…」应急), what the public reads, since when."""

    id: uuid.UUID
    name: str
    notice: str
    started_at: datetime


def _load() -> Mode | None:
    row = db.session.scalar(select(TyphoonMode).where(TyphoonMode.ended_at.is_(None)))
    return Mode(row.id, row.name, row.notice, row.started_at) if row else None


_mode = Cached("typhoon", _load)


def current() -> Mode | None:
    """The mode that runs, or None."""
    return _mode.get()
