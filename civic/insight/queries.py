"""Counts, lengths and lists for the figures: aggregated in SQL, a fixed number of statements a page.

The clause of a count (`counts`) makes the number and the list behind it, so the two cannot differ.
"""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, select, tuple_

from civic.access import scope as access
from civic.access.actor import Actor
from civic.access.scope import READERS
from civic.insight.counts import COUNTS, Count, having
from civic.insight.stats import Lasted
from civic.kit import clock, keyset
from civic.models import Case, FigureCase, FigureOrder, Promise, Referral, Town, db

ROLLING = 12
"""Months shown when nobody chooses."""
PAGE = 50
DIMENSIONS = ("", "department", "town", "category", "month")


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose eyes: everybody's (public cases only), or a staff member's own. `sealed`: may see who said what."""

    kind: str
    orders: ColumnElement[bool]
    cases: ColumnElement[bool]
    sealed: bool = False

    @property
    def public(self) -> bool:
        return self.kind == "public"


def scope_of(actor: Actor, wanted: str = "") -> Scope:
    """What this person counts: the public's view unless staff ask for their own."""
    if wanted == "mine" and actor.kind == "user":
        return Scope("mine", access.referrals(actor), access.cases(actor), bool(actor.grants & READERS))
    public = Case.exposure == "public"
    return Scope("public", public, public)


@dataclass(frozen=True, slots=True)
class Period:
    """Months from `first` to `last`, both included; empty = open."""

    code: str
    first: str
    last: str

    def clause(self, column: Any) -> list[ColumnElement[bool]]:
        return [*([column >= self.first] if self.first else []), *([column <= self.last] if self.last else [])]


def shift(month: str, by: int) -> str:
    """`2026-11` moved by so many months."""
    number = int(month[:4]) * 12 + int(month[5:]) - 1 + by
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def period(code: str = "") -> Period:
    """`2026-11` a month, `2026` a year, `all` everything; else the last twelve months."""
    if code == "all":
        return Period("all", "", "")
    if re.fullmatch(r"20\d\d-(0[1-9]|1[0-2])", code):
        return Period(code, code, code)
    if re.fullmatch(r"20\d\d", code):
        return Period(code, f"{code}-01", f"{code}-12")
    this = f"{clock.local(clock.now()):%Y-%m}"
    return Period("", shift(this, 1 - ROLLING), this)


@dataclass(frozen=True, slots=True)
class Only:
    """Rows of one unit, town or kind; empty = all."""

    department: str = ""
    town: str = ""
    category: str = ""


@dataclass(slots=True)
class Tally:
    """What was counted under one key."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    work: list[Lasted] = field(default_factory=list)
    natural: list[Lasted] = field(default_factory=list)
    lags: list[int] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Takes another one in (small ones are shown together)."""
        for code, number in other.counts.items():
            self.counts[code] += number
        self.work += other.work
        self.natural += other.natural
        self.lags += other.lags


# -- counting ---------------------------------------------------------------------------------------------------------


def tally(dimension: str, seen: Scope, when: Period, only: Only | None = None) -> dict[str, Tally]:
    """Everything countable by the dimension's key: eight statements, five where units are asked for."""
    only, found = only or Only(), defaultdict[str, Tally](Tally)
    for by in ("dispatch", "verdict", "now"):
        _count(found, having("order", by), dimension, seen, when, only)
    _count(found, having("promise", "promised"), dimension, seen, when, only)
    _lengths(found, dimension, seen, when, only)
    if dimension != "department" and not only.department:
        for by in ("opened", "closed"):
            _count(found, having("case", by), dimension, seen, when, only)
        _lags(found, dimension, seen, when, only)
    return dict(found)


def _month_of(by: str) -> Any:
    return {"dispatch": FigureOrder.month, "verdict": FigureOrder.verdict_month, "now": literal(""),
            "promised": func.to_char(Promise.due_on, "YYYY-MM"), "opened": FigureCase.month, "closed": FigureCase.closed_month}[by]


def _key(dimension: str, by: str) -> Any:
    if dimension == "month":
        return _month_of(by)
    return {"": literal(""), "department": Referral.department, "town": func.coalesce(Case.town, ""),
            "category": func.coalesce(Case.category, "")}[dimension]


def _where(of: str, by: str, seen: Scope, when: Period, only: Only) -> list[ColumnElement[bool]]:
    clauses = [seen.cases if of == "case" else seen.orders]
    if by != "now":
        clauses += when.clause(_month_of(by))
    if by in ("verdict", "closed") and not when.first:
        clauses.append(_month_of(by) != "")
    if only.department:
        clauses.append(Referral.department == only.department)
    if only.town:
        clauses.append(Case.town == only.town)
    if only.category:
        clauses.append(Case.category == only.category)
    return clauses


