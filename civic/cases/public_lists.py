"""Lists of public cases: a page of cards by key, and how many there are of each kind. A fixed number of statements."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, literal, or_, select, tuple_, union_all

from civic.cases import public_filters as by
from civic.cases import tiles, timeline
from civic.cases.public_filters import Filters
from civic.cases.public_shapes import Card, Listing, Photo
from civic.cases.turn import Ball
from civic.kit import clock, keyset
from civic.models import Answer, Assignment, Case, Media, Referral, Team, Verification, db
from civic.reference import calendars, lookup
from civic.workflow import deadlines
from civic.workflow.calendar import Term

PAGE = 20
FEW = 5
"""Fewer tipsters than this are not counted in public: one of few can be guessed (retaliation, S13)."""
PUBLIC_NEWS = frozenset({"published", "followed_up"})
"""A story nobody has seen yet is nobody's business: before it is live the label says nothing."""
SHOWN = (Case.id, Case.number, Case.public_title, Case.public_summary, Case.category, Case.town, Case.state, Case.stage,
         Case.resolution, Case.ball, Case.news, Case.round, Case.tip_count, Case.support_count, Case.opened_at,
         Case.closed_at, Case.public_at, Case.disclosed_at)


def reporters(count: int) -> int | None:
    """How many told us, or None when they are too few to be counted in public."""
    return count if count >= FEW else None


def news_of(label: str) -> str:
    return label if label in PUBLIC_NEWS else "none"


def outcome_of(state: str, resolution: str | None) -> str:
    return resolution or "" if state in by.ENDED else ""


# -- pages ------------------------------------------------------------------------------------------------------------


def _order(given: Filters) -> Any:
    return Case.opened_at if given.sort == "new" else func.coalesce(Case.public_at, Case.disclosed_at)


def page(given: Filters, after: str = "", *, size: int = PAGE) -> Listing:
    """The cards that fit, newest first, beginning after the key of the page before."""
    moment, order = clock.now(), _order(given)
    clauses = by.where(given, moment)
    total = tiles.public_total(given)
    start = keyset.read(after)
    if start is not None:
        clauses.append(tuple_(order, Case.id) < start)
    rows = db.session.execute(columns(moment, order).where(*clauses).order_by(order.desc(), Case.id.desc())
                              .limit(size + 1)).all()
    shown = rows[:size]
    following = keyset.write(shown[-1].at, shown[-1].id) if len(rows) > size else None
    return Listing(cards(shown, moment), total, moment, following)


def some(clauses: Sequence[ColumnElement[bool]], order: Any, limit: int, moment: datetime) -> tuple[Card, ...]:
    """A few cards for a front page or a unit's page."""
    rows = db.session.execute(columns(moment, order).where(by.listed(), *clauses)
                              .order_by(order.desc(), Case.id.desc()).limit(limit)).all()
    return cards(rows, moment)


def columns(moment: datetime, order: Any) -> Any:
    """The SELECT of what a card shows; `order` comes along as `at`."""
    return select(*SHOWN, by.late(moment).label("late"), order.label("at"))


# -- cards ------------------------------------------------------------------------------------------------------------


def cards(rows: Sequence[Any], moment: datetime) -> tuple[Card, ...]:
    """Cards of the rows of `columns`: two more statements, however many rows."""
    ids = [row.id for row in rows]
    orders, pictures = _running(ids), first_photos(ids)
    return tuple(_card(row, orders.get(row.id, []), pictures.get(row.id, ()), moment) for row in rows)


def _card(row: Any, orders: list[Any], photos: tuple[Photo, ...], moment: datetime) -> Card:
    ball = _ball(row, orders, moment)
    late = "overdue" if row.late else ball.late if ball and ball.late == "due_soon" else "none"
    return Card(
        number=row.number, title=row.public_title or "", summary=row.public_summary or "",
        category=lookup.category_name(row.category), town=lookup.town_name(row.town), stage=row.stage,
        outcome=outcome_of(row.state, row.resolution), news=news_of(row.news), late=late, ball=ball, photos=photos,
        reporters=reporters(row.tip_count), supports=row.support_count, opened=row.opened_at, closed=row.closed_at,
        updated=row.public_at or row.disclosed_at or row.opened_at)


def _running(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Any]]:
    """Orders that units have now, by case, the one due first in front; paused ones left out."""
    paused = by.running_pause()
    due = func.coalesce(Referral.due_at, Referral.sign_due_at)
    rows = db.session.execute(select(Referral.case_id, Referral.round, Referral.department, Referral.due_at,
                                     due.label("due"), Referral.term)
                              .where(Referral.case_id.in_(ids), Referral.state.in_(("sent", "working")), ~paused)
                              .order_by(due, Referral.number))
    found: dict[uuid.UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.case_id, []).append(row)
    return found


