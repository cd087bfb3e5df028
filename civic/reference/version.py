"""One mark for the state of all reference rows, so that what was built from them can be kept and known to be stale.

The mark is random, not a counter: a mark written by a transaction that was rolled back never comes back with other
data.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Final, Generic, TypeVar

from flask import current_app, g
from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from civic.kit.clock import now
from civic.models import CountySetting, db

KEY: Final = "reference.version"
FRESH_FOR: Final = 5.0
"""Seconds a mark read in one application context is trusted; a request is shorter, a long job looks again."""

T = TypeVar("T")


def read() -> str:
    """The mark as the database has it now; empty before anything was loaded."""
    value = db.session.scalar(select(CountySetting.value).where(CountySetting.key == KEY))
    return str(value or "")


def mark() -> str:
    """The mark, read at most every few seconds within one application context."""
    held: tuple[float, str] | None = g.get("reference_mark")
    if held is None or time.monotonic() - held[0] > FRESH_FOR:
        held = (time.monotonic(), read())
        g.reference_mark = held
    return held[1]


def lock() -> None:
    """Wait until no other transaction is changing reference rows, and keep others waiting until this one ends."""
    db.session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": KEY})


def bump() -> str:
    """Note that reference rows changed, in the transaction that changes them."""
    value = secrets.token_hex(8)
    put(KEY, value)
    g.pop("reference_mark", None)
    return value


def put(key: str, value: object, by: object = None) -> None:
    """Insert or overwrite one setting row."""
    row = {"value": value, "updated_at": now(), "updated_by": by}
    statement = insert(CountySetting).values(key=key, **row)
    db.session.execute(statement.on_conflict_do_update(index_elements=[CountySetting.key], set_=row))


class Cached(Generic[T]):
    """A value built from reference rows, kept per application until the mark changes."""

    def __init__(self, name: str, build: Callable[[], T]) -> None:
        self.name = name
        self.build = build

    def get(self) -> T:
        now_mark = mark()
        kept: dict[str, tuple[str, T]] = current_app.extensions.setdefault("civic.reference", {})
        held = kept.get(self.name)
        if held is not None and held[0] == now_mark:
            return held[1]
        value = self.build()
        if now_mark:
            kept[self.name] = (now_mark, value)
        return value
