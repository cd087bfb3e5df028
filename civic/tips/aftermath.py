"""What the case page shows of the time after an answer: the citizens' word, calls, doubts, promises, looks back, recurrence."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from civic.cases import doubts, looks, recurrence, revisits
from civic.kit import clock
from civic.models import CallTry, Case, Media, Promise, Revisit, SecondLook, Stubborn, Urge, User, Verification, db
from civic.tips import calls


@dataclass(frozen=True, slots=True)
class Aftermath:
    """Rows for the newsroom; call notes are only for whoever may read tips."""

    word: str
    tries: Sequence[tuple[CallTry, str]]
    doubts: Sequence[SecondLook]
    promises: Sequence[tuple[Promise, str]]
    """Each with what it is today: running, broken, kept, settled."""
    revisits: Sequence[Revisit]
    stubborn: Stubborn | None
    root_cause: str
    urges: int
    pairs: Sequence[tuple[Verification, Sequence[str]]]
    """Visits with something wrong about their pictures, and what."""

    @property
    def empty(self) -> bool:
        return not (self.tries or self.doubts or self.promises or self.revisits or self.stubborn or self.urges or self.pairs)


def of(case: Case) -> Aftermath:
    """Everything after the answers of a case; about ten statements."""
    names = {row.id: row.name for row in db.session.execute(select(User.id, User.name).where(User.id.in_(
        select(CallTry.caller_id).where(CallTry.case_id == case.id))))}
    rows = db.session.scalars(select(CallTry).where(CallTry.case_id == case.id).order_by(CallTry.at))
    found = recurrence.of_case(case)
    return Aftermath(
        calls.citizens_word(case), [(row, names.get(row.caller_id, "")) for row in rows], doubts.of_case(case),
        _promises(case.id, clock.local(clock.now()).date()), revisits.waiting(case), found[0] if found else None,
        found[1] if found else "",
        db.session.scalar(select(func.count()).select_from(Urge).where(Urge.case_id == case.id)) or 0, _pairs(case.id))


def _promises(case_id: uuid.UUID, today: date) -> list[tuple[Promise, str]]:
    rows = db.session.scalars(select(Promise).where(Promise.case_id == case_id).order_by(Promise.due_on, Promise.stage))
    return [(row, "broken" if row.state == "running" and row.due_on < today else row.state) for row in rows]


def _pairs(case_id: uuid.UUID) -> list[tuple[Verification, Sequence[str]]]:
    checks = list(db.session.scalars(select(Verification).where(
        Verification.case_id == case_id, Verification.method == "on_site").order_by(Verification.verified_at)))
    counted = {(row.verification_id, row.phase): row.n for row in db.session.execute(select(
        Media.verification_id, Media.phase, func.count().label("n")).where(
        Media.verification_id.in_([check.id for check in checks])).group_by(Media.verification_id, Media.phase))}
    found = [(check, looks.warnings(check, counted.get((check.id, "before"), 0), counted.get((check.id, "after"), 0)))
             for check in checks]
    return [(check, said) for check, said in found if said]


def late_days(row: Promise) -> int:
    """How many days after its day a promise was kept."""
    judged: datetime | None = row.judged_at
    return max((clock.local(judged).date() - row.due_on).days, 0) if row.state == "kept" and judged else 0
