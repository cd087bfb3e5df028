"""The checklists of the three reviews: what the next signature ticks, and the lines the administrator added."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, select

from civic import ledger
from civic.access.actor import Actor
from civic.kit import text
from civic.kit.result import Invalid, NotAllowed, NotFound
from civic.ledger import facts_story
from civic.models import CheckItem, Coverage, Signature, Version, db
from civic.workflow.reviewing import CHECKS, TOPICS, Check

LABEL = 80
MOST = 20
"""Lines of its own a county may have per level: a list nobody reads checks nothing."""


def next_level(story: Coverage) -> int:
    """The level the next signature is for; 4 when all are there."""
    taken = set(db.session.scalars(select(Signature.level).join(Version, Version.id == Signature.version_id).where(
        Version.coverage_id == story.id, Version.number == story.version, Signature.voided_at.is_(None))))
    return next(level for level in (1, 2, 3, 4) if level not in taken)


def of_story(story: Coverage) -> tuple[Check, ...]:
    """What is ticked with the next signature."""
    return facts_story.checklist(min(next_level(story), 3))


def ticked(story: Coverage) -> dict[str, list[str]]:
    """The whole checklist of the next signature as its form would send it; for the demo and for tests."""
    return {"checked": [item.code for item in of_story(story)]}


def ours(level: int) -> tuple[Check, ...]:
    """The lines that come with the product: they cannot be taken away."""
    return tuple(item for item in CHECKS if item.level == level)


def added() -> list[CheckItem]:
    """What the administrator added, also what is switched off, in the order it was added."""
    return list(db.session.scalars(select(CheckItem).order_by(CheckItem.level, CheckItem.id)))


def _administrator(actor: Actor) -> None:
    if "admin" not in actor.grants:
        raise NotAllowed()


def add(actor: Actor, data: Mapping[str, Any]) -> CheckItem:
    """Adds a line: `level` 1 to 3, `topic`, `label`. Signatures given before keep what they were given with."""
    _administrator(actor)
    level, topic = str(data.get("level") or ""), str(data.get("topic") or "")
    label = " ".join(text.clean(str(data.get("label") or "")).split())
    errors = {}
    if level not in ("1", "2", "3"):
        errors["level"] = "请选哪一审。"
    if topic not in TOPICS:
        errors["topic"] = "请选是哪一类。"
    if not 4 <= len(label) <= LABEL:
        errors["label"] = f"4 到 {LABEL} 字，现在 {len(label)} 字。"
    if not errors and label in {item.label for item in ours(int(level))}:
        errors["label"] = "已经有这一项。"
    if errors:
        raise Invalid(errors)
    old = db.session.scalar(select(CheckItem).where(CheckItem.level == int(level), CheckItem.label == label))
    if old is not None:
        if old.active:
            raise Invalid({"label": "已经有这一项。"})
        old.active = True
        return old
    running = db.session.scalar(select(func.count()).select_from(CheckItem).where(CheckItem.level == int(level), CheckItem.active))
    if int(running or 0) >= MOST:
        raise Invalid({"label": f"每一审最多加 {MOST} 项。"})
    row = ledger.new(CheckItem, level=int(level), topic=topic, label=label, active=True, added_by=actor.user_id)
    db.session.add(row)
    db.session.flush()
    return row


def switch(actor: Actor, item_id: uuid.UUID, *, on: bool) -> CheckItem:
    """Takes an added line off the list, or puts it back; it stays in the record of signatures."""
    _administrator(actor)
    row = db.session.get(CheckItem, item_id)
    if row is None:
        raise NotFound()
    row.active = on
    return row
