"""What keeps coming back 顽疾: found when the third case of a kind closes in one place within 90 days (R42)."""

from __future__ import annotations

import uuid
from datetime import datetime

from sqlalchemy import func, select

from civic import ledger
from civic.kit.text import clean
from civic.ledger import facts_after
from civic.models import Case, Stubborn, StubbornCase, db


def after_closing(case: Case, moment: datetime, root_cause: str = "") -> Stubborn | None:
    """Opens or extends the record of a problem that has come back; None when nothing has."""
    held = _records([case])
    if case.resolution in facts_after.NOT_A_PROBLEM or not case.category or (case.point is None and not case.named_party):
        found: list[Case] = []
    else:
        found = list(db.session.scalars(select(Case).where(facts_after.closed_alike(case, moment))))
    if not held and len(found) < facts_after.RECURS - 1:
        return None
    record = held or _records(found) or _new(case, moment)
    for one in (case, *found):
        link = db.session.get(StubbornCase, (record.id, one.id))
        if link is None:
            link = StubbornCase(stubborn_id=record.id, case_id=one.id, root_cause="")
            db.session.add(link)
        if one.id == case.id and root_cause:
            link.root_cause = clean(root_cause)
    db.session.flush()
    record.cases = db.session.scalar(select(func.count()).select_from(StubbornCase).where(
        StubbornCase.stubborn_id == record.id)) or 0
    return record


def _records(cases: list[Case]) -> Stubborn | None:
    return db.session.scalar(select(Stubborn).join(StubbornCase, StubbornCase.stubborn_id == Stubborn.id).where(
        StubbornCase.case_id.in_([case.id for case in cases])).order_by(Stubborn.found_at.desc()).limit(1))


def _new(case: Case, moment: datetime) -> Stubborn:
    record = ledger.new(Stubborn, category=case.category, town=case.town, point=case.point, found_at=moment, cases=0,
                        subject=None if case.point is not None else case.named_party, theme="proposed", theme_note="",
                        is_demo=case.is_demo)
    db.session.add(record)
    db.session.flush()
    return record


def of_case(case: Case) -> tuple[Stubborn, str] | None:
    """The record a case belongs to, and the root cause its closing named."""
    row = db.session.execute(select(Stubborn, StubbornCase.root_cause).join(
        StubbornCase, StubbornCase.stubborn_id == Stubborn.id).where(StubbornCase.case_id == case.id).limit(1)).first()
    return (row[0], row[1]) if row else None


def find(key: uuid.UUID) -> Stubborn | None:
    return db.session.get(Stubborn, key)
