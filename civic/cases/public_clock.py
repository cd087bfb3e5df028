"""The clocks of a public case day by day, in words for everybody: no name, no question, nothing undecided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from civic.cases import clockrows, public_case
from civic.cases.clockrows import ClockRow
from civic.cases.public_shapes import Moved, Tombstone
from civic.kit import clock
from civic.ledger import clocks
from civic.models import Case, Referral, db
from civic.reference import lookup, statutory
from civic.reference.statutory import LegalDue
from civic.workflow.explain import Table


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the due date: what it was, what it became, and why. The first has no `before`."""

    at: datetime
    before: datetime | None
    after: datetime
    because: str


@dataclass(frozen=True, slots=True)
class OrderClocks:
    """One order's clocks, the table of the chosen one, and how its date came about."""

    number: str
    unit: str
    duty: str
    rows: tuple[ClockRow, ...]
    chosen: ClockRow | None
    table: Table | None
    steps: tuple[Step, ...]
    legal: tuple[LegalDue, ...]


@dataclass(frozen=True, slots=True)
class CaseClocks:
    """The clock page of a public case."""

    number: str
    title: str
    orders: tuple[OrderClocks, ...]
    fresh: datetime


def page(number: str, order: str = "", key: str = "") -> CaseClocks | Tombstone | Moved:
    """Every order of a public case with its clocks; `order` and `key` choose the clock that is told day by day."""
    found = public_case.row(number)
    if not isinstance(found, Case):
        return found
    moment = clock.now()
    orders = list(db.session.scalars(select(Referral).where(
        Referral.case_id == found.id, Referral.sent_at.is_not(None)).order_by(Referral.created_at)))
    names = clockrows.mode_names(orders)
    return CaseClocks(found.number, found.public_title or "", tuple(
        build(row, moment, names, key if row.number == order else "", public=True) for row in orders), moment)


def build(order: Referral, moment: datetime, names: dict[object, str], key: str = "", *, public: bool) -> OrderClocks:
    """The clocks of one order; without a known `key` the closing date is explained, before service that of signing."""
    rows = clockrows.rows(order, moment, public=public)
    known = [row for row in rows if row.term is not None and row.due is not None]
    chosen = next((row for row in known if row.key == key), known[0] if known else None)
    table = clockrows.table(chosen, order, moment, names) if chosen else None
    steps = tuple(Step(step.at, step.before, step.after, step.because) for step in clocks.due_history(order))
    return OrderClocks(order.number, lookup.department_name(order.department), order.duty, tuple(rows), chosen, table, steps,
                       tuple(statutory.dues(order.case.category, order.sent_at)))
