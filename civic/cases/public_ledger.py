"""销号台账: every public case that is not verified as solved, longest open first, with whose move it is (section 7, R38)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, tuple_

from civic.cases import public_lists, public_promises
from civic.cases.public_filters import ENDED, broken_promise, late, listed, read, sent_to
from civic.cases.public_filters import category_codes as codes
from civic.cases.public_shapes import Card
from civic.kit import clock, keyset
from civic.models import Answer, Case, Promise, Referral, StubbornCase, Urge, db
from civic.reference import lookup

PAGE, PAPER = 40, 400
STRUCK = ("resolved", "explained", "unfounded", "rerouted", "stopped")
"""Closed so, it is struck off. «Partly», «planned» and «unanswered» stay: closing is not solving."""
ONLY = ("news", "broken", "late", "stubborn", "closed")


@dataclass(frozen=True, slots=True)
class Line:
    """One thing not solved: how long, whose move, the last promise, the last answer, how often people pressed."""

    card: Card
    days: int
    promise: tuple[date, str] | None
    """Day and state of the promise that matters now: a broken one before the next."""
    answer: tuple[datetime, str, str] | None
    """When, the result and the unit of the last released answer."""
    urges: int


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for; empty means everything."""

    town: str = ""
    department: str = ""
    category: str = ""
    only: str = ""

    def args(self) -> dict[str, str]:
        return {name: value for name in ("town", "department", "category", "only") if (value := getattr(self, name))}


@dataclass(frozen=True, slots=True)
class Ledger:
    """A page of what is not solved, with all that fit, what was struck off, and the counts of the switches."""

    lines: tuple[Line, ...]
    total: int
    struck: int
    counts: Mapping[str, int]
    towns: Sequence[tuple[str, str, int]]
    units: Sequence[tuple[str, str, int]]
    fresh: datetime
    next_key: str | None
    asked: Asked = field(default_factory=Asked)


def asked(args: Mapping[str, str]) -> Asked:
    """The filters of an address; what is not known is left out."""
    known = read(args)
    only = args.get("only", "")
    return Asked(known.town, known.department, known.category, only if only in ONLY else "")


def unsolved() -> ColumnElement[bool]:
    return and_(listed(), or_(Case.state == "open", Case.resolution.not_in(STRUCK)))


def _only(only: str, moment: datetime) -> ColumnElement[bool]:
    return {"news": Case.news.in_(("published", "followed_up")), "broken": broken_promise(moment), "late": late(moment),
            "stubborn": select(StubbornCase.case_id).where(StubbornCase.case_id == Case.id).correlate(Case).exists(),
            "closed": Case.state.in_(ENDED)}[only]


def _where(given: Asked, moment: datetime, without: str = "") -> list[ColumnElement[bool]]:
    found = [unsolved()]
    if given.town and without != "town":
        found.append(Case.town == given.town)
    if given.department and without != "department":
        found.append(sent_to(given.department))
    if given.category:
        found.append(Case.category.in_(codes(given.category)))
    if given.only and without != "only":
        found.append(_only(given.only, moment))
    return found


def page(given: Asked, after: str = "", *, size: int = PAGE) -> Ledger:
    """One page; about ten statements however long it is."""
    moment = clock.now()
    clauses = _where(given, moment)
    total = db.session.scalar(select(func.count()).select_from(Case).where(*clauses)) or 0
    start = keyset.read(after)
    if start is not None:
        clauses.append(tuple_(Case.opened_at, Case.id) > tuple_(*start))
    rows = db.session.execute(public_lists.columns(moment, Case.opened_at).where(*clauses).order_by(
        Case.opened_at, Case.id).limit(size + 1)).all()
    shown = rows[:size]
    last = keyset.write(shown[-1].opened_at, shown[-1].id) if len(rows) > size else None
    struck = db.session.scalar(select(func.count()).select_from(Case).where(
        listed(), Case.state.in_(ENDED), Case.resolution.in_(STRUCK))) or 0
    return Ledger(_lines(shown, moment), total, struck, _counts(given, moment), _towns(given, moment), _units(given, moment),
                  moment, last, given)


def _lines(rows: Sequence[Any], moment: datetime) -> tuple[Line, ...]:
    ids = [row.id for row in rows]
    promised, said, pressed = _promises(ids, moment), _answers(ids), urges(ids)
    cards = public_lists.cards(rows, moment)
    return tuple(Line(card, (moment - row.opened_at).days, promised.get(row.id), said.get(row.id), pressed.get(row.id, 0))
                 for row, card in zip(rows, cards, strict=True))


def _promises(ids: Sequence[uuid.UUID], moment: datetime) -> dict[uuid.UUID, tuple[date, str]]:
    """The promise of each case that matters now: broken ones first, then the next to come due."""
    today = clock.local(moment).date()
    rows = db.session.execute(select(Promise.case_id, Promise.due_on, Promise.state).join(
        Answer, Answer.id == Promise.answer_id).join(Referral, Referral.id == Promise.referral_id).join(
        Case, Case.id == Promise.case_id).where(public_promises.shown(), Promise.case_id.in_(ids),
                                                Promise.state.in_(("running", "broken"))).order_by(Promise.due_on))
    found: dict[uuid.UUID, tuple[date, str]] = {}
    for row in rows:
        state = "broken" if row.state == "broken" or row.due_on < today else "open"
        if row.case_id not in found or (state == "broken" and found[row.case_id][1] != "broken"):
            found[row.case_id] = (row.due_on, state)
    return found


def _answers(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[datetime, str, str]]:
    rows = db.session.execute(select(Referral.case_id, Referral.department, Answer.created_at, Answer.result).join(
        Referral, Referral.id == Answer.referral_id).where(
        Referral.case_id.in_(ids), Answer.released, ~Answer.hidden, Referral.sent_at.is_not(None)).order_by(Answer.created_at))
    return {row.case_id: (row.created_at, row.result, lookup.department_name(row.department)) for row in rows}


def urges(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, int]:
    """How often tipsters pressed, by case."""
    rows = db.session.execute(select(Urge.case_id, func.count()).where(Urge.case_id.in_(ids)).group_by(Urge.case_id))
    return {key: int(n) for key, n in rows}


def _counts(given: Asked, moment: datetime) -> dict[str, int]:
    clauses = _where(given, moment, without="only")
    row = db.session.execute(select(func.count(), *(func.count().filter(_only(name, moment)) for name in ONLY))
                             .select_from(Case).where(*clauses)).one()
    return dict(zip(("", *ONLY), (int(n) for n in row), strict=True))


def _towns(given: Asked, moment: datetime) -> list[tuple[str, str, int]]:
    rows = db.session.execute(select(Case.town, func.count()).where(*_where(given, moment, without="town")).group_by(Case.town)
                              .order_by(func.count().desc(), Case.town))
    return [(code, lookup.town_name(code), int(n)) for code, n in rows if code]


def _units(given: Asked, moment: datetime) -> list[tuple[str, str, int]]:
    rows = db.session.execute(select(Referral.department, func.count(func.distinct(Case.id))).select_from(Case).join(
        Referral, Referral.case_id == Case.id).where(Referral.sent_at.is_not(None), *_where(given, moment, without="department"))
        .group_by(Referral.department).order_by(func.count(func.distinct(Case.id)).desc(), Referral.department))
    return [(code, lookup.department_name(code), int(n)) for code, n in rows]
