"""Which case lies in which area. Rows are closed and opened, never overwritten, so that yesterday can be told.

By the point where there is one; a town or village somebody wrote down counts where no true boundary says otherwise (a
nearest-centre cell is a guess and does not outvote a person). Only the newsroom reads these rows: what the public sees
of an area is worked out from public points (`civic.cases.public_filters`), promise S10.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select, text

from civic.kit import clock
from civic.models import AreaState, Case, Event, db

NAME = "areas"
BATCH = 5_000
LOCK = 7_304_412
"""Advisory lock: one sorting at a time."""
OVERLAP = 2_000
"""Events looked at twice, because one with a smaller number may be committed after one with a larger."""

_WANT = """
WITH batch AS (SELECT id, point, town, village FROM cases WHERE id = ANY(:ids)),
inside AS (
  SELECT b.id AS case_id, a.id AS area_id, a.kind FROM batch b JOIN areas a
    ON a.geom && b.point AND ST_Covers(a.geom, b.point)
  WHERE (a.valid_from IS NULL OR a.valid_from <= :today) AND (a.valid_to IS NULL OR a.valid_to > :today)
    AND (NOT a.approx OR (a.kind = 'town' AND b.town IS NULL) OR (a.kind = 'village' AND b.village IS NULL)
         OR a.kind NOT IN ('town', 'village'))),
want AS (
  SELECT case_id, area_id, 'point' AS basis FROM inside
  UNION ALL
  SELECT b.id, a.id, 'stated' FROM batch b JOIN areas a
    ON (a.kind = 'town' AND a.code = b.town) OR (a.kind = 'village' AND a.code = b.village)
  WHERE (a.valid_from IS NULL OR a.valid_from <= :today) AND (a.valid_to IS NULL OR a.valid_to > :today)
    AND NOT EXISTS (SELECT 1 FROM inside i WHERE i.case_id = b.id AND i.kind = a.kind))
"""
_CLOSE = """
UPDATE case_areas held SET to_at = :moment WHERE held.to_at IS NULL AND held.case_id = ANY(:ids) AND NOT EXISTS (
  SELECT 1 FROM want w WHERE w.case_id = held.case_id AND w.area_id = held.area_id AND w.basis = held.basis)
"""
_OPEN = """
INSERT INTO case_areas (case_id, area_id, basis, from_at)
SELECT w.case_id, w.area_id, w.basis, :moment FROM want w WHERE NOT EXISTS (
  SELECT 1 FROM case_areas held WHERE held.case_id = w.case_id AND held.area_id = w.area_id AND held.to_at IS NULL)
"""


def sort(ids: Sequence[uuid.UUID]) -> int:
    """Sorts these cases into the areas that hold today; how many rows were closed or opened. Flush only."""
    moment = clock.now()
    given: dict[str, Any] = {"ids": list(ids), "moment": moment, "today": clock.local(moment).date()}
    closed: Any = db.session.execute(text(_WANT + _CLOSE), given)
    opened: Any = db.session.execute(text(_WANT + _OPEN), given)
    return int(closed.rowcount + opened.rowcount)


def changed() -> None:
    """Says that areas changed: the next round of `run` looks at every case."""
    _state().changed_at = clock.now()
    db.session.flush()


def _state() -> AreaState:
    state = db.session.get(AreaState, NAME)
    if state is None:
        state = AreaState(name=NAME)
        db.session.add(state)
        db.session.flush()
    return state


def run(whole: bool = False) -> int | None:
    """Sorts what is new, or everything after areas changed or a new day turned one on or off. Commits batch by batch.

    How many cases were looked at; None when another process is at it. What is already right is left as it is, so a run
    that was cut off is simply run again.
    """
    if not _mine():
        db.session.rollback()
        return None
    state, moment = _state(), clock.now()
    newest = db.session.scalar(select(func.max(Event.id))) or 0
    changed_at, whole_at = state.changed_at, state.whole_at
    whole = whole or whole_at is None or bool(changed_at and changed_at >= whole_at) or (
        clock.local(whole_at).date() < clock.local(moment).date())
    done = _everything() if whole else _recent(state.upto)
    if done is not None:
        state = _state()
        state.upto, state.whole_at = newest, moment if whole else state.whole_at
    db.session.commit()
    return done


def _mine() -> bool:
    """Takes the lock until the next commit; False when another process has it."""
    return bool(db.session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))))


def _everything() -> int | None:
    last, done = uuid.UUID(int=0), 0
    while ids := db.session.scalars(select(Case.id).where(Case.id > last).order_by(Case.id).limit(BATCH)).all():
        sort(ids)
        db.session.commit()
        last, done = ids[-1], done + len(ids)
        if not _mine():
            return None
    return done


def _recent(upto: int) -> int:
    ids = list(db.session.scalars(select(Event.case_id).where(Event.id > upto - OVERLAP, Event.case_id.is_not(None)).distinct()))
    for first in range(0, len(ids), BATCH):
        sort([key for key in ids[first:first + BATCH] if key is not None])
    return len(ids)
