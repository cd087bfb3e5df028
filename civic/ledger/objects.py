"""Where each machine's state lives: model, state column, stale-check column, stream and case.

``listing`` is no machine of cases and orders: its table of moves is with the figures (`insight.listing_moves`).
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from civic.kit.result import NotFound
from civic.models import Assignment, Case, Coverage, ListEntry, Publication, Referral, Tip, db


@dataclass(frozen=True, slots=True)
class Kind:
    """One machine's row kind."""

    machine: str
    model: type[Any]
    state: str = "state"
    event: str = "event_id"


KINDS = {kind.machine: kind for kind in (
    Kind("tip", Tip), Kind("case", Case), Kind("exposure", Case, "exposure", "exposure_event_id"),
    Kind("assignment", Assignment), Kind("referral", Referral), Kind("coverage", Coverage),
    Kind("publication", Publication), Kind("listing", ListEntry),
)}


def load(machine: str, object_id: uuid.UUID) -> Any:
    """The row of a machine by id; NotFound for an unknown machine or row."""
    kind = KINDS.get(machine)
    obj = db.session.get(kind.model, object_id) if kind else None
    if obj is None:
        raise NotFound()
    return obj


def state_of(machine: str, obj: Any) -> str:
    return str(getattr(obj, KINDS[machine].state) or "")


def case_id_of(machine: str, obj: Any) -> uuid.UUID | None:
    """The case an object belongs to, if any."""
    if machine in ("case", "exposure"):
        return obj.id
    if machine == "publication":
        return db.session.get_one(Coverage, obj.coverage_id).case_id
    return obj.case_id


def stream_of(machine: str, obj: Any) -> str:
    """The chain an event goes into: one a case for the case and its orders and tasks, one a tip, one a story."""
    if machine == "tip":
        return f"tip:{obj.id}"
    if machine == "coverage":
        return f"coverage:{obj.id}"
    if machine == "publication":
        return f"coverage:{obj.coverage_id}"
    case_id = case_id_of(machine, obj)
    return f"case:{case_id}" if case_id else f"{machine}:{obj.id}"
