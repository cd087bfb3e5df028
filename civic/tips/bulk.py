"""Declining many tips at once: each through the door on its own, so that one that cannot be declined stops no other."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from civic.access.actor import Actor
from civic.kit.result import DomainError
from civic.models import Tip, db
from civic.tips import operations
from civic.tips.desk import find

MOST = 100


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one tip: `why` says why it was not declined."""

    id: uuid.UUID
    number: str
    title: str
    done: bool
    why: str = ""


def decline(actor: Actor, wanted: Iterable[tuple[uuid.UUID, int | None]], reason: str, note: str = "") -> list[Outcome]:
    """Declines each tip by (id, last event seen) for one reason; at most `MOST`."""
    return [_one(actor, key, seen, {"reason": reason, "note": note}) for key, seen in list(wanted)[:MOST]]


def _one(actor: Actor, key: uuid.UUID, seen: int | None, data: dict[str, str]) -> Outcome:
    tip: Tip | None = None
    try:
        tip = find(actor, key)
        number, title = tip.number, tip.title or tip.text[:40]
        with db.session.begin_nested():
            operations.decline(actor, tip, data, seen)
    except DomainError as error:
        return Outcome(key, tip.number if tip else "", (tip.title or tip.text[:40]) if tip else "", False,
                       error.message)
    return Outcome(key, number, title, True)
