"""What happened to an order, as lines a department may read: the unit that acted, never the editor's or reporter's name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _

from civic.models import Event, Referral
from civic.reference import lookup
from civic.workflow import tables

UNITS = {"S": "督查室", "Y": "系统", "O": ""}
SAID = ("reason", "question", "text", "basis", "because")
"""Payload words written for the department to read."""
INSIDE = frozenset({"draft", "release", "discard"})
"""Moves inside the newsroom that are no part of what the department sees."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history."""

    when: datetime
    label: str
    who: str
    said: str
    before: datetime | None = None
    after: datetime | None = None


def lines(order: Referral, events: Sequence[Event]) -> list[Line]:
    labels = {move.command: move.label for move in tables.machine("referral").moves}
    found = []
    for event in events:
        if event.command in INSIDE:
            continue
        due: dict[str, Any] = event.payload.get("due") or {}
        found.append(Line(event.at, _(labels.get(event.command, event.command)), _who(order, event), _said(event),
                          _moment(due.get("from")), _moment(due.get("to"))))
    return found


def _who(order: Referral, event: Event) -> str:
    if event.actor_role == "O":
        return f"{lookup.department_name(order.department)} {event.actor_name}"
    return _(UNITS.get(event.actor_role, "融媒体中心"))


def _said(event: Event) -> str:
    words = [str(event.payload[name]) for name in SAID if event.payload.get(name)]
    if event.command == "ask_return" and event.payload.get("unit"):
        words.append(_("应由%(unit)s办理", unit=lookup.department_name(event.payload["unit"])))
    if event.command == "ask_extension" and event.payload.get("until"):
        words.append(_("延到 %(day)s", day=event.payload["until"]))
    return _("；").join(word.rstrip("。") for word in words)


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
