"""The morning message to the officers: what is late, due today and due in two working days. Once a day, never at night."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from civic.departments import queries, roster
from civic.kit import clock
from civic.models import Outbox, db
from civic.notify import outbox
from civic.reference import calendars

PERIOD = 600.0
"""Seconds between two looks; the key in the outbox keeps it to one message a day."""
FROM, TO = 8, 20
"""Hours, on the wall, between which it may go out."""
TEMPLATE = "portal.digest"


def _key(department: str, moment: datetime) -> str:
    return f"digest:{department}:{clock.local(moment):%Y-%m-%d}"


def work() -> int:
    """Promises today's message for every unit that has something to do and has had none today; returns how many.

    To those on duty who have an account; on a working day without any, to all accounts of the unit. On days off only
    who is on duty is disturbed.
    """
    now = clock.now()
    if not FROM <= clock.local(now).hour < TO:
        return 0
    units = queries.departments_to_remind()
    had = set(db.session.scalars(select(Outbox.key).where(Outbox.key.in_([_key(code, now) for code in units]))))
    on, workday, sent = roster.on_duty_all(now), calendars.current().is_workday(clock.local(now).date()), 0
    for code in units:
        if _key(code, now) in had:
            continue
        people = dict.fromkeys(f"user:{one.user_id}" for one in on.get(code, ()) if one.user_id)
        recipients = list(people) or ([f"department:{code}"] if workday else [])
        found = queries.digest(code)
        if found.empty or not recipients:
            continue
        payload = {"overdue": len(found.overdue), "today": len(found.today), "soon": len(found.soon),
                   "unsigned": len(found.unsigned)}
        for number, recipient in enumerate(recipients):
            outbox.tell(_key(code, now) + (f":{number}" if number else ""), recipient, TEMPLATE, payload)
        sent += 1
    db.session.commit()
    return sent
