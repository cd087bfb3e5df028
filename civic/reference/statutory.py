"""Clocks fixed by law, shipped as data beside the classes: shown with their source, never used to shorten a term.

Two files of the same shape: the country's, and the county's own for local regulations (governance reference, 6).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Final

from civic.data import NATIONAL
from civic.reference import calendars, county
from civic.workflow.calendar import Term, WorkCalendar

FILE: Final = "statutory_clocks.csv"


@dataclass(frozen=True, slots=True)
class Statutory:
    """One term of the law: what must be done, counted from receipt or `after` another, and where it is written."""

    code: str
    matter: str
    categories: frozenset[str]
    clock: str
    after: str
    term: Term | None
    """None where the law says no number of days."""
    extension: Term | None
    source: str
    article: str
    note: str


@dataclass(frozen=True, slots=True)
class LegalDue:
    """A term of the law for one order: the last lawful moment when it is counted from the day the unit received it."""

    rule: Statutory
    start: datetime | None
    due: datetime | None
    provisional: bool = False


@lru_cache(maxsize=8)
def _read(path: Path) -> tuple[Statutory, ...]:
    if not path.exists():
        return ()
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(Statutory(
            row["code"], row["matter"], frozenset(filter(None, row["categories"].split(";"))), row["clock"], row["after"],
            Term.parse(row["term"]) if row["term"] else None, Term.parse(row["extension"]) if row["extension"] else None,
            row["source"], row["article"], row["note"]) for row in csv.DictReader(file))


def every() -> tuple[Statutory, ...]:
    """All terms, the country's first."""
    return (*_read(NATIONAL / FILE), *_read(county.current().folder / FILE))


def of(category: str | None) -> tuple[Statutory, ...]:
    """The terms that hold for a category of problem."""
    return tuple(row for row in every() if category and category in row.categories)


def dues(category: str | None, received: datetime | None) -> Sequence[LegalDue]:
    """The terms of a category with their last lawful moments; none without the moment the unit received it."""
    calendar, known, found = calendars.current(), dict[str, datetime](), list[LegalDue]()
    for row in of(category):
        start = known.get(row.after) if row.after else received
        due = _due(calendar, start, row)
        if due is not None:
            known[row.code] = due
        found.append(LegalDue(row, start, due, due is not None and calendar.is_provisional(calendar.local_day(due))))
    return found


def _due(calendar: WorkCalendar, start: datetime | None, row: Statutory) -> datetime | None:
    return calendar.add(start, row.term).at if start is not None and row.term is not None else None
