"""The outbox: a row written in the caller's transaction is a promise that the message or job will happen (R1–R3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from civic.access import shifts
from civic.kit import clock
from civic.kit.ids import uuid7
from civic.models import Outbox, db


def tell(key: str, recipient: str, template: str, payload: Mapping[str, Any]) -> None:
    """Promises one message to one recipient; a second promise under the same key changes nothing.

    `recipient` is user:<id>, role:<grant>, department:<code>, team:<id>, tip:<id> or supervisor. The payload holds
    numbers, states and links only, never words of a tip or contact data (S15).
    """
    _write(key, "message", recipient, template, payload)


def steer(key: str, recipient: str, template: str, payload: Mapping[str, Any]) -> list[str]:
    """Promises a message to those of a role or squad whom it reaches now (`access.shifts`); gives their names.

    Each person gets it once under `key`, whatever further name of theirs it is promised to.
    """
    found = shifts.route(recipient)
    for name in found:
        tell(key if name == recipient else f"{key}>{name}", name, template, payload)
    return found


def job(key: str, task: str, payload: Mapping[str, Any]) -> None:
    """Promises one run of a background task by its registered name."""
    _write(key, "job", task, "", payload)


def _write(key: str, kind: str, recipient: str, template: str, payload: Mapping[str, Any]) -> None:
    moment = clock.now()
    db.session.execute(insert(Outbox).values(
        id=uuid7(), created_at=moment, key=key, kind=kind, channel="inbox", recipient=recipient, template=template,
        payload=dict(payload), state="waiting", tries=0, next_try_at=moment,
    ).on_conflict_do_nothing(index_elements=["key"]))