def _ball(row: Any, orders: list[Any], moment: datetime) -> Ball | None:
    """Whose move it is, in one line; nothing is said of an ended case, whose outcome speaks."""
    if row.state != "open":
        return None
    mine = [order for order in orders if order.round == row.round]
    if row.ball == "department" and mine:
        first = mine[0]
        late = "none"
        if first.due_at:
            closing = Term.parse(first.term) if first.term else None
            late = str(deadlines.late(first.due_at, moment, calendars.current(), closing=closing))
        more = f"等 {len(mine)} 个单位" if len(mine) > 1 else ""
        return Ball("department", lookup.department_name(first.department) + more, due=first.due, late=late)
    return Ball(row.ball, "小虎队" if row.ball == "newsroom" else "")


def first_photos(ids: Sequence[uuid.UUID]) -> dict[uuid.UUID, tuple[Photo, ...]]:
    """The newest released picture of each case."""
    found: dict[uuid.UUID, tuple[Photo, ...]] = {}
    for case_id, media in _pictures(ids):
        found.setdefault(case_id, (timeline.photo(media, inside=False),))
    return found


def _pictures(ids: Sequence[uuid.UUID]) -> Iterable[tuple[uuid.UUID, Media]]:
    approved = or_(Verification.assignment_id.is_(None), Assignment.state == "done")
    said = and_(Answer.released, ~Answer.hidden, Referral.sent_at.is_not(None))
    owner = func.coalesce(Media.case_id, Verification.case_id, Referral.case_id)
    rows = db.session.execute(
        select(owner, Media)
        .outerjoin(Verification, Verification.id == Media.verification_id)
        .outerjoin(Assignment, Assignment.id == Verification.assignment_id)
        .outerjoin(Answer, Answer.id == Media.answer_id).outerjoin(Referral, Referral.id == Answer.referral_id)
        .where(Media.public, ~Media.hidden, Media.derived.is_not(None), Media.thumb.is_not(None),
               or_(Media.case_id.in_(ids), and_(Verification.case_id.in_(ids), approved),
                   and_(Referral.case_id.in_(ids), said)))
        .order_by(Media.created_at.desc(), Media.id.desc()))
    return [(row[0], row[1]) for row in rows]


# -- facets -----------------------------------------------------------------------------------------------------------


def facets(given: Filters) -> Mapping[str, Mapping[str, int]]:
    """How many cases each choice of each facet would give, the other filters kept: one statement for all facets."""
    moment = clock.now()
    month = func.to_char(func.timezone("Asia/Shanghai", Case.opened_at), "YYYY-MM")
    legs = [
        _leg("state", literal("open"), given, moment, Case.state == "open"),
        _leg("state", literal("closed"), given, moment, Case.state.in_(by.ENDED)),
        _leg("stage", Case.stage, given, moment), _leg("town", Case.town, given, moment),
        _leg("category", Case.category, given, moment), _leg("month", month, given, moment),
        _leg("outcome", Case.resolution, given, moment, Case.state.in_(by.ENDED)),
        _leg("late", literal("1"), given, moment, by.late(moment)),
        _leg("news", literal("1"), given, moment, Case.news.in_(PUBLIC_NEWS)),
        _departments(given, moment), _squads(given, moment),
    ]
    found: dict[str, dict[str, int]] = {}
    for name, value, number in db.session.execute(union_all(*legs)):
        if value is not None and number:
            found.setdefault(name, {})[value] = number
    return found


def _leg(name: str, value: Any, given: Filters, moment: datetime, *more: ColumnElement[bool]) -> Any:
    shown = cast(value, String).label("value")
    return select(literal(name).label("facet"), shown, func.count().label("n")).select_from(Case).where(
        *by.where(given, moment, without=name), *more).group_by(shown)


def _departments(given: Filters, moment: datetime) -> Any:
    return select(literal("department"), Referral.department, func.count(func.distinct(Case.id))).select_from(
        Case).join(Referral, Referral.case_id == Case.id).where(
        Referral.sent_at.is_not(None), *by.where(given, moment, without="department")).group_by(Referral.department)


def _squads(given: Filters, moment: datetime) -> Any:
    return select(literal("squad"), Team.slug, func.count(func.distinct(Case.id))).select_from(Case).join(
        Assignment, Assignment.case_id == Case.id).join(Team, Team.id == Assignment.team_id).where(
        Team.public, Assignment.kind != "cover", Assignment.state.in_(by.TAKEN),
        *by.where(given, moment, without="squad")).group_by(Team.slug)
