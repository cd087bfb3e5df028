"""R44: an emergency order is announced to whoever is on duty in the unit, by day and by night.

Without a roster it goes to the town's duty phone and the editor on duty, whose numbers the county has set. Messages
carry no phone and no word of the case (S15); the numbers stand on the order's page for those who must call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from civic.departments import roster
from civic.ledger import clocks
from civic.models import Referral, Shift, User, db
from civic.notify import outbox
from civic.reference import county


@dataclass(frozen=True, slots=True)
class Call:
    """Whom to call about an emergency: a person on the roster, or a number the county has set."""

    who: str
    phone: str
    on_roster: bool
    user_id: str = ""


def calls(order: Referral, moment: datetime) -> Sequence[Call]:
    """The people on duty in the unit at that moment; without any the town's duty phone and the editor on duty."""
    found = [Call(row.name, row.phone, True, str(row.user_id or "")) for row in roster.on_duty(order.department, moment)]
    if found:
        return found
    numbers = county.current().duty
    editor = db.session.scalar(select(User.name).join(Shift, Shift.user_id == User.id).where(
        Shift.kind == "duty", Shift.starts_at <= moment, Shift.ends_at > moment).order_by(Shift.starts_at.desc()).limit(1))
    return [Call("镇街值守电话", numbers.town_phone, False), Call(f"值班编辑{editor or ''}", numbers.editor_phone, False)]


def announce(order: Referral, moment: datetime, step: str) -> dict[str, Any]:
    """Promises the messages of one step (send, deem_served), each once, and says for the log who was told.

    Nothing for an order that is no emergency. Call it inside the move's `apply`: it is one transaction with it.
    """
    if not clocks.urgent(order):
        return {}
    told = calls(order, moment)
    payload = {"machine": "referral", "object": str(order.id), "command": "alert", "step": step}
    recipients = {f"user:{call.user_id}" for call in told if call.user_id} | {f"department:{order.department}"}
    if not any(call.on_roster for call in told):
        recipients |= {"role:duty", "role:chief"}
    elif not any(call.user_id for call in told):
        recipients.add("role:duty")  # somebody has to pick up the phone
    for recipient in sorted(recipients):
        outbox.tell(f"alert:{order.id}:{step}:{recipient}", recipient, "referral.alert", payload)
    return {"alerted": [call.who for call in told], "roster": any(call.on_roster for call in told)}
