"""One connection of this process for tiles that are made without a request: nothing is begun on it, nothing committed.

What a request pays for around a statement of half a millisecond (a session, its transaction, the question whether the
connection still lives) is twice the statement. Whoever finds the line in use goes the whole way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Any, TypeVar

from flask import Flask
from psycopg import Error
from sqlalchemy.exc import SQLAlchemyError

from civic.cases.tile_read import SETTINGS
from civic.cases.tile_store import Ask as Ask
from civic.models import db

T = TypeVar("T")


class Line:
    """Opened when it is first asked, and opened again after it broke."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self._held: Any = None
        self._busy = Lock()

    def lend(self, use: Callable[[Ask], T]) -> T | None:
        """What `use` makes of the line; None when it is in use, or broke."""
        if not self._busy.acquire(blocking=False):
            return None
        try:
            with self.app.app_context():
                return use(self._ask)
        except (Error, SQLAlchemyError):
            self.close()
            return None
        finally:
            self._busy.release()

    def _ask(self, statement: str, values: Mapping[str, Any]) -> Sequence[Any]:
        if self._held is None:
            lent = db.engine.raw_connection()
            self._held = lent.driver_connection
            lent.detach()  # not one of the pool's any more
            self._held.autocommit = True
            self._held.execute("; ".join(f"SET {name} = {value}" for name, value in SETTINGS.items()))
        row: Sequence[Any] = self._held.execute(statement, values).fetchone()
        return row

    def close(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held.close()