def _from(query: Any, of: str) -> Any:
    if of == "promise":
        return (query.select_from(Promise).join(FigureOrder, FigureOrder.referral_id == Promise.referral_id)
                .join(Referral, Referral.id == Promise.referral_id).join(Case, Case.id == Referral.case_id))
    if of == "order":
        return (query.select_from(FigureOrder).join(Referral, Referral.id == FigureOrder.referral_id)
                .join(Case, Case.id == Referral.case_id))
    return query.select_from(FigureCase).join(Case, Case.id == FigureCase.case_id)


def _count(found: dict[str, Tally], counts: Sequence[Count], dimension: str, seen: Scope, when: Period,
           only: Only) -> None:
    of, by = counts[0].of, counts[0].by
    if dimension == "month" and by == "now":
        return
    key = _key(dimension, by).label("key")
    query = select(key, *(func.count().filter(count.clause()).label(count.code) for count in counts))
    rows = db.session.execute(_from(query, of).where(*_where(of, by, seen, when, only)).group_by(key))
    for row in rows.mappings():
        for count in counts:
            found[row["key"]].counts[count.code] += row[count.code]


def _lengths(found: dict[str, Tally], dimension: str, seen: Scope, when: Period, only: Only) -> None:
    key = _key(dimension, "dispatch").label("key")
    query = select(key, FigureOrder.work_minutes, FigureOrder.natural_minutes, FigureOrder.finished, func.count())
    rows = db.session.execute(_from(query, "order").where(
        *_where("order", "dispatch", seen, when, only), COUNTS["counted"].clause())
        .group_by(key, FigureOrder.work_minutes, FigureOrder.natural_minutes, FigureOrder.finished))
    for name, work, natural, finished, number in rows:
        found[name].work.append(Lasted(work, finished, number))
        found[name].natural.append(Lasted(natural, finished, number))


def _lags(found: dict[str, Tally], dimension: str, seen: Scope, when: Period, only: Only) -> None:
    key = _key(dimension, "closed").label("key")
    rows = db.session.execute(_from(select(key, FigureCase.lag_days), "case").where(
        *_where("case", "closed", seen, when, only), COUNTS["lagged"].clause()))
    for name, days in rows:
        found[name].lags.append(days)


def publicity(when: Period) -> tuple[int, int]:
    """How many cases are public, and how many could be: of all cases, whoever looks, or it would say nothing."""
    query = select(*(func.count().filter(COUNTS[code].clause()) for code in ("published", "publishable")))
    row = db.session.execute(_from(query, "case").where(*when.clause(FigureCase.month))).one()
    return row[0], row[1]


def populations() -> Mapping[str, tuple[int | None, str]]:
    """Inhabitants of the towns that hold today, with what is known about the year."""
    today = clock.local(clock.now()).date()
    rows = db.session.execute(select(Town.code, Town.population, Town.note).where(
        func.coalesce(Town.valid_from, today) <= today, func.coalesce(Town.valid_to, func.date(today) + 1) > today))
    return {code: (people, note) for code, people, note in rows}


# -- the list behind a number -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Behind:
    """One of the things that were counted. `order` is empty where cases are."""

    id: uuid.UUID
    at: datetime
    case: str
    title: str
    order: str
    department: str
    town: str
    category: str
    state: str


@dataclass(frozen=True, slots=True)
class Behinds:
    rows: tuple[Behind, ...]
    total: int
    next_key: str | None


def may_open(count: Count, seen: Scope) -> bool:
    """Whether the list behind a number may be shown: who said what, and what is not public yet, to the newsroom alone."""
    return seen.sealed or not (count.sealed or count.code == "publishable")


def behind(count: Count, seen: Scope, when: Period, only: Only, after: str = "", size: int | None = PAGE) -> Behinds:
    """The orders or cases a number counts, newest first; `size` None = all of them."""
    orders = count.of != "case"
    at, key = {"order": (Referral.sent_at, Referral.id), "promise": (Promise.created_at, Promise.id),
               "case": (Case.opened_at, Case.id)}[count.of]
    clauses = [*_where(count.of, count.by, seen, when, only), count.clause()]
    total = db.session.scalar(_from(select(func.count()), count.of).where(*clauses)) or 0
    start = keyset.read(after)
    if start is not None:
        clauses.append(tuple_(at, key) < start)
    title = Case.public_title if seen.public else func.coalesce(Case.public_title, Case.title)
    query = select(
        key.label("id"), at.label("at"), Case.number.label("case"), title.label("title"),
        (Referral.number if orders else literal("")).label("order"),
        (Referral.department if orders else literal("")).label("department"), Case.town, Case.category,
        {"order": Referral.state, "promise": Promise.state, "case": Case.stage}[count.of].label("state"))
    query = _from(query, count.of).where(and_(*clauses)).order_by(at.desc(), key.desc())
    rows = db.session.execute(query.limit(size + 1) if size else query).all()
    shown = rows[:size] if size else rows
    following = keyset.write(shown[-1].at, shown[-1].id) if size and len(rows) > size else None
    return Behinds(tuple(Behind(row.id, row.at, row.case, row.title or "", row.order, row.department, row.town or "",
                                row.category or "", row.state) for row in shown), total, following)
