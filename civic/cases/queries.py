"""Lists of cases for the newsroom: filters from the address, pages by key, a fixed number of statements."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_

from civic.access import scope
from civic.access.actor import Actor
from civic.kit import clock, keyset, text
from civic.models import Case, Pause, Referral, db
from civic.reference import lookup
from civic.workflow import labels
from civic.workflow.case import GRADES
from civic.workflow.exposure import STATES as EXPOSURES

PAGE = 30
FACETS = ("stage", "town", "group", "grade", "exposure")
COLUMNS: Mapping[str, Any] = {
    "stage": Case.stage, "town": Case.town, "group": Case.category, "grade": Case.grade, "exposure": Case.exposure}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of cases is narrowed to; what is not known is dropped, not an error. `group` is a first-level
    category."""

    stage: str = ""
    town: str = ""
    group: str = ""
    category: str = ""
    grade: str = ""
    exposure: str = ""
    late: bool = False
    words: str = ""
    after: str = ""

    @classmethod
    def read(cls, args: Mapping[str, str]) -> Filters:
        """From the query string of a page."""
        def known(name: str, among: Any) -> str:
            return args.get(name, "") if args.get(name, "") in among else ""
        return cls(
            known("stage", labels.STAGES), known("town", {row.code for row in lookup.towns()}),
            known("group", lookup.category_tree()), known("category", {row.code for row in lookup.categories()}),
            known("grade", dict(GRADES)), known("exposure", EXPOSURES), args.get("late") == "1",
            text.clean(args.get("q", ""))[:100], args.get("after", ""))

    @property
    def any(self) -> bool:
        return any((self.stage, self.town, self.group, self.category, self.grade, self.exposure, self.late, self.words))


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in a list of the newsroom. `who` names the departments that have it, if they do."""

    id: uuid.UUID
    number: str
    title: str
    category: str
    town: str
    stage: str
    outcome: str
    grade: str
    exposure: str
    ball: str
    who: str
    due_at: datetime | None
    late: str
    news: str
    tips: int
    supports: int
    opened_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class CaseList:
    """A page of cases, how many there are, and how many each other choice would give."""

    rows: Sequence[CaseRow]
    total: int
    late: int
    facets: Mapping[str, Mapping[str, int]]
    next_key: str
    fresh: datetime


def clauses(filters: Filters, moment: datetime) -> dict[str, ColumnElement[bool]]:
    """One clause a filter that is on, by its name."""
    found: dict[str, ColumnElement[bool]] = {}
    for name in ("stage", "town", "grade", "exposure"):
        if value := getattr(filters, name):
            found[name] = COLUMNS[name] == value
    if filters.group:
        found["group"] = Case.category.in_([row.code for row in lookup.category_tree().get(filters.group, ())])
    if filters.category:
        found["category"] = Case.category == filters.category
    if filters.late:
        found["late"] = _is_late(moment)
    if filters.words:
        found["words"] = matching(filters.words)
    return found


def matching(words: str) -> ColumnElement[bool]:
    """Cases that hold every word, or whose number begins so."""
    number = Case.number.startswith(words.strip().upper(), autoescape=True)
    query = text.search_query(words)
    return or_(number, Case.search_vector.op("@@")(func.to_tsquery("simple", query))) if query else number


def _is_late(moment: datetime) -> ColumnElement[bool]:
    return and_(Case.state == "open", Case.due_at < moment)


def listing(actor: Actor, filters: Filters) -> CaseList:
    """The cases this person may see, latest change first."""
    moment = clock.now()
    on = clauses(filters, moment)
    mine = scope.cases(actor)
    facets = {name: _facet(name, [mine, *(clause for key, clause in on.items() if key != name)])
              for name in FACETS}
    total, late = db.session.execute(select(func.count(), func.count().filter(_is_late(moment))).select_from(
        Case).where(mine, *on.values())).one()
    chosen = select(*_COLUMNS).where(mine, *on.values())
    last = keyset.read(filters.after)
    if last is not None:
        chosen = chosen.where(tuple_(Case.updated_at, Case.id) < last)
    found = db.session.execute(chosen.order_by(Case.updated_at.desc(), Case.id.desc()).limit(PAGE + 1)).all()
    shown = found[:PAGE]
    units = _units([row.id for row in shown])
    next_key = keyset.write(shown[-1].updated_at, shown[-1].id) if len(found) > PAGE else ""
    return CaseList([_row(row, units, moment) for row in shown], total, late, facets, next_key, moment)


def _facet(name: str, clauses: Sequence[ColumnElement[bool]]) -> dict[str, int]:
    column = COLUMNS[name]
    counts = {key or "": count for key, count in db.session.execute(
        select(column, func.count()).where(*clauses).group_by(column))}
    if name != "group":
        return counts
    groups: dict[str, int] = {}
    for group, rows in lookup.category_tree().items():
        groups[group] = sum(counts.get(row.code, 0) for row in rows)
    return groups


def _units(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """The departments that have the move, by case, the one due first in front."""
    running = select(Pause.id).where(Pause.referral_id == Referral.id, Pause.ended_at.is_(None)).exists()
    rows = db.session.execute(select(Referral.case_id, Referral.department).join(
        Case, and_(Case.id == Referral.case_id, Case.round == Referral.round)).where(
        Referral.case_id.in_(ids), Referral.state.in_(labels.RUNNING_REFERRAL), ~running).order_by(
        func.coalesce(Referral.due_at, Referral.sign_due_at)))
    found: dict[uuid.UUID, list[str]] = {}
    for case_id, department in rows:
        found.setdefault(case_id, []).append(lookup.department_name(department))
    return {key: "、".join(names) for key, names in found.items()}


_COLUMNS = (
    Case.id, Case.number, Case.title, Case.category, Case.town, Case.state, Case.stage, Case.resolution, Case.grade,
    Case.exposure, Case.ball, Case.due_at, Case.news, Case.tip_count, Case.support_count, Case.opened_at,
    Case.updated_at)


def _row(row: Any, units: Mapping[uuid.UUID, str], moment: datetime) -> CaseRow:
    late = "overdue" if row.state == "open" and row.due_at and row.due_at < moment else "none"
    return CaseRow(
        row.id, row.number, row.title, lookup.category_name(row.category), lookup.town_name(row.town), row.stage,
        row.resolution or "", row.grade, row.exposure, row.ball, units.get(row.id, ""), row.due_at, late, row.news,
        row.tip_count, row.support_count, row.opened_at, row.updated_at)


@dataclass(frozen=True, slots=True)
class Found:
    """A case somebody may have meant."""

    id: uuid.UUID
    number: str
    title: str
    town: str
    state: str


def look_up(actor: Actor, words: str, *, only_open: bool = False, limit: int = 8) -> list[Found]:
    """Cases by number or words, for the case field of a form; the latest first."""
    asked = text.clean(words)[:100]
    if not asked:
        return []
    clauses = [scope.cases(actor), matching(asked), *([Case.state == "open"] if only_open else [])]
    rows = db.session.execute(select(Case.id, Case.number, Case.title, Case.town, Case.state).where(*clauses)
                              .order_by(Case.updated_at.desc(), Case.id).limit(limit))
    return [Found(row.id, row.number, row.title, lookup.town_name(row.town), row.state) for row in rows]
